//! Money in whole nano-dollars: sums are exact, and each ledger line is rounded once.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Serialize, Serializer};

use super::SimDuration;

const NANOS_PER_DOLLAR: f64 = 1e9;
const MICROS_PER_HOUR: u128 = 3_600_000_000;

/// Hours in AWS's billing month.
pub const HOURS_PER_MONTH: u64 = 730;

/// An amount of money, in nano-dollars (US). Serialised as dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(i64);

/// A price, in nano-dollars (US) per hour. Serialised as dollars per hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsdPerHour(u64);

impl Usd {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// `nanos` nano-dollars.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nano-dollars.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// An amount that is given exactly, in nano-dollars an hour times microseconds, rounded half up to
    /// the nano-dollar.
    #[must_use]
    pub fn from_exact(nanos_per_hour_micros: u128) -> Self {
        let rounded = (nanos_per_hour_micros + MICROS_PER_HOUR / 2) / MICROS_PER_HOUR;
        Self(i64::try_from(rounded).unwrap_or(i64::MAX))
    }

    /// `ppm` millionths of this amount, rounded half up.
    #[must_use]
    pub fn parts_per_million(self, ppm: u32) -> Self {
        let exact = i128::from(self.0) * i128::from(ppm);
        Self(i64::try_from((exact + 500_000) / 1_000_000).unwrap_or(i64::MAX))
    }

    /// Dollars, for output only.
    #[must_use]
    pub fn as_dollars(self) -> f64 {
        self.0 as f64 / NANOS_PER_DOLLAR
    }
}

impl UsdPerHour {
    /// A free thing.
    pub const ZERO: Self = Self(0);

    /// `nanos` nano-dollars per hour.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The nearest nano-dollar to `dollars` per hour; `None` unless finite, not negative and below
    /// a million.
    #[must_use]
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        (dollars.is_finite() && (0.0..1e6).contains(&dollars))
            .then(|| Self((dollars * NANOS_PER_DOLLAR).round() as u64))
    }

    /// Nano-dollars per hour.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Dollars per hour, for output only.
    #[must_use]
    pub fn as_dollars(self) -> f64 {
        self.0 as f64 / NANOS_PER_DOLLAR
    }

    /// The cost of `time` at this price, rounded half up to the nano-dollar.
    #[must_use]
    pub fn cost_of(self, time: SimDuration) -> Usd {
        Usd::from_exact(u128::from(self.0) * u128::from(time.as_micros()))
    }

    /// The cost of a month of 730 hours.
    #[must_use]
    pub fn per_month(self) -> Usd {
        self.cost_of(SimDuration::from_secs(HOURS_PER_MONTH * 3_600))
    }

    /// `count` times this price.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// `ppm` millionths of this price, rounded half up.
    #[must_use]
    pub fn parts_per_million(self, ppm: u32) -> Self {
        Self::from_millionths(u128::from(self.0) * u128::from(ppm))
    }

    /// So many millionths of a nano-dollar, rounded half up.
    #[must_use]
    pub fn from_millionths(exact: u128) -> Self {
        Self(u64::try_from((exact + 500_000) / 1_000_000).unwrap_or(u64::MAX))
    }

    /// What `per_month` dollars a month are per hour, rounded half up.
    #[must_use]
    pub fn from_month(per_month: Usd) -> Self {
        let nanos = u64::try_from(per_month.0).unwrap_or(0);
        Self((nanos + HOURS_PER_MONTH / 2) / HOURS_PER_MONTH)
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl Sub for Usd {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl Add for UsdPerHour {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Sub for UsdPerHour {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

impl AddAssign for UsdPerHour {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl Sum for UsdPerHour {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_dollars())
    }
}

impl Serialize for UsdPerHour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_dollars())
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${:.*}", f.precision().unwrap_or(4), self.as_dollars())
    }
}

impl fmt::Display for UsdPerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${:.*}/h", f.precision().unwrap_or(4), self.as_dollars())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_costs_the_hourly_price_and_a_month_730_times_that() {
        let price = UsdPerHour::from_dollars(0.0184).unwrap();
        assert_eq!(price.cost_of(SimDuration::from_secs(3_600)), Usd::from_nanos(18_400_000));
        assert_eq!(price.per_month(), Usd::from_nanos(13_432_000_000));
    }

    #[test]
    fn nonsense_prices_are_not_prices() {
        for dollars in [f64::NAN, f64::INFINITY, -0.1, 1e6] {
            assert_eq!(UsdPerHour::from_dollars(dollars), None);
        }
    }
}
