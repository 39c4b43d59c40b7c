//! A figure by the values of two axes.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::statistics::{Estimate, estimate};
use super::super::table::{PointRow, SweepTable};

/// A figure by the values of the first two axes, for one combination of the others.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct HeatMap {
    /// Path of the figure.
    pub metric: String,
    /// The values of the other axes, in words; empty where there is none.
    pub others: String,
    /// Names of the two axes.
    pub axes: [String; 2],
    /// Values of the first: the rows.
    pub rows: Vec<String>,
    /// Values of the second: the columns.
    pub columns: Vec<String>,
    /// By row and column; null where no such point runs.
    pub cells: Vec<Vec<Option<Estimate>>>,
}

/// The maps of a figure; none with less than two axes.
#[must_use]
pub fn heat_maps(table: &SweepTable, metric: &str) -> Vec<HeatMap> {
    let (Some(column), [first, second, ..]) = (table.column(metric), table.axes.as_slice()) else {
        return Vec::new();
    };
    let label = |point: &PointRow, axis: usize| {
        point.values.get(axis).map(|value| value.label.clone()).unwrap_or_default()
    };
    let others = |point: &PointRow| {
        let labels: Vec<&str> = point.values.iter().skip(2).map(|of| of.label.as_str()).collect();
        labels.join(", ")
    };
    let of = |rest: String| {
        let own = || table.points.iter().filter(|point| others(point) == rest);
        let rows = in_order(own().map(|point| label(point, 0)));
        let columns = in_order(own().map(|point| label(point, 1)));
        let cell = |row: &String, at: &String| {
            let mut cells = own().filter(|point| label(point, 0) == *row && label(point, 1) == *at);
            cells.next().and_then(|point| estimate(point.figures(column)))
        };
        let cells = rows.iter().map(|row| columns.iter().map(|at| cell(row, at)).collect());
        HeatMap {
            metric: metric.to_owned(),
            axes: [first.name.clone(), second.name.clone()],
            cells: cells.collect(),
            others: rest,
            rows,
            columns,
        }
    };
    in_order(table.points.iter().map(others)).into_iter().map(of).collect()
}

/// Each text once, as they come.
fn in_order(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::super::table::tests::{grid, table};
    use super::*;

    #[test]
    fn values_stand_by_both_axes_in_the_order_of_the_sweep() {
        let costs = [[1.0, 20.0], [3.0, 9.0], [8.0, 8.0]];
        let found = grid(["size", "load"], ["small", "middle", "large"], ["calm", "busy"], &costs);
        let maps = heat_maps(&found, "a");
        assert_eq!(maps.len(), 1);
        assert_eq!(maps[0].rows, ["small", "middle", "large"]);
        assert_eq!(maps[0].columns, ["calm", "busy"]);
        assert!((maps[0].cells[1][1].unwrap().mean - 10.0).abs() < 1e-12);
        assert!(heat_maps(&found, "b").is_empty(), "no such figure");
        assert!(heat_maps(&table(&[&[&[1.0, 2.0]]]), "a").is_empty(), "one axis");
    }
}
