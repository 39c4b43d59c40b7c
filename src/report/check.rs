//! What `check` says of a scenario that is in order.

use serde::Serialize;

use super::grid::Grid;
use super::json::pretty;
use super::page::Page;
use super::words::{counted, grouped};

/// Types that can hold no task are named where they are so many at most.
const NAMED: usize = 5;

/// A scenario that can run.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// Region.
    pub region: String,
    /// Zones that it uses.
    pub availability_zones: Vec<String>,
    /// Simulated time in words.
    pub horizon: String,
    /// Capacity providers and the number of types that each may launch.
    pub capacity_providers: Vec<(String, usize)>,
    /// The same, of those types that can hold a task that may go there.
    pub types_with_room: Vec<(String, usize)>,
    /// The types of each provider that can hold none, with the reason.
    pub types_without_room: Vec<(String, Vec<(String, String)>)>,
    /// Capacity providers to which no task may go.
    pub capacity_providers_unused: Vec<String>,
    /// Auto Scaling groups and the instances that each starts with.
    pub groups_start_with: Vec<(String, u32)>,
    /// Task definitions.
    pub task_definitions: usize,
    /// Services and the tasks that they want at first; null: a daemon, one on each instance.
    pub services: Vec<(String, Option<u32>)>,
    /// RunTask blocks.
    pub run_tasks: usize,
    /// Regions whose offerings and prices are used.
    pub prices_region: String,
    /// Warnings.
    pub warnings: Vec<String>,
}

/// A sweep that can run.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedSweep {
    /// Its name.
    pub name: String,
    /// Combinations of the values of its axes.
    pub points: u64,
    /// Runs of all of them; with a `precision` of their first batches.
    pub runs: u64,
    /// With a `precision` the most runs; else as many.
    pub runs_at_most: u64,
    /// Its axes and how many values each has; null: any between two numbers.
    pub axes: Vec<(String, Option<u64>)>,
}

/// As a page.
#[must_use]
pub fn check_sweep_table(checked: &CheckedSweep) -> String {
    let mut page = Page::default();
    page.headline(&format!("{}: ok", checked.name));
    let mut grid = Grid::new(&["", ""]);
    let mut row = |name: &str, value: String| grid.row([name.to_owned(), value]);
    for (name, values) in &checked.axes {
        let any = || "any between two numbers".to_owned();
        let values = values.map_or_else(any, |values| counted(values as f64, "value", "values"));
        row("axis", format!("{name}: {values}"));
    }
    row("points", grouped(checked.points as f64, 0));
    let most = if checked.runs_at_most > checked.runs {
        format!(" at first, {} at most", grouped(checked.runs_at_most as f64, 0))
    } else {
        String::new()
    };
    row("runs", grouped(checked.runs as f64, 0) + &most);
    page.grid(2, &grid);
    page.finish()
}

/// As JSON.
///
/// # Errors
/// None that a report's own types can cause.
pub fn check_json(checked: &Checked) -> serde_json::Result<String> {
    pretty(checked)
}

/// As a page.
#[must_use]
pub fn check_table(checked: &Checked) -> String {
    let mut page = Page::default();
    page.headline(&format!("{}: ok", checked.name));
    let mut grid = Grid::new(&["", ""]);
    let mut row = |name: &str, value: String| grid.row([name.to_owned(), value]);
    row("region", format!("{} ({})", checked.region, checked.availability_zones.join(", ")));
    if checked.prices_region != checked.region {
        row("prices", format!("those of {}", checked.prices_region));
    }
    row("horizon", checked.horizon.clone());
    let types = checked.capacity_providers.iter().zip(&checked.types_with_room);
    for (((name, types), (_, with_room)), (_, others)) in types.zip(&checked.types_without_room) {
        if checked.capacity_providers_unused.contains(name) {
            row(
                "capacity provider",
                format!("{name}: unused, no service and no run_task goes there"),
            );
            continue;
        }
        row("capacity provider", provider(name, *types, *with_room));
        if others.len() <= NAMED {
            for (other, why) in others {
                row("cannot hold a task", format!("{other}: {why}"));
            }
        }
    }
    for (name, instances) in &checked.groups_start_with {
        let instances = match instances {
            0 => "empty: its desired_capacity is 0".to_owned(),
            some => format!("with {}", counted(f64::from(*some), "instance", "instances")),
        };
        row("group starts", format!("{name}: {instances}"));
    }
    row("task definitions", checked.task_definitions.to_string());
    for (name, tasks) in &checked.services {
        let tasks = tasks.map_or_else(
            || "a task on each instance".to_owned(),
            |tasks| format!("{} tasks", grouped(f64::from(tasks), 0)),
        );
        row("service", format!("{name}: {tasks}"));
    }
    if checked.run_tasks > 0 {
        row("run_task blocks", checked.run_tasks.to_string());
    }
    page.grid(2, &grid);
    page.finish()
}

/// Its types. Fargate has sizes, not types.
fn provider(name: &str, types: usize, with_room: usize) -> String {
    if name.starts_with("FARGATE") {
        return name.to_owned();
    }
    let all = counted(types as f64, "type", "types");
    if with_room == types {
        return format!("{name}: {all} to choose from, each can hold a task");
    }
    let room = grouped(with_room as f64, 0);
    format!("{name}: {all} to choose from, {room} of them can hold a task")
}
