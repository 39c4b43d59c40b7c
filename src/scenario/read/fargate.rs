//! `[fargate]`: what Fargate grants the account, and how often it fails.

use super::super::parameters::fargate as p;
use super::super::reader::TableCursor;
use super::super::spec::{Fargate, FargateQuotas};

/// The sets of quotas by name.
pub(in super::super) const QUOTAS: [(&str, FargateQuotas); 4] = [
    ("region", FargateQuotas::Region),
    ("large-region", FargateQuotas::Large),
    ("other-region", FargateQuotas::Other),
    ("2020", FargateQuotas::Year2020),
];

/// Greatest burst, refill and rate.
const RATE_LIMIT: u32 = 1_000_000;

/// The settings; those of the set of quotas where one is left out.
pub(super) fn read(cursor: &TableCursor<'_>, region: &str) -> Fargate {
    let quotas = cursor.parameter("quotas", FargateQuotas::Region, |field| field.word(&QUOTAS));
    let [burst, refill, service] = p::fargate_quotas(quotas, region);
    let rate = |key, default| cursor.parameter(key, default, |field| field.whole(1, RATE_LIMIT));
    let quota = |key| cursor.parameter(key, None, |field| field.whole(0, RATE_LIMIT).map(Some));
    let fargate = Fargate {
        quotas,
        launch_burst: rate("launch_burst", burst),
        launch_refill_per_second: rate("launch_refill_per_second", refill),
        service_launch_rate_per_minute: rate("service_launch_rate_per_minute", service),
        vcpu_quota: quota("vcpu_quota"),
        spot_vcpu_quota: quota("spot_vcpu_quota"),
        unavailable_ppm: cursor
            .parameter("unavailable_percent", 0, |field| field.percent(0.0, 99.0)),
        capacity_retry: cursor.parameter("capacity_retry", p::FARGATE_CAPACITY_RETRY, |field| {
            field.positive_duration()
        }),
        spot_mean_time_to_interruption: cursor.parameter(
            "spot_mean_time_to_interruption",
            None,
            |field| field.positive_duration().map(Some),
        ),
    };
    cursor.finish();
    fargate
}
