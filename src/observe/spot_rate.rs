//! What the running Spot instances cost an hour, where prices change during the run.

use std::collections::BTreeMap;

use crate::catalog::PurchaseOption;
use crate::model::{Candidate, Cluster};
use crate::scenario::ChargeKind;
use crate::units::{SimTime, SpotPoolId};

/// The running Spot instances by pool.
#[derive(Clone, Debug, Default)]
pub(super) struct SpotRate {
    /// How many run.
    pub(super) running: BTreeMap<SpotPoolId, i64>,
    /// Interruption notices so far, by type.
    pub(super) notices: BTreeMap<String, u32>,
    /// Times at which some price changes, in order; found at the first look.
    changes: Option<Vec<SimTime>>,
    /// How many of them have passed.
    passed: usize,
}

impl SpotRate {
    fn changes(&mut self, cluster: &Cluster<'_>) -> &[SimTime] {
        self.changes.get_or_insert_with(|| {
            let prices = cluster.setup().spot.prices.values();
            let later = prices.flat_map(|series| series.iter().skip(1));
            let mut changes: Vec<SimTime> = later.map(|(at, _)| *at).collect();
            changes.sort_unstable();
            changes.dedup();
            changes
        })
    }

    /// Whether the instances of a candidate are counted here.
    pub(super) fn follows(&mut self, candidate: &Candidate, cluster: &Cluster<'_>) -> bool {
        candidate.purchase_option == PurchaseOption::Spot && !self.changes(cluster).is_empty()
    }

    /// The next time up to `now` at which a price changed and that was not told yet.
    pub(super) fn next_change(&mut self, now: SimTime, cluster: &Cluster<'_>) -> Option<SimTime> {
        let passed = self.passed;
        let next = self.changes(cluster).get(passed).copied().filter(|at| *at <= now)?;
        self.passed += 1;
        Some(next)
    }

    /// What EC2 asks an hour for them at a moment, nano-dollars.
    pub(super) fn rate(&self, at: SimTime, cluster: &Cluster<'_>) -> i64 {
        let price = |pool: SpotPoolId| {
            let price = cluster.setup().spot.price(pool, at).unwrap_or_default();
            let paid = cluster.setup().discounts.paid(ChargeKind::Ec2Spot, price);
            i64::try_from(paid.nanos()).unwrap_or(i64::MAX)
        };
        self.running.iter().map(|(pool, count)| count * price(*pool)).sum()
    }
}
