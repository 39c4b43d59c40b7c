//! What an instance type is, and what it registers with a cluster.

use super::family;
use super::requirements::{CpuArchitecture, CpuManufacturer, Generation, LocalStorageType};
use crate::units::{CPU_UNITS_PER_VCPU, Mib, Resources, UsdPerHour};

/// An EC2 instance type (EC2: DescribeInstanceTypes), joined with what ECS makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceType {
    /// `m7g.large`.
    pub name: String,
    /// Processor architecture.
    pub architecture: CpuArchitecture,
    /// EC2 Mac: ECS has no container instances of these.
    pub macos: bool,
    /// Who makes the processor.
    pub cpu_manufacturer: CpuManufacturer,
    /// Whether AWS recommends it (drifts: dated by the catalogue).
    pub generation: Generation,
    /// The digit of the family: 7 for `m7g`, 4 for `t4g`; `None` where the family has none.
    pub generation_number: Option<u32>,
    /// Default vCPUs.
    pub vcpus: u32,
    /// Nominal memory, MiB.
    pub memory: Mib,
    /// What EC2 flags as burstable (T8i is not flagged, although the user guide lists it).
    pub burstable: bool,
    /// Whether it is bare metal.
    pub bare_metal: bool,
    /// Network interfaces of the default network card.
    pub max_enis: u32,
    /// Network interfaces over all network cards: what `network_interface_count` means.
    pub max_enis_all_cards: u32,
    /// Room for tasks with their own network interface.
    pub task_enis: TaskEnis,
    /// GPUs that software sees: whole devices, or one for a type that holds a part of a GPU.
    pub gpus: u32,
    /// GPUs and other accelerators.
    pub accelerators: Option<Accelerators>,
    /// Instance store.
    pub local_storage: Option<LocalStorage>,
    /// Baseline network bandwidth, Gbit/s, over all cards; `None`: not known.
    pub network_gbps_baseline: Option<f64>,
    /// Peak network bandwidth, Gbit/s, over all cards; `None`: not known.
    pub network_gbps_peak: Option<f64>,
    /// Baseline EBS bandwidth, Mbit/s; `None`: not EBS-optimised.
    pub ebs_baseline_mbps: Option<u32>,
    /// Peak EBS bandwidth, Mbit/s; `None`: not EBS-optimised.
    pub ebs_max_mbps: Option<u32>,
    /// Traffic between such instances is encrypted by the hardware.
    pub encryption_in_transit: bool,
    /// Whether it can hibernate.
    pub hibernation: bool,
    /// Sold as Spot.
    pub spot_supported: bool,
    /// Sold on demand.
    pub on_demand_supported: bool,
    /// CPU credits; `None`: it has none, or they are not known.
    pub burst: Option<BurstBaseline>,
}

/// How many tasks in `awsvpc` network mode an instance holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskEnis {
    /// Without trunking: network interfaces less the instance's own.
    pub plain: u32,
    /// With trunking; equal to `plain` where the type cannot trunk.
    pub trunked: u32,
    /// Whether it can.
    pub trunking: Trunking,
}

/// Whether ECS trunks network interfaces on a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trunking {
    /// It does.
    Supported,
    /// The hardware cannot.
    Unsupported,
    /// The hardware could; ECS refuses (documented list).
    ExcludedByEcs,
    /// Not known: taken as not supported unless AWS's table gives a figure.
    Unknown,
}

/// The accelerators of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accelerators {
    /// `gpu`, `fpga`, `inference`, `media`; `None` where EC2 gives none (Trainium).
    pub kind: Option<String>,
    /// AWS's display name (`A10G`, `Virtex UltraScale+ (VU47P)`).
    pub name: String,
    /// `nvidia`, `amd`, `amazon-web-services`, `xilinx`, `habana`, `qualcomm`.
    pub manufacturer: String,
    /// Devices; one for a type that holds a part of a GPU.
    pub count: u32,
    /// Memory of all together, MiB.
    pub memory: Mib,
}

/// The instance store of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalStorage {
    /// GB of all disks.
    pub total_gb: u32,
    /// Kind of disk.
    pub kind: LocalStorageType,
    /// Number of disks.
    pub disks: u32,
}

/// CPU credits of a burstable type (documented: EC2 user guide, burstable performance instances).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurstBaseline {
    /// Share of each vCPU that is sustained, parts per million.
    pub baseline_ppm_per_vcpu: u32,
    /// Thousandths of a credit (a vCPU-minute) earned in an hour.
    pub millicredits_per_hour: u32,
    /// Thousandths of a credit that accrue at most.
    pub max_millicredits: u32,
    /// Credits at launch in standard mode.
    pub launch_credits: u32,
    /// Whether surplus is bought by default (unlimited mode).
    pub unlimited_by_default: bool,
    /// Price of surplus for each vCPU, Linux; `None`: not known.
    pub surplus_per_vcpu: Option<UsdPerHour>,
}

/// How much of its nominal memory an instance registers: a share, less a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryRule {
    /// The share, parts per million.
    pub ppm: u32,
    /// Less this, MiB.
    pub less_mib: Mib,
}

impl Default for MemoryRule {
    /// ECS Managed Instances (Bottlerocket), 2026: measured at 4 GiB (n = 1), assumed elsewhere.
    fn default() -> Self {
        Self { ppm: 925_000, less_mib: 259 }
    }
}

impl MemoryRule {
    /// What an instance with `nominal` MiB registers, floored to the MiB.
    #[must_use]
    pub fn registered(self, nominal: Mib) -> Mib {
        let share = u64::from(nominal) * u64::from(self.ppm) / 1_000_000;
        Mib::try_from(share).unwrap_or(Mib::MAX).saturating_sub(self.less_mib)
    }
}

impl InstanceType {
    /// `m7g` of `m7g.large`.
    #[must_use]
    pub fn family(&self) -> &str {
        family::of(&self.name)
    }

    /// `large` of `m7g.large`.
    #[must_use]
    pub fn size(&self) -> &str {
        family::size_of(&self.name)
    }

    /// Nominal memory per vCPU, GiB.
    #[must_use]
    pub fn memory_gib_per_vcpu(&self) -> f64 {
        f64::from(self.memory) / 1_024.0 / f64::from(self.vcpus)
    }

    /// What an instance registers with its cluster: all its CPU (documented), memory by `rule`, and
    /// room for task network interfaces with or without `trunking`.
    #[must_use]
    pub fn registered(&self, trunking: bool, rule: MemoryRule) -> Resources {
        Resources { memory: rule.registered(self.memory), ..self.nominal(trunking) }
    }

    /// The same with its nominal memory.
    #[must_use]
    pub fn nominal(&self, trunking: bool) -> Resources {
        Resources {
            cpu: self.vcpus.saturating_mul(CPU_UNITS_PER_VCPU),
            memory: self.memory,
            eni_slots: if trunking { self.task_enis.trunked } else { self.task_enis.plain },
            gpus: self.gpus,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registered_memory_follows_the_measured_rule() {
        let rule = MemoryRule::default();
        let pairs = [(2_048, 1_635), (4_096, 3_529), (8_192, 7_318), (16_384, 14_896)];
        for (nominal, registered) in pairs {
            assert_eq!(rule.registered(nominal), registered);
        }
        assert_eq!(rule.registered(200), 0);
        assert_eq!(MemoryRule { ppm: u32::MAX, less_mib: 0 }.registered(Mib::MAX), Mib::MAX);
    }
}
