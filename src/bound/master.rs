//! The integer master: whole bins that cover every task exactly.
//!
//! It starts from the linear solution rounded down and fills the rest greedily by price per worth.
//! Then it repairs: a few bins at a time are emptied and their tasks packed again by the exact
//! search, which succeeds only if it finds something cheaper. Last, the exact search over the
//! whole problem, with the gap as its budget, proves the packing, improves it, or lifts the bound.

use super::Effort;
use super::linear::{Pattern, Relaxed};
use super::patterns::{Next, Pricing};
use super::reduce::{Instance, Packed};
use super::search::{Limits, search};
use crate::units::UsdPerHour;

/// Limits of the search in one neighbourhood.
const REPAIR: Limits = Limits { nodes: 50_000, patterns: 3_000, states: 3_000, tries: 300_000 };

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
    bins: Vec<Pattern>,
}

/// Packs an instance of two classes or more.
pub(super) fn solve(instance: &Instance, relaxed: Relaxed, effort: &Effort) -> Answer {
    let mut master = Master { instance, duals: &relaxed.duals, bins: Vec::new() };
    let rest = master.round_down(&relaxed);
    master.fill(rest);
    master.repair(effort.max_repairs);
    let limits = Limits {
        nodes: effort.max_pricing_nodes,
        patterns: effort.max_patterns,
        states: effort.max_states,
        tries: effort.max_tries,
    };
    let gap = master.reduced_costs();
    let found = search(instance, &relaxed.duals, &instance.counts(), gap, &limits);
    if let Some(cover) = found.cover {
        master.bins = cover;
    }
    let proven = found.proven || gap == 0;
    let base = instance.bound_of(&relaxed.duals);
    let lower = base + UsdPerHour::from_nanos(u64::try_from(found.floor).unwrap_or(0));
    let bins = master.packed();
    Answer { bins, lower, proven, truncated: relaxed.truncated || !proven, duals: relaxed.duals }
}

impl Master<'_> {
    /// Buys the whole part of what the linear program buys; returns what is left to pack.
    fn round_down(&mut self, relaxed: &Relaxed) -> Vec<u32> {
        let mut rest = self.instance.counts();
        for (pattern, amount) in &relaxed.bought {
            for _ in 0..(amount + 1e-6).floor() as u64 {
                let fits = pattern.counts.iter().zip(&rest).all(|(count, left)| count <= left);
                if !fits {
                    break;
                }
                subtract(&mut rest, &pattern.counts);
                self.bins.push(pattern.clone());
            }
        }
        rest
    }

    /// Packs `rest` into one bin after the other, each the best price for its tasks' duals.
    fn fill(&mut self, mut rest: Vec<u32>) {
        let shares = self.shares();
        while rest.iter().any(|left| *left > 0) {
            let Some(pattern) = self.best_value(&rest, &shares) else {
                return;
            };
            let times = pattern.counts.iter().zip(&rest).filter(|(count, _)| **count > 0);
            let times = times.map(|(count, left)| left / count).min().unwrap_or(0);
            for _ in 0..times {
                subtract(&mut rest, &pattern.counts);
                self.bins.push(pattern.clone());
            }
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
            pricing.search(rest.len(), cutoff, GREEDY_NODES, &mut |counts, worth| {
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

    fn reduced_costs(&self) -> i64 {
        self.bins.iter().map(|pattern| self.reduced_cost(pattern)).sum()
    }

    /// Empties a few bins at a time, the wasteful ones above all, and packs their tasks anew.
    fn repair(&mut self, rounds: u32) {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
        for round in 0..rounds {
            self.sort();
            let size = (2 + round as usize % 4).min(self.bins.len());
            let chosen = self.neighbourhood(size, &mut dice);
            let mut counts = vec![0; self.duals.len()];
            let mut budget = 0;
            for &bin in &chosen {
                add(&mut counts, &self.bins[bin].counts);
                budget += self.reduced_cost(&self.bins[bin]);
            }
            let found = search(self.instance, self.duals, &counts, budget, &REPAIR);
            if let Some(cover) = found.cover {
                for bin in chosen.into_iter().rev() {
                    self.bins.remove(bin);
                }
                self.bins.extend(cover);
            }
        }
    }

    /// The wasteful first.
    fn sort(&mut self) {
        let mut bins: Vec<(i64, Pattern)> = std::mem::take(&mut self.bins)
            .into_iter()
            .map(|pattern| (self.reduced_cost(&pattern), pattern))
            .collect();
        bins.sort_by(|a, b| {
            let pattern = |p: &Pattern, q: &Pattern| p.kind.cmp(&q.kind).then(p.counts.cmp(&q.counts));
            b.0.cmp(&a.0).then_with(|| pattern(&a.1, &b.1))
        });
        self.bins = bins.into_iter().map(|(_, pattern)| pattern).collect();
    }

    /// `size` positions in ascending order, of bins sorted by falling reduced cost.
    fn neighbourhood(&self, size: usize, dice: &mut Dice) -> Vec<usize> {
        let mut chosen: Vec<usize> = Vec::new();
        let wasteful = self.bins.iter().filter(|bin| self.reduced_cost(bin) > 0).count().max(1);
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

    fn packed(mut self) -> Vec<Packed> {
        self.bins.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| b.counts.cmp(&a.counts)));
        let mut packed: Vec<Packed> = Vec::new();
        for Pattern { kind, counts } in self.bins {
            match packed.last_mut() {
                Some(last) if last.kind == kind && last.counts == counts => last.instances += 1,
                _ => packed.push(Packed { kind, counts, instances: 1 }),
            }
        }
        packed
    }
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

fn subtract(rest: &mut [u32], counts: &[u32]) {
    for (left, count) in rest.iter_mut().zip(counts) {
        *left -= count;
    }
}
