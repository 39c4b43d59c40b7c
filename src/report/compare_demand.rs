//! What variants make of the demand, side by side.

use crate::run::{Answer, DemandRow};
use crate::sweep::Comparison;

use super::compare::answered;
use super::grid::Grid;
use super::page::Page;
use super::words::{count, grouped, percent, time};

/// The rows of those with demand or queues.
pub(super) fn demand(page: &mut Page, comparison: &Comparison) {
    let with = || answered(comparison).filter(|(_, answer)| answer.paid_for_nothing.is_some());
    if with().next().is_none() {
        return;
    }
    page.section("Demand side by side");
    let mut grid = Grid::new(&[
        "variant",
        ">not served",
        ">above target",
        ">worst waiting",
        ">after",
        ">messages left",
        ">longest wait",
        ">idle task-h",
        ">of",
        ">empty instance-h",
        ">of",
    ]);
    for (variant, answer) in with() {
        let idle = answer.paid_for_nothing.as_ref();
        let hours = |value: Option<f64>| value.map_or_else(String::new, |of| grouped(of, 2));
        let above = sum(&answer.demand, |row| row.above_target_s);
        grid.row([
            variant.name.clone(),
            not_served_share(answer).map_or_else(String::new, percent),
            above.map_or_else(String::new, time),
            worst_waiting(answer).map_or_else(String::new, |most| count(most.round())),
            worst_at(answer).map_or_else(String::new, time),
            messages_waiting(answer).map_or_else(String::new, count),
            longest_wait(answer).map_or_else(String::new, time),
            hours(idle_task_hours(answer)),
            hours(idle.map(|idle| idle.services.iter().map(|row| row.task_hours).sum())),
            hours(idle.map(|idle| idle.empty_instance_hours)),
            hours(idle.map(|idle| idle.instance_hours)),
        ]);
    }
    page.grid(2, &grid.without_empty_columns());
    page.line(2, "worst waiting: most requests or messages that waited at one time, and when");
}

fn sum(rows: &[DemandRow], of: impl Fn(&DemandRow) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = rows.iter().filter_map(of).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// Share of all requests that were not served.
pub(super) fn not_served_share(answer: &Answer) -> Option<f64> {
    let all = sum(&answer.demand, |row| Some(row.requests))?;
    let not = sum(&answer.demand, |row| Some(row.lost + row.waiting_at_end))?;
    (all > 0.0).then_some(not / all)
}

/// The worst backlog of all services and queues, and when.
fn worst(answer: &Answer) -> Option<(f64, Option<f64>)> {
    let requests = answer.demand.iter().map(|row| (row.worst_waiting, row.worst_at_s));
    let messages = answer.queues.iter().map(|row| (row.worst_visible, row.worst_at_s));
    requests.chain(messages).max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Most requests or messages that waited at one time, of one service or queue.
pub(super) fn worst_waiting(answer: &Answer) -> Option<f64> {
    worst(answer).map(|(waiting, _)| waiting)
}

fn worst_at(answer: &Answer) -> Option<f64> {
    worst(answer)?.1
}

/// Messages that wait at the horizon.
pub(super) fn messages_waiting(answer: &Answer) -> Option<f64> {
    (!answer.queues.is_empty()).then(|| answer.queues.iter().map(|row| row.visible_at_end).sum())
}

fn longest_wait(answer: &Answer) -> Option<f64> {
    answer.queues.iter().filter_map(|row| row.longest_wait_s).max_by(f64::total_cmp)
}

/// Task-hours without work.
pub(super) fn idle_task_hours(answer: &Answer) -> Option<f64> {
    let idle = answer.paid_for_nothing.as_ref()?;
    Some(idle.services.iter().map(|row| row.idle_task_hours).sum())
}
