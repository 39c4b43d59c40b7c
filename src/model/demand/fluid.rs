//! Requests as a fluid: they arrive at a constant rate between changes, are served in their order as fast
//! as the tasks can, and those that waited for as long as they would are lost. Exact between changes.

use std::collections::VecDeque;

use crate::units::SimTime;

/// What a stretch of time did, or a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RequestTotals {
    /// Requests that came.
    pub offered: f64,
    /// Of those, while a task served: what a load balancer passes on.
    pub received: f64,
    /// Served.
    pub served: f64,
    /// Lost: no task served when they came, or they waited for too long.
    pub lost: f64,
    /// Of those, before the first task served.
    pub lost_before_first: f64,
    /// RUNNING tasks, integrated over time, seconds.
    pub running: f64,
    /// Serving tasks, integrated over time, seconds.
    pub serving: f64,
    /// Seconds above the CPU utilisation that is to be kept.
    pub above_target: f64,
    /// Seconds in which requests waited, or came and found no task.
    pub saturated: f64,
}

/// When most requests waited.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WorstBacklog {
    /// How many.
    pub waiting: f64,
    /// How long the first of them had waited, seconds.
    pub age: f64,
    /// When, seconds.
    pub at: f64,
}

/// Less than this is rounding, seconds.
const ROUNDING: f64 = 1e-9;

/// Requests that came at one rate, by the time at which they came, seconds.
#[derive(Clone, Copy, Debug)]
struct Slice {
    from: f64,
    until: f64,
    rate: f64,
}

/// What does not change.
#[derive(Clone, Copy, Debug)]
pub(super) struct FluidSetup {
    /// Seconds that a task works for a request, where it works on one after the other.
    pub(super) work: f64,
    /// Seconds for which a request waits.
    pub(super) timeout: f64,
    /// Share of the reserved CPU of one task that it takes for a request a second.
    pub(super) cpu: f64,
    /// CPU utilisation that is to be kept, a share.
    pub(super) target: Option<f64>,
}

/// The requests of a service.
#[derive(Clone, Debug)]
pub(super) struct Fluid {
    setup: FluidSetup,
    /// Requests a second from now on.
    pub(super) rate: f64,
    /// RUNNING tasks.
    pub(super) running: u32,
    /// Serving tasks.
    pub(super) serving: u32,
    had_task: bool,
    at: f64,
    waiting: VecDeque<Slice>,
    totals: RequestTotals,
    worst: WorstBacklog,
}

impl Fluid {
    pub(super) fn new(setup: FluidSetup) -> Self {
        Self {
            setup,
            rate: 0.0,
            running: 0,
            serving: 0,
            had_task: false,
            at: 0.0,
            waiting: VecDeque::new(),
            totals: RequestTotals::default(),
            worst: WorstBacklog::default(),
        }
    }

    pub(super) const fn totals(&self) -> &RequestTotals {
        &self.totals
    }

    pub(super) const fn worst(&self) -> WorstBacklog {
        self.worst
    }

    /// Requests that wait: those that came and are neither served nor lost.
    pub(super) fn waiting(&self) -> f64 {
        self.waiting.iter().fold(0.0, |sum, slice| sum + slice.rate * (slice.until - slice.from))
    }

    /// Requests a second that are served from now on, until something changes.
    pub(super) fn service_rate(&self) -> f64 {
        let capacity = f64::from(self.serving) / self.setup.work;
        let busy = !self.waiting.is_empty() || self.rate > capacity;
        if busy { capacity } else { self.rate }
    }

    /// Goes on to `now` with the present rate and tasks.
    pub(super) fn advance(&mut self, now: SimTime) {
        let now = now.as_secs_f64();
        let time = now - self.at;
        if time <= 0.0 {
            return;
        }
        self.totals.offered += self.rate * time;
        self.totals.running += f64::from(self.running) * time;
        self.totals.serving += f64::from(self.serving) * time;
        if self.serving == 0 {
            self.turn_away(now, time);
        } else {
            self.had_task = true;
            self.totals.received += self.rate * time;
            self.serve(now);
        }
        self.at = now;
    }

    /// No task serves: who comes is lost, who waits goes on waiting.
    fn turn_away(&mut self, now: f64, time: f64) {
        let lost = self.rate * time;
        self.totals.lost += lost;
        if !self.had_task {
            self.totals.lost_before_first += lost;
        }
        if lost > 0.0 || !self.waiting.is_empty() {
            self.totals.saturated += time;
            if self.setup.target.is_some() {
                self.totals.above_target += time;
            }
        }
        let oldest = now - self.setup.timeout;
        while let Some(first) = self.waiting.front_mut().filter(|first| first.from < oldest) {
            let until = first.until.min(oldest);
            self.totals.lost += first.rate * (until - first.from);
            first.from = until;
            if first.from >= first.until {
                self.waiting.pop_front();
            }
        }
    }

    /// Tasks serve until `now`, first come first served.
    fn serve(&mut self, now: f64) {
        let capacity = f64::from(self.serving) / self.setup.work;
        let mut at = self.at;
        if self.waiting.is_empty() && self.rate <= capacity {
            self.count(self.rate, now - at, false);
            return;
        }
        if self.rate > 0.0 {
            match self.waiting.back_mut() {
                // They came one after the other, alike.
                Some(last)
                    if [last.until, last.rate].map(f64::to_bits)
                        == [at, self.rate].map(f64::to_bits) =>
                {
                    last.until = now;
                }
                _ => self.waiting.push_back(Slice { from: at, until: now, rate: self.rate }),
            }
        }
        while at < now {
            let Some(first) = self.waiting.front().copied() else {
                // The last waiting one is served, and nobody comes.
                self.count(0.0, now - at, false);
                break;
            };
            if first.from >= at && first.rate <= capacity {
                // Nobody waits any more, and those who come are served at once.
                self.count(first.rate, now - at, false);
                self.waiting.pop_front();
                break;
            }
            at = self.serve_first(first, at, now, capacity);
            self.note_worst(at);
        }
    }

    /// Serves those who wait until something changes for the first of them; says when.
    fn serve_first(&mut self, first: Slice, at: f64, now: f64, capacity: f64) -> f64 {
        let age = at - first.from;
        // By so many seconds of arrivals a second goes on.
        let pace = capacity / first.rate;
        let expires = age >= self.setup.timeout - ROUNDING && pace < 1.0;
        let speed = if expires { 1.0 } else { pace };
        let left = first.until - first.from;
        let mut time = (now - at).min(left / speed);
        let mut from = None;
        if !expires && pace < 1.0 {
            let to_timeout = (self.setup.timeout - age) / (1.0 - pace);
            if to_timeout < time {
                time = to_timeout;
                from = Some(at + time - self.setup.timeout);
            }
        } else if pace > 1.0 {
            let to_none = age / (pace - 1.0);
            if to_none < time {
                time = to_none;
                from = Some(at + time);
            }
        }
        let whole = from.is_none() && left / speed <= time;
        let from = if whole { first.until } else { from.unwrap_or(first.from + speed * time) };
        let from = from.clamp(first.from, first.until);
        let passed = first.rate * (from - first.from);
        let served = if expires { (capacity * time).min(passed) } else { passed };
        self.totals.lost += passed - served;
        self.totals.served += served;
        self.note_use(capacity, time, true);
        if whole {
            self.waiting.pop_front();
        } else if let Some(first) = self.waiting.front_mut() {
            first.from = from;
        }
        // Time goes on whatever rounding does.
        (at + time).max(at.next_up())
    }

    fn count(&mut self, rate: f64, time: f64, saturated: bool) {
        self.totals.served += rate * time;
        self.note_use(rate, time, saturated);
    }

    /// Time passes while so many are served a second.
    fn note_use(&mut self, rate: f64, time: f64, saturated: bool) {
        if saturated {
            self.totals.saturated += time;
        }
        let used = rate * self.setup.cpu;
        let reserved = f64::from(self.running);
        // A share that is the target but for rounding is not above it.
        if self.setup.target.is_some_and(|target| used > target * reserved * (1.0 + 1e-9)) {
            self.totals.above_target += time;
        }
    }

    /// How many wait at `at`, if it is more than ever before.
    fn note_worst(&mut self, at: f64) {
        let came = |slice: &Slice| slice.rate * (slice.until.min(at) - slice.from).max(0.0);
        let waiting: f64 = self.waiting.iter().map(came).sum();
        if waiting > self.worst.waiting {
            let age = self.waiting.front().map_or(0.0, |first| at - first.from);
            self.worst = WorstBacklog { waiting, age, at };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SimDuration;

    /// Tasks that serve ten a second each; requests wait for 30 s.
    fn fluid() -> Fluid {
        Fluid::new(FluidSetup { work: 0.1, timeout: 30.0, cpu: 0.1, target: Some(0.6) })
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    fn is(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    }

    fn with(rate: f64, tasks: u32) -> Fluid {
        Fluid { rate, running: tasks, serving: tasks, ..fluid() }
    }

    fn is_conserved(fluid: &Fluid) {
        let RequestTotals { offered, served, lost, .. } = *fluid.totals();
        is(served + lost + fluid.waiting(), offered);
    }

    #[test]
    fn what_the_tasks_can_serve_waits_for_nothing() {
        let mut fluid = with(15.0, 2);
        fluid.advance(at(100));
        let totals = *fluid.totals();
        is(totals.served, 1_500.0);
        is(totals.lost + totals.saturated + fluid.waiting(), 0.0);
        is(totals.above_target, 100.0);
        fluid.rate = 12.0;
        fluid.advance(at(200));
        is(fluid.totals().above_target, 100.0);
    }

    #[test]
    fn what_is_too_much_waits_and_is_made_up_for() {
        // 30 a second at two tasks for 20 s: 200 wait, the first of them came at 13.33 s.
        let mut fluid = with(30.0, 2);
        fluid.advance(at(20));
        is(fluid.waiting(), 200.0);
        is(fluid.worst().waiting, 200.0);
        is(fluid.worst().age, 20.0 / 3.0);
        // 10 a second: ten of them a second are made up for.
        fluid.rate = 10.0;
        fluid.advance(at(30));
        is(fluid.waiting(), 100.0);
        fluid.advance(at(100));
        is(fluid.waiting(), 0.0);
        is(fluid.totals().served, 600.0 + 800.0);
        is(fluid.totals().saturated, 40.0);
        is(fluid.worst().at, 20.0);
        is_conserved(&fluid);
    }

    #[test]
    fn who_waited_for_the_timeout_is_lost_and_the_rest_is_served_at_full_speed() {
        // The wait grows by half a second a second: 30 s after 60 s. From then on ten a second are lost.
        let mut fluid = with(20.0, 1);
        fluid.advance(at(60));
        is(fluid.totals().lost, 0.0);
        is(fluid.waiting(), 600.0);
        fluid.advance(at(160));
        is(fluid.totals().lost, 1_000.0);
        is(fluid.totals().served, 1_600.0);
        is(fluid.waiting(), 600.0);
        is(fluid.worst().age, 30.0);
        is_conserved(&fluid);
    }

    #[test]
    fn without_tasks_who_comes_is_lost_and_who_waits_is_lost_in_time() {
        let mut fluid = with(20.0, 0);
        fluid.advance(at(10));
        is(fluid.totals().lost_before_first, 200.0);
        (fluid.running, fluid.serving) = (1, 1);
        fluid.advance(at(30));
        is(fluid.waiting(), 200.0);
        // They came from 20 s on, since 200 were served by then.
        (fluid.running, fluid.serving) = (0, 0);
        fluid.advance(at(55));
        is(fluid.waiting(), 100.0);
        is(fluid.totals().lost, 200.0 + 500.0 + 100.0);
        (fluid.running, fluid.serving) = (4, 4);
        fluid.rate = 0.0;
        fluid.advance(at(60));
        is(fluid.waiting(), 0.0);
        is(fluid.totals().served, 300.0);
        is_conserved(&fluid);
    }

    #[test]
    fn cutting_time_into_pieces_changes_nothing() {
        let changes = [(13.0, 1), (40.0, 3), (0.0, 2), (25.0, 1), (5.0, 1), (90.0, 0), (30.0, 4)];
        let run = |pieces: u64| {
            let mut fluid = fluid();
            for (n, (rate, tasks)) in (0..).zip(changes) {
                (fluid.rate, fluid.running, fluid.serving) = (rate, tasks, tasks);
                for piece in 1..=pieces {
                    let micros = n * 60_000_000 + piece * 60_000_000 / pieces;
                    fluid.advance(SimTime::from_micros(micros));
                    is_conserved(&fluid);
                }
            }
            fluid
        };
        let (whole, cut) = (run(1), run(7));
        is(whole.totals().served, cut.totals().served);
        is(whole.totals().lost, cut.totals().lost);
        is(whole.totals().above_target, cut.totals().above_target);
        is(whole.totals().saturated, cut.totals().saturated);
        is(whole.worst().waiting, cut.worst().waiting);
    }
}
