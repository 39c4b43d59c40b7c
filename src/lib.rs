//! taskyard

pub mod catalog;
pub mod random;
pub mod run;
pub mod scenario;
pub mod bound;
pub mod units;
