//! Luck, handed in: what the model cannot decide by rules it asks for by name, and the answer is the same
//! for the same seed whatever else happens.

use crate::units::{GroupId, ProviderId};

use super::fault::{FaultId, Struck};

/// What a draw is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// Where the task with this number of a group goes, where a policy says `random`.
    Placement(GroupId, u32),
    /// Which instance a provider terminates, where a policy says so: its n-th such choice.
    Termination(ProviderId, u32),
    /// Whether a fault strikes: the n-th of its choices of a kind.
    Fault(FaultId, Struck, u64),
}

/// Who hands out draws.
pub trait Draws {
    /// A number, all 64 bits equally likely to be set.
    fn draw(&self, luck: Luck) -> u64;
}

/// A draw in 0..`below` (which is above 0). The bias is below 2^-32 for fewer than 2^32 choices.
#[must_use]
pub(super) fn below(draw: u64, below: u64) -> u64 {
    ((u128::from(draw) * u128::from(below)) >> 64) as u64
}
