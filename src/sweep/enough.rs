//! When a point has run often enough.

use crate::scenario::Precision;

use super::question::Sweep;
use super::runner::Found;
use super::statistics::{StopRule, stop};
use super::table::RunRow;

/// Whether the 95 % intervals of the figures that are to be precise are narrow beside their means. A
/// point that cannot run has run enough.
pub(super) fn enough(sweep: &Sweep<'_>, precision: &Precision, found: &Found) -> bool {
    if found.error.is_some() {
        return true;
    }
    let rule = StopRule {
        half_width_percent: precision.half_width_percent,
        min_replications: sweep.replications(),
        max_replications: precision.max_replications,
    };
    let metrics = sweep.metrics();
    let sought = precision.metric.clone().map_or_else(|| sweep.objectives(), |metric| vec![metric]);
    let mut columns =
        sought.iter().filter_map(|metric| metrics.iter().position(|known| known == metric));
    // Runs end in any order, and a sum of floats depends on it.
    let mut runs: Vec<&RunRow> = found.runs.iter().collect();
    runs.sort_by_key(|run| run.replication);
    columns.all(|column| {
        let figures: Vec<Option<f64>> =
            runs.iter().map(|run| run.figures.get(column).copied().flatten()).collect();
        // A figure that no run has does not become one.
        figures.iter().all(Option::is_none) || stop(&rule, &figures).is_some()
    })
}
