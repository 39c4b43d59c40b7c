//! An instance of [`Hosts`](super::Hosts): what is seldom looked at.

use crate::scenario::{HostPort, PORT_LIMIT};
use crate::units::SimTime;

use super::ask::NewHost;

/// What is known of the instance in a slot.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) registered_at: SimTime,
    pub(super) ec2_instance_id: Option<Box<str>>,
    pub(super) agent_version: Option<Box<str>>,
    pub(super) agent_connected: bool,
    /// Whether its owner lets it take tasks.
    pub(super) placeable: bool,
    /// Host ports taken.
    pub(super) ports: Vec<HostPort>,
}

impl Entry {
    pub(super) fn new(host: &NewHost<'_>) -> Self {
        Self {
            registered_at: host.registered_at,
            ec2_instance_id: host.ec2_instance_id.map(Box::from),
            agent_version: host.agent_version.map(Box::from),
            agent_connected: true,
            placeable: true,
            ports: Vec::new(),
        }
    }

    /// Whether the ports are free, and few enough.
    pub(super) fn has_ports(&self, wanted: &[HostPort]) -> bool {
        wanted.is_empty()
            || wanted.iter().all(|port| !self.ports.contains(port))
                && self.ports.len() + wanted.len() <= PORT_LIMIT
    }
}
