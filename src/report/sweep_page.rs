//! `sweep` for people: the answer, then the points in order of the first objective.

use crate::sweep::decisions::{OnFront, figure_in_words, name_in_words};
use crate::sweep::statistics::{Estimate, Standing};
use crate::sweep::{Findings, PointRow};

use super::grid::Grid;
use super::page::Page;
use super::words::{count, counted};

/// Lines of points that the page shows.
const SHOWN: usize = 30;

/// Points that cannot run that it shows.
const ERRORS_SHOWN: usize = 8;

/// Characters of a value that it shows.
const VALUE_WIDTH: usize = 28;

/// The sweep as a page.
#[must_use]
pub fn sweep_table(findings: &Findings<'_>) -> String {
    let mut page = Page::default();
    page.headline(&findings.answer);
    page.section(&title(findings));
    let lines = lines(findings);
    page.grid(2, &grid(findings, &lines));
    notes(&mut page, findings, &lines);
    errors(&mut page, findings);
    page.finish()
}

/// How much was run.
fn title(findings: &Findings<'_>) -> String {
    let points = &findings.table.points;
    let all: usize = points.iter().map(|point| point.runs.len()).sum();
    let each = points.iter().map(|point| point.runs.len()).filter(|runs| *runs > 0);
    let seeds = match (each.clone().min(), each.max()) {
        (Some(least), Some(most)) if least == most && most > 1 => {
            format!(": {least} at each point, under the same seeds")
        }
        (Some(least), Some(most)) if most > 1 => {
            format!(": {least} to {most} at each point, under the same seeds")
        }
        _ => String::new(),
    };
    let name = &findings.table.name;
    let (points, runs) =
        (counted(points.len() as f64, "point", "points"), counted(all as f64, "run", "runs"));
    format!("{name}: {points}, {runs}{seeds}")
}

/// A line of the table: points that did the same in every run.
struct Line {
    /// Rows of the sweep's table.
    rows: Vec<usize>,
    /// The value on each axis, in words.
    values: Vec<String>,
}

/// The lines in order of rank; then the points that are no choice because tasks wait, or that lack a
/// figure. Points that cannot run have no line.
fn lines(findings: &Findings<'_>) -> Vec<Line> {
    let points = &findings.table.points;
    let row_of = |number: u64| points.binary_search_by_key(&number, |point| point.point).ok();
    let ranked = findings.decisions.rankings.first();
    let mut order: Vec<usize> = ranked
        .into_iter()
        .flat_map(|ranking| &ranking.points)
        .filter_map(|row| row_of(row.point))
        .collect();
    let mut placed = vec![false; points.len()];
    order.iter().for_each(|row| placed[*row] = true);
    order.extend((0..points.len()).filter(|row| !placed[*row] && points[*row].error.is_none()));
    together(findings, &order)
}

/// Puts points that did the same in every run on one line, where that line can say which they are: every
/// combination of the values that it names.
fn together(findings: &Findings<'_>, order: &[usize]) -> Vec<Line> {
    let points = &findings.table.points;
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut by_runs: std::collections::BTreeMap<Vec<&str>, usize> =
        std::collections::BTreeMap::new();
    for row in order {
        let key: Vec<&str> = points[*row].runs.iter().map(|run| run.digest.as_str()).collect();
        match by_runs.get(&key).filter(|_| !key.is_empty()) {
            Some(at) => groups[*at].push(*row),
            None => {
                by_runs.insert(key, groups.len());
                groups.push(vec![*row]);
            }
        }
    }
    let alone = |row: usize| {
        let values = labels(&points[row]).map(shortened).collect();
        Line { rows: vec![row], values }
    };
    groups
        .into_iter()
        .flat_map(|rows| match product(findings, &rows) {
            Some(values) if rows.len() > 1 => vec![Line { rows, values }],
            _ => rows.into_iter().map(alone).collect(),
        })
        .collect()
}

/// The values of these points on each axis, if the points are every combination of them and do the same
/// not only by their digest.
fn product(findings: &Findings<'_>, rows: &[usize]) -> Option<Vec<String>> {
    let points = &findings.table.points;
    let first = &points[*rows.first()?];
    let same = |row: &usize| {
        let pairs = points[*row].runs.iter().zip(&first.runs);
        pairs.into_iter().all(|(own, other)| own.figures == other.figures)
    };
    let mut combinations = 1;
    let mut words = Vec::new();
    for axis in 0..findings.table.axes.len() {
        let label = |row: &usize| points[*row].values.get(axis).map(|value| value.label.as_str());
        let mut values: Vec<&str> = Vec::new();
        for value in rows.iter().filter_map(label) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        combinations *= values.len();
        words.push(match values.as_slice() {
            [one] => shortened(one),
            many => shortened(&many.join(", ")),
        });
    }
    (combinations == rows.len() && rows.iter().all(same)).then_some(words)
}

fn labels(point: &PointRow) -> impl Iterator<Item = &str> {
    point.values.iter().map(|value| value.label.as_str())
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= VALUE_WIDTH {
        return label.to_owned();
    }
    label.chars().take(VALUE_WIDTH - 3).collect::<String>() + "..."
}

fn grid(findings: &Findings<'_>, lines: &[Line]) -> Grid {
    let table = findings.table;
    let mut titles: Vec<String> = vec![">".to_owned()];
    titles.extend(table.axes.iter().map(|axis| axis.name.clone()));
    let columns: Vec<(usize, &str)> = findings
        .objectives
        .iter()
        .filter_map(|metric| Some((table.column(metric)?, metric.as_str())))
        .collect();
    titles.extend(columns.iter().map(|(_, metric)| format!(">{}", name_in_words(metric))));
    titles.extend([">waiting".to_owned(), String::new()]);
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut grid = Grid::new(&titles);
    let waiting = table.column("tasks.waiting_at_end");
    for (rank, line) in lines.iter().take(SHOWN).enumerate() {
        let row = line.rows[0];
        let mut cells = vec![(rank + 1).to_string()];
        cells.extend(line.values.iter().cloned());
        cells.extend(columns.iter().map(|(column, metric)| {
            let estimate = findings.estimate(row, *column);
            estimate.map_or_else(|| "-".to_owned(), |of| figure(metric, &of))
        }));
        let waits = waiting.and_then(|column| findings.estimate(row, column));
        let waits = waits.map_or(0.0, |of| of.mean);
        cells.push(if waits > 0.0 { count(waits) } else { String::new() });
        cells.push(standing(findings, table.points[row].point));
        grid.row(cells);
    }
    grid.without_empty_columns()
}

/// The mean, with half the width of its interval.
fn figure(metric: &str, of: &Estimate) -> String {
    let mean = figure_in_words(metric, of.mean);
    let half = of.ci95_low.zip(of.ci95_high).map_or(0.0, |(low, high)| (high - low) / 2.0);
    let spread = figure_in_words(metric, half);
    if spread.chars().any(|c| matches!(c, '1'..='9')) {
        format!("{mean} ± {}", spread.trim_start_matches('$'))
    } else {
        mean
    }
}

/// How a point stands: to the best by the first objective, and to the front.
fn standing(findings: &Findings<'_>, point: u64) -> String {
    let ranked = findings.decisions.rankings.first();
    let ranked = ranked.and_then(|ranking| ranking.points.iter().find(|row| row.point == point));
    let mut words = Vec::new();
    match ranked.map(|row| row.standing) {
        Some(Standing::Best) => words.push("least"),
        // Among several; one that ran once is told apart from nobody.
        Some(Standing::NotDistinguishable) if ranked.is_some_and(|row| row.estimate.n > 1) => {
            words.push("may be the least");
        }
        Some(Standing::NotDistinguishable | Standing::Behind) => {}
        None => words.push("no choice"),
    }
    let front = findings.decisions.front.as_ref();
    let on = front.and_then(|front| front.points.iter().find(|row| row.point == point));
    match on.map(|row| row.standing) {
        Some(OnFront::Front) => words.push("front"),
        Some(OnFront::NotDistinguishable) => words.push("near the front"),
        Some(OnFront::Dominated) | None => {}
    }
    words.join(", ")
}

fn notes(page: &mut Page, findings: &Findings<'_>, lines: &[Line]) {
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        page.line(2, &format!("and {more} more: `-o csv` has all of them"));
    }
    let several = lines.iter().any(|line| line.rows.len() > 1);
    if several {
        page.paragraph(
            2,
            "A line with several values on an axis: these points did the same in every run.",
        );
    }
    let with = |standing: OnFront| {
        let front = findings.decisions.front.as_ref();
        front.is_some_and(|front| front.count(standing) > 0)
    };
    if let ([first, second, ..], true) = (findings.objectives.as_slice(), with(OnFront::Front)) {
        let (first, second) = (name_in_words(first), name_in_words(second));
        let text = format!("front: no point is better in both {first} and {second}.");
        page.paragraph(2, &text);
    }
}

/// The points that cannot run, with why.
fn errors(page: &mut Page, findings: &Findings<'_>) {
    let wrong: Vec<(&PointRow, &String)> = findings
        .table
        .points
        .iter()
        .filter_map(|point| Some((point, point.error.as_ref()?)))
        .collect();
    if wrong.is_empty() {
        return;
    }
    page.section("Points that cannot run");
    for (point, why) in wrong.iter().take(ERRORS_SHOWN) {
        page.item(&format!("{}: {why}", point.label()));
    }
    if wrong.len() > ERRORS_SHOWN {
        page.line(2, &format!("and {} more: `-o csv` has all of them", wrong.len() - ERRORS_SHOWN));
    }
}
