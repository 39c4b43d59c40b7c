//! A validated scenario: what the user asks, in ECS's own words. No file access, no optional meaning:
//! every default is already in place.

use std::collections::BTreeMap;

use crate::catalog::{CpuArchitecture, InstanceRequirements, PurchaseOption, VcpuQuotas};
use crate::random::Distribution;
use crate::units::{CpuUnits, Mib, SimDuration};

use super::auto_scaling_group::{AutoScalingGroup, GroupTiming};
use super::cluster_query::parse_date;
use super::demand::{Demand, Queue, TracedCall};
use super::deployment::{DeploymentConfiguration, HealthCheck, LoadBalancer, TaskProtection};
use super::discount::Discount;
use super::failure::{RunFailure, TaskFailure};
use super::fault::Fault;
use super::launch_type::{ExternalInstance, LaunchType};
use super::managed_scaling::ScalingTiming;
use super::placement::{PlacementConstraint, PlacementStrategy, PortMapping};
use super::schedule::Schedule;
use super::service_scaling::{
    Monitoring, ScalableTarget, ScalingPolicy, ScheduledAction, ServiceScalingTiming,
};
use super::spot::{
    CapacityOptionType, ReservationPreference, Spot, SpotFeeBasis, SpotPool, SpotSelectionPolicy,
};
use super::warm_up::WarmUp;

/// One question: a cluster, its capacity and its tasks, over a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// AWS Region code.
    pub region: String,
    /// The Region whose offerings and prices stand in for a Region without any.
    pub price_stand_in: Option<String>,
    /// The date (`YYYY-MM-DD`) whose fees apply; `None`: the newest known.
    pub pricing_date: Option<String>,
    /// How long to simulate.
    pub horizon: SimDuration,
    /// Which tasks are left out of the figures of waits.
    pub warm_up: WarmUp,
    /// The seed of all randomness, below 2^63.
    pub seed: u64,
    /// The date (`YYYY-MM-DD`) on which simulated time begins, at 00:00 UTC.
    pub starts_on: String,
    /// Availability zone ids of the cluster's subnets; empty: chosen from the catalogue.
    pub availability_zones: Vec<String>,
    /// Subnets with a known number of free addresses.
    pub subnets: Vec<Subnet>,
    /// ECS quota "Tasks in PROVISIONING state per cluster", of Auto Scaling groups.
    pub provisioning_tasks_quota: u32,
    /// ECS quota "Tasks per service": of its desired count.
    pub tasks_per_service_quota: u32,
    /// ECS quota "Services per cluster".
    pub services_per_cluster_quota: u32,
    /// ECS quota "Container instances per cluster".
    pub container_instances_per_cluster_quota: u32,
    /// EC2 quotas of on-demand vCPUs, all classes together; `None`: unlimited but reported.
    pub on_demand_vcpu_quota: Option<u32>,
    /// The same by class.
    pub on_demand_vcpu_quotas: VcpuQuotas,
    /// How long the phases of a start take.
    pub timing: Timing,
    /// What Fargate grants the account, and how often it fails.
    pub fargate: Fargate,
    /// Capacity providers; FARGATE and FARGATE_SPOT are the last two where the scenario names one of
    /// them.
    pub capacity_providers: Vec<CapacityProvider>,
    /// Task definitions.
    pub task_definitions: Vec<TaskDefinition>,
    /// Services.
    pub services: Vec<Service>,
    /// Standalone tasks.
    pub run_tasks: Vec<RunTask>,
    /// Calls of UpdateService during the run, in order of time.
    pub service_updates: Vec<ServiceUpdate>,
    /// Services that scale.
    pub scalable_targets: Vec<ScalableTarget>,
    /// How they scale.
    pub scaling_policies: Vec<ScalingPolicy>,
    /// When their limits change.
    pub scheduled_actions: Vec<ScheduledAction>,
    /// Machines outside AWS.
    pub external_instances: Vec<ExternalInstance>,
    /// What EC2 has of a type in a zone.
    pub capacity_pools: Vec<CapacityPool>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// On-Demand Capacity Reservations.
    pub capacity_reservations: Vec<CapacityReservation>,
    /// Spot pools in general.
    pub spot: Spot,
    /// Spot pools in particular.
    pub spot_pools: Vec<SpotPool>,
    /// What the account pays less than the list price, one for each kind of charge.
    pub discounts: Vec<Discount>,
    /// Requests to services.
    pub demands: Vec<Demand>,
    /// Messages that services work on.
    pub queues: Vec<Queue>,
    /// Dotted paths of the parameters (see [`super::parameters`]) that the scenario states, each as
    /// `--set` names it and without the names of things: `service.web.launch_rate_per_minute` and
    /// `service.launch_rate_per_minute`.
    pub stated: BTreeMap<String, Stated>,
}

/// How a scenario states a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stated {
    /// With the value that holds without it.
    AsDefault,
    /// With another.
    Otherwise,
}

impl Scenario {
    /// The instant at which simulated time begins: seconds from 1970 in UTC.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        parse_date(&self.starts_on).unwrap_or(0)
    }

    /// The instants of a schedule before the horizon: what is called at its very end does nothing.
    pub fn instants<'a>(
        &self,
        schedule: &'a Schedule,
    ) -> impl Iterator<Item = SimDuration> + use<'a> {
        let from = self.epoch();
        let length = self.horizon.as_micros().div_ceil(1_000_000);
        let end = from.saturating_add(i64::try_from(length).unwrap_or(i64::MAX));
        let instants = schedule.instants(from, end - 1);
        instants.map(move |at| SimDuration::from_secs(u64::try_from(at - from).unwrap_or(0)))
    }
}

/// A subnet of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Subnet id.
    pub id: String,
    /// Availability zone id.
    pub availability_zone: String,
    /// Free IPv4 addresses (EC2: AvailableIpAddressCount).
    pub available_ip_address_count: u32,
}

/// A named set of phase timings, or one changed by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// The preset it started from.
    pub preset: TimingPreset,
    /// Request to instance launched, CPU types. Counted from the opening of the batch window.
    pub launch: Distribution,
    /// The same for types with GPUs.
    pub launch_gpu: Distribution,
    /// Instance launched to container instance registered.
    pub boot: Distribution,
    /// Task placed on a registered instance to network interface attached (awsvpc).
    pub attach: Distribution,
    /// The same for tasks in host network mode.
    pub attach_host: Distribution,
    /// Pulling an image of known size: a floor, and a rate above a free size.
    pub pull: PullTiming,
    /// Image pulled to containers running.
    pub start: Distribution,
    /// All containers exited to STOPPED.
    pub deprovision: Distribution,
    /// Pull start to digest known, for the first task of a new service revision.
    pub digest: Distribution,
    /// How instances of Auto Scaling groups start.
    pub auto_scaling_group: GroupTiming,
    /// How long cluster auto scaling takes to act.
    pub cluster_auto_scaling: ScalingTiming,
    /// How long service auto scaling takes to act.
    pub service_auto_scaling: ServiceScalingTiming,
    /// The phases that differ on Fargate.
    pub fargate: FargateTiming,
}

/// Phases of a start on Fargate.
#[derive(Clone, Debug, PartialEq)]
pub struct FargateTiming {
    /// Admitted to pull start: micro-VM and network interface, Linux.
    pub provision: Distribution,
    /// The same for Windows.
    pub provision_windows: Distribution,
    /// With more launches under way than this, provisioning takes longer...
    pub load_from: u32,
    /// ...by so much, percent, once 100 are under way; in between in proportion.
    pub load_percent: u32,
    /// Each doubling of vCPUs above one pulls so much faster, percent.
    pub pull_gain_percent: u32,
    /// Image pulled to containers running.
    pub start: Distribution,
    /// All containers exited to STOPPED.
    pub deprovision: Distribution,
}

/// The built-in sets of timings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimingPreset {
    /// Calibrated distributions.
    Calibrated,
    /// Constants of one published cold start (January 2026, n = 1).
    Seed000,
}

/// How long a pull takes.
#[derive(Clone, Debug, PartialEq)]
pub struct PullTiming {
    /// The least.
    pub floor: SimDuration,
    /// Compressed MB that the floor covers.
    pub floor_mb: u32,
    /// Seconds for each further MB: 1 / rate, as a distribution of the time for 1,000 MB.
    pub per_1000_mb: Distribution,
    /// When the image's size is not stated.
    pub unknown_size: Distribution,
    /// When the image is on the instance already.
    pub cached: Distribution,
}

/// What Fargate grants the account in the Region, and how often it fails. On demand and Spot have the
/// same launch rate, each its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fargate {
    /// The set of quotas it started from.
    pub quotas: FargateQuotas,
    /// Launches at once.
    pub launch_burst: u32,
    /// Launches a second after that.
    pub launch_refill_per_second: u32,
    /// Tasks that one service may start in a minute, where the service does not say.
    pub service_launch_rate_per_minute: u32,
    /// Quota of vCPUs, on demand; `None`: unlimited but reported.
    pub vcpu_quota: Option<u32>,
    /// Quota of vCPUs, Spot.
    pub spot_vcpu_quota: Option<u32>,
    /// Parts in a million of launches that meet "Capacity is unavailable at this time".
    pub unavailable_ppm: u32,
    /// Time until such a launch is tried again.
    pub capacity_retry: SimDuration,
    /// Time from a Spot task's launch until it is taken back, on average (exponential); `None`: never.
    pub spot_mean_time_to_interruption: Option<SimDuration>,
}

/// The built-in sets of Fargate quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FargateQuotas {
    /// Those of the scenario's Region, 2026.
    Region,
    /// Those of the 16 large Regions, 2026.
    Large,
    /// Those of the other Regions, 2026.
    Other,
    /// Those of 2020.
    Year2020,
}

/// A capacity provider of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityProvider {
    /// Its name.
    pub name: String,
    /// What kind, and that kind's settings.
    pub kind: ProviderKind,
}

/// The kinds of capacity provider.
#[derive(Clone, Debug, PartialEq)]
pub enum ProviderKind {
    /// ECS Managed Instances.
    ManagedInstances(Box<ManagedInstances>),
    /// An Auto Scaling group.
    AutoScalingGroup(Box<AutoScalingGroup>),
    /// FARGATE or FARGATE_SPOT, which every account has.
    Fargate(PurchaseOption),
    /// A launch type of container instances: no provider of its own, but a place that tasks are sent to.
    LaunchType(LaunchType),
}

/// An ECS Managed Instances capacity provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ManagedInstances {
    /// How instances are bought.
    pub capacity_option_type: CapacityOptionType,
    /// When capacity reservations are used (RESERVED).
    pub reservation_preference: ReservationPreference,
    /// Which types may be bought; `None`: left to AWS (general-purpose defaults).
    pub instance_requirements: Option<InstanceRequirements>,
    /// Data volume, GiB (30 to 16,384).
    pub storage_size_gib: u32,
    /// When idle and underutilised instances leave.
    pub scale_in_after: ScaleInAfter,
    /// Whether types that can trunk get the trunked number of task network interfaces.
    pub trunking: bool,
    /// Which memory the planner counts with. Placement always honours the registered one.
    pub plan_memory: PlanMemory,
    /// How an offering is chosen.
    pub selection_policy: SelectionPolicy,
    /// How a Spot pool is chosen (SPOT).
    pub spot_selection_policy: SpotSelectionPolicy,
    /// Of which price of a Spot instance the management fee is a share.
    pub spot_fee_basis: SpotFeeBasis,
    /// Prices within this of the best (parts per million) are ties.
    pub price_tie_ppm: u32,
    /// How long requests gather before a plan.
    pub batch_window: SimDuration,
    /// Waits after a refused launch; the last one repeats.
    pub capacity_retry: Vec<SimDuration>,
    /// Whether underutilised instances are drained.
    pub consolidation: bool,
    /// A consolidation must save this share of the billed price (parts per million).
    pub consolidation_min_saving_ppm: u32,
    /// Idle time before removal when `scale_in_after` is left to AWS, CPU types.
    pub idle_default_cpu: SimDuration,
    /// The same for types with GPUs.
    pub idle_default_gpu: SimDuration,
    /// Added to an explicit `scale_in_after`: how long detection takes.
    pub scale_in_detection: SimDuration,
    /// Age at which an instance starts to drain.
    pub drain_after: SimDuration,
    /// Age at which an instance is stopped whatever runs on it.
    pub force_stop_after: SimDuration,
    /// Registered memory: nominal x this (parts per million)...
    pub registered_memory_ppm: u32,
    /// ...less this, MiB, floored.
    pub registered_memory_less_mib: Mib,
    /// On-demand instances that a pool holds where no `capacity_pool` names it; `None`: no limit.
    pub default_pool_depth: Option<u32>,
}

/// `infrastructure_optimization.scale_in_after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleInAfter {
    /// Left out: AWS's unpublished default.
    Default,
    /// -1: never.
    Off,
    /// 0 to 3,600 s.
    After(SimDuration),
}

/// Which memory the planner counts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanMemory {
    /// What the instance will register (2026).
    Registered,
    /// The type's nominal memory (evidence of October 2025).
    Nominal,
}

/// How Managed Instances choose an offering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionPolicy {
    /// Least EC2 price for each placed task.
    CheapestFit,
    /// Like cheapest-fit while its pool can deliver, then the deepest pool.
    CapacityFirst,
}

/// A task definition.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDefinition {
    /// Its family.
    pub family: String,
    /// CPU units reserved.
    pub cpu: CpuUnits,
    /// Memory reserved, MiB.
    pub memory: Mib,
    /// Whole GPUs reserved.
    pub gpus: u32,
    /// Network mode.
    pub network_mode: NetworkMode,
    /// Ports of its containers.
    pub port_mappings: Vec<PortMapping>,
    /// What an instance must be for its tasks: `memberOf` alone.
    pub placement_constraints: Vec<PlacementConstraint>,
    /// `runtime_platform.cpu_architecture`; `None`: not stated.
    pub cpu_architecture: Option<CpuArchitecture>,
    /// `runtime_platform.operating_system_family`.
    pub operating_system: OperatingSystem,
    /// Ephemeral storage, GiB; beyond 20 only on Fargate.
    pub ephemeral_storage_gib: u32,
    /// Container image.
    pub image: Image,
    /// Stop signal to kill.
    pub stop_timeout: SimDuration,
    /// How long the application takes to exit after the stop signal (at most `stop_timeout` counts).
    pub exit_after_stop_signal: Distribution,
    /// RUNNING to serving: the application's own.
    pub ready_after: Distribution,
    /// How much of its reserved CPU a running task uses on average, percent; `None`: not stated.
    pub cpu_utilization_percent: Option<u32>,
    /// The check of its container.
    pub health_check: Option<HealthCheck>,
    /// From so long after RUNNING on its health checks fail; `None`: they never do.
    pub unhealthy_after: Option<SimDuration>,
    /// What is wrong with each of its tasks: a bad revision; `None`: nothing.
    pub failure: Option<TaskFailure>,
}

impl TaskDefinition {
    /// CPU units that a running task uses on average, if stated.
    #[must_use]
    pub fn cpu_used(&self) -> Option<CpuUnits> {
        let percent = self.cpu_utilization_percent?;
        u32::try_from(u64::from(self.cpu) * u64::from(percent) / 100).ok()
    }
}

/// A container image, as far as a start depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name; images of one name are cached together.
    pub name: String,
    /// Compressed size, MB; `None`: unknown.
    pub size_mb: Option<u32>,
    /// Named by digest, so that no first task has to resolve it.
    pub by_digest: bool,
}

/// Operating systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatingSystem {
    /// Any Linux.
    Linux,
    /// Any Windows Server.
    Windows,
}

/// Network modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkMode {
    /// A network interface for each task.
    Awsvpc,
    /// The instance's network.
    Host,
    /// A virtual network on the instance.
    Bridge,
    /// No network.
    None,
}

/// A weighted share of a strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyItem {
    /// Position in [`Scenario::capacity_providers`].
    pub capacity_provider: usize,
    /// Tasks that go here first.
    pub base: u32,
    /// Relative share of the rest.
    pub weight: u32,
}

/// How many tasks a service keeps running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchedulingStrategy {
    /// A desired count.
    Replica,
    /// One on every container instance.
    Daemon,
}

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Position in [`Scenario::task_definitions`].
    pub task_definition: usize,
    /// How many tasks it keeps running.
    pub scheduling_strategy: SchedulingStrategy,
    /// Tasks wanted; 0 of a daemon service, whose tasks are as many as the instances.
    pub desired_count: u32,
    /// When it is created.
    pub create_at: SimDuration,
    /// Capacity provider strategy.
    pub strategy: Vec<StrategyItem>,
    /// Whether the first task resolves image tags before the rest starts.
    pub version_consistency: bool,
    /// Tasks that may start in one minute.
    pub launch_rate_per_minute: u32,
    /// How long it waits after tasks that failed to start.
    pub start_backoff: StartBackoff,
    /// How long after tasks that found no room it looks for some again.
    pub placement_retry: SimDuration,
    /// Which of its metrics come every 20 seconds.
    pub monitoring: Monitoring,
    /// How an instance is chosen; nothing: ECS's default for services.
    pub placement_strategy: Vec<PlacementStrategy>,
    /// What an instance must be.
    pub placement_constraints: Vec<PlacementConstraint>,
    /// How its tasks are replaced.
    pub deployment_configuration: DeploymentConfiguration,
    /// How long after RUNNING a task that is not healthy is left alone.
    pub health_check_grace_period: SimDuration,
    /// How long after RUNNING a task without any health check counts as healthy.
    pub healthy_after_running: SimDuration,
    /// What its tasks are targets of.
    pub load_balancer: Option<LoadBalancer>,
    /// Whether ECS evens its tasks out over availability zones.
    pub availability_zone_rebalancing: bool,
    /// How often ECS looks at its zones.
    pub availability_zone_rebalancing_interval: SimDuration,
    /// How its tasks protect themselves from scale-in.
    pub task_protection: Option<TaskProtection>,
}

/// The wait of a service after tasks that stop without having run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartBackoff {
    /// After the first failed attempt.
    pub first: SimDuration,
    /// Each further wait is so many times the one before.
    pub factor: u32,
    /// The longest.
    pub max: SimDuration,
}

/// Standalone tasks: calls of RunTask.
#[derive(Clone, Debug, PartialEq)]
pub struct RunTask {
    /// Its name here.
    pub name: String,
    /// The task group; `None`: `family:FAMILY`.
    pub group: Option<String>,
    /// Position in [`Scenario::task_definitions`].
    pub task_definition: usize,
    /// Capacity provider strategy (base counts per call).
    pub strategy: Vec<StrategyItem>,
    /// Tasks of one call (1 to 10).
    pub count: u32,
    /// The first call, where no schedule says when.
    pub at: SimDuration,
    /// Calls on a schedule of EventBridge Scheduler.
    pub schedule: Option<Schedule>,
    /// Time between calls; `None`: one call, or the schedule's.
    pub every: Option<Distribution>,
    /// Number of calls; `None`: until the horizon.
    pub calls: Option<u32>,
    /// Calls at stated times, in order; nothing: as the other keys say.
    pub trace: Vec<TracedCall>,
    /// How long a task runs before its essential container exits; `None`: beyond the horizon, or as the
    /// trace says.
    pub run_for: Option<Distribution>,
    /// How runs fail; `None`: each ends with exit code 0.
    pub failure: Option<RunFailure>,
    /// How an instance is chosen; nothing: at random.
    pub placement_strategy: Vec<PlacementStrategy>,
    /// What an instance must be.
    pub placement_constraints: Vec<PlacementConstraint>,
}

/// A call of UpdateService.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUpdate {
    /// Position in [`Scenario::services`].
    pub service: usize,
    /// When.
    pub at: SimDuration,
    /// The new desired count; `None`: as it is.
    pub desired_count: Option<u32>,
    /// Position in [`Scenario::task_definitions`] of what its tasks are from now on; `None`: as they are.
    pub task_definition: Option<usize>,
    /// Whether its tasks are replaced although nothing of them changes.
    pub force_new_deployment: bool,
}

impl ServiceUpdate {
    /// Whether it begins a deployment: a new revision of the service.
    #[must_use]
    pub const fn deploys(&self) -> bool {
        self.task_definition.is_some() || self.force_new_deployment
    }
}

/// On-demand capacity of one type in one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityPool {
    /// Exact name.
    pub instance_type: String,
    /// Availability zone id; `None`: every zone.
    pub availability_zone: Option<String>,
    /// Instances that EC2 will launch before it answers InsufficientInstanceCapacity.
    pub depth: u32,
}

/// An On-Demand Capacity Reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapacityReservation {
    /// Exact name.
    pub instance_type: String,
    /// Availability zone id.
    pub availability_zone: String,
    /// Instances reserved.
    pub instance_count: u32,
}
