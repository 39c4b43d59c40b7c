//! A discrete-event simulator of Amazon ECS capacity: what instances would my tasks get, how soon would
//! they run, what would it cost, and what changes if I change the strategy?
//!
//! ```
//! use taskyard::{catalog::{Catalog, Overrides}, io::Source, run, scenario};
//!
//! let text = include_str!("../scenarios/thirty-tasks.toml").to_owned();
//! let (question, _) = scenario::read(&Source { name: "thirty-tasks".into(), text }, &[]).unwrap();
//! let catalog = Catalog::builtin(&question.region, None, Overrides::default()).unwrap();
//! let answer = run::run(&question, &catalog, run::Options::default()).unwrap().answer;
//! assert_eq!(answer.fleet[0].instance_type.as_deref(), Some("t4g.small"));
//! ```
//!
//! # Ordering
//! Events are handled by (time, priority, sequence): whole microseconds; at one instant what happens to
//! tasks and instances before plans, plans before clean-up; then first scheduled, first handled.
//!
//! # Determinism
//! The same version, scenario, catalogue and seed give the same bytes, on every machine and with any
//! number of threads: integer time and money, ordered containers, portable math, and every draw a
//! function of (seed, purpose, entity name, ordinal). One run is one thread.
//!
//! ARCHITECTURE.md is the map, docs/model.md has every modelled rule with its source.

pub mod bound;
pub mod catalog;
pub mod cli;
pub mod engine;
pub mod io;
pub mod model;
pub mod observe;
pub mod random;
pub mod report;
pub mod run;
pub mod scenario;
pub mod sweep;
pub mod units;
