//! Independent runs of one scenario under derived seeds.

use rayon::prelude::*;

use crate::catalog::Catalog;
use crate::observe::Recorder;
use crate::random::Streams;
use crate::run::{Answer, Arena, Explanation, Options, Outcome, RunError, prepare, run, run_in};
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

/// The figures of one run that comparisons pair with those of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunFigures(pub [Option<f64>; 5]);

impl RunFigures {
    /// Their paths in the answer.
    pub const METRICS: [&'static str; 5] = [
        "tasks.time_to_running_s.p50",
        "tasks.time_to_running_s.p95",
        "cost.per_month_at_end_usd",
        "cost.total_usd",
        "tasks.interrupted",
    ];

    fn of(answer: &Answer) -> Self {
        let times = &answer.tasks.time_to_running_s;
        let cost = &answer.cost;
        Self([
            times.p50,
            times.p95,
            Some(cost.per_month_at_end_usd),
            Some(cost.total_usd),
            Some(answer.tasks.interrupted),
        ])
    }
}

/// Runs `scenario` as planned; beside the answer of all come the figures of each run.
///
/// # Errors
/// As [`replicate`].
pub(super) fn replicate_with_figures(
    scenario: &Scenario,
    catalog: &Catalog,
    plan: Plan,
) -> Result<(Replicated, Vec<RunFigures>), RunError> {
    if plan.replications <= 1 {
        let outcome = run(scenario, catalog, plan.options)?;
        let figures = vec![RunFigures::of(&outcome.answer)];
        return Ok((single(outcome), figures));
    }
    let outcomes = all_runs(scenario, catalog, plan)?;
    let figures = outcomes.iter().map(|outcome| RunFigures::of(&outcome.answer)).collect();
    Ok((together(outcomes)?, figures))
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
    together(all_runs(scenario, catalog, plan)?)
}

/// The answer of every run, by number.
///
/// # Errors
/// As [`replicate`].
pub fn answers(
    scenario: &Scenario,
    catalog: &Catalog,
    plan: Plan,
) -> Result<Vec<Answer>, RunError> {
    let outcomes = all_runs(scenario, catalog, plan)?;
    Ok(outcomes.into_iter().map(|outcome| outcome.answer).collect())
}

/// Every run, by number.
pub(super) fn all_runs(
    scenario: &Scenario,
    catalog: &Catalog,
    plan: Plan,
) -> Result<Vec<Outcome>, RunError> {
    let prepared = prepare(scenario, catalog).map_err(RunError::Unfit)?;
    let one = |arena: &mut Arena, index: u32| {
        let seed = Streams::replication_seed(scenario.seed, index);
        // Decisions are told of the first run.
        let options = Options { explain: plan.options.explain && index == 0, ..plan.options };
        run_in(arena, scenario, catalog, &prepared, seed, options)
    };
    in_parallel(plan, one).into_iter().collect()
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
    one: impl Fn(&mut Arena, u32) -> Result<Outcome, RunError> + Sync,
) -> Vec<Result<Outcome, RunError>> {
    let runs = 0..plan.replications;
    let all = || runs.clone().into_par_iter().map_init(Arena::default, &one).collect();
    match rayon::ThreadPoolBuilder::new().num_threads(plan.jobs.unwrap_or(0)).build() {
        Ok(pool) => pool.install(all),
        // A system that grants no threads: one after the other.
        Err(_) => {
            let mut arena = Arena::default();
            runs.map(|index| one(&mut arena, index)).collect()
        }
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
