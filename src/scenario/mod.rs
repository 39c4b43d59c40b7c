//! Floor 1: what the user asks. Validated types and how they are read; no file access.
//!
//! A scenario is read in three steps: text to a tree of values with places (`parse`), `--set` values put
//! into the tree (`overrides`), tree to [`Scenario`] (`read`, one file for each table). All that is wrong
//! is reported at once.

mod auto_scaling_group;
pub mod cluster_query;
mod demand;
mod deployment;
mod deployment_strategy;
mod depth;
mod discount;
mod document;
mod failure;
mod fault;
mod field;
mod files;
mod launch_type;
mod managed_scaling;
mod overrides;
pub mod parameters;
mod parse;
mod place;
mod placement;
mod read;
mod reader;
mod report;
mod resolved;
mod resolved_fault;
mod schedule;
mod schema;
mod service_scaling;
mod sizes;
mod spec;
mod spot;
mod sweep_file;
mod task_definition_json;
mod warm_up;

pub use auto_scaling_group::*;
pub use demand::*;
pub use deployment::*;
pub use deployment_strategy::*;
pub use discount::*;
pub use failure::*;
pub use fault::*;
pub use files::{NamedFile, addresses, files_named};
pub use launch_type::*;
pub use managed_scaling::*;
pub use overrides::Override;
pub use place::place_of;
pub use placement::*;
pub use read::{read, read_with};
pub use resolved::{ResolvedValue, resolved_values, to_toml};
pub use schedule::{Expression as ScheduleExpression, Schedule, ScheduleError, Zone};
pub use schema::{scenario_schema, sweep_schema};
pub use service_scaling::*;
pub use sizes::{
    LEAST_CPU, LEAST_MEMORY, MOST_CPU, MOST_MEMORY, SizeError, parse_cpu, parse_memory,
};
pub use spec::*;
pub use spot::*;
pub use sweep_file::*;
pub use task_definition_json::task_definition_from_json;
pub use warm_up::WarmUp;
