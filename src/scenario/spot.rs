//! Spot: how instances are bought from many pools, and how the pools themselves come and go.

/// How on-demand instances of several types are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDemandAllocationStrategy {
    /// The cheapest type of each zone, the next one when it runs short.
    LowestPrice,
    /// The order in which the types are listed.
    #[default]
    Prioritized,
}

/// How Spot instances are spread over pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotAllocationStrategy {
    /// Among the deep pools, the cheapest.
    PriceCapacityOptimized,
    /// The deepest pool.
    CapacityOptimized,
    /// Among the deep pools, the first listed.
    CapacityOptimizedPrioritized,
    /// The cheapest pools of each zone, equally (`spot_instance_pools`).
    LowestPrice {
        /// How many in each zone (1 to 20).
        pools: u32,
    },
    /// All pools, equally.
    Diversified,
}
