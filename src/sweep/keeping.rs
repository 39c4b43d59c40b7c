//! A sweep whose finished runs are kept in a journal while it runs.

use std::io::Write;
use std::path::PathBuf;

use crate::io::IoError;

use super::journal::Journal;
use super::keys::RunKeys;
use super::runner::{RunResult, Sink};

/// Keeps each run in a journal, then passes it on.
pub struct Keeping<'k, W> {
    /// Where it is kept.
    journal: Journal<W>,
    /// The journal's name, for errors.
    path: PathBuf,
    keys: &'k RunKeys<'k>,
    next: &'k mut dyn Sink,
}

impl<'k, W: Write> Keeping<'k, W> {
    /// Runs go into `journal`, whose name is `path`, and to `next`.
    pub fn new(
        journal: Journal<W>,
        path: PathBuf,
        keys: &'k RunKeys<'k>,
        next: &'k mut dyn Sink,
    ) -> Self {
        Self { journal, path, keys, next }
    }

    /// The journal, for its end.
    pub fn into_journal(self) -> Journal<W> {
        self.journal
    }
}

impl<W: Write> Sink for Keeping<'_, W> {
    fn expect(&mut self, runs: u64) {
        self.next.expect(runs);
    }

    fn finished(
        &mut self,
        point: u64,
        replication: u32,
        result: &RunResult,
        known: bool,
    ) -> Result<(), IoError> {
        // A point without a scenario has no key, and is found wanting again in no time.
        if let Some(key) = self.keys.of(point, replication).filter(|_| !known) {
            let kept = self.journal.keep(key, point, replication, result);
            kept.map_err(|source| IoError::Write { path: self.path.clone(), source })?;
        }
        self.next.finished(point, replication, result, known)
    }
}
