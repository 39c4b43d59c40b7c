//! Which variants may be the best.

use schemars::JsonSchema;
use serde::Serialize;

use super::{mean, standard_error, t_quantile};

/// How a variant stands to the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The best, and every other is told apart from it.
    Best,
    /// One of those that cannot be told apart: one of them is the best.
    NotDistinguishable,
    /// Not the best.
    Behind,
}

/// A variant in its place.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Ranked {
    /// Which one, by its position in what was ranked.
    pub variant: usize,
    /// Mean over its runs.
    pub mean: f64,
    /// How it stands.
    pub standing: Standing,
}

/// The variants by mean, the least first, each with its standing.
///
/// The best is among those that are not behind with 95 % confidence, however many there are: the true
/// best is compared with each other one on paired differences, one-sided, at 5 % shared among those
/// comparisons (screening with common random numbers: Nelson, Swann, Goldsman and Song 2001). Here all
/// are held against the least mean alone, which can only keep more. Variants without a figure in some
/// run are left out. With one run each nobody knows: all that are not equal are told apart by luck or
/// not, so none is called the best.
#[must_use]
pub fn rank(variants: &[Vec<Option<f64>>]) -> Vec<Ranked> {
    let whole: Vec<(usize, Vec<f64>)> = variants
        .iter()
        .enumerate()
        .filter_map(|(at, runs)| Some((at, runs.iter().copied().collect::<Option<Vec<_>>>()?)))
        .collect();
    let mut ranked: Vec<(Ranked, &[f64])> = whole
        .iter()
        .filter_map(|(variant, runs)| {
            let (variant, mean) = (*variant, mean(runs)?);
            Some((Ranked { variant, mean, standing: Standing::Behind }, runs.as_slice()))
        })
        .collect();
    ranked.sort_by(|(a, _), (b, _)| a.mean.total_cmp(&b.mean).then(a.variant.cmp(&b.variant)));
    let Some((_, best)) = ranked.first().copied() else { return Vec::new() };
    let family = ranked.len().saturating_sub(1).max(1);
    let mut tied = 0;
    for (own, runs) in &mut ranked {
        if !behind(runs, best, family) {
            own.standing = Standing::NotDistinguishable;
            tied += 1;
        }
    }
    if let [(first, _), ..] = ranked.as_mut_slice()
        && tied == 1
    {
        first.standing = Standing::Best;
    }
    ranked.into_iter().map(|(own, _)| own).collect()
}

/// Whether `runs` are greater than `best` by more than luck.
fn behind(runs: &[f64], best: &[f64], family: usize) -> bool {
    let drawn: Vec<f64> = runs.iter().zip(best).map(|(own, best)| own - best).collect();
    let Some((mean, error)) = mean(&drawn).zip(standard_error(&drawn)) else { return false };
    let quantile = t_quantile(drawn.len() - 1, 1.0 - 0.05 / family as f64);
    quantile.is_some_and(|quantile| mean > quantile * error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn a_clear_winner_is_the_best_and_a_close_one_is_not() {
        let clear = [runs(&[5.0, 6.0, 7.0]), runs(&[1.0, 2.0, 3.1]), runs(&[9.0, 9.5, 11.0])];
        let order = rank(&clear);
        assert_eq!(order.iter().map(|own| own.variant).collect::<Vec<_>>(), [1, 0, 2]);
        assert_eq!(order[0].standing, Standing::Best);
        assert_eq!(order[2].standing, Standing::Behind);
        let close = [runs(&[5.0, 6.0, 7.0]), runs(&[6.0, 5.0, 6.9])];
        assert!(rank(&close).iter().all(|own| own.standing == Standing::NotDistinguishable));
    }

    #[test]
    fn equal_runs_tie_and_one_run_each_tells_nothing() {
        let equal = [runs(&[5.0, 6.0]), runs(&[5.0, 6.0])];
        assert!(rank(&equal).iter().all(|own| own.standing == Standing::NotDistinguishable));
        let single = [runs(&[5.0]), runs(&[1.0])];
        assert!(rank(&single).iter().all(|own| own.standing == Standing::NotDistinguishable));
        // The same in every run: no luck in it.
        let certain = [runs(&[5.0, 5.0]), runs(&[1.0, 1.0])];
        assert_eq!(rank(&certain)[0].standing, Standing::Best);
    }

    #[test]
    fn a_variant_without_a_figure_is_left_out() {
        let order = rank(&[vec![Some(1.0), None], runs(&[2.0, 2.0])]);
        assert_eq!(order.len(), 1);
        assert_eq!((order[0].variant, order[0].standing), (1, Standing::Best));
    }
}
