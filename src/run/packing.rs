//! The proven bound and the best packing for the tasks that hold a place at the horizon.

use std::collections::BTreeMap;

use crate::bound::{self, Bin, Bounds, Effort, Problem};
use crate::model::{Candidate, Cluster};
use crate::units::{SimTime, TaskDefinitionId, UsdPerHour, ZoneId};

use super::answer::BestPackingRow;

/// Bounds with the names that belong to them.
pub(super) struct Packing<'a> {
    pub(super) bounds: Bounds,
    candidates: Vec<&'a Candidate>,
    definitions: Vec<TaskDefinitionId>,
}

/// Tasks that want to run and hold a place, by definition.
fn placed(cluster: &Cluster<'_>) -> BTreeMap<TaskDefinitionId, u32> {
    let mut placed = BTreeMap::new();
    for id in cluster.live_tasks() {
        let task = cluster.task(id);
        let on_fargate = cluster.fargate_size(id).is_some();
        if task.wants_to_run() && task.last_status.needs_instance() && !on_fargate {
            let definition = cluster.setup().group(task.group).definition;
            *placed.entry(definition).or_insert(0) += 1;
        }
    }
    placed
}

/// The bounds of the fleet that the placed tasks need, over every type that any provider may buy, at
/// billed prices (instance + fee + volume). Spread over zones is left out: a bound may be too low,
/// never too high.
pub(super) fn packing<'a>(cluster: &Cluster<'a>, at: SimTime) -> Option<Packing<'a>> {
    let demand = placed(cluster);
    if demand.is_empty() {
        return None;
    }
    let setup = cluster.setup();
    let definitions: Vec<TaskDefinitionId> = demand.keys().copied().collect();
    let demands = demand
        .iter()
        .map(|(id, count)| bound::Demand { size: setup.definition(*id).size, count: *count })
        .collect();
    let candidates: Vec<&Candidate> =
        setup.providers.iter().flat_map(|provider| provider.candidates()).collect();
    let bins = candidates
        .iter()
        .map(|candidate| Bin {
            capacity: candidate.registered,
            price: cheapest_zone(cluster, candidate, at),
            admits: definitions
                .iter()
                .map(|id| setup.definition(*id).architecture == candidate.architecture)
                .collect(),
        })
        .collect();
    let bounds = bound::solve(&Problem { demands, bins }, &Effort::default()).ok()?;
    Some(Packing { bounds, candidates, definitions })
}

/// What the Fargate tasks that want to run and hold a place cost: their size is their price, so there
/// is nothing to pack and the bound is exact.
pub(super) fn fargate_price(cluster: &Cluster<'_>) -> UsdPerHour {
    let placed = cluster.live_tasks().filter(|id| {
        let task = cluster.task(*id);
        task.wants_to_run() && task.last_status.needs_instance()
    });
    placed.filter_map(|id| cluster.fargate_offering(id)).map(|size| size.price()).sum()
}

/// The billed price of a candidate in the zone where it is lowest at the moment.
fn cheapest_zone(cluster: &Cluster<'_>, candidate: &Candidate, at: SimTime) -> UsdPerHour {
    let zones = (0..cluster.setup().zones.len()).map(ZoneId::from_index);
    let offered = zones.filter(|zone| candidate.offered_in(*zone));
    let prices = offered.map(|zone| cluster.billed_price(candidate, zone, at));
    prices.min().unwrap_or(candidate.billed_price)
}

impl Packing<'_> {
    /// The best packing in words.
    pub(super) fn rows(&self, cluster: &Cluster<'_>) -> Vec<BestPackingRow> {
        let rows = self.bounds.best.bins.iter().map(|packed| BestPackingRow {
            instance_type: self.candidates[packed.bin].name.clone(),
            instances: packed.instances,
            tasks_each: self
                .definitions
                .iter()
                .zip(&packed.counts)
                .filter(|(_, count)| **count > 0)
                .map(|(id, count)| (cluster.setup().definition(*id).family.clone(), *count))
                .collect(),
        });
        rows.collect()
    }
}
