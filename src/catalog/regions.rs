//! The regions that the built-in tables know.

use std::collections::BTreeSet;

use super::nearest::nearest;
use super::problem::CatalogError;
use super::tables::{OFFERINGS, PRICES};

/// All regions with offerings or prices, in order.
#[must_use]
pub fn known_regions() -> Vec<&'static str> {
    let all: BTreeSet<_> = OFFERINGS.keys().into_iter().chain(PRICES.keys()).collect();
    all.into_iter().collect()
}

/// Whether the tables know a region.
pub(super) fn is_known(region: &str) -> bool {
    !PRICES.rows_of(region).is_empty() || !OFFERINGS.rows_of(region).is_empty()
}

/// Refuses a region that the tables do not know.
pub(super) fn check(region: &str) -> Result<(), CatalogError> {
    if is_known(region) {
        return Ok(());
    }
    Err(CatalogError::UnknownRegion {
        region: region.to_owned(),
        nearest: nearest(region, known_regions()).map(ToOwned::to_owned),
    })
}

/// The error for a known region without prices; its example is the region of the most similar name
/// that has offerings.
pub(super) fn without_prices(region: &str) -> CatalogError {
    let common =
        |other: &str| region.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let example = OFFERINGS
        .keys()
        .into_iter()
        .filter(|other| *other != region)
        .rev()
        .max_by_key(|other| common(other))
        .unwrap_or("us-east-1");
    CatalogError::RegionWithoutPrices { region: region.to_owned(), example: example.to_owned() }
}
