//! The runs of a sweep, several at once. What is found does not depend on who ran what when.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::io::IoError;
use crate::run::{Arena, MODEL_VERSION, RunError};

use super::enough::{enough, stopped_by};
use super::question::{ReadyPoint, Sweep};
use super::table::{PointRow, RunRow, SweepTable};

/// A run's figures, or why there are none. A point that cannot run has one result, that of its
/// replication 0.
pub type RunResult = Result<RunRow, String>;

/// Results that wait for the sink, for each worker.
const WAITING: usize = 16;

/// Is told of each run as it ends: in any order, from one thread.
pub trait Sink {
    /// So many runs more will be told of, unless their points cannot run.
    fn expect(&mut self, runs: u64) {
        let _ = runs;
    }

    /// A run has ended; `known`: it was not run but given by `skip`.
    ///
    /// # Errors
    /// When it cannot be kept: then the sweep ends.
    fn finished(
        &mut self,
        point: u64,
        replication: u32,
        result: &RunResult,
        known: bool,
    ) -> Result<(), IoError>;
}

/// Keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSink;

impl Sink for NoSink {
    fn finished(&mut self, _: u64, _: u32, _: &RunResult, _: bool) -> Result<(), IoError> {
        Ok(())
    }
}

/// Gives a run that was done before.
pub type Skip<'s> = dyn Fn(u64, u32) -> Option<RunResult> + Sync + 's;

/// How the runs are done. None of it reaches a result.
#[derive(Debug)]
pub struct Running<'r> {
    /// Threads; `None`: one for each core.
    pub jobs: Option<usize>,
    /// Set by somebody else: the runs that have begun are the last.
    pub stop: &'r AtomicBool,
}

/// Why a sweep has no table.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Somebody stopped it.
    #[error("stopped after {done} runs")]
    Stopped {
        /// Runs that were done, without those that `skip` gave.
        done: u64,
    },
    /// A run could not be kept.
    #[error(transparent)]
    Sink(#[from] IoError),
    /// A run broke an invariant: no result of this program can be trusted.
    #[error(transparent)]
    Run(RunError),
}

/// Runs the points `order` of a sweep, in about that order, and gives their table, by number of the
/// point. Of a run only its row is kept; scenarios and answers while a worker is at them.
///
/// # Errors
/// When it is stopped, a run cannot be kept, or a run breaks an invariant. A point that cannot run is a
/// row that says so.
pub fn run_points(
    sweep: &Sweep<'_>,
    order: &[u64],
    running: &Running<'_>,
    skip: &Skip<'_>,
    sink: &mut dyn Sink,
) -> Result<SweepTable, SweepError> {
    let mut rows: BTreeMap<u64, Found> = BTreeMap::new();
    let mut done = 0;
    let mut left: Vec<u64> = order.to_vec();
    let mut from = 0;
    let mut to = sweep.replications();
    while !left.is_empty() && from < to {
        sink.expect(left.len() as u64 * u64::from(to - from));
        let round = Round { sweep, running, skip, points: &left, from, to };
        done += round.run(&mut rows, sink)?;
        if running.stop.load(Ordering::Relaxed) {
            return Err(SweepError::Stopped { done });
        }
        let Some(precision) = sweep.precision() else { break };
        left.retain(|point| rows.get(point).is_some_and(|row| !enough(sweep, precision, row)));
        // By half as much again, whatever is found: the number of threads never reaches it.
        (from, to) = (to, (to + sweep.replications().max(to / 2)).min(precision.max_replications));
    }
    let points = order.iter().map(|point| {
        let found = rows.remove(point).unwrap_or_default();
        let stopped_by =
            sweep.precision().and_then(|precision| stopped_by(sweep, precision, &found));
        found.into_row(PointRow { stopped_by, ..sweep.row(*point) })
    });
    let mut points: Vec<PointRow> = points.collect();
    points.sort_by_key(|row| row.point);
    Ok(SweepTable {
        schema_version: 1,
        model_version: MODEL_VERSION.to_owned(),
        name: sweep.name().to_owned(),
        axes: sweep.heads(),
        metrics: sweep.metrics(),
        points,
    })
}

/// What the runs of a point gave.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the order in which they ended.
    pub(super) runs: Vec<RunRow>,
    /// Of the lowest replication that has one.
    pub(super) error: Option<(u32, String)>,
}

impl Found {
    fn add(&mut self, replication: u32, result: RunResult) {
        match result {
            Ok(row) => self.runs.push(row),
            Err(why) => {
                if self.error.as_ref().is_none_or(|(known, _)| replication < *known) {
                    self.error = Some((replication, why));
                }
            }
        }
    }

    fn into_row(mut self, row: PointRow) -> PointRow {
        self.runs.sort_by_key(|run| run.replication);
        let error = self.error.map(|(_, why)| why);
        // The mean of the runs that did not fail is no mean of the point.
        let runs = if error.is_none() { self.runs } else { Vec::new() };
        PointRow { runs: runs.into(), error, ..row }
    }
}

/// The replications `from..to` of some points.
struct Round<'r> {
    sweep: &'r Sweep<'r>,
    running: &'r Running<'r>,
    skip: &'r Skip<'r>,
    points: &'r [u64],
    from: u32,
    to: u32,
}

/// A point that is being run.
struct Work {
    point: u64,
    /// Prepared by the first who needs it, once.
    ready: OnceLock<Result<ReadyPoint, String>>,
    next: AtomicU32,
}

/// What the workers share.
#[derive(Default)]
struct Shared {
    /// How many points have been begun.
    begun: usize,
    /// Those that have runs left to begin.
    open: Vec<Arc<Work>>,
}

/// A run that has ended.
struct Ended {
    point: u64,
    replication: u32,
    result: RunResult,
    known: bool,
}

/// How a run has ended, unless it ends the sweep.
type Outcome = Result<Ended, RunError>;

impl Round<'_> {
    /// Runs them; the number of runs done.
    fn run(&self, rows: &mut BTreeMap<u64, Found>, sink: &mut dyn Sink) -> Result<u64, SweepError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.running.jobs.unwrap_or(0));
        let shared = Mutex::new(Shared::default());
        let given_up = AtomicBool::new(false);
        let mut done = 0;
        let mut keep = |ended: Outcome| -> Result<(), SweepError> {
            let Ended { point, replication, result, known } = ended.map_err(SweepError::Run)?;
            sink.finished(point, replication, &result, known)?;
            done += u64::from(!known);
            rows.entry(point).or_default().add(replication, result);
            Ok(())
        };
        let outcome = match pool.build() {
            Ok(pool) => {
                let workers = pool.current_num_threads();
                let (sender, ended) = sync_channel(WAITING * workers);
                // This thread keeps what the workers find.
                pool.in_place_scope(|scope| {
                    for _ in 0..workers {
                        let (sender, shared, given_up) = (sender.clone(), &shared, &given_up);
                        scope.spawn(move |_| self.work(shared, given_up, &sender));
                    }
                    drop(sender);
                    let mut outcome = Ok(());
                    for one in ended {
                        if outcome.is_ok() {
                            outcome = keep(one);
                        }
                        if outcome.is_err() {
                            given_up.store(true, Ordering::Relaxed);
                        }
                    }
                    outcome
                })
            }
            // A system that grants no threads: one run after the other.
            Err(_) => self.alone(&mut keep),
        };
        outcome?;
        Ok(done)
    }

    fn stopped(&self) -> bool {
        self.running.stop.load(Ordering::Relaxed)
    }

    fn alone(
        &self,
        keep: &mut dyn FnMut(Outcome) -> Result<(), SweepError>,
    ) -> Result<(), SweepError> {
        let mut arena = Arena::default();
        for point in self.points {
            let work = self.work_of(*point);
            while let Some(replication) = self.claim(&work).filter(|_| !self.stopped()) {
                self.one(&mut arena, &work, replication).map_or(Ok(()), &mut *keep)?;
            }
        }
        Ok(())
    }

    /// One worker: a point of its own while there are any, then the runs that others have left.
    fn work(&self, shared: &Mutex<Shared>, given_up: &AtomicBool, sender: &SyncSender<Outcome>) {
        let mut arena = Arena::default();
        while let Some(work) = self.next(shared) {
            while let Some(replication) = self.claim(&work) {
                if self.stopped() || given_up.load(Ordering::Relaxed) {
                    return;
                }
                let ended = self.one(&mut arena, &work, replication);
                // Nobody listens: the sweep has ended.
                if ended.is_some_and(|ended| sender.send(ended).is_err()) {
                    return;
                }
            }
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.open.retain(|open| !Arc::ptr_eq(open, &work));
        }
    }

    fn work_of(&self, point: u64) -> Work {
        Work { point, ready: OnceLock::new(), next: AtomicU32::new(self.from) }
    }

    fn next(&self, shared: &Mutex<Shared>) -> Option<Arc<Work>> {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(point) = self.points.get(shared.begun) {
            shared.begun += 1;
            let work = Arc::new(self.work_of(*point));
            shared.open.push(Arc::clone(&work));
            return Some(work);
        }
        let open = |work: &&Arc<Work>| work.next.load(Ordering::Relaxed) < self.to;
        shared.open.iter().find(open).cloned()
    }

    fn claim(&self, work: &Work) -> Option<u32> {
        let replication = work.next.fetch_add(1, Ordering::Relaxed);
        (replication < self.to).then_some(replication)
    }

    /// One run. `None` for further runs of a point that cannot run.
    fn one(&self, arena: &mut Arena, work: &Work, replication: u32) -> Option<Outcome> {
        let ended = |result, known| Ended { point: work.point, replication, result, known };
        if let Some(result) = (self.skip)(work.point, replication) {
            return Some(Ok(ended(result, true)));
        }
        match work.ready.get_or_init(|| self.sweep.ready(work.point)) {
            Ok(ready) => {
                let result = result_of(self.sweep.run(arena, ready, replication));
                Some(result.map(|result| ended(result, false)))
            }
            Err(why) if replication == self.from => Some(Ok(ended(Err(why.clone()), false))),
            Err(_) => None,
        }
    }
}

/// That a run does not fit is what the sweep finds out; a broken invariant ends it.
fn result_of(run: Result<RunRow, RunError>) -> Result<RunResult, RunError> {
    match run {
        Ok(row) => Ok(Ok(row)),
        Err(error) => error.into_finding().map(Err),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_is_too_large_is_a_row_and_a_broken_invariant_ends_the_sweep() {
        let large = RunError::TooLarge("too many events".to_owned());
        assert_eq!(result_of(Err(large)), Ok(Err("too many events".to_owned())));
        assert_eq!(result_of(Err(RunError::Unfit(Vec::new()))), Ok(Err(String::new())));
        let broken =
            RunError::Invariant { at_s: 1, event: 2, seed: 3, what: "a task is lost".to_owned() };
        assert_eq!(result_of(Err(broken.clone())), Err(broken));
    }
}
