//! What became of daemon services.

use std::collections::BTreeMap;

use crate::model::{Candidate, GroupKind, InstanceStatus, LastStatus};
use crate::observe::{Observers, Samples};
use crate::units::{GroupId, ProviderId, ServiceId};

use super::answer::DaemonRow;
use super::assemble::{World, quantiles};

/// A row for each, in the scenario's order.
pub(super) fn rows(world: &World<'_, '_>, observers: &mut Observers) -> Vec<DaemonRow> {
    let cluster = world.cluster;
    let services = (0..cluster.services().len()).map(ServiceId::from_index);
    let is_daemon = |id: &ServiceId| {
        cluster.groups()[cluster.service(*id).primary().index()].kind == GroupKind::Daemon
    };
    let row = |id: ServiceId| {
        let service = cluster.service(id);
        let mut samples = Samples::default();
        let mut requested = 0;
        for revision in service.revisions() {
            samples.append(&observers.metrics.starts_of(*revision).to_running);
            requested += cluster.groups()[revision.index()].requested();
        }
        samples.sort();
        let stopped = requested - u64::from(cluster.active_tasks(id));
        DaemonRow {
            service: cluster.setup().service_name(id).to_owned(),
            instances_at_end: f64::from(service.desired_count()),
            running_at_end: f64::from(cluster.running_tasks(id)),
            started: samples.len() as f64,
            stopped: stopped as f64,
            time_to_running_s: quantiles(&samples),
        }
    };
    services.filter(is_daemon).map(row).collect()
}

/// Whether a task of one was ever told to stop.
pub(super) fn any_stopped(world: &World<'_, '_>) -> bool {
    let daemons = world.cluster.groups().iter().filter(|group| group.kind == GroupKind::Daemon);
    daemons.into_iter().any(|group| group.requested() > u64::from(group.active_tasks()))
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
    let services = (0..world.cluster.services().len()).map(ServiceId::from_index);
    warnings.extend(services.filter_map(|id| goes_nowhere(world, id)));
    warnings
}

/// A revision that took the tasks of another away and that no instance admits.
fn goes_nowhere(world: &World<'_, '_>, id: ServiceId) -> Option<String> {
    let cluster = world.cluster;
    let service = cluster.service(id);
    let primary = &cluster.groups()[service.primary().index()];
    let tasks = |of: &GroupId| cluster.groups()[of.index()].requested();
    let had_tasks = service.revisions().iter().any(|of| tasks(of) > 0);
    let stands = cluster.instances().iter().any(|of| of.status == InstanceStatus::Active);
    let nowhere = primary.kind == GroupKind::Daemon
        && service.desired_count() == 0
        && tasks(&service.primary()) == 0;
    (nowhere && had_tasks && stands).then(|| {
        let name = cluster.setup().service_name(id);
        format!(
            "no instance admits the last revision of {name} (its architecture or its constraints): its \
             tasks stopped and none came in their place"
        )
    })
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
