//! What runs on Fargate, and for how long it is billed.

use std::collections::BTreeMap;

use crate::model::{Cluster, Event, Stamp, TaskRef};
use crate::units::{ProviderId, SimTime};

/// Tasks of one size on one provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FargateCount {
    /// Launched over the run.
    pub launched: u32,
    /// Billed now.
    pub running: u32,
    /// Most billed at one time.
    pub peak: u32,
    /// Seconds billed of those that have ended.
    pub seconds: u64,
}

/// Tasks by provider and position among its sizes.
#[derive(Clone, Debug, Default)]
pub struct FargateUse {
    counts: BTreeMap<(ProviderId, u32), FargateCount>,
}

/// Billed seconds of a task. Documented: from the start of its pull to its end, rounded up to a second,
/// at least a minute (Windows: five). Assumed: its end is when its containers have stopped.
#[must_use]
pub fn fargate_seconds(task: TaskRef, until: SimTime, cluster: &Cluster<'_>) -> Option<u64> {
    let stamps = cluster.stamps(task);
    let from = stamps.pull_started_at().get()?;
    let until = stamps.execution_stopped_at.get().unwrap_or(until);
    let least = cluster.fargate_offering(task)?.minimum_seconds;
    Some(until.since(from).as_micros().div_ceil(1_000_000).max(least))
}

impl FargateUse {
    #[inline]
    pub(super) fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        if let Event::FargateLaunched(task) = event
            && cluster.task(task).epoch == task.epoch
            && cluster.stamps(task).connectivity_at == Stamp::at(now)
            && let Some(count) = self.of(task, cluster)
        {
            count.launched += 1;
            count.running += 1;
            count.peak = count.peak.max(count.running);
        }
    }

    #[inline]
    pub(super) fn deprovisioning(&mut self, now: SimTime, task: TaskRef, cluster: &Cluster<'_>) {
        // Most clusters have nothing on Fargate.
        if !self.counts.is_empty() {
            self.close(task, now, cluster);
        }
    }

    fn close(&mut self, task: TaskRef, now: SimTime, cluster: &Cluster<'_>) {
        let Some(seconds) = fargate_seconds(task, now, cluster) else { return };
        if let Some(count) = self.of(task, cluster) {
            count.running -= 1;
            count.seconds += seconds;
        }
    }

    fn of(&mut self, task: TaskRef, cluster: &Cluster<'_>) -> Option<&mut FargateCount> {
        let size = cluster.fargate_size(task)?;
        Some(self.counts.entry((cluster.task(task).capacity_provider, size)).or_default())
    }

    /// Bills what still runs, up to the horizon.
    pub(super) fn finish(&mut self, horizon: SimTime, cluster: &Cluster<'_>) {
        for task in cluster.live_tasks() {
            let runs = cluster.stamps(task).execution_stopped_at == Stamp::NONE;
            if let Some(seconds) = fargate_seconds(task, horizon, cluster).filter(|_| runs)
                && let Some(count) = self.of(task, cluster)
            {
                count.seconds += seconds;
            }
        }
    }

    /// Every size that ran, in order of provider and size.
    pub fn counts(&self) -> impl Iterator<Item = (ProviderId, u32, &FargateCount)> + '_ {
        self.counts.iter().map(|((provider, size), count)| (*provider, *size, count))
    }
}
