//! Slots in the order of what is left on them, for each class among those that it fits on.
//!
//! A tournament: eight slots play for the least that is left, eight such groups again, up to one winner
//! of all. What is left counts only where the class fits. Each group notes its winner, so that a change
//! is followed upwards as long as winners are others, and a group is played again only when its winner
//! fell back.

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
    /// What is left on a slot, then the slot: no two are equal.
    type Key: Copy + Ord;
    /// No key is greater.
    const LAST: Self::Key;

    /// What is left, in the dimensions that are compared; never [`Amount::NONE`].
    fn of(free: &Resources, by: &[Limit]) -> Self;

    fn key(self, slot: usize) -> Self::Key;

    /// The slot of a key.
    fn slot(key: Self::Key) -> usize;

    /// Whether the class fits there.
    #[inline]
    fn fits(key: Self::Key) -> bool {
        key < Self::NONE.key(0)
    }
}

/// Bits of a slot in a key.
const SLOT_BITS: u32 = u32::BITS;

impl Amount for u32 {
    const NONE: Self = Self::MAX;
    type Key = u64;
    const LAST: u64 = u64::MAX;

    fn of(free: &Resources, by: &[Limit]) -> Self {
        by.first().map_or(0, |limit| free.get(*limit)).min(Self::MAX - 1)
    }

    #[inline]
    fn key(self, slot: usize) -> u64 {
        u64::from(self) << SLOT_BITS | slot as u64
    }

    #[inline]
    fn slot(key: u64) -> usize {
        key as u32 as usize
    }
}

impl Amount for u64 {
    const NONE: Self = Self::MAX;
    type Key = u128;
    const LAST: u128 = u128::MAX;

    fn of(free: &Resources, by: &[Limit]) -> Self {
        by.iter().fold(0, |left, limit| left << 32 | Self::from(u32::of(free, &[*limit])))
    }

    #[inline]
    fn key(self, slot: usize) -> u128 {
        u128::from(self) << SLOT_BITS | slot as u128
    }

    #[inline]
    fn slot(key: u128) -> usize {
        key as u32 as usize
    }
}

/// Slots by what is left on them, and by number where that is equal.
///
/// With M slots and K classes that use the order a change costs O(K log M) to base 8, mostly a level or
/// two of it; finding costs O(1). Memory: 4 bytes and two sevenths for each slot and class, the classes
/// rounded up to eight unless there is one alone, twice that for an order by two dimensions.
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

/// What is left on a slot for each class of a plane.
trait Row: Copy + PartialEq {
    type Of: Amount;
    /// A key for each class.
    type Keys: Copy + PartialEq;
    /// No class fits.
    const NONE: Self;
    /// No keys are greater.
    const LAST: Self::Keys;

    /// The keys of a slot with such a row.
    fn keys(self, slot: usize) -> Self::Keys;

    /// The key of one class.
    fn at(keys: &Self::Keys, column: usize) -> <Self::Of as Amount>::Key;

    /// The lesser ones of two, class by class.
    fn least(one: Self::Keys, other: Self::Keys) -> Self::Keys;

    /// What the least of a group becomes when one of its members changes; `None`: the winner fell back,
    /// and the group must be played again.
    fn follow(least: Self::Keys, before: Self::Keys, after: Self::Keys) -> Option<Self::Keys>;
}

/// The same for one class.
#[inline]
fn follow<K: Copy + Ord>(least: K, before: K, after: K) -> Option<K> {
    if after <= least { Some(after) } else { (before != least).then_some(least) }
}

/// For one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Single<T>(T);

impl<T: Amount> Row for Single<T> {
    type Of = T;
    type Keys = T::Key;
    const NONE: Self = Self(T::NONE);
    const LAST: T::Key = T::LAST;

    #[inline]
    fn keys(self, slot: usize) -> T::Key {
        self.0.key(slot)
    }

    #[inline]
    fn at(keys: &T::Key, _: usize) -> T::Key {
        *keys
    }

    #[inline]
    fn least(one: T::Key, other: T::Key) -> T::Key {
        one.min(other)
    }

    #[inline]
    fn follow(least: T::Key, before: T::Key, after: T::Key) -> Option<T::Key> {
        follow(least, before, after)
    }
}

/// For eight classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(32))]
struct Wide<T>([T; EIGHT]);

impl<T: Amount> Row for Wide<T> {
    type Of = T;
    type Keys = [T::Key; EIGHT];
    const NONE: Self = Self([T::NONE; EIGHT]);
    const LAST: [T::Key; EIGHT] = [T::LAST; EIGHT];

    #[inline]
    fn keys(self, slot: usize) -> [T::Key; EIGHT] {
        self.0.map(|left| left.key(slot))
    }

    #[inline]
    fn at(keys: &[T::Key; EIGHT], column: usize) -> T::Key {
        keys[column]
    }

    #[inline]
    fn least(mut one: [T::Key; EIGHT], other: [T::Key; EIGHT]) -> [T::Key; EIGHT] {
        for (least, key) in one.iter_mut().zip(other) {
            *least = (*least).min(key);
        }
        one
    }

    #[inline]
    fn follow(
        mut least: [T::Key; EIGHT],
        before: [T::Key; EIGHT],
        after: [T::Key; EIGHT],
    ) -> Option<[T::Key; EIGHT]> {
        for (column, least) in least.iter_mut().enumerate() {
            *least = follow(*least, before[column], after[column])?;
        }
        Some(least)
    }
}

/// The tournament of one class, or eight.
#[derive(Clone, Debug)]
struct Plane<R: Row> {
    slots: Vec<R>,
    /// The winners of each eight slots, then of each eight of those, up to one.
    winners: Vec<Vec<R::Keys>>,
}

impl<R: Row> Default for Plane<R> {
    fn default() -> Self {
        Self { slots: Vec::new(), winners: Vec::new() }
    }
}

impl<R: Row> Plane<R> {
    fn grow(&mut self, slots: usize) {
        let mut below = slots.next_multiple_of(EIGHT);
        if below <= self.slots.len() {
            return;
        }
        self.slots.resize(below, R::NONE);
        for height in 0.. {
            let groups = below / EIGHT;
            below = if groups == 1 { 1 } else { groups.next_multiple_of(EIGHT) };
            if height == self.winners.len() {
                let played = (0..groups).map(|group| self.play(height, group)).collect();
                self.winners.push(played);
            }
            self.winners[height].resize(below, R::LAST);
            if below == 1 {
                return;
            }
        }
    }

    /// The winner of a group: of eight slots, or of the winners of eight groups.
    #[inline]
    fn play(&self, height: usize, group: usize) -> R::Keys {
        match height.checked_sub(1) {
            None => {
                let rows = &self.slots.as_chunks::<EIGHT>().0[group];
                let key = |member: usize| rows[member].keys(group * EIGHT + member);
                (1..EIGHT).fold(key(0), |least, member| R::least(least, key(member)))
            }
            Some(below) => {
                let winners = &self.winners[below].as_chunks::<EIGHT>().0[group];
                winners[1..].iter().fold(winners[0], |least, winner| R::least(least, *winner))
            }
        }
    }

    #[inline]
    fn prefetch(&self, slot: usize) {
        prefetch_index(&self.slots, slot);
    }

    #[inline]
    fn set(&mut self, slot: usize, row: R) {
        let before = std::mem::replace(&mut self.slots[slot], row);
        if before == row {
            return;
        }
        let (mut at, mut before, mut after) = (slot, before.keys(slot), row.keys(slot));
        for height in 0..self.winners.len() {
            at /= EIGHT;
            let least = self.winners[height][at];
            let next = R::follow(least, before, after).unwrap_or_else(|| self.play(height, at));
            if next == least {
                return;
            }
            self.winners[height][at] = next;
            (before, after) = (least, next);
        }
    }

    #[inline]
    fn first(&self, column: usize) -> Option<usize> {
        let key = R::at(self.winners.last()?.first()?, column);
        R::Of::fits(key).then(|| R::Of::slot(key))
    }

    /// Groups are opened in the order of their winners.
    fn ascending(&self, column: usize) -> impl Iterator<Item = usize> + '_ {
        let mut open: Heap<R::Of> = BinaryHeap::new();
        let root = self.winners.last().and_then(|root| root.first());
        open.extend(root.map(|keys| Reverse((R::at(keys, column), self.winners.len()))));
        std::iter::from_fn(move || {
            loop {
                let (key, height) = open.pop()?.0;
                if !R::Of::fits(key) {
                    return None;
                }
                let slot = R::Of::slot(key);
                let Some(below) = height.checked_sub(1) else { return Some(slot) };
                let group = slot >> (EIGHT.ilog2() as usize * height);
                for member in group * EIGHT..(group + 1) * EIGHT {
                    let keys = match below.checked_sub(1) {
                        None => self.slots[member].keys(member),
                        Some(of) => self.winners[of][member],
                    };
                    open.push(Reverse((R::at(&keys, column), below)));
                }
            }
        })
    }
}

/// What is to be looked at: the key of a slot (height 0) or of the winner of a group.
type Heap<T> = BinaryHeap<Reverse<(<T as Amount>::Key, usize)>>;
