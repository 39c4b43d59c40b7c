//! The points among which there is a choice.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::table::{PointRow, SweepTable};

/// Share of its tasks that a point may leave waiting at the horizon. Those waits are not over, so they
/// are in no figure of times: a point with many looks sooner than it is.
const WAITING_SHARE: f64 = 0.01;

/// How many points are no choice, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct LeftOut {
    /// They cannot run.
    pub cannot_run: u32,
    /// They lack an objective in some run: a time of no task.
    pub without_figures: u32,
    /// More than 1 % of their tasks wait at the horizon, while other points run all but that.
    pub tasks_waiting: u32,
}

/// The points among which there is a choice, by number.
#[derive(Clone, Debug)]
pub struct Candidates {
    /// Positions in the table.
    pub points: Vec<usize>,
    /// The others.
    pub left_out: LeftOut,
    /// Whether tasks wait at the points that are left, because they do at all of them.
    pub all_wait: bool,
}

impl Candidates {
    /// Those of `table` that have a figure in each of `columns` in every run.
    #[must_use]
    pub fn of(table: &SweepTable, columns: &[usize]) -> Self {
        let mut left_out = LeftOut::default();
        let mut whole = Vec::new();
        for (at, point) in table.points.iter().enumerate() {
            let complete =
                || columns.iter().all(|column| point.figures(*column).all(|of| of.is_some()));
            if point.error.is_some() || point.runs.is_empty() {
                left_out.cannot_run += 1;
            } else if !complete() {
                left_out.without_figures += 1;
            } else {
                whole.push(at);
            }
        }
        let waits = |at: &usize| waiting_share(table, &table.points[*at]) > WAITING_SHARE;
        let (waiting, served): (Vec<usize>, Vec<usize>) = whole.into_iter().partition(waits);
        if served.is_empty() {
            return Self { all_wait: !waiting.is_empty(), points: waiting, left_out };
        }
        left_out.tasks_waiting = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        Self { points: served, left_out, all_wait: false }
    }
}

/// Share of all tasks of the point's runs that wait at the horizon.
fn waiting_share(table: &SweepTable, point: &PointRow) -> f64 {
    let sum = |metric: &str| {
        let column = table.column(metric)?;
        Some(point.figures(column).flatten().sum::<f64>())
    };
    match (sum("tasks.waiting_at_end"), sum("tasks.requested")) {
        (Some(waiting), Some(requested)) if requested > 0.0 => waiting / requested,
        _ => 0.0,
    }
}
