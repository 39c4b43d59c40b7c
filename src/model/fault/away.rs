//! Instances out of reach: they take no task, their tasks go on, and what happens on them is known when
//! they are back.
//!
//! Documented: an instance whose agent is disconnected gets no task (ECS developer guide,
//! api_failures_messages, AGENT). Observed: its tasks are not started anew elsewhere
//! (aws/containers-roadmap#2040). Assumed: ECS hears of everything at the moment of reconnection.

use crate::units::{InstanceId, SimTime};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::event::{Effect, Event};
use super::super::instance::InstanceStatus;

impl Cluster<'_> {
    /// ECS loses an instance from sight until `until`. `told`: it is worth telling, since it may come
    /// back.
    pub(super) fn cut_off<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: InstanceId,
        until: SimTime,
        told: bool,
    ) {
        self.faults.any_away = true;
        if self.instances[id.index()].connected {
            self.set_aside(id);
            self.instances[id.index()].connected = false;
            if told {
                step.push(Effect::InstanceDisconnected(id));
            }
        }
        let instance = &mut self.instances[id.index()];
        instance.away_until = instance.away_until.max(until);
    }

    /// An instance is back, unless another fault still keeps it away.
    pub(super) fn reconnect<S: DecisionSink>(&mut self, step: &mut Step<'_, S>, id: InstanceId) {
        let instance = &mut self.instances[id.index()];
        let gone = instance.status == InstanceStatus::Inactive;
        if gone || instance.connected || step.now < instance.away_until {
            return;
        }
        instance.connected = true;
        step.push(Effect::InstanceReconnected(id));
        if self.instances[id.index()].status == InstanceStatus::Active {
            self.rejoin(step, id);
        }
    }

    /// Keeps back what happens on an instance out of reach until it is known; says whether it did.
    pub(in crate::model) fn is_kept_back<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        event: Event,
    ) -> bool {
        // That an application serves is its own affair.
        if matches!(event, Event::TaskReady(_)) {
            return false;
        }
        let Some(task) = event.task() else { return false };
        let Some(found) = self.tasks.live_mut(task) else { return false };
        if !found.last_status.needs_instance() {
            return false;
        }
        let Some(instance) = found.instance().map(|id| &self.instances[id.index()]) else {
            return false;
        };
        if instance.connected {
            return false;
        }
        // One that never comes back takes its tasks along.
        if instance.away_until != SimTime::MAX {
            step.push(Effect::After(instance.away_until.since(step.now), event));
        }
        true
    }
}
