//! `pick`: which types satisfy requirements.

use crate::catalog::{
    Catalog, FilterOptions, Funnel, InstanceRequirements, MemoryRule, PurchaseOption, Quote, Scope,
    filter,
};
use crate::report::{FunnelRow, Pick, PickedType, pick_csv, pick_json, pick_table};
use crate::run::architecture_name;
use crate::scenario::{InstanceTypes, ProviderKind, Scenario};

use super::super::BAD_INPUT;
use super::super::args::{Format, PickArgs, ScopeArg};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::{load, question};

pub(in super::super) fn execute(args: &PickArgs, console: Console) -> Result<u8, Failure> {
    let source = question::pick(&args.place, &args.requirements)?;
    let scenario = load::scenario(&source, &[], console)?;
    let catalog = load::CatalogFiles::read(&args.files)?;
    let catalog = catalog.for_scenario(&scenario, &source, &[], console)?;
    zones_exist(&scenario, &catalog)?;
    let (scope, scope_name) = match args.scope {
        ScopeArg::ManagedInstances => (Scope::ManagedInstances, "managed-instances"),
        ScopeArg::Ec2 => (Scope::Ec2, "ec2"),
    };
    let option =
        PurchaseOption::from_name(&args.purchase_option).unwrap_or(PurchaseOption::OnDemand);
    let options = FilterOptions {
        scope,
        purchase_option: option,
        availability_zones: &scenario.availability_zones,
    };
    let funnel = filter(&catalog, &requirements(&scenario), &options);
    let pick = picked(&catalog, &funnel, option, scope_name);
    match args.format {
        Format::Json => console.data(pick_json(&pick)?.as_bytes())?,
        Format::Csv => console.data(&pick_csv(&pick))?,
        Format::Table => {
            let most = if args.limit == 0 { usize::MAX } else { args.limit };
            console.page(&pick_table(&pick, most))?;
        }
    }
    let Some(last) = funnel.emptied_by() else { return Ok(0) };
    console.note(&format!(
        "error: the requirements admit no instance type: {} removed the last\n",
        last.attribute
    ));
    Ok(BAD_INPUT)
}

fn requirements(scenario: &Scenario) -> InstanceRequirements {
    let provider = scenario.capacity_providers.first();
    let stated = provider.and_then(|provider| match &provider.kind {
        ProviderKind::ManagedInstances(settings) => settings.instance_requirements.clone(),
        ProviderKind::Fargate(_) | ProviderKind::LaunchType(_) => None,
        ProviderKind::AutoScalingGroup(group) => match &group.instance_types {
            InstanceTypes::Required(requirements) => Some((**requirements).clone()),
            InstanceTypes::Listed(_) => None,
        },
    });
    stated.unwrap_or_default()
}

fn zones_exist(scenario: &Scenario, catalog: &Catalog) -> Result<(), Failure> {
    let unknown = scenario.availability_zones.iter().find(|zone| !catalog.zones().contains(zone));
    unknown.map_or(Ok(()), |zone| {
        Err(Failure::usage(
            format!("there is no availability zone \"{zone}\" in {}", catalog.region()),
            format!("zone ids of the region: {}", catalog.zones().join(", ")),
        ))
    })
}

fn picked(catalog: &Catalog, funnel: &Funnel, option: PurchaseOption, scope: &'static str) -> Pick {
    let mut admitted: Vec<(Option<Quote>, usize)> =
        funnel.admitted.iter().map(|&index| (catalog.price(index, option), index)).collect();
    // Types are in order of their names; those without a price come last.
    admitted.sort_by_key(|(quote, index)| {
        (quote.is_none(), quote.map(|quote| quote.usd_per_hour), *index)
    });
    Pick {
        schema_version: 1,
        region: catalog.region().to_owned(),
        scope,
        purchase_option: option.name(),
        total: funnel.total,
        matching: admitted.len(),
        types: admitted.iter().map(|(quote, index)| one(catalog, *index, *quote)).collect(),
        funnel: funnel
            .steps
            .iter()
            .map(|step| FunnelRow {
                attribute: step.attribute.to_owned(),
                removed: step.removed,
                left: step.left,
                examples: step.examples.clone(),
            })
            .collect(),
        notes: funnel.notes.clone(),
    }
}

fn one(catalog: &Catalog, index: usize, quote: Option<Quote>) -> PickedType {
    let of = &catalog.types()[index];
    let offering = catalog.offering(index);
    let series = quote.map(|quote| catalog.series(quote.series));
    PickedType {
        instance_type: of.name.clone(),
        usd_per_hour: quote.map(|quote| quote.usd_per_hour.as_dollars()),
        price_source: series.map_or_else(String::new, |series| series.name.clone()),
        price_is_estimate: series.is_some_and(|series| !series.quoted),
        vcpus: of.vcpus,
        memory_mib: of.memory,
        registered_memory_mib: MemoryRule::default().registered(of.memory),
        task_eni_slots: of.task_enis.plain,
        task_eni_slots_trunked: of.task_enis.trunked,
        gpus: of.gpus,
        cpu_architecture: architecture_name(of.architecture),
        availability_zones: offering.zones.len(),
        spot_saving_percent: offering.spot.saving_percent,
        spot_interruption_band: offering.spot.interruption_band.map(|band| band.name()),
    }
}
