//! Capacity provider strategies: base and weight.

use crate::scenario::StrategyItem;

/// The provider of a service's next task, as a position in the strategy.
///
/// Documented: the base is filled first, then tasks follow the ratio of the weights. Not documented is
/// how a count that does not divide is rounded; assumed (docs/model.md, `strategy.rounding`): the
/// provider with the least (count beyond base + 1) / weight, ties in the order of the strategy.
pub(super) fn next_provider(strategy: &[StrategyItem], counts: &[u32]) -> usize {
    let below_base = strategy.iter().zip(counts).position(|(item, count)| *count < item.base);
    below_base.unwrap_or_else(|| next_by_weight(strategy, counts))
}

fn next_by_weight(strategy: &[StrategyItem], counts: &[u32]) -> usize {
    let mut best = None;
    for (position, (item, count)) in strategy.iter().zip(counts).enumerate() {
        if item.weight == 0 {
            continue;
        }
        let share = u64::from(count - item.base.min(*count)) + 1;
        let weight = u64::from(item.weight);
        // share / weight < best_share / best_weight, without dividing.
        if best.is_none_or(|(_, s, w)| share * w < s * weight) {
            best = Some((position, share, weight));
        }
    }
    best.map_or(0, |(position, _, _)| position)
}

/// The provider that loses a task first when a service scales in, by the inverse rule (assumed,
/// docs/model.md, `strategy.scale-in`): the greatest (count beyond base) / weight, never below its base
/// while another is above it; ties go to the later in the order of the strategy. `None`: no tasks.
pub(super) fn first_to_leave(strategy: &[StrategyItem], counts: &[u32]) -> Option<usize> {
    let mut best: Option<(usize, u64, u64)> = None;
    for (position, (item, count)) in strategy.iter().zip(counts).enumerate() {
        let beyond = u64::from(count.saturating_sub(item.base));
        if beyond == 0 {
            continue;
        }
        // Without weight a provider shall hold its base alone: what is beyond it goes first.
        let weight = u64::from(item.weight);
        if best.is_none_or(|(_, most, of)| beyond * of >= most * weight) {
            best = Some((position, beyond, weight));
        }
    }
    best.map(|(position, _, _)| position).or_else(|| counts.iter().rposition(|count| *count > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(items: &[(u32, u32)], tasks: u32) -> Vec<u32> {
        let strategy: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(capacity_provider, &(base, weight))| StrategyItem {
                capacity_provider,
                base,
                weight,
            })
            .collect();
        let mut counts = vec![0; items.len()];
        for _ in 0..tasks {
            let next = next_provider(&strategy, &counts);
            counts[next] += 1;
        }
        counts
    }

    #[test]
    fn weights_one_to_three_split_eight_tasks_two_to_six() {
        assert_eq!(split(&[(0, 1), (0, 3)], 8), [2, 6]);
    }

    #[test]
    fn a_base_of_two_and_weights_one_to_three_split_ten_tasks_four_to_six() {
        assert_eq!(split(&[(2, 1), (0, 3)], 10), [4, 6]);
    }

    #[test]
    fn a_provider_without_weight_gets_its_base_and_no_more() {
        assert_eq!(split(&[(1, 0), (0, 1)], 5), [1, 4]);
    }

    #[test]
    fn all_weights_times_k_split_alike() {
        assert_eq!(split(&[(1, 2), (0, 3), (0, 7)], 40), split(&[(1, 20), (0, 30), (0, 70)], 40));
    }
}
