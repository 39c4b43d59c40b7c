//! Spot interruptions: how many instances, and how long until the tasks are replaced.

use std::collections::{BTreeMap, VecDeque};

use crate::catalog::PurchaseOption;
use crate::model::{Cluster, Event, GroupKind, Stamp, TaskRef};
use crate::units::{GroupId, InstanceId, SimTime};

use super::metrics::{Samples, has_started};

/// What became of Spot instances.
#[derive(Clone, Debug, Default)]
pub struct Interruptions {
    /// Spot instances that ran.
    pub launched: u64,
    /// Of those, announced to be taken back.
    pub noticed: u64,
    /// Tasks that were still on them at the end, daemons aside.
    pub tasks_taken: u64,
    /// Notice to a task of the same service RUNNING instead: by a task asked for since, the
    /// newest such gap first.
    pub replacement: Samples,
    /// Service tasks under notice that have not been replaced, by service: when they got it.
    vacant: BTreeMap<GroupId, VecDeque<SimTime>>,
}

impl Interruptions {
    #[inline]
    pub(super) fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        match event {
            Event::InstanceLaunched(id) => {
                self.launched += u64::from(is_new_spot(now, id, cluster));
            }
            Event::SpotNotice(id) if cluster.instance(id).notice_at == Stamp::at(now) => {
                self.noticed += 1;
                self.vacate(now, id, cluster);
            }
            Event::TaskStarted(task) if !self.vacant.is_empty() => self.fill(now, task, cluster),
            _ => {}
        }
    }

    #[inline]
    pub(super) fn task_ended(&mut self, event: Event, task: TaskRef, cluster: &Cluster<'_>) {
        if let Event::SpotReclaim(_) = event {
            self.tasks_taken += u64::from(!cluster.is_daemon(task));
        }
    }

    #[cold]
    fn vacate(&mut self, now: SimTime, id: InstanceId, cluster: &Cluster<'_>) {
        for task in cluster.tasks_on(id) {
            let found = cluster.task(task);
            let service = cluster.groups()[found.group.index()].kind == GroupKind::Service;
            let stamps = cluster.stamps(task);
            // One that was stopping before, or not yet RUNNING, leaves no gap.
            let wanted = found.wants_to_run() || stamps.stopping_at == Stamp::at(now);
            if service && wanted && stamps.started_at != Stamp::NONE {
                self.vacant.entry(found.group).or_default().push_back(now);
            }
        }
    }

    #[cold] // most runs have no gap
    fn fill(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        let started = has_started(now, id, cluster);
        let Some(vacant) = self.vacant.get_mut(&task.group).filter(|_| started) else { return };
        // The newest that it may replace: the older ones are left to those that were asked for before.
        if let Some(place) = vacant.iter().rposition(|since| *since <= task.requested_at)
            && let Some(since) = vacant.remove(place)
        {
            self.replacement.add(now - since);
        }
        if vacant.is_empty() {
            self.vacant.remove(&task.group);
        }
    }

    /// Service tasks under notice that nobody replaced until now.
    #[must_use]
    pub fn not_replaced(&self) -> u64 {
        self.vacant.values().map(|times| times.len() as u64).sum()
    }
}

fn is_new_spot(now: SimTime, id: InstanceId, cluster: &Cluster<'_>) -> bool {
    let instance = cluster.instance(id);
    instance.running_at == Stamp::at(now)
        && cluster.candidate_of(instance).purchase_option == PurchaseOption::Spot
}
