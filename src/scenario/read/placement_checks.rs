//! What placement must be to the capacity that it is asked of: the constraints of definition and group
//! together, and what Managed Instances offer.

use std::collections::BTreeSet;

use crate::io::Code;

use super::super::cluster_query::Subject;
use super::super::placement::{PlacementConstraint, PlacementStrategy};
use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spec::{NetworkMode, ProviderKind, Scenario, StrategyItem, TaskDefinition};
use super::checks::Cursors;
use super::placement::{CONSTRAINT, CONSTRAINTS, STRATEGY};
use super::task_definition::mode_word;

/// Attributes that Managed Instances know (documented: ECS developer guide,
/// task-placement-constraints).
const OF_MANAGED_INSTANCES: [&str; 4] =
    ["ecs.subnet-id", "ecs.availability-zone", "ecs.instance-type", "ecs.cpu-architecture"];

/// A service or a RunTask block, as far as placement goes.
struct Group<'a> {
    cursor: &'a TableCursor<'a>,
    definition: usize,
    providers: &'a [StrategyItem],
    strategy: &'a [PlacementStrategy],
    constraints: &'a [PlacementConstraint],
}

/// All checks.
pub(super) fn check(scenario: &Scenario, cursors: &Cursors<'_>) {
    let services = scenario.services.iter().zip(&cursors.services).map(|(service, cursor)| Group {
        cursor,
        definition: service.task_definition,
        providers: &service.strategy,
        strategy: &service.placement_strategy,
        constraints: &service.placement_constraints,
    });
    let run_tasks =
        scenario.run_tasks.iter().zip(&cursors.run_tasks).map(|(run_task, cursor)| Group {
            cursor,
            definition: run_task.task_definition,
            providers: &run_task.strategy,
            strategy: &run_task.placement_strategy,
            constraints: &run_task.placement_constraints,
        });
    let mut told = BTreeSet::new();
    for group in services.chain(run_tasks) {
        // A reference that could not be read points at the first definition.
        let Some(definition) = scenario.task_definitions.get(group.definition) else { continue };
        let named = group.cursor.field("task_definition");
        let named = named.and_then(|field| field.node.value.as_text());
        let own = named == Some(definition.family.as_str());
        let definition = own.then_some(definition);
        if let Some(definition) = definition {
            too_many_constraints(&group, definition);
        }
        let managed = |item: &StrategyItem| {
            let provider = scenario.capacity_providers.get(item.capacity_provider);
            provider
                .is_some_and(|provider| matches!(provider.kind, ProviderKind::ManagedInstances(_)))
        };
        if group.providers.iter().any(managed) {
            of_managed_instances(&group);
            if let Some(definition) = definition.filter(|_| told.insert(group.definition))
                && let Some(cursor) = cursors.definitions.get(group.definition)
            {
                definition_on_managed_instances(definition, cursor, &group);
            }
        }
    }
}

fn too_many_constraints(group: &Group<'_>, definition: &TaskDefinition) {
    let (own, of_definition) = (group.constraints.len(), definition.placement_constraints.len());
    if own > 0
        && own + of_definition > CONSTRAINTS
        && let Some(field) = group.cursor.field(CONSTRAINT)
    {
        let predicate = format!(
            "has {own} entries and the task definition {of_definition}; ECS admits {CONSTRAINTS} together"
        );
        group.cursor.report(field.finding(Code::TooManyEntries, &predicate));
    }
}

fn of_managed_instances(group: &Group<'_>) {
    if !group.strategy.is_empty()
        && let Some(field) = group.cursor.field(STRATEGY)
    {
        let finding = field.finding(Code::NotOffered, "is not offered by Managed Instances");
        group.cursor.report(finding.help(
            "they spread tasks over zones and pack them by themselves: leave it out, or use an Auto \
             Scaling group",
        ));
    }
    if !group.constraints.is_empty() {
        constraints_of_managed_instances(group.cursor, group.constraints);
    }
}

fn constraints_of_managed_instances(cursor: &TableCursor<'_>, constraints: &[PlacementConstraint]) {
    let Some(field) = cursor.field(CONSTRAINT) else { return };
    let known = |subject: &Subject| match subject {
        Subject::Attribute(name) => OF_MANAGED_INSTANCES.contains(&name.as_str()),
        Subject::AgentConnected
        | Subject::AgentVersion
        | Subject::Ec2InstanceId
        | Subject::RegisteredAt
        | Subject::RunningTasksCount
        | Subject::TaskGroup => false,
    };
    let other = constraints.iter().find_map(|constraint| match constraint {
        PlacementConstraint::DistinctInstance => None,
        PlacementConstraint::MemberOf(expression) => {
            let comparisons = expression.term().comparisons();
            comparisons.into_iter().map(|comparison| &comparison.subject).find(|it| !known(it))
        }
    });
    let finding = match other {
        Some(subject) => {
            let predicate = format!("asks for `{}` of Managed Instances", subject.name());
            let known = OF_MANAGED_INSTANCES.join("`, `attribute:");
            let help = format!("they know `attribute:{known}` alone");
            field.finding(Code::NotOffered, &predicate).help(help)
        }
        None => {
            field.finding(Code::NotSimulated, "is not simulated on Managed Instances yet").help(
                "narrow the provider instead: `allowed_instance_types`, `cpu_manufacturers`, or \
             `availability_zones` of the scenario",
            )
        }
    };
    cursor.report(finding);
}

fn definition_on_managed_instances(
    definition: &TaskDefinition,
    cursor: &TableCursor<'_>,
    group: &Group<'_>,
) {
    let mode = definition.network_mode;
    if matches!(mode, NetworkMode::Bridge | NetworkMode::None)
        && let Some(field) = cursor.field("network_mode")
    {
        let predicate = format!("is `{}`, which Managed Instances do not offer", mode_word(mode));
        let finding = field.finding(Code::NotOffered, &predicate);
        cursor.report(
            finding
                .related(group.cursor.span, "this runs on Managed Instances")
                .help("Managed Instances offer `awsvpc` and `host`"),
        );
    }
    if !definition.placement_constraints.is_empty() {
        constraints_of_managed_instances(cursor, &definition.placement_constraints);
    }
    if mode == NetworkMode::Host
        && !definition.port_mappings.is_empty()
        && let Some(field) = cursor.field("port_mappings")
    {
        let span = field.node.span;
        let message = "ports of the host are not simulated on Managed Instances yet";
        let finding = Finding::new(Code::NotSimulated, span, message);
        let help =
            "without them tasks of one port may share an instance; in `awsvpc` mode they may";
        cursor.report(finding.help(help));
    }
}
