//! Faults: zones, types, services and images become positions. What no catalogue knows is said before
//! anything runs; what exists and is not there to be touched is said with the answer.

use crate::catalog::{Catalog, wildcard_matches};
use crate::model::{Candidate, FaultSetup, GroupSetup, ProviderSetup, Setup};
use crate::scenario::{Fault, FaultKind, Scenario};
use crate::units::SimTime;

use super::prepare::{Unfit, zone_help};

/// The faults of a scenario against the rest of its setup.
pub(super) fn faults(scenario: &Scenario, setup: &Setup) -> Vec<FaultSetup> {
    scenario.faults.iter().map(|fault| resolved(fault, setup)).collect()
}

fn resolved(fault: &Fault, setup: &Setup) -> FaultSetup {
    let scope = &fault.scope;
    let meant = |name: &String| scope.availability_zone.as_ref().is_none_or(|zone| zone == name);
    let zones = setup.zones.iter().enumerate().filter(|(_, name)| meant(name));
    let own = |provider: &ProviderSetup| {
        scope.capacity_provider.as_ref().is_none_or(|meant| meant == provider.name())
    };
    let outside = |provider: &ProviderSetup| matches!(provider, ProviderSetup::LaunchType(_));
    let reaches_outside = scope.availability_zone.is_none()
        && scope.instance_type.is_none()
        && scope.purchase_option.is_none()
        && reaches_outside(&fault.kind);
    let candidates = |provider: &ProviderSetup| {
        let of = |candidate: &Candidate| {
            let like = scope.instance_type.as_ref();
            let bought = scope.purchase_option;
            own(provider)
                && (!outside(provider) || reaches_outside)
                && like.is_none_or(|like| wildcard_matches(like, &candidate.name))
                && bought.is_none_or(|option| option == candidate.purchase_option)
        };
        provider.candidates().iter().map(of).collect()
    };
    let without_instances = |provider: &ProviderSetup| match provider {
        ProviderSetup::Fargate(fargate) => {
            let bought = scope.purchase_option;
            own(provider)
                && scope.instance_type.is_none()
                && bought.is_none_or(|option| option == fargate.purchase_option)
        }
        ProviderSetup::ManagedInstances(_)
        | ProviderSetup::AutoScalingGroup(_)
        | ProviderSetup::LaunchType(_) => false,
    };
    let group = |group: &GroupSetup| {
        let image = &setup.definition(group.definition).image_name;
        scope.service.as_ref().is_none_or(|service| *service == group.name)
            && scope.image.as_ref().is_none_or(|like| wildcard_matches(like, image))
    };
    FaultSetup {
        name: fault.name.clone(),
        kind: fault.kind.clone(),
        start: SimTime::ZERO + fault.start,
        end: fault.end.map_or(SimTime::MAX, |end| SimTime::ZERO + end),
        zones: zones.fold(0, |bits, (position, _)| bits | 1 << position),
        candidates: setup.providers.iter().map(candidates).collect(),
        without_instances: setup.providers.iter().map(without_instances).collect(),
        groups: setup.groups.iter().map(group).collect(),
    }
}

/// Whether a kind of fault can touch an external instance, which is none of EC2's.
const fn reaches_outside(kind: &FaultKind) -> bool {
    match kind {
        FaultKind::AgentDisconnect { .. }
        | FaultKind::ImagePullFailure { .. }
        | FaultKind::SlowRegistry(_)
        | FaultKind::CrashLoop { .. }
        | FaultKind::TaskKilled { .. } => true,
        FaultKind::AzOutage { .. }
        | FaultKind::AzDegradation { .. }
        | FaultKind::InsufficientCapacity { .. }
        | FaultKind::SpotStorm { .. }
        | FaultKind::RebalanceRecommendation { .. }
        | FaultKind::SlowBoot { .. }
        | FaultKind::DeadBoot { .. }
        | FaultKind::EniAttachFailure { .. }
        | FaultKind::SubnetOutOfAddresses { .. }
        | FaultKind::ApiThrottling { .. }
        | FaultKind::QuotaReached { .. }
        | FaultKind::InstanceTerminated { .. } => false,
    }
}

/// Zones and instance types that do not exist.
pub(super) fn exist(scenario: &Scenario, catalog: &Catalog, unfit: &mut Vec<Unfit>) {
    for fault in &scenario.faults {
        let path = |key: &str| format!("fault.{}.{key}", fault.name);
        let zone = fault.scope.availability_zone.as_ref();
        if let Some(zone) = zone.filter(|zone| !catalog.zones().contains(zone)) {
            unfit.push(Unfit {
                path: path("availability_zone"),
                message: format!(
                    "there is no availability zone \"{zone}\" in {}",
                    catalog.region()
                ),
                help: zone_help(zone, catalog),
            });
        }
        let Some(like) = &fault.scope.instance_type else { continue };
        if !catalog.types().iter().any(|known| wildcard_matches(like, &known.name)) {
            let nearest = catalog.nearest_type(like).unwrap_or("t4g.small");
            unfit.push(Unfit {
                path: path("instance_type"),
                message: format!("no instance type matches \"{like}\""),
                help: format!("did you mean \"{nearest}\"? `*` stands for any characters"),
            });
        }
    }
}

/// Faults whose zone or type is none of the cluster's, in words.
pub(super) fn without_target(setup: &Setup) -> Vec<String> {
    let idle = setup.faults.iter().filter_map(|fault| {
        let what = if fault.zones == 0 {
            "its zone is none of those used"
        } else if !fault.candidates.iter().flatten().chain(&fault.without_instances).any(|it| *it) {
            "no provider may buy such an instance type"
        } else {
            return None;
        };
        Some(format!("fault {} ({}) can touch nothing: {what}", fault.name, fault.kind.name()))
    });
    idle.collect()
}
