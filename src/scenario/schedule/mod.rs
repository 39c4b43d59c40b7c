//! Schedules in the words of EventBridge Scheduler: an expression and a time zone make instants.
//!
//! Documented (EventBridge Scheduler user guide, "Schedule types"): `cron(...)` with six fields,
//! `rate(...)` and `at(...)`, in a time zone, to the minute: an invocation comes within the minute that
//! is named. Here it comes at its beginning. Nothing in here knows of tasks.

mod cron;
mod cron_field;
mod error;
mod part;
#[cfg(test)]
mod tests;
mod zone;

use jiff::civil::DateTime;

use cron::Cron;
pub use error::ScheduleError;
use part::Part;
pub use zone::Zone;

/// Seconds of the longest rate: as long as the longest duration of a scenario.
const LONGEST_RATE: i64 = 3_650 * 86_400;

/// Units of a rate: for one, for more, seconds.
const UNITS: [(&str, &str, i64); 3] =
    [("minute", "minutes", 60), ("hour", "hours", 3_600), ("day", "days", 86_400)];

/// When something is to happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// What was written.
    pub expression: Expression,
    /// Whose clock it is read by.
    pub zone: Zone,
}

/// A schedule's expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    At(DateTime),
    /// Seconds.
    Rate(i64),
    Cron(Box<Cron>),
}

impl Expression {
    /// An expression as EventBridge Scheduler reads it.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        const KINDS: &str =
            "write `cron(0 2 * * ? *)`, `rate(5 minutes)` or `at(2026-03-01T02:00:00)`";
        let whole = Part::whole(text);
        let (kind, inner) = whole.call().ok_or_else(|| {
            ScheduleError::new(whole.span(), "is not a schedule expression").help(KINDS)
        })?;
        let kind = match kind.text {
            "cron" => Kind::Cron(Box::new(Cron::parse(inner)?)),
            "rate" => Kind::Rate(rate(inner)?),
            "at" => Kind::At(at(inner)?),
            _ => {
                let message = "has an unknown kind of schedule";
                return Err(ScheduleError::new(kind.span(), message).help(KINDS));
            }
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it names one time alone: `at(...)`.
    #[must_use]
    pub const fn is_once(&self) -> bool {
        matches!(self.kind, Kind::At(_))
    }
}

impl Schedule {
    /// The instants from `from` to `until`, both included, in seconds from 1970 in UTC and in order.
    ///
    /// Documented (user guide, "Daylight saving time"): a time that the clock skips is skipped, one that
    /// it shows twice is taken once; a rate goes by elapsed time, and begins at once. Assumed: once is the
    /// first time, and `at(...)` is as `cron(...)` in this.
    pub fn instants(&self, from: i64, until: i64) -> Box<dyn Iterator<Item = i64> + '_> {
        let inside = move |at: &i64| (from..=until).contains(at);
        match &self.expression.kind {
            Kind::At(local) => Box::new(self.zone.instant(*local).into_iter().filter(inside)),
            Kind::Rate(seconds) => {
                let step = usize::try_from(*seconds).unwrap_or(usize::MAX);
                Box::new((from..=until).step_by(step))
            }
            Kind::Cron(cron) => {
                let days = self.zone.days(from, until);
                let local = days.flat_map(|day| cron.times(day));
                Box::new(local.filter_map(|local| self.zone.instant(local)).filter(inside))
            }
        }
    }
}

/// `5 minutes`: seconds.
fn rate(inner: Part<'_>) -> Result<i64, ScheduleError> {
    const HELP: &str = "write a number from 1 and its unit: `rate(1 hour)`, `rate(5 minutes)`";
    let words: Vec<Part<'_>> = inner.words().collect();
    let [number, unit] = words.as_slice() else {
        let message = "has a rate that is not a number and a unit";
        return Err(ScheduleError::new(inner.span(), message).help(HELP));
    };
    let digits = number.text.bytes().all(|b| b.is_ascii_digit());
    let Some(value) = number.text.parse::<i64>().ok().filter(|value| digits && *value > 0) else {
        let message = "has a rate whose number is not a whole one from 1";
        return Err(ScheduleError::new(number.span(), message).help(HELP));
    };
    let found = UNITS.into_iter().find(|(one, more, _)| [*one, *more].contains(&unit.text));
    let Some((one, more, seconds)) = found else {
        let message = "has a rate with an unknown unit";
        let help = "the units are minute, minutes, hour, hours, day, days";
        return Err(ScheduleError::new(unit.span(), message).help(help));
    };
    let fits = if value == 1 { one } else { more };
    if unit.text != fits {
        let message = "has a rate whose unit does not go with its number";
        let help = "singular for 1, plural for more";
        let error = ScheduleError::new(unit.span(), message).help(help);
        return Err(error.label(format!("write `{fits}`")));
    }
    value.checked_mul(seconds).filter(|length| *length <= LONGEST_RATE).ok_or_else(|| {
        let message = "has a rate longer than the limit of 3650 days";
        ScheduleError::new(number.span(), message)
    })
}

/// `2026-03-01T02:00:00`.
fn at(inner: Part<'_>) -> Result<DateTime, ScheduleError> {
    const SHAPE: &str = "0000-00-00T00:00:00";
    let like = |(shape, found): (u8, u8)| match shape {
        b'0' => found.is_ascii_digit(),
        other => found == other,
    };
    let alike = inner.text.len() == SHAPE.len() && SHAPE.bytes().zip(inner.text.bytes()).all(like);
    inner.text.parse().ok().filter(|_| alike).ok_or_else(|| {
        let error = ScheduleError::new(inner.span(), "has a time that is none");
        error.help("write a date and a time of day: `at(2026-03-01T02:00:00)`")
    })
}
