//! Every decision of a run: what was launched and what lost, what binds, refusals, departures.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::run::{
    Answer, Assumption, ConsideredWhy, Explanation, FleetWhy, LaunchWhy, ScalingWhy, Threshold,
};

use super::assumptions;
use super::grid::Grid;
use super::json::pretty;
use super::page::Page;
use super::run_faults;
use super::run_scaling;
use super::why::{different, growth_words, sentence, threshold_words};
use super::words::{counted, grouped, limit};

/// What `explain` tells.
#[derive(Clone, Copy, Debug)]
pub struct Reasons<'a> {
    /// The answer.
    pub answer: &'a Answer,
    /// Why.
    pub explanation: &'a Explanation,
    /// The nearest thresholds.
    pub thresholds: &'a [Threshold],
}

#[derive(Serialize)]
struct Shape<'a> {
    schema_version: u32,
    scenario: &'a str,
    #[serde(flatten)]
    explanation: &'a Explanation,
    thresholds: &'a [Threshold],
    assumptions: &'a [Assumption],
    warnings: &'a [String],
}

/// As JSON.
///
/// # Errors
/// None that a report's own types can cause.
pub fn explain_json(reasons: &Reasons<'_>) -> serde_json::Result<String> {
    pretty(&Shape {
        schema_version: reasons.answer.schema_version,
        scenario: &reasons.answer.scenario.name,
        explanation: reasons.explanation,
        thresholds: reasons.thresholds,
        assumptions: &reasons.answer.assumptions,
        warnings: &reasons.answer.warnings,
    })
}

/// As a page.
#[must_use]
pub fn explain_table(reasons: &Reasons<'_>) -> String {
    let explanation = reasons.explanation;
    let mut page = Page::default();
    page.headline(&format!(
        "{}: why {}",
        reasons.answer.scenario.name,
        counted(explanation.launches.len() as f64, "launch decision", "launch decisions")
    ));
    binding(&mut page, &explanation.fleet);
    if !reasons.thresholds.is_empty() {
        page.section("Nearest thresholds");
        reasons.thresholds.iter().for_each(|threshold| page.item(&threshold_words(threshold)));
    }
    launches(&mut page, &explanation.launches);
    scaling(&mut page, &explanation.scaling);
    run_scaling::why(&mut page, &explanation.service_scaling);
    if !explanation.growth.is_empty() {
        page.section("What held the groups' growth back");
        explanation.growth.iter().for_each(|row| page.item(&growth_words(row)));
    }
    refusals(&mut page, explanation);
    departures(&mut page, explanation);
    stops(&mut page, explanation);
    run_faults::faults(&mut page, reasons.answer);
    if !reasons.answer.warnings.is_empty() {
        page.section("Warnings");
        reasons.answer.warnings.iter().for_each(|warning| page.item(warning));
    }
    assumptions::in_full(&mut page, &reasons.answer.assumptions);
    page.finish()
}

/// What binds on each type of the fleet.
fn binding(page: &mut Page, fleet: &[FleetWhy]) {
    if fleet.is_empty() {
        return;
    }
    page.section("What limits the tasks on an instance");
    for row in different(fleet) {
        page.item(&sentence(&row.sentence));
        let mut grid = Grid::new(&["limit", ">registered", ">daemons", ">per task", ">tasks"]);
        for fit in &row.limits {
            grid.row([
                limit(fit.limit.name()).to_owned(),
                grouped(f64::from(fit.registered), 0),
                if fit.daemons > 0 { grouped(f64::from(fit.daemons), 0) } else { String::new() },
                grouped(f64::from(fit.per_task), 0),
                grouped(f64::from(fit.tasks), 0),
            ]);
        }
        page.grid(6, &grid.without_empty_columns());
    }
}

/// Each decision; the candidates only where they differ from those of the decision before.
fn launches(page: &mut Page, launches: &[LaunchWhy]) {
    if launches.is_empty() {
        return;
    }
    page.section("Launch decisions");
    let mut last: Option<&[ConsideredWhy]> = None;
    for launch in launches {
        page.item(&launch_words(launch));
        if last != Some(&launch.considered) {
            page.grid(6, &candidates(&launch.considered));
            last = Some(&launch.considered);
        }
    }
}

fn launch_words(launch: &LaunchWhy) -> String {
    // A group launches for its desired capacity, not for tasks.
    if launch.waiting.is_empty() {
        let pool = match launch.warm_pool {
            None => "",
            Some("into") => " into the warm pool",
            Some(_) => " out of the warm pool",
        };
        return format!(
            "At {} s in {}: {} {}{pool}",
            grouped(launch.at_s, 1),
            launch.availability_zone,
            launch.instances,
            launch.instance_type,
        );
    }
    format!(
        "At {} s in {} for {}: {} {} with {} each, out of {}",
        grouped(launch.at_s, 1),
        launch.availability_zone,
        families(&launch.waiting),
        launch.instances,
        launch.instance_type,
        families(&launch.tasks_each),
        counted(launch.candidates as f64, "type that can hold one", "types that can hold one"),
    )
}

/// `3 web, 1 api`.
fn families(tasks: &BTreeMap<String, u32>) -> String {
    let words = tasks.iter().map(|(family, count)| format!("{count} {family}"));
    words.collect::<Vec<_>>().join(", ")
}

fn candidates(considered: &[ConsideredWhy]) -> Grid {
    let mut grid = Grid::new(&[
        "type",
        ">EC2 $/h",
        ">pool depth",
        ">tasks",
        ">$/h per task",
        "bound by",
        "verdict",
    ]);
    for seen in considered {
        grid.row([
            seen.instance_type.clone(),
            grouped(seen.ec2_usd_per_hour, 4),
            seen.pool_depth.map_or_else(String::new, |depth| grouped(f64::from(depth), 0)),
            grouped(f64::from(seen.tasks), 0),
            grouped(seen.usd_per_task_hour, 5),
            limit(seen.binding_limit.name()).to_owned(),
            seen.verdict.clone(),
        ]);
    }
    grid.without_empty_columns()
}

/// What cluster auto scaling saw and did; minutes that say the same are one row.
fn scaling(page: &mut Page, rows: &[ScalingWhy]) {
    if rows.is_empty() {
        return;
    }
    page.section("Cluster auto scaling");
    let mut grid = Grid::new(&[
        ">at s",
        ">until s",
        "group",
        ">%",
        ">needed",
        ">running",
        ">desired",
        "what and why",
    ]);
    for seen in rows {
        let metric = seen.what == "CapacityProviderReservation";
        let value = |value: String| if metric { value } else { String::new() };
        grid.row([
            grouped(seen.from_s, 1),
            if seen.times > 1 { grouped(seen.until_s, 1) } else { String::new() },
            seen.capacity_provider.clone(),
            value(grouped(seen.reservation_percent, 1)),
            value(grouped(f64::from(seen.needed), 0)),
            value(grouped(f64::from(seen.running), 0)),
            grouped(f64::from(seen.desired_capacity), 0),
            seen.sentence.clone(),
        ]);
    }
    page.grid(2, &grid);
}

fn refusals(page: &mut Page, explanation: &Explanation) {
    if explanation.refusals.is_empty() {
        return;
    }
    page.section("Refused launches");
    let mut grid = Grid::new(&[">at s", "zone", ">instances", "type", "reason"]);
    for refusal in &explanation.refusals {
        grid.row([
            grouped(refusal.at_s, 1),
            refusal.availability_zone.clone(),
            grouped(f64::from(refusal.instances), 0),
            refusal.instance_type.clone(),
            refusal.reason.clone(),
        ]);
    }
    page.grid(2, &grid);
}

fn stops(page: &mut Page, explanation: &Explanation) {
    if explanation.stops.is_empty() {
        return;
    }
    page.section("Tasks that stopped");
    let mut grid =
        Grid::new(&["service", ">tasks", ">first at s", ">last at s", "stop code", "reason"]);
    for stop in &explanation.stops {
        grid.row([
            stop.service.clone(),
            grouped(stop.tasks as f64, 0),
            grouped(stop.first_s, 1),
            grouped(stop.last_s, 1),
            stop.stop_code.clone(),
            stop.stop_reason.clone(),
        ]);
    }
    page.grid(2, &grid);
}

fn departures(page: &mut Page, explanation: &Explanation) {
    if explanation.departures.is_empty() {
        return;
    }
    page.section("Instances that left");
    let mut grid = Grid::new(&[">at s", "instance", "type", "why"]);
    for left in &explanation.departures {
        grid.row([
            grouped(left.at_s, 1),
            left.instance.clone(),
            left.instance_type.clone(),
            left.reason.clone(),
        ]);
    }
    page.grid(2, &grid);
}
