//! `sweep` for people: the answer, then the points in order of the first objective.

use std::collections::BTreeSet;

use crate::sweep::decisions::{OnFront, figure_in_words, name_in_words};
use crate::sweep::statistics::{Estimate, Standing, estimate};
use crate::sweep::{Findings, PointRow, SweepTable};

use super::grid::Grid;
use super::page::Page;
use super::sweep_notes;
use super::words::{count, counted, percent};

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
    let order = order(findings);
    page.grid(2, &grid(findings, &order));
    notes(&mut page, findings, order.len());
    errors(&mut page, findings);
    sweep_notes::notes(&mut page, findings);
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

/// The rows in order of rank; then the points that are no choice because tasks wait, or that lack a
/// figure. Points that cannot run are told elsewhere.
fn order<'f>(findings: &'f Findings<'_>) -> Vec<&'f PointRow> {
    let points = &findings.distinct.points;
    let row_of = |number: u64| points.binary_search_by_key(&number, |point| point.point).ok();
    let regrets = findings.decisions.regret.iter().flat_map(|regret| &regret.choices);
    let ranked = findings.decisions.rankings.first();
    let ranked = ranked.into_iter().flat_map(|ranking| &ranking.points);
    let mut known = BTreeSet::new();
    let first = regrets.map(|row| row.point).chain(ranked.map(|row| row.point));
    let first = first.filter(|point| known.insert(*point)).filter_map(row_of);
    let first: Vec<usize> = first.collect();
    let mut placed = vec![false; points.len()];
    first.iter().for_each(|row| placed[*row] = true);
    let rest = (0..points.len()).filter(|row| !placed[*row] && points[*row].error.is_none());
    first.iter().copied().chain(rest).map(|row| &points[row]).collect()
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= VALUE_WIDTH {
        return label.to_owned();
    }
    label.chars().take(VALUE_WIDTH - 3).collect::<String>() + "..."
}

fn grid(findings: &Findings<'_>, order: &[&PointRow]) -> Grid {
    let table = &findings.distinct;
    let mut titles: Vec<String> = vec![">".to_owned()];
    titles.extend(table.axes.iter().map(|axis| axis.name.clone()));
    let columns: Vec<(usize, &str)> = findings
        .objectives
        .iter()
        .filter_map(|metric| Some((table.column(metric)?, metric.as_str())))
        .collect();
    titles.extend(columns.iter().map(|(_, metric)| format!(">{}", heading(metric))));
    let regret = findings.decisions.regret.as_ref();
    if regret.is_some() {
        titles.extend([">regret".to_owned(), "in".to_owned()]);
    }
    titles.extend([">not served", ">waiting", ""].map(str::to_owned));
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut grid = Grid::new(&titles);
    let waiting = table.column("tasks.waiting_at_end");
    for (rank, point) in order.iter().take(SHOWN).enumerate() {
        let of = |column: usize| estimate(point.figures(column));
        let mut cells = vec![(rank + 1).to_string()];
        cells.extend(point.values.iter().map(|value| shortened(&value.label)));
        cells.extend(columns.iter().map(|(column, metric)| {
            of(*column).map_or_else(|| "-".to_owned(), |found| figure(metric, &found))
        }));
        if let Some(regret) = regret {
            let own = regret.choices.iter().find(|row| row.point == point.point);
            let most = own.map(|row| figure_in_words(&regret.metric, row.max_regret));
            cells.push(most.unwrap_or_else(|| "-".to_owned()));
            cells.push(own.map_or_else(String::new, |row| shortened(&row.in_world)));
        }
        cells.push(not_served(table, point));
        let waits = waiting.and_then(of).map_or(0.0, |found| found.mean);
        cells.push(if waits > 0.0 { count(waits) } else { String::new() });
        cells.push(standing(findings, point.point));
        grid.row(cells);
    }
    grid.without_empty_columns()
}

/// The greatest share of requests to a service that was not served; nothing where all was.
fn not_served(table: &SweepTable, point: &PointRow) -> String {
    let columns = table.metrics.iter().enumerate();
    let columns = columns
        .filter(|(_, path)| path.starts_with("demand[") && path.ends_with("].not_served_share"));
    let shares = columns.filter_map(|(column, _)| Some(estimate(point.figures(column))?.mean));
    let most = shares.fold(0.0, f64::max);
    if most > 0.0 { percent(most) } else { String::new() }
}

/// A figure's name over a column: `waves[update] to RUNNING, p95`.
fn heading(metric: &str) -> String {
    let name = name_in_words(metric);
    match name.split_once(".time_to_running_s.") {
        Some((whose, quantile)) => {
            format!("{} to RUNNING, {quantile}", whose.trim_start_matches("tasks."))
        }
        None => name.to_owned(),
    }
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
    let decisions = &findings.decisions;
    let ranked = decisions.rankings.first();
    let ranked = ranked.and_then(|ranking| ranking.points.iter().find(|row| row.point == point));
    let mut words = Vec::new();
    let single = ranked.is_none_or(|row| row.estimate.n < 2);
    let (standing, least) = match &decisions.regret {
        Some(regret) => {
            let own = regret.choices.iter().find(|row| row.point == point);
            (own.map(|row| row.standing), "least regret")
        }
        None => (ranked.map(|row| row.standing), "least"),
    };
    match standing {
        Some(Standing::Best) => words.push(least),
        // Among several; one that ran once is told apart from nobody.
        Some(Standing::NotDistinguishable) if !single => words.push("may be the least"),
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

fn notes(page: &mut Page, findings: &Findings<'_>, lines: usize) {
    if lines > SHOWN {
        let more = lines - SHOWN;
        page.line(2, &format!("and {more} more: `-o csv` has all of them"));
    }
    if !findings.alike.is_empty() && findings.decisions.worlds.is_empty() {
        let text = "Points that did the same in every run are one line: \"any\" where it is so for all values.";
        page.paragraph(2, text);
    }
    if let Some(regret) = &findings.decisions.regret {
        let text = format!(
            "Figures are means over the worlds ({}), which nobody chooses; regret: most above the best choice \
             of a world, and in which. `-o csv` has every point.",
            regret.worlds
        );
        page.paragraph(2, &text);
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
