//! The scenario as a whole: its own keys, then every table, then what they must be to each other.

use crate::catalog::PurchaseOption;
use crate::io::Code;

use super::super::document::{Span, Table, Value};
use super::super::field::Field;
use super::super::parameters::auto_scaling_group::PROVISIONING_TASKS_QUOTA;
use super::super::parameters::quotas::{
    CONTAINER_INSTANCES_PER_CLUSTER_QUOTA, SERVICES_PER_CLUSTER_QUOTA, TASKS_PER_SERVICE_QUOTA,
};
use super::super::parameters::{HORIZON, SCHEMA, SEED, STARTS_ON};
use super::super::reader::{Path, Reading, TableCursor};
use super::super::report::Finding;
use super::super::spec::Scenario;
use super::super::warm_up::{self, WarmUp};
use super::names::Names;
use super::strategy::Providers;
use super::{
    capacity_pool, capacity_provider, capacity_reservation, checks, daemon_checks, demand,
    demand_checks, discount, external_instance, fargate, fault, fault_checks, launch_type_checks,
    managed_instances, placement_checks, queue, run_task, scalable_target, scaling_checks,
    scaling_policy, service, spot, spot_pool, subnet, task_definition, timing, unused_providers,
    update_service, vcpu_quotas, zone_rebalancing,
};

/// More paths than a scenario has.
const STATED_LIMIT: usize = 1_000_000;

/// The scenario that `table` describes.
pub(super) fn read(reading: &Reading<'_>, table: &Table) -> Scenario {
    let top = TableCursor::new(reading, table, Span::default(), Path::ROOT);
    schema(&top);
    if let Some(field) = top.field("stated") {
        let paths = field.list_of(STATED_LIMIT, |item| item.text().map(str::to_owned));
        *reading.resolved.borrow_mut() = paths.map(|paths| paths.into_iter().collect());
    }
    let mut scenario = read_top(reading, &top);
    reading.epoch.set(scenario.epoch());
    let horizon_is_known = !reading.report.has_errors();

    let cursors = top.tables("capacity_provider", "name");
    let (mut all, names) = capacity_provider::read_all(&cursors);
    let declared = all.len();
    let (predefined, more): (Vec<_>, Vec<_>) = capacity_provider::predefined_providers().unzip();
    all.extend(predefined);
    all.extend(capacity_provider::launch_types());
    let names = Names::new(reading, "capacity provider", names).and(more);
    let providers = Providers::new(&top, names, &all, declared);
    scenario.capacity_providers = all;

    let definition_cursors = top.tables("task_definition", "family");
    let (definitions, names) = definition_cursors.iter().map(task_definition::read).unzip();
    scenario.task_definitions = definitions;
    let definitions = Names::new(reading, "task definition", names);

    let rate = scenario.fargate.service_launch_rate_per_minute;
    let services = top.tables("service", "name");
    let (read, names) =
        services.iter().map(|cursor| service::read(cursor, &definitions, &providers, rate)).unzip();
    scenario.services = read;
    zone_rebalancing::settle(&mut scenario, &services);
    let service_names = Names::new(reading, "service", names);

    let run_tasks = top.tables("run_task", "name");
    let (read, names): (_, Vec<_>) =
        run_tasks.iter().map(|cursor| run_task::read(cursor, &definitions, &providers)).unzip();
    scenario.run_tasks = read;
    let run_task_names = Names::new(reading, "run_task", names);

    unused_providers::drop(&mut scenario, declared);

    let cursors = top.tables("external_instance", "name");
    let (machines, names) = cursors.iter().map(external_instance::read).unzip();
    scenario.external_instances = machines;
    Names::new(reading, "external instance", names);

    let updates = top.tables("update_service", "service");
    scenario.service_updates = updates
        .iter()
        .map(|cursor| update_service::read(cursor, &service_names, &definitions))
        .collect();

    let from_outside = demands(reading, &top, &mut scenario, &service_names);
    let scaling = scaling(reading, &top, &service_names, &mut scenario);

    let known = fault::Known {
        zones: &scenario.availability_zones,
        providers: providers.names(),
        services: &service_names,
        run_tasks: &run_task_names,
    };
    let (found, faults) = fault::read(reading, &top, &known);
    scenario.faults = found;
    read_market(reading, &top, &mut scenario);

    top.finish_with(managed_instances::advice);
    if horizon_is_known {
        let definitions = definition_cursors;
        let cursors = checks::Cursors { definitions, services, run_tasks, updates };
        checks::check(&top, &scenario, &cursors);
        of_capacity(&scenario, &cursors);
        demand_checks::check(&scenario, &from_outside);
    }
    // What could not be read touches nothing for another reason.
    if !reading.report.has_errors() {
        scaling_checks::check(&scenario, &scaling);
        fault_checks::check(&scenario, &faults);
    }
    scenario.service_updates.sort_by_key(|update| update.at);
    scenario
}

/// What EC2 has, and what it costs the account.
fn read_market(reading: &Reading<'_>, top: &TableCursor<'_>, scenario: &mut Scenario) {
    let cursors = top.tables("capacity_pool", "instance_type");
    let (pools, names) = cursors.iter().map(capacity_pool::read).unzip();
    scenario.capacity_pools = pools;
    Names::new(reading, "capacity pool", names);

    let cursors = top.tables("capacity_reservation", "instance_type");
    let (reservations, names) = cursors.iter().map(capacity_reservation::read).unzip();
    scenario.capacity_reservations = reservations;
    Names::new(reading, "capacity reservation", names);

    let cursors = top.tables("spot_pool", "instance_type");
    let (pools, names) = cursors.iter().map(spot_pool::read).unzip();
    scenario.spot_pools = pools;
    Names::new(reading, "Spot pool", names);

    scenario.discounts = discount::read_all(reading, &top.tables("discount", "name"));
}

/// What comes from outside.
fn demands<'a>(
    reading: &Reading<'_>,
    top: &TableCursor<'a>,
    scenario: &mut Scenario,
    services: &Names,
) -> demand_checks::Cursors<'a> {
    let demands = top.tables("demand", "name");
    let (read, names) = demands.iter().map(|cursor| demand::read(cursor, services)).unzip();
    scenario.demands = read;
    Names::new(reading, "demand", names);
    let queues = top.tables("queue", "name");
    let (read, names) = queues.iter().map(|cursor| queue::read(cursor, services)).unzip();
    scenario.queues = read;
    Names::new(reading, "queue", names);
    demand_checks::Cursors { demands, queues }
}

/// Service auto scaling.
fn scaling<'a>(
    reading: &'a Reading<'a>,
    top: &TableCursor<'a>,
    services: &Names,
    scenario: &mut Scenario,
) -> scaling_checks::Cursors<'a> {
    let targets = top.tables("scalable_target", "service");
    let (read, names) =
        targets.iter().map(|cursor| scalable_target::read(cursor, services)).unzip();
    scenario.scalable_targets = read;
    Names::new(reading, "scalable target", names);
    let policies = top.tables("scaling_policy", "name");
    let (read, names) =
        policies.iter().map(|cursor| scaling_policy::read(cursor, services)).unzip();
    scenario.scaling_policies = read;
    Names::new(reading, "scaling policy", names);
    let actions = top.tables("scheduled_action", "name");
    let (read, names) =
        actions.iter().map(|cursor| scalable_target::read_action(cursor, services)).unzip();
    scenario.scheduled_actions = read;
    Names::new(reading, "scheduled action", names);
    scaling_checks::Cursors { targets, policies, actions }
}

/// What tasks ask of the capacity that they go to.
fn of_capacity(scenario: &Scenario, cursors: &checks::Cursors<'_>) {
    placement_checks::check(scenario, cursors);
    launch_type_checks::check(scenario, cursors);
    daemon_checks::check(scenario, cursors);
}

fn read_top(reading: &Reading<'_>, top: &TableCursor<'_>) -> Scenario {
    let text = |field: Field<'_>| field.name().map(str::to_owned);
    let quota =
        |key, default| top.parameter(key, default, |field: &Field<'_>| field.whole(0, u32::MAX));
    let (availability_zones, subnets) = subnet::read(reading, top);
    let name = top.required("name", "name = \"thirty-tasks\"").and_then(text).unwrap_or_default();
    let region =
        top.required("region", "region = \"eu-west-1\"").and_then(text).unwrap_or_default();
    // Nothing is judged by the horizon where it is there and could not be read.
    let mut known_horizon = Some(HORIZON);
    let horizon = top.parameter("horizon", HORIZON, |field| {
        known_horizon = field.positive_duration();
        known_horizon
    });
    Scenario {
        name,
        price_stand_in: top.field("price_stand_in").and_then(text),
        pricing_date: top.field("pricing_date").and_then(|field| date(&field)),
        horizon,
        warm_up: top
            .parameter("warm_up", WarmUp::Nothing, |field| warm_up::read(field, known_horizon)),
        seed: top.parameter("seed", SEED, |field| {
            field.integer(0, i64::MAX).and_then(|seed| u64::try_from(seed).ok())
        }),
        starts_on: top.parameter("starts_on", STARTS_ON.to_owned(), |field| date(field)),
        availability_zones,
        subnets,
        provisioning_tasks_quota: quota("provisioning_tasks_quota", PROVISIONING_TASKS_QUOTA),
        tasks_per_service_quota: quota("tasks_per_service_quota", TASKS_PER_SERVICE_QUOTA),
        services_per_cluster_quota: quota("services_per_cluster_quota", SERVICES_PER_CLUSTER_QUOTA),
        container_instances_per_cluster_quota: quota(
            "container_instances_per_cluster_quota",
            CONTAINER_INSTANCES_PER_CLUSTER_QUOTA,
        ),
        on_demand_vcpu_quota: top
            .field("on_demand_vcpu_quota")
            .and_then(|field| field.whole(0, u32::MAX)),
        on_demand_vcpu_quotas: vcpu_quotas::read(
            &top.table_or_empty("on_demand_vcpu_quotas"),
            PurchaseOption::OnDemand,
        ),
        timing: timing::read(&top.table_or_empty("timing")),
        fargate: fargate::read(&top.table_or_empty("fargate"), &region),
        region,
        capacity_providers: Vec::new(),
        task_definitions: Vec::new(),
        services: Vec::new(),
        run_tasks: Vec::new(),
        service_updates: Vec::new(),
        scalable_targets: Vec::new(),
        scaling_policies: Vec::new(),
        scheduled_actions: Vec::new(),
        external_instances: Vec::new(),
        capacity_pools: Vec::new(),
        faults: Vec::new(),
        capacity_reservations: Vec::new(),
        spot: spot::read(&top.table_or_empty("spot")),
        spot_pools: Vec::new(),
        discounts: Vec::new(),
        demands: Vec::new(),
        queues: Vec::new(),
        stated: std::collections::BTreeMap::new(),
    }
}

fn schema(top: &TableCursor<'_>) {
    let Some(field) = top.field("schema") else {
        return;
    };
    if let Value::Integer(version) = field.node.value
        && version > i128::from(SCHEMA)
    {
        let message =
            format!("the scenario is written in schema {version}; this program reads {SCHEMA}");
        top.report(
            Finding::new(Code::SchemaTooNew, field.node.span, message)
                .help("a newer version of taskyard reads it"),
        );
        return;
    }
    field.whole(1, SCHEMA);
}

/// A date, `2026-10-31`, as a string or as TOML's own.
fn date(field: &Field<'_>) -> Option<String> {
    let text = if let Value::Date(text) = &field.node.value { text } else { field.text()? };
    if is_date(text) {
        return Some(text.to_owned());
    }
    let finding = field.finding(Code::BadDate, "is not a date");
    field.wrong(finding.help("write it as \"2026-10-31\""));
    None
}

fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |text: &str, length: usize| {
        (text.len() == length && text.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    (1..=days_in(year, month)).contains(&day)
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    }
}
