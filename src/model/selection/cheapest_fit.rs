//! `cheapest-fit`: the least EC2 price per placed task; among types within the tie tolerance the newer
//! generation, then the smaller size.
//!
//! Source: no algorithm is published. This reproduces what users of ECS Managed Instances got in four
//! published cases (October 2025, January 2026); see docs/model.md, `selection.cheapest-fit`.

use std::cmp::Reverse;

use super::super::decision::{Considered, Verdict};
use super::fill::{Fill, cheapest, cheapest_first, fills};
use super::{Choice, NAMED, SelectionPolicy, View};

/// See the module.
#[derive(Debug)]
pub(super) struct CheapestFit;

impl SelectionPolicy for CheapestFit {
    fn choose(&self, view: &View<'_>, considered: Option<&mut Vec<Considered>>) -> Option<Choice> {
        let fills = fills(view);
        let best = cheapest(fills.iter().filter(|fill| !fill.refused))?;
        let chosen = fills
            .iter()
            .filter(|fill| !fill.refused && fill.at_most(best, view.tie_ppm))
            .min_by_key(|fill| preference(view, fill))?;
        if let Some(considered) = considered {
            *considered = explain(view, &fills, best, chosen);
        }
        Some(Choice { candidate: chosen.candidate, tasks_each: chosen.tasks_each.clone() })
    }
}

/// The order among ties: generation, size, price, name (candidates are in order of name).
fn preference(view: &View<'_>, fill: &Fill) -> (Reverse<u16>, u32, u32, u64, usize) {
    let candidate = &view.candidates[fill.candidate];
    let price = fill.price.nanos();
    let size = (candidate.vcpus, candidate.memory);
    (Reverse(candidate.generation), size.0, size.1, price, fill.candidate)
}

fn verdict(view: &View<'_>, fill: &Fill, best: &Fill, chosen: &Fill) -> Verdict {
    if fill.candidate == chosen.candidate {
        return Verdict::Chosen;
    }
    if fill.refused {
        return Verdict::Refused;
    }
    if !fill.at_most(best, view.tie_ppm) {
        return Verdict::Dearer;
    }
    let (ours, theirs) = (&view.candidates[fill.candidate], &view.candidates[chosen.candidate]);
    if ours.generation != theirs.generation {
        Verdict::OlderGeneration
    } else if (ours.vcpus, ours.memory) != (theirs.vcpus, theirs.memory) {
        Verdict::Larger
    } else {
        Verdict::LaterByName
    }
}

fn explain(view: &View<'_>, fills: &[Fill], best: &Fill, chosen: &Fill) -> Vec<Considered> {
    let mut order: Vec<&Fill> = fills.iter().collect();
    order.sort_by(|a, b| {
        let first = (a.candidate != chosen.candidate).cmp(&(b.candidate != chosen.candidate));
        first.then(cheapest_first(a, b)).then_with(|| preference(view, a).cmp(&preference(view, b)))
    });
    let weight = chosen.mean_weight();
    order
        .into_iter()
        .take(NAMED)
        .map(|fill| fill.considered(verdict(view, fill, best, chosen), weight))
        .collect()
}
