//! Daemon services, recounted from tasks and instances: never two tasks of one on an instance, and one on
//! each that has room, unless its service waits to start it.

use std::collections::BTreeMap;

use crate::model::placement::{Ask, built_in_attributes};
use crate::model::{
    Cluster, Deployment, Group, GroupKind, Instance, InstanceStatus, LastStatus, RequestKind,
    Rollout, StopCode,
};
use crate::scenario::PlacementConstraint;
use crate::scenario::cluster_query::{OfAttributes, Subject};
use crate::units::{GroupId, InstanceId, ServiceId, SimTime};

use super::Check;

/// All daemon services.
pub(super) fn check(now: SimTime, cluster: &Cluster<'_>) -> Check {
    let services = (0..cluster.services().len()).map(ServiceId::from_index);
    let is_daemon = |id: &ServiceId| primary(*id, cluster).kind == GroupKind::Daemon;
    let daemons: Vec<ServiceId> = services.filter(is_daemon).collect();
    if daemons.is_empty() {
        return Ok(());
    }
    let tasks = on_instances(cluster)?;
    for instance in cluster.instances() {
        let all = (instance.id(), ServiceId(0))..=(instance.id(), ServiceId(u32::MAX));
        let own = tasks.range(all);
        let others = instance.tasks() as usize - own.count();
        let told = instance.tasks_beside_daemons() as usize;
        holds!(others == told, "{told} tasks beside daemons, recounted {others}");
    }
    check_drains(cluster)?;
    for service in daemons {
        check_service(now, service, &tasks, cluster)?;
    }
    Ok(())
}

fn primary<'a>(id: ServiceId, cluster: &'a Cluster<'_>) -> &'a Group {
    &cluster.groups()[cluster.service(id).primary().index()]
}

/// Which revision a task is of that holds resources on an instance, by instance and service.
type OnInstances = BTreeMap<(InstanceId, ServiceId), GroupId>;

/// What tasks of daemon services hold resources on an instance: at most one of each.
fn on_instances(cluster: &Cluster<'_>) -> Result<OnInstances, String> {
    let mut found = BTreeMap::new();
    for id in cluster.live_tasks().filter(|id| cluster.is_daemon(*id)) {
        let task = cluster.task(id);
        let name = &cluster.setup().group(task.group).name;
        holds!(task.last_status != LastStatus::Provisioning, "a task of {name} is PROVISIONING");
        let service = cluster.service_of(task.group);
        let on = task.instance().filter(|_| task.last_status.needs_instance());
        if let Some(place) = on.zip(service) {
            let first = found.insert(place, task.group).is_none();
            let on = place.0;
            holds!(first, "two tasks of the daemon service {name} on {on:?}");
        }
    }
    Ok(found)
}

/// On an instance that drains they stop last, and as soon as the others are gone.
fn check_drains(cluster: &Cluster<'_>) -> Check {
    for id in cluster.live_tasks().filter(|id| cluster.is_daemon(*id)) {
        let task = cluster.task(id);
        let Some(on) = task.instance().map(|on| cluster.instance(on)) else { continue };
        // Without the stamp ECS does not know yet that it leaves.
        if on.status != InstanceStatus::Draining || on.draining_at.get().is_none() {
            continue;
        }
        let others = on.tasks_beside_daemons() > 0;
        // An update may have told it to stop before.
        let told = cluster.stamps(id).stopping_at.get();
        let sent_away = task.stop_code == Some(StopCode::ServiceSchedulerInitiated)
            && told > on.draining_at.get();
        let name = &cluster.setup().group(task.group).name;
        holds!(!(others && sent_away), "a task of {name} stops before others of its instance");
        holds!(others || !task.wants_to_run(), "a task of {name} stays where others are gone");
    }
    Ok(())
}

fn check_service(now: SimTime, id: ServiceId, tasks: &OnInstances, cluster: &Cluster<'_>) -> Check {
    let service = cluster.service(id);
    let setup = cluster.setup().group(service.primary());
    let (mut wanted, mut is_sure) = (0, true);
    for instance in cluster.instances() {
        let vacancy = cluster.daemon_vacancy(instance.id(), id);
        let task = tasks.get(&(instance.id(), id)).map(|of| cluster.setup().group(*of));
        let has = task.is_some();
        // One of an old revision may be where the primary one does not go.
        is_sure &= task.is_none_or(|of| {
            (of.ask.architecture, &of.ask.constraints)
                == (setup.ask.architecture, &setup.ask.constraints)
        });
        holds!(!(has && vacancy.is_some()), "{} has a task where it lacks one", setup.name);
        if instance.status != InstanceStatus::Active {
            holds!(vacancy.is_none(), "{} wants a task on {:?}", setup.name, instance.status);
            continue;
        }
        wanted += u32::from(has) + u32::from(vacancy.is_some());
        let mut of = cluster.setup().daemons_on(instance.capacity_provider);
        let due = is_created(&setup.kind, now)
            && of.any(|(other, _)| other == id)
            && admits(&setup.ask, instance, cluster);
        if !due || has || !instance.connected {
            continue;
        }
        let name = &setup.name;
        let Some(vacancy) = vacancy else {
            return Err(format!("{:?} has no task of the daemon service {name}", instance.id()));
        };
        if vacancy.kept {
            let failed = |last: &Deployment| matches!(last.rollout, Rollout::Failed(..));
            let holds_back = primary(id, cluster).may_not_start(now)
                || service.deployments().last().is_some_and(failed);
            holds!(holds_back, "{name} keeps room on {:?} and starts nothing", instance.id());
        } else if setup.ask.host_ports.is_empty() {
            let free = cluster.free_resources(instance.id());
            let fits = free.is_some_and(|free| setup.ask.size.fits(&free));
            holds!(!fits, "a task of {name} waits beside room on {:?}", instance.id());
        }
    }
    let told = service.desired_count();
    holds!(!is_sure || told == wanted, "{} wants {told} tasks, recounted {wanted}", setup.name);
    Ok(())
}

fn is_created(kind: &RequestKind, now: SimTime) -> bool {
    matches!(kind, RequestKind::Service(service) if service.create_at < now)
}

/// Whether an instance satisfies architecture and constraints, as far as the attributes that ECS gives it
/// tell; where they do not, nothing is expected.
fn admits(ask: &Ask, instance: &Instance, cluster: &Cluster<'_>) -> bool {
    let candidate = cluster.candidate_of(instance);
    let zone = &cluster.setup().zones[instance.zone.index()];
    let attributes = built_in_attributes(zone, &candidate.name, candidate.architecture);
    let external = cluster.is_external(instance);
    candidate.architecture == ask.architecture
        && ask.constraints.iter().all(|constraint| match constraint {
            PlacementConstraint::DistinctInstance => true,
            PlacementConstraint::MemberOf(expression) => {
                let known = expression.term().comparisons().iter().all(|comparison| {
                    matches!(&comparison.subject,
                        Subject::Attribute(name) if attributes.contains_key(name) && !external)
                });
                known && expression.admits(&OfAttributes(&attributes))
            }
        })
}
