//! What each fault did, what recovery took, and what it cost.

use crate::engine::Simulation;
use crate::model::FaultTally;
use crate::observe::{Observers, Watch};
use crate::units::{SimTime, Usd};

use super::answer::FaultRow;
use super::assemble::World;

/// A row for each fault of the scenario; `costs`: with what each added to the bill.
pub(super) fn rows(world: &World<'_, '_>, observers: &Observers, costs: bool) -> Vec<FaultRow> {
    let setup = &world.prepared.setup;
    let horizon = world.scenario.horizon.as_secs_f64();
    let faults = setup.faults.iter().zip(world.cluster.fault_tallies()).enumerate();
    let row = |(position, (fault, tally)): (usize, (&crate::model::FaultSetup, &FaultTally))| {
        let start_s = fault.start.as_secs_f64();
        let end_s = match fault.end {
            _ if fault.kind.is_momentary() => start_s,
            SimTime::MAX => horizon.max(start_s),
            end => end.as_secs_f64(),
        };
        let recovery = observers.recovery.time(position, world.cluster);
        FaultRow {
            name: fault.name.clone(),
            kind: fault.kind.name().to_owned(),
            start_s,
            end_s,
            tasks_stopped: tally.tasks_stopped as f64,
            instances_lost: tally.instances_lost as f64,
            instances_disconnected: tally.instances_disconnected as f64,
            launches_refused: tally.launches_refused as f64,
            starts_slowed: tally.starts_slowed as f64,
            recovered: f64::from(u8::from(recovery.is_some())),
            recovery_s: recovery.map(crate::units::SimDuration::as_secs_f64),
            extra_usd: costs
                .then(|| extra(world, observers, position, tally))
                .flatten()
                .map(Usd::as_dollars),
        }
    };
    faults.map(row).collect()
}

/// The bill of this run less that of the same run without one of its faults: the same seed, the same luck
/// for all else.
fn extra(
    world: &World<'_, '_>,
    observers: &Observers,
    position: usize,
    tally: &FaultTally,
) -> Option<Usd> {
    if *tally == FaultTally::default() {
        return Some(Usd::ZERO);
    }
    let mut setup = world.prepared.setup.clone();
    setup.faults.remove(position);
    let mut durations = world.prepared.durations.clone();
    durations.forget_fault(position);
    let horizon = SimTime::ZERO + world.scenario.horizon;
    let without = Observers::new(Watch::default());
    let simulation = Simulation::new(&setup, &durations, horizon, world.seed, without);
    let (cluster, mut without, _) = simulation.run().ok()?;
    without.finish(horizon, &cluster);
    Some(observers.ledger.total() - without.ledger.total())
}
