//! Availability zone rebalancing of a service: tasks start in the zones with fewest, and once they
//! are healthy as many stop in the zones with most.
//!
//! Documented (ECS developer guide, service-rebalancing): ECS looks at services in a steady state,
//! starts before it stops, and takes a service as even when each zone has its share of the desired
//! count, rounded up or down. On EC2 it uses the instances that are there and launches none. It leaves
//! protected tasks alone, and a deployment ends it. Assumed: how often it looks; that it starts as many
//! tasks at once as `maximumPercent` admits; that each takes the place of a task of its own provider.

use crate::units::{GroupId, ProviderId, ServiceId, SimDuration, SimTime, ZoneId};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::event::{Effect, Event};
use super::super::setup::RequestKind;
use super::super::stop_reason::StopReason;
use super::super::task::{LastStatus, StopCode, TaskRef};

/// What a service does for its zones.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct ZoneBalance {
    /// For each provider of its strategy the zones in which it could run tasks, bits by position.
    zones: Vec<u64>,
    /// Tasks that were started in zones with few, in whose place none has stopped yet.
    moving: Vec<(TaskRef, ZoneId)>,
    /// When the next look is due, if one is.
    look_at: Option<SimTime>,
    /// No zone that has too few tasks has room: who frees some looks here.
    waits_for_room: bool,
    /// Since when the zones have been uneven, with as many tasks as desired.
    uneven_since: Option<SimTime>,
    /// How long they were before.
    uneven: SimDuration,
    done: Vec<ZoneRebalancing>,
    in_vain: Vec<NotRebalanced>,
}

impl ZoneBalance {
    /// Tasks that have yet to take others' places.
    pub(in crate::model) fn moving(&self) -> u32 {
        u32::try_from(self.moving.len()).unwrap_or(u32::MAX)
    }
}

/// One rebalancing of a service.
#[derive(Clone, Debug)]
pub struct ZoneRebalancing {
    /// When its first task was started.
    pub started_at: SimTime,
    /// Tasks by zone at that time.
    pub before: Vec<u32>,
    /// Tasks that stopped after others had started in their place.
    pub moved: u32,
    /// How it ended, and when.
    pub ended: Option<(SimTime, RebalancingEnd)>,
    /// Tasks by zone at that time.
    pub after: Vec<u32>,
}

/// A look at uneven zones after which nothing was started.
#[derive(Clone, Copy, Debug)]
pub struct NotRebalanced {
    /// When this was found first.
    pub at: SimTime,
    /// The zone with fewest tasks.
    pub zone: ZoneId,
    /// What was in the way.
    pub obstacle: RebalancingEnd,
}

/// How a rebalancing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebalancingEnd {
    /// The zones are even.
    Completed,
    /// A deployment began, or the desired count changed.
    Interrupted,
    /// No zone with few tasks takes more.
    NoCapacity,
    /// The tasks that could stop are protected.
    TaskProtection,
}

/// One task of a provider to start in a zone, for one in another.
#[derive(Clone, Copy, Debug)]
struct Move {
    share: usize,
    from: ZoneId,
    to: ZoneId,
}

/// The tasks of a service that run, by provider and zone: all, and those that may stop.
#[derive(Clone, Debug)]
struct Census {
    all: Vec<Vec<u32>>,
    may_stop: Vec<Vec<u32>>,
}

impl Census {
    fn in_zone(&self, shares: &[usize], zone: ZoneId) -> u32 {
        shares.iter().map(|share| self.all[*share][zone.index()]).sum()
    }
}

fn zones_in(bits: u64) -> impl Iterator<Item = ZoneId> {
    (0..u64::BITS).filter(move |bit| bits >> bit & 1 == 1).map(ZoneId)
}

impl Cluster<'_> {
    /// A service is created: where it could run.
    pub(in crate::model) fn learn_zones(&mut self, id: ServiceId) {
        let primary = self.services[id.index()].primary;
        let strategy = self.setup.group(primary).strategy.iter();
        let zones = strategy.map(|item| match item.base > 0 || item.weight > 0 {
            true => self.zones_for(ProviderId::from_index(item.capacity_provider), primary),
            false => 0,
        });
        self.services[id.index()].zones.zones = zones.collect();
    }

    /// The zone that a task was started for, while it has not taken another's place.
    pub(in crate::model) fn bound_to(&self, task: TaskRef) -> Option<ZoneId> {
        let service = self.service_of(self.tasks.get(task).group)?;
        let moving = &self.services[service.index()].zones.moving;
        moving.iter().find(|(other, _)| *other == task).map(|(_, zone)| *zone)
    }

    /// Positions in the strategy whose tasks are spread together.
    fn spread_together(&self, id: GroupId) -> Vec<Vec<usize>> {
        let strategy = self.setup.group(id).strategy.iter().enumerate();
        let (alone, together): (Vec<_>, Vec<_>) = strategy.partition(|(_, item)| {
            self.spreads_alone(ProviderId::from_index(item.capacity_provider))
        });
        let mut all: Vec<Vec<usize>> = alone.into_iter().map(|(share, _)| vec![share]).collect();
        if !together.is_empty() {
            all.push(together.into_iter().map(|(share, _)| share).collect());
        }
        all
    }

    /// Whether some zone of a service has two tasks more than another, by the counts that are kept.
    fn has_uneven_zones(&self, id: ServiceId) -> bool {
        let service = &self.services[id.index()];
        let primary = service.primary;
        let strategy = self.setup.group(primary).strategy.iter();
        let mut together = 0;
        for (item, zones) in strategy.zip(&service.zones.zones) {
            match self.spread_of(ProviderId::from_index(item.capacity_provider), primary) {
                Some(counts) if differ(counts, *zones) => return true,
                Some(_) => {}
                None => together |= zones,
            }
        }
        differ(&self.groups[primary.index()].by_zone, together)
    }

    /// A service may have as many tasks as it wants: if its zones are uneven, ECS will look.
    #[inline]
    pub(in crate::model) fn watch_zones<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
    ) {
        let group = &self.groups[self.services[id.index()].primary.index()];
        let settled = group.running.saturating_sub(group.draining) >= group.desired_count;
        if settled && group.desired_count > 1 {
            self.note_zones(step, id);
        }
    }

    fn note_zones<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: ServiceId) {
        if !self.has_uneven_zones(id) {
            self.wait_for_room(id, false);
            let zones = &mut self.services[id.index()].zones;
            if let Some(since) = zones.uneven_since.take() {
                zones.uneven += step.now.since(since);
            }
            return;
        }
        let off = self.rebalancing_interval(id).is_none();
        let zones = &mut self.services[id.index()].zones;
        zones.uneven_since.get_or_insert(step.now);
        if off || zones.look_at.is_some() {
            return;
        }
        let primary = self.services[id.index()].primary;
        let census = self.census(id, step.now);
        let possible = self.next_zone_move(step, primary, &census).is_some();
        if possible || self.opens_of_itself(primary) {
            self.look_at_zones_later(step, id);
        } else {
            self.note_obstacle(id, step.now, &census);
            self.wait_for_room(id, true);
        }
    }

    /// Why nothing is done about uneven zones; told once as long as it is the same.
    fn note_obstacle(&mut self, id: ServiceId, now: SimTime, census: &Census) {
        let may_stop = census.may_stop.iter().flatten().any(|tasks| *tasks > 0);
        let obstacle =
            if may_stop { RebalancingEnd::NoCapacity } else { RebalancingEnd::TaskProtection };
        let zones = &mut self.services[id.index()].zones;
        let all = zones.zones.iter().fold(0, |all, zones| all | zones);
        let shares: Vec<usize> = (0..zones.zones.len()).collect();
        let fewest = zones_in(all).min_by_key(|zone| census.in_zone(&shares, *zone));
        let Some(zone) = fewest else { return };
        let told = zones.in_vain.last().is_some_and(|last| {
            let since = zones.done.last().map_or(SimTime::ZERO, |done| done.started_at);
            last.zone == zone && last.obstacle == obstacle && last.at >= since
        });
        if !told {
            zones.in_vain.push(NotRebalanced { at: now, zone, obstacle });
        }
    }

    fn rebalancing_interval(&self, id: ServiceId) -> Option<SimDuration> {
        let RequestKind::Service(setup) = &self.setup.group(self.services[id.index()].primary).kind
        else {
            return None;
        };
        setup.zone_rebalancing
    }

    fn opens_of_itself(&self, id: GroupId) -> bool {
        let mut strategy = self.setup.group(id).strategy.iter();
        strategy.any(|item| self.opens_unseen(ProviderId::from_index(item.capacity_provider)))
    }

    fn wait_for_room(&mut self, id: ServiceId, waits: bool) {
        let zones = &mut self.services[id.index()].zones;
        if zones.waits_for_room != waits {
            zones.waits_for_room = waits;
            self.services_without_room =
                if waits { self.services_without_room + 1 } else { self.services_without_room - 1 };
        }
    }

    /// An instance takes tasks, or takes more: a zone that had no room may have some.
    #[inline]
    pub(in crate::model) fn room_in_zones_appears<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
    ) {
        if self.services_without_room > 0 {
            for id in (0..self.services.len()).map(ServiceId::from_index) {
                if self.services[id.index()].zones.waits_for_room {
                    self.wait_for_room(id, false);
                    self.watch_zones(step, id);
                }
            }
        }
    }

    /// The next look: assumed, at whole intervals after the creation of the service.
    fn look_at_zones_later<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: ServiceId) {
        let Some(interval) = self.rebalancing_interval(id) else { return };
        let zones = &mut self.services[id.index()].zones;
        if zones.look_at.is_some() {
            return;
        }
        let Some(created) = self.services[id.index()].deployments.first() else { return };
        let looks = step.now.since(created.started_at).as_micros() / interval.as_micros() + 1;
        let at = created.started_at + interval.saturating_mul(looks);
        self.services[id.index()].zones.look_at = Some(at);
        step.push(Effect::After(at - step.now, Event::LookAtZones(id)));
    }

    /// ECS looks at the zones of a service.
    pub(in crate::model) fn look_at_zones<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
    ) {
        self.services[id.index()].zones.look_at = None;
        self.give_up_refused(step, id);
        let primary = self.services[id.index()].primary;
        if self.services[id.index()].zones.moving.is_empty() {
            if !self.has_uneven_zones(id) {
                self.rebalanced(step.now, id, RebalancingEnd::Completed);
                return;
            }
            if self.is_steady(id, step.now) {
                self.start_moves(step, id, primary);
            }
        }
        if self.services[id.index()].zones.moving.is_empty() {
            self.watch_zones(step, id);
        } else {
            self.look_at_zones_later(step, id);
        }
    }

    /// Whether a service is in a steady state: no deployment, and all tasks that it wants, and no
    /// others, run and are healthy.
    fn is_steady(&self, id: ServiceId, now: SimTime) -> bool {
        let primary = self.services[id.index()].primary;
        let group = &self.groups[primary.index()];
        let desired = group.desired_count;
        !self.is_deploying(id, now)
            && !self.is_stalled(id)
            && self.active_tasks(id) == desired
            && group.counted() == desired
            && group.running == desired
            && group.healthy_at(now) >= desired
            && !group.backs_off(now)
    }

    fn census(&self, id: ServiceId, now: SimTime) -> Census {
        let primary = self.services[id.index()].primary;
        let strategy = &self.setup.group(primary).strategy;
        let none = vec![vec![0; self.setup.zones.len()]; strategy.len()];
        let mut census = Census { all: none.clone(), may_stop: none };
        for task in &self.groups[primary.index()].active {
            let found = self.tasks.get(*task);
            if found.last_status != LastStatus::Running || self.is_draining(*task) {
                continue;
            }
            let provider = found.capacity_provider.index();
            let share = strategy.iter().position(|item| item.capacity_provider == provider);
            let (share, zone) = (share.unwrap_or(0), found.zone.index());
            census.all[share][zone] += 1;
            census.may_stop[share][zone] += u32::from(!self.is_protected(*task, now));
        }
        census
    }

    /// The next task to start elsewhere: from the zone with most tasks, of those that may stop, to the
    /// one with fewest, of those that have a place.
    fn next_zone_move<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: GroupId,
        census: &Census,
    ) -> Option<Move> {
        let service = self.service_of(id)?;
        for shares in self.spread_together(id) {
            let own = &self.services[service.index()].zones.zones;
            let all = shares.iter().fold(0, |zones, share| zones | own[*share]);
            let mut zones: Vec<ZoneId> = zones_in(all).collect();
            zones.sort_by_key(|zone| census.in_zone(&shares, *zone));
            for to in zones.iter().copied() {
                let few = census.in_zone(&shares, to);
                let uneven = |from: &&ZoneId| census.in_zone(&shares, **from) >= few + 2;
                for from in zones.iter().rev().take_while(uneven).copied() {
                    if let Some(share) = self.share_for(step, id, census, &shares, (from, to)) {
                        return Some(Move { share, from, to });
                    }
                }
            }
        }
        None
    }

    /// The provider of a task in `from` that may stop for one in `to`.
    fn share_for<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: GroupId,
        census: &Census,
        shares: &[usize],
        (from, to): (ZoneId, ZoneId),
    ) -> Option<usize> {
        let service = self.service_of(id)?;
        for share in shares.iter().copied() {
            let serves = self.services[service.index()].zones.zones[share] >> to.0 & 1 == 1;
            let provider = self.setup.group(id).strategy[share].capacity_provider;
            if serves
                && census.may_stop[share][from.index()] > 0
                && self.has_place_in(step, ProviderId::from_index(provider), id, to)
            {
                return Some(share);
            }
        }
        None
    }

    /// Starts tasks in zones with few, as far as `maximumPercent` and the launch rate admit.
    fn start_moves<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        primary: GroupId,
    ) {
        let RequestKind::Service(setup) = self.setup.group(primary).kind else { return };
        let mut census = self.census(id, step.now);
        let before = self.tasks_by_zone(&census);
        for _ in 0..self.may_start(id, primary) {
            let Some(found) = self.next_zone_move(step, primary, &census) else { break };
            let rate = setup.launch_rate_per_minute;
            if self.groups[primary.index()].admit(1, rate, step.now).0 == 0 {
                break;
            }
            let task = self.new_task(step, primary, step.now, found.share);
            self.services[id.index()].zones.moving.push((task, found.to));
            self.request_in_zone(step, task, found.to);
            census.all[found.share][found.from.index()] -= 1;
            census.may_stop[found.share][found.from.index()] -= 1;
            census.all[found.share][found.to.index()] += 1;
        }
        let zones = &mut self.services[id.index()].zones;
        let under_way = zones.done.last().is_some_and(|last| last.ended.is_none());
        if !zones.moving.is_empty() && !under_way {
            let started_at = step.now;
            zones.done.push(ZoneRebalancing {
                started_at,
                before,
                moved: 0,
                ended: None,
                after: Vec::new(),
            });
        }
        if zones.moving.is_empty() {
            self.note_obstacle(id, step.now, &census);
            let found = self.services[id.index()].zones.in_vain.last();
            let end = found.map_or(RebalancingEnd::NoCapacity, |found| found.obstacle);
            self.rebalanced(step.now, id, end);
        }
    }

    fn tasks_by_zone(&self, census: &Census) -> Vec<u32> {
        let zones = 0..self.setup.zones.len();
        zones.map(|zone| census.all.iter().map(|share| share[zone]).sum()).collect()
    }

    /// Tasks whose capacity was refused since the last look stop: others may go elsewhere.
    fn give_up_refused<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: ServiceId) {
        let moving = &self.services[id.index()].zones.moving;
        let refused = |task: &TaskRef| {
            let found = self.tasks.get(*task);
            found.epoch == task.epoch && found.wants_to_run() && self.is_refused_capacity(*task)
        };
        let refused: Vec<_> = moving.iter().map(|(task, _)| *task).filter(refused).collect();
        for task in &refused {
            self.services[id.index()].zones.moving.retain(|(other, _)| other != task);
            let (code, reason) = (StopCode::ServiceSchedulerInitiated, StopReason::ZoneRebalancing);
            self.stop_task_because(step, *task, code, reason);
        }
        if !refused.is_empty() && self.services[id.index()].zones.moving.is_empty() {
            self.rebalanced(step.now, id, RebalancingEnd::NoCapacity);
        }
    }

    /// For each task that was started elsewhere and is healthy one stops where most are.
    pub(in crate::model) fn finish_moves<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
    ) {
        let moving = std::mem::take(&mut self.services[id.index()].zones.moving);
        let lives = |task: TaskRef| {
            let found = self.tasks.get(task);
            found.epoch == task.epoch && found.wants_to_run()
        };
        let (healthy, young): (Vec<_>, Vec<_>) = moving
            .into_iter()
            .filter(|(task, _)| lives(*task))
            .partition(|(task, _)| self.is_healthy(*task, step.now));
        self.services[id.index()].zones.moving = young;
        for (task, _) in &healthy {
            let service = &self.services[id.index()];
            let group = &self.groups[service.primary.index()];
            if group.counted() <= group.desired_count + service.zones.moving() {
                break;
            }
            let Some(victim) = self.leaver(step, id, *task) else {
                self.rebalanced(step.now, id, RebalancingEnd::TaskProtection);
                continue;
            };
            let (code, reason) = (StopCode::ServiceSchedulerInitiated, StopReason::ZoneRebalancing);
            self.stop_task_because(step, victim, code, reason);
            if let Some(last) = self.services[id.index()].zones.done.last_mut() {
                last.moved += 1;
            }
        }
        let all_done = self.services[id.index()].zones.moving.is_empty();
        if !healthy.is_empty() && all_done && !self.has_uneven_zones(id) {
            self.rebalanced(step.now, id, RebalancingEnd::Completed);
        }
    }

    /// The task that goes for one that was started elsewhere: of its provider and in the zone with
    /// most tasks the one that scale-in would take.
    fn leaver<S: DecisionSink>(
        &self,
        step: &Step<'_, S>,
        id: ServiceId,
        started: TaskRef,
    ) -> Option<TaskRef> {
        let primary = self.services[id.index()].primary;
        let provider = self.tasks.get(started).capacity_provider;
        let strategy = self.setup.group(primary).strategy.iter();
        let own =
            strategy.map(|item| item.capacity_provider).position(|p| p == provider.index())?;
        let shares = self.spread_together(primary);
        let shares = shares.into_iter().find(|shares| shares.contains(&own))?;
        let census = self.census(id, step.now);
        let zones = (0..self.setup.zones.len()).map(ZoneId::from_index);
        let from = zones
            .filter(|zone| census.may_stop[own][zone.index()] > 0)
            .max_by_key(|zone| (census.in_zone(&shares, *zone), std::cmp::Reverse(*zone)))?;
        let own = |task: TaskRef| {
            let found = self.tasks.get(task);
            found.last_status == LastStatus::Running
                && found.zone == from
                && found.capacity_provider == provider
        };
        self.victims_among(step, primary, 1, own).first().copied()
    }

    /// A deployment begins, or the desired count changes: what was started for the zones is surplus.
    pub(in crate::model) fn interrupt_rebalancing(&mut self, id: ServiceId, now: SimTime) {
        self.services[id.index()].zones.moving.clear();
        self.rebalanced(now, id, RebalancingEnd::Interrupted);
    }

    fn rebalanced(&mut self, now: SimTime, id: ServiceId, end: RebalancingEnd) {
        let last = self.services[id.index()].zones.done.last();
        if last.is_none_or(|last| last.ended.is_some()) {
            return;
        }
        let after = self.tasks_by_zone(&self.census(id, now));
        if let Some(last) = self.services[id.index()].zones.done.last_mut() {
            last.ended = Some((now, end));
            last.after = after;
        }
    }

    /// How long the zones of a service were uneven while it had as many tasks as it wanted.
    #[must_use]
    pub fn uneven_for(&self, id: ServiceId, now: SimTime) -> SimDuration {
        let zones = &self.services[id.index()].zones;
        let since = zones.uneven_since.map_or(SimDuration::ZERO, |since| now.since(since));
        zones.uneven + since
    }

    /// The rebalancings of a service, in order.
    #[must_use]
    pub fn zone_rebalancings(&self, id: ServiceId) -> &[ZoneRebalancing] {
        &self.services[id.index()].zones.done
    }

    /// When uneven zones of a service were left as they were, and why.
    #[must_use]
    pub fn zones_left_uneven(&self, id: ServiceId) -> &[NotRebalanced] {
        &self.services[id.index()].zones.in_vain
    }

    /// RUNNING tasks of a service by zone, those on draining instances left out.
    #[must_use]
    pub fn running_by_zone(&self, id: ServiceId, now: SimTime) -> Vec<u32> {
        let mut zones = self.tasks_by_zone(&self.census(id, now));
        let primary = self.services[id.index()].primary;
        let others = self.services[id.index()].revisions.iter().filter(|other| **other != primary);
        for task in others.flat_map(|other| &self.groups[other.index()].active) {
            let found = self.tasks.get(*task);
            zones[found.zone.index()] += u32::from(found.last_status == LastStatus::Running);
        }
        zones
    }

    /// Whether a service runs on container instances that ECS does not launch for it.
    #[must_use]
    pub fn runs_on_instances_alone(&self, id: ServiceId) -> bool {
        !self.opens_of_itself(self.services[id.index()].primary)
    }

    /// Whether a service may run its tasks in a zone.
    #[must_use]
    pub fn may_run_in(&self, id: ServiceId, zone: ZoneId) -> bool {
        let zones = &self.services[id.index()].zones.zones;
        zones.iter().any(|own| own >> zone.0 & 1 == 1)
    }
}

/// Whether one of some zones has two tasks more than another.
fn differ(counts: &[u32], zones: u64) -> bool {
    let of = |zone: ZoneId| counts.get(zone.index()).copied().unwrap_or(0);
    let most = zones_in(zones).map(of).max().unwrap_or(0);
    let least = zones_in(zones).map(of).min().unwrap_or(0);
    most >= least + 2
}
