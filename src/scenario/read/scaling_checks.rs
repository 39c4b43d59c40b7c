//! What targets, policies and scheduled actions must be to each other and to their services.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::deployment_strategy::DeploymentStrategy;
use super::super::field::Field;
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::service_scaling::{
    HIGH_RESOLUTION, PolicyKind, PolicyMetric, Published, STANDARD_RESOLUTION, ScalingPolicy,
};
use super::super::spec::{Scenario, SchedulingStrategy};

/// The tables that the checks point at, in the order of the scenario's lists.
pub(super) struct Cursors<'a> {
    /// `[[scalable_target]]`.
    pub(super) targets: Vec<TableCursor<'a>>,
    /// `[[scaling_policy]]`.
    pub(super) policies: Vec<TableCursor<'a>>,
    /// `[[scheduled_action]]`.
    pub(super) actions: Vec<TableCursor<'a>>,
}

/// Documented (ECS developer guide, predictive-auto-scaling): there is no forecast on less data.
const LEAST_DATA: SimDuration = SimDuration::from_secs(24 * 3_600);

/// All checks, of a scenario whose references could be read.
pub(super) fn check(scenario: &Scenario, cursors: &Cursors<'_>) {
    targets(scenario, cursors);
    for (policy, cursor) in scenario.scaling_policies.iter().zip(&cursors.policies) {
        has_target(scenario, cursor, policy.service);
        has_metric(scenario, cursor, policy);
        has_data(scenario, cursor, policy);
        not_with_two_target_groups(scenario, cursor, policy);
    }
    one_policy_a_metric(scenario, cursors);
    for (action, cursor) in scenario.scheduled_actions.iter().zip(&cursors.actions) {
        has_target(scenario, cursor, action.service);
        let Some(schedule) = &action.schedule else { continue };
        if scenario.instants(schedule).next().is_none()
            && let Some(field) = cursor.field("schedule_expression")
        {
            let predicate = format!(
                "names no time in the {} from {}, 00:00 UTC, and never acts",
                scenario.horizon, scenario.starts_on
            );
            let finding = field.finding(Code::NeverScheduled, &predicate);
            cursor.report(finding.help("change it, or `starts_on`, or lengthen the `horizon`"));
        }
    }
}

fn targets(scenario: &Scenario, cursors: &Cursors<'_>) {
    for (target, cursor) in scenario.scalable_targets.iter().zip(&cursors.targets) {
        let Some(service) = scenario.services.get(target.service) else { continue };
        let Some(field) = cursor.field("service") else { continue };
        if service.scheduling_strategy == SchedulingStrategy::Daemon {
            let predicate = format!("names \"{}\", a daemon service", service.name);
            let finding = field.finding(Code::OfNoDaemon, &predicate);
            cursor.report(
                finding
                    .label("it has no desired count to scale")
                    .help("it runs one task on each instance: scale the instances"),
            );
        }
        let policies = scenario.scaling_policies.iter().map(|policy| policy.service);
        let actions = scenario.scheduled_actions.iter().map(|action| action.service);
        if !policies.chain(actions).any(|of| of == target.service) {
            let finding = field.finding(Code::NoEffect, "is scaled by nothing");
            cursor.report(
                finding
                    .label("no policy and no scheduled action")
                    .help("add a [[scaling_policy]] or a [[scheduled_action]] for it"),
            );
        }
    }
}

fn has_target(scenario: &Scenario, cursor: &TableCursor<'_>, service: usize) {
    if scenario.scalable_targets.iter().any(|target| target.service == service) {
        return;
    }
    let Some(field) = cursor.field("service") else { return };
    let name = scenario.services.get(service).map_or("", |service| &service.name);
    let predicate = format!("names \"{name}\", which is no scalable target");
    let finding = field.finding(Code::PolicyWithoutTarget, &predicate);
    let help = "add a [[scalable_target]] for it, with `min_capacity` and `max_capacity`";
    cursor.report(finding.label("nothing says how far it may scale").help(help));
}

/// The field that says which metric a policy looks at, and what it looks at.
fn metric_of<'a>(
    cursor: &TableCursor<'a>,
    policy: &ScalingPolicy,
) -> (Option<Field<'a>>, Published) {
    match &policy.kind {
        PolicyKind::TargetTracking(own) => {
            let custom = cursor.field("customized_metric_specification");
            (custom.or_else(|| cursor.field("predefined_metric_type")), own.metric)
        }
        PolicyKind::Step(own) => {
            let alarm = cursor.field("alarm").and_then(|field| field.table());
            (alarm.and_then(|alarm| alarm.field("metric")), own.alarm.metric)
        }
        PolicyKind::Predictive(own) => {
            let metric = Published { metric: own.metric, resolution: STANDARD_RESOLUTION };
            (cursor.field("predefined_metric_pair"), metric)
        }
    }
}

/// Documented (ECS developer guide, service-auto-scaling): requests per target are counted for one target
/// group, and a blue/green service has two.
fn not_with_two_target_groups(
    scenario: &Scenario,
    cursor: &TableCursor<'_>,
    policy: &ScalingPolicy,
) {
    let (Some(field), of) = metric_of(cursor, policy) else { return };
    let Some(service) = scenario.services.get(policy.service) else { return };
    if of.metric == PolicyMetric::RequestCountPerTarget
        && service.deployment_configuration.strategy == DeploymentStrategy::BlueGreen
    {
        let predicate =
            format!("is not offered for \"{}\", which deploys BLUE_GREEN", service.name);
        let finding = field.finding(Code::NotOffered, &predicate);
        cursor.report(finding.help("scale on CPU or memory, or deploy ROLLING"));
    }
}

fn has_metric(scenario: &Scenario, cursor: &TableCursor<'_>, policy: &ScalingPolicy) {
    let (Some(field), of) = metric_of(cursor, policy) else { return };
    let Some(service) = scenario.services.get(policy.service) else { return };
    let name = &service.name;
    if let Err(help) = scenario.has_metric(policy.service, of.metric) {
        let predicate = format!("looks at {}, of which \"{name}\" has no data", of.metric.name());
        let finding = field.finding(Code::PolicyWithoutMetric, &predicate);
        cursor.report(finding.label("never a value").help(help));
        return;
    }
    let published = match of.metric {
        PolicyMetric::Cpu => service.monitoring.cpu,
        PolicyMetric::Memory => service.monitoring.memory,
        PolicyMetric::RequestCountPerTarget
        | PolicyMetric::BacklogPerTask
        | PolicyMetric::MessagesVisible
        | PolicyMetric::AgeOfOldestMessage => false,
    };
    if of.resolution == HIGH_RESOLUTION && !published {
        let predicate = format!("looks at a metric that \"{name}\" publishes every 60 seconds");
        let finding = field.finding(Code::PolicyWithoutMetric, &predicate);
        let help = match of.metric {
            PolicyMetric::Cpu | PolicyMetric::Memory => format!(
                "add to the service `monitoring_configuration = {{ metric_configurations = \
                 [{{ metric_names = [\"{}\"], resolution_seconds = 20 }}] }}`",
                of.metric.name()
            ),
            PolicyMetric::RequestCountPerTarget
            | PolicyMetric::BacklogPerTask
            | PolicyMetric::MessagesVisible
            | PolicyMetric::AgeOfOldestMessage => {
                "CPU and memory alone can be had every 20 seconds: take a period of 60".to_owned()
            }
        };
        cursor.report(finding.label("not every 20 seconds").help(help));
    }
}

fn has_data(scenario: &Scenario, cursor: &TableCursor<'_>, policy: &ScalingPolicy) {
    let PolicyKind::Predictive(_) = &policy.kind else { return };
    if scenario.horizon > LEAST_DATA {
        return;
    }
    let Some(field) = cursor.field("policy_type") else { return };
    let predicate = format!(
        "needs a day of data for its first forecast, and the horizon is {}",
        scenario.horizon
    );
    let finding = field.finding(Code::TooLittleData, &predicate);
    cursor
        .report(finding.label("it never acts").help("lengthen the `horizon`: `horizon = \"3d\"`"));
}

/// Documented (service-autoscaling-targettracking): several policies, each with a metric of its own.
fn one_policy_a_metric(scenario: &Scenario, cursors: &Cursors<'_>) {
    let policies = || scenario.scaling_policies.iter().zip(&cursors.policies);
    let tracks = |policy: &ScalingPolicy| matches!(policy.kind, PolicyKind::TargetTracking(_));
    for (position, (policy, cursor)) in policies().enumerate() {
        let (Some(field), of) = metric_of(cursor, policy) else { continue };
        let earlier = policies().take(position).find(|(other, other_cursor)| {
            tracks(policy)
                && tracks(other)
                && other.service == policy.service
                && metric_of(other_cursor, other).1.metric == of.metric
        });
        let Some((other, other_cursor)) = earlier else { continue };
        let predicate = format!("is what \"{}\" tracks already", other.name);
        let finding: Finding = field.finding(Code::SameMetricTwice, &predicate);
        let before = metric_of(other_cursor, other).0.map(|field| field.node.span);
        let finding = finding
            .label("again here")
            .help("a service has one target tracking policy for each metric: leave one out");
        cursor.report(match before {
            Some(span) => finding.related(span, "first here"),
            None => finding,
        });
    }
}
