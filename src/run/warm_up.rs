//! Where the beginning of a run ends and its steady state begins, for the figures of waits.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::Simulation;
use crate::model::{Cluster, LastStatus};
use crate::observe::{Observers, Watch};
use crate::scenario::{Scenario, WarmUp};
use crate::units::{SimDuration, SimTime};

use super::assemble::World;
use super::prepare::Prepared;
use super::{RunError, failure};

/// Tasks that are left out of the figures of waits, because the run was not yet in its steady state.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct WarmUpRow {
    /// As the scenario says: a duration, or `mser-5`.
    pub rule: String,
    /// Tasks requested before this are left out; 0 where the rule finds no steady state.
    pub until_s: f64,
    /// Of those, tasks that started.
    pub tasks_cut: f64,
    /// Tasks requested later that are not yet RUNNING at the horizon: their waits are not over, and in no
    /// figure either, so that means are too low the more there are.
    pub waiting_at_end: f64,
    /// Whether the rule finds a steady state: 1 or 0; with replications the share of the runs. Null where
    /// the scenario states a duration.
    pub steady_state: Option<f64>,
}

/// Waits in one batch.
const BATCH: usize = 5;

/// Fewer batches than this tell nothing.
const LEAST_BATCHES: usize = 10;

/// Where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nobody asked.
    NotAsked,
    /// Here: as the scenario says.
    Stated(SimTime),
    /// Here: the rule says so.
    Cut(SimTime),
    /// The rule finds no steady state.
    Refused,
}

impl Found {
    /// Tasks requested before this are left out.
    pub(super) const fn until(self) -> SimTime {
        match self {
            Self::Stated(at) | Self::Cut(at) => at,
            Self::NotAsked | Self::Refused => SimTime::ZERO,
        }
    }
}

/// Where the warm-up of this run ends. The rule looks at the waits of the run itself: it is run for them
/// once before.
pub(super) fn find(scenario: &Scenario, prepared: &Prepared, seed: u64) -> Result<Found, RunError> {
    match scenario.warm_up {
        WarmUp::Nothing => return Ok(Found::NotAsked),
        WarmUp::Until(end) => return Ok(Found::Stated(SimTime::ZERO + end)),
        WarmUp::Mser5 => {}
    }
    let watch = Watch { waits: true, ..Watch::default() };
    let horizon = SimTime::ZERO + scenario.horizon;
    let (setup, durations) = (&prepared.setup, &prepared.durations);
    let simulation = Simulation::new(setup, durations, horizon, seed, Observers::new(watch));
    let (_, mut observers, _) =
        simulation.run().map_err(|(error, observers)| failure(seed, &error, &observers))?;
    let mut waits = observers.metrics.series.take().unwrap_or_default();
    waits.sort_unstable();
    Ok(cut(&waits, scenario.horizon).map_or(Found::Refused, Found::Cut))
}

/// When the first task is requested that the rule keeps; `None` where it would leave out more than half
/// of the run or of its tasks, or there are too few: then no steady state is claimed (MSER fails on some
/// series: Wang and Glynn 2016).
fn cut(waits: &[(SimTime, SimDuration)], horizon: SimDuration) -> Option<SimTime> {
    let waited: Vec<f64> = waits.iter().map(|(_, wait)| wait.as_secs_f64()).collect();
    let first = mser_5(&waited)?;
    let (at, _) = waits.get(first)?;
    let half = horizon.as_micros() / 2;
    (first <= waits.len() / 2 && at.as_micros() <= half).then_some(*at)
}

/// How many values of a series MSER-5 leaves out: the batches of five before that from which on the
/// mean has the least squared standard error (White 1997; White, Cobb and Spratt 2000). `None` below 50
/// values.
fn mser_5(values: &[f64]) -> Option<usize> {
    let mean = |batch: &[f64]| batch.iter().sum::<f64>() / BATCH as f64;
    let batches: Vec<f64> = values.chunks_exact(BATCH).map(mean).collect();
    if batches.len() < LEAST_BATCHES {
        return None;
    }
    // From the end, so that mean and squares grow by one batch at a time (Welford).
    let (mut mean, mut squares) = (0.0, 0.0);
    let mut best = (0, f64::INFINITY);
    for (from, batch) in batches.iter().enumerate().rev() {
        let kept = (batches.len() - from) as f64;
        let off = batch - mean;
        mean += off / kept;
        squares += off * (batch - mean);
        let error = squares / (kept * kept);
        // The last few are equal by chance too easily. Of equal errors the longer rest wins.
        if kept >= BATCH as f64 && error <= best.1 {
            best = (from, error);
        }
    }
    Some(best.0 * BATCH)
}

/// What the answer says of it.
pub(super) fn row(world: &World<'_, '_>, tasks_cut: u64) -> Option<WarmUpRow> {
    let found = world.warm_up;
    let steady_state = match found {
        Found::NotAsked => return None,
        Found::Stated(_) => None,
        Found::Cut(_) => Some(1.0),
        Found::Refused => Some(0.0),
    };
    Some(WarmUpRow {
        rule: world.scenario.warm_up.written().unwrap_or_default(),
        until_s: found.until().since(SimTime::ZERO).as_secs_f64(),
        tasks_cut: tasks_cut as f64,
        waiting_at_end: waiting_after(world.cluster, found.until()) as f64,
        steady_state,
    })
}

/// Where the rule was asked and finds none.
pub(super) fn warning(found: Found) -> Option<String> {
    let words = "no steady state: the rule mser-5 would leave out more than half of the run, so that times are \
                 of all tasks; lengthen the horizon, or state the warm-up";
    (found == Found::Refused).then(|| words.to_owned())
}

/// Tasks created after the warm-up that are not yet RUNNING.
fn waiting_after(cluster: &Cluster<'_>, until: SimTime) -> usize {
    let waits = |task: &crate::model::TaskRef| {
        let own = cluster.task(*task);
        own.last_status < LastStatus::Running
            && own.requested_at >= until
            && !cluster.is_daemon(*task)
    };
    cluster.live_tasks().filter(waits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transient_is_cut_and_a_steady_series_is_not() {
        // A hundred values that decay, then four hundred that swing around 1.
        let decay = (0..100).map(|n| 1.0 + 20.0 * f64::from(100 - n) / 100.0);
        let swing = (0..400).map(|n| 1.0 + 0.1 * f64::from(n % 7 - 3));
        let whole: Vec<f64> = decay.chain(swing.clone()).collect();
        let cut = mser_5(&whole).unwrap();
        assert!((95..=110).contains(&cut), "{cut}");
        let steady = mser_5(&swing.collect::<Vec<_>>()).unwrap();
        assert!(steady <= 20, "{steady}");
        assert_eq!(mser_5(&[1.0; 400]), Some(0));
        assert_eq!(mser_5(&[1.0; 49]), None);
    }

    #[test]
    fn it_is_the_definition_itself() {
        let values: Vec<f64> = (0..120).map(|n| f64::from((n * 37 + n * n) % 23 - n / 9)).collect();
        let batches: Vec<f64> =
            values.chunks(5).map(|five| five.iter().sum::<f64>() / 5.0).collect();
        let error = |from: usize| {
            let kept = &batches[from..];
            let n = kept.len() as f64;
            let mean = kept.iter().sum::<f64>() / n;
            kept.iter().map(|of| (of - mean) * (of - mean)).sum::<f64>() / (n * n)
        };
        let best = (0..=batches.len() - 5).min_by(|a, b| error(*a).total_cmp(&error(*b))).unwrap();
        assert_eq!(mser_5(&values), Some(best * 5));
    }

    #[test]
    fn a_series_that_keeps_growing_has_no_steady_state() {
        let at = |n: u64| SimTime::ZERO + SimDuration::from_secs(n);
        let growing: Vec<_> = (0..400).map(|n| (at(n), SimDuration::from_secs(n * n))).collect();
        let horizon = SimDuration::from_secs(400);
        let falling = (0..400).map(|n| (at(n), SimDuration::from_secs((400 - n) * (400 - n))));
        assert_eq!(cut(&falling.collect::<Vec<_>>(), horizon), None);
        assert_eq!(cut(&growing, horizon), None);
        // A cut in the first half of the tasks, but late in the run.
        let mut late: Vec<_> =
            (0..400).map(|n| (at(300 + n / 4), SimDuration::from_secs(5))).collect();
        assert_eq!(cut(&late, horizon), None);
        late.iter_mut().for_each(|(at, _)| *at = SimTime::ZERO);
        assert_eq!(cut(&late, horizon), Some(SimTime::ZERO));
    }
}
