//! How many a second: a number, steps, a ramp, a day's course, bursts, or a series from a file.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::demand::{RateShape, RateStep};
use super::super::field::Field;
use super::super::reader::TableCursor;
use super::super::report::{Finding, list};
use super::{distribution, series};

/// Most that can be asked for a second.
const MOST: f64 = 1e9;

/// Most steps of a rate.
const STEP_LIMIT: usize = 1_000_000;

/// Largest noise: beyond it the rate is all tail.
const MOST_NOISE: f64 = 3.0;

/// The key of a constant rate, and of the rate of a step.
#[derive(Clone, Copy)]
pub(super) struct Unit(pub(super) &'static str);

/// The rate of a table, stated in one of the ways.
pub(super) fn read(cursor: &TableCursor<'_>, unit: Unit) -> Option<RateShape> {
    let ways = ways(cursor, unit);
    let mut given = ways
        .iter()
        .filter_map(|(key, field, read)| field.as_ref().map(|field| (*key, field, *read)));
    let (key, field, read) = given.next()?;
    for (other, second, _) in given {
        let message = format!("`{}` states its rate twice", cursor.path.shown());
        let finding = Finding::new(Code::ExclusiveKeys, second.key, message);
        let help = format!("keep `{key}` or `{other}`; two [[demand]] of one service add");
        cursor.report(finding.related(field.key, "beside this").help(help));
    }
    read(cursor, field, unit)
}

type Read = fn(&TableCursor<'_>, &Field<'_>, Unit) -> Option<RateShape>;

fn ways<'a>(cursor: &TableCursor<'a>, unit: Unit) -> [(&'static str, Option<Field<'a>>, Read); 6] {
    series::know_keys(cursor);
    let way = |key: &'static str, read: Read| (key, cursor.field(key), read);
    [
        way(unit.0, |_, field, _| rate(field).map(RateShape::Constant)),
        way("steps", |_, field, unit| steps(field, unit)),
        way("ramp", |_, field, _| ramp(field)),
        way("diurnal", |_, field, _| diurnal(field)),
        way("bursts", |_, field, _| bursts(field)),
        way("series", |cursor, field, _| series::read(cursor, field).map(RateShape::Steps)),
    ]
}

/// Reports that no rate is stated.
pub(super) fn missing(cursor: &TableCursor<'_>, unit: Unit) {
    let keys = [unit.0, "steps", "ramp", "diurnal", "bursts", "series"];
    if keys.iter().any(|key| cursor.field(key).is_some()) {
        return;
    }
    let message = format!("`{}` states no rate", cursor.path.shown());
    let help = format!("add `{} = 50`, or another of {}", unit.0, list(keys));
    cursor.report(Finding::new(Code::MissingKey, cursor.span, message).help(help));
}

/// A rate a second.
fn rate(field: &Field<'_>) -> Option<f64> {
    let value = &field.node.value;
    let number = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    if number.is_some_and(|number| number < 0.0 && number.is_finite()) {
        let finding = field.finding(Code::NegativeDemand, "cannot be negative");
        field.wrong(finding.label("below 0").help("nobody takes a request back: 0 is the least"));
        return None;
    }
    field.number(0.0, MOST)
}

fn required_rate(cursor: &TableCursor<'_>, key: &'static str, example: &str) -> Option<f64> {
    cursor.required(key, example).and_then(|field| rate(&field))
}

fn required_time(
    cursor: &TableCursor<'_>,
    key: &'static str,
    example: &str,
) -> Option<SimDuration> {
    cursor.required(key, example).and_then(|field| field.duration())
}

/// A length of steps, or of bursts.
fn length(cursor: &TableCursor<'_>, key: &'static str, example: &str) -> Option<SimDuration> {
    let read = cursor.required(key, example).and_then(|field| field.positive_duration());
    let least = SimDuration::from_secs(1);
    match read {
        Some(length) if length < least => {
            if let Some(field) = cursor.field(key) {
                field.out_of_range("1s", "3650d", None);
            }
            None
        }
        read => read,
    }
}

fn steps(field: &Field<'_>, unit: Unit) -> Option<RateShape> {
    let mut last: Option<SimDuration> = None;
    let steps = field.list_of(STEP_LIMIT, |item| {
        let cursor = item.table()?;
        let at = required_time(&cursor, "at", "at = \"10m\"");
        let rate = required_rate(&cursor, unit.0, &format!("{} = 200", unit.0));
        cursor.finish();
        Some((item.node.span, RateStep { at: at?, rate: rate? }))
    })?;
    if steps.is_empty() {
        let finding = field.finding(Code::EmptySeries, "has no step");
        field.wrong(finding.help(format!("write [{{ at = \"0s\", {} = 50 }}]", unit.0)));
        return None;
    }
    for (span, step) in &steps {
        if last.is_some_and(|last| step.at <= last) {
            let message = format!("`{}` goes back in time", field.path.shown());
            let finding = Finding::new(Code::TimeGoesBack, *span, message);
            let before = last.unwrap_or_default();
            field.wrong(
                finding
                    .label(format!("not after {before}"))
                    .help("each step begins later than the one before it"),
            );
            return None;
        }
        last = Some(step.at);
    }
    Some(RateShape::Steps(steps.into_iter().map(|(_, step)| step).collect()))
}

fn ramp(field: &Field<'_>) -> Option<RateShape> {
    let cursor = field.table()?;
    let from = required_rate(&cursor, "from", "from = 50");
    let to = required_rate(&cursor, "to", "to = 200");
    let start = required_time(&cursor, "start", "start = \"10m\"");
    let end = required_time(&cursor, "end", "end = \"20m\"");
    let every = length(&cursor, "every", "every = \"60s\"");
    cursor.finish();
    let (start, end) = (start?, end?);
    if end <= start {
        let finding = field.finding(Code::EndBeforeStart, "ends before it begins");
        field.wrong(finding.help("let `end` be later than `start`"));
        return None;
    }
    Some(RateShape::Ramp { from: from?, to: to?, start, end, every: every? })
}

fn diurnal(field: &Field<'_>) -> Option<RateShape> {
    let cursor = field.table()?;
    let mean = required_rate(&cursor, "mean", "mean = 100");
    let peak = required_rate(&cursor, "peak", "peak = 180");
    let peak_at = required_time(&cursor, "peak_at", "peak_at = \"15h\"");
    let noise = cursor.field("noise").map_or(Some(0.0), |field| field.number(0.0, MOST_NOISE));
    let every = length(&cursor, "every", "every = \"60s\"");
    cursor.finish();
    let (mean, peak) = (mean?, peak?);
    if peak < mean {
        let finding = field.finding(Code::EmptyRange, "has its peak below its mean");
        field.wrong(finding.help("exchange the two"));
        return None;
    }
    if peak > 2.0 * mean {
        let lowest = 2.0 * mean - peak;
        let predicate = format!("falls to {lowest} a second at its lowest hour");
        let finding = field.finding(Code::NegativeDemand, &predicate).label("below 0");
        field.wrong(finding.help("a cosine goes as far below its mean as above: let `peak` be at most twice `mean`, or write `steps`"));
        return None;
    }
    Some(RateShape::Diurnal { mean, peak, peak_at: peak_at?, noise: noise?, every: every? })
}

fn bursts(field: &Field<'_>) -> Option<RateShape> {
    let cursor = field.table()?;
    let base = required_rate(&cursor, "base", "base = 50");
    let peak = required_rate(&cursor, "peak", "peak = 500");
    let every = cursor.required("every", "every = { exponential = { mean = \"1h\" } }");
    let every = every.and_then(|field| distribution::read(&field));
    let length = length(&cursor, "length", "length = \"5m\"");
    cursor.finish();
    Some(RateShape::Bursts { base: base?, peak: peak?, every: every?, length: length? })
}
