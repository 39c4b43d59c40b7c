//! When a point has run often enough.

use crate::scenario::Precision;

use super::merge::interval;
use super::question::Sweep;
use super::runner::Found;

/// Whether the 95 % intervals of the figures that are to be precise are narrow beside their means. A
/// point that cannot run has run enough.
pub(super) fn enough(sweep: &Sweep<'_>, precision: &Precision, found: &Found) -> bool {
    if found.error.is_some() {
        return true;
    }
    let metrics = sweep.metrics();
    let sought = precision.metric.clone().map_or_else(|| sweep.objectives(), |metric| vec![metric]);
    sought.iter().filter_map(|metric| metrics.iter().position(|known| known == metric)).all(
        |column| {
            let mut runs: Vec<_> = found.runs.iter().collect();
            runs.sort_by_key(|run| run.replication);
            let figures: Vec<f64> =
                runs.iter().filter_map(|run| run.figures.get(column).copied().flatten()).collect();
            // A figure that no run has does not become one.
            let Some(interval) = interval(&figures) else { return figures.is_empty() };
            let mean = f64::midpoint(interval.ci95_low, interval.ci95_high);
            let half = (interval.ci95_high - interval.ci95_low) / 2.0;
            half <= mean.abs() * precision.half_width_percent / 100.0
        },
    )
}
