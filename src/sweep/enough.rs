//! When a point has run often enough.

use crate::scenario::Precision;

use super::question::Sweep;
use super::runner::Found;
use super::statistics::{StopRule, Stopped, stop};
use super::table::RunRow;

/// Whether the 95 % intervals of the figures that are to be precise are narrow beside their means, or all
/// runs that are admitted are made. A point that cannot run has run enough.
pub(super) fn enough(sweep: &Sweep<'_>, precision: &Precision, found: &Found) -> bool {
    found.error.is_some() || verdicts(sweep, precision, found).iter().all(Option::is_some)
}

/// What ended a point's runs: the most runs, if they did for any figure. `None` where it cannot run, and
/// where no run has such a figure.
pub(super) fn stopped_by(
    sweep: &Sweep<'_>,
    precision: &Precision,
    found: &Found,
) -> Option<Stopped> {
    if found.error.is_some() {
        return None;
    }
    verdicts(sweep, precision, found).into_iter().collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// The verdict on each figure that is to be precise and that some run has.
fn verdicts(sweep: &Sweep<'_>, precision: &Precision, found: &Found) -> Vec<Option<Stopped>> {
    let rule = StopRule {
        half_width_percent: precision.half_width_percent,
        min_replications: sweep.replications(),
        max_replications: precision.max_replications,
    };
    let metrics = sweep.metrics();
    let sought = precision.metric.clone().map_or_else(|| sweep.objectives(), |metric| vec![metric]);
    let columns =
        sought.iter().filter_map(|metric| metrics.iter().position(|known| known == metric));
    // Runs end in any order, and a sum of floats depends on it.
    let mut runs: Vec<&RunRow> = found.runs.iter().collect();
    runs.sort_by_key(|run| run.replication);
    let figures = columns.map(|column| -> Vec<Option<f64>> {
        runs.iter().map(|run| run.figures.get(column)).collect()
    });
    // A figure that no run has does not become one.
    let some = figures.filter(|figures| figures.iter().any(Option::is_some));
    some.map(|figures| stop(&rule, &figures)).collect()
}
