//! What `run --out` and `sweep --out` wrote, read again: pictures, reports and traces are made of these
//! files alone, so that anybody else can make theirs. Pure: texts in.

mod series;
mod summary;
mod table;

pub(super) use series::{Curve, stretches};
pub(super) use summary::Summary;

use std::collections::BTreeMap;

use crate::io::{Code, Diagnostic, Place, Source};
use crate::sweep::decisions::{Front, Question};
use crate::sweep::{AxisHead, AxisValue, Findings, PointRow, RunRow, SweepTable};

use table::{Row, rows};

/// The files of a run, in the order in which [`RunOutputs::read`] takes them.
pub const RUN_FILES: [&str; 6] = [
    "summary.json",
    "tasks.csv",
    "instances.csv",
    "series.csv",
    "events.csv",
    "scenario.resolved.toml",
];

/// The file of a sweep.
pub const SWEEP_FILE: &str = "sweep.json";

/// The sweep itself, beside it.
pub const SWEEP_RESOLVED: &str = "sweep.resolved.toml";

/// The files of a run. Of several replications the first is kept.
#[derive(Clone, Debug)]
pub struct RunOutputs {
    pub(super) summary: Summary,
    pub(super) tasks: Vec<TaskLine>,
    pub(super) instances: Vec<InstanceLine>,
    /// In order of metric and subject.
    pub(super) curves: Vec<Curve>,
    pub(super) events: Vec<EventLine>,
    /// The scenario as TOML.
    pub(super) scenario: String,
}

/// A task; times in seconds.
#[derive(Clone, Debug)]
pub(super) struct TaskLine {
    pub(super) task: String,
    pub(super) service: String,
    pub(super) capacity_provider: String,
    /// Empty where it is on none.
    pub(super) instance: String,
    pub(super) requested: f64,
    pub(super) created: Option<f64>,
    pub(super) placed: Option<f64>,
    pub(super) connected: Option<f64>,
    pub(super) pulling: Option<f64>,
    pub(super) pulled: Option<f64>,
    pub(super) started: Option<f64>,
    pub(super) ready: Option<f64>,
    pub(super) stopping: Option<f64>,
    pub(super) execution_stopped: Option<f64>,
    pub(super) stopped: Option<f64>,
    pub(super) last_status: String,
    pub(super) stop_code: String,
    pub(super) stop_reason: String,
}

const TASK: [&str; 18] = [
    "task",
    "service",
    "capacity_provider",
    "instance",
    "requested_at",
    "created_at",
    "placed_at",
    "connectivity_at",
    "pull_started_at",
    "pull_stopped_at",
    "started_at",
    "ready_at",
    "stopping_at",
    "execution_stopped_at",
    "stopped_at",
    "last_status",
    "stop_code",
    "stop_reason",
];

/// An instance; times in seconds.
#[derive(Clone, Debug)]
pub(super) struct InstanceLine {
    pub(super) instance: String,
    pub(super) capacity_provider: String,
    pub(super) instance_type: String,
    pub(super) zone: String,
    pub(super) purchase_option: String,
    pub(super) requested: f64,
    pub(super) running: Option<f64>,
    pub(super) registered: Option<f64>,
    pub(super) draining: Option<f64>,
    pub(super) terminated: Option<f64>,
    pub(super) notice: Option<f64>,
    pub(super) usd: f64,
    /// EC2 said running, for a warm pool.
    pub(super) warmed: Option<f64>,
    /// Stopped there; not where the pool keeps it running.
    pub(super) stopped: Option<f64>,
    pub(super) left_warm_pool: Option<f64>,
}

impl InstanceLine {
    /// Its time in a warm pool, up to `end` if it did not leave: since it was stopped there, else since
    /// EC2 said running.
    pub(super) fn pooled(&self, end: f64) -> Option<(f64, f64)> {
        let from = self.stopped.or(self.warmed)?;
        let to = self.left_warm_pool.unwrap_or(end).min(end);
        (to > from).then_some((from, to))
    }
}

const INSTANCE: [&str; 15] = [
    "instance",
    "capacity_provider",
    "instance_type",
    "availability_zone",
    "purchase_option",
    "requested_at",
    "running_at",
    "registered_at",
    "draining_at",
    "terminated_at",
    "notice_at",
    "usd",
    "warmed_from",
    "stopped_at",
    "left_warm_pool_at",
];

/// An event.
#[derive(Clone, Debug)]
pub(super) struct EventLine {
    pub(super) at: f64,
    pub(super) event: String,
    pub(super) subject: String,
    pub(super) detail: String,
}

const EVENT: [&str; 4] = ["time_s", "event", "subject", "detail"];

/// The columns that are read of `tasks.csv`, `instances.csv`, `series.csv` and `events.csv`.
#[cfg(test)]
pub(super) const READ: [&[&str]; 4] = [&TASK, &INSTANCE, &series::SERIES, &EVENT];

/// Events that pictures and reports show; the others are left in the file.
const SHOWN: [&str; 13] = [
    "CapacityProviderReservation",
    "ScalingPolicy",
    "ServiceScalingPolicy",
    "ScheduledAction",
    "UpdateService",
    "DeploymentLifecycleStage",
    "FaultBegins",
    "FaultEnds",
    "SpotInterruptionWarning",
    "SpotPoolUnavailable",
    "AZRebalance",
    "LaunchRefused",
    "ServiceEvent",
];

/// Of events that come each minute, those that say more than a number.
fn worth_telling(event: &str, detail: &str) -> bool {
    match event {
        "CapacityProviderReservation" => detail.contains("calls"),
        _ => SHOWN.contains(&event),
    }
}

impl RunOutputs {
    /// Reads the files of [`RUN_FILES`], in that order.
    ///
    /// # Errors
    /// The first thing that `run` would not have written.
    pub fn read(files: &[Source; 6]) -> Result<Self, Box<Diagnostic>> {
        let [summary, tasks, instances, series, events, scenario] = files;
        Ok(Self {
            summary: Summary::read(summary)?,
            tasks: rows(tasks, &TASK, task)?,
            instances: rows(instances, &INSTANCE, instance)?,
            curves: series::curves(series)?,
            events: rows(events, &EVENT, event)?,
            scenario: scenario.text.clone(),
        })
    }

    /// The curves of a metric, in order of their subjects.
    pub(super) fn curves<'r>(&'r self, metric: &'r str) -> impl Iterator<Item = &'r Curve> {
        self.curves.iter().filter(move |curve| curve.metric == metric)
    }

    /// The curve of a metric of one subject.
    pub(super) fn curve(&self, metric: &str, subject: &str) -> Option<&Curve> {
        self.curves.iter().find(|curve| curve.metric == metric && curve.subject == subject)
    }
}

fn task(row: &Row<'_>) -> Result<Option<TaskLine>, Box<Diagnostic>> {
    Ok(Some(TaskLine {
        task: row.text(0),
        service: row.text(1),
        capacity_provider: row.text(2),
        instance: row.text(3),
        requested: row.number(4)?,
        created: row.maybe(5)?,
        placed: row.maybe(6)?,
        connected: row.maybe(7)?,
        pulling: row.maybe(8)?,
        pulled: row.maybe(9)?,
        started: row.maybe(10)?,
        ready: row.maybe(11)?,
        stopping: row.maybe(12)?,
        execution_stopped: row.maybe(13)?,
        stopped: row.maybe(14)?,
        last_status: row.text(15),
        stop_code: row.text(16),
        stop_reason: row.text(17),
    }))
}

fn instance(row: &Row<'_>) -> Result<Option<InstanceLine>, Box<Diagnostic>> {
    Ok(Some(InstanceLine {
        instance: row.text(0),
        capacity_provider: row.text(1),
        instance_type: row.text(2),
        zone: row.text(3),
        purchase_option: row.text(4),
        requested: row.number(5)?,
        running: row.maybe(6)?,
        registered: row.maybe(7)?,
        draining: row.maybe(8)?,
        terminated: row.maybe(9)?,
        notice: row.maybe(10)?,
        usd: row.number(11)?,
        warmed: row.maybe(12)?,
        stopped: row.maybe(13)?,
        left_warm_pool: row.maybe(14)?,
    }))
}

fn event(row: &Row<'_>) -> Result<Option<EventLine>, Box<Diagnostic>> {
    let at = row.number(0)?;
    if !worth_telling(row.cell(1), row.cell(3)) {
        return Ok(None);
    }
    let (event, subject, detail) = (row.text(1), row.text(2), row.text(3));
    Ok(Some(EventLine { at, event, subject, detail }))
}

/// What a sweep wrote.
#[derive(Clone, Debug)]
pub struct SweepOutputs {
    pub(super) table: SweepTable,
    /// Paths of figures that shall be small.
    pub(super) objectives: Vec<String>,
    /// In a paragraph.
    pub(super) answer: String,
    /// Of the distinct points, or with worlds of the choices.
    pub(super) front: Option<Front>,
    /// The rows with points that did the same as one, or with worlds the choices.
    pub(super) distinct: SweepTable,
    /// The numbers of the points that a row stands for, its own first.
    pub(super) alike: Vec<Vec<u64>>,
    /// The sweep as TOML; empty where the file is not there.
    pub(super) resolved: String,
}

/// What `sweep.json` says beside the table.
#[derive(serde::Deserialize)]
struct Asked {
    #[serde(default)]
    objectives: Vec<String>,
}

impl SweepOutputs {
    /// Reads [`SWEEP_FILE`] and, where it is there, [`SWEEP_RESOLVED`].
    ///
    /// # Errors
    /// The first thing that `sweep` would not have written.
    pub fn read(source: &Source, resolved: Option<&Source>) -> Result<Self, Box<Diagnostic>> {
        // One after the other, so that an error is told where it stands.
        let table: SweepTable = json(source)?;
        let Asked { objectives } = json(source)?;
        let wrong = |message: String| damaged(source, 0..1, "", &message);
        let uneven = table.points.iter().find(|point| {
            let figures = |run: &RunRow| run.figures.len() != table.metrics.len();
            point.values.len() != table.axes.len() || point.runs.iter().any(figures)
        });
        if let Some(point) = uneven {
            return Err(wrong(format!("point {} has values that nothing names", point.point)));
        }
        let question = Question { objectives: objectives.clone(), ..Question::default() };
        let found = Findings::of(&table, &question).map_err(|error| wrong(error.to_string()))?;
        let Findings { answer, alike, decisions, distinct, .. } = found;
        let alike = decisions.choices.map_or(alike, |choices| choices.points);
        let resolved = resolved.map_or_else(String::new, |source| source.text.clone());
        Ok(Self { objectives, answer, alike, front: decisions.front, distinct, resolved, table })
    }
}

impl SweepOutputs {
    /// Whether values of some axis are worlds.
    pub(super) fn has_worlds(&self) -> bool {
        self.table.axes.iter().any(|axis| axis.world)
    }

    /// The points of each world as a sweep of their own, in which each of them is a choice.
    pub(super) fn by_world(&self) -> Vec<SweepTable> {
        let mut worlds: BTreeMap<Vec<&str>, Vec<PointRow>> = BTreeMap::new();
        for row in &self.table.points {
            let of_world = self.table.axes.iter().zip(&row.values).filter(|(axis, _)| axis.world);
            let world = of_world.map(|(_, value)| value.label.as_str()).collect();
            worlds.entry(world).or_default().push(row.clone());
        }
        let heads = self.table.axes.iter().cloned();
        let heads: Vec<AxisHead> = heads.map(|axis| AxisHead { world: false, ..axis }).collect();
        let table = |points| SweepTable {
            schema_version: self.table.schema_version,
            model_version: self.table.model_version.clone(),
            name: self.table.name.clone(),
            axes: heads.clone(),
            metrics: self.table.metrics.clone(),
            points,
        };
        worlds.into_values().map(table).collect()
    }

    /// The values of a row with what they are values of: `memory 512, trunking true`.
    pub(super) fn described(&self, row: &PointRow) -> String {
        let named = |(axis, value): (&AxisHead, &AxisValue)| {
            format!("{} {}", short(&axis.name), value.label)
        };
        // A choice has no value on an axis of worlds.
        let of_choice = row.values.len() < self.table.axes.len();
        let table = if of_choice { &self.distinct } else { &self.table };
        table.axes.iter().zip(&row.values).map(named).collect::<Vec<_>>().join(", ")
    }
}

/// The last part of a path.
pub(super) fn short(axis: &str) -> &str {
    axis.rsplit_once('.').map_or(axis, |(_, last)| last)
}

/// JSON of a known shape.
fn json<T: serde::de::DeserializeOwned>(source: &Source) -> Result<T, Box<Diagnostic>> {
    serde_json::from_str(&source.text).map_err(|error| {
        let line = source.text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let start = line.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        damaged(source, start..start + 1, "read up to here", &error.to_string())
    })
}

/// Something that `run --out` or `sweep --out` does not write.
fn damaged(
    source: &Source,
    span: std::ops::Range<usize>,
    label: &str,
    message: &str,
) -> Box<Diagnostic> {
    let mut told = Diagnostic::new(
        Code::DamagedOutput,
        format!("{} is not as it was written: {message}", source.name),
    )
    .help("write it again: `taskyard run SCENARIO --out DIR`, or `sweep`");
    told.place = Some(Place::new(source, span, label));
    Box::new(told)
}
