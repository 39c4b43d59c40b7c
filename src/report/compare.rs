//! `compare`: several variants side by side, for people, programs and spreadsheets.

use crate::run::{Answer, MonthOf, never_taken_back};
use crate::sweep::{Compared, Comparison, Difference, InputDifference};

use super::compare_demand;
use super::compare_deployments;
use super::csv::{document, maybe};
use super::grid::Grid;
use super::page::Page;
use super::run::fleet_words;
use super::words::{amount, count, dated, grouped, percent, rate, seconds, time, trimmed};

/// Lines of inputs that the table shows.
const SHOWN: usize = 16;
/// Characters of a value that it shows.
const VALUE_WIDTH: usize = 80;

/// The comparison as a page.
#[must_use]
pub fn compare_table(comparison: &Comparison, warnings: &[String]) -> String {
    let mut page = Page::default();
    page.headline_of(&verdict(comparison));
    inputs(&mut page, comparison);
    table(&mut page, comparison);
    differences(&mut page, comparison);
    let of_variants = warnings_of_variants(comparison);
    if !warnings.is_empty() || !of_variants.is_empty() {
        page.section("Before trusting it");
        warnings.iter().chain(&of_variants).for_each(|warning| page.item(warning));
    }
    data(&mut page, comparison);
    page.finish()
}

pub(super) fn answered(comparison: &Comparison) -> impl Iterator<Item = (&Compared, &Answer)> {
    comparison.variants.iter().filter_map(|variant| Some((variant, variant.answer.as_ref()?)))
}

/// Whether all that was asked for runs at the end, or has run.
fn serves(answer: &Answer) -> bool {
    answer.tasks.waiting_at_end <= 0.0 && answer.tasks.started > 0.0
}

/// The variants that serve all tasks: among them the cheapest and the soonest are sought.
fn contenders(comparison: &Comparison) -> impl Iterator<Item = (&Compared, &Answer)> {
    answered(comparison).filter(|(_, answer)| serves(answer))
}

/// The contenders with the least of a figure, and the least: all that are printed alike. Nobody where
/// there is one contender: it won against none.
fn least(
    comparison: &Comparison,
    figure: fn(&Answer) -> Option<f64>,
    printed: fn(f64) -> String,
) -> Option<(Vec<&str>, f64)> {
    let found =
        || contenders(comparison).filter_map(|(variant, answer)| Some((variant, figure(answer)?)));
    let least = found().map(|(_, value)| value).min_by(f64::total_cmp)?;
    let alike = found().filter(|(_, value)| printed(*value) == printed(least));
    let names = alike.map(|(variant, _)| variant.name.as_str()).collect();
    (contenders(comparison).count() > 1).then_some((names, least))
}

fn cheapest(comparison: &Comparison) -> Option<(Vec<&str>, f64)> {
    least(comparison, monthly, |usd| grouped(usd, 2))
}

fn soonest(comparison: &Comparison) -> Option<(Vec<&str>, f64)> {
    least(comparison, p95, |at| seconds(Some(at)))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Variants by name, those with a caveat where their Spot capacity is never taken back.
fn listed_with_caveat(comparison: &Comparison, names: &[&str]) -> String {
    let with = |name: &&str| {
        let mut own = answered(comparison).filter(|(variant, _)| variant.name == **name);
        let never = own.any(|(_, answer)| never_taken_back(&answer.warnings));
        if never { format!("{name} (if its Spot is never taken back)") } else { (*name).to_owned() }
    };
    let names: Vec<String> = names.iter().map(with).collect();
    listed(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// How many variants could not run, and their names; `None` where all could.
#[must_use]
pub fn cannot_run(comparison: &Comparison) -> Option<(String, String)> {
    let unfit = comparison.variants.iter().filter(|variant| variant.error.is_some());
    let names: Vec<&str> = unfit.map(|variant| variant.name.as_str()).collect();
    let words = format!("{} of {} variants could not run", names.len(), comparison.variants.len());
    (!names.is_empty()).then(|| (words, listed(&names)))
}

fn monthly(answer: &Answer) -> Option<f64> {
    Some(answer.monthly_usd()).filter(|usd| *usd > 0.0)
}

fn p95(answer: &Answer) -> Option<f64> {
    answer.tasks.time_to_running_s.p95
}

/// What a person decides on, in parts.
fn verdict(comparison: &Comparison) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(cannot_run(comparison).map(|(words, _)| words));
    if let Some((names, usd)) = cheapest(comparison) {
        let dearest =
            contenders(comparison).filter_map(|(_, answer)| monthly(answer)).fold(usd, f64::max);
        parts.push(format!(
            "cheapest: {} at {} a month{}",
            listed_with_caveat(comparison, &names),
            amount(usd),
            if dearest > usd {
                format!(" (the dearest costs {} times as much)", trimmed(dearest / usd, 2))
            } else {
                String::new()
            }
        ));
    }
    if let Some((names, at)) = soonest(comparison) {
        let names = listed(&names);
        parts.push(format!("soonest: {names}, 95 % of tasks running after {}", time(at)));
    }
    parts.extend(alone(comparison));
    let incomplete = answered(comparison).filter(|(_, answer)| !serves(answer)).count();
    if incomplete > 0 {
        parts.push(format!("{incomplete} of {} leave tasks waiting", comparison.variants.len()));
    }
    if parts.is_empty() {
        parts.push("no variant runs all its tasks".to_owned());
    }
    parts
}

/// The one contender, where there is one.
fn alone(comparison: &Comparison) -> Option<String> {
    let mut all = contenders(comparison);
    let (variant, answer) = all.next().filter(|_| all.next().is_none())?;
    let month = monthly(answer).map(|usd| format!(" at {} a month", amount(usd)));
    let at = p95(answer).map(|at| format!(", 95 % of them after {}", time(at)));
    let (month, at) = (month.unwrap_or_default(), at.unwrap_or_default());
    Some(format!("only {} runs all its tasks{month}{at}", variant.name))
}

/// Values that all variants have are told one by one; a table that only some have, in a line.
fn inputs(page: &mut Page, comparison: &Comparison) {
    page.section("What differs in the inputs");
    let differ = &comparison.inputs_that_differ;
    if differ.is_empty() {
        page.line(2, "nothing");
        return;
    }
    let everywhere = |of: &&InputDifference| of.values.iter().all(Option::is_some);
    let mut shown = 0;
    for difference in differ.iter().filter(everywhere).take(SHOWN) {
        page.line(2, &difference.path);
        for (variant, value) in comparison.variants.iter().zip(&difference.values) {
            page.line(4, &format!("{}: {}", variant.name, shortened(value.as_deref())));
        }
        shown += 1;
    }
    for (table, variants) in tables_of_some(comparison) {
        page.paragraph(2, &format!("{table}: only in {}", variants.join(", ")));
    }
    let more = differ.iter().filter(everywhere).count() - shown;
    let more = if more > 0 { format!("{more} more values; ") } else { String::new() };
    page.line(2, &format!("({more}`-o json` has every value)"));
}

/// The keys by which a table has its name: one that lacks it is not there.
const NAMING: [&str; 4] = [".name", ".family", ".id", ".start"];

/// Tables, by the first two parts of their path, of which some variants have nothing.
fn tables_of_some(comparison: &Comparison) -> Vec<(String, Vec<&str>)> {
    let mut tables: Vec<(String, Vec<&str>)> = Vec::new();
    for difference in &comparison.inputs_that_differ {
        if difference.values.iter().all(Option::is_some) {
            continue;
        }
        let table = difference.path.split('.').take(2).collect::<Vec<_>>().join(".");
        // A table that all have lacks one value: that is told, not the table.
        let absent = |other: &InputDifference| {
            let own = other.path.strip_prefix(&table).is_some_and(|key| NAMING.contains(&key));
            own && other.values.iter().any(Option::is_none)
        };
        let is_absent = comparison.inputs_that_differ.iter().any(absent);
        let table = if is_absent { table } else { difference.path.clone() };
        let having = comparison.variants.iter().zip(&difference.values);
        let names: Vec<&str> = having
            .filter(|(_, value)| value.is_some())
            .map(|(variant, _)| variant.name.as_str())
            .collect();
        let entry = (table, names);
        if !tables.contains(&entry) {
            tables.push(entry);
        }
    }
    tables
}

fn shortened(value: Option<&str>) -> String {
    let value = value.unwrap_or("-");
    if value.chars().count() <= VALUE_WIDTH {
        return value.to_owned();
    }
    let kept: String = value.chars().take(VALUE_WIDTH - 2).collect();
    format!("{kept}..")
}

fn table(page: &mut Page, comparison: &Comparison) {
    page.section("Side by side");
    let cheapest = cheapest(comparison).map_or_else(Vec::new, |(names, _)| names);
    let soonest = soonest(comparison).map_or_else(Vec::new, |(names, _)| names);
    let mut grid = Grid::new(&[
        "variant",
        "fleet",
        ">p50 s",
        ">p95 s",
        ">$/h",
        ">$/month",
        ">in all $",
        ">interrupted",
        ">waiting",
        ">last job done",
        ">above bound",
    ]);
    for variant in &comparison.variants {
        let Some(answer) = &variant.answer else {
            continue;
        };
        let mark = |best: &[&str]| if best.contains(&variant.name.as_str()) { "*" } else { "" };
        let times = &answer.tasks.time_to_running_s;
        grid.row([
            variant.name.clone(),
            fleet_words(answer, answer.tasks.running_at_end > 0.0),
            seconds(times.p50),
            seconds(times.p95) + mark(&soonest),
            rate(answer.cost.per_hour_at_end_usd),
            grouped(answer.monthly_usd(), 2) + mark(&cheapest),
            grouped(answer.cost.total_usd, 2),
            count(answer.tasks.interrupted),
            count(answer.tasks.waiting_at_end),
            last_job(answer).map_or_else(String::new, time),
            above_bound(answer),
        ]);
    }
    page.grid(2, &grid.without_empty_columns());
    footer(page, comparison, !cheapest.is_empty() || !soonest.is_empty());
    compare_demand::demand(page, comparison);
    compare_deployments::deployments(page, comparison);
    for variant in comparison.variants.iter().filter(|variant| variant.error.is_some()) {
        let error = variant.error.as_deref().unwrap_or_default();
        page.paragraph(2, &format!("{} cannot run: {error}", variant.name));
    }
}

/// When the last task of all jobs was STOPPED.
fn last_job(answer: &Answer) -> Option<f64> {
    answer.jobs.iter().filter_map(|job| job.last_ended_s).max_by(f64::total_cmp)
}

/// What the columns say.
fn footer(page: &mut Page, comparison: &Comparison, marked: bool) {
    if marked {
        page.line(2, "* the least of its column among those that run every task");
    }
    let any = |of: MonthOf| answered(comparison).any(|(_, answer)| answer.month_of() == of);
    page.line(
        2,
        match (any(MonthOf::SuchRuns), any(MonthOf::TheRunAndItsEnd)) {
            (true, _) => {
                "$/month: 730 h at the rate of the whole run; $/h: of the fleet at its end"
            }
            (_, true) => {
                "$/month: the run with its deployments, then the fleet at its end, 730 h in all"
            }
            (false, false) => "$/month: the fleet at the end, kept for 730 h",
        },
    );
    if answered(comparison).any(|(_, answer)| answer.tasks.waves.len() > 1) {
        page.line(
            2,
            "times: of all tasks, first ones and replacements alike; apart: tasks.waves of -o json",
        );
    }
    if answered(comparison).any(|(_, answer)| !answer.cost.discounts.is_empty()) {
        page.line(2, "above bound: both at list prices; the other prices are after discounts");
    }
    let mixed = |(_, answer): (_, &Answer)| answer.cost.best_packing_keeps_split.is_some();
    let split = if answered(comparison).any(mixed) {
        " and the split of mixed groups between on demand and Spot"
    } else {
        ""
    };
    page.paragraph(
        2,
        &format!(
            "above bound: each variant against the cheapest fleet of what it may buy; spread over \
             zones{split} left out"
        ),
    );
}

/// The warnings of the variants, each once, with those that it is about.
fn warnings_of_variants(comparison: &Comparison) -> Vec<String> {
    let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
    for (variant, answer) in answered(comparison) {
        for warning in &answer.warnings {
            match told.iter_mut().find(|(text, _)| text == warning) {
                Some((_, names)) => names.push(&variant.name),
                None => told.push((warning, vec![&variant.name])),
            }
        }
    }
    let all = answered(comparison).count();
    let words = told.into_iter().map(|(text, names)| {
        if names.len() == all { text.to_owned() } else { format!("{}: {text}", names.join(", ")) }
    });
    words.collect()
}

/// Dates of the data, and what no price holds.
fn data(page: &mut Page, comparison: &Comparison) {
    let Some((_, first)) = answered(comparison).next() else { return };
    page.section("Data");
    let mut dates: Vec<String> = Vec::new();
    for (_, answer) in answered(comparison) {
        for (series, date) in &answer.catalog.prices_as_of {
            let words = dated(series, date);
            if !dates.contains(&words) {
                dates.push(words);
            }
        }
    }
    page.paragraph(
        2,
        &format!("Instance types as of {}; prices: {}.", first.catalog.as_of, dates.join(", ")),
    );
    page.paragraph(2, &format!("Not in the bill: {}.", first.cost.not_included.join(", ")));
}

fn above_bound(answer: &Answer) -> String {
    match answer.cost.lower_bound_per_hour_usd {
        Some(bound) if bound > 0.0 => percent(answer.cost.list_per_hour_usd() / bound - 1.0),
        Some(_) | None => String::new(),
    }
}

fn differences(page: &mut Page, comparison: &Comparison) {
    if comparison.differences.is_empty() {
        return;
    }
    page.section(&format!("Against {}, run by run under the same seeds", comparison.baseline));
    let mut grid = Grid::new(&["variant", "figure", ">difference", ">95 % interval", ""]);
    for difference in &comparison.differences {
        grid.row(difference_row(difference));
    }
    page.grid(2, &grid);
    page.line(2, "Intervals hold together with 95 % (Bonferroni over the rows).");
}

fn difference_row(difference: &Difference) -> [String; 5] {
    let number = |value: f64| trimmed(value, 2);
    let found = difference.difference;
    [
        difference.variant.clone(),
        difference.metric.to_owned(),
        number(found.mean),
        format!("{} to {}", number(found.ci95_low), number(found.ci95_high)),
        if found.distinguishable { String::new() } else { "not distinguishable".to_owned() },
    ]
}

/// One row for each variant.
#[must_use]
pub fn compare_csv(comparison: &Comparison) -> Vec<u8> {
    let header = [
        "variant",
        "fleet",
        "time_to_running_s_p50",
        "time_to_running_s_p95",
        "usd_per_hour_at_end",
        "usd_per_month_at_end",
        "total_usd",
        "interrupted",
        "waiting_at_end",
        "lower_bound_usd_per_hour",
        "requests_not_served_share",
        "worst_waiting",
        "messages_waiting_at_end",
        "idle_task_hours",
        "error",
        "last_job_done_s",
    ];
    let rows = comparison.variants.iter().map(|variant| {
        let of =
            |figure: fn(&Answer) -> Option<f64>| maybe(variant.answer.as_ref().and_then(figure));
        vec![
            variant.name.clone(),
            variant.answer.as_ref().map_or_else(String::new, |answer| fleet_words(answer, true)),
            of(|answer| answer.tasks.time_to_running_s.p50),
            of(|answer| answer.tasks.time_to_running_s.p95),
            of(|answer| Some(answer.cost.per_hour_at_end_usd)),
            of(|answer| Some(answer.cost.per_month_at_end_usd)),
            of(|answer| Some(answer.cost.total_usd)),
            of(|answer| Some(answer.tasks.interrupted)),
            of(|answer| Some(answer.tasks.waiting_at_end)),
            of(|answer| answer.cost.lower_bound_per_hour_usd),
            of(compare_demand::not_served_share),
            of(compare_demand::worst_waiting),
            of(compare_demand::messages_waiting),
            of(compare_demand::idle_task_hours),
            variant.error.clone().unwrap_or_default(),
            of(last_job),
        ]
    });
    document(&header, rows)
}
