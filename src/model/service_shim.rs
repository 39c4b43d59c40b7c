//! A service by its id, as long as each has one group.

use crate::scenario::PolicyMetric;
use crate::units::{GroupId, ServiceId, SimTime};

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;

impl Cluster<'_> {
    /// Tasks that a service wants.
    #[must_use]
    pub fn desired_count(&self, id: ServiceId) -> u32 {
        self.groups[id.index()].desired_count
    }

    pub(super) fn set_desired_count<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        desired: u32,
    ) {
        self.groups[id.index()].desired_count = desired;
        self.groups[id.index()].end_backoff(step.now);
        self.schedule_service(step, GroupId::from_index(id.index()));
    }

    /// Its tasks RUNNING.
    #[must_use]
    pub fn running_tasks(&self, id: ServiceId) -> u32 {
        self.groups[id.index()].running
    }

    pub(super) fn is_deploying(&self, _: ServiceId, _: SimTime) -> bool {
        false
    }

    pub(super) fn measure(&mut self, _: ServiceId, _: PolicyMetric, _: SimTime) -> Option<f64> {
        None
    }
}
