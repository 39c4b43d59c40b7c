//! Defaults of what keeps tasks of a service spread, and of what keeps them running.

use super::{Grade, OURS, Parameter, parameter};
use crate::scenario::deployment::TaskProtection;
use crate::units::SimDuration;

/// `availability_zone_rebalancing`, where the service admits it.
pub const AVAILABILITY_ZONE_REBALANCING: bool = true;
/// `availability_zone_rebalancing_interval`.
pub const AVAILABILITY_ZONE_REBALANCING_INTERVAL: SimDuration = SimDuration::from_secs(60);
/// `task_protection`, where a service has it.
pub const TASK_PROTECTION: TaskProtection =
    TaskProtection { from: SimDuration::ZERO, expires_in: SimDuration::from_secs(120 * 60) };

/// Where they come from.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter(
        "service.availability_zone_rebalancing",
        "\"ENABLED\"",
        Grade::Documented,
        "ECS developer guide, service-rebalancing: since 2025-09-05 for services that admit it",
        "2026",
    ),
    parameter(
        "service.availability_zone_rebalancing_interval",
        "\"60s\"",
        Grade::Assumed,
        OURS,
        "2026-11",
    ),
    parameter("service.task_protection.from", "\"0s\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "service.task_protection.expires_in",
        "\"2h\"",
        Grade::Documented,
        "ECS API, UpdateTaskProtection: expiresInMinutes",
        "2026",
    ),
];
