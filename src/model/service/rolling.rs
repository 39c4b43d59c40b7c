//! Rolling update: tasks of the new revision start, and those of the others stop, as far as
//! `maximumPercent` and `minimumHealthyPercent` let them.
//!
//! Documented (ECS API, `DeploymentConfiguration`): the maximum counts tasks RUNNING or on their way, the
//! minimum healthy ones; the scheduler may stop old tasks before new ones start if the minimum holds
//! without them. Assumed: it always does; old tasks that are not RUNNING or not healthy stop at once.

use crate::scenario::{EarlySuccess, PlacementStrategy};
use crate::units::{GroupId, ServiceId, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::provider::RoomSeen;
use super::super::setup::RequestKind;
use super::super::task::{LastStatus, StopCode, TaskRef};
use super::TaskHealth;
use super::deployment::DeploymentKind;
use super::scale_in::Packed;

impl Cluster<'_> {
    /// How many healthy tasks of a service may stop now, of a revision; where traffic shifts each
    /// revision counts by itself.
    pub(in crate::model) fn may_stop(&self, id: ServiceId, of: GroupId, now: SimTime) -> u32 {
        let healthy = match self.shifts_traffic(id) {
            true => self.groups[of.index()].healthy.count_at(now),
            false => self.healthy_tasks(id, now),
        };
        self.may_stop_of(id, of, healthy)
    }

    /// How many of so many healthy tasks may stop.
    #[must_use]
    pub fn may_stop_of(&self, id: ServiceId, of: GroupId, healthy: u32) -> u32 {
        let RequestKind::Service(setup) = &self.setup.group(of).kind else { return 0 };
        healthy.saturating_sub(setup.deployment.least_healthy(self.desired_count(id)))
    }

    /// How many tasks of a revision may start now.
    #[must_use]
    pub fn may_start(&self, id: ServiceId, of: GroupId) -> u32 {
        let RequestKind::Service(setup) = &self.setup.group(of).kind else { return 0 };
        let active = match setup.deployment.shifts_traffic() {
            true => self.groups[of.index()].active_tasks(),
            false => self.active_tasks(id),
        };
        setup.deployment.most_tasks(self.desired_count(id)).saturating_sub(active)
    }

    /// What makes the deployment of a service a success before all is done, if something does. Documented
    /// (ECS developer guide, early-success-criteria): it is for updates, and one task at least must be
    /// healthy. Assumed: not for rollbacks.
    pub(in crate::model) fn early_success(&self, id: ServiceId) -> Option<EarlySuccess> {
        let service = self.service(id);
        let last = service.deployments.last()?;
        let RequestKind::Service(setup) = &self.setup.group(service.primary).kind else {
            return None;
        };
        setup.deployment.early_success.filter(|_| last.kind == DeploymentKind::Update)
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
            let kept = revision == service.primary || Some(revision) == self.kept_revision(id);
            if kept || self.groups[revision.index()].active.is_empty() {
                continue;
            }
            if self.shifts_traffic(id) {
                self.stop_old_revision(step, revision);
                continue;
            }
            for task in self.useless_tasks(revision, step.now) {
                self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
            }
            // A victim that is not healthy yet leaves its share to another.
            loop {
                let count = self.may_stop(id, revision, step.now);
                let victims = self.old_victims(step, revision, count);
                if victims.is_empty() {
                    break;
                }
                for task in victims {
                    self.stop_task(step, task, StopCode::ServiceSchedulerInitiated);
                }
            }
        }
    }

    /// Tasks of a revision that nobody misses: those that do not run, and those that are unhealthy and
    /// not protected.
    fn useless_tasks(&self, id: GroupId, now: SimTime) -> Vec<TaskRef> {
        if self.groups[id.index()].all_run_well() {
            return Vec::new();
        }
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
        &mut self,
        step: &Step<'_, S>,
        id: GroupId,
        count: u32,
    ) -> Vec<TaskRef> {
        if count == 0 {
            return Vec::new();
        }
        if self.groups[id.index()].draining == 0 {
            return self.next_to_leave(step, id, count);
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

    /// The first tasks of a revision by the order of scale-in, which is worked out anew only where it may
    /// have changed since the last pass.
    fn next_to_leave<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: GroupId,
        count: u32,
    ) -> Vec<TaskRef> {
        if self.groups[id.index()].all_run_well() && self.all_protected(id, step.now) {
            return Vec::new();
        }
        let group = &self.groups[id.index()];
        let by_messages = self.service_of(id).is_some_and(|of| self.messages_protect(of));
        // Who works on what changes at any time.
        if by_messages || !group.all_run_well() {
            return self.surplus_victims(step, id, count);
        }
        let packs = |step: &PlacementStrategy| matches!(step, PlacementStrategy::Binpack(_));
        if self.setup.group(id).ask.strategy.iter().any(packs) {
            return self.next_of_packed(step, id, count);
        }
        let (all, created) = (group.active_tasks(), group.created);
        if !group.leaving.is_of(all, created, step.now) {
            let order = self.surplus_victims(step, id, all);
            let until = self.protection_changes_at(id, step.now);
            self.groups[id.index()].leaving = Leaving::new(order, (all, created), until);
        }
        self.groups[id.index()].leaving.take(count)
    }

    /// The same where what is free on the instances decides: that changes with the tasks of all services,
    /// so that each pass looks at the instances on which something has changed since the last one.
    fn next_of_packed<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: GroupId,
        count: u32,
    ) -> Vec<TaskRef> {
        let group = &self.groups[id.index()];
        let (all, created) = (group.active_tasks(), group.created);
        let mut leaving = std::mem::take(&mut self.groups[id.index()].leaving);
        let known = leaving.is_of(all, created, step.now);
        match leaving.packed.as_mut().zip(self.room_changes.since(leaving.room_seen)) {
            Some((packed, changed)) if known => {
                for instance in changed {
                    packed.set_left(*instance, self.free_resources(*instance).unwrap_or_default());
                }
            }
            _ => {
                let packed = self.shrinking(step, id, |_| true, Packed::new);
                let until = self.protection_changes_at(id, step.now);
                leaving = Leaving::new(Vec::new(), (all, created), until);
                leaving.staying -= u32::try_from(packed.len()).unwrap_or(0);
                leaving.packed = Some(packed);
            }
        }
        leaving.room_seen = self.room_changes.watch();
        let strategy = &self.setup.group(id).strategy;
        let victims = leaving.packed.as_mut().map(|packed| packed.take(strategy, count));
        self.groups[id.index()].leaving = leaving;
        victims.unwrap_or_default()
    }
}

/// The order in which the tasks of a revision go that no longer gets any: none of what it rests on
/// changes while they run and no protection begins or ends, so that the next pass goes on where the last
/// one stopped.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Leaving {
    /// The next one is the last.
    order: Vec<TaskRef>,
    /// In its place, where the placement strategy packs.
    packed: Option<Packed>,
    /// Up to where changes of the room on instances are known to it.
    room_seen: RoomSeen,
    /// Tasks beside them that do not go: they are protected.
    staying: u32,
    /// Tasks of the revision created by then.
    created: u32,
    /// When a protection begins or ends next, if one does.
    until: Option<SimTime>,
}

impl Leaving {
    /// The order, of so many tasks in all and created by now, and until when it holds.
    pub(super) fn new(
        mut order: Vec<TaskRef>,
        (all, created): (u32, u32),
        until: Option<SimTime>,
    ) -> Self {
        order.reverse();
        let staying = all.saturating_sub(u32::try_from(order.len()).unwrap_or(all));
        Self { order, staying, created, until, ..Self::default() }
    }

    /// Whether it is the order of so many tasks and still holds: no other one has left, none has come.
    pub(super) fn is_of(&self, tasks: u32, created: u32, now: SimTime) -> bool {
        let packed = self.packed.as_ref().map_or(0, Packed::len);
        self.order.len() + packed + self.staying as usize == tasks as usize
            && self.created == created
            && self.until.is_none_or(|until| now < until)
    }

    /// Takes the next ones.
    pub(super) fn take(&mut self, count: u32) -> Vec<TaskRef> {
        let rest = self.order.len().saturating_sub(count as usize);
        self.order.split_off(rest).into_iter().rev().collect()
    }
}
