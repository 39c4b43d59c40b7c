//! What became of standalone tasks: of each RunTask block, and of each of its calls.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Cluster, GroupKind, LastStatus};
use crate::observe::{Call, End, Job, Observers};
use crate::units::{GroupId, SimTime};

use super::assemble::{World, quantiles};
use super::quantiles::Quantiles;

/// A `[[run_task]]` block. Its tasks have succeeded, have failed, run or wait.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct JobRow {
    /// Its name.
    pub name: String,
    /// Tasks asked for.
    pub requested: f64,
    /// Reached RUNNING.
    pub started: f64,
    /// Whose essential container exited with code 0.
    pub succeeded: f64,
    /// That ended in any other way, or are about to.
    pub failed: f64,
    /// RUNNING at the horizon.
    pub running_at_end: f64,
    /// Not yet RUNNING at the horizon.
    pub waiting_at_end: f64,
    /// How they ended.
    pub ends: Vec<JobEndRow>,
    /// Requested to RUNNING.
    pub time_to_running_s: Quantiles,
    /// When the first was RUNNING.
    pub first_started_s: Option<f64>,
    /// When the last of those that are STOPPED became so.
    pub last_ended_s: Option<f64>,
    /// Calls of RunTask.
    pub calls_made: f64,
    /// Calls all of whose tasks are STOPPED.
    pub calls_done: f64,
    /// Calls with tasks that were not STOPPED when the next call was made.
    pub calls_overrun: f64,
    /// From a call until all its tasks were STOPPED.
    pub call_time_s: Quantiles,
    /// The first 1,000 calls, one by one.
    pub calls: Vec<JobCallRow>,
}

/// Tasks of a block that ended alike.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct JobEndRow {
    /// ECS's stop code.
    pub stop_code: String,
    /// Of the essential container, where it exited by itself.
    pub exit_code: Option<u8>,
    /// How many.
    pub tasks: f64,
}

/// A call of RunTask.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct JobCallRow {
    /// Its number, from 1.
    pub call: f64,
    /// When it was made.
    pub called_s: f64,
    /// When all its tasks were STOPPED; null where they are not.
    pub done_s: Option<f64>,
    /// From the one to the other.
    pub took_s: Option<f64>,
    /// Of its tasks, STOPPED without exit code 0.
    pub failed: f64,
    /// Of its tasks, not STOPPED when the next call was made; null where none was.
    pub left_at_next: Option<f64>,
}

/// A row for each block, in the scenario's order.
pub(super) fn rows(world: &World<'_, '_>, observers: &mut Observers) -> Vec<JobRow> {
    let groups = world.cluster.groups().iter().enumerate();
    let blocks = groups.filter(|(_, group)| group.kind == GroupKind::RunTask);
    let ids: Vec<GroupId> = blocks.map(|(position, _)| GroupId::from_index(position)).collect();
    ids.into_iter().map(|id| row(world, id, observers)).collect()
}

fn row(world: &World<'_, '_>, id: GroupId, observers: &mut Observers) -> JobRow {
    let mut job: Job = observers.jobs.take(id).unwrap_or_default();
    let starts = observers.metrics.starts_of(id);
    let cluster = world.cluster;
    let (waiting, running) = alive(cluster, id);
    let of_all = |wanted: fn(&End) -> bool| {
        job.ends.iter().filter(|(end, _)| wanted(end)).map(|(_, tasks)| tasks).sum::<u64>() as f64
    };
    let is_success = |(_, exit_code): &End| *exit_code == Some(0);
    let (succeeded, ended) = (of_all(is_success), of_all(|_| true));
    let end = |((code, exit_code), tasks): &(End, u64)| JobEndRow {
        stop_code: code.name().to_owned(),
        exit_code: *exit_code,
        tasks: *tasks as f64,
    };
    let ends = job.ends.iter().map(end).collect();
    job.call_times.sort();
    JobRow {
        name: cluster.setup().group(id).name.clone(),
        requested: cluster.groups()[id.index()].requested() as f64,
        started: (starts.to_running.len() + starts.cut) as f64,
        succeeded,
        failed: ended - succeeded,
        running_at_end: running as f64,
        waiting_at_end: waiting as f64,
        ends,
        time_to_running_s: quantiles(&starts.to_running),
        first_started_s: job.first_started.map(SimTime::as_secs_f64),
        last_ended_s: job.last_ended.map(SimTime::as_secs_f64),
        calls_made: job.calls_made as f64,
        calls_done: job.call_times.len() as f64,
        calls_overrun: job.calls_overrun as f64,
        call_time_s: quantiles(&job.call_times),
        calls: job.calls.iter().enumerate().map(call_row).collect(),
    }
}

fn call_row((position, call): (usize, &Call)) -> JobCallRow {
    JobCallRow {
        call: position as f64 + 1.0,
        called_s: call.at.as_secs_f64(),
        done_s: call.done_at.map(SimTime::as_secs_f64),
        took_s: call.done_at.map(|at| at.since(call.at).as_secs_f64()),
        failed: f64::from(call.failed),
        left_at_next: call.left_at_next.map(f64::from),
    }
}

/// Tasks of a block that are not RUNNING yet, and that are.
fn alive(cluster: &Cluster<'_>, id: GroupId) -> (u64, u64) {
    let mut counts = (0, 0);
    for task in cluster.live_tasks().map(|task| cluster.task(task)).filter(|task| task.group == id)
    {
        counts.0 += u64::from(task.last_status < LastStatus::Running);
        counts.1 += u64::from(task.last_status == LastStatus::Running);
    }
    counts
}
