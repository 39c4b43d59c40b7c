//! What is wrong with a sweep, before anything runs: every value of every axis is put into a scenario and
//! read, and every figure looked for in an answer.

use rayon::prelude::*;

use crate::catalog::CatalogError;
use crate::io::{Code, Diagnostic};
use crate::run::nearest_figures;
use crate::scenario::{At, Axis, AxisValues};

use super::design::Choice;
use super::metric::{NO_PATH, may_be};
use super::question::{Point, Sweep};

/// The place of diagnostics about a `--set`.
const SET: &str = "--set";

/// Values whose faults are told one by one.
const TOLD: usize = 10;

/// Points that are tried until one can run, to see which figures an answer has.
const TRIED: u64 = 64;

impl Sweep<'_> {
    /// Whether everything can be asked.
    ///
    /// # Errors
    /// What cannot, in the order of the axes.
    pub fn check(&self) -> Result<(), Vec<Diagnostic>> {
        self.check_paths()?;
        let first: Vec<Choice> = self.file.axes.iter().map(first_of).collect();
        if let Err(wrong) = self.check_one(&self.combined(&first)) {
            return Err(self.of_first(&first, wrong));
        }
        let mut wrong = Vec::new();
        for (index, axis) in self.file.axes.iter().enumerate() {
            let count = axis.values.count().unwrap_or(2);
            let faults: Vec<(u64, Vec<Diagnostic>)> = (1..count)
                .into_par_iter()
                .filter_map(|position| {
                    let mut choices = first.clone();
                    choices[index] = match axis.values.count() {
                        Some(_) => Choice::Position(position),
                        None => Choice::Share(1.0),
                    };
                    let checked = self.check_one(&self.combined(&choices));
                    checked.err().map(|wrong| (position, wrong))
                })
                .collect();
            for (position, faults) in faults.into_iter().take(TOLD) {
                wrong.extend(self.told(axis, position, faults));
            }
        }
        if wrong.is_empty() { self.check_figures() } else { Err(wrong) }
    }

    /// Reads the scenario of a point and finds its catalogue.
    fn check_one(&self, point: &Point) -> Result<(), Vec<Diagnostic>> {
        let scenario = self.scenario_of(point)?;
        self.catalogs.of(&scenario).map_err(|error| vec![of_catalog(&error)])?;
        Ok(())
    }

    /// What is wrong with the first value of every axis together: the fault of the first axis with which
    /// it is there, or of the scenario itself.
    fn of_first(&self, first: &[Choice], wrong: Vec<Diagnostic>) -> Vec<Diagnostic> {
        for count in 0..first.len() {
            if let Err(wrong) = self.check_one(&self.combined(&first[..count])) {
                return match count.checked_sub(1) {
                    Some(axis) => self.told(&self.file.axes[axis], 0, wrong),
                    None => wrong,
                };
            }
        }
        match self.file.axes.last() {
            Some(axis) => self.told(axis, 0, wrong),
            None => wrong,
        }
    }

    /// Faults of a scenario as faults of the value that brings them: at its place where they are
    /// about it, else where they are, with the value named.
    fn told(&self, axis: &Axis, position: u64, faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let errors = faults.into_iter().filter(|of| of.severity == crate::io::Severity::Error);
        errors
            .map(|mut of| {
                let label = of.place.as_ref().map_or("", |place| place.label.as_str());
                let of_value = of.place.as_ref().is_none_or(|place| place.file == SET);
                let fault = of.place.as_ref().filter(|_| of_value);
                let own = self.file.place(at(axis, position, fault), label);
                if of_value {
                    of.place = own;
                } else {
                    of.related.extend(own);
                }
                let value = self.label(axis, position);
                of.message = format!("axis `{}`, value {value}: {}", axis.name, of.message);
                of.help = of.help.map(|help| help.replace("--set", "an axis"));
                of
            })
            .collect()
    }

    fn label(&self, axis: &Axis, position: u64) -> String {
        match &axis.values {
            AxisValues::List(list) => index_of(position, list).map(|of| of.label.clone()),
            AxisValues::Variants(list) => index_of(position, list).map(|of| of.name.clone()),
            AxisValues::Numbers(numbers) => Some(numbers.text(match numbers.count() {
                Some(_) => numbers.at_index(position),
                None => numbers.between(if position == 0 { 0.0 } else { 1.0 }),
            })),
        }
        .unwrap_or_default()
    }

    /// Whether each figure that is asked for is one of an answer, by those of the first point of each
    /// scenario file that can run.
    fn check_figures(&self) -> Result<(), Vec<Diagnostic>> {
        if self.sought_metrics().next().is_none() {
            return Ok(());
        }
        let mut answers = Vec::new();
        for base in 0..self.bases.len() {
            let of_base = (0..self.points().min(TRIED)).filter(|n| self.point(*n).base == base);
            answers.extend(of_base.filter_map(|n| self.answer(&self.ready(n).ok()?)).take(1));
        }
        // Where nothing can run, every point says why.
        if answers.is_empty() {
            return Ok(());
        }
        let unknown = |path: &str| !answers.iter().any(|answer| may_be(answer, path));
        let mut wrong = Vec::new();
        for metric in self.sought_metrics().filter(|metric| unknown(metric.path())) {
            let path = metric.path();
            let others = [NO_PATH];
            let nearest = answers.iter().find_map(|answer| nearest_figures(answer, &others, path));
            let label = nearest.unwrap_or_default();
            let written = self.file.objectives.iter().chain(&self.file.metrics);
            let at = written.into_iter().find(|(known, _)| known.trim() == path).map(|of| of.1);
            let mut told = Diagnostic::new(Code::UnknownFigure, format!("no figure \"{path}\""));
            told.place = at.and_then(|at| self.file.place(at, &label));
            let help = "figures are paths of `taskyard run SCENARIO -o json`, and monthly_usd";
            // The figure of a precision has no place of its own.
            let unplaced = told.place.is_none() && !label.is_empty();
            wrong.push(told.help(if unplaced {
                format!("{label} {help}")
            } else {
                help.to_owned()
            }));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

fn index_of<T>(position: u64, list: &[T]) -> Option<&T> {
    list.get(usize::try_from(position).ok()?)
}

fn first_of(axis: &Axis) -> Choice {
    match axis.values.count() {
        Some(_) => Choice::Position(0),
        None => Choice::Share(0.0),
    }
}

/// Where the value at a position is written, or the path where the fault is in that; of a variant, the
/// setting that the fault is about.
fn at(axis: &Axis, position: u64, fault: Option<&crate::io::Place>) -> At {
    // The fault of a path is that of no value.
    let path = axis.path.as_ref();
    if path.zip(fault).is_some_and(|(path, fault)| fault.span.start < path.len()) {
        return axis.at;
    }
    match &axis.values {
        AxisValues::List(list) => index_of(position, list).map(|of| of.at),
        AxisValues::Numbers(numbers) => Some(numbers.at),
        AxisValues::Variants(list) => index_of(position, list).map(|of| {
            let about = |path: &str| fault.is_some_and(|place| place.starts_with(path));
            let setting = of.set.iter().find(|(path, _)| about(path));
            setting.map_or(of.at, |(_, value)| value.at)
        }),
    }
    .unwrap_or(axis.at)
}

fn of_catalog(error: &CatalogError) -> Diagnostic {
    let code = match error {
        CatalogError::UnknownRegion { .. } => Code::UnknownRegion,
        CatalogError::RegionWithoutPrices { .. } => Code::RegionWithoutPrices,
        CatalogError::Invalid(_) => Code::CannotRun,
    };
    Diagnostic::new(code, error.to_string())
}
