//! What became of the deployments of variants, side by side.

use crate::run::DeploymentRow;
use crate::sweep::Comparison;

use super::compare::answered;
use super::grid::Grid;
use super::page::Page;
use super::words::{count, grouped, time, trimmed};

/// Most rows on the page.
const SHOWN: usize = 24;

/// A row for each update and rollback of each variant.
pub(super) fn deployments(page: &mut Page, comparison: &Comparison) {
    let updates = |row: &&DeploymentRow| row.kind != "creation";
    let all = || {
        answered(comparison).flat_map(|(variant, answer)| {
            let rows = answer.deployments.iter().filter(updates);
            rows.map(move |row| (variant.name.as_str(), row))
        })
    };
    if all().next().is_none() {
        return;
    }
    page.section("Deployments side by side");
    let mut grid = Grid::new(&[
        "variant",
        "deployment",
        "outcome",
        ">took",
        "held up by",
        ">least healthy %",
        ">most tasks",
        ">most instances",
        ">extra task-h",
        ">extra instance-h",
    ]);
    for (variant, row) in all().take(SHOWN) {
        let maybe = |value: Option<f64>| value.map_or_else(String::new, |hours| grouped(hours, 2));
        grid.row([
            variant.to_owned(),
            row.deployment.clone(),
            outcome(row),
            row.duration_s.map_or_else(String::new, time),
            row.held_by.clone().unwrap_or_default(),
            row.least_healthy_percent.map_or_else(String::new, |least| trimmed(least, 1)),
            count(row.most_tasks),
            row.most_instances.filter(|most| *most > 0.0).map_or_else(String::new, count),
            maybe(row.extra_task_hours),
            maybe(row.extra_instance_hours),
        ]);
    }
    page.grid(2, &grid.without_empty_columns());
    let more = all().count().saturating_sub(SHOWN);
    if more > 0 {
        page.line(2, &format!("{more} more: `-o json` has every deployment"));
    }
}

/// Its state, and the share of the runs in which it was completed, where that is not all or none.
fn outcome(row: &DeploymentRow) -> String {
    let state = row.rollout_state.clone();
    if row.completed > 0.0 && row.completed < 1.0 {
        return format!(
            "{state}, completed in {} % of the runs",
            trimmed(100.0 * row.completed, 0)
        );
    }
    state
}
