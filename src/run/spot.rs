//! The Spot pools of a scenario: which there are, what is assumed of each, and at what prices.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, InterruptionBand, PurchaseOption, Quote};
use crate::engine::{SpotLossLaw, SpotPoolLaw, SpotTurns};
use crate::model::{Candidate, ProviderSetup, Setup, SpotSetup};
use crate::observe::Observers;
use crate::random::math::gamma;
use crate::scenario::parameters::spot::{PresetLaws, preset_laws, weibull_of_hours};
use crate::scenario::{
    CapacityOptionType, ManagedInstances, PriceHistoryFrom, ProviderKind, Scenario, Spot,
    SpotDepth, SpotInitial, SpotPool, SpotPreset, SpotSelectionPolicy,
};
use crate::units::{
    HOURS_PER_MONTH, InstanceTypeId, SimDuration, SimTime, SpotPoolId, UsdPerHour, ZoneId,
    timestamp,
};

use super::answer::{Assumption, FleetRow};
use super::assemble::World;
use super::prepare::{Unfit, zone_help};

/// What a run needs to know of Spot.
pub(super) struct SpotMarket {
    pub(super) setup: SpotSetup,
    pub(super) laws: Vec<SpotPoolLaw>,
    pub(super) loss: SpotLossLaw,
}

/// The band of types that the advisor does not list: assumed, the second of five.
const UNLISTED: InterruptionBand = InterruptionBand::From5To10;

/// The share of instances interrupted in a month that stands for a band: its middle; of the open one a
/// quarter.
const fn monthly(band: InterruptionBand) -> f64 {
    match band {
        InterruptionBand::Under5 => 0.025,
        InterruptionBand::From5To10 => 0.075,
        InterruptionBand::From10To15 => 0.125,
        InterruptionBand::From15To20 => 0.175,
        InterruptionBand::Over20 => 0.25,
    }
}

/// The Spot pools that the providers may ask.
pub(super) fn market(
    scenario: &Scenario,
    catalog: &Catalog,
    zones: &[String],
    providers: &[ProviderSetup],
) -> SpotMarket {
    let spot = &scenario.spot;
    let mut pools = BTreeSet::new();
    let candidates = providers.iter().flat_map(ProviderSetup::candidates);
    for candidate in candidates.filter(|of| of.purchase_option == PurchaseOption::Spot) {
        for zone in (0..zones.len()).map(ZoneId::from_index) {
            if candidate.offered_in(zone) {
                pools.insert(SpotPoolId::of(candidate.instance_type, zone));
            }
        }
    }
    let laws = pools.iter().map(|pool| law(scenario, catalog, zones, *pool)).collect();
    let prices = pools
        .iter()
        .filter_map(|pool| {
            let zone = &zones[pool.zone().index()];
            let history = history(scenario, catalog, pool.instance_type(), zone);
            if !history.is_empty() {
                return Some((*pool, history));
            }
            let quote = price(catalog, pool.instance_type(), zone)?;
            Some((*pool, vec![(SimTime::ZERO, quote.usd_per_hour)]))
        })
        .collect();
    SpotMarket {
        setup: SpotSetup {
            recommendation_lead: spot.recommendation_lead,
            notice: spot.notice,
            loss_spread: spot.loss_spread,
            vcpu_quota: spot.vcpu_quota,
            deep_pool_percent: spot.deep_pool_percent,
            free_first_hour: spot.free_first_hour,
            price_changes: spot.price_changes,
            prices,
        },
        laws,
        loss: SpotLossLaw { all: all_lost(spot), beta: spot.partial_loss_beta },
    }
}

fn all_lost(spot: &Spot) -> f64 {
    f64::from(spot.all_lost_ppm) / 1e6
}

/// The price of a type in a zone.
pub(super) fn price(catalog: &Catalog, of: InstanceTypeId, zone: &str) -> Option<Quote> {
    let position = catalog.zones().iter().position(|known| known == zone)?;
    catalog.offering(of.index()).spot.in_zone(position)
}

/// The moment of a price history that is time 0.
fn history_begins(scenario: &Scenario, catalog: &Catalog) -> i64 {
    let (earliest, latest) = catalog.spot_history().span();
    match scenario.spot.price_history_from {
        PriceHistoryFrom::At(moment) => moment,
        PriceHistoryFrom::Last => {
            let horizon = scenario.horizon.as_micros().div_ceil(1_000_000);
            latest.saturating_sub(i64::try_from(horizon).unwrap_or(i64::MAX)).max(earliest)
        }
    }
}

/// The prices of a type in a zone during the run, from a history; empty where it has none. Before its
/// first price that one holds, after its last that one.
fn history(
    scenario: &Scenario,
    catalog: &Catalog,
    of: InstanceTypeId,
    zone: &str,
) -> Vec<(SimTime, UsdPerHour)> {
    let Some(zone) = catalog.zones().iter().position(|known| known == zone) else {
        return Vec::new();
    };
    let all = catalog.spot_history().of(of.index(), zone);
    let begins = history_begins(scenario, catalog);
    let before = all.partition_point(|(at, _)| *at <= begins);
    let Some(first) = all.get(before.saturating_sub(1)) else { return Vec::new() };
    let mut prices = vec![(SimTime::ZERO, first.1)];
    for (at, price) in &all[before..] {
        let since = SimDuration::from_secs(at.abs_diff(begins));
        if since <= scenario.horizon && prices.last().is_some_and(|(_, last)| last != price) {
            prices.push((SimTime::ZERO + since, *price));
        }
    }
    prices
}

/// The zones of `offered` (bits by position in `zones`) in which the type has a Spot price.
pub(super) fn priced_zones(catalog: &Catalog, index: usize, zones: &[String], offered: u64) -> u64 {
    let of = InstanceTypeId::from_index(index);
    zones.iter().enumerate().fold(0, |bits, (position, zone)| {
        bits | (u64::from(price(catalog, of, zone).is_some()) << position & offered)
    })
}

/// The first of the scenario's own pools that describes this one.
fn described<'s>(scenario: &'s Scenario, name: &str, zone: &str) -> Option<&'s SpotPool> {
    scenario.spot_pools.iter().find(|pool| {
        pool.instance_type == name
            && pool.availability_zone.as_ref().is_none_or(|stated| stated == zone)
    })
}

/// The laws of a pool: its own words before those of `[spot]`, words before presets. A preset of its own
/// comes before what `[spot]` says.
fn law(scenario: &Scenario, catalog: &Catalog, zones: &[String], pool: SpotPoolId) -> SpotPoolLaw {
    let spot = &scenario.spot;
    let index = pool.instance_type().index();
    let (name, zone) = (&catalog.types()[index].name, &zones[pool.zone().index()]);
    let own = described(scenario, name, zone);
    let preset = own.and_then(|own| own.preset);
    let general = if preset.is_some() { None } else { Some(&spot.pools) };
    let said = [own.map(|own| &own.laws), general];
    let said = || said.into_iter().flatten();
    let preset = preset.unwrap_or(spot.preset);
    let laws = preset_laws(preset);
    let available_for = said().find_map(|laws| laws.available_for.clone());
    let unavailable_for = said().find_map(|laws| laws.unavailable_for.clone());
    // Pools of the preset without turns get some when the scenario says how long they are available.
    let turns = laws
        .turns
        .or_else(|| available_for.as_ref().and_then(|_| preset_laws(SpotPreset::Advisor).turns));
    SpotPoolLaw {
        pool,
        name: format!("{name} in {zone}"),
        turns: turns.map(|turns| SpotTurns {
            available_for: available_for.unwrap_or_else(|| {
                let hours = turns
                    .available_scale_hours
                    .unwrap_or_else(|| advisor_scale_hours(spot, &laws, catalog, index));
                weibull_of_hours(turns.available_shape, hours)
            }),
            unavailable_for: unavailable_for.unwrap_or_else(|| turns.unavailable_for()),
            stationary: spot.initial == SpotInitial::Stationary,
        }),
        depth: match said().find_map(|laws| laws.depth).unwrap_or(laws.depth) {
            SpotDepth::Unlimited => None,
            SpotDepth::Between { min, max } => Some((min, max)),
        },
    }
}

/// The scale, in hours, at which a share of the instances is interrupted each month as the advisor's band
/// has it: an instance is lost at a share q of its pool's turns, q = p + (1 - p) / (1 + b) for the
/// chance p that all are lost and a share Beta(1, b) otherwise; so the mean stretch is a month times q
/// / band, and the scale of a Weibull of shape k is that over G(1 + 1/k).
fn advisor_scale_hours(spot: &Spot, laws: &PresetLaws, catalog: &Catalog, index: usize) -> f64 {
    let band = catalog.offering(index).spot.interruption_band.unwrap_or(UNLISTED);
    let all = all_lost(spot);
    let lost = all + (1.0 - all) / (1.0 + spot.partial_loss_beta);
    let mean = HOURS_PER_MONTH as f64 * lost / monthly(band);
    let shape = laws.turns.map_or(1.0, |turns| turns.available_shape);
    mean / gamma(1.0 + 1.0 / shape)
}

/// The pools of the scenario must be of types and zones that exist.
pub(super) fn pools_exist(scenario: &Scenario, catalog: &Catalog, unfit: &mut Vec<Unfit>) {
    for (position, pool) in scenario.spot_pools.iter().enumerate() {
        let zone = pool.availability_zone.as_deref();
        let path = format!("spot_pool.{position}");
        unfit.extend(no_such_pool(&path, catalog, &pool.instance_type, zone));
    }
    for (position, of) in scenario.capacity_reservations.iter().enumerate() {
        let zone = Some(of.availability_zone.as_str());
        let path = format!("capacity_reservation.{position}");
        unfit.extend(no_such_pool(&path, catalog, &of.instance_type, zone));
    }
}

/// What is wrong with a type and a zone.
pub(super) fn no_such_pool(
    path: &str,
    catalog: &Catalog,
    instance_type: &str,
    zone: Option<&str>,
) -> Vec<Unfit> {
    let mut unfit = Vec::new();
    if catalog.index_of(instance_type).is_none() {
        let nearest = catalog.nearest_type(instance_type).unwrap_or("t4g.small");
        unfit.push(Unfit {
            path: format!("{path}.instance_type"),
            message: format!("there is no instance type \"{instance_type}\""),
            help: format!("did you mean \"{nearest}\"?"),
        });
    }
    let known = |zone: &&str| catalog.zones().iter().any(|known| known == zone);
    if let Some(zone) = zone.filter(|zone| !known(zone)) {
        unfit.push(Unfit {
            path: format!("{path}.availability_zone"),
            message: format!("there is no availability zone \"{zone}\" in {}", catalog.region()),
            help: zone_help(zone, catalog),
        });
    }
    unfit
}

/// Instances reserved, by type and zone of the cluster.
pub(super) fn reservations(
    scenario: &Scenario,
    catalog: &Catalog,
    zones: &[String],
) -> BTreeMap<(InstanceTypeId, ZoneId), u32> {
    let reserved = scenario.capacity_reservations.iter().filter_map(|of| {
        let index = catalog.index_of(&of.instance_type)?;
        let zone = zones.iter().position(|zone| *zone == of.availability_zone)?;
        let key = (InstanceTypeId::from_index(index), ZoneId::from_index(zone));
        Some((key, of.instance_count))
    });
    reserved.collect()
}

/// The zones in which instances of a type are reserved, bit by position.
pub(super) fn reserved_zones(
    scenario: &Scenario,
    catalog: &Catalog,
    index: usize,
    zones: &[String],
) -> u64 {
    let of = InstanceTypeId::from_index(index);
    let reserved = reservations(scenario, catalog, zones);
    let own = reserved.keys().filter(|(instance_type, _)| *instance_type == of);
    own.fold(0, |bits, (_, zone)| bits | 1 << zone.0)
}

/// Every reservation must be of use to some provider: an unused one is paid all the same.
pub(super) fn reservations_fit(
    scenario: &Scenario,
    providers: &[ProviderSetup],
    zones: &[String],
    unfit: &mut Vec<Unfit>,
) {
    let candidates = || providers.iter().flat_map(ProviderSetup::candidates);
    for of in &scenario.capacity_reservations {
        let zone = zones.iter().position(|zone| *zone == of.availability_zone);
        let serves = |candidate: &&Candidate| {
            candidate.reserved
                && candidate.name == of.instance_type
                && zone.is_some_and(|zone| candidate.offered_in(ZoneId::from_index(zone)))
        };
        if candidates().any(|candidate| serves(&candidate)) {
            continue;
        }
        unfit.push(Unfit {
            path: format!("capacity_reservation.{}", of.instance_type),
            message: format!(
                "no capacity provider can use the reservation of {} in {}",
                of.instance_type, of.availability_zone
            ),
            help: "a provider uses it when its capacity_option_type is \"RESERVED\", its requirements \
                   admit the type, and the cluster has the zone; unused, it would be paid all the same"
                .to_owned(),
        });
    }
}

/// The lowest price of the zones, at the start: what a type is listed at.
pub(super) fn listed_price(
    scenario: &Scenario,
    catalog: &Catalog,
    index: usize,
    zones: &[String],
    bits: u64,
) -> Option<UsdPerHour> {
    let of = InstanceTypeId::from_index(index);
    let priced = zones.iter().enumerate().filter(|(position, _)| bits >> position & 1 == 1);
    let at_first = |zone: &String| {
        let history = history(scenario, catalog, of, zone);
        let quoted = || price(catalog, of, zone).map(|quote| quote.usd_per_hour);
        history.first().map(|(_, price)| *price).or_else(quoted)
    };
    priced.filter_map(|(_, zone)| at_first(zone)).min()
}

/// Whether any provider buys Spot.
pub(super) fn is_bought(setup: &Setup) -> bool {
    let mut candidates = setup.providers.iter().flat_map(ProviderSetup::candidates);
    candidates.any(|candidate| candidate.purchase_option == PurchaseOption::Spot)
}

/// The name of a preset.
const fn name(preset: SpotPreset) -> &'static str {
    match preset {
        SpotPreset::Advisor => "advisor",
        SpotPreset::ScarceR5 => "scarce-r5",
        SpotPreset::ScarceP3 => "scarce-p3",
        SpotPreset::Always => "always",
    }
}

/// The presets in use, in one text: that of `[spot]`, then those of pools.
pub(super) fn presets(scenario: &Scenario) -> String {
    let mut names = vec![name(scenario.spot.preset)];
    for preset in scenario.spot_pools.iter().filter_map(|pool| pool.preset) {
        if !names.contains(&name(preset)) {
            names.push(name(preset));
        }
    }
    names.join(", ")
}

/// Said where no Spot instance is ever interrupted.
const NO_INTERRUPTIONS: &str =
    "preset always: no Spot instance is interrupted here but by faults of the scenario";

/// Said where no Fargate Spot task is ever interrupted.
pub(super) const FARGATE_NEVER_TAKEN: &str = "Fargate Spot is never taken back here: AWS publishes no rate; state one with \
     fargate.spot_mean_time_to_interruption";

/// Whether the warnings of an answer say that it has Spot capacity which is never taken back.
#[must_use]
pub fn never_taken_back(warnings: &[String]) -> bool {
    warnings.iter().any(|text| text == NO_INTERRUPTIONS || text == FARGATE_NEVER_TAKEN)
}

/// What the reader must know of the pools before trusting what is said of Spot.
pub(super) fn warnings(
    scenario: &Scenario,
    catalog: &Catalog,
    setup: &Setup,
    fleet: &[FleetRow],
) -> Vec<String> {
    if !is_bought(setup) {
        return Vec::new();
    }
    let preset = scenario.spot.preset;
    let mut warnings = vec![format!(
        "Spot pools come and go here by the preset {}, which is not the truth about yours: {} ({}); other \
         presets: {}",
        presets(scenario),
        preset_laws(preset).source,
        preset_laws(preset).grade,
        [SpotPreset::Advisor, SpotPreset::ScarceR5, SpotPreset::ScarceP3, SpotPreset::Always]
            .into_iter()
            .filter(|other| *other != preset)
            .map(name)
            .collect::<Vec<_>>()
            .join(", "),
    )];
    warnings.extend(history_warning(scenario, catalog));
    let launched = |row: &FleetRow| {
        row.instance_type.is_some()
            && row.launched > 0.0
            && row.purchase_option == PurchaseOption::Spot.name()
    };
    if preset == SpotPreset::Always && fleet.iter().any(launched) {
        warnings.push(NO_INTERRUPTIONS.to_owned());
    }
    warnings
}

/// That the run leaves the history.
fn history_warning(scenario: &Scenario, catalog: &Catalog) -> Option<String> {
    let (earliest, latest) = catalog.spot_history().span();
    let begins = history_begins(scenario, catalog);
    let horizon = scenario.horizon.as_micros() / 1_000_000;
    let ends = begins.saturating_add(i64::try_from(horizon).unwrap_or(i64::MAX));
    let outside = latest > 0 && (begins < earliest || ends > latest);
    outside.then(|| {
        format!(
            "the Spot price history reaches from {} to {}, the run from {} to {}: beyond it the nearest \
             price holds",
            timestamp(earliest),
            timestamp(latest),
            timestamp(begins),
            timestamp(ends)
        )
    })
}

/// Whether a parameter of Spot or of the ways to buy could have changed the answer; `None`: it is none.
pub(super) fn bears(world: &World<'_, '_>, observers: &Observers, parameter: &str) -> Option<bool> {
    let any = |admits: &dyn Fn(&ManagedInstances) -> bool| {
        world.scenario.capacity_providers.iter().any(|provider| {
            matches!(&provider.kind, ProviderKind::ManagedInstances(settings) if admits(settings))
        })
    };
    let buys = |option: CapacityOptionType| any(&|of| of.capacity_option_type == option);
    let not_spot = || any(&|of| of.capacity_option_type != CapacityOptionType::Spot);
    let bought = is_bought(&world.prepared.setup);
    let noticed = observers.interruptions.noticed > 0;
    if let Some(name) = parameter.strip_prefix("managed_instances_provider.") {
        return Some(match name {
            "capacity_reservations.reservation_preference" => buys(CapacityOptionType::Reserved),
            "spot_selection_policy" | "spot_fee_basis" => buys(CapacityOptionType::Spot),
            "selection_policy" => not_spot(),
            "consolidation" | "consolidation_min_saving_percent" if !not_spot() => false,
            _ => return None,
        });
    }
    Some(match parameter.strip_prefix("spot.")? {
        "price_history_from" => bought && world.catalog.spot_history().span().1 > 0,
        "loss_spread" | "recommendation_lead" | "notice" => noticed,
        "deep_pool_percent" => any(&|of| {
            of.capacity_option_type == CapacityOptionType::Spot
                && of.spot_selection_policy == SpotSelectionPolicy::PriceCapacityOptimized
        }),
        // Told with the laws of the preset.
        "preset" => false,
        _ => bought,
    })
}

/// What is assumed of the pools: the laws of each preset in use.
pub(super) fn assumptions(world: &World<'_, '_>) -> Vec<Assumption> {
    if !is_bought(&world.prepared.setup) {
        return Vec::new();
    }
    let scenario = world.scenario;
    let own = scenario.spot_pools.iter().filter_map(|pool| pool.preset);
    let mut all: Vec<Assumption> = Vec::new();
    for preset in std::iter::once(scenario.spot.preset).chain(own) {
        let laws = preset_laws(preset);
        let assumption = Assumption {
            parameter: format!("spot.preset ({})", name(preset)),
            value: laws_words(&laws),
            grade: laws.grade.to_string(),
            source: laws.source.to_owned(),
        };
        if !all.contains(&assumption) {
            all.push(assumption);
        }
    }
    all
}

/// `available Weibull(0.59, 0.96 h), then not Weibull(0.78, 0.32 h); 1 to 50 instances deep`.
fn laws_words(laws: &PresetLaws) -> String {
    let turns = laws.turns.map_or_else(
        || "always available".to_owned(),
        |turns| {
            let scale = turns.available_scale_hours;
            let scale = scale.map_or("by band".to_owned(), |hours| format!("{hours} h"));
            let (shape, hours) = turns.unavailable;
            format!(
                "available Weibull({}, {scale}), then not Weibull({shape}, {hours} h)",
                turns.available_shape
            )
        },
    );
    match laws.depth {
        SpotDepth::Unlimited => format!("{turns}; no limit"),
        SpotDepth::Between { min, max } => format!("{turns}; {min} to {max} instances deep"),
    }
}
