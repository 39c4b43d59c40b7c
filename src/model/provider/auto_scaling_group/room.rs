//! Room: where a task goes among the registered instances of a group, and what happens when one leaves.

use crate::units::{InstanceId, ProviderId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{DecisionSink, LeaveReason};
use super::super::super::instance::InstanceStatus;
use super::super::super::stop_reason::StopReason;
use super::super::super::task::{StopCode, TaskRef};

impl Cluster<'_> {
    /// A new task: room at once, or it waits; where others of its group wait there is none. Documented
    /// (AWS blog on cluster auto scaling, as quoted in PRX/Infrastructure#402): without managed scaling
    /// it does not wait but fails.
    pub(in crate::model::provider) fn group_request<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        let group = self.tasks.get(task).group;
        let others_wait = self.group_ref(id).waiting.of(group) > 0;
        if !others_wait && self.place_on_host(step, id, task) {
            return;
        }
        if self.may_wait(id) {
            self.wait_in_group(step, id, task);
        } else {
            let may_ever = self.group_setup(id).settings.managed_scaling.enabled;
            self.refused_for_room += 1;
            self.refused_in_provisioning += u64::from(may_ever);
            self.stop_task_because(step, task, StopCode::TaskFailedToStart, StopReason::NoRoom);
        }
    }

    /// A task has left an instance: others may want its room.
    pub(in crate::model::provider) fn group_room_freed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        self.give_host(id, task, step.now);
        let instance = &self.instances[id.index()];
        let provider = instance.capacity_provider;
        match instance.status {
            InstanceStatus::Active => {
                self.fill_daemons(step, id);
                self.serve_group(step, provider);
                self.watch_emptied(step, provider, id);
            }
            InstanceStatus::Draining if instance.tasks == 0 => {
                self.terminate(step, id, LeaveReason::Drained);
                self.group_makes_up(step, provider);
            }
            InstanceStatus::Draining => self.stop_daemons(step, id),
            InstanceStatus::Requested
            | InstanceStatus::Registering
            | InstanceStatus::Warming
            | InstanceStatus::Warmed
            | InstanceStatus::Inactive => {}
        }
    }

    /// An instance takes no more tasks and no longer counts towards the desired capacity.
    pub(in crate::model::provider) fn group_retire(&mut self, id: InstanceId) {
        let instance = &self.instances[id.index()];
        let (zone, candidate) = (instance.zone, instance.candidate as usize);
        let (provider, status) = (instance.capacity_provider, instance.status);
        let group = self.group_mut(provider);
        group.part(id, candidate, zone);
        group.warm.part(id, zone);
        let runs = matches!(status, InstanceStatus::Registering | InstanceStatus::Active);
        group.running -= u32::from(runs);
        self.close_host(id);
    }
}
