//! Services, recounted from their tasks: what is alive, healthy, unhealthy and serving; and no
//! deployment has more tasks than `maximumPercent` admits.

use std::collections::BTreeMap;

use crate::model::{
    Cluster, DeploymentKind, Effect, Event, GroupKind, InstanceStatus, LastStatus, LifecycleStage,
    RequestKind, Rollout, Service, StopReason, TaskRef, WaitPart,
};
use crate::units::{GroupId, ServiceId, SimTime, ZoneId};

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
    for (position, service) in cluster.services().iter().enumerate() {
        let id = ServiceId::from_index(position);
        let updates = service.deployments().last().is_some_and(|last| {
            last.rollout == Rollout::InProgress && last.kind != DeploymentKind::Creation
        });
        if updates && !cluster.shifts_traffic(id) {
            moves_on(now, cluster, (id, service))?;
        }
    }
    Ok(())
}

/// A rolling update does all that its percentages admit, at once: a pass of the scheduler follows on
/// whatever lets it do more. What lets it at this very moment may be about to be told.
fn moves_on(now: SimTime, cluster: &Cluster<'_>, (id, service): (ServiceId, &Service)) -> Check {
    let primary = service.primary();
    let name = cluster.setup().service_name(id);
    let before = SimTime::from_micros(now.as_micros().saturating_sub(1));
    let (mut healthy, mut active, mut leaves) = (0, 0, false);
    for task in cluster.live_tasks().filter(|task| cluster.task(*task).wants_to_run()) {
        let found = cluster.task(task);
        if cluster.service_of(found.group) != Some(id) {
            continue;
        }
        // Daemon tasks go with their instance where that drains, and count for nothing.
        let on = found.instance().map(|on| cluster.instance(on).status);
        if on == Some(InstanceStatus::Draining) && cluster.is_daemon(task) {
            continue;
        }
        active += 1;
        let runs = found.last_status == LastStatus::Running;
        healthy += u32::from(runs && cluster.is_healthy(task, before));
        leaves |= found.group != primary
            && !cluster.is_protected(task, before)
            && !cluster.is_protected(task, now);
    }
    let RequestKind::Service(setup) = &cluster.setup().group(primary).kind else { return Ok(()) };
    let least = setup.deployment.least_healthy(service.desired_count());
    holds!(
        !leaves || healthy <= least,
        "{name}: {healthy} healthy, {least} needed, and none stops"
    );
    let group = &cluster.groups()[primary.index()];
    let most = setup.deployment.most_tasks(service.desired_count());
    let waits = group.may_not_start(now)
        || group.not_created_waits_for(now) == WaitPart::DigestWave
        || active >= most;
    holds!(
        waits || group.not_created() == 0,
        "{name}: {active} of {most} tasks, and {} wait to start",
        group.not_created()
    );
    Ok(())
}

/// What each service had after the last event.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceChecks(Vec<Seen>);

/// What one service had.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Tasks RUNNING or on their way, of each revision.
    active: Vec<u32>,
    /// The revision that takes over.
    green: Option<Green>,
}

/// A revision that takes over.
#[derive(Clone, Copy, Debug)]
struct Green {
    revision: GroupId,
    /// Thousandths of the traffic.
    share: u32,
    /// All its tasks were healthy.
    is_complete: bool,
}

impl ServiceChecks {
    /// The scheduler starts no task above `maximumPercent`, of the service or, where traffic
    /// shifts, of a revision; and no revision gets traffic before all its tasks are healthy, nor
    /// gives any back but to the one before it.
    pub(super) fn observe(&mut self, now: SimTime, cluster: &Cluster<'_>) -> Check {
        self.0.resize(cluster.services().len(), Seen::default());
        for (service, before) in cluster.services().iter().zip(&mut self.0) {
            let first = cluster.setup().group(service.revisions()[0]);
            let RequestKind::Service(setup) = &first.kind else { continue };
            let of = |id: &GroupId| cluster.groups()[id.index()].active_tasks();
            let active: Vec<u32> = service.revisions().iter().map(of).collect();
            before.active.resize(active.len(), 0);
            if !setup.is_daemon {
                let most = setup.deployment.most_tasks(service.desired_count());
                if setup.deployment.shifts_traffic() {
                    for (active, before) in active.iter().zip(&before.active) {
                        at_most(&first.name, *active, most, *before)?;
                    }
                } else {
                    let sum = |tasks: &[u32]| tasks.iter().sum();
                    at_most(&first.name, sum(&active), most, sum(&before.active))?;
                }
            }
            before.active = active;
            traffic(now, cluster, service, before)?;
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

fn at_most(name: &str, active: u32, most: u32, before: u32) -> Check {
    holds!(active <= most.max(before), "{name}: {active} tasks, {before} before, at most {most}");
    Ok(())
}

/// Where the traffic of a service goes.
fn traffic(now: SimTime, cluster: &Cluster<'_>, service: &Service, before: &mut Seen) -> Check {
    let revision = service.primary();
    let name = &cluster.setup().group(revision).name;
    let green = service.traffic_shift().map(|shift| Green {
        revision,
        share: shift.share.0,
        is_complete: shift.stage != LifecycleStage::ScaleUp,
    });
    let had = before.green.filter(|had| had.revision == revision);
    before.green = green;
    let Some(green) = green else { return Ok(()) };
    let had = had.unwrap_or(Green { revision, share: 0, is_complete: false });
    let (was, share) = (had.share, green.share);
    holds!(was <= share, "{name}: traffic back from {was} to {share} thousandths");
    holds!(share == 0 || green.is_complete, "{name}: traffic before all its tasks are there");
    let healthy = cluster.groups()[revision.index()].healthy_at(now);
    let desired = service.desired_count();
    let becomes = green.is_complete && !had.is_complete;
    holds!(!becomes || healthy >= desired, "{name}: complete with {healthy} of {desired} healthy");
    Ok(())
}
