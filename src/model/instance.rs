//! An EC2 instance that serves as container instance.

use std::mem::offset_of;
use std::slice::from_ref;

use prefetch_index::prefetch_index;

use crate::units::{InstanceId, ProviderId, SimTime, ZoneId};

use super::image_cache::ImageCache;
use super::service::GroupKind;
use super::task::{Stamp, TaskRef};

/// The states of a container instance, from the launch decision on. (EC2's own states are other words
/// for other things.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceStatus {
    /// Asked of EC2.
    Requested,
    /// In a warm pool: asked of EC2, or running there for the first time.
    Warming,
    /// In a warm pool, initialised.
    Warmed,
    /// Running at EC2, not registered yet.
    Registering,
    /// Takes tasks.
    Active,
    /// Keeps its tasks, takes no new ones.
    Draining,
    /// Terminated.
    Inactive,
}

impl InstanceStatus {
    /// The word for it in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Warming => "WARMED:PENDING",
            Self::Warmed => "WARMED",
            Self::Registering => "REGISTERING",
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// An instance at a moment of its life: anything that happens to it afterwards makes another epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceRef {
    /// Which.
    pub instance: InstanceId,
    /// How many tasks came or went before.
    pub epoch: u32,
}

/// An instance. What every task that comes or goes touches lies on the first cache line.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Instance {
    /// Who launched it.
    pub capacity_provider: ProviderId,
    /// Position in the provider's list of candidates.
    pub candidate: u32,
    /// Where it is.
    pub zone: ZoneId,
    /// Changes with every task that comes or goes.
    pub epoch: u32,
    /// Its slot in the index of free capacity, live or in flight.
    pub(super) slot: u32,
    /// Tasks that hold resources on it.
    pub(super) tasks: u32,
    /// Of those, standalone. A task has 128 CPU units at least: 16 bits count all that an instance holds.
    pub(super) standalone: u16,
    /// Of those, of daemon services.
    pub(super) daemons: u16,
    /// Where in its life it is.
    pub status: InstanceStatus,
    /// Whether ECS reaches its agent. Until it registers there is none to reach.
    pub connected: bool,
    /// Whether its tasks are listed: this much is kept here, where no other line need be looked at.
    listed: bool,
    pub(super) images: ImageCache,
    /// When a task last came or went.
    pub(super) changed_at: SimTime,
    pub(super) id: InstanceId,
    /// Number within the provider, from 0: with the provider's name, its name.
    pub ordinal: u32,
    /// The launch was decided.
    pub requested_at: SimTime,
    /// EC2 says running: its price is charged from then on. None while it is stopped in a warm pool.
    pub running_at: Stamp,
    /// Registered with the cluster.
    pub registered_at: Stamp,
    /// Left the warm pool for its group.
    pub left_warm_pool_at: Stamp,
    /// Began to drain.
    pub draining_at: Stamp,
    /// EC2 recommended to replace it (Spot).
    pub recommended_at: Stamp,
    /// EC2 announced that it takes it back (Spot).
    pub notice_at: Stamp,
    /// Terminated: billing ends.
    pub terminated_at: Stamp,
    /// EC2 said running, for a warm pool: its volume is billed from then on.
    pub warmed_from: Stamp,
    /// Stopped or hibernated in the warm pool: of EC2's bill its volume is left.
    pub stopped_at: Stamp,
    /// Tasks that wait for it, in order.
    pub(super) planned: Vec<TaskRef>,
    /// Until when ECS cannot reach it; [`SimTime::MAX`]: for good.
    pub(super) away_until: SimTime,
}

// What a task that comes or goes touches is one cache line.
const _: () = assert!(offset_of!(Instance, id) == 64, "the first line of an instance is full");
// What a task asks of the instance that it has waited for is another.
const _: () = assert!(offset_of!(Instance, left_warm_pool_at) < 128, "see `prefetch_times`");

impl Instance {
    /// Whether ECS has not heard yet of all that happened on it: it is out of reach, or back this moment.
    #[must_use]
    pub fn is_behind(&self, now: SimTime) -> bool {
        self.away_until >= now && now > SimTime::ZERO
    }

    /// An instance that is asked of EC2 now. Its owner gives it a slot.
    pub(super) fn requested(
        id: InstanceId,
        of: (ProviderId, u32),
        candidate: u32,
        zone: ZoneId,
        now: SimTime,
        listed: bool,
    ) -> Self {
        let (capacity_provider, ordinal) = of;
        Self {
            capacity_provider,
            ordinal,
            candidate,
            zone,
            epoch: 0,
            slot: u32::MAX,
            tasks: 0,
            standalone: 0,
            daemons: 0,
            status: InstanceStatus::Requested,
            connected: true,
            listed,
            images: ImageCache::default(),
            changed_at: now,
            id,
            requested_at: now,
            running_at: Stamp::NONE,
            registered_at: Stamp::NONE,
            draining_at: Stamp::NONE,
            recommended_at: Stamp::NONE,
            notice_at: Stamp::NONE,
            terminated_at: Stamp::NONE,
            warmed_from: Stamp::NONE,
            stopped_at: Stamp::NONE,
            left_warm_pool_at: Stamp::NONE,
            planned: Vec::new(),
            away_until: SimTime::ZERO,
        }
    }

    /// Tasks that hold resources on it.
    #[must_use]
    pub const fn tasks(&self) -> u32 {
        self.tasks
    }

    /// Of those, tasks that are no daemons.
    #[must_use]
    pub const fn tasks_beside_daemons(&self) -> u32 {
        self.tasks - self.daemons as u32
    }

    /// When it was asked for by those who use it: of EC2, or of a warm pool.
    #[must_use]
    pub fn asked_at(&self) -> SimTime {
        self.left_warm_pool_at.get().unwrap_or(self.requested_at)
    }

    /// Whether EC2 charges its price now.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running_at != Stamp::NONE && self.terminated_at == Stamp::NONE
    }

    /// Whether it is stopped, or hibernated, in a warm pool.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.status == InstanceStatus::Warmed && self.running_at == Stamp::NONE
    }

    /// Whether its volume is billed now: it runs, or has run and is not terminated.
    #[must_use]
    pub fn has_volume(&self) -> bool {
        self.has_volume_since().is_some() && self.terminated_at == Stamp::NONE
    }

    /// Since when it has its volume.
    #[must_use]
    pub fn has_volume_since(&self) -> Option<SimTime> {
        self.warmed_from.get().or(self.running_at.get())
    }

    /// When EC2 charged its price, up to `until`: before it was stopped in a warm pool, unless it was
    /// there at the start, and since it runs.
    pub fn charged(&self, until: SimTime) -> impl Iterator<Item = (SimTime, SimTime)> {
        let first = self.warmed_from.get().zip(self.stopped_at.get());
        let since = self.running_at.get().map(|from| (from, until));
        first.filter(|(from, to)| from < to).into_iter().chain(since)
    }

    /// Fetches what a task that has waited for it asks of it: since when it was asked for, running and
    /// registered.
    #[inline]
    pub(super) fn prefetch_times(&self) {
        prefetch_index(from_ref(&self.requested_at), 0);
    }

    /// Whether a list of its tasks is kept.
    pub(super) const fn lists_residents(&self) -> bool {
        self.listed
    }

    /// Which instance this is.
    #[must_use]
    pub const fn id(&self) -> InstanceId {
        self.id
    }

    /// A reference that is stale once a task comes or goes.
    pub(super) const fn reference(&self) -> InstanceRef {
        InstanceRef { instance: self.id, epoch: self.epoch }
    }

    /// A task comes.
    #[inline]
    pub(super) fn admit(&mut self, of: GroupKind, now: SimTime) {
        self.tasks += 1;
        self.standalone += u16::from(of == GroupKind::RunTask);
        self.daemons += u16::from(of == GroupKind::Daemon);
        self.touch(now);
    }

    /// A task goes.
    #[inline]
    pub(super) fn release(&mut self, of: GroupKind, now: SimTime) {
        self.tasks -= 1;
        self.standalone -= u16::from(of == GroupKind::RunTask);
        self.daemons -= u16::from(of == GroupKind::Daemon);
        self.touch(now);
    }

    pub(super) fn touch(&mut self, now: SimTime) {
        self.epoch = self.epoch.wrapping_add(1);
        self.changed_at = now;
    }
}
