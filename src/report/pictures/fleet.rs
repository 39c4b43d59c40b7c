//! How many instances there are of which type, and what they cost an hour.

use std::collections::BTreeMap;

use crate::report::words;

use super::axis::{Axis, Unit};
use super::canvas::Picture;
use super::palette::{BLUE, Colour, GREY, SERIES, of_position, thin};
use super::{Curve, View};

pub(super) fn picture(view: &View<'_>) -> Option<Picture> {
    let run = view.run;
    let types = by_type(view);
    if types.is_empty() {
        return None;
    }
    let curves: Vec<(&Curve, Colour)> =
        types.iter().enumerate().map(|(at, curve)| (curve, of_position(at))).collect();
    let rate = run.curve("usd_per_hour", "");
    let subtitle = format!(
        "{}; {} billed in {}",
        view.subtitle(),
        words::amount(run.summary.cost.total_usd),
        words::time(run.summary.scenario.horizon_s)
    );
    let height = if rate.is_some() { 560.0 } else { 420.0 };
    let mut picture = Picture::new("fleet-and-cost", "Fleet and cost over time", &subtitle, height);
    let names: Vec<(&str, Colour)> =
        curves.iter().map(|(curve, colour)| (curve.subject.as_str(), *colour)).collect();
    let top = picture.legend(Picture::top(), &names) + 26.0;
    let bottom = if rate.is_some() { 350.0 } else { 382.0 };
    let all: Vec<&Curve> = types.iter().collect();
    let blank = view.panel(top, bottom - top, Axis::round(0.0, 1.0, 1.0, Unit::Count));
    let most = blank
        .stretches(&all)
        .iter()
        .map(|(from, to)| all.iter().map(|curve| curve.mean(*from, *to)).sum())
        .fold(1.0, f64::max);
    let fleet = view.panel(top, bottom - top, Axis::round(0.0, most, 4.0, Unit::Count));
    fleet.frame(&mut picture, "running instances", rate.is_none());
    fleet.stack(&mut picture, &curves);
    fleet.moments(&mut picture, "running instances", &view.moments());
    if let Some(rate) = rate {
        let y = Axis::round(0.0, rate.max().max(1e-4), 4.0, Unit::Usd);
        let cost = view.panel(400.0, 122.0, y);
        cost.frame(&mut picture, "US dollars per hour", true);
        cost.stack(&mut picture, &[(rate, thin(BLUE, 90))]);
        cost.step_line(&mut picture, rate, BLUE, 1.5);
    }
    Some(picture)
}

/// The curves of the types with the most instances; those without a colour of their own as one.
pub(in crate::report) fn by_type(view: &View<'_>) -> Vec<Curve> {
    let mut types: Vec<Curve> =
        view.run.curves("instances").filter(|curve| curve.max() > 0.0).cloned().collect();
    let until = view.until;
    types.sort_by(|a, b| b.mean(0.0, until).total_cmp(&a.mean(0.0, until)));
    if types.len() > SERIES.len() + 1 {
        let others = types.split_off(SERIES.len());
        types.push(sum(&others));
    }
    debug_assert!(types.len() <= SERIES.len() + 1 && of_position(SERIES.len()) == GREY);
    types
}

fn sum(curves: &[Curve]) -> Curve {
    let mut changes: BTreeMap<u64, f64> = BTreeMap::new();
    for curve in curves {
        let mut last = 0.0;
        for (at, value) in &curve.points {
            // Times are not negative: their bits have their order.
            *changes.entry(at.to_bits()).or_default() += value - last;
            last = *value;
        }
    }
    let mut total = 0.0;
    let points = changes.into_iter().map(|(at, change)| {
        total += change;
        (f64::from_bits(at), total)
    });
    let subject = format!("{} other types", curves.len());
    Curve { metric: "instances".to_owned(), subject, points: points.collect() }
}
