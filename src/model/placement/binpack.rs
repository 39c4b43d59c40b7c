//! `binpack`: the instance with least left of a resource that the task fits on.

use crate::scenario::BinpackField;
use crate::units::Limit;

use super::index::{FeasibilityClass, FreeCapacityIndex, OrderId};

/// What a field compares.
pub(super) const fn limit(field: BinpackField) -> Limit {
    match field {
        BinpackField::Cpu => Limit::Cpu,
        BinpackField::Memory => Limit::Memory,
    }
}

/// The orders that strategies ask for, each kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders(Vec<(Vec<Limit>, OrderId)>);

impl Orders {
    /// The order by these dimensions, one or two, kept for a class.
    pub(super) fn order(
        &mut self,
        index: &mut FreeCapacityIndex,
        by: &[Limit],
        class: FeasibilityClass,
    ) -> OrderId {
        let known = self.0.iter().find(|(other, _)| other == by).map(|(_, order)| *order);
        let order = known.unwrap_or_else(|| {
            let order = index.add_order(by);
            self.0.push((by.to_vec(), order));
            order
        });
        index.use_order(order, class);
        order
    }
}
