//! Why tasks of a group find no room on the container instances of a provider: told at the end of a run.

use crate::units::{GroupId, InstanceId, Limit, ProviderId};

use super::super::cluster::Cluster;
use super::super::instance::InstanceStatus;
use super::super::placement::{AskId, Blocked};
use super::super::setup::ProviderSetup;
use super::Provider;

/// What tasks wait for that no instance takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoRoom {
    /// CPU, memory, network interfaces or GPUs, and the group still may grow.
    Growth,
    /// The same where the account's quota of vCPUs holds the group back.
    Quota,
    /// The same where nothing adds instances: a fixed fleet.
    Resources,
    /// The same where the group has `max_size` instances.
    MaxSize,
    /// What daemon tasks hold would be room enough, and no further instance comes or would have more.
    Daemons,
    /// Ports of the instance, and no further one comes.
    HostPorts,
    /// No instance satisfies the constraints.
    PlacementConstraints,
    /// Room, and the group does not grow for such tasks: its smallest type cannot hold one.
    Incompatible,
}

impl Cluster<'_> {
    /// What tasks of a group wait for on the instances of a provider or launch type; `None`: one of them
    /// would take a task, or it has no such instances.
    #[must_use]
    pub fn no_room(&self, id: ProviderId, group: GroupId) -> Option<NoRoom> {
        self.hosts(id)?;
        // The instance that comes nearest to taking a task tells.
        let mut nearest: Option<(Blocked, bool)> = None;
        let active = |id: &InstanceId| self.instances[id.index()].status == InstanceStatus::Active;
        let all = (0..self.instances.len()).map(InstanceId::from_index).filter(active);
        for instance in all {
            let Some(slot) = self.slot_in(id, instance) else { continue };
            let blocked = self.hosts(id)?.blocked(slot, AskId::from(group))?;
            let daemons = blocked == Blocked::Resources && self.daemons_hold(instance, group);
            nearest = nearest.max(Some((blocked, daemons)));
        }
        let grows = self.grows(id);
        Some(match nearest {
            _ if !self.could_satisfy(id, group) => NoRoom::PlacementConstraints,
            _ if !self.fits_beside_daemons(id, group) => NoRoom::Daemons,
            _ if !self.grows_for(id, group) => NoRoom::Incompatible,
            _ if self.quota_holds(id) => NoRoom::Quota,
            _ if grows == Some(true) => NoRoom::Growth,
            Some((Blocked::Attributes | Blocked::Constraints, _)) => NoRoom::PlacementConstraints,
            Some((Blocked::HostPorts, _)) => NoRoom::HostPorts,
            Some((Blocked::Resources, true)) => NoRoom::Daemons,
            Some((Blocked::Resources | Blocked::Closed, _)) | None if grows.is_some() => {
                NoRoom::MaxSize
            }
            Some((Blocked::Resources | Blocked::Closed, _)) | None => NoRoom::Resources,
        })
    }

    /// The one thing that most of the instances of a provider lack for a task of a group that have all
    /// others; `None`: there are none, or they lack more.
    #[must_use]
    pub fn short_of(&self, id: ProviderId, group: GroupId) -> Option<Limit> {
        let size = self.setup.group(group).ask.size;
        let mut counts = Limit::ALL.map(|limit| (0_u32, limit));
        let own = (0..self.instances.len()).map(InstanceId::from_index).filter(|instance| {
            let found = &self.instances[instance.index()];
            found.status == InstanceStatus::Active && found.capacity_provider == id
        });
        for free in own.filter_map(|instance| self.free_resources(instance)) {
            let lacks = |limit: &Limit| free.get(*limit) < size.get(*limit);
            let mut lacking = Limit::ALL.into_iter().filter(lacks);
            if let (Some(one), None) = (lacking.next(), lacking.next()) {
                counts.iter_mut().filter(|(_, of)| *of == one).for_each(|(count, _)| *count += 1);
            }
        }
        let most = counts.into_iter().max_by_key(|(count, _)| *count)?;
        (most.0 > 0).then_some(most.1)
    }

    /// Whether a group with managed scaling may have more instances than it shall have now.
    fn grows(&self, id: ProviderId) -> Option<bool> {
        let ProviderSetup::AutoScalingGroup(own) = self.setup.provider(id) else { return None };
        let managed = own.settings.managed_scaling.enabled;
        managed.then(|| {
            self.scaling_group(id).is_some_and(|group| group.desired < own.settings.max_size)
        })
    }

    /// Whether a group wants more instances than it has and the quotas of vCPUs, or what faults leave of
    /// them, admit none of its types.
    fn quota_holds(&self, id: ProviderId) -> bool {
        let wants = self.scaling_group(id).is_some_and(|group| group.size < group.desired);
        let mut candidates = self.setup.provider(id).candidates().iter();
        wants && !candidates.any(|candidate| self.quotas_admit(candidate))
    }

    /// Whether any instance that a group may launch satisfies the constraints, as far as they look at
    /// attributes alone; `true` where none is launched.
    fn could_satisfy(&self, id: ProviderId, group: GroupId) -> bool {
        let ProviderSetup::AutoScalingGroup(own) = self.setup.provider(id) else { return true };
        own.could_satisfy(&self.setup.group(group).ask, &self.setup.zones)
    }

    /// Whether tasks of a group count in CapacityProviderReservation; `true` without managed scaling.
    fn grows_for(&self, id: ProviderId, group: GroupId) -> bool {
        let Provider::AutoScalingGroup(own) = &self.providers[id.index()] else { return true };
        own.counts(group)
    }

    /// Whether an empty instance of a group would hold a task beside its daemons; `true` where there are
    /// no types to choose from.
    fn fits_beside_daemons(&self, id: ProviderId, group: GroupId) -> bool {
        let size = self.setup.group(group).ask.size;
        let all = self.setup.provider(id).candidates();
        let holds = |of| size.fits(&self.setup.room_beside_daemons(id, of));
        all.is_empty() || all.iter().any(holds)
    }

    /// Whether a task would fit on an instance without its daemon tasks.
    fn daemons_hold(&self, id: InstanceId, group: GroupId) -> bool {
        let Some(free) = self.free_resources(id) else { return false };
        let daemons = self.tasks_on(id).into_iter().filter(|task| self.is_daemon(*task));
        let room = daemons.fold(free.plus(&self.kept_for_daemons(id)), |room, task| {
            room.plus(&self.setup.group(self.tasks.get(task).group).ask.size)
        });
        self.setup.group(group).ask.size.fits(&room)
    }
}
