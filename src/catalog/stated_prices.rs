//! Lays the rows of a user's price file over a region's market.

use std::collections::BTreeSet;

use super::instance_type::InstanceType;
use super::market::Market;
use super::nearest::nearest;
use super::offering::{PriceSeries, PurchaseOption, Quote, SeriesId, ZoneSet};
use super::price_file::{PriceFileRow, Priced};
use super::problem::{CatalogProblem, Problems};
use super::product::StatedPrice;
use super::regions;
use crate::units::UsdPerHour;

/// Names shown in a warning about many.
const SHOWN_NAMES: usize = 5;

/// What the rows name and the catalogue lacks.
#[derive(Default)]
struct Leftovers {
    regions: BTreeSet<String>,
    types: BTreeSet<String>,
    zones: BTreeSet<String>,
    newly_offered: BTreeSet<String>,
}

/// Applies the rows of `region` (and before them those of the region that stands in for its prices)
/// and returns the prices of other products. `types` is sorted by name.
pub(super) fn apply(
    file: &str,
    rows: &[PriceFileRow],
    region: &str,
    types: &[InstanceType],
    market: &mut Market,
    problems: &mut Problems,
) -> Vec<StatedPrice> {
    let mut products = Vec::new();
    let mut leftovers = Leftovers::default();
    let stand_in = market.provenance.prices_region.clone();
    let of = |wanted: String| rows.iter().filter(move |row| row.region == wanted);
    let stands_in = (stand_in != region).then(|| of(stand_in.clone()));
    let mut used = 0;
    for row in stands_in.into_iter().flatten().chain(of(region.to_owned())) {
        used += 1;
        match &row.priced {
            Priced::Product(product) => products.push(StatedPrice {
                product: *product,
                option: row.option,
                nanos: row.nanos,
                source: row.source.clone(),
                as_of: row.as_of.clone(),
            }),
            Priced::Type(name) => price_type(file, name, row, types, market, &mut leftovers),
        }
    }
    let here = rows.iter().filter(|row| row.region == region || row.region == stand_in);
    warn_spot_above_on_demand(file, here, types, market, problems);
    leftovers.regions = rows
        .iter()
        .filter(|row| !regions::is_known(&row.region))
        .map(|r| r.region.clone())
        .collect();
    leftovers.tell(file, region, used, problems);
    products
}

fn price_type(
    file: &str,
    name: &str,
    row: &PriceFileRow,
    types: &[InstanceType],
    market: &mut Market,
    leftovers: &mut Leftovers,
) {
    let Ok(at) = types.binary_search_by(|known| known.name.as_str().cmp(name)) else {
        leftovers.types.insert(name.to_owned());
        return;
    };
    let zone = match &row.zone {
        None => None,
        Some(id) => match market.zones.iter().position(|known| known == id) {
            None => {
                leftovers.zones.insert(id.clone());
                return;
            }
            found => found,
        },
    };
    let usd_per_hour = UsdPerHour::from_nanos(row.nanos);
    let quote = Quote { usd_per_hour, series: series(file, row, &mut market.series) };
    let all_zones = ZoneSet::first(market.zones.len());
    let offering = &mut market.offerings[at];
    if !offering.is_offered() {
        leftovers.newly_offered.insert(name.to_owned());
        offering.zones = zone.map_or(all_zones, |zone| ZoneSet::EMPTY.with(zone));
    }
    match (row.option, zone) {
        (PurchaseOption::OnDemand, _) => offering.on_demand = Some(quote),
        (PurchaseOption::Spot, None) => offering.spot.price = Some(quote),
        (PurchaseOption::Spot, Some(zone)) => offering.spot.set(zone, quote),
    }
}

/// The series of a row: its source and date.
fn series(file: &str, row: &PriceFileRow, all: &mut Vec<PriceSeries>) -> SeriesId {
    let same = |known: &PriceSeries| known.name == row.source && known.as_of == row.as_of;
    let at = all.iter().position(same).unwrap_or_else(|| {
        all.push(PriceSeries {
            name: row.source.clone(),
            as_of: row.as_of.clone(),
            quoted: true,
            source: file.to_owned(),
        });
        all.len() - 1
    });
    SeriesId(u32::try_from(at).unwrap_or(u32::MAX))
}

fn warn_spot_above_on_demand<'r>(
    file: &str,
    rows: impl Iterator<Item = &'r PriceFileRow>,
    types: &[InstanceType],
    market: &Market,
    problems: &mut Problems,
) {
    for row in rows.filter(|row| row.option == PurchaseOption::Spot) {
        let Priced::Type(name) = &row.priced else { continue };
        let at = types.binary_search_by(|known| known.name.as_str().cmp(name));
        let Some(on_demand) = at.ok().and_then(|at| market.offerings[at].on_demand) else {
            continue;
        };
        let spot = UsdPerHour::from_nanos(row.nanos);
        if spot > on_demand.usd_per_hour {
            let on_demand = on_demand.usd_per_hour;
            let message = format!(
                "the spot price of {name}, {spot}, is above its on-demand price, {on_demand}"
            );
            let problem = CatalogProblem::warning(file, message).at(row.line);
            problems.push(problem.column("usd_per_hour").help("that can be true; check the unit"));
        }
    }
}

impl Leftovers {
    fn tell(&self, file: &str, region: &str, used: usize, problems: &mut Problems) {
        let mut warn = |names: &BTreeSet<String>, what: String| {
            if !names.is_empty() {
                problems.push(CatalogProblem::warning(file, format!("{what}: {}", listed(names))));
            }
        };
        warn(&self.types, "types that the catalogue lacks are passed over".to_owned());
        warn(&self.zones, format!("zone ids not known in {region} are passed over"));
        warn(
            &self.newly_offered,
            format!(
                "types that the catalogue does not offer in {region} are offered, being priced"
            ),
        );
        for name in &self.regions {
            let help = nearest(name, regions::known_regions());
            let problem = CatalogProblem::warning(file, format!("unknown region {name:?}"));
            problems.push(
                problem
                    .column("region")
                    .maybe_help(help.map(|known| format!("did you mean {known:?}?"))),
            );
        }
        if used == 0 {
            let message = format!("no row is for {region}: the file changes nothing");
            problems.push(CatalogProblem::warning(file, message));
        }
    }
}

/// The first few names, and how many more.
fn listed(names: &BTreeSet<String>) -> String {
    let shown: Vec<_> = names.iter().take(SHOWN_NAMES).map(String::as_str).collect();
    let more = names.len() - shown.len();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}
