//! Floor 5: one scenario in, one answer out. The neck of the house: everything above knows only this
//! and [`crate::scenario::Scenario`].

mod answer;

pub use answer::*;
