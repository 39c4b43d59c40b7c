//! Services, recounted from their tasks: what is alive, healthy, unhealthy and serving; and no deployment
//! has more tasks than `maximumPercent` admits.

use std::collections::BTreeMap;

use crate::model::{
    Cluster, Effect, Event, GroupKind, InstanceStatus, LastStatus, RequestKind, StopReason, TaskRef,
};
use crate::units::{GroupId, SimTime, ZoneId};

use super::Check;

/// What is counted of one revision.
#[derive(Clone, Copy, Default)]
struct Count {
    live: u32,
    healthy: u32,
    unhealthy: u32,
    serving: u32,
}

pub(super) fn check(now: SimTime, cluster: &Cluster<'_>) -> Check {
    let mut counts = vec![Count::default(); cluster.groups().len()];
    for id in cluster.live_tasks() {
        let task = cluster.task(id);
        let count = &mut counts[task.group.index()];
        count.live += 1;
        if task.wants_to_run() && task.last_status == LastStatus::Running {
            count.healthy += u32::from(cluster.is_healthy(id, now));
            count.unhealthy += u32::from(cluster.is_replaced_as_unhealthy(id));
            count.serving += u32::from(cluster.serves(id));
        }
    }
    for (position, (group, count)) in cluster.groups().iter().zip(&counts).enumerate() {
        let id = GroupId::from_index(position);
        let name = &cluster.setup().group(id).name;
        holds!(group.live() == count.live, "{name}: {} live, not {}", group.live(), count.live);
        if group.kind != GroupKind::Service {
            continue;
        }
        let told = group.healthy_at(now);
        holds!(told == count.healthy, "{name}: {told} healthy, not {}", count.healthy);
        let told = group.unhealthy_tasks();
        holds!(told == count.unhealthy, "{name}: {told} unhealthy, not {}", count.unhealthy);
        let told = group.serving();
        holds!(told == count.serving, "{name}: {told} serving, not {}", count.serving);
    }
    Ok(())
}

/// How many tasks each service had after the last event.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceChecks(Vec<u32>);

impl ServiceChecks {
    /// The scheduler starts no task above `maximumPercent`.
    pub(super) fn observe(&mut self, cluster: &Cluster<'_>) -> Check {
        self.0.resize(cluster.services().len(), 0);
        for (service, before) in cluster.services().iter().zip(&mut self.0) {
            let first = cluster.setup().group(service.revisions()[0]);
            let RequestKind::Service(setup) = &first.kind else { continue };
            let revisions = service.revisions().iter();
            let active = revisions.map(|id| cluster.groups()[id.index()].active_tasks()).sum();
            let most = setup.deployment.most_tasks(service.desired_count());
            holds!(
                setup.is_daemon || active <= most.max(*before),
                "{}: {active} tasks, {before} before, at most {most}",
                first.name
            );
            *before = active;
        }
        Ok(())
    }
}

/// RUNNING tasks that the scheduler has just begun to stop: none that is protected, unless its instance
/// drains; and none is moved out of a zone that is left with two fewer than another.
pub(super) fn check_stops(now: SimTime, effects: &[Effect], cluster: &Cluster<'_>) -> Check {
    for effect in effects {
        let (Effect::StopContainers(id) | Effect::After(_, Event::TaskDeregistered(id))) = effect
        else {
            continue;
        };
        let reason = cluster.task(*id).stop_reason;
        let scales_in =
            matches!(reason, Some(StopReason::ScalingActivity | StopReason::ZoneRebalancing));
        // A task whose load balancer is done with it was stopped before.
        if !scales_in || cluster.stamps(*id).stopping_at.get() != Some(now) {
            continue;
        }
        check_protection(*id, now, cluster)?;
        if reason == Some(StopReason::ZoneRebalancing) {
            check_move(*id, cluster)?;
        }
    }
    Ok(())
}

fn service_of<'a>(id: TaskRef, cluster: &'a Cluster<'_>) -> Option<&'a crate::model::ServiceSetup> {
    match &cluster.setup().group(cluster.task(id).group).kind {
        RequestKind::Service(setup) => Some(setup),
        RequestKind::RunTask(_) => None,
    }
}

fn check_protection(id: TaskRef, now: SimTime, cluster: &Cluster<'_>) -> Check {
    let protection = service_of(id, cluster).and_then(|setup| setup.protection);
    let on = cluster.task(id).instance().map(|on| cluster.instance(on).status);
    let (Some(protection), Some(started)) = (protection, cluster.stamps(id).started_at.get())
    else {
        return Ok(());
    };
    let from = started + protection.from;
    let protected = (from..from + protection.expires_in).contains(&now);
    let name = &cluster.setup().group(cluster.task(id).group).name;
    holds!(
        !protected || on == Some(InstanceStatus::Draining),
        "{name}: a task stops that is protected from {from:?} on"
    );
    Ok(())
}

/// With one provider and no protection any task may be moved: it is one of the zone with most.
fn check_move(id: TaskRef, cluster: &Cluster<'_>) -> Check {
    let task = cluster.task(id);
    let group = cluster.setup().group(task.group);
    let protects = service_of(id, cluster).is_some_and(|setup| setup.protection.is_some());
    if group.strategy.len() > 1 || protects {
        return Ok(());
    }
    let mut zones: BTreeMap<ZoneId, u32> = BTreeMap::new();
    for other in cluster.live_tasks().map(|other| cluster.task(other)) {
        let draining = other
            .instance()
            .is_some_and(|on| cluster.instance(on).status == InstanceStatus::Draining);
        let runs = other.last_status == LastStatus::Running && other.wants_to_run() && !draining;
        *zones.entry(other.zone).or_default() += u32::from(runs && other.group == task.group);
    }
    let most = zones.values().copied().max().unwrap_or(0);
    let here = zones.get(&task.zone).copied().unwrap_or(0);
    holds!(
        here + 1 >= most,
        "{}: moved from a zone with {here} left, {most} elsewhere",
        group.name
    );
    Ok(())
}
