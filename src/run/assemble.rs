//! From the end of a run to its answer.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, FargatePlatform, PurchaseOption, SeriesId};
use crate::model::{
    Candidate, Cluster, GroupKind, LastStatus, ProviderSetup, Refused, Wave, fargate_rates,
    instance_rates,
};
use crate::observe::{
    FargateCount, FleetCount, LedgerItem, LedgerLine, Metrics, Observers, Samples,
};
use crate::scenario::Scenario;
use crate::units::{Limit, ProviderId, SimTime, TaskDefinitionId, UsdPerHour, ZoneId};

use super::answer::{
    Answer, CatalogSummary, CostLine, CostOutcome, FleetRow, LimitRow, ScenarioSummary,
    SpotOutcome, TaskOutcome, WaveRow,
};
use super::packing::{Packing, fargate_price, packing};
use super::prepare::Prepared;
use super::quantiles::{PhaseQuantiles, Quantiles};
use super::{
    MODEL_VERSION, Options, asks, assumptions, daemons, demand, deployments, discounts, faults,
    jobs, limits, loosely_packed, prepare_faults, service_scaling, service_zones, spot, waiting,
    warm_up,
};

/// Everything that an answer is made of.
pub(super) struct World<'w, 'a> {
    pub(super) scenario: &'w Scenario,
    pub(super) catalog: &'w Catalog,
    pub(super) prepared: &'w Prepared,
    pub(super) cluster: &'w Cluster<'a>,
    pub(super) seed: u64,
    pub(super) warm_up: warm_up::Found,
}

/// p99 is given only where at least this many tasks bear it.
const P99_NEEDS: u64 = 2_000;

pub(super) fn answer(
    world: &World<'_, '_>,
    observers: &mut Observers,
    events: u64,
    options: &Options,
) -> Answer {
    let fleet = fleet(world, observers);
    let tasks = tasks(world, observers);
    let cost = cost(world, observers, !options.skip_bounds);
    let scaling = service_scaling::rows(world, observers);
    let limits = limits::rows(world, observers, &scaling);
    let mut warnings = warnings(world, observers, &fleet, &limits);
    warnings.extend(demand::warnings(world));
    warnings.extend(warm_up::warning(world.warm_up));
    let setup = &world.prepared.setup;
    warnings.extend(spot::warnings(world.scenario, world.catalog, setup, &fleet));
    Answer {
        schema_version: 1,
        model_version: MODEL_VERSION.to_owned(),
        scenario: scenario(world),
        catalog: catalog(world, observers),
        deployments: deployments::rows(world, observers, &tasks.waiting_for),
        tasks,
        daemons: daemons::rows(world, observers),
        service_zones: service_zones::rows(world),
        jobs: jobs::rows(world, observers),
        scaling,
        assumptions: assumptions::assumptions(world, observers),
        spot: spot_outcome(world, observers),
        demand: demand::demand_rows(world),
        queues: demand::queue_rows(world),
        paid_for_nothing: demand::paid_for_nothing(world, observers),
        fleet,
        cost,
        limits,
        faults: faults::rows(world, observers, !options.skip_fault_costs),
        warnings,
        events: events as f64,
        digest: observers.digest.text(),
        intervals: BTreeMap::new(),
    }
}

fn scenario(world: &World<'_, '_>) -> ScenarioSummary {
    ScenarioSummary {
        name: world.scenario.name.clone(),
        region: world.scenario.region.clone(),
        price_stand_in: world.scenario.price_stand_in.clone(),
        availability_zones: world.prepared.setup.zones.clone(),
        seed: world.seed,
        replications: 1,
        horizon_s: world.scenario.horizon.as_secs_f64(),
    }
}

fn catalog(world: &World<'_, '_>, observers: &Observers) -> CatalogSummary {
    let used = observers.fleet.counts().filter_map(|(provider, position, _)| {
        let candidate = &world.prepared.setup.provider(provider).candidates()[position as usize];
        series_of(world, candidate)
    });
    let mut prices_as_of = world.catalog.prices_as_of(used);
    for (provider, position, _) in observers.fargate.counts() {
        if let ProviderSetup::Fargate(own) = world.prepared.setup.provider(provider) {
            let size = &own.sizes[position as usize];
            prices_as_of.insert(size.price_source.clone(), size.price_as_of.clone());
        }
    }
    let gp3 = world.catalog.gp3_price();
    prices_as_of.insert(format!("gp3 ({})", gp3.region), gp3.as_of.clone());
    CatalogSummary { as_of: world.catalog.as_of().to_owned(), prices_as_of }
}

fn series_of(world: &World<'_, '_>, candidate: &Candidate) -> Option<SeriesId> {
    let index = candidate.instance_type.index();
    // External instances have no type.
    world.catalog.types().get(index)?;
    world.catalog.price(index, candidate.purchase_option).map(|quote| quote.series)
}

fn fleet(world: &World<'_, '_>, observers: &Observers) -> Vec<FleetRow> {
    let setup = &world.prepared.setup;
    let mut rows: Vec<FleetRow> = observers
        .fleet
        .counts()
        .map(|(provider, position, count)| {
            let candidate = &setup.provider(provider).candidates()[position as usize];
            let series = series_of(world, candidate);
            FleetRow {
                capacity_provider: setup.provider(provider).name().to_owned(),
                instance_type: Some(candidate.name.clone()),
                fargate_size: None,
                purchase_option: candidate.purchase_name().to_owned(),
                launched: f64::from(count.launched),
                peak: f64::from(count.peak),
                at_end: f64::from(count.running),
                stopped_at_end: has_warm_pool(setup.provider(provider))
                    .then_some(f64::from(count.stopped)),
                max_tasks_per_instance: f64::from(count.max_tasks),
                binding_limit: limit_name(world, provider, position, count).map(str::to_owned),
                usd_per_hour_each: instance_rates(candidate, candidate.ec2_price, &setup.discounts)
                    .paid()
                    .as_dollars(),
                ec2_usd_per_hour_each: candidate.ec2_price.as_dollars(),
                price_source: series
                    .map_or_else(String::new, |id| world.catalog.series(id).name.clone()),
                frequency: None,
            }
        })
        .collect();
    rows.extend(fargate_rows(world, observers));
    rows.sort_by(|a, b| {
        let name = |row: &FleetRow| (row.instance_type.clone(), row.fargate_size.clone());
        b.launched.total_cmp(&a.launched).then_with(|| name(a).cmp(&name(b)))
    });
    rows
}

fn has_warm_pool(provider: &ProviderSetup) -> bool {
    matches!(provider, ProviderSetup::AutoScalingGroup(own) if own.settings.warm_pool.is_some())
}

/// A row for each Fargate size: one task is one of the fleet.
fn fargate_rows(world: &World<'_, '_>, observers: &Observers) -> Vec<FleetRow> {
    let discounts = &world.prepared.setup.discounts;
    let row = |(provider, position, count): (ProviderId, u32, &FargateCount)| {
        let ProviderSetup::Fargate(own) = world.prepared.setup.provider(provider) else {
            return None;
        };
        let size = &own.sizes[position as usize];
        Some(FleetRow {
            capacity_provider: own.purchase_option_name().to_owned(),
            instance_type: None,
            fargate_size: Some(size.name.clone()),
            purchase_option: own.purchase_option.name().to_owned(),
            launched: f64::from(count.launched),
            peak: f64::from(count.peak),
            at_end: f64::from(count.running),
            stopped_at_end: None,
            max_tasks_per_instance: 1.0,
            binding_limit: None,
            usd_per_hour_each: fargate_rates(size, own.purchase_option, discounts)
                .paid()
                .as_dollars(),
            ec2_usd_per_hour_each: 0.0,
            price_source: size.price_source.clone(),
            frequency: None,
        })
    };
    observers.fargate.counts().filter_map(row).collect()
}

/// How many tasks of the kind that a type mostly got fit on it, and what stops one more.
pub(super) fn binding(
    world: &World<'_, '_>,
    provider: ProviderId,
    position: u32,
    count: &FleetCount,
) -> Option<(u32, Limit)> {
    let setup = &world.prepared.setup;
    let definition = most_placed(count)?;
    let candidate = &setup.provider(provider).candidates()[position as usize];
    let room = setup.room_beside_daemons(provider, candidate);
    room.capacity_for(&setup.definition(definition).size)
}

/// The limit in the answer: one task that holds ports of its instance leaves no room for another.
fn limit_name(
    world: &World<'_, '_>,
    provider: ProviderId,
    position: u32,
    count: &FleetCount,
) -> Option<&'static str> {
    let (tasks, limit) = binding(world, provider, position, count)?;
    let ports = tasks > 1 && most_placed(count).is_some_and(|id| holds_ports(world, id));
    Some(if ports { "ports" } else { limit.name() })
}

/// Whether tasks of a definition hold ports of their instance.
pub(super) fn holds_ports(world: &World<'_, '_>, id: TaskDefinitionId) -> bool {
    let definition = world.scenario.task_definitions.get(id.index());
    definition.is_some_and(|definition| !asks::host_ports(definition).is_empty())
}

/// The definition of which most tasks were placed, the first among equals.
pub(super) fn most_placed(count: &FleetCount) -> Option<TaskDefinitionId> {
    let most = *count.placed.iter().max().filter(|most| **most > 0)?;
    count.placed.iter().position(|placed| *placed == most).map(TaskDefinitionId::from_index)
}

fn tasks(world: &World<'_, '_>, observers: &mut Observers) -> TaskOutcome {
    let cluster = world.cluster;
    let counts = cluster.counts();
    let groups = || cluster.groups().iter().filter(|group| group.kind != GroupKind::Daemon);
    let requested: u64 = groups().map(|group| group.requested()).sum();
    let not_created: u64 = groups().map(|group| u64::from(group.not_created())).sum();
    let daemons = daemons::by_status(world);
    let of = |status| counts.get(status) - daemons.get(&status).copied().unwrap_or(0);
    let waiting = [LastStatus::Provisioning, LastStatus::Pending, LastStatus::Activating]
        .into_iter()
        .map(of)
        .sum::<u64>()
        + not_created;
    let running = of(LastStatus::Running);
    let metrics = &mut observers.metrics;
    metrics.to_ready.sort();
    metrics.to_running.sort();
    let to_running = quantiles(&metrics.to_running);
    let to_ready = quantiles(&metrics.to_ready);
    let waves = waves(metrics);
    let started = metrics.to_running.len() + metrics.cut;
    let (interrupted, drained) = (metrics.interrupted, metrics.stopped_draining);
    let phases = metrics.phases_mut().map(|(name, samples)| {
        samples.sort();
        let quantiles = PhaseQuantiles {
            mean: samples.mean(),
            p50: samples.quantile(0.5),
            p90: samples.quantile(0.9),
        };
        (name.to_owned(), quantiles)
    });
    TaskOutcome {
        phases_s: phases.collect(),
        requested: requested as f64,
        started: started as f64,
        running_at_end: running as f64,
        stopped: (requested - waiting - running) as f64,
        interrupted: interrupted as f64,
        drained: drained as f64,
        waiting_at_end: waiting as f64,
        waiting_for: waiting::rows(world),
        warm_up: warm_up::row(world, metrics.cut),
        time_to_running_s: to_running,
        waves,
        time_to_ready_s: to_ready,
    }
}

/// The waves that had tasks. The first is what the later ones leave of all.
fn waves(metrics: &mut Metrics) -> Vec<WaveRow> {
    metrics.later.iter_mut().for_each(Samples::sort);
    let row = |wave: Wave| {
        let first;
        let samples = if wave == Wave::First {
            first =
                metrics.later.iter().fold(metrics.to_running.clone(), |all, of| all.without(of));
            &first
        } else {
            &metrics.later[wave as usize]
        };
        (!samples.is_empty()).then(|| WaveRow {
            wave: wave.name().to_owned(),
            started: samples.len() as f64,
            time_to_running_s: quantiles(samples),
        })
    };
    Wave::ALL.into_iter().filter_map(row).collect()
}

fn spot_outcome(world: &World<'_, '_>, observers: &mut Observers) -> Option<SpotOutcome> {
    if !spot::is_bought(&world.prepared.setup) {
        return None;
    }
    let seen = &mut observers.interruptions;
    seen.replacement.sort();
    Some(SpotOutcome {
        preset: spot::presets(world.scenario),
        instances_launched: seen.launched as f64,
        instances_interrupted: seen.noticed as f64,
        tasks_taken: seen.tasks_taken as f64,
        replacement_s: quantiles(&seen.replacement),
        not_replaced_at_end: seen.not_replaced() as f64,
    })
}

pub(super) fn quantiles(samples: &Samples) -> Quantiles {
    Quantiles {
        mean: samples.mean(),
        p50: samples.quantile(0.5),
        p90: samples.quantile(0.9),
        p95: samples.quantile(0.95),
        p99: samples.quantile(0.99).filter(|_| samples.len() >= P99_NEEDS),
        max: samples.max(),
    }
}

fn cost(world: &World<'_, '_>, observers: &Observers, bounds: bool) -> CostOutcome {
    let horizon = SimTime::ZERO + world.scenario.horizon;
    let (rates, credits) = (world.cluster.rates(horizon), world.cluster.credits_per_hour());
    let per_hour = rates.paid() + credits;
    let packing = bounds.then(|| packing(world.cluster, horizon)).flatten();
    let fargate = if bounds { fargate_price(world.cluster) } else { UsdPerHour::ZERO };
    let known = packing.is_some() || fargate > UsdPerHour::ZERO;
    // The bound of the instances, and the exact price of what runs on Fargate.
    let priced = |of: fn(&Packing<'_>) -> UsdPerHour| {
        let instances = packing.as_ref().map_or(UsdPerHour::ZERO, of);
        known.then(|| (instances + fargate).as_dollars())
    };
    CostOutcome {
        total_usd: observers.ledger.total().as_dollars(),
        per_hour_at_end_usd: per_hour.as_dollars(),
        credits_per_hour_at_end_usd: credits.as_dollars(),
        per_month_at_end_usd: per_hour.per_month().as_dollars(),
        lower_bound_per_hour_usd: priced(|found| found.bounds.lower),
        best_packing_per_hour_usd: priced(|found| found.bounds.best.price),
        best_packing_proven: known
            .then(|| packing.as_ref().is_none_or(|found| found.bounds.proven_optimal)),
        best_packing_keeps_split: packing
            .as_ref()
            .and_then(|found| found.keeps_split(world.cluster)),
        best_packing: packing.map_or_else(Vec::new, |found| found.rows(world.cluster)),
        loosely_packed: if bounds { loosely_packed::rows(world) } else { Vec::new() },
        lines: observers.ledger.lines().iter().map(|line| cost_line(world, line)).collect(),
        list_per_hour_at_end_usd: (!world.scenario.discounts.is_empty())
            .then(|| (rates.list() + credits).as_dollars()),
        discounts: discounts::rows(world, observers, &rates),
        not_included: discounts::not_included(world.scenario),
    }
}

fn cost_line(world: &World<'_, '_>, line: &LedgerLine) -> CostLine {
    let provider = world.prepared.setup.provider(line.capacity_provider);
    let position = line.candidate as usize;
    let candidate = provider.candidates().get(position);
    let name = match provider {
        ProviderSetup::Fargate(own) => own.sizes[position].name.as_str(),
        ProviderSetup::ManagedInstances(_)
        | ProviderSetup::AutoScalingGroup(_)
        | ProviderSetup::LaunchType(_) => candidate.map_or("", |of| of.name.as_str()),
    };
    let what = match line.item {
        LedgerItem::Instance if candidate.is_some_and(|of| of.reserved) => "reserved instance",
        LedgerItem::Instance => match candidate.map(|of| of.purchase_option) {
            Some(PurchaseOption::Spot) => "Spot instance",
            Some(PurchaseOption::OnDemand) | None => "on-demand instance",
        },
        LedgerItem::UnusedReservation => "unused capacity reservation",
        LedgerItem::Fee => "Managed Instances fee",
        LedgerItem::Volume => match provider {
            ProviderSetup::ManagedInstances(_) => "gp3 data volume",
            ProviderSetup::AutoScalingGroup(_)
            | ProviderSetup::Fargate(_)
            | ProviderSetup::LaunchType(_) => "gp3 root volume",
        },
        LedgerItem::CpuCredits => "surplus CPU credits",
        LedgerItem::FargateVcpu => "vCPU",
        LedgerItem::FargateMemory => "memory",
        LedgerItem::FargateStorage => "ephemeral storage",
        LedgerItem::FargateLicence => "Windows licence",
    };
    CostLine {
        item: format!("{} {name}{}: {what}", provider.name(), bought_as(line.item, candidate)),
        instance_hours: line.billed.as_secs_f64() / 3_600.0,
        usd: line.amount.as_dollars(),
    }
}

/// How an instance was bought, where what the line is for does not say it: a type may be bought in
/// several ways, and no two lines of a bill have one name.
fn bought_as(item: LedgerItem, candidate: Option<&Candidate>) -> &'static str {
    match candidate {
        _ if matches!(item, LedgerItem::Instance | LedgerItem::UnusedReservation) => "",
        Some(of) if of.reserved => " reserved",
        Some(of) if of.purchase_option == PurchaseOption::Spot => " Spot",
        Some(_) | None => "",
    }
}

/// That offerings or prices are another Region's.
fn stands_in(world: &World<'_, '_>, fleet: &[FleetRow]) -> Option<String> {
    let region = &world.scenario.region;
    let stand_in = world.scenario.price_stand_in.as_ref()?;
    let from = world.catalog.provenance();
    if from.prices_region != *region || from.offerings_region.as_ref() != Some(region) {
        let words =
            format!("offerings and prices are those of {stand_in}, standing in for {region}");
        return Some(words);
    }
    let on_fargate = fleet.iter().any(|row| row.fargate_size.is_some());
    let of_fargate =
        world.catalog.fargate_price(FargatePlatform::LinuxX86, PurchaseOption::OnDemand);
    let borrowed = of_fargate.is_some_and(|price| price.region == *stand_in && stand_in != region);
    (on_fargate && borrowed)
        .then(|| format!("prices of Fargate are those of {stand_in}, standing in for {region}"))
}

fn warnings(
    world: &World<'_, '_>,
    observers: &Observers,
    fleet: &[FleetRow],
    limits: &[LimitRow],
) -> Vec<String> {
    let mut warnings = Vec::new();
    for row in fleet {
        let series =
            world.catalog.all_series().iter().find(|series| series.name == row.price_source);
        if series.is_some_and(|series| !series.quoted) {
            warnings.push(format!(
                "the price of {} is an estimate ({}), not a price that AWS quotes",
                row.instance_type.as_deref().unwrap_or("Fargate"),
                row.price_source
            ));
        }
    }
    let gp3 = world.catalog.gp3_price();
    if gp3.stands_in {
        warnings.push(format!(
            "no gp3 price is known for {}: that of {} stands in",
            world.scenario.region, gp3.region
        ));
    }
    warnings.extend(stands_in(world, fleet));
    let on_spot = observers.fargate.counts().any(|(provider, _, _)| {
        matches!(world.prepared.setup.provider(provider), ProviderSetup::Fargate(own)
            if own.purchase_option == PurchaseOption::Spot && !own.is_interrupted)
    });
    if on_spot {
        warnings.push(spot::FARGATE_NEVER_TAKEN.to_owned());
    }
    warnings.extend(never_started(world));
    warnings.extend(credit_warnings(world, observers));
    warnings.extend(prepare_faults::without_target(&world.prepared.setup));
    warnings.extend(address_warnings(world));
    warnings.extend(daemons::warnings(world));
    let in_vain = world.prepared.in_vain.iter();
    warnings.extend(in_vain.map(|of| format!("{of} ({})", of.help)));
    if world.cluster.credits_per_hour() > UsdPerHour::ZERO {
        warnings.push(
            "surplus CPU credits are in the rate and the bill, not in the bound and the best packing"
                .to_owned(),
        );
    }
    for (row, there) in limits.iter().filter_map(|row| Some((row, row.of?))) {
        // A launch rate is a matter of time, not of enough.
        if row.needed > there && !row.limit.starts_with("launch rate") {
            warnings.push(format!("{}: {} needed, {there} there", row.limit, row.needed));
        }
    }
    warnings
}

/// Tasks that stopped without having had a place: where no room may be waited for.
fn never_started(world: &World<'_, '_>) -> Option<String> {
    let refused = world.cluster.refused_for_room();
    let quota = world.scenario.provisioning_tasks_quota;
    (refused > 0).then(|| {
        format!(
            "{} found no room and could not wait for it: no managed scaling, or more than {quota} tasks in \
             PROVISIONING (provisioning_tasks_quota)",
            counted(u32::try_from(refused).unwrap_or(u32::MAX), "task", "tasks")
        )
    })
}

/// Zones whose subnets ran out of addresses.
fn address_warnings(world: &World<'_, '_>) -> Vec<String> {
    let zones = world.prepared.setup.zones.iter().enumerate();
    let refused = zones.filter_map(|(position, name)| {
        let refused = world.cluster.addresses_refused(ZoneId::from_index(position));
        (refused != Refused::default()).then(|| {
            format!(
                "the subnets in {name} ran out of addresses: refused were the network interfaces of {} \
                 and {} (InsufficientFreeAddressesInSubnet)",
                counted(refused.tasks, "task", "tasks"),
                counted(refused.instances, "launch", "launches"),
            )
        })
    });
    refused.collect()
}

fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Burstable types whose tasks reserve more CPU than the baseline, where use is not stated.
fn credit_warnings(world: &World<'_, '_>, observers: &Observers) -> Vec<String> {
    let setup = &world.prepared.setup;
    let mut warnings = Vec::new();
    for (provider, position, count) in observers.fleet.counts() {
        let candidate = &setup.provider(provider).candidates()[position as usize];
        let Some((burst, definition)) = candidate.burst.zip(most_placed(count)) else { continue };
        let definition = setup.definition(definition);
        let reserved = definition.size.cpu * count.max_tasks;
        if definition.cpu_used.is_some() || reserved <= burst.baseline_cpu() {
            continue;
        }
        let vcpus = |units: u32| f64::from(units) / 1_024.0;
        let above = vcpus(reserved - burst.baseline_cpu());
        let price = burst.surplus_price.map_or_else(
            || "no surplus price is known".to_owned(),
            |price| format!("up to ${:.4}/h each", above * price.as_dollars()),
        );
        warnings.push(format!(
            "{}: tasks reserve {:.2} vCPU, its baseline is {:.2}; used in full, surplus CPU credits \
             cost {price} (state task_definition.{}.cpu_utilization_percent to bill them)",
            candidate.name,
            vcpus(reserved),
            vcpus(burst.baseline_cpu()),
            definition.family,
        ));
    }
    warnings
}
