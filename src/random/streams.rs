//! Keyed randomness: the only place where a generator is built.
//!
//! Every draw is a function of (seed, purpose, entity name, ordinal). Adding a service, a fault or an
//! instance type leaves the luck of everything else untouched, so two variants of a scenario differ by
//! their difference alone (common random numbers).

use rand::Rng;
use rand_pcg::Pcg64Mcg;
use xxhash_rust::xxh3::xxh3_64;

use super::math::unit;

/// What a draw is for. The discriminants are part of the determinism contract: append, never renumber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    /// Request to instance launched.
    Launch = 1,
    /// Launched to registered.
    Boot = 2,
    /// Network interface attached.
    Attach = 3,
    /// Image pull.
    Pull = 4,
    /// Containers started.
    Start = 5,
    /// Application ready.
    Ready = 6,
    /// Stop signal to exit.
    Stop = 7,
    /// Exit to STOPPED.
    Deprovision = 8,
    /// Time between task arrivals.
    Arrival = 9,
    /// How long a task runs.
    Duration = 10,
    /// The seed of a replication.
    Replication = 11,
    /// Image digest resolved.
    Digest = 12,
    /// Where a task goes, by chance.
    Placement = 13,
    /// Which instance leaves, by chance.
    Termination = 14,
    /// Stretches of a Spot pool.
    SpotStretch = 15,
    /// How deep a Spot pool is.
    SpotDepth = 16,
    /// How much of its instances a Spot pool loses.
    SpotLoss = 17,
    /// Which of its instances.
    SpotVictim = 18,
    /// When, after the pool turned off.
    SpotDelay = 19,
    /// Which offering is bought, by chance.
    Selection = 20,
    /// Launch decided to pending.
    Pending = 21,
    /// Whether a launch meets capacity.
    Capacity = 22,
    /// Launched to taken back.
    Reclaim = 23,
    /// Start of the run to the first minute of a metric.
    MetricPhase = 24,
    /// A metric's value to the alarm.
    Alarm = 25,
    /// An alarm to the new desired capacity.
    ScalingAction = 26,
    /// Whether a fault strikes a launch.
    StruckLaunch = 27,
    /// Whether a fault strikes an instance.
    StruckInstance = 28,
    /// Whether a fault strikes a task.
    StruckTask = 29,
    /// The waits of a throttled launch.
    ThrottledLaunch = 30,
    /// When a fault strikes an instance.
    StruckAt = 31,
    /// When a fault strikes a task.
    StruckTaskAt = 32,
    /// Started out of a warm pool to pending.
    WarmPending = 33,
    /// The same to running.
    WarmStart = 34,
    /// The same to registered.
    WarmBoot = 35,
    /// How far a rate differs, and when bursts come.
    Demand = 36,
    /// Between the arrivals of two messages.
    Message = 37,
    /// How long a message is worked on.
    Processing = 38,
    /// Whether a run fails at its end.
    Exit = 39,
    /// The value of a point of a sweep.
    SweepPoint = 40,
    /// The part of an axis that a point of a Latin hypercube draws from.
    SweepPart = 41,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 41] = [
        Self::Launch,
        Self::Boot,
        Self::Attach,
        Self::Pull,
        Self::Start,
        Self::Ready,
        Self::Stop,
        Self::Deprovision,
        Self::Arrival,
        Self::Duration,
        Self::Replication,
        Self::Digest,
        Self::Placement,
        Self::Termination,
        Self::SpotStretch,
        Self::SpotDepth,
        Self::SpotLoss,
        Self::SpotVictim,
        Self::SpotDelay,
        Self::Selection,
        Self::Pending,
        Self::Capacity,
        Self::Reclaim,
        Self::MetricPhase,
        Self::Alarm,
        Self::ScalingAction,
        Self::StruckLaunch,
        Self::StruckInstance,
        Self::StruckTask,
        Self::ThrottledLaunch,
        Self::StruckAt,
        Self::StruckTaskAt,
        Self::WarmPending,
        Self::WarmStart,
        Self::WarmBoot,
        Self::Demand,
        Self::Message,
        Self::Processing,
        Self::Exit,
        Self::SweepPoint,
        Self::SweepPart,
    ];

    /// Its position in [`Purpose::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize - 1
    }
}

/// The key of a named entity (a service, a capacity provider): the hash of its name, taken once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntityKey(u64);

impl EntityKey {
    /// The key of the entity called `name`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(xxh3_64(name.as_bytes()))
    }

    /// The key of one entity's dealings with another.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(mix(self.0) ^ mix(other.0.wrapping_add(GOLDEN)))
    }
}

/// All the randomness of one run.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    seed: u64,
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014): every input bit reaches every output
/// bit.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Streams {
    /// The streams of a run with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream of one purpose and entity: draws by ordinal.
    #[must_use]
    pub fn stream(&self, purpose: Purpose, entity: EntityKey) -> Stream {
        Stream(mix(self.seed.wrapping_add(GOLDEN) ^ mix(entity.0 ^ (purpose as u64))))
    }

    /// One number in the open interval (0, 1) from the keyed stream.
    #[must_use]
    pub fn uniform(&self, purpose: Purpose, entity: EntityKey, ordinal: u64) -> f64 {
        self.stream(purpose, entity).uniform(ordinal)
    }

    /// The seed of replication `index`: the run's own seed for the first, a derived one after it.
    #[must_use]
    pub fn replication_seed(seed: u64, index: u32) -> u64 {
        if index == 0 {
            return seed;
        }
        let key = EntityKey::of("replication");
        // Seeds stay within TOML's signed 64-bit integers.
        Self::new(seed).stream(Purpose::Replication, key).generator(u64::from(index)).next_u64()
            >> 1
    }
}

/// All draws for one purpose and entity.
#[derive(Clone, Copy, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The generator (PCG-64 MCG XSL-RR, O'Neill 2014) of one ordinal.
    #[inline]
    #[must_use]
    pub fn generator(self, ordinal: u64) -> Pcg64Mcg {
        let which = mix(self.0 ^ mix(ordinal.wrapping_add(GOLDEN)));
        // Both halves must vary with every part of the key: the output function folds one onto the
        // other and rotates by the top bits, so a fixed half shows.
        let low = mix(which.wrapping_add(GOLDEN));
        Pcg64Mcg::new((u128::from(which) << 64) | u128::from(low))
    }

    /// 64 bits, each equally likely to be set.
    #[inline]
    #[must_use]
    pub fn bits(self, ordinal: u64) -> u64 {
        self.generator(ordinal).next_u64()
    }

    /// One number in the open interval (0, 1).
    #[inline]
    #[must_use]
    pub fn uniform(self, ordinal: u64) -> f64 {
        unit(self.bits(ordinal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_its_key_alone() {
        let streams = Streams::new(7);
        let web = EntityKey::of("web");
        let first = streams.uniform(Purpose::Boot, web, 3);
        let _ = streams.uniform(Purpose::Boot, web, 4);
        assert_eq!(first.to_bits(), streams.uniform(Purpose::Boot, web, 3).to_bits());
        assert_ne!(first.to_bits(), streams.uniform(Purpose::Boot, web, 4).to_bits());
        assert_ne!(first.to_bits(), streams.uniform(Purpose::Pull, web, 3).to_bits());
        assert_ne!(first.to_bits(), Streams::new(8).uniform(Purpose::Boot, web, 3).to_bits());
        assert_ne!(
            first.to_bits(),
            streams.uniform(Purpose::Boot, EntityKey::of("api"), 3).to_bits()
        );
    }

    #[test]
    fn keyed_draws_are_uniform_along_each_axis_of_the_key() {
        let web = EntityKey::of("web");
        let n = 100_000_u64;
        let axes: [Box<dyn Fn(u64) -> f64>; 3] = [
            Box::new(|i| Streams::new(1).uniform(Purpose::Boot, web, i)),
            Box::new(|i| Streams::new(i).uniform(Purpose::Boot, web, 0)),
            Box::new(|i| {
                Streams::new(1).uniform(Purpose::Boot, EntityKey::of(&format!("s{i}")), 0)
            }),
        ];
        for (axis, draw) in axes.iter().enumerate() {
            let mut bins = [0_u64; 64];
            let mut serial = 0.0;
            let mut last = 0.5;
            for i in 0..n {
                let u = draw(i);
                bins[(u * 64.0) as usize] += 1;
                serial += (u - 0.5) * (last - 0.5);
                last = u;
            }
            let expected = n as f64 / 64.0;
            let chi2: f64 = bins.iter().map(|b| (*b as f64 - expected).powi(2) / expected).sum();
            // 63 degrees of freedom: 0.9999 quantile 114.
            assert!(chi2 < 114.0, "axis {axis}: chi2 {chi2}");
            let correlation = serial / n as f64 * 12.0;
            assert!(correlation.abs() < 0.015, "axis {axis}: correlation {correlation}");
        }
    }
}
