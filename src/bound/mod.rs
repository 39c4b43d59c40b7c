//! Proven lower bounds of a fleet's price, and the cheapest packing found beside them.
//!
//! The question: which multiset of bins (instances), each of a bin type with a capacity and a price
//! per hour, holds every demanded task at the least price? It is the variable-sized vector bin
//! packing problem. This module answers it from below and from above:
//!
//! * the **continuous bound** ([`Bounds::continuous`]) spreads tasks over bins like a liquid, one
//!   dimension at a time;
//! * the **linear bound** ([`Bounds::linear`]) is that of the configuration linear program of
//!   Gilmore and Gomory ("A linear programming approach to the cutting-stock problem", Operations
//!   Research 9, 1961). A *pattern* is a count of tasks of each definition that one bin holds; a
//!   *dual* is the share of the price that a task bears; *pricing* looks for a pattern whose tasks'
//!   duals exceed the price of its bin. Floating point proposes the duals; they are then rounded to
//!   whole nano-dollars and the pricing is exact in integers, so the bound is a certificate: no
//!   pattern of any bin is worth more than that bin's price, hence no packing costs less than the
//!   sum of the duals of all tasks;
//! * the **best packing** ([`Bounds::best`]) comes from the linear solution rounded down, a greedy
//!   rest, and repair by an exact best-first search over patterns in order of *reduced cost* (price
//!   less duals). The search also proves optimality where its limits allow, or lifts
//!   [`Bounds::lower`] above the linear bound.
//!
//! Money is whole nano-dollars per hour. Nothing here knows ECS, reads a file, a clock or a random
//! number: the same problem and [`Effort`] give the same answer, and every limit is a count.

mod continuous;
mod linear;
mod master;
mod patterns;
mod reduce;
mod search;
mod simplex;
mod single;

use crate::units::{Resources, UsdPerHour};
use reduce::Instance;

/// The dearest bin that [`solve`] accepts: a million dollars an hour, far above any offering.
pub const MAX_PRICE: UsdPerHour = UsdPerHour::from_nanos(1_000_000_000_000_000);

/// Tasks of one definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What one task reserves.
    pub size: Resources,
    /// How many tasks.
    pub count: u32,
}

/// A bin type: as many of them as wanted can be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bin {
    /// What it offers to tasks.
    pub capacity: Resources,
    /// The price of one.
    pub price: UsdPerHour,
    /// Which demands it may hold, by position; empty means all.
    pub admits: Vec<bool>,
}

/// What must be packed, and what it may be packed into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// The tasks, by definition.
    pub demands: Vec<Demand>,
    /// The bin types.
    pub bins: Vec<Bin>,
}

/// Identical bins of a packing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedBin {
    /// Position in [`Problem::bins`].
    pub bin: usize,
    /// Tasks of each demand in each of these bins.
    pub counts: Vec<u32>,
    /// How many such bins.
    pub instances: u32,
}

/// Bins that hold every demanded task exactly once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    /// The bins, ordered by type, fullest pattern first.
    pub bins: Vec<PackedBin>,
    /// Their price together.
    pub price: UsdPerHour,
}

/// What is known about the price of the cheapest packing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The continuous bound: no packing is cheaper.
    pub continuous: UsdPerHour,
    /// The certified bound of the configuration linear program, at least [`Bounds::continuous`].
    pub linear: UsdPerHour,
    /// The certificate: nano-dollars per hour and task, by demand. `linear` is their sum over all
    /// tasks, and no bin can hold tasks whose duals sum to more than its price.
    pub duals: Vec<u64>,
    /// The strongest proven bound, at least [`Bounds::linear`].
    pub lower: UsdPerHour,
    /// The cheapest packing found.
    pub best: Packing,
    /// Whether `best` is proven to be the cheapest packing of all: then it costs `lower`.
    pub proven_optimal: bool,
    /// Whether a limit of [`Effort`] weakened an answer. All bounds hold nevertheless.
    pub truncated: bool,
}

impl Bounds {
    /// Whether `price`, paid for some packing of the same problem, agrees with the bounds.
    #[must_use]
    pub fn allows(&self, price: UsdPerHour) -> bool {
        price >= self.lower
    }

    /// How far the best packing can be above the cheapest one, as a share of the latter.
    #[must_use]
    pub fn gap(&self) -> f64 {
        let lower = self.lower.as_dollars();
        if lower > 0.0 { self.best.price.as_dollars() / lower - 1.0 } else { 0.0 }
    }
}

/// Limits of the work, all of them counts: the result never depends on the machine's speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Rounds of column generation; each prices every bin.
    pub max_rounds: u32,
    /// Nodes of one pricing problem. Where it is reached, the duals shrink until they are safe.
    pub max_pricing_nodes: u64,
    /// Nodes of all pricing problems of column generation together.
    pub max_generation_nodes: u64,
    /// Patterns held by one exact search.
    pub max_patterns: usize,
    /// States (remaining demands) of the exact search over the whole problem.
    pub max_states: usize,
    /// Patterns tried by the exact search over the whole problem.
    pub max_tries: u64,
    /// Neighbourhoods that the repair of the packing explores.
    pub max_repairs: u32,
}

impl Default for Effort {
    /// Within milliseconds for tens of tasks, about a second for thousands of tasks of eight
    /// definitions.
    fn default() -> Self {
        Self {
            max_rounds: 3_000,
            max_pricing_nodes: 200_000,
            max_generation_nodes: 40_000_000,
            max_patterns: 50_000,
            max_states: 100_000,
            max_tries: 50_000_000,
            max_repairs: 400,
        }
    }
}

/// Why a problem has no bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unpackable {
    /// No bin can hold even one task of this demand.
    #[error("demand {demand} fits no bin")]
    FitsNoBin {
        /// Position in [`Problem::demands`].
        demand: usize,
    },
    /// A bin's price is above [`MAX_PRICE`].
    #[error("bin {bin} costs more than a million dollars an hour")]
    PriceTooHigh {
        /// Position in [`Problem::bins`].
        bin: usize,
    },
}

/// Bounds the price of the cheapest packing of `problem` from below and above.
///
/// # Errors
///
/// A demand that fits no bin, or a bin dearer than [`MAX_PRICE`].
pub fn solve(problem: &Problem, effort: &Effort) -> Result<Bounds, Unpackable> {
    let instance = Instance::reduce(problem)?;
    let liquid = continuous::certificate(&instance);
    let continuous = instance.bound_of(&liquid);
    let answer = match instance.classes.len() {
        0 => master::Answer::default(),
        1 => single::solve(&instance, effort),
        _ => {
            let relaxed = linear::solve(&instance, effort);
            master::solve(&instance, relaxed, effort)
        }
    };
    let duals = if instance.bound_of(&answer.duals) >= continuous { answer.duals } else { liquid };
    let linear = instance.bound_of(&duals);
    let best = instance.packing(problem, &answer.bins);
    let proven_optimal = answer.proven || best.price == linear;
    let lower = if proven_optimal { best.price } else { linear.max(answer.lower) };
    debug_assert!(continuous <= linear && linear <= lower && lower <= best.price);
    Ok(Bounds {
        continuous,
        linear,
        duals: instance.by_demand(&duals),
        lower,
        best,
        proven_optimal,
        truncated: answer.truncated,
    })
}
