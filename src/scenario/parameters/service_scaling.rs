//! Defaults of service auto scaling.

use super::{Grade, Parameter, parameter, secs};
use crate::random::Distribution;
use crate::scenario::{
    AdjustmentType, Aggregation, Comparison, PolicyMetric, PredictiveScaling, Published,
    STANDARD_RESOLUTION, ServiceScalingTiming, StepAlarm, StepScaling, TargetTracking,
};
use crate::units::SimDuration;

const CPU: Published = Published { metric: PolicyMetric::Cpu, resolution: STANDARD_RESOLUTION };

/// A target tracking policy, but for its metric and its target.
pub const TARGET_TRACKING: TargetTracking = TargetTracking {
    metric: CPU,
    target_value: 1.0,
    scale_out_cooldown: secs(300),
    scale_in_cooldown: secs(300),
    disable_scale_in: false,
    scale_out_datapoints: 3,
    scale_in_datapoints: 15,
    scale_in_band_percent: 10.0,
};

/// The alarm of a step policy, but for what it looks at.
pub const STEP_ALARM: StepAlarm = StepAlarm {
    metric: CPU,
    threshold: 0.0,
    comparison: Comparison::GreaterOrEqual,
    period: secs(60),
    evaluation_periods: 1,
    datapoints_to_alarm: 1,
};

/// A step policy, but for its alarm and its steps.
pub const STEP_SCALING: StepScaling = StepScaling {
    alarm: STEP_ALARM,
    adjustment_type: AdjustmentType::ChangeInCapacity,
    step_adjustments: Vec::new(),
    min_adjustment_magnitude: 1,
    metric_aggregation_type: Aggregation::Average,
    cooldown: secs(300),
};

/// A predictive policy, but for its metrics and its target.
pub const PREDICTIVE: PredictiveScaling = PredictiveScaling {
    metric: PolicyMetric::Cpu,
    target_value: 1.0,
    scales: false,
    scheduling_buffer_time: secs(300),
    increase_max_capacity: None,
};

/// `timing.service_auto_scaling`.
pub const TIMING: ServiceScalingTiming = ServiceScalingTiming {
    metric_phase: Distribution::Uniform { min: SimDuration::ZERO, max: secs(60) },
    publication_delay: Distribution::Constant(secs(140)),
    publication_delay_high_resolution: Distribution::Constant(secs(5)),
    action: Distribution::log_normal(secs(10), 0.5),
};

const TRACKING_API: &str = "Application Auto Scaling API, TargetTrackingScalingPolicyConfiguration";
const STEP_API: &str = "Application Auto Scaling API, StepScalingPolicyConfiguration";
const PREDICTIVE_API: &str = "Application Auto Scaling API, PredictiveScalingPolicyConfiguration";
const ALARM_API: &str = "CloudWatch API, PutMetricAlarm";
const BENCHMARK: &str = "what is left, beside 3 whole datapoints and the means of the other parts, of the 363 s \
                         (60 s) and 86 s (20 s) to a scale-out that AWS measured (AWS News Blog, \
                         high-resolution metrics for faster service auto scaling)";

/// All of them.
pub const PARAMETERS: &[Parameter] = &[
    parameter(
        "timing.service_auto_scaling.metric_phase",
        "{ uniform = { min = \"0s\", max = \"60s\" } }",
        Grade::Assumed,
        "where in a minute the run begins is luck",
        "2026-11",
    ),
    parameter(
        "timing.service_auto_scaling.publication_delay",
        "\"140s\"",
        Grade::Measured { n: 1 },
        BENCHMARK,
        "2026-06",
    ),
    parameter(
        "timing.service_auto_scaling.publication_delay_high_resolution",
        "\"5s\"",
        Grade::Measured { n: 1 },
        BENCHMARK,
        "2026-06",
    ),
    parameter(
        "timing.service_auto_scaling.action",
        "{ log_normal = { median = \"10s\", sigma = 0.5 } }",
        Grade::Assumed,
        "a guess",
        "2026-11",
    ),
    parameter(
        "service.monitoring_configuration",
        "",
        Grade::Documented,
        "ECS API, MonitoringConfiguration: 60 seconds",
        "2026",
    ),
    parameter("scaling_policy.scale_out_cooldown", "300", Grade::Documented, TRACKING_API, "2026"),
    parameter("scaling_policy.scale_in_cooldown", "300", Grade::Documented, TRACKING_API, "2026"),
    parameter("scaling_policy.disable_scale_in", "false", Grade::Documented, TRACKING_API, "2026"),
    parameter(
        "scaling_policy.scale_out_datapoints",
        "3",
        Grade::Measured { n: 1 },
        "an alarm of such a policy as a public log shows it: 3 of 3 datapoints of one minute",
        "2026",
    ),
    parameter(
        "scaling_policy.scale_in_datapoints",
        "15",
        Grade::Measured { n: 1 },
        "the alarms that such policies make, as users list them: 15 datapoints",
        "2026",
    ),
    parameter(
        "scaling_policy.scale_in_band_percent",
        "10",
        Grade::Documented,
        "ECS developer guide, service-autoscaling-targettracking: usually more than 10 % below",
        "2026",
    ),
    parameter("scaling_policy.alarm.period", "60", Grade::Assumed, "ours: one minute", "2026-11"),
    parameter(
        "scaling_policy.alarm.evaluation_periods",
        "1",
        Grade::Assumed,
        "ours: the API wants it stated",
        "2026-11",
    ),
    parameter("scaling_policy.alarm.datapoints_to_alarm", "", Grade::Documented, ALARM_API, "2026"),
    parameter("scaling_policy.min_adjustment_magnitude", "1", Grade::Documented, STEP_API, "2026"),
    parameter(
        "scaling_policy.metric_aggregation_type",
        "\"Average\"",
        Grade::Documented,
        STEP_API,
        "2026",
    ),
    parameter("scaling_policy.cooldown", "300", Grade::Documented, STEP_API, "2026"),
    parameter("scaling_policy.mode", "\"ForecastOnly\"", Grade::Documented, PREDICTIVE_API, "2026"),
    parameter(
        "scaling_policy.scheduling_buffer_time",
        "300",
        Grade::Documented,
        PREDICTIVE_API,
        "2026",
    ),
    parameter(
        "scaling_policy.max_capacity_breach_behavior",
        "\"HonorMaxCapacity\"",
        Grade::Documented,
        PREDICTIVE_API,
        "2026",
    ),
    parameter(
        "scheduled_action.schedule_expression_timezone",
        "\"UTC\"",
        Grade::Documented,
        "Application Auto Scaling API, PutScheduledAction",
        "2026",
    ),
];
