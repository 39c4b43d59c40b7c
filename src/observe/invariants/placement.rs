//! Placement: what constraints and host ports rule out is nowhere to be found, recomputed from the tasks.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::placement::{Ask, built_in_attributes};
use crate::model::{Cluster, InstanceStatus, TaskRef};
use crate::scenario::cluster_query::{OfAttributes, Subject, Term};
use crate::scenario::{HostPort, PORT_LIMIT, PlacementConstraint};
use crate::units::{InstanceId, TaskGroupId};

use super::Check;

/// What must hold of all tasks on instances at any time.
pub(super) fn check(cluster: &Cluster<'_>) -> Check {
    let groups = &cluster.setup().groups;
    if groups
        .iter()
        .all(|group| group.ask.constraints.is_empty() && group.ask.host_ports.is_empty())
    {
        return Ok(());
    }
    let distinct = groups_of_distinct_instances(cluster);
    let mut ports: BTreeMap<InstanceId, BTreeSet<HostPort>> = BTreeMap::new();
    let mut alone: BTreeSet<(InstanceId, TaskGroupId)> = BTreeSet::new();
    for id in cluster.live_tasks() {
        let task = cluster.task(id);
        let Some(on) = task.instance().filter(|_| task.last_status.needs_instance()) else {
            continue;
        };
        let ask = &cluster.setup().group(task.group).ask;
        let taken = ports.entry(on).or_default();
        for port in &ask.host_ports {
            holds!(taken.insert(*port), "two tasks hold port {} of {on:?}", port.port);
        }
        holds!(taken.len() <= PORT_LIMIT, "{} ports of {on:?} are taken", taken.len());
        let stays = task.wants_to_run() && cluster.instance(on).status == InstanceStatus::Active;
        if stays && distinct.contains(&ask.task_group) {
            let first = alone.insert((on, ask.task_group));
            holds!(first, "two tasks of one group want to run on {on:?}");
        }
        check_attributes(id, ask, cluster)?;
    }
    Ok(())
}

/// The task groups all of whose tasks want an instance each.
fn groups_of_distinct_instances(cluster: &Cluster<'_>) -> BTreeSet<TaskGroupId> {
    let is_distinct = |ask: &Ask| ask.constraints.contains(&PlacementConstraint::DistinctInstance);
    let asks = || cluster.setup().groups.iter().map(|group| &group.ask);
    let others: BTreeSet<TaskGroupId> =
        asks().filter(|ask| !is_distinct(ask)).map(|ask| ask.task_group).collect();
    asks().map(|ask| ask.task_group).filter(|group| !others.contains(group)).collect()
}

/// A task's instance has the attributes that its constraints ask for, as far as ECS gives them.
fn check_attributes(id: TaskRef, ask: &Ask, cluster: &Cluster<'_>) -> Check {
    let Some(on) = cluster.task(id).instance().filter(|_| !ask.constraints.is_empty()) else {
        return Ok(());
    };
    let instance = cluster.instance(on);
    let candidate = cluster.candidate_of(instance);
    let zone = &cluster.setup().zones[instance.zone.index()];
    let attributes = built_in_attributes(zone, &candidate.name, candidate.architecture);
    for constraint in &ask.constraints {
        let PlacementConstraint::MemberOf(expression) = constraint else { continue };
        let known = |term: &Term| {
            term.comparisons().iter().all(|comparison| match &comparison.subject {
                Subject::Attribute(name) => attributes.contains_key(name),
                Subject::AgentConnected
                | Subject::AgentVersion
                | Subject::Ec2InstanceId
                | Subject::RegisteredAt
                | Subject::RunningTasksCount
                | Subject::TaskGroup => false,
            })
        };
        let admitted = !known(expression.term()) || expression.admits(&OfAttributes(&attributes));
        holds!(admitted, "a task is on {}, against {expression}", candidate.name);
    }
    Ok(())
}
