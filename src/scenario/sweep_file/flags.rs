//! What is typed beside a sweep file: put into its tree before it is read, so that it passes through the
//! same checks and errors point at it.

use crate::io::Source;

use super::super::document::{Entry, Node, Span, Table, Value};
use super::super::parse::parse_set_value;
use super::super::report::Report;

/// What a flag of `sweep` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SweepKey {
    /// `PATH=VALUES`: another axis.
    Vary,
    /// The plan.
    Plan,
    /// Points to draw.
    Samples,
    /// Runs of each point.
    Replications,
    /// The half width at which a point has run often enough, percent.
    Precision,
    /// Most runs of a point.
    MaxReplications,
    /// The seed.
    Seed,
    /// Another figure.
    Metric,
    /// Another figure, because something is expected of it.
    Expect,
    /// A figure to rank by, instead of the file's.
    Objective,
}

/// A flag of `sweep` and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepFlag {
    /// Which.
    pub key: SweepKey,
    /// As typed.
    pub text: String,
}

impl SweepFlag {
    /// As it is typed.
    const fn name(&self) -> &'static str {
        match self.key {
            SweepKey::Vary => "--vary",
            SweepKey::Plan => "--plan",
            SweepKey::Samples => "--samples",
            SweepKey::Replications => "--replications",
            SweepKey::Precision => "--precision",
            SweepKey::MaxReplications => "--max-replications",
            SweepKey::Seed => "--seed",
            SweepKey::Metric => "--metric",
            SweepKey::Expect => "--expect",
            SweepKey::Objective => "--objective",
        }
    }

    /// The text that errors point at.
    pub(super) fn source(&self) -> Source {
        Source { name: self.name().to_owned(), text: self.text.clone() }
    }
}

/// Puts the flags, which are the sources from 1, into the tree.
pub(super) fn apply(table: &mut Table, flags: &[SweepFlag], report: &Report<'_>) {
    if flags.iter().any(|flag| flag.key == SweepKey::Objective) {
        table.remove("objectives");
    }
    for (index, flag) in flags.iter().enumerate() {
        let whole = Span { source: index + 1, start: 0, end: flag.text.len() };
        match flag.key {
            SweepKey::Vary => push(table, "axis", axis(&flag.text, whole)),
            SweepKey::Metric | SweepKey::Expect => push(table, "metrics", text(&flag.text, whole)),
            SweepKey::Objective => push(table, "objectives", text(&flag.text, whole)),
            SweepKey::Plan => put(table, "plan", text(&flag.text, whole)),
            SweepKey::Samples => put(table, "samples", value(&flag.text, whole, report)),
            SweepKey::Replications => put(table, "replications", value(&flag.text, whole, report)),
            SweepKey::Seed => put(table, "seed", value(&flag.text, whole, report)),
            SweepKey::Precision | SweepKey::MaxReplications => {
                let precision = table.entry("precision".to_owned()).or_insert_with(|| Entry {
                    key: whole,
                    node: Node { span: whole, value: Value::Table(Table::new()) },
                });
                // What is no table is told when it is read.
                if let Value::Table(inner) = &mut precision.node.value {
                    let half = flag.key == SweepKey::Precision;
                    let key = if half { "half_width_percent" } else { "max_replications" };
                    put(inner, key, value(&flag.text, whole, report));
                }
            }
        }
    }
}

fn text(text: &str, span: Span) -> Node {
    Node { span, value: Value::Text(text.trim().to_owned()) }
}

fn value(text: &str, span: Span, report: &Report<'_>) -> Node {
    parse_set_value(text.trim(), span.source, span.start).unwrap_or_else(|finding| {
        report.add(*finding);
        Node { span, value: Value::Text(text.to_owned()) }
    })
}

fn put(table: &mut Table, key: &str, node: Node) {
    table.insert(key.to_owned(), Entry { key: node.span, node });
}

/// Adds to a list; what is no list is told when it is read.
fn push(table: &mut Table, key: &str, node: Node) {
    let entry = table.entry(key.to_owned()).or_insert_with(|| Entry {
        key: node.span,
        node: Node { span: node.span, value: Value::Array(Vec::new()) },
    });
    if let Value::Array(items) = &mut entry.node.value {
        items.push(node);
    }
}

/// `PATH=VALUES` as the table of an axis. What is missing is missing there too.
fn axis(typed: &str, whole: Span) -> Node {
    let mut table = Table::new();
    let (path, values, start) = match typed.find('=') {
        Some(at) => (&typed[..at], &typed[at + 1..], at + 1),
        None => (typed, "", typed.len()),
    };
    let span = |start: usize, length: usize| Span { start, end: start + length, ..whole };
    put(&mut table, "path", text(path, span(0, path.len())));
    let here = span(start, values.len());
    let (rule, rest) = match values.trim().strip_prefix("log:") {
        Some(rest) => ("log_range", rest),
        None => ("range", values.trim()),
    };
    match range(rest, rule, here) {
        Some(node) => put(&mut table, rule, node),
        None => put(&mut table, "values", list(values, start, whole)),
    }
    Node { span: whole, value: Value::Table(table) }
}

/// `FROM..TO`, `FROM..TO/STEP`, behind `log:` `FROM..TO/COUNT`.
fn range(text: &str, rule: &str, span: Span) -> Option<Node> {
    let (from, rest) = text.split_once("..")?;
    let (to, by) = match rest.split_once('/') {
        Some((to, by)) => (to, Some(by)),
        None => (rest, None),
    };
    let by_key = if rule == "log_range" { "count" } else { "step" };
    let mut table = Table::new();
    for (key, number) in [("from", Some(from)), ("to", Some(to)), (by_key, by)] {
        let Some(number) = number.map(str::trim) else { continue };
        let value = match (number.parse::<i128>(), number.parse::<f64>()) {
            (Ok(whole), _) => Value::Integer(whole),
            (_, Ok(float)) => Value::Float(float),
            // A word with dots in it: a list of one.
            _ => return None,
        };
        put(&mut table, key, Node { span, value });
    }
    Some(Node { span, value: Value::Table(table) })
}

/// The values between commas; commas within quotes and brackets separate none.
fn list(text: &str, offset: usize, whole: Span) -> Node {
    let mut items = Vec::new();
    let mut depth = 0_u32;
    let mut quoted = false;
    let mut start = 0;
    let mut part = |from: usize, to: usize| {
        let trimmed = text[from..to].trim();
        let lead = text[from..to].len() - text[from..to].trim_start().len();
        let begin = offset + from + lead;
        let span = Span { start: begin, end: begin + trimmed.len(), ..whole };
        if !trimmed.is_empty() {
            let bare = || Node { span, value: Value::Text(trimmed.to_owned()) };
            items.push(parse_set_value(trimmed, span.source, begin).unwrap_or_else(|_| bare()));
        }
    };
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                part(start, at);
                start = at + 1;
            }
            _ => {}
        }
    }
    part(start, text.len());
    let span = Span { start: offset, end: offset + text.len(), ..whole };
    Node { span, value: Value::Array(items) }
}
