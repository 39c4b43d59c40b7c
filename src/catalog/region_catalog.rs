//! The catalogue of one region: the join of all tables and of the user's own files.

use std::collections::{BTreeMap, BTreeSet};

use super::fargate::{self, FargatePrice, FargateSize};
use super::instance_type::InstanceType;
use super::managed::{self, Fee, FeeRow};
use super::market::{Market, Provenance};
use super::nearest::nearest;
use super::offering::{Offering, PriceSeries, PurchaseOption, Quote, SeriesId};
use super::overrides::Overrides;
use super::price_file::PriceFileRow;
use super::problem::{CatalogError, CatalogProblem, Problems};
use super::product::FargatePlatform;
use super::spot_history::{self, SpotHistory};
use super::tables::CATALOG_AS_OF;
use super::volume::{self, Gp3Price};
use super::{describe, family, price_file, regions, stated_prices, type_rows, zones};

/// What AWS sells in one region. Types are known by their position, which is their order by name.
#[derive(Clone, Debug)]
pub struct Catalog {
    region: String,
    as_of: String,
    types: Vec<InstanceType>,
    offerings: Vec<Offering>,
    spot_history: SpotHistory,
    zones: Vec<String>,
    series: Vec<PriceSeries>,
    provenance: Provenance,
    fees: Vec<FeeRow>,
    families: Vec<&'static str>,
    gp3: Gp3Price,
    fargate_sizes: Vec<FargateSize>,
    fargate_prices: Vec<FargatePrice>,
    warnings: Vec<CatalogProblem>,
}

impl Catalog {
    /// The built-in catalogue of `region`, with the user's files on top. Where the tables lack the
    /// region's offerings or prices, those of `stand_in` serve; [`Catalog::provenance`] says so.
    ///
    /// # Errors
    /// An unknown region, a region without prices, or files that are not what they should be: all
    /// their problems at once.
    pub fn builtin(
        region: &str,
        stand_in: Option<&str>,
        overrides: Overrides<'_>,
    ) -> Result<Self, CatalogError> {
        regions::check(region)?;
        stand_in.map_or(Ok(()), regions::check)?;
        let mut problems = Problems::default();
        let (mut types, as_of) = types(overrides, &mut problems)?;
        let rows = overrides.prices.map(|file| (file.name, price_file::read(file, &mut problems)));
        type_rows::add_overlays(&mut types)?;
        let mut market = Market::load(region, stand_in, &types)?;
        let stated = rows.map_or_else(Vec::new, |(file, rows): (&str, Vec<PriceFileRow>)| {
            stated_prices::apply(file, &rows, region, &types, &mut market, &mut problems)
        });
        let history = overrides.spot_price_history.map_or_else(SpotHistory::default, |file| {
            let here = spot_history::Here { region, types: &types, zones: &market.zones };
            let history = spot_history::read(file, &here, &mut problems);
            market.follow(&history, file.name);
            history
        });
        let warnings = problems.finish()?;
        let priced = |offer: &Offering| offer.is_offered() && offer.on_demand.is_some();
        if !market.offerings.iter().any(priced) {
            return Err(regions::without_prices(stand_in.unwrap_or(region)));
        }
        let prices_region = &market.provenance.prices_region;
        Ok(Self {
            gp3: volume::gp3(region, prices_region, &stated)?,
            fargate_sizes: fargate::sizes()?,
            fargate_prices: fargate::prices(region, stand_in.unwrap_or(prices_region), &stated)?,
            fees: managed::fees()?,
            families: managed::families()?,
            region: region.to_owned(),
            as_of,
            types,
            offerings: market.offerings,
            spot_history: history,
            zones: market.zones,
            series: market.series,
            provenance: market.provenance,
            warnings,
        })
    }

    /// AWS Region code.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The date of the instance types and offerings; of a user's file, its name.
    #[must_use]
    pub fn as_of(&self) -> &str {
        &self.as_of
    }

    /// All instance types, sorted by name, offered here or not.
    #[must_use]
    pub fn types(&self) -> &[InstanceType] {
        &self.types
    }

    /// The position of a type.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.types.binary_search_by(|known| known.name.as_str().cmp(name)).ok()
    }

    /// The most similar name of a type, for "did you mean".
    #[must_use]
    pub fn nearest_type(&self, name: &str) -> Option<&str> {
        nearest(name, self.types.iter().map(|known| known.name.as_str()))
    }

    /// The most similar name of a family, for "did you mean"; the family of a whole type.
    #[must_use]
    pub fn nearest_family(&self, name: &str) -> Option<&str> {
        nearest(family::of(name), self.types.iter().map(InstanceType::family))
    }

    /// What the region sells of the type at position `index`.
    #[must_use]
    pub fn offering(&self, index: usize) -> &Offering {
        &self.offerings[index]
    }

    /// The price of the type at position `index`: for Spot, the lowest of any zone.
    #[must_use]
    pub fn price(&self, index: usize, option: PurchaseOption) -> Option<Quote> {
        self.offerings[index].price(option)
    }

    /// The user's Spot price history; empty where there is none.
    #[must_use]
    pub const fn spot_history(&self) -> &SpotHistory {
        &self.spot_history
    }

    /// The region's availability zone ids, in order: what [`super::ZoneSet`] counts.
    #[must_use]
    pub fn zones(&self) -> &[String] {
        &self.zones
    }

    /// The zones to use when none are given: the three in which most of the types at these positions
    /// are offered (ties by id), in order of id.
    #[must_use]
    pub fn default_zones(&self, admitted: &[usize]) -> Vec<String> {
        let offered = admitted.iter().map(|index| self.offerings[*index].zones);
        zones::most_offered(&self.zones, &offered)
    }

    /// Where a price comes from.
    #[must_use]
    pub fn series(&self, id: SeriesId) -> &PriceSeries {
        &self.series[id.0 as usize]
    }

    /// Every price series.
    #[must_use]
    pub fn all_series(&self) -> &[PriceSeries] {
        &self.series
    }

    /// The dates of the series used, by name; the dates of one name are joined.
    #[must_use]
    pub fn prices_as_of(
        &self,
        used: impl IntoIterator<Item = SeriesId>,
    ) -> BTreeMap<String, String> {
        let used: BTreeSet<_> = used.into_iter().collect();
        let mut dates: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for series in used.into_iter().map(|id| self.series(id)) {
            let date = if series.as_of.is_empty() { "undated" } else { &series.as_of };
            dates.entry(series.name.clone()).or_default().insert(date);
        }
        let joined = |dates: BTreeSet<&str>| dates.into_iter().collect::<Vec<_>>().join(", ");
        dates.into_iter().map(|(name, dates)| (name, joined(dates))).collect()
    }

    /// Which regions the offerings and prices are of.
    #[must_use]
    pub const fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// What the user's files say that is probably wrong.
    #[must_use]
    pub fn warnings(&self) -> &[CatalogProblem] {
        &self.warnings
    }

    /// The management fee of ECS Managed Instances for a type on a date (`YYYY-MM-DD`; `None`: the
    /// newest known). `None` before the service existed.
    #[must_use]
    pub fn managed_instances_fee(&self, instance_type: &str, date: Option<&str>) -> Option<Fee> {
        managed::fee(&self.fees, instance_type, date)
    }

    /// Whether ECS Managed Instances buys a family.
    #[must_use]
    pub fn is_managed_instances_family(&self, family: &str) -> bool {
        self.families.binary_search(&family).is_ok()
    }

    /// The price of gp3 volumes.
    #[must_use]
    pub const fn gp3_price(&self) -> &Gp3Price {
        &self.gp3
    }

    /// Valid Fargate sizes, ascending by CPU, then memory.
    #[must_use]
    pub fn fargate_sizes(&self) -> &[FargateSize] {
        &self.fargate_sizes
    }

    /// The price of Fargate; `None`: not known, and not guessed.
    #[must_use]
    pub fn fargate_price(
        &self,
        platform: FargatePlatform,
        option: PurchaseOption,
    ) -> Option<&FargatePrice> {
        self.fargate_prices
            .iter()
            .find(|price| price.platform == platform && price.purchase_option == option)
    }
}

/// The types and their date: the user's, else the built-in ones.
fn types(
    overrides: Overrides<'_>,
    problems: &mut Problems,
) -> Result<(Vec<InstanceType>, String), CatalogError> {
    match overrides.instance_types {
        None => Ok((type_rows::builtin()?, CATALOG_AS_OF.to_owned())),
        Some(file) => Ok((describe::read(file, problems), format!("undated ({})", file.name))),
    }
}
