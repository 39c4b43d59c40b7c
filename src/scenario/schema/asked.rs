//! What a reader asks a document for, written down while it reads.

use std::cell::RefCell;

use super::super::document::Span;

/// One thing that was asked.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Question {
    /// A table for a key.
    Key(&'static str),
    /// The same, where it must be there.
    Required(&'static str),
    /// A value, to be what is expected.
    Value(Expected),
    /// A value, to be of a shape that has a name of its own.
    Shape(&'static str),
}

/// What a value is expected to be.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Expected {
    /// A string.
    Text,
    /// One of some words.
    Words(Vec<String>),
    /// A duration with its unit.
    Duration,
    /// `true` or `false`.
    Boolean,
    /// A whole number between two.
    Integer(i64, i64),
    /// A number between two.
    Number(f64, f64),
    /// A list of at most so many.
    List(usize),
    /// A table with keys of its own.
    Table,
    /// A table with any keys.
    AnyKeys,
}

/// Everything that was asked during one reading, with the places of what was asked.
#[derive(Debug, Default)]
pub(in super::super) struct Asked {
    questions: RefCell<Vec<(Span, Question)>>,
}

impl Asked {
    /// Writes a question down.
    pub(in super::super) fn add(&self, of: Span, question: Question) {
        self.questions.borrow_mut().push((of, question));
    }

    /// All of them, in order.
    pub(super) fn into_questions(self) -> Vec<(Span, Question)> {
        self.questions.into_inner()
    }
}
