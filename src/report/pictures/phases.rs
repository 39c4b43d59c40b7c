//! What tasks spend their time on from the request until they serve.

use std::collections::BTreeMap;

use crate::report::outputs::{InstanceLine, TaskLine};
use crate::report::words;

use super::axis::{Axis, Unit};
use super::canvas::{EDGE, Hold, LABEL, Picture, WIDTH, fitted};
use super::palette::{BLUE, GREEN, GREY, GRID, INK, MUTED, ORANGE, PURPLE, SKY, VERMILION, YELLOW};
use super::{Colour, View};

/// The phases in their order.
const PHASES: [(&str, Colour); 8] = [
    ("before its creation", GREY),
    ("waiting for capacity", VERMILION),
    ("launch", ORANGE),
    ("boot", YELLOW),
    ("network", SKY),
    ("image pull", BLUE),
    ("start", GREEN),
    ("until it serves", PURPLE),
];

/// Seconds in each phase.
type Phases = [f64; PHASES.len()];

/// Bars at most.
const BARS: usize = 16;

/// Groups of tasks of which single tasks are shown too.
const DETAILED: usize = 3;

const ROW: f64 = 30.0;

pub(super) fn picture(view: &View<'_>) -> Option<Picture> {
    let groups = groups(view);
    let started: usize = groups.values().map(Vec::len).sum();
    if started == 0 {
        return None;
    }
    let mut bars = bars(&groups);
    let mut subtitle = format!(
        "{}, {}: {}",
        view.run.summary.scenario.name,
        view.run.summary.scenario.region,
        words::counted(started as f64, "task that started", "tasks that started")
    );
    if bars.len() > BARS {
        bars.sort_by(|a, b| b.1.iter().sum::<f64>().total_cmp(&a.1.iter().sum()));
        subtitle += &format!("; the slowest {BARS} of {}", bars.len());
        bars.truncate(BARS);
    }
    let used = |phase: &usize| bars.iter().any(|(_, phases)| phases[*phase] > 0.0);
    let legend: Vec<(&str, Colour)> = (0..PHASES.len()).filter(used).map(|at| PHASES[at]).collect();
    let total = |phases: &Phases| phases.iter().sum::<f64>();
    let most = bars.iter().map(|(_, phases)| total(phases)).fold(0.001, f64::max);
    let mut picture = Picture::new("start-phases", "What a start takes", &subtitle, 0.0);
    let top = picture.legend(Picture::top(), &legend) + 30.0;
    picture.height = (top + ROW * bars.len() as f64 + 22.0).round();
    let left = EDGE + 230.0;
    let right = WIDTH - EDGE - 90.0;
    let axis = Axis::round(0.0, most, 7.0, Unit::Time);
    let x = |value: f64| left + axis.share(value) * (right - left);
    for (value, label) in &axis.ticks {
        picture.line(vec![(x(*value), top - 6.0), (x(*value), picture.height - 14.0)], GRID, 1.0);
        picture.text((x(*value), top - 18.0), label, LABEL, Hold::Middle, MUTED);
    }
    for (at, (name, phases)) in bars.iter().enumerate() {
        let y = top + ROW * (at as f64 + 0.5);
        let name = fitted(name, LABEL, 220.0);
        picture.text((left - 10.0, y), &name, LABEL, Hold::Right, INK);
        let mut from = 0.0;
        for (phase, (_, colour)) in phases.iter().zip(PHASES) {
            if *phase > 0.0 {
                picture.rectangle((x(from), y - 10.0), (x(from + phase), y + 10.0), colour);
            }
            from += phase;
        }
        let said = words::time(from);
        picture.text((x(from) + 8.0, y), &said, LABEL, Hold::Left, INK);
    }
    Some(picture)
}

/// The phases of the tasks that started: by service and revision, or by service where those are many.
fn groups(view: &View<'_>) -> BTreeMap<String, Vec<Phases>> {
    let run = view.run;
    let instances: BTreeMap<&str, &InstanceLine> =
        run.instances.iter().map(|line| (line.instance.as_str(), line)).collect();
    let revision = |task: &TaskLine| {
        let prefix = task.task.rsplit_once('/').map_or("", |(prefix, _)| prefix);
        prefix.to_owned()
    };
    let started: Vec<&TaskLine> = run.tasks.iter().filter(|task| task.started.is_some()).collect();
    let mut names: Vec<String> = started.iter().map(|task| revision(task)).collect();
    names.sort_unstable();
    names.dedup();
    let mut groups: BTreeMap<String, Vec<Phases>> = BTreeMap::new();
    for task in started {
        let name = if names.len() > BARS { task.service.clone() } else { revision(task) };
        let phases = phases(task, instances.get(task.instance.as_str()).copied());
        groups.entry(name).or_default().push(phases);
    }
    groups
}

/// The time from the request on, parted.
fn phases(task: &TaskLine, instance: Option<&InstanceLine>) -> Phases {
    let started = task.started.unwrap_or(task.requested);
    let created = task.created.unwrap_or(task.requested);
    let placed = task.placed.or(task.connected).unwrap_or(started).max(created);
    // A task may take an instance that was there before it.
    let during = |at: Option<f64>| at.unwrap_or(placed).clamp(created, placed);
    // Fargate launches for the task alone.
    let launched = instance.map_or(created, |of| during(Some(of.requested)));
    let running = during(instance.and_then(|of| of.running)).max(launched);
    let registered = during(instance.and_then(|of| of.registered)).max(running);
    let connected = task.connected.unwrap_or(placed).max(placed);
    let pulled = task.pulled.unwrap_or(connected).max(connected);
    let waits = (launched - created) + (placed - registered);
    [
        created - task.requested,
        waits,
        running - launched,
        registered - running,
        connected - placed,
        pulled - connected,
        started - pulled,
        task.ready.map_or(0.0, |ready| ready - started),
    ]
    .map(|phase| phase.max(0.0))
}

/// The mean of each group; of few groups the tasks at some ranks too.
fn bars(groups: &BTreeMap<String, Vec<Phases>>) -> Vec<(String, Phases)> {
    let mut bars = Vec::new();
    for (name, tasks) in groups {
        let number = tasks.len() as f64;
        let mean = std::array::from_fn(|at| tasks.iter().map(|of| of[at]).sum::<f64>() / number);
        if tasks.len() == 1 {
            bars.push((format!("{name}: 1 task"), mean));
            continue;
        }
        bars.push((format!("{name}: mean of {}", words::grouped(number, 0)), mean));
        if groups.len() > DETAILED || tasks.len() < 4 {
            continue;
        }
        let mut ranked: Vec<Phases> = tasks.clone();
        ranked.sort_by(|a, b| a.iter().sum::<f64>().total_cmp(&b.iter().sum()));
        let at = |share: f64| ranked[((number * share).ceil() as usize).clamp(1, ranked.len()) - 1];
        bars.push((format!("{name}: median task"), at(0.5)));
        if tasks.len() >= 20 {
            bars.push((format!("{name}: 95th percentile"), at(0.95)));
        }
        bars.push((format!("{name}: slowest task"), at(1.0)));
    }
    bars
}
