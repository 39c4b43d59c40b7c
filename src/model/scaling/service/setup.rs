//! What does not change of a service's scaling during a run.

use crate::scenario::{PolicyKind, PolicyMetric, Published, STANDARD_RESOLUTION, ScalingPolicy};
use crate::units::{ServiceId, SimTime};

/// A scalable target with its policies and scheduled actions, resolved.
#[derive(Clone, Debug)]
pub struct ServiceScalingSetup {
    /// Whose.
    pub service: ServiceId,
    /// Fewest tasks at first.
    pub min_capacity: u32,
    /// Most tasks at first.
    pub max_capacity: u32,
    /// Its policies, in the scenario's order.
    pub policies: Vec<ScalingPolicy>,
    /// Its scheduled actions.
    pub actions: Vec<ScheduledSetup>,
    /// The metrics that its policies look at, each with how often it is published.
    pub metrics: Vec<Published>,
}

/// A scheduled action, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledSetup {
    /// Its name.
    pub name: String,
    /// When it acts, in order.
    pub at: Vec<SimTime>,
    /// Fewest tasks from then on.
    pub min_capacity: Option<u32>,
    /// Most tasks.
    pub max_capacity: Option<u32>,
}

impl ServiceScalingSetup {
    /// How often metrics are published, each resolution once.
    #[must_use]
    pub fn resolutions(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self.metrics.iter().map(|metric| metric.resolution).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What a policy looks at, and the seconds over which one value of its alarm goes.
#[must_use]
pub fn looks_at(policy: &ScalingPolicy) -> (PolicyMetric, u32) {
    match &policy.kind {
        PolicyKind::TargetTracking(own) => (own.metric.metric, own.metric.resolution),
        PolicyKind::Step(own) => {
            let seconds = own.alarm.period.as_micros() / 1_000_000;
            (own.alarm.metric.metric, u32::try_from(seconds).unwrap_or(u32::MAX))
        }
        PolicyKind::Predictive(own) => (own.metric, STANDARD_RESOLUTION),
    }
}
