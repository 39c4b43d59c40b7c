//! What must hold while faults are on: recomputed from the scenario's faults, tasks and instances.

use crate::model::{Cluster, Effect, InstanceStatus, LastStatus};
use crate::scenario::FaultKind;
use crate::units::{SimTime, ZoneId};

/// Launches and placements of one event: none in a zone that is out, none on an instance out of reach.
pub(super) fn check_effects(
    now: SimTime,
    effects: &[Effect],
    cluster: &Cluster<'_>,
) -> Result<(), String> {
    if cluster.setup().faults.is_empty() {
        return Ok(());
    }
    for effect in effects {
        let (what, zone) = match effect {
            Effect::LaunchInstance { instance, .. } => {
                ("launched", cluster.instance(*instance).zone)
            }
            Effect::AttachNetwork(task) => {
                let on = cluster.task(*task).instance().map(|id| cluster.instance(id));
                if on.is_none_or(|on| !on.connected) {
                    return Err("a task was placed on an instance out of reach".to_owned());
                }
                // An external one is in no zone.
                if on.is_some_and(|on| cluster.is_external(on)) {
                    continue;
                }
                ("placed", cluster.task(*task).zone)
            }
            _ => continue,
        };
        if is_out(zone, now, cluster) {
            let zone = &cluster.setup().zones[zone.index()];
            return Err(format!("something was {what} in {zone}, which is out"));
        }
    }
    Ok(())
}

fn is_out(zone: ZoneId, now: SimTime, cluster: &Cluster<'_>) -> bool {
    cluster.setup().faults.iter().any(|fault| {
        matches!(fault.kind, FaultKind::AzOutage { .. })
            && fault.is_on(now)
            && fault.touches_zone(zone)
    })
}

/// Addresses in use are one for each instance that is not terminated and one for each awsvpc task that
/// got one: no task keeps one after its end, and without a fault there are not more than the scenario
/// says.
pub(super) fn check_addresses(cluster: &Cluster<'_>) -> Result<(), String> {
    let setup = cluster.setup();
    for position in 0..setup.zones.len() {
        let zone = ZoneId::from_index(position);
        let Some(kept) = cluster.addresses_in_use(zone) else { return Ok(()) };
        let instances = cluster.instances().iter().filter(|instance| {
            let there = instance.status != InstanceStatus::Inactive;
            // An external one is in no subnet.
            instance.zone == zone && there && !cluster.is_external(instance)
        });
        let tasks = cluster.live_tasks().filter(|id| {
            let task = cluster.task(*id);
            task.zone == zone && task.has_address && task.last_status != LastStatus::Stopped
        });
        let found = instances.count() + tasks.count();
        let name = &setup.zones[position];
        if kept as usize != found {
            return Err(format!("{kept} addresses counted in {name}, {found} in use"));
        }
        let stated = setup.subnets.iter().filter(|subnet| subnet.zone == zone);
        let stated: Vec<u64> = stated.map(|subnet| u64::from(subnet.addresses)).collect();
        if !stated.is_empty() && u64::from(kept) > stated.iter().sum() {
            return Err(format!("{kept} addresses in use in {name}, {stated:?} there"));
        }
    }
    Ok(())
}
