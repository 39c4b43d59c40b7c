//! The words of the language: subjects, operators, and which of them go together.

use std::ops::Range;

use super::super::report::{list, nearest, shown};
use super::date::parse_date;
use super::expression::{Argument, Operator, Subject};
use super::{Pattern, QueryError};

/// What an attribute begins with.
pub(super) const ATTRIBUTE: &str = "attribute:";

/// Subjects by name, without attributes.
pub(super) const SUBJECTS: [(&str, Subject); 6] = [
    ("agentConnected", Subject::AgentConnected),
    ("agentVersion", Subject::AgentVersion),
    ("ec2InstanceId", Subject::Ec2InstanceId),
    ("registeredAt", Subject::RegisteredAt),
    ("runningTasksCount", Subject::RunningTasksCount),
    ("task:group", Subject::TaskGroup),
];

/// Operators with their sign and their word. A sign comes before those that it begins with.
pub(super) const OPERATORS: [(&str, &str, Operator); 12] = [
    ("==", "equals", Operator::Equals),
    ("!=", "not_equals", Operator::NotEquals),
    (">=", "greater_than_equal", Operator::GreaterThanEqual),
    (">", "greater_than", Operator::GreaterThan),
    ("<=", "less_than_equal", Operator::LessThanEqual),
    ("<", "less_than", Operator::LessThan),
    ("=~", "matches", Operator::Matches),
    ("!~", "not_matches", Operator::NotMatches),
    ("!exists", "not_exists", Operator::NotExists),
    ("!in", "not_in", Operator::NotIn),
    ("exists", "exists", Operator::Exists),
    ("in", "in", Operator::In),
];

/// Attributes that ECS itself gives an instance. Custom names are free, but for the prefix `ecs.`.
const OF_ECS: [&str; 11] = [
    "ecs.ami-id",
    "ecs.availability-zone",
    "ecs.instance-type",
    "ecs.os-type",
    "ecs.os-family",
    "ecs.cpu-architecture",
    "ecs.vpc-id",
    "ecs.subnet-id",
    "ecs.awsvpc-trunk-id",
    "ecs.outpost-arn",
    "ecs.capability.external",
];

/// Longest name of an attribute (documented: task-placement-constraints).
const NAME_LENGTH: usize = 128;

impl Operator {
    /// Its sign.
    #[must_use]
    pub fn sign(self) -> &'static str {
        let found = OPERATORS.iter().find(|(_, _, operator)| *operator == self);
        found.map_or("==", |(sign, _, _)| sign)
    }

    /// Whether it takes a list.
    pub(super) const fn takes_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }

    /// Whether it takes nothing.
    pub(super) const fn takes_nothing(self) -> bool {
        matches!(self, Self::Exists | Self::NotExists)
    }

    /// Whether it takes a regular expression.
    pub(super) const fn takes_pattern(self) -> bool {
        matches!(self, Self::Matches | Self::NotMatches)
    }

    const fn is_order(self) -> bool {
        matches!(
            self,
            Self::GreaterThan | Self::GreaterThanEqual | Self::LessThan | Self::LessThanEqual
        )
    }

    const fn is_equality(self) -> bool {
        matches!(self, Self::Equals | Self::NotEquals)
    }
}

impl Subject {
    /// As it is written.
    #[must_use]
    pub fn name(&self) -> String {
        if let Self::Attribute(name) = self {
            return format!("{ATTRIBUTE}{name}");
        }
        let found = SUBJECTS.iter().find(|(_, subject)| subject == self);
        found.map_or_else(String::new, |(name, _)| (*name).to_owned())
    }

    /// Whether it changes while the instance is registered.
    #[must_use]
    pub const fn is_dynamic(&self) -> bool {
        match self {
            Self::AgentConnected | Self::RunningTasksCount | Self::TaskGroup => true,
            Self::AgentVersion | Self::Attribute(_) | Self::Ec2InstanceId | Self::RegisteredAt => {
                false
            }
        }
    }

    /// Documented: the valid operators of each subject. Assumed, because nothing is said: attributes take
    /// all, and task groups all but those of order.
    pub(super) const fn takes(&self, operator: Operator) -> bool {
        match self {
            Self::Attribute(_) => true,
            Self::TaskGroup => !operator.is_order(),
            Self::AgentConnected | Self::Ec2InstanceId => {
                !operator.is_order() && !operator.takes_nothing()
            }
            Self::AgentVersion | Self::RegisteredAt | Self::RunningTasksCount => {
                operator.is_order() || operator.is_equality()
            }
        }
    }
}

/// The subject of a name that stands at `at`.
pub(super) fn subject(name: &str, at: Range<usize>) -> Result<Subject, QueryError> {
    if let Some((_, subject)) = SUBJECTS.iter().find(|(known, _)| *known == name) {
        return Ok(subject.clone());
    }
    if let Some(attribute) = name.strip_prefix(ATTRIBUTE) {
        check_attribute(attribute, at.start + ATTRIBUTE.len()..at.end)?;
        return Ok(Subject::Attribute(attribute.to_owned()));
    }
    let error = QueryError::new(at, format!("has the unknown subject `{}`", shown(name)));
    if name.starts_with("ecs.") {
        let near = nearest(name, OF_ECS).unwrap_or(name);
        return Err(error
            .label("an attribute?")
            .help(format!("write `{ATTRIBUTE}{}`", shown(near))));
    }
    if name == "memberOf" {
        return Err(error
            .label("not part of it")
            .help("write what stands in its parentheses alone"));
    }
    let label = nearest_subject(name)
        .map_or("unknown".to_owned(), |near| format!("did you mean `{near}`?"));
    let subjects = list(SUBJECTS.iter().map(|(known, _)| *known));
    Err(error.label(label).help(format!("the subjects are `{ATTRIBUTE}NAME`, {subjects}")))
}

/// The name in `attribute:NAME`.
pub(in super::super) fn attribute(text: &str) -> Result<String, QueryError> {
    match subject(text, 0..text.len())? {
        Subject::Attribute(name) => Ok(name),
        _ => Err(QueryError::new(0..text.len(), "is not an attribute")),
    }
}

/// A subject like `name`: one of the words, or an attribute whose prefix is misspelt.
fn nearest_subject(name: &str) -> Option<String> {
    if let Some((prefix, attribute)) = name.split_once(':')
        && nearest(prefix, ["attribute", "task"]) == Some("attribute")
    {
        return Some(format!("{ATTRIBUTE}{}", shown(attribute)));
    }
    nearest(name, SUBJECTS.iter().map(|(known, _)| *known)).map(str::to_owned)
}

fn check_attribute(name: &str, at: Range<usize>) -> Result<(), QueryError> {
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '\\' | '.');
    if name.is_empty() || name.chars().count() > NAME_LENGTH {
        let error = QueryError::new(at, "has an attribute without a name of 1 to 128 characters");
        return Err(error.help("for example `attribute:ecs.instance-type` or `attribute:stack`"));
    }
    if let Some(wrong) = name.chars().find(|c| !valid(*c)) {
        let message =
            format!("has an attribute with the character `{}`", shown(&wrong.to_string()));
        let help = "names of attributes are of letters, digits and - _ / \\ .";
        return Err(QueryError::new(at, message).help(help));
    }
    let capability = name.starts_with("ecs.capability.");
    if name.starts_with("ecs.") && !capability && !OF_ECS.contains(&name) {
        let label = nearest(name, OF_ECS)
            .map_or("unknown".to_owned(), |near| format!("did you mean `{near}`?"));
        let message = format!("names the attribute `{}`, which ECS does not give", shown(name));
        let help = format!("attributes of ECS are {}", OF_ECS.join(", "));
        return Err(QueryError::new(at, message).label(label).help(help));
    }
    Ok(())
}

/// The argument `text` of a subject and an operator that go together.
pub(super) fn argument(
    subject: &Subject,
    operator: Operator,
    text: &str,
    at: Range<usize>,
) -> Result<Argument, QueryError> {
    if operator.takes_pattern() {
        return Pattern::parse(text, at.start).map(Argument::Pattern);
    }
    match subject {
        Subject::RunningTasksCount => text.parse().map(Argument::Count).map_err(|_| {
            QueryError::new(at, "compares `runningTasksCount` with something that is no number")
                .help("for example `runningTasksCount < 5`")
        }),
        Subject::RegisteredAt => parse_date(text).map(Argument::Date).ok_or_else(|| {
            QueryError::new(at, "compares `registeredAt` with something that is no date").help(
                "for example 2026-06-18 or 2026-06-18T22:28:28Z, in UTC unless an offset is stated",
            )
        }),
        Subject::AgentConnected if !matches!(text, "true" | "false") => {
            let error = QueryError::new(at, "compares `agentConnected` with another word");
            Err(error.help("it is `true` or `false`"))
        }
        Subject::AgentVersion if !is_version(text) => {
            let error = QueryError::new(at, "compares `agentVersion` with something that is none");
            Err(error.help("for example `agentVersion >= 1.83.0`"))
        }
        Subject::AgentConnected
        | Subject::AgentVersion
        | Subject::Attribute(_)
        | Subject::Ec2InstanceId
        | Subject::TaskGroup => Ok(Argument::Text(text.to_owned())),
    }
}

fn is_version(text: &str) -> bool {
    let number =
        |part: &str| (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    text.split('.').all(number)
}
