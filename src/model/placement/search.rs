//! The search: in each cell the best instance, and of those the best.

use crate::scenario::AVAILABILITY_ZONE;

use super::ask::AskId;
use super::cell::Cell;
use super::constraint::Seen;
use super::hosts::Hosts;
use super::plan::{KEYS, Key, Plan, Search};
use super::random::pick;

/// What the steps of a strategy compare, of one instance.
type Keys = [u32; KEYS];

impl Hosts {
    /// Where a task goes now, if anywhere. `draw` is uniform over all numbers; it decides where the
    /// strategy says `random`, and is not looked at otherwise.
    #[must_use]
    pub fn choose(&self, id: AskId, draw: u64) -> Option<u32> {
        self.choose_among(id, draw, |_| true)
    }

    /// The same among the instances of one zone, for an ask that spreads over zones.
    #[must_use]
    pub fn choose_in_zone(&self, id: AskId, draw: u64, zone: &str) -> Option<u32> {
        self.choose_among(id, draw, |cell| {
            cell.attributes.get(AVAILABILITY_ZONE).is_some_and(|own| own == zone)
        })
    }

    #[inline]
    fn choose_among(
        &self,
        id: AskId,
        draw: u64,
        meant: impl Fn(&Cell) -> bool + Copy,
    ) -> Option<u32> {
        let plan = &self.plans.all[id.index()];
        if plan.random {
            return self.choose_at_random(id, plan, draw, meant);
        }
        let mut cells = self.cells_of(id).filter(|cell| meant(cell));
        let first = cells.next()?;
        let Some(second) = cells.next() else {
            return self.best(plan, first).map(|place| first.slot(place));
        };
        let mut best: Option<(Keys, u32)> = None;
        for cell in [first, second].into_iter().chain(cells) {
            // A cell that loses by its attributes alone need not be searched.
            if best.is_some_and(|(keys, _)| {
                self.keys_of_cell(plan, cell)[..plan.of_cell] > keys[..plan.of_cell]
            }) {
                continue;
            }
            let Some(place) = self.best(plan, cell) else { continue };
            let found = (self.keys(plan, cell, place), cell.slot(place));
            if best.is_none_or(|best| found < best) {
                best = Some(found);
            }
        }
        best.map(|(_, slot)| slot)
    }

    /// Whether the strategy of an ask says `random`.
    #[inline]
    #[must_use]
    pub fn draws_lots(&self, id: AskId) -> bool {
        self.plans.all[id.index()].random
    }

    /// Whether any instance would take a task now.
    #[must_use]
    pub fn has_room(&self, id: AskId) -> bool {
        let plan = &self.plans.all[id.index()];
        self.cells_of(id).any(|cell| match plan.search {
            _ if plan.constraints.depend_on_the_moment() => self.best(plan, cell).is_some(),
            Search::First(class) | Search::Least(class, _) | Search::All(class) => {
                cell.index.first_fit(class).is_some()
            }
            Search::Fewest(class, _, watch) => {
                cell.index.first_fit(class).is_some() || cell.lists.least(watch.0).is_some()
            }
        })
    }

    fn cells_of(&self, id: AskId) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(move |cell| cell.admitted[id.index()])
    }

    /// All instances that the steps leave equal are found, and one of them is drawn.
    fn choose_at_random(
        &self,
        id: AskId,
        plan: &Plan,
        draw: u64,
        meant: impl Fn(&Cell) -> bool + Copy,
    ) -> Option<u32> {
        let mut least: Option<Keys> = None;
        let mut count = 0;
        for cell in self.cells_of(id).filter(|cell| meant(cell)) {
            let Some((keys, here)) = self.equals(plan, cell) else { continue };
            if least.is_none_or(|least| keys < least) {
                least = Some(keys);
                count = 0;
            }
            if least == Some(keys) {
                count += here;
            }
        }
        let mut n = pick(draw, count);
        for cell in self.cells_of(id).filter(|cell| meant(cell)) {
            let Some((_, here)) = self.equals(plan, cell).filter(|(keys, _)| Some(*keys) == least)
            else {
                continue;
            };
            if n < here {
                return self.nth_equal(plan, cell, n).map(|place| cell.slot(place));
            }
            n -= here;
        }
        None
    }

    /// What the best instances of a cell have in common, and how many they are.
    fn equals(&self, plan: &Plan, cell: &Cell) -> Option<(Keys, u32)> {
        let best = self.best(plan, cell)?;
        let keys = self.keys(plan, cell, best);
        let count = match plan.search {
            Search::First(class) => cell.index.count(class),
            Search::Fewest(class, _, watch) => match cell.index.count(class) {
                0 => {
                    let list = cell.lists.least(watch.0).map(|n| cell.lists.places(watch.0, n));
                    u32::try_from(list.into_iter().flatten().count()).unwrap_or(u32::MAX)
                }
                count => count,
            },
            Search::Least(..) | Search::All(_) => {
                let all = self.all_equal(plan, cell, keys);
                u32::try_from(all.count()).unwrap_or(u32::MAX)
            }
        };
        Some((keys, count))
    }

    /// The `n`-th of the best instances of a cell.
    fn nth_equal(&self, plan: &Plan, cell: &Cell, n: u32) -> Option<u32> {
        match plan.search {
            Search::First(class) => cell.index.nth(class, n),
            Search::Fewest(class, _, _) if cell.index.count(class) > 0 => cell.index.nth(class, n),
            Search::Fewest(_, _, watch) => {
                let tasks = cell.lists.least(watch.0)?;
                cell.lists.places(watch.0, tasks).nth(n as usize)
            }
            Search::Least(..) | Search::All(_) => {
                let keys = self.keys(plan, cell, self.best(plan, cell)?);
                self.all_equal(plan, cell, keys).nth(n as usize)
            }
        }
    }

    /// The instances of a cell that have these keys, one by one.
    fn all_equal<'a>(
        &'a self,
        plan: &'a Plan,
        cell: &'a Cell,
        keys: Keys,
    ) -> impl Iterator<Item = u32> + 'a {
        let (Search::First(class)
        | Search::Least(class, _)
        | Search::Fewest(class, _, _)
        | Search::All(class)) = plan.search;
        cell.fitting(class)
            .filter(move |place| self.is_member(plan, cell, *place))
            .filter(move |place| self.keys(plan, cell, *place) == keys)
    }

    /// The best instance of a cell, the lowest among equals.
    fn best(&self, plan: &Plan, cell: &Cell) -> Option<u32> {
        if plan.constraints.depend_on_the_moment() {
            return self.best_member(plan, cell);
        }
        match plan.search {
            Search::First(class) => cell.index.first_fit(class),
            Search::Least(class, order) => cell.index.least(order, class),
            Search::Fewest(class, order, watch) => match order {
                None => cell.index.first_fit(class).or_else(|| {
                    let tasks = cell.lists.least(watch.0)?;
                    cell.lists.places(watch.0, tasks).next()
                }),
                Some(order) => cell.index.least(order, class).or_else(|| {
                    let tasks = cell.lists.least(watch.0)?;
                    self.least_of(plan, cell, cell.lists.places(watch.0, tasks))
                }),
            },
            Search::All(class) => self.least_of(plan, cell, cell.fitting(class)),
        }
    }

    /// The same where constraints depend on the moment: candidates are looked at until one satisfies
    /// them.
    fn best_member(&self, plan: &Plan, cell: &Cell) -> Option<u32> {
        let is_member = |place: &u32| self.is_member(plan, cell, *place);
        match plan.search {
            Search::First(class) => cell.fitting(class).find(is_member),
            Search::Least(class, order) => cell.index.ascending(order, class).find(is_member),
            Search::Fewest(class, order, watch) => {
                let alone = match order {
                    None => cell.fitting(class).find(is_member),
                    Some(order) => cell.index.ascending(order, class).find(is_member),
                };
                let members = |tasks| cell.lists.places(watch.0, tasks).filter(is_member);
                alone.or_else(|| {
                    (1..=cell.lists.most(watch.0))
                        .find_map(|tasks| self.least_of(plan, cell, members(tasks)))
                })
            }
            Search::All(class) => self.least_of(plan, cell, cell.fitting(class).filter(is_member)),
        }
    }

    fn least_of(&self, plan: &Plan, cell: &Cell, places: impl Iterator<Item = u32>) -> Option<u32> {
        places.min_by_key(|place| (self.keys(plan, cell, *place), *place))
    }

    /// Whether an instance satisfies the constraints that depend on the moment.
    pub(super) fn is_member(&self, plan: &Plan, cell: &Cell, place: u32) -> bool {
        if !plan.constraints.depend_on_the_moment() {
            return true;
        }
        plan.constraints.admit_now(&Seen {
            attributes: &cell.attributes,
            entry: self.entry(cell.slot(place)),
            tasks: self.tasks(cell.slot(place)),
            tenants: self.tenants(cell.slot(place)),
            groups: &self.groups,
            epoch: self.epoch,
        })
    }

    /// The keys of the first steps, which instances of a cell have in common.
    fn keys_of_cell(&self, plan: &Plan, cell: &Cell) -> Keys {
        let mut keys = [0; KEYS];
        for (value, key) in keys.iter_mut().zip(&plan.keys[..plan.of_cell]) {
            if let Key::Spread(pair) = key {
                *value = self.spread.count(*pair, &cell.values);
            }
        }
        keys
    }

    fn keys(&self, plan: &Plan, cell: &Cell, place: u32) -> Keys {
        let mut keys = [0; KEYS];
        for (value, key) in keys.iter_mut().zip(&plan.keys) {
            *value = match key {
                Key::Spread(pair) => self.spread.count(*pair, &cell.values),
                Key::OnInstance => self.on(cell.slot(place), plan.group),
                Key::Left(limit) => cell.index.free(place).get(*limit),
            };
        }
        keys
    }
}
