//! Defaults of faults, and of what services do when starts fail.

use super::{Grade, OURS, Parameter, parameter};
use crate::scenario::StartBackoff;
use crate::units::SimDuration;

/// `start_backoff`, `start_backoff_factor`, `start_backoff_max`.
pub const START_BACKOFF: StartBackoff = StartBackoff {
    first: SimDuration::from_secs(10),
    factor: 2,
    max: SimDuration::from_secs(27 * 60),
};
/// `fault.detected_after`.
pub const DETECTED_AFTER: SimDuration = SimDuration::from_secs(60);
/// `fault.window`.
pub const STORM_WINDOW: SimDuration = SimDuration::from_secs(180);
/// `fault.health_timeout`.
pub const HEALTH_TIMEOUT: SimDuration = SimDuration::from_secs(10 * 60);
/// `fault.fails_after`: five attempts with 1.1, 2.2, 4.4 and 5 s between them.
pub const PULL_FAILS_AFTER: SimDuration = SimDuration::from_secs(13);
/// `fault.timeout`.
pub const ENI_TIMEOUT: SimDuration = SimDuration::from_secs(180);
/// `fault.burst`.
pub const RUN_INSTANCES_BURST: u32 = 1_000;
/// `fault.refill_per_second`, millionths.
pub const RUN_INSTANCES_REFILL_MICRO: u64 = 2_000_000;
/// `fault.percent`, parts per million: all.
pub const ALL_PPM: u32 = 1_000_000;
/// A factor that changes nothing, parts per million.
pub const UNCHANGED_PPM: u64 = 1_000_000;

/// Those of them that a scenario may leave out.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter("service.start_backoff", "\"10s\"", Grade::Assumed, OURS, "2026-11"),
    parameter("service.start_backoff_factor", "2", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "service.start_backoff_max",
        "\"27m\"",
        Grade::Documented,
        "ECS developer guide, service-throttle-logic",
        "2026",
    ),
    parameter("fault.instances", "\"lost\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "fault.detected_after",
        "\"60s\"",
        Grade::Assumed,
        "EC2 checks the status of an instance every minute (EC2 user guide, status checks); what ECS makes \
         of it is not documented",
        "2026",
    ),
    parameter("fault.probability", "1.0", Grade::Assumed, OURS, "2026-11"),
    parameter("fault.percent", "100.0", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "fault.window",
        "\"3m\"",
        Grade::Measured { n: 2_635 },
        "92 % of the losses of one pool fall within three minutes (arXiv 2604.16457)",
        "2026",
    ),
    parameter("fault.stuck_in", "\"running\"", Grade::Assumed, OURS, "2026-11"),
    parameter("fault.health_timeout", "\"10m\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "fault.fails_after",
        "\"13s\"",
        Grade::Assumed,
        "source of the ECS agent: five attempts with waits of 1.1, 2.2, 4.4 and 5 s between them",
        "2025",
    ),
    parameter("fault.cause", "\"timeout\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "fault.timeout",
        "\"180s\"",
        Grade::Documented,
        "aws/amazon-ecs-agent#1520: the agent waits three minutes for an interface",
        "2018",
    ),
    parameter("fault.available_ip_address_count", "0", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "fault.burst",
        "1000",
        Grade::Documented,
        "EC2 API reference, request throttling: resource bucket of RunInstances",
        "2026",
    ),
    parameter(
        "fault.refill_per_second",
        "2.0",
        Grade::Documented,
        "EC2 API reference, request throttling: resource bucket of RunInstances",
        "2026",
    ),
    parameter("fault.quota", "\"on-demand-vcpus\"", Grade::Assumed, OURS, "2026-11"),
    parameter("fault.by", "\"stop-task\"", Grade::Assumed, OURS, "2026-11"),
];
