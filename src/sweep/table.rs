//! What a sweep found: a row for each point, with the figures of each of its runs.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compact::{Digest, Figures, shared};
use super::notes::Notes;
use super::statistics::Stopped;

/// The points of a sweep and their figures, in the order of the points whatever the order of the runs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct SweepTable {
    /// Version of this layout.
    pub schema_version: u32,
    /// [`crate::run::MODEL_VERSION`] of the program that ran it.
    pub model_version: String,
    /// Name of the sweep.
    pub name: String,
    /// What is varied.
    pub axes: Vec<AxisHead>,
    /// Dotted paths of the answer: the columns of [`RunRow::figures`].
    pub metrics: Vec<String>,
    /// By number.
    pub points: Vec<PointRow>,
}

/// One thing that is varied.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct AxisHead {
    /// What it is called in tables and pictures.
    pub name: String,
    /// The dotted path that it sets; null where its values set several.
    pub path: Option<String>,
    /// Whether its values are worlds: what nobody chooses; left out where they are not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub world: bool,
}

/// One combination of values.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct PointRow {
    /// Its number in the whole plan, from 0.
    pub point: u64,
    /// Its value on each axis.
    pub values: Vec<AxisValue>,
    /// By replication; empty where the point cannot run.
    #[serde(with = "shared")]
    #[schemars(with = "Vec<RunRow>")]
    pub runs: Arc<[RunRow]>,
    /// Why it cannot run; null where it can.
    pub error: Option<String>,
    /// With a `precision`: what ended its runs. Absent without one, where it cannot run, and where no run
    /// has the figure that shall be precise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<Stopped>,
}

/// A value on an axis.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct AxisValue {
    /// As it is shown: the value as TOML, or the name of a variant.
    pub label: String,
    /// The value, where it is one number.
    pub number: Option<f64>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize, Deserialize)]
pub struct RunRow {
    /// Which of the point's runs, from 0.
    pub replication: u32,
    /// Its seed: the same for one replication at every point, so that differences pair.
    pub seed: u64,
    /// A figure for each metric; null where the answer has none.
    #[schemars(with = "Vec<Option<f64>>")]
    pub figures: Figures,
    /// Digest of the run.
    #[schemars(with = "String")]
    pub digest: Digest,
    /// Of the first run of a point, what it says beside its figures: in a column of no table, but told of
    /// all points together.
    #[serde(skip)]
    pub notes: Option<Arc<Notes>>,
}

impl SweepTable {
    /// The same without its rows.
    #[must_use]
    pub fn without_points(&self) -> Self {
        Self {
            schema_version: self.schema_version,
            model_version: self.model_version.clone(),
            name: self.name.clone(),
            axes: self.axes.clone(),
            metrics: self.metrics.clone(),
            points: Vec::new(),
        }
    }

    /// The column of `metric`.
    #[must_use]
    pub fn column(&self, metric: &str) -> Option<usize> {
        self.metrics.iter().position(|known| known == metric)
    }
}

impl PointRow {
    /// The figures of one metric, by replication.
    pub fn figures(&self, column: usize) -> impl Iterator<Item = Option<f64>> {
        self.runs.iter().map(move |run| run.figures.get(column))
    }

    /// The values of the axes in words.
    #[must_use]
    pub fn label(&self) -> String {
        let labels: Vec<&str> = self.values.iter().map(|value| value.label.as_str()).collect();
        labels.join(", ")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn point(number: usize, labels: &[&str], runs: &[Vec<f64>]) -> PointRow {
        let value = |label: &&str| AxisValue { label: (*label).to_owned(), number: None };
        let run = |(replication, figures): (usize, &Vec<f64>)| RunRow {
            replication: replication as u32,
            seed: replication as u64,
            figures: figures.iter().copied().map(Some).collect(),
            digest: Digest::default(),
            notes: None,
        };
        PointRow {
            point: number as u64,
            values: labels.iter().map(value).collect(),
            runs: runs.iter().enumerate().map(run).collect(),
            error: None,
            stopped_by: None,
        }
    }

    fn empty(axes: &[&str], metrics: &[&str]) -> SweepTable {
        let axis = |name: &&str| AxisHead { name: (*name).to_owned(), path: None, world: false };
        SweepTable {
            schema_version: 1,
            model_version: String::new(),
            name: String::new(),
            axes: axes.iter().map(axis).collect(),
            metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
            points: Vec::new(),
        }
    }

    /// Points of one axis with the figures `a` and `b` of each run.
    pub(in super::super) fn table(points: &[&[&[f64]]]) -> SweepTable {
        let mut table = empty(&["n"], &["a", "b"]);
        for (number, runs) in points.iter().enumerate() {
            let runs: Vec<Vec<f64>> = runs.iter().map(|run| run.to_vec()).collect();
            table.points.push(point(number, &[&number.to_string()], &runs));
        }
        table
    }

    /// Points of two axes with one figure, `a`, of two runs: the given one, and that and 2.
    pub(in super::super) fn grid<const R: usize, const C: usize>(
        axes: [&str; 2],
        rows: [&str; R],
        columns: [&str; C],
        figures: &[[f64; C]; R],
    ) -> SweepTable {
        let mut table = empty(&axes, &["a"]);
        for (row, of_row) in rows.iter().zip(figures) {
            for (column, figure) in columns.iter().zip(of_row) {
                let runs = [vec![*figure], vec![*figure + 2.0]];
                table.points.push(point(table.points.len(), &[row, column], &runs));
            }
        }
        table
    }
}
