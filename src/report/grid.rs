//! Tables of aligned columns.

use super::page::wrap;

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table as text: a header, if any, and rows.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

/// Spaces between columns.
const GAP: &str = "  ";

/// No wrapped column is narrower.
const LEAST_WRAPPED: usize = 20;

impl Grid {
    /// An empty table. A title that starts with `>` is that of a column of numbers.
    pub(super) fn new(titles: &[&str]) -> Self {
        let columns = titles.iter().map(|title| match title.strip_prefix('>') {
            Some(title) => (title.to_owned(), Align::Right),
            None => ((*title).to_owned(), Align::Left),
        });
        Self { columns: columns.collect(), rows: Vec::new() }
    }

    /// Adds a row of as many cells as there are columns.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells: Vec<String> = cells.into_iter().collect();
        cells.resize(self.columns.len(), String::new());
        self.rows.push(cells);
    }

    /// Leaves out the columns that are empty in every row.
    pub(super) fn without_empty_columns(mut self) -> Self {
        let used: Vec<bool> = (0..self.columns.len())
            .map(|column| self.rows.iter().any(|row| !row[column].is_empty()))
            .collect();
        let mut keep = used.iter().copied();
        self.columns.retain(|_| keep.next().unwrap_or(true));
        for row in &mut self.rows {
            let mut keep = used.iter().copied();
            row.retain(|_| keep.next().unwrap_or(true));
        }
        self
    }

    /// The lines, the header first (if it has any title). Where they would be wider than `most`, the
    /// last column is wrapped.
    pub(super) fn lines(&self, most: usize) -> Vec<String> {
        let widths: Vec<usize> = (0..self.columns.len()).map(|column| self.width(column)).collect();
        let titles: Vec<String> = self.columns.iter().map(|(title, _)| title.clone()).collect();
        let header = titles.iter().any(|title| !title.is_empty()).then_some(&titles);
        let rows = header.into_iter().chain(&self.rows);
        rows.flat_map(|cells| self.wrapped(cells, &widths, most)).collect()
    }

    fn wrapped(&self, cells: &[String], widths: &[usize], most: usize) -> Vec<String> {
        let Some((last, first)) = cells.split_last() else { return Vec::new() };
        let before: usize = widths[..first.len()].iter().sum::<usize>() + GAP.len() * first.len();
        let lines = wrap(last, most.saturating_sub(before).max(LEAST_WRAPPED));
        if lines.len() <= 1 {
            return vec![self.line(cells, widths)];
        }
        let mut wrapped = Vec::new();
        for (number, line) in lines.into_iter().enumerate() {
            let mut cells =
                if number == 0 { first.to_vec() } else { vec![String::new(); first.len()] };
            cells.push(line);
            wrapped.push(self.line(&cells, widths));
        }
        wrapped
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(self.columns[column].0.chars().count())
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let padded =
            cells.iter().zip(widths).zip(&self.columns).map(
                |((cell, width), column)| match column.1 {
                    Align::Left => format!("{cell:<width$}"),
                    Align::Right => format!("{cell:>width$}"),
                },
            );
        padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_empty_columns_go() {
        let mut grid = Grid::new(&["type", ">n", "note"]);
        grid.row(["t4g.small".to_owned(), "30".to_owned()]);
        grid.row(["a".to_owned(), "5".to_owned()]);
        let lines = grid.without_empty_columns().lines(80);
        assert_eq!(lines, ["type        n", "t4g.small  30", "a           5"]);
    }

    #[test]
    fn a_long_last_column_is_wrapped_under_itself() {
        let mut grid = Grid::new(&["", ""]);
        grid.row(["a".to_owned(), "one two three four five six".to_owned()]);
        assert_eq!(grid.lines(24), ["a  one two three four", "   five six"]);
    }
}
