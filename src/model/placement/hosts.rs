//! The container instances of one capacity provider, or of a fixed fleet, as placement sees them.

use std::collections::BTreeMap;

use prefetch_index::prefetch_index;

use crate::units::{InstanceId, Resources, TaskGroupId, ZoneId};

use super::ask::{Ask, AskId, NewHost};
use super::cell::{BLOCK, Cell, CellKey};
use super::host::Entry;
use super::plan::Plans;
use super::spread::Spread;
use super::tenants::{Tenant, Tenants};

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
    /// Boxed: they are long, and hosts are part of a provider.
    pub(super) plans: Box<Plans>,
    /// Names of the task groups.
    pub(super) groups: Vec<String>,
    /// The instant at which simulated time begins: seconds from 1970 in UTC.
    pub(super) epoch: i64,
    pub(super) cells: Vec<Cell>,
    cell_of: BTreeMap<CellKey, u32>,
    /// For each block of slots its cell, and its number among the cell's blocks.
    blocks: Vec<(u32, u32)>,
    /// By slot: what every task that comes or goes touches.
    loads: Vec<Load>,
    /// By slot: the rest.
    entries: Vec<Option<Entry>>,
    pub(super) spread: Spread,
    /// For each group its tasks by zone.
    zones: Vec<Vec<u32>>,
}

/// What is on an instance: a cache line, and one more where it holds many groups.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Load {
    tenants: Tenants,
    /// Which instance it is.
    owner: InstanceId,
    /// Tasks that hold resources.
    tasks: u32,
    zone: ZoneId,
}

const _: () = assert!(size_of::<Load>() == 64, "a load is a cache line");

impl Default for Load {
    fn default() -> Self {
        Self { tenants: Tenants::default(), owner: InstanceId(u32::MAX), tasks: 0, zone: ZoneId(0) }
    }
}

impl Hosts {
    /// No instances yet. `groups` are the names of task groups by [`TaskGroupId`], and `epoch` is the
    /// instant, in seconds from 1970 in UTC, at which simulated time begins.
    #[must_use]
    pub fn new(asks: &[Ask], groups: &[String], epoch: i64) -> Self {
        let mut spread = Spread::new(groups.len());
        Self {
            plans: Box::new(Plans::new(asks, groups.len(), &mut spread)),
            groups: groups.to_vec(),
            epoch,
            cells: Vec::new(),
            cell_of: BTreeMap::new(),
            blocks: Vec::new(),
            loads: Vec::new(),
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
            cell.lists.grow(cell.blocks.len() * BLOCK as usize);
            self.entries.resize_with(self.blocks.len() * BLOCK as usize, || None);
            self.loads.resize_with(self.entries.len(), Load::default);
        }
        let slot = cell.slot(place);
        self.loads[slot as usize] =
            Load { owner: host.instance, zone: host.zone, ..Load::default() };
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
        let tenants = self.tenants(slot).clone();
        tenants.iter().for_each(|tenant| self.count_out(slot, tenant.group, tenant.tasks));
        let (cell, place) = self.locate(slot);
        self.cells[cell].index.remove(place);
        self.entries[slot as usize] = None;
    }

    /// Sets whether an instance takes tasks: not while it is stopped in a warm pool, or drains.
    /// What is on
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
        let before = self.listed(slot);
        self.cells[cell].index.set_placeable(place, placeable);
        self.relist(slot, before, None);
    }

    /// Whether one instance may ever take a task, by its architecture and attributes.
    #[must_use]
    pub fn may_admit(&self, slot: u32, id: AskId) -> bool {
        let (cell, _) = self.locate(slot);
        self.cells[cell].admitted[id.index()]
    }

    /// Whether one instance would take a task now.
    #[must_use]
    pub fn admits(&self, slot: u32, id: AskId) -> bool {
        let plan = &self.plans.all[id.index()];
        let (cell, place) = self.locate(slot);
        let cell = &self.cells[cell];
        cell.admitted[id.index()]
            && cell.open(place).is_some_and(|free| plan.size.fits(&free))
            && self.entry(slot).has_ports(&plan.ports)
            && !(plan.constraints.distinct_instance && self.on(slot, plan.group) > 0)
            && self.is_member(plan, cell, place)
    }

    /// A task takes resources and ports of an instance and counts in its group; `false`, and nothing is
    /// changed, when they are not there. Whether the instance is placeable does not matter.
    #[must_use]
    pub fn take(&mut self, slot: u32, id: AskId) -> bool {
        let (cell, place) = self.locate(slot);
        let plan = &self.plans.all[id.index()];
        let Some(left) = self.cells[cell].index.free(place).checked_sub(&plan.size) else {
            return false;
        };
        if !plan.ports.is_empty() {
            if !self.entry(slot).has_ports(&plan.ports) {
                return false;
            }
            self.change_ports(slot, id, true);
        }
        let group = self.plans.all[id.index()].group;
        let before = self.listed(slot);
        let cell = &mut self.cells[cell];
        cell.index.set_free(place, left);
        self.spread.add(group, &cell.values, 1);
        let load = &mut self.loads[slot as usize];
        load.tasks += 1;
        let (counted, zone) = (load.tenants.add(group), load.zone);
        self.count_in_zone(zone, group);
        self.relist(slot, before, Some((group, counted)));
        if counted == 0 {
            self.update_alone(slot, group);
        }
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
        if !plan.ports.is_empty() {
            self.change_ports(slot, id, false);
        }
        let size = self.plans.all[id.index()].size;
        let before = self.listed(slot);
        let cell = &mut self.cells[cell];
        cell.index.set_free(place, cell.index.free(place).plus(&size));
        self.loads[slot as usize].tasks -= 1;
        self.relist(slot, before, None);
    }

    fn count_in_zone(&mut self, zone: ZoneId, group: TaskGroupId) {
        let zones = &mut self.zones[group.index()];
        if zones.len() <= zone.index() {
            zones.resize(zone.index() + 1, 0);
        }
        zones[zone.index()] += 1;
    }

    fn count_out(&mut self, slot: u32, group: TaskGroupId, tasks: u32) {
        let (cell, _) = self.locate(slot);
        self.spread.take(group, &self.cells[cell].values, tasks);
        let before = self.listed(slot);
        let load = &mut self.loads[slot as usize];
        self.zones[group.index()][load.zone.index()] -= tasks;
        let counted = load.tenants.take(group, tasks);
        self.relist(slot, before, Some((group, counted)));
        if counted == tasks {
            self.update_alone(slot, group);
        }
    }

    /// Takes or gives the ports of an ask. Lists that look at ports are left before and joined after.
    fn change_ports(&mut self, slot: u32, id: AskId, take: bool) {
        let (cell, place) = self.locate(slot);
        let open = self.cells[cell].open(place);
        self.relist_as(slot, open, None, None);
        let ports = &self.plans.all[id.index()].ports;
        let entry = self.entries[slot as usize].as_mut().expect("the slot is occupied");
        if take {
            entry.ports.extend_from_slice(ports);
        } else {
            entry.ports.retain(|port| !ports.contains(port));
        }
        self.relist_as(slot, None, open, None);
        for position in 0..self.plans.with_ports.len() {
            self.update_class(slot, self.plans.with_ports[position]);
        }
    }

    /// Opens or closes an instance to the classes that want to be alone, after a group came or went.
    fn update_alone(&mut self, slot: u32, group: TaskGroupId) {
        for position in 0..self.plans.alone[group.index()].len() {
            self.update_class(slot, self.plans.alone[group.index()][position]);
        }
    }

    fn update_class(&mut self, slot: u32, number: usize) {
        let own = &self.plans.own_classes[number];
        let alone = own.alone.is_none_or(|group| self.on(slot, group) == 0);
        let closed = !alone || !own.ports.is_empty() && !self.entry(slot).has_ports(&own.ports);
        let (class, (cell, place)) = (own.class, self.locate(slot));
        self.cells[cell].index.set_closed(place, class, closed);
    }

    /// What is free on an instance that takes tasks, where there are lists for [`Hosts::relist`].
    #[inline]
    fn listed(&self, slot: u32) -> Option<Resources> {
        if self.plans.watched.is_empty() {
            return None;
        }
        let (cell, place) = self.locate(slot);
        self.cells[cell].open(place)
    }

    /// Puts an instance on the lists of those that have tasks of a group and room for one more, or takes
    /// it from them. `before` is what was [`Hosts::listed`]; of the group in `recounted` there were
    /// so many tasks.
    #[inline]
    fn relist(
        &mut self,
        slot: u32,
        before: Option<Resources>,
        recounted: Option<(TaskGroupId, u32)>,
    ) {
        if !self.plans.watched.is_empty() {
            let (cell, place) = self.locate(slot);
            let after = self.cells[cell].open(place);
            self.relist_as(slot, before, after, recounted);
        }
    }

    fn relist_as(
        &mut self,
        slot: u32,
        before: Option<Resources>,
        after: Option<Resources>,
        recounted: Option<(TaskGroupId, u32)>,
    ) {
        let (cell, place) = self.locate(slot);
        let lists = &mut self.cells[cell].lists;
        let tenants = &self.loads[slot as usize].tenants;
        let entry = &self.entries[slot as usize];
        let Plans { watches, watched, .. } = &*self.plans;
        let mut move_from_to = |group: TaskGroupId, had: u32, has: u32| {
            for number in &watches[group.index()] {
                let watch = &watched[*number];
                let has_room = |free: Option<Resources>| {
                    free.is_some_and(|free| watch.size.fits(&free))
                        && (watch.ports.is_empty()
                            || entry.as_ref().is_some_and(|entry| entry.has_ports(&watch.ports)))
                };
                let was = had > 0 && has_room(before);
                let is = has > 0 && has_room(after);
                if was && !(is && had == has) {
                    lists.set(*number, had, place, false);
                }
                if is && !(was && had == has) {
                    lists.set(*number, has, place, true);
                }
            }
        };
        for Tenant { group, tasks } in tenants.iter() {
            if recounted.is_none_or(|(other, _)| other != *group) {
                move_from_to(*group, *tasks, *tasks);
            }
        }
        if let Some((group, had)) = recounted {
            move_from_to(group, had, tenants.count(group));
        }
    }

    /// A task is about to come to an instance, or to leave it.
    #[inline]
    pub fn prefetch(&self, slot: u32) {
        prefetch_index(&self.loads, slot as usize);
        let (cell, place) = self.locate(slot);
        self.cells[cell].index.prefetch(place);
    }

    /// Whose slot it is.
    #[must_use]
    pub fn owner(&self, slot: u32) -> InstanceId {
        self.loads[slot as usize].owner
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
        self.loads[slot as usize].tasks
    }

    /// Tasks of a group that count on an instance.
    #[must_use]
    pub fn on(&self, slot: u32, group: TaskGroupId) -> u32 {
        self.tenants(slot).count(group)
    }

    /// Tasks of a group that count in a zone.
    #[must_use]
    pub fn in_zone(&self, zone: ZoneId, group: TaskGroupId) -> u32 {
        self.zones[group.index()].get(zone.index()).copied().unwrap_or(0)
    }

    /// The number of the value that an attribute has on an instance, where some strategy spreads over the
    /// attribute: equal values have equal numbers.
    #[must_use]
    pub fn value_of(&self, slot: u32, attribute: &str) -> u32 {
        let (cell, _) = self.locate(slot);
        self.spread.number(attribute, &self.cells[cell].values)
    }

    pub(super) fn tenants(&self, slot: u32) -> &Tenants {
        &self.loads[slot as usize].tenants
    }

    /// The cell of a slot, and its place there.
    #[inline]
    pub(super) fn locate(&self, slot: u32) -> (usize, u32) {
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
