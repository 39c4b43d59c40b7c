//! What became of the demand: a line or two for each service and queue, and what stood idle.

use crate::run::{Answer, DemandRow, IdleRow, PaidForNothing, QueueRow};

use super::page::Page;
use super::words::{count, grouped, percent, spread, time};

/// Requests, messages, and what was paid for nothing.
pub(super) fn demand(page: &mut Page, answer: &Answer) {
    if answer.demand.is_empty() && answer.queues.is_empty() {
        return;
    }
    page.section("Demand");
    answer.demand.iter().for_each(|row| page.item(&requests(answer, row)));
    answer.queues.iter().for_each(|row| page.item(&messages(answer, row)));
    if let Some(idle) = &answer.paid_for_nothing {
        page.item(&nothing(idle));
    }
}

/// A number of requests: whole.
fn whole(value: f64) -> String {
    grouped(value.round(), 0)
}

fn requests(answer: &Answer, row: &DemandRow) -> String {
    let path = |key: &str| format!("demand[{}].{key}", row.service);
    let mut words = format!(
        "{}: {} of {} requests not served ({} of them)",
        row.service,
        whole(row.lost + row.waiting_at_end),
        whole(row.requests),
        percent(row.not_served_share)
    );
    if row.lost_before_first_task >= 0.5 {
        words += &format!(", {} before its first task served", whole(row.lost_before_first_task));
    }
    if row.waiting_at_end >= 0.5 {
        words += &format!(", {} still wait at the end", whole(row.waiting_at_end));
    }
    words += ". ";
    words += &match row.worst_at_s {
        Some(at) => format!(
            "Worst backlog {} requests after {}, the first of them waiting for {}; saturated for {}. ",
            whole(row.worst_waiting),
            time(at),
            time(row.worst_age_s),
            time(row.saturated_s)
        ),
        None if row.saturated_s > 0.0 => format!("No task served for {}. ", time(row.saturated_s)),
        None => "None waited. ".to_owned(),
    };
    if let Some(mean) = row.mean_cpu_utilization_percent {
        let spread = spread(answer, &path("mean_cpu_utilization_percent"), 1);
        words += &format!("CPU utilisation {} %{spread} on average", grouped(mean, 1));
        if let Some((above, target)) = row.above_target_s.zip(row.target_utilization_percent) {
            words += &format!(", above the {target} % wanted for {}", time(above));
        }
        words += ".";
    }
    words.trim_end().to_owned()
}

fn messages(answer: &Answer, row: &QueueRow) -> String {
    let path = |key: &str| format!("queues[{}].{key}", row.name);
    let mut words = format!(
        "{}: {} of {} messages processed by {}",
        row.name,
        count(row.processed),
        count(row.messages),
        row.service
    );
    if let Some((mean, longest)) = row.mean_wait_s.zip(row.longest_wait_s) {
        let spread = spread(answer, &path("mean_wait_s"), 1);
        words += &format!(
            ", received after {}{spread} on average, at most {}",
            time(mean),
            time(longest)
        );
    }
    if let Some((late, most)) = row.late_share.zip(row.acceptable_latency_s) {
        words += &format!(" ({} later than the {} accepted)", percent(late), time(most));
    }
    words += ". ";
    if let Some(at) = row.worst_at_s {
        words += &format!(
            "Worst backlog {} messages after {}, the first of them there for {}. ",
            count(row.worst_visible),
            time(at),
            time(row.worst_age_s)
        );
    }
    if row.visible_at_end > 0.0 {
        words += &format!("{} still wait at the end. ", count(row.visible_at_end));
    }
    if row.returned > 0.0 {
        words += &format!("{} came back because their task stopped. ", count(row.returned));
    }
    words.trim_end().to_owned()
}

fn nothing(idle: &PaidForNothing) -> String {
    let service = |row: &IdleRow| {
        format!(
            "{} of {} task-hours of {}",
            grouped(row.idle_task_hours, 2),
            grouped(row.task_hours, 2),
            row.service
        )
    };
    let mut parts: Vec<String> = idle.services.iter().map(service).collect();
    if idle.instance_hours > 0.0 {
        parts.push(format!(
            "{} of {} instance-hours without a task",
            grouped(idle.empty_instance_hours, 2),
            grouped(idle.instance_hours, 2)
        ));
    }
    format!("Paid for nothing: {}.", parts.join(", "))
}
