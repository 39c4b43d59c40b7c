//! How long everything takes: one keyed draw for each phase of each task and instance.

use crate::model::{
    Cluster, Draws, Effect, Event, FaultId, Luck, PullKind, SpotStretch, Struck, Task,
};
use crate::random::{Distribution, EntityKey, Purpose, Sampler, Stream, Streams};
use crate::scenario::{
    CapacityProvider, NetworkMode, PoolState, ProviderKind, Revision, Scenario, StrategyItem,
};
use crate::units::{GroupId, InstanceId, ProviderId, ServiceId, SimDuration, SpotPoolId};

use super::spot::{SpotLaws, SpotLossLaw, SpotPoolLaw};

use super::demand_timing::DemandDurations;
use super::fargate_timing::{FargateDurations, OnFargate};
use super::scaling_timing::{ScalingDurations, ServiceScalingDurations};

/// The durations of a scenario, ready to be drawn from under any seed.
#[derive(Clone, Debug)]
pub struct Durations {
    launch: Sampler,
    launch_gpu: Sampler,
    boot: Sampler,
    start: Sampler,
    deprovision: Sampler,
    cached: Sampler,
    digest: Sampler,
    per_1000_mb: Sampler,
    unknown_size: Sampler,
    attach: [Sampler; 2],
    groups: Vec<GroupDurations>,
    faults: Vec<EntityKey>,
    providers: Vec<ProviderDurations>,
    group: GroupStart,
    spot: SpotLaws,
    fargate: FargateDurations,
    scaling: ScalingDurations,
    demand: DemandDurations,
    service_scaling: ServiceScalingDurations,
}

/// What the instances of a provider have in common.
#[derive(Clone, Debug)]
struct ProviderDurations {
    key: EntityKey,
    /// Of an Auto Scaling group: what user data add to the boot.
    user_data: Option<SimDuration>,
    /// How the instances of its warm pool wait, if it has one.
    pool_state: Option<PoolState>,
}

impl ProviderDurations {
    fn new(provider: &CapacityProvider) -> Self {
        let group = match &provider.kind {
            ProviderKind::ManagedInstances(_)
            | ProviderKind::Fargate(_)
            | ProviderKind::LaunchType(_) => None,
            ProviderKind::AutoScalingGroup(group) => Some(group),
        };
        Self {
            key: EntityKey::of(&provider.name),
            user_data: group.map(|group| group.user_data_time),
            pool_state: group.and_then(|group| group.warm_pool).map(|pool| pool.pool_state),
        }
    }
}

/// How instances of Auto Scaling groups start.
#[derive(Clone, Debug)]
struct GroupStart {
    pending: Sampler,
    running: Sampler,
    accelerated: SimDuration,
    boot: Sampler,
    warm_boot: Sampler,
    lifecycle_poll: Sampler,
}

impl GroupStart {
    fn new(scenario: &Scenario) -> Self {
        let used = |provider: &CapacityProvider| match provider.kind {
            ProviderKind::ManagedInstances(_)
            | ProviderKind::Fargate(_)
            | ProviderKind::LaunchType(_) => false,
            ProviderKind::AutoScalingGroup(_) => true,
        };
        let used = scenario.capacity_providers.iter().any(used);
        let timing = &scenario.timing.auto_scaling_group;
        // Tables of quantiles take their time: none for what never happens.
        let sampler = |of| Sampler::new(if used { of } else { &Distribution::ZERO });
        Self {
            pending: sampler(&timing.pending),
            running: sampler(&timing.running),
            accelerated: timing.running_accelerated,
            boot: sampler(&timing.boot),
            warm_boot: sampler(&timing.warm_boot),
            lifecycle_poll: sampler(&timing.lifecycle_poll),
        }
    }
}

/// What the tasks of a group have in common.
#[derive(Clone, Debug)]
struct GroupDurations {
    key: EntityKey,
    /// Position in [`Durations::attach`].
    attach: usize,
    pull: Pull,
    fargate: Option<OnFargate>,
    stop_timeout: SimDuration,
    exit_after_stop_signal: Sampler,
    ready_after: Sampler,
    every: Option<Sampler>,
    run_for: Sampler,
    /// Of standalone tasks whose calls are traced.
    trace: Option<Box<TraceDurations>>,
}

/// How long the tasks of traced calls run.
#[derive(Clone, Debug)]
struct TraceDurations {
    /// Tasks of one call.
    tasks: u32,
    /// By call; `None`: as the others of its block.
    run_for: Vec<Option<SimDuration>>,
}

/// How an image is pulled from its registry.
#[derive(Clone, Copy, Debug)]
enum Pull {
    /// A floor, and so many thousands of MB beyond what it covers.
    Sized {
        floor: SimDuration,
        thousands_of_mb: f64,
    },
    Unknown,
}

impl Durations {
    /// The durations of `scenario`, with the laws of its Spot pools.
    #[must_use]
    pub fn new(scenario: &Scenario, pools: &[SpotPoolLaw], loss: SpotLossLaw) -> Self {
        let fargate = FargateDurations::new(scenario);
        let revisions = scenario.revisions();
        let revision = |revision: &Revision<'_>| {
            let of = (revision.task_definition, revision.service.strategy.as_slice());
            GroupDurations::new(scenario, &fargate, revision_key(revision), of, (None, None))
        };
        let services = revisions.iter().take(scenario.services.len()).map(revision);
        let later = revisions.iter().skip(scenario.services.len()).map(revision);
        let run_tasks = scenario.run_tasks.iter().map(|run_task| {
            let (every, run_for) = (run_task.every.as_ref(), run_task.run_for.as_ref());
            let of = (run_task.task_definition, run_task.strategy.as_slice());
            let key = EntityKey::of(&run_task.name);
            let own = GroupDurations::new(scenario, &fargate, key, of, (every, run_for));
            let trace = (!run_task.trace.is_empty()).then(|| TraceDurations {
                tasks: run_task.count.max(1),
                run_for: run_task.trace.iter().map(|call| call.run_for).collect(),
            });
            GroupDurations { trace: trace.map(Box::new), ..own }
        });
        let timing = &scenario.timing;
        Self {
            launch: Sampler::new(&timing.launch),
            launch_gpu: Sampler::new(&timing.launch_gpu),
            boot: Sampler::new(&timing.boot),
            start: Sampler::new(&timing.start),
            deprovision: Sampler::new(&timing.deprovision),
            cached: Sampler::new(&timing.pull.cached),
            digest: Sampler::new(&timing.digest),
            per_1000_mb: Sampler::new(&timing.pull.per_1000_mb),
            unknown_size: Sampler::new(&timing.pull.unknown_size),
            attach: [Sampler::new(&timing.attach), Sampler::new(&timing.attach_host)],
            groups: services.chain(run_tasks).chain(later).collect(),
            faults: scenario.faults.iter().map(|fault| EntityKey::of(&fault.name)).collect(),
            fargate: fargate.clone(),
            providers: scenario.capacity_providers.iter().map(ProviderDurations::new).collect(),
            group: GroupStart::new(scenario),
            spot: SpotLaws::new(pools, loss),
            scaling: ScalingDurations::new(scenario),
            demand: DemandDurations::new(scenario),
            service_scaling: ServiceScalingDurations::new(scenario),
        }
    }
}

impl Durations {
    /// The same without one of the scenario's faults.
    pub fn forget_fault(&mut self, position: usize) {
        self.faults.remove(position);
    }
}

/// The luck of a revision: the first has that of its service, each later one its own.
fn revision_key(revision: &Revision<'_>) -> EntityKey {
    let service = EntityKey::of(&revision.service.name);
    match revision.number {
        1 => service,
        number => service.with(EntityKey::of(&format!("revision {number}"))),
    }
}

impl TraceDurations {
    #[cold]
    fn of(&self, task: &Task) -> Option<SimDuration> {
        // The tasks of one call have consecutive numbers.
        self.run_for.get((task.ordinal / self.tasks) as usize).copied().flatten()
    }
}

impl GroupDurations {
    fn new(
        scenario: &Scenario,
        fargate: &FargateDurations,
        key: EntityKey,
        (definition, strategy): (usize, &[StrategyItem]),
        (every, run_for): (Option<&Distribution>, Option<&Distribution>),
    ) -> Self {
        let definition = &scenario.task_definitions[definition];
        let pull = &scenario.timing.pull;
        Self {
            key,
            attach: match definition.network_mode {
                NetworkMode::Awsvpc => 0,
                // Assumed for bridge and none: what takes time is the interface.
                NetworkMode::Host | NetworkMode::Bridge | NetworkMode::None => 1,
            },
            pull: definition.image.size_mb.map_or(Pull::Unknown, |mb| Pull::Sized {
                floor: pull.floor,
                thousands_of_mb: f64::from(mb.saturating_sub(pull.floor_mb)) / 1_000.0,
            }),
            fargate: fargate.of_group(scenario, strategy, definition),
            stop_timeout: definition.stop_timeout,
            exit_after_stop_signal: Sampler::new(&definition.exit_after_stop_signal),
            ready_after: Sampler::new(&definition.ready_after),
            every: every.map(Sampler::new),
            run_for: Sampler::new(run_for.unwrap_or(&Distribution::ZERO)),
            trace: None,
        }
    }
}

/// The durations of one run: a scenario's under a seed.
#[derive(Clone, Debug)]
pub struct TimingModel<'a> {
    durations: &'a Durations,
    streams: Streams,
    /// One stream for each group and purpose, and for each provider and purpose.
    groups: Vec<[Stream; PURPOSES]>,
    providers: Vec<[Stream; PURPOSES]>,
}

const PURPOSES: usize = Purpose::ALL.len();

/// The streams of one provider or group, by purpose.
pub(super) type EntityStreams = [Stream; PURPOSES];

impl<'a> TimingModel<'a> {
    /// `durations` under `seed`.
    #[must_use]
    pub fn new(durations: &'a Durations, seed: u64) -> Self {
        let streams = Streams::new(seed);
        let of = |key: &EntityKey| Purpose::ALL.map(|purpose| streams.stream(purpose, *key));
        Self {
            durations,
            streams,
            groups: durations.groups.iter().map(|group| of(&group.key)).collect(),
            providers: durations.providers.iter().map(|own| of(&own.key)).collect(),
        }
    }

    /// When an effect comes true, and as what; `None` for effects that are only told.
    #[inline(always)] // an event that is handed over in memory costs 5 ns
    #[must_use]
    pub fn schedule(&self, effect: &Effect, cluster: &Cluster<'_>) -> Option<(SimDuration, Event)> {
        let (after, event) = self.usual(effect, cluster)?;
        if !cluster.is_disturbed() {
            return Some((after, event));
        }
        Some(cluster.fate(*effect, self).apply(after, event))
    }

    /// The same where nothing goes wrong.
    #[inline(always)] // see above
    fn usual(&self, effect: &Effect, cluster: &Cluster<'_>) -> Option<(SimDuration, Event)> {
        let all = self.durations;
        let task = |id| cluster.task(id);
        let of = |id| self.group(task(id));
        let (after, event) = match *effect {
            Effect::LaunchInstance { instance, waited } => {
                let launch = self.launch(instance, cluster).saturating_sub(waited);
                (Takes::Known(launch), Event::InstanceLaunched(instance))
            }
            Effect::BootInstance(instance) => {
                (Takes::Known(self.boot(instance, cluster)), Event::InstanceRegistered(instance))
            }
            Effect::LaunchFargate { task: id, concurrent } => {
                (self.provision(task(id), concurrent)?, Event::FargateLaunched(id))
            }
            Effect::AwaitReclaim(id) => {
                let from = all.fargate.reclaim.as_ref()?;
                (self.of_task(task(id), Purpose::Reclaim, from), Event::FargateReclaimed(id))
            }
            Effect::AttachNetwork(id) => (self.attach(task(id)), Event::NetworkAttached(id)),
            Effect::PullImage { task: id, kind } => {
                (self.pull(task(id), kind), Event::ImagePulled(id))
            }
            Effect::StartContainers(id) => {
                let fargate = of(id).fargate.is_some();
                let from = if fargate { &all.fargate.start } else { &all.start };
                (self.of_task(task(id), Purpose::Start, from), Event::TaskStarted(id))
            }
            Effect::AwaitReady(id) => {
                let from = &of(id).ready_after;
                (self.of_task(task(id), Purpose::Ready, from), Event::TaskReady(id))
            }
            Effect::AwaitExit(id) => (self.run_for(task(id)), Event::ContainersExited(id)),
            Effect::StopContainers(id) => (self.stop(task(id)), Event::ExecutionStopped(id)),
            Effect::Deprovision(id) => (self.deprovision(task(id)), Event::TaskStopped(id)),
            Effect::ResolveDigest(group, attempt) => {
                let streams = &self.groups[group.index()];
                let time = draw(&all.digest, streams, Purpose::Digest, attempt);
                (Takes::Known(time), Event::DigestResolved(group, attempt))
            }
            Effect::FirstReservation(id) => {
                let time = all.scaling.first(&self.providers[id.index()]);
                (Takes::Known(time), Event::ReservationMeasured(id))
            }
            Effect::CallScalingPolicy(id, n) => {
                let time = all.scaling.call(&self.providers[id.index()], n);
                (Takes::Known(time), Event::ScalingPolicyActs(id, n))
            }
            Effect::FirstServiceMetric(id, resolution) => {
                (self.first_metric(id, resolution), Event::ServiceMetered(id, resolution))
            }
            Effect::CallServicePolicy { service, number, resolution } => {
                let time = self.policy_call(service, number, resolution);
                (time, Event::ServicePolicyActs(service, number))
            }
            Effect::ProcessMessage(id, place) => {
                let (message, ..) = cluster.queue(id).worked_on(place)?;
                let time = all.demand.processing(&self.streams, id, message);
                (Takes::Known(time), Event::MessageProcessed(id, place))
            }
            Effect::NextRunTask(group) => (self.next_call(group, cluster)?, Event::RunTask(group)),
            Effect::After(time, event) => (Takes::Known(time), event),
            Effect::TaskEnded(_)
            | Effect::InstanceTerminated(_)
            | Effect::InstanceStopped(_)
            | Effect::InstanceDraining(_)
            | Effect::InstanceDisconnected(_)
            | Effect::InstanceReconnected(_) => return None,
        };
        Some((after.length(), event))
    }

    /// Of a Fargate task.
    fn provision(&self, task: &Task, concurrent: u32) -> Option<Takes<'a>> {
        let fargate = &self.durations.fargate;
        let from = fargate.provision(self.group(task).fargate?);
        let alone = self.of_task(task, Purpose::Launch, from).length();
        Some(Takes::Known(fargate.under_load(alone, concurrent)))
    }

    fn first_metric(&self, id: ServiceId, resolution: u32) -> Takes<'a> {
        let streams = &self.groups[id.index()];
        Takes::Known(self.durations.service_scaling.first(streams, resolution))
    }

    fn policy_call(&self, id: ServiceId, number: u32, resolution: u32) -> Takes<'a> {
        let streams = &self.groups[id.index()];
        Takes::Known(self.durations.service_scaling.call(streams, number, resolution))
    }

    #[inline]
    fn group(&self, task: &Task) -> &'a GroupDurations {
        &self.durations.groups[task.group.index()]
    }

    #[inline(always)] // as part of `usual`, see `Takes`
    fn of_task<'t>(&self, task: &Task, purpose: Purpose, from: &'t Sampler) -> Takes<'t> {
        let stream = self.groups[task.group.index()][purpose.index()];
        Takes::Drawn { from, stream, ordinal: task.ordinal }
    }

    fn of_instance(
        &self,
        id: InstanceId,
        cluster: &Cluster<'_>,
        purpose: Purpose,
        from: &Sampler,
    ) -> SimDuration {
        let instance = cluster.instance(id);
        draw(from, &self.providers[instance.capacity_provider.index()], purpose, instance.ordinal)
    }

    fn boot(&self, id: InstanceId, cluster: &Cluster<'_>) -> SimDuration {
        let instance = cluster.instance(id);
        let provider = &self.durations.providers[instance.capacity_provider.index()];
        let Some(user_data) = provider.user_data else {
            return self.of_instance(id, cluster, Purpose::Boot, &self.durations.boot);
        };
        let group = &self.durations.group;
        if instance.left_warm_pool_at.get().is_none() {
            return self.of_instance(id, cluster, Purpose::Boot, &group.boot) + user_data;
        }
        // User data run at the first boot alone. An agent that was running, or was put to sleep while it
        // waited, looks at the next full minute; one that starts looks at once.
        let from = match provider.pool_state {
            Some(PoolState::Running | PoolState::Hibernated) => &group.lifecycle_poll,
            Some(PoolState::Stopped) | None => &group.warm_boot,
        };
        self.of_instance(id, cluster, Purpose::WarmBoot, from)
    }

    #[inline(always)] // as part of `usual`, see `Takes`
    fn run_for(&self, task: &Task) -> Takes<'a> {
        let group = self.group(task);
        match group.trace.as_ref().and_then(|trace| trace.of(task)) {
            Some(traced) => Takes::Known(traced),
            None => self.of_task(task, Purpose::Duration, &group.run_for),
        }
    }

    #[inline(always)] // as part of `usual`, see `Takes`
    fn attach(&self, task: &Task) -> Takes<'a> {
        let from = &self.durations.attach[self.group(task).attach];
        self.of_task(task, Purpose::Attach, from)
    }

    fn launch(&self, id: InstanceId, cluster: &Cluster<'_>) -> SimDuration {
        let candidate = cluster.candidate_of(cluster.instance(id));
        let gpu = candidate.registered.gpus > 0;
        let provider = cluster.instance(id).capacity_provider;
        if self.durations.providers[provider.index()].user_data.is_some() {
            let group = &self.durations.group;
            let slow = candidate.starts_slowly();
            let warm = cluster.instance(id).left_warm_pool_at.get().is_some();
            let (pending, running) = if warm {
                (Purpose::WarmPending, Purpose::WarmStart)
            } else {
                (Purpose::Pending, Purpose::Launch)
            };
            return self.of_instance(id, cluster, pending, &group.pending)
                + self.of_instance(id, cluster, running, &group.running)
                + if slow { group.accelerated } else { SimDuration::ZERO };
        }
        let from = if gpu { &self.durations.launch_gpu } else { &self.durations.launch };
        self.of_instance(id, cluster, Purpose::Launch, from)
    }

    #[inline(always)] // as part of `usual`, see `Takes`
    fn pull(&self, task: &Task, kind: PullKind) -> Takes<'a> {
        let all = self.durations;
        match (kind, self.group(task).pull) {
            (PullKind::Cached, _) => self.of_task(task, Purpose::Pull, &all.cached),
            (PullKind::Registry, Pull::Unknown) => {
                self.of_task(task, Purpose::Pull, &all.unknown_size)
            }
            (PullKind::Registry, Pull::Sized { floor, thousands_of_mb }) => {
                Takes::Known(self.pull_sized(task, floor, thousands_of_mb))
            }
        }
    }

    fn pull_sized(&self, task: &Task, floor: SimDuration, thousands_of_mb: f64) -> SimDuration {
        if thousands_of_mb <= 0.0 {
            return floor;
        }
        let per_1000 = self.of_task(task, Purpose::Pull, &self.durations.per_1000_mb).length();
        let share = self.group(task).fargate.map_or(1.0, |of| of.pull_share);
        let time = per_1000.as_secs_f64() * thousands_of_mb * share;
        floor + SimDuration::from_secs_f64(time)
    }

    /// Documented: the stop signal, then the kill after stopTimeout.
    fn stop(&self, task: &Task) -> Takes<'a> {
        let group = self.group(task);
        let exit = self.of_task(task, Purpose::Stop, &group.exit_after_stop_signal);
        Takes::Known(exit.length().min(group.stop_timeout))
    }

    #[inline(always)] // as part of `usual`, see `Takes`
    fn deprovision(&self, task: &Task) -> Takes<'a> {
        let all = self.durations;
        let fargate = self.group(task).fargate.is_some();
        let from = if fargate { &all.fargate.deprovision } else { &all.deprovision };
        self.of_task(task, Purpose::Deprovision, from)
    }

    #[inline(always)] // as part of `usual`, see `Takes`
    fn next_call(&self, group: GroupId, cluster: &Cluster<'_>) -> Option<Takes<'a>> {
        let from = self.durations.groups[group.index()].every.as_ref()?;
        let stream = self.groups[group.index()][Purpose::Arrival.index()];
        Some(Takes::Drawn { from, stream, ordinal: cluster.groups()[group.index()].calls() })
    }
}

impl Draws for TimingModel<'_> {
    fn draw(&self, luck: Luck) -> u64 {
        let of = |provider: ProviderId, purpose: Purpose| {
            self.providers[provider.index()][purpose.index()]
        };
        // An instance and an occasion.
        let both = |instance: u32, n: u32| u64::from(instance) << 32 | u64::from(n);
        match luck {
            Luck::Placement(group, n) => {
                self.groups[group.index()][Purpose::Placement.index()].bits(u64::from(n))
            }
            // Beyond the numbers of tasks, so that it has nothing to do with where the task went.
            Luck::ScaleIn(group, n) => {
                self.groups[group.index()][Purpose::Placement.index()].bits(1 << 32 | u64::from(n))
            }
            Luck::Capacity(provider, n) => of(provider, Purpose::Capacity).bits(u64::from(n)),
            Luck::Termination(provider, n) => of(provider, Purpose::Termination).bits(u64::from(n)),
            Luck::Selection(provider, n) => of(provider, Purpose::Selection).bits(u64::from(n)),
            Luck::SpotLoss(provider, instance, n) => {
                of(provider, Purpose::SpotVictim).bits(both(instance, n))
            }
            Luck::SpotDelay(provider, instance, n) => {
                of(provider, Purpose::SpotDelay).bits(both(instance, n))
            }
            Luck::Demand(id, n) => self.durations.demand.of_demand(&self.streams, id, n),
            Luck::Arrivals(id, n) => self.durations.demand.of_arrivals(&self.streams, id, n),
            Luck::Message(id, n) => self.durations.demand.of_message(&self.streams, id, n),
            Luck::Fault(fault, struck, n) => self.of_fault(fault, struck).bits(n),
            Luck::Exit(group, n) => {
                self.groups[group.index()][Purpose::Exit.index()].bits(u64::from(n))
            }
        }
    }

    fn spot_stretch(&self, pool: SpotPoolId, n: u32) -> SpotStretch {
        self.durations.spot.stretch(&self.streams, pool, n)
    }

    fn spot_loss(&self, pool: SpotPoolId, n: u32) -> u64 {
        self.durations.spot.loss(&self.streams, pool, n)
    }
}

impl TimingModel<'_> {
    /// The luck of a fault with those whom it may strike: by its name and theirs.
    fn of_fault(&self, fault: FaultId, struck: Struck) -> Stream {
        let of_provider = |provider: ProviderId| self.durations.providers[provider.index()].key;
        let (purpose, whose) = match struck {
            Struck::Launch(provider) => (Purpose::StruckLaunch, of_provider(provider)),
            Struck::Instance(provider) => (Purpose::StruckInstance, of_provider(provider)),
            Struck::Attempt(provider) => (Purpose::ThrottledLaunch, of_provider(provider)),
            Struck::Delay(provider) => (Purpose::StruckAt, of_provider(provider)),
            Struck::TaskDelay(group) => {
                (Purpose::StruckTaskAt, self.durations.groups[group.index()].key)
            }
            Struck::Task(group) => (Purpose::StruckTask, self.durations.groups[group.index()].key),
        };
        self.streams.stream(purpose, self.durations.faults[fault.index()].with(whose))
    }
}

pub(super) fn draw(
    from: &Sampler,
    streams: &[Stream; PURPOSES],
    purpose: Purpose,
    n: u32,
) -> SimDuration {
    Takes::Drawn { from, stream: streams[purpose.index()], ordinal: n }.length()
}

/// What something takes. The usual effects only say what is to be drawn, and one piece of code draws for
/// all: with a copy for each, an event is more code than the processor keeps at hand. What makes one is
/// part of that code, since it is all over once it is known.
#[derive(Clone, Copy)]
enum Takes<'t> {
    Known(SimDuration),
    Drawn { from: &'t Sampler, stream: Stream, ordinal: u32 },
}

impl Takes<'_> {
    #[inline(always)] // with a call for it an event takes 2 ns more
    fn length(self) -> SimDuration {
        match self {
            Self::Known(length) => length,
            Self::Drawn { from, stream, ordinal } => match from.constant() {
                Some(length) => length,
                None => from.draw(stream.bits(u64::from(ordinal))),
            },
        }
    }
}
