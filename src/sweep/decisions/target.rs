//! The cheapest point that meets targets.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::statistics::{Estimate, estimate};
use super::super::table::SweepTable;

/// A figure that shall be at most so great.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Target {
    /// Its path.
    pub metric: String,
    /// The limit, itself admitted.
    pub at_most: f64,
}

/// Whether the mean over runs is within the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meets {
    /// The whole 95 % interval is.
    Yes,
    /// The limit lies in the interval; or there is one run alone, within the limit.
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
    /// The points that may meet all targets, the cheapest first.
    pub points: Vec<TargetRow>,
    /// How many points there were to choose from.
    pub of: u32,
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
    /// Of the points at `positions`.
    pub(super) fn of(
        table: &SweepTable,
        positions: &[usize],
        objective: usize,
        targets: &[(Target, usize)],
    ) -> Self {
        let row = |at: &usize| {
            let point = &table.points[*at];
            let figures: Option<Vec<Estimate>> =
                targets.iter().map(|(_, column)| estimate(point.figures(*column))).collect();
            let figures = figures?;
            let limits = targets.iter().map(|(target, _)| target.at_most);
            let meets = figures.iter().zip(limits).map(|(of, limit)| meets(of, limit)).max()?;
            let objective = estimate(point.figures(objective))?;
            let (point, label) = (point.point, point.label());
            Some(TargetRow { point, label, objective, figures, meets })
        };
        let mut points: Vec<TargetRow> =
            positions.iter().filter_map(row).filter(|row| row.meets != Meets::No).collect();
        points.sort_by(|a, b| {
            a.objective.mean.total_cmp(&b.objective.mean).then(a.point.cmp(&b.point))
        });
        Self {
            targets: targets.iter().map(|(target, _)| target.clone()).collect(),
            objective: table.metrics[objective].clone(),
            points,
            of: u32::try_from(positions.len()).unwrap_or(u32::MAX),
        }
    }
}

fn meets(figure: &Estimate, at_most: f64) -> Meets {
    match (figure.ci95_low, figure.ci95_high) {
        (_, Some(high)) if high <= at_most => Meets::Yes,
        (Some(low), _) if low > at_most => Meets::No,
        (None, None) if figure.mean > at_most => Meets::No,
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
}
