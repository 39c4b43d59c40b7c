//! What the running Spot instances cost an hour, where prices change during the run.

use std::collections::BTreeMap;

use crate::catalog::PurchaseOption;
use crate::model::{Candidate, Cluster};
use crate::scenario::ChargeKind;
use crate::units::{SimTime, SpotPoolId, ZoneId};

/// The running Spot instances by pool.
#[derive(Clone, Debug, Default)]
pub(super) struct SpotRate {
    /// How many run, and what a discount takes off their price, parts per million.
    running: BTreeMap<SpotPoolId, (i64, u32)>,
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

    /// So many more of a candidate run in a zone.
    pub(super) fn count(
        &mut self,
        candidate: &Candidate,
        zone: ZoneId,
        by: i64,
        cluster: &Cluster<'_>,
    ) {
        let off = cluster.setup().discounts.ppm(ChargeKind::Ec2Spot, &candidate.name);
        let pool = SpotPoolId::of(candidate.instance_type, zone);
        self.running.entry(pool).or_insert((0, off)).0 += by;
    }

    /// Whether any of them runs.
    pub(super) fn any_runs(&self) -> bool {
        self.running.values().any(|(count, _)| *count > 0)
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
        let price = |pool: SpotPoolId, off_ppm: u32| {
            let price = cluster.setup().spot.price(pool, at).unwrap_or_default();
            let paid = price - price.parts_per_million(off_ppm);
            i64::try_from(paid.nanos()).unwrap_or(i64::MAX)
        };
        self.running.iter().map(|(pool, (count, off))| count * price(*pool, *off)).sum()
    }
}
