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

use std::cmp::Reverse;

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
    #[must_use]
    pub fn room(&self) -> u32 {
        self.depth.unwrap_or(u32::MAX)
    }
}

/// How well a pool suits a strategy: of those that suit it worst instances leave first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its place, 0 the best; equals have the same.
    pub rank: u32,
    /// Whether the strategy gives equally to it and to the others that share.
    pub shares: bool,
}

impl Standing {
    /// Pools that share with none, by what the strategy goes by.
    fn by<K: Ord>(pools: &[AllocationPool], key: impl Fn(&AllocationPool) -> K) -> Vec<Self> {
        let ranks = share::ranks(pools, key).into_iter();
        ranks.map(|rank| Self { rank, shares: false }).collect()
    }

    /// The least leaves first: the worst of those that do not share, then the fullest of those that do,
    /// of equally full ones the worst. `held`: instances that the pool has.
    #[must_use]
    pub fn leaves(self, held: u32) -> impl Ord {
        let held = if self.shares { held } else { 0 };
        (self.shares, Reverse(held), Reverse(self.rank))
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

/// How each pool stands with a strategy for Spot Instances.
#[must_use]
pub fn standing_spot(
    strategy: SpotAllocationStrategy,
    deep_percent: u32,
    pools: &[AllocationPool],
) -> Vec<Standing> {
    match strategy {
        SpotAllocationStrategy::PriceCapacityOptimized => {
            price_capacity_optimized::standing(pools, deep_percent)
        }
        SpotAllocationStrategy::CapacityOptimized => capacity_optimized::standing(pools),
        SpotAllocationStrategy::CapacityOptimizedPrioritized => {
            capacity_optimized_prioritized::standing(pools, deep_percent)
        }
        SpotAllocationStrategy::LowestPrice { pools: each } => lowest_price::standing(pools, each),
        SpotAllocationStrategy::Diversified => diversified::standing(pools),
    }
}

/// The same for on-demand instances.
#[must_use]
pub fn standing_on_demand(
    strategy: OnDemandAllocationStrategy,
    pools: &[AllocationPool],
) -> Vec<Standing> {
    match strategy {
        OnDemandAllocationStrategy::LowestPrice => lowest_price::standing(pools, 1),
        OnDemandAllocationStrategy::Prioritized => prioritized::standing(pools),
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

    #[test]
    fn the_worst_pool_stands_last_and_equals_stand_alike() {
        let ranks = |standing: Vec<Standing>| -> Vec<u32> {
            standing.into_iter().map(|pool| pool.rank).collect()
        };
        // Deep are 10 and 6; by price 6 before 10, then 4.
        let pools = [deep(0, 0, 1, 4), deep(1, 0, 9, 10), deep(2, 0, 2, 6), deep(3, 0, 2, 6)];
        assert_eq!(ranks(standing_spot(ALL[0], 50, &pools)), [2, 1, 0, 0]);
        assert_eq!(ranks(standing_spot(ALL[1], 50, &pools)), [2, 0, 1, 1]);
        assert_eq!(ranks(standing_spot(ALL[2], 50, &pools)), [3, 0, 1, 2]);
        assert_eq!(ranks(standing_spot(ALL[3], 50, &pools)), [0, 2, 1, 1]);
        let prioritized = OnDemandAllocationStrategy::Prioritized;
        assert_eq!(ranks(standing_on_demand(prioritized, &pools)), [0, 1, 2, 3]);
    }

    #[test]
    fn of_pools_that_share_the_fullest_gives_first_after_those_that_do_not_share() {
        let held = |held, pool| AllocationPool { held, ..pool };
        let pools = [held(3, deep(0, 0, 2, 0)), held(1, pool(1, 0, 3)), held(1, pool(2, 0, 4))];
        let standing = standing_spot(ALL[4], 50, &pools);
        assert_eq!(
            standing.iter().map(|pool| pool.shares).collect::<Vec<_>>(),
            [true, true, false]
        );
        assert!(standing[2].leaves(1) < standing[0].leaves(3));
        assert!(standing[0].leaves(3) < standing[1].leaves(1));
        // Equally full: the dearer.
        assert!(standing[1].leaves(1) < standing[0].leaves(1));
    }
}
