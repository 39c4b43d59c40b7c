//! A directory of results, read again.

use std::path::Path;

use crate::io::{CSV_LIMIT, Code, Diagnostic, IoError, Source, files_in, read_text};
use crate::report::{RUN_FILES, RunOutputs, SWEEP_FILE, SWEEP_RESOLVED, SweepOutputs};
use crate::sweep::Shard;

use super::failure::Failure;

/// What is in a directory.
pub(super) enum Outputs {
    /// What `run --out` wrote.
    Run(Box<RunOutputs>),
    /// What `sweep --out` wrote.
    Sweep(Box<SweepOutputs>),
}

/// Reads what `run --out` or `sweep --out` wrote into `directory`.
pub(super) fn read(directory: &Path) -> Result<Outputs, Failure> {
    let file = |name: &str| read_text(&directory.join(name), CSV_LIMIT);
    let maybe = |name: &str| match file(name) {
        Err(IoError::Missing { .. }) => Ok(None),
        read => read.map(Some),
    };
    if let Some(sweep) = maybe(SWEEP_FILE)? {
        let read = SweepOutputs::read(&sweep, maybe(SWEEP_RESOLVED)?.as_ref()).map_err(wrong)?;
        return Ok(Outputs::Sweep(Box::new(read)));
    }
    let first = maybe(RUN_FILES[0])?.ok_or_else(|| none(directory))?;
    let [_, tasks, instances, series, events, scenario] = RUN_FILES;
    let files: [Source; 6] =
        [first, file(tasks)?, file(instances)?, file(series)?, file(events)?, file(scenario)?];
    Ok(Outputs::Run(Box::new(RunOutputs::read(&files).map_err(wrong)?)))
}

fn none(directory: &Path) -> Failure {
    if let Some(told) = half_done(directory) {
        return Failure::Input(vec![told]);
    }
    let message = format!(
        "there are no results in \"{}\": neither {} nor {SWEEP_FILE}",
        directory.display(),
        RUN_FILES[0]
    );
    let help = "write some with `taskyard run SCENARIO --out DIR`, and name that directory";
    Failure::Input(vec![Diagnostic::new(Code::NoOutputs, message).help(help)])
}

/// Runs of a sweep that has no results yet.
fn half_done(directory: &Path) -> Option<Diagnostic> {
    let files = files_in(directory).ok()?;
    let names = files.iter().filter_map(|file| file.file_name()?.to_str());
    let names: Vec<&str> = names.collect();
    let place = directory.display();
    let (what, help) = if names.iter().any(|name| Shard::of_part(name).is_some()) {
        ("parts of a sweep", format!("make one of them: `taskyard merge {place} --out DIR`"))
    } else if names.iter().any(|name| name.starts_with("journal") && name.ends_with(".jsonl")) {
        let resume = format!("go on with it: `taskyard sweep FILE --out {place} --resume`");
        ("runs of a sweep that was stopped, or is running,", resume)
    } else {
        return None;
    };
    let message = format!("\"{place}\" holds {what} and no results yet");
    Some(Diagnostic::new(Code::NoOutputs, message).help(help))
}

fn wrong(told: impl AsRef<Diagnostic>) -> Failure {
    Failure::Input(vec![told.as_ref().clone()])
}
