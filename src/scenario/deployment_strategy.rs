//! Deployment strategies: how a new revision of a service gets the tasks and the traffic of the last.

use crate::units::SimDuration;

/// How a new revision takes the place of the last, by the names of the ECS API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentStrategy {
    /// Task by task, between the two percentages.
    Rolling,
    /// All of its tasks first, then all of the traffic at once.
    BlueGreen,
    /// All of its tasks first, then the traffic in equal steps.
    Linear,
    /// All of its tasks first, then a little of the traffic, then all the rest.
    Canary,
}

impl DeploymentStrategy {
    /// The spelling of the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rolling => "ROLLING",
            Self::BlueGreen => "BLUE_GREEN",
            Self::Linear => "LINEAR",
            Self::Canary => "CANARY",
        }
    }
}

/// A share of the traffic, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permille(pub u32);

impl Permille {
    /// All of it.
    pub const ALL: Self = Self(1_000);
}

/// The steps of a canary deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanaryConfiguration {
    /// The traffic of the first step.
    pub canary_percent: Permille,
    /// How long it stays so before all the rest follows.
    pub canary_bake_time: SimDuration,
}

/// The steps of a linear deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearConfiguration {
    /// The traffic that each step adds.
    pub step_percent: Permille,
    /// How long it stays so before the next.
    pub step_bake_time: SimDuration,
}

/// When a rolling deployment counts as completed before all is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlySuccess {
    /// Share of the desired count that must be healthy tasks of its revision; rounded up to tasks.
    pub healthy_percent: u32,
    /// Whether it waits for the tasks of the other revisions to be gone.
    pub cleanup: SourceCleanup,
}

impl EarlySuccess {
    /// Healthy tasks that it needs, of so many that are desired; at least one.
    #[must_use]
    pub fn tasks(&self, desired: u32) -> u32 {
        let tasks = (u64::from(desired) * u64::from(self.healthy_percent)).div_ceil(100);
        u32::try_from(tasks).unwrap_or(u32::MAX).max(1).min(desired)
    }
}

/// When the tasks of the revision before go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceCleanup {
    /// Before the deployment is completed.
    Blocking,
    /// Outside of it.
    Deferred,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_healthy_percent_is_rounded_up_and_one_task_is_the_least() {
        let of = |healthy_percent, desired| {
            EarlySuccess { healthy_percent, cleanup: SourceCleanup::Blocking }.tasks(desired)
        };
        // The table of the developer guide (early-success-criteria), and 0 %.
        assert_eq!([of(50, 2), of(50, 3), of(80, 10), of(90, 100), of(100, 10)], [1, 2, 8, 90, 10]);
        assert_eq!((of(0, 10), of(50, 0)), (1, 0));
    }
}
