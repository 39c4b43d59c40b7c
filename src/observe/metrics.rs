//! How long tasks waited, and for what.

use crate::model::{
    Cluster, Effect, Event, GroupKind, InstanceStatus, LastStatus, PullKind, Stamp, StopCode,
    TaskRef, WaitPart, Wave,
};
use crate::units::{GroupId, SimDuration, SimTime};

/// A sample of durations; zeros are counted, not kept.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    kept: Vec<u64>,
    zeros: u64,
    sum: u128,
}

impl Samples {
    /// None; the memory is kept.
    fn emptied(mut self) -> Self {
        self.kept.clear();
        Self { kept: self.kept, ..Self::default() }
    }

    /// Adds one.
    pub fn add(&mut self, time: SimDuration) {
        let micros = time.as_micros();
        if micros == 0 {
            self.zeros += 1;
        } else {
            if self.kept.len() == self.kept.capacity() {
                self.make_room();
            }
            self.kept.push(micros);
            self.sum += u128::from(micros);
        }
    }

    /// Cold, so that what seldom happens does not lie between what always does.
    #[cold]
    fn make_room(&mut self) {
        self.kept.reserve(1);
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.kept.len() as u64 + self.zeros
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum, in microseconds.
    #[must_use]
    pub const fn sum_micros(&self) -> u128 {
        self.sum
    }

    /// The mean in seconds.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.sum as f64 / 1e6 / self.len() as f64)
    }

    /// The longest in seconds.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        let max = self.kept.iter().max().copied().unwrap_or(0);
        (!self.is_empty()).then(|| max as f64 / 1e6)
    }

    /// Puts the sample in order, for [`Samples::quantile`].
    pub fn sort(&mut self) {
        self.kept.sort_unstable();
    }

    /// Adds those of another sample, as they are.
    pub fn append(&mut self, other: &Self) {
        self.kept.extend_from_slice(&other.kept);
        self.zeros += other.zeros;
        self.sum += other.sum;
    }

    /// This sample without a part of it. Both must be sorted.
    #[must_use]
    pub fn without(&self, part: &Self) -> Self {
        let mut left_out = part.kept.iter().peekable();
        let rest = self.kept.iter().filter(|time| left_out.next_if_eq(time).is_none());
        let kept = rest.copied().collect();
        Self { kept, zeros: self.zeros - part.zeros, sum: self.sum - part.sum }
    }

    /// The quantile `q` in seconds, interpolated between order statistics as NumPy and pandas do
    /// (type 7 of Hyndman and Fan). The sample must be sorted.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if self.is_empty() {
            return None;
        }
        let at = q * (self.len() - 1) as f64;
        let below = at.floor();
        let (low, high) =
            (self.order_statistic(below as u64), self.order_statistic(at.ceil() as u64));
        Some((low + (high - low) * (at - below)) / 1e6)
    }

    fn order_statistic(&self, rank: u64) -> f64 {
        match rank.checked_sub(self.zeros) {
            Some(kept) => self.kept.get(kept as usize).copied().unwrap_or(0) as f64,
            None => 0.0,
        }
    }
}

/// Whether a task reaches RUNNING now: its event may be late, of one that was told to stop before.
#[inline]
pub(super) fn has_started(now: SimTime, id: TaskRef, cluster: &Cluster<'_>) -> bool {
    let task = cluster.task(id);
    task.epoch == id.epoch && task.last_status == LastStatus::Running && task.since == now
}

/// The tasks of a group that reached RUNNING.
#[derive(Clone, Debug, Default)]
pub struct StartsOfGroup {
    /// Requested to RUNNING; of a daemon service: wanted to RUNNING.
    pub to_running: Samples,
    /// Those that are not in it, because they were requested in the warm-up.
    pub cut: u64,
}

/// Waits of all tasks of a run.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// By group. Nothing else here counts those of daemon services.
    by_group: Vec<StartsOfGroup>,
    /// Requested to RUNNING, of all groups: put together at the end.
    pub to_running: Samples,
    /// The same of tasks of later waves alone, by [`Wave`]: none is kept of the first.
    pub later: [Samples; Wave::ALL.len()],
    /// Requested to serving.
    pub to_ready: Samples,
    /// The parts before a place is found, by [`WaitPart`].
    pub waits: [Samples; WaitPart::ALL.len()],
    /// Place to network interface.
    pub attach: Samples,
    /// Pull.
    pub pull: Samples,
    /// Pulled to running.
    pub start: Samples,
    /// RUNNING to serving.
    pub ready: Samples,
    /// Tasks that reached STOPPED.
    pub stopped: u64,
    /// Of those, by a Spot interruption.
    pub interrupted: u64,
    /// Tasks that reached STOPPED on an instance that drained.
    pub stopped_draining: u64,
    /// Pulls that found the image on the instance.
    pub cached_pulls: u64,
    /// Instances that began to drain.
    pub drained: u64,
    /// Times that EC2 refused launches.
    pub refusals: u64,
    /// Tasks in [`Metrics::waits`], where the parts in which one did not wait are put at the end.
    counted: u64,
    /// Tasks that started and are left out, because they were requested before this.
    pub cut: u64,
    warm_up: SimTime,
    /// Requests and waits of all tasks that started, if kept.
    pub series: Option<Vec<(SimTime, SimDuration)>>,
}

impl Metrics {
    /// Of the tasks requested from `warm_up` on, in the memory of an earlier run; `keeps` the waits
    /// themselves too.
    pub(super) fn new(warm_up: SimTime, keeps: bool, memory: Self) -> Self {
        let mut by_group = memory.by_group;
        for starts in &mut by_group {
            starts.to_running = std::mem::take(&mut starts.to_running).emptied();
            starts.cut = 0;
        }
        Self {
            by_group,
            to_running: memory.to_running.emptied(),
            to_ready: memory.to_ready.emptied(),
            waits: memory.waits.map(Samples::emptied),
            attach: memory.attach.emptied(),
            pull: memory.pull.emptied(),
            start: memory.start.emptied(),
            ready: memory.ready.emptied(),
            warm_up,
            series: keeps.then(Vec::new),
            ..Self::default()
        }
    }

    #[inline]
    pub(super) fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        match event {
            Event::TaskStarted(task) => self.started(now, task, cluster),
            Event::TaskReady(task) => self.ready(now, task, cluster),
            Event::LaunchRefused(_) => self.refusals += 1,
            _ => {}
        }
    }

    #[inline]
    pub(super) fn effect(&mut self, effect: Effect, cluster: &Cluster<'_>) {
        match effect {
            Effect::TaskEnded(task) if cluster.is_daemon(task) => {}
            Effect::TaskEnded(task) => {
                self.stopped += 1;
                let found = cluster.task(task);
                // It may be gone already, with its tasks. Where it is not, one cache line tells.
                let drained = |id| {
                    let instance = cluster.instance(id);
                    instance.status != InstanceStatus::Active && instance.draining_at != Stamp::NONE
                };
                self.interrupted += u64::from(found.stop_code == Some(StopCode::SpotInterruption));
                self.stopped_draining += u64::from(found.instance().is_some_and(drained));
            }
            Effect::PullImage { kind: PullKind::Cached, .. } => self.cached_pulls += 1,
            Effect::InstanceDraining(_) => self.drained += 1,
            _ => {}
        }
    }

    fn started(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        if !has_started(now, id, cluster) {
            return;
        }
        let task = cluster.task(id);
        let stamps = cluster.stamps(id);
        let since = |to: Stamp, from: Stamp| to.since(from).unwrap_or(SimDuration::ZERO);
        let to_running = now - task.requested_at;
        let group = task.group.index();
        if group >= self.by_group.len() {
            self.list_groups(cluster);
        }
        let of_group = &mut self.by_group[group];
        if cluster.is_daemon(id) {
            of_group.to_running.add(to_running);
            return;
        }
        if let Some(series) = &mut self.series {
            series.push((task.requested_at, to_running));
        }
        if task.requested_at < self.warm_up {
            of_group.cut += 1;
            self.cut += 1;
            return;
        }
        of_group.to_running.add(to_running);
        self.attach.add(since(stamps.connectivity_at, stamps.placed_at));
        self.pull.add(since(stamps.pull_stopped_at, stamps.pull_started_at()));
        self.start.add(since(stamps.started_at, stamps.pull_stopped_at));
        let wave = cluster.wave(task);
        if wave != Wave::First {
            self.later[wave as usize].add(to_running);
        }
        self.counted += 1;
        for (part, time) in cluster.wait_parts(id) {
            self.waits[part as usize].add(time);
        }
    }

    #[cold]
    fn list_groups(&mut self, cluster: &Cluster<'_>) {
        self.by_group.resize_with(cluster.groups().len(), StartsOfGroup::default);
    }

    fn ready(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        let (task, stamps) = (cluster.task(id), cluster.stamps(id));
        let other = task.epoch != id.epoch || stamps.ready_at != Stamp::at(now);
        if other || cluster.is_daemon(id) || task.requested_at < self.warm_up {
            return;
        }
        self.to_ready.add(now - task.requested_at);
        self.ready.add(stamps.ready_at.since(stamps.started_at).unwrap_or(SimDuration::ZERO));
    }

    /// The run is over.
    pub(super) fn finish(&mut self, cluster: &Cluster<'_>) {
        for part in &mut self.waits {
            part.zeros = self.counted - part.kept.len() as u64;
        }
        let groups = self.by_group.iter().zip(cluster.groups());
        let others = groups.filter(|(_, group)| group.kind != GroupKind::Daemon);
        others.for_each(|(starts, _)| self.to_running.append(&starts.to_running));
    }

    /// The tasks of a group that reached RUNNING, their times in order.
    #[must_use]
    pub fn starts_of(&self, group: GroupId) -> StartsOfGroup {
        let mut starts = self.by_group.get(group.index()).cloned().unwrap_or_default();
        starts.to_running.sort();
        starts
    }

    /// Every phase by name, in the order of a task's life.
    pub fn phases_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut Samples)> {
        WaitPart::ALL.iter().map(|part| part.name()).zip(self.waits.iter_mut()).chain([
            ("attach", &mut self.attach),
            ("pull", &mut self.pull),
            ("start", &mut self.start),
            ("ready", &mut self.ready),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_like_numpy() {
        let mut samples = Samples::default();
        for secs in [4, 1, 3, 2] {
            samples.add(SimDuration::from_secs(secs));
        }
        samples.add(SimDuration::ZERO);
        samples.sort();
        // numpy.quantile([0, 1, 2, 3, 4], [0, .1, .5, .9, 1])
        let at = |q| samples.quantile(q).unwrap();
        for (q, expected) in [(0.0, 0.0), (0.1, 0.4), (0.5, 2.0), (0.9, 3.6), (1.0, 4.0)] {
            assert!((at(q) - expected).abs() < 1e-12, "{q}: {}", at(q));
        }
        assert_eq!(samples.mean(), Some(2.0));
    }

    #[test]
    fn a_sample_without_a_part_is_the_rest() {
        let sample = |times: &[u64]| {
            let mut sample = Samples::default();
            times.iter().for_each(|secs| sample.add(SimDuration::from_secs(*secs)));
            sample.sort();
            sample
        };
        let rest = sample(&[5, 0, 3, 3, 0, 1]).without(&sample(&[3, 0, 5]));
        assert_eq!((rest.len(), rest.mean(), rest.max()), (3, Some(4.0 / 3.0), Some(3.0)));
        assert_eq!(rest.quantile(0.5), Some(1.0));
    }
}
