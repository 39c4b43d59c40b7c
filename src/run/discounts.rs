//! What discounts take off, for the answer.

use crate::catalog::Catalog;
use crate::model::Rates;
use crate::observe::Observers;
use crate::scenario::Scenario;
use crate::units::{SimTime, Usd};

use super::answer::{Assumption, DiscountRow};
use super::assemble::World;
use super::prepare::Unfit;

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
    let horizon = SimTime::ZERO + world.scenario.horizon;
    let rows = world.scenario.discounts.iter().map(|discount| {
        let kind = discount.applies_to;
        let lowers = |instance_type: &str| {
            let covering = world.prepared.setup.discounts.covering(kind, instance_type);
            covering.is_some_and(|covering| covering.name == discount.name)
        };
        let lines = observers.ledger.lines().iter();
        let own = lines.filter(|line| {
            line.charge_kind(world.cluster) == Some(kind)
                && lowers(line.instance_type(world.cluster))
        });
        let off: Usd = own.map(|line| line.taken_off).sum();
        let per_hour = if kind.has_families() {
            world.cluster.instance_rates_where(horizon, |of| lowers(&of.name)).off(kind)
        } else {
            rates.off(kind)
        };
        DiscountRow {
            name: discount.name.clone(),
            applies_to: kind.word().to_owned(),
            instance_families: discount.instance_families.clone(),
            percent: f64::from(discount.ppm) / 10_000.0,
            agreement: discount.agreement.map(|agreement| agreement.word().to_owned()),
            off_usd: off.as_dollars(),
            off_per_hour_at_end_usd: per_hour.as_dollars(),
        }
    });
    rows.collect()
}

/// The instance families that discounts name must be of types that exist.
pub(super) fn families_exist(scenario: &Scenario, catalog: &Catalog, unfit: &mut Vec<Unfit>) {
    for discount in &scenario.discounts {
        for family in &discount.instance_families {
            let known = catalog.types().iter().any(|of| of.family() == family);
            if !known {
                let own = catalog.nearest_family(family);
                unfit.push(Unfit {
                    path: format!("discount.{}.instance_families", discount.name),
                    message: format!("there is no instance family \"{family}\""),
                    help: own.map_or_else(
                        || "a family is what stands before the dot of a type: \"m7g\"".to_owned(),
                        |own| format!("did you mean \"{own}\"?"),
                    ),
                });
            }
        }
    }
}

/// A percentage is the word of the scenario: it holds for every hour and type.
pub(super) fn assumptions(scenario: &Scenario) -> impl Iterator<Item = Assumption> + '_ {
    scenario.discounts.iter().map(|discount| Assumption {
        parameter: format!("discount.{}.percent", discount.name),
        value: (f64::from(discount.ppm) / 10_000.0).to_string(),
        grade: "stated".to_owned(),
        source: "the scenario: for every hour and instance it covers, however large the commitment"
            .to_owned(),
    })
}
