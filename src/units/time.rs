//! Simulated time: whole microseconds since the start of the run.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant of simulated time, in microseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimTime(u64);

/// A length of simulated time, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimDuration(u64);

const MICROS_PER_SECOND: u64 = 1_000_000;

/// The longest time a run can name: 56 bits of microseconds, the room of an event key.
const MAX_MICROS: u64 = (1 << 56) - 1;

impl SimTime {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// The last instant that an event key can hold (about 2,283 years).
    pub const MAX: Self = Self(MAX_MICROS);

    /// The instant `micros` microseconds after the start.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds since the start, for output only.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        SimDuration(self.0).as_secs_f64()
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl SimDuration {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// The longest duration.
    pub const MAX: Self = Self(MAX_MICROS);

    /// `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000)
    }

    /// `secs` seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * MICROS_PER_SECOND)
    }

    /// `secs` seconds rounded to the microsecond; negative, NaN and overlong values are clamped.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        let micros = secs * 1e6;
        if micros.is_nan() || micros <= 0.0 {
            return Self::ZERO;
        }
        if micros >= 7.2e16 {
            return Self::MAX;
        }
        // In range by the two checks above; `round` is exact in IEEE arithmetic.
        Self(micros.round() as u64)
    }

    /// Microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds, for output only.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// `self - other`, zero when `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self * factor`, capped at [`SimDuration::MAX`].
    #[must_use]
    pub const fn saturating_mul(self, factor: u64) -> Self {
        let micros = self.0.saturating_mul(factor);
        Self(if micros > MAX_MICROS { MAX_MICROS } else { micros })
    }
}

impl Add<SimDuration> for SimTime {
    type Output = Self;
    /// Saturates at [`SimTime::MAX`], which lies past every horizon.
    fn add(self, rhs: SimDuration) -> Self {
        Self(self.0.saturating_add(rhs.0).min(MAX_MICROS))
    }
}

impl Add for SimDuration {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0).min(MAX_MICROS))
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl Sub for SimTime {
    type Output = SimDuration;
    /// The time between two instants of which the first is the later.
    fn sub(self, rhs: Self) -> SimDuration {
        debug_assert!(self.0 >= rhs.0, "a duration cannot be negative");
        self.since(rhs)
    }
}

const UNITS: [(&str, u64); 7] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", MICROS_PER_SECOND),
    ("m", 60 * MICROS_PER_SECOND),
    ("min", 60 * MICROS_PER_SECOND),
    ("h", 3_600 * MICROS_PER_SECOND),
    ("d", 86_400 * MICROS_PER_SECOND),
];

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDurationError {
    /// A number without a unit.
    #[error("a duration needs a unit, for example \"{0}s\"")]
    NoUnit(String),
    /// A unit that is none of us, ms, s, m, h, d.
    #[error("unknown unit \"{0}\": use us, ms, s, m, h or d")]
    UnknownUnit(String),
    /// No number where one is expected.
    #[error("expected a number and a unit, for example \"90s\" or \"1h30m\"")]
    NoNumber,
    /// More than 10 years.
    #[error("longer than the limit of 3650d")]
    TooLong,
}

impl std::str::FromStr for SimDuration {
    type Err = ParseDurationError;

    /// Reads `"90s"`, `"1.5h"`, `"1h30m"`: numbers each followed by a unit.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let limit = 3_650.0 * 86_400.0 * 1e6;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(ParseDurationError::NoNumber);
        }
        let mut total = 0.0_f64;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
                .unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let value: f64 =
                number.replace('_', "").parse().map_err(|_| ParseDurationError::NoNumber)?;
            let tail = tail.trim_start();
            let letters =
                tail.find(|c: char| c.is_ascii_digit() || c.is_whitespace()).unwrap_or(tail.len());
            let (unit, next) = tail.split_at(letters);
            if unit.is_empty() {
                return Err(ParseDurationError::NoUnit(number.to_owned()));
            }
            let Some((_, micros)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                return Err(ParseDurationError::UnknownUnit(unit.to_owned()));
            };
            total += value * (*micros as f64);
            rest = next.trim_start();
        }
        if total > limit {
            return Err(ParseDurationError::TooLong);
        }
        Ok(Self(total.round() as u64))
    }
}

impl fmt::Display for SimDuration {
    /// The shortest exact form that [`FromStr`](std::str::FromStr) reads back: `30m`, `1h30m`,
    /// `41s`, `1500ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, micros) in
            [("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000)]
        {
            if rest >= micros {
                write!(f, "{}{unit}", rest / micros)?;
                rest %= micros;
            }
        }
        if rest.is_multiple_of(1_000) {
            if rest > 0 {
                write!(f, "{}ms", rest / 1_000)?;
            }
        } else {
            write!(f, "{rest}us")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_reads_back_as_it_was_written() {
        for text in ["90s", "30m", "1h30m", "1500ms", "41s", "14d", "7us", "0s"] {
            let parsed: SimDuration = text.parse().unwrap();
            assert_eq!(parsed.to_string().parse::<SimDuration>().unwrap(), parsed, "{text}");
        }
        assert_eq!("1.5h".parse::<SimDuration>().unwrap(), SimDuration::from_secs(5_400));
    }

    #[test]
    fn a_duration_without_unit_or_with_a_wrong_one_is_refused() {
        assert_eq!("90".parse::<SimDuration>(), Err(ParseDurationError::NoUnit("90".into())));
        assert_eq!(
            "5 minuts".parse::<SimDuration>(),
            Err(ParseDurationError::UnknownUnit("minuts".into()))
        );
        assert_eq!("nan".parse::<SimDuration>(), Err(ParseDurationError::NoNumber));
        assert_eq!("-5s".parse::<SimDuration>(), Err(ParseDurationError::NoNumber));
        assert_eq!("9999999d".parse::<SimDuration>(), Err(ParseDurationError::TooLong));
    }
}
