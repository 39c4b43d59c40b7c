//! Floor 0: keyed streams of random numbers and distributions over portable math.

mod distributions;
pub mod math;
mod renewal;
mod sampler;
mod streams;

pub use distributions::Distribution;
pub use renewal::Equilibrium;
pub use sampler::Sampler;
pub use streams::{EntityKey, Purpose, Stream, Streams};
