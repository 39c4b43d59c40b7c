//! What is wrong with a catalogue: every problem of a file at once, with its place.

use std::fmt;

use thiserror::Error;

/// Problems kept of one load; the rest is counted in a last one.
const MAX_PROBLEMS: usize = 100;

/// Problems that the text of [`CatalogError::Invalid`] shows.
const SHOWN_PROBLEMS: usize = 20;

/// Whether a problem stops the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is loaded.
    Error,
    /// Loaded, but the reader should know.
    Warning,
}

/// One problem of a catalogue file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogProblem {
    /// Whether it stops the load.
    pub severity: Severity,
    /// The file's name as given.
    pub file: String,
    /// Line, from 1; `None` where it concerns the whole file or a JSON record.
    pub line: Option<u64>,
    /// Name of the column, or path of the JSON field.
    pub column: Option<String>,
    /// What is wrong: the value and what was expected.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl CatalogProblem {
    /// An error of a whole file.
    pub(super) fn error(file: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            line: None,
            column: None,
            message: message.into(),
            help: None,
        }
    }

    /// A warning about a whole file.
    pub(super) fn warning(file: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, message) }
    }

    /// The same on line `line`.
    pub(super) fn at(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }

    /// The same in column `column`.
    pub(super) fn column(self, column: &str) -> Self {
        Self { column: Some(column.to_owned()), ..self }
    }

    /// The same with advice.
    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same with advice, if there is any.
    pub(super) fn maybe_help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }
}

impl fmt::Display for CatalogProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{word}: {}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ": {column}")?;
        }
        write!(f, ": {}", self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\n  help: {help}"))
    }
}

/// Why there is no catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CatalogError {
    /// No such region.
    #[error("unknown region {region:?}{}", did_you_mean(nearest.as_deref()))]
    UnknownRegion {
        /// As asked.
        region: String,
        /// The most similar known region, if one is similar.
        nearest: Option<String>,
    },
    /// A known region of which no price is known.
    #[error(
        "no prices of region {region} are known: name a region whose offerings and prices stand in \
         (price_stand_in, for example {example:?}), or give its prices in a price file"
    )]
    RegionWithoutPrices {
        /// As asked.
        region: String,
        /// A region near it that has prices.
        example: String,
    },
    /// A file is not what it should be.
    #[error("{}", joined(.0))]
    Invalid(Vec<CatalogProblem>),
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(": did you mean {name:?}?")).unwrap_or_default()
}

fn joined(problems: &[CatalogProblem]) -> String {
    let mut lines: Vec<_> = problems.iter().take(SHOWN_PROBLEMS).map(ToString::to_string).collect();
    if problems.len() > SHOWN_PROBLEMS {
        lines.push(format!("... and {} more", problems.len() - SHOWN_PROBLEMS));
    }
    lines.join("\n")
}

/// Collects problems until the end of a load.
#[derive(Debug, Default)]
pub(super) struct Problems {
    kept: Vec<CatalogProblem>,
    dropped: usize,
    errors: usize,
}

impl Problems {
    /// Adds one.
    pub(super) fn push(&mut self, problem: CatalogProblem) {
        self.errors += usize::from(problem.severity == Severity::Error);
        if self.kept.len() < MAX_PROBLEMS {
            self.kept.push(problem);
            return;
        }
        self.dropped += 1;
        // What stops the load must be seen: an error takes the place of a warning.
        let warning = self.kept.iter_mut().find(|kept| kept.severity == Severity::Warning);
        if let (Severity::Error, Some(place)) = (problem.severity, warning) {
            *place = problem;
        }
    }

    /// The warnings, or all problems when one is an error.
    pub(super) fn finish(mut self) -> Result<Vec<CatalogProblem>, CatalogError> {
        if self.dropped > 0 {
            let file = self.kept[0].file.clone();
            let more = format!("{} further problems are not listed", self.dropped);
            self.kept.push(CatalogProblem::warning(&file, more));
        }
        if self.errors == 0 { Ok(self.kept) } else { Err(CatalogError::Invalid(self.kept)) }
    }
}
