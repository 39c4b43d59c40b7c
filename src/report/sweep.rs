//! `sweep`: what it found, for programs and spreadsheets. For people: `sweep_page.rs`.

use std::io::{self, Write};

use crate::sweep::{Findings, PointRow, SweepTable};

use super::columns::{Kind, point_kinds, sweep_run_kinds};
use super::csv::{document, maybe, write_document};
use super::json::pretty;
use super::outputs::{SWEEP_FILE, SWEEP_RESOLVED};

/// `sweep -o json`.
///
/// # Errors
/// None that a table can cause.
pub fn sweep_json(findings: &Findings<'_>) -> serde_json::Result<String> {
    pretty(findings)
}

/// The files of `--out DIR`. The last of them stands for all: once it is there the sweep is done.
pub const SWEEP_FILES: [&str; 4] = ["points.csv", "runs.csv", SWEEP_RESOLVED, SWEEP_FILE];

/// Writes the one of [`SWEEP_FILES`] that is called `name`; `resolved` is the sweep with its scenarios as
/// they were read.
///
/// # Errors
/// If `out` does not take it.
pub fn write_sweep_file(
    name: &str,
    findings: &Findings<'_>,
    resolved: &str,
    mut out: &mut dyn Write,
) -> io::Result<()> {
    match name {
        "points.csv" => out.write_all(&sweep_csv(findings)),
        "runs.csv" => runs_csv(findings.table, out),
        SWEEP_RESOLVED => out.write_all(resolved.as_bytes()),
        _ => {
            serde_json::to_writer_pretty(&mut out, findings)?;
            out.write_all(b"\n")
        }
    }
}

/// What the columns of a CSV file of a sweep hold.
#[must_use]
pub fn sweep_kinds(table: &SweepTable, file: &str) -> Vec<Kind> {
    if file == "runs.csv" { sweep_run_kinds(table) } else { point_kinds(table) }
}

fn labels(point: &PointRow) -> impl Iterator<Item = String> {
    point.values.iter().map(|value| value.label.clone())
}

/// A row for each point: its values, then mean and 95 % interval of each figure.
#[must_use]
pub fn sweep_csv(findings: &Findings<'_>) -> Vec<u8> {
    let table = findings.table;
    let mut header = vec!["point".to_owned()];
    header.extend(table.axes.iter().map(|axis| axis.name.clone()));
    header.push("runs".to_owned());
    for metric in &table.metrics {
        header.extend(["", ".ci95_low", ".ci95_high"].map(|end| format!("{metric}{end}")));
    }
    header.push("error".to_owned());
    let rows = table.points.iter().zip(&findings.statistics).map(|(point, statistics)| {
        let mut cells = vec![point.point.to_string()];
        cells.extend(labels(point));
        cells.push(point.runs.len().to_string());
        for of in &statistics.estimates {
            cells.push(maybe(of.map(|of| of.mean)));
            cells.push(maybe(of.and_then(|of| of.ci95_low)));
            cells.push(maybe(of.and_then(|of| of.ci95_high)));
        }
        cells.push(point.error.clone().unwrap_or_default());
        cells
    });
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    document(&header, rows)
}

/// A row for each run.
fn runs_csv(table: &SweepTable, out: &mut dyn Write) -> io::Result<()> {
    let mut header = vec!["point", "replication", "seed"];
    header.extend(table.axes.iter().map(|axis| axis.name.as_str()));
    header.extend(table.metrics.iter().map(String::as_str));
    header.push("digest");
    let rows = table.points.iter().flat_map(|point| {
        point.runs.iter().map(move |run| {
            let mut cells = vec![point.point.to_string()];
            cells.extend([run.replication.to_string(), run.seed.to_string()]);
            cells.extend(labels(point));
            cells.extend(run.figures.iter().map(maybe));
            cells.push(run.digest.to_string());
            cells
        })
    });
    write_document(out, &header, rows)
}
