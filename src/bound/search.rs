//! The exact search: which patterns cover a demand exactly, at the least sum of reduced costs.
//!
//! A pattern's *reduced cost* is its bin's price less the duals of its tasks: what it costs beyond
//! the share of the lower bound that it pays. Since every task is packed once, a packing's price is
//! the duals of all tasks plus the reduced costs of its patterns; so a packing cheaper than a known
//! one by more than nothing has reduced costs below the known gap, and consists of patterns below
//! it. The search goes through remaining demands best first (Dijkstra), so what it has not reached
//! when it ends at a limit costs at least the frontier: a proven bound, too.
//!
//! Two rules, each at no loss of optimality, keep it small. The next pattern holds a task of the
//! first class left. And it is full: no remaining task fits into it, nor could a remaining larger
//! task replace a smaller one, for such an exchange within a packing costs nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::linear::Pattern;
use super::patterns::{End, Next, Pricing};
use super::reduce::{DIMS, Instance};

/// Limits of one search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) nodes: u64,
    pub(super) patterns: usize,
    pub(super) states: usize,
    pub(super) tries: u64,
}

/// What a search found out.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The cheapest cover, if it is below the asked budget.
    pub(super) cover: Option<Vec<Pattern>>,
    /// Every cover's reduced costs sum to this at least (at most the asked budget, if no cover).
    pub(super) floor: i64,
    /// Whether `cover` is the cheapest, or none is below the budget.
    pub(super) proven: bool,
}

/// Counts of tasks packed into one integer: a field for each class, its top bit a guard.
struct Fields {
    offset: Vec<u32>,
    width: Vec<u32>,
    guards: u128,
}

impl Fields {
    /// `None` when the counts do not fit.
    fn new(counts: &[u32]) -> Option<Self> {
        let width: Vec<u32> = counts.iter().map(|count| 33 - count.leading_zeros()).collect();
        let total: u32 = width.iter().sum();
        let mut offset = Vec::with_capacity(counts.len());
        let (mut next, mut guards) = (total, 0);
        for width in &width {
            next = next.checked_sub(*width)?;
            offset.push(next);
            guards |= 1_u128.checked_shl(next + width - 1)?;
        }
        (total <= 128).then_some(Self { offset, width, guards })
    }

    fn pack(&self, counts: &[u32]) -> u128 {
        counts.iter().zip(&self.offset).map(|(count, offset)| u128::from(*count) << offset).sum()
    }

    fn mask(&self, class: usize) -> u128 {
        ((1_u128 << (self.width[class] - 1)) - 1) << self.offset[class]
    }
}

/// A pattern as the search sees it.
struct Column {
    cost: i64,
    packed: u128,
    /// Fields of the classes that, if any of them remains, make the pattern not full.
    wants: u128,
    kind: usize,
}

struct State {
    remaining: u128,
    cost: i64,
    parent: usize,
    column: usize,
}

/// Looks for the cheapest cover of `counts` with reduced costs below `budget`.
pub(super) fn search(
    instance: &Instance,
    duals: &[i64],
    counts: &[u32],
    budget: i64,
    limits: &Limits,
) -> Found {
    let unknown = Found { cover: None, floor: 0, proven: false };
    let Some(fields) = Fields::new(counts) else {
        return unknown;
    };
    let mut within = budget;
    for _ in 0..4 {
        if within <= 0 {
            break;
        }
        if let Some(columns) = columns(instance, duals, counts, within, limits, &fields) {
            let mut found = run(instance, &fields, &columns, counts, within, limits);
            found.proven &= found.cover.is_some() || within == budget;
            return found;
        }
        within /= 4;
    }
    unknown
}

/// All patterns within `counts` of reduced cost below `budget`, the cheapest bin for each, by first
/// class and cost. `None` when a limit was hit.
fn columns(
    instance: &Instance,
    duals: &[i64],
    counts: &[u32],
    budget: i64,
    limits: &Limits,
    fields: &Fields,
) -> Option<Vec<Vec<Column>>> {
    let mut cheapest: BTreeMap<u128, (i64, usize)> = BTreeMap::new();
    let mut nodes = limits.nodes;
    for (position, kind) in instance.kinds.iter().enumerate() {
        let pricing = Pricing::new(kind, &instance.classes, duals, counts, true);
        let cutoff = kind.price - budget;
        let full = cheapest.len().max(limits.patterns);
        let end = pricing.search(duals.len(), cutoff, &mut nodes, &mut |pattern, worth| {
            let packed = fields.pack(pattern);
            let offer = (kind.price - worth, position);
            let entry = cheapest.entry(packed).or_insert(offer);
            *entry = (*entry).min(offer);
            if cheapest.len() > full { Next::Stop } else { Next::Above(cutoff) }
        });
        if end != End::Exhausted {
            return None;
        }
    }
    cheapest.remove(&0);
    let mut groups: Vec<Vec<Column>> = counts.iter().map(|_| Vec::new()).collect();
    for (packed, (cost, kind)) in cheapest {
        let first = (0..counts.len()).find(|&class| packed & fields.mask(class) != 0)?;
        let wants = wants(instance, fields, kind, packed);
        groups[first].push(Column { cost, packed, wants, kind });
    }
    for group in &mut groups {
        group.sort_by_key(|column| (column.cost, Reverse(column.packed)));
    }
    Some(groups)
}

fn count_of(fields: &Fields, packed: u128, class: usize) -> u32 {
    ((packed & fields.mask(class)) >> fields.offset[class]) as u32
}

/// The fields of classes of which one more task fits beside or in place of a smaller one.
fn wants(instance: &Instance, fields: &Fields, kind: usize, packed: u128) -> u128 {
    let kind = &instance.kinds[kind];
    let classes = &instance.classes;
    let held: Vec<u32> = (0..classes.len()).map(|c| count_of(fields, packed, c)).collect();
    let mut free = kind.capacity;
    for (class, count) in classes.iter().zip(&held) {
        for (free, size) in free.iter_mut().zip(&class.size) {
            *free -= size * i64::from(*count);
        }
    }
    let mut mask = 0;
    for (wanted, class) in classes.iter().enumerate().filter(|(c, _)| kind.fits[*c] > 0) {
        let fits = |spare: Option<usize>| {
            (0..DIMS)
                .all(|dim| class.size[dim] <= free[dim] + spare.map_or(0, |c| classes[c].size[dim]))
        };
        // A class that dominates another stands before it; equal ones differ in who admits them.
        let smaller = (wanted + 1..classes.len()).filter(|&c| {
            held[c] > 0
                && classes[c].size != class.size
                && (0..DIMS).all(|dim| classes[c].size[dim] <= class.size[dim])
                && instance.kinds.iter().all(|kind| kind.fits[wanted] == 0 || kind.fits[c] > 0)
        });
        if fits(None) || smaller.into_iter().any(|c| fits(Some(c))) {
            mask |= fields.mask(wanted);
        }
    }
    mask
}

fn run(
    instance: &Instance,
    fields: &Fields,
    columns: &[Vec<Column>],
    counts: &[u32],
    budget: i64,
    limits: &Limits,
) -> Found {
    let flat: Vec<&Column> = columns.iter().flatten().collect();
    let starts: Vec<usize> = columns
        .iter()
        .scan(0, |next, group| {
            let start = *next;
            *next += group.len();
            Some(start)
        })
        .collect();
    let start = fields.pack(counts);
    let mut states = vec![State { remaining: start, cost: 0, parent: 0, column: 0 }];
    let mut reached: BTreeMap<u128, i64> = BTreeMap::from([(start, 0)]);
    let mut frontier = BinaryHeap::from([Reverse((0_i64, start, 0_usize))]);
    let mut tries = limits.tries;
    while let Some(Reverse((cost, remaining, state))) = frontier.pop() {
        if remaining == 0 {
            let cover = trace(instance, fields, &flat, &states, state);
            return Found { cover: Some(cover), floor: cost, proven: true };
        }
        if reached.get(&remaining).is_some_and(|&best| best < cost) {
            continue;
        }
        let group = (0..counts.len()).find(|&class| remaining & fields.mask(class) != 0);
        let group = group.unwrap_or(0);
        for (position, column) in columns[group].iter().enumerate() {
            if tries == 0 || states.len() >= limits.states {
                return Found { cover: None, floor: cost, proven: false };
            }
            tries -= 1;
            let total = cost + column.cost;
            if total >= budget {
                break;
            }
            let left = (remaining | fields.guards).wrapping_sub(column.packed);
            if left & fields.guards != fields.guards || left & column.wants != 0 {
                continue;
            }
            let left = left ^ fields.guards;
            let best = reached.entry(left).or_insert(i64::MAX);
            if total < *best {
                *best = total;
                frontier.push(Reverse((total, left, states.len())));
                let column = starts[group] + position;
                states.push(State { remaining: left, cost: total, parent: state, column });
            }
        }
    }
    Found { cover: None, floor: budget, proven: true }
}

fn trace(
    instance: &Instance,
    fields: &Fields,
    flat: &[&Column],
    states: &[State],
    goal: usize,
) -> Vec<Pattern> {
    let mut cover = Vec::new();
    let mut at = goal;
    while at != 0 {
        let state = &states[at];
        let column = flat[state.column];
        debug_assert_eq!(state.remaining + column.packed, states[state.parent].remaining);
        debug_assert_eq!(state.cost, states[state.parent].cost + column.cost);
        let counts =
            (0..instance.classes.len()).map(|c| count_of(fields, column.packed, c)).collect();
        cover.push(Pattern { kind: column.kind, counts });
        at = state.parent;
    }
    cover
}
