//! Cluster auto scaling: how many instances tasks need, and what ECS makes of it minute by minute.
//! It knows numbers alone, no cluster; every rule stands in docs/model.md, `cluster-auto-scaling.*`.
//!
//! - [`need`]: how many of the waiting tasks go on one instance, and how many instances they need;
//! - [`reservation`]: the metric CapacityProviderReservation;
//! - [`tracking`]: alarms on the metric, and what the scaling policy does when one of them acts.

pub mod need;
pub mod reservation;
pub mod service;
pub mod tracking;

pub use need::{Demand, Need, Needs, TypeRange};
pub use reservation::{Basis, Reservation};
pub use tracking::{Alarm, GroupView, Order, Outcome, Tracking};
