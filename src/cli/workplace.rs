//! The directory of a sweep with `--out`: who may work in it, what is there already, what is kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::io::{
    AppendFile, Code, Diagnostic, IoError, JOURNAL_LIMIT, LockFile, ensure_room, prepare_out_dir,
    read_bytes,
};
use crate::run::MODEL_VERSION;
use crate::sweep::{
    Journal, JournalHead, Keeping, Kept, RunKeys, RunResult, Running, Shard, Sink, Sweep,
    SweepError, SweepHead, SweepTable, plan_of_part, read_journal, run_points,
};

use super::console::Console;
use super::failure::Failure;

/// Bytes of a run and of one of its figures in all files together.
const RUN_BYTES: u64 = 450;
const FIGURE_BYTES: u64 = 70;

/// Most room that is tried.
const MOST_ROOM: u64 = 64 << 20;

/// The runs of a whole sweep.
const JOURNAL: &str = "journal.jsonl";

/// The file that is written last.
const LAST: &str = "sweep.json";

/// A directory in which a sweep works: until it is dropped nobody else does.
#[derive(Debug)]
pub(super) struct Workplace {
    _lock: LockFile,
}

/// The runs of a sweep that are kept, and where more are.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    journal: Journal<AppendFile>,
    known: BTreeMap<(u64, u32), RunResult>,
}

impl Workplace {
    /// Enters `directory` for a sweep, or for a part of it. Everything that could end a long sweep in
    /// vain is found here: no permission, no room, somebody else, results that would be lost.
    pub(super) fn enter(
        directory: &Path,
        (sweep, head, keys): (&Sweep<'_>, &SweepHead, &RunKeys<'_>),
        shard: Option<Shard>,
        resume: bool,
        console: Console,
    ) -> Result<(Self, Store), Failure> {
        let name = shard.map_or_else(|| JOURNAL.to_owned(), Shard::journal_name);
        let path = directory.join(name);
        let lock = lock(directory, &path, console)?;
        let text = shard.map(|shard| shard.to_string());
        let (points, made_of) = (sweep.points(), sweep.made_of());
        let own = JournalHead::new(&head.plan, sweep.name(), MODEL_VERSION, points, text, made_of);
        let found = found(&path, &own, keys)?;
        let done = done_before(directory, head, shard)?;
        let kept = if resume { found } else { fresh(directory, &found, done)? };
        if resume {
            console.note(&told(&path, &kept));
        }
        ensure_room(directory, room(sweep))?;
        let wrong = |source| IoError::Write { path: path.clone(), source };
        let file = AppendFile::from_byte(&path, kept.length).map_err(wrong)?;
        let journal = match kept.length {
            0 => Journal::begin(file, &own).map_err(wrong)?,
            _ => Journal::go_on(file),
        };
        Ok((Self { _lock: lock }, Store { path, journal, known: kept.runs }))
    }

    /// Enters `directory` to write the results of a sweep whose parts are elsewhere.
    pub(super) fn for_results(
        directory: &Path,
        head: &SweepHead,
        console: Console,
    ) -> Result<Self, Failure> {
        let lock = lock(directory, &directory.join(JOURNAL), console)?;
        done_before(directory, head, None)?;
        Ok(Self { _lock: lock })
    }
}

/// The lock of a journal in a directory, which is made where it is not there.
fn lock(directory: &Path, journal: &Path, console: Console) -> Result<LockFile, Failure> {
    prepare_out_dir(directory)?;
    let lock = LockFile::take(&journal.with_extension("lock"))?;
    if let Some(pid) = lock.left_by() {
        console.note(&format!("note: process {pid} died here; its lock is taken over\n"));
    }
    Ok(lock)
}

impl Store {
    /// Runs `order` without what is known, and keeps what is found. Whatever comes of it, what was kept
    /// is on the disk afterwards.
    pub(super) fn run(
        self,
        sweep: &Sweep<'_>,
        order: &[u64],
        running: &Running<'_>,
        keys: &RunKeys<'_>,
        shown: &mut dyn Sink,
    ) -> Result<SweepTable, SweepError> {
        let Self { path, journal, known } = self;
        let skip = |point, replication| known.get(&(point, replication)).cloned();
        let mut keeping = Keeping::new(journal, path.clone(), keys, shown);
        let found = run_points(sweep, order, running, &skip, &mut keeping);
        let closed = keeping.into_journal().into_inner().finish();
        // The first error is the one to tell.
        let table = found?;
        closed.map_err(|source| IoError::Write { path, source })?;
        Ok(table)
    }
}

/// Room for everything that the sweep will write, as far as it is tried.
fn room(sweep: &Sweep<'_>) -> u64 {
    let run = RUN_BYTES + FIGURE_BYTES * sweep.metrics().len() as u64;
    let runs = sweep.points().saturating_mul(u64::from(sweep.replications()));
    runs.saturating_mul(run).min(MOST_ROOM)
}

/// What the journal there holds; nothing where there is none.
fn found(path: &Path, own: &JournalHead, keys: &RunKeys<'_>) -> Result<Kept, Failure> {
    let bytes = match read_bytes(path, JOURNAL_LIMIT) {
        Ok(bytes) => bytes,
        Err(IoError::Missing { .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let name = path.display().to_string();
    read_journal(&name, &bytes, own, &|point, replication| keys.of(point, replication))
        .map_err(|wrong| Failure::Input(vec![*wrong]))
}

/// Whether the results of this sweep are there; those of another one are no place to write to.
fn done_before(directory: &Path, head: &SweepHead, shard: Option<Shard>) -> Result<bool, Failure> {
    let name = shard.map_or_else(|| LAST.to_owned(), Shard::part_name);
    let last = match read_bytes(&directory.join(&name), JOURNAL_LIMIT) {
        Ok(bytes) => bytes,
        Err(IoError::Missing { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let plan = match shard {
        Some(_) => plan_of_part(&last),
        None => plan_of_results(&last),
    };
    if plan.is_some_and(|plan| plan == head.plan) {
        return Ok(true);
    }
    let message = format!("\"{}\" holds the results of another sweep: {name}", directory.display());
    let help = "write into another directory, or remove this one if its results are of no use";
    Err(Failure::Input(vec![Diagnostic::new(Code::DirectoryTaken, message).help(help)]))
}

/// The key of the sweep of which `bytes` are the results, if they tell.
fn plan_of_results(bytes: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Results {
        plan: String,
    }
    serde_json::from_slice::<Results>(bytes).ok().map(|results| results.plan)
}

/// Nothing kept: a sweep from its beginning. Runs that would be lost by it stop it.
fn fresh(directory: &Path, found: &Kept, done: bool) -> Result<Kept, Failure> {
    if found.runs.is_empty() || done {
        return Ok(Kept::default());
    }
    let (place, runs) = (directory.display(), found.runs.len());
    let message = format!("\"{place}\" holds {runs} runs of this sweep, which was stopped");
    let help = "go on with --resume, or remove the directory to begin anew";
    Err(Failure::Input(vec![Diagnostic::new(Code::DirectoryTaken, message).help(help)]))
}

/// From where the sweep goes on, in words.
fn told(path: &Path, kept: &Kept) -> String {
    let path = path.display();
    let torn = if kept.torn { ", the last line of it is torn and left out" } else { "" };
    match kept.runs.len() {
        0 => format!("note: {path} holds no run to go on from{torn}\n"),
        runs => format!("note: going on after {runs} runs in {path}{torn}\n"),
    }
}
