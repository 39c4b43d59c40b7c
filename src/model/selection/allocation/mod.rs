//! Allocation: of which pool (type, zone) how many instances are asked, when the number is given and the
//! types are interchangeable: Auto Scaling groups and fleets. (Which type suits the tasks that wait is
//! another question: [`super::SelectionPolicy`].)
//!
//! Sources: EC2 Auto Scaling user guide (allocation-strategies), EC2 user guide
//! (ec2-fleet-allocation-strategy). How deep a pool is, and so what "highest availability" means, is not
//! public: see docs/model.md, `allocation.*`.
//!
//! Every strategy gives the same answer for the same pools; among equals the pool that stands first.

mod capacity_optimized;
mod capacity_optimized_prioritized;
mod diversified;
mod lowest_price;
mod price_capacity_optimized;
mod prioritized;
mod share;

use crate::scenario::{OnDemandAllocationStrategy, SpotAllocationStrategy};
use crate::units::{UsdPerHour, ZoneId};

/// A pool as a strategy sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocationPool {
    /// Position of the type among the provider's candidates.
    pub candidate: usize,
    /// The zone.
    pub zone: ZoneId,
    /// Price at the moment.
    pub price: UsdPerHour,
    /// Instances left; `None` without a limit. Hidden from users, known to EC2.
    pub depth: Option<u32>,
    /// Rank in the list of overrides: 0 comes first.
    pub priority: u32,
    /// Instances that the group has from this pool already: strategies that spread count them.
    pub held: u32,
}

impl AllocationPool {
    /// Instances left, without a limit the greatest number.
    fn room(&self) -> u32 {
        self.depth.unwrap_or(u32::MAX)
    }
}

/// How many instances of each pool are asked for, in the order of `pools`. The sum is below `wanted`
/// only where all pools together do not have that many. A pool counts as highly available when it is at
/// least `deep_percent` as deep as the deepest (`spot.deep_pool_percent`).
#[must_use]
pub fn allocate_spot(
    strategy: SpotAllocationStrategy,
    deep_percent: u32,
    pools: &[AllocationPool],
    wanted: u32,
) -> Vec<u32> {
    match strategy {
        SpotAllocationStrategy::PriceCapacityOptimized => {
            price_capacity_optimized::allocate(pools, wanted, deep_percent)
        }
        SpotAllocationStrategy::CapacityOptimized => capacity_optimized::allocate(pools, wanted),
        SpotAllocationStrategy::CapacityOptimizedPrioritized => {
            capacity_optimized_prioritized::allocate(pools, wanted, deep_percent)
        }
        SpotAllocationStrategy::LowestPrice { pools: each } => {
            lowest_price::allocate(pools, wanted, each)
        }
        SpotAllocationStrategy::Diversified => diversified::allocate(pools, wanted),
    }
}

/// The same for on-demand instances.
#[must_use]
pub fn allocate_on_demand(
    strategy: OnDemandAllocationStrategy,
    pools: &[AllocationPool],
    wanted: u32,
) -> Vec<u32> {
    match strategy {
        OnDemandAllocationStrategy::LowestPrice => lowest_price::allocate(pools, wanted, 1),
        OnDemandAllocationStrategy::Prioritized => prioritized::allocate(pools, wanted),
    }
}

#[cfg(test)]
mod pools {
    //! Pools for the tests of the strategies.

    use super::*;

    /// A pool without a limit: type, zone, price in cents.
    pub(super) fn pool(candidate: usize, zone: u32, cents: u64) -> AllocationPool {
        AllocationPool {
            candidate,
            zone: ZoneId(zone),
            price: UsdPerHour::from_nanos(cents * 10_000_000),
            depth: None,
            priority: u32::try_from(candidate).expect("few pools"),
            held: 0,
        }
    }

    /// The same with so many instances left.
    pub(super) fn deep(candidate: usize, zone: u32, cents: u64, depth: u32) -> AllocationPool {
        AllocationPool { depth: Some(depth), ..pool(candidate, zone, cents) }
    }
}

#[cfg(test)]
mod tests {
    use super::pools::{deep, pool};
    use super::*;

    const ALL: [SpotAllocationStrategy; 6] = [
        SpotAllocationStrategy::PriceCapacityOptimized,
        SpotAllocationStrategy::CapacityOptimized,
        SpotAllocationStrategy::CapacityOptimizedPrioritized,
        SpotAllocationStrategy::LowestPrice { pools: 1 },
        SpotAllocationStrategy::LowestPrice { pools: 2 },
        SpotAllocationStrategy::Diversified,
    ];

    fn is_sound(counts: &[u32], pools: &[AllocationPool], wanted: u32) {
        let sum: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        let all: u64 = pools.iter().map(|pool| u64::from(pool.room())).sum();
        assert_eq!(sum, u64::from(wanted).min(all));
        assert!(counts.iter().zip(pools).all(|(count, pool)| *count <= pool.room()));
    }

    #[test]
    fn every_strategy_asks_for_what_is_wanted_and_no_pool_for_more_than_it_has() {
        let shapes: [&[AllocationPool]; 5] = [
            &[],
            &[pool(0, 0, 5)],
            &[deep(0, 0, 5, 0), deep(0, 1, 5, 3), deep(1, 0, 4, 2)],
            &[deep(0, 0, 5, 7), pool(0, 1, 5), deep(1, 0, 4, 1), deep(1, 1, 9, 30)],
            &[pool(0, 0, 5), pool(0, 1, 5), pool(1, 0, 4), pool(1, 1, 9), pool(2, 2, 1)],
        ];
        for pools in shapes {
            for wanted in [0, 1, 2, 5, 10, 1_000] {
                for strategy in ALL {
                    is_sound(&allocate_spot(strategy, 50, pools, wanted), pools, wanted);
                }
                for strategy in [
                    OnDemandAllocationStrategy::LowestPrice,
                    OnDemandAllocationStrategy::Prioritized,
                ] {
                    is_sound(&allocate_on_demand(strategy, pools, wanted), pools, wanted);
                }
            }
        }
    }

    #[test]
    fn among_equal_pools_the_first_is_taken_or_gets_the_odd_one() {
        let equals = [pool(0, 0, 5), pool(0, 0, 5), pool(0, 0, 5)];
        for strategy in &ALL[..4] {
            assert_eq!(allocate_spot(*strategy, 50, &equals, 4), [4, 0, 0], "{strategy:?}");
        }
        assert_eq!(allocate_spot(ALL[4], 50, &equals, 5), [3, 2, 0]);
        assert_eq!(allocate_spot(ALL[5], 50, &equals, 5), [2, 2, 1]);
    }
}
