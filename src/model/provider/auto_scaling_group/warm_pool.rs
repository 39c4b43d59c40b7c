//! The warm pool of a group: instances that have booted once, user data and all, and wait until the group
//! grows, stopped as a rule.
//!
//! Documented (EC2 Auto Scaling user guide, ec2-auto-scaling-warm-pools; API, PutWarmPool): its size is
//! what the group may have prepared less its desired capacity, at least `min_size`; the group draws on it
//! before it launches; those that are drawn count towards the desired capacity; of a stopped instance
//! only the volume is billed. Documented (ECS developer guide, using-warm-pool): the agent waits with its
//! registration until its instance leaves the pool, and none returns to it on scale-in. Assumed: the
//! longest warm is drawn first, from the zone with fewest instances of the group; a smaller pool
//! terminates the newest first; one that is not initialised yet is not drawn.

use std::collections::BTreeSet;

use crate::catalog::PurchaseOption;
use crate::scenario::{InitialInstances, PoolState};
use crate::units::{InstanceId, ProviderId, SimDuration, ZoneId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{DecisionSink, LeaveReason, Start};
use super::super::super::ec2::RefusalReason;
use super::super::super::event::{Effect, Event};
use super::super::super::instance::InstanceStatus;
use super::super::super::task::Stamp;
use super::orders::{Joins, Pool};

/// The instances of a warm pool.
#[derive(Clone, Debug)]
pub(super) struct Warm {
    /// By zone, in order of launch.
    zones: Vec<BTreeSet<InstanceId>>,
    /// How many they are.
    pub(super) size: u32,
    /// Those that were there at the start: numbers from, to within the provider.
    initial: (u32, u32),
}

impl Warm {
    pub(super) fn new(zones: usize) -> Self {
        Self { zones: vec![BTreeSet::new(); zones], size: 0, initial: (0, 0) }
    }

    pub(super) fn in_zone(&self, zone: ZoneId) -> usize {
        self.zones[zone.index()].len()
    }

    /// How many were there at the start.
    pub(super) const fn initially(&self) -> u32 {
        self.initial.1 - self.initial.0
    }

    /// Those of all zones, in order of zone and launch.
    pub(super) fn all(&self) -> impl Iterator<Item = InstanceId> + '_ {
        self.zones.iter().flatten().copied()
    }

    pub(super) fn put(&mut self, id: InstanceId, zone: ZoneId) {
        self.size += u32::from(self.zones[zone.index()].insert(id));
    }

    /// An instance is in the pool no longer, if it was.
    pub(super) fn part(&mut self, id: InstanceId, zone: ZoneId) {
        self.size -= u32::from(self.zones[zone.index()].remove(&id));
    }
}

impl Cluster<'_> {
    /// How many instances the warm pool shall have.
    pub(super) fn warm_pool_target(&self, id: ProviderId) -> u32 {
        let settings = &self.group_setup(id).settings;
        let Some(pool) = &settings.warm_pool else { return 0 };
        let prepared = pool.max_group_prepared_capacity.unwrap_or(settings.max_size);
        prepared.saturating_sub(self.group_ref(id).desired).max(pool.min_size)
    }

    /// What is in the pool before anything happens: where the group is there, so is its pool.
    pub(super) fn warm_pool_begins<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        let from = self.group_ref(id).launched;
        if self.group_setup(id).settings.initial_instances == InitialInstances::Registered {
            let joins = match self.pool_state(id) {
                PoolState::Running => Joins::WarmPool,
                PoolState::Stopped | PoolState::Hibernated => Joins::StoppedPool,
            };
            self.order_for(step, id, joins, on_demand(self.warm_pool_target(id)));
        }
        self.group_mut(id).warm.initial = (from, self.group_ref(id).launched);
    }

    /// Brings the pool to its size.
    pub(super) fn keep_warm_pool<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        let (target, size) = (self.warm_pool_target(id), self.group_ref(id).warm.size);
        if size > target {
            let mut newest: Vec<InstanceId> = self.group_ref(id).warm.all().collect();
            newest.sort_unstable_by(|a, b| b.cmp(a));
            for instance in newest.into_iter().take((size - target) as usize) {
                self.terminate(step, instance, LeaveReason::WarmPoolShrinks);
            }
        } else if size < target {
            let wanted = on_demand(target - size);
            let (ordered, refused) = self.order_for(step, id, Joins::WarmPool, wanted);
            self.launch(step, id, &ordered, Start::IntoWarmPool);
            if let Some(refused) = refused {
                let missing = target - self.group_ref(id).warm.size;
                self.retry_later(step, id, &refused, missing);
            }
        }
    }

    pub(super) fn join_warm_pool(&mut self, id: ProviderId, instance: InstanceId, zone: ZoneId) {
        self.instances[instance.index()].status = InstanceStatus::Warming;
        self.group_mut(id).warm.put(instance, zone);
    }

    /// EC2 says running: it boots and runs its user data, once.
    pub(in crate::model::provider) fn warm_pool_launched<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &mut self.instances[id.index()];
        instance.running_at = Stamp::at(step.now);
        instance.warmed_from = Stamp::at(step.now);
        let (provider, ordinal) = (instance.capacity_provider, instance.ordinal);
        let (from, to) = self.group_ref(provider).warm.initial;
        if !(from..to).contains(&ordinal) {
            step.push(Effect::BootInstance(id));
        }
    }

    /// It is initialised, and waits as the pool's state says.
    pub(in crate::model::provider) fn warmed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let provider = self.instances[id.index()].capacity_provider;
        // It was stopped when the simulation began: told to observers, as the others are.
        if self.instances[id.index()].is_stopped() {
            step.push(Effect::InstanceStopped(id));
            return;
        }
        self.instances[id.index()].status = InstanceStatus::Warmed;
        if self.pool_state(provider) != PoolState::Running {
            self.stop_instance(step, id);
        }
        // The group may have been refused what it wants.
        if self.group_ref(provider).size < self.group_target(provider) {
            step.push(Effect::After(SimDuration::ZERO, Event::PlanCapacity(provider)));
        }
    }

    fn pool_state(&self, id: ProviderId) -> PoolState {
        let pool = &self.group_setup(id).settings.warm_pool;
        pool.as_ref().map_or(PoolState::Stopped, |pool| pool.pool_state)
    }

    /// Instances of the pool join the group until it has its size or none is left that EC2 starts.
    pub(super) fn draw_on_warm_pool<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        let (mut drawn, mut closed) = (Vec::new(), BTreeSet::new());
        while self.group_ref(id).size < self.group_target(id)
            && let Some(next) = self.next_warm(id, &closed)
        {
            match self.leave_warm_pool(step, id, next) {
                Ok(()) => drawn.push(next),
                // Documented: what the pool cannot give is launched.
                Err(reason) => self.close(id, &mut closed, self.pool_of(next), reason),
            }
        }
        self.tell_launches(step, id, &drawn, Start::FromWarmPool);
    }

    fn pool_of(&self, id: InstanceId) -> Pool {
        let instance = &self.instances[id.index()];
        (instance.candidate as usize, instance.zone)
    }

    /// The next to be drawn, from pools that are not closed.
    fn next_warm(&self, id: ProviderId, closed: &BTreeSet<Pool>) -> Option<InstanceId> {
        let group = self.group_ref(id);
        let ready = |instance: &InstanceId| {
            self.instances[instance.index()].status == InstanceStatus::Warmed
                && !closed.contains(&self.pool_of(*instance))
        };
        let zones = group.warm.zones.iter().zip(&group.members);
        let first = zones.filter_map(|(warm, members)| {
            let longest = warm.iter().copied().find(ready)?;
            Some((members.len(), longest))
        });
        first.min_by_key(|(members, _)| *members).map(|(_, instance)| instance)
    }

    fn leave_warm_pool<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        instance: InstanceId,
    ) -> Result<(), RefusalReason> {
        let stopped = self.instances[instance.index()].is_stopped();
        if stopped {
            let depth = self.group_setup(id).settings.default_pool_depth;
            self.start_instance(step, instance, depth)?;
        }
        let (candidate, zone) = self.pool_of(instance);
        self.group_mut(id).warm.part(instance, zone);
        self.group_mut(id).join(instance, candidate, zone);
        let found = &mut self.instances[instance.index()];
        found.left_warm_pool_at = Stamp::at(step.now);
        if stopped {
            found.status = InstanceStatus::Requested;
            step.push(Effect::LaunchInstance { instance, waited: SimDuration::ZERO });
        } else {
            found.status = InstanceStatus::Registering;
            self.group_mut(id).running += 1;
            step.push(Effect::BootInstance(instance));
        }
        Ok(())
    }
}

/// Documented: a group with a warm pool buys on demand alone.
const fn on_demand(count: u32) -> [(PurchaseOption, u32); 2] {
    [(PurchaseOption::OnDemand, count), (PurchaseOption::Spot, 0)]
}
