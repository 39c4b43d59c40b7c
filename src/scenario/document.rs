//! A scenario as a tree of values that know where they were written, before anything is made of them.
//! The tree is our own, not the parser's, so that `--set` can put values of another text into it.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A stretch of one of the sources: the file is 0, the n-th `--set` is n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// Which source.
    pub(super) source: usize,
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
}

impl Span {
    /// The bytes.
    pub(super) const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// A value and where it was written. A table's place is its header, `[timing]`.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where.
    pub(super) span: Span,
    /// What.
    pub(super) value: Value,
}

/// What a value can be.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A string.
    Text(String),
    /// An integer; one that does not fit is the nearest that does, and out of every range.
    Integer(i128),
    /// A float; may be NaN or infinite.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or time, as written.
    Date(String),
    /// An array, or all the tables of one `[[name]]`.
    Array(Vec<Node>),
    /// A table.
    Table(Table),
}

impl Value {
    /// The string, if it is one.
    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The integer, if it is one.
    pub(super) const fn as_integer(&self) -> Option<i128> {
        if let Self::Integer(integer) = self { Some(*integer) } else { None }
    }

    /// The float, if it is one.
    pub(super) const fn as_float(&self) -> Option<f64> {
        if let Self::Float(float) = self { Some(*float) } else { None }
    }

    /// The table, if it is one.
    pub(super) const fn as_table(&self) -> Option<&Table> {
        if let Self::Table(table) = self { Some(table) } else { None }
    }

    /// What it is, for messages.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Boolean(_) => "a boolean",
            Self::Date(_) => "a date",
            Self::Array(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

/// A table's entries by key.
pub(super) type Table = BTreeMap<String, Entry>;

/// A value in a table and where its key was written.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the key is.
    pub(super) key: Span,
    /// The value.
    pub(super) node: Node,
}

/// Makes the tree of one source out of the parser's.
#[derive(Clone, Copy)]
pub(super) struct Conversion {
    /// Which source.
    pub(super) source: usize,
    /// Added to every position: where the parsed text starts in the source.
    pub(super) offset: usize,
}

impl Conversion {
    /// A table.
    pub(super) fn table(self, table: DeTable<'_>) -> Table {
        table
            .into_iter()
            .map(|(key, value)| {
                let entry = Entry { key: self.span(key.span()), node: self.node(value) };
                (key.into_inner().into_owned(), entry)
            })
            .collect()
    }

    /// A value.
    pub(super) fn node(self, value: Spanned<DeValue<'_>>) -> Node {
        let span = self.span(value.span());
        let value = match value.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(integer) => {
                Value::Integer(integer_of(integer.as_str(), integer.radix()))
            }
            DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(boolean) => Value::Boolean(boolean),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Array(array) => {
                Value::Array(array.into_iter().map(|item| self.node(item)).collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Node { span, value }
    }

    fn span(self, range: Range<usize>) -> Span {
        Span { source: self.source, start: self.offset + range.start, end: self.offset + range.end }
    }
}

fn integer_of(digits: &str, radix: u32) -> i128 {
    i128::from_str_radix(digits, radix).unwrap_or(if digits.starts_with('-') {
        i128::MIN
    } else {
        i128::MAX
    })
}
