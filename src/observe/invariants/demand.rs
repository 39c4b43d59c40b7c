//! What must hold of requests and messages, recounted from events and tasks: what came is served, lost or
//! still there.

use std::collections::BTreeMap;

use crate::model::{
    Cluster, Effect, Event, InstanceStatus, LastStatus, RequestKind, RequestsSeen, StopReason,
    TaskRef,
};
use crate::units::{GroupId, QueueId, ServiceId, SimTime};

use super::Check;

/// What was seen of each service and queue.
#[derive(Clone, Debug, Default)]
pub(super) struct DemandChecks {
    requests: BTreeMap<ServiceId, Offered>,
    sent: BTreeMap<QueueId, u64>,
    /// What protected its task after the last event, and until when: by task, queue and message.
    held: BTreeMap<(TaskRef, QueueId, u32), SimTime>,
}

/// Requests of a service, integrated by the checker itself.
#[derive(Clone, Copy, Debug, Default)]
struct Offered {
    at: SimTime,
    rate: f64,
    offered: f64,
}

impl DemandChecks {
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) -> Check {
        if !cluster.has_demand() {
            return Ok(());
        }
        self.check_workers(now, event, effects, cluster)?;
        if let Event::MessageArrives(id) = event {
            *self.sent.entry(id).or_default() += 1;
        }
        for id in (0..cluster.setup().services).map(ServiceId::from_index) {
            let Some(seen) = cluster.requests(id, now) else { continue };
            let own = self.requests.entry(id).or_default();
            own.offered += own.rate * now.since(own.at).as_secs_f64();
            (own.at, own.rate) = (now, seen.rate);
            check_requests(&seen, own.offered)?;
        }
        Ok(())
    }

    /// No task is told to stop that works on a message which protects it, unless its instance drains.
    fn check_workers(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) -> Check {
        let queues = cluster.setup().queues.iter().enumerate();
        let protecting: Vec<_> =
            queues.filter_map(|(n, queue)| Some((n, queue.task_protection?))).collect();
        if protecting.is_empty() {
            return Ok(());
        }
        if let Event::MessageProcessed(queue, place) = event {
            self.held.retain(|(_, of, number), _| (*of, *number) != (queue, place));
        }
        for effect in effects {
            let (Effect::StopContainers(id) | Effect::After(_, Event::TaskDeregistered(id))) =
                effect
            else {
                continue;
            };
            let task = cluster.task(*id);
            let on = task.instance().map(|on| cluster.instance(on).status);
            let goes_in = task.stop_reason == Some(StopReason::ScalingActivity)
                && cluster.stamps(*id).stopping_at.get() == Some(now)
                && on != Some(InstanceStatus::Draining);
            let own = (*id, QueueId(0), 0)..=(*id, QueueId(u32::MAX), u32::MAX);
            let protected = self.held.range(own).any(|(_, until)| now < *until);
            holds!(!(goes_in && protected), "a task stops that works on a message");
        }
        self.held.clear();
        for (position, expires_in) in protecting {
            let id = QueueId::from_index(position);
            let work = cluster.queue(id).in_work();
            self.held
                .extend(work.map(|(number, task, since)| ((task, id, number), since + expires_in)));
        }
        Ok(())
    }

    /// What needs a look at every task and message.
    pub(super) fn check_all(&self, cluster: &Cluster<'_>) -> Check {
        if !cluster.has_demand() {
            return Ok(());
        }
        let workers = workers(cluster);
        for position in 0..cluster.setup().services {
            let id = ServiceId::from_index(position);
            let Some(seen) = cluster.requests_at_last_change(id) else { continue };
            let own = workers.get(&id);
            let found = own.map_or((0, 0), |of| (of.ran, serving(id, of, cluster)));
            let told = (seen.running as usize, seen.serving as usize);
            holds!(found == told, "{found:?} tasks run and serve, not {told:?}");
        }
        for (position, setup) in cluster.setup().queues.iter().enumerate() {
            let id = QueueId::from_index(position);
            let sent = self.sent.get(&id).copied().unwrap_or(0) + u64::from(setup.initial_messages);
            check_messages(id, sent, cluster)?;
            let own = workers.get(&setup.service);
            let ready = own.map_or(&[][..], |of| of.ready.as_slice());
            let mut expected: Vec<TaskRef> = Vec::new();
            for task in ready {
                expected.extend(std::iter::repeat_n(*task, setup.concurrency as usize));
            }
            let mut found: Vec<TaskRef> = cluster.queue(id).workers().collect();
            found.sort_unstable();
            expected.sort_unstable();
            let (found, expected, same) = (found.len(), expected.len(), found == expected);
            holds!(same, "{found} messages could be worked on at once, and {expected} may");
        }
        Ok(())
    }
}

fn check_requests(seen: &RequestsSeen, offered: f64) -> Check {
    let totals = &seen.totals;
    let slack = 1e-6 * (1.0 + offered);
    let kept = totals.served + totals.lost + seen.waiting;
    let (told, waiting) = (totals.offered, seen.waiting);
    holds!((told - offered).abs() <= slack, "{told} requests came, not {offered}");
    holds!(
        (kept - offered).abs() <= slack,
        "{offered} requests came, {} served, {} lost, {waiting} wait",
        totals.served,
        totals.lost
    );
    let least = totals.served.min(totals.lost).min(waiting);
    holds!(least >= -slack, "fewer than no requests: {totals:?}, {waiting} wait");
    holds!(seen.utilization <= 1.0 + 1e-9, "CPU is used by {} of it", seen.utilization);
    Ok(())
}

fn check_messages(id: QueueId, sent: u64, cluster: &Cluster<'_>) -> Check {
    let queue = cluster.queue(id);
    let (visible, working, hidden) = queue.recounted();
    let totals = queue.totals();
    let there = (visible + working + hidden) as u64;
    holds!(
        totals.processed + there == sent,
        "{sent} messages sent, {} processed, {there} in the queue",
        totals.processed
    );
    let told = (queue.visible() as usize, queue.working() as usize, queue.in_flight() as usize);
    let found = (visible, working, working + hidden);
    holds!(found == told, "{found:?} messages visible, worked on, in flight, not {told:?}");
    holds!(visible == 0 || !queue.has_idle(), "{visible} messages wait beside an idle task");
    Ok(())
}

/// The tasks of a service that are RUNNING.
#[derive(Clone, Debug, Default)]
struct Workers {
    ran: usize,
    /// Of those, take requests, by revision.
    serving: BTreeMap<GroupId, usize>,
    /// Those whose application is ready.
    ready: Vec<TaskRef>,
}

/// By service, recounted from the tasks.
fn workers(cluster: &Cluster<'_>) -> BTreeMap<ServiceId, Workers> {
    let mut found: BTreeMap<ServiceId, Workers> = BTreeMap::new();
    for id in cluster.live_tasks() {
        let task = cluster.task(id);
        let Some(service) = cluster.service_of(task.group) else { continue };
        if task.last_status == LastStatus::Running {
            let of = found.entry(service).or_default();
            of.ran += 1;
            *of.serving.entry(task.group).or_default() += usize::from(cluster.serves(id));
            if cluster.stamps(id).ready_at.get().is_some() {
                of.ready.push(id);
            }
        }
    }
    found
}

/// How many tasks of a service serve: while a load balancer shifts traffic, each revision's count by its
/// share, rounded down, and one at least where somebody serves.
fn serving(id: ServiceId, workers: &Workers, cluster: &Cluster<'_>) -> usize {
    let service = cluster.service(id);
    let of = |id| workers.serving.get(&id).copied().unwrap_or(0);
    let first = &cluster.setup().group(service.revisions()[0]).kind;
    let balanced = matches!(first, RequestKind::Service(of) if of.load_balancer.is_some());
    match service.traffic_shift().filter(|_| balanced) {
        Some(shift) => {
            let share = shift.share.0 as usize;
            let sum = of(shift.blue) * (1_000 - share) + of(service.primary()) * share;
            (sum / 1_000).max(sum.min(1))
        }
        None => workers.serving.values().sum(),
    }
}
