//! One answer from the answers of several replications: every figure is the mean, with a 95 % interval.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::observe::TraceDigest;
use crate::run::{Answer, Interval};

use super::figures::{Absent, label, visit};

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

fn mean(drawn: &[f64]) -> Option<f64> {
    let first = drawn.first()?;
    // Equal values keep their exact mean.
    let excess: f64 = drawn.iter().map(|value| value - first).sum();
    Some(first + excess / drawn.len() as f64)
}

/// The Student-t interval; `None` below two values.
fn interval(drawn: &[f64]) -> Option<Interval> {
    let n = u32::try_from(drawn.len()).ok().filter(|n| *n >= 2)?;
    let mean = mean(drawn)?;
    let squares: f64 = drawn.iter().map(|value| (value - mean) * (value - mean)).sum();
    let deviation = (squares / f64::from(n - 1)).sqrt();
    let half = t_quantile(n - 1)? * deviation / f64::from(n).sqrt();
    let min = drawn.iter().copied().fold(f64::INFINITY, f64::min);
    let max = drawn.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(Interval { ci95_low: mean - half, ci95_high: mean + half, n, min, max })
}

/// The 0.975 quantile of Student's t.
fn t_quantile(freedom: u32) -> Option<f64> {
    t_quantile_at(freedom as usize, 0.975)
}

/// A quantile of Student's t, rounded so that the platform's math cannot show in it.
pub(super) fn t_quantile_at(freedom: usize, p: f64) -> Option<f64> {
    let t = StudentsT::new(0.0, 1.0, freedom as f64).ok()?.inverse_cdf(p);
    Some((t * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_use_the_quantiles_of_students_t() {
        // R: qt(0.975, c(1, 2, 9, 99))
        for (freedom, expected) in [(1, 12.706205), (2, 4.302653), (9, 2.262157), (99, 1.984217)] {
            let t = t_quantile(freedom).unwrap();
            assert!((t - expected).abs() < 2e-6, "{freedom}: {t}");
        }
        // R: t.test(c(1, 2, 3, 6))$conf.int
        let interval = interval(&[1.0, 2.0, 3.0, 6.0]).unwrap();
        assert!((interval.ci95_low - -0.4374349).abs() < 1e-5, "{interval:?}");
        assert!((interval.ci95_high - 6.4374349).abs() < 1e-5, "{interval:?}");
        assert_eq!([interval.min, interval.max].map(f64::to_bits), [1.0, 6.0].map(f64::to_bits));
    }

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

    #[test]
    fn equal_values_have_an_interval_of_no_width() {
        let interval = interval(&[0.1, 0.1, 0.1]).unwrap();
        assert_eq!(interval.ci95_low.to_bits(), 0.1_f64.to_bits());
        assert_eq!(interval.ci95_high.to_bits(), 0.1_f64.to_bits());
    }
}
