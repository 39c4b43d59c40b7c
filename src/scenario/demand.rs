//! What comes from outside: requests to services, and messages for them to work on.

use crate::random::Distribution;
use crate::units::SimDuration;

use super::spec::Scenario;

/// How many a second, over time: constant between its changes.
#[derive(Clone, Debug, PartialEq)]
pub enum RateShape {
    /// Always the same.
    Constant(f64),
    /// From each time on another rate; before the first none. In order of time.
    Steps(Vec<RateStep>),
    /// From one rate to another in equal steps, each with the rate of its middle.
    Ramp {
        /// Before.
        from: f64,
        /// After.
        to: f64,
        /// When it begins to change.
        start: SimDuration,
        /// When it has changed.
        end: SimDuration,
        /// Length of a step.
        every: SimDuration,
    },
    /// A day's course: a cosine around the mean, in steps, each with the rate of its middle.
    Diurnal {
        /// Over the day.
        mean: f64,
        /// The most.
        peak: f64,
        /// When: time of day, UTC.
        peak_at: SimDuration,
        /// Standard deviation of the logarithm of the factor by which each step differs; the factor's
        /// mean is 1.
        noise: f64,
        /// Length of a step.
        every: SimDuration,
    },
    /// A rate, and now and then another one for a while.
    Bursts {
        /// Between them.
        base: f64,
        /// In them.
        peak: f64,
        /// The end of one to the start of the next; the start of the run to the first.
        every: Distribution,
        /// How long each lasts.
        length: SimDuration,
    },
}

/// A rate from a time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateStep {
    /// From the beginning of the run.
    pub at: SimDuration,
    /// A second.
    pub rate: f64,
}

impl RateShape {
    /// How many there are up to the horizon: of a shape that goes up and down at its highest rate, noise
    /// left out.
    #[must_use]
    pub fn most_until(&self, horizon: SimDuration) -> f64 {
        let all = |rate: f64| rate * horizon.as_secs_f64();
        match self {
            Self::Constant(rate) => all(*rate),
            Self::Steps(steps) => {
                let ends = steps.iter().skip(1).map(|step| step.at).chain([horizon]);
                let one = |(step, end): (&RateStep, SimDuration)| {
                    step.rate * end.min(horizon).saturating_sub(step.at).as_secs_f64()
                };
                steps.iter().zip(ends).map(one).sum()
            }
            Self::Ramp { from, to, .. } => all(from.max(*to)),
            Self::Diurnal { peak, .. } => all(*peak),
            Self::Bursts { base, peak, .. } => all(base.max(*peak)),
        }
    }
}

/// Requests to a service. Several demands of one service add: their requests are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// Its name.
    pub name: String,
    /// Position in [`Scenario::services`].
    pub service: usize,
    /// Requests a second.
    pub shape: RateShape,
    /// What a request is to a task.
    pub request: Request,
}

/// What a request is to a task: the stated model of service times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// vCPU time that one takes.
    pub cpu_time: SimDuration,
    /// How long one is worked on, from its start to its end.
    pub latency: SimDuration,
    /// How many a task works on at once; `None`: as many as its CPU allows.
    pub concurrency: Option<u32>,
    /// How long one waits for a task before it is lost.
    pub timeout: SimDuration,
    /// Memory that a task uses without requests, MiB; `None`: not stated, and no memory is measured.
    pub idle_memory: Option<u32>,
    /// Memory that each request in progress adds, MiB.
    pub memory: u32,
    /// CPU utilisation that is to be kept, percent; `None`: not stated.
    pub target_utilization: Option<f64>,
}

/// A queue of messages that the tasks of a service work on.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Position in [`Scenario::services`].
    pub service: usize,
    /// Messages that are there at the start.
    pub initial_messages: u32,
    /// Messages a second on average: they arrive one by one, independently (Poisson); `None`: none
    /// arrives.
    pub arrivals: Option<RateShape>,
    /// How long a task works on one.
    pub processing_time: Distribution,
    /// How many a task works on at once.
    pub concurrency: u32,
    /// How long one that was received is hidden from others.
    pub visibility_timeout: SimDuration,
    /// The longest wait that is good enough; `None`: not stated.
    pub acceptable_latency: Option<SimDuration>,
    /// For how long a task protects itself from scale-in when it receives one; `None`: it does not.
    pub task_protection: Option<SimDuration>,
}

/// One call of a trace of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedCall {
    /// When, from the beginning of the run.
    pub at: SimDuration,
    /// How long its tasks run; `None`: as `run_for` says.
    pub run_for: Option<SimDuration>,
}

impl Scenario {
    /// Whether anything comes from outside.
    #[must_use]
    pub fn has_demand(&self) -> bool {
        !self.demands.is_empty() || !self.queues.is_empty()
    }
}
