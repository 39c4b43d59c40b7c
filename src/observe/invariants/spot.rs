//! Spot: nothing outlives its notice, nobody exceeds a quota, and a task that goes down with its instance
//! says so.

use crate::catalog::{PurchaseOption, VcpuClass};
use crate::model::{Cluster, Effect, Event, InstanceStatus, StopCode};
use crate::units::SimTime;

use super::Check;

/// What must hold of all instances at any time.
pub(super) fn check(now: SimTime, cluster: &Cluster<'_>) -> Check {
    let spot = &cluster.setup().spot;
    let mut vcpus = [0_u64; 2];
    let quotas = cluster.setup().vcpu_quotas.as_flattened();
    let has_classes = quotas.iter().any(Option::is_some);
    let mut by_class = [[0_u64; VcpuClass::ALL.len()]; 2];
    for instance in cluster.instances() {
        let candidate = cluster.candidate_of(instance);
        // The machines that are not EC2's are under no quota.
        let alive = instance.terminated_at.get().is_none() && !cluster.is_external(instance);
        let stopped =
            instance.status == InstanceStatus::Warmed && instance.running_at.get().is_none();
        let option = candidate.purchase_option;
        let bought = usize::from(option == PurchaseOption::Spot);
        let taken = u64::from(candidate.vcpus) * u64::from(alive && !stopped);
        vcpus[bought] += taken;
        if has_classes && let Some(class) = VcpuClass::of(&candidate.name) {
            by_class[bought][class as usize] += taken;
        }
        let Some(notice) = instance.notice_at.get() else { continue };
        holds!(option == PurchaseOption::Spot, "a notice for an {} instance", option.name());
        holds!(
            !alive || now <= notice + spot.notice,
            "{} lives {} after its notice",
            candidate.name,
            now.since(notice)
        );
        let end = instance.terminated_at.get().unwrap_or(now);
        holds!(end.since(notice) <= spot.notice, "{} outlived its notice", candidate.name);
        let recommended = instance.recommended_at.get().map(|at| notice.since(at));
        holds!(
            recommended == Some(spot.recommendation_lead),
            "the notice came {recommended:?} after the recommendation"
        );
    }
    for (vcpus, quota) in vcpus.into_iter().zip([cluster.setup().vcpu_quota, spot.vcpu_quota]) {
        let quota = quota.map_or(u64::MAX, u64::from);
        holds!(vcpus <= quota, "{vcpus} vCPUs over a quota of {quota}");
    }
    for (vcpus, quota) in by_class.as_flattened().iter().zip(quotas) {
        let quota = quota.map_or(u64::MAX, u64::from);
        holds!(*vcpus <= quota, "{vcpus} vCPUs of a class over its quota of {quota}");
    }
    Ok(())
}

/// What the end of a Spot instance must leave behind.
pub(super) fn check_event(
    now: SimTime,
    event: Event,
    effects: &[Effect],
    cluster: &Cluster<'_>,
) -> Check {
    let Event::SpotReclaim(id) = event else { return Ok(()) };
    let instance = cluster.instance(id);
    holds!(instance.status == InstanceStatus::Inactive, "EC2 took an instance back in vain");
    for effect in effects {
        let Effect::TaskEnded(task) = effect else { continue };
        let (found, stamps) = (cluster.task(*task), cluster.stamps(*task));
        let stopping_before = stamps.stopping_at.get().is_some_and(|at| at < now);
        let code = found.stop_code;
        holds!(
            stopping_before || code == Some(StopCode::SpotInterruption),
            "a task ended with its Spot instance as {code:?}"
        );
    }
    Ok(())
}
