//! What comes from outside, resolved: names to positions, service times to shares of a task.

use crate::model::{DemandSetup, QueueSetup, RequestSetup};
use crate::scenario::Scenario;
use crate::units::ServiceId;

use super::asks;

/// Requests to services.
pub(super) fn demands(scenario: &Scenario) -> Vec<DemandSetup> {
    let demands = scenario.demands.iter().map(|demand| {
        let definition = scenario.services[demand.service].task_definition;
        let size = asks::size(&scenario.task_definitions[definition]);
        DemandSetup {
            name: demand.name.clone(),
            service: ServiceId::from_index(demand.service),
            shape: demand.shape.clone(),
            request: RequestSetup::new(&demand.request, &size),
        }
    });
    demands.collect()
}

/// Queues.
pub(super) fn queues(scenario: &Scenario) -> Vec<QueueSetup> {
    let queues = scenario.queues.iter().map(|queue| QueueSetup {
        name: queue.name.clone(),
        service: ServiceId::from_index(queue.service),
        initial_messages: queue.initial_messages,
        arrivals: queue.arrivals.clone(),
        concurrency: queue.concurrency,
        visibility_timeout: queue.visibility_timeout,
        acceptable_latency: queue.acceptable_latency,
        task_protection: queue.task_protection,
    });
    queues.collect()
}
