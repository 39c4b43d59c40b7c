//! Asks, made ready for the search: which class each one looks for, in which order, and what tells
//! instances apart.

use crate::catalog::CpuArchitecture;
use crate::scenario::{HostPort, PlacementStrategy, SpreadField};
use crate::units::{Limit, Resources, TaskGroupId};

use super::ask::Ask;
use super::binpack::{Orders, limit};
use super::constraint::Constraints;
use super::index::{FeasibilityClass, FreeCapacityIndex, OrderId};
use super::spread::{Pair, Spread};

/// Most steps that tell instances apart: the limit of a strategy.
pub(super) const KEYS: usize = 5;

/// What a step of a strategy compares: the least wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// Tasks of the group where an attribute has the same value.
    Spread(Pair),
    /// Tasks of the group on the instance.
    OnInstance,
    /// What is left of a resource.
    Left(Limit),
}

/// An ask, ready.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) size: Resources,
    pub(super) ports: Vec<HostPort>,
    pub(super) architecture: CpuArchitecture,
    pub(super) group: TaskGroupId,
    pub(super) constraints: Constraints,
    /// What tells instances apart, the first step first; without steps that tell nothing more apart.
    pub(super) keys: Vec<Key>,
    /// Whether what is left equal is drawn from.
    pub(super) random: bool,
    pub(super) search: Search,
}

/// How the best instance of a cell, all of whose instances have the same attributes, is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// The first on which the class fits, or any.
    First(FeasibilityClass),
    /// The first in an order by what is left.
    Least(FeasibilityClass, OrderId),
    /// First those without a task of the group, which are a class of their own, in an order if there is
    /// one; then those on a list by number of tasks.
    Fewest(FeasibilityClass, Option<OrderId>, Watch),
    /// By looking at all on which the class fits: for chains that no order carries.
    All(FeasibilityClass),
}

/// A list of the instances that hold tasks of a group and have room for one more of a size and ports, by
/// how many they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watch(pub(super) usize);

/// Whose room a watch looks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Watched {
    pub(super) group: TaskGroupId,
    pub(super) size: Resources,
    pub(super) ports: Vec<HostPort>,
}

/// A class that is closed where its ports are taken, and, if it wants to be alone, where the group has
/// tasks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OwnClass {
    pub(super) class: FeasibilityClass,
    size: Resources,
    pub(super) ports: Vec<HostPort>,
    pub(super) alone: Option<TaskGroupId>,
}

/// All plans, and what they share.
#[derive(Clone, Debug)]
pub(super) struct Plans {
    pub(super) all: Vec<Plan>,
    /// An index without slots that knows their classes and orders: each cell begins with a copy.
    pub(super) index: FreeCapacityIndex,
    pub(super) own_classes: Vec<OwnClass>,
    /// Of those, by group, the ones that want to be alone.
    pub(super) alone: Vec<Vec<usize>>,
    /// Those with ports.
    pub(super) with_ports: Vec<usize>,
    pub(super) watched: Vec<Watched>,
    /// The watches of each group.
    pub(super) watches: Vec<Vec<usize>>,
    /// Names of the attributes that anything looks at.
    pub(super) attributes: Vec<String>,
    orders: Orders,
}

impl Plans {
    pub(super) fn new(asks: &[Ask], groups: usize, spread: &mut Spread) -> Self {
        let mut plans = Self {
            all: Vec::new(),
            index: FreeCapacityIndex::new(),
            own_classes: Vec::new(),
            alone: vec![Vec::new(); groups],
            with_ports: Vec::new(),
            watched: Vec::new(),
            watches: vec![Vec::new(); groups],
            attributes: Vec::new(),
            orders: Orders::default(),
        };
        for ask in asks {
            let plan = plans.plan(ask, spread);
            plans.all.push(plan);
        }
        if plans.all.iter().any(|plan| plan.random) {
            plans.index.keep_counts();
        }
        plans.attributes.sort_unstable();
        plans.attributes.dedup();
        plans
    }

    fn plan(&mut self, ask: &Ask, spread: &mut Spread) -> Plan {
        let constraints = Constraints::new(&ask.constraints);
        self.attributes.extend(constraints.attributes().map(str::to_owned));
        let mut keys = Vec::new();
        let mut random = false;
        for step in &ask.strategy {
            let key = match step {
                PlacementStrategy::Spread(SpreadField::InstanceId) => Key::OnInstance,
                PlacementStrategy::Spread(SpreadField::Attribute(name)) => {
                    self.attributes.push(name.clone());
                    Key::Spread(spread.pair(ask.task_group, name))
                }
                PlacementStrategy::Binpack(field) => Key::Left(limit(*field)),
                PlacementStrategy::Random => {
                    random = true;
                    break;
                }
            };
            // A key a second time tells nothing more, nor does the number of tasks where there is none.
            let idle = key == Key::OnInstance && constraints.distinct_instance;
            if !idle && !keys.contains(&key) {
                keys.push(key);
            }
        }
        let search = self.search(ask, &constraints, &keys, random);
        Plan {
            size: ask.size,
            ports: ask.host_ports.clone(),
            architecture: ask.architecture,
            group: ask.task_group,
            constraints,
            keys,
            random,
            search,
        }
    }

    fn search(
        &mut self,
        ask: &Ask,
        constraints: &Constraints,
        keys: &[Key],
        random: bool,
    ) -> Search {
        let distinct = constraints.distinct_instance;
        // In a cell attributes tell nothing apart.
        let inner: Vec<Key> =
            keys.iter().copied().filter(|key| !matches!(key, Key::Spread(_))).collect();
        let (apart, rest) = match inner.split_first() {
            Some((Key::OnInstance, rest)) => (true, rest),
            _ => (false, inner.as_slice()),
        };
        let left = |key: &Key| if let Key::Left(limit) = key { Some(*limit) } else { None };
        let by: Option<Vec<Limit>> = rest.iter().map(left).collect();
        let by = by.filter(|by| {
            // Draws come from all that are equal, and they are counted where they have one rank alone.
            !random || by.is_empty() && !constraints.depend_on_the_moment()
        });
        let Some(by) = by else { return Search::All(self.class(ask, distinct)) };
        let class = self.class(ask, distinct || apart);
        let order = |plans: &mut Self| plans.orders.order(&mut plans.index, &by, class);
        let order = (!by.is_empty()).then(|| order(self));
        match order {
            _ if apart => Search::Fewest(class, order, self.watch(ask)),
            Some(order) => Search::Least(class, order),
            None => Search::First(class),
        }
    }

    fn watch(&mut self, ask: &Ask) -> Watch {
        let watched =
            Watched { group: ask.task_group, size: ask.size, ports: ask.host_ports.clone() };
        let known = self.watched.iter().position(|other| *other == watched);
        Watch(known.unwrap_or_else(|| {
            self.watched.push(watched);
            self.watches[ask.task_group.index()].push(self.watched.len() - 1);
            self.watched.len() - 1
        }))
    }

    /// The class of an ask, or that of its instances without a task of the group.
    fn class(&mut self, ask: &Ask, alone: bool) -> FeasibilityClass {
        let alone = alone.then_some(ask.task_group);
        if ask.host_ports.is_empty() && alone.is_none() {
            return self.index.class(ask.size);
        }
        let same = |own: &&OwnClass| {
            own.size == ask.size && own.ports == ask.host_ports && own.alone == alone
        };
        if let Some(known) = self.own_classes.iter().find(same) {
            return known.class;
        }
        let class = self.index.own_class(ask.size);
        let number = self.own_classes.len();
        if let Some(group) = alone {
            self.alone[group.index()].push(number);
        }
        if !ask.host_ports.is_empty() {
            self.with_ports.push(number);
        }
        let ports = ask.host_ports.clone();
        self.own_classes.push(OwnClass { class, size: ask.size, ports, alone });
        class
    }
}
