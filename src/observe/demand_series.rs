//! Curves of what comes from outside: requests, messages, and how busy tasks are.

use std::collections::BTreeMap;

use crate::model::Cluster;
use crate::units::{QueueId, ServiceId, SimTime};

use super::record::SeriesRow;

/// The last values of each curve.
#[derive(Clone, Debug, Default)]
pub(super) struct DemandSeries {
    /// As bits: what counts is whether they change.
    last: BTreeMap<(&'static str, usize), u64>,
}

impl DemandSeries {
    /// Adds what has changed. Requests that wait are told when their rate or the tasks change: between
    /// two such moments their number is a straight line, unless it reaches 0 or the time-out.
    pub(super) fn observe(
        &mut self,
        now: SimTime,
        cluster: &Cluster<'_>,
        series: &mut Vec<SeriesRow>,
    ) {
        let setup = cluster.setup();
        for position in 0..setup.services {
            let id = ServiceId::from_index(position);
            let Some(seen) = cluster.requests_at_last_change(id) else { continue };
            let values = [
                ("requests_per_second", seen.rate),
                ("requests_served_per_second", seen.service_rate),
                ("requests_waiting", seen.waiting),
                ("cpu_utilization", seen.utilization),
            ];
            for (metric, value) in values {
                self.add(now, (metric, position), &setup.groups[position].name, value, series);
            }
        }
        for (position, queue) in setup.queues.iter().enumerate() {
            let seen = cluster.queue(QueueId::from_index(position));
            let values = [
                ("messages_visible", f64::from(seen.visible())),
                ("messages_in_flight", f64::from(seen.in_flight())),
            ];
            for (metric, value) in values {
                self.add(now, (metric, position), &queue.name, value, series);
            }
        }
    }

    fn add(
        &mut self,
        at: SimTime,
        key: (&'static str, usize),
        name: &str,
        value: f64,
        series: &mut Vec<SeriesRow>,
    ) {
        let bits = value.to_bits();
        if self.last.insert(key, bits) != Some(bits) {
            series.push(SeriesRow { at, metric: key.0, subject: name.to_owned(), value });
        }
    }
}
