//! A user's CSV file: what the parser lets through or explains badly is checked here.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::nearest::suggestion;
use super::overrides::{NamedText, plain_text};
use super::problem::{CatalogProblem, Problems};

/// Columns of this prefix are the user's own.
const OWN_PREFIX: &str = "x_";

/// The columns that a file must and may have; a column's number counts through both lists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

impl Layout {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.required.iter().chain(self.optional).copied()
    }

    /// The name of a column.
    pub(super) fn name(&self, column: usize) -> &'static str {
        self.names().nth(column).unwrap_or_default()
    }
}

/// A record whose fields are found by the layout's column number.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    /// Line, from 1.
    pub(super) line: u64,
    record: &'a StringRecord,
    positions: &'a [Option<usize>],
}

impl Cells<'_> {
    /// A field; empty where the file lacks an optional column.
    pub(super) fn get(&self, column: usize) -> &str {
        let position = self.positions.get(column).copied().flatten();
        position.and_then(|position| self.record.get(position)).unwrap_or_default()
    }
}

/// Reads a file and hands every record of the right width to `each`.
pub(super) fn read_csv(
    file: NamedText<'_>,
    layout: &Layout,
    problems: &mut Problems,
    mut each: impl FnMut(&Cells<'_>, &mut Problems),
) {
    let text = match plain_text(file.text) {
        Ok(text) => text,
        Err(message) => return problems.push(CatalogProblem::error(file.name, message)),
    };
    let text = closed_part(file.name, text, problems);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    if !matches!(reader.read_record(&mut record), Ok(true)) {
        return;
    }
    let Some(positions) = header(file.name, layout, &record, problems) else { return };
    let width = record.len();
    let mut lines = Lines::new(text);
    let mut rows = 0_u64;
    // Reading a `str` can fail neither by I/O nor by its encoding: an error would end the loop.
    while let Ok(true) = reader.read_record(&mut record) {
        rows += 1;
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        if record.len() == width {
            each(&Cells { line, record: &record, positions: &positions }, problems);
        } else {
            problems.push(ragged(file.name, line, width, &record));
        }
    }
    if rows == 0 && text.len() == file.text.trim_start_matches('\u{feff}').len() {
        problems.push(CatalogProblem::error(file.name, "there are no rows below the header"));
    }
}

/// Counts lines up to the start of each record. (The parser's own count lags behind: where a record
/// follows a CRLF or a blank line, it counts from before that.)
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        Self { text: text.as_bytes(), at: 0, line: 1 }
    }

    /// The line of the first byte at or after `offset` that ends no line; offsets ascend.
    fn at(&mut self, offset: u64) -> u64 {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        while let Some(byte) = self.text.get(self.at) {
            let ends = match byte {
                b'\n' => true,
                // A lone carriage return ends a line too.
                b'\r' => self.text.get(self.at + 1) != Some(&b'\n'),
                _ => false,
            };
            if self.at >= offset && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(ends);
            self.at += 1;
        }
        self.line
    }
}

/// The text up to a quote that is never closed, which is a problem.
fn closed_part<'t>(file: &str, text: &'t str, problems: &mut Problems) -> &'t str {
    let Some(at) = unclosed_quote(text) else { return text };
    let line = Lines::new(text).at(at as u64);
    let message = "a quote opened on this line is never closed";
    problems.push(CatalogProblem::error(file, message).at(line));
    let line_start = text[..at].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    &text[..line_start]
}

/// The offset of a quote that is never closed.
fn unclosed_quote(text: &str) -> Option<usize> {
    let mut opened = None;
    let mut field_start = true;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if opened.is_some() {
            let escaped = byte == b'"' && bytes.next_if(|(_, next)| *next == b'"').is_some();
            if byte == b'"' && !escaped {
                opened = None;
            }
            continue;
        }
        if byte == b'"' && field_start {
            opened = Some(at);
        }
        field_start = matches!(byte, b',' | b'\n' | b'\r');
    }
    opened
}

/// Where each column of the layout stands, or `None` when the header is not usable.
fn header(
    file: &str,
    layout: &Layout,
    header: &StringRecord,
    problems: &mut Problems,
) -> Option<Vec<Option<usize>>> {
    let error = |message: String| CatalogProblem::error(file, message).at(1);
    if let Some(separator) = foreign_separator(header) {
        let message = format!("the columns are separated by {separator}, expected commas");
        let help = "export the file as CSV with commas and decimal points";
        problems.push(error(message).help(help));
        return None;
    }
    let mut positions = vec![None; layout.names().count()];
    for (at, name) in header.iter().enumerate().filter(|(_, name)| !name.starts_with(OWN_PREFIX)) {
        match layout.names().position(|known| known == name) {
            None => {
                let help = suggestion(name, layout.names()).unwrap_or_else(|| {
                    format!("taskyard passes over columns that begin with {OWN_PREFIX}")
                });
                problems.push(error(format!("unknown column {name:?}")).column(name).help(help));
            }
            Some(column) if positions[column].is_some() => {
                problems.push(error(format!("the column {name:?} appears twice")).column(name));
            }
            Some(column) => positions[column] = Some(at),
        }
    }
    let found = header.iter().collect::<Vec<_>>().join(", ");
    let mut complete = true;
    for (column, name) in layout.required.iter().enumerate() {
        if positions[column].is_none() {
            let message = format!("the column {name:?} is missing; found: {found}");
            problems.push(error(message).column(name));
            complete = false;
        }
    }
    complete.then_some(positions)
}

fn foreign_separator(header: &StringRecord) -> Option<&'static str> {
    let only = header.get(0).filter(|_| header.len() == 1)?;
    match only {
        _ if only.contains(';') => Some("semicolons"),
        _ if only.contains('\t') => Some("tabs"),
        _ => None,
    }
}

fn ragged(file: &str, line: u64, width: usize, record: &StringRecord) -> CatalogProblem {
    let found = record.len();
    let message = format!("expected {width} fields as in the header, found {found}");
    let problem = CatalogProblem::error(file, message).at(line);
    if found > width {
        return problem.help("is a decimal written with a comma, or a comma not in quotes?");
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unclosed_quote_is_found_where_it_opens() {
        assert_eq!(unclosed_quote("a,b\n1,\"x\ny,2\n"), Some(6));
        assert_eq!(unclosed_quote("a,b\n1,\"x\"\"y\"\n5\",6\n"), None);
    }
}
