//! The container instances of one capacity provider, or of a fixed fleet, as placement sees them.

use std::collections::BTreeMap;

use crate::units::{InstanceId, Resources, TaskGroupId, ZoneId};

use super::ask::{Ask, AskId, NewHost};
use super::cell::{BLOCK, Cell, CellKey};
use super::host::{Entry, Held};
use super::plan::Plans;
use super::spread::Spread;

/// Container instances, what is free on them, and which tasks they hold.
///
/// An instance has a *slot*: a number that is given to another when it leaves. Placement follows the
/// documented order (ECS developer guide, task-placement): resources and ports, then constraints, then
/// the strategy, whose steps tell apart what those before them leave equal. What is equal to the end is
/// decided by the lowest slot.
///
/// Instances with the same attributes, as far as any ask looks at them, are one cell with an index of its
/// own. In a cell no attribute tells instances apart, so its best is found by what does: what is left
/// (an order of the index), tasks of the group on the instance (a class closed where there are any, and a
/// list of those by number), or nothing (first fit). The best of the cells' best is the answer. With C
/// cells of M instances a choice costs O(C log M). Only strategies with `binpack` before
/// `spread(instanceId)`, `binpack` before `random`, and expressions that few instances satisfy look at
/// more.
#[derive(Clone, Debug)]
pub struct Hosts {
    pub(super) plans: Plans,
    /// Names of the task groups.
    pub(super) groups: Vec<String>,
    /// The instant at which simulated time begins: seconds from 1970 in UTC.
    pub(super) epoch: i64,
    pub(super) cells: Vec<Cell>,
    cell_of: BTreeMap<CellKey, u32>,
    /// For each block of slots its cell, and its number among the cell's blocks.
    blocks: Vec<(u32, u32)>,
    /// By slot.
    entries: Vec<Option<Entry>>,
    pub(super) spread: Spread,
    /// For each group its tasks by zone.
    zones: Vec<Vec<u32>>,
}

impl Hosts {
    /// No instances yet. `groups` are the names of task groups by [`TaskGroupId`], and `epoch` is the
    /// instant, in seconds from 1970 in UTC, at which simulated time begins.
    #[must_use]
    pub fn new(asks: &[Ask], groups: &[String], epoch: i64) -> Self {
        let mut spread = Spread::new(groups.len());
        Self {
            plans: Plans::new(asks, groups.len(), &mut spread),
            groups: groups.to_vec(),
            epoch,
            cells: Vec::new(),
            cell_of: BTreeMap::new(),
            blocks: Vec::new(),
            entries: Vec::new(),
            spread,
            zones: vec![Vec::new(); groups.len()],
        }
    }

    /// An instance registers: it is connected and takes tasks. Returns its slot.
    pub fn insert(&mut self, host: &NewHost<'_>) -> u32 {
        let key = CellKey::new(host.architecture, host.attributes, &self.plans.attributes);
        let number = match self.cell_of.get(&key) {
            Some(number) => *number,
            None => self.add_cell(key),
        };
        let cell = &mut self.cells[number as usize];
        let place = cell.index.insert(host.resources);
        if (place / BLOCK) as usize == cell.blocks.len() {
            let block = u32::try_from(self.blocks.len()).expect("there are fewer than 2^32 slots");
            self.blocks.push((number, place / BLOCK));
            cell.blocks.push(block);
            self.entries.resize_with(self.blocks.len() * BLOCK as usize, || None);
        }
        let slot = cell.slot(place);
        self.entries[slot as usize] = Some(Entry::new(host));
        slot
    }

    fn add_cell(&mut self, key: CellKey) -> u32 {
        let number = u32::try_from(self.cells.len()).expect("there are fewer than 2^32 cells");
        let values = self.spread.values(|name| key.value(name));
        self.cells.push(Cell::new(&key, values, &self.plans));
        self.cell_of.insert(key, number);
        number
    }

    /// An instance is gone, or will never take tasks again: its slot may be given to another. Tasks that
    /// are still on it count no more; nothing of them is to be given back.
    pub fn remove(&mut self, slot: u32) {
        while let Some(Held { group, .. }) = self.entry(slot).held.first().copied() {
            let tasks = self.entry(slot).counted(group);
            self.count_out(slot, group, tasks);
        }
        let (cell, place) = self.locate(slot);
        self.cells[cell].index.remove(place);
        self.entries[slot as usize] = None;
    }

    /// Sets whether an instance takes tasks: not while it is stopped in a warm pool, or drains. What is on
    /// it goes on counting.
    pub fn set_placeable(&mut self, slot: u32, placeable: bool) {
        self.entry_mut(slot).placeable = placeable;
        self.update_placeable(slot);
    }

    /// Sets whether an instance's agent is connected; while it is not, no task is placed there.
    pub fn set_agent_connected(&mut self, slot: u32, connected: bool) {
        self.entry_mut(slot).agent_connected = connected;
        self.update_placeable(slot);
    }

    fn update_placeable(&mut self, slot: u32) {
        let entry = self.entry(slot);
        let placeable = entry.placeable && entry.agent_connected;
        let (cell, place) = self.locate(slot);
        self.cells[cell].index.set_placeable(place, placeable);
        self.update_lists(slot);
    }

    /// Whether one instance would take a task now.
    #[must_use]
    pub fn admits(&self, slot: u32, id: AskId) -> bool {
        let plan = &self.plans.all[id.index()];
        let (cell, place) = self.locate(slot);
        let (cell, entry) = (&self.cells[cell], self.entry(slot));
        cell.admitted[id.index()]
            && cell.has_room(place, &plan.size)
            && entry.has_ports(&plan.ports)
            && !(plan.constraints.distinct_instance && entry.counted(plan.group) > 0)
            && self.is_member(plan, cell, place)
    }

    /// A task takes resources and ports of an instance and counts in its group; `false`, and nothing is
    /// changed, when they are not there. Whether the instance is placeable does not matter.
    #[must_use]
    pub fn take(&mut self, slot: u32, id: AskId) -> bool {
        let (cell, place) = self.locate(slot);
        let plan = &self.plans.all[id.index()];
        let index = &mut self.cells[cell].index;
        let Some(left) = index.free(place).checked_sub(&plan.size) else { return false };
        let (group, has_ports) = (plan.group, !plan.ports.is_empty());
        let entry = self.entries[slot as usize].as_mut().expect("the slot is occupied");
        if !entry.has_ports(&plan.ports) {
            return false;
        }
        entry.tasks += 1;
        entry.ports.extend_from_slice(&plan.ports);
        index.set_free(place, left);
        if has_ports {
            self.update_ports(slot);
        }
        self.count_in(slot, group);
        true
    }

    /// The desired status of a task becomes STOPPED, or its instance drains: it keeps its resources and
    /// no longer counts in its group. (Documented: `distinctInstance` looks at the desired status.)
    pub fn uncount(&mut self, slot: u32, id: AskId) {
        self.count_out(slot, self.plans.all[id.index()].group, 1);
    }

    /// A task that no longer counts gives its resources and ports back.
    pub fn give(&mut self, slot: u32, id: AskId) {
        let (cell, place) = self.locate(slot);
        let plan = &self.plans.all[id.index()];
        let has_ports = !plan.ports.is_empty();
        let entry = self.entries[slot as usize].as_mut().expect("the slot is occupied");
        entry.tasks -= 1;
        entry.ports.retain(|port| !plan.ports.contains(port));
        let index = &mut self.cells[cell].index;
        index.set_free(place, index.free(place).plus(&plan.size));
        if has_ports {
            self.update_ports(slot);
        }
        self.update_lists(slot);
    }

    fn count_in(&mut self, slot: u32, group: TaskGroupId) {
        let (cell, _) = self.locate(slot);
        self.spread.add(group, &self.cells[cell].values, 1);
        let zone = self.entry(slot).zone.index();
        let zones = &mut self.zones[group.index()];
        zones.resize(zones.len().max(zone + 1), 0);
        zones[zone] += 1;
        let held = &mut self.entry_mut(slot).held;
        match held.iter_mut().find(|held| held.group == group) {
            Some(held) => held.tasks += 1,
            None => {
                held.push(Held { group, tasks: 1, listed: 0, listed_as: 0 });
                self.update_alone(slot, group);
            }
        }
        self.update_lists(slot);
    }

    fn count_out(&mut self, slot: u32, group: TaskGroupId, tasks: u32) {
        let (cell, _) = self.locate(slot);
        self.spread.take(group, &self.cells[cell].values, tasks);
        let zone = self.entry(slot).zone;
        self.zones[group.index()][zone.index()] -= tasks;
        let held = &mut self.entry_mut(slot).held;
        let position = held.iter().position(|held| held.group == group);
        let position = position.expect("a task that counts was counted in");
        held[position].tasks -= tasks;
        let gone = held[position].tasks == 0;
        self.update_lists(slot);
        if gone {
            self.entry_mut(slot).held.swap_remove(position);
            self.update_alone(slot, group);
        }
    }

    /// Opens or closes an instance to the classes that want to be alone, after a group came or went.
    fn update_alone(&mut self, slot: u32, group: TaskGroupId) {
        for position in 0..self.plans.alone[group.index()].len() {
            self.update_class(slot, self.plans.alone[group.index()][position]);
        }
    }

    /// Opens or closes an instance to the classes with ports, after ports were taken or given.
    fn update_ports(&mut self, slot: u32) {
        for position in 0..self.plans.with_ports.len() {
            self.update_class(slot, self.plans.with_ports[position]);
        }
    }

    fn update_class(&mut self, slot: u32, number: usize) {
        let own = &self.plans.own_classes[number];
        let entry = self.entry(slot);
        let alone = own.alone.is_none_or(|group| entry.counted(group) == 0);
        let closed = !alone || !entry.has_ports(&own.ports);
        let (class, (cell, place)) = (own.class, self.locate(slot));
        self.cells[cell].index.set_closed(place, class, closed);
    }

    /// Puts an instance on the lists of those that have tasks of a group and room for one more, or takes
    /// it from them, after anything changed on it.
    fn update_lists(&mut self, slot: u32) {
        if self.plans.watched.is_empty() {
            return;
        }
        let (cell, place) = self.locate(slot);
        let cell = &mut self.cells[cell];
        let Some(entry) = &mut self.entries[slot as usize] else { return };
        let mut held = std::mem::take(&mut entry.held);
        for held in &mut held {
            let Held { tasks, listed_as, .. } = *held;
            for (bit, watch) in self.plans.watches[held.group.index()].iter().enumerate() {
                let watched = &self.plans.watched[*watch];
                let lists = tasks > 0
                    && cell.has_room(place, &watched.size)
                    && entry.has_ports(&watched.ports);
                let listed = held.listed >> bit & 1 == 1;
                if listed && (!lists || listed_as != tasks) {
                    cell.lists[*watch].remove(&(listed_as, place));
                }
                if lists && (!listed || listed_as != tasks) {
                    cell.lists[*watch].insert((tasks, place));
                }
                held.listed = held.listed & !(1 << bit) | u64::from(lists) << bit;
            }
            held.listed_as = tasks;
        }
        entry.held = held;
    }

    /// Whose slot it is.
    #[must_use]
    pub fn owner(&self, slot: u32) -> InstanceId {
        self.entry(slot).instance
    }

    /// What is free on an instance, whether it takes tasks or not.
    #[must_use]
    pub fn free(&self, slot: u32) -> Resources {
        let (cell, place) = self.locate(slot);
        self.cells[cell].index.free(place)
    }

    /// Tasks that hold resources of an instance.
    #[must_use]
    pub fn tasks(&self, slot: u32) -> u32 {
        self.entry(slot).tasks
    }

    /// Tasks of a group that count on an instance.
    #[must_use]
    pub fn on(&self, slot: u32, group: TaskGroupId) -> u32 {
        self.entry(slot).counted(group)
    }

    /// Tasks of a group that count in a zone.
    #[must_use]
    pub fn in_zone(&self, zone: ZoneId, group: TaskGroupId) -> u32 {
        self.zones[group.index()].get(zone.index()).copied().unwrap_or(0)
    }

    /// The cell of a slot, and its place there.
    fn locate(&self, slot: u32) -> (usize, u32) {
        let (cell, block) = self.blocks[(slot / BLOCK) as usize];
        (cell as usize, block * BLOCK + slot % BLOCK)
    }

    pub(super) fn entry(&self, slot: u32) -> &Entry {
        self.entries[slot as usize].as_ref().expect("the slot is occupied")
    }

    fn entry_mut(&mut self, slot: u32) -> &mut Entry {
        self.entries[slot as usize].as_mut().expect("the slot is occupied")
    }
}
