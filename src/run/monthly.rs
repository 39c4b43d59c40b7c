//! What a month costs, as far as one run can say.

use super::answer::Answer;

/// Hours of a month, as AWS's price pages count them.
const MONTH_HOURS: f64 = 730.0;

impl Answer {
    /// Whether the fleet follows traffic, so that its end says little of the rest.
    #[must_use]
    pub fn follows_traffic(&self) -> bool {
        !(self.demand.is_empty() && self.queues.is_empty() && self.scaling.is_empty())
    }

    /// A month's bill: of the fleet at the end, or where that follows traffic, of a month of such runs.
    #[must_use]
    pub fn monthly_usd(&self) -> f64 {
        let hours = self.scenario.horizon_s / 3_600.0;
        if self.follows_traffic() && hours > 0.0 {
            return self.cost.total_usd / hours * MONTH_HOURS;
        }
        self.cost.per_month_at_end_usd
    }
}
