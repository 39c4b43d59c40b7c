//! How an instance leaves the cluster, whoever bought it: drained, terminated, or lost at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::{GroupId, InstanceId};

use super::cluster::{Cluster, Step};
use super::decision::{Decision, DecisionSink, Leave, LeaveReason};
use super::demand::WorkChange;
use super::event::Effect;
use super::image_cache::ImageCache;
use super::instance::InstanceStatus;
use super::service::GroupKind;
use super::stop_reason::StopReason;
use super::task::{LastStatus, Stamp, StopCode, TaskRef};

impl Cluster<'_> {
    fn leaves<S: DecisionSink>(&self, step: &mut Step<'_, S>, id: InstanceId, reason: LeaveReason) {
        if step.sink.wants() {
            step.sink.record(Decision::Leave(Leave { at: step.now, instance: id, reason }));
        }
    }

    /// Terminates an instance without tasks: billing ends.
    pub(super) fn terminate<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        reason: LeaveReason,
    ) {
        self.leaves(step, id, reason);
        // Stopped, or terminated before ECS learns of it: EC2 has it back.
        let instance = &self.instances[id.index()];
        let gone = instance.is_stopped() || instance.terminated_at.get().is_some();
        self.retire(id);
        let candidate = self.candidate_of(&self.instances[id.index()]);
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Inactive;
        if instance.terminated_at == Stamp::NONE {
            instance.terminated_at = Stamp::at(step.now);
        }
        instance.images = ImageCache::default();
        let zone = instance.zone;
        self.residents.forget(id);
        // An external instance is none of EC2's.
        if !self.is_external(&self.instances[id.index()]) {
            if !gone {
                self.ec2.terminate(candidate, zone, id);
            }
            self.addresses.give(zone);
        }
        step.push(Effect::InstanceTerminated(id));
        if self.has_daemons() {
            self.update_daemons_further(step);
        }
    }

    /// DRAINING: no new tasks. Documented: PENDING service tasks stop at once, RUNNING ones are
    /// replaced under minimumHealthyPercent and maximumPercent, standalone tasks are waited for, daemon
    /// tasks stop last.
    pub(super) fn drain<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        reason: LeaveReason,
    ) {
        self.leaves(step, id, reason);
        self.retire(id);
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Draining;
        instance.draining_at = Stamp::at(step.now);
        step.push(Effect::InstanceDraining(id));
        let tasks = self.tasks_on(id);
        if tasks.is_empty() {
            self.terminate(step, id, LeaveReason::Drained);
            return;
        }
        let groups = self.count_as_draining(&tasks);
        for task in tasks {
            let found = self.tasks.get(task);
            let service = self.groups[found.group.index()].kind == GroupKind::Service;
            let not_running =
                matches!(found.last_status, LastStatus::Pending | LastStatus::Activating);
            if service && not_running && found.wants_to_run() {
                self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
            }
        }
        self.stop_daemons(step, id);
        for group in groups {
            self.schedule_service(step, group);
        }
        if self.has_daemons() {
            self.update_daemons_further(step);
        }
    }

    /// Daemon tasks on an instance that drains. Documented (ECS developer guide,
    /// managed-instance-draining): they are the last to stop.
    pub(super) fn stop_daemons<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let instance = &self.instances[id.index()];
        if instance.daemons == 0 || instance.tasks_beside_daemons() > 0 {
            return;
        }
        for task in self.tasks_on(id) {
            if self.tasks.get(task).wants_to_run() {
                self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
            }
        }
    }

    /// Tasks on an instance that has begun to drain no longer count for their zones.
    pub(super) fn count_as_draining(&mut self, tasks: &[TaskRef]) -> BTreeSet<GroupId> {
        let mut groups = BTreeSet::new();
        for task in tasks {
            let found = self.tasks.get(*task);
            if found.wants_to_run() {
                let group = &mut self.groups[found.group.index()];
                group.by_zone[found.zone.index()] -= 1;
                group.draining += 1;
                // It is counted once.
                group.unhealthy.retain(|other| other != task);
                groups.insert(found.group);
            }
        }
        groups
    }

    /// Stops every task on an instance that still wants to run.
    pub(super) fn stop_tasks_on<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        code: StopCode,
        reason: StopReason,
    ) {
        for task in self.tasks_on(id) {
            let found = self.tasks.get(task);
            if found.wants_to_run() {
                let group = found.group;
                self.stop_task_because(step, task, code, reason);
                self.schedule_service(step, group);
            }
        }
    }

    /// An instance is gone at once, booted or not: its tasks are STOPPED with `code`, those that waited
    /// for it wait anew. No stop signal, no deregistration: there is nothing left to send it to.
    pub(super) fn lose<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        code: StopCode,
        reason: LeaveReason,
    ) {
        if self.instances[id.index()].status == InstanceStatus::Inactive {
            return;
        }
        let waiting = std::mem::take(&mut self.instances[id.index()].planned);
        let mut groups = BTreeMap::new();
        for task in self.tasks_on(id) {
            let found = self.tasks.get(task);
            let not_running = found.last_status < LastStatus::Running && found.wants_to_run();
            *groups.entry(found.group).or_insert(false) |= not_running;
            self.lose_task(step, task, code);
        }
        self.terminate(step, id, reason);
        self.wait_anew(step, id, waiting);
        for (group, failed_to_start) in groups {
            if failed_to_start {
                self.start_failed(step, group);
            } else {
                self.schedule_service(step, group);
            }
        }
    }

    /// A task ends with its instance.
    fn lose_task<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        code: StopCode,
    ) {
        if self.tasks.get(task).wants_to_run() {
            self.work_changes(step, task, WorkChange::Leaves);
            self.deactivate(task, step.now);
            self.tasks.get_mut(task).set_stopped(code, StopReason::HostTerminated);
            self.tasks.stamps_mut(task).stopping_at = Stamp::at(step.now);
        }
        let stamps = self.tasks.stamps_mut(task);
        if stamps.execution_stopped_at == Stamp::NONE {
            stamps.execution_stopped_at = Stamp::at(step.now);
        }
        stamps.stopped_at = Stamp::at(step.now);
        self.advance(step.now, task, LastStatus::Stopped);
        let found = self.tasks.get(task);
        let kind = self.groups[found.group.index()].kind;
        if let Some(id) = found.instance() {
            self.instances[id.index()].release(kind, step.now);
            self.room_lost(task, id, step.now);
        }
        self.ended(step, task);
    }

    /// A task is STOPPED.
    pub(super) fn ended<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        let lost = self.tasks.get(task).stop_code == Some(StopCode::TerminationNotice);
        if !(cfg!(feature = "planted-bug") && lost) {
            self.free_address(task);
        }
        self.forget_failure(task);
        let group = self.tasks.get(task).group;
        self.groups[group.index()].live -= 1;
        self.tasks.release(task);
        step.push(Effect::TaskEnded(task));
    }
}
