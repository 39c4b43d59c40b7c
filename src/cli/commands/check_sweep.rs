//! `check` of a sweep file: every value of every axis is read, and no point is run but to see which
//! figures an answer has.

use crate::io::Source;
use crate::report::{CheckedSweep, check_sweep_table, pretty};
use crate::scenario::read_sweep;
use crate::sweep::Sweep;

use super::super::args::{CheckArgs, PageFormat};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::{load, options};
use super::sweep::bases;

pub(super) fn execute(args: &CheckArgs, source: &Source, console: Console) -> Result<u8, Failure> {
    if args.change.seed.is_some() {
        return Err(Failure::usage(
            "a sweep is checked for all seeds",
            "leave --seed out; `taskyard sweep --seed` runs it under another",
        ));
    }
    let (file, warnings) = read_sweep(Some(source), &[]).map_err(Failure::Input)?;
    console.warnings(&warnings);
    let typed = options::sets(&args.change.set)?;
    let common = [file.settings(), typed.clone()].concat();
    let bases = bases(&file, source, true, &common)?;
    let scenario = load::scenario(&bases[0].source, &common, console)?;
    let files = load::CatalogFiles::read(&args.change.files)?;
    files.for_scenario(&scenario, &bases[0].source, &common, console)?;
    let axes = file.axes.iter().map(|axis| (axis.name.clone(), axis.values.count())).collect();
    let most = file.precision.as_ref().map(|of| of.max_replications);
    let stem = args.scenario.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = stem.unwrap_or_else(|| "sweep".to_owned());
    let sweep = Sweep::new(file, &name, bases, &typed, scenario.seed, files.overrides());
    sweep.check().map_err(Failure::Input)?;
    let points = sweep.points();
    let runs = points.saturating_mul(u64::from(sweep.replications()));
    let checked = CheckedSweep {
        name: sweep.name().to_owned(),
        points,
        runs,
        // The first runs of a point are all done, whatever its most.
        runs_at_most: most
            .map_or(runs, |most| points.saturating_mul(most.max(sweep.replications()).into())),
        axes,
    };
    match args.page.format {
        PageFormat::Table => console.page(&check_sweep_table(&checked))?,
        PageFormat::Json => console.data(pretty(&checked)?.as_bytes())?,
    }
    Ok(0)
}
