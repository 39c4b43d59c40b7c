//! How long instances are without a daemon's task while its service is updated: from the end of the
//! containers of a task that ran to RUNNING of the next one on the same instance.

use std::collections::BTreeMap;

use crate::model::{Cluster, Effect, Event, InstanceStatus, Stamp, TaskRef};
use crate::units::{InstanceId, ServiceId, SimTime};

use super::metrics::{Samples, has_started};
use super::rollouts::under_way;

/// Gaps that are over, and those that are not.
#[derive(Clone, Debug, Default)]
pub struct DaemonGaps {
    /// By service and number of the deployment, from 0.
    over: BTreeMap<(ServiceId, usize), Samples>,
    /// Since when, and in which deployment.
    open: BTreeMap<(InstanceId, ServiceId), (SimTime, usize)>,
}

impl DaemonGaps {
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) {
        // However a task ends, by a stop or by itself, this follows the end of its containers at once.
        for effect in effects {
            if let Effect::Deprovision(task) = *effect {
                self.open(now, task, cluster);
            }
        }
        if let Event::TaskStarted(task) = event {
            self.close(now, task, cluster);
        }
    }

    /// A task has ended. Only those that ran leave a gap, and only while their service is updated.
    fn open(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        let Some(place @ (_, service)) = place(id, cluster) else { return };
        let ran = cluster.stamps(id).started_at != Stamp::NONE;
        if ran && let Some(number) = under_way(cluster.service(service)) {
            self.open.entry(place).or_insert((now, number));
        }
    }

    /// A task may have reached RUNNING.
    fn close(&mut self, now: SimTime, id: TaskRef, cluster: &Cluster<'_>) {
        if !has_started(now, id, cluster) {
            return;
        }
        let place = place(id, cluster);
        if let Some(((_, service), (since, number))) =
            place.and_then(|of| self.open.remove_entry(&of))
        {
            self.over.entry((service, number)).or_default().add(now.since(since));
        }
    }

    /// Whether an instance waits for the next task. Those that have left wait no more.
    pub(super) fn any_open(&mut self, cluster: &Cluster<'_>) -> bool {
        self.open.retain(|(id, _), _| cluster.instance(*id).status == InstanceStatus::Active);
        !self.open.is_empty()
    }

    /// Those that began in a deployment, sorted; of an instance that still waits, up to now.
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
