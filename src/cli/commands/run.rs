//! `run`: a scenario in, its answer out. `quote` ends here too.

use std::path::Path;

use crate::catalog::Catalog;
use crate::io::{Source, prepare_out_dir, write_atomic};
use crate::report::{Quoted, RunView, fleet_csv, out_files, pretty, run_kinds, run_table};
use crate::run::{Alternative, RunError, alternatives, prepare, thresholds};
use crate::scenario::Scenario;
use crate::sweep::{Replicated, replicate};

use super::super::EXPECTATION_FAILED;
use super::super::args::{AnswerArgs, Format, RunArgs};
use super::super::console::Console;
use super::super::expect::{Expectation, Verdict};
use super::super::failure::Failure;
use super::super::{load, options, parquet_files};

pub(in super::super) fn execute(args: &RunArgs, console: Console) -> Result<u8, Failure> {
    let source = load::source(&args.scenario)?;
    answer(&source, &args.answer, false, console)
}

/// Answers the scenario in `source`; `with_alternatives`: and the nearest other questions.
pub(super) fn answer(
    source: &Source,
    args: &AnswerArgs,
    with_alternatives: bool,
    console: Console,
) -> Result<u8, Failure> {
    parquet_files::check(args.beside.parquet)?;
    let overrides = options::overrides(&args.change)?;
    let scenario = load::scenario(source, &overrides, console)?;
    let files = load::CatalogFiles::read(&args.change.files)?;
    let catalog = files.for_scenario(&scenario, source, &overrides, console)?;
    load::warn_before_run(&scenario, &catalog, (source, &overrides), console);
    let wrong = |error| Failure::of_run(error, source, &overrides);
    if let Some(directory) = &args.out {
        // Before a long run, but never on bad input.
        prepare(&scenario, &catalog).map_err(|unfit| wrong(RunError::Unfit(unfit)))?;
        prepare_out_dir(directory)?;
    }
    let found = replicate(&scenario, &catalog, options::plan(args)).map_err(wrong)?;
    let failed = judge(&args.expect, &found, &catalog)?;
    if let Some(directory) = &args.out {
        let files = out_files(&scenario, &found.answer, &found.recorders)?;
        let files = parquet_files::add(files, args.beside.parquet, |_, header| run_kinds(header))?;
        write(directory, &files)?;
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        console.note(&format!("wrote to {}: {}\n", directory.display(), names.join(", ")));
    }
    let others = if with_alternatives { alternatives(&scenario, &catalog) } else { Vec::new() };
    match args.format {
        Format::Csv => console.data(&fleet_csv(&found.answer))?,
        Format::Json => {
            console.data(json(&found, with_alternatives.then_some(&others))?.as_bytes())?;
        }
        Format::Table => console.page(&page(&scenario, &catalog, &found, &others))?,
    }
    failed.iter().for_each(|sentence| console.note(&format!("{sentence}\n")));
    Ok(if failed.is_empty() { 0 } else { EXPECTATION_FAILED })
}

fn json(found: &Replicated, others: Option<&Vec<Alternative>>) -> Result<String, Failure> {
    let answer = &found.answer;
    Ok(match others {
        Some(others) => pretty(&Quoted { answer, alternatives: others })?,
        None => pretty(answer)?,
    })
}

fn page(
    scenario: &Scenario,
    catalog: &Catalog,
    found: &Replicated,
    others: &[Alternative],
) -> String {
    let explanation = found.explanation.as_ref();
    let near = explanation.map_or_else(Vec::new, |explanation| {
        thresholds(scenario, catalog, &found.answer, explanation)
    });
    run_table(&RunView {
        scenario,
        answer: &found.answer,
        explanation,
        thresholds: &near,
        alternatives: others,
    })
}

/// The expectations that failed, in words.
fn judge(
    expectations: &[Expectation],
    found: &Replicated,
    catalog: &Catalog,
) -> Result<Vec<String>, Failure> {
    if expectations.is_empty() {
        return Ok(Vec::new());
    }
    let answer = serde_json::to_value(&found.answer)?;
    let mut failed = Vec::new();
    for expectation in expectations {
        match expectation.judge(&answer, catalog) {
            Verdict::Met => {}
            Verdict::Failed(sentence) => failed.push(sentence),
            Verdict::Unknown { message, help } => return Err(Failure::usage(message, help)),
        }
    }
    Ok(failed)
}

fn write(directory: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    for (name, bytes) in files {
        write_atomic(&directory.join(name), bytes)?;
    }
    Ok(())
}
