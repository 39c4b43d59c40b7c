//! The container instances of one capacity provider, or of a fixed fleet, as placement sees them.

use std::collections::BTreeMap;

use crate::catalog::CpuArchitecture;
use crate::scenario::cluster_query::Host;
use crate::scenario::{
    BinpackField, HostPort, PORT_LIMIT, PlacementConstraint, PlacementStrategy, SpreadField,
};
use crate::units::{InstanceId, Resources, SimTime, TaskGroupId, ZoneId};

use super::ask::{Ask, AskId, Attributes, NewHost};

/// Container instances, what is free on them, and which tasks they hold.
///
/// An instance has a *slot*: a number from 0, given to another when it leaves. Placement follows the
/// documented order (ECS developer guide, task-placement): resources and ports, then constraints, then
/// the strategy, whose steps tell apart what those before them leave equal. What is equal to the end is
/// decided by the lowest slot.
#[derive(Clone, Debug)]
pub struct Hosts {
    asks: Vec<Ask>,
    /// Names of the task groups.
    groups: Vec<String>,
    /// The instant at which simulated time begins: seconds from 1970 in UTC.
    epoch: i64,
    slots: Vec<Option<Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    instance: InstanceId,
    zone: ZoneId,
    architecture: CpuArchitecture,
    attributes: Attributes,
    registered_at: SimTime,
    ec2_instance_id: Option<String>,
    agent_version: Option<String>,
    agent_connected: bool,
    placeable: bool,
    free: Resources,
    ports: Vec<HostPort>,
    tasks: u32,
    /// Tasks that want to run, by group.
    groups: BTreeMap<TaskGroupId, u32>,
}

impl Hosts {
    /// No instances yet. `groups` are the names of task groups by [`TaskGroupId`], and `epoch` is the
    /// instant, in seconds from 1970 in UTC, at which simulated time begins.
    #[must_use]
    pub fn new(asks: &[Ask], groups: &[String], epoch: i64) -> Self {
        Self { asks: asks.to_vec(), groups: groups.to_vec(), epoch, slots: Vec::new() }
    }

    /// An instance registers: it is connected and takes tasks.
    pub fn insert(&mut self, host: &NewHost<'_>) -> u32 {
        let entry = Entry {
            instance: host.instance,
            zone: host.zone,
            architecture: host.architecture,
            attributes: host.attributes.clone(),
            registered_at: host.registered_at,
            ec2_instance_id: host.ec2_instance_id.map(str::to_owned),
            agent_version: host.agent_version.map(str::to_owned),
            agent_connected: true,
            placeable: true,
            free: host.resources,
            ports: Vec::new(),
            tasks: 0,
            groups: BTreeMap::new(),
        };
        let vacant = self.slots.iter().position(Option::is_none);
        let slot = vacant.unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[slot] = Some(entry);
        u32::try_from(slot).expect("there are fewer than 2^32 instances")
    }

    /// An instance is gone: its slot may be given to another.
    pub fn remove(&mut self, slot: u32) {
        self.slots[slot as usize] = None;
    }

    /// Sets whether an instance takes tasks: not while it drains, or is stopped in a warm pool.
    pub fn set_placeable(&mut self, slot: u32, placeable: bool) {
        self.at_mut(slot).placeable = placeable;
    }

    /// Sets whether an instance's agent is connected; while it is not, no task is placed there.
    pub fn set_agent_connected(&mut self, slot: u32, connected: bool) {
        self.at_mut(slot).agent_connected = connected;
    }

    /// Where a task goes now, if anywhere. `draw` is uniform over all numbers; it decides where the
    /// strategy says `random`, and is not looked at otherwise.
    #[must_use]
    pub fn choose(&self, id: AskId, draw: u64) -> Option<u32> {
        let ask = &self.asks[id.index()];
        let mut left: Vec<u32> =
            (0..self.slots.len() as u32).filter(|slot| self.admits(*slot, id)).collect();
        for step in &ask.strategy {
            let key = |slot: &u32| self.key(*slot, step, ask.task_group);
            match step {
                PlacementStrategy::Random => {
                    let place = draw.checked_rem(left.len() as u64)?;
                    return left.get(place as usize).copied();
                }
                PlacementStrategy::Spread(_) | PlacementStrategy::Binpack(_) => {
                    let least = left.iter().map(key).min()?;
                    left.retain(|slot| key(slot) == least);
                }
            }
        }
        left.first().copied()
    }

    fn key(&self, slot: u32, step: &PlacementStrategy, group: TaskGroupId) -> u32 {
        let entry = self.at(slot);
        match step {
            PlacementStrategy::Spread(SpreadField::InstanceId) => self.on(slot, group),
            PlacementStrategy::Spread(SpreadField::Attribute(name)) => {
                let value = entry.attributes.get(name);
                let same = |other: &&Entry| other.attributes.get(name) == value;
                self.slots.iter().flatten().filter(same).map(|other| other.counted(group)).sum()
            }
            PlacementStrategy::Binpack(BinpackField::Cpu) => entry.free.cpu,
            PlacementStrategy::Binpack(BinpackField::Memory) => entry.free.memory,
            PlacementStrategy::Random => 0,
        }
    }

    /// Whether any instance would take a task now.
    #[must_use]
    pub fn has_room(&self, ask: AskId) -> bool {
        self.choose(ask, 0).is_some()
    }

    /// Whether one instance would take a task now.
    #[must_use]
    pub fn admits(&self, slot: u32, id: AskId) -> bool {
        let Some(entry) = &self.slots[slot as usize] else { return false };
        let ask = &self.asks[id.index()];
        entry.placeable
            && entry.agent_connected
            && entry.architecture == ask.architecture
            && ask.size.fits(&entry.free)
            && entry.has_ports(&ask.host_ports)
            && ask.constraints.iter().all(|constraint| match constraint {
                PlacementConstraint::DistinctInstance => entry.counted(ask.task_group) == 0,
                PlacementConstraint::MemberOf(expression) => {
                    expression.admits(&Seen { hosts: self, entry })
                }
            })
    }

    /// A task takes resources and ports of an instance and counts in its group; `false`, and nothing is
    /// changed, when they are not there. Whether the instance is placeable does not matter.
    #[must_use]
    pub fn take(&mut self, slot: u32, id: AskId) -> bool {
        let ask = self.asks[id.index()].clone();
        let entry = self.at_mut(slot);
        let Some(free) = entry.free.checked_sub(&ask.size) else { return false };
        if !entry.has_ports(&ask.host_ports) {
            return false;
        }
        entry.free = free;
        entry.ports.extend(&ask.host_ports);
        entry.tasks += 1;
        *entry.groups.entry(ask.task_group).or_default() += 1;
        true
    }

    /// The desired status of a task becomes STOPPED, or its instance drains: it keeps its resources and
    /// no longer counts in its group. (Documented: `distinctInstance` looks at the desired status.)
    pub fn uncount(&mut self, slot: u32, id: AskId) {
        let group = self.asks[id.index()].task_group;
        let groups = &mut self.at_mut(slot).groups;
        if let Some(counted) = groups.get_mut(&group) {
            *counted -= 1;
            if *counted == 0 {
                groups.remove(&group);
            }
        }
    }

    /// A task that no longer counts gives its resources and ports back.
    pub fn give(&mut self, slot: u32, id: AskId) {
        let ask = self.asks[id.index()].clone();
        let entry = self.at_mut(slot);
        entry.free = entry.free.plus(&ask.size);
        entry.ports.retain(|port| !ask.host_ports.contains(port));
        entry.tasks -= 1;
    }

    /// Whose slot it is.
    #[must_use]
    pub fn owner(&self, slot: u32) -> InstanceId {
        self.at(slot).instance
    }

    /// What is free on an instance, whether it takes tasks or not.
    #[must_use]
    pub fn free(&self, slot: u32) -> Resources {
        self.at(slot).free
    }

    /// Tasks that hold resources of an instance.
    #[must_use]
    pub fn tasks(&self, slot: u32) -> u32 {
        self.at(slot).tasks
    }

    /// Tasks of a group that count on an instance.
    #[must_use]
    pub fn on(&self, slot: u32, group: TaskGroupId) -> u32 {
        self.at(slot).counted(group)
    }

    /// Tasks of a group that count in a zone.
    #[must_use]
    pub fn in_zone(&self, zone: ZoneId, group: TaskGroupId) -> u32 {
        let there = self.slots.iter().flatten().filter(|entry| entry.zone == zone);
        there.map(|entry| entry.counted(group)).sum()
    }

    fn at(&self, slot: u32) -> &Entry {
        self.slots[slot as usize].as_ref().expect("the slot is occupied")
    }

    fn at_mut(&mut self, slot: u32) -> &mut Entry {
        self.slots[slot as usize].as_mut().expect("the slot is occupied")
    }
}

impl Entry {
    fn counted(&self, group: TaskGroupId) -> u32 {
        self.groups.get(&group).copied().unwrap_or(0)
    }

    fn has_ports(&self, wanted: &[HostPort]) -> bool {
        wanted.iter().all(|port| !self.ports.contains(port))
            && (wanted.is_empty() || self.ports.len() + wanted.len() <= PORT_LIMIT)
    }
}

/// An instance under the eyes of an expression.
struct Seen<'a> {
    hosts: &'a Hosts,
    entry: &'a Entry,
}

impl Host for Seen<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.entry.attributes.get(name).map(String::as_str)
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
        self.hosts.epoch.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    fn running_tasks(&self) -> u32 {
        self.entry.tasks
    }

    fn has_group(&self, is: &mut dyn FnMut(&str) -> bool) -> bool {
        let names = &self.hosts.groups;
        self.entry.groups.keys().any(|group| names.get(group.index()).is_some_and(|name| is(name)))
    }
}
