//! The curves of `series.csv`: values that hold until the next one.

use std::collections::BTreeMap;

use crate::io::{Diagnostic, Source};

use super::table::for_each;

/// One curve: steps, each value from its time on.
#[derive(Clone, Debug)]
pub(in super::super) struct Curve {
    pub(in super::super) metric: String,
    pub(in super::super) subject: String,
    pub(in super::super) points: Vec<(f64, f64)>,
}

/// The columns that are read.
pub(super) const SERIES: [&str; 4] = ["time_s", "metric", "subject", "value"];

/// All of them, in order of metric and subject.
pub(super) fn curves(source: &Source) -> Result<Vec<Curve>, Box<Diagnostic>> {
    // A file of a month has a million rows of a few dozen curves: no text is copied for each.
    let mut known: BTreeMap<String, BTreeMap<String, Vec<(f64, f64)>>> = BTreeMap::new();
    for_each(source, &SERIES, |row| {
        let point = (row.number(0)?, row.number(3)?);
        let (metric, subject) = (row.cell(1), row.cell(2));
        match known.get_mut(metric).and_then(|subjects| subjects.get_mut(subject)) {
            Some(points) => points.push(point),
            None => {
                let subjects = known.entry(metric.to_owned()).or_default();
                subjects.insert(subject.to_owned(), vec![point]);
            }
        }
        Ok(())
    })?;
    let curves = known.into_iter().flat_map(|(metric, subjects)| {
        subjects.into_iter().map(move |(subject, points)| Curve {
            metric: metric.clone(),
            subject,
            points,
        })
    });
    Ok(curves.collect())
}

/// Stretches between `from` and `to` in which no curve changes; where there are more than `most`, as many
/// equal ones as `columns`.
pub(in super::super) fn stretches(
    curves: &[&Curve],
    (from, to): (f64, f64),
    most: usize,
    columns: u32,
) -> Vec<(f64, f64)> {
    let inside = |at: &f64| *at > from && *at < to;
    let points = curves.iter().flat_map(|curve| curve.points.iter().map(|(at, _)| *at));
    let mut changes: Vec<f64> = points.filter(inside).collect();
    changes.sort_by(f64::total_cmp);
    changes.dedup();
    if changes.len() > most {
        let at = |column: u32| from + (to - from) * f64::from(column) / f64::from(columns);
        changes = (1..columns).map(at).collect();
    }
    changes.push(to);
    let starts = std::iter::once(from).chain(changes.iter().copied());
    starts.zip(changes.iter().copied()).collect()
}

impl Curve {
    /// The value at a time; 0 before the first.
    pub(in super::super) fn at(&self, time: f64) -> f64 {
        let after = self.points.partition_point(|(at, _)| *at <= time);
        after.checked_sub(1).map_or(0.0, |last| self.points[last].1)
    }

    /// The mean from `from` to `to`.
    pub(in super::super) fn mean(&self, from: f64, to: f64) -> f64 {
        let mut value = self.at(from);
        let mut since = from;
        let mut sum = 0.0;
        let first = self.points.partition_point(|(at, _)| *at <= from);
        for (at, next) in self.points[first..].iter().take_while(|(at, _)| *at < to) {
            sum += value * (at - since);
            (since, value) = (*at, *next);
        }
        (sum + value * (to - since)) / (to - from)
    }

    /// When it changed last.
    pub(in super::super) fn last_change(&self) -> f64 {
        self.points.last().map_or(0.0, |(at, _)| *at)
    }

    /// Its greatest value.
    pub(in super::super) fn max(&self) -> f64 {
        self.points.iter().map(|(_, value)| *value).fold(0.0, f64::max)
    }
}
