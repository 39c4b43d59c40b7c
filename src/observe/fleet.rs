//! Instances by capacity provider and type.

use std::collections::BTreeMap;

use crate::model::{Cluster, Effect, Event};
use crate::units::ProviderId;

/// How many instances of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FleetCount {
    /// Launched over the run.
    pub launched: u32,
    /// Running now.
    pub running: u32,
    /// Most running at one time.
    pub peak: u32,
}

/// Counts by provider and position among its candidates.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    counts: BTreeMap<(ProviderId, u32), FleetCount>,
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
        }
        for effect in effects {
            if let Effect::InstanceTerminated(id) = effect {
                let instance = cluster.instance(*id);
                let key = (instance.capacity_provider, instance.candidate);
                self.counts.entry(key).or_default().running -= 1;
            }
        }
    }

    /// Every kind that was launched, in order of provider and type.
    pub fn counts(&self) -> impl Iterator<Item = (ProviderId, u32, FleetCount)> + '_ {
        self.counts.iter().map(|((provider, candidate), count)| (*provider, *candidate, *count))
    }
}
