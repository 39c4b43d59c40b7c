//! `failure` of a task definition and of a call of RunTask.

use crate::io::Code;

use super::super::failure::{RunFailure, TaskFailure};
use super::super::field::Field;
use super::super::parameters::run_task::{FAILURE_EXIT_CODE, FAILURE_PROBABILITY};
use super::super::reader::TableCursor;
use super::super::report::Finding;

/// Exit codes are of eight bits.
const MOST: u32 = 255;

/// What is wrong with every task of a definition.
pub(super) fn of_definition(definition: &TableCursor<'_>) -> Option<TaskFailure> {
    let cursor = definition.field("failure")?.table()?;
    let (never, crash) = (cursor.field("never_starts"), cursor.field("crashes_after"));
    let exit_code = exit_code(&cursor, 0);
    let stated = cursor.field("exit_code");
    cursor.finish();
    match (never, crash) {
        (None, Some(crash)) => {
            Some(TaskFailure::Crashes { after: crash.positive_duration()?, exit_code })
        }
        (Some(never), None) => {
            if let Some(code) = stated {
                let finding = code.finding(Code::ExclusiveKeys, "belongs to `crashes_after`");
                code.wrong(finding.help("a task that never starts has no exit code: leave it out"));
            }
            never.boolean()?.then_some(TaskFailure::NeverStarts)
        }
        (Some(never), Some(crash)) => {
            let finding = crash.finding(Code::ExclusiveKeys, "excludes `never_starts`");
            crash.wrong(finding.related(never.key, "beside this").help("keep one of the two"));
            None
        }
        (None, None) => {
            let path = cursor.path.shown();
            let message = format!("`{path}` says neither `never_starts` nor `crashes_after`");
            cursor.report(Finding::new(Code::MissingKey, cursor.span, message).help(
                "write for example `failure = { crashes_after = \"30s\", exit_code = 1 }` or \
                 `failure = { never_starts = true }`",
            ));
            None
        }
    }
}

/// How runs of a call of RunTask fail; where none `ends`, none fails.
pub(super) fn of_run_task(run_task: &TableCursor<'_>, ends: bool) -> Option<RunFailure> {
    let field = run_task.field("failure")?;
    let cursor = field.table()?;
    let probability =
        cursor.parameter("probability", FAILURE_PROBABILITY, |field| field.number(0.0, 1.0));
    let exit_code = exit_code(&cursor, 1);
    cursor.finish();
    if !ends {
        let finding = field.finding(Code::MissingKey, "needs `run_for`: no task of it ends");
        field.wrong(finding.help("add for example `run_for = \"20m\"`"));
    }
    Some(RunFailure { probability, exit_code })
}

fn exit_code(cursor: &TableCursor<'_>, least: u32) -> u8 {
    let read = |field: &Field<'_>| {
        let code = field.whole_or(least, MOST, "exit codes go to 255; 0 is success")?;
        u8::try_from(code).ok()
    };
    cursor.parameter("exit_code", FAILURE_EXIT_CODE, read)
}
