//! How a service replaces its tasks, and how it knows that one is well.

use crate::units::SimDuration;

use super::deployment_strategy::{
    CanaryConfiguration, DeploymentStrategy, EarlySuccess, LinearConfiguration,
};
use super::spec::{Scenario, Service};

/// How a new revision of a service takes the place of the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentConfiguration {
    /// Least share of the desired count that stays healthy; rounded up to tasks.
    pub minimum_healthy_percent: u32,
    /// Greatest share of the desired count that is RUNNING or on its way; rounded down to tasks.
    pub maximum_percent: u32,
    /// When a deployment is given up.
    pub circuit_breaker: CircuitBreaker,
    /// How the new revision gets tasks and traffic.
    pub strategy: DeploymentStrategy,
    /// How long both revisions run on after all the traffic has moved.
    pub bake_time: SimDuration,
    /// The steps of a canary deployment.
    pub canary: CanaryConfiguration,
    /// The steps of a linear deployment.
    pub linear: LinearConfiguration,
    /// When a rolling deployment is completed early; `None`: never.
    pub early_success: Option<EarlySuccess>,
}

impl DeploymentConfiguration {
    /// Tasks that must stay healthy, of so many that are desired.
    #[must_use]
    pub fn least_healthy(&self, desired: u32) -> u32 {
        let tasks = (u64::from(desired) * u64::from(self.minimum_healthy_percent)).div_ceil(100);
        u32::try_from(tasks).unwrap_or(u32::MAX)
    }

    /// Whether a deployment may be followed by a rollback: by the circuit breaker, or where traffic
    /// shifts and a stage lasts too long.
    #[must_use]
    pub fn may_roll_back(&self) -> bool {
        let breaker = self.circuit_breaker.enable && self.circuit_breaker.rollback;
        breaker || self.strategy != DeploymentStrategy::Rolling
    }

    /// Tasks that may be RUNNING or on their way, of so many that are desired.
    #[must_use]
    pub fn most_tasks(&self, desired: u32) -> u32 {
        let tasks = u64::from(desired) * u64::from(self.maximum_percent) / 100;
        u32::try_from(tasks).unwrap_or(u32::MAX)
    }
}

/// The deployment circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// Whether there is one.
    pub enable: bool,
    /// Whether a failed deployment is followed by one of the last revision that was completed.
    pub rollback: bool,
    /// Whether a healthy task sets the count of failures back to 0.
    pub reset_on_healthy_task: bool,
    /// How many failures are too many.
    pub threshold: FailureThreshold,
}

/// How many tasks of a deployment may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureThreshold {
    /// What the value is.
    pub kind: ThresholdType,
    /// Percent of the desired count, or tasks.
    pub value: u32,
}

/// What the value of a threshold is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThresholdType {
    /// Percent of the desired count, at least 3 and at most 200 tasks.
    BoundedPercent,
    /// Percent of the desired count.
    UnboundedPercent,
    /// Tasks.
    Count,
}

impl FailureThreshold {
    /// The number of failures at which a deployment of so many desired tasks has failed; at least one.
    #[must_use]
    pub fn tasks(&self, desired: u32) -> u32 {
        let percent = || {
            let tasks = (u64::from(desired) * u64::from(self.value)).div_ceil(100);
            u32::try_from(tasks).unwrap_or(u32::MAX)
        };
        match self.kind {
            ThresholdType::BoundedPercent => percent().clamp(3, 200),
            ThresholdType::UnboundedPercent => percent().max(1),
            ThresholdType::Count => self.value.max(1),
        }
    }
}

/// The load balancer that a service's tasks are targets of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// What it makes of a target.
    pub health_check: HealthCheck,
    /// How long a target that leaves is drained of its requests.
    pub deregistration_delay: SimDuration,
}

/// Checks of one task, one after the other, from the moment at which it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// Time between checks, and from RUNNING to the first.
    pub interval: SimDuration,
    /// Checks in a row that must pass before the task is healthy.
    pub healthy_threshold: u32,
    /// Checks in a row that must fail before it is unhealthy.
    pub unhealthy_threshold: u32,
    /// Failures so soon after RUNNING do not count.
    pub start_period: SimDuration,
}

/// A task's own protection from scale-in: it calls for it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskProtection {
    /// How long after RUNNING it calls.
    pub from: SimDuration,
    /// How long after the call the protection ends.
    pub expires_in: SimDuration,
}

/// A revision of a service: what its tasks are, from one deployment to the next.
#[derive(Clone, Copy, Debug)]
pub struct Revision<'a> {
    /// Position of the service in [`Scenario::services`].
    pub position: usize,
    /// The service.
    pub service: &'a Service,
    /// Its number, from 1.
    pub number: u32,
    /// Position in [`Scenario::task_definitions`].
    pub task_definition: usize,
    /// Position in [`Scenario::service_updates`] of the update that deploys it; `None`: the first.
    pub update: Option<usize>,
}

impl Scenario {
    /// The revisions of all services: the first ones, and then those that updates deploy, in order.
    #[must_use]
    pub fn revisions(&self) -> Vec<Revision<'_>> {
        let first = |(position, service)| Revision {
            position,
            service,
            number: 1,
            task_definition: service.task_definition,
            update: None,
        };
        let mut all: Vec<_> = self.services.iter().enumerate().map(first).collect();
        for (index, update) in self.service_updates.iter().enumerate() {
            let last = all.iter().rev().find(|one| one.position == update.service).copied();
            if let Some(last) = last.filter(|_| update.deploys()) {
                all.push(Revision {
                    number: last.number + 1,
                    task_definition: update.task_definition.unwrap_or(last.task_definition),
                    update: Some(index),
                    ..last
                });
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parameters::deployments::DEPLOYMENT_CONFIGURATION;

    #[test]
    fn the_threshold_is_half_of_the_desired_count_between_three_and_two_hundred() {
        let threshold = DEPLOYMENT_CONFIGURATION.circuit_breaker.threshold;
        let of = |desired| threshold.tasks(desired);
        assert_eq!([1, 25, 400, 5_000].map(of), [3, 13, 200, 200]);
    }

    #[test]
    fn the_least_is_rounded_up_and_the_most_down() {
        let settings = DeploymentConfiguration {
            minimum_healthy_percent: 75,
            maximum_percent: 125,
            ..DEPLOYMENT_CONFIGURATION
        };
        assert_eq!((settings.least_healthy(2), settings.most_tasks(3)), (2, 3));
    }
}
