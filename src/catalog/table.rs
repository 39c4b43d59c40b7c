//! The built-in tables as text: one region's rows are found by bisection, and every field is checked.
//!
//! The tables are ours and plain, so that a small splitter reads them several times faster than a
//! general CSV reader would; what it does not know (an escaped quote) is an error, never a guess.

use std::ops::Range;

use super::field;
use super::problem::{CatalogError, CatalogProblem};

/// A table: its name, its columns in order, its text with the header line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'t> {
    /// File name under `data/`.
    pub(super) name: &'static str,
    /// Expected header.
    pub(super) columns: &'static [&'static str],
    /// The whole file.
    pub(super) text: &'t str,
}

/// A field that is not what its column says.
#[derive(Debug)]
pub(super) struct BadField {
    column: usize,
    expected: &'static str,
}

/// One row; fields are taken from left to right.
#[derive(Debug)]
pub(super) struct Row<'t, 'r> {
    fields: &'r [&'t str],
    next: usize,
}

impl<'t> Table<'t> {
    /// Number of data rows.
    pub(super) fn row_count(&self) -> usize {
        self.text.lines().count().saturating_sub(1)
    }

    /// The bytes of all data rows.
    pub(super) fn body(&self) -> Range<usize> {
        let start = self.text.find('\n').map_or(self.text.len(), |end| end + 1);
        start..self.text.len()
    }

    /// The bytes of the rows whose first field is `key`; the table is sorted by it.
    pub(super) fn rows_of(&self, key: &str) -> Range<usize> {
        let start = self.first_line(|first| first < key);
        let end = self.first_line(|first| first <= key);
        start..end
    }

    /// The distinct first fields, in order.
    pub(super) fn keys(&self) -> Vec<&'t str> {
        let mut keys = Vec::new();
        let mut at = self.body().start;
        while at < self.text.len() {
            let key = first_field(&self.text[at..]);
            keys.push(key);
            at = self.first_line(|first| first <= key);
        }
        keys
    }

    /// The offset of the first line for whose first field `before` is false.
    fn first_line(&self, before: impl Fn(&str) -> bool) -> usize {
        let Range { start: mut low, end: mut high } = self.body();
        while low < high {
            let middle = low + (high - low) / 2;
            let line = self.text.as_bytes()[low..middle]
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(low, |newline| low + newline + 1);
            if before(first_field_at(self.text, line)) {
                low = line_end(self.text, line);
            } else {
                high = line;
            }
        }
        low
    }

    /// Reads the rows in `range` (whole lines) with `read`.
    pub(super) fn read<T>(
        &self,
        range: Range<usize>,
        mut read: impl FnMut(&mut Row<'t, '_>) -> Result<T, BadField>,
    ) -> Result<Vec<T>, CatalogError> {
        self.check_header()?;
        let mut rows = Vec::with_capacity(range.len() / 64);
        let mut fields = Vec::with_capacity(self.columns.len());
        let mut at = range.start;
        while at < range.end {
            let end = line_end(self.text, at);
            let line = self.text[at..end].trim_end_matches(['\r', '\n']);
            fields.clear();
            if !split(line, &mut fields) || fields.len() != self.columns.len() {
                let message = format!("expected {} plain fields: {line:?}", self.columns.len());
                return Err(self.invalid(at, None, message));
            }
            let mut row = Row { fields: &fields, next: 0 };
            rows.push(read(&mut row).map_err(|bad| {
                let message = format!("expected {}, found {:?}", bad.expected, fields[bad.column]);
                self.invalid(at, Some(self.columns[bad.column]), message)
            })?);
            at = end;
        }
        Ok(rows)
    }

    /// Reads all rows.
    pub(super) fn read_all<T>(
        &self,
        read: impl FnMut(&mut Row<'t, '_>) -> Result<T, BadField>,
    ) -> Result<Vec<T>, CatalogError> {
        self.read(self.body(), read)
    }

    fn check_header(&self) -> Result<(), CatalogError> {
        let header = self.text.lines().next().unwrap_or_default();
        if header.split(',').eq(self.columns.iter().copied()) {
            return Ok(());
        }
        let message = format!("expected the header {:?}", self.columns.join(","));
        Err(self.invalid(0, None, message))
    }

    fn invalid(&self, at: usize, column: Option<&str>, message: String) -> CatalogError {
        let line = self.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let problem = CatalogProblem::error(self.name, message).at(line as u64);
        let problem = match column {
            Some(column) => problem.column(column),
            None => problem,
        };
        CatalogError::Invalid(vec![problem])
    }
}

/// The end of the line that starts at `at`, its line feed included.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

fn first_field_at(text: &str, line: usize) -> &str {
    first_field(&text[line..])
}

fn first_field(line: &str) -> &str {
    line.split([',', '\n']).next().unwrap_or_default()
}

/// Splits a line at its commas; a quoted field may hold some. False for what it does not know.
fn split<'t>(line: &'t str, fields: &mut Vec<&'t str>) -> bool {
    let mut rest = line;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let Some((field, after)) = quoted.split_once('"') else { return false };
            fields.push(field);
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => return after.is_empty(),
            }
            continue;
        }
        let Some(comma) = rest.bytes().position(|byte| byte == b',') else {
            fields.push(rest);
            return true;
        };
        fields.push(&rest[..comma]);
        rest = &rest[comma + 1..];
    }
}

impl<'t> Row<'t, '_> {
    /// The next field as it is.
    pub(super) fn text(&mut self) -> &'t str {
        let field = self.fields[self.next];
        self.next += 1;
        field
    }

    /// Passes over `count` fields.
    pub(super) fn skip(&mut self, count: usize) {
        self.next += count;
    }

    /// The next field through `parse`.
    pub(super) fn parse<T>(
        &mut self,
        expected: &'static str,
        parse: impl FnOnce(&'t str) -> Option<T>,
    ) -> Result<T, BadField> {
        let column = self.next;
        parse(self.text()).ok_or(BadField { column, expected })
    }

    /// The next field through `parse`; `None` when it is empty.
    pub(super) fn optional<T>(
        &mut self,
        expected: &'static str,
        parse: impl FnOnce(&'t str) -> Option<T>,
    ) -> Result<Option<T>, BadField> {
        self.parse(
            expected,
            |text| if text.is_empty() { Some(None) } else { parse(text).map(Some) },
        )
    }

    /// A field that is not empty.
    pub(super) fn word(&mut self) -> Result<&'t str, BadField> {
        self.parse("a value", |text| (!text.is_empty()).then_some(text))
    }

    /// A whole number.
    pub(super) fn whole(&mut self) -> Result<u32, BadField> {
        self.parse("a whole number", field::whole)
    }

    /// `0` or `1`.
    pub(super) fn flag(&mut self) -> Result<bool, BadField> {
        self.parse("0 or 1", field::flag)
    }

    /// A date, possibly without day or month.
    pub(super) fn date(&mut self) -> Result<&'t str, BadField> {
        self.parse("a date", |text| field::is_date(text).then_some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["region", "n"];

    fn table(text: &str) -> Table<'_> {
        Table { name: "t.csv", columns: COLUMNS, text }
    }

    #[test]
    fn bisection_finds_exactly_the_rows_of_a_region() {
        let table = table("region,n\na,1\nb,2\nb,3\nbb,4\nc,5\n");
        assert_eq!(table.keys(), ["a", "b", "bb", "c"]);
        let of = |key| {
            table.read(table.rows_of(key), |row| {
                row.skip(1);
                row.whole()
            })
        };
        assert_eq!(of("a").unwrap(), [1]);
        assert_eq!(of("b").unwrap(), [2, 3]);
        assert_eq!(of("bb").unwrap(), [4]);
        assert_eq!(of("c").unwrap(), [5]);
        for missing in ["", "0", "ba", "d"] {
            assert!(of(missing).unwrap().is_empty(), "{missing}");
        }
    }

    #[test]
    fn a_bad_field_is_named_with_line_column_and_value() {
        let table = table("region,n\na,1\nb,x\n");
        let error = table
            .read_all(|row| {
                row.skip(1);
                row.whole()
            })
            .unwrap_err();
        assert_eq!(error.to_string(), "error: t.csv:3: n: expected a whole number, found \"x\"");
    }

    #[test]
    fn another_header_and_a_ragged_row_are_errors() {
        assert!(table("region,m\na,1\n").read_all(|_| Ok(())).is_err());
        assert!(table("region,n\na,1,2\n").read_all(|_| Ok(())).is_err());
        assert!(table("region,n\n\"a\"\"b\",2\n").read_all(|_| Ok(())).is_err());
        assert_eq!(table("region,n\n\"a,b\",2\n").read_all(|row| Ok(row.text())).unwrap(), ["a,b"]);
    }
}
