//! The two ways of giving out: one pool after the other, or equally.

use std::cmp::Reverse;

use super::AllocationPool;

/// Takes from the pools in this order, from each all that it has.
pub(super) fn in_order(
    pools: &[AllocationPool],
    order: impl IntoIterator<Item = usize>,
    wanted: u32,
) -> Vec<u32> {
    let mut counts = vec![0; pools.len()];
    let mut left = wanted;
    for position in order {
        let taken = left.min(pools[position].room());
        counts[position] = taken;
        left -= taken;
    }
    counts
}

/// Gives each of `wanted` to the pool, of `chosen`, that then has fewest of the group, counting what
/// it holds; the first in `chosen` among equals. Adds to `counts`; says how many found no room.
pub(super) fn equally(
    pools: &[AllocationPool],
    chosen: &[usize],
    wanted: u32,
    counts: &mut [u32],
) -> u32 {
    for done in 0..wanted {
        let fewest = chosen
            .iter()
            .copied()
            .filter(|position| counts[*position] < pools[*position].room())
            .min_by_key(|position| u64::from(pools[*position].held) + u64::from(counts[*position]));
        match fewest {
            Some(position) => counts[position] += 1,
            None => return wanted - done,
        }
    }
    0
}

/// Positions by a key, the first among equals first.
pub(super) fn sorted_by<K: Ord>(
    pools: &[AllocationPool],
    key: impl Fn(&AllocationPool) -> K,
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pools.len()).collect();
    order.sort_by_key(|position| key(&pools[*position]));
    order
}

/// The place of each pool by a key, 0 the first; equals share one.
pub(super) fn ranks<K: Ord>(
    pools: &[AllocationPool],
    key: impl Fn(&AllocationPool) -> K,
) -> Vec<u32> {
    let mut keys: Vec<K> = pools.iter().map(&key).collect();
    keys.sort_unstable();
    keys.dedup();
    let rank = |pool| keys.partition_point(|other| *other < key(pool));
    pools.iter().map(|pool| u32::try_from(rank(pool)).unwrap_or(u32::MAX)).collect()
}

/// How a pool stands by its depth: deep ones first, by a key of theirs; then the others, the deepest
/// first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth<K> {
    Deep(K),
    Shallow(Reverse<u32>),
}

/// The same of each pool. A pool is deep with at least `deep_percent` of what the deepest has.
pub(super) fn deep_first<K: Ord>(
    pools: &[AllocationPool],
    deep_percent: u32,
    key: impl Fn(&AllocationPool) -> K,
) -> impl Fn(&AllocationPool) -> Depth<K> {
    let deepest = pools.iter().map(AllocationPool::room).max().unwrap_or(0);
    move |pool| {
        let room = u64::from(pool.room()) * 100;
        if room >= u64::from(deepest) * u64::from(deep_percent) {
            Depth::Deep(key(pool))
        } else {
            Depth::Shallow(Reverse(pool.room()))
        }
    }
}
