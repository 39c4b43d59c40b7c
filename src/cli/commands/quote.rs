//! `quote`: the question without a file.

use std::path::Path;

use crate::io::{SCENARIO_LIMIT, read_text};
use crate::scenario::{TaskDefinition, task_definition_from_json};

use super::super::args::QuoteArgs;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::{load, options, question};
use super::run;

pub(in super::super) fn execute(args: &QuoteArgs, console: Console) -> Result<u8, Failure> {
    let definition = args.task_definition.as_deref();
    let definition = definition.map(|path| task_definition(path, console)).transpose()?;
    let source = question::quote(args, definition.as_ref())?;
    if !args.print_scenario {
        return run::answer(&source, &args.answer, true, console);
    }
    load::scenario(&source, &options::overrides(&args.answer.change)?, console)?;
    if !args.answer.change.set.is_empty() {
        console.note("note: the values of --set are not part of the scenario below\n");
    }
    console.data(source.text.as_bytes())?;
    Ok(0)
}

/// The task definition in a JSON file; what was assumed of it goes to stderr.
fn task_definition(path: &Path, console: Console) -> Result<TaskDefinition, Failure> {
    let source = read_text(path, SCENARIO_LIMIT)?;
    let (definition, notes) = task_definition_from_json(&source).map_err(Failure::Input)?;
    for note in notes {
        console.note(&format!("note: {}: {note}\n", source.name));
    }
    Ok(definition)
}
