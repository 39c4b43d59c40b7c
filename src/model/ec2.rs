//! EC2 as far as ECS meets it: it launches what is asked, or refuses.

use std::collections::BTreeMap;

use crate::units::{InstanceTypeId, ZoneId};

use super::setup::{Candidate, Setup};

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

/// Pools and quota, shared by all that launch.
#[derive(Clone, Debug)]
pub(super) struct Ec2 {
    quota: Option<u32>,
    /// vCPUs running or asked for.
    pub(super) vcpus: u64,
    pub(super) peak_vcpus: u64,
    /// Instances left in the pools that have a limit. A pool that nobody has asked yet and that has only
    /// its asker's default depth is not listed.
    pools: BTreeMap<(InstanceTypeId, ZoneId), u32>,
}

impl Ec2 {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { quota: setup.vcpu_quota, vcpus: 0, peak_vcpus: 0, pools: setup.pools.clone() }
    }

    /// On-demand instances left in a pool; `None` without a limit.
    pub(super) fn depth(
        &self,
        candidate: &Candidate,
        zone: ZoneId,
        default: Option<u32>,
    ) -> Option<u32> {
        self.pools.get(&(candidate.instance_type, zone)).copied().or(default)
    }

    /// Launches an instance, or says why not.
    pub(super) fn launch(
        &mut self,
        candidate: &Candidate,
        zone: ZoneId,
        default: Option<u32>,
    ) -> Result<(), RefusalReason> {
        let vcpus = self.vcpus + u64::from(candidate.vcpus);
        if self.quota.is_some_and(|quota| vcpus > u64::from(quota)) {
            return Err(RefusalReason::VcpuLimitExceeded);
        }
        if let Some(depth) = self.depth(candidate, zone, default) {
            let left = depth.checked_sub(1).ok_or(RefusalReason::InsufficientInstanceCapacity)?;
            self.pools.insert((candidate.instance_type, zone), left);
        }
        self.vcpus = vcpus;
        self.peak_vcpus = self.peak_vcpus.max(vcpus);
        Ok(())
    }

    /// An instance goes back to its pool.
    pub(super) fn terminate(&mut self, candidate: &Candidate, zone: ZoneId) {
        self.vcpus -= u64::from(candidate.vcpus);
        if let Some(left) = self.pools.get_mut(&(candidate.instance_type, zone)) {
            *left += 1;
        }
    }
}
