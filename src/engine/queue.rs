//! The event queue: what happens next, in an order that a run repeats exactly.
//!
//! An event's place is one 128-bit number, compared at once:
//!
//! | bits | what | limit |
//! |---|---|---|
//! | 56 | time, microseconds | [`SimTime::MAX`], about 2,283 years |
//! | 8 | priority, the smaller first | 256 |
//! | 40 | sequence: how many events were scheduled before | [`MAX_EVENTS`] in a queue's life |
//! | 24 | slot: where the event itself lies | [`MAX_PENDING`] at once |
//!
//! So events of one instant and priority are handled in the order in which they were scheduled,
//! and no two numbers are ever equal. The numbers lie in a heap, 16 bytes each; the events beside
//! them in slots that are reused, the latest freed first because it is still in the cache.

use prefetch_index::prefetch_index;

use super::heap::NO_KEY;
use super::tiers::TieredKeys;
use crate::units::SimTime;

const SLOT_BITS: u32 = 24;
const SEQUENCE_BITS: u32 = 40;
const PRIORITY_BITS: u32 = 8;
const PRIORITY_SHIFT: u32 = SLOT_BITS + SEQUENCE_BITS;
const SLOT_MASK: u64 = (1 << SLOT_BITS) - 1;

/// How many events can be held at once, those cancelled included: 2^24. Memory is taken as needed.
pub const MAX_PENDING: usize = 1 << SLOT_BITS;

/// How many events a queue can be given in its life: 2^40 - 1, hours of computing.
pub const MAX_EVENTS: u64 = (1 << SEQUENCE_BITS) - 1;

/// The end of a slot's life: it is not used again, so that no two events ever share a ticket.
const LAST_GENERATION: u32 = (1 << 31) - 1;

/// The bit of a slot's generation that says that its event was cancelled.
const CANCELLED: u32 = 1 << 31;

/// How many cancelled events may lie in the heap beyond the number of live ones before they are
/// swept out. Small enough to be no memory, large enough that tiny queues are not swept all the
/// time.
const CANCELLED_ALLOWANCE: usize = 64;

/// The order of events at one instant: the smaller is handled first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(pub u8);

/// What was scheduled, for [`EventQueue::cancel`]. No two events of a queue share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    slot: u32,
    generation: u32,
}

/// Why an event could not be scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueFull {
    /// [`MAX_PENDING`] events are held already.
    #[error("more than {MAX_PENDING} events are pending at once")]
    Pending,
    /// [`MAX_EVENTS`] events were scheduled already.
    #[error("more than {MAX_EVENTS} events were scheduled in one run")]
    Events,
}

/// An event, and which of the events it is that this slot has held.
#[derive(Clone, Copy, Debug)]
struct Slot<E> {
    /// How many events the slot held before; [`CANCELLED`] is added when this one is taken back.
    generation: u32,
    event: E,
}

/// Pending events in the order of their handling: by time, then priority, then first come.
///
/// Scheduling and popping are O(log n) of the pending events, cancelling is O(1) on average.
/// Memory: 20 bytes and one `E` for each event of the fullest moment.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    keys: TieredKeys,
    slots: Vec<Slot<E>>,
    /// The slot freed last, if it is free still: mostly the handler's next event takes it.
    spare: Option<u32>,
    /// The other free slots, the latest freed last.
    free: Vec<u32>,
    next_sequence: u64,
    /// Cancelled events whose keys still lie in the heap.
    cancelled: usize,
    now: SimTime,
}

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue at the start of time.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty queue with memory for `events` pending events.
    #[must_use]
    pub fn with_capacity(events: usize) -> Self {
        Self {
            keys: TieredKeys::with_capacity(events),
            slots: Vec::with_capacity(events),
            spare: None,
            free: Vec::new(),
            next_sequence: 0,
            cancelled: 0,
            now: SimTime::ZERO,
        }
    }

    /// Back to the start of time, without events; the memory is kept for the next run.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.slots.clear();
        self.spare = None;
        self.free.clear();
        self.next_sequence = 0;
        self.cancelled = 0;
        self.now = SimTime::ZERO;
    }

    /// The time of the latest event popped.
    #[inline]
    #[must_use]
    pub const fn now(&self) -> SimTime {
        self.now
    }

    /// Events that will be handled.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.keys.len() - self.cancelled
    }

    /// Whether nothing will be handled.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Events held, those cancelled included: at most twice [`EventQueue::len`] and 64.
    #[inline]
    #[must_use]
    pub const fn held(&self) -> usize {
        self.keys.len()
    }

    /// Puts `event` at the instant `at`, among the events of that instant by `priority` and then
    /// behind those that are there.
    ///
    /// Time does not run backwards: an instant before [`EventQueue::now`] is a bug of the caller,
    /// refused in debug builds and taken as `now` in others. One after [`SimTime::MAX`] is taken
    /// as [`SimTime::MAX`].
    ///
    /// # Errors
    /// When a limit of the queue is reached; the queue is unchanged.
    #[inline(always)] // one event of 24 ns loses 1 ns to a call
    pub fn schedule(
        &mut self,
        at: SimTime,
        priority: Priority,
        event: E,
    ) -> Result<Ticket, QueueFull> {
        debug_assert!(at >= self.now, "an event cannot be scheduled before now");
        if self.next_sequence == MAX_EVENTS {
            return Err(QueueFull::Events);
        }
        let (slot, generation) = self.occupy_slot(event)?;
        let at = if at < self.now || at > SimTime::MAX { self.clamp(at) } else { at };
        self.keys.push(key(at, priority, self.next_sequence << SLOT_BITS | u64::from(slot)));
        self.next_sequence += 1;
        Ok(Ticket { slot, generation })
    }

    /// Takes an event back. `false` when it was handled or cancelled before.
    ///
    /// The event stays where it lies until it comes up, or until the cancelled ones outnumber the
    /// others and all of them are swept out.
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        let Some(slot) = self.slots.get_mut(ticket.slot as usize) else { return false };
        if slot.generation != ticket.generation {
            return false;
        }
        slot.generation |= CANCELLED;
        self.cancelled += 1;
        if self.cancelled > self.len() + CANCELLED_ALLOWANCE {
            self.sweep();
        }
        true
    }

    /// When the next event happens.
    pub fn peek_time(&mut self) -> Option<SimTime> {
        while let Some(key) = self.keys.peek() {
            if self.slots[slot_of(key)].generation & CANCELLED == 0 {
                return Some(time_of(key));
            }
            self.keys.pop_at_most(key);
            self.release_slot(key);
            self.cancelled -= 1;
        }
        None
    }

    /// The events that have just come near, so that what they touch can be fetched into the cache all at
    /// once before they happen. Nothing while few events are pending: then all is there anyway. Events
    /// taken back in the meantime may be among them.
    #[inline]
    pub fn take_upcoming(&mut self, events: &mut Vec<E>) -> bool {
        let Some(keys) = self.keys.take_poured() else { return false };
        keys.iter().for_each(|key| prefetch_index(&self.slots, slot_of(*key)));
        events.clear();
        events.extend(keys.iter().map(|key| self.slots[slot_of(*key)].event));
        self.keys.give_back(keys);
        true
    }

    /// Takes the next event. Its time is never before that of the event popped last.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.pop_until(SimTime::MAX)
    }

    /// Takes the next event if it happens at `limit` or before.
    #[inline(always)] // one event of 24 ns loses 1 ns to a call
    pub fn pop_until(&mut self, limit: SimTime) -> Option<(SimTime, E)> {
        let bound = key(limit.min(SimTime::MAX), Priority(u8::MAX), u64::MAX);
        loop {
            let key = self.keys.pop_at_most(bound)?;
            if let Some(event) = self.release_slot(key) {
                let at = time_of(key);
                debug_assert!(at >= self.now, "time ran backwards");
                self.now = at;
                return Some((at, event));
            }
            self.cancelled -= 1;
        }
    }

    /// `at`, moved into what a key can hold and time allows. Apart and cold, so that the rule is a
    /// branch that is never taken: as a minimum and a maximum it delays every event.
    #[cold]
    fn clamp(&self, at: SimTime) -> SimTime {
        at.max(self.now).min(SimTime::MAX)
    }

    /// Puts `event` into a free slot: the slot and its generation.
    #[inline]
    fn occupy_slot(&mut self, event: E) -> Result<(u32, u32), QueueFull> {
        let Some(free) = self.spare.take().or_else(|| self.free.pop()) else {
            return self.add_slot(event);
        };
        let slot = &mut self.slots[free as usize];
        slot.event = event;
        Ok((free, slot.generation))
    }

    /// Makes a slot for `event`.
    fn add_slot(&mut self, event: E) -> Result<(u32, u32), QueueFull> {
        if self.slots.len() == MAX_PENDING {
            return Err(QueueFull::Pending);
        }
        self.slots.push(Slot { generation: 0, event });
        Ok((self.slots.len() as u32 - 1, 0))
    }

    /// Frees the slot of `key` and hands out its event; `None` when it was cancelled.
    #[inline]
    fn release_slot(&mut self, key: u128) -> Option<E> {
        let number = slot_of(key) as u32;
        let slot = &mut self.slots[number as usize];
        let (generation, event) = (slot.generation, slot.event);
        slot.generation = (generation & !CANCELLED) + 1;
        if slot.generation < LAST_GENERATION
            && let Some(older) = self.spare.replace(number)
        {
            self.free.push(older);
        }
        if generation & CANCELLED == 0 { Some(event) } else { None }
    }

    /// Drops the cancelled events. O(n log n), after at least n/2 cancellations.
    #[cold]
    fn sweep(&mut self) {
        let slots = &self.slots;
        let mut swept = Vec::with_capacity(self.cancelled);
        self.keys.retain(|key| {
            let cancelled = slots[slot_of(key)].generation & CANCELLED != 0;
            swept.extend(cancelled.then_some(key));
            !cancelled
        });
        for key in swept {
            self.release_slot(key);
        }
        self.cancelled = 0;
    }
}

/// The place of an event in the order; `tail` is its sequence number and slot.
#[inline]
fn key(at: SimTime, priority: Priority, tail: u64) -> u128 {
    let head = at.as_micros() << PRIORITY_BITS | u64::from(priority.0);
    u128::from(head) << PRIORITY_SHIFT | u128::from(tail)
}

#[inline]
const fn time_of(key: u128) -> SimTime {
    SimTime::from_micros((key >> (PRIORITY_SHIFT + PRIORITY_BITS)) as u64)
}

#[inline]
const fn slot_of(key: u128) -> usize {
    (key as u64 & SLOT_MASK) as usize
}

// A key fills its 128 bits exactly, and since the largest sequence number is never given, none
// is `NO_KEY`.
const _: () = assert!(56 + PRIORITY_BITS + SEQUENCE_BITS + SLOT_BITS == u128::BITS);
const _: () = assert!((NO_KEY as u64) >> SLOT_BITS == MAX_EVENTS);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const FIRST: Priority = Priority(0);
    const LATER: Priority = Priority(9);

    fn at(micros: u64) -> SimTime {
        SimTime::from_micros(micros)
    }

    fn drain(queue: &mut EventQueue<u32>) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop()).map(|(_, event)| event).collect()
    }

    #[test]
    fn events_of_one_instant_go_by_priority_and_then_first_come_first_served() {
        let mut queue = EventQueue::new();
        for (time, priority, event) in
            [(5, LATER, 3), (5, LATER, 4), (5, FIRST, 1), (5, FIRST, 2), (4, LATER, 0)]
        {
            queue.schedule(at(time), priority, event).unwrap();
        }
        assert_eq!(queue.peek_time(), Some(at(4)));
        assert_eq!(drain(&mut queue), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_cancelled_event_never_happens_and_cannot_be_cancelled_twice() {
        let mut queue = EventQueue::new();
        let first = queue.schedule(at(1), FIRST, 1).unwrap();
        queue.schedule(at(2), FIRST, 2).unwrap();
        assert!(queue.cancel(first));
        assert!(!queue.cancel(first));
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.peek_time(), Some(at(2)));
        assert_eq!(drain(&mut queue), [2]);
    }

    #[test]
    fn an_old_ticket_does_not_cancel_the_event_that_took_its_slot() {
        let mut queue = EventQueue::new();
        let old = queue.schedule(at(1), FIRST, 1).unwrap();
        assert_eq!(queue.pop(), Some((at(1), 1)));
        queue.schedule(at(2), FIRST, 2).unwrap();
        assert!(!queue.cancel(old));
        assert_eq!(drain(&mut queue), [2]);
    }

    #[test]
    fn timeouts_that_are_always_cancelled_do_not_pile_up() {
        let mut queue = EventQueue::new();
        for event in 0..100_000 {
            let ticket = queue.schedule(at(1_000_000_000), FIRST, event).unwrap();
            assert!(queue.cancel(ticket));
            assert!(queue.held() <= 2 * queue.len() + CANCELLED_ALLOWANCE + 1);
        }
        assert!(queue.is_empty());
        assert!(queue.slots.len() <= CANCELLED_ALLOWANCE + 1);
    }

    #[test]
    fn nothing_after_the_limit_is_popped() {
        let mut queue = EventQueue::new();
        queue.schedule(at(7), LATER, 7).unwrap();
        assert_eq!(queue.pop_until(at(6)), None);
        assert_eq!(queue.pop_until(at(7)), Some((at(7), 7)));
        assert_eq!(queue.pop_until(SimTime::MAX), None);
        assert_eq!(queue.now(), at(7));
    }

    #[test]
    fn the_last_instant_can_be_scheduled_and_popped() {
        let mut queue = EventQueue::new();
        queue.schedule(SimTime::from_micros(u64::MAX), Priority(255), 1).unwrap();
        assert_eq!(queue.pop(), Some((SimTime::MAX, 1)));
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn a_queue_that_has_given_out_its_last_sequence_number_says_so() {
        let mut queue = EventQueue::new();
        queue.next_sequence = MAX_EVENTS - 1;
        let last = queue.schedule(at(1), FIRST, 1).unwrap();
        assert_eq!(queue.schedule(at(1), FIRST, 2), Err(QueueFull::Events));
        assert!(queue.cancel(last));
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn a_queue_full_of_pending_events_says_so_and_takes_events_again_later() {
        let mut queue = EventQueue::new();
        for _ in 0..MAX_PENDING {
            queue.schedule(at(1), FIRST, ()).unwrap();
        }
        assert_eq!(queue.schedule(at(1), FIRST, ()), Err(QueueFull::Pending));
        assert!(queue.pop().is_some());
        assert!(queue.schedule(at(1), FIRST, ()).is_ok());
    }

    #[test]
    fn a_worn_out_slot_is_not_used_again() {
        let mut queue = EventQueue::new();
        queue.schedule(at(1), FIRST, 1).unwrap();
        queue.slots[0].generation = LAST_GENERATION - 1;
        assert_eq!(queue.pop(), Some((at(1), 1)));
        let ticket = queue.schedule(at(2), FIRST, 2).unwrap();
        assert_eq!((ticket.slot, queue.slots.len()), (1, 2));
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Schedule { after: u64, priority: u8 },
        Pop,
        Cancel(prop::sample::Index),
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            200 => (0..20_u64, 0..3_u8)
                .prop_map(|(after, priority)| Step::Schedule { after, priority }),
            120 => Just(Step::Pop),
            120 => any::<prop::sample::Index>().prop_map(Step::Cancel),
            1 => Just(Step::Clear),
        ]
    }

    proptest! {
        #[test]
        fn the_queue_hands_out_what_an_ordered_map_would(
            steps in prop::collection::vec(step(), 1..600),
        ) {
            let mut queue = EventQueue::new();
            let mut reference = BTreeMap::new();
            let mut tickets = Vec::new();
            for (number, step) in (0_u32..).zip(steps) {
                match step {
                    Step::Schedule { after, priority } => {
                        let time = at(queue.now().as_micros() + after);
                        let place = (time, priority, number);
                        let ticket = queue.schedule(time, Priority(priority), number).unwrap();
                        reference.insert(place, ticket);
                        tickets.push((ticket, place));
                    }
                    Step::Pop => {
                        let expected = reference.pop_first().map(|((time, _, event), _)| (time, event));
                        prop_assert_eq!(queue.pop(), expected);
                    }
                    Step::Cancel(index) if !tickets.is_empty() => {
                        let (ticket, place) = *index.get(&tickets);
                        prop_assert_eq!(queue.cancel(ticket), reference.remove(&place).is_some());
                    }
                    Step::Cancel(_) => {}
                    Step::Clear => {
                        queue.clear();
                        reference.clear();
                        tickets.clear();
                    }
                }
                prop_assert_eq!(queue.len(), reference.len());
                prop_assert!(queue.held() <= 2 * queue.len() + CANCELLED_ALLOWANCE + 1);
            }
            let rest: Vec<u32> = reference.keys().map(|place| place.2).collect();
            prop_assert_eq!(drain(&mut queue), rest);
        }
    }
}
