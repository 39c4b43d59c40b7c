//! What discounts take off, for the answer.

use crate::model::Rates;
use crate::observe::Observers;
use crate::scenario::Scenario;
use crate::units::Usd;

use super::answer::{Assumption, DiscountRow};
use super::assemble::World;

/// What a bill of this model leaves out.
const NOT_INCLUDED: [&str; 5] = [
    "NAT gateways",
    "load balancers",
    "public IPv4 addresses",
    "logs and metrics",
    "data transfer between zones and out",
];

/// What the bill of this scenario leaves out.
pub(super) fn not_included(scenario: &Scenario) -> Vec<String> {
    let last = if scenario.discounts.is_empty() {
        "taxes, discounts and commitments"
    } else {
        "taxes, what a commitment costs where it is not used"
    };
    NOT_INCLUDED.into_iter().chain([last]).map(str::to_owned).collect()
}

/// A row for each discount, in the scenario's order.
pub(super) fn rows(
    world: &World<'_, '_>,
    observers: &Observers,
    rates: &Rates,
) -> Vec<DiscountRow> {
    let rows = world.scenario.discounts.iter().map(|discount| {
        let kind = discount.applies_to;
        let lines = observers.ledger.lines().iter();
        let of_kind = lines.filter(|line| line.charge_kind(world.cluster) == Some(kind));
        let off: Usd = of_kind.map(|line| line.taken_off).sum();
        let list = rates.of(kind);
        let paid = world.prepared.setup.discounts.paid(kind, list);
        DiscountRow {
            name: discount.name.clone(),
            applies_to: kind.word().to_owned(),
            percent: f64::from(discount.ppm) / 10_000.0,
            agreement: discount.agreement.map(|agreement| agreement.word().to_owned()),
            off_usd: off.as_dollars(),
            off_per_hour_at_end_usd: (list - paid).as_dollars(),
        }
    });
    rows.collect()
}

/// A percentage is the word of the scenario: it holds for every hour and type.
pub(super) fn assumptions(scenario: &Scenario) -> impl Iterator<Item = Assumption> + '_ {
    scenario.discounts.iter().map(|discount| Assumption {
        parameter: format!("discount.{}.percent", discount.name),
        value: (f64::from(discount.ppm) / 10_000.0).to_string(),
        grade: "stated".to_owned(),
        source: "the scenario: for every hour and instance type, however large the commitment"
            .to_owned(),
    })
}
