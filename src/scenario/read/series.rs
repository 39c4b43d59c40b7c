//! `series`: a rate out of a file of counts, as CloudWatch exports them.
//!
//! Each point is the count of its period, which begins at its timestamp; the period is the shortest time
//! between two points. A period without a point is a gap: CloudWatch has none where nothing was counted
//! (documented for Elastic Load Balancing).

use crate::io::Code;
use crate::units::SimDuration;

use super::super::demand::RateStep;
use super::super::document::Span;
use super::super::field::Field;
use super::super::reader::{ReadFile, TableCursor};
use super::super::report::{Finding, list, shown};
use super::series_csv;
use super::series_json;
use super::series_points::{Column, Point, TimeKind};

const LABEL: &str = "series_label";
const UNIT: &str = "series_unit";
const AT: &str = "series_at";
const GAPS: &str = "series_gaps";

/// What a point counts, by CloudWatch's names of units.
const UNITS: [(&str, Unit); 2] = [("Count", Unit::Count), ("Count/Second", Unit::CountPerSecond)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    CountPerSecond,
}

/// What a gap stands for.
const FILLS: [(&str, Fill); 2] = [("zero", Fill::Zero), ("previous", Fill::Previous)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fill {
    Zero,
    Previous,
}

/// Notes the keys that go with a series; without one they have no effect.
pub(super) fn know_keys(cursor: &TableCursor<'_>) {
    let has = cursor.field("series").is_some();
    for key in [LABEL, UNIT, AT, GAPS] {
        if let Some(field) = cursor.field(key).filter(|_| !has) {
            cursor.report(field.finding(Code::NoEffect, "has no effect without `series`"));
        }
    }
}

/// The steps of the series in a file.
pub(super) fn read(cursor: &TableCursor<'_>, field: &Field<'_>) -> Option<Vec<RateStep>> {
    let file = file_of(field)?;
    let columns = columns(field, file)?;
    let column = chosen(cursor, field, file, columns)?;
    let unit = cursor.field(UNIT).map_or(Some(Unit::Count), |field| field.word(&UNITS))?;
    if let Some((word, span)) = column.statistic.filter(|_| unit == Unit::Count) {
        let finding = Finding::new(Code::MixedUnits, span, format!("the series holds \"{word}\""));
        field.wrong(finding.label("no count").help(
            "export the statistic Sum; a mean rate is read with `series_unit = \"Count/Second\"`",
        ));
        return None;
    }
    let points = in_order(field, file, column.points)?;
    let period = period(field, &points)?;
    let start = start(cursor, field, &points)?;
    let fill = cursor.field(GAPS).map(|field| field.word(&FILLS));
    let fill = match fill {
        None => {
            warn_of_gaps(field, &points, period);
            Fill::Zero
        }
        Some(fill) => fill?,
    };
    let seconds = if unit == Unit::Count { period as f64 / 1e6 } else { 1.0 };
    Some(steps(&points, period, start, fill, seconds))
}

/// The text of the file that a field names.
pub(super) fn file_of<'a>(field: &Field<'a>) -> Option<ReadFile<'a>> {
    let name = field.text()?;
    let found = field.reading.files.iter().find(|file| file.name == name);
    match found.map(|file| &file.content) {
        Some(Ok(content)) => Some(*content),
        Some(Err(why)) => {
            let message = format!("`{}`: {}", field.path.shown(), why.message);
            let finding = Finding::new(why.code, field.node.span, message);
            let beside = "a file lies beside the scenario, or is named by its whole path";
            field.wrong(finding.help(why.help.as_deref().unwrap_or(beside)));
            None
        }
        None => {
            let predicate = format!("names the file \"{}\", which was not given", shown(name));
            field.wrong(field.finding(Code::FileMissing, &predicate));
            None
        }
    }
}

fn columns(field: &Field<'_>, file: ReadFile<'_>) -> Option<Vec<Column>> {
    let text = file.text.trim_start_matches('\u{FEFF}').trim_start();
    if text.is_empty() {
        empty(field, file);
        return None;
    }
    let columns = if text.starts_with(['{', '[']) {
        series_json::columns(file)
    } else {
        series_csv::columns(file)
    };
    match columns {
        Ok(columns) => Some(columns),
        Err(finding) => {
            field.wrong(*finding);
            None
        }
    }
}

fn empty(field: &Field<'_>, file: ReadFile<'_>) {
    let message = format!("there is no data point in \"{}\"", shown(file.name));
    let finding = Finding::new(Code::EmptySeries, field.node.span, message);
    field.wrong(finding.label("this file").help(
        "export a metric with data: in the console Actions, Download as .csv, or `aws cloudwatch \
         get-metric-data`",
    ));
}

/// The one column, or the one that is named.
fn chosen(
    cursor: &TableCursor<'_>,
    field: &Field<'_>,
    file: ReadFile<'_>,
    mut columns: Vec<Column>,
) -> Option<Column> {
    columns.retain(|column| !column.points.is_empty());
    let labels = || {
        let names = columns.iter().flat_map(|column| column.names.last());
        list(names.map(String::as_str).collect::<Vec<_>>())
    };
    if let Some(label) = cursor.field(LABEL) {
        let wanted = label.text()?;
        let is = |column: &Column| column.names.iter().any(|name| name == wanted);
        if let Some(found) = columns.iter().position(is) {
            return Some(columns.swap_remove(found));
        }
        let predicate = format!("names \"{}\", which is not in the series", shown(wanted));
        let finding = label.finding(Code::UnknownReference, &predicate);
        label.wrong(finding.help(format!("the series has {}", labels())));
        return None;
    }
    if columns.len() > 1 {
        let message = format!("\"{}\" has several series: {}", shown(file.name), labels());
        let finding = Finding::new(Code::MixedUnits, field.node.span, message);
        let first = columns[0].names.last().map_or("", String::as_str);
        field.wrong(finding.label("which of them?").help(format!(
            "name one: `series_label = \"{}\"`; two [[demand]] of one service add",
            shown(first)
        )));
        return None;
    }
    let found = columns.pop();
    if found.is_none() {
        empty(field, file);
    }
    found
}

/// The points with the oldest first, if they are points of one series.
fn in_order(field: &Field<'_>, file: ReadFile<'_>, mut points: Vec<Point>) -> Option<Vec<Point>> {
    let of = |range: (usize, usize)| Span { source: file.index, start: range.0, end: range.1 };
    let newest_first =
        points.first().zip(points.last()).is_some_and(|(first, last)| first.at > last.at);
    if newest_first {
        points.reverse();
    }
    let mut before: Option<&Point> = None;
    for point in &points {
        let finding = if !point.value.is_finite() {
            Finding::new(Code::NotFinite, of(point.value_at), "a count is not a finite number")
                .label("not finite")
                .help("leave the point out, or mend it where it comes from")
        } else if point.value < 0.0 {
            Finding::new(Code::NegativeDemand, of(point.value_at), "a count is negative")
                .label("below 0")
                .help("counts are 0 or more: export the metric itself, not a difference")
        } else if before.is_some_and(|before| before.kind != point.kind) {
            let message = "timestamps are in seconds and in milliseconds, or in words";
            Finding::new(Code::MixedUnits, of(point.time_at), message)
                .label(point.kind.words())
                .help("write all of them alike")
        } else if before.is_some_and(|before| before.at >= point.at) {
            let order = if newest_first { "newest first" } else { "oldest first" };
            Finding::new(Code::TimeGoesBack, of(point.time_at), "the series goes back in time")
                .label("not after the one before it")
                .help(format!("the series has the {order}: no time may come twice or out of order"))
        } else {
            before = Some(point);
            continue;
        };
        field.wrong(finding);
        return None;
    }
    Some(points)
}

/// The shortest time between two points, microseconds; all others are multiples of it.
fn period(field: &Field<'_>, points: &[Point]) -> Option<u64> {
    let apart = || points.windows(2).map(|two| two[1].at.abs_diff(two[0].at));
    let bad = |message: &str, help: &str| {
        let finding = Finding::new(Code::BadSeries, field.node.span, message);
        field.wrong(finding.help(help));
        None
    };
    let Some(period) = apart().min() else {
        return bad(
            "the series has one point, and no period",
            "export at least two: their distance is the period of the counts",
        );
    };
    if apart().any(|apart| !apart.is_multiple_of(period)) {
        let message = format!("the points are not a whole number of {} apart", shown_time(period));
        return bad(&message, "export one period alone, for example five minutes");
    }
    Some(period)
}

fn shown_time(micros: u64) -> SimDuration {
    SimDuration::from_micros(micros)
}

/// Where the first point lies, microseconds from the beginning of the run; may be before it.
fn start(cursor: &TableCursor<'_>, field: &Field<'_>, points: &[Point]) -> Option<i64> {
    let first = points.first()?;
    let Some(at) = cursor.field(AT) else { return Some(0) };
    if at.node.value.as_text() != Some("timestamps") {
        let at = at.duration()?;
        return i64::try_from(at.as_micros()).ok();
    }
    let start = first.at - field.reading.epoch.get() * 1_000_000;
    if start < 0 {
        let before = SimDuration::from_micros(start.unsigned_abs());
        let predicate = format!("begins {before} before the run: that part is left out");
        let finding = field.finding(Code::SeriesOutside, &predicate).label("too early");
        let date = crate::units::timestamp(first.at.div_euclid(1_000_000));
        let date = date.split('T').next().unwrap_or_default();
        field.wrong(finding.help(format!(
            "begin the run when the series does, `starts_on = \"{date}\"`; or leave out `series_at`"
        )));
    }
    Some(start)
}

fn warn_of_gaps(field: &Field<'_>, points: &[Point], period: u64) {
    let missing = |two: &[Point]| two[1].at.abs_diff(two[0].at) / period - 1;
    let gaps: u64 = points.windows(2).map(missing).sum();
    let Some(first) = points.windows(2).find(|two| missing(two) > 0) else { return };
    let after = crate::units::timestamp(first[0].at.div_euclid(1_000_000));
    let message = format!(
        "the series lacks {gaps} of {} periods of {}, the first after {after}",
        gaps + points.len() as u64,
        shown_time(period)
    );
    let finding = Finding::new(Code::SeriesGap, field.node.span, message);
    field.wrong(finding.label("taken as nothing asked for").help(
        "CloudWatch has no point where nothing was counted; say so by `series_gaps = \"zero\"`, or \
         take the count before the gap by `series_gaps = \"previous\"`",
    ));
}

/// Points as steps: counts of a period as rates, cut at the beginning of the run; nothing after the last.
fn steps(points: &[Point], period: u64, start: i64, fill: Fill, seconds: f64) -> Vec<RateStep> {
    let Some(first) = points.first() else { return Vec::new() };
    let mut steps: Vec<RateStep> = Vec::new();
    let mut add = |at: i64, rate: f64| {
        let at = SimDuration::from_micros(u64::try_from(at).unwrap_or(0));
        if let Some(last) = steps.last_mut()
            && last.at == at
        {
            last.rate = rate;
        } else if steps.last().is_none_or(|last| last.rate.to_bits() != rate.to_bits()) {
            steps.push(RateStep { at, rate });
        }
    };
    let length = i64::try_from(period).unwrap_or(i64::MAX);
    for (position, point) in points.iter().enumerate() {
        let at = point.at - first.at + start;
        add(at, point.value / seconds);
        let next = points.get(position + 1).map(|next| next.at - first.at + start);
        let ends = at + length;
        if next.is_none_or(|next| next > ends && fill == Fill::Zero) {
            add(ends, 0.0);
        }
    }
    steps
}

impl TimeKind {
    const fn words(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Text => "a date",
        }
    }
}
