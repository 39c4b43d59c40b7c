//! Whether an instance satisfies an expression.

use std::cmp::Ordering;

use super::expression::{Argument, Comparison, Expression, Operator, Subject, Term};

/// An instance, as an expression sees it.
pub trait Host {
    /// The value of an attribute, empty where it has none; `None` where the instance lacks it.
    fn attribute(&self, name: &str) -> Option<&str>;
    /// Whether its agent is connected.
    fn agent_connected(&self) -> bool;
    /// The version of its agent, if known.
    fn agent_version(&self) -> Option<&str>;
    /// Its EC2 instance id, if it has one.
    fn ec2_instance_id(&self) -> Option<&str>;
    /// When it was registered: seconds from 1970 in UTC.
    fn registered_at(&self) -> i64;
    /// Tasks on it.
    fn running_tasks(&self) -> u32;
    /// Whether a task on it belongs to a group that `is` accepts.
    fn has_group(&self, is: &mut dyn FnMut(&str) -> bool) -> bool;
}

impl Expression {
    /// Whether `host` satisfies it.
    #[must_use]
    pub fn admits(&self, host: &impl Host) -> bool {
        self.term().admits(host)
    }
}

impl Term {
    /// Whether `host` satisfies it.
    #[must_use]
    pub fn admits(&self, host: &impl Host) -> bool {
        match self {
            Self::Comparison(comparison) => comparison.admits(host),
            Self::Not(term) => !term.admits(host),
            Self::And(terms) => terms.iter().all(|term| term.admits(host)),
            Self::Or(terms) => terms.iter().any(|term| term.admits(host)),
        }
    }
}

impl Comparison {
    /// A subject that an instance does not have satisfies `!exists` alone: documented for attributes
    /// (`attribute:stack != prod` lists the instances with the attribute whose value is another), assumed
    /// for the rest.
    fn admits(&self, host: &impl Host) -> bool {
        match &self.subject {
            Subject::Attribute(name) => self.admits_text(host.attribute(name), natural),
            Subject::AgentConnected => {
                let connected = if host.agent_connected() { "true" } else { "false" };
                self.admits_text(Some(connected), natural)
            }
            Subject::AgentVersion => self.admits_text(host.agent_version(), by_version),
            Subject::Ec2InstanceId => self.admits_text(host.ec2_instance_id(), natural),
            Subject::RegisteredAt => self.compared(|argument| match argument {
                Argument::Date(date) => Some(host.registered_at().cmp(date)),
                Argument::Count(_) | Argument::Text(_) | Argument::Pattern(_) => None,
            }),
            Subject::RunningTasksCount => self.compared(|argument| match argument {
                Argument::Count(count) => Some(host.running_tasks().cmp(count)),
                Argument::Date(_) | Argument::Text(_) | Argument::Pattern(_) => None,
            }),
            Subject::TaskGroup => self.admits_groups(host),
        }
    }

    /// The groups of an instance's tasks are many. Documented: `task:group == a` selects the instances
    /// that host tasks of it. Assumed: `!=`, `!in` and `!~` those that host none such.
    fn admits_groups(&self, host: &impl Host) -> bool {
        let any = |operator| host.has_group(&mut |name| self.holds(operator, Some(name), natural));
        match self.operator {
            Operator::NotEquals => !any(Operator::Equals),
            Operator::NotIn => !any(Operator::In),
            Operator::NotMatches => !any(Operator::Matches),
            Operator::NotExists => !any(Operator::Exists),
            operator => any(operator),
        }
    }

    fn admits_text(&self, text: Option<&str>, order: fn(&str, &str) -> Ordering) -> bool {
        self.holds(self.operator, text, order)
    }

    fn holds(
        &self,
        operator: Operator,
        text: Option<&str>,
        order: fn(&str, &str) -> Ordering,
    ) -> bool {
        let Some(text) = text else { return operator == Operator::NotExists };
        let equals = |argument: &Argument| match argument {
            Argument::Text(other) => order(text, other) == Ordering::Equal,
            Argument::Count(_) | Argument::Date(_) | Argument::Pattern(_) => false,
        };
        let matches = |argument: &Argument| match argument {
            Argument::Pattern(pattern) => pattern.matches(text),
            Argument::Count(_) | Argument::Date(_) | Argument::Text(_) => false,
        };
        let against = |is: fn(Ordering) -> bool| {
            self.arguments.iter().all(|argument| match argument {
                Argument::Text(other) => is(order(text, other)),
                Argument::Count(_) | Argument::Date(_) | Argument::Pattern(_) => false,
            })
        };
        match operator {
            Operator::Exists => true,
            Operator::NotExists => false,
            Operator::Equals | Operator::In => self.arguments.iter().any(equals),
            Operator::NotEquals | Operator::NotIn => !self.arguments.iter().any(equals),
            Operator::Matches => self.arguments.iter().any(matches),
            Operator::NotMatches => !self.arguments.iter().any(matches),
            Operator::GreaterThan => against(Ordering::is_gt),
            Operator::GreaterThanEqual => against(Ordering::is_ge),
            Operator::LessThan => against(Ordering::is_lt),
            Operator::LessThanEqual => against(Ordering::is_le),
        }
    }

    /// A subject that has an order and no text.
    fn compared(&self, order: impl Fn(&Argument) -> Option<Ordering>) -> bool {
        let any = |is: fn(Ordering) -> bool| self.arguments.iter().filter_map(&order).any(is);
        match self.operator {
            Operator::Equals | Operator::In => any(Ordering::is_eq),
            Operator::NotEquals | Operator::NotIn => !any(Ordering::is_eq),
            Operator::GreaterThan => any(Ordering::is_gt),
            Operator::GreaterThanEqual => any(Ordering::is_ge),
            Operator::LessThan => any(Ordering::is_lt),
            Operator::LessThanEqual => any(Ordering::is_le),
            Operator::Exists => true,
            Operator::NotExists | Operator::Matches | Operator::NotMatches => false,
        }
    }
}

/// The order of two texts: that of numbers where both are whole numbers, else by character. Assumed.
fn natural(a: &str, b: &str) -> Ordering {
    match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

/// The order of two versions: number by number, those that are left out zero.
fn by_version(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let (one, other) = (left.next(), right.next());
        if one.is_none() && other.is_none() {
            return Ordering::Equal;
        }
        match natural(one.unwrap_or("0"), other.unwrap_or("0")) {
            Ordering::Equal => {}
            order => return order,
        }
    }
}
