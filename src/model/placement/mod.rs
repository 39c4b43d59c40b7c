//! Placement: choosing a running instance for a task.

pub mod bitset;
pub mod index;

pub use index::{FeasibilityClass, FreeCapacityIndex};
