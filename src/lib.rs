//! taskyard

pub mod catalog;
pub mod io;
pub mod random;
pub mod run;
pub mod scenario;
pub mod units;
