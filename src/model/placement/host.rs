//! An instance of [`Hosts`](super::Hosts): which it is and what is on it.

use crate::scenario::{HostPort, PORT_LIMIT};
use crate::units::{InstanceId, SimTime, TaskGroupId, ZoneId};

use super::ask::NewHost;

/// What is known of the instance in a slot.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) instance: InstanceId,
    pub(super) zone: ZoneId,
    pub(super) registered_at: SimTime,
    pub(super) ec2_instance_id: Option<Box<str>>,
    pub(super) agent_version: Option<Box<str>>,
    pub(super) agent_connected: bool,
    /// Whether its owner lets it take tasks.
    pub(super) placeable: bool,
    /// Tasks that hold resources.
    pub(super) tasks: u32,
    /// Host ports taken.
    pub(super) ports: Vec<HostPort>,
    /// Tasks that count, by group; none of them 0.
    pub(super) held: Vec<Held>,
}

/// The tasks of a group that count on an instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) group: TaskGroupId,
    pub(super) tasks: u32,
    /// The watches of the group (see [`Plans`](super::plan::Plans)) that have the instance on their
    /// list, as bits.
    pub(super) listed: u64,
    /// Under how many tasks they have it.
    pub(super) listed_as: u32,
}

impl Entry {
    pub(super) fn new(host: &NewHost<'_>) -> Self {
        Self {
            instance: host.instance,
            zone: host.zone,
            registered_at: host.registered_at,
            ec2_instance_id: host.ec2_instance_id.map(Box::from),
            agent_version: host.agent_version.map(Box::from),
            agent_connected: true,
            placeable: true,
            tasks: 0,
            ports: Vec::new(),
            held: Vec::new(),
        }
    }

    /// Tasks of a group that count.
    pub(super) fn counted(&self, group: TaskGroupId) -> u32 {
        self.held.iter().find(|held| held.group == group).map_or(0, |held| held.tasks)
    }

    /// Whether the ports are free, and few enough.
    pub(super) fn has_ports(&self, wanted: &[HostPort]) -> bool {
        wanted.is_empty()
            || wanted.iter().all(|port| !self.ports.contains(port))
                && self.ports.len() + wanted.len() <= PORT_LIMIT
    }
}
