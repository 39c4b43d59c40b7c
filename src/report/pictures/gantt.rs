//! Which tasks are on which instance, and when.

use std::collections::BTreeMap;

use crate::report::outputs::{InstanceLine, RunOutputs, TaskLine};
use crate::report::words;

use super::axis::{Axis, Unit};
use super::canvas::{EDGE, Hold, Picture, SMALL, WIDTH, fitted};
use super::palette::{BLUE, GREEN, GREY, INK, MUTED, ORANGE, PALE, SKY, VERMILION, shade, thin};
use super::panel::Panel;
use super::{Colour, Curve, View};

/// Tasks that are drawn one by one.
const TASKS: usize = 2_000;

/// Rows of tasks at most.
const ROWS: usize = 400;

/// Height of the lanes.
const HEIGHT: f64 = 560.0;

/// An instance in a warm pool.
const POOLED: Colour = thin(SKY, 120);

/// Lowest row in which a task can be seen.
const LEAST: f64 = 2.0;

/// An instance, or a capacity provider without instances, and its tasks in rows that overlap nowhere.
struct Lane<'r> {
    name: String,
    instance: Option<&'r InstanceLine>,
    rows: Vec<Vec<&'r TaskLine>>,
}

pub(super) fn picture(view: &View<'_>) -> Option<Picture> {
    let run = view.run;
    let shown = |task: &&TaskLine| from_of(task).is_some_and(|from| from < view.until);
    let tasks: Vec<&TaskLine> = run.tasks.iter().filter(shown).collect();
    if tasks.is_empty() {
        return None;
    }
    let lanes = lanes(run, &tasks, view.until);
    let rows: usize = lanes.iter().map(|lane| lane.rows.len()).sum();
    Some(if tasks.len() > TASKS || rows > ROWS {
        aggregated(view, &lanes, tasks.len())
    } else {
        one_by_one(view, &lanes, rows)
    })
}

/// When a task took a place; on Fargate, when it began to wait for one of its own.
fn from_of(task: &TaskLine) -> Option<f64> {
    let own = task.created.filter(|_| task.instance.is_empty());
    task.placed.map(|placed| own.unwrap_or(placed))
}

fn until_of(task: &TaskLine, horizon: f64) -> f64 {
    task.stopped.unwrap_or(horizon)
}

fn lanes<'r>(run: &'r RunOutputs, tasks: &[&'r TaskLine], until: f64) -> Vec<Lane<'r>> {
    let mut of: BTreeMap<(&str, &str), Vec<&TaskLine>> = BTreeMap::new();
    for task in tasks {
        // Without an instance each service is a lane.
        let place = match task.instance.as_str() {
            "" => (task.capacity_provider.as_str(), task.service.as_str()),
            instance => ("", instance),
        };
        of.entry(place).or_default().push(task);
    }
    let instances = run.instances.iter().filter(|line| line.requested < until);
    let mut lanes: Vec<Lane<'_>> = instances
        .map(|line| Lane {
            name: format!("{} {}", line.instance, line.instance_type),
            instance: Some(line),
            rows: in_rows(of.remove(&("", line.instance.as_str())).unwrap_or_default()),
        })
        .collect();
    lanes.extend(of.into_iter().map(|((provider, service), tasks)| Lane {
        name: format!("{provider} {service}").trim_start().to_owned(),
        instance: None,
        rows: in_rows(tasks),
    }));
    lanes
}

/// Each task into the first row that is free.
fn in_rows(mut tasks: Vec<&TaskLine>) -> Vec<Vec<&TaskLine>> {
    tasks.sort_by(|a, b| from_of(a).unwrap_or(0.0).total_cmp(&from_of(b).unwrap_or(0.0)));
    let mut rows: Vec<Vec<&TaskLine>> = Vec::new();
    for task in tasks {
        let from = from_of(task).unwrap_or(0.0);
        let free = rows
            .iter_mut()
            .find(|row| row.last().is_none_or(|last| until_of(last, f64::INFINITY) <= from));
        match free {
            Some(row) => row.push(task),
            None => rows.push(vec![task]),
        }
    }
    if rows.is_empty() { vec![Vec::new()] } else { rows }
}

fn frame(view: &View<'_>, picture: &mut Picture, top: f64, height: f64) -> Panel {
    let axis = Axis { from: 0.0, to: 1.0, ticks: Vec::new() };
    let (left, right) = (EDGE + 190.0, WIDTH - EDGE - 10.0);
    let x = Axis::exact(0.0, view.until, 8.0, Unit::Time);
    let panel = Panel { left, top, right, bottom: top + height, x, y: axis };
    panel.frame(picture, "", true);
    panel
}

fn one_by_one(view: &View<'_>, lanes: &[Lane<'_>], rows: usize) -> Picture {
    let subtitle = view.subtitle();
    let mut picture = Picture::new("gantt", "Instances and their tasks", &subtitle, 0.0);
    let fargate = lanes.iter().any(|lane| lane.instance.is_none());
    let mut legend: Vec<(&str, Colour)> = Vec::new();
    if lanes.iter().any(|lane| lane.instance.is_some()) {
        legend.extend([("instance: launch and boot", GREY), ("registered", PALE)]);
    }
    if view.run.instances.iter().any(|line| line.pooled(view.until).is_some()) {
        legend.push(("in the warm pool", POOLED));
    }
    if fargate {
        legend.push(("task: PROVISIONING", VERMILION));
    }
    legend.extend([("task: PENDING", ORANGE), ("RUNNING", GREEN)]);
    if lanes.iter().flat_map(|lane| lane.rows.iter().flatten()).any(|of| of.stopping.is_some()) {
        legend.push(("stopping", BLUE));
    }
    if view.run.instances.iter().any(|line| line.notice.is_some()) {
        legend.push(("Spot interruption notice", VERMILION));
    }
    let top = picture.legend(Picture::top(), &legend) + 14.0;
    let gap = if lanes.len() > 60 { 0.5 } else { 2.0 };
    let room = HEIGHT - gap * lanes.len() as f64;
    let row = (room / rows.max(1) as f64).clamp(LEAST, 16.0);
    let height = row * rows as f64 + gap * lanes.len() as f64;
    picture.height = (top + height + 36.0).round();
    let panel = frame(view, &mut picture, top, height);
    panel.moments(&mut picture, "", &view.moments());
    let mut y = top;
    let mut named_until = f64::NEG_INFINITY;
    for lane in lanes {
        let bottom = y + row * lane.rows.len() as f64;
        if let Some(line) = lane.instance {
            instance(line, &panel, (y, bottom), &mut picture);
        }
        for (at, tasks) in lane.rows.iter().enumerate() {
            let upper = y + row * at as f64;
            let thin = if row > 6.0 { 1.0 } else { 0.0 };
            for of in tasks {
                task(of, &panel, (upper + thin, upper + row - thin), &mut picture);
            }
        }
        if let Some(line) = lane.instance {
            notice(line, &panel, (y, bottom), &mut picture);
        }
        let middle = f64::midpoint(y, bottom);
        if middle - 8.0 >= named_until {
            let name = fitted(&lane.name, SMALL, 180.0);
            picture.text((panel.left - 8.0, middle), &name, SMALL, Hold::Right, INK);
            named_until = middle + 8.0;
        }
        y = bottom + gap;
    }
    picture
}

fn stretch(
    panel: &Panel,
    from: f64,
    to: f64,
    (top, bottom): (f64, f64),
    fill: Colour,
    on: &mut Picture,
) {
    if to > from && from < panel.x.to {
        on.rectangle((panel.x(from), top), (panel.x(to), bottom), fill);
    }
}

fn instance(line: &InstanceLine, panel: &Panel, lane: (f64, f64), on: &mut Picture) {
    let end = line.terminated.unwrap_or(panel.x.to);
    let registered = line.registered.unwrap_or(end).min(end);
    stretch(panel, line.requested, registered, lane, GREY, on);
    stretch(panel, registered, end, lane, PALE, on);
    if let Some((from, to)) = line.pooled(end) {
        stretch(panel, from, to, lane, POOLED, on);
    }
}

fn notice(line: &InstanceLine, panel: &Panel, lane: (f64, f64), on: &mut Picture) {
    if let Some(notice) = line.notice.filter(|at| *at <= panel.x.to) {
        let x = panel.x(notice);
        on.rectangle((x - 1.5, lane.0), (x + 1.5, lane.1), VERMILION);
    }
}

fn task(of: &TaskLine, panel: &Panel, row: (f64, f64), on: &mut Picture) {
    let end = of.stopped.unwrap_or(panel.x.to);
    let from = from_of(of).unwrap_or(end);
    let placed = of.connected.filter(|_| of.instance.is_empty()).unwrap_or(from).min(end);
    let stopping = of.stopping.unwrap_or(end).min(end).max(placed);
    let started = of.started.unwrap_or(stopping).min(stopping).max(placed);
    stretch(panel, from, placed, row, VERMILION, on);
    stretch(panel, placed, started, row, ORANGE, on);
    stretch(panel, started, stopping, row, GREEN, on);
    stretch(panel, stopping, end, row, BLUE, on);
}

/// Lanes in bands of equal number, darker where more of their tasks run.
fn aggregated(view: &View<'_>, lanes: &[Lane<'_>], tasks: usize) -> Picture {
    let bands = lanes.len().min(100);
    let size = lanes.len().div_ceil(bands);
    let each = if size == 1 { "an instance".to_owned() } else { format!("{size} instances") };
    let title = format!(
        "{} tasks on {} instances: a row is {each}",
        words::grouped(tasks as f64, 0),
        words::grouped(lanes.len() as f64, 0),
    );
    let mut picture = Picture::new("gantt", &title, &view.subtitle(), 0.0);
    let counts: Vec<Curve> = lanes.chunks(size).map(counts).collect();
    let most = counts.iter().map(Curve::max).fold(1.0, f64::max);
    let top = scale_bar(&mut picture, most) + 14.0;
    let row = (HEIGHT / counts.len() as f64).clamp(LEAST, 16.0);
    let height = row * counts.len() as f64;
    picture.height = (top + height + 36.0).round();
    let panel = frame(view, &mut picture, top, height);
    let mut named_until = f64::NEG_INFINITY;
    for (at, (count, band)) in counts.iter().zip(lanes.chunks(size)).enumerate() {
        let (upper, lower) = (top + row * at as f64, top + row * (at + 1) as f64);
        alive(band, &panel, (upper, lower), &mut picture);
        for (from, to) in columns(&panel) {
            let mean = count.mean(from, to);
            if mean > 0.0 {
                stretch(&panel, from, to, (upper, lower), shade(mean / most), &mut picture);
            }
        }
        let middle = f64::midpoint(upper, lower);
        if middle - 8.0 >= named_until {
            let name = fitted(&band[0].name, SMALL, 180.0);
            picture.text((panel.left - 8.0, middle), &name, SMALL, Hold::Right, INK);
            named_until = middle + 24.0;
        }
    }
    picture
}

/// What the shades mean.
fn scale_bar(picture: &mut Picture, most: f64) -> f64 {
    let y = Picture::top() + 8.0;
    for step in 0..40 {
        let x = EDGE + f64::from(step) * 5.0;
        let fill = shade(f64::from(step) / 39.0);
        picture.rectangle((x, y - 7.0), (x + 5.0, y + 7.0), fill);
    }
    let said = format!("1 to {} tasks in a row at once", words::count(most));
    picture.text((EDGE + 210.0, y), &said, super::canvas::LABEL, Hold::Left, MUTED);
    y + 22.0
}

/// Equal stretches of the axis of time.
fn columns(panel: &Panel) -> impl Iterator<Item = (f64, f64)> {
    let columns = 240;
    let width = panel.x.to / f64::from(columns);
    (0..columns).map(move |at| (f64::from(at) * width, f64::from(at + 1) * width))
}

/// How many tasks are placed on instances.
fn counts(lanes: &[Lane<'_>]) -> Curve {
    let mut changes: Vec<(f64, f64)> = Vec::new();
    for task in lanes.iter().flat_map(|lane| lane.rows.iter().flatten()) {
        changes.extend(from_of(task).map(|from| (from, 1.0)));
        changes.extend(task.stopped.map(|stopped| (stopped, -1.0)));
    }
    changes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut number = 0.0;
    let points = changes.into_iter().map(|(at, change)| {
        number += change;
        (at, number)
    });
    Curve { metric: String::new(), subject: String::new(), points: points.collect() }
}

/// Where at least one of the instances is there.
fn alive(band: &[Lane<'_>], panel: &Panel, row: (f64, f64), on: &mut Picture) {
    for line in band.iter().filter_map(|lane| lane.instance) {
        let end = line.terminated.unwrap_or(panel.x.to);
        stretch(panel, line.requested, end, row, PALE, on);
    }
}
