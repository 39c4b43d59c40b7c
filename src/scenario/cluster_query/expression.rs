//! An expression of the cluster query language, taken apart.

use super::QueryError;
use super::parse::parse;
use super::pattern::Pattern;

/// An expression and the text that it was read from.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    term: Term,
}

impl Expression {
    /// Reads an expression of at most 2,000 characters.
    ///
    /// # Errors
    /// The first thing in it that is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self { text: text.to_owned(), term: parse(text)? })
    }

    /// What was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it means.
    #[must_use]
    pub const fn term(&self) -> &Term {
        &self.term
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// `subject operator argument`.
    Comparison(Comparison),
    /// Not this.
    Not(Box<Self>),
    /// All of these: two or more.
    And(Vec<Self>),
    /// One of these at least: two or more.
    Or(Vec<Self>),
}

impl Term {
    /// Every comparison in it.
    pub fn comparisons(&self) -> Vec<&Comparison> {
        match self {
            Self::Comparison(comparison) => vec![comparison],
            Self::Not(term) => term.comparisons(),
            Self::And(terms) | Self::Or(terms) => {
                terms.iter().flat_map(Self::comparisons).collect()
            }
        }
    }
}

/// A subject under a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is looked at.
    pub subject: Subject,
    /// How.
    pub operator: Operator,
    /// With what: nothing for `exists`, several for `in`, otherwise one.
    pub arguments: Vec<Argument>,
}

/// What an expression can look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Whether the container agent is connected.
    AgentConnected,
    /// The version of the container agent.
    AgentVersion,
    /// An attribute of the instance, by name.
    Attribute(String),
    /// The EC2 instance id.
    Ec2InstanceId,
    /// When the instance was registered.
    RegisteredAt,
    /// How many tasks are on it.
    RunningTasksCount,
    /// The groups of the tasks on it.
    TaskGroup,
}

/// How a subject is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `==`.
    Equals,
    /// `!=`.
    NotEquals,
    /// `>`.
    GreaterThan,
    /// `>=`.
    GreaterThanEqual,
    /// `<`.
    LessThan,
    /// `<=`.
    LessThanEqual,
    /// `exists`.
    Exists,
    /// `!exists`.
    NotExists,
    /// `in`.
    In,
    /// `!in`.
    NotIn,
    /// `=~`.
    Matches,
    /// `!~`.
    NotMatches,
}

/// What a subject is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A text.
    Text(String),
    /// A count.
    Count(u32),
    /// A date: seconds from 1970 in UTC.
    Date(i64),
    /// A regular expression.
    Pattern(Pattern),
}
