//! What a month costs, as far as one run can say.

use super::answer::Answer;

/// Hours of a month, as AWS's price pages count them.
const MONTH_HOURS: f64 = 730.0;

/// The month that [`Answer::monthly_usd`] speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonthOf {
    /// The fleet at the end, all the time.
    TheEnd,
    /// This run, then the fleet at its end: revisions are deployed once, and what they need beside the
    /// others is neither forgotten nor kept for a month.
    TheRunAndItsEnd,
    /// Such runs one after the other: the fleet follows traffic, so that its end says little of the rest.
    SuchRuns,
}

impl Answer {
    /// What a month's bill is made of.
    #[must_use]
    pub fn month_of(&self) -> MonthOf {
        if self.follows_traffic() {
            return MonthOf::SuchRuns;
        }
        let deploys = self.deployments.iter().any(|row| row.kind != "creation");
        if deploys { MonthOf::TheRunAndItsEnd } else { MonthOf::TheEnd }
    }

    /// Whether the fleet follows traffic.
    #[must_use]
    pub fn follows_traffic(&self) -> bool {
        !(self.demand.is_empty() && self.queues.is_empty() && self.scaling.is_empty())
    }

    /// A month's bill, of 730 hours: see [`MonthOf`]. A run longer than that counts by its rate.
    #[must_use]
    pub fn monthly_usd(&self) -> f64 {
        let hours = self.scenario.horizon_s / 3_600.0;
        let cost = &self.cost;
        match self.month_of() {
            MonthOf::SuchRuns if hours > 0.0 => cost.total_usd / hours * MONTH_HOURS,
            MonthOf::TheRunAndItsEnd if hours > MONTH_HOURS => cost.total_usd / hours * MONTH_HOURS,
            MonthOf::TheRunAndItsEnd => {
                cost.total_usd + cost.per_hour_at_end_usd * (MONTH_HOURS - hours)
            }
            MonthOf::SuchRuns | MonthOf::TheEnd => cost.per_month_at_end_usd,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::thirty_tasks;

    /// An answer of half an hour that cost $2, $3 an hour at its end.
    fn answer() -> Answer {
        let mut answer = thirty_tasks();
        answer.scenario.horizon_s = 1_800.0;
        answer.cost.total_usd = 2.0;
        answer.cost.per_hour_at_end_usd = 3.0;
        answer.cost.per_month_at_end_usd = 2_190.0;
        answer
    }

    fn is(answer: &Answer, month_of: MonthOf, usd: f64) {
        assert_eq!(answer.month_of(), month_of);
        assert!((answer.monthly_usd() - usd).abs() < 1e-9, "{}", answer.monthly_usd());
    }

    #[test]
    fn a_month_is_of_the_end_of_the_run_and_its_end_or_of_such_runs() {
        let mut answer = answer();
        is(&answer, MonthOf::TheEnd, 3.0 * 730.0);
        // Half an hour for $2 with the deployment, then $3 an hour for the other 729.5 hours.
        let mut update = answer.deployments[0].clone();
        update.kind = "update".to_owned();
        answer.deployments.push(update);
        is(&answer, MonthOf::TheRunAndItsEnd, 2.0 + 3.0 * 729.5);
        // Of 1,460 hours, $2 in all: half of it in a month.
        answer.scenario.horizon_s = 1_460.0 * 3_600.0;
        is(&answer, MonthOf::TheRunAndItsEnd, 1.0);
        answer.scenario.horizon_s = 1_800.0;
        answer.queues.push(crate::run::QueueRow {
            name: "jobs".to_owned(),
            service: "web".to_owned(),
            messages: 0.0,
            processed: 0.0,
            visible_at_end: 0.0,
            in_flight_at_end: 0.0,
            age_of_oldest_at_end_s: None,
            returned: 0.0,
            mean_wait_s: None,
            longest_wait_s: None,
            acceptable_latency_s: None,
            late_share: None,
            worst_visible: 0.0,
            worst_age_s: 0.0,
            worst_at_s: None,
        });
        // 1,460 runs of half an hour.
        is(&answer, MonthOf::SuchRuns, 2.0 * 1_460.0);
    }
}
