//! Instances by capacity provider and type, what ran on them, and the addresses they took.

use crate::model::{Cluster, Effect, Event, Instance, ProviderSetup, Stamp, TaskRef};
use crate::units::{ProviderId, SimTime, ZoneId};

/// How many instances of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FleetCount {
    /// Launched over the run.
    pub launched: u32,
    /// Running now.
    pub running: u32,
    /// Stopped now, in a warm pool.
    pub stopped: u32,
    /// Most running at one time.
    pub peak: u32,
    /// Most tasks on one instance at one time, daemons aside.
    pub max_tasks: u32,
    /// Tasks placed on them over the run, by position of the definition, daemons aside.
    pub placed: Vec<u64>,
}

/// Addresses in use in one zone: one for each instance and one for each awsvpc task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Addresses {
    used: u32,
    peak: u32,
}

impl Addresses {
    fn take(&mut self) {
        self.used += 1;
        self.peak = self.peak.max(self.used);
    }
}

/// Counts by provider and position among its candidates.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// In order of first launch; few.
    counts: Vec<((ProviderId, u32), FleetCount)>,
    addresses: Vec<Addresses>,
    /// Most running at one time, of all kinds.
    peak: u32,
}

impl Fleet {
    #[inline]
    pub(super) fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        // One that was lost on its way never runs.
        if let Event::InstanceLaunched(id) = event
            && cluster.instance(id).running_at == Stamp::at(now)
        {
            let instance = cluster.instance(id);
            let again = instance.stopped_at != Stamp::NONE;
            let count = self.of(instance, cluster);
            count.launched += u32::from(!again);
            count.stopped -= u32::from(again);
            count.running += 1;
            count.peak = count.peak.max(count.running);
            self.peak = self.peak.max(self.running());
            if !again && has_address(instance, cluster) {
                self.addresses(instance.zone, cluster).take();
            }
        }
        if let Event::FargateLaunched(task) = event
            && cluster.task(task).epoch == task.epoch
            && cluster.stamps(task).connectivity_at == Stamp::at(now)
        {
            self.addresses(cluster.task(task).zone, cluster).take();
        }
    }

    #[inline]
    pub(super) fn effect(&mut self, effect: Effect, cluster: &Cluster<'_>) {
        match effect {
            Effect::AttachNetwork(task) => self.placed(task, cluster),
            Effect::TaskEnded(task) => self.ended(task, cluster),
            Effect::InstanceTerminated(id) => self.terminated(cluster.instance(id), cluster),
            Effect::InstanceStopped(id) => self.stopped(cluster.instance(id), cluster),
            _ => {}
        }
    }

    fn terminated(&mut self, instance: &Instance, cluster: &Cluster<'_>) {
        if instance.has_volume_since().is_none() {
            return;
        }
        let running = instance.running_at != Stamp::NONE;
        let count = self.of(instance, cluster);
        count.running -= u32::from(running);
        count.stopped -= u32::from(!running);
        if has_address(instance, cluster) {
            self.addresses(instance.zone, cluster).used -= 1;
        }
    }

    fn stopped(&mut self, instance: &Instance, cluster: &Cluster<'_>) {
        let from_the_start = cluster.was_there_at_start(instance);
        let count = self.of(instance, cluster);
        count.stopped += 1;
        if from_the_start {
            count.launched += 1;
            self.addresses(instance.zone, cluster).take();
        } else {
            count.running -= 1;
        }
    }

    fn of(&mut self, instance: &Instance, cluster: &Cluster<'_>) -> &mut FleetCount {
        let key = (instance.capacity_provider, instance.candidate);
        let found = self.counts.iter().position(|(other, _)| *other == key);
        let position = found.unwrap_or_else(|| self.first_of(key, cluster));
        &mut self.counts[position].1
    }

    #[cold]
    fn first_of(&mut self, key: (ProviderId, u32), cluster: &Cluster<'_>) -> usize {
        let placed = vec![0; cluster.setup().definitions.len()];
        self.counts.push((key, FleetCount { placed, ..FleetCount::default() }));
        self.counts.len() - 1
    }

    fn addresses(&mut self, zone: ZoneId, cluster: &Cluster<'_>) -> &mut Addresses {
        if self.addresses.is_empty() {
            self.list_zones(cluster);
        }
        &mut self.addresses[zone.index()]
    }

    #[cold]
    fn list_zones(&mut self, cluster: &Cluster<'_>) {
        self.addresses = vec![Addresses::default(); cluster.setup().zones.len()];
    }

    fn placed(&mut self, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        let Some(instance) = task.instance().map(|id| cluster.instance(id)) else { return };
        let definition = cluster.setup().group(task.group).definition;
        if !cluster.is_daemon(id) {
            let count = self.of(instance, cluster);
            count.max_tasks = count.max_tasks.max(instance.tasks_beside_daemons());
            count.placed[definition.index()] += 1;
        }
        if cluster.setup().definition(definition).size.eni_slots > 0 {
            self.addresses(task.zone, cluster).take();
        }
    }

    fn ended(&mut self, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        let definition = cluster.setup().group(task.group).definition;
        let on_fargate =
            cluster.fargate_size(id).is_some() && cluster.stamps(id).connectivity_at != Stamp::NONE;
        if (task.instance().is_some() || on_fargate)
            && cluster.setup().definition(definition).size.eni_slots > 0
        {
            self.addresses(task.zone, cluster).used -= 1;
        }
    }

    /// Instances running now.
    pub(super) fn running(&self) -> u32 {
        self.counts.iter().map(|(_, count)| count.running).sum()
    }

    /// Most running at one time.
    pub const fn peak_running(&self) -> u32 {
        self.peak
    }

    /// Every kind that was launched, in order of provider and type.
    pub fn counts(&self) -> impl Iterator<Item = (ProviderId, u32, &FleetCount)> + '_ {
        let mut order: Vec<_> = self.counts.iter().collect();
        order.sort_unstable_by_key(|(key, _)| *key);
        order.into_iter().map(|((provider, candidate), count)| (*provider, *candidate, count))
    }

    /// Most addresses in use at one time, by zone.
    pub fn peak_addresses(&self) -> impl Iterator<Item = (ZoneId, u32)> + '_ {
        let zones = self.addresses.iter().enumerate();
        zones.map(|(zone, addresses)| (ZoneId::from_index(zone), addresses.peak))
    }
}

/// External instances are in no subnet.
fn has_address(instance: &Instance, cluster: &Cluster<'_>) -> bool {
    let provider = cluster.setup().provider(instance.capacity_provider);
    !matches!(provider, ProviderSetup::LaunchType(_))
}
