//! How far off a default may be: the values between which it plausibly lies, and why. Where nothing is
//! published, a stated factor or a guess, and it says so.

/// The values between which a default lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plausible {
    /// Path of the parameter, as in [`super::PARAMETERS`].
    pub path: &'static str,
    /// One end, as it would be written.
    pub low: &'static str,
    /// The other.
    pub high: &'static str,
    /// Why these.
    pub source: &'static str,
}

/// The range of the parameter at `path`.
#[must_use]
pub fn plausible(path: &str) -> Option<&'static Plausible> {
    PLAUSIBLE.iter().find(|range| range.path == path)
}

const fn range(
    path: &'static str,
    low: &'static str,
    high: &'static str,
    source: &'static str,
) -> Plausible {
    Plausible { path, low, high, source }
}

const FACTOR_TWO: &str = "half and twice of what was measured: assumed";
const GUESS: &str = "nobody says: assumed";

/// All ranges: of numbers that are measured or assumed, and of times. What is a word, or the
/// application's own, has none.
pub const PLAUSIBLE: &[Plausible] = &[
    range(
        "timing.launch",
        "{ log_normal = { median = \"8s\", sigma = 0.5 } }",
        "{ log_normal = { median = \"15s\", sigma = 0.5 } }",
        "the four fastest of nine published stamps, Tokyo: 8 to 15 s",
    ),
    range(
        "timing.launch_gpu",
        "{ log_normal = { median = \"10s\", sigma = 0.7 } }",
        "{ log_normal = { median = \"28s\", sigma = 0.7 } }",
        "the middle of nine published stamps, CPU and GPU mixed, Tokyo: 10 to 28 s",
    ),
    range(
        "timing.boot",
        "{ log_normal = { median = \"13s\", sigma = 0.16 } }",
        "{ log_normal = { median = \"22s\", sigma = 0.16 } }",
        "launched to pull start 22, 28 and 31 s (n = 3, Tokyo), less 9 s for the interface",
    ),
    range(
        "timing.attach",
        "{ log_normal = { median = \"4s\", sigma = 0.4, cap = \"180s\" } }",
        "{ log_normal = { median = \"18s\", sigma = 0.4, cap = \"180s\" } }",
        "\"several seconds\" in AWS's texts to the worst case of 18 s (ecs-cni-plugins PR 66)",
    ),
    range("timing.attach_host", "\"775ms\"", "\"3100ms\"", FACTOR_TWO),
    range(
        "timing.pull.floor",
        "\"1s\"",
        "\"3500ms\"",
        "1 s assumed; 3.5 s of the smallest images in public task records",
    ),
    range(
        "timing.pull.per_1000_mb",
        "{ log_normal = { median = \"24s\", sigma = 0.3 } }",
        "{ log_normal = { median = \"118s\", sigma = 0.3 } }",
        "single public records: 2.3 GB in 55 s, 297 MB in 35 s",
    ),
    range(
        "timing.pull.unknown_size",
        "{ log_normal = { median = \"4400ms\", sigma = 0.84 } }",
        "{ log_normal = { median = \"30s\", sigma = 0.84 } }",
        "nginx in 4.4 s (ECS developer guide); about 30 s (AWS Batch guide)",
    ),
    range(
        "timing.pull.cached",
        "{ log_normal = { median = \"50ms\", sigma = 0.5 } }",
        "{ log_normal = { median = \"460ms\", sigma = 0.5 } }",
        "the ends of three public records",
    ),
    range(
        "timing.start",
        "{ log_normal = { median = \"1s\", sigma = 0.5 } }",
        "{ log_normal = { median = \"3400ms\", sigma = 0.5 } }",
        "1.0 to 1.3 s on EC2 (n = 4), median of 3.4 s on Fargate (n = 9), public records",
    ),
    range(
        "timing.deprovision",
        "{ log_normal = { median = \"6500ms\", sigma = 0.3 } }",
        "{ log_normal = { median = \"26s\", sigma = 0.3 } }",
        FACTOR_TWO,
    ),
    range("timing.digest", "\"0s\"", "\"3s\"", GUESS),
    range("managed_instances_provider.batch_window", "\"1s\"", "\"5s\"", GUESS),
    range(
        "managed_instances_provider.capacity_retry",
        "[\"20s\", \"20s\", \"20s\", \"150s\"]",
        "[\"80s\", \"80s\", \"80s\", \"600s\"]",
        FACTOR_TWO,
    ),
    range("managed_instances_provider.price_tie_percent", "0.1", "2", GUESS),
    range("managed_instances_provider.consolidation_min_saving_percent", "5", "20", GUESS),
    range("managed_instances_provider.idle_default_cpu", "\"35s\"", "\"140s\"", FACTOR_TWO),
    range("managed_instances_provider.idle_default_gpu", "\"65s\"", "\"260s\"", FACTOR_TWO),
    range(
        "managed_instances_provider.scale_in_detection",
        "\"120s\"",
        "\"180s\"",
        "the ends of one user's report",
    ),
    range(
        "managed_instances_provider.registered_memory_percent",
        "90",
        "95",
        "around one measured type: assumed",
    ),
    range("managed_instances_provider.registered_memory_less_mib", "130", "520", FACTOR_TWO),
    range(
        "timing.auto_scaling_group.running",
        "{ log_normal = { median = \"10s\", sigma = 0.16 } }",
        "{ log_normal = { median = \"16s\", sigma = 0.16 } }",
        "the ends of six public traces",
    ),
    range("timing.auto_scaling_group.running_accelerated", "\"10s\"", "\"40s\"", FACTOR_TWO),
    range(
        "timing.auto_scaling_group.boot",
        "{ log_normal = { median = \"9s\", sigma = 0.15 } }",
        "{ log_normal = { median = \"30s\", sigma = 0.15 } }",
        "7 to 12 s (awslabs/node-latency-for-k8s), 24.0 and 29.7 s (amazon-eks-ami#2210)",
    ),
    range(
        "timing.auto_scaling_group.warm_boot",
        "{ log_normal = { median = \"8s\", sigma = 0.15 } }",
        "{ log_normal = { median = \"32s\", sigma = 0.15 } }",
        FACTOR_TWO,
    ),
    range(
        "auto_scaling_group_provider.registered_memory_percent",
        "93.7",
        "97.5",
        "7,679 and 7,985 of 8,192 MiB: the two that are published",
    ),
    range("auto_scaling_group_provider.termination_detection", "\"30s\"", "\"120s\"", GUESS),
    range("auto_scaling_group_provider.az_rebalance_interval", "\"30s\"", "\"300s\"", GUESS),
    range(
        "auto_scaling_group_provider.provisioning_timeout",
        "\"10m\"",
        "\"30m\"",
        "10 to 30 min (AWS blog, as quoted in containers-roadmap#2381)",
    ),
    range("service.placement_retry", "\"5s\"", "\"60s\"", GUESS),
    range("service.start_backoff", "\"5s\"", "\"30s\"", GUESS),
    range("service.availability_zone_rebalancing_interval", "\"30s\"", "\"300s\"", GUESS),
    range("timing.cluster_auto_scaling.alarm", "\"30s\"", "\"120s\"", GUESS),
    range(
        "timing.cluster_auto_scaling.action",
        "{ log_normal = { median = \"5s\", sigma = 0.5 } }",
        "{ log_normal = { median = \"30s\", sigma = 0.5 } }",
        GUESS,
    ),
    range(
        "timing.service_auto_scaling.publication_delay",
        "\"60s\"",
        "\"180s\"",
        "one measurement of 140 s; 60 s assumed where nothing else is slow",
    ),
    range(
        "timing.service_auto_scaling.publication_delay_high_resolution",
        "\"2s\"",
        "\"20s\"",
        GUESS,
    ),
    range(
        "timing.service_auto_scaling.action",
        "{ log_normal = { median = \"5s\", sigma = 0.5 } }",
        "{ log_normal = { median = \"30s\", sigma = 0.5 } }",
        GUESS,
    ),
    range(
        "timing.fargate.provision",
        "{ log_normal = { median = \"12500ms\", sigma = 0.28, floor = \"9s\" } }",
        "{ log_normal = { median = \"19500ms\", sigma = 0.28, floor = \"9s\" } }",
        "public records: the middles of 10.5 to 14.6 s alone and 15.7 to 23.7 s among many",
    ),
    range(
        "timing.fargate.provision_windows",
        "{ log_normal = { median = \"300s\", sigma = 0.3 } }",
        "{ log_normal = { median = \"900s\", sigma = 0.3 } }",
        "half of the default; first boot of a Windows image, 15 min or more (AWS documentation)",
    ),
    range("timing.fargate.load_from", "5", "20", GUESS),
    range(
        "timing.fargate.load_percent",
        "0",
        "60",
        "no load at all; 23.7 s of 14.7 s, the slowest of the public records",
    ),
    range("timing.fargate.pull_gain_percent", "0", "50", GUESS),
    range(
        "timing.fargate.start",
        "{ log_normal = { median = \"1500ms\", sigma = 1.1 } }",
        "{ log_normal = { median = \"7s\", sigma = 1.1 } }",
        "half and twice of what was measured (n = 9, 0.8 to 17.1 s): assumed",
    ),
    range(
        "timing.fargate.deprovision",
        "{ log_normal = { median = \"22600ms\", sigma = 0.35 } }",
        "{ log_normal = { median = \"46800ms\", sigma = 0.35 } }",
        "the ends of four public records",
    ),
    range("fargate.capacity_retry", "\"30s\"", "\"120s\"", GUESS),
    range("spot.all_lost_percent", "40", "70", "around our reading of arXiv 2604.16457: assumed"),
    range("spot.deep_pool_percent", "25", "75", GUESS),
];
