//! What became of deployments: how long each took, what it needed, and what held it up.

use crate::model::{
    Cluster, Deployment, DeploymentKind, Group, GroupKind, LastStatus, RequestKind, Rollout,
    WaitPart,
};
use crate::observe::Observers;
use crate::units::{GroupId, ServiceId, SimTime};

use super::answer::{DeploymentRow, WaitingRow};
use super::assemble::World;
use super::waiting::STARTING;

/// A row for each deployment of each service, in order; of daemon services only of those that are
/// updated: the creation of one is over where its instances are.
pub(super) fn rows(
    world: &World<'_, '_>,
    observers: &Observers,
    waiting: &[WaitingRow],
) -> Vec<DeploymentRow> {
    let services = world.cluster.services().iter().enumerate();
    let all = services.filter(|(_, service)| {
        let first = world.cluster.setup().group(service.revisions()[0]);
        !first.is_daemon() || service.deployments().len() > 1
    });
    let all = all.flat_map(|(position, service)| {
        let deployments = service.deployments().iter().enumerate();
        deployments.map(move |(number, deployment)| (position, number, deployment))
    });
    let row = |(position, number, deployment)| {
        row(world, observers, waiting, (position, number, deployment))
    };
    all.map(row).collect()
}

fn row(
    world: &World<'_, '_>,
    observers: &Observers,
    waiting: &[WaitingRow],
    (position, number, deployment): (usize, usize, &Deployment),
) -> DeploymentRow {
    let cluster = world.cluster;
    let id = ServiceId::from_index(position);
    let setup = cluster.setup().group(deployment.revision);
    let instances = observers.rollouts.of(position, number);
    let since = |at: SimTime| at.since(deployment.started_at).as_secs_f64();
    let rollout = cluster.rollout_at(id, number, SimTime::ZERO + world.scenario.horizon);
    let completed_at = match rollout {
        Rollout::Completed(at) => Some(at),
        Rollout::InProgress | Rollout::Failed(..) | Rollout::Superseded(_) => None,
    };
    let failure = match rollout {
        Rollout::Failed(_, failure) => Some(failure),
        Rollout::InProgress | Rollout::Completed(_) | Rollout::Superseded(_) => None,
    };
    let is = |wanted: bool| f64::from(u8::from(wanted));
    let updates = deployment.kind != DeploymentKind::Creation;
    let (healthy, desired) = deployment.least_healthy;
    let service = cluster.service(id);
    // Of none desired no share is healthy: daemons of a revision that no instance admits.
    let none = number + 1 == service.deployments().len() && service.desired_count() == 0;
    let share =
        (updates && desired > 0 && !none).then(|| 100.0 * f64::from(healthy) / f64::from(desired));
    let horizon = SimTime::ZERO + world.scenario.horizon;
    let hours = instances.filter(|_| updates).map(|seen| seen.hours_beside(horizon));
    let gaps = observers.rollouts.gaps.of(id, number, horizon, cluster);
    let held_by = (rollout == Rollout::InProgress).then(|| held_by(world, id, waiting));
    let primary = &cluster.groups()[service.primary().index()];
    let unhealthy = if held_by.is_some() { primary.unhealthy_tasks() } else { 0 };
    DeploymentRow {
        deployment: format!("{}/{}", setup.name, number + 1),
        service: setup.name.clone(),
        revision: setup.revision,
        task_definition: cluster.setup().definition(setup.definition).family.clone(),
        kind: deployment.kind.name().to_owned(),
        strategy: strategy(&setup.kind).to_owned(),
        started_at_s: deployment.started_at.as_secs_f64(),
        rollout_state: rollout.name().to_owned(),
        completed: is(matches!(rollout, Rollout::Completed(_))),
        failed: is(failure.is_some()),
        duration_s: rollout.ended_at().map(since),
        healthy_s: deployment.healthy_at.or(completed_at).map(since),
        traffic_from_s: deployment.traffic_from.map(since),
        traffic_all_s: deployment.traffic_at.map(since),
        clean_up_s: deployment.clean_up_at.map(since),
        failed_tasks: f64::from(deployment.failed_tasks),
        least_healthy_percent: share,
        without_daemon_p50_s: gaps.quantile(0.5),
        without_daemon_max_s: gaps.max(),
        most_tasks: f64::from(deployment.most_tasks),
        instances_before: instances.filter(|_| updates).map(|seen| f64::from(seen.before)),
        most_instances: instances.filter(|_| updates).map(|seen| f64::from(seen.most)),
        extra_instance_hours: hours.map(|[instances, _]| instances),
        extra_task_hours: hours.map(|[_, tasks]| tasks),
        held_by,
        unhealthy_at_end: f64::from(unhealthy),
        failed_by: failure.map(|failure| failure.name().to_owned()),
    }
}

/// By the API's name.
const fn strategy(kind: &RequestKind) -> &'static str {
    match kind {
        RequestKind::Service(service) => service.deployment.strategy.name(),
        RequestKind::RunTask(_) => "",
    }
}

/// Why a deployment is not completed at the horizon, in a word.
fn held_by(world: &World<'_, '_>, id: ServiceId, waiting: &[WaitingRow]) -> String {
    let cluster = world.cluster;
    let service = cluster.service(id);
    let name = &cluster.setup().group(service.primary()).name;
    let primary = &cluster.groups()[service.primary().index()];
    // Nothing is wrong while traffic shifts and bakes: it takes its time.
    if let Some(shift) = service.traffic_shift().filter(|shift| shift.is_baking()) {
        return shift.stage.name().to_owned();
    }
    if percentages(cluster, id, primary) {
        return "percentages".to_owned();
    }
    // Tasks that gave up waiting for a place failed too, and no check is to blame.
    let no_place =
        waiting.iter().any(|row| row.service == *name && row.tasks > 0.0 && row.lacks_place());
    let fails = has_failed(cluster, id) && primary.running() > 0 && !no_place;
    if primary.unhealthy_tasks() > 0 || fails {
        return "health_checks".to_owned();
    }
    if cluster.lacks_room_for_daemon(id) {
        return "room".to_owned();
    }
    // Daemon tasks are in no row of what waits.
    if primary.kind == GroupKind::Daemon && primary.running() < service.desired_count() {
        return STARTING.to_owned();
    }
    // What keeps its tasks from RUNNING; of those that wait for the first, what the first waits for.
    let own = || waiting.iter().filter(|row| row.service == *name && row.tasks > 0.0);
    let first = own().find(|row| {
        row.waits_for != WaitPart::DigestWave.name() && row.waits_for != WaitPart::Deployment.name()
    });
    if let Some(row) = first.or_else(|| own().next()) {
        return row.waits_for.clone();
    }
    if primary.running() >= service.desired_count() && others_stop(cluster, id) {
        return "stopping_tasks".to_owned();
    }
    "health_checks".to_owned()
}

/// Whether neither percentage leaves a task to start or to stop, and nothing is on its way: even if all
/// that run were healthy.
fn percentages(cluster: &Cluster<'_>, id: ServiceId, primary: &Group) -> bool {
    let service = cluster.service(id);
    // Where traffic shifts each revision has room of its own.
    !cluster.shifts_traffic(id)
        && primary.active_tasks() < service.desired_count()
        && primary.active_tasks() == primary.running()
        && cluster.may_start(id, service.primary()) == 0
        && cluster.may_stop_of(id, service.primary(), cluster.running_tasks(id)) == 0
}

fn has_failed(cluster: &Cluster<'_>, id: ServiceId) -> bool {
    cluster.service(id).deployments().last().is_some_and(|last| last.failed_tasks > 0)
}

/// Whether tasks of old revisions are on their way out.
fn others_stop(cluster: &Cluster<'_>, id: ServiceId) -> bool {
    let service = cluster.service(id);
    let old = |of: &GroupId| service.revisions().contains(of) && *of != service.primary();
    let mut tasks = cluster.live_tasks().map(|task| cluster.task(task));
    tasks.any(|task| old(&task.group) && task.last_status > LastStatus::Running)
}
