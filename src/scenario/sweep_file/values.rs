//! What the values of an axis may be, and the one at a position: nothing is written out before it is
//! asked for.

use crate::random::math::{exp, ln};

use super::At;

/// What an axis may be.
#[derive(Clone, Debug)]
pub enum AxisValues {
    /// Values as they are written.
    List(Vec<Written>),
    /// Numbers that follow a rule.
    Numbers(Numbers),
    /// Several settings at once, under a name.
    Variants(Vec<AxisVariant>),
}

/// A value as it is written.
#[derive(Clone, Debug)]
pub struct Written {
    /// TOML.
    pub text: String,
    /// As it is shown.
    pub label: String,
    /// The value, where it is a number.
    pub number: Option<f64>,
    /// Where.
    pub at: At,
}

/// Several settings under a name.
#[derive(Clone, Debug)]
pub struct AxisVariant {
    /// Its name.
    pub name: String,
    /// The scenario file to start from, if it is another.
    pub scenario: Option<(String, At)>,
    /// Paths and their values, in order of path.
    pub set: Vec<(String, Written)>,
    /// Where.
    pub at: At,
}

/// Numbers from one to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// The first.
    pub from: f64,
    /// The last that may be.
    pub to: f64,
    /// How they lie between.
    pub spacing: Spacing,
    /// Whether all are whole numbers.
    pub whole: bool,
    /// Where.
    pub at: At,
}

/// How numbers lie between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spacing {
    /// So far from each other.
    Step(f64),
    /// So many, each the same multiple of the one before it.
    Log(u64),
    /// Anywhere, as a plan draws them.
    Anywhere,
    /// The same, and each multiple as likely as another.
    AnywhereLog,
}

impl AxisValues {
    /// How many; `None` where they lie anywhere between two ends.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match self {
            Self::List(values) => Some(values.len() as u64),
            Self::Variants(variants) => Some(variants.len() as u64),
            Self::Numbers(numbers) => numbers.count(),
        }
    }
}

impl Numbers {
    /// How many; `None` where they lie anywhere.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match self.spacing {
            // A last step that rounding makes a little too long is one.
            Spacing::Step(step) => {
                let steps = ((self.to - self.from) / step + 1e-9).floor() as u64;
                Some(steps.saturating_add(1))
            }
            Spacing::Log(count) => Some(count),
            Spacing::Anywhere | Spacing::AnywhereLog => None,
        }
    }

    /// The one at a position.
    #[must_use]
    pub fn at_index(&self, index: u64) -> f64 {
        let i = index as f64;
        match self.spacing {
            Spacing::Step(step) => self.tidy(self.from + i * step),
            Spacing::Log(count) if count > 1 => self.between(i / (count - 1) as f64),
            Spacing::Log(_) | Spacing::Anywhere | Spacing::AnywhereLog => self.from,
        }
    }

    /// The one at a share of the way.
    #[must_use]
    pub fn between(&self, share: f64) -> f64 {
        let value = match self.spacing {
            Spacing::Step(_) | Spacing::Anywhere => self.from + share * (self.to - self.from),
            Spacing::Log(_) | Spacing::AnywhereLog => {
                // The ends are what was written, whatever the logarithm makes of them.
                if share <= 0.0 {
                    self.from
                } else if share >= 1.0 {
                    self.to
                } else {
                    exp(ln(self.from) + share * (ln(self.to) - ln(self.from)))
                }
            }
        };
        self.tidy(value)
    }

    /// Whole where all are; else without the last digits, in which sums of decimals are wrong.
    fn tidy(&self, value: f64) -> f64 {
        if self.whole {
            return value.round();
        }
        format!("{value:.11e}").parse().unwrap_or(value)
    }

    /// The number as TOML.
    #[must_use]
    pub fn text(&self, value: f64) -> String {
        if self.whole { format!("{value:.0}") } else { format!("{value:?}") }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::document::Span;
    use super::*;

    fn numbers(from: f64, to: f64, spacing: Spacing, whole: bool) -> Numbers {
        Numbers { from, to, spacing, whole, at: At(Span::default()) }
    }

    fn all(numbers: &Numbers) -> Vec<String> {
        let count = numbers.count().unwrap();
        (0..count).map(|index| numbers.text(numbers.at_index(index))).collect()
    }

    #[test]
    fn a_range_has_both_ends_and_no_dust_of_binary_fractions() {
        assert_eq!(
            all(&numbers(70.0, 100.0, Spacing::Step(10.0), true)),
            ["70", "80", "90", "100"]
        );
        assert_eq!(
            all(&numbers(0.1, 0.5, Spacing::Step(0.1), false)),
            ["0.1", "0.2", "0.3", "0.4", "0.5"]
        );
        assert_eq!(all(&numbers(1.0, 6.0, Spacing::Step(2.0), true)), ["1", "3", "5"]);
    }

    #[test]
    fn steps_that_cannot_be_counted_are_more_than_any_limit() {
        let endless = numbers(-1e15, 1e15, Spacing::Step(1e-5), false);
        assert_eq!(endless.count(), Some(u64::MAX));
    }

    #[test]
    fn a_log_range_multiplies() {
        assert_eq!(all(&numbers(1.0, 1000.0, Spacing::Log(4), true)), ["1", "10", "100", "1000"]);
        assert_eq!(all(&numbers(0.01, 1.0, Spacing::Log(3), false)), ["0.01", "0.1", "1.0"]);
        assert_eq!(all(&numbers(5.0, 7.0, Spacing::Log(1), false)), ["5.0"]);
    }
}
