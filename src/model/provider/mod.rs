//! Capacity providers: an enum with exhaustive matches, one file or folder for each kind, so that the
//! compiler lists what a new kind must answer.

mod auto_scaling_group;
mod daemons;
mod fargate;
mod hosts;
mod launch_type;
mod managed_instances;
mod no_room;
mod room_changes;
mod zones;

use crate::units::{GroupId, InstanceId, ProviderId, Resources, SimDuration, SimTime, ZoneId};

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;
use super::event::{Effect, Event};
use super::instance::{Instance, InstanceRef, InstanceStatus};
use super::placement::AskId;
use super::setup::{ProviderSetup, Setup};
use super::task::TaskRef;

use auto_scaling_group::AutoScalingGroup;
pub use auto_scaling_group::ScalingGroup;
pub(super) use daemons::Daemons;
pub use daemons::Vacancy;
use fargate::Fargate;
use hosts::Fleet;
pub(super) use hosts::ec2_fleet;
use managed_instances::ManagedInstances;
pub use no_room::NoRoom;
pub(super) use room_changes::{RoomChanges, RoomSeen};

/// The state of a capacity provider.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a cluster has a handful, and a box is one more wait for memory"
)]
pub(super) enum Provider {
    ManagedInstances(ManagedInstances),
    AutoScalingGroup(AutoScalingGroup),
    Fargate(Fargate),
    LaunchType(Fleet),
}

impl Provider {
    pub(super) fn new(provider: &ProviderSetup, setup: &Setup) -> Self {
        match provider {
            ProviderSetup::ManagedInstances(own) => {
                Self::ManagedInstances(ManagedInstances::new(own, setup))
            }
            ProviderSetup::AutoScalingGroup(own) => {
                Self::AutoScalingGroup(AutoScalingGroup::new(own, setup))
            }
            ProviderSetup::Fargate(own) => Self::Fargate(Fargate::new(own, setup)),
            ProviderSetup::LaunchType(_) => Self::LaunchType(Fleet::new(setup)),
        }
    }

    /// What is free on a registered instance that takes tasks.
    pub(super) fn free(&self, instance: &Instance) -> Option<Resources> {
        match self {
            Self::ManagedInstances(provider) => provider.free(instance),
            Self::AutoScalingGroup(group) => group.free(instance),
            Self::Fargate(_) => None,
            Self::LaunchType(fleet) => fleet.free(instance),
        }
    }
}

impl Cluster<'_> {
    fn provider_of(&self, task: TaskRef) -> ProviderId {
        self.tasks.get(task).capacity_provider
    }

    /// A new task asks its provider for a place.
    pub(super) fn request_capacity<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        let id = self.provider_of(task);
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_request(step, id, task),
            Provider::AutoScalingGroup(_) => self.group_request(step, id, task),
            Provider::Fargate(_) => self.fargate_request(step, id, task),
            Provider::LaunchType(_) => self.fleet_request(step, id, task),
        }
    }

    /// Whether a provider would take a task of a group now: it has room, or lets it wait.
    pub(super) fn takes_now(&self, id: ProviderId, group: GroupId) -> bool {
        let has_room = || self.hosts(id).is_some_and(|hosts| hosts.has_room(AskId::from(group)));
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) | Provider::Fargate(_) => true,
            Provider::AutoScalingGroup(_) => self.may_wait(id) || has_room(),
            Provider::LaunchType(_) => has_room(),
        }
    }

    /// A provider plans for the tasks that wait.
    pub(super) fn plan_capacity<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_plan(step, id),
            Provider::AutoScalingGroup(_) => self.group_reconcile(step, id),
            Provider::Fargate(_) => self.fargate_look(step, id),
            Provider::LaunchType(_) => {}
        }
    }

    pub(super) fn instance_launched<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider;
        if instance.status == InstanceStatus::Warming {
            self.warm_pool_launched(step, id);
            return;
        }
        // It was lost on its way.
        if instance.status != InstanceStatus::Requested {
            return;
        }
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_launched(step, id),
            Provider::AutoScalingGroup(_) => self.group_launched(step, id),
            // Fargate has no instances.
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => self.fleet_launched(step, id),
        }
    }

    pub(super) fn instance_registered<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider;
        if matches!(instance.status, InstanceStatus::Warming | InstanceStatus::Warmed) {
            self.warmed(step, id);
            return;
        }
        if instance.status != InstanceStatus::Registering {
            return;
        }
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_registered(step, id),
            Provider::AutoScalingGroup(_) => self.group_registered(step, id),
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => self.fleet_registered(step, id),
        }
        self.room_in_zones_appears(step);
    }

    /// An instance takes no more tasks: it leaves the index of free capacity, if it is in one.
    pub(super) fn retire(&mut self, id: InstanceId) {
        match &self.providers[self.instances[id.index()].capacity_provider.index()] {
            Provider::ManagedInstances(_) => self.managed_retire(id),
            Provider::AutoScalingGroup(_) => self.group_retire(id),
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => self.close_host(id),
        }
    }

    /// EC2 recommends to replace a Spot instance before it takes it back.
    pub(super) fn rebalance_recommended<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        match &self.providers[self.instances[id.index()].capacity_provider.index()] {
            Provider::AutoScalingGroup(_) => self.group_rebalances(step, id),
            // Not documented: assumed to wait for the notice.
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => {}
        }
    }

    /// A group compares its zones.
    pub(super) fn balance_group<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        if let Provider::AutoScalingGroup(_) = &self.providers[id.index()] {
            self.group_balances(step, id);
        }
    }

    /// A Spot instance left as it got its notice: it had no tasks.
    pub(super) fn left_at_notice<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        match &self.providers[id.index()] {
            Provider::AutoScalingGroup(_) => self.group_makes_up(step, id),
            // They buy for tasks alone.
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => {}
        }
    }

    /// Whether the instances of a provider drain when EC2 announces that it takes them back.
    pub(super) fn drains_on_notice(&self, id: ProviderId) -> bool {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => true,
            Provider::AutoScalingGroup(_) => self.group_drains_on_notice(id),
            Provider::Fargate(_) => false,
            Provider::LaunchType(_) => false,
        }
    }

    /// An instance gets out of reach: nothing is placed or planned there.
    pub(super) fn set_aside(&mut self, id: InstanceId) {
        match &self.providers[self.instances[id.index()].capacity_provider.index()] {
            Provider::ManagedInstances(_) => self.managed_retire(id),
            Provider::AutoScalingGroup(_) | Provider::LaunchType(_) => {
                self.set_host_connected(id, false);
            }
            Provider::Fargate(_) => {}
        }
    }

    /// An ACTIVE instance is within reach again: what is free on it may be used.
    pub(super) fn rejoin<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let provider = self.instances[id.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_rejoin(step, id),
            Provider::AutoScalingGroup(_) => {
                self.set_host_connected(id, true);
                self.fill_daemons(step, id);
                self.serve_group(step, provider);
            }
            Provider::Fargate(_) => {}
            // No other task waits for it: a service tries again by itself.
            Provider::LaunchType(_) => {
                self.set_host_connected(id, true);
                self.fill_daemons(step, id);
            }
        }
        self.room_in_zones_appears(step);
    }

    /// Tasks that waited for an instance that will not come wait anew.
    pub(super) fn wait_anew<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        waiting: Vec<TaskRef>,
    ) {
        let provider = self.instances[id.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_wait_anew(step, provider, waiting),
            // No task waits for one instance; the group replaces what it lost.
            Provider::AutoScalingGroup(_) => {
                step.push(Effect::After(SimDuration::ZERO, Event::PlanCapacity(provider)));
            }
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => {}
        }
    }

    /// A task that waited for capacity no longer wants it.
    pub(super) fn give_up_plan<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        let id = self.provider_of(task);
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_give_up(task),
            Provider::AutoScalingGroup(_) => self.group_give_up(id, task),
            Provider::Fargate(_) => self.fargate_give_up(step, id, task),
            // None waits.
            Provider::LaunchType(_) => {}
        }
    }

    /// A task left an instance.
    pub(super) fn room_freed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        match &self.providers[self.instances[id.index()].capacity_provider.index()] {
            Provider::ManagedInstances(_) => self.managed_room_freed(step, task, id),
            Provider::AutoScalingGroup(_) => self.group_room_freed(step, task, id),
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => self.fleet_room_freed(step, task, id),
        }
        self.room_in_zones_appears(step);
    }

    /// A task without an instance is STOPPED.
    pub(super) fn ended_without_instance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        let id = self.provider_of(task);
        match &self.providers[id.index()] {
            Provider::Fargate(_) => self.fargate_ended(step, id, task),
            Provider::ManagedInstances(_)
            | Provider::AutoScalingGroup(_)
            | Provider::LaunchType(_) => {}
        }
    }

    /// A task no longer counts for its zone, where its provider counts zones itself.
    pub(super) fn uncount_of_provider(&mut self, task: TaskRef) {
        match &self.providers[self.provider_of(task).index()] {
            Provider::Fargate(_) => self.fargate_uncount(task),
            Provider::ManagedInstances(_)
            | Provider::AutoScalingGroup(_)
            | Provider::LaunchType(_) => {}
        }
    }

    /// A task is gone with its instance.
    pub(super) fn room_lost(&mut self, task: TaskRef, id: InstanceId, now: SimTime) {
        match &self.providers[self.instances[id.index()].capacity_provider.index()] {
            // The instance leaves the index as a whole.
            Provider::ManagedInstances(_) | Provider::Fargate(_) => {}
            Provider::AutoScalingGroup(_) | Provider::LaunchType(_) => {
                self.give_host(id, task, now);
            }
        }
    }

    /// A task on an instance that does not drain no longer wants to run.
    pub(super) fn uncount_placed(&mut self, task: TaskRef, id: InstanceId) {
        match &self.providers[self.instances[id.index()].capacity_provider.index()] {
            Provider::ManagedInstances(_) | Provider::Fargate(_) => {}
            Provider::AutoScalingGroup(_) | Provider::LaunchType(_) => {
                self.uncount_on_host(id, task);
            }
        }
    }

    /// Tasks that wait in PROVISIONING may have waited long enough.
    pub(super) fn provisioning_timeout<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => {}
            Provider::AutoScalingGroup(_) => self.provisioning_timed_out(step, id),
        }
    }

    /// CapacityProviderReservation is computed.
    pub(super) fn reservation_measured<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => {}
            Provider::AutoScalingGroup(_) => self.group_measured(step, id),
        }
    }

    /// An alarm's call reaches the scaling policy.
    pub(super) fn scaling_policy_acts<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        number: u32,
    ) {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => {}
            Provider::AutoScalingGroup(_) => self.group_policy_acts(step, id, number),
        }
    }

    /// What a provider has before anything happens.
    pub(super) fn begin_provider<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) | Provider::Fargate(_) => {}
            Provider::AutoScalingGroup(_) => self.group_begins(step, id),
            Provider::LaunchType(_) => self.fleet_begins(id),
        }
    }

    /// What a provider does by itself at the start.
    pub(super) fn provider_events(&self, id: ProviderId) -> Vec<Event> {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) | Provider::Fargate(_) => Vec::new(),
            Provider::AutoScalingGroup(_) => self.group_initial_events(id),
            Provider::LaunchType(_) => self.fleet_initial_events(id),
        }
    }

    fn count_in_zone(&mut self, task: TaskRef, zone: ZoneId) {
        let found = self.tasks.get_mut(task);
        found.zone = zone;
        let group = found.group;
        self.groups[group.index()].by_zone[zone.index()] += 1;
    }

    fn uncount_in_zone(&mut self, task: TaskRef) {
        let found = self.tasks.get(task);
        self.groups[found.group.index()].by_zone[found.zone.index()] -= 1;
    }

    pub(super) fn check_idle<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        reference: InstanceRef,
    ) {
        let provider = self.instances[reference.instance.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_check_idle(step, reference),
            Provider::AutoScalingGroup(_) => {}
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => {}
        }
    }

    pub(super) fn check_utilisation<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_check_utilisation(step, id),
            Provider::AutoScalingGroup(_) => {}
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => {}
        }
    }

    pub(super) fn drain_due<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let provider = self.instances[id.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_drain_due(step, id),
            Provider::AutoScalingGroup(_) => {}
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => {}
        }
    }

    pub(super) fn force_stop_due<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let provider = self.instances[id.index()].capacity_provider;
        match &self.providers[provider.index()] {
            Provider::ManagedInstances(_) => self.managed_force_stop(step, id),
            Provider::AutoScalingGroup(_) => self.group_drained_long_enough(step, id),
            Provider::Fargate(_) => {}
            Provider::LaunchType(_) => {}
        }
    }
}
