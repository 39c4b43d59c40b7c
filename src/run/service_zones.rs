//! How services stood in their availability zones, and what ECS did about it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Cluster, NotRebalanced, RebalancingEnd, RequestKind, ZoneRebalancing};
use crate::units::{ServiceId, SimTime, ZoneId};

use super::assemble::World;

/// A service whose tasks were uneven over availability zones: it had as many as it wanted, and one zone
/// had two more than another.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ServiceZonesRow {
    /// Its name.
    pub service: String,
    /// `ENABLED`, `DISABLED`: whether ECS evens its zones out.
    pub availability_zone_rebalancing: String,
    /// For how long they were uneven.
    pub uneven_s: f64,
    /// Rebalancings that ended with even zones.
    pub rebalancings_completed: f64,
    /// Those that ended otherwise, or had not ended at the horizon.
    pub rebalancings_stopped: f64,
    /// Time from their first task to their end, all together.
    pub rebalancing_s: f64,
    /// Tasks that stopped for others in zones with fewer.
    pub tasks_moved: f64,
    /// RUNNING at the horizon, by zone.
    pub running_at_end: BTreeMap<String, f64>,
}

/// A service event about availability zones.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ZoneEvent {
    /// When, seconds.
    pub at_s: f64,
    /// Which service.
    pub service: String,
    /// ECS's name of the event.
    pub event: &'static str,
    /// ECS's words.
    pub message: String,
}

/// A row for each service that was uneven.
pub(super) fn rows(world: &World<'_, '_>) -> Vec<ServiceZonesRow> {
    let horizon = SimTime::ZERO + world.scenario.horizon;
    let ids = (0..world.cluster.services().len()).map(ServiceId::from_index);
    ids.filter_map(|id| row(world.cluster, id, horizon)).collect()
}

fn row(cluster: &Cluster<'_>, id: ServiceId, horizon: SimTime) -> Option<ServiceZonesRow> {
    let uneven = cluster.uneven_for(id, horizon);
    let all = cluster.zone_rebalancings(id);
    if uneven.as_micros() == 0 && all.is_empty() {
        return None;
    }
    let completed =
        |of: &&ZoneRebalancing| of.ended.is_some_and(|(_, end)| end == RebalancingEnd::Completed);
    let completed = all.iter().filter(completed).count();
    let took = all.iter().map(|of| {
        let ended = of.ended.map_or(horizon, |(at, _)| at);
        ended.since(of.started_at).as_secs_f64()
    });
    let group = cluster.setup().group(cluster.service(id).primary());
    let enabled =
        matches!(&group.kind, RequestKind::Service(own) if own.zone_rebalancing.is_some());
    let running = cluster.running_by_zone(id, horizon);
    let zones = cluster.setup().zones.iter().zip(running).enumerate();
    let zones = zones.filter(|(zone, _)| cluster.may_run_in(id, ZoneId::from_index(*zone)));
    Some(ServiceZonesRow {
        service: group.name.clone(),
        availability_zone_rebalancing: if enabled { "ENABLED" } else { "DISABLED" }.to_owned(),
        uneven_s: uneven.as_secs_f64(),
        rebalancings_completed: completed as f64,
        rebalancings_stopped: (all.len() - completed) as f64,
        rebalancing_s: took.sum(),
        tasks_moved: all.iter().map(|of| f64::from(of.moved)).sum(),
        running_at_end: zones.map(|(_, (name, tasks))| (name.clone(), f64::from(tasks))).collect(),
    })
}

/// What ECS would tell of it, in order. Documented: ECS developer guide, track-service-rebalancing.
pub(super) fn events(world: &World<'_, '_>) -> Vec<ZoneEvent> {
    let cluster = world.cluster;
    let mut all: Vec<(SimTime, ZoneEvent)> = Vec::new();
    for id in (0..cluster.services().len()).map(ServiceId::from_index) {
        let of = Of { cluster, id };
        for one in cluster.zone_rebalancings(id) {
            all.push(of.started(one));
            all.extend(of.ended(one));
        }
        all.extend(cluster.zones_left_uneven(id).iter().map(|one| of.in_vain(one)));
    }
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, event)| event).collect()
}

/// The words of one service's events.
struct Of<'c, 'a> {
    cluster: &'c Cluster<'a>,
    id: ServiceId,
}

impl Of<'_, '_> {
    fn name(&self) -> &str {
        &self.cluster.setup().group(self.cluster.service(self.id).primary()).name
    }

    fn event(&self, at: SimTime, event: &'static str, message: String) -> (SimTime, ZoneEvent) {
        let (at_s, service) = (at.as_secs_f64(), self.name().to_owned());
        (at, ZoneEvent { at_s, service, event, message })
    }

    fn started(&self, one: &ZoneRebalancing) -> (SimTime, ZoneEvent) {
        let tasks = self.tasks(&one.before);
        let message = format!(
            "service ({}) is not AZ balanced with {tasks}. AZ Rebalancing in progress.",
            self.name()
        );
        self.event(one.started_at, "SERVICE_REBALANCING_STARTED", message)
    }

    fn ended(&self, one: &ZoneRebalancing) -> Option<(SimTime, ZoneEvent)> {
        let (at, end) = one.ended?;
        let name = self.name();
        Some(match end {
            RebalancingEnd::Completed => {
                let message =
                    format!("service ({name}) is AZ balanced with {}.", self.tasks(&one.after));
                self.event(at, "SERVICE_REBALANCING_COMPLETED", message)
            }
            RebalancingEnd::Interrupted
            | RebalancingEnd::NoCapacity
            | RebalancingEnd::TaskProtection => {
                let message = format!("service ({name}) stopped AZ Rebalancing.");
                self.event(at, "SERVICE_REBALANCING_STOPPED", message)
            }
        })
    }

    fn in_vain(&self, one: &NotRebalanced) -> (SimTime, ZoneEvent) {
        let name = self.name();
        if one.obstacle == RebalancingEnd::TaskProtection {
            let message = format!(
                "service ({name}) was unable to AZ Rebalance because (deployment ecs-svc/{name}) was \
                 unable to scale in due to task protection."
            );
            return self.event(one.at, "TASKSET_SCALE_IN_FAILURE_BY_TASK_PROTECTION", message);
        }
        let zone = &self.cluster.setup().zones[one.zone.index()];
        let why = if self.cluster.runs_on_instances_alone(self.id) {
            " because no container instance met all of its requirements"
        } else {
            ""
        };
        let message = format!("service ({name}) is unable to place a task in {zone}{why}.");
        self.event(one.at, "SERVICE_TASK_PLACEMENT_FAILURE", message)
    }

    /// `2 tasks in euw1-az1, 3 tasks in euw1-az2, and 3 tasks in euw1-az3`.
    fn tasks(&self, counts: &[u32]) -> String {
        let zones = self.cluster.setup().zones.iter().zip(counts).enumerate();
        let own =
            zones.filter(|(zone, _)| self.cluster.may_run_in(self.id, ZoneId::from_index(*zone)));
        let parts: Vec<_> =
            own.map(|(_, (name, tasks))| format!("{tasks} tasks in {name}")).collect();
        match parts.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [one, two] => format!("{one} and {two}"),
            [first @ .., last] => format!("{}, and {last}", first.join(", ")),
        }
    }
}
