//! The report of a sweep.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::outputs::{SweepOutputs, short};
use crate::report::words;
use crate::sweep::decisions::{Front, OnFront, Question, name_in_words, unit_of};
use crate::sweep::statistics::estimate;
use crate::sweep::{AxisValue, Findings, PointRow, RunRow, SweepTable};

use super::{COMMON, STYLE, SWEEP, page};

/// Figures of single runs that a page can hold.
const FIGURES: usize = 400_000;

#[derive(Serialize)]
struct Data<'s> {
    title: &'s str,
    subtitle: String,
    answer: &'s str,
    facts: Vec<(&'static str, String)>,
    warnings: Vec<String>,
    axes: Vec<Axis<'s>>,
    metrics: Vec<Metric<'s>>,
    /// Positions in `metrics`.
    objectives: Vec<usize>,
    points: Vec<Point<'s>>,
    /// Whether values of some axis are worlds: a point stands to the front of its own.
    worlds: bool,
    resolved: &'s str,
    foot: String,
}

#[derive(Serialize)]
struct Axis<'s> {
    name: &'s str,
    short: &'s str,
    path: Option<&'s str>,
    /// As they come.
    values: Vec<&'s str>,
    numbers: Vec<Option<f64>>,
    /// What each value sets, as `--set` takes it; nothing of a value that is another scenario.
    sets: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Metric<'s> {
    path: &'s str,
    name: &'s str,
    short: &'s str,
    unit: &'static str,
}

#[derive(Serialize)]
struct Point<'s> {
    point: u64,
    label: String,
    /// Positions in the values of each axis.
    values: Vec<usize>,
    /// Mean and 95 % interval of each metric.
    figures: Vec<Option<Figure>>,
    runs: Vec<Run>,
    standing: &'static str,
    error: Option<&'s str>,
}

/// Mean, lower and upper end.
type Figure = (f64, Option<f64>, Option<f64>);

#[derive(Serialize)]
struct Run {
    /// As text: a page's numbers lose the last digits of it.
    seed: String,
    figures: Vec<Option<f64>>,
}

/// The report of a sweep, as one HTML file.
///
/// # Errors
/// None that a sweep can cause.
pub fn sweep_report(sweep: &SweepOutputs) -> serde_json::Result<String> {
    let table = &sweep.table;
    let runs: usize = table.points.iter().map(|point| point.runs.len()).sum();
    let failed = table.points.iter().filter(|point| point.error.is_some()).count();
    let with_runs = runs * table.metrics.len() <= FIGURES;
    let axes = axes(sweep);
    let standings = standings(sweep);
    let point = |row| point(sweep, row, &axes, &standings, with_runs);
    let points = table.points.iter().map(point).collect();
    let mut warnings = Vec::new();
    if failed > 0 {
        let said = words::counted(failed as f64, "point", "points");
        warnings.push(format!("{said} cannot run: the table says why"));
    }
    let column = |metric: &String| table.column(metric);
    let data = Data {
        title: &table.name,
        subtitle: "a sweep: what is better at which price".to_owned(),
        answer: &sweep.answer,
        facts: vec![
            ("points", words::grouped(table.points.len() as f64, 0)),
            ("runs", words::grouped(runs as f64, 0)),
            ("axes", table.axes.len().to_string()),
        ],
        warnings,
        metrics: table.metrics.iter().map(|path| metric(path)).collect(),
        objectives: sweep.objectives.iter().filter_map(column).collect(),
        points,
        worlds: sweep.has_worlds(),
        axes,
        resolved: &sweep.resolved,
        foot: format!("taskyard, rules {}.", table.model_version),
    };
    page(&table.name, STYLE, &format!("{COMMON}\n{SWEEP}"), &data)
}

fn metric(path: &str) -> Metric<'_> {
    let name = name_in_words(path);
    Metric { path, name, short: path.strip_prefix("tasks.").unwrap_or(path), unit: unit_of(path) }
}

fn axes(sweep: &SweepOutputs) -> Vec<Axis<'_>> {
    let of = |at: usize| {
        let mut values: Vec<&str> = Vec::new();
        let mut numbers = Vec::new();
        for value in sweep.table.points.iter().filter_map(|point| point.values.get(at)) {
            if !values.contains(&value.label.as_str()) {
                values.push(&value.label);
                numbers.push(value.number);
            }
        }
        (values, numbers)
    };
    let resolved: toml::Table = toml::from_str(&sweep.resolved).unwrap_or_default();
    let axes = sweep.table.axes.iter().enumerate().map(|(at, head)| {
        let (values, numbers) = of(at);
        let (name, path) = (head.name.as_str(), head.path.as_deref());
        let sets = values.iter().map(|value| sets(&resolved, (at, path), value)).collect();
        Axis { name, short: short(name), path, values, numbers, sets }
    });
    axes.collect()
}

/// What a value of the axis at a position sets.
fn sets(resolved: &toml::Table, (at, path): (usize, Option<&str>), value: &str) -> Vec<String> {
    if let Some(path) = path {
        return vec![format!("{path}={value}")];
    }
    let axis = resolved.get("axis").and_then(|axes| axes.get(at));
    let variants = axis.and_then(|axis| axis.get("variant")).and_then(toml::Value::as_array);
    let named =
        |variant: &&toml::Value| variant.get("name").and_then(toml::Value::as_str) == Some(value);
    let set = variants.and_then(|all| all.iter().find(named)).and_then(|one| one.get("set"));
    let set = set.and_then(toml::Value::as_table);
    set.into_iter().flatten().map(|(path, value)| format!("{path}={value}")).collect()
}

/// How each point stands to the front: with worlds to that of its own world, since figures of one world
/// are no better or worse than those of another.
fn standings(sweep: &SweepOutputs) -> BTreeMap<u64, &'static str> {
    if !sweep.has_worlds() {
        return standings_in(sweep.front.as_ref(), &sweep.alike);
    }
    let question = Question { objectives: sweep.objectives.clone(), ..Question::default() };
    let of_world = |table: &SweepTable| match Findings::of(table, &question) {
        Ok(found) => standings_in(found.decisions.front.as_ref(), &found.alike),
        // Its figures are those of the whole sweep, which were found.
        Err(_) => BTreeMap::new(),
    };
    sweep.by_world().iter().flat_map(of_world).collect()
}

fn standings_in(front: Option<&Front>, alike: &[Vec<u64>]) -> BTreeMap<u64, &'static str> {
    let rows = front.into_iter().flat_map(|front| &front.points);
    let word = |standing| match standing {
        OnFront::Front => "front",
        OnFront::NotDistinguishable => "not_distinguishable",
        OnFront::Dominated => "dominated",
    };
    let mut words: BTreeMap<u64, &'static str> =
        rows.map(|row| (row.point, word(row.standing))).collect();
    // The first of those that did the same stands for the others.
    for alike in alike {
        if let Some(word) = alike.first().and_then(|first| words.get(first)).copied() {
            words.extend(alike.iter().map(|point| (*point, word)));
        }
    }
    words
}

fn point<'s>(
    sweep: &'s SweepOutputs,
    row: &'s PointRow,
    axes: &[Axis<'_>],
    standings: &BTreeMap<u64, &'static str>,
    with_runs: bool,
) -> Point<'s> {
    let place = |(axis, value): (&Axis<'_>, &AxisValue)| {
        axis.values.iter().position(|known| *known == value.label).unwrap_or(0)
    };
    let figures = (0..sweep.table.metrics.len())
        .map(|column| estimate(row.figures(column)).map(|of| (of.mean, of.ci95_low, of.ci95_high)));
    let run =
        |run: &RunRow| Run { seed: run.seed.to_string(), figures: run.figures.iter().collect() };
    Point {
        point: row.point,
        label: sweep.described(row),
        values: axes.iter().zip(&row.values).map(place).collect(),
        figures: figures.collect(),
        runs: if with_runs { row.runs.iter().map(run).collect() } else { Vec::new() },
        standing: standings.get(&row.point).copied().unwrap_or("none"),
        error: row.error.as_deref(),
    }
}
