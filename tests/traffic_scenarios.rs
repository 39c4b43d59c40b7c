//! The scenarios about traffic over a day and a month give the answers that lie beside them.

use serde_json::Value;

#[path = "support/scene.rs"]
mod scene;

use scene::{Scene, expected, run_shipped};

fn run(name: &str, seed: u64) -> Scene {
    run_shipped(name, seed, &[])
}

/// Whether a figure lies in the range that is expected of it.
fn lies_in(value: f64, range: &Value, what: &str) {
    let [low, high] = [0, 1].map(|end| range[end].as_f64().expect("two numbers"));
    assert!((low..=high).contains(&value), "{what}: {value} is not in {low} to {high}");
}

#[test]
fn on_black_friday_scaling_comes_too_late_for_the_first_minutes_of_the_sale_on_any_capacity() {
    for name in ["black-friday", "black-friday-asg", "black-friday-fargate"] {
        let expected = expected(name);
        for seed in 1..=3 {
            let scene = run(name, seed);
            let row = &scene.answer.demand[0];
            lies_in(row.not_served_share, &expected["not_served_share"], name);
            lies_in(scene.answer.cost.total_usd, &expected["total_usd"], name);
            // The sale begins at 18:00, and that is when most requests waited.
            lies_in(row.worst_at_s.expect("some waited"), &expected["worst_at_s"], name);
            let scaling = &scene.answer.scaling[0];
            lies_in(scaling.max_desired, &expected["most_tasks"], name);
            assert_eq!(Value::from(scaling.min_desired), expected["least_tasks"], "{name}");
        }
    }
}

#[test]
fn in_a_busy_month_all_forty_deployments_complete_and_traffic_is_served() {
    let expected = expected("busy-month");
    let scene = run("busy-month", 1);
    let answer = &scene.answer;
    let updates = answer.deployments.iter().filter(|row| row.kind == "update");
    assert_eq!(Value::from(updates.clone().count()), expected["deployments"]);
    assert!(updates.clone().all(|row| row.completed >= 1.0));
    for row in &answer.demand {
        lies_in(row.not_served_share, &expected["not_served_share"], &row.service);
    }
    lies_in(answer.cost.total_usd, &expected["total_usd"], "the bill");
}
