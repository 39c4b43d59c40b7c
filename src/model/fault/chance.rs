//! Chances: a probability against a draw, and some of many.

use crate::scenario::Share;

/// Whether a draw hits: as often as `probability` says, always at 1, never at 0. The comparison is of
/// integers; the scaling by a power of two is exact.
pub(in crate::model) fn hits(probability: f64, draw: u64) -> bool {
    const ALL: f64 = 18_446_744_073_709_551_616.0;
    u128::from(draw) < (probability * ALL) as u128
}

/// How many of `all` a share is.
pub(super) fn number_of(share: Share, all: usize) -> usize {
    match share {
        Share::Count(count) => all.min(count as usize),
        Share::Ppm(ppm) => {
            let millionths = all as u128 * u128::from(ppm);
            usize::try_from((millionths + 500_000) / 1_000_000).unwrap_or(all)
        }
    }
}

/// A share of `all`: those with the lowest draws, in their own order. More of them hit the same ones and
/// others.
pub(super) fn choose<T: Copy>(share: Share, all: &[(u64, T)]) -> Vec<T> {
    let count = number_of(share, all.len());
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|position| (all[*position].0, *position));
    order.truncate(count);
    order.sort_unstable();
    order.into_iter().map(|position| all[position].1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_hits_as_often_as_the_probability_says() {
        assert!(hits(1.0, u64::MAX) && !hits(0.0, 0));
        assert!(hits(0.5, (1 << 63) - 1) && !hits(0.5, 1 << 63));
    }

    #[test]
    fn half_of_three_are_two_and_a_third_of_ten_are_three() {
        assert_eq!(number_of(Share::Ppm(500_000), 3), 2);
        assert_eq!(number_of(Share::Ppm(333_333), 10), 3);
        assert_eq!(number_of(Share::Ppm(1_000_000), 7), 7);
        assert_eq!((number_of(Share::Count(9), 7), number_of(Share::Count(0), 7)), (7, 0));
    }

    #[test]
    fn a_larger_share_takes_the_same_ones_and_more() {
        let all = || vec![(5, 'a'), (1, 'b'), (9, 'c'), (1, 'd')];
        assert_eq!(choose(Share::Count(1), &all()), ['b']);
        assert_eq!(choose(Share::Count(3), &all()), ['a', 'b', 'd']);
    }
}
