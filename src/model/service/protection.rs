//! Task scale-in protection.
//!
//! Documented (ECS developer guide, task-scale-in-protection): a protected task is not stopped because
//! its service has too many, by a deployment, or to even out zones, until the protection is taken back
//! or expires. What becomes of its instance is another matter: drains and interruptions take it along.

use crate::units::{ServiceId, SimTime};

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
    }

    /// Whether tasks of a service protect themselves at all.
    pub(in crate::model) fn has_protection(&self, id: ServiceId) -> bool {
        let primary = self.services[id.index()].primary;
        matches!(&self.setup.group(primary).kind,
            RequestKind::Service(setup) if setup.protection.is_some())
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
        let shall_go = service.revisions.iter().copied();
        let shall_go = shall_go.filter(|revision| *revision != primary || has_too_many);
        let tasks = shall_go.flat_map(|revision| &self.groups[revision.index()].active);
        let protected = tasks.filter_map(|task| self.protection_of(*task));
        let first = protected.filter(|(from, until)| *from <= step.now && step.now < *until);
        let Some(first) = first.map(|(_, until)| until).min() else { return };
        if service.protection_pass_at.is_none_or(|at| at <= step.now || first < at) {
            self.services[id.index()].protection_pass_at = Some(first);
            step.push(Effect::After(first - step.now, Event::ScheduleService(primary)));
        }
    }
}
