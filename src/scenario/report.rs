//! Everything found wrong while reading, collected so that all of it is shown at once.

use std::cell::{Cell, RefCell};

use crate::io::{Code, Diagnostic, Place, Severity, Source};

use super::document::Span;

/// Diagnostics shown of one reading.
const SHOWN: usize = 20;

/// Findings kept; the rest is counted.
const KEPT: usize = 1_000;

/// Something wrong, before its place is worked out.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    code: Code,
    message: String,
    span: Option<Span>,
    label: String,
    related: Vec<(Span, &'static str)>,
    help: Option<String>,
}

impl Finding {
    /// Something wrong at a place.
    pub(super) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { span: Some(span), ..Self::file(code, message) }
    }

    /// Something wrong with the whole.
    pub(super) fn file(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message, span: None, label: String::new(), related: Vec::new(), help: None }
    }

    /// Said under the mark.
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// What to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to do, if anything is known.
    pub(super) fn help_if(self, help: Option<impl Into<String>>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Another place that matters.
    pub(super) fn related(mut self, span: Span, label: &'static str) -> Self {
        self.related.push((span, label));
        self
    }

    /// The first byte of its place.
    pub(super) fn start(&self) -> usize {
        self.span.map_or(0, |span| span.start)
    }

    fn diagnostic(self, sources: &[&Source]) -> Diagnostic {
        let place = |span: Span, label: &str| {
            sources.get(span.source).map(|source| Place::new(source, span.range(), label))
        };
        Diagnostic {
            code: self.code,
            severity: self.code.severity(),
            message: self.message,
            place: self.span.and_then(|span| place(span, &self.label)),
            related: self.related.iter().filter_map(|(span, label)| place(*span, label)).collect(),
            help: self.help,
        }
    }
}

/// Collects findings.
#[derive(Debug)]
pub(super) struct Report<'a> {
    sources: Vec<&'a Source>,
    findings: RefCell<Vec<Finding>>,
    errors: Cell<usize>,
}

impl<'a> Report<'a> {
    /// An empty report on these sources: the file first, then each `--set`.
    pub(super) fn new(sources: Vec<&'a Source>) -> Self {
        Self { sources, findings: RefCell::new(Vec::new()), errors: Cell::new(0) }
    }

    /// What stands at a place.
    pub(super) fn text_at(&self, span: Span) -> &'a str {
        let source = self.sources.get(span.source).map_or("", |source| source.text.as_str());
        source.get(span.range()).unwrap_or_default()
    }

    /// Adds a finding.
    pub(super) fn add(&self, finding: Finding) {
        if finding.code.severity() == Severity::Error {
            self.errors.set(self.errors.get() + 1);
        }
        let mut findings = self.findings.borrow_mut();
        if findings.len() < KEPT {
            findings.push(finding);
        }
    }

    /// What was found at places: codes alone.
    pub(super) fn found(&self) -> Vec<(Code, Span)> {
        let findings = self.findings.borrow();
        findings.iter().filter_map(|finding| Some((finding.code, finding.span?))).collect()
    }

    /// Whether so much was found that nothing more needs to be looked for.
    pub(super) fn is_full(&self) -> bool {
        self.findings.borrow().len() >= KEPT
    }

    /// Whether an error was found.
    pub(super) fn has_errors(&self) -> bool {
        self.errors.get() > 0
    }

    /// At most [`SHOWN`] diagnostics in the order of their places; if there are more, errors come
    /// before warnings and a last line says how many are left out.
    pub(super) fn diagnostics(self) -> Vec<Diagnostic> {
        let mut findings = self.findings.into_inner();
        let full = findings.len() >= KEPT;
        let total = findings.len().max(self.errors.get());
        findings.sort_by_key(|finding| (finding.code.severity(), finding.span));
        findings.truncate(SHOWN);
        findings.sort_by_key(|finding| finding.span);
        let mut diagnostics: Vec<_> =
            findings.into_iter().map(|finding| finding.diagnostic(&self.sources)).collect();
        if total > SHOWN {
            let left = total - SHOWN;
            let at_least = if full { "at least " } else { "" };
            let message = format!("{at_least}{left} more, not shown");
            let help = "mend the ones above first: others may vanish with them";
            diagnostics.push(Diagnostic::new(Code::MoreErrors, message).help(help));
        }
        diagnostics
    }
}

/// A user's text as part of a message: on one line and not too long.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let plain = |character: char| if character.is_control() { '\u{FFFD}' } else { character };
    let mut short: String = text.chars().take(LONGEST).map(plain).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push_str("...");
    }
    short
}

/// The candidate nearest to `text`, if one is near enough to be what was meant, else the only one that
/// begins with it. Case and separators do not count: `desiredCount` is `desired_count`.
pub(super) fn nearest<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    const LONGEST: usize = 100;
    if text.len() > LONGEST {
        return None;
    }
    let wanted = letters(text);
    let candidates: Vec<&str> =
        candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST).collect();
    let like = candidates
        .iter()
        .map(|candidate| {
            (strsim::normalized_damerau_levenshtein(&wanted, &letters(candidate)), *candidate)
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate);
    like.or_else(|| beginning_with(&wanted, &candidates))
}

/// The only candidate that begins with `wanted`.
fn beginning_with<'a>(wanted: &str, candidates: &[&'a str]) -> Option<&'a str> {
    const SHORTEST: usize = 3;
    let begins = |candidate: &&&str| letters(candidate).starts_with(wanted);
    let mut found = candidates.iter().filter(begins);
    let first = found.next().filter(|_| wanted.len() >= SHORTEST)?;
    found.all(|other| other == first).then_some(*first)
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// `a, b, c`, cut after ten.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const LONGEST: usize = 10;
    let names: Vec<_> = names.into_iter().map(|name| format!("`{}`", shown(name))).collect();
    let more = names.len().saturating_sub(LONGEST);
    let mut text = names[..names.len() - more].join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
