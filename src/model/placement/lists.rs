//! Instances that hold tasks of a group and have room for one more, by how many they hold.

use super::bitset::Bitsets;

/// The lists of a cell, one for each watch.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    places: Bitsets,
    /// For each watch, by number of tasks less one, its set of places.
    sets: Vec<Vec<usize>>,
}

impl Lists {
    pub(super) fn new(watches: usize) -> Self {
        Self { places: Bitsets::default(), sets: vec![Vec::new(); watches] }
    }

    pub(super) fn grow(&mut self, places: usize) {
        self.places.grow(places);
    }

    /// Puts a place with so many tasks, at least one, on the list of a watch, or takes it from it.
    #[inline]
    pub(super) fn set(&mut self, watch: usize, tasks: u32, place: u32, listed: bool) {
        let sets = &mut self.sets[watch];
        while sets.len() < tasks as usize {
            sets.push(self.places.add_set());
        }
        let set = sets[tasks as usize - 1];
        if listed {
            self.places.insert(set, place as usize);
        } else {
            self.places.remove(set, place as usize);
        }
    }

    /// The least number of tasks in the list of a watch.
    #[inline]
    pub(super) fn least(&self, watch: usize) -> Option<u32> {
        let mut sets = self.sets[watch].iter();
        sets.position(|set| self.places.first(*set).is_some()).map(|position| position as u32 + 1)
    }

    /// Most tasks that an instance in the list of a watch ever had.
    pub(super) fn most(&self, watch: usize) -> u32 {
        self.sets[watch].len() as u32
    }

    /// The places with so many tasks, at least one, in order.
    pub(super) fn places(&self, watch: usize, tasks: u32) -> impl Iterator<Item = u32> + '_ {
        let set = self.sets[watch].get(tasks as usize - 1).copied();
        let first = set.and_then(|set| self.places.first(set));
        let all = std::iter::successors(first, move |place| {
            set.and_then(|set| self.places.first_from(set, place + 1))
        });
        all.map(|place| place as u32)
    }
}
