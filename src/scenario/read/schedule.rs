//! `schedule_expression` and `schedule_expression_timezone`, of whatever is scheduled.

use crate::io::Code;

use super::super::field::Field;
use super::super::parameters::run_task::SCHEDULE_EXPRESSION_TIMEZONE;
use super::super::reader::TableCursor;
use super::super::report::{Finding, nearest, shown};
use super::super::schedule::{Expression, Schedule, Zone};
use super::placement::inside;

const EXPRESSION: &str = "schedule_expression";
const TIMEZONE: &str = "schedule_expression_timezone";

/// The schedule of a table. `others` are its other keys that say when: one way alone is admitted.
pub(super) fn read(cursor: &TableCursor<'_>, others: &[&'static str]) -> Option<Schedule> {
    let field = cursor.field(EXPRESSION);
    let utc = Zone::named(SCHEDULE_EXPRESSION_TIMEZONE).unwrap_or_else(Zone::utc);
    let zone = cursor.parameter(TIMEZONE, utc, zone);
    let Some(field) = field else {
        if let Some(zone) = cursor.field(TIMEZONE) {
            let predicate = format!("has no effect without `{EXPRESSION}`");
            cursor.report(zone.finding(Code::NoEffect, &predicate));
        }
        return None;
    };
    for other in others.iter().filter_map(|key| cursor.field(key)) {
        let message = format!("`{}` says twice when it happens", cursor.path.shown());
        let finding = Finding::new(Code::ExclusiveKeys, other.key, message);
        let help = format!("keep `{EXPRESSION}` or the other");
        cursor.report(finding.related(field.key, "beside this").help(help));
    }
    let expression = expression(&field)?;
    Some(Schedule { expression, zone })
}

fn expression(field: &Field<'_>) -> Option<Expression> {
    let text = field.text()?;
    let error = match Expression::parse(text) {
        Ok(expression) => return Some(expression),
        Err(error) => error,
    };
    let span = inside(field, text, &error.span);
    let message = format!("`{}` {}", field.path.shown(), error.message);
    let finding = Finding::new(Code::BadSchedule, span, message).label(error.label);
    field.wrong(finding.help_if(error.help));
    None
}

fn zone(field: &Field<'_>) -> Option<Zone> {
    let text = field.text()?;
    if let Some(zone) = Zone::named(text) {
        return Some(zone);
    }
    let names = Zone::names();
    // A city without its continent, or else whatever is written like it.
    let city = text.rsplit('/').next().unwrap_or(text).replace(' ', "_");
    let is_city =
        |name: &&String| name.rsplit('/').next().is_some_and(|of| of.eq_ignore_ascii_case(&city));
    let near = names.iter().find(is_city).map(String::as_str);
    let near = near.or_else(|| nearest(text, names.iter().map(String::as_str)));
    let predicate = format!("cannot be \"{}\": no time zone has that name", shown(text));
    let label = near.map_or("not known".to_owned(), |near| format!("did you mean \"{near}\"?"));
    let finding = field.finding(Code::UnknownTimeZone, &predicate).label(label);
    field.wrong(finding.help("it is a name of the IANA tables, as `Europe/Berlin` or `UTC`"));
    None
}
