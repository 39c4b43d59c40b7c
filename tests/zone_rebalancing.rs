//! What ECS does for the availability zones of a service, and what protected tasks keep it from, by hand.

use std::collections::BTreeMap;

#[path = "support/scene.rs"]
mod scene;

use scene::{Scene, event_times, play, time_of};

/// Constant timings: a task on Fargate runs 15 s after it was asked for, and nobody checks it: it is
/// healthy 40 s later.
const FARGATE: &str = r#"
name = "s"
region = "us-east-1"
horizon = "20m"
availability_zones = ["use1-az1", "use1-az2", "use1-az3"]
[timing.pull]
unknown_size = "3s"
[timing.fargate]
provision = "10s"
start = "2s"
deprovision = "5s"
load_percent = 0

[[task_definition]]
family = "web"
cpu = 256
memory = 512
"#;

const SIX: &str = r#"
[[service]]
name = "web"
task_definition = "web"
desired_count = 6
launch_type = "FARGATE"
version_consistency = "disabled"
"#;

/// A zone is out from 60 s to 180 s, and ECS knows at once.
const OUTAGE: &str = r#"
[[fault]]
kind = "az-outage"
availability_zone = "use1-az1"
start = "60s"
duration = "120s"
detected_after = "0s"
"#;

fn six(more: &str) -> String {
    format!("{FARGATE}{SIX}{more}{OUTAGE}")
}

/// RUNNING tasks at the horizon, by zone.
fn zones(scene: &Scene) -> BTreeMap<&str, u32> {
    let mut zones = BTreeMap::new();
    for row in scene.recorder.tasks.iter().filter(|row| row.last_status == "RUNNING") {
        *zones.entry(row.availability_zone.as_deref().expect("it runs")).or_default() += 1;
    }
    zones
}

/// When tasks with a reason to stop that begins so began to stop, in order.
fn stops(scene: &Scene, reason: &str) -> Vec<f64> {
    let of =
        scene.recorder.tasks.iter().filter(|row| {
            row.stop_reason.as_deref().is_some_and(|words| words.starts_with(reason))
        });
    let mut times: Vec<f64> = of.filter_map(|row| time_of(row, "stopping_at")).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn started(scene: &Scene) -> Vec<f64> {
    let rows = scene.recorder.tasks.iter();
    let mut times: Vec<f64> = rows.filter_map(|row| time_of(row, "started_at")).collect();
    times.sort_by(f64::total_cmp);
    times
}

const REBALANCING: &str = "Availability-zone rebalancing initiated by";
const SCALING: &str = "Scaling activity initiated by";

#[test]
fn when_a_zone_is_back_two_tasks_start_there_and_then_two_stop_elsewhere() {
    let scene = play(&six(""), &[]);
    // Two tasks of the zone are lost at 60 s and run elsewhere at 75 s. ECS looks every minute after the
    // creation of the service: at 120 s the zone is out, at 180 s it is back. The two that start then run
    // at 195 s and are healthy 40 s later.
    assert_eq!(started(&scene), [15.0, 15.0, 15.0, 15.0, 15.0, 15.0, 75.0, 75.0, 195.0, 195.0]);
    assert_eq!(stops(&scene, REBALANCING), [235.0, 235.0]);
    let even = [("use1-az1", 2), ("use1-az2", 2), ("use1-az3", 2)];
    assert_eq!(zones(&scene), BTreeMap::from(even));
}

#[test]
fn without_rebalancing_the_tasks_stay_where_they_went() {
    let scene = play(&six(""), &["service.web.availability_zone_rebalancing=DISABLED"]);
    assert_eq!(started(&scene).len(), 8);
    assert_eq!(zones(&scene), BTreeMap::from([("use1-az2", 3), ("use1-az3", 3)]));
}

#[test]
fn as_many_start_at_once_as_the_maximum_admits() {
    // 117 % of 6 are 7 tasks: one starts at 180 s and one stops at 235 s. The next look is at 240 s.
    let scene = play(&six("deployment_configuration = { maximum_percent = 117 }"), &[]);
    assert_eq!(stops(&scene, REBALANCING), [235.0, 295.0]);
    assert_eq!(started(&scene)[8..], [195.0, 255.0]);
}

/// Four tasks on Managed Instances, a t4g.small of 2 vCPUs each. Their images are pinned: one wave.
const MANAGED: &str = r#"
name = "s"
region = "us-east-1"
horizon = "2h"
availability_zones = ["use1-az1", "use1-az2"]
[[capacity_provider]]
name = "mi"
[capacity_provider.managed_instances_provider.instance_requirements]
vcpu_count = { min = 1 }
memory_mib = { min = 1 }
allowed_instance_types = ["t4g.small"]
burstable_performance = "included"
[[task_definition]]
family = "web"
cpu = 512
memory = 1024
runtime_platform = { cpu_architecture = "ARM64" }
[[service]]
name = "web"
task_definition = "web"
desired_count = 4
version_consistency = "disabled"
[[fault]]
kind = "az-outage"
availability_zone = "use1-az1"
start = "10m"
duration = "10m"
detected_after = "0s"
"#;

#[test]
fn no_task_is_started_for_a_zone_whose_instances_the_quota_has_no_room_for() {
    // The two tasks of the lost zone move to the other: 8 vCPUs again. Two more need 4 beside them.
    let of = |quota| play(MANAGED, &[quota]);
    let even = BTreeMap::from([("use1-az1", 2), ("use1-az2", 2)]);
    assert_eq!(zones(&of("on_demand_vcpu_quota=12")), even);
    // One by one: an instance that is empty leaves, and the next may come.
    assert_eq!(zones(&of("on_demand_vcpu_quota=10")), even);
    let full = of("on_demand_vcpu_quota=9");
    assert_eq!(zones(&full), BTreeMap::from([("use1-az2", 4)]));
    let late = event_times(&full, "LaunchRefused").into_iter().filter(|at| *at > 1_200.0);
    assert_eq!(late.count(), 0);
    assert_eq!(full.recorder.tasks.len(), 6);
}

#[test]
fn a_deployment_ends_a_rebalancing() {
    // At 190 s two tasks are on their way to the zone that is back. The new revision is spread anew.
    let more =
        "[[update_service]]\nservice = \"web\"\nat = \"190s\"\nforce_new_deployment = true\n";
    let scene = play(&six(more), &[]);
    assert!(stops(&scene, REBALANCING).is_empty());
    let even = [("use1-az1", 2), ("use1-az2", 2), ("use1-az3", 2)];
    assert_eq!(zones(&scene), BTreeMap::from(even));
}

#[test]
fn protected_tasks_are_not_moved() {
    // Those that began at 15 s are protected until 10 min 15 s, the two that began at 75 s until 11 min
    // 15 s. At 11 min the first may go.
    let scene = play(&six("task_protection = { expires_in = \"10m\" }"), &[]);
    assert_eq!(started(&scene)[8..], [675.0, 675.0]);
    assert_eq!(stops(&scene, REBALANCING), [715.0, 715.0]);
}

#[test]
fn protected_tasks_outlive_a_scale_in_until_their_protection_expires() {
    // They run at 15 s, so that the protection of 5 min ends at 315 s.
    let text = format!(
        "{FARGATE}{SIX}task_protection = {{ expires_in = \"5m\" }}\n\
         [[update_service]]\nservice = \"web\"\nat = \"2m\"\ndesired_count = 4\n"
    );
    let scene = play(&text, &[]);
    assert_eq!(stops(&scene, SCALING), [315.0, 315.0]);
    // One that begins later protects nobody before.
    let scene = play(&text, &["service.web.task_protection.from=3m"]);
    assert_eq!(stops(&scene, SCALING), [120.0, 120.0]);
}

#[test]
fn a_deployment_starts_new_tasks_beside_protected_ones_and_waits_for_these() {
    let text = format!(
        "{FARGATE}{SIX}task_protection = {{ expires_in = \"5m\" }}\n\
         [[update_service]]\nservice = \"web\"\nat = \"2m\"\nforce_new_deployment = true\n"
    );
    let scene = play(&text, &[]);
    assert_eq!(started(&scene)[6..], [135.0; 6]);
    assert_eq!(stops(&scene, SCALING), [315.0; 6]);
}

#[test]
fn what_a_deployment_may_start_counts_protected_tasks() {
    // 150 % of 6 are 9: three new ones beside six that are protected, and three more when those stop.
    let text = format!(
        "{FARGATE}{SIX}task_protection = {{ expires_in = \"5m\" }}\n\
         deployment_configuration = {{ maximum_percent = 150 }}\n\
         [[update_service]]\nservice = \"web\"\nat = \"2m\"\nforce_new_deployment = true\n"
    );
    let scene = play(&text, &[]);
    assert_eq!(started(&scene)[6..9], [135.0; 3]);
    // Six of nine are too many to keep; six must stay healthy.
    assert_eq!(stops(&scene, SCALING)[..3], [315.0; 3]);
    assert_eq!(started(&scene)[9..], [330.0; 3]);
}
