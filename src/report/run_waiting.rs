//! What the tasks wait for that do not run at the horizon, and what would help.

use crate::run::{Answer, WaitingRow};

use super::page::Page;
use super::run_parts::phase_words;
use super::words::{count, counted, time};

/// What is left out of the times, and what no time of which is known yet.
pub(super) fn warm_up(page: &mut Page, answer: &Answer) {
    let Some(row) = answer.tasks.warm_up.as_ref().filter(|row| row.steady_state != Some(0.0))
    else {
        return;
    };
    let mut words = format!(
        "Warm-up ({}): {} requested before {} left out",
        row.rule,
        counted(row.tasks_cut, "task", "tasks"),
        time(row.until_s)
    );
    if let Some(share) = row.steady_state.filter(|share| *share < 1.0) {
        words += &format!("; {} % of the runs have no steady state", count((1.0 - share) * 100.0));
    }
    if row.waiting_at_end > 0.0 {
        words += &format!(
            "; {} of later ones still waiting at the horizon, their times unknown",
            count(row.waiting_at_end)
        );
    }
    page.paragraph(2, &format!("{words}."));
}

/// What would help.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Help {
    /// It passes by itself.
    Time,
    /// EC2 or Fargate refused.
    Refusals,
    /// Tasks that stop, or another scenario: where, and which.
    Room(&'static str, &'static str),
    /// Only another scenario.
    Change(&'static str),
}

/// Says first that the horizon cuts the start off.
pub(super) fn unfinished(page: &mut Page, answer: &Answer) {
    let tasks = &answer.tasks;
    if tasks.waiting_at_end <= 0.0 {
        return;
    }
    let mut words = format!(
        "Warning: {} of {} still wait at the horizon ({}): these are figures of an unfinished start.",
        count(tasks.waiting_at_end),
        counted(wanted(answer), "task", "tasks"),
        time(answer.scenario.horizon_s),
    );
    let rows = || tasks.waiting_for.iter().filter(|row| row.tasks > 0.0);
    let several = rows().any(|row| row.service != tasks.waiting_for[0].service);
    let reasons: Vec<String> = rows().map(|row| reason(row, several)).collect();
    if !reasons.is_empty() {
        words += &format!(" {}.", reasons.join("; "));
    }
    let fails = |row: &&WaitingRow| fails_again_and_again(answer, &row.service).is_some();
    let helps = |wanted: Help| {
        let mut others = rows().filter(|row| !fails(row));
        others.any(|row| help_for(row, &tasks.waiting_for) == wanted)
    };
    let mut told: Vec<&str> = Vec::new();
    for row in rows() {
        let (change, said) = match help(&row.waits_for) {
            Help::Change(change) => (change, format!(" More time does not help {change}.")),
            Help::Room(place, change) => {
                (change, format!(" {place}, more time helps only as others stop: {change}."))
            }
            Help::Time | Help::Refusals => continue,
        };
        if !told.contains(&change) {
            words += &said;
            told.push(change);
        }
    }
    let mut lacks: Vec<&str> = rows().filter_map(|row| lack_words(row)).collect();
    lacks.dedup();
    lacks.iter().for_each(|lack| words += &format!(" {lack}."));
    let mut failing: Vec<&str> = rows().filter(fails).map(|row| row.service.as_str()).collect();
    failing.dedup();
    for service in failing {
        let failed = count(fails_again_and_again(answer, service).unwrap_or_default());
        words += &format!(
            " Tasks of \"{service}\" fail again and again ({failed} so far): more time does not help \
             before that is mended."
        );
    }
    if helps(Help::Time) || helps(Help::Refusals) || reasons.is_empty() {
        let longer = (answer.scenario.horizon_s * 2.0).ceil();
        words += &format!(" Lengthen `horizon`, for example --set horizon={longer}s.");
    }
    if helps(Help::Refusals) {
        words += " `taskyard explain` tells of refused launches.";
    }
    page.paragraph(0, &words);
}

/// What would give room where instances lack one thing alone.
pub(super) fn lack_words(row: &WaitingRow) -> Option<&'static str> {
    match row.short_of.as_deref()? {
        "network_interfaces" => Some(
            "The instances have CPU and memory left and no network interface: ENI trunking \
             (`trunking = true`, the account setting awsvpcTrunking) or another `network_mode` lets \
             them hold more",
        ),
        "memory" => Some(
            "The instances have CPU left and too little memory: types with more of it, by a larger \
             minimum of `memory_mib`, hold more tasks each",
        ),
        "cpu" => Some("The instances have memory left and too little CPU"),
        _ => None,
    }
}

/// The tasks that are wanted at the end, and those that standalone tasks have finished: not those in
/// whose place others came.
pub(super) fn wanted(answer: &Answer) -> f64 {
    let done = answer.jobs.iter().map(|job| job.succeeded + job.failed).sum::<f64>();
    answer.tasks.running_at_end + answer.tasks.waiting_at_end + done
}

/// Failed tasks of a deployment after which it is no accident any more: the least threshold of the
/// circuit breaker.
pub(super) const AGAIN_AND_AGAIN: f64 = 3.0;

/// How many tasks of a service failed in its last deployment, where it was never completed for them.
fn fails_again_and_again(answer: &Answer, service: &str) -> Option<f64> {
    let mut own = answer.deployments.iter().filter(|row| row.service == service);
    let last = own.next_back().filter(|row| row.completed <= 0.0)?;
    Some(last.failed_tasks).filter(|failed| *failed >= AGAIN_AND_AGAIN)
}

/// `3 wait for host ports, taken on every instance with room ("web")`.
fn reason(row: &WaitingRow, several: bool) -> String {
    let of = if several { format!(" (\"{}\")", row.service) } else { String::new() };
    let wait = if count(row.tasks) == "1" { "waits" } else { "wait" };
    format!("{} {wait} for {}{of}", count(row.tasks), words(&row.waits_for))
}

/// What tasks wait for.
pub(super) fn words(waits_for: &str) -> &str {
    match waits_for {
        "starting" => "the start on their instance",
        "room" => "room on instances to which none is added",
        "max_size" => "room in a group at its max_size",
        "daemons" => "room that daemon tasks hold, with no further instance to come",
        "host_ports" => "host ports, taken on every instance with room",
        "incompatible" => "room in a group whose smallest type cannot hold them",
        "placement_constraints" => "an instance that satisfies their placement constraints",
        phase => phase_words(phase),
    }
}

/// Those that wait for a first task that never starts wait for what it waits for.
fn help_for(row: &WaitingRow, all: &[WaitingRow]) -> Help {
    let mut first = all.iter().filter(|other| other.service == row.service);
    let own = help(&row.waits_for);
    let stuck =
        |other: &&WaitingRow| matches!(help(&other.waits_for), Help::Change(_) | Help::Room(..));
    match first.find(stuck) {
        Some(other) if row.waits_for == "decide_digest_wave" => help(&other.waits_for),
        Some(_) | None => own,
    }
}

fn help(waits_for: &str) -> Help {
    match waits_for {
        "decide_capacity_retry" => Help::Refusals,
        "decide_quota" => Help::Room("Under a full quota", "raise it"),
        "decide_deployment" => Help::Room(
            "Where maximum_percent is reached",
            "raise it, or lower minimum_healthy_percent",
        ),
        "room" => Help::Room("Where no instance has room", "add instances, or make tasks smaller"),
        "max_size" => Help::Room("In a full group", "raise max_size"),
        "incompatible" => Help::Room(
            "Where a group does not grow for a task",
            "leave the types out that cannot hold it",
        ),
        "daemons" => {
            Help::Room("Where daemons hold the room", "raise max_size, or use larger types")
        }
        "host_ports" => {
            Help::Room("Where ports are taken", "leave `host_port` out, or raise max_size")
        }
        "placement_constraints" => {
            Help::Change("where constraints admit no instance: widen them, or change the instances")
        }
        _ => Help::Time,
    }
}
