//! Room: where a task goes among the registered instances of a group, and what happens when one leaves.

use crate::units::{InstanceId, ProviderId, SimTime};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{DecisionSink, LeaveReason};
use super::super::super::draws::Luck;
use super::super::super::instance::InstanceStatus;
use super::super::super::placement::AskId;
use super::super::super::task::{TaskRef, WaitPart};

impl Cluster<'_> {
    fn ask_of(&self, task: TaskRef) -> AskId {
        AskId::from(self.tasks.get(task).group)
    }

    /// A new task: room at once, or it waits. Where others of its group wait there is none.
    pub(in crate::model::provider) fn group_request<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        let group = self.tasks.get(task).group;
        let others_wait = self.group_ref(id).waiting.of(group) > 0;
        if others_wait || !self.place_in_group(step, id, task) {
            self.wait_in_group(step, id, task);
        }
    }

    /// Places a task on a registered instance, if one has room.
    pub(super) fn place_in_group<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) -> bool {
        let ask = self.ask_of(task);
        let found = self.tasks.get(task);
        let draw = step.draws.draw(Luck::Placement(found.group, found.ordinal));
        let Some(slot) = self.group_ref(id).hosts.choose(ask, draw) else { return false };
        let hosts = &mut self.group_mut(id).hosts;
        let taken = hosts.take(slot, ask);
        debug_assert!(taken, "a task is only put where it fits");
        let instance = hosts.owner(slot);
        self.explain_wait(task, instance, step.now);
        self.count_in_zone(task, self.instances[instance.index()].zone);
        self.place_on(step, task, instance);
        if self.instances[instance.index()].tasks == 1 {
            self.group_mut(id).busy += 1;
        }
        true
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
            (WaitPart::Scaling, instance.requested_at),
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
    pub(in crate::model::provider) fn group_uncount(&mut self, id: InstanceId, task: TaskRef) {
        let ask = self.ask_of(task);
        let instance = &self.instances[id.index()];
        let (slot, provider) = (instance.slot, instance.capacity_provider);
        self.group_mut(provider).hosts.uncount(slot, ask);
    }

    /// A task has left an instance: what it held is free.
    pub(in crate::model::provider) fn group_give(&mut self, id: InstanceId, task: TaskRef) {
        let ask = self.ask_of(task);
        let instance = &self.instances[id.index()];
        let (slot, provider, status) = (instance.slot, instance.capacity_provider, instance.status);
        let idle = instance.tasks == 0 && status == InstanceStatus::Active;
        let group = self.group_mut(provider);
        group.hosts.give(slot, ask);
        group.busy -= u32::from(idle);
    }

    /// The same in the course of events: others may want the room.
    pub(in crate::model::provider) fn group_room_freed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        self.group_give(id, task);
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider;
        match instance.status {
            InstanceStatus::Active => self.serve_group(step, provider),
            InstanceStatus::Draining if instance.tasks == 0 => {
                self.terminate(step, id, LeaveReason::Drained);
            }
            InstanceStatus::Draining
            | InstanceStatus::Requested
            | InstanceStatus::Registering
            | InstanceStatus::Inactive => {}
        }
    }

    /// The agent of an instance is out of reach, or is back. The group itself looks at EC2 alone: the
    /// instance goes on being one of its own.
    pub(in crate::model::provider) fn group_set_connected(
        &mut self,
        id: InstanceId,
        connected: bool,
    ) {
        let instance = &self.instances[id.index()];
        let (slot, provider) = (instance.slot, instance.capacity_provider);
        if matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining) {
            self.group_mut(provider).hosts.set_agent_connected(slot, connected);
        }
    }

    /// An instance takes no more tasks.
    pub(in crate::model::provider) fn group_retire(&mut self, id: InstanceId) {
        let instance = &self.instances[id.index()];
        let (slot, zone, status) = (instance.slot, instance.zone, instance.status);
        let (provider, tasks) = (instance.capacity_provider, instance.tasks);
        let candidate = instance.candidate as usize;
        self.group_mut(provider).part(id, candidate, zone);
        match status {
            InstanceStatus::Active if tasks > 0 => {
                let resident = self.tasks_on(id);
                for task in resident {
                    if self.tasks.get(task).wants_to_run() {
                        self.group_uncount(id, task);
                    }
                }
                let group = self.group_mut(provider);
                group.hosts.set_placeable(slot, false);
                group.busy -= 1;
            }
            InstanceStatus::Active | InstanceStatus::Draining => {
                self.group_mut(provider).hosts.remove(slot);
            }
            InstanceStatus::Requested | InstanceStatus::Registering | InstanceStatus::Inactive => {}
        }
    }
}
