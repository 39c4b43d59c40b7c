//! taskyard

pub mod bound;
pub mod catalog;
pub mod cli;
pub mod engine;
pub mod io;
pub mod model;
pub mod observe;
pub mod random;
pub mod report;
pub mod run;
pub mod scenario;
pub mod sweep;
pub mod units;
