//! Floor 4: read-only listeners. They see every event, its effects and the state after it, and can
//! change nothing: with or without them a run has the same digest.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a listener picks the events that it listens to"
)]

mod charge;
mod daemon_gaps;
mod demand_series;
mod digest;
mod empty;
mod event_words;
mod fargate;
mod fault_checks;
mod fleet;
mod group_series;
mod interruptions;
mod invariants;
mod jobs;
mod ledger;
mod metrics;
mod record;
mod recovery;
mod rollouts;
mod service_events;
mod service_scaling;
mod spot_rate;
mod stops;

pub use charge::billed_seconds;
pub use daemon_gaps::DaemonGaps;
pub use digest::TraceDigest;
pub use empty::EmptyInstances;
pub use event_words::{event_words, stop_reason};
pub use fargate::{FargateCount, FargateUse, fargate_seconds};
pub use fleet::{Fleet, FleetCount};
pub use interruptions::Interruptions;
pub use invariants::{Broken, Invariants};
pub use jobs::{Call, End, Job, Jobs};
pub use ledger::{Ledger, LedgerItem, LedgerLine};
pub use metrics::{Metrics, Samples, StartsOfGroup};
pub use record::{EventRow, InstanceRow, Recorder, SeriesRow, TASK_TIMES, TaskRow};
pub use recovery::Recovery;
pub use rollouts::Rollouts;
pub use service_scaling::{Breach, ScalingUse, ServiceScalings};
pub use stops::{Stop, Stops};

use crate::engine::Observer;
use crate::model::{Cluster, Decision, DecisionSink, Effect, Event, TaskRef};
use crate::units::SimTime;

/// What a run is watched for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watch {
    /// Check invariants after every event.
    pub invariants: bool,
    /// Keep decisions for an explanation.
    pub decisions: bool,
    /// Keep rows of tasks, instances, events and series.
    pub record: bool,
    /// Keep each wait with the time of its request.
    pub waits: bool,
    /// Tasks requested before this are in no figure of waits.
    pub warm_up: SimTime,
}

/// Decisions, kept or not.
#[derive(Clone, Debug, Default)]
pub struct Decisions(Option<Vec<Decision>>);

impl DecisionSink for Decisions {
    fn wants(&self) -> bool {
        self.0.is_some()
    }

    fn record(&mut self, decision: Decision) {
        if let Some(kept) = &mut self.0 {
            kept.push(decision);
        }
    }
}

/// All listeners of a run.
#[derive(Clone, Debug)]
pub struct Observers {
    /// Waits and their phases.
    pub metrics: Metrics,
    /// What became of Spot instances.
    pub interruptions: Interruptions,
    /// What became of standalone tasks.
    pub jobs: Jobs,
    /// The bill.
    pub ledger: Ledger,
    /// Instances by type.
    pub fleet: Fleet,
    /// What runs on Fargate.
    pub fargate: FargateUse,
    /// The digest of the trace.
    pub digest: TraceDigest,
    /// Invariants, if checked.
    pub invariants: Option<Invariants>,
    /// Rows, if kept.
    pub recorder: Option<Recorder>,
    /// What recovery from faults took.
    pub recovery: Recovery,
    /// Instances without tasks, where there is demand.
    pub empty: EmptyInstances,
    /// What deployments needed.
    pub rollouts: Rollouts,
    /// What became of the desired counts of services that scale.
    pub scaling: ServiceScalings,
    /// Why tasks stopped, if decisions are kept.
    pub stops: Option<Stops>,
    decisions: Decisions,
}

impl Observers {
    /// Listeners for one run.
    #[must_use]
    pub fn new(watch: Watch) -> Self {
        Self::in_memory_of(Metrics::default(), watch)
    }

    /// The same, with the waits in the memory of those of an earlier run.
    #[must_use]
    pub fn in_memory_of(earlier: Metrics, watch: Watch) -> Self {
        Self {
            metrics: Metrics::new(watch.warm_up, watch.waits, earlier),
            interruptions: Interruptions::default(),
            jobs: Jobs::default(),
            ledger: Ledger::default(),
            fleet: Fleet::default(),
            fargate: FargateUse::default(),
            digest: TraceDigest::default(),
            invariants: watch.invariants.then(Invariants::default),
            recorder: watch.record.then(Recorder::default),
            recovery: Recovery::default(),
            empty: EmptyInstances::default(),
            rollouts: Rollouts::default(),
            scaling: ServiceScalings::default(),
            stops: watch.decisions.then(Stops::default),
            decisions: Decisions(watch.decisions.then(Vec::new)),
        }
    }

    /// The run is over: bills are closed at the horizon.
    pub fn finish(&mut self, horizon: SimTime, cluster: &Cluster<'_>) {
        self.metrics.finish(cluster);
        if cluster.has_demand() {
            self.empty.finish(horizon, cluster);
        }
        self.jobs.finish(cluster);
        self.scaling.finish(horizon, cluster);
        self.fargate.finish(horizon, cluster);
        self.ledger.finish(horizon, cluster, &self.fargate);
        if let Some(recorder) = &mut self.recorder {
            recorder.finish(horizon, cluster);
        }
        if let Some(invariants) = &mut self.invariants {
            invariants.finish(horizon, cluster, &self.ledger);
        }
    }

    /// The decisions kept.
    #[must_use]
    pub fn kept_decisions(&self) -> &[Decision] {
        self.decisions.0.as_deref().unwrap_or_default()
    }

    /// Tells of an event those who listen to its kind. The kinds that fill a run are told to few, and so
    /// are all effects: who begins to listen to one of them is added here or below `tell_effect`.
    #[inline]
    fn tell_event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        match event {
            Event::NetworkAttached(_) | Event::ImagePulled(_) | Event::TaskStopped(_) => {}
            Event::TaskReady(_) => self.metrics.event(now, event, cluster),
            Event::RunTask(_) => self.jobs.event(now, event, cluster),
            Event::TaskStarted(_) => {
                self.metrics.event(now, event, cluster);
                self.interruptions.event(now, event, cluster);
                self.jobs.event(now, event, cluster);
                self.ledger.event(now, event, cluster);
            }
            Event::ContainersExited(_) | Event::ExecutionStopped(_) => {
                self.ledger.event(now, event, cluster);
            }
            _ => self.tell_rare_event(now, event, cluster),
        }
    }

    /// The same of other events: apart, so that the code for those that fill a run stays small.
    #[inline(never)]
    fn tell_rare_event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        self.metrics.event(now, event, cluster);
        self.fleet.event(now, event, cluster);
        self.fargate.event(now, event, cluster);
        self.interruptions.event(now, event, cluster);
        self.jobs.event(now, event, cluster);
        self.ledger.event(now, event, cluster);
    }

    /// The same of an effect of an event.
    #[inline]
    fn tell_effect(&mut self, now: SimTime, event: Event, effect: Effect, cluster: &Cluster<'_>) {
        match effect {
            Effect::StartContainers(_)
            | Effect::AwaitReady(_)
            | Effect::AwaitExit(_)
            | Effect::StopContainers(_)
            | Effect::NextRunTask(_)
            | Effect::After(..) => {}
            Effect::AttachNetwork(_) => self.fleet.effect(effect, cluster),
            Effect::PullImage { .. } => self.metrics.effect(effect, cluster),
            Effect::Deprovision(task) => self.fargate.deprovisioning(now, task, cluster),
            Effect::TaskEnded(task) => self.tell_task_ended(now, event, task, cluster),
            _ => self.tell_rare_effect(now, effect, cluster),
        }
    }

    /// The same of the end of a task: apart, because four observers have much to do then.
    #[inline(never)]
    fn tell_task_ended(
        &mut self,
        now: SimTime,
        event: Event,
        task: TaskRef,
        cluster: &Cluster<'_>,
    ) {
        let effect = Effect::TaskEnded(task);
        self.metrics.effect(effect, cluster);
        self.fleet.effect(effect, cluster);
        self.interruptions.task_ended(event, task, cluster);
        self.jobs.task_ended(now, task, cluster);
    }

    /// The same of other effects, apart as rare events are.
    #[inline(never)]
    fn tell_rare_effect(&mut self, now: SimTime, effect: Effect, cluster: &Cluster<'_>) {
        self.metrics.effect(effect, cluster);
        self.fleet.effect(effect, cluster);
        self.ledger.effect(now, effect, cluster);
    }

    /// Whether anybody listens who does not in every run: one of those in `observe_more`.
    #[inline]
    const fn watches_more(&self, cluster: &Cluster<'_>) -> bool {
        cluster.has_disturbances()
            || cluster.has_demand()
            || self.stops.is_some()
            || self.recorder.is_some()
            || self.invariants.is_some()
    }

    /// Tells them of an event and its effects, apart as rare events are. Who is added here is added to
    /// `watches_more` too.
    #[inline(never)]
    fn observe_more(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) {
        if cluster.has_disturbances() {
            self.scaling.event(now, event, cluster);
            self.recovery.observe(now, cluster);
            self.rollouts.observe(now, event, effects, cluster, &self.fleet);
        }
        if cluster.has_demand() {
            self.empty.observe(now, effects, cluster);
        }
        if let Some(stops) = &mut self.stops {
            stops.observe(now, effects, cluster);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.observe(now, event, effects, cluster);
        }
        if let Some(invariants) = &mut self.invariants {
            invariants.observe(now, event, effects, cluster);
        }
    }
}

impl Observer for Observers {
    type Sink = Decisions;

    fn observe(&mut self, now: SimTime, event: Event, effects: &[Effect], cluster: &Cluster<'_>) {
        self.digest.observe(now, event, effects, cluster);
        self.tell_event(now, event, cluster);
        // One pass for all: most events have one effect.
        for effect in effects {
            self.tell_effect(now, event, *effect, cluster);
        }
        if self.watches_more(cluster) {
            self.observe_more(now, event, effects, cluster);
        }
    }

    fn decisions(&mut self) -> &mut Decisions {
        &mut self.decisions
    }

    fn failed(&self) -> bool {
        self.invariants.as_ref().is_some_and(|invariants| invariants.broken().is_some())
    }
}
