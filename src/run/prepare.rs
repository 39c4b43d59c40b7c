//! From scenario and catalogue to the model's setup: requirements become candidates, names become
//! positions, and what cannot work is said before anything runs.

use std::collections::BTreeMap;

use super::{prepare_demand, prepare_faults};
use crate::catalog::{
    Catalog, CpuArchitecture, FilterOptions, Funnel, InstanceRequirements, InstanceType,
    MemoryRule, PurchaseOption, Range, Scope, filter,
};
use crate::engine::Durations;
use crate::model::{
    Burst, Candidate, Definition, GroupSetup, ManagedInstancesSetup, ProviderSetup, RequestKind,
    RunTaskSetup, ServiceSetup, Setup, SubnetSetup, UpdateSetup,
};
use crate::scenario::{
    CapacityOptionType, Discounts, ManagedInstances, PlanMemory, ProviderKind,
    ReservationPreference, Revision, RunTask, Scenario, SchedulingStrategy, Service, SpotFeeBasis,
    TaskDefinition, TaskFailure,
};
use crate::units::{
    CPU_UNITS_PER_VCPU, GroupId, InstanceTypeId, Resources, ServiceId, SimTime, TaskDefinitionId,
    Usd, UsdPerHour, ZoneId,
};

use super::asks::{self, Asks};
use super::{discounts, external, fargate_sizes, fit, group_types, in_vain, service_scaling, spot};

/// A scenario that cannot run on this catalogue: which part, why, and what would help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Unfit {
    /// Dotted path of the part of the scenario.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What would help.
    pub help: String,
}

/// A setup with what the answer needs to know of its making.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// For the model.
    pub setup: Setup,
    /// For the clock.
    pub durations: Durations,
    /// The funnel of each provider's requirements.
    pub funnels: Vec<Funnel>,
    /// What the run goes on without: constraints that no instance can satisfy.
    pub in_vain: Vec<Unfit>,
}

/// Resolves a scenario against a catalogue.
///
/// # Errors
/// Everything that makes it unfit, at once.
pub fn prepare(scenario: &Scenario, catalog: &Catalog) -> Result<Prepared, Vec<Unfit>> {
    let mut unfit = Vec::new();
    let funnels: Vec<Funnel> = scenario
        .capacity_providers
        .iter()
        .map(|provider| funnel(&provider.kind, catalog))
        .collect();
    for (provider, funnel) in scenario.capacity_providers.iter().zip(&funnels) {
        // A list of types is judged name by name.
        if funnel.admitted.is_empty() && !funnel.steps.is_empty() {
            unfit.push(admits_nothing(&provider.name, funnel));
        }
    }
    let zones = zones(scenario, catalog, &funnels, &mut unfit);
    let (definitions, classes) = definitions(&scenario.task_definitions);
    let providers = providers(scenario, catalog, &funnels, &zones, &mut unfit);
    fargate_sizes::only_on_fargate(scenario, &mut unfit);
    pools_exist(scenario, catalog, &mut unfit);
    discounts::families_exist(scenario, catalog, &mut unfit);
    prepare_faults::exist(scenario, catalog, &mut unfit);
    let mut asks = Asks::new(scenario);
    spot::pools_exist(scenario, catalog, &mut unfit);
    if unfit.is_empty() {
        spot::reservations_fit(scenario, &providers, &zones, &mut unfit);
    }
    let market = spot::market(scenario, catalog, &zones, &providers);
    let reservations = spot::reservations(scenario, catalog, &zones);
    let durations = Durations::new(scenario, &market.laws, market.loss);
    let mut setup = Setup {
        groups: groups(scenario, &mut asks),
        services: scenario.services.len(),
        task_groups: asks.task_groups,
        updates: updates(scenario),
        scaling: service_scaling::setup(scenario),
        epoch: scenario.epoch(),
        provisioning_quota: scenario.provisioning_tasks_quota,
        vcpu_quota: scenario.on_demand_vcpu_quota,
        vcpu_quotas: [scenario.on_demand_vcpu_quotas, scenario.spot.vcpu_quotas],
        pools: pools(scenario, catalog, &zones),
        subnets: subnets(scenario, &zones),
        faults: Vec::new(),
        spot: market.setup,
        discounts: Discounts::of(&scenario.discounts),
        reservations,
        demands: prepare_demand::demands(scenario),
        queues: prepare_demand::queues(scenario),
        zones,
        any_fails: definitions.iter().any(|definition| definition.failure.is_some()),
        definitions,
        classes,
        providers,
    };
    setup.faults = prepare_faults::faults(scenario, &setup);
    fit::every_task_fits(&setup, &mut unfit);
    if !unfit.is_empty() {
        return Err(unfit);
    }
    let in_vain = in_vain::constraints(&setup);
    Ok(Prepared { setup, durations, funnels, in_vain })
}

/// Calls of UpdateService.
fn updates(scenario: &Scenario) -> Vec<UpdateSetup> {
    let first_later = scenario.services.len() + scenario.run_tasks.len();
    let revisions = scenario.revisions();
    let later = &revisions[scenario.services.len()..];
    let updates = scenario.service_updates.iter().enumerate().map(|(index, update)| {
        let revision = later.iter().position(|one| one.update == Some(index));
        UpdateSetup {
            at: SimTime::ZERO + update.at,
            service: ServiceId::from_index(update.service),
            desired_count: update.desired_count,
            revision: revision.map(|position| GroupId::from_index(first_later + position)),
        }
    });
    updates.collect()
}

fn providers(
    scenario: &Scenario,
    catalog: &Catalog,
    funnels: &[Funnel],
    zones: &[String],
    unfit: &mut Vec<Unfit>,
) -> Vec<ProviderSetup> {
    let all = scenario.capacity_providers.iter().zip(funnels).enumerate();
    let providers = all.map(|(position, (provider, funnel))| match &provider.kind {
        ProviderKind::ManagedInstances(settings) => {
            ProviderSetup::ManagedInstances(Box::new(ManagedInstancesSetup {
                name: provider.name.clone(),
                settings: (**settings).clone(),
                candidates: candidates(scenario, catalog, settings, funnel, zones),
            }))
        }
        ProviderKind::Fargate(option) => ProviderSetup::Fargate(fargate_sizes::resolve(
            scenario, catalog, position, *option, unfit,
        )),
        ProviderKind::AutoScalingGroup(group) => {
            let (name, known) = (&provider.name, (scenario, catalog));
            let group = group_types::resolve(name, group, known, funnel, zones, unfit);
            ProviderSetup::AutoScalingGroup(Box::new(group))
        }
        ProviderKind::LaunchType(launch_type) => {
            ProviderSetup::LaunchType(external::resolve(scenario, *launch_type))
        }
    });
    providers.collect()
}

/// Which types a provider may buy, and what removed the others.
#[must_use]
pub fn funnel(kind: &ProviderKind, catalog: &Catalog) -> Funnel {
    match kind {
        ProviderKind::ManagedInstances(settings) => {
            let stated = settings.instance_requirements.clone();
            let requirements = stated.unwrap_or_else(general_purpose);
            let options = FilterOptions::new(Scope::ManagedInstances);
            let purchase_option = purchase_option(settings);
            filter(catalog, &requirements, &FilterOptions { purchase_option, ..options })
        }
        ProviderKind::AutoScalingGroup(group) => group_types::funnel(group, catalog),
        // No instance types.
        ProviderKind::Fargate(_) | ProviderKind::LaunchType(_) => Funnel::default(),
    }
}

const fn purchase_option(settings: &ManagedInstances) -> PurchaseOption {
    match settings.capacity_option_type {
        CapacityOptionType::OnDemand | CapacityOptionType::Reserved => PurchaseOption::OnDemand,
        CapacityOptionType::Spot => PurchaseOption::Spot,
    }
}

/// What Managed Instances buy when the provider states no requirements. Documented: general-purpose
/// types; assumed: any without accelerators, burstable and bare-metal types excluded as by default.
fn general_purpose() -> InstanceRequirements {
    InstanceRequirements {
        accelerator_count: Some(Range { min: 0, max: Some(0) }),
        ..InstanceRequirements::default()
    }
}

fn admits_nothing(provider: &str, funnel: &Funnel) -> Unfit {
    let steps: Vec<String> = funnel
        .steps
        .iter()
        .filter(|step| step.removed > 0)
        .map(|step| format!("{:<42} -{:<5} {:>5} left", step.attribute, step.removed, step.left))
        .collect();
    let last = funnel.emptied_by().map_or("", |step| step.attribute);
    Unfit {
        path: format!("capacity_provider.{provider}"),
        message: format!(
            "the requirements admit none of {} instance types: {last} removed the last",
            funnel.total
        ),
        help: format!("what each attribute removed:\n{}", steps.join("\n")),
    }
}

fn zones(
    scenario: &Scenario,
    catalog: &Catalog,
    funnels: &[Funnel],
    unfit: &mut Vec<Unfit>,
) -> Vec<String> {
    let mut stated = scenario.availability_zones.clone();
    for subnet in &scenario.subnets {
        if !stated.contains(&subnet.availability_zone) {
            stated.push(subnet.availability_zone.clone());
        }
    }
    let of_groups = group_types::stated_zones(scenario);
    if stated.is_empty() {
        // Where every provider states its zones, those are the cluster's.
        let own = scenario.capacity_providers.iter().all(|provider| {
            matches!(&provider.kind, ProviderKind::AutoScalingGroup(group)
                if !group.availability_zones.is_empty())
        });
        if own && !of_groups.is_empty() {
            stated.clone_from(&of_groups);
        }
    }
    if stated.is_empty() {
        let mut admitted: Vec<usize> =
            funnels.iter().flat_map(|funnel| funnel.admitted.iter().copied()).collect();
        admitted.sort_unstable();
        admitted.dedup();
        stated = catalog.default_zones(&admitted);
        for zone in of_groups {
            if !stated.contains(&zone) {
                stated.push(zone);
            }
        }
    }
    for zone in &stated {
        if !catalog.zones().contains(zone) {
            unfit.push(Unfit {
                path: "availability_zones".to_owned(),
                message: format!(
                    "there is no availability zone \"{zone}\" in {}",
                    catalog.region()
                ),
                help: zone_help(zone, catalog),
            });
        }
    }
    stated
}

/// The zones that there are. Documented (EC2 user guide, az-ids): a name stands for another zone in
/// each account, an id does not.
pub(super) fn zone_help(zone: &str, catalog: &Catalog) -> String {
    let known = format!("zone ids of the Region: {}", catalog.zones().join(", "));
    if zone.starts_with(catalog.region()) {
        format!("name a zone by its id, the name means another zone in each account; {known}")
    } else {
        known
    }
}

fn definitions(all: &[TaskDefinition]) -> (Vec<Definition>, Vec<Resources>) {
    let mut classes: Vec<Resources> = Vec::new();
    let mut images: Vec<(&str, Option<&str>)> = Vec::new();
    let definitions = all
        .iter()
        .map(|definition| {
            let size = asks::size(definition);
            Definition {
                family: definition.family.clone(),
                size,
                class: number_of(&mut classes, size),
                architecture: asks::architecture(definition),
                image: number_of(&mut images, image_of(definition)),
                image_name: definition.image.name.clone(),
                image_mb: definition.image.size_mb,
                cpu_used: definition.cpu_used(),
                failure: definition.failure,
            }
        })
        .collect();
    (definitions, classes)
}

/// What tells images apart. One that cannot be pulled is nobody else's, whatever its name.
fn image_of(definition: &TaskDefinition) -> (&str, Option<&str>) {
    let missing = definition.failure == Some(TaskFailure::NeverStarts);
    (&definition.image.name, missing.then_some(&definition.family))
}

/// The position of `item`, which is added when it is new.
fn number_of<T: PartialEq>(known: &mut Vec<T>, item: T) -> u32 {
    let position = known.iter().position(|other| *other == item).unwrap_or_else(|| {
        known.push(item);
        known.len() - 1
    });
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn groups(scenario: &Scenario, asks: &mut Asks<'_>) -> Vec<GroupSetup> {
    let mut groups = Vec::new();
    let revisions = scenario.revisions();
    let (first, later) = revisions.split_at(scenario.services.len());
    groups.extend(first.iter().map(|revision| of_revision(scenario, asks, revision)));
    for run_task in &scenario.run_tasks {
        groups.push(GroupSetup {
            name: run_task.name.clone(),
            service: None,
            revision: 1,
            definition: TaskDefinitionId::from_index(run_task.task_definition),
            strategy: run_task.strategy.clone(),
            ask: asks.of_run_task(run_task),
            kind: of_run_task(run_task),
            scheduled: scheduled(scenario, run_task),
        });
    }
    groups.extend(later.iter().map(|revision| of_revision(scenario, asks, revision)));
    groups
}

fn of_revision(scenario: &Scenario, asks: &mut Asks<'_>, revision: &Revision<'_>) -> GroupSetup {
    let (service, definition) = (revision.service, revision.task_definition);
    GroupSetup {
        name: service.name.clone(),
        service: Some(ServiceId::from_index(revision.position)),
        revision: revision.number,
        definition: TaskDefinitionId::from_index(definition),
        strategy: service.strategy.clone(),
        ask: asks.of_service(service, definition),
        kind: of_service(service, &scenario.task_definitions[definition]),
        scheduled: Vec::new(),
    }
}

fn of_service(service: &Service, definition: &TaskDefinition) -> RequestKind {
    RequestKind::Service(ServiceSetup {
        create_at: SimTime::ZERO + service.create_at,
        is_daemon: service.scheduling_strategy == SchedulingStrategy::Daemon,
        desired_count: service.desired_count,
        resolves_digest: service.version_consistency && !definition.image.by_digest,
        launch_rate_per_minute: service.launch_rate_per_minute,
        start_backoff: service.start_backoff,
        placement_retry: service.placement_retry,
        deployment: service.deployment_configuration,
        health_check_grace_period: service.health_check_grace_period,
        healthy_after_running: service.healthy_after_running,
        load_balancer: service.load_balancer,
        health_check: definition.health_check,
        unhealthy_after: definition.unhealthy_after,
        zone_rebalancing: service
            .availability_zone_rebalancing
            .then_some(service.availability_zone_rebalancing_interval),
        protection: service.task_protection,
    })
}

/// The calls that a schedule makes up to the horizon.
fn scheduled(scenario: &Scenario, run_task: &RunTask) -> Vec<SimTime> {
    let Some(schedule) = &run_task.schedule else {
        return run_task.trace.iter().map(|call| SimTime::ZERO + call.at).collect();
    };
    let limit = run_task.calls.map_or(usize::MAX, |calls| calls as usize);
    scenario.instants(schedule).take(limit).map(|at| SimTime::ZERO + at).collect()
}

fn of_run_task(run_task: &RunTask) -> RequestKind {
    RequestKind::RunTask(RunTaskSetup {
        at: SimTime::ZERO + run_task.at,
        count: run_task.count,
        calls: run_task.calls,
        repeats: run_task.every.is_some(),
        scheduled: run_task.schedule.is_some() || !run_task.trace.is_empty(),
        exits: run_task.run_for.is_some() || !run_task.trace.is_empty(),
        failure: run_task.failure,
    })
}

fn candidates(
    scenario: &Scenario,
    catalog: &Catalog,
    settings: &ManagedInstances,
    funnel: &Funnel,
    zones: &[String],
) -> Vec<Candidate> {
    let volume = gp3(catalog, settings.storage_size_gib);
    funnel
        .admitted
        .iter()
        .flat_map(|&index| {
            bought(scenario, catalog, settings, index, zones)
                .into_iter()
                .map(move |bought| candidate(scenario, catalog, settings, index, volume, &bought))
        })
        .collect()
}

/// A way to buy a type.
struct Bought {
    option: PurchaseOption,
    reserved: bool,
    /// EC2's price.
    price: UsdPerHour,
    /// Of what the management fee is a share.
    fee_basis: UsdPerHour,
    /// Zones, bit by position.
    zones: u64,
}

/// The ways in which a provider buys a type: none where it is not offered or has no price.
fn bought(
    scenario: &Scenario,
    catalog: &Catalog,
    settings: &ManagedInstances,
    index: usize,
    zones: &[String],
) -> Vec<Bought> {
    let offered = zone_bits(catalog, index, zones);
    let on_demand = catalog.price(index, PurchaseOption::OnDemand).map(|quote| quote.usd_per_hour);
    let plain = |reserved: bool, zones: u64| {
        let option = PurchaseOption::OnDemand;
        Some(Bought { option, reserved, price: on_demand?, fee_basis: on_demand?, zones })
    };
    let ways = match (settings.capacity_option_type, settings.reservation_preference) {
        (CapacityOptionType::OnDemand, _)
        | (CapacityOptionType::Reserved, ReservationPreference::Excluded) => {
            vec![plain(false, offered)]
        }
        (CapacityOptionType::Reserved, preference) => {
            let reserved = spot::reserved_zones(scenario, catalog, index, zones) & offered;
            let rest = if preference == ReservationPreference::Only { 0 } else { offered };
            vec![plain(true, reserved), plain(false, rest)]
        }
        (CapacityOptionType::Spot, _) => {
            let zones_sold = spot::priced_zones(catalog, index, zones, offered);
            let way =
                spot::listed_price(scenario, catalog, index, zones, zones_sold).and_then(|price| {
                    let fee_basis = match settings.spot_fee_basis {
                        SpotFeeBasis::OnDemand => on_demand?,
                        SpotFeeBasis::Spot => price,
                    };
                    let option = PurchaseOption::Spot;
                    Some(Bought { option, reserved: false, price, fee_basis, zones: zones_sold })
                });
            vec![way]
        }
    };
    ways.into_iter().flatten().filter(|way| way.zones != 0).collect()
}

/// A gp3 volume at its list price a GB-month; the included IOPS and throughput suffice.
pub(super) fn gp3(catalog: &Catalog, gib: u32) -> UsdPerHour {
    let per_gb = catalog.gp3_price().per_gb_month.nanos();
    UsdPerHour::from_month(Usd::from_nanos(per_gb * i64::from(gib)))
}

/// The zones of the cluster that offer a type, bit by position.
pub(super) fn zone_bits(catalog: &Catalog, index: usize, zones: &[String]) -> u64 {
    let offered = catalog.offering(index).zones;
    zones.iter().enumerate().fold(0, |bits, (position, zone)| {
        let known = catalog.zones().iter().position(|other| other == zone);
        bits | u64::from(known.is_some_and(|zone| offered.contains(zone))) << position
    })
}

fn candidate(
    scenario: &Scenario,
    catalog: &Catalog,
    settings: &ManagedInstances,
    index: usize,
    volume_price: UsdPerHour,
    bought: &Bought,
) -> Candidate {
    let of = &catalog.types()[index];
    let rule = MemoryRule {
        ppm: settings.registered_memory_ppm,
        less_mib: settings.registered_memory_less_mib,
    };
    let registered = of.registered(settings.trunking, rule);
    let planned = match settings.plan_memory {
        PlanMemory::Registered => registered,
        PlanMemory::Nominal => of.nominal(settings.trunking),
    };
    let fee = catalog.managed_instances_fee(&of.name, scenario.pricing_date.as_deref());
    let fee_price = bought.fee_basis.parts_per_million(fee.map_or(0, |fee| fee.ppm));
    Candidate {
        instance_type: InstanceTypeId::from_index(index),
        name: of.name.clone(),
        purchase_option: bought.option,
        reserved: bought.reserved,
        architecture: of.architecture,
        registered,
        planned,
        ec2_price: bought.price,
        fee_price,
        volume_price,
        billed_price: bought.price + fee_price + volume_price,
        burst: burst(of),
        generation: u16::try_from(of.generation_number.unwrap_or(0)).unwrap_or(0),
        instance_store: of.local_storage.is_some(),
        vcpus: of.vcpus,
        memory: of.memory,
        zones: bought.zones,
    }
}

/// CPU credits of a type, if it has some.
pub(super) fn burst(of: &InstanceType) -> Option<Burst> {
    let own = of.burst.as_ref()?;
    let all = u64::from(of.vcpus) * u64::from(CPU_UNITS_PER_VCPU);
    Some(Burst {
        baseline_micro_cpu: all * u64::from(own.baseline_ppm_per_vcpu),
        surplus_price: own.surplus_per_vcpu.filter(|_| own.unlimited_by_default),
    })
}

/// The pools that the scenario states, by type and zone; the first that names one counts.
fn pools(
    scenario: &Scenario,
    catalog: &Catalog,
    zones: &[String],
) -> BTreeMap<(InstanceTypeId, ZoneId), u32> {
    let mut pools = BTreeMap::new();
    for pool in &scenario.capacity_pools {
        let Some(index) = catalog.index_of(&pool.instance_type) else { continue };
        for (position, zone) in zones.iter().enumerate() {
            if pool.availability_zone.as_ref().is_none_or(|stated| stated == zone) {
                let key = (InstanceTypeId::from_index(index), ZoneId::from_index(position));
                pools.entry(key).or_insert(pool.depth);
            }
        }
    }
    pools
}

/// The subnets in the zones used.
fn subnets(scenario: &Scenario, zones: &[String]) -> Vec<SubnetSetup> {
    let subnets = scenario.subnets.iter().filter_map(|subnet| {
        let zone = zones.iter().position(|zone| *zone == subnet.availability_zone)?;
        Some(SubnetSetup {
            id: subnet.id.clone(),
            zone: ZoneId::from_index(zone),
            addresses: subnet.available_ip_address_count,
        })
    });
    subnets.collect()
}

fn pools_exist(scenario: &Scenario, catalog: &Catalog, unfit: &mut Vec<Unfit>) {
    for (position, pool) in scenario.capacity_pools.iter().enumerate() {
        if catalog.index_of(&pool.instance_type).is_none() {
            let nearest = catalog.nearest_type(&pool.instance_type).unwrap_or("t4g.small");
            unfit.push(Unfit {
                path: format!("capacity_pool.{position}.instance_type"),
                message: format!("there is no instance type \"{}\"", pool.instance_type),
                help: format!("did you mean \"{nearest}\"?"),
            });
        }
        let zone = pool.availability_zone.as_ref();
        if let Some(zone) = zone.filter(|zone| !catalog.zones().contains(zone)) {
            unfit.push(Unfit {
                path: format!("capacity_pool.{position}.availability_zone"),
                message: format!(
                    "there is no availability zone \"{zone}\" in {}",
                    catalog.region()
                ),
                help: zone_help(zone, catalog),
            });
        }
    }
}

/// AWS's spelling.
#[must_use]
pub const fn architecture_name(architecture: CpuArchitecture) -> &'static str {
    match architecture {
        CpuArchitecture::X86_64 => "X86_64",
        CpuArchitecture::Arm64 => "ARM64",
    }
}
