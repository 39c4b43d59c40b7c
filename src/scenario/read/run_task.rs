//! `[[run_task]]`: tasks that end by themselves.

use crate::units::SimDuration;

use super::super::field::Field;
use super::super::reader::TableCursor;
use super::super::spec::RunTask;
use super::distribution;
use super::failure;
use super::names::{Name, Names, required_name};
use super::placement::{self, Owner};
use super::schedule;
use super::strategy::{self, Providers};
use super::trace;

/// Most tasks of one call (documented: ECS service quotas).
const COUNT_LIMIT: u32 = 10;

/// Calls of RunTask and their name.
pub(super) fn read(
    cursor: &TableCursor<'_>,
    definitions: &Names,
    providers: &Providers,
) -> (RunTask, Name) {
    let name = required_name(cursor, "name", "name = \"nightly\"");
    let definition = cursor
        .required("task_definition", "task_definition = \"web\"")
        .and_then(|field| definitions.resolve(&field));
    let run_for = cursor.field("run_for");
    let trace =
        trace::read(cursor, &["at", "every", "calls", "schedule_expression"], run_for.is_some());
    let run_task = RunTask {
        name: name.text.clone().unwrap_or_default(),
        group: cursor.parameter("group", None, |field| Some(Some(field.name()?.to_owned()))),
        task_definition: definition.unwrap_or(0),
        strategy: strategy::read(cursor, providers),
        count: cursor.field("count").and_then(|field| count(&field)).unwrap_or(1),
        schedule: schedule::read(cursor, &["at", "every"]),
        at: cursor.field("at").and_then(|field| field.duration()).unwrap_or(SimDuration::ZERO),
        every: cursor.field("every").as_ref().and_then(distribution::read),
        calls: cursor.field("calls").and_then(|field| field.whole(1, u32::MAX)),
        trace,
        failure: failure::of_run_task(cursor, run_for.is_some()),
        run_for: run_for.as_ref().and_then(distribution::read),
        placement_strategy: placement::strategy(cursor),
        placement_constraints: placement::constraints(cursor, Owner::Group),
    };
    cursor.finish();
    (run_task, name)
}

/// Tasks of one call.
fn count(field: &Field<'_>) -> Option<u32> {
    let help = "one call of RunTask starts at most 10 tasks: for more write `calls` and `every`, or \
                several [[run_task]]";
    field.whole_or(1, COUNT_LIMIT, help)
}
