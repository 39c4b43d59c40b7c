//! Choices and worlds. Some axes are what nobody chooses (demand, prices, faults): the combinations of
//! their values are the worlds, those of the others the choices.

use std::collections::BTreeMap;

use super::super::alike::distinct;
use super::super::compact::{Digest, Figures};
use super::super::statistics::mean;
use super::super::table::{PointRow, RunRow, SweepTable};

/// The choices of a sweep, each with its point in every world.
#[derive(Debug)]
pub(super) struct Worlds {
    /// What the worlds are called: the names of their axes.
    pub(super) name: String,
    /// Their values in words, in the order of the points.
    pub(super) labels: Vec<String>,
    /// Those that are a choice in every world; such as did the same everywhere are one.
    pub(super) choices: Vec<Choice>,
    /// How many others there are.
    pub(super) left_out: u32,
}

/// A choice.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// The values of its axes in words.
    pub(super) label: String,
    /// Number of its first point.
    pub(super) point: u64,
    /// Position of its point in each world.
    pub(super) points: Vec<usize>,
}

/// The choices as a table: a row for each, whose runs have the means of its figures over the worlds.
#[derive(Clone, Debug)]
pub struct ChoiceTable {
    /// The rows. The number of one is that of its first point.
    pub table: SweepTable,
    /// The numbers of all points that each row stands for, its own first.
    pub points: Vec<Vec<u64>>,
}

impl Worlds {
    /// With the axes at `axes` the worlds, and the points at `positions` those among which there is a
    /// choice; and the choices as a table.
    pub(super) fn of(
        table: &SweepTable,
        positions: &[usize],
        axes: &[usize],
    ) -> (Self, ChoiceTable) {
        let mut labels: Vec<String> = Vec::new();
        let mut worlds: BTreeMap<String, usize> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        let mut by_choice: BTreeMap<String, BTreeMap<usize, usize>> = BTreeMap::new();
        let mut is_candidate = vec![false; table.points.len()];
        positions.iter().for_each(|at| is_candidate[*at] = true);
        for (at, point) in table.points.iter().enumerate() {
            let world = label(point, |axis| axes.contains(&axis));
            let world = *worlds.entry(world.clone()).or_insert_with(|| {
                labels.push(world);
                labels.len() - 1
            });
            let choice = label(point, |axis| !axes.contains(&axis));
            let of_choice = by_choice.entry(choice.clone()).or_insert_with(|| {
                order.push(choice);
                BTreeMap::new()
            });
            if is_candidate[at] {
                of_choice.insert(world, at);
            }
        }
        let all = order.len();
        let whole = order.into_iter().filter_map(|label| {
            let points = by_choice.remove(&label).filter(|of| of.len() == labels.len())?;
            let points: Vec<usize> = points.into_values().collect();
            Some(Choice { label, point: table.points[*points.first()?].point, points })
        });
        let choices: Vec<Choice> = whole.collect();
        let name: Vec<&str> = axes.iter().map(|axis| table.axes[*axis].name.as_str()).collect();
        let left_out = u32::try_from(all - choices.len()).unwrap_or(u32::MAX);
        let found = Self { name: name.join(" and "), labels, choices, left_out };
        found.together(table, axes)
    }

    /// The same with choices that did the same in every world as one.
    fn together(mut self, table: &SweepTable, axes: &[usize]) -> (Self, ChoiceTable) {
        let rows = self.choices.iter().map(|choice| row(table, choice, axes));
        let heads = table.axes.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
        let of_choices = SweepTable {
            axes: heads.map(|(_, head)| head.clone()).collect(),
            points: rows.collect(),
            ..table.without_points()
        };
        let numbers = |choice: &Choice| -> Vec<u64> {
            choice.points.iter().map(|at| table.points[*at].point).collect()
        };
        let (of_choices, alike) = distinct(&of_choices);
        let mut points = Vec::new();
        let mut kept = Vec::new();
        for own in &of_choices.points {
            let with = alike.iter().find(|of| of.first() == Some(&own.point));
            let stands_for = |choice: &&Choice| match with {
                Some(alike) => alike.contains(&choice.point),
                None => choice.point == own.point,
            };
            let members: Vec<&Choice> = self.choices.iter().filter(stands_for).collect();
            let Some(first) = members.first() else { continue };
            kept.push(Choice { label: own.label(), ..(*first).clone() });
            points.push(members.into_iter().flat_map(numbers).collect());
        }
        self.choices = kept;
        (self, ChoiceTable { table: of_choices, points })
    }

    /// Those choices alone for which `admitted` holds, by position.
    pub(super) fn only(&self, admitted: impl Fn(usize) -> bool) -> Self {
        let choices = self.choices.iter().enumerate().filter(|(at, _)| admitted(*at));
        Self {
            name: self.name.clone(),
            labels: self.labels.clone(),
            choices: choices.map(|(_, choice)| choice.clone()).collect(),
            left_out: self.left_out,
        }
    }
}

fn label(point: &PointRow, wanted: impl Fn(usize) -> bool) -> String {
    let values = point.values.iter().enumerate().filter(|(axis, _)| wanted(*axis));
    values.map(|(_, value)| value.label.as_str()).collect::<Vec<_>>().join(", ")
}

/// A choice as a row: run by run the means over the worlds, each as likely as the others.
fn row(table: &SweepTable, choice: &Choice, axes: &[usize]) -> PointRow {
    let points: Vec<&PointRow> = choice.points.iter().map(|at| &table.points[*at]).collect();
    let count = points.iter().map(|point| point.runs.len()).min().unwrap_or(0);
    let runs = (0..count).map(|run| {
        let of_worlds = || points.iter().map(|point| &point.runs[run]);
        let figure = |column: usize| {
            let figures: Option<Vec<f64>> =
                of_worlds().map(|run| run.figures.get(column)).collect();
            figures.and_then(|figures| mean(&figures))
        };
        let figures: Figures = (0..table.metrics.len()).map(figure).collect();
        let digest = Digest::of_all(of_worlds().map(|run| run.digest));
        RunRow { figures, digest, notes: None, ..points[0].runs[run].clone() }
    });
    let values = points.first().map(|point| point.values.iter().enumerate());
    let values = values.into_iter().flatten().filter(|(axis, _)| !axes.contains(axis));
    PointRow {
        point: choice.point,
        values: values.map(|(_, value)| value.clone()).collect(),
        runs: runs.collect(),
        error: None,
        stopped_by: points.iter().filter_map(|point| point.stopped_by).max(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::table::tests::grid;
    use super::*;

    #[test]
    fn a_choice_has_the_means_over_the_worlds_run_by_run() {
        let costs = [[1.0, 20.0], [3.0, 9.0]];
        let found = grid(["choice", "world"], ["small", "large"], ["calm", "busy"], &costs);
        let (worlds, choices) = Worlds::of(&found, &[0, 1, 2, 3], &[1]);
        assert_eq!((worlds.name.as_str(), worlds.labels.len()), ("world", 2));
        assert_eq!(choices.points, [[0, 1], [2, 3]]);
        let labels: Vec<String> = choices.table.points.iter().map(PointRow::label).collect();
        assert_eq!(labels, ["small", "large"]);
        // (1 + 20) / 2, and each run of 2 more in both worlds.
        let means: Vec<_> = choices.table.points[0].figures(0).collect();
        assert_eq!(means, [Some(10.5), Some(12.5)]);
    }

    #[test]
    fn a_choice_that_is_none_in_some_world_is_left_out_and_those_alike_everywhere_are_one() {
        let costs = [[1.0, 5.0], [1.0, 5.0], [2.0, 2.0]];
        let found = grid(["choice", "world"], ["a", "b", "c"], ["calm", "busy"], &costs);
        let (worlds, choices) = Worlds::of(&found, &[0, 1, 2, 3, 4], &[1]);
        assert_eq!((worlds.choices.len(), worlds.left_out), (1, 1));
        assert_eq!(
            (worlds.choices[0].label.as_str(), &choices.points),
            ("any", &vec![vec![0, 1, 2, 3]])
        );
    }
}
