//! Differences between runs under the same seeds.

use schemars::JsonSchema;
use serde::Serialize;

use super::{mean, standard_error, t_quantile};

/// One less another, run by run: what the luck of both has in common falls out.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PairedDifference {
    /// Mean over the pairs.
    pub mean: f64,
    /// Lower end of the interval, corrected for the number of comparisons.
    pub ci95_low: f64,
    /// Upper end.
    pub ci95_high: f64,
    /// Pairs.
    pub n: u32,
    /// Whether 0 lies outside the interval.
    pub distinguishable: bool,
}

/// `a` less `b`, with the Student-t interval at 95 % for `family` comparisons together (Bonferroni).
/// Runs of which one has no figure make no pair; `None` below two pairs.
pub fn paired(
    a: impl IntoIterator<Item = Option<f64>>,
    b: impl IntoIterator<Item = Option<f64>>,
    family: usize,
) -> Option<PairedDifference> {
    let pairs = a.into_iter().zip(b);
    let drawn: Vec<f64> = pairs.filter_map(|(a, b)| Some(a? - b?)).collect();
    let (mean, error) = (mean(&drawn)?, standard_error(&drawn)?);
    let half = t_quantile(drawn.len() - 1, 1.0 - 0.025 / family.max(1) as f64)? * error;
    Some(PairedDifference {
        mean,
        ci95_low: mean - half,
        ci95_high: mean + half,
        n: u32::try_from(drawn.len()).unwrap_or(u32::MAX),
        distinguishable: mean - half > 0.0 || mean + half < 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(values: &[f64]) -> impl Iterator<Item = Option<f64>> {
        values.iter().copied().map(Some)
    }

    #[test]
    fn what_both_have_in_common_falls_out() {
        // R: t.test(c(11, 22, 33, 44.5), c(10, 20, 30, 40), paired = TRUE)$conf.int
        let a = all(&[11.0, 22.0, 33.0, 44.5]);
        let found = paired(a, all(&[10.0, 20.0, 30.0, 40.0]), 1).unwrap();
        assert!((found.mean - 2.625).abs() < 1e-12);
        // s = sqrt((1.625^2 + 0.625^2 + 0.375^2 + 1.875^2) / 3) = 1.493039, t(3) = 3.182446.
        let half = 3.182_446 * 1.493_039 / 2.0;
        assert!((found.ci95_high - 2.625 - half).abs() < 1e-5, "{found:?}");
        assert!(found.distinguishable);
    }

    #[test]
    fn more_comparisons_need_more_evidence() {
        let of = |family| {
            paired(all(&[11.0, 22.0, 33.0, 44.5]), all(&[10.0, 20.0, 30.0, 40.0]), family).unwrap()
        };
        assert!(of(1).distinguishable && !of(100).distinguishable);
        assert!(of(100).ci95_low < of(1).ci95_low);
    }

    #[test]
    fn a_run_without_a_figure_makes_no_pair() {
        let a = [Some(1.0), None, Some(2.0)];
        assert!(paired(a, all(&[0.0, 0.0, 0.0]), 1).is_some_and(|found| found.n == 2));
        assert_eq!(paired(a, [None, Some(1.0), Some(1.0)], 1), None);
    }
}
