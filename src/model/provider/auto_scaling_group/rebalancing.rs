//! Spot in a group: what becomes of an instance that EC2 wants back, and Capacity Rebalancing.
//!
//! Documented (EC2 Auto Scaling user guide, ec2-auto-scaling-capacity-rebalancing): on a rebalance
//! recommendation the group launches a replacement, and terminates the instance at risk once that one
//! is in service; it may exceed its most by a tenth for that. Without, the group replaces what EC2 has
//! taken.

use crate::units::{InstanceId, ProviderId, SimDuration};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{DecisionSink, LeaveReason};
use super::super::super::event::{Effect, Event};
use super::super::super::instance::InstanceStatus;
use super::AutoScalingGroup;
use super::balance::excess;

impl AutoScalingGroup {
    /// How many instances there shall be: the desired capacity, one for each at risk, and those that
    /// none has left for yet, as far as the group may exceed its most.
    pub(super) fn target(&self, max_size: u32) -> u32 {
        let most = max_size + excess(max_size);
        let at_risk = u32::try_from(self.at_risk.len()).unwrap_or(u32::MAX);
        let beyond = at_risk.saturating_add(self.balance.beyond());
        self.desired.saturating_add(beyond).min(most.max(self.desired))
    }
}

impl Cluster<'_> {
    /// How many instances the group shall have now.
    pub(super) fn group_target(&self, id: ProviderId) -> u32 {
        self.group_ref(id).target(self.group_setup(id).settings.max_size)
    }

    /// EC2 recommends to replace an instance.
    pub(in crate::model::provider) fn group_rebalances<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &self.instances[id.index()];
        let (provider, zone) = (instance.capacity_provider, instance.zone);
        let member = self.group_ref(provider).members[zone.index()].contains(&id);
        if member && self.group_setup(provider).settings.capacity_rebalance {
            self.group_mut(provider).at_risk.push_back(id);
            step.push(Effect::After(SimDuration::ZERO, Event::PlanCapacity(provider)));
        }
    }

    /// An instance is in service: of those at risk since before it was asked for, the first may leave.
    pub(super) fn relieve<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        provider: ProviderId,
        by: InstanceId,
    ) {
        let asked = self.instances[by.index()].asked_at();
        let group = self.group_ref(provider);
        let Some(first) = group.at_risk.front().copied() else { return };
        let since = self.instances[first.index()].recommended_at.get();
        let wanted = group.desired + group.balance.beyond();
        if group.size > wanted && since.is_some_and(|since| since <= asked) {
            self.dismiss(step, provider, first, LeaveReason::Rebalanced);
        }
    }

    /// Terminates one instance.
    pub(super) fn dismiss<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        provider: ProviderId,
        id: InstanceId,
        reason: LeaveReason,
    ) {
        self.send_away(step, provider, id, reason);
        self.follow_with_daemons(step);
    }

    /// Updates of daemon services go on where instances have left: after all that leave together, since
    /// the daemons of those still to come count as healthy.
    pub(super) fn follow_with_daemons<S: DecisionSink>(&mut self, step: &mut Step<'_, S>) {
        if self.has_daemons() {
            self.update_daemons_further(step);
        }
    }

    /// Terminates one instance of several: drained first where draining is managed, else at once with
    /// what runs on it.
    pub(super) fn send_away<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        provider: ProviderId,
        id: InstanceId,
        reason: LeaveReason,
    ) {
        let instance = &self.instances[id.index()];
        let busy = instance.tasks > 0 && instance.status == InstanceStatus::Active;
        let settings = &self.group_setup(provider).settings;
        if !busy {
            self.terminate(step, id, reason);
        } else if settings.managed_draining {
            let timeout = settings.managed_draining_timeout;
            step.push(Effect::After(timeout, Event::ForceStopDue(id)));
            self.drain(step, id, reason);
        } else {
            self.terminate_unnoticed(step, id, settings.termination_detection);
        }
    }

    /// Documented: managed draining makes ECS_ENABLE_SPOT_INSTANCE_DRAINING redundant, which is off by
    /// default.
    pub(in crate::model::provider) fn group_drains_on_notice(&self, id: ProviderId) -> bool {
        let settings = &self.group_setup(id).settings;
        settings.managed_draining || settings.ecs_enable_spot_instance_draining
    }

    /// An instance has left that the group did not send away: it is replaced.
    pub(in crate::model::provider) fn group_makes_up<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        if self.group_ref(id).size < self.group_target(id) {
            step.push(Effect::After(SimDuration::ZERO, Event::PlanCapacity(id)));
        } else {
            self.watch_balance(step, id);
        }
    }
}
