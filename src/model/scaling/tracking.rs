//! The alarms on the metric, and the target tracking policy that they set off.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::scenario::{ManagedScaling, ScaleInLimit};
use crate::units::SimTime;

use super::reservation::{Basis, FROM_ZERO, Reservation};

/// What the alarms make of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// At the target: neither is in alarm.
    Quiet,
    /// Above the target for so many minutes, which is not long enough.
    RisingFor(u32),
    /// Below the target for so many minutes, which is not long enough.
    FallingFor(u32),
    /// The high alarm calls the policy.
    High,
    /// The low alarm calls the policy.
    Low,
}

/// A call of the policy on its way: it acts on the value that set it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Number of the call.
    pub number: u32,
    /// Which alarm called.
    pub alarm: Alarm,
    /// The value.
    pub reservation: Reservation,
    /// When it was measured.
    pub measured_at: SimTime,
}

/// The group as the policy finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Desired capacity.
    pub desired: u32,
    /// Its least.
    pub min_size: u32,
    /// Its most.
    pub max_size: u32,
    /// Whether an instance is younger than the warm-up, or not running yet.
    pub warming_up: bool,
    /// Instances that managed termination protection keeps: those with tasks.
    pub protected: u32,
}

/// What the policy did, or why it did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A larger desired capacity.
    ScaleOut(u32),
    /// A smaller desired capacity.
    ScaleIn(u32),
    /// An instance is younger than the warm-up.
    WarmingUp,
    /// The desired capacity is what the value asks for: instances are on their way, or rounding leaves
    /// nothing to change.
    AsWanted,
    /// The group is at its `max_size`.
    AtMaxSize,
    /// The group is at its `min_size`.
    AtMinSize,
    /// The last scale-out was not long enough ago.
    AfterScaleOut,
    /// All that are left have tasks, and managed termination protection keeps them.
    Protected,
}

/// The alarms and the policy of one provider.
#[derive(Clone, Debug, Default)]
pub struct Tracking {
    /// Minutes in a row above the target.
    above: u32,
    /// Minutes in a row below it, since the last scale-out.
    below: u32,
    scaled_out_at: Option<SimTime>,
    calls: u32,
    orders: VecDeque<Order>,
}

impl Tracking {
    /// A minute's value. Documented: the low alarm takes 15 values below the target. Observed: the high
    /// one takes 1 above it; both call the policy again every minute while they last.
    pub fn minute(&mut self, scaling: &ManagedScaling, value: Reservation, now: SimTime) -> Alarm {
        let (above, below) = match value.against(scaling.target_capacity) {
            // Above its target too, and yet there is nothing to start.
            Ordering::Greater if value.basis == Basis::Empty => (0, 0),
            Ordering::Greater => (self.above.saturating_add(1), 0),
            Ordering::Equal => (0, 0),
            Ordering::Less => (0, self.below.saturating_add(1)),
        };
        (self.above, self.below) = (above, below);
        match (above, below) {
            (0, 0) => Alarm::Quiet,
            (0, minutes) if minutes < scaling.scale_in_datapoints => Alarm::FallingFor(minutes),
            (0, _) => Alarm::Low,
            (minutes, _) if minutes < scaling.scale_out_datapoints => Alarm::RisingFor(minutes),
            _ => Alarm::High,
        }
        .called(|alarm| self.call(alarm, value, now))
    }

    fn call(&mut self, alarm: Alarm, reservation: Reservation, measured_at: SimTime) {
        self.orders.push_back(Order { number: self.calls, alarm, reservation, measured_at });
        self.calls = self.calls.wrapping_add(1);
    }

    /// The call that the last minute set off.
    #[must_use]
    pub fn last_order(&self) -> Option<&Order> {
        self.orders.back()
    }

    /// A call comes to act. `None`: there is no such call.
    pub fn act(
        &mut self,
        scaling: &ManagedScaling,
        number: u32,
        group: &GroupView,
        now: SimTime,
    ) -> Option<(Order, Outcome)> {
        let position = self.orders.iter().position(|order| order.number == number)?;
        let order = self.orders.remove(position)?;
        let outcome = match order.alarm {
            Alarm::Low => self.scale_in(scaling, &order, group, now),
            Alarm::High | Alarm::Quiet | Alarm::RisingFor(_) | Alarm::FallingFor(_) => {
                scale_out(scaling, &order, group)
            }
        };
        if let Outcome::ScaleOut(_) = outcome {
            // Documented: a scale-out stops a scale-in, which starts from the beginning.
            self.scaled_out_at = Some(now);
            self.below = 0;
        }
        Some((order, outcome))
    }

    /// Documented: 15 minutes after a scale-out at the earliest; each minute at least one instance and
    /// at most a share of the group; no instance with tasks under managed termination protection.
    fn scale_in(
        &self,
        scaling: &ManagedScaling,
        order: &Order,
        group: &GroupView,
        now: SimTime,
    ) -> Outcome {
        if self.scaled_out_at.is_some_and(|last| now.since(last) < scaling.scale_in_wait) {
            return Outcome::AfterScaleOut;
        }
        let tracked = order.reservation.instances_at(scaling.target_capacity);
        let step = most_in_a_minute(scaling.scale_in_limit, group.desired);
        let wanted = tracked.max(group.desired.saturating_sub(step));
        let desired = wanted.max(group.protected).max(group.min_size);
        if desired < group.desired {
            Outcome::ScaleIn(desired)
        } else if wanted >= group.desired {
            Outcome::AsWanted
        } else if group.min_size >= group.desired {
            Outcome::AtMinSize
        } else {
            Outcome::Protected
        }
    }
}

impl Alarm {
    fn called(self, call: impl FnOnce(Self)) -> Self {
        if matches!(self, Self::High | Self::Low) {
            call(self);
        }
        self
    }
}

/// Documented: nothing while an instance is younger than the warm-up; at most the maximum step size at
/// a time; two instances from zero, whatever the step sizes. Assumed: N x value / target, rounded up.
fn scale_out(scaling: &ManagedScaling, order: &Order, group: &GroupView) -> Outcome {
    if group.warming_up {
        return Outcome::WarmingUp;
    }
    let tracked = order.reservation.instances_at(scaling.target_capacity);
    let step = scaling.maximum_scaling_step_size;
    let step = if order.reservation.basis == Basis::FromZero { step.max(FROM_ZERO) } else { step };
    let wanted = tracked.min(group.desired.saturating_add(step));
    let desired = wanted.min(group.max_size);
    if desired > group.desired {
        Outcome::ScaleOut(desired)
    } else if wanted <= group.desired {
        Outcome::AsWanted
    } else {
        Outcome::AtMaxSize
    }
}

/// Instances that a group of this size may lose in a minute. Assumed: the share is rounded down; 26
/// instances under 5 % were seen to go one by one (aws/containers-roadmap#1150).
fn most_in_a_minute(limit: ScaleInLimit, size: u32) -> u32 {
    let share = match limit {
        ScaleInLimit::Of2022 => size / 2,
        ScaleInLimit::Of2019 => size / 20,
        ScaleInLimit::Of2020 => 1,
    };
    share.max(1)
}

#[cfg(test)]
mod tests {
    use super::super::need::Demand;
    use super::*;
    use crate::scenario::parameters::managed_scaling::MANAGED_SCALING;

    const fn minutes(n: u64) -> SimTime {
        SimTime::from_micros(n * 60_000_000)
    }

    fn busy(running: u32, busy: u32) -> Reservation {
        Reservation::new(running, busy, &Demand::default(), &MANAGED_SCALING)
    }

    fn waiting(running: u32, instances: u32) -> Reservation {
        let demand = Demand { instances, tasks: instances, incompatible: 0 };
        Reservation::new(running, running, &demand, &MANAGED_SCALING)
    }

    const fn group(desired: u32) -> GroupView {
        GroupView { desired, min_size: 0, max_size: 1_000, warming_up: false, protected: 0 }
    }

    /// A policy that has just been called with a value, the low alarm long in alarm.
    fn called(scaling: &ManagedScaling, value: Reservation) -> (Tracking, u32) {
        let mut tracking = Tracking { below: 14, ..Tracking::default() };
        tracking.minute(scaling, value, minutes(100));
        let number = tracking.last_order().expect("an alarm called").number;
        (tracking, number)
    }

    fn outcome(scaling: &ManagedScaling, value: Reservation, group: GroupView) -> Outcome {
        let (mut tracking, number) = called(scaling, value);
        tracking.act(scaling, number, &group, minutes(101)).unwrap().1
    }

    #[test]
    fn one_value_above_the_target_calls_and_every_further_one_calls_again() {
        let mut tracking = Tracking::default();
        let alarms = [waiting(2, 1), waiting(2, 1), busy(3, 3), waiting(3, 1)]
            .map(|value| tracking.minute(&MANAGED_SCALING, value, SimTime::ZERO));
        assert_eq!(alarms, [Alarm::High, Alarm::High, Alarm::Quiet, Alarm::High]);
    }

    #[test]
    fn fifteen_values_in_a_row_below_the_target_call_and_then_each_calls() {
        let mut tracking = Tracking::default();
        let mut alarm = |value| tracking.minute(&MANAGED_SCALING, value, SimTime::ZERO);
        for minute in 1..15 {
            assert_eq!(alarm(busy(2, 1)), Alarm::FallingFor(minute));
        }
        assert_eq!(alarm(busy(2, 1)), Alarm::Low);
        assert_eq!(alarm(busy(2, 1)), Alarm::Low);
        // At the target once, and the counting starts from the beginning.
        assert_eq!(alarm(busy(2, 2)), Alarm::Quiet);
        assert_eq!(alarm(busy(2, 1)), Alarm::FallingFor(1));
    }

    #[test]
    fn a_value_above_the_target_starts_the_counting_from_the_beginning() {
        let mut tracking = Tracking { below: 14, ..Tracking::default() };
        assert_eq!(tracking.minute(&MANAGED_SCALING, waiting(2, 1), SimTime::ZERO), Alarm::High);
        let falling = tracking.minute(&MANAGED_SCALING, busy(2, 1), SimTime::ZERO);
        assert_eq!(falling, Alarm::FallingFor(1));
    }

    #[test]
    fn the_datapoints_of_both_alarms_can_be_chosen() {
        let scaling =
            ManagedScaling { scale_out_datapoints: 3, scale_in_datapoints: 2, ..MANAGED_SCALING };
        let mut tracking = Tracking::default();
        let values = [waiting(2, 1), waiting(2, 1), waiting(2, 1), busy(2, 1), busy(2, 1)];
        let alarms = values.map(|value| tracking.minute(&scaling, value, SimTime::ZERO));
        let (rising, falling) = ([1, 2].map(Alarm::RisingFor), Alarm::FallingFor(1));
        assert_eq!(alarms, [rising[0], rising[1], Alarm::High, falling, Alarm::Low]);
    }

    #[test]
    fn an_empty_group_that_nobody_wants_alarms_nobody_even_below_a_target_of_100() {
        let scaling = ManagedScaling { target_capacity: 80, ..MANAGED_SCALING };
        let alarm = Tracking::default().minute(&scaling, busy(0, 0), SimTime::ZERO);
        assert_eq!(alarm, Alarm::Quiet);
    }

    #[test]
    fn what_runs_and_what_is_needed_beside_it_becomes_the_desired_capacity() {
        let out = |value, group| outcome(&MANAGED_SCALING, value, group);
        assert_eq!(out(waiting(10, 5), group(10)), Outcome::ScaleOut(15));
        // Set already by the minute before, and the instances do not run yet.
        assert_eq!(out(waiting(10, 5), group(15)), Outcome::AsWanted);
        assert_eq!(
            out(waiting(10, 5), GroupView { max_size: 12, ..group(10) }),
            Outcome::ScaleOut(12)
        );
        assert_eq!(
            out(waiting(10, 5), GroupView { max_size: 10, ..group(10) }),
            Outcome::AtMaxSize
        );
    }

    #[test]
    fn nothing_starts_while_an_instance_warms_up() {
        let warming = GroupView { warming_up: true, ..group(10) };
        assert_eq!(outcome(&MANAGED_SCALING, waiting(10, 5), warming), Outcome::WarmingUp);
    }

    #[test]
    fn a_scale_out_is_at_most_the_maximum_step_and_from_zero_always_two() {
        let scaling = ManagedScaling { maximum_scaling_step_size: 1, ..MANAGED_SCALING };
        // At a target of 50 one instance more for a task is two: the step admits one.
        let half = ManagedScaling { target_capacity: 50, ..scaling.clone() };
        assert_eq!(outcome(&half, busy(4, 3), group(4)), Outcome::ScaleOut(5));
        assert_eq!(outcome(&scaling, waiting(0, 7), group(0)), Outcome::ScaleOut(2));
        let one = GroupView { max_size: 1, ..group(0) };
        assert_eq!(outcome(&scaling, waiting(0, 7), one), Outcome::ScaleOut(1));
    }

    #[test]
    fn spare_instances_are_held_below_a_target_of_100() {
        let scaling = ManagedScaling { target_capacity: 80, ..MANAGED_SCALING };
        assert_eq!(outcome(&scaling, busy(9, 8), group(9)), Outcome::ScaleOut(10));
        assert_eq!(outcome(&scaling, busy(20, 8), group(20)), Outcome::ScaleIn(10));
        // 3 of 4 are 75 %, and 3 at 80 % are 3.75: four stay.
        assert_eq!(outcome(&scaling, busy(4, 3), group(4)), Outcome::AsWanted);
    }

    /// The desired capacities of a scale-in, one a minute, until nothing changes.
    fn scale_in(limit: ScaleInLimit, mut desired: u32, needed: u32) -> Vec<u32> {
        let scaling = ManagedScaling { scale_in_limit: limit, ..MANAGED_SCALING };
        let mut steps = Vec::new();
        while desired > needed {
            match outcome(&scaling, busy(desired, needed), group(desired)) {
                Outcome::ScaleIn(to) => desired = to,
                other => panic!("{other:?} at {desired}"),
            }
            steps.push(desired);
        }
        steps
    }

    #[test]
    fn half_of_the_group_goes_in_a_minute_since_2022() {
        assert_eq!(scale_in(ScaleInLimit::Of2022, 334, 34), [167, 84, 42, 34]);
        // Half of one is none, and one goes.
        assert_eq!(scale_in(ScaleInLimit::Of2022, 3, 0), [2, 1, 0]);
    }

    #[test]
    fn five_percent_of_the_group_went_in_a_minute_before() {
        let steps = scale_in(ScaleInLimit::Of2019, 334, 34);
        assert_eq!(steps[..6], [318, 303, 288, 274, 261, 248]);
        assert_eq!(steps[steps.len() - 6..], [40, 38, 37, 36, 35, 34]);
        // Below 40 instances that is one a minute, which is what a user saw of 26.
        assert_eq!(scale_in(ScaleInLimit::Of2019, 26, 2).len(), 24);
    }

    #[test]
    fn one_instance_went_in_a_minute_in_2020_26_to_2_in_24_minutes() {
        let steps = scale_in(ScaleInLimit::Of2020, 26, 2);
        assert_eq!(steps, (2..26).rev().collect::<Vec<_>>());
    }

    #[test]
    fn a_stale_value_takes_no_more_than_it_measured() {
        // Measured before the minute before took effect: 34 of 334 need be left, of the 42 there are now.
        assert_eq!(outcome(&MANAGED_SCALING, busy(334, 34), group(42)), Outcome::ScaleIn(34));
        assert_eq!(outcome(&MANAGED_SCALING, busy(334, 34), group(34)), Outcome::AsWanted);
    }

    #[test]
    fn a_group_keeps_its_least_and_what_is_protected() {
        let least = GroupView { min_size: 7, ..group(10) };
        assert_eq!(outcome(&MANAGED_SCALING, busy(10, 1), least), Outcome::ScaleIn(7));
        let at_least = GroupView { min_size: 7, ..group(7) };
        assert_eq!(outcome(&MANAGED_SCALING, busy(7, 1), at_least), Outcome::AtMinSize);
        // Three of the ten got tasks since the value was measured.
        let protected = GroupView { protected: 8, ..group(10) };
        assert_eq!(outcome(&MANAGED_SCALING, busy(10, 5), protected), Outcome::ScaleIn(8));
        let all = GroupView { protected: 10, ..group(10) };
        assert_eq!(outcome(&MANAGED_SCALING, busy(10, 5), all), Outcome::Protected);
    }

    #[test]
    fn nothing_goes_in_the_quarter_of_an_hour_after_a_scale_out() {
        let scaling = ManagedScaling { scale_in_datapoints: 1, ..MANAGED_SCALING };
        let mut tracking = Tracking::default();
        let mut act = |value, desired, at: SimTime| {
            tracking.minute(&scaling, value, at);
            let number = tracking.last_order().expect("an alarm called").number;
            tracking.act(&scaling, number, &group(desired), at).unwrap().1
        };
        assert_eq!(act(waiting(2, 1), 2, minutes(0)), Outcome::ScaleOut(3));
        assert_eq!(act(busy(3, 1), 3, minutes(1)), Outcome::AfterScaleOut);
        let almost = SimTime::from_micros(15 * 60_000_000 - 1);
        assert_eq!(act(busy(3, 1), 3, almost), Outcome::AfterScaleOut);
        assert_eq!(act(busy(3, 1), 3, minutes(15)), Outcome::ScaleIn(2));
    }

    #[test]
    fn a_scale_out_starts_the_counting_from_the_beginning() {
        let mut tracking = Tracking::default();
        tracking.minute(&MANAGED_SCALING, waiting(2, 1), minutes(0));
        for minute in 1..14 {
            tracking.minute(&MANAGED_SCALING, busy(3, 1), minutes(minute));
        }
        // The call of the first minute comes late.
        let (_, outcome) = tracking.act(&MANAGED_SCALING, 0, &group(2), minutes(14)).unwrap();
        assert_eq!(outcome, Outcome::ScaleOut(3));
        let next = tracking.minute(&MANAGED_SCALING, busy(3, 1), minutes(15));
        assert_eq!(next, Alarm::FallingFor(1));
    }

    #[test]
    fn each_call_acts_once_and_on_its_own_value() {
        let mut tracking = Tracking::default();
        tracking.minute(&MANAGED_SCALING, waiting(2, 1), minutes(0));
        tracking.minute(&MANAGED_SCALING, waiting(2, 4), minutes(1));
        let mut act = |number| {
            let acted = tracking.act(&MANAGED_SCALING, number, &group(2), minutes(2));
            acted.map(|(_, outcome)| outcome)
        };
        // The second overtakes the first.
        assert_eq!(act(1), Some(Outcome::ScaleOut(6)));
        assert_eq!(act(0), Some(Outcome::ScaleOut(3)));
        assert_eq!([act(0), act(7)], [None, None]);
    }
}
