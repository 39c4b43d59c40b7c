//! `auto_scaling_group_provider`: an Auto Scaling group and its settings as capacity provider.

use crate::io::Code;

use super::super::auto_scaling_group::{AutoScalingGroup, InitialInstances, InstanceTypes};
use super::super::field::Field;
use super::super::parameters::auto_scaling_group as p;
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spot::{OnDemandAllocationStrategy, SpotAllocationStrategy};

use super::{attributes, managed_scaling, requirements, termination_policies, warm_pool};

/// More instances than a cluster may hold; the quota of 5,000 can be raised.
const SIZE_LIMIT: u32 = 1_000_000;

/// Most overrides of a mixed instances policy (documented: EC2 Auto Scaling API, LaunchTemplate).
const TYPE_LIMIT: usize = 40;

/// Most pools of the lowest-price strategy (documented: EC2 Auto Scaling API, InstancesDistribution).
const SPOT_POOL_LIMIT: u32 = 20;

/// Most zones.
const ZONE_LIMIT: usize = 64;

/// Most waits in `launch_retry`.
const RETRIES: usize = 100;

/// Largest gp3 volume, GiB (documented: EBS user guide).
const VOLUME_GIB: u32 = 16_384;

/// On and off, as the ECS API spells them.
pub(in super::super) const STATUS: [(&str, bool); 2] = [("ENABLED", true), ("DISABLED", false)];

/// What becomes of the initial instances, by name.
pub(in super::super) const INITIAL_INSTANCES: [(&str, InitialInstances); 2] =
    [("registered", InitialInstances::Registered), ("launched", InitialInstances::Launched)];

/// How often zones may be compared, seconds.
const AZ_REBALANCE_INTERVALS: (u64, u64) = (1, 3_650 * 86_400);

/// Processes that can be suspended, by the names of the API: of those that a simulation has, this one.
const PROCESSES: [(&str, ()); 1] = [("AZRebalance", ())];

/// On-demand allocation strategies by name.
pub(in super::super) const ON_DEMAND_STRATEGIES: [(&str, OnDemandAllocationStrategy); 2] = [
    ("lowest-price", OnDemandAllocationStrategy::LowestPrice),
    ("prioritized", OnDemandAllocationStrategy::Prioritized),
];

/// The Spot allocation strategies that a group has.
#[derive(Clone, Copy, PartialEq)]
pub(in super::super) enum SpotStrategyName {
    LowestPrice,
    CapacityOptimized,
    CapacityOptimizedPrioritized,
    PriceCapacityOptimized,
}

/// The same by name.
pub(in super::super) const SPOT_STRATEGIES: [(&str, SpotStrategyName); 4] = [
    ("lowest-price", SpotStrategyName::LowestPrice),
    ("capacity-optimized", SpotStrategyName::CapacityOptimized),
    ("capacity-optimized-prioritized", SpotStrategyName::CapacityOptimizedPrioritized),
    ("price-capacity-optimized", SpotStrategyName::PriceCapacityOptimized),
];

/// The settings.
#[expect(clippy::too_many_lines, reason = "a line for each setting")]
pub(super) fn read(cursor: &TableCursor<'_>) -> AutoScalingGroup {
    let duration = |key, default| cursor.parameter(key, default, |field| field.duration());
    let status = |key, default| cursor.parameter(key, default, |field| field.word(&STATUS));
    let (min_size, max_size, desired_capacity) = sizes(cursor);
    let instance_types = instance_types(cursor);
    let on_demand = on_demand_strategy(cursor, &instance_types);
    let on_demand_percent = cursor.parameter(
        "on_demand_percentage_above_base_capacity",
        p::ON_DEMAND_PERCENTAGE_ABOVE_BASE_CAPACITY,
        |field| field.whole(0, 100),
    );
    let group = AutoScalingGroup {
        min_size,
        max_size,
        desired_capacity,
        instance_types,
        on_demand_base_capacity: cursor.parameter(
            "on_demand_base_capacity",
            p::ON_DEMAND_BASE_CAPACITY,
            |field| field.whole(0, SIZE_LIMIT),
        ),
        on_demand_percentage_above_base_capacity: on_demand_percent,
        on_demand_allocation_strategy: on_demand,
        spot_allocation_strategy: spot_strategy(cursor),
        capacity_rebalance: cursor.parameter(
            "capacity_rebalance",
            p::CAPACITY_REBALANCE,
            |field| field.boolean(),
        ),
        az_rebalance: cursor.parameter("suspended_processes", p::AZ_REBALANCE, |field| {
            let suspended = field.list_of(PROCESSES.len(), |item| item.word(&PROCESSES))?;
            Some(suspended.is_empty())
        }),
        az_rebalance_interval: cursor.parameter(
            "az_rebalance_interval",
            p::AZ_REBALANCE_INTERVAL,
            |field| field.duration_between(AZ_REBALANCE_INTERVALS),
        ),
        availability_zones: cursor
            .field("availability_zones")
            .and_then(|field| field.list_of(ZONE_LIMIT, |item| item.name().map(str::to_owned)))
            .unwrap_or_default(),
        initial_instances: cursor.parameter("initial_instances", p::INITIAL_INSTANCES, |field| {
            field.word(&INITIAL_INSTANCES)
        }),
        managed_scaling: managed_scaling::read(&cursor.table_or_empty("managed_scaling")),
        managed_termination_protection: status(
            "managed_termination_protection",
            p::MANAGED_TERMINATION_PROTECTION,
        ),
        managed_draining: status("managed_draining", p::MANAGED_DRAINING),
        termination_detection: duration("termination_detection", p::TERMINATION_DETECTION),
        ecs_enable_spot_instance_draining: cursor.parameter(
            "ecs_enable_spot_instance_draining",
            p::ECS_ENABLE_SPOT_INSTANCE_DRAINING,
            |field| field.boolean(),
        ),
        managed_draining_timeout: duration("managed_draining_timeout", p::MANAGED_DRAINING_TIMEOUT),
        termination_policies: cursor.parameter(
            "termination_policies",
            p::TERMINATION_POLICIES.to_vec(),
            termination_policies::read,
        ),
        trunking: cursor.parameter("trunking", p::TRUNKING, |field| field.boolean()),
        reserved_memory: cursor
            .parameter("reserved_memory", p::RESERVED_MEMORY, |field| field.whole(0, 1 << 20)),
        registered_memory_ppm: cursor.parameter(
            "registered_memory_percent",
            p::REGISTERED_MEMORY_PPM,
            |field| field.percent(1.0, 100.0),
        ),
        root_volume_size_gib: cursor.parameter(
            "root_volume_size_gib",
            p::ROOT_VOLUME_SIZE_GIB,
            |field| field.whole(1, VOLUME_GIB),
        ),
        user_data_time: duration("user_data_time", p::USER_DATA_TIME),
        launch_retry: cursor.parameter("launch_retry", p::LAUNCH_RETRY.to_vec(), launch_retry),
        default_pool_depth: cursor
            .parameter("default_pool_depth", None, |field| field.whole(0, u32::MAX).map(Some)),
        attributes: cursor
            .field("attributes")
            .and_then(|field| attributes::read(&field))
            .unwrap_or_default(),
        provisioning_timeout: cursor.parameter(
            "provisioning_timeout",
            p::PROVISIONING_TIMEOUT,
            |field| field.positive_duration(),
        ),
        warm_pool: warm_pool::read(cursor, on_demand_percent),
    };
    cursor.finish_with(advice);
    group
}

/// Least, most and initial number of instances; without a desired capacity the least (documented: EC2
/// Auto Scaling API, CreateAutoScalingGroup).
fn sizes(cursor: &TableCursor<'_>) -> (u32, u32, u32) {
    let size = |field: Option<Field<'_>>| field.and_then(|field| field.whole(0, SIZE_LIMIT));
    let min = size(cursor.required("min_size", "min_size = 0"));
    let max = size(cursor.required("max_size", "max_size = 10"));
    let desired = cursor.field("desired_capacity");
    let given = desired.as_ref().and_then(|field| field.whole(0, SIZE_LIMIT));
    if let (Some(min), Some(max)) = (min, max) {
        if let Some(field) = cursor.field("min_size").filter(|_| min > max) {
            let predicate = format!("is {min}, above max_size = {max}");
            let finding = field.finding(Code::EmptyRange, &predicate).label("above `max_size`");
            cursor.report(finding.help("lower it, or raise `max_size`"));
        } else if let (Some(field), Some(given)) = (&desired, given)
            && !(min..=max).contains(&given)
        {
            let help = "the group keeps its size between min_size and max_size";
            field.out_of_range(&min.to_string(), &max.to_string(), Some(help));
        }
    }
    let min = min.unwrap_or(0);
    (min, max.unwrap_or(min), given.unwrap_or(min))
}

fn instance_types(cursor: &TableCursor<'_>) -> InstanceTypes {
    let name = |field: &Field<'_>| field.name().map(str::to_owned);
    let one = cursor.field("instance_type");
    let several = cursor.field("instance_types");
    let required = cursor.field("instance_requirements");
    let given: Vec<_> = [&one, &several, &required].into_iter().flatten().collect();
    if let [first, second, ..] = given.as_slice() {
        let predicate = "cannot stand beside another choice of types";
        let finding = second.finding(Code::ExclusiveKeys, predicate);
        cursor.report(finding.related(first.key, "the other one").help(CHOICES));
    }
    if given.is_empty() {
        let message = format!("`{}` says nothing of instance types", cursor.path.shown());
        cursor.report(Finding::new(Code::MissingKey, cursor.span, message).help(CHOICES));
    }
    if let Some(field) = required {
        let table = field.table();
        let mut required = table.as_ref().map(requirements::read).unwrap_or_default();
        // Documented: EC2's price protection is on unless stated otherwise.
        let default = p::PRICE_PROTECTION_PERCENT;
        let percent = &mut required.on_demand_max_price_percentage_over_lowest_price;
        if let (Some(stated), Some(table)) = (*percent, table) {
            table.state_as("on_demand_max_price_percentage_over_lowest_price", stated == default);
        }
        percent.get_or_insert(default);
        return InstanceTypes::Required(Box::new(required));
    }
    let listed = several.and_then(|field| field.list_of(TYPE_LIMIT, name));
    let one = one.as_ref().and_then(name).map(|name| vec![name]);
    InstanceTypes::Listed(one.or(listed).unwrap_or_default())
}

/// Documented: types in a list are taken in its order, others by their price.
fn on_demand_strategy(
    cursor: &TableCursor<'_>,
    types: &InstanceTypes,
) -> OnDemandAllocationStrategy {
    let default = match types {
        InstanceTypes::Listed(_) => OnDemandAllocationStrategy::Prioritized,
        InstanceTypes::Required(_) => OnDemandAllocationStrategy::LowestPrice,
    };
    const KEY: &str = "on_demand_allocation_strategy";
    let chosen = cursor.parameter(KEY, default, |field| field.word(&ON_DEMAND_STRATEGIES));
    if let (InstanceTypes::Required(_), OnDemandAllocationStrategy::Prioritized) = (types, chosen)
        && let Some(field) = cursor.field(KEY)
    {
        let finding = field.finding(Code::ExclusiveKeys, "needs a list of types to go by");
        cursor.report(finding.help("types chosen by requirements are bought by `lowest-price`"));
    }
    chosen
}

fn spot_strategy(cursor: &TableCursor<'_>) -> SpotAllocationStrategy {
    let pools = cursor.parameter("spot_instance_pools", p::SPOT_INSTANCE_POOLS, |field| {
        field.whole(1, SPOT_POOL_LIMIT)
    });
    let chosen =
        cursor.parameter("spot_allocation_strategy", SpotStrategyName::LowestPrice, |field| {
            field.word(&SPOT_STRATEGIES)
        });
    match chosen {
        SpotStrategyName::LowestPrice => SpotAllocationStrategy::LowestPrice { pools },
        SpotStrategyName::CapacityOptimized => SpotAllocationStrategy::CapacityOptimized,
        SpotStrategyName::CapacityOptimizedPrioritized => {
            SpotAllocationStrategy::CapacityOptimizedPrioritized
        }
        SpotStrategyName::PriceCapacityOptimized => SpotAllocationStrategy::PriceCapacityOptimized,
    }
}

const CHOICES: &str = "write one of `instance_type = \"m7g.large\"`, `instance_types = [..]` (in order \
                       of preference) and [capacity_provider.auto_scaling_group_provider.instance_requirements]";

fn launch_retry(field: &Field<'_>) -> Option<Vec<crate::units::SimDuration>> {
    let waits = field.list_of(RETRIES, |item| item.positive_duration())?;
    if waits.is_empty() {
        let finding = field.finding(Code::OutOfRange, "needs at least one wait");
        field.wrong(finding.help("the last wait repeats: [\"60s\"]"));
        return None;
    }
    Some(waits)
}

/// What to say of keys that Terraform and the API have and scenarios do not.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "launch_template" | "mixed_instances_policy" | "instances_distribution" | "override" => {
            Some(
                "leave this wrapper out: write its keys directly; overrides are `instance_types = [..]`",
            )
        }
        "vpc_zone_identifier" => Some(
            "write zone ids: `availability_zones = [\"use1-az1\"]`; left out: the cluster's zones",
        ),
        "block_device_mappings" => Some("write `root_volume_size_gib = 30`"),
        "auto_scaling_group_arn"
        | "tags"
        | "tag"
        | "key_name"
        | "image_id"
        | "health_check_type" => Some("nothing in a simulation depends on it: leave it out"),
        _ => None,
    }
}
