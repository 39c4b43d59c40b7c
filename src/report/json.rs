//! JSON for programs.

use serde::Serialize;

use crate::run::{Alternative, Answer};

/// The answer to `quote`: that of `run`, and what other questions would give.
#[derive(Clone, Debug, Serialize)]
pub struct Quoted<'a> {
    /// The answer.
    #[serde(flatten)]
    pub answer: &'a Answer,
    /// One change each.
    pub alternatives: &'a [Alternative],
}

/// Pretty JSON with a newline at its end.
///
/// # Errors
/// None that a report's own types can cause.
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n")
}
