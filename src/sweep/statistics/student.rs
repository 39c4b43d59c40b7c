//! Student's t.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::run::Interval;

/// The mean; `None` of no values. Equal values keep their exact mean.
#[must_use]
pub fn mean(drawn: &[f64]) -> Option<f64> {
    let first = drawn.first()?;
    let excess: f64 = drawn.iter().map(|value| value - first).sum();
    Some(first + excess / drawn.len() as f64)
}

/// The 95 % interval of the mean; `None` below two values.
#[must_use]
pub fn interval(drawn: &[f64]) -> Option<Interval> {
    let n = u32::try_from(drawn.len()).ok().filter(|n| *n >= 2)?;
    let mean = mean(drawn)?;
    let half = t_quantile(drawn.len() - 1, 0.975)? * standard_error(drawn)?;
    let min = drawn.iter().copied().fold(f64::INFINITY, f64::min);
    let max = drawn.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(Interval { ci95_low: mean - half, ci95_high: mean + half, n, min, max })
}

/// The standard error of the mean; `None` below two values.
pub(in super::super) fn standard_error(drawn: &[f64]) -> Option<f64> {
    let mean = mean(drawn).filter(|_| drawn.len() >= 2)?;
    let n = drawn.len() as f64;
    let squares: f64 = drawn.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((squares / (n - 1.0)).sqrt() / n.sqrt())
}

/// A quantile of Student's t, rounded so that the platform's math cannot show in it.
pub(in super::super) fn t_quantile(freedom: usize, p: f64) -> Option<f64> {
    let t = StudentsT::new(0.0, 1.0, freedom as f64).ok()?.inverse_cdf(p);
    Some((t * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_use_the_quantiles_of_students_t() {
        // R: qt(0.975, c(1, 2, 9, 99))
        for (freedom, expected) in [(1, 12.706205), (2, 4.302653), (9, 2.262157), (99, 1.984217)] {
            let t = t_quantile(freedom, 0.975).unwrap();
            assert!((t - expected).abs() < 2e-6, "{freedom}: {t}");
        }
        // R: t.test(c(1, 2, 3, 6))$conf.int
        let interval = interval(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        assert!((interval.ci95_low - -0.4374349).abs() < 1e-5, "{interval:?}");
        assert!((interval.ci95_high - 6.4374349).abs() < 1e-5, "{interval:?}");
        assert_eq!([interval.min, interval.max].map(f64::to_bits), [1.0, 6.0].map(f64::to_bits));
    }

    #[test]
    fn equal_values_have_an_interval_of_no_width() {
        let interval = interval(&[0.1, 0.1, 0.1]).unwrap();
        assert_eq!(interval.ci95_low.to_bits(), 0.1_f64.to_bits());
        assert_eq!(interval.ci95_high.to_bits(), 0.1_f64.to_bits());
    }

    #[test]
    fn quantiles_far_out_meet_the_closed_forms_of_one_and_two_degrees() {
        // One degree: tan(pi (p - 1/2)); two: (2p - 1) / sqrt(2 p (1 - p)).
        for p in [0.975, 0.99, 0.999, 0.999_9] {
            let one = libm::tan(std::f64::consts::PI * (p - 0.5));
            let two = (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt();
            for (freedom, expected) in [(1, one), (2, two)] {
                let t = t_quantile(freedom, p).unwrap();
                assert!((t / expected - 1.0).abs() < 1e-6, "{freedom}, {p}: {t}, {expected}");
            }
        }
    }
}
