//! `sensitivity`: which of the values that AWS does not document matters most.

use crate::report::{NotVaried, SensitivityView, pretty, sensitivity_table};
use crate::run::Assumption;
use crate::scenario::parameters::plausible::plausible;
use crate::scenario::{Override, resolved_values};
use crate::sweep::decisions::{Range, Runs, sensitivity};

use super::super::args::PageFormat;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::load;
use super::super::probe_args::SensitivityArgs;
use super::super::probing::{Asked, in_words, probe, sets, unfit};

pub(in super::super) fn execute(args: &SensitivityArgs, console: Console) -> Result<u8, Failure> {
    let files = load::CatalogFiles::read(&args.probe.change.files)?;
    let asked = Asked::read(&args.scenario, sets(&args.probe)?, &files, console)?;
    let answer = asked.answer()?;
    let probe = probe(&args.probe, &args.metric, &answer)?;
    let (ranges, not_varied) = ranges(&asked, &answer.assumptions);
    let base = probe.ask(&asked.scenario, &asked.catalog)?;
    let mut ask = |range: &Range, value: &str| -> Result<Runs, Failure> {
        let set = Override { path: range.parameter.clone(), value: value.to_owned() };
        let scenario = match asked.with(&[set]) {
            Ok(scenario) => scenario,
            Err(told) => return Ok(Err(in_words(&told))),
        };
        match probe.ask(&scenario, &asked.catalog) {
            Ok(figures) => Ok(Ok(figures)),
            Err(error) => Ok(Err(unfit(error)?)),
        }
    };
    let Some(found) = sensitivity(&base, ranges, &mut ask)? else {
        return Err(Failure::usage(
            format!("--metric: {} has no value in some run", probe.metric()),
            "choose a figure that every run has: of times, one with tasks that start",
        ));
    };
    let (metric, replications) = (probe.metric(), probe.replications());
    let view = SensitivityView::new(&asked.scenario.name, metric, replications, found, not_varied);
    match args.probe.page.format {
        PageFormat::Table => console.page(&sensitivity_table(&view))?,
        PageFormat::Json => console.data(pretty(&view)?.as_bytes())?,
    }
    Ok(0)
}

/// The ranges of what the answer rests on, and what of it has none.
fn ranges(asked: &Asked, assumptions: &[Assumption]) -> (Vec<Range>, Vec<NotVaried>) {
    let resolved = resolved_values(&asked.scenario);
    let parameter_of = |path: &str| {
        resolved.iter().find(|value| value.path == path).map(|value| value.parameter.clone())
    };
    let (mut ranges, mut others) = (Vec::new(), Vec::new());
    for assumption in assumptions {
        let known = parameter_of(&assumption.parameter);
        let range = known.as_deref().and_then(plausible);
        match range.filter(|_| assumption.grade != "stated") {
            Some(range) => ranges.push(Range {
                parameter: assumption.parameter.clone(),
                value: assumption.value.clone(),
                grade: assumption.grade.clone(),
                low: range.low.to_owned(),
                high: range.high.to_owned(),
                source: range.source.to_owned(),
            }),
            None => others.push(NotVaried {
                parameter: assumption.parameter.clone(),
                grade: assumption.grade.clone(),
            }),
        }
    }
    (ranges, others)
}
