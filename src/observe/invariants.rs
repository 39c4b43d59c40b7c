//! What must hold after every event, whatever the scenario: checked online, by recomputation from the
//! tasks and instances, never by asking the code that keeps the counts.

use std::collections::BTreeMap;

use crate::model::{
    Cluster, Effect, Event, InstanceStatus, LastStatus, ProviderSetup, Stamp, StatusCounts,
    TaskRef, WaitPart,
};
use crate::units::{InstanceId, ProviderId, Resources, SimTime};

use super::fault_checks;
use super::ledger::{Ledger, LedgerItem};

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// When.
    pub at: SimTime,
    /// Which event it was, counted from 1.
    pub event: u64,
    /// What does not hold.
    pub what: String,
}

/// The checker.
#[derive(Clone, Debug, Default)]
pub struct Invariants {
    now: SimTime,
    events: u64,
    /// Last state seen in each slot, with its epoch.
    seen: BTreeMap<u32, (u32, LastStatus)>,
    /// Launches asked of EC2.
    launches: u64,
    broken: Option<Broken>,
    scaling: scaling::ScalingChecks,
    service_scaling: service_scaling::ServiceScalingChecks,
    balance: balance::BalanceChecks,
    demand: demand::DemandChecks,
    services: services::ServiceChecks,
    /// Seconds that Fargate tasks must be billed, from their own stamps.
    fargate: BTreeMap<(ProviderId, u32), u64>,
}

/// Above this many tasks and instances everything is recomputed only every so many events.
const SMALL: usize = 300;
const EVERY: u64 = 256;

macro_rules! holds {
    ($condition:expr, $($what:tt)+) => {
        let condition: bool = $condition;
        if !condition {
            return Err(format!($($what)+));
        }
    };
}

mod balance;
mod bill;
mod daemons;
mod demand;
mod exits;
mod groups;
mod placement;
mod scaling;
mod service_scaling;
mod services;
mod spot;

type Check = Result<(), String>;

impl Invariants {
    /// The first invariant that broke.
    #[must_use]
    pub const fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// Events seen.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    fn note(&mut self, check: Check) {
        if let (Err(what), None) = (check, &self.broken) {
            self.broken = Some(Broken { at: self.now, event: self.events, what });
        }
    }

    pub(super) fn observe(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &[Effect],
        cluster: &Cluster<'_>,
    ) {
        self.events += 1;
        let clock = if now < self.now {
            Err(format!("the clock went back from {:?} to {now:?}", self.now))
        } else {
            Ok(())
        };
        self.now = now;
        self.note(clock);
        self.note(check_event(now, event, cluster));
        self.note(check_effects(now, effects, cluster));
        self.note(fault_checks::check_effects(now, effects, cluster));
        let launches = self.check_launches(effects, cluster);
        self.note(launches);
        let scaling = self.scaling.observe(now, event, effects, cluster);
        self.note(scaling);
        let scaling = self.service_scaling.observe(now, event, cluster);
        self.note(scaling);
        let balance = self.balance.observe(event, effects, cluster);
        self.note(balance);
        let demand = self.demand.observe(now, event, effects, cluster);
        self.note(demand);
        let services = self.services.observe(now, cluster);
        self.note(services);
        self.note(services::check_stops(now, effects, cluster));
        for effect in effects {
            if let Effect::TaskEnded(task) = effect {
                self.bill_task(*task, now, cluster);
            }
        }
        self.note(spot::check_event(now, event, effects, cluster));
        self.note(exits::check_effects(effects, cluster));
        let counts = cluster.counts();
        let alive = counts.total() - counts.get(LastStatus::Stopped);
        let size = cluster.instances().len() + alive as usize;
        if size <= SMALL || self.events.is_multiple_of(EVERY) {
            let check = self.check_all(cluster);
            self.note(check);
        }
    }

    pub(super) fn finish(&mut self, horizon: SimTime, cluster: &Cluster<'_>, ledger: &Ledger) {
        for task in cluster.live_tasks() {
            self.bill_task(task, horizon, cluster);
        }
        let fargate = check_fargate(&self.fargate, ledger);
        self.note(fargate);
        let check = self.check_all(cluster);
        self.note(check);
        self.note(check_accounts(cluster));
        self.note(bill::check(horizon, cluster, ledger));
    }

    /// From pull start to the end of the containers, at least a minute or five.
    fn bill_task(&mut self, task: TaskRef, until: SimTime, cluster: &Cluster<'_>) {
        let stamps = cluster.stamps(task);
        let (Some(size), Some(from)) = (cluster.fargate_size(task), stamps.connectivity_at.get())
        else {
            return;
        };
        let windows =
            cluster.fargate_offering(task).is_some_and(|size| size.name.contains("Windows"));
        let end = stamps.execution_stopped_at.get().unwrap_or(until);
        let seconds = end.since(from).as_micros().div_ceil(1_000_000);
        let key = (cluster.task(task).capacity_provider, size);
        let least = if windows { 300 } else { 60 };
        *self.fargate.entry(key).or_default() += seconds.max(least);
    }

    fn check_all(&mut self, cluster: &Cluster<'_>) -> Check {
        let mut counts = [0_u64; 8];
        let mut used: BTreeMap<InstanceId, (Resources, u32)> = BTreeMap::new();
        for id in cluster.live_tasks() {
            let task = cluster.task(id);
            counts[task.last_status as usize] += 1;
            self.check_transition(id, task.last_status)?;
            check_task(id, cluster)?;
            exits::check_task(self.now, id, cluster)?;
            if let Some(instance) = task.instance().filter(|_| task.last_status.needs_instance()) {
                let size = size_of(id, cluster);
                let entry = used.entry(instance).or_default();
                *entry = (entry.0.plus(&size), entry.1 + 1);
            }
        }
        check_counts(&counts, cluster.counts())?;
        check_groups(cluster)?;
        fault_checks::check_addresses(cluster)?;
        check_instances(&used, cluster)?;
        groups::check(cluster)?;
        placement::check(cluster)?;
        daemons::check(self.now, cluster)?;
        self.demand.check_all(cluster)?;
        services::check(self.now, cluster)?;
        spot::check(self.now, cluster)
    }

    /// Launches are conserved: every instance was asked for once, whatever becomes of it, or was
    /// registered with its group before the first event.
    fn check_launches(&mut self, effects: &[Effect], cluster: &Cluster<'_>) -> Check {
        if self.events == 1 {
            self.launches = initial_instances(cluster);
        }
        // One out of a warm pool is started once more.
        let first = |id: InstanceId| cluster.instance(id).left_warm_pool_at.get().is_none();
        let asked = effects
            .iter()
            .filter(|of| matches!(of, Effect::LaunchInstance { instance, .. } if first(*instance)));
        self.launches += asked.count() as u64;
        let there = cluster.instances().len() as u64;
        holds!(self.launches == there, "{} launches, {there} instances", self.launches);
        Ok(())
    }

    fn check_transition(&mut self, id: TaskRef, status: LastStatus) -> Check {
        if let Some((epoch, last)) = self.seen.insert(id.slot, (id.epoch, status)) {
            holds!(
                epoch != id.epoch || last <= status,
                "task slot {} went back from {} to {}",
                id.slot,
                last.name(),
                status.name()
            );
        }
        Ok(())
    }
}

/// What was registered before the first event: the instances that groups began with, and the
/// external ones.
fn initial_instances(cluster: &Cluster<'_>) -> u64 {
    let of_groups = (0..cluster.setup().providers.len())
        .filter_map(|position| cluster.scaling_group(ProviderId::from_index(position)))
        .map(|group| u64::from(group.initial));
    let external = cluster.setup().providers.iter().filter_map(|provider| match provider {
        ProviderSetup::LaunchType(own) => Some(&own.machines),
        _ => None,
    });
    of_groups.sum::<u64>() + external.flatten().map(|(_, count)| u64::from(*count)).sum::<u64>()
}

fn size_of(id: TaskRef, cluster: &Cluster<'_>) -> Resources {
    let group = cluster.setup().group(cluster.task(id).group);
    cluster.setup().definition(group.definition).size
}

/// Task conservation: the counts are what a recount gives.
fn check_counts(recounted: &[u64; 8], counts: &StatusCounts) -> Check {
    for status in LastStatus::ALL.into_iter().filter(|status| *status != LastStatus::Stopped) {
        let (kept, found) = (counts.get(status), recounted[status as usize]);
        holds!(kept == found, "{kept} tasks counted as {}, {found} found", status.name());
    }
    Ok(())
}

/// Each service's own counts are what a recount gives: tasks that want to run, by zone unless their
/// instance drains.
fn check_groups(cluster: &Cluster<'_>) -> Check {
    let zones = cluster.setup().zones.len();
    let mut found = vec![vec![0_u32; zones]; cluster.groups().len()];
    let mut running = vec![0_u32; cluster.groups().len()];
    for id in cluster.live_tasks() {
        let task = cluster.task(id);
        if !task.wants_to_run() {
            continue;
        }
        let group = task.group.index();
        running[group] += u32::from(task.last_status == LastStatus::Running);
        let on = task.instance().or(task.planned_on()).map(|id| cluster.instance(id).status);
        if on.is_some_and(|status| status != InstanceStatus::Draining) {
            found[group][task.zone.index()] += 1;
        }
    }
    for ((group, zones), running) in cluster.groups().iter().zip(&found).zip(&running) {
        holds!(
            group.active_by_zone() == zones,
            "{:?} by zone, not {zones:?}",
            group.active_by_zone()
        );
        holds!(group.running() == *running, "{} running, not {running}", group.running());
    }
    Ok(())
}

/// A task has an instance iff its state needs one, of its architecture, and its times are in order.
fn check_task(id: TaskRef, cluster: &Cluster<'_>) -> Check {
    let task = cluster.task(id);
    let status = task.last_status;
    let on_fargate = cluster.fargate_size(id).is_some();
    holds!(
        task.instance().is_some() == (status.needs_instance() && !on_fargate),
        "a task in {} has instance {:?}",
        status.name(),
        task.instance()
    );
    let stamps = cluster.stamps(id);
    let given = |stamp: Stamp| stamp.get();
    let times = [
        Some(task.requested_at),
        Some(task.created_at),
        given(stamps.placed_at),
        given(stamps.connectivity_at),
        given(stamps.pull_started_at()),
        given(stamps.pull_stopped_at),
        given(stamps.started_at),
        given(stamps.stopping_at),
        given(stamps.execution_stopped_at),
        given(stamps.stopped_at),
    ];
    let passed: Vec<_> = times.into_iter().flatten().collect();
    holds!(passed.is_sorted(), "the times of a task are out of order: {passed:?}");
    if let Some(instance) = task.instance() {
        let group = cluster.setup().group(task.group);
        let wanted = cluster.setup().definition(group.definition).architecture;
        let candidate = cluster.candidate_of(cluster.instance(instance));
        holds!(candidate.architecture == wanted, "a task is on {}", candidate.name);
    }
    Ok(())
}

/// Used + free = registered on every instance that takes tasks, used <= registered on all; billing
/// interval and age in order.
fn check_instances(used: &BTreeMap<InstanceId, (Resources, u32)>, cluster: &Cluster<'_>) -> Check {
    for instance in cluster.instances() {
        let (used, tasks) = used.get(&instance.id()).copied().unwrap_or_default();
        let candidate = cluster.candidate_of(instance);
        let name = &candidate.name;
        holds!(
            used.fits(&candidate.registered),
            "{used:?} in use on {name}, which registers {:?}",
            candidate.registered
        );
        holds!(tasks == instance.tasks(), "{name} counts other tasks than it has");
        if let Some(free) = cluster.free_resources(instance.id()) {
            // What is kept for a daemon task between two of them is in use by nobody and not free.
            let sum = used.plus(&free).plus(&cluster.kept_for_daemons(instance.id()));
            holds!(sum == candidate.registered, "{used:?} + {free:?} is not what {name} registers");
        }
        let busy = matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining);
        holds!(tasks == 0 || busy, "tasks on an instance in {}", instance.status.name());
        let times = [
            Some(instance.requested_at),
            instance.running_at.get(),
            instance.registered_at.get(),
            instance.draining_at.get(),
            instance.terminated_at.get(),
        ];
        let passed: Vec<_> = times.into_iter().flatten().collect();
        holds!(passed.is_sorted(), "the times of {name} are out of order: {passed:?}");
        let warm = [
            instance.warmed_from.get(),
            instance.stopped_at.get(),
            instance.left_warm_pool_at.get(),
            instance.registered_at.get(),
        ];
        let passed: Vec<_> = warm.into_iter().flatten().collect();
        holds!(passed.is_sorted(), "the times of {name} in the warm pool: {passed:?}");
    }
    Ok(())
}

/// What one event must leave behind.
fn check_event(now: SimTime, event: Event, cluster: &Cluster<'_>) -> Check {
    if let Event::TaskStarted(id) = event {
        let task = cluster.task(id);
        if task.epoch == id.epoch && cluster.stamps(id).started_at == Stamp::at(now) {
            return check_phases(id, cluster);
        }
    }
    if let Event::InstanceLaunched(id) = event {
        let instance = cluster.instance(id);
        let candidate = cluster.candidate_of(instance);
        holds!(
            candidate.offered_in(instance.zone),
            "{} is not offered in {}",
            candidate.name,
            cluster.setup().zones[instance.zone.index()]
        );
    }
    Ok(())
}

/// The phases of a wait sum to the wait, exactly.
fn check_phases(id: TaskRef, cluster: &Cluster<'_>) -> Check {
    let task = cluster.task(id);
    let wait = cluster.wait(id);
    let placed = cluster.stamps(id).placed_at.get().unwrap_or_default();
    let parts: Vec<_> = WaitPart::ALL.iter().map(|part| (part.name(), wait.get(*part))).collect();
    holds!(
        wait.total() == placed.since(task.requested_at),
        "waits {parts:?} do not sum to the {} before the place",
        placed.since(task.requested_at)
    );
    Ok(())
}

/// Every ended task has a stop code; every new task sits on an instance that takes tasks.
fn check_effects(now: SimTime, effects: &[Effect], cluster: &Cluster<'_>) -> Check {
    for effect in effects {
        match effect {
            Effect::TaskEnded(id) => {
                let task = cluster.task(*id);
                holds!(task.stop_code.is_some(), "a task stopped without a code");
                holds!(task.stop_reason.is_some(), "a task stopped without a reason");
            }
            Effect::AttachNetwork(id) => {
                let on = cluster.task(*id).instance().map(|on| cluster.instance(on));
                let status = on.map(|on| on.status);
                // Its group may terminate or drain it in the same event: one too many has come.
                let now = Stamp::at(now);
                let gone = on.is_some_and(|on| on.terminated_at == now || on.draining_at == now);
                let takes = status == Some(InstanceStatus::Active);
                holds!(takes || gone, "a task was placed on {status:?}");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Each task is in one account: created = in some state; requested = created + not created yet.
fn check_accounts(cluster: &Cluster<'_>) -> Check {
    let created: u64 = cluster
        .groups()
        .iter()
        .map(|group| group.requested() - u64::from(group.not_created()))
        .sum();
    let counted = cluster.counts().total();
    holds!(created == counted, "{created} tasks created, {counted} accounted for");
    Ok(())
}

/// Each Fargate line bills the seconds of the tasks' own stamps, and each size has a line.
fn check_fargate(expected: &BTreeMap<(ProviderId, u32), u64>, ledger: &Ledger) -> Check {
    let lines = || ledger.lines().iter().filter(|line| line.item == LedgerItem::FargateVcpu);
    for line in lines() {
        let found = expected.get(&(line.capacity_provider, line.candidate));
        let billed = line.billed.as_micros() / 1_000_000;
        holds!(found == Some(&billed), "billed {billed} s on Fargate, tasks ran {found:?} s");
    }
    holds!(lines().count() == expected.len(), "Fargate sizes without a bill: {expected:?}");
    Ok(())
}
