//! How long auto scaling of clusters and of services takes: to its first period, and from a value to an
//! action.

use crate::random::{Distribution, Purpose, Sampler};
use crate::scenario::{HIGH_RESOLUTION, ProviderKind, Scenario};
use crate::units::SimDuration;

use super::timing::{EntityStreams, draw};

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
    pub(super) fn first(&self, streams: &EntityStreams) -> SimDuration {
        draw(&self.metric_phase, streams, Purpose::MetricPhase, 0)
    }

    /// A value to what the policy does about it, at the n-th call.
    pub(super) fn call(&self, streams: &EntityStreams, n: u32) -> SimDuration {
        draw(&self.alarm, streams, Purpose::Alarm, n)
            + draw(&self.action, streams, Purpose::ScalingAction, n)
    }
}

/// The same of service auto scaling.
#[derive(Clone, Debug)]
pub(super) struct ServiceScalingDurations {
    metric_phase: Sampler,
    publication: Sampler,
    publication_high_resolution: Sampler,
    action: Sampler,
}

impl ServiceScalingDurations {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let used = !scenario.scaling_policies.is_empty();
        let timing = &scenario.timing.service_auto_scaling;
        let sampler = |of| Sampler::new(if used { of } else { &Distribution::ZERO });
        Self {
            metric_phase: sampler(&timing.metric_phase),
            publication: sampler(&timing.publication_delay),
            publication_high_resolution: sampler(&timing.publication_delay_high_resolution),
            action: sampler(&timing.action),
        }
    }

    /// Start of the run to the end of the first period, which is no longer than the others.
    pub(super) fn first(&self, streams: &EntityStreams, resolution: u32) -> SimDuration {
        let period = u64::from(resolution.max(1)) * 1_000_000;
        let phase = draw(&self.metric_phase, streams, Purpose::MetricPhase, 0).as_micros();
        let rest = phase % period;
        SimDuration::from_micros(if rest == 0 { period } else { rest })
    }

    /// A value to what the policy does about it, at the service's n-th call.
    pub(super) fn call(&self, streams: &EntityStreams, n: u32, resolution: u32) -> SimDuration {
        let high = resolution <= HIGH_RESOLUTION;
        let from = if high { &self.publication_high_resolution } else { &self.publication };
        draw(from, streams, Purpose::Alarm, n)
            + draw(&self.action, streams, Purpose::ScalingAction, n)
    }
}
