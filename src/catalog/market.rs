//! One region's zones, offerings and prices, from the built-in tables.

use std::cmp::Ordering;
use std::ops::Range;

use super::field;
use super::instance_type::InstanceType;
use super::offering::{
    InterruptionBand, Offering, PriceSeries, Quote, SeriesId, SpotOffer, ZoneSet,
};
use super::problem::{CatalogError, CatalogProblem};
use super::spot_history::SpotHistory;
use super::table::{BadField, Row};
use super::tables::{OFFERINGS, PRICE_SERIES, PRICES};
use crate::units::{UsdPerHour, timestamp};

/// The series of every built-in Spot price.
const SPOT_SERIES: &str = "spot-advisor-2025-06";

/// Zones assumed where no zone ids are known.
const ASSUMED_ZONES: usize = 3;

/// Where a region's offerings and prices come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The region whose offerings these are; `None`: no zone ids are known, so that three zones are
    /// assumed, each with every type that the price table says is offered.
    pub offerings_region: Option<String>,
    /// The region whose prices these are.
    pub prices_region: String,
}

/// What a region sells; `offerings` runs parallel to the types.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) zones: Vec<String>,
    pub(super) offerings: Vec<Offering>,
    pub(super) series: Vec<PriceSeries>,
    pub(super) provenance: Provenance,
}

/// A row of the price table.
struct PriceRow {
    instance_type: &'static str,
    on_demand: Option<Quote>,
    spot: SpotOffer,
    offered: bool,
}

/// A row of the offerings table.
type ZoneRow = (&'static str, ZoneSet);

impl Market {
    /// The market of `region`; `stand_in` supplies the offerings and the prices that it lacks.
    pub(super) fn load(
        region: &str,
        stand_in: Option<&str>,
        types: &[InstanceType],
    ) -> Result<Self, CatalogError> {
        let series = PRICE_SERIES.read_all(series_row)?;
        let (prices_region, prices) = prices(region, stand_in, &series)?;
        let (offerings_region, rows) = offering_rows(region, stand_in);
        let mut offerings = vec![Offering::default(); types.len()];
        let zones = match offerings_region {
            Some(_) => {
                let (zones, rows) = zone_rows(rows)?;
                join(types, rows, |row| row.0, |at, (_, zones)| offerings[at].zones = zones);
                zones
            }
            None => (1..=ASSUMED_ZONES).map(|zone| format!("{region}-az{zone}")).collect(),
        };
        join(
            types,
            prices,
            |row| row.instance_type,
            |at, row: PriceRow| {
                let offering = &mut offerings[at];
                if offerings_region.is_none() && row.offered {
                    offering.zones = ZoneSet::first(ASSUMED_ZONES);
                }
                offering.on_demand = row.on_demand;
                offering.spot = row.spot;
            },
        );
        let provenance = Provenance {
            offerings_region: offerings_region.map(ToOwned::to_owned),
            prices_region: prices_region.to_owned(),
        };
        Ok(Self { zones, offerings, series, provenance })
    }
}

impl Market {
    /// The latest prices of a Spot price history are those of today; where a type has one it is sold.
    pub(super) fn follow(&mut self, history: &SpotHistory, file: &str) {
        let (_, latest) = history.span();
        let mut pools = history.latest_prices().peekable();
        if pools.peek().is_none() {
            return;
        }
        let series = SeriesId(u32::try_from(self.series.len()).unwrap_or(u32::MAX));
        self.series.push(PriceSeries {
            name: "spot-price-history".to_owned(),
            as_of: timestamp(latest).chars().take(10).collect(),
            quoted: true,
            source: file.to_owned(),
        });
        for ((at, zone), usd_per_hour) in pools {
            let offering = &mut self.offerings[at];
            offering.zones = offering.zones.with(zone);
            offering.spot.set(zone, Quote { usd_per_hour, series });
        }
    }
}

/// The region's own price rows if any names an on-demand price, else the stand-in's.
fn prices<'r>(
    region: &'r str,
    stand_in: Option<&'r str>,
    series: &[PriceSeries],
) -> Result<(&'r str, Vec<PriceRow>), CatalogError> {
    let spot_series = series_id(series, SPOT_SERIES).ok_or_else(|| {
        let message = format!("the series {SPOT_SERIES} is missing");
        CatalogError::Invalid(vec![CatalogProblem::error(PRICE_SERIES.name, message)])
    })?;
    let read =
        |region| PRICES.read(PRICES.rows_of(region), |row| price_row(row, series, spot_series));
    let own = read(region)?;
    match stand_in {
        Some(other) if own.iter().all(|row| row.on_demand.is_none()) => Ok((other, read(other)?)),
        _ => Ok((region, own)),
    }
}

/// The offerings' region and rows: its own, else the stand-in's, else none.
fn offering_rows<'r>(
    region: &'r str,
    stand_in: Option<&'r str>,
) -> (Option<&'r str>, Range<usize>) {
    std::iter::once(region)
        .chain(stand_in)
        .map(|candidate| (Some(candidate), OFFERINGS.rows_of(candidate)))
        .find(|(_, rows)| !rows.is_empty())
        .unwrap_or((None, 0..0))
}

/// The zone ids in order, and each type's set of them.
fn zone_rows(rows: Range<usize>) -> Result<(Vec<String>, Vec<ZoneRow>), CatalogError> {
    let mut seen: Vec<&'static str> = Vec::new();
    let rows = OFFERINGS.read(rows, |row| {
        row.skip(1);
        let name = row.word()?;
        let zones = row.parse("at most 64 zone ids in a region", |ids| intern(ids, &mut seen))?;
        Ok((name, zones))
    })?;
    let mut sorted = seen.clone();
    sorted.sort_unstable();
    let rank = |zone: usize| sorted.iter().position(|id| *id == seen[zone]).unwrap_or(zone);
    let ranks: Vec<_> = (0..seen.len()).map(rank).collect();
    let renumbered = rows.into_iter().map(|(name, zones): ZoneRow| {
        (name, zones.iter().fold(ZoneSet::EMPTY, |set, zone| set.with(ranks[zone])))
    });
    let renumbered = renumbered.collect();
    Ok((sorted.into_iter().map(ToOwned::to_owned).collect(), renumbered))
}

/// The set of the zones in `ids`, numbered by first appearance.
fn intern(ids: &'static str, seen: &mut Vec<&'static str>) -> Option<ZoneSet> {
    ids.split(' ').try_fold(ZoneSet::EMPTY, |set, id| {
        let zone = seen.iter().position(|known| *known == id).unwrap_or_else(|| {
            seen.push(id);
            seen.len() - 1
        });
        (zone < ZoneSet::MAX_ZONES).then(|| set.with(zone))
    })
}

fn price_row(
    row: &mut Row<'static, '_>,
    series: &[PriceSeries],
    spot_series: SeriesId,
) -> Result<PriceRow, BadField> {
    row.skip(1);
    let instance_type = row.word()?;
    let on_demand = row.optional("USD per hour", price)?;
    let source = row.optional("a price series", |name| series_id(series, name))?;
    let spot_price = row.optional("USD per hour", price)?;
    let spot = SpotOffer {
        price: spot_price.map(|usd_per_hour| Quote { usd_per_hour, series: spot_series }),
        by_zone: Vec::new(),
        saving_percent: row.optional("percent", field::signed)?,
        interruption_band: row.optional("an interruption band", InterruptionBand::from_name)?,
    };
    let on_demand =
        on_demand.zip(source).map(|(usd_per_hour, series)| Quote { usd_per_hour, series });
    Ok(PriceRow { instance_type, on_demand, spot, offered: row.flag()? })
}

fn price(text: &str) -> Option<UsdPerHour> {
    field::nano_dollars(text).filter(|nanos| *nanos > 0).map(UsdPerHour::from_nanos)
}

fn series_row(row: &mut Row<'static, '_>) -> Result<PriceSeries, BadField> {
    let name = row.word()?.to_owned();
    let as_of = row.date()?.to_owned();
    let quoted = row.flag()?;
    Ok(PriceSeries { name, as_of, quoted, source: row.word()?.to_owned() })
}

fn series_id(series: &[PriceSeries], name: &str) -> Option<SeriesId> {
    let at = series.iter().position(|known| known.name == name)?;
    u32::try_from(at).ok().map(SeriesId)
}

/// Walks types and rows together, both sorted by name; rows of unknown types are passed over.
fn join<R>(
    types: &[InstanceType],
    rows: Vec<R>,
    name: impl Fn(&R) -> &'static str,
    mut found: impl FnMut(usize, R),
) {
    let mut at = 0;
    for row in rows {
        while types
            .get(at)
            .is_some_and(|known| known.name.as_str().cmp(name(&row)) == Ordering::Less)
        {
            at += 1;
        }
        if types.get(at).is_some_and(|known| known.name == name(&row)) {
            found(at, row);
        }
    }
}
