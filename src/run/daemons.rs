//! What became of daemon services.

use std::collections::BTreeMap;

use crate::model::{Candidate, Group, GroupKind, LastStatus};
use crate::observe::Observers;
use crate::units::{GroupId, ProviderId};

use super::answer::DaemonRow;
use super::assemble::{World, quantiles};

/// A row for each, in the scenario's order.
pub(super) fn rows(world: &World<'_, '_>, observers: &mut Observers) -> Vec<DaemonRow> {
    let cluster = world.cluster;
    let groups = cluster.groups().iter().enumerate();
    let daemons = groups.filter(|(_, group)| group.kind == GroupKind::Daemon);
    let row = |(position, group): (usize, &Group)| {
        let id = GroupId::from_index(position);
        let samples = observers.metrics.starts_of(id).to_running;
        let wanted = cluster.live_tasks().filter(|task| {
            let task = cluster.task(*task);
            task.group == id && task.wants_to_run()
        });
        let stopped = group.requested() - wanted.count() as u64;
        DaemonRow {
            service: cluster.setup().group(id).name.clone(),
            instances_at_end: f64::from(group.desired_count),
            running_at_end: f64::from(group.running()),
            started: samples.len() as f64,
            stopped: stopped as f64,
            time_to_running_s: quantiles(&samples),
        }
    };
    daemons.map(row).collect()
}

/// Tasks that some type of a group would hold, and none beside its daemons: they may wait for ever.
pub(super) fn warnings(world: &World<'_, '_>) -> Vec<String> {
    let setup = &world.prepared.setup;
    let mut warnings = Vec::new();
    for group in setup.groups.iter().filter(|group| !group.is_daemon()) {
        for item in group.strategy.iter().filter(|item| item.base > 0 || item.weight > 0) {
            let id = ProviderId::from_index(item.capacity_provider);
            let (name, size) = (setup.provider(id).name(), &group.ask.size);
            let same = setup.provider(id).candidates().iter();
            let same = same.filter(|of| of.architecture == group.ask.architecture);
            let mut fitting = same.filter(|of| size.fits(&of.registered)).peekable();
            let beside = |of: &Candidate| size.fits(&setup.room_beside_daemons(id, of));
            if fitting.peek().is_some() && !fitting.any(beside) {
                warnings.push(format!(
                    "no type of {name} holds a task of {} beside its daemons: make one of them smaller",
                    group.name
                ));
            }
        }
    }
    warnings
}

/// Live tasks of daemon services, by state.
pub(super) fn by_status(world: &World<'_, '_>) -> BTreeMap<LastStatus, u64> {
    let mut found = BTreeMap::new();
    if world.cluster.groups().iter().any(|group| group.kind == GroupKind::Daemon) {
        for task in world.cluster.live_tasks().filter(|task| world.cluster.is_daemon(*task)) {
            *found.entry(world.cluster.task(task).last_status).or_insert(0) += 1;
        }
    }
    found
}
