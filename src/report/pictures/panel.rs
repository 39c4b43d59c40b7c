//! A field with two axes, and curves on it.

use crate::report::outputs::{Curve, stretches};

use super::axis::Axis;
use super::canvas::{Hold, LABEL, Picture, SMALL};
use super::palette::{Colour, GRID, INK, MUTED};

/// Where values are drawn.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

/// More changes than this are too many to draw each.
const CHANGES: usize = 2_500;

impl Panel {
    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + self.x.share(value) * (self.right - self.left)
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        self.bottom - self.y.share(value) * (self.bottom - self.top)
    }

    /// Lines and numbers of both axes; what the upright one counts stands above it.
    pub(super) fn frame(&self, on: &mut Picture, counts: &str, times: bool) {
        on.text((self.left, self.top - 18.0), counts, LABEL, Hold::Left, MUTED);
        for (value, label) in &self.y.ticks {
            let y = self.y(*value);
            on.line(vec![(self.left, y), (self.right, y)], GRID, 1.0);
            on.text((self.left - 8.0, y), label, LABEL, Hold::Right, INK);
        }
        for (value, label) in &self.x.ticks {
            let x = self.x(*value);
            on.line(vec![(x, self.bottom), (x, self.bottom + 5.0)], MUTED, 1.0);
            if times {
                on.text((x, self.bottom + 17.0), label, LABEL, Hold::Middle, INK);
            }
        }
        on.line(vec![(self.left, self.bottom), (self.right, self.bottom)], MUTED, 1.0);
    }

    /// Stretches of time in which no curve changes; where there are too many of those, equal ones.
    pub(super) fn stretches(&self, curves: &[&Curve]) -> Vec<(f64, f64)> {
        let columns = (self.right - self.left).round() as u32;
        stretches(curves, (self.x.from, self.x.to), CHANGES, columns)
    }

    /// Whether [`Panel::stretches`] had to take means.
    pub(super) fn takes_means(&self, curves: &[&Curve]) -> bool {
        curves.iter().map(|curve| curve.points.len()).sum::<usize>() > CHANGES
    }

    /// Curves upon one another.
    pub(super) fn stack(&self, on: &mut Picture, curves: &[(&Curve, Colour)]) {
        let all: Vec<&Curve> = curves.iter().map(|(curve, _)| *curve).collect();
        let stretches = self.stretches(&all);
        let mut below = vec![0.0; stretches.len()];
        for (curve, colour) in curves {
            let above: Vec<f64> = stretches
                .iter()
                .zip(&below)
                .map(|((from, to), below)| below + curve.mean(*from, *to).max(0.0))
                .collect();
            self.band(on, &stretches, (&below, &above), *colour);
            below = above;
        }
    }

    /// Fills between two step lines, leaving out where there is nothing between them.
    fn band(
        &self,
        on: &mut Picture,
        stretches: &[(f64, f64)],
        (below, above): (&[f64], &[f64]),
        colour: Colour,
    ) {
        let thick = |at: &usize| above[*at] - below[*at] > 1e-9;
        let mut at = 0;
        while at < stretches.len() {
            if !thick(&at) {
                at += 1;
                continue;
            }
            let end = (at..stretches.len()).find(|at| !thick(at)).unwrap_or(stretches.len());
            let mut points = self.along(&stretches[at..end], &above[at..end]);
            let mut back = self.along(&stretches[at..end], &below[at..end]);
            back.reverse();
            points.append(&mut back);
            on.area(points, colour);
            at = end;
        }
    }

    /// The corners of a step line.
    fn along(&self, stretches: &[(f64, f64)], values: &[f64]) -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for ((from, to), value) in stretches.iter().zip(values) {
            let y = self.y(*value);
            match points.last_mut() {
                // Flat: the corner moves on.
                Some(last) if (last.1 - y).abs() < 1e-9 => last.0 = self.x(*to),
                _ => points.extend([(self.x(*from), y), (self.x(*to), y)]),
            }
        }
        points
    }

    /// A curve as a step line; before its first value there is none.
    pub(super) fn step_line(&self, on: &mut Picture, curve: &Curve, colour: Colour, width: f64) {
        let first = curve.points.first().map_or(self.x.to, |(at, _)| *at);
        let stretches: Vec<_> =
            self.stretches(&[curve]).into_iter().filter(|(_, to)| *to > first).collect();
        let values: Vec<f64> =
            stretches.iter().map(|(from, to)| curve.mean(from.max(first), *to)).collect();
        let mut points = self.along(&stretches, &values);
        if let Some(start) = points.first_mut() {
            start.0 = start.0.max(self.x(first));
        }
        on.line(points, colour, width);
    }

    /// Moments that matter, as thin lines; a name that would run into another is left out.
    pub(super) fn moments(&self, on: &mut Picture, counts: &str, moments: &[(f64, String)]) {
        let mut free_from = self.left + super::font::width(counts, LABEL) + 12.0;
        let y_of_names = self.top - 9.0;
        for (at, name) in moments.iter().filter(|(at, _)| *at >= self.x.from && *at <= self.x.to) {
            let x = self.x(*at);
            let mut y = self.top;
            while y < self.bottom {
                on.line(vec![(x, y), (x, (y + 4.0).min(self.bottom))], INK, 1.0);
                y += 8.0;
            }
            let width = super::font::width(name, SMALL);
            let right = x + 4.0 + width > self.right;
            let start = if right { x - 4.0 - width } else { x + 4.0 };
            if start >= free_from {
                on.text((start, y_of_names), name, SMALL, Hold::Left, INK);
                free_from = start + width + 8.0;
            }
        }
    }
}
