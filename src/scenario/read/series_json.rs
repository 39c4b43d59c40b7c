//! A series as `aws cloudwatch get-metric-data` prints it: MetricDataResults with Timestamps, newest
//! first, and Values.

use serde_json::Value;

use crate::io::Code;

use super::super::document::Span;
use super::super::reader::ReadFile;
use super::super::report::{Finding, shown};
use super::series_points::{Column, Point, is_no_count, moment};

/// The series of the file: results of one id are pages of one.
pub(super) fn columns(file: ReadFile<'_>) -> Result<Vec<Column>, Box<Finding>> {
    let tree: Value = serde_json::from_str(file.text.trim_start_matches('\u{FEFF}'))
        .map_err(|error| syntax(file, &error))?;
    let results = tree.get("MetricDataResults").and_then(Value::as_array);
    let Some(results) = results else {
        let message = "the file has no \"MetricDataResults\"".to_owned();
        return Err(bad(file, Code::BadSeries, (0, first_line(file.text)), message));
    };
    let mut columns: Vec<(Option<&str>, Column)> = Vec::new();
    for (number, result) in results.iter().enumerate() {
        let id = result.get("Id").and_then(Value::as_str);
        let points = points(file, number, result)?;
        match columns.iter_mut().find(|(known, _)| known.is_some() && *known == id) {
            Some((_, column)) => column.points.extend(points),
            None => columns.push((id, Column { points, ..named(file, result) })),
        }
    }
    Ok(columns.into_iter().map(|(_, column)| column).collect())
}

fn named(file: ReadFile<'_>, result: &Value) -> Column {
    let mut column = Column::default();
    for key in ["Id", "Label"] {
        let Some(text) = result.get(key).and_then(Value::as_str) else { continue };
        column.names.push(text.to_owned());
        // `RequestCount Average`: a label may end with its statistic.
        let word = text.rsplit([' ', '_']).next().unwrap_or(text);
        if is_no_count(word) {
            let start = file.text.find(&format!("\"{text}\"")).unwrap_or(0);
            let span = Span { source: file.index, start, end: start + text.len() + 2 };
            column.statistic = Some((word.to_owned(), span));
        }
    }
    column
}

fn points(file: ReadFile<'_>, number: usize, result: &Value) -> Result<Vec<Point>, Box<Finding>> {
    let list = |key: &str| result.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let (times, values) = (list("Timestamps"), list("Values"));
    let (of_times, of_values) =
        (elements(file.text, "\"Timestamps\"", number), elements(file.text, "\"Values\"", number));
    if times.len() != values.len() {
        let (times, values) = (times.len(), values.len());
        let message = format!("a result has {times} timestamps and {values} values");
        let at = of_times.first().copied().unwrap_or_default();
        return Err(bad(file, Code::BadSeries, at, message));
    }
    let mut points = Vec::with_capacity(times.len());
    for (position, (time, value)) in times.iter().zip(values).enumerate() {
        let at = |places: &[(usize, usize)]| places.get(position).copied().unwrap_or_default();
        let (time_at, value_at) = (at(&of_times), at(&of_values));
        let text = time.as_str().map_or_else(|| time.to_string(), str::to_owned);
        let Some((at, kind)) = moment(&text) else {
            let message = format!("\"{}\" is not a timestamp", shown(&text));
            return Err(bad(file, Code::BadSeries, time_at, message));
        };
        let Some(value) = value.as_f64() else {
            let message = format!("`{}` is not a number", shown(&value.to_string()));
            let quoted = value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("nan"));
            let code = if quoted { Code::NotFinite } else { Code::BadSeries };
            return Err(bad(file, code, value_at, message));
        };
        points.push(Point { at, kind, value, time_at, value_at });
    }
    Ok(points)
}

fn bad(file: ReadFile<'_>, code: Code, at: (usize, usize), message: String) -> Box<Finding> {
    let span = Span { source: file.index, start: at.0, end: at.1 };
    Box::new(Finding::new(code, span, message).help(
        "write what the command prints into the file: `aws cloudwatch get-metric-data ... > series.json`",
    ))
}

/// What is no JSON. Python writes a NaN as JSON has none.
fn syntax(file: ReadFile<'_>, error: &serde_json::Error) -> Box<Finding> {
    let before: usize =
        file.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = before + error.column().saturating_sub(1);
    let bare = |word: &str| {
        let found = file.text.match_indices(word).map(|(start, _)| start);
        found.into_iter().any(|start| (start..=start + word.len()).contains(&at))
    };
    if let Some(word) = ["NaN", "Infinity"].into_iter().find(|word| bare(word)) {
        let start = file.text[..at.min(file.text.len())].rfind(&word[..1]).unwrap_or(at);
        let span = Span { source: file.index, start, end: start + word.len() };
        let finding = Finding::new(Code::NotFinite, span, format!("a value is {word}"));
        let finding = finding.label("not finite");
        return Box::new(finding.help("leave the point out, or mend it where it comes from"));
    }
    bad(file, Code::JsonSyntax, (at, at + 1), format!("not valid JSON: {error}"))
}

fn first_line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Where the elements of the n-th list of a key stand. They are numbers or strings without commas.
fn elements(text: &str, key: &str, n: usize) -> Vec<(usize, usize)> {
    let Some((start, _)) = text.match_indices(key).nth(n) else { return Vec::new() };
    let Some(open) = text[start..].find('[').map(|at| start + at + 1) else { return Vec::new() };
    let Some(close) = text[open..].find(']').map(|at| open + at) else { return Vec::new() };
    let mut places = Vec::new();
    let mut from = open;
    for element in text[open..close].split(',') {
        let blank = element.len() - element.trim_start().len();
        places.push((from + blank, from + blank + element.trim().len()));
        from += element.len() + 1;
    }
    places
}
