//! `deployment_configuration`, `load_balancer` and `health_check`.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::deployment::{
    CircuitBreaker, DeploymentConfiguration, FailureThreshold, HealthCheck, LoadBalancer,
    ThresholdType,
};
use super::super::field::Field;
use super::super::parameters::deployments as p;
use super::super::reader::TableCursor;
use super::super::spec::SchedulingStrategy;
use super::deployment_strategy;

/// Most percent (ours; the API admits any integer).
const PERCENT_LIMIT: u32 = 10_000;

/// Seconds between two checks of a load balancer (documented: Elastic Load Balancing API).
const TARGET_INTERVAL: (u64, u64) = (5, 300);

/// Checks in a row (documented: Elastic Load Balancing API).
const TARGET_THRESHOLD: (u32, u32) = (2, 10);

/// Seconds of a deregistration delay (documented: Elastic Load Balancing API).
const DEREGISTRATION_DELAY: (u64, u64) = (0, 3_600);

/// Seconds between two checks of a container, and retries (documented: ECS API, `HealthCheck`).
const CONTAINER_INTERVAL: (u64, u64) = (5, 300);
const CONTAINER_RETRIES: (u32, u32) = (1, 10);
const START_PERIOD: (u64, u64) = (0, 300);

/// What a threshold's value is, by the names of the API.
pub(in super::super) const THRESHOLD_TYPES: [(&str, ThresholdType); 3] = [
    ("BOUNDED_PERCENT", ThresholdType::BoundedPercent),
    ("UNBOUNDED_PERCENT", ThresholdType::UnboundedPercent),
    ("COUNT", ThresholdType::Count),
];

/// How a service's tasks are replaced.
pub(super) fn configuration(
    service: &TableCursor<'_>,
    scheduling: SchedulingStrategy,
) -> DeploymentConfiguration {
    let cursor = service.table_or_empty("deployment_configuration");
    let d = match scheduling {
        SchedulingStrategy::Replica => p::DEPLOYMENT_CONFIGURATION,
        SchedulingStrategy::Daemon => p::DAEMON_DEPLOYMENT_CONFIGURATION,
    };
    let percent = |key, default, least| {
        cursor.parameter(key, default, |field: &Field<'_>| percent(field, key, least))
    };
    let mut configuration = DeploymentConfiguration {
        minimum_healthy_percent: percent("minimum_healthy_percent", d.minimum_healthy_percent, 0),
        maximum_percent: percent("maximum_percent", d.maximum_percent, 100),
        circuit_breaker: circuit_breaker(&cursor.table_or_empty("deployment_circuit_breaker")),
        ..d
    };
    deployment_strategy::read(service, &cursor, &mut configuration);
    cursor.finish_with(advice);
    never_moves(service, &cursor, &configuration, scheduling);
    configuration
}

fn percent(field: &Field<'_>, key: &str, least: u32) -> Option<u32> {
    let most = if key == "maximum_percent" { PERCENT_LIMIT } else { 100 };
    field.whole(least, most)
}

/// A service that may neither start a task more nor stop one: documented (ECS API,
/// `DeploymentConfiguration`) for a maximum of 100 % beside a minimum of 100 %.
fn never_moves(
    service: &TableCursor<'_>,
    cursor: &TableCursor<'_>,
    configuration: &DeploymentConfiguration,
    scheduling: SchedulingStrategy,
) {
    let moves = configuration.maximum_percent > 100 || configuration.minimum_healthy_percent < 100;
    // Where traffic shifts each revision has its own count.
    if moves || configuration.shifts_traffic() {
        return;
    }
    // The maximum of a daemon service is 100 % whether it says so or not.
    let field = cursor.field("maximum_percent").or_else(|| cursor.field("minimum_healthy_percent"));
    if let Some(field) = field {
        let predicate = "leaves no room for a deployment: with a minimum of 100 % no task may stop \
                         before another runs, and with a maximum of 100 % no other may start";
        let finding = field.finding(Code::NeverMoves, predicate).label("cannot move");
        service.report(finding.help(match scheduling {
            SchedulingStrategy::Replica => {
                "raise `maximum_percent`, or lower `minimum_healthy_percent`"
            }
            SchedulingStrategy::Daemon => "lower `minimum_healthy_percent`",
        }));
    }
}

fn circuit_breaker(cursor: &TableCursor<'_>) -> CircuitBreaker {
    let d = p::DEPLOYMENT_CONFIGURATION.circuit_breaker;
    let threshold = cursor.table_or_empty("threshold_configuration");
    let switch = |key, default| cursor.parameter(key, default, |field: &Field<'_>| field.boolean());
    let breaker = CircuitBreaker {
        enable: switch("enable", d.enable),
        rollback: switch("rollback", d.rollback),
        reset_on_healthy_task: switch("reset_on_healthy_task", d.reset_on_healthy_task),
        threshold: FailureThreshold {
            kind: threshold
                .parameter("type", d.threshold.kind, |field| field.word(&THRESHOLD_TYPES)),
            value: threshold
                .parameter("value", d.threshold.value, |field| field.whole(1, 1_000_000)),
        },
    };
    threshold.finish();
    cursor.finish();
    breaker
}

/// The load balancer, where a service has one.
pub(super) fn load_balancer(service: &TableCursor<'_>) -> Option<LoadBalancer> {
    let cursor = service.field("load_balancer")?.table()?;
    let d = p::LOAD_BALANCER;
    let whole = |key, default| {
        let (least, most) = TARGET_THRESHOLD;
        cursor.parameter(key, default, |field: &Field<'_>| field.whole(least, most))
    };
    let balancer = LoadBalancer {
        health_check: HealthCheck {
            interval: cursor.parameter("health_check_interval", d.health_check.interval, |field| {
                field.duration_between(TARGET_INTERVAL)
            }),
            healthy_threshold: whole("healthy_threshold", d.health_check.healthy_threshold),
            unhealthy_threshold: whole("unhealthy_threshold", d.health_check.unhealthy_threshold),
            start_period: SimDuration::ZERO,
        },
        deregistration_delay: cursor.parameter(
            "deregistration_delay",
            d.deregistration_delay,
            |field| field.duration_between(DEREGISTRATION_DELAY),
        ),
    };
    cursor.finish_with(advice);
    Some(balancer)
}

/// The check of a container, where a task definition has one.
pub(super) fn health_check(definition: &TableCursor<'_>) -> Option<HealthCheck> {
    let cursor = definition.field("health_check")?.table()?;
    let d = p::CONTAINER_HEALTH_CHECK;
    let (least, most) = CONTAINER_RETRIES;
    let check = HealthCheck {
        interval: cursor
            .parameter("interval", d.interval, |field| field.duration_between(CONTAINER_INTERVAL)),
        healthy_threshold: d.healthy_threshold,
        unhealthy_threshold: cursor
            .parameter("retries", d.unhealthy_threshold, |field| field.whole(least, most)),
        start_period: cursor.parameter("start_period", d.start_period, |field| {
            field.duration_between(START_PERIOD)
        }),
    };
    cursor.finish_with(advice);
    Some(check)
}

/// What to say of keys that the API has and scenarios do not.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "bake_time_in_minutes" => Some("write it as a duration: `bake_time = \"10m\"`"),
        "alarms" | "lifecycle_hooks" => Some("not simulated: leave it out"),
        "command" | "timeout" | "target_group_arn" | "container_name" | "container_port"
        | "health_check_path" | "matcher" => {
            Some("nothing in a simulation depends on it: leave it out")
        }
        _ => None,
    }
}
