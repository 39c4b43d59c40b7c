//! EC2 as far as ECS meets it: it launches what is asked, or refuses.

use std::collections::BTreeMap;

use crate::catalog::{PurchaseOption, VcpuClass, VcpuQuotas};
use crate::units::{
    InstanceId, InstanceTypeId, ProviderId, SimTime, SpotPoolId, UsdPerHour, ZoneId,
};

use super::cluster::{Cluster, Step};
use super::decision::DecisionSink;
use super::draws::Draws;
use super::event::{Effect, Event};
use super::instance::{Instance, InstanceStatus};
use super::setup::{Candidate, ProviderSetup, Setup};
use super::spot::SpotPools;
use super::task::{Stamp, WaitPart};

/// Why EC2 refused a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// The pool (type, zone) is empty.
    InsufficientInstanceCapacity,
    /// The account's quota of running on-demand vCPUs is reached, of all or of a class.
    VcpuLimitExceeded,
    /// The account's quota of Spot vCPUs is reached, of all or of a class.
    MaxSpotInstanceCountExceeded,
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
    /// Of a launch beyond a quota of vCPUs.
    pub(super) const fn over_quota(option: PurchaseOption) -> Self {
        match option {
            PurchaseOption::OnDemand => Self::VcpuLimitExceeded,
            PurchaseOption::Spot => Self::MaxSpotInstanceCountExceeded,
        }
    }

    /// EC2's error code.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InsufficientInstanceCapacity => "InsufficientInstanceCapacity",
            Self::VcpuLimitExceeded => "VcpuLimitExceeded",
            Self::ZoneUnavailable => "Unavailable",
            Self::InternalError => "InternalError",
            Self::NoFreeAddress => "InsufficientFreeAddressesInSubnet",
            Self::MaxSpotInstanceCountExceeded => "MaxSpotInstanceCountExceeded",
        }
    }

    /// What it says of other launches.
    pub(super) const fn closes(self) -> Closed {
        match self {
            Self::InsufficientInstanceCapacity => Closed::Pool,
            Self::ZoneUnavailable | Self::NoFreeAddress => Closed::Zone,
            Self::VcpuLimitExceeded | Self::MaxSpotInstanceCountExceeded | Self::InternalError => {
                Closed::Nothing
            }
        }
    }

    /// What the tasks wait for that were to go there.
    pub(super) const fn wait_part(self) -> WaitPart {
        match self {
            Self::VcpuLimitExceeded | Self::MaxSpotInstanceCountExceeded => WaitPart::Quota,
            Self::InsufficientInstanceCapacity
            | Self::ZoneUnavailable
            | Self::InternalError
            | Self::NoFreeAddress => WaitPart::CapacityRetry,
        }
    }
}

/// vCPUs that a quota counts.
#[derive(Clone, Copy, Debug, Default)]
struct Vcpus {
    quota: Option<u32>,
    /// Running or asked for.
    now: u64,
    peak: u64,
    /// Instances that it refused.
    refused: u64,
}

impl Vcpus {
    fn take(&mut self, vcpus: u32) -> bool {
        let taken = self.now + u64::from(vcpus);
        if self.quota.is_some_and(|quota| taken > u64::from(quota)) {
            return false;
        }
        self.now = taken;
        self.peak = self.peak.max(taken);
        true
    }
}

/// The vCPUs bought in one way: those of all instances, and of each class.
#[derive(Clone, Copy, Debug)]
struct Account {
    all: Vcpus,
    classes: [Vcpus; VcpuClass::ALL.len()],
}

impl Account {
    fn new(quota: Option<u32>, by_class: VcpuQuotas) -> Self {
        let of = |quota| Vcpus { quota, ..Vcpus::default() };
        Self { all: of(quota), classes: by_class.map(of) }
    }

    /// Counts an instance, or says no: then it is as it was.
    fn take(&mut self, candidate: &Candidate) -> bool {
        let mut after = *self;
        let mut counts = [Some(&mut after.all), None];
        counts[1] = class_of(candidate).map(|class| &mut after.classes[class]);
        let admitted = counts.into_iter().flatten().all(|count| count.take(candidate.vcpus));
        if admitted {
            *self = after;
        }
        admitted
    }

    /// The position of a candidate's class, where its quota and not that of all has no room for one more.
    fn full_class(&self, candidate: &Candidate) -> Option<usize> {
        let (mut all, class) = (self.all, class_of(candidate)?);
        let mut of_class = self.classes[class];
        (all.take(candidate.vcpus) && !of_class.take(candidate.vcpus)).then_some(class)
    }

    fn refuse(&mut self, candidate: &Candidate) {
        match self.full_class(candidate) {
            Some(class) => self.classes[class].refused += 1,
            None => self.all.refused += 1,
        }
    }

    fn give(&mut self, candidate: &Candidate) {
        self.all.now -= u64::from(candidate.vcpus);
        if let Some(class) = class_of(candidate) {
            self.classes[class].now -= u64::from(candidate.vcpus);
        }
    }
}

/// The position of a candidate's class.
fn class_of(candidate: &Candidate) -> Option<usize> {
    VcpuClass::of(&candidate.name).map(|class| class as usize)
}

/// What became of a stated quota of vCPUs of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassQuota {
    /// How its instances are bought.
    pub option: PurchaseOption,
    /// Which.
    pub class: VcpuClass,
    /// The quota.
    pub quota: u32,
    /// Most vCPUs running or asked for at one time.
    pub peak: u64,
    /// Instances that it refused.
    pub refused: u64,
}

/// Pools and quotas, shared by all that launch.
#[derive(Clone, Debug)]
pub(super) struct Ec2 {
    on_demand: Account,
    spot_vcpus: Account,
    /// Instances left in the on-demand pools that have a limit. A pool that nobody has asked yet and that
    /// has only its asker's default depth is not listed.
    pools: BTreeMap<(InstanceTypeId, ZoneId), u32>,
    /// Instances left in capacity reservations.
    reserved: BTreeMap<(InstanceTypeId, ZoneId), u32>,
    pub(super) spot: SpotPools,
}

impl Ec2 {
    pub(super) fn new(setup: &Setup) -> Self {
        let [on_demand, spot] = setup.vcpu_quotas;
        Self {
            on_demand: Account::new(setup.vcpu_quota, on_demand),
            spot_vcpus: Account::new(setup.spot.vcpu_quota, spot),
            pools: setup.pools.clone(),
            reserved: setup.reservations.clone(),
            spot: SpotPools::default(),
        }
    }

    const fn account(&self, option: PurchaseOption) -> &Account {
        match option {
            PurchaseOption::OnDemand => &self.on_demand,
            PurchaseOption::Spot => &self.spot_vcpus,
        }
    }

    /// vCPUs that the quota of a class counts now; without one, that of all.
    pub(super) fn vcpus_now(&self, option: PurchaseOption, class: Option<VcpuClass>) -> u64 {
        let account = self.account(option);
        class.map_or(account.all, |class| account.classes[class as usize]).now
    }

    /// Most on-demand vCPUs running or asked for at one time.
    pub(super) const fn peak_vcpus(&self) -> u64 {
        self.on_demand.all.peak
    }

    /// The same for Spot.
    pub(super) const fn peak_spot_vcpus(&self) -> u64 {
        self.spot_vcpus.all.peak
    }

    /// Instances refused by the quota of vCPUs of all classes.
    pub(super) const fn refused_by_quota(&self, option: PurchaseOption) -> u64 {
        self.account(option).all.refused
    }

    /// The quotas of classes that are stated.
    pub(super) fn class_quotas(&self) -> impl Iterator<Item = ClassQuota> + '_ {
        [PurchaseOption::OnDemand, PurchaseOption::Spot].into_iter().flat_map(|option| {
            let classes = VcpuClass::ALL.into_iter().zip(self.account(option).classes);
            classes.filter_map(move |(class, vcpus)| {
                let (peak, refused) = (vcpus.peak, vcpus.refused);
                Some(ClassQuota { option, class, quota: vcpus.quota?, peak, refused })
            })
        })
    }

    /// Whether the stated quotas of vCPUs have room for one more of these.
    fn quota_admits(&self, candidate: &Candidate) -> bool {
        let mut account = *self.account(candidate.purchase_option);
        account.take(candidate)
    }

    fn account_mut(&mut self, option: PurchaseOption) -> &mut Account {
        match option {
            PurchaseOption::OnDemand => &mut self.on_demand,
            PurchaseOption::Spot => &mut self.spot_vcpus,
        }
    }

    /// On-demand instances left in a pool; `None` without a limit. `default` is the depth of pools that
    /// the scenario does not name.
    pub(super) fn on_demand_depth(
        &self,
        candidate: &Candidate,
        zone: ZoneId,
        default: Option<u32>,
    ) -> Option<u32> {
        self.pools.get(&(candidate.instance_type, zone)).copied().or(default)
    }

    /// The same for either way of buying.
    fn depth(
        &mut self,
        (now, draws): (SimTime, &dyn Draws),
        candidate: &Candidate,
        zone: ZoneId,
        default: Option<u32>,
    ) -> Option<u32> {
        let key = (candidate.instance_type, zone);
        match candidate.purchase_option {
            _ if candidate.reserved => Some(self.reserved.get(&key).copied().unwrap_or(0)),
            PurchaseOption::OnDemand => self.on_demand_depth(candidate, zone, default),
            PurchaseOption::Spot => self.spot.left(SpotPoolId::of(key.0, key.1), now, draws),
        }
    }

    /// Takes an instance out of its pool, or says why not.
    fn take(
        &mut self,
        at: (SimTime, &dyn Draws),
        candidate: &Candidate,
        zone: ZoneId,
        default: Option<u32>,
    ) -> Result<(), RefusalReason> {
        let depth = self.depth(at, candidate, zone, default);
        let mut account = *self.account(candidate.purchase_option);
        if !account.take(candidate) {
            self.account_mut(candidate.purchase_option).refuse(candidate);
            return Err(RefusalReason::over_quota(candidate.purchase_option));
        }
        if let Some(depth) = depth {
            let left = depth.checked_sub(1).ok_or(RefusalReason::InsufficientInstanceCapacity)?;
            let key = (candidate.instance_type, zone);
            match candidate.purchase_option {
                _ if candidate.reserved => drop(self.reserved.insert(key, left)),
                PurchaseOption::OnDemand => drop(self.pools.insert(key, left)),
                // A Spot pool counts its members.
                PurchaseOption::Spot => {}
            }
        }
        *self.account_mut(candidate.purchase_option) = account;
        Ok(())
    }

    /// An instance goes back to its pool.
    pub(super) fn terminate(&mut self, candidate: &Candidate, zone: ZoneId, id: InstanceId) {
        self.account_mut(candidate.purchase_option).give(candidate);
        let key = (candidate.instance_type, zone);
        match candidate.purchase_option {
            PurchaseOption::OnDemand => {
                let pools = if candidate.reserved { &mut self.reserved } else { &mut self.pools };
                if let Some(left) = pools.get_mut(&key) {
                    *left += 1;
                }
            }
            PurchaseOption::Spot => self.spot.leave(SpotPoolId::of(key.0, key.1), id),
        }
    }
}

impl Cluster<'_> {
    /// Instances left in the pool of a candidate in a zone; `None` without a limit, 0 also while a Spot
    /// pool is unavailable. Hidden from users, known to EC2.
    pub(super) fn depth_of<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        candidate: &Candidate,
        zone: ZoneId,
        default: Option<u32>,
    ) -> Option<u32> {
        self.ec2.depth((step.now, step.draws), candidate, zone, default)
    }

    /// Whether the account's quotas of vCPUs, or what faults leave of them, have room for one more of
    /// these. An account can look them up, unlike the depth of a pool.
    pub(super) fn quotas_admit(&self, candidate: &Candidate) -> bool {
        self.ec2.quota_admits(candidate) && self.lowered_quotas_full_for(candidate).next().is_none()
    }

    /// Whether nothing but the quota of `full`'s class, or what faults leave of it, refuses it, and
    /// `other` counts in that quota too.
    pub(super) fn full_for_both(&self, full: &Candidate, other: &Candidate) -> bool {
        let class = class_of(full);
        if class != class_of(other) || full.purchase_option != other.purchase_option {
            return false;
        }
        let mut lowered = self.lowered_quotas_full_for(full).peekable();
        let stated = self.ec2.account(full.purchase_option).full_class(full);
        if lowered.peek().is_none() {
            return stated.is_some();
        }
        // The class is full then; that of all must not be, neither lowered nor as stated.
        lowered.all(|lowered| lowered.is_some())
            && (stated.is_some() || self.ec2.quota_admits(full))
    }

    /// EC2's price of a candidate in a zone at a moment.
    #[must_use]
    pub fn ec2_price(&self, candidate: &Candidate, zone: ZoneId, at: SimTime) -> UsdPerHour {
        let pool = SpotPoolId::of(candidate.instance_type, zone);
        match candidate.purchase_option {
            PurchaseOption::OnDemand => candidate.ec2_price,
            PurchaseOption::Spot => self.setup.spot.price(pool, at).unwrap_or(candidate.ec2_price),
        }
    }

    /// Asks EC2 for one instance: it is REQUESTED, or refused: by a fault, for lack of an address, quota
    /// or capacity. The caller gives it a slot and pushes
    /// [`Effect::LaunchInstance`].
    pub(super) fn request_instance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        of: (ProviderId, u32),
        position: usize,
        zone: ZoneId,
        default: Option<u32>,
    ) -> Result<InstanceId, RefusalReason> {
        if self.faults.any()
            && let Some(reason) = self.refused_by_fault(step, of.0, zone, position)
        {
            return Err(reason);
        }
        self.address_for_instance(of.0, zone)?;
        let candidate = &self.setup.provider(of.0).candidates()[position];
        let taken = self.ec2.take((step.now, step.draws), candidate, zone, default);
        if taken.is_err() {
            self.addresses.give(zone);
        }
        taken?;
        Ok(self.add_instance(step, of, position, zone))
    }

    fn add_instance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        of: (ProviderId, u32),
        position: usize,
        zone: ZoneId,
    ) -> InstanceId {
        let id = InstanceId::from_index(self.instances.len());
        let candidate = &self.setup.provider(of.0).candidates()[position];
        let (bought, instance_type) = (candidate.purchase_option, candidate.instance_type);
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        let group = matches!(self.setup.provider(of.0), ProviderSetup::AutoScalingGroup(_));
        let listed = group || bought == PurchaseOption::Spot;
        self.instances.push(Instance::requested(id, of, position, zone, step.now, listed));
        if bought == PurchaseOption::Spot {
            let pool = SpotPoolId::of(instance_type, zone);
            if let Some((until, stretch)) = self.ec2.spot.join(pool, id, step.now, step.draws) {
                let turn = Event::SpotPoolTurns(pool, stretch);
                step.push(Effect::After(until.since(step.now), turn));
            }
        }
        id
    }

    /// An instance that is stopped in a warm pool when the simulation begins.
    pub(super) fn stopped_instance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        of: (ProviderId, u32),
        position: usize,
        zone: ZoneId,
    ) -> Result<InstanceId, RefusalReason> {
        self.address_for_instance(of.0, zone)?;
        let id = self.add_instance(step, of, position, zone);
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Warmed;
        instance.warmed_from = Stamp::at(step.now);
        instance.stopped_at = Stamp::at(step.now);
        Ok(id)
    }

    /// Starts a stopped instance: as a launch it may be refused, but it has its address.
    pub(super) fn start_instance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        default: Option<u32>,
    ) -> Result<(), RefusalReason> {
        let instance = &self.instances[id.index()];
        let (provider, zone) = (instance.capacity_provider, instance.zone);
        let position = instance.candidate as usize;
        if self.faults.any()
            && let Some(reason) = self.refused_by_fault(step, provider, zone, position)
        {
            return Err(reason);
        }
        let candidate = &self.setup.provider(provider).candidates()[position];
        self.ec2.take((step.now, step.draws), candidate, zone, default)
    }

    /// Stops an instance: quota and pool have it back, its address stays (documented: EC2 user guide,
    /// Stop_Start; a quota of vCPUs counts running instances).
    pub(super) fn stop_instance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let candidate = self.candidate_of(&self.instances[id.index()]);
        let instance = &mut self.instances[id.index()];
        instance.running_at = Stamp::NONE;
        instance.stopped_at = Stamp::at(step.now);
        let zone = instance.zone;
        self.ec2.terminate(candidate, zone, id);
        step.push(Effect::InstanceStopped(id));
    }
}
