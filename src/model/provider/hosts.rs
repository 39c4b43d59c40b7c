//! Container instances as placement sees them. An instance of an Auto Scaling group stands in the index
//! of its group and, where the scenario uses the launch type EC2, in that of all EC2 container instances;
//! an external instance in that of the launch type EXTERNAL.

use std::collections::BTreeMap;

use crate::units::{InstanceId, ProviderId, Resources, SimTime, ZoneId};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::draws::Luck;
use super::super::event::Event;
use super::super::instance::{Instance, InstanceStatus};
use super::super::placement::{AskId, Attributes, Hosts, NewHost, built_in_attributes};
use super::super::setup::ProviderSetup;
use super::super::task::{TaskRef, WaitPart};
use super::Provider;

/// Attributes that an external instance does not have.
const OF_AWS_ALONE: [&str; 5] =
    ["ecs.availability-zone", "ecs.instance-type", "ecs.ami-id", "ecs.subnet-id", "ecs.vpc-id"];

/// An instance's places in indexes: whose, and the slot.
type Places = [Option<(ProviderId, u32)>; 2];

impl Cluster<'_> {
    pub(super) fn ask_of(&self, task: TaskRef) -> AskId {
        AskId::from(self.tasks.get(task).group)
    }

    pub(super) fn hosts(&self, id: ProviderId) -> Option<&Hosts> {
        match &self.providers[id.index()] {
            Provider::AutoScalingGroup(group) => Some(&group.hosts),
            Provider::LaunchType(fleet) => Some(&fleet.hosts),
            Provider::ManagedInstances(_) | Provider::Fargate(_) => None,
        }
    }

    fn hosts_mut(&mut self, id: ProviderId) -> Option<&mut Hosts> {
        match &mut self.providers[id.index()] {
            Provider::AutoScalingGroup(group) => Some(&mut group.hosts),
            Provider::LaunchType(fleet) => Some(&mut fleet.hosts),
            Provider::ManagedInstances(_) | Provider::Fargate(_) => None,
        }
    }

    /// The launch type EC2, where something uses it.
    fn fleet(&self) -> Option<ProviderId> {
        self.ec2_fleet
    }

    /// The slot of an instance in the index of a provider or launch type.
    pub(super) fn slot_in(&self, provider: ProviderId, id: InstanceId) -> Option<u32> {
        let mut places = self.places(id).into_iter().flatten();
        places.find(|(other, _)| *other == provider).map(|(_, slot)| slot)
    }

    /// Fetches what is free on the instances that tasks are about to leave.
    #[inline]
    pub(in crate::model) fn prefetch_hosts(&self, soon: &[Event]) {
        for event in soon {
            if let Event::ContainersExited(task)
            | Event::ExecutionStopped(task)
            | Event::TaskStopped(task) = event
                && let Some(id) = self.tasks.get(*task).instance()
                && let instance = &self.instances[id.index()]
                && instance.slot != u32::MAX
                && let Some(hosts) = self.hosts(instance.capacity_provider)
            {
                hosts.prefetch(instance.slot);
            }
        }
    }

    fn places(&self, id: InstanceId) -> Places {
        let instance = &self.instances[id.index()];
        let own = (instance.capacity_provider, instance.slot);
        let fleet = self.fleet().and_then(|fleet| {
            let Provider::LaunchType(all) = &self.providers[fleet.index()] else { return None };
            Some((fleet, all.slot_of(id)?))
        });
        [Some(own), fleet]
    }

    #[inline]
    pub(super) fn at_places(&mut self, id: InstanceId, mut act: impl FnMut(&mut Hosts, u32)) {
        self.room_changes.note(id);
        if self.ec2_fleet.is_none() {
            let (own, slot) = {
                let instance = &self.instances[id.index()];
                (instance.capacity_provider, instance.slot)
            };
            if let Some(hosts) = self.hosts_mut(own) {
                act(hosts, slot);
            }
            return;
        }
        for (provider, slot) in self.places(id).into_iter().flatten() {
            if let Some(hosts) = self.hosts_mut(provider) {
                act(hosts, slot);
            }
        }
    }

    /// The number of the value that an attribute has on an instance of a provider or launch type: equal
    /// values have equal numbers.
    pub(in crate::model) fn value_of(
        &self,
        provider: ProviderId,
        id: InstanceId,
        attribute: &str,
    ) -> u32 {
        let slot = self.slot_in(provider, id);
        let value = slot.and_then(|slot| Some(self.hosts(provider)?.value_of(slot, attribute)));
        value.unwrap_or(0)
    }

    /// An instance registers: it is connected and takes tasks.
    pub(super) fn register_host(&mut self, id: InstanceId, now: SimTime) {
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider;
        let attributes = self.attributes_of(id);
        let candidate = self.candidate_of(instance);
        let host = NewHost {
            instance: id,
            zone: instance.zone,
            architecture: candidate.architecture,
            resources: candidate.registered,
            attributes: &attributes,
            registered_at: now,
            ec2_instance_id: None,
            agent_version: None,
        };
        let slot = self.hosts_mut(provider).map(|hosts| hosts.insert(&host));
        self.instances[id.index()].slot = slot.unwrap_or(u32::MAX);
        let on_ec2 = matches!(self.setup.provider(provider), ProviderSetup::AutoScalingGroup(_));
        if let Some(fleet) = self.fleet().filter(|_| on_ec2)
            && let Provider::LaunchType(all) = &mut self.providers[fleet.index()]
        {
            let slot = all.hosts.insert(&host);
            all.set_slot(id, slot);
        }
    }

    /// Its attributes: those that ECS gives it, and custom ones. An external instance has no zone.
    fn attributes_of(&self, id: InstanceId) -> Attributes {
        let instance = &self.instances[id.index()];
        let candidate = self.candidate_of(instance);
        let zone = &self.setup.zones[instance.zone.index()];
        let built_in = || built_in_attributes(zone, &candidate.name, candidate.architecture);
        match self.setup.provider(instance.capacity_provider) {
            ProviderSetup::AutoScalingGroup(own) => own.attributes(candidate, zone),
            ProviderSetup::LaunchType(own) => {
                let mut attributes = built_in();
                attributes.retain(|name, _| !OF_AWS_ALONE.contains(&name.as_str()));
                attributes.extend(own.machines[instance.candidate as usize].0.clone());
                attributes
            }
            ProviderSetup::ManagedInstances(_) | ProviderSetup::Fargate(_) => built_in(),
        }
    }

    /// Places a task on a container instance of a provider or launch type, if one has room.
    pub(super) fn place_on_host<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) -> bool {
        let ask = self.ask_of(task);
        let Some(hosts) = self.hosts(id) else { return false };
        let Some(slot) = hosts.choose(ask, self.lot_for(step, hosts, task)) else { return false };
        let instance = hosts.owner(slot);
        self.take_host(step, task, instance);
        true
    }

    /// The same on one in a zone.
    pub(super) fn place_on_host_in<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
        zone: ZoneId,
    ) -> bool {
        let Some(hosts) = self.hosts(id) else { return false };
        let name = &self.setup.zones[zone.index()];
        let draw = self.lot_for(step, hosts, task);
        let Some(slot) = hosts.choose_in_zone(self.ask_of(task), draw, name) else { return false };
        let instance = hosts.owner(slot);
        self.take_host(step, task, instance);
        true
    }

    /// A number for a placement by lot; none is drawn where nothing is left to chance.
    #[inline]
    fn lot_for<S: DecisionSink>(&self, step: &Step<'_, S>, hosts: &Hosts, task: TaskRef) -> u64 {
        if !hosts.draws_lots(self.ask_of(task)) {
            return 0;
        }
        let found = self.tasks.get(task);
        step.draws.draw(Luck::Placement(found.group, found.ordinal))
    }

    /// Puts a task on an instance that has room for it.
    pub(super) fn take_host<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        let ask = self.ask_of(task);
        // One that has waited will be told for what.
        if self.tasks.get(task).since < step.now {
            self.instances[id.index()].prefetch_times();
        }
        self.at_places(id, |hosts, slot| {
            let taken = hosts.take(slot, ask);
            debug_assert!(taken, "a task is only put where it fits");
        });
        self.explain_wait(task, id, step.now);
        self.count_in_zone(task, self.instances[id.index()].zone);
        let before = self.instances[id.index()].tasks_beside_daemons();
        self.place_on(step, task, id);
        if before == 0 && self.instances[id.index()].tasks_beside_daemons() == 1 {
            self.busy_changes(id, true);
        }
    }

    /// An ACTIVE instance has its first task, or has lost its last. Documented: daemons do not count.
    fn busy_changes(&mut self, id: InstanceId, busy: bool) {
        let provider = self.instances[id.index()].capacity_provider;
        if let Provider::AutoScalingGroup(group) = &mut self.providers[provider.index()] {
            group.count_busy(busy);
        }
    }

    /// What a task waited for, known now that it has a place: for the group to decide, for EC2 to
    /// launch the instance, for it to boot, and after that for room on it.
    fn explain_wait(&mut self, task: TaskRef, on: InstanceId, now: SimTime) {
        let since = self.tasks.get(task).since;
        if since == now {
            return;
        }
        let instance = &self.instances[on.index()];
        let registered = instance.registered_at.get().unwrap_or(now);
        let running = instance.running_at.get().unwrap_or(registered);
        for (part, until) in [
            (WaitPart::Scaling, instance.asked_at()),
            (WaitPart::Launch, running),
            (WaitPart::Boot, registered),
        ] {
            if until > self.tasks.get(task).since {
                self.tasks.get_mut(task).waiting_for = part;
                self.tasks.end_wait(task, until);
            }
        }
        self.tasks.get_mut(task).waiting_for = WaitPart::Scaling;
    }

    /// The desired status of a task became STOPPED, or its instance drains: it keeps its resources and
    /// counts for its group's spread no longer.
    pub(super) fn uncount_on_host(&mut self, id: InstanceId, task: TaskRef) {
        let ask = self.ask_of(task);
        self.at_places(id, |hosts, slot| hosts.uncount(slot, ask));
    }

    /// A task has left an instance: what it held is free, or kept for its daemon service's next.
    pub(super) fn give_host(&mut self, id: InstanceId, task: TaskRef, now: SimTime) {
        let active = self.instances[id.index()].status == InstanceStatus::Active;
        if active && self.is_daemon(task) {
            self.keep_for_daemon(id, task, now);
            return;
        }
        let ask = self.ask_of(task);
        self.at_places(id, |hosts, slot| hosts.give(slot, ask));
        if active && self.instances[id.index()].tasks_beside_daemons() == 0 {
            self.busy_changes(id, false);
        }
    }

    /// An instance takes no more tasks from now on; those on it stay.
    pub(super) fn refuse_tasks(&mut self, id: InstanceId) {
        if self.instances[id.index()].status == InstanceStatus::Active {
            self.at_places(id, |hosts, slot| hosts.set_placeable(slot, false));
        }
    }

    /// The agent of an instance is out of reach, or is back. Its group looks at EC2 alone: the instance
    /// goes on being one of its own.
    pub(super) fn set_host_connected(&mut self, id: InstanceId, connected: bool) {
        let status = self.instances[id.index()].status;
        if matches!(status, InstanceStatus::Active | InstanceStatus::Draining) {
            self.at_places(id, |hosts, slot| hosts.set_agent_connected(slot, connected));
        }
    }

    /// An instance takes no more tasks: it drains, or is gone.
    pub(super) fn close_host(&mut self, id: InstanceId) {
        if self.instances[id.index()].status == InstanceStatus::Active {
            self.forget_daemons(id);
        }
        let instance = &self.instances[id.index()];
        let busy = instance.tasks_beside_daemons() > 0;
        match instance.status {
            InstanceStatus::Active if instance.tasks > 0 => {
                for task in self.tasks_on(id) {
                    if self.tasks.get(task).wants_to_run() {
                        self.uncount_on_host(id, task);
                    }
                }
                self.at_places(id, |hosts, slot| hosts.set_placeable(slot, false));
                if busy {
                    self.busy_changes(id, false);
                }
            }
            InstanceStatus::Active | InstanceStatus::Draining => {
                self.at_places(id, Hosts::remove);
            }
            InstanceStatus::Requested
            | InstanceStatus::Warming
            | InstanceStatus::Warmed
            | InstanceStatus::Registering
            | InstanceStatus::Inactive => {}
        }
    }
}

/// All container instances that a launch type may use.
#[derive(Clone, Debug)]
pub(in crate::model) struct Fleet {
    pub(super) hosts: Hosts,
    /// Slots of instances that stand in their group's index too.
    slots: BTreeMap<InstanceId, u32>,
}

impl Fleet {
    pub(super) fn new(setup: &super::Setup) -> Self {
        let hosts = Hosts::new(&setup.asks(), &setup.task_groups, setup.epoch);
        Self { hosts, slots: BTreeMap::new() }
    }

    /// What is free on an external instance.
    pub(super) fn free(&self, instance: &Instance) -> Option<Resources> {
        let holds = matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining);
        holds.then(|| self.hosts.free(instance.slot))
    }

    fn slot_of(&self, id: InstanceId) -> Option<u32> {
        self.slots.get(&id).copied()
    }

    fn set_slot(&mut self, id: InstanceId, slot: u32) {
        self.slots.insert(id, slot);
    }
}

/// Where the launch type that uses the instances of others stands among the providers.
pub(in crate::model) fn ec2_fleet(setup: &super::Setup) -> Option<ProviderId> {
    let all = &setup.providers;
    let uses_others = |own: &ProviderSetup| all.iter().any(|other| own.uses_instances_of(other));
    all.iter().position(uses_others).map(ProviderId::from_index)
}
