//! `availability_zone_rebalancing`: what is asked for, and what a service must be to have it.

use crate::io::Code;

use super::super::cluster_query::Subject;
use super::super::launch_type::LaunchType;
use super::super::parameters::zone_rebalancing::AVAILABILITY_ZONE_REBALANCING;
use super::super::placement::{
    AVAILABILITY_ZONE, PlacementConstraint, PlacementStrategy, SpreadField,
};
use super::super::reader::TableCursor;
use super::super::spec::{ProviderKind, Scenario, SchedulingStrategy, Service};

const KEY: &str = "availability_zone_rebalancing";

/// The words of the API.
pub(in super::super) const SWITCH: [(&str, bool); 2] = [("ENABLED", true), ("DISABLED", false)];

/// What is asked for.
pub(super) fn read(service: &TableCursor<'_>) -> bool {
    service.parameter(KEY, AVAILABILITY_ZONE_REBALANCING, |field| field.word(&SWITCH))
}

/// Turns it off where a service cannot have it. Documented (ECS developer guide,
/// service-rebalancing): such a service cannot turn it on, and a new one that says nothing is without.
pub(super) fn settle(scenario: &mut Scenario, services: &[TableCursor<'_>]) {
    for (position, cursor) in services.iter().enumerate() {
        let service = &scenario.services[position];
        if !service.availability_zone_rebalancing {
            continue;
        }
        let Some((code, obstacle)) = obstacle(scenario, service) else { continue };
        if let Some(field) = cursor.field(KEY) {
            let finding = field.finding(code, obstacle).label("cannot be turned on");
            cursor.report(finding.help("write \"DISABLED\", or leave it out: then it is off"));
        }
        scenario.services[position].availability_zone_rebalancing = false;
    }
}

/// Why a service cannot have it.
fn obstacle(scenario: &Scenario, service: &Service) -> Option<(Code, &'static str)> {
    if service.scheduling_strategy == SchedulingStrategy::Daemon {
        return Some((Code::OfNoDaemon, "stands in a daemon service"));
    }
    let is_external = |kind: &ProviderKind| match kind {
        ProviderKind::LaunchType(launch_type) => *launch_type == LaunchType::External,
        ProviderKind::ManagedInstances(_)
        | ProviderKind::AutoScalingGroup(_)
        | ProviderKind::Fargate(_) => false,
    };
    let mut kinds = service.strategy.iter().filter_map(|item| {
        scenario.capacity_providers.get(item.capacity_provider).map(|provider| &provider.kind)
    });
    if kinds.any(is_external) {
        return Some((Code::NotOffered, "is not offered on external instances"));
    }
    if service.deployment_configuration.maximum_percent <= 100 {
        return Some((
            Code::NotOffered,
            "is not offered with a `maximum_percent` of 100: no task may start before one stops",
        ));
    }
    let spreads = |step: &PlacementStrategy| {
        matches!(step, PlacementStrategy::Spread(SpreadField::Attribute(name))
            if name == AVAILABILITY_ZONE)
    };
    if service.placement_strategy.first().is_some_and(|step| !spreads(step)) {
        return Some((
            Code::NotOffered,
            "is not offered where the first step of the placement strategy is not a spread over \
             `attribute:ecs.availability-zone`",
        ));
    }
    let definition = scenario.task_definitions.get(service.task_definition);
    let of_definition = definition.into_iter().flat_map(|of| &of.placement_constraints);
    let names_zone = service.placement_constraints.iter().chain(of_definition).any(looks_at_zones);
    names_zone.then_some((
        Code::NotOffered,
        "is not offered beside a placement constraint on `attribute:ecs.availability-zone`",
    ))
}

fn looks_at_zones(constraint: &PlacementConstraint) -> bool {
    let PlacementConstraint::MemberOf(expression) = constraint else { return false };
    let comparisons = expression.term().comparisons();
    comparisons.iter().any(|comparison| {
        let Subject::Attribute(name) = &comparison.subject else { return false };
        name == AVAILABILITY_ZONE
    })
}
