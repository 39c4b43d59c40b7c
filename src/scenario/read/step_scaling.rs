//! Step scaling: the alarm and the steps of a `[[scaling_policy]]`.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::field::Field;
use super::super::parameters::service_scaling::{STEP_ALARM, STEP_SCALING};
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::service_scaling::{
    AdjustmentType, Aggregation, Comparison, HIGH_RESOLUTION, PolicyMetric, Published,
    STANDARD_RESOLUTION, StepAdjustment, StepAlarm, StepScaling,
};
use super::scaling_policy::{DATAPOINTS, cooldown};

/// Steps of one policy (documented: Application Auto Scaling quotas).
const MOST_STEPS: usize = 20;

/// Largest change, tasks or percent.
const MOST_ADJUSTMENT: i64 = 1_000_000;

/// Largest magnitude of a threshold or bound.
const MOST_BOUND: f64 = 1e12;

/// Metrics by name.
pub(in super::super) const METRICS: [(&str, PolicyMetric); 6] = [
    ("CPUUtilization", PolicyMetric::Cpu),
    ("MemoryUtilization", PolicyMetric::Memory),
    ("RequestCountPerTarget", PolicyMetric::RequestCountPerTarget),
    ("BacklogPerTask", PolicyMetric::BacklogPerTask),
    ("ApproximateNumberOfMessagesVisible", PolicyMetric::MessagesVisible),
    ("ApproximateAgeOfOldestMessage", PolicyMetric::AgeOfOldestMessage),
];

/// `comparison_operator` by name.
pub(in super::super) const COMPARISONS: [(&str, Comparison); 4] = [
    ("GreaterThanOrEqualToThreshold", Comparison::GreaterOrEqual),
    ("GreaterThanThreshold", Comparison::Greater),
    ("LessThanOrEqualToThreshold", Comparison::LessOrEqual),
    ("LessThanThreshold", Comparison::Less),
];

/// `adjustment_type` by name.
pub(in super::super) const ADJUSTMENTS: [(&str, AdjustmentType); 3] = [
    ("ChangeInCapacity", AdjustmentType::ChangeInCapacity),
    ("PercentChangeInCapacity", AdjustmentType::PercentChangeInCapacity),
    ("ExactCapacity", AdjustmentType::ExactCapacity),
];

/// `metric_aggregation_type` by name.
pub(in super::super) const AGGREGATIONS: [(&str, Aggregation); 3] = [
    ("Average", Aggregation::Average),
    ("Minimum", Aggregation::Minimum),
    ("Maximum", Aggregation::Maximum),
];

/// The settings of a step policy.
pub(super) fn read(cursor: &TableCursor<'_>) -> StepScaling {
    let alarm = cursor
        .required(
            "alarm",
            "alarm = { metric = \"CPUUtilization\", threshold = 70, comparison_operator = \
             \"GreaterThanOrEqualToThreshold\" }",
        )
        .and_then(|field| field.table())
        .map_or(STEP_ALARM, |cursor| alarm(&cursor));
    let adjustment_type = cursor
        .required("adjustment_type", "adjustment_type = \"ChangeInCapacity\"")
        .and_then(|field| field.word(&ADJUSTMENTS))
        .unwrap_or(AdjustmentType::ChangeInCapacity);
    let field = cursor.required(
        "step_adjustments",
        "step_adjustments = [{ metric_interval_lower_bound = 0, scaling_adjustment = 2 }]",
    );
    let read = |field: &Field<'_>| step(field, adjustment_type);
    let steps = field.as_ref().and_then(|field| field.list_of(MOST_STEPS, read));
    if let Some((field, steps)) = field.as_ref().zip(steps.as_ref()) {
        check_steps(field, steps);
    }
    let mut step_adjustments = steps.unwrap_or_default();
    step_adjustments.sort_by(|a, b| bound(a.lower, -1.0).total_cmp(&bound(b.lower, -1.0)));
    StepScaling {
        alarm,
        adjustment_type,
        step_adjustments,
        min_adjustment_magnitude: cursor.parameter(
            "min_adjustment_magnitude",
            STEP_SCALING.min_adjustment_magnitude,
            |field| field.whole(1, 1_000_000),
        ),
        metric_aggregation_type: cursor.parameter(
            "metric_aggregation_type",
            STEP_SCALING.metric_aggregation_type,
            |field| field.word(&AGGREGATIONS),
        ),
        cooldown: cursor.parameter("cooldown", STEP_SCALING.cooldown, cooldown),
    }
}

fn alarm(cursor: &TableCursor<'_>) -> StepAlarm {
    let d = STEP_ALARM;
    let metric = cursor
        .required("metric", "metric = \"CPUUtilization\"")
        .and_then(|field| field.word(&METRICS));
    let threshold = cursor
        .required("threshold", "threshold = 70")
        .and_then(|field| field.number(-MOST_BOUND, MOST_BOUND));
    let comparison = cursor
        .required("comparison_operator", "comparison_operator = \"GreaterThanOrEqualToThreshold\"")
        .and_then(|field| field.word(&COMPARISONS));
    let whole = |key, default| {
        let (least, most) = DATAPOINTS;
        cursor.parameter(key, default, |field: &Field<'_>| field.whole(least, most))
    };
    let period = cursor.parameter("period", d.period, period);
    let evaluation_periods = whole("evaluation_periods", d.evaluation_periods);
    // Documented (PutMetricAlarm): as many as evaluation_periods where it is left out.
    let stated = cursor.field("datapoints_to_alarm");
    let needed = stated.as_ref().and_then(|field| field.whole(1, evaluation_periods));
    cursor.finish();
    let high = period < SimDuration::from_secs(u64::from(STANDARD_RESOLUTION));
    StepAlarm {
        metric: Published {
            metric: metric.unwrap_or(PolicyMetric::Cpu),
            resolution: if high { HIGH_RESOLUTION } else { STANDARD_RESOLUTION },
        },
        threshold: threshold.unwrap_or(d.threshold),
        comparison: comparison.unwrap_or(d.comparison),
        period,
        evaluation_periods,
        datapoints_to_alarm: needed.unwrap_or(evaluation_periods),
    }
}

/// 20 seconds, or whole minutes up to an hour, in seconds or as a duration.
fn period(field: &Field<'_>) -> Option<SimDuration> {
    let duration = cooldown(field)?;
    let seconds = duration.as_micros() / 1_000_000;
    let whole = duration == SimDuration::from_secs(seconds);
    if whole && (seconds == 20 || seconds > 0 && seconds % 60 == 0 && seconds <= 3_600) {
        return Some(duration);
    }
    let help = "20 seconds where the service's metric has that resolution, or whole minutes";
    field.out_of_range("1m", "1h, or be 20s", Some(help));
    None
}

fn step(field: &Field<'_>, adjustment_type: AdjustmentType) -> Option<StepAdjustment> {
    let cursor = field.table()?;
    let number =
        |key| cursor.field(key).and_then(|field: Field<'_>| field.number(-MOST_BOUND, MOST_BOUND));
    let (lower, upper) =
        (number("metric_interval_lower_bound"), number("metric_interval_upper_bound"));
    let least = if adjustment_type == AdjustmentType::ExactCapacity { 0 } else { -MOST_ADJUSTMENT };
    let adjustment = cursor
        .required("scaling_adjustment", "scaling_adjustment = 2")
        .and_then(|field| field.integer(least, MOST_ADJUSTMENT));
    cursor.finish();
    let adjustment = i32::try_from(adjustment?).ok()?;
    Some(StepAdjustment { lower, upper, adjustment })
}

/// A bound as a number, where `sign` says which end is open.
fn bound(of: Option<f64>, sign: f64) -> f64 {
    of.unwrap_or(sign * f64::INFINITY)
}

/// Documented (StepAdjustment): steps neither overlap nor leave a gap; at most one has no lower bound
/// and at most one no upper.
fn check_steps(field: &Field<'_>, steps: &[StepAdjustment]) {
    const HELP: &str = "each step begins where the one before it ends: bounds 0 to 15, then 15 to no \
                        upper bound";
    let mut sorted: Vec<(f64, f64)> =
        steps.iter().map(|step| (bound(step.lower, -1.0), bound(step.upper, 1.0))).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let wrong = |predicate: &str, label: String| {
        let finding: Finding = field.finding(Code::BadSteps, predicate);
        field.wrong(finding.label(label).help(HELP));
    };
    if sorted.is_empty() {
        wrong("is empty", "no step".to_owned());
        return;
    }
    if let Some((lower, upper)) = sorted.iter().find(|(lower, upper)| lower >= upper) {
        wrong("has a step that ends where it begins or before", format!("{lower} to {upper}"));
        return;
    }
    for pair in sorted.windows(2) {
        let ((_, end), (begin, _)) = (pair[0], pair[1]);
        if begin < end {
            wrong("has steps that overlap", format!("both hold {begin}"));
            return;
        }
        if begin > end {
            wrong("leaves a gap between steps", format!("nothing from {end} to {begin}"));
            return;
        }
    }
}
