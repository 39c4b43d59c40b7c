//! What `sweep` and `merge` tell and write: the same of the same table.

use std::io::{self, Write};
use std::path::Path;

use crate::io::{IoError, write_atomic, write_atomic_with};
use crate::report::{
    SWEEP_FILES, sweep_csv, sweep_json, sweep_kinds, sweep_table, write_sweep_file,
};
use crate::sweep::decisions::Question;
use crate::sweep::{Findings, SweepHead, SweepTable};

use super::super::args::Format;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::parquet_files;

/// Writes the CSV file `name` once more as Parquet; the name of that.
fn as_parquet(
    table: &SweepTable,
    name: &'static str,
    directory: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<String, Failure> {
    let path = directory.join(name);
    let mut csv = Vec::new();
    content(&mut csv).map_err(|source| IoError::Write { path, source })?;
    let kinds = |name: &str, _: &[&str]| sweep_kinds(table, name);
    let files = parquet_files::add(vec![(name, csv)], true, kinds)?;
    let (name, bytes) = files.into_iter().next().unwrap_or_default();
    write_atomic(&directory.join(&name), &bytes)?;
    Ok(name)
}

/// Works out what follows from `table`, writes it to `out`, where that is asked for as Parquet too, and
/// tells it.
pub(super) fn tell(
    table: &SweepTable,
    head: &SweepHead,
    out: Option<(&Path, bool)>,
    format: Format,
    console: Console,
) -> Result<u8, Failure> {
    let question = Question { objectives: head.objectives.clone(), ..Question::default() };
    let findings = Findings::of(table, &question)
        .map_err(|error| Failure::usage(error.to_string(), String::new()))?
        .of_sweep(head);
    if let Some((directory, parquet)) = out {
        let mut names = Vec::new();
        for name in SWEEP_FILES {
            let content =
                |out: &mut dyn Write| write_sweep_file(name, &findings, &head.resolved, out);
            if parquet && name.ends_with(".csv") {
                names.push(as_parquet(table, name, directory, content)?);
            }
            write_atomic_with(&directory.join(name), content)?;
            names.push(name.to_owned());
        }
        console.note(&format!("wrote to {}: {}\n", directory.display(), names.join(", ")));
    }
    match format {
        Format::Table => console.page(&sweep_table(&findings))?,
        Format::Json => console.data(sweep_json(&findings)?.as_bytes())?,
        Format::Csv => console.data(&sweep_csv(&findings))?,
    }
    Ok(0)
}
