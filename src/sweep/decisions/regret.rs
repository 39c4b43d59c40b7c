//! The choice to regret least, whichever world comes true.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::super::statistics::{Standing, mean, rank};
use super::super::table::{PointRow, SweepTable};

/// What each choice costs beside the best one of each world. One axis is what nobody chooses (demand,
/// prices): its values are the worlds. The combinations of the others are the choices.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Regret {
    /// Name of the axis of the worlds.
    pub worlds: String,
    /// Path of the figure.
    pub metric: String,
    /// The choices by greatest regret, the least first.
    pub choices: Vec<RegretRow>,
    /// Choices that do not run whole in every world.
    pub left_out: u32,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RegretRow {
    /// Its values on the other axes, in words.
    pub label: String,
    /// Most that it is above the best choice of a world, by the means.
    pub max_regret: f64,
    /// In which world.
    pub in_world: String,
    /// Mean over the worlds, each as likely as the others.
    pub expected_regret: f64,
    /// How its greatest regret stands to the least, on runs under the same seeds.
    pub standing: Standing,
    /// How its expected regret does.
    pub standing_of_expected: Standing,
}

/// A choice: its figures by world and replication.
struct Choice {
    label: String,
    worlds: Vec<Vec<f64>>,
}

impl Regret {
    /// Of the points at `positions`; `None` without an axis of that name, or without a choice.
    pub(super) fn of(
        table: &SweepTable,
        positions: &[usize],
        column: usize,
        worlds: &str,
    ) -> Option<Self> {
        let axis = table.axes.iter().position(|axis| axis.name == worlds)?;
        let mut known = BTreeSet::new();
        let mut labels: Vec<&str> = Vec::new();
        for point in &table.points {
            let label = point.values.get(axis)?.label.as_str();
            if known.insert(label) {
                labels.push(label);
            }
        }
        let (choices, left_out) = choices(table, positions, column, axis, &labels);
        let bests = bests(&choices, labels.len())?;
        let above = |choice: &Choice, world: usize| -> Vec<f64> {
            let best = &choices[bests[world]].worlds[world];
            choice.worlds[world].iter().zip(best).map(|(own, best)| own - best).collect()
        };
        let worst = |choice: &Choice| {
            let regrets = (0..labels.len()).map(|world| (world, above(choice, world)));
            let of = |regret: &[f64]| mean(regret).unwrap_or(0.0);
            regrets.max_by(|(v, a), (w, b)| of(a).total_cmp(&of(b)).then(w.cmp(v)))
        };
        let expected = |choice: &Choice| -> Vec<f64> {
            let by_world: Vec<_> = (0..labels.len()).map(|world| above(choice, world)).collect();
            let runs = by_world.iter().map(Vec::len).min().unwrap_or(0);
            (0..runs)
                .map(|run| by_world.iter().map(|of| of[run]).sum::<f64>() / labels.len() as f64)
                .collect()
        };
        let found: Vec<(usize, Vec<f64>)> = choices.iter().filter_map(worst).collect();
        let expected: Vec<Vec<f64>> = choices.iter().map(expected).collect();
        let (standing, of_expected) =
            (standings(found.iter().map(|(_, regret)| regret)), standings(expected.iter()));
        let mut rows: Vec<RegretRow> = (choices.into_iter().zip(found).enumerate())
            .map(|(at, (choice, (world, regret)))| RegretRow {
                label: choice.label,
                max_regret: mean(&regret).unwrap_or(0.0),
                in_world: labels[world].to_owned(),
                expected_regret: mean(&expected[at]).unwrap_or(0.0),
                standing: standing[at],
                standing_of_expected: of_expected[at],
            })
            .collect();
        rows.sort_by(|a, b| {
            let by_greatest = a.max_regret.total_cmp(&b.max_regret);
            by_greatest.then(a.expected_regret.total_cmp(&b.expected_regret))
        });
        let metric = table.metrics[column].clone();
        Some(Self { worlds: worlds.to_owned(), metric, choices: rows, left_out })
    }
}

/// The choices that run whole in every world, and how many do not.
fn choices(
    table: &SweepTable,
    positions: &[usize],
    column: usize,
    axis: usize,
    worlds: &[&str],
) -> (Vec<Choice>, u32) {
    let label = |point: &PointRow| {
        let others = point.values.iter().enumerate().filter(|(at, _)| *at != axis);
        others.map(|(_, value)| value.label.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut known = BTreeSet::new();
    let mut order: Vec<String> = Vec::new();
    for label in table.points.iter().map(label) {
        if known.insert(label.clone()) {
            order.push(label);
        }
    }
    let places: BTreeMap<&str, usize> =
        worlds.iter().enumerate().map(|(at, world)| (*world, at)).collect();
    let mut by_choice: BTreeMap<String, Vec<Option<Vec<f64>>>> = BTreeMap::new();
    for point in positions.iter().map(|at| &table.points[*at]) {
        let world = places.get(point.values[axis].label.as_str()).copied();
        let of = by_choice.entry(label(point)).or_insert_with(|| vec![None; worlds.len()]);
        if let Some(world) = world {
            of[world] = point.figures(column).collect();
        }
    }
    let all = order.len();
    let whole = order.into_iter().filter_map(|label| {
        let worlds = by_choice.remove(&label)?.into_iter().collect::<Option<Vec<_>>>()?;
        Some(Choice { label, worlds })
    });
    let whole: Vec<Choice> = whole.collect();
    let left_out = u32::try_from(all - whole.len()).unwrap_or(u32::MAX);
    (whole, left_out)
}

/// The choice with the least mean in each world.
fn bests(choices: &[Choice], worlds: usize) -> Option<Vec<usize>> {
    let best = |world: usize| {
        let of = |at: &usize| mean(&choices[*at].worlds[world]).unwrap_or(f64::INFINITY);
        (0..choices.len()).min_by(|a, b| of(a).total_cmp(&of(b)).then(a.cmp(b)))
    };
    (0..worlds).map(best).collect()
}

fn standings<'r>(regrets: impl Iterator<Item = &'r Vec<f64>>) -> Vec<Standing> {
    let runs: Vec<Vec<Option<f64>>> =
        regrets.map(|of| of.iter().copied().map(Some).collect()).collect();
    let mut standings = vec![Standing::Behind; runs.len()];
    for ranked in rank(&runs) {
        standings[ranked.variant] = ranked.standing;
    }
    standings
}

#[cfg(test)]
mod tests {
    use super::super::super::table::tests::grid;
    use super::*;

    #[test]
    fn the_least_greatest_regret_need_not_be_the_best_in_any_world() {
        // Costs of three choices in two worlds; two runs that differ by a shift all share.
        //            calm  busy   regret: calm  busy
        // small         1    20              0    12
        // middle        3     9              2     1
        // large         8     8              7     0
        let costs = [[1.0, 20.0], [3.0, 9.0], [8.0, 8.0]];
        let found =
            grid(["choice", "world"], ["small", "middle", "large"], ["calm", "busy"], &costs);
        let all: Vec<usize> = (0..found.points.len()).collect();
        let regret = Regret::of(&found, &all, 0, "world").unwrap();
        let rows: Vec<_> = regret
            .choices
            .iter()
            .map(|row| (row.label.as_str(), row.max_regret, row.in_world.as_str()))
            .collect();
        assert_eq!(
            rows,
            [("middle", 2.0, "calm"), ("large", 7.0, "calm"), ("small", 12.0, "busy")]
        );
        assert!((regret.choices[0].expected_regret - 1.5).abs() < 1e-12);
        assert_eq!(regret.choices[0].standing, Standing::Best);
        assert_eq!(Regret::of(&found, &all, 0, "weather"), None);
        // Without the busy world of large it is no choice any more.
        let regret = Regret::of(&found, &all[..5], 0, "world").unwrap();
        assert_eq!((regret.choices.len(), regret.left_out), (2, 1));
    }
}
