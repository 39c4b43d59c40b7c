//! The scenarios about Auto Scaling groups give the answers that lie beside them, under many seeds.

use std::collections::BTreeMap;

use serde_json::Value;

#[path = "support/scene.rs"]
mod scene;

use scene::{Scene, expected, launched, run_shipped};

/// Tasks at the end by the instance that they are on.
fn tasks_on_hosts(scene: &Scene) -> BTreeMap<&str, usize> {
    let mut on = BTreeMap::new();
    for row in scene.recorder.tasks.iter().filter(|row| row.last_status == "RUNNING") {
        *on.entry(row.instance.as_deref().expect("a running task has one")).or_insert(0) += 1;
    }
    on
}

#[test]
fn two_awsvpc_tasks_fit_on_a_host_with_three_interfaces_and_ten_with_trunking() {
    let expected = expected("tasks-per-host");
    for (sets, key) in [
        (&[][..], "without_trunking"),
        (&["auto_scaling_group_provider.trunking=true"][..], "with_trunking"),
    ] {
        for seed in 1..=20 {
            let scene = run_shipped("tasks-per-host", seed, sets);
            let row = &scene.answer.fleet[0];
            assert_eq!(Value::from(scene.answer.tasks.running_at_end), expected["running_at_end"]);
            assert_eq!(row.binding_limit.as_deref(), expected["binding_limit"].as_str());
            let most = Value::from(row.max_tasks_per_instance);
            assert_eq!(most, expected[key]["tasks_per_host"], "{key}, seed {seed}");
            let hosts = Value::from(tasks_on_hosts(&scene).len());
            assert_eq!(hosts, expected[key]["hosts_with_tasks"], "{key}, seed {seed}");
        }
    }
}

#[test]
fn three_tasks_of_one_vcpu_and_four_gb_fit_on_a_m7g_xlarge_so_twenty_need_seven() {
    let expected = expected("m7g-three-per-host");
    for seed in 1..=20 {
        let scene = run_shipped("m7g-three-per-host", seed, &[]);
        let fleet = serde_json::to_value(launched(&scene.answer)).expect("a fleet is JSON");
        assert_eq!(fleet, expected["launched"], "seed {seed}");
        assert_eq!(Value::from(scene.answer.tasks.running_at_end), expected["running_at_end"]);
        let row = &scene.answer.fleet[0];
        assert_eq!(Value::from(row.max_tasks_per_instance), expected["tasks_per_host"]);
        let month = (row.ec2_usd_per_hour_each * 7_300.0).round() / 10.0;
        assert_eq!(Value::from(month), expected["usd_per_month_each"]);
    }
}

/// Reported: the replacement never starts. Ours does: a miss, which this test keeps in sight.
#[test]
fn the_task_of_a_drained_host_starts_on_the_provider_that_has_none_unlike_reported() {
    let expected = expected("one-provider-per-az");
    for seed in 1..=10 {
        let scene = run_shipped("one-provider-per-az", seed, &[]);
        let running = Value::from(scene.answer.tasks.running_at_end);
        assert_eq!(running, expected["running_at_end"], "seed {seed}");
        assert_ne!(running, expected["reported_running_at_end"], "the miss is mended: say so");
        let replacement = scene.recorder.tasks.iter().find(|task| task.task == "web/2");
        let provider = replacement.map(|task| task.capacity_provider.as_str());
        assert_eq!(provider, expected["replacement"].as_str(), "seed {seed}");
    }
}
