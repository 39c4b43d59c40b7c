//! What a Spot pool has: it is available and not in turns, and while it is, for so many instances.
//!
//! Sources: measured traces of scarce pools (docs/model.md, `spot.*`). How deep a pool is nobody outside
//! AWS knows.

use std::collections::BTreeMap;

use crate::units::{InstanceId, SimTime, SpotPoolId};

use super::super::draws::Draws;

/// The pools that were asked so far.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct SpotPools {
    pools: BTreeMap<SpotPoolId, SpotPool>,
}

/// A pool at the latest moment at which somebody looked.
#[derive(Clone, Debug)]
struct SpotPool {
    /// The stretch that the moment lies in.
    stretch: u32,
    available: bool,
    until: SimTime,
    depth: Option<u32>,
    /// Its instances, in order of launch.
    members: Vec<InstanceId>,
    /// The last stretch whose end is an event already.
    watched: Option<u32>,
}

impl SpotPool {
    fn new(id: SpotPoolId, draws: &dyn Draws) -> Self {
        let first = draws.spot_stretch(id, 0);
        Self {
            stretch: 0,
            available: first.available,
            until: SimTime::ZERO + first.lasts,
            depth: first.depth,
            members: Vec::new(),
            watched: None,
        }
    }

    fn advance(&mut self, id: SpotPoolId, now: SimTime, draws: &dyn Draws) {
        while self.until <= now {
            self.stretch += 1;
            let next = draws.spot_stretch(id, self.stretch);
            self.available = next.available;
            self.depth = next.depth;
            self.until = self.until + next.lasts;
        }
    }

    /// Instances left; `None` without a limit.
    fn left(&self) -> Option<u32> {
        if !self.available {
            return Some(0);
        }
        let held = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.depth.map(|depth| depth.saturating_sub(held))
    }
}

impl SpotPools {
    fn at(&mut self, id: SpotPoolId, now: SimTime, draws: &dyn Draws) -> &mut SpotPool {
        let pool = self.pools.entry(id).or_insert_with(|| SpotPool::new(id, draws));
        pool.advance(id, now, draws);
        pool
    }

    /// Instances left in a pool; `None` without a limit.
    pub(in crate::model) fn left(
        &mut self,
        id: SpotPoolId,
        now: SimTime,
        draws: &dyn Draws,
    ) -> Option<u32> {
        self.at(id, now, draws).left()
    }

    /// An instance comes out of an available pool. Tells when the stretch ends and which it is, unless
    /// that was told before.
    pub(in crate::model) fn join(
        &mut self,
        id: SpotPoolId,
        instance: InstanceId,
        now: SimTime,
        draws: &dyn Draws,
    ) -> Option<(SimTime, u32)> {
        let pool = self.at(id, now, draws);
        pool.members.push(instance);
        pool.watch(pool.stretch).then_some((pool.until, pool.stretch))
    }

    /// An instance goes back.
    pub(in crate::model) fn leave(&mut self, id: SpotPoolId, instance: InstanceId) {
        if let Some(pool) = self.pools.get_mut(&id) {
            pool.members.retain(|member| *member != instance);
        }
    }

    /// The instances of a pool.
    pub(super) fn members(&self, id: SpotPoolId) -> &[InstanceId] {
        self.pools.get(&id).map_or(&[], |pool| &pool.members)
    }

    /// A stretch has ended in which the pool was available: when the next such one ends and which it is,
    /// if instances are left to lose.
    pub(super) fn watch_next(
        &mut self,
        id: SpotPoolId,
        now: SimTime,
        draws: &dyn Draws,
    ) -> Option<(SimTime, u32)> {
        let pool = self.at(id, now, draws);
        if pool.members.is_empty() {
            return None;
        }
        let (mut stretch, mut until) = (pool.stretch, pool.until);
        if !pool.available {
            stretch += 1;
            until = until + draws.spot_stretch(id, stretch).lasts;
        }
        pool.watch(stretch).then_some((until, stretch))
    }
}

impl SpotPool {
    /// Whether the end of a stretch is not an event yet; now it will be.
    fn watch(&mut self, stretch: u32) -> bool {
        let news = self.watched != Some(stretch);
        self.watched = Some(stretch);
        news
    }
}
