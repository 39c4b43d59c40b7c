//! What does not change of what comes from outside.

use crate::scenario::{RateShape, Request};
use crate::units::{CPU_UNITS_PER_VCPU, Resources, ServiceId, SimDuration};

use super::fluid::FluidSetup;

/// Requests to a service, resolved.
#[derive(Clone, Debug)]
pub struct DemandSetup {
    /// Its name.
    pub name: String,
    /// To which service.
    pub service: ServiceId,
    /// Requests a second.
    pub shape: RateShape,
    /// What a request is to a task: the same for all demands of a service.
    pub request: RequestSetup,
}

/// What a request is to a task of the service's first revision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestSetup {
    /// Seconds that a task works for a request, where it works on one after the other.
    pub work: f64,
    /// Seconds for which a request waits.
    pub timeout: f64,
    /// Seconds of all CPU that a task reserves that a request takes.
    pub cpu_share: f64,
    /// Share of its memory that a task without requests uses; `None`: not stated.
    pub idle_memory_share: Option<f64>,
    /// Share of a task's memory that a request takes, times the seconds for which it does.
    pub memory_share_seconds: f64,
    /// CPU utilisation that is to be kept, a share.
    pub target: Option<f64>,
}

impl RequestSetup {
    /// Requests to tasks of this size.
    ///
    /// Assumed: a task uses no more CPU than it reserves; while it works on as many requests as it can,
    /// others wait.
    #[must_use]
    pub fn new(request: &Request, size: &Resources) -> Self {
        let vcpus = f64::from(size.cpu.max(1)) / f64::from(CPU_UNITS_PER_VCPU);
        let memory = f64::from(size.memory.max(1));
        let cpu_share = request.cpu_time.as_secs_f64() / vcpus;
        let latency = request.latency.as_secs_f64();
        let slots = request.concurrency.map(|at_once| latency / f64::from(at_once));
        Self {
            work: cpu_share.max(slots.unwrap_or(0.0)).max(SHORTEST),
            timeout: request.timeout.as_secs_f64(),
            cpu_share,
            idle_memory_share: request.idle_memory.map(|idle| f64::from(idle) / memory),
            memory_share_seconds: f64::from(request.memory) / memory * latency,
            target: request.target_utilization.map(|percent| percent / 100.0),
        }
    }

    pub(super) const fn fluid(&self) -> FluidSetup {
        FluidSetup {
            work: self.work,
            timeout: self.timeout,
            cpu: self.cpu_share,
            target: self.target,
        }
    }
}

/// No request takes less of a task, seconds.
const SHORTEST: f64 = 1e-9;

/// A queue of messages, resolved.
#[derive(Clone, Debug)]
pub struct QueueSetup {
    /// Its name.
    pub name: String,
    /// Whose tasks work on them.
    pub service: ServiceId,
    /// Messages that are there at the start.
    pub initial_messages: u32,
    /// Messages a second on average; `None`: none arrives.
    pub arrivals: Option<RateShape>,
    /// How many a task works on at once.
    pub concurrency: u32,
    /// How long one that was received is hidden from others.
    pub visibility_timeout: SimDuration,
    /// The longest wait that is good enough.
    pub acceptable_latency: Option<SimDuration>,
    /// For how long a task protects itself from scale-in when it receives one; `None`: it does not.
    pub task_protection: Option<SimDuration>,
}
