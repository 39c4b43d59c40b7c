//! Floor 5: one scenario in, one answer out. The neck of the house: everything above knows only this
//! and [`crate::scenario::Scenario`].

mod alternatives;
mod answer;
mod answer_demand;
mod asks;
mod assemble;
mod assumptions;
mod assumptions_of_groups;
mod daemons;
mod demand;
mod deployments;
mod discounts;
mod explain;
mod explain_growth;
mod explain_scaling;
mod explain_service_scaling;
mod external;
mod fargate_sizes;
mod faults;
mod figure_path;
mod fit;
mod group_types;
mod in_vain;
mod jobs;
mod limits;
mod loosely_packed;
mod luck;
mod monthly;
mod nearest_figure;
mod packing;
mod prepare;
mod prepare_demand;
mod prepare_faults;
mod quantiles;
mod service_scaling;
mod service_zones;
mod spot;
mod thresholds;
mod waiting;
mod warm_up;

pub use alternatives::{Alternative, alternatives};
pub use answer::*;
pub use explain::{
    ConsideredWhy, DepartureWhy, Explanation, FleetWhy, LaunchWhy, LimitFit, RefusalWhy, StopWhy,
};
pub use explain_growth::GrowthWhy;
pub use explain_scaling::ScalingWhy;
pub use explain_service_scaling::ServiceScalingWhy;
pub use figure_path::{figure_at, figure_paths};
pub use fit::{TypeCount, type_counts};
pub use jobs::{JobCallRow, JobEndRow, JobRow};
pub use loosely_packed::LooselyPackedRow;
pub use monthly::MonthOf;
pub use nearest_figure::nearest_figures;
pub use prepare::{Prepared, Unfit, architecture_name, funnel, prepare};
pub use quantiles::{PhaseQuantiles, Quantiles};
pub use service_scaling::{BreachRow, ScalingRow};
pub use service_zones::{ServiceZonesRow, ZoneEvent};
pub use spot::never_taken_back;
pub use thresholds::{Threshold, thresholds};
pub use warm_up::WarmUpRow;

use crate::catalog::Catalog;
use crate::engine::driver::RunError as DriverError;
use crate::engine::{self, Simulation};
use crate::observe::{Metrics, Observers, Recorder, Watch};
use crate::scenario::Scenario;
use crate::units::SimTime;

/// The version of the modelled rules. It changes when results do (see CHANGELOG.md).
pub const MODEL_VERSION: &str = "6";

/// What a run shall yield beside the answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Check invariants after every event.
    pub invariants: bool,
    /// Explain decisions.
    pub explain: bool,
    /// Keep rows of tasks, instances, events and series.
    pub record: bool,
    /// Leave out the lower bound and the best packing.
    pub skip_bounds: bool,
    /// Leave out what each fault added to the bill: a run for each of them.
    pub skip_fault_costs: bool,
    /// Try a few more seeds, and warn where the fleet depends on luck.
    pub try_luck: bool,
}

impl Options {
    /// The fleet, the times and the bill, and no more.
    pub(crate) const QUICK: Self = Self {
        invariants: false,
        explain: false,
        record: false,
        skip_bounds: true,
        skip_fault_costs: true,
        try_luck: false,
    };
}

/// What a run yields.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// Why, if asked for.
    pub explanation: Option<Explanation>,
    /// Rows, if kept.
    pub recorder: Option<Recorder>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The scenario cannot run on this catalogue.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unfit(Vec<Unfit>),
    /// An invariant broke: a bug of the simulator.
    #[error("an internal invariant broke at {at_s} s, event {event}, seed {seed}: {what}")]
    Invariant {
        /// Simulated time, whole seconds.
        at_s: u64,
        /// Number of the event, from 1.
        event: u64,
        /// Seed of the run.
        seed: u64,
        /// What does not hold.
        what: String,
    },
    /// The run is larger than the engine's limits.
    #[error("{0}")]
    TooLarge(String),
}

impl RunError {
    /// Why there is no answer, in words, where that is a finding about the scenario.
    ///
    /// # Errors
    /// A broken invariant: a bug, of which no search and no sweep may make a finding.
    pub fn into_finding(self) -> Result<String, Self> {
        match self {
            Self::Unfit(_) | Self::TooLarge(_) => Ok(self.to_string()),
            Self::Invariant { .. } => Err(self),
        }
    }
}

/// Runs a scenario under its own seed.
///
/// # Errors
/// When the scenario does not fit the catalogue, is too large, or an invariant breaks.
pub fn run(scenario: &Scenario, catalog: &Catalog, options: Options) -> Result<Outcome, RunError> {
    let prepared = prepare(scenario, catalog).map_err(RunError::Unfit)?;
    let mut outcome = run_prepared(scenario, catalog, &prepared, scenario.seed, options)?;
    if options.try_luck {
        let spread = luck::fleet_spread(scenario, catalog, &prepared, &outcome.answer);
        outcome.answer.warnings.extend(spread);
    }
    Ok(outcome)
}

/// Memory that one run leaves to the next; each thread has one. None of it reaches an answer.
#[derive(Debug, Default)]
pub struct Arena {
    simulation: engine::Arena,
    metrics: Metrics,
}

/// Runs a prepared scenario under `seed`.
///
/// # Errors
/// When the run is too large, or an invariant breaks.
pub fn run_prepared(
    scenario: &Scenario,
    catalog: &Catalog,
    prepared: &Prepared,
    seed: u64,
    options: Options,
) -> Result<Outcome, RunError> {
    run_in(&mut Arena::default(), scenario, catalog, prepared, seed, options)
}

/// The same in the memory of earlier runs.
///
/// # Errors
/// The same.
pub fn run_in(
    arena: &mut Arena,
    scenario: &Scenario,
    catalog: &Catalog,
    prepared: &Prepared,
    seed: u64,
    options: Options,
) -> Result<Outcome, RunError> {
    let found = warm_up::find(scenario, prepared, seed)?;
    let watch = Watch {
        invariants: options.invariants,
        decisions: options.explain,
        record: options.record,
        waits: false,
        warm_up: found.until(),
    };
    let horizon = SimTime::ZERO + scenario.horizon;
    let (setup, durations) = (&prepared.setup, &prepared.durations);
    let observers = Observers::in_memory_of(std::mem::take(&mut arena.metrics), watch);
    let simulation = Simulation::new(setup, durations, horizon, seed, observers);
    let (cluster, mut observers, events) = simulation
        .run_in(&mut arena.simulation)
        .map_err(|(error, observers)| failure(seed, &error, &observers))?;
    observers.finish(horizon, &cluster);
    check(seed, &observers)?;
    let world =
        assemble::World { scenario, catalog, prepared, cluster: &cluster, seed, warm_up: found };
    let answer = assemble::answer(&world, &mut observers, events, &options);
    check_bound(&world, &answer, events)?;
    let explanation = options.explain.then(|| explain::explanation(&world, &observers, &answer));
    arena.simulation.take_back(cluster);
    arena.metrics = observers.metrics;
    Ok(Outcome { answer, explanation, recorder: observers.recorder })
}

/// No fleet is cheaper than the bound of the tasks that it holds.
fn check_bound(
    world: &assemble::World<'_, '_>,
    answer: &Answer,
    events: u64,
) -> Result<(), RunError> {
    let rate = answer.cost.list_per_hour_usd();
    match answer.cost.lower_bound_per_hour_usd {
        Some(bound) if bound > rate => Err(RunError::Invariant {
            at_s: world.scenario.horizon.as_micros() / 1_000_000,
            event: events,
            seed: world.seed,
            what: format!("a fleet at ${rate} an hour is below its lower bound of ${bound}"),
        }),
        Some(_) | None => Ok(()),
    }
}

fn check(seed: u64, observers: &Observers) -> Result<(), RunError> {
    let broken = observers.invariants.as_ref().and_then(|invariants| invariants.broken());
    broken.map_or(Ok(()), |broken| {
        Err(RunError::Invariant {
            at_s: broken.at.as_micros() / 1_000_000,
            event: broken.event,
            seed,
            what: broken.what.clone(),
        })
    })
}

fn failure(seed: u64, error: &DriverError<engine::Stopped>, observers: &Observers) -> RunError {
    match check(seed, observers) {
        Err(invariant) => invariant,
        Ok(()) => RunError::TooLarge(error.to_string()),
    }
}

/// An answer for tests that need one.
#[cfg(test)]
pub(crate) fn thirty_tasks() -> Answer {
    let text = include_str!("../../scenarios/thirty-tasks.toml").to_owned();
    let source = crate::io::Source { name: "thirty-tasks".to_owned(), text };
    let (scenario, _) = crate::scenario::read(&source, &[]).unwrap();
    let overrides = crate::catalog::Overrides::default();
    let catalog = Catalog::builtin("eu-west-1", None, overrides).unwrap();
    run(&scenario, &catalog, Options::default()).unwrap().answer
}
