//! What EC2 refuses while a fault is on.

use crate::catalog::{PurchaseOption, VcpuClass};
use crate::scenario::{FaultKind, Quota};
use crate::units::{CPU_UNITS_PER_VCPU, ProviderId, ZoneId};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::draws::Luck;
use super::super::ec2::RefusalReason;
use super::super::setup::Candidate;
use super::chance::hits;
use super::{FaultId, Struck};

impl Cluster<'_> {
    /// Whether a fault makes EC2 refuse a launch, and with what.
    pub(in crate::model) fn refused_by_fault<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        provider: ProviderId,
        zone: ZoneId,
        candidate: usize,
    ) -> Option<RefusalReason> {
        self.refused(step, provider, zone, Some(candidate))
    }

    /// The same for a task on Fargate, but for quotas.
    pub(in crate::model) fn fargate_refused_by_fault<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        provider: ProviderId,
        zone: ZoneId,
    ) -> bool {
        self.refused(step, provider, zone, None).is_some()
    }

    fn refused<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        provider: ProviderId,
        zone: ZoneId,
        candidate: Option<usize>,
    ) -> Option<RefusalReason> {
        for position in 0..self.faults.on.len() {
            let id = self.faults.on[position];
            let refused = self.refusal(step, id, provider, zone, candidate);
            if refused.is_some() {
                self.harmed_provider(id, provider).launches_refused += 1;
                return refused;
            }
        }
        None
    }

    fn refusal<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: FaultId,
        provider: ProviderId,
        zone: ZoneId,
        candidate: Option<usize>,
    ) -> Option<RefusalReason> {
        let setup = self.setup;
        let fault = &setup.faults[id.index()];
        let touches = match candidate {
            Some(candidate) => fault.touches(provider, candidate, zone),
            None => fault.touches_fargate(provider, zone),
        };
        if !touches {
            return None;
        }
        match fault.kind {
            FaultKind::AzOutage { .. } => Some(RefusalReason::ZoneUnavailable),
            FaultKind::AzDegradation { launch_failure_probability, .. } => self
                .launch_struck(step, id, provider, launch_failure_probability)
                .then_some(RefusalReason::InternalError),
            FaultKind::InsufficientCapacity { probability } => self
                .launch_struck(step, id, provider, probability)
                .then_some(RefusalReason::InsufficientInstanceCapacity),
            FaultKind::QuotaReached { quota, class, vcpus } => {
                let wanted = &setup.provider(provider).candidates()[candidate?];
                let full = self.is_over_lowered(wanted, quota, class, vcpus);
                full.then(|| RefusalReason::over_quota(wanted.purchase_option))
            }
            FaultKind::SpotStorm { .. }
            | FaultKind::RebalanceRecommendation { .. }
            | FaultKind::SlowBoot { .. }
            | FaultKind::DeadBoot { .. }
            | FaultKind::AgentDisconnect { .. }
            | FaultKind::ImagePullFailure { .. }
            | FaultKind::SlowRegistry(_)
            | FaultKind::EniAttachFailure { .. }
            | FaultKind::SubnetOutOfAddresses { .. }
            | FaultKind::ApiThrottling { .. }
            | FaultKind::InstanceTerminated { .. }
            | FaultKind::TaskKilled { .. }
            | FaultKind::CrashLoop { .. } => None,
        }
    }

    /// Whether a launch is beyond a quota that a fault has lowered.
    fn is_over_lowered(
        &self,
        wanted: &Candidate,
        quota: Quota,
        class: Option<VcpuClass>,
        vcpus: u32,
    ) -> bool {
        let option = wanted.purchase_option;
        let counts = class.is_none() || class == VcpuClass::of(&wanted.name);
        let then = self.ec2.vcpus_now(option, class) + u64::from(wanted.vcpus);
        quota.bought() == Some(option) && counts && then > u64::from(vcpus)
    }

    /// The quotas that faults have lowered so far that they have no room for a launch: the class of each,
    /// `None` of that of all classes.
    pub(in crate::model) fn lowered_quotas_full_for(
        &self,
        wanted: &Candidate,
    ) -> impl Iterator<Item = Option<VcpuClass>> {
        self.faults.on.iter().filter_map(|id| {
            let FaultKind::QuotaReached { quota, class, vcpus } = self.fault(*id).kind else {
                return None;
            };
            self.is_over_lowered(wanted, quota, class, vcpus).then_some(class)
        })
    }

    /// What faults leave of a quota of Fargate, in CPU units.
    pub(in crate::model) fn lowered_fargate_quota(&self, option: PurchaseOption) -> Option<u64> {
        let lowered = self.faults.on.iter().filter_map(|id| {
            let FaultKind::QuotaReached { quota, vcpus, .. } = self.fault(*id).kind else {
                return None;
            };
            let meant = match option {
                PurchaseOption::OnDemand => Quota::FargateVcpus,
                PurchaseOption::Spot => Quota::FargateSpotVcpus,
            };
            (quota == meant).then(|| u64::from(vcpus) * u64::from(CPU_UNITS_PER_VCPU))
        });
        lowered.min()
    }

    /// Zones in which a fault keeps Fargate from launching at all, bits by position.
    pub(in crate::model) fn closed_to_fargate(&self, provider: ProviderId) -> u64 {
        let closing = self.faults.on.iter().map(|id| self.fault(*id));
        let closing = closing
            .filter(|fault| refuses_all(&fault.kind) && fault.without_instances[provider.index()]);
        closing.fold(0, |zones, fault| zones | fault.zones)
    }

    /// Whether a fault keeps a type from being launched in a zone at all.
    pub(in crate::model) fn is_withheld(
        &self,
        provider: ProviderId,
        candidate: usize,
        zone: ZoneId,
    ) -> bool {
        let touching = |id: &&FaultId| self.fault(**id).touches(provider, candidate, zone);
        self.faults.on.iter().filter(touching).any(|id| refuses_all(&self.fault(*id).kind))
    }

    /// Whether the next launch of a provider is struck.
    fn launch_struck<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: FaultId,
        provider: ProviderId,
        probability: f64,
    ) -> bool {
        let asked = self.faults.asked.entry((id, provider)).or_default();
        let n = *asked;
        *asked += 1;
        hits(probability, step.draws.draw(Luck::Fault(id, Struck::Launch(provider), n)))
    }
}

/// Whether a kind of fault refuses every launch that it touches.
fn refuses_all(kind: &FaultKind) -> bool {
    if let FaultKind::InsufficientCapacity { probability }
    | FaultKind::AzDegradation { launch_failure_probability: probability, .. } = kind
    {
        return *probability >= 1.0;
    }
    matches!(kind, FaultKind::AzOutage { .. })
}
