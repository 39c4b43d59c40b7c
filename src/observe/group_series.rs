//! What a group's size is made of over time: CapacityProviderReservation, desired capacity, instances in
//! service.

use std::collections::BTreeMap;

use crate::model::Cluster;
use crate::units::{ProviderId, SimTime};

use super::record::SeriesRow;

const METRICS: [&str; 3] =
    ["CapacityProviderReservation", "GroupDesiredCapacity", "GroupInServiceInstances"];

/// The last values of every group.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupSeries {
    /// As bits: what counts is whether they change.
    last: BTreeMap<ProviderId, [Option<u64>; METRICS.len()]>,
}

impl GroupSeries {
    /// Adds what has changed.
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        cluster: &Cluster<'_>,
        series: &mut Vec<SeriesRow>,
    ) {
        for id in (0..cluster.setup().providers.len()).map(ProviderId::from_index) {
            let Some(group) = cluster.scaling_group(id) else { continue };
            let values = [
                group.reservation.map(|value| value.percent()),
                Some(f64::from(group.desired)),
                Some(f64::from(group.running)),
            ];
            let last = self.last.entry(id).or_default();
            for ((metric, value), last) in METRICS.into_iter().zip(values).zip(last) {
                let changed = |value: &f64| *last != Some(value.to_bits());
                if let Some(value) = value.filter(changed) {
                    *last = Some(value.to_bits());
                    let subject = cluster.provider_name(id).to_owned();
                    series.push(SeriesRow { at: now, metric, subject, value });
                }
            }
        }
    }
}
