//! Warm pools of Auto Scaling groups: what is drawn from them and when it takes tasks, what is left in
//! them, and what they cost. Answers derived by hand, each in a comment.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]

use serde_json::Value;

#[path = "support/group.rs"]
mod group;
#[path = "support/scene.rs"]
mod scene;

use group::{Group, definition, service, update};
use scene::{Scene, at, event_times, instance_times, play, play_scenario, shipped, text_of};

/// One task fills an instance. One runs; two more are wanted at 590 s. The metric of 600 s is 300 %,
/// its alarm acts at 660 s: two instances more.
fn three_tasks(pool: &str) -> Group {
    Group::of("m5.large")
        .zones(1)
        .size(1, 4, 1)
        .managed("")
        .keys(&format!("warm_pool = {{ {pool} }}"))
        .with(&definition("web", 2_048, 1_024))
        .with(&service("web", "web", 1, ""))
        .with(&update("web", "590s", 3))
}

fn ask(group: &Group) -> Scene {
    play(&group.text(), &[])
}

/// Times at which instances register, the earliest first.
fn registered(scene: &Scene) -> Vec<f64> {
    let mut times: Vec<f64> =
        instance_times(scene, "registered_at").into_iter().flatten().collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Seconds on the lines of the bill whose names end so.
fn billed(scene: &Scene, item: &str) -> f64 {
    let lines = scene.answer.cost.lines.iter().filter(|line| line.item.ends_with(item));
    (lines.map(|line| line.instance_hours).sum::<f64>() * 3_600.0).round()
}

const EC2: &str = "on-demand instance";
const VOLUME: &str = "volume";

/// Instances at the end: running, stopped, launched.
fn fleet(scene: &Scene) -> (f64, Option<f64>, f64) {
    let row = &scene.answer.fleet[0];
    (row.at_end, row.stopped_at_end, row.launched)
}

#[test]
fn stopped_instances_start_and_register_without_booting_for_the_first_time() {
    let scene = ask(&three_tasks(""));
    // Started at 660: running at 673, registered at 683. Launched anew they would be there at 700.
    assert_eq!(registered(&scene), [0.0, 683.0, 683.0]);
    // Host mode: connected at 684, pulled at 688, RUNNING at 689.
    assert_eq!(at(&scene, "web/2", "started_at"), 689.0);
    // At first the pool has 4 - 1 = 3, all there at the start; with three in the group it is to have 1.
    assert_eq!(fleet(&scene), (3.0, Some(1.0), 4.0));
    // Until 1,800 s: one instance all the time, two since 673; the volumes of all four all the time.
    assert_eq!(billed(&scene, EC2), 1_800.0 + 2.0 * 1_127.0);
    assert_eq!(billed(&scene, VOLUME), 4.0 * 1_800.0);
    let each = &scene.answer.fleet[0];
    let volume = each.usd_per_hour_each - each.ec2_usd_per_hour_each;
    let rate = 3.0 * each.usd_per_hour_each + volume;
    assert!((scene.answer.cost.per_hour_at_end_usd - rate).abs() < 1e-9);
}

#[test]
fn the_wait_of_a_task_tells_scaling_from_start_and_boot() {
    let scene = ask(&three_tasks(""));
    let mean = |phase: &str| scene.answer.tasks.phases_s[phase].mean.expect("three tasks");
    // Two of three tasks wait 70 s for the group to grow, 13 s for the start, 10 s for the agent.
    let thirds = |seconds: f64| 2.0 * seconds / 3.0;
    assert!((mean("decide_scaling") - thirds(70.0)).abs() < 1e-6);
    assert!((mean("launch") - thirds(13.0)).abs() < 1e-6);
    assert!((mean("boot") - thirds(10.0)).abs() < 1e-6);
}

#[test]
fn running_instances_wait_for_their_agent_alone_and_cost_all_the_time() {
    let scene = ask(&three_tasks("pool_state = \"Running\""));
    // Its agent looks 20 s after 660.
    assert_eq!(registered(&scene), [0.0, 680.0, 680.0]);
    assert_eq!(fleet(&scene), (4.0, Some(0.0), 4.0));
    assert_eq!(billed(&scene, EC2), 4.0 * 1_800.0);
}

#[test]
fn hibernated_instances_start_and_then_wait_for_their_agent() {
    let scene = ask(&three_tasks("pool_state = \"Hibernated\""));
    // Running at 673, the agent looks 20 s later.
    assert_eq!(registered(&scene), [0.0, 693.0, 693.0]);
    assert_eq!(billed(&scene, EC2), 1_800.0 + 2.0 * 1_127.0);
}

#[test]
fn user_data_run_once_when_an_instance_is_launched_into_the_pool() {
    let cold = "initial_instances = \"launched\"\nuser_data_time = \"60s\"";
    let scene = ask(&three_tasks("").keys(cold));
    // All four are launched at 0: running at 13, initialised 27 + 60 s later, at 100. One of them
    // registers then, three are stopped. Two start at 660 and register at 683, without user data.
    assert_eq!(registered(&scene), [100.0, 683.0, 683.0]);
    assert_eq!(event_times(&scene, "InstanceWarmed"), [100.0; 3]);
    // EC2: 1,787 s of the first, 87 s of each other before it was stopped, 1,127 s of two after it.
    assert_eq!(billed(&scene, EC2), 1_787.0 + 3.0 * 87.0 + 2.0 * 1_127.0);
    assert_eq!(billed(&scene, VOLUME), 4.0 * 1_787.0);
    let warm: Vec<_> = scene.recorder.instances.iter().map(|row| row.warm_pool_times).collect();
    let seconds = |times: [Option<taskyard::units::SimTime>; 3]| {
        times.map(|time| time.map(|time| time.as_secs_f64()))
    };
    assert_eq!(seconds(warm[0]), [None; 3]);
    assert_eq!(seconds(warm[1]), [Some(13.0), Some(100.0), Some(660.0)]);
    assert_eq!(seconds(warm[3]), [Some(13.0), Some(100.0), None]);
}

#[test]
fn a_pool_that_is_empty_leaves_the_rest_to_cold_launches() {
    // Two may be prepared: one in the group, one in the pool.
    let scene = ask(&three_tasks("max_group_prepared_capacity = 2"));
    assert_eq!(registered(&scene), [0.0, 683.0, 700.0]);
    // 2 - 3 is none.
    assert_eq!(fleet(&scene), (3.0, Some(0.0), 3.0));
}

#[test]
fn a_least_size_is_kept_whatever_the_group_wants() {
    let scene = ask(&three_tasks("min_size = 2, max_group_prepared_capacity = 2"));
    // Two of two are drawn at 660; two more are launched, initialised 40 s later.
    assert_eq!(registered(&scene), [0.0, 683.0, 683.0]);
    assert_eq!(event_times(&scene, "InstanceWarmed"), [0.0, 0.0, 700.0, 700.0]);
    assert_eq!(fleet(&scene), (3.0, Some(2.0), 5.0));
}

#[test]
fn on_scale_in_instances_are_terminated_and_the_pool_grows_by_new_ones() {
    let scene = ask(&three_tasks("").with(&update("web", "1200s", 1)).until("2h"));
    // One task is left: two instances of three leave the group for good, and the pool of one is to
    // have three again.
    assert_eq!(fleet(&scene), (1.0, Some(3.0), 6.0));
    let gone = instance_times(&scene, "terminated_at").into_iter().flatten().count();
    assert_eq!(gone, 2);
}

#[test]
fn a_stopped_instance_takes_no_quota_and_may_be_refused_its_start() {
    // Four vCPUs are two m5.large. One runs beside three that are stopped; one of them starts, the next
    // is refused, as is a launch in its place.
    let scene = ask(&three_tasks("").top("on_demand_vcpu_quota = 4"));
    assert_eq!(event_times(&scene, "InstanceWarmed"), [0.0; 3]);
    assert_eq!(fleet(&scene), (2.0, Some(1.0), 4.0));
    let vcpus = scene.answer.limits.iter().find(|row| row.limit.contains("vCPU"));
    assert_eq!(vcpus.map(|row| row.needed), Some(4.0));
    let reasons: Vec<_> =
        scene.explanation.refusals.iter().map(|row| row.reason.as_str()).collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| *reason == "VcpuLimitExceeded"));
    assert_eq!(scene.answer.tasks.running_at_end, 2.0);
}

#[test]
fn an_instance_that_is_lost_in_the_pool_is_replaced_there() {
    let killed = "[[fault]]\nname = \"killed\"\nkind = \"instance-terminated\"\nstart = \"5m\"\n\
                  percent = 100\n";
    let scene = ask(&three_tasks("").with(killed));
    // All four go at 300: one is launched for the group, three for the pool, which boot till 340 s.
    // From then on as before.
    assert_eq!(registered(&scene), [0.0, 340.0, 683.0, 683.0]);
    assert_eq!(fleet(&scene), (3.0, Some(1.0), 8.0));
}

#[test]
fn the_pool_is_spread_over_the_zones_together_with_its_group() {
    let scene = ask(&three_tasks("").zones(2));
    let zones = scene::by_zone(&scene);
    assert_eq!(zones.values().copied().collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn the_story_tells_what_goes_into_the_pool_and_what_comes_out() {
    let scene = ask(&three_tasks("min_size = 3"));
    let told: Vec<_> = scene
        .explanation
        .launches
        .iter()
        .map(|row| (row.at_s, row.instances, row.warm_pool))
        .collect();
    assert_eq!(told, [(660.0, 2, Some("from")), (660.0, 2, Some("into"))]);
}

// ---------------------------------------------------------------------------------------------------
// The scenario.

/// Mean of boot and launch of the tasks that waited for instances.
fn start_of_instances(scene: &Scene) -> f64 {
    let mean = |phase: &str| scene.answer.tasks.phases_s[phase].mean.expect("tasks ran");
    mean("launch") + mean("boot")
}

/// `warm_boot` is fitted to this share: that the whole chain still gives it is what is tested.
#[test]
fn a_stopped_warm_pool_saves_the_published_share_of_the_start() {
    let text = text_of("scenarios/expected/warm-pool.json");
    let expected: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
    let (mut warm, mut cold) = (0.0, 0.0);
    for seed in 1..=20 {
        let seed = format!("seed={seed}");
        let without = "auto_scaling_group_provider.warm_pool.max_group_prepared_capacity=0";
        let with = play_scenario(&shipped("warm-pool", &[&seed]));
        let without = play_scenario(&shipped("warm-pool", &[&seed, without]));
        for scene in [&with, &without] {
            let running = Value::from(scene.answer.tasks.running_at_end);
            assert_eq!(running, expected["running_at_end"], "{seed}");
            assert_eq!(Value::from(fleet(scene).0), expected["at_end"], "{seed}");
        }
        assert_eq!(Value::from(fleet(&with).1), expected["stopped_at_end"], "{seed}");
        assert_eq!(fleet(&without).1, Some(0.0), "{seed}");
        warm += start_of_instances(&with);
        cold += start_of_instances(&without);
    }
    let number = |key: &str| expected["published_share"][key].as_f64().expect("a number");
    let published = number("warm_s") / number("cold_s");
    let ours = warm / cold;
    assert!((ours - published).abs() < number("within"), "{ours}, published {published}");
}
