//! `capacity-first`: like `cheapest-fit` until a pool of the zone was refused, then the deepest pool,
//! price second.
//!
//! Source: a hypothesis that reproduces one published fleet (October 2025) in which the second family
//! was among the dearest matches; the depth of pools is hidden, so the scenario states it. See
//! docs/model.md, `selection.capacity-first`.

use std::cmp::Reverse;

use super::super::decision::{Considered, Verdict};
use super::cheapest_fit::CheapestFit;
use super::fill::{Fill, fills};
use super::{Choice, SelectionPolicy, View};

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
                .take(8)
                .map(|fill| fill.considered(verdict(fill, &chosen), weight))
                .collect();
        }
        Some(Choice { candidate: chosen.candidate, tasks_each: chosen.tasks_each })
    }
}

/// Usable before refused, deep before shallow, cheap before dear, then by name.
fn deeper_first(a: &Fill, b: &Fill) -> std::cmp::Ordering {
    let depth = |fill: &Fill| Reverse(fill.depth.unwrap_or(u32::MAX));
    let by_price = match (a.at_most(b, 0), b.at_most(a, 0)) {
        (true, false) => std::cmp::Ordering::Less,
        (false, true) => std::cmp::Ordering::Greater,
        _ => std::cmp::Ordering::Equal,
    };
    a.refused
        .cmp(&b.refused)
        .then(depth(a).cmp(&depth(b)))
        .then(by_price)
        .then(a.candidate.cmp(&b.candidate))
}

fn verdict(fill: &Fill, chosen: &Fill) -> Verdict {
    if fill.candidate == chosen.candidate {
        Verdict::Chosen
    } else if fill.refused {
        Verdict::Refused
    } else if fill.depth == chosen.depth {
        Verdict::Dearer
    } else {
        Verdict::ShallowerPool
    }
}
