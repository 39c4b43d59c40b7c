//! Files that a scenario names: which they are, and their texts, which somebody else reads.

use crate::io::{Diagnostic, Source};

use super::document::{Node, Table, Value};
use super::overrides::{self, Override};
use super::parse::parse;
use super::report::Report;

/// The keys that name a file, by the list of tables that they stand in.
const KEYS: [(&str, &str); 3] = [("demand", "series"), ("queue", "series"), ("run_task", "trace")];

/// A file that a scenario names.
#[derive(Clone, Debug)]
pub struct NamedFile {
    /// As the scenario writes it.
    pub name: String,
    /// Its text, or why there is none.
    pub content: Result<Source, Diagnostic>,
}

/// The files that a scenario names, each once, as it writes them: they lie beside it.
#[must_use]
pub fn files_named(source: &Source, overrides: &[Override]) -> Vec<String> {
    let Some(table) = tree(source, overrides) else { return Vec::new() };
    let mut names: Vec<String> = Vec::new();
    for (list, key) in KEYS {
        for name in named(&table, list, key) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// Where each of `paths` leads in a scenario, as keys and positions: the same for two ways to write it.
/// `*` leads to several places; a text that is no scenario has none.
#[must_use]
pub fn addresses(source: &Source, overrides: &[Override], paths: &[&str]) -> Vec<Vec<Vec<String>>> {
    let table = tree(source, overrides).unwrap_or_default();
    paths.iter().map(|path| overrides::addresses(&table, path)).collect()
}

/// The tree with `overrides` in it, as far as they lead anywhere.
fn tree(source: &Source, overrides: &[Override]) -> Option<Table> {
    let typed: Vec<Source> = overrides.iter().map(Override::source).collect();
    let report = Report::new(std::iter::once(source).chain(&typed).collect());
    // What is wrong is told when the scenario is read.
    let mut table = parse(source, &report)?;
    for (index, set) in overrides.iter().enumerate() {
        overrides::apply(&mut table, set, index + 1, &report);
    }
    Some(table)
}

fn named<'t>(table: &'t Table, list: &str, key: &'t str) -> impl Iterator<Item = &'t str> {
    let items = match table.get(list).map(|entry| &entry.node.value) {
        Some(Value::Array(items)) => items.as_slice(),
        _ => &[],
    };
    let of = move |item: &'t Node| item.value.as_table()?.get(key)?.node.value.as_text();
    items.iter().filter_map(of)
}
