//! Price protection: types too dear beside a reference are dropped (documented: EC2 API,
//! InstanceRequirementsRequest).
//!
//! The reference is the cheapest match of the current C, M and R families, else of any current
//! family, else of the previous ones. A percentage of 999999 is EC2's way to switch it off.

use super::Catalog;
use super::family::is_general_series;
use super::instance_type::InstanceType;
use super::offering::PurchaseOption;
use super::requirements::{Generation, InstanceRequirements};

/// The highest price that one attribute admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// The attribute.
    pub(super) attribute: &'static str,
    /// Which price it limits.
    option: PurchaseOption,
    /// The limit times 100, nano-dollars per hour.
    hundredfold: u128,
}

impl Limit {
    /// Whether the type at position `index` costs no more.
    pub(super) fn admits(&self, catalog: &Catalog, index: usize) -> bool {
        let quote = catalog.price(index, self.option);
        quote.is_some_and(|q| u128::from(q.usd_per_hour.nanos()) * 100 <= self.hundredfold)
    }
}

/// The limits that the requirements set for a purchase option, over the types that match so far.
pub(super) fn limits(
    catalog: &Catalog,
    wanted: &InstanceRequirements,
    option: PurchaseOption,
    matches: &[usize],
) -> Vec<Limit> {
    let limit = |attribute, basis, percent: Option<u32>, added: u128| {
        let percent = u128::from(percent?) + added;
        let hundredfold = u128::from(reference(catalog, matches, basis)?) * percent;
        Some(Limit { attribute, option, hundredfold })
    };
    let limits = match option {
        PurchaseOption::OnDemand => [
            limit(
                "on_demand_max_price_percentage_over_lowest_price",
                PurchaseOption::OnDemand,
                wanted.on_demand_max_price_percentage_over_lowest_price,
                100,
            ),
            None,
        ],
        PurchaseOption::Spot => [
            limit(
                "spot_max_price_percentage_over_lowest_price",
                PurchaseOption::Spot,
                wanted.spot_max_price_percentage_over_lowest_price,
                100,
            ),
            limit(
                "max_spot_price_as_percentage_of_optimal_on_demand_price",
                PurchaseOption::OnDemand,
                wanted.max_spot_price_as_percentage_of_optimal_on_demand_price,
                0,
            ),
        ],
    };
    limits.into_iter().flatten().collect()
}

/// The reference price, nano-dollars per hour.
fn reference(catalog: &Catalog, matches: &[usize], basis: PurchaseOption) -> Option<u64> {
    let cheapest = |admits: &dyn Fn(&InstanceType) -> bool| {
        matches
            .iter()
            .filter(|index| admits(&catalog.types()[**index]))
            .filter_map(|index| catalog.price(*index, basis))
            .map(|quote| quote.usd_per_hour.nanos())
            .min()
    };
    let current = |known: &InstanceType| known.generation == Generation::Current;
    cheapest(&|known| current(known) && is_general_series(known.family()))
        .or_else(|| cheapest(&current))
        .or_else(|| cheapest(&|_| true))
}
