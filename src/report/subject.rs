//! The story of one task, one instance or one service.

use serde::Serialize;

use crate::model::WaitPart;
use crate::observe::{InstanceRow, Recorder, TASK_TIMES, TaskRow};
use crate::run::{Answer, Explanation};
use crate::units::SimTime;

use super::grid::Grid;
use super::page::Page;
use super::run_parts::phase_words;
use super::service_story::ServiceStory;
use super::words::{amount, counted, grouped, time};

/// What is told of whom.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    /// A task.
    Task(TaskStory),
    /// An instance.
    Instance(InstanceStory),
    /// A service.
    Service(ServiceStory),
}

/// Nobody of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} \"{name}\" in this run")]
pub struct SubjectError {
    /// `task`, `instance` or `service`.
    pub kind: &'static str,
    /// As asked.
    pub name: String,
    /// Names that there are, the first few.
    pub known: Vec<String>,
}

/// A task's wait and life.
#[derive(Clone, Debug, Serialize)]
pub struct TaskStory {
    /// `service/number`.
    pub task: String,
    /// Where it ran.
    pub instance: Option<String>,
    /// Type of that instance.
    pub instance_type: Option<String>,
    /// Zone of that instance.
    pub availability_zone: Option<String>,
    /// Its state at the horizon; empty: never created.
    pub last_status: &'static str,
    /// Why it stopped.
    pub stop_code: Option<&'static str>,
    /// The same in ECS's own words.
    pub stop_reason: Option<String>,
    /// Its times, seconds from the start, in order.
    pub times: Vec<(&'static str, f64)>,
    /// The parts of its wait.
    pub phases: Vec<PhaseStory>,
}

/// One part of a wait.
#[derive(Clone, Debug, Serialize)]
pub struct PhaseStory {
    /// Its name in the answer.
    pub phase: &'static str,
    /// How long.
    pub seconds: f64,
    /// What it waited for.
    pub behind: &'static str,
}

/// An instance's life.
#[derive(Clone, Debug, Serialize)]
pub struct InstanceStory {
    /// `provider/number`.
    pub instance: String,
    /// Its type.
    pub instance_type: String,
    /// Its zone.
    pub availability_zone: String,
    /// Its times, seconds from the start, in order.
    pub times: Vec<(&'static str, f64)>,
    /// Billed until the horizon.
    pub usd: f64,
    /// Why it left, if it did.
    pub departures: Vec<String>,
    /// Tasks that it had: name, placed, stopped.
    pub tasks: Vec<(String, Option<f64>, Option<f64>)>,
}

const INSTANCE_TIMES: [&str; 5] =
    ["requested_at", "running_at", "registered_at", "draining_at", "terminated_at"];

/// Names that an error shows.
const KNOWN: usize = 6;

/// The row of that name; a bare number is enough where one group has it.
fn named<'r, T>(rows: &'r [T], name: &str, of: impl Fn(&T) -> &String) -> Option<&'r T> {
    rows.iter().find(|row| of(row) == name).or_else(|| {
        let number = |row: &&T| of(row).rsplit_once('/').is_some_and(|(_, number)| number == name);
        let mut found = rows.iter().filter(number);
        found.next().filter(|_| found.next().is_none())
    })
}

impl Subject {
    /// The story of the task `name`.
    ///
    /// # Errors
    /// If the run has no such task.
    pub fn task(recorder: &Recorder, name: &str) -> Result<Self, SubjectError> {
        let found = named(&recorder.tasks, name, |row| &row.task);
        let story = found.map(|row| Self::Task(task_story(row)));
        story.ok_or_else(|| missing("task", name, recorder.tasks.iter().map(|row| &row.task)))
    }

    /// The story of the instance `name`.
    ///
    /// # Errors
    /// If the run has no such instance.
    pub fn instance(
        recorder: &Recorder,
        explanation: Option<&Explanation>,
        name: &str,
    ) -> Result<Self, SubjectError> {
        let found = named(&recorder.instances, name, |row| &row.instance);
        let story = found.map(|row| Self::Instance(instance_story(row, recorder, explanation)));
        let known = recorder.instances.iter().map(|row| &row.instance);
        story.ok_or_else(|| missing("instance", name, known))
    }

    /// The story of the service `name`; of a daemon service, one that is updated.
    ///
    /// # Errors
    /// If the run has no such service.
    pub fn service(answer: &Answer, recorder: &Recorder, name: &str) -> Result<Self, SubjectError> {
        let created = answer.deployments.iter().filter(|row| row.kind == "creation");
        let story = ServiceStory::new(answer, recorder, name).map(Self::Service);
        story.ok_or_else(|| missing("service", name, created.map(|row| &row.service)))
    }
}

fn missing<'n>(
    kind: &'static str,
    name: &str,
    known: impl Iterator<Item = &'n String>,
) -> SubjectError {
    let known = known.take(KNOWN).cloned().collect();
    SubjectError { kind, name: name.to_owned(), known }
}

fn given<const N: usize>(
    names: &[&'static str; N],
    times: &[Option<SimTime>; N],
) -> Vec<(&'static str, f64)> {
    let known = names.iter().zip(times).filter_map(|(name, at)| Some((*name, (*at)?)));
    let mut known: Vec<_> = known.collect();
    known.sort_by_key(|(_, at)| *at);
    known.into_iter().map(|(name, at)| (name, at.as_secs_f64())).collect()
}

fn task_story(row: &TaskRow) -> TaskStory {
    let waits = WaitPart::ALL.into_iter().map(|part| PhaseStory {
        phase: part.name(),
        seconds: row.wait.get(part).as_secs_f64(),
        behind: behind(part),
    });
    let own = [
        ("attach", "placed_at", "connectivity_at", "its network interface to be attached"),
        ("pull", "pull_started_at", "pull_stopped_at", "its image to be pulled"),
        ("start", "pull_stopped_at", "started_at", "its containers to start"),
        ("ready", "started_at", "ready_at", "the application to be ready"),
    ];
    let own = own.into_iter().filter_map(|(phase, from, to, behind)| {
        let length = stamp(row, to)?.since(stamp(row, from)?);
        Some(PhaseStory { phase, seconds: length.as_secs_f64(), behind })
    });
    TaskStory {
        task: row.task.clone(),
        instance: row.instance.clone(),
        instance_type: row.instance_type.clone(),
        availability_zone: row.availability_zone.clone(),
        last_status: row.last_status,
        stop_code: row.stop_code,
        stop_reason: row.stop_reason.clone(),
        times: given(&TASK_TIMES, &row.times),
        phases: waits.chain(own).filter(|phase| phase.seconds > 0.0).collect(),
    }
}

fn stamp(row: &TaskRow, name: &str) -> Option<SimTime> {
    let position = TASK_TIMES.iter().position(|known| *known == name)?;
    row.times[position]
}

const fn behind(part: WaitPart) -> &'static str {
    match part {
        WaitPart::DigestWave => "the service's first task to resolve the image digest",
        WaitPart::LaunchRate => "its turn at the service's launch rate",
        WaitPart::StartBackoff => "the service to try again after tasks that failed to start",
        WaitPart::Deployment => "other tasks of the service to stop: maximum_percent is reached",
        WaitPart::Batch => "the batch window to close, before anything is planned",
        WaitPart::Quota => "room in the account's vCPU quota",
        WaitPart::Replan => "a new plan: the planned instance could not take it",
        WaitPart::CapacityRetry => "a retry after EC2 refused the launch",
        WaitPart::Launch => "EC2 to launch its instance",
        WaitPart::Boot => "its instance to boot and register",
        WaitPart::Scaling => "room on the group's instances, or the group to grow",
    }
}

fn instance_story(
    row: &InstanceRow,
    recorder: &Recorder,
    explanation: Option<&Explanation>,
) -> InstanceStory {
    let secs = |at: Option<SimTime>| at.map(SimTime::as_secs_f64);
    let on_it = recorder.tasks.iter().filter(|task| task.instance.as_ref() == Some(&row.instance));
    let mut tasks: Vec<_> = on_it
        .map(|task| {
            (task.task.clone(), secs(stamp(task, "placed_at")), secs(stamp(task, "stopped_at")))
        })
        .collect();
    tasks.sort_by(|a, b| {
        a.1.unwrap_or(0.0).total_cmp(&b.1.unwrap_or(0.0)).then_with(|| a.0.cmp(&b.0))
    });
    let left = explanation.map_or(&[][..], |explanation| &explanation.departures);
    InstanceStory {
        instance: row.instance.clone(),
        instance_type: row.instance_type.clone(),
        availability_zone: row.availability_zone.clone(),
        times: given(&INSTANCE_TIMES, &row.times),
        usd: row.usd.as_dollars(),
        departures: left
            .iter()
            .filter(|left| left.instance == row.instance)
            .map(|left| format!("at {} s: {}", grouped(left.at_s, 1), left.reason))
            .collect(),
        tasks,
    }
}

/// The story as a page.
#[must_use]
pub fn subject_table(subject: &Subject, answer: &Answer) -> String {
    let mut page = Page::default();
    match subject {
        Subject::Task(story) => task_page(&mut page, story),
        Subject::Instance(story) => instance_page(&mut page, story),
        Subject::Service(story) => story.page(&mut page, answer),
    }
    page.finish()
}

fn task_page(page: &mut Page, story: &TaskStory) {
    page.headline(&task_headline(story));
    if let Some(reason) = &story.stop_reason {
        page.paragraph(2, reason);
    }
    page.section("What it waited for");
    let mut grid = Grid::new(&["phase", ">seconds", "waiting for"]);
    for phase in &story.phases {
        grid.row([
            phase_words(phase.phase).to_owned(),
            grouped(phase.seconds, 3),
            phase.behind.to_owned(),
        ]);
    }
    let total: f64 = story.phases.iter().map(|phase| phase.seconds).sum();
    grid.row(["total".to_owned(), grouped(total, 3)]);
    page.grid(2, &grid);
    if let Some(longest) = story.phases.iter().max_by(|a, b| a.seconds.total_cmp(&b.seconds)) {
        page.paragraph(
            2,
            &format!(
                "It waited longest for {}: {} of {}.",
                longest.behind,
                time(longest.seconds),
                time(total)
            ),
        );
    }
    times(page, &story.times);
}

fn task_headline(story: &TaskStory) -> String {
    let status = if story.last_status.is_empty() { "never created" } else { story.last_status };
    let code = story.stop_code.map(|code| format!(" ({code})")).unwrap_or_default();
    let place = match (&story.instance, &story.instance_type, &story.availability_zone) {
        (Some(instance), Some(kind), Some(zone)) => format!(" on {instance}, a {kind} in {zone}"),
        _ => ", without an instance".to_owned(),
    };
    format!("{}: {status}{code}{place}", story.task)
}

fn times(page: &mut Page, times: &[(&'static str, f64)]) {
    page.section("Times, seconds from the start");
    let mut grid = Grid::new(&["", ">"]);
    for (name, at) in times {
        grid.row([(*name).to_owned(), grouped(*at, 3)]);
    }
    page.grid(2, &grid);
}

fn instance_page(page: &mut Page, story: &InstanceStory) {
    page.headline(&format!(
        "{}: a {} in {}, {}, {}",
        story.instance,
        story.instance_type,
        story.availability_zone,
        counted(story.tasks.len() as f64, "task", "tasks"),
        amount(story.usd)
    ));
    times(page, &story.times);
    if !story.departures.is_empty() {
        page.section("Why it left");
        story.departures.iter().for_each(|reason| page.item(reason));
    }
    if story.tasks.is_empty() {
        return;
    }
    page.section("Its tasks");
    let mut grid = Grid::new(&["task", ">placed", ">stopped"]);
    let cell = |at: Option<f64>| at.map_or_else(String::new, |at| grouped(at, 1));
    for (task, placed, stopped) in &story.tasks {
        grid.row([task.clone(), cell(*placed), cell(*stopped)]);
    }
    page.grid(2, &grid.without_empty_columns());
}
