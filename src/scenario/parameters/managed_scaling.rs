//! Defaults of managed scaling.

use super::{Grade, Parameter, parameter, secs};
use crate::random::Distribution;
use crate::scenario::{ManagedScaling, OverGroups, ScaleInLimit, ScalingTiming};
use crate::units::SimDuration;

/// `managed_scaling`.
pub const MANAGED_SCALING: ManagedScaling = ManagedScaling {
    enabled: false,
    target_capacity: 100,
    minimum_scaling_step_size: 1,
    maximum_scaling_step_size: 10_000,
    instance_warmup_period: secs(300),
    reservation_over_groups: OverGroups::Max,
    scale_out_datapoints: 1,
    scale_in_datapoints: 15,
    scale_in_limit: ScaleInLimit::Of2022,
    scale_in_wait: secs(15 * 60),
};

/// `timing.cluster_auto_scaling`.
pub const TIMING: ScalingTiming = ScalingTiming {
    metric_phase: Distribution::Uniform { min: SimDuration::ZERO, max: secs(60) },
    alarm: Distribution::Constant(secs(60)),
    action: Distribution::log_normal(secs(10), 0.5),
};

const API: &str = "ECS API, ManagedScaling";
const BEHAVIOR: &str = "ECS developer guide, managed-scaling-behavior";

/// All of them.
pub const PARAMETERS: &[Parameter] = &[
    parameter(
        "timing.cluster_auto_scaling.metric_phase",
        "{ uniform = { min = \"0s\", max = \"60s\" } }",
        Grade::Documented,
        "ECS developer guide, cluster-auto-scaling: computed every minute; where in the minute is luck",
        "2026",
    ),
    parameter(
        "timing.cluster_auto_scaling.alarm",
        "\"60s\"",
        Grade::Assumed,
        "a period of one minute has to be over before an alarm sees its value",
        "2026-11",
    ),
    parameter(
        "timing.cluster_auto_scaling.action",
        "{ log_normal = { median = \"10s\", sigma = 0.5 } }",
        Grade::Assumed,
        "a guess",
        "2026-11",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.status",
        "\"DISABLED\"",
        Grade::Measured { n: 1 },
        "what the API gives back where nothing is said: acceptance tests of hashicorp/terraform-provider-aws",
        "2024",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.target_capacity",
        "100",
        Grade::Documented,
        API,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.minimum_scaling_step_size",
        "1",
        Grade::Documented,
        API,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.maximum_scaling_step_size",
        "10000",
        Grade::Documented,
        API,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.instance_warmup_period",
        "300",
        Grade::Documented,
        API,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.reservation_over_groups",
        "\"max\"",
        Grade::Assumed,
        "\"maximum calculated instance count\" in the ECS developer guide, managed-scaling-behavior",
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.scale_out_datapoints",
        "1",
        Grade::Measured { n: 2 },
        "aws/containers-roadmap#900, #638",
        "2020",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.scale_in_datapoints",
        "15",
        Grade::Documented,
        BEHAVIOR,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.scale_in_limit",
        "\"2022\"",
        Grade::Documented,
        BEHAVIOR,
        "2026",
    ),
    parameter(
        "auto_scaling_group_provider.managed_scaling.scale_in_wait",
        "\"15m\"",
        Grade::Documented,
        BEHAVIOR,
        "2026",
    ),
];
