//! Moments of the calendar, as AWS writes them: RFC 3339, in whole seconds since 1970 (UTC).

const DAY: i64 = 86_400;

/// The moment that a text such as `2026-10-31T12:00:00Z` names, in seconds since 1970. A fraction of a
/// second is dropped, an offset from UTC is allowed, `T` may be a blank; without a time it is midnight.
#[must_use]
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let days = parse_date(date)?;
    if rest.is_empty() {
        return Some(days * DAY);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = (rest.get(..8)?, rest.get(8..)?);
    let [hours, minutes, seconds] = numbers(clock, ':', &[2, 2, 2])?.try_into().ok()?;
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if rest.len() == fraction.len() {
                return None;
            }
            rest
        }
        None => rest,
    };
    Some(days * DAY + hours * 3_600 + minutes * 60 + seconds - parse_offset(offset)?)
}

/// Seconds east of UTC.
fn parse_offset(text: &str) -> Option<i64> {
    if text.is_empty() || text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, clock) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let [hours, minutes] = numbers(clock, ':', &[2, 2])?.try_into().ok()?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Days since 1970 of a date such as `2026-10-31`.
fn parse_date(text: &str) -> Option<i64> {
    let [year, month, day] = numbers(text, '-', &[4, 2, 2])?.try_into().ok()?;
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    Some(days_before(year, month) + day - 1)
}

/// The numbers between separators, with so many digits each.
fn numbers(text: &str, separator: char, digits: &[usize]) -> Option<Vec<i64>> {
    let parts: Vec<&str> = text.split(separator).collect();
    if parts.len() != digits.len() {
        return None;
    }
    parts
        .iter()
        .zip(digits)
        .map(|(part, digits)| {
            let good = part.len() == *digits && part.bytes().all(|byte| byte.is_ascii_digit());
            good.then(|| part.parse().ok()).flatten()
        })
        .collect()
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970 to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    let earlier = year - 1;
    let leaps = earlier.div_euclid(4) - earlier.div_euclid(100) + earlier.div_euclid(400);
    // 719,162 days lie between the first of January of the years 1 and 1970.
    let years = earlier * 365 + leaps - 719_162;
    years + (1..month).map(|month| days_in(year, month)).sum::<i64>()
}

/// A moment as `2026-10-31T12:00:00Z`.
#[must_use]
pub fn timestamp(seconds: i64) -> String {
    let (mut days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let mut year = 1970 + days.div_euclid(366);
    while days_before(year + 1, 1) <= days {
        year += 1;
    }
    days -= days_before(year, 1);
    let mut month = 1;
    while days >= days_in(year, month) {
        days -= days_in(year, month);
        month += 1;
    }
    let (hours, minutes, seconds) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{:02}T{hours:02}:{minutes:02}:{seconds:02}Z", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        // GNU date -u -d ... +%s
        let known = [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2026-10-31T12:00:00Z", 1_793_448_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ];
        for (text, seconds) in known {
            assert_eq!(parse_timestamp(text), Some(seconds), "{text}");
            assert_eq!(timestamp(seconds), text);
        }
    }

    #[test]
    fn the_forms_that_aws_and_toml_write() {
        let noon = Some(1_793_448_000);
        for text in [
            "2026-10-31T12:00:00.000Z",
            "2026-10-31T12:00:00+00:00",
            "2026-10-31T13:30:00+01:30",
            "2026-10-31 12:00:00Z",
            "2026-10-31T12:00:00",
        ] {
            assert_eq!(parse_timestamp(text), noon, "{text}");
        }
        assert_eq!(parse_timestamp("2026-10-31"), noon.map(|noon| noon - 12 * 3_600));
    }

    #[test]
    fn what_is_no_moment() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-02-29T00:00:00Z",
            "2026-10-31T25:00:00Z",
            "2026-10-31T12:00:00.Z",
            "2026-10-31T12:00:00X",
            "2026-10-31T12:00Z",
            "äöüäöüäöü",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }
}
