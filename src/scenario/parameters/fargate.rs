//! Defaults of Fargate.

use super::{Grade, OURS, Parameter, millis, parameter, secs};
use crate::random::Distribution;
use crate::scenario::{FargateQuotas, FargateTiming};
use crate::units::SimDuration;

/// `fargate.launch_burst`, `fargate.launch_refill_per_second` and
/// `fargate.service_launch_rate_per_minute` of a set of quotas.
#[must_use]
pub fn fargate_quotas(quotas: FargateQuotas, region: &str) -> [u32; 3] {
    match quotas {
        FargateQuotas::Region if LARGE_REGIONS.contains(&region) => [100, 20, 500],
        FargateQuotas::Large => [100, 20, 500],
        FargateQuotas::Region | FargateQuotas::Other => [25, 5, 125],
        FargateQuotas::Year2020 => [10, 1, 23],
    }
}

/// The Regions with the greater Fargate quotas. Documented: that there are 16; which ones, as far as
/// the table of ECS service quotas could be read.
const LARGE_REGIONS: [&str; 16] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// `fargate.capacity_retry`.
pub const FARGATE_CAPACITY_RETRY: SimDuration = SimDuration::from_secs(60);
/// `timing.fargate`.
pub const TIMING: FargateTiming = FargateTiming {
    provision: Distribution::LogNormal {
        median: millis(14_700),
        sigma: 0.28,
        floor: secs(9),
        cap: SimDuration::MAX,
    },
    provision_windows: Distribution::log_normal(secs(600), 0.3),
    load_from: 10,
    load_percent: 40,
    pull_gain_percent: 25,
    start: Distribution::log_normal(millis(3_400), 1.1),
    deprovision: Distribution::log_normal(secs(24), 0.35),
};

/// Parameters with their provenance.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter(
        "timing.fargate.provision",
        "{ log_normal = { median = \"14700ms\", sigma = 0.28, floor = \"9s\" } }",
        Grade::Measured { n: 10 },
        "public DescribeTasks records, platform 1.4, 2023 and later: 10.5 to 23.7 s",
        "2025",
    ),
    parameter(
        "timing.fargate.provision_windows",
        "{ log_normal = { median = \"600s\", sigma = 0.3 } }",
        Grade::Assumed,
        "a comment in a public repository puts Windows Server 2019 near 10 min",
        "2022",
    ),
    parameter(
        "timing.fargate.load_from",
        "10",
        Grade::Assumed,
        "starts within a deployment of many services took 15.7 to 23.7 s, single ones 10.5 to 14.6 s",
        "2024-12",
    ),
    parameter(
        "timing.fargate.load_percent",
        "40",
        Grade::Assumed,
        "starts within a deployment of many services took 15.7 to 23.7 s, single ones 10.5 to 14.6 s",
        "2024-12",
    ),
    parameter(
        "timing.fargate.pull_gain_percent",
        "25",
        Grade::Assumed,
        "larger tasks pull faster (AWS); by how much, nobody says",
        "2026-11",
    ),
    parameter(
        "timing.fargate.start",
        "{ log_normal = { median = \"3400ms\", sigma = 1.1 } }",
        Grade::Measured { n: 9 },
        "public DescribeTasks records without dependency waits: 0.8 to 17.1 s",
        "2025",
    ),
    parameter(
        "timing.fargate.deprovision",
        "{ log_normal = { median = \"24s\", sigma = 0.35 } }",
        Grade::Measured { n: 4 },
        "public DescribeTasks records: 22.6 to 46.8 s",
        "2025",
    ),
    parameter(
        "fargate.quotas",
        "\"region\"",
        Grade::Documented,
        "ECS service quotas; ECS developer guide, throttling",
        "2026",
    ),
    parameter(
        "fargate.launch_burst",
        "100",
        Grade::Documented,
        "ECS service quotas; 25 outside the large Regions",
        "2026",
    ),
    parameter(
        "fargate.launch_refill_per_second",
        "20",
        Grade::Documented,
        "ECS service quotas; 5 outside the large Regions",
        "2026",
    ),
    parameter(
        "fargate.service_launch_rate_per_minute",
        "500",
        Grade::Documented,
        "ECS service quotas; 125 outside the large Regions",
        "2026",
    ),
    parameter(
        "fargate.vcpu_quota",
        "",
        Grade::Assumed,
        "a new account has 6, raised with use (ECS service quotas); unlimited here but reported",
        "2026",
    ),
    parameter(
        "fargate.spot_vcpu_quota",
        "",
        Grade::Assumed,
        "a new account has 6, raised with use (ECS service quotas); unlimited here but reported",
        "2026",
    ),
    parameter(
        "fargate.unavailable_percent",
        "0",
        Grade::Assumed,
        "no rate of \"Capacity is unavailable at this time\" is published: yours to state",
        "2026-11",
    ),
    parameter("fargate.capacity_retry", "\"60s\"", Grade::Assumed, OURS, "2026-11"),
    parameter(
        "fargate.spot_mean_time_to_interruption",
        "",
        Grade::Assumed,
        "no rate of Fargate Spot interruptions is published: yours to state",
        "2026-11",
    ),
];
