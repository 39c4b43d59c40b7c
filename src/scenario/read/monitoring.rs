//! `monitoring_configuration` of a service: which metrics come every 20 seconds.

use super::super::field::Field;
use super::super::reader::TableCursor;
use super::super::service_scaling::{HIGH_RESOLUTION, Monitoring, STANDARD_RESOLUTION};

const KEY: &str = "monitoring_configuration";

/// Metric configurations of one service (documented: ECS API, MonitoringConfiguration).
const MOST: usize = 5;

/// The metrics by name: whether it is that of memory.
const METRICS: [(&str, bool); 2] = [("CPUUtilization", false), ("MemoryUtilization", true)];

/// The configuration; every 60 seconds where it says nothing.
pub(super) fn read(cursor: &TableCursor<'_>) -> Monitoring {
    cursor.parameter(KEY, Monitoring::default(), |field| {
        let cursor = field.table()?;
        let example = "metric_configurations = [{ metric_names = [\"CPUUtilization\"], \
                       resolution_seconds = 20 }]";
        let all = cursor.required("metric_configurations", example);
        cursor.finish();
        let all = all?.list_of(MOST, configuration)?;
        Some(all.into_iter().fold(Monitoring::default(), |sum, own| Monitoring {
            cpu: sum.cpu || own.cpu,
            memory: sum.memory || own.memory,
        }))
    })
}

fn configuration(field: &Field<'_>) -> Option<Monitoring> {
    let cursor = field.table()?;
    let names = cursor.required("metric_names", "metric_names = [\"CPUUtilization\"]");
    let names = names.and_then(|field| field.list_of(MOST, |field| field.word(&METRICS)));
    let resolution = cursor.required("resolution_seconds", "resolution_seconds = 20");
    let high = resolution.and_then(|field| match field.whole(1, STANDARD_RESOLUTION)? {
        HIGH_RESOLUTION => Some(true),
        STANDARD_RESOLUTION => Some(false),
        _ => {
            let ends = (HIGH_RESOLUTION.to_string(), STANDARD_RESOLUTION.to_string());
            field.out_of_range(&ends.0, &ends.1, Some("it is 20 or 60"));
            None
        }
    });
    cursor.finish();
    let (names, high) = names.zip(high)?;
    Some(Monitoring { cpu: high && names.contains(&false), memory: high && names.contains(&true) })
}
