//! The scenarios about failures give the answers that lie beside them, under many seeds.
#![expect(clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use serde_json::Value;

#[path = "support/scene.rs"]
mod scene;

use scene::{Scene, play_scenario, shipped, text_of};

/// The answer that lies beside a scenario.
fn expected(name: &str) -> Value {
    let text = text_of(&format!("scenarios/expected/{name}.json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn run(name: &str, seed: u64) -> Scene {
    play_scenario(&shipped(name, &[&format!("seed={seed}")]))
}

fn launched(scene: &Scene) -> f64 {
    scene.answer.fleet.iter().map(|row| row.launched).sum()
}

/// What both scenarios are asked: how many were launched, stopped, refused, and run at the end.
fn figures(scene: &Scene) -> Value {
    let fault = &scene.answer.faults[0];
    serde_json::json!({
        "launched": launched(scene),
        "tasks_stopped": fault.tasks_stopped,
        "instances_lost": fault.instances_lost,
        "launches_refused": fault.launches_refused,
        "running_at_end": scene.answer.tasks.running_at_end,
    })
}

#[test]
fn the_tasks_of_a_lost_zone_run_in_the_other_two_after_a_refused_launch() {
    let expected = expected("az-outage");
    for seed in 1..=20 {
        let scene = run("az-outage", seed);
        assert_eq!(figures(&scene), expected["figures"], "seed {seed}");
        let mut zones: BTreeMap<&str, u32> = BTreeMap::new();
        for row in scene.recorder.tasks.iter().filter(|row| row.last_status == "RUNNING") {
            *zones.entry(row.availability_zone.as_deref().expect("it runs")).or_default() += 1;
        }
        assert_eq!(serde_json::json!(zones), expected["zones"], "seed {seed}");
        // Noticed after 60 s, wanted in a batch of 2 s, refused, tried again after 40 s; then a launch,
        // a boot and a start: half a minute, and four where luck is bad.
        let recovery = scene.answer.faults[0].recovery_s.expect("it recovers");
        assert!((102.0 + 30.0..102.0 + 240.0).contains(&recovery), "seed {seed}: {recovery}");
    }
}

#[test]
fn half_of_all_spot_instances_are_replaced_once_each() {
    let expected = expected("spot-storm");
    for seed in 1..=20 {
        let scene = run("spot-storm", seed);
        assert_eq!(figures(&scene), expected["figures"], "seed {seed}");
        let spot = scene.answer.spot.expect("there is Spot");
        assert_eq!(Value::from(spot.instances_interrupted), expected["noticed"], "seed {seed}");
        assert_eq!(Value::from(spot.not_replaced_at_end), expected["not_replaced_at_end"]);
    }
}
