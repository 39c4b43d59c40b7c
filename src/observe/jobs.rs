//! Standalone tasks: how those of each RunTask block ended, and when each call was done.

use std::collections::BTreeMap;

use crate::model::{Cluster, Effect, Event, LastStatus, TaskRef};
use crate::units::{GroupId, SimDuration, SimTime};

use super::metrics::Samples;

/// How a task ended: its stop code, and the exit code of a container that exited by itself.
pub type End = (&'static str, Option<u8>);

/// A call of RunTask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it was made.
    pub at: SimTime,
    /// Of its tasks, not STOPPED yet.
    pub left: u32,
    /// Of its tasks, STOPPED without exit code 0.
    pub failed: u32,
    /// When the last of those that are STOPPED became so.
    pub last_ended: Option<SimTime>,
    /// Of its tasks, not STOPPED when the next call was made.
    pub left_at_next: Option<u32>,
}

impl Call {
    /// When all of its tasks were STOPPED, if they are.
    #[must_use]
    pub fn done_at(&self) -> Option<SimTime> {
        self.last_ended.filter(|_| self.left == 0)
    }

    /// How long it took until then.
    #[must_use]
    pub fn time(&self) -> Option<SimDuration> {
        self.done_at().map(|at| at.since(self.at))
    }
}

/// What became of the tasks of a RunTask block.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Requested to RUNNING.
    pub to_running: Samples,
    /// When the first task was RUNNING.
    pub first_started: Option<SimTime>,
    /// When the last task that is STOPPED became so.
    pub last_ended: Option<SimTime>,
    /// Tasks that are STOPPED or on the way there.
    pub ends: BTreeMap<End, u64>,
    /// The calls, in order.
    pub calls: Vec<Call>,
}

/// All of them, by the position of the group; `None`: no block, or never called.
#[derive(Clone, Debug, Default)]
pub struct Jobs(Vec<Option<Job>>);

impl Jobs {
    #[inline]
    pub(super) fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        match event {
            Event::RunTask(group) => self.called(now, group, cluster),
            Event::TaskStarted(task) if !self.0.is_empty() => self.started(now, task, cluster),
            _ => {}
        }
    }

    #[inline]
    pub(super) fn effect(&mut self, now: SimTime, effect: Effect, cluster: &Cluster<'_>) {
        if let Effect::TaskEnded(task) = effect
            && !self.0.is_empty()
        {
            self.ended(now, task, cluster);
        }
    }

    fn called(&mut self, now: SimTime, group: GroupId, cluster: &Cluster<'_>) {
        self.0.resize(cluster.groups().len(), None);
        let job = self.0[group.index()].get_or_insert_default();
        if let Some(last) = job.calls.last_mut() {
            last.left_at_next = Some(last.left);
        }
        let left = cluster.setup().group(group).tasks_of_a_call();
        job.calls.push(Call { at: now, left, failed: 0, last_ended: None, left_at_next: None });
    }

    fn started(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        let running = task.epoch == id.epoch && task.last_status == LastStatus::Running;
        if !running || task.since != now {
            return;
        }
        if let Some(job) = self.of(task.group) {
            job.first_started.get_or_insert(now);
            job.to_running.add(now - task.requested_at);
        }
    }

    fn ended(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        let Some(job) = self.of(cluster.task(id).group) else { return };
        job.last_ended = Some(now);
        let end = end_of(id, cluster);
        if let Some(end) = end {
            *job.ends.entry(end).or_default() += 1;
        }
        if let Some(call) = job.calls.get_mut(cluster.call_of(id)) {
            call.left -= 1;
            call.failed += u32::from(end.is_none_or(|(_, code)| code != Some(0)));
            call.last_ended = Some(now);
        }
    }

    /// The run is over: tasks that are on the way to STOPPED have ended too.
    pub(super) fn finish(&mut self, cluster: &Cluster<'_>) {
        if self.0.is_empty() {
            return;
        }
        for id in cluster.live_tasks() {
            let job = self.of(cluster.task(id).group);
            if let Some((job, end)) = job.zip(end_of(id, cluster)) {
                *job.ends.entry(end).or_default() += 1;
            }
        }
    }

    /// What became of a block's tasks; `None` where it was never called.
    #[must_use]
    pub fn take(&mut self, group: GroupId) -> Option<Job> {
        self.0.get_mut(group.index())?.take()
    }

    fn of(&mut self, group: GroupId) -> Option<&mut Job> {
        self.0.get_mut(group.index())?.as_mut()
    }
}

/// How a task ended; `None` while it is wanted.
fn end_of(id: TaskRef, cluster: &Cluster<'_>) -> Option<End> {
    cluster.task(id).stop_code.map(|code| (code.name(), cluster.exit_code(id)))
}
