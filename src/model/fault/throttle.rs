//! RunInstances, throttled: a token bucket, and callers that try again.
//!
//! Documented: a bucket of 1,000 instances that fills by 2 a second (EC2 API reference, request
//! throttling); callers wait a random share of 2^n seconds, at most 20 s (AWS SDKs and Tools reference
//! guide, retry behavior). Assumed: whoever launches for ECS waits like an SDK; tokens go to launches in
//! the order in which they were first asked for, so that none is lost or overtaken for ever.

use crate::units::{InstanceId, ProviderId, SimDuration, SimTime};

use super::super::cluster::Cluster;
use super::super::draws::{Draws, Luck};
use super::{FaultId, Struck};

/// The longest wait between two attempts.
const LONGEST: SimDuration = SimDuration::from_secs(20);

/// Attempts of a launch; beyond, it is taken at the time of its token.
const ATTEMPTS: u64 = 1 << 20;

/// A bucket's settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) burst: u32,
    /// Millionths of a token that come each second.
    pub(super) refill_micro_per_second: u64,
    /// When it is lifted.
    pub(super) until: SimTime,
}

impl Bucket {
    /// Time for one token.
    fn interval(&self) -> SimDuration {
        let micros = 1_000_000_u64 * 1_000_000;
        SimDuration::from_micros(micros.div_ceil(self.refill_micro_per_second.max(1)))
    }

    /// When a launch asked for now gets its token; `full_at` is when the bucket would be full again.
    fn take(&self, full_at: &mut SimTime, now: SimTime) -> SimTime {
        let interval = self.interval();
        let credit = interval.saturating_mul(u64::from(self.burst));
        // A bucket that holds nothing gives its first token an interval later.
        let owed = (*full_at).max(now) + interval;
        let at = (SimTime::ZERO + owed.since(SimTime::ZERO + credit)).max(now);
        *full_at = owed;
        at.min(self.until).max(now)
    }
}

impl Cluster<'_> {
    /// A launch asks the throttled API: when it gets through, it is held that long.
    pub(super) fn throttle(
        &mut self,
        id: FaultId,
        bucket: Bucket,
        instance: InstanceId,
        now: SimTime,
        draws: &dyn Draws,
    ) {
        let full_at = self.faults.buckets.entry(id).or_insert(now);
        let token = bucket.take(full_at, now);
        if token <= now {
            return;
        }
        let found = &self.instances[instance.index()];
        let (provider, ordinal) = (found.capacity_provider, u64::from(found.ordinal));
        let passes = first_attempt_after(token, now, id, provider, ordinal, draws);
        let held = self.faults.held.entry(instance).or_default();
        *held = (*held).max(passes - now);
        self.harmed_provider(id, provider).starts_slowed += 1;
    }

    /// How long a launch was held.
    pub(super) fn held(&self, instance: InstanceId) -> SimDuration {
        self.faults.held.get(&instance).copied().unwrap_or_default()
    }
}

/// The first attempt at or after `token`: the n-th comes a random share of 2^n seconds, at most 20, after
/// the one before.
fn first_attempt_after(
    token: SimTime,
    now: SimTime,
    id: FaultId,
    provider: ProviderId,
    ordinal: u64,
    draws: &dyn Draws,
) -> SimTime {
    let mut at = now;
    for attempt in 0..ATTEMPTS {
        let most = SimDuration::from_secs(1 << attempt.min(5)).min(LONGEST);
        let luck = Luck::Fault(id, Struck::Attempt(provider), ordinal * ATTEMPTS + attempt);
        let share = super::super::draws::below(draws.draw(luck), most.as_micros() + 1);
        at = at + SimDuration::from_micros(share);
        if at >= token {
            return at;
        }
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(burst: u32, refill_micro_per_second: u64, until: u64, asks: &[u64]) -> Vec<f64> {
        let at = |secs: u64| SimTime::from_micros(secs * 1_000_000);
        let bucket = Bucket { burst, refill_micro_per_second, until: at(until) };
        let mut full_at = SimTime::ZERO;
        let taken = asks.iter().map(|ask| bucket.take(&mut full_at, at(*ask)));
        taken.map(SimTime::as_secs_f64).collect()
    }

    #[test]
    fn a_burst_passes_and_then_one_in_each_interval() {
        // Three at once, then one every half second.
        let expected = [0.0, 0.0, 0.0, 0.5, 1.0];
        assert_eq!(seconds(3, 2_000_000, 3_600, &[0; 5]), expected);
        // After ten seconds of rest three pass again.
        let asks = [0, 0, 0, 0, 11, 11, 11, 11];
        let expected = [0.0, 0.0, 0.0, 0.5, 11.0, 11.0, 11.0, 11.5];
        assert_eq!(seconds(3, 2_000_000, 3_600, &asks), expected);
    }

    #[test]
    fn without_a_burst_the_first_waits_and_at_the_end_all_pass() {
        assert_eq!(seconds(0, 100_000, 25, &[0, 0, 0, 30]), [10.0, 20.0, 25.0, 30.0]);
    }
}
