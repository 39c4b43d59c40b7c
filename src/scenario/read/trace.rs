//! `trace`: calls of RunTask at stated times, each with its own run time. A file of two columns, or
//! `calls_at`, the same written out.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::demand::TracedCall;
use super::super::document::Span;
use super::super::field::Field;
use super::super::reader::{ReadFile, TableCursor};
use super::super::report::{Finding, shown};
use super::series::file_of;
use super::series_csv::{cells, lines};

const TRACE: &str = "trace";
const CALLS_AT: &str = "calls_at";

/// Most calls of a trace.
const MOST_CALLS: usize = 1_000_000;

/// A call and where it stands.
type Found = (TracedCall, Span);

/// The calls of a trace, in order of time; nothing without one. `others` are the other keys that say
/// when.
pub(super) fn read(
    cursor: &TableCursor<'_>,
    others: &[&'static str],
    has_run_for: bool,
) -> Vec<TracedCall> {
    let (trace, calls_at) = (cursor.field(TRACE), cursor.field(CALLS_AT));
    let Some(field) = trace.as_ref().or(calls_at.as_ref()) else { return Vec::new() };
    let both = calls_at.as_ref().filter(|_| trace.is_some()).map(|field| field.key);
    let others = others.iter().filter_map(|key| cursor.field(key)).map(|field| field.key);
    for other in others.chain(both) {
        let message = format!("`{}` says twice when it happens", cursor.path.shown());
        let finding = Finding::new(Code::ExclusiveKeys, other, message);
        let help = format!("keep `{TRACE}` or the other");
        cursor.report(finding.related(field.key, "beside this").help(help));
    }
    let calls = if trace.is_some() { of_file(field) } else { written(field) };
    let Some(calls) = calls else { return Vec::new() };
    in_order(field, &calls, has_run_for);
    calls.into_iter().map(|(call, _)| call).collect()
}

fn written(field: &Field<'_>) -> Option<Vec<Found>> {
    field.list_of(MOST_CALLS, |item| {
        let cursor = item.table()?;
        let at = cursor.required("at", "at = \"10m\"").and_then(|field| field.duration());
        let run_for = cursor.field("run_for").and_then(|field| field.duration());
        cursor.finish();
        Some((TracedCall { at: at?, run_for }, item.node.span))
    })
}

fn of_file(field: &Field<'_>) -> Option<Vec<Found>> {
    let file = file_of(field)?;
    let mut calls = Vec::new();
    for (line, start) in lines(file.text) {
        let cells = cells(line, start);
        let Some((first, at)) = cells.first().copied().filter(|_| !line.trim().is_empty()) else {
            continue;
        };
        // The names of the columns.
        if calls.is_empty() && first.eq_ignore_ascii_case("at") {
            continue;
        }
        let run_for = cells.get(1).copied().filter(|(text, _)| !text.is_empty());
        let time = time(field, file, (first, at))?;
        let run_for = match run_for {
            Some(cell) => Some(self::time(field, file, cell)?),
            None => None,
        };
        let span = Span { source: file.index, start: at.0, end: start + line.trim_end().len() };
        calls.push((TracedCall { at: time, run_for }, span));
    }
    if calls.is_empty() {
        let message = format!("there is no call in \"{}\"", shown(file.name));
        let finding = Finding::new(Code::EmptySeries, field.node.span, message);
        field.wrong(finding.label("this file").help("a line is `at,run_for`: `90s,12m`"));
        return None;
    }
    Some(calls)
}

/// A time with its unit, or in seconds.
fn time(
    field: &Field<'_>,
    file: ReadFile<'_>,
    (text, at): (&str, (usize, usize)),
) -> Option<SimDuration> {
    let span = Span { source: file.index, start: at.0, end: at.1 };
    let finding = match text.parse::<f64>() {
        Ok(seconds) if !seconds.is_finite() => {
            Finding::new(Code::NotFinite, span, "a time is not a finite number")
        }
        Ok(seconds) if seconds < 0.0 => {
            Finding::new(Code::TimeGoesBack, span, "a time is before the beginning of the run")
        }
        Ok(seconds) => return Some(SimDuration::from_secs_f64(seconds)),
        Err(_) => match text.parse() {
            Ok(time) => return Some(time),
            Err(_) => {
                let message = format!("\"{}\" is not a time", shown(text));
                Finding::new(Code::BadSeries, span, message)
            }
        },
    };
    let help = "a time counts from the beginning of the run: `90s`, `12m`, or seconds";
    field.wrong(finding.help(help));
    None
}

fn in_order(field: &Field<'_>, calls: &[Found], has_run_for: bool) {
    let back = calls.windows(2).find(|two| two[1].0.at < two[0].0.at);
    if let Some([_, (_, span)]) = back {
        let finding = Finding::new(Code::TimeGoesBack, *span, "the trace goes back in time");
        field.wrong(finding.label("before the line above it").help("sort it by `at`"));
    }
    let endless = calls.iter().find(|(call, _)| call.run_for.is_none() && !has_run_for);
    if let Some((_, span)) = endless {
        let message = "a call of the trace does not say how long its tasks run";
        let finding = Finding::new(Code::BadSeries, *span, message);
        field.wrong(finding.help("add it to the line, or `run_for` to the [[run_task]]"));
    }
}
