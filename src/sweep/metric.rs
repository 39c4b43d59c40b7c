//! The figures of a run that a sweep keeps.

use serde_json::Value;

use crate::run::{Answer, figure_at};

use super::availability::Availability;
use super::compact::Figures;

/// A figure that every sweep has: its path, and the way to it.
type Known = (&'static str, fn(&Answer) -> Option<f64>);

/// The one that is no path of the answer.
pub(super) const NO_PATH: &str = "monthly_usd";

/// The figures that every sweep has. Each is that of its path in the answer; `monthly_usd` alone is none
/// of the answer but what `compare` shows ([`Answer::monthly_usd`]).
const KNOWN: [Known; 14] = [
    ("tasks.requested", |answer| Some(answer.tasks.requested)),
    ("tasks.started", |answer| Some(answer.tasks.started)),
    ("tasks.waiting_at_end", |answer| Some(answer.tasks.waiting_at_end)),
    ("tasks.interrupted", |answer| Some(answer.tasks.interrupted)),
    ("tasks.time_to_running_s.mean", |answer| answer.tasks.time_to_running_s.mean),
    ("tasks.time_to_running_s.p50", |answer| answer.tasks.time_to_running_s.p50),
    ("tasks.time_to_running_s.p95", |answer| answer.tasks.time_to_running_s.p95),
    ("tasks.time_to_running_s.p99", |answer| answer.tasks.time_to_running_s.p99),
    ("tasks.time_to_ready_s.p95", |answer| answer.tasks.time_to_ready_s.p95),
    ("cost.total_usd", |answer| Some(answer.cost.total_usd)),
    ("cost.per_hour_at_end_usd", |answer| Some(answer.cost.per_hour_at_end_usd)),
    ("cost.per_month_at_end_usd", |answer| Some(answer.cost.per_month_at_end_usd)),
    (NO_PATH, |answer| Some(answer.monthly_usd())),
    ("events", |answer| Some(answer.events)),
];

/// A figure of a run.
#[derive(Clone, Debug)]
pub(super) enum Metric {
    /// One that every sweep has.
    Known(Known),
    /// One that tells how well a service is served.
    Availability(Availability),
    /// One of the JSON answer.
    Path(String),
}

impl Metric {
    /// The figures of a sweep: those that every one has and those of its services, then others in their
    /// order, each once.
    pub(super) fn all<'m>(
        availability: Vec<Availability>,
        others: impl Iterator<Item = &'m str>,
    ) -> Vec<Self> {
        let known = KNOWN.iter().map(|known| Self::Known(*known));
        let mut metrics: Vec<Self> =
            known.chain(availability.into_iter().map(Self::Availability)).collect();
        for path in others.map(str::trim) {
            if !metrics.iter().any(|known| known.path() == path) {
                metrics.push(Self::Path(path.to_owned()));
            }
        }
        metrics
    }

    /// Its path.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Known((path, _)) => path,
            Self::Availability(figure) => figure.path(),
            Self::Path(path) => path,
        }
    }

    /// Whether it has to be looked for in the whole answer.
    pub(super) const fn is_sought(&self) -> bool {
        matches!(self, Self::Path(_))
    }
}

/// The figures of `answer`, one for each metric.
pub(super) fn figures(metrics: &[Metric], answer: &Answer) -> Figures {
    let sought = metrics.iter().any(Metric::is_sought);
    // An answer's own types are always JSON.
    let json = sought.then(|| serde_json::to_value(answer).unwrap_or_default());
    let of = |metric: &Metric| match metric {
        Metric::Known((_, figure)) => figure(answer),
        Metric::Availability(figure) => figure.figure(answer),
        Metric::Path(path) => number(figure_at(json.as_ref()?, path)?),
    };
    metrics.iter().map(of).map(|figure| figure.filter(|value| value.is_finite())).collect()
}

/// A number, or a truth as 0 or 1.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a metric's path may lead to a figure of such an answer: it does, or to one that is not known
/// (null), or into a row that this answer lacks and another may have.
pub(super) fn may_be(answer: &Value, path: &str) -> bool {
    match figure_at(answer, path) {
        Some(Value::Number(_) | Value::Bool(_) | Value::Null) => true,
        Some(Value::String(_) | Value::Array(_) | Value::Object(_)) => false,
        None => {
            let list = path.split(['[', '.']).next().unwrap_or_default();
            let rows = path.rfind(']').map(|end| &path[..=end]);
            matches!(answer.get(list), Some(Value::Array(_)))
                && rows.is_some_and(|row| figure_at(answer, row).is_none())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::thirty_tasks;

    #[test]
    fn a_figure_that_every_sweep_has_is_that_of_its_path() {
        let answer = thirty_tasks();
        let json = serde_json::to_value(&answer).unwrap();
        for (path, figure) in KNOWN.iter().filter(|(path, _)| *path != "monthly_usd") {
            let found = figure_at(&json, path).unwrap_or_else(|| panic!("no {path}"));
            assert_eq!(figure(&answer), number(found), "{path}");
        }
    }

    #[test]
    fn others_are_sought_by_their_path_and_none_is_there_twice() {
        let others = ["fleet[t4g.small].launched", "events", "fleet[c7g.large].launched"];
        let metrics = Metric::all(Vec::new(), others.into_iter());
        assert_eq!(metrics.len(), KNOWN.len() + 2);
        let figures = figures(&metrics, &thirty_tasks());
        let sought = [figures.get(KNOWN.len()), figures.get(KNOWN.len() + 1)];
        assert_eq!(sought, [Some(30.0), None]);
    }

    #[test]
    fn a_row_that_this_answer_lacks_may_be_in_another_and_a_wrong_key_may_not() {
        let json = serde_json::to_value(thirty_tasks()).unwrap();
        for good in ["fleet[c7g.large].launched", "tasks.time_to_running_s.p99", "cost.total_usd"] {
            assert!(may_be(&json, good), "{good}");
        }
        for wrong in ["fleet[t4g.small].lanched", "tasks.time_to_runing_s.p95", "tasks", "x[y].z"] {
            assert!(!may_be(&json, wrong), "{wrong}");
        }
    }
}
