//! What does an event of a task's life cost, with metrics and ledger on?
//!
//! Standalone tasks arrive, find a place or wait for an instance, attach, pull, start, run and stop.
//! Managed Instances buy and retire the instances; or two Auto Scaling groups do, one on demand and
//! one on Spot, both under cluster auto scaling. Three sizes of each against the M/M/50 loop written by
//! hand, in turns, with the memory that they took.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench may end with what went wrong")]

mod support;

use std::cell::Cell;
use std::hint::black_box;
use std::mem::take;
use std::path::Path;

use criterion::Criterion;
use support::draws::Draws;
use support::{Side, Summary, Target, hand};
use taskyard::catalog::{Catalog, Overrides};
use taskyard::engine::{Arena, Simulation};
use taskyard::io::{SCENARIO_LIMIT, Source, read_text};
use taskyard::observe::{Metrics, Observers, Watch};
use taskyard::run::{Options, Prepared, prepare, run_prepared};
use taskyard::scenario::{Scenario, read};
use taskyard::units::{SimDuration, SimTime};

/// Who brings the instances.
#[derive(Clone, Copy, PartialEq)]
enum Capacity {
    ManagedInstances,
    Groups,
}

/// A size of the life-cycle case.
struct Case {
    figure: &'static str,
    capacity: Capacity,
    between_arrivals: &'static str,
    run_for: &'static str,
    tasks: u32,
    at_most: f64,
}

const CASES: [Case; 6] = [
    Case {
        figure: "task life, about 45 instances",
        capacity: Capacity::ManagedInstances,
        between_arrivals: "500ms",
        run_for: "300s",
        tasks: 20_000,
        at_most: 4.8,
    },
    Case {
        figure: "task life, about 2,300 instances",
        capacity: Capacity::ManagedInstances,
        between_arrivals: "20ms",
        run_for: "600s",
        tasks: 150_000,
        at_most: 6.6,
    },
    Case {
        figure: "task life, about 22,000 instances",
        capacity: Capacity::ManagedInstances,
        between_arrivals: "2ms",
        run_for: "600s",
        tasks: 900_000,
        at_most: 13.0,
    },
    Case {
        figure: "task life with CAS and Spot, about 45 instances",
        capacity: Capacity::Groups,
        between_arrivals: "500ms",
        run_for: "300s",
        tasks: 20_000,
        at_most: 4.8,
    },
    Case {
        figure: "task life with CAS and Spot, about 2,300 instances",
        capacity: Capacity::Groups,
        between_arrivals: "20ms",
        run_for: "600s",
        tasks: 150_000,
        at_most: 6.6,
    },
    Case {
        figure: "task life with CAS and Spot, about 22,000 instances",
        capacity: Capacity::Groups,
        between_arrivals: "2ms",
        run_for: "600s",
        tasks: 1_000_000,
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
const SCENARIOS: [&str; 7] = [
    "nginx-cold-start",
    "thirty-tasks",
    "thirty-tasks-second-pool",
    "ten-memory-tasks",
    "ten-large-memory-tasks",
    "five-thousand-tasks",
    "busy-month",
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
    support::memory::forget_peak();
    let first = answer().answer;
    let memory = support::memory::peak_mib();
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
        let memory = memory.map_or_else(String::new, |mib| format!(", {mib} MiB at most"));
        let outcome = format!("{} events{memory}; {}", first.events, fleet.join(", "));
        summary.note(&format!("{figure}: outcome"), &outcome, None);
    }
}

const MANAGED_INSTANCES: &str = r#"
[[capacity_provider]]
name = "mi"
[capacity_provider.managed_instances_provider.instance_requirements]
vcpu_count = { min = 4, max = 4 }
memory_mib = { min = 16384, max = 16384 }
allowed_instance_types = ["m6g.xlarge"]
"#;

/// Half of the tasks on demand, half on Spot. The quota of tasks that wait is lifted: at five hundred
/// arrivals a second the first minute of a scale-out alone would fill it.
const GROUPS: &str = r#"
provisioning_tasks_quota = 1000000
[[capacity_provider]]
name = "on-demand"
[capacity_provider.auto_scaling_group_provider]
instance_types = ["m6g.xlarge"]
min_size = 0
max_size = 40000
trunking = true
managed_scaling = { status = "ENABLED" }
[[capacity_provider]]
name = "spot"
[capacity_provider.auto_scaling_group_provider]
instance_types = ["m6g.xlarge", "m7g.xlarge", "m6gd.xlarge"]
min_size = 0
max_size = 40000
trunking = true
on_demand_percentage_above_base_capacity = 0
spot_allocation_strategy = "price-capacity-optimized"
managed_scaling = { status = "ENABLED" }
"#;

const STRATEGY: &str = r#"
capacity_provider_strategy = [
  { capacity_provider = "on-demand", weight = 1 },
  { capacity_provider = "spot", weight = 1 },
]
placement_strategy = [{ type = "binpack", field = "memory" }]
"#;

/// Tasks of a quarter vCPU and 1 GiB on four-vCPU instances: 14 on each.
fn scenario(case: &Case) -> Scenario {
    let (capacity, strategy) = match case.capacity {
        Capacity::ManagedInstances => (MANAGED_INSTANCES, ""),
        Capacity::Groups => (GROUPS, STRATEGY),
    };
    let text = format!(
        r#"schema = 1
name = "task-life"
region = "us-east-1"
horizon = "{}s"
{capacity}
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
{strategy}"#,
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

/// What a worker of a sweep keeps from run to run.
#[derive(Default)]
struct Memory {
    simulation: Arena,
    metrics: Metrics,
}

/// One run; its events, most instances at one time and bill.
fn live(scenario: &Scenario, prepared: &Prepared, memory: &mut Memory) -> (u64, u32, i64) {
    let horizon = SimTime::ZERO + scenario.horizon;
    let observers = Observers::in_memory_of(take(&mut memory.metrics), Watch::default());
    let simulation =
        Simulation::new(&prepared.setup, &prepared.durations, horizon, scenario.seed, observers);
    let ended = simulation.run_in(&mut memory.simulation);
    let (cluster, mut observers, events) = ended.map_err(|(error, _)| error).unwrap();
    observers.finish(horizon, &cluster);
    let peak = observers.fleet.counts().map(|(_, _, count)| count.peak).sum();
    memory.simulation.take_back(cluster);
    let nanos = observers.ledger.total().nanos();
    memory.metrics = observers.metrics;
    (events, peak, nanos)
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
    support::memory::forget_peak();
    let mut kept = Memory::default();
    let (events, peak, nanos) = live(&scenario, &prepared, &mut kept);
    let memory = support::memory::peak_mib();
    let last = Cell::new(nanos);
    let mut group = support::group(criterion, "run");
    let subject = Side {
        name: "taskyard",
        events,
        round: &mut || last.set(black_box(live(&scenario, &prepared, &mut kept).2)),
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
            "{} tasks, {events} events, peak {peak} instances, ${:.2}, {}",
            case.tasks,
            nanos as f64 / 1e9,
            memory
                .map_or_else(|| "memory not known".to_owned(), |mib| format!("{mib} MiB at most")),
        );
        println!("{outcome}\n");
        summary.note(&format!("{}: outcome", case.figure), &outcome, None);
    }
}
