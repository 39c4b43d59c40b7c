//! `[[scalable_target]]` and `[[scheduled_action]]`: within which limits a service scales, and when they
//! change.

use crate::io::Code;

use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::service_scaling::{ScalableTarget, ScheduledAction};
use super::names::{Name, Names, required_name};
use super::{schedule, service};

const MIN: &str = "min_capacity";
const MAX: &str = "max_capacity";

/// A scalable target and its service's name.
pub(super) fn read(cursor: &TableCursor<'_>, services: &Names) -> (ScalableTarget, Name) {
    let name = required_name(cursor, "service", "service = \"web\"");
    let of = cursor.field("service").and_then(|field| services.resolve(&field));
    let min = cursor.required(MIN, "min_capacity = 2").and_then(|field| service::desired(&field));
    let max = cursor.required(MAX, "max_capacity = 20").and_then(|field| service::desired(&field));
    cursor.finish();
    check_limits(cursor, min, max);
    let target = ScalableTarget {
        service: of.unwrap_or(0),
        min_capacity: min.unwrap_or(0),
        max_capacity: max.unwrap_or(0),
    };
    (target, name)
}

/// A scheduled action and its name.
pub(super) fn read_action(cursor: &TableCursor<'_>, services: &Names) -> (ScheduledAction, Name) {
    let name = required_name(cursor, "name", "name = \"office-opens\"");
    let of =
        cursor.required("service", "service = \"web\"").and_then(|field| services.resolve(&field));
    let example = "schedule_expression = \"cron(0 8 ? * MON-FRI *)\"";
    let _ = cursor.required("schedule_expression", example);
    let min = cursor.field(MIN).and_then(|field| service::desired(&field));
    let max = cursor.field(MAX).and_then(|field| service::desired(&field));
    let action = ScheduledAction {
        name: name.text.clone().unwrap_or_default(),
        service: of.unwrap_or(0),
        schedule: schedule::read(cursor, &[]),
        min_capacity: min,
        max_capacity: max,
    };
    cursor.finish();
    check_limits(cursor, min, max);
    if cursor.field(MIN).is_none() && cursor.field(MAX).is_none() {
        let message = format!("`{}` changes neither limit", cursor.path.shown());
        let finding = Finding::new(Code::MissingKey, cursor.span, message);
        let help = "add `min_capacity`, `max_capacity` or both";
        cursor.report(finding.label("no limit here").help(help));
    }
    (action, name)
}

fn check_limits(cursor: &TableCursor<'_>, min: Option<u32>, max: Option<u32>) {
    let Some((min, max)) = min.zip(max).filter(|(min, max)| min > max) else { return };
    let Some(field) = cursor.field(MIN) else { return };
    let message =
        format!("`{}` has min_capacity = {min} above max_capacity = {max}", cursor.path.shown());
    let finding = Finding::new(Code::EmptyRange, field.node.span, message);
    cursor.report(finding.label("no count lies between").help("exchange the two, or change one"));
}
