//! `explain`: why the answer is what it is.

use crate::report::{
    Reasons, Subject, SubjectError, explain_json, explain_table, pretty, subject_table,
};
use crate::run::{Options, Outcome, run, thresholds};

use super::super::args::{ExplainArgs, PageFormat};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::{load, options};

pub(in super::super) fn execute(args: &ExplainArgs, console: Console) -> Result<u8, Failure> {
    let source = load::source(&args.scenario)?;
    let overrides = options::overrides(&args.change)?;
    let scenario = load::scenario(&source, &overrides, console)?;
    let files = load::CatalogFiles::read(&args.change.files)?;
    let catalog = files.for_scenario(&scenario, &source, &overrides, console)?;
    load::warn_before_run(&scenario, &catalog, (&source, &overrides), console);
    let one = args.task.is_some() || args.instance.is_some() || args.service.is_some();
    let options = Options { explain: true, record: one, skip_bounds: true, ..Options::default() };
    let outcome = run(&scenario, &catalog, options)
        .map_err(|error| Failure::of_run(error, &source, &overrides))?;
    if let Some(subject) = subject(args, &outcome) {
        let subject = subject.map_err(|error| nobody(&error))?;
        match args.page.format {
            PageFormat::Table => console.page(&subject_table(&subject, &outcome.answer))?,
            PageFormat::Json => console.data(pretty(&subject)?.as_bytes())?,
        }
        return Ok(0);
    }
    let Some(explanation) = &outcome.explanation else { return Ok(0) };
    let near = thresholds(&scenario, &catalog, &outcome.answer, explanation);
    let reasons = Reasons { answer: &outcome.answer, explanation, thresholds: &near };
    match args.page.format {
        PageFormat::Table => console.page(&explain_table(&reasons))?,
        PageFormat::Json => console.data(explain_json(&reasons)?.as_bytes())?,
    }
    Ok(0)
}

/// The task, instance or service that was asked for.
fn subject(args: &ExplainArgs, outcome: &Outcome) -> Option<Result<Subject, SubjectError>> {
    let recorder = outcome.recorder.as_ref()?;
    if let Some(name) = &args.service {
        return Some(Subject::service(&outcome.answer, recorder, name));
    }
    let task = args.task.as_ref().map(|name| Subject::task(recorder, name));
    task.or_else(|| {
        let name = args.instance.as_ref()?;
        Some(Subject::instance(recorder, outcome.explanation.as_ref(), name))
    })
}

fn nobody(error: &SubjectError) -> Failure {
    let help = match error.known.as_slice() {
        [] => format!("the run has no {}", error.kind),
        known => format!("there are {}, ...", known.join(", ")),
    };
    Failure::usage(error.to_string(), help)
}
