//! Placement: choosing a running instance for a task.
//!
//! - [`bitset`], [`index`]: which instances have room, without looking at instances;
//! - [`Hosts`]: container instances under the rules of ECS: an [`Ask`] made ready (`plan`), instances
//!   with the same attributes (`cell`), one file for each policy (`spread`, `binpack`, `random`), the
//!   constraints (`constraint`), and the search over all of them (`search`).

mod ask;
mod binpack;
pub mod bitset;
mod blocked;
mod cell;
mod constraint;
mod host;
mod hosts;
pub mod index;
mod lists;
mod plan;
mod random;
mod search;
mod spread;
mod tenants;
#[cfg(test)]
mod tests;

pub use ask::{Ask, AskId, Attributes, NewHost, built_in_attributes};
pub use blocked::Blocked;
pub use hosts::Hosts;
pub use index::{FeasibilityClass, FreeCapacityIndex};
