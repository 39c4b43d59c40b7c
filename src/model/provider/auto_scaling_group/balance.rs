//! Zones that hold unequal numbers of a group's instances are brought back into balance: the process
//! AZRebalance.
//!
//! Documented (EC2 Auto Scaling user guide, auto-scaling-benefits): where a zone has become short, as
//! when it had no capacity and has some again, the group launches there first and terminates in the
//! fuller zone afterwards; for that it may exceed its most by a tenth, at least by one. Assumed: zones
//! that differ by two are out of balance; the group looks a while after it has become so, and again as
//! long as it is; as many replacements are on their way as may exceed the most; the next is launched
//! once one has done its work; none is launched that no departure could follow; they are bought as those
//! that leave were, and none comes out of a warm pool. One that never registers is given up by what gives
//! up any instance (`fault.health_timeout`), and the next may be launched.

use std::collections::BTreeSet;

use crate::units::{InstanceId, ProviderId, SimDuration, ZoneId};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{DecisionSink, LeaveReason, Start};
use super::super::super::event::{Effect, Event};
use super::super::super::instance::InstanceStatus;
use super::orders::{Joins, Pool};
use super::victims::Evens;

/// The state of AZRebalance.
#[derive(Clone, Debug, Default)]
pub(super) struct Balance {
    /// Instances launched for balance that none has left for yet.
    replacements: BTreeSet<InstanceId>,
    /// Whether a look is due.
    look_due: bool,
}

impl Balance {
    /// Instances launched for balance that none has left for yet.
    pub(super) fn replacements(&self) -> impl Iterator<Item = InstanceId> + '_ {
        self.replacements.iter().copied()
    }

    /// How many instances there are beyond those that there shall be.
    pub(super) fn beyond(&self) -> u32 {
        u32::try_from(self.replacements.len()).unwrap_or(u32::MAX)
    }

    /// An instance is none of the group any longer.
    pub(super) fn part(&mut self, id: InstanceId) {
        self.replacements.remove(&id);
    }
}

/// By how many instances a group may exceed its most for a while.
pub(super) fn excess(max_size: u32) -> u32 {
    (max_size / 10).max(1)
}

/// What the next replacement is for.
struct Move {
    leaves: InstanceId,
    /// The zones with at least two instances fewer than the one it leaves.
    to: Vec<ZoneId>,
}

impl Cluster<'_> {
    /// Zones may have come out of balance: a look is due after a while.
    pub(super) fn watch_balance<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        let wait = self.group_setup(id).settings.az_rebalance_interval;
        if self.group_ref(id).balance.beyond() > 0
            || self.is_uneven(id) && self.some_could_leave(id)
        {
            self.look_after(step, id, wait);
        }
    }

    /// An instance has lost its last task beside daemons: it may leave, where that was what kept it.
    pub(super) fn watch_emptied<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        instance: InstanceId,
    ) {
        let protects = self.group_setup(id).settings.managed_termination_protection;
        if protects && self.instances[instance.index()].tasks_beside_daemons() == 0 {
            self.watch_balance(step, id);
        }
    }

    /// Whether any instance of a zone with two more than another may leave, or may do so once it has
    /// arrived. While none may, looks would be in vain: the group waits until one is empty or another
    /// comes or goes.
    fn some_could_leave(&self, id: ProviderId) -> bool {
        let Some(least) = self.least_held(id) else { return false };
        let members = &self.group_ref(id).members;
        let mut fuller = members.iter().filter(|zone| zone.len() >= least + 2).flatten();
        fuller.any(|member| {
            let status = self.instances[member.index()].status;
            matches!(status, InstanceStatus::Requested | InstanceStatus::Registering)
                || self.may_leave(id, *member)
        })
    }

    fn look_after<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        wait: SimDuration,
    ) {
        if self.group_setup(id).settings.az_rebalance && !self.group_ref(id).balance.look_due {
            self.group_mut(id).balance.look_due = true;
            step.push(Effect::After(wait, Event::AzRebalance(id)));
        }
    }

    fn is_uneven(&self, id: ProviderId) -> bool {
        let held = |zone: &ZoneId| self.group_ref(id).members[zone.index()].len();
        let most = self.group_setup(id).zones.iter().map(held).max().unwrap_or(0);
        self.least_held(id).is_some_and(|least| least + 2 <= most)
    }

    /// The fewest instances that a zone has of those in which the group may launch.
    fn least_held(&self, id: ProviderId) -> Option<usize> {
        let setup = self.group_setup(id);
        let offered = setup.zones.iter().filter(|zone| setup.offered_in(**zone).next().is_some());
        offered.map(|zone| self.group_ref(id).members[zone.index()].len()).min()
    }

    /// The group compares its zones.
    pub(in crate::model::provider) fn group_balances<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        self.group_mut(id).balance.look_due = false;
        let in_service: Vec<_> = self.group_ref(id).balance.replacements.iter().copied().collect();
        for replacement in in_service {
            if self.instances[replacement.index()].status == InstanceStatus::Active {
                self.make_room_for(step, id, replacement);
            }
        }
        self.balance_zones(step, id);
    }

    /// A replacement is in service: one may leave for it, and the next may be launched.
    pub(super) fn balanced_by<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        by: InstanceId,
    ) {
        if self.group_ref(id).balance.replacements.contains(&by) {
            self.make_room_for(step, id, by);
            self.balance_zones(step, id);
        }
    }

    /// Launches what zones lack, as many as may be on their way at once.
    fn balance_zones<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: ProviderId) {
        let max = self.group_setup(id).settings.max_size;
        let mut ordered = Vec::new();
        while self.may_exceed(id, max)
            && let Some(next) = self.next_move(step, id)
        {
            let option = self.candidate_of(&self.instances[next.leaves.index()]).purchase_option;
            let closed = self.all_but(id, &next.to);
            let (new, refused) = self.order_among(step, id, Joins::Group, &[(option, 1)], closed);
            self.group_mut(id).balance.replacements.extend(&new);
            ordered.extend(&new);
            if let Some(refused) = refused.filter(|_| new.is_empty()) {
                let wait = self.tell_refused(step, id, &refused, 1);
                self.look_after(step, id, wait);
                break;
            }
            self.group_mut(id).refusals_in_a_row = 0;
            if new.is_empty() {
                break;
            }
        }
        self.launch(step, id, &ordered, Start::Cold);
        self.watch_balance(step, id);
    }

    /// Whether one more replacement may be on its way: the desired capacity is reached, none is at risk.
    fn may_exceed(&self, id: ProviderId, max: u32) -> bool {
        let group = self.group_ref(id);
        self.group_setup(id).settings.az_rebalance
            && group.at_risk.is_empty()
            && group.balance.beyond() < excess(max)
            && group.size == group.desired + group.balance.beyond()
    }

    /// The next instance to be replaced: after those that leave for replacements on their way, the first
    /// that would leave on scale-in, if its zone has two more than another.
    fn next_move<S: DecisionSink>(&mut self, step: &Step<'_, S>, id: ProviderId) -> Option<Move> {
        if !self.is_uneven(id) {
            return None;
        }
        let group = self.group_ref(id);
        let mut sizes: Vec<usize> = group.members.iter().map(BTreeSet::len).collect();
        let owed = group.balance.beyond();
        let mut victims = self.scale_in_victims(step, id, owed + 1, Evens::Zones);
        let leaves = victims.pop().filter(|_| victims.len() == owed as usize)?;
        for earlier in victims {
            sizes[self.instances[earlier.index()].zone.index()] -= 1;
        }
        let full = sizes[self.instances[leaves.index()].zone.index()];
        let option = self.candidate_of(&self.instances[leaves.index()]).purchase_option;
        let setup = self.group_setup(id);
        let offers =
            |zone: ZoneId| setup.offered_in(zone).any(|(_, of)| of.purchase_option == option);
        let lacks = |zone: &&ZoneId| sizes[zone.index()] + 2 <= full && offers(**zone);
        let to: Vec<_> = setup.zones.iter().filter(lacks).copied().collect();
        (!to.is_empty()).then_some(Move { leaves, to })
    }

    /// The pools of all zones but some.
    fn all_but(&self, id: ProviderId, open: &[ZoneId]) -> BTreeSet<Pool> {
        let setup = self.group_setup(id);
        let closed = setup.zones.iter().filter(|zone| !open.contains(zone));
        let pools = closed.flat_map(|zone| (0..setup.candidates.len()).map(move |of| (of, *zone)));
        pools.collect()
    }

    /// One of a fuller zone leaves for a replacement, bought like it if there is one; as long as none
    /// may, the replacement is one too many. Where no zone is fuller any more, it is of the group like
    /// others.
    fn make_room_for<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        replacement: InstanceId,
    ) {
        let group = self.group_ref(id);
        let of = &self.instances[replacement.index()];
        let held = |zone: ZoneId| group.members[zone.index()].len();
        let (own, pool) = (held(of.zone), of.candidate);
        let fuller = self.group_setup(id).zones.iter().any(|zone| held(*zone) > own);
        if !fuller {
            self.group_mut(id).balance.part(replacement);
            self.group_reconcile(step, id);
            return;
        }
        let setup = self.group_setup(id);
        let option = |candidate: u32| setup.candidates[candidate as usize].purchase_option;
        let size = group.size;
        let ranked = self.scale_in_victims(step, id, size, Evens::Zones);
        let group = self.group_ref(id);
        let held = |zone: ZoneId| group.members[zone.index()].len();
        let may: Vec<InstanceId> = ranked
            .into_iter()
            .filter(|victim| held(self.instances[victim.index()].zone) > own)
            .collect();
        let alike = may
            .iter()
            .find(|victim| option(self.instances[victim.index()].candidate) == option(pool));
        if let Some(leaves) = alike.or(may.first()).copied() {
            self.group_mut(id).balance.part(replacement);
            self.refuse_tasks(leaves);
            self.dismiss(step, id, leaves, LeaveReason::ZonesBalanced);
            self.group_makes_up(step, id);
        }
    }
}
