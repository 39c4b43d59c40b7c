//! `sweep`: a scenario with some of its values varied.

use std::path::Path;

use crate::io::{Code, Diagnostic, Place, Source, write_atomic};
use crate::scenario::{Override, SweepFile, SweepFlag, SweepKey, is_sweep_file, read_sweep};
use crate::sweep::{
    Base, Running, Shard, Sweep, SweepError, SweepHead, SweepTable, part, run_points,
};

use super::super::EXPECTATION_FAILED;
use super::super::args::SweepArgs;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::interrupt::Interrupt;
use super::super::progress::Progress;
use super::super::workplace::Workplace;
use super::super::{expect_sweep, load, options, parquet_files};
use super::sweep_results::tell;

pub(in super::super) fn execute(args: &SweepArgs, console: Console) -> Result<u8, Failure> {
    parquet_files::check(args.beside.parquet)?;
    let shard = shard(args)?;
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
        .with_invariants(args.checks.invariants);
    expect_sweep::check(&args.expect, &sweep)?;
    sweep.check().map_err(Failure::Input)?;
    let head = sweep.head();
    let interrupt = Interrupt::listen();
    let order: Vec<u64> =
        (0..sweep.points()).filter(|point| shard.is_none_or(|of| of.holds(*point))).collect();
    let running = Running { jobs: args.threads.count(), stop: interrupt.asked() };
    let mut progress = Progress::new();
    let Some(directory) = &args.out else {
        let found = run_points(&sweep, &order, &running, &|_, _| None, &mut progress);
        progress.finish();
        return match ended(found, "none of them is kept, as there is no --out DIR", console)? {
            Some(table) => {
                let told = tell(&table, &head, None, args.format, console)?;
                Ok(judged(args, &table, told, console))
            }
            None => Ok(interrupt.exit_code()),
        };
    };
    let keys = sweep.run_keys();
    let within = (&sweep, &head, &keys);
    let (place, store) = Workplace::enter(directory, within, shard, args.resume, console)?;
    let found = store.run(&sweep, &order, &running, &keys, &mut progress);
    progress.finish();
    let kept = format!("they are kept in {}: --resume goes on", directory.display());
    let Some(table) = ended(found, &kept, console)? else { return Ok(interrupt.exit_code()) };
    let told = match shard {
        Some(shard) => write_part(shard, &head, &table, directory, console),
        None => tell(&table, &head, Some((directory, args.beside.parquet)), args.format, console),
    };
    drop(place);
    Ok(judged(args, &table, told?, console))
}

/// The exit code: that of what was told, or that an expectation failed.
fn judged(args: &SweepArgs, table: &SweepTable, told: u8, console: Console) -> u8 {
    let failed = expect_sweep::failed(&args.expect, table);
    failed.iter().for_each(|sentence| console.note(&format!("{sentence}\n")));
    if failed.is_empty() { told } else { EXPECTATION_FAILED }
}

/// The results of a shard, for `merge`.
fn write_part(
    shard: Shard,
    head: &SweepHead,
    table: &SweepTable,
    directory: &Path,
    console: Console,
) -> Result<u8, Failure> {
    let path = directory.join(shard.part_name());
    write_atomic(&path, part(shard, head, table)?.as_bytes())?;
    let (points, of) = (table.points.len(), shard.of());
    console.note(&format!(
        "wrote {} with {points} of {} points; `taskyard merge` of all {of} parts makes the sweep\n",
        path.display(),
        head.points
    ));
    Ok(0)
}

/// The shard that was typed.
fn shard(args: &SweepArgs) -> Result<Option<Shard>, Failure> {
    let read = |text: &String| {
        text.parse::<Shard>().map_err(|why| {
            let source = Source { name: "--shard".to_owned(), text: text.clone() };
            let place = Place::new(&source, 0..text.len(), "");
            let message = format!("\"{text}\" is no shard of a sweep");
            Failure::Input(vec![Diagnostic::new(Code::BadShard, message).at(place).help(why)])
        })
    };
    args.shard.as_ref().map(read).transpose()
}

/// The table; none if somebody asked for an end: then `kept` says what becomes of the runs.
fn ended(
    found: Result<SweepTable, SweepError>,
    kept: &str,
    console: Console,
) -> Result<Option<SweepTable>, Failure> {
    match found {
        Ok(table) => Ok(Some(table)),
        Err(SweepError::Stopped { done }) => {
            console.note(&format!("stopped after {done} runs; {kept}\n"));
            Ok(None)
        }
        Err(SweepError::Sink(error)) => {
            console.note(&format!("the runs up to here: {kept}\n"));
            Err(Failure::Io(error))
        }
        Err(SweepError::Run(error)) => {
            console.note(&format!("the runs up to here: {kept}\n"));
            Err(Failure::Run(error))
        }
    }
}

fn stem(args: &SweepArgs) -> String {
    let stem = args.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| "sweep".to_owned())
}

/// The sweep, with what was typed beside its file.
fn read(file: Option<&Source>, args: &SweepArgs) -> Result<(SweepFile, Vec<Diagnostic>), Failure> {
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
    // What is expected of a figure needs that figure.
    let expected: Vec<String> =
        args.expect.iter().map(|of| expect_sweep::metric(of).to_owned()).collect();
    let flags = [
        many(SweepKey::Vary, &args.vary),
        one(SweepKey::Plan, &args.plan),
        one(SweepKey::Samples, &args.samples),
        one(SweepKey::Replications, &args.replications),
        one(SweepKey::Precision, &args.precision),
        one(SweepKey::MaxReplications, &args.max_replications),
        one(SweepKey::Seed, &args.seed),
        many(SweepKey::Metric, &args.metric),
        many(SweepKey::Expect, &expected),
        many(SweepKey::Objective, &args.objective),
    ];
    read_sweep(file, &flags.concat()).map_err(Failure::Input)
}

/// The scenarios that points start from.
pub(super) fn bases(
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
    for sets in file.settings_of_values() {
        load::add_beside(&source, &[common, &sets].concat(), &mut files);
    }
    Base { name, source, files }
}
