//! On-demand `prioritized`: the types in the order of the list, the next one when a pool runs short.
//!
//! Documented: EC2 Auto Scaling user guide, allocation-strategies.

use super::share::{in_order, sorted_by};
use super::{AllocationPool, Standing};

pub(super) fn allocate(pools: &[AllocationPool], wanted: u32) -> Vec<u32> {
    in_order(pools, sorted_by(pools, key), wanted)
}

pub(super) fn standing(pools: &[AllocationPool]) -> Vec<Standing> {
    Standing::by(pools, key)
}

const fn key(pool: &AllocationPool) -> u32 {
    pool.priority
}

#[cfg(test)]
mod tests {
    use super::super::pools::{deep, pool};
    use super::*;

    #[test]
    fn the_list_decides_not_the_price() {
        assert_eq!(allocate(&[pool(1, 0, 1), pool(0, 0, 9)], 3), [0, 3]);
    }

    #[test]
    fn the_next_type_serves_when_the_first_runs_short() {
        assert_eq!(allocate(&[deep(0, 0, 5, 2), pool(1, 0, 9), pool(2, 0, 1)], 3), [2, 1, 0]);
    }
}
