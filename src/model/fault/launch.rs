//! What EC2 refuses while a fault is on.

use crate::scenario::{FaultKind, Quota};
use crate::units::{ProviderId, ZoneId};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::draws::Luck;
use super::super::ec2::RefusalReason;
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
        candidate: usize,
    ) -> Option<RefusalReason> {
        let setup = self.setup;
        let fault = &setup.faults[id.index()];
        if !fault.touches(provider, candidate, zone) {
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
            FaultKind::QuotaReached { quota: Quota::OnDemandVcpus, vcpus } => {
                let wanted = setup.provider(provider).candidates()[candidate].vcpus;
                (self.ec2.vcpus + u64::from(wanted) > u64::from(vcpus))
                    .then_some(RefusalReason::VcpuLimitExceeded)
            }
            FaultKind::SlowBoot { .. }
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
