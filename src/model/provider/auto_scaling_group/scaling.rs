//! Managed scaling of a group: every minute the metric is taken, and the policy that an alarm calls sets
//! the desired capacity.

use crate::scenario::{ManagedScaling, PlacementConstraint};
use crate::units::{GroupId, InstanceId, ProviderId, SimDuration};

use super::super::super::cluster::{Cluster, Step};
use super::super::super::decision::{Decision, DecisionSink, Metered, PolicyCall};
use super::super::super::event::{Effect, Event};
use super::super::super::instance::Instance;
use super::super::super::placement::Ask;
use super::super::super::scaling::{
    Alarm, Demand, GroupView, Need, Needs, Outcome, Reservation, Tracking, TypeRange,
};
use super::super::super::setup::{AutoScalingGroupSetup, Setup};
use super::super::Provider;

/// How often the metric is computed (documented).
const MINUTE: SimDuration = SimDuration::from_secs(60);

/// The state of managed scaling.
#[derive(Clone, Debug)]
pub(super) struct Scaling {
    needs: Needs,
    tracking: Tracking,
    /// The last value of the metric.
    last: Option<Reservation>,
}

impl Scaling {
    /// `None` where it is off.
    pub(super) fn new(own: &AutoScalingGroupSetup, setup: &Setup) -> Option<Self> {
        let id = setup.providers.iter().position(|other| other.name() == own.name);
        let id = ProviderId::from_index(id.unwrap_or(0));
        let types = |of| {
            let of = own.candidates.iter().filter(move |candidate| candidate.architecture == of);
            let room: Vec<_> =
                of.map(|candidate| setup.room_beside_daemons(id, candidate)).collect();
            TypeRange::of(&room)
        };
        // Assumed: tasks that no instance of the group can hold for what it is are incompatible, as those
        // are that do not fit.
        let architecture =
            |ask: &Ask| own.could_satisfy(ask, &setup.zones).then_some(ask.architecture);
        let asks = || {
            let asks = setup.groups.iter().map(|group| &group.ask);
            asks.map(|ask| (architecture(ask), need(ask))).collect::<Vec<_>>()
        };
        own.settings.managed_scaling.enabled.then(|| Self {
            needs: Needs::new(&asks(), |architecture| types((*architecture)?)),
            tracking: Tracking::default(),
            last: None,
        })
    }
}

impl super::AutoScalingGroup {
    /// Whether waiting tasks of an origin count in CapacityProviderReservation; `true` where it is not
    /// computed.
    pub(in crate::model::provider) fn counts(&self, origin: GroupId) -> bool {
        self.scaling.as_ref().is_none_or(|scaling| scaling.needs.are_compatible(origin.index()))
    }
}

/// An Auto Scaling group as observers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScalingGroup {
    /// Instances that were there when the simulation began: registered, or in the warm pool.
    pub initial: u32,
    /// Desired capacity.
    pub desired: u32,
    /// Instances that count towards it: asked for, booting or in service.
    pub size: u32,
    /// Of those, running at EC2.
    pub running: u32,
    /// Of those, with tasks other than daemons.
    pub busy: u32,
    /// Tasks in PROVISIONING that wait for its instances.
    pub waiting: u32,
    /// Instances in its warm pool.
    pub warm: u32,
    /// How many it shall have.
    pub warm_target: u32,
    /// The last value of CapacityProviderReservation, where managed scaling is on.
    pub reservation: Option<Reservation>,
}

/// What the count sees of an ask. Assumed: of the constraints `distinctInstance`, beside whether they can
/// be satisfied at all.
fn need(ask: &Ask) -> Need {
    let distinct = ask.constraints.contains(&PlacementConstraint::DistinctInstance);
    Need { size: ask.size, host_ports: ask.host_ports.clone(), distinct }
}

impl Cluster<'_> {
    /// A provider that is an Auto Scaling group.
    #[must_use]
    pub fn scaling_group(&self, id: ProviderId) -> Option<ScalingGroup> {
        let Provider::AutoScalingGroup(group) = &self.providers[id.index()] else { return None };
        Some(ScalingGroup {
            initial: group.initial + group.warm.initially(),
            desired: group.desired,
            size: group.size,
            running: group.running,
            busy: group.busy,
            waiting: group.waiting.total,
            warm: group.warm.size,
            warm_target: self.warm_pool_target(id),
            reservation: group.scaling.as_ref().and_then(|scaling| scaling.last),
        })
    }

    /// The instances of a group that were launched for balance between zones and that none has left for
    /// yet.
    pub fn balance_replacements(&self, id: ProviderId) -> impl Iterator<Item = InstanceId> + '_ {
        let group = match &self.providers[id.index()] {
            Provider::AutoScalingGroup(group) => Some(group),
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => None,
        };
        group.into_iter().flat_map(|group| group.balance.replacements())
    }

    /// Whether an instance of a group was there when the simulation began.
    #[must_use]
    pub fn was_there_at_start(&self, instance: &Instance) -> bool {
        let group = self.scaling_group(instance.capacity_provider);
        group.is_some_and(|group| instance.ordinal < group.initial)
    }

    fn managed_scaling(&self, id: ProviderId) -> &ManagedScaling {
        &self.group_setup(id).settings.managed_scaling
    }

    /// A minute is over: the metric, and what the alarms make of it.
    pub(in crate::model::provider) fn group_measured<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
    ) {
        step.push(Effect::After(MINUTE, Event::ReservationMeasured(id)));
        let settings = &self.group_setup(id).settings;
        let group = self.group_mut(id);
        let (running, busy, desired) = (group.running, group.busy, group.desired);
        let Some(scaling) = &mut group.scaling else { return };
        let over = settings.managed_scaling.reservation_over_groups;
        let demand = if group.waiting.total == 0 {
            Demand::default()
        } else {
            scaling.needs.demand(group.waiting.by_group(), over)
        };
        let value = Reservation::new(running, busy, &demand, &settings.managed_scaling);
        scaling.last = Some(value);
        let alarm = scaling.tracking.minute(&settings.managed_scaling, value, step.now);
        if matches!(alarm, Alarm::High | Alarm::Low)
            && let Some(order) = scaling.tracking.last_order()
        {
            step.push(Effect::CallScalingPolicy(id, order.number));
        }
        if step.sink.wants() {
            step.sink.record(Decision::Metered(Metered {
                at: step.now,
                capacity_provider: id,
                reservation: value,
                incompatible: demand.incompatible,
                desired,
                alarm,
            }));
        }
    }

    /// The policy acts on the alarm that called it.
    pub(in crate::model::provider) fn group_policy_acts<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        id: ProviderId,
        number: u32,
    ) {
        let view = self.group_view(step, id);
        let settings = &self.group_setup(id).settings;
        let Some(scaling) = &mut self.group_mut(id).scaling else { return };
        let acted = scaling.tracking.act(&settings.managed_scaling, number, &view, step.now);
        let Some((order, outcome)) = acted else { return };
        if step.sink.wants() {
            step.sink.record(Decision::PolicyCall(PolicyCall {
                at: step.now,
                capacity_provider: id,
                order,
                desired: view.desired,
                outcome,
            }));
        }
        if let Outcome::ScaleOut(desired) | Outcome::ScaleIn(desired) = outcome {
            self.set_desired(step, id, desired);
        }
    }

    fn group_view<S>(&self, step: &Step<'_, S>, id: ProviderId) -> GroupView {
        let settings = &self.group_setup(id).settings;
        let group = self.group_ref(id);
        let protected = if settings.managed_termination_protection { group.busy } else { 0 };
        GroupView {
            desired: group.desired,
            min_size: settings.min_size,
            max_size: settings.max_size,
            warming_up: self.warms_up(step, id),
            protected,
        }
    }

    /// Whether an instance of the group is younger than the warm-up. Assumed: those that are there at the
    /// start are old enough, and one out of a warm pool is as old as its time in the group.
    fn warms_up<S>(&self, step: &Step<'_, S>, id: ProviderId) -> bool {
        let warmup = self.managed_scaling(id).instance_warmup_period;
        let group = self.group_ref(id);
        group.members.iter().flatten().any(|member| {
            let instance = &self.instances[member.index()];
            let left = instance.left_warm_pool_at.get();
            let running_at =
                instance.running_at.get().map(|at| left.map_or(at, |left| left.max(at)));
            instance.ordinal >= group.initial
                && running_at.is_none_or(|since| step.now.since(since) < warmup)
        })
    }
}
