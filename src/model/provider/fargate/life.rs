//! A Fargate task's own life: its micro-VM is there, it is taken back, it ends.

use crate::units::ProviderId;

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::DecisionSink;
use super::super::super::event::Effect;
use super::super::super::service::Digest;
use super::super::super::task::{LastStatus, Stamp, StopCode, TaskRef, WaitPart};

impl Cluster<'_> {
    /// The micro-VM and its network interface are there: the pull begins. Nothing is cached on Fargate.
    pub(in crate::model) fn fargate_launched<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        if !self.is_in(task, LastStatus::Provisioning) {
            return;
        }
        self.tasks.end_wait(task, step.now);
        self.advance(step.now, task, LastStatus::Pending);
        self.advance(step.now, task, LastStatus::Activating);
        let stamps = self.tasks.stamps_mut(task);
        stamps.placed_at = Stamp::at(step.now);
        stamps.connectivity_at = Stamp::at(step.now);
        let found = self.tasks.get(task);
        let (id, group) = (found.capacity_provider, found.group);
        if let Some(provider) = self.fargate(id) {
            provider.in_flight -= 1;
        }
        // Without the manifest there is no digest.
        let blind = self.cannot_pull(task, step.draws);
        let resolver = &self.groups[group.index()];
        if resolver.digest == Digest::Resolving && !blind {
            step.push(Effect::ResolveDigest(group, resolver.digest_attempts));
        }
        self.pull_from_registry(step, task);
        if self.fargate_setup(id).is_some_and(|setup| setup.is_interrupted) {
            step.push(Effect::AwaitReclaim(task));
        }
    }

    /// Fargate Spot takes a task back: a warning and the stop signal at once, the kill after stopTimeout
    /// (documented: ECS developer guide, fargate-capacity-providers). Its service starts another on
    /// Fargate Spot, never elsewhere.
    pub(in crate::model) fn fargate_reclaimed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        let wanted = self.tasks.live_mut(task).is_some_and(|found| found.wants_to_run());
        if wanted {
            self.note_storm_task(task);
            let group = self.tasks.get(task).group;
            self.stop_task(step, task, StopCode::SpotInterruption);
            self.schedule_service(step, group);
        }
    }

    /// A task that never got its micro-VM stops.
    pub(in crate::model::provider) fn fargate_give_up<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        if self.tasks.get(task).waiting_for != WaitPart::Launch {
            // The next may fit where it did not.
            self.fargate_admit(step, id);
            return;
        }
        if let Some(provider) = self.fargate(id) {
            provider.in_flight -= 1;
        }
        self.fargate_ended(step, id, task);
    }

    /// A task has gone, or gives its launch up: its vCPUs are free for the quota.
    pub(in crate::model::provider) fn fargate_ended<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        let cpu = u64::from(self.size_of(task).cpu);
        if let Some(provider) = self.fargate(id) {
            provider.cpu -= cpu;
        }
        self.fargate_admit(step, id);
    }
}
