//! What is wrong with an expression, and where in it.

use std::ops::Range;

/// An expression that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    /// The bytes of the text that are wrong; empty at its end.
    pub span: Range<usize>,
    /// One sentence without a subject: "has a rate with an unknown unit".
    pub message: String,
    /// Said under the mark; may be empty.
    pub label: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl ScheduleError {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), label: String::new(), help: None }
    }

    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
