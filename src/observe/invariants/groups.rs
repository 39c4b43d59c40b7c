//! What must hold of Auto Scaling groups after every event, by recount.

use std::collections::BTreeSet;

use crate::model::{
    AutoScalingGroupSetup, Cluster, Instance, InstanceStatus, LastStatus, ProviderSetup,
};
use crate::units::{GroupId, InstanceId, ProviderId};

type Check = Result<(), String>;

/// All groups.
pub(super) fn check(cluster: &Cluster<'_>) -> Check {
    let providers = cluster.setup().providers.iter().enumerate();
    for (position, provider) in providers {
        if let ProviderSetup::AutoScalingGroup(own) = provider {
            check_group(ProviderId::from_index(position), own, cluster)?;
        }
    }
    check_quota(cluster)
}

fn check_group(id: ProviderId, own: &AutoScalingGroupSetup, cluster: &Cluster<'_>) -> Check {
    let Some(kept) = cluster.scaling_group(id) else { return Ok(()) };
    let name = &own.name;
    let instances = || cluster.instances().iter().filter(|of| of.capacity_provider == id);
    let count = |counts: &dyn Fn(&Instance) -> bool| {
        u32::try_from(instances().filter(|instance| counts(instance)).count()).unwrap_or(u32::MAX)
    };
    let runs =
        |of: &Instance| matches!(of.status, InstanceStatus::Registering | InstanceStatus::Active);
    let size = count(&|of| runs(of) || of.status == InstanceStatus::Requested);
    let running = count(&runs);
    let with_tasks = with_tasks(cluster);
    let is_busy = |of: &Instance| with_tasks.contains(&of.id());
    let busy = count(&|of| of.status == InstanceStatus::Active && is_busy(of));
    let found = (size, running, busy, waiting(id, cluster));
    let told = (kept.size, kept.running, kept.busy, kept.waiting);
    if found != told {
        return Err(format!("{name}: size, running, busy, waiting are {found:?}, not {told:?}"));
    }
    let pool = count(&|of| matches!(of.status, InstanceStatus::Warming | InstanceStatus::Warmed));
    if pool != kept.warm || pool > kept.warm_target {
        let (warm, target) = (kept.warm, kept.warm_target);
        return Err(format!("{name}: {pool} in the warm pool, not {warm}, of {target} wanted"));
    }
    let (min, max) = (own.settings.min_size, own.settings.max_size);
    if !(min..=max).contains(&kept.desired) {
        return Err(format!("{name}: desired capacity {} outside {min} to {max}", kept.desired));
    }
    // Documented: what is replaced before it leaves may exceed the most by a tenth, at least one.
    let may = own.settings.az_rebalance || own.settings.capacity_rebalance;
    let most = if may { max + (max / 10).max(1) } else { max };
    if size > most {
        return Err(format!("{name}: {size} instances, and at most {most} may be"));
    }
    idle_room(id, name, cluster)
}

/// Instances with tasks other than daemons.
fn with_tasks(cluster: &Cluster<'_>) -> BTreeSet<InstanceId> {
    let others = cluster.live_tasks().filter(|id| !cluster.is_daemon(*id));
    others
        .map(|id| cluster.task(id))
        .filter(|task| task.last_status.needs_instance())
        .filter_map(|task| task.instance())
        .collect()
}

fn waiting(id: ProviderId, cluster: &Cluster<'_>) -> u32 {
    let waits = |task| {
        let task = cluster.task(task);
        task.capacity_provider == id && task.last_status == LastStatus::Provisioning
    };
    u32::try_from(cluster.live_tasks().filter(|task| waits(*task)).count()).unwrap_or(u32::MAX)
}

/// No task waits beside room for it (as far as sizes tell: ports and constraints aside).
fn idle_room(id: ProviderId, name: &str, cluster: &Cluster<'_>) -> Check {
    let groups: BTreeSet<GroupId> = cluster
        .live_tasks()
        .map(|task| cluster.task(task))
        .filter(|task| task.capacity_provider == id && task.last_status == LastStatus::Provisioning)
        .map(|task| task.group)
        .collect();
    for group in groups.into_iter().map(|group| cluster.setup().group(group)) {
        let ask = &group.ask;
        if !ask.constraints.is_empty() || !ask.host_ports.is_empty() {
            continue;
        }
        let room = cluster.instances().iter().find(|instance| {
            instance.capacity_provider == id
                && instance.status == InstanceStatus::Active
                && instance.connected
                && cluster.candidate_of(instance).architecture == ask.architecture
                && cluster.free_resources(instance.id()).is_some_and(|free| ask.size.fits(&free))
        });
        if let Some(room) = room {
            return Err(format!(
                "a task of {} waits beside room on {name}/{}",
                group.name, room.ordinal
            ));
        }
    }
    Ok(())
}

/// The quota of tasks in PROVISIONING holds over all groups.
fn check_quota(cluster: &Cluster<'_>) -> Check {
    let providers = (0..cluster.setup().providers.len()).map(ProviderId::from_index);
    let waiting: u32 =
        providers.filter_map(|id| cluster.scaling_group(id)).map(|group| group.waiting).sum();
    let quota = cluster.setup().provisioning_quota;
    if waiting > quota {
        return Err(format!("{waiting} tasks in PROVISIONING, the quota is {quota}"));
    }
    Ok(())
}
