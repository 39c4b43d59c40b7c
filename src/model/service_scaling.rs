//! Service auto scaling in the cluster: periods of metrics end, alarms call policies, scheduled actions
//! and forecasts come due, and the desired count of a service changes.

use crate::scenario::{PolicyKind, PolicyMetric, Published};
use crate::units::{ServiceId, SimDuration, SimTime};

use super::cluster::{Cluster, Step};
use super::decision::{
    Decision, DecisionSink, ForecastMade, ServiceMetered, ServicePolicyCall, TookEffect,
};
use super::event::{Effect, Event};
use super::scaling::service::setup::looks_at;
use super::scaling::service::{
    Datapoint, Forecast, Limited, Outcome, Saw, Scaling, ServiceScalingSetup, View,
};
use super::setup::{RequestKind, Setup};

const HOUR: SimDuration = SimDuration::from_secs(3_600);

/// The state of one service's scaling.
#[derive(Clone, Debug)]
pub(super) struct Scaler {
    scaling: Scaling,
    /// Tasks RUNNING at the end of the last period, by resolution; `None`: none has ended.
    running: Vec<(u32, Option<u32>)>,
    /// How often each scheduled action has acted.
    acted: Vec<usize>,
    /// The last value of each metric.
    values: Vec<(PolicyMetric, Option<f64>)>,
    /// Whether the last value of some policy asked for more.
    breaches: bool,
}

impl Scaler {
    pub(super) fn all(setup: &Setup) -> Vec<Self> {
        setup.scaling.iter().map(Self::new).collect()
    }

    fn new(own: &ServiceScalingSetup) -> Self {
        Self {
            scaling: Scaling::new(own.min_capacity, own.max_capacity, &own.policies),
            running: own.resolutions().into_iter().map(|resolution| (resolution, None)).collect(),
            acted: vec![0; own.actions.len()],
            values: own.metrics.iter().map(|published| (published.metric, None)).collect(),
            breaches: false,
        }
    }
}

/// The scaling of a service as observers see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalingView<'c> {
    /// Fewest tasks.
    pub min_capacity: u32,
    /// Most tasks.
    pub max_capacity: u32,
    /// The last value of each metric that a policy looks at.
    pub values: &'c [(PolicyMetric, Option<f64>)],
    /// Whether the last value of some policy asked for more.
    pub breaches: bool,
}

impl Cluster<'_> {
    /// The scaling of a service, if it scales.
    #[must_use]
    pub fn service_scaling(&self, id: ServiceId) -> Option<ScalingView<'_>> {
        let own = &self.scalers[self.scaler_of(id)?];
        let (min_capacity, max_capacity) = own.scaling.limits();
        Some(ScalingView {
            min_capacity,
            max_capacity,
            values: &own.values,
            breaches: own.breaches,
        })
    }

    fn scaler_of(&self, id: ServiceId) -> Option<usize> {
        self.setup.scaling.iter().position(|own| own.service == id)
    }

    /// Whether the service exists.
    fn is_created(&self, id: ServiceId, now: SimTime) -> bool {
        match self.setup.groups[id.index()].kind {
            RequestKind::Service(service) => now >= service.create_at,
            RequestKind::RunTask(_) => false,
        }
    }

    /// Metrics, scheduled actions and forecasts begin.
    pub(super) fn begin_service_scaling<S: DecisionSink>(&self, step: &mut Step<'_, S>) {
        for own in &self.setup.scaling {
            for resolution in own.resolutions() {
                step.push(Effect::FirstServiceMetric(own.service, resolution));
            }
            for (action, scheduled) in (0..).zip(&own.actions) {
                if let Some(at) = scheduled.at.first() {
                    let event = Event::ScheduledAction(own.service, action);
                    step.push(Effect::After(at.since(SimTime::ZERO), event));
                }
            }
            for (position, policy) in (0..).zip(&own.policies) {
                if let PolicyKind::Predictive(predictive) = &policy.kind {
                    let first = HOUR.saturating_sub(predictive.scheduling_buffer_time);
                    let event = Event::ForecastDue(own.service, position);
                    step.push(Effect::After(first, event));
                }
            }
        }
    }

    /// A period of a service's metrics is over: policies see their values.
    pub(super) fn service_metered<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        resolution: u32,
    ) {
        let period = SimDuration::from_secs(u64::from(resolution));
        step.push(Effect::After(period, Event::ServiceMetered(id, resolution)));
        let Some(position) = self.scaler_of(id) else { return };
        let setup = &self.setup.scaling[position];
        let running = self.running_tasks(id);
        let was = self.scalers[position].running.iter_mut().find(|(of, _)| *of == resolution);
        let before = was.and_then(|(_, was)| was.replace(running));
        let is_created = !self.service(id).deployments().is_empty();
        let mut breaches = false;
        for published in setup.metrics.iter().filter(|metric| metric.resolution == resolution) {
            // What the run has of its first period is no whole one.
            let value = self.measure(id, published.metric, step.now);
            let value = value.filter(|_| before.is_some());
            let before = before.unwrap_or(running);
            let values = self.scalers[position].values.iter_mut();
            values.filter(|(of, _)| *of == published.metric).for_each(|(_, last)| *last = value);
            let point = value.map(|value| Datapoint {
                at: step.now,
                value,
                fewest: running.min(before),
                most: running.max(before),
            });
            // Before it is created nobody looks.
            if is_created {
                breaches |= self.policies_see(step, (id, position), *published, point);
            }
        }
        self.scalers[position].breaches = breaches;
    }

    /// Policies see a value of their metric; whether one of them has an alarm that it breaches.
    fn policies_see<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        (id, position): (ServiceId, usize),
        Published { metric, resolution }: Published,
        point: Option<Datapoint>,
    ) -> bool {
        let setup = &self.setup.scaling[position];
        let desired = self.desired_count(id);
        let mut breaches = false;
        for (number, policy) in setup.policies.iter().enumerate() {
            if looks_at(policy).0 != metric {
                continue;
            }
            let own = &mut self.scalers[position].scaling;
            let saw = own.meter(number, policy, resolution, point);
            breaches |= matches!(saw, Saw::High | Saw::RisingFor(_));
            if matches!(saw, Saw::High | Saw::Low)
                && let Some(order) = own.last_order()
            {
                step.push(Effect::CallServicePolicy {
                    service: id,
                    number: order.number,
                    resolution,
                });
            }
            // A day of minutes that say nothing is not kept.
            if step.sink.wants() && saw != Saw::Gathering {
                step.sink.record(Decision::ServiceMetered(ServiceMetered {
                    at: step.now,
                    service: id,
                    policy: number,
                    point: own.last_of(number).filter(|_| saw != Saw::Missing),
                    desired,
                    saw,
                }));
            }
        }
        breaches
    }

    /// A policy acts on the alarm that called it.
    pub(super) fn service_policy_acts<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        number: u32,
    ) {
        let Some(position) = self.scaler_of(id) else { return };
        let view =
            View { desired: self.desired_count(id), is_deploying: self.is_deploying(id, step.now) };
        let policies = &self.setup.scaling[position].policies;
        let acted = self.scalers[position].scaling.act(policies, number, view, step.now);
        let Some(acted) = acted else { return };
        if step.sink.wants() {
            step.sink.record(Decision::ServicePolicyCall(ServicePolicyCall {
                at: step.now,
                service: id,
                desired: view.desired,
                acted,
            }));
        }
        if let Outcome::ScaleOut(desired) | Outcome::ScaleIn(desired) = acted.outcome {
            self.note_deployment(id, step.now);
            self.set_desired_count(step, id, desired);
        }
    }

    /// A scheduled action sets new limits.
    pub(super) fn scheduled_action<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        action: u32,
    ) {
        let Some(position) = self.scaler_of(id) else { return };
        let scheduled = &self.setup.scaling[position].actions[action as usize];
        let acted = &mut self.scalers[position].acted[action as usize];
        *acted += 1;
        if let Some(at) = scheduled.at.get(*acted) {
            step.push(Effect::After(at.since(step.now), Event::ScheduledAction(id, action)));
        }
        let desired = self.desired_count(id);
        let own = &mut self.scalers[position].scaling;
        let limited = own.limit(scheduled.min_capacity, scheduled.max_capacity, desired);
        let limits = own.limits();
        let moves = self.is_created(id, step.now);
        if step.sink.wants() && moves {
            step.sink.record(Decision::TookEffect(TookEffect {
                at: step.now,
                service: id,
                action: action as usize,
                limits,
                desired,
                limited,
            }));
        }
        // A service that is not there yet has no count to move.
        if let Limited::Moved(to) = limited
            && moves
        {
            self.note_deployment(id, step.now);
            self.set_desired_count(step, id, to);
        }
    }

    /// The forecast of the next hour acts.
    pub(super) fn forecast_due<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ServiceId,
        policy: u32,
    ) {
        step.push(Effect::After(HOUR, Event::ForecastDue(id, policy)));
        let Some(position) = self.scaler_of(id).filter(|_| self.is_created(id, step.now)) else {
            return;
        };
        let setup = &self.setup.scaling[position];
        let PolicyKind::Predictive(predictive) = &setup.policies[policy as usize].kind else {
            return;
        };
        let desired = self.desired_count(id);
        let hour = step.now + predictive.scheduling_buffer_time;
        let own = &mut self.scalers[position].scaling;
        let forecast = own.foretell(policy as usize, predictive, desired, (step.now, hour));
        if step.sink.wants() {
            step.sink.record(Decision::ForecastMade(ForecastMade {
                at: step.now,
                service: id,
                policy: policy as usize,
                hour,
                desired,
                forecast,
            }));
        }
        if let Forecast::ScaleOut(_, to) = forecast {
            self.note_deployment(id, step.now);
            self.set_desired_count(step, id, to);
        }
    }
}
