//! Spot `price-capacity-optimized`, which AWS recommends: the pools of highest availability, among them
//! the cheapest.
//!
//! Documented: EC2 Auto Scaling user guide, allocation-strategies. Assumed: pools at least half as deep
//! as the deepest are of highest availability.

use crate::units::UsdPerHour;

use super::share::{Depth, deep_first, in_order, sorted_by};
use super::{AllocationPool, Standing};

pub(super) fn allocate(pools: &[AllocationPool], wanted: u32, deep_percent: u32) -> Vec<u32> {
    in_order(pools, sorted_by(pools, key(pools, deep_percent)), wanted)
}

pub(super) fn standing(pools: &[AllocationPool], deep_percent: u32) -> Vec<Standing> {
    Standing::by(pools, key(pools, deep_percent))
}

fn key(
    pools: &[AllocationPool],
    deep_percent: u32,
) -> impl Fn(&AllocationPool) -> Depth<UsdPerHour> {
    deep_first(pools, deep_percent, |pool| pool.price)
}

#[cfg(test)]
mod tests {
    use super::super::pools::{deep, pool};
    use super::*;

    #[test]
    fn the_cheapest_of_the_deep_pools_is_taken_not_the_cheapest_of_all() {
        // Deep are 10 and 6 (at least half of 10); the cheaper of them has 6.
        let pools = [deep(0, 0, 1, 4), deep(1, 0, 9, 10), deep(2, 0, 2, 6)];
        assert_eq!(allocate(&pools, 5, 50), [0, 0, 5]);
        assert_eq!(allocate(&pools, 8, 50), [0, 2, 6]);
        assert_eq!(allocate(&pools, 17, 50), [1, 10, 6]);
    }

    #[test]
    fn where_nothing_is_known_of_depth_price_alone_decides() {
        assert_eq!(allocate(&[pool(0, 0, 3), pool(1, 0, 2), pool(2, 1, 7)], 4, 50), [0, 4, 0]);
    }
}
