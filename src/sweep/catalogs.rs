//! The catalogues that the points of a sweep ask of: one for each Region, made when it is first needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::{Catalog, CatalogError, Overrides, SeriesId};
use crate::run::CatalogSummary;
use crate::scenario::Scenario;

/// A Region, and the one that stands in for it.
type Key = (String, Option<String>);

/// Catalogues by Region.
#[derive(Debug)]
pub(super) struct Catalogs<'c> {
    overrides: Overrides<'c>,
    made: Mutex<BTreeMap<Key, Arc<Catalog>>>,
}

impl<'c> Catalogs<'c> {
    /// None yet; the user's own files come before the built-in tables.
    pub(super) const fn new(overrides: Overrides<'c>) -> Self {
        Self { overrides, made: Mutex::new(BTreeMap::new()) }
    }

    /// What all of them are made from.
    pub(super) fn digest(&self) -> u128 {
        self.overrides.digest()
    }

    /// The one that `scenario` asks of.
    pub(super) fn of(&self, scenario: &Scenario) -> Result<Arc<Catalog>, CatalogError> {
        let key = (scenario.region.clone(), scenario.price_stand_in.clone());
        let known = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(catalog) = known().get(&key) {
            return Ok(Arc::clone(catalog));
        }
        // Made outside the lock: two workers may make the same one, and either serves.
        let catalog = Arc::new(Catalog::builtin(&key.0, key.1.as_deref(), self.overrides)?);
        Ok(Arc::clone(known().entry(key).or_insert(catalog)))
    }

    /// The dates of those that were made.
    pub(super) fn summary(&self) -> CatalogSummary {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tables = BTreeSet::new();
        let mut prices_as_of = BTreeMap::new();
        for catalog in made.values() {
            tables.insert(catalog.as_of());
            let all = (0..).map(SeriesId).take(catalog.all_series().len());
            prices_as_of.extend(catalog.prices_as_of(all));
            let gp3 = catalog.gp3_price();
            prices_as_of.insert(format!("gp3 ({})", gp3.region), gp3.as_of.clone());
        }
        let as_of = tables.into_iter().collect::<Vec<_>>().join(", ");
        CatalogSummary { as_of, prices_as_of }
    }
}
