//! One scenario that is asked again and again with something changed.

use std::path::Path;
use std::str::FromStr;

use crate::catalog::Catalog;
use crate::io::{Code, Diagnostic, Source};
use crate::run::{Answer, RunError};
use crate::scenario::{Override, Scenario, read_with};
use crate::sweep::{Probe, UnknownFigure};

use super::console::Console;
use super::failure::Failure;
use super::probe_args::ProbeArgs;
use super::{load, options};

/// A scenario file with what is always set in it.
pub(super) struct Asked {
    /// The file's name without folder and ending.
    pub(super) name: String,
    /// As it is.
    pub(super) scenario: Scenario,
    /// Of what it asks.
    pub(super) catalog: Catalog,
    source: Source,
    sets: Vec<Override>,
}

impl Asked {
    /// Reads `path` with `sets`; its warnings go to stderr.
    pub(super) fn read(
        path: &Path,
        sets: Vec<Override>,
        files: &load::CatalogFiles,
        console: Console,
    ) -> Result<Self, Failure> {
        let source = load::source(path)?;
        let scenario = load::scenario(&source, &sets, console)?;
        let catalog = files.for_scenario(&scenario, &source, &sets, console)?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = stem.unwrap_or_else(|| source.name.clone());
        Ok(Self { name, scenario, catalog, source, sets })
    }

    /// The scenario with more set in it.
    pub(super) fn with(&self, more: &[Override]) -> Result<Scenario, Vec<Diagnostic>> {
        let sets: Vec<Override> = self.sets.iter().chain(more).cloned().collect();
        let files = load::beside(&self.source, &sets);
        read_with(&self.source, &sets, &files).map(|(scenario, _)| scenario)
    }

    /// The answer of one run.
    pub(super) fn answer(&self) -> Result<Answer, Failure> {
        let answer = Probe::answer(&self.scenario, &self.catalog);
        answer.map_err(|error| Failure::of_run(error, &self.source, &self.sets))
    }

    /// Whether `set` leads somewhere here; what is wrong with it otherwise is an error.
    pub(super) fn takes(&self, set: &Override) -> Result<bool, Vec<Diagnostic>> {
        match self.with(std::slice::from_ref(set)) {
            Ok(_) => Ok(true),
            Err(told) if told.iter().all(|of| of.code == Code::SetUnknownPath) => Ok(false),
            Err(told) => Err(told),
        }
    }
}

/// The probe that the flags mean, of the figure at `metric`.
pub(super) fn probe(args: &ProbeArgs, metric: &str, answer: &Answer) -> Result<Probe, Failure> {
    let jobs = args.threads.count();
    Probe::new(metric, answer, args.replications, jobs).map_err(
        |UnknownFigure { path, nearest }| {
            Failure::usage(format!("--metric: no figure \"{path}\""), nearest.unwrap_or_default())
        },
    )
}

/// What the flags set in every scenario.
pub(super) fn sets(args: &ProbeArgs) -> Result<Vec<Override>, Failure> {
    options::overrides(&args.change)
}

/// What is wrong, in one line each.
pub(super) fn in_words(told: &[Diagnostic]) -> String {
    told.iter().map(|of| of.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// A run's error: that it does not fit is a finding; anything else ends the search.
pub(super) fn unfit(error: RunError) -> Result<String, Failure> {
    error.into_finding().map_err(Failure::Run)
}

/// `PATH<=NUMBER`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AtMost {
    /// Of the figure.
    pub(super) path: String,
    /// The limit, itself admitted.
    pub(super) limit: f64,
}

impl FromStr for AtMost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "expected PATH<=NUMBER, for example 'tasks.time_to_running_s.p95 <= 60'";
        let (path, limit) = text.split_once("<=").ok_or(form)?;
        let (path, limit) = (path.trim(), limit.trim());
        let limit = limit.parse::<f64>().ok().filter(|limit| limit.is_finite());
        match limit {
            Some(limit) if !path.is_empty() => Ok(Self { path: path.to_owned(), limit }),
            Some(_) | None => Err(form.to_owned()),
        }
    }
}

/// `PATH=FROM..TO`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Over {
    /// What is set.
    pub(super) path: String,
    /// The first value.
    pub(super) from: f64,
    /// The last.
    pub(super) to: f64,
    /// Whether both are written as whole numbers.
    pub(super) whole: bool,
}

impl FromStr for Over {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "expected PATH=FROM..TO, for example service.web.desired_count=1..200";
        let parts = text.split_once('=').and_then(|(path, range)| {
            let (from, to) = range.split_once("..")?;
            Some((path.trim(), from.trim(), to.trim()))
        });
        let Some((path, from, to)) = parts.filter(|(path, ..)| !path.is_empty()) else {
            return Err(form.to_owned());
        };
        let number = |text: &str| {
            let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
            value.ok_or_else(|| format!("\"{text}\" is not a number: {form}"))
        };
        let whole = |text: &str| text.parse::<i64>().is_ok();
        let over = Self {
            path: path.to_owned(),
            from: number(from)?,
            to: number(to)?,
            whole: whole(from) && whole(to),
        };
        if over.from < over.to {
            Ok(over)
        } else {
            Err(format!("{from} is not below {to}: {form}"))
        }
    }
}

impl Over {
    /// The path set to `value`.
    pub(super) fn at(&self, value: f64) -> Override {
        Override { path: self.path.clone(), value: self.text(value) }
    }

    /// A value as it is written.
    pub(super) fn text(&self, value: f64) -> String {
        // A price or a share is a float even where it has no fraction.
        if self.whole { format!("{value:.0}") } else { format!("{value:?}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_figure_and_the_most_it_may_be() {
        let target: AtMost = " tasks.time_to_running_s.p95 <= 60 ".parse().unwrap();
        assert_eq!((target.path.as_str(), target.limit), ("tasks.time_to_running_s.p95", 60.0));
        for wrong in ["a", "a<60", "<=60", "a<=x", "a<=nan"] {
            assert!(wrong.parse::<AtMost>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_range_is_whole_where_both_ends_are() {
        let over: Over = "service.web.desired_count=1..200".parse().unwrap();
        assert!(over.whole && over.path == "service.web.desired_count");
        assert_eq!(over.at(37.0).value, "37");
        let over: Over = " discount.sp.percent = 0.0 .. 60 ".parse().unwrap();
        assert_eq!((over.whole, over.at(30.0).value.as_str()), (false, "30.0"));
        for wrong in ["a", "a=1", "=1..2", "a=2..1", "a=1..1", "a=x..2", "a=1..inf"] {
            assert!(wrong.parse::<Over>().is_err(), "{wrong}");
        }
    }
}
