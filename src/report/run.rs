//! The answer to `run` and `quote` at a glance: what matters first.

use crate::run::{Alternative, Answer, Explanation, Threshold};
use crate::scenario::Scenario;

use super::page::Page;
use super::run_demand;
use super::run_deployments;
use super::run_faults;
use super::run_jobs;
use super::run_parts;
use super::run_scaling;
use super::run_waiting;
use super::why::why;
use super::words::{amount, count, counted, percent, rate, time};

/// What the page is made of.
#[derive(Clone, Copy, Debug)]
pub struct RunView<'a> {
    /// The question.
    pub scenario: &'a Scenario,
    /// The answer.
    pub answer: &'a Answer,
    /// Why.
    pub explanation: Option<&'a Explanation>,
    /// The nearest thresholds.
    pub thresholds: &'a [Threshold],
    /// The nearest other questions.
    pub alternatives: &'a [Alternative],
}

/// The page.
#[must_use]
pub fn run_table(view: &RunView<'_>) -> String {
    let answer = view.answer;
    let mut page = Page::default();
    page.headline_of(&headline(answer));
    run_waiting::unfinished(&mut page, answer);
    run_parts::fleet(&mut page, answer);
    run_deployments::deployments(&mut page, answer);
    run_parts::daemons(&mut page, answer);
    run_parts::zones_of_services(&mut page, answer);
    run_jobs::jobs(&mut page, answer);
    run_scaling::scaling(&mut page, answer);
    run_parts::spot(&mut page, answer);
    run_parts::start_times(&mut page, answer);
    run_parts::replaced(&mut page, answer, view.scenario);
    run_demand::demand(&mut page, answer);
    cost(&mut page, answer, view.scenario);
    why(&mut page, answer, view.explanation, view.thresholds);
    run_parts::alternatives(&mut page, answer, view.alternatives);
    run_faults::faults(&mut page, answer);
    run_parts::limits(&mut page, answer);
    run_parts::notes(&mut page, answer);
    page.finish()
}

/// `16 t4g.small, 5 im4gn.large`: the fleet at the horizon, or all that was launched.
pub(super) fn fleet_words(answer: &Answer, at_end: bool) -> String {
    let rows = answer.fleet_names(|row| if at_end { row.at_end } else { row.launched });
    let words = rows.iter().map(|(number, name)| format!("{} {name}", count(*number)));
    words.collect::<Vec<_>>().join(", ")
}

/// What matters first, in parts.
fn headline(answer: &Answer) -> Vec<String> {
    let mut parts = tasks_words(answer);
    if let Some(words) = run_deployments::none_succeeded(answer) {
        parts.insert(0, words);
    }
    parts[0].insert_str(0, &format!("{}: ", answer.scenario.name));
    if answer.tasks.waiting_at_end > 0.0 {
        parts.push(format!(
            "{} of {} still wait at the end",
            count(answer.tasks.waiting_at_end),
            count(run_waiting::wanted(answer))
        ));
    }
    let cost = &answer.cost;
    if answer.follows_traffic() && cost.total_usd > 0.0 {
        parts.push(format!(
            "{} over the {}, {} a month at that rate",
            amount(cost.total_usd),
            time(answer.scenario.horizon_s),
            amount(answer.monthly_usd())
        ));
    } else if cost.per_hour_at_end_usd > 0.0 {
        parts.push(format!(
            "{}/h = {} a month",
            rate(cost.per_hour_at_end_usd),
            amount(cost.per_month_at_end_usd)
        ));
    } else if cost.total_usd > 0.0 {
        parts.push(format!("{} in all", amount(cost.total_usd)));
    }
    if answer.scenario.replications > 1 {
        parts.push(format!("means of {} runs", answer.scenario.replications));
    }
    parts
}

/// What becomes of the tasks: at least one part.
fn tasks_words(answer: &Answer) -> Vec<String> {
    let tasks = &answer.tasks;
    let to_running = &tasks.time_to_running_s;
    if tasks.requested <= 0.0 {
        let beside = if answer.daemons.is_empty() { "" } else { " beside daemons" };
        return vec![format!("no task is asked for{beside}")];
    }
    if tasks.running_at_end > 0.0 {
        let verb = if count(tasks.running_at_end) == "1" { "runs" } else { "run" };
        let fleet = fleet_words(answer, true);
        let running = counted(tasks.running_at_end, "task", "tasks");
        let mut words = vec![if tasks.waiting_at_end > 0.0 {
            format!("{running} {verb}, the fleet is {fleet}")
        } else {
            format!("{running} {verb} on {fleet}")
        }];
        words.extend(all_running(answer));
        return words;
    }
    if tasks.started > 0.0 {
        let fleet = fleet_words(answer, false);
        let median = to_running.p50.map(|p50| format!(", started after {} (median)", time(p50)));
        let ran = counted(tasks.started, "task", "tasks");
        let ran = format!("{ran} ran on {fleet}{}", median.unwrap_or_default());
        return vec![ran, "none runs at the end".to_owned()];
    }
    vec![format!("none of {} starts", counted(tasks.requested, "task", "tasks"))]
}

/// When all were RUNNING; where tasks of updates or in place of others follow, all of the first.
fn all_running(answer: &Answer) -> Option<String> {
    let tasks = &answer.tasks;
    let first = tasks.waves.iter().find(|row| row.wave == "first" && tasks.waves.len() > 1);
    let (all, path, of) = match first {
        Some(row) => {
            let all = format!("the {}", counted(row.started, "first task", "first tasks"));
            (all, "tasks.waves[first].time_to_running_s.max", &row.time_to_running_s)
        }
        None if tasks.waiting_at_end > 0.0 => {
            ("the last".to_owned(), "tasks.time_to_running_s.max", &tasks.time_to_running_s)
        }
        None => ("all".to_owned(), "tasks.time_to_running_s.max", &tasks.time_to_running_s),
    };
    let (max, median) = (time(of.max?), time(of.p50?));
    Some(match answer.intervals.get(path) {
        Some(runs) => format!(
            "{all} running after {max} on average ({} to {} in {} runs; median {median})",
            time(runs.min),
            time(runs.max),
            runs.n,
        ),
        None => format!("{all} running after {max} (median {median})"),
    })
}

fn cost(page: &mut Page, answer: &Answer, scenario: &Scenario) {
    let cost = &answer.cost;
    if cost.lines.is_empty() {
        return;
    }
    page.section("Cost");
    let over = time(answer.scenario.horizon_s);
    page.paragraph(
        2,
        &format!(
            "{} an hour at the end, {} a month (that fleet kept for 730 h); {} over the {over} \
             simulated:",
            rate(cost.per_hour_at_end_usd),
            amount(cost.per_month_at_end_usd),
            amount(cost.total_usd),
        ),
    );
    run_parts::cost_lines(page, answer, scenario);
    run_parts::discounts(page, answer);
    if let Some(words) = bound_words(answer) {
        page.paragraph(2, &words);
    }
    for row in cost.loosely_packed.iter().filter(|row| row.is_material()) {
        page.paragraph(2, &run_parts::loosely_packed(row));
    }
}

fn all_on_fargate(answer: &Answer) -> bool {
    let mut here = answer.fleet.iter().filter(|row| row.at_end > 0.0).peekable();
    here.peek().is_some() && here.all(|row| row.fargate_size.is_some())
}

/// How far the fleet is from the cheapest one; nothing where part of the tasks still wait.
fn bound_words(answer: &Answer) -> Option<String> {
    if answer.tasks.waiting_at_end > 0.0 {
        return None;
    }
    let cost = &answer.cost;
    let lower = cost.lower_bound_per_hour_usd.filter(|lower| *lower > 0.0)?;
    let best = cost.best_packing_per_hour_usd?;
    let now = cost.list_per_hour_usd();
    let (no, this) = if cost.discounts.is_empty() {
        ("No fleet".to_owned(), "this one")
    } else {
        // The rate above this sentence is after discounts; here nothing is.
        (
            format!(
                "At list prices, before discounts, this fleet costs {} an hour: no fleet",
                rate(now)
            ),
            "it",
        )
    };
    if now <= lower * (1.0 + 1e-9) {
        return Some(if all_on_fargate(answer) {
            "On Fargate these tasks cost no less: a task's size is its price. Instances are not \
             compared."
                .to_owned()
        } else {
            format!("{no} for these tasks costs less: proven.")
        });
    }
    let above = percent(now / lower - 1.0);
    let bound = format!("{no} for these tasks costs less than {} an hour", rate(lower));
    let rows: Vec<String> = cost.best_packing.iter().map(run_parts::best_row).collect();
    let mixed = cost.best_packing_keeps_split.is_some();
    let left_out = if mixed {
        "spread over zones and the split of a mixed group between on demand and Spot left out"
    } else {
        "spread over zones left out"
    };
    let bound = format!("{bound} (proven; {left_out}): {this} is {above} above it");
    if cost.best_packing_keeps_split == Some(false) {
        return Some(format!("{bound}. The best packing breaks that split, so none is offered."));
    }
    let proven = match cost.best_packing_proven {
        Some(true) => "the cheapest there is, proven",
        _ => "the best found",
    };
    let month = (now - best) * 730.0;
    Some(format!(
        "{bound}. The best packing, {}, costs {} an hour, {} a month less ({proven}).",
        rows.join(" and "),
        rate(best),
        amount(month),
    ))
}
