//! Blue/green, linear and canary deployments: the new revision (green) gets all its tasks first,
//! then the production traffic of the old one (blue), and only then blue's tasks go.
//!
//! Documented (ECS developer guide, blue-green-deployment-how-it-works, deployment-type-linear and
//! canary-deployment; ECS API): green scales up to 100 % and serves nobody until all its tasks are
//! healthy; the traffic shifts all at once, in equal steps, or by a canary and then the rest; each
//! step but that to 100 % is followed by its bake time, the last by the deployment's, in which both
//! revisions run; a stage that lasts 24 h fails the deployment and rolls it back. Assumed: a step
//! takes no time; each revision keeps its desired count, and both percentages hold for each by
//! itself, until blue goes; blue's tasks go at once; who deploys anew before that sends the traffic
//! back to blue.

use crate::scenario::{DeploymentConfiguration, DeploymentStrategy, Permille};
use crate::units::{GroupId, ServiceId, SimDuration};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::event::{Effect, Event};
use super::super::setup::{RequestKind, ServiceSetup};
use super::super::task::StopCode;
use super::deployment::{DeploymentFailure, DeploymentKind, Rollout};

/// Longest time of a stage (documented: ECS developer guide, blue-green-deployment-how-it-works).
const STAGE_LIMIT: SimDuration = SimDuration::from_secs(86_400);

/// The stages of such a deployment in which time passes, by ECS's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifecycleStage {
    /// Green gets its tasks.
    ScaleUp,
    /// Traffic moves from blue to green.
    ProductionTrafficShift,
    /// Green has all of the traffic, and blue still its tasks.
    BakeTime,
    /// Blue's tasks go.
    CleanUp,
}

impl LifecycleStage {
    /// ECS's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScaleUp => "SCALE_UP",
            Self::ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
            Self::BakeTime => "BAKE_TIME",
            Self::CleanUp => "CLEAN_UP",
        }
    }
}

/// How far the primary revision of a service, green, has taken over from another, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrafficShift {
    /// The revision that had the traffic.
    pub blue: GroupId,
    /// How far it is.
    pub stage: LifecycleStage,
    /// The traffic that green has; blue has the rest.
    pub share: Permille,
    /// Whether there is something that shares traffic out: a load balancer.
    is_managed: bool,
    /// What is to happen next is known by this number: older events come too late.
    number: u32,
}

impl TrafficShift {
    /// Whether nothing is waited for but a bake time.
    #[must_use]
    pub fn is_baking(&self) -> bool {
        matches!(self.stage, LifecycleStage::ProductionTrafficShift | LifecycleStage::BakeTime)
    }

    /// How many tasks serve behind a load balancer, of so many each: each revision's count by its
    /// share of the traffic, rounded down, and one at least where somebody serves. What one revision
    /// cannot serve the other does not see.
    fn serving(&self, blue: u32, green: u32) -> u32 {
        let rest = u64::from(Permille::ALL.0 - self.share.0);
        let sum = u64::from(blue) * rest + u64::from(green) * u64::from(self.share.0);
        let tasks = sum / u64::from(Permille::ALL.0);
        u32::try_from(tasks.max(u64::from(sum > 0))).unwrap_or(u32::MAX)
    }
}

impl DeploymentConfiguration {
    /// Whether traffic shifts from revision to revision, each with all its tasks.
    #[must_use]
    pub fn shifts_traffic(&self) -> bool {
        self.strategy != DeploymentStrategy::Rolling
    }

    /// The traffic of the new revision after the next step.
    fn next_share(&self, share: Permille) -> Permille {
        let next = match self.strategy {
            DeploymentStrategy::Rolling | DeploymentStrategy::BlueGreen => Permille::ALL,
            DeploymentStrategy::Linear => Permille(share.0 + self.linear.step_percent.0),
            DeploymentStrategy::Canary if share == Permille(0) => self.canary.canary_percent,
            DeploymentStrategy::Canary => Permille::ALL,
        };
        next.min(Permille::ALL)
    }

    /// How long the traffic stays as it is after a step. Documented (ECS API,
    /// `LinearConfiguration`): the step that reaches 100 % has no bake time but the deployment's;
    /// assumed of a canary of 100 % too.
    fn bake_time_at(&self, share: Permille) -> SimDuration {
        match self.strategy {
            DeploymentStrategy::Linear if share < Permille::ALL => self.linear.step_bake_time,
            DeploymentStrategy::Canary if share < Permille::ALL => self.canary.canary_bake_time,
            DeploymentStrategy::Rolling
            | DeploymentStrategy::BlueGreen
            | DeploymentStrategy::Linear
            | DeploymentStrategy::Canary => self.bake_time,
        }
    }

    /// Whether the circuit breaker watches. Documented (ECS developer guide,
    /// deployment-failure-detection): rolling and blue/green deployments alone; the API's text
    /// names rolling ones alone.
    pub(in crate::model) fn has_breaker(&self) -> bool {
        let watched = [DeploymentStrategy::Rolling, DeploymentStrategy::BlueGreen];
        self.circuit_breaker.enable && watched.contains(&self.strategy)
    }
}

impl Cluster<'_> {
    /// The settings of a service.
    fn settings_of(&self, id: ServiceId) -> Option<&ServiceSetup> {
        match &self.setup.group(self.service(id).primary).kind {
            RequestKind::Service(service) => Some(service),
            RequestKind::RunTask(_) => None,
        }
    }

    /// Whether a service's deployments shift traffic.
    #[must_use]
    pub fn shifts_traffic(&self, id: ServiceId) -> bool {
        self.settings_of(id).is_some_and(|service| service.deployment.shifts_traffic())
    }

    /// Tasks of a service that take requests: their application serves, and where there is a load
    /// balancer they are healthy in it and not deregistering. While it shifts traffic each revision's
    /// count by its share of it. Without one every task that runs serves, also the protected ones of
    /// revisions before.
    #[must_use]
    pub fn serving_tasks(&self, id: ServiceId) -> u32 {
        let service = self.service(id);
        let of = |id: GroupId| self.groups[id.index()].serving;
        match service.shift.filter(|shift| shift.is_managed) {
            Some(shift) => shift.serving(of(shift.blue), of(service.primary)),
            None => service.revisions.iter().map(|id| of(*id)).sum(),
        }
    }

    /// The old revision that keeps its tasks while a new one takes over.
    pub(in crate::model) fn kept_revision(&self, id: ServiceId) -> Option<GroupId> {
        let shift = self.service(id).shift?;
        (shift.stage != LifecycleStage::CleanUp).then_some(shift.blue)
    }

    /// A revision is about to become primary: from which one it takes over, if traffic shifts.
    pub(in crate::model) fn begin_shift<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        (kind, revision): (DeploymentKind, GroupId),
    ) {
        if kind == DeploymentKind::Creation || !self.shifts_traffic(id) {
            return;
        }
        let blue = self.kept_revision(id).unwrap_or(self.service(id).primary);
        let is_managed = self.settings_of(id).is_some_and(|of| of.load_balancer.is_some());
        let service = &mut self.services[id.index()];
        service.stages += 1;
        let number = service.stages;
        let (stage, share) = (LifecycleStage::ScaleUp, Permille(0));
        // Back to the revision that has all its tasks: there is nothing to wait for.
        let shift = TrafficShift { blue, stage, share, is_managed, number };
        service.shift = (blue != revision).then_some(shift);
        if service.shift.is_some() {
            step.push(Effect::After(STAGE_LIMIT, Event::StageTimesOut(id, number)));
        }
    }

    /// Lets the traffic shift once all tasks of the new revision are healthy.
    pub(in crate::model) fn end_scale_up<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
    ) {
        let under_way = self.deployment_mut(id).is_some();
        let service = &self.services[id.index()];
        let healthy = self.groups[service.primary.index()].healthy.count_at(step.now);
        let complete = under_way && healthy >= service.desired_count;
        let service = &mut self.services[id.index()];
        let scales = |shift: &&mut TrafficShift| shift.stage == LifecycleStage::ScaleUp;
        let Some(shift) = service.shift.as_mut().filter(scales).filter(|_| complete) else {
            return;
        };
        service.stages += 1;
        shift.stage = LifecycleStage::ProductionTrafficShift;
        shift.number = service.stages;
        step.push(Effect::After(SimDuration::ZERO, Event::StageEnds(id, shift.number)));
    }

    /// The next step of a deployment that shifts traffic is due.
    pub(in crate::model) fn stage_ends<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        number: u32,
    ) {
        let current = self.service(id).shift.filter(|shift| shift.number == number);
        let Some(shift) = current.filter(|_| self.deployment_mut(id).is_some()) else { return };
        match shift.stage {
            LifecycleStage::ScaleUp | LifecycleStage::CleanUp => {}
            LifecycleStage::ProductionTrafficShift => self.shift_traffic(step, id, shift),
            LifecycleStage::BakeTime => self.clean_up(step, id, shift),
        }
    }

    /// Green gets more of the traffic.
    fn shift_traffic<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        mut shift: TrafficShift,
    ) {
        let Some(configuration) = self.settings_of(id).map(|service| service.deployment) else {
            return;
        };
        shift.share = configuration.next_share(shift.share);
        let bake = configuration.bake_time_at(shift.share);
        let all = shift.share == Permille::ALL;
        if all {
            shift.stage = LifecycleStage::BakeTime;
        }
        let service = &mut self.services[id.index()];
        service.stages += 1;
        shift.number = service.stages;
        service.shift = Some(shift);
        let primary = service.primary;
        self.serving_changed(primary, step.now);
        if let Some(deployment) = self.deployment_mut(id) {
            deployment.traffic_from.get_or_insert(step.now);
            deployment.traffic_at = all.then_some(step.now);
        }
        step.push(Effect::After(bake, Event::StageEnds(id, shift.number)));
    }

    /// The bake time is over: blue's tasks go.
    fn clean_up<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        shift: TrafficShift,
    ) {
        let service = &mut self.services[id.index()];
        let stage = LifecycleStage::CleanUp;
        service.shift = Some(TrafficShift { stage, ..shift });
        let primary = service.primary;
        let blue = &mut self.groups[shift.blue.index()];
        blue.desired_count = 0;
        blue.want(0, step.now);
        if let Some(deployment) = self.deployment_mut(id) {
            deployment.clean_up_at = Some(step.now);
        }
        self.schedule_service(step, primary);
    }

    /// A stage has lasted as long as it may: the deployment fails, and the old revision is it again.
    pub(in crate::model) fn stage_times_out<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        number: u32,
    ) {
        let current = self.service(id).shift.filter(|shift| shift.number == number);
        let Some(shift) = current else { return };
        if let Some(deployment) = self.deployment_mut(id) {
            deployment.rollout = Rollout::Failed(step.now, DeploymentFailure::StageTimeout);
            self.deploy(step, id, DeploymentKind::Rollback, shift.blue);
        }
    }

    /// Takes the tasks of revisions away that have no traffic any more, all at once but those that are
    /// protected.
    pub(in crate::model) fn stop_old_revision<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
    ) {
        let mut tasks = self.groups[id.index()].active.clone();
        tasks.sort_by_key(|task| self.tasks.get(*task).ordinal);
        for task in tasks {
            if !self.is_protected(task, step.now) || self.is_draining(task) {
                self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parameters::deployments::DEPLOYMENT_CONFIGURATION;
    use crate::scenario::{CanaryConfiguration, LinearConfiguration};

    fn steps(configuration: &DeploymentConfiguration) -> Vec<(u32, u64)> {
        let mut share = Permille(0);
        let mut steps = Vec::new();
        while share < Permille::ALL {
            share = configuration.next_share(share);
            let bake = configuration.bake_time_at(share).as_micros() / 60_000_000;
            steps.push((share.0, bake));
        }
        steps
    }

    #[test]
    fn each_strategy_takes_its_own_steps_and_bakes_after_each() {
        let bake_time = SimDuration::from_secs(15 * 60);
        let of =
            |strategy| DeploymentConfiguration { strategy, bake_time, ..DEPLOYMENT_CONFIGURATION };
        assert_eq!(steps(&of(DeploymentStrategy::BlueGreen)), [(1_000, 15)]);
        assert_eq!(steps(&of(DeploymentStrategy::Canary)), [(50, 10), (1_000, 15)]);
        let minutes = |n: u64| SimDuration::from_secs(60 * n);
        // 30 %, 60 %, 90 %, and then what is left.
        let linear =
            LinearConfiguration { step_percent: Permille(300), step_bake_time: minutes(6) };
        let linear = DeploymentConfiguration { linear, ..of(DeploymentStrategy::Linear) };
        assert_eq!(steps(&linear), [(300, 6), (600, 6), (900, 6), (1_000, 15)]);
        let canary =
            CanaryConfiguration { canary_percent: Permille::ALL, canary_bake_time: minutes(6) };
        let canary = DeploymentConfiguration { canary, ..of(DeploymentStrategy::Canary) };
        assert_eq!(steps(&canary), [(1_000, 15)]);
    }

    #[test]
    fn tasks_that_serve_are_weighed_by_the_traffic_of_their_revision() {
        let (blue, stage) = (GroupId::from_index(0), LifecycleStage::ScaleUp);
        let of = |share| TrafficShift {
            blue,
            stage,
            share: Permille(share),
            is_managed: true,
            number: 0,
        };
        assert_eq!(of(0).serving(10, 8), 10);
        assert_eq!(of(50).serving(10, 10), 10);
        // 9.5 of blue and 0.2 of green.
        assert_eq!(of(50).serving(10, 4), 9);
        assert_eq!(of(1_000).serving(10, 4), 4);
        assert_eq!((of(50).serving(0, 1), of(50).serving(0, 0)), (1, 0));
    }
}
