//! What comes from outside, and what becomes of it: requests as a fluid, messages one by one.
//!
//! A service's demand is told before the number of its tasks changes, so that everything up to that
//! moment happens with the old number.

mod fluid;
mod queue;
mod rate;
mod setup;

pub use fluid::{RequestTotals, WorstBacklog};
pub use queue::{Message, Queue, QueueTotals, WorstQueue};
pub use setup::{DemandSetup, QueueSetup, RequestSetup};

use crate::random::math::{ln, unit};
use crate::scenario::PolicyMetric;
use crate::units::{DemandId, GroupId, QueueId, ServiceId, SimDuration, SimTime};

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;
use super::draws::{Draws, Luck};
use super::event::{Effect, Event};
use super::setup::Setup;
use super::task::{LastStatus, TaskRef};
use fluid::Fluid;
use rate::RatePiece;

/// Everything from outside, by service.
#[derive(Clone, Debug, Default)]
pub(super) struct Demands {
    services: Vec<ServiceDemand>,
    /// The present rate of each demand.
    rates: Vec<RatePiece>,
    queues: Vec<Queue>,
}

/// What a service has to do.
#[derive(Clone, Debug, Default)]
struct ServiceDemand {
    requests: Option<Requests>,
    queues: Vec<QueueId>,
    /// RUNNING tasks, and the same integrated over time, microseconds.
    running: u32,
    running_micros: u128,
    at: SimTime,
}

/// Its requests, and how far each metric has been measured.
#[derive(Clone, Debug)]
struct Requests {
    setup: RequestSetup,
    fluid: Fluid,
    measured: [(SimTime, RequestTotals); PolicyMetric::ALL.len()],
}

impl Demands {
    pub(super) fn new(setup: &Setup) -> Self {
        if setup.demands.is_empty() && setup.queues.is_empty() {
            return Self::default();
        }
        let mut services = vec![ServiceDemand::default(); setup.services];
        for demand in &setup.demands {
            services[demand.service.index()].requests.get_or_insert_with(|| Requests {
                setup: demand.request,
                fluid: Fluid::new(demand.request.fluid()),
                measured: Default::default(),
            });
        }
        for (position, queue) in setup.queues.iter().enumerate() {
            services[queue.service.index()].queues.push(QueueId::from_index(position));
        }
        let queue = |queue: &QueueSetup| {
            Queue::new(queue.initial_messages, queue.task_protection.is_some())
        };
        Self {
            services,
            rates: vec![RatePiece::BEFORE; setup.demands.len()],
            queues: setup.queues.iter().map(queue).collect(),
        }
    }

    /// Whether anything comes from outside.
    const fn any(&self) -> bool {
        !self.services.is_empty()
    }
}

/// What a task's change is to the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkChange {
    /// It is RUNNING.
    Runs,
    /// Its application is ready: it receives messages.
    Ready,
    /// It is told to stop, or is gone.
    Leaves,
}

impl Cluster<'_> {
    /// Demand and arrivals begin.
    pub(super) fn demand_events(&self) -> impl Iterator<Item = (SimTime, Event)> + '_ {
        let demands = (0..self.setup.demands.len()).map(DemandId::from_index);
        let queues = (0..self.setup.queues.len()).map(QueueId::from_index);
        let arriving =
            queues.filter(|id| self.setup.queues[id.index()].arrivals.as_ref().is_some());
        demands
            .map(|id| (SimTime::ZERO, Event::DemandChanges(id)))
            .chain(arriving.map(|id| (SimTime::ZERO, Event::MessagesBegin(id))))
    }

    /// A task of a service begins or ends to work. Called before the counts of the group change.
    #[inline(always)] // most runs have no demand, and each task's life asks three times
    pub(super) fn work_changes<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        change: WorkChange,
    ) {
        if self.demands.any()
            && let Some(service) = self.service_of(self.tasks.get(task).group)
        {
            self.change_work(step, service, task, change);
        }
    }

    #[inline(never)]
    fn change_work<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        service: ServiceId,
        task: TaskRef,
        change: WorkChange,
    ) {
        let ran = self.tasks.get(task).last_status == LastStatus::Running;
        let was_ready = ran && self.tasks.stamps(task).ready_at.get().is_some();
        let own = &mut self.demands.services[service.index()];
        own.advance(step.now);
        match change {
            WorkChange::Runs => own.running += 1,
            WorkChange::Ready => {}
            WorkChange::Leaves => own.running -= u32::from(ran),
        }
        if let Some(requests) = &mut own.requests {
            let fluid = &mut requests.fluid;
            fluid.advance(step.now);
            match change {
                WorkChange::Runs => fluid.running += 1,
                WorkChange::Ready => {}
                WorkChange::Leaves => fluid.running -= u32::from(ran),
            }
        }
        for position in 0..self.demands.services[service.index()].queues.len() {
            let id = self.demands.services[service.index()].queues[position];
            match change {
                WorkChange::Runs => {}
                WorkChange::Ready => self.worker_comes(step, id, task),
                WorkChange::Leaves if was_ready => self.worker_leaves(step, id, task),
                WorkChange::Leaves => {}
            }
        }
    }

    /// The number of tasks of a revision that take requests changed, or its share of them.
    pub(super) fn serving_changed(&mut self, id: GroupId, now: SimTime) {
        if !self.demands.any() {
            return;
        }
        let Some(service) = self.service_of(id) else { return };
        let serving = self.serving_tasks(service);
        if let Some(requests) = &mut self.demands.services[service.index()].requests {
            requests.fluid.advance(now);
            requests.fluid.serving = serving;
        }
    }

    fn worker_comes<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: QueueId,
        task: TaskRef,
    ) {
        let concurrency = self.setup.queues[id.index()].concurrency;
        self.demands.queues[id.index()].offer(task, concurrency);
        self.hand_out(step, id);
    }

    fn worker_leaves<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: QueueId,
        task: TaskRef,
    ) {
        let timeout = self.setup.queues[id.index()].visibility_timeout;
        let queue = &mut self.demands.queues[id.index()];
        queue.advance(step.now);
        for (place, after) in queue.leave(task, step.now, timeout) {
            step.push(Effect::After(after, Event::MessageVisible(id, place)));
        }
    }

    /// Messages go to tasks that could work on them.
    fn hand_out<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: QueueId) {
        let acceptable = self.setup.queues[id.index()].acceptable_latency;
        let queue = &mut self.demands.queues[id.index()];
        queue.advance(step.now);
        while let Some(place) = queue.receive(step.now, acceptable) {
            step.push(Effect::ProcessMessage(id, place));
        }
    }

    /// The rate of a demand changes.
    pub(super) fn demand_changes<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: DemandId) {
        let demand = &self.setup.demands[id.index()];
        let piece = &mut self.demands.rates[id.index()];
        let draws = step.draws;
        piece.next(&demand.shape, |n| draws.draw(Luck::Demand(id, n)));
        if piece.ends() {
            let after = piece.until.since(step.now);
            step.push(Effect::After(after, Event::DemandChanges(id)));
        }
        let all = self.setup.demands.iter().zip(&self.demands.rates);
        let own = all.filter(|(other, _)| other.service == demand.service);
        let rate = own.map(|(_, piece)| piece.rate).sum();
        if let Some(requests) = &mut self.demands.services[demand.service.index()].requests {
            requests.fluid.advance(step.now);
            requests.fluid.rate = rate;
        }
    }

    /// A message arrives, and the next one is on its way.
    pub(super) fn message_arrives<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: QueueId) {
        let queue = &mut self.demands.queues[id.index()];
        queue.arrived += 1;
        queue.send(step.now);
        self.hand_out(step, id);
        self.next_message(step, id);
    }

    /// When the next message arrives: an exponential number of mean 1 is used up at the rate that holds.
    pub(super) fn next_message<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: QueueId) {
        let Some(shape) = &self.setup.queues[id.index()].arrivals else { return };
        let queue = &mut self.demands.queues[id.index()];
        let draws: &dyn Draws = step.draws;
        let mut left = -ln(unit(draws.draw(Luck::Message(id, queue.arrived))));
        let mut from = step.now;
        let piece = &mut queue.arrivals;
        loop {
            if piece.until > from {
                let expected = piece.rate * piece.until.since(from).as_secs_f64();
                if left <= expected && piece.rate > 0.0 {
                    let after = SimDuration::from_secs_f64(left / piece.rate);
                    let after = from.since(step.now) + after;
                    step.push(Effect::After(after, Event::MessageArrives(id)));
                    return;
                }
                left -= expected;
            }
            // What lies beyond ten years never happens.
            if !piece.ends() || piece.until.since(SimTime::ZERO) > TEN_YEARS {
                return;
            }
            from = from.max(piece.until);
            piece.next(shape, |n| draws.draw(Luck::Arrivals(id, n)));
        }
    }

    /// The work on a message ends.
    pub(super) fn message_processed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: QueueId,
        place: u32,
    ) {
        let queue = &mut self.demands.queues[id.index()];
        queue.advance(step.now);
        queue.processed(place);
        self.hand_out(step, id);
        let setup = &self.setup.queues[id.index()];
        if setup.task_protection.is_some() && self.wants_fewer(setup.service) {
            self.schedule_service(step, self.service(setup.service).primary());
        }
    }

    /// Until when a task is protected from scale-in by the messages that it works on.
    pub(super) fn protected_by_messages(&self, task: TaskRef) -> Option<SimTime> {
        let service = self.service_of(self.tasks.get(task).group)?;
        let own = self.demands.services.get(service.index())?;
        let until = own.queues.iter().filter_map(|id| {
            let expires_in = self.setup.queues[id.index()].task_protection?;
            Some(self.queue(*id).held_since(task)? + expires_in)
        });
        until.max()
    }

    /// Whether tasks of a service protect themselves while they work on a message.
    pub(super) fn messages_protect(&self, id: ServiceId) -> bool {
        let own = self.demands.services.get(id.index());
        own.is_some_and(|own| {
            let mut queues = own.queues.iter().map(|id| &self.setup.queues[id.index()]);
            queues.any(|queue| queue.task_protection.is_some())
        })
    }

    /// When the first such protection of a revision's tasks expires that lasts now.
    pub(super) fn first_message_to_expire(&self, id: GroupId, now: SimTime) -> Option<SimTime> {
        let service = self.service_of(id)?;
        let own = self.demands.services.get(service.index())?;
        let all = own.queues.iter().flat_map(|id| self.queue(*id).holders());
        let of_group = all.filter(|(task, _)| self.tasks.get(*task).group == id);
        let until = of_group.filter_map(|(task, _)| self.protected_by_messages(task));
        until.filter(|until| *until > now).min()
    }

    /// A message is visible again.
    pub(super) fn message_visible<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: QueueId,
        place: u32,
    ) {
        self.demands.queues[id.index()].returns(place, step.now);
        self.hand_out(step, id);
    }

    /// A queue.
    #[must_use]
    pub fn queue(&self, id: QueueId) -> &Queue {
        &self.demands.queues[id.index()]
    }

    /// Whether anything comes from outside.
    #[must_use]
    pub const fn has_demand(&self) -> bool {
        self.demands.any()
    }

    /// What became of a service's requests up to `now`, and the worst backlog; `None`: it has no demand.
    #[must_use]
    pub fn requests(&self, id: ServiceId, now: SimTime) -> Option<RequestsSeen> {
        let requests = self.demands.services.get(id.index())?.requests.as_ref()?;
        let mut fluid = requests.fluid.clone();
        fluid.advance(now);
        Some(requests.seen(&fluid))
    }

    /// The same up to the last change of its rate or of its tasks.
    #[must_use]
    pub fn requests_at_last_change(&self, id: ServiceId) -> Option<RequestsSeen> {
        let requests = self.demands.services.get(id.index())?.requests.as_ref()?;
        Some(requests.seen(&requests.fluid))
    }

    /// Seconds of RUNNING tasks of a service up to `now`, and of those the seconds of work; `None`: it
    /// has neither demand nor a queue.
    #[must_use]
    pub fn worked_seconds(&self, id: ServiceId, now: SimTime) -> Option<(f64, f64)> {
        let own = self.demands.services.get(id.index())?;
        if own.requests.is_none() && own.queues.is_empty() {
            return None;
        }
        let mut until = own.clone();
        until.advance(now);
        let requests = until.requests.map_or(0.0, |mut requests| {
            requests.fluid.advance(now);
            requests.fluid.totals().served * requests.setup.work
        });
        let messages = own.queues.iter().map(|id| {
            let mut queue = self.queue(*id).clone();
            queue.advance(now);
            let concurrency = f64::from(self.setup.queues[id.index()].concurrency);
            queue.busy_micros as f64 / 1e6 / concurrency
        });
        let ran = until.running_micros as f64 / 1e6;
        Some((ran, (requests + messages.sum::<f64>()).min(ran)))
    }

    /// The value of a metric over the period that ends now and began when it was last measured; `None`:
    /// there is no data.
    pub fn measure(&mut self, id: ServiceId, metric: PolicyMetric, now: SimTime) -> Option<f64> {
        let own = self.demands.services.get_mut(id.index());
        match metric {
            PolicyMetric::Cpu | PolicyMetric::Memory | PolicyMetric::RequestCountPerTarget => {
                let requests = own.and_then(|own| own.requests.as_mut());
                match requests {
                    Some(requests) => requests.measure(metric, now),
                    None => self.stated_cpu(id, metric),
                }
            }
            PolicyMetric::BacklogPerTask => {
                let running = self.running_tasks(id);
                (running > 0).then_some(self.visible_messages(id)? / f64::from(running))
            }
            PolicyMetric::MessagesVisible => self.visible_messages(id),
            PolicyMetric::AgeOfOldestMessage => {
                let own = self.demands.services.get(id.index())?;
                let ages = own.queues.iter().filter_map(|id| self.queue(*id).age_of_oldest(now));
                ages.max().map(SimDuration::as_secs_f64)
            }
        }
    }

    /// Without demand: what the task definition says.
    fn stated_cpu(&self, id: ServiceId, metric: PolicyMetric) -> Option<f64> {
        let group = self.setup.group(GroupId::from_index(id.index()));
        let definition = self.setup.definition(group.definition);
        let used = definition.cpu_used.filter(|_| metric == PolicyMetric::Cpu)?;
        let share = f64::from(used) / f64::from(definition.size.cpu.max(1));
        (self.running_tasks(id) > 0).then_some(100.0 * share)
    }

    fn visible_messages(&self, id: ServiceId) -> Option<f64> {
        let queues = &self.demands.services.get(id.index())?.queues;
        let visible = queues.iter().map(|id| f64::from(self.queue(*id).visible()));
        (!queues.is_empty()).then(|| visible.sum())
    }
}

const TEN_YEARS: SimDuration = SimDuration::from_secs(3_650 * 86_400);

/// What became of a service's requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestsSeen {
    /// Requests a second now.
    pub rate: f64,
    /// Of those, and of those that wait, served a second.
    pub service_rate: f64,
    /// Share of the CPU that RUNNING tasks reserve.
    pub utilization: f64,
    /// Requests that wait.
    pub waiting: f64,
    /// RUNNING tasks.
    pub running: u32,
    /// Serving tasks.
    pub serving: u32,
    /// Over the run.
    pub totals: RequestTotals,
    /// When most waited.
    pub worst: WorstBacklog,
}

impl ServiceDemand {
    fn advance(&mut self, now: SimTime) {
        let time = now.since(self.at).as_micros();
        self.running_micros += u128::from(self.running) * u128::from(time);
        self.at = now;
    }
}

impl Requests {
    fn seen(&self, fluid: &Fluid) -> RequestsSeen {
        let service_rate = fluid.service_rate();
        let running = f64::from(fluid.running);
        RequestsSeen {
            rate: fluid.rate,
            service_rate,
            utilization: if fluid.running > 0 {
                service_rate * self.setup.cpu_share / running
            } else {
                0.0
            },
            waiting: fluid.waiting(),
            running: fluid.running,
            serving: fluid.serving,
            totals: *fluid.totals(),
            worst: fluid.worst(),
        }
    }

    fn measure(&mut self, metric: PolicyMetric, now: SimTime) -> Option<f64> {
        self.fluid.advance(now);
        let totals = *self.fluid.totals();
        let (since, before) = std::mem::replace(&mut self.measured[metric as usize], (now, totals));
        let served = totals.served - before.served;
        let running = totals.running - before.running;
        match metric {
            // Documented (ECS developer guide, service_utilization): of what all tasks of the service
            // reserve. Without RUNNING tasks there is no data.
            PolicyMetric::Cpu => {
                (running > 0.0).then(|| 100.0 * served * self.setup.cpu_share / running)
            }
            PolicyMetric::Memory => {
                let idle = self.setup.idle_memory_share.filter(|_| running > 0.0)?;
                let busy = served * self.setup.memory_share_seconds / running;
                Some((100.0 * (idle + busy)).min(100.0))
            }
            // Documented: nothing is reported where no request flows.
            PolicyMetric::RequestCountPerTarget => {
                let received = totals.received - before.received;
                let targets = (totals.serving - before.serving) / now.since(since).as_secs_f64();
                (received > 0.0 && targets > 0.0).then(|| received / targets)
            }
            PolicyMetric::BacklogPerTask
            | PolicyMetric::MessagesVisible
            | PolicyMetric::AgeOfOldestMessage => None,
        }
    }
}
