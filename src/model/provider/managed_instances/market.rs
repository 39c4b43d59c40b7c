//! Which pool is asked: what may be asked at all, at what price, and the choice of a policy among it.
//!
//! On demand, ECS learns of an empty pool by a refusal. Of Spot (assumed: it asks as a fleet does, and
//! EC2 knows its pools) and of capacity reservations it knows before.

use crate::catalog::{CpuArchitecture, PurchaseOption};
use crate::scenario::{CapacityOptionType, ReservationPreference};
use crate::units::{GroupId, ProviderId, TaskDefinitionId, ZoneId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{Considered, DecisionSink};
use super::super::super::draws::Luck;
use super::super::super::selection::{Choice, Demand, Pool, View, policy, spot_policy};
use super::super::super::setup::Candidate;
use super::{domain_of, takes};

/// A pool that may be asked and has no known limit.
const OPEN: Pool = Pool { refused: false, depth: None };

/// Whether ECS knows that there is nothing left.
fn known_empty(candidate: &Candidate, depth: Option<u32>) -> bool {
    let known = candidate.reserved || candidate.purchase_option == PurchaseOption::Spot;
    known && depth == Some(0)
}

impl Cluster<'_> {
    /// Zones in which some pool for the definition may be asked now; all of them when none may.
    pub(super) fn open_zones<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        definition: TaskDefinitionId,
    ) -> u64 {
        let setup = self.managed_setup(id);
        let all = self.managed_ref(id).zones_of(definition);
        let on_demand = setup.settings.capacity_option_type == CapacityOptionType::OnDemand;
        if on_demand && self.managed_ref(id).refused_pools.is_empty() {
            return all;
        }
        let wanted = self.setup.definition(definition);
        let mut open = 0;
        for (position, candidate) in setup.candidates.iter().enumerate() {
            if !takes(candidate, wanted.architecture, &wanted.size) {
                continue;
            }
            // A zone that is open already need not be asked again.
            for zone in bits(candidate.zones & !open) {
                let refused = self.managed_ref(id).is_refused(position, zone, step.now);
                if !refused && !known_empty(candidate, self.depth_for(step, id, candidate, zone)) {
                    open |= 1 << zone.0;
                }
            }
        }
        if open == 0 { all } else { open }
    }

    /// Zones in which the provider could ever run tasks of a group.
    pub(in crate::model::provider) fn managed_zones(&self, id: ProviderId, group: GroupId) -> u64 {
        self.managed_ref(id).zones_of(self.setup.group(group).definition)
    }

    /// Whether a task of a group finds room in a zone, or some pool for it may be asked there.
    pub(in crate::model::provider) fn managed_takes_in<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        group: GroupId,
        zone: ZoneId,
    ) -> bool {
        let wanted = self.setup.definition(self.setup.group(group).definition);
        let domain = &self.managed_ref(id).domains[domain_of(zone, wanted.architecture)];
        if domain.live.first_fit(wanted.class).is_some() {
            return true;
        }
        let candidates = self.managed_setup(id).candidates.iter().enumerate();
        for (position, candidate) in candidates {
            let possible = candidate.offered_in(zone)
                && takes(candidate, wanted.architecture, &wanted.size)
                && !self.managed_ref(id).is_refused(position, zone, step.now)
                && !self.is_withheld(id, position, zone)
                && self.quotas_admit(candidate);
            if possible && !known_empty(candidate, self.depth_for(step, id, candidate, zone)) {
                return true;
            }
        }
        false
    }

    fn depth_for<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        candidate: &Candidate,
        zone: ZoneId,
    ) -> Option<u32> {
        let default = self.managed_setup(id).settings.default_pool_depth;
        self.depth_of(step, candidate, zone, default)
    }

    /// So many of `wanted` instances of a choice as one order asks for: no more than ECS knows to be
    /// there.
    pub(super) fn in_pool<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        zone: ZoneId,
        choice: &Choice,
        wanted: u32,
    ) -> u32 {
        let candidate = &self.managed_setup(id).candidates[choice.candidate];
        if !candidate.reserved && candidate.purchase_option == PurchaseOption::OnDemand {
            return wanted;
        }
        let depth = self.depth_for(step, id, candidate, zone).unwrap_or(u32::MAX);
        wanted.min(depth.max(1))
    }

    /// The choice of the provider's policy.
    pub(super) fn choose<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        zone: ZoneId,
        architecture: CpuArchitecture,
        demands: &[Demand],
        mut considered: Option<&mut Vec<Considered>>,
    ) -> Option<Choice> {
        let setup = self.managed_setup(id);
        let settings = &setup.settings;
        let here = setup.candidates.iter();
        let depths: Vec<Option<u32>> =
            here.map(|candidate| self.depth_for(step, id, candidate, zone)).collect();
        let draw = self.lot(step, id);
        let provider = self.managed_ref(id);
        let known = |position: usize| Pool {
            refused: provider.is_refused(position, zone, step.now)
                || known_empty(&setup.candidates[position], depths[position]),
            depth: depths[position],
        };
        let price = |position: usize| self.ec2_price(&setup.candidates[position], zone, step.now);
        let view = View {
            candidates: &setup.candidates,
            zone,
            architecture,
            demands,
            pool: &known,
            price: &price,
            tie_ppm: settings.price_tie_ppm,
            deep_percent: self.setup.spot.deep_pool_percent,
            draw,
        };
        let spot = settings.capacity_option_type == CapacityOptionType::Spot;
        let policy = if spot {
            spot_policy(settings.spot_selection_policy)
        } else {
            policy(settings.selection_policy)
        };
        let unreserved = |position: usize| {
            let pool = known(position);
            Pool { refused: pool.refused || !setup.candidates[position].reserved, ..pool }
        };
        let mut tried: [&dyn Fn(usize) -> Pool; 3] = [&known, &known, &|_| OPEN];
        if settings.capacity_option_type == CapacityOptionType::Reserved
            && settings.reservation_preference == ReservationPreference::First
        {
            tried[0] = &unreserved;
        }
        // Where every pool was refused lately, they are asked again.
        tried
            .into_iter()
            .find_map(|pool| policy.choose(&View { pool, ..view }, considered.as_deref_mut()))
    }

    /// A number for a choice by lot; none is drawn where nothing is left to chance.
    fn lot<S: DecisionSink>(&mut self, step: &Step<'_, S>, id: ProviderId) -> u64 {
        if self.managed_setup(id).settings.capacity_option_type != CapacityOptionType::Spot {
            return 0;
        }
        let provider = self.managed(id);
        let n = provider.lots;
        provider.lots += 1;
        step.draws.draw(Luck::Selection(id, n))
    }
}

/// The zones of a set.
pub(super) fn bits(set: u64) -> impl Iterator<Item = ZoneId> {
    (0..u64::BITS).filter(move |bit| set >> bit & 1 == 1).map(ZoneId)
}
