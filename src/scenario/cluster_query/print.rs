//! How an expression is written again: signs, quotes where they are needed, as few parentheses as keep
//! its meaning.

use std::fmt;

use super::expression::{Argument, Comparison, Expression, Term};
use super::scan::{ends_word, is_quote, pattern_length};

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.term().fmt(f)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comparison(comparison) => comparison.fmt(f),
            Self::Not(term) => write!(f, "not ({term})"),
            Self::And(terms) => {
                joined(f, terms, " and ", |term| matches!(term, Self::And(_) | Self::Or(_)))
            }
            Self::Or(terms) => joined(f, terms, " or ", |term| matches!(term, Self::Or(_))),
        }
    }
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    terms: &[Term],
    join: &str,
    in_parentheses: fn(&Term) -> bool,
) -> fmt::Result {
    for (index, term) in terms.iter().enumerate() {
        let join = if index == 0 { "" } else { join };
        if in_parentheses(term) {
            write!(f, "{join}({term})")?;
        } else {
            write!(f, "{join}{term}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject.name(), self.operator.sign())?;
        let arguments: Vec<String> = self.arguments.iter().map(Argument::to_string).collect();
        if self.operator.takes_list() {
            return write!(f, " [{}]", arguments.join(", "));
        }
        arguments.iter().try_for_each(|argument| write!(f, " {argument}"))
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(f, text, !text.contains(ends_word)),
            Self::Count(count) => count.fmt(f),
            Self::Date(seconds) => date(f, *seconds),
            Self::Pattern(pattern) => {
                let text = pattern.text();
                let closed = format!("{text})");
                let bare = !text.starts_with(is_quote) && pattern_length(&closed) == text.len();
                quoted(f, text, bare)
            }
        }
    }
}

/// A text, between the quotes that it does not have itself unless it may stand `bare`.
fn quoted(f: &mut fmt::Formatter<'_>, text: &str, bare: bool) -> fmt::Result {
    if bare && !text.is_empty() {
        return f.write_str(text);
    }
    let quote = if text.contains('\'') { '"' } else { '\'' };
    write!(f, "{quote}{text}{quote}")
}

/// A date in UTC, from the days of the civil calendar, counted in years that begin in March.
fn date(f: &mut fmt::Formatter<'_>, seconds: i64) -> fmt::Result {
    let (days, clock) = (seconds.div_euclid(86_400) + 719_468, seconds.rem_euclid(86_400));
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let since_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * since_march + 2) / 5 + 1;
    let month = if since_march < 10 { since_march + 3 } else { since_march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (clock / 3_600, clock % 3_600 / 60, clock % 60);
    write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
