//! The points in the order of one objective.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::statistics::{Estimate, Standing, estimate, rank};
use super::super::table::SweepTable;

/// The points by an objective, the least first.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Ranking {
    /// Path of the figure.
    pub metric: String,
    /// Those among which there is a choice.
    pub points: Vec<RankingRow>,
}

/// A point in its place.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RankingRow {
    /// Its number.
    pub point: u64,
    /// Its values on the axes, in words.
    pub label: String,
    /// The figure.
    pub estimate: Estimate,
    /// How it stands to the best.
    pub standing: Standing,
}

impl Ranking {
    /// Of the points at `positions`.
    pub(super) fn of(table: &SweepTable, positions: &[usize], column: usize) -> Self {
        let figures: Vec<Vec<Option<f64>>> =
            positions.iter().map(|at| table.points[*at].figures(column).collect()).collect();
        let points = rank(&figures).into_iter().filter_map(|ranked| {
            let point = &table.points[positions[ranked.variant]];
            Some(RankingRow {
                point: point.point,
                label: point.label(),
                estimate: estimate(point.figures(column))?,
                standing: ranked.standing,
            })
        });
        Self { metric: table.metrics[column].clone(), points: points.collect() }
    }

    /// How many cannot be told apart from the first, that one left out.
    pub(super) fn tied(&self) -> usize {
        let tied = |row: &&RankingRow| row.standing == Standing::NotDistinguishable;
        self.points.iter().filter(tied).count().saturating_sub(1)
    }
}
