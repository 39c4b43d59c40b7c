//! The steps of the funnel, one for each attribute (EC2 API, InstanceRequirementsRequest).

use super::funnel::{FilterOptions, Scope, zone_set};
use super::instance_type::{Accelerators, InstanceType, LocalStorage};
use super::offering::PurchaseOption;
use super::requirements::{Inclusion, InstanceRequirements, Range};
use super::wildcard::wildcard_matches;
use super::{Catalog, family};

/// Whether the type at a position passes.
type Admits<'a> = Box<dyn Fn(usize) -> bool + 'a>;

/// An attribute and its test.
type Step<'a> = (&'static str, Admits<'a>);

/// Every step but price protection that restricts anything, in order.
pub(super) fn all<'a>(
    catalog: &'a Catalog,
    requirements: &'a InstanceRequirements,
    options: &'a FilterOptions<'a>,
) -> Vec<Step<'a>> {
    let mut steps = Steps { types: catalog.types(), list: Vec::new() };
    place(&mut steps, catalog, options);
    processor(&mut steps, requirements);
    names(&mut steps, requirements);
    kind(&mut steps, requirements);
    network_and_storage(&mut steps, requirements);
    accelerators(&mut steps, requirements);
    ec2_only(&mut steps, requirements);
    if options.scope == Scope::ManagedInstances {
        managed_instances(&mut steps, catalog);
    }
    let option = options.purchase_option;
    steps.list.push(("price_known", Box::new(move |index| catalog.price(index, option).is_some())));
    steps.list
}

struct Steps<'a> {
    types: &'a [InstanceType],
    list: Vec<Step<'a>>,
}

impl<'a> Steps<'a> {
    /// Adds a step on the type alone, if it is `stated`.
    fn add(
        &mut self,
        attribute: &'static str,
        stated: bool,
        admits: impl Fn(&InstanceType) -> bool + 'a,
    ) {
        if stated {
            let types = self.types;
            self.list.push((attribute, Box::new(move |index| admits(&types[index]))));
        }
    }

    /// Adds a step on an optional range.
    fn range<T: PartialOrd + Copy + 'a>(
        &mut self,
        attribute: &'static str,
        range: Option<Range<T>>,
        value: impl Fn(&InstanceType) -> Option<T> + 'a,
    ) {
        if let Some(range) = range {
            self.add(attribute, true, move |t| {
                value(t).is_some_and(|value| range.contains(&value))
            });
        }
    }

    /// Adds a step on a property that may be required or excluded.
    fn inclusion(
        &mut self,
        attribute: &'static str,
        rule: Inclusion,
        has: impl Fn(&InstanceType) -> bool + 'a,
    ) {
        let wanted = rule == Inclusion::Required;
        self.add(attribute, rule != Inclusion::Included, move |t| has(t) == wanted);
    }
}

fn place<'a>(steps: &mut Steps<'a>, catalog: &'a Catalog, options: &'a FilterOptions<'a>) {
    steps.list.push(("region", Box::new(|index| catalog.offering(index).is_offered())));
    if !options.availability_zones.is_empty() {
        let zones = zone_set(catalog, options.availability_zones);
        let offered = move |index| catalog.offering(index).zones.intersects(zones);
        steps.list.push(("availability_zones", Box::new(offered)));
    }
    let spot = options.purchase_option == PurchaseOption::Spot;
    let sold = move |t: &InstanceType| if spot { t.spot_supported } else { t.on_demand_supported };
    steps.add("purchase_option", true, sold);
}

fn processor<'a>(steps: &mut Steps<'a>, wanted: &'a InstanceRequirements) {
    steps.add("vcpu_count", true, |t| wanted.vcpu_count.contains(&t.vcpus));
    steps.add("memory_mib", true, |t| wanted.memory_mib.contains(&t.memory));
    let makers = &wanted.cpu_manufacturers;
    steps.add("cpu_manufacturers", !makers.is_empty(), |t| makers.contains(&t.cpu_manufacturer));
    steps.range("memory_gib_per_vcpu", wanted.memory_gib_per_vcpu, |t| {
        Some(t.memory_gib_per_vcpu())
    });
}

fn names<'a>(steps: &mut Steps<'a>, wanted: &'a InstanceRequirements) {
    let hits = |patterns: &[String], name: &str| patterns.iter().any(|p| wildcard_matches(p, name));
    let (allowed, excluded) = (&wanted.allowed_instance_types, &wanted.excluded_instance_types);
    steps.add("allowed_instance_types", !allowed.is_empty(), move |t| hits(allowed, &t.name));
    steps.add("excluded_instance_types", !excluded.is_empty(), move |t| !hits(excluded, &t.name));
}

fn kind<'a>(steps: &mut Steps<'a>, wanted: &'a InstanceRequirements) {
    let generations = &wanted.instance_generations;
    let admits = |t: &InstanceType| generations.contains(&t.generation);
    steps.add("instance_generations", !generations.is_empty(), admits);
    steps.inclusion("bare_metal", wanted.bare_metal, |t| t.bare_metal);
    steps.inclusion("burstable_performance", wanted.burstable_performance, |t| t.burstable);
    steps.add("require_hibernate_support", wanted.require_hibernate_support, |t| t.hibernation);
}

fn network_and_storage<'a>(steps: &mut Steps<'a>, wanted: &'a InstanceRequirements) {
    let interfaces = wanted.network_interface_count;
    steps.range("network_interface_count", interfaces, |t| Some(t.max_enis_all_cards));
    steps.range("network_bandwidth_gbps", wanted.network_bandwidth_gbps, |t| {
        t.network_gbps_baseline
    });
    let total = |t: &InstanceType| t.local_storage.map_or(0.0, |disks| f64::from(disks.total_gb));
    steps.inclusion("local_storage", wanted.local_storage, |t| t.local_storage.is_some());
    // A list of kinds asks for local storage of one of them; both kinds are the default and ask for
    // nothing (assumed: the API text says "the type of local storage that is required").
    let kinds = &wanted.local_storage_types;
    let of_kind = |disks: LocalStorage| kinds.contains(&disks.kind);
    let stated = !kinds.is_empty() && kinds.len() < 2;
    steps.add("local_storage_types", stated, move |t| t.local_storage.is_some_and(of_kind));
    steps.range("total_local_storage_gb", wanted.total_local_storage_gb, move |t| Some(total(t)));
    let ebs = wanted.baseline_ebs_bandwidth_mbps;
    steps.range("baseline_ebs_bandwidth_mbps", ebs, |t| t.ebs_baseline_mbps);
}

fn accelerators<'a>(steps: &mut Steps<'a>, wanted: &'a InstanceRequirements) {
    let count = |t: &InstanceType| t.accelerators.as_ref().map_or(0, |chips| chips.count);
    let memory = |t: &InstanceType| t.accelerators.as_ref().map_or(0, |chips| chips.memory);
    let any = |list: &[String], hits: &dyn Fn(&str) -> bool| list.iter().any(|word| hits(word));
    let kinds = &wanted.accelerator_types;
    let of_kind = move |chips: &Accelerators| {
        any(kinds, &|kind| chips.kind.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(kind)))
    };
    let makers = &wanted.accelerator_manufacturers;
    let of_maker = move |chips: &Accelerators| {
        any(makers, &|maker| chips.manufacturer.eq_ignore_ascii_case(maker))
    };
    let list = &wanted.accelerator_names;
    let named = move |chips: &Accelerators| any(list, &|name| is_accelerator(&chips.name, name));
    let has = |t: &InstanceType, test: &dyn Fn(&Accelerators) -> bool| {
        t.accelerators.as_ref().is_some_and(test)
    };
    steps.add("accelerator_types", !kinds.is_empty(), move |t| has(t, &of_kind));
    steps.range("accelerator_count", wanted.accelerator_count, move |t| Some(count(t)));
    steps.add("accelerator_manufacturers", !makers.is_empty(), move |t| has(t, &of_maker));
    steps.add("accelerator_names", !list.is_empty(), move |t| has(t, &named));
    let total = wanted.accelerator_total_memory_mib;
    steps.range("accelerator_total_memory_mib", total, move |t| Some(memory(t)));
}

/// Whether AWS's display name (`A10G`, `Virtex UltraScale+ (VU47P)`) is meant by a name in the API's
/// form (`a10g`, `vu47p`): lower case, hyphens for spaces, or what stands in brackets.
fn is_accelerator(display: &str, wanted: &str) -> bool {
    let form = |text: &str| text.trim().to_lowercase().replace(' ', "-");
    let wanted = form(wanted);
    let bracketed = display.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    form(display) == wanted || bracketed.is_some_and(|(inner, _)| form(inner) == wanted)
}

fn ec2_only<'a>(steps: &mut Steps<'a>, wanted: &'a InstanceRequirements) {
    let encrypted = wanted.require_encryption_in_transit;
    steps.add("require_encryption_in_transit", encrypted, |t| t.encryption_in_transit);
    let least = least_generation(wanted);
    steps.add("baseline_performance_families", least.is_some(), move |t| {
        t.generation_number >= least
    });
}

/// The lowest generation of the families named as a performance baseline.
fn least_generation(wanted: &InstanceRequirements) -> Option<u32> {
    let families = &wanted.baseline_performance_families;
    families.iter().filter_map(|name| family::generation_number(name)).min()
}

fn managed_instances<'a>(steps: &mut Steps<'a>, catalog: &'a Catalog) {
    let bought = |t: &InstanceType| catalog.is_managed_instances_family(t.family());
    steps.add("managed_instances_families", true, bought);
    steps.add("managed_instances_vcpus", true, |t| t.vcpus > 1);
    steps.add("managed_instances_sizes", true, |t| !["nano", "micro"].contains(&t.size()));
    // The fee is a share of the on-demand price, Spot or not.
    steps.add("managed_instances_on_demand", true, |t| t.on_demand_supported);
}

/// What the reader should know about requirements that AWS does not fully publish, or that name
/// nothing.
pub(super) fn notes(
    catalog: &Catalog,
    wanted: &InstanceRequirements,
    options: &FilterOptions<'_>,
) -> Vec<String> {
    let mut notes = Vec::new();
    if !wanted.baseline_performance_families.is_empty() {
        notes.push(
            "baseline_performance_families: AWS does not publish its performance scores; types of an \
             older generation number are removed instead (assumed)"
                .to_owned(),
        );
    }
    let names = catalog.types().iter().map(|known| known.name.as_str());
    for (attribute, pattern) in patterns(wanted) {
        if !names.clone().any(|name| wildcard_matches(pattern, name)) {
            let near = catalog.nearest_type(pattern).filter(|_| !pattern.contains('*'));
            let hint = near.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
            notes.push(format!("{attribute}: no instance type is named {pattern:?}{hint}"));
        }
    }
    for id in options.availability_zones.iter().filter(|id| !catalog.zones().contains(id)) {
        notes.push(format!("availability_zones: {} has no zone {id:?}", catalog.region()));
    }
    notes
}

fn patterns(wanted: &InstanceRequirements) -> impl Iterator<Item = (&'static str, &str)> {
    let allowed =
        wanted.allowed_instance_types.iter().map(|p| ("allowed_instance_types", p.as_str()));
    let excluded =
        wanted.excluded_instance_types.iter().map(|p| ("excluded_instance_types", p.as_str()));
    allowed.chain(excluded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accelerators_are_named_as_the_api_does() {
        assert!(is_accelerator("A10G", "a10g"));
        assert!(is_accelerator("Virtex UltraScale+ (VU47P)", "vu47p"));
        assert!(is_accelerator("RTX PRO 4500", "rtx-pro-4500"));
        assert!(!is_accelerator("A10G", "a100"));
    }
}
