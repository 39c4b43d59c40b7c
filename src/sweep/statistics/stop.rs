//! When there are runs enough.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{mean, standard_error, t_quantile};

/// Run until the interval is narrow, or until a number of runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopRule {
    /// Half the width of the 95 % interval, percent of the mean, that is narrow enough.
    pub half_width_percent: f64,
    /// Runs before the width is looked at. An interval that is looked at again and again is too narrow
    /// when it first is narrow; the fewer the runs, the more so.
    pub min_replications: u32,
    /// Runs after which no more are made.
    pub max_replications: u32,
}

/// What stopped it; the weaker verdict is the greater.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// The interval is narrow enough.
    HalfWidth,
    /// All runs that were admitted are made.
    MaxReplications,
}

/// Whether the figures so far, one for each run, are enough, and by which rule; `None`: go on. A mean
/// of 0 has no relative width: there only an interval of no width is narrow. A run without the figure
/// does not count.
#[must_use]
pub fn stop(rule: &StopRule, figures: &[Option<f64>]) -> Option<Stopped> {
    let drawn: Vec<f64> = figures.iter().copied().flatten().collect();
    let half = || Some(t_quantile(drawn.len() - 1, 0.975)? * standard_error(&drawn)?);
    let narrow = |half: f64| {
        mean(&drawn).is_some_and(|mean| half <= rule.half_width_percent / 100.0 * mean.abs())
    };
    let enough = drawn.len() >= 2 && drawn.len() >= rule.min_replications as usize;
    if enough && half().is_some_and(narrow) {
        Some(Stopped::HalfWidth)
    } else if figures.len() >= rule.max_replications as usize {
        Some(Stopped::MaxReplications)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: StopRule =
        StopRule { half_width_percent: 5.0, min_replications: 3, max_replications: 6 };

    fn after(values: &[f64]) -> Option<Stopped> {
        stop(&RULE, &values.iter().copied().map(Some).collect::<Vec<_>>())
    }

    #[test]
    fn it_says_which_rule_stopped_it() {
        assert_eq!(after(&[10.0, 10.0]), None, "too few");
        assert_eq!(after(&[10.0, 10.0, 10.0]), Some(Stopped::HalfWidth));
        // Half-width of (9, 10, 11): 4.302653 / sqrt(3) = 2.48, a quarter of the mean.
        assert_eq!(after(&[9.0, 10.0, 11.0]), None);
        assert_eq!(after(&[9.0, 10.0, 11.0, 9.0, 10.0, 11.0]), Some(Stopped::MaxReplications));
    }

    #[test]
    fn figures_around_zero_are_never_narrow_and_zeros_are() {
        assert_eq!(after(&[-1.0, 0.0, 1.0]), None);
        assert_eq!(after(&[0.0, 0.0, 0.0]), Some(Stopped::HalfWidth));
        assert_eq!(stop(&RULE, &[None; 6]), Some(Stopped::MaxReplications));
        assert_eq!(stop(&RULE, &[None; 5]), None);
    }
}
