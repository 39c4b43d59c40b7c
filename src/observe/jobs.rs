//! Standalone tasks: how those of each RunTask block ended, and when each call was done.

use std::collections::VecDeque;

use crate::model::{Cluster, Event, StopCode, TaskRef};
use crate::units::{GroupId, SimTime};

use super::metrics::{Samples, has_started};

/// Calls of a block that are kept one by one: the first.
const CALLS_KEPT: usize = 1_000;

/// How a task ended: its stop code, and the exit code of a container that exited by itself.
pub type End = (StopCode, Option<u8>);

/// A call of RunTask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it was made.
    pub at: SimTime,
    /// Of its tasks, not STOPPED yet.
    pub left: u32,
    /// Of its tasks, STOPPED without exit code 0.
    pub failed: u32,
    /// When all of its tasks were STOPPED, if they are.
    pub done_at: Option<SimTime>,
    /// Of its tasks, not STOPPED when the next call was made.
    pub left_at_next: Option<u32>,
}

/// What became of the tasks of a RunTask block.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// When the first task was RUNNING.
    pub first_started: Option<SimTime>,
    /// When the last task that is STOPPED became so.
    pub last_ended: Option<SimTime>,
    /// Tasks that are STOPPED or on the way there.
    pub ends: Vec<(End, u64)>,
    /// Calls made.
    pub calls_made: u64,
    /// Calls with tasks that were not STOPPED when the next call was made.
    pub calls_overrun: u64,
    /// From a call until all its tasks were STOPPED.
    pub call_times: Samples,
    /// The first 1,000 calls, in order.
    pub calls: Vec<Call>,
    /// Later calls that have tasks, from the oldest that had some: when it was made, and how many. None
    /// where a call has one task: the task says all.
    open: VecDeque<(SimTime, u32)>,
    /// Tasks of a call.
    of_a_call: u32,
    /// Of the last call, not STOPPED yet.
    left_of_last: u32,
}

impl Job {
    fn called(&mut self, now: SimTime, tasks: u32) {
        if self.calls_made > 0 {
            self.calls_overrun += u64::from(self.left_of_last > 0);
            if self.calls.len() as u64 == self.calls_made
                && let Some(last) = self.calls.last_mut()
            {
                last.left_at_next = Some(self.left_of_last);
            }
        }
        if self.calls.len() < CALLS_KEPT {
            let call = Call { at: now, left: tasks, failed: 0, done_at: None, left_at_next: None };
            self.calls.push(call);
        } else if tasks > 1 {
            self.open.push_back((now, tasks));
        }
        self.calls_made += 1;
        self.of_a_call = tasks;
        self.left_of_last = tasks;
    }

    fn count(&mut self, end: End) {
        match self.ends.iter_mut().find(|(known, _)| *known == end) {
            Some((_, tasks)) => *tasks += 1,
            None => self.ends.push((end, 1)),
        }
    }

    /// A task of a call, by its position, is STOPPED; it was requested with the call.
    fn ended(&mut self, now: SimTime, call: u64, requested_at: SimTime, success: bool) {
        self.last_ended = Some(now);
        if call + 1 == self.calls_made {
            self.left_of_last -= 1;
        }
        if let Some(kept) = self.calls.get_mut(call as usize) {
            kept.left -= 1;
            kept.failed += u32::from(!success);
            if kept.left > 0 {
                return;
            }
            kept.done_at = Some(now);
        } else if self.of_a_call > 1 && !self.last_of_open(call) {
            return;
        }
        self.call_times.add(now - requested_at);
    }

    /// Whether the task of an open call that is STOPPED now was its last.
    fn last_of_open(&mut self, call: u64) -> bool {
        let first = self.calls_made - self.open.len() as u64;
        let Some((_, left)) = self.open.get_mut((call - first) as usize) else { return false };
        *left -= 1;
        let done = *left == 0;
        while self.open.front().is_some_and(|(_, left)| *left == 0) {
            self.open.pop_front();
        }
        done
    }
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
    pub(super) fn task_ended(&mut self, now: SimTime, task: TaskRef, cluster: &Cluster<'_>) {
        if !self.0.is_empty() {
            self.ended(now, task, cluster);
        }
    }

    fn called(&mut self, now: SimTime, group: GroupId, cluster: &Cluster<'_>) {
        if self.of(group).is_none() {
            self.begin(group, cluster);
        }
        let tasks = cluster.setup().group(group).tasks_of_a_call();
        if let Some(job) = self.of(group) {
            job.called(now, tasks);
        }
    }

    #[cold]
    fn begin(&mut self, group: GroupId, cluster: &Cluster<'_>) {
        self.0.resize(cluster.groups().len(), None);
        self.0[group.index()] = Some(Job::default());
    }

    fn started(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        if let Some(job) = self.of(task.group)
            && job.first_started.is_none()
            && has_started(now, id, cluster)
        {
            job.first_started = Some(now);
        }
    }

    fn ended(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        let Some(job) = self.of(task.group) else { return };
        let end = end_of(id, cluster);
        if let Some(end) = end {
            job.count(end);
        }
        let success = end.is_some_and(|(_, code)| code == Some(0));
        let call = u64::from(task.ordinal / job.of_a_call.max(1));
        job.ended(now, call, task.requested_at, success);
    }

    /// The run is over: tasks that are on the way to STOPPED have ended too.
    pub(super) fn finish(&mut self, cluster: &Cluster<'_>) {
        if self.0.is_empty() {
            return;
        }
        for id in cluster.live_tasks() {
            let job = self.of(cluster.task(id).group);
            if let Some((job, end)) = job.zip(end_of(id, cluster)) {
                job.count(end);
            }
        }
        for job in self.0.iter_mut().flatten() {
            job.ends.sort_by_key(|((code, exit_code), _)| (code.name(), *exit_code));
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
    cluster.task(id).stop_code.map(|code| (code, cluster.exit_code(id)))
}
