//! The cheapest point that meets targets.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::statistics::{Estimate, estimate, mean, standard_error, t_quantile};
use super::super::table::{PointRow, SweepTable};
use super::worlds::{Choice, Worlds};

/// A figure that shall be at most so great.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Target {
    /// Its path.
    pub metric: String,
    /// The limit, itself admitted.
    pub at_most: f64,
}

/// Whether the mean over runs is within the limit, by intervals that hold together for all points and
/// targets: the cheapest that meets them is chosen from all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meets {
    /// The whole interval is, and every run has the figure.
    Yes,
    /// The limit lies in the interval; or there is one run alone within the limit, or a run without the
    /// figure.
    Perhaps,
    /// It is not.
    No,
}

/// The points by what is to be cheap.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Targets {
    /// What shall be met.
    pub targets: Vec<Target>,
    /// Path of the figure that shall be small.
    pub objective: String,
    /// The points that may meet all targets, the cheapest first; with worlds the choices.
    pub points: Vec<TargetRow>,
    /// How many there were to choose from.
    pub of: u32,
    /// Points (of all worlds) times targets: `meets` goes by intervals that hold for so many at 95 %
    /// together, which are wider than those of `figures`.
    pub family: u32,
}

/// A point that meets the targets, or may.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct TargetRow {
    /// Its number.
    pub point: u64,
    /// Its values on the axes, in words.
    pub label: String,
    /// What it costs.
    pub objective: Estimate,
    /// The figures of the targets.
    pub figures: Vec<Estimate>,
    /// Whether all are met.
    pub meets: Meets,
}

impl Targets {
    /// Of the choices of `worlds`, whose rows are those of `choices`: what is met is met in every world,
    /// and the figures are those of the world where they are greatest.
    pub(super) fn of_choices(
        table: &SweepTable,
        (worlds, choices): (&Worlds, &SweepTable),
        objective: usize,
        targets: &[(Target, usize)],
    ) -> Self {
        let family = worlds.choices.len() * worlds.labels.len() * targets.len();
        let row = |(choice, row): (&Choice, &PointRow)| {
            let runs = |at: usize, column: usize| -> Vec<Option<f64>> {
                table.points[at].figures(column).collect()
            };
            let greatest = |column: usize| {
                let figures = choice.points.iter().map(|at| estimate(runs(*at, column)));
                let figures = figures.collect::<Option<Vec<Estimate>>>()?;
                figures.into_iter().max_by(|a, b| a.mean.total_cmp(&b.mean))
            };
            let judged = choice.points.iter().flat_map(|at| {
                let of = |(target, column): &(Target, usize)| {
                    meets(&runs(*at, *column), target.at_most, family)
                };
                targets.iter().map(of)
            });
            Some(TargetRow {
                point: row.point,
                label: row.label(),
                meets: judged.max()?,
                figures: targets
                    .iter()
                    .map(|(_, column)| greatest(*column))
                    .collect::<Option<_>>()?,
                objective: estimate(row.figures(objective))?,
            })
        };
        let rows = worlds.choices.iter().zip(&choices.points).filter_map(row);
        Self::ordered(
            rows.collect(),
            (&table.metrics[objective], targets),
            worlds.choices.len(),
            family,
        )
    }

    /// Of the points at `positions`.
    pub(super) fn of(
        table: &SweepTable,
        positions: &[usize],
        objective: usize,
        targets: &[(Target, usize)],
    ) -> Self {
        let family = positions.len() * targets.len();
        let row = |at: &usize| {
            let point = &table.points[*at];
            let figures: Option<Vec<Estimate>> =
                targets.iter().map(|(_, column)| estimate(point.figures(*column))).collect();
            let figures = figures?;
            let judged = targets.iter().map(|(target, column)| {
                let runs: Vec<Option<f64>> = point.figures(*column).collect();
                meets(&runs, target.at_most, family)
            });
            let meets = judged.max()?;
            let objective = estimate(point.figures(objective))?;
            let (point, label) = (point.point, point.label());
            Some(TargetRow { point, label, objective, figures, meets })
        };
        let rows = positions.iter().filter_map(row).collect();
        Self::ordered(rows, (&table.metrics[objective], targets), positions.len(), family)
    }

    /// Those that may meet the targets, the cheapest first.
    fn ordered(
        mut points: Vec<TargetRow>,
        (objective, targets): (&str, &[(Target, usize)]),
        of: usize,
        family: usize,
    ) -> Self {
        points.retain(|row| row.meets != Meets::No);
        points.sort_by(|a, b| {
            a.objective.mean.total_cmp(&b.objective.mean).then(a.point.cmp(&b.point))
        });
        Self {
            targets: targets.iter().map(|(target, _)| target.clone()).collect(),
            objective: objective.to_owned(),
            points,
            of: u32::try_from(of).unwrap_or(u32::MAX),
            family: u32::try_from(family).unwrap_or(u32::MAX),
        }
    }
}

/// By the interval at 95 % for `family` of them together.
fn meets(runs: &[Option<f64>], at_most: f64, family: usize) -> Meets {
    let drawn: Vec<f64> = runs.iter().copied().flatten().collect();
    let Some(mean) = mean(&drawn) else { return Meets::Perhaps };
    let quantile = || t_quantile(drawn.len() - 1, 1.0 - 0.025 / family.max(1) as f64);
    let half = standard_error(&drawn).and_then(|error| Some(quantile()? * error));
    match half {
        Some(half) if mean - half > at_most => Meets::No,
        Some(half) if mean + half <= at_most && drawn.len() == runs.len() => Meets::Yes,
        None if mean > at_most => Meets::No,
        _ => Meets::Perhaps,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::table::tests::table;
    use super::*;

    #[test]
    fn the_cheapest_that_meets_a_target_comes_first_and_one_that_may_is_told() {
        let found = table(&[
            &[&[1.0, 90.0], &[1.0, 110.0]],
            &[&[2.0, 59.0], &[2.0, 60.5]],
            &[&[3.0, 50.0], &[3.0, 50.1]],
            &[&[4.0, 10.0], &[4.0, 10.1]],
        ]);
        let target = Target { metric: "b".to_owned(), at_most: 60.0 };
        let targets = Targets::of(&found, &[0, 1, 2, 3], 0, &[(target, 1)]);
        // 100 +- 127: even the first may meet it, so few are the runs.
        let rows: Vec<_> = targets.points.iter().map(|row| (row.point, row.meets)).collect();
        let expected = [(0, Meets::Perhaps), (1, Meets::Perhaps), (2, Meets::Yes), (3, Meets::Yes)];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_point_with_a_run_without_the_figure_may_meet_a_target_and_no_more() {
        let mut found = table(&[&[&[1.0, 10.0], &[1.0, 10.1], &[1.0, 10.2]]]);
        let target = Target { metric: "b".to_owned(), at_most: 60.0 };
        let of = |found: &SweepTable| {
            let targets = Targets::of(found, &[0], 0, &[(target.clone(), 1)]);
            targets.points.first().map(|row| row.meets)
        };
        assert_eq!(of(&found), Some(Meets::Yes));
        let mut runs = found.points[0].runs.to_vec();
        runs[2].figures = [Some(1.0), None].into_iter().collect();
        found.points[0].runs = runs.into();
        assert_eq!(of(&found), Some(Meets::Perhaps));
    }

    #[test]
    fn among_more_points_a_point_needs_more_to_meet_a_target() {
        // 50 +- t x 1 / sqrt(3): t(2) at 0.025 = 4.30 gives 52.5, at a hundredth of that 44.7 gives 75.8.
        let runs: &[&[f64]] = &[&[1.0, 49.0], &[1.0, 50.0], &[1.0, 51.0]];
        let target = Target { metric: "b".to_owned(), at_most: 60.0 };
        let of = |points: usize| {
            let found = table(&vec![runs; points]);
            let all: Vec<usize> = (0..points).collect();
            Targets::of(&found, &all, 0, &[(target.clone(), 1)]).points[0].meets
        };
        assert_eq!((of(1), of(100)), (Meets::Yes, Meets::Perhaps));
    }
}
