//! A rate over time, piece by piece: constant between its changes.

use crate::random::math::{cos, exp, normal_quantile, unit};
use crate::scenario::RateShape;
use crate::units::{SimDuration, SimTime};

/// The present piece of a rate. Pieces are taken in order; what is left to chance in the n-th one is
/// decided by the n-th draw.
#[derive(Clone, Copy, Debug)]
pub(super) struct RatePiece {
    /// A second.
    pub(super) rate: f64,
    /// Its end, which the next one begins with.
    pub(super) until: SimTime,
    /// Pieces so far.
    n: u32,
}

const DAY: f64 = 86_400.0;

impl RatePiece {
    /// Before the first one: it ends when the run begins.
    pub(super) const BEFORE: Self = Self { rate: 0.0, until: SimTime::ZERO, n: 0 };

    /// Whether another one follows.
    pub(super) fn ends(&self) -> bool {
        self.until < SimTime::MAX
    }

    /// Goes on to the next piece.
    pub(super) fn next(&mut self, shape: &RateShape, draw: impl Fn(u32) -> u64) {
        let from = self.until;
        while self.until == from && self.ends() {
            (self.rate, self.until) = piece(shape, from, self.n, || unit(draw(self.n)));
            self.n += 1;
        }
    }
}

/// The rate from `from` on, and until when: the n-th piece.
fn piece(shape: &RateShape, from: SimTime, n: u32, draw: impl Fn() -> f64) -> (f64, SimTime) {
    match shape {
        RateShape::Constant(rate) => (*rate, SimTime::MAX),
        RateShape::Steps(steps) => {
            let next = n as usize;
            let before = next.checked_sub(1).and_then(|last| steps.get(last));
            let until = steps.get(next).map_or(SimTime::MAX, |step| SimTime::ZERO + step.at);
            (before.map_or(0.0, |step| step.rate), until)
        }
        RateShape::Ramp { from: first, to, start, end, every } => {
            let (start, end) = (SimTime::ZERO + *start, SimTime::ZERO + *end);
            if from < start {
                return (*first, start);
            }
            if from >= end {
                return (*to, SimTime::MAX);
            }
            let until = (from + *every).min(end);
            let middle = (seconds(from) + seconds(until)) / 2.0;
            let share = (middle - seconds(start)) / end.since(start).as_secs_f64();
            (first + (to - first) * share, until)
        }
        RateShape::Diurnal { mean, peak, peak_at, noise, every } => {
            let until = from + *every;
            let middle = (seconds(from) + seconds(until)) / 2.0;
            let turn = (middle - peak_at.as_secs_f64()) / DAY;
            let course = mean + (peak - mean) * cos(turn * std::f64::consts::TAU);
            let factor = if *noise > 0.0 {
                exp(noise * normal_quantile(draw()) - noise * noise / 2.0)
            } else {
                1.0
            };
            (course.max(0.0) * factor, until)
        }
        RateShape::Bursts { base, peak, every, length } => {
            if n.is_multiple_of(2) {
                (*base, from + every.quantile(draw()))
            } else {
                (*peak, from + (*length).max(SimDuration::from_micros(1)))
            }
        }
    }
}

fn seconds(at: SimTime) -> f64 {
    at.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Distribution;
    use crate::scenario::RateStep;

    const fn mins(minutes: u64) -> SimDuration {
        SimDuration::from_secs(60 * minutes)
    }

    /// The pieces of an hour: minutes of their ends, and rates.
    fn pieces(shape: &RateShape) -> Vec<(f64, f64)> {
        let mut piece = RatePiece::BEFORE;
        let mut found = Vec::new();
        while piece.until < SimTime::ZERO + mins(60) {
            piece.next(shape, |n| u64::from(n) << 60);
            found.push((seconds(piece.until.min(SimTime::ZERO + mins(60))) / 60.0, piece.rate));
        }
        found
    }

    fn are(found: &[(f64, f64)], expected: &[(f64, f64)]) {
        let alike = |(a, b): (&(f64, f64), &(f64, f64))| {
            (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9
        };
        let same = found.len() == expected.len() && found.iter().zip(expected).all(alike);
        assert!(same, "{found:?}, not {expected:?}");
    }

    #[test]
    fn before_the_first_step_there_is_nothing() {
        let steps = |at| vec![RateStep { at, rate: 5.0 }, RateStep { at: mins(30), rate: 7.0 }];
        are(&pieces(&RateShape::Steps(steps(mins(10)))), &[(10.0, 0.0), (30.0, 5.0), (60.0, 7.0)]);
        are(&pieces(&RateShape::Steps(steps(mins(0)))), &[(30.0, 5.0), (60.0, 7.0)]);
    }

    #[test]
    fn a_ramp_has_the_rate_of_the_middle_of_each_step() {
        let (start, end) = (mins(10), mins(30));
        let ramp = RateShape::Ramp { from: 0.0, to: 20.0, start, end, every: mins(10) };
        are(&pieces(&ramp), &[(10.0, 0.0), (20.0, 5.0), (30.0, 15.0), (60.0, 20.0)]);
    }

    #[test]
    fn the_middle_of_the_day_peaks_and_the_opposite_hour_has_twice_the_mean_less_the_peak() {
        let diurnal = |peak_at| RateShape::Diurnal {
            mean: 10.0,
            peak: 16.0,
            peak_at,
            noise: 0.0,
            every: mins(60),
        };
        are(&pieces(&diurnal(mins(30))), &[(60.0, 16.0)]);
        are(&pieces(&diurnal(mins(12 * 60 + 30))), &[(60.0, 4.0)]);
    }

    #[test]
    fn noise_of_the_median_is_below_the_mean() {
        let every = mins(60);
        let shape =
            RateShape::Diurnal { mean: 10.0, peak: 10.0, peak_at: every, noise: 0.5, every };
        let mut piece = RatePiece::BEFORE;
        piece.next(&shape, |_| 1 << 63);
        assert!((piece.rate - 10.0 * exp(-0.125)).abs() < 1e-6, "{}", piece.rate);
    }

    #[test]
    fn bursts_come_and_go() {
        let every = Distribution::Constant(mins(20));
        let bursts = RateShape::Bursts { base: 1.0, peak: 9.0, every, length: mins(5) };
        are(&pieces(&bursts), &[(20.0, 1.0), (25.0, 9.0), (45.0, 1.0), (50.0, 9.0), (60.0, 1.0)]);
    }
}
