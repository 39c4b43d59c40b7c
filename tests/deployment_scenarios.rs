//! The scenarios about deployments give the answers that lie beside them, under many seeds.
#![expect(clippy::float_cmp, reason = "shares of whole tasks")]
#![expect(clippy::panic, reason = "a test may panic")]

use serde_json::Value;
use taskyard::run::DeploymentRow;

#[path = "support/scene.rs"]
mod scene;

use scene::{Scene, expected, run_shipped};

fn deployment<'s>(scene: &'s Scene, name: &str) -> &'s DeploymentRow {
    let mut rows = scene.answer.deployments.iter();
    rows.find(|row| row.deployment == name).unwrap_or_else(|| panic!("no deployment {name}"))
}

/// Whether a figure lies in the range that is expected of it.
fn lies_in(value: Option<f64>, range: &Value, what: &str) {
    let [low, high] = [0, 1].map(|end| range[end].as_f64().expect("two numbers"));
    let value = value.unwrap_or_else(|| panic!("{what} has no value"));
    assert!((low..=high).contains(&value), "{what}: {value} is not in {low} to {high}");
}

/// What a deployment needed.
fn needs(row: &DeploymentRow) -> Value {
    serde_json::json!({
        "rollout_state": row.rollout_state,
        "least_healthy_percent": row.least_healthy_percent,
        "most_tasks": row.most_tasks,
        "instances_before": row.instances_before,
        "most_instances": row.most_instances,
    })
}

#[test]
fn the_default_deployment_behind_a_load_balancer_takes_eight_minutes_and_twice_the_tasks() {
    let expected = expected("rolling-default");
    for seed in 1..=20 {
        let scene = run_shipped("rolling-default", seed, &[]);
        let row = deployment(&scene, "web/2");
        assert_eq!(needs(row), expected["needs"], "seed {seed}");
        lies_in(row.healthy_s, &expected["healthy_s"], "all healthy");
        lies_in(row.duration_s, &expected["duration_s"], "the deployment");
    }
}

#[test]
fn without_headroom_the_deployment_hangs_for_room_and_completes_with_half_the_minimum() {
    let expected = expected("rolling-no-headroom");
    let half = "service.deployment_configuration.minimum_healthy_percent=50";
    for seed in 1..=20 {
        let scene = run_shipped("rolling-no-headroom", seed, &[]);
        let row = deployment(&scene, "web/2");
        assert_eq!(needs(row), expected["needs"], "seed {seed}");
        assert_eq!(Value::from(row.held_by.clone()), expected["held_by"]);
        assert_eq!(Value::from(scene.answer.tasks.running_at_end), expected["running_at_end"]);
        let scene = run_shipped("rolling-no-headroom", seed, &[half]);
        assert_eq!(needs(deployment(&scene, "web/2")), expected["with_half"], "seed {seed}");
    }
}

#[test]
fn five_hundred_tasks_save_what_their_deregistration_delay_is_shortened_by() {
    let expected = expected("rolling-500-tasks");
    for seed in 1..=3 {
        let scene = run_shipped("rolling-500-tasks", seed, &[]);
        let row = deployment(&scene, "web/2");
        assert_eq!(needs(row), expected["needs"], "seed {seed}");
        lies_in(row.duration_s, &expected["duration_s"], "with 300 s");
        let short = run_shipped(
            "rolling-500-tasks",
            seed,
            &["service.load_balancer.deregistration_delay=17s"],
        );
        let saved = row.duration_s.zip(deployment(&short, "web/2").duration_s);
        let saved = saved.map(|(long, short)| long - short);
        // The last old task to go draws its own stop, in another order.
        lies_in(saved, &expected["saved_by_17_s"], "what 17 s save");
    }
}

#[test]
fn the_circuit_breaker_rolls_back_after_3_of_1_13_of_25_and_200_of_400_tasks() {
    let expected = expected("circuit-breaker-rollback");
    for seed in 1..=3 {
        let scene = run_shipped("circuit-breaker-rollback", seed, &[]);
        for service in ["one", "twenty-five", "four-hundred"] {
            let row = deployment(&scene, &format!("{service}/2"));
            let threshold = &expected["thresholds"][service];
            assert_eq!(Value::from(row.failed_tasks), *threshold, "{service}, seed {seed}");
            assert_eq!(row.rollout_state, "FAILED");
            lies_in(row.duration_s, &expected["given_up_after_s"][service], service);
            let back = deployment(&scene, &format!("{service}/3"));
            assert_eq!(
                (back.kind.as_str(), back.rollout_state.as_str()),
                ("rollback", "COMPLETED")
            );
            assert_eq!(back.least_healthy_percent, Some(100.0), "{service}");
        }
        let running = Value::from(scene.answer.tasks.running_at_end);
        assert_eq!(running, expected["running_at_end"]);
    }
}

#[test]
fn without_a_grace_period_tasks_that_start_slowly_are_restarted_for_ever() {
    let expected = expected("health-check-too-early");
    for seed in 1..=20 {
        let scene = run_shipped("health-check-too-early", seed, &[]);
        let row = deployment(&scene, "slow/1");
        assert_eq!(Value::from(row.rollout_state.clone()), expected["rollout_state"]);
        lies_in(Some(row.failed_tasks), &expected["failed_tasks"], "failed tasks");
        let grace = "service.health_check_grace_period=240s";
        let scene = run_shipped("health-check-too-early", seed, &[grace]);
        let row = deployment(&scene, "slow/1");
        assert_eq!((row.failed_tasks, row.completed), (0.0, 1.0), "seed {seed}");
        assert_eq!(scene.answer.tasks.stopped, 0.0);
    }
}

/// The time between two moments of a deployment, to the millisecond.
fn between(from: Option<f64>, to: Option<f64>) -> f64 {
    let seconds = from.zip(to).map(|(from, to)| to - from).expect("both happened");
    (seconds * 1e3).round() / 1e3
}

#[test]
fn a_blue_green_deployment_doubles_the_fleet_for_its_bake_time_and_that_is_paid() {
    let expected = expected("blue-green-double-capacity");
    for seed in 1..=10 {
        let scene = run_shipped("blue-green-double-capacity", seed, &[]);
        let row = deployment(&scene, "web/2");
        assert_eq!(needs(row), expected["needs"], "seed {seed}");
        let baked = between(row.traffic_all_s, row.clean_up_s);
        assert_eq!(Value::from(baked), expected["baked_s"], "seed {seed}");
        lies_in(row.extra_instance_hours, &expected["extra_instance_hours"], "instance hours");
        let at_once = "service.web.deployment_configuration.bake_time=0s";
        let without = run_shipped("blue-green-double-capacity", seed, &[at_once]);
        let cost = |scene: &Scene| scene.answer.cost.total_usd;
        let bake = cost(&scene) - cost(&without);
        lies_in(Some(bake), &expected["cost_of_the_bake_usd"], "what the bake costs");
    }
}

#[test]
fn the_bake_times_of_a_canary_add_up() {
    let expected = expected("canary-bake");
    for seed in 1..=20 {
        let scene = run_shipped("canary-bake", seed, &[]);
        let row = deployment(&scene, "api/2");
        assert_eq!(needs(row), expected["needs"], "seed {seed}");
        let canary = Value::from(between(row.traffic_from_s, row.traffic_all_s));
        assert_eq!(canary, expected["canary_baked_s"], "seed {seed}");
        let baked = Value::from(between(row.traffic_all_s, row.clean_up_s));
        assert_eq!(baked, expected["baked_s"], "seed {seed}");
        lies_in(row.traffic_from_s, &expected["traffic_from_s"], "the canary begins");
        lies_in(row.duration_s, &expected["duration_s"], "the deployment");
        lies_in(row.extra_task_hours, &expected["extra_task_hours"], "task hours");
    }
}

#[test]
fn a_daemon_is_updated_on_as_many_hosts_at_once_as_the_minimum_leaves() {
    let expected = expected("daemon-update");
    let [shortest, longest] =
        [0, 1].map(|end| expected["round_s"][end].as_f64().expect("two numbers"));
    for seed in 1..=10 {
        for (percent, rounds) in expected["rounds"].as_object().expect("by percent") {
            let path = "service.agent.deployment_configuration.minimum_healthy_percent";
            let scene = run_shipped("daemon-update", seed, &[&format!("{path}={percent}")]);
            let row = deployment(&scene, "agent/2");
            assert_eq!(row.rollout_state, "COMPLETED", "seed {seed}");
            // A host's time: 5 s to exit, 13 s to STOPPED (7 to 28), 1.55 s, 9.4 s of pull (6 to 17), 1.8 s
            // to start (0.5 to 6), and 40 s until it counts. The next host begins when another has ended.
            let rounds = rounds.as_f64().expect("a number");
            let took = row.duration_s.unwrap_or_default();
            let range = rounds * shortest..=rounds * longest;
            assert!(range.contains(&took), "seed {seed}, {percent} %: {took} s, {range:?}");
            if percent == "50" {
                assert_eq!(needs(row), expected["half"], "seed {seed}");
            }
        }
    }
}
