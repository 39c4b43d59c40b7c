//! A sweep as it is written: which scenario, what is varied in it, how often each point runs. Read with
//! the same cursor as a scenario; what was typed beside a file passes through the same checks.

mod axis;
mod checks;
mod flags;
mod read;
mod values;

pub use flags::{SweepFlag, SweepKey};
pub(super) use read::{ask, key_of_sweep};
pub use read::{is_sweep_file, read_sweep};
pub use values::{AxisValues, AxisVariant, Numbers, Spacing, Written};

use crate::io::{Place, Source};

use super::document::Span;
use super::overrides::Override;

/// Most points of one sweep.
pub const MOST_POINTS: u64 = 1_000_000;

/// Most runs of one sweep.
pub const MOST_RUNS: u64 = 10_000_000;

/// Runs of each point, where the sweep does not say: enough for an interval that means something.
pub const REPLICATIONS: u32 = 10;

/// Most runs of a point under a stop rule, where the sweep does not say.
pub const MOST_REPLICATIONS: u32 = 100;

/// A sweep as it is written.
#[derive(Clone, Debug)]
pub struct SweepFile {
    /// What places speak of: the file first, then what was typed.
    pub(super) sources: Vec<Source>,
    /// Its name, if it says one.
    pub name: Option<String>,
    /// The scenario file of points whose axes name none, as it is written.
    pub scenario: Option<(String, At)>,
    /// Scenarios whose text is in the sweep itself, by the name under which it speaks of them.
    pub inside: Vec<(String, String)>,
    /// What is set at every point, before its axes: paths with their values.
    pub set: Vec<(String, Written)>,
    /// How the values of the axes are combined.
    pub plan: PlanKind,
    /// Points of a plan that draws them.
    pub samples: Option<u64>,
    /// Runs of each point; under a stop rule, of its first batch.
    pub replications: u32,
    /// When a point has run often enough.
    pub precision: Option<Precision>,
    /// The seed of all points; that of the first scenario where there is none.
    pub seed: Option<u64>,
    /// Figures beside those that every sweep has.
    pub metrics: Vec<(String, At)>,
    /// Figures by which points are ranked, the first before the others; the least is best.
    pub objectives: Vec<(String, At)>,
    /// What is varied.
    pub axes: Vec<Axis>,
}

/// A stretch of one of the texts that a sweep is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(pub(super) Span);

/// How the values of the axes are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanKind {
    /// Every value with every other; the last axis changes fastest.
    Cartesian,
    /// The first values together, the second together, and so on.
    Zipped,
    /// Each point draws a value on each axis.
    Random,
    /// The same, but each axis is cut into as many equal parts as there are points, and each part is
    /// drawn from once (McKay, Beckman and Conover 1979).
    LatinHypercube,
}

impl PlanKind {
    /// Whether points are drawn.
    #[must_use]
    pub const fn draws(self) -> bool {
        matches!(self, Self::Random | Self::LatinHypercube)
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        let of = read::PLANS.iter().find(|(_, kind)| *kind == self);
        of.map_or("cartesian", |(word, _)| word)
    }
}

/// A point has run often enough when the 95 % interval of a figure is narrow beside its mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Precision {
    /// The figure; each of the objectives where none is named.
    pub metric: Option<String>,
    /// Greatest half width of the interval, percent of the mean.
    pub half_width_percent: f64,
    /// Most runs of a point.
    pub max_replications: u32,
}

/// One thing that is varied.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it is called.
    pub name: String,
    /// The path that its values are for; `None` for variants, which say their own.
    pub path: Option<String>,
    /// Whether its values are worlds: what nobody chooses, so that choices are ranked over them.
    pub world: bool,
    /// What it may be.
    pub values: AxisValues,
    /// Where it is written.
    pub at: At,
}

impl SweepFile {
    /// A place of what was read, for messages.
    #[must_use]
    pub fn place(&self, at: At, label: &str) -> Option<Place> {
        let source = self.sources.get(at.0.source)?;
        Some(Place::new(source, at.0.range(), label))
    }

    /// The scenario files that it names, each once, that of points whose axes name none first.
    #[must_use]
    pub fn scenarios(&self) -> Vec<&(String, At)> {
        let mut named: Vec<&(String, At)> = self.scenario.iter().collect();
        for variant in self.axes.iter().flat_map(|axis| match &axis.values {
            AxisValues::Variants(variants) => variants.as_slice(),
            AxisValues::List(_) | AxisValues::Numbers(_) => &[],
        }) {
            if let Some(scenario) = &variant.scenario
                && !named.iter().any(|(known, _)| *known == scenario.0)
            {
                named.push(scenario);
            }
        }
        named
    }

    /// What it sets at every point.
    #[must_use]
    pub fn settings(&self) -> Vec<Override> {
        let of = |(path, value): &(String, Written)| Override {
            path: path.clone(),
            value: value.text.clone(),
        };
        self.set.iter().map(of).collect()
    }

    /// The settings of each value of each axis that may name a file: those of a variant together.
    pub fn settings_of_values(&self) -> impl Iterator<Item = Vec<Override>> {
        let of = |path: &str, value: &Written| Override {
            path: path.to_owned(),
            value: value.text.clone(),
        };
        let of_axis = move |axis: &Axis| -> Vec<Vec<Override>> {
            let path = axis.path.as_deref().unwrap_or_default();
            match &axis.values {
                AxisValues::List(values) => {
                    values.iter().map(|value| vec![of(path, value)]).collect()
                }
                AxisValues::Variants(variants) => {
                    let set = |variant: &AxisVariant| {
                        variant.set.iter().map(|(path, value)| of(path, value)).collect()
                    };
                    variants.iter().map(set).collect()
                }
                // No number is the name of a file.
                AxisValues::Numbers(_) => Vec::new(),
            }
        };
        self.axes.iter().flat_map(of_axis)
    }

    /// How many points there are: at most [`MOST_POINTS`].
    #[must_use]
    pub fn points(&self) -> u64 {
        checks::points(self.plan, self.samples, &self.axes).unwrap_or(MOST_POINTS)
    }
}
