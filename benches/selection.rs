//! What does it cost to choose instances, and how good is the choice?
//!
//! `cheapest-fit` plans 30 and 5,000 tasks against every type that Managed Instances buy in a region:
//! the time of one plan, as a whole run with constant timings and one wave, beside the proven bound of
//! what it bought. There is no control to beat: the hand loop beside it only tells the machine's speed.
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench may end with what went wrong")]

mod support;

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::Criterion;
use support::draws::Draws;
use support::{Side, Summary, Target, hand};
use taskyard::catalog::{Catalog, Overrides};
use taskyard::io::Source;
use taskyard::run::{Options, Prepared, prepare, run_prepared};
use taskyard::scenario::{Scenario, read};

/// A size of the question.
struct Case {
    figure: &'static str,
    tasks: u32,
    definitions: u32,
}

const CASES: [Case; 2] = [
    Case { figure: "30 tasks of 1 definition, all types", tasks: 30, definitions: 1 },
    Case { figure: "5,000 tasks of 8 definitions, all types", tasks: 5_000, definitions: 8 },
];

const REGION: &str = "us-east-1";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut summary = Summary::default();
    for case in &CASES {
        select(&mut criterion, &mut summary, case);
    }
    criterion.final_summary();
    summary.print();
}

/// Services of equal size, one for each definition; every type allowed, one zone, one wave.
fn scenario(case: &Case) -> Scenario {
    let mut text = format!(
        r#"schema = 1
name = "selection"
region = "{REGION}"
horizon = "20m"
availability_zones = ["use1-az4"]
[timing]
preset = "seed-000"
[[capacity_provider]]
name = "mi"
[capacity_provider.managed_instances_provider]
scale_in_after = -1
[capacity_provider.managed_instances_provider.instance_requirements]
vcpu_count = {{ min = 2 }}
memory_mib = {{ min = 2048 }}
burstable_performance = "included"
"#
    );
    for definition in 0..case.definitions {
        let (cpu, memory) = (256 << (definition % 4), 700 + 811 * (definition + 1));
        let count = case.tasks / case.definitions;
        write!(
            text,
            r#"[[task_definition]]
family = "d{definition}"
cpu = {cpu}
memory = {memory}
runtime_platform = {{ cpu_architecture = "X86_64" }}
image = {{ name = "d{definition}", size_mb = 100 }}
[[service]]
name = "d{definition}"
task_definition = "d{definition}"
desired_count = {count}
version_consistency = "disabled"
launch_rate_per_minute = 10000
"#
        )
        .unwrap();
    }
    let source = Source { name: "bench".to_owned(), text };
    read(&source, &[]).map_err(|problems| format!("{problems:?}")).unwrap().0
}

/// The control: 100,000 customers of M/M/50.
const CUSTOMERS: u64 = 100_000;

fn select(criterion: &mut Criterion, summary: &mut Summary, case: &Case) {
    let scenario = scenario(case);
    let catalog = Catalog::builtin(REGION, None, Overrides::default()).unwrap();
    let prepared = prepare(&scenario, &catalog).unwrap();
    let answer = |skip_bounds: bool, prepared: &Prepared| {
        let options = Options { skip_bounds, ..Options::default() };
        run_prepared(&scenario, &catalog, prepared, scenario.seed, options).unwrap().answer
    };
    let mut group = support::group(criterion, "selection");
    let subject = Side {
        name: "taskyard, per task",
        events: u64::from(case.tasks),
        round: &mut || {
            black_box(answer(true, &prepared));
        },
    };
    let control = Side {
        name: "M/M/50 by hand, per event",
        events: 2 * CUSTOMERS,
        round: &mut || {
            let mut draws = Draws::new(1);
            black_box(hand::multi_server_queue(50, CUSTOMERS, 1e6 / 45.0, 1e6, &mut draws));
        },
    };
    if !summary.compare(&mut group, case.figure, subject, control, Target::ShownRatio) {
        return;
    }
    let found = answer(false, &prepared);
    let instances: f64 = found.fleet.iter().map(|row| row.at_end).sum();
    let (price, bound) =
        (found.cost.per_hour_at_end_usd, found.cost.lower_bound_per_hour_usd.unwrap_or(0.0));
    let outcome = format!(
        "{} candidates, {instances} instances, ${price:.4}/h, {:.1} % above the bound",
        prepared.setup.providers[0].candidates().len(),
        (price / bound - 1.0) * 100.0
    );
    println!("{outcome}\n");
    summary.note(&format!("{}: outcome", case.figure), &outcome, None);
}
