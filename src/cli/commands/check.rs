//! `check`: reads a scenario and resolves it against the catalogue; nothing is simulated.

use crate::catalog::Catalog;
use crate::model::ProviderSetup;
use crate::report::{Checked, check_json, check_table};
use crate::run::{Prepared, RunError, TypeCount, prepare, type_counts};
use crate::scenario::{Scenario, SchedulingStrategy, Service, is_sweep_file};

use super::super::args::{CheckArgs, PageFormat};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::{load, options};
use super::check_sweep;

pub(in super::super) fn execute(args: &CheckArgs, console: Console) -> Result<u8, Failure> {
    let source = load::source(&args.scenario)?;
    if is_sweep_file(&source) {
        return check_sweep::execute(args, &source, console);
    }
    let overrides = options::overrides(&args.change)?;
    let scenario = load::scenario(&source, &overrides, console)?;
    let files = load::CatalogFiles::read(&args.change.files)?;
    let catalog = files.for_scenario(&scenario, &source, &overrides, console)?;
    let prepared = prepare(&scenario, &catalog)
        .map_err(|unfit| Failure::of_run(RunError::Unfit(unfit), &source, &overrides))?;
    load::warn_in_vain(&prepared.in_vain, &source, &overrides, console);
    let checked = summary(&scenario, &catalog, &prepared);
    match args.page.format {
        PageFormat::Table => console.page(&check_table(&checked))?,
        PageFormat::Json => console.data(check_json(&checked)?.as_bytes())?,
    }
    Ok(0)
}

fn summary(scenario: &Scenario, catalog: &Catalog, prepared: &Prepared) -> Checked {
    let counts = type_counts(prepared);
    let types = |of: fn(&TypeCount) -> usize| {
        let providers = prepared.setup.providers.iter().zip(&counts);
        providers.map(|(provider, count)| (provider.name().to_owned(), of(count))).collect()
    };
    let names = prepared.setup.providers.iter().map(|provider| provider.name().to_owned());
    let without_room = counts.iter().map(|count| count.without_room.clone());
    let services = scenario.services.iter();
    Checked {
        name: scenario.name.clone(),
        region: scenario.region.clone(),
        availability_zones: prepared.setup.zones.clone(),
        horizon: scenario.horizon.to_string(),
        capacity_providers: types(|count| count.admitted),
        types_with_room: types(|count| count.with_room),
        types_without_room: names.zip(without_room).collect(),
        capacity_providers_unused: unused(prepared, &counts),
        groups_start_with: prepared.setup.providers.iter().filter_map(start_of).collect(),
        task_definitions: scenario.task_definitions.len(),
        services: services.map(|service| (service.name.clone(), tasks(service))).collect(),
        run_tasks: scenario.run_tasks.len(),
        prices_region: catalog.provenance().prices_region.clone(),
        warnings: catalog.warnings().iter().map(ToString::to_string).collect(),
    }
}

/// Providers to which no task may go.
fn unused(prepared: &Prepared, counts: &[TypeCount]) -> Vec<String> {
    let providers = prepared.setup.providers.iter().zip(counts);
    let none = providers.filter(|(_, count)| !count.used);
    none.map(|(provider, _)| provider.name().to_owned()).collect()
}

/// A group and the instances that it starts with.
fn start_of(provider: &ProviderSetup) -> Option<(String, u32)> {
    match provider {
        ProviderSetup::AutoScalingGroup(group) => {
            Some((group.name.clone(), group.settings.desired_capacity))
        }
        ProviderSetup::ManagedInstances(_)
        | ProviderSetup::Fargate(_)
        | ProviderSetup::LaunchType(_) => None,
    }
}

/// How many tasks a service wants; `None`: one on each instance.
fn tasks(service: &Service) -> Option<u32> {
    match service.scheduling_strategy {
        SchedulingStrategy::Replica => Some(service.desired_count),
        SchedulingStrategy::Daemon => None,
    }
}
