//! The control of the queue bench: what one would write by hand for one model, with nothing to
//! spare. A four-ary heap of packed 128-bit keys, siblings on one cache line, no cancelling, no
//! slots, no limits: the event is a few bits of its key. Safe code.

use std::collections::VecDeque;

use super::draws::Draws;

const EMPTY: u128 = u128::MAX;
const ROOT: usize = 3;

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u128; 4]);

/// Time in the upper 64 bits, then 40 bits of sequence, then 24 of event.
#[inline]
pub(crate) fn key(time: u64, sequence: u64, event: u64) -> u128 {
    u128::from(time) << 64 | u128::from(sequence << 24 | event)
}

/// The time of a key.
#[inline]
pub(crate) fn time(key: u128) -> u64 {
    (key >> 64) as u64
}

/// The event of a key.
#[inline]
pub(crate) fn event(key: u128) -> u64 {
    key as u64 & 0xff_ffff
}

/// The heap. The children of position `p` are line `p - 2`; the root is the last cell of line 0.
pub(crate) struct HandHeap {
    lines: Vec<Line>,
    len: usize,
}

impl HandHeap {
    pub(crate) fn new() -> Self {
        Self { lines: vec![Line([EMPTY; 4])], len: 0 }
    }

    /// The smallest key, [`EMPTY`] when there is none.
    #[inline]
    pub(crate) fn top(&self) -> u128 {
        self.lines[0].0[ROOT]
    }

    #[inline]
    pub(crate) fn push(&mut self, key: u128) {
        let mut hole = self.len + ROOT;
        self.len += 1;
        if hole / 4 == self.lines.len() {
            self.lines.push(Line([EMPTY; 4]));
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

    /// Drops the smallest key; there is one.
    #[inline]
    pub(crate) fn drop_top(&mut self) {
        self.len -= 1;
        let last = self.len + ROOT;
        let key = std::mem::replace(&mut self.lines[last / 4].0[last % 4], EMPTY);
        if self.len > 0 {
            self.replace_top(key);
        }
    }

    /// Drops the smallest key for `key`: the cheapest way to hold a population constant.
    #[inline]
    pub(crate) fn replace_top(&mut self, key: u128) {
        let mut hole = ROOT;
        while let Some(Line([a, b, c, d])) = self.lines.get(hole - 2) {
            let left = if b < a { (1, b) } else { (0, a) };
            let right = if d < c { (3, d) } else { (2, c) };
            let (cell, child) = if right.1 < left.1 { right } else { left };
            if *child >= key {
                break;
            }
            self.lines[hole / 4].0[hole % 4] = *child;
            hole = (hole - 2) * 4 + cell;
        }
        self.lines[hole / 4].0[hole % 4] = key;
    }
}

/// The M/M/c queue as one loop: the total wait of `customers`, in microseconds.
pub(crate) fn multi_server_queue(
    servers: u32,
    customers: u64,
    between_arrivals: f64,
    service: f64,
    draws: &mut Draws,
) -> u64 {
    const ARRIVAL: u64 = 0;
    const DEPARTURE: u64 = 1;
    let mut heap = HandHeap::new();
    let mut waiting = VecDeque::new();
    let (mut idle, mut arrived, mut total_wait) = (servers, 0, 0);
    heap.push(key(draws.exponential(between_arrivals), 0, ARRIVAL));
    let mut sequence = 1;
    while heap.top() != EMPTY {
        let now = time(heap.top());
        let mut root_is_free = true;
        let mut schedule = |heap: &mut HandHeap, at, event| {
            let key = key(at, sequence, event);
            sequence += 1;
            if std::mem::take(&mut root_is_free) { heap.replace_top(key) } else { heap.push(key) }
        };
        if event(heap.top()) == ARRIVAL {
            arrived += 1;
            if arrived < customers {
                schedule(&mut heap, now + draws.exponential(between_arrivals), ARRIVAL);
            }
            if idle > 0 {
                idle -= 1;
                schedule(&mut heap, now + draws.exponential(service), DEPARTURE);
            } else {
                waiting.push_back(now);
            }
        } else if let Some(since) = waiting.pop_front() {
            total_wait += now - since;
            schedule(&mut heap, now + draws.exponential(service), DEPARTURE);
        } else {
            idle += 1;
        }
        if root_is_free {
            heap.drop_top();
        }
    }
    total_wait
}
