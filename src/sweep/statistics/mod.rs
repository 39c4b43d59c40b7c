//! What replications tell, and how surely: intervals, differences under the same seeds, which variants
//! tie with the best, when to stop. Pure functions of figures, whoever drew them.

mod best;
mod estimate;
mod paired;
mod stop;
mod student;

pub use best::{Ranked, Standing, rank};
pub use estimate::{Estimate, estimate};
pub use paired::{PairedDifference, paired};
pub use stop::{StopRule, Stopped, stop};
pub use student::{interval, mean};

pub(super) use student::{standard_error, t_quantile};
