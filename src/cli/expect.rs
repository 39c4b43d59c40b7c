//! `--expect`: what must be true of the answer.

use std::str::FromStr;

use serde_json::Value;

use crate::catalog::Catalog;
use crate::run::{figure_at, figure_paths, nearest_figures};

/// Comparisons, the longer spellings first.
const OPERATORS: [(&str, Operator); 6] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<", Operator::Below),
    (">", Operator::Above),
];

/// Values this near (relative) are equal: means of replications are not whole.
const NEAR: f64 = 1e-9;

/// Figures of the fleet that are zero for a type that was not launched.
const ZERO_WHERE_ABSENT: [&str; 5] =
    ["launched", "peak", "at_end", "max_tasks_per_instance", "frequency"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    AtMost,
    AtLeast,
    Equal,
    Unequal,
    Below,
    Above,
}

/// A path of the JSON answer, a comparison, a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expectation {
    text: String,
    path: String,
    operator: Operator,
    limit: f64,
}

/// What became of an expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It holds.
    Met,
    /// It does not, and so says the sentence.
    Failed(String),
    /// It cannot be judged: the path leads nowhere, or to no number.
    Unknown {
        /// What is wrong.
        message: String,
        /// The nearest path, or what there is.
        help: String,
    },
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = text.char_indices().find_map(|(at, _)| {
            let rest = &text[at..];
            let operator = OPERATORS.iter().find(|(word, _)| rest.starts_with(word));
            operator.map(|(word, operator)| (&text[..at], *operator, &rest[word.len()..]))
        });
        let form = "expected PATH OP NUMBER, for example 'tasks.time_to_running_s.p95 < 60'";
        let Some((path, operator, limit)) = found else {
            return Err(format!("no comparison (< <= > >= == !=): {form}"));
        };
        let path = path.trim().to_owned();
        let limit = match limit.trim() {
            "true" => Ok(1.0),
            "false" => Ok(0.0),
            number => number.parse::<f64>().map_err(|_| number),
        };
        match limit {
            Ok(limit) if limit.is_finite() && !path.is_empty() => {
                Ok(Self { text: text.trim().to_owned(), path, operator, limit })
            }
            Ok(_) => Err(form.to_owned()),
            Err(number) => Err(format!("\"{number}\" is not a number: {form}")),
        }
    }
}

impl Expectation {
    /// As it was typed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The path of the figure that it is about.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Why it does not hold of a figure; `None` where it does.
    pub(super) fn fails(&self, figure: Option<f64>) -> Option<String> {
        match figure {
            None => Some("the answer has no such value (null)".to_owned()),
            Some(value) if self.holds(value) => None,
            Some(value) => Some(format!("it is {}", self.shown(value))),
        }
    }

    /// Judges the answer.
    pub(super) fn judge(&self, answer: &Value, catalog: &Catalog) -> Verdict {
        let found = figure_at(answer, &self.path);
        let value = match found {
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::Bool(truth)) => Some(f64::from(u8::from(*truth))),
            Some(Value::Null) => return self.verdict(None),
            Some(Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                return self.no_number(answer);
            }
            None => self.not_launched(catalog),
        };
        match value {
            None => self.unknown(answer),
            Some(value) => self.verdict(Some(value)),
        }
    }

    fn verdict(&self, figure: Option<f64>) -> Verdict {
        let failed = |why| Verdict::Failed(format!("expectation failed: {}: {why}", self.text));
        self.fails(figure).map_or(Verdict::Met, failed)
    }

    /// The value, rounded unless the rounded one would meet the expectation.
    fn shown(&self, value: f64) -> String {
        let decimals = if value.abs() < 1.0 { 6 } else { 3 };
        let text = format!("{value:.decimals$}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        match text.parse() {
            Ok(rounded) if !self.holds(rounded) => text.to_owned(),
            _ => value.to_string(),
        }
    }

    fn holds(&self, value: f64) -> bool {
        let equal = (value - self.limit).abs() <= NEAR * self.limit.abs().max(NEAR);
        match self.operator {
            Operator::AtMost => value <= self.limit || equal,
            Operator::AtLeast => value >= self.limit || equal,
            Operator::Equal => equal,
            Operator::Unequal => !equal,
            Operator::Below => value < self.limit && !equal,
            Operator::Above => value > self.limit && !equal,
        }
    }

    /// `fleet[c7g.large].launched` where no c7g.large was launched.
    fn not_launched(&self, catalog: &Catalog) -> Option<f64> {
        let rest = self.path.strip_prefix("fleet")?;
        let rest = rest.strip_prefix(['.', '['])?;
        let (row, key) = rest.rsplit_once('.')?;
        let name = row.trim_end_matches(']');
        let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
        let known = catalog.index_of(name).is_some() && ZERO_WHERE_ABSENT.contains(&key);
        known.then_some(0.0)
    }

    fn no_number(&self, answer: &Value) -> Verdict {
        let inside = format!("{}.", self.path);
        let paths = figure_paths(answer);
        let start = |path: &&String| {
            path.starts_with(&inside) || path.starts_with(&format!("{}[", self.path))
        };
        let help = match paths.iter().find(start) {
            Some(path) => format!("name a figure in it, for example {path}"),
            None => "name a figure".to_owned(),
        };
        Verdict::Unknown { message: format!("--expect: \"{}\" is not a number", self.path), help }
    }

    fn unknown(&self, answer: &Value) -> Verdict {
        let help = nearest_figures(answer, &[], &self.path).unwrap_or_default();
        Verdict::Unknown { message: format!("--expect: no figure \"{}\"", self.path), help }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Value {
        serde_json::json!({
            "fleet": [
                { "capacity_provider": "mi", "instance_type": "t4g.small", "launched": 30.0 },
                { "capacity_provider": "mi", "instance_type": "t4g.small.b", "launched": 2 },
            ],
            "tasks": {
                "time_to_running_s": { "p95": 99.5, "p99": null },
                "waves": [
                    { "wave": "first", "time_to_running_s": { "p50": 61.0 } },
                    { "wave": "update", "time_to_running_s": { "p50": 72.5 } },
                ],
            },
            "cost": { "best_packing_proven": true },
            "intervals": {
                "tasks.time_to_running_s.p95": { "max": 108.692_104_399 },
                "fleet[t4g.small].launched": { "max": 31.0 },
            },
        })
    }

    #[test]
    fn a_row_goes_by_position_and_by_name() {
        let paths = ["fleet[0].launched", "fleet[t4g.small].launched", "fleet.t4g.small.launched"];
        for path in paths.iter().chain(&["fleet[mi/t4g.small].launched", "fleet.0.launched"]) {
            assert_eq!(figure_at(&answer(), path).and_then(Value::as_f64), Some(30.0), "{path}");
        }
        let answer = answer();
        let other = figure_at(&answer, "fleet.t4g.small.b.launched");
        assert_eq!(other.and_then(Value::as_f64), Some(2.0));
        assert_eq!(figure_at(&answer, "fleet[9].launched"), None);
        for path in ["[tasks.time_to_running_s.p95]", "[\"tasks.time_to_running_s.p95\"]"] {
            let found = figure_at(&answer, &format!("intervals{path}.max"));
            assert!(found.is_some(), "{path}");
        }
        let launched = figure_at(&answer, "intervals[fleet[t4g.small].launched].max");
        assert_eq!(launched.and_then(Value::as_f64), Some(31.0));
    }

    #[test]
    fn a_wave_goes_by_its_name() {
        for path in ["tasks.waves.update", "tasks.waves[update]", "tasks.waves[1]"] {
            let found = format!("{path}.time_to_running_s.p50");
            assert_eq!(figure_at(&answer(), &found).and_then(Value::as_f64), Some(72.5), "{path}");
        }
        use crate::catalog::{Catalog, Overrides};
        let catalog = Catalog::builtin("eu-west-1", None, Overrides::default()).unwrap();
        let short: Expectation = "tasks.waves.update.p50 < 60".parse().unwrap();
        let Verdict::Unknown { help, .. } = short.judge(&answer(), &catalog) else {
            panic!("there is no such path")
        };
        assert_eq!(help, "did you mean tasks.waves[update].time_to_running_s.p50?");
    }

    #[test]
    fn an_expectation_is_read_with_any_spacing() {
        let one: Expectation = "a.b<=60".parse().unwrap();
        let two: Expectation = " a.b  <=  60 ".parse().unwrap();
        assert_eq!((one.path, one.operator), (two.path, two.operator));
        for wrong in ["a.b", "a.b < x", "< 5", "a < nan"] {
            assert!(wrong.parse::<Expectation>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn verdicts_name_value_limit_and_the_nearest_path() {
        use crate::catalog::{Catalog, Overrides};
        let catalog = Catalog::builtin("eu-west-1", None, Overrides::default()).unwrap();
        let judge = |text: &str| text.parse::<Expectation>().unwrap().judge(&answer(), &catalog);
        assert_eq!(judge("fleet[t4g.small].launched == 30"), Verdict::Met);
        assert_eq!(judge("fleet[c7g.large].launched == 0"), Verdict::Met);
        assert_eq!(judge("cost.best_packing_proven == true"), Verdict::Met);
        let Verdict::Failed(words) = judge("tasks.time_to_running_s.p95 < 60") else {
            panic!("it is above")
        };
        assert!(words.contains("< 60") && words.contains("99.5"), "{words}");
        assert!(matches!(judge("tasks.time_to_running_s.p99 < 60"), Verdict::Failed(_)));
        let Verdict::Failed(words) = judge("intervals[tasks.time_to_running_s.p95].max < 100")
        else {
            panic!("it is above")
        };
        assert!(words.ends_with("it is 108.692"), "{words}");
        let Verdict::Failed(words) = judge("intervals[tasks.time_to_running_s.p95].max <= 108.692")
        else {
            panic!("it is above")
        };
        assert!(words.ends_with("108.692104399"), "{words}");
        let Verdict::Unknown { help, .. } = judge("tasks.time_to_runing_s.p95 < 60") else {
            panic!("there is no such path")
        };
        assert_eq!(help, "did you mean tasks.time_to_running_s.p95?");
        let Verdict::Unknown { help, .. } = judge("tasks < 60") else { panic!("not a number") };
        assert!(help.contains("tasks.time_to_running_s.p95"), "{help}");
    }
}
