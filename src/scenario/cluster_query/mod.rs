//! The cluster query language: which container instances a `memberOf` constraint admits.
//!
//! Source: ECS developer guide, cluster-query-language. Its rules, and what is assumed where it is
//! silent, stand in docs/model.md, `query.*`.
//!
//! - [`expression`]: an expression taken apart;
//! - [`parse`]: how it is read, over [`scan`] (words, quotes, patterns) and [`words`] (which operator and
//!   which argument a subject takes), with [`pattern`] and [`date`] for two kinds of argument;
//! - [`print`]: how it is written again;
//! - [`evaluate`]: whether an instance satisfies it.

mod date;
mod evaluate;
mod expression;
mod parse;
mod pattern;
mod print;
mod scan;
#[cfg(test)]
mod tests;
mod words;

use std::ops::Range;

pub(super) use date::parse_date;
pub use evaluate::Host;
pub use expression::{Argument, Comparison, Expression, Operator, Subject, Term};
pub use pattern::Pattern;
pub(super) use words::attribute;

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// The bytes of the text that are wrong; empty at its end.
    pub span: Range<usize>,
    /// One sentence without a subject: "has the unknown operator `is`".
    pub message: String,
    /// Said under the mark; may be empty.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl QueryError {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), label: String::new(), help: None }
    }

    fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
