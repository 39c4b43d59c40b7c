//! How long everything takes: one keyed draw for each phase of each task and instance.

use crate::model::{Cluster, Draws, Effect, Event, FaultId, Luck, PullKind, Struck, Task};
use crate::random::{Distribution, EntityKey, Purpose, Sampler, Stream, Streams};
use crate::scenario::{NetworkMode, Scenario};
use crate::units::{GroupId, InstanceId, ProviderId, SimDuration};

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
    providers: Vec<EntityKey>,
    faults: Vec<EntityKey>,
}

/// What the tasks of a group have in common.
#[derive(Clone, Debug)]
struct GroupDurations {
    key: EntityKey,
    /// Position in [`Durations::attach`].
    attach: usize,
    pull: Pull,
    stop_timeout: SimDuration,
    exit_after_stop_signal: Sampler,
    ready_after: Sampler,
    every: Option<Sampler>,
    run_for: Sampler,
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
    /// The durations of `scenario`.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let services = scenario.services.iter().map(|service| {
            GroupDurations::new(scenario, &service.name, service.task_definition, None, None)
        });
        let run_tasks = scenario.run_tasks.iter().map(|run_task| {
            let (every, run_for) = (run_task.every.as_ref(), run_task.run_for.as_ref());
            GroupDurations::new(scenario, &run_task.name, run_task.task_definition, every, run_for)
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
            groups: services.chain(run_tasks).collect(),
            providers: scenario
                .capacity_providers
                .iter()
                .map(|provider| EntityKey::of(&provider.name))
                .collect(),
            faults: scenario.faults.iter().map(|fault| EntityKey::of(&fault.name)).collect(),
        }
    }
}

impl Durations {
    /// The same without one of the scenario's faults.
    pub fn forget_fault(&mut self, position: usize) {
        self.faults.remove(position);
    }
}

impl GroupDurations {
    fn new(
        scenario: &Scenario,
        name: &str,
        definition: usize,
        every: Option<&Distribution>,
        run_for: Option<&Distribution>,
    ) -> Self {
        let definition = &scenario.task_definitions[definition];
        let pull = &scenario.timing.pull;
        Self {
            key: EntityKey::of(name),
            attach: match definition.network_mode {
                NetworkMode::Awsvpc => 0,
                NetworkMode::Host => 1,
            },
            pull: definition.image.size_mb.map_or(Pull::Unknown, |mb| Pull::Sized {
                floor: pull.floor,
                thousands_of_mb: f64::from(mb.saturating_sub(pull.floor_mb)) / 1_000.0,
            }),
            stop_timeout: definition.stop_timeout,
            exit_after_stop_signal: Sampler::new(&definition.exit_after_stop_signal),
            ready_after: Sampler::new(&definition.ready_after),
            every: every.map(Sampler::new),
            run_for: Sampler::new(run_for.unwrap_or(&Distribution::ZERO)),
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
            providers: durations.providers.iter().map(of).collect(),
        }
    }

    /// When an effect comes true, and as what; `None` for effects that are only told.
    #[inline]
    #[must_use]
    pub fn schedule(&self, effect: Effect, cluster: &Cluster<'_>) -> Option<(SimDuration, Event)> {
        let (after, event) = self.usual(effect, cluster)?;
        if !cluster.is_disturbed() {
            return Some((after, event));
        }
        Some(cluster.fate(effect, self).apply(after, event))
    }

    /// The same where nothing goes wrong.
    #[inline]
    fn usual(&self, effect: Effect, cluster: &Cluster<'_>) -> Option<(SimDuration, Event)> {
        let all = self.durations;
        Some(match effect {
            Effect::LaunchInstance { instance, waited } => {
                let launch = self.launch(instance, cluster);
                (launch.saturating_sub(waited), Event::InstanceLaunched(instance))
            }
            Effect::BootInstance(instance) => {
                let boot = self.of_instance(instance, cluster, Purpose::Boot, &all.boot);
                (boot, Event::InstanceRegistered(instance))
            }
            Effect::AttachNetwork(id) => {
                let task = cluster.task(id);
                let attach = &all.attach[self.group(task).attach];
                (self.of_task(task, Purpose::Attach, attach), Event::NetworkAttached(id))
            }
            Effect::PullImage { task, kind } => {
                (self.pull(cluster.task(task), kind), Event::ImagePulled(task))
            }
            Effect::StartContainers(id) => {
                let start = self.of_task(cluster.task(id), Purpose::Start, &all.start);
                (start, Event::TaskStarted(id))
            }
            Effect::AwaitReady(id) => {
                let task = cluster.task(id);
                let ready = self.of_task(task, Purpose::Ready, &self.group(task).ready_after);
                (ready, Event::TaskReady(id))
            }
            Effect::AwaitExit(id) => {
                let task = cluster.task(id);
                let time = self.of_task(task, Purpose::Duration, &self.group(task).run_for);
                (time, Event::ContainersExited(id))
            }
            Effect::StopContainers(id) => {
                (self.stop(cluster.task(id)), Event::ExecutionStopped(id))
            }
            Effect::Deprovision(id) => {
                let time = self.of_task(cluster.task(id), Purpose::Deprovision, &all.deprovision);
                (time, Event::TaskStopped(id))
            }
            Effect::ResolveDigest(group, attempt) => {
                let time = draw(&all.digest, self.groups[group.index()], Purpose::Digest, attempt);
                (time, Event::DigestResolved(group, attempt))
            }
            Effect::NextRunTask(group) => (self.next_call(group, cluster)?, Event::RunTask(group)),
            Effect::After(time, event) => (time, event),
            Effect::TaskEnded(_)
            | Effect::InstanceTerminated(_)
            | Effect::InstanceDraining(_)
            | Effect::InstanceDisconnected(_)
            | Effect::InstanceReconnected(_) => return None,
        })
    }

    #[inline]
    fn group(&self, task: &Task) -> &'a GroupDurations {
        &self.durations.groups[task.group.index()]
    }

    #[inline]
    fn of_task(&self, task: &Task, purpose: Purpose, from: &Sampler) -> SimDuration {
        draw(from, self.groups[task.group.index()], purpose, task.ordinal)
    }

    fn of_instance(
        &self,
        id: InstanceId,
        cluster: &Cluster<'_>,
        purpose: Purpose,
        from: &Sampler,
    ) -> SimDuration {
        let instance = cluster.instance(id);
        draw(from, self.providers[instance.capacity_provider.index()], purpose, instance.ordinal)
    }

    fn launch(&self, id: InstanceId, cluster: &Cluster<'_>) -> SimDuration {
        let gpu = cluster.candidate_of(cluster.instance(id)).registered.gpus > 0;
        let from = if gpu { &self.durations.launch_gpu } else { &self.durations.launch };
        self.of_instance(id, cluster, Purpose::Launch, from)
    }

    fn pull(&self, task: &Task, kind: PullKind) -> SimDuration {
        let all = self.durations;
        match (kind, self.group(task).pull) {
            (PullKind::Cached, _) => self.of_task(task, Purpose::Pull, &all.cached),
            (PullKind::Registry, Pull::Unknown) => {
                self.of_task(task, Purpose::Pull, &all.unknown_size)
            }
            (PullKind::Registry, Pull::Sized { floor, thousands_of_mb }) => {
                if thousands_of_mb <= 0.0 {
                    return floor;
                }
                let per_1000 = self.of_task(task, Purpose::Pull, &all.per_1000_mb);
                floor + SimDuration::from_secs_f64(per_1000.as_secs_f64() * thousands_of_mb)
            }
        }
    }

    /// Documented: the stop signal, then the kill after stopTimeout.
    fn stop(&self, task: &Task) -> SimDuration {
        let group = self.group(task);
        let exit = self.of_task(task, Purpose::Stop, &group.exit_after_stop_signal);
        exit.min(group.stop_timeout)
    }

    fn next_call(&self, group: GroupId, cluster: &Cluster<'_>) -> Option<SimDuration> {
        let every = self.durations.groups[group.index()].every.as_ref()?;
        let call = cluster.groups()[group.index()].calls();
        Some(draw(every, self.groups[group.index()], Purpose::Arrival, call))
    }
}

impl Draws for TimingModel<'_> {
    fn draw(&self, luck: Luck) -> u64 {
        let (stream, ordinal) = match luck {
            Luck::Placement(group, n) => {
                (self.groups[group.index()][Purpose::Placement.index()], u64::from(n))
            }
            Luck::Termination(provider, n) => {
                (self.providers[provider.index()][Purpose::Termination.index()], u64::from(n))
            }
            Luck::Fault(fault, struck, n) => (self.of_fault(fault, struck), n),
        };
        stream.bits(ordinal)
    }
}

impl TimingModel<'_> {
    /// The luck of a fault with those whom it may strike: by its name and theirs.
    fn of_fault(&self, fault: FaultId, struck: Struck) -> Stream {
        let of_provider = |provider: ProviderId| self.durations.providers[provider.index()];
        let (purpose, whose) = match struck {
            Struck::Launch(provider) => (Purpose::StruckLaunch, of_provider(provider)),
            Struck::Instance(provider) => (Purpose::StruckInstance, of_provider(provider)),
            Struck::Attempt(provider) => (Purpose::ThrottledLaunch, of_provider(provider)),
            Struck::Task(group) => (Purpose::StruckTask, self.durations.groups[group.index()].key),
        };
        self.streams.stream(purpose, self.durations.faults[fault.index()].with(whose))
    }
}

#[inline]
fn draw(from: &Sampler, streams: [Stream; PURPOSES], purpose: Purpose, n: u32) -> SimDuration {
    if let Some(value) = from.constant() {
        return value;
    }
    from.quantile(streams[purpose.index()].uniform(u64::from(n)))
}
