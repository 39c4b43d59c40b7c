//! A CloudWatch alarm: so many of the last values must breach.

use std::collections::VecDeque;

/// Counts breaching values among the last ones.
#[derive(Clone, Debug)]
pub struct Alarm {
    recent: VecDeque<bool>,
    /// `datapoints_to_alarm`.
    needed: u32,
    /// `evaluation_periods`.
    of: u32,
}

impl Alarm {
    /// An alarm that needs `needed` breaching values among the last `of`.
    #[must_use]
    pub fn new(needed: u32, of: u32) -> Self {
        Self { recent: VecDeque::new(), needed: needed.max(1), of: of.max(needed).max(1) }
    }

    /// A value: how many of the last ones breach, this one among them; enough of them are an alarm.
    ///
    /// Documented (CloudWatch user guide, AlarmThatSendsEmail): M out of N. Assumed: a period without
    /// data is not among the values, and the alarm looks further back instead.
    pub fn see(&mut self, breaches: bool) -> u32 {
        self.recent.push_back(breaches);
        if self.recent.len() > self.of as usize {
            self.recent.pop_front();
        }
        u32::try_from(self.recent.iter().filter(|breaches| **breaches).count()).unwrap_or(u32::MAX)
    }

    /// Whether so many breaching values are an alarm.
    #[must_use]
    pub const fn is_set_off_by(&self, breaching: u32) -> bool {
        breaching >= self.needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarms(mut alarm: Alarm, values: &[u8]) -> Vec<bool> {
        let see = |value: &u8| {
            let breaching = alarm.see(*value == 1);
            alarm.is_set_off_by(breaching)
        };
        values.iter().map(see).collect()
    }

    #[test]
    fn three_of_three_need_three_in_a_row() {
        let found = alarms(Alarm::new(3, 3), &[1, 1, 0, 1, 1, 1, 1, 0]);
        assert_eq!(found, [false, false, false, false, false, true, true, false]);
    }

    #[test]
    fn two_of_four_may_lie_apart() {
        let found = alarms(Alarm::new(2, 4), &[1, 0, 0, 1, 0, 0, 0, 1]);
        assert_eq!(found, [false, false, false, true, false, false, false, false]);
    }
}
