//! Floor 3: the clock. The queue and the driver know no word of ECS; the simulation joins them to the
//! model, and timing says how long things take.

mod demand_timing;
pub mod driver;
mod fargate_timing;
mod heap;
pub mod queue;
mod scaling_timing;
mod simulation;
mod spot;
mod tiers;
mod timing;
mod windows;

pub use simulation::{Arena, Observer, Simulation, Stopped};
pub use spot::{SpotLossLaw, SpotPoolLaw, SpotTurns};
pub use timing::{Durations, TimingModel};
