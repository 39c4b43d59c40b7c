//! Floor 1: what the user asks. Validated types and how they are read; no file access.

mod spec;

pub use spec::*;
