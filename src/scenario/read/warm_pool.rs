//! `warm_pool`: instances beside a group that have booted once and wait.

use crate::io::Code;

use super::super::auto_scaling_group::{PoolState, WarmPool};
use super::super::parameters::auto_scaling_group as p;
use super::super::reader::TableCursor;

/// More instances than a cluster may hold; the quota of 5,000 can be raised.
const SIZE_LIMIT: u32 = 1_000_000;

/// How the instances wait, by the names of the API.
pub(in super::super) const POOL_STATES: [(&str, PoolState); 3] = [
    ("Stopped", PoolState::Stopped),
    ("Running", PoolState::Running),
    ("Hibernated", PoolState::Hibernated),
];

/// The settings, where there are any, of a group of which `on_demand_percent` are bought on demand.
pub(super) fn read(group: &TableCursor<'_>, on_demand_percent: u32) -> Option<WarmPool> {
    let field = group.field("warm_pool")?;
    let cursor = field.table()?;
    let pool = WarmPool {
        pool_state: cursor.parameter("pool_state", p::POOL_STATE, |field| field.word(&POOL_STATES)),
        min_size: cursor
            .parameter("min_size", p::WARM_POOL_MIN_SIZE, |field| field.whole(0, SIZE_LIMIT)),
        max_group_prepared_capacity: cursor
            .field("max_group_prepared_capacity")
            .and_then(|field| field.whole(0, SIZE_LIMIT)),
    };
    cursor.finish_with(advice);
    // Documented: EC2 Auto Scaling user guide, ec2-auto-scaling-warm-pools, limitations.
    if on_demand_percent < 100 {
        let predicate = "cannot stand in a group that buys Spot instances";
        let finding = field.finding(Code::ExclusiveKeys, predicate);
        group.report(finding.help(
            "leave on_demand_percentage_above_base_capacity at 100, or give the Spot instances a group of \
             their own",
        ));
    }
    Some(pool)
}

/// What to say of keys that the API has and scenarios do not.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "instance_reuse_policy" | "reuse_on_scale_in" => {
            Some("ECS does not support it: on scale-in an instance is terminated. Leave it out")
        }
        _ => None,
    }
}
