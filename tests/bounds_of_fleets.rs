//! How far fleets are from the cheapest: ten mixed cases on real types and prices. The best packing
//! found, the certified bound below it, and what `cheapest-fit` buys beside them.
#![expect(clippy::panic, reason = "a test may panic")]

use std::fmt::Write as _;

use taskyard::bound::{Bin, Bounds, Demand, Effort, Problem, solve};
use taskyard::catalog::CpuArchitecture;
use taskyard::run::{Options, prepare, run_prepared};
use taskyard::units::UsdPerHour;

#[path = "support/mixed_cases.rs"]
mod mixed_cases;
#[path = "support/scene.rs"]
mod scene;

use mixed_cases::SHAPES;
use scene::{ireland, scenario};

/// A best packing that is not proven optimal must be within this of the bound.
const WITHIN: f64 = 0.01;

/// One case as a scenario: every type that ECS Managed Instances buy, one zone, no digest wave, one
/// service for each definition, all created at once.
fn toml(demands: &[Demand]) -> String {
    let mut text = "schema = 1\nname = \"mixed\"\nregion = \"eu-west-1\"\nhorizon = \"10m\"\n\
                    availability_zones = [\"euw1-az1\"]\n[[capacity_provider]]\nname = \"any\"\n\
                    [capacity_provider.managed_instances_provider]\nconsolidation = false\n\
                    [capacity_provider.managed_instances_provider.instance_requirements]\n\
                    vcpu_count = { min = 1 }\nmemory_mib = { min = 1 }\n\
                    burstable_performance = \"included\"\n"
        .to_owned();
    for (number, Demand { size, count }) in demands.iter().enumerate() {
        write!(
            text,
            "[[task_definition]]\nfamily = \"d{number}\"\ncpu = {}\nmemory = {}\n\
             runtime_platform = {{ cpu_architecture = \"ARM64\" }}\n[[service]]\nname = \"d{number}\"\n\
             task_definition = \"d{number}\"\ndesired_count = {count}\n\
             version_consistency = \"disabled\"\nlaunch_rate_per_minute = 1000000\n",
            size.cpu, size.memory
        )
        .expect("a text grows");
    }
    text
}

/// What became of one case.
struct Row {
    tasks: u32,
    definitions: usize,
    bounds: Bounds,
    bought: UsdPerHour,
    instances: f64,
    smallest: usize,
}

impl Row {
    /// How far a price is above the certified bound.
    fn above(&self, price: UsdPerHour) -> f64 {
        price.as_dollars() / self.bounds.lower.as_dollars() - 1.0
    }
}

fn case(seed: u64, tasks: u32, definitions: usize) -> Row {
    let demands = mixed_cases::demands(seed, tasks, definitions);
    let scenario = scenario(&toml(&demands), &[]);
    let prepared = prepare(&scenario, ireland()).unwrap_or_else(|unfit| panic!("{unfit:?}"));
    let candidates = prepared.setup.providers[0].candidates();
    let bins = candidates
        .iter()
        .filter(|candidate| candidate.architecture == CpuArchitecture::Arm64)
        .map(|candidate| Bin {
            capacity: candidate.registered,
            price: candidate.billed_price,
            admits: Vec::new(),
        })
        .collect::<Vec<_>>();
    let smallest = bins.len();
    let problem = Problem { demands, bins };
    let bounds = solve(&problem, &Effort::default()).expect("every task fits a type");
    let options = Options { invariants: true, skip_bounds: true, ..Options::default() };
    let answer = run_prepared(&scenario, ireland(), &prepared, 1, options)
        .unwrap_or_else(|error| panic!("{error}"))
        .answer;
    assert_eq!(answer.tasks.running_at_end as u32, tasks, "all tasks run");
    let instances = answer.fleet.iter().map(|row| row.at_end).sum();
    let bought = UsdPerHour::from_dollars(answer.cost.per_hour_at_end_usd).expect("a price");
    Row { tasks, definitions, bounds, bought, instances, smallest }
}

#[test]
fn ten_mixed_cases_are_packed_within_one_percent_and_cheapest_fit_is_never_below_the_bound() {
    let rows: Vec<Row> = (1..)
        .zip(SHAPES)
        .map(|(seed, (tasks, definitions))| case(seed, tasks, definitions))
        .collect();
    let mut table = format!(
        "{} ARM64 types of eu-west-1, billed prices, one zone\n\
         tasks  definitions      bound   best packing        gap   cheapest-fit   above bound  instances\n",
        rows[0].smallest
    );
    for row in &rows {
        let proven = if row.bounds.proven_optimal {
            "optimal".to_owned()
        } else {
            format!("{:.3} %", 100.0 * row.above(row.bounds.best.price))
        };
        writeln!(
            table,
            "{:>5}  {:>11}  {:>9.4}  {:>13.4}  {:>9}  {:>13.4}  {:>10.2} %  {:>9}",
            row.tasks,
            row.definitions,
            row.bounds.lower.as_dollars(),
            row.bounds.best.price.as_dollars(),
            proven,
            row.bought.as_dollars(),
            100.0 * row.above(row.bought),
            row.instances
        )
        .expect("a text grows");
    }
    println!("{table}");
    for row in &rows {
        let bounds = &row.bounds;
        assert!(bounds.continuous <= bounds.linear && bounds.linear <= bounds.lower, "{table}");
        assert!(bounds.proven_optimal || row.above(bounds.best.price) <= WITHIN, "{table}");
        assert!(bounds.allows(row.bought), "cheapest-fit below the bound\n{table}");
        assert!(bounds.best.price <= row.bought, "cheapest-fit beats the best packing\n{table}");
    }
}

#[test]
fn over_both_architectures_the_best_packings_are_within_one_percent_too() {
    // Every type may hold every task: several hundred bins, the hardest form of the ten cases.
    let scenario = scenario(&toml(&mixed_cases::demands(1, SHAPES[0].0, SHAPES[0].1)), &[]);
    let prepared = prepare(&scenario, ireland()).unwrap_or_else(|unfit| panic!("{unfit:?}"));
    let candidates = prepared.setup.providers[0].candidates();
    let bins: Vec<Bin> = candidates
        .iter()
        .map(|candidate| Bin {
            capacity: candidate.registered,
            price: candidate.billed_price,
            admits: Vec::new(),
        })
        .collect();
    println!("{} types", bins.len());
    for demands in mixed_cases::all() {
        let tasks: u32 = demands.iter().map(|demand| demand.count).sum();
        let bounds = solve(&Problem { demands, bins: bins.clone() }, &Effort::default())
            .expect("every task fits a type");
        println!("{tasks:>5} tasks: gap {:.3} %, {}", 100.0 * bounds.gap(), bounds.proven_optimal);
        assert!(bounds.proven_optimal || bounds.gap() <= WITHIN, "{tasks} tasks: {}", bounds.gap());
    }
}

#[test]
fn the_answer_carries_the_same_bound() {
    let (tasks, definitions) = SHAPES[0];
    let row = case(1, tasks, definitions);
    let scenario = scenario(&toml(&mixed_cases::demands(1, tasks, definitions)), &[]);
    let cost =
        taskyard::run::run(&scenario, ireland(), Options::default()).expect("runs").answer.cost;
    let usd = |price: UsdPerHour| Some(price.as_dollars());
    assert_eq!(cost.lower_bound_per_hour_usd, usd(row.bounds.lower));
    assert_eq!(cost.best_packing_per_hour_usd, usd(row.bounds.best.price));
    assert_eq!(cost.best_packing_proven, Some(row.bounds.proven_optimal));
}
