//! The figures of a time.

use schemars::JsonSchema;
use serde::Serialize;

/// Quantiles of a time in seconds; null where no task or too few bear it.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema, Serialize)]
pub struct Quantiles {
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 90 %.
    pub p90: Option<f64>,
    /// 95 %.
    pub p95: Option<f64>,
    /// 99 %; null below 2,000 tasks.
    pub p99: Option<f64>,
    /// Longest.
    pub max: Option<f64>,
}

/// A phase of the wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema, Serialize)]
pub struct PhaseQuantiles {
    /// Mean over all tasks that reached RUNNING.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 90 %.
    pub p90: Option<f64>,
}
