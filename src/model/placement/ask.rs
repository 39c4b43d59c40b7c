//! What a task asks of the instance that it is placed on.

use std::collections::BTreeMap;

use crate::catalog::CpuArchitecture;
use crate::scenario::{HostPort, PlacementConstraint, PlacementStrategy};
use crate::units::{GroupId, InstanceId, Resources, SimTime, TaskGroupId, ZoneId};

use super::constraint::Constraints;

/// Position in the list of asks that [`Hosts`](super::Hosts) was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId(pub u32);

impl From<GroupId> for AskId {
    /// The ask of a group, in [`Setup::asks`](crate::model::Setup::asks).
    fn from(group: GroupId) -> Self {
        Self(group.0)
    }
}

impl AskId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What all tasks of one group and definition ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Resources reserved.
    pub size: Resources,
    /// Ports of the instance that must be free, each once. Ports of the dynamic range are none of them.
    pub host_ports: Vec<HostPort>,
    /// Processor architecture.
    pub architecture: CpuArchitecture,
    /// Whose tasks `spread` and `distinctInstance` count.
    pub task_group: TaskGroupId,
    /// The strategy, with the default put in where there is none stated. Nothing: the lowest slot.
    pub strategy: Vec<PlacementStrategy>,
    /// The constraints of the definition and of the group.
    pub constraints: Vec<PlacementConstraint>,
}

impl Ask {
    /// Whether an instance with these attributes can satisfy the constraints, as far as they look at
    /// attributes alone.
    #[must_use]
    pub fn admits(&self, attributes: &Attributes) -> bool {
        Constraints::new(&self.constraints).admit_attributes(attributes)
    }
}

/// Attributes of an instance: name to value, empty where it has none.
pub type Attributes = BTreeMap<String, String>;

/// An instance that registers.
#[derive(Clone, Copy, Debug)]
pub struct NewHost<'a> {
    /// Which.
    pub instance: InstanceId,
    /// Its zone.
    pub zone: ZoneId,
    /// Its processor architecture.
    pub architecture: CpuArchitecture,
    /// What it registers and is free.
    pub resources: Resources,
    /// Its attributes, built in and custom (see [`built_in_attributes`]).
    pub attributes: &'a Attributes,
    /// When it registers.
    pub registered_at: SimTime,
    /// Its EC2 instance id, if it has one.
    pub ec2_instance_id: Option<&'a str>,
    /// The version of its agent, if known.
    pub agent_version: Option<&'a str>,
}

/// The value of an attribute that an instance has and a scenario does not say.
const UNKNOWN: &str = "not modelled";

/// The attributes that ECS gives every instance, as far as they are known (documented: ECS developer
/// guide, task-placement-constraints).
#[must_use]
pub fn built_in_attributes(
    availability_zone: &str,
    instance_type: &str,
    architecture: CpuArchitecture,
) -> Attributes {
    let architecture = match architecture {
        CpuArchitecture::X86_64 => "x86_64",
        CpuArchitecture::Arm64 => "arm64",
    };
    [
        ("ecs.availability-zone", availability_zone),
        ("ecs.instance-type", instance_type),
        ("ecs.cpu-architecture", architecture),
        ("ecs.os-type", "linux"),
        ("ecs.os-family", "LINUX"),
        // Every instance has them; their values are not modelled.
        ("ecs.ami-id", UNKNOWN),
        ("ecs.subnet-id", UNKNOWN),
        ("ecs.vpc-id", UNKNOWN),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}
