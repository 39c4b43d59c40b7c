//! How long services needed to recover from faults.

use crate::model::{Cluster, FaultTally};
use crate::units::{SimDuration, SimTime};

/// When the services that a fault harmed were all back at their desired count.
#[derive(Clone, Debug, Default)]
pub struct Recovery {
    /// By fault: the harms seen, and when the services were back after them.
    seen: Vec<(u64, Option<SimTime>)>,
}

impl Recovery {
    pub(super) fn observe(&mut self, now: SimTime, cluster: &Cluster<'_>) {
        let tallies = cluster.fault_tallies();
        if tallies.is_empty() {
            return;
        }
        self.seen.resize(tallies.len(), (0, None));
        for (tally, (harms, back_at)) in tallies.iter().zip(&mut self.seen) {
            if tally.harms != *harms {
                (*harms, *back_at) = (tally.harms, None);
            }
            if *harms > 0 && back_at.is_none() && are_back(tally, cluster) {
                *back_at = Some(now);
            }
        }
    }

    /// The time from the beginning of a fault until the services that it harmed were back at their
    /// desired count, for good: harm done later counts anew. Nothing where it harmed nobody; `None`: they
    /// were not back.
    #[must_use]
    pub fn time(&self, fault: usize, cluster: &Cluster<'_>) -> Option<SimDuration> {
        match self.seen.get(fault) {
            None | Some((0, _)) => Some(SimDuration::ZERO),
            Some((_, back_at)) => back_at.map(|at| at.since(cluster.setup().faults[fault].start)),
        }
    }
}

fn are_back(tally: &FaultTally, cluster: &Cluster<'_>) -> bool {
    tally.services.iter().all(|id| {
        let group = &cluster.groups()[id.index()];
        group.running() >= group.desired_count
    })
}
