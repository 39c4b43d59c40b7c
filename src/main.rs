//! The `taskyard` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(taskyard::cli::main(std::env::args_os()))
}
