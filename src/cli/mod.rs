//! Floor 8: what was typed (`args`), what is meant (`options`), one file for each command.
//!
//! Data goes to stdout, notes and errors to stderr. Exit codes: 0 ok; 1 the run finished but a stated
//! expectation failed; 2 bad input or usage; 3 a result cannot be written; 4 an invariant broke;
//! 130 stopped by Ctrl-C, 143 by SIGTERM.

mod args;
mod commands;
mod console;
mod expect;
mod expect_sweep;
mod failure;
mod interrupt;
mod load;
mod options;
mod outputs;
mod parquet_files;
mod probe_args;
mod probing;
mod progress;
mod question;
mod region;
mod tool_args;
mod workplace;

use std::ffi::OsString;

use clap::Parser as _;

use args::{Cli, Command};
use console::Console;
use failure::Failure;

/// The run finished, but an expectation failed.
const EXPECTATION_FAILED: u8 = 1;

/// Bad input or usage.
const BAD_INPUT: u8 = 2;

/// Runs the command line and returns its exit code.
#[must_use]
pub fn main(command_line: impl IntoIterator<Item = OsString>) -> u8 {
    let command_line: Vec<OsString> = command_line.into_iter().collect();
    let cli = match Cli::try_parse_from(&command_line) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that nobody reads any more is no failure.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(BAD_INPUT);
        }
    };
    let console = Console;
    match dispatch(&cli.command, console) {
        Ok(code) => code,
        Err(failure) => {
            console.note(&failure.text(&command_line));
            failure.exit_code()
        }
    }
}

fn dispatch(command: &Command, console: Console) -> Result<u8, Failure> {
    match command {
        Command::Run(args) => commands::run::execute(args, console),
        Command::Quote(args) => commands::quote::execute(args, console),
        Command::Compare(args) => commands::compare::execute(args, console),
        Command::BreakEven(args) => commands::break_even::execute(args, console),
        Command::Headroom(args) => commands::headroom::execute(args, console),
        Command::Sensitivity(args) => commands::sensitivity::execute(args, console),
        Command::Sweep(args) => commands::sweep::execute(args, console),
        Command::Decide(args) => commands::decide::execute(args, console),
        Command::Merge(args) => commands::merge::execute(args, console),
        Command::Pick(args) => commands::pick::execute(args, console),
        Command::Explain(args) => commands::explain::execute(args, console),
        Command::Check(args) => commands::check::execute(args, console),
        Command::Catalog(args) => commands::catalog::execute(args, console),
        Command::Completions(args) => commands::completions::execute(args, console),
        Command::Man(args) => commands::man::execute(args, console),
        Command::Schema(args) => commands::schema::execute(args, console),
        Command::Plot(args) => commands::plot::execute(args, console),
        Command::Report(args) => commands::report::execute(args, console),
        Command::Trace(args) => commands::trace::execute(args, console),
    }
}
