//! `report`: results to look around in.

use crate::io::{prepare_out_dir, write_atomic};
use crate::report::{run_report, sweep_report};

use super::super::args::OutputsArgs;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::outputs::{Outputs, read};

pub(in super::super) fn execute(args: &OutputsArgs, console: Console) -> Result<u8, Failure> {
    let text = match read(&args.directory)? {
        Outputs::Run(run) => run_report(&run)?,
        Outputs::Sweep(sweep) => sweep_report(&sweep)?,
    };
    prepare_out_dir(&args.directory)?;
    let path = args.directory.join("report.html");
    write_atomic(&path, text.as_bytes())?;
    console.data(format!("{}\n", path.display()).as_bytes())?;
    Ok(0)
}
