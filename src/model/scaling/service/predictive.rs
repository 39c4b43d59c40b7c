//! Predictive scaling: what each hour of the day brought, and what the next days shall have ready for it.
//!
//! Documented (ECS developer guide, predictive-auto-scaling): a day of data at least, up to 14 are
//! used; a forecast for each of the next 48 hours, made anew every 6. How a forecast is made is not
//! published. Assumed: an hour brings the mean of what the same hour of the past days brought.

use crate::units::SimTime;

use super::target_tracking::rounded_up;

/// Hours of data before there is a forecast.
pub const LEAST_HOURS: usize = 24;

const HOURS_USED: usize = 14 * 24;
const HOURS_AHEAD: usize = 48;
const HOURS_BETWEEN: usize = 6;
const DAY: usize = 24;
const HOUR_MICROS: u64 = 3_600_000_000;

/// What is known of the load, hour by hour since the run began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predictor {
    /// The mean of each hour that is over; `None`: there was no value.
    hours: Vec<Option<f64>>,
    /// The values of the hour that is not: their sum and number.
    present: (f64, u32),
    forecast: Option<Forecast>,
}

#[derive(Clone, Debug, PartialEq)]
struct Forecast {
    /// The first of its hours.
    from: usize,
    loads: Vec<Option<f64>>,
}

impl Predictor {
    /// A value of the load over a period that ends now.
    pub fn note(&mut self, now: SimTime, load: f64) {
        self.close(hour_of(SimTime::from_micros(now.as_micros().saturating_sub(1))));
        self.present.0 += load;
        self.present.1 += 1;
    }

    /// Ends the hours before `hour`.
    fn close(&mut self, hour: usize) {
        while self.hours.len() < hour {
            let (sum, values) = std::mem::take(&mut self.present);
            self.hours.push((values > 0).then(|| sum / f64::from(values)));
        }
    }

    /// Makes a forecast, if one is due and there is data for it; whether it did.
    pub fn foretell(&mut self, now: SimTime) -> bool {
        let hour = hour_of(now);
        self.close(hour);
        let is_due = self.forecast.as_ref().is_none_or(|last| hour >= last.from + HOURS_BETWEEN);
        if !is_due || self.hours_known() < LEAST_HOURS {
            return false;
        }
        let loads = (hour..hour + HOURS_AHEAD).map(|ahead| self.same_hour_mean(ahead)).collect();
        self.forecast = Some(Forecast { from: hour, loads });
        true
    }

    /// Hours with data, of those that are used.
    #[must_use]
    pub fn hours_known(&self) -> usize {
        self.hours.iter().rev().take(HOURS_USED).flatten().count()
    }

    /// The mean of the same hour of the days that are used.
    fn same_hour_mean(&self, hour: usize) -> Option<f64> {
        let first = self.hours.len().saturating_sub(HOURS_USED);
        let known = self.hours.iter().enumerate().skip(first);
        let same = known.filter(|(past, _)| past % DAY == hour % DAY).filter_map(|(_, load)| *load);
        let (sum, days) = same.fold((0.0, 0_u32), |(sum, days), load| (sum + load, days + 1));
        (days > 0).then(|| sum / f64::from(days))
    }

    /// The tasks that the forecast wants in the hour that begins at, or holds, an instant, if each bears
    /// `target` of the load.
    #[must_use]
    pub fn tasks_at(&self, at: SimTime, target: f64) -> Option<u32> {
        let forecast = self.forecast.as_ref()?;
        let ahead = hour_of(at).checked_sub(forecast.from)?;
        let load = (*forecast.loads.get(ahead)?)?;
        Some(rounded_up(load / target))
    }
}

fn hour_of(at: SimTime) -> usize {
    usize::try_from(at.as_micros() / HOUR_MICROS).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn hours(n: u64) -> SimTime {
        SimTime::from_micros(n * HOUR_MICROS)
    }

    /// A predictor that saw the loads of so many hours, two values each.
    fn after(loads: &[f64]) -> Predictor {
        let mut predictor = Predictor::default();
        for (hour, load) in (0..).zip(loads) {
            let half = SimTime::from_micros(hour * HOUR_MICROS + HOUR_MICROS / 2);
            predictor.note(half, load - 1.0);
            predictor.note(hours(hour + 1), load + 1.0);
        }
        predictor
    }

    /// A day at 100, but 600 from 8 to 9.
    fn day() -> Vec<f64> {
        let mut day = vec![100.0; 24];
        day[8] = 600.0;
        day
    }

    #[test]
    fn before_a_day_is_over_nothing_is_foretold() {
        let mut predictor = after(&day()[..23]);
        assert!(!predictor.foretell(hours(23)));
        assert_eq!(predictor.tasks_at(hours(32), 50.0), None);
    }

    #[test]
    fn an_hour_brings_what_the_same_hour_brought_yesterday() {
        let mut predictor = after(&day());
        assert!(predictor.foretell(hours(24)));
        let tasks = [24, 31, 32, 33].map(|hour| predictor.tasks_at(hours(hour), 50.0));
        assert_eq!(tasks, [2, 2, 12, 2].map(Some));
        // 48 hours, and no more.
        assert_eq!(predictor.tasks_at(hours(24 + 47), 50.0), Some(2));
        assert_eq!(predictor.tasks_at(hours(24 + 48), 50.0), None);
    }

    #[test]
    fn several_days_bring_their_mean_and_a_part_of_a_task_is_a_task() {
        let mut second = day();
        second[8] = 1_050.0;
        let mut predictor = after(&[day(), second].concat());
        assert!(predictor.foretell(hours(48)));
        // (600 + 1,050) / 2 = 825, at 50 each 16.5.
        assert_eq!(predictor.tasks_at(hours(56), 50.0), Some(17));
    }

    #[test]
    fn a_forecast_is_made_anew_after_six_hours() {
        let mut predictor = after(&day());
        assert!(predictor.foretell(hours(24)));
        assert!(!predictor.foretell(hours(29)));
        assert!(predictor.foretell(hours(30)));
    }

    #[test]
    fn what_lies_more_than_14_days_back_is_forgotten() {
        let mut loads = vec![900.0; 24];
        loads.extend(vec![100.0; 14 * 24]);
        let mut predictor = after(&loads);
        assert!(predictor.foretell(hours(15 * 24)));
        assert_eq!(predictor.tasks_at(hours(15 * 24), 50.0), Some(2));
    }

    #[test]
    fn an_hour_without_data_is_no_data() {
        let mut predictor = after(&day());
        predictor.note(hours(27), 100.0);
        assert_eq!(predictor.hours_known(), 24, "24 and 25 had no value, 26 is not over");
        assert!(predictor.foretell(hours(27)));
        assert_eq!(predictor.hours_known(), 25);
    }
}
