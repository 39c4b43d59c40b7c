//! What was typed, of the commands that serve other programs: shells, `man`, editors.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

/// `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell that shall complete `taskyard`
    #[arg(value_enum)]
    pub(super) shell: Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Write a page for each command into this directory [default: print the first page]
    pub(super) directory: Option<PathBuf>,
}

/// `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub(super) of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// A scenario file
    Scenario,
    /// A sweep file
    Sweep,
    /// What `run -o json` prints and `summary.json` holds
    Answer,
    /// What `sweep -o json` prints and `sweep.json` holds
    SweepOutput,
}
