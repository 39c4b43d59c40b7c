//! Attribute-based selection: what a capacity provider admits.
//!
//! A filter, never a choice: every attribute is AND-ed with the others, the values inside one are
//! OR-ed (documented: EC2 API, InstanceRequirementsRequest; ECS API, InstanceRequirementsRequest).

/// A closed range; a missing maximum is no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range<T> {
    /// The least admitted value.
    pub min: T,
    /// The greatest admitted value.
    pub max: Option<T>,
}

impl<T: PartialOrd> Range<T> {
    /// Whether `value` lies in the range.
    pub fn contains(&self, value: &T) -> bool {
        *value >= self.min && self.max.as_ref().is_none_or(|max| value <= max)
    }
}

/// Whether types with a property are admitted, required or excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inclusion {
    /// With or without it.
    Included,
    /// Only with it.
    Required,
    /// Only without it.
    Excluded,
}

/// Who makes the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CpuManufacturer {
    /// Intel.
    Intel,
    /// AMD.
    Amd,
    /// AWS (Graviton).
    AmazonWebServices,
    /// Apple (EC2 Mac).
    Apple,
}

/// Whether AWS recommends the type today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// Recommended.
    Current,
    /// Superseded, still sold.
    Previous,
}

/// The processor architecture of an instance type or a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CpuArchitecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm.
    Arm64,
}

/// A kind of local storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LocalStorageType {
    /// Spinning disk.
    Hdd,
    /// Solid state.
    Ssd,
}

/// What instance types are admitted; the EC2 default for every field that is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceRequirements {
    /// Default vCPUs.
    pub vcpu_count: Range<u32>,
    /// Memory, MiB.
    pub memory_mib: Range<u32>,
    /// Empty: any. A filter, not a preference.
    pub cpu_manufacturers: Vec<CpuManufacturer>,
    /// Memory per vCPU, GiB.
    pub memory_gib_per_vcpu: Option<Range<f64>>,
    /// Names with `*` wildcards; empty: all.
    pub allowed_instance_types: Vec<String>,
    /// Names with `*` wildcards.
    pub excluded_instance_types: Vec<String>,
    /// Empty: both.
    pub instance_generations: Vec<Generation>,
    /// Price protection, percent over the reference price; `None`: off. (EC2's own default of 20 is
    /// contradicted by what Managed Instances launched.)
    pub on_demand_max_price_percentage_over_lowest_price: Option<u32>,
    /// Spot price protection, percent over the lowest Spot price.
    pub spot_max_price_percentage_over_lowest_price: Option<u32>,
    /// Spot price protection, percent of the on-demand reference price.
    pub max_spot_price_as_percentage_of_optimal_on_demand_price: Option<u32>,
    /// Default: excluded.
    pub bare_metal: Inclusion,
    /// T2, T3, T3a, T4g. Default: excluded.
    pub burstable_performance: Inclusion,
    /// Default: false.
    pub require_hibernate_support: bool,
    /// Network interfaces.
    pub network_interface_count: Option<Range<u32>>,
    /// Baseline network bandwidth, Gbit/s.
    pub network_bandwidth_gbps: Option<Range<f64>>,
    /// Baseline EBS bandwidth, Mbit/s.
    pub baseline_ebs_bandwidth_mbps: Option<Range<u32>>,
    /// Total local storage, GB.
    pub total_local_storage_gb: Option<Range<f64>>,
    /// Default: included.
    pub local_storage: Inclusion,
    /// Empty: both.
    pub local_storage_types: Vec<LocalStorageType>,
    /// `gpu`, `fpga`, `inference`, `media`; empty: any or none.
    pub accelerator_types: Vec<String>,
    /// Number of accelerators; a maximum of 0 excludes them.
    pub accelerator_count: Option<Range<u32>>,
    /// `nvidia`, `amd`, `amazon-web-services`, `xilinx`, `habana`; empty: any.
    pub accelerator_manufacturers: Vec<String>,
    /// Accelerator names in the API's form (`a100`, `t4`...); empty: any.
    pub accelerator_names: Vec<String>,
    /// Memory of all accelerators together, MiB.
    pub accelerator_total_memory_mib: Option<Range<u32>>,
    /// EC2 only. Default: false.
    pub require_encryption_in_transit: bool,
    /// EC2 only: a family whose CPU performance is the least admitted; empty: none.
    pub baseline_performance_families: Vec<String>,
}

impl Default for InstanceRequirements {
    /// Everything but burstable and bare-metal types, as EC2 does (documented).
    fn default() -> Self {
        Self {
            vcpu_count: Range { min: 0, max: None },
            memory_mib: Range { min: 0, max: None },
            cpu_manufacturers: Vec::new(),
            memory_gib_per_vcpu: None,
            allowed_instance_types: Vec::new(),
            excluded_instance_types: Vec::new(),
            instance_generations: Vec::new(),
            on_demand_max_price_percentage_over_lowest_price: None,
            spot_max_price_percentage_over_lowest_price: None,
            max_spot_price_as_percentage_of_optimal_on_demand_price: None,
            bare_metal: Inclusion::Excluded,
            burstable_performance: Inclusion::Excluded,
            require_hibernate_support: false,
            network_interface_count: None,
            network_bandwidth_gbps: None,
            baseline_ebs_bandwidth_mbps: None,
            total_local_storage_gb: None,
            local_storage: Inclusion::Included,
            local_storage_types: Vec::new(),
            accelerator_types: Vec::new(),
            accelerator_count: None,
            accelerator_manufacturers: Vec::new(),
            accelerator_names: Vec::new(),
            accelerator_total_memory_mib: None,
            require_encryption_in_transit: false,
            baseline_performance_families: Vec::new(),
        }
    }
}
