//! `lowest-price`: the cheapest pools of each zone, equally; on demand the cheapest one of each zone.
//!
//! Documented: EC2 Auto Scaling user guide, allocation-strategies (number of pools in each zone); EC2
//! user guide, ec2-fleet-allocation-strategy: where a pool runs out, the next cheapest one serves, so
//! that more pools than the number may be used.

use std::collections::BTreeMap;

use super::share::{equally, sorted_by};
use super::{AllocationPool, Standing};

pub(super) fn allocate(pools: &[AllocationPool], wanted: u32, pools_per_zone: u32) -> Vec<u32> {
    let mut counts = vec![0; pools.len()];
    let (chosen, others) = cheapest(pools, pools_per_zone, |pool| pool.room() > 0);
    let mut left = equally(pools, &chosen, wanted, &mut counts);
    for position in others {
        let more = left.min(pools[position].room());
        counts[position] += more;
        left -= more;
    }
    counts
}

/// The cheapest pools of each zone, and the others, the cheapest first.
fn cheapest(
    pools: &[AllocationPool],
    pools_per_zone: u32,
    counts: impl Fn(&AllocationPool) -> bool,
) -> (Vec<usize>, Vec<usize>) {
    let mut chosen = Vec::new();
    let mut others = Vec::new();
    let mut taken: BTreeMap<_, u32> = BTreeMap::new();
    for position in sorted_by(pools, |pool| pool.price) {
        let in_zone = taken.entry(pools[position].zone).or_default();
        if *in_zone < pools_per_zone.max(1) && counts(&pools[position]) {
            *in_zone += 1;
            chosen.push(position);
        } else {
            others.push(position);
        }
    }
    (chosen, others)
}

/// Several cheapest pools share equally; a pool that the group has emptied is one of them.
pub(super) fn standing(pools: &[AllocationPool], pools_per_zone: u32) -> Vec<Standing> {
    let mut standing = Standing::by(pools, |pool| pool.price);
    if pools_per_zone > 1 {
        let has = |pool: &AllocationPool| pool.room() > 0 || pool.held > 0;
        for position in cheapest(pools, pools_per_zone, has).0 {
            standing[position].shares = true;
        }
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::super::pools::{deep, pool};
    use super::super::{OnDemandAllocationStrategy, allocate_on_demand};
    use super::*;

    #[test]
    fn each_zone_gives_from_its_cheapest_pools_equally() {
        // Zone 0: 2 and 3 cents are its two cheapest; zone 1 has one pool only.
        let pools = [pool(0, 0, 4), pool(1, 0, 2), pool(2, 0, 3), pool(0, 1, 9)];
        assert_eq!(allocate(&pools, 6, 2), [0, 2, 2, 2]);
        assert_eq!(allocate(&pools, 6, 1), [0, 3, 0, 3]);
    }

    #[test]
    fn when_a_pool_runs_out_the_next_cheapest_serves() {
        let pools = [deep(0, 0, 2, 1), deep(1, 0, 3, 2), deep(2, 0, 4, 9)];
        assert_eq!(allocate(&pools, 6, 1), [1, 2, 3]);
        assert_eq!(allocate(&pools, 6, 2), [1, 2, 3]);
    }

    #[test]
    fn an_empty_pool_is_none_of_the_cheapest() {
        assert_eq!(allocate(&[deep(0, 0, 2, 0), pool(1, 0, 3), pool(2, 0, 4)], 4, 2), [0, 2, 2]);
    }

    #[test]
    fn on_demand_the_cheapest_type_of_each_zone_is_taken() {
        let pools = [pool(0, 0, 4), pool(1, 0, 2), pool(0, 1, 4), pool(1, 1, 2)];
        let strategy = OnDemandAllocationStrategy::LowestPrice;
        assert_eq!(allocate_on_demand(strategy, &pools, 4), [0, 2, 0, 2]);
    }
}
