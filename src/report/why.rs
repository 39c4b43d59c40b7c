//! The Why block of `run`: what binds, what lost, and the nearest threshold.

use std::collections::BTreeSet;

use crate::run::{Answer, ConsideredWhy, Explanation, FleetWhy, GrowthWhy, LaunchWhy, Threshold};
use crate::units::Limit;

use super::page::Page;
use super::words::{amount, counted, grouped, percent, rate};

/// Rows of the fleet of which the block tells.
const ROWS: usize = 2;

/// Writes the block.
pub(super) fn why(
    page: &mut Page,
    answer: &Answer,
    explanation: Option<&Explanation>,
    thresholds: &[Threshold],
) {
    let tells = |of: &&Explanation| !of.fleet.is_empty() || !of.growth.is_empty();
    let Some(explanation) = explanation.filter(tells) else {
        return;
    };
    page.section("Why");
    if let Some(words) = zones(answer, explanation) {
        page.item(&words);
    }
    for row in different(&explanation.fleet).take(ROWS) {
        page.item(&sentence(&row.sentence));
        let launches = explanation.launches.iter();
        let largest = launches
            .filter(|launch| launch.instance_type == row.instance_type)
            .max_by_key(|launch| launch.instances);
        if let Some(words) = largest.and_then(rival) {
            page.item(&words);
        }
    }
    explanation.growth.iter().for_each(|row| page.item(&growth_words(row)));
    for threshold in thresholds {
        page.item(&threshold_words(threshold));
    }
    if let Some(words) = refusals(explanation) {
        page.item(&words);
    }
    page.line(2, "`taskyard explain` tells every decision.");
}

/// The rows that say different things: two providers may have one instance type.
pub(super) fn different(fleet: &[FleetWhy]) -> impl Iterator<Item = &FleetWhy> {
    let said_before =
        |place: usize| fleet[..place].iter().any(|other| other.sentence == fleet[place].sentence);
    fleet.iter().enumerate().filter(move |(place, _)| !said_before(*place)).map(|(_, row)| row)
}

/// The text with a capital first letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// That Managed Instances spread tasks before they pack them: they alone weigh types against each
/// other. A group balances its instances, and its tasks go by their placement strategy.
fn zones(answer: &Answer, explanation: &Explanation) -> Option<String> {
    let weighed = explanation.launches.iter().filter(|launch| !launch.considered.is_empty());
    let used: BTreeSet<&str> = weighed.map(|launch| launch.availability_zone.as_str()).collect();
    let (zones, first) = (used.len(), used.first()?);
    let managed = |name: &str| {
        let mut weighed = explanation.launches.iter().filter(|of| !of.considered.is_empty());
        weighed.any(|launch| launch.capacity_provider == name)
    };
    (zones > 1).then(|| {
        // Where tasks came and went it was never all of them at once.
        let at_once = answer.tasks.stopped <= 0.0 && answer.tasks.waves.len() < 2;
        let all_managed = answer.fleet.iter().all(|row| managed(&row.capacity_provider));
        let tasks = if all_managed && at_once {
            let each = grouped((answer.tasks.requested / zones as f64).ceil(), 0);
            let tasks = counted(answer.tasks.requested, "task", "tasks");
            format!("{tasks} were spread over {zones} zones, up to {each} in each,")
        } else {
            format!("Tasks on Managed Instances were spread over {zones} zones")
        };
        format!("{tasks} before packing; for one zone: --set 'availability_zones=[\"{first}\"]'.")
    })
}

/// What a tie went by, where the chosen type is dearer than the cheapest.
fn tie(chosen: &ConsideredWhy, cheapest: &ConsideredWhy) -> Option<String> {
    let rule = if cheapest.verdict.contains("older generation") {
        "the newer generation"
    } else if cheapest.verdict.contains("larger") {
        "the smaller type"
    } else {
        return None;
    };
    let above = chosen.usd_per_task_hour / cheapest.usd_per_task_hour - 1.0;
    Some(format!(
        "{} at {} an hour per task is within {} of the cheapest ({} at {}): a tie goes to {rule}.",
        chosen.instance_type,
        rate(chosen.usd_per_task_hour),
        // Rounded up: the distance is not above what is said.
        percent((above * 1_000.0).ceil() / 1_000.0),
        cheapest.instance_type,
        rate(cheapest.usd_per_task_hour),
    ))
}

/// The chosen type and the one after it.
pub(super) fn rival(launch: &LaunchWhy) -> Option<String> {
    let chosen = launch.considered.iter().find(|seen| seen.verdict == "chosen")?;
    let Some(next) = launch.considered.iter().find(|seen| seen.verdict != "chosen") else {
        return Some(format!("{} is the only type that can hold the task.", chosen.instance_type));
    };
    let least =
        launch.considered.iter().all(|seen| seen.usd_per_task_hour >= chosen.usd_per_task_hour);
    let cheapest = launch
        .considered
        .iter()
        .min_by(|a, b| a.usd_per_task_hour.total_cmp(&b.usd_per_task_hour))
        .filter(|_| !least);
    if let Some(words) = cheapest.and_then(|cheapest| tie(chosen, cheapest)) {
        return Some(words);
    }
    let claim = if least { "has the least EC2 price:" } else { "was chosen although dearer:" };
    Some(format!(
        "Of {} in {}, {} {claim} {} an hour per task; the next, {} at {}, lost: {}.",
        counted(
            launch.candidates as f64,
            "type with room for a task",
            "types with room for a task"
        ),
        launch.availability_zone,
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

/// A limit on a group's growth; the row is of the longest of several times.
pub(super) fn growth_words(row: &GrowthWhy) -> String {
    let more = if row.times > 1 {
        format!("; {} such times, this was the longest", row.times)
    } else {
        String::new()
    };
    sentence(&format!("{}{more}", row.sentence))
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
