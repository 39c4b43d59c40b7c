//! Every default that a scenario need not state: its value, and how much is known about it.
//!
//! The constants hold the values, [`PARAMETERS`] the provenance; a test reads each default text back and
//! compares it with what a scenario without it gets.

pub mod auto_scaling_group;
pub mod demand;
pub mod deployments;
pub mod fargate;
pub mod faults;
pub mod managed_scaling;
pub mod plausible;
pub mod quotas;
pub mod run_task;
pub mod service_scaling;
pub mod spot;
pub mod zone_rebalancing;

use crate::random::Distribution;
use crate::units::{Mib, SimDuration};

use super::spec::{PullTiming, Timing, TimingPreset};

/// How well a default is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// AWS documents it.
    Documented,
    /// Somebody measured it and published the figure.
    Measured {
        /// Number of measurements.
        n: u32,
    },
    /// Nobody says; ours.
    Assumed,
}

impl std::fmt::Display for Grade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Documented => f.write_str("documented"),
            Self::Measured { n } => write!(f, "measured (n = {n})"),
            Self::Assumed => f.write_str("assumed"),
        }
    }
}

/// A value that a scenario may leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its path without the names of things: `managed_instances_provider.trunking`.
    pub path: &'static str,
    /// The default, as it would be written; empty where it is left out.
    pub default: &'static str,
    /// How well it is known.
    pub grade: Grade,
    /// Who says so.
    pub source: &'static str,
    /// Of when.
    pub as_of: &'static str,
}

const fn parameter(
    path: &'static str,
    default: &'static str,
    grade: Grade,
    source: &'static str,
    as_of: &'static str,
) -> Parameter {
    Parameter { path, default, grade, source, as_of }
}

/// The parameter at `path` (names of things left out), with the provenance of `preset`.
#[must_use]
pub fn parameter_at(path: &str, preset: TimingPreset) -> Option<&'static Parameter> {
    let at = |parameter: &&Parameter| parameter.path == path;
    let of_preset = match preset {
        TimingPreset::Calibrated => None,
        TimingPreset::Seed000 => SEED_000_TIMINGS.iter().find(at),
    };
    of_preset.or_else(|| PARAMETERS.iter().find(at))
}

/// Layout of scenario files that this program reads.
pub const SCHEMA: u32 = 1;
/// Simulated time.
pub const HORIZON: SimDuration = SimDuration::from_secs(30 * 60);
/// Seed.
pub const SEED: u64 = 1;
/// `starts_on`.
pub const STARTS_ON: &str = "2026-01-01";
/// `storage_size_gib`.
pub const STORAGE_SIZE_GIB: u32 = 80;
/// `price_tie_percent`, parts per million.
pub const PRICE_TIE_PPM: u32 = 5_000;
/// `batch_window`.
pub const BATCH_WINDOW: SimDuration = SimDuration::from_secs(2);
/// `capacity_retry`.
pub const CAPACITY_RETRY: [SimDuration; 4] = [
    SimDuration::from_secs(40),
    SimDuration::from_secs(40),
    SimDuration::from_secs(40),
    SimDuration::from_secs(300),
];
/// `consolidation_min_saving_percent`, parts per million.
pub const CONSOLIDATION_MIN_SAVING_PPM: u32 = 100_000;
/// `idle_default_cpu`.
pub const IDLE_DEFAULT_CPU: SimDuration = SimDuration::from_secs(70);
/// `idle_default_gpu`.
pub const IDLE_DEFAULT_GPU: SimDuration = SimDuration::from_secs(130);
/// `scale_in_detection`.
pub const SCALE_IN_DETECTION: SimDuration = SimDuration::from_secs(150);
/// `drain_after`.
pub const DRAIN_AFTER: SimDuration = SimDuration::from_secs(14 * 86_400);
/// `force_stop_after`.
pub const FORCE_STOP_AFTER: SimDuration = SimDuration::from_secs(21 * 86_400);
/// `registered_memory_percent`, parts per million.
pub const REGISTERED_MEMORY_PPM: u32 = 925_000;
/// `registered_memory_less_mib`.
pub const REGISTERED_MEMORY_LESS_MIB: Mib = 259;
/// `ephemeral_storage_gib`: what a Fargate task has free of charge.
pub const EPHEMERAL_STORAGE_GIB: u32 = 20;
/// `stop_timeout`.
pub const STOP_TIMEOUT: SimDuration = SimDuration::from_secs(30);
/// `launch_rate_per_minute`.
pub const LAUNCH_RATE_PER_MINUTE: u32 = 500;

const fn secs(secs: u64) -> SimDuration {
    SimDuration::from_secs(secs)
}

const fn millis(millis: u64) -> SimDuration {
    SimDuration::from_millis(millis)
}

const fn constant_millis(value: u64) -> Distribution {
    Distribution::Constant(millis(value))
}

/// The timings of a preset.
#[must_use]
pub const fn timing(preset: TimingPreset) -> Timing {
    match preset {
        TimingPreset::Calibrated => CALIBRATED,
        TimingPreset::Seed000 => SEED_000,
    }
}

const CALIBRATED: Timing = Timing {
    preset: TimingPreset::Calibrated,
    launch: Distribution::log_normal(secs(10), 0.5),
    launch_gpu: Distribution::log_normal(secs(20), 0.7),
    boot: Distribution::log_normal(secs(18), 0.16),
    attach: Distribution::LogNormal {
        median: secs(9),
        sigma: 0.4,
        floor: SimDuration::ZERO,
        cap: secs(180),
    },
    attach_host: constant_millis(1_550),
    pull: PullTiming {
        floor: secs(3),
        floor_mb: 30,
        per_1000_mb: Distribution::log_normal(millis(90_909), 0.3),
        unknown_size: Distribution::log_normal(millis(12_500), 0.84),
        cached: Distribution::log_normal(millis(150), 0.5),
    },
    start: Distribution::log_normal(millis(1_800), 0.5),
    deprovision: Distribution::log_normal(secs(13), 0.3),
    digest: Distribution::Constant(secs(1)),
    auto_scaling_group: auto_scaling_group::TIMING,
    cluster_auto_scaling: managed_scaling::TIMING,
    service_auto_scaling: service_scaling::TIMING,
    fargate: fargate::TIMING,
};

const SEED_000: Timing = Timing {
    preset: TimingPreset::Seed000,
    launch: Distribution::Constant(secs(10)),
    launch_gpu: Distribution::Constant(secs(10)),
    boot: Distribution::Constant(secs(9)),
    attach: constant_millis(8_800),
    attach_host: constant_millis(1_550),
    pull: PullTiming {
        floor: millis(4_400),
        floor_mb: 30,
        per_1000_mb: Distribution::ZERO,
        unknown_size: constant_millis(4_400),
        cached: constant_millis(150),
    },
    start: constant_millis(1_800),
    deprovision: Distribution::Constant(secs(13)),
    digest: Distribution::Constant(secs(1)),
    auto_scaling_group: auto_scaling_group::TIMING,
    cluster_auto_scaling: managed_scaling::TIMING,
    service_auto_scaling: service_scaling::TIMING,
    fargate: fargate::TIMING,
};

const GUIDE: &str = "ECS developer guide";
const TOKYO: &str =
    "published time stamps of Managed Instances clusters, Tokyo (n = 9, CPU and GPU mixed)";
const RECORDS: &str = "public DescribeTasks records";
const OURS: &str = "taskyard";
const COLD_START: &str =
    "one published cold start, GitHub project of Neil Kuan: 19 s to registered, 15 s to RUNNING";
const SPLIT: &str = "our split of a measured sum (19 s to registered, 15 s to RUNNING, n = 1), GitHub \
                     project of Neil Kuan";

/// All parameters with a default, by path, with the provenance of the calibrated preset.
pub const PARAMETERS: &[Parameter] = &joined::<{ length(LISTS) }>(LISTS);

const LISTS: &[&[Parameter]] = &[
    CORE,
    auto_scaling_group::PARAMETERS,
    demand::PARAMETERS,
    deployments::PARAMETERS,
    zone_rebalancing::PARAMETERS,
    fargate::PARAMETERS,
    faults::PARAMETERS,
    managed_scaling::PARAMETERS,
    quotas::PARAMETERS,
    run_task::PARAMETERS,
    service_scaling::PARAMETERS,
    spot::PARAMETERS,
];

const fn length(lists: &[&[Parameter]]) -> usize {
    let (mut sum, mut list) = (0, 0);
    while list < lists.len() {
        sum += lists[list].len();
        list += 1;
    }
    sum
}

/// Several lists in one.
const fn joined<const N: usize>(lists: &[&[Parameter]]) -> [Parameter; N] {
    let mut all = [CORE[0]; N];
    let (mut list, mut next) = (0, 0);
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            all[next] = lists[list][at];
            next += 1;
            at += 1;
        }
        list += 1;
    }
    all
}

/// The parameters of the run, of Managed Instances, tasks and services.
const CORE: &[Parameter] = &[
    parameter("horizon", "\"30m\"", Grade::Assumed, OURS, "2026-11"),
    parameter("warm_up", "", Grade::Assumed, OURS, "2026-11"),
    parameter("seed", "1", Grade::Assumed, OURS, "2026-11"),
    parameter("starts_on", "\"2026-01-01\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "availability_zones",
        "[]",
        Grade::Assumed,
        "the three zones in which most admitted types are offered, in order of id",
        "2026-11",
    ),
    parameter("timing.preset", "\"calibrated\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "timing.launch",
        "{ log_normal = { median = \"10s\", sigma = 0.5 } }",
        Grade::Measured { n: 9 },
        TOKYO,
        "2026-09",
    ),
    parameter(
        "timing.launch_gpu",
        "{ log_normal = { median = \"20s\", sigma = 0.7 } }",
        Grade::Measured { n: 9 },
        TOKYO,
        "2026-09",
    ),
    parameter(
        "timing.boot",
        "{ log_normal = { median = \"18s\", sigma = 0.16 } }",
        Grade::Assumed,
        "our split of a measured sum: launched to pull start, median 27 s, n = 3, Tokyo",
        "2026-09",
    ),
    parameter(
        "timing.attach",
        "{ log_normal = { median = \"9s\", sigma = 0.4, cap = \"180s\" } }",
        Grade::Assumed,
        "one record of 13.4 s; \"several seconds\" in AWS's texts, 18 s worst case, task failure at 180 s",
        "2025",
    ),
    parameter("timing.attach_host", "\"1550ms\"", Grade::Measured { n: 2 }, RECORDS, "2021-08"),
    parameter(
        "timing.pull.floor",
        "\"3s\"",
        Grade::Assumed,
        "below the 3.5 s of the smallest images in public task records",
        "2025",
    ),
    parameter("timing.pull.floor_mb", "30", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "timing.pull.per_1000_mb",
        "{ log_normal = { median = \"90909ms\", sigma = 0.3 } }",
        Grade::Measured { n: 10 },
        "413 MB on Fargate through a NAT instance: 11 MB/s (elasticscale.com, soci); sigma assumed",
        "2024-04",
    ),
    parameter(
        "timing.pull.unknown_size",
        "{ log_normal = { median = \"12500ms\", sigma = 0.84 } }",
        Grade::Measured { n: 22 },
        "public DescribeTasks records of Fargate, all sizes mixed",
        "2025",
    ),
    parameter(
        "timing.pull.cached",
        "{ log_normal = { median = \"150ms\", sigma = 0.5 } }",
        Grade::Measured { n: 3 },
        "public DescribeTasks records: 0.05 to 0.46 s",
        "2025",
    ),
    parameter(
        "timing.start",
        "{ log_normal = { median = \"1800ms\", sigma = 0.5 } }",
        Grade::Measured { n: 1 },
        "task metadata sample of Managed Instances in the ECS developer guide; sigma assumed",
        "2025-09",
    ),
    parameter(
        "timing.deprovision",
        "{ log_normal = { median = \"13s\", sigma = 0.3 } }",
        Grade::Measured { n: 1 },
        "public DescribeTasks record of an EC2 task; sigma assumed",
        "2025",
    ),
    parameter("timing.digest", "\"1s\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "managed_instances_provider.storage_size_gib",
        "80",
        Grade::Documented,
        "ECS API, ManagedInstancesStorageConfiguration",
        "2026",
    ),
    parameter(
        "managed_instances_provider.scale_in_after",
        "\"default\"",
        Grade::Documented,
        "ECS API, InfrastructureOptimization: AWS's own value, which is not published",
        "2026",
    ),
    parameter(
        "managed_instances_provider.trunking",
        "true",
        Grade::Documented,
        "ECS developer guide, managed-instances-awsvpc-mode: trunk interface where the type supports it",
        "2026",
    ),
    parameter(
        "managed_instances_provider.plan_memory",
        "\"registered\"",
        Grade::Assumed,
        "the host's memory is in its user data, so known before launch (n = 1, us-east-1)",
        "2026",
    ),
    parameter(
        "managed_instances_provider.selection_policy",
        "\"cheapest-fit\"",
        Grade::Assumed,
        "reproduces the published fleets but one",
        "2025-10",
    ),
    parameter(
        "managed_instances_provider.capacity_option_type",
        "\"ON_DEMAND\"",
        Grade::Documented,
        "ECS API, InstanceLaunchTemplate.capacityOptionType",
        "2026",
    ),
    parameter(
        "managed_instances_provider.capacity_reservations.reservation_preference",
        "\"RESERVATIONS_FIRST\"",
        Grade::Assumed,
        "ECS API, CapacityReservationRequest names no default",
        "2026",
    ),
    parameter(
        "managed_instances_provider.spot_selection_policy",
        "\"depth-weighted\"",
        Grade::Measured { n: 4 },
        "the dearest of three GPU types was launched three times out of four (Tokyo)",
        "2026-09",
    ),
    parameter(
        "managed_instances_provider.spot_fee_basis",
        "\"on-demand\"",
        Grade::Assumed,
        "AWS prints a fee by type, and no other one for Spot",
        "2026",
    ),
    parameter(
        "managed_instances_provider.price_tie_percent",
        "0.5",
        Grade::Assumed,
        OURS,
        "2026-11",
    ),
    parameter("managed_instances_provider.batch_window", "\"2s\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "managed_instances_provider.capacity_retry",
        "[\"40s\", \"40s\", \"40s\", \"300s\"]",
        Grade::Measured { n: 1 },
        "one observation of refused launches: about 40 s three times, then 300 s",
        "2026",
    ),
    parameter(
        "managed_instances_provider.consolidation",
        "true",
        Grade::Documented,
        "ECS developer guide, managed-instances-infrastructure-optimization",
        "2026",
    ),
    parameter(
        "managed_instances_provider.consolidation_min_saving_percent",
        "10",
        Grade::Assumed,
        OURS,
        "2026-11",
    ),
    parameter(
        "managed_instances_provider.idle_default_cpu",
        "\"70s\"",
        Grade::Measured { n: 4 },
        "published time stamps of Managed Instances clusters, Tokyo (n = 4, CPU and GPU)",
        "2026-09",
    ),
    parameter(
        "managed_instances_provider.idle_default_gpu",
        "\"130s\"",
        Grade::Measured { n: 4 },
        "published time stamps of Managed Instances clusters, Tokyo (n = 4, CPU and GPU)",
        "2026-09",
    ),
    parameter(
        "managed_instances_provider.scale_in_detection",
        "\"150s\"",
        Grade::Measured { n: 1 },
        "one user's report of 120 to 180 s",
        "2026",
    ),
    parameter(
        "managed_instances_provider.drain_after",
        "\"14d\"",
        Grade::Documented,
        "ECS developer guide, managed-instances-patching",
        "2026",
    ),
    parameter(
        "managed_instances_provider.force_stop_after",
        "\"21d\"",
        Grade::Documented,
        "ECS developer guide, managed-instances-patching",
        "2026",
    ),
    parameter(
        "managed_instances_provider.registered_memory_percent",
        "92.5",
        Grade::Measured { n: 1 },
        "a t3.medium with 3,530 MiB available, us-east-1; other sizes assumed",
        "2026",
    ),
    parameter(
        "managed_instances_provider.registered_memory_less_mib",
        "259",
        Grade::Measured { n: 1 },
        "a t3.medium with 3,530 MiB available, us-east-1; other sizes assumed",
        "2026",
    ),
    parameter(
        "managed_instances_provider.default_pool_depth",
        "",
        Grade::Assumed,
        "EC2 does not publish how much it has; no limit",
        "2026-11",
    ),
    parameter(
        "task_definition.gpus",
        "0",
        Grade::Documented,
        "ECS API, ResourceRequirement",
        "2026",
    ),
    parameter(
        "task_definition.network_mode",
        "\"awsvpc\"",
        Grade::Assumed,
        "ours: what Fargate asks for and Managed Instances offer; ECS itself takes bridge on EC2",
        "2026",
    ),
    parameter(
        "task_definition.ephemeral_storage_gib",
        "20",
        Grade::Documented,
        "ECS developer guide, fargate-task-storage",
        "2026",
    ),
    parameter(
        "task_definition.stop_timeout",
        "\"30s\"",
        Grade::Documented,
        "ECS API, ContainerDefinition.stopTimeout; for Managed Instances assumed the same",
        "2026",
    ),
    parameter("task_definition.exit_after_stop_signal", "\"0s\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "task_definition.ready_after",
        "\"0s\"",
        Grade::Assumed,
        "the application's own: not a constant of ECS",
        "2026-11",
    ),
    parameter(
        "task_definition.cpu_utilization_percent",
        "",
        Grade::Assumed,
        "the application's own: not known unless stated",
        "2026-11",
    ),
    parameter(
        "task_definition.port_mappings",
        "",
        Grade::Documented,
        "ECS API, PortMapping: none unless stated",
        "2026",
    ),
    parameter(
        "task_definition.placement_constraints",
        "",
        Grade::Documented,
        "ECS API, RegisterTaskDefinition: none unless stated",
        "2026",
    ),
    parameter("service.create_at", "\"0s\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "service.scheduling_strategy",
        "\"REPLICA\"",
        Grade::Documented,
        "ECS API, CreateService: REPLICA unless stated",
        "2026",
    ),
    parameter(
        "service.version_consistency",
        "\"enabled\"",
        Grade::Documented,
        "ECS API, ContainerDefinition.versionConsistency",
        "2026",
    ),
    parameter(
        "service.launch_rate_per_minute",
        "500",
        Grade::Assumed,
        "documented for EC2 and Fargate (ECS service quotas); assumed alike for Managed Instances",
        "2026",
    ),
    parameter(
        "service.placement_strategy",
        "",
        Grade::Documented,
        "ECS API, UpdateService: zone with fewest tasks, in it the instance with fewest",
        "2026",
    ),
    parameter(
        "service.placement_constraints",
        "",
        Grade::Documented,
        "ECS API, CreateService: none unless stated",
        "2026",
    ),
];

/// Provenance of the timings where it differs under the preset `seed-000`.
const SEED_000_TIMINGS: &[Parameter] = &[
    parameter("timing.launch", "\"10s\"", Grade::Assumed, SPLIT, "2026-01"),
    parameter("timing.launch_gpu", "\"10s\"", Grade::Assumed, SPLIT, "2026-01"),
    parameter("timing.boot", "\"9s\"", Grade::Assumed, SPLIT, "2026-01"),
    parameter("timing.attach", "\"8800ms\"", Grade::Assumed, SPLIT, "2026-01"),
    parameter("timing.pull.floor", "\"4400ms\"", Grade::Measured { n: 1 }, GUIDE, "2025-09"),
    parameter("timing.pull.per_1000_mb", "\"0s\"", Grade::Assumed, COLD_START, "2026-01"),
    parameter("timing.pull.unknown_size", "\"4400ms\"", Grade::Measured { n: 1 }, GUIDE, "2025-09"),
    parameter("timing.pull.cached", "\"150ms\"", Grade::Measured { n: 3 }, RECORDS, "2025"),
    parameter("timing.start", "\"1800ms\"", Grade::Measured { n: 1 }, GUIDE, "2025-09"),
    parameter("timing.deprovision", "\"13s\"", Grade::Measured { n: 1 }, RECORDS, "2025"),
];
