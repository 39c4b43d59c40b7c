//! The policies of one service: each has its alarms and cooldowns, and none acts for itself alone.

use std::collections::VecDeque;

use crate::scenario::{
    Aggregation, PolicyKind, PredictiveScaling, ScalingPolicy, StepScaling, TargetTracking,
};
use crate::units::{SimDuration, SimTime};

use super::alarm::Alarm;
use super::cooldown::Cooldowns;
use super::predictive::Predictor;
use super::setup::looks_at;
use super::{Datapoint, step, target_tracking};

/// What a policy's alarms make of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Saw {
    /// There is no value: nothing follows.
    #[default]
    Missing,
    /// The alarm's period is not over.
    Gathering,
    /// Nothing breaches.
    Quiet,
    /// So many of the last values breach, which is not enough.
    RisingFor(u32),
    /// So many lie below the band, which is not enough.
    FallingFor(u32),
    /// The alarm that scales out calls the policy.
    High,
    /// The alarm that scales in calls it.
    Low,
}

/// A call of a policy on its way: it acts on the value that set it off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// Number of the call.
    pub number: u32,
    /// Position of the policy among the service's.
    pub policy: usize,
    /// [`Saw::High`] or [`Saw::Low`].
    pub saw: Saw,
    /// The value.
    pub point: Datapoint,
}

/// The service as a policy finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Desired count.
    pub desired: u32,
    /// Whether a deployment is going on.
    pub is_deploying: bool,
}

/// What a policy did, or why it did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A larger desired count.
    ScaleOut(u32),
    /// A smaller one.
    ScaleIn(u32),
    /// The desired count is what the value asks for: tasks are on their way, or rounding leaves nothing.
    AsWanted,
    /// It is at its most.
    AtMaxCapacity,
    /// It is at its least.
    AtMinCapacity,
    /// A scale-out that was no smaller is not long enough ago.
    OutCooldown,
    /// The last scale-in is not long enough ago.
    InCooldown,
    /// Nothing scales in during a deployment.
    Deploying,
    /// The target tracking policy at this position is not ready to scale in.
    NotAll(usize),
    /// The policy at this position wants as many as there are, or more.
    Overruled(usize),
    /// No step is for a breach of this size.
    NoStep,
}

/// A call, what it wanted, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Acted {
    /// The call.
    pub order: Order,
    /// Tasks that the policy wants.
    pub wanted: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What new limits did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// The least would lie above the most: AWS refuses.
    Refused,
    /// The desired count lies within.
    Within,
    /// It moves to the nearer limit.
    Moved(u32),
}

/// What an hour's forecast did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// There is not a day of data yet: so many hours.
    TooFewHours(usize),
    /// So many tasks; the policy only foretells.
    Told(u32),
    /// So many tasks, and there are as many.
    Enough(u32),
    /// So many tasks, and the service is at its most.
    AtMaxCapacity(u32),
    /// So many tasks: the new desired count.
    ScaleOut(u32, u32),
}

/// One policy.
#[derive(Clone, Debug)]
struct Policy {
    /// The alarm that scales out; a step policy's only one.
    high: Alarm,
    low: Alarm,
    cooldowns: Cooldowns,
    /// What the last value was, and what the alarms made of it.
    saw: Saw,
    last: Option<Datapoint>,
    /// The values of the alarm's period that is not over, where the metric comes more often.
    gathered: Vec<Option<Datapoint>>,
    predictor: Predictor,
    /// The tasks that the forecast wants this hour, at least.
    foretold: u32,
}

impl Policy {
    fn new(settings: &ScalingPolicy) -> Self {
        let (high, low) = match &settings.kind {
            PolicyKind::TargetTracking(own) => (
                Alarm::new(own.scale_out_datapoints, own.scale_out_datapoints),
                Alarm::new(own.scale_in_datapoints, own.scale_in_datapoints),
            ),
            PolicyKind::Step(own) => {
                let alarm = &own.alarm;
                (Alarm::new(alarm.datapoints_to_alarm, alarm.evaluation_periods), Alarm::new(1, 1))
            }
            PolicyKind::Predictive(_) => (Alarm::new(1, 1), Alarm::new(1, 1)),
        };
        Self {
            high,
            low,
            cooldowns: Cooldowns::default(),
            saw: Saw::Missing,
            last: None,
            gathered: Vec::new(),
            predictor: Predictor::default(),
            foretold: 0,
        }
    }
}

/// The scaling of one service.
#[derive(Clone, Debug)]
pub struct Scaling {
    min: u32,
    max: u32,
    policies: Vec<Policy>,
    orders: VecDeque<Order>,
    calls: u32,
}

impl Scaling {
    /// A scalable target with policies.
    #[must_use]
    pub fn new(min: u32, max: u32, policies: &[ScalingPolicy]) -> Self {
        let policies = policies.iter().map(Policy::new).collect();
        Self { min, max, policies, orders: VecDeque::new(), calls: 0 }
    }

    /// The limits of the desired count.
    #[must_use]
    pub const fn limits(&self) -> (u32, u32) {
        (self.min, self.max)
    }

    /// A period of the metric is over, which is published every `resolution` seconds. An alarm sees one
    /// value for each of its own periods. Documented: without data nothing follows.
    pub fn meter(
        &mut self,
        position: usize,
        settings: &ScalingPolicy,
        resolution: u32,
        point: Option<Datapoint>,
    ) -> Saw {
        let policy = &mut self.policies[position];
        policy.gathered.push(point);
        let lasts = u64::from(resolution) * policy.gathered.len() as u64;
        if lasts < u64::from(looks_at(settings).1) {
            return Saw::Gathering;
        }
        let aggregation = match &settings.kind {
            PolicyKind::Step(own) => own.metric_aggregation_type,
            PolicyKind::TargetTracking(_) | PolicyKind::Predictive(_) => Aggregation::Average,
        };
        let point = together(&policy.gathered, aggregation);
        policy.gathered.clear();
        let Some(point) = point else {
            policy.saw = Saw::Missing;
            return Saw::Missing;
        };
        let saw = match &settings.kind {
            PolicyKind::TargetTracking(own) => track(policy, own, &point),
            PolicyKind::Step(own) => breach(policy, own, &point),
            PolicyKind::Predictive(_) => {
                let bearing = f64::midpoint(f64::from(point.fewest), f64::from(point.most));
                policy.predictor.note(point.at, point.value * bearing);
                Saw::Quiet
            }
        };
        self.saw(position, saw, point)
    }

    /// The last value of a policy.
    #[must_use]
    pub fn last_of(&self, position: usize) -> Option<Datapoint> {
        self.policies[position].last
    }

    fn saw(&mut self, position: usize, saw: Saw, point: Datapoint) -> Saw {
        self.policies[position].saw = saw;
        self.policies[position].last = Some(point);
        if matches!(saw, Saw::High | Saw::Low) {
            self.orders.push_back(Order { number: self.calls, policy: position, saw, point });
            self.calls = self.calls.wrapping_add(1);
        }
        saw
    }

    /// The call that the last value set off.
    #[must_use]
    pub fn last_order(&self) -> Option<&Order> {
        self.orders.back()
    }

    /// A call comes to act. `None`: there is no such call.
    pub fn act(
        &mut self,
        all: &[ScalingPolicy],
        number: u32,
        view: View,
        now: SimTime,
    ) -> Option<Acted> {
        let position = self.orders.iter().position(|order| order.number == number)?;
        let order = self.orders.remove(position)?;
        let (wanted, outcome) = match &all[order.policy].kind {
            PolicyKind::TargetTracking(own) if order.saw == Saw::Low => {
                let wanted = target_tracking::wanted_in(own, &order.point);
                (wanted, self.scale_in(all, &order, wanted, own.scale_in_cooldown, view, now))
            }
            PolicyKind::TargetTracking(own) => {
                let wanted = target_tracking::wanted_out(own, &order.point, view.desired);
                (wanted, self.scale_out(order.policy, wanted, own.scale_out_cooldown, view, now))
            }
            PolicyKind::Step(own) => self.step(all, &order, own, view, now),
            PolicyKind::Predictive(_) => return None,
        };
        Some(Acted { order, wanted, outcome })
    }

    fn step(
        &mut self,
        all: &[ScalingPolicy],
        order: &Order,
        own: &StepScaling,
        view: View,
        now: SimTime,
    ) -> (u32, Outcome) {
        let Some(step) = step::step_for(own, order.point.value) else {
            return (view.desired, Outcome::NoStep);
        };
        let base = self.policies[order.policy].cooldowns.base(view.desired, own.cooldown, now);
        let from_base = step::adjusted(own, step, base);
        // A step down goes from what there is.
        if from_base > base && from_base <= view.desired {
            // It adds no more than is in flight.
            return (from_base, Outcome::OutCooldown);
        }
        if from_base > base {
            return (from_base, self.scale_out(order.policy, from_base, own.cooldown, view, now));
        }
        let wanted = step::adjusted(own, step, view.desired);
        (wanted, self.scale_in(all, order, wanted, own.cooldown, view, now))
    }

    /// Documented: never beyond the most; a desired count below the least goes to the least first.
    fn scale_out(
        &mut self,
        position: usize,
        wanted: u32,
        cooldown: SimDuration,
        view: View,
        now: SimTime,
    ) -> Outcome {
        let to = wanted.max(self.min).min(self.max);
        if wanted.max(self.min) <= view.desired {
            return Outcome::AsWanted;
        }
        if to <= view.desired {
            return Outcome::AtMaxCapacity;
        }
        if self.policies[position].cooldowns.blocks_out(wanted, cooldown, now) {
            return Outcome::OutCooldown;
        }
        self.policies[position].cooldowns.scaled_out(view.desired, to, cooldown, now);
        self.policies.iter_mut().for_each(|policy| policy.cooldowns.end_in());
        Outcome::ScaleOut(to)
    }

    /// Documented: not during a deployment; only if all target tracking policies that scale in are
    /// ready to; the largest capacity wins; not within the cooldown of the last scale-in.
    fn scale_in(
        &mut self,
        all: &[ScalingPolicy],
        order: &Order,
        wanted: u32,
        cooldown: SimDuration,
        view: View,
        now: SimTime,
    ) -> Outcome {
        if wanted >= view.desired {
            return Outcome::AsWanted;
        }
        if self.min >= view.desired {
            return Outcome::AtMinCapacity;
        }
        if view.is_deploying {
            return Outcome::Deploying;
        }
        let mut to = wanted.max(self.min);
        for other in (0..all.len()).filter(|other| *other != order.policy) {
            let of_both = [&all[order.policy].kind, &all[other].kind];
            let both_track = of_both.iter().all(|kind| {
                matches!(kind,
                PolicyKind::TargetTracking(own) if !own.disable_scale_in)
            });
            if both_track && self.policies[other].saw != Saw::Low {
                return Outcome::NotAll(other);
            }
            to = to.max(self.least_of(other, &all[other].kind, view));
            if to >= view.desired {
                return Outcome::Overruled(other);
            }
        }
        if self.policies[order.policy].cooldowns.blocks_in(cooldown, now) {
            return Outcome::InCooldown;
        }
        self.policies[order.policy].cooldowns.scaled_in(now);
        Outcome::ScaleIn(to)
    }

    /// The fewest tasks that a policy admits now.
    fn least_of(&self, position: usize, kind: &PolicyKind, view: View) -> u32 {
        let policy = &self.policies[position];
        match (kind, policy.saw, &policy.last) {
            (PolicyKind::Predictive(_), ..) => policy.foretold,
            (PolicyKind::TargetTracking(own), Saw::Low, Some(point)) if !own.disable_scale_in => {
                target_tracking::wanted_in(own, point)
            }
            (PolicyKind::TargetTracking(own), Saw::High, Some(point)) => {
                target_tracking::wanted_out(own, point, view.desired)
            }
            (PolicyKind::Step(own), Saw::High, Some(point)) => step::step_for(own, point.value)
                .map_or(0, |step| step::adjusted(own, step, view.desired)),
            _ => 0,
        }
    }

    /// A scheduled action: new limits, at once and whatever cooldowns run.
    ///
    /// Documented (scheduled-scaling-policy-overview): a count outside them moves to the nearer one.
    pub fn limit(&mut self, min: Option<u32>, max: Option<u32>, desired: u32) -> Limited {
        let (min, max) = (min.unwrap_or(self.min), max.unwrap_or(self.max));
        if min > max {
            return Limited::Refused;
        }
        (self.min, self.max) = (min, max);
        let to = desired.clamp(min, max);
        if to > desired {
            self.policies.iter_mut().for_each(|policy| policy.cooldowns.end_in());
        }
        if to == desired { Limited::Within } else { Limited::Moved(to) }
    }

    /// An hour begins at `hour`, and its forecast acts `now`. Documented: it never scales in; the
    /// greater of forecast and other policies holds.
    pub fn foretell(
        &mut self,
        position: usize,
        own: &PredictiveScaling,
        desired: u32,
        (now, hour): (SimTime, SimTime),
    ) -> Forecast {
        let policy = &mut self.policies[position];
        policy.predictor.foretell(now);
        let Some(tasks) = policy.predictor.tasks_at(hour, own.target_value) else {
            policy.foretold = 0;
            return Forecast::TooFewHours(policy.predictor.hours_known());
        };
        if !own.scales {
            return Forecast::Told(tasks);
        }
        policy.foretold = tasks;
        if let Some(percent) = own.increase_max_capacity.filter(|_| tasks > self.max) {
            let most = u64::from(tasks) * (100 + u64::from(percent));
            self.max = u32::try_from(most.div_ceil(100)).unwrap_or(u32::MAX);
        }
        let to = tasks.min(self.max);
        if to > desired {
            self.policies.iter_mut().for_each(|policy| policy.cooldowns.end_in());
            Forecast::ScaleOut(tasks, to)
        } else if tasks > desired {
            Forecast::AtMaxCapacity(tasks)
        } else {
            Forecast::Enough(tasks)
        }
    }
}

/// What the values of one period make together; `None`: there is none.
fn together(gathered: &[Option<Datapoint>], aggregation: Aggregation) -> Option<Datapoint> {
    let known = || gathered.iter().flatten();
    let values: Vec<f64> = known().map(|point| point.value).collect();
    Some(Datapoint {
        at: known().next_back()?.at,
        value: step::aggregate(aggregation, &values)?,
        fewest: known().map(|point| point.fewest).min()?,
        most: known().map(|point| point.most).max()?,
    })
}

/// A value of a step policy's alarm.
fn breach(policy: &mut Policy, own: &StepScaling, point: &Datapoint) -> Saw {
    let alarm = &own.alarm;
    let breaches = alarm.comparison.breaches(point.value, alarm.threshold);
    let breaching = policy.high.see(breaches);
    match (policy.high.is_set_off_by(breaching), alarm.comparison.is_upward()) {
        (true, true) => Saw::High,
        (true, false) => Saw::Low,
        (false, _) if !breaches => Saw::Quiet,
        (false, true) => Saw::RisingFor(breaching),
        (false, false) => Saw::FallingFor(breaching),
    }
}

/// A value of a target tracking policy's metric. Documented (service-auto-scaling): from no task one
/// value is enough.
fn track(policy: &mut Policy, own: &TargetTracking, point: &Datapoint) -> Saw {
    let above = target_tracking::is_above(own, point.value);
    let rising = policy.high.see(above);
    let falling = policy.low.see(target_tracking::is_below_band(own, point.value));
    let from_zero = above && point.most == 0;
    if from_zero || policy.high.is_set_off_by(rising) {
        return Saw::High;
    }
    if !own.disable_scale_in && policy.low.is_set_off_by(falling) {
        return Saw::Low;
    }
    // Values on both sides of the band are in a row on none: the present one says which is told.
    match (above, target_tracking::is_below_band(own, point.value)) {
        (true, _) => Saw::RisingFor(rising),
        (_, true) if !own.disable_scale_in => Saw::FallingFor(falling),
        _ => Saw::Quiet,
    }
}
