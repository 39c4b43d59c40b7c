//! What a daemon service is not: a number of tasks, a choice of instances, and on capacity without
//! container instances anything at all.

use crate::io::Code;

use super::super::document::Value;
use super::super::parameters::auto_scaling_group::PLACEMENT_RETRY;
use super::super::reader::TableCursor;
use super::super::spec::{ProviderKind, Scenario, SchedulingStrategy, Service};
use super::checks::Cursors;
use super::placement::STRATEGY;

/// All checks. Documented: ECS API, CreateService.
pub(super) fn check(scenario: &Scenario, cursors: &Cursors<'_>) {
    let services = || scenario.services.iter().zip(&cursors.services);
    for (service, cursor) in services().filter(|(service, _)| is_daemon(service)) {
        has_no_count(cursor);
        has_no_strategy(service, cursor);
        has_instances(scenario, service, cursor);
        has_no_scheduler(service, cursor);
        has_no_other_deployment(service, cursor);
    }
    for (update, cursor) in scenario.service_updates.iter().zip(&cursors.updates) {
        let Some((service, of)) = services().nth(update.service) else { continue };
        // A reference that could not be read points at the first service.
        let named = cursor.field("service").and_then(|field| field.node.value.as_text());
        if is_daemon(service) && named == Some(service.name.as_str()) {
            let Some(field) = cursor.field("desired_count") else { continue };
            let predicate = format!("is set for \"{}\", a daemon service", service.name);
            let finding = field.finding(Code::OfNoDaemon, &predicate).label("it has none");
            let daemon = of.field(KEY).map_or(of.span, |field| field.node.span);
            cursor.report(
                finding
                    .related(daemon, "a daemon service")
                    .help("it runs one task on each instance: change the number of instances"),
            );
        }
    }
}

const KEY: &str = "scheduling_strategy";

fn is_daemon(service: &Service) -> bool {
    service.scheduling_strategy == SchedulingStrategy::Daemon
}

fn has_no_count(cursor: &TableCursor<'_>) {
    if let Some(field) = cursor.field("desired_count") {
        let finding = field.finding(Code::OfNoDaemon, "stands in a daemon service");
        cursor.report(
            finding
                .label("it has none")
                .help("it runs one task on each instance: leave the count out"),
        );
    }
}

fn has_no_strategy(service: &Service, cursor: &TableCursor<'_>) {
    if let Some(field) = cursor.field(STRATEGY).filter(|_| !service.placement_strategy.is_empty()) {
        let finding = field.finding(Code::OfNoDaemon, "stands in a daemon service");
        cursor.report(
            finding
                .label("nothing to choose")
                .help("it runs on every instance; `placement_constraints` leave some out"),
        );
    }
}

/// Settings of the scheduler of a replica service: its first task's digest is waited for, and a task
/// without room is tried again. A daemon task starts with its instance and has its room kept. What is
/// as by default is not asked for.
fn has_no_scheduler(service: &Service, cursor: &TableCursor<'_>) {
    let settings = [
        ("version_consistency", !service.version_consistency),
        ("placement_retry", service.placement_retry != PLACEMENT_RETRY),
    ];
    for (key, _) in settings.into_iter().filter(|(_, differs)| *differs) {
        if let Some(field) = cursor.field(key) {
            let finding = field.finding(Code::NoEffect, "has no effect: this is a daemon service");
            let help = "leave it out: its tasks start one by one, with the instances";
            cursor.report(finding.label("nothing follows from it").help(help));
        }
    }
}

/// What the deployment of a replica service asks for. Documented (ECS API, `DeploymentConfiguration`):
/// `maximumPercent` of a daemon service stays 100.
fn has_no_other_deployment(service: &Service, cursor: &TableCursor<'_>) {
    if let Some(field) = cursor.field("task_protection") {
        let finding = field.finding(Code::NotSimulated, "of a daemon service is not simulated");
        let help =
            "its number follows the instances, and never shrinks but with them: leave it out";
        cursor.report(finding.label("nothing scales in").help(help));
    }
    let own = cursor.field("deployment_configuration");
    let own = own.filter(|field| matches!(field.node.value, Value::Table(_)));
    let Some(own) = own.and_then(|field| field.table()) else { return };
    let configuration = &service.deployment_configuration;
    let report = |key: &'static str, predicate: &str, help: &str| {
        if let Some(field) = own.field(key) {
            let finding = field.finding(Code::NotSimulated, predicate).label("not simulated");
            cursor.report(finding.help(help));
        }
    };
    if configuration.shifts_traffic() {
        let help = "its tasks are replaced on each instance, one for one: leave it out";
        report("strategy", "of a daemon service can only be ROLLING", help);
    }
    if configuration.early_success.is_some() {
        let help = "leave it out";
        report("early_success_criteria", "of a daemon service is not simulated", help);
    }
    if configuration.maximum_percent != 100
        && let Some(field) = own.field("maximum_percent")
    {
        let predicate =
            "of a daemon service is 100: there is never more than one task on an instance";
        let finding = field.finding(Code::OfNoDaemon, predicate).label("not 100");
        cursor.report(finding.help(
            "leave it out; `minimum_healthy_percent` says on how many instances tasks are replaced \
             at once",
        ));
    }
}

fn has_instances(scenario: &Scenario, service: &Service, cursor: &TableCursor<'_>) {
    let Some(field) = cursor.field(KEY) else { return };
    let kinds = service.strategy.iter().filter_map(|item| {
        scenario.capacity_providers.get(item.capacity_provider).map(|provider| &provider.kind)
    });
    for kind in kinds.take(1) {
        let finding = match kind {
            ProviderKind::Fargate(_) => {
                let finding = field.finding(Code::NotOffered, "is not offered by Fargate");
                finding.help(
                    "it has no instances: put the container beside the others of each task definition",
                )
            }
            ProviderKind::ManagedInstances(_) => {
                let predicate = "is not simulated on Managed Instances: these have managed daemons";
                field.finding(Code::NotSimulated, predicate).help(
                    "managed daemons are not simulated yet: add its size to that of the tasks, or use \
                     an Auto Scaling group",
                )
            }
            ProviderKind::AutoScalingGroup(_) | ProviderKind::LaunchType(_) => continue,
        };
        cursor.report(finding);
    }
}
