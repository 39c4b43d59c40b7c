//! How many tasks are in which state.

use crate::report::words;

use super::axis::{Axis, Unit};
use super::canvas::Picture;
use super::palette::{Colour, STATES};
use super::{Curve, View};

pub(super) fn picture(view: &View<'_>) -> Option<Picture> {
    let run = view.run;
    // What most tasks are in for most of the time lies at the bottom.
    let order = [3, 4, 5, 6, 2, 1, 0].map(|at: usize| STATES[at]);
    let curves: Vec<(&Curve, Colour)> = order
        .into_iter()
        .filter_map(|(state, colour)| Some((run.curve("tasks", state)?, colour)))
        .filter(|(curve, _)| curve.max() > 0.0)
        .collect();
    if curves.is_empty() {
        return None;
    }
    let mut subtitle = view.subtitle();
    let all: Vec<&Curve> = curves.iter().map(|(curve, _)| *curve).collect();
    let blank = view.panel(0.0, 300.0, Axis::round(0.0, 1.0, 1.0, Unit::Count));
    if blank.takes_means(&all) {
        let each = view.until / (blank.right - blank.left).round();
        subtitle += &format!("; means of {} each", words::time(each));
    }
    let most = blank
        .stretches(&all)
        .iter()
        .map(|(from, to)| all.iter().map(|curve| curve.mean(*from, *to)).sum())
        .fold(1.0, f64::max);
    let mut picture = Picture::new("timeline", "Tasks by state", &subtitle, 470.0);
    let names: Vec<(&str, Colour)> = STATES
        .into_iter()
        .filter(|(state, _)| all.iter().any(|curve| curve.subject == *state))
        .collect();
    let top = picture.legend(Picture::top(), &names) + 26.0;
    let panel = view.panel(top, 432.0 - top, Axis::round(0.0, most, 5.0, Unit::Count));
    panel.frame(&mut picture, "tasks", true);
    panel.stack(&mut picture, &curves);
    panel.moments(&mut picture, "tasks", &view.moments());
    Some(picture)
}
