//! Service auto scaling, on the pages of `run` and `explain`.

use crate::run::{Answer, ServiceScalingWhy};

use super::grid::Grid;
use super::page::Page;
use super::words::{count, grouped, percent, seconds, spread};

/// What became of the desired counts.
pub(super) fn scaling(page: &mut Page, answer: &Answer) {
    if answer.scaling.is_empty() {
        return;
    }
    page.section("Service auto scaling");
    let mut grid = Grid::new(&[
        "service",
        ">least",
        ">most",
        ">at end",
        ">out",
        ">in",
        ">at max s",
        ">breach at s",
        ">reaction s",
    ]);
    for row in &answer.scaling {
        let of = |value: f64, key: &str| {
            count(value) + &spread(answer, &format!("scaling[{}].{key}", row.name), 1)
        };
        grid.row([
            row.name.clone(),
            of(row.min_desired, "min_desired"),
            of(row.max_desired, "max_desired"),
            of(row.desired_at_end, "desired_at_end"),
            of(row.scale_outs, "scale_outs"),
            of(row.scale_ins, "scale_ins"),
            grouped(row.at_max_s, 0),
            seconds(row.first_breach_s),
            seconds(row.first_reaction_s),
        ]);
    }
    page.grid(2, &grid);
    breaches(page, answer);
}

/// Most breaches on the page.
const SHOWN: usize = 10;

/// How each rise of the load was answered.
fn breaches(page: &mut Page, answer: &Answer) {
    let all = || {
        let rows = answer.scaling.iter();
        rows.flat_map(|row| row.breaches.iter().map(move |breach| (row.name.as_str(), breach)))
    };
    if all().next().is_none() {
        return;
    }
    let mut grid = Grid::new(&[
        "more load than wanted",
        ">at s",
        ">scaled out after s",
        ">enough tasks after s",
        ">not served by then",
    ]);
    for (service, breach) in all().take(SHOWN) {
        grid.row([
            service.to_owned(),
            grouped(breach.at_s, 0),
            seconds(breach.reaction_s),
            seconds(breach.enough_s),
            breach.not_served_share.map_or_else(String::new, percent),
        ]);
    }
    page.grid(2, &grid.without_empty_columns());
    let more = all().count().saturating_sub(SHOWN);
    if more > 0 {
        page.line(2, &format!("{more} more: `-o json` has them at `scaling[].breaches`"));
    }
}

/// What policies saw and did; values that say the same are one row.
pub(super) fn why(page: &mut Page, rows: &[ServiceScalingWhy]) {
    if rows.is_empty() {
        return;
    }
    page.section("Service auto scaling");
    let mut grid = Grid::new(&[
        ">at s",
        ">until s",
        "service",
        "policy or action",
        ">value",
        ">desired",
        "what and why",
    ]);
    for seen in rows {
        grid.row([
            grouped(seen.from_s, 1),
            if seen.times > 1 { grouped(seen.until_s, 1) } else { String::new() },
            seen.service.clone(),
            seen.name.clone(),
            seen.value.map_or_else(String::new, |value| grouped(value, 1)),
            grouped(f64::from(seen.desired_count), 0),
            seen.sentence.clone(),
        ]);
    }
    page.grid(2, &grid);
}
