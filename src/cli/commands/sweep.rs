//! `sweep`: a scenario with some of its values varied.

use std::sync::atomic::AtomicBool;

use crate::io::{Source, prepare_out_dir, write_atomic};
use crate::report::{sweep_csv, sweep_files, sweep_json, sweep_kinds, sweep_table};
use crate::scenario::{Override, SweepFile, SweepFlag, SweepKey, is_sweep_file, read_sweep};
use crate::sweep::decisions::Question;
use crate::sweep::{Base, Findings, Running, Sweep, SweepError, run_points};

use super::super::args::{Format, SweepArgs};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::progress::Progress;
use super::super::{load, options, parquet_files};

pub(in super::super) fn execute(args: &SweepArgs, console: Console) -> Result<u8, Failure> {
    parquet_files::check(args.parquet)?;
    let source = load::source(&args.file)?;
    let of_file = is_sweep_file(&source);
    let (file, warnings) = read(of_file.then_some(&source), args)?;
    console.warnings(&warnings);
    let typed = options::sets(&args.set)?;
    let common = [file.settings(), typed.clone()].concat();
    let bases = bases(&file, &source, of_file, &common)?;
    let scenario = load::scenario(&bases[0].source, &common, console)?;
    let files = load::CatalogFiles::read(&args.files)?;
    files.for_scenario(&scenario, &bases[0].source, &common, console)?;
    let name = if of_file { stem(args) } else { scenario.name.clone() };
    let sweep = Sweep::new(file, &name, bases, &typed, scenario.seed, files.overrides())
        .with_invariants(args.invariants);
    sweep.check().map_err(Failure::Input)?;
    if let Some(directory) = &args.out {
        prepare_out_dir(directory)?;
    }
    let order: Vec<u64> = (0..sweep.points()).collect();
    let running = Running { jobs: args.jobs.map(usize::from), stop: &AtomicBool::new(false) };
    let mut progress = Progress::new();
    let table = run_points(&sweep, &order, &running, &|_, _| None, &mut progress);
    progress.finish();
    let table = table.map_err(|error| match error {
        SweepError::Sink(error) => Failure::Io(error),
        SweepError::Stopped { .. } => Failure::usage(error.to_string(), ""),
    })?;
    let question = Question { objectives: sweep.objectives(), ..Question::default() };
    let findings = Findings::of(&table, &question)
        .map_err(|error| Failure::usage(error.to_string(), String::new()))?;
    if let Some(directory) = &args.out {
        let files = sweep_files(&findings, sweep.resolved())?;
        let kinds = |name: &str, _: &[&str]| sweep_kinds(&table, name);
        let files = parquet_files::add(files, args.parquet, kinds)?;
        for (name, bytes) in &files {
            write_atomic(&directory.join(name), bytes)?;
        }
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        console.note(&format!("wrote to {}: {}\n", directory.display(), names.join(", ")));
    }
    match args.format {
        Format::Table => console.page(&sweep_table(&findings))?,
        Format::Json => console.data(sweep_json(&findings)?.as_bytes())?,
        Format::Csv => console.data(&sweep_csv(&findings))?,
    }
    Ok(0)
}

fn stem(args: &SweepArgs) -> String {
    let stem = args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| "sweep".to_owned())
}

/// The sweep, with what was typed beside its file.
fn read(
    file: Option<&Source>,
    args: &SweepArgs,
) -> Result<(SweepFile, Vec<crate::io::Diagnostic>), Failure> {
    if file.is_none() && args.vary.is_empty() {
        return Err(Failure::usage(
            "nothing is varied: this is a scenario and no sweep".to_owned(),
            "add for example --vary service.web.desired_count=10,20,40; a sweep file names its \
             scenario: scenario = \"FILE\""
                .to_owned(),
        ));
    }
    let one = |key: SweepKey, text: &Option<String>| {
        text.iter().map(|text| SweepFlag { key, text: text.clone() }).collect::<Vec<_>>()
    };
    let many = |key: SweepKey, texts: &[String]| {
        texts.iter().map(|text| SweepFlag { key, text: text.clone() }).collect::<Vec<_>>()
    };
    let flags = [
        many(SweepKey::Vary, &args.vary),
        one(SweepKey::Plan, &args.plan),
        one(SweepKey::Samples, &args.samples),
        one(SweepKey::Replications, &args.replications),
        one(SweepKey::Precision, &args.precision),
        one(SweepKey::MaxReplications, &args.max_replications),
        one(SweepKey::Seed, &args.seed),
        many(SweepKey::Metric, &args.metric),
        many(SweepKey::Objective, &args.objective),
    ];
    read_sweep(file, &flags.concat()).map_err(Failure::Input)
}

/// The scenarios that points start from.
fn bases(
    file: &SweepFile,
    source: &Source,
    of_file: bool,
    common: &[Override],
) -> Result<Vec<Base>, Failure> {
    let mut bases = Vec::new();
    let mut wrong = Vec::new();
    if !of_file {
        bases.push(base(String::new(), source.clone(), file, common));
    }
    let folder = load::folder_of(source);
    for (name, at) in file.scenarios() {
        if let Some((_, text)) = file.inside.iter().find(|(inside, _)| inside == name) {
            let source = Source { name: name.clone(), text: text.clone() };
            bases.push(base(name.clone(), source, file, common));
            continue;
        }
        match load::source(&folder.join(name)) {
            Ok(source) => bases.push(base(name.clone(), source, file, common)),
            Err(Failure::Io(error)) => {
                let mut told = error.diagnostic();
                told.place = file.place(*at, "");
                wrong.push(told);
            }
            Err(other) => return Err(other),
        }
    }
    if wrong.is_empty() { Ok(bases) } else { Err(Failure::Input(wrong)) }
}

/// A scenario with every file that it may name.
fn base(name: String, source: Source, file: &SweepFile, common: &[Override]) -> Base {
    let mut files = load::beside(&source, common);
    for set in file.naming_files() {
        let mut sets = common.to_vec();
        sets.push(set);
        for found in load::beside(&source, &sets) {
            if !files.iter().any(|known| known.name == found.name) {
                files.push(found);
            }
        }
    }
    Base { name, source, files }
}
