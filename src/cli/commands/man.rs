//! `man`: the manual pages, made from the same text as `--help`. They bear no date: the same program
//! writes the same bytes.

use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::io::{IoError, prepare_out_dir, write_atomic};

use super::super::args::Cli;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::tool_args::ManArgs;

pub(in super::super) fn execute(args: &ManArgs, console: Console) -> Result<u8, Failure> {
    let pages = pages();
    let Some(directory) = &args.directory else {
        console.data(&rendered(&pages[0])?)?;
        return Ok(0);
    };
    prepare_out_dir(directory)?;
    for page in &pages {
        write_atomic(&directory.join(page.get_filename()), &rendered(page)?)?;
    }
    let count = pages.len();
    console.note(&format!("wrote {count} pages to {}\n", directory.display()));
    Ok(0)
}

/// The page of the program, then one for each command.
fn pages() -> Vec<Man> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let commands: Vec<_> = program.get_subcommands().cloned().collect();
    let version = format!("taskyard {}", env!("CARGO_PKG_VERSION"));
    let page = |command| Man::new(command).source(version.as_str()).manual("taskyard");
    std::iter::once(program).chain(commands).map(page).collect()
}

fn rendered(page: &Man) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let failed = |source| IoError::Write { path: page.get_filename().into(), source };
    page.render(&mut text).map_err(failed)?;
    Ok(text)
}
