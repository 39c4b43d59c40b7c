//! What the tasks wait for that do not run at the horizon.

use std::collections::BTreeMap;

use crate::model::{GroupKind, LastStatus, NoRoom, TaskRef, WaitPart};
use crate::units::{GroupId, Limit, ProviderId, SimTime};

use super::answer::WaitingRow;
use super::assemble::World;

/// A row for each service or RunTask block and each thing that its tasks wait for.
pub(super) fn rows(world: &World<'_, '_>) -> Vec<WaitingRow> {
    let mut counts: BTreeMap<(GroupId, &'static str), u64> = BTreeMap::new();
    // All revisions of a service are told as one.
    let told_as = |group| {
        let service = world.cluster.service_of(group);
        service.map_or(group, |service| world.cluster.service(service).revisions()[0])
    };
    let mut no_room = BTreeMap::new();
    let mut room = |provider, group| {
        let known = no_room.entry((provider, group));
        *known.or_insert_with(|| of_room(world.cluster.no_room(provider, group)))
    };
    let cluster = world.cluster;
    let waits = |task: &TaskRef| {
        let status = cluster.task(*task).last_status;
        status < LastStatus::Running && !cluster.is_daemon(*task)
    };
    for task in cluster.live_tasks().filter(waits) {
        let found = cluster.task(task);
        let what = match (found.last_status, found.waiting_for) {
            (LastStatus::Provisioning, WaitPart::Scaling) => {
                room(found.capacity_provider, found.group)
            }
            (LastStatus::Provisioning, part) => part.name(),
            _ => STARTING,
        };
        *counts.entry((told_as(found.group), what)).or_default() += 1;
    }
    let horizon = SimTime::ZERO + world.scenario.horizon;
    for (position, group) in cluster.groups().iter().enumerate() {
        let missing = u64::from(group.not_created());
        if missing == 0 || group.kind == GroupKind::Daemon {
            continue;
        }
        let id = GroupId::from_index(position);
        let part = group.not_created_waits_for(horizon);
        let what = if part == WaitPart::Scaling {
            let strategy = world.prepared.setup.group(id).strategy.iter();
            let strategy = strategy.filter(|item| item.base > 0 || item.weight > 0);
            let providers = strategy.map(|item| ProviderId::from_index(item.capacity_provider));
            let mut found = providers.map(|provider| room(provider, id));
            found.find(|what| *what != STARTING).unwrap_or(STARTING)
        } else {
            part.name()
        };
        *counts.entry((told_as(id), what)).or_default() += missing;
    }
    let rows = counts.into_iter().map(|((group, what), tasks)| WaitingRow {
        service: world.prepared.setup.group(group).name.clone(),
        waits_for: what.to_owned(),
        short_of: short_of(world, group, what).map(str::to_owned),
        tasks: tasks as f64,
    });
    rows.collect()
}

/// What instances without room lack alone, for tasks of a service.
fn short_of(world: &World<'_, '_>, group: GroupId, what: &str) -> Option<&'static str> {
    if !["room", "max_size"].contains(&what) {
        return None;
    }
    let cluster = world.cluster;
    let service = cluster.service_of(group);
    let group = service.map_or(group, |service| cluster.service(service).primary());
    let strategy = world.prepared.setup.group(group).strategy.iter();
    let providers = strategy.map(|item| ProviderId::from_index(item.capacity_provider));
    let mut limits = providers.filter_map(|provider| cluster.short_of(provider, group));
    limits.next().map(|limit| match limit {
        Limit::Cpu => "cpu",
        Limit::Memory => "memory",
        Limit::Eni => "network_interfaces",
        Limit::Gpu => "gpus",
    })
}

impl WaitingRow {
    /// Whether what tasks wait for, by its name, comes by itself: a matter of time and of the horizon,
    /// and of no limit.
    #[must_use]
    pub fn comes_by_itself(waits_for: &str) -> bool {
        let held = [WaitPart::Quota, WaitPart::CapacityRetry, WaitPart::StartBackoff];
        let comes = |part: &WaitPart| !held.contains(part) && part.name() == waits_for;
        waits_for == STARTING || WaitPart::ALL.iter().any(comes)
    }

    /// Whether its tasks have no place, and no instance that comes is for them: all that is told of them
    /// but the parts of a wait.
    pub(super) fn lacks_place(&self) -> bool {
        let what = self.waits_for.as_str();
        let passes = |part: &WaitPart| *part != WaitPart::Quota && part.name() == what;
        what != STARTING && !WaitPart::ALL.iter().any(passes)
    }
}

/// On an instance, and not RUNNING yet; or about to be put there.
pub(super) const STARTING: &str = "starting";

const fn of_room(found: Option<NoRoom>) -> &'static str {
    match found {
        None => STARTING,
        Some(NoRoom::Growth) => WaitPart::Scaling.name(),
        Some(NoRoom::Quota) => WaitPart::Quota.name(),
        Some(NoRoom::Resources) => "room",
        Some(NoRoom::MaxSize) => "max_size",
        Some(NoRoom::Daemons) => "daemons",
        Some(NoRoom::HostPorts) => "host_ports",
        Some(NoRoom::PlacementConstraints) => "placement_constraints",
        Some(NoRoom::Incompatible) => "incompatible",
    }
}
