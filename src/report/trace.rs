//! A run in the JSON of the Chrome trace event format, which Perfetto shows: a process for each capacity
//! provider, a thread for each instance, an asynchronous row for each task.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::outputs::{InstanceLine, RunOutputs, TaskLine};
use super::words::{counted, grouped};

#[derive(Serialize)]
struct Trace {
    #[serde(rename = "displayTimeUnit")]
    unit: &'static str,
    #[serde(rename = "otherData", skip_serializing_if = "Option::is_none")]
    other: Option<Value>,
    #[serde(rename = "traceEvents")]
    events: Vec<Value>,
}

/// How much of a run a trace has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceDetail {
    /// What viewers open at once: `TASKS` and `POINTS`.
    Limited,
    /// Everything.
    All,
}

/// A trace.
#[derive(Clone, Debug)]
pub struct TraceText {
    /// The file.
    pub text: String,
    /// What is left out of it; `None` where nothing is.
    pub left_out: Option<String>,
}

/// Tasks that are shown, the first that were requested.
const TASKS: usize = 2_000;

/// Points of a counter: of each stretch of time the first, the least, the greatest and the last.
const POINTS: usize = 4_000;

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
pub fn run_trace(run: &RunOutputs, detail: TraceDetail) -> serde_json::Result<TraceText> {
    let numbers = Numbers::of(run);
    let horizon = run.summary.scenario.horizon_s;
    let (tasks, points) = match detail {
        TraceDetail::Limited => (TASKS, POINTS),
        TraceDetail::All => (usize::MAX, usize::MAX),
    };
    let mut events = names(run, &numbers);
    for line in &run.instances {
        events.extend(instance(line, &numbers, horizon));
    }
    for (id, task) in (1..).zip(first_requested(&run.tasks, tasks)) {
        events.extend(states(task, id, &numbers, horizon));
    }
    let thinned = counters(run, points, &mut events);
    events.extend(moments(run, detail));
    let left_out = left_out(run.tasks.len().saturating_sub(tasks), thinned);
    let other = left_out.as_ref().map(|words| json!({"left out": words}));
    let trace = Trace { unit: "ms", other, events };
    let text = serde_json::to_string(&trace)? + "\n";
    Ok(TraceText { text, left_out })
}

/// In the order of the file.
fn first_requested(tasks: &[TaskLine], most: usize) -> Vec<&TaskLine> {
    let mut places: Vec<usize> = (0..tasks.len()).collect();
    if tasks.len() > most {
        places.sort_by(|a, b| tasks[*a].requested.total_cmp(&tasks[*b].requested));
        places.truncate(most);
        places.sort_unstable();
    }
    places.into_iter().map(|place| &tasks[place]).collect()
}

fn left_out(tasks: usize, thinned: usize) -> Option<String> {
    let mut parts = Vec::new();
    if tasks > 0 {
        parts.push(format!(
            "{} after the first {}",
            counted(tasks as f64, "task", "tasks"),
            grouped(TASKS as f64, 0)
        ));
    }
    if thinned > 0 {
        let counters = counted(thinned as f64, "counter", "counters");
        let most = grouped(POINTS as f64, 0);
        parts.push(format!("points of {counters} beyond {most} each"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
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
    let slice = |name: &str, from: f64, to: f64, args: Option<Value>| {
        let event = json!({
            "ph": "X", "cat": "instance", "name": name, "pid": pid, "tid": tid,
            "ts": micros(from), "dur": micros(to) - micros(from)
        });
        with_args(event, args)
    };
    let args = json!({
        "type": line.instance_type, "zone": line.zone, "bought": line.purchase_option, "usd": line.usd
    });
    let mut events = vec![slice(&line.instance_type, line.requested, end, Some(args))];
    let pooled = line.pooled(running.max(line.requested));
    let (pool, out) = pooled.unwrap_or((line.requested, line.requested));
    let parts = [
        ("launch", line.requested, pool),
        ("warm pool", pool, out),
        ("launch", out, running),
        ("boot", running, registered.max(running)),
        ("registered", registered.max(running), draining.max(registered).max(running)),
        ("DRAINING", draining.max(registered).max(running), end),
    ];
    events.extend(
        parts
            .into_iter()
            .filter(|(_, from, to)| to > from)
            .map(|(name, from, to)| slice(name, from, to, None)),
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
    let event = |ph: &str, name: &str, at: f64, args: Option<Value>| {
        let event = json!({
            "ph": ph, "cat": "task", "id": id, "name": name, "pid": pid, "tid": tid, "ts": micros(at)
        });
        with_args(event, args)
    };
    let args = json!({
        "service": task.service, "instance": task.instance, "last_status": task.last_status,
        "stop_code": task.stop_code
    });
    events.push(event("b", &task.task, task.requested, Some(args)));
    for two in known.windows(2) {
        let ((name, from), (_, to)) = (two[0], two[1]);
        if to > from {
            events.push(event("b", name, from, None));
            events.push(event("e", name, to, None));
        }
    }
    events.push(event("e", &task.task, end.max(task.requested), None));
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

/// The curves as counters, with so many points each at most; answers with how many curves had more.
fn counters(run: &RunOutputs, most: usize, events: &mut Vec<Value>) -> usize {
    let mut thinned = 0;
    for curve in run.curves.iter().filter(|curve| COUNTED.contains(&curve.metric.as_str())) {
        let name = format!("{} {}", curve.metric, curve.subject);
        let event = |(at, value): (f64, f64)| {
            json!({
                "ph": "C", "name": name.trim_end(), "pid": CLUSTER, "tid": 0, "ts": micros(at),
                "args": {"value": value}
            })
        };
        thinned += usize::from(curve.points.len() > most);
        events.extend(few(&curve.points, most).into_iter().map(event));
    }
    thinned
}

/// At most so many of the points: of each of equally long stretches of time the first, the least, the
/// greatest and the last, so that no peak is lost.
fn few(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let stretches = (most / 4).max(1);
    let length = (last.0 - first.0) / stretches as f64;
    if points.len() <= most || length <= 0.0 {
        return points.to_vec();
    }
    let stretch = |at: f64| (((at - first.0) / length) as usize).min(stretches - 1);
    let mut kept = Vec::new();
    for part in points.chunk_by(|a, b| stretch(a.0) == stretch(b.0)) {
        let value = |place: &usize| part[*place].1;
        let by_value = |a: &usize, b: &usize| value(a).total_cmp(&value(b));
        let (least, greatest) =
            ((0..part.len()).min_by(by_value), (0..part.len()).max_by(by_value));
        let mut places = vec![0, part.len() - 1];
        places.extend(least.into_iter().chain(greatest));
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().map(|place| part[place]));
    }
    kept
}

/// What was done at one moment. A policy that leaves the desired count as it is did nothing: it looks
/// each minute.
fn moments(run: &RunOutputs, detail: TraceDetail) -> Vec<Value> {
    let mut desired: BTreeMap<&str, &str> = BTreeMap::new();
    let shown = run.events.iter().filter(|event| event.event != "ServiceEvent");
    let mut events = Vec::new();
    for event in shown {
        let (subject, now) = (event.subject.as_str(), event.detail.as_str());
        let changed = event.event != "ServiceScalingPolicy"
            || desired.insert(subject, now) != Some(now)
            || detail == TraceDetail::All;
        if changed {
            events.push(json!({
                "ph": "i", "s": "p", "cat": "event", "pid": CLUSTER, "tid": 0, "ts": micros(event.at),
                "name": format!("{} {}", event.event, event.subject), "args": {"detail": event.detail}
            }));
        }
    }
    events
}

fn with_args(mut event: Value, args: Option<Value>) -> Value {
    if let (Some(fields), Some(args)) = (event.as_object_mut(), args) {
        fields.insert("args".to_owned(), args);
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_points_keep_ends_and_peaks_of_each_stretch() {
        // A thousand seconds at 1, one peak and one dip; four stretches of 250 s.
        let mut points: Vec<(f64, f64)> = (0..=1_000).map(|at| (f64::from(at), 1.0)).collect();
        points[333].1 = 9.0;
        points[777].1 = -9.0;
        let kept = few(&points, 16);
        assert!(kept.len() <= 16 && kept.is_sorted_by(|a, b| a.0 < b.0), "{kept:?}");
        for wanted in [(0.0, 1.0), (333.0, 9.0), (777.0, -9.0), (1_000.0, 1.0)] {
            assert!(kept.contains(&wanted), "{wanted:?} in {kept:?}");
        }
        assert_eq!(few(&points, 1_001).len(), 1_001);
    }
}
