//! Free room: where a task goes without a launch. Live instances first, then instances in flight that
//! have planned room left; only then is capacity bought.

use crate::units::{InstanceId, ProviderId, Resources, ZoneId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::DecisionSink;
use super::super::super::instance::{Instance, InstanceStatus};
use super::super::super::placement::{FeasibilityClass, FreeCapacityIndex};
use super::super::super::service::GroupKind;
use super::super::super::task::{TaskRef, WaitPart};
use super::super::Provider;
use super::{ManagedInstances, domain_of};

/// Instances of one zone and architecture.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) live: Shelf,
    pub(super) in_flight: Shelf,
}

/// An index of free capacity, and whose each slot is.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    index: FreeCapacityIndex,
    /// By position in [`Setup::classes`](super::super::super::setup::Setup).
    classes: Vec<FeasibilityClass>,
    owners: Vec<InstanceId>,
}

impl Shelf {
    fn new(classes: &[Resources]) -> Self {
        let mut index = FreeCapacityIndex::new();
        let classes = classes.iter().map(|size| index.class(*size)).collect();
        Self { index, classes, owners: Vec::new() }
    }

    pub(super) fn take(&mut self, slot: u32, class: u32) {
        let taken = self.index.take(slot, self.classes[class as usize]);
        debug_assert!(taken, "a task is only put where it fits");
    }

    pub(super) fn give(&mut self, slot: u32, class: u32) {
        self.index.give(slot, self.classes[class as usize]);
    }

    pub(super) fn free(&self, slot: u32) -> Resources {
        self.index.free(slot)
    }

    pub(super) fn remove(&mut self, slot: u32) {
        self.index.remove(slot);
    }

    pub(super) fn first_fit_slot(&self, class: u32) -> Option<u32> {
        self.index.first_fit(self.classes[class as usize])
    }

    pub(super) fn insert(&mut self, owner: InstanceId, free: Resources) -> u32 {
        let slot = self.index.insert(free);
        if self.owners.len() <= slot as usize {
            self.owners.resize(slot as usize + 1, owner);
        }
        self.owners[slot as usize] = owner;
        slot
    }

    /// Whether an instance other than `slot` has room for the class.
    pub(super) fn has_room_beside(&self, class: u32, slot: u32) -> bool {
        let class = self.classes[class as usize];
        match self.index.first_fit(class) {
            Some(first) if first == slot => self.index.first_fit_from(class, slot + 1).is_some(),
            found => found.is_some(),
        }
    }

    /// The first fit that `accepts`.
    pub(super) fn first_fit_where(
        &self,
        class: u32,
        accepts: impl Fn(InstanceId) -> bool,
    ) -> Option<InstanceId> {
        let key = self.classes[class as usize];
        let mut slot = self.index.first_fit(key);
        while let Some(found) = slot {
            let owner = self.owners[found as usize];
            if accepts(owner) {
                return Some(owner);
            }
            slot = self.index.first_fit_from(key, found + 1);
        }
        None
    }

    pub(super) fn first_fit(&self, class: u32) -> Option<InstanceId> {
        self.first_fit_slot(class).map(|slot| self.owners[slot as usize])
    }
}

impl Domain {
    pub(super) fn new(classes: &[Resources]) -> Self {
        Self { live: Shelf::new(classes), in_flight: Shelf::new(classes) }
    }

    pub(super) fn free_of(&self, instance: &Instance) -> Option<Resources> {
        let owner = self.live.owners.get(instance.slot as usize)?;
        (*owner == instance.id()).then(|| self.live.free(instance.slot))
    }
}

/// Where a task went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Onto a live instance.
    Live,
    /// It waits for an instance in flight.
    InFlight,
    /// Nowhere.
    Nowhere,
}

impl Cluster<'_> {
    pub(super) fn managed(&mut self, id: ProviderId) -> &mut ManagedInstances {
        match &mut self.providers[id.index()] {
            Provider::ManagedInstances(provider) => provider,
            Provider::AutoScalingGroup(_) => unreachable!("asked of its own kind alone"),
            Provider::Fargate(_) | Provider::LaunchType(_) => {
                unreachable!("asked of a Managed Instances provider alone")
            }
        }
    }

    pub(super) fn managed_ref(&self, id: ProviderId) -> &ManagedInstances {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(provider) => provider,
            Provider::AutoScalingGroup(_) => unreachable!("asked of its own kind alone"),
            Provider::Fargate(_) | Provider::LaunchType(_) => {
                unreachable!("asked of a Managed Instances provider alone")
            }
        }
    }

    /// Tries `zones`, the one with fewest tasks of the group first, live instances before
    /// instances in flight.
    ///
    /// Documented: tasks of a service spread over zones, and that outranks packing. Observed: free room
    /// on any live instance of the provider is used before anything is bought. Both hold when a zone
    /// takes no more than its fair share of the service into free room; zones that cannot buy at the
    /// moment (not `open`) have no share.
    pub(super) fn take_free_room<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
        zones: u64,
        open: u64,
    ) -> Place {
        if self.take_live_room(step, id, task, zones, open) == Place::Live {
            return Place::Live;
        }
        let Some(instance) = self.room_in_zones(id, task, zones, open, true) else {
            return Place::Nowhere;
        };
        self.plan_on(step, task, instance);
        Place::InFlight
    }

    /// The same, on live instances alone.
    pub(super) fn take_live_room<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
        zones: u64,
        open: u64,
    ) -> Place {
        let Some(instance) = self.room_in_zones(id, task, zones, open, false) else {
            return Place::Nowhere;
        };
        self.count_in_zone(task, self.instances[instance.index()].zone);
        self.occupy(step, task, instance);
        Place::Live
    }

    fn room_in_zones(
        &self,
        id: ProviderId,
        task: TaskRef,
        zones: u64,
        open: u64,
        in_flight: bool,
    ) -> Option<InstanceId> {
        let mut left = zones;
        while let Some(zone) = self.emptiest_zone(task, left) {
            left &= !(1 << zone.0);
            if !self.below_fair_share(task, zone, open) {
                return None;
            }
            let room = self.find_room(id, task, zone, in_flight);
            if room.is_some() {
                return room;
            }
        }
        None
    }

    /// The zone of `zones` with fewest active tasks of the task's group, the first among equals.
    pub(super) fn emptiest_zone(&self, task: TaskRef, zones: u64) -> Option<ZoneId> {
        let group = &self.groups[self.tasks.get(task).group.index()];
        let mut best: Option<ZoneId> = None;
        let mut left = zones;
        while left != 0 {
            let zone = ZoneId(left.trailing_zeros());
            left &= left - 1;
            if best.is_none_or(|best| group.in_zone(zone) < group.in_zone(best)) {
                best = Some(zone);
            }
        }
        best
    }

    fn below_fair_share(&self, task: TaskRef, zone: ZoneId, zones: u64) -> bool {
        let group = &self.groups[self.tasks.get(task).group.index()];
        group.kind == GroupKind::RunTask
            || group.in_zone(zone) < group.fair_share(zones.count_ones() as usize)
    }

    fn find_room(
        &self,
        id: ProviderId,
        task: TaskRef,
        zone: ZoneId,
        in_flight: bool,
    ) -> Option<InstanceId> {
        let group = self.setup.group(self.tasks.get(task).group);
        let definition = self.setup.definition(group.definition);
        let domain = &self.managed_ref(id).domains[domain_of(zone, definition.architecture)];
        if !in_flight {
            return domain.live.first_fit(definition.class);
        }
        // Planned on nominal memory, an instance in flight may show room that it will not register.
        domain.in_flight.first_fit_where(definition.class, |instance| {
            let candidate = self.candidate_of(&self.instances[instance.index()]);
            definition.size.fits(&candidate.registered)
        })
    }

    /// Takes room on a live instance.
    pub(super) fn occupy<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        let class = self.class_of(task);
        let instance = &self.instances[id.index()];
        let (slot, zone) = (instance.slot, instance.zone);
        let (provider, candidate) = (instance.capacity_provider, self.candidate_of(instance));
        self.managed(provider).domain(zone, candidate).live.take(slot, class);
        self.place_on(step, task, id);
    }

    /// Reserves planned room on an instance in flight; the task waits for it.
    pub(super) fn plan_on<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        let class = self.class_of(task);
        let instance = &mut self.instances[id.index()];
        let launched = instance.status != InstanceStatus::Requested;
        let part = if launched { WaitPart::Boot } else { WaitPart::Launch };
        instance.planned.push(task);
        let (slot, zone, provider) = (instance.slot, instance.zone, instance.capacity_provider);
        let candidate = self.candidate_of(&self.instances[id.index()]);
        self.managed(provider).domain(zone, candidate).in_flight.take(slot, class);
        self.count_in_zone(task, zone);
        self.tasks.wait_for(task, part, step.now);
        self.tasks.get_mut(task).set_planned_on(Some(id));
    }

    /// An instance leaves the index of free capacity, live or in flight.
    pub(in crate::model::provider) fn managed_retire(&mut self, id: InstanceId) {
        // One that is out of reach has left it already.
        if !self.instances[id.index()].connected {
            return;
        }
        let instance = &self.instances[id.index()];
        let (slot, zone, provider) = (instance.slot, instance.zone, instance.capacity_provider);
        let status = instance.status;
        let candidate = self.candidate_of(instance);
        let domain = self.managed(provider).domain(zone, candidate);
        match status {
            InstanceStatus::Requested | InstanceStatus::Registering => {
                domain.in_flight.remove(slot);
            }
            InstanceStatus::Active => domain.live.remove(slot),
            InstanceStatus::Draining
            | InstanceStatus::Inactive
            | InstanceStatus::Warming
            | InstanceStatus::Warmed => {}
        }
    }

    /// An instance comes back into the index: tasks that wait take its room.
    pub(in crate::model::provider) fn managed_rejoin<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &self.instances[id.index()];
        let (zone, provider) = (instance.zone, instance.capacity_provider);
        let candidate = self.candidate_of(instance);
        let domain = self.managed(provider).domain(zone, candidate);
        let slot = domain.live.insert(id, candidate.registered);
        self.instances[id.index()].slot = slot;
        for task in self.tasks_on(id) {
            let class = self.class_of(task);
            self.managed(provider).domain(zone, candidate).live.take(slot, class);
        }
        self.serve_waiting(step, provider);
        self.watch_idle(step, id);
        self.watch_utilisation(step, provider);
    }

    /// Tasks whose planned instance was lost join the next batch.
    pub(in crate::model::provider) fn managed_wait_anew<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        waiting: Vec<TaskRef>,
    ) {
        for task in waiting {
            self.tasks.get_mut(task).set_planned_on(None);
            self.uncount_in_zone(task);
            self.join_batch(step, id, task, WaitPart::Replan);
        }
    }

    pub(super) fn class_of(&self, task: TaskRef) -> u32 {
        let group = self.setup.group(self.tasks.get(task).group);
        self.setup.definition(group.definition).class
    }

    /// A PROVISIONING task stops: planned room is given back.
    pub(in crate::model) fn managed_give_up(&mut self, task: TaskRef) {
        let class = self.class_of(task);
        let Some(id) = self.tasks.get(task).planned_on() else { return };
        self.tasks.get_mut(task).set_planned_on(None);
        let instance = &mut self.instances[id.index()];
        instance.planned.retain(|other| *other != task);
        let (slot, zone, provider) = (instance.slot, instance.zone, instance.capacity_provider);
        let candidate = self.candidate_of(&self.instances[id.index()]);
        self.managed(provider).domain(zone, candidate).in_flight.give(slot, class);
    }
}
