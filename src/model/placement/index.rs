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
//! * `spread`: one index for each value of the attribute (a zone); try the values from the fewest
//!   tasks up and take the first fit of the first that has one.
//! * `binpack` (least remaining CPU or memory): sort slots not by number but by remaining amount:
//!   for each class one set of [`Bitsets`] over buckets of the amount, and for each bucket one over
//!   slots; the first bucket that is not empty holds the answer. The flips below are where both
//!   would be kept up to date.
//! * `random`: [`FreeCapacityIndex::first_fit_from`] a random slot, wrapping around. Slots behind
//!   a gap are then favoured; a fair draw needs counts in the upper levels of the set.

use std::collections::BTreeMap;

use super::bitset::Bitsets;
use crate::units::{Limit, Resources};

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
}

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
        }
    }

    /// The class of tasks that ask for `size`. The first mention of a size costs
    /// O(M + K log K + K x K/64).
    pub fn class(&mut self, size: Resources) -> FeasibilityClass {
        if let Some(class) = self.class_of.get(&size) {
            return *class;
        }
        let class = FeasibilityClass(self.sizes.len() as u32);
        self.sizes.push(size);
        self.class_of.insert(size, class);
        self.ranks = Limit::ALL.map(|limit| Ranks::new(&self.sizes, limit));
        let set = self.candidates.add_set();
        for (slot, free) in self.free.iter().enumerate() {
            if self.states.contains(PLACEABLE, slot) && size.fits(free) {
                self.candidates.insert(set, slot);
            }
        }
        class
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
    }

    /// What is free on `slot`.
    #[inline]
    #[must_use]
    pub fn free(&self, slot: u32) -> Resources {
        self.free[slot as usize]
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
        if self.sizes.len() <= FEW {
            let fits = |size: &Resources, free: Option<Resources>| {
                u64::from(free.is_some_and(|free| size.fits(&free)))
            };
            let changed = self.sizes.iter().enumerate().fold(0, |changed, (class, size)| {
                changed | (fits(size, before) ^ fits(size, after)) << class
            });
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
}

/// In one dimension: which classes are content with how much.
#[derive(Clone, Debug, Default)]
struct Ranks {
    /// The amounts that classes ask for, above zero, each once, ascending.
    amounts: Vec<u32>,
    /// For each rank a set of classes, `words` long: first those that ask for nothing, then those
    /// that are content with the first amount, and so on.
    sets: Vec<u64>,
    words: usize,
}

impl Ranks {
    fn new(sizes: &[Resources], limit: Limit) -> Self {
        let words = sizes.len().div_ceil(WORD);
        let mut asked: Vec<(u32, usize)> =
            sizes.iter().enumerate().map(|(class, size)| (size.get(limit), class)).collect();
        asked.sort_unstable();
        let mut ranks = Self { amounts: Vec::new(), sets: Vec::new(), words };
        let mut set = vec![0; words];
        let mut amount = 0;
        for (next, class) in asked {
            if next != amount {
                ranks.sets.extend_from_slice(&set);
                ranks.amounts.push(next);
                amount = next;
            }
            set[class / WORD] |= 1 << (class % WORD);
        }
        ranks.sets.extend_from_slice(&set);
        ranks
    }

    /// The classes that are content with `amount`.
    #[inline]
    fn content_with(&self, amount: u32) -> &[u64] {
        let rank = self.amounts.partition_point(|asked| *asked <= amount);
        &self.sets[rank * self.words..][..self.words]
    }
}

/// For each dimension the classes that are content with what is `free` in it.
#[inline]
fn content<'a>(ranks: &'a [Ranks; Limit::ALL.len()], free: &Resources) -> [&'a [u64]; 4] {
    let [memory, cpu, eni, gpu] = ranks;
    [
        memory.content_with(free.memory),
        cpu.content_with(free.cpu),
        eni.content_with(free.eni_slots),
        gpu.content_with(free.gpus),
    ]
}

/// A word of the classes that all four sets hold.
#[inline]
fn intersection([a, b, c, d]: [&[u64]; 4], word: usize) -> u64 {
    a[word] & b[word] & c[word] & d[word]
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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::Index;

    /// What the index stands for, by looking at every slot.
    #[derive(Default)]
    struct Scan {
        /// Free resources and whether placeable; `None` when vacant.
        slots: Vec<Option<(Resources, bool)>>,
    }

    impl Scan {
        fn fits(&self, slot: usize, size: &Resources) -> bool {
            self.slots[slot].is_some_and(|(free, placeable)| placeable && size.fits(&free))
        }

        fn first_fit_from(&self, size: &Resources, start: usize) -> Option<u32> {
            (start..self.slots.len()).find(|slot| self.fits(*slot, size)).map(|slot| slot as u32)
        }

        fn insert(&mut self, free: Resources) -> u32 {
            let vacant = self.slots.iter().position(Option::is_none);
            let slot = vacant.unwrap_or_else(|| {
                self.slots.push(None);
                self.slots.len() - 1
            });
            self.slots[slot] = Some((free, true));
            slot as u32
        }

        /// Task by task, first fit.
        fn fill(&mut self, size: &Resources, count: u32) -> Vec<u32> {
            let mut slots = Vec::new();
            for _ in 0..count {
                let Some(slot) = self.first_fit_from(size, 0) else { break };
                let (free, _) = self.slots[slot as usize].as_mut().unwrap();
                *free = free.checked_sub(size).unwrap();
                slots.push(slot);
            }
            slots
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Insert(Resources),
        Remove(Index),
        Take(Index, Index),
        Give(Index, Index),
        SetFree(Index, Resources),
        SetPlaceable(Index, bool),
        Mention(Resources),
        Fill(Index, u32),
    }

    fn resources(largest: u32) -> impl Strategy<Value = Resources> {
        (0..=largest, 0..=largest, 0..=largest / 2, 0..=largest / 4)
            .prop_map(|(cpu, memory, eni_slots, gpus)| Resources { cpu, memory, eni_slots, gpus })
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => resources(12).prop_map(Step::Insert),
            1 => any::<Index>().prop_map(Step::Remove),
            6 => any::<(Index, Index)>().prop_map(|(slot, class)| Step::Take(slot, class)),
            4 => any::<(Index, Index)>().prop_map(|(slot, class)| Step::Give(slot, class)),
            2 => (any::<Index>(), resources(12)).prop_map(|(slot, free)| Step::SetFree(slot, free)),
            2 => any::<(Index, bool)>().prop_map(|(slot, on)| Step::SetPlaceable(slot, on)),
            2 => resources(6).prop_map(Step::Mention),
            2 => (any::<Index>(), 0..9_u32).prop_map(|(class, count)| Step::Fill(class, count)),
        ]
    }

    /// The index and its reference, driven by the same steps.
    #[derive(Default)]
    struct Pair {
        index: FreeCapacityIndex,
        scan: Scan,
        classes: Vec<FeasibilityClass>,
    }

    impl Pair {
        fn occupied(&self, choice: &Index) -> Option<u32> {
            let occupied: Vec<usize> = (0..self.scan.slots.len())
                .filter(|slot| self.scan.slots[*slot].is_some())
                .collect();
            (!occupied.is_empty()).then(|| *choice.get(&occupied) as u32)
        }

        fn class(&self, choice: &Index) -> Option<FeasibilityClass> {
            (!self.classes.is_empty()).then(|| *choice.get(&self.classes))
        }

        fn free_mut(&mut self, slot: u32) -> &mut Resources {
            &mut self.scan.slots[slot as usize].as_mut().unwrap().0
        }

        fn step(&mut self, step: Step) -> Option<()> {
            match step {
                Step::Insert(free) => assert_eq!(self.index.insert(free), self.scan.insert(free)),
                Step::Remove(slot) => {
                    let slot = self.occupied(&slot)?;
                    self.index.remove(slot);
                    self.scan.slots[slot as usize] = None;
                }
                Step::Take(slot, class) => {
                    let (slot, class) = (self.occupied(&slot)?, self.class(&class)?);
                    let size = self.index.size(class);
                    let left = self.free_mut(slot).checked_sub(&size);
                    assert_eq!(self.index.take(slot, class), left.is_some());
                    *self.free_mut(slot) = left.unwrap_or(*self.free_mut(slot));
                }
                Step::Give(slot, class) => {
                    let (slot, class) = (self.occupied(&slot)?, self.class(&class)?);
                    self.index.give(slot, class);
                    let size = self.index.size(class);
                    *self.free_mut(slot) = self.free_mut(slot).plus(&size);
                }
                Step::SetFree(slot, free) => {
                    let slot = self.occupied(&slot)?;
                    self.index.set_free(slot, free);
                    *self.free_mut(slot) = free;
                }
                Step::SetPlaceable(slot, placeable) => {
                    let slot = self.occupied(&slot)?;
                    self.index.set_placeable(slot, placeable);
                    self.scan.slots[slot as usize].as_mut()?.1 = placeable;
                }
                Step::Mention(size) => {
                    let class = self.index.class(size);
                    assert_eq!(self.index.size(class), size);
                    if !self.classes.contains(&class) {
                        self.classes.push(class);
                    }
                }
                Step::Fill(class, count) => self.fill(self.class(&class)?, count),
            }
            Some(())
        }

        fn fill(&mut self, class: FeasibilityClass, count: u32) {
            let mut slots = Vec::new();
            let placed = self.index.fill(class, count, |slot, tasks| {
                slots.extend(std::iter::repeat_n(slot, tasks as usize));
            });
            assert_eq!(slots, self.scan.fill(&self.index.size(class), count));
            assert_eq!(placed as usize, slots.len());
        }

        fn agree(&self) {
            for class in &self.classes {
                let size = self.index.size(*class);
                assert_eq!(self.index.first_fit(*class), self.scan.first_fit_from(&size, 0));
                for slot in 0..self.scan.slots.len() {
                    assert_eq!(self.index.fits(slot as u32, *class), self.scan.fits(slot, &size));
                    assert_eq!(
                        self.index.first_fit_from(*class, slot as u32),
                        self.scan.first_fit_from(&size, slot)
                    );
                }
            }
            for (slot, state) in (0..).zip(&self.scan.slots) {
                assert_eq!(self.index.free(slot), state.map_or(Resources::ZERO, |state| state.0));
                assert_eq!(self.index.is_placeable(slot), state.is_some_and(|state| state.1));
            }
        }
    }

    proptest! {
        #[test]
        fn the_index_does_what_a_scan_of_all_slots_does(
            steps in prop::collection::vec(step(), 1..150),
        ) {
            let mut pair = Pair::default();
            for step in steps {
                pair.step(step);
                pair.agree();
            }
        }
    }

    #[test]
    fn a_thousand_classes_on_many_slots_agree_with_a_scan() {
        let mut pair = Pair::default();
        for slot in 0..200 {
            let free = Resources {
                cpu: slot * 7 % 60,
                memory: slot * 13 % 90,
                eni_slots: slot % 5,
                gpus: 0,
            };
            pair.step(Step::Insert(free));
        }
        for class in 0..1_000 {
            let size =
                Resources { cpu: class % 50, memory: class / 12, eni_slots: class % 3, gpus: 0 };
            pair.step(Step::Mention(size));
        }
        assert!(pair.classes.len() > 15 * WORD);
        for slot in 0..200 {
            let free = Resources {
                cpu: slot * 11 % 60,
                memory: slot * 5 % 90,
                eni_slots: slot % 4,
                gpus: 0,
            };
            pair.index.set_free(slot, free);
            *pair.free_mut(slot) = free;
        }
        pair.agree();
    }

    #[test]
    fn a_size_mentioned_twice_is_one_class() {
        let mut index = FreeCapacityIndex::new();
        let size = Resources { cpu: 256, memory: 512, eni_slots: 1, gpus: 0 };
        assert_eq!(index.class(size), index.class(size));
        assert_ne!(index.class(size), index.class(Resources { gpus: 1, ..size }));
    }

    #[test]
    fn an_instance_short_of_one_dimension_is_passed_over() {
        let mut index = FreeCapacityIndex::new();
        let task = Resources { cpu: 256, memory: 512, eni_slots: 1, gpus: 0 };
        let class = index.class(task);
        index.insert(Resources { eni_slots: 0, ..task });
        index.insert(Resources { memory: 511, ..task });
        let last = index.insert(task);
        assert_eq!(index.first_fit(class), Some(last));
        assert!(index.take(last, class));
        assert!(!index.take(last, class));
        assert_eq!(index.first_fit(class), None);
        index.give(last, class);
        assert_eq!(index.first_fit(class), Some(last));
    }

    #[test]
    fn a_draining_instance_takes_no_tasks_but_keeps_its_account() {
        let mut index = FreeCapacityIndex::new();
        let task = Resources { cpu: 1, memory: 1, eni_slots: 1, gpus: 0 };
        let class = index.class(task);
        let slot = index.insert(Resources::ZERO);
        index.set_placeable(slot, false);
        index.give(slot, class);
        assert_eq!((index.first_fit(class), index.free(slot)), (None, task));
        index.set_placeable(slot, true);
        assert_eq!(index.first_fit(class), Some(slot));
    }
}
