//! `plot`: pictures of results.

use crate::io::{prepare_out_dir, write_atomic};
use crate::report::{Picture, run_pictures, sweep_pictures};

use super::super::args::{PictureFormat, PlotArgs};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::outputs::{Outputs, read};

pub(in super::super) fn execute(args: &PlotArgs, console: Console) -> Result<u8, Failure> {
    let (pictures, empty) = match read(&args.directory)? {
        Outputs::Run(run) => run_pictures(&run),
        Outputs::Sweep(sweep) => sweep_pictures(&sweep),
    };
    prepare_out_dir(&args.directory)?;
    for picture in &pictures {
        for (ending, bytes) in forms(picture, args.format) {
            let path = args.directory.join(format!("{}.{ending}", picture.name));
            write_atomic(&path, &bytes)?;
            console.data(format!("{}\n", path.display()).as_bytes())?;
        }
    }
    for (name, lacks) in empty {
        console.note(&format!("no {name}: {lacks}\n"));
    }
    Ok(0)
}

fn forms(picture: &Picture, format: PictureFormat) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = Vec::new();
    if format != PictureFormat::Png {
        forms.push(("svg", picture.svg().into_bytes()));
    }
    if format != PictureFormat::Svg {
        forms.push(("png", picture.png()));
    }
    forms
}
