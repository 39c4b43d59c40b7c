//! A pool turns off, and EC2 takes instances back.
//!
//! Documented (EC2 user guide, rebalance-recommendations and spot-instance-termination-notices): a
//! rebalance recommendation is always sent, though perhaps only together with the notice; the notice
//! comes two minutes before the end. Measured: losses of one pool fall close together (docs/model.md,
//! `spot.loss`).

use crate::units::{InstanceId, SimDuration, SpotPoolId};

use super::super::cluster::{Cluster, Step};
use super::super::decision::{DecisionSink, LeaveReason};
use super::super::draws::{Luck, below};
use super::super::event::{Effect, Event};
use super::super::instance::InstanceStatus;
use super::super::task::{Stamp, StopCode};

impl Cluster<'_> {
    /// The pool's n-th stretch, in which it was available, ends: it loses some of its instances, or all.
    pub(in crate::model) fn spot_pool_turns<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        pool: SpotPoolId,
        n: u32,
    ) {
        let share = step.draws.spot_loss(pool, n);
        let spread = self.setup.spot.loss_spread;
        self.interrupt_pool(step, pool, n, share, spread);
        if let Some((until, stretch)) = self.ec2.spot.watch_next(pool, step.now, step.draws) {
            let turn = Event::SpotPoolTurns(pool, stretch);
            step.push(Effect::After(until.since(step.now), turn));
        }
    }

    /// EC2 wants back a share (of 2^64) of a pool's instances, over some time. `n` tells this occasion
    /// from others for the same instances.
    pub(in crate::model) fn interrupt_pool<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        pool: SpotPoolId,
        n: u32,
        share: u64,
        spread: SimDuration,
    ) {
        for id in self.ec2.spot.members(pool) {
            let instance = &self.instances[id.index()];
            let (provider, ordinal) = (instance.capacity_provider, instance.ordinal);
            if step.draws.draw(Luck::SpotLoss(provider, ordinal, n)) > share {
                continue;
            }
            let luck = step.draws.draw(Luck::SpotDelay(provider, ordinal, n));
            let delay = SimDuration::from_micros(below(luck, spread.as_micros().max(1)));
            step.effects.push(Effect::After(delay, Event::RebalanceRecommendation(*id)));
        }
    }

    /// The recommendation comes, and after its lead the notice.
    pub(in crate::model) fn rebalance_recommendation<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let again = self.was_recommended_in_vain(id);
        let instance = &mut self.instances[id.index()];
        let known = instance.recommended_at != Stamp::NONE && !again;
        if instance.terminated_at != Stamp::NONE || known {
            return;
        }
        instance.recommended_at = Stamp::at(step.now);
        if !again {
            self.rebalance_recommended(step, id);
        }
        let lead = self.setup.spot.recommendation_lead;
        step.push(Effect::After(lead, Event::SpotNotice(id)));
    }

    /// The notice: an instance that drains upon it takes no new tasks from now on.
    pub(in crate::model) fn spot_notice<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &mut self.instances[id.index()];
        if instance.terminated_at != Stamp::NONE || instance.notice_at != Stamp::NONE {
            return;
        }
        instance.notice_at = Stamp::at(step.now);
        self.note_storm(id);
        step.push(Effect::After(self.setup.spot.notice, Event::SpotReclaim(id)));
        self.drain_if_noticed(step, id);
    }

    /// An ACTIVE instance with a notice drains, where its provider says so; one without tasks leaves.
    pub(in crate::model) fn drain_if_noticed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        let instance = &self.instances[id.index()];
        let noticed = instance.notice_at != Stamp::NONE;
        let active = instance.status == InstanceStatus::Active;
        let provider = instance.capacity_provider;
        let empty = instance.tasks == 0;
        if !noticed || !active || !self.drains_on_notice(provider) {
            return;
        }
        if empty {
            self.terminate(step, id, LeaveReason::SpotInterruption);
            self.left_at_notice(step, provider);
        } else {
            self.drain(step, id, LeaveReason::SpotInterruption);
        }
    }

    /// Two minutes are over: the instance is gone, with all that is still on it.
    pub(in crate::model) fn spot_reclaim<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        self.note_storm_end(id);
        self.lose(step, id, StopCode::SpotInterruption, LeaveReason::SpotInterruption);
    }
}
