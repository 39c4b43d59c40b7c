//! The choice to regret least, whichever world comes true.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::statistics::{Standing, mean, rank};
use super::super::table::SweepTable;
use super::target::Meets;
use super::worlds::{Choice, Worlds};

/// What each choice costs beside the best one of each world.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Regret {
    /// Names of the axes of the worlds.
    pub worlds: String,
    /// Path of the figure.
    pub metric: String,
    /// With targets: whether these are the choices that meet them in every world for sure, or where none
    /// does, those that may; choices that do not are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meets: Option<Meets>,
    /// The choices by greatest regret, the least first.
    pub choices: Vec<RegretRow>,
    /// Choices that do not run whole in every world.
    pub left_out: u32,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RegretRow {
    /// Number of its first point.
    pub point: u64,
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
struct Figures<'w> {
    choice: &'w Choice,
    worlds: Vec<Vec<f64>>,
}

impl Regret {
    /// Of the choices of `worlds`; `None` where there are none.
    pub(super) fn of(
        table: &SweepTable,
        column: usize,
        worlds: &Worlds,
        meets: Option<Meets>,
    ) -> Option<Self> {
        let labels = &worlds.labels;
        let figures = |at: &usize| table.points[*at].figures(column).flatten().collect();
        let choices = worlds.choices.iter();
        let choices: Vec<Figures<'_>> = choices
            .map(|choice| Figures { choice, worlds: choice.points.iter().map(figures).collect() })
            .collect();
        let bests = bests(&choices, labels.len())?;
        let above = |choice: &Figures<'_>, world: usize| -> Vec<f64> {
            let best = &choices[bests[world]].worlds[world];
            choice.worlds[world].iter().zip(best).map(|(own, best)| own - best).collect()
        };
        let worst = |choice: &Figures<'_>| {
            let regrets = (0..labels.len()).map(|world| (world, above(choice, world)));
            let of = |regret: &[f64]| mean(regret).unwrap_or(0.0);
            regrets.max_by(|(v, a), (w, b)| of(a).total_cmp(&of(b)).then(w.cmp(v)))
        };
        let expected = |choice: &Figures<'_>| -> Vec<f64> {
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
                point: choice.choice.point,
                label: choice.choice.label.clone(),
                max_regret: mean(&regret).unwrap_or(0.0),
                in_world: labels[world].clone(),
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
        let (worlds, left_out) = (worlds.name.clone(), worlds.left_out);
        Some(Self { worlds, metric, meets, choices: rows, left_out })
    }
}

/// The choice with the least mean in each world.
fn bests(choices: &[Figures<'_>], worlds: usize) -> Option<Vec<usize>> {
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
        let of = |positions: &[usize]| {
            let (worlds, _) = Worlds::of(&found, positions, &[1]);
            Regret::of(&found, 0, &worlds, None).unwrap()
        };
        let regret = of(&all);
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
        // Without the busy world of large it is no choice any more.
        let regret = of(&all[..5]);
        assert_eq!((regret.choices.len(), regret.left_out), (2, 1));
    }
}
