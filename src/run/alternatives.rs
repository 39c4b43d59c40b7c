//! The nearest other questions: what one change of the scenario would give, by running it.

use serde::Serialize;

use crate::catalog::{Catalog, CpuArchitecture, Inclusion};
use crate::scenario::{ManagedInstances, ProviderKind, Scenario};

use super::answer::Answer;
use super::{Options, RunError, run};

/// What one change gives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alternative {
    /// The change.
    pub change: String,
    /// The fleet at the horizon in words; empty where there is none.
    pub fleet: String,
    /// The rate at the horizon.
    pub per_hour_usd: Option<f64>,
    /// Median time to RUNNING.
    pub time_to_running_p50_s: Option<f64>,
    /// Tasks still waiting at the horizon.
    pub waiting_at_end: Option<f64>,
    /// Why there is no answer.
    pub problem: Option<String>,
}

type Change = (&'static str, fn(&mut Scenario, &Catalog));

/// Runs the scenario with each change that makes sense for it.
#[must_use]
pub fn alternatives(scenario: &Scenario, catalog: &Catalog) -> Vec<Alternative> {
    let changes: [Change; 8] = [
        ("burstable types excluded", |scenario, _| burstable(scenario, Inclusion::Excluded)),
        ("burstable types included", |scenario, _| burstable(scenario, Inclusion::Included)),
        ("x86-64 instead", |scenario, _| architecture(scenario, CpuArchitecture::X86_64)),
        ("ARM64 instead", |scenario, _| architecture(scenario, CpuArchitecture::Arm64)),
        ("one availability zone", one_zone),
        ("ENI trunking off", |scenario, _| trunking(scenario, false)),
        ("ENI trunking on", |scenario, _| trunking(scenario, true)),
        ("image named by digest (one wave)", |scenario, _| by_digest(scenario)),
    ];
    let changed = changes.iter().filter_map(|(name, change)| {
        let mut other = scenario.clone();
        change(&mut other, catalog);
        (other != *scenario).then(|| alternative(name, &other, catalog))
    });
    changed.collect()
}

fn alternative(name: &str, scenario: &Scenario, catalog: &Catalog) -> Alternative {
    let options = Options::QUICK;
    let result = run(scenario, catalog, options);
    let answer = result.as_ref().map(|outcome| &outcome.answer).ok();
    Alternative {
        change: name.to_owned(),
        fleet: answer.map_or_else(String::new, fleet_words),
        per_hour_usd: answer.map(|answer| answer.cost.per_hour_at_end_usd),
        time_to_running_p50_s: answer.and_then(|answer| answer.tasks.time_to_running_s.p50),
        waiting_at_end: answer.map(|answer| answer.tasks.waiting_at_end),
        problem: result.err().map(|error| match error {
            RunError::Unfit(unfit) => {
                unfit.first().map_or_else(String::new, |first| first.message.clone())
            }
            error @ (RunError::Invariant { .. } | RunError::TooLarge(_)) => error.to_string(),
        }),
    }
}

/// `16 t4g.small, 5 im4gn.large`.
pub(super) fn fleet_words(answer: &Answer) -> String {
    let rows = answer.fleet_names(|row| row.at_end);
    let words = rows.iter().map(|(number, name)| format!("{number} {name}"));
    words.collect::<Vec<_>>().join(", ")
}

fn each_provider(scenario: &mut Scenario, change: impl Fn(&mut ManagedInstances)) {
    for provider in &mut scenario.capacity_providers {
        match &mut provider.kind {
            ProviderKind::ManagedInstances(managed) => change(managed),
            ProviderKind::AutoScalingGroup(_)
            | ProviderKind::Fargate(_)
            | ProviderKind::LaunchType(_) => {}
        }
    }
}

fn burstable(scenario: &mut Scenario, inclusion: Inclusion) {
    each_provider(scenario, |managed| {
        let mut requirements = managed.instance_requirements.clone().unwrap_or_default();
        if requirements.burstable_performance != Inclusion::Required {
            requirements.burstable_performance = inclusion;
        }
        if managed.instance_requirements.is_some() || inclusion == Inclusion::Included {
            managed.instance_requirements = Some(requirements);
        }
    });
}

/// The other architecture, with the manufacturers that make it.
fn architecture(scenario: &mut Scenario, architecture: CpuArchitecture) {
    for definition in &mut scenario.task_definitions {
        let present = definition.cpu_architecture.unwrap_or(CpuArchitecture::X86_64);
        if present != architecture {
            definition.cpu_architecture = Some(architecture);
        }
    }
    each_provider(scenario, |managed| {
        if let Some(requirements) = &mut managed.instance_requirements {
            use crate::catalog::CpuManufacturer::{AmazonWebServices, Amd, Intel};
            let makers: &[_] = match architecture {
                CpuArchitecture::X86_64 => &[Intel, Amd],
                CpuArchitecture::Arm64 => &[AmazonWebServices],
            };
            let stated = &mut requirements.cpu_manufacturers;
            if !stated.is_empty() && !stated.iter().any(|maker| makers.contains(maker)) {
                *stated = makers.to_vec();
            }
        }
    });
}

fn one_zone(scenario: &mut Scenario, catalog: &Catalog) {
    let zones = super::prepare(scenario, catalog).map(|prepared| prepared.setup.zones);
    let Some(first) = zones.ok().and_then(|zones| zones.into_iter().next()) else { return };
    if scenario.availability_zones.len() != 1 {
        scenario.availability_zones = vec![first.clone()];
        scenario.subnets.retain(|subnet| subnet.availability_zone == first);
    }
}

/// No first task has to resolve the image for the others.
fn by_digest(scenario: &mut Scenario) {
    for definition in &mut scenario.task_definitions {
        definition.image.by_digest |= scenario
            .services
            .iter()
            .any(|service| service.version_consistency && service.desired_count > 1);
    }
}

fn trunking(scenario: &mut Scenario, on: bool) {
    each_provider(scenario, |managed| managed.trunking = on);
}
