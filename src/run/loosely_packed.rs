//! Groups that keep more instances than their tasks need. Documented: every instance with a task that is
//! no daemon's is needed, and cluster auto scaling gives up none of them (Guide:managed-scaling-behavior,
//! Guide:managed-termination-protection).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{AutoScalingGroupSetup, InstanceStatus, ProviderSetup, RequestKind, Rollout};
use crate::scenario::PlacementStrategy;
use crate::units::{InstanceId, ProviderId, Resources, SimTime, TaskDefinitionId, ZoneId};

use super::assemble::World;

/// Fewer than this many instances too many are not told.
const LEAST_INSTANCES: f64 = 2.0;

/// Nor is a smaller share of those with tasks.
const LEAST_SHARE: f64 = 0.2;

/// A group at the horizon whose tasks fewer of its instances would hold, each in its own zone and on
/// its own type.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct LooselyPackedRow {
    /// Capacity provider.
    pub capacity_provider: String,
    /// Instances with tasks that are no daemons'.
    pub instances_with_tasks: f64,
    /// As many would be left with tasks: instances of standalone tasks, of tasks with constraints and of
    /// host ports stay as they are, and `min_size` is kept.
    pub would_hold: f64,
    /// What the others cost an hour, after discounts; with a `target_capacity` below 100 some of them are
    /// kept as spare ones.
    pub others_usd_per_hour: f64,
    /// What may be changed to pack more tightly: `placement_strategy` (none of these tasks packs) or
    /// `target_capacity` (below 100 instances are kept free, which tasks that are spread then take).
    pub try_changing: Vec<String>,
}

impl LooselyPackedRow {
    /// Whether the difference is worth a word.
    #[must_use]
    pub fn is_material(&self) -> bool {
        let others = self.instances_with_tasks - self.would_hold;
        others >= LEAST_INSTANCES && others >= LEAST_SHARE * self.instances_with_tasks
    }
}

/// A row for each group of which it is so, and none while tasks wait or a deployment is under way: what
/// is loose then is about to change.
pub(super) fn rows(world: &World<'_, '_>) -> Vec<LooselyPackedRow> {
    let cluster = world.cluster;
    let mut wanted = cluster.live_tasks().filter(|id| cluster.task(*id).wants_to_run());
    let last = |of: &crate::model::Service| of.deployments().last().map(|last| last.rollout);
    let under_way = |of: &crate::model::Service| last(of) == Some(Rollout::InProgress);
    if wanted.any(|id| cluster.task(id).instance().is_none() && cluster.fargate_size(id).is_none())
        || cluster.services().iter().any(under_way)
    {
        return Vec::new();
    }
    let providers = world.prepared.setup.providers.iter().enumerate();
    let groups = providers.filter_map(|(position, provider)| match provider {
        ProviderSetup::AutoScalingGroup(own) if own.settings.managed_scaling.enabled => {
            row(world, ProviderId::from_index(position), own)
        }
        ProviderSetup::AutoScalingGroup(_)
        | ProviderSetup::ManagedInstances(_)
        | ProviderSetup::Fargate(_)
        | ProviderSetup::LaunchType(_) => None,
    });
    groups.filter(LooselyPackedRow::is_material).collect()
}

/// Instances of one type, bought one way, in one zone.
#[derive(Debug, Default)]
struct Cell {
    instances: usize,
    /// Of tasks that may be on any of them, by definition.
    tasks: BTreeMap<TaskDefinitionId, u32>,
}

fn row(
    world: &World<'_, '_>,
    id: ProviderId,
    group: &AutoScalingGroupSetup,
) -> Option<LooselyPackedRow> {
    let (cluster, setup) = (world.cluster, &world.prepared.setup);
    let horizon = SimTime::ZERO + world.scenario.horizon;
    let mut packs = false;
    let mut tasks: BTreeMap<InstanceId, Vec<TaskDefinitionId>> = BTreeMap::new();
    let mut bound_to_theirs = BTreeMap::new();
    for task in cluster.live_tasks().filter(|task| !cluster.is_daemon(*task)) {
        let Some(on) = cluster.task(task).instance() else { continue };
        let instance = cluster.instance(on);
        if instance.capacity_provider != id || instance.status != InstanceStatus::Active {
            continue;
        }
        let own = setup.group(cluster.task(task).group);
        packs |= own.ask.strategy.iter().any(|of| matches!(of, PlacementStrategy::Binpack(_)));
        // Standalone tasks end, and their instances become empty by themselves.
        let bound = !matches!(own.kind, RequestKind::Service(_))
            || !own.ask.constraints.is_empty()
            || !own.ask.host_ports.is_empty();
        *bound_to_theirs.entry(on).or_insert(false) |= bound;
        tasks.entry(on).or_default().push(own.definition);
    }
    let mut cells: BTreeMap<(u32, ZoneId), Cell> = BTreeMap::new();
    for (on, definitions) in tasks.iter().filter(|(on, _)| !bound_to_theirs[*on]) {
        let instance = cluster.instance(*on);
        let cell = cells.entry((instance.candidate, instance.zone)).or_default();
        cell.instances += 1;
        for definition in definitions {
            *cell.tasks.entry(*definition).or_insert(0) += 1;
        }
    }
    let (mut others, mut cost) = (0_u32, 0.0);
    let running = cluster.instances().iter().filter(|of| of.capacity_provider == id);
    let running = running.filter(|of| of.is_running()).count();
    let mut may_go = u32::try_from(running).ok()?.saturating_sub(group.settings.min_size);
    for ((position, zone), cell) in &cells {
        let candidate = &group.candidates[*position as usize];
        let sizes = cell.tasks.iter().map(|(of, tasks)| (setup.definition(*of).size, *tasks));
        let room = setup.room_beside_daemons(id, candidate);
        let Some(needed) = needed(room, sizes.collect(), cell.instances) else { continue };
        let more = u32::try_from(cell.instances - needed).ok()?.min(may_go);
        may_go -= more;
        others += more;
        cost += f64::from(more) * cluster.paid_price(candidate, *zone, horizon).as_dollars();
    }
    let spare = group.settings.managed_scaling.target_capacity < 100;
    let mut try_changing = Vec::new();
    if !packs {
        try_changing.push("placement_strategy".to_owned());
    }
    if spare && !packs {
        try_changing.push("target_capacity".to_owned());
    }
    Some(LooselyPackedRow {
        capacity_provider: group.name.clone(),
        instances_with_tasks: tasks.len() as f64,
        would_hold: tasks.len() as f64 - f64::from(others),
        others_usd_per_hour: cost,
        try_changing,
    })
}

/// How many instances with so much room hold the tasks, the largest first, each where one is that has
/// room; `None`: not in as many as there are.
fn needed(room: Resources, mut tasks: Vec<(Resources, u32)>, instances: usize) -> Option<usize> {
    tasks.sort_by_key(|(size, _)| Reverse((size.memory, size.cpu)));
    let mut free: Vec<Resources> = Vec::new();
    for (size, mut left) in tasks {
        for of in &mut free {
            left -= fill(of, &size, left);
        }
        while left > 0 {
            let mut new = room;
            let held = fill(&mut new, &size, left);
            if held == 0 || free.len() == instances {
                return None;
            }
            free.push(new);
            left -= held;
        }
    }
    Some(free.len())
}

/// Takes room for as many as fit, `most` at most.
fn fill(free: &mut Resources, size: &Resources, most: u32) -> u32 {
    let mut held = 0;
    while held < most
        && let Some(less) = free.checked_sub(size)
    {
        *free = less;
        held += 1;
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Resources = Resources { cpu: 4_096, memory: 14_745, eni_slots: 0, gpus: 0 };

    fn size(cpu: u32, memory: u32) -> Resources {
        Resources { cpu, memory, eni_slots: 0, gpus: 0 }
    }

    #[test]
    fn small_tasks_fill_what_large_ones_leave() {
        // Three of 3 vCPUs leave 1 vCPU each: six halves fit beside them, a seventh needs a fourth.
        let large = (size(3_072, 4_096), 3);
        let small = |count| (size(512, 512), count);
        assert_eq!(needed(ROOM, vec![small(6), large], 9), Some(3));
        assert_eq!(needed(ROOM, vec![small(7), large], 9), Some(4));
        assert_eq!(needed(ROOM, vec![small(7), large], 3), None);
        assert_eq!(needed(ROOM, vec![(size(8_192, 1), 1)], 9), None);
    }

    #[test]
    fn one_instance_or_a_tenth_of_them_is_not_worth_a_word() {
        let row = |instances_with_tasks, would_hold| LooselyPackedRow {
            capacity_provider: "asg".to_owned(),
            instances_with_tasks,
            would_hold,
            others_usd_per_hour: 0.0,
            try_changing: Vec::new(),
        };
        assert!(row(18.0, 10.0).is_material() && row(10.0, 8.0).is_material());
        assert!(!row(2.0, 1.0).is_material() && !row(40.0, 36.0).is_material());
    }
}
