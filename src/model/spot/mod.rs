//! Spot: pools that come and go, and what happens to the instances of one that goes.
//!
//! - [`pools`]: what each pool (type, zone) has at a moment;
//! - [`interruption`]: rebalance recommendation, notice, the end.
//!
//! A pool is looked at only when somebody asks it for an instance or holds one from it, so that a pool
//! nobody uses leaves no trace.

mod interruption;
mod pools;

use std::collections::BTreeMap;

use crate::scenario::PriceChanges;
use crate::units::{SimDuration, SimTime, SpotPoolId, UsdPerHour};

pub(super) use pools::SpotPools;

/// What is known of Spot for a whole run.
#[derive(Clone, Debug)]
pub struct SpotSetup {
    /// From a rebalance recommendation to the notice.
    pub recommendation_lead: SimDuration,
    /// From the notice to the end.
    pub notice: SimDuration,
    /// Over how long the instances that a pool loses are spread.
    pub loss_spread: SimDuration,
    /// Quota of Spot vCPUs of all classes of families together.
    pub vcpu_quota: Option<u32>,
    /// A pool with at least this share of the deepest one's depth is deep, percent.
    pub deep_pool_percent: u32,
    /// Whether an instance that EC2 takes back within its first hour is not charged.
    pub free_first_hour: bool,
    /// When a new price applies to an instance that runs already.
    pub price_changes: PriceChanges,
    /// Prices by pool: for each time from which one holds, ascending, the first at time 0.
    pub prices: BTreeMap<SpotPoolId, Vec<(SimTime, UsdPerHour)>>,
}

impl SpotSetup {
    /// The price of a pool at a moment.
    #[must_use]
    pub fn price(&self, pool: SpotPoolId, at: SimTime) -> Option<UsdPerHour> {
        let prices = self.prices.get(&pool)?;
        let next = prices.partition_point(|(from, _)| *from <= at);
        prices.get(next.saturating_sub(1)).map(|(_, price)| *price)
    }
}
