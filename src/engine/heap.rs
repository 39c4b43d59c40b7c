//! A min-heap of 128-bit keys with four children to a node, laid out so that the four siblings
//! that a step compares share one cache line.
//!
//! Positions are counted from [`ROOT`], so that the children of position `p` are line `p - 2`,
//! whole: one bounds check a step, no padding computed, no `unsafe`. Cells in no use hold
//! [`NO_KEY`], which loses every comparison; so a half-filled line needs no special case.

/// What no key may be: the largest number, which marks an unused cell.
pub(super) const NO_KEY: u128 = u128::MAX;

/// The position of the smallest key: the last cell of line 0, whose other cells stay unused.
const ROOT: usize = 3;

/// Four sibling keys: 64 bytes, one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Line([u128; 4]);

impl Line {
    const EMPTY: Self = Self([NO_KEY; 4]);

    /// The smallest of the four and its cell. Two rounds of selection rather than a loop: the
    /// compiler makes conditional moves of it, and no branch can be mispredicted.
    #[inline]
    const fn smallest(&self) -> (usize, u128) {
        let [a, b, c, d] = self.0;
        let left = if b < a { (1, b) } else { (0, a) };
        let right = if d < c { (3, d) } else { (2, c) };
        if right.1 < left.1 { right } else { left }
    }
}

/// The heap. A pop leaves the root open; a push that follows fills it in one descent, where a
/// closed root would cost a descent for the pop and an ascent for the push. An event's handler
/// mostly schedules another event, so the open root is the common case.
#[derive(Clone, Debug)]
pub(super) struct KeyHeap {
    lines: Vec<Line>,
    /// Keys held; an open root is not counted.
    len: usize,
    root_is_open: bool,
}

impl KeyHeap {
    pub(super) fn with_capacity(keys: usize) -> Self {
        let mut lines = Vec::with_capacity(keys.div_ceil(4) + 1);
        lines.push(Line::EMPTY);
        Self { lines, len: 0, root_is_open: false }
    }

    /// Keys held.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Forgets every key, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.lines.truncate(1);
        self.lines[0] = Line::EMPTY;
        self.len = 0;
        self.root_is_open = false;
    }

    /// Adds `key`, which is not [`NO_KEY`]. O(log n), O(1) on average when the root is closed.
    #[inline]
    pub(super) fn push(&mut self, key: u128) {
        if !self.fill_root(key) {
            self.grow(key);
        }
    }

    /// Adds `key` in the place of the key popped last; `false` when that is closed already. The heap
    /// is never larger for it than it was before that pop.
    #[inline(always)]
    pub(super) fn fill_root(&mut self, key: u128) -> bool {
        debug_assert!(key != NO_KEY, "the largest number is not a key");
        if !self.root_is_open {
            return false;
        }
        self.root_is_open = false;
        self.len += 1;
        self.sink(ROOT, key);
        true
    }

    /// Adds `key` behind the others.
    #[inline]
    fn grow(&mut self, key: u128) {
        self.len += 1;
        self.rise(self.len - 1 + ROOT, key);
    }

    /// Takes in `keys`, none of them [`NO_KEY`], when it holds none. O(n).
    pub(super) fn fill(&mut self, keys: &[u128]) {
        debug_assert!(self.len == 0, "only an empty heap is filled");
        self.clear();
        let Some((first, others)) = keys.split_first() else { return };
        self.len = keys.len();
        self.lines[0].0[ROOT] = *first;
        let (lines, rest) = others.as_chunks();
        self.lines.extend(lines.iter().map(|keys| Line(*keys)));
        if !rest.is_empty() {
            let mut last = Line::EMPTY;
            last.0[..rest.len()].copy_from_slice(rest);
            self.lines.push(last);
        }
        // Every key that has others below it finds its place among them, the lowest first.
        for hole in (ROOT..self.lines.len() + 2).rev() {
            let key = self.lines[hole / 4].0[hole % 4];
            self.sink(hole, key);
        }
    }

    /// The smallest key. O(log n) after a pop, O(1) otherwise.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u128> {
        self.close_root();
        Some(self.lines[0].0[ROOT]).filter(|key| *key != NO_KEY)
    }

    /// Takes the smallest key if it is at most `bound`. O(log n).
    #[inline]
    pub(super) fn pop_at_most(&mut self, bound: u128) -> Option<u128> {
        // By its length, not by an unused root: comparing the root with a constant loads it as one
        // vector, which waits until the two halves stored by the last push have reached the cache.
        if self.len == 0 {
            return None;
        }
        self.close_root();
        let key = self.lines[0].0[ROOT];
        if key > bound {
            return None;
        }
        self.len -= 1;
        self.root_is_open = true;
        Some(key)
    }

    /// Keeps the keys for which `keep` holds. O(n): the survivors are made a heap again.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(u128) -> bool) {
        self.close_root();
        let old = std::mem::replace(&mut self.lines, vec![Line::EMPTY]);
        self.len = 0;
        let mut keys: Vec<u128> =
            old.iter().flat_map(|line| line.0).filter(|key| *key != NO_KEY && keep(*key)).collect();
        // A sorted array is a heap; pushing in that order never moves a key.
        keys.sort_unstable();
        for key in keys {
            self.push(key);
        }
    }

    /// Fills an open root with the last key.
    #[inline]
    fn close_root(&mut self) {
        if !self.root_is_open {
            return;
        }
        self.root_is_open = false;
        if self.len == 0 {
            self.lines[0] = Line::EMPTY;
            return;
        }
        // With the open root still in its place, the last of `len` other keys is at `ROOT + len`.
        let last = self.len + ROOT;
        let key = std::mem::replace(&mut self.lines[last / 4].0[last % 4], NO_KEY);
        self.sink(ROOT, key);
    }

    /// Puts `key` at the free position `hole` and moves it down to its place.
    #[inline(always)]
    fn sink(&mut self, mut hole: usize, key: u128) {
        while let Some(children) = self.lines.get(hole - 2) {
            let (cell, child) = children.smallest();
            if child >= key {
                break;
            }
            self.lines[hole / 4].0[hole % 4] = child;
            hole = (hole - 2) * 4 + cell;
        }
        self.lines[hole / 4].0[hole % 4] = key;
    }

    /// Puts `key` at the free position `hole` and moves it up to its place.
    #[inline]
    fn rise(&mut self, mut hole: usize, key: u128) {
        if hole / 4 == self.lines.len() {
            self.lines.push(Line::EMPTY);
        }
        while hole > ROOT {
            let above = hole / 4 + 2;
            let parent = self.lines[above / 4].0[above % 4];
            if parent <= key {
                break;
            }
            self.lines[hole / 4].0[hole % 4] = parent;
            hole = above;
        }
        self.lines[hole / 4].0[hole % 4] = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    #[derive(Clone, Debug)]
    enum Step {
        Push(u16),
        Pop,
        PopAtMost(u16),
        Peek,
        KeepOdd,
        Clear,
        Fill(Vec<u16>),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => any::<u16>().prop_map(Step::Push),
            6 => Just(Step::Pop),
            2 => any::<u16>().prop_map(Step::PopAtMost),
            2 => Just(Step::Peek),
            1 => Just(Step::KeepOdd),
            1 => Just(Step::Clear),
            1 => prop::collection::vec(any::<u16>(), 0..40).prop_map(Step::Fill),
        ]
    }

    proptest! {
        #[test]
        fn the_heap_does_what_the_standard_heap_does(steps in prop::collection::vec(step(), 1..400)) {
            let mut heap = KeyHeap::with_capacity(0);
            let mut reference: BinaryHeap<Reverse<u128>> = BinaryHeap::new();
            for step in steps {
                match step {
                    Step::Push(key) => {
                        heap.push(key.into());
                        reference.push(Reverse(key.into()));
                    }
                    Step::Pop => {
                        let expected = reference.pop().map(|Reverse(key)| key);
                        prop_assert_eq!(heap.pop_at_most(NO_KEY), expected);
                    }
                    Step::PopAtMost(bound) => {
                        let fits = reference.peek().is_some_and(|top| top.0 <= bound.into());
                        let expected = if fits { reference.pop().map(|top| top.0) } else { None };
                        prop_assert_eq!(heap.pop_at_most(bound.into()), expected);
                    }
                    Step::Peek => prop_assert_eq!(heap.peek(), reference.peek().map(|top| top.0)),
                    Step::KeepOdd => {
                        heap.retain(|key| key % 2 == 1);
                        reference.retain(|key| key.0 % 2 == 1);
                    }
                    Step::Clear => {
                        heap.clear();
                        reference.clear();
                    }
                    Step::Fill(keys) => {
                        while let Some(Reverse(expected)) = reference.pop() {
                            prop_assert_eq!(heap.pop_at_most(NO_KEY), Some(expected));
                        }
                        let keys: Vec<u128> = keys.into_iter().map(u128::from).collect();
                        heap.fill(&keys);
                        reference.extend(keys.into_iter().map(Reverse));
                    }
                }
                prop_assert_eq!(heap.len(), reference.len());
            }
            while let Some(Reverse(expected)) = reference.pop() {
                prop_assert_eq!(heap.pop_at_most(NO_KEY), Some(expected));
            }
            prop_assert_eq!(heap.pop_at_most(NO_KEY), None);
        }
    }

    #[test]
    fn four_siblings_share_a_cache_line() {
        assert_eq!(size_of::<Line>(), 64);
        assert_eq!(align_of::<Line>(), 64);
    }
}
