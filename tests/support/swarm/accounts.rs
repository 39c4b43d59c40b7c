//! The end of the quiet period: every task and every instance is accounted for.

use std::collections::BTreeMap;

use taskyard::observe::{EventRow, InstanceRow, Recorder, TaskRow};
use taskyard::run::Answer;

use super::super::scene::{instance_time, time_of};
use super::Expected;

/// Longest that a task may be in a state that passes once every fault is over, seconds: slower than any
/// start, stop or launch.
const PASSING: f64 = 15.0 * 60.0;

/// Longest that an instance may drain: its tasks end within this, or wait for their replacements.
const DRAINING: f64 = 60.0 * 60.0;

type Account = Result<(), String>;

/// What is not accounted for.
pub(crate) fn check(answer: &Answer, recorder: &Recorder, expected: &[Expected]) -> Account {
    let end = answer.scenario.horizon_s;
    for row in &recorder.tasks {
        passes(row, end)?;
    }
    for row in &recorder.instances {
        registered_or_gone(row, recorder, end)?;
    }
    reconnected(&recorder.events)?;
    for service in expected {
        count(service, recorder, end)?;
    }
    sums(answer, recorder)
}

/// No task is lost: all that were requested are in some row or state; the bill is the sum of its lines.
fn sums(answer: &Answer, recorder: &Recorder) -> Account {
    let tasks = &answer.tasks;
    let found = tasks.running_at_end + tasks.waiting_at_end + tasks.stopped;
    if (tasks.requested - found).abs() > 0.5 {
        return Err(format!("{} tasks requested, {found} accounted for", tasks.requested));
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
    let asked = instance_time(row, "requested_at").unwrap_or(0.0);
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

/// A service has as many RUNNING tasks as it wants, or something that was drawn explains why not.
fn count(service: &Expected, recorder: &Recorder, end: f64) -> Account {
    let own = || recorder.tasks.iter().filter(|row| row.service == service.name);
    let wanted = |row: &&TaskRow| row.last_status == "RUNNING" && row.stop_code.is_none();
    let running = own().filter(wanted).count();
    let desired = service.desired as usize;
    if running == desired {
        return Ok(());
    }
    let (name, limits) = (&service.name, &service.limits);
    if limits.is_empty() {
        return Err(format!("{name}: {running} RUNNING, {desired} desired, nothing limits it"));
    }
    // More than desired: those of an instance that drains stay until they are replaced.
    let draining = |row: &&TaskRow| {
        let on = recorder.instances.iter().find(|of| row.instance.as_ref() == Some(&of.instance));
        on.is_some_and(|of| instance_time(of, "draining_at").is_some())
    };
    let leaving = own().filter(wanted).filter(draining).count();
    if running > desired + leaving {
        return Err(format!("{name}: {running} RUNNING, {desired} desired"));
    }
    // Fewer: the scheduler goes on trying.
    let latest = own().filter_map(|row| time_of(row, "requested_at")).fold(0.0, f64::max);
    let waits = own().any(|row| !["RUNNING", "STOPPED"].contains(&row.last_status));
    if running < desired && !waits && end - latest > 2.0 * PASSING {
        return Err(format!(
            "{name}: {running} RUNNING, {desired} desired, none waits, the last asked for at {latest} s"
        ));
    }
    Ok(())
}
