//! What a sweep found: its rows, an estimate of each figure at each point, and what follows from them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::run::CatalogSummary;

use super::alike::distinct;
use super::decisions::{Decisions, NotInTable, Question, decide};
use super::notes::{SweepAssumption, SweepWarning, assumptions, warnings};
use super::parts::SweepHead;
use super::statistics::{Estimate, estimate};
use super::table::{PointRow, SweepTable};

/// A sweep and what follows from it: the content of `sweep.json` (extend freely, rename never).
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Findings<'t> {
    /// The rows.
    #[serde(flatten)]
    pub table: &'t SweepTable,
    /// Key of the sweep: two with the same have the same scenarios, axes, replications, seed, metrics,
    /// catalogue and model version.
    pub plan: String,
    /// What it was asked of: dates of the tables, and of every price series in them.
    pub catalog: CatalogSummary,
    /// What the points warn of; the first run of each is asked.
    pub warnings: Vec<SweepWarning>,
    /// What they rest on that AWS does not document; the first run of each is asked.
    pub assumptions: Vec<SweepAssumption>,
    /// Paths of the figures that shall be small, the first the most.
    pub objectives: Vec<String>,
    /// In a paragraph.
    pub answer: String,
    /// The figures of each point.
    pub statistics: Vec<PointStatistics>,
    /// Points that did the same in every run, by number: the first of each stands for the others in the
    /// decisions.
    pub alike: Vec<Vec<u64>>,
    /// What follows.
    pub decisions: Decisions,
    /// The rows with points that did the same as one, or with worlds the choices: what was decided on.
    #[serde(skip)]
    pub distinct: SweepTable,
}

/// The figures of a point over its runs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PointStatistics {
    /// Its number.
    pub point: u64,
    /// For each metric; null where no run has it.
    pub estimates: Vec<Option<Estimate>>,
}

impl<'t> Findings<'t> {
    /// Of a table, with `question` asked of it.
    ///
    /// # Errors
    /// When the question names a figure or an axis that the table does not have.
    pub fn of(table: &'t SweepTable, question: &Question) -> Result<Self, NotInTable> {
        let (distinct, alike) = distinct(table);
        let with_worlds = !question.worlds.is_empty() || table.axes.iter().any(|axis| axis.world);
        // Where there are worlds, points that did the same may be of several of them.
        let decisions = decide(if with_worlds { table } else { &distinct }, question)?;
        let distinct = match &decisions.choices {
            Some(choices) => choices.table.clone(),
            None => distinct,
        };
        let columns = 0..table.metrics.len();
        let of_point = |point: &PointRow| PointStatistics {
            point: point.point,
            estimates: columns.clone().map(|column| estimate(point.figures(column))).collect(),
        };
        Ok(Self {
            table,
            plan: String::new(),
            catalog: CatalogSummary::default(),
            warnings: warnings(table),
            assumptions: assumptions(table),
            objectives: question.objectives.clone(),
            answer: decisions.answer.clone(),
            statistics: table.points.iter().map(of_point).collect(),
            alike,
            decisions,
            distinct,
        })
    }

    /// The same, of the sweep that `head` tells of.
    #[must_use]
    pub fn of_sweep(self, head: &SweepHead) -> Self {
        Self { plan: head.plan.clone(), catalog: head.catalog.clone(), ..self }
    }
}
