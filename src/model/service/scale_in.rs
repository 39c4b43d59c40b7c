//! Which tasks of a service go when it has too many.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::scenario::{BinpackField, PlacementStrategy, SpreadField, StrategyItem};
use crate::units::{InstanceId, Limit, Resources};

use super::super::strategy::first_to_leave;
use super::super::task::TaskRef;

/// Most steps of a placement strategy.
pub(in crate::model) const STEPS: usize = 5;

/// A task that may go.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Surplus {
    pub(in crate::model) task: TaskRef,
    /// Position of its provider in the capacity provider strategy.
    pub(in crate::model) share: usize,
    /// For each step of the placement strategy that spreads over an attribute, the number of the value
    /// on its instance; for the availability zone the zone's. 0 while it has no place.
    pub(in crate::model) values: [u32; STEPS],
    /// `None` while it has no place.
    pub(in crate::model) instance: Option<InstanceId>,
    /// What is free on that instance, where the placement strategy packs.
    pub(in crate::model) left: Resources,
    pub(in crate::model) running: bool,
    pub(in crate::model) ordinal: u32,
    /// A draw, where the placement strategy says `random`; 0 elsewhere.
    pub(in crate::model) draw: u64,
}

/// A service that has too many tasks.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Shrinking<'a> {
    /// Its tasks that may go.
    pub(in crate::model) tasks: &'a [Surplus],
    /// Its capacity provider strategy, and how many tasks each provider has.
    pub(in crate::model) strategy: &'a [StrategyItem],
    pub(in crate::model) counts: &'a [u32],
    /// Its placement strategy, with the default put in.
    pub(in crate::model) placement: &'a [PlacementStrategy],
    /// What each task reserves.
    pub(in crate::model) size: Resources,
}

/// The `count` tasks that go first: for each the provider by the strategy's inverse rule, of its tasks
/// those that do not run yet, and then by the placement strategy the other way round.
pub(in crate::model) fn victims(service: &Shrinking<'_>, count: u32) -> Vec<TaskRef> {
    let mut pools: BTreeMap<(usize, bool), Pool> = BTreeMap::new();
    let mut freed: BTreeMap<InstanceId, Resources> = BTreeMap::new();
    let mut counts = service.counts.to_vec();
    let mut victims = Vec::new();
    while victims.len() < count as usize {
        let Some(share) = first_to_leave(service.strategy, &counts) else { break };
        counts[share] -= 1;
        // The tasks that run are looked at when no other is left: by then it is known what those leave.
        let next = [false, true].into_iter().find_map(|running| {
            let pool = pools
                .entry((share, running))
                .or_insert_with(|| Pool::new(service, share, running, &freed));
            let (task, on) = pool.take()?;
            if let Some(id) = on {
                let freed = freed.entry(id).or_default();
                *freed = freed.plus(&service.size);
            }
            Some(task)
        });
        // A provider may count tasks that are not up for choice.
        victims.extend(next);
    }
    victims
}

/// Tasks that run and go one after the other, by the same rule, where others change what is free on
/// their instances in the meantime.
#[derive(Clone, Debug)]
pub(in crate::model) struct Packed {
    pools: Vec<Pool>,
    counts: Vec<u32>,
    tasks: usize,
}

impl Packed {
    pub(in crate::model) fn new(service: &Shrinking<'_>) -> Self {
        let none = BTreeMap::new();
        let pools = (0..service.counts.len()).map(|share| Pool::new(service, share, true, &none));
        let (pools, counts) = (pools.collect(), service.counts.to_vec());
        Self { pools, counts, tasks: service.tasks.len() }
    }

    /// How many are left.
    pub(in crate::model) const fn len(&self) -> usize {
        self.tasks
    }

    /// So much is free on an instance now.
    pub(in crate::model) fn set_left(&mut self, id: InstanceId, left: Resources) {
        self.pools.iter_mut().for_each(|pool| pool.set_left(id, left));
    }

    /// The next ones to go.
    pub(in crate::model) fn take(&mut self, strategy: &[StrategyItem], count: u32) -> Vec<TaskRef> {
        let mut victims = Vec::new();
        while victims.len() < count as usize {
            let Some(share) = first_to_leave(strategy, &self.counts) else { break };
            self.counts[share] -= 1;
            victims.extend(self.pools[share].take().map(|(task, _)| task));
        }
        self.tasks -= victims.len();
        victims
    }
}

/// What a step of the placement strategy compares: most goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// Tasks with the same value of an attribute: documented, to keep the balance between zones.
    Value,
    /// Tasks on the instance.
    OnInstance,
    /// What would be left on the instance without the task: documented.
    Left(Limit),
    /// The task's draw.
    Draw,
}

impl Weight {
    const fn of(step: &PlacementStrategy) -> Self {
        match step {
            PlacementStrategy::Spread(SpreadField::Attribute(_)) => Self::Value,
            PlacementStrategy::Spread(SpreadField::InstanceId) => Self::OnInstance,
            PlacementStrategy::Binpack(BinpackField::Cpu) => Self::Left(Limit::Cpu),
            PlacementStrategy::Binpack(BinpackField::Memory) => Self::Left(Limit::Memory),
            PlacementStrategy::Random => Self::Draw,
        }
    }
}

/// What the steps compare, of an instance.
type Weights = [u64; STEPS];

/// The tasks of one instance, by draw and then by age.
#[derive(Clone, Debug)]
struct OnInstance {
    tasks: BTreeMap<(u64, u32), TaskRef>,
    left: Resources,
}

/// Tasks on instances that have the same values.
#[derive(Clone, Debug, Default)]
struct Cell {
    on: BTreeMap<Option<InstanceId>, OnInstance>,
    /// The instances in the order of what tells them apart in a cell.
    order: BTreeSet<(Weights, Option<InstanceId>)>,
}

/// The tasks of one provider and state.
#[derive(Clone, Debug)]
struct Pool {
    /// What each task reserves.
    size: Resources,
    weights: Vec<Weight>,
    /// Of each instance, in which cell it is.
    places: BTreeMap<InstanceId, [u32; STEPS]>,
    cells: BTreeMap<[u32; STEPS], Cell>,
    /// For each step, how many tasks have each value.
    with_value: Vec<BTreeMap<u32, u64>>,
}

impl Pool {
    fn new(
        service: &Shrinking<'_>,
        share: usize,
        running: bool,
        freed: &BTreeMap<InstanceId, Resources>,
    ) -> Self {
        let weights: Vec<Weight> = service.placement.iter().take(STEPS).map(Weight::of).collect();
        let with_value = vec![BTreeMap::new(); weights.len()];
        let (size, places, cells) = (service.size, BTreeMap::new(), BTreeMap::new());
        let mut pool = Self { size, weights, places, cells, with_value };
        let own = |task: &&Surplus| task.share == share && task.running == running;
        for task in service.tasks.iter().filter(own) {
            let values = pool.values(task);
            for (step, counts) in pool.with_value.iter_mut().enumerate() {
                *counts.entry(values[step]).or_default() += 1;
            }
            let freed = task.instance.and_then(|id| freed.get(&id)).copied().unwrap_or_default();
            pool.places.extend(task.instance.map(|id| (id, values)));
            let cell = pool.cells.entry(values).or_default();
            let on = cell.on.entry(task.instance).or_insert_with(|| OnInstance {
                tasks: BTreeMap::new(),
                left: task.left.plus(&freed),
            });
            on.tasks.insert((task.draw, task.ordinal), task.task);
        }
        for cell in pool.cells.values_mut() {
            let order = cell.on.iter().map(|(id, on)| (inner(&pool.weights, on), *id));
            cell.order = order.collect();
        }
        pool
    }

    /// The values that tell cells apart: those of steps that compare them.
    fn values(&self, task: &Surplus) -> [u32; STEPS] {
        let mut values = [0; STEPS];
        for (step, weight) in self.weights.iter().enumerate() {
            if *weight == Weight::Value {
                values[step] = task.values[step];
            }
        }
        values
    }

    /// So much is free on an instance now.
    fn set_left(&mut self, id: InstanceId, left: Resources) {
        let place = self.places.get(&id);
        let Some(cell) = place.and_then(|values| self.cells.get_mut(values)) else { return };
        let Some(on) = cell.on.get_mut(&Some(id)) else { return };
        cell.order.remove(&(inner(&self.weights, on), Some(id)));
        on.left = left;
        cell.order.insert((inner(&self.weights, on), Some(id)));
    }

    /// The next task to go, and where it is. Assumed: of values with as many tasks the first; of
    /// instances that are equal to the end the latest; of its tasks the newest.
    fn take(&mut self) -> Option<(TaskRef, Option<InstanceId>)> {
        let values = self.heaviest_cell()?;
        let cell = self.cells.get_mut(&values)?;
        let (_, id) = cell.order.pop_last()?;
        let on = cell.on.get_mut(&id)?;
        let (_, task) = on.tasks.pop_last()?;
        on.left = on.left.plus(&self.size);
        if on.tasks.is_empty() {
            cell.on.remove(&id);
        } else {
            cell.order.insert((inner(&self.weights, on), id));
        }
        if cell.on.is_empty() {
            self.cells.remove(&values);
        }
        for (step, counts) in self.with_value.iter_mut().enumerate() {
            if let Some(count) = counts.get_mut(&values[step]) {
                *count -= 1;
            }
        }
        Some((task, id))
    }

    /// The cell whose first instance goes first. Steps before the first that looks at instances choose a
    /// value each; the others compare the first instances of the cells that are left.
    fn heaviest_cell(&self) -> Option<[u32; STEPS]> {
        let mut left: Vec<&[u32; STEPS]> = self.cells.keys().collect();
        let leading = self.weights.iter().take_while(|weight| **weight == Weight::Value).count();
        for step in 0..leading {
            let weight = |values: &&[u32; STEPS]| {
                let value = values[step];
                (self.with_value[step].get(&value).copied(), Reverse(value))
            };
            let most = left.iter().map(weight).max()?;
            left.retain(|values| weight(values) == most);
        }
        let first = |values: &&[u32; STEPS]| {
            let (mut weights, id) = self.cells.get(*values)?.order.last().copied()?;
            for (step, weight) in self.weights.iter().enumerate().skip(leading) {
                if *weight == Weight::Value {
                    weights[step] = self.with_value[step].get(&values[step]).copied()?;
                }
            }
            Some((weights, id, Reverse(**values)))
        };
        left.into_iter().max_by_key(first).copied()
    }
}

/// What tells instances of one cell apart.
fn inner(steps: &[Weight], on: &OnInstance) -> Weights {
    let mut weights = [0; STEPS];
    for (value, step) in weights.iter_mut().zip(steps) {
        *value = match step {
            Weight::Value => 0,
            Weight::OnInstance => on.tasks.len() as u64,
            Weight::Left(limit) => u64::from(on.left.get(*limit)),
            Weight::Draw => on.tasks.last_key_value().map_or(0, |((draw, _), _)| *draw),
        };
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::AVAILABILITY_ZONE;

    const SIZE: Resources = Resources { cpu: 256, memory: 512, eni_slots: 0, gpus: 0 };

    fn surplus(n: u32, share: usize, zone: u32, instance: u32, running: bool) -> Surplus {
        Surplus {
            task: TaskRef { slot: n, epoch: 0 },
            share,
            values: [zone; STEPS],
            instance: Some(InstanceId(instance)),
            left: Resources::ZERO,
            running,
            ordinal: n,
            draw: 0,
        }
    }

    fn one_provider() -> [StrategyItem; 1] {
        [StrategyItem { capacity_provider: 0, base: 0, weight: 1 }]
    }

    fn zones() -> PlacementStrategy {
        PlacementStrategy::Spread(SpreadField::Attribute(AVAILABILITY_ZONE.to_owned()))
    }

    const MEMORY: PlacementStrategy = PlacementStrategy::Binpack(BinpackField::Memory);
    const EACH: PlacementStrategy = PlacementStrategy::Spread(SpreadField::InstanceId);

    fn gone(tasks: &[Surplus], placement: &[PlacementStrategy], count: u32) -> Vec<u32> {
        tasks_gone(tasks, placement, count).iter().map(|task| task.slot).collect()
    }

    fn tasks_gone(tasks: &[Surplus], placement: &[PlacementStrategy], count: u32) -> Vec<TaskRef> {
        let counts = &[tasks.len() as u32];
        let strategy = &one_provider();
        victims(&Shrinking { tasks, strategy, counts, placement, size: SIZE }, count)
    }

    fn by_default(tasks: &[Surplus], count: u32) -> Vec<u32> {
        gone(tasks, &[zones(), EACH], count)
    }

    #[test]
    fn the_fullest_zone_and_in_it_the_fullest_instance_lose_first_and_among_zones_the_first() {
        let tasks = [
            surplus(0, 0, 0, 0, true),
            surplus(1, 0, 1, 1, true),
            surplus(2, 0, 1, 2, true),
            surplus(3, 0, 1, 2, true),
        ];
        assert_eq!(by_default(&tasks, 3), [3, 2, 0]);
    }

    #[test]
    fn what_does_not_run_yet_goes_before_what_does() {
        let tasks = [surplus(0, 0, 0, 0, false), surplus(1, 0, 0, 0, true)];
        assert_eq!(by_default(&tasks, 1), [0]);
    }

    #[test]
    fn weights_one_to_two_scaled_from_nine_to_three_leave_one_and_two() {
        let strategy = [
            StrategyItem { capacity_provider: 0, base: 0, weight: 1 },
            StrategyItem { capacity_provider: 1, base: 0, weight: 2 },
        ];
        let tasks: Vec<_> = (0..9).map(|n| surplus(n, usize::from(n >= 3), 0, n, true)).collect();
        let service = Shrinking {
            tasks: &tasks,
            strategy: &strategy,
            counts: &[3, 6],
            placement: &[zones(), EACH],
            size: SIZE,
        };
        let gone: Vec<u32> = victims(&service, 6).iter().map(|task| task.slot).collect();
        assert_eq!(gone.iter().filter(|slot| **slot < 3).count(), 2);
        assert_eq!(gone.len(), 6);
    }

    /// Five tasks: two on instance 0 with 1,000 MiB left, two on 1 with 2,000, one on 2 with 1,600.
    fn packed() -> Vec<Surplus> {
        let task = |n, zone, instance, memory| Surplus {
            left: Resources { memory, ..Resources::ZERO },
            ..surplus(n, 0, zone, instance, true)
        };
        vec![
            task(0, 0, 0, 1_000),
            task(1, 0, 0, 1_000),
            task(2, 1, 1, 2_000),
            task(3, 1, 1, 2_000),
            task(4, 0, 2, 1_600),
        ]
    }

    #[test]
    fn binpack_takes_from_the_instance_with_most_left_and_so_empties_it() {
        assert_eq!(gone(&packed(), &[MEMORY], 4), [3, 2, 4, 1]);
    }

    #[test]
    fn binpack_within_zones_keeps_their_balance_first() {
        // Zone 0 has three tasks and loses first, from instance 2; then both have two.
        assert_eq!(gone(&packed(), &[zones(), MEMORY], 3), [4, 1, 3]);
    }

    #[test]
    fn a_spread_behind_binpack_decides_between_instances_with_as_much_left() {
        let mut tasks = packed();
        tasks.truncate(4);
        tasks.iter_mut().for_each(|task| task.left.memory = 700);
        tasks.push(Surplus { left: tasks[0].left, ..surplus(4, 0, 1, 3, true) });
        // Three tasks in zone 1: the later instance of that zone loses, and then has more left than the
        // others but no task.
        assert_eq!(gone(&tasks, &[MEMORY, zones()], 1), [4]);
    }

    #[test]
    fn tasks_that_do_not_run_leave_room_that_counts_for_those_that_do() {
        let mut tasks = packed();
        tasks.truncate(4);
        tasks[0].running = false;
        tasks[1].running = false;
        tasks[2].left.memory = 1_500;
        tasks[3].left.memory = 1_500;
        tasks.push(Surplus { left: tasks[0].left, ..surplus(5, 0, 0, 0, true) });
        // Instance 0 begins with 1,000 MiB and has 2,024 when the two are gone: more than instance 1.
        assert_eq!(gone(&tasks, &[MEMORY], 3), [1, 0, 5]);
    }

    #[test]
    fn packed_tasks_go_as_if_the_order_were_worked_out_anew_each_time() {
        // 60 tasks in three zones on 12 instances whose room changes; one to three go at a time.
        let mut state = 7_u64;
        let mut below = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u32::try_from((state >> 33) % most).expect("small")
        };
        for placement in [vec![MEMORY], vec![zones(), MEMORY], vec![MEMORY, zones()]] {
            let mut tasks: Vec<Surplus> = (0..60)
                .map(|n| {
                    let on = below(12);
                    surplus(n, 0, on % 3, on, true)
                })
                .collect();
            let strategy = one_provider();
            let mut packed = {
                let (tasks, counts) = (&tasks[..], &[60][..]);
                let (strategy, placement, size) = (&strategy[..], &placement[..], SIZE);
                Packed::new(&Shrinking { tasks, strategy, counts, placement, size })
            };
            while !tasks.is_empty() {
                let (changed, count) = (InstanceId(below(12)), 1 + below(3));
                let left = Resources { memory: 256 * below(30), ..Resources::ZERO };
                for task in tasks.iter_mut().filter(|task| task.instance == Some(changed)) {
                    task.left = left;
                }
                packed.set_left(changed, left);
                let expected = tasks_gone(&tasks, &placement, count);
                assert_eq!(packed.take(&strategy, count), expected);
                // What they leave is not free yet.
                tasks.retain(|task| !expected.contains(&task.task));
                for task in &tasks {
                    packed.set_left(task.instance.unwrap(), task.left);
                }
                assert_eq!(packed.len(), tasks.len());
            }
        }
    }

    #[test]
    fn with_random_the_greatest_draw_goes() {
        let mut tasks: Vec<_> = (0..3).map(|n| surplus(n, 0, 0, n, true)).collect();
        for (task, draw) in tasks.iter_mut().zip([5, 9, 7]) {
            task.draw = draw;
        }
        assert_eq!(gone(&tasks, &[PlacementStrategy::Random], 3), [1, 2, 0]);
    }
}
