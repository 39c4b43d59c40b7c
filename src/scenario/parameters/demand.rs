//! Defaults of `[[demand]]` and `[[queue]]`.

use crate::units::SimDuration;

use super::{Grade, Parameter, parameter};

/// `demand.timeout`.
pub const TIMEOUT: SimDuration = SimDuration::from_secs(60);
/// `queue.initial_messages`.
pub const INITIAL_MESSAGES: u32 = 0;
/// `queue.concurrency`.
pub const CONCURRENCY: u32 = 1;
/// `queue.visibility_timeout`.
pub const VISIBILITY_TIMEOUT: SimDuration = SimDuration::from_secs(30);

/// Where they come from.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter(
        "demand.latency",
        "",
        Grade::Assumed,
        "ours: as long as its CPU takes, nothing else to wait for",
        "2026",
    ),
    parameter(
        "demand.concurrency",
        "",
        Grade::Assumed,
        "ours: as many requests as the task's CPU allows",
        "2026",
    ),
    parameter(
        "demand.timeout",
        "\"60s\"",
        Grade::Assumed,
        "ours: the default idle timeout of an Application Load Balancer (documented, 60 s)",
        "2026",
    ),
    parameter(
        "demand.idle_memory_mib",
        "",
        Grade::Assumed,
        "ours: without it no memory utilisation is measured",
        "2026",
    ),
    parameter(
        "demand.memory_per_request_mib",
        "",
        Grade::Assumed,
        "ours: a request takes no memory",
        "2026",
    ),
    parameter(
        "demand.target_utilization_percent",
        "",
        Grade::Assumed,
        "ours: without it no time above it is counted",
        "2026",
    ),
    parameter(
        "queue.initial_messages",
        "0",
        Grade::Assumed,
        "ours: the queue is empty at the start",
        "2026",
    ),
    parameter(
        "queue.concurrency",
        "1",
        Grade::Assumed,
        "ours: a task works on one message after the other",
        "2026",
    ),
    parameter(
        "queue.visibility_timeout",
        "\"30s\"",
        Grade::Documented,
        "SQS developer guide, sqs-visibility-timeout",
        "2026",
    ),
    parameter(
        "queue.task_protection.expires_in",
        "\"2h\"",
        Grade::Documented,
        "ECS developer guide, task-scale-in-protection-endpoint: ExpiresInMinutes",
        "2026",
    ),
    parameter(
        "queue.acceptable_latency",
        "",
        Grade::Assumed,
        "ours: without it no message is late",
        "2026",
    ),
];
