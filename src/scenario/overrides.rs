//! `--set path=value`: values put into the tree before it is read, so that they pass through the same
//! checks, and errors in them point at what was typed.

use crate::io::{Code, Diagnostic, Place, Source};

use super::document::{Entry, Node, Span, Table, Value};
use super::parse::parse_set_value;
use super::reader;
use super::report::{Finding, Report, list, nearest, shown};

/// A value for one path of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The dotted path: `service.web.desired_count`. Tables of a list are addressed by name, by
    /// position from 0, or all at once by `*`; where there is one, that may be left out.
    pub path: String,
    /// TOML, or a string without its quotes.
    pub value: String,
}

/// The lists of tables, and the key that names one of them.
const LISTS: [(&str, &str); 17] = [
    ("capacity_provider", "name"),
    ("task_definition", "family"),
    ("service", "name"),
    ("run_task", "name"),
    ("subnet", "id"),
    ("external_instance", "name"),
    ("capacity_pool", "instance_type"),
    ("capacity_reservation", "instance_type"),
    ("spot_pool", "instance_type"),
    ("update_service", "service"),
    ("scalable_target", "service"),
    ("scaling_policy", "name"),
    ("scheduled_action", "name"),
    ("fault", "name"),
    ("discount", "name"),
    ("demand", "name"),
    ("queue", "name"),
];

/// By what else a table of a list may be called, where it has no name: a fault by its kind, a discount
/// by what it applies to.
const OTHER_NAMES: [(&str, &str); 2] = [("fault", "kind"), ("discount", "applies_to")];

/// A path may start with one of these: it then means every capacity provider of the kind.
const EVERY_PROVIDER: [&str; 2] = ["managed_instances_provider", "auto_scaling_group_provider"];

/// Tables that the tables of lists may have; a path may lead to one that is not there yet.
const WITHIN: [&str; 9] = [
    "managed_instances_provider",
    "auto_scaling_group_provider",
    "runtime_platform",
    "image",
    "ready_after",
    "exit_after_stop_signal",
    "deployment_configuration",
    "load_balancer",
    "health_check",
];

/// Longest path, segments.
const SEGMENT_LIMIT: usize = 16;

impl Override {
    /// Takes `path=value` apart.
    ///
    /// # Errors
    /// If there is no `=`, or nothing before it.
    pub fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        match text.split_once('=') {
            Some((path, value)) if !path.trim().is_empty() => {
                Ok(Self { path: path.to_owned(), value: value.to_owned() })
            }
            _ => {
                let source = Source { name: "--set".to_owned(), text: text.to_owned() };
                let place = Place::new(&source, 0..text.len(), "no path and value");
                let diagnostic =
                    Diagnostic::new(Code::SetWithoutValue, "--set takes path=value").at(place);
                Err(Box::new(diagnostic.help("for example --set service.web.desired_count=60")))
            }
        }
    }

    /// The text that errors point at.
    pub(super) fn source(&self) -> Source {
        Source { name: "--set".to_owned(), text: format!("{}={}", self.path, self.value) }
    }
}

/// One part of a path.
#[derive(Clone, Debug)]
struct Segment {
    name: String,
    span: Span,
}

/// What is put into the tree.
#[derive(Clone, Copy)]
struct Put<'a> {
    /// The whole path, as typed.
    path: &'a str,
    /// The value.
    node: &'a Node,
}

/// Puts the value of `set`, which is source number `source`, into the tree.
pub(super) fn apply(table: &mut Table, set: &Override, source: usize, report: &Report<'_>) {
    let value = set.value.trim();
    let blanks = set.value.len() - set.value.trim_start().len();
    let node = match parse_set_value(value, source, set.path.len() + 1 + blanks) {
        Ok(node) => node,
        Err(finding) => return report.add(*finding),
    };
    let Some(mut segments) = segments(&set.path, source) else {
        let span = Span { source, start: 0, end: set.path.len() };
        return report.add(unknown(span, format!("`{}` is not a dotted path", shown(&set.path))));
    };
    let what = Put { path: &set.path, node: &node };
    let kind = segments.first().filter(|first| EVERY_PROVIDER.contains(&first.name.as_str()));
    let Some(kind) = kind.cloned() else {
        return put(table, &segments, what, report);
    };
    let segment = |name: String| Segment { name, span: kind.span };
    segments.splice(0..0, [segment("capacity_provider".to_owned()), segment(String::new())]);
    for chosen in of_kind(table, &kind.name) {
        segments[1] = segment(chosen);
        put(table, &segments, what, report);
    }
}

fn put(table: &mut Table, segments: &[Segment], what: Put<'_>, report: &Report<'_>) {
    if let Err(finding) = set_in_table(table, segments, what) {
        report.add(*finding);
    }
}

/// The providers that have the table `kind`, by position; all of them where none has.
fn of_kind(table: &Table, kind: &str) -> Vec<String> {
    let providers = table.get("capacity_provider").map(|entry| &entry.node.value);
    let Some(Value::Array(items)) = providers else { return vec!["*".to_owned()] };
    let has = |item: &Node| item.value.as_table().is_some_and(|table| table.get(kind).is_some());
    let positions = items.iter().enumerate().filter(|(_, item)| has(item));
    let found: Vec<String> = positions.map(|(position, _)| position.to_string()).collect();
    if found.is_empty() { vec!["*".to_owned()] } else { found }
}

fn unknown(span: Span, message: String) -> Finding {
    Finding::new(Code::SetUnknownPath, span, message)
}

/// The parts between dots; a part with dots of its own stands between quotes.
fn segments(path: &str, source: usize) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut start = 0;
    loop {
        let rest = path.get(start..)?;
        let length = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"')? + 2,
            None => rest.find('.').unwrap_or(rest.len()),
        };
        let name = rest.get(..length)?.trim().trim_matches('"').to_owned();
        if name.is_empty() || segments.len() == SEGMENT_LIMIT {
            return None;
        }
        segments.push(Segment { name, span: Span { source, start, end: start + length } });
        start += length;
        if start == path.len() {
            return Some(segments);
        }
        path.get(start..)?.strip_prefix('.')?;
        start += 1;
    }
}

fn set_in_table(
    table: &mut Table,
    segments: &[Segment],
    what: Put<'_>,
) -> Result<(), Box<Finding>> {
    let Some((first, rest)) = segments.split_first() else {
        return Ok(());
    };
    if rest.is_empty() {
        table.insert(first.name.clone(), Entry { key: first.span, node: what.node.clone() });
        return Ok(());
    }
    if let Some(entry) = table.get_mut(&first.name) {
        return set_in_node(&mut entry.node, first, rest, what);
    }
    if let Some((list, _)) = LISTS.iter().find(|(list, _)| *list == first.name) {
        let message = format!("the scenario has no [[{list}]]");
        let help = "--set changes what is there: add it to the file";
        return Err(Box::new(unknown(first.span, message).help(help)));
    }
    // A table that the file leaves out, such as [timing]; a wrong name is reported by the reading.
    let mut inner = Table::new();
    set_in_table(&mut inner, rest, what)?;
    let value = Node { span: first.span, value: Value::Table(inner) };
    table.insert(first.name.clone(), Entry { key: first.span, node: value });
    Ok(())
}

fn set_in_node(
    target: &mut Node,
    name: &Segment,
    rest: &[Segment],
    what: Put<'_>,
) -> Result<(), Box<Finding>> {
    match &mut target.value {
        Value::Table(table) => set_in_table(table, rest, what),
        Value::Array(items) => {
            let Some((chosen, within)) = rest.split_first() else {
                return Ok(());
            };
            if chosen_by(items, name, chosen).is_none()
                && let [only] = items.as_mut_slice()
                && let Value::Table(table) = &mut only.value
                && is_key(table, chosen, within)
            {
                return set_in_table(table, rest, what);
            }
            for index in choose(items, name, rest, what.path)? {
                if within.is_empty() {
                    items[index] = what.node.clone();
                } else {
                    set_in_node(&mut items[index], chosen, within, what)?;
                }
            }
            Ok(())
        }
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Date(_) => {
            let kind = target.value.kind();
            let message = format!("`{}` is {kind} and has no keys", shown(&name.name));
            let help = format!("set `{}` itself", shown(&name.name));
            Err(Box::new(unknown(name.span, message).help(help)))
        }
    }
}

/// Whether a part of a path that names none of a list's tables is a key of `table`, one of them: it
/// ends the path, or leads to a table within.
fn is_key(table: &Table, chosen: &Segment, within: &[Segment]) -> bool {
    let name = chosen.name.as_str();
    within.is_empty() || WITHIN.contains(&name) || table.contains_key(name)
}

/// The positions in a list that `chosen` addresses, if it addresses any.
fn chosen_by(items: &[Node], lists: &Segment, chosen: &Segment) -> Option<Vec<usize>> {
    if chosen.name == "*" {
        return Some((0..items.len()).collect());
    }
    let is_named = |index: &usize| name_of(&items[*index], &lists.name) == Some(&chosen.name);
    let named: Vec<_> = (0..items.len()).filter(is_named).collect();
    if !named.is_empty() {
        return Some(named);
    }
    let index = chosen.name.parse().ok().filter(|index| *index < items.len());
    index.map(|index| vec![index])
}

/// The positions in a list that the first of `rest` addresses.
fn choose(
    items: &[Node],
    lists: &Segment,
    rest: &[Segment],
    path: &str,
) -> Result<Vec<usize>, Box<Finding>> {
    let Some((chosen, within)) = rest.split_first() else {
        return Ok(Vec::new());
    };
    if let Some(indices) = chosen_by(items, lists, chosen) {
        return Ok(indices);
    }
    let known = || items.iter().filter_map(|item| name_of(item, &lists.name));
    let near = nearest(&chosen.name, known());
    let message = format!("`{}` has no entry `{}`", shown(&lists.name), shown(&chosen.name));
    let mut help = match known().next() {
        Some(_) => format!("there are {}; `*` means all, 0 the first", list(known())),
        None => format!("there are {} of them: 0 is the first", items.len()),
    };
    let tables = || items.iter().filter_map(|item| item.value.as_table());
    if near.is_none() && tables().any(|table| is_key(table, chosen, within)) {
        let (before, after) = path.split_at(chosen.span.start);
        let first = known().next().unwrap_or("0");
        let whole = format!("{before}{}.{after}", reader::segment(&shown(first)));
        help = format!("say of which: `{whole}`; {help}");
    }
    let label =
        near.map_or("unknown".to_owned(), |near| format!("did you mean `{}`?", shown(near)));
    Err(Box::new(unknown(chosen.span, message).label(label).help(help)))
}

/// Where `path` leads in the tree: the keys and positions of each value that it sets, whatever way it
/// is written. What is not there is taken as it is written.
pub(super) fn addresses(table: &Table, path: &str) -> Vec<Vec<String>> {
    let Some(segments) = segments(path, 0) else { return Vec::new() };
    let mut found = Vec::new();
    let Some(kind) = segments.first().filter(|first| EVERY_PROVIDER.contains(&first.name.as_str()))
    else {
        in_table(table, &segments, Vec::new(), &mut found);
        return found;
    };
    for chosen in of_kind(table, &kind.name) {
        let segment = |name: String| Segment { name, span: kind.span };
        let mut whole = vec![segment("capacity_provider".to_owned()), segment(chosen)];
        whole.extend_from_slice(&segments);
        in_table(table, &whole, Vec::new(), &mut found);
    }
    found
}

fn in_table(
    table: &Table,
    segments: &[Segment],
    mut before: Vec<String>,
    found: &mut Vec<Vec<String>>,
) {
    let Some((first, rest)) = segments.split_first() else { return found.push(before) };
    before.push(first.name.clone());
    match table.get(&first.name) {
        Some(entry) => in_node(&entry.node, first, rest, before, found),
        None => found.push(as_written(before, rest)),
    }
}

fn in_node(
    node: &Node,
    name: &Segment,
    rest: &[Segment],
    before: Vec<String>,
    found: &mut Vec<Vec<String>>,
) {
    let Some((chosen, within)) = rest.split_first() else { return found.push(before) };
    let items = match &node.value {
        Value::Table(table) => return in_table(table, rest, before, found),
        Value::Array(items) => items.as_slice(),
        Value::Text(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Date(_) => return found.push(as_written(before, rest)),
    };
    let at = |index: usize| [before.clone(), vec![index.to_string()]].concat();
    match chosen_by(items, name, chosen) {
        Some(indices) => {
            for index in indices {
                in_node(&items[index], chosen, within, at(index), found);
            }
        }
        None => match items {
            [Node { value: Value::Table(table), .. }] if is_key(table, chosen, within) => {
                in_table(table, rest, at(0), found);
            }
            _ => found.push(as_written(before, rest)),
        },
    }
}

fn as_written(mut before: Vec<String>, rest: &[Segment]) -> Vec<String> {
    before.extend(rest.iter().map(|segment| segment.name.clone()));
    before
}

/// The name of one of the tables of a list.
pub(super) fn name_of<'a>(item: &'a Node, list: &str) -> Option<&'a str> {
    let key =
        LISTS.iter().find(|(name, _)| *name == list).map_or("capacity_provider", |(_, key)| key);
    let table = item.value.as_table()?;
    let other = || OTHER_NAMES.iter().find(|(name, _)| *name == list).map(|(_, key)| *key);
    let entry = table.get(key).or_else(|| table.get(other()?))?;
    entry.node.value.as_text()
}
