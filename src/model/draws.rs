//! Luck, handed in: what the model cannot decide by rules it asks for by name, and the answer is the same
//! for the same seed whatever else happens.

use crate::units::{DemandId, GroupId, ProviderId, QueueId, SimDuration, SpotPoolId};

use super::fault::{FaultId, Struck};

/// What a draw is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// What is left to chance in the n-th piece of a demand's rate.
    Demand(DemandId, u32),
    /// The same of the rate at which messages arrive at a queue.
    Arrivals(QueueId, u32),
    /// How long it takes until the message with this number among those that arrive.
    Message(QueueId, u32),
    /// Where the task with this number of a group goes, where a policy says `random`.
    Placement(GroupId, u32),
    /// Whether a provider's n-th launch meets capacity, where the scenario says how often it does not.
    Capacity(ProviderId, u32),
    /// Which task of a service goes when it has too many, where its placement strategy says `random`: the
    /// one with the greatest draw. The task with this number of a group.
    ScaleIn(GroupId, u32),
    /// Which instance a provider terminates, where a policy says so: its n-th such choice.
    Termination(ProviderId, u32),
    /// Whether a fault strikes: the n-th of its choices of a kind.
    Fault(FaultId, Struck, u64),
    /// Which offering a provider buys, where a policy says so: its n-th such choice.
    Selection(ProviderId, u32),
    /// Whether the instance with this number of a provider is lost when its Spot pool turns off at the
    /// end of that stretch.
    SpotLoss(ProviderId, u32, u32),
    /// When, after its pool turned off.
    SpotDelay(ProviderId, u32, u32),
    /// Whether the run of the task with this number of a group fails.
    Exit(GroupId, u32),
}

/// A stretch of time in which a Spot pool is available throughout, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpotStretch {
    /// Whether it gives instances.
    pub available: bool,
    /// How long the stretch is; of the first one, how long after time 0. Above zero.
    pub lasts: SimDuration,
    /// How many instances the pool holds; `None` without a limit.
    pub depth: Option<u32>,
}

/// Who hands out draws.
pub trait Draws {
    /// A number, all 64 bits equally likely to be set.
    fn draw(&self, luck: Luck) -> u64;

    /// The n-th stretch of a Spot pool, counted from 0. Stretches in which it is available and in which
    /// it is not take turns.
    fn spot_stretch(&self, pool: SpotPoolId, n: u32) -> SpotStretch;

    /// Which part of its instances a Spot pool loses as its n-th stretch ends, as a share of 2^64.
    fn spot_loss(&self, pool: SpotPoolId, n: u32) -> u64;
}

/// A draw in 0..`below` (which is above 0). The bias is below 2^-32 for fewer than 2^32 choices.
#[must_use]
pub(super) fn below(draw: u64, below: u64) -> u64 {
    ((u128::from(draw) * u128::from(below)) >> 64) as u64
}
