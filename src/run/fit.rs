//! Whether every task has an instance type that can hold it.

use std::collections::BTreeSet;

use crate::model::{Candidate, Definition, ProviderSetup, Setup};
use crate::scenario::{LaunchType, StrategyItem};
use crate::units::{Limit, Resources};

use super::prepare::{Prepared, Unfit, architecture_name};

/// Each group's task must fit some candidate of each provider that its strategy can send it to.
pub(super) fn every_task_fits(setup: &Setup, unfit: &mut Vec<Unfit>) {
    let mut told = BTreeSet::new();
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
                let kind = if group.service.is_some() { "service" } else { "run_task" };
                let path = format!("{kind}.{}", group.name);
                unfit.push(no_instances(path, own.launch_type));
            }
        }
    }
}

/// Instance types of a capacity provider: those that it may launch, and those of them that can hold a
/// task that its scenario may send there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeCount {
    /// Admitted by its requirements or named by it, with a price, sold in a zone of the cluster.
    pub admitted: usize,
    /// Whether a task may go there.
    pub used: bool,
    /// Of those, large enough for one of the tasks and of its architecture.
    pub with_room: usize,
    /// The others by name, each with the reason in a few words. Empty where no task may go there.
    pub without_room: Vec<(String, String)>,
}

/// The instance types of each capacity provider, in the order of the setup. A type that may be bought in
/// two ways is one.
#[must_use]
pub fn type_counts(prepared: &Prepared) -> Vec<TypeCount> {
    let setup = &prepared.setup;
    let providers = setup.providers.iter().enumerate().map(|(position, provider)| {
        let goes = |item: &StrategyItem| {
            let here = item.capacity_provider == position
                || setup.providers[item.capacity_provider].uses_instances_of(provider);
            here && (item.base > 0 || item.weight > 0)
        };
        let sent = setup.groups.iter().filter(|group| group.strategy.iter().any(goes));
        let tasks: Vec<&Definition> =
            sent.map(|group| setup.definition(group.definition)).collect();
        let holds = |candidate: &&Candidate| {
            tasks.iter().any(|task| {
                candidate.architecture == task.architecture && task.size.fits(&candidate.registered)
            })
        };
        let all = candidates_of(setup, provider);
        let others = all.iter().copied().filter(|candidate| !holds(candidate));
        let without_room: BTreeSet<(String, String)> = others
            .filter_map(|other| Some((other.name.clone(), why_not(&tasks, other)?)))
            .collect();
        TypeCount {
            admitted: distinct(all.iter().copied()),
            used: !tasks.is_empty(),
            with_room: distinct(all.iter().copied().filter(holds)),
            without_room: without_room.into_iter().collect(),
        }
    });
    providers.collect()
}

/// Why a type can hold none of the tasks: its architecture, or what the task that comes nearest lacks.
fn why_not(tasks: &[&Definition], candidate: &Candidate) -> Option<String> {
    let first = tasks.first()?;
    let same = tasks.iter().filter(|task| task.architecture == candidate.architecture);
    let lacks = |task: &Definition| {
        let over = |limit: &Limit| task.size.get(*limit) > candidate.registered.get(*limit);
        Limit::ALL.into_iter().filter(over).collect::<Vec<_>>()
    };
    let Some(missing) = same.map(|task| lacks(task)).min_by_key(Vec::len) else {
        let (own, asked) = (candidate.architecture, first.architecture);
        let (own, asked) = (architecture_name(own), architecture_name(asked));
        return Some(format!("it is {own}, its tasks need {asked}"));
    };
    let words = missing.iter().map(|limit| match limit {
        Limit::Memory => "memory",
        Limit::Cpu => "CPU",
        Limit::Eni => "network interfaces",
        Limit::Gpu => "GPUs",
    });
    Some(format!("too small: {}", words.collect::<Vec<_>>().join(", ")))
}

fn distinct<'c>(candidates: impl Iterator<Item = &'c Candidate>) -> usize {
    candidates.map(|candidate| candidate.instance_type).collect::<BTreeSet<_>>().len()
}

/// The types on which tasks of a provider or launch type may run.
fn candidates_of<'s>(setup: &'s Setup, provider: &'s ProviderSetup) -> Vec<&'s Candidate> {
    let lent = setup.providers.iter().filter(|other| provider.uses_instances_of(other));
    let all = std::iter::once(provider).chain(lent);
    // The sizes of Fargate are judged with the definitions.
    all.flat_map(ProviderSetup::candidates).collect()
}

fn no_instances(path: String, launch_type: LaunchType) -> Unfit {
    let (what, help) = match launch_type {
        LaunchType::Ec2 => (
            "EC2 container instances",
            "add a capacity provider with an auto_scaling_group_provider: a fixed fleet is a group with \
             min_size = max_size",
        ),
        LaunchType::External => ("external instances", "add an [[external_instance]]"),
    };
    Unfit {
        path,
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
        // There are types, and two architectures.
        let there =
            candidates.first().map_or("another", |other| architecture_name(other.architecture));
        return Unfit {
            path,
            message: format!(
                "needs {}, and {provider} admits no such type: its types have {there}",
                architecture_name(definition.architecture),
            ),
            help: format!(
                "write `runtime_platform = {{ cpu_architecture = \"{there}\" }}` (left out it is \
                 X86_64), or widen the types that the provider admits"
            ),
        };
    };
    let missing: Vec<Limit> = Limit::ALL
        .into_iter()
        .filter(|limit| definition.size.get(*limit) > largest.registered.get(*limit))
        .collect();
    let lacks = missing.iter().map(|limit| {
        let (asked, there) = (definition.size.get(*limit), largest.registered.get(*limit));
        lack(*limit, asked, there)
    });
    let key = missing.first().map_or("", |limit| key(*limit));
    Unfit {
        path: format!("{path}.{key}"),
        message: match same.as_slice() {
            [only] => format!("does not fit {}, the only type that {provider} admits", only.name),
            several => format!("fits none of the {} types that {provider} admits", several.len()),
        },
        help: format!(
            "the nearest is {} and lacks: {}; widen what the provider admits or make the task smaller",
            largest.name,
            lacks.collect::<Vec<_>>().join(", ")
        ),
    }
}

/// What a task definition asks for a resource with.
const fn key(limit: Limit) -> &'static str {
    match limit {
        Limit::Memory => "memory",
        Limit::Cpu => "cpu",
        Limit::Eni => "network_mode",
        Limit::Gpu => "gpus",
    }
}

/// What a type lacks for one task, in words.
fn lack(limit: Limit, asked: u32, there: u32) -> String {
    let amount = format!("{asked} of {there}");
    match limit {
        Limit::Memory => {
            format!("memory {amount} MiB (what the instance registers, less than nominal)")
        }
        Limit::Cpu => format!("cpu {amount} units"),
        Limit::Eni => {
            format!("network interfaces {amount} (`trunking` or another `network_mode` may help)")
        }
        Limit::Gpu => format!("gpus {amount}"),
    }
}

/// How near a candidate comes to holding a task: dimensions met, then memory.
fn score(size: &Resources, candidate: &Candidate) -> (usize, u32, u32) {
    let met = Limit::ALL
        .into_iter()
        .filter(|limit| size.get(*limit) <= candidate.registered.get(*limit))
        .count();
    (met, candidate.registered.memory, candidate.registered.cpu)
}
