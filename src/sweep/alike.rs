//! Points that did the same in every run: a value of an axis that nothing at these points looks at.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::Xxh3;

use super::table::{AxisValue, PointRow, SweepTable};

/// What the runs of a point did: a hash of their digests and figures, bit by bit.
fn did(point: &PointRow) -> u128 {
    let mut hasher = Xxh3::new();
    for run in point.runs.iter() {
        let words = run.digest.halves().into_iter().chain(run.figures.bits());
        words.for_each(|word| hasher.update(&word.to_le_bytes()));
    }
    hasher.digest128()
}

/// The table with one row for points that did the same in every run, where one row can say which
/// they are: every combination of its values. Beside it the numbers of the points of each such row.
pub(super) fn distinct(table: &SweepTable) -> (SweepTable, Vec<Vec<u64>>) {
    let mut of_points: BTreeMap<(usize, u128), Vec<usize>> = BTreeMap::new();
    for (row, point) in table.points.iter().enumerate().filter(|(_, of)| !of.runs.is_empty()) {
        of_points.entry((point.runs.len(), did(point))).or_default().push(row);
    }
    let mut stands_for: Vec<Option<Vec<usize>>> = vec![None; table.points.len()];
    let mut gone = vec![false; table.points.len()];
    for rows in of_points.into_values().filter(|rows| rows.len() > 1) {
        if is_product(table, &rows) {
            rows[1..].iter().for_each(|row| gone[*row] = true);
            let first = rows[0];
            stands_for[first] = Some(rows);
        }
    }
    let all: Vec<usize> = (0..table.axes.len())
        .map(|axis| values_of(table, 0..table.points.len(), axis).len())
        .collect();
    let mut alike = Vec::new();
    let mut points = Vec::new();
    for (row, point) in table.points.iter().enumerate().filter(|(row, _)| !gone[*row]) {
        let Some(rows) = &stands_for[row] else {
            points.push(point.clone());
            continue;
        };
        alike.push(rows.iter().map(|row| table.points[*row].point).collect());
        let values = all.iter().enumerate();
        let values = values.map(|(axis, all)| together(table, rows, axis, *all)).collect();
        points.push(PointRow { values, ..point.clone() });
    }
    (SweepTable { points, ..table.without_points() }, alike)
}

/// The different values of some rows on an axis.
fn values_of(
    table: &SweepTable,
    rows: impl Iterator<Item = usize>,
    axis: usize,
) -> Vec<&AxisValue> {
    let mut known = BTreeSet::new();
    let values = rows.filter_map(|row| table.points[row].values.get(axis));
    values
        .filter(|value| known.insert((value.label.as_str(), value.number.map(f64::to_bits))))
        .collect()
}

/// Whether the rows are every combination of their values.
fn is_product(table: &SweepTable, rows: &[usize]) -> bool {
    let counts =
        (0..table.axes.len()).map(|axis| values_of(table, rows.iter().copied(), axis).len());
    counts.product::<usize>() == rows.len()
}

/// The values of some rows on an axis as one: `any` where they are all there are.
fn together(table: &SweepTable, rows: &[usize], axis: usize, all: usize) -> AxisValue {
    let own = values_of(table, rows.iter().copied(), axis);
    if let [one] = own.as_slice() {
        return (*one).clone();
    }
    let labels: Vec<&str> = own.iter().map(|value| value.label.as_str()).collect();
    let label = if own.len() == all { "any".to_owned() } else { labels.join(", ") };
    AxisValue { label, number: None }
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::grid;
    use super::*;

    fn labels(table: &SweepTable) -> Vec<String> {
        table.points.iter().map(PointRow::label).collect()
    }

    #[test]
    fn points_that_did_the_same_are_one_row_where_that_can_be_said() {
        let figures = [[1.0, 2.0, 2.0], [1.0, 3.0, 4.0]];
        let table = grid(["a", "b"], ["x", "y"], ["1", "2", "3"], &figures);
        let (found, alike) = distinct(&table);
        assert_eq!(labels(&found), ["any, 1", "x, 2, 3", "y, 2", "y, 3"]);
        assert_eq!(alike, [vec![0, 3], vec![1, 2]]);
    }

    #[test]
    fn a_corner_is_no_product_and_stays_as_it_is() {
        let table = grid(["a", "b"], ["x", "y"], ["1", "2"], &[[1.0, 1.0], [1.0, 2.0]]);
        let (found, alike) = distinct(&table);
        assert_eq!((found.points.len(), alike.len()), (4, 0));
    }
}
