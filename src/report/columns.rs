//! What the columns of the CSV files hold, for formats that say so. A file's kinds stand in the order of
//! its header; a test compares the two.

use crate::sweep::SweepTable;

/// What a column holds. An empty cell is none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Count,
    /// A whole number of 64 bits without a sign: a seed.
    Seed,
    /// A number: seconds, dollars, figures.
    Number,
}

/// Columns of the files of a run, by name: those that are no text.
const OF_RUNS: [(&str, Kind); 6] = [
    ("replication", Kind::Count),
    ("exit_code", Kind::Count),
    ("warmed_from", Kind::Number),
    ("time_s", Kind::Number),
    ("value", Kind::Number),
    ("usd", Kind::Number),
];

/// The columns of a file of a run; those with `_at` at their end are seconds.
#[must_use]
pub fn run_kinds(header: &[&str]) -> Vec<Kind> {
    let kind = |name: &&str| match OF_RUNS.iter().find(|(known, _)| known == name) {
        Some((_, kind)) => *kind,
        None if name.ends_with("_at") => Kind::Number,
        None => Kind::Text,
    };
    header.iter().map(kind).collect()
}

/// The columns of `points.csv`: its number, the axes, the runs, three for each figure, the error.
pub(super) fn point_kinds(table: &SweepTable) -> Vec<Kind> {
    let mut kinds = vec![Kind::Count];
    kinds.extend(axis_kinds(table));
    kinds.push(Kind::Count);
    kinds.extend(table.metrics.iter().flat_map(|_| [Kind::Number; 3]));
    kinds.push(Kind::Text);
    kinds
}

/// The columns of `runs.csv`: point, replication and seed, the axes, the figures, the digest.
pub(super) fn sweep_run_kinds(table: &SweepTable) -> Vec<Kind> {
    let mut kinds = vec![Kind::Count, Kind::Count, Kind::Seed];
    kinds.extend(axis_kinds(table));
    kinds.extend(table.metrics.iter().map(|_| Kind::Number));
    kinds.push(Kind::Text);
    kinds
}

/// An axis of numbers alone is a column of numbers.
fn axis_kinds(table: &SweepTable) -> impl Iterator<Item = Kind> {
    (0..table.axes.len()).map(|axis| {
        let mut labels = table.points.iter().filter_map(|point| point.values.get(axis));
        let plain = labels.all(|value| value.label.parse::<f64>().is_ok_and(f64::is_finite));
        if plain { Kind::Number } else { Kind::Text }
    })
}
