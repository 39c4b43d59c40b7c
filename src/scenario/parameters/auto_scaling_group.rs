//! Defaults of Auto Scaling groups.

use super::{Grade, Parameter, parameter, secs};
use crate::random::Distribution;
use crate::scenario::{GroupTiming, InitialInstances, PoolState, TerminationPolicy};
use crate::units::{Mib, SimDuration};

/// `initial_instances`.
pub const INITIAL_INSTANCES: InitialInstances = InitialInstances::Registered;
/// `on_demand_base_capacity`.
pub const ON_DEMAND_BASE_CAPACITY: u32 = 0;
/// `on_demand_percentage_above_base_capacity`.
pub const ON_DEMAND_PERCENTAGE_ABOVE_BASE_CAPACITY: u32 = 100;
/// `spot_instance_pools`.
pub const SPOT_INSTANCE_POOLS: u32 = 2;
/// `capacity_rebalance`.
pub const CAPACITY_REBALANCE: bool = false;
/// `suspended_processes`: whether AZRebalance is none of them.
pub const AZ_REBALANCE: bool = true;
/// `az_rebalance_interval`.
pub const AZ_REBALANCE_INTERVAL: SimDuration = secs(60);
/// `managed_termination_protection`.
pub const MANAGED_TERMINATION_PROTECTION: bool = false;
/// `managed_draining`.
pub const MANAGED_DRAINING: bool = true;
/// `termination_detection`.
pub const TERMINATION_DETECTION: SimDuration = secs(60);
/// `ecs_enable_spot_instance_draining`.
pub const ECS_ENABLE_SPOT_INSTANCE_DRAINING: bool = false;
/// `managed_draining_timeout`.
pub const MANAGED_DRAINING_TIMEOUT: SimDuration = secs(48 * 3_600);
/// `termination_policies`.
pub const TERMINATION_POLICIES: [TerminationPolicy; 1] = [TerminationPolicy::Default];
/// `trunking`.
pub const TRUNKING: bool = false;
/// `reserved_memory`.
pub const RESERVED_MEMORY: Mib = 0;
/// `registered_memory_percent`, parts per million.
pub const REGISTERED_MEMORY_PPM: u32 = 940_000;
/// `root_volume_size_gib`.
pub const ROOT_VOLUME_SIZE_GIB: u32 = 30;
/// `user_data_time`.
pub const USER_DATA_TIME: SimDuration = SimDuration::ZERO;
/// `instance_requirements.on_demand_max_price_percentage_over_lowest_price`.
pub const PRICE_PROTECTION_PERCENT: u32 = 20;
/// `launch_retry`.
pub const LAUNCH_RETRY: [SimDuration; 1] = [secs(60)];
/// `provisioning_timeout`.
pub const PROVISIONING_TIMEOUT: SimDuration = secs(30 * 60);

/// `provisioning_tasks_quota`.
pub const PROVISIONING_TASKS_QUOTA: u32 = 500;
/// `service.placement_retry`.
pub const PLACEMENT_RETRY: SimDuration = secs(15);
/// `timing.auto_scaling_group`.
pub const TIMING: GroupTiming = GroupTiming {
    pending: Distribution::Uniform { min: secs(1), max: secs(2) },
    running: Distribution::log_normal(SimDuration::from_millis(12_200), 0.16),
    running_accelerated: secs(20),
    boot: Distribution::log_normal(secs(26), 0.15),
    warm_boot: Distribution::log_normal(SimDuration::from_millis(16_100), 0.15),
    lifecycle_poll: Distribution::Uniform { min: SimDuration::ZERO, max: secs(60) },
};
/// `warm_pool.pool_state`.
pub const POOL_STATE: PoolState = PoolState::Stopped;
/// `warm_pool.min_size`.
pub const WARM_POOL_MIN_SIZE: u32 = 0;

const ASG_GUIDE: &str = "EC2 Auto Scaling user guide, ec2-auto-scaling-termination-policies";
const DISTRIBUTION: &str = "EC2 Auto Scaling API, InstancesDistribution";
const WARM_POOL: &str = "EC2 Auto Scaling API, PutWarmPool";
const OURS: &str = "taskyard";

/// All of them.
pub const PARAMETERS: &[Parameter] = &[
    parameter(
        "provisioning_tasks_quota",
        "500",
        Grade::Documented,
        "ECS service quotas; 100 in AWS's blog of 2019, as quoted in containers-roadmap#2381",
        "2026",
    ),
    parameter(
        "service.placement_retry",
        "\"15s\"",
        Grade::Assumed,
        "the guide says that a service tries again, not when",
        "2026-11",
    ),
    parameter(
        "timing.auto_scaling_group.pending",
        "{ uniform = { min = \"1s\", max = \"2s\" } }",
        Grade::Measured { n: 3 },
        "awslabs/node-latency-for-k8s README, amazon-eks-ami#1099",
        "2022",
    ),
    parameter(
        "timing.auto_scaling_group.running",
        "{ log_normal = { median = \"12200ms\", sigma = 0.16 } }",
        Grade::Measured { n: 6 },
        "pending to VM initialised, 10 to 16 s: the same, and aws/karpenter-provider-aws PR 3827, issue 3102",
        "2023",
    ),
    parameter(
        "timing.auto_scaling_group.running_accelerated",
        "\"20s\"",
        Grade::Measured { n: 1 },
        "an i3.large beside four types without instance store, aws/karpenter-provider-aws PR 3827; GPU types \
         assumed alike",
        "2023",
    ),
    parameter(
        "timing.auto_scaling_group.boot",
        "{ log_normal = { median = \"26s\", sigma = 0.15 } }",
        Grade::Measured { n: 2 },
        "stock Amazon Linux, 24 and 27 s: aws/karpenter-provider-aws issue 3102, amazon-eks-ami#1099; adds up \
         to the 41 s from launch to registered of amazon-ecs-agent#2309",
        "2022",
    ),
    parameter(
        "timing.auto_scaling_group.warm_boot",
        "{ log_normal = { median = \"16100ms\", sigma = 0.15 } }",
        Grade::Assumed,
        "fitted to 80 s from a stopped warm pool against 110 s without (n = 1, EKS nodes, \
         keikoproj/instance-manager#277): the same share of the 41 s of an ECS instance, less 13.7 s to running; the spread is that of `boot`",
        "2021",
    ),
    parameter(
        "timing.auto_scaling_group.lifecycle_poll",
        "{ uniform = { min = \"0s\", max = \"60s\" } }",
        Grade::Documented,
        "amazon-ecs-agent, agent/app/agent.go: with ECS_WARM_POOLS_CHECK it looks once a minute whether its \
         instance has left the pool",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.warm_pool.pool_state",
        "\"Stopped\"",
        Grade::Documented,
        WARM_POOL,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.warm_pool.min_size",
        "0",
        Grade::Documented,
        WARM_POOL,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.warm_pool.max_group_prepared_capacity",
        "",
        Grade::Documented,
        "EC2 Auto Scaling API, PutWarmPool: the group's max_size unless stated",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.initial_instances",
        "\"registered\"",
        Grade::Assumed,
        "a cluster that stands: its instances are there, without images and tasks",
        "2026-11",
    ),
    parameter(
        "auto_scaling_group_provider.on_demand_base_capacity",
        "0",
        Grade::Documented,
        DISTRIBUTION,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.on_demand_percentage_above_base_capacity",
        "100",
        Grade::Documented,
        DISTRIBUTION,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.on_demand_allocation_strategy",
        "\"lowest-price\"",
        Grade::Documented,
        "EC2 Auto Scaling API, InstancesDistribution: with instance requirements; a list is `prioritized`",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.spot_allocation_strategy",
        "\"lowest-price\"",
        Grade::Documented,
        DISTRIBUTION,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.spot_instance_pools",
        "2",
        Grade::Documented,
        DISTRIBUTION,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.capacity_rebalance",
        "false",
        Grade::Documented,
        "EC2 Auto Scaling API, CreateAutoScalingGroup: off unless turned on",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.suspended_processes",
        "[]",
        Grade::Documented,
        "EC2 Auto Scaling user guide, as-suspend-resume-processes: AZRebalance runs unless suspended",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.az_rebalance_interval",
        "\"60s\"",
        Grade::Assumed,
        "ours; how soon AZRebalance begins is not said",
        "2026-11",
    ),
    parameter(
        "auto_scaling_group_provider.managed_termination_protection",
        "\"DISABLED\"",
        Grade::Documented,
        "ECS API, AutoScalingGroupProvider: off by default",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_draining",
        "\"ENABLED\"",
        Grade::Documented,
        "ECS developer guide, asg-capacity-providers: managed instance draining is on by default",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.termination_detection",
        "\"60s\"",
        Grade::Assumed,
        "ours; a minute explains why both of two instances went in aws/containers-roadmap#900",
        "2020",
    ),
    parameter(
        "auto_scaling_group_provider.ecs_enable_spot_instance_draining",
        "false",
        Grade::Documented,
        "ECS developer guide, spot-instance-draining-linux-container: off by default",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_draining_timeout",
        "\"48h\"",
        Grade::Documented,
        "ECS developer guide, managed-instance-draining",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.termination_policies",
        "[\"Default\"]",
        Grade::Documented,
        ASG_GUIDE,
        "2023",
    ),
    parameter(
        "auto_scaling_group_provider.trunking",
        "false",
        Grade::Documented,
        "ECS developer guide, container-instance-eni: the account setting awsvpcTrunking is off by default",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.reserved_memory",
        "0",
        Grade::Documented,
        "ECS developer guide, memory-management: ECS_RESERVED_MEMORY",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.registered_memory_percent",
        "94",
        Grade::Measured { n: 2 },
        "7,985 of 8,192 MiB (ECS developer guide, memory-management) and 7,679 (amazon-ecs-agent#3331): \
         93.7 to 97.5 %",
        "2022",
    ),
    parameter(
        "auto_scaling_group_provider.root_volume_size_gib",
        "30",
        Grade::Documented,
        "ECS developer guide, ecs-optimized_AMI: root volume of 30 GiB",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.user_data_time",
        "\"0s\"",
        Grade::Assumed,
        "the launch template's own; the agent starts after it (amazon-ecs-agent#4792)",
        "2026-11",
    ),
    parameter(
        "auto_scaling_group_provider.instance_requirements.\
         on_demand_max_price_percentage_over_lowest_price",
        "20",
        Grade::Documented,
        "EC2 API, InstanceRequirementsRequest",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.launch_retry",
        "[\"60s\"]",
        Grade::Assumed,
        OURS,
        "2026-11",
    ),
    parameter(
        "auto_scaling_group_provider.default_pool_depth",
        "",
        Grade::Assumed,
        "EC2 does not publish how much it has; no limit",
        "2026-11",
    ),
    parameter(
        "auto_scaling_group_provider.provisioning_timeout",
        "\"30m\"",
        Grade::Assumed,
        "10 to 30 min (AWS blog, as quoted in containers-roadmap#2381, 2024): the upper end",
        "2024",
    ),
];
