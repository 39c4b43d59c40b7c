//! Target tracking: as many tasks as bring the metric to its target.

use crate::scenario::TargetTracking;

use super::Datapoint;

/// Values so near to each other, as a share, are equal: what lies between is the rounding of floating
/// point.
const EQUAL: f64 = 1e-9;

/// Whether a value lies above the target.
#[must_use]
pub fn is_above(policy: &TargetTracking, value: f64) -> bool {
    value > policy.target_value * (1.0 + EQUAL)
}

/// Whether a value lies below the band. Documented (ECS developer guide,
/// service-autoscaling-targettracking): usually more than 10 % below the target.
#[must_use]
pub fn is_below_band(policy: &TargetTracking, value: f64) -> bool {
    let least = policy.target_value * (1.0 - policy.scale_in_band_percent / 100.0);
    value < least * (1.0 - EQUAL)
}

/// The tasks that bring a value to the target: running tasks x value / target, rounded up.
///
/// Documented (ECS developer guide, service-auto-scaling): the tasks that run count, not the desired
/// ones; rounded toward more capacity. Assumed: those that bore the value. Where tasks came or went
/// within the period, a scale-out takes the fewer, and a scale-in the more.
#[must_use]
pub fn wanted(policy: &TargetTracking, value: f64, running: u32) -> u32 {
    let tasks = f64::from(running) * value / policy.target_value;
    rounded_up(tasks)
}

/// Up to the next whole task; what is above one by the rounding of floating point alone stays.
#[must_use]
pub fn rounded_up(tasks: f64) -> u32 {
    let whole = (tasks * (1.0 - EQUAL)).ceil();
    // A float beyond the range becomes the nearest end of it.
    if whole > 0.0 { whole as u32 } else { 0 }
}

/// What a scale-out wants. Documented (same page): from no task at all by the least step, as soon as
/// there is a value.
#[must_use]
pub fn wanted_out(policy: &TargetTracking, point: &Datapoint, desired: u32) -> u32 {
    if point.fewest == 0 && point.most == 0 {
        return desired.max(1);
    }
    wanted(policy, point.value, point.fewest)
}

/// What a scale-in wants: no fewer than keep the metric at the target.
#[must_use]
pub fn wanted_in(policy: &TargetTracking, point: &Datapoint) -> u32 {
    wanted(policy, point.value, point.most)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{datapoint, tracking};
    use super::*;

    #[test]
    fn ten_tasks_with_150_messages_each_and_a_target_of_100_want_five_more() {
        assert_eq!(wanted_out(&tracking(100.0), &datapoint(150.0, 10), 10), 15);
    }

    #[test]
    fn a_fraction_of_a_task_is_a_task() {
        assert_eq!(wanted(&tracking(60.0), 61.0, 10), 11);
        assert_eq!(wanted(&tracking(60.0), 60.0, 10), 10);
        // 3 x 0.1 / 0.3 is a hair above 1.
        assert_eq!(wanted(&tracking(0.3), 0.1, 3), 1);
        assert_eq!(wanted(&tracking(60.0), 0.0, 10), 0);
    }

    #[test]
    fn the_band_ends_a_tenth_below_the_target() {
        let policy = tracking(60.0);
        assert!(!is_below_band(&policy, 54.0) && is_below_band(&policy, 53.9));
        assert!(!is_above(&policy, 60.0) && is_above(&policy, 60.1));
    }

    #[test]
    fn from_no_task_the_first_value_starts_one() {
        assert_eq!(wanted_out(&tracking(100.0), &datapoint(1_500.0, 0), 0), 1);
        assert_eq!(wanted_out(&tracking(100.0), &datapoint(1_500.0, 0), 1), 1, "it is on its way");
    }

    #[test]
    fn tasks_that_came_within_the_period_count_on_the_careful_side() {
        let policy = tracking(50.0);
        let point = Datapoint { fewest: 10, most: 20, ..datapoint(75.0, 0) };
        assert_eq!(wanted_out(&policy, &point, 20), 15);
        assert_eq!(wanted_in(&policy, &point), 30);
    }
}
