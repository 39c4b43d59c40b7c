//! Tasks in PROVISIONING: in order of arrival, by group, because tasks of one group ask for the same.

use std::collections::VecDeque;

use crate::units::{GroupId, ProviderId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::DecisionSink;
use super::super::super::event::{Effect, Event};
use super::super::super::stop_reason::StopReason;
use super::super::super::task::{LastStatus, StopCode, TaskRef, WaitPart};
use super::super::Provider;

/// The tasks of a provider that wait for room.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// By group and in order of arrival; an entry whose task was stopped is stale.
    queues: Vec<VecDeque<TaskRef>>,
    /// Tasks that wait, by group.
    counts: Vec<u32>,
    /// All of them.
    pub(super) total: u32,
    /// A look at the time-out is due.
    timer_runs: bool,
    /// Kept for the next time: groups for which there is no room.
    blocked: Vec<bool>,
}

impl Waiting {
    pub(super) fn new(groups: usize) -> Self {
        Self {
            queues: vec![VecDeque::new(); groups],
            counts: vec![0; groups],
            total: 0,
            timer_runs: false,
            blocked: vec![false; groups],
        }
    }

    /// Tasks of a group that wait.
    pub(super) fn of(&self, group: GroupId) -> u32 {
        self.counts[group.index()]
    }

    /// Tasks that wait, by group.
    pub(super) fn by_group(&self) -> impl Iterator<Item = u32> + '_ {
        self.counts.iter().copied()
    }

    fn push(&mut self, group: GroupId, task: TaskRef) {
        self.queues[group.index()].push_back(task);
        self.counts[group.index()] += 1;
        self.total += 1;
    }

    /// One task less waits.
    fn left(&mut self, group: GroupId) {
        self.counts[group.index()] -= 1;
        self.total -= 1;
    }
}

/// Tasks that will be served between a fetch into the cache and its use.
const AHEAD: usize = 4;

impl Cluster<'_> {
    /// The task waits for room.
    pub(super) fn wait_in_group<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        task: TaskRef,
    ) {
        self.tasks.wait_for(task, WaitPart::Scaling, step.now);
        let group = self.tasks.get(task).group;
        let timeout = self.group_setup(id).settings.provisioning_timeout;
        let waiting = &mut self.group_mut(id).waiting;
        waiting.push(group, task);
        if !waiting.timer_runs {
            waiting.timer_runs = true;
            step.push(Effect::After(timeout, Event::ProvisioningTimeout(id)));
        }
    }

    /// Whether a task that finds no room may wait in PROVISIONING. Documented: with managed scaling
    /// alone, and up to a quota of such tasks in the cluster.
    pub(in crate::model::provider) fn may_wait(&self, id: ProviderId) -> bool {
        let waiting = |provider: &Provider| match provider {
            Provider::AutoScalingGroup(group) => group.waiting.total,
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => 0,
        };
        self.group_setup(id).settings.managed_scaling.enabled
            && self.providers.iter().map(waiting).sum::<u32>() < self.setup.provisioning_quota
    }

    /// Whether a task is still the one that waits in PROVISIONING.
    fn provisions(&self, task: TaskRef) -> bool {
        let found = self.tasks.get(task);
        found.epoch == task.epoch && found.last_status == LastStatus::Provisioning
    }

    /// The first of a group that waits; entries before it that no longer do are dropped.
    fn first_of(&mut self, id: ProviderId, group: usize) -> Option<TaskRef> {
        while let Some(task) = self.group_ref(id).waiting.queues[group].front().copied() {
            if self.provisions(task) {
                return Some(task);
            }
            self.group_mut(id).waiting.queues[group].pop_front();
        }
        None
    }

    /// The task that has waited longest among those of groups that are not blocked.
    fn longest_waiting(&mut self, id: ProviderId, blocked: &[bool]) -> Option<(TaskRef, usize)> {
        let mut first = None;
        for (group, blocked) in blocked.iter().enumerate() {
            if *blocked || self.group_ref(id).waiting.counts[group] == 0 {
                continue;
            }
            let Some(task) = self.first_of(id, group) else { continue };
            let since = self.tasks.get(task).created_at;
            if first.is_none_or(|(earliest, _, _)| since < earliest) {
                first = Some((since, task, group));
            }
        }
        first.map(|(_, task, group)| (task, group))
    }

    /// Room has appeared: tasks that wait take it, the first come first. Where there is none for one,
    /// there is none for others of its group.
    pub(in crate::model::provider) fn serve_group<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        if self.group_ref(id).waiting.total == 0 {
            return;
        }
        let mut blocked = std::mem::take(&mut self.group_mut(id).waiting.blocked);
        blocked.fill(false);
        while let Some((task, group)) = self.longest_waiting(id, &blocked) {
            if self.place_on_host(step, id, task) {
                let queue = &mut self.group_mut(id).waiting.queues[group];
                queue.pop_front();
                let soon = queue.get(AHEAD).copied();
                soon.into_iter().for_each(|task| self.tasks.prefetch_waiting(task));
                self.group_mut(id).waiting.left(GroupId::from_index(group));
            } else {
                blocked[group] = true;
            }
        }
        self.group_mut(id).waiting.blocked = blocked;
    }

    /// A PROVISIONING task stops; one that failed at once has never waited.
    pub(in crate::model::provider) fn group_give_up(&mut self, id: ProviderId, task: TaskRef) {
        let found = self.tasks.get(task);
        if found.waiting_for == WaitPart::Scaling {
            let group = found.group;
            self.group_mut(id).waiting.left(group);
        }
    }

    /// Documented: a task waits 10 to 30 minutes in PROVISIONING and is stopped then; a service starts
    /// another.
    pub(in crate::model::provider) fn provisioning_timed_out<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        self.group_mut(id).waiting.timer_runs = false;
        let timeout = self.group_setup(id).settings.provisioning_timeout;
        let none = vec![false; self.setup.groups.len()];
        while let Some((task, _)) = self.longest_waiting(id, &none) {
            let (since, group) = (self.tasks.get(task).created_at, self.tasks.get(task).group);
            let due = since + timeout;
            if due > step.now {
                let waiting = &mut self.group_mut(id).waiting;
                if !waiting.timer_runs {
                    waiting.timer_runs = true;
                    step.push(Effect::After(due - step.now, Event::ProvisioningTimeout(id)));
                }
                return;
            }
            let (code, reason) = (StopCode::TaskFailedToStart, StopReason::EmptyCapacityProvider);
            self.stop_task_because(step, task, code, reason);
            self.deployment_task_failed(step, group);
            self.schedule_service(step, group);
        }
    }
}
