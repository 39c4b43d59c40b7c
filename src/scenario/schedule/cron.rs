//! `cron(minutes hours day-of-month month day-of-week year)`.

use jiff::civil::{Date, DateTime};

use super::cron_field::{DAY_OF_MONTH, DAY_OF_WEEK, HOURS, MINUTES, MONTH, YEAR};
use super::error::ScheduleError;
use super::part::Part;

/// The times that six fields name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: Vec<u16>,
    hours: Vec<u16>,
    days: Days,
    months: Vec<u16>,
    years: Vec<u16>,
}

/// Which days of a month. Days of the week count from Sunday, 1.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    /// Days of the month.
    OfMonth(Vec<u16>),
    /// `L`: the last day of the month.
    Last,
    /// `LW`: the last Monday to Friday of the month.
    LastWeekday,
    /// `15W`: the Monday to Friday nearest to a day, in the same month.
    Nearest(u16),
    /// Days of the week.
    OfWeek(Vec<u16>),
    /// `6L`: the last Friday of the month.
    LastOfWeek(u16),
    /// `6#2`: the second Friday of the month.
    Nth(u16, u16),
}

impl Cron {
    /// What stands between the parentheses.
    pub(super) fn parse(inner: Part<'_>) -> Result<Self, ScheduleError> {
        const HELP: &str = "write minutes, hours, day-of-month, month, day-of-week and year, as \
                            `cron(0 2 * * ? *)`";
        let fields: Vec<Part<'_>> = inner.words().collect();
        let [minutes, hours, day, month, weekday, year] = fields.as_slice() else {
            let message = format!("has {} fields; cron has six", fields.len());
            return Err(ScheduleError::new(inner.span(), message).help(HELP));
        };
        Ok(Self {
            minutes: MINUTES.numbers(*minutes)?,
            hours: HOURS.numbers(*hours)?,
            days: Days::parse(*day, *weekday)?,
            months: MONTH.numbers(*month)?,
            years: YEAR.numbers(*year)?,
        })
    }

    /// The times of a day, in order.
    pub(super) fn times(&self, day: Date) -> impl Iterator<Item = DateTime> + '_ {
        let month = u16::try_from(day.month()).unwrap_or(0);
        let year = u16::try_from(day.year()).unwrap_or(0);
        let runs = self.years.contains(&year) && self.months.contains(&month) && self.days.has(day);
        let hours = if runs { self.hours.as_slice() } else { &[] };
        let small = |number: u16| i8::try_from(number).unwrap_or(0);
        hours.iter().flat_map(move |hour| {
            self.minutes.iter().map(move |minute| day.at(small(*hour), small(*minute), 0, 0))
        })
    }
}

impl Days {
    /// Documented: one of the two fields is `?`.
    fn parse(day: Part<'_>, weekday: Part<'_>) -> Result<Self, ScheduleError> {
        const HELP: &str = "one of the two, and only one, must be `?`: `cron(0 2 * * ? *)` is each \
                            day, `cron(0 2 ? * MON-FRI *)` from Monday to Friday";
        match (day.text == "?", weekday.text == "?") {
            (false, true) => Self::of_month(day),
            (true, false) => Self::of_week(weekday),
            (both, _) => {
                let message = if both {
                    "leaves both day-of-month and day-of-week open"
                } else {
                    "states both day-of-month and day-of-week"
                };
                let span = day.span().start..weekday.span().end;
                Err(ScheduleError::new(span, message).help(HELP))
            }
        }
    }

    fn of_month(field: Part<'_>) -> Result<Self, ScheduleError> {
        match field.text {
            "L" => return Ok(Self::Last),
            "LW" => return Ok(Self::LastWeekday),
            _ => {}
        }
        match field.before_last('W') {
            Some(near) => DAY_OF_MONTH.number(near).map(Self::Nearest),
            None => DAY_OF_MONTH.numbers(field).map(Self::OfMonth),
        }
    }

    fn of_week(field: Part<'_>) -> Result<Self, ScheduleError> {
        const SATURDAY: u16 = 7;
        // Documented: the last day of the week.
        if field.text == "L" {
            return Ok(Self::OfWeek(vec![SATURDAY]));
        }
        if let Some(of) = field.before_last('L') {
            return DAY_OF_WEEK.number(of).map(Self::LastOfWeek);
        }
        let Some((of, nth)) = field.split_once('#') else {
            return DAY_OF_WEEK.numbers(field).map(Self::OfWeek);
        };
        let of = DAY_OF_WEEK.number(of)?;
        let number = nth.text.parse().ok().filter(|nth| (1..=5).contains(nth));
        let number = number.filter(|_| nth.text.len() == 1).ok_or_else(|| {
            let message = "has a wrong value behind `#` in the field day-of-week";
            let help = "`6#2` is the second Friday of the month; a month has 1 to 5 of them, and `#` \
                        stands for one alone";
            ScheduleError::new(nth.span(), message).help(help)
        })?;
        Ok(Self::Nth(of, number))
    }

    fn has(&self, date: Date) -> bool {
        let day = number(date.day());
        let weekday = number(date.weekday().to_sunday_one_offset());
        let length = number(date.days_in_month());
        match self {
            Self::OfMonth(days) => days.contains(&day),
            Self::Last => day == length,
            Self::LastWeekday => day == weekday_near(date, length),
            // Assumed: a month without that day has none near to it.
            Self::Nearest(near) => *near <= length && day == weekday_near(date, *near),
            Self::OfWeek(days) => days.contains(&weekday),
            Self::LastOfWeek(of) => weekday == *of && day + 7 > length,
            Self::Nth(of, nth) => weekday == *of && (day - 1) / 7 + 1 == *nth,
        }
    }
}

/// The Monday to Friday nearest to day `near` of the month of `date`, within that month.
fn weekday_near(date: Date, near: u16) -> u16 {
    const SUNDAY: u16 = 1;
    const SATURDAY: u16 = 7;
    let length = number(date.days_in_month());
    // 35 days are whole weeks: the difference does not fall below zero.
    let weekday = number(date.weekday().to_sunday_one_offset()) - 1;
    match (weekday + 35 + near - number(date.day())) % 7 + 1 {
        SATURDAY if near == 1 => 3,
        SATURDAY => near - 1,
        SUNDAY if near == length => near - 2,
        SUNDAY => near + 1,
        _ => near,
    }
}

fn number(of: i8) -> u16 {
    u16::try_from(of).unwrap_or(0)
}
