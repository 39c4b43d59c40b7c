//! From text to sweep.

use crate::io::{Code, Diagnostic, Source};

use super::super::document::{Span, Table};
use super::super::field::Field;
use super::super::parameters::SCHEMA;
use super::super::parse::parse;
use super::super::reader::{Path, Reading, TableCursor};
use super::super::report::{Finding, Report};
use super::super::schema::Asked;
use super::flags::{self, SweepFlag};
use super::{
    At, MOST_POINTS, MOST_REPLICATIONS, PlanKind, Precision, REPLICATIONS, SweepFile, axis, checks,
};

/// The plans by their words.
pub(super) const PLANS: [(&str, PlanKind); 4] = [
    ("cartesian", PlanKind::Cartesian),
    ("zipped", PlanKind::Zipped),
    ("random", PlanKind::Random),
    ("latin-hypercube", PlanKind::LatinHypercube),
];

/// More figures than a sweep has.
const MOST_METRICS: usize = 1_000;

/// Whether a file is a sweep and no scenario: it names a scenario, or has axes.
#[must_use]
pub fn is_sweep_file(source: &Source) -> bool {
    let report = Report::new(vec![source]);
    let table = parse(source, &report);
    table.is_some_and(|table| key_of_sweep(&table).is_some())
}

/// Where it shows that a file is a sweep.
pub(in super::super) fn key_of_sweep(table: &Table) -> Option<Span> {
    ["scenario", "axis"].iter().find_map(|key| table.get(*key)).map(|entry| entry.key)
}

/// Reads a sweep: its file, if it has one, and what was typed beside it. Beside the sweep come warnings.
///
/// # Errors
/// Everything that is wrong with it, in the order of its places.
pub fn read_sweep(
    file: Option<&Source>,
    flags: &[SweepFlag],
) -> Result<(SweepFile, Vec<Diagnostic>), Vec<Diagnostic>> {
    let none = Source { name: "the command line".to_owned(), text: String::new() };
    let typed: Vec<Source> = flags.iter().map(SweepFlag::source).collect();
    let sources: Vec<&Source> = std::iter::once(file.unwrap_or(&none)).chain(&typed).collect();
    let report = Report::new(sources.clone());
    let mut table = match file {
        Some(source) => match parse(source, &report) {
            Some(table) => table,
            None => return Err(report.diagnostics()),
        },
        None => Table::new(),
    };
    flags::apply(&mut table, flags, &report);
    let of_file = file.is_some();
    let reading = Reading::new(report, Vec::new());
    let read = top(&reading, &table);
    if of_file {
        checks::scenario(&read, &reading.report);
    }
    let report = reading.report;
    if report.has_errors() {
        return Err(report.diagnostics());
    }
    let diagnostics = report.diagnostics();
    Ok((SweepFile { sources: sources.into_iter().cloned().collect(), ..read }, diagnostics))
}

/// Reads a tree only to learn what is asked of it, and what was found wrong.
pub(in super::super) fn ask<'a>(table: &'a Table, asked: &'a Asked) -> Report<'a> {
    let report = Report::new(Vec::new());
    let reading = Reading { asked: Some(asked), ..Reading::new(report, Vec::new()) };
    top(&reading, table);
    reading.report
}

fn top(reading: &Reading<'_>, table: &Table) -> SweepFile {
    let top = TableCursor::new(reading, table, Span::default(), Path::ROOT);
    if let Some(field) = top.field("schema") {
        field.whole(1, SCHEMA);
    }
    let plan = top.field("plan");
    let samples = top.field("samples");
    let replications = top.field("replications");
    let cursors = top.tables("axis", "name");
    let inside = top.tables("base", "name");
    let most = i64::try_from(MOST_POINTS).unwrap_or(i64::MAX);
    let file = SweepFile {
        sources: Vec::new(),
        name: top.field("name").and_then(|field| field.name().map(str::to_owned)),
        scenario: top.field("scenario").and_then(|field| written(&field)),
        inside: inside.iter().filter_map(text_inside).collect(),
        set: top.field("set").and_then(|field| axis::settings(&field)).unwrap_or_default(),
        plan: plan.as_ref().and_then(|field| field.word(&PLANS)).unwrap_or(PlanKind::Cartesian),
        samples: samples
            .as_ref()
            .and_then(|field| field.integer(1, most))
            .and_then(|samples| u64::try_from(samples).ok()),
        replications: replications
            .as_ref()
            .and_then(|field| field.whole(1, 1_000_000))
            .unwrap_or(REPLICATIONS),
        precision: top.field("precision").and_then(|field| precision(&field)),
        seed: top
            .field("seed")
            .and_then(|field| field.integer(0, i64::MAX))
            .and_then(|seed| u64::try_from(seed).ok()),
        metrics: metrics(top.field("metrics").as_ref()),
        objectives: metrics(top.field("objectives").as_ref()),
        axes: cursors.iter().filter_map(axis::read).collect(),
    };
    top.finish_with(advice);
    let keys = checks::Keys {
        plan: plan.map(|field| field.node.span),
        samples: samples.map(|field| field.node.span),
        replications: replications.map(|field| field.node.span),
        precision: table.get("precision").map(|entry| entry.node.span),
    };
    // What could not be read would be missed for another reason.
    if !reading.report.has_errors() {
        checks::check(&file, &keys, &reading.report);
    }
    file
}

/// What to say of keys of a scenario.
fn advice(key: &str) -> Option<&'static str> {
    let of_scenario = ["region", "horizon", "service", "capacity_provider", "task_definition"];
    of_scenario
        .contains(&key)
        .then_some("a sweep names its scenario: scenario = \"FILE\"; its keys stay in that file")
}

/// A text and where it stands.
pub(super) fn written(field: &Field<'_>) -> Option<(String, At)> {
    let text = field.text()?;
    if text.trim().is_empty() {
        field.wrong(field.finding(Code::BadName, "is empty"));
        return None;
    }
    Some((text.to_owned(), At(field.node.span)))
}

/// `[[base]]`: a scenario whose text is in the sweep.
fn text_inside(cursor: &TableCursor<'_>) -> Option<(String, String)> {
    let name = cursor.required("name", "name = \"web.toml\"");
    let name = name.and_then(|field| written(&field));
    let text = cursor.required("text", "text = \"the scenario\"");
    let text = text.and_then(|field| field.text().map(str::to_owned));
    cursor.finish();
    Some((name?.0, text?))
}

fn metrics(field: Option<&Field<'_>>) -> Vec<(String, At)> {
    field.and_then(|field| field.list_of(MOST_METRICS, written)).unwrap_or_default()
}

fn precision(field: &Field<'_>) -> Option<Precision> {
    let table = field.table()?;
    let example = "half_width_percent = 5";
    let half = table.required("half_width_percent", example);
    let half = half.and_then(|field| {
        let value = field.number(0.0, 1_000.0)?;
        if value <= 0.0 {
            field.wrong(field.finding(Code::OutOfRange, "must be greater than 0"));
            return None;
        }
        Some(value)
    });
    let most = table.field("max_replications").map(|field| {
        let value = field.whole(1, 1_000_000)?;
        if value < 2 {
            let message = "one run has no interval: `max_replications` must be 2 or more";
            let finding = Finding::new(Code::NoIntervals, field.node.span, message);
            field.wrong(finding.help("for example max_replications = 100"));
            return None;
        }
        Some(value)
    });
    let precision = Precision {
        metric: table.field("metric").and_then(|field| written(&field)).map(|(metric, _)| metric),
        half_width_percent: half.unwrap_or(5.0),
        max_replications: most.flatten().unwrap_or(MOST_REPLICATIONS),
    };
    table.finish();
    Some(precision)
}
