//! Distributions: `"13s"`, or a table with one key that names the kind.

use crate::io::Code;
use crate::random::Distribution;
use crate::units::SimDuration;

use super::super::document::Value;
use super::super::field::Field;
use super::super::reader::TableCursor;

/// Largest admitted sigma: beyond it a log-normal is all tail.
const MOST_SIGMA: f64 = 10.0;

/// Shapes of a Weibull: below the least one every draw is nothing or for ever.
const LEAST_SHAPE: f64 = 0.05;
const MOST_SHAPE: f64 = 100.0;

/// A distribution of a duration.
pub(super) fn read(field: &Field<'_>) -> Option<Distribution> {
    field.has_shape("distribution");
    if !matches!(field.node.value, Value::Table(_)) {
        return field.duration().map(Distribution::Constant);
    }
    let cursor = field.table()?;
    let kinds = [
        (cursor.field("constant"), constant as fn(&Field<'_>) -> Option<Distribution>),
        (cursor.field("log_normal"), log_normal),
        (cursor.field("exponential"), exponential),
        (cursor.field("uniform"), uniform),
        (cursor.field("weibull"), weibull),
    ];
    cursor.finish();
    let mut given =
        kinds.iter().filter_map(|(field, read)| field.as_ref().map(|field| (field, read)));
    match (given.next(), given.next()) {
        (Some((field, read)), None) => read(field),
        (first, _) => {
            let fault = if first.is_some() { "has more than one kind" } else { "has no kind" };
            let finding = field.finding(Code::BadDistribution, fault);
            field.wrong(finding.help(
                "a distribution is \"13s\" or one of { constant = \"13s\" }, { log_normal = { median = \"10s\", \
                 sigma = 0.5 } }, { exponential = { mean = \"300s\" } }, { uniform = { min = \"1s\", max = \"2s\" } }, \
                 { weibull = { shape = 0.6, scale = \"58m\" } }",
            ));
            None
        }
    }
}

fn constant(field: &Field<'_>) -> Option<Distribution> {
    field.duration().map(Distribution::Constant)
}

fn log_normal(field: &Field<'_>) -> Option<Distribution> {
    let cursor = field.table()?;
    let median =
        cursor.required("median", "median = \"10s\"").and_then(|field| field.positive_duration());
    let sigma =
        cursor.required("sigma", "sigma = 0.5").and_then(|field| field.number(0.0, MOST_SIGMA));
    let floor = optional(&cursor, "floor", SimDuration::ZERO);
    let cap = optional(&cursor, "cap", SimDuration::MAX);
    cursor.finish();
    let (floor, cap) = ordered(field, ("floor", floor?), ("cap", cap?))?;
    Some(Distribution::LogNormal { median: median?, sigma: sigma?, floor, cap })
}

fn exponential(field: &Field<'_>) -> Option<Distribution> {
    let cursor = field.table()?;
    let mean =
        cursor.required("mean", "mean = \"300s\"").and_then(|field| field.positive_duration());
    cursor.finish();
    Some(Distribution::Exponential { mean: mean? })
}

fn uniform(field: &Field<'_>) -> Option<Distribution> {
    let cursor = field.table()?;
    let min = cursor.required("min", "min = \"1s\"").and_then(|field| field.duration());
    let max = cursor.required("max", "max = \"2s\"").and_then(|field| field.duration());
    cursor.finish();
    let (min, max) = ordered(field, ("min", min?), ("max", max?))?;
    Some(Distribution::Uniform { min, max })
}

fn weibull(field: &Field<'_>) -> Option<Distribution> {
    let cursor = field.table()?;
    let shape = cursor
        .required("shape", "shape = 0.6")
        .and_then(|field| field.number(LEAST_SHAPE, MOST_SHAPE));
    let scale =
        cursor.required("scale", "scale = \"58m\"").and_then(|field| field.positive_duration());
    cursor.finish();
    Some(Distribution::Weibull { shape: shape?, scale: scale? })
}

fn optional(
    cursor: &TableCursor<'_>,
    key: &'static str,
    default: SimDuration,
) -> Option<SimDuration> {
    cursor.field(key).map_or(Some(default), |field| field.duration())
}

fn ordered(
    field: &Field<'_>,
    low: (&str, SimDuration),
    high: (&str, SimDuration),
) -> Option<(SimDuration, SimDuration)> {
    if low.1 <= high.1 {
        return Some((low.1, high.1));
    }
    let predicate = format!("has {} = {} above {} = {}", low.0, low.1, high.0, high.1);
    field.wrong(field.finding(Code::EmptyRange, &predicate).help("exchange the two"));
    None
}
