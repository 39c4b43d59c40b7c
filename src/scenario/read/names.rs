//! Names of things and references to them.

use std::collections::BTreeMap;

use crate::io::Code;

use super::super::document::Span;
use super::super::field::Field;
use super::super::reader::{Reading, TableCursor};
use super::super::report::{Finding, list, nearest, shown};

/// The name of a thing, or nothing where it could not be read.
#[derive(Clone, Debug)]
pub(super) struct Name {
    /// The name.
    pub(super) text: Option<String>,
    /// Where it stands.
    pub(super) span: Span,
}

/// The required name of a table.
pub(super) fn required_name(cursor: &TableCursor<'_>, key: &'static str, example: &str) -> Name {
    let field = cursor.required(key, example);
    let span = field.as_ref().map_or(cursor.span, |field| field.node.span);
    let text = field.and_then(|field| field.name()).map(str::to_owned);
    Name { text, span }
}

/// All things of one kind, by position.
pub(super) struct Names {
    kind: &'static str,
    names: Vec<Name>,
    positions: BTreeMap<String, usize>,
}

impl Names {
    /// The things of a kind; two of one name are reported.
    pub(super) fn new(reading: &Reading<'_>, kind: &'static str, names: Vec<Name>) -> Self {
        report_duplicates(reading, kind, &names);
        let mut positions = BTreeMap::new();
        for (position, name) in names.iter().enumerate() {
            if let Some(text) = &name.text {
                positions.entry(text.clone()).or_insert(position);
            }
        }
        Self { kind, names, positions }
    }

    /// And names that are there without being written.
    pub(super) fn and(mut self, more: Vec<Name>) -> Self {
        for name in more {
            let position = self.names.len();
            if let Some(text) = &name.text {
                self.positions.entry(text.clone()).or_insert(position);
            }
            self.names.push(name);
        }
        self
    }

    /// The name of the first, for examples.
    pub(super) fn first(&self) -> &str {
        self.names.first().and_then(|name| name.text.as_deref()).unwrap_or("ec2-managed")
    }

    /// Whether one of them is called so.
    pub(super) fn has(&self, name: &str) -> bool {
        self.positions.contains_key(name)
    }

    /// The position of the thing that `field` names. An unknown one is reported, unless a name could
    /// not be read: it may be the one meant.
    pub(super) fn resolve(&self, field: &Field<'_>) -> Option<usize> {
        let wanted = field.name()?;
        let found = self.positions.get(wanted).copied();
        let full = field.reading.report.is_full();
        if found.is_none() && !full && self.names.iter().all(|name| name.text.is_some()) {
            field.wrong(self.unknown(field, wanted));
        }
        found
    }

    fn unknown(&self, field: &Field<'_>, wanted: &str) -> Finding {
        let known = || self.names.iter().filter_map(|name| name.text.as_deref());
        let label = nearest(wanted, known())
            .map_or("unknown".to_owned(), |near| format!("did you mean \"{}\"?", shown(near)));
        let predicate =
            format!("names the {} \"{}\", which is not defined", self.kind, shown(wanted));
        let help = if self.names.is_empty() {
            format!("the scenario defines no {}", self.kind)
        } else {
            format!("the scenario defines {}", list(known()))
        };
        field.finding(Code::UnknownReference, &predicate).label(label).help(help)
    }
}

/// Reports every name that was there before.
pub(super) fn report_duplicates(reading: &Reading<'_>, kind: &str, names: &[Name]) {
    let mut first = BTreeMap::new();
    for name in names {
        let Some(text) = &name.text else {
            continue;
        };
        if let Some(earlier) = first.get(text) {
            let message = format!("two {kind}s are named \"{}\"", shown(text));
            reading.report.add(
                Finding::new(Code::DuplicateName, name.span, message)
                    .label("again here")
                    .related(*earlier, "first here")
                    .help("give each its own name"),
            );
        } else {
            first.insert(text, name.span);
        }
    }
}
