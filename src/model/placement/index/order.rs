//! Slots in the order of what is left on them, for each class among those that it fits on.
//!
//! A tournament: eight slots play for the least that is left, and the least of eight such groups again,
//! up to a handful that are looked at one by one. What is left counts only where the class fits. A change
//! plays again the groups above one slot, as long as their winners are others: a few cache lines.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

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
/// levels of it; finding costs O(log M). Memory: 4 bytes and a seventh for each slot and class, twice
/// that for an order by two dimensions.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// What is compared, the weightiest first: one dimension or two.
    by: Vec<Limit>,
    /// The classes that use it.
    classes: Vec<usize>,
    planes: Planes,
}

#[derive(Clone, Debug)]
enum Planes {
    One(Vec<Plane<u32>>),
    Two(Vec<Plane<u64>>),
}

impl Order {
    pub(super) fn new(by: &[Limit]) -> Self {
        let planes = if by.len() == 1 { Planes::One(Vec::new()) } else { Planes::Two(Vec::new()) };
        Self { by: by.to_vec(), classes: Vec::new(), planes }
    }

    /// From now on a class uses it. What is in the order is lost.
    pub(super) fn add_class(&mut self, class: usize) {
        if !self.classes.contains(&class) {
            self.classes.push(class);
        }
        self.clear();
    }

    /// No slots.
    pub(super) fn clear(&mut self) {
        let planes = self.classes.len().div_ceil(EIGHT);
        match &mut self.planes {
            Planes::One(all) => *all = vec![Plane::default(); planes],
            Planes::Two(all) => *all = vec![Plane::default(); planes],
        }
    }

    pub(super) fn grow(&mut self, slots: usize) {
        match &mut self.planes {
            Planes::One(all) => all.iter_mut().for_each(|plane| plane.grow(slots)),
            Planes::Two(all) => all.iter_mut().for_each(|plane| plane.grow(slots)),
        }
    }

    /// On a slot so much is free now, and the classes of the set `fits` fit.
    #[inline]
    pub(super) fn set(&mut self, slot: usize, free: &Resources, fits: &[u64]) {
        match &mut self.planes {
            Planes::One(all) => set(all, &self.classes, slot, u32::of(free, &self.by), fits),
            Planes::Two(all) => set(all, &self.classes, slot, u64::of(free, &self.by), fits),
        }
    }

    /// The slot with least left on which `class` fits.
    #[inline]
    pub(super) fn first(&self, class: usize) -> Option<usize> {
        let column = self.column(class)?;
        match &self.planes {
            Planes::One(all) => all[column / EIGHT].first(column % EIGHT),
            Planes::Two(all) => all[column / EIGHT].first(column % EIGHT),
        }
    }

    /// All slots on which `class` fits, those with least left first.
    pub(super) fn ascending(&self, class: usize) -> Box<dyn Iterator<Item = usize> + '_> {
        let Some(column) = self.column(class) else { return Box::new(std::iter::empty()) };
        match &self.planes {
            Planes::One(all) => Box::new(all[column / EIGHT].ascending(column % EIGHT)),
            Planes::Two(all) => Box::new(all[column / EIGHT].ascending(column % EIGHT)),
        }
    }

    fn column(&self, class: usize) -> Option<usize> {
        self.classes.iter().position(|other| *other == class)
    }
}

#[inline]
fn set<T: Amount>(planes: &mut [Plane<T>], classes: &[usize], slot: usize, left: T, fits: &[u64]) {
    for (plane, classes) in planes.iter_mut().zip(classes.chunks(EIGHT)) {
        let mut row = Row([T::NONE; EIGHT]);
        for (amount, class) in row.0.iter_mut().zip(classes) {
            if fits[class / WORD] >> (class % WORD) & 1 == 1 {
                *amount = left;
            }
        }
        plane.set(slot, row);
    }
}

/// What is left for each of eight classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(32))]
struct Row<T>([T; EIGHT]);

impl<T: Amount> Row<T> {
    /// The least of some rows, class by class.
    #[inline]
    fn least(rows: &[Self]) -> Self {
        let mut least = Self([T::NONE; EIGHT]);
        for row in rows {
            for (least, amount) in least.0.iter_mut().zip(row.0) {
                *least = (*least).min(amount);
            }
        }
        least
    }
}

/// The tournament of eight classes: slots, then groups of eight, then groups of those, up to eight rows
/// at most.
#[derive(Clone, Debug)]
struct Plane<T> {
    levels: Vec<Vec<Row<T>>>,
}

impl<T> Default for Plane<T> {
    fn default() -> Self {
        Self { levels: Vec::new() }
    }
}

impl<T: Amount> Plane<T> {
    fn grow(&mut self, slots: usize) {
        let mut rows = slots;
        let mut height = 0;
        loop {
            let full = rows.next_multiple_of(EIGHT);
            if height == self.levels.len() {
                let below = height.checked_sub(1).map(|below| &self.levels[below]);
                let groups = below.map_or(&[][..], |below| below).chunks(EIGHT);
                self.levels.push(groups.map(Row::least).collect());
            }
            if self.levels[height].len() < full {
                self.levels[height].resize(full, Row([T::NONE; EIGHT]));
            }
            if full <= EIGHT {
                return;
            }
            rows = full / EIGHT;
            height += 1;
        }
    }

    #[inline]
    fn set(&mut self, slot: usize, row: Row<T>) {
        let (mut at, mut row) = (slot, row);
        for level in &mut self.levels {
            if level[at] == row {
                return;
            }
            level[at] = row;
            at /= EIGHT;
            row = Row::least(&level[at * EIGHT..][..EIGHT]);
        }
    }

    #[inline]
    fn first(&self, column: usize) -> Option<usize> {
        let (top, below) = self.levels.split_last()?;
        let least = top.iter().map(|row| row.0[column]).min()?;
        if least == T::NONE {
            return None;
        }
        let winner = |rows: &[Row<T>]| rows.iter().position(|row| row.0[column] == least);
        below.iter().rev().try_fold(winner(top)?, |group, level| {
            Some(group * EIGHT + winner(&level[group * EIGHT..][..EIGHT])?)
        })
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
    fn open(&self, open: &mut Heap<T>, column: usize, height: usize, from: usize) {
        let rows = self.levels[height].iter().enumerate().skip(from).take(EIGHT);
        for (at, row) in rows.filter(|(_, row)| row.0[column] != T::NONE) {
            open.push(Reverse((row.0[column], at << (3 * height), Reverse(height))));
        }
    }
}

type Heap<T> = BinaryHeap<Reverse<(T, usize, Reverse<usize>)>>;
