//! Tasks that fail to start: the service waits longer and longer before it tries again.
//!
//! Documented (ECS developer guide, service-throttle-logic): tasks that go from PENDING to STOPPED
//! without having run raise the time between attempts, up to 27 min, for ever; a task that stops after
//! RUNNING never does; an update of the service ends it. Not documented, assumed: the wait is
//! 10 s x 2^n; all tasks that fail until the next attempt are one attempt; a task that runs ends the
//! row.

use crate::scenario::StartBackoff;
use crate::units::{GroupId, SimDuration, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::event::{Effect, Event};
use super::super::setup::RequestKind;
use super::group::{Digest, Group};

/// First tasks that may fail before the rest is started without a digest (documented: ECS developer
/// guide, deployment-type-ecs).
const DIGEST_ATTEMPTS: u32 = 3;

impl Cluster<'_> {
    /// A task of a group failed to start.
    pub(in crate::model) fn start_failed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: GroupId,
    ) {
        let RequestKind::Service(service) = self.setup.group(id).kind else { return };
        self.deployment_task_failed(step, id);
        let group = &mut self.groups[id.index()];
        if let Some(wait) = group.start_failed(&service.start_backoff, step.now) {
            step.push(Effect::After(wait, Event::ScheduleService(id)));
        }
        // What is missing is wanted from now on.
        self.schedule_service(step, id);
    }
}

impl Group {
    /// Whether the service waits after failed starts.
    pub(in crate::model) fn backs_off(&self, now: SimTime) -> bool {
        now < self.backoff.1
    }

    /// Notes a failed start; how long the service waits, if the wait begins with it.
    fn start_failed(&mut self, curve: &StartBackoff, now: SimTime) -> Option<SimDuration> {
        if self.digest == Digest::Unknown {
            self.digest_failures += 1;
            if self.digest_failures >= DIGEST_ATTEMPTS {
                self.digest = Digest::Known;
                self.digest_known_at = now;
            }
        }
        if self.backs_off(now) {
            return None;
        }
        let wait = wait(curve, self.failed_starts);
        self.failed_starts = self.failed_starts.saturating_add(1);
        self.backoff = (now, now + wait);
        Some(wait)
    }

    /// The service was updated, by its user.
    pub(in crate::model) fn end_backoff(&mut self, now: SimTime) {
        self.failed_starts = 0;
        self.backoff.1 = self.backoff.1.min(now);
    }

    /// How much of the time from `since` to `now` was spent in the last wait.
    pub(in crate::model) fn backed_off(&self, since: SimTime, now: SimTime) -> SimDuration {
        let (from, until) = self.backoff;
        until.min(now).since(from.max(since))
    }
}

/// The wait after so many failed attempts before this one.
fn wait(curve: &StartBackoff, failed_before: u32) -> SimDuration {
    let mut wait = curve.first;
    for _ in 0..failed_before {
        if wait >= curve.max || curve.factor == 1 {
            break;
        }
        wait = wait.saturating_mul(u64::from(curve.factor));
    }
    wait.min(curve.max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parameters::faults::START_BACKOFF;

    #[test]
    fn the_wait_doubles_from_ten_seconds_to_twenty_seven_minutes() {
        let waits: Vec<u64> =
            (0..10).map(|n| wait(&START_BACKOFF, n).as_micros() / 1_000_000).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280, 1_620, 1_620]);
        assert_eq!(wait(&START_BACKOFF, u32::MAX), START_BACKOFF.max);
    }
}
