//! A deployment: one revision of a service takes the place of another, or is its first.

use crate::scenario::SourceCleanup;
use crate::units::{GroupId, ServiceId, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::GroupKind;

/// What began a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentKind {
    /// CreateService.
    Creation,
    /// UpdateService.
    Update,
    /// After one that failed.
    Rollback,
}

impl DeploymentKind {
    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Update => "update",
            Self::Rollback => "rollback",
        }
    }
}

/// Why a deployment failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentFailure {
    /// Too many of its tasks failed: the circuit breaker.
    Tasks,
    /// A stage of it lasted as long as it may.
    StageTimeout,
}

impl DeploymentFailure {
    /// In a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::StageTimeout => "stage_timeout",
        }
    }

    /// In the words of the service's event.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Tasks => "tasks failed to start",
            Self::StageTimeout => "a stage timed out",
        }
    }
}

/// How far a deployment is (documented: ECS API, `Deployment.rolloutState`), and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// Under way.
    InProgress,
    /// All tasks are of its revision and healthy, and the others have stopped.
    Completed(SimTime),
    /// It was given up.
    Failed(SimTime, DeploymentFailure),
    /// Another deployment began before it was completed.
    Superseded(SimTime),
}

impl Rollout {
    /// AWS's spelling; ours for a deployment in whose place another came.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed(_) => "COMPLETED",
            Self::Failed(..) => "FAILED",
            Self::Superseded(_) => "SUPERSEDED",
        }
    }

    /// When it ended.
    #[must_use]
    pub const fn ended_at(self) -> Option<SimTime> {
        match self {
            Self::InProgress => None,
            Self::Completed(at) | Self::Failed(at, _) | Self::Superseded(at) => Some(at),
        }
    }
}

/// A deployment of a service.
#[derive(Clone, Copy, Debug)]
pub struct Deployment {
    /// What began it.
    pub kind: DeploymentKind,
    /// The revision that it brings.
    pub revision: GroupId,
    /// When it began.
    pub started_at: SimTime,
    /// How far it is.
    pub rollout: Rollout,
    /// Tasks of its revision that failed: that did not start, that stopped by themselves before
    /// they were healthy, or that were unhealthy.
    pub failed_tasks: u32,
    /// Of those, counted by the circuit breaker now.
    pub(in crate::model) failures: u32,
    /// Fewest healthy tasks of the service while it was under way, and of how many: of those desired
    /// then, without a rise that no tasks were there for yet.
    pub least_healthy: (u32, u32),
    /// Most tasks that were desired before it, or healthy since.
    reached: u32,
    /// Most tasks of the service RUNNING or on their way while it was under way.
    pub most_tasks: u32,
    /// When as many tasks of its revision as desired were healthy.
    pub healthy_at: Option<SimTime>,
    /// When traffic began to shift to its revision, if it shifts.
    pub traffic_from: Option<SimTime>,
    /// When its revision had all of it.
    pub traffic_at: Option<SimTime>,
    /// When the tasks of the revision before began to go.
    pub clean_up_at: Option<SimTime>,
}

impl Cluster<'_> {
    /// A revision becomes primary.
    pub(in crate::model) fn deploy<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        kind: DeploymentKind,
        revision: GroupId,
    ) {
        self.note_deployment(id, step.now);
        self.interrupt_rebalancing(id, step.now);
        let (healthy, active) = (self.healthy_tasks(id, step.now), self.active_tasks(id));
        let service = &mut self.services[id.index()];
        let desired = service.desired_count;
        // An update may bring another desired count along.
        let reached = match kind {
            DeploymentKind::Creation => desired,
            DeploymentKind::Update | DeploymentKind::Rollback => {
                self.groups[service.primary.index()].desired_count.max(healthy)
            }
        };
        if let Some(last) = service.deployments.last_mut()
            && last.rollout == Rollout::InProgress
        {
            last.rollout = Rollout::Superseded(step.now);
        }
        service.deployments.push(Deployment {
            kind,
            revision,
            started_at: step.now,
            rollout: Rollout::InProgress,
            failed_tasks: 0,
            failures: 0,
            least_healthy: (healthy, desired.min(reached)),
            reached,
            most_tasks: active,
            healthy_at: None,
            traffic_from: None,
            traffic_at: None,
            clean_up_at: None,
        });
        self.begin_shift(step, id, (kind, revision));
        let kept = self.kept_revision(id);
        let service = &mut self.services[id.index()];
        let old = std::mem::replace(&mut service.primary, revision);
        self.serving_changed(revision, step.now);
        if kept != Some(old) {
            let group = &mut self.groups[old.index()];
            group.desired_count = 0;
            group.want(0, step.now);
        }
        if let Some(kept) = kept {
            self.groups[kept.index()].desired_count = desired;
        }
        let group = &mut self.groups[revision.index()];
        group.desired_count = desired;
        group.end_backoff(step.now);
        if group.kind == GroupKind::Daemon && old != revision {
            self.daemons_turn(step, id, old);
        }
        self.schedule_service(step, revision);
    }

    /// The deployment of a service that is in progress.
    pub(in crate::model) fn deployment_mut(&mut self, id: ServiceId) -> Option<&mut Deployment> {
        let last = self.services[id.index()].deployments.last_mut();
        last.filter(|deployment| deployment.rollout == Rollout::InProgress)
    }

    /// Whether a deployment of a service is in progress. The creation of one whose tasks nobody checks
    /// ends unseen, with the age of its last task.
    #[must_use]
    pub fn is_deploying(&self, id: ServiceId, now: SimTime) -> bool {
        let last = self.service(id).deployments.last();
        let under_way = last.is_some_and(|last| last.rollout == Rollout::InProgress);
        under_way && !self.is_completed(id, now)
    }

    /// How far a deployment of a service is: nothing need have happened at the moment at which the last
    /// task of a new service was old enough to be healthy.
    #[must_use]
    pub fn rollout_at(&self, id: ServiceId, number: usize, now: SimTime) -> Rollout {
        let service = self.service(id);
        let deployment = &service.deployments[number];
        let last = number + 1 == service.deployments.len();
        if deployment.rollout != Rollout::InProgress || !last || !self.is_completed(id, now) {
            return deployment.rollout;
        }
        let healthy = &self.groups[service.primary.index()].healthy;
        Rollout::Completed(healthy.last_at(now).unwrap_or(now).max(deployment.started_at))
    }

    /// When a service is steady if nothing happens: as many tasks as it wants, all of its primary
    /// revision and healthy, and none that stops; `None`: something must happen first.
    #[must_use]
    pub fn steady_at(&self, id: ServiceId, now: SimTime) -> Option<SimTime> {
        let service = self.service(id);
        let primary = &self.groups[service.primary.index()];
        let live =
            service.revisions.iter().map(|other| self.groups[other.index()].live).sum::<u32>();
        let wanted = service.desired_count;
        if service.deployments.is_empty() || live != wanted || primary.running() != wanted {
            return None;
        }
        primary.healthy.reaches(wanted, now)
    }

    /// Whether all tasks of a service are healthy ones of its primary revision.
    fn is_completed(&self, id: ServiceId, now: SimTime) -> bool {
        let service = self.service(id);
        let healthy = self.healthy_of(service.primary, now);
        let others = || service.revisions.iter().filter(|other| **other != service.primary);
        let gone = || others().all(|other| self.is_replaced(*other));
        match self.early_success(id) {
            Some(early) => {
                let deferred = early.cleanup == SourceCleanup::Deferred;
                healthy >= early.tasks(service.desired_count) && (deferred || gone())
            }
            None => healthy >= service.desired_count && self.kept_revision(id).is_none() && gone(),
        }
    }

    /// Notes how far the deployment of a service is.
    pub(in crate::model) fn note_deployment(&mut self, id: ServiceId, now: SimTime) {
        let last = self.services[id.index()].deployments.last();
        if last.is_none_or(|last| last.rollout != Rollout::InProgress) {
            return;
        }
        let (healthy, active) = (self.healthy_tasks(id, now), self.active_tasks(id));
        let completed = self.is_completed(id, now);
        let service = &self.services[id.index()];
        let (primary, desired) = (service.primary, service.desired_count);
        let group = &self.groups[primary.index()];
        let all_healthy = self.healthy_of(primary, now) >= desired;
        // Where age alone makes them healthy nothing may have happened at that moment.
        let since = all_healthy.then(|| group.healthy.last_at(now).unwrap_or(now));
        let Some(deployment) = self.deployment_mut(id) else { return };
        deployment.reached = deployment.reached.max(healthy);
        let wanted = desired.min(deployment.reached);
        let less = |(tasks, of): (u32, u32)| {
            u64::from(healthy) * u64::from(of) < u64::from(tasks) * u64::from(wanted)
        };
        if less(deployment.least_healthy) {
            deployment.least_healthy = (healthy, wanted);
        }
        deployment.most_tasks = deployment.most_tasks.max(active);
        if deployment.healthy_at.is_none() {
            deployment.healthy_at = since;
        }
        if completed {
            let at = match deployment.kind {
                DeploymentKind::Creation => deployment.healthy_at.unwrap_or(now),
                DeploymentKind::Update | DeploymentKind::Rollback => now,
            };
            deployment.rollout = Rollout::Completed(at);
            self.services[id.index()].shift = None;
        }
    }
}
