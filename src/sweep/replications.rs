//! Independent runs of one scenario under derived seeds.

use rayon::prelude::*;

use crate::catalog::Catalog;
use crate::observe::Recorder;
use crate::random::Streams;
use crate::run::{Answer, Explanation, Options, Outcome, RunError, prepare, run, run_prepared};
use crate::scenario::Scenario;

use super::merge::merge;

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Runs, at least one.
    pub replications: u32,
    /// Threads; `None`: one for each core. Changes no result.
    pub jobs: Option<usize>,
    /// What each run shall yield.
    pub options: Options,
}

/// The answer of all runs together.
#[derive(Clone, Debug)]
pub struct Replicated {
    /// Means over the runs; for one run, its own answer.
    pub answer: Answer,
    /// Why, in the first run.
    pub explanation: Option<Explanation>,
    /// Rows of each run, if kept.
    pub recorders: Vec<Recorder>,
}

/// Runs `scenario` as planned. The first run has the scenario's own seed.
///
/// # Errors
/// The error of the first run, by number, that has one.
pub fn replicate(
    scenario: &Scenario,
    catalog: &Catalog,
    plan: Plan,
) -> Result<Replicated, RunError> {
    if plan.replications <= 1 {
        return run(scenario, catalog, plan.options).map(single);
    }
    let prepared = prepare(scenario, catalog).map_err(RunError::Unfit)?;
    let one = |index: u32| {
        let seed = Streams::replication_seed(scenario.seed, index);
        // Decisions are told of the first run.
        let options = Options { explain: plan.options.explain && index == 0, ..plan.options };
        run_prepared(scenario, catalog, &prepared, seed, options)
    };
    let outcomes = in_parallel(plan, one);
    together(outcomes.into_iter().collect::<Result<_, _>>()?)
}

fn single(outcome: Outcome) -> Replicated {
    Replicated {
        answer: outcome.answer,
        explanation: outcome.explanation,
        recorders: outcome.recorder.into_iter().collect(),
    }
}

/// The runs in the order of their numbers, whichever thread did them.
fn in_parallel(
    plan: Plan,
    one: impl Fn(u32) -> Result<Outcome, RunError> + Sync,
) -> Vec<Result<Outcome, RunError>> {
    let all = || (0..plan.replications).into_par_iter().map(&one).collect();
    match rayon::ThreadPoolBuilder::new().num_threads(plan.jobs.unwrap_or(0)).build() {
        Ok(pool) => pool.install(all),
        // A system that grants no threads: one after the other.
        Err(_) => (0..plan.replications).map(one).collect(),
    }
}

fn together(outcomes: Vec<Outcome>) -> Result<Replicated, RunError> {
    let mut answers = Vec::with_capacity(outcomes.len());
    let mut explanation = None;
    let mut recorders = Vec::new();
    for outcome in outcomes {
        answers.push(outcome.answer);
        explanation = explanation.or(outcome.explanation);
        recorders.extend(outcome.recorder);
    }
    let none = || RunError::TooLarge("no replication was asked for".to_owned());
    Ok(Replicated { answer: merge(&answers).ok_or_else(none)?, explanation, recorders })
}
