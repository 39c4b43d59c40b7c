//! A run in the JSON of the Chrome trace event format, which Perfetto shows: a process for each capacity
//! provider, a thread for each instance, an asynchronous row for each task.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::outputs::{InstanceLine, RunOutputs, TaskLine};

#[derive(Serialize)]
struct Trace {
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "traceEvents")]
    events: Vec<Value>,
}

/// The process of counters.
const CLUSTER: u64 = 1;

/// Numbers of processes and threads.
struct Numbers<'r> {
    /// By capacity provider.
    processes: BTreeMap<&'r str, u64>,
    /// By instance: its process and its thread.
    threads: BTreeMap<&'r str, (u64, u64)>,
}

/// The trace of a run.
///
/// # Errors
/// None that a run can cause.
pub fn run_trace(run: &RunOutputs) -> serde_json::Result<String> {
    let numbers = Numbers::of(run);
    let horizon = run.summary.scenario.horizon_s;
    let mut events = names(run, &numbers);
    for line in &run.instances {
        events.extend(instance(line, &numbers, horizon));
    }
    for (id, task) in (1..).zip(&run.tasks) {
        events.extend(states(task, id, &numbers, horizon));
    }
    events.extend(counters(run));
    events.extend(moments(run));
    let trace = Trace { unit: "ms", events };
    serde_json::to_string(&trace).map(|text| text + "\n")
}

/// Microseconds.
fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

impl<'r> Numbers<'r> {
    fn of(run: &'r RunOutputs) -> Self {
        let tasks = run.tasks.iter().map(|task| task.capacity_provider.as_str());
        let instances = run.instances.iter().map(|line| line.capacity_provider.as_str());
        let mut providers: Vec<&str> = tasks.chain(instances).collect();
        providers.sort_unstable();
        providers.dedup();
        let processes: BTreeMap<&str, u64> = providers.into_iter().zip(CLUSTER + 1..).collect();
        let mut next: BTreeMap<u64, u64> = BTreeMap::new();
        let threads = run.instances.iter().map(|line| {
            let process = processes.get(line.capacity_provider.as_str()).copied().unwrap_or(0);
            let thread = next.entry(process).or_default();
            *thread += 1;
            (line.instance.as_str(), (process, *thread))
        });
        let threads = threads.collect();
        Self { processes, threads }
    }

    /// Where a task is shown; thread 0 is none.
    fn place(&self, task: &TaskLine) -> (u64, u64) {
        let process = self.processes.get(task.capacity_provider.as_str()).copied().unwrap_or(0);
        self.threads.get(task.instance.as_str()).copied().unwrap_or((process, 0))
    }
}

fn names(run: &RunOutputs, numbers: &Numbers<'_>) -> Vec<Value> {
    let process = |(name, pid): (&str, u64)| json!({"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": name}});
    let cluster = format!("cluster of {}", run.summary.scenario.name);
    let providers = numbers.processes.iter().map(|(name, pid)| (*name, *pid));
    let mut events: Vec<Value> =
        std::iter::once((cluster.as_str(), CLUSTER)).chain(providers).map(process).collect();
    for line in &run.instances {
        let (pid, tid) = numbers.threads[line.instance.as_str()];
        let name = format!("{} {}", line.instance, line.instance_type);
        events.push(json!({
            "ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": name}
        }));
    }
    events
}

/// An instance's life: its parts lie within it and follow one another.
fn instance(line: &InstanceLine, numbers: &Numbers<'_>, horizon: f64) -> Vec<Value> {
    let (pid, tid) = numbers.threads[line.instance.as_str()];
    let end = line.terminated.unwrap_or(horizon);
    let at = |time: Option<f64>| time.unwrap_or(end).min(end);
    let (running, registered, draining) =
        (at(line.running), at(line.registered), at(line.draining));
    let slice = |name: &str, from: f64, to: f64, args: Value| {
        json!({
            "ph": "X", "cat": "instance", "name": name, "pid": pid, "tid": tid,
            "ts": micros(from), "dur": micros(to) - micros(from), "args": args
        })
    };
    let args = json!({
        "type": line.instance_type, "zone": line.zone, "bought": line.purchase_option, "usd": line.usd
    });
    let mut events = vec![slice(&line.instance_type, line.requested, end, args)];
    let parts = [
        ("launch", line.requested, running),
        ("boot", running, registered.max(running)),
        ("registered", registered.max(running), draining.max(registered).max(running)),
        ("DRAINING", draining.max(registered).max(running), end),
    ];
    events.extend(
        parts
            .into_iter()
            .filter(|(_, from, to)| to > from)
            .map(|(name, from, to)| slice(name, from, to, json!({}))),
    );
    events
}

/// The states of a task, one after another.
fn states(task: &TaskLine, id: u64, numbers: &Numbers<'_>, horizon: f64) -> Vec<Value> {
    let (pid, tid) = numbers.place(task);
    let end = task.stopped.unwrap_or(horizon);
    let changes = [
        ("requested", Some(task.requested)),
        ("PROVISIONING", task.created),
        ("PENDING", task.placed),
        ("pulling", task.pulling),
        ("ACTIVATING", task.pulled),
        ("RUNNING", task.started),
        ("STOPPING", task.stopping),
        ("DEPROVISIONING", task.execution_stopped),
        ("", Some(end)),
    ];
    let known: Vec<(&str, f64)> =
        changes.into_iter().filter_map(|(name, at)| Some((name, at?.min(end)))).collect();
    let mut events = Vec::new();
    let event = |ph: &str, name: &str, at: f64, args: Value| {
        json!({
            "ph": ph, "cat": "task", "id": id, "name": name, "pid": pid, "tid": tid,
            "ts": micros(at), "args": args
        })
    };
    let args = json!({
        "service": task.service, "instance": task.instance, "last_status": task.last_status,
        "stop_code": task.stop_code
    });
    events.push(event("b", &task.task, task.requested, args));
    for two in known.windows(2) {
        let ((name, from), (_, to)) = (two[0], two[1]);
        if to > from {
            events.push(event("b", name, from, json!({})));
            events.push(event("e", name, to, json!({})));
        }
    }
    events.push(event("e", &task.task, end.max(task.requested), json!({})));
    events
}

/// Metrics that are shown as counters.
const COUNTED: [&str; 6] = [
    "tasks",
    "instances",
    "usd_per_hour",
    "CapacityProviderReservation",
    "GroupDesiredCapacity",
    "DesiredTaskCount",
];

fn counters(run: &RunOutputs) -> Vec<Value> {
    let curves = run.curves.iter().filter(|curve| COUNTED.contains(&curve.metric.as_str()));
    let of = |curve: &super::outputs::Curve| -> Vec<Value> {
        let name = format!("{} {}", curve.metric, curve.subject);
        let event = |(at, value): &(f64, f64)| {
            json!({
                "ph": "C", "name": name.trim_end(), "pid": CLUSTER, "tid": 0, "ts": micros(*at),
                "args": {"value": value}
            })
        };
        curve.points.iter().map(event).collect()
    };
    curves.flat_map(of).collect()
}

/// What was done at one moment.
fn moments(run: &RunOutputs) -> impl Iterator<Item = Value> {
    run.events.iter().filter(|event| event.event != "ServiceEvent").map(|event| {
        json!({
            "ph": "i", "s": "p", "cat": "event", "name": format!("{} {}", event.event, event.subject),
            "pid": CLUSTER, "tid": 0, "ts": micros(event.at), "args": {"detail": event.detail}
        })
    })
}
