//! Spot `capacity-optimized`: the deepest pool, whatever it costs.
//!
//! Documented: EC2 Auto Scaling user guide, allocation-strategies; that depth is all that counts is our
//! reading.

use std::cmp::Reverse;

use super::share::{in_order, sorted_by};
use super::{AllocationPool, Standing};

pub(super) fn allocate(pools: &[AllocationPool], wanted: u32) -> Vec<u32> {
    in_order(pools, sorted_by(pools, key), wanted)
}

pub(super) fn standing(pools: &[AllocationPool]) -> Vec<Standing> {
    Standing::by(pools, key)
}

fn key(pool: &AllocationPool) -> Reverse<u32> {
    Reverse(pool.room())
}

#[cfg(test)]
mod tests {
    use super::super::pools::{deep, pool};
    use super::*;

    #[test]
    fn the_deepest_pool_is_taken_first_at_any_price() {
        let pools = [deep(0, 0, 1, 5), deep(1, 0, 9, 8), deep(2, 0, 2, 7)];
        assert_eq!(allocate(&pools, 6), [0, 6, 0]);
        assert_eq!(allocate(&pools, 10), [0, 8, 2]);
        assert_eq!(allocate(&pools, 99), [5, 8, 7]);
    }

    #[test]
    fn a_pool_without_a_limit_is_deeper_than_any_other() {
        assert_eq!(allocate(&[deep(0, 0, 1, 1_000_000), pool(1, 0, 9)], 2), [0, 2]);
    }
}
