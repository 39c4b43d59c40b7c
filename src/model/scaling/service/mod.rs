//! Service auto scaling: what policies make of the values of metrics, and what becomes of the desired
//! count. It knows numbers alone, no cluster; every rule stands in docs/model.md, `service-scaling.*`.
//!
//! - [`alarm`]: so many breaching values of the last ones;
//! - [`target_tracking`], [`step`], [`predictive`]: the types of policies, each in its file;
//! - [`cooldown`]: what a policy's last act keeps back;
//! - [`scaling`]: the policies of one service together: scale out if any, in if all.

pub mod alarm;
pub mod cooldown;
pub mod predictive;
pub mod scaling;
pub mod setup;
pub mod step;
pub mod target_tracking;
#[cfg(test)]
mod tests;

pub use predictive::Predictor;
pub use scaling::{Acted, Forecast, Limited, Order, Outcome, Saw, Scaling, View};
pub use setup::{ScheduledSetup, ServiceScalingSetup};

use crate::units::SimTime;

/// A value of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Datapoint {
    /// The end of its period.
    pub at: SimTime,
    /// The value.
    pub value: f64,
    /// The fewest tasks that were RUNNING at the ends of its period.
    pub fewest: u32,
    /// The most.
    pub most: u32,
}
