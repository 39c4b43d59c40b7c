//! Pricing: which tasks, of those that fit one bin together, are worth most at given duals.
//!
//! A bounded knapsack in four dimensions, searched depth first and pruned in exact integers. The
//! pruning bound is Lagrangian: at any price `m` of a unit of each dimension, what is still to come
//! is worth at most `m . free + sum(count * max(0, dual - m . size))`. Good prices come from the
//! linear relaxation in floating point; that they are only nearly the best ones costs speed alone.

use super::reduce::{Amounts, Class, DIMS, Kind, copies};
use super::simplex::Dictionary;

/// How many of the last items [`Pricing::sharpen`] concerns.
const SHARP_ITEMS: usize = 7;

/// Of so many counts tried and dismissed, one counts as a node.
const FREE_COUNTS: u32 = 256;

/// What a visitor wants next, having seen a pattern.
pub(super) enum Next {
    /// Go on with patterns worth more than this.
    Above(i64),
    /// End the search.
    Stop,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Every pattern worth more than the last cutoff was visited.
    Exhausted,
    /// The visitor or the node limit ended it; no pattern is worth more than this.
    Cut(i64),
}

/// A class as one pricing problem sees it.
#[derive(Clone, Copy)]
struct Item {
    class: usize,
    size: Amounts,
    most: u32,
    dual: i64,
}

/// Bounds on what the items from one depth onwards are worth, all scaled by `1 << shift`.
#[derive(Clone, Default)]
struct Tail {
    /// Further multipliers, each with what it leaves at no free capacity.
    further: Vec<(Amounts, i64)>,
    /// At the multipliers, for no free capacity at all.
    fixed: i64,
    /// The best worth of a unit of each dimension; `i64::MAX` when an item needs none of it.
    unit: Amounts,
    /// All the items.
    all: i64,
}

/// The pricing problem of one bin.
pub(super) struct Pricing {
    items: Vec<Item>,
    tails: Vec<Tail>,
    multipliers: Amounts,
    capacity: Amounts,
    shift: u32,
    /// Leave out patterns to which a task of the last class could be added at no loss.
    fullest: bool,
}

/// The state of a search.
struct Search<'a> {
    counts: Vec<u32>,
    cutoff: i64,
    nodes: &'a mut u64,
    stopped: bool,
    visit: &'a mut dyn FnMut(&[u32], i64) -> Next,
}

impl Pricing {
    /// The problem of `kind` with at most `at_most` tasks of each class at `duals`. `every` asks
    /// for patterns that are not full, and classes without worth, as well.
    pub(super) fn new(
        kind: &Kind,
        classes: &[Class],
        duals: &[i64],
        at_most: &[u32],
        every: bool,
    ) -> Self {
        let mut items: Vec<Item> = (0..classes.len())
            .filter(|&class| kind.fits[class] > 0 && (every || duals[class] > 0))
            .map(|class| {
                let size = classes[class].size;
                let most = copies(&kind.capacity, &size, kind.fits[class].min(at_most[class]));
                Item { class, size, most, dual: duals[class] }
            })
            .filter(|item| item.most > 0)
            .collect();
        let worth: i64 = items.iter().map(|item| item.dual * i64::from(item.most)).sum();
        // Room for the price, and for the worth of everything several times over.
        let shift = worth.max(kind.price).max(1).leading_zeros().saturating_sub(6).min(20);
        let multipliers = relaxation(&items, &kind.capacity, shift);
        let loss = |item: &Item| (item.dual << shift) - dot(&multipliers, &item.size);
        items.sort_by_key(|item| (std::cmp::Reverse(loss(item).abs()), item.class));
        let mut tails = vec![Tail::default(); items.len() + 1];
        for (depth, item) in items.iter().enumerate().rev() {
            let mut tail = tails[depth + 1].clone();
            tail.fixed += loss(item).max(0) * i64::from(item.most);
            tail.all += (item.dual * i64::from(item.most)) << shift;
            for (unit, size) in tail.unit.iter_mut().zip(&item.size) {
                let dual = item.dual << shift;
                let worth = if *size > 0 { (dual + size - 1) / size } else { i64::MAX };
                *unit = (*unit).max(if dual > 0 { worth } else { 0 });
            }
            tails[depth] = tail;
        }
        Self { items, tails, multipliers, capacity: kind.capacity, shift, fullest: !every }
    }

    /// Tightens the bounds of the last items by multipliers of their own: those of their linear
    /// relaxation in the whole capacity and with half of one dimension or more. Worth it where a
    /// search takes many nodes.
    pub(super) fn sharpen(&mut self) {
        let first = self.items.len().saturating_sub(SHARP_ITEMS).max(1);
        for depth in first..self.items.len() {
            let items = &self.items[depth..];
            let mut further: Vec<(Amounts, i64)> = Vec::new();
            for halved in 0..1 << DIMS {
                let mut capacity = self.capacity;
                for (dim, have) in capacity.iter_mut().enumerate() {
                    *have = if halved >> dim & 1 == 1 { (*have / 2).max(1) } else { *have };
                }
                let multipliers = relaxation(items, &capacity, self.shift);
                if further.iter().all(|(other, _)| *other != multipliers) {
                    let left = items.iter().map(|item| {
                        let gain = (item.dual << self.shift) - dot(&multipliers, &item.size);
                        gain.max(0) * i64::from(item.most)
                    });
                    further.push((multipliers, left.sum()));
                }
            }
            self.tails[depth].further = further;
        }
    }

    /// No pattern is worth more than this, scaled.
    fn bound(&self, depth: usize, free: &Amounts) -> i64 {
        let tail = &self.tails[depth];
        let mut least = tail.all.min(dot(&self.multipliers, free).saturating_add(tail.fixed));
        for (multipliers, fixed) in &tail.further {
            least = least.min(dot(multipliers, free).saturating_add(*fixed));
        }
        for (free, unit) in free.iter().zip(&tail.unit) {
            if *unit < i64::MAX {
                least = least.min(free.saturating_mul(*unit));
            }
        }
        least
    }

    /// Shows `visit` patterns (tasks of each class, and their worth) that are worth more than
    /// `cutoff`, in a fixed order, spending at most `nodes` nodes of the search tree.
    pub(super) fn search(
        &self,
        classes: usize,
        cutoff: i64,
        nodes: &mut u64,
        visit: &mut dyn FnMut(&[u32], i64) -> Next,
    ) -> End {
        let cutoff = cutoff.max(-1);
        let root = self.bound(0, &self.capacity);
        if root <= cutoff << self.shift {
            return End::Exhausted;
        }
        let counts = vec![0; classes];
        let mut search = Search { counts, cutoff, nodes, stopped: false, visit };
        self.descend(&mut search, 0, self.capacity, 0);
        if search.stopped { End::Cut((root >> self.shift) + 1) } else { End::Exhausted }
    }

    fn descend(&self, search: &mut Search<'_>, depth: usize, free: Amounts, worth: i64) {
        if !spend(search) {
            return;
        }
        let Some(item) = self.items.get(depth) else {
            if worth > search.cutoff {
                match (search.visit)(&search.counts, worth) {
                    Next::Above(cutoff) => search.cutoff = cutoff,
                    Next::Stop => search.stopped = true,
                }
            }
            return;
        };
        let most = copies(&free, &item.size, item.most);
        let last = self.fullest && depth + 1 == self.items.len();
        let Some((low, high)) = self.range(search.cutoff, depth, &free, worth, most) else {
            return;
        };
        let low = if last { high } else { low };
        let mut left = free;
        take(&mut left, &item.size, i64::from(high));
        for count in (low..=high).rev() {
            if count % FREE_COUNTS == FREE_COUNTS - 1 && !spend(search) {
                return;
            }
            let so_far = worth + item.dual * i64::from(count);
            let ahead = self.bound(depth + 1, &left);
            if (so_far << self.shift).saturating_add(ahead) > search.cutoff << self.shift {
                search.counts[item.class] = count;
                self.descend(search, depth + 1, left, so_far);
                search.counts[item.class] = 0;
                if search.stopped {
                    return;
                }
            }
            take(&mut left, &item.size, -1);
        }
    }

    /// The counts of the item at `depth` that the Lagrangian bound leaves: it is linear in them.
    fn range(
        &self,
        cutoff: i64,
        depth: usize,
        free: &Amounts,
        worth: i64,
        most: u32,
    ) -> Option<(u32, u32)> {
        let item = &self.items[depth];
        let without = (worth << self.shift)
            .saturating_add(dot(&self.multipliers, free))
            .saturating_add(self.tails[depth + 1].fixed);
        let slope = (item.dual << self.shift) - dot(&self.multipliers, &item.size);
        // Wanted: without + slope * count > cutoff.
        let missing = (cutoff << self.shift).saturating_sub(without);
        let most = i64::from(most);
        let (low, high) = match slope.signum() {
            1 if missing >= 0 => (missing / slope + 1, most),
            -1 if missing >= 0 => return None,
            -1 => (0, most.min((-missing - 1) / -slope)),
            0 if missing >= 0 => return None,
            _ => (0, most),
        };
        (low <= high).then_some((low as u32, high as u32))
    }
}

/// Takes a node from the limit; false, and the search is stopped, when there is none left.
fn spend(search: &mut Search<'_>) -> bool {
    search.stopped |= *search.nodes == 0;
    *search.nodes = search.nodes.saturating_sub(1);
    !search.stopped
}

fn dot(a: &Amounts, b: &Amounts) -> i64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn take(free: &mut Amounts, size: &Amounts, count: i64) {
    for (free, size) in free.iter_mut().zip(size) {
        *free -= size * count;
    }
}

/// The multipliers of the capacities in the linear relaxation, scaled by `1 << shift`.
fn relaxation(items: &[Item], capacity: &Amounts, shift: u32) -> Amounts {
    let mut multipliers = [0; DIMS];
    let scale = items.iter().map(|item| item.dual).max().unwrap_or(0) as f64;
    if scale <= 0.0 {
        return multipliers;
    }
    let gains: Vec<f64> = items.iter().map(|item| item.dual as f64 / scale).collect();
    let mut program = Dictionary::new(&gains);
    let scarce: Vec<usize> = (0..DIMS)
        .filter(|&dim| {
            let wanted = items.iter().map(|item| item.size[dim] * i64::from(item.most));
            wanted.sum::<i64>() > capacity[dim]
        })
        .collect();
    for &dim in &scarce {
        let have = capacity[dim].max(1) as f64;
        let row: Vec<f64> = items.iter().map(|item| item.size[dim] as f64 / have).collect();
        program.add_row(&row, 1.0);
    }
    for (position, item) in items.iter().enumerate() {
        let mut row = vec![0.0; items.len()];
        row[position] = 1.0;
        program.add_row(&row, f64::from(item.most));
    }
    program.maximise();
    // No unit of a dimension is worth more than everything: a guard, were the program to fail.
    let everything: i64 = items.iter().map(|item| item.dual * i64::from(item.most)).sum();
    let unit = scale * (1_u64 << shift) as f64;
    for (row, multiplier) in program.multipliers() {
        if let Some(&dim) = scarce.get(row) {
            let have = capacity[dim].max(1);
            let worth = (multiplier * unit / have as f64).round() as i64;
            multipliers[dim] = worth.min((everything << shift) / have);
        }
    }
    multipliers
}
