//! `placement_strategy` and `placement_constraints`, under the rules of the ECS API.

use std::ops::Range;

use crate::io::Code;

use super::super::cluster_query::{Expression, QueryError, attribute};
use super::super::document::{Span, Value};
use super::super::field::Field;
use super::super::placement::{BinpackField, PlacementConstraint, PlacementStrategy, SpreadField};
use super::super::reader::TableCursor;
use super::super::report::{Finding, nearest, shown};

/// Most steps of a strategy (documented: ECS API, CreateService).
const STEPS: usize = 5;

/// Most constraints of a task, those of its definition among them (documented: ECS API, RunTask).
pub(super) const CONSTRAINTS: usize = 10;

pub(super) const STRATEGY: &str = "placement_strategy";
pub(super) const CONSTRAINT: &str = "placement_constraints";

#[derive(Clone, Copy)]
enum Step {
    Spread,
    Binpack,
    Random,
}

const STEP_WORDS: [(&str, Step); 3] =
    [("spread", Step::Spread), ("binpack", Step::Binpack), ("random", Step::Random)];

/// The fields of `binpack` by name.
pub(in super::super) const BINPACK_FIELDS: [(&str, BinpackField); 2] =
    [("cpu", BinpackField::Cpu), ("memory", BinpackField::Memory)];

#[derive(Clone, Copy)]
enum Kind {
    DistinctInstance,
    MemberOf,
}

const KINDS: [(&str, Kind); 2] =
    [("distinctInstance", Kind::DistinctInstance), ("memberOf", Kind::MemberOf)];

/// Whose constraints are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A service or a call of RunTask.
    Group,
    /// A task definition.
    Definition,
}

/// The strategy; empty where it is left out or something in it is wrong.
pub(super) fn strategy(cursor: &TableCursor<'_>) -> Vec<PlacementStrategy> {
    let steps = read_all(cursor, STRATEGY, STEPS, step);
    if !steps.is_empty() {
        cursor.state(STRATEGY);
    }
    steps
}

/// The constraints; empty where they are left out or something in them is wrong.
pub(super) fn constraints(cursor: &TableCursor<'_>, owner: Owner) -> Vec<PlacementConstraint> {
    let constraints = read_all(cursor, CONSTRAINT, CONSTRAINTS, |item| constraint(item, owner));
    if !constraints.is_empty() {
        cursor.state(CONSTRAINT);
    }
    constraints
}

/// The items of a list of tables: all of them, or none if one is wrong.
fn read_all<T>(
    cursor: &TableCursor<'_>,
    key: &'static str,
    limit: usize,
    read: impl Fn(&TableCursor<'_>) -> Option<T>,
) -> Vec<T> {
    let items = cursor.tables(key, "");
    if items.len() > limit {
        let predicate = format!("has {} entries; ECS admits {limit}", items.len());
        if let Some(field) = cursor.field(key) {
            field.wrong(field.finding(Code::TooManyEntries, &predicate));
        }
        return Vec::new();
    }
    let read: Vec<Option<T>> = items.iter().map(read).collect();
    read.into_iter().collect::<Option<Vec<T>>>().unwrap_or_default()
}

fn step(cursor: &TableCursor<'_>) -> Option<PlacementStrategy> {
    let kind = cursor.required("type", "type = \"spread\"");
    let step = kind.and_then(|field| field.word(&STEP_WORDS));
    let read = match step {
        Some(Step::Random) => {
            // Documented: it is not used.
            cursor.field("field");
            Some(PlacementStrategy::Random)
        }
        Some(Step::Binpack) => cursor
            .required("field", "field = \"memory\"")
            .and_then(|field| field.word(&BINPACK_FIELDS))
            .map(PlacementStrategy::Binpack),
        Some(Step::Spread) => cursor
            .required("field", "field = \"attribute:ecs.availability-zone\"")
            .and_then(|field| spread_field(&field))
            .map(PlacementStrategy::Spread),
        None => {
            cursor.field("field");
            None
        }
    };
    cursor.finish();
    read
}

fn spread_field(field: &Field<'_>) -> Option<SpreadField> {
    const EXAMPLES: [&str; 3] = ["instanceId", "host", "attribute:ecs.availability-zone"];
    let text = field.text()?;
    // Documented: both have the same effect.
    if ["instanceId", "host"].iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Some(SpreadField::InstanceId);
    }
    if text.starts_with("attribute:") {
        return match attribute(text) {
            Ok(name) => Some(SpreadField::Attribute(name)),
            Err(error) => {
                report(field, text, &error);
                None
            }
        };
    }
    let label = nearest(text, EXAMPLES)
        .map_or("not one of them".to_owned(), |near| format!("did you mean \"{near}\"?"));
    let predicate = format!("cannot be \"{}\"", shown(text));
    let finding = field.finding(Code::UnknownWord, &predicate).label(label);
    field.wrong(finding.help("it can be `instanceId`, `host` or `attribute:NAME`"));
    None
}

fn constraint(cursor: &TableCursor<'_>, owner: Owner) -> Option<PlacementConstraint> {
    let kind = cursor.required("type", "type = \"memberOf\"");
    let word = kind.as_ref().and_then(|field| field.word(&KINDS));
    let read = match (word, kind) {
        (Some(Kind::MemberOf), _) => cursor
            .required("expression", "expression = \"attribute:ecs.instance-type =~ t3.*\"")
            .and_then(|field| expression(&field))
            .map(PlacementConstraint::MemberOf),
        (Some(Kind::DistinctInstance), Some(kind)) => distinct_instance(cursor, &kind, owner),
        (None, _) | (Some(Kind::DistinctInstance), None) => {
            cursor.field("expression");
            None
        }
    };
    cursor.finish();
    read
}

fn distinct_instance(
    cursor: &TableCursor<'_>,
    kind: &Field<'_>,
    owner: Owner,
) -> Option<PlacementConstraint> {
    if owner == Owner::Definition {
        let predicate = "is `distinctInstance`, which a task definition cannot have";
        let finding = kind.finding(Code::PlacementRule, predicate);
        kind.wrong(
            finding.help("put it into the `placement_constraints` of the service or run_task"),
        );
    }
    // Documented: ECS API, PlacementConstraint.
    if let Some(field) = cursor.field("expression") {
        let finding = field.finding(Code::PlacementRule, "stands beside `distinctInstance`");
        field.wrong(finding.help("only `memberOf` has an expression"));
        return None;
    }
    (owner == Owner::Group).then_some(PlacementConstraint::DistinctInstance)
}

fn expression(field: &Field<'_>) -> Option<Expression> {
    let text = field.text()?;
    match Expression::parse(text) {
        Ok(expression) => Some(expression),
        Err(error) => {
            report(field, text, &error);
            None
        }
    }
}

/// Reports an error within a string, at its place in the file.
fn report(field: &Field<'_>, text: &str, error: &QueryError) {
    let span = inside(field, text, &error.span);
    let message = format!("`{}` {}", field.path.shown(), error.message);
    let finding = Finding::new(Code::BadExpression, span, message).label(error.label.clone());
    field.wrong(finding.help_if(error.help.clone()));
}

/// Where bytes of a string stand in the source: it is written there with quotes, perhaps with escapes.
pub(super) fn inside(field: &Field<'_>, text: &str, wrong: &Range<usize>) -> Span {
    let span = field.node.span;
    let raw = field.reading.report.text_at(span);
    let place = |at: usize| span.start + position(raw, text, at);
    let (start, end) = (place(wrong.start), place(wrong.end));
    // At the end of the text the closing quote shows where it is.
    let end = if start == end { start + 1 } else { end };
    if matches!(field.node.value, Value::Text(_)) { Span { start, end, ..span } } else { span }
}

/// The byte of the literal `raw` that stands for byte `at` of its value `text`.
fn position(raw: &str, text: &str, at: usize) -> usize {
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| raw.starts_with(quotes));
    let opening = quotes.map_or(0, str::len);
    let inner = raw.get(opening..).unwrap_or_default();
    // A line break behind three quotes is no part of the value.
    let trimmed = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n'));
    let body = trimmed.filter(|_| opening == 3).unwrap_or(inner);
    let start = raw.len() - body.len();
    if body.starts_with(text) {
        return start + at;
    }
    start + escaped_position(body, at)
}

/// The same where the body has escapes.
fn escaped_position(body: &str, at: usize) -> usize {
    let mut value = 0;
    let mut characters = body.char_indices();
    while let Some((index, c)) = characters.next() {
        if value >= at {
            return index;
        }
        if c != '\\' {
            value += c.len_utf8();
            continue;
        }
        let digits = match characters.next() {
            Some((_, 'u')) => 4,
            Some((_, 'U')) => 8,
            Some((_, 'x')) => 2,
            _ => 0,
        };
        let code: String = characters.by_ref().take(digits).map(|(_, digit)| digit).collect();
        let c = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
        value += c.map_or(1, char::len_utf8);
    }
    body.len()
}

#[cfg(test)]
mod tests {
    use crate::io::{Diagnostic, Source};

    use super::super::super::parse::parse;
    use super::super::super::report::Report;
    use super::super::super::resolved::to_toml;
    use super::super::super::spec::{NetworkMode, Scenario};
    use super::super::read_tree;
    use super::*;

    const REST: &str = r#"
        name = "s"
        region = "eu-west-1"
        [[capacity_provider]]
        name = "managed"
        managed_instances_provider = {}
        [[service]]
        name = "web"
        task_definition = "web"
        desired_count = 3
    "#;

    /// The scenario, whatever is wrong with it, and what that is.
    fn read(text: &str) -> (Scenario, Vec<Diagnostic>) {
        let source = Source { name: "s.toml".to_owned(), text: text.to_owned() };
        let report = Report::new(vec![&source]);
        let table = parse(&source, &report).unwrap();
        let (scenario, report) = read_tree(&table, report, Vec::new());
        (scenario, report.diagnostics())
    }

    fn spread(field: SpreadField) -> PlacementStrategy {
        PlacementStrategy::Spread(field)
    }

    #[test]
    fn a_strategy_of_every_step_and_constraints_of_both_kinds_are_read_and_written() {
        let text = r#"
            placement_strategy = [
                { type = "spread", field = "attribute:ecs.availability-zone" },
                { type = "spread", field = "host" },
                { type = "binpack", field = "MEMORY" },
                { type = "binpack", field = "cpu" },
                { type = "random" },
            ]
            placement_constraints = [
                { type = "distinctInstance" },
                { type = "memberOf", expression = "attribute:stack == 'a \"b\"'" },
            ]
            [[run_task]]
            name = "batch"
            task_definition = "web"
            group = "nightly"
            placement_strategy = [{ type = "binpack", field = "memory" }]
            [[task_definition]]
            family = "web"
            cpu = 256
            memory = 512
            network_mode = "bridge"
            port_mappings = [
                { container_port = 80 },
                { container_port = 53, host_port = 5353, protocol = "udp" },
            ]
            placement_constraints = [{ type = "memberOf", expression = "runningTasksCount < 9" }]
        "#;
        let (scenario, _) = read(&format!("{REST}{text}"));
        let service = &scenario.services[0];
        assert_eq!(
            service.placement_strategy,
            [
                spread(SpreadField::Attribute("ecs.availability-zone".to_owned())),
                spread(SpreadField::InstanceId),
                PlacementStrategy::Binpack(BinpackField::Memory),
                PlacementStrategy::Binpack(BinpackField::Cpu),
                PlacementStrategy::Random,
            ]
        );
        assert_eq!(service.placement_constraints[0], PlacementConstraint::DistinctInstance);
        assert_eq!(scenario.run_tasks[0].group.as_deref(), Some("nightly"));
        let definition = &scenario.task_definitions[0];
        assert_eq!(definition.network_mode, NetworkMode::Bridge);
        let ports = definition.port_mappings.iter().map(|mapping| mapping.host_port);
        assert_eq!(ports.collect::<Vec<_>>(), [0, 5_353]);
        assert_eq!(definition.placement_constraints.len(), 1);
        let (again, _) = read(&to_toml(&scenario));
        assert_eq!((&again.services, &again.run_tasks), (&scenario.services, &scenario.run_tasks));
        assert_eq!(again.task_definitions, scenario.task_definitions);
    }

    #[test]
    fn a_port_of_the_host_is_the_containers_in_host_mode() {
        let text = r#"
            [[task_definition]]
            family = "web"
            cpu = 256
            memory = 512
            network_mode = "host"
            port_mappings = [{ container_port = 8080 }]
        "#;
        let (scenario, _) = read(&format!("{REST}{text}"));
        assert_eq!(scenario.task_definitions[0].port_mappings[0].host_port, 8_080);
    }

    #[test]
    fn a_place_in_a_string_is_found_behind_quotes_and_escapes() {
        assert_eq!(position("\"abc\"", "abc", 1), 2);
        assert_eq!(position("'a\\c'", "a\\c", 2), 3);
        assert_eq!(position("abc", "abc", 1), 1);
        assert_eq!(position("\"\"\"\nabc\"\"\"", "abc", 0), 4);
        // The value is a"é" =~ \d; the mark is on =~, byte 6 of it, byte 13 of what is written.
        assert_eq!(position(r#""a\"\u00e9\" =~ \\d""#, "a\"é\" =~ \\d", 6), 13);
    }
}
