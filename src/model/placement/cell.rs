//! Instances with the same attributes, as far as anybody looks at them.

use crate::catalog::CpuArchitecture;
use crate::units::Resources;

use super::ask::Attributes;
use super::index::{FeasibilityClass, FreeCapacityIndex};
use super::lists::Lists;
use super::plan::{Plan, Plans};

/// Slots of a block: slots are given to cells by blocks, so that an instance's slot tells its cell, and
/// slots of a cell are in the order of their places in its index.
pub(super) const BLOCK: u32 = 64;

/// What tells cells apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CellKey {
    architecture: CpuArchitecture,
    attributes: Attributes,
}

impl CellKey {
    /// The cell of instances with these attributes, of which those named in `seen` are looked at.
    pub(super) fn new(architecture: CpuArchitecture, all: &Attributes, seen: &[String]) -> Self {
        let attributes = seen.iter().filter_map(|name| all.get_key_value(name.as_str()));
        let attributes = attributes.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { architecture, attributes }
    }

    /// The value of an attribute that is looked at.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.attributes.get(name).cloned()
    }
}

/// Instances that are alike but for what is on them. A *place* is a slot of its index.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) index: FreeCapacityIndex,
    /// The blocks of slots that are its own, in order.
    pub(super) blocks: Vec<u32>,
    /// The attributes that are looked at.
    pub(super) attributes: Attributes,
    /// The numbers of their values, for `spread`.
    pub(super) values: Vec<u32>,
    /// The instances that hold tasks of watched groups.
    pub(super) lists: Lists,
    /// The asks that instances with these attributes may serve.
    pub(super) admitted: Vec<bool>,
}

impl Cell {
    pub(super) fn new(key: &CellKey, values: Vec<u32>, plans: &Plans) -> Self {
        let admits = |plan: &Plan| {
            plan.architecture == key.architecture
                && plan.constraints.admit_attributes(&key.attributes)
        };
        Self {
            index: plans.index.clone(),
            blocks: Vec::new(),
            attributes: key.attributes.clone(),
            values,
            lists: Lists::new(plans.watched.len()),
            admitted: plans.all.iter().map(admits).collect(),
        }
    }

    /// The slot of a place.
    pub(super) fn slot(&self, place: u32) -> u32 {
        self.blocks[(place / BLOCK) as usize] * BLOCK + place % BLOCK
    }

    /// The places on which a class fits, in order.
    pub(super) fn fitting(&self, class: FeasibilityClass) -> impl Iterator<Item = u32> + '_ {
        std::iter::successors(self.index.first_fit(class), move |place| {
            self.index.first_fit_from(class, place + 1)
        })
    }

    /// What is free on a place that takes tasks.
    pub(super) fn open(&self, place: u32) -> Option<Resources> {
        self.index.is_placeable(place).then(|| self.index.free(place))
    }
}
