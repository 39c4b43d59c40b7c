//! `strategy` of a `deployment_configuration`, and what belongs to each.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::deployment::DeploymentConfiguration;
use super::super::deployment_strategy::{
    CanaryConfiguration, DeploymentStrategy, EarlySuccess, LinearConfiguration, Permille,
    SourceCleanup,
};
use super::super::field::Field;
use super::super::parameters::deployments as p;
use super::super::reader::TableCursor;

/// Seconds of a bake time: 0 to 1,440 minutes (documented: ECS API).
const BAKE_TIME: (u64, u64) = (0, 86_400);
const MINUTE: u64 = 60_000_000;

/// Thousandths of the traffic of a canary, and of a step (documented: ECS API).
const CANARY_PERCENT: (f64, f64) = (0.1, 100.0);
const STEP_PERCENT: (f64, f64) = (3.0, 100.0);

/// Strategies by the names of the API.
pub(in super::super) const STRATEGIES: [(&str, DeploymentStrategy); 4] = [
    ("ROLLING", DeploymentStrategy::Rolling),
    ("BLUE_GREEN", DeploymentStrategy::BlueGreen),
    ("LINEAR", DeploymentStrategy::Linear),
    ("CANARY", DeploymentStrategy::Canary),
];

/// `source_service_revision_cleanup` by the names of the API.
pub(in super::super) const CLEANUPS: [(&str, SourceCleanup); 2] =
    [("BLOCKING", SourceCleanup::Blocking), ("DEFERRED", SourceCleanup::Deferred)];

/// Reads what says how the new revision gets tasks and traffic. What has no effect under the
/// strategy is warned of and is as by default.
pub(super) fn read(
    service: &TableCursor<'_>,
    cursor: &TableCursor<'_>,
    configuration: &mut DeploymentConfiguration,
) {
    let d = p::DEPLOYMENT_CONFIGURATION;
    let strategy = cursor.parameter("strategy", d.strategy, |field| field.word(&STRATEGIES));
    let bake_time = cursor.parameter("bake_time", d.bake_time, bake_time);
    let canary = canary(cursor);
    let linear = linear(cursor);
    let early_success = early_success(cursor, configuration.minimum_healthy_percent);
    let is = |wanted| strategy == wanted;
    configuration.strategy = strategy;
    configuration.bake_time = if is(DeploymentStrategy::Rolling) { d.bake_time } else { bake_time };
    configuration.canary = if is(DeploymentStrategy::Canary) { canary } else { d.canary };
    configuration.linear = if is(DeploymentStrategy::Linear) { linear } else { d.linear };
    configuration.early_success = early_success.filter(|_| is(DeploymentStrategy::Rolling));
    of_another(cursor, strategy, configuration.circuit_breaker.enable);
    needs_bake_time(cursor, strategy);
    needs_load_balancer(service, cursor, strategy);
}

/// A bake time: the API takes whole minutes.
fn bake_time(field: &Field<'_>) -> Option<SimDuration> {
    let time = field.duration_between(BAKE_TIME)?;
    if time.as_micros().is_multiple_of(MINUTE) {
        return Some(time);
    }
    let finding = field.finding(Code::OutOfRange, "must be whole minutes");
    field.wrong(finding.label("not whole minutes").help("the API takes minutes: \"10m\""));
    None
}

/// A share of the traffic: the API takes tenths of a percent.
fn share(field: &Field<'_>, (least, most): (f64, f64)) -> Option<Permille> {
    let percent = field.number(least, most)?;
    let tenths = (percent * 10.0).round();
    if (percent * 10.0 - tenths).abs() > 1e-6 {
        let finding = field.finding(Code::OutOfRange, "must be a multiple of 0.1");
        field.wrong(finding.label("too fine").help("the API takes tenths of a percent"));
        return None;
    }
    // In range: at most 1,000.
    Some(Permille(tenths as u32))
}

fn canary(cursor: &TableCursor<'_>) -> CanaryConfiguration {
    let cursor = cursor.table_or_empty("canary_configuration");
    let d = p::DEPLOYMENT_CONFIGURATION.canary;
    let read = CanaryConfiguration {
        canary_percent: cursor
            .parameter("canary_percent", d.canary_percent, |field| share(field, CANARY_PERCENT)),
        canary_bake_time: cursor.parameter("canary_bake_time", d.canary_bake_time, bake_time),
    };
    cursor.finish_with(advice);
    read
}

fn linear(cursor: &TableCursor<'_>) -> LinearConfiguration {
    let cursor = cursor.table_or_empty("linear_configuration");
    let d = p::DEPLOYMENT_CONFIGURATION.linear;
    let read = LinearConfiguration {
        step_percent: cursor
            .parameter("step_percent", d.step_percent, |field| share(field, STEP_PERCENT)),
        step_bake_time: cursor.parameter("step_bake_time", d.step_bake_time, bake_time),
    };
    cursor.finish_with(advice);
    read
}

/// Documented (ECS API, `DeploymentEarlySuccessCriteria`): with `enable` both others must be given, and
/// the percentage is not below `minimumHealthyPercent`.
fn early_success(cursor: &TableCursor<'_>, minimum: u32) -> Option<EarlySuccess> {
    let cursor = cursor.table_or_empty("early_success_criteria");
    let enable = cursor.parameter("enable", false, Field::boolean);
    let (percent, cleanup) = ("healthy_percent", "source_service_revision_cleanup");
    let (healthy, when) = if enable {
        let cleanup = cursor.required(cleanup, "source_service_revision_cleanup = \"BLOCKING\"");
        (cursor.required(percent, "healthy_percent = 90"), cleanup)
    } else {
        (cursor.field(percent), cursor.field(cleanup))
    };
    let help = "it is not below `minimum_healthy_percent`: lower that, or raise this";
    let healthy = healthy.and_then(|field| field.whole_or(minimum.min(100), 100, help));
    let when = when.and_then(|field| field.word(&CLEANUPS));
    cursor.finish();
    enable.then_some(EarlySuccess { healthy_percent: healthy?, cleanup: when? })
}

/// Settings of another strategy.
fn of_another(cursor: &TableCursor<'_>, strategy: DeploymentStrategy, breaker: bool) {
    let rolling = strategy == DeploymentStrategy::Rolling;
    let settings = [
        ("bake_time", rolling, "only the other strategies shift traffic: leave it out"),
        (
            "canary_configuration",
            strategy != DeploymentStrategy::Canary,
            "write `strategy = \"CANARY\"`, or leave it out",
        ),
        (
            "linear_configuration",
            strategy != DeploymentStrategy::Linear,
            "write `strategy = \"LINEAR\"`, or leave it out",
        ),
        (
            "early_success_criteria",
            !rolling,
            "only rolling deployments are completed early: leave it out",
        ),
        (
            "deployment_circuit_breaker",
            breaker && [DeploymentStrategy::Linear, DeploymentStrategy::Canary].contains(&strategy),
            "it watches rolling and blue/green deployments alone; these end when a stage has \
             lasted 24 h",
        ),
    ];
    for (key, idle, help) in settings {
        if let Some(field) = cursor.field(key).filter(|_| idle) {
            let predicate = format!("has no effect: the strategy is {}", strategy.name());
            let finding = field.finding(Code::NoEffect, &predicate).label("nothing follows");
            cursor.report(finding.help(help));
        }
    }
}

/// Documented (ECS API, `DeploymentConfiguration`): `bakeTimeInMinutes` must be given with
/// `BLUE_GREEN`.
fn needs_bake_time(cursor: &TableCursor<'_>, strategy: DeploymentStrategy) {
    if strategy == DeploymentStrategy::BlueGreen {
        let example = "bake_time = \"10m\"";
        let _: Option<Field<'_>> = cursor.required("bake_time", example);
    }
}

/// Documented (ECS developer guide, canary-deployment-implementation and
/// linear-deployment-implementation): the service must have something that ECS can shift traffic
/// with; a blue/green one need not (blue-green-deployment-implementation).
fn needs_load_balancer(
    service: &TableCursor<'_>,
    cursor: &TableCursor<'_>,
    strategy: DeploymentStrategy,
) {
    if service.field("load_balancer").is_some() {
        return;
    }
    let what = match strategy {
        DeploymentStrategy::Rolling | DeploymentStrategy::BlueGreen => return,
        DeploymentStrategy::Linear => "moves traffic step by step",
        DeploymentStrategy::Canary => "sends a little of the traffic to the new revision first",
    };
    let Some(field) = cursor.field("strategy") else { return };
    let predicate = format!("{what}, and the service has no `load_balancer`");
    let finding = field.finding(Code::NothingShiftsTraffic, &predicate).label("no traffic to move");
    cursor.report(finding.help(
        "add `load_balancer = {}`; without one a service can have ROLLING, or BLUE_GREEN: all new \
         tasks first, then the old ones go",
    ));
}

/// What to say of keys that the API has and scenarios do not.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "canary_bake_time_in_minutes" => {
            Some("write it as a duration: `canary_bake_time = \"10m\"`")
        }
        "step_bake_time_in_minutes" => Some("write it as a duration: `step_bake_time = \"6m\"`"),
        _ => None,
    }
}
