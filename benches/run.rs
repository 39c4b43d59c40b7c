//! What does an event of a task's life cost, with metrics and ledger on?
//!
//! Standalone tasks arrive, find a place or wait for an instance, attach, pull, start, run and stop;
//! Managed Instances buy and retire the instances. Three sizes, each against the M/M/50 loop written
//! by hand, in turns.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench may end with what went wrong")]

mod support;

use std::cell::Cell;
use std::hint::black_box;
use std::path::Path;

use criterion::Criterion;
use support::draws::Draws;
use support::{Side, Summary, Target, hand};
use taskyard::catalog::{Catalog, Overrides};
use taskyard::engine::Simulation;
use taskyard::io::{SCENARIO_LIMIT, Source, read_text};
use taskyard::observe::{Observers, Watch};
use taskyard::run::{Options, Prepared, prepare, run_prepared};
use taskyard::scenario::{Scenario, read};
use taskyard::units::{SimDuration, SimTime};

/// A size of the life-cycle case.
struct Case {
    figure: &'static str,
    between_arrivals: &'static str,
    run_for: &'static str,
    tasks: u32,
    at_most: f64,
}

const CASES: [Case; 3] = [
    Case {
        figure: "task life, about 45 instances",
        between_arrivals: "500ms",
        run_for: "300s",
        tasks: 20_000,
        at_most: 4.8,
    },
    Case {
        figure: "task life, about 2,300 instances",
        between_arrivals: "20ms",
        run_for: "600s",
        tasks: 150_000,
        at_most: 6.6,
    },
    Case {
        figure: "task life, about 22,000 instances",
        between_arrivals: "2ms",
        run_for: "600s",
        tasks: 900_000,
        at_most: 13.0,
    },
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut summary = Summary::default();
    for case in &CASES {
        task_life(&mut criterion, &mut summary, case);
    }
    for name in SCENARIOS {
        whole_scenario(&mut criterion, &mut summary, name);
    }
    criterion.final_summary();
    summary.print();
}

/// The scenarios of the repository, run whole: from prepared scenario to answer, bounds left out.
const SCENARIOS: [&str; 6] = [
    "nginx-cold-start",
    "thirty-tasks",
    "thirty-tasks-second-pool",
    "ten-memory-tasks",
    "ten-large-memory-tasks",
    "five-thousand-tasks",
];

fn whole_scenario(criterion: &mut Criterion, summary: &mut Summary, name: &str) {
    let path = format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let source = read_text(Path::new(&path), SCENARIO_LIMIT).unwrap();
    let scenario = read(&source, &[]).map_err(|problems| format!("{problems:?}")).unwrap().0;
    let stand_in = scenario.price_stand_in.as_deref();
    let catalog = Catalog::builtin(&scenario.region, stand_in, Overrides::default()).unwrap();
    let prepared = prepare(&scenario, &catalog).unwrap();
    let options = Options { skip_bounds: true, ..Options::default() };
    let answer = || run_prepared(&scenario, &catalog, &prepared, scenario.seed, options).unwrap();
    let first = answer().answer;
    let mut group = support::group(criterion, "run");
    let subject = Side {
        name: "taskyard",
        events: first.events as u64,
        round: &mut || {
            black_box(answer());
        },
    };
    let control = Side {
        name: "M/M/50 by hand",
        events: 2 * CUSTOMERS,
        round: &mut || {
            black_box(by_hand());
        },
    };
    let figure = format!("scenario {name}");
    if summary.compare(&mut group, &figure, subject, control, Target::ShownRatio) {
        let fleet: Vec<String> = first
            .fleet
            .iter()
            .map(|row| format!("{} {}", row.launched, row.instance_type.as_deref().unwrap_or("")))
            .collect();
        let outcome = format!("{} events; {}", first.events, fleet.join(", "));
        summary.note(&format!("{figure}: outcome"), &outcome, None);
    }
}

/// Tasks of a quarter vCPU and 1 GiB on four-vCPU instances: 14 on each.
fn scenario(case: &Case) -> Scenario {
    let text = format!(
        r#"schema = 1
name = "task-life"
region = "us-east-1"
horizon = "{}s"
[[capacity_provider]]
name = "mi"
[capacity_provider.managed_instances_provider.instance_requirements]
vcpu_count = {{ min = 4, max = 4 }}
memory_mib = {{ min = 16384, max = 16384 }}
allowed_instance_types = ["m6g.xlarge"]
[[task_definition]]
family = "job"
cpu = 256
memory = 1024
runtime_platform = {{ cpu_architecture = "ARM64" }}
image = {{ name = "job", size_mb = 100 }}
[[run_task]]
name = "job"
task_definition = "job"
every = {{ exponential = {{ mean = "{}" }} }}
calls = {}
run_for = {{ exponential = {{ mean = "{}" }} }}
"#,
        horizon(case),
        case.between_arrivals,
        case.tasks,
        case.run_for,
    );
    let source = Source { name: "bench".to_owned(), text };
    read(&source, &[]).map_err(|problems| format!("{problems:?}")).unwrap().0
}

/// Long enough for the calls and for the queue to empty mostly.
fn horizon(case: &Case) -> u64 {
    let between: SimDuration = case.between_arrivals.parse().unwrap();
    between.saturating_mul(u64::from(case.tasks)).as_micros() / 1_000_000 + 600
}

/// One run; its events, most instances at one time and bill.
fn live(scenario: &Scenario, prepared: &Prepared) -> (u64, u32, i64) {
    let horizon = SimTime::ZERO + scenario.horizon;
    let observers = Observers::new(Watch::default());
    let simulation =
        Simulation::new(&prepared.setup, &prepared.durations, horizon, scenario.seed, observers);
    let (cluster, mut observers, events) = simulation.run().map_err(|(error, _)| error).unwrap();
    observers.finish(horizon, &cluster);
    let peak = observers.fleet.counts().map(|(_, _, count)| count.peak).sum();
    (events, peak, observers.ledger.total().nanos())
}

/// The control: 200,000 customers of M/M/50.
const CUSTOMERS: u64 = 200_000;

fn by_hand() -> u64 {
    let mut draws = Draws::new(1);
    hand::multi_server_queue(50, CUSTOMERS, 1e6 / 45.0, 1e6, &mut draws)
}

fn task_life(criterion: &mut Criterion, summary: &mut Summary, case: &Case) {
    let scenario = scenario(case);
    let catalog = Catalog::builtin("us-east-1", None, Overrides::default()).unwrap();
    let prepared = prepare(&scenario, &catalog).unwrap();
    let (events, peak, nanos) = live(&scenario, &prepared);
    let last = Cell::new(nanos);
    let mut group = support::group(criterion, "run");
    let subject = Side {
        name: "taskyard",
        events,
        round: &mut || last.set(black_box(live(&scenario, &prepared).2)),
    };
    let control = Side {
        name: "M/M/50 by hand",
        events: 2 * CUSTOMERS,
        round: &mut || {
            black_box(by_hand());
        },
    };
    let target = Target::AtMost(case.at_most);
    if summary.compare(&mut group, case.figure, subject, control, target) {
        assert_eq!(last.get(), nanos, "every round lives the same life");
        let outcome = format!(
            "{} tasks, {events} events, peak {peak} instances, ${:.2}",
            case.tasks,
            nanos as f64 / 1e9
        );
        println!("{outcome}\n");
        summary.note(&format!("{}: outcome", case.figure), &outcome, None);
    }
}
