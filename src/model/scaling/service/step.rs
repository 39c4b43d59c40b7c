//! Step scaling: by how far an alarm is breached, so many tasks more or less.

use crate::scenario::{AdjustmentType, Aggregation, StepAdjustment, StepScaling};

/// The step for a value. Documented (StepAdjustment): the breach is the value less the threshold. Above
/// it the lower bound is included and the upper is not; below it the other way round.
#[must_use]
pub fn step_for(policy: &StepScaling, value: f64) -> Option<&StepAdjustment> {
    let breach = value - policy.alarm.threshold;
    let upward = policy.alarm.comparison.is_upward();
    policy.step_adjustments.iter().find(|step| {
        let (lower, upper) =
            (step.lower.unwrap_or(f64::NEG_INFINITY), step.upper.unwrap_or(f64::INFINITY));
        if upward {
            breach >= lower && (breach < upper || upper == f64::INFINITY)
        } else {
            breach <= upper && (breach > lower || lower == f64::NEG_INFINITY)
        }
    })
}

/// The capacity that a step makes of `base`.
#[must_use]
pub fn adjusted(policy: &StepScaling, step: &StepAdjustment, base: u32) -> u32 {
    let change = match policy.adjustment_type {
        AdjustmentType::ExactCapacity => return u32::try_from(step.adjustment).unwrap_or(0),
        AdjustmentType::ChangeInCapacity => i64::from(step.adjustment),
        AdjustmentType::PercentChangeInCapacity => {
            let least = i64::from(policy.min_adjustment_magnitude);
            let change = percent_of(step.adjustment, base);
            if change < 0 {
                change.min(-least)
            } else if change > 0 {
                change.max(least)
            } else {
                0
            }
        }
    };
    u32::try_from((i64::from(base) + change).max(0)).unwrap_or(u32::MAX)
}

/// Documented (step-scaling-policy-overview): beyond one toward zero, between zero and one away from it.
fn percent_of(percent: i32, base: u32) -> i64 {
    let hundredths = i64::from(percent) * i64::from(base);
    match hundredths {
        1..=99 => 1,
        -99..=-1 => -1,
        _ => hundredths / 100,
    }
}

/// What values make together.
#[must_use]
pub fn aggregate(aggregation: Aggregation, values: &[f64]) -> Option<f64> {
    let first = *values.first()?;
    Some(match aggregation {
        Aggregation::Average => values.iter().sum::<f64>() / values.len() as f64,
        Aggregation::Minimum => values.iter().copied().fold(first, f64::min),
        Aggregation::Maximum => values.iter().copied().fold(first, f64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::stepping;
    use super::*;
    use crate::scenario::Comparison;

    const fn step(lower: Option<f64>, upper: Option<f64>, adjustment: i32) -> StepAdjustment {
        StepAdjustment { lower, upper, adjustment }
    }

    /// The table of the guide: a threshold of 50; 10 % from 60 on, 30 % from 70 on.
    fn of_the_guide() -> StepScaling {
        let steps = vec![
            step(Some(0.0), Some(10.0), 0),
            step(Some(10.0), Some(20.0), 10),
            step(Some(20.0), None, 30),
        ];
        StepScaling {
            step_adjustments: steps,
            adjustment_type: AdjustmentType::PercentChangeInCapacity,
            ..stepping(50.0, Comparison::GreaterOrEqual)
        }
    }

    #[test]
    fn an_upward_step_begins_at_its_lower_bound_and_ends_before_its_upper() {
        let policy = of_the_guide();
        let adjustment = |value| step_for(&policy, value).map(|step| step.adjustment);
        assert_eq!(
            [50.0, 59.9, 60.0, 69.9, 70.0, 900.0].map(adjustment),
            [0, 0, 10, 10, 30, 30].map(Some)
        );
        assert_eq!(adjustment(49.9), None);
    }

    #[test]
    fn a_downward_step_begins_after_its_lower_bound_and_ends_at_its_upper() {
        let steps = vec![
            step(Some(-10.0), Some(0.0), 0),
            step(Some(-20.0), Some(-10.0), -10),
            step(None, Some(-20.0), -30),
        ];
        let policy =
            StepScaling { step_adjustments: steps, ..stepping(50.0, Comparison::LessOrEqual) };
        let adjustment = |value| step_for(&policy, value).map(|step| step.adjustment);
        assert_eq!([50.0, 40.1, 40.0, 30.1, 30.0].map(adjustment), [0, 0, -10, -10, -30].map(Some));
        assert_eq!(adjustment(50.1), None);
    }

    /// The guide's example: 10 tasks, 60 %: one more; of those 11 at 70 %, 3.3 more are 3.
    #[test]
    fn percent_goes_toward_zero_beyond_one_and_to_one_below() {
        let policy = of_the_guide();
        let change = |percent, base| adjusted(&policy, &step(None, None, percent), base);
        assert_eq!(change(10, 10), 11);
        assert_eq!(change(30, 11), 14);
        assert_eq!(
            [change(127, 10), change(67, 1), change(-58, 1), change(-667, 1)],
            [22, 2, 0, 0]
        );
        assert_eq!(change(-66, 10), 4, "6.6 fewer are 6 fewer");
    }

    #[test]
    fn a_percentage_changes_the_least_magnitude_at_least() {
        let policy = StepScaling { min_adjustment_magnitude: 2, ..of_the_guide() };
        let change = |percent, base| adjusted(&policy, &step(None, None, percent), base);
        // The example of the API: a quarter of 4 tasks is 1, and 2 come.
        assert_eq!([change(25, 4), change(-25, 4), change(0, 4)], [6, 2, 4]);
    }

    #[test]
    fn exact_capacity_is_the_capacity_and_a_change_never_goes_below_none() {
        let exact =
            StepScaling { adjustment_type: AdjustmentType::ExactCapacity, ..of_the_guide() };
        assert_eq!(adjusted(&exact, &step(None, None, 7), 3), 7);
        let change =
            StepScaling { adjustment_type: AdjustmentType::ChangeInCapacity, ..of_the_guide() };
        assert_eq!(adjusted(&change, &step(None, None, -7), 3), 0);
    }

    #[test]
    fn values_of_one_period_make_one() {
        let values = [10.0, 40.0, 40.0];
        let made = [Aggregation::Average, Aggregation::Minimum, Aggregation::Maximum]
            .map(|aggregation| aggregate(aggregation, &values).unwrap());
        assert_eq!(made.map(Some), [30.0, 10.0, 40.0].map(Some));
        assert_eq!(aggregate(Aggregation::Average, &[]), None);
    }
}
