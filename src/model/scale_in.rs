//! Which tasks of a service go when it has too many.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::scenario::StrategyItem;
use crate::units::{InstanceId, ZoneId};

use super::strategy::first_to_leave;
use super::task::TaskRef;

/// A task that may go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surplus {
    pub(super) task: TaskRef,
    /// Position of its provider in the strategy.
    pub(super) share: usize,
    pub(super) zone: ZoneId,
    /// `None` while it has no place.
    pub(super) instance: Option<InstanceId>,
    pub(super) running: bool,
    pub(super) ordinal: u32,
}

/// Tasks of one service on one instance, the oldest first.
type OnInstance = BTreeMap<u32, TaskRef>;

/// The tasks of one provider and state: by zone, and in a zone by instance.
#[derive(Default)]
struct Pool {
    on: BTreeMap<(ZoneId, Option<InstanceId>), OnInstance>,
    /// Instances of a zone in order of how many of the tasks they hold.
    order: BTreeMap<ZoneId, BTreeSet<(usize, Option<InstanceId>)>>,
    in_zone: BTreeMap<ZoneId, usize>,
}

impl Pool {
    fn add(&mut self, surplus: &Surplus) {
        let key = (surplus.zone, surplus.instance);
        let tasks = self.on.entry(key).or_default();
        let order = self.order.entry(surplus.zone).or_default();
        order.remove(&(tasks.len(), surplus.instance));
        tasks.insert(surplus.ordinal, surplus.task);
        order.insert((tasks.len(), surplus.instance));
        *self.in_zone.entry(surplus.zone).or_default() += 1;
    }

    /// Documented: the zone with most tasks of the service, in it the instance with most of them.
    /// Assumed: of those the newest.
    fn take(&mut self) -> Option<TaskRef> {
        let (zone, _) = self
            .in_zone
            .iter()
            .filter(|(_, n)| **n > 0)
            .max_by_key(|(zone, n)| (**n, Reverse(**zone)))?;
        let zone = *zone;
        let order = self.order.get_mut(&zone)?;
        let (held, instance) = order.pop_last()?;
        let tasks = self.on.get_mut(&(zone, instance))?;
        let (_, task) = tasks.pop_last()?;
        if held > 1 {
            order.insert((held - 1, instance));
        }
        *self.in_zone.get_mut(&zone)? -= 1;
        Some(task)
    }
}

/// The `count` tasks that go first: for each the provider by the strategy's inverse rule, of its tasks
/// those that do not run yet, and then by zone and instance.
pub(super) fn victims(
    tasks: &[Surplus],
    strategy: &[StrategyItem],
    counts: &[u32],
    count: u32,
) -> Vec<TaskRef> {
    let mut pools: BTreeMap<(usize, bool), Pool> = BTreeMap::new();
    for surplus in tasks {
        pools.entry((surplus.share, surplus.running)).or_default().add(surplus);
    }
    let mut counts = counts.to_vec();
    let mut victims = Vec::new();
    while victims.len() < count as usize {
        let Some(share) = first_to_leave(strategy, &counts) else { break };
        counts[share] -= 1;
        let next = [false, true]
            .into_iter()
            .find_map(|running| pools.get_mut(&(share, running)).and_then(Pool::take));
        // A provider may count tasks that are not up for choice.
        victims.extend(next);
    }
    victims
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surplus(n: u32, share: usize, zone: u32, instance: u32, running: bool) -> Surplus {
        Surplus {
            task: TaskRef { slot: n, epoch: 0 },
            share,
            zone: ZoneId(zone),
            instance: Some(InstanceId(instance)),
            running,
            ordinal: n,
        }
    }

    fn one_provider() -> [StrategyItem; 1] {
        [StrategyItem { capacity_provider: 0, base: 0, weight: 1 }]
    }

    fn slots(victims: &[TaskRef]) -> Vec<u32> {
        victims.iter().map(|task| task.slot).collect()
    }

    #[test]
    fn the_fullest_zone_and_in_it_the_fullest_instance_lose_first_and_among_zones_the_first() {
        let tasks = [
            surplus(0, 0, 0, 0, true),
            surplus(1, 0, 1, 1, true),
            surplus(2, 0, 1, 2, true),
            surplus(3, 0, 1, 2, true),
        ];
        assert_eq!(slots(&victims(&tasks, &one_provider(), &[4], 3)), [3, 2, 0]);
    }

    #[test]
    fn what_does_not_run_yet_goes_before_what_does() {
        let tasks = [surplus(0, 0, 0, 0, false), surplus(1, 0, 0, 0, true)];
        assert_eq!(slots(&victims(&tasks, &one_provider(), &[2], 1)), [0]);
    }

    #[test]
    fn weights_one_to_two_scaled_from_nine_to_three_leave_one_and_two() {
        let strategy = [
            StrategyItem { capacity_provider: 0, base: 0, weight: 1 },
            StrategyItem { capacity_provider: 1, base: 0, weight: 2 },
        ];
        let tasks: Vec<_> = (0..9).map(|n| surplus(n, usize::from(n >= 3), 0, n, true)).collect();
        let gone = slots(&victims(&tasks, &strategy, &[3, 6], 6));
        assert_eq!(gone.iter().filter(|slot| **slot < 3).count(), 2);
        assert_eq!(gone.len(), 6);
    }
}
