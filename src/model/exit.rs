//! How essential containers exit by themselves, and with which code.
//!
//! Documented (ECS developer guide, task_definition_parameters): where an essential container exits,
//! its task stops. ECS replaces a task of a service and leaves a standalone task alone, whatever the
//! exit code: whoever called RunTask looks at it.

use crate::scenario::TaskFailure;
use crate::scenario::parameters::faults::PULL_FAILS_AFTER;
use crate::units::SimDuration;

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;
use super::draws::Luck;
use super::event::{Effect, Event, PullKind};
use super::fault::hits;
use super::stop_reason::StopReason;
use super::task::{LastStatus, StopCode, TaskRef};

/// The exit code where a fault ends a container. Assumed: that of most programs that give up.
const FAULT_EXIT_CODE: u8 = 1;

impl Cluster<'_> {
    /// The exit code of a task's essential container, where that exited by itself. A container that is
    /// stopped, or lost with its instance, has none here.
    #[must_use]
    pub fn exit_code(&self, id: TaskRef) -> Option<u8> {
        let task = self.task(id);
        if task.stop_code != Some(StopCode::EssentialContainerExited) {
            return None;
        }
        if task.stop_reason == Some(StopReason::EssentialContainerFailed) {
            return self.setup.group(task.group).run_failure().map(|failure| failure.exit_code);
        }
        if task.stop_reason != Some(StopReason::EssentialContainerCrashed) {
            return Some(0);
        }
        Some(match self.failure_of(id) {
            Some(TaskFailure::Crashes { exit_code, .. }) => exit_code,
            Some(TaskFailure::NeverStarts) | None => FAULT_EXIT_CODE,
        })
    }

    /// What is wrong with the definition of a task.
    #[inline]
    fn failure_of(&self, task: TaskRef) -> Option<TaskFailure> {
        if !self.setup.any_fails {
            return None;
        }
        let group = self.setup.group(self.tasks.get(task).group);
        self.setup.definition(group.definition).failure
    }

    /// Whether no task of its definition ever starts.
    pub(super) fn never_starts(&self, task: TaskRef) -> bool {
        self.failure_of(task) == Some(TaskFailure::NeverStarts)
    }

    /// A task's image is pulled from its registry; if it is not there, attempts begin that end in vain.
    pub(super) fn pull_from_registry<S>(&self, step: &mut Step<'_, S>, task: TaskRef) {
        step.push(if self.never_starts(task) {
            Effect::After(PULL_FAILS_AFTER, Event::TaskFails(task))
        } else {
            Effect::PullImage { task, kind: PullKind::Registry }
        });
    }

    /// A task that has just started will crash: by its definition or by a fault, whichever comes first.
    #[inline(always)] // most runs have neither
    pub(super) fn await_crash<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        if self.setup.any_fails || self.faults.any() {
            self.plan_crash(step, task);
        }
    }

    #[inline(never)]
    fn plan_crash<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        let own = match self.failure_of(task) {
            Some(TaskFailure::Crashes { after, .. }) => Some(after),
            Some(TaskFailure::NeverStarts) | None => None,
        };
        let fault = if self.faults.any() { self.crashes_after(task, step.draws) } else { None };
        let first: Option<SimDuration> = match (own, fault) {
            (Some(own), Some((after, _))) if own <= after => Some(own),
            (_, Some((after, id))) => {
                self.will_fail(task, id);
                Some(after)
            }
            (own, None) => own,
        };
        if let Some(after) = first {
            step.push(Effect::After(after, Event::TaskCrashes(task)));
        }
    }

    /// The essential container of a standalone task has done its work, or has failed at it.
    pub(super) fn containers_exited<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
    ) {
        if !self.is_in(task, LastStatus::Running) {
            return;
        }
        let found = self.tasks.get(task);
        let fails = self.setup.group(found.group).run_failure().is_some_and(|failure| {
            let luck = Luck::Exit(found.group, found.ordinal);
            hits(failure.probability, step.draws.draw(luck))
        });
        let reason = if fails {
            StopReason::EssentialContainerFailed
        } else {
            StopReason::EssentialContainerExited
        };
        self.end_at_once(step, task, StopCode::EssentialContainerExited, reason);
    }

    /// The container of a task crashes, by its definition or by a fault.
    pub(super) fn task_crashes<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        // Its load balancer drains it: there is nothing left to send the stop signal to.
        if self.is_in(task, LastStatus::Deactivating) {
            self.end_execution(step, task);
            return;
        }
        if !self.is_in(task, LastStatus::Running) {
            return;
        }
        if let Some(fault) = self.take_fault(task) {
            let group = self.tasks.get(task).group;
            self.harmed(fault, group).tasks_stopped += 1;
        }
        self.crash(step, task);
    }

    /// The container of a RUNNING task crashes.
    pub(super) fn crash<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, task: TaskRef) {
        let reason = StopReason::EssentialContainerCrashed;
        self.end_at_once(step, task, StopCode::EssentialContainerExited, reason);
    }
}
