//! A figure over the runs of a point.

use schemars::JsonSchema;
use serde::Serialize;

use super::{interval, mean};

/// The mean of a figure over runs, with its interval where there are two runs or more. Of a percentile it
/// is that of the runs' own percentiles: waits of one run depend on each other and are never pooled.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Estimate {
    /// Mean over the runs that have the figure.
    pub mean: f64,
    /// Lower end of the 95 % Student-t interval; null of one run.
    pub ci95_low: Option<f64>,
    /// Upper end.
    pub ci95_high: Option<f64>,
    /// Runs that have the figure.
    pub n: u32,
    /// Runs that have none: a quantile of no tasks.
    pub without: u32,
    /// Lowest of the runs.
    pub min: f64,
    /// Highest of the runs.
    pub max: f64,
}

/// The estimate of a figure; `None` where no run has it.
pub fn estimate(figures: impl IntoIterator<Item = Option<f64>>) -> Option<Estimate> {
    let mut without = 0;
    let mut drawn = Vec::new();
    for figure in figures {
        match figure {
            Some(value) => drawn.push(value),
            None => without += 1,
        }
    }
    let mean = mean(&drawn)?;
    let found = interval(&drawn);
    Some(Estimate {
        mean,
        ci95_low: found.map(|found| found.ci95_low),
        ci95_high: found.map(|found| found.ci95_high),
        n: u32::try_from(drawn.len()).unwrap_or(u32::MAX),
        without,
        min: drawn.iter().copied().fold(f64::INFINITY, f64::min),
        max: drawn.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_without_the_figure_are_counted_and_left_out() {
        let found = estimate([Some(1.0), None, Some(3.0)]).unwrap();
        assert_eq!((found.n, found.without), (2, 1));
        // Two values: 2 +- 12.706205 x sqrt(2) / sqrt(2).
        assert!((found.mean - 2.0).abs() < 1e-12);
        assert!((found.ci95_high.unwrap() - 14.706_205).abs() < 1e-5, "{found:?}");
        assert_eq!(estimate([None, None]), None);
        assert_eq!(estimate([Some(4.0)]).unwrap().ci95_low, None);
    }
}
