//! `compare`: one workload on several capacities or strategies.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::catalog::Catalog;
use crate::io::{Diagnostic, Source, prepare_out_dir, write_atomic};
use crate::report::{cannot_run, compare_csv, compare_table, pretty};
use crate::scenario::{Override, Scenario, resolved_values};
use crate::sweep::{Plan, Variant, compare};

use super::super::args::{CompareArgs, Format};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::{load, options};
use crate::run::Options;

/// The source of a value on the command line, in errors.
const TYPED: &str = "--set";

/// A variant as it was typed: its name, the file it comes from, what is set in it.
struct Typed<'t> {
    name: String,
    source: &'t Source,
    sets: Vec<Override>,
}

pub(in super::super) fn execute(args: &CompareArgs, console: Console) -> Result<u8, Failure> {
    let sources = sources(args)?;
    let common = options::overrides(&args.change)?;
    let typed = variants(args, &sources, &common)?;
    let mut scenarios = read_all(&typed, console)?;
    // Pairs need the same luck.
    let seed = scenarios[0].seed;
    scenarios.iter_mut().for_each(|scenario| scenario.seed = seed);
    name_apart(&typed)?;
    let baseline = baseline(args, &typed)?;
    let files = load::CatalogFiles::read(&args.change.files)?;
    let mut catalogs: BTreeMap<(String, Option<String>), Catalog> = BTreeMap::new();
    for (scenario, of) in scenarios.iter().zip(&typed) {
        let key = (scenario.region.clone(), scenario.price_stand_in.clone());
        if let Entry::Vacant(vacant) = catalogs.entry(key) {
            vacant.insert(files.for_scenario(scenario, of.source, &of.sets, console)?);
        }
    }
    let warnings = workloads_that_differ(&typed, &scenarios);
    let variants: Vec<Variant<'_>> = scenarios
        .into_iter()
        .zip(&typed)
        .map(|(scenario, of)| {
            let key = (scenario.region.clone(), scenario.price_stand_in.clone());
            Variant { name: of.name.clone(), catalog: &catalogs[&key], scenario }
        })
        .collect();
    let comparison = compare(&variants, baseline, plan(args))?;
    let json = pretty(&comparison)?;
    if let Some(directory) = &args.out {
        prepare_out_dir(directory)?;
        write_atomic(&directory.join("compare.json"), json.as_bytes())?;
        write_atomic(&directory.join("compare.csv"), &compare_csv(&comparison))?;
        console.note(&format!("wrote to {}: compare.json, compare.csv\n", directory.display()));
    }
    if let Some((words, names)) = cannot_run(&comparison) {
        console.note(&format!("warning: {words}: {names}\n"));
    }
    match args.format {
        Format::Table => console.page(&compare_table(&comparison, &warnings))?,
        Format::Json => console.data(json.as_bytes())?,
        Format::Csv => console.data(&compare_csv(&comparison))?,
    }
    Ok(0)
}

fn plan(args: &CompareArgs) -> Plan {
    Plan {
        replications: args.replications,
        jobs: args.threads.count(),
        options: Options { invariants: args.checks.invariants, ..Options::default() },
    }
}

/// The texts; every file that cannot be read is told.
fn sources(args: &CompareArgs) -> Result<Vec<Source>, Failure> {
    let mut wrong = Vec::new();
    let mut sources = Vec::new();
    for path in &args.scenarios {
        match load::source(path) {
            Ok(source) => sources.push(source),
            Err(Failure::Io(error)) => wrong.push(error.diagnostic()),
            Err(other) => return Err(other),
        }
    }
    if wrong.is_empty() { Ok(sources) } else { Err(Failure::Input(wrong)) }
}

/// Every file, and every `--variant` of the first file.
fn variants<'t>(
    args: &CompareArgs,
    sources: &'t [Source],
    common: &[Override],
) -> Result<Vec<Typed<'t>>, Failure> {
    let mut typed: Vec<Typed<'t>> = sources
        .iter()
        .zip(&args.scenarios)
        .map(|(source, path)| {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let name = stem.unwrap_or_else(|| source.name.clone());
            Typed { name, source, sets: common.to_vec() }
        })
        .collect();
    shorten(&mut typed);
    for text in &args.variant {
        let Some((name, sets)) = text.split_once(':') else {
            return Err(Failure::usage(
                format!("--variant {text} has no name"),
                "write NAME:PATH=VALUE, several values with `;` between them".to_owned(),
            ));
        };
        let mut all = common.to_vec();
        for set in sets.split(';') {
            all.push(Override::parse(set).map_err(|wrong| Failure::Input(vec![*wrong]))?);
        }
        typed.push(Typed { name: name.trim().to_owned(), source: &sources[0], sets: all });
    }
    if typed.len() < 2 {
        return Err(Failure::usage(
            "there is one variant: nothing to compare".to_owned(),
            "name another scenario, or add for example --variant \
             'no-trunking:managed_instances_provider.trunking=false'"
                .to_owned(),
        ));
    }
    Ok(typed)
}

/// Drops what the names of all files begin with, up to a `-`: `hundred-tasks-fargate` and
/// `hundred-tasks-asg` are `fargate` and `asg`.
fn shorten(typed: &mut [Typed<'_>]) {
    let Some((first, others)) = typed.split_first() else { return };
    let common = |other: &Typed<'_>| {
        let same = first.name.chars().zip(other.name.chars()).take_while(|(a, b)| a == b);
        same.map(|(a, _)| a.len_utf8()).sum::<usize>()
    };
    let length = others.iter().map(common).min().unwrap_or(0);
    let Some(cut) = first.name[..length].rfind('-').map(|at| at + 1) else { return };
    if typed.iter().all(|of| of.name.len() > cut) {
        typed.iter_mut().for_each(|of| of.name = of.name[cut..].to_owned());
    }
}

/// The scenarios; what is wrong with any is said of all at once.
fn read_all(typed: &[Typed<'_>], console: Console) -> Result<Vec<Scenario>, Failure> {
    let mut wrong: Vec<(Diagnostic, Vec<&str>)> = Vec::new();
    let mut scenarios = Vec::new();
    for of in typed {
        match load::scenario(of.source, &of.sets, console) {
            Ok(scenario) => scenarios.push(scenario),
            Err(Failure::Input(diagnostics)) => {
                for told in diagnostics {
                    match wrong.iter_mut().find(|(known, _)| *known == told) {
                        Some((_, names)) => names.push(&of.name),
                        None => wrong.push((told, vec![&of.name])),
                    }
                }
            }
            Err(other) => return Err(other),
        }
    }
    if wrong.is_empty() {
        return Ok(scenarios);
    }
    let all = typed.len();
    Err(Failure::Input(wrong.into_iter().map(|(told, names)| named(told, &names, all)).collect()))
}

/// A value of the command line is put into every file: says in which of them it is wrong.
fn named(mut told: Diagnostic, names: &[&str], all: usize) -> Diagnostic {
    let of_a_file = told.place.as_ref().is_some_and(|place| place.file != TYPED);
    if !of_a_file && names.len() < all {
        told.message = format!("in {}: {}", names.join(", "), told.message);
    }
    told
}

fn name_apart(typed: &[Typed<'_>]) -> Result<(), Failure> {
    for (index, of) in typed.iter().enumerate() {
        if typed[..index].iter().any(|other| other.name == of.name) {
            return Err(Failure::usage(
                format!("two variants are named \"{}\"", of.name),
                "a file's variant has the file's name: rename one".to_owned(),
            ));
        }
    }
    Ok(())
}

fn baseline(args: &CompareArgs, typed: &[Typed<'_>]) -> Result<usize, Failure> {
    let Some(name) = &args.baseline else { return Ok(0) };
    typed.iter().position(|of| of.name == *name).ok_or_else(|| {
        let names: Vec<&str> = typed.iter().map(|of| of.name.as_str()).collect();
        Failure::usage(
            format!("no variant is named \"{name}\""),
            format!("the variants are {}", names.join(", ")),
        )
    })
}

/// Values of services, tasks and definitions that differ: then it is not one workload that is compared.
/// Where tasks go is the question, and left out.
fn workloads_that_differ(typed: &[Typed<'_>], scenarios: &[Scenario]) -> Vec<String> {
    let workload = |scenario: &Scenario| -> BTreeMap<String, String> {
        let of = |parameter: &str| {
            ["service.", "run_task.", "task_definition.", "update_service.", "demand.", "queue."]
                .iter()
                .any(|kind| parameter.starts_with(kind))
                && !parameter.ends_with("capacity_provider_strategy")
                && !parameter.contains("placement_")
                && !parameter.ends_with("launch_type")
                && !parameter.ends_with("launch_rate_per_minute")
        };
        let values = resolved_values(scenario).into_iter().filter(|value| of(&value.parameter));
        values.map(|value| (value.path, value.value)).collect()
    };
    let first = workload(&scenarios[0]);
    let differs = |(of, scenario): (&Typed<'_>, &Scenario)| {
        let other = workload(scenario);
        let paths = first.keys().chain(other.keys());
        let mut found: Vec<&String> =
            paths.filter(|path| first.get(*path) != other.get(*path)).collect();
        found.sort_unstable();
        found.dedup();
        let shown: Vec<&str> = found.iter().take(4).map(|path| path.as_str()).collect();
        (!found.is_empty()).then(|| {
            format!(
                "{} asks for another workload than {}: {}{}",
                of.name,
                typed[0].name,
                shown.join(", "),
                if found.len() > shown.len() { ", ..." } else { "" }
            )
        })
    };
    typed.iter().zip(scenarios).skip(1).filter_map(differs).collect()
}
