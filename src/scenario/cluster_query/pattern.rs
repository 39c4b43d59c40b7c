//! Regular expressions: Java's by the guide, as far as they can be matched without going back.

use regex::{Regex, RegexBuilder};

use super::super::report::shown;
use super::QueryError;

/// Largest compiled expression, bytes.
const SIZE: usize = 1 << 18;

/// A regular expression that the whole of a text must match.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Pattern {
    /// The pattern `text`, which stands at `at`.
    pub(super) fn parse(text: &str, at: usize) -> Result<Self, QueryError> {
        if let Some((found, length, what)) = of_java(text) {
            let message = format!("has a regular expression with {what}, which is not simulated");
            let help =
                "Java knows it, this program's regular expressions do not: they never go back";
            return Err(QueryError::new(at + found..at + found + length, message).help(help));
        }
        // On its own first: what is put around it could close a bracket of it.
        let whole = format!(r"\A(?:{text})\z");
        let regex = built(text).and_then(|_| built(&whole));
        let regex = regex.map_err(|error| {
            let reason = reason(&error);
            QueryError::new(
                at..at + text.len(),
                format!("has `{}`, which is no regular expression: {reason}", shown(text)),
            )
        })?;
        Ok(Self { text: text.to_owned(), regex })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `text` matches. Assumed, as Java's `matches` does: the documented examples
    /// (`t2.*`) read alike either way.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

fn built(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(SIZE).build()
}

/// The last line of what the parser says.
fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        regex::Error::Syntax(text) => {
            let last = text.lines().last().unwrap_or_default();
            shown(last.trim().trim_start_matches("error: "))
        }
        _ => "it cannot be used".to_owned(),
    }
}

/// The first thing in a pattern that Java knows and this program does not: where, how long, what.
fn of_java(text: &str) -> Option<(usize, usize, &'static str)> {
    let mut class = 0_usize;
    let mut quantified = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        let mut length = c.len_utf8();
        let mut is_quantifier = false;
        match c {
            '\\' => {
                let next = rest.get(1..).and_then(|rest| rest.chars().next());
                length += next.map_or(0, char::len_utf8);
                if let Some(what) = escape(next, class > 0) {
                    return Some((at, length, what));
                }
            }
            '[' => class += 1,
            ']' => class = class.saturating_sub(1),
            '(' if class == 0 => {
                if let Some((opening, what)) =
                    GROUPS.iter().find(|(opening, _)| rest.starts_with(opening))
                {
                    return Some((at, opening.len(), what));
                }
            }
            '+' if class == 0 && quantified => return Some((at, 1, "a possessive quantifier")),
            '*' | '+' | '?' | '}' if class == 0 => is_quantifier = true,
            _ => {}
        }
        quantified = is_quantifier;
        rest = rest.get(length..).unwrap_or_default();
    }
    None
}

const GROUPS: [(&str, &str); 5] = [
    ("(?<=", "a look behind"),
    ("(?<!", "a look behind"),
    ("(?=", "a look ahead"),
    ("(?!", "a look ahead"),
    ("(?>", "an atomic group"),
];

fn escape(next: Option<char>, in_class: bool) -> Option<&'static str> {
    match next? {
        '1'..='9' | 'k' if !in_class => Some("a reference to a group"),
        'Q' | 'E' => Some("a quotation (`\\Q`)"),
        'G' | 'Z' | 'R' | 'X' | 'h' | 'H' | 'c' | 'e' | 'N' => Some("an escape of Java alone"),
        _ => None,
    }
}
