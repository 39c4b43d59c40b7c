//! Whether every task has an instance type that can hold it.

use crate::model::{Candidate, Definition, ProviderSetup, Setup};
use crate::scenario::LaunchType;
use crate::units::Resources;

use super::prepare::{Unfit, architecture_name};

/// Each group's task must fit some candidate of each provider that its strategy can send it to.
pub(super) fn every_task_fits(setup: &Setup, unfit: &mut Vec<Unfit>) {
    let mut told = std::collections::BTreeSet::new();
    for group in &setup.groups {
        let definition = setup.definition(group.definition);
        for item in group.strategy.iter().filter(|item| item.base > 0 || item.weight > 0) {
            let provider = &setup.providers[item.capacity_provider];
            let candidates = candidates_of(setup, provider);
            let fits = candidates.iter().any(|candidate| {
                candidate.architecture == definition.architecture
                    && definition.size.fits(&candidate.registered)
            });
            let key = (item.capacity_provider, group.definition);
            if fits || !told.insert(key) {
                continue;
            }
            if !candidates.is_empty() {
                unfit.push(fits_nowhere(definition, provider.name(), &candidates));
            } else if let ProviderSetup::LaunchType(own) = provider {
                unfit.push(no_instances(&group.name, own.launch_type));
            }
        }
    }
}

/// The types on which tasks of a provider or launch type may run. The launch type EC2 uses the instances
/// of all groups.
fn candidates_of<'s>(setup: &'s Setup, provider: &'s ProviderSetup) -> Vec<&'s Candidate> {
    match provider {
        ProviderSetup::LaunchType(own) if own.launch_type == LaunchType::Ec2 => {
            let groups = setup
                .providers
                .iter()
                .filter(|provider| matches!(provider, ProviderSetup::AutoScalingGroup(_)));
            groups.flat_map(ProviderSetup::candidates).collect()
        }
        ProviderSetup::ManagedInstances(_)
        | ProviderSetup::AutoScalingGroup(_)
        | ProviderSetup::LaunchType(_) => provider.candidates().iter().collect(),
        // Its sizes are judged with the definitions.
        ProviderSetup::Fargate(_) => Vec::new(),
    }
}

fn no_instances(group: &str, launch_type: LaunchType) -> Unfit {
    let (what, help) = match launch_type {
        LaunchType::Ec2 => (
            "EC2 container instances",
            "add a capacity provider with an auto_scaling_group_provider: a fixed fleet is a group with \
             min_size = max_size",
        ),
        LaunchType::External => ("external instances", "add an [[external_instance]]"),
    };
    Unfit {
        path: group.to_owned(),
        message: format!(
            "its launch type is {}, and the cluster has no {what}",
            launch_type.name()
        ),
        help: help.to_owned(),
    }
}

fn fits_nowhere(definition: &Definition, provider: &str, candidates: &[&Candidate]) -> Unfit {
    let path = format!("task_definition.{}", definition.family);
    let same: Vec<&Candidate> = candidates
        .iter()
        .copied()
        .filter(|candidate| candidate.architecture == definition.architecture)
        .collect();
    let Some(largest) = same.iter().max_by_key(|candidate| score(&definition.size, candidate))
    else {
        return Unfit {
            path,
            message: format!(
                "needs {}, and {} admits no such type",
                architecture_name(definition.architecture),
                provider
            ),
            help: "state runtime_platform.cpu_architecture, or widen cpu_manufacturers; a task \
                   without an architecture gets x86-64"
                .to_owned(),
        };
    };
    let missing: Vec<String> = crate::units::Limit::ALL
        .into_iter()
        .filter(|limit| definition.size.get(*limit) > largest.registered.get(*limit))
        .map(|limit| {
            format!(
                "{} {} of {}",
                limit.name(),
                definition.size.get(limit),
                largest.registered.get(limit)
            )
        })
        .collect();
    Unfit {
        path,
        message: format!("fits none of the {} types that {} admits", same.len(), provider),
        help: format!(
            "the nearest is {} and lacks: {} (memory is what the instance registers, less than \
             nominal); widen the requirements or make the task smaller",
            largest.name,
            missing.join(", ")
        ),
    }
}

/// How near a candidate comes to holding a task: dimensions met, then memory.
fn score(size: &Resources, candidate: &Candidate) -> (usize, u32, u32) {
    let met = crate::units::Limit::ALL
        .into_iter()
        .filter(|limit| size.get(*limit) <= candidate.registered.get(*limit))
        .count();
    (met, candidate.registered.memory, candidate.registered.cpu)
}
