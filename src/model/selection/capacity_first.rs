//! `capacity-first`: like `cheapest-fit` until a pool of the zone was refused, then the deepest pool,
//! price second.
//!
//! Source: a hypothesis that reproduces one published fleet (October 2025) in which the second family
//! was among the dearest matches; the depth of pools is hidden, so the scenario states it. See
//! docs/model.md, `selection.capacity-first`.

use super::super::decision::Considered;
use super::cheapest_fit::CheapestFit;
use super::fill::{deeper_first, fills};
use super::{Choice, NAMED, SelectionPolicy, View};

/// See the module.
#[derive(Debug)]
pub(super) struct CapacityFirst;

impl SelectionPolicy for CapacityFirst {
    fn choose(&self, view: &View<'_>, considered: Option<&mut Vec<Considered>>) -> Option<Choice> {
        let mut fills = fills(view);
        if !fills.iter().any(|fill| fill.refused) {
            return CheapestFit.choose(view, considered);
        }
        fills.sort_by(deeper_first);
        let chosen = fills.iter().find(|fill| !fill.refused)?.clone();
        if let Some(considered) = considered {
            let weight = chosen.mean_weight();
            *considered = fills
                .iter()
                .take(NAMED)
                .map(|fill| fill.considered(fill.beside_the_deepest(&chosen), weight))
                .collect();
        }
        Some(Choice { candidate: chosen.candidate, tasks_each: chosen.tasks_each })
    }
}
