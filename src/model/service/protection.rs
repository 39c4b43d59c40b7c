//! Task scale-in protection.
//!
//! Documented (ECS developer guide, task-scale-in-protection): a protected task is not stopped because
//! its service has too many, by a deployment, or to even out zones, until the protection is taken back
//! or expires. What becomes of its instance is another matter: drains and interruptions take it along.
//! A worker calls for it when it takes up work and takes it back when it has done (the same guide,
//! task-scale-in-protection-endpoint). Assumed: at the very moments at which it receives a message and
//! has worked on its last; each message anew; who goes on with the next at once stays protected.

use crate::units::{GroupId, ServiceId, SimDuration, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::event::{Effect, Event};
use super::super::setup::RequestKind;
use super::super::task::{LastStatus, TaskRef};

impl Cluster<'_> {
    /// From when to when a RUNNING task is protected.
    fn protection_of(&self, task: TaskRef) -> Option<(SimTime, SimTime)> {
        let found = self.tasks.get(task);
        let RequestKind::Service(setup) = &self.setup.group(found.group).kind else { return None };
        let protection = setup.protection?;
        if found.last_status != LastStatus::Running {
            return None;
        }
        let from = self.tasks.stamps(task).started_at.get()? + protection.from;
        Some((from, from + protection.expires_in))
    }

    /// Whether a task is protected from scale-in now.
    #[must_use]
    pub fn is_protected(&self, task: TaskRef, now: SimTime) -> bool {
        self.protection_of(task).is_some_and(|(from, until)| from <= now && now < until)
            || self.protected_by_messages(task).is_some_and(|until| now < until)
    }

    /// Whether tasks of a service protect themselves at all.
    pub(in crate::model) fn has_protection(&self, id: ServiceId) -> bool {
        let primary = self.services[id.index()].primary;
        let by_itself = matches!(&self.setup.group(primary).kind,
            RequestKind::Service(setup) if setup.protection.is_some());
        by_itself || self.messages_protect(id)
    }

    /// Whether a service has tasks that shall go: more than it wants, or of old revisions.
    pub(in crate::model) fn wants_fewer(&self, id: ServiceId) -> bool {
        let service = &self.services[id.index()];
        service.revisions.iter().any(|revision| {
            let group = &self.groups[revision.index()];
            if *revision == service.primary {
                group.counted() > group.desired_count + service.zones.moving()
            } else {
                !group.active.is_empty()
            }
        })
    }

    /// Looks again when the first protection of a task that shall go expires.
    pub(in crate::model) fn await_expiry<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
    ) {
        let service = &self.services[id.index()];
        let primary = service.primary;
        let has_too_many = {
            let group = &self.groups[primary.index()];
            group.counted() > group.desired_count + service.zones.moving()
        };
        let mut first: Option<SimTime> = None;
        for position in 0..service.revisions.len() {
            let revision = self.services[id.index()].revisions[position];
            if revision == primary && !has_too_many {
                continue;
            }
            let own = self.first_to_expire(revision, step.now);
            let by_messages = self.first_message_to_expire(revision, step.now);
            first = [first, own, by_messages].into_iter().flatten().min();
        }
        let service = &self.services[id.index()];
        let Some(first) = first else { return };
        if service.protection_pass_at.is_none_or(|at| at <= step.now || first < at) {
            self.services[id.index()].protection_pass_at = Some(first);
            step.push(Effect::After(first - step.now, Event::ScheduleService(primary)));
        }
    }

    /// A task of a service that protects its tasks is RUNNING.
    pub(in crate::model) fn note_start(&mut self, task: TaskRef, now: SimTime) {
        let id = self.tasks.get(task).group;
        let RequestKind::Service(setup) = &self.setup.group(id).kind else { return };
        if setup.protection.is_some() {
            self.groups[id.index()].by_start.push_back((now, task));
        }
    }

    /// When the first protection of a revision's tasks expires that lasts now. All last as long, so that
    /// it is that of the task that has run longest of those whose protection has not expired.
    fn first_to_expire(&mut self, id: GroupId, now: SimTime) -> Option<SimTime> {
        let RequestKind::Service(setup) = &self.setup.group(id).kind else { return None };
        let protection = setup.protection?;
        loop {
            let (started_at, task) = *self.groups[id.index()].by_start.front()?;
            let from = started_at + protection.from;
            let until = from + protection.expires_in;
            let runs = self.still_runs(task);
            if runs && now < until {
                return (from <= now).then_some(until);
            }
            let group = &mut self.groups[id.index()];
            group.by_start.pop_front();
            if runs {
                group.expired.push(task);
            }
        }
    }

    /// When the protection of one of a revision's tasks that run begins or ends next.
    pub(in crate::model) fn protection_changes_at(
        &self,
        id: GroupId,
        now: SimTime,
    ) -> Option<SimTime> {
        let RequestKind::Service(setup) = &self.setup.group(id).kind else { return None };
        setup.protection?;
        let all = self.groups[id.index()].active.iter();
        let changes = all.filter_map(|task| {
            let (from, until) = self.protection_of(*task)?;
            [from, until].into_iter().find(|at| *at > now)
        });
        changes.min()
    }

    /// Whether all tasks of a revision that run are protected from their start on and still now, so that
    /// none needs to be looked at.
    pub(in crate::model) fn all_protected(&mut self, id: GroupId, now: SimTime) -> bool {
        let RequestKind::Service(setup) = &self.setup.group(id).kind else { return false };
        if setup.protection.is_none_or(|protection| protection.from > SimDuration::ZERO) {
            return false;
        }
        self.first_to_expire(id, now);
        let mut expired = std::mem::take(&mut self.groups[id.index()].expired);
        expired.retain(|task| self.still_runs(*task));
        let none = expired.is_empty();
        self.groups[id.index()].expired = expired;
        none
    }

    fn still_runs(&self, task: TaskRef) -> bool {
        let found = self.tasks.get(task);
        found.epoch == task.epoch && found.last_status == LastStatus::Running
    }
}
