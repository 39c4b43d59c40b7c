//! CSV by the names of its columns; columns that nobody asks for may be there.

use crate::io::{Diagnostic, Source};

use super::damaged;

/// A row of a table.
pub(super) struct Row<'t> {
    source: &'t Source,
    record: &'t csv::StringRecord,
    columns: &'t [usize],
    names: &'t [&'t str],
}

/// What `read` makes of each row of the first replication; rows of which it makes nothing are left out.
pub(super) fn rows<T>(
    source: &Source,
    names: &[&str],
    mut read: impl FnMut(&Row<'_>) -> Result<Option<T>, Box<Diagnostic>>,
) -> Result<Vec<T>, Box<Diagnostic>> {
    let mut found = Vec::new();
    for_each(source, names, |row| {
        found.extend(read(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// Hands every row of the first replication to `read`.
pub(super) fn for_each(
    source: &Source,
    names: &[&str],
    mut read: impl FnMut(&Row<'_>) -> Result<(), Box<Diagnostic>>,
) -> Result<(), Box<Diagnostic>> {
    let wrong = |error: &csv::Error| {
        let at = error.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        damaged(source, at..at + 1, "", &error.to_string())
    };
    let mut reader = csv::Reader::from_reader(source.text.as_bytes());
    let header = reader.headers().map_err(|error| wrong(&error))?.clone();
    let place = |name: &str| {
        header.iter().position(|column| column == name).ok_or_else(|| {
            let end = source.text.find('\n').unwrap_or(source.text.len());
            damaged(source, 0..end, "", &format!("it has no column \"{name}\""))
        })
    };
    let columns = names.iter().map(|name| place(name)).collect::<Result<Vec<_>, _>>()?;
    let replication = place("replication")?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| wrong(&error))? {
        // Replications follow one another.
        if record.get(replication) != Some("0") {
            break;
        }
        read(&Row { source, record: &record, columns: &columns, names })?;
    }
    Ok(())
}

impl Row<'_> {
    /// A cell.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.columns.get(column).and_then(|at| self.record.get(*at)).unwrap_or_default()
    }

    /// A copy of it.
    pub(super) fn text(&self, column: usize) -> String {
        self.cell(column).to_owned()
    }

    /// A number, if there is any.
    pub(super) fn maybe(&self, column: usize) -> Result<Option<f64>, Box<Diagnostic>> {
        if self.cell(column).is_empty() { Ok(None) } else { self.number(column).map(Some) }
    }

    /// A number.
    pub(super) fn number(&self, column: usize) -> Result<f64, Box<Diagnostic>> {
        let text = self.cell(column);
        text.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| {
            let at = self.record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
            let rest = self.source.text.get(at..).unwrap_or_default();
            let end = at + rest.find('\n').unwrap_or(rest.len());
            let message = format!("{} is no number, but \"{text}\"", self.names[column]);
            damaged(self.source, at..end, "in this row", &message)
        })
    }
}
