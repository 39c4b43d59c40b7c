//! Rolling updates of daemon services, and what becomes of their unhealthy tasks.
//!
//! Documented (ECS API, `DeploymentConfiguration`; ECS developer guide, ecs_service-options): an
//! instance has one task of a daemon service, `maximumPercent` stays 100, so that the old task stops
//! before the new one starts; `minimumHealthyPercent` says on how many instances at once. Assumed: tasks
//! on draining instances count for nothing and go with their instance; of the others those that do not
//! run or are unhealthy go at once, then the oldest; the room of each is kept for its successor
//! (`provider/daemons.rs`).

use crate::units::{GroupId, ServiceId, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::stop_reason::StopReason;
use super::super::task::{LastStatus, StopCode, TaskRef};
use super::rolling::Leaving;
use super::{Group, GroupKind};

impl Cluster<'_> {
    /// One pass over a daemon service: takes away what is unhealthy, and what an update replaces.
    pub(in crate::model) fn schedule_daemons<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
    ) {
        if self.deployment_mut(id).is_some() {
            self.note_healthy(id, step.now);
            self.note_deployment(id, step.now);
        }
        let primary = self.service(id).primary;
        if !self.groups[primary.index()].unhealthy.is_empty() {
            self.stop_unhealthy_daemon(step, id);
        }
        if !self.service(id).is_updating() {
            return;
        }
        self.stop_old_daemons(step, id);
        self.note_deployment(id, step.now);
        self.await_healthy(step, id, primary);
    }

    /// An instance shall have no daemon task any more: of fewer ones fewer must stay healthy.
    pub(in crate::model) fn update_daemons_further<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
    ) {
        for id in (0..self.services.len()).map(ServiceId::from_index) {
            let service = self.service(id);
            let is_daemon = self.groups[service.primary.index()].kind == GroupKind::Daemon;
            if is_daemon && service.is_updating() {
                self.schedule_daemons(step, id);
            }
        }
    }

    /// Documented (ECS API, `DeploymentConfiguration`): where `maximumPercent` admits no replacement the
    /// unhealthy tasks stop one by one. Assumed: the one known longest, once nothing is on its way.
    fn stop_unhealthy_daemon<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: ServiceId) {
        let of = self.service(id);
        let group = &self.groups[of.primary.index()];
        let starting = group.counted() > self.healthy_of(of.primary, step.now);
        let stops = |group: &Group| group.live() > group.active_tasks();
        let stopping = of.revisions.iter().any(|other| stops(&self.groups[other.index()]));
        if starting || stopping || self.is_stalled(id) || self.keeps_for_daemon(id) {
            return;
        }
        if let Some(task) = group.unhealthy.first().copied() {
            let reason = StopReason::FailedHealthChecks;
            self.stop_task_because(step, task, StopCode::ServiceSchedulerInitiated, reason);
        }
    }

    /// Takes tasks of old revisions away, the oldest revision first, as far as enough stay healthy.
    fn stop_old_daemons<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: ServiceId) {
        for position in 0..self.service(id).revisions.len() {
            let service = self.service(id);
            let revision = service.revisions[position];
            if revision == service.primary || self.groups[revision.index()].active.is_empty() {
                continue;
            }
            for task in self.useless_daemons(revision) {
                self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
            }
            // A victim that is not healthy yet leaves its share to another.
            loop {
                let count = self.may_stop(id, revision, step.now);
                let victims = self.oldest_daemons(revision, count, step.now);
                if victims.is_empty() {
                    break;
                }
                for task in victims {
                    self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
                }
            }
        }
    }

    /// Tasks of an old revision that do not run or are unhealthy.
    fn useless_daemons(&self, id: GroupId) -> Vec<TaskRef> {
        let group = &self.groups[id.index()];
        if group.running == group.active_tasks() && group.unhealthy.is_empty() {
            return Vec::new();
        }
        let useless = |task: &TaskRef| {
            let pending = self.tasks.get(*task).last_status < LastStatus::Running;
            pending && !self.is_draining(*task) || self.is_replaced_as_unhealthy(*task)
        };
        self.daemons_by_age(id, useless)
    }

    /// The oldest tasks of a revision, worked out anew only where others have left since the last pass.
    fn oldest_daemons(&mut self, id: GroupId, count: u32, now: SimTime) -> Vec<TaskRef> {
        if count == 0 {
            return Vec::new();
        }
        let group = &self.groups[id.index()];
        let (left, created) = (group.active_tasks() - group.draining, group.created);
        if !group.leaving.is_of(left, created, now) {
            let order = self.daemons_by_age(id, |task| !self.is_draining(*task));
            self.groups[id.index()].leaving = Leaving::new(order, (left, created), None);
        }
        self.groups[id.index()].leaving.take(count)
    }

    fn daemons_by_age(&self, id: GroupId, meant: impl Fn(&TaskRef) -> bool) -> Vec<TaskRef> {
        let active = self.groups[id.index()].active.iter();
        let mut tasks: Vec<TaskRef> = active.copied().filter(meant).collect();
        tasks.sort_by_key(|task| self.tasks.get(*task).ordinal);
        tasks
    }

    /// Healthy tasks of a revision; of a daemon service, those whose instance does not drain.
    pub(in crate::model) fn healthy_of(&self, id: GroupId, now: SimTime) -> u32 {
        let group = &self.groups[id.index()];
        let healthy = group.healthy.count_at(now);
        if group.kind != GroupKind::Daemon || group.draining == 0 {
            return healthy;
        }
        let on_draining = group.active.iter().filter(|task| {
            self.tasks.get(**task).last_status == LastStatus::Running
                && self.is_draining(**task)
                && self.is_healthy(**task, now)
        });
        healthy - u32::try_from(on_draining.count()).unwrap_or(healthy)
    }

    /// Whether no task of an old revision is left but, of a daemon service, on instances that drain.
    pub(in crate::model) fn is_replaced(&self, id: GroupId) -> bool {
        let group = &self.groups[id.index()];
        let elsewhere = if group.kind == GroupKind::Daemon { group.draining } else { 0 };
        group.live == elsewhere
    }
}
