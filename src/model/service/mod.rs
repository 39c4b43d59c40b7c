//! Services: how many tasks they want, of which revision, and who starts and stops them.
//!
//! A service has revisions, and each is a [`Group`] of tasks with its own task definition, image digest
//! and failed starts. New tasks are of the primary revision; a deployment makes another one primary and
//! takes the tasks of the others away.

mod circuit_breaker;
mod daemon_update;
mod deployment;
mod group;
mod health;
mod protection;
mod rolling;
mod scale_in;
mod scheduler;
mod start_backoff;
mod traffic_shift;
mod wave;
mod zone_rebalancing;

use crate::units::{GroupId, ServiceId, SimTime};

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;
use super::setup::Setup;

pub use deployment::{Deployment, DeploymentFailure, DeploymentKind, Rollout};
pub use group::{Group, GroupKind};
pub(super) use health::Checker;
pub use traffic_shift::{LifecycleStage, TrafficShift};
pub use wave::Wave;
pub use zone_rebalancing::{NotRebalanced, RebalancingEnd, ZoneRebalancing};

pub(super) use group::Digest;
pub(super) use health::TaskHealth;
use zone_rebalancing::ZoneBalance;

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Tasks wanted.
    desired_count: u32,
    /// Its revisions, in order.
    revisions: Vec<GroupId>,
    /// The one that new tasks are of.
    primary: GroupId,
    /// Its deployments so far; the last may be in progress.
    deployments: Vec<Deployment>,
    /// How far the primary revision has taken over, where traffic shifts and is not done.
    shift: Option<TrafficShift>,
    /// Stages of such deployments so far.
    stages: u32,
    /// When more tasks were wanted than before, since it was created.
    raised_at: Vec<SimTime>,
    /// When the next task will be old enough to count as healthy, where somebody waits for it.
    health_pass_at: Option<SimTime>,
    /// When the next protection expires of a task that shall go.
    protection_pass_at: Option<SimTime>,
    zones: ZoneBalance,
}

impl Service {
    /// The services of a setup.
    pub(super) fn all(setup: &Setup) -> Vec<Self> {
        let services = (0..setup.services).map(|position| {
            let id = ServiceId::from_index(position);
            let groups = setup.groups.iter().enumerate();
            let own = groups.filter(|(_, group)| group.service == Some(id));
            Self {
                desired_count: 0,
                revisions: own.map(|(position, _)| GroupId::from_index(position)).collect(),
                primary: GroupId::from_index(position),
                deployments: Vec::new(),
                shift: None,
                stages: 0,
                raised_at: Vec::new(),
                health_pass_at: None,
                protection_pass_at: None,
                zones: ZoneBalance::default(),
            }
        });
        services.collect()
    }

    /// Whether a deployment is in progress that takes others' tasks away.
    fn is_updating(&self) -> bool {
        self.deployments.last().is_some_and(|last| {
            last.rollout == Rollout::InProgress && last.kind != DeploymentKind::Creation
        })
    }

    /// A daemon service shall have a task on so many instances.
    pub(super) const fn want_on_instances(&mut self, instances: u32) {
        self.desired_count = instances;
    }

    /// Tasks wanted; of a daemon service, the instances that shall have one.
    #[must_use]
    pub const fn desired_count(&self) -> u32 {
        self.desired_count
    }

    /// Its revisions, in order: those to come too.
    #[must_use]
    pub fn revisions(&self) -> &[GroupId] {
        &self.revisions
    }

    /// The revision that new tasks are of.
    #[must_use]
    pub const fn primary(&self) -> GroupId {
        self.primary
    }

    /// How far the primary revision has taken over from another, where traffic shifts and is not done.
    #[must_use]
    pub const fn traffic_shift(&self) -> Option<TrafficShift> {
        self.shift
    }

    /// Its deployments so far, the first is its creation.
    #[must_use]
    pub fn deployments(&self) -> &[Deployment] {
        &self.deployments
    }
}

impl Cluster<'_> {
    /// Services, in the scenario's order.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// A service.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.index()]
    }

    /// The service of a group, if it is of one.
    #[must_use]
    pub fn service_of(&self, id: GroupId) -> Option<ServiceId> {
        self.setup.group(id).service
    }

    fn sum_of(&self, id: ServiceId, of: impl Fn(&Group) -> u32) -> u32 {
        let revisions = self.services[id.index()].revisions.iter();
        revisions.map(|id| of(&self.groups[id.index()])).sum()
    }

    /// Tasks that a service wants.
    #[must_use]
    pub fn desired_count(&self, id: ServiceId) -> u32 {
        self.service(id).desired_count
    }

    /// RUNNING tasks of a service, of all revisions.
    #[must_use]
    pub fn running_tasks(&self, id: ServiceId) -> u32 {
        self.sum_of(id, Group::running)
    }

    /// Tasks of a service that count as healthy.
    #[must_use]
    pub fn healthy_tasks(&self, id: ServiceId, now: SimTime) -> u32 {
        let revisions = self.services[id.index()].revisions.iter();
        revisions.map(|id| self.healthy_of(*id, now)).sum()
    }

    /// Tasks of a service that are RUNNING or on their way there.
    #[must_use]
    pub fn active_tasks(&self, id: ServiceId) -> u32 {
        self.sum_of(id, Group::active_tasks)
    }

    /// Changes the number of tasks that a service wants. Nothing follows from it yet: see
    /// [`Cluster::schedule_service`].
    pub(super) fn set_desired_count<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        desired_count: u32,
    ) {
        let service = &mut self.services[id.index()];
        let changes = service.desired_count != desired_count;
        if service.desired_count < desired_count {
            service.raised_at.push(step.now);
        }
        service.desired_count = desired_count;
        let primary = service.primary;
        if changes {
            self.interrupt_rebalancing(id, step.now);
        }
        for id in [Some(primary), self.kept_revision(id)].into_iter().flatten() {
            self.groups[id.index()].desired_count = desired_count;
        }
        self.schedule_service(step, primary);
    }
}
