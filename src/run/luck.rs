//! Does the fleet depend on luck? A few more seeds tell.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::random::Streams;
use crate::scenario::Scenario;

use super::answer::Answer;
use super::prepare::Prepared;
use super::{Options, run_prepared};

/// Seeds that are tried beside the run's own: the first replications.
const OTHERS: u32 = 4;
/// Runs with more events are not repeated.
const MOST_EVENTS: f64 = 300_000.0;

/// Where the fleet differs between the seed and the next few: what each type's count ranges over.
/// `None` where all agree, or where the run is too long to repeat.
pub(super) fn fleet_spread(
    scenario: &Scenario,
    catalog: &Catalog,
    prepared: &Prepared,
    answer: &Answer,
) -> Option<String> {
    if answer.events > MOST_EVENTS {
        return None;
    }
    let mut fleets = vec![launched(answer)];
    for index in 1..=OTHERS {
        let seed = Streams::replication_seed(answer.scenario.seed, index);
        let options = Options::QUICK;
        let other = run_prepared(scenario, catalog, prepared, seed, options).ok()?;
        fleets.push(launched(&other.answer));
    }
    if fleets.iter().all(|fleet| *fleet == fleets[0]) {
        return None;
    }
    let names: BTreeMap<&String, ()> =
        fleets.iter().flatten().map(|(name, _)| (name, ())).collect();
    let ranges: Vec<String> = names
        .keys()
        .map(|name| {
            let counts = || fleets.iter().map(|fleet| fleet.get(*name).copied().unwrap_or(0));
            let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
            if least == most {
                format!("{least} {name}")
            } else {
                format!("{least} to {most} {name}")
            }
        })
        .collect();
    Some(format!(
        "the fleet depends on luck: over this seed and {OTHERS} others {} were launched \
         (--replications tells more)",
        ranges.join(", ")
    ))
}

fn launched(answer: &Answer) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in &answer.fleet {
        let name = row.instance_type.clone().or_else(|| row.fargate_size.clone());
        *counts.entry(name.unwrap_or_default()).or_insert(0) += row.launched as u64;
    }
    counts
}
