//! `[timing]`: a preset, and the phases that differ from it.

use super::super::auto_scaling_group::GroupTiming;
use super::super::managed_scaling::ScalingTiming;
use super::super::parameters;
use super::super::reader::TableCursor;
use super::super::service_scaling::ServiceScalingTiming;
use super::super::spec::{FargateTiming, PullTiming, Timing, TimingPreset};
use super::distribution;

/// The presets by name.
pub(in super::super) const PRESETS: [(&str, TimingPreset); 2] =
    [("calibrated", TimingPreset::Calibrated), ("seed-000", TimingPreset::Seed000)];

/// The timings; those of the preset where a phase is left out.
pub(super) fn read(cursor: &TableCursor<'_>) -> Timing {
    let preset = cursor.parameter("preset", TimingPreset::Calibrated, |field| field.word(&PRESETS));
    let base = parameters::timing(preset);
    let timing = Timing {
        preset,
        launch: cursor.parameter("launch", base.launch, distribution::read),
        launch_gpu: cursor.parameter("launch_gpu", base.launch_gpu, distribution::read),
        boot: cursor.parameter("boot", base.boot, distribution::read),
        attach: cursor.parameter("attach", base.attach, distribution::read),
        attach_host: cursor.parameter("attach_host", base.attach_host, distribution::read),
        pull: pull(&cursor.table_or_empty("pull"), base.pull),
        start: cursor.parameter("start", base.start, distribution::read),
        deprovision: cursor.parameter("deprovision", base.deprovision, distribution::read),
        digest: cursor.parameter("digest", base.digest, distribution::read),
        auto_scaling_group: auto_scaling_group(
            &cursor.table_or_empty("auto_scaling_group"),
            base.auto_scaling_group,
        ),
        cluster_auto_scaling: cluster_auto_scaling(
            &cursor.table_or_empty("cluster_auto_scaling"),
            base.cluster_auto_scaling,
        ),
        service_auto_scaling: service_auto_scaling(
            &cursor.table_or_empty("service_auto_scaling"),
            base.service_auto_scaling,
        ),
        fargate: fargate(&cursor.table_or_empty("fargate"), base.fargate),
    };
    cursor.finish();
    timing
}

fn fargate(cursor: &TableCursor<'_>, base: FargateTiming) -> FargateTiming {
    let drawn = |key, default| cursor.parameter(key, default, distribution::read);
    let whole = |key, default| cursor.parameter(key, default, |field| field.whole(0, 10_000));
    let timing = FargateTiming {
        provision: drawn("provision", base.provision),
        provision_windows: drawn("provision_windows", base.provision_windows),
        load_from: whole("load_from", base.load_from),
        load_percent: whole("load_percent", base.load_percent),
        pull_gain_percent: whole("pull_gain_percent", base.pull_gain_percent),
        start: drawn("start", base.start),
        deprovision: drawn("deprovision", base.deprovision),
    };
    cursor.finish();
    timing
}

fn pull(cursor: &TableCursor<'_>, base: PullTiming) -> PullTiming {
    let pull = PullTiming {
        floor: cursor.parameter("floor", base.floor, |field| field.duration()),
        floor_mb: cursor.parameter("floor_mb", base.floor_mb, |field| field.whole(0, 1_000_000)),
        per_1000_mb: cursor.parameter("per_1000_mb", base.per_1000_mb, distribution::read),
        unknown_size: cursor.parameter("unknown_size", base.unknown_size, distribution::read),
        cached: cursor.parameter("cached", base.cached, distribution::read),
    };
    cursor.finish();
    pull
}

fn auto_scaling_group(cursor: &TableCursor<'_>, base: GroupTiming) -> GroupTiming {
    let timing = GroupTiming {
        pending: cursor.parameter("pending", base.pending, distribution::read),
        running: cursor.parameter("running", base.running, distribution::read),
        running_accelerated: cursor.parameter(
            "running_accelerated",
            base.running_accelerated,
            |field| field.duration(),
        ),
        boot: cursor.parameter("boot", base.boot, distribution::read),
        warm_boot: cursor.parameter("warm_boot", base.warm_boot, distribution::read),
        lifecycle_poll: cursor.parameter("lifecycle_poll", base.lifecycle_poll, distribution::read),
    };
    cursor.finish();
    timing
}

fn cluster_auto_scaling(cursor: &TableCursor<'_>, base: ScalingTiming) -> ScalingTiming {
    let timing = ScalingTiming {
        metric_phase: cursor.parameter("metric_phase", base.metric_phase, distribution::read),
        alarm: cursor.parameter("alarm", base.alarm, distribution::read),
        action: cursor.parameter("action", base.action, distribution::read),
    };
    cursor.finish();
    timing
}

fn service_auto_scaling(
    cursor: &TableCursor<'_>,
    base: ServiceScalingTiming,
) -> ServiceScalingTiming {
    let drawn = |key, default| cursor.parameter(key, default, distribution::read);
    let timing = ServiceScalingTiming {
        metric_phase: drawn("metric_phase", base.metric_phase),
        publication_delay: drawn("publication_delay", base.publication_delay),
        publication_delay_high_resolution: drawn(
            "publication_delay_high_resolution",
            base.publication_delay_high_resolution,
        ),
        action: drawn("action", base.action),
    };
    cursor.finish();
    timing
}
