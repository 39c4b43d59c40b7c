//! A sweep that can be asked: its plan over the texts of the scenarios that it starts from.

use std::sync::Arc;

use crate::catalog::{Catalog, Overrides};
use crate::io::{Diagnostic, Source};
use crate::random::Streams;
use crate::run::{Arena, Options, Prepared, RunError, prepare, run_in, run_prepared};
use crate::scenario::{
    AxisValues, AxisVariant, NamedFile, Override, Precision, Scenario, SweepFile, Written,
    read_with,
};

use super::availability::Availability;
use super::catalogs::Catalogs;
use super::compact::Digest;
use super::design::{Choice, Design};
use super::metric::{Metric, figures};
use super::notes::{NoteBook, Notes};
use super::table::{AxisHead, AxisValue, PointRow, RunRow};

/// A scenario file that points start from.
#[derive(Clone, Debug)]
pub struct Base {
    /// As the sweep writes it; empty for the one that needs no name.
    pub name: String,
    /// Its text.
    pub source: Source,
    /// The files that it names, whatever the axes set.
    pub files: Vec<NamedFile>,
}

/// A sweep that can be asked. It opens no file: every text is in it.
#[derive(Debug)]
pub struct Sweep<'c> {
    /// As it is written.
    pub(super) file: SweepFile,
    name: String,
    pub(super) bases: Vec<Base>,
    /// What is set at every point, before its axes.
    pub(super) common: Vec<Override>,
    pub(super) catalogs: Catalogs<'c>,
    pub(super) design: Design,
    pub(super) seed: u64,
    metrics: Vec<Metric>,
    options: Options,
    notes: NoteBook,
}

/// One combination of values.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Which scenario file.
    pub(super) base: usize,
    /// What is set in it.
    pub(super) sets: Vec<Override>,
    /// Its value on each axis.
    pub(super) values: Vec<AxisValue>,
}

/// A point that is ready to run.
#[derive(Debug)]
pub struct ReadyPoint {
    scenario: Scenario,
    catalog: Arc<Catalog>,
    prepared: Prepared,
}

impl<'c> Sweep<'c> {
    /// A sweep over the scenarios `bases`, the first of them for points whose axes name none, with
    /// `typed` set at every point. `seed` is that of replication 0 at every point, where the sweep
    /// says none itself.
    #[must_use]
    pub fn new(
        file: SweepFile,
        name: &str,
        bases: Vec<Base>,
        typed: &[Override],
        seed: u64,
        overrides: Overrides<'c>,
    ) -> Self {
        let mut common = file.settings();
        common.extend_from_slice(typed);
        let seed = file.seed.unwrap_or(seed);
        let design = Design::new(file.plan, file.points(), &file.axes, seed);
        let named = |of: &[(String, crate::scenario::At)]| -> Vec<String> {
            of.iter().map(|(path, _)| path.clone()).collect()
        };
        let mut others = named(&file.objectives);
        others.extend(named(&file.metrics));
        others.extend(file.precision.iter().filter_map(|of| of.metric.clone()));
        let options = options(&others);
        // What cannot be read is told of by the check.
        let read = |base: &Base| Some(read_with(&base.source, &common, &base.files).ok()?.0);
        let scenarios: Vec<Scenario> = bases.iter().filter_map(read).collect();
        let availability = Availability::of(scenarios.iter());
        Self {
            name: file.name.clone().unwrap_or_else(|| name.to_owned()),
            metrics: Metric::all(availability, others.iter().map(String::as_str)),
            catalogs: Catalogs::new(overrides),
            file,
            bases,
            common,
            design,
            seed,
            options,
            notes: NoteBook::default(),
        }
    }

    /// The same, with the invariants checked after every event.
    #[must_use]
    pub const fn with_invariants(mut self, invariants: bool) -> Self {
        self.options.invariants = invariants;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As it is written.
    #[must_use]
    pub const fn file(&self) -> &SweepFile {
        &self.file
    }

    /// Points of the whole plan.
    #[must_use]
    pub const fn points(&self) -> u64 {
        self.design.points()
    }

    /// Runs of each point; under a stop rule, of its first batch.
    #[must_use]
    pub const fn replications(&self) -> u32 {
        self.file.replications
    }

    /// When a point has run often enough, if that is asked.
    #[must_use]
    pub const fn precision(&self) -> Option<&Precision> {
        self.file.precision.as_ref()
    }

    /// The seed of a replication: the same at every point.
    #[must_use]
    pub fn seed(&self, replication: u32) -> u64 {
        Streams::replication_seed(self.seed, replication)
    }

    /// The paths of the figures of each run, in order.
    #[must_use]
    pub fn metrics(&self) -> Vec<String> {
        self.metrics.iter().map(|metric| metric.path().to_owned()).collect()
    }

    /// Those of them that an answer has to be searched for.
    pub(super) fn sought_metrics(&self) -> impl Iterator<Item = &Metric> {
        self.metrics.iter().filter(|metric| metric.is_sought())
    }

    /// The figures by which points are ranked.
    #[must_use]
    pub fn objectives(&self) -> Vec<String> {
        let written: Vec<String> =
            self.file.objectives.iter().map(|(path, _)| path.trim().to_owned()).collect();
        if written.is_empty() { OBJECTIVES.map(str::to_owned).to_vec() } else { written }
    }

    /// What is varied.
    #[must_use]
    pub fn heads(&self) -> Vec<AxisHead> {
        let head = |axis: &crate::scenario::Axis| AxisHead {
            name: axis.name.clone(),
            path: axis.path.as_ref().map(|path| path.trim().to_owned()),
            world: axis.world,
        };
        self.file.axes.iter().map(head).collect()
    }

    /// The row of a point before its runs.
    #[must_use]
    pub fn row(&self, point: u64) -> PointRow {
        let Point { values, .. } = self.point(point);
        PointRow { point, values, runs: Arc::default(), error: None, stopped_by: None }
    }

    pub(super) fn point(&self, point: u64) -> Point {
        self.combined(&self.design.choices(point))
    }

    /// The combination of these values, one for each axis.
    pub(super) fn combined(&self, choices: &[Choice]) -> Point {
        let mut point = Point { base: 0, sets: self.common.clone(), values: Vec::new() };
        for (axis, choice) in self.file.axes.iter().zip(choices) {
            let path = axis.path.as_deref().unwrap_or_default();
            self.choose(&axis.values, path, *choice, &mut point);
        }
        point
    }

    fn choose(&self, values: &AxisValues, path: &str, choice: Choice, point: &mut Point) {
        let position = match choice {
            Choice::Position(position) => position,
            Choice::Share(_) => 0,
        };
        let index = usize::try_from(position).unwrap_or(usize::MAX);
        let mut set = |path: &str, value: &str| {
            point.sets.push(Override { path: path.to_owned(), value: value.to_owned() });
        };
        let value = match values {
            AxisValues::List(list) => {
                let Some(Written { text, label, number, .. }) = list.get(index) else { return };
                set(path, text);
                AxisValue { label: label.clone(), number: *number }
            }
            AxisValues::Numbers(numbers) => {
                let number = match choice {
                    Choice::Position(position) => numbers.at_index(position),
                    Choice::Share(share) => numbers.between(share),
                };
                let text = numbers.text(number);
                set(path, &text);
                AxisValue { label: text, number: Some(number) }
            }
            AxisValues::Variants(variants) => {
                let Some(AxisVariant { name, scenario, set: settings, .. }) = variants.get(index)
                else {
                    return;
                };
                settings.iter().for_each(|(path, value)| set(path, &value.text));
                if let Some((base, _)) = scenario {
                    let found = self.bases.iter().position(|known| known.name == *base);
                    point.base = found.unwrap_or(0);
                }
                AxisValue { label: name.clone(), number: None }
            }
        };
        point.values.push(value);
    }

    /// The scenario of a point, or what is wrong with it.
    pub(super) fn scenario_of(&self, point: &Point) -> Result<Scenario, Vec<Diagnostic>> {
        let base = &self.bases[point.base];
        let (mut scenario, _) = read_with(&base.source, &point.sets, &base.files)?;
        // Pairs need the same luck.
        scenario.seed = self.seed;
        Ok(scenario)
    }

    /// The scenario of a point and its catalogue.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn scenario(&self, point: u64) -> Result<(Scenario, Arc<Catalog>), String> {
        let scenario = self.scenario_of(&self.point(point)).map_err(|wrong| words(&wrong))?;
        let catalog = self.catalogs.of(&scenario).map_err(|error| error.to_string())?;
        Ok((scenario, catalog))
    }

    /// A point, ready to run.
    ///
    /// # Errors
    /// Why it cannot run, in words.
    pub fn ready(&self, point: u64) -> Result<ReadyPoint, String> {
        let (scenario, catalog) = self.scenario(point)?;
        let prepared = prepare(&scenario, &catalog).map_err(|unfit| {
            let told = unfit.iter().map(|part| format!("{part} ({})", part.help));
            told.collect::<Vec<_>>().join("; ")
        })?;
        Ok(ReadyPoint { scenario, catalog, prepared })
    }

    /// One run of a point.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn run(
        &self,
        arena: &mut Arena,
        point: &ReadyPoint,
        replication: u32,
    ) -> Result<RunRow, RunError> {
        let seed = self.seed(replication);
        let ReadyPoint { scenario, catalog, prepared } = point;
        let answer = run_in(arena, scenario, catalog, prepared, seed, self.options)?.answer;
        let figures = figures(&self.metrics, &answer);
        let notes = (replication == 0).then(|| self.notes.shared(Notes::of(&answer)));
        let digest = Digest::read(&answer.digest).unwrap_or_default();
        Ok(RunRow { replication, seed, figures, digest, notes })
    }

    /// The whole JSON answer of a run: to see which figures there are.
    pub(super) fn answer(&self, point: &ReadyPoint) -> Option<serde_json::Value> {
        let ReadyPoint { scenario, catalog, prepared } = point;
        let found = run_prepared(scenario, catalog, prepared, self.seed, self.options).ok()?;
        serde_json::to_value(found.answer).ok()
    }
}

/// What points are ranked by where the sweep does not say: the bill, then the wait.
pub const OBJECTIVES: [&str; 2] = ["monthly_usd", "tasks.time_to_running_s.p95"];

/// What a run works out: the dear parts only where a figure is of them.
fn options(metrics: &[String]) -> Options {
    let any =
        |words: &[&str]| metrics.iter().any(|path| words.iter().any(|word| path.contains(word)));
    Options {
        skip_bounds: !any(&["bound", "pack", "gap"]),
        skip_fault_costs: !any(&["extra_usd"]),
        ..Options::QUICK
    }
}

/// Diagnostics in a line.
pub(super) fn words(wrong: &[Diagnostic]) -> String {
    let errors = wrong.iter().filter(|of| of.severity == crate::io::Severity::Error);
    errors.map(|of| of.message.as_str()).collect::<Vec<_>>().join("; ")
}
