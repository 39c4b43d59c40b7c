//! What becomes of a launch, a boot, an attachment or a pull under faults: it takes longer, or something
//! else comes of it. Asked twice with the same answer: by the model, which notes the harm, and by the
//! clock.

use crate::scenario::{EniFailure, FaultKind, Slowness, StuckIn};
use crate::units::{InstanceId, SimDuration};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::draws::{Draws, Luck};
use super::super::event::{Effect, Event, PullKind};
use super::super::stop_reason::StopReason;
use super::super::task::{LastStatus, TaskRef};
use super::chance::hits;
use super::throttle::Bucket;
use super::{FaultId, Struck};

/// A factor that changes nothing, parts per million.
const UNCHANGED: u64 = 1_000_000;

/// What becomes of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// It takes so many times as long, parts per million.
    factor_ppm: u64,
    /// It takes at least so long.
    at_least: SimDuration,
    /// It begins so much later.
    later: SimDuration,
    /// This happens instead; after so long, or when the effect would have come true.
    instead: Option<(Option<SimDuration>, Event)>,
}

impl Fate {
    const USUAL: Self = Self {
        factor_ppm: UNCHANGED,
        at_least: SimDuration::ZERO,
        later: SimDuration::ZERO,
        instead: None,
    };

    /// When something happens, and what, where `after` and `event` would be usual.
    #[must_use]
    pub fn apply(self, after: SimDuration, event: Event) -> (SimDuration, Event) {
        if let Some((time, other)) = self.instead {
            return (time.unwrap_or(after), other);
        }
        (self.later + scaled(after, self.factor_ppm).max(self.at_least), event)
    }
}

fn scaled(time: SimDuration, ppm: u64) -> SimDuration {
    let micros = u128::from(time.as_micros()) * u128::from(ppm) / u128::from(UNCHANGED);
    SimDuration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)).min(SimDuration::MAX)
}

/// What one fault does to one effect.
#[derive(Clone, Copy, Debug)]
enum Harm {
    Slower(u64),
    AtLeast(SimDuration),
    Instead(Option<SimDuration>, Event),
}

/// Whom an effect is about that a fault may change.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Instance(InstanceId),
    Task(TaskRef),
}

/// The task whose network interface an effect brings.
const fn attached(effect: Effect) -> Option<TaskRef> {
    if let Effect::AttachNetwork(task) | Effect::LaunchFargate { task, .. } = effect {
        Some(task)
    } else {
        None
    }
}

const fn subject(effect: Effect) -> Option<Subject> {
    match effect {
        Effect::LaunchInstance { instance, .. } | Effect::BootInstance(instance) => {
            Some(Subject::Instance(instance))
        }
        Effect::AttachNetwork(task)
        | Effect::LaunchFargate { task, .. }
        | Effect::PullImage { task, kind: PullKind::Registry } => Some(Subject::Task(task)),
        Effect::PullImage { kind: PullKind::Cached, .. }
        | Effect::StartContainers(_)
        | Effect::AwaitReady(_)
        | Effect::AwaitExit(_)
        | Effect::AwaitReclaim(_)
        | Effect::FirstReservation(_)
        | Effect::CallScalingPolicy(..)
        | Effect::FirstServiceMetric(..)
        | Effect::CallServicePolicy { .. }
        | Effect::StopContainers(_)
        | Effect::Deprovision(_)
        | Effect::ResolveDigest(..)
        | Effect::NextRunTask(_)
        | Effect::ProcessMessage(..)
        | Effect::After(..)
        | Effect::TaskEnded(_)
        | Effect::InstanceTerminated(_)
        | Effect::InstanceStopped(_)
        | Effect::InstanceDraining(_)
        | Effect::InstanceDisconnected(_)
        | Effect::InstanceReconnected(_) => None,
    }
}

/// The task that pulls from a registry.
const fn pulled(effect: Effect) -> Option<TaskRef> {
    if let Effect::PullImage { task, kind: PullKind::Registry } = effect {
        Some(task)
    } else {
        None
    }
}

/// The instance that gets stuck.
fn stuck(effect: Effect, stuck_in: StuckIn) -> Option<InstanceId> {
    let Some(Subject::Instance(instance)) = subject(effect) else { return None };
    let boots = matches!(effect, Effect::BootInstance(_));
    (boots == (stuck_in == StuckIn::Running)).then_some(instance)
}

/// Why the tasks fail that a fault makes fail.
const fn reason(kind: &FaultKind) -> StopReason {
    match kind {
        FaultKind::ImagePullFailure { .. } => StopReason::CannotPullContainer,
        FaultKind::EniAttachFailure { cause: EniFailure::Timeout, .. } => {
            StopReason::NetworkInterfaceTimeout
        }
        FaultKind::EniAttachFailure { cause: EniFailure::DeviceIndex, .. } => {
            StopReason::UnusedDeviceIndex
        }
        FaultKind::CrashLoop { .. } => StopReason::EssentialContainerExited,
        FaultKind::AzOutage { .. }
        | FaultKind::AzDegradation { .. }
        | FaultKind::InsufficientCapacity { .. }
        | FaultKind::SpotStorm { .. }
        | FaultKind::RebalanceRecommendation { .. }
        | FaultKind::SlowBoot { .. }
        | FaultKind::DeadBoot { .. }
        | FaultKind::AgentDisconnect { .. }
        | FaultKind::SlowRegistry(_)
        | FaultKind::SubnetOutOfAddresses { .. }
        | FaultKind::ApiThrottling { .. }
        | FaultKind::QuotaReached { .. }
        | FaultKind::InstanceTerminated { .. }
        | FaultKind::TaskKilled { .. } => StopReason::FailedToStart,
    }
}

impl Cluster<'_> {
    /// Whether [`Cluster::fate`] can be anything but usual.
    #[inline]
    #[must_use]
    pub fn is_disturbed(&self) -> bool {
        self.faults.any() || self.addresses.are_counted()
    }

    /// What becomes of an effect under the faults that are on.
    #[must_use]
    pub fn fate(&self, effect: Effect, draws: &dyn Draws) -> Fate {
        let mut fate = Fate::USUAL;
        if let Some(task) = attached(effect).filter(|task| self.lacks_address(*task)) {
            return Fate {
                instead: Some((Some(SimDuration::ZERO), Event::TaskFails(task))),
                ..fate
            };
        }
        for id in &self.faults.on {
            match self.harm(*id, effect, draws) {
                None => {}
                Some(Harm::Slower(ppm)) => {
                    let product = u128::from(fate.factor_ppm) * u128::from(ppm);
                    let factor = product / u128::from(UNCHANGED);
                    fate.factor_ppm = u64::try_from(factor).unwrap_or(u64::MAX);
                }
                Some(Harm::AtLeast(time)) => fate.at_least = fate.at_least.max(time),
                Some(Harm::Instead(after, event)) => {
                    fate.instead = fate.instead.or(Some((after, event)));
                }
            }
        }
        if let Effect::LaunchInstance { instance, .. } = effect {
            fate.later = self.held(instance);
        }
        fate
    }

    /// Notes what faults make of the effects of an event, once they are all known.
    pub(in crate::model) fn note_harm<S: DecisionSink>(&mut self, step: &mut Step<'_, S>) {
        for position in 0..step.effects.len() {
            let effect = step.effects[position];
            for fault in 0..self.faults.on.len() {
                let id = self.faults.on[fault];
                if let Effect::LaunchInstance { instance, .. } = effect {
                    self.throttled(step, id, instance);
                }
                match self.harm(id, effect, step.draws) {
                    None => {}
                    Some(Harm::Slower(_) | Harm::AtLeast(_)) => self.note(id, effect, 1),
                    // What comes of it is counted when it comes.
                    Some(Harm::Instead(_, event)) => {
                        self.note(id, effect, 0);
                        if let Event::TaskFails(task) = event {
                            self.will_fail(task, id);
                        }
                    }
                }
            }
        }
    }

    fn note(&mut self, id: FaultId, effect: Effect, slowed: u64) {
        let tally = match subject(effect) {
            Some(Subject::Instance(instance)) => {
                let provider = self.instances[instance.index()].capacity_provider;
                self.harmed_provider(id, provider)
            }
            Some(Subject::Task(task)) => {
                let group = self.tasks.get(task).group;
                self.harmed(id, group)
            }
            None => return,
        };
        tally.starts_slowed += slowed;
    }

    fn throttled<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: FaultId,
        instance: InstanceId,
    ) {
        let fault = self.fault(id);
        let FaultKind::ApiThrottling { burst, refill_micro_per_second } = fault.kind else {
            return;
        };
        let found = &self.instances[instance.index()];
        if fault.touches(found.capacity_provider, found.candidate as usize, found.zone) {
            let bucket = Bucket { burst, refill_micro_per_second, until: fault.end };
            self.throttle(id, bucket, instance, step.now, step.draws);
        }
    }

    /// Notes by which fault a task will fail: the first that strikes.
    pub(in crate::model) fn will_fail(&mut self, task: TaskRef, id: FaultId) {
        if !self.lacks_address(task) {
            self.faults.failing.entry(task).or_insert(id);
        }
    }

    /// Why a task fails, and by which fault. Where none was noted its image is not there, or its subnet
    /// has no address.
    pub(in crate::model) fn take_failure(&mut self, task: TaskRef) -> (StopReason, FaultId) {
        match self.take_fault(task) {
            Some(id) => (reason(&self.fault(id).kind), id),
            None if self.tasks.get(task).last_status == LastStatus::Activating => {
                (StopReason::CannotPullContainer, FaultId::NONE)
            }
            None => (StopReason::NoFreeAddress, self.out_of_addresses_by(task)),
        }
    }

    /// By which fault a task fails, if one was noted.
    pub(in crate::model) fn take_fault(&mut self, task: TaskRef) -> Option<FaultId> {
        self.faults.failing.remove(&task)
    }

    /// A task has ended otherwise.
    pub(in crate::model) fn forget_failure(&mut self, task: TaskRef) {
        if !self.faults.failing.is_empty() {
            self.faults.failing.remove(&task);
        }
    }

    fn harm(&self, id: FaultId, effect: Effect, draws: &dyn Draws) -> Option<Harm> {
        let strikes = |probability| self.strikes(id, effect, probability, draws);
        match self.fault(id).kind {
            FaultKind::AzDegradation { factor_ppm, .. } => {
                let pulls = matches!(effect, Effect::PullImage { .. });
                (factor_ppm != UNCHANGED && !pulls && strikes(1.0))
                    .then_some(Harm::Slower(factor_ppm))
            }
            FaultKind::SlowBoot { factor_ppm, probability } => {
                // A micro-VM boots as a part of its launch.
                let (Effect::BootInstance(_) | Effect::LaunchFargate { .. }) = effect else {
                    return None;
                };
                strikes(probability).then_some(Harm::Slower(factor_ppm))
            }
            FaultKind::DeadBoot { stuck_in, probability, health_timeout } => {
                let instance = stuck(effect, stuck_in)?;
                let event = Event::HealthTimedOut(instance, id);
                strikes(probability).then_some(Harm::Instead(Some(health_timeout), event))
            }
            FaultKind::ImagePullFailure { probability, fails_after } => {
                let task = pulled(effect)?;
                let event = Event::TaskFails(task);
                strikes(probability).then_some(Harm::Instead(Some(fails_after), event))
            }
            FaultKind::SlowRegistry(slowness) => {
                let harm = self.slow_pull(pulled(effect)?, slowness)?;
                strikes(1.0).then_some(harm)
            }
            FaultKind::EniAttachFailure { probability, cause, timeout } => {
                let task = attached(effect)?;
                let after = match cause {
                    EniFailure::Timeout => Some(timeout),
                    // Device indices are an instance's.
                    EniFailure::DeviceIndex => {
                        self.tasks.get(task).instance()?;
                        None
                    }
                };
                let event = Event::TaskFails(task);
                let own = self.has_own_interface(task);
                (own && strikes(probability)).then_some(Harm::Instead(after, event))
            }
            FaultKind::AzOutage { .. }
            | FaultKind::SpotStorm { .. }
            | FaultKind::RebalanceRecommendation { .. }
            | FaultKind::InsufficientCapacity { .. }
            | FaultKind::AgentDisconnect { .. }
            | FaultKind::SubnetOutOfAddresses { .. }
            | FaultKind::ApiThrottling { .. }
            | FaultKind::QuotaReached { .. }
            | FaultKind::InstanceTerminated { .. }
            | FaultKind::TaskKilled { .. }
            | FaultKind::CrashLoop { .. } => None,
        }
    }

    /// What a slow registry does to a task's pull.
    fn slow_pull(&self, task: TaskRef, slowness: Slowness) -> Option<Harm> {
        match slowness {
            Slowness::Factor(ppm) => (ppm != UNCHANGED).then_some(Harm::Slower(ppm)),
            Slowness::BytesPerSecond(rate) => {
                let group = self.setup.group(self.tasks.get(task).group);
                let megabytes = self.setup.definition(group.definition).image_mb?;
                let bytes = u128::from(megabytes) * 1_000_000;
                let micros = bytes * 1_000_000 / u128::from(rate.max(1));
                let time = SimDuration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
                Some(Harm::AtLeast(time.min(SimDuration::MAX)))
            }
        }
    }

    /// Whether a fault touches whom an effect is about and, where it strikes by chance, strikes it.
    fn strikes(&self, id: FaultId, effect: Effect, probability: f64, draws: &dyn Draws) -> bool {
        match subject(effect) {
            Some(Subject::Instance(instance)) => {
                self.strikes_instance(id, instance, probability, draws)
            }
            Some(Subject::Task(task)) => self.strikes_task(id, task, probability, draws),
            None => false,
        }
    }

    fn strikes_instance(
        &self,
        id: FaultId,
        instance: InstanceId,
        probability: f64,
        draws: &dyn Draws,
    ) -> bool {
        let found = &self.instances[instance.index()];
        let provider = found.capacity_provider;
        let luck = Luck::Fault(id, Struck::Instance(provider), u64::from(found.ordinal));
        self.fault(id).touches(provider, found.candidate as usize, found.zone)
            && hits(probability, draws.draw(luck))
    }

    fn strikes_task(
        &self,
        id: FaultId,
        task: TaskRef,
        probability: f64,
        draws: &dyn Draws,
    ) -> bool {
        let found = self.tasks.get(task);
        let luck = Luck::Fault(id, Struck::Task(found.group), u64::from(found.ordinal));
        self.touches_task(id, task) && hits(probability, draws.draw(luck))
    }

    /// Whether a fault touches a task that has a place.
    pub(super) fn touches_task(&self, id: FaultId, task: TaskRef) -> bool {
        let found = self.tasks.get(task);
        let fault = self.fault(id);
        let on = found.instance().map(|id| &self.instances[id.index()]);
        let there = match on {
            Some(on) => fault.touches(on.capacity_provider, on.candidate as usize, found.zone),
            None => fault.touches_fargate(found.capacity_provider, found.zone),
        };
        there && fault.touches_group(found.group)
    }

    /// Whether a task's pull from its registry is going to fail.
    pub(in crate::model) fn cannot_pull(&self, task: TaskRef, draws: &dyn Draws) -> bool {
        let pull = Effect::PullImage { task, kind: PullKind::Registry };
        self.never_starts(task) || self.faults.any() && self.fate(pull, draws).instead.is_some()
    }

    /// How long until a task that has just started exits in a crash loop; by which fault.
    pub(in crate::model) fn crashes_after(
        &self,
        task: TaskRef,
        draws: &dyn Draws,
    ) -> Option<(SimDuration, FaultId)> {
        let crash = |id: &FaultId| {
            let FaultKind::CrashLoop { exit_after, probability } = self.fault(*id).kind else {
                return None;
            };
            self.strikes_task(*id, task, probability, draws).then_some((exit_after, *id))
        };
        self.faults.on.iter().filter_map(crash).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slowed_effect_takes_so_many_times_as_long_and_begins_later() {
        let secs = SimDuration::from_secs;
        let event = Event::TaskReady(TaskRef { slot: 0, epoch: 0 });
        assert_eq!(Fate::USUAL.apply(secs(7), event), (secs(7), event));
        let slow = Fate { factor_ppm: 2_500_000, later: secs(3), ..Fate::USUAL };
        assert_eq!(slow.apply(secs(4), event), (secs(13), event));
        let least = Fate { at_least: secs(30), ..Fate::USUAL };
        assert_eq!(least.apply(secs(4), event), (secs(30), event));
    }
}
