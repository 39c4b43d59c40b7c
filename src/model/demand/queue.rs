//! A queue of single messages, first in, first out, and the tasks that work on them.
//!
//! Documented (SQS developer guide): a message that was received is hidden from others for the visibility
//! timeout, and is there again if it was not deleted by then. Assumed: whoever works on a message extends
//! that time whenever it runs out; a task that is told to stop works on nothing any more; a free worker
//! gets a message at once (long polling); a message that is there again goes before those that were sent
//! later.

use std::collections::{BTreeMap, VecDeque};

use crate::units::{SimDuration, SimTime};

use super::super::task::TaskRef;
use super::rate::RatePiece;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number, from 0: with the queue's name, its name.
    pub number: u32,
    /// When it was sent.
    pub sent: SimTime,
}

/// What became of a message that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A task works on it since then.
    Working { message: Message, task: TaskRef, since: SimTime },
    /// Its task stopped, and it is not visible yet.
    Hidden(Message),
    /// Nothing: the event of its end is still to come.
    Left,
    /// Nothing.
    Free,
}

/// Counts of a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueTotals {
    /// Messages sent.
    pub sent: u64,
    /// Messages that were worked on to the end.
    pub processed: u64,
    /// Messages that went back to the queue, because their task stopped.
    pub returned: u64,
    /// Messages received, the same again when it had gone back.
    pub received: u64,
    /// Of those, after a wait longer than the acceptable latency.
    pub late: u64,
    /// All their waits, microseconds.
    pub waited_micros: u128,
    /// The longest.
    pub longest_wait: SimDuration,
}

/// When most messages were visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorstQueue {
    /// How many.
    pub visible: u32,
    /// How long the first of them had been there.
    pub age: SimDuration,
    /// When.
    pub at: SimTime,
}

/// What a task works on.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    messages: u32,
    /// When it received the last of them.
    last: SimTime,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The rate of its arrivals.
    pub(super) arrivals: RatePiece,
    /// Messages sent in the course of the run.
    pub(super) arrived: u32,
    visible: VecDeque<Message>,
    /// Messages that were received, by the number in their events.
    received: Vec<Place>,
    free: Vec<u32>,
    hidden: u32,
    working: u32,
    /// Tasks with nothing to do, as often as they could work on a message more.
    idle: VecDeque<TaskRef>,
    totals: QueueTotals,
    worst: WorstQueue,
    /// The tasks that work on messages; kept where they protect themselves.
    holders: Option<BTreeMap<TaskRef, Held>>,
    /// Messages worked on, integrated over time, microseconds.
    pub(super) busy_micros: u128,
    pub(super) at: SimTime,
}

impl Queue {
    /// With so many messages at the start; whether tasks protect themselves while they work on one.
    pub(super) fn new(initial: u32, protects: bool) -> Self {
        let message = |number| Message { number, sent: SimTime::ZERO };
        let totals = QueueTotals { sent: u64::from(initial), ..QueueTotals::default() };
        let worst = WorstQueue { visible: initial, ..WorstQueue::default() };
        Self {
            arrivals: RatePiece::BEFORE,
            arrived: 0,
            visible: (0..initial).map(message).collect(),
            received: Vec::new(),
            free: Vec::new(),
            hidden: 0,
            working: 0,
            idle: VecDeque::new(),
            totals,
            worst,
            holders: protects.then(BTreeMap::new),
            busy_micros: 0,
            at: SimTime::ZERO,
        }
    }

    /// Counts so far.
    #[must_use]
    pub const fn totals(&self) -> &QueueTotals {
        &self.totals
    }

    /// When most messages were visible.
    #[must_use]
    pub const fn worst(&self) -> WorstQueue {
        self.worst
    }

    /// ApproximateNumberOfMessagesVisible, exactly.
    #[must_use]
    pub fn visible(&self) -> u32 {
        u32::try_from(self.visible.len()).unwrap_or(u32::MAX)
    }

    /// ApproximateNumberOfMessagesNotVisible, exactly: received and not deleted.
    #[must_use]
    pub const fn in_flight(&self) -> u32 {
        self.working + self.hidden
    }

    /// Messages that a task works on.
    #[must_use]
    pub const fn working(&self) -> u32 {
        self.working
    }

    /// ApproximateAgeOfOldestMessage, exactly: of those that are not deleted, in flight or not; `None`
    /// where there is none.
    #[must_use]
    pub fn age_of_oldest(&self, now: SimTime) -> Option<SimDuration> {
        let received = self.received.iter().filter_map(|place| place.message());
        let oldest = self.visible.front().copied().into_iter().chain(received);
        oldest.map(|message| message.sent).min().map(|sent| now.since(sent))
    }

    /// The message of an event, and when it was received, while a task works on it.
    #[must_use]
    pub fn worked_on(&self, place: u32) -> Option<(Message, TaskRef, SimTime)> {
        match self.received.get(place as usize)? {
            Place::Working { message, task, since } => Some((*message, *task, *since)),
            Place::Hidden(_) | Place::Left | Place::Free => None,
        }
    }

    /// When a task received the last message of those that it works on; `None`: it works on none, or
    /// tasks do not protect themselves.
    #[must_use]
    pub fn held_since(&self, task: TaskRef) -> Option<SimTime> {
        self.holders.as_ref()?.get(&task).map(|held| held.last)
    }

    /// The tasks that work on messages, where they protect themselves.
    pub(super) fn holders(&self) -> impl Iterator<Item = (TaskRef, SimTime)> + '_ {
        self.holders.iter().flatten().map(|(task, held)| (*task, held.last))
    }

    /// Messages by what became of them, counted one by one: visible, worked on, hidden.
    #[must_use]
    pub fn recounted(&self) -> (usize, usize, usize) {
        let count = |is: fn(&Place) -> bool| self.received.iter().filter(|place| is(place)).count();
        let working = count(|place| matches!(place, Place::Working { .. }));
        (self.visible.len(), working, count(|place| matches!(place, Place::Hidden(_))))
    }

    /// The tasks that work on a message, as often as they do, and those that could.
    pub fn workers(&self) -> impl Iterator<Item = TaskRef> + '_ {
        let working = self.received.iter().filter_map(|place| match place {
            Place::Working { task, .. } => Some(*task),
            Place::Hidden(_) | Place::Left | Place::Free => None,
        });
        working.chain(self.idle.iter().copied())
    }

    /// What is worked on: its number in events, by which task, since when.
    pub fn in_work(&self) -> impl Iterator<Item = (u32, TaskRef, SimTime)> + '_ {
        let places = (0..).zip(&self.received);
        places.filter_map(|(number, place)| match place {
            Place::Working { task, since, .. } => Some((number, *task, *since)),
            Place::Hidden(_) | Place::Left | Place::Free => None,
        })
    }

    /// Whether somebody could work on a message and does not.
    #[must_use]
    pub fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    /// Time passes.
    pub(super) fn advance(&mut self, now: SimTime) {
        let time = now.since(self.at).as_micros();
        self.busy_micros += u128::from(self.working) * u128::from(time);
        self.at = now;
    }

    /// A message is sent.
    pub(super) fn send(&mut self, now: SimTime) {
        let number = u32::try_from(self.totals.sent).unwrap_or(u32::MAX);
        self.totals.sent += 1;
        self.visible.push_back(Message { number, sent: now });
        self.note_worst(now);
    }

    /// More messages could be worked on by a task.
    pub(super) fn offer(&mut self, task: TaskRef, concurrency: u32) {
        self.idle.extend(std::iter::repeat_n(task, concurrency as usize));
    }

    /// A task that could work on a message receives the first one; its number in events.
    pub(super) fn receive(&mut self, now: SimTime, acceptable: Option<SimDuration>) -> Option<u32> {
        if self.visible.is_empty() {
            return None;
        }
        let task = self.idle.pop_front()?;
        let message = self.visible.pop_front()?;
        let wait = now.since(message.sent);
        self.totals.received += 1;
        self.totals.waited_micros += u128::from(wait.as_micros());
        self.totals.longest_wait = self.totals.longest_wait.max(wait);
        self.totals.late += u64::from(acceptable.is_some_and(|most| wait > most));
        self.working += 1;
        if let Some(holders) = &mut self.holders {
            let held = holders.entry(task).or_default();
            held.messages += 1;
            held.last = now;
        }
        Some(self.put(Place::Working { message, task, since: now }))
    }

    fn put(&mut self, place: Place) -> u32 {
        if let Some(free) = self.free.pop() {
            self.received[free as usize] = place;
            return free;
        }
        self.received.push(place);
        u32::try_from(self.received.len() - 1).unwrap_or(u32::MAX)
    }

    /// The work on a message ends: its task is free, unless it stopped before.
    pub(super) fn processed(&mut self, place: u32) {
        let Some(found) = self.received.get_mut(place as usize) else { return };
        let was = std::mem::replace(found, Place::Free);
        self.free.push(place);
        if let Place::Working { task, .. } = was {
            self.working -= 1;
            self.totals.processed += 1;
            self.idle.push_back(task);
            self.lets_go(task);
        }
    }

    /// A task works on one message less.
    fn lets_go(&mut self, task: TaskRef) {
        let Some(holders) = &mut self.holders else { return };
        if let Some(held) = holders.get_mut(&task) {
            held.messages -= 1;
            if held.messages == 0 {
                holders.remove(&task);
            }
        }
    }

    /// A task works on nothing any more. Its messages are visible again later: their numbers in events,
    /// and when.
    pub(super) fn leave(
        &mut self,
        task: TaskRef,
        now: SimTime,
        visibility_timeout: SimDuration,
    ) -> Vec<(u32, SimDuration)> {
        self.idle.retain(|idle| *idle != task);
        if let Some(holders) = &mut self.holders {
            holders.remove(&task);
        }
        let mut left = Vec::new();
        for position in 0..self.received.len() {
            let Place::Working { message, task: of, since } = self.received[position] else {
                continue;
            };
            if of == task {
                self.received[position] = Place::Left;
                self.working -= 1;
                self.hidden += 1;
                let again = self.put(Place::Hidden(message));
                left.push((again, hidden_for(now.since(since), visibility_timeout)));
            }
        }
        left
    }

    /// A message is visible again, at its place among the others.
    pub(super) fn returns(&mut self, place: u32, now: SimTime) {
        let Some(Place::Hidden(message)) = self.received.get(place as usize).copied() else {
            return;
        };
        self.received[place as usize] = Place::Free;
        self.free.push(place);
        self.hidden -= 1;
        self.totals.returned += 1;
        let before = self.visible.partition_point(|other| other.number < message.number);
        self.visible.insert(before, message);
        self.note_worst(now);
    }

    fn note_worst(&mut self, now: SimTime) {
        // What an idle task receives at once is no backlog.
        let visible = if self.idle.is_empty() { self.visible() } else { 0 };
        if visible > self.worst.visible {
            let age = self.visible.front().map_or(SimDuration::ZERO, |first| now.since(first.sent));
            self.worst = WorstQueue { visible, age, at: now };
        }
    }
}

impl Place {
    const fn message(&self) -> Option<Message> {
        match self {
            Self::Working { message, .. } | Self::Hidden(message) => Some(*message),
            Self::Left | Self::Free => None,
        }
    }
}

/// How much longer a message is hidden that was worked on for `worked`: the visibility timeout, extended
/// each time that it ran out, began at its receipt.
fn hidden_for(worked: SimDuration, visibility_timeout: SimDuration) -> SimDuration {
    let (worked, timeout) = (worked.as_micros(), visibility_timeout.as_micros());
    if timeout == 0 {
        return SimDuration::ZERO;
    }
    SimDuration::from_micros(timeout - worked % timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: TaskRef = TaskRef { slot: 1, epoch: 0 };
    const OTHER: TaskRef = TaskRef { slot: 2, epoch: 0 };

    const fn secs(seconds: u64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + secs(seconds)
    }

    #[test]
    fn messages_are_received_in_the_order_in_which_they_were_sent() {
        let mut queue = Queue::new(2, false);
        queue.send(at(1));
        queue.offer(TASK, 2);
        let first = queue.receive(at(5), Some(secs(4))).unwrap();
        let second = queue.receive(at(5), Some(secs(4))).unwrap();
        assert_eq!(queue.receive(at(5), None), None, "the task works on two");
        assert_eq!((queue.visible(), queue.in_flight()), (1, 2));
        assert_eq!(queue.worked_on(second).unwrap().0.number, 1);
        queue.processed(first);
        let third = queue.receive(at(6), Some(secs(4))).unwrap();
        assert_eq!(queue.worked_on(third).unwrap().0, Message { number: 2, sent: at(1) });
        assert_eq!(queue.totals().late, 3);
        assert_eq!(queue.totals().longest_wait, secs(5));
        assert_eq!(queue.worst(), WorstQueue { visible: 3, age: secs(1), at: at(1) });
        assert_eq!(queue.age_of_oldest(at(8)), Some(secs(8)));
    }

    #[test]
    fn a_message_whose_task_stops_is_visible_again_before_later_ones() {
        let mut queue = Queue::new(3, true);
        queue.offer(TASK, 1);
        queue.offer(OTHER, 1);
        let first = queue.receive(at(0), None).unwrap();
        let second = queue.receive(at(0), None).unwrap();
        let left = queue.leave(TASK, at(40), secs(30));
        // Received at 0, extended at 30: hidden till 60.
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].1, secs(20));
        assert_eq!((queue.held_since(TASK), queue.held_since(OTHER)), (None, Some(at(0))));
        assert_eq!((queue.visible(), queue.in_flight(), queue.working()), (1, 2, 1));
        queue.processed(first);
        assert_eq!(queue.totals().processed, 0, "nobody worked on it to the end");
        queue.returns(left[0].0, at(60));
        queue.processed(second);
        let again = queue.receive(at(60), None).unwrap();
        let (message, task, _) = queue.worked_on(again).unwrap();
        assert_eq!((message.number, task), (0, OTHER));
        assert_eq!(queue.recounted(), (1, 1, 0));
        assert_eq!((queue.totals().returned, queue.totals().processed), (1, 1));
    }
}
