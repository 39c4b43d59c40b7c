//! Axes: round steps, and their numbers with units.

use crate::report::words;

/// What an axis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Tasks, instances.
    Count,
    Percent,
    Usd,
    /// Seconds, shown in the largest unit that fits.
    Time,
    /// Anything else.
    Plain,
}

/// A stretch of numbers and the ones that are written.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) ticks: Vec<(f64, String)>,
}

/// Steps of time, in seconds.
const TIMES: [f64; 26] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    432_000.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    7_776_000.0,
    15_552_000.0,
    31_536_000.0,
];

impl Axis {
    /// From `from` to at least `to`, where it ends on a step; with about `count` steps.
    pub(super) fn round(from: f64, to: f64, count: f64, unit: Unit) -> Self {
        let step = step(from, to, count, unit);
        let from = (from / step).floor() * step;
        let to = ((to / step - 1e-9).ceil() * step).max(from + step);
        Self::with_step(from, to, step, unit)
    }

    /// From `from` to `to` exactly.
    pub(super) fn exact(from: f64, to: f64, count: f64, unit: Unit) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self::with_step(from, to, step(from, to, count, unit), unit)
    }

    fn with_step(from: f64, to: f64, step: f64, unit: Unit) -> Self {
        let first = (from / step - 1e-9).ceil() as i64;
        let last = (to / step + 1e-9).floor() as i64;
        let ticks = (first..=last).map(|number| {
            let value = number as f64 * step;
            (value, label(value, step, unit))
        });
        Self { from, to, ticks: ticks.collect() }
    }

    /// Where a value is: 0 at the beginning, 1 at the end.
    pub(super) fn share(&self, value: f64) -> f64 {
        ((value - self.from) / (self.to - self.from)).clamp(0.0, 1.0)
    }
}

fn step(from: f64, to: f64, count: f64, unit: Unit) -> f64 {
    let least = ((to - from) / count).max(1e-9);
    if unit == Unit::Time && least > 0.5 {
        let known = TIMES.into_iter().find(|step| *step >= least);
        return known.unwrap_or_else(|| (least / 31_536_000.0).ceil() * 31_536_000.0);
    }
    let mut power = 1e-9;
    while power * 10.0 <= least {
        power *= 10.0;
    }
    let round = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    let step = round.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(power * 10.0);
    if unit == Unit::Count { step.max(1.0) } else { step }
}

/// A value on an axis whose steps are `step`.
fn label(value: f64, step: f64, unit: Unit) -> String {
    match unit {
        Unit::Time => time(value, step),
        Unit::Usd => format!("${}", decimals(value, step)),
        Unit::Percent => format!("{} %", decimals(value, step)),
        Unit::Count | Unit::Plain => decimals(value, step),
    }
}

/// With the digits that tell steps apart, and thousands apart.
fn decimals(value: f64, step: f64) -> String {
    let mut places = 0;
    let mut unit = 1.0;
    while unit > step * 1.000_001 && places < 9 {
        places += 1;
        unit /= 10.0;
    }
    words::grouped(value, places)
}

/// A time in the largest unit of which the steps are whole.
fn time(value: f64, step: f64) -> String {
    let units = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min")];
    let whole = |unit: f64| (step / unit).fract().abs() < 1e-9;
    match units.into_iter().find(|(unit, _)| whole(*unit)) {
        Some((unit, name)) => format!("{} {name}", decimals(value / unit, 1.0)),
        None if step >= 30.0 && value >= 120.0 => words::time(value),
        None => format!("{} s", decimals(value, step)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn steps_are_round_and_say_their_unit() {
        assert_eq!(labels(&Axis::round(0.0, 27.0, 4.0, Unit::Count)), ["0", "10", "20", "30"]);
        assert_eq!(labels(&Axis::round(0.0, 2.0, 5.0, Unit::Count)), ["0", "1", "2"]);
        assert_eq!(
            labels(&Axis::exact(0.0, 110.0, 4.0, Unit::Time)),
            ["0 s", "30 s", "60 s", "90 s"]
        );
        assert_eq!(
            labels(&Axis::exact(0.0, 7_200.0, 4.0, Unit::Time)),
            ["0 min", "30 min", "60 min", "90 min", "120 min"]
        );
        assert_eq!(
            labels(&Axis::exact(0.0, 2_592_000.0, 6.0, Unit::Time))[..3],
            ["0 d", "5 d", "10 d"]
        );
        assert_eq!(
            labels(&Axis::round(0.0, 0.8, 4.0, Unit::Usd)),
            ["$0.0", "$0.2", "$0.4", "$0.6", "$0.8"]
        );
        assert_eq!(decimals(1_234_567.0, 1.0), "1,234,567");
    }
}
