//! What the benches share: timing a subject and its control in turns, and the closing table.
//!
//! Absolute times on a shared machine say little: a neighbour doubles them. So every figure is a
//! ratio. A round of the subject and a round of the control follow each other within
//! milliseconds, in alternating order; the figure is the median of the ratios of such pairs.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a bench measures the wall clock"
)]
#![allow(dead_code, reason = "no bench uses all of it")]
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

pub(crate) mod draws;
pub(crate) mod hand;
pub(crate) mod memory;
pub(crate) mod policies;

use std::time::{Duration, Instant};

use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};

/// One side of a comparison: `round` does `events` events each time it is called.
pub(crate) struct Side<'a> {
    pub(crate) name: &'a str,
    pub(crate) events: u64,
    pub(crate) round: &'a mut dyn FnMut(),
}

impl Side<'_> {
    /// Nanoseconds per event of one round.
    fn time(&mut self) -> f64 {
        let start = Instant::now();
        (self.round)();
        start.elapsed().as_nanos() as f64 / self.events as f64
    }
}

/// What a ratio must be.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// Subject over control, at most this.
    AtMost(f64),
    /// Control over subject, at least this: "so many times faster".
    TimesFaster(f64),
    /// Control over subject, whatever it is.
    Shown,
    /// Subject over control, whatever it is.
    ShownRatio,
}

impl Target {
    /// The median `ratio` (subject over control) in the target's terms, the target, and whether it
    /// is met.
    fn judge(self, ratio: f64) -> [String; 3] {
        let faster = 1.0 / ratio;
        match self {
            Self::AtMost(most) => {
                [format!("{ratio:.2}"), format!("<= {most}"), verdict(ratio <= most)]
            }
            Self::TimesFaster(least) => [
                format!("{faster:.1}x faster"),
                format!(">= {least}x faster"),
                verdict(faster >= least),
            ],
            Self::ShownRatio => [format!("{ratio:.2}"), String::new(), String::new()],
            Self::Shown => [format!("{faster:.1}x faster"), String::new(), String::new()],
        }
    }
}

fn verdict(met: bool) -> String {
    if met { "yes" } else { "NO" }.to_owned()
}

/// The figures of a bench, printed as a table when it ends.
#[derive(Default)]
pub(crate) struct Summary {
    rows: Vec<[String; 6]>,
}

impl Summary {
    /// Measures `subject` against `control` and adds the figure. Does nothing and says `false`
    /// when the command line asks for other benches or for a list only.
    pub(crate) fn compare(
        &mut self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        figure: &str,
        mut subject: Side<'_>,
        mut control: Side<'_>,
        target: Target,
    ) -> bool {
        let mut pairs: Vec<(f64, f64)> = Vec::new();
        group.throughput(Throughput::Elements(subject.events));
        group.bench_function(figure, |bencher| {
            bencher.iter_custom(|rounds| {
                let first = pairs.len();
                for _ in 0..rounds {
                    pairs.push(time_pair(
                        &mut subject,
                        &mut control,
                        pairs.len().is_multiple_of(2),
                    ));
                }
                let per_event: f64 = pairs[first..].iter().map(|pair| pair.0).sum();
                Duration::from_nanos((per_event * subject.events as f64) as u64)
            });
        });
        if pairs.is_empty() {
            return false;
        }
        let ratio = median(pairs.iter().map(|(subject, control)| subject / control));
        let own = median(pairs.iter().map(|pair| pair.0));
        let other = median(pairs.iter().map(|pair| pair.1));
        println!(
            "{figure}: {} {own:.2} ns, {} {other:.2} ns per event; median of {} pairs {ratio:.5}\n",
            subject.name,
            control.name,
            pairs.len()
        );
        let [value, target, met] = target.judge(ratio);
        let [own, other] = [own, other].map(|time| format!("{time:.1}"));
        self.rows.push([figure.to_owned(), own, other, value, target, met]);
        true
    }

    /// Adds a figure that is no ratio of times.
    pub(crate) fn note(&mut self, figure: &str, value: &str, judged: Option<(&str, bool)>) {
        let (target, met) =
            judged.map_or_else(Default::default, |(target, met)| (target.to_owned(), verdict(met)));
        let [own, other] = ["", ""].map(str::to_owned);
        self.rows.push([figure.to_owned(), own, other, value.to_owned(), target, met]);
    }

    /// Whether nothing was measured: the command line asked for other benches, or for a list.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints the table.
    pub(crate) fn print(&self) {
        if self.rows.is_empty() {
            return;
        }
        println!("| figure | subject, ns | control, ns | ratio | target | met |");
        println!("|---|---|---|---|---|---|");
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
    }
}

/// Nanoseconds per event of the subject and of the control.
fn time_pair(subject: &mut Side<'_>, control: &mut Side<'_>, subject_first: bool) -> (f64, f64) {
    if subject_first {
        let own = subject.time();
        (own, control.time())
    } else {
        let other = control.time();
        (subject.time(), other)
    }
}

/// The middle value; of an even number the upper of the two.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A group whose rounds are few and long.
pub(crate) fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group
        .sampling_mode(SamplingMode::Flat)
        .sample_size(15)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    group
}
