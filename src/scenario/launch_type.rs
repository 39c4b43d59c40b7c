//! Launch types that name no capacity provider: container instances, whoever put them there.

use std::collections::BTreeMap;

use crate::catalog::CpuArchitecture;
use crate::units::{CpuUnits, Mib};

/// A launch type other than Fargate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchType {
    /// Any EC2 container instance of the cluster.
    Ec2,
    /// Any external instance.
    External,
}

impl LaunchType {
    /// Both, in the order in which they stand behind the capacity providers.
    pub const ALL: [Self; 2] = [Self::Ec2, Self::External];

    /// AWS's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2",
            Self::External => "EXTERNAL",
        }
    }
}

/// Machines outside AWS that are registered with the cluster (ECS Anywhere).
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalInstance {
    /// Their name.
    pub name: String,
    /// How many.
    pub count: u32,
    /// CPU units of each.
    pub cpu: CpuUnits,
    /// Memory that each registers, MiB.
    pub memory: Mib,
    /// GPUs of each.
    pub gpus: u32,
    /// Processor architecture.
    pub cpu_architecture: CpuArchitecture,
    /// Custom attributes.
    pub attributes: BTreeMap<String, String>,
}
