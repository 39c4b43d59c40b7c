//! The end of the quiet period: every task and every instance is accounted for.

use std::collections::BTreeMap;

use taskyard::observe::{EventRow, InstanceRow, Recorder, SeriesRow, TaskRow};
use taskyard::run::{Answer, DeploymentRow, Explanation};
use taskyard::scenario::{CapacityProvider, ProviderKind, Scenario};

use super::super::scene::{instance_time, time_of};
use super::Expected;

/// Longest that a task may be in a state that passes once every fault is over, seconds: slower than any
/// start, stop or launch.
const PASSING: f64 = 15.0 * 60.0;

/// Longest that an instance may drain: its tasks end within this, or wait for their replacements.
const DRAINING: f64 = 60.0 * 60.0;

type Account = Result<(), String>;

/// Why a task may wait is looked for in this much time before the end, seconds.
const RECENT: f64 = 60.0 * 60.0;

/// The scheduler tries again at least this often where tasks cannot wait for an instance, seconds.
const RETRIED: f64 = 2.0 * 60.0;

/// What a run shows.
pub(crate) struct Seen<'a> {
    pub(crate) answer: &'a Answer,
    pub(crate) recorder: &'a Recorder,
    pub(crate) explanation: &'a Explanation,
}

/// What is not accounted for, or how many services are complete.
pub(crate) fn check(
    scenario: &Scenario,
    seen: &Seen<'_>,
    expected: &[Expected],
) -> Result<usize, String> {
    let (recorder, end) = (seen.recorder, seen.answer.scenario.horizon_s);
    for row in &recorder.tasks {
        passes(row, end)?;
    }
    for row in &recorder.instances {
        registered_or_gone(row, recorder, end)?;
    }
    reconnected(&recorder.events)?;
    sums(seen.answer, recorder)?;
    jobs(seen.answer, recorder)?;
    let mut complete = 0;
    for service in expected {
        complete += usize::from(is_complete(scenario, seen, service)?);
    }
    Ok(complete)
}

/// No task is lost: all that were requested are in some row or state; the bill is the sum of its lines.
fn sums(answer: &Answer, recorder: &Recorder) -> Account {
    let tasks = &answer.tasks;
    let found = tasks.running_at_end + tasks.waiting_at_end + tasks.stopped;
    if (tasks.requested - found).abs() > 0.5 {
        return Err(format!("{} tasks requested, {found} accounted for", tasks.requested));
    }
    let waiting: f64 = tasks.waiting_for.iter().map(|row| row.tasks).sum();
    let started: f64 = tasks.waves.iter().map(|row| row.started).sum();
    if (waiting - tasks.waiting_at_end).abs() > 0.5 || (started - tasks.started).abs() > 0.5 {
        let (all, ran) = (tasks.waiting_at_end, tasks.started);
        return Err(format!("{waiting} of {all} wait for something, {started} of {ran} by wave"));
    }
    let stopped = recorder.tasks.iter().filter(|row| row.last_status == "STOPPED");
    let without_code = stopped.clone().find(|row| row.stop_code.is_none());
    if let Some(row) = without_code {
        return Err(format!("{} is STOPPED and has no code", row.task));
    }
    let lines: f64 = answer.cost.lines.iter().map(|line| line.usd).sum();
    if (lines - answer.cost.total_usd).abs() > 1e-7 {
        return Err(format!("the bill is {}, its lines {lines}", answer.cost.total_usd));
    }
    Ok(())
}

/// Every task of a job has succeeded, has failed, runs or waits, as its row says; and each call is done
/// when the last of its tasks is.
fn jobs(answer: &Answer, recorder: &Recorder) -> Account {
    for job in &answer.jobs {
        let own = || recorder.tasks.iter().filter(|row| row.service == job.name);
        let count = |wanted: &dyn Fn(&TaskRow) -> bool| own().filter(|row| wanted(row)).count();
        let found = [
            count(&|row| row.exit_code == Some(0)),
            count(&|row| row.stop_code.is_some() && row.exit_code != Some(0)),
            count(&|row| row.stop_code.is_none() && row.last_status == "RUNNING"),
            count(&|row| row.stop_code.is_none() && row.last_status != "RUNNING"),
        ];
        let told = [job.succeeded, job.failed, job.running_at_end, job.waiting_at_end];
        let told = told.map(|tasks| tasks as usize);
        if told != found || told.iter().sum::<usize>() != job.requested as usize {
            return Err(format!("{}: {told:?} of {}, rows say {found:?}", job.name, job.requested));
        }
        let ends: Vec<f64> = own().filter_map(|row| time_of(row, "stopped_at")).collect();
        let last = ends.iter().copied().max_by(f64::total_cmp);
        let done = job.calls.iter().filter_map(|call| call.done_s).max_by(f64::total_cmp);
        if job.last_ended_s != last || done > last {
            return Err(format!("{}: done at {done:?}, the last task at {last:?}", job.name));
        }
    }
    Ok(())
}

/// No task is stuck in a state that passes.
fn passes(row: &TaskRow, end: f64) -> Account {
    let since = match row.last_status {
        "PENDING" | "ACTIVATING" => time_of(row, "placed_at"),
        "STOPPING" | "DEACTIVATING" => time_of(row, "stopping_at"),
        "DEPROVISIONING" => {
            time_of(row, "execution_stopped_at").or_else(|| time_of(row, "stopping_at"))
        }
        "RUNNING" if row.stop_code.is_some() => time_of(row, "stopping_at"),
        _ => return Ok(()),
    };
    let since = since.unwrap_or(0.0);
    if end - since > PASSING {
        return Err(format!("{} is {} since {since} s", row.task, row.last_status));
    }
    Ok(())
}

/// An instance is registered or gone, unless it was asked for a moment ago.
fn registered_or_gone(row: &InstanceRow, recorder: &Recorder, end: f64) -> Account {
    if instance_time(row, "terminated_at").is_some() {
        return Ok(());
    }
    let [warmed_from, _, left] = row.warm_pool_times;
    if warmed_from.is_some() && left.is_none() {
        return Ok(());
    }
    let asked = left.map(|at| at.as_secs_f64()).or(instance_time(row, "requested_at"));
    let asked = asked.unwrap_or(0.0);
    if instance_time(row, "registered_at").is_none() && end - asked > PASSING {
        return Err(format!("{} never registers, asked for at {asked} s", row.instance));
    }
    if let Some(since) = instance_time(row, "draining_at")
        && end - since > DRAINING
    {
        let on = |task: &&TaskRow| {
            task.instance.as_ref() == Some(&row.instance) && task.last_status != "STOPPED"
        };
        if recorder.tasks.iter().find(on).is_none() {
            return Err(format!("{} drains since {since} s without a task", row.instance));
        }
    }
    Ok(())
}

/// Every agent that was disconnected is back, or its instance is gone.
fn reconnected(events: &[EventRow]) -> Account {
    let mut away = BTreeMap::new();
    for row in events {
        match row.event {
            "InstanceDisconnected" => away.insert(&row.subject, row.at),
            "InstanceReconnected" | "InstanceTerminated" => away.remove(&row.subject),
            _ => None,
        };
    }
    match away.into_iter().next() {
        Some((instance, at)) => Err(format!("{instance} is out of reach since {at:?}")),
        None => Ok(()),
    }
}

/// Whether a service has as many RUNNING tasks as it wants. If not, something that was drawn may keep
/// it from them, and the run shows that it does.
fn is_complete(scenario: &Scenario, seen: &Seen<'_>, service: &Expected) -> Result<bool, String> {
    let own = || seen.recorder.tasks.iter().filter(|row| row.service == service.name);
    let wanted = |row: &&TaskRow| row.last_status == "RUNNING" && row.stop_code.is_none();
    let running = own().filter(wanted).count();
    let scales = seen.answer.scaling.iter().find(|row| row.name == service.name);
    let desired = scales.map_or(f64::from(service.desired), |row| row.desired_at_end) as usize;
    if running == desired {
        return Ok(true);
    }
    // What was asked for a moment ago is under way.
    let scaled = |row: &SeriesRow| row.metric == "DesiredTaskCount" && row.subject == service.name;
    let end = seen.answer.scenario.horizon_s;
    let mut changes = seen.recorder.series.iter().rev().filter(|row| scaled(row));
    if changes.next().is_some_and(|row| end - row.at.as_secs_f64() < RECENT) {
        return Ok(false);
    }
    let what = format!("{}: {running} RUNNING, {desired} desired", service.name);
    // More than desired: those of an instance that drains stay until they are replaced.
    let draining = |row: &&TaskRow| {
        let on = seen.recorder.instances.iter();
        let mut on = on.filter(|of| row.instance.as_ref() == Some(&of.instance));
        on.any(|of| instance_time(of, "draining_at").is_some())
    };
    let replaced = own().filter(wanted).filter(draining).count();
    if running > desired && running <= desired + replaced {
        return Ok(false);
    }
    if service.limits.is_empty() {
        return Err(format!("{what}, and nothing limits it"));
    }
    // A deployment that is not completed has its own account of why.
    let mut deployments = seen.answer.deployments.iter().rev();
    let last = deployments.find(|row| row.service == service.name);
    let told = |row: &DeploymentRow| row.held_by.is_some() || row.failed_tasks > 0.0;
    // Tasks that are well at first and then never again are replaced for ever.
    let unwell = |row: &TaskRow| {
        row.stop_reason.as_ref().is_some_and(|reason| reason.ends_with("health checks"))
    };
    if service.limits.contains(&"deployment") && (last.is_some_and(told) || own().any(unwell)) {
        return Ok(false);
    }
    if running > desired {
        return Err(what);
    }
    if running < desired && why(scenario, seen, service).is_none() {
        return Err(format!("{what}, and the run does not show why"));
    }
    Ok(false)
}

/// What the run shows of the reason for which tasks of a service wait.
fn why(scenario: &Scenario, seen: &Seen<'_>, service: &Expected) -> Option<&'static str> {
    let end = seen.answer.scenario.horizon_s;
    let meant = |provider: &String| service.providers.contains(provider);
    let mut refusals = seen.explanation.refusals.iter();
    if refusals.any(|row| meant(&row.capacity_provider) && end - row.at_s < RECENT) {
        return Some("launches are refused");
    }
    let mut own = seen.recorder.tasks.iter().filter(|row| row.service == service.name);
    let stopped = |row: &TaskRow| time_of(row, "stopping_at").is_some_and(|at| end - at < RECENT);
    let kept_from =
        |code| ["TaskFailedToStart", "SpotInterruption", "TerminationNotice"].contains(&code);
    // With a minimum below 100 % tasks on instances that drain stop before others run.
    let moved =
        |code| code == "ServiceSchedulerInitiated" && service.limits.contains(&"deployment");
    let fails = service.limits.contains(&"its tasks fail");
    let exits = |code| fails && code == "EssentialContainerExited";
    let left = |code| kept_from(code) || moved(code) || exits(code);
    if own.any(|row| row.stop_code.is_some_and(left) && stopped(row)) {
        return Some("its tasks fail, are taken, or move");
    }
    // Below 100 % healthy the tasks of an instance that drains go before others run.
    let drains = |row: &&InstanceRow| {
        meant(&row.capacity_provider)
            && instance_time(row, "draining_at").is_some_and(|at| end - at < PASSING)
    };
    let replaced = service.limits.contains(&"deployment");
    if replaced && seen.recorder.instances.iter().find(drains).is_some() {
        return Some("its instances drain");
    }
    let tries = |row: &&EventRow| {
        let recently = end - row.at.as_secs_f64() < RETRIED;
        row.event == "ServiceScheduler" && row.subject == service.name && recently
    };
    let fixed = service.limits.contains(&"fixed fleet");
    if fixed && seen.recorder.events.iter().rev().find(tries).is_some() {
        return Some("no room, and the scheduler goes on trying");
    }
    // A quota of a class that nothing is bought of holds nobody back.
    let mut limits = seen.answer.limits.iter().filter(|row| row.refused > 0.0);
    if limits.any(|row| row.limit.contains("quota") && row.of.is_some_and(|of| row.needed >= of)) {
        return Some("a quota is reached");
    }
    let is_full = |provider: &CapacityProvider| {
        let ProviderKind::AutoScalingGroup(group) = &provider.kind else { return false };
        let stays = |row: &&InstanceRow| {
            row.capacity_provider == provider.name
                && instance_time(row, "draining_at").is_none()
                && instance_time(row, "terminated_at").is_none()
        };
        let size = seen.recorder.instances.iter().filter(stays).count();
        size >= group.max_size as usize
    };
    let mut own = scenario.capacity_providers.iter().filter(|provider| meant(&provider.name));
    own.any(is_full).then_some("its group is as large as it may be")
}
