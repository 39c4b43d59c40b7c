//! A series as CSV: lines that say what the columns are, then lines that begin with a timestamp. What the
//! CloudWatch console downloads, and what scripts write of get-metric-statistics.

use crate::io::Code;

use super::super::document::Span;
use super::super::reader::ReadFile;
use super::super::report::{Finding, shown};
use super::series_points::{Column, Point, is_date_without_order, is_no_count, moment};

/// Columns that say something of a line and hold no count.
const ATTRIBUTES: [&str; 7] = ["unit", "units", "statistic", "stat", "label", "id", "metric"];

type Cell<'t> = (&'t str, (usize, usize));

/// The columns of the file.
pub(super) fn columns(file: ReadFile<'_>) -> Result<Vec<Column>, Box<Finding>> {
    let mut columns: Vec<Column> = Vec::new();
    let mut attributes: Vec<Option<String>> = Vec::new();
    let mut has_data = false;
    for line in lines(file.text) {
        let cells = cells(line.0, line.1);
        let Some((time, time_at)) = cells.first().copied() else { continue };
        if cells.iter().all(|(text, _)| text.is_empty()) {
            continue;
        }
        let width = cells.len().saturating_sub(1);
        if columns.len() < width {
            columns.resize_with(width, Column::default);
            attributes.resize(width, None);
        }
        let Some((at, kind)) = moment(time) else {
            if is_date_without_order(time) {
                return Err(undated(file, time_at, time));
            }
            if has_data {
                let message = format!("\"{}\" is not a timestamp", shown(time));
                return Err(bad(file, time_at, message));
            }
            head(file, &cells, &mut columns);
            continue;
        };
        has_data = true;
        for (position, (text, value_at)) in cells.iter().enumerate().skip(1) {
            let column = &mut columns[position - 1];
            if is_attribute(column) {
                same(file, &mut attributes[position - 1], (text, *value_at))?;
                continue;
            }
            // Nothing was counted.
            if text.is_empty() {
                continue;
            }
            let Ok(value) = text.parse() else {
                let message = format!("\"{}\" is not a number", shown(text));
                return Err(bad(file, *value_at, message));
            };
            column.points.push(Point { at, kind, value, time_at, value_at: *value_at });
        }
    }
    if !has_data && file.text.lines().any(|line| !line.trim().is_empty()) {
        let first = lines(file.text).find(|line| !line.0.trim().is_empty()).unwrap_or_default();
        let end = first.1 + first.0.len();
        if columns.is_empty() {
            let message = "the file is no series: no line begins with a timestamp".to_owned();
            return Err(bad(file, (first.1, end), message));
        }
    }
    Ok(columns)
}

fn bad(file: ReadFile<'_>, at: (usize, usize), message: String) -> Box<Finding> {
    let span = Span { source: file.index, start: at.0, end: at.1 };
    Box::new(Finding::new(Code::BadSeries, span, message).help(
        "each line has a timestamp and a count: `2026-01-05T13:30:00Z,1200`; seconds since 1970 do too",
    ))
}

/// Spreadsheets write dates as the country has them.
fn undated(file: ReadFile<'_>, at: (usize, usize), time: &str) -> Box<Finding> {
    let message = format!("\"{}\" may be one day or another", shown(time));
    let span = Span { source: file.index, start: at.0, end: at.1 };
    let finding = Finding::new(Code::BadSeries, span, message).label("day or month first?");
    Box::new(finding.help(
        "write dates with the year first, in UTC: `2026-01-05T13:30:00Z`; in a spreadsheet format the \
         column as yyyy-mm-dd hh:mm:ss, or export the series by `aws cloudwatch get-metric-data`",
    ))
}

/// A line above the data: what it calls the columns.
fn head(file: ReadFile<'_>, cells: &[Cell<'_>], columns: &mut [Column]) {
    for ((text, at), column) in cells.iter().skip(1).zip(columns) {
        if text.is_empty() {
            continue;
        }
        column.names.push((*text).to_owned());
        if is_no_count(text) {
            let span = Span { source: file.index, start: at.0, end: at.1 };
            column.statistic = Some(((*text).to_owned(), span));
        }
    }
}

fn is_attribute(column: &Column) -> bool {
    let known = |name: &String| ATTRIBUTES.iter().any(|word| word.eq_ignore_ascii_case(name));
    column.names.iter().any(known)
}

/// What a column says of a line is the same in all of them, and no mean.
fn same(
    file: ReadFile<'_>,
    seen: &mut Option<String>,
    (text, at): Cell<'_>,
) -> Result<(), Box<Finding>> {
    let mixed = |message: String| {
        let span = Span { source: file.index, start: at.0, end: at.1 };
        let finding = Finding::new(Code::MixedUnits, span, message);
        Err(Box::new(finding.help("export one statistic in one unit: Sum, in Count")))
    };
    match seen {
        Some(seen) if seen != text => mixed(format!(
            "a line is in \"{}\", those before it in \"{}\"",
            shown(text),
            shown(seen)
        )),
        _ if is_no_count(text) => mixed(format!("the series holds \"{}\"", shown(text))),
        _ => {
            *seen = Some(text.to_owned());
            Ok(())
        }
    }
}

/// The lines of a text, and where each begins.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let here = start;
        start += line.len();
        let mark = if line.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
        (line[mark..].trim_end_matches(['\n', '\r']), here + mark)
    })
}

/// The cells of a line, without quotes and blanks around them, and where each stands.
pub(super) fn cells(line: &str, start: usize) -> Vec<Cell<'_>> {
    let mut cells = Vec::new();
    let (mut from, mut quoted) = (0, false);
    for (index, character) in line.char_indices().chain([(line.len(), ',')]) {
        match character {
            '"' => quoted = !quoted,
            ',' | ';' | '\t' if !quoted || index == line.len() => {
                let raw = &line[from..index];
                let text = raw.trim().trim_matches('"').trim();
                let blank = raw.len() - raw.trim_start().len();
                let at = start + from + blank;
                cells.push((text, (at, at + raw.trim().len())));
                from = index + 1;
            }
            _ => {}
        }
    }
    cells
}
