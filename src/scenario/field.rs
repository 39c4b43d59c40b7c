//! One value of a scenario and the ways to read it. Each way reports what is wrong and gives `None`.

use crate::io::Code;
use crate::units::{ParseDurationError, SimDuration};

use super::document::{Node, Span, Value};
use super::reader::{Path, Reading, TableCursor};
use super::report::{Finding, list, nearest, shown};
use super::schema::{Expected, Question};

/// Longest name, characters.
const NAME_LENGTH: usize = 255;

/// A value, where its key is, and its path.
pub(super) struct Field<'a> {
    /// The reading it belongs to.
    pub(super) reading: &'a Reading<'a>,
    /// The value.
    pub(super) node: &'a Node,
    /// Where its key is.
    pub(super) key: Span,
    /// Its path.
    pub(super) path: Path,
}

impl<'a> Field<'a> {
    /// A field.
    pub(super) const fn new(
        reading: &'a Reading<'a>,
        node: &'a Node,
        key: Span,
        path: Path,
    ) -> Self {
        Self { reading, node, key, path }
    }

    /// Reports something wrong with the value.
    pub(super) fn wrong(&self, finding: Finding) {
        self.reading.report.add(finding);
    }

    /// A finding at the value; `predicate` follows the path: "must be ...".
    pub(super) fn finding(&self, code: Code, predicate: &str) -> Finding {
        Finding::new(code, self.node.span, format!("`{}` {predicate}", self.path.shown()))
    }

    /// Reports a value of the wrong type.
    pub(super) fn wrong_type(&self, expected: &str, help: Option<&str>) {
        let kind = self.node.value.kind();
        let finding = self.finding(Code::WrongType, &format!("must be {expected}, found {kind}"));
        self.wrong(finding.label(format!("expected {expected}")).help_if(help));
    }

    /// Says what this value is expected to be.
    fn expect(&self, expected: impl FnOnce() -> Expected) {
        self.reading.ask(self.node.span, || Question::Value(expected()));
    }

    /// Says that this value has a shape that others have too, by its name.
    pub(super) fn has_shape(&self, name: &'static str) {
        self.reading.ask(self.node.span, || Question::Shape(name));
    }

    /// A string.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.expect(|| Expected::Text);
        self.string()
    }

    fn string(&self) -> Option<&'a str> {
        if let Value::Text(text) = &self.node.value {
            return Some(text);
        }
        self.wrong_type("a string", Some("put it between quotes"));
        None
    }

    /// A name: 1 to 255 characters, none of them a control character, not all blank.
    pub(super) fn name(&self) -> Option<&'a str> {
        let text = self.text()?;
        let fault = if text.trim().is_empty() {
            "is empty"
        } else if text.chars().nth(NAME_LENGTH).is_some() {
            "is longer than 255 characters"
        } else if text.chars().any(char::is_control) {
            "has control characters"
        } else {
            return Some(text);
        };
        let finding = self.finding(Code::BadName, &format!("is not a name: it {fault}"));
        self.wrong(
            finding.help("a name has 1 to 255 characters, none of them a control character"),
        );
        None
    }

    /// A boolean.
    pub(super) fn boolean(&self) -> Option<bool> {
        self.expect(|| Expected::Boolean);
        if let Value::Boolean(value) = &self.node.value {
            return Some(*value);
        }
        self.wrong_type("true or false", None);
        None
    }

    /// An integer between `min` and `max`.
    pub(super) fn integer(&self, min: i64, max: i64) -> Option<i64> {
        self.expect(|| Expected::Integer(min, max));
        if self.node.value.as_float().is_some_and(|float| !float.is_finite()) {
            self.not_finite();
            return None;
        }
        let Some(value) = self.node.value.as_integer() else {
            self.wrong_type("an integer", self.quoted_number(true).as_deref());
            return None;
        };
        if let Ok(value) = i64::try_from(value)
            && (min..=max).contains(&value)
        {
            return Some(value);
        }
        self.out_of_range(&min.to_string(), &max.to_string(), None);
        None
    }

    /// What to write instead of a number in quotes, with or without its `%`.
    fn quoted_number(&self, whole: bool) -> Option<String> {
        let text = self.node.value.as_text()?.trim();
        let number = text.strip_suffix('%').unwrap_or(text).trim();
        let is_number = match whole {
            true => number.parse::<i64>().is_ok(),
            false => number.parse::<f64>().is_ok_and(f64::is_finite),
        };
        if !is_number {
            return None;
        }
        let (full, parameter) = (&self.path.full, &self.path.parameter);
        let key = parameter.rsplit('.').next().filter(|key| full.ends_with(key));
        let written = key.map_or(number.to_owned(), |key| format!("{key} = {number}"));
        Some(format!("write the number alone: `{}`", shown(&written)))
    }

    /// An integer between `min` and `max`, not negative.
    pub(super) fn whole(&self, min: u32, max: u32) -> Option<u32> {
        self.integer(i64::from(min), i64::from(max)).and_then(|value| u32::try_from(value).ok())
    }

    /// The same, with what to do where it lies outside.
    pub(super) fn whole_or(&self, min: u32, max: u32, help: &str) -> Option<u32> {
        if let Some(value) = self.node.value.as_integer()
            && !(i128::from(min)..=i128::from(max)).contains(&value)
        {
            self.out_of_range(&min.to_string(), &max.to_string(), Some(help));
            return None;
        }
        self.whole(min, max)
    }

    /// A finite number between `min` and `max`.
    pub(super) fn number(&self, min: f64, max: f64) -> Option<f64> {
        self.expect(|| Expected::Number(min, max));
        let value = &self.node.value;
        let integer = value.as_integer().map(|integer| integer as f64);
        let Some(value) = value.as_float().or(integer) else {
            self.wrong_type("a number", self.quoted_number(false).as_deref());
            return None;
        };
        if !value.is_finite() {
            self.not_finite();
            return None;
        }
        if (min..=max).contains(&value) {
            return Some(value);
        }
        self.out_of_range(&min.to_string(), &max.to_string(), None);
        None
    }

    /// A percentage between `min` and `max`, as parts per million.
    pub(super) fn percent(&self, min: f64, max: f64) -> Option<u32> {
        // In range: at most 100 percent is ever asked for.
        self.number(min, max).map(|percent| (percent * 1e4).round() as u32)
    }

    /// Reports a value outside its range.
    pub(super) fn out_of_range(&self, min: &str, max: &str, help: Option<&str>) {
        let finding = self.finding(Code::OutOfRange, &format!("must lie between {min} and {max}"));
        self.wrong(finding.label("out of range").help_if(help));
    }

    fn not_finite(&self) {
        self.wrong(self.finding(Code::NotFinite, "must be a finite number").label("not finite"));
    }

    /// A duration with its unit.
    pub(super) fn duration(&self) -> Option<SimDuration> {
        self.expect(|| Expected::Duration);
        let text = match &self.node.value {
            Value::Text(text) => text,
            Value::Integer(number) => {
                self.without_unit(&number.to_string());
                return None;
            }
            Value::Float(number) if number.is_finite() => {
                self.without_unit(&number.to_string());
                return None;
            }
            Value::Float(_) => {
                self.not_finite();
                return None;
            }
            Value::Boolean(_) | Value::Date(_) | Value::Array(_) | Value::Table(_) => {
                self.wrong_type("a duration", Some("for example \"90s\" or \"1h30m\""));
                return None;
            }
        };
        match text.parse() {
            Ok(duration) => Some(duration),
            Err(error) => {
                self.bad_duration(text, &error);
                None
            }
        }
    }

    fn without_unit(&self, number: &str) {
        self.wrong(
            self.finding(Code::BadDuration, "is a duration and needs a unit")
                .label("no unit")
                .help(format!(
                    "write \"{}s\" for seconds; the units are us, ms, s, m, h, d",
                    shown(number)
                )),
        );
    }

    fn bad_duration(&self, text: &str, error: &ParseDurationError) {
        let (code, predicate, help) = match error {
            ParseDurationError::NoUnit(number) => {
                self.without_unit(number);
                return;
            }
            ParseDurationError::UnknownUnit(unit) => (
                Code::BadDuration,
                format!("has the unknown unit \"{}\"", shown(unit)),
                "the units are us, ms, s, m, h, d: for example \"5m\" for five minutes",
            ),
            ParseDurationError::NoNumber if text.trim_start().starts_with('-') => (
                Code::BadDuration,
                "cannot be negative".to_owned(),
                "a duration is a number and a unit, for example \"90s\"",
            ),
            ParseDurationError::NoNumber => (
                Code::BadDuration,
                "is not a duration".to_owned(),
                "a duration is a number and a unit, for example \"90s\" or \"1h30m\"",
            ),
            ParseDurationError::TooLong => (
                Code::DurationTooLong,
                "is longer than the limit of 3650d".to_owned(),
                "ten years are the longest time that can be named",
            ),
        };
        self.wrong(self.finding(code, &predicate).help(help));
    }

    /// A duration above zero.
    pub(super) fn positive_duration(&self) -> Option<SimDuration> {
        let duration = self.duration()?;
        if duration > SimDuration::ZERO {
            return Some(duration);
        }
        self.wrong(self.finding(Code::DurationNotPositive, "must be longer than zero"));
        None
    }

    /// A duration between so many seconds.
    pub(super) fn duration_between(&self, (least, most): (u64, u64)) -> Option<SimDuration> {
        let duration = self.duration()?;
        let (least, most) = (SimDuration::from_secs(least), SimDuration::from_secs(most));
        if (least..=most).contains(&duration) {
            return Some(duration);
        }
        self.out_of_range(&least.to_string(), &most.to_string(), None);
        None
    }

    /// One of several words, in any case.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        self.expect(|| Expected::Words(words.iter().map(|(word, _)| (*word).to_owned()).collect()));
        let text = self.string()?;
        if let Some((_, value)) = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
            return Some(*value);
        }
        let known = || words.iter().map(|(word, _)| *word);
        let label = nearest(text, known())
            .map_or("not one of them".to_owned(), |near| format!("did you mean \"{near}\"?"));
        let predicate = format!("cannot be \"{}\"", shown(text));
        let finding = self.finding(Code::UnknownWord, &predicate).label(label);
        self.wrong(finding.help(format!("it can be {}", list(known()))));
        None
    }

    /// A list of at most `limit` items, each read by `read`; those that cannot be read are left out.
    pub(super) fn list_of<T>(
        &self,
        limit: usize,
        read: impl Fn(&Field<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.expect(|| Expected::List(limit));
        let Value::Array(items) = &self.node.value else {
            self.wrong_type("a list", Some("write it as [a, b]"));
            return None;
        };
        if items.len() > limit {
            let predicate = format!("has {} entries; the limit is {limit}", items.len());
            self.wrong(self.finding(Code::TooManyEntries, &predicate));
            return None;
        }
        let read_item = |(index, item): (usize, &'a Node)| {
            let full = format!("{}.{index}", self.path.full);
            read(&Field::new(self.reading, item, self.key, Path { full, ..self.path.clone() }))
        };
        Some(items.iter().enumerate().filter_map(read_item).collect())
    }

    /// A table.
    pub(super) fn table(&self) -> Option<TableCursor<'a>> {
        self.expect(|| Expected::Table);
        if let Value::Table(table) = &self.node.value {
            return Some(TableCursor::new(self.reading, table, self.node.span, self.path.clone()));
        }
        self.wrong_type("a table", Some("write it as { key = value }"));
        None
    }
}
