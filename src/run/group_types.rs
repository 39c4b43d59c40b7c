//! The types that an Auto Scaling group may launch.

use crate::catalog::{Catalog, FilterOptions, Funnel, MemoryRule, PurchaseOption, Scope, filter};
use crate::model::{AutoScalingGroupSetup, Candidate};
use crate::scenario::{AutoScalingGroup, InstanceTypes, PoolState, ProviderKind, Scenario};
use crate::units::{UsdPerHour, ZoneId};

use super::prepare::{Unfit, burst, gp3, zone_bits};
use super::spot;

/// Which types the group admits. A list is no funnel: it admits what it names and the catalogue knows.
pub(super) fn funnel(group: &AutoScalingGroup, catalog: &Catalog) -> Funnel {
    match &group.instance_types {
        InstanceTypes::Required(requirements) => {
            filter(catalog, requirements, &FilterOptions::new(Scope::Ec2))
        }
        InstanceTypes::Listed(types) => {
            let mut admitted: Vec<usize> =
                types.iter().filter_map(|name| catalog.index_of(name)).collect();
            admitted.sort_unstable();
            admitted.dedup();
            Funnel { total: types.len(), steps: Vec::new(), admitted, notes: Vec::new() }
        }
    }
}

/// The group, resolved; what does not fit the catalogue is told.
pub(super) fn resolve(
    name: &str,
    group: &AutoScalingGroup,
    (scenario, catalog): (&Scenario, &Catalog),
    funnel: &Funnel,
    zones: &[String],
    unfit: &mut Vec<Unfit>,
) -> AutoScalingGroupSetup {
    let own = own_zones(name, group, zones, unfit);
    let names: Vec<String> = own.iter().map(|zone| zones[zone.index()].clone()).collect();
    let order = match &group.instance_types {
        InstanceTypes::Required(_) => funnel.admitted.clone(),
        InstanceTypes::Listed(types) => listed(name, types, catalog, &names, unfit),
    };
    let order = hibernating(name, group, catalog, order, unfit);
    let bits = own.iter().fold(0_u64, |bits, zone| bits | 1 << zone.0);
    let mut candidates = Vec::new();
    for option in options(group) {
        let of_option = order.iter().filter_map(|index| {
            let offered = zone_bits(catalog, *index, zones) & bits;
            candidate(group, (scenario, catalog), *index, option, (zones, offered))
        });
        let before = candidates.len();
        candidates.extend(of_option);
        if option == PurchaseOption::Spot && candidates.len() == before && !order.is_empty() {
            unfit.push(without_spot_price(name, catalog));
        }
    }
    AutoScalingGroupSetup { name: name.to_owned(), settings: group.clone(), candidates, zones: own }
}

/// Documented (EC2 user guide, hibernating-prerequisites): not every type can hibernate. Requirements
/// choose among those that can; a list must name no other.
fn hibernating(
    name: &str,
    group: &AutoScalingGroup,
    catalog: &Catalog,
    mut order: Vec<usize>,
    unfit: &mut Vec<Unfit>,
) -> Vec<usize> {
    if !group.warm_pool.is_some_and(|pool| pool.pool_state == PoolState::Hibernated) {
        return order;
    }
    let cannot = |index: &usize| !catalog.types()[*index].hibernation;
    match &group.instance_types {
        InstanceTypes::Required(_) => order.retain(|index| !cannot(index)),
        InstanceTypes::Listed(_) => {
            unfit.extend(order.iter().filter(|index| cannot(index)).map(|index| Unfit {
                path: format!("capacity_provider.{name}.auto_scaling_group_provider.warm_pool"),
                message: format!("{} cannot hibernate", catalog.types()[*index].name),
                help: "write `pool_state = \"Stopped\"`, or name another type".to_owned(),
            }));
        }
    }
    order
}

/// The zones that groups state, in the order of the scenario.
pub(super) fn stated_zones(scenario: &Scenario) -> Vec<String> {
    let mut zones = Vec::new();
    for provider in &scenario.capacity_providers {
        if let ProviderKind::AutoScalingGroup(group) = &provider.kind {
            for zone in &group.availability_zones {
                if !zones.contains(zone) {
                    zones.push(zone.clone());
                }
            }
        }
    }
    zones
}

/// How the group buys.
fn options(group: &AutoScalingGroup) -> Vec<PurchaseOption> {
    let percent = group.on_demand_percentage_above_base_capacity;
    let on_demand = group.on_demand_base_capacity > 0 || percent > 0;
    let mut options = Vec::new();
    if on_demand {
        options.push(PurchaseOption::OnDemand);
    }
    if percent < 100 {
        options.push(PurchaseOption::Spot);
    }
    options
}

fn without_spot_price(name: &str, catalog: &Catalog) -> Unfit {
    Unfit {
        path: format!("capacity_provider.{name}.auto_scaling_group_provider"),
        message: format!("no Spot price of any of its types is known in {}", catalog.region()),
        help: "state prices with --prices, or buy on demand: \
               `on_demand_percentage_above_base_capacity = 100`"
            .to_owned(),
    }
}

/// The zones of the group among those of the cluster.
fn own_zones(
    name: &str,
    group: &AutoScalingGroup,
    zones: &[String],
    unfit: &mut Vec<Unfit>,
) -> Vec<ZoneId> {
    if group.availability_zones.is_empty() {
        return (0..zones.len()).map(ZoneId::from_index).collect();
    }
    let mut own = Vec::new();
    for stated in &group.availability_zones {
        match zones.iter().position(|zone| zone == stated) {
            Some(position) => own.push(ZoneId::from_index(position)),
            None => unfit.push(Unfit {
                path: format!("capacity_provider.{name}.auto_scaling_group_provider"),
                message: format!("\"{stated}\" is not a zone of the cluster"),
                help: format!("the cluster's zones are {}", zones.join(", ")),
            }),
        }
    }
    own.sort_unstable();
    own.dedup();
    own
}

/// Listed types in their order; one that is unknown, not offered or without a price is told.
fn listed(
    provider: &str,
    types: &[String],
    catalog: &Catalog,
    zones: &[String],
    unfit: &mut Vec<Unfit>,
) -> Vec<usize> {
    let mut order = Vec::new();
    for name in types {
        let key = if types.len() == 1 { "instance_type" } else { "instance_types" };
        let path = format!("capacity_provider.{provider}.auto_scaling_group_provider.{key}");
        let mut wrong = |message: String, help: String| {
            unfit.push(Unfit { path: path.clone(), message, help });
        };
        let Some(index) = catalog.index_of(name) else {
            let nearest = catalog.nearest_type(name).unwrap_or("m7g.large");
            let message = format!("there is no instance type \"{name}\"");
            wrong(message, format!("did you mean \"{nearest}\"?"));
            continue;
        };
        // A zone that does not exist has been told already.
        let exist = zones.iter().any(|zone| catalog.zones().contains(zone));
        if exist && zone_bits(catalog, index, zones) == 0 {
            let message = format!("{name} is not offered in {}", zones.join(", "));
            wrong(message, "name another type, or other availability_zones".to_owned());
        } else if catalog.price(index, PurchaseOption::OnDemand).is_none() {
            let message = format!("no on-demand price of {name} is known in {}", catalog.region());
            wrong(message, "state one with --prices, or use price_stand_in".to_owned());
        } else if !order.contains(&index) {
            order.push(index);
        }
    }
    order
}

fn candidate(
    group: &AutoScalingGroup,
    (scenario, catalog): (&Scenario, &Catalog),
    index: usize,
    option: PurchaseOption,
    (names, offered): (&[String], u64),
) -> Option<Candidate> {
    let of = &catalog.types()[index];
    let (price, zones) = match option {
        PurchaseOption::OnDemand => (catalog.price(index, option)?.usd_per_hour, offered),
        PurchaseOption::Spot => {
            let sold = spot::priced_zones(catalog, index, names, offered);
            (spot::listed_price(scenario, catalog, index, names, sold)?, sold)
        }
    };
    let rule = MemoryRule { ppm: group.registered_memory_ppm, less_mib: group.reserved_memory };
    let registered = of.registered(group.trunking, rule);
    let volume_price = gp3(catalog, group.root_volume_size_gib);
    let candidate = Candidate {
        instance_type: crate::units::InstanceTypeId::from_index(index),
        name: of.name.clone(),
        purchase_option: option,
        reserved: false,
        architecture: of.architecture,
        registered,
        planned: registered,
        ec2_price: price,
        fee_price: UsdPerHour::ZERO,
        volume_price,
        billed_price: price + volume_price,
        burst: burst(of),
        generation: u16::try_from(of.generation_number.unwrap_or(0)).unwrap_or(0),
        instance_store: of.local_storage.is_some(),
        vcpus: of.vcpus,
        memory: of.memory,
        zones,
    };
    (zones != 0).then_some(candidate)
}
