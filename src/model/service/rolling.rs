//! Rolling update: tasks of the new revision start, and those of the others stop, as far as
//! `maximumPercent` and `minimumHealthyPercent` let them.
//!
//! Documented (ECS API, `DeploymentConfiguration`): the maximum counts tasks RUNNING or on their way, the
//! minimum healthy ones; the scheduler may stop old tasks before new ones start if the minimum holds
//! without them. Assumed: it always does; old tasks that are not RUNNING or not healthy stop at once.

use crate::units::{GroupId, ServiceId, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::setup::RequestKind;
use super::super::task::{LastStatus, StopCode, TaskRef};
use super::TaskHealth;

impl Cluster<'_> {
    /// How many healthy tasks of a service may stop now.
    pub(in crate::model) fn may_stop(&mut self, id: ServiceId, now: SimTime) -> u32 {
        let service = &self.services[id.index()];
        let (desired, primary) = (service.desired_count, service.primary);
        let RequestKind::Service(setup) = &self.setup.group(primary).kind else { return 0 };
        let least = setup.deployment.least_healthy(desired);
        self.healthy_tasks(id, now).saturating_sub(least)
    }

    /// How many tasks of a service may start now.
    pub(in crate::model) fn may_start(&self, id: ServiceId) -> u32 {
        let service = &self.services[id.index()];
        let RequestKind::Service(setup) = &self.setup.group(service.primary).kind else { return 0 };
        setup.deployment.most_tasks(service.desired_count).saturating_sub(self.active_tasks(id))
    }

    /// Takes tasks of old revisions away, the oldest revision first.
    pub(in crate::model) fn stop_old_tasks<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
    ) {
        for position in 0..self.services[id.index()].revisions.len() {
            let service = &self.services[id.index()];
            let revision = service.revisions[position];
            if revision == service.primary || self.groups[revision.index()].active.is_empty() {
                continue;
            }
            for task in self.useless_tasks(revision, step.now) {
                self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
            }
            let count = self.may_stop(id, step.now);
            for task in self.old_victims(step, revision, count) {
                self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
            }
        }
    }

    /// Tasks of a revision that nobody misses: those that do not run, and those that are unhealthy and
    /// not protected.
    fn useless_tasks(&self, id: GroupId, now: SimTime) -> Vec<TaskRef> {
        let useless = |task: &&TaskRef| {
            let found = self.tasks.get(**task);
            let unhealthy = found.health.has(TaskHealth::UNHEALTHY);
            found.last_status < LastStatus::Running || unhealthy && !self.is_protected(**task, now)
        };
        let mut tasks: Vec<_> =
            self.groups[id.index()].active.iter().filter(useless).copied().collect();
        tasks.sort_by_key(|task| self.tasks.get(*task).ordinal);
        tasks
    }

    /// The next tasks of an old revision to go: those whose instance drains, then by the order of
    /// scale-in.
    fn old_victims<S: DecisionSink>(
        &self,
        step: &Step<'_, S>,
        id: GroupId,
        count: u32,
    ) -> Vec<TaskRef> {
        if count == 0 {
            return Vec::new();
        }
        let active = self.groups[id.index()].active.iter();
        let mut victims: Vec<_> = active.copied().filter(|task| self.is_draining(*task)).collect();
        victims.sort_by_key(|task| self.tasks.get(*task).ordinal);
        victims.truncate(count as usize);
        let rest = count - u32::try_from(victims.len()).unwrap_or(count);
        if rest > 0 {
            victims.extend(self.surplus_victims(step, id, rest));
        }
        victims
    }
}
