//! The index of free capacity: which instance has room for a task, without looking at instances.
//!
//! Tasks come from few task definitions. All tasks that ask for the same [`Resources`] are one
//! [`FeasibilityClass`], and each class has a set of the slots (instances) on which a task of it
//! fits now. The first fit is the smallest member: a few steps, exact, whatever binds (CPU, memory,
//! network interfaces or GPUs). A tree of maxima cannot do that: where one instance has memory left
//! and its neighbour interfaces, their maximum promises a fit that is not there.
//!
//! When the free capacity of a slot changes, few classes change their minds. Which ones is found by
//! *ranks*: in each dimension the amounts that classes ask for are sorted, and with the amount at
//! each rank lies the set of classes content with it, as bits. The classes that fit are the
//! intersection of four such sets, for the amounts before and after; only the bits in which they
//! differ are flipped. A slot therefore stores nothing but its free resources.
//!
//! # Other policies on the same sets
//! What else placement needs is kept where it is asked for (`extras`):
//! * `binpack`: slots in the order of what is left on them (`order`), with the set of classes that fit
//!   beside each;
//! * `random`: how many slots a class fits on (`tally`), so that every one is drawn with the same
//!   chance;
//! * constraints, host ports and one task of a group an instance: a class of its own
//!   ([`FreeCapacityIndex::own_class`]), closed on single slots;
//! * `spread` over attributes: one index for each of their values (see [`Hosts`](super::Hosts)).

mod extras;
mod order;
mod ranks;
mod tally;

use std::collections::BTreeMap;

use prefetch_index::prefetch_index;

use super::bitset::Bitsets;
use crate::units::{Limit, Resources};

use extras::Extras;
use order::Order;
use ranks::{Ranks, content, intersection};
use tally::{STRETCH, Tally};

/// The state of a slot without an instance.
const VACANT: usize = 0;
/// The state of a slot whose instance takes tasks.
const PLACEABLE: usize = 1;

/// Classes in a word of a set of classes.
const WORD: usize = 64;

/// Up to so many classes, comparing each is quicker than looking ranks up.
const FEW: usize = 12;

/// The tasks that ask for the same resources, by order of their first mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeasibilityClass(u32);

impl FeasibilityClass {
    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The free capacity of slots, indexed by what fits.
///
/// A slot is an instance's place in the index: numbers from 0, reused lowest first. Invariant: a
/// slot is a candidate of a class if and only if it is occupied and placeable and a task of the
/// class fits into its free resources.
///
/// With M slots and K classes a change costs O(log K + K/64) and the flips it causes, a few for
/// each ten classes; finding a fit costs O(log M) to base 64. Memory: 16 bytes for each slot and at
/// most 2 x M x K bits.
#[derive(Clone, Debug)]
pub struct FreeCapacityIndex {
    free: Vec<Resources>,
    /// The sets [`VACANT`] and [`PLACEABLE`] of slots.
    states: Bitsets,
    sizes: Vec<Resources>,
    class_of: BTreeMap<Resources, FeasibilityClass>,
    /// In the order of [`Limit::ALL`].
    ranks: [Ranks; Limit::ALL.len()],
    /// For each class the slots on which a task of it fits.
    candidates: Bitsets,
    extras: Option<Box<Extras>>,
}

/// An order of slots by what is left on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderId(usize);

impl Default for FreeCapacityIndex {
    fn default() -> Self {
        Self::new()
    }
}

impl FreeCapacityIndex {
    /// No slots, no classes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            free: Vec::new(),
            states: Bitsets::new(2),
            sizes: Vec::new(),
            class_of: BTreeMap::new(),
            ranks: Limit::ALL.map(|limit| Ranks::new(&[], limit)),
            candidates: Bitsets::default(),
            extras: None,
        }
    }

    /// The class of tasks that ask for `size`. The first mention of a size costs
    /// O(M + K log K + K x K/64).
    pub fn class(&mut self, size: Resources) -> FeasibilityClass {
        if let Some(class) = self.class_of.get(&size) {
            return *class;
        }
        let class = self.add_class(size);
        self.class_of.insert(size, class);
        class
    }

    /// A class of its own for tasks that ask for `size`, whatever others do: it can be closed on single
    /// slots. Costs as much as the first mention of a size.
    pub fn own_class(&mut self, size: Resources) -> FeasibilityClass {
        self.extras.get_or_insert_default();
        self.add_class(size)
    }

    fn add_class(&mut self, size: Resources) -> FeasibilityClass {
        let class = FeasibilityClass(self.sizes.len() as u32);
        self.sizes.push(size);
        self.ranks = Limit::ALL.map(|limit| Ranks::new(&self.sizes, limit));
        let set = self.candidates.add_set();
        for (slot, free) in self.free.iter().enumerate() {
            if self.states.contains(PLACEABLE, slot) && size.fits(free) {
                self.candidates.insert(set, slot);
            }
        }
        self.renew_extras();
        class
    }

    /// Keeps slots in the order of what is left in these dimensions, the weightiest first, one or two.
    pub fn add_order(&mut self, by: &[Limit]) -> OrderId {
        let orders = &mut self.extras.get_or_insert_default().orders;
        orders.push(Order::new(by));
        let id = OrderId(orders.len() - 1);
        self.renew_extras();
        id
    }

    /// Keeps an order for the slots on which a class fits.
    pub fn use_order(&mut self, order: OrderId, class: FeasibilityClass) {
        if let Some(extras) = &mut self.extras {
            extras.orders[order.0].add_class(class.index());
        }
        self.renew_extras();
    }

    /// Keeps the counts of [`FreeCapacityIndex::count`] and [`FreeCapacityIndex::nth`].
    pub fn keep_counts(&mut self) {
        self.extras.get_or_insert_default().tally = Some(Tally::default());
        self.renew_extras();
    }

    /// Makes orders and counts anew, after there are other ones or other classes.
    fn renew_extras(&mut self) {
        let Some(mut extras) = self.extras.take() else { return };
        extras.renew(self.sizes.len());
        extras.grow(self.free.len());
        for (slot, free) in self.free.iter().enumerate() {
            if self.states.contains(PLACEABLE, slot) {
                for word in 0..self.sizes.len().div_ceil(WORD) {
                    let fits = fitting(&self.sizes, &self.ranks, Some(*free), word)
                        & extras.open(slot, word);
                    extras.note(slot, word, fits, fits);
                }
                extras.reorder(slot, free);
            }
        }
        self.extras = Some(extras);
    }

    /// What a task of `class` asks for.
    #[must_use]
    pub fn size(&self, class: FeasibilityClass) -> Resources {
        self.sizes[class.index()]
    }

    /// Occupies the lowest vacant slot with an instance that has `free` resources and is placeable.
    pub fn insert(&mut self, free: Resources) -> u32 {
        let slot = self.states.first(VACANT).unwrap_or(self.free.len());
        if slot == self.free.len() {
            self.free.push(free);
            self.states.grow(self.free.len());
            self.candidates.grow(self.free.len());
            if let Some(extras) = &mut self.extras {
                extras.grow(self.free.len());
            }
        }
        self.states.remove(VACANT, slot);
        self.states.insert(PLACEABLE, slot);
        self.free[slot] = free;
        self.flip(slot, None, Some(free));
        u32::try_from(slot).expect("there are fewer than 2^32 instances")
    }

    /// Vacates `slot`: its number may be given to another instance.
    pub fn remove(&mut self, slot: u32) {
        self.set_placeable(slot, false);
        self.free[slot as usize] = Resources::ZERO;
        self.states.insert(VACANT, slot as usize);
        if let Some(extras) = &mut self.extras {
            extras.open_all(slot as usize);
        }
    }

    /// What is free on `slot`.
    #[inline]
    #[must_use]
    pub fn free(&self, slot: u32) -> Resources {
        self.free[slot as usize]
    }

    /// What is free on `slot` is about to change.
    #[inline]
    pub fn prefetch(&self, slot: u32) {
        prefetch_index(&self.free, slot as usize);
        if let Some(extras) = &self.extras {
            extras.prefetch(slot as usize);
        }
    }

    /// Whether `slot` takes tasks.
    #[must_use]
    pub fn is_placeable(&self, slot: u32) -> bool {
        self.states.contains(PLACEABLE, slot as usize)
    }

    /// Whether a task of `class` can be placed on `slot` now.
    #[inline]
    #[must_use]
    pub fn fits(&self, slot: u32, class: FeasibilityClass) -> bool {
        self.candidates.contains(class.index(), slot as usize)
    }

    /// The lowest slot on which a task of `class` fits.
    #[inline]
    #[must_use]
    pub fn first_fit(&self, class: FeasibilityClass) -> Option<u32> {
        self.candidates.first(class.index()).map(|slot| slot as u32)
    }

    /// The lowest slot from `start` on, on which a task of `class` fits.
    #[must_use]
    pub fn first_fit_from(&self, class: FeasibilityClass, start: u32) -> Option<u32> {
        self.candidates.first_from(class.index(), start as usize).map(|slot| slot as u32)
    }

    /// The slot on which a task of `class` fits and least is left in an order that is kept for it; the
    /// lowest among equals.
    #[inline]
    #[must_use]
    pub fn least(&self, order: OrderId, class: FeasibilityClass) -> Option<u32> {
        let order = self.extras.as_ref()?.orders.get(order.0)?;
        order.first(class.index()).map(|slot| slot as u32)
    }

    /// All slots on which a task of `class` fits, in an order that is kept for it.
    pub fn ascending(
        &self,
        order: OrderId,
        class: FeasibilityClass,
    ) -> impl Iterator<Item = u32> + '_ {
        let order = self.extras.as_ref().and_then(|extras| extras.orders.get(order.0));
        let slots = order.map(|order| order.ascending(class.index()));
        slots.into_iter().flatten().map(|slot| slot as u32)
    }

    /// How many slots a task of `class` fits on.
    ///
    /// # Panics
    /// Unless counts are kept.
    #[must_use]
    pub fn count(&self, class: FeasibilityClass) -> u32 {
        self.tally().count(class.index())
    }

    /// The `n`-th slot, from 0, on which a task of `class` fits.
    ///
    /// # Panics
    /// Unless counts are kept.
    #[must_use]
    pub fn nth(&self, class: FeasibilityClass, n: u32) -> Option<u32> {
        let (stretch, n) = self.tally().stretch_of(class.index(), n)?;
        let slot = self.candidates.nth_from(class.index(), stretch * STRETCH, n)?;
        Some(slot as u32)
    }

    fn tally(&self) -> &Tally {
        let tally = self.extras.as_ref().and_then(|extras| extras.tally.as_ref());
        tally.expect("counts are kept")
    }

    /// Opens or closes a slot to a class of its own, placeable or not.
    pub fn set_closed(&mut self, slot: u32, class: FeasibilityClass, closed: bool) {
        let Some(extras) = &mut self.extras else { return };
        let (slot, number) = (slot as usize, class.index());
        if !extras.set_closed(slot, number, closed) || !self.states.contains(PLACEABLE, slot) {
            return;
        }
        let free = self.free[slot];
        if !extras.orders.is_empty() {
            self.flip_with_extras(slot, Some(free), Some(free), Some(class));
        } else if self.sizes[number].fits(&free) {
            let bit = 1 << (number % WORD);
            let first = number / WORD * WORD;
            self.candidates.flip(first, bit, slot);
            if let Some(tally) = &mut extras.tally {
                tally.flip(first, bit, if closed { 0 } else { bit }, slot);
            }
        }
    }

    /// Takes the resources of a task of `class` from `slot`; `false`, and nothing is changed, when
    /// they are not there. Whether the slot is placeable does not matter: a task may have been
    /// promised its place before.
    #[inline]
    #[must_use]
    pub fn take(&mut self, slot: u32, class: FeasibilityClass) -> bool {
        let left = self.free(slot).checked_sub(&self.sizes[class.index()]);
        if let Some(left) = left {
            self.set_free(slot, left);
        }
        left.is_some()
    }

    /// Gives the resources of a task of `class` back to `slot`.
    #[inline]
    pub fn give(&mut self, slot: u32, class: FeasibilityClass) {
        self.set_free(slot, self.free(slot).plus(&self.sizes[class.index()]));
    }

    /// Sets what is free on `slot`.
    #[inline]
    pub fn set_free(&mut self, slot: u32, free: Resources) {
        let slot = slot as usize;
        debug_assert!(!self.states.contains(VACANT, slot), "slot {slot} is vacant");
        let before = std::mem::replace(&mut self.free[slot], free);
        if self.states.contains(PLACEABLE, slot) {
            self.flip(slot, Some(before), Some(free));
        }
    }

    /// Sets whether `slot` takes tasks: not while its instance drains or boots. The free resources
    /// stay as they are.
    pub fn set_placeable(&mut self, slot: u32, placeable: bool) {
        let slot = slot as usize;
        debug_assert!(!self.states.contains(VACANT, slot), "slot {slot} is vacant");
        if self.states.contains(PLACEABLE, slot) == placeable {
            return;
        }
        let free = Some(self.free[slot]);
        if placeable {
            self.states.insert(PLACEABLE, slot);
            self.flip(slot, None, free);
        } else {
            self.states.remove(PLACEABLE, slot);
            self.flip(slot, free, None);
        }
    }

    /// Places up to `count` tasks of `class`, first fit, and tells `placed` how many came to each
    /// slot. Returns how many were placed. One step for each slot, not for each task.
    pub fn fill(
        &mut self,
        class: FeasibilityClass,
        count: u32,
        mut placed: impl FnMut(u32, u32),
    ) -> u32 {
        let size = self.size(class);
        let mut left = count;
        while left > 0 {
            let Some(slot) = self.first_fit(class) else { break };
            let free = self.free(slot);
            // A task that asks for nothing fits without end.
            let here = free.capacity_for(&size).map_or(left, |(fitting, _)| fitting.min(left));
            self.set_free(slot, without(free, size, here));
            placed(slot, here);
            left -= here;
        }
        count - left
    }

    /// Flips `slot` in the classes that fit in one of `before` and `after` but not in the other.
    /// `None` is an instance that takes no tasks.
    #[inline]
    fn flip(&mut self, slot: usize, before: Option<Resources>, after: Option<Resources>) {
        if before == after {
            return;
        }
        if self.extras.is_some() {
            self.flip_with_extras(slot, before, after, None);
            return;
        }
        if self.sizes.len() <= FEW {
            let changed = fitting_few(&self.sizes, before) ^ fitting_few(&self.sizes, after);
            self.candidates.flip(0, changed, slot);
            return;
        }
        let before = before.map(|free| content(&self.ranks, &free));
        let after = after.map(|free| content(&self.ranks, &free));
        for word in 0..self.sizes.len().div_ceil(WORD) {
            let fitted = before.map_or(0, |rows| intersection(rows, word));
            let fits = after.map_or(0, |rows| intersection(rows, word));
            self.candidates.flip(word * WORD, fitted ^ fits, slot);
        }
    }

    /// The same with closed slots, orders and counts; `toggled` is a class that has just been opened or
    /// closed on the slot.
    fn flip_with_extras(
        &mut self,
        slot: usize,
        before: Option<Resources>,
        after: Option<Resources>,
        toggled: Option<FeasibilityClass>,
    ) {
        let Self { sizes, ranks, candidates, extras: Some(extras), .. } = self else { return };
        for word in 0..sizes.len().div_ceil(WORD) {
            let bit = toggled.filter(|class| class.index() / WORD == word);
            let bit = bit.map_or(0, |class| 1 << (class.index() % WORD));
            let open = extras.open(slot, word);
            let fitted = fitting(sizes, ranks, before, word) & (open ^ bit);
            let fits = fitting(sizes, ranks, after, word) & open;
            candidates.flip(word * WORD, fitted ^ fits, slot);
            extras.note(slot, word, fitted ^ fits, fits);
        }
        extras.reorder(slot, &after.unwrap_or(Resources::ZERO));
    }
}

/// The classes of a word that fit into `free`, open or not.
#[inline]
fn fitting(
    sizes: &[Resources],
    ranks: &[Ranks; Limit::ALL.len()],
    free: Option<Resources>,
    word: usize,
) -> u64 {
    if sizes.len() <= FEW {
        return fitting_few(sizes, free);
    }
    free.map_or(0, |free| intersection(content(ranks, &free), word))
}

/// The classes that fit into `free`, where there are few.
#[inline]
fn fitting_few(sizes: &[Resources], free: Option<Resources>) -> u64 {
    let Some(free) = free else { return 0 };
    let sizes = sizes.iter().enumerate();
    sizes.fold(0, |fitting, (class, size)| fitting | u64::from(size.fits(&free)) << class)
}

/// What is left of `free` without `count` times `size`, which fit.
fn without(free: Resources, size: Resources, count: u32) -> Resources {
    Resources {
        cpu: free.cpu - size.cpu * count,
        memory: free.memory - size.memory * count,
        eni_slots: free.eni_slots - size.eni_slots * count,
        gpus: free.gpus - size.gpus * count,
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_extras;
