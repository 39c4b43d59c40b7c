//! `sweep`: its points in order of rank, for people, programs and spreadsheets.

use serde::Serialize;

use crate::run::Interval;
use crate::sweep::{PointRow, SweepTable, interval, mean};

use super::csv::{document, maybe};
use super::grid::Grid;
use super::json::pretty;
use super::out_dir::OutFile;
use super::page::Page;
use super::words::{amount, count, grouped, seconds};

/// Points that the table shows.
const SHOWN: usize = 30;

/// Characters of a value that it shows.
const VALUE_WIDTH: usize = 28;

/// A sweep and what follows from it.
#[derive(Clone, Debug, Serialize)]
pub struct SweepView<'t> {
    /// The rows.
    #[serde(flatten)]
    pub table: &'t SweepTable,
    /// What points are ranked by.
    pub objectives: &'t [String],
}

/// `sweep -o json`.
///
/// # Errors
/// None that a table can cause.
pub fn sweep_json(view: &SweepView<'_>) -> serde_json::Result<String> {
    pretty(view)
}

/// The files of `--out DIR`.
///
/// # Errors
/// None that a table can cause.
pub fn sweep_files(view: &SweepView<'_>) -> serde_json::Result<Vec<OutFile>> {
    Ok(vec![
        ("sweep.json", sweep_json(view)?.into_bytes()),
        ("points.csv", sweep_csv(view)),
        ("runs.csv", runs_csv(view.table)),
    ])
}

fn axes(table: &SweepTable) -> impl Iterator<Item = &str> {
    table.axes.iter().map(|axis| axis.name.as_str())
}

fn labels(point: &PointRow) -> impl Iterator<Item = String> {
    point.values.iter().map(|value| value.label.clone())
}

fn drawn(point: &PointRow, column: usize) -> Vec<f64> {
    point.figures(column).flatten().collect()
}

/// A row for each point: its values, then mean and interval of each figure.
#[must_use]
pub fn sweep_csv(view: &SweepView<'_>) -> Vec<u8> {
    let table = view.table;
    let mut header = vec!["point".to_owned()];
    header.extend(axes(table).map(str::to_owned));
    header.push("runs".to_owned());
    for metric in &table.metrics {
        header.extend(["", ".ci95_low", ".ci95_high"].map(|end| format!("{metric}{end}")));
    }
    header.push("error".to_owned());
    let row = |point: &PointRow| {
        let mut cells = vec![point.point.to_string()];
        cells.extend(labels(point));
        cells.push(point.runs.len().to_string());
        for column in 0..table.metrics.len() {
            let drawn = drawn(point, column);
            let ends = interval(&drawn);
            cells.push(maybe(mean(&drawn)));
            cells.push(maybe(ends.map(|of: Interval| of.ci95_low)));
            cells.push(maybe(ends.map(|of| of.ci95_high)));
        }
        cells.push(point.error.clone().unwrap_or_default());
        cells
    };
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    document(&header, table.points.iter().map(row))
}

/// A row for each run.
fn runs_csv(table: &SweepTable) -> Vec<u8> {
    let mut header = vec!["point", "replication", "seed"];
    header.extend(axes(table));
    header.extend(table.metrics.iter().map(String::as_str));
    header.push("digest");
    let rows = table.points.iter().flat_map(|point| {
        point.runs.iter().map(move |run| {
            let mut cells = vec![point.point.to_string()];
            cells.extend([run.replication.to_string(), run.seed.to_string()]);
            cells.extend(labels(point));
            cells.extend(run.figures.iter().map(|figure| maybe(*figure)));
            cells.push(run.digest.clone());
            cells
        })
    });
    document(&header, rows)
}

/// The sweep as a page.
#[must_use]
pub fn sweep_table(view: &SweepView<'_>) -> String {
    let table = view.table;
    let mut page = Page::default();
    let runs: usize = table.points.iter().map(|point| point.runs.len()).sum();
    page.headline(&format!("{}: {} points, {runs} runs", table.name, table.points.len()));
    page.section("Points");
    let waiting = table.column("tasks.waiting_at_end");
    let columns: Vec<usize> =
        view.objectives.iter().filter_map(|metric| table.column(metric)).collect();
    let mut titles: Vec<String> = vec![">".to_owned()];
    titles.extend(axes(table).map(str::to_owned));
    titles.extend(columns.iter().map(|column| format!(">{}", table.metrics[*column])));
    titles.extend([">waiting".to_owned(), String::new()]);
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut grid = Grid::new(&titles);
    let mut order: Vec<&PointRow> = table.points.iter().collect();
    let key = |point: &PointRow| {
        let first = columns.first().and_then(|column| mean(&drawn(point, *column)));
        let waits = waiting.and_then(|column| mean(&drawn(point, column))).unwrap_or(0.0);
        (waits > 0.0, first.unwrap_or(f64::INFINITY))
    };
    order.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    for (rank, point) in order.iter().take(SHOWN).enumerate() {
        let mut cells = vec![(rank + 1).to_string()];
        cells.extend(labels(point).map(|label| shortened(&label)));
        cells.extend(columns.iter().map(|column| figure(table, point, *column)));
        let waits = waiting.and_then(|column| mean(&drawn(point, column))).unwrap_or(0.0);
        cells.push(if waits > 0.0 { count(waits) } else { String::new() });
        cells.push(point.error.clone().unwrap_or_default());
        grid.row(cells);
    }
    page.grid(2, &grid.without_empty_columns());
    if order.len() > SHOWN {
        page.line(2, &format!("and {} more: -o csv has all of them", order.len() - SHOWN));
    }
    page.finish()
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= VALUE_WIDTH {
        return label.to_owned();
    }
    label.chars().take(VALUE_WIDTH - 3).collect::<String>() + "..."
}

/// The mean, with half the width of its interval.
fn figure(table: &SweepTable, point: &PointRow, column: usize) -> String {
    let drawn = drawn(point, column);
    let Some(mean) = mean(&drawn) else { return String::new() };
    let usd = table.metrics[column].contains("usd");
    let text = if usd { amount(mean) } else { seconds(Some(mean)) };
    let half = interval(&drawn).map_or(0.0, |of| (of.ci95_high - of.ci95_low) / 2.0);
    if half <= 0.0 { text } else { format!("{text} ± {}", grouped(half, if usd { 2 } else { 1 })) }
}
