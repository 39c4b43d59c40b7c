//! The luck of Spot pools: when they are available, how deep they are, what they lose.

use std::collections::BTreeMap;

use crate::model::SpotStretch;
use crate::random::{Distribution, EntityKey, Equilibrium, Purpose, Streams, math};
use crate::units::{SimDuration, SpotPoolId};

/// No stretch is shorter, so that time goes on.
const SHORTEST: SimDuration = SimDuration::from_secs(1);

/// The laws of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct SpotPoolLaw {
    /// Which pool.
    pub pool: SpotPoolId,
    /// What its luck hangs on: type and zone, by name.
    pub name: String,
    /// How long it is available, and then not; `None`: always available.
    pub turns: Option<SpotTurns>,
    /// Least and greatest number of instances it holds while available, all orders of magnitude equally
    /// likely; `None`: no limit.
    pub depth: Option<(u32, u32)>,
}

/// How a pool comes and goes.
#[derive(Clone, Debug, PartialEq)]
pub struct SpotTurns {
    /// How long it is available.
    pub available_for: Distribution,
    /// How long it is not.
    pub unavailable_for: Distribution,
    /// Whether a run starts at an arbitrary moment of its life, or just as it has become available.
    pub stationary: bool,
}

/// What a pool loses when it turns off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SpotLossLaw {
    /// Chance that it loses all its instances.
    pub all: f64,
    /// Otherwise the share lost is Beta(1, this).
    pub beta: f64,
}

/// The laws of all pools of a scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct SpotLaws {
    pools: BTreeMap<SpotPoolId, Pool>,
    turns: Vec<Turns>,
    loss: SpotLossLaw,
}

#[derive(Clone, Debug)]
struct Pool {
    key: EntityKey,
    /// Position among the turns.
    turns: Option<usize>,
    depth: Option<(u32, u32)>,
}

/// Turns that several pools share.
#[derive(Clone, Debug)]
struct Turns {
    law: SpotTurns,
    available: Equilibrium,
    unavailable: Equilibrium,
}

impl SpotLaws {
    pub(super) fn new(laws: &[SpotPoolLaw], loss: SpotLossLaw) -> Self {
        let mut turns: Vec<Turns> = Vec::new();
        let mut position = |law: &SpotTurns| {
            turns.iter().position(|known| known.law == *law).unwrap_or_else(|| {
                turns.push(Turns {
                    law: law.clone(),
                    available: Equilibrium::new(&law.available_for),
                    unavailable: Equilibrium::new(&law.unavailable_for),
                });
                turns.len() - 1
            })
        };
        let pools = laws
            .iter()
            .map(|law| {
                let key = EntityKey::of(&law.name);
                let turns = law.turns.as_ref().map(&mut position);
                (law.pool, Pool { key, turns, depth: law.depth })
            })
            .collect();
        Self { pools, turns, loss }
    }

    /// The n-th stretch of a pool under a seed.
    pub(super) fn stretch(&self, streams: &Streams, id: SpotPoolId, n: u32) -> SpotStretch {
        let Some(pool) = self.pools.get(&id) else {
            return SpotStretch { available: true, lasts: SimDuration::MAX, depth: None };
        };
        let (available, lasts) = match pool.turns {
            None => (true, SimDuration::MAX),
            Some(turns) => self.turns[turns].stretch(streams, pool.key, n),
        };
        let depth = pool.depth.map(|(least, most)| {
            log_uniform(streams.uniform(Purpose::SpotDepth, pool.key, u64::from(n)), least, most)
        });
        SpotStretch { available, lasts: lasts.max(SHORTEST), depth }
    }

    /// The share of 2^64 that a pool loses at the end of its n-th stretch.
    pub(super) fn loss(&self, streams: &Streams, id: SpotPoolId, n: u32) -> u64 {
        let Some(pool) = self.pools.get(&id) else { return 0 };
        let stream = streams.stream(Purpose::SpotLoss, pool.key);
        let n = 2 * u64::from(n);
        if stream.uniform(n) < self.loss.all {
            return u64::MAX;
        }
        let share = 1.0 - math::pow(1.0 - stream.uniform(n + 1), 1.0 / self.loss.beta);
        // In range: the share lies between 0 and 1, and the conversion saturates.
        (share * 18_446_744_073_709_551_616.0) as u64
    }
}

impl Turns {
    fn stretch(&self, streams: &Streams, key: EntityKey, n: u32) -> (bool, SimDuration) {
        let stream = streams.stream(Purpose::SpotStretch, key);
        let (on, off) = (self.available.mean(), self.unavailable.mean());
        let first = !self.law.stationary || stream.uniform(0) * (on + off) < on;
        let available = first == n.is_multiple_of(2);
        let (whole, rest) = if available {
            (&self.law.available_for, &self.available)
        } else {
            (&self.law.unavailable_for, &self.unavailable)
        };
        let lasts = if n == 0 && self.law.stationary {
            rest.rest(stream.uniform(1), stream.uniform(2))
        } else {
            whole.quantile(stream.uniform(u64::from(n) + 3))
        };
        (available, lasts)
    }
}

/// A whole number from `least` to `most`: one more than it is uniform on a logarithmic scale.
fn log_uniform(u: f64, least: u32, most: u32) -> u32 {
    let (low, high) = (math::ln(f64::from(least) + 1.0), math::ln(f64::from(most) + 1.0));
    let drawn = math::exp(low + (high - low) * u) - 1.0;
    (drawn.round() as u32).clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SimDuration = SimDuration::from_secs(60);

    fn minutes(minutes: u64) -> SimDuration {
        SimDuration::from_secs(60 * minutes)
    }

    fn laws(turns: Option<SpotTurns>, depth: Option<(u32, u32)>, loss: SpotLossLaw) -> SpotLaws {
        let law = SpotPoolLaw { pool: SpotPoolId(7), name: "m7g.large in a".into(), turns, depth };
        SpotLaws::new(&[law], loss)
    }

    fn scarce(stationary: bool) -> SpotTurns {
        SpotTurns {
            available_for: Distribution::Weibull { shape: 0.6, scale: minutes(60) },
            unavailable_for: Distribution::Weibull { shape: 0.7, scale: minutes(30) },
            stationary,
        }
    }

    #[test]
    fn stretches_take_turns_and_are_the_same_for_the_same_seed() {
        let laws = laws(Some(scarce(true)), Some((1, 50)), SpotLossLaw::default());
        for seed in 0..50 {
            let streams = Streams::new(seed);
            let first = laws.stretch(&streams, SpotPoolId(7), 0).available;
            for n in 0..20 {
                let stretch = laws.stretch(&streams, SpotPoolId(7), n);
                assert_eq!(stretch.available, first == n.is_multiple_of(2));
                assert_eq!(stretch, laws.stretch(&streams, SpotPoolId(7), n));
                assert!(stretch.lasts >= SHORTEST);
                assert!(stretch.depth.is_some_and(|depth| (1..=50).contains(&depth)));
            }
        }
    }

    #[test]
    fn a_stationary_pool_is_available_for_the_same_share_at_any_time() {
        // Means: 60 min x G(1 + 1/0.6) = 90.27, 30 min x G(1 + 1/0.7) = 37.97: a share of 0.7039. Over
        // 4,000 pools the standard deviation is 0.0072.
        let laws = laws(Some(scarce(true)), None, SpotLossLaw::default());
        for at in [0, 5, 60, 600] {
            let available = (0..4_000).filter(|seed| {
                let (streams, mut n, mut until) = (Streams::new(*seed), 0, SimDuration::ZERO);
                loop {
                    let stretch = laws.stretch(&streams, SpotPoolId(7), n);
                    until = SimDuration::from_micros(until.as_micros() + stretch.lasts.as_micros());
                    if until > minutes(at) {
                        return stretch.available;
                    }
                    n += 1;
                }
            });
            let share = available.count() as f64 / 4_000.0;
            assert!((share - 0.703_9).abs() < 0.03, "{share} at {at} min");
        }
    }

    #[test]
    fn a_pool_without_turns_or_without_laws_is_always_available() {
        let laws = laws(None, None, SpotLossLaw::default());
        for pool in [SpotPoolId(7), SpotPoolId(8)] {
            let stretch = laws.stretch(&Streams::new(1), pool, 0);
            assert_eq!((stretch.available, stretch.depth), (true, None));
            assert!(stretch.lasts > minutes(1_000_000));
        }
    }

    #[test]
    fn a_pool_met_as_it_becomes_available_stays_for_a_whole_stretch() {
        let turns = SpotTurns {
            available_for: Distribution::Constant(minutes(10)),
            unavailable_for: Distribution::Constant(MINUTE),
            stationary: false,
        };
        let laws = laws(Some(turns), None, SpotLossLaw::default());
        for seed in 0..20 {
            let first = laws.stretch(&Streams::new(seed), SpotPoolId(7), 0);
            assert_eq!((first.available, first.lasts), (true, minutes(10)));
        }
    }

    #[test]
    fn the_share_lost_is_all_with_its_chance_and_beta_otherwise() {
        // Mean 0.55 + 0.45 / 3 = 0.7; a share of all with chance 0.55. n = 20,000.
        let laws = laws(Some(scarce(true)), None, SpotLossLaw { all: 0.55, beta: 2.0 });
        let streams = Streams::new(3);
        let shares: Vec<f64> = (0..20_000)
            .map(|n| laws.loss(&streams, SpotPoolId(7), n) as f64 / 2.0_f64.powi(64))
            .collect();
        let mean = shares.iter().sum::<f64>() / 20_000.0;
        let all = shares.iter().filter(|share| **share >= 1.0 - 1e-12).count() as f64 / 20_000.0;
        assert!((mean - 0.7).abs() < 0.01, "{mean}");
        assert!((all - 0.55).abs() < 0.015, "{all}");
    }

    #[test]
    fn every_order_of_magnitude_of_depth_is_equally_likely() {
        let below = |limit: u32| {
            let drawn = (0..10_000).map(|i| (f64::from(i) + 0.5) / 10_000.0);
            drawn.filter(|u| log_uniform(*u, 9, 9_999) < limit).count()
        };
        // One more than the depth: 10 to 100, to 1,000, to 10,000.
        assert!(below(100).abs_diff(3_333) < 40 && below(1_000).abs_diff(6_667) < 40);
        assert_eq!([log_uniform(0.0, 0, 0), log_uniform(0.5, 7, 7)], [0, 7]);
    }
}
