//! `instance_requirements`: what instance types a provider may buy.

use std::fmt::Display;

use crate::catalog::{
    CpuManufacturer, Generation, Inclusion, InstanceRequirements, LocalStorageType, Range,
};
use crate::io::Code;

use super::super::field::Field;
use super::super::reader::TableCursor;
use super::super::report::Finding;

/// Most names in a list of instance types (documented: ECS API).
const TYPE_LIMIT: usize = 400;

/// Most words in the other lists.
const WORD_LIMIT: usize = 100;

/// The greatest percentage; 999,999 means off (documented: EC2 API).
const PERCENT_LIMIT: u32 = 999_999;

/// A number of GiB, GB or Gbit/s that no instance type reaches.
const LARGE: f64 = 1e9;

/// Processor manufacturers by name.
pub(in super::super) const MANUFACTURERS: [(&str, CpuManufacturer); 4] = [
    ("intel", CpuManufacturer::Intel),
    ("amd", CpuManufacturer::Amd),
    ("amazon-web-services", CpuManufacturer::AmazonWebServices),
    ("apple", CpuManufacturer::Apple),
];

/// Generations by name.
pub(in super::super) const GENERATIONS: [(&str, Generation); 2] =
    [("current", Generation::Current), ("previous", Generation::Previous)];

/// Inclusions by name.
pub(in super::super) const INCLUSIONS: [(&str, Inclusion); 3] = [
    ("included", Inclusion::Included),
    ("required", Inclusion::Required),
    ("excluded", Inclusion::Excluded),
];

/// Kinds of local storage by name.
pub(in super::super) const LOCAL_STORAGE_TYPES: [(&str, LocalStorageType); 2] =
    [("hdd", LocalStorageType::Hdd), ("ssd", LocalStorageType::Ssd)];

const ACCELERATOR_TYPES: [(&str, &str); 4] =
    [("gpu", "gpu"), ("fpga", "fpga"), ("inference", "inference"), ("media", "media")];

const ACCELERATOR_MANUFACTURERS: [(&str, &str); 5] = [
    ("nvidia", "nvidia"),
    ("amd", "amd"),
    ("amazon-web-services", "amazon-web-services"),
    ("xilinx", "xilinx"),
    ("habana", "habana"),
];

/// The requirements; EC2's default for everything that is left out.
pub(super) fn read(cursor: &TableCursor<'_>) -> InstanceRequirements {
    let mut requirements = InstanceRequirements::default();
    sizes(cursor, &mut requirements);
    types(cursor, &mut requirements);
    prices(cursor, &mut requirements);
    properties(cursor, &mut requirements);
    network_and_storage(cursor, &mut requirements);
    accelerators(cursor, &mut requirements);
    cursor.finish();
    requirements
}

fn sizes(cursor: &TableCursor<'_>, r: &mut InstanceRequirements) {
    let vcpu = cursor.required("vcpu_count", "vcpu_count = { min = 2, max = 4 }");
    let memory = cursor.required("memory_mib", "memory_mib = { min = 2048, max = 16384 }");
    r.vcpu_count = vcpu.and_then(|field| required_range(&field)).unwrap_or(r.vcpu_count);
    r.memory_mib = memory.and_then(|field| required_range(&field)).unwrap_or(r.memory_mib);
    r.memory_gib_per_vcpu = float_range(cursor, "memory_gib_per_vcpu");
}

fn types(cursor: &TableCursor<'_>, r: &mut InstanceRequirements) {
    let list = |key| {
        let field = cursor.field(key);
        let types = field.as_ref().and_then(|field| field.list_of(TYPE_LIMIT, type_pattern));
        (types.unwrap_or_default(), field)
    };
    let (allowed, _) = list("allowed_instance_types");
    let (excluded, field) = list("excluded_instance_types");
    if !allowed.is_empty()
        && !excluded.is_empty()
        && let Some(field) = field
    {
        exclusive(cursor, &field, "allowed_instance_types");
    }
    r.allowed_instance_types = allowed;
    r.excluded_instance_types = excluded;
    r.instance_generations = words(cursor, "instance_generations", &GENERATIONS);
    r.cpu_manufacturers = words(cursor, "cpu_manufacturers", &MANUFACTURERS);
    r.baseline_performance_families = cursor
        .field("baseline_performance_families")
        .and_then(|field| field.list_of(WORD_LIMIT, type_pattern))
        .unwrap_or_default();
}

fn exclusive(cursor: &TableCursor<'_>, field: &Field<'_>, other: &'static str) {
    let predicate = format!("cannot stand beside `{other}`");
    let mut finding = field.finding(Code::ExclusiveKeys, &predicate);
    if let Some(first) = cursor.field(other) {
        finding = finding.related(first.key, "the other one");
    }
    cursor.report(finding.help("keep one of the two"));
}

fn prices(cursor: &TableCursor<'_>, r: &mut InstanceRequirements) {
    let percent = |key| cursor.field(key).and_then(|field| field.whole(0, PERCENT_LIMIT));
    r.on_demand_max_price_percentage_over_lowest_price =
        percent("on_demand_max_price_percentage_over_lowest_price");
    r.spot_max_price_percentage_over_lowest_price =
        percent("spot_max_price_percentage_over_lowest_price");
    r.max_spot_price_as_percentage_of_optimal_on_demand_price =
        percent("max_spot_price_as_percentage_of_optimal_on_demand_price");
    let other = "spot_max_price_percentage_over_lowest_price";
    if r.spot_max_price_percentage_over_lowest_price.is_some()
        && let Some(field) = cursor.field("max_spot_price_as_percentage_of_optimal_on_demand_price")
    {
        exclusive(cursor, &field, other);
    }
}

fn properties(cursor: &TableCursor<'_>, r: &mut InstanceRequirements) {
    let inclusion = |key, default| {
        cursor.field(key).and_then(|field| field.word(&INCLUSIONS)).unwrap_or(default)
    };
    let flag = |key| cursor.field(key).and_then(|field| field.boolean()).unwrap_or(false);
    r.bare_metal = inclusion("bare_metal", r.bare_metal);
    r.burstable_performance = inclusion("burstable_performance", r.burstable_performance);
    r.local_storage = inclusion("local_storage", r.local_storage);
    r.require_hibernate_support = flag("require_hibernate_support");
    r.require_encryption_in_transit = flag("require_encryption_in_transit");
}

fn network_and_storage(cursor: &TableCursor<'_>, r: &mut InstanceRequirements) {
    r.network_interface_count = whole_range(cursor, "network_interface_count");
    r.network_bandwidth_gbps = float_range(cursor, "network_bandwidth_gbps");
    r.baseline_ebs_bandwidth_mbps = whole_range(cursor, "baseline_ebs_bandwidth_mbps");
    r.total_local_storage_gb = float_range(cursor, "total_local_storage_gb");
    r.local_storage_types = words(cursor, "local_storage_types", &LOCAL_STORAGE_TYPES);
}

fn accelerators(cursor: &TableCursor<'_>, r: &mut InstanceRequirements) {
    let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
    r.accelerator_types = owned(words(cursor, "accelerator_types", &ACCELERATOR_TYPES));
    r.accelerator_count = whole_range(cursor, "accelerator_count");
    r.accelerator_manufacturers =
        owned(words(cursor, "accelerator_manufacturers", &ACCELERATOR_MANUFACTURERS));
    r.accelerator_names = cursor
        .field("accelerator_names")
        .and_then(|field| field.list_of(WORD_LIMIT, |item| item.name().map(str::to_owned)))
        .unwrap_or_default();
    r.accelerator_total_memory_mib = whole_range(cursor, "accelerator_total_memory_mib");
}

fn words<T: Copy>(cursor: &TableCursor<'_>, key: &'static str, known: &[(&str, T)]) -> Vec<T> {
    cursor
        .field(key)
        .and_then(|field| field.list_of(WORD_LIMIT, |item| item.word(known)))
        .unwrap_or_default()
}

/// An instance type's or family's name, with `*` for any characters.
fn type_pattern(field: &Field<'_>) -> Option<String> {
    let text = field.name()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '*' | '-');
    if text.chars().all(fits) {
        return Some(text.to_owned());
    }
    let finding = field.finding(Code::BadName, "is not the name of instance types");
    field.wrong(finding.help("for example \"m7g.large\", \"c5*.*\", \"t4g.*\""));
    None
}

fn whole_range(cursor: &TableCursor<'_>, key: &'static str) -> Option<Range<u32>> {
    let table = cursor.field(key)?.table()?;
    let min = table.field("min").map_or(Some(0), |field| field.whole(0, u32::MAX));
    range(&table, min, |field| field.whole(0, u32::MAX))
}

fn float_range(cursor: &TableCursor<'_>, key: &'static str) -> Option<Range<f64>> {
    let table = cursor.field(key)?.table()?;
    let min = table.field("min").map_or(Some(0.0), |field| field.number(0.0, LARGE));
    range(&table, min, |field| field.number(0.0, LARGE))
}

/// A range whose least value the API requires.
fn required_range(field: &Field<'_>) -> Option<Range<u32>> {
    let table = field.table()?;
    let min = table.required("min", "min = 1").and_then(|field| field.whole(0, u32::MAX));
    range(&table, min, |field| field.whole(0, u32::MAX))
}

/// The rest of a range: its greatest value, and that the two are in order.
fn range<T: PartialOrd + Display>(
    table: &TableCursor<'_>,
    min: Option<T>,
    read: impl Fn(&Field<'_>) -> Option<T>,
) -> Option<Range<T>> {
    let given = table.field("max");
    let max = given.as_ref().and_then(read);
    table.finish();
    let min = min?;
    if let (Some(most), Some(field)) = (&max, &given)
        && min > *most
    {
        let message = format!("`{}` has min = {min} above max = {most}", table.path.shown());
        table.report(
            Finding::new(Code::EmptyRange, field.node.span, message)
                .label("below the minimum")
                .help("no instance type lies in between: exchange the two"),
        );
        return None;
    }
    (given.is_none() || max.is_some()).then_some(Range { min, max })
}
