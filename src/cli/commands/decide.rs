//! `decide`: another question of a sweep that has run.

use crate::report::{DecideView, decide_table, pretty};
use crate::sweep::decisions::{Question, Target};

use super::super::args::PageFormat;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::outputs::{Outputs, read};
use super::super::probe_args::DecideArgs;

pub(in super::super) fn execute(args: &DecideArgs, console: Console) -> Result<u8, Failure> {
    let Outputs::Sweep(sweep) = read(&args.directory)? else {
        return Err(Failure::usage(
            format!("{} holds a run, and a decision is among several", args.directory.display()),
            "name the directory of `taskyard sweep FILE --out DIR`",
        ));
    };
    let targets = args.target.iter();
    let targets = targets.map(|of| Target { metric: of.path.clone(), at_most: of.limit });
    let question = Question {
        objectives: args.objective.clone(),
        worlds: args.worlds.clone(),
        targets: targets.collect(),
    };
    let asked = DecideView::new(&sweep, question, &args.heat_map);
    let view = asked.map_err(|(wrong, help)| Failure::usage(wrong.to_string(), help))?;
    match args.page.format {
        PageFormat::Table => console.page(&decide_table(&view))?,
        PageFormat::Json => console.data(pretty(&view)?.as_bytes())?,
    }
    Ok(0)
}
