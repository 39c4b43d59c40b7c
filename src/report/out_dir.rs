//! The files of `--out DIR`.

use crate::observe::{EventRow, InstanceRow, Recorder, SeriesRow, TaskRow};
use crate::run::Answer;
use crate::scenario::{Scenario, to_toml};
use crate::units::{SimTime, Usd};

use super::columns::{EVENTS, INSTANCES, SERIES, TASKS, names};
use super::csv::{document, number};
use super::json::pretty;

/// A file's name and content.
pub type OutFile = (&'static str, Vec<u8>);

/// All files of a run; `recorders` are those of its replications in order.
///
/// # Errors
/// None that an answer can cause.
pub fn out_files(
    scenario: &Scenario,
    answer: &Answer,
    recorders: &[Recorder],
) -> serde_json::Result<Vec<OutFile>> {
    Ok(vec![
        ("summary.json", pretty(answer)?.into_bytes()),
        ("tasks.csv", document(&names(&TASKS), rows(recorders, |of| &of.tasks, task))),
        (
            "instances.csv",
            document(&names(&INSTANCES), rows(recorders, |of| &of.instances, instance)),
        ),
        ("series.csv", document(&names(&SERIES), rows(recorders, |of| &of.series, value))),
        ("events.csv", document(&names(&EVENTS), rows(recorders, |of| &of.events, event))),
        ("scenario.resolved.toml", to_toml(scenario).into_bytes()),
    ])
}

/// The rows of every replication, its number in front.
fn rows<'r, T: 'r>(
    recorders: &'r [Recorder],
    of: impl Fn(&'r Recorder) -> &'r Vec<T> + 'r,
    cells: impl Fn(&'r T) -> Vec<String> + Copy + 'r,
) -> impl Iterator<Item = Vec<String>> + 'r {
    recorders.iter().enumerate().flat_map(move |(replication, recorder)| {
        of(recorder).iter().map(move |row| {
            let mut line = vec![replication.to_string()];
            line.extend(cells(row));
            line
        })
    })
}

fn task(row: &TaskRow) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut cells = vec![
        row.task.clone(),
        row.service.clone(),
        row.capacity_provider.clone(),
        text(&row.instance),
        text(&row.instance_type),
        text(&row.availability_zone),
    ];
    cells.extend(row.times.iter().map(|at| maybe_seconds(*at)));
    cells.push(row.last_status.to_owned());
    cells.push(row.stop_code.unwrap_or_default().to_owned());
    cells.push(text(&row.stop_reason));
    cells.push(row.exit_code.map_or_else(String::new, |code| code.to_string()));
    cells
}

fn instance(row: &InstanceRow) -> Vec<String> {
    let mut cells = vec![
        row.instance.clone(),
        row.capacity_provider.clone(),
        row.instance_type.clone(),
        row.availability_zone.clone(),
        row.purchase_option.to_owned(),
    ];
    cells.extend(row.times.iter().map(|at| maybe_seconds(*at)));
    cells.extend(row.spot_times.iter().map(|at| maybe_seconds(*at)));
    cells.extend(row.warm_pool_times.iter().map(|at| maybe_seconds(*at)));
    cells.push(usd(row.usd));
    cells
}

fn value(row: &SeriesRow) -> Vec<String> {
    vec![seconds(row.at), row.metric.to_owned(), row.subject.clone(), number(row.value)]
}

fn event(row: &EventRow) -> Vec<String> {
    vec![seconds(row.at), row.event.to_owned(), row.subject.clone(), row.detail.clone()]
}

fn maybe_seconds(at: Option<SimTime>) -> String {
    at.map_or_else(String::new, seconds)
}

/// Seconds, exact to the microsecond: `34`, `84.2235`.
fn seconds(at: SimTime) -> String {
    decimal(at.as_micros(), 6)
}

/// Dollars, exact to the nano-dollar.
fn usd(amount: Usd) -> String {
    let sign = if amount.nanos() < 0 { "-" } else { "" };
    format!("{sign}{}", decimal(amount.nanos().unsigned_abs(), 9))
}

/// `value` divided by ten to the power of `places`, exactly.
fn decimal(value: u64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let rest = format!("{rest:0width$}", width = places as usize);
    format!("{whole}.{}", rest.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_amounts_are_exact() {
        assert_eq!(seconds(SimTime::from_micros(34_000_000)), "34");
        assert_eq!(seconds(SimTime::from_micros(84_000_001)), "84.000001");
        assert_eq!(usd(Usd::from_nanos(-1_500_000_000)), "-1.5");
    }
}
