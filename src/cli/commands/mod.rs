//! One file for each command.

pub(super) mod break_even;
pub(super) mod catalog;
pub(super) mod check;
mod check_sweep;
pub(super) mod compare;
pub(super) mod completions;
pub(super) mod decide;
pub(super) mod explain;
pub(super) mod headroom;
pub(super) mod man;
pub(super) mod merge;
pub(super) mod pick;
pub(super) mod plot;
pub(super) mod quote;
pub(super) mod report;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod sensitivity;
pub(super) mod sweep;
mod sweep_results;
pub(super) mod trace;
