//! What does the public event queue cost beside a loop written by hand for one model?

mod support;

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;

use criterion::Criterion;
use taskyard::engine::driver::{Limits, Process, run};
use taskyard::engine::queue::{EventQueue, Priority, QueueFull};
use taskyard::units::{SimDuration, SimTime};

use support::draws::Draws;
use support::hand::{self, HandHeap};
use support::{Side, Summary, Target};

const SEED: u64 = 2_026;
const PRIORITY: Priority = Priority(0);
/// Mean time between an event of the hold model and the one it schedules, microseconds.
const MEAN_HOLD: f64 = 1e6;
/// Holds in a round. At 10^5 pending it takes some 10^5 of them to bring a side's memory back into
/// the cache after the other side's round; a round is long enough for that not to count.
const HOLDS: u64 = 1_000_000;

const SERVERS: u32 = 50;
const CUSTOMERS: u64 = 1_000_000;
/// Mean service time, microseconds, and mean time between arrivals at a load of 90 %.
const SERVICE: f64 = 1e6;
const BETWEEN_ARRIVALS: f64 = 1e6 / 45.0;
/// The mean wait in units of service time, and the standard deviation of the mean of 10^6
/// customers who come to an empty system.
const ERLANG_C: f64 = 0.07277;
const ERLANG_C_DEVIATION: f64 = 0.0025;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut summary = Summary::default();
    hold(&mut criterion, &mut summary, 1_000, "hold, 10^3 pending");
    hold(&mut criterion, &mut summary, 100_000, "hold, 10^5 pending");
    hold_by_hand(&mut criterion, &mut summary);
    multi_server_queue(&mut criterion, &mut summary);
    criterion.final_summary();
    summary.print();
}

/// The hold model: each event schedules one other, so that the number of pending ones stays.
struct Hold<Q> {
    queue: Q,
    draws: Draws,
    sequence: u64,
}

impl<Q> Hold<Q> {
    fn new(queue: Q, pending: u64, schedule: impl Fn(&mut Q, u64, u64)) -> Self {
        let mut hold = Self { queue, draws: Draws::new(SEED), sequence: 0 };
        for event in 0..pending {
            schedule(&mut hold.queue, hold.draws.exponential(MEAN_HOLD), event);
        }
        hold.sequence = pending;
        hold
    }
}

fn schedule(queue: &mut EventQueue<u32>, at: u64, event: u64) {
    let at = SimTime::from_micros(at);
    queue.schedule(at, PRIORITY, event as u32).expect("the queue is far from full");
}

impl Hold<EventQueue<u32>> {
    fn round(&mut self) {
        for _ in 0..HOLDS {
            let (now, event) = self.queue.pop().expect("the population is constant");
            let at = now + SimDuration::from_micros(self.draws.exponential(MEAN_HOLD));
            self.queue.schedule(at, PRIORITY, event).expect("the queue is far from full");
        }
    }
}

impl Hold<HandHeap> {
    fn round(&mut self) {
        for _ in 0..HOLDS {
            let top = self.queue.top();
            let at = hand::time(top) + self.draws.exponential(MEAN_HOLD);
            self.queue.replace_top(hand::key(at, self.sequence, hand::event(top)));
            self.sequence += 1;
        }
    }
}

impl Hold<BinaryHeap<Reverse<u128>>> {
    fn round(&mut self) {
        for _ in 0..HOLDS {
            let Reverse(top) = self.queue.pop().expect("the population is constant");
            let at = hand::time(top) + self.draws.exponential(MEAN_HOLD);
            self.queue.push(Reverse(hand::key(at, self.sequence, hand::event(top))));
            self.sequence += 1;
        }
    }
}

fn hold_by_hand_of(pending: u64) -> Hold<HandHeap> {
    Hold::new(HandHeap::new(), pending, |heap, at, event| heap.push(hand::key(at, event, event)))
}

/// The engine's queue against the hand loop. Both must have come to the same instant.
fn hold(criterion: &mut Criterion, summary: &mut Summary, pending: u64, figure: &str) {
    let mut engine = Hold::new(EventQueue::new(), pending, schedule);
    let mut by_hand = hold_by_hand_of(pending);
    let mut group = support::group(criterion, "queue");
    let subject = Side { name: "engine", events: HOLDS, round: &mut || engine.round() };
    let control = Side { name: "by hand", events: HOLDS, round: &mut || by_hand.round() };
    summary.compare(&mut group, figure, subject, control, Target::AtMost(1.2));
    let next = engine.queue.peek_time().map(SimTime::as_micros);
    assert_eq!(next, Some(hand::time(by_hand.queue.top())), "both sides lived the same life");
}

/// Is the hand loop a control worth the name? It must beat the standard heap of the same keys.
fn hold_by_hand(criterion: &mut Criterion, summary: &mut Summary) {
    let pending = 100_000;
    let mut by_hand = hold_by_hand_of(pending);
    let mut standard = Hold::new(BinaryHeap::new(), pending, |heap, at, event| {
        heap.push(Reverse(hand::key(at, event, event)));
    });
    let mut group = support::group(criterion, "queue");
    let subject = Side { name: "by hand", events: HOLDS, round: &mut || by_hand.round() };
    let control = Side { name: "std heap", events: HOLDS, round: &mut || standard.round() };
    let figure = "control: hand loop against std BinaryHeap, 10^5 pending";
    summary.compare(&mut group, figure, subject, control, Target::TimesFaster(1.3));
}

/// M/M/c as a process of the engine.
struct MultiServerQueue {
    draws: Draws,
    waiting: VecDeque<SimTime>,
    idle: u32,
    arrived: u64,
    total_wait: SimDuration,
}

#[derive(Clone, Copy)]
enum Customer {
    Arrives,
    Departs,
}

impl MultiServerQueue {
    fn serve(&mut self, now: SimTime, queue: &mut EventQueue<Customer>) -> Result<(), QueueFull> {
        let at = now + SimDuration::from_micros(self.draws.exponential(SERVICE));
        queue.schedule(at, PRIORITY, Customer::Departs).map(drop)
    }

    fn expect_arrival(
        &mut self,
        now: SimTime,
        queue: &mut EventQueue<Customer>,
    ) -> Result<(), QueueFull> {
        let at = now + SimDuration::from_micros(self.draws.exponential(BETWEEN_ARRIVALS));
        queue.schedule(at, PRIORITY, Customer::Arrives).map(drop)
    }
}

impl Process for MultiServerQueue {
    type Event = Customer;
    type Error = QueueFull;

    #[inline]
    fn handle(
        &mut self,
        now: SimTime,
        event: Customer,
        queue: &mut EventQueue<Customer>,
    ) -> Result<(), QueueFull> {
        match event {
            Customer::Arrives => {
                self.arrived += 1;
                if self.arrived < CUSTOMERS {
                    self.expect_arrival(now, queue)?;
                }
                if self.idle > 0 {
                    self.idle -= 1;
                    self.serve(now, queue)?;
                } else {
                    self.waiting.push_back(now);
                }
            }
            Customer::Departs => {
                if let Some(since) = self.waiting.pop_front() {
                    self.total_wait += now.since(since);
                    self.serve(now, queue)?;
                } else {
                    self.idle += 1;
                }
            }
        }
        Ok(())
    }
}

/// The total wait of 10^6 customers, microseconds, through the public engine.
fn wait_by_engine() -> u64 {
    let mut process = MultiServerQueue {
        draws: Draws::new(SEED),
        waiting: VecDeque::new(),
        idle: SERVERS,
        arrived: 0,
        total_wait: SimDuration::ZERO,
    };
    let mut queue = EventQueue::new();
    process.expect_arrival(SimTime::ZERO, &mut queue).expect("the queue is far from full");
    let stats = run(&mut process, &mut queue, &Limits::until(SimTime::MAX));
    assert_eq!(stats.map(|stats| stats.events), Ok(2 * CUSTOMERS));
    process.total_wait.as_micros()
}

fn wait_by_hand() -> u64 {
    let mut draws = Draws::new(SEED);
    hand::multi_server_queue(SERVERS, CUSTOMERS, BETWEEN_ARRIVALS, SERVICE, &mut draws)
}

fn multi_server_queue(criterion: &mut Criterion, summary: &mut Summary) {
    let (by_engine, by_hand) = (Cell::new(0), Cell::new(0));
    let mut group = support::group(criterion, "queue");
    let events = 2 * CUSTOMERS;
    let subject =
        Side { name: "engine", events, round: &mut || by_engine.set(black_box(wait_by_engine())) };
    let control =
        Side { name: "by hand", events, round: &mut || by_hand.set(black_box(wait_by_hand())) };
    let figure = "M/M/50, 10^6 customers, public engine";
    if !summary.compare(&mut group, figure, subject, control, Target::AtMost(1.3)) {
        return;
    }
    assert_eq!(by_engine, by_hand, "both sides lived the same life");
    let mean = by_engine.get() as f64 / CUSTOMERS as f64 / SERVICE;
    let deviations = (mean - ERLANG_C) / ERLANG_C_DEVIATION;
    summary.note(
        "M/M/50, mean wait (Erlang C 0.07277, sd 0.0025)",
        &format!("{mean:.5} ({deviations:+.1} sd)"),
        Some(("within 3 sd", deviations.abs() <= 3.0)),
    );
}
