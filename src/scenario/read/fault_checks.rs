//! Faults that never happen in a run, or can touch nothing in it: worth a warning, not an error.

use crate::catalog::{PurchaseOption, VcpuClass, wildcard_matches};
use crate::io::Code;

use super::super::fault::{Fault, FaultKind, Quota, Share, Slowness};
use super::super::parameters::faults::UNCHANGED_PPM;
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spec::{CapacityProvider, NetworkMode, ProviderKind, Scenario, TaskDefinition};
use super::super::spot::CapacityOptionType;

/// All of them; `cursors` are the tables in the order of the scenario's faults.
pub(super) fn check(scenario: &Scenario, cursors: &[TableCursor<'_>]) {
    for (fault, cursor) in scenario.faults.iter().zip(cursors) {
        if fault.start > scenario.horizon {
            if let Some(field) = cursor.field("start") {
                let predicate =
                    format!("is after the horizon of {} and never happens", scenario.horizon);
                cursor.report(field.finding(Code::AfterHorizon, &predicate).label("too late"));
            }
            continue;
        }
        if let Some((key, why)) = touches_nothing(scenario, fault) {
            let span = cursor.field(key).map_or(cursor.span, |field| field.node.span);
            let message = format!("`{}` can touch nothing: {why}", cursor.path.shown());
            cursor.report(Finding::new(Code::FaultTouchesNothing, span, message));
        }
    }
}

/// The key that says so, and why.
fn touches_nothing(scenario: &Scenario, fault: &Fault) -> Option<(&'static str, &'static str)> {
    if let Some(reason) = harmless(scenario, &fault.kind) {
        return Some(reason);
    }
    let recommends = matches!(fault.kind, FaultKind::RebalanceRecommendation { .. });
    if (recommends || matches!(fault.kind, FaultKind::SpotStorm { .. })) && !buys_spot(scenario) {
        return Some(("kind", "no capacity provider buys Spot"));
    }
    if recommends && !scenario.capacity_providers.iter().any(rebalances) {
        return Some(("kind", "no group has `capacity_rebalance`: nobody acts on it"));
    }
    let used = |name: &String| scenario.capacity_providers.iter().any(|of| of.name == *name);
    if fault.scope.capacity_provider.as_ref().is_some_and(|name| !used(name)) {
        return Some(("capacity_provider", "no task goes there"));
    }
    let touched =
        || scenario.task_definitions.iter().enumerate().filter(|of| is_used(scenario, fault, of));
    let image = |of: &TaskDefinition| {
        fault.scope.image.as_ref().is_none_or(|pattern| wildcard_matches(pattern, &of.image.name))
    };
    if !touched().any(|(_, of)| image(of)) {
        let key = if fault.scope.image.is_some() { "image" } else { "service" };
        return Some((key, "no task that it could touch uses such an image"));
    }
    let awsvpc = |of: &TaskDefinition| of.network_mode == NetworkMode::Awsvpc;
    let needs_eni = matches!(fault.kind, FaultKind::EniAttachFailure { .. });
    if needs_eni && !touched().any(|(_, of)| awsvpc(of)) {
        return Some(("kind", "no task has a network interface of its own (awsvpc)"));
    }
    let by_rate = matches!(fault.kind, FaultKind::SlowRegistry(Slowness::BytesPerSecond(_)));
    if by_rate && !touched().any(|(_, of)| image(of) && of.image.size_mb.is_some()) {
        return Some(("mb_per_second", "no image has a stated size (`image.size_mb`)"));
    }
    None
}

/// Whether a definition is used by the service that the fault names, or by any.
fn is_used(scenario: &Scenario, fault: &Fault, of: &(usize, &TaskDefinition)) -> bool {
    let revisions = scenario.revisions();
    let services = revisions.iter().map(|of| (&of.service.name, of.task_definition));
    let run_tasks =
        scenario.run_tasks.iter().map(|run_task| (&run_task.name, run_task.task_definition));
    let meant = |name: &String| fault.scope.service.as_ref().is_none_or(|service| service == name);
    services.chain(run_tasks).any(|(name, definition)| definition == of.0 && meant(name))
}

/// What the scenario itself says of a quota. A class has no more than its own and that of all.
fn own_quota(scenario: &Scenario, quota: Quota, class: Option<VcpuClass>) -> Option<u32> {
    let all = match quota {
        Quota::OnDemandVcpus => scenario.on_demand_vcpu_quota,
        Quota::SpotVcpus => scenario.spot.vcpu_quota,
        Quota::FargateVcpus => scenario.fargate.vcpu_quota,
        Quota::FargateSpotVcpus => scenario.fargate.spot_vcpu_quota,
    };
    let of_class = class.zip(quota.bought()).and_then(|(class, option)| match option {
        PurchaseOption::OnDemand => scenario.on_demand_vcpu_quotas[class as usize],
        PurchaseOption::Spot => scenario.spot.vcpu_quotas[class as usize],
    });
    all.into_iter().chain(of_class).min()
}

/// Whether anything is bought on Spot.
fn buys_spot(scenario: &Scenario) -> bool {
    scenario.capacity_providers.iter().any(|provider| match &provider.kind {
        ProviderKind::ManagedInstances(managed) => {
            managed.capacity_option_type == CapacityOptionType::Spot
        }
        ProviderKind::AutoScalingGroup(group) => {
            group.on_demand_percentage_above_base_capacity < 100
        }
        ProviderKind::Fargate(option) => *option == PurchaseOption::Spot,
        ProviderKind::LaunchType(_) => false,
    })
}

fn rebalances(provider: &CapacityProvider) -> bool {
    matches!(&provider.kind, ProviderKind::AutoScalingGroup(group) if group.capacity_rebalance)
}

/// Amounts that change nothing.
fn harmless(scenario: &Scenario, kind: &FaultKind) -> Option<(&'static str, &'static str)> {
    let never = |probability: &f64| {
        (*probability <= 0.0).then_some(("probability", "its probability is 0"))
    };
    let unchanged = |factor: &u64| {
        (*factor == UNCHANGED_PPM).then_some(("factor", "a factor of 1 changes nothing"))
    };
    let none = |share: &Share| match share {
        Share::Ppm(0) => Some(("percent", "0 % of all are none")),
        Share::Count(0) => Some(("count", "it asks for none")),
        Share::Ppm(_) | Share::Count(_) => None,
    };
    match kind {
        FaultKind::InsufficientCapacity { probability }
        | FaultKind::DeadBoot { probability, .. }
        | FaultKind::ImagePullFailure { probability, .. }
        | FaultKind::EniAttachFailure { probability, .. }
        | FaultKind::CrashLoop { probability, .. } => never(probability),
        FaultKind::SlowBoot { factor_ppm, probability } => {
            never(probability).or_else(|| unchanged(factor_ppm))
        }
        FaultKind::AzDegradation { launch_failure_probability, factor_ppm } => {
            unchanged(factor_ppm).filter(|_| *launch_failure_probability <= 0.0)
        }
        FaultKind::AgentDisconnect { share }
        | FaultKind::InstanceTerminated { share }
        | FaultKind::RebalanceRecommendation { share }
        | FaultKind::SpotStorm { share, .. }
        | FaultKind::TaskKilled { share, .. } => none(share),
        FaultKind::SlowRegistry(Slowness::Factor(factor)) => unchanged(factor),
        FaultKind::QuotaReached { quota, class, vcpus } => own_quota(scenario, *quota, *class)
            .filter(|own| vcpus >= own)
            .map(|_| ("vcpus", "the scenario's own quota is not above it")),
        FaultKind::AzOutage { .. }
        | FaultKind::SlowRegistry(Slowness::BytesPerSecond(_))
        | FaultKind::SubnetOutOfAddresses { .. }
        | FaultKind::ApiThrottling { .. } => None,
    }
}
