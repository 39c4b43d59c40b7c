//! `[[scaling_policy]]`: target tracking, step and predictive scaling.

use crate::units::SimDuration;

use super::super::field::Field;
use super::super::parameters::service_scaling::{PREDICTIVE, TARGET_TRACKING};
use super::super::reader::TableCursor;
use super::super::service_scaling::{
    HIGH_RESOLUTION, PolicyKind, PolicyMetric, PredictiveScaling, Published, STANDARD_RESOLUTION,
    ScalingPolicy, TargetTracking,
};
use super::names::{Name, Names, required_name};
use super::step_scaling;

/// Values of a metric that can be aimed at.
const TARGETS: (f64, f64) = (1e-6, 1e12);

/// Longest cooldown, and any duration that the API takes in seconds: a day.
const LONGEST: SimDuration = SimDuration::from_secs(86_400);

/// Datapoints of an alarm (a day of them: documented, CloudWatch API, PutMetricAlarm).
pub(super) const DATAPOINTS: (u32, u32) = (1, 1_440);

/// `policy_type` by name.
const TYPES: [(&str, Type); 3] = [
    ("TargetTrackingScaling", Type::TargetTracking),
    ("StepScaling", Type::Step),
    ("PredictiveScaling", Type::Predictive),
];

#[derive(Clone, Copy, PartialEq)]
enum Type {
    TargetTracking,
    Step,
    Predictive,
}

const fn published(metric: PolicyMetric, resolution: u32) -> Published {
    Published { metric, resolution }
}

/// `predefined_metric_type` by name.
pub(in super::super) const PREDEFINED: [(&str, Published); 5] = [
    ("ECSServiceAverageCPUUtilization", published(PolicyMetric::Cpu, STANDARD_RESOLUTION)),
    ("ECSServiceAverageMemoryUtilization", published(PolicyMetric::Memory, STANDARD_RESOLUTION)),
    (
        "ALBRequestCountPerTarget",
        published(PolicyMetric::RequestCountPerTarget, STANDARD_RESOLUTION),
    ),
    (
        "ECSServiceAverageCPUUtilizationHighResolution",
        published(PolicyMetric::Cpu, HIGH_RESOLUTION),
    ),
    (
        "ECSServiceAverageMemoryUtilizationHighResolution",
        published(PolicyMetric::Memory, HIGH_RESOLUTION),
    ),
];

/// `customized_metric_specification.metric_name` by name.
pub(in super::super) const CUSTOMIZED: [(&str, Published); 1] =
    [("BacklogPerTask", published(PolicyMetric::BacklogPerTask, STANDARD_RESOLUTION))];

/// `predefined_metric_pair` by name.
pub(in super::super) const PAIRS: [(&str, PolicyMetric); 3] = [
    ("ECSServiceCPUUtilization", PolicyMetric::Cpu),
    ("ECSServiceMemoryUtilization", PolicyMetric::Memory),
    ("ALBRequestCount", PolicyMetric::RequestCountPerTarget),
];

/// `mode` by name: whether it acts.
pub(in super::super) const MODES: [(&str, bool); 2] =
    [("ForecastOnly", false), ("ForecastAndScale", true)];

/// `max_capacity_breach_behavior` by name: whether the most may grow.
pub(in super::super) const BREACH_BEHAVIORS: [(&str, bool); 2] =
    [("HonorMaxCapacity", false), ("IncreaseMaxCapacity", true)];

/// A policy and its name.
pub(super) fn read(cursor: &TableCursor<'_>, services: &Names) -> (ScalingPolicy, Name) {
    let name = required_name(cursor, "name", "name = \"cpu\"");
    let of =
        cursor.required("service", "service = \"web\"").and_then(|field| services.resolve(&field));
    let kind = cursor
        .required("policy_type", "policy_type = \"TargetTrackingScaling\"")
        .and_then(|field| field.word(&TYPES));
    let kind = match kind {
        Some(Type::TargetTracking) => PolicyKind::TargetTracking(target_tracking(cursor)),
        Some(Type::Step) => PolicyKind::Step(step_scaling::read(cursor)),
        Some(Type::Predictive) => PolicyKind::Predictive(predictive(cursor)),
        // Its keys cannot be judged.
        None => {
            let kind = PolicyKind::TargetTracking(TARGET_TRACKING);
            let name_text = name.text.clone().unwrap_or_default();
            return (ScalingPolicy { name: name_text, service: of.unwrap_or(0), kind }, name);
        }
    };
    cursor.finish_with(advice);
    let policy = ScalingPolicy {
        name: name.text.clone().unwrap_or_default(),
        service: of.unwrap_or(0),
        kind,
    };
    (policy, name)
}

/// `customized_metric_specification`: AWS's table, of which the name says all that is simulated.
fn customized(cursor: &TableCursor<'_>) -> Option<Published> {
    let name = cursor.required("metric_name", "metric_name = \"BacklogPerTask\"");
    let metric = name.and_then(|field| field.word(&CUSTOMIZED));
    cursor.finish();
    metric
}

fn target_tracking(cursor: &TableCursor<'_>) -> TargetTracking {
    let d = TARGET_TRACKING;
    let custom = cursor.field("customized_metric_specification");
    let metric = match custom {
        Some(field) => field.table().and_then(|specification| customized(&specification)),
        None => cursor
            .required(
                "predefined_metric_type",
                "predefined_metric_type = \"ECSServiceAverageCPUUtilization\"",
            )
            .and_then(|field| field.word(&PREDEFINED)),
    };
    let whole = |key, default| {
        let (least, most) = DATAPOINTS;
        cursor.parameter(key, default, |field: &Field<'_>| field.whole(least, most))
    };
    TargetTracking {
        metric: metric.unwrap_or(d.metric),
        target_value: target_value(cursor).unwrap_or(d.target_value),
        scale_out_cooldown: cursor.parameter("scale_out_cooldown", d.scale_out_cooldown, cooldown),
        scale_in_cooldown: cursor.parameter("scale_in_cooldown", d.scale_in_cooldown, cooldown),
        disable_scale_in: cursor
            .parameter("disable_scale_in", d.disable_scale_in, |field| field.boolean()),
        scale_out_datapoints: whole("scale_out_datapoints", d.scale_out_datapoints),
        scale_in_datapoints: whole("scale_in_datapoints", d.scale_in_datapoints),
        scale_in_band_percent: cursor.parameter(
            "scale_in_band_percent",
            d.scale_in_band_percent,
            |field| field.number(0.0, 99.0),
        ),
    }
}

fn target_value(cursor: &TableCursor<'_>) -> Option<f64> {
    let (least, most) = TARGETS;
    cursor.required("target_value", "target_value = 60").and_then(|field| field.number(least, most))
}

/// Seconds, as in the API, or a duration.
pub(super) fn cooldown(field: &Field<'_>) -> Option<SimDuration> {
    seconds(field, LONGEST)
}

fn seconds(field: &Field<'_>, most: SimDuration) -> Option<SimDuration> {
    let whole = u32::try_from(most.as_micros() / 1_000_000).unwrap_or(u32::MAX);
    if field.node.value.as_text().is_none() {
        return field.whole(0, whole).map(|seconds| SimDuration::from_secs(u64::from(seconds)));
    }
    let duration = field.duration()?;
    if duration <= most {
        return Some(duration);
    }
    field.out_of_range("0", &format!("{whole} seconds"), None);
    None
}

fn predictive(cursor: &TableCursor<'_>) -> PredictiveScaling {
    let d = PREDICTIVE;
    let metric = cursor
        .required("predefined_metric_pair", "predefined_metric_pair = \"ECSServiceCPUUtilization\"")
        .and_then(|field| field.word(&PAIRS));
    let increases = cursor
        .parameter("max_capacity_breach_behavior", false, |field| field.word(&BREACH_BEHAVIORS));
    let buffer = cursor.field("max_capacity_buffer").and_then(|field| field.whole(0, 100));
    PredictiveScaling {
        metric: metric.unwrap_or(d.metric),
        target_value: target_value(cursor).unwrap_or(d.target_value),
        scales: cursor.parameter("mode", d.scales, |field| field.word(&MODES)),
        scheduling_buffer_time: cursor.parameter(
            "scheduling_buffer_time",
            d.scheduling_buffer_time,
            // Documented: less than an hour.
            |field| seconds(field, SimDuration::from_secs(3_599)),
        ),
        increase_max_capacity: increases.then(|| buffer.unwrap_or(0)),
    }
}

/// What to say of keys that belong elsewhere.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "min_capacity" | "max_capacity" => Some("this belongs to [[scalable_target]]"),
        "schedule_expression" => Some("this belongs to [[scheduled_action]]"),
        "step_adjustments" | "adjustment_type" | "alarm" | "cooldown" => {
            Some("this belongs to `policy_type = \"StepScaling\"`")
        }
        "predefined_metric_specification" => {
            Some("write `predefined_metric_type` here, without a table")
        }
        "customized_metric" => {
            Some("write customized_metric_specification = { metric_name = \"BacklogPerTask\" }")
        }
        _ => None,
    }
}
