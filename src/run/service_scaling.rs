//! Service auto scaling: from scenario to setup, and what became of it.

use crate::model::scaling::service::setup::looks_at;
use crate::model::scaling::service::{ScheduledSetup, ServiceScalingSetup};
use crate::observe::Observers;
use crate::scenario::{
    HIGH_RESOLUTION, PolicyMetric, Published, STANDARD_RESOLUTION, ScalableTarget, Scenario,
    ScheduledAction, Service,
};
use crate::units::{ServiceId, SimTime};

use super::answer::ScalingRow;
use super::assemble::World;

/// Every scalable target with what scales it.
pub(super) fn setup(scenario: &Scenario) -> Vec<ServiceScalingSetup> {
    scenario.scalable_targets.iter().map(|target| of_target(scenario, target)).collect()
}

fn of_target(scenario: &Scenario, target: &ScalableTarget) -> ServiceScalingSetup {
    let policies = scenario.scaling_policies.iter();
    let policies: Vec<_> =
        policies.filter(|policy| policy.service == target.service).cloned().collect();
    let service = &scenario.services[target.service];
    let mut metrics: Vec<Published> =
        policies.iter().map(|policy| published(service, looks_at(policy).0)).collect();
    metrics.sort_unstable();
    metrics.dedup();
    let actions = scenario.scheduled_actions.iter();
    ServiceScalingSetup {
        service: ServiceId::from_index(target.service),
        min_capacity: target.min_capacity,
        max_capacity: target.max_capacity,
        policies,
        actions: actions
            .filter(|action| action.service == target.service)
            .map(|action| scheduled(scenario, action))
            .collect(),
        metrics,
    }
}

fn published(service: &Service, metric: PolicyMetric) -> Published {
    let high = match metric {
        PolicyMetric::Cpu => service.monitoring.cpu,
        PolicyMetric::Memory => service.monitoring.memory,
        PolicyMetric::RequestCountPerTarget
        | PolicyMetric::BacklogPerTask
        | PolicyMetric::MessagesVisible
        | PolicyMetric::AgeOfOldestMessage => false,
    };
    Published { metric, resolution: if high { HIGH_RESOLUTION } else { STANDARD_RESOLUTION } }
}

fn scheduled(scenario: &Scenario, action: &ScheduledAction) -> ScheduledSetup {
    let times = action.schedule.iter().flat_map(|schedule| scenario.instants(schedule));
    ScheduledSetup {
        name: action.name.clone(),
        at: times.map(|after| SimTime::ZERO + after).collect(),
        min_capacity: action.min_capacity,
        max_capacity: action.max_capacity,
    }
}

/// A row for each service that scales, in the scenario's order of targets.
pub(super) fn rows(world: &World<'_, '_>, observers: &Observers) -> Vec<ScalingRow> {
    let rows = observers.scaling.all().iter().map(|own| {
        let (least, most) = own.range.unwrap_or_default();
        let reaction = own.first_breach.zip(own.first_reaction);
        ScalingRow {
            name: world.prepared.setup.service_name(own.service).to_owned(),
            min_desired: f64::from(least),
            max_desired: f64::from(most),
            desired_at_end: f64::from(world.cluster.desired_count(own.service)),
            scale_outs: f64::from(own.scale_outs),
            scale_ins: f64::from(own.scale_ins),
            at_max_s: own.at_max.as_secs_f64(),
            first_breach_s: own.first_breach.map(SimTime::as_secs_f64),
            first_reaction_s: reaction.map(|(from, to)| to.since(from).as_secs_f64()),
        }
    });
    rows.collect()
}

/// Whether a timing of service auto scaling could have changed the answer.
pub(super) fn bears(world: &World<'_, '_>, timing: &str) -> bool {
    let mut metrics = world.prepared.setup.scaling.iter().flat_map(|own| &own.metrics);
    match timing {
        "publication_delay" => metrics.any(|metric| metric.resolution > HIGH_RESOLUTION),
        "publication_delay_high_resolution" => {
            metrics.any(|metric| metric.resolution <= HIGH_RESOLUTION)
        }
        _ => metrics.next().is_some(),
    }
}
