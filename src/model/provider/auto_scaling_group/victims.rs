//! Which instances of a group leave on scale-in.
//!
//! Documented (EC2 Auto Scaling user guide, ec2-auto-scaling-termination-policies): balance between zones
//! outranks the termination policies, which apply to the zone with most instances that has one which may
//! leave, and to all such zones where several are equal; then chance. A group that buys both ways first
//! finds out of which kind it has too many, and looks for the zone among those. `AllocationStrategy`
//! aligns what remains with the strategy by which that kind is launched; `Default` begins with it. Each
//! instance is chosen with those before it gone, and their pools as much deeper. Assumed: EC2 has them
//! again; where none of that kind may leave, one of the other does; of two kinds that are equally too
//! many, Spot.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::PurchaseOption;
use crate::scenario::TerminationPolicy;
use crate::units::{InstanceId, ProviderId, SimTime, ZoneId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::DecisionSink;
use super::super::super::draws::Luck;
use super::super::super::instance::{Instance, InstanceStatus};
use super::super::super::selection::allocation::{AllocationPool, Standing};
use super::orders::Pool;

const HOUR: u64 = 3_600_000_000;

/// What is evened out first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evens {
    /// How instances are bought, then the zones: scale-in.
    Purchases,
    /// The zones: AZRebalance.
    Zones,
}

/// An instance that may leave: what the policies go by, chance, who.
type Ranked = (Vec<i64>, u64, InstanceId);

/// The instances of a pool that may leave.
struct Leaving {
    candidate: usize,
    zone: ZoneId,
    option: PurchaseOption,
    standing: Standing,
    /// Instances of the pool, those that may not leave among them.
    held: u32,
    /// The first to leave at the end.
    instances: Vec<Ranked>,
}

/// The pools of a zone among which the strategy of a kind chooses.
struct Market {
    option: PurchaseOption,
    pools: Vec<AllocationPool>,
}

impl Market {
    fn position(&self, of: &Leaving) -> Option<usize> {
        let same = |pool: &AllocationPool| (pool.candidate, pool.zone) == (of.candidate, of.zone);
        self.pools.iter().position(same)
    }

    /// One leaves, if it is of one of these pools: EC2 has it again.
    fn less(&mut self, from: &Leaving) -> bool {
        let Some(position) = self.position(from) else { return false };
        let pool = &mut self.pools[position];
        pool.held = pool.held.saturating_sub(1);
        pool.depth = pool.depth.map(|left| left.saturating_add(1));
        true
    }
}

/// How many instances there are, and how many too many.
struct Surplus {
    evens: Evens,
    /// By zone.
    sizes: Vec<usize>,
    /// Beyond what there shall be: on demand, Spot.
    beyond: [i64; 2],
    /// So many policies come before the allocation strategy.
    before: usize,
}

impl Surplus {
    /// Which of two pools gives the next instance.
    fn order(&self, a: &Leaving, b: &Leaving) -> Ordering {
        let (Some(first), Some(second)) = (a.instances.last(), b.instances.last()) else {
            return Ordering::Equal;
        };
        let sizes = || self.sizes[b.zone.index()].cmp(&self.sizes[a.zone.index()]);
        let options = || self.beyond(b.option).cmp(&self.beyond(a.option));
        let evens = match self.evens {
            Evens::Purchases => options().then_with(sizes),
            Evens::Zones => sizes().then_with(options),
        };
        let (before, after) = first.0.split_at(self.before);
        let (others_before, others_after) = second.0.split_at(self.before);
        evens
            .then_with(|| before.cmp(others_before))
            .then_with(|| a.standing.leaves(a.held).cmp(&b.standing.leaves(b.held)))
            .then_with(|| (after, first.1, first.2).cmp(&(others_after, second.1, second.2)))
    }

    /// The more, the sooner one leaves that was bought so.
    const fn beyond(&self, option: PurchaseOption) -> (i64, bool) {
        match option {
            PurchaseOption::OnDemand => (self.beyond[0], false),
            PurchaseOption::Spot => (self.beyond[1], true),
        }
    }

    /// One leaves.
    fn less(&mut self, from: &Leaving) {
        self.sizes[from.zone.index()] -= 1;
        match from.option {
            PurchaseOption::OnDemand => self.beyond[0] -= 1,
            PurchaseOption::Spot => self.beyond[1] -= 1,
        }
    }
}

impl Cluster<'_> {
    /// Up to `count` instances, the first to leave first.
    pub(super) fn scale_in_victims<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        count: u32,
        evens: Evens,
    ) -> Vec<InstanceId> {
        let mut pools = self.leaving(step, id);
        let mut markets = self.markets(step, id, &pools);
        for market in &markets {
            self.align(id, market, &mut pools);
        }
        let setup = self.group_setup(id);
        let group = self.group_ref(id);
        let mut surplus = Surplus {
            evens,
            sizes: group.members.iter().map(BTreeSet::len).collect(),
            beyond: group.beyond_wanted(setup),
            before: policies_before_strategy(&setup.settings.termination_policies),
        };
        let mut victims = Vec::new();
        while victims.len() < count as usize {
            let open = pools.iter_mut().filter(|pool| !pool.instances.is_empty());
            let Some(next) = open.min_by(|a, b| surplus.order(a, b)) else { break };
            surplus.less(next);
            next.held -= 1;
            victims.extend(next.instances.pop().map(|(_, _, victim)| victim));
            let changed = markets.iter_mut().position(|market| market.less(next));
            if let Some(changed) = changed {
                self.align(id, &markets[changed], &mut pools);
            }
        }
        victims
    }

    /// The instances that may leave, by pool.
    fn leaving<S: DecisionSink>(&self, step: &Step<'_, S>, id: ProviderId) -> Vec<Leaving> {
        let (setup, group) = (self.group_setup(id), self.group_ref(id));
        let mut pools: BTreeMap<Pool, Vec<Ranked>> = BTreeMap::new();
        for member in group.members.iter().flatten().filter(|member| self.may_leave(id, **member)) {
            let instance = &self.instances[member.index()];
            let pool = (instance.candidate as usize, instance.zone);
            pools.entry(pool).or_default().push(self.rank(step, id, *member));
        }
        let leaving = pools.into_iter().map(|(pool, mut instances)| {
            instances.sort_unstable_by(|a, b| b.cmp(a));
            Leaving {
                candidate: pool.0,
                zone: pool.1,
                option: setup.candidates[pool.0].purchase_option,
                standing: Standing::default(),
                held: group.held(pool.0, pool.1),
                instances,
            }
        });
        leaving.collect()
    }

    /// The pools among which the strategies choose that launched these, where that matters: a policy asks
    /// for it, and there are several types of a kind.
    fn markets<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        leaving: &[Leaving],
    ) -> Vec<Market> {
        let policies = &self.group_setup(id).settings.termination_policies;
        if policies_before_strategy(policies) == policies.len() {
            return Vec::new();
        }
        let mut zones: BTreeMap<PurchaseOption, BTreeSet<ZoneId>> = BTreeMap::new();
        let mut types: BTreeMap<PurchaseOption, BTreeSet<usize>> = BTreeMap::new();
        for of in leaving {
            zones.entry(of.option).or_default().insert(of.zone);
            types.entry(of.option).or_default().insert(of.candidate);
        }
        zones.retain(|option, _| types.get(option).is_some_and(|types| types.len() > 1));
        let mut markets = Vec::new();
        for (option, zones) in zones {
            for zone in zones {
                let pools = self.pools(step, id, option, zone, &BTreeSet::new());
                markets.push(Market { option, pools });
            }
        }
        markets
    }

    /// How the pools of a market stand with the strategy now.
    fn align(&self, id: ProviderId, market: &Market, leaving: &mut [Leaving]) {
        let standings = self.standing_of(self.group_setup(id), market.option, &market.pools);
        for of in leaving.iter_mut().filter(|of| of.option == market.option) {
            if let Some(position) = market.position(of) {
                of.standing = standings[position];
            }
        }
    }

    /// Whether an instance may leave on scale-in. Documented: with managed termination protection only
    /// those without tasks other than daemons. Assumed: one that EC2 has not called running yet is left
    /// alone.
    pub(super) fn may_leave(&self, id: ProviderId, member: InstanceId) -> bool {
        let instance = &self.instances[member.index()];
        let protected = self.group_setup(id).settings.managed_termination_protection;
        match instance.status {
            InstanceStatus::Active => !protected || instance.tasks_beside_daemons() == 0,
            InstanceStatus::Registering => !protected,
            InstanceStatus::Requested
            | InstanceStatus::Warming
            | InstanceStatus::Warmed
            | InstanceStatus::Draining
            | InstanceStatus::Inactive => false,
        }
    }

    fn rank<S>(&self, step: &Step<'_, S>, id: ProviderId, member: InstanceId) -> Ranked {
        let instance = &self.instances[member.index()];
        let policies = &self.group_setup(id).settings.termination_policies;
        let keys = policies.iter().map(|policy| key(*policy, instance, step.now)).collect();
        (keys, step.draws.draw(Luck::Termination(id, instance.ordinal)), member)
    }
}

/// How many policies decide before the allocation strategy does.
fn policies_before_strategy(policies: &[TerminationPolicy]) -> usize {
    let strategy = |policy: &TerminationPolicy| {
        matches!(policy, TerminationPolicy::Default | TerminationPolicy::AllocationStrategy)
    };
    policies.iter().position(strategy).unwrap_or(policies.len())
}

/// The least leaves first. Of the allocation strategy the pools know.
fn key(policy: TerminationPolicy, instance: &Instance, now: SimTime) -> i64 {
    let launched = instance.running_at.get().unwrap_or(now);
    let whole = |micros: u64| i64::try_from(micros).unwrap_or(i64::MAX);
    match policy {
        TerminationPolicy::Default | TerminationPolicy::ClosestToNextInstanceHour => {
            whole(HOUR - now.since(launched).as_micros() % HOUR)
        }
        TerminationPolicy::OldestInstance => whole(launched.as_micros()),
        TerminationPolicy::NewestInstance => -whole(launched.as_micros()),
        TerminationPolicy::AllocationStrategy | TerminationPolicy::OldestLaunchTemplate => 0,
    }
}
