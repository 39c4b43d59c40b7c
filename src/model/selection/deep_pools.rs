//! `price-capacity-optimized` and `capacity-optimized` for tasks: among the deep Spot pools the least
//! price for each placed task, or the deepest pool.
//!
//! Documented for fleets (EC2 user guide, ec2-fleet-allocation-strategy); whether Managed Instances use
//! one of them is not.

use super::super::decision::{Considered, Verdict};
use super::cheapest_fit::CheapestFit;
use super::fill::{deeper_first, fills};
use super::{Choice, NAMED, Pool, SelectionPolicy, View};

/// Among the pools that are at least `View::deep_percent` as deep as the deepest, the cheapest.
#[derive(Debug)]
pub(super) struct PriceCapacityOptimized;

impl SelectionPolicy for PriceCapacityOptimized {
    fn choose(
        &self,
        view: &View<'_>,
        mut considered: Option<&mut Vec<Considered>>,
    ) -> Option<Choice> {
        let room = |depth: Option<u32>| u64::from(depth.unwrap_or(u32::MAX));
        let usable = fills(view).into_iter().filter(|fill| !fill.refused);
        let deepest = usable.map(|fill| room(fill.depth)).max()?;
        let shallow = |pool: Pool| room(pool.depth) * 100 < deepest * u64::from(view.deep_percent);
        let pool = |position: usize| {
            let pool = (view.pool)(position);
            Pool { refused: pool.refused || shallow(pool), ..pool }
        };
        let choice =
            CheapestFit.choose(&View { pool: &pool, ..*view }, considered.as_deref_mut())?;
        for seen in considered.into_iter().flatten() {
            if seen.verdict == Verdict::Refused && !(view.pool)(seen.candidate).refused {
                seen.verdict = Verdict::ShallowerPool;
            }
        }
        Some(choice)
    }
}

/// The deepest, the cheapest among equals.
#[derive(Debug)]
pub(super) struct CapacityOptimized;

impl SelectionPolicy for CapacityOptimized {
    fn choose(&self, view: &View<'_>, considered: Option<&mut Vec<Considered>>) -> Option<Choice> {
        let mut fills = fills(view);
        fills.sort_by(deeper_first);
        let chosen = fills.first().filter(|fill| !fill.refused)?.clone();
        if let Some(considered) = considered {
            let weight = chosen.mean_weight();
            let seen = fills.iter().take(NAMED);
            *considered = seen
                .map(|fill| fill.considered(fill.beside_the_deepest(&chosen), weight))
                .collect();
        }
        Some(Choice { candidate: chosen.candidate, tasks_each: chosen.tasks_each })
    }
}
