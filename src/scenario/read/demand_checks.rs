//! What comes from outside must have somebody to serve it, and the requests to one service are alike.

use crate::io::Code;
use crate::units::timestamp;

use super::super::demand::{Queue, RateShape};
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spec::{Scenario, SchedulingStrategy};

/// Most messages of a queue.
const MESSAGE_LIMIT: f64 = 1e9;

/// The tables that the checks point at, in the order of the scenario's lists.
pub(super) struct Cursors<'a> {
    /// `[[demand]]`.
    pub(super) demands: Vec<TableCursor<'a>>,
    /// `[[queue]]`.
    pub(super) queues: Vec<TableCursor<'a>>,
}

/// All checks.
pub(super) fn check(scenario: &Scenario, cursors: &Cursors<'_>) {
    let demands = || scenario.demands.iter().zip(&cursors.demands);
    for (demand, cursor) in demands() {
        of_no_daemon(scenario, demand.service, cursor);
        has_a_service_time(cursor, demand.request.cpu_time.as_micros() == 0);
        outside(scenario, cursor, Some(&demand.shape));
    }
    for (queue, cursor) in scenario.queues.iter().zip(&cursors.queues) {
        of_no_daemon(scenario, queue.service, cursor);
        outside(scenario, cursor, queue.arrivals.as_ref());
        too_many(scenario, queue, cursor);
    }
    for (position, (demand, cursor)) in demands().enumerate() {
        let before = demands().take(position).find(|(other, _)| other.service == demand.service);
        let Some((other, first)) = before.filter(|(of, _)| of.request != demand.request) else {
            continue;
        };
        let message = format!(
            "\"{}\" and \"{}\" are demands of one service whose requests differ",
            other.name, demand.name
        );
        let finding = Finding::new(Code::UnlikeDemands, cursor.span, message);
        cursor.report(finding.related(first.span, "the first of them").help(
            "demands of one service add: give both the same `cpu_time`, `latency`, \
             `concurrency`, `timeout`, memory and target",
        ));
    }
}

fn of_no_daemon(scenario: &Scenario, service: usize, cursor: &TableCursor<'_>) {
    let Some(service) = scenario.services.get(service) else { return };
    let Some(field) = cursor.field("service") else { return };
    // A reference that could not be read points at the first service.
    let named = field.node.value.as_text() == Some(service.name.as_str());
    if named && service.scheduling_strategy == SchedulingStrategy::Daemon {
        let predicate = format!("names \"{}\", a daemon service", service.name);
        let finding = field.finding(Code::OfNoDaemon, &predicate).label("it serves its instance");
        cursor.report(finding.help("requests and messages go to a replica service"));
    }
}

/// Without CPU time only a limit of concurrency says how many requests a task serves.
fn has_a_service_time(cursor: &TableCursor<'_>, no_cpu: bool) {
    let limited = cursor.field("concurrency").is_some() && cursor.field("latency").is_some();
    if let Some(field) = cursor.field("cpu_time").filter(|_| no_cpu && !limited) {
        let finding = field.finding(Code::DurationNotPositive, "must be longer than zero");
        cursor.report(
            finding.help(
                "say what limits a task: its CPU by `cpu_time`, or `latency` and `concurrency`",
            ),
        );
    }
}

/// Messages are worked on one by one.
fn too_many(scenario: &Scenario, queue: &Queue, cursor: &TableCursor<'_>) {
    let arrive = queue.arrivals.as_ref().map_or(0.0, |shape| shape.most_until(scenario.horizon));
    let messages = arrive + f64::from(queue.initial_messages);
    if messages <= MESSAGE_LIMIT {
        return;
    }
    let message =
        format!("\"{}\" may get {messages:.0} messages; the limit is 1,000 million", queue.name);
    let finding = Finding::new(Code::TooManyMessages, cursor.span, message);
    cursor.report(finding.help(
        "shorten the horizon or lower the rate; for requests that need not be told apart write a \
         [[demand]]",
    ));
}

/// A series that does not end where the run does.
fn outside(scenario: &Scenario, cursor: &TableCursor<'_>, shape: Option<&RateShape>) {
    let Some(RateShape::Steps(steps)) = shape else { return };
    let Some(field) = cursor.field("series") else { return };
    let Some((first, last)) = steps.first().zip(steps.last()) else { return };
    let (horizon, end) = (scenario.horizon, last.at);
    let (predicate, label) = if first.at >= horizon {
        (format!("lies wholly after the horizon of {horizon}: nothing is asked for"), "too late")
    } else if end > horizon {
        let rest = end.saturating_sub(horizon);
        (format!("goes on for {rest} after the horizon of {horizon}: that is left out"), "too long")
    } else if end < horizon {
        let rest = horizon.saturating_sub(end);
        (format!("ends {rest} before the horizon: nothing is asked for then"), "too short")
    } else {
        return;
    };
    let finding = field.finding(Code::SeriesOutside, &predicate).label(label);
    let length = end.saturating_sub(first.at);
    let at = cursor.field("series_at");
    let by_date = at.is_some_and(|at| at.node.value.as_text() == Some("timestamps"));
    if first.at >= horizon && by_date {
        let at = i64::try_from(first.at.as_micros() / 1_000_000).unwrap_or(i64::MAX);
        let date = timestamp(scenario.epoch().saturating_add(at));
        let date = date.split('T').next().unwrap_or_default();
        cursor.report(finding.help(format!(
            "the run begins on {}: write `starts_on = \"{date}\"`, or leave out `series_at`",
            scenario.starts_on
        )));
        return;
    }
    cursor.report(finding.help(format!("the series is {length} long: set the `horizon` by it")));
}
