//! `merge`: the parts of a sweep that ran on several machines become one.

use std::path::{Path, PathBuf};

use crate::io::{Code, Diagnostic, IoError, JOURNAL_LIMIT, files_in, read_bytes};
use crate::sweep::{PartFile, Shard, merge_parts};

use super::super::args::MergeArgs;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::parquet_files;
use super::super::workplace::Workplace;
use super::sweep_results::tell;

pub(in super::super) fn execute(args: &MergeArgs, console: Console) -> Result<u8, Failure> {
    parquet_files::check(args.beside.parquet)?;
    let mut files = Vec::new();
    for path in &args.parts {
        for path in parts_at(path)? {
            let bytes = read_bytes(&path, JOURNAL_LIMIT)?;
            files.push(PartFile { name: path.display().to_string(), bytes });
        }
    }
    let merged = merge_parts(&files).map_err(Failure::Input)?;
    let out = args.out.as_deref();
    let place = out.map(|directory| Workplace::for_results(directory, &merged.head, console));
    let place = place.transpose()?;
    let out = out.map(|directory| (directory, args.beside.parquet));
    let told = tell(&merged.table, &merged.head, out, args.format, console);
    drop(place);
    told
}

/// The file itself, or the parts in a directory.
fn parts_at(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    match read_bytes(path, 0) {
        Err(IoError::Directory(_)) => {}
        Err(error @ IoError::Missing { .. }) => return Err(error.into()),
        Ok(_) | Err(_) => return Ok(vec![path.to_owned()]),
    }
    let mut files = files_in(path)?;
    files.retain(|file| {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        name.is_some_and(|name| Shard::of_part(&name).is_some())
    });
    if files.is_empty() {
        let message = format!("\"{}\" holds no part of a sweep", path.display());
        let help = "`taskyard sweep FILE --shard I/N --out DIR` writes them: part-I-of-N.jsonl";
        return Err(Failure::Input(vec![Diagnostic::new(Code::MissingPart, message).help(help)]));
    }
    Ok(files)
}
