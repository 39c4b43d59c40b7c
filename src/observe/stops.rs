//! Why tasks stopped, counted.

use std::collections::BTreeMap;

use crate::model::{Cluster, Effect, StopCode, StopReason};
use crate::units::{GroupId, SimTime};

use super::event_words::stop_reason;

/// Tasks of one group that stopped for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Service or RunTask block.
    pub service: String,
    /// Stop code.
    pub code: StopCode,
    /// ECS's words, of the first of them.
    pub reason: String,
    /// How many.
    pub tasks: u64,
    /// When the first was STOPPED.
    pub first: SimTime,
    /// When the last was.
    pub last: SimTime,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Stops(BTreeMap<(GroupId, &'static str, StopReason), Stop>);

impl Stops {
    pub(super) fn observe(&mut self, now: SimTime, effects: &[Effect], cluster: &Cluster<'_>) {
        for effect in effects {
            let Effect::TaskEnded(id) = effect else { continue };
            let task = cluster.task(*id);
            let Some((code, reason)) = task.stop_code.zip(task.stop_reason) else { continue };
            let stop = self.0.entry((task.group, code.name(), reason)).or_insert_with(|| Stop {
                service: cluster.setup().group(task.group).name.clone(),
                code,
                reason: stop_reason(*id, cluster).unwrap_or_default(),
                tasks: 0,
                first: now,
                last: now,
            });
            stop.tasks += 1;
            stop.last = now;
        }
    }

    /// By group, code and reason.
    pub fn all(&self) -> impl Iterator<Item = &Stop> + '_ {
        self.0.values()
    }
}
