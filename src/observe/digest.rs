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
        let (kind, subject) = identity(event);
        let subject = match subject {
            Subject::Task(task) => of_task(task, cluster),
            Subject::Instance(id) => of_instance(id, cluster),
            Subject::Number(number) => number,
        };
        let mut record = [0_u8; RECORD];
        record[..8].copy_from_slice(&now.as_micros().to_le_bytes());
        record[8..16].copy_from_slice(&subject.to_le_bytes());
        record[16] = kind;
        record[17] = (effects.len() & 0xff) as u8;
        self.pending.push(record);
        if self.pending.len() == BULK {
            self.hash_pending();
        }
    }

    #[cold]
    fn hash_pending(&mut self) {
        self.hasher.update(self.pending.as_flattened());
        self.pending.clear();
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

/// Whom an event happens to. In between, so that one piece of code looks at tasks for all kinds of event.
#[derive(Clone, Copy)]
enum Subject {
    Task(TaskRef),
    Instance(InstanceId),
    /// What tells it by itself.
    Number(u64),
}

/// The number of an event's kind, and whom it happens to.
#[inline(always)]
fn identity(event: Event) -> (u8, Subject) {
    use Subject::{Instance, Number, Task};
    match event {
        Event::CreateService(group) => (1, Number(u64::from(group.0))),
        Event::UpdateService(index) => (2, Number(u64::from(index))),
        Event::RunTask(group) => (3, Number(u64::from(group.0))),
        Event::ScheduleService(group) => (4, Number(u64::from(group.0))),
        Event::DigestResolved(group, attempt) => {
            (5, Number(u64::from(attempt) << 32 | u64::from(group.0)))
        }
        Event::PlanCapacity(provider) => (6, Number(u64::from(provider.0))),
        Event::LaunchRefused(provider) => (7, Number(u64::from(provider.0))),
        Event::InstanceLaunched(instance) => (8, Instance(instance)),
        Event::InstanceRegistered(instance) => (9, Instance(instance)),
        Event::NetworkAttached(task) => (10, Task(task)),
        Event::ImagePulled(task) => (11, Task(task)),
        Event::TaskStarted(task) => (12, Task(task)),
        Event::TaskReady(task) => (13, Task(task)),
        Event::ContainersExited(task) => (14, Task(task)),
        Event::ExecutionStopped(task) => (15, Task(task)),
        Event::TaskStopped(task) => (16, Task(task)),
        Event::CheckIdle(reference) => (17, Instance(reference.instance)),
        Event::CheckUtilisation(provider) => (18, Number(u64::from(provider.0))),
        Event::DrainDue(instance) => (19, Instance(instance)),
        Event::ForceStopDue(instance) => (20, Instance(instance)),
        Event::Fault(fault, stage) => (60, Number(u64::from(fault.0) << 8 | stage as u64)),
        Event::LookAtZones(service) => (90, Number(u64::from(service.0))),
        Event::TasksHealthy(group) => (70, Number(u64::from(group.0))),
        Event::StageEnds(service, n) => (95, Number(u64::from(n) << 32 | u64::from(service.0))),
        Event::StageTimesOut(service, n) => (96, Number(u64::from(n) << 32 | u64::from(service.0))),
        Event::HealthCheckPasses(task) => (71, Task(task)),
        Event::TargetHealthy(task) => (72, Task(task)),
        Event::HealthCheckFails(task) => (73, Task(task)),
        Event::TargetUnhealthy(task) => (74, Task(task)),
        Event::GracePeriodEnds(task) => (75, Task(task)),
        Event::TaskDeregistered(task) => (76, Task(task)),
        Event::TaskFails(task) | Event::TaskCrashes(task) => (61, Task(task)),
        Event::HealthTimedOut(instance, _) => (62, Instance(instance)),
        Event::ProvisioningTimeout(provider) => (25, Number(u64::from(provider.0))),
        Event::SpotPoolTurns(pool, n) => (21, Number(u64::from(n) << 32 | u64::from(pool.0))),
        Event::RebalanceRecommendation(instance) => (22, Instance(instance)),
        Event::SpotNotice(instance) => (23, Instance(instance)),
        Event::SpotReclaim(instance) => (24, Instance(instance)),
        Event::DemandChanges(demand) => (80, Number(u64::from(demand.0))),
        Event::MessagesBegin(queue) => (81, Number(u64::from(queue.0))),
        Event::MessageArrives(queue) => (82, Number(u64::from(queue.0))),
        Event::MessageProcessed(queue, place) => {
            (83, Number(u64::from(place) << 32 | u64::from(queue.0)))
        }
        Event::MessageVisible(queue, place) => {
            (84, Number(u64::from(place) << 32 | u64::from(queue.0)))
        }
        Event::FargateLaunched(task) => (26, Task(task)),
        Event::FargateReclaimed(task) => (27, Task(task)),
        Event::AzRebalance(provider) => (31, Number(u64::from(provider.0))),
        Event::ManagedScalingStarts(provider) => (28, Number(u64::from(provider.0))),
        Event::ReservationMeasured(provider) => (29, Number(u64::from(provider.0))),
        Event::ServiceMetered(id, n) => (100, Number(u64::from(n) << 32 | u64::from(id.0))),
        Event::ServicePolicyActs(id, n) => (101, Number(u64::from(n) << 32 | u64::from(id.0))),
        Event::ScheduledAction(id, n) => (102, Number(u64::from(n) << 32 | u64::from(id.0))),
        Event::ForecastDue(id, n) => (103, Number(u64::from(n) << 32 | u64::from(id.0))),
        Event::ScalingPolicyActs(provider, n) => {
            (30, Number(u64::from(n) << 32 | u64::from(provider.0)))
        }
    }
}
