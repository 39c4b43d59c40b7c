//! `[[fault]]`: when something goes wrong, and where. What goes wrong is read in `fault_kind`.

use std::collections::BTreeSet;

use crate::catalog::PurchaseOption;
use crate::io::Code;
use crate::units::SimDuration;

use super::super::fault::{Fault, FaultKind, FaultScope};
use super::super::field::Field;
use super::super::reader::{Reading, TableCursor};
use super::super::report::{Finding, list, nearest, shown};
use super::fault_kind::{self, KINDS, Kind, Selector};
use super::names::{Name, Names, report_duplicates};

/// Most faults of a scenario.
const FAULT_LIMIT: usize = 1_000;

/// Ways to buy, by name.
const PURCHASE_OPTIONS: [(&str, PurchaseOption); 2] =
    [("on-demand", PurchaseOption::OnDemand), ("spot", PurchaseOption::Spot)];

/// What faults may name.
pub(super) struct Known<'a> {
    /// Zones, where the scenario lists them.
    pub(super) zones: &'a [String],
    /// Capacity providers.
    pub(super) providers: &'a Names,
    /// Services.
    pub(super) services: &'a Names,
    /// RunTask blocks.
    pub(super) run_tasks: &'a Names,
}

/// All faults, and the tables that they stand in.
pub(super) fn read<'a>(
    reading: &'a Reading<'a>,
    top: &TableCursor<'a>,
    known: &Known<'_>,
) -> (Vec<Fault>, Vec<TableCursor<'a>>) {
    let mut cursors = top.tables("fault", "name");
    if cursors.len() > FAULT_LIMIT
        && let Some(field) = top.field("fault")
    {
        let predicate = format!("has {} entries; the limit is {FAULT_LIMIT}", cursors.len());
        top.report(field.finding(Code::TooManyEntries, &predicate));
        cursors.truncate(FAULT_LIMIT);
    }
    let stated: Vec<Name> = cursors.iter().filter_map(stated_name).collect();
    report_duplicates(reading, "fault", &stated);
    let mut taken: BTreeSet<String> = stated.into_iter().filter_map(|name| name.text).collect();
    let mut faults = Vec::new();
    for cursor in &mut cursors {
        faults.push(read_one(cursor, known, &mut taken));
    }
    (faults, cursors)
}

fn read_kind(cursor: &TableCursor<'_>) -> Option<Kind> {
    if let Some(field) = cursor.field("kind") {
        return field.word(&KINDS);
    }
    let message = format!("`{}` lacks the key `kind`", cursor.path.shown());
    let finding = Finding::new(Code::MissingKey, cursor.span, message).label("no `kind` here");
    let words: Vec<String> = KINDS.iter().map(|(word, _)| format!("`{word}`")).collect();
    cursor.report(finding.help(format!("the kinds are {}", words.join(", "))));
    None
}

fn stated_name(cursor: &TableCursor<'_>) -> Option<Name> {
    let field = cursor.field("name")?;
    Some(Name { text: field.name().map(str::to_owned), span: field.node.span })
}

fn read_one(
    cursor: &mut TableCursor<'_>,
    known: &Known<'_>,
    taken: &mut BTreeSet<String>,
) -> Fault {
    let kind = read_kind(cursor);
    let name = match cursor.field("name") {
        Some(field) => field.node.value.as_text().unwrap_or_default().to_owned(),
        None => unnamed(cursor, kind, taken),
    };
    let start = cursor
        .required("start", "start = \"10m\"")
        .and_then(|field| field.duration())
        .unwrap_or(SimDuration::ZERO);
    let Some(kind) = kind else {
        // What belongs to a kind cannot be judged without it.
        let scope = FaultScope::default();
        return Fault { name, start, end: None, scope, kind: FaultKind::default() };
    };
    let scope = scope(cursor, kind.selectors(), known);
    let read = fault_kind::read(cursor, kind);
    let end = if read.is_momentary() { None } else { end(cursor, start) };
    cursor.finish_with(if read.is_momentary() { has_no_end } else { |_| None });
    Fault { name, start, end, scope, kind: read }
}

/// What to say of a key that a moment cannot have.
fn has_no_end(key: &str) -> Option<&'static str> {
    matches!(key, "end" | "duration").then_some("this kind happens at one moment, its `start`")
}

/// A fault without a name goes by its kind; the second of a kind is `az-outage-2`.
fn unnamed(
    cursor: &mut TableCursor<'_>,
    kind: Option<Kind>,
    taken: &mut BTreeSet<String>,
) -> String {
    let word = kind.map_or("fault", Kind::word);
    let mut name = word.to_owned();
    let mut number = 1;
    while !taken.insert(name.clone()) {
        number += 1;
        name = format!("{word}-{number}");
    }
    cursor.call(&name);
    name
}

/// `end` or `duration`; neither: until the horizon.
fn end(cursor: &TableCursor<'_>, start: SimDuration) -> Option<SimDuration> {
    let (end, duration) = (cursor.field("end"), cursor.field("duration"));
    if let (Some(end), Some(duration)) = (&end, &duration) {
        let message = format!("`{}` has both `end` and `duration`", cursor.path.shown());
        let finding = Finding::new(Code::ExclusiveKeys, duration.key, message);
        cursor.report(finding.related(end.key, "beside this").help("keep one of the two"));
        return None;
    }
    if let Some(duration) = duration.and_then(|field| field.positive_duration()) {
        return Some(start + duration);
    }
    let field = end?;
    let end = field.duration()?;
    if end > start {
        return Some(end);
    }
    let predicate = format!("is {end}, and the fault begins at {start}");
    let finding = field.finding(Code::EndBeforeStart, &predicate).label("not after its start");
    cursor.report(finding.help("`end` is counted from the beginning of the run, like `start`"));
    None
}

fn scope(cursor: &TableCursor<'_>, admitted: &[Selector], known: &Known<'_>) -> FaultScope {
    let mut scope = FaultScope::default();
    for selector in admitted {
        match selector {
            Selector::RequiredZone => {
                let field =
                    cursor.required("availability_zone", "availability_zone = \"euw1-az1\"");
                scope.availability_zone = field.and_then(|field| zone(&field, known.zones));
            }
            Selector::Zone => {
                let field = cursor.field("availability_zone");
                scope.availability_zone = field.and_then(|field| zone(&field, known.zones));
            }
            Selector::InstanceType => scope.instance_type = text(cursor, "instance_type"),
            Selector::Provider => {
                let field = cursor.field("capacity_provider");
                scope.capacity_provider = field.and_then(|field| provider(&field, known));
            }
            Selector::PurchaseOption => {
                let field = cursor.field("purchase_option");
                scope.purchase_option = field.and_then(|field| field.word(&PURCHASE_OPTIONS));
            }
            Selector::Service => {
                let field = cursor.field("service");
                scope.service = field.and_then(|field| service(&field, known));
            }
            Selector::Image => scope.image = text(cursor, "image"),
        }
    }
    scope
}

fn text(cursor: &TableCursor<'_>, key: &'static str) -> Option<String> {
    cursor.field(key).and_then(|field| field.name()).map(str::to_owned)
}

/// A zone; where the scenario lists its zones, one of them.
fn zone(field: &Field<'_>, zones: &[String]) -> Option<String> {
    let zone = field.name()?;
    if !zones.is_empty() && !zones.iter().any(|known| known == zone) {
        let known = || zones.iter().map(String::as_str);
        let predicate =
            format!("names the availability zone \"{}\", which is not listed", shown(zone));
        let label = nearest(zone, known())
            .map_or("unknown".to_owned(), |near| format!("did you mean \"{near}\"?"));
        let finding = field.finding(Code::UnknownReference, &predicate).label(label);
        field.wrong(finding.help(format!("the scenario's zones are {}", list(known()))));
    }
    Some(zone.to_owned())
}

/// A capacity provider.
fn provider(field: &Field<'_>, known: &Known<'_>) -> Option<String> {
    known.providers.resolve(field)?;
    field.name().map(str::to_owned)
}

/// A service, or a RunTask block.
fn service(field: &Field<'_>, known: &Known<'_>) -> Option<String> {
    let name = field.name()?;
    if !known.run_tasks.has(name) {
        known.services.resolve(field)?;
    }
    Some(name.to_owned())
}
