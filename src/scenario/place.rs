//! Where in the texts a part of a scenario stands: for what only the catalogue finds wrong with it.

use crate::io::{Place, Source};

use super::document::{Node, Span, Table, Value};
use super::overrides::{self, Override, name_of};
use super::parse::parse;
use super::report::Report;

/// The place of the value under a dotted path, or of the nearest table above it that is written
/// somewhere. `None` where not even that is.
#[must_use]
pub fn place_of(source: &Source, overrides: &[Override], path: &str) -> Option<Place> {
    let typed: Vec<Source> = overrides.iter().map(Override::source).collect();
    let sources: Vec<&Source> = std::iter::once(source).chain(&typed).collect();
    let report = Report::new(sources.clone());
    let mut table = parse(source, &report)?;
    for (index, set) in overrides.iter().enumerate() {
        overrides::apply(&mut table, set, index + 1, &report);
    }
    let parts: Vec<&str> = path.split('.').collect();
    let span = in_table(&table, &parts)?;
    sources.get(span.source).map(|source| Place::new(source, span.range(), ""))
}

fn in_table(table: &Table, parts: &[&str]) -> Option<Span> {
    let (first, rest) = parts.split_first()?;
    let entry = table.get(*first)?;
    Some(in_node(&entry.node, first, rest).unwrap_or(entry.node.span))
}

/// `None` where nothing deeper is found than the node itself.
fn in_node(node: &Node, list: &str, parts: &[&str]) -> Option<Span> {
    match &node.value {
        Value::Table(table) => in_table(table, parts),
        Value::Array(items) => {
            // Names may have dots: as many parts as make one.
            let named = (1..=parts.len()).find_map(|count| {
                let name = parts[..count].join(".");
                let item = items.iter().find(|item| name_of(item, list) == Some(&name))?;
                Some((item, &parts[count..]))
            });
            let (item, rest) = named.or_else(|| {
                let (first, rest) = parts.split_first()?;
                Some((items.get(first.parse::<usize>().ok()?)?, rest))
            })?;
            Some(in_node(item, list, rest).unwrap_or(item.span))
        }
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Date(_) => None,
    }
}
