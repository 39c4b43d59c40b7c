//! The loop: takes one event after the other from the queue and hands it to a process.

use super::queue::EventQueue;
use crate::units::SimTime;

/// What lives in simulated time: it is told each event when it happens and schedules others.
pub trait Process {
    /// What can happen.
    type Event: Copy;
    /// Why the process cannot go on. [`QueueFull`](super::queue::QueueFull) when it has no reason
    /// of its own.
    type Error;

    /// `event` will probably happen next: what it touches may be fetched into the cache. Nothing may
    /// change.
    #[inline]
    fn expect(&mut self, _event: Self::Event) {}

    /// `event` happens `now`; what follows from it is scheduled in `queue`.
    ///
    /// # Errors
    /// When the run must stop; [`run`] hands the error on.
    fn handle(
        &mut self,
        now: SimTime,
        event: Self::Event,
        queue: &mut EventQueue<Self::Event>,
    ) -> Result<(), Self::Error>;
}

/// How far a run may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The last instant whose events are handled.
    pub until: SimTime,
    /// The most events of the run; more is [`RunError::TooManyEvents`].
    pub events: u64,
    /// The most events at one instant; more is [`RunError::Stuck`].
    pub events_at_one_instant: u64,
}

impl Limits {
    /// Events up to and at `until`; 10^12 of them, 10^6 at one instant.
    #[must_use]
    pub const fn until(until: SimTime) -> Self {
        Self { until, events: 1_000_000_000_000, events_at_one_instant: 1_000_000 }
    }
}

/// Why a run ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// No event was left.
    Idle,
    /// The next event lies after [`Limits::until`].
    Horizon,
}

/// What a run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunStats {
    /// Events handled.
    pub events: u64,
    /// When the last of them happened.
    pub last_event_at: SimTime,
    /// Why no more were handled.
    pub ending: Ending,
}

/// Why a run broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError<E> {
    /// Events cause events without an end, and time stands still.
    #[error("time stands still at {}: more than {events} events at one instant", at.since(SimTime::ZERO))]
    Stuck {
        /// When.
        at: SimTime,
        /// How many events were handled at that instant.
        events: u64,
    },
    /// The run was larger than its limit.
    #[error("the run has more than {events} events; it had come to {}", at.since(SimTime::ZERO))]
    TooManyEvents {
        /// How far it had come.
        at: SimTime,
        /// How many events were handled.
        events: u64,
    },
    /// The process could not go on.
    #[error(transparent)]
    Process(E),
}

/// Runs `process` from event to event until none is left within `limits`. Events after
/// [`Limits::until`] stay in the queue, so that a later call can go on from there.
///
/// # Errors
/// When a limit on the number of events is passed, or with the process's own error.
#[inline]
pub fn run<P: Process>(
    process: &mut P,
    queue: &mut EventQueue<P::Event>,
    limits: &Limits,
) -> Result<RunStats, RunError<P::Error>> {
    let mut events = 0;
    let mut last_event_at = queue.now();
    // Events handled before the present instant began.
    let mut events_before = 0;
    while let Some((now, event)) = queue.pop_until(limits.until) {
        if now != last_event_at {
            last_event_at = now;
            events_before = events;
        }
        if events == limits.events {
            return Err(RunError::TooManyEvents { at: now, events });
        }
        if events - events_before == limits.events_at_one_instant {
            return Err(RunError::Stuck { at: now, events: events - events_before });
        }
        events += 1;
        if let Some(next) = queue.look_ahead() {
            process.expect(next);
        }
        process.handle(now, event, queue).map_err(RunError::Process)?;
    }
    let ending = if queue.is_empty() { Ending::Idle } else { Ending::Horizon };
    Ok(RunStats { events, last_event_at, ending })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::queue::{Priority, QueueFull};
    use crate::units::SimDuration;

    /// Happens again and again, `period` apart.
    struct Metronome {
        period: SimDuration,
        beats: Vec<SimTime>,
    }

    impl Process for Metronome {
        type Event = ();
        type Error = QueueFull;

        fn handle(
            &mut self,
            now: SimTime,
            event: (),
            queue: &mut EventQueue<()>,
        ) -> Result<(), QueueFull> {
            self.beats.push(now);
            queue.schedule(now + self.period, Priority(0), event).map(drop)
        }
    }

    fn metronome(micros: u64) -> (Metronome, EventQueue<()>) {
        let mut queue = EventQueue::new();
        queue.schedule(SimTime::ZERO, Priority(0), ()).unwrap();
        (Metronome { period: SimDuration::from_micros(micros), beats: Vec::new() }, queue)
    }

    #[test]
    fn a_run_handles_the_events_at_its_horizon_and_can_be_continued() {
        let (mut process, mut queue) = metronome(10);
        let first =
            run(&mut process, &mut queue, &Limits::until(SimTime::from_micros(20))).unwrap();
        assert_eq!((first.events, first.ending), (3, Ending::Horizon));
        assert_eq!(first.last_event_at, SimTime::from_micros(20));
        let second =
            run(&mut process, &mut queue, &Limits::until(SimTime::from_micros(40))).unwrap();
        assert_eq!(second.events, 2);
        assert_eq!(process.beats, [0, 10, 20, 30, 40].map(SimTime::from_micros));
    }

    #[test]
    fn a_process_that_stops_time_is_stopped() {
        let (mut process, mut queue) = metronome(0);
        let limits = Limits { events_at_one_instant: 1_000, ..Limits::until(SimTime::MAX) };
        let stuck = run(&mut process, &mut queue, &limits);
        assert_eq!(stuck, Err(RunError::Stuck { at: SimTime::ZERO, events: 1_000 }));
        assert_eq!(
            stuck.unwrap_err().to_string(),
            "time stands still at 0s: more than 1000 events at one instant"
        );
    }

    #[test]
    fn a_run_with_too_many_events_is_broken_off() {
        let (mut process, mut queue) = metronome(1);
        let limits = Limits { events: 7, ..Limits::until(SimTime::MAX) };
        let at = SimTime::from_micros(7);
        assert_eq!(
            run(&mut process, &mut queue, &limits),
            Err(RunError::TooManyEvents { at, events: 7 })
        );
    }

    #[test]
    fn a_run_without_events_ends_idle() {
        let (mut process, _) = metronome(1);
        let mut queue = EventQueue::new();
        let stats = run(&mut process, &mut queue, &Limits::until(SimTime::MAX)).unwrap();
        assert_eq!((stats.events, stats.ending), (0, Ending::Idle));
    }
}
