//! The task's life on an instance: attach, pull, start, ready, stop. Each handler checks that the task
//! is still the one meant and still in the state the event belongs to; otherwise the event is stale.

use crate::units::{GroupId, InstanceId, SimDuration};

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;
use super::demand::WorkChange;
use super::event::{Effect, Event, PullKind};
use super::fault::FaultId;
use super::image_cache::ImageState;
use super::instance::InstanceStatus;
use super::service::{Digest, GroupKind};
use super::setup::RequestKind;
use super::stop_reason::StopReason;
use super::task::{LastStatus, Stamp, StopCode, TaskRef, WaitPart};

impl Cluster<'_> {
    pub(super) fn is_in(&mut self, task: TaskRef, status: LastStatus) -> bool {
        self.tasks.live_mut(task).is_some_and(|found| found.last_status == status)
    }

    fn image_of(&self, task: TaskRef) -> u32 {
        let group = self.setup.group(self.tasks.get(task).group);
        self.setup.definition(group.definition).image
    }

    /// A task gets its place: PENDING, until its network interface is attached.
    pub(super) fn place_on<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        self.tasks.end_wait(task, step.now);
        self.advance(step.now, task, LastStatus::Pending);
        let zone = self.instances[id.index()].zone;
        self.tasks.stamps_mut(task).placed_at = Stamp::at(step.now);
        let found = self.tasks.get_mut(task);
        found.zone = zone;
        found.set_instance(id);
        let group = found.group;
        let kind = self.setup.group(group).kind.group_kind();
        let instance = &mut self.instances[id.index()];
        instance.admit(kind, step.now);
        if instance.lists_residents() {
            self.note_resident(id, task);
        }
        if self.addresses.are_counted() {
            self.address_for_task(task);
        }
        step.push(Effect::AttachNetwork(task));
    }

    pub(super) fn network_attached<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        if !self.is_in(task, LastStatus::Pending) {
            return;
        }
        self.advance(step.now, task, LastStatus::Activating);
        let image = self.image_of(task);
        self.tasks.stamps_mut(task).connectivity_at = Stamp::at(step.now);
        let found = self.tasks.get_mut(task);
        let group = found.group;
        let Some(id) = found.instance() else { return };
        let found = self.instances[id.index()].images.take(image, task, step.now);
        let resolver = &self.groups[group.index()];
        // Without the manifest there is no digest.
        let blind = found == ImageState::Absent && self.cannot_pull(task, step.draws);
        if resolver.digest == Digest::Resolving && !blind {
            step.push(Effect::ResolveDigest(group, resolver.digest_attempts));
        }
        match found {
            ImageState::Absent => self.pull_from_registry(step, task),
            ImageState::Present => step.push(Effect::PullImage { task, kind: PullKind::Cached }),
            // It goes on when the pull that it joined ends.
            ImageState::Pulling => {}
        }
    }

    pub(super) fn image_pulled<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        if !self.is_in(task, LastStatus::Activating) {
            return;
        }
        let image = self.image_of(task);
        self.start_containers(step, task);
        // Nobody shares a Fargate task's pull.
        let Some(id) = self.tasks.get(task).instance() else { return };
        let mut joined = std::mem::take(&mut self.scratch);
        self.instances[id.index()].images.pulled(image, step.now, &mut joined);
        for task in joined.drain(..) {
            if self.is_in(task, LastStatus::Activating) {
                self.start_containers(step, task);
            }
        }
        self.scratch = joined;
    }

    fn start_containers<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        self.tasks.get_mut(task).pulled = true;
        self.tasks.stamps_mut(task).pull_stopped_at = Stamp::at(step.now);
        step.push(Effect::StartContainers(task));
    }

    pub(super) fn task_started<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        if !self.is_in(task, LastStatus::Activating) {
            return;
        }
        self.work_changes(step, task, WorkChange::Runs);
        self.advance(step.now, task, LastStatus::Running);
        self.tasks.stamps_mut(task).started_at = Stamp::at(step.now);
        let found = self.tasks.get_mut(task);
        let id = found.group;
        let group = &mut self.groups[id.index()];
        group.running += 1;
        group.failed_starts = 0;
        match self.setup.group(id).kind {
            RequestKind::RunTask(run_task) => {
                step.push(Effect::AwaitReady(task));
                self.await_crash(step, task);
                if run_task.exits {
                    step.push(Effect::AwaitExit(task));
                }
            }
            RequestKind::Service(_) => self.task_of_service_started(step, task, id),
        }
    }

    fn task_of_service_started<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: GroupId,
    ) {
        self.begin_checks(step, task, id);
        let replaces = self.awaits_healthy(id);
        step.push(Effect::AwaitReady(task));
        self.await_crash(step, task);
        if replaces {
            self.schedule_service(step, id);
        } else if let Some(service) = self.service_of(id) {
            self.watch_zones(step, service);
        }
    }

    pub(super) fn task_ready<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        if self.is_in(task, LastStatus::Running) {
            self.work_changes(step, task, WorkChange::Ready);
            self.tasks.stamps_mut(task).ready_at = Stamp::at(step.now);
            self.await_checks(step, task);
        }
    }

    /// A RUNNING task ends without a stop signal.
    pub(super) fn end_at_once<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        code: StopCode,
        reason: StopReason,
    ) {
        let group = self.tasks.get(task).group;
        // Nobody asks whether a standalone task is healthy, and nobody replaces it.
        let of_service = self.groups[group.index()].kind != GroupKind::RunTask;
        let was_healthy = of_service && self.is_healthy(task, step.now);
        self.work_changes(step, task, WorkChange::Leaves);
        self.deactivate(task, step.now);
        self.tasks.get_mut(task).set_stopped(code, reason);
        self.tasks.stamps_mut(task).stopping_at = Stamp::at(step.now);
        self.tasks.stamps_mut(task).execution_stopped_at = Stamp::at(step.now);
        self.advance(step.now, task, LastStatus::Deprovisioning);
        step.push(Effect::Deprovision(task));
        if !of_service {
            return;
        }
        if !was_healthy {
            self.deployment_task_failed(step, group);
        }
        self.schedule_service(step, group);
    }

    /// A task fails in its start.
    pub(super) fn task_fails<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        if self.tasks.get(task).epoch != task.epoch {
            return;
        }
        let (reason, fault) = self.take_failure(task);
        if reason == StopReason::CannotPullContainer {
            return self.pull_fails(step, task, reason, fault);
        }
        let launching = self.is_in(task, LastStatus::Provisioning)
            && self.tasks.get(task).waiting_for == WaitPart::Launch;
        if launching || self.is_in(task, LastStatus::Pending) {
            self.fail_start(step, task, reason, fault);
        }
    }

    /// A pull fails: for its task, and for those that joined it.
    fn pull_fails<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        reason: StopReason,
        fault: FaultId,
    ) {
        if !self.is_in(task, LastStatus::Activating) {
            return;
        }
        let image = self.image_of(task);
        let mut failed = vec![task];
        if let Some(id) = self.tasks.get(task).instance() {
            self.instances[id.index()].images.failed(image, &mut failed);
        }
        for task in failed {
            if self.is_in(task, LastStatus::Activating) {
                self.fail_start(step, task, reason, fault);
            }
        }
    }

    /// The task stops without having run. Its image, if it was being pulled, is out of the way already.
    fn fail_start<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        reason: StopReason,
        fault: FaultId,
    ) {
        let group = self.tasks.get(task).group;
        self.stop_task_because(step, task, StopCode::TaskFailedToStart, reason);
        if fault != FaultId::NONE {
            self.harmed(fault, group).tasks_stopped += 1;
        }
        self.start_failed(step, group);
    }

    /// The control plane stops a task, wherever in its life it is.
    pub(super) fn stop_task<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        code: StopCode,
    ) {
        self.stop_task_because(step, task, code, StopReason::of(code));
    }

    /// The same, where the code does not say the reason.
    pub(super) fn stop_task_because<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        code: StopCode,
        reason: StopReason,
    ) {
        self.work_changes(step, task, WorkChange::Leaves);
        self.deactivate(task, step.now);
        self.tasks.get_mut(task).set_stopped(code, reason);
        self.tasks.stamps_mut(task).stopping_at = Stamp::at(step.now);
        match self.tasks.get(task).last_status {
            LastStatus::Provisioning => self.withdraw(step, task),
            LastStatus::Pending | LastStatus::Activating => {
                self.tasks.stamps_mut(task).execution_stopped_at = Stamp::at(step.now);
                self.leave_pull(step, task);
                self.advance(step.now, task, LastStatus::Deprovisioning);
                step.push(Effect::Deprovision(task));
            }
            LastStatus::Running => {
                if let Some(delay) = self.deregistration_delay(task, code) {
                    self.advance(step.now, task, LastStatus::Deactivating);
                    step.push(Effect::After(delay, Event::TaskDeregistered(task)));
                } else {
                    self.stop_containers(step, task);
                }
            }
            LastStatus::Deactivating
            | LastStatus::Stopping
            | LastStatus::Deprovisioning
            | LastStatus::Stopped => {}
        }
    }

    /// How long a task's load balancer drains it before its containers get the stop signal. Documented:
    /// DEACTIVATING comes before STOPPING; Fargate Spot sends the signal with its warning.
    fn deregistration_delay(&self, task: TaskRef, code: StopCode) -> Option<SimDuration> {
        let group = self.setup.group(self.tasks.get(task).group);
        match &group.kind {
            RequestKind::Service(service) if code != StopCode::SpotInterruption => {
                service.load_balancer.map(|balancer| balancer.deregistration_delay)
            }
            RequestKind::Service(_) | RequestKind::RunTask(_) => None,
        }
    }

    fn stop_containers<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        self.advance(step.now, task, LastStatus::Stopping);
        step.push(Effect::StopContainers(task));
    }

    /// The load balancer is done with a task: its containers get the stop signal.
    pub(super) fn task_deregistered<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        if self.is_in(task, LastStatus::Deactivating) {
            self.stop_containers(step, task);
        }
    }

    /// A task that was pulling stops: tasks that joined its pull take it over.
    fn leave_pull<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        let image = self.image_of(task);
        let found = self.tasks.get(task);
        let pulling = found.last_status == LastStatus::Activating && !found.pulled;
        let Some(id) = found.instance().filter(|_| pulling) else { return };
        if let Some(next) = self.instances[id.index()].images.abandon(image, task, step.now) {
            self.pull_from_registry(step, next);
        }
    }

    /// A task that never got a place stops at once.
    fn withdraw<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        self.tasks.end_wait(task, step.now);
        self.give_up_plan(step, task);
        self.tasks.stamps_mut(task).execution_stopped_at = Stamp::at(step.now);
        self.tasks.stamps_mut(task).stopped_at = Stamp::at(step.now);
        self.advance(step.now, task, LastStatus::Stopped);
        self.ended(step, task);
    }

    pub(super) fn execution_stopped<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        if self.is_in(task, LastStatus::Stopping) {
            self.end_execution(step, task);
        }
    }

    /// The containers of a task that stops have exited.
    pub(super) fn end_execution<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        self.tasks.stamps_mut(task).execution_stopped_at = Stamp::at(step.now);
        self.advance(step.now, task, LastStatus::Deprovisioning);
        step.push(Effect::Deprovision(task));
    }

    pub(super) fn task_stopped<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        if !self.is_in(task, LastStatus::Deprovisioning) {
            return;
        }
        self.advance(step.now, task, LastStatus::Stopped);
        self.tasks.stamps_mut(task).stopped_at = Stamp::at(step.now);
        let found = self.tasks.get_mut(task);
        let (instance, group) = (found.instance(), found.group);
        match instance {
            Some(id) => self.leave_instance(step, task, id),
            None => self.ended_without_instance(step, task),
        }
        self.ended(step, task);
        if let RequestKind::Service(_) = self.setup.group(group).kind {
            self.schedule_service(step, group);
        }
    }

    fn leave_instance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: InstanceId,
    ) {
        let image = self.image_of(task);
        let found = self.tasks.get(task);
        // A task that stopped while it pulled has left its image already.
        let pulled = found.pulled;
        let kind = self.setup.group(found.group).kind.group_kind();
        let instance = &mut self.instances[id.index()];
        instance.release(kind, step.now);
        if pulled {
            instance.images.leave(image, step.now);
        }
        self.room_freed(step, task, id);
    }

    /// Whether a task is on an instance that drains.
    pub(super) fn is_draining(&self, task: TaskRef) -> bool {
        self.tasks
            .get(task)
            .instance()
            .is_some_and(|id| self.instances[id.index()].status == InstanceStatus::Draining)
    }
}
