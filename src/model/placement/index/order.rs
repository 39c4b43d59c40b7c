//! Slots in the order of what is left on them, which find the first that a class fits on.
//!
//! A sorted list in leaves of a few dozen places. Beside each place lies the set of classes that fit
//! there, beside each leaf the union of its sets, and beside each run of leaves the union of theirs: the
//! first place for a class is found by passing over what cannot hold it.

use crate::units::{Limit, Resources};

use super::WORD;

/// Most places of a leaf.
const FULL: usize = 64;
/// Leaves of a run.
const RUN: usize = 64;
/// A leaf of fewer places joins its neighbour if both have room in one.
const THIN: usize = FULL / 4;

/// Slots by what is left on them, and by number where that is equal.
///
/// With M places of K classes a change costs O(log M + K) and, once in some dozens of changes, O(M/64 x
/// K/64) where a leaf is split or joined; finding costs O(M/4,096 + 128). Memory: 16 bytes and K bits for
/// each place, and as much again where leaves are half full.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// What is compared, the weightiest first: one dimension or two.
    by: Vec<Limit>,
    /// Words of a set of classes.
    words: usize,
    leaves: Vec<Leaf>,
    /// The first place of each leaf, as far as it was ever there.
    firsts: Vec<Place>,
    /// For each leaf the classes that fit on some place of it.
    of_leaf: Vec<u64>,
    /// For each run of leaves the same.
    of_run: Vec<u64>,
}

/// What is left, above the number of the slot: the order of places is that of their numbers.
type Place = u128;

#[derive(Clone, Debug, Default)]
struct Leaf {
    places: Vec<Place>,
    /// For each place the classes that fit there.
    sets: Vec<u64>,
}

/// The slot of a place.
#[expect(clippy::cast_possible_truncation, reason = "the slot is the lowest 32 bits")]
const fn slot_of(place: Place) -> u32 {
    place as u32
}

impl Order {
    pub(super) fn new(by: &[Limit], classes: usize) -> Self {
        Self {
            by: by.to_vec(),
            words: classes.div_ceil(WORD),
            leaves: Vec::new(),
            firsts: Vec::new(),
            of_leaf: Vec::new(),
            of_run: Vec::new(),
        }
    }

    pub(super) fn by(&self) -> &[Limit] {
        &self.by
    }

    /// Whether two amounts have the same place.
    pub(super) fn is_same(&self, a: &Resources, b: &Resources) -> bool {
        self.by.iter().all(|limit| a.get(*limit) == b.get(*limit))
    }

    fn place(&self, slot: u32, free: &Resources) -> Place {
        let left = self.by.iter().fold(0, |left, limit| left << 32 | u128::from(free.get(*limit)));
        left << 32 | u128::from(slot)
    }

    /// A slot comes, with what is free on it and the classes that fit.
    pub(super) fn insert(&mut self, slot: u32, free: &Resources, fits: &[u64]) {
        let place = self.place(slot, free);
        if self.leaves.is_empty() {
            self.add_leaf(0, Leaf::default(), place);
        }
        let number = self.leaf_of(place);
        let leaf = &mut self.leaves[number];
        let at = leaf.places.partition_point(|other| *other < place);
        leaf.places.insert(at, place);
        leaf.sets.splice(at * self.words..at * self.words, fits.iter().copied());
        if at == 0 {
            self.firsts[number] = place;
        }
        if leaf.places.len() > FULL {
            self.split(number);
            return;
        }
        let sets = &mut self.of_leaf[number * self.words..][..self.words];
        let run = &mut self.of_run[number / RUN * self.words..][..self.words];
        for (word, fits) in fits.iter().enumerate() {
            sets[word] |= fits;
            run[word] |= fits;
        }
    }

    /// A slot goes, on which `free` was free.
    pub(super) fn remove(&mut self, slot: u32, free: &Resources) {
        let place = self.place(slot, free);
        let number = self.leaf_of(place);
        let Some(leaf) = self.leaves.get_mut(number) else { return };
        let Ok(at) = leaf.places.binary_search(&place) else { return };
        leaf.places.remove(at);
        leaf.sets.drain(at * self.words..(at + 1) * self.words);
        if leaf.places.len() < THIN && self.join(number) {
            return;
        }
        self.unite(number);
    }

    /// The classes that fit on a slot are others now, and what is free is the same.
    pub(super) fn set(&mut self, slot: u32, free: &Resources, fits: &[u64]) {
        let place = self.place(slot, free);
        let number = self.leaf_of(place);
        let Some(leaf) = self.leaves.get_mut(number) else { return };
        let Ok(at) = leaf.places.binary_search(&place) else { return };
        leaf.sets[at * self.words..][..self.words].copy_from_slice(fits);
        self.unite(number);
    }

    /// The first slot on which `class` fits, or the first behind `after`.
    pub(super) fn first(&self, class: usize, after: Option<(u32, &Resources)>) -> Option<u32> {
        let (word, bit) = (class / WORD, 1 << (class % WORD));
        let mut number = 0;
        if let Some((slot, free)) = after {
            let place = self.place(slot, free);
            number = self.leaf_of(place);
            let leaf = self.leaves.get(number)?;
            let start = leaf.places.partition_point(|other| *other <= place);
            if let Some(slot) = self.first_in(leaf, start, word, bit) {
                return Some(slot);
            }
            number += 1;
        }
        while number < self.leaves.len() {
            if number.is_multiple_of(RUN)
                && self.of_run[number / RUN * self.words + word] & bit == 0
            {
                number += RUN;
                continue;
            }
            if self.of_leaf[number * self.words + word] & bit != 0 {
                return self.first_in(&self.leaves[number], 0, word, bit);
            }
            number += 1;
        }
        None
    }

    fn first_in(&self, leaf: &Leaf, start: usize, word: usize, bit: u64) -> Option<u32> {
        let sets = leaf.sets.chunks_exact(self.words.max(1)).skip(start);
        let at = start + sets.into_iter().position(|set| set[word] & bit != 0)?;
        Some(slot_of(leaf.places[at]))
    }

    /// The leaf in which a place is, or belongs.
    fn leaf_of(&self, place: Place) -> usize {
        self.firsts.partition_point(|first| *first <= place).saturating_sub(1)
    }

    fn add_leaf(&mut self, number: usize, leaf: Leaf, first: Place) {
        self.leaves.insert(number, leaf);
        self.firsts.insert(number, first);
        let at = number * self.words;
        self.of_leaf.splice(at..at, std::iter::repeat_n(0, self.words));
        self.of_run.resize(self.leaves.len().div_ceil(RUN) * self.words, 0);
    }

    fn split(&mut self, number: usize) {
        let leaf = &mut self.leaves[number];
        let half = leaf.places.len() / 2;
        let upper = Leaf {
            places: leaf.places.split_off(half),
            sets: leaf.sets.split_off(half * self.words),
        };
        let first = upper.places[0];
        self.add_leaf(number + 1, upper, first);
        self.unite_leaf(number);
        self.unite_leaf(number + 1);
        self.unite_runs(number);
    }

    /// Joins a thin leaf with its neighbour, if there is one with room.
    fn join(&mut self, number: usize) -> bool {
        let left = number.saturating_sub(1);
        let size = |number: usize| self.leaves.get(number).map_or(FULL, |leaf| leaf.places.len());
        let Some(left) = [left, number].into_iter().find(|left| {
            *left + 1 < self.leaves.len() && size(*left) + size(*left + 1) <= FULL - THIN
        }) else {
            return false;
        };
        let right = self.leaves.remove(left + 1);
        self.firsts.remove(left + 1);
        self.of_leaf.drain((left + 1) * self.words..(left + 2) * self.words);
        self.of_run.truncate(self.leaves.len().div_ceil(RUN) * self.words);
        self.leaves[left].places.extend(right.places);
        self.leaves[left].sets.extend(right.sets);
        self.unite_leaf(left);
        self.unite_runs(left);
        true
    }

    /// Makes the unions above a leaf anew.
    fn unite(&mut self, number: usize) {
        if self.unite_leaf(number) {
            self.unite_run(number / RUN);
        }
    }

    /// Says whether the leaf's union is another.
    fn unite_leaf(&mut self, number: usize) -> bool {
        let union = &mut self.of_leaf[number * self.words..][..self.words];
        unite(union, &self.leaves[number].sets)
    }

    /// Every run from that of a leaf on: leaves have moved.
    fn unite_runs(&mut self, number: usize) {
        for run in number / RUN..self.leaves.len().div_ceil(RUN) {
            self.unite_run(run);
        }
    }

    fn unite_run(&mut self, run: usize) {
        let end = ((run + 1) * RUN).min(self.leaves.len());
        let sets = &self.of_leaf[run * RUN * self.words..end * self.words];
        unite(&mut self.of_run[run * self.words..][..self.words], sets);
    }
}

/// Makes `union` the union of `sets`, each as long; says whether it is another now.
fn unite(union: &mut [u64], sets: &[u64]) -> bool {
    let words = union.len();
    let mut changed = false;
    for (word, union) in union.iter_mut().enumerate() {
        // With one word, the usual case, a plain loop over what lies side by side.
        let all = match words {
            1 => sets.iter().fold(0, |all, set| all | set),
            _ => sets.iter().skip(word).step_by(words).fold(0, |all, set| all | set),
        };
        changed |= *union != all;
        *union = all;
    }
    changed
}
