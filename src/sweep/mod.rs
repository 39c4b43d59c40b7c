//! Floor 6: many runs. One run is one thread; here, and only here, several run at once.

mod alike;
mod availability;
mod catalogs;
mod check;
mod clashes;
mod compact;
mod compare;
pub mod decisions;
mod design;
mod enough;
mod figures;
mod findings;
mod journal;
mod keeping;
mod keys;
mod merge;
mod metric;
mod notes;
mod parts;
mod probe;
mod question;
mod replications;
mod resolved;
mod runner;
mod seal;
mod shard;
pub mod statistics;
mod table;

pub use compact::{Digest, Figures};
pub use compare::{Compared, Comparison, Difference, InputDifference, Variant, compare};
pub use findings::{Findings, PointStatistics};
pub use journal::{Journal, JournalHead, Kept, Key, read_journal};
pub use keeping::Keeping;
pub use keys::RunKeys;
pub use notes::{Notes, SweepAssumption, SweepWarning};
pub use parts::{Merged, PartFile, SweepHead, merge_parts, part, plan_of_part};
pub use probe::{Probe, UnknownFigure};
pub use question::{Base, OBJECTIVES, ReadyPoint, Sweep};
pub use replications::{Plan, Replicated, RunFigures, answers, replicate};
pub use runner::{NoSink, RunResult, Running, Sink, Skip, SweepError, run_points};
pub use shard::{MOST_SHARDS, Shard};
pub use table::{AxisHead, AxisValue, PointRow, RunRow, SweepTable};

use crate::run::{Answer, FleetRow};

/// The name of a fleet row in paths of the answer: its type, with the capacity provider before it where
/// the fleet has more than one provider.
#[must_use]
pub fn fleet_label(answer: &Answer, row: &FleetRow) -> String {
    let several = answer.fleet.iter().any(|other| other.capacity_provider != row.capacity_provider);
    figures::label(row, several)
}
