//! What a group asks of EC2: how many on demand and how many on Spot, in which zones, of which types.

use std::collections::BTreeSet;

use crate::catalog::PurchaseOption;
use crate::units::{InstanceId, ProviderId, ZoneId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::DecisionSink;
use super::super::super::ec2::{Closed, RefusalReason};
use super::super::super::selection::allocation::{
    AllocationPool, Standing, allocate_on_demand, allocate_spot, standing_on_demand, standing_spot,
};
use super::super::super::setup::AutoScalingGroupSetup;
use super::AutoScalingGroup;

/// A pool that refused.
pub(super) struct Refused {
    pub(super) zone: ZoneId,
    pub(super) candidate: usize,
    pub(super) reason: RefusalReason,
    /// Instances that were asked for and refused.
    pub(super) instances: u32,
}

/// What new instances join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joins {
    Group,
    WarmPool,
    /// The warm pool as it is when the simulation begins, stopped.
    StoppedPool,
}

/// How many instances are wanted, by how they are bought.
type Wanted = [(PurchaseOption, u32); 2];

/// A pool: a type, bought one way, in a zone.
pub(super) type Pool = (usize, ZoneId);

impl Cluster<'_> {
    /// Asks EC2 for instances until the desired capacity is reached or all that may be asked for is
    /// refused.
    pub(super) fn order_instances<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) -> (Vec<InstanceId>, Option<Refused>) {
        let missing = self.group_ref(id).missing(self.group_setup(id));
        self.order_for(step, id, Joins::Group, missing)
    }

    /// The same for the group or its warm pool, as many as are wanted.
    pub(super) fn order_for<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        joins: Joins,
        wanted: Wanted,
    ) -> (Vec<InstanceId>, Option<Refused>) {
        self.order_among(step, id, joins, &wanted, BTreeSet::new())
    }

    /// The same from pools that are not closed.
    pub(super) fn order_among<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        joins: Joins,
        wanted: &[(PurchaseOption, u32)],
        mut closed: BTreeSet<Pool>,
    ) -> (Vec<InstanceId>, Option<Refused>) {
        let mut ordered = Vec::new();
        let mut refused: Option<Refused> = None;
        for (option, mut count) in wanted.iter().copied() {
            while count > 0 {
                let orders = self.orders(step, id, (joins, option), count, &closed);
                if orders.is_empty() {
                    refused = refused.or_else(|| self.nothing_left(id, option, count));
                    break;
                }
                for (candidate, zone) in orders {
                    match self.order(step, id, joins, (candidate, zone)) {
                        Ok(instance) => {
                            ordered.push(instance);
                            count -= 1;
                        }
                        Err(reason) => {
                            self.close(id, &mut closed, (candidate, zone), reason);
                            let before = refused.map_or(0, |refused| refused.instances);
                            let instances = before + 1;
                            refused = Some(Refused { zone, candidate, reason, instances });
                        }
                    }
                }
            }
        }
        (ordered, refused)
    }

    /// Which pools are not asked again in this round: the one that refused, or all of its zone.
    pub(super) fn close(
        &self,
        id: ProviderId,
        closed: &mut BTreeSet<Pool>,
        (candidate, zone): Pool,
        reason: RefusalReason,
    ) {
        match reason.closes() {
            Closed::Nothing | Closed::Pool => drop(closed.insert((candidate, zone))),
            Closed::Zone => {
                let all = 0..self.group_setup(id).candidates.len();
                closed.extend(all.map(|candidate| (candidate, zone)));
            }
        }
    }

    fn order<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        joins: Joins,
        (candidate, zone): Pool,
    ) -> Result<InstanceId, RefusalReason> {
        let depth = self.group_setup(id).settings.default_pool_depth;
        let of = (id, self.group_ref(id).launched);
        let instance = match joins {
            Joins::Group | Joins::WarmPool => {
                self.request_instance(step, of, candidate, zone, depth)?
            }
            Joins::StoppedPool => self.stopped_instance(step, of, candidate, zone)?,
        };
        self.group_mut(id).launched += 1;
        match joins {
            Joins::Group => self.group_mut(id).join(instance, candidate, zone),
            Joins::WarmPool => self.join_warm_pool(id, instance, zone),
            Joins::StoppedPool => self.group_mut(id).warm.put(instance, zone),
        }
        Ok(instance)
    }

    /// The next requests for `count` instances, by pools that are not closed. Documented: each goes to
    /// the zone with fewest instances of the group, to another where that one has none, and in a zone
    /// the allocation strategy chooses.
    fn orders<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        (joins, option): (Joins, PurchaseOption),
        count: u32,
        closed: &BTreeSet<Pool>,
    ) -> Vec<Pool> {
        let mut zones = Vec::new();
        for zone in &self.group_setup(id).zones {
            let pools = self.pools(step, id, option, *zone, closed);
            if !pools.is_empty() {
                let group = self.group_ref(id);
                let held = match joins {
                    Joins::Group => group.members[zone.index()].len(),
                    // Assumed: balanced together with the group that will draw on it.
                    Joins::WarmPool | Joins::StoppedPool => {
                        group.members[zone.index()].len() + group.warm.in_zone(*zone)
                    }
                };
                let room = pools.iter().fold(0_u32, |all, pool| all.saturating_add(pool.room()));
                zones.push(Share { pools, held, room, wanted: 0 });
            }
        }
        for _ in 0..count {
            // The first among equals, in the order of the scenario, of those that have something left.
            let open = zones.iter_mut().filter(|zone| zone.wanted < zone.room);
            if let Some(least) = open.min_by_key(|zone| zone.held) {
                least.held += 1;
                least.wanted += 1;
            }
        }
        let setup = self.group_setup(id);
        let deep = self.setup.spot.deep_pool_percent;
        zones.iter().flat_map(|share| share.orders(setup, option, deep)).collect()
    }

    pub(super) fn pools<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        option: PurchaseOption,
        zone: ZoneId,
        closed: &BTreeSet<Pool>,
    ) -> Vec<AllocationPool> {
        let setup = self.group_setup(id);
        let mut pools = Vec::new();
        for (candidate, of) in setup.offered_in(zone) {
            if of.purchase_option != option || closed.contains(&(candidate, zone)) {
                continue;
            }
            // What on-demand pools hold shows when they are asked.
            let depth = match option {
                PurchaseOption::OnDemand => None,
                PurchaseOption::Spot => {
                    self.depth_of(step, of, zone, setup.settings.default_pool_depth)
                }
            };
            pools.push(AllocationPool {
                candidate,
                zone,
                price: self.ec2_price(of, zone, step.now),
                depth,
                priority: u32::try_from(candidate).unwrap_or(u32::MAX),
                held: self.group_ref(id).held(candidate, zone),
            });
        }
        pools
    }

    /// How pools stand with the strategy by which the group asks them.
    pub(super) fn standing_of(
        &self,
        setup: &AutoScalingGroupSetup,
        option: PurchaseOption,
        pools: &[AllocationPool],
    ) -> Vec<Standing> {
        let settings = &setup.settings;
        match option {
            PurchaseOption::OnDemand => {
                standing_on_demand(settings.on_demand_allocation_strategy, pools)
            }
            PurchaseOption::Spot => {
                let deep = self.setup.spot.deep_pool_percent;
                standing_spot(settings.spot_allocation_strategy, deep, pools)
            }
        }
    }

    /// No pool has anything: told of the first that was meant, in the zone with fewest instances.
    fn nothing_left(&self, id: ProviderId, option: PurchaseOption, count: u32) -> Option<Refused> {
        let setup = self.group_setup(id);
        let pool = |zone: &ZoneId| {
            let mut offered = setup.offered_in(*zone).filter(|(_, of)| bought(of) == option);
            offered.next().map(|(candidate, _)| (candidate, *zone))
        };
        let held = |(_, zone): &Pool| self.group_ref(id).members[zone.index()].len();
        let (candidate, zone) = setup.zones.iter().filter_map(pool).min_by_key(held)?;
        let reason = RefusalReason::InsufficientInstanceCapacity;
        Some(Refused { zone, candidate, reason, instances: count })
    }
}

const fn bought(candidate: &super::super::super::setup::Candidate) -> PurchaseOption {
    candidate.purchase_option
}

/// What one zone gets.
struct Share {
    pools: Vec<AllocationPool>,
    held: usize,
    /// What its pools have left, as far as that is known.
    room: u32,
    wanted: u32,
}

impl Share {
    fn orders(
        &self,
        setup: &AutoScalingGroupSetup,
        option: PurchaseOption,
        deep: u32,
    ) -> Vec<Pool> {
        let settings = &setup.settings;
        let counts = match option {
            PurchaseOption::OnDemand => {
                let strategy = settings.on_demand_allocation_strategy;
                allocate_on_demand(strategy, &self.pools, self.wanted)
            }
            PurchaseOption::Spot => {
                allocate_spot(settings.spot_allocation_strategy, deep, &self.pools, self.wanted)
            }
        };
        let orders = self.pools.iter().zip(counts);
        orders
            .flat_map(|(pool, count)| {
                std::iter::repeat_n((pool.candidate, pool.zone), count as usize)
            })
            .collect()
    }
}

impl AutoScalingGroup {
    /// How many instances are missing, by how they are bought. Documented: the base on demand, of the
    /// rest the percentage, rounded up in favour of on demand.
    fn missing(&self, setup: &AutoScalingGroupSetup) -> [(PurchaseOption, u32); 2] {
        let missing = self.target(setup.settings.max_size).saturating_sub(self.size);
        let wanted = setup.on_demand_of(self.desired);
        let on_demand = wanted.saturating_sub(self.bought_on_demand(setup)).min(missing);
        [(PurchaseOption::OnDemand, on_demand), (PurchaseOption::Spot, missing - on_demand)]
    }

    /// By how many instances the group has more than its desired capacity asks for: on demand, Spot.
    pub(super) fn beyond_wanted(&self, setup: &AutoScalingGroupSetup) -> [i64; 2] {
        let (wanted, bought) = (setup.on_demand_of(self.desired), self.bought_on_demand(setup));
        let spot = i64::from(self.size - bought) - i64::from(self.desired - wanted);
        [i64::from(bought) - i64::from(wanted), spot]
    }

    /// Instances of the group that were bought on demand.
    fn bought_on_demand(&self, setup: &AutoScalingGroupSetup) -> u32 {
        let on_demand = |candidate: usize| {
            setup.candidates[candidate].purchase_option == PurchaseOption::OnDemand
        };
        self.held.iter().filter(|((candidate, _), _)| on_demand(*candidate)).map(|(_, n)| n).sum()
    }
}
