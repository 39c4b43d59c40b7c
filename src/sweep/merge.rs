//! One answer from the answers of several replications: every figure is the mean, with a 95 % interval.

use std::collections::BTreeMap;

use crate::observe::TraceDigest;
use crate::run::Answer;

use super::figures::{Absent, label, visit};
use super::statistics::{interval, mean};

/// Figures by path, in the order of the replications.
type Samples = BTreeMap<String, Vec<f64>>;

/// Merges `answers`; texts are those of the first replication that has them. `None` if there is none.
pub(super) fn merge(answers: &[Answer]) -> Option<Answer> {
    let mut merged = union(answers)?;
    let first = merged.fleet.first().map(|row| row.capacity_provider.clone());
    let several = merged.fleet.iter().any(|row| Some(&row.capacity_provider) != first.as_ref());
    let samples = samples(answers, several);
    let mut intervals = BTreeMap::new();
    visit(&mut merged, several, &mut |path, absent, value| {
        let mut drawn = samples.get(&path).cloned().unwrap_or_default();
        if absent == Absent::Zero {
            drawn.resize(answers.len(), 0.0);
        }
        *value = mean(&drawn);
        if let Some(interval) = interval(&drawn) {
            intervals.insert(path, interval);
        }
    });
    merged.intervals = intervals;
    frequencies(&mut merged, answers);
    merged.scenario.replications = u32::try_from(answers.len()).unwrap_or(u32::MAX);
    merged.digest = TraceDigest::of_texts(answers.iter().map(|answer| answer.digest.as_str()));
    Some(merged)
}

fn samples(answers: &[Answer], several: bool) -> Samples {
    let mut samples = Samples::new();
    for answer in answers {
        visit(&mut answer.clone(), several, &mut |path, _, value| {
            if let Some(value) = value {
                samples.entry(path).or_default().push(*value);
            }
        });
    }
    samples
}

/// The first answer with the rows that only others have.
fn union(answers: &[Answer]) -> Option<Answer> {
    let (first, others) = answers.split_first()?;
    let mut merged = first.clone();
    for other in others {
        add_new(&mut merged.fleet, &other.fleet, |row| label(row, true));
        add_new(&mut merged.cost.lines, &other.cost.lines, |line| line.item.clone());
        let loose = &other.cost.loosely_packed;
        add_new(&mut merged.cost.loosely_packed, loose, |row| row.capacity_provider.clone());
        add_new(&mut merged.deployments, &other.deployments, |row| row.deployment.clone());
        add_new(&mut merged.limits, &other.limits, |row| row.limit.clone());
        add_new(&mut merged.assumptions, &other.assumptions, Clone::clone);
        add_new(&mut merged.warnings, &other.warnings, Clone::clone);
        for (name, date) in &other.catalog.prices_as_of {
            let dates = &mut merged.catalog.prices_as_of;
            dates.entry(name.clone()).or_insert_with(|| date.clone());
        }
        add_new(&mut merged.service_zones, &other.service_zones, |row| row.service.clone());
        add_new(&mut merged.tasks.waves, &other.tasks.waves, |row| row.wave.clone());
        add_new(&mut merged.tasks.waiting_for, &other.tasks.waiting_for, |row| {
            (row.service.clone(), row.waits_for.clone())
        });
        // A row for each target, in the order of the scenario: the same in every run.
        for (row, other) in merged.scaling.iter_mut().zip(&other.scaling) {
            add_new(&mut row.breaches, &other.breaches, |breach| breach.breach.to_bits());
        }
        // A row for each block, in the order of the scenario: the same in every run.
        for (row, other) in merged.jobs.iter_mut().zip(&other.jobs) {
            add_new(&mut row.ends, &other.ends, |end| (end.stop_code.clone(), end.exit_code));
            add_new(&mut row.calls, &other.calls, |call| call.call.to_bits());
        }
        for (name, phase) in &other.tasks.phases_s {
            merged.tasks.phases_s.entry(name.clone()).or_insert(*phase);
        }
    }
    Some(merged)
}

fn add_new<T: Clone, K: PartialEq>(rows: &mut Vec<T>, others: &[T], key: impl Fn(&T) -> K) {
    for other in others {
        if !rows.iter().any(|row| key(row) == key(other)) {
            rows.push(other.clone());
        }
    }
}

/// How often each type was launched; the most launched first.
fn frequencies(merged: &mut Answer, answers: &[Answer]) {
    for row in &mut merged.fleet {
        let key = label(row, true);
        let launched = |answer: &&Answer| {
            answer.fleet.iter().any(|other| label(other, true) == key && other.launched > 0.0)
        };
        let times = answers.iter().filter(launched).count();
        row.frequency = Some(times as f64 / answers.len() as f64);
    }
    merged.fleet.sort_by(|a, b| {
        b.launched.total_cmp(&a.launched).then_with(|| a.instance_type.cmp(&b.instance_type))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer to the thirty tasks with one thing changed.
    fn answer(set: &str) -> Answer {
        use crate::catalog::{Catalog, Overrides};
        use crate::io::Source;
        use crate::run::{Options, run};
        use crate::scenario::{Override, read};
        let text = include_str!("../../scenarios/thirty-tasks.toml").to_owned();
        let source = Source { name: "thirty-tasks".to_owned(), text };
        let (scenario, _) = read(&source, &[Override::parse(set).unwrap()]).unwrap();
        let catalog = Catalog::builtin("eu-west-1", None, Overrides::default()).unwrap();
        run(&scenario, &catalog, Options::default()).unwrap().answer
    }

    #[test]
    fn a_type_that_some_runs_lack_counts_as_zero_there() {
        let burstable = "managed_instances_provider.instance_requirements.burstable_performance";
        let small = answer("seed=1");
        let others = answer(&format!("{burstable}=excluded"));
        let merged = merge(&[small.clone(), others.clone(), small]).unwrap();
        assert_eq!(merged.fleet[0].instance_type.as_deref(), Some("t4g.small"));
        assert!((merged.fleet[0].launched - 20.0).abs() < 1e-9, "{:?}", merged.fleet[0]);
        let frequencies: Vec<_> = merged.fleet.iter().filter_map(|row| row.frequency).collect();
        assert!((frequencies[0] - 2.0 / 3.0).abs() < 1e-9, "{frequencies:?}");
        let rest: f64 = others.fleet.iter().map(|row| row.launched).sum();
        let merged_rest: f64 = merged.fleet[1..].iter().map(|row| row.launched).sum();
        assert!((merged_rest - rest / 3.0).abs() < 1e-9);
        assert_eq!(merged.fleet[0].max_tasks_per_instance.to_bits(), 1.0_f64.to_bits());
        let lines: f64 = merged.cost.lines.iter().map(|line| line.usd).sum();
        assert!((lines - merged.cost.total_usd).abs() < 1e-9, "means of lines sum to the mean");
        assert_eq!(merged.intervals["fleet[t4g.small].launched"].n, 3);
        assert_eq!(merged.scenario.replications, 3);
    }
}
