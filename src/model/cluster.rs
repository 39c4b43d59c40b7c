//! The cluster: the arenas that hold everything alive, and the one door through which events come in.

use std::collections::BTreeMap;

use prefetch_index::prefetch_index;

use crate::catalog::PurchaseOption;
use crate::units::{
    CPU_UNITS_PER_VCPU, GroupId, InstanceId, ProviderId, Resources, SimDuration, SimTime,
    UsdPerHour,
};

use super::addresses::Addresses;
use super::decision::DecisionSink;
use super::demand::Demands;
use super::draws::Draws;
use super::ec2::{ClassQuota, Ec2};
use super::event::{Effect, Event};
use super::fault::Faults;
use super::instance::Instance;
use super::provider::{Daemons, Provider, RoomChanges, ec2_fleet};
use super::residents::Residents;
use super::service::{Checker, Group, Service};
use super::service_scaling::Scaler;
use super::setup::{Candidate, ProviderSetup, RequestKind, Setup};
use super::task::{LastStatus, Stamps, Task, TaskArena, TaskRef, Wait, WaitPart};

/// How many tasks are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts([u64; 8]);

impl StatusCounts {
    /// Tasks in one state. STOPPED counts all that ever stopped.
    #[must_use]
    pub const fn get(&self, status: LastStatus) -> u64 {
        self.0[status as usize]
    }

    /// Tasks in all states.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// The state of a cluster.
#[derive(Clone, Debug)]
pub struct Cluster<'a> {
    pub(super) setup: &'a Setup,
    pub(super) tasks: TaskArena,
    pub(super) groups: Vec<Group>,
    pub(super) services: Vec<Service>,
    /// Services with uneven zones that wait for room in some.
    pub(super) services_without_room: u32,
    pub(super) instances: Vec<Instance>,
    pub(super) residents: Residents,
    pub(super) providers: Vec<Provider>,
    pub(super) ec2: Ec2,
    pub(super) addresses: Addresses,
    pub(super) faults: Faults,
    /// The launch type EC2 among the providers, where something uses it.
    pub(super) ec2_fleet: Option<ProviderId>,
    pub(super) daemons: Daemons,
    pub(super) room_changes: RoomChanges,
    pub(super) demands: Demands,
    /// The scaling of services, as in [`Setup::scaling`].
    pub(super) scalers: Vec<Scaler>,
    counts: StatusCounts,
    has_disturbances: bool,
    /// Tasks that found no room in a group and could not wait for it.
    pub(super) refused_for_room: u64,
    /// Those of them whom the quota of tasks in PROVISIONING refused.
    pub(super) refused_in_provisioning: u64,
    /// Reused by handlers that collect tasks.
    pub(super) scratch: Vec<TaskRef>,
}

/// What a handler works with: the time, where effects go, who hears of decisions.
pub(super) struct Step<'s, S> {
    pub(super) now: SimTime,
    pub(super) effects: &'s mut Vec<Effect>,
    pub(super) sink: &'s mut S,
    pub(super) draws: &'s dyn Draws,
}

impl<S> Step<'_, S> {
    #[inline]
    pub(super) fn push(&mut self, effect: Effect) {
        if self.effects.len() == self.effects.capacity() {
            self.make_room();
        }
        self.effects.push(effect);
    }

    /// Cold, so that what seldom happens does not lie between what always does.
    #[cold]
    fn make_room(&mut self) {
        self.effects.reserve(1);
    }
}

impl<'a> Cluster<'a> {
    /// An empty cluster.
    #[must_use]
    pub fn new(setup: &'a Setup) -> Self {
        Self {
            setup,
            tasks: TaskArena::default(),
            groups: setup.groups.iter().map(|group| Group::new(group, setup.zones.len())).collect(),
            services: Service::all(setup),
            services_without_room: 0,
            instances: Vec::new(),
            residents: Residents::default(),
            providers: setup
                .providers
                .iter()
                .map(|provider| Provider::new(provider, setup))
                .collect(),
            ec2: Ec2::new(setup),
            addresses: Addresses::new(setup),
            faults: Faults::new(&setup.faults),
            ec2_fleet: ec2_fleet(setup),
            daemons: Daemons::new(setup),
            room_changes: RoomChanges::default(),
            demands: Demands::new(setup),
            scalers: Scaler::all(setup),
            counts: StatusCounts::default(),
            has_disturbances: setup.updates.len() + setup.scaling.len() + setup.faults.len() > 0,
            refused_for_room: 0,
            refused_in_provisioning: 0,
            scratch: Vec::new(),
        }
    }

    /// Tasks are kept in the memory of an earlier run. Before the cluster begins.
    pub fn keep_tasks_in(&mut self, mut memory: TaskArena) {
        memory.clear();
        self.tasks = memory;
    }

    /// The memory of its tasks, for another run.
    #[must_use]
    pub fn into_memory(self) -> TaskArena {
        self.tasks
    }

    /// Time begins: groups have the instances that they have at the start. Their arrival is among
    /// [`Cluster::initial_events`].
    pub fn begin<S: DecisionSink>(
        &mut self,
        effects: &mut Vec<Effect>,
        sink: &mut S,
        draws: &dyn Draws,
    ) {
        let step = &mut Step { now: SimTime::ZERO, effects, sink, draws };
        for id in (0..self.providers.len()).map(ProviderId::from_index) {
            self.begin_provider(step, id);
        }
        self.begin_service_scaling(step);
    }

    /// What happens without cause: what is there at the start, faults, creations, updates and first
    /// calls, with their times. A fault comes before whatever else happens at its moment.
    pub fn initial_events(&self) -> impl Iterator<Item = (SimTime, Event)> + '_ {
        // Daemons are placed before the tasks of others, those of the same moment too.
        let groups = [true, false].into_iter().flat_map(|daemons| {
            let groups = self.setup.groups.iter().enumerate();
            // Later revisions come with updates.
            let groups = groups.filter(|(_, group)| group.revision == 1);
            groups.filter(move |(_, group)| group.is_daemon() == daemons).filter_map(
                |(index, group)| {
                    let id = GroupId::from_index(index);
                    Some(match group.kind {
                        RequestKind::Service(service) => {
                            (service.create_at, Event::CreateService(id))
                        }
                        RequestKind::RunTask(run_task) if run_task.scheduled => {
                            (*group.scheduled.first()?, Event::RunTask(id))
                        }
                        RequestKind::RunTask(run_task) => (run_task.at, Event::RunTask(id)),
                    })
                },
            )
        });
        let updates = self.setup.updates.iter().enumerate().map(|(index, update)| {
            (update.at, Event::UpdateService(u32::try_from(index).expect("updates are limited")))
        });
        let providers = (0..self.providers.len()).map(ProviderId::from_index);
        let first = providers.flat_map(|id| self.provider_events(id));
        // What is there at the start is there before a fault can strike at 0.
        let is_there =
            |of: &Event| matches!(of, Event::InstanceLaunched(_) | Event::InstanceRegistered(_));
        let (there, rest): (Vec<Event>, Vec<Event>) = first.partition(is_there);
        let at_zero = |event| (SimTime::ZERO, event);
        let there = there.into_iter().map(at_zero).chain(self.fault_events());
        let known = rest.into_iter().map(at_zero).chain(groups).chain(updates);
        there.chain(self.demand_events()).chain(known)
    }

    /// Something happens: the state changes, and what should follow is pushed to `effects`. Where a rule
    /// leaves a choice to chance, `draws` decides.
    pub fn handle<S: DecisionSink>(
        &mut self,
        now: SimTime,
        event: Event,
        effects: &mut Vec<Effect>,
        sink: &mut S,
        draws: &dyn Draws,
    ) {
        self.tasks.recycle();
        let step = &mut Step { now, effects, sink, draws };
        if self.faults.any_away() && self.is_kept_back(step, event) {
            return;
        }
        self.dispatch(step, event);
        if self.faults.any() {
            self.note_harm(step);
        }
    }

    fn dispatch<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, event: Event) {
        match event {
            Event::CreateService(group) => self.create_service(step, group),
            Event::UpdateService(index) => self.update_service(step, index),
            Event::RunTask(group) => self.run_task(step, group),
            Event::ScheduleService(group) => self.scheduled_pass(step, group),
            Event::LookAtZones(service) => self.look_at_zones(step, service),
            Event::TasksHealthy(group) => self.tasks_healthy(step, group),
            Event::StageEnds(service, number) => self.stage_ends(step, service, number),
            Event::StageTimesOut(service, number) => self.stage_times_out(step, service, number),
            Event::HealthCheckPasses(task) => {
                self.health_check_passes(step, task, Checker::Container);
            }
            Event::HealthCheckFails(task) => {
                self.health_check_fails(step, task, Checker::Container);
            }
            Event::TargetHealthy(task) => {
                self.health_check_passes(step, task, Checker::LoadBalancer);
            }
            Event::TargetUnhealthy(task) => {
                self.health_check_fails(step, task, Checker::LoadBalancer);
            }
            Event::GracePeriodEnds(task) => self.condemn(step, task),
            Event::TaskDeregistered(task) => self.task_deregistered(step, task),
            Event::DigestResolved(group, attempt) => self.digest_resolved(step, group, attempt),
            Event::PlanCapacity(provider) => self.plan_capacity(step, provider),
            Event::AzRebalance(provider) => self.balance_group(step, provider),
            Event::ProvisioningTimeout(provider) => self.provisioning_timeout(step, provider),
            // The refusal was dealt with when it was met; this is its place in the trace.
            Event::LaunchRefused(_) => {}
            Event::InstanceLaunched(instance) => self.instance_launched(step, instance),
            Event::InstanceRegistered(instance) => self.instance_registered(step, instance),
            Event::FargateLaunched(task) => self.fargate_launched(step, task),
            Event::FargateReclaimed(task) => self.fargate_reclaimed(step, task),
            Event::NetworkAttached(task) => self.network_attached(step, task),
            Event::ImagePulled(task) => self.image_pulled(step, task),
            Event::TaskStarted(task) => self.task_started(step, task),
            Event::TaskReady(task) => self.task_ready(step, task),
            Event::ContainersExited(task) => self.containers_exited(step, task),
            Event::ExecutionStopped(task) => self.execution_stopped(step, task),
            Event::TaskStopped(task) => self.task_stopped(step, task),
            Event::ManagedScalingStarts(provider) => {
                step.push(Effect::FirstReservation(provider));
            }
            Event::ReservationMeasured(provider) => self.reservation_measured(step, provider),
            Event::ScalingPolicyActs(provider, n) => self.scaling_policy_acts(step, provider, n),
            Event::ServiceMetered(id, resolution) => self.service_metered(step, id, resolution),
            Event::ServicePolicyActs(id, n) => self.service_policy_acts(step, id, n),
            Event::ScheduledAction(id, n) => self.scheduled_action(step, id, n),
            Event::ForecastDue(id, n) => self.forecast_due(step, id, n),
            Event::CheckIdle(instance) => self.check_idle(step, instance),
            Event::CheckUtilisation(provider) => self.check_utilisation(step, provider),
            Event::DrainDue(instance) => self.drain_due(step, instance),
            Event::ForceStopDue(instance) => self.force_stop_due(step, instance),
            Event::Fault(fault, stage) => self.fault_event(step, fault, stage),
            Event::TaskFails(task) => self.task_fails(step, task),
            Event::TaskCrashes(task) => self.task_crashes(step, task),
            Event::HealthTimedOut(instance, fault) => self.health_timed_out(step, instance, fault),
            Event::SpotPoolTurns(pool, n) => self.spot_pool_turns(step, pool, n),
            Event::RebalanceRecommendation(instance) => {
                self.rebalance_recommendation(step, instance);
            }
            Event::SpotNotice(instance) => self.spot_notice(step, instance),
            Event::SpotReclaim(instance) => self.spot_reclaim(step, instance),
            Event::DemandChanges(demand) => self.demand_changes(step, demand),
            Event::MessagesBegin(queue) => self.next_message(step, queue),
            Event::MessageArrives(queue) => self.message_arrives(step, queue),
            Event::MessageProcessed(queue, place) => self.message_processed(step, queue, place),
            Event::MessageVisible(queue, place) => self.message_visible(step, queue, place),
        }
    }

    /// Fetches the tasks of events that are about to happen, and their instances, into the cache. In a
    /// large cluster most of the time would go by waiting for them one by one.
    pub fn prefetch(&self, soon: &[Event]) {
        soon.iter().filter_map(|event| event.task()).for_each(|task| self.tasks.prefetch(task));
        for event in soon {
            let Some(task) = event.task() else { continue };
            if let Some(id) = self.tasks.get(task).instance() {
                prefetch_index(&self.instances, id.index());
            }
            if let Event::TaskStarted(_) = event {
                self.tasks.prefetch_wait(task);
            }
        }
        self.prefetch_hosts(soon);
    }

    /// What does not change.
    #[must_use]
    pub const fn setup(&self) -> &'a Setup {
        self.setup
    }

    /// Whether services change in the run, or something befalls them: updates, scaling, faults.
    #[must_use]
    pub const fn has_disturbances(&self) -> bool {
        self.has_disturbances
    }

    /// Tasks by state.
    #[must_use]
    pub const fn counts(&self) -> &StatusCounts {
        &self.counts
    }

    /// A task, alive or just STOPPED.
    #[must_use]
    pub fn task(&self, task: TaskRef) -> &Task {
        self.tasks.get(task)
    }

    /// The times of a task's life.
    #[must_use]
    pub fn stamps(&self, task: TaskRef) -> &Stamps {
        self.tasks.stamps(task)
    }

    /// The parts of a task's wait for its place.
    #[must_use]
    pub fn wait(&self, task: TaskRef) -> Wait {
        self.tasks.wait(task)
    }

    /// The same by part, without those in which it has not waited.
    pub fn wait_parts(&self, task: TaskRef) -> impl Iterator<Item = (WaitPart, SimDuration)> + '_ {
        self.tasks.wait_parts(task)
    }

    /// Every task that is not STOPPED.
    pub fn live_tasks(&self) -> impl Iterator<Item = TaskRef> + '_ {
        self.tasks.live()
    }

    /// All instances ever asked for, in order.
    #[must_use]
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// An instance.
    #[must_use]
    pub fn instance(&self, id: InstanceId) -> &Instance {
        &self.instances[id.index()]
    }

    /// Services and RunTask blocks.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The type of an instance.
    #[must_use]
    pub fn candidate_of(&self, instance: &Instance) -> &'a Candidate {
        let provider = self.setup.provider(instance.capacity_provider);
        &provider.candidates()[instance.candidate as usize]
    }

    /// Whether it is a machine outside AWS, which nobody bills.
    #[must_use]
    pub fn is_external(&self, instance: &Instance) -> bool {
        matches!(self.setup.provider(instance.capacity_provider), ProviderSetup::LaunchType(_))
    }

    /// Most on-demand vCPUs running or asked for at one time.
    #[must_use]
    pub const fn peak_vcpus(&self) -> u64 {
        self.ec2.peak_vcpus()
    }

    /// The same of Spot instances.
    #[must_use]
    pub const fn peak_spot_vcpus(&self) -> u64 {
        self.ec2.peak_spot_vcpus()
    }

    /// Instances that EC2 refused by the quota of vCPUs, asked for again and again counted each time.
    #[must_use]
    pub const fn refused_by_quota(&self, option: PurchaseOption) -> u64 {
        self.ec2.refused_by_quota(option)
    }

    /// What became of the quotas of vCPUs of classes of instance families that are stated.
    pub fn class_quotas(&self) -> impl Iterator<Item = ClassQuota> + '_ {
        self.ec2.class_quotas()
    }

    /// What is free on an instance, while it takes tasks.
    #[must_use]
    pub fn free_resources(&self, id: InstanceId) -> Option<Resources> {
        self.providers[self.instance(id).capacity_provider.index()].free(self.instance(id))
    }

    /// What is reserved and not used now: the first candidate that could use it, and its price an hour.
    pub(super) fn unused_reservations(&self) -> Vec<(&Candidate, UsdPerHour)> {
        let candidates = || self.setup.providers.iter().flat_map(|provider| provider.candidates());
        let mut unused = self.setup.reservations.clone();
        for instance in &self.instances {
            let candidate = self.candidate_of(instance);
            if candidate.reserved && instance.is_running() {
                let key = (candidate.instance_type, instance.zone);
                unused.entry(key).and_modify(|left| *left -= 1);
            }
        }
        let prices = unused.iter().filter_map(|((of, _), left)| {
            let candidate = candidates().find(|one| one.reserved && one.instance_type == *of)?;
            Some((candidate, candidate.ec2_price.times(u64::from(*left))))
        });
        prices.collect()
    }

    /// Tasks that found no room in an Auto Scaling group and could not wait for it.
    #[must_use]
    pub const fn refused_for_room(&self) -> u64 {
        self.refused_for_room
    }

    /// Those of them whom the quota of tasks in PROVISIONING refused.
    #[must_use]
    pub const fn refused_in_provisioning(&self) -> u64 {
        self.refused_in_provisioning
    }

    /// When EC2 took a Spot instance back after its notice, if it did.
    #[must_use]
    pub fn taken_back_at(&self, instance: &Instance) -> Option<SimTime> {
        let due = instance.notice_at.get()? + self.setup.spot.notice;
        instance.terminated_at.get().filter(|at| *at >= due)
    }

    /// What a task reserves.
    pub(super) fn size_of(&self, task: TaskRef) -> Resources {
        let group = self.setup.group(self.tasks.get(task).group);
        self.setup.definition(group.definition).size
    }

    /// What surplus CPU credits cost per hour now, where task definitions state their CPU use: use above
    /// the baseline on each burstable instance, in unlimited mode.
    #[must_use]
    pub fn credits_per_hour(&self) -> UsdPerHour {
        let mut used: BTreeMap<InstanceId, u64> = BTreeMap::new();
        for id in self.live_tasks() {
            let task = self.task(id);
            let cpu = self.setup.definition(self.setup.group(task.group).definition).cpu_used;
            let on = task.instance().filter(|_| task.last_status == LastStatus::Running);
            if let Some((cpu, on)) = cpu.zip(on) {
                *used.entry(on).or_default() += u64::from(cpu);
            }
        }
        let rates = used.iter().filter_map(|(id, cpu)| {
            let burst = self.candidate_of(self.instance(*id)).burst?;
            let surplus = (cpu * 1_000_000).saturating_sub(burst.baseline_micro_cpu);
            let nanos = u128::from(burst.surplus_price?.nanos()) * u128::from(surplus)
                / u128::from(u64::from(CPU_UNITS_PER_VCPU) * 1_000_000);
            Some(UsdPerHour::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
        });
        rates.sum()
    }

    /// The name of a provider.
    #[must_use]
    pub fn provider_name(&self, id: ProviderId) -> &'a str {
        self.setup.provider(id).name()
    }

    /// Counts a new task.
    pub(super) fn count_created(&mut self) {
        self.counts.0[LastStatus::Provisioning as usize] += 1;
    }

    /// Moves a task to a later state. The state machine's table is its order: no state comes back.
    pub(super) fn advance(&mut self, now: SimTime, task: TaskRef, status: LastStatus) {
        let found = self.tasks.get_mut(task);
        debug_assert!(found.last_status < status, "a task's state never goes back");
        self.counts.0[found.last_status as usize] -= 1;
        self.counts.0[status as usize] += 1;
        found.last_status = status;
        found.since = now;
    }
}
