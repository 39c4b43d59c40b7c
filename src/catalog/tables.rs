//! The built-in tables: embedded text, columns, dates and sources (data/README.md tells the rest).

use super::table::Table;

/// The date of the built-in instance types and offerings: a describe-instance-types dump of late
/// October 2026 (PyPI `moto` 5.2.5).
pub const CATALOG_AS_OF: &str = "2026-10";

/// A built-in table, for `taskyard catalog`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// File name under `data/`.
    pub name: &'static str,
    /// Data rows.
    pub rows: usize,
    /// Its date, or the dates that its rows span.
    pub as_of: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

macro_rules! table {
    ($(#[$doc:meta])* $name:ident, $file:literal, $columns:expr) => {
        $(#[$doc])*
        pub(super) static $name: Table<'static> = Table {
            name: $file,
            columns: &$columns,
            text: include_str!(concat!("../../data/", $file)),
        };
    };
}

table!(
    /// One row per instance type, sorted by name.
    INSTANCE_TYPES,
    "instance_types.csv",
    [
        "instance_type",
        "family",
        "size",
        "architecture",
        "vcpus",
        "cores",
        "threads_per_core",
        "valid_cores",
        "memory_mib",
        "cpu_manufacturer",
        "sustained_clock_ghz",
        "generation",
        "burstable",
        "bare_metal",
        "hypervisor",
        "max_enis",
        "max_enis_all_cards",
        "ipv4_per_eni",
        "network_cards",
        "gpu_count",
        "gpu_logical_count",
        "gpu_name",
        "gpu_manufacturer",
        "gpu_memory_mib",
        "accelerator_kind",
        "accelerator_type",
        "accelerator_name",
        "accelerator_manufacturer",
        "accelerator_count",
        "accelerator_memory_mib",
        "local_storage_gb",
        "local_storage_type",
        "local_storage_disks",
        "network_performance",
        "network_gbps_baseline",
        "network_gbps_peak",
        "ebs_baseline_mbps",
        "ebs_max_mbps",
        "ebs_baseline_iops",
        "ebs_max_volumes",
        "encryption_in_transit_supported",
        "hibernation_supported",
        "spot_supported",
        "on_demand_supported",
    ]
);
table!(
    /// Zones of each type, sorted by region and type.
    OFFERINGS,
    "offerings.csv",
    ["region", "instance_type", "zone_ids"]
);
table!(
    /// Task network interfaces by formula, sorted by type.
    TRUNKING,
    "trunking.csv",
    [
        "instance_type",
        "branch_enis",
        "task_eni_slots_trunked",
        "ecs_trunking",
        "source",
        "as_of"
    ]
);
table!(
    /// Task network interfaces as AWS prints them, where that differs: AWS wins. Sorted by type.
    TRUNKING_DOCUMENTED,
    "trunking_documented.csv",
    ["instance_type", "task_eni_slots", "task_eni_slots_trunked", "source", "as_of"]
);
table!(
    /// Prices, sorted by region and type.
    PRICES,
    "prices.csv",
    [
        "region",
        "instance_type",
        "on_demand_usd_per_hour",
        "on_demand_source",
        "spot_usd_per_hour",
        "spot_saving_percent",
        "spot_interruption_band",
        "offered",
    ]
);
table!(
    /// The series that the prices mix.
    PRICE_SERIES,
    "price_series.csv",
    ["series", "as_of", "quoted", "source", "note"]
);
table!(
    /// Valid Fargate sizes.
    FARGATE_SIZES,
    "fargate_sizes.csv",
    ["cpu_units", "memory_mib", "linux", "windows", "min_platform_version"]
);
table!(
    /// Fargate prices, sorted by region.
    FARGATE_PRICES,
    "fargate_prices.csv",
    [
        "region",
        "operating_system",
        "cpu_architecture",
        "purchase_option",
        "usd_per_vcpu_hour",
        "usd_per_gb_hour",
        "usd_per_os_licence_vcpu_hour",
        "usd_per_ephemeral_gb_hour",
        "source",
        "as_of",
    ]
);
table!(
    /// EBS prices, sorted by region.
    EBS_PRICES,
    "ebs_prices.csv",
    [
        "region",
        "volume_type",
        "usd_per_gb_month",
        "usd_per_iops_month_over_3000",
        "source",
        "as_of"
    ]
);
table!(
    /// Management fees of ECS Managed Instances.
    MANAGED_INSTANCES_FEES,
    "managed_instances_fees.csv",
    ["family_prefix", "from_date", "percent_of_on_demand", "grade", "n", "source"]
);
table!(
    /// Families that ECS Managed Instances buys, sorted.
    MANAGED_INSTANCES_FAMILIES,
    "managed_instances_families.csv",
    ["family", "source", "as_of"]
);
table!(
    /// CPU credits, sorted by type.
    BURSTABLE_BASELINES,
    "burstable_baselines.csv",
    [
        "instance_type",
        "vcpus",
        "baseline_percent_per_vcpu",
        "credits_per_hour",
        "max_credits",
        "launch_credits",
        "default_mode",
        "surplus_usd_per_vcpu_hour",
        "source",
        "as_of",
    ]
);

/// Every built-in table with its date and source, in the order of data/README.md.
static ALL: [(&Table<'static>, &str, &str); 12] = [
    (&INSTANCE_TYPES, CATALOG_AS_OF, "PyPI moto 5.2.5: describe-instance-types"),
    (&OFFERINGS, CATALOG_AS_OF, "PyPI moto 5.2.5: describe-instance-type-offerings"),
    (
        &TRUNKING,
        "2026-08",
        "karpenter-provider-aws, amazon-vpc-resource-controller-k8s; exclusions of the ECS guide",
    ),
    (&TRUNKING_DOCUMENTED, "2026", "ECS developer guide: eni-trunking-supported-instance-types"),
    (
        &PRICES,
        "2025-04 to 2026-07",
        "AWS price list, Spot Instance Advisor, own estimates: by series",
    ),
    (&PRICE_SERIES, "2025-04 to 2026-07", "by row"),
    (&FARGATE_SIZES, "2026", "ECS developer guide: fargate-tasks-services"),
    (&FARGATE_PRICES, "2026", "AWS Fargate list prices: by row"),
    (&EBS_PRICES, "2024-07", "Amazon EBS list prices"),
    (&MANAGED_INSTANCES_FEES, "2026-07", "bills and announcements: by row"),
    (&MANAGED_INSTANCES_FAMILIES, "2026", "ECS developer guide: managed-instances-instance-types"),
    (&BURSTABLE_BASELINES, "2026", "EC2 user guide: burstable performance instances"),
];

/// The texts of the built-in tables.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(table, _, _)| table.text)
}

/// The built-in tables with their sizes, dates and sources.
#[must_use]
pub fn tables() -> Vec<TableInfo> {
    ALL.iter()
        .map(|(table, as_of, source)| TableInfo {
            name: table.name,
            rows: table.row_count(),
            as_of,
            source,
        })
        .collect()
}
