//! What does it cost to find an instance for a task, beside looking at every instance, and how
//! many instances does either use?

mod support;

use std::cell::RefCell;

use criterion::Criterion;
use taskyard::model::placement::index::{FeasibilityClass, FreeCapacityIndex};
use taskyard::units::Resources;

use support::draws::Draws;
use support::policies::{self, Placed, Placement, Policy};
use support::{Side, Summary, Target};

const SEED: u64 = 2_026;
/// Pairs of one task freed and one placed in a round of the index.
const PAIRS: u64 = 200_000;
/// Instances that a round of the scan looks at: as many in a small cluster as in a large one.
const SCANNED: u64 = 10_000_000;
/// Tasks in the batch of identical tasks.
const BATCH: u32 = 1_000_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut summary = Summary::default();
    let (criterion, summary) = (&mut criterion, &mut summary);
    against_scan(criterion, summary, 100, Target::Shown);
    against_scan(criterion, summary, 1_000, Target::Shown);
    against_scan(criterion, summary, 10_000, Target::TimesFaster(40.0));
    against_scan(criterion, summary, 100_000, Target::Shown);
    against_itself(criterion, summary, (100_000, 8), (1_000, 8), Target::AtMost(4.0));
    against_itself(criterion, summary, (10_000, 50), (10_000, 8), Target::ShownRatio);
    against_itself(criterion, summary, (10_000, 1_000), (10_000, 8), Target::ShownRatio);
    batch(criterion, summary);
    for policy in [Policy::SpreadThenBinpack, Policy::Binpack, Policy::Default] {
        strategy(criterion, summary, policy);
    }
    criterion.final_summary();
    if summary.is_empty() {
        return;
    }
    for instances in [100, 1_000, 10_000] {
        outcome(summary, instances);
    }
    for policy in [Policy::SpreadThenBinpack, Policy::Binpack, Policy::Default] {
        outcome_of(summary, policy);
    }
    summary.print();
}

/// The sizes of `count` task definitions: eight usual ones, then sizes that nobody chose with care.
/// Each task has one network interface.
fn task_sizes(count: usize) -> Vec<Resources> {
    let usual = [
        (256, 512),
        (256, 1_024),
        (512, 1_024),
        (512, 2_048),
        (1_024, 2_048),
        (1_024, 4_096),
        (2_048, 4_096),
        (2_048, 8_192),
    ];
    let mut draws = Draws::new(SEED);
    let odd = std::iter::repeat_with(|| {
        (128 + draws.below(1_920) as u32, 256 + draws.below(7_936) as u32)
    });
    let size = |(cpu, memory)| Resources { cpu, memory, eni_slots: 1, gpus: 0 };
    usual.into_iter().chain(odd).map(size).take(count).collect()
}

/// Instances of 2, 4, 8 and 16 vCPU with 4 GiB for each, of which tasks get 93 %, and with as many
/// task interfaces as trunking gives them.
fn instances(count: usize, draws: &mut Draws) -> Vec<Resources> {
    let kinds = [(2, 10), (4, 18), (8, 38), (16, 58)].map(|(vcpus, eni_slots)| Resources {
        cpu: vcpus * 1_024,
        memory: vcpus * 4_096 / 100 * 93,
        eni_slots,
        gpus: 0,
    });
    (0..count).map(|_| kinds[draws.below(kinds.len())]).collect()
}

/// First fit by the index.
struct Indexed {
    index: FreeCapacityIndex,
    classes: Vec<FeasibilityClass>,
    instances: u32,
}

impl Indexed {
    fn new(instances: &[Resources], sizes: &[Resources]) -> Self {
        let mut index = FreeCapacityIndex::new();
        let classes = sizes.iter().map(|size| index.class(*size)).collect();
        for free in instances {
            index.insert(*free);
        }
        Self { index, classes, instances: instances.len() as u32 }
    }
}

impl Placement for Indexed {
    #[inline]
    fn place(&mut self, task: usize) -> Option<u32> {
        let class = self.classes[task];
        let slot = self.index.first_fit(class)?;
        assert!(self.index.take(slot, class), "a first fit fits");
        Some(slot)
    }

    #[inline]
    fn free(&mut self, instance: u32, task: usize) {
        self.index.give(instance, self.classes[task]);
    }
}

/// Best fit by looking at every instance: the least memory left over.
struct Scanned {
    free: Vec<Resources>,
    sizes: Vec<Resources>,
}

impl Placement for Scanned {
    #[inline]
    fn place(&mut self, task: usize) -> Option<u32> {
        let size = self.sizes[task];
        let mut best = None;
        let mut least = u32::MAX;
        for (instance, free) in self.free.iter().enumerate() {
            if free.memory < least && size.fits(free) {
                least = free.memory;
                best = Some(instance);
            }
        }
        let instance = best?;
        self.free[instance] = self.free[instance].checked_sub(&size)?;
        Some(instance as u32)
    }

    #[inline]
    fn free(&mut self, instance: u32, task: usize) {
        let instance = &mut self.free[instance as usize];
        *instance = instance.plus(&self.sizes[task]);
    }
}

/// A cluster in which tasks come and go.
struct Cluster<P> {
    placement: P,
    /// The instance and the definition of each running task.
    running: Vec<(u32, u32)>,
    definitions: usize,
    draws: Draws,
}

impl<P: Placement> Cluster<P> {
    /// Frees a task at random and places one of a random definition, `pairs` times.
    fn turn_over(&mut self, pairs: u64) {
        for _ in 0..pairs {
            let place = self.draws.below(self.running.len());
            let (instance, task) = self.running[place];
            self.placement.free(instance, task as usize);
            let task = self.draws.below(self.definitions);
            match self.placement.place(task) {
                Some(instance) => self.running[place] = (instance, task as u32),
                None => drop(self.running.swap_remove(place)),
            }
        }
    }

    /// The same cluster in other hands.
    fn under<Q>(&self, placement: Q) -> Cluster<Q> {
        let Self { running, definitions, draws, .. } = self;
        let (running, draws) = (running.clone(), draws.clone());
        Cluster { placement, running, definitions: *definitions, draws }
    }
}

impl<P: Placement> Cluster<P> {
    /// A cluster filled until a task finds no room, then thinned to 80 % of its tasks, and turned
    /// over twice to leave the state in which that began.
    fn filled(placement: P, definitions: usize, mut draws: Draws) -> Self {
        let mut placement = placement;
        let mut running = Vec::new();
        loop {
            let task = draws.below(definitions);
            let Some(instance) = placement.place(task) else { break };
            running.push((instance, task as u32));
        }
        for _ in 0..running.len() / 5 {
            let (instance, task) = running.swap_remove(draws.below(running.len()));
            placement.free(instance, task as usize);
        }
        let mut cluster = Self { placement, running, definitions, draws };
        cluster.turn_over(2 * cluster.running.len() as u64);
        cluster
    }
}

impl Cluster<Placed> {
    fn under_policy(policy: Policy, count: usize) -> Self {
        let mut draws = Draws::new(SEED);
        let empty = instances(count, &mut draws);
        Self::filled(Placed::new(policy, &empty, &task_sizes(8)), 8, draws)
    }

    /// The same cluster in the hands of the scan.
    fn scanned(&self, policy: Policy, count: usize) -> Cluster<policies::Scanned> {
        let free = (0..count as u32).map(|instance| self.placement.free_on(instance)).collect();
        let mut scan = policies::Scanned::new(policy, free, &task_sizes(8));
        self.running.iter().for_each(|(instance, task)| scan.count(*instance, *task as usize));
        self.under(scan)
    }
}

impl Cluster<Indexed> {
    fn new(count: usize, definitions: usize) -> Self {
        let mut draws = Draws::new(SEED);
        let empty = instances(count, &mut draws);
        Self::filled(Indexed::new(&empty, &task_sizes(definitions)), definitions, draws)
    }

    /// The same cluster in the hands of the scan.
    fn scanned(&self) -> Cluster<Scanned> {
        let slots = 0..self.placement.instances;
        let free = slots.map(|slot| self.placement.index.free(slot)).collect();
        self.under(Scanned { free, sizes: task_sizes(self.definitions) })
    }
}

/// Free and place, by the index against the scan.
fn against_scan(criterion: &mut Criterion, summary: &mut Summary, count: usize, target: Target) {
    let mut indexed = Cluster::new(count, 8);
    let mut scanned = indexed.scanned();
    let scans = SCANNED / count as u64;
    let mut group = support::group(criterion, "placement");
    let subject = Side { name: "index", events: PAIRS, round: &mut || indexed.turn_over(PAIRS) };
    let control = Side { name: "scan", events: scans, round: &mut || scanned.turn_over(scans) };
    let figure = format!("free + place, {count} instances, against best-fit scan");
    summary.compare(&mut group, &figure, subject, control, target);
}

/// Free and place on a cluster of (instances, definitions) against another: what do more instances
/// or more task definitions cost?
fn against_itself(
    criterion: &mut Criterion,
    summary: &mut Summary,
    subject: (usize, usize),
    control: (usize, usize),
    target: Target,
) {
    let name = |(instances, definitions)| format!("{instances} x {definitions}");
    let names = [name(subject), name(control)];
    let [mut one, mut other] =
        [subject, control].map(|(count, definitions)| Cluster::new(count, definitions));
    let mut group = support::group(criterion, "placement");
    let subject = Side { name: &names[0], events: PAIRS, round: &mut || one.turn_over(PAIRS) };
    let control = Side { name: &names[1], events: PAIRS, round: &mut || other.turn_over(PAIRS) };
    let figure =
        format!("free + place, index, {} (instances x definitions) against {}", names[0], names[1]);
    summary.compare(&mut group, &figure, subject, control, target);
}

/// Free and place under a strategy: 10^5 instances against 10^3 of the same, and against a scan of
/// 10^4; and each size against its own scan.
fn strategy(criterion: &mut Criterion, summary: &mut Summary, policy: Policy) {
    let name = policy.name();
    let [mut small, mut middle, mut large] =
        [1_000, 10_000, 100_000].map(|count| Cluster::under_policy(policy, count));
    let mut scanned = middle.scanned(policy, 10_000);
    let scans = SCANNED / 10_000;
    let mut group = support::group(criterion, "placement");
    let mut compare = |figure: &str, subject: Side<'_>, control: Side<'_>, target| {
        summary.compare(&mut group, &format!("{name}: {figure}"), subject, control, target);
    };
    compare(
        "10^5 instances against 10^3",
        Side { name: "10^5", events: PAIRS, round: &mut || large.turn_over(PAIRS) },
        Side { name: "10^3", events: PAIRS, round: &mut || small.turn_over(PAIRS) },
        Target::AtMost(8.0),
    );
    compare(
        "10^5 instances against a scan of 10^4",
        Side { name: "10^5", events: PAIRS, round: &mut || large.turn_over(PAIRS) },
        Side { name: "scan", events: scans, round: &mut || scanned.turn_over(scans) },
        Target::TimesFaster(10.0),
    );
    compare(
        "10^4 instances against a scan of them",
        Side { name: "10^4", events: PAIRS, round: &mut || middle.turn_over(PAIRS) },
        Side { name: "scan", events: scans, round: &mut || scanned.turn_over(scans) },
        Target::Shown,
    );
}

/// A million identical tasks on 10^5 empty instances, at once; the scan does the first 200.
fn batch(criterion: &mut Criterion, summary: &mut Summary) {
    const TASK: usize = 1;
    const SCANS: u64 = 200;
    let empty = instances(100_000, &mut Draws::new(SEED));
    let sizes = task_sizes(8);
    let mut indexed = Indexed::new(&empty, &sizes);
    let mut scanned = Scanned { free: empty.clone(), sizes };
    let mut group = support::group(criterion, "placement");
    let filled = RefCell::new(Vec::new());
    let mut fill = || {
        let mut filled = filled.borrow_mut();
        // Emptying the instances again is part of the round, to the index's disadvantage.
        for (slot, _) in filled.drain(..) {
            indexed.index.set_free(slot, empty[slot as usize]);
        }
        let class = indexed.classes[TASK];
        let placed = indexed.index.fill(class, BATCH, |slot, tasks| filled.push((slot, tasks)));
        assert_eq!(placed, BATCH, "there is room for the batch");
    };
    let mut scan = || {
        for _ in 0..SCANS {
            let instance = scanned.place(TASK).expect("there is room");
            scanned.free(instance, TASK);
        }
    };
    let subject = Side { name: "index", events: BATCH.into(), round: &mut fill };
    let control = Side { name: "scan", events: SCANS, round: &mut scan };
    let figure = "a task of 10^6 identical ones on 10^5 instances, against best-fit scan";
    summary.compare(&mut group, figure, subject, control, Target::TimesFaster(500.0));
}

/// How many instances do first fit by the index and best fit by the scan use for the same tasks?
/// The tasks are 80 % of what fills the cluster.
fn outcome(summary: &mut Summary, count: usize) {
    let tasks = Cluster::new(count, 8).running.len();
    let empty = instances(count, &mut Draws::new(SEED));
    let sizes = task_sizes(8);
    let by_index = instances_used(&mut Indexed::new(&empty, &sizes), tasks, count);
    let by_scan = instances_used(&mut Scanned { free: empty, sizes }, tasks, count);
    summary.note(
        &format!(
            "instances used of {count} for {tasks} tasks: first fit by index, best fit by scan"
        ),
        &format!("{by_index}, {by_scan}"),
        None,
    );
}

/// The same under a strategy, where both sides follow the same rule: their ties alone differ.
fn outcome_of(summary: &mut Summary, policy: Policy) {
    const COUNT: usize = 1_000;
    let tasks = Cluster::under_policy(policy, COUNT).running.len();
    let empty = instances(COUNT, &mut Draws::new(SEED));
    let sizes = task_sizes(8);
    let own = instances_used(&mut Placed::new(policy, &empty, &sizes), tasks, COUNT);
    let by_scan = instances_used(&mut policies::Scanned::new(policy, empty, &sizes), tasks, COUNT);
    let figure = format!("{}: instances used of {COUNT} for {tasks} tasks, scan", policy.name());
    summary.note(&figure, &format!("{own}, {by_scan}"), None);
}

fn instances_used(placement: &mut impl Placement, tasks: usize, count: usize) -> usize {
    let mut draws = Draws::new(SEED + 1);
    let mut used = vec![false; count];
    for _ in 0..tasks {
        let instance = placement.place(draws.below(8)).expect("80 % of the tasks find room");
        used[instance as usize] = true;
    }
    used.into_iter().filter(|used| *used).count()
}
