//! Slots in the order of what is left on them, for each class among those that it fits on.
//!
//! A tournament: eight slots play for the least that is left, and the least of eight such groups again,
//! up to a handful that are looked at one by one. What is left counts only where the class fits. A change
//! plays again the groups above one slot, as long as their winners are others: a few cache lines.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use prefetch_index::prefetch_index;

use crate::units::{Limit, Resources};

use super::WORD;

/// Slots, or groups, that play together. Also the classes of a plane: their numbers lie side by side and
/// are compared at once.
const EIGHT: usize = 8;

/// What is compared of a slot.
trait Amount: Copy + Ord {
    /// The class does not fit.
    const NONE: Self;

    /// What is left, in the dimensions that are compared; never [`Amount::NONE`].
    fn of(free: &Resources, by: &[Limit]) -> Self;
}

impl Amount for u32 {
    const NONE: Self = Self::MAX;

    fn of(free: &Resources, by: &[Limit]) -> Self {
        by.first().map_or(0, |limit| free.get(*limit)).min(Self::MAX - 1)
    }
}

impl Amount for u64 {
    const NONE: Self = Self::MAX;

    fn of(free: &Resources, by: &[Limit]) -> Self {
        by.iter().fold(0, |left, limit| left << 32 | Self::from(u32::of(free, &[*limit])))
    }
}

/// Slots by what is left on them, and by number where that is equal.
///
/// With M slots and K classes that use the order a change costs O(K log M) to base 8, mostly two or three
/// levels of it; finding costs O(log M). Memory: 4 bytes and a seventh for each slot and class, the
/// classes rounded up to eight unless there is one alone, twice that for an order by two dimensions.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// What is compared, the weightiest first: one dimension or two.
    by: Vec<Limit>,
    /// The classes that use it.
    classes: Vec<usize>,
    /// For each class its position among those.
    columns: Vec<Option<usize>>,
    planes: Planes,
}

/// A class alone has rows of one number: an eighth of the memory.
#[derive(Clone, Debug)]
enum Planes {
    Alone(Plane<Single<u32>>),
    AloneByTwo(Plane<Single<u64>>),
    One(Vec<Plane<Wide<u32>>>),
    Two(Vec<Plane<Wide<u64>>>),
}

impl Order {
    pub(super) fn new(by: &[Limit]) -> Self {
        let planes = Planes::One(Vec::new());
        Self { by: by.to_vec(), classes: Vec::new(), columns: Vec::new(), planes }
    }

    /// From now on a class uses it. What is in the order is lost.
    pub(super) fn add_class(&mut self, class: usize) {
        if self.column(class).is_none() {
            self.columns.resize(self.columns.len().max(class + 1), None);
            self.columns[class] = Some(self.classes.len());
            self.classes.push(class);
        }
        self.clear();
    }

    /// No slots.
    pub(super) fn clear(&mut self) {
        let planes = self.classes.len().div_ceil(EIGHT);
        self.planes = match (self.by.len(), self.classes.len()) {
            (1, 1) => Planes::Alone(Plane::default()),
            (1, _) => Planes::One(vec![Plane::default(); planes]),
            (_, 1) => Planes::AloneByTwo(Plane::default()),
            _ => Planes::Two(vec![Plane::default(); planes]),
        };
    }

    pub(super) fn grow(&mut self, slots: usize) {
        match &mut self.planes {
            Planes::Alone(plane) => plane.grow(slots),
            Planes::AloneByTwo(plane) => plane.grow(slots),
            Planes::One(all) => all.iter_mut().for_each(|plane| plane.grow(slots)),
            Planes::Two(all) => all.iter_mut().for_each(|plane| plane.grow(slots)),
        }
    }

    /// On a slot so much is free now, and the classes of the set `fits` fit.
    #[inline]
    pub(super) fn set(&mut self, slot: usize, free: &Resources, fits: &[u64]) {
        match &mut self.planes {
            Planes::Alone(plane) => {
                plane.set(slot, alone(&self.classes, u32::of(free, &self.by), fits));
            }
            Planes::AloneByTwo(plane) => {
                plane.set(slot, alone(&self.classes, u64::of(free, &self.by), fits));
            }
            Planes::One(all) => set(all, &self.classes, slot, u32::of(free, &self.by), fits),
            Planes::Two(all) => set(all, &self.classes, slot, u64::of(free, &self.by), fits),
        }
    }

    /// What is left on a slot is about to change.
    #[inline]
    pub(super) fn prefetch(&self, slot: usize) {
        match &self.planes {
            Planes::Alone(plane) => plane.prefetch(slot),
            Planes::AloneByTwo(plane) => plane.prefetch(slot),
            Planes::One(all) => all.iter().for_each(|plane| plane.prefetch(slot)),
            Planes::Two(all) => all.iter().for_each(|plane| plane.prefetch(slot)),
        }
    }

    /// The slot with least left on which `class` fits.
    #[inline]
    pub(super) fn first(&self, class: usize) -> Option<usize> {
        let column = self.column(class)?;
        match &self.planes {
            Planes::Alone(plane) => plane.first(0),
            Planes::AloneByTwo(plane) => plane.first(0),
            Planes::One(all) => all[column / EIGHT].first(column % EIGHT),
            Planes::Two(all) => all[column / EIGHT].first(column % EIGHT),
        }
    }

    /// All slots on which `class` fits, those with least left first.
    pub(super) fn ascending(&self, class: usize) -> Box<dyn Iterator<Item = usize> + '_> {
        let Some(column) = self.column(class) else { return Box::new(std::iter::empty()) };
        match &self.planes {
            Planes::Alone(plane) => Box::new(plane.ascending(0)),
            Planes::AloneByTwo(plane) => Box::new(plane.ascending(0)),
            Planes::One(all) => Box::new(all[column / EIGHT].ascending(column % EIGHT)),
            Planes::Two(all) => Box::new(all[column / EIGHT].ascending(column % EIGHT)),
        }
    }

    fn column(&self, class: usize) -> Option<usize> {
        self.columns.get(class).copied().flatten()
    }
}

#[inline]
fn set<T: Amount>(
    planes: &mut [Plane<Wide<T>>],
    classes: &[usize],
    slot: usize,
    left: T,
    fits: &[u64],
) {
    for (plane, classes) in planes.iter_mut().zip(classes.chunks(EIGHT)) {
        let mut row = Wide::NONE;
        for (amount, class) in row.0.iter_mut().zip(classes) {
            if is_in(*class, fits) {
                *amount = left;
            }
        }
        plane.set(slot, row);
    }
}

/// The row of the only class.
#[inline]
fn alone<T: Amount>(classes: &[usize], left: T, fits: &[u64]) -> Single<T> {
    if is_in(classes[0], fits) { Single(left) } else { Single::NONE }
}

#[inline]
fn is_in(class: usize, set: &[u64]) -> bool {
    set[class / WORD] >> (class % WORD) & 1 == 1
}

/// What is left on a slot, or in a group of them, for each class of a plane.
trait Row: Copy + PartialEq {
    type Of: Amount;
    /// No class fits.
    const NONE: Self;

    /// What is left for one class.
    fn at(&self, column: usize) -> Self::Of;

    /// The least of some rows, class by class.
    fn least(rows: &[Self]) -> Self;

    /// What the least of a group becomes when one of its rows changes; `None`: the others must be looked
    /// at, which costs nothing where they lie on the same cache line.
    fn follow(least: Self, before: Self, after: Self) -> Option<Self>;
}

/// The same for one class.
#[inline]
fn follow<T: Amount>(least: T, before: T, after: T) -> Option<T> {
    if after <= least { Some(after) } else { (before > least).then_some(least) }
}

/// For one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Single<T>(T);

impl<T: Amount> Row for Single<T> {
    type Of = T;
    const NONE: Self = Self(T::NONE);

    #[inline]
    fn at(&self, _: usize) -> T {
        self.0
    }

    #[inline]
    fn least(rows: &[Self]) -> Self {
        Self(rows.iter().fold(T::NONE, |least, row| least.min(row.0)))
    }

    #[inline]
    fn follow(_: Self, _: Self, _: Self) -> Option<Self> {
        None
    }
}

/// For eight classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(32))]
struct Wide<T>([T; EIGHT]);

impl<T: Amount> Row for Wide<T> {
    type Of = T;
    const NONE: Self = Self([T::NONE; EIGHT]);

    #[inline]
    fn at(&self, column: usize) -> T {
        self.0[column]
    }

    #[inline]
    fn least(rows: &[Self]) -> Self {
        let mut least = Self::NONE;
        for row in rows {
            for (least, amount) in least.0.iter_mut().zip(row.0) {
                *least = (*least).min(amount);
            }
        }
        least
    }

    #[inline]
    fn follow(least: Self, before: Self, after: Self) -> Option<Self> {
        let mut next = least;
        for (column, least) in next.0.iter_mut().enumerate() {
            *least = follow(*least, before.0[column], after.0[column])?;
        }
        Some(next)
    }
}

/// The tournament of one class, or eight: slots, then groups of eight, then groups of those, up to eight
/// rows at most.
#[derive(Clone, Debug)]
struct Plane<R> {
    levels: Vec<Vec<R>>,
}

impl<R> Default for Plane<R> {
    fn default() -> Self {
        Self { levels: Vec::new() }
    }
}

impl<R: Row> Plane<R> {
    fn grow(&mut self, slots: usize) {
        let mut rows = slots;
        let mut height = 0;
        loop {
            let full = rows.next_multiple_of(EIGHT);
            if height == self.levels.len() {
                let below = height.checked_sub(1).map(|below| &self.levels[below]);
                let groups = below.map_or(&[][..], |below| below).chunks(EIGHT);
                self.levels.push(groups.map(R::least).collect());
            }
            if self.levels[height].len() < full {
                self.levels[height].resize(full, R::NONE);
            }
            if full <= EIGHT {
                return;
            }
            rows = full / EIGHT;
            height += 1;
        }
    }

    #[inline]
    fn prefetch(&self, slot: usize) {
        if let Some(slots) = self.levels.first() {
            prefetch_index(slots, slot);
        }
    }

    #[inline]
    fn set(&mut self, slot: usize, row: R) {
        let (mut at, mut after) = (slot, row);
        for height in 0..self.levels.len() {
            let before = std::mem::replace(&mut self.levels[height][at], after);
            if before == after {
                return;
            }
            at /= EIGHT;
            let Some(above) = self.levels.get(height + 1) else { return };
            after = R::follow(above[at], before, after)
                .unwrap_or_else(|| R::least(&self.levels[height][at * EIGHT..][..EIGHT]));
        }
    }

    #[inline]
    fn first(&self, column: usize) -> Option<usize> {
        let (top, below) = self.levels.split_last()?;
        let least = top.iter().map(|row| row.at(column)).min()?;
        if least == R::Of::NONE {
            return None;
        }
        // As a set of eight: nobody can foresee who wins, and a search would branch on it.
        let winner = |rows: &[R]| {
            let won = |at: usize| u32::from(rows[at].at(column) == least) << at;
            (0..EIGHT).fold(0, |set, at| set | won(at)).trailing_zeros() as usize
        };
        let down = |group, level: &Vec<R>| group * EIGHT + winner(&level[group * EIGHT..][..EIGHT]);
        Some(below.iter().rev().fold(winner(&top[..EIGHT]), down))
    }

    /// Groups are opened in the order of their winners; of equal ones first the group that begins
    /// earlier, and a group before the slot that it begins with.
    fn ascending(&self, column: usize) -> impl Iterator<Item = usize> + '_ {
        let mut open = BinaryHeap::new();
        if let Some(height) = self.levels.len().checked_sub(1) {
            self.open(&mut open, column, height, 0);
        }
        std::iter::from_fn(move || {
            loop {
                let (_, first, Reverse(height)) = open.pop()?.0;
                if height == 0 {
                    return Some(first);
                }
                let group = first >> (3 * height);
                self.open(&mut open, column, height - 1, group * EIGHT);
            }
        })
    }

    /// Puts eight rows of a level into the heap, from row `from` on: what is left, the first slot below
    /// it, its level.
    fn open(&self, open: &mut Heap<R::Of>, column: usize, height: usize, from: usize) {
        let rows = self.levels[height].iter().enumerate().skip(from).take(EIGHT);
        for (at, row) in rows.filter(|(_, row)| row.at(column) != R::Of::NONE) {
            open.push(Reverse((row.at(column), at << (3 * height), Reverse(height))));
        }
    }
}

type Heap<T> = BinaryHeap<Reverse<(T, usize, Reverse<usize>)>>;
