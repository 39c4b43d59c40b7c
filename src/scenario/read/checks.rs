//! What the parts of a scenario must be to each other: amounts that are too large together, and things
//! that never happen.

use crate::io::Code;
use crate::random::Distribution;
use crate::units::SimDuration;

use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spec::{RunTask, Scenario, ServiceUpdate};

/// Most tasks that a run is meant for.
const TASK_LIMIT: f64 = 10e6;

/// The tables that the checks point at, in the order of the scenario's lists.
pub(super) struct Cursors<'a> {
    /// `[[task_definition]]`.
    pub(super) definitions: Vec<TableCursor<'a>>,
    /// `[[service]]`.
    pub(super) services: Vec<TableCursor<'a>>,
    /// `[[run_task]]`.
    pub(super) run_tasks: Vec<TableCursor<'a>>,
    /// `[[update_service]]`, as they stand in the file.
    pub(super) updates: Vec<TableCursor<'a>>,
}

/// All checks.
pub(super) fn check(top: &TableCursor<'_>, scenario: &Scenario, cursors: &Cursors<'_>) {
    services(scenario, cursors);
    too_many_services(scenario, cursors);
    run_tasks(scenario, cursors);
    total(scenario, cursors);
    if top.field("service").is_none() && top.field("run_task").is_none() {
        let finding =
            Finding::new(Code::NoTasks, top.span, "nothing in the scenario asks for a task");
        top.report(finding.help("add a [[service]] or a [[run_task]]"));
    }
}

fn services(scenario: &Scenario, cursors: &Cursors<'_>) {
    for (service, cursor) in scenario.services.iter().zip(&cursors.services) {
        after_horizon(scenario, cursor, "create_at", service.create_at);
        over_quota(scenario, cursor, service.desired_count);
    }
    for (update, cursor) in scenario.service_updates.iter().zip(&cursors.updates) {
        after_horizon(scenario, cursor, "at", update.at);
        over_quota(scenario, cursor, update.desired_count.unwrap_or(0));
        before_creation(scenario, cursor, update);
    }
}

/// Documented: UpdateService of a service that is not there fails (ServiceNotFoundException).
fn before_creation(scenario: &Scenario, cursor: &TableCursor<'_>, update: &ServiceUpdate) {
    let Some(service) = scenario.services.get(update.service) else { return };
    if update.at >= service.create_at {
        return;
    }
    if let Some(field) = cursor.field("at") {
        let created = service.create_at;
        let predicate = format!("has no effect: the service is created {created} after the start");
        let finding = field.finding(Code::NoEffect, &predicate).label("too early");
        cursor
            .report(finding.help(format!("write a time from {created} on, or change `create_at`")));
    }
}

fn after_horizon(
    scenario: &Scenario,
    cursor: &TableCursor<'_>,
    key: &'static str,
    at: SimDuration,
) {
    // Where no horizon could be read, an error may be why.
    let unsure = !cursor.is_stated("horizon") && cursor.has_errors();
    if at <= scenario.horizon || unsure {
        return;
    }
    if let Some(field) = cursor.field(key) {
        let predicate = format!("is after the horizon of {} and never happens", scenario.horizon);
        cursor.report(field.finding(Code::AfterHorizon, &predicate).label("too late"));
    }
}

/// Documented: ECS service quotas, of tasks of one service and of services of one cluster.
fn over_quota(scenario: &Scenario, cursor: &TableCursor<'_>, desired: u32) {
    let quota = scenario.tasks_per_service_quota;
    if desired <= quota {
        return;
    }
    if let Some(field) = cursor.field("desired_count") {
        let predicate = format!("is above the ECS quota of {quota} tasks per service");
        let help = "AWS lists it as not adjustable: share the tasks among services, or say with \
                    `tasks_per_service_quota` what the account has";
        cursor.report(field.finding(Code::OverQuota, &predicate).help(help));
    }
}

fn too_many_services(scenario: &Scenario, cursors: &Cursors<'_>) {
    let (quota, there) = (scenario.services_per_cluster_quota, cursors.services.len());
    let most = usize::try_from(quota).unwrap_or(usize::MAX);
    if let Some(beyond) = cursors.services.get(most) {
        let message =
            format!("{there} services are above the ECS quota of {quota} services per cluster");
        let help = "AWS lists it as not adjustable: use another cluster, or say with \
                    `services_per_cluster_quota` what the account has";
        let finding = Finding::new(Code::OverQuota, beyond.span, message);
        beyond.report(finding.label("the first beyond it").help(help));
    }
}

fn run_tasks(scenario: &Scenario, cursors: &Cursors<'_>) {
    for (run_task, cursor) in scenario.run_tasks.iter().zip(&cursors.run_tasks) {
        after_horizon(scenario, cursor, "at", run_task.at);
        never_scheduled(scenario, cursor, run_task);
        trace_after_horizon(scenario, cursor, run_task);
        let field = match &run_task.every {
            None if run_task.calls.unwrap_or(1) > 1
                && cursor.field("every").is_none()
                && cursor.field("schedule_expression").is_none()
                && run_task.trace.is_empty() =>
            {
                cursor.field("calls")
            }
            Some(every) if mean(every) == SimDuration::ZERO => cursor.field("every"),
            _ => None,
        };
        if let Some(field) = field {
            let finding = field.finding(Code::NoInterval, "leaves no time between calls");
            cursor.report(finding.help("say how much: `every = \"60s\"`"));
        }
    }
}

fn trace_after_horizon(scenario: &Scenario, cursor: &TableCursor<'_>, run_task: &RunTask) {
    let late = run_task.trace.iter().filter(|call| call.at > scenario.horizon).count();
    let field = cursor.field("trace").or_else(|| cursor.field("calls_at"));
    if let Some(field) = field.filter(|_| late > 0) {
        let (all, horizon) = (run_task.trace.len(), scenario.horizon);
        let predicate = format!("has {late} of {all} calls after the horizon of {horizon}");
        cursor.report(field.finding(Code::AfterHorizon, &predicate).label("they never happen"));
    }
}

fn never_scheduled(scenario: &Scenario, cursor: &TableCursor<'_>, run_task: &RunTask) {
    let Some(schedule) = &run_task.schedule else { return };
    if scenario.instants(schedule).next().is_some() {
        return;
    }
    if let Some(field) = cursor.field("schedule_expression") {
        let predicate = format!(
            "names no time in the {} from {}, 00:00 UTC, and never runs",
            scenario.horizon, scenario.starts_on
        );
        let finding = field.finding(Code::NeverScheduled, &predicate);
        cursor.report(finding.help("change it, or `starts_on`, or lengthen the `horizon`"));
    }
}

fn total(scenario: &Scenario, cursors: &Cursors<'_>) {
    let mut tasks: Vec<f64> =
        scenario.services.iter().map(|service| f64::from(service.desired_count)).collect();
    for update in &scenario.service_updates {
        if let Some(most) = tasks.get_mut(update.service) {
            *most = most.max(f64::from(update.desired_count.unwrap_or(0)));
        }
    }
    tasks.extend(scenario.run_tasks.iter().map(|run_task| expected(run_task, scenario)));
    let sum: f64 = tasks.iter().sum();
    if sum <= TASK_LIMIT {
        return;
    }
    let tables = cursors.services.iter().chain(&cursors.run_tasks);
    if let Some((cursor, most)) = tables.zip(tasks).max_by(|a, b| a.1.total_cmp(&b.1)) {
        let message =
            format!("the scenario asks for about {sum:.0} tasks; the limit is 10 million");
        cursor.report(
            Finding::new(Code::TooManyTasks, cursor.span, message)
                .label(format!("about {most:.0} of them"))
                .help("shorten the horizon, or lengthen `every`, or lower the counts"),
        );
    }
}

/// Tasks that the calls up to the horizon ask for, on average.
fn expected(run_task: &RunTask, scenario: &Scenario) -> f64 {
    if let Some(schedule) = &run_task.schedule {
        let limit = run_task.calls.map_or(usize::MAX, |calls| calls as usize);
        return scenario.instants(schedule).take(limit).count() as f64 * f64::from(run_task.count);
    }
    if !run_task.trace.is_empty() {
        return run_task.trace.len() as f64 * f64::from(run_task.count);
    }
    let calls = run_task.calls.map_or(f64::INFINITY, f64::from);
    let calls = match run_task.every.as_ref().map(mean) {
        // Without an interval there is one call; a wrong one is reported elsewhere.
        None | Some(SimDuration::ZERO) => 1.0,
        Some(every) => {
            let left = scenario.horizon.saturating_sub(run_task.at).as_secs_f64();
            calls.min(1.0 + left / every.as_secs_f64())
        }
    };
    calls * f64::from(run_task.count)
}

/// The mean of a distribution, near enough for a limit.
fn mean(distribution: &Distribution) -> SimDuration {
    const POINTS: u32 = 64;
    let quantile = |i: u32| distribution.quantile((f64::from(i) + 0.5) / f64::from(POINTS));
    let sum: f64 = (0..POINTS).map(|i| quantile(i).as_secs_f64()).sum();
    SimDuration::from_secs_f64(sum / f64::from(POINTS))
}
