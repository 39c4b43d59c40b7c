//! Cooldowns of one policy.

use crate::units::{SimDuration, SimTime};

/// What a scale-out and a scale-in of a policy keep back for a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cooldowns {
    /// Since when, the capacity before the first scale-out of the cooldown, and after the last.
    out: Option<(SimTime, u32, u32)>,
    scaled_in_at: Option<SimTime>,
}

impl Cooldowns {
    /// The capacity on which the next scale-out is counted: while a cooldown runs the one before it, so
    /// that what is in flight counts (documented: StepScalingPolicyConfiguration, Cooldown).
    #[must_use]
    pub fn base(&self, desired: u32, cooldown: SimDuration, now: SimTime) -> u32 {
        self.running(cooldown, now).map_or(desired, |(from, _)| from)
    }

    /// Whether a scale-out to `wanted` has to wait. Documented: a larger one has not.
    #[must_use]
    pub fn blocks_out(&self, wanted: u32, cooldown: SimDuration, now: SimTime) -> bool {
        self.running(cooldown, now).is_some_and(|(_, to)| wanted <= to)
    }

    /// Whether any scale-in has to wait.
    #[must_use]
    pub fn blocks_in(&self, cooldown: SimDuration, now: SimTime) -> bool {
        self.scaled_in_at.is_some_and(|at| now.since(at) < cooldown)
    }

    /// The policy scaled out. Assumed: a larger one within the cooldown starts it anew, and is counted on
    /// the same capacity.
    pub fn scaled_out(&mut self, from: u32, to: u32, cooldown: SimDuration, now: SimTime) {
        let from = self.base(from, cooldown, now);
        self.out = Some((now, from, to));
    }

    /// The policy scaled in.
    pub fn scaled_in(&mut self, now: SimTime) {
        self.scaled_in_at = Some(now);
    }

    /// Some policy scaled out. Documented: the cooldown of a scale-in ends at once.
    pub fn end_in(&mut self) {
        self.scaled_in_at = None;
    }

    fn running(&self, cooldown: SimDuration, now: SimTime) -> Option<(u32, u32)> {
        let (since, from, to) = self.out?;
        (now.since(since) < cooldown).then_some((from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOLDOWN: SimDuration = SimDuration::from_secs(300);

    const fn secs(n: u64) -> SimTime {
        SimTime::from_micros(n * 1_000_000)
    }

    /// The example of the API: 2 tasks more, then within the cooldown a step of 3: one more.
    #[test]
    fn within_a_cooldown_a_scale_out_of_three_after_one_of_two_adds_one() {
        let mut cooldowns = Cooldowns::default();
        cooldowns.scaled_out(10, 12, COOLDOWN, secs(0));
        let base = cooldowns.base(12, COOLDOWN, secs(60));
        assert_eq!(base + 3, 13);
        assert!(!cooldowns.blocks_out(13, COOLDOWN, secs(60)));
        assert!(cooldowns.blocks_out(12, COOLDOWN, secs(60)), "the same step again waits");
        cooldowns.scaled_out(12, 13, COOLDOWN, secs(60));
        assert!(cooldowns.blocks_out(
            cooldowns.base(13, COOLDOWN, secs(120)) + 3,
            COOLDOWN,
            secs(120)
        ));
    }

    #[test]
    fn a_cooldown_ends_with_its_time() {
        let mut cooldowns = Cooldowns::default();
        cooldowns.scaled_out(10, 12, COOLDOWN, secs(0));
        assert!(cooldowns.blocks_out(12, COOLDOWN, secs(299)));
        assert!(!cooldowns.blocks_out(12, COOLDOWN, secs(300)));
        assert_eq!(cooldowns.base(12, COOLDOWN, secs(300)), 12);
    }

    #[test]
    fn a_scale_in_keeps_back_the_next_until_a_scale_out() {
        let mut cooldowns = Cooldowns::default();
        cooldowns.scaled_in(secs(0));
        assert!(cooldowns.blocks_in(COOLDOWN, secs(299)));
        assert!(!cooldowns.blocks_in(COOLDOWN, secs(300)));
        cooldowns.scaled_in(secs(400));
        cooldowns.end_in();
        assert!(!cooldowns.blocks_in(COOLDOWN, secs(401)));
    }
}
