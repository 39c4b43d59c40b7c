//! `break-even`: where the winner of two scenarios changes.

use crate::report::{BreakEvenView, break_even_table, pretty};
use crate::scenario::Override;
use crate::sweep::Probe;
use crate::sweep::decisions::{Pair, Span, Winner, break_even};

use super::super::args::PageFormat;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::load;
use super::super::probe_args::BreakEvenArgs;
use super::super::probing::{Asked, Over, in_words, probe, sets, unfit};

/// One of the two: what is asked, and whether the path leads anywhere in it.
struct Side {
    asked: Asked,
    takes: bool,
    /// Its figures, where nothing changes in it.
    constant: Option<Result<Vec<Option<f64>>, String>>,
}

pub(in super::super) fn execute(args: &BreakEvenArgs, console: Console) -> Result<u8, Failure> {
    let [mut a, mut b] = sides(args, console)?;
    let answer = a.asked.answer()?;
    let probe = probe(&args.probe, &args.metric, &answer)?;
    let over = &args.over;
    let mut ask = |value: f64| -> Result<Pair, Failure> {
        let (a, b) = (a.ask(value, over, &probe)?, b.ask(value, over, &probe)?);
        Ok(match (a, b) {
            (Ok(a), Ok(b)) => Ok([a, b]),
            (Err(why), _) | (_, Err(why)) => Err(why),
        })
    };
    let span = Span { from: over.from, to: over.to, whole: over.whole, points: args.points };
    let found = break_even(span, &mut ask)?;
    if let Some(first) = found.looks.first()
        && found.looks.iter().all(|look| look.winner == Winner::Unknown)
    {
        let why = first.error.clone().unwrap_or_default();
        return Err(Failure::usage(
            format!("at no value of {} can both be compared: {why}", over.path),
            "see `taskyard run` with the same --set",
        ));
    }
    let names = [a.asked.name, b.asked.name];
    let view = BreakEvenView::new(names, &over.path, probe.metric(), probe.replications(), found);
    match args.probe.page.format {
        PageFormat::Table => console.page(&break_even_table(&view))?,
        PageFormat::Json => console.data(pretty(&view)?.as_bytes())?,
    }
    Ok(0)
}

/// Both, with the same seed, so that runs pair.
fn sides(args: &BreakEvenArgs, console: Console) -> Result<[Side; 2], Failure> {
    let files = load::CatalogFiles::read(&args.probe.change.files)?;
    let mut common = sets(&args.probe)?;
    let first = Asked::read(&args.a, common.clone(), &files, console)?;
    let seed = first.scenario.seed.to_string();
    common.push(Override { path: "seed".to_owned(), value: seed });
    let second = Asked::read(&args.b, common, &files, console)?;
    let at_ends = [args.over.from, args.over.to].map(|value| args.over.at(value));
    let side = |asked: Asked| -> Result<Side, Failure> {
        let mut takes = false;
        for set in &at_ends {
            takes |= asked.takes(set).map_err(Failure::Input)?;
        }
        Ok(Side { asked, takes, constant: None })
    };
    let mut both = [side(first)?, side(second)?];
    if both.iter().all(|side| !side.takes) {
        // The reason is the same in both; one is told.
        let told = both[0].asked.with(&at_ends[..1]).err().unwrap_or_default();
        return Err(Failure::Input(told));
    }
    if both[0].asked.name == both[1].asked.name {
        both[1].asked.name.push_str(" (B)");
    }
    Ok(both)
}

impl Side {
    /// The figures at `value`, or why there are none.
    fn ask(
        &mut self,
        value: f64,
        over: &Over,
        probe: &Probe,
    ) -> Result<Result<Vec<Option<f64>>, String>, Failure> {
        if !self.takes {
            if self.constant.is_none() {
                self.constant = Some(figures(&self.asked, &[], probe)?);
            }
            return Ok(self.constant.clone().unwrap_or_else(|| Err(String::new())));
        }
        figures(&self.asked, &[over.at(value)], probe)
    }
}

fn figures(
    asked: &Asked,
    set: &[Override],
    probe: &Probe,
) -> Result<Result<Vec<Option<f64>>, String>, Failure> {
    let scenario = match asked.with(set) {
        Ok(scenario) => scenario,
        Err(told) => return Ok(Err(format!("{}: {}", asked.name, in_words(&told)))),
    };
    match probe.ask(&scenario, &asked.catalog) {
        Ok(figures) => Ok(Ok(figures)),
        Err(error) => Ok(Err(format!("{}: {}", asked.name, unfit(error)?))),
    }
}
