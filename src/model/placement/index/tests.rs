//! The index against a plain scan of all slots.

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
        let occupied: Vec<usize> =
            (0..self.scan.slots.len()).filter(|slot| self.scan.slots[*slot].is_some()).collect();
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
        let free =
            Resources { cpu: slot * 7 % 60, memory: slot * 13 % 90, eni_slots: slot % 5, gpus: 0 };
        pair.step(Step::Insert(free));
    }
    for class in 0..1_000 {
        let size = Resources { cpu: class % 50, memory: class / 12, eni_slots: class % 3, gpus: 0 };
        pair.step(Step::Mention(size));
    }
    assert!(pair.classes.len() > 15 * WORD);
    for slot in 0..200 {
        let free =
            Resources { cpu: slot * 11 % 60, memory: slot * 5 % 90, eni_slots: slot % 4, gpus: 0 };
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
