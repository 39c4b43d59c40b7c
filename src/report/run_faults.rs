//! What went wrong, what recovery took and cost: a line or two for each fault.

use crate::run::{Answer, FaultRow};

use super::page::Page;
use super::words::{amount, counted, percent, spread, time};

/// The faults.
pub(super) fn faults(page: &mut Page, answer: &Answer) {
    if answer.faults.is_empty() {
        return;
    }
    page.section("Faults");
    answer.faults.iter().for_each(|row| page.item(&words(answer, row)));
}

fn words(answer: &Answer, row: &FaultRow) -> String {
    let name = if row.name == row.kind {
        row.kind.clone()
    } else {
        format!("{} ({})", row.name, row.kind)
    };
    let when = if row.end_s > row.start_s {
        format!("from {} to {}", time(row.start_s), time(row.end_s))
    } else {
        format!("at {}", time(row.start_s))
    };
    let done = done(answer, row);
    if done.is_empty() {
        return format!("{name}, {when}: it touched nothing.");
    }
    format!("{name}, {when}: {}. {}{}", done.join(", "), recovery(answer, row), cost(answer, row))
}

/// What it did, in parts.
fn done(answer: &Answer, row: &FaultRow) -> Vec<String> {
    let parts = [
        ("tasks_stopped", row.tasks_stopped, "task stopped", "tasks stopped"),
        ("instances_lost", row.instances_lost, "instance lost", "instances lost"),
        (
            "instances_disconnected",
            row.instances_disconnected,
            "instance out of reach",
            "instances out of reach",
        ),
        ("launches_refused", row.launches_refused, "launch refused", "launches refused"),
        ("starts_slowed", row.starts_slowed, "start phase slowed", "start phases slowed"),
    ];
    let said = parts.into_iter().filter(|(_, count, ..)| *count > 0.0);
    said.map(|(key, count, one, many)| {
        let path = format!("faults[{}].{key}", row.name);
        counted(count, one, many) + &spread(answer, &path, 1)
    })
    .collect()
}

fn recovery(answer: &Answer, row: &FaultRow) -> String {
    let path = format!("faults[{}].recovery_s", row.name);
    let Some(seconds) = row.recovery_s else {
        return "The services that it harmed are not back at their desired count at the end"
            .to_owned();
    };
    if seconds <= 0.0 {
        return "No service fell below its desired count".to_owned();
    }
    let spread = spread(answer, &path, 1);
    let share = if row.recovered < 1.0 {
        format!(" (in {} of the runs; not in the others)", percent(row.recovered))
    } else {
        String::new()
    };
    format!("Its services were back {} after its start{spread}{share}", time(seconds))
}

/// What it added to the bill.
fn cost(answer: &Answer, row: &FaultRow) -> String {
    let Some(usd) = row.extra_usd else { return ".".to_owned() };
    let spread = spread(answer, &format!("faults[{}].extra_usd", row.name), 4);
    if usd >= 0.0 {
        format!("; the bill is {}{spread} above the same run without it.", amount(usd))
    } else {
        format!("; the bill is {}{spread} below the same run without it.", amount(-usd))
    }
}
