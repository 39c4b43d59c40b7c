//! `[[service]]`: tasks that are kept running.

use super::super::field::Field;
use super::super::parameters::LAUNCH_RATE_PER_MINUTE;
use super::super::parameters::auto_scaling_group::PLACEMENT_RETRY;
use super::super::parameters::deployments::{HEALTH_CHECK_GRACE_PERIOD, HEALTHY_AFTER_RUNNING};
use super::super::parameters::faults::START_BACKOFF;
use super::super::parameters::zone_rebalancing::AVAILABILITY_ZONE_REBALANCING_INTERVAL;
use super::super::reader::TableCursor;
use super::super::spec::{SchedulingStrategy, Service, StartBackoff};
use super::deployment;
use super::monitoring;
use super::names::{Name, Names, required_name};
use super::placement::{self, Owner};
use super::strategy::{self, Providers};
use super::{task_protection, zone_rebalancing};
use crate::units::SimDuration;

/// Most tasks that a service may ask for here; ECS's own quota is lower and warned about.
const DESIRED_LIMIT: u32 = 1_000_000;

/// Largest growth of the wait after failed starts.
const MOST_BACKOFF_FACTOR: u32 = 100;

/// `version_consistency` by name.
pub(in super::super) const CONSISTENCY: [(&str, bool); 2] =
    [("enabled", true), ("disabled", false)];

/// `scheduling_strategy` by name.
pub(in super::super) const SCHEDULING_STRATEGIES: [(&str, SchedulingStrategy); 2] =
    [("REPLICA", SchedulingStrategy::Replica), ("DAEMON", SchedulingStrategy::Daemon)];

/// A service and its name.
pub(super) fn read(
    cursor: &TableCursor<'_>,
    definitions: &Names,
    providers: &Providers,
    fargate_rate: u32,
) -> (Service, Name) {
    let name = required_name(cursor, "name", "name = \"web\"");
    let definition = cursor
        .required("task_definition", "task_definition = \"web\"")
        .and_then(|field| definitions.resolve(&field));
    let (scheduling_strategy, desired) = scheduled(cursor);
    let strategy = strategy::read(cursor, providers);
    let on_fargate = strategy::is_fargate(&strategy, providers);
    let service = Service {
        name: name.text.clone().unwrap_or_default(),
        task_definition: definition.unwrap_or(0),
        scheduling_strategy,
        desired_count: desired.unwrap_or(0),
        create_at: cursor.parameter("create_at", SimDuration::ZERO, |field| field.duration()),
        strategy,
        version_consistency: cursor
            .parameter("version_consistency", true, |field| field.word(&CONSISTENCY)),
        launch_rate_per_minute: cursor.parameter(
            "launch_rate_per_minute",
            if on_fargate { fargate_rate } else { LAUNCH_RATE_PER_MINUTE },
            |field| field.whole(1, 1_000_000),
        ),
        start_backoff: start_backoff(cursor),
        placement_retry: cursor
            .parameter("placement_retry", PLACEMENT_RETRY, |field| field.positive_duration()),
        monitoring: monitoring::read(cursor),
        placement_strategy: placement::strategy(cursor),
        placement_constraints: placement::constraints(cursor, Owner::Group),
        deployment_configuration: deployment::configuration(cursor, scheduling_strategy),
        health_check_grace_period: cursor.parameter(
            "health_check_grace_period",
            HEALTH_CHECK_GRACE_PERIOD,
            |field| field.duration(),
        ),
        healthy_after_running: cursor.parameter(
            "healthy_after_running",
            HEALTHY_AFTER_RUNNING,
            |field| field.duration(),
        ),
        load_balancer: deployment::load_balancer(cursor),
        availability_zone_rebalancing: zone_rebalancing::read(cursor),
        availability_zone_rebalancing_interval: cursor.parameter(
            "availability_zone_rebalancing_interval",
            AVAILABILITY_ZONE_REBALANCING_INTERVAL,
            |field| field.positive_duration(),
        ),
        task_protection: task_protection::read(cursor),
    };
    cursor.finish_with(advice);
    (service, name)
}

/// The scheduling strategy, and the count that a replica service states. What stands in a daemon service
/// is judged with its other rules.
fn scheduled(cursor: &TableCursor<'_>) -> (SchedulingStrategy, Option<u32>) {
    let key = "scheduling_strategy";
    let strategy = cursor
        .parameter(key, SchedulingStrategy::Replica, |field| field.word(&SCHEDULING_STRATEGIES));
    let replica = |text: &str| text.eq_ignore_ascii_case("REPLICA");
    let count = match cursor.field(key) {
        Some(field) if !field.node.value.as_text().is_some_and(replica) => {
            cursor.field("desired_count")
        }
        Some(_) | None => cursor.required("desired_count", "desired_count = 3"),
    };
    let count = count.filter(|_| strategy == SchedulingStrategy::Replica);
    (strategy, count.and_then(|field| desired(&field)))
}

/// The wait after failed starts.
fn start_backoff(cursor: &TableCursor<'_>) -> StartBackoff {
    let default = START_BACKOFF;
    StartBackoff {
        first: cursor.parameter("start_backoff", default.first, |field| field.positive_duration()),
        factor: cursor.parameter("start_backoff_factor", default.factor, |field| {
            field.whole(1, MOST_BACKOFF_FACTOR)
        }),
        max: cursor.parameter("start_backoff_max", default.max, |field| field.positive_duration()),
    }
}

/// A desired count.
pub(super) fn desired(field: &Field<'_>) -> Option<u32> {
    field.whole(0, DESIRED_LIMIT)
}

/// What to say of keys that Terraform and the API have and scenarios do not.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "health_check_grace_period_seconds" => {
            Some("write it as a duration: `health_check_grace_period = \"60s\"`")
        }
        "load_balancers" => Some("write `load_balancer = {}`, with what differs from the defaults"),
        "deployment_minimum_healthy_percent" => Some(
            "write it within its table: `deployment_configuration = { minimum_healthy_percent = 50 }`",
        ),
        "deployment_maximum_percent" => Some(
            "write it within its table: `deployment_configuration = { maximum_percent = 150 }`",
        ),
        "deployment_circuit_breaker" => Some(
            "write it within its table: `deployment_configuration = { deployment_circuit_breaker = { \
             enable = true } }`",
        ),
        "cluster" | "network_configuration" | "propagate_tags" | "tags" | "iam_role" => {
            Some("nothing in a simulation depends on it: leave it out")
        }
        _ => None,
    }
}
