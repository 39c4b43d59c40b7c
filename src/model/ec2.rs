//! EC2 as far as ECS meets it: it launches what is asked, or refuses.

use crate::units::ZoneId;

/// Why EC2 refused a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// The pool (type, zone) is empty.
    InsufficientInstanceCapacity,
    /// The account's quota of running on-demand vCPUs is reached.
    VcpuLimitExceeded,
}

impl RefusalReason {
    /// EC2's error code.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InsufficientInstanceCapacity => "InsufficientInstanceCapacity",
            Self::VcpuLimitExceeded => "VcpuLimitExceeded",
        }
    }
}

/// Pools and quota. Pools are per provider and candidate: the scenario states them by type.
#[derive(Clone, Debug)]
pub(super) struct Ec2 {
    quota: Option<u32>,
    pub(super) vcpus: u32,
    pub(super) peak_vcpus: u32,
}

impl Ec2 {
    pub(super) const fn new(quota: Option<u32>) -> Self {
        Self { quota, vcpus: 0, peak_vcpus: 0 }
    }

    /// Whether `vcpus` more fit the quota.
    pub(super) fn admits(&self, vcpus: u32) -> bool {
        self.quota.is_none_or(|quota| self.vcpus.saturating_add(vcpus) <= quota)
    }

    pub(super) fn launch(&mut self, vcpus: u32) {
        self.vcpus += vcpus;
        self.peak_vcpus = self.peak_vcpus.max(self.vcpus);
    }

    pub(super) fn terminate(&mut self, vcpus: u32) {
        self.vcpus -= vcpus;
    }
}

/// What is left of a provider's pools: `depth[candidate][zone]`, `None` without a limit.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    depth: Vec<Vec<Option<u32>>>,
}

impl Pools {
    pub(super) const fn new(depth: Vec<Vec<Option<u32>>>) -> Self {
        Self { depth }
    }

    pub(super) fn depth(&self, candidate: usize, zone: ZoneId) -> Option<u32> {
        self.depth[candidate][zone.index()]
    }

    /// Takes one instance out of a pool; false when it is empty.
    pub(super) fn take(&mut self, candidate: usize, zone: ZoneId) -> bool {
        match &mut self.depth[candidate][zone.index()] {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    /// Gives an instance back.
    pub(super) fn give(&mut self, candidate: usize, zone: ZoneId) {
        if let Some(left) = &mut self.depth[candidate][zone.index()] {
            *left += 1;
        }
    }
}
