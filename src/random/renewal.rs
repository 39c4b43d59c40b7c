//! A renewal process met at an arbitrary moment: how long the present stretch still lasts.

use crate::units::SimDuration;

use super::distributions::Distribution;
use super::math;

/// Steps along the exponential scale, and its end: shares beyond e^-30 do not matter.
const STEPS: usize = 600;
const END: f64 = 30.0;

/// The equilibrium of a distribution of stretches. A moment falls into a long stretch more often than
/// into a short one (length bias), and anywhere in it equally likely.
#[derive(Clone, Debug)]
pub struct Equilibrium {
    of: Distribution,
    mean: f64,
    /// Share of all time that lies in stretches up to each step's quantile.
    time_below: Vec<f64>,
}

impl Equilibrium {
    /// The equilibrium of `distribution`.
    #[must_use]
    pub fn new(distribution: &Distribution) -> Self {
        let mut time_below = Vec::with_capacity(STEPS + 1);
        let (mut sum, mut last) = (0.0, distribution.quantile(1e-12).as_secs_f64());
        time_below.push(0.0);
        for step in 1..=STEPS {
            let (from, to) = (survival(step - 1), survival(step));
            let length = distribution.quantile(1.0 - to).as_secs_f64();
            sum += f64::midpoint(last, length) * (from - to);
            last = length;
            time_below.push(sum);
        }
        if sum > 0.0 {
            time_below.iter_mut().for_each(|time| *time /= sum);
        }
        Self { of: distribution.clone(), mean: sum, time_below }
    }

    /// The mean stretch in seconds.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// How long the stretch still lasts into which a moment fell: `stretch` says which stretch it is and
    /// `place` how much of it is still to come, both in (0, 1). Monotone in both.
    #[must_use]
    pub fn rest(&self, stretch: f64, place: f64) -> SimDuration {
        let next = self.time_below.partition_point(|time| *time < stretch).clamp(1, STEPS);
        let (low, high) = (self.time_below[next - 1], self.time_below[next]);
        let within = if high > low { (stretch - low) / (high - low) } else { 0.0 };
        let at = (next - 1) as f64 + within;
        let length = self.of.quantile(1.0 - math::exp(-at.max(0.5) * END / STEPS as f64));
        SimDuration::from_secs_f64(length.as_secs_f64() * place)
    }
}

/// The share of stretches that are longer than those of a step.
fn survival(step: usize) -> f64 {
    math::exp(-(step as f64) * END / STEPS as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: f64) -> SimDuration {
        SimDuration::from_secs_f64(hours * 3_600.0)
    }

    /// The mean rest over a grid of both numbers.
    fn mean_rest(equilibrium: &Equilibrium) -> f64 {
        const GRID: usize = 2_000;
        let at = |i: usize| (i as f64 + 0.5) / GRID as f64;
        // The place is uniform, so its mean is a half.
        let lengths = (0..GRID).map(|i| equilibrium.rest(at(i), 0.999_999_5).as_secs_f64());
        lengths.sum::<f64>() / GRID as f64 / 2.0
    }

    #[test]
    fn the_rest_of_a_memoryless_stretch_is_a_whole_one() {
        let equilibrium = Equilibrium::new(&Distribution::Exponential { mean: hours(1.0) });
        assert!((equilibrium.mean() / 3_600.0 - 1.0).abs() < 2e-3, "{}", equilibrium.mean());
        assert!((mean_rest(&equilibrium) / 3_600.0 - 1.0).abs() < 1e-2);
    }

    #[test]
    fn of_a_constant_stretch_half_is_left_on_average() {
        let equilibrium = Equilibrium::new(&Distribution::Constant(hours(2.0)));
        assert!((equilibrium.mean() / 7_200.0 - 1.0).abs() < 1e-9);
        assert_eq!(equilibrium.rest(0.3, 0.25), hours(0.5));
    }

    #[test]
    fn the_rest_of_a_heavy_tailed_stretch_is_longer_than_a_whole_one() {
        // Weibull, k = 0.6: mean G(1 + 1/k) = 1.5046, second moment G(1 + 2/k) = 9.2605 (in scales), so
        // the mean rest is 9.2605 / (2 x 1.5046) = 3.0774 scales.
        let scale = hours(1.0);
        let equilibrium = Equilibrium::new(&Distribution::Weibull { shape: 0.6, scale });
        assert!((equilibrium.mean() / 3_600.0 / 1.5046 - 1.0).abs() < 5e-3);
        assert!((mean_rest(&equilibrium) / 3_600.0 / 3.0774 - 1.0).abs() < 2e-2);
    }

    #[test]
    fn larger_numbers_never_give_a_shorter_rest() {
        let equilibrium =
            Equilibrium::new(&Distribution::Weibull { shape: 0.6, scale: hours(1.0) });
        let along: Vec<_> =
            (1..1_000).map(|i| equilibrium.rest(f64::from(i) / 1_000.0, 0.7)).collect();
        assert!(along.is_sorted());
        let across: Vec<_> =
            (1..1_000).map(|i| equilibrium.rest(0.7, f64::from(i) / 1_000.0)).collect();
        assert!(across.is_sorted());
    }
}
