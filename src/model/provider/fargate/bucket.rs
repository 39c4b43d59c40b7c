//! The launch rate: a bucket of tokens, one for each launch (documented: ECS developer guide,
//! throttling).

use crate::units::{SimDuration, SimTime};

/// Micro-tokens in a token: at one token a second a micro-token is a microsecond.
const TOKEN: u64 = 1_000_000;

/// A token bucket, exact to the microsecond.
#[derive(Clone, Debug)]
pub(super) struct TokenBucket {
    /// Most micro-tokens that it holds.
    burst: u64,
    /// Tokens a second, which are micro-tokens a microsecond.
    refill: u64,
    held: u64,
    since: SimTime,
}

impl TokenBucket {
    /// A full bucket at the start of time.
    pub(super) const fn full(burst: u32, refill_per_second: u32) -> Self {
        let burst = burst as u64 * TOKEN;
        Self { burst, refill: refill_per_second as u64, held: burst, since: SimTime::ZERO }
    }

    /// Takes a token; where there is none, says how long it takes to have one.
    pub(super) fn take(&mut self, now: SimTime) -> Result<(), SimDuration> {
        let gained = now.since(self.since).as_micros().saturating_mul(self.refill);
        self.held = self.held.saturating_add(gained).min(self.burst);
        self.since = now;
        if self.held >= TOKEN {
            self.held -= TOKEN;
            return Ok(());
        }
        Err(SimDuration::from_micros((TOKEN - self.held).div_ceil(self.refill)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_three_that_gains_two_a_second_gives_three_at_once_and_then_one_each_half_second()
    {
        let mut bucket = TokenBucket::full(3, 2);
        let mut now = SimTime::ZERO;
        for _ in 0..3 {
            assert_eq!(bucket.take(now), Ok(()));
        }
        for _ in 0..4 {
            assert_eq!(bucket.take(now), Err(SimDuration::from_millis(500)));
            now = now + SimDuration::from_millis(500);
            assert_eq!(bucket.take(now), Ok(()));
        }
        now = now + SimDuration::from_secs(3_600);
        assert_eq!((0..9).filter(|_| bucket.take(now).is_ok()).count(), 3, "it holds no more");
    }
}
