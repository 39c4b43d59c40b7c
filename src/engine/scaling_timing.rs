//! How long cluster auto scaling takes: to its first minute, and from a value to an action.

use crate::random::{Distribution, Purpose, Sampler};
use crate::scenario::{ProviderKind, Scenario};
use crate::units::SimDuration;

use super::timing::{ProviderStreams, draw};

/// The delays of a scenario, ready to be drawn from.
#[derive(Clone, Debug)]
pub(super) struct ScalingDurations {
    metric_phase: Sampler,
    alarm: Sampler,
    action: Sampler,
}

impl ScalingDurations {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let used = scenario.capacity_providers.iter().any(|provider| match &provider.kind {
            ProviderKind::AutoScalingGroup(group) => group.managed_scaling.enabled,
            ProviderKind::ManagedInstances(_)
            | ProviderKind::Fargate(_)
            | ProviderKind::LaunchType(_) => false,
        });
        let timing = &scenario.timing.cluster_auto_scaling;
        // Tables of quantiles take their time: none for what never happens.
        let sampler = |of| Sampler::new(if used { of } else { &Distribution::ZERO });
        Self {
            metric_phase: sampler(&timing.metric_phase),
            alarm: sampler(&timing.alarm),
            action: sampler(&timing.action),
        }
    }

    /// Start of the run to the first value of the metric.
    pub(super) fn first(&self, streams: &ProviderStreams) -> SimDuration {
        draw(&self.metric_phase, streams, Purpose::MetricPhase, 0)
    }

    /// A value to what the policy does about it, at the n-th call.
    pub(super) fn call(&self, streams: &ProviderStreams, n: u32) -> SimDuration {
        draw(&self.alarm, streams, Purpose::Alarm, n)
            + draw(&self.action, streams, Purpose::ScalingAction, n)
    }
}
