//! The Why block of `run`: what binds, what lost, and the nearest threshold.

use crate::run::{Explanation, LaunchWhy, Threshold};
use crate::units::Limit;

use super::page::Page;
use super::words::{amount, counted, grouped, rate};

/// Rows of the fleet of which the block tells.
const ROWS: usize = 2;

/// Writes the block.
pub(super) fn why(page: &mut Page, explanation: Option<&Explanation>, thresholds: &[Threshold]) {
    let Some(explanation) = explanation.filter(|explanation| !explanation.fleet.is_empty()) else {
        return;
    };
    page.section("Why");
    for row in explanation.fleet.iter().take(ROWS) {
        page.item(&sentence(&row.sentence));
        let launches = explanation.launches.iter();
        let largest = launches
            .filter(|launch| launch.instance_type == row.instance_type)
            .max_by_key(|launch| launch.instances);
        if let Some(words) = largest.and_then(rival) {
            page.item(&words);
        }
    }
    for threshold in thresholds {
        page.item(&threshold_words(threshold));
    }
    if let Some(words) = refusals(explanation) {
        page.item(&words);
    }
    page.line(2, "`taskyard explain` tells every decision.");
}

/// The text with a capital first letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// The chosen type and the one after it.
pub(super) fn rival(launch: &LaunchWhy) -> Option<String> {
    let chosen = launch.considered.iter().find(|seen| seen.verdict == "chosen")?;
    let Some(next) = launch.considered.iter().find(|seen| seen.verdict != "chosen") else {
        return Some(format!("{} is the only type that can hold the task.", chosen.instance_type));
    };
    let least =
        launch.considered.iter().all(|seen| seen.usd_per_task_hour >= chosen.usd_per_task_hour);
    let claim = if least { "has the least EC2 price:" } else { "was chosen although dearer:" };
    Some(format!(
        "Of {}, {} {claim} {} an hour per task; the next, {} at {}, lost: {}.",
        counted(launch.candidates as f64, "type", "types"),
        chosen.instance_type,
        rate(chosen.usd_per_task_hour),
        next.instance_type,
        rate(next.usd_per_task_hour),
        next.verdict
    ))
}

/// At 817 MiB or less, two fit.
pub(super) fn threshold_words(threshold: &Threshold) -> String {
    let unit = match threshold.limit {
        Limit::Memory => "MiB",
        Limit::Cpu => "CPU units",
        Limit::Eni => "network interfaces",
        Limit::Gpu => "GPUs",
    };
    let saving = threshold.saves_per_month_usd;
    let money = if saving >= 0.0 {
        format!("saves {} a month", amount(saving))
    } else {
        format!("costs {} a month more", amount(-saving))
    };
    format!(
        "At {} {unit} or less for \"{}\" (now {}), {} fit on a {}: {}, {money}.",
        grouped(f64::from(threshold.at_most), 0),
        threshold.task_definition,
        grouped(f64::from(threshold.now), 0),
        threshold.tasks_per_instance,
        threshold.instance_type,
        threshold.fleet,
    )
}

fn refusals(explanation: &Explanation) -> Option<String> {
    let first = explanation.refusals.first()?;
    let instances: u32 = explanation.refusals.iter().map(|refusal| refusal.instances).sum();
    Some(format!(
        "EC2 refused {} in {}, first {} ({}).",
        counted(f64::from(instances), "instance", "instances"),
        counted(explanation.refusals.len() as f64, "request", "requests"),
        first.instance_type,
        first.reason
    ))
}
