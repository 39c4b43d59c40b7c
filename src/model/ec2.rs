//! EC2 as far as ECS meets it: it launches what is asked, or refuses.

use std::collections::BTreeMap;

use crate::units::{InstanceTypeId, ProviderId, ZoneId};

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;
use super::setup::{Candidate, Setup};
use super::task::WaitPart;

/// Why EC2 refused a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// The pool (type, zone) is empty.
    InsufficientInstanceCapacity,
    /// The account's quota of running on-demand vCPUs is reached.
    VcpuLimitExceeded,
    /// The zone is gone.
    ZoneUnavailable,
    /// The launch failed for no reason of its own.
    InternalError,
    /// The zone's subnets have no free address.
    NoFreeAddress,
}

/// What a refusal says of other launches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Nothing.
    Nothing,
    /// The pool (type, zone) will not deliver either next time.
    Pool,
    /// Nor will any pool of the zone.
    Zone,
}

impl RefusalReason {
    /// EC2's error code.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InsufficientInstanceCapacity => "InsufficientInstanceCapacity",
            Self::VcpuLimitExceeded => "VcpuLimitExceeded",
            Self::ZoneUnavailable => "Unavailable",
            Self::InternalError => "InternalError",
            Self::NoFreeAddress => "InsufficientFreeAddressesInSubnet",
        }
    }

    /// What it says of other launches.
    pub(super) const fn closes(self) -> Closed {
        match self {
            Self::InsufficientInstanceCapacity => Closed::Pool,
            Self::ZoneUnavailable | Self::NoFreeAddress => Closed::Zone,
            Self::VcpuLimitExceeded | Self::InternalError => Closed::Nothing,
        }
    }

    /// What the tasks wait for that were to go there.
    pub(super) const fn wait_part(self) -> WaitPart {
        match self {
            Self::VcpuLimitExceeded => WaitPart::Quota,
            Self::InsufficientInstanceCapacity
            | Self::ZoneUnavailable
            | Self::InternalError
            | Self::NoFreeAddress => WaitPart::CapacityRetry,
        }
    }
}

impl Cluster<'_> {
    /// Asks EC2 for an instance on behalf of a provider, whatever its kind: faults, addresses, quota and
    /// pools may stand in the way.
    pub(super) fn ask_ec2<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        provider: ProviderId,
        zone: ZoneId,
        candidate: usize,
        default_depth: Option<u32>,
    ) -> Result<(), RefusalReason> {
        if self.faults.any()
            && let Some(reason) = self.refused_by_fault(step, provider, zone, candidate)
        {
            return Err(reason);
        }
        if !self.address_for_instance(zone) {
            if let Some(fault) = self.address_fault(zone) {
                self.harmed_provider(fault, provider).launches_refused += 1;
            }
            return Err(RefusalReason::NoFreeAddress);
        }
        let wanted = &self.setup.provider(provider).candidates()[candidate];
        let launched = self.ec2.launch(wanted, zone, default_depth);
        if launched.is_err() {
            self.addresses.give(zone);
        }
        launched
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
    fn launch(
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
