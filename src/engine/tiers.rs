//! Keys in two tiers: those that come soon in a heap small enough for the cache, the others in plain
//! lists by window of time.
//!
//! A heap of all pending events costs a walk through cold memory for each event, although most events
//! lie minutes ahead and need no order yet. Once more than [`SPILL`] keys are pending, keys at or after
//! a boundary are only thrown on a tray and thence into the list of their window; when the heap runs
//! empty, the next window is poured into it and the boundary moves on. Keys are unique and every key of
//! the heap is below every key of the lists, so the order of pops is that of one heap, whatever the
//! windows are.

use super::heap::{KeyHeap, NO_KEY};
use super::windows::Windows;

/// Pending keys above which far keys leave the heap.
const SPILL: usize = 4_096;

/// Unique 128-bit keys, smallest first.
#[derive(Clone, Debug)]
pub(super) struct TieredKeys {
    near: KeyHeap,
    /// Every near key is below this, every far key is not. [`NO_KEY`] while nothing is far.
    boundary: u128,
    far: Windows,
    /// Keys that a window has poured into the heap and nobody has asked for yet.
    poured: Vec<u128>,
    /// Near keys above which far ones are sent away: more than [`SPILL`] where that was of no use.
    spill_at: usize,
}

impl TieredKeys {
    pub(super) fn with_capacity(keys: usize) -> Self {
        Self {
            near: KeyHeap::with_capacity(keys.min(2 * SPILL)),
            boundary: NO_KEY,
            far: Windows::default(),
            poured: Vec::new(),
            spill_at: SPILL,
        }
    }

    /// Keys held.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.near.len() + self.far.len()
    }

    /// Forgets every key, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.near.clear();
        self.boundary = NO_KEY;
        self.far.clear();
        self.poured.clear();
        self.spill_at = SPILL;
    }

    /// Adds `key`, which is not [`NO_KEY`].
    #[inline(always)] // with a call for it an event takes 1 ns more
    pub(super) fn push(&mut self, key: u128) {
        if key >= self.boundary {
            self.far.push(key);
        } else if !self.near.fill_root(key) {
            self.grow(key);
        }
    }

    /// Adds a near key to a heap that gets larger by it.
    #[inline(never)]
    fn grow(&mut self, key: u128) {
        self.near.push(key);
        if self.near.len() > self.spill_at && self.boundary == NO_KEY {
            self.spill();
        }
    }

    /// The smallest key.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u128> {
        if self.near.len() == 0 {
            self.pour();
        }
        self.near.peek()
    }

    /// Takes the smallest key if it is at most `bound`.
    #[inline]
    pub(super) fn pop_at_most(&mut self, bound: u128) -> Option<u128> {
        if self.near.len() == 0 {
            self.pour();
        }
        self.near.pop_at_most(bound)
    }

    /// The keys that came near since the last call: all that will be popped before the next ones do.
    #[inline]
    pub(super) fn take_poured(&mut self) -> Option<Vec<u128>> {
        if self.poured.is_empty() {
            return None;
        }
        Some(std::mem::take(&mut self.poured))
    }

    /// Gives the list of [`TieredKeys::take_poured`] back for reuse.
    pub(super) fn give_back(&mut self, mut poured: Vec<u128>) {
        poured.clear();
        self.poured = poured;
    }

    /// Keeps the keys for which `keep` holds. O(n).
    pub(super) fn retain(&mut self, mut keep: impl FnMut(u128) -> bool) {
        self.near.retain(&mut keep);
        self.far.retain(&mut keep);
    }

    /// Sends the far three quarters of the heap to the windows.
    #[cold]
    fn spill(&mut self) {
        let mut keys = Vec::with_capacity(self.near.len());
        self.near.retain(|key| {
            keys.push(key);
            false
        });
        let quarter = keys.len() / 4;
        let (_, middle, _) = keys.select_nth_unstable(quarter);
        let middle = *middle;
        let first = keys[..quarter].iter().min().copied().unwrap_or(middle);
        self.far.start(first, middle);
        self.boundary = self.far.boundary();
        for key in keys {
            self.push_sorted(key);
        }
        self.settle();
    }

    fn push_sorted(&mut self, key: u128) {
        if key < self.boundary {
            self.near.push(key);
        } else {
            self.far.push(key);
        }
    }

    /// Pours the next window that holds a key into the heap.
    #[cold]
    fn pour(&mut self) {
        if self.far.len() == 0 {
            self.settle();
            return;
        }
        self.far.next_window(&mut self.poured);
        self.boundary = self.far.boundary();
        self.near.fill(&self.poured);
        self.settle();
    }

    /// With nothing far, the heap alone will do, until it has doubled.
    fn settle(&mut self) {
        if self.far.len() == 0 {
            self.boundary = NO_KEY;
            self.spill_at = SPILL.max(2 * self.near.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::windows::head;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    /// A hold model over wildly mixed scales, and once more after everything was forgotten.
    fn holds(state: u64, pending: u64, steps: u64, spread: u32) {
        let mut keys = TieredKeys::with_capacity(0);
        hold(&mut keys, state, pending, steps, spread);
        (0..pending).for_each(|key| keys.push(u128::from(key) << 64));
        keys.clear();
        assert_eq!((keys.len(), keys.peek()), (0, None));
        hold(&mut keys, state.wrapping_add(1), pending, steps, spread);
    }

    /// Beside the standard library's heap.
    fn hold(keys: &mut TieredKeys, mut state: u64, pending: u64, steps: u64, spread: u32) {
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 33
        };
        let mut reference = BinaryHeap::new();
        let mut now = 0_u64;
        let mut sequence = 0_u128;
        let mut add = |now: u64, keys: &mut TieredKeys, reference: &mut BinaryHeap<_>| {
            let wait = random() >> (random() % u64::from(spread));
            sequence += 1;
            let key = u128::from(now + wait) << 64 | sequence;
            keys.push(key);
            reference.push(Reverse(key));
        };
        for _ in 0..pending {
            add(now, keys, &mut reference);
        }
        for step in 0..steps {
            let expected = reference.pop().map(|Reverse(key)| key);
            let found = keys.pop_at_most(NO_KEY);
            assert_eq!(found, expected);
            now = head(found.unwrap());
            if step % 5 > 0 || reference.len() < 100 {
                add(now, keys, &mut reference);
            }
            if step % 7 == 0 {
                add(now, keys, &mut reference);
            }
            assert_eq!(keys.len(), reference.len());
        }
        if spread == 3 {
            keys.retain(|key| key % 2 == 0);
            reference.retain(|Reverse(key)| key % 2 == 0);
        }
        while let Some(Reverse(expected)) = reference.pop() {
            assert_eq!(keys.peek(), Some(expected));
            assert_eq!(keys.pop_at_most(expected - 1), None);
            assert_eq!(keys.pop_at_most(expected), Some(expected));
        }
        assert_eq!(keys.pop_at_most(NO_KEY), None);
        assert_eq!(keys.len(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn two_tiers_pop_in_the_order_of_one_heap(
            seed in any::<u64>(),
            pending in 0_u64..30_000,
            spread in 1_u32..31,
        ) {
            holds(seed, pending, 20_000, spread);
        }
    }

    #[test]
    fn bursts_of_one_instant_among_far_keys_do_not_narrow_the_windows_for_good() {
        let mut keys = TieredKeys::with_capacity(0);
        let far = 200_000_u64;
        let mut expected: Vec<u128> =
            (0..far).map(|n| u128::from(n * 7_919 % 600_000_000) << 64 | u128::from(n)).collect();
        for burst in 0..200_u64 {
            let at = u128::from(burst * 2_000_003) << 64;
            expected.extend((0..1_000).map(|n| at | u128::from(far + burst * 1_000 + n)));
        }
        expected.iter().for_each(|key| keys.push(*key));
        expected.sort_unstable();
        for key in expected {
            assert_eq!(keys.pop_at_most(NO_KEY), Some(key));
        }
        assert_eq!(keys.len(), 0);
        // Not worn down to windows of one instant each.
        assert!(keys.far.shift() > 8, "2^{}", keys.far.shift());
    }

    #[test]
    fn half_of_the_keys_can_be_taken_back() {
        holds(1, 20_000, 5_000, 3);
    }
}
