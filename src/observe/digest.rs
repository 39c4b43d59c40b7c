//! The digest of the canonical trace: equal digests mean equal runs.

use std::fmt;

use xxhash_rust::xxh3::Xxh3;

use crate::model::{Cluster, Effect, Event, TaskRef};
use crate::units::{InstanceId, SimTime};

/// A rolling XXH3 digest over every event: when, what, to whom. Tasks and instances go in by group or
/// provider and ordinal, not by the slot that they happen to live in.
#[derive(Clone)]
pub struct TraceDigest {
    hasher: Xxh3,
    /// Records not hashed yet: the hasher takes them in bulk.
    pending: Vec<[u8; RECORD]>,
}

/// Bytes of a record: time, subject, kind and number of effects.
const RECORD: usize = 24;
/// Records hashed at a time.
const BULK: usize = 128;

impl Default for TraceDigest {
    fn default() -> Self {
        Self { hasher: Xxh3::new(), pending: Vec::with_capacity(BULK) }
    }
}

impl fmt::Debug for TraceDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceDigest({})", self.text())
    }
}

impl TraceDigest {
    #[inline]
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) {
        // A fault that does nothing at its moment leaves no trace: what it does later is told by that.
        if matches!(event, Event::Fault(..)) && effects.is_empty() {
            return;
        }
        let (kind, subject) = identity(event, cluster);
        let mut record = [0_u8; RECORD];
        record[..8].copy_from_slice(&now.as_micros().to_le_bytes());
        record[8..16].copy_from_slice(&subject.to_le_bytes());
        record[16] = kind;
        record[17] = (effects.len() & 0xff) as u8;
        self.pending.push(record);
        if self.pending.len() == BULK {
            self.hasher.update(self.pending.as_flattened());
            self.pending.clear();
        }
    }

    /// The digest as 32 hexadecimal digits.
    #[must_use]
    pub fn text(&self) -> String {
        let mut hasher = self.hasher.clone();
        hasher.update(self.pending.as_flattened());
        format!("{:032x}", hasher.digest128())
    }

    /// The digest of several digests, for replications.
    #[must_use]
    pub fn of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
        let mut hasher = Xxh3::new();
        for text in texts {
            hasher.update(text.as_bytes());
        }
        format!("{:032x}", hasher.digest128())
    }
}

fn of_task(task: TaskRef, cluster: &Cluster<'_>) -> u64 {
    let found = cluster.task(task);
    // A stale event of a task whose slot has been given on is told by its epoch.
    let stale = u64::from(found.epoch != task.epoch) << 63;
    stale | u64::from(found.group.0) << 32 | u64::from(found.ordinal)
}

fn of_instance(id: InstanceId, cluster: &Cluster<'_>) -> u64 {
    let instance = cluster.instance(id);
    // The type matters more than the number: another choice is another trace.
    u64::from(instance.capacity_provider.0) << 56
        | u64::from(instance.zone.0) << 48
        | u64::from(cluster.candidate_of(instance).instance_type.0) << 32
        | u64::from(instance.ordinal)
}

fn identity(event: Event, cluster: &Cluster<'_>) -> (u8, u64) {
    match event {
        Event::CreateService(group) => (1, u64::from(group.0)),
        Event::UpdateService(index) => (2, u64::from(index)),
        Event::RunTask(group) => (3, u64::from(group.0)),
        Event::ScheduleService(group) => (4, u64::from(group.0)),
        Event::DigestResolved(group, attempt) => (5, u64::from(attempt) << 32 | u64::from(group.0)),
        Event::PlanCapacity(provider) => (6, u64::from(provider.0)),
        Event::LaunchRefused(provider) => (7, u64::from(provider.0)),
        Event::InstanceLaunched(instance) => (8, of_instance(instance, cluster)),
        Event::InstanceRegistered(instance) => (9, of_instance(instance, cluster)),
        Event::NetworkAttached(task) => (10, of_task(task, cluster)),
        Event::ImagePulled(task) => (11, of_task(task, cluster)),
        Event::TaskStarted(task) => (12, of_task(task, cluster)),
        Event::TaskReady(task) => (13, of_task(task, cluster)),
        Event::ContainersExited(task) => (14, of_task(task, cluster)),
        Event::ExecutionStopped(task) => (15, of_task(task, cluster)),
        Event::TaskStopped(task) => (16, of_task(task, cluster)),
        Event::CheckIdle(reference) => (17, of_instance(reference.instance, cluster)),
        Event::CheckUtilisation(provider) => (18, u64::from(provider.0)),
        Event::DrainDue(instance) => (19, of_instance(instance, cluster)),
        Event::ForceStopDue(instance) => (20, of_instance(instance, cluster)),
        Event::Fault(fault, stage) => (60, u64::from(fault.0) << 8 | stage as u64),
        Event::LookAtZones(service) => (90, u64::from(service.0)),
        Event::TasksHealthy(group) => (70, u64::from(group.0)),
        Event::StageEnds(service, n) => (95, u64::from(n) << 32 | u64::from(service.0)),
        Event::StageTimesOut(service, n) => (96, u64::from(n) << 32 | u64::from(service.0)),
        Event::HealthCheckPasses(task) => (71, of_task(task, cluster)),
        Event::TargetHealthy(task) => (72, of_task(task, cluster)),
        Event::HealthCheckFails(task) => (73, of_task(task, cluster)),
        Event::TargetUnhealthy(task) => (74, of_task(task, cluster)),
        Event::GracePeriodEnds(task) => (75, of_task(task, cluster)),
        Event::TaskDeregistered(task) => (76, of_task(task, cluster)),
        Event::TaskFails(task) | Event::TaskCrashes(task) => (61, of_task(task, cluster)),
        Event::HealthTimedOut(instance, _) => (62, of_instance(instance, cluster)),
        Event::ProvisioningTimeout(provider) => (25, u64::from(provider.0)),
        Event::SpotPoolTurns(pool, n) => (21, u64::from(n) << 32 | u64::from(pool.0)),
        Event::RebalanceRecommendation(instance) => (22, of_instance(instance, cluster)),
        Event::SpotNotice(instance) => (23, of_instance(instance, cluster)),
        Event::SpotReclaim(instance) => (24, of_instance(instance, cluster)),
        Event::DemandChanges(demand) => (80, u64::from(demand.0)),
        Event::MessagesBegin(queue) => (81, u64::from(queue.0)),
        Event::MessageArrives(queue) => (82, u64::from(queue.0)),
        Event::MessageProcessed(queue, place) => (83, u64::from(place) << 32 | u64::from(queue.0)),
        Event::MessageVisible(queue, place) => (84, u64::from(place) << 32 | u64::from(queue.0)),
        Event::FargateLaunched(task) => (26, of_task(task, cluster)),
        Event::FargateReclaimed(task) => (27, of_task(task, cluster)),
        Event::AzRebalance(provider) => (31, u64::from(provider.0)),
        Event::ManagedScalingStarts(provider) => (28, u64::from(provider.0)),
        Event::ReservationMeasured(provider) => (29, u64::from(provider.0)),
        Event::ServiceMetered(id, n) => (100, u64::from(n) << 32 | u64::from(id.0)),
        Event::ServicePolicyActs(id, n) => (101, u64::from(n) << 32 | u64::from(id.0)),
        Event::ScheduledAction(id, n) => (102, u64::from(n) << 32 | u64::from(id.0)),
        Event::ForecastDue(id, n) => (103, u64::from(n) << 32 | u64::from(id.0)),
        Event::ScalingPolicyActs(provider, n) => (30, u64::from(n) << 32 | u64::from(provider.0)),
    }
}
