//! What the launch types of container instances do not offer.

use crate::io::Code;

use super::super::launch_type::LaunchType;
use super::super::reader::TableCursor;
use super::super::spec::{NetworkMode, ProviderKind, Scenario, StrategyItem};
use super::checks::Cursors;

/// All checks. Documented (ECS developer guide, ecs-anywhere): external instances have no `awsvpc`
/// network mode.
pub(super) fn check(scenario: &Scenario, cursors: &Cursors<'_>) {
    let services = scenario.services.iter().zip(&cursors.services);
    for (service, cursor) in services {
        on_external(scenario, cursor, service.task_definition, &service.strategy);
    }
    for (run_task, cursor) in scenario.run_tasks.iter().zip(&cursors.run_tasks) {
        on_external(scenario, cursor, run_task.task_definition, &run_task.strategy);
    }
}

fn on_external(
    scenario: &Scenario,
    cursor: &TableCursor<'_>,
    definition: usize,
    strategy: &[StrategyItem],
) {
    let external = ProviderKind::LaunchType(LaunchType::External);
    let goes = strategy.iter().any(|item| {
        let provider = scenario.capacity_providers.get(item.capacity_provider);
        provider.is_some_and(|provider| provider.kind == external)
    });
    let Some(definition) = scenario.task_definitions.get(definition).filter(|_| goes) else {
        return;
    };
    if definition.network_mode == NetworkMode::Awsvpc
        && let Some(field) = cursor.field("launch_type")
    {
        let predicate =
            format!("has no awsvpc network mode, which \"{}\" asks for", definition.family);
        let finding = field.finding(Code::NotOffered, &predicate);
        cursor.report(finding.help(
            "external instances offer `network_mode = \"bridge\"`, \"host\" and \"none\"; a task \
             definition that says nothing is awsvpc here",
        ));
    }
}
