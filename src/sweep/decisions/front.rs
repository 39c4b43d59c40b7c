//! The Pareto front of two objectives: the points that no other beats in both.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::statistics::{Estimate, estimate, paired};
use super::super::table::{PointRow, SweepTable};

/// How a point stands to the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFront {
    /// By the means, no other point is as small in both and smaller in one.
    Front,
    /// Others are by the means, but luck may have done it.
    NotDistinguishable,
    /// Another point is smaller in both, or equal in every run in one, by more than luck; of single runs
    /// as they are, luck or not.
    Dominated,
}

/// The points by the first objective.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Front {
    /// Paths of the two figures.
    pub objectives: [String; 2],
    /// The points among which there is a choice.
    pub points: Vec<FrontRow>,
}

/// A point of the plane.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct FrontRow {
    /// Its number.
    pub point: u64,
    /// Its values on the axes, in words.
    pub label: String,
    /// The figures.
    pub estimates: [Estimate; 2],
    /// How it stands.
    pub standing: OnFront,
    /// Where it is dominated: the number of a point of the front that does it.
    pub dominated_by: Option<u64>,
}

impl Front {
    /// Of the points at `positions`. The front is chosen from the same runs, so any point may be held
    /// against any other: 5 % is shared among all ordered pairs. Each comparison is one-sided, and a
    /// point is dominated only where both figures are below: the two share nothing more. Of single runs
    /// nothing is called luck: the means alone decide.
    pub(super) fn of(table: &SweepTable, positions: &[usize], columns: [usize; 2]) -> Self {
        let mut rows: Vec<(&PointRow, [Estimate; 2])> = Vec::new();
        for point in positions.iter().map(|at| &table.points[*at]) {
            if let [Some(first), Some(second)] = columns.map(|of| estimate(point.figures(of))) {
                rows.push((point, [first, second]));
            }
        }
        rows.sort_by(|(a, of_a), (b, of_b)| {
            let by_means = of_a[0].mean.total_cmp(&of_b[0].mean);
            by_means.then(of_a[1].mean.total_cmp(&of_b[1].mean)).then(a.point.cmp(&b.point))
        });
        let front = least_so_far(&rows);
        let on_front: Vec<_> =
            rows.iter().zip(&front).filter(|(_, on)| **on).map(|(row, _)| row).collect();
        // The lower end of a two-sided interval for half of them is the one-sided one for all.
        let family = rows.len() * rows.len().saturating_sub(1) / 2;
        let points = rows.iter().zip(&front).map(|((point, estimates), on)| {
            let beats = |(_, of): &&&(&PointRow, [Estimate; 2])| no_greater(of, estimates);
            let sure = |(other, _): &&&(&PointRow, [Estimate; 2])| {
                columns.iter().all(|column| below(other, point, *column, family))
            };
            let by = if *on { None } else { on_front.iter().filter(beats).find(sure) };
            let standing = match by {
                _ if *on => OnFront::Front,
                Some(_) => OnFront::Dominated,
                None => OnFront::NotDistinguishable,
            };
            FrontRow {
                point: point.point,
                label: point.label(),
                estimates: *estimates,
                standing,
                dominated_by: by.map(|(other, _)| other.point),
            }
        });
        let points = points.collect();
        Self { objectives: columns.map(|column| table.metrics[column].clone()), points }
    }

    /// Whether a point has one run alone: then nobody knows what is luck.
    #[must_use]
    pub fn has_single_runs(&self) -> bool {
        self.points.iter().any(|row| row.estimates.iter().any(|of| of.n < 2))
    }

    /// How many points stand so.
    #[must_use]
    pub fn count(&self, standing: OnFront) -> usize {
        self.points.iter().filter(|row| row.standing == standing).count()
    }
}

/// Which of the rows, in order of the first objective and then the second, no other beats by the means.
fn least_so_far(rows: &[(&PointRow, [Estimate; 2])]) -> Vec<bool> {
    let mut least: Option<[f64; 2]> = None;
    let on_front = rows.iter().map(|(_, estimates)| {
        let own = estimates.map(|of| of.mean);
        let equal = |least: [f64; 2]| {
            least[0].total_cmp(&own[0]).is_eq() && least[1].total_cmp(&own[1]).is_eq()
        };
        let on = least.is_none_or(|least| own[1] < least[1] || equal(least));
        if on {
            least = Some(own);
        }
        on
    });
    on_front.collect()
}

/// Whether both means are at most those of `than`.
fn no_greater(of: &[Estimate; 2], than: &[Estimate; 2]) -> bool {
    of.iter().zip(than).all(|(of, than)| of.mean <= than.mean)
}

/// Whether `other` is smaller than `point` by more than luck, or equal in every run. One run each is
/// compared as it is.
fn below(other: &PointRow, point: &PointRow, column: usize, family: usize) -> bool {
    if other.runs.len() < 2 || point.runs.len() < 2 {
        return other.figures(column).zip(point.figures(column)).all(|(a, b)| a <= b);
    }
    let found = paired(point.figures(column), other.figures(column), family);
    found.is_some_and(|of| of.ci95_low > 0.0 || (of.ci95_low >= 0.0 && of.ci95_high <= 0.0))
}

#[cfg(test)]
mod tests {
    use super::super::super::table::tests::table;
    use super::*;

    #[test]
    fn a_point_is_on_the_front_dominated_or_not_distinguishable_from_it() {
        // Cost is certain, time has luck that all points share, and some of their own.
        let found = table(&[
            &[&[1.0, 90.0], &[1.0, 110.0], &[1.0, 100.0]],
            &[&[2.0, 50.0], &[2.0, 70.0], &[2.0, 60.0]],
            &[&[2.0, 51.0], &[2.0, 69.5], &[2.0, 62.0]],
            &[&[3.0, 80.0], &[3.0, 100.1], &[3.0, 90.0]],
        ]);
        let front = Front::of(&found, &[0, 1, 2, 3], [0, 1]);
        let standings: Vec<_> = front.points.iter().map(|row| row.standing).collect();
        let expected =
            [OnFront::Front, OnFront::Front, OnFront::NotDistinguishable, OnFront::Dominated];
        assert_eq!(standings, expected);
        assert_eq!(front.points[3].dominated_by, Some(1));
    }

    #[test]
    fn the_more_points_there_are_the_more_a_point_needs_to_be_dominated() {
        // b: 10, 12, 14.5 against 0: mean 12.1667, s = 2.254625, standard error 1.301709, t = 9.3467. One
        // degree of luck: qt(1 - 0.05 / 2, 2) = 4.30, and of six points qt(1 - 0.05 / 30, 2) = 17.3.
        let best: &[&[f64]] = &[&[1.0, 0.0], &[1.0, 0.0], &[1.0, 0.0]];
        let worse: &[&[f64]] = &[&[2.0, 10.0], &[2.0, 12.0], &[2.0, 14.5]];
        let two = table(&[best, worse]);
        let dominated = Front::of(&two, &[0, 1], [0, 1]).count(OnFront::Dominated);
        assert_eq!(dominated, 1);
        let six = table(&[best, worse, worse, worse, worse, worse]);
        let front = Front::of(&six, &[0, 1, 2, 3, 4, 5], [0, 1]);
        assert_eq!(front.count(OnFront::NotDistinguishable), 5, "{front:?}");
    }

    #[test]
    fn equal_points_are_both_on_the_front_and_single_runs_go_by_their_figures() {
        let found = table(&[&[&[1.0, 5.0]], &[&[1.0, 5.0]], &[&[1.0, 6.0]], &[&[2.0, 1.0]]]);
        let front = Front::of(&found, &[0, 1, 2, 3], [0, 1]);
        assert_eq!(front.count(OnFront::Front), 3);
        assert_eq!(front.count(OnFront::Dominated), 1);
    }
}
