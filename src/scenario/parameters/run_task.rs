//! Defaults of `[[run_task]]`.

use super::{Grade, OURS, Parameter, parameter};

/// `schedule_expression_timezone`.
pub const SCHEDULE_EXPRESSION_TIMEZONE: &str = "UTC";

/// `failure.probability`.
pub const FAILURE_PROBABILITY: f64 = 1.0;
/// `failure.exit_code`, of a task definition too.
pub const FAILURE_EXIT_CODE: u8 = 1;

/// Where they come from.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter(
        "run_task.group",
        "",
        Grade::Documented,
        "ECS developer guide, task-groups: family:FAMILY",
        "2026",
    ),
    parameter(
        "run_task.placement_strategy",
        "",
        Grade::Assumed,
        "no default is documented for standalone tasks: at random among the instances that fit",
        "2026",
    ),
    parameter(
        "run_task.placement_constraints",
        "",
        Grade::Documented,
        "ECS API, RunTask: none unless stated",
        "2026",
    ),
    parameter(
        "run_task.schedule_expression_timezone",
        "\"UTC\"",
        Grade::Documented,
        "EventBridge Scheduler API, CreateSchedule",
        "2026",
    ),
    parameter("run_task.failure.probability", "1.0", Grade::Assumed, OURS, "2026-11"),
    parameter("run_task.failure.exit_code", "1", Grade::Assumed, OURS, "2026-11"),
    parameter("task_definition.failure.exit_code", "1", Grade::Assumed, OURS, "2026-11"),
];
