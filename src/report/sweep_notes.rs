//! Below the points of a sweep: what they warn of, what they rest on, and of when the prices are.

use crate::sweep::{Findings, PointRow};

use super::assumptions;
use super::page::Page;
use super::words::dated;

/// Warnings that the page shows.
const SHOWN: usize = 8;

/// All of it.
pub(super) fn notes(page: &mut Page, findings: &Findings<'_>) {
    warnings(page, findings);
    data(page, findings);
}

fn warnings(page: &mut Page, findings: &Findings<'_>) {
    if findings.warnings.is_empty() {
        return;
    }
    page.section("Warnings");
    let points = &findings.table.points;
    let ran = points.iter().filter(|point| !point.runs.is_empty()).count() as u64;
    for row in findings.warnings.iter().take(SHOWN) {
        let first = points.binary_search_by_key(&row.first_point, |point| point.point).ok();
        let first = first.map_or_else(String::new, |at| PointRow::label(&points[at]));
        page.item(&match row.points {
            all if all == ran => row.warning.clone(),
            1 => format!("{first}: {}", row.warning),
            n => format!("{n} of {ran} points, the first of them {first}: {}", row.warning),
        });
    }
    if findings.warnings.len() > SHOWN {
        let more = findings.warnings.len() - SHOWN;
        page.line(2, &format!("and {more} more: `-o json` has all of them"));
    }
}

/// Nothing where no point ran.
fn data(page: &mut Page, findings: &Findings<'_>) {
    let catalog = &findings.catalog;
    let rows = findings.assumptions.iter();
    let rests_on = rows.map(|row| (row.parameter.as_str(), row.grade.as_str()));
    let rests_on = assumptions::in_a_line(rests_on);
    if catalog.as_of.is_empty() && rests_on.is_none() {
        return;
    }
    page.section("Data");
    if !catalog.as_of.is_empty() {
        let prices = catalog.prices_as_of.iter().map(|(series, date)| dated(series, date));
        let prices = prices.collect::<Vec<_>>().join(", ");
        page.paragraph(2, &format!("Instance types as of {}; prices: {prices}.", catalog.as_of));
    }
    if let Some(words) = rests_on {
        page.paragraph(2, &words);
    }
}
