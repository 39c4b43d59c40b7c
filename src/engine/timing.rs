//! How long everything takes: one keyed draw for each phase of each task and instance.

use crate::model::{Cluster, Effect, Event, PullKind, TaskRef};
use crate::random::{Distribution, EntityKey, Purpose, Streams};
use crate::scenario::{NetworkMode, Scenario, Timing};
use crate::units::{GroupId, InstanceId, SimDuration};

/// Durations of one run.
#[derive(Clone, Debug)]
pub struct TimingModel<'a> {
    streams: Streams,
    timing: &'a Timing,
    groups: Vec<GroupTiming<'a>>,
    providers: Vec<EntityKey>,
}

/// What the tasks of a group have in common.
#[derive(Clone, Debug)]
struct GroupTiming<'a> {
    key: EntityKey,
    attach: &'a Distribution,
    pull: Pull<'a>,
    stop_timeout: SimDuration,
    exit_after_stop_signal: &'a Distribution,
    ready_after: &'a Distribution,
    every: Option<&'a Distribution>,
    run_for: Option<&'a Distribution>,
}

/// How an image is pulled from its registry.
#[derive(Clone, Debug)]
enum Pull<'a> {
    /// A floor and a rate for the rest, in units of 1,000 MB.
    Sized {
        floor: SimDuration,
        thousands_of_mb: f64,
        per_1000_mb: &'a Distribution,
    },
    Unknown(&'a Distribution),
}

impl<'a> TimingModel<'a> {
    /// The timing of `scenario` under `seed`.
    #[must_use]
    pub fn new(scenario: &'a Scenario, seed: u64) -> Self {
        let services = scenario.services.iter().map(|service| {
            GroupTiming::new(scenario, &service.name, service.task_definition, None, None)
        });
        let run_tasks = scenario.run_tasks.iter().map(|run_task| {
            let (every, run_for) = (run_task.every.as_ref(), run_task.run_for.as_ref());
            GroupTiming::new(scenario, &run_task.name, run_task.task_definition, every, run_for)
        });
        Self {
            streams: Streams::new(seed),
            timing: &scenario.timing,
            groups: services.chain(run_tasks).collect(),
            providers: scenario
                .capacity_providers
                .iter()
                .map(|provider| EntityKey::of(&provider.name))
                .collect(),
        }
    }

    /// When an effect comes true, and as what; `None` for effects that are only told.
    #[must_use]
    pub fn schedule(&self, effect: Effect, cluster: &Cluster<'_>) -> Option<(SimDuration, Event)> {
        Some(match effect {
            Effect::LaunchInstance { instance, waited } => {
                let total = self.of_instance(instance, cluster, Purpose::Launch);
                (total.saturating_sub(waited), Event::InstanceLaunched(instance))
            }
            Effect::BootInstance(instance) => {
                let boot = self.of_instance(instance, cluster, Purpose::Boot);
                (boot, Event::InstanceRegistered(instance))
            }
            Effect::AttachNetwork(task) => {
                (self.attach(task, cluster), Event::NetworkAttached(task))
            }
            Effect::PullImage { task, kind } => {
                (self.pull(task, kind, cluster), Event::ImagePulled(task))
            }
            Effect::StartContainers(task) => {
                let start = self.of_task(task, cluster, Purpose::Start, |_| &self.timing.start);
                (start, Event::TaskStarted(task))
            }
            Effect::AwaitReady(task) => {
                let ready = self.of_task(task, cluster, Purpose::Ready, |group| group.ready_after);
                (ready, Event::TaskReady(task))
            }
            Effect::AwaitExit(task) => (self.run_for(task, cluster), Event::ContainersExited(task)),
            Effect::StopContainers(task) => {
                (self.stop(task, cluster), Event::ExecutionStopped(task))
            }
            Effect::Deprovision(task) => {
                let time =
                    self.of_task(task, cluster, Purpose::Deprovision, |_| &self.timing.deprovision);
                (time, Event::TaskStopped(task))
            }
            Effect::ResolveDigest(group) => (self.digest(group), Event::DigestResolved(group)),
            Effect::NextRunTask(group) => (self.next_call(group, cluster)?, Event::RunTask(group)),
            Effect::After(time, event) => (time, event),
            Effect::TaskEnded(_) | Effect::InstanceTerminated(_) | Effect::InstanceDraining(_) => {
                return None;
            }
        })
    }

    fn draw(&self, from: &Distribution, purpose: Purpose, key: EntityKey, n: u32) -> SimDuration {
        if let Distribution::Constant(time) = from {
            return *time;
        }
        from.quantile(self.streams.uniform(purpose, key, u64::from(n)))
    }

    fn of_instance(&self, id: InstanceId, cluster: &Cluster<'_>, purpose: Purpose) -> SimDuration {
        let instance = cluster.instance(id);
        let gpu = cluster.candidate_of(instance).registered.gpus > 0;
        let from = if purpose == Purpose::Boot {
            &self.timing.boot
        } else if gpu {
            &self.timing.launch_gpu
        } else {
            &self.timing.launch
        };
        let key = self.providers[instance.capacity_provider.index()];
        self.draw(from, purpose, key, instance.ordinal)
    }

    fn of_task<'s>(
        &'s self,
        task: TaskRef,
        cluster: &Cluster<'_>,
        purpose: Purpose,
        from: impl FnOnce(&'s GroupTiming<'a>) -> &'s Distribution,
    ) -> SimDuration {
        let task = cluster.task(task);
        let group = &self.groups[task.group.index()];
        self.draw(from(group), purpose, group.key, task.ordinal)
    }

    fn attach(&self, task: TaskRef, cluster: &Cluster<'_>) -> SimDuration {
        self.of_task(task, cluster, Purpose::Attach, |group| group.attach)
    }

    fn pull(&self, task: TaskRef, kind: PullKind, cluster: &Cluster<'_>) -> SimDuration {
        let group = &self.groups[cluster.task(task).group.index()];
        let draw = |from| self.of_task(task, cluster, Purpose::Pull, |_| from);
        match (kind, &group.pull) {
            (PullKind::Cached, _) => draw(&self.timing.pull.cached),
            (PullKind::Registry, Pull::Unknown(from)) => draw(from),
            (PullKind::Registry, Pull::Sized { floor, thousands_of_mb, per_1000_mb }) => {
                let rest = draw(per_1000_mb).as_secs_f64() * thousands_of_mb;
                *floor + SimDuration::from_secs_f64(rest)
            }
        }
    }

    /// Documented: the stop signal, then the kill after stopTimeout.
    fn stop(&self, task: TaskRef, cluster: &Cluster<'_>) -> SimDuration {
        let group = &self.groups[cluster.task(task).group.index()];
        let exit = self.of_task(task, cluster, Purpose::Stop, |group| group.exit_after_stop_signal);
        exit.min(group.stop_timeout)
    }

    fn run_for(&self, task: TaskRef, cluster: &Cluster<'_>) -> SimDuration {
        self.of_task(task, cluster, Purpose::Duration, |group| {
            group.run_for.unwrap_or(&Distribution::ZERO)
        })
    }

    fn digest(&self, group: GroupId) -> SimDuration {
        self.draw(&self.timing.digest, Purpose::Digest, self.groups[group.index()].key, 0)
    }

    fn next_call(&self, group: GroupId, cluster: &Cluster<'_>) -> Option<SimDuration> {
        let own = &self.groups[group.index()];
        let call = cluster.groups()[group.index()].calls();
        Some(self.draw(own.every?, Purpose::Arrival, own.key, call))
    }
}

impl<'a> GroupTiming<'a> {
    fn new(
        scenario: &'a Scenario,
        name: &str,
        definition: usize,
        every: Option<&'a Distribution>,
        run_for: Option<&'a Distribution>,
    ) -> Self {
        let definition = &scenario.task_definitions[definition];
        let timing = &scenario.timing;
        let pull = match definition.image.size_mb {
            None => Pull::Unknown(&timing.pull.unknown_size),
            Some(mb) => Pull::Sized {
                floor: timing.pull.floor,
                thousands_of_mb: f64::from(mb.saturating_sub(timing.pull.floor_mb)) / 1_000.0,
                per_1000_mb: &timing.pull.per_1000_mb,
            },
        };
        Self {
            key: EntityKey::of(name),
            attach: match definition.network_mode {
                NetworkMode::Awsvpc => &timing.attach,
                NetworkMode::Host => &timing.attach_host,
            },
            pull,
            stop_timeout: definition.stop_timeout,
            exit_after_stop_signal: &definition.exit_after_stop_signal,
            ready_after: &definition.ready_after,
            every,
            run_for,
        }
    }
}
