//! An Auto Scaling group as capacity provider, with the group itself: the names of Terraform's
//! `aws_autoscaling_group` and `aws_ecs_capacity_provider`, without the wrappers that carry nothing.

use std::collections::BTreeMap;

use crate::catalog::InstanceRequirements;
use crate::random::Distribution;
use crate::units::{Mib, SimDuration};

use super::managed_scaling::ManagedScaling;
use super::spot::{OnDemandAllocationStrategy, SpotAllocationStrategy};

/// An Auto Scaling group capacity provider.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoScalingGroup {
    /// Fewest instances.
    pub min_size: u32,
    /// Most instances.
    pub max_size: u32,
    /// Instances at the start.
    pub desired_capacity: u32,
    /// What may be launched.
    pub instance_types: InstanceTypes,
    /// Instances that are bought on demand before any Spot Instance.
    pub on_demand_base_capacity: u32,
    /// Of those above the base, the share bought on demand, percent.
    pub on_demand_percentage_above_base_capacity: u32,
    /// How the on-demand types are chosen.
    pub on_demand_allocation_strategy: OnDemandAllocationStrategy,
    /// How the Spot pools are chosen.
    pub spot_allocation_strategy: SpotAllocationStrategy,
    /// Whether a Spot Instance at elevated risk is replaced before it is interrupted.
    pub capacity_rebalance: bool,
    /// Whether zones out of balance are brought back into it: the process AZRebalance, unless it is
    /// suspended.
    pub az_rebalance: bool,
    /// How long after they came out of balance, and how often, zones are compared.
    pub az_rebalance_interval: SimDuration,
    /// Zone ids of the group's subnets; empty: those of the cluster.
    pub availability_zones: Vec<String>,
    /// Whether the instances of the initial desired capacity are registered at the start, or launched
    /// then.
    pub initial_instances: InitialInstances,
    /// Whether and how ECS scales the group.
    pub managed_scaling: ManagedScaling,
    /// Whether only instances without tasks (daemons aside) may be terminated on scale-in.
    pub managed_termination_protection: bool,
    /// Whether tasks are drained from an instance before it is terminated on scale-in.
    pub managed_draining: bool,
    /// Without draining: how long ECS takes to learn that an instance was terminated under its tasks.
    pub termination_detection: SimDuration,
    /// Agent setting `ECS_ENABLE_SPOT_INSTANCE_DRAINING`: drain on an interruption notice.
    pub ecs_enable_spot_instance_draining: bool,
    /// How long an instance may drain.
    pub managed_draining_timeout: SimDuration,
    /// How instances are chosen that leave on scale-in, the first rule first.
    pub termination_policies: Vec<TerminationPolicy>,
    /// Account setting `awsvpcTrunking`.
    pub trunking: bool,
    /// ECS_RESERVED_MEMORY, MiB.
    pub reserved_memory: Mib,
    /// Registered memory: nominal x this (parts per million), less the reserved one.
    pub registered_memory_ppm: u32,
    /// Root volume (gp3), GiB.
    pub root_volume_size_gib: u32,
    /// What the user data of the launch template add to the boot.
    pub user_data_time: SimDuration,
    /// Waits after a refused launch; the last one repeats.
    pub launch_retry: Vec<SimDuration>,
    /// Instances that a pool holds where no `capacity_pool` names it; `None`: no limit.
    pub default_pool_depth: Option<u32>,
    /// Custom attributes of its instances.
    pub attributes: BTreeMap<String, String>,
    /// How long a task waits in PROVISIONING before it is stopped.
    pub provisioning_timeout: SimDuration,
    /// Its warm pool, if it has one.
    pub warm_pool: Option<WarmPool>,
}

/// Instances beside a group that have booted once and wait: the names of the EC2 Auto Scaling API,
/// PutWarmPool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmPool {
    /// How they wait.
    pub pool_state: PoolState,
    /// Fewest instances.
    pub min_size: u32,
    /// Most instances of group and pool together; `None`: the group's `max_size`.
    pub max_group_prepared_capacity: Option<u32>,
}

/// How the instances of a warm pool wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolState {
    /// Stopped: their volumes alone are billed.
    Stopped,
    /// Running.
    Running,
    /// Stopped with their memory kept on the volume.
    Hibernated,
}

/// What a group may launch.
#[derive(Clone, Debug, PartialEq)]
pub enum InstanceTypes {
    /// These, in order of preference.
    Listed(Vec<String>),
    /// Those that satisfy requirements.
    Required(Box<InstanceRequirements>),
}

/// What becomes of the initial desired capacity at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialInstances {
    /// It is registered, without images and without tasks.
    Registered,
    /// It is launched.
    Launched,
}

/// A rule by which an instance is chosen to leave, once the zone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminationPolicy {
    /// Allocation strategy, then oldest launch template, then closest to the next billing hour.
    Default,
    /// Aligns the types with the allocation strategy.
    AllocationStrategy,
    /// The oldest launch template: all are alike here.
    OldestLaunchTemplate,
    /// Closest to the next billing hour.
    ClosestToNextInstanceHour,
    /// The newest.
    NewestInstance,
    /// The oldest.
    OldestInstance,
}

/// How long an instance of a group takes to start, phase by phase.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupTiming {
    /// Launch decided to pending (EC2's word).
    pub pending: Distribution,
    /// Pending to running: the virtual machine is up.
    pub running: Distribution,
    /// Longer for types with GPUs or an instance store.
    pub running_accelerated: SimDuration,
    /// Running to container instance registered, without user data.
    pub boot: Distribution,
    /// The same of an instance that was stopped in a warm pool.
    pub warm_boot: Distribution,
    /// Left a warm pool to seen by an agent that runs.
    pub lifecycle_poll: Distribution,
}
