//! `depth-weighted`: a Spot pool by lot, in proportion to its depth; price second, among pools of one
//! depth.
//!
//! Source: users of ECS Managed Instances on Spot got the dearest of three GPU types three times out of
//! four (September 2026, n = 4), which no order of prices gives; see docs/model.md,
//! `selection.depth-weighted`.

use super::super::decision::{Considered, Verdict};
use super::super::draws::below;
use super::fill::{Fill, cheapest, cheapest_first, fills};
use super::{Choice, NAMED, SelectionPolicy, View};

/// See the module.
#[derive(Debug)]
pub(super) struct DepthWeighted;

impl SelectionPolicy for DepthWeighted {
    fn choose(&self, view: &View<'_>, considered: Option<&mut Vec<Considered>>) -> Option<Choice> {
        let fills = fills(view);
        let usable = || fills.iter().filter(|fill| !fill.refused && fill.depth != Some(0));
        let depth = drawn_depth(usable().map(|fill| fill.depth), view.draw)?;
        let chosen = cheapest(usable().filter(|fill| fill.depth == depth))?;
        if let Some(considered) = considered {
            let weight = chosen.mean_weight();
            let mut order: Vec<&Fill> = fills.iter().collect();
            order.sort_by(|a, b| {
                let first =
                    (a.candidate != chosen.candidate).cmp(&(b.candidate != chosen.candidate));
                first.then_with(|| cheapest_first(a, b))
            });
            *considered = order
                .into_iter()
                .take(NAMED)
                .map(|fill| fill.considered(verdict(fill, chosen), weight))
                .collect();
        }
        Some(Choice { candidate: chosen.candidate, tasks_each: chosen.tasks_each.clone() })
    }
}

/// The depth of the pool that the lot falls on. Pools without a limit are deeper than any other, and as
/// deep as each other.
fn drawn_depth(depths: impl Iterator<Item = Option<u32>>, draw: u64) -> Option<Option<u32>> {
    let depths: Vec<Option<u32>> = depths.collect();
    if depths.contains(&None) {
        return Some(None);
    }
    let total: u64 = depths.iter().flatten().map(|depth| u64::from(*depth)).sum();
    let mut left = below(draw, total.max(1));
    for depth in depths {
        let share = u64::from(depth?);
        if left < share {
            return Some(depth);
        }
        left -= share;
    }
    None
}

fn verdict(fill: &Fill, chosen: &Fill) -> Verdict {
    if fill.candidate == chosen.candidate {
        Verdict::Chosen
    } else if fill.refused || fill.depth == Some(0) {
        Verdict::Refused
    } else if fill.depth == chosen.depth {
        Verdict::Dearer
    } else {
        Verdict::NotDrawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The draw that falls `part` of the way through all numbers.
    fn draw(part: f64) -> u64 {
        (part * u64::MAX as f64) as u64
    }

    #[test]
    fn a_pool_is_drawn_in_proportion_to_its_depth() {
        let depths = || [Some(10), Some(0), Some(30)].into_iter();
        // 10 of 40: the first quarter.
        assert_eq!(drawn_depth(depths(), draw(0.0)), Some(Some(10)));
        assert_eq!(drawn_depth(depths(), draw(0.249)), Some(Some(10)));
        assert_eq!(drawn_depth(depths(), draw(0.251)), Some(Some(30)));
        assert_eq!(drawn_depth(depths(), u64::MAX), Some(Some(30)));
    }

    #[test]
    fn no_pool_that_has_something_is_no_choice_and_one_without_a_limit_is_the_deepest() {
        assert_eq!(drawn_depth([].into_iter(), 5), None);
        assert_eq!(drawn_depth([Some(7), None].into_iter(), 0), Some(None));
    }
}
