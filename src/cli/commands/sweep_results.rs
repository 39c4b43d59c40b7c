//! What `sweep` and `merge` tell and write: the same of the same table.

use std::path::Path;

use crate::io::write_atomic;
use crate::report::{sweep_csv, sweep_files, sweep_json, sweep_kinds, sweep_table};
use crate::sweep::decisions::Question;
use crate::sweep::{Findings, SweepHead, SweepTable};

use super::super::args::Format;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::parquet_files;

/// Works out what follows from `table`, writes it to `out`, where that is asked for as Parquet too, and
/// tells it.
pub(super) fn tell(
    table: &SweepTable,
    head: SweepHead,
    out: Option<(&Path, bool)>,
    format: Format,
    console: Console,
) -> Result<u8, Failure> {
    let question = Question { objectives: head.objectives.clone(), ..Question::default() };
    let findings = Findings::of(table, &question)
        .map_err(|error| Failure::usage(error.to_string(), String::new()))?
        .of_sweep(&head);
    if let Some((directory, parquet)) = out {
        let files = sweep_files(&findings, head.resolved)?;
        let kinds = |name: &str, _: &[&str]| sweep_kinds(table, name);
        let files = parquet_files::add(files, parquet, kinds)?;
        for (name, bytes) in &files {
            write_atomic(&directory.join(name), bytes)?;
        }
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        console.note(&format!("wrote to {}: {}\n", directory.display(), names.join(", ")));
    }
    match format {
        Format::Table => console.page(&sweep_table(&findings))?,
        Format::Json => console.data(sweep_json(&findings)?.as_bytes())?,
        Format::Csv => console.data(&sweep_csv(&findings))?,
    }
    Ok(0)
}
