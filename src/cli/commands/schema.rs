//! `schema`: what editors and programs check files and answers against.

use crate::report::{answer_schema, pretty, sweep_output_schema};
use crate::scenario::{scenario_schema, sweep_schema};

use super::super::console::Console;
use super::super::failure::Failure;
use super::super::tool_args::{SchemaArgs, SchemaOf};

pub(in super::super) fn execute(args: &SchemaArgs, console: Console) -> Result<u8, Failure> {
    let schema = match args.of {
        SchemaOf::Scenario => scenario_schema(),
        SchemaOf::Sweep => sweep_schema(),
        SchemaOf::Answer => answer_schema(),
        SchemaOf::SweepOutput => sweep_output_schema(),
    };
    console.data(pretty(&schema)?.as_bytes())?;
    Ok(0)
}
