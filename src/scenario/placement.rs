//! Placement as the ECS API has it: strategies, constraints, port mappings.

use super::cluster_query::Expression;

/// The attribute that holds an instance's availability zone.
pub const AVAILABILITY_ZONE: &str = "ecs.availability-zone";

/// Most ports of an instance that tasks can reserve at a time: 100, less six that every instance keeps.
/// Documented: ECS developer guide, task definition parameters; ports of the dynamic range do not count.
pub const PORT_LIMIT: usize = 100 - 6;

/// One step of a placement strategy: what the steps before it leave equal, it tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlacementStrategy {
    /// Evenly over the values of a field.
    Spread(SpreadField),
    /// Onto the instance with least left of a resource.
    Binpack(BinpackField),
    /// Anywhere.
    Random,
}

/// What `spread` spreads over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpreadField {
    /// Instances: `instanceId`, or `host`.
    InstanceId,
    /// The values of an attribute.
    Attribute(String),
}

/// What `binpack` packs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BinpackField {
    /// CPU units.
    Cpu,
    /// Memory.
    Memory,
}

/// What an instance must be for a task.
#[derive(Clone, Debug, PartialEq)]
pub enum PlacementConstraint {
    /// Without another task of the group.
    DistinctInstance,
    /// One that satisfies an expression.
    MemberOf(Expression),
}

/// Protocols of a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

/// A port of a container and where it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortMapping {
    /// The container's port.
    pub container_port: u16,
    /// The instance's port; 0: one of its dynamic range.
    pub host_port: u16,
    /// Protocol.
    pub protocol: Protocol,
}

/// A port of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// Its number.
    pub port: u16,
    /// Protocol.
    pub protocol: Protocol,
}
