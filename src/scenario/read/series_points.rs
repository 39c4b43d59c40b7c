//! Points of a series, as a file has them.

use super::super::document::Span;
use crate::units::parse_timestamp;

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeKind {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// A date and a time of day.
    Text,
}

/// One point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Microseconds since 1970.
    pub(super) at: i64,
    /// How it is written.
    pub(super) kind: TimeKind,
    /// The count.
    pub(super) value: f64,
    /// Where the timestamp stands, bytes.
    pub(super) time_at: (usize, usize),
    /// Where the count stands.
    pub(super) value_at: (usize, usize),
}

/// One series of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    /// What it is called, by labels and ids.
    pub(super) names: Vec<String>,
    /// A statistic that is no count, where one is named.
    pub(super) statistic: Option<(String, Span)>,
    /// Its points, in the order of the file.
    pub(super) points: Vec<Point>,
}

/// The statistics of CloudWatch that are no counts.
const NO_COUNTS: [&str; 5] = ["Average", "Minimum", "Maximum", "IQM", "SampleCount"];

/// Whether a word names a statistic that is no count.
pub(super) fn is_no_count(word: &str) -> bool {
    NO_COUNTS.iter().any(|known| known.eq_ignore_ascii_case(word.trim()))
}

/// The moment that a text names, microseconds since 1970, and how. Milliseconds are told from seconds by
/// their size: 10^11 seconds are the year 5138.
pub(super) fn moment(text: &str) -> Option<(i64, TimeKind)> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        if !number.is_finite() || !(1e8..1e14).contains(&number) {
            return None;
        }
        let (micros, kind) = if number < 1e11 {
            (number * 1e6, TimeKind::Seconds)
        } else {
            (number * 1e3, TimeKind::Milliseconds)
        };
        return Some((micros.round() as i64, kind));
    }
    let mut date = text.replace('/', "-");
    // Without seconds: 2026-01-05 13:30.
    if date.len() == 16 {
        date.push_str(":00");
    }
    parse_timestamp(&date).map(|seconds| (seconds * 1_000_000, TimeKind::Text))
}

/// A text that begins with numbers for day and month as one writes them in some countries: `1/5/2026`.
/// Which is which nobody can tell.
pub(super) fn is_date_without_order(text: &str) -> bool {
    let date = text.trim().split([' ', 'T', ',']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split(['/', '.', '-']).collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 3
        && parts.iter().all(digits)
        && parts[0].len() <= 2
        && parts[1].len() <= 2
        && matches!(parts[2].len(), 2 | 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_each_of_its_forms() {
        // GNU date -u -d 2026-01-05T13:30:00Z +%s
        let at = 1_767_619_800_000_000;
        for (text, kind) in [
            ("1767619800", TimeKind::Seconds),
            ("1767619800.0", TimeKind::Seconds),
            ("1767619800000", TimeKind::Milliseconds),
            ("2026-01-05T13:30:00Z", TimeKind::Text),
            ("2026-01-05T14:30:00+01:00", TimeKind::Text),
            ("2026-01-05T13:30:00.000Z", TimeKind::Text),
            ("2026/01/05 13:30:00", TimeKind::Text),
            ("2026-01-05 13:30", TimeKind::Text),
        ] {
            assert_eq!(moment(text), Some((at, kind)), "{text}");
        }
        for date in ["1/5/2026 13:30", "01/05/26", "05.01.2026 13:30", "1-5-2026"] {
            assert!(is_date_without_order(date) && moment(date).is_none(), "{date}");
        }
        for other in ["2026-01-05", "2026/01/05 13:30", "Full label", "1/2", "12:30:00", ""] {
            assert!(!is_date_without_order(other), "{other}");
        }
        for none in ["", "12", "nan", "Full label", "05.01.2026 13:30"] {
            assert_eq!(moment(none), None, "{none}");
        }
    }
}
