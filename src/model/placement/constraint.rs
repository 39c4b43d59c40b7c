//! Constraints: what an instance must be, told apart into what holds for all its life (attributes), and
//! what must be looked at when a task is placed.

use crate::scenario::PlacementConstraint;
use crate::scenario::cluster_query::{Host, Subject, Term};

use super::ask::Attributes;
use super::host::Entry;
use super::tenants::Tenants;

/// The constraints of an ask.
#[derive(Clone, Debug, Default)]
pub(super) struct Constraints {
    /// No other task of the group.
    pub(super) distinct_instance: bool,
    /// Expressions that look at attributes alone: all of them must hold.
    of_attributes: Vec<Term>,
    /// The others.
    of_moment: Vec<Term>,
}

impl Constraints {
    pub(super) fn new(constraints: &[PlacementConstraint]) -> Self {
        let mut all = Self::default();
        for constraint in constraints {
            match constraint {
                PlacementConstraint::DistinctInstance => all.distinct_instance = true,
                PlacementConstraint::MemberOf(expression) => all.add(expression.term()),
            }
        }
        all
    }

    /// The parts of a conjunction are looked at one by one.
    fn add(&mut self, term: &Term) {
        if let Term::And(terms) = term {
            terms.iter().for_each(|term| self.add(term));
        } else if looks_at_attributes_alone(term) {
            self.of_attributes.push(term.clone());
        } else {
            self.of_moment.push(term.clone());
        }
    }

    /// Whether anything must be looked at when a task is placed.
    pub(super) const fn depend_on_the_moment(&self) -> bool {
        !self.of_moment.is_empty()
    }

    /// Whether instances with these attributes can satisfy them.
    pub(super) fn admit_attributes(&self, attributes: &Attributes) -> bool {
        self.of_attributes.iter().all(|term| term.admits(&OfAttributes(attributes)))
    }

    /// Whether an instance that has the attributes satisfies them now.
    pub(super) fn admit_now(&self, seen: &Seen<'_>) -> bool {
        self.of_moment.iter().all(|term| term.admits(seen))
    }

    /// Names of the attributes that they look at.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &str> {
        let terms = self.of_attributes.iter().chain(&self.of_moment);
        terms.flat_map(Term::comparisons).filter_map(|comparison| match &comparison.subject {
            Subject::Attribute(name) => Some(name.as_str()),
            Subject::AgentConnected
            | Subject::AgentVersion
            | Subject::Ec2InstanceId
            | Subject::RegisteredAt
            | Subject::RunningTasksCount
            | Subject::TaskGroup => None,
        })
    }
}

fn looks_at_attributes_alone(term: &Term) -> bool {
    let mut comparisons = term.comparisons().into_iter();
    comparisons.all(|comparison| matches!(comparison.subject, Subject::Attribute(_)))
}

/// Attributes under the eyes of an expression that looks at nothing else.
struct OfAttributes<'a>(&'a Attributes);

impl Host for OfAttributes<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn agent_connected(&self) -> bool {
        true
    }

    fn agent_version(&self) -> Option<&str> {
        None
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        None
    }

    fn registered_at(&self) -> i64 {
        0
    }

    fn running_tasks(&self) -> u32 {
        0
    }

    fn has_group(&self, _: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }
}

/// An instance under the eyes of an expression.
pub(super) struct Seen<'a> {
    pub(super) attributes: &'a Attributes,
    pub(super) entry: &'a Entry,
    /// Tasks that hold resources.
    pub(super) tasks: u32,
    pub(super) tenants: &'a Tenants,
    /// Names of the task groups.
    pub(super) groups: &'a [String],
    /// The instant at which simulated time begins.
    pub(super) epoch: i64,
}

impl Host for Seen<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    fn agent_connected(&self) -> bool {
        self.entry.agent_connected
    }

    fn agent_version(&self) -> Option<&str> {
        self.entry.agent_version.as_deref()
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.entry.ec2_instance_id.as_deref()
    }

    fn registered_at(&self) -> i64 {
        let seconds = self.entry.registered_at.as_micros() / 1_000_000;
        self.epoch.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    fn running_tasks(&self) -> u32 {
        self.tasks
    }

    fn has_group(&self, is: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut names =
            self.tenants.iter().filter_map(|tenant| self.groups.get(tenant.group.index()));
        names.any(|name| is(name))
    }
}
