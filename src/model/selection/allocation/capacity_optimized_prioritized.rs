//! Spot `capacity-optimized-prioritized`: capacity first, and among pools of much capacity the order of
//! the list, as far as that goes.
//!
//! Documented: EC2 Auto Scaling user guide, allocation-strategies ("best effort"). Assumed: pools at
//! least half as deep as the deepest are as good as it.

use super::share::{Depth, deep_first, in_order, sorted_by};
use super::{AllocationPool, Standing};

pub(super) fn allocate(pools: &[AllocationPool], wanted: u32, deep_percent: u32) -> Vec<u32> {
    in_order(pools, sorted_by(pools, key(pools, deep_percent)), wanted)
}

pub(super) fn standing(pools: &[AllocationPool], deep_percent: u32) -> Vec<Standing> {
    Standing::by(pools, key(pools, deep_percent))
}

fn key(pools: &[AllocationPool], deep_percent: u32) -> impl Fn(&AllocationPool) -> Depth<u32> {
    deep_first(pools, deep_percent, |pool| pool.priority)
}

#[cfg(test)]
mod tests {
    use super::super::pools::deep;
    use super::*;

    #[test]
    fn among_deep_pools_the_list_decides() {
        // 10 is the deepest, so 5 and more are deep: candidates 1 and 2. 4 is not.
        let pools = [deep(0, 0, 1, 4), deep(1, 0, 9, 5), deep(2, 0, 2, 10)];
        assert_eq!(allocate(&pools, 3, 50), [0, 3, 0]);
        assert_eq!(allocate(&pools, 16, 50), [1, 5, 10]);
    }
}
