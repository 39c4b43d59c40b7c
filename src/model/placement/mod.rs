//! Placement: choosing a running instance for a task.

mod ask;
pub mod bitset;
mod hosts;
pub mod index;

pub use ask::{Ask, AskId, Attributes, NewHost, built_in_attributes};
pub use hosts::Hosts;
pub use index::{FeasibilityClass, FreeCapacityIndex};
