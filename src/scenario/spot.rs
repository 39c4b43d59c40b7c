//! Spot: how instances are bought from many pools, and how the pools themselves come and go.

use crate::catalog::VcpuQuotas;
use crate::random::Distribution;
use crate::units::SimDuration;

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

/// `[spot]`: what is assumed of every Spot pool that no `[[spot_pool]]` describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Where the turns and the depth of pools come from.
    pub preset: SpotPreset,
    /// In what state pools are met at time 0.
    pub initial: SpotInitial,
    /// What differs from the preset.
    pub pools: SpotPoolLaws,
    /// Chance that a pool that turns off loses all its instances (parts per million).
    pub all_lost_ppm: u32,
    /// Otherwise the share lost is Beta(1, this).
    pub partial_loss_beta: f64,
    /// Over how long the losses of one turn are spread.
    pub loss_spread: SimDuration,
    /// From the rebalance recommendation to the notice.
    pub recommendation_lead: SimDuration,
    /// From the notice to the end.
    pub notice: SimDuration,
    /// A pool with at least this share of the deepest one's depth counts as highly available, percent.
    pub deep_pool_percent: u32,
    /// EC2 quotas of Spot vCPUs, all classes together; `None`: unlimited.
    pub vcpu_quota: Option<u32>,
    /// The same by class.
    pub vcpu_quotas: VcpuQuotas,
    /// Whether an instance that EC2 takes back within its first hour is not charged.
    pub free_first_hour: bool,
    /// When a new price applies to an instance that runs already.
    pub price_changes: PriceChanges,
    /// Which moment of a price history is time 0.
    pub price_history_from: PriceHistoryFrom,
}

/// The built-in sets of pool behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotPreset {
    /// From the interruption band of AWS's Spot Instance Advisor: stable.
    Advisor,
    /// Fitted to r5.16xlarge in us-east-1, April 2023.
    ScarceR5,
    /// Fitted to p3.2xlarge in nine zones, 2023.
    ScarceP3,
    /// Always available, without a limit.
    Always,
}

/// In what state pools are met at time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotInitial {
    /// At an arbitrary moment of their life.
    Stationary,
    /// Just become available.
    Available,
}

/// What a scenario says of how pools come and go; `None`: as the preset has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpotPoolLaws {
    /// How long a pool is available at a stretch.
    pub available_for: Option<Distribution>,
    /// How long it is then not.
    pub unavailable_for: Option<Distribution>,
    /// How many instances it holds.
    pub depth: Option<SpotDepth>,
}

/// How many instances a Spot pool holds while it is available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotDepth {
    /// Any number.
    Unlimited,
    /// Drawn for each stretch, all orders of magnitude equally likely.
    Between {
        /// The least.
        min: u32,
        /// The greatest.
        max: u32,
    },
}

/// `[[spot_pool]]`: what is known of some pools in particular.
#[derive(Clone, Debug, PartialEq)]
pub struct SpotPool {
    /// Exact name of the type.
    pub instance_type: String,
    /// Availability zone id; `None`: every zone.
    pub availability_zone: Option<String>,
    /// A preset of its own.
    pub preset: Option<SpotPreset>,
    /// What differs from it.
    pub laws: SpotPoolLaws,
}

/// When a new Spot price applies to an instance that runs already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceChanges {
    /// From its next instance-hour.
    InstanceHour,
    /// At once.
    Second,
}

/// Which moment of a price history is time 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceHistoryFrom {
    /// The one from which the history reaches to the horizon.
    Last,
    /// This one, seconds since 1970.
    At(i64),
}

/// How a Managed Instances provider buys (ECS API, `capacityOptionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapacityOptionType {
    /// On demand.
    OnDemand,
    /// Spot.
    Spot,
    /// With capacity reservations.
    Reserved,
}

/// When capacity reservations are used (ECS API, `reservationPreference`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationPreference {
    /// Always: nothing else is launched.
    Only,
    /// As long as there are some, then on demand.
    First,
    /// Never.
    Excluded,
}

/// How Managed Instances choose a Spot pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotSelectionPolicy {
    /// By lot, in proportion to depth; among pools of one depth the least price for each placed task.
    DepthWeighted,
    /// Among the deep pools, the least price for each placed task.
    PriceCapacityOptimized,
    /// The deepest pool.
    CapacityOptimized,
    /// The least price for each placed task.
    LowestPrice,
}

/// Of which price of a Spot instance the management fee is a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotFeeBasis {
    /// The type's on-demand price.
    OnDemand,
    /// What Spot costs.
    Spot,
}
