//! taskyard

pub mod units;
