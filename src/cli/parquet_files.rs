//! `--parquet`: the CSV files of a directory once more, for data frames.

use crate::report::{Kind, OutFile};

use super::failure::Failure;

/// Says so, before anything runs, where this program cannot write Parquet.
pub(super) fn check(wanted: bool) -> Result<(), Failure> {
    if wanted && !cfg!(feature = "parquet") {
        return Err(Failure::usage(
            "--parquet: this program was built without Parquet",
            "build it with `cargo build --release --features parquet`; the CSV files hold the same \
             values",
        ));
    }
    Ok(())
}

/// A Parquet file beside each CSV file; `kinds` says what the columns of one hold, by its header.
#[cfg(feature = "parquet")]
pub(super) fn add(
    files: Vec<OutFile>,
    wanted: bool,
    kinds: impl Fn(&str, &[&str]) -> Vec<Kind>,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut all = Vec::new();
    for (name, bytes) in files {
        if let Some(stem) = name.strip_suffix(".csv").filter(|_| wanted) {
            let text = String::from_utf8_lossy(&bytes);
            let header: Vec<&str> = text.lines().next().unwrap_or_default().split(',').collect();
            let columns = crate::report::parquet(&bytes, &kinds(name, &header));
            let columns = columns.map_err(|error| Failure::usage(error.to_string(), ""))?;
            all.push((format!("{stem}.parquet"), columns));
        }
        all.push((name.to_owned(), bytes));
    }
    Ok(all)
}

/// The files as they are.
#[cfg(not(feature = "parquet"))]
pub(super) fn add(
    files: Vec<OutFile>,
    _wanted: bool,
    _kinds: impl Fn(&str, &[&str]) -> Vec<Kind>,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    Ok(files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect())
}
