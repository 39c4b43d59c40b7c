//! What does a sweep cost beside its runs, and do two workers do twice as much as one?
//!
//! A sweep of runs of some ten milliseconds against the same runs in a bare loop (one prepared scenario a
//! point, no table); with two workers against one, and against two bare loops side by side, in turns; and
//! the memory of ten thousand small runs beside that of a hundred.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench may end with what went wrong")]

mod support;

use std::hint::black_box;
use std::ops::RangeInclusive;
use std::sync::atomic::AtomicBool;
use std::thread;

use criterion::Criterion;
use support::{Side, Summary, Target, memory};
use taskyard::catalog::{Catalog, Overrides};
use taskyard::io::Source;
use taskyard::random::Streams;
use taskyard::run::{Arena, Options, prepare, run_in};
use taskyard::scenario::{Override, read, read_sweep};
use taskyard::sweep::{Base, NoSink, Running, Sweep, SweepTable, run_points};

/// Standalone tasks of which twenty arrive each second, on Managed Instances.
const SCENARIO: &str = r#"
schema = 1
name = "task-life"
region = "us-east-1"
horizon = "900s"
[[capacity_provider]]
name = "mi"
[capacity_provider.managed_instances_provider.instance_requirements]
vcpu_count = { min = 4, max = 4 }
memory_mib = { min = 16384, max = 16384 }
allowed_instance_types = ["m6g.xlarge"]
[[task_definition]]
family = "job"
cpu = 256
memory = 1024
runtime_platform = { cpu_architecture = "ARM64" }
image = { name = "job", size_mb = 100 }
[[run_task]]
name = "job"
task_definition = "job"
every = { exponential = { mean = "50ms" } }
calls = 10000
run_for = { exponential = { mean = "60s" } }
"#;

/// Points and runs of each of the sweep that is timed. So many that the last run, for which the other
/// worker waits, and the memory that each sweep takes anew weigh little, as in sweeps that are asked for.
const POINTS: u64 = 8;
const REPLICATIONS: u32 = 20;
const RUNS: u64 = POINTS * REPLICATIONS as u64;

/// The numbers of calls: about as much work at each point.
const CALLS: RangeInclusive<u64> = 10_000..=10_007;

/// Half of them.
const HALVES: [RangeInclusive<u64>; 2] = [10_000..=10_003, 10_004..=10_007];

fn sweep(calls: &str, replications: u32) -> Sweep<'static> {
    let text = format!(
        "scenario = \"s\"\nreplications = {replications}\n\
         [[axis]]\npath = \"run_task.job.calls\"\nrange = {{ {calls}, step = 1 }}\n"
    );
    let source = |text: String| Source { name: "bench".to_owned(), text };
    let (file, _) = read_sweep(Some(&source(text)), &[]).map_err(|e| format!("{e:?}")).unwrap();
    let base =
        Base { name: "s".to_owned(), source: source(SCENARIO.to_owned()), files: Vec::new() };
    Sweep::new(file, "bench", vec![base], &[], 1, Overrides::default())
}

fn run(sweep: &Sweep<'_>, jobs: usize) -> SweepTable {
    let order: Vec<u64> = (0..sweep.points()).collect();
    let running = Running { jobs: Some(jobs), stop: &AtomicBool::new(false) };
    run_points(sweep, &order, &running, &|_, _| None, &mut NoSink).unwrap()
}

/// The same runs without the sweep: each point read and prepared once.
fn bare(catalog: &Catalog, calls: RangeInclusive<u64>) -> f64 {
    let options = Options { skip_bounds: true, skip_fault_costs: true, ..Options::default() };
    let source = Source { name: "bench".to_owned(), text: SCENARIO.to_owned() };
    let mut arena = Arena::default();
    let mut events = 0.0;
    for calls in calls {
        let set = Override { path: "run_task.job.calls".to_owned(), value: calls.to_string() };
        let (scenario, _) = read(&source, &[set]).map_err(|e| format!("{e:?}")).unwrap();
        let prepared = prepare(&scenario, catalog).unwrap();
        for replication in 0..REPLICATIONS {
            let seed = Streams::replication_seed(1, replication);
            let outcome = run_in(&mut arena, &scenario, catalog, &prepared, seed, options).unwrap();
            events += black_box(outcome).answer.events;
        }
    }
    events
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut summary = Summary::default();
    let sweep_of_ten_ms = sweep("from = 10000, to = 10007", REPLICATIONS);
    let catalog = Catalog::builtin("us-east-1", None, Overrides::default()).unwrap();
    let table = run(&sweep_of_ten_ms, 1);
    let column = table.column("events").unwrap();
    let events: f64 = table.points.iter().flat_map(|point| point.figures(column)).flatten().sum();
    assert!((events - bare(&catalog, CALLS)).abs() < 0.5, "both do the same runs");
    overhead(&mut criterion, &mut summary, &sweep_of_ten_ms, &catalog);
    workers(&mut criterion, &mut summary, &sweep_of_ten_ms);
    machine(&mut criterion, &mut summary, &sweep_of_ten_ms, &catalog);
    criterion.final_summary();
    if !summary.is_empty() {
        memory_of_many(&mut summary);
    }
    summary.print();
}

/// What is compared: its name, and a round of all runs.
type Round<'a> = (&'a str, &'a mut dyn FnMut());

fn compare(
    criterion: &mut Criterion,
    summary: &mut Summary,
    figure: &str,
    [subject, control]: [Round<'_>; 2],
    at_most: f64,
) {
    let mut group = support::group(criterion, "sweep");
    let [subject, control] =
        [subject, control].map(|(name, round)| Side { name, events: RUNS, round });
    summary.compare(&mut group, figure, subject, control, Target::AtMost(at_most));
}

fn overhead(
    criterion: &mut Criterion,
    summary: &mut Summary,
    sweep: &Sweep<'_>,
    catalog: &Catalog,
) {
    let mut one = || drop(black_box(run(sweep, 1)));
    // In a thread of its own too: which core a thread gets must not tell the two apart.
    let mut loops = || {
        thread::scope(|scope| scope.spawn(|| black_box(bare(catalog, CALLS))).join()).unwrap();
    };
    let sides: [Round<'_>; 2] = [("sweep, one worker", &mut one), ("bare runs", &mut loops)];
    compare(criterion, summary, "time of a run of a sweep", sides, 1.02);
}

/// Half the time of one worker is an efficiency of 1; 0.526 of it one of 0.95.
fn workers(criterion: &mut Criterion, summary: &mut Summary, sweep: &Sweep<'_>) {
    let mut two = || drop(black_box(run(sweep, 2)));
    let mut one = || drop(black_box(run(sweep, 1)));
    let sides: [Round<'_>; 2] = [("two workers", &mut two), ("one worker", &mut one)];
    compare(criterion, summary, "two workers, time of one", sides, 0.526);
}

/// What two workers lose to the machine, whose cores may be shared, and what to the sweep.
fn machine(criterion: &mut Criterion, summary: &mut Summary, sweep: &Sweep<'_>, catalog: &Catalog) {
    let mut two = || drop(black_box(run(sweep, 2)));
    let mut loops = || {
        thread::scope(|scope| {
            for half in HALVES {
                scope.spawn(|| black_box(bare(catalog, half)));
            }
        });
    };
    let sides: [Round<'_>; 2] =
        [("two workers", &mut two), ("two bare loops side by side", &mut loops)];
    compare(criterion, summary, "two workers, time of two bare loops", sides, 1.05);
}

/// Small runs, so that what is kept of them would show.
fn memory_of_many(summary: &mut Summary) {
    let small = |runs: u32| {
        let sweep = sweep("from = 20, to = 29", runs / 10);
        memory::forget_peak();
        let table = run(&sweep, 2);
        let rows: usize = table.points.iter().map(|point| point.runs.len()).sum();
        assert_eq!(rows, runs as usize);
        memory::peak_mib()
    };
    let (hundred, many) = (small(100), small(10_000));
    let Some((hundred, many)) = hundred.zip(many) else {
        println!("this system does not tell how much memory a process takes");
        return;
    };
    let told = format!("{many} MiB beside {hundred} MiB");
    let met = many <= 2 * hundred;
    summary.note("memory of 10,000 runs beside that of 100", &told, Some(("<= 2x", met)));
}
