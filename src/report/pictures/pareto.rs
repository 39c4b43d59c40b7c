//! Two figures of every point of a sweep: which points no other beats in both.

use crate::report::outputs::SweepOutputs;
use crate::report::words::{self, figure_name};
use crate::sweep::decisions::{Front, FrontRow, OnFront, figure_in_words, unit_of};
use crate::sweep::statistics::Estimate;

use super::axis::{Axis, Unit};
use super::canvas::{EDGE, Hold, LABEL, Picture, WIDTH, fitted};
use super::font;
use super::palette::{BLUE, Colour, GREY, INK, MUTED, ORANGE, thin};
use super::panel::Panel;

/// Points that are named: all where they are no more, else those of the front where those are no more.
const NAMED: usize = 12;

pub(super) fn picture(sweep: &SweepOutputs) -> Option<Picture> {
    let front = sweep.front.as_ref()?;
    let metrics = &front.objectives;
    let title =
        format!("{} against {}", capital(&figure_name(&metrics[0])), figure_name(&metrics[1]));
    let subtitle = format!(
        "{}: {} of {} on the Pareto front; {}",
        sweep.table.name,
        words::counted(front.count(OnFront::Front) as f64, "point", "points"),
        words::grouped(front.points.len() as f64, 0),
        intervals_in_words(front)
    );
    let mut picture = Picture::new("pareto", &title, &subtitle, 0.0);
    let legend = [
        (OnFront::Front, "on the front"),
        (OnFront::NotDistinguishable, "not distinguishable from it"),
        (OnFront::Dominated, "beaten by a point of the front"),
    ];
    let named = named(front);
    let is_named = |standing| named.iter().any(|row| row.standing == standing);
    let legend: Vec<(String, Colour)> = legend
        .into_iter()
        .filter(|(standing, _)| front.count(*standing) > 0)
        .map(|(standing, name)| {
            let elsewhere = if is_named(standing) { "" } else { " (named in the report)" };
            (format!("{name}{elsewhere}"), colour(standing))
        })
        .collect();
    let legend: Vec<(&str, Colour)> =
        legend.iter().map(|(name, colour)| (name.as_str(), *colour)).collect();
    let top = picture.legend(Picture::top(), &legend) + 26.0;
    let [x, y] = [0, 1].map(|of| axis(front, of, &metrics[of]));
    let panel = Panel { left: EDGE + 70.0, top, right: WIDTH - EDGE - 16.0, bottom: 470.0, x, y };
    panel.frame(&mut picture, &with_unit(&metrics[1]), true);
    let x_name = with_unit(&metrics[0]);
    picture.text(
        (f64::midpoint(panel.left, panel.right), 508.0),
        &x_name,
        LABEL,
        Hold::Middle,
        MUTED,
    );
    let beaten = front.points.iter().filter(|row| row.standing != OnFront::Front);
    beaten.for_each(|row| point(row, &panel, &mut picture));
    let best: Vec<&FrontRow> =
        front.points.iter().filter(|row| row.standing == OnFront::Front).collect();
    steps(&best, &panel, &mut picture);
    best.iter().for_each(|row| point(row, &panel, &mut picture));
    numbers(&named, &panel, &mut picture);
    picture.height = names(sweep, &named, metrics, &mut picture).round();
    Some(picture)
}

/// The points that have a number and a line below: those of the front first.
fn named(front: &Front) -> Vec<&FrontRow> {
    let of = |on_front: bool| {
        front.points.iter().filter(move |row| (row.standing == OnFront::Front) == on_front)
    };
    let best = of(true).count();
    let others = if front.points.len() <= NAMED { NAMED - best } else { 0 };
    if best > NAMED { Vec::new() } else { of(true).chain(of(false).take(others)).collect() }
}

/// A number beside each point that is named; points that lie upon one another have theirs in one place.
fn numbers(named: &[&FrontRow], panel: &Panel, picture: &mut Picture) {
    let mut places: Vec<((f64, f64), String)> = Vec::new();
    for (number, row) in (1..).zip(named) {
        let (x, y) = place(row, panel);
        let near = |(at, _): &&mut ((f64, f64), String)| {
            (at.0 - x).abs() < 12.0 && (at.1 - y).abs() < 14.0
        };
        match places.iter_mut().find(near) {
            Some((_, said)) => *said += &format!(", {number}"),
            None => places.push(((x, y), format!("{number}"))),
        }
    }
    for ((x, y), said) in places {
        picture.text((x + 8.0, y - 10.0), &said, LABEL, Hold::Left, INK);
    }
}

/// What each number stands for; returns the end of the picture.
fn names(
    sweep: &SweepOutputs,
    named: &[&FrontRow],
    metrics: &[String; 2],
    picture: &mut Picture,
) -> f64 {
    let mut y = 536.0;
    for (number, row) in (1..).zip(named) {
        let [a, b] = [0, 1].map(|of| figure_in_words(&metrics[of], row.estimates[of].mean));
        let figures = format!("{a}, {b}");
        let wide = WIDTH - 3.0 * EDGE - font::width(&figures, LABEL);
        let point = sweep.distinct.points.iter().find(|point| point.point == row.point);
        let said = point.map_or_else(|| row.label.clone(), |point| sweep.described(point));
        let name = fitted(&format!("{number}  {said}"), LABEL, wide);
        let ink = if row.standing == OnFront::Front { INK } else { MUTED };
        picture.text((EDGE, y), &name, LABEL, Hold::Left, ink);
        picture.text((WIDTH - EDGE, y), &figures, LABEL, Hold::Right, ink);
        y += 23.0;
    }
    y
}

fn intervals_in_words(front: &Front) -> String {
    let runs = front.points.iter().map(|row| row.estimates[0].n).min().unwrap_or(0);
    if runs > 1 { "lines are 95 % intervals".to_owned() } else { "one run each".to_owned() }
}

/// With a capital letter, unless it is a path.
pub(super) fn capital(text: &str) -> String {
    if text.contains(['.', '[', '_']) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn with_unit(metric: &str) -> String {
    let unit = match unit_of(metric) {
        "$" => ", US dollars",
        "s" => ", seconds",
        "%" => ", percent",
        _ => "",
    };
    format!("{}{unit}", figure_name(metric))
}

pub(super) fn unit(metric: &str) -> Unit {
    match unit_of(metric) {
        "$" => Unit::Usd,
        "s" => Unit::Time,
        "%" => Unit::Percent,
        _ => Unit::Plain,
    }
}

fn colour(standing: OnFront) -> Colour {
    match standing {
        OnFront::Front => BLUE,
        OnFront::NotDistinguishable => ORANGE,
        OnFront::Dominated => GREY,
    }
}

fn low(of: &Estimate) -> f64 {
    of.ci95_low.unwrap_or(of.mean)
}

fn high(of: &Estimate) -> f64 {
    of.ci95_high.unwrap_or(of.mean)
}

/// Around all means, and the intervals unless they are much longer than what lies between the means.
fn axis(front: &Front, of: usize, metric: &str) -> Axis {
    let means = || front.points.iter().map(|row| row.estimates[of].mean);
    let (least, most) = (means().fold(f64::MAX, f64::min), means().fold(f64::MIN, f64::max));
    let room = (most - least).max(most.abs() * 0.05).max(1e-6);
    let lows = front.points.iter().map(|row| low(&row.estimates[of])).fold(least, f64::min);
    let highs = front.points.iter().map(|row| high(&row.estimates[of])).fold(most, f64::max);
    let from = lows.max(least - room).min(least - 0.05 * room);
    let to = highs.min(most + room).max(most + 0.05 * room);
    let from = if least >= 0.0 { from.max(0.0) } else { from };
    // Where zero is near, it is shown.
    let from = if from > 0.0 && from < 0.4 * to { 0.0 } else { from };
    Axis::round(from, to, 8.0, unit(metric))
}

fn place(row: &FrontRow, panel: &Panel) -> (f64, f64) {
    (panel.x(row.estimates[0].mean), panel.y(row.estimates[1].mean))
}

fn point(row: &FrontRow, panel: &Panel, on: &mut Picture) {
    let colour = colour(row.standing);
    let (x, y) = place(row, panel);
    let [a, b] = &row.estimates;
    let faint = thin(colour, if row.standing == OnFront::Front { 255 } else { 110 });
    on.line(vec![(panel.x(low(a)), y), (panel.x(high(a)), y)], faint, 1.0);
    on.line(vec![(x, panel.y(low(b))), (x, panel.y(high(b)))], faint, 1.0);
    on.dot((x, y), if row.standing == OnFront::Front { 5.0 } else { 3.5 }, colour);
}

/// What the front leaves open: a step down at each of its points.
fn steps(best: &[&FrontRow], panel: &Panel, on: &mut Picture) {
    let mut line: Vec<(f64, f64)> = Vec::new();
    for row in best {
        let (x, y) = place(row, panel);
        line.extend(line.last().map(|last| (x, last.1)));
        line.push((x, y));
    }
    on.line(line, thin(BLUE, 110), 1.5);
}
