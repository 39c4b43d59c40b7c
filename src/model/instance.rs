//! An EC2 instance that serves as container instance.

use crate::units::{InstanceId, ProviderId, SimDuration, SimTime, ZoneId};

use super::task::{Stamp, TaskRef};

/// The states of a container instance, from the launch decision on. (EC2's own states are other words
/// for other things.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceStatus {
    /// Asked of EC2.
    Requested,
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

/// What an instance knows of an image.
#[derive(Clone, Copy, Debug)]
pub(super) struct CachedImage {
    pub(super) image: u32,
    /// Still being pulled.
    pub(super) pulling: bool,
    /// Tasks that use or pull it.
    pub(super) users: u32,
    /// When the last user stopped.
    pub(super) unused_since: SimTime,
}

/// An instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Who launched it.
    pub capacity_provider: ProviderId,
    /// Number within the provider, from 0: with the provider's name, its name.
    pub ordinal: u32,
    /// Position in the provider's list of candidates.
    pub candidate: u32,
    /// Where it is.
    pub zone: ZoneId,
    /// Where in its life it is.
    pub status: InstanceStatus,
    /// Changes with every task that comes or goes.
    pub epoch: u32,
    /// Most tasks at one time.
    pub max_tasks: u32,
    /// Its slot in the index of free capacity, live or in flight.
    pub(super) slot: u32,
    /// Standalone tasks on it.
    pub(super) standalone: u32,
    /// When a task last came or went.
    pub(super) changed_at: SimTime,
    /// The launch was decided.
    pub requested_at: SimTime,
    /// EC2 says running: billing starts.
    pub running_at: Stamp,
    /// Registered with the cluster.
    pub registered_at: Stamp,
    /// Began to drain.
    pub draining_at: Stamp,
    /// Terminated: billing ends.
    pub terminated_at: Stamp,
    /// Tasks that hold resources on it.
    pub(super) tasks: Vec<TaskRef>,
    /// Tasks that wait for it, in order; an entry whose task is planned elsewhere by now is stale.
    pub(super) planned: Vec<TaskRef>,
    pub(super) images: Vec<CachedImage>,
    /// Tasks that wait for another task's pull of the same image.
    pub(super) joined_pulls: Vec<(u32, TaskRef)>,
    pub(super) id: InstanceId,
}

impl Instance {
    /// Tasks that hold resources on it.
    #[must_use]
    pub fn tasks(&self) -> &[TaskRef] {
        &self.tasks
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

    pub(super) fn touch(&mut self, now: SimTime) {
        self.epoch = self.epoch.wrapping_add(1);
        self.changed_at = now;
    }
}

/// Documented: an image is removed 15 min after its last user stopped (Managed Instances).
const IMAGE_KEPT: SimDuration = SimDuration::from_secs(15 * 60);

/// What a task that needs an image finds on its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ImageState {
    Absent,
    Pulling,
    Present,
}

impl Instance {
    /// A task begins to use `image`; says what it finds.
    pub(super) fn use_image(&mut self, image: u32, now: SimTime) -> ImageState {
        if let Some(entry) = self.images.iter_mut().find(|entry| entry.image == image) {
            let expired = entry.users == 0 && now.since(entry.unused_since) > IMAGE_KEPT;
            entry.users += 1;
            if expired {
                entry.pulling = true;
                return ImageState::Absent;
            }
            return if entry.pulling { ImageState::Pulling } else { ImageState::Present };
        }
        self.images.push(CachedImage { image, pulling: true, users: 1, unused_since: now });
        ImageState::Absent
    }

    /// The pull of `image` ended: the tasks that joined it, in order.
    pub(super) fn image_pulled(&mut self, image: u32, joined: &mut Vec<TaskRef>) {
        if let Some(entry) = self.images.iter_mut().find(|entry| entry.image == image) {
            entry.pulling = false;
        }
        self.joined_pulls.retain(|(waiting_for, task)| {
            if *waiting_for == image {
                joined.push(*task);
            }
            *waiting_for != image
        });
    }

    /// A task stops using `image`.
    pub(super) fn leave_image(&mut self, image: u32, now: SimTime) {
        if let Some(entry) = self.images.iter_mut().find(|entry| entry.image == image) {
            entry.users = entry.users.saturating_sub(1);
            entry.unused_since = now;
        }
    }
}
