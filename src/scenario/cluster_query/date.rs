//! Dates of `registeredAt`.

/// The seconds from 1970 in UTC of a date in one of the documented forms: `2018-06-18T22:28:28+00:00`,
/// `2018-06-18T22:28:28Z`, `2018-06-18T22:28:28`, `2018-06-18`.
pub(in super::super) fn parse_date(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    if !(1..=12).contains(&month) || day == 0 || day > days_in(year, month) {
        return None;
    }
    let days = days_from_1970(year, month, day);
    let Some(time) = time else { return Some(days * DAY) };
    let (clock, offset) = split_offset(time)?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let seconds = days * DAY + hour * 3_600 + minute * 60 + second - offset;
    (hour < 24 && minute < 60 && second < 60 && (FIRST..=LAST).contains(&seconds))
        .then_some(seconds)
}

const DAY: i64 = 86_400;

/// The years that four digits can name, 0000 to 9999.
const FIRST: i64 = -62_167_219_200;
const LAST: i64 = 253_402_300_799;

/// The clock and the seconds that it is ahead of UTC.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let Some(sign) = time.find(['+', '-']) else { return Some((time, 0)) };
    let [hour, minute] = numbers(time.get(sign + 1..)?, ':', [2, 2])?;
    let ahead = hour * 3_600 + minute * 60;
    let ahead = if time.as_bytes().get(sign) == Some(&b'-') { -ahead } else { ahead };
    (hour < 24 && minute < 60).then_some((time.get(..sign)?, ahead))
}

/// Numbers of fixed lengths between separators.
fn numbers<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (number, length) in found.iter_mut().zip(lengths) {
        let part = parts.next()?;
        let digits = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        *number = part.parse().ok().filter(|_| digits)?;
    }
    parts.next().is_none().then_some(found)
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days of the civil calendar, counted in years that begin in March.
fn days_from_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let since_march = (month + 9) % 12;
    let day_of_year = (153 * since_march + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse_date;

    #[test]
    fn the_documented_forms_name_one_instant() {
        // 17,700 days and 80,908 seconds: `date -u -d 2018-06-18T22:28:28Z +%s`.
        for text in ["2018-06-18T22:28:28+00:00", "2018-06-18T22:28:28Z", "2018-06-18T22:28:28"] {
            assert_eq!(parse_date(text), Some(1_529_360_908), "{text}");
        }
        assert_eq!(parse_date("2018-06-18"), Some(1_529_280_000));
        assert_eq!(parse_date("2018-06-19T00:28:28+02:00"), Some(1_529_360_908));
        assert_eq!(parse_date("1970-01-01"), Some(0));
        assert_eq!(parse_date("2000-02-29"), Some(951_782_400));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "2018", "2018-6-18", "2018-02-30", "2018-13-01", "2018-06-18T25:00:00", "-7d"]
        {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
