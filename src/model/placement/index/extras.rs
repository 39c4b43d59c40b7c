//! What an index keeps beside first fit, for those who ask for it: slots closed to single classes, slots
//! in the order of what is left, counts.

use prefetch_index::prefetch_index;

use crate::units::Resources;

use super::WORD;
use super::order::Order;
use super::tally::Tally;

/// Kept in a box of its own, so that an index without them is not slowed down.
#[derive(Clone, Debug, Default)]
pub(super) struct Extras {
    /// Words of a set of classes.
    words: usize,
    /// For each slot the set of classes that are closed there.
    closed: Vec<u64>,
    pub(super) orders: Vec<Order>,
    pub(super) tally: Option<Tally>,
    /// The classes that fit on the slot that changes.
    fits: Vec<u64>,
}

impl Extras {
    /// Everything anew for so many classes, without a slot in orders and counts.
    pub(super) fn renew(&mut self, classes: usize) {
        let words = classes.div_ceil(WORD);
        if words > self.words {
            let rows = self.closed.chunks_exact(self.words.max(1));
            let wider = rows.flat_map(|row| {
                row.iter().copied().chain(std::iter::repeat_n(0, words - self.words))
            });
            self.closed = wider.collect();
            self.words = words;
        }
        self.fits = vec![0; words];
        self.orders.iter_mut().for_each(Order::clear);
        if let Some(tally) = &mut self.tally {
            *tally = Tally::new(classes);
        }
    }

    pub(super) fn grow(&mut self, slots: usize) {
        self.closed.resize(slots * self.words, 0);
        self.orders.iter_mut().for_each(|order| order.grow(slots));
        if let Some(tally) = &mut self.tally {
            tally.grow(slots);
        }
    }

    #[inline]
    pub(super) fn prefetch(&self, slot: usize) {
        prefetch_index(&self.closed, slot * self.words);
        self.orders.iter().for_each(|order| order.prefetch(slot));
    }

    /// The classes of a word that are open on a slot.
    #[inline]
    pub(super) fn open(&self, slot: usize, word: usize) -> u64 {
        !self.closed[slot * self.words + word]
    }

    /// Opens or closes a slot to a class; says whether that is new.
    #[inline]
    pub(super) fn set_closed(&mut self, slot: usize, class: usize, closed: bool) -> bool {
        let word = &mut self.closed[slot * self.words + class / WORD];
        let bit = 1 << (class % WORD);
        let changes = (*word & bit != 0) != closed;
        *word ^= if changes { bit } else { 0 };
        changes
    }

    /// Opens a slot to all classes.
    pub(super) fn open_all(&mut self, slot: usize) {
        self.closed[slot * self.words..][..self.words].fill(0);
    }

    /// Notes that of the classes of a word those of `fits` fit on a slot, where those of `changed` are
    /// others than before.
    #[inline]
    pub(super) fn note(&mut self, slot: usize, word: usize, changed: u64, fits: u64) {
        self.fits[word] = fits;
        if let Some(tally) = &mut self.tally {
            tally.flip(word * WORD, changed, fits, slot);
        }
    }

    /// Gives a slot its place in the orders, for the classes noted.
    #[inline]
    pub(super) fn reorder(&mut self, slot: usize, free: &Resources) {
        for order in &mut self.orders {
            order.set(slot, free, &self.fits);
        }
    }
}
