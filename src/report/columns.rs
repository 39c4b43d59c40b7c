//! What the columns of the CSV files hold, for formats that say so. A file's kinds stand in the order of
//! its header; a test compares the two.

use crate::sweep::SweepTable;

/// What a column holds. An empty cell is none of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Count,
    /// A whole number of 64 bits without a sign: a seed.
    Seed,
    /// A number: seconds, dollars, figures.
    Number,
}

/// A column of a file: its name, and what it holds.
type Column = (&'static str, Kind);

/// `tasks.csv`, times in seconds.
pub(super) const TASKS: [Column; 22] = [
    ("replication", Kind::Count),
    ("task", Kind::Text),
    ("service", Kind::Text),
    ("capacity_provider", Kind::Text),
    ("instance", Kind::Text),
    ("instance_type", Kind::Text),
    ("availability_zone", Kind::Text),
    ("requested_at", Kind::Number),
    ("created_at", Kind::Number),
    ("placed_at", Kind::Number),
    ("connectivity_at", Kind::Number),
    ("pull_started_at", Kind::Number),
    ("pull_stopped_at", Kind::Number),
    ("started_at", Kind::Number),
    ("ready_at", Kind::Number),
    ("stopping_at", Kind::Number),
    ("execution_stopped_at", Kind::Number),
    ("stopped_at", Kind::Number),
    ("last_status", Kind::Text),
    ("stop_code", Kind::Text),
    ("stop_reason", Kind::Text),
    ("exit_code", Kind::Count),
];

/// `instances.csv`, times in seconds.
pub(super) const INSTANCES: [Column; 17] = [
    ("replication", Kind::Count),
    ("instance", Kind::Text),
    ("capacity_provider", Kind::Text),
    ("instance_type", Kind::Text),
    ("availability_zone", Kind::Text),
    ("purchase_option", Kind::Text),
    ("requested_at", Kind::Number),
    ("running_at", Kind::Number),
    ("registered_at", Kind::Number),
    ("draining_at", Kind::Number),
    ("terminated_at", Kind::Number),
    ("recommended_at", Kind::Number),
    ("notice_at", Kind::Number),
    ("warmed_from", Kind::Number),
    ("stopped_at", Kind::Number),
    ("left_warm_pool_at", Kind::Number),
    ("usd", Kind::Number),
];

/// `series.csv`.
pub(super) const SERIES: [Column; 5] = [
    ("replication", Kind::Count),
    ("time_s", Kind::Number),
    ("metric", Kind::Text),
    ("subject", Kind::Text),
    ("value", Kind::Number),
];

/// `events.csv`.
pub(super) const EVENTS: [Column; 5] = [
    ("replication", Kind::Count),
    ("time_s", Kind::Number),
    ("event", Kind::Text),
    ("subject", Kind::Text),
    ("detail", Kind::Text),
];

/// The header of a file.
pub(super) fn names(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|(name, _)| *name).collect()
}

/// What the columns of a file of a run hold, by its header.
#[must_use]
pub fn run_kinds(header: &[&str]) -> Vec<Kind> {
    let known = || [&TASKS[..], &INSTANCES, &SERIES, &EVENTS].into_iter().flatten();
    let kind = |name: &&str| known().find(|(column, _)| column == name).map(|(_, kind)| *kind);
    header.iter().map(|name| kind(name).unwrap_or(Kind::Text)).collect()
}

/// The columns of `points.csv`: its number, the axes, the runs, three for each figure, the error.
pub(super) fn point_kinds(table: &SweepTable) -> Vec<Kind> {
    let mut kinds = vec![Kind::Count];
    kinds.extend(axis_kinds(table));
    kinds.push(Kind::Count);
    kinds.extend(table.metrics.iter().flat_map(|_| [Kind::Number; 3]));
    kinds.push(Kind::Text);
    kinds
}

/// The columns of `runs.csv`: point, replication and seed, the axes, the figures, the digest.
pub(super) fn sweep_run_kinds(table: &SweepTable) -> Vec<Kind> {
    let mut kinds = vec![Kind::Count, Kind::Count, Kind::Seed];
    kinds.extend(axis_kinds(table));
    kinds.extend(table.metrics.iter().map(|_| Kind::Number));
    kinds.push(Kind::Text);
    kinds
}

/// An axis of numbers alone is a column of numbers.
fn axis_kinds(table: &SweepTable) -> impl Iterator<Item = Kind> {
    (0..table.axes.len()).map(|axis| {
        let mut labels = table.points.iter().filter_map(|point| point.values.get(axis));
        let plain = labels.all(|value| value.label.parse::<f64>().is_ok_and(f64::is_finite));
        if plain { Kind::Number } else { Kind::Text }
    })
}

#[cfg(test)]
mod tests {
    use super::super::outputs;
    use super::*;
    use crate::observe::TASK_TIMES;

    #[test]
    fn times_of_tasks_stand_as_they_are_recorded() {
        assert_eq!(names(&TASKS)[7..18], TASK_TIMES);
    }

    #[test]
    fn a_name_has_one_kind_in_all_files() {
        for columns in [&TASKS[..], &INSTANCES, &SERIES, &EVENTS] {
            let kinds: Vec<Kind> = columns.iter().map(|(_, kind)| *kind).collect();
            assert_eq!(run_kinds(&names(columns)), kinds);
        }
    }

    #[test]
    fn whatever_is_read_is_written() {
        for (read, written) in outputs::READ.iter().zip([&TASKS[..], &INSTANCES, &SERIES, &EVENTS])
        {
            for name in *read {
                assert!(names(written).contains(name), "{name}");
            }
        }
    }
}
