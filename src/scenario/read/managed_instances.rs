//! `managed_instances_provider`: the settings of an ECS Managed Instances capacity provider.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::field::Field;
use super::super::parameters as p;
use super::super::reader::TableCursor;
use super::super::spec::{ManagedInstances, PlanMemory, ScaleInAfter, SelectionPolicy};
use super::super::spot::{
    CapacityOptionType, ReservationPreference, SpotFeeBasis, SpotSelectionPolicy,
};
use super::requirements;

/// Least and greatest size of the data volume, GiB (documented: ECS API).
const STORAGE_GIB: (u32, u32) = (30, 16_384);

/// Greatest `scale_in_after`, seconds (documented: ECS API).
const SCALE_IN_SECONDS: u64 = 3_600;

/// Most waits in `capacity_retry`.
const RETRIES: usize = 100;

/// What the planner can count with, by name.
pub(in super::super) const PLAN_MEMORY: [(&str, PlanMemory); 2] =
    [("registered", PlanMemory::Registered), ("nominal", PlanMemory::Nominal)];

/// The selection policies by name.
pub(in super::super) const SELECTION_POLICIES: [(&str, SelectionPolicy); 2] = [
    ("cheapest-fit", SelectionPolicy::CheapestFit),
    ("capacity-first", SelectionPolicy::CapacityFirst),
];

/// The ways to buy by name.
pub(in super::super) const CAPACITY_OPTIONS: [(&str, CapacityOptionType); 3] = [
    ("ON_DEMAND", CapacityOptionType::OnDemand),
    ("SPOT", CapacityOptionType::Spot),
    ("RESERVED", CapacityOptionType::Reserved),
];

/// When capacity reservations are used, by name.
pub(in super::super) const RESERVATION_PREFERENCES: [(&str, ReservationPreference); 3] = [
    ("RESERVATIONS_ONLY", ReservationPreference::Only),
    ("RESERVATIONS_FIRST", ReservationPreference::First),
    ("RESERVATIONS_EXCLUDED", ReservationPreference::Excluded),
];

/// The selection policies of Spot by name.
pub(in super::super) const SPOT_POLICIES: [(&str, SpotSelectionPolicy); 4] = [
    ("depth-weighted", SpotSelectionPolicy::DepthWeighted),
    ("price-capacity-optimized", SpotSelectionPolicy::PriceCapacityOptimized),
    ("capacity-optimized", SpotSelectionPolicy::CapacityOptimized),
    ("lowest-price", SpotSelectionPolicy::LowestPrice),
];

/// What the fee can be a share of, by name.
pub(in super::super) const SPOT_FEE_BASES: [(&str, SpotFeeBasis); 2] =
    [("on-demand", SpotFeeBasis::OnDemand), ("spot", SpotFeeBasis::Spot)];

/// A provider that leaves everything out.
pub(super) fn defaults() -> ManagedInstances {
    ManagedInstances {
        capacity_option_type: CapacityOptionType::OnDemand,
        reservation_preference: ReservationPreference::First,
        instance_requirements: None,
        storage_size_gib: p::STORAGE_SIZE_GIB,
        scale_in_after: ScaleInAfter::Default,
        trunking: true,
        plan_memory: PlanMemory::Registered,
        selection_policy: SelectionPolicy::CheapestFit,
        spot_selection_policy: SpotSelectionPolicy::DepthWeighted,
        spot_fee_basis: SpotFeeBasis::OnDemand,
        price_tie_ppm: p::PRICE_TIE_PPM,
        batch_window: p::BATCH_WINDOW,
        capacity_retry: p::CAPACITY_RETRY.to_vec(),
        consolidation: true,
        consolidation_min_saving_ppm: p::CONSOLIDATION_MIN_SAVING_PPM,
        idle_default_cpu: p::IDLE_DEFAULT_CPU,
        idle_default_gpu: p::IDLE_DEFAULT_GPU,
        scale_in_detection: p::SCALE_IN_DETECTION,
        drain_after: p::DRAIN_AFTER,
        force_stop_after: p::FORCE_STOP_AFTER,
        registered_memory_ppm: p::REGISTERED_MEMORY_PPM,
        registered_memory_less_mib: p::REGISTERED_MEMORY_LESS_MIB,
        default_pool_depth: None,
    }
}

/// The settings.
pub(super) fn read(cursor: &TableCursor<'_>) -> ManagedInstances {
    let d = defaults();
    let duration = |key, default| cursor.parameter(key, default, |field| field.duration());
    let boolean = |key, default| cursor.parameter(key, default, |field| field.boolean());
    let percent = |key, default| cursor.parameter(key, default, |field| field.percent(0.0, 100.0));
    let settings = ManagedInstances {
        capacity_option_type: cursor.parameter(
            "capacity_option_type",
            d.capacity_option_type,
            |field| field.word(&CAPACITY_OPTIONS),
        ),
        reservation_preference: reservation_preference(cursor, d.reservation_preference),
        instance_requirements: cursor
            .field("instance_requirements")
            .and_then(|field| field.table())
            .map(|table| requirements::read(&table)),
        storage_size_gib: cursor.parameter("storage_size_gib", d.storage_size_gib, storage),
        scale_in_after: cursor.parameter("scale_in_after", d.scale_in_after, scale_in_after),
        trunking: boolean("trunking", d.trunking),
        plan_memory: cursor
            .parameter("plan_memory", d.plan_memory, |field| field.word(&PLAN_MEMORY)),
        selection_policy: cursor.parameter("selection_policy", d.selection_policy, |field| {
            field.word(&SELECTION_POLICIES)
        }),
        spot_selection_policy: cursor.parameter(
            "spot_selection_policy",
            d.spot_selection_policy,
            |field| field.word(&SPOT_POLICIES),
        ),
        spot_fee_basis: cursor
            .parameter("spot_fee_basis", d.spot_fee_basis, |field| field.word(&SPOT_FEE_BASES)),
        price_tie_ppm: percent("price_tie_percent", d.price_tie_ppm),
        batch_window: duration("batch_window", d.batch_window),
        capacity_retry: cursor.parameter("capacity_retry", d.capacity_retry, capacity_retry),
        consolidation: boolean("consolidation", d.consolidation),
        consolidation_min_saving_ppm: percent(
            "consolidation_min_saving_percent",
            d.consolidation_min_saving_ppm,
        ),
        idle_default_cpu: duration("idle_default_cpu", d.idle_default_cpu),
        idle_default_gpu: duration("idle_default_gpu", d.idle_default_gpu),
        scale_in_detection: duration("scale_in_detection", d.scale_in_detection),
        drain_after: duration("drain_after", d.drain_after),
        force_stop_after: duration("force_stop_after", d.force_stop_after),
        registered_memory_ppm: percent("registered_memory_percent", d.registered_memory_ppm),
        registered_memory_less_mib: cursor.parameter(
            "registered_memory_less_mib",
            d.registered_memory_less_mib,
            |field| field.whole(0, 1 << 20),
        ),
        default_pool_depth: cursor.parameter("default_pool_depth", d.default_pool_depth, |field| {
            field.whole(0, u32::MAX).map(Some)
        }),
    };
    cursor.finish_with(advice);
    check_lifetime(cursor, &settings);
    check_reservations(cursor, &settings);
    settings
}

/// `capacity_reservations = { reservation_preference = "RESERVATIONS_ONLY" }`.
fn reservation_preference(
    cursor: &TableCursor<'_>,
    default: ReservationPreference,
) -> ReservationPreference {
    let table = cursor.table_or_empty("capacity_reservations");
    let preference = table
        .parameter("reservation_preference", default, |field| field.word(&RESERVATION_PREFERENCES));
    table.finish_with(|key| {
        (key == "reservation_group_arn").then_some(
            "reservations are counted, not grouped: write [[capacity_reservation]] with instance_type, \
             availability_zone and instance_count",
        )
    });
    preference
}

/// Documented (Terraform provider, capacity_reservations): reservations are used by requirements. And
/// what nobody uses is a mistake.
fn check_reservations(cursor: &TableCursor<'_>, settings: &ManagedInstances) {
    let field = cursor.field("capacity_reservations");
    let Some(field) = field.or_else(|| cursor.field("capacity_option_type")) else {
        return;
    };
    let reserved = settings.capacity_option_type == CapacityOptionType::Reserved;
    let stated = settings.reservation_preference != ReservationPreference::First;
    let help = if !reserved && stated {
        "set capacity_option_type = \"RESERVED\", or leave capacity_reservations out"
    } else if reserved
        && settings.reservation_preference != ReservationPreference::Excluded
        && settings.instance_requirements.is_none()
    {
        "add instance_requirements: reservations are used when they match them"
    } else {
        return;
    };
    cursor.report(field.finding(Code::ReservationsUnused, "would never be used").help(help));
}

fn check_lifetime(cursor: &TableCursor<'_>, settings: &ManagedInstances) {
    let (drain, stop) = (settings.drain_after, settings.force_stop_after);
    if drain > stop
        && let Some(field) =
            cursor.field("drain_after").or_else(|| cursor.field("force_stop_after"))
    {
        let predicate = format!("makes drain_after = {drain} later than force_stop_after = {stop}");
        cursor.report(field.finding(Code::EmptyRange, &predicate).help("drain first, then stop"));
    }
}

fn storage(field: &Field<'_>) -> Option<u32> {
    let (least, most) = STORAGE_GIB;
    if let Some(value) = field.node.value.as_integer()
        && (1..i128::from(least)).contains(&value)
    {
        let help = "the ECS API documents 30 GiB as the least (80 when left out), though configurations \
                    with 16 have been published";
        field.out_of_range(&least.to_string(), &most.to_string(), Some(help));
        return None;
    }
    field.whole(least, most)
}

fn scale_in_after(field: &Field<'_>) -> Option<ScaleInAfter> {
    match field.node.value.as_text() {
        Some("default") => Some(ScaleInAfter::Default),
        Some(_) => scale_in_duration(field, field.duration()?),
        None => match field.integer(-1, SCALE_IN_SECONDS as i64)? {
            -1 => Some(ScaleInAfter::Off),
            seconds => scale_in_duration(field, SimDuration::from_secs(seconds.unsigned_abs())),
        },
    }
}

fn scale_in_duration(field: &Field<'_>, duration: SimDuration) -> Option<ScaleInAfter> {
    if duration <= SimDuration::from_secs(SCALE_IN_SECONDS) {
        return Some(ScaleInAfter::After(duration));
    }
    let help = "-1 turns scale-in off; leave the key out for AWS's own default";
    field.out_of_range("0", "3600 seconds", Some(help));
    None
}

fn capacity_retry(field: &Field<'_>) -> Option<Vec<SimDuration>> {
    let waits = field.list_of(RETRIES, |item| item.positive_duration())?;
    if waits.is_empty() {
        let finding = field.finding(Code::OutOfRange, "needs at least one wait");
        field.wrong(finding.help("the last wait repeats: [\"40s\", \"300s\"]"));
        return None;
    }
    Some(waits)
}

/// What to say of keys that Terraform and the API have and scenarios do not.
pub(super) fn advice(key: &str) -> Option<&'static str> {
    match key {
        "instance_launch_template" => Some(
            "leave this wrapper out: write [capacity_provider.managed_instances_provider.instance_requirements] \
             directly, and `storage_size_gib` in [capacity_provider.managed_instances_provider]",
        ),
        "storage_configuration" => Some(
            "leave this wrapper out: write `storage_size_gib = 80` in \
             [capacity_provider.managed_instances_provider]",
        ),
        "network_configuration" => Some(
            "networks are the cluster's: write `availability_zones = [..]` at the top, or [[subnet]] tables",
        ),
        "infrastructure_optimization" => Some(
            "leave this wrapper out: write `scale_in_after = 300` in \
             [capacity_provider.managed_instances_provider]",
        ),
        "infrastructure_role_arn"
        | "ec2_instance_profile_arn"
        | "propagate_tags"
        | "monitoring"
        | "tags"
        | "cluster" => Some("nothing in a simulation depends on it: leave it out"),
        _ => None,
    }
}
