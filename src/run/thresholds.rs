//! The nearest thresholds: how much smaller a task must be for one more to fit on an instance of the
//! fleet, and what that would save, by running it.

use serde::Serialize;

use crate::catalog::Catalog;
use crate::scenario::Scenario;
use crate::units::Limit;

use super::alternatives::fleet_words;
use super::answer::Answer;
use super::explain::{Explanation, FleetWhy};
use super::{Options, run};

/// One threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// The instance type of the present fleet.
    pub instance_type: String,
    /// The task definition.
    pub task_definition: String,
    /// The limit that binds.
    pub limit: Limit,
    /// A task reserves this now...
    pub now: u32,
    /// ...and at most this for one more to fit.
    pub at_most: u32,
    /// Tasks on one instance then.
    pub tasks_per_instance: u32,
    /// The fleet then, in words.
    pub fleet: String,
    /// Its rate.
    pub per_hour_usd: f64,
    /// What it saves in a month of 730 hours.
    pub saves_per_month_usd: f64,
}

/// How many types of a fleet are looked at.
const TYPES: usize = 2;

/// The thresholds of memory and CPU for the largest parts of the fleet.
#[must_use]
pub fn thresholds(
    scenario: &Scenario,
    catalog: &Catalog,
    answer: &Answer,
    explanation: &Explanation,
) -> Vec<Threshold> {
    let mut changes: Vec<(&FleetWhy, Change)> = Vec::new();
    for row in explanation.fleet.iter().take(TYPES) {
        let Some(change) = change(row) else { continue };
        // Types of one size, and groups of one type, have one threshold.
        let same = |(other, known): &(&FleetWhy, Change)| {
            other.task_definition == row.task_definition && *known == change
        };
        if !changes.iter().any(same) {
            changes.push((row, change));
        }
    }
    let found = changes.into_iter();
    found.filter_map(|(row, change)| threshold(scenario, catalog, answer, row, change)).collect()
}

/// What a task would have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    limit: Limit,
    now: u32,
    at_most: u32,
}

/// How much smaller for one more to fit on a type of the fleet.
fn change(row: &FleetWhy) -> Option<Change> {
    let fit = row.limits.first().filter(|fit| fit.tasks == row.tasks_fit)?;
    let wanted = row.tasks_fit + 1;
    // The other limits must let one more in, or nothing is gained.
    let others = row.limits.iter().filter(|other| other.limit != fit.limit);
    if others.into_iter().any(|other| other.tasks < wanted) {
        return None;
    }
    Some(Change {
        limit: fit.limit,
        now: fit.per_task,
        at_most: (fit.registered - fit.daemons) / wanted,
    })
}

fn threshold(
    scenario: &Scenario,
    catalog: &Catalog,
    answer: &Answer,
    row: &FleetWhy,
    Change { limit, now, at_most }: Change,
) -> Option<Threshold> {
    let mut other = scenario.clone();
    let definition = other
        .task_definitions
        .iter_mut()
        .find(|definition| definition.family == row.task_definition)?;
    match limit {
        Limit::Memory => definition.memory = at_most,
        Limit::Cpu => definition.cpu = at_most,
        Limit::Eni | Limit::Gpu => return None,
    }
    let options = Options::QUICK;
    let then = run(&other, catalog, options).ok()?.answer;
    let saving = answer.cost.per_month_at_end_usd - then.cost.per_month_at_end_usd;
    // A threshold that saves nothing is no news.
    (saving > 0.0).then(|| Threshold {
        instance_type: row.instance_type.clone(),
        task_definition: row.task_definition.clone(),
        limit,
        now,
        at_most,
        tasks_per_instance: row.tasks_fit + 1,
        fleet: fleet_words(&then),
        per_hour_usd: then.cost.per_hour_at_end_usd,
        saves_per_month_usd: saving,
    })
}
