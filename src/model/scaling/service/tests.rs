//! Several policies, their cooldowns and a constant load, by hand.

use proptest::prelude::*;

use super::*;
use crate::scenario::{
    AdjustmentType, Aggregation, Comparison, PolicyKind, PolicyMetric, PredictiveScaling,
    Published, ScalingPolicy, StepAdjustment, StepAlarm, StepScaling, TargetTracking,
};
use crate::units::SimDuration;

const CPU: Published = Published { metric: PolicyMetric::Cpu, resolution: 60 };
const COOLDOWN: SimDuration = SimDuration::from_secs(300);

pub(super) const fn tracking(target_value: f64) -> TargetTracking {
    TargetTracking {
        metric: CPU,
        target_value,
        scale_out_cooldown: COOLDOWN,
        scale_in_cooldown: COOLDOWN,
        disable_scale_in: false,
        scale_out_datapoints: 3,
        scale_in_datapoints: 15,
        scale_in_band_percent: 10.0,
    }
}

pub(super) const fn datapoint(value: f64, running: u32) -> Datapoint {
    Datapoint { at: SimTime::ZERO, value, fewest: running, most: running }
}

pub(super) fn stepping(threshold: f64, comparison: Comparison) -> StepScaling {
    StepScaling {
        alarm: StepAlarm {
            metric: CPU,
            threshold,
            comparison,
            period: SimDuration::from_secs(60),
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
        },
        adjustment_type: AdjustmentType::ChangeInCapacity,
        step_adjustments: vec![StepAdjustment { lower: Some(0.0), upper: None, adjustment: 2 }],
        min_adjustment_magnitude: 1,
        metric_aggregation_type: Aggregation::Average,
        cooldown: COOLDOWN,
    }
}

fn policies(kinds: Vec<PolicyKind>) -> Vec<ScalingPolicy> {
    let policy = |kind| ScalingPolicy { name: "policy".to_owned(), service: 0, kind };
    kinds.into_iter().map(policy).collect()
}

const fn minutes(n: u64) -> SimTime {
    SimTime::from_micros(n * 60_000_000)
}

/// A service whose policies see values minute by minute and act at once.
struct Service {
    all: Vec<ScalingPolicy>,
    scaling: Scaling,
    desired: u32,
    is_deploying: bool,
    minute: u64,
}

impl Service {
    fn new(desired: u32, kinds: Vec<PolicyKind>) -> Self {
        let all = policies(kinds);
        let scaling = Scaling::new(0, 1_000, &all);
        Self { all, scaling, desired, is_deploying: false, minute: 0 }
    }

    /// A minute in which each policy sees a value of its own and all desired tasks run.
    fn minute(&mut self, values: &[Option<f64>]) -> Vec<Option<Outcome>> {
        self.minute += 1;
        let now = minutes(self.minute);
        let mut calls = Vec::new();
        for (position, value) in values.iter().enumerate() {
            let point = value.map(|value| Datapoint { at: now, ..datapoint(value, self.desired) });
            let saw = self.scaling.meter(position, &self.all[position], 60, point);
            let order = self.scaling.last_order().map(|order| order.number);
            calls.push(order.filter(|_| matches!(saw, Saw::High | Saw::Low)));
        }
        calls.into_iter().map(|number| self.act(number?, now)).collect()
    }

    fn act(&mut self, number: u32, now: SimTime) -> Option<Outcome> {
        let view = View { desired: self.desired, is_deploying: self.is_deploying };
        let outcome = self.scaling.act(&self.all, number, view, now)?.outcome;
        if let Outcome::ScaleOut(to) | Outcome::ScaleIn(to) = outcome {
            self.desired = to;
        }
        Some(outcome)
    }

    /// So many minutes of the same; the last outcomes.
    fn minutes(&mut self, count: u32, values: &[Option<f64>]) -> Vec<Option<Outcome>> {
        (1..count).for_each(|_| drop(self.minute(values)));
        self.minute(values)
    }
}

fn tracked(target: f64) -> PolicyKind {
    PolicyKind::TargetTracking(tracking(target))
}

#[test]
fn the_third_minute_above_the_target_scales_out() {
    let mut service = Service::new(10, vec![tracked(50.0)]);
    assert_eq!(service.minutes(2, &[Some(75.0)]), [None]);
    assert_eq!(service.minute(&[Some(75.0)]), [Some(Outcome::ScaleOut(15))]);
}

#[test]
fn the_fifteenth_minute_below_the_band_scales_in_and_45_is_no_such_minute() {
    let mut service = Service::new(10, vec![tracked(50.0)]);
    assert_eq!(service.minutes(60, &[Some(45.0)]), [None]);
    assert_eq!(service.minutes(14, &[Some(44.0)]), [None]);
    // 10 x 44 / 50 = 8.8
    assert_eq!(service.minute(&[Some(44.0)]), [Some(Outcome::ScaleIn(9))]);
}

#[test]
fn missing_data_scales_nothing_and_ends_no_count() {
    let mut service = Service::new(10, vec![tracked(50.0)]);
    service.minutes(2, &[Some(75.0)]);
    assert_eq!(service.minutes(9, &[None]), [None]);
    assert_eq!(service.minute(&[Some(75.0)]), [Some(Outcome::ScaleOut(15))]);
}

#[test]
fn from_no_task_one_value_starts_one() {
    let mut service = Service::new(0, vec![tracked(100.0)]);
    assert_eq!(service.minutes(30, &[None]), [None]);
    assert_eq!(service.minute(&[Some(1_500.0)]), [Some(Outcome::ScaleOut(1))]);
}

#[test]
fn within_the_cooldown_a_larger_scale_out_goes_on_and_no_other() {
    let mut service = Service::new(10, vec![tracked(50.0)]);
    service.minutes(3, &[Some(75.0)]);
    assert_eq!(service.desired, 15);
    // Set to 13 by hand: the metric wants 15 again, which the cooldown holds back for four minutes more.
    service.desired = 13;
    let blocked: Vec<_> = (0..4).map(|_| service.minute(&[Some(57.0)])).collect();
    assert_eq!(blocked, vec![[Some(Outcome::OutCooldown)]; 4]);
    assert_eq!(service.minute(&[Some(57.0)]), [Some(Outcome::ScaleOut(15))]);
    // 15 x 60 / 50 = 18, more than the last one set.
    assert_eq!(service.minute(&[Some(60.0)]), [Some(Outcome::ScaleOut(18))]);
}

#[test]
fn within_the_cooldown_nothing_scales_in_further_and_a_scale_out_ends_it() {
    let quick =
        TargetTracking { scale_in_datapoints: 1, scale_out_datapoints: 1, ..tracking(50.0) };
    let mut service = Service::new(10, vec![PolicyKind::TargetTracking(quick)]);
    assert_eq!(service.minute(&[Some(40.0)]), [Some(Outcome::ScaleIn(8))]);
    assert_eq!(service.minutes(4, &[Some(25.0)]), [Some(Outcome::InCooldown)]);
    assert_eq!(service.minute(&[Some(25.0)]), [Some(Outcome::ScaleIn(4))]);
    assert_eq!(service.minute(&[Some(25.0)]), [Some(Outcome::InCooldown)]);
    assert_eq!(service.minute(&[Some(100.0)]), [Some(Outcome::ScaleOut(8))]);
    assert_eq!(service.minute(&[Some(25.0)]), [Some(Outcome::ScaleIn(4))]);
}

#[test]
fn any_policy_scales_out_all_must_scale_in_and_the_largest_wins() {
    let mut service = Service::new(10, vec![tracked(50.0), tracked(80.0)]);
    // 10 x 75 / 50 = 15, then 15 x 88 / 80 = 16.5.
    service.minutes(2, &[Some(75.0), Some(88.0)]);
    let both = service.minute(&[Some(75.0), Some(88.0)]);
    assert_eq!(both[0], Some(Outcome::ScaleOut(15)));
    assert_eq!((both[1], service.desired), (Some(Outcome::AsWanted), 15), "10 x 88 / 80 = 11");
    let mut service = Service::new(10, vec![tracked(50.0), tracked(80.0)]);
    // The second lies in its band, and does not scale in.
    assert_eq!(service.minutes(20, &[Some(25.0), Some(76.0)])[0], Some(Outcome::NotAll(1)));
    // Now both are ready: 5 and 7.
    assert_eq!(service.minutes(15, &[Some(25.0), Some(56.0)])[0], Some(Outcome::ScaleIn(7)));
    // A policy without data is not ready either.
    let mut service = Service::new(10, vec![tracked(50.0), tracked(80.0)]);
    assert_eq!(service.minutes(20, &[Some(25.0), None])[0], Some(Outcome::NotAll(1)));
}

#[test]
fn a_policy_that_never_scales_in_keeps_no_other_from_it() {
    let out_only = TargetTracking { disable_scale_in: true, ..tracking(80.0) };
    let both = vec![tracked(50.0), PolicyKind::TargetTracking(out_only)];
    let mut service = Service::new(10, both);
    let outcomes = service.minutes(15, &[Some(25.0), Some(10.0)]);
    assert_eq!(outcomes, [Some(Outcome::ScaleIn(5)), None]);
}

#[test]
fn nothing_scales_in_during_a_deployment_and_out_does() {
    let mut service = Service::new(10, vec![tracked(50.0)]);
    service.is_deploying = true;
    assert_eq!(service.minutes(15, &[Some(25.0)]), [Some(Outcome::Deploying)]);
    assert_eq!(service.minutes(3, &[Some(100.0)]), [Some(Outcome::ScaleOut(20))]);
}

#[test]
fn a_step_policy_adds_once_in_a_cooldown_and_more_only_by_a_larger_step() {
    let steps = StepScaling {
        step_adjustments: vec![
            StepAdjustment { lower: Some(0.0), upper: Some(20.0), adjustment: 2 },
            StepAdjustment { lower: Some(20.0), upper: None, adjustment: 3 },
        ],
        ..stepping(70.0, Comparison::GreaterOrEqual)
    };
    let mut service = Service::new(10, vec![PolicyKind::Step(steps)]);
    assert_eq!(service.minute(&[Some(75.0)]), [Some(Outcome::ScaleOut(12))]);
    assert_eq!(service.minute(&[Some(75.0)]), [Some(Outcome::OutCooldown)]);
    assert_eq!(service.minute(&[Some(95.0)]), [Some(Outcome::ScaleOut(13))]);
    assert_eq!(service.minute(&[Some(95.0)]), [Some(Outcome::OutCooldown)]);
    // Minute 3 set 13; five minutes later the next three.
    assert_eq!(service.minutes(4, &[Some(95.0)]), [Some(Outcome::ScaleOut(16))]);
}

#[test]
fn a_step_down_is_overruled_by_a_policy_that_wants_more() {
    let down = StepScaling {
        step_adjustments: vec![StepAdjustment { lower: None, upper: Some(0.0), adjustment: -4 }],
        alarm: StepAlarm {
            evaluation_periods: 3,
            datapoints_to_alarm: 3,
            ..stepping(30.0, Comparison::LessOrEqual).alarm
        },
        ..stepping(30.0, Comparison::LessOrEqual)
    };
    let mut service = Service::new(10, vec![tracked(50.0), PolicyKind::Step(down)]);
    service.scaling.limit(None, Some(10), 10);
    let outcomes = service.minutes(3, &[Some(60.0), Some(20.0)]);
    assert_eq!(outcomes[0], Some(Outcome::AtMaxCapacity));
    assert_eq!(outcomes[1], Some(Outcome::Overruled(0)));
}

#[test]
fn an_alarm_over_five_minutes_sees_one_value_of_them() {
    let slow = StepScaling {
        alarm: StepAlarm {
            period: SimDuration::from_secs(300),
            ..stepping(70.0, Comparison::GreaterOrEqual).alarm
        },
        ..stepping(70.0, Comparison::GreaterOrEqual)
    };
    let mut service = Service::new(10, vec![PolicyKind::Step(slow)]);
    // 4 x 60 + 110 are 70 on average.
    assert_eq!(service.minutes(4, &[Some(60.0)]), [None]);
    assert_eq!(service.minute(&[Some(110.0)]), [Some(Outcome::ScaleOut(12))]);
}

#[test]
fn a_policy_of_minutes_sees_the_mean_of_three_values_of_20_seconds() {
    let mut service = Service::new(10, vec![tracked(50.0)]);
    let mut see = |value| service.scaling.meter(0, &service.all[0], 20, Some(datapoint(value, 10)));
    let saw = [90.0, 30.0, 60.0].map(&mut see);
    assert_eq!(saw, [Saw::Gathering, Saw::Gathering, Saw::RisingFor(1)]);
    assert_eq!(service.scaling.last_of(0).map(|point| point.value), Some(60.0));
}

#[test]
fn new_limits_move_a_count_outside_them_at_once_and_no_cooldown_matters() {
    let mut service = Service::new(10, vec![tracked(50.0)]);
    service.minutes(3, &[Some(75.0)]);
    assert_eq!(service.scaling.limit(Some(20), None, 15), Limited::Moved(20));
    assert_eq!(service.scaling.limit(Some(2), Some(6), 20), Limited::Moved(6));
    assert_eq!(service.scaling.limit(Some(4), None, 6), Limited::Within);
    assert_eq!(service.scaling.limit(Some(7), None, 6), Limited::Refused);
    assert_eq!(service.scaling.limits(), (4, 6));
}

/// 10 tasks at 50, all day; 30 from 8 to 9. Foretold on the second day for 8: 30 tasks.
#[test]
fn a_forecast_scales_out_before_its_hour_and_keeps_others_from_scaling_in() {
    let own = PredictiveScaling {
        metric: PolicyMetric::Cpu,
        target_value: 50.0,
        scales: true,
        scheduling_buffer_time: COOLDOWN,
        increase_max_capacity: None,
    };
    let both = vec![PolicyKind::Predictive(own), tracked(50.0)];
    let mut service = Service::new(10, both);
    for hour in 0..24 {
        let value = if hour == 8 { 150.0 } else { 50.0 };
        for minute in 0..60 {
            let at = minutes(hour * 60 + minute + 1);
            let point = Datapoint { at, ..datapoint(value, 10) };
            service.scaling.meter(0, &service.all[0], 60, Some(point));
        }
    }
    let mut hour = |hour: u64, desired| {
        let begins = minutes(hour * 60);
        let now = SimTime::from_micros(begins.as_micros() - COOLDOWN.as_micros());
        service.scaling.foretell(0, &own, desired, (now, begins))
    };
    assert_eq!(hour(24, 10), Forecast::TooFewHours(23), "an hour is not known before it is over");
    assert_eq!(hour(25, 10), Forecast::Enough(10));
    assert_eq!(hour(32, 10), Forecast::ScaleOut(30, 30));
    service.desired = 30;
    service.minute = 32 * 60;
    let outcomes = service.minutes(15, &[Some(20.0), Some(20.0)]);
    assert_eq!(outcomes[1], Some(Outcome::Overruled(0)));
    let only = PredictiveScaling { scales: false, ..own };
    let times = (minutes(32 * 60), minutes(32 * 60));
    assert_eq!(service.scaling.foretell(0, &only, 10, times), Forecast::Told(30));
    // The capacity may go beyond its most by a tenth more than foretold.
    service.scaling.limit(Some(0), Some(20), 10);
    assert_eq!(service.scaling.foretell(0, &own, 20, times), Forecast::AtMaxCapacity(30));
    let more = PredictiveScaling { increase_max_capacity: Some(10), ..own };
    assert_eq!(service.scaling.foretell(0, &more, 20, times), Forecast::ScaleOut(30, 30));
    assert_eq!(service.scaling.limits().1, 33);
}

/// The tasks after each minute of a load of so many percent of one task, all desired tasks running.
fn settle(load: f64, target: f64, mut desired: u32) -> Vec<u32> {
    let mut service = Service::new(desired, vec![tracked(target)]);
    service.scaling.limit(Some(1), Some(100_000), desired);
    let mut seen = Vec::new();
    for _ in 0..200 {
        service.minute(&[Some(load / f64::from(service.desired))]);
        desired = service.desired;
        seen.push(desired);
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_constant_load_settles_at_its_tasks_from_below_and_within_the_band_from_above(
        load in 1.0f64..50_000.0,
        target in 5.0f64..95.0,
        desired in 1u32..2_000,
    ) {
        let needed = (load / target).ceil().max(1.0) as u32;
        let seen = settle(load, target, desired);
        let last = seen[seen.len() - 1];
        if desired <= needed {
            prop_assert_eq!(last, needed);
        } else {
            // It ends at what is needed, or where the metric lies in the band.
            let in_band = load / f64::from(last) >= target * 0.9 * (1.0 - 1e-6);
            prop_assert!(last == needed || in_band && last <= desired, "{} for {}", last, needed);
        }
        let (mut up, mut down) = (false, false);
        for pair in seen.windows(2) {
            up |= pair[1] > pair[0];
            down |= pair[1] < pair[0];
        }
        prop_assert!(!(up && down), "a constant load makes the count swing: {:?}", seen);
        prop_assert!(last >= needed.min(desired.max(needed)));
    }
}
