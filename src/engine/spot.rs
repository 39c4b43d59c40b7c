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
