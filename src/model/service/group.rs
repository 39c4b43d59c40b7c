//! Groups of tasks: services, which keep a desired count, and RunTask blocks, which call again and
//! again. How a service's scheduler decides what to start and what to stop. Daemon services keep one task
//! on each instance (`provider/daemons.rs`).

use std::collections::VecDeque;

use crate::units::{SimDuration, SimTime, ZoneId};

use super::super::setup::{GroupSetup, RequestKind};
use super::super::task::{TaskRef, WaitPart};
use super::health::Healthy;
use super::rolling::Leaving;

/// What a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// A service that keeps a desired count.
    Service,
    /// A service that runs one task on each container instance.
    Daemon,
    /// Standalone tasks.
    RunTask,
}

/// How far a service's image digest is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Digest {
    /// Known, or not needed.
    Known,
    /// The first task is on its way to resolve it.
    Resolving,
    /// No task has been started yet.
    Unknown,
}

/// A window of the launch rate.
const RATE_WINDOW: SimDuration = SimDuration::from_secs(60);

/// A service or a RunTask block.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is.
    pub kind: GroupKind,
    /// Tasks that a service wants; of a daemon service, the instances that shall have one.
    pub desired_count: u32,
    /// Tasks that want to run, in no particular order.
    pub(in crate::model) active: Vec<TaskRef>,
    /// Of those, RUNNING.
    pub(in crate::model) running: u32,
    /// Of those, on an instance that drains.
    pub(in crate::model) draining: u32,
    /// Active tasks by zone, placed or planned.
    pub(in crate::model) by_zone: Vec<u32>,
    /// Active tasks by position in the strategy.
    pub(in crate::model) by_provider: Vec<u32>,
    /// Tasks created so far.
    pub(in crate::model) created: u32,
    /// Tasks wanted and not created yet: since when, how many.
    pub(in crate::model) wanted: VecDeque<(SimTime, u32)>,
    pub(in crate::model) digest: Digest,
    /// First tasks started to resolve it.
    pub(in crate::model) digest_attempts: u32,
    /// When the digest became known.
    pub(in crate::model) digest_known_at: SimTime,
    window_opened: SimTime,
    window_used: u32,
    /// Since when tasks found no room, in every pass of the scheduler.
    without_room_since: Option<SimTime>,
    /// A pass of the scheduler is due: the next window, or another look for room.
    pub(in crate::model) pass_due: bool,
    /// Calls of RunTask made.
    pub(in crate::model) calls: u32,
    /// Attempts in a row whose tasks failed to start.
    pub(in crate::model) failed_starts: u32,
    /// The present or last wait after them: since when, and until when nothing is started.
    pub(in crate::model) backoff: (SimTime, SimTime),
    /// First tasks that failed to start before the digest was known.
    pub(in crate::model) digest_failures: u32,
    /// Tasks that are not STOPPED.
    pub(in crate::model) live: u32,
    /// Which of the running ones are healthy.
    pub(in crate::model) healthy: Healthy,
    /// Tasks that are unhealthy and want to run on an instance that does not drain, those known longest
    /// first.
    pub(in crate::model) unhealthy: Vec<TaskRef>,
    /// Tasks that take requests.
    pub(in crate::model) serving: u32,
    /// Since when `maximumPercent` has kept tasks from starting, in every pass of the scheduler.
    held_since: Option<SimTime>,
    /// RUNNING tasks of a service that protects them, in the order of their starts, until they stop or
    /// their protection expires; some that stopped too.
    pub(in crate::model) by_start: VecDeque<(SimTime, TaskRef)>,
    /// Tasks whose protection expired while they ran; some that stopped too.
    pub(in crate::model) expired: Vec<TaskRef>,
    /// In which order its tasks go, where they do one after the other.
    pub(in crate::model) leaving: Leaving,
}

impl Group {
    pub(in crate::model) fn new(setup: &GroupSetup, zones: usize) -> Self {
        let digest = match setup.kind {
            RequestKind::Service(service) if service.resolves_digest => Digest::Unknown,
            RequestKind::Service(_) | RequestKind::RunTask(_) => Digest::Known,
        };
        Self {
            kind: setup.kind.group_kind(),
            desired_count: 0,
            active: Vec::new(),
            running: 0,
            draining: 0,
            by_zone: vec![0; zones],
            by_provider: vec![0; setup.strategy.len()],
            created: 0,
            wanted: VecDeque::new(),
            digest,
            digest_attempts: 0,
            digest_known_at: SimTime::ZERO,
            window_opened: SimTime::ZERO,
            window_used: 0,
            without_room_since: None,
            pass_due: false,
            calls: 0,
            failed_starts: 0,
            backoff: (SimTime::ZERO, SimTime::ZERO),
            digest_failures: 0,
            live: 0,
            healthy: Healthy::new(setup),
            unhealthy: Vec::new(),
            serving: 0,
            held_since: None,
            by_start: VecDeque::new(),
            expired: Vec::new(),
            leaving: Leaving::default(),
        }
    }

    /// Tasks wanted, created or not, over the whole run so far.
    #[must_use]
    pub fn requested(&self) -> u64 {
        u64::from(self.created) + u64::from(self.not_created())
    }

    /// Active tasks by zone, placed or planned, those on draining instances left out.
    #[must_use]
    pub fn active_by_zone(&self) -> &[u32] {
        &self.by_zone
    }

    /// Active tasks that are RUNNING.
    #[must_use]
    pub const fn running(&self) -> u32 {
        self.running
    }

    /// Whether a daemon service starts nothing now: after failed starts, or by its launch rate.
    #[must_use]
    pub fn may_not_start(&self, now: SimTime) -> bool {
        self.pass_due || now <= self.backoff.1
    }

    /// Calls of RunTask made so far.
    #[must_use]
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// Tasks wanted that the scheduler has not created yet.
    #[must_use]
    pub fn not_created(&self) -> u32 {
        self.wanted.iter().map(|(_, count)| count).sum()
    }

    /// What those wait for.
    #[must_use]
    pub fn not_created_waits_for(&self, now: SimTime) -> WaitPart {
        if self.digest == Digest::Resolving {
            WaitPart::DigestWave
        } else if self.backs_off(now) {
            WaitPart::StartBackoff
        } else if self.without_room_since.is_some() {
            WaitPart::Scaling
        } else if self.held_since.is_some() {
            WaitPart::Deployment
        } else {
            WaitPart::LaunchRate
        }
    }

    /// Tasks that want to run and need no others in their place: on instances that do not drain, and not
    /// unhealthy.
    pub(in crate::model) fn counted(&self) -> u32 {
        self.active_tasks() - self.draining - self.unhealthy_tasks()
    }

    /// Tasks that want to run, wherever they are.
    #[must_use]
    pub fn active_tasks(&self) -> u32 {
        u32::try_from(self.active.len()).unwrap_or(u32::MAX)
    }

    /// Whether tasks found no room in the last pass of the scheduler.
    #[must_use]
    pub const fn is_without_room(&self) -> bool {
        self.without_room_since.is_some()
    }

    /// Attempts in a row whose tasks failed to start.
    #[must_use]
    pub const fn failed_starts(&self) -> u32 {
        self.failed_starts
    }

    /// Tasks that count as healthy.
    #[must_use]
    pub fn healthy_at(&self, now: SimTime) -> u32 {
        self.healthy.count_at(now)
    }

    /// Tasks that take requests.
    #[must_use]
    pub const fn serving(&self) -> u32 {
        self.serving
    }

    /// Tasks that are not STOPPED.
    #[must_use]
    pub const fn live(&self) -> u32 {
        self.live
    }

    /// Tasks that are unhealthy, on instances that do not drain.
    #[must_use]
    pub fn unhealthy_tasks(&self) -> u32 {
        u32::try_from(self.unhealthy.len()).unwrap_or(u32::MAX)
    }

    /// Whether all tasks that want to run do, none on an instance that drains and none unhealthy.
    pub(in crate::model) fn all_run_well(&self) -> bool {
        self.running == self.active_tasks() && self.draining == 0 && self.unhealthy.is_empty()
    }

    /// `maximumPercent` keeps tasks from starting.
    pub(in crate::model) fn hold(&mut self, now: SimTime) {
        self.held_since.get_or_insert(now);
    }

    /// It does no longer.
    pub(in crate::model) const fn release(&mut self) {
        self.held_since = None;
    }

    /// How long a task wanted since `since` has waited for others to stop.
    pub(in crate::model) fn time_held(&self, since: SimTime, now: SimTime) -> SimDuration {
        self.held_since.map_or(SimDuration::ZERO, |from| now.since(from.max(since)))
    }

    /// The tasks wanted and not created: since when, how many.
    pub fn wishes(&self) -> impl Iterator<Item = (SimTime, u32)> + '_ {
        self.wanted.iter().copied()
    }

    /// Books what is wanted now: as many as are missing, the oldest wish first.
    pub(in crate::model) fn want(&mut self, missing: u32, now: SimTime) {
        let noted = self.not_created();
        if missing > noted {
            self.wanted.push_back((now, missing - noted));
            return;
        }
        let mut surplus = noted - missing;
        while surplus > 0 {
            let Some((_, count)) = self.wanted.back_mut() else { return };
            let dropped = surplus.min(*count);
            *count -= dropped;
            surplus -= dropped;
            if *count == 0 {
                self.wanted.pop_back();
            }
        }
    }

    /// Takes the oldest wish: since when it stood.
    pub(in crate::model) fn take_wish(&mut self, now: SimTime) -> SimTime {
        let Some((since, count)) = self.wanted.front_mut() else { return now };
        let requested_at = *since;
        *count -= 1;
        if *count == 0 {
            self.wanted.pop_front();
        }
        requested_at
    }

    /// How many tasks the launch rate lets start now, of `wished`; and when more may, if it does not.
    ///
    /// Documented: 500 tasks per minute and service (EC2). Assumed: fixed windows of a minute from the
    /// first start; that Managed Instances have the same quota.
    pub(in crate::model) fn admit(
        &mut self,
        wished: u32,
        rate: u32,
        now: SimTime,
    ) -> (u32, Option<SimTime>) {
        if self.window_used == 0 || now.since(self.window_opened) >= RATE_WINDOW {
            self.window_opened = now;
            self.window_used = 0;
        }
        let admitted = wished.min(rate - self.window_used.min(rate));
        self.window_used += admitted;
        (admitted, (admitted < wished).then(|| self.window_opened + RATE_WINDOW))
    }

    /// Books a pass of the scheduler in which `refused` of so many `tasks` found no room.
    pub(in crate::model) fn refuse(&mut self, tasks: u32, refused: u32, now: SimTime) {
        self.window_used -= refused;
        if refused == 0 {
            self.without_room_since = None;
            return;
        }
        self.without_room_since.get_or_insert(now);
        if refused == tasks && self.digest == Digest::Resolving && self.active.is_empty() {
            self.digest = Digest::Unknown;
            self.digest_attempts -= 1;
        }
    }

    /// How long a task wanted since `since` has waited for room that the service did not find.
    pub(in crate::model) fn time_without_room(&self, since: SimTime, now: SimTime) -> SimDuration {
        self.without_room_since.map_or(SimDuration::ZERO, |from| now.since(from.max(since)))
    }

    /// The most active tasks that a zone may hold while others hold fewer: the fair share of those
    /// desired, or of those placed and one more. Else a replacement that starts before its predecessor
    /// stops would have no share and get an instance of its own.
    pub(in crate::model) fn fair_share(&self, zones: usize) -> u32 {
        let tasks = self.desired_count.max(self.by_zone.iter().sum::<u32>() + 1);
        tasks.div_ceil(u32::try_from(zones.max(1)).unwrap_or(u32::MAX))
    }

    /// Active tasks in a zone.
    pub(in crate::model) fn in_zone(&self, zone: ZoneId) -> u32 {
        self.by_zone[zone.index()]
    }
}
