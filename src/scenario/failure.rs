//! How tasks fail by themselves: those of a bad revision, and runs that end with an exit code.

use crate::units::SimDuration;

/// What is wrong with every task of a definition: `failure` of a `[[task_definition]]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskFailure {
    /// Its image cannot be pulled.
    NeverStarts,
    /// Its essential container exits.
    Crashes {
        /// So long after RUNNING.
        after: SimDuration,
        /// With this exit code.
        exit_code: u8,
    },
}

/// How runs fail at their end: `failure` of a `[[run_task]]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunFailure {
    /// How often, from 0 to 1.
    pub probability: f64,
    /// With this exit code, which is not 0.
    pub exit_code: u8,
}
