//! taskyard

pub mod bound;
pub mod catalog;
pub mod random;
pub mod run;
pub mod scenario;
pub mod units;
