//! Deployments: how long each took, what it needed, and why it hangs if it does.

use crate::run::{Answer, DeploymentRow};

use super::page::Page;
use super::run_waiting;
use super::words::{count, counted, percent, spread, time, trimmed};

/// Most deployments on the page.
const SHOWN: usize = 8;

/// The deployments of which there is more to say than that a service was created.
pub(super) fn deployments(page: &mut Page, answer: &Answer) {
    let told = |row: &&DeploymentRow| row.kind != "creation" || row.failed_tasks > 0.0;
    let rows: Vec<&DeploymentRow> = answer.deployments.iter().filter(told).collect();
    if rows.is_empty() {
        return;
    }
    page.section("Deployments");
    let smooth = |row: &&DeploymentRow| {
        row.completed >= 1.0
            && row.failed_tasks <= 0.0
            && row.least_healthy_percent.is_none_or(|least| least >= 100.0)
    };
    // Where there are many, those that did not go smoothly are told first.
    let (plain, others): (Vec<_>, Vec<_>) = rows.iter().copied().partition(smooth);
    let all = if rows.len() > SHOWN { others.into_iter().chain(plain).collect() } else { rows };
    all.iter().take(SHOWN).for_each(|row| page.item(&words(answer, row)));
    let rest = &all[all.len().min(SHOWN)..];
    if rest.is_empty() {
        return;
    }
    let took = || rest.iter().filter_map(|row| row.duration_s);
    let (least, most) = (took().fold(f64::INFINITY, f64::min), took().fold(0.0, f64::max));
    let times = if most > 0.0 {
        format!(", which took {} to {}", time(least), time(most))
    } else {
        String::new()
    };
    let more = counted(rest.len() as f64, "other", "others");
    page.item(&format!("{more}{times}: `explain --service NAME`, or -o json."));
}

/// That no deployment of the run succeeded, or no update where there are updates: what tasks run then is
/// not what was wanted. Nothing where one did, and of services whose first tasks are only late.
pub(super) fn none_succeeded(answer: &Answer) -> Option<String> {
    let of = |kind: &str| -> Vec<&DeploymentRow> {
        let rows = answer.deployments.iter().filter(|row| row.kind == kind);
        rows.filter(|row| row.rollout_state != "SUPERSEDED").collect()
    };
    let updates = of("update");
    let late =
        |row: &&DeploymentRow| row.failed <= 0.0 && row.failed_tasks < run_waiting::AGAIN_AND_AGAIN;
    let (rows, what) = if updates.is_empty() {
        (of("creation"), ("deployment", "deployments"))
    } else {
        (updates, ("update", "updates"))
    };
    let is_creation = rows.first().is_some_and(|row| row.kind == "creation");
    if rows.is_empty()
        || rows.iter().any(|row| row.completed > 0.0)
        || (is_creation && rows.iter().any(late))
    {
        return None;
    }
    let failed = rows.iter().filter(|row| row.failed > 0.0).count();
    let open = rows.len() - failed;
    if let [row] = rows.as_slice() {
        let (one, _) = what;
        let ended = if failed == 1 { "failed" } else { "is not completed" };
        return Some(format!("the {one} of {} {ended}", row.service));
    }
    let words = match (failed, open) {
        (_, 0) => "all failed".to_owned(),
        (0, _) => "all still in progress at the end".to_owned(),
        (failed, open) => format!("{failed} failed, {open} still in progress at the end"),
    };
    Some(format!("none of {} {} is completed ({words})", rows.len(), what.1))
}

/// A deployment in a few sentences.
pub(super) fn words(answer: &Answer, row: &DeploymentRow) -> String {
    let what = match row.kind.as_str() {
        "creation" => "creation".to_owned(),
        "rollback" => format!("rollback to {}", row.task_definition),
        _ => format!("update to {}", row.task_definition),
    };
    let mut words = format!(
        "{}, {what} (revision {}) at {}: {}.",
        row.service,
        row.revision,
        time(row.started_at_s),
        outcome(answer, row)
    );
    words += &traffic(answer, row);
    words += &failures(answer, row);
    if let Some(least) = row.least_healthy_percent {
        let path = format!("deployments[{}].least_healthy_percent", row.deployment);
        let least = format!("{} %{}", trimmed(least, 1), spread(answer, &path, 1));
        words += &match row.without_daemon_max_s {
            // A share that reads as if it lasted does not: it is of the worst moment.
            Some(_) => format!(" At the worst moment {least} of the desired tasks were healthy."),
            None => format!(" Healthy tasks: never below {least} of the desired count."),
        };
    }
    words += &without_daemon(answer, row);
    words + &capacity(answer, row)
}

/// How long instances were between two tasks of a daemon.
fn without_daemon(answer: &Answer, row: &DeploymentRow) -> String {
    let (Some(median), Some(longest)) = (row.without_daemon_p50_s, row.without_daemon_max_s) else {
        return String::new();
    };
    let of = |value: f64, key: &str| {
        let path = format!("deployments[{}].{key}", row.deployment);
        time(value) + &spread(answer, &path, 1)
    };
    let longest_words = of(longest, "without_daemon_max_s");
    if median >= longest {
        return format!(
            " Between two tasks of it an instance was without one for {longest_words}."
        );
    }
    let median = of(median, "without_daemon_p50_s");
    format!(
        " Between two tasks of it an instance was without one for a while: {median} (median), \
         {longest_words} (longest)."
    )
}

/// How it ended, or why it did not.
fn outcome(answer: &Answer, row: &DeploymentRow) -> String {
    let path = |key: &str| format!("deployments[{}].{key}", row.deployment);
    let after = |seconds: Option<f64>, key: &str| {
        let time = seconds.map_or_else(String::new, |seconds| format!(" after {}", time(seconds)));
        time + &spread(answer, &path(key), 1)
    };
    let ended = after(row.duration_s, "duration_s");
    match row.rollout_state.as_str() {
        "COMPLETED" => {
            let share = if row.completed < 1.0 {
                format!(" in {} of the runs", percent(row.completed))
            } else {
                String::new()
            };
            let healthy = match row.healthy_s {
                Some(0.0) => " all the time".to_owned(),
                seconds => after(seconds, "healthy_s"),
            };
            format!("completed{ended}{share}; its tasks were all healthy{healthy}")
        }
        "FAILED" => match row.failed_by.as_deref() {
            Some("stage_timeout") => format!("a stage of it lasted 24 h, and it failed{ended}"),
            _ => format!("the circuit breaker gave it up{ended}"),
        },
        "SUPERSEDED" => format!("another took its place{ended}"),
        _ => format!("not completed at the end, {}", held(answer, row)),
    }
}

/// What holds a deployment up.
fn held(answer: &Answer, row: &DeploymentRow) -> String {
    let by = row.held_by.as_deref().unwrap_or_default();
    match by {
        "percentages" => {
            "and never will be: the minimum lets no task stop and the maximum no other \
                          start. Raise maximum_percent, or lower minimum_healthy_percent"
                .to_owned()
        }
        "health_checks" => "its tasks run and are not healthy".to_owned(),
        "PRODUCTION_TRAFFIC_SHIFT" => "its traffic is shifting".to_owned(),
        "BAKE_TIME" => "it has all of the traffic and bakes".to_owned(),
        "stopping_tasks" => "the last old tasks are stopping".to_owned(),
        "room" | "max_size" | "host_ports" => {
            let help = if row.strategy == "ROLLING" {
                "A lower minimum_healthy_percent lets old ones stop first; more room lets both run"
            } else {
                "Both revisions need room at once: add instances, or places on them"
            };
            let mut own = answer.tasks.waiting_for.iter().filter(|of| of.service == row.service);
            let lack = own.find_map(run_waiting::lack_words);
            let lack = lack.map_or_else(String::new, |lack| format!(". {lack}"));
            format!("its tasks wait for {}. {help}{lack}", run_waiting::words(by))
        }
        phase => format!("its tasks wait for {}", run_waiting::words(phase)),
    }
}

/// When the traffic moved, and what both revisions side by side took.
fn traffic(answer: &Answer, row: &DeploymentRow) -> String {
    let path = |key: &str| format!("deployments[{}].{key}", row.deployment);
    let after = |seconds: f64, key: &str| time(seconds) + &spread(answer, &path(key), 1);
    let Some(from) = row.traffic_from_s else { return String::new() };
    let mut words = match row.traffic_all_s {
        Some(all) if all > from => {
            let (from, all) = (after(from, "traffic_from_s"), after(all, "traffic_all_s"));
            format!(" Its traffic began after {from} and was all after {all}")
        }
        Some(all) => format!(" All the traffic moved after {}", after(all, "traffic_all_s")),
        None => format!(" Its traffic began after {}", after(from, "traffic_from_s")),
    };
    if let Some(seconds) = row.clean_up_s {
        words += &format!("; the tasks before it left after {}", after(seconds, "clean_up_s"));
    }
    words.push('.');
    let hours = |value: Option<f64>, key: &str| {
        value.map(|hours| trimmed(hours, 2) + &spread(answer, &path(key), 2)).unwrap_or_default()
    };
    if row.extra_task_hours.is_some() {
        words += &format!(
            " Side by side that took {} task hours and {} instance hours more.",
            hours(row.extra_task_hours, "extra_task_hours"),
            hours(row.extra_instance_hours, "extra_instance_hours")
        );
    }
    words
}

fn failures(answer: &Answer, row: &DeploymentRow) -> String {
    if row.failed_tasks <= 0.0 {
        return String::new();
    }
    let path = format!("deployments[{}].failed_tasks", row.deployment);
    let tasks = counted(row.failed_tasks, "of its tasks", "of its tasks");
    format!(" {tasks}{} failed.", spread(answer, &path, 1))
}

/// What it needed beside what was there.
fn capacity(answer: &Answer, row: &DeploymentRow) -> String {
    let path = |key: &str| format!("deployments[{}].{key}", row.deployment);
    let tasks = counted(row.most_tasks, "task", "tasks") + &spread(answer, &path("most_tasks"), 1);
    let (Some(before), Some(most)) = (row.instances_before, row.most_instances) else {
        return format!(" At most {tasks}.");
    };
    if most <= 0.0 {
        return format!(" At most {tasks}.");
    }
    let instances =
        counted(most, "instance", "instances") + &spread(answer, &path("most_instances"), 1);
    format!(" At most {tasks} on {instances} ({} before).", count(before))
}
