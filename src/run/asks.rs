//! What each group's tasks ask of placement: definition and group put together, defaults in place.

use crate::catalog::CpuArchitecture;
use crate::model::placement::Ask;
use crate::scenario::{
    AVAILABILITY_ZONE, HostPort, NetworkMode, PlacementStrategy, RunTask, Scenario, Service,
    SpreadField, TaskDefinition,
};
use crate::units::{Resources, TaskGroupId};

/// What a task of a definition reserves.
pub(super) fn size(definition: &TaskDefinition) -> Resources {
    Resources {
        cpu: definition.cpu,
        memory: definition.memory,
        eni_slots: u32::from(definition.network_mode == NetworkMode::Awsvpc),
        gpus: definition.gpus,
    }
}

/// Observed: a task without runtimePlatform got an x86-64 host although a cheaper Graviton type
/// matched.
pub(super) fn architecture(definition: &TaskDefinition) -> CpuArchitecture {
    definition.cpu_architecture.unwrap_or(CpuArchitecture::X86_64)
}

/// The asks of a scenario's groups, as they are put together one by one.
pub(super) struct Asks<'a> {
    scenario: &'a Scenario,
    /// Names of task groups, each once.
    pub(super) task_groups: Vec<String>,
}

impl<'a> Asks<'a> {
    pub(super) const fn new(scenario: &'a Scenario) -> Self {
        Self { scenario, task_groups: Vec::new() }
    }

    /// Documented: a service's tasks are the group `service:NAME`; without a strategy they spread over
    /// zones, and in a zone the instance with fewest of them is preferred.
    /// The definition is that of one of its revisions.
    pub(super) fn of_service(&mut self, service: &Service, definition: usize) -> Ask {
        let definition = &self.scenario.task_definitions[definition];
        let zone = SpreadField::Attribute(AVAILABILITY_ZONE.to_owned());
        let default = [zone, SpreadField::InstanceId].map(PlacementStrategy::Spread);
        self.ask(
            definition,
            format!("service:{}", service.name),
            or_default(&service.placement_strategy, &default),
            &service.placement_constraints,
        )
    }

    /// Documented: standalone tasks are the group `family:FAMILY` unless stated, and have no default
    /// strategy. Assumed: without one any instance is as good as another.
    pub(super) fn of_run_task(&mut self, run_task: &RunTask) -> Ask {
        let definition = &self.scenario.task_definitions[run_task.task_definition];
        let family = || format!("family:{}", definition.family);
        self.ask(
            definition,
            run_task.group.clone().unwrap_or_else(family),
            or_default(&run_task.placement_strategy, &[PlacementStrategy::Random]),
            &run_task.placement_constraints,
        )
    }

    fn ask(
        &mut self,
        definition: &TaskDefinition,
        task_group: String,
        strategy: Vec<PlacementStrategy>,
        constraints: &[crate::scenario::PlacementConstraint],
    ) -> Ask {
        let own = &definition.placement_constraints;
        Ask {
            size: size(definition),
            host_ports: host_ports(definition),
            architecture: architecture(definition),
            task_group: self.group(task_group),
            strategy,
            constraints: own.iter().chain(constraints).cloned().collect(),
        }
    }

    fn group(&mut self, name: String) -> TaskGroupId {
        let known = self.task_groups.iter().position(|other| *other == name);
        TaskGroupId::from_index(known.unwrap_or_else(|| {
            self.task_groups.push(name);
            self.task_groups.len() - 1
        }))
    }
}

fn or_default(
    stated: &[PlacementStrategy],
    default: &[PlacementStrategy],
) -> Vec<PlacementStrategy> {
    if stated.is_empty() { default.to_vec() } else { stated.to_vec() }
}

/// The ports of an instance that a task holds: none in awsvpc mode, where it has an interface of its own,
/// and none of the dynamic range, which has enough.
pub(super) fn host_ports(definition: &TaskDefinition) -> Vec<HostPort> {
    match definition.network_mode {
        NetworkMode::Awsvpc | NetworkMode::None => Vec::new(),
        NetworkMode::Bridge | NetworkMode::Host => definition
            .port_mappings
            .iter()
            .filter(|mapping| mapping.host_port != 0)
            .map(|mapping| HostPort { port: mapping.host_port, protocol: mapping.protocol })
            .collect(),
    }
}
