//! Service auto scaling: from scenario to setup, and what became of it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::scaling::service::setup::looks_at;
use crate::model::scaling::service::{ScheduledSetup, ServiceScalingSetup};
use crate::observe::{Breach, Observers};
use crate::scenario::{
    HIGH_RESOLUTION, PolicyMetric, Published, STANDARD_RESOLUTION, ScalableTarget, Scenario,
    ScheduledAction, Service,
};
use crate::units::{ServiceId, SimTime};

use super::assemble::World;

/// Service auto scaling of one service.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ScalingRow {
    /// The service.
    pub name: String,
    /// The least desired count, from its creation on.
    pub min_desired: f64,
    /// The greatest.
    pub max_desired: f64,
    /// At the horizon.
    pub desired_at_end: f64,
    /// Changes to more, by policies, scheduled actions and forecasts.
    pub scale_outs: f64,
    /// Changes to fewer.
    pub scale_ins: f64,
    /// Time at `max_capacity`.
    pub at_max_s: f64,
    /// When the first period began whose value asked for more; null where none did.
    pub first_breach_s: Option<f64>,
    /// From there to the first larger desired count; null where there was none.
    pub first_reaction_s: Option<f64>,
    /// Each time that the metrics asked for more and a policy acted, or nothing did to the end: the first
    /// 200; left out where there was none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<BreachRow>,
}

/// How a service answered to more load than its policies want.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Serialize)]
pub struct BreachRow {
    /// Its number, from 0.
    pub breach: f64,
    /// When the first period began whose value asked for more.
    pub at_s: f64,
    /// From there to a larger desired count; null where there was none.
    pub reaction_s: Option<f64>,
    /// From there to as many serving tasks as were desired at last; null where it never came to that.
    pub enough_s: Option<f64>,
    /// Share of the requests of that time, or of the rest of the run, that were not served by then; null
    /// without requests.
    pub not_served_share: Option<f64>,
}

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
            breaches: own.breaches.iter().enumerate().map(breach).collect(),
        }
    });
    rows.collect()
}

fn breach((position, breach): (usize, &Breach)) -> BreachRow {
    let since = |at: Option<SimTime>| at.map(|at| at.since(breach.from).as_secs_f64());
    BreachRow {
        breach: position as f64,
        at_s: breach.from.as_secs_f64(),
        reaction_s: since(breach.reaction),
        enough_s: since(breach.enough),
        not_served_share: breach.not_served_share(),
    }
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
