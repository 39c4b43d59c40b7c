//! One field of a cron expression: lists, ranges and steps of numbers or names.

use super::error::ScheduleError;
use super::part::Part;

/// What a field may hold.
pub(super) struct FieldKind {
    /// Its name in messages.
    pub(super) name: &'static str,
    /// Its least number.
    pub(super) min: u16,
    /// Its greatest.
    pub(super) max: u16,
    /// Names for its numbers, from the least on.
    pub(super) names: &'static [&'static str],
}

pub(super) const MINUTES: FieldKind = FieldKind { name: "minutes", min: 0, max: 59, names: &[] };
pub(super) const HOURS: FieldKind = FieldKind { name: "hours", min: 0, max: 23, names: &[] };
pub(super) const DAY_OF_MONTH: FieldKind =
    FieldKind { name: "day-of-month", min: 1, max: 31, names: &[] };
pub(super) const MONTH: FieldKind = FieldKind {
    name: "month",
    min: 1,
    max: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
pub(super) const DAY_OF_WEEK: FieldKind = FieldKind {
    name: "day-of-week",
    min: 1,
    max: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};
pub(super) const YEAR: FieldKind = FieldKind { name: "year", min: 1970, max: 2199, names: &[] };

impl FieldKind {
    /// The numbers that a field names, in order: `*`, `5`, `1-5`, `MON,WED`, `0/15`.
    pub(super) fn numbers(&self, field: Part<'_>) -> Result<Vec<u16>, ScheduleError> {
        let mut all = Vec::new();
        for item in field.items() {
            all.extend(self.item(item)?);
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn item(&self, item: Part<'_>) -> Result<Vec<u16>, ScheduleError> {
        let Some((base, step)) = item.split_once('/') else {
            let (first, last) = self.range(item)?;
            return Ok((first..=last).collect());
        };
        let (first, last) = self.range(base)?;
        // Documented: `1/10` is each tenth from the first on.
        let open = base.text == "*" || !base.text.contains('-');
        let last = if open { self.max } else { last };
        let step = whole(step).filter(|step| (1..=self.max).contains(step)).ok_or_else(|| {
            let message = format!("has a wrong step in the field {}", self.name);
            let help = format!("a step is a number from 1 to {}", self.max);
            ScheduleError::new(step.span(), message).help(help)
        })?;
        Ok((first..=last).step_by(usize::from(step)).collect())
    }

    fn range(&self, part: Part<'_>) -> Result<(u16, u16), ScheduleError> {
        if part.text == "*" {
            return Ok((self.min, self.max));
        }
        let Some((first, last)) = part.split_once('-') else {
            let number = self.number(part)?;
            return Ok((number, number));
        };
        let (first, last) = (self.number(first)?, self.number(last)?);
        if first <= last {
            return Ok((first, last));
        }
        let message = format!("has a range that ends before it begins, in the field {}", self.name);
        let help = "write both parts: `22-23,0-2` for 22 to 2";
        Err(ScheduleError::new(part.span(), message).help(help))
    }

    /// One number or name.
    pub(super) fn number(&self, part: Part<'_>) -> Result<u16, ScheduleError> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(part.text));
        let named = named.and_then(|index| u16::try_from(index).ok()).map(|at| self.min + at);
        let number = named.or_else(|| whole(part));
        number.filter(|number| (self.min..=self.max).contains(number)).ok_or_else(|| {
            let message = format!("has a wrong value in the field {}", self.name);
            let names = match (self.names.first(), self.names.last()) {
                (Some(first), Some(last)) => format!(" or {first} to {last}"),
                _ => String::new(),
            };
            let help = format!("it holds {} to {}{names}", self.min, self.max);
            ScheduleError::new(part.span(), message).help(help)
        })
    }
}

/// A number of digits alone.
fn whole(part: Part<'_>) -> Option<u16> {
    let digits = part.text.bytes().all(|b| b.is_ascii_digit());
    part.text.parse().ok().filter(|_| digits)
}
