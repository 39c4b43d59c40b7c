//! `[[axis]]`: one thing that is varied.

use std::collections::BTreeMap;

use crate::io::Code;

use super::super::document::{Node, Span, Value};
use super::super::field::Field;
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::read::written;
use super::values::{AxisValues, AxisVariant, Numbers, Spacing, Written};
use super::{At, Axis, MOST_POINTS};

/// The ways to say values; an axis has one.
const WAYS: [&str; 4] = ["values", "range", "log_range", "variant"];

pub(super) fn read(cursor: &TableCursor<'_>) -> Option<Axis> {
    let path = cursor.field("path");
    let name = cursor.field("name").and_then(|field| field.name().map(str::to_owned));
    let world = cursor.field("world").and_then(|field| field.boolean()).unwrap_or(false);
    let [values, range, log_range, variant] = WAYS.map(|key| cursor.field(key));
    let given: Vec<&Field<'_>> =
        [&values, &range, &log_range, &variant].into_iter().flatten().collect();
    if let [first, second, ..] = given.as_slice() {
        let message = format!("`{}` has its values twice", cursor.path.shown());
        let finding = Finding::new(Code::ExclusiveKeys, second.key, message);
        cursor.report(finding.related(first.key, "here too").help("say them one way"));
    }
    if given.is_empty() {
        no_values(cursor, cursor.span);
    }
    let with_variants = variant.is_some();
    let read = values
        .and_then(|field| list(&field))
        .or_else(|| range.and_then(|field| numbers(&field, "step")))
        .or_else(|| log_range.and_then(|field| numbers(&field, "count")))
        .or_else(|| variant.and_then(|_| variants(cursor)));
    let path = match (path, with_variants) {
        (Some(field), false) => written(&field),
        (Some(field), true) => {
            let message = "variants say their own paths, in `set`";
            cursor.report(Finding::new(Code::ExclusiveKeys, field.key, message));
            None
        }
        (None, false) => {
            cursor.required("path", "path = \"service.web.desired_count\"");
            None
        }
        (None, true) => None,
    };
    cursor.finish();
    let values = read?;
    let named = name.or_else(|| path.as_ref().map(|(path, _)| path.trim().to_owned()));
    let at = path.as_ref().map_or(At(cursor.span), |(_, at)| *at);
    let Some(name) = named else {
        // One that lacks its path is told of that.
        if !with_variants {
            return None;
        }
        let message = "an axis of variants needs a name";
        let finding = Finding::new(Code::MissingKey, cursor.span, message);
        cursor.report(finding.help("add for example `name = \"capacity\"`"));
        return None;
    };
    Some(Axis { name, path: path.map(|(path, _)| path), world, values, at })
}

fn no_values(cursor: &TableCursor<'_>, span: Span) {
    let message = format!("`{}` has no values", cursor.path.shown());
    let help = "add `values = [..]`, `range = { from, to, step }`, `log_range = { from, to, count }` or \
                `[[axis.variant]]`; after --vary: PATH=A,B,C or PATH=FROM..TO/STEP";
    cursor.report(Finding::new(Code::AxisWithoutValues, span, message).help(help));
}

fn list(field: &Field<'_>) -> Option<AxisValues> {
    let most = usize::try_from(MOST_POINTS).unwrap_or(usize::MAX);
    let read = field.list_of(most, |item| Some(value(item)))?;
    if read.is_empty() {
        let message = format!("`{}` is empty: an axis needs a value", field.path.shown());
        field.wrong(
            Finding::new(Code::AxisWithoutValues, field.node.span, message)
                .help("write `values = [a, b]`; after --vary: PATH=A,B,C"),
        );
        return None;
    }
    let mut known: BTreeMap<&str, &Written> = BTreeMap::new();
    for value in &read {
        if let Some(first) = known.insert(&value.text, value) {
            let message = format!("`{}` has a value twice", field.path.shown());
            let finding = Finding::new(Code::DuplicateName, value.at.0, message);
            field.wrong(finding.related(first.at.0, "first here"));
        }
    }
    Some(AxisValues::List(read))
}

/// A value as it is written.
fn value(field: &Field<'_>) -> Written {
    let source = field.reading.report.text_at(field.node.span);
    // A string may have been typed without its quotes.
    let written = field.node.value.as_text();
    let text = written
        .map_or_else(|| source.to_owned(), |text| toml::Value::String(text.to_owned()).to_string());
    let whole = field.node.value.as_integer().map(|whole| whole as f64);
    let number = whole.or_else(|| field.node.value.as_float());
    let in_a_line = || source.split_whitespace().collect::<Vec<_>>().join(" ");
    let label = written.map_or_else(in_a_line, str::to_owned);
    Written { text, label, number, at: At(field.node.span) }
}

/// `{ from, to, step }` or `{ from, to, count }`.
fn numbers(field: &Field<'_>, by: &'static str) -> Option<AxisValues> {
    let table = field.table()?;
    let log = by == "count";
    let mut whole = true;
    let mut end = |key: &'static str, example: &str| {
        let field = table.required(key, example)?;
        whole &= field.node.value.as_integer().is_some();
        let limit = 1e15;
        let value = field.number(-limit, limit)?;
        if log && value <= 0.0 {
            let predicate = "must be greater than 0: each value is a multiple of the one before it";
            field.wrong(field.finding(Code::OutOfRange, predicate));
            return None;
        }
        Some(value)
    };
    let (from, to) = (end("from", "from = 1"), end("to", "to = 10"));
    let spacing = match table.field(by) {
        None if log => Some(Spacing::AnywhereLog),
        None => Some(Spacing::Anywhere),
        Some(count) if log => {
            let most = u32::try_from(MOST_POINTS).unwrap_or(u32::MAX);
            count.whole(1, most).map(|count| Spacing::Log(u64::from(count)))
        }
        Some(step) => {
            whole &= step.node.value.as_integer().is_some();
            step.number(-1e15, 1e15).and_then(|value| {
                if value > 0.0 {
                    return Some(Spacing::Step(value));
                }
                step.wrong(step.finding(Code::OutOfRange, "must be greater than 0"));
                None
            })
        }
    };
    table.finish();
    let at = At(field.node.span);
    let numbers = Numbers { from: from?, to: to?, spacing: spacing?, whole, at };
    if numbers.to < numbers.from {
        let predicate = format!("is empty: {} is above {}", numbers.from, numbers.to);
        field.wrong(field.finding(Code::EmptyRange, &predicate).help("write the lower end first"));
        return None;
    }
    if repeats(&numbers) {
        let predicate = "gives a whole number twice";
        let help = "lower `count`, or write an end with a point: 1.0";
        field.wrong(field.finding(Code::DuplicateName, predicate).help(help));
        return None;
    }
    Some(AxisValues::Numbers(numbers))
}

/// Whether a range of multiples of whole numbers rounds two of them to one.
fn repeats(numbers: &Numbers) -> bool {
    let Spacing::Log(count) = numbers.spacing else { return false };
    let same =
        |index: u64| numbers.at_index(index).to_bits() == numbers.at_index(index + 1).to_bits();
    (0..count.saturating_sub(1)).any(same)
}

fn variants(cursor: &TableCursor<'_>) -> Option<AxisValues> {
    let cursors = cursor.tables("variant", "name");
    let read: Vec<AxisVariant> = cursors.iter().filter_map(variant).collect();
    for (index, of) in read.iter().enumerate() {
        if let Some(first) = read[..index].iter().find(|other| other.name == of.name) {
            let message = format!("two variants are named `{}`", of.name);
            let finding = Finding::new(Code::DuplicateName, of.at.0, message);
            cursor.report(finding.related(first.at.0, "first here"));
        }
    }
    (!read.is_empty()).then_some(AxisValues::Variants(read))
}

fn variant(cursor: &TableCursor<'_>) -> Option<AxisVariant> {
    let name = cursor.required("name", "name = \"Fargate\"");
    let name = name.and_then(|field| field.name().map(str::to_owned));
    let scenario = cursor.field("scenario").and_then(|field| written(&field));
    let set = cursor.field("set").and_then(|field| settings(&field)).unwrap_or_default();
    cursor.finish();
    if set.is_empty() && scenario.is_none() && cursor.field("set").is_none() {
        let message = format!("`{}` sets nothing", cursor.path.shown());
        let help = "add `set = { \"service.web.desired_count\" = 10 }`, or `scenario = \"FILE\"`; \
                    `set = {}` is the scenario as it is";
        cursor.report(Finding::new(Code::MissingKey, cursor.span, message).help(help));
    }
    Some(AxisVariant { name: name?, scenario, set, at: At(cursor.span) })
}

/// The paths of `set` with their values.
pub(super) fn settings(field: &Field<'_>) -> Option<Vec<(String, Written)>> {
    let Value::Table(table) = &field.node.value else {
        field.wrong_type("a table", Some("write it as { \"PATH\" = value }"));
        return None;
    };
    let one = |path: &String, node: &Node, key: Span| {
        let inner = Field::new(field.reading, node, key, field.path.key(path));
        (path.clone(), value(&inner))
    };
    Some(table.iter().map(|(path, entry)| one(path, &entry.node, entry.key)).collect())
}
