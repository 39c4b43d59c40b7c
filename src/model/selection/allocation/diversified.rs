//! Spot `diversified`: equally over all pools, counting what is there already.
//!
//! Documented: EC2 user guide, ec2-fleet-allocation-strategy (fleets; an Auto Scaling group has no such
//! strategy).

use super::share::equally;
use super::{AllocationPool, Standing};

pub(super) fn allocate(pools: &[AllocationPool], wanted: u32) -> Vec<u32> {
    let all: Vec<usize> = (0..pools.len()).collect();
    let mut counts = vec![0; pools.len()];
    equally(pools, &all, wanted, &mut counts);
    counts
}

pub(super) fn standing(pools: &[AllocationPool]) -> Vec<Standing> {
    vec![Standing { rank: 0, shares: true }; pools.len()]
}

#[cfg(test)]
mod tests {
    use super::super::pools::{deep, pool};
    use super::*;

    #[test]
    fn all_pools_share_alike_and_a_shallow_one_gives_what_it_has() {
        assert_eq!(allocate(&[pool(0, 0, 1), deep(1, 0, 1, 1), pool(2, 0, 99)], 7), [3, 1, 3]);
    }

    #[test]
    fn what_a_pool_gave_before_counts() {
        let held = AllocationPool { held: 3, ..pool(0, 0, 1) };
        assert_eq!(allocate(&[held, pool(1, 0, 1)], 4), [1, 3]);
        // 3 + 1 and 0 + 3: the next one goes to the second pool, then both have four.
        assert_eq!(allocate(&[held, pool(1, 0, 1)], 5), [1, 4]);
    }
}
