//! From text to tree: TOML's own errors in our form, and the guesses at what a text is if not TOML.

use toml::de::{DeTable, DeValue, Error};

use crate::io::{Code, Source};

use super::depth::{DEPTH_LIMIT, too_deep_at};
use super::document::{Conversion, Node, Span, Table, Value};
use super::report::{Finding, Report, shown};

/// Above this size only the first syntax error is shown: all errors of a large file of another kind
/// would not fit into memory.
const RECOVERY_LIMIT: usize = 1 << 20;

/// Syntax errors that are worked out: each costs a walk over the text, and few are shown.
const ERRORS_LOOKED_AT: usize = 100;

/// What an empty scenario is answered with.
const MINIMAL_EXAMPLE: &str = r#"a minimal scenario:

name = "first"
region = "eu-west-1"

[[capacity_provider]]
name = "managed"
managed_instances_provider = {}

[[task_definition]]
family = "web"
cpu = 512
memory = 1024

[[service]]
name = "web"
task_definition = "web"
desired_count = 3"#;

/// The tree of the scenario file, source 0. `None` when the text is too broken to say anything about
/// its content; the reason is in the report.
pub(super) fn parse(source: &Source, report: &Report<'_>) -> Option<Table> {
    let text = source.text.as_str();
    if is_blank(text) {
        let message = format!("no scenario found: \"{}\" is empty", shown(&source.name));
        report.add(Finding::file(Code::EmptyScenario, message).help(MINIMAL_EXAMPLE));
        return None;
    }
    if let Some(start) = too_deep_at(text) {
        if !other_format(text, report) {
            report.add(too_deep(Span { source: 0, start, end: start + 1 }));
        }
        return None;
    }
    let (table, errors) = parse_toml(text);
    let (duplicates, broken): (Vec<_>, Vec<_>) =
        errors.into_iter().partition(|error| error.message().starts_with("duplicate key"));
    if !broken.is_empty() && other_format(text, report) {
        return None;
    }
    if broken.is_empty() {
        for error in duplicates.iter().take(ERRORS_LOOKED_AT) {
            report.add(duplicate_key(error, text, table.as_ref()));
        }
    }
    let mut last_line = None;
    for error in broken.iter().take(ERRORS_LOOKED_AT) {
        let finding = syntax_error(error, text.len());
        let line = text.get(..finding.start()).map(|before| before.matches('\n').count());
        if line.is_none() || line != last_line {
            report.add(finding);
        }
        last_line = line;
    }
    if broken.is_empty() { table } else { None }
}

fn is_blank(text: &str) -> bool {
    let text = text.trim_start_matches('\u{FEFF}');
    text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'))
}

fn too_deep(span: Span) -> Finding {
    Finding::new(
        Code::TooDeep,
        span,
        format!("nested deeper than the limit of {DEPTH_LIMIT} levels"),
    )
    .label("too deep here")
    .help("a scenario needs no more than six levels")
}

/// The tree, and every error of a text of moderate size.
fn parse_toml(text: &str) -> (Option<Table>, Vec<Error>) {
    let conversion = Conversion { source: 0, offset: 0 };
    if text.len() > RECOVERY_LIMIT {
        return match DeTable::parse(text) {
            Ok(table) => (Some(conversion.table(table.into_inner())), Vec::new()),
            Err(error) => (None, vec![error]),
        };
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    (Some(conversion.table(table.into_inner())), errors)
}

/// The value of a `--set` that starts at `offset` of source `source`: TOML if it is that, else a bare
/// string.
pub(super) fn parse_set_value(
    text: &str,
    source: usize,
    offset: usize,
) -> Result<Node, Box<Finding>> {
    if let Some(start) = too_deep_at(text) {
        let start = offset + start;
        return Err(Box::new(too_deep(Span { source, start, end: start + 1 })));
    }
    if let Ok(value) = DeValue::parse(text) {
        let conversion = Conversion { source, offset };
        let mut node = conversion.node(value);
        // The parser gives a value no place of its own where it is the whole text.
        node.span = Span { source, start: offset, end: offset + text.len() };
        return Ok(node);
    }
    let span = Span { source, start: offset, end: offset + text.len() };
    Ok(Node { span, value: Value::Text(text.to_owned()) })
}

fn syntax_error(error: &Error, length: usize) -> Finding {
    let range = error.span().unwrap_or(length..length);
    let span = Span { source: 0, start: range.start, end: range.end };
    let message = error.message();
    Finding::new(Code::Syntax, span, format!("not valid TOML: {}", shown(message)))
        .help("strings need quotes, a table is `[name]`, one of several is `[[name]]`")
}

fn duplicate_key(error: &Error, text: &str, table: Option<&Table>) -> Finding {
    let range = error.span().unwrap_or(0..0);
    let span = Span { source: 0, start: range.start, end: range.end };
    let key = text.get(range).unwrap_or_default();
    let finding =
        Finding::new(Code::DuplicateKey, span, format!("`{}` is given twice", shown(key)))
            .label("again here")
            .help("remove one of the two; for several of a kind write `[[name]]`");
    let first = table.and_then(|table| last_key_before(table, key, span.start));
    match first.or_else(|| same_line_before(text, span)) {
        Some(first) => finding.related(first, "first here"),
        None => finding,
    }
}

/// The last key of this text that lies before `start`: the one that the duplicate repeats.
fn last_key_before(table: &Table, key: &str, start: usize) -> Option<Span> {
    let name = key.trim_matches(['"', '\'']);
    let mut found: Option<Span> = None;
    let mut tables = vec![table];
    while let Some(table) = tables.pop() {
        for (entry_name, entry) in table {
            if entry_name == name && entry.key.start < start && Some(entry.key) > found {
                found = Some(entry.key);
            }
            collect_tables(&entry.node, &mut tables);
        }
    }
    found
}

fn collect_tables<'a>(node: &'a Node, tables: &mut Vec<&'a Table>) {
    match &node.value {
        Value::Table(table) => tables.push(table),
        Value::Array(items) => items.iter().for_each(|item| collect_tables(item, tables)),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Date(_) => {}
    }
}

/// An earlier line with the same text as the one of `span`: the first of two equal table headers.
fn same_line_before(text: &str, span: Span) -> Option<Span> {
    let line_start = text.get(..span.start)?.rfind('\n')? + 1;
    let line = text[line_start..].lines().next()?.trim();
    let mut start = 0;
    for earlier in text[..line_start].split_inclusive('\n') {
        if earlier.trim() == line {
            return Some(Span { source: 0, start, end: start + earlier.trim_end().len() });
        }
        start += earlier.len();
    }
    None
}

/// Whether the text looks like another format; if so, that is all that is worth saying.
fn other_format(text: &str, report: &Report<'_>) -> bool {
    let mut start = 0;
    let mut first = "";
    for line in text.split_inclusive('\n') {
        first = line.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        if !first.is_empty() && !first.starts_with('#') {
            break;
        }
        start += line.len();
    }
    let Some(format) = format_of(first) else {
        return false;
    };
    let span = Span { source: 0, start, end: start + first.len() };
    report.add(
        Finding::new(Code::NotToml, span, format!("this looks like {format}, expected TOML")).help(
            "a scenario is TOML: `key = value`, tables as `[name]`, lists of them as `[[name]]`",
        ),
    );
    true
}

/// The format that a first line like this belongs to, if it is not TOML's.
fn format_of(line: &str) -> Option<&'static str> {
    if line.starts_with('{') {
        return Some("JSON");
    }
    let key_length =
        line.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_-".contains(b)).count();
    let after_key = &line.as_bytes()[key_length..];
    let mapping = key_length > 0 && matches!(after_key, [b':'] | [b':', b' ' | b'\t', ..]);
    let yaml = mapping || line == "---" || line.starts_with("- ");
    yaml.then_some("YAML")
}
