//! The scenarios about failures give the answers that lie beside them, under many seeds.

use std::collections::BTreeMap;

use serde_json::Value;

#[path = "support/scene.rs"]
mod scene;

use scene::{Scene, expected, play_scenario, run_shipped, shipped};

fn run(name: &str, seed: u64) -> Scene {
    run_shipped(name, seed, &[])
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
fn the_tasks_of_a_lost_zone_run_in_the_other_two_after_a_refused_launch_and_come_back_with_it() {
    let expected = expected("az-outage");
    for seed in 1..=20 {
        let scene = run("az-outage", seed);
        assert_eq!(zones(&scene), expected["zones"], "seed {seed}");
        // Ten instances for the tasks that come back; one or two more where consolidation meets an
        // instance that has just become empty.
        assert!((50.0..=52.0).contains(&launched(&scene)), "seed {seed}: {}", launched(&scene));
        let off = "service.web.availability_zone_rebalancing=DISABLED";
        let without = play_scenario(&shipped("az-outage", &[&format!("seed={seed}"), off]));
        assert_eq!(zones(&without), expected["zones_without_rebalancing"], "seed {seed}");
        assert_eq!(figures(&without), expected["figures"], "seed {seed}");
        // Noticed after 60 s, wanted in a batch of 2 s, refused, tried again after 40 s; then a launch,
        // a boot and a start: half a minute, and four where luck is bad.
        let recovery = scene.answer.faults[0].recovery_s.expect("it recovers");
        assert!((102.0 + 30.0..102.0 + 240.0).contains(&recovery), "seed {seed}: {recovery}");
    }
}

/// RUNNING tasks at the horizon, by zone.
fn zones(scene: &Scene) -> Value {
    let mut zones: BTreeMap<&str, u32> = BTreeMap::new();
    for row in scene.recorder.tasks.iter().filter(|row| row.last_status == "RUNNING") {
        *zones.entry(row.availability_zone.as_deref().expect("it runs")).or_default() += 1;
    }
    serde_json::json!(zones)
}

#[test]
fn tasks_come_back_to_a_zone_where_ecs_rebalances_and_the_group_brings_instances() {
    let expected = expected("az-rebalance");
    for seed in 1..=10 {
        for (key, set) in [
            ("as_it_is", "service.web.availability_zone_rebalancing=ENABLED"),
            ("disabled", "service.web.availability_zone_rebalancing=DISABLED"),
            ("suspended", "auto_scaling_group_provider.suspended_processes=[\"AZRebalance\"]"),
        ] {
            let scene = play_scenario(&shipped("az-rebalance", &[&format!("seed={seed}"), set]));
            let row = &scene.answer.service_zones[0];
            let figures = serde_json::json!({
                "zones": zones(&scene),
                "moved": row.tasks_moved as u32,
                "launched": launched(&scene) as u32,
            });
            assert_eq!(figures, expected[key], "{key}, seed {seed}");
            // The zone is empty for an hour, and a few minutes more until instances are there and tasks
            // healthy; or to the end.
            let uneven = if key == "as_it_is" { 3_600.0..4_200.0 } else { 5_900.0..6_000.0 };
            assert!(uneven.contains(&row.uneven_s), "{key}, seed {seed}: {}", row.uneven_s);
            let refused = scene.explanation.zones.iter().any(|event| {
                event.message
                    == "service (web) is unable to place a task in euw1-az1 because no container \
                        instance met all of its requirements."
            });
            assert_eq!(refused, key != "disabled", "{key}, seed {seed}");
        }
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
