//! `headroom` as a table, and its sentence.

use serde::Serialize;

use crate::sweep::decisions::{FleetPart, Headroom, Hit, LATER, Level, QuotaUse};

use super::grid::Grid;
use super::page::Page;
use super::run_waiting::words;
use super::words::{count, counted};

/// The whole answer of `headroom`.
#[derive(Debug, Serialize)]
pub struct HeadroomView {
    /// Version of this layout.
    pub schema_version: u32,
    /// In a sentence or two.
    pub answer: String,
    /// The service.
    pub service: String,
    /// Tasks that it can have more; null where no limit was found.
    pub more_tasks: Option<u32>,
    /// What was found.
    #[serde(flatten)]
    pub found: Headroom,
}

impl HeadroomView {
    /// The view, with its sentence.
    #[must_use]
    pub fn new(service: &str, found: Headroom) -> Self {
        let more = |last: &Level| last.desired_count - found.now.desired_count;
        let more_tasks = match (&found.last, &found.first_over) {
            (Some(last), Some(_)) => Some(more(last)),
            (None, _) => Some(0),
            (Some(_), None) => None,
        };
        let answer = sentences(service, &found, more_tasks);
        Self { schema_version: 1, answer, service: service.to_owned(), more_tasks, found }
    }
}

fn sentences(service: &str, found: &Headroom, more: Option<u32>) -> String {
    let now = found.now.desired_count;
    let mut told = match (&found.first_over, more) {
        (Some(over), _) if found.last.is_none() && found.done_later == Some(true) => format!(
            "{service} is not finished with its {now} tasks by the horizon{}, {}, but it is at a horizon \
             {LATER} times as long: no limit was met, and how many more it can have a longer horizon shows.",
            in_so_many(found, " in ", ""),
            limits(over)
        ),
        (Some(over), _) if found.last.is_none() && over.waiting > 0.0 => format!(
            "{service} has no headroom: of {now} tasks {} wait already{}, for {}.",
            count(over.waiting),
            in_so_many(found, " in ", ""),
            limits(over)
        ),
        (Some(over), _) if found.last.is_none() => {
            format!("{service} has no headroom: its {now} tasks are beyond {}.", limits(over))
        }
        (Some(over), Some(more)) if found.done_later == Some(true) => format!(
            "By the horizon {service} can have {} more ({} in all){}. With more it is not finished by \
             then{}, {}, but it is at a horizon {LATER} times as long: no limit was met.",
            counted(f64::from(more), "task", "tasks"),
            count(f64::from(now + more)),
            held_in(found),
            in_so_many(found, " in ", ""),
            limits(over),
        ),
        (Some(over), Some(more)) => format!(
            "{service} can have {} more ({} in all){}; the limit{} is {}.{}",
            counted(f64::from(more), "task", "tasks"),
            count(f64::from(now + more)),
            held_in(found),
            in_so_many(found, ", met in ", ","),
            limits(over),
            luckiest(found, now + more),
        ),
        _ => format!(
            "No limit up to {} tasks of {service}, {} more than now{}.",
            found.sought,
            found.sought - now,
            held_in(found),
        ),
    };
    told.push_str(&unfinished(service, found));
    told.push_str(&next_step(found, now));
    told.push_str(&not_stated(found));
    told
}

/// Over how many runs it holds.
fn held_in(found: &Headroom) -> String {
    match found.replications {
        1 => String::new(),
        runs => format!(", in all of {runs} runs"),
    }
}

/// In how many of the runs the limit was met, where not in all, between `before` and `after`.
fn in_so_many(found: &Headroom, before: &str, after: &str) -> String {
    let (over, all) = (found.runs_over, found.replications);
    if over == all { String::new() } else { format!("{before}{over} of {all} runs{after}") }
}

/// What the horizon cuts off: no limit, and it is said so.
fn unfinished(service: &str, found: &Headroom) -> String {
    // Where the horizon alone stood in the way that is said already.
    let from = found.unfinished_from.as_ref().filter(|_| found.done_later != Some(true));
    let Some(from) = from else { return String::new() };
    let what = hits(&from.unfinished);
    let what = if what.is_empty() { String::new() } else { format!(": {}", what.join(" and ")) };
    let tasks = counted(f64::from(from.desired_count), "task", "tasks");
    format!(
        " From {tasks} of {service} on not all is finished by the horizon, which is time and no \
         limit{what}."
    )
}

fn luckiest(found: &Headroom, lowest: u32) -> String {
    match (found.highest, found.runs_over == found.replications) {
        (_, true) => String::new(),
        (Some(highest), false) if highest > lowest => {
            format!(" The luckiest run holds {highest} in all.")
        }
        (Some(_), false) => String::new(),
        (None, false) => format!(" The luckiest run holds at least {} in all.", found.sought),
    }
}

/// What the next change of the fleet costs.
fn next_step(found: &Headroom, now: u32) -> String {
    let Some(step) = found.steps.first() else {
        let unchanged = " The fleet does not change on the way.";
        return if found.last.is_some() { unchanged.to_owned() } else { String::new() };
    };
    let change = change(&found.now, step);
    let Some(cost) = found.next_step.filter(|cost| cost.is_sure()) else {
        let luck = found.next_step.is_some_and(|cost| cost.has_width());
        let than = if luck { " than luck changes" } else { "" };
        let at = step.desired_count;
        return format!(
            " The fleet changes at {at} tasks ({change}), but that costs no more{than}."
        );
    };
    let price = format!("${:.4} an hour more", cost.mean);
    let price = if found.replications > 1 { format!("{price} on average") } else { price };
    let words = match step.desired_count - now - 1 {
        0 => format!(" The next task costs {price}"),
        1 => format!(" 1 more task costs nothing; the next costs {price}"),
        n => format!(" {n} more tasks cost nothing; the next costs {price}"),
    };
    format!("{words}: {change}.")
}

/// The greatest count that was asked and held, else that of now: what its quotas are shown of.
fn reached(found: &Headroom) -> &Level {
    found.last.as_ref().unwrap_or(&found.now)
}

/// Quotas that every account has and the scenario does not state.
fn not_stated(found: &Headroom) -> String {
    let of = reached(found);
    let silent = of.quotas.iter().filter(|quota| quota.of.is_none() && !quota.by_class);
    let words = silent.map(|quota| {
        format!(
            "{} ({} needed for {}; a new account has {})",
            quota.parameter,
            counted(quota.needed, "vCPU", "vCPUs"),
            counted(f64::from(of.desired_count), "task", "tasks"),
            new_account(quota)
        )
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return String::new();
    }
    format!(" Not stated, and so no limit here: {}.", words.join(", "))
}

/// What stands for the number of a quota that is not stated.
const fn unstated(quota: &QuotaUse) -> &'static str {
    if quota.by_class { "by class" } else { "not stated" }
}

/// What a new account has, and for which families where not for all.
fn new_account(quota: &QuotaUse) -> String {
    match quota.new_account_families {
        None => quota.new_account.to_string(),
        Some(families) => format!("{} of families {families}, 0 of others", quota.new_account),
    }
}

/// What stands in the way. A quota that refused says more than what tasks then wait for.
fn limits(level: &Level) -> String {
    let account: Vec<String> = level.limits.iter().filter_map(of_account).collect();
    if !account.is_empty() {
        return account.join(" and ");
    }
    let others = hits(&level.limits);
    if others.is_empty() { "not known".to_owned() } else { others.join(" and ") }
}

/// What was met, in words.
fn hits(met: &[Hit]) -> Vec<String> {
    let words = met.iter().map(|hit| match hit {
        Hit::Waits(what) => words(what).to_owned(),
        Hit::Deployment { deployment, held_by } => {
            let why = held_by
                .as_deref()
                .map_or(String::new(), |by| format!(" ({})", by.replace('_', " ")));
            format!("deployment {deployment}, which is not completed{why}")
        }
        Hit::NotAdmitted(why) => why.clone(),
        Hit::Account { limit, .. } | Hit::Quota { limit, .. } => limit.clone(),
    });
    words.collect()
}

fn of_account(hit: &Hit) -> Option<String> {
    match hit {
        Hit::Account { limit, of: Some(of) } => Some(format!("{limit}, {}", count(*of))),
        Hit::Account { limit, of: None } => Some(limit.clone()),
        Hit::Quota { limit, of } => Some(format!("{limit}, {}", count(*of))),
        Hit::Waits(_) | Hit::Deployment { .. } | Hit::NotAdmitted(_) => None,
    }
}

/// What is more and what is less in the fleet, and by what the instances were full.
fn change(before: &Level, after: &Level) -> String {
    let of = |level: &Level, name: &str| {
        level.fleet.iter().find(|part| part.name == name).map_or(0.0, |part| part.count)
    };
    let mut names: Vec<&str> = Vec::new();
    for FleetPart { name, .. } in before.fleet.iter().chain(&after.fleet) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let changes = names.into_iter().filter_map(|name| {
        let more = of(after, name) - of(before, name);
        let full = before.fleet.iter().find(|part| part.name == name);
        let full = full.and_then(|part| part.full_by.as_deref()).filter(|_| more > 0.0);
        let full = full.map_or_else(String::new, |by| format!(" (the others are full by {by})"));
        let word = if more > 0.0 { "more" } else { "fewer" };
        (more != 0.0).then(|| format!("{} {word} {name}{full}", count(more.abs())))
    });
    changes.collect::<Vec<_>>().join(", ")
}

/// The page.
#[must_use]
pub fn headroom_table(view: &HeadroomView) -> String {
    let mut page = Page::default();
    page.headline(&view.answer);
    page.section(&format!("Steps as service {} grows", view.service));
    let mut grid = Grid::new(&[">tasks", ">$/h", ">waiting", ">not deployed", "what changes"]);
    let found = &view.found;
    let mut row = |level: &Level, words: String| {
        let admitted = level.waiting.is_finite();
        let shown = |text: String| if admitted { text } else { String::new() };
        grid.row([
            level.desired_count.to_string(),
            shown(format!("{:.4}", level.usd_per_hour)),
            shown(count(level.waiting)),
            shown(count(level.deployments_open)),
            words,
        ]);
    };
    row(&found.now, "now".to_owned());
    let mut before = &found.now;
    for step in &found.steps {
        row(step, change(before, step));
        before = step;
    }
    if let Some(last) = &found.last
        && found.first_over.is_some()
    {
        row(last, "the last that all run, and are deployed".to_owned());
    }
    if let Some(over) = &found.first_over
        && found.last.is_some()
    {
        row(over, limits(over) + &in_so_many(found, ", in ", ""));
    }
    page.grid(2, &grid);
    quotas(&mut page, found);
    page.paragraph(2, &footer(found));
    page.finish()
}

/// Quotas of vCPUs: what is needed of each, and what there is.
fn quotas(page: &mut Page, found: &Headroom) {
    let of = reached(found);
    if of.quotas.is_empty() {
        return;
    }
    page.section("Quotas of vCPUs");
    let at = format!(">for {} tasks", of.desired_count);
    let columns = ["", ">now", &at, ">there is", ">left", ">new account", "states it"];
    let mut grid = Grid::new(&columns);
    for quota in &of.quotas {
        let now = found.now.quotas.iter().find(|own| own.limit == quota.limit);
        grid.row([
            quota.limit.clone(),
            now.map_or_else(String::new, |now| count(now.needed)),
            count(quota.needed),
            quota.of.map_or_else(|| unstated(quota).to_owned(), count),
            quota.left.map_or_else(String::new, count),
            quota.new_account.to_string(),
            quota.parameter.clone(),
        ]);
    }
    page.grid(2, &grid);
}

fn footer(found: &Headroom) -> String {
    let runs = match found.replications {
        1 => "one run for each count under the same seed: one draw of luck, and --replications asks more"
            .to_owned(),
        runs => format!(
            "{runs} runs for each count under the same seeds: the limit is that of the run that meets it \
             first (number {}), and so are the counts at which the fleet changes; what the next change costs \
             is the mean over all runs",
            found.run
        ),
    };
    format!(
        "At the horizon, {runs}. Where tasks wait, still more are taken to wait too; the same of changes of \
         the fleet. Quotas of vCPUs that the scenario does not state limit nothing here; those of ECS do, at \
         AWS's defaults where it states no others (tasks_per_service_quota, \
         container_instances_per_cluster_quota, provisioning_tasks_quota)."
    )
}

#[cfg(test)]
mod tests {
    use crate::sweep::decisions::StepCost;

    use super::*;

    fn level(desired_count: u32, limits: Vec<Hit>) -> Level {
        Level {
            desired_count,
            waiting: 0.0,
            deployments_open: 0.0,
            usd_per_hour: 1.0,
            fleet: Vec::new(),
            limits,
            unfinished: Vec::new(),
            quotas: Vec::new(),
        }
    }

    fn found(runs_over: usize, highest: Option<u32>, limit: Hit) -> Headroom {
        Headroom {
            replications: 10,
            run: 3,
            runs_over,
            highest,
            now: level(10, Vec::new()),
            last: Some(level(24, Vec::new())),
            first_over: Some(level(25, vec![limit])),
            done_later: Some(false),
            unfinished_from: None,
            sought: 25,
            steps: Vec::new(),
            next_step: None,
        }
    }

    #[test]
    fn it_says_over_how_many_runs_a_count_holds_and_what_the_luckiest_holds() {
        let quota = || Hit::Quota { limit: "tasks of service web (quota)".to_owned(), of: 24.0 };
        let told = |of: Headroom| HeadroomView::new("web", of).answer;
        let all = "web can have 14 tasks more (24 in all), in all of 10 runs; the limit is tasks of \
                   service web (quota), 24. The fleet does not change on the way.";
        assert_eq!(told(found(10, Some(24), quota())), all);
        let some = told(found(7, Some(26), quota()));
        assert!(some.contains("; the limit, met in 7 of 10 runs, is tasks of"), "{some}");
        assert!(some.contains(" The luckiest run holds 26 in all."), "{some}");
        let none = told(found(1, None, quota()));
        assert!(none.contains(" The luckiest run holds at least 25 in all."), "{none}");
        let from =
            Level { unfinished: vec![Hit::Waits("starting".to_owned())], ..level(20, Vec::new()) };
        let late = told(Headroom { unfinished_from: Some(from), ..found(10, Some(24), quota()) });
        let words = "From 20 tasks of web on not all is finished by the horizon, which is time";
        assert!(late.contains(words), "{late}");
        let room = Hit::Waits("room".to_owned());
        let later = told(Headroom { done_later: Some(true), ..found(10, Some(24), room) });
        assert!(later.starts_with("By the horizon web can have 14 tasks more"), "{later}");
        assert!(later.contains("at a horizon 4 times as long: no limit was met."), "{later}");
    }

    #[test]
    fn where_the_horizon_alone_stands_in_the_way_of_the_tasks_of_now_no_limit_is_named() {
        let told = |done_later| {
            let found = found(10, None, Hit::Waits("room".to_owned()));
            let found = Headroom { last: None, done_later: Some(done_later), ..found };
            HeadroomView::new("web", found).answer
        };
        let late = told(true);
        assert!(late.starts_with("web is not finished with its 10 tasks by the horizon"), "{late}");
        assert!(late.contains("no limit was met") && !late.contains("no headroom"), "{late}");
        let full = told(false);
        assert!(full.starts_with("web has no headroom: its 10 tasks are beyond"), "{full}");
    }

    #[test]
    fn a_quota_that_is_stated_by_class_is_not_told_to_be_silent() {
        let told = |by_class| {
            let quota = QuotaUse {
                limit: "ec2 on-demand vCPUs (quota)".to_owned(),
                parameter: "on_demand_vcpu_quota".to_owned(),
                needed: 8.0,
                of: None,
                left: None,
                by_class,
                new_account: 5,
                new_account_families: None,
            };
            let found = found(10, Some(24), Hit::Waits("room".to_owned()));
            let last = Level { quotas: vec![quota], ..level(24, Vec::new()) };
            HeadroomView::new("web", Headroom { last: Some(last), ..found }).answer
        };
        assert!(told(false).contains("Not stated, and so no limit here: on_demand_vcpu_quota"));
        assert!(!told(true).contains("Not stated"));
    }

    #[test]
    fn a_change_of_the_fleet_that_luck_may_have_made_has_no_price() {
        let step = |mean: f64, low: f64, high: f64| {
            let part = FleetPart { name: "m5.large".to_owned(), count: 1.0, full_by: None };
            let next = Level { fleet: vec![part], ..level(12, Vec::new()) };
            let cost = StepCost { mean, ci95_low: Some(low), ci95_high: Some(high) };
            let quota = Hit::Quota { limit: "tasks of service web (quota)".to_owned(), of: 24.0 };
            let found = found(10, Some(24), quota);
            let found = Headroom { steps: vec![next], next_step: Some(cost), ..found };
            HeadroomView::new("web", found).answer
        };
        let sure = step(0.1, 0.05, 1.1);
        let words =
            "1 more task costs nothing; the next costs $0.1000 an hour more on average: 1 more";
        assert!(sure.contains(words), "{sure}");
        let luck = step(-0.1, -0.3, 0.1);
        assert!(luck.contains("costs no more than luck changes"), "{luck}");
        let same_in_all = step(-0.1, -0.1, -0.1);
        assert!(same_in_all.contains("that costs no more."), "{same_in_all}");
    }
}
