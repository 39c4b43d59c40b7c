//! Selection: which offering to launch for tasks that found no place. One file for each policy; a
//! policy sees a view and returns a choice, the commit happens elsewhere.
//!
//! To add a policy: a file with a type that implements [`SelectionPolicy`], a variant of
//! [`crate::scenario::SelectionPolicy`], and a line in [`policy`].

pub mod allocation;
mod capacity_first;
mod cheapest_fit;
mod deep_pools;
mod depth_weighted;
mod fill;

use crate::catalog::CpuArchitecture;
use crate::scenario;
use crate::units::{Resources, TaskDefinitionId, UsdPerHour, ZoneId};

use super::decision::Considered;
use super::setup::Candidate;

/// Tasks of one definition that wait for instances.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    /// Of what definition.
    pub definition: TaskDefinitionId,
    /// What each reserves.
    pub size: Resources,
    /// How many.
    pub count: u32,
}

/// What a policy may know of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// Refused lately: not asked again yet.
    pub refused: bool,
    /// Instances left; `None` without a limit. Hidden from users, known to EC2.
    pub depth: Option<u32>,
}

/// What a policy sees: one zone, one architecture, the tasks that wait there.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Types in order of name.
    pub candidates: &'a [Candidate],
    /// The zone.
    pub zone: ZoneId,
    /// The architecture.
    pub architecture: CpuArchitecture,
    /// Waiting tasks; counts above zero.
    pub demands: &'a [Demand],
    /// The pool of a candidate in this zone.
    pub pool: &'a dyn Fn(usize) -> Pool,
    /// EC2's price of a candidate in this zone at the moment.
    pub price: &'a dyn Fn(usize) -> UsdPerHour,
    /// Scores within this are ties (parts per million).
    pub tie_ppm: u32,
    /// A Spot pool with at least this share of the deepest one's depth is deep, percent.
    pub deep_percent: u32,
    /// For policies that leave it to chance: any number, each equally likely.
    pub draw: u64,
}

/// What a policy chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Position of the type.
    pub candidate: usize,
    /// Tasks of each demand on one instance.
    pub tasks_each: Vec<u32>,
}

/// How many candidates an explanation names.
const NAMED: usize = 8;

/// How an offering is chosen.
pub trait SelectionPolicy {
    /// The instance to launch next, or `None` when no candidate takes any of the tasks. With
    /// `considered`, what was looked at is written down, best first.
    fn choose(&self, view: &View<'_>, considered: Option<&mut Vec<Considered>>) -> Option<Choice>;
}

/// The policies by name.
#[must_use]
pub fn policy(name: scenario::SelectionPolicy) -> &'static dyn SelectionPolicy {
    match name {
        scenario::SelectionPolicy::CheapestFit => &cheapest_fit::CheapestFit,
        scenario::SelectionPolicy::CapacityFirst => &capacity_first::CapacityFirst,
    }
}

/// The policies of Spot by name.
#[must_use]
pub fn spot_policy(name: scenario::SpotSelectionPolicy) -> &'static dyn SelectionPolicy {
    match name {
        scenario::SpotSelectionPolicy::DepthWeighted => &depth_weighted::DepthWeighted,
        scenario::SpotSelectionPolicy::PriceCapacityOptimized => {
            &deep_pools::PriceCapacityOptimized
        }
        scenario::SpotSelectionPolicy::CapacityOptimized => &deep_pools::CapacityOptimized,
        scenario::SpotSelectionPolicy::LowestPrice => &cheapest_fit::CheapestFit,
    }
}
