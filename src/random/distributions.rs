//! Distributions of durations, drawn by inverse CDF: one uniform number gives one duration, monotone
//! in it.

use crate::units::SimDuration;

use super::math;

/// A distribution of a duration.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(SimDuration),
    /// Equally likely between `min` and `max`.
    Uniform {
        /// The shortest.
        min: SimDuration,
        /// The longest.
        max: SimDuration,
    },
    /// Memoryless with this mean.
    Exponential {
        /// The mean.
        mean: SimDuration,
    },
    /// The logarithm is normal; cut off below at `floor` and above at `cap`.
    LogNormal {
        /// The median, in seconds: exp(mu).
        median: SimDuration,
        /// The standard deviation of the logarithm.
        sigma: f64,
        /// No draw is below this.
        floor: SimDuration,
        /// No draw is above this.
        cap: SimDuration,
    },
    /// A power of an exponential: with a shape below 1 many short ones and few very long ones.
    Weibull {
        /// The exponent k of the survival function exp(-(t / scale)^k).
        shape: f64,
        /// The duration that a share of 1/e exceeds.
        scale: SimDuration,
    },
}

impl Distribution {
    /// Zero, always.
    pub const ZERO: Self = Self::Constant(SimDuration::ZERO);

    /// A log-normal without floor and cap.
    #[must_use]
    pub const fn log_normal(median: SimDuration, sigma: f64) -> Self {
        Self::LogNormal { median, sigma, floor: SimDuration::ZERO, cap: SimDuration::MAX }
    }

    /// The duration below which a share `u` in (0, 1) of all draws lies.
    #[must_use]
    pub fn quantile(&self, u: f64) -> SimDuration {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { min, max } => {
                *min + SimDuration::from_secs_f64(u * max.saturating_sub(*min).as_secs_f64())
            }
            Self::Exponential { mean } => {
                SimDuration::from_secs_f64(-mean.as_secs_f64() * math::ln(1.0 - u))
            }
            Self::LogNormal { median, sigma, floor, cap } => {
                let factor = math::exp(sigma * math::normal_quantile(u));
                SimDuration::from_secs_f64(median.as_secs_f64() * factor).clamp(*floor, *cap)
            }
            Self::Weibull { shape, scale } => {
                let factor = math::pow(-math::ln(1.0 - u), 1.0 / shape);
                SimDuration::from_secs_f64(scale.as_secs_f64() * factor)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::Distribution as _;

    fn oracle_quantile(mut sample: Vec<f64>, u: f64) -> f64 {
        sample.sort_by(f64::total_cmp);
        sample[(u * sample.len() as f64) as usize]
    }

    #[test]
    fn quantiles_agree_with_rand_distr() {
        let mut rng = rand_pcg::Pcg64::new(1, 2);
        let n = 400_000;
        let log_normal =
            rand_distr::LogNormal::new(27.0_f64.log(std::f64::consts::E), 0.16).unwrap();
        let exponential = rand_distr::Exp::new(1.0 / 300.0).unwrap();
        let weibull = rand_distr::Weibull::new(3_600.0, 0.6).unwrap();
        let samples: [(Distribution, Vec<f64>); 3] = [
            (
                Distribution::log_normal(SimDuration::from_secs(27), 0.16),
                (0..n).map(|_| log_normal.sample(&mut rng)).collect(),
            ),
            (
                Distribution::Exponential { mean: SimDuration::from_secs(300) },
                (0..n).map(|_| exponential.sample(&mut rng)).collect(),
            ),
            (
                Distribution::Weibull { shape: 0.6, scale: SimDuration::from_secs(3_600) },
                (0..n).map(|_| weibull.sample(&mut rng)).collect(),
            ),
        ];
        for (distribution, sample) in samples {
            for u in [0.05, 0.25, 0.5, 0.75, 0.95, 0.99] {
                let ours = distribution.quantile(u).as_secs_f64();
                let theirs = oracle_quantile(sample.clone(), u);
                assert!(
                    (ours / theirs - 1.0).abs() < 0.02,
                    "{distribution:?} at {u}: {ours} {theirs}"
                );
            }
        }
    }

    #[test]
    fn a_larger_uniform_never_gives_a_shorter_duration() {
        let distributions = [
            Distribution::log_normal(SimDuration::from_secs(10), 0.5),
            Distribution::Exponential { mean: SimDuration::from_secs(3) },
            Distribution::Uniform {
                min: SimDuration::from_secs(1),
                max: SimDuration::from_secs(2),
            },
            Distribution::Weibull { shape: 0.6, scale: SimDuration::from_secs(60) },
        ];
        for distribution in distributions {
            let draws: Vec<_> =
                (1..2_000).map(|i| distribution.quantile(f64::from(i) / 2_000.0)).collect();
            assert!(draws.is_sorted(), "{distribution:?}");
        }
    }

    #[test]
    fn the_scale_of_a_weibull_is_exceeded_by_one_in_e_and_shape_1_is_memoryless() {
        let scale = SimDuration::from_secs(3_600);
        let at_e = 1.0 - math::exp(-1.0);
        assert_eq!(Distribution::Weibull { shape: 0.6, scale }.quantile(at_e), scale);
        for u in [0.01, 0.5, 0.99] {
            let memoryless = Distribution::Exponential { mean: scale }.quantile(u);
            assert_eq!(Distribution::Weibull { shape: 1.0, scale }.quantile(u), memoryless);
        }
    }

    #[test]
    fn the_median_of_a_log_normal_is_its_median() {
        let median = SimDuration::from_secs(27);
        assert_eq!(Distribution::log_normal(median, 0.16).quantile(0.5), median);
    }
}
