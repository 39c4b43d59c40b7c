//! What does not change during a run: scenario and catalogue, resolved into positions.

use std::collections::BTreeMap;

use crate::catalog::{CpuArchitecture, PurchaseOption, VcpuQuotas};
use crate::scenario::{
    AutoScalingGroup, DeploymentConfiguration, Discounts, HealthCheck, LaunchType, LoadBalancer,
    ManagedInstances, PlacementConstraint, RunFailure, StartBackoff, StrategyItem, TaskFailure,
    TaskProtection,
};
use crate::units::{
    GroupId, InstanceTypeId, ProviderId, Resources, ServiceId, SimDuration, SimTime,
    TaskDefinitionId, UsdPerHour, ZoneId,
};

use super::demand::{DemandSetup, QueueSetup};
use super::fault::FaultSetup;
use super::placement::{Ask, Attributes, built_in_attributes};
use super::scaling::service::ServiceScalingSetup;
use super::service::GroupKind;
use super::spot::SpotSetup;

/// A scenario resolved against a catalogue.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Availability zone ids.
    pub zones: Vec<String>,
    /// The instant at which simulated time begins: seconds from 1970 in UTC.
    pub epoch: i64,
    /// Task definitions, in the scenario's order.
    pub definitions: Vec<Definition>,
    /// Whether tasks of some definition fail by themselves.
    pub any_fails: bool,
    /// The distinct sizes among them: the feasibility classes of placement.
    pub classes: Vec<Resources>,
    /// Services in their first revision, then RunTask blocks, in the scenario's order; then later
    /// revisions.
    pub groups: Vec<GroupSetup>,
    /// How many services there are.
    pub services: usize,
    /// Names of the task groups, by [`TaskGroupId`](crate::units::TaskGroupId).
    pub task_groups: Vec<String>,
    /// Capacity providers, in the scenario's order.
    pub providers: Vec<ProviderSetup>,
    /// Calls of UpdateService.
    pub updates: Vec<UpdateSetup>,
    /// Services that scale, in the scenario's order of targets.
    pub scaling: Vec<ServiceScalingSetup>,
    /// Quota of tasks in PROVISIONING, of all Auto Scaling groups.
    pub provisioning_quota: u32,
    /// Quota of running on-demand vCPUs of all classes.
    pub vcpu_quota: Option<u32>,
    /// Quotas by class, on demand and on Spot.
    pub vcpu_quotas: [VcpuQuotas; 2],
    /// On-demand instances in the pools that the scenario states.
    pub pools: BTreeMap<(InstanceTypeId, ZoneId), u32>,
    /// Subnets whose free addresses the scenario states.
    pub subnets: Vec<SubnetSetup>,
    /// What goes wrong, in the scenario's order.
    pub faults: Vec<FaultSetup>,
    /// Spot.
    pub spot: SpotSetup,
    /// What is taken off list prices.
    pub discounts: Discounts,
    /// Instances reserved.
    pub reservations: BTreeMap<(InstanceTypeId, ZoneId), u32>,
    /// Requests to services, in the scenario's order.
    pub demands: Vec<DemandSetup>,
    /// Queues that services work on, in the scenario's order.
    pub queues: Vec<QueueSetup>,
}

/// A call of UpdateService, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateSetup {
    /// When.
    pub at: SimTime,
    /// Whose.
    pub service: ServiceId,
    /// The new desired count; `None`: as it is.
    pub desired_count: Option<u32>,
    /// The revision that it deploys; `None`: no deployment.
    pub revision: Option<GroupId>,
}

/// A subnet, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetSetup {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub zone: ZoneId,
    /// Free addresses before the run.
    pub addresses: u32,
}

/// A task definition as placement sees it.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Family.
    pub family: String,
    /// What a task reserves.
    pub size: Resources,
    /// Position of that size in [`Setup::classes`].
    pub class: u32,
    /// Where it runs; where the definition is silent, x86-64.
    pub architecture: CpuArchitecture,
    /// Number of its image: equal images have equal numbers.
    pub image: u32,
    /// The image's name.
    pub image_name: String,
    /// The image's compressed size, MB; `None`: unknown.
    pub image_mb: Option<u32>,
    /// CPU units that a running task uses on average; `None`: the scenario does not say.
    pub cpu_used: Option<u32>,
    /// What is wrong with each of its tasks.
    pub failure: Option<TaskFailure>,
}

/// A group of tasks that are asked for together.
#[derive(Clone, Debug)]
pub struct GroupSetup {
    /// Name of the service or RunTask block.
    pub name: String,
    /// The service that it is a revision of; `None`: a RunTask block.
    pub service: Option<ServiceId>,
    /// Number of the revision, from 1.
    pub revision: u32,
    /// What its tasks are.
    pub definition: TaskDefinitionId,
    /// Where they go.
    pub strategy: Vec<StrategyItem>,
    /// What each asks of the container instance that it is placed on.
    pub ask: Ask,
    /// What asks for them.
    pub kind: RequestKind,
    /// When RunTask is called on a schedule, in order; else nothing.
    pub scheduled: Vec<SimTime>,
}

/// What asks for tasks.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "one for each group, and most are services")]
pub enum RequestKind {
    /// A service.
    Service(ServiceSetup),
    /// RunTask.
    RunTask(RunTaskSetup),
}

impl RequestKind {
    /// In a word.
    #[must_use]
    pub const fn group_kind(&self) -> GroupKind {
        match self {
            Self::Service(service) if service.is_daemon => GroupKind::Daemon,
            Self::Service(_) => GroupKind::Service,
            Self::RunTask(_) => GroupKind::RunTask,
        }
    }
}

/// A service's settings.
#[derive(Clone, Copy, Debug)]
pub struct ServiceSetup {
    /// When it is created.
    pub create_at: SimTime,
    /// Whether it runs one task on each container instance, and no number of them.
    pub is_daemon: bool,
    /// Tasks wanted at first; 0 of a daemon service.
    pub desired_count: u32,
    /// Whether its first task resolves the digest before the rest starts.
    pub resolves_digest: bool,
    /// Tasks that may start in one minute.
    pub launch_rate_per_minute: u32,
    /// How long it waits after tasks that failed to start.
    pub start_backoff: StartBackoff,
    /// How long it waits after tasks that found no room.
    pub placement_retry: SimDuration,
    /// How its tasks are replaced.
    pub deployment: DeploymentConfiguration,
    /// How long after RUNNING an unhealthy task is left alone.
    pub health_check_grace_period: SimDuration,
    /// How long after RUNNING a task that nothing checks counts as healthy.
    pub healthy_after_running: SimDuration,
    /// What its tasks are targets of.
    pub load_balancer: Option<LoadBalancer>,
    /// The check of a task's container.
    pub health_check: Option<HealthCheck>,
    /// From so long after RUNNING on a task's checks fail.
    pub unhealthy_after: Option<SimDuration>,
    /// How often ECS looks whether its zones are even; `None`: it does not even them out.
    pub zone_rebalancing: Option<SimDuration>,
    /// How its tasks protect themselves from scale-in.
    pub protection: Option<TaskProtection>,
}

/// A RunTask block's settings.
#[derive(Clone, Copy, Debug)]
pub struct RunTaskSetup {
    /// The first call.
    pub at: SimTime,
    /// Tasks of each call.
    pub count: u32,
    /// Calls; `None`: until the horizon.
    pub calls: Option<u32>,
    /// Whether more calls follow by themselves, and not on a schedule.
    pub repeats: bool,
    /// Whether a schedule says when.
    pub scheduled: bool,
    /// Whether its tasks exit by themselves.
    pub exits: bool,
    /// How those fail that do.
    pub failure: Option<RunFailure>,
}

/// A capacity provider, resolved.
#[derive(Clone, Debug)]
pub enum ProviderSetup {
    /// ECS Managed Instances.
    ManagedInstances(Box<ManagedInstancesSetup>),
    /// An Auto Scaling group.
    AutoScalingGroup(Box<AutoScalingGroupSetup>),
    /// Fargate or Fargate Spot.
    Fargate(FargateSetup),
    /// Container instances, whoever put them there.
    LaunchType(LaunchTypeSetup),
}

impl ProviderSetup {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ManagedInstances(setup) => &setup.name,
            Self::AutoScalingGroup(setup) => &setup.name,
            Self::LaunchType(setup) => setup.launch_type.name(),
            Self::Fargate(setup) => setup.purchase_option_name(),
        }
    }

    /// The instance types it may launch: none for Fargate.
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        match self {
            Self::ManagedInstances(setup) => &setup.candidates,
            Self::AutoScalingGroup(setup) => &setup.candidates,
            Self::LaunchType(setup) => &setup.candidates,
            Self::Fargate(_) => &[],
        }
    }

    /// Whether this is a launch type whose tasks run on the instances of `other`, another provider: EC2
    /// uses those of every Auto Scaling group (ECS developer guide, launch-type-ec2), and no others do.
    #[must_use]
    pub fn uses_instances_of(&self, other: &Self) -> bool {
        let is_ec2 = matches!(self, Self::LaunchType(own) if own.launch_type == LaunchType::Ec2);
        is_ec2 && matches!(other, Self::AutoScalingGroup(_))
    }
}

/// FARGATE or FARGATE_SPOT, resolved.
#[derive(Clone, Debug)]
pub struct FargateSetup {
    /// On demand or Spot.
    pub purchase_option: PurchaseOption,
    /// The sizes that tasks ask for, each once.
    pub sizes: Vec<FargateOffering>,
    /// By task definition its position in `sizes`; `None`: no task of it comes here.
    pub size_of: Vec<Option<u32>>,
    /// Launches that the account may make at once.
    pub launch_burst: u32,
    /// Launches a second that it may make then.
    pub launch_refill_per_second: u32,
    /// Quota of CPU units; `None`: unlimited.
    pub cpu_quota: Option<u64>,
    /// Parts in a million of launches that meet "Capacity is unavailable at this time".
    pub unavailable_ppm: u32,
    /// Time until such a launch is tried again.
    pub capacity_retry: SimDuration,
    /// Whether tasks are taken back.
    pub is_interrupted: bool,
}

impl FargateSetup {
    /// The name of the predefined provider.
    #[must_use]
    pub const fn purchase_option_name(&self) -> &'static str {
        match self.purchase_option {
            PurchaseOption::OnDemand => "FARGATE",
            PurchaseOption::Spot => "FARGATE_SPOT",
        }
    }
}

/// A size of Fargate tasks and its prices.
#[derive(Clone, Debug, PartialEq)]
pub struct FargateOffering {
    /// For example `0.5 vCPU, 1 GB`.
    pub name: String,
    /// All vCPUs of a task.
    pub vcpu_price: UsdPerHour,
    /// All its memory.
    pub memory_price: UsdPerHour,
    /// Its ephemeral storage above what is free.
    pub storage_price: UsdPerHour,
    /// The Windows licence.
    pub licence_price: UsdPerHour,
    /// The least that is billed of a task, seconds.
    pub minimum_seconds: u64,
    /// The source of the price.
    pub price_source: String,
    /// Its date.
    pub price_as_of: String,
}

impl FargateOffering {
    /// What a task costs per hour.
    #[must_use]
    pub fn price(&self) -> UsdPerHour {
        self.vcpu_price + self.memory_price + self.storage_price + self.licence_price
    }
}

/// An ECS Managed Instances provider, resolved.
#[derive(Clone, Debug)]
pub struct ManagedInstancesSetup {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: ManagedInstances,
    /// The types that its requirements admit and that have a price, by name.
    pub candidates: Vec<Candidate>,
}

/// An Auto Scaling group capacity provider, resolved.
#[derive(Clone, Debug)]
pub struct AutoScalingGroupSetup {
    /// Its name.
    pub name: String,
    /// Its settings.
    pub settings: AutoScalingGroup,
    /// The types that it may launch: listed ones in order of preference, others by name.
    pub candidates: Vec<Candidate>,
    /// Where.
    pub zones: Vec<ZoneId>,
}

/// A launch type of container instances, resolved.
#[derive(Clone, Debug)]
pub struct LaunchTypeSetup {
    /// Which.
    pub launch_type: LaunchType,
    /// Of external instances: what each of a name is, with its custom attributes and how many there are.
    pub machines: Vec<(BTreeMap<String, String>, u32)>,
    /// The same as types, in that order.
    pub candidates: Vec<Candidate>,
}

impl AutoScalingGroupSetup {
    /// What it may launch in a zone, in order, with positions.
    pub fn offered_in(&self, zone: ZoneId) -> impl Iterator<Item = (usize, &Candidate)> + '_ {
        let all = self.candidates.iter().enumerate();
        all.filter(move |(_, candidate)| candidate.offered_in(zone))
    }

    /// How many of `instances` are bought on demand; the others are Spot instances.
    #[must_use]
    pub fn on_demand_of(&self, instances: u32) -> u32 {
        let base = self.settings.on_demand_base_capacity.min(instances);
        let percent = u64::from(self.settings.on_demand_percentage_above_base_capacity);
        let above = (u64::from(instances - base) * percent).div_ceil(100);
        base + u32::try_from(above).unwrap_or(u32::MAX)
    }

    /// Whether it buys both on demand and Spot.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        let settings = &self.settings;
        let percent = settings.on_demand_percentage_above_base_capacity;
        percent < 100 && (percent > 0 || settings.on_demand_base_capacity > 0)
    }

    /// The attributes of its instances of a type in a zone: those that ECS gives them, and the group's.
    #[must_use]
    pub fn attributes(&self, candidate: &Candidate, zone: &str) -> Attributes {
        let mut all = built_in_attributes(zone, &candidate.name, candidate.architecture);
        let own = self.settings.attributes.iter();
        all.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        all
    }

    /// The attributes of the instances of an architecture that it may launch, by zone and type. `zones`
    /// are the cluster's.
    pub fn attributes_of_all<'s>(
        &'s self,
        architecture: CpuArchitecture,
        zones: &'s [String],
    ) -> impl Iterator<Item = Attributes> + 's {
        let pools = self.zones.iter().flat_map(move |zone| {
            self.offered_in(*zone).map(move |(_, of)| (of, zones[zone.index()].as_str()))
        });
        let own = pools.filter(move |(candidate, _)| candidate.architecture == architecture);
        own.map(|(candidate, zone)| self.attributes(candidate, zone))
    }

    /// Whether any instance that it may launch can satisfy the constraints of an ask, as far as those
    /// look at attributes alone.
    #[must_use]
    pub fn could_satisfy(&self, ask: &Ask, zones: &[String]) -> bool {
        let expressions = |constraint: &PlacementConstraint| {
            matches!(constraint, PlacementConstraint::MemberOf(_))
        };
        !ask.constraints.iter().any(expressions)
            || self.attributes_of_all(ask.architecture, zones).any(|all| ask.admits(&all))
    }
}

/// An instance type that a provider may launch.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Position in the catalogue.
    pub instance_type: InstanceTypeId,
    /// Its name.
    pub name: String,
    /// On demand or Spot: a type that can be bought both ways is two candidates.
    pub purchase_option: PurchaseOption,
    /// Whether it comes out of a capacity reservation, which is paid whether used or not.
    pub reserved: bool,
    /// Processor architecture.
    pub architecture: CpuArchitecture,
    /// What it registers: what placement honours.
    pub registered: Resources,
    /// What the planner counts with.
    pub planned: Resources,
    /// EC2's price: what selection compares.
    pub ec2_price: UsdPerHour,
    /// The management fee.
    pub fee_price: UsdPerHour,
    /// The data volume.
    pub volume_price: UsdPerHour,
    /// Instance + fee + volume: what is billed.
    pub billed_price: UsdPerHour,
    /// CPU credits, for burstable types.
    pub burst: Option<Burst>,
    /// The family's generation number (7 for m7g).
    pub generation: u16,
    /// Whether it has disks of its own.
    pub instance_store: bool,
    /// vCPUs.
    pub vcpus: u32,
    /// Nominal memory, MiB.
    pub memory: u32,
    /// Zones that offer it, bit by position.
    pub zones: u64,
}

/// What a burstable type gives and charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Millionths of a CPU unit that it can use for ever without spending credits.
    pub baseline_micro_cpu: u64,
    /// Surplus credits in unlimited mode, for each vCPU and hour; `None`: no known price.
    pub surplus_price: Option<UsdPerHour>,
}

impl Burst {
    /// Whole CPU units that it can use for ever without spending credits.
    #[must_use]
    pub fn baseline_cpu(&self) -> u32 {
        u32::try_from(self.baseline_micro_cpu / 1_000_000).unwrap_or(u32::MAX)
    }
}

impl Candidate {
    /// How it is bought, in a word.
    #[must_use]
    pub const fn purchase_name(&self) -> &'static str {
        if self.reserved { "reserved" } else { self.purchase_option.name() }
    }

    /// Whether it takes longer than others from launch to running.
    #[must_use]
    pub const fn starts_slowly(&self) -> bool {
        self.registered.gpus > 0 || self.instance_store
    }

    /// Whether `zone` offers it.
    #[must_use]
    pub const fn offered_in(&self, zone: ZoneId) -> bool {
        self.zones >> zone.0 & 1 == 1
    }
}

impl GroupSetup {
    /// Tasks of one call of RunTask; 0 of a service.
    #[must_use]
    pub const fn tasks_of_a_call(&self) -> u32 {
        match self.kind {
            RequestKind::Service(_) => 0,
            RequestKind::RunTask(setup) => setup.count,
        }
    }

    /// How its tasks fail at the end of their run.
    pub(super) const fn run_failure(&self) -> Option<RunFailure> {
        match self.kind {
            RequestKind::Service(_) => None,
            RequestKind::RunTask(setup) => setup.failure,
        }
    }

    /// What the names of its tasks begin with: the service's name, and from the second revision on its
    /// number.
    #[must_use]
    pub fn task_prefix(&self) -> String {
        if self.revision > 1 {
            return format!("{}:{}", self.name, self.revision);
        }
        self.name.clone()
    }

    /// Whether it is a daemon service.
    #[must_use]
    pub const fn is_daemon(&self) -> bool {
        matches!(self.kind.group_kind(), GroupKind::Daemon)
    }
}

impl Setup {
    /// The id of a zone's subnet: the last of them, which is asked when the others are full.
    #[must_use]
    pub fn subnet_in(&self, zone: ZoneId) -> &str {
        let of_zone = self.subnets.iter().rfind(|subnet| subnet.zone == zone);
        of_zone.map_or("subnet-id", |subnet| &subnet.id)
    }

    /// A task definition.
    #[must_use]
    pub fn definition(&self, id: TaskDefinitionId) -> &Definition {
        &self.definitions[id.index()]
    }

    /// A group.
    #[must_use]
    pub fn group(&self, id: GroupId) -> &GroupSetup {
        &self.groups[id.index()]
    }

    /// What the tasks of all groups ask of placement: the ask of a group is at its own position.
    #[must_use]
    pub fn asks(&self) -> Vec<Ask> {
        self.groups.iter().map(|group| group.ask.clone()).collect()
    }

    /// The name of a service.
    #[must_use]
    pub fn service_name(&self, id: ServiceId) -> &str {
        &self.groups[id.index()].name
    }

    /// A provider.
    #[must_use]
    pub fn provider(&self, id: ProviderId) -> &ProviderSetup {
        &self.providers[id.index()]
    }
}
