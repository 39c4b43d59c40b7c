//! The reading of a scenario: one file for each of its tables.

mod attributes;
mod auto_scaling_group;
mod capacity_pool;
mod capacity_provider;
mod capacity_reservation;
mod checks;
mod daemon_checks;
mod demand;
mod demand_checks;
mod deployment;
mod deployment_strategy;
mod discount;
mod distribution;
mod external_instance;
mod failure;
mod fargate;
mod fault;
mod fault_checks;
mod fault_kind;
mod launch_type_checks;
mod managed_instances;
mod managed_scaling;
mod monitoring;
mod names;
mod placement;
mod placement_checks;
mod port_mapping;
mod queue;
mod rate;
mod requirements;
mod run_task;
mod scalable_target;
mod scaling_checks;
mod scaling_policy;
mod schedule;
mod series;
mod series_csv;
mod series_json;
mod series_points;
mod service;
mod spot;
mod spot_pool;
mod step_scaling;
mod strategy;
mod subnet;
mod task_definition;
mod task_protection;
mod termination_policies;
mod timing;
mod top;
mod trace;
mod unused_providers;
mod update_service;
mod vcpu_quotas;
mod warm_pool;
mod zone_rebalancing;

pub(super) use task_definition::is_digest;

/// The words of every closed set, for reading and writing.
pub(super) mod words {
    pub(in super::super) use super::auto_scaling_group::{
        INITIAL_INSTANCES, ON_DEMAND_STRATEGIES, SPOT_STRATEGIES, STATUS, SpotStrategyName,
    };
    pub(in super::super) use super::deployment::THRESHOLD_TYPES;
    pub(in super::super) use super::deployment_strategy::{CLEANUPS, STRATEGIES};
    pub(in super::super) use super::fargate::QUOTAS;
    pub(in super::super) use super::fault_kind::{
        ENI_FAILURES, KILLED_BY, LOWERED_QUOTAS, STRANDED, STUCK_IN,
    };
    pub(in super::super) use super::managed_instances::{
        CAPACITY_OPTIONS, PLAN_MEMORY, RESERVATION_PREFERENCES, SELECTION_POLICIES, SPOT_FEE_BASES,
        SPOT_POLICIES,
    };
    pub(in super::super) use super::managed_scaling::{OVER_GROUPS, SCALE_IN_LIMITS};
    pub(in super::super) use super::placement::BINPACK_FIELDS;
    pub(in super::super) use super::port_mapping::PROTOCOLS;
    pub(in super::super) use super::requirements::{
        GENERATIONS, INCLUSIONS, LOCAL_STORAGE_TYPES, MANUFACTURERS,
    };
    pub(in super::super) use super::scaling_policy::{
        BREACH_BEHAVIORS, CUSTOMIZED, MODES, PAIRS, PREDEFINED,
    };
    pub(in super::super) use super::service::{CONSISTENCY, SCHEDULING_STRATEGIES};
    pub(in super::super) use super::spot::{PRESETS as SPOT_PRESETS, PRICE_CHANGES, SPOT_INITIALS};
    pub(in super::super) use super::step_scaling::{
        ADJUSTMENTS, AGGREGATIONS, COMPARISONS, METRICS,
    };
    pub(in super::super) use super::task_definition::{
        ARCHITECTURES, NETWORK_MODES, OPERATING_SYSTEMS,
    };
    pub(in super::super) use super::termination_policies::TERMINATION_POLICIES;
    pub(in super::super) use super::timing::PRESETS;
    pub(in super::super) use super::warm_pool::POOL_STATES;
    pub(in super::super) use super::zone_rebalancing::SWITCH;
}

use std::cell::RefCell;

use crate::io::{Code, Diagnostic, Source};

use super::document::Table;
use super::files::NamedFile;
use super::overrides::{self, Override};
use super::parse::parse;
use super::reader::{GivenFile, OF_THE_TOP, ReadFile, Reading};
use super::report::{Finding, Report};
use super::schema::Asked;
use super::spec::Scenario;
use super::sweep_file;

/// Reads a scenario, with `--set` values put in first. Beside the scenario come warnings.
///
/// # Errors
/// Everything that is wrong with it, in the order of its places, at most 20 of them; warnings among
/// them.
pub fn read(
    source: &Source,
    overrides: &[Override],
) -> Result<(Scenario, Vec<Diagnostic>), Vec<Diagnostic>> {
    read_with(source, overrides, &[])
}

/// The same, with the texts of the files that the scenario names
/// ([`files_named`](super::files_named)).
///
/// # Errors
/// As [`read`]: what is wrong in one of the files too.
pub fn read_with(
    source: &Source,
    overrides: &[Override],
    files: &[NamedFile],
) -> Result<(Scenario, Vec<Diagnostic>), Vec<Diagnostic>> {
    let typed: Vec<Source> = overrides.iter().map(Override::source).collect();
    let texts = files.iter().filter_map(|file| file.content.as_ref().ok());
    let report = Report::new(std::iter::once(source).chain(&typed).chain(texts).collect());
    let files = given(files, 1 + typed.len());
    let Some(mut table) = parse(source, &report) else {
        return Err(report.diagnostics());
    };
    if let Some(key) = sweep_file::key_of_sweep(&table) {
        let message = "this is a sweep file, and no scenario";
        let help = "`taskyard sweep FILE` runs it; its scenario is the file that it names";
        report.add(Finding::new(Code::SweepForScenario, key, message).help(help));
        return Err(report.diagnostics());
    }
    for (index, set) in overrides.iter().enumerate() {
        overrides::apply(&mut table, set, index + 1, &report);
    }
    let (scenario, report) = read_tree(&table, report, files);
    if report.has_errors() {
        Err(report.diagnostics())
    } else {
        Ok((scenario, report.diagnostics()))
    }
}

/// The files with the numbers that their texts have among the sources.
fn given<'f>(files: &'f [NamedFile], first: usize) -> Vec<GivenFile<'f>> {
    let mut index = first;
    let one = |file: &'f NamedFile| {
        let NamedFile { name, content } = file;
        let content = content.as_ref().map(|source| {
            index += 1;
            ReadFile { name: &source.name, text: &source.text, index: index - 1 }
        });
        GivenFile { name, content }
    };
    files.iter().map(one).collect()
}

/// Reads the tree. What could not be read has a stand-in: the scenario is of use only when the report
/// has no errors.
fn read_tree<'a>(
    table: &Table,
    report: Report<'a>,
    files: Vec<GivenFile<'a>>,
) -> (Scenario, Report<'a>) {
    let set = table.iter().filter(|(_, entry)| entry.key.source > 0);
    let sought = set.map(|(key, _)| (key.clone(), Vec::new())).collect();
    let reading = Reading {
        sought: RefCell::new(sought),
        of_the_top: &OF_THE_TOP,
        ..Reading::new(report, files)
    };
    let mut scenario = top::read(&reading, table);
    let Reading { report, stated, .. } = reading;
    scenario.stated = stated.into_inner();
    (scenario, report)
}

/// Reads a tree only to learn what is asked of it, and what was found wrong.
pub(super) fn ask<'a>(table: &'a Table, asked: &'a Asked) -> Report<'a> {
    let report = Report::new(Vec::new());
    let reading = Reading { asked: Some(asked), ..Reading::new(report, Vec::new()) };
    top::read(&reading, table);
    reading.report
}
