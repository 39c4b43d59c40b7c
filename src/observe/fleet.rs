//! Instances by capacity provider and type, what ran on them, and the addresses they took.

use std::collections::BTreeMap;

use crate::model::{Cluster, Effect, Event, TaskRef};
use crate::units::{ProviderId, TaskDefinitionId, ZoneId};

/// How many instances of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FleetCount {
    /// Launched over the run.
    pub launched: u32,
    /// Running now.
    pub running: u32,
    /// Most running at one time.
    pub peak: u32,
    /// Most tasks on one instance at one time.
    pub max_tasks: u32,
    /// Tasks placed on them over the run, by definition.
    pub placed: BTreeMap<TaskDefinitionId, u64>,
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
    counts: BTreeMap<(ProviderId, u32), FleetCount>,
    addresses: BTreeMap<ZoneId, Addresses>,
}

impl Fleet {
    pub(super) fn observe(&mut self, event: Event, effects: &[Effect], cluster: &Cluster<'_>) {
        if let Event::InstanceLaunched(id) = event {
            let instance = cluster.instance(id);
            let key = (instance.capacity_provider, instance.candidate);
            let count = self.counts.entry(key).or_default();
            count.launched += 1;
            count.running += 1;
            count.peak = count.peak.max(count.running);
            self.addresses.entry(instance.zone).or_default().take();
        }
        for effect in effects {
            match effect {
                Effect::AttachNetwork(task) => self.placed(*task, cluster),
                Effect::TaskEnded(task) => self.ended(*task, cluster),
                Effect::InstanceTerminated(id) => {
                    let instance = cluster.instance(*id);
                    let key = (instance.capacity_provider, instance.candidate);
                    self.counts.entry(key).or_default().running -= 1;
                    self.addresses.entry(instance.zone).or_default().used -= 1;
                }
                _ => {}
            }
        }
    }

    fn placed(&mut self, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        let Some(instance) = task.instance().map(|id| cluster.instance(id)) else { return };
        let definition = cluster.setup().group(task.group).definition;
        let key = (instance.capacity_provider, instance.candidate);
        let count = self.counts.entry(key).or_default();
        count.max_tasks = count.max_tasks.max(instance.tasks());
        *count.placed.entry(definition).or_default() += 1;
        if cluster.setup().definition(definition).size.eni_slots > 0 {
            self.addresses.entry(instance.zone).or_default().take();
        }
    }

    fn ended(&mut self, id: TaskRef, cluster: &Cluster<'_>) {
        let task = cluster.task(id);
        let Some(instance) = task.instance().map(|id| cluster.instance(id)) else { return };
        let definition = cluster.setup().group(task.group).definition;
        if cluster.setup().definition(definition).size.eni_slots > 0 {
            self.addresses.entry(instance.zone).or_default().used -= 1;
        }
    }

    /// Every kind that was launched, in order of provider and type.
    pub fn counts(&self) -> impl Iterator<Item = (ProviderId, u32, &FleetCount)> + '_ {
        self.counts.iter().map(|((provider, candidate), count)| (*provider, *candidate, count))
    }

    /// Most addresses in use at one time, by zone.
    pub fn peak_addresses(&self) -> impl Iterator<Item = (ZoneId, u32)> + '_ {
        self.addresses.iter().map(|(zone, addresses)| (*zone, addresses.peak))
    }
}
