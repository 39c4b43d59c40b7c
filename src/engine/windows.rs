//! Far keys in plain lists by window of time, in chunks of one store: a list that grows copies
//! nothing, and what a window leaves behind serves the next. Keys reach their lists over a tray, many at
//! once.

use std::collections::VecDeque;

use prefetch_index::prefetch_index;

use super::heap::NO_KEY;

/// A window with more keys than this is too wide...
const WIDE: usize = 768;
/// ...and windows are narrowed until one would hold about so many.
const AIM: usize = 256;
/// Keys that are put in their windows together, so that the processor waits for all at the same time.
const TRAY: usize = 64;
/// Windows listed one by one; what lies beyond them waits in one list.
const WINDOWS: u64 = 4_096;

/// Far keys by window: a window is 2^`shift` apart in the upper half of the key.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    shift: u32,
    /// The number of the first window listed; every key before it has been handed out.
    first: u64,
    /// The number of the window at which [`Windows::beyond`] begins.
    end: u64,
    windows: VecDeque<List>,
    beyond: List,
    chunks: Chunks,
    /// The latest keys, not yet in their windows.
    tray: Vec<u128>,
    len: usize,
}

/// The part of a key that windows are made of: time and priority.
#[inline]
pub(super) const fn head(key: u128) -> u64 {
    (key >> 64) as u64
}

/// Whether narrower windows would split these keys: not when most of them are of one instant.
fn is_spread(keys: &mut [u128]) -> bool {
    let (_, middle, _) = keys.select_nth_unstable(keys.len() / 2);
    let instant = head(*middle);
    2 * keys.iter().filter(|key| head(**key) == instant).count() < keys.len()
}

impl Windows {
    /// Forgets every key, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.windows.clear();
        self.beyond = List::default();
        self.chunks.clear();
        self.tray.clear();
        self.len = 0;
    }

    /// Keys held.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// How wide a window is, as a power of two.
    #[cfg(test)]
    pub(super) const fn shift(&self) -> u32 {
        self.shift
    }

    /// Windows from just after `first` on, about as wide as `first` to `middle`.
    pub(super) fn start(&mut self, first: u128, middle: u128) {
        debug_assert!(self.len == 0, "windows with keys do not move");
        self.shift = (head(middle) - head(first)).max(1).ilog2();
        self.first = (head(first) >> self.shift) + 1;
        self.end = self.first.saturating_add(WINDOWS);
    }

    /// The smallest key that may be in a window.
    pub(super) fn boundary(&self) -> u128 {
        let start = u128::from(self.first) << self.shift;
        // A window beyond the last instant holds nothing.
        if start > u128::from(u64::MAX) { NO_KEY } else { start << 64 }
    }

    /// Adds a key that is not below the boundary.
    #[inline]
    pub(super) fn push(&mut self, key: u128) {
        self.len += 1;
        if self.tray.len() == TRAY {
            self.clear_tray();
        }
        self.tray.push(key);
    }

    /// Puts what lies on the tray in its windows.
    #[inline(never)]
    fn clear_tray(&mut self) {
        let mut tray = std::mem::take(&mut self.tray);
        tray.iter().for_each(|key| self.prefetch_place(*key));
        tray.drain(..).for_each(|key| self.put(key));
        self.tray = tray;
    }

    /// Fetches the place that [`Windows::put`] will take.
    fn prefetch_place(&self, key: u128) {
        let window = head(key) >> self.shift;
        if let Some(list) = self.windows.get((window - self.first) as usize) {
            self.chunks.prefetch_end(list);
        }
    }

    /// Puts a key that is counted already in the list of its window.
    #[inline(always)] // clearing the tray is one tight loop
    fn put(&mut self, key: u128) {
        let window = head(key) >> self.shift;
        debug_assert!(window >= self.first, "a far key is not before the windows");
        if window >= self.end {
            self.chunks.push(&mut self.beyond, key);
            return;
        }
        let position = (window - self.first) as usize;
        if self.windows.len() <= position {
            self.windows.resize_with(position + 1, List::default);
        }
        self.chunks.push(&mut self.windows[position], key);
    }

    /// Puts the keys of the next window that holds any in `keys`, and nothing else; narrower windows if
    /// there are too many. There is a key.
    pub(super) fn next_window(&mut self, keys: &mut Vec<u128>) {
        keys.clear();
        self.clear_tray();
        while keys.is_empty() {
            let Some(mut window) = self.windows.pop_front() else {
                self.relist_beyond();
                continue;
            };
            self.first += 1;
            self.chunks.take(&mut window, keys);
            if let Some(next) = self.windows.front() {
                self.chunks.prefetch(next);
            }
            if keys.len() > WIDE && self.shift > 0 && is_spread(keys) {
                self.narrow(keys);
            }
        }
        self.len -= keys.len();
    }

    /// All windows are used up: the list beyond them is dealt to new ones.
    fn relist_beyond(&mut self) {
        let mut keys = Vec::with_capacity(self.beyond.len as usize);
        self.chunks.take(&mut self.beyond, &mut keys);
        // Widths are chosen anew: what made the last ones narrow may be over.
        let rank = AIM.min(keys.len().saturating_sub(1));
        if !keys.is_empty() {
            let (before, middle, _) = keys.select_nth_unstable(rank);
            let middle = *middle;
            let least = before.iter().min().copied().unwrap_or(middle);
            self.shift = (head(middle) - head(least)).max(1).ilog2();
            // The heap is empty: windows may begin anywhere up to the least key.
            self.first = head(least) >> self.shift;
        }
        self.deal(&mut keys);
    }

    /// Deals everything anew, with the keys of the window just taken, to windows that are so much narrower
    /// that one would hold [`AIM`] keys.
    fn narrow(&mut self, keys: &mut Vec<u128>) {
        let factor = (keys.len() / AIM).ilog2().clamp(1, self.shift);
        self.take_all(keys);
        self.first = (self.first - 1) << factor;
        self.shift -= factor;
        self.deal(keys);
    }

    fn take_all(&mut self, keys: &mut Vec<u128>) {
        self.clear_tray();
        for mut list in self.windows.drain(..) {
            self.chunks.take(&mut list, keys);
        }
        self.chunks.take(&mut self.beyond, keys);
    }

    fn deal(&mut self, keys: &mut Vec<u128>) {
        self.end = self.first.saturating_add(WINDOWS);
        keys.drain(..).for_each(|key| self.put(key));
    }

    /// Keeps the keys for which `keep` holds. O(n).
    pub(super) fn retain(&mut self, keep: &mut impl FnMut(u128) -> bool) {
        let mut keys = Vec::with_capacity(self.len);
        self.take_all(&mut keys);
        keys.retain(|key| keep(*key));
        self.len = keys.len();
        self.deal(&mut keys);
    }
}

/// Keys in a chunk: half a kilobyte, of which a window of [`AIM`] keys needs eight.
const CHUNK: usize = 32;
/// Keys on a cache line.
const LINE: usize = 64 / size_of::<u128>();

/// The end of a list of chunks.
const NO_CHUNK: u32 = u32::MAX;

/// Keys of a window, in no order: a chain of chunks, of which only the first is not full.
#[derive(Clone, Copy, Debug)]
struct List {
    first: u32,
    len: u32,
}

impl Default for List {
    fn default() -> Self {
        Self { first: NO_CHUNK, len: 0 }
    }
}

/// Where the keys of all lists lie.
#[derive(Clone, Debug)]
struct Chunks {
    keys: Vec<Chunk>,
    /// For each chunk the one behind it in its list, or among those that are free.
    next: Vec<u32>,
    free: u32,
}

/// Whole cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Chunk([u128; CHUNK]);

impl Default for Chunks {
    fn default() -> Self {
        Self { keys: Vec::new(), next: Vec::new(), free: NO_CHUNK }
    }
}

impl Chunks {
    fn clear(&mut self) {
        self.keys.clear();
        self.next.clear();
        self.free = NO_CHUNK;
    }

    /// Fetches the keys of a list that will soon be taken; not all where they are more than usual.
    fn prefetch(&self, list: &List) {
        let mut next = list.first as usize;
        for _ in 0..WIDE / CHUNK {
            let Some(chunk) = self.keys.get(next) else { return };
            (0..CHUNK).step_by(LINE).for_each(|place| prefetch_index(&chunk.0[..], place));
            next = self.next[next] as usize;
        }
    }

    /// Fetches the place of the next key of a list.
    #[inline]
    fn prefetch_end(&self, list: &List) {
        if let Some(chunk) = self.keys.get(list.first as usize) {
            prefetch_index(&chunk.0[..], list.len as usize % CHUNK);
        }
    }

    #[inline(always)] // see `Windows::put`
    fn push(&mut self, list: &mut List, key: u128) {
        let place = list.len as usize % CHUNK;
        if place == 0 {
            list.first = self.occupy(list.first);
        }
        self.keys[list.first as usize].0[place] = key;
        list.len += 1;
    }

    /// A free chunk, before `next` in its list.
    #[inline(never)]
    fn occupy(&mut self, next: u32) -> u32 {
        if self.free == NO_CHUNK {
            self.free =
                u32::try_from(self.next.len()).expect("there are far fewer than 2^32 chunks");
            self.keys.push(Chunk([NO_KEY; CHUNK]));
            self.next.push(NO_CHUNK);
        }
        let chunk = self.free;
        self.free = std::mem::replace(&mut self.next[chunk as usize], next);
        chunk
    }

    /// Moves the keys of a list to `keys`.
    fn take(&mut self, list: &mut List, keys: &mut Vec<u128>) {
        while list.len > 0 {
            let filled = (list.len as usize - 1) % CHUNK + 1;
            let chunk = list.first as usize;
            keys.extend_from_slice(&self.keys[chunk].0[..filled]);
            list.len -= filled as u32;
            list.first = std::mem::replace(&mut self.next[chunk], self.free);
            self.free = chunk as u32;
        }
    }
}
