//! `trace`: a run for viewers of traces.

use crate::io::{prepare_out_dir, write_atomic};
use crate::report::{TraceDetail, run_trace};

use super::super::args::TraceArgs;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::outputs::{Outputs, read};

pub(in super::super) fn execute(args: &TraceArgs, console: Console) -> Result<u8, Failure> {
    let Outputs::Run(run) = read(&args.directory)? else {
        return Err(Failure::usage(
            format!("\"{}\" holds a sweep: a trace is of one run", args.directory.display()),
            "run one of its points with `taskyard run SCENARIO --set PATH=VALUE --out DIR`",
        ));
    };
    let detail = if args.all { TraceDetail::All } else { TraceDetail::Limited };
    let trace = run_trace(&run, detail)?;
    prepare_out_dir(&args.directory)?;
    let path = args.directory.join("trace.json");
    write_atomic(&path, trace.text.as_bytes())?;
    if let Some(words) = trace.left_out {
        console.note(&format!("note: left out are {words}: --all has them\n"));
    }
    console.data(format!("{}\n", path.display()).as_bytes())?;
    Ok(0)
}
