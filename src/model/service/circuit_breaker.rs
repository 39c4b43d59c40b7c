//! The deployment circuit breaker: a deployment of which too many tasks fail is given up.
//!
//! Documented (ECS developer guide, deployment-circuit-breaker; ECS API, `ThresholdConfiguration`):
//! counted are tasks that do not reach RUNNING, and tasks whose health checks fail; a healthy task sets
//! the count back unless told otherwise; with rollback the last completed revision is deployed,
//! without, or where there is none, nothing more is started. Observed (classmethod.jp, July 2026):
//! tasks that exit by themselves count too; not once they were healthy (re:Post,
//! ecs-deployment-roll-back-failure).

use crate::units::{GroupId, ServiceId};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::setup::RequestKind;
use super::deployment::{DeploymentFailure, DeploymentKind, Rollout};

impl Cluster<'_> {
    /// A task of a revision failed.
    pub(in crate::model) fn deployment_task_failed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        revision: GroupId,
    ) {
        let Some(id) = self.service_of(revision) else { return };
        self.note_healthy(id, step.now);
        let RequestKind::Service(setup) = &self.setup.group(revision).kind else { return };
        let (breaker, watches) = (setup.deployment.circuit_breaker, setup.deployment.has_breaker());
        let threshold = breaker.threshold.tasks(self.desired_count(id));
        let Some(deployment) = self.deployment_mut(id) else { return };
        if deployment.revision != revision {
            return;
        }
        deployment.failed_tasks += 1;
        deployment.failures += 1;
        if !watches || deployment.failures < threshold {
            return;
        }
        deployment.rollout = Rollout::Failed(step.now, DeploymentFailure::Tasks);
        match self.last_completed(id).filter(|_| breaker.rollback) {
            Some(completed) => self.deploy(step, id, DeploymentKind::Rollback, completed),
            None => self.groups[revision.index()].want(0, step.now),
        }
    }

    /// Tasks of a revision became healthy by their age, if any did.
    pub(in crate::model) fn note_healthy(&mut self, id: ServiceId, now: crate::units::SimTime) {
        let primary = self.services[id.index()].primary;
        let healthy = &mut self.groups[primary.index()].healthy;
        if healthy.any_new(now) {
            self.task_is_healthy(primary);
        }
    }

    /// A task of a revision became healthy.
    pub(in crate::model) fn task_is_healthy(&mut self, revision: GroupId) {
        let Some(id) = self.service_of(revision) else { return };
        let RequestKind::Service(setup) = &self.setup.group(revision).kind else { return };
        let resets = setup.deployment.circuit_breaker.reset_on_healthy_task;
        if let Some(deployment) = self.deployment_mut(id)
            && deployment.revision == revision
            && resets
        {
            deployment.failures = 0;
        }
    }

    /// The revision of the last deployment that was completed.
    fn last_completed(&self, id: ServiceId) -> Option<GroupId> {
        let completed = |rollout| matches!(rollout, Rollout::Completed(_));
        let all = self.service(id).deployments.iter().rev();
        all.into_iter().find(|one| completed(one.rollout)).map(|one| one.revision)
    }

    /// Whether the circuit breaker keeps a service from starting tasks.
    pub(in crate::model) fn is_stalled(&self, id: ServiceId) -> bool {
        let last = self.service(id).deployments.last();
        last.is_some_and(|last| matches!(last.rollout, Rollout::Failed(..)))
    }
}
