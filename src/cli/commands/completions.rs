//! `completions`: a script with which a shell completes commands, flags and files.

use clap::CommandFactory as _;

use super::super::args::Cli;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::tool_args::CompletionsArgs;

pub(in super::super) fn execute(args: &CompletionsArgs, console: Console) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "taskyard", &mut script);
    console.data(&script)?;
    Ok(0)
}
