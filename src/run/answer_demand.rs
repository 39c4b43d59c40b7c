//! What the answer says of requests and messages.

use schemars::JsonSchema;
use serde::Serialize;

/// The requests to a service: each is served, lost, or waits at the horizon.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct DemandRow {
    /// Its name.
    pub service: String,
    /// The demands that add up to it.
    pub demands: Vec<String>,
    /// Requests that came over the run.
    pub requests: f64,
    /// Served.
    pub served: f64,
    /// Lost: no task served when they came, or they waited for the time-out.
    pub lost: f64,
    /// Of those, before the first task of the service served.
    pub lost_before_first_task: f64,
    /// Waiting at the horizon.
    pub waiting_at_end: f64,
    /// Share of the requests that were lost or wait at the horizon.
    pub not_served_share: f64,
    /// Time in which requests waited, or came and found no task.
    pub saturated_s: f64,
    /// The CPU utilisation that was to be kept; null where the scenario does not say.
    pub target_utilization_percent: Option<f64>,
    /// Time above it, or without a task for those who came; null without one.
    pub above_target_s: Option<f64>,
    /// Of what RUNNING tasks reserve, over the run; null where none ran.
    pub mean_cpu_utilization_percent: Option<f64>,
    /// Most requests that waited at one time.
    pub worst_waiting: f64,
    /// How long the first of them had waited then.
    pub worst_age_s: f64,
    /// When; null where none waited.
    pub worst_at_s: Option<f64>,
}

/// The messages of a queue: each is processed, visible or in flight at the horizon.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct QueueRow {
    /// Its name.
    pub name: String,
    /// Whose tasks work on them.
    pub service: String,
    /// Messages sent, those of the start among them.
    pub messages: f64,
    /// Worked on to the end.
    pub processed: f64,
    /// Visible at the horizon.
    pub visible_at_end: f64,
    /// In flight at the horizon.
    pub in_flight_at_end: f64,
    /// Age of the oldest of those; null where there is none.
    pub age_of_oldest_at_end_s: Option<f64>,
    /// Visible again because their task stopped.
    pub returned: f64,
    /// Sent to received; null where none was received.
    pub mean_wait_s: Option<f64>,
    /// The longest of those waits.
    pub longest_wait_s: Option<f64>,
    /// The longest wait that is good enough; null where the scenario does not say.
    pub acceptable_latency_s: Option<f64>,
    /// Share of the messages received later than that; null without one.
    pub late_share: Option<f64>,
    /// Most messages visible at one time.
    pub worst_visible: f64,
    /// Age of the first of them then.
    pub worst_age_s: f64,
    /// When; null where none waited.
    pub worst_at_s: Option<f64>,
}

/// What was paid for while there was nothing to do.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PaidForNothing {
    /// Services with demand or a queue.
    pub services: Vec<IdleRow>,
    /// Time of billed instances from running to terminated, all together.
    pub instance_hours: f64,
    /// Of that, while no task but of daemons was placed on them.
    pub empty_instance_hours: f64,
}

/// Tasks without work.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct IdleRow {
    /// Their service.
    pub service: String,
    /// Time of its tasks in RUNNING, all together.
    pub task_hours: f64,
    /// Of that, what requests and messages did not take: RUNNING time less the time that serving them
    /// needs of a task that works at its limit.
    pub idle_task_hours: f64,
}
