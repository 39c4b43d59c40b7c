//! The integer master: whole bins that cover every task exactly.
//!
//! It starts from the linear solution rounded down and fills the rest greedily by price per worth.
//! Then it repairs: a few bins at a time are emptied and their tasks packed again by the exact
//! search, which succeeds only if it finds something cheaper. Last, the exact search over the
//! whole problem, with the gap as its budget, proves the packing, improves it, or lifts the bound.

use super::Effort;
use super::linear::{self, Pattern, Relaxed};
use super::patterns::{Next, Pricing};
use super::reduce::{Instance, Packed};
use super::search::{Limits, search};
use crate::units::UsdPerHour;

/// Limits of the search in one neighbourhood.
const REPAIR: Limits = Limits { nodes: 40_000, patterns: 4_000, states: 4_000, tries: 500_000 };

/// The effort of a linear program on the way down a dive.
const DIVE: Effort = Effort {
    max_rounds: 30,
    max_pricing_nodes: 400,
    max_generation_nodes: 1_000_000,
    max_patterns: 0,
    max_states: 0,
    max_tries: 0,
    max_repairs: 0,
};

/// How many bins of a pattern are open to repair.
const PLENTY: u32 = 30;

/// Nodes of one greedy choice in one kind.
const GREEDY_NODES: u64 = 2_000;

/// What the master, or the method for one class, hands back.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) duals: Vec<i64>,
    pub(super) bins: Vec<Packed>,
    pub(super) lower: UsdPerHour,
    pub(super) proven: bool,
    pub(super) truncated: bool,
}

/// A packing under repair.
struct Master<'a> {
    instance: &'a Instance,
    duals: &'a [i64],
    /// Patterns to start linear programs from.
    known: &'a [Pattern],
    /// Bins open to repair.
    bins: Vec<Pattern>,
    /// Further bins of patterns that `bins` holds plenty of.
    bulk: Vec<(Pattern, u32)>,
}

/// Packs an instance of two classes or more.
pub(super) fn solve(instance: &Instance, relaxed: Relaxed, effort: &Effort) -> Answer {
    let (duals, known) = (&relaxed.duals, &relaxed.known);
    let mut master = Master { instance, duals, known, bins: Vec::new(), bulk: Vec::new() };
    for (pattern, times) in master.dive(instance.counts(), Some(&relaxed)) {
        let kept = times.min(PLENTY);
        master.bins.extend(std::iter::repeat_n(pattern.clone(), kept as usize));
        if times > kept {
            master.bulk.push((pattern, times - kept));
        }
    }
    let quick = Limits {
        nodes: effort.max_pricing_nodes / 16,
        patterns: effort.max_patterns / 8,
        states: effort.max_states / 16,
        tries: effort.max_tries / 16,
    };
    let (mut floor, mut proven) = master.prove(&quick);
    if !proven {
        master.repair(effort.max_repairs);
        let thorough = Limits {
            nodes: effort.max_pricing_nodes,
            patterns: effort.max_patterns,
            states: effort.max_states,
            tries: effort.max_tries,
        };
        let (higher, certain) = master.prove(&thorough);
        (floor, proven) = (floor.max(higher), certain);
    }
    let base = instance.bound_of(&relaxed.duals);
    let lower = base + UsdPerHour::from_nanos(u64::try_from(floor).unwrap_or(0));
    let bins = master.packed();
    Answer { bins, lower, proven, truncated: relaxed.truncated || !proven, duals: relaxed.duals }
}

impl Master<'_> {
    /// Searches the whole problem for something cheaper. Returns what the reduced costs of every
    /// packing sum to at least, and whether the packing is the cheapest now.
    fn prove(&mut self, limits: &Limits) -> (i64, bool) {
        let gap = self.reduced_costs();
        let found = search(self.instance, self.duals, &self.instance.counts(), gap, limits);
        if let Some(cover) = found.cover {
            self.bins = cover;
            self.bulk.clear();
        }
        (found.floor, found.proven)
    }

    /// Dives: buys the whole part of what the linear program buys, or else one bin of the pattern
    /// nearest to one, and solves the program again for what is left. `first` is its solution for
    /// the tasks `rest`. Returns patterns and how many bins of each.
    fn dive(&self, mut rest: Vec<u32>, first: Option<&Relaxed>) -> Vec<(Pattern, u32)> {
        let mut runs = Vec::new();
        let mut first = first.map(|relaxed| relaxed.bought.clone());
        while rest.iter().any(|left| *left > 0) {
            let bought = first.take().unwrap_or_else(|| self.relax(&rest));
            let before = runs.len();
            for (pattern, amount) in &bought {
                runs.extend(buy(pattern, (amount + 1e-6).floor() as u32, &mut rest));
            }
            let nearest = bought.iter().max_by(|a, b| a.1.total_cmp(&b.1));
            if let (true, Some((pattern, _))) = (runs.len() == before, nearest) {
                runs.extend(buy(pattern, 1, &mut rest));
            }
            if runs.len() == before {
                self.fill(rest, &mut runs);
                break;
            }
        }
        runs
    }

    /// What a linear program for `rest`, solved with little effort, buys.
    fn relax(&self, rest: &[u32]) -> Vec<(Pattern, f64)> {
        linear::propose(&self.instance.restricted(rest), self.known, &DIVE)
    }

    /// Packs `rest` into one bin after the other, each the best price for its tasks' duals.
    fn fill(&self, mut rest: Vec<u32>, runs: &mut Vec<(Pattern, u32)>) {
        let shares = self.shares();
        while rest.iter().any(|left| *left > 0) {
            let Some(pattern) = self.best_value(&rest, &shares) else {
                break;
            };
            runs.extend(buy(&pattern, u32::MAX, &mut rest));
        }
    }

    /// The duals, but positive: a task that bears nothing must be packed all the same.
    fn shares(&self) -> Vec<i64> {
        self.duals.iter().map(|dual| (*dual).max(1)).collect()
    }

    fn best_value(&self, rest: &[u32], shares: &[i64]) -> Option<Pattern> {
        let mut best: Option<(i64, i64, Pattern)> = None;
        for (position, kind) in self.instance.kinds.iter().enumerate() {
            let pricing = Pricing::new(kind, &self.instance.classes, shares, rest, false);
            // Worth more than this is a better price per worth than the best so far.
            let cutoff = best.as_ref().map_or(0, |(price, worth, _)| {
                let equal = i128::from(kind.price) * i128::from(*worth);
                i64::try_from(equal / i128::from((*price).max(1))).unwrap_or(i64::MAX)
            });
            pricing.search(rest.len(), cutoff, &mut GREEDY_NODES.clone(), &mut |counts, worth| {
                let pattern = Pattern { kind: position, counts: counts.to_vec() };
                best = Some((kind.price, worth, pattern));
                Next::Above(worth)
            });
        }
        best.map(|(_, _, pattern)| pattern)
    }

    /// What a pattern costs beyond the duals of its tasks.
    fn reduced_cost(&self, pattern: &Pattern) -> i64 {
        let worth: i64 =
            pattern.counts.iter().zip(self.duals).map(|(count, y)| i64::from(*count) * y).sum();
        self.instance.kinds[pattern.kind].price - worth
    }

    /// What the packing costs beyond the linear bound.
    fn reduced_costs(&self) -> i64 {
        let open = self.bins.iter().map(|pattern| self.reduced_cost(pattern));
        let bulk = self
            .bulk
            .iter()
            .map(|(pattern, times)| self.reduced_cost(pattern).saturating_mul(i64::from(*times)));
        open.chain(bulk).fold(0, i64::saturating_add).min(i64::MAX / 2)
    }

    /// Empties a few bins at a time, the wasteful ones above all, and packs their tasks anew.
    fn repair(&mut self, rounds: u32) {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        self.sort();
        for round in 0..rounds as usize {
            let wide = round % 5 == 4;
            let size = if wide { 4 + round / 5 % 12 } else { 2 + round % 4 };
            let chosen = self.neighbourhood(size.min(self.bins.len()), &mut dice);
            let mut counts = vec![0; self.duals.len()];
            let mut budget = 0;
            for &bin in &chosen {
                add(&mut counts, &self.bins[bin].counts);
                budget += self.reduced_cost(&self.bins[bin]);
            }
            let cover = if wide {
                self.cheaper_dive(counts, budget)
            } else {
                search(self.instance, self.duals, &counts, budget, &REPAIR).cover
            };
            if let Some(cover) = cover {
                for bin in chosen.into_iter().rev() {
                    self.bins.remove(bin);
                }
                self.bins.extend(cover);
                self.sort();
            }
        }
    }

    /// Packs `counts` by a dive, if that costs less than `budget` beyond the duals.
    fn cheaper_dive(&self, counts: Vec<u32>, budget: i64) -> Option<Vec<Pattern>> {
        let bins: Vec<Pattern> = self
            .dive(counts, None)
            .into_iter()
            .flat_map(|(pattern, times)| std::iter::repeat_n(pattern, times as usize))
            .collect();
        let cost: i64 = bins.iter().map(|pattern| self.reduced_cost(pattern)).sum();
        (cost < budget).then_some(bins)
    }

    /// The wasteful first.
    fn sort(&mut self) {
        let mut bins: Vec<(i64, Pattern)> = std::mem::take(&mut self.bins)
            .into_iter()
            .map(|pattern| (self.reduced_cost(&pattern), pattern))
            .collect();
        bins.sort_by(|(cost, pattern), (other_cost, other)| {
            let same_cost = || pattern.cmp(other);
            other_cost.cmp(cost).then_with(same_cost)
        });
        self.bins = bins.into_iter().map(|(_, pattern)| pattern).collect();
    }

    /// `size` positions in ascending order, of bins sorted by falling reduced cost.
    fn neighbourhood(&self, size: usize, dice: &mut Dice) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::new();
        let wasteful = self.bins.partition_point(|bin| self.reduced_cost(bin) > 0).max(1);
        while chosen.len() < size {
            let among = if chosen.len() < size.div_ceil(2) { wasteful } else { self.bins.len() };
            let mut pick = dice.below(among);
            while chosen.contains(&pick) {
                pick = (pick + 1) % self.bins.len();
            }
            chosen.push(pick);
        }
        chosen.sort_unstable();
        chosen
    }

    fn packed(self) -> Vec<Packed> {
        let open = self.bins.into_iter().map(|pattern| (pattern, 1));
        let mut runs: Vec<(Pattern, u32)> = open.chain(self.bulk).collect();
        runs.sort();
        let mut packed: Vec<Packed> = Vec::new();
        for (Pattern { kind, counts }, instances) in runs {
            match packed.last_mut() {
                Some(last) if last.kind == kind && last.counts == counts => {
                    last.instances += instances;
                }
                _ => packed.push(Packed { kind, counts, instances }),
            }
        }
        packed
    }
}

/// Takes up to `times` bins of a pattern, as far as its tasks are left.
fn buy(pattern: &Pattern, times: u32, rest: &mut [u32]) -> Option<(Pattern, u32)> {
    let held = pattern.counts.iter().zip(&*rest).filter(|(count, _)| **count > 0);
    let times = held.map(|(count, left)| left / count).min().unwrap_or(0).min(times);
    for (left, count) in rest.iter_mut().zip(&pattern.counts) {
        *left -= count * times;
    }
    (times > 0).then(|| (pattern.clone(), times))
}

/// Marsaglia's xorshift: which neighbourhoods are tried, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % limit.max(1) as u64) as usize
    }
}

fn add(sum: &mut [u32], counts: &[u32]) {
    for (sum, count) in sum.iter_mut().zip(counts) {
        *sum += count;
    }
}
