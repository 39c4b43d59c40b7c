//! From the desired capacity to launches and terminations.

use std::cmp::Ordering;

use crate::units::{InstanceId, ProviderId, SimDuration};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{Decision, DecisionSink, Launch, LeaveReason, Refusal, Start};
use super::super::super::event::{Effect, Event};
use super::super::super::instance::InstanceStatus;
use super::super::super::task::{Stamp, StopCode};
use super::orders::Refused;
use super::victims::Evens;

impl Cluster<'_> {
    /// Sets the desired capacity, between the group's least and most.
    pub(super) fn set_desired<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        desired: u32,
    ) {
        let settings = &self.group_setup(id).settings;
        let (min, max) = (settings.min_size, settings.max_size);
        self.group_mut(id).desired = desired.clamp(min, max);
        self.group_reconcile(step, id);
    }

    /// The group looks at what it has and what it shall have.
    pub(in crate::model::provider) fn group_reconcile<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        self.group_mut(id).retry_due = false;
        let target = self.group_target(id);
        let size = self.group_ref(id).size;
        match size.cmp(&target) {
            Ordering::Less => self.grow(step, id),
            Ordering::Equal => {}
            Ordering::Greater => self.shrink(step, id, size - target),
        }
        self.keep_warm_pool(step, id);
        self.watch_balance(step, id);
    }

    fn grow<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: ProviderId) {
        self.draw_on_warm_pool(step, id);
        let (ordered, refused) = self.order_instances(step, id);
        self.launch(step, id, &ordered, Start::Cold);
        match refused {
            None => self.group_mut(id).refusals_in_a_row = 0,
            Some(refused) => {
                let missing = self.group_target(id).saturating_sub(self.group_ref(id).size);
                self.retry_later(step, id, &refused, missing);
            }
        }
    }

    /// What has been ordered is launched.
    pub(super) fn launch<S: DecisionSink>(
        &self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        ordered: &[InstanceId],
        start: Start,
    ) {
        for instance in ordered {
            step.push(Effect::LaunchInstance { instance: *instance, waited: SimDuration::ZERO });
        }
        self.tell_launches(step, id, ordered, start);
    }

    /// Assumed: refused launches are tried again after a while.
    pub(super) fn retry_later<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        refused: &Refused,
        missing: u32,
    ) {
        let wait = self.tell_refused(step, id, refused, missing);
        let group = self.group_mut(id);
        if !group.retry_due {
            group.retry_due = true;
            step.push(Effect::After(wait, Event::PlanCapacity(id)));
        }
    }

    /// EC2 has refused: observers are told, and the answer is how long to wait.
    pub(super) fn tell_refused<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        refused: &Refused,
        missing: u32,
    ) -> SimDuration {
        step.push(Effect::After(SimDuration::ZERO, Event::LaunchRefused(id)));
        let waits = &self.group_setup(id).settings.launch_retry;
        let turn = self.group_ref(id).refusals_in_a_row;
        self.group_mut(id).refusals_in_a_row += 1;
        if step.sink.wants() {
            step.sink.record(Decision::Refused(Refusal {
                at: step.now,
                capacity_provider: id,
                zone: refused.zone,
                candidate: refused.candidate,
                // Where another pool has given all, those that the first did not.
                instances: if missing > 0 { missing } else { refused.instances },
                reason: refused.reason,
            }));
        }
        waits.get(turn).or(waits.last()).copied().unwrap_or(SimDuration::from_secs(60))
    }

    pub(super) fn tell_launches<S: DecisionSink>(
        &self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        ordered: &[InstanceId],
        start: Start,
    ) {
        if !step.sink.wants() {
            return;
        }
        let mut counts = std::collections::BTreeMap::new();
        for instance in ordered.iter().map(|id| &self.instances[id.index()]) {
            *counts.entry((instance.zone, instance.candidate)).or_insert(0) += 1;
        }
        for ((zone, candidate), instances) in counts {
            step.sink.record(Decision::Launch(Launch {
                at: step.now,
                capacity_provider: id,
                zone,
                waiting: Vec::new(),
                candidate: candidate as usize,
                tasks_each: Vec::new(),
                instances,
                considered: Vec::new(),
                candidates: self.group_setup(id).candidates.len(),
                start,
            }));
        }
    }

    /// Terminates so many instances, as far as they may leave: drained first where draining is managed,
    /// else at once with what runs on them.
    fn shrink<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: ProviderId, surplus: u32) {
        let victims = self.scale_in_victims(step, id, surplus, Evens::Purchases);
        // They go together: none takes the tasks of another.
        for victim in &victims {
            self.refuse_tasks(*victim);
        }
        for victim in victims {
            self.send_away(step, id, victim, LeaveReason::ScaleIn);
        }
        self.follow_with_daemons(step);
    }

    /// An instance is terminated under its tasks. Assumed: ECS learns of it after a while; till then the
    /// tasks count as running, their instance as none of the group, and no service replaces them.
    pub(super) fn terminate_unnoticed<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        noticed_after: SimDuration,
    ) {
        self.retire(id);
        let candidate = self.candidate_of(&self.instances[id.index()]);
        let instance = &mut self.instances[id.index()];
        instance.status = InstanceStatus::Draining;
        // Its bill ends now.
        instance.terminated_at = Stamp::at(step.now);
        let zone = instance.zone;
        self.ec2.terminate(candidate, zone, id);
        let tasks = self.tasks_on(id);
        self.count_as_draining(&tasks);
        step.push(Effect::After(noticed_after, Event::ForceStopDue(id)));
    }

    /// Documented: an instance is terminated after 48 hours of draining, whatever runs on it. Or it was
    /// terminated at once, and ECS learns of it.
    pub(in crate::model::provider) fn group_drained_long_enough<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
    ) {
        if self.instances[id.index()].status == InstanceStatus::Draining {
            let provider = self.instances[id.index()].capacity_provider;
            let draining = self.group_setup(provider).settings.managed_draining;
            let reason =
                if draining { LeaveReason::DrainingTimedOut } else { LeaveReason::ScaleIn };
            self.lose(step, id, StopCode::TerminationNotice, reason);
        }
    }
}
