//! How long instances are without a daemon's task while its service is updated: from the end of the old
//! task's containers to RUNNING of the next one on the same instance.

use std::collections::BTreeMap;

use crate::model::{Cluster, Event, InstanceStatus, TaskRef};
use crate::units::{InstanceId, ServiceId, SimTime};

use super::metrics::Samples;

/// Gaps that are over, and those that are not.
#[derive(Clone, Debug, Default)]
pub struct DaemonGaps {
    /// By service and number of the deployment, from 0.
    over: BTreeMap<(ServiceId, usize), Samples>,
    /// Since when, and in which deployment.
    open: BTreeMap<(InstanceId, ServiceId), (SimTime, usize)>,
}

impl DaemonGaps {
    pub(super) fn observe(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        match event {
            Event::ContainersExited(task) | Event::ExecutionStopped(task) => {
                if let Some(place @ (_, service)) = place(task, cluster) {
                    let last = cluster.service(service).deployments().len() - 1;
                    self.open.entry(place).or_insert((now, last));
                }
            }
            Event::TaskStarted(task) => {
                let place = place(task, cluster);
                if let Some((place, (since, number))) =
                    place.and_then(|of| self.open.remove_entry(&of))
                {
                    self.over.entry((place.1, number)).or_default().add(now.since(since));
                }
            }
            _ => {}
        }
    }

    /// Whether an instance waits for the next task. Those that have left wait no more.
    pub(super) fn any_open(&mut self, cluster: &Cluster<'_>) -> bool {
        self.open.retain(|(id, _), _| cluster.instance(*id).status == InstanceStatus::Active);
        !self.open.is_empty()
    }

    /// Those of a deployment, sorted; of an instance that still waits, up to now.
    #[must_use]
    pub fn of(
        &self,
        service: ServiceId,
        number: usize,
        now: SimTime,
        cluster: &Cluster<'_>,
    ) -> Samples {
        let mut samples = self.over.get(&(service, number)).cloned().unwrap_or_default();
        let own = self.open.iter().filter(|((id, own), (_, of))| {
            let stands = cluster.instance(*id).status == InstanceStatus::Active;
            *own == service && *of == number && stands
        });
        own.for_each(|(_, (since, _))| samples.add(now.since(*since)));
        samples.sort();
        samples
    }
}

/// The instance and the service of a daemon's task.
fn place(task: TaskRef, cluster: &Cluster<'_>) -> Option<(InstanceId, ServiceId)> {
    let found = cluster.task(task);
    let instance = found.instance().filter(|_| cluster.is_daemon(task))?;
    Some((instance, cluster.setup().group(found.group).service?))
}
