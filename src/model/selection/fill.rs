//! What one instance of each candidate would take, and at what price per task: the common ground of
//! the policies.

use std::cmp::{Ordering, Reverse};

use crate::units::{Limit, Resources, UsdPerHour};

use super::super::decision::{Considered, Verdict};
use super::super::setup::Candidate;
use super::{Demand, View};

/// A candidate with the tasks that one instance of it would take.
#[derive(Clone, Debug)]
pub(super) struct Fill {
    pub(super) candidate: usize,
    pub(super) tasks_each: Vec<u32>,
    pub(super) price: UsdPerHour,
    /// What the tasks would cost alone (see [`Weights`]).
    weight: u128,
    binding: Limit,
    pub(super) depth: Option<u32>,
    pub(super) refused: bool,
}

/// What a task of each demand costs on the type that is cheapest for it alone, in milli-nano-dollars:
/// with one demand the score below is simply price per placed task.
struct Weights(Vec<u128>);

impl Weights {
    fn of(view: &View<'_>) -> Self {
        Self(view.demands.iter().map(|demand| cheapest_alone(view, demand)).collect())
    }
}

fn eligible<'a>(view: &'a View<'_>) -> impl Iterator<Item = (usize, &'a Candidate)> {
    view.candidates.iter().enumerate().filter(|(_, candidate)| {
        candidate.architecture == view.architecture && candidate.offered_in(view.zone)
    })
}

fn cheapest_alone(view: &View<'_>, demand: &Demand) -> u128 {
    eligible(view)
        .filter(|(_, candidate)| demand.size.fits(&candidate.registered))
        .filter_map(|(position, candidate)| {
            let (count, _) = candidate.planned.capacity_for(&demand.size)?;
            let price = u128::from((view.price)(position).nanos());
            (count > 0).then(|| price * 1_000 / u128::from(count))
        })
        .min()
        .unwrap_or(0)
        .max(1)
}

/// The order in which demands are put on an instance: the dearest first.
fn dearest_first(weights: &Weights) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.0.len()).collect();
    order.sort_by_key(|&demand| (Reverse(weights.0[demand]), demand));
    order
}

/// Every candidate of the zone that takes at least one task, in order of name.
pub(super) fn fills(view: &View<'_>) -> Vec<Fill> {
    let weights = Weights::of(view);
    let order = dearest_first(&weights);
    eligible(view)
        .filter_map(|(position, candidate)| fill_one(view, &weights, &order, position, candidate))
        .collect()
}

fn fill_one(
    view: &View<'_>,
    weights: &Weights,
    order: &[usize],
    position: usize,
    candidate: &Candidate,
) -> Option<Fill> {
    let mut free = candidate.planned;
    let mut tasks_each = vec![0; view.demands.len()];
    let mut weight = 0;
    let mut first = None;
    for &which in order {
        let demand = &view.demands[which];
        // Never a type whose registered memory is below one task: it would be launched for ever.
        if !demand.size.fits(&candidate.registered) {
            continue;
        }
        let fit = free.capacity_for(&demand.size).map_or(demand.count, |(count, _)| count);
        let taken = fit.min(demand.count);
        if taken == 0 {
            continue;
        }
        first.get_or_insert(demand.size);
        free = free.checked_sub(&scaled(&demand.size, taken))?;
        tasks_each[which] = taken;
        weight += weights.0[which] * u128::from(taken);
    }
    let binding = binding_limit(&candidate.planned, &first?);
    let pool = (view.pool)(position);
    Some(Fill {
        candidate: position,
        tasks_each,
        price: (view.price)(position),
        weight,
        binding,
        depth: pool.depth,
        refused: pool.refused,
    })
}

/// The limit that stops one more task of this size on an instance of this capacity.
fn binding_limit(capacity: &Resources, size: &Resources) -> Limit {
    capacity.capacity_for(size).map_or(Limit::Memory, |(_, limit)| limit)
}

fn scaled(size: &Resources, count: u32) -> Resources {
    Resources {
        cpu: size.cpu * count,
        memory: size.memory * count,
        eni_slots: size.eni_slots * count,
        gpus: size.gpus * count,
    }
}

/// The cheapest for each placed task, the first among equals.
pub(super) fn cheapest<'a>(fills: impl Iterator<Item = &'a Fill>) -> Option<&'a Fill> {
    fills.reduce(|best, fill| if best.at_most(fill, 0) { best } else { fill })
}

/// Cheap before dear.
pub(super) fn cheapest_first(a: &Fill, b: &Fill) -> Ordering {
    match (a.at_most(b, 0), b.at_most(a, 0)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// Usable before refused, deep before shallow, cheap before dear, then by name.
pub(super) fn deeper_first(a: &Fill, b: &Fill) -> Ordering {
    let depth = |fill: &Fill| Reverse(fill.depth.unwrap_or(u32::MAX));
    a.refused
        .cmp(&b.refused)
        .then(depth(a).cmp(&depth(b)))
        .then(cheapest_first(a, b))
        .then(a.candidate.cmp(&b.candidate))
}

impl Fill {
    /// What became of it where depth decides.
    pub(super) fn beside_the_deepest(&self, chosen: &Self) -> Verdict {
        if self.candidate == chosen.candidate {
            Verdict::Chosen
        } else if self.refused {
            Verdict::Refused
        } else if self.depth == chosen.depth {
            Verdict::Dearer
        } else {
            Verdict::ShallowerPool
        }
    }

    /// Tasks on one instance.
    pub(super) fn tasks(&self) -> u32 {
        self.tasks_each.iter().sum()
    }

    /// Whether this costs at most `1 + tie` times as much per (weighted) task as `other`.
    pub(super) fn at_most(&self, other: &Self, tie_ppm: u32) -> bool {
        const MILLION: u128 = 1_000_000;
        let ours = u128::from(self.price.nanos()) * other.weight * MILLION;
        let theirs = u128::from(other.price.nanos()) * self.weight;
        ours <= theirs * (MILLION + u128::from(tie_ppm))
    }

    /// How the policy saw it, with this verdict.
    pub(super) fn considered(&self, verdict: Verdict, task_weight: u128) -> Considered {
        // With one definition the weight of a task cancels: this is price / tasks.
        let per_task = u128::from(self.price.nanos()) * task_weight / self.weight.max(1);
        Considered {
            candidate: self.candidate,
            ec2_price: self.price,
            tasks: self.tasks(),
            pool_depth: self.depth,
            price_per_task: UsdPerHour::from_nanos(u64::try_from(per_task).unwrap_or(u64::MAX)),
            binding: self.binding,
            verdict,
        }
    }

    /// The mean weight of its tasks, by which scores are turned into a price per task.
    pub(super) fn mean_weight(&self) -> u128 {
        self.weight / u128::from(self.tasks().max(1))
    }
}
