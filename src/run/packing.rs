//! The proven bound and the best packing for the tasks that hold a place at the horizon.

use std::collections::BTreeMap;

use crate::bound::{self, Bin, Bounds, Effort, Problem};
use crate::catalog::PurchaseOption;
use crate::model::{AutoScalingGroupSetup, Candidate, Cluster, ProviderSetup};
use crate::units::{
    ProviderId, Resources, ServiceId, SimTime, TaskDefinitionId, UsdPerHour, ZoneId,
};

use super::answer::BestPackingRow;

/// Bounds with the names that belong to them.
pub(super) struct Packing<'a> {
    pub(super) bounds: Bounds,
    candidates: Vec<(ProviderId, &'a Candidate)>,
    definitions: Vec<TaskDefinitionId>,
}

/// Tasks that want to run and hold a place, by definition. Daemons are no demand: each instance has its
/// own.
fn placed(cluster: &Cluster<'_>) -> BTreeMap<TaskDefinitionId, u32> {
    let mut placed = BTreeMap::new();
    for id in cluster.live_tasks() {
        let task = cluster.task(id);
        let on_fargate = cluster.fargate_size(id).is_some();
        let counts = !on_fargate && !cluster.is_daemon(id);
        if task.wants_to_run() && task.last_status.needs_instance() && counts {
            let definition = cluster.setup().group(task.group).definition;
            *placed.entry(definition).or_insert(0) += 1;
        }
    }
    placed
}

/// The bounds of the fleet that the placed tasks need, over every type that any provider may buy, at
/// billed prices (instance + fee + volume). Spread over zones is left out: a bound may be too low,
/// never too high. So is the split of a mixed group between on demand and Spot.
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
    let providers = setup.providers.iter().enumerate();
    let all = providers.flat_map(|(position, provider)| {
        let id = ProviderId::from_index(position);
        provider.candidates().iter().map(move |candidate| (id, candidate))
    });
    let candidates: Vec<(ProviderId, &Candidate)> = all.collect();
    let bins = candidates
        .iter()
        .map(|(provider, candidate)| Bin {
            capacity: capacity(cluster, *provider, candidate),
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

/// What an instance holds of the demand: less its daemons, where it is certain that each instance has
/// them; else all that it registers.
fn capacity(cluster: &Cluster<'_>, provider: ProviderId, candidate: &Candidate) -> Resources {
    let setup = cluster.setup();
    let everywhere = |(id, _): (ServiceId, usize)| {
        let mut asks = setup.revisions_of(id).map(|group| &group.ask);
        let first = asks.next();
        // What may be less at another time is not taken off.
        first.is_some_and(|first| {
            first.constraints.is_empty()
                && asks.all(|ask| {
                    ask.constraints.is_empty()
                        && (ask.size, ask.architecture) == (first.size, first.architecture)
                })
        })
    };
    if cluster.daemons_have_room() && setup.daemons_on(provider).all(everywhere) {
        setup.room_beside_daemons(provider, candidate)
    } else {
        candidate.registered
    }
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

impl<'a> Packing<'a> {
    /// The best packing in words.
    pub(super) fn rows(&self, cluster: &Cluster<'_>) -> Vec<BestPackingRow> {
        let rows = self.bounds.best.bins.iter().map(|packed| BestPackingRow {
            instance_type: self.candidates[packed.bin].1.name.clone(),
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

    /// Whether the best packing has of each mixed group as many instances on demand as its split asks of
    /// that number; `None` where no group is mixed.
    pub(super) fn keeps_split(&self, cluster: &Cluster<'a>) -> Option<bool> {
        let mixed = |(position, provider): (usize, &'a ProviderSetup)| {
            let ProviderSetup::AutoScalingGroup(group) = provider else { return None };
            group.is_mixed().then(|| (ProviderId::from_index(position), group))
        };
        let mut groups = cluster.setup().providers.iter().enumerate().filter_map(mixed).peekable();
        groups.peek()?;
        Some(groups.all(|(id, group)| self.keeps_split_of(id, group)))
    }

    fn keeps_split_of(&self, id: ProviderId, group: &AutoScalingGroupSetup) -> bool {
        let (mut all, mut on_demand) = (0, 0);
        for packed in &self.bounds.best.bins {
            let (provider, candidate) = self.candidates[packed.bin];
            if provider == id {
                all += packed.instances;
                if candidate.purchase_option == PurchaseOption::OnDemand {
                    on_demand += packed.instances;
                }
            }
        }
        on_demand == group.on_demand_of(all)
    }
}
