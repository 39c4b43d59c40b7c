//! Why a command did not do what was asked, in the form in which it is told.

use std::ffi::OsString;
use std::fmt::Write as _;

use crate::catalog::CatalogError;
use crate::io::{Code, Diagnostic, IoError, Source, Style, render};
use crate::run::{RunError, Unfit};
use crate::scenario::{Override, place_of};

use super::BAD_INPUT;
use super::question::OF_FLAGS;

/// An invariant of the simulator broke.
const INVARIANT_BROKE: u8 = 4;

/// A command's failure.
#[derive(Debug)]
pub(super) enum Failure {
    /// Bad input with its places.
    Input(Vec<Diagnostic>),
    /// Bad input or usage without a place.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do; may be empty.
        help: String,
    },
    /// A file.
    Io(IoError),
    /// The catalogue.
    Catalog(CatalogError),
    /// The run.
    Run(RunError),
    /// A report that cannot be written down: a bug.
    Report(serde_json::Error),
}

impl From<IoError> for Failure {
    fn from(error: IoError) -> Self {
        Self::Io(error)
    }
}

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Self {
        Self::Catalog(error)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Report(error)
    }
}

impl Failure {
    /// Bad usage, and what to do.
    pub(super) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: help.into() }
    }

    /// A failed run of the scenario in `source`; what does not fit the catalogue is told at its place.
    pub(super) fn of_run(error: RunError, source: &Source, overrides: &[Override]) -> Self {
        let RunError::Unfit(unfit) = error else { return Self::Run(error) };
        let told = unfit.iter().map(|unfit| located(Code::CannotRun, unfit, source, overrides));
        Self::Input(told.collect())
    }

    /// The program's exit code.
    pub(super) const fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) | Self::Usage { .. } | Self::Catalog(_) => BAD_INPUT,
            Self::Run(RunError::Unfit(_) | RunError::TooLarge(_)) => BAD_INPUT,
            Self::Io(error) => error.exit_code(),
            Self::Run(RunError::Invariant { .. }) | Self::Report(_) => INVARIANT_BROKE,
        }
    }

    /// What stderr gets. A broken invariant names the command that shows it again.
    pub(super) fn text(&self, command_line: &[OsString]) -> String {
        match self {
            Self::Input(diagnostics) => render(diagnostics, Style::Coloured),
            Self::Usage { message, help } => told(message, help),
            Self::Io(error) => render(&[error.diagnostic()], Style::Coloured),
            Self::Catalog(error @ CatalogError::Invalid(_)) => format!("{error}\n"),
            Self::Catalog(error) => told(&error.to_string(), ""),
            Self::Run(RunError::Unfit(unfit)) => unfit.iter().map(unfit_text).collect(),
            Self::Run(error @ RunError::TooLarge(_)) => told(&error.to_string(), ""),
            Self::Run(error @ RunError::Invariant { seed, .. }) => {
                let command = reproduce(command_line, *seed);
                told(
                    &error.to_string(),
                    &format!("this is a bug of the simulator; it is shown again by\n{command}"),
                )
            }
            Self::Report(error) => told(&format!("the answer cannot be written: {error}"), ""),
        }
    }
}

fn unfit_text(unfit: &Unfit) -> String {
    told(&unfit.to_string(), &unfit.help)
}

/// Flags have no lines: there the path alone says where.
pub(super) fn located(
    code: Code,
    unfit: &Unfit,
    source: &Source,
    overrides: &[Override],
) -> Diagnostic {
    let mut told = Diagnostic::new(code, unfit.to_string()).help(unfit.help.as_str());
    told.place = place_of(source, overrides, &unfit.path).filter(|place| place.file != OF_FLAGS);
    told
}

/// `error: ...`, and the help below it.
fn told(message: &str, help: &str) -> String {
    let mut text = format!("error: {message}\n");
    for (number, line) in help.lines().enumerate() {
        let lead = if number == 0 { "  help: " } else { "        " };
        let _ = writeln!(text, "{lead}{line}");
    }
    text
}

/// The command line with the seed of the run that broke.
fn reproduce(command_line: &[OsString], seed: u64) -> String {
    let typed = command_line.iter().map(|word| word.to_string_lossy().into_owned());
    let sweep = command_line.get(1).is_some_and(|word| word == "sweep");
    let typed = if sweep { without_directory(typed) } else { typed.collect() };
    let mut words: Vec<String> = typed.iter().map(|word| quoted(word)).collect();
    // A sweep with a stop rule needs two runs; the first has the seed.
    let runs = if sweep { "2" } else { "1" };
    words.extend(
        ["--seed", &seed.to_string(), "--replications", runs, "--invariants"].map(str::to_owned),
    );
    words.join(" ")
}

/// Without the flags of a directory in which the runs of another seed are kept.
fn without_directory(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut left = Vec::new();
    let mut value = false;
    for word in words {
        if std::mem::take(&mut value) {
            continue;
        }
        let with_value = ["--out", "--shard"].iter().find(|flag| word.starts_with(**flag));
        match with_value {
            Some(flag) => value = word == *flag,
            None if word == "--resume" || word == "--parquet" => {}
            None => left.push(word),
        }
    }
    left
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_invariant_names_seed_event_and_the_command_that_shows_it_again() {
        let error = RunError::Invariant {
            at_s: 12,
            event: 345,
            seed: 7,
            what: "a task is lost".to_owned(),
        };
        let failure = Failure::Run(error);
        let line = ["taskyard", "run", "my file.toml"].map(OsString::from);
        let text = failure.text(&line);
        assert_eq!(failure.exit_code(), 4);
        assert!(text.contains("event 345") && text.contains("seed 7"), "{text}");
        let command = "taskyard run 'my file.toml' --seed 7 --replications 1 --invariants";
        assert!(text.contains(command), "{text}");
    }

    #[test]
    fn a_sweep_that_broke_is_shown_again_without_its_directory() {
        let line = "taskyard sweep s.toml --out d --resume --shard=0/2 --vary a=1,2";
        let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let again = "taskyard sweep s.toml --vary a=1,2 --seed 7 --replications 2 --invariants";
        assert_eq!(reproduce(&line, 7), again);
    }
}
