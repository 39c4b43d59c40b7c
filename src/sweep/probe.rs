//! One figure of one scenario, run by run: what the searches ask for again and again.

use crate::catalog::Catalog;
use crate::run::{Answer, Options, RunError, nearest_figures, run};
use crate::scenario::Scenario;

use super::metric::{Metric, NO_PATH, figures, may_be};
use super::replications::{Plan, all_runs};

/// Asks for one figure.
#[derive(Clone, Debug)]
pub struct Probe {
    metric: Metric,
    plan: Plan,
}

/// A path that leads to no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFigure {
    /// As it was written.
    pub path: String,
    /// What there is that is nearest, in words.
    pub nearest: Option<String>,
}

impl Probe {
    /// A probe of the figure at `path`, of so many runs; `answer` is that to any scenario that will be
    /// asked.
    ///
    /// # Errors
    /// When such an answer has no figure at `path`.
    pub fn new(
        path: &str,
        answer: &Answer,
        replications: u32,
        jobs: Option<usize>,
    ) -> Result<Self, UnknownFigure> {
        let path = path.trim();
        let mut metrics = Metric::all(Vec::new(), std::iter::once(path));
        let at = metrics.iter().position(|metric| metric.path() == path);
        let metric = metrics.swap_remove(at.unwrap_or(0));
        // An answer's own types are always JSON.
        let json = serde_json::to_value(answer).unwrap_or_default();
        if metric.is_sought() && !may_be(&json, path) {
            let nearest = nearest_figures(&json, &[NO_PATH], path);
            return Err(UnknownFigure { path: path.to_owned(), nearest });
        }
        Ok(Self { metric, plan: Plan { replications, jobs, options: Options::QUICK } })
    }

    /// The path of the figure.
    #[must_use]
    pub fn metric(&self) -> &str {
        self.metric.path()
    }

    /// Runs at each scenario.
    #[must_use]
    pub const fn replications(&self) -> u32 {
        self.plan.replications
    }

    /// The figure in each run of `scenario`, by number.
    ///
    /// # Errors
    /// The error of the first run that has one.
    pub fn ask(
        &self,
        scenario: &Scenario,
        catalog: &Catalog,
    ) -> Result<Vec<Option<f64>>, RunError> {
        let outcomes = all_runs(scenario, catalog, self.plan)?;
        let metric = std::slice::from_ref(&self.metric);
        let figure = |answer: &Answer| figures(metric, answer).get(0);
        Ok(outcomes.iter().map(|outcome| figure(&outcome.answer)).collect())
    }

    /// The answer of a single quick run, for [`Probe::new`].
    ///
    /// # Errors
    /// When the scenario cannot run.
    pub fn answer(scenario: &Scenario, catalog: &Catalog) -> Result<Answer, RunError> {
        run(scenario, catalog, Options::QUICK).map(|outcome| outcome.answer)
    }
}
