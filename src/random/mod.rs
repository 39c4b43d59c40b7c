//! Floor 0: keyed streams of random numbers and distributions over portable math.

mod distributions;
pub mod math;
mod streams;

pub use distributions::Distribution;
pub use streams::{EntityKey, Purpose, Streams};
