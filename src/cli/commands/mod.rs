//! One file for each command.

pub(super) mod catalog;
pub(super) mod check;
pub(super) mod compare;
pub(super) mod completions;
pub(super) mod explain;
pub(super) mod man;
pub(super) mod pick;
pub(super) mod quote;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod sweep;
