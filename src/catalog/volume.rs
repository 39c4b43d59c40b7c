//! EBS volumes.

use super::field;
use super::offering::PurchaseOption;
use super::problem::{CatalogError, CatalogProblem};
use super::product::{Product, StatedPrice, join_distinct, stated};
use super::tables::EBS_PRICES;
use crate::units::Usd;

/// The region whose volume price stands in where none is known.
const VOLUME_STAND_IN: &str = "us-east-1";

/// The price of gp3 volumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gp3Price {
    /// A GB for a month.
    pub per_gb_month: Usd,
    /// One IOPS above 3,000 for a month.
    pub per_iops_month: Usd,
    /// The region whose price it is.
    pub region: String,
    /// Whether that is another region than the catalogue's: an assumption to show.
    pub stands_in: bool,
    /// Source.
    pub source: String,
    /// Date.
    pub as_of: String,
}

/// The gp3 price of `region`: its own, else of the region its prices come from, else of us-east-1;
/// what the user states wins.
pub(super) fn gp3(
    region: &str,
    prices_region: &str,
    stated_prices: &[StatedPrice],
) -> Result<Gp3Price, CatalogError> {
    let rows = [region, prices_region, VOLUME_STAND_IN]
        .into_iter()
        .map(|candidate| EBS_PRICES.rows_of(candidate))
        .find(|rows| !rows.is_empty())
        .unwrap_or(0..0);
    let prices = EBS_PRICES.read(rows, |row| {
        let own_region = row.word()?.to_owned();
        let volume_type = row.word()?;
        let per_gb_month = row.parse("USD per GB-month", usd)?;
        let per_iops_month = row.parse("USD per IOPS-month", usd)?;
        let stands_in = own_region != region;
        let (source, as_of) = (row.word()?.to_owned(), row.date()?.to_owned());
        let price =
            Gp3Price { per_gb_month, per_iops_month, region: own_region, stands_in, source, as_of };
        Ok((volume_type, price))
    })?;
    let price = prices.into_iter().find(|(volume_type, _)| *volume_type == "gp3");
    let (_, price) = price.ok_or_else(|| {
        let problem = CatalogProblem::error(EBS_PRICES.name, "no gp3 price of us-east-1");
        CatalogError::Invalid(vec![problem])
    })?;
    Ok(with_stated(price, region, stated_prices))
}

fn usd(text: &str) -> Option<Usd> {
    field::nano_dollars(text).map(nanos)
}

fn nanos(nanos: u64) -> Usd {
    Usd::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

fn with_stated(price: Gp3Price, region: &str, stated_prices: &[StatedPrice]) -> Gp3Price {
    let gb = stated(stated_prices, Product::Gp3Gb, PurchaseOption::OnDemand);
    let iops = stated(stated_prices, Product::Gp3Iops, PurchaseOption::OnDemand);
    let parts = [gb, iops];
    let mut sources: Vec<&str> = parts.iter().flatten().map(|part| part.source.as_str()).collect();
    let mut dates: Vec<&str> = parts.iter().flatten().map(|part| part.as_of.as_str()).collect();
    // The price of the GB is what a volume costs; the IOPS' alone does not make it the region's own.
    let own = gb.is_some();
    if !own || iops.is_none() {
        sources.push(&price.source);
        dates.push(&price.as_of);
    }
    Gp3Price {
        per_gb_month: gb.map_or(price.per_gb_month, |part| nanos(part.nanos)),
        per_iops_month: iops.map_or(price.per_iops_month, |part| nanos(part.nanos)),
        stands_in: price.stands_in && !own,
        source: join_distinct(sources),
        as_of: join_distinct(dates),
        region: if own { region.to_owned() } else { price.region },
    }
}
