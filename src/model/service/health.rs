//! Which tasks of a service count as healthy.
//!
//! Documented (ECS API, `DeploymentConfiguration` and `CreateService`): a task counts when its
//! container's health check and its load balancer's pass; without either, 40 s after RUNNING. In the
//! grace period after RUNNING an unhealthy task is left alone. Assumed: the first check comes one
//! interval after RUNNING; it passes from the moment at which the application serves.

use std::collections::VecDeque;

use crate::scenario::HealthCheck;
use crate::units::{GroupId, SimDuration, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::event::{Effect, Event};
use super::super::setup::{GroupSetup, RequestKind, ServiceSetup};
use super::super::stop_reason::StopReason;
use super::super::task::{LastStatus, TaskRef};
use super::{Deployment, GroupKind, Rollout, Service};

/// What looks at a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::model) enum Checker {
    /// The container's own check.
    Container,
    /// The load balancer.
    LoadBalancer,
}

impl Checker {
    const ALL: [Self; 2] = [Self::Container, Self::LoadBalancer];

    const fn passed(self) -> TaskHealth {
        TaskHealth(1 << self as u8)
    }

    const fn failed(self) -> TaskHealth {
        TaskHealth(4 << self as u8)
    }

    // An event each, not one that carries who checks: an event carries whole words.
    const fn passes(self, task: TaskRef) -> Event {
        match self {
            Self::Container => Event::HealthCheckPasses(task),
            Self::LoadBalancer => Event::TargetHealthy(task),
        }
    }

    const fn fails(self, task: TaskRef) -> Event {
        match self {
            Self::Container => Event::HealthCheckFails(task),
            Self::LoadBalancer => Event::TargetUnhealthy(task),
        }
    }
}

/// What is known of a task's health, in bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct TaskHealth(u8);

impl TaskHealth {
    /// It counts as healthy, by its checks.
    pub(in crate::model) const HEALTHY: Self = Self(16);
    /// It is unhealthy, and no grace is left.
    pub(in crate::model) const UNHEALTHY: Self = Self(32);
    /// It takes requests.
    pub(in crate::model) const SERVES: Self = Self(64);

    pub(in crate::model) const fn has(self, bits: Self) -> bool {
        self.0 & bits.0 == bits.0
    }

    const fn any(self, bits: Self) -> bool {
        self.0 & bits.0 != 0
    }

    const fn set(&mut self, bits: Self) {
        self.0 |= bits.0;
    }

    const fn clear(&mut self, bits: Self) {
        self.0 &= !bits.0;
    }
}

/// The healthy tasks of a revision. Those without checks are counted by the time at which they started:
/// nothing has to happen when one is old enough.
#[derive(Clone, Debug)]
pub(in crate::model) struct Healthy {
    /// After so long a task counts; `None`: its checks say.
    after: Option<SimDuration>,
    /// Tasks that started and are not counted yet, by the time of their start.
    young: VecDeque<(SimTime, u32)>,
    counted: u32,
    /// Those that started up to then are counted.
    counted_up_to: Option<SimTime>,
    /// Some have been counted since somebody asked.
    any_new: bool,
}

impl Healthy {
    pub(in crate::model) fn new(setup: &GroupSetup) -> Self {
        let after = match &setup.kind {
            RequestKind::Service(service) if !service.has_checks() => {
                Some(service.healthy_after_running)
            }
            RequestKind::Service(_) | RequestKind::RunTask(_) => None,
        };
        Self { after, young: VecDeque::new(), counted: 0, counted_up_to: None, any_new: false }
    }

    /// A task is RUNNING.
    fn started(&mut self, now: SimTime) {
        if self.after.is_none() {
            return;
        }
        self.settle(now);
        match self.young.back_mut() {
            Some((at, tasks)) if *at == now => *tasks += 1,
            _ => self.young.push_back((now, 1)),
        }
    }

    /// A task that was RUNNING since `started_at` is no longer wanted.
    fn left(&mut self, started_at: SimTime) {
        if self.after.is_none() {
            return;
        }
        if self.counted_up_to.is_some_and(|up_to| started_at <= up_to) {
            self.counted -= 1;
        } else if let Ok(at) = self.young.binary_search_by_key(&started_at, |(at, _)| *at) {
            // Where nobody is left the entry stays, empty, until its time.
            self.young[at].1 -= 1;
        }
    }

    /// Counts those that are old enough.
    pub(in crate::model) fn settle(&mut self, now: SimTime) {
        let Some(after) = self.after else { return };
        while let Some((started, tasks)) = self.young.front().copied() {
            if started + after > now {
                return;
            }
            self.young.pop_front();
            self.counted += tasks;
            self.counted_up_to = Some(started);
            self.any_new |= tasks > 0;
        }
    }

    /// Whether tasks became healthy by their age since this was asked last.
    pub(in crate::model) fn any_new(&mut self, now: SimTime) -> bool {
        self.settle(now);
        std::mem::take(&mut self.any_new)
    }

    /// Healthy tasks.
    pub(in crate::model) fn count_at(&self, now: SimTime) -> u32 {
        let Some(after) = self.after else { return self.counted };
        let old = self.young.iter().take_while(|(started, _)| *started + after <= now);
        self.counted + old.map(|(_, tasks)| tasks).sum::<u32>()
    }

    /// When so many are healthy, if nothing changes; `None`: not by age alone.
    pub(in crate::model) fn reaches(&self, tasks: u32, now: SimTime) -> Option<SimTime> {
        let mut sum = self.counted;
        if sum >= tasks {
            return Some(self.last_at(now).unwrap_or(now));
        }
        let after = self.after?;
        let mut young = self.young.iter().map(|(started, tasks)| (*started + after, *tasks));
        young.find_map(|(at, more)| {
            sum += more;
            (sum >= tasks).then_some(at)
        })
    }

    /// When the last of them became old enough; `None`: it is not age that counts.
    pub(in crate::model) fn last_at(&self, now: SimTime) -> Option<SimTime> {
        let after = self.after?;
        let old = self.young.iter().rev().find(|(at, tasks)| *tasks > 0 && *at + after <= now);
        old.map(|(started, _)| *started).or(self.counted_up_to).map(|started| started + after)
    }

    /// When the next task is old enough.
    fn next(&self) -> Option<SimTime> {
        let after = self.after?;
        self.young.iter().find(|(_, tasks)| *tasks > 0).map(|(started, _)| *started + after)
    }
}

impl ServiceSetup {
    /// Whether something looks at its tasks.
    #[must_use]
    pub const fn has_checks(&self) -> bool {
        self.health_check.is_some() || self.load_balancer.is_some()
    }

    fn check(&self, by: Checker) -> Option<HealthCheck> {
        match by {
            Checker::Container => self.health_check,
            Checker::LoadBalancer => self.load_balancer.map(|balancer| balancer.health_check),
        }
    }
}

/// The times of a task's checks.
#[derive(Clone, Copy, Debug)]
struct Checks {
    started_at: SimTime,
    check: HealthCheck,
}

impl Checks {
    /// The number of the first check at or after a time since RUNNING; the first of all is 1.
    fn first_from(&self, since: SimDuration) -> u64 {
        since.as_micros().div_ceil(self.check.interval.as_micros()).max(1)
    }

    fn at(&self, number: u64) -> SimTime {
        self.started_at + self.check.interval.saturating_mul(number)
    }

    /// When a task that passes its checks from `since` RUNNING on is healthy.
    fn healthy_at(&self, since: SimDuration) -> SimTime {
        self.at(self.first_from(since) + u64::from(self.check.healthy_threshold) - 1)
    }

    /// When a task that fails its checks from `since` RUNNING on is unhealthy.
    fn unhealthy_at(&self, since: SimDuration) -> SimTime {
        let interval = self.check.interval.as_micros();
        let counts_from = self.check.start_period.as_micros() / interval + 1;
        let first = self.first_from(since).max(counts_from);
        self.at(first + u64::from(self.check.unhealthy_threshold) - 1)
    }
}

impl Cluster<'_> {
    /// The service settings of a revision, where something checks its tasks.
    fn checked(&self, id: GroupId) -> Option<&ServiceSetup> {
        match &self.setup.group(id).kind {
            RequestKind::Service(service) if service.has_checks() => Some(service),
            RequestKind::Service(_) | RequestKind::RunTask(_) => None,
        }
    }

    /// A task is RUNNING: from now on it is looked at.
    pub(in crate::model) fn begin_checks<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        id: GroupId,
    ) {
        self.groups[id.index()].healthy.started(step.now);
        self.note_start(task, step.now);
        let Some(service) = self.checked(id) else { return };
        for by in Checker::ALL {
            let Some(check) = service.check(by) else { continue };
            let checks = Checks { started_at: step.now, check };
            // It may not serve in time; and it may fail later.
            let mut fails_at = checks.unhealthy_at(SimDuration::ZERO);
            step.push(Effect::After(fails_at - step.now, by.fails(task)));
            if let Some(after) = service.unhealthy_after {
                fails_at = fails_at.max(checks.unhealthy_at(after));
                step.push(Effect::After(fails_at - step.now, by.fails(task)));
            }
        }
    }

    /// A task's application serves: its checks pass.
    pub(in crate::model) fn await_checks<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        let id = self.tasks.get(task).group;
        // Nobody sends requests to standalone tasks.
        if self.groups[id.index()].kind == GroupKind::RunTask {
            return;
        }
        let Some(service) = self.checked(id) else {
            self.serve(step, task);
            return;
        };
        let Some(started_at) = self.tasks.stamps(task).started_at.get() else { return };
        let since = step.now.since(started_at);
        for by in Checker::ALL {
            let Some(check) = service.check(by) else { continue };
            let at = Checks { started_at, check }.healthy_at(since);
            step.push(Effect::After(at - step.now, by.passes(task)));
        }
        if service.load_balancer.is_none() {
            self.serve(step, task);
        }
    }

    /// Whether a check of a task passes now.
    fn passes(&self, task: TaskRef, now: SimTime) -> bool {
        let stamps = self.tasks.stamps(task);
        let fails_after =
            self.checked(self.tasks.get(task).group).and_then(|service| service.unhealthy_after);
        let (Some(started_at), Some(_)) = (stamps.started_at.get(), stamps.ready_at.get()) else {
            return false;
        };
        fails_after.is_none_or(|after| now < started_at + after)
    }

    /// So many checks of a task have passed that it is healthy.
    pub(in crate::model) fn health_check_passes<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        by: Checker,
    ) {
        if !self.is_in(task, LastStatus::Running) || !self.passes(task, step.now) {
            return;
        }
        let id = self.tasks.get(task).group;
        let Some(service) = self.checked(id) else { return };
        let needed = Checker::ALL.into_iter().filter(|by| service.check(*by).is_some());
        let needed =
            needed.fold(TaskHealth::default(), |sum, by| TaskHealth(sum.0 | by.passed().0));
        let health = &mut self.tasks.get_mut(task).health;
        health.set(by.passed());
        health.clear(by.failed());
        let becomes = health.has(needed) && !health.has(TaskHealth::HEALTHY);
        if by == Checker::LoadBalancer {
            self.serve(step, task);
        }
        if becomes {
            self.tasks.get_mut(task).health.set(TaskHealth::HEALTHY);
            self.groups[id.index()].healthy.counted += 1;
            self.forgive(task);
            self.task_is_healthy(id);
            self.schedule_service(step, id);
        }
    }

    /// So many checks of a task have failed that it is unhealthy, if it fails still.
    pub(in crate::model) fn health_check_fails<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        by: Checker,
    ) {
        if !self.is_in(task, LastStatus::Running) || self.passes(task, step.now) {
            return;
        }
        let id = self.tasks.get(task).group;
        let health = &mut self.tasks.get_mut(task).health;
        let was_healthy = health.has(TaskHealth::HEALTHY);
        health.set(by.failed());
        health.clear(by.passed());
        health.clear(TaskHealth::HEALTHY);
        self.groups[id.index()].healthy.counted -= u32::from(was_healthy);
        if by == Checker::LoadBalancer {
            self.stop_serving(step, task);
        }
        self.condemn(step, task);
    }

    /// The grace period of an unhealthy task is over, or has not been.
    pub(in crate::model) fn condemn<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        if !self.is_in(task, LastStatus::Running) {
            return;
        }
        let (id, health) = (self.tasks.get(task).group, self.tasks.get(task).health);
        let failed = TaskHealth(Checker::Container.failed().0 | Checker::LoadBalancer.failed().0);
        let (Some(service), Some(started_at)) =
            (self.checked(id), self.tasks.stamps(task).started_at.get())
        else {
            return;
        };
        if !health.any(failed) || health.has(TaskHealth::UNHEALTHY) {
            return;
        }
        let grace_ends = started_at + service.health_check_grace_period;
        if step.now < grace_ends {
            step.push(Effect::After(grace_ends - step.now, Event::GracePeriodEnds(task)));
            return;
        }
        self.tasks.get_mut(task).health.set(TaskHealth::UNHEALTHY);
        if !self.is_draining(task) {
            self.groups[id.index()].unhealthy.push(task);
        }
        self.deployment_task_failed(step, id);
        self.schedule_service(step, id);
    }

    /// Whether a task of a service counts as healthy.
    #[must_use]
    pub fn is_healthy(&self, task: TaskRef, now: SimTime) -> bool {
        let found = self.tasks.get(task);
        let healthy = &self.groups[found.group.index()].healthy;
        let Some(after) = healthy.after else { return found.health.has(TaskHealth::HEALTHY) };
        self.tasks.stamps(task).started_at.get().is_some_and(|at| at + after <= now)
    }

    /// Whether others are wanted in place of a task because it is unhealthy.
    #[must_use]
    pub fn is_replaced_as_unhealthy(&self, task: TaskRef) -> bool {
        self.tasks.get(task).health.has(TaskHealth::UNHEALTHY) && !self.is_draining(task)
    }

    /// Whether a task is unhealthy, and no grace is left, or was stopped for it.
    #[must_use]
    pub fn is_condemned(&self, task: TaskRef) -> bool {
        let found = self.tasks.get(task);
        found.epoch == task.epoch
            && (found.health.has(TaskHealth::UNHEALTHY)
                || found.stop_reason == Some(StopReason::FailedHealthChecks))
    }

    /// Whether a task takes requests.
    #[must_use]
    pub fn serves(&self, task: TaskRef) -> bool {
        self.tasks.get(task).health.has(TaskHealth::SERVES)
    }

    /// What ECS knows of the health of a task that something checks (ECS API, `HealthStatus`).
    #[must_use]
    pub fn health_status(&self, task: TaskRef) -> &'static str {
        let found = self.tasks.get(task);
        let failed = TaskHealth(Checker::Container.failed().0 | Checker::LoadBalancer.failed().0);
        let stopped_for_it = found.stop_reason == Some(StopReason::FailedHealthChecks);
        if found.epoch != task.epoch {
            "UNKNOWN"
        } else if found.health.any(failed) || stopped_for_it {
            "UNHEALTHY"
        } else if found.health.has(TaskHealth::HEALTHY) {
            "HEALTHY"
        } else {
            "UNKNOWN"
        }
    }

    /// Whether something waits for tasks of a revision to be healthy.
    pub(in crate::model) fn awaits_healthy(&self, id: GroupId) -> bool {
        let Some(service) = self.service_of(id) else { return false };
        let of = &self.services[service.index()];
        let kept = self.kept_revision(service);
        let drains = |id: GroupId| self.groups[id.index()].draining > 0;
        let moves = of.zones.moving() > 0;
        drains(id)
            || moves
            || of.is_updating()
            || kept.is_some_and(drains)
            || self.has_old_tasks(of)
    }

    /// Whether a deployment was completed early and tasks of old revisions want to run still.
    fn has_old_tasks(&self, service: &Service) -> bool {
        let old = service.revisions.iter().filter(|id| **id != service.primary);
        let mut old = old.map(|id| &self.groups[id.index()]);
        let completed = |last: &Deployment| matches!(last.rollout, Rollout::Completed(_));
        service.revisions.len() > 1
            && service.deployments.last().is_some_and(completed)
            && old.any(|group| !group.active.is_empty())
    }

    /// A task is healthy after all.
    fn forgive(&mut self, task: TaskRef) {
        let found = self.tasks.get_mut(task);
        if found.health.has(TaskHealth::UNHEALTHY) {
            found.health.clear(TaskHealth::UNHEALTHY);
            let id = found.group;
            self.groups[id.index()].unhealthy.retain(|other| *other != task);
        }
    }

    /// A task is no longer wanted: what is known of its health counts no more.
    pub(in crate::model) fn end_checks(&mut self, task: TaskRef, now: SimTime) {
        let found = self.tasks.get(task);
        let (id, health) = (found.group, found.health);
        if found.last_status == LastStatus::Running
            && let Some(started_at) = self.tasks.stamps(task).started_at.get()
        {
            self.groups[id.index()].healthy.left(started_at);
        }
        if health != TaskHealth::default() {
            let group = &mut self.groups[id.index()];
            group.healthy.counted -= u32::from(health.has(TaskHealth::HEALTHY));
            if health.has(TaskHealth::UNHEALTHY) {
                group.unhealthy.retain(|other| *other != task);
            }
            if health.has(TaskHealth::SERVES) {
                self.groups[id.index()].serving -= 1;
                self.serving_changed(id, now);
            }
            self.tasks.get_mut(task).health = TaskHealth::default();
        }
    }

    fn serve<S: DecisionSink>(&mut self, step: &Step<'_, S>, task: TaskRef) {
        let found = self.tasks.get_mut(task);
        if found.health.has(TaskHealth::SERVES) {
            return;
        }
        found.health.set(TaskHealth::SERVES);
        let id = found.group;
        self.groups[id.index()].serving += 1;
        self.serving_changed(id, step.now);
    }

    fn stop_serving<S: DecisionSink>(&mut self, step: &Step<'_, S>, task: TaskRef) {
        let found = self.tasks.get_mut(task);
        if found.health.has(TaskHealth::SERVES) {
            found.health.clear(TaskHealth::SERVES);
            let id = found.group;
            self.groups[id.index()].serving -= 1;
            self.serving_changed(id, step.now);
        }
    }

    /// When the next task of a revision is old enough to count.
    pub(in crate::model) fn next_healthy_at(&self, id: GroupId, now: SimTime) -> Option<SimTime> {
        self.groups[id.index()].healthy.next().filter(|at| *at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parameters::deployments::{CONTAINER_HEALTH_CHECK, LOAD_BALANCER};

    fn seconds(seconds: u64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_secs(seconds)
    }

    #[test]
    fn a_target_is_healthy_after_five_checks_and_unhealthy_after_two() {
        let checks = Checks { started_at: at(100), check: LOAD_BALANCER.health_check };
        assert_eq!(checks.healthy_at(seconds(0)), at(100 + 150));
        assert_eq!(checks.healthy_at(seconds(31)), at(100 + 60 + 120));
        assert_eq!(checks.unhealthy_at(seconds(0)), at(100 + 60));
        assert_eq!(checks.unhealthy_at(seconds(90)), at(100 + 90 + 30));
    }

    #[test]
    fn failures_in_the_start_period_of_a_container_do_not_count() {
        let check = HealthCheck { start_period: seconds(60), ..CONTAINER_HEALTH_CHECK };
        let checks = Checks { started_at: at(0), check };
        assert_eq!(checks.unhealthy_at(seconds(0)), at(90 + 60));
        assert_eq!(checks.healthy_at(seconds(10)), at(30));
    }

    #[test]
    fn tasks_without_checks_count_when_they_are_old_enough_and_as_long_as_they_run() {
        let after = Some(seconds(40));
        let young = VecDeque::new();
        let (counted_up_to, any_new) = (None, false);
        let mut healthy = Healthy { after, young, counted: 0, counted_up_to, any_new };
        for start in [0, 0, 10, 20] {
            healthy.started(at(start));
        }
        healthy.left(at(10));
        assert_eq!(healthy.next(), Some(at(40)));
        assert_eq!((healthy.count_at(at(39)), healthy.count_at(at(40))), (0, 2));
        assert_eq!(healthy.last_at(at(59)), Some(at(40)));
        assert!(healthy.any_new(at(45)) && !healthy.any_new(at(45)));
        healthy.left(at(0));
        assert_eq!((healthy.count_at(at(59)), healthy.count_at(at(60))), (1, 2));
        assert_eq!(healthy.last_at(at(70)), Some(at(60)));
    }
}
