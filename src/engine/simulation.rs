//! A run: the model in simulated time, under observation.

use crate::model::{Cluster, DecisionSink, Effect, Event, Setup, TaskArena};
use crate::units::SimTime;

use super::driver::{self, Limits, Process, RunError};
use super::queue::{EventQueue, Priority, QueueFull};
use super::timing::{Durations, TimingModel};

/// Who watches a run, through glass: sees every event with its effects and the state after it, and can
/// change nothing.
pub trait Observer {
    /// What hears of decisions.
    type Sink: DecisionSink;

    /// Called after each event; what follows from it is scheduled by then.
    fn observe(&mut self, now: SimTime, event: Event, effects: &[Effect], cluster: &Cluster<'_>);

    /// Whom the model tells its decisions.
    fn decisions(&mut self) -> &mut Self::Sink;

    /// Whether the run must stop: an invariant broke.
    fn failed(&self) -> bool {
        false
    }
}

/// Why a run stopped before its horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The queue is full.
    #[error(transparent)]
    Full(#[from] QueueFull),
    /// The observer found a broken invariant.
    #[error("an invariant broke")]
    Invariant,
}

/// Memory that one run leaves to the next: short runs feel it when it is taken anew from the system. None
/// of it reaches a result.
#[derive(Debug, Default)]
pub struct Arena {
    queue: EventQueue<Event>,
    effects: Vec<Effect>,
    tasks: TaskArena,
}

impl Arena {
    /// Takes back what a run's cluster holds, when nobody reads it any more.
    pub fn take_back(&mut self, cluster: Cluster<'_>) {
        self.tasks = cluster.into_memory();
    }
}

/// One run of one scenario.
#[derive(Debug)]
pub struct Simulation<'a, O> {
    cluster: Cluster<'a>,
    timing: TimingModel<'a>,
    observer: O,
    effects: Vec<Effect>,
    horizon: SimTime,
}

/// At one instant: what happens to tasks and instances first, then plans, then clean-up.
const fn priority(event: Event) -> Priority {
    match event {
        Event::PlanCapacity(_)
        | Event::ScalingPolicyActs(..)
        | Event::ServicePolicyActs(..)
        | Event::ScheduledAction(..)
        | Event::ForecastDue(..)
        | Event::AzRebalance(_) => Priority(1),
        Event::ReservationMeasured(_)
        | Event::ServiceMetered(..)
        | Event::CheckIdle(_)
        | Event::CheckUtilisation(_)
        | Event::LookAtZones(_) => Priority(2),
        Event::CreateService(_)
        | Event::UpdateService(_)
        | Event::RunTask(_)
        | Event::ScheduleService(_)
        | Event::DigestResolved(..)
        | Event::ProvisioningTimeout(_)
        | Event::ManagedScalingStarts(_)
        | Event::LaunchRefused(_)
        | Event::InstanceLaunched(_)
        | Event::InstanceRegistered(_)
        | Event::FargateLaunched(_)
        | Event::FargateReclaimed(_)
        | Event::NetworkAttached(_)
        | Event::ImagePulled(_)
        | Event::TaskStarted(_)
        | Event::TaskReady(_)
        | Event::ContainersExited(_)
        | Event::ExecutionStopped(_)
        | Event::TaskStopped(_)
        | Event::DrainDue(_)
        | Event::ForceStopDue(_)
        | Event::Fault(..)
        | Event::TaskFails(_)
        | Event::TaskCrashes(_)
        | Event::TasksHealthy(_)
        | Event::StageEnds(..)
        | Event::StageTimesOut(..)
        | Event::HealthCheckPasses(_)
        | Event::HealthCheckFails(_)
        | Event::TargetHealthy(_)
        | Event::TargetUnhealthy(_)
        | Event::GracePeriodEnds(_)
        | Event::TaskDeregistered(_)
        | Event::HealthTimedOut(..)
        | Event::SpotPoolTurns(..)
        | Event::RebalanceRecommendation(_)
        | Event::SpotNotice(_)
        | Event::SpotReclaim(_)
        | Event::DemandChanges(_)
        | Event::MessagesBegin(_)
        | Event::MessageArrives(_)
        | Event::MessageProcessed(..)
        | Event::MessageVisible(..) => Priority(0),
    }
}

impl<'a, O: Observer> Simulation<'a, O> {
    /// A run of `setup` under `seed` until `horizon`.
    #[must_use]
    pub fn new(
        setup: &'a Setup,
        durations: &'a Durations,
        horizon: SimTime,
        seed: u64,
        observer: O,
    ) -> Self {
        Self {
            cluster: Cluster::new(setup),
            timing: TimingModel::new(durations, seed),
            observer,
            effects: Vec::new(),
            horizon,
        }
    }

    /// Runs to the horizon; gives back the cluster as it then is, the observer, and the number of
    /// events.
    ///
    /// # Errors
    /// When a limit of the driver or of the queue is reached, or the observer saw an invariant break;
    /// the observer comes with it.
    pub fn run(self) -> Result<(Cluster<'a>, O, u64), (RunError<Stopped>, O)> {
        self.run_in(&mut Arena::default())
    }

    /// The same in the memory of an earlier run.
    ///
    /// # Errors
    /// The same.
    pub fn run_in(
        mut self,
        arena: &mut Arena,
    ) -> Result<(Cluster<'a>, O, u64), (RunError<Stopped>, O)> {
        let queue = &mut arena.queue;
        queue.clear();
        self.effects = std::mem::take(&mut arena.effects);
        self.effects.clear();
        self.cluster.keep_tasks_in(std::mem::take(&mut arena.tasks));
        self.cluster.begin(&mut self.effects, self.observer.decisions(), &self.timing);
        let mut first: Vec<_> = self.cluster.initial_events().collect();
        for effect in &self.effects {
            if let Some((after, event)) = self.timing.schedule(effect, &self.cluster) {
                first.push((SimTime::ZERO + after, event));
            }
        }
        for (at, event) in first {
            if at <= self.horizon
                && let Err(full) = queue.schedule(at, priority(event), event)
            {
                return Err((RunError::Process(full.into()), self.observer));
            }
        }
        // Services of a million tasks with constant timings do much at one instant.
        let limits = Limits { events_at_one_instant: 100_000_000, ..Limits::until(self.horizon) };
        let ended = driver::run(&mut self, queue, &limits);
        arena.effects = self.effects;
        match ended {
            Ok(stats) => Ok((self.cluster, self.observer, stats.events)),
            Err(error) => Err((error, self.observer)),
        }
    }
}

impl<O: Observer> Process for Simulation<'_, O> {
    type Event = Event;
    type Error = Stopped;

    fn expect(&self, soon: &[Event]) {
        self.cluster.prefetch(soon);
    }

    fn handle(
        &mut self,
        now: SimTime,
        event: Event,
        queue: &mut EventQueue<Event>,
    ) -> Result<(), Stopped> {
        self.effects.clear();
        let sink = self.observer.decisions();
        self.cluster.handle(now, event, &mut self.effects, sink, &self.timing);
        for effect in &self.effects {
            if let Some((after, event)) = self.timing.schedule(effect, &self.cluster) {
                let at = now + after;
                // What lies beyond the horizon never happens in this run.
                if at <= self.horizon {
                    queue.schedule(at, priority(event), event)?;
                }
            }
        }
        // Last, because the processor then finds out meanwhile what happens next.
        self.observer.observe(now, event, &self.effects, &self.cluster);
        if self.observer.failed() { Err(Stopped::Invariant) } else { Ok(()) }
    }
}
