//! From which utilisation on instances are cheaper than Fargate: by simulation and by division.
#![expect(clippy::panic, reason = "a test may panic")]

use serde_json::Value;

#[path = "support/scene.rs"]
mod scene;
use scene::{catalog, scenario, shipped, text_of};
use taskyard::run::{Answer, Options, run};

/// What every run here checks: the invariants, the bill among them.
fn quick() -> Options {
    Options { invariants: true, skip_bounds: true, ..Options::default() }
}

/// The rate of both sides with so many tasks on each: instances, Fargate.
fn rates(tasks: u32) -> (f64, f64) {
    let count = |service: &str, count: u32| format!("service.{service}.desired_count={count}");
    let answer = |on_fargate: u32| -> Answer {
        let sets = [count("on-instances", tasks), count("on-fargate", on_fargate)];
        let scenario = shipped("fargate-vs-ec2", &[&sets[0], &sets[1]]);
        let outcome = run(&scenario, &catalog(&scenario), quick());
        outcome.unwrap_or_else(|error| panic!("{error}")).answer
    };
    let (alone, both) = (answer(0), answer(tasks));
    assert_eq!(both.tasks.running_at_end as u32, 2 * tasks, "every task runs");
    let instances = alone.cost.per_hour_at_end_usd;
    (instances, both.cost.per_hour_at_end_usd - instances)
}

#[test]
fn the_simulated_break_even_is_the_quotient_of_the_two_prices() {
    let text = text_of("scenarios/expected/fargate-vs-ec2.json");
    let expected: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let of = |key: &str| expected[key].as_f64().unwrap_or_else(|| panic!("{key}"));
    let volume = of("root_volume_gib") * of("gp3_usd_per_gib_month") / 730.0;
    let instance = of("m6a_large_usd_per_hour") + volume;
    let task = 0.5 * of("fargate_usd_per_vcpu_hour") + of("fargate_usd_per_gb_hour");
    let closed_form = instance / (of("tasks_each") * task);
    assert!((closed_form / of("break_even_utilization") - 1.0).abs() < 0.0005, "{closed_form}");

    // The fewest tasks whose instances cost no more than Fargate, by halving.
    let room = (of("instances") * of("tasks_each")) as u32;
    let (mut dearer, mut cheaper) = (1, room);
    let cheaper_on_instances = |tasks: u32| {
        let (instances, fargate) = rates(tasks);
        instances <= fargate
    };
    assert!(!cheaper_on_instances(dearer) && cheaper_on_instances(cheaper));
    while cheaper - dearer > 1 {
        let middle = u32::midpoint(dearer, cheaper);
        if cheaper_on_instances(middle) {
            cheaper = middle;
        } else {
            dearer = middle;
        }
    }
    let simulated = f64::from(cheaper) / f64::from(room);
    assert!((simulated / closed_form - 1.0).abs() < of("within"), "{simulated}, {closed_form}");
}

#[test]
fn a_discount_moves_the_break_even_by_its_share() {
    // 20 % off Fargate: 0.9083 / 0.8 is above 1, so even full instances are dearer.
    let text = text_of("scenarios/fargate-vs-ec2.toml")
        + "\n[[discount]]\napplies_to = \"fargate\"\npercent = 20\n";
    let full = ["service.on-instances.desired_count=400", "service.on-fargate.desired_count=400"];
    let scenario = scenario(&text, &full);
    let outcome = run(&scenario, &catalog(&scenario), quick());
    let answer = outcome.unwrap_or_else(|error| panic!("{error}")).answer;
    let side = |of_instances: bool| -> f64 {
        let rows = answer.fleet.iter().filter(|row| row.instance_type.is_some() == of_instances);
        rows.map(|row| row.at_end * row.usd_per_hour_each).sum()
    };
    assert!(side(true) > side(false), "{} {}", side(true), side(false));
}
