//! `managed_scaling`: how ECS scales an Auto Scaling group.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::field::Field;
use super::super::managed_scaling::{ManagedScaling, OverGroups, ScaleInLimit};
use super::super::parameters::managed_scaling::MANAGED_SCALING;
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::auto_scaling_group::STATUS;

/// Percent (documented: ECS API, ManagedScaling.targetCapacity).
const TARGET_CAPACITY: (u32, u32) = (1, 100);

/// Instances of a step (documented: ECS API, ManagedScaling).
const STEP_SIZE: (u32, u32) = (1, 10_000);

/// Longest warm-up, seconds (documented: ECS API, ManagedScaling.instanceWarmupPeriod).
const WARMUP_SECONDS: u32 = 10_000;

/// Datapoints of an alarm (a day of them: documented, CloudWatch API, PutMetricAlarm).
const DATAPOINTS: (u32, u32) = (1, 1_440);

/// How counts of several groups are put together, by name.
pub(in super::super) const OVER_GROUPS: [(&str, OverGroups); 2] =
    [("max", OverGroups::Max), ("sum", OverGroups::Sum)];

/// The limits of scale-in, by the year from which they hold.
pub(in super::super) const SCALE_IN_LIMITS: [(&str, ScaleInLimit); 3] = [
    ("2022", ScaleInLimit::Of2022),
    ("2020", ScaleInLimit::Of2020),
    ("2019", ScaleInLimit::Of2019),
];

/// The settings.
pub(super) fn read(cursor: &TableCursor<'_>) -> ManagedScaling {
    let d = MANAGED_SCALING;
    let whole = |key, default, (least, most)| {
        cursor.parameter(key, default, |field: &Field<'_>| field.whole(least, most))
    };
    let scaling = ManagedScaling {
        enabled: cursor.parameter("status", d.enabled, |field| field.word(&STATUS)),
        target_capacity: cursor.parameter("target_capacity", d.target_capacity, target_capacity),
        minimum_scaling_step_size: cursor.parameter(
            "minimum_scaling_step_size",
            d.minimum_scaling_step_size,
            step_size,
        ),
        maximum_scaling_step_size: cursor.parameter(
            "maximum_scaling_step_size",
            d.maximum_scaling_step_size,
            step_size,
        ),
        instance_warmup_period: cursor.parameter(
            "instance_warmup_period",
            d.instance_warmup_period,
            warmup,
        ),
        reservation_over_groups: cursor.parameter(
            "reservation_over_groups",
            d.reservation_over_groups,
            |field| field.word(&OVER_GROUPS),
        ),
        scale_out_datapoints: whole("scale_out_datapoints", d.scale_out_datapoints, DATAPOINTS),
        scale_in_datapoints: whole("scale_in_datapoints", d.scale_in_datapoints, DATAPOINTS),
        scale_in_limit: cursor
            .parameter("scale_in_limit", d.scale_in_limit, |field| field.word(&SCALE_IN_LIMITS)),
        scale_in_wait: cursor.parameter("scale_in_wait", d.scale_in_wait, |field| field.duration()),
    };
    cursor.finish_with(advice);
    check_steps(cursor, &scaling);
    check_status(cursor, &scaling);
    scaling
}

fn target_capacity(field: &Field<'_>) -> Option<u32> {
    let (least, most) = TARGET_CAPACITY;
    let help = "the percentage of the group's instances that tasks need: 100 keeps none spare, 80 \
                keeps 5 instances for each 4 that are needed";
    field.whole_or(least, most, help)
}

fn step_size(field: &Field<'_>) -> Option<u32> {
    let (least, most) = STEP_SIZE;
    field.whole_or(least, most, "the instances that one scale-out adds, at least or at most")
}

/// Seconds, as in the API, or a duration.
fn warmup(field: &Field<'_>) -> Option<SimDuration> {
    if field.node.value.as_text().is_none() {
        let seconds = field.whole(0, WARMUP_SECONDS)?;
        return Some(SimDuration::from_secs(u64::from(seconds)));
    }
    let duration = field.duration()?;
    if duration <= SimDuration::from_secs(u64::from(WARMUP_SECONDS)) {
        return Some(duration);
    }
    field.out_of_range("0", &format!("{WARMUP_SECONDS} seconds"), None);
    None
}

fn check_steps(cursor: &TableCursor<'_>, scaling: &ManagedScaling) {
    let (min, max) = (scaling.minimum_scaling_step_size, scaling.maximum_scaling_step_size);
    if min > max
        && let Some(field) = cursor
            .field("minimum_scaling_step_size")
            .or_else(|| cursor.field("maximum_scaling_step_size"))
    {
        let finding = Finding::new(
            Code::EmptyRange,
            field.node.span,
            format!(
                "`{}` has minimum_scaling_step_size = {min} above maximum_scaling_step_size = {max}",
                cursor.path.shown()
            ),
        );
        cursor
            .report(finding.label("no step lies between").help("exchange the two, or change one"));
    }
}

/// Settings of something that is off: the API takes them, nothing follows from them.
fn check_status(cursor: &TableCursor<'_>, scaling: &ManagedScaling) {
    const KEYS: [&str; 9] = [
        "target_capacity",
        "minimum_scaling_step_size",
        "maximum_scaling_step_size",
        "instance_warmup_period",
        "reservation_over_groups",
        "scale_out_datapoints",
        "scale_in_datapoints",
        "scale_in_limit",
        "scale_in_wait",
    ];
    if scaling.enabled || cursor.field("status").is_some() {
        return;
    }
    if let Some(field) = KEYS.into_iter().find_map(|key| cursor.field(key)) {
        let finding = field.finding(Code::NoEffect, "has no effect: managed scaling is off");
        let help = "add `status = \"ENABLED\"`; left out, the API takes DISABLED";
        cursor.report(finding.label("nothing follows from it").help(help));
    }
}

/// What to say of keys that belong elsewhere.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "managed_termination_protection" | "managed_draining" => {
            Some("this belongs one table higher: [capacity_provider.auto_scaling_group_provider]")
        }
        _ => None,
    }
}
