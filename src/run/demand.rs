//! What became of requests and messages, and what was paid for while there was nothing to do.

use crate::observe::Observers;
use crate::units::{QueueId, ServiceId, SimTime};

use super::answer::{DemandRow, IdleRow, PaidForNothing, QueueRow};
use super::assemble::World;

const HOUR: f64 = 3_600.0;

/// A row for each service with demand, in the scenario's order.
pub(super) fn demand_rows(world: &World<'_, '_>) -> Vec<DemandRow> {
    let services = (0..world.scenario.services.len()).map(ServiceId::from_index);
    services.filter_map(|id| demand_row(world, id)).collect()
}

fn horizon(world: &World<'_, '_>) -> SimTime {
    SimTime::ZERO + world.scenario.horizon
}

fn demand_row(world: &World<'_, '_>, id: ServiceId) -> Option<DemandRow> {
    let seen = world.cluster.requests(id, horizon(world))?;
    let service = &world.scenario.services[id.index()];
    let demands = || world.scenario.demands.iter().filter(|demand| demand.service == id.index());
    let request = demands().next()?.request;
    let setup = world.prepared.setup.demands.iter().find(|demand| demand.service == id)?;
    let totals = &seen.totals;
    let not_served = totals.lost + seen.waiting;
    let share = |of: f64| if totals.offered > 0.0 { of / totals.offered } else { 0.0 };
    let used = totals.served * setup.request.cpu_share / totals.running;
    Some(DemandRow {
        service: service.name.clone(),
        demands: demands().map(|demand| demand.name.clone()).collect(),
        requests: totals.offered,
        served: totals.served,
        lost: totals.lost,
        lost_before_first_task: totals.lost_before_first,
        waiting_at_end: seen.waiting,
        not_served_share: share(not_served),
        saturated_s: totals.saturated,
        target_utilization_percent: request.target_utilization,
        above_target_s: request.target_utilization.map(|_| totals.above_target),
        mean_cpu_utilization_percent: (totals.running > 0.0).then_some(100.0 * used),
        worst_waiting: seen.worst.waiting,
        worst_age_s: seen.worst.age,
        worst_at_s: (seen.worst.waiting > 0.0).then_some(seen.worst.at),
    })
}

/// A row for each queue, in the scenario's order.
pub(super) fn queue_rows(world: &World<'_, '_>) -> Vec<QueueRow> {
    let now = horizon(world);
    let row = |(position, queue): (usize, &crate::scenario::Queue)| {
        let seen = world.cluster.queue(QueueId::from_index(position));
        let (totals, worst) = (seen.totals(), seen.worst());
        let received = totals.received as f64;
        let mean = totals.waited_micros as f64 / 1e6 / received;
        let late = totals.late as f64 / received;
        QueueRow {
            name: queue.name.clone(),
            service: world.scenario.services[queue.service].name.clone(),
            messages: totals.sent as f64,
            processed: totals.processed as f64,
            visible_at_end: f64::from(seen.visible()),
            in_flight_at_end: f64::from(seen.in_flight()),
            age_of_oldest_at_end_s: seen.age_of_oldest(now).map(|age| age.as_secs_f64()),
            returned: totals.returned as f64,
            mean_wait_s: (totals.received > 0).then_some(mean),
            longest_wait_s: (totals.received > 0).then(|| totals.longest_wait.as_secs_f64()),
            acceptable_latency_s: queue.acceptable_latency.map(|most| most.as_secs_f64()),
            late_share: queue.acceptable_latency.filter(|_| totals.received > 0).map(|_| late),
            worst_visible: f64::from(worst.visible),
            worst_age_s: worst.age.as_secs_f64(),
            worst_at_s: (worst.visible > 0).then(|| worst.at.as_secs_f64()),
        }
    };
    world.scenario.queues.iter().enumerate().map(row).collect()
}

/// Queues whose messages nobody worked on.
pub(super) fn warnings(world: &World<'_, '_>) -> Vec<String> {
    let idle =
        queue_rows(world).into_iter().filter(|row| row.messages > 0.0 && row.processed == 0.0);
    let words = |row: QueueRow| {
        format!(
            "none of the {} messages of queue {} was worked on: no task of {} ever served. A policy on \
             BacklogPerTask has no value while there is no task: let min_capacity be 1",
            row.messages, row.name, row.service
        )
    };
    idle.map(words).collect()
}

/// What was paid for while there was nothing to do; `None` without demand.
pub(super) fn paid_for_nothing(
    world: &World<'_, '_>,
    observers: &Observers,
) -> Option<PaidForNothing> {
    if !world.scenario.has_demand() {
        return None;
    }
    let now = horizon(world);
    let services = world.scenario.services.iter().enumerate();
    let row = |(position, service): (usize, &crate::scenario::Service)| {
        let id = ServiceId::from_index(position);
        let (ran, worked) = world.cluster.worked_seconds(id, now)?;
        Some(IdleRow {
            service: service.name.clone(),
            task_hours: ran / HOUR,
            idle_task_hours: (ran - worked) / HOUR,
        })
    };
    Some(PaidForNothing {
        services: services.filter_map(row).collect(),
        instance_hours: observers.empty.running.as_secs_f64() / HOUR,
        empty_instance_hours: observers.empty.empty.as_secs_f64() / HOUR,
    })
}
