//! Orders, counts and closed slots against a plain scan.

use std::collections::BTreeSet;

use super::*;
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert(Resources),
    Remove(Index),
    SetFree(Index, Resources),
    SetPlaceable(Index, bool),
    Mention(Resources),
    MentionOwn(Resources),
    Close(Index, Index, bool),
    AddOrder(usize),
    UseOrder(Index, Index),
    KeepCounts,
}

const ORDERS: [&[Limit]; 4] =
    [&[Limit::Memory], &[Limit::Cpu], &[Limit::Cpu, Limit::Memory], &[Limit::Memory, Limit::Cpu]];

fn resources(largest: u32) -> impl Strategy<Value = Resources> {
    (0..=largest, 0..=largest, 0..=largest / 2).prop_map(|(cpu, memory, eni_slots)| Resources {
        cpu,
        memory,
        eni_slots,
        gpus: 0,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => resources(8).prop_map(Step::Insert),
        3 => any::<Index>().prop_map(Step::Remove),
        12 => (any::<Index>(), resources(8)).prop_map(|(slot, free)| Step::SetFree(slot, free)),
        3 => any::<(Index, bool)>().prop_map(|(slot, on)| Step::SetPlaceable(slot, on)),
        2 => resources(6).prop_map(Step::Mention),
        3 => resources(6).prop_map(Step::MentionOwn),
            8 => any::<(Index, Index, bool)>()
                .prop_map(|(slot, class, on)| Step::Close(slot, class, on)),
        1 => (0..ORDERS.len()).prop_map(Step::AddOrder),
        3 => any::<(Index, Index)>().prop_map(|(order, class)| Step::UseOrder(order, class)),
        1 => Just(Step::KeepCounts),
    ]
}

struct Slot {
    free: Resources,
    placeable: bool,
    closed: BTreeSet<FeasibilityClass>,
}

#[derive(Default)]
struct Pair {
    index: FreeCapacityIndex,
    slots: Vec<Option<Slot>>,
    classes: Vec<FeasibilityClass>,
    own: Vec<FeasibilityClass>,
    orders: Vec<(OrderId, &'static [Limit])>,
    used: BTreeSet<(usize, FeasibilityClass)>,
    counts: bool,
}

impl Pair {
    fn occupied(&self, choice: &Index) -> Option<u32> {
        let occupied: Vec<usize> =
            (0..self.slots.len()).filter(|slot| self.slots[*slot].is_some()).collect();
        (!occupied.is_empty()).then(|| *choice.get(&occupied) as u32)
    }

    fn slot(&mut self, slot: u32) -> &mut Slot {
        self.slots[slot as usize].as_mut().unwrap()
    }

    fn step(&mut self, step: Step) -> Option<()> {
        match step {
            Step::Insert(free) => {
                let slot = self.index.insert(free) as usize;
                self.slots.resize_with(self.slots.len().max(slot + 1), || None);
                self.slots[slot] = Some(Slot { free, placeable: true, closed: BTreeSet::new() });
            }
            Step::Remove(slot) => {
                let slot = self.occupied(&slot)?;
                self.index.remove(slot);
                self.slots[slot as usize] = None;
            }
            Step::SetFree(slot, free) => {
                let slot = self.occupied(&slot)?;
                self.index.set_free(slot, free);
                self.slot(slot).free = free;
            }
            Step::SetPlaceable(slot, placeable) => {
                let slot = self.occupied(&slot)?;
                self.index.set_placeable(slot, placeable);
                self.slot(slot).placeable = placeable;
            }
            Step::Mention(size) => {
                let class = self.index.class(size);
                if !self.classes.contains(&class) {
                    self.classes.push(class);
                }
            }
            Step::MentionOwn(size) => {
                let class = self.index.own_class(size);
                assert!(!self.classes.contains(&class));
                self.classes.push(class);
                self.own.push(class);
            }
            Step::Close(slot, class, closed) => {
                let slot = self.occupied(&slot)?;
                let class = *(!self.own.is_empty()).then(|| class.get(&self.own))?;
                self.index.set_closed(slot, class, closed);
                let set = &mut self.slot(slot).closed;
                let _ = if closed { set.insert(class) } else { set.remove(&class) };
            }
            Step::AddOrder(by) => {
                self.orders.push((self.index.add_order(ORDERS[by]), ORDERS[by]));
            }
            Step::UseOrder(order, class) => {
                if !self.orders.is_empty() && !self.classes.is_empty() {
                    let order = order.index(self.orders.len());
                    let class = *class.get(&self.classes);
                    self.index.use_order(self.orders[order].0, class);
                    self.used.insert((order, class));
                }
            }
            Step::KeepCounts => {
                self.index.keep_counts();
                self.counts = true;
            }
        }
        Some(())
    }

    /// The slots on which a class fits.
    fn fitting(&self, class: FeasibilityClass) -> Vec<u32> {
        let size = self.index.size(class);
        let fits =
            |slot: &Slot| slot.placeable && size.fits(&slot.free) && !slot.closed.contains(&class);
        let slots = (0..).zip(&self.slots);
        slots.filter(|(_, slot)| slot.as_ref().is_some_and(fits)).map(|(slot, _)| slot).collect()
    }

    fn agree(&self) {
        for class in &self.classes {
            let fitting = self.fitting(*class);
            assert_eq!(self.index.first_fit(*class), fitting.first().copied());
            if self.counts {
                assert_eq!(self.index.count(*class) as usize, fitting.len());
                for n in 0..=fitting.len() {
                    let nth = self.index.nth(*class, n as u32);
                    assert_eq!(nth, fitting.get(n).copied());
                }
            }
            for (number, (order, by)) in self.orders.iter().enumerate() {
                if !self.used.contains(&(number, *class)) {
                    assert_eq!(self.index.least(*order, *class), None);
                    continue;
                }
                let mut sorted = fitting.clone();
                sorted.sort_by_key(|slot| {
                    let left: Vec<u32> =
                        by.iter().map(|limit| self.index.free(*slot).get(*limit)).collect();
                    (left, *slot)
                });
                assert_eq!(self.index.least(*order, *class), sorted.first().copied());
                assert_eq!(self.index.ascending(*order, *class).collect::<Vec<_>>(), sorted);
            }
        }
    }
}

proptest! {
    #[test]
    fn orders_counts_and_closed_slots_do_what_a_scan_does(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut pair = Pair::default();
        for step in steps {
            pair.step(step);
            pair.agree();
        }
    }
}

/// Five levels of groups, and more classes than a word holds.
#[test]
fn twenty_thousand_slots_that_fill_and_empty_agree_with_a_scan() {
    for classes in [8, 70] {
        let mut pair = Pair::default();
        for class in 0..classes {
            let size = Resources {
                cpu: 16 + class % 9,
                memory: 1 + class / 2,
                eni_slots: class % 2,
                gpus: 0,
            };
            pair.step(Step::MentionOwn(size));
        }
        for by in 0..2 {
            pair.step(Step::AddOrder(by));
        }
        pair.step(Step::KeepCounts);
        for class in pair.own.clone() {
            for order in 0..2 {
                pair.index.use_order(pair.orders[order].0, class);
                pair.used.insert((order, class));
            }
        }
        let free = |slot: u32, turn: u32| Resources {
            cpu: slot.wrapping_mul(2_654_435_761).rotate_left(turn) % 32,
            memory: slot.wrapping_mul(40_503).rotate_left(turn) % if turn == 1 { 4 } else { 5_000 },
            eni_slots: (slot + turn) % 3,
            gpus: 0,
        };
        for slot in 0..20_000 {
            pair.step(Step::Insert(free(slot, 0)));
        }
        for turn in 1..3 {
            for slot in 0..20_000 {
                pair.index.set_free(slot, free(slot, turn));
                pair.slot(slot).free = free(slot, turn);
                if slot % 3 == turn {
                    let class = pair.own[slot as usize % pair.own.len()];
                    pair.index.set_closed(slot, class, true);
                    pair.slot(slot).closed.insert(class);
                }
            }
            let kept = std::mem::take(&mut pair.classes);
            pair.classes.extend(kept.iter().copied().step_by(kept.len() / 4));
            pair.counts = false;
            pair.agree();
            pair.classes = kept;
        }
        (0..20_000).for_each(|slot| pair.index.remove(slot));
        pair.slots.clear();
        pair.agree();
    }
}

#[test]
fn an_order_and_counts_may_come_before_instances_and_these_before_the_first_class() {
    let free = |memory| Resources { cpu: 4, memory, eni_slots: 0, gpus: 0 };
    let mut index = FreeCapacityIndex::new();
    let order = index.add_order(&[Limit::Memory]);
    index.keep_counts();
    let slots = [8, 4, 1].map(|memory| index.insert(free(memory)));
    let class = index.class(free(2));
    index.use_order(order, class);
    assert_eq!((index.least(order, class), index.count(class)), (Some(slots[1]), 2));
}
