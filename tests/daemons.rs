//! Daemon services: where their tasks run, what they leave to others, when they stop, what they count
//! for. Answers derived by hand, each in a comment. A m5.large registers 2,048 CPU units, 7,700 MiB and
//! two task network interfaces; a group's instance that is asked for at 0 is registered at 40, and a
//! host-mode task placed at 0 is RUNNING at 6, at 3 where the image is there.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]

#[path = "support/group.rs"]
mod group;
#[path = "support/scene.rs"]
mod scene;

use std::collections::BTreeMap;

use group::{Group, daemon, definition, definition_with, run_task, service, update};
use scene::{Scene, at, catalog, instance_time, instance_times, play, scenario, task};
use taskyard::observe::{InstanceRow, SeriesRow, TaskRow};
use taskyard::run::{DeploymentRow, Options, run};
use taskyard::scenario::to_toml;

fn ask(group: &Group) -> Scene {
    play(&group.text(), &[])
}

/// A log router of half a vCPU on every instance.
fn with_logs(group: Group) -> Group {
    group.with(&definition("logs", 512, 512)).with(&daemon("logs", "logs", ""))
}

/// A quarter of a m5.large.
fn web() -> String {
    definition("web", 512, 512)
}

fn tasks_of<'s>(scene: &'s Scene, service: &str) -> Vec<&'s TaskRow> {
    scene.recorder.tasks.iter().filter(|row| row.service == service).collect()
}

/// How many tasks of a service were placed at a time.
fn placed_at(scene: &Scene, service: &str, time: f64) -> usize {
    let own = tasks_of(scene, service).into_iter();
    own.filter(|row| scene::time_of(row, "placed_at") == Some(time)).count()
}

/// Tasks of a service by instance.
fn by_instance(scene: &Scene, service: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for row in tasks_of(scene, service) {
        *found.entry(row.instance.clone().unwrap_or_default()).or_insert(0) += 1;
    }
    found
}

fn counts<const N: usize>(rows: [(&str, usize); N]) -> BTreeMap<String, usize> {
    rows.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

// ---------------------------------------------------------------------------------------------------
// Where they run.

#[test]
fn each_instance_of_a_group_has_one_task_and_no_figure_of_other_tasks_counts_it() {
    let scene = ask(&with_logs(Group::of("m5.large").size(2, 2, 2)));
    assert_eq!(by_instance(&scene, "logs"), counts([("asg/0", 1), ("asg/1", 1)]));
    let row = &scene.answer.daemons[0];
    assert_eq!((row.service.as_str(), row.instances_at_end), ("logs", 2.0));
    assert_eq!((row.running_at_end, row.started, row.stopped), (2.0, 2.0, 0.0));
    // Placed at 0, connected at 1, pulled at 5, RUNNING at 6.
    assert_eq!((row.time_to_running_s.p50, row.time_to_running_s.max), (Some(6.0), Some(6.0)));
    let tasks = &scene.answer.tasks;
    assert_eq!((tasks.requested, tasks.started, tasks.running_at_end), (0.0, 0.0, 0.0));
    assert_eq!(tasks.time_to_running_s.max, None);
    assert_eq!(scene.answer.fleet[0].max_tasks_per_instance, 0.0);
}

#[test]
fn instances_that_do_not_satisfy_the_constraints_have_none() {
    // Two zones, an instance in each; the daemon wants one of them, or a type that is not there.
    let of = |expression: &str| {
        format!(
            "placement_constraints = [{{ type = \"memberOf\", expression = \"{expression}\" }}]"
        )
    };
    let group = |more: &str| {
        let group = Group::of("m5.large").size(2, 2, 2).zones(2).with(&web());
        group.with(&daemon("logs", "web", more))
    };
    let in_second = ask(&group(&of("attribute:ecs.availability-zone == use1-az2")));
    let zones = tasks_of(&in_second, "logs").into_iter().map(|row| row.availability_zone.clone());
    assert_eq!(zones.collect::<Vec<_>>(), [Some("use1-az2".to_owned())]);
    assert_eq!(in_second.answer.daemons[0].instances_at_end, 1.0);
    let nowhere = ask(&group(&of("attribute:ecs.instance-type == t3.nano")));
    assert_eq!(nowhere.answer.daemons[0].instances_at_end, 0.0);
    assert!(tasks_of(&nowhere, "logs").is_empty());
}

#[test]
fn with_the_launch_type_ec2_each_instance_of_every_group_has_one() {
    let other = "[[capacity_provider]]\nname = \"other\"\n\
                 [capacity_provider.auto_scaling_group_provider]\ninstance_types = [\"c5.large\"]\n\
                 min_size = 1\nmax_size = 1\ndesired_capacity = 1";
    let group = Group::of("m5.large").size(2, 2, 2).with(other).with(&web());
    let scene = ask(&group.with(&daemon("logs", "web", "launch_type = \"EC2\"")));
    let each = counts([("asg/0", 1), ("asg/1", 1), ("other/0", 1)]);
    assert_eq!(by_instance(&scene, "logs"), each);
}

#[test]
fn with_a_strategy_over_groups_each_of_their_instances_has_one_whatever_the_weights() {
    let other = "[[capacity_provider]]\nname = \"other\"\n\
                 [capacity_provider.auto_scaling_group_provider]\ninstance_types = [\"c5.large\"]\n\
                 min_size = 1\nmax_size = 1\ndesired_capacity = 1";
    let strategy = "capacity_provider_strategy = [{ capacity_provider = \"asg\", weight = 9 }, \
                    { capacity_provider = \"other\", weight = 1 }]";
    let group = Group::of("m5.large").size(2, 2, 2).with(other).with(&web());
    let scene = ask(&group.with(&daemon("logs", "web", strategy)));
    let each = counts([("asg/0", 1), ("asg/1", 1), ("other/0", 1)]);
    assert_eq!(by_instance(&scene, "logs"), each);
}

#[test]
fn external_instances_have_them_too() {
    let machines = "[[external_instance]]\nname = \"rack\"\ncount = 3\ncpu = 1024\nmemory = 4096";
    let group = Group::of("m5.large").size(1, 1, 1).with(machines).with(&web());
    let scene = ask(&group.with(&daemon("logs", "web", "launch_type = \"EXTERNAL\"")));
    let found = by_instance(&scene, "logs");
    assert_eq!(found.values().copied().collect::<Vec<_>>(), [1, 1, 1]);
    assert!(found.keys().all(|name| name.starts_with("EXTERNAL/")), "{found:?}");
}

// ---------------------------------------------------------------------------------------------------
// First to start.

#[test]
fn a_new_instance_gets_its_daemon_first_and_waiting_tasks_share_the_rest() {
    // Eight tasks wait from 0, the metric of 0 is 200, its alarm sets off two launches at 60: registered at
    // 100. Without a daemon four tasks fit on each, beside one of half a vCPU three.
    let group = Group::of("m5.large").size(0, 10, 0).managed("").with(&web());
    let group = group.with(&service("web", "web", 8, "")).until("150s");
    let alone = ask(&group);
    assert_eq!(placed_at(&alone, "web", 100.0), 8);
    let scene = ask(&with_logs(group));
    assert_eq!(instance_times(&scene, "registered_at"), [Some(100.0); 2]);
    assert_eq!(placed_at(&scene, "logs", 100.0), 2);
    assert_eq!(placed_at(&scene, "web", 100.0), 6);
    assert_eq!(by_instance(&scene, "web")["asg/0"], 3);
    assert_eq!(scene.answer.fleet[0].max_tasks_per_instance, 3.0);
    let why = &scene.explanation.fleet[0];
    assert_eq!((why.task_definition.as_str(), why.tasks_fit), ("web", 3));
    assert_eq!((why.limits[0].registered, why.limits[0].daemons), (2_048, 512));
}

#[test]
fn an_instance_of_a_warm_pool_gets_its_daemon_when_it_leaves_the_pool() {
    // One task of three quarters on each instance beside the daemon. A second is wanted at 590; the metric
    // of 600 is 200 %, its alarm acts at 660: an instance out of the pool starts and registers at 683.
    let group = Group::of("m5.large").zones(1).size(1, 4, 1).managed("").keys("warm_pool = {}");
    let group = group.with(&definition("web", 1_536, 1_024)).with(&service("web", "web", 1, ""));
    let scene = ask(&with_logs(group.with(&update("web", "590s", 2))));
    let placed = |name: &str| (at(&scene, name, "placed_at"), task(&scene, name).instance.clone());
    assert_eq!(placed("logs/1").0, 683.0);
    assert_eq!(placed("logs/1"), placed("web/1"));
    assert_eq!(tasks_of(&scene, "logs").len(), 2);
}

#[test]
fn a_daemon_that_is_created_at_the_same_moment_comes_before_services_that_stand_above_it() {
    // Four tasks of a quarter fill the instance; the daemon leaves room for three.
    let group = Group::of("m5.large").size(1, 1, 1).with(&web());
    let scene = ask(&with_logs(group.with(&service("web", "web", 4, ""))));
    assert_eq!((placed_at(&scene, "logs", 0.0), placed_at(&scene, "web", 0.0)), (1, 3));
}

#[test]
fn a_daemon_without_room_is_never_provisioning_and_starts_when_a_task_leaves() {
    // Four tasks fill the instance; the daemon of 600 finds no room. At 1,200 one task stops at once and is
    // gone at 1,202: its room goes to the daemon, whose image has to be pulled: RUNNING at 1,208.
    let group = Group::of("m5.large").size(1, 1, 1).managed("").with(&web());
    let group = group.with(&service("web", "web", 4, "")).with(&definition("logs", 512, 512));
    let group = group.with(&daemon("logs", "logs", "create_at = \"600s\""));
    let scene = ask(&group.with(&update("web", "1200s", 3)));
    assert_eq!(
        (at(&scene, "logs/0", "placed_at"), at(&scene, "logs/0", "started_at")),
        (1_202.0, 1_208.0)
    );
    assert_eq!(at(&scene, "logs/0", "created_at"), 1_202.0);
    assert_eq!(at(&scene, "logs/0", "requested_at"), 600.0);
    let waited = task(&scene, "logs/0").wait.get(taskyard::model::WaitPart::Scaling);
    assert_eq!(waited.as_secs_f64(), 602.0);
    // It asks for no instance either.
    assert_eq!(scene.recorder.instances.len(), 1);
}

#[test]
fn cluster_auto_scaling_counts_with_what_daemons_leave() {
    // Three of ten tasks fit beside the daemon, seven wait. Of the largest type, three a piece: three
    // instances more, 400 %; with four a piece it would be two.
    let group = Group::of("m5.large").size(1, 20, 1).managed("").with(&web());
    let group = group.with(&service("web", "web", 10, "")).until("100s");
    let desired = |scene: &Scene| {
        let mut rows = scene.explanation.scaling.iter();
        let row = rows.find(|row| row.what == "ScalingPolicy").expect("a call");
        (row.from_s, row.desired_capacity)
    };
    assert_eq!(desired(&ask(&with_logs(group.clone()))), (60.0, 4));
    // Four of ten placed, six wait: two more.
    assert_eq!(desired(&ask(&group)), (60.0, 3));
}

// ---------------------------------------------------------------------------------------------------
// What they do not count for.

#[test]
fn instances_with_daemons_alone_are_empty_and_the_group_scales_in_to_none() {
    // 0 of 2 instances are needed: 0 % at 0, 60, ... 840, the fifteenth minute; the policy acts at 900 and
    // halves the group, at 960 takes the last. Each drains first: its daemon stops at once and is gone 2 s
    // later. Without instances the value is 100.
    let group = Group::of("m5.large").size(0, 10, 2).managed("");
    let protected = group.keys("managed_termination_protection = \"ENABLED\"");
    let scene = ask(&with_logs(protected));
    let mut left: Vec<_> = instance_times(&scene, "terminated_at");
    left.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    assert_eq!(left, [Some(902.0), Some(962.0)]);
    let reservation = |at: f64| {
        let mut rows = scene.recorder.series.iter().rev();
        let meant = |row: &&SeriesRow| {
            row.metric == "CapacityProviderReservation" && row.at.as_secs_f64() <= at
        };
        rows.find(meant).expect("a value").value
    };
    assert_eq!((reservation(840.0), reservation(1_800.0)), (0.0, 100.0));
    let row = &scene.answer.daemons[0];
    assert_eq!((row.instances_at_end, row.running_at_end), (0.0, 0.0));
    assert_eq!((row.started, row.stopped), (2.0, 2.0), "none is started elsewhere");
}

#[test]
fn with_termination_protection_an_instance_with_another_task_stays() {
    let group = Group::of("m5.large").size(0, 10, 2).managed("").with(&web());
    let protected = group.keys("managed_termination_protection = \"ENABLED\"");
    let scene = ask(&with_logs(protected.with(&service("web", "web", 1, ""))));
    let kept = task(&scene, "web/0").instance.clone();
    let stays = |row: &&InstanceRow| instance_time(row, "terminated_at").is_none();
    let left: Vec<_> = scene.recorder.instances.iter().filter(stays).collect();
    assert_eq!(left.len(), 1);
    assert_eq!(Some(&left[0].instance), kept.as_ref());
}

// ---------------------------------------------------------------------------------------------------
// Last to stop.

#[test]
fn on_an_instance_that_drains_daemons_stop_after_all_others() {
    // Two of three instances have a job from 0: RUNNING at 6, exits at 1,006, STOPPED at 1,008. The value
    // is 67 %: one instance leaves at 900. By chance it is one with a job, which is waited for: the daemon
    // stops at 1,008 and is gone at 1,010, and the instance with it.
    let spread = "count = 2\nrun_for = \"1000s\"\n\
                  placement_strategy = [{ type = \"spread\", field = \"instanceId\" }]";
    let group = Group::of("m5.large").size(0, 10, 3).managed("").with(&web());
    let text = with_logs(group.with(&run_task("job", "web", "0s", spread))).text();
    let seen = (1..40).find_map(|seed| {
        let scene = play(&text, &[&format!("seed={seed}")]);
        let drained = scene
            .recorder
            .instances
            .iter()
            .find(|row| instance_time(row, "draining_at") == Some(900.0))?
            .clone();
        let own = |row: &&&TaskRow| row.instance.as_ref() == Some(&drained.instance);
        let job = tasks_of(&scene, "job").iter().find(own).map(|row| row.task.clone())?;
        let logs = tasks_of(&scene, "logs").iter().find(own).map(|row| row.task.clone())?;
        Some((scene, drained, job, logs))
    });
    let (scene, drained, job, logs) = seen.expect("a seed in which one with a job leaves");
    assert_eq!(at(&scene, &job, "stopped_at"), 1_008.0);
    assert_eq!(at(&scene, &logs, "stopping_at"), 1_008.0);
    assert_eq!(task(&scene, &logs).stop_code, Some("ServiceSchedulerInitiated"));
    assert_eq!(at(&scene, &logs, "stopped_at"), 1_010.0);
    assert_eq!(instance_time(&drained, "terminated_at"), Some(1_010.0));
}

#[test]
fn an_instance_that_is_lost_takes_its_daemon_along() {
    // Lost at 300, replaced by the group: asked for at 300, registered at 340, its daemon RUNNING at 346.
    let lost = "[[fault]]\nkind = \"instance-terminated\"\nstart = \"300s\"\npercent = 100";
    let scene = ask(&with_logs(Group::of("m5.large").size(1, 1, 1)).with(lost));
    assert_eq!(task(&scene, "logs/0").stop_code, Some("TerminationNotice"));
    assert_eq!(at(&scene, "logs/0", "stopped_at"), 300.0);
    assert_eq!(task(&scene, "logs/1").instance.as_deref(), Some("asg/1"));
    assert_eq!(at(&scene, "logs/1", "started_at"), 346.0);
    assert_eq!(tasks_of(&scene, "logs").len(), 2);
}

// ---------------------------------------------------------------------------------------------------
// Updated.

/// Ten instances with a log router; at 600 it gets a new revision, of another task definition.
fn updating(instances: u32, percent: u32, first: &str, second: &str) -> Group {
    let settings = format!(
        "deployment_configuration = {{ minimum_healthy_percent = {percent}, \
         deployment_circuit_breaker = {{ enable = true, rollback = true }} }}"
    );
    Group::of("m5.large")
        .size(instances, instances, instances)
        .with(&definition_with("logs-1", 512, 512, &format!("network_mode = \"host\"\n{first}")))
        .with(&definition_with("logs-2", 512, 512, &format!("network_mode = \"host\"\n{second}")))
        .with(&daemon("logs", "logs-1", &settings))
        .with(UPDATE)
}

const UPDATE: &str =
    "[[update_service]]\nservice = \"logs\"\nat = \"600s\"\ntask_definition = \"logs-2\"\n";

fn deployment(scene: &Scene, number: usize) -> &DeploymentRow {
    &scene.answer.deployments[number - 1]
}

/// When tasks of the second revision are RUNNING: each time, and how many then.
fn second_running(scene: &Scene) -> Vec<(f64, usize)> {
    let own = scene.recorder.tasks.iter().filter(|row| row.task.starts_with("logs:2/"));
    let mut times: Vec<f64> = own.filter_map(|row| scene::time_of(row, "started_at")).collect();
    times.sort_by(f64::total_cmp);
    let mut found: Vec<(f64, usize)> = Vec::new();
    for time in times {
        match found.last_mut() {
            Some((at, count)) if *at == time => *count += 1,
            _ => found.push((time, 1)),
        }
    }
    found
}

#[test]
fn an_update_stops_the_old_task_of_an_instance_and_then_starts_the_new_one() {
    // The old one is told to stop at 600 and STOPPED at 602; the new one is placed then, connected at 603,
    // pulled at 607, RUNNING at 608 and counts at 648.
    let scene = ask(&updating(1, 0, "", ""));
    assert_eq!(at(&scene, "logs/0", "stopping_at"), 600.0);
    assert_eq!(at(&scene, "logs/0", "stopped_at"), 602.0);
    assert_eq!(at(&scene, "logs:2/0", "placed_at"), 602.0);
    assert_eq!(at(&scene, "logs:2/0", "started_at"), 608.0);
    let row = deployment(&scene, 2);
    assert_eq!((row.kind.as_str(), row.rollout_state.as_str()), ("update", "COMPLETED"));
    assert_eq!((row.duration_s, row.least_healthy_percent), (Some(48.0), Some(0.0)));
    // Its containers exit at once when they are told to stop: nothing logs from 600 to 608.
    assert_eq!((row.without_daemon_p50_s, row.without_daemon_max_s), (Some(8.0), Some(8.0)));
    assert_eq!((row.most_tasks, row.extra_task_hours), (1.0, Some(0.0)));
    let daemons = &scene.answer.daemons[0];
    assert_eq!((daemons.running_at_end, daemons.started, daemons.stopped), (1.0, 2.0, 1.0));
}

#[test]
fn the_minimum_says_on_how_many_instances_an_update_is_between_two_tasks() {
    // A round takes 48 s: 2 s to stop, 6 s to RUNNING, 40 s until it counts. Of ten instances 0 % holds back
    // none, 50 % five, 90 % nine, and 85 % of ten is nine tasks too.
    let of = |percent| {
        let scene = ask(&updating(10, percent, "", ""));
        let row = deployment(&scene, 2);
        assert_eq!(row.rollout_state, "COMPLETED", "{percent}");
        let rounds: Vec<usize> = second_running(&scene).iter().map(|(_, tasks)| *tasks).collect();
        (rounds, row.duration_s, row.least_healthy_percent)
    };
    assert_eq!(of(0), (vec![10], Some(48.0), Some(0.0)));
    assert_eq!(of(50), (vec![5, 5], Some(96.0), Some(50.0)));
    assert_eq!(of(90), (vec![1; 10], Some(480.0), Some(90.0)));
    assert_eq!(of(85), of(90));
    assert_eq!(of(75), (vec![2; 5], Some(240.0), Some(80.0)));
}

#[test]
fn half_of_one_instance_is_one_so_that_its_daemon_is_never_replaced() {
    let scene = ask(&updating(1, 50, "", ""));
    let row = deployment(&scene, 2);
    assert_eq!(row.rollout_state, "IN_PROGRESS");
    assert_eq!(row.held_by.as_deref(), Some("percentages"));
    assert_eq!(scene.answer.daemons[0].started, 1.0);
}

#[test]
fn a_revision_that_never_starts_is_given_up_and_the_last_one_comes_back() {
    // Half of ten may be missing: five stop at 600 and are tried at 602. Five failures are half of the
    // desired count: the breaker rolls back, and the five get tasks of the first revision again.
    let scene = ask(&updating(10, 50, "", "failure = { never_starts = true }"));
    let states: Vec<(&str, &str)> = scene
        .answer
        .deployments
        .iter()
        .map(|row| (row.kind.as_str(), row.rollout_state.as_str()))
        .collect();
    let expected = [("creation", "COMPLETED"), ("update", "FAILED"), ("rollback", "COMPLETED")];
    assert_eq!(states, expected);
    assert_eq!(deployment(&scene, 2).failed_tasks, 5.0);
    assert_eq!(deployment(&scene, 2).least_healthy_percent, Some(50.0));
    assert_eq!(scene.answer.daemons[0].running_at_end, 10.0);
}

#[test]
fn an_update_that_the_horizon_cuts_off_says_what_its_task_is_at() {
    // Told to stop at 600, STOPPED at 602; the new one is RUNNING at 608 and counts at 648.
    for (horizon, held_by, without) in
        [("601s", "starting", 1.0), ("605s", "starting", 5.0), ("630s", "health_checks", 8.0)]
    {
        let scene = ask(&updating(1, 0, "", "").until(horizon));
        let row = deployment(&scene, 2);
        assert_eq!(row.held_by.as_deref(), Some(held_by), "{horizon}");
        assert_eq!(row.without_daemon_max_s, Some(without), "{horizon}");
    }
}

#[test]
fn each_crash_of_a_new_revision_leaves_its_instance_without_a_daemon_once_more() {
    // Its first task runs at 608, 8 s after the end of the old one. It crashes at 638, is STOPPED at 640,
    // and the next finds the image: connected 641, pulled 642, RUNNING 643, 5 s after the crash. So it goes
    // again from 673 to 678. The third crash, at 708, is the breaker's: the rollback's task runs at 713.
    let scene = ask(&updating(1, 0, "", "failure = { crashes_after = \"30s\" }"));
    assert_eq!(second_running(&scene), [(608.0, 1), (643.0, 1), (678.0, 1)]);
    let without = |number| {
        let row = deployment(&scene, number);
        (row.kind.as_str(), row.without_daemon_p50_s, row.without_daemon_max_s)
    };
    assert_eq!(without(1), ("creation", None, None));
    assert_eq!(without(2), ("update", Some(5.0), Some(8.0)));
    assert_eq!(without(3), ("rollback", Some(5.0), Some(5.0)));
}

#[test]
fn an_update_goes_on_at_once_where_a_group_gives_up_instances_under_their_daemons() {
    // At 890 as many stop as may, for 100 s. At 900 the group gives up half of its instances at once, those that
    // these are on among them, by no drain. Of four it keeps two: one must be healthy, two are, one stops.
    assert_eq!(stops_as_a_group_halves(4, 50), [890.0, 890.0, 900.0]);
    // Of six it keeps three, and all must be: the daemons of those that leave behind the first count no more.
    assert_eq!(stops_as_a_group_halves(6, 70), [890.0]);
}

/// When daemons stop in an update at 890 s of a group of so many instances, of which so many percent must be
/// healthy.
fn stops_as_a_group_halves(instances: u32, percent: u32) -> Vec<f64> {
    let stops = "stop_timeout = \"120s\"\nexit_after_stop_signal = \"100s\"";
    let settings = format!("deployment_configuration = {{ minimum_healthy_percent = {percent} }}");
    let of = |family: &str| {
        definition_with(family, 512, 512, &format!("network_mode = \"host\"\n{stops}"))
    };
    let group = Group::of("m5.large")
        .zones(1)
        .until("950s")
        .size(0, instances, instances)
        .keys("managed_draining = \"DISABLED\"")
        .managed("")
        .with(&of("logs-1"))
        .with(&of("logs-2"))
        .with(&daemon("logs", "logs-1", &settings))
        .with(&UPDATE.replace("600s", "890s"));
    let scene = ask(&group);
    assert_eq!(scene::event_times(&scene, "ScalingPolicy"), [900.0]);
    let mut times: Vec<f64> =
        scene.recorder.tasks.iter().filter_map(|row| scene::time_of(row, "stopping_at")).collect();
    times.sort_by(f64::total_cmp);
    times
}

#[test]
fn a_task_that_is_stopped_before_it_runs_ends_no_gap() {
    // The old one ends at 600; the new one is pulled at 607, would run at 608 and is stopped at 607.5 by the
    // next update. STOPPED at 609.5; the next finds the first image: connected 610.5, pulled 611.5, RUNNING
    // 612.5.
    let back = UPDATE.replace("600s", "607500ms").replace("logs-2", "logs-1");
    let scene = ask(&updating(1, 0, "", "").with(&back));
    assert!(second_running(&scene).is_empty());
    assert_eq!(deployment(&scene, 2).without_daemon_max_s, Some(12.5));
    assert_eq!(deployment(&scene, 3).without_daemon_max_s, None);
}

#[test]
fn a_daemon_that_exits_while_another_service_is_updated_leaves_no_gap_in_its_own_update() {
    // Its own update, from 600 to 648, left 8 s. Its exit at 710 leaves 5 s, as that of web's update runs.
    let web = "[[update_service]]\nservice = \"web\"\nat = \"700s\"\ntask_definition = \"web-2\"\n";
    let killed = "[[fault]]\nkind = \"task-killed\"\nstart = \"710s\"\nservice = \"logs\"\n\
                  by = \"exit\"\npercent = 100";
    let group = updating(1, 0, "", "").with(&self::web()).with(&definition("web-2", 512, 512));
    let scene = ask(&group.with(&service("web", "web", 1, "")).with(web).with(killed));
    let rows = |of: &str| {
        let own = scene.answer.deployments.iter().filter(|row| row.service == of);
        let rows = own.map(|row| (row.kind.clone(), row.without_daemon_p50_s));
        rows.collect::<Vec<_>>()
    };
    let [creation, update] = ["creation", "update"].map(str::to_owned);
    assert_eq!(rows("logs"), [(creation.clone(), None), (update.clone(), Some(8.0))]);
    assert_eq!(rows("web"), [(creation, None), (update, None)]);
    let ends: Vec<Option<f64>> =
        scene.answer.deployments.iter().map(|row| row.duration_s).collect();
    assert!(tasks_of(&scene, "logs").len() == 3 && ends.iter().all(Option::is_some), "{ends:?}");
    let during =
        scene.answer.deployments.iter().find(|row| row.service == "web" && row.kind == "update");
    assert!(
        during.and_then(|row| row.duration_s) > Some(10.0),
        "it was under way at 710: {ends:?}"
    );
}

#[test]
fn a_larger_revision_takes_the_room_of_the_last_and_waits_for_what_is_missing() {
    // The first takes 512 units, three web tasks the rest of 2,048. The second asks for 1,024, and 512 are
    // free when the old one has stopped.
    let group = updating(1, 0, "", "").with(&definition("large", 1_024, 512)).with(&web());
    let text = group.with(&service("web", "web", 3, "")).text();
    let text = text.replace("task_definition = \"logs-2\"", "task_definition = \"large\"");
    let scene = play(&text, &[]);
    let row = deployment(&scene, 2);
    assert_eq!((row.rollout_state.as_str(), row.held_by.as_deref()), ("IN_PROGRESS", Some("room")));
    assert_eq!(scene.answer.daemons[0].running_at_end, 0.0);
    // With one web task less there is room.
    let fewer = play(&text, &["service.web.desired_count=2"]);
    assert_eq!(deployment(&fewer, 2).rollout_state, "COMPLETED");
}

#[test]
fn a_revision_that_no_instance_admits_is_warned_of_and_has_no_healthy_share() {
    let arm = "[[task_definition]]\nfamily = \"arm\"\ncpu = 256\nmemory = 128\n\
               runtime_platform = { cpu_architecture = \"ARM64\" }\n";
    let text = updating(3, 0, "", "").with(arm).text();
    // The group may buy ARM64 too, and has none.
    let both = "instance_types = [\"m5.large\", \"m6g.large\"]\n\
                on_demand_allocation_strategy = \"prioritized\"";
    let text = text.replace("instance_types = [\"m5.large\"]", both);
    assert!(text.contains("m6g.large"));
    let scene =
        play(&text.replace("task_definition = \"logs-2\"", "task_definition = \"arm\""), &[]);
    assert_eq!(scene.answer.daemons[0].running_at_end, 0.0);
    assert_eq!(deployment(&scene, 2).least_healthy_percent, None);
    let warned = |of: &Scene| {
        of.answer
            .warnings
            .iter()
            .any(|one| one.contains("no instance admits the last revision of logs"))
    };
    assert!(warned(&scene), "{:?}", scene.answer.warnings);
    assert!(!warned(&play(&text, &[])));
}

#[test]
fn an_instance_that_comes_during_an_update_gets_the_new_revision() {
    // One at a time of ten; the instance that is lost at 650 is replaced, registered at 690.
    let lost = "[[fault]]\nkind = \"instance-terminated\"\nstart = \"650s\"\ncount = 1";
    let scene = ask(&updating(10, 90, "", "").with(lost));
    let new = tasks_of(&scene, "logs").into_iter();
    let mut new = new.filter(|row| row.instance.as_deref() == Some("asg/10"));
    assert!(new.all(|row| row.task.starts_with("logs:2/")));
    assert_eq!(by_instance(&scene, "logs")["asg/10"], 1);
    assert_eq!(deployment(&scene, 2).rollout_state, "COMPLETED");
    assert_eq!(scene.answer.daemons[0].running_at_end, 10.0);
}

#[test]
fn unhealthy_daemons_are_replaced_one_after_the_other() {
    // RUNNING at 6, their checks fail from 206 on, and the third, at 226, makes both unhealthy. One stops
    // then and is STOPPED at 228; its successor runs at 231 and passes its first check at 241: now the other.
    let check = "health_check = { interval = \"10s\" }\nunhealthy_after = \"200s\"";
    let with = format!("network_mode = \"host\"\n{check}");
    let group = Group::of("m5.large").size(2, 2, 2).until("5m");
    let group = group.with(&definition_with("logs", 512, 512, &with));
    let scene = ask(&group.with(&daemon("logs", "logs", "")));
    let mut stopped: Vec<f64> =
        (0..2).map(|n| at(&scene, &format!("logs/{n}"), "stopping_at")).collect();
    stopped.sort_by(f64::total_cmp);
    assert_eq!(stopped, [226.0, 241.0]);
}

#[test]
fn a_daemon_says_when_its_update_is_done() {
    let scene = ask(&updating(2, 50, "", ""));
    let said = scene.recorder.events.iter().filter(|row| row.event == "ServiceEvent");
    let said: Vec<(f64, &str)> =
        said.map(|row| (row.at.as_secs_f64(), row.detail.as_str())).collect();
    // Two rounds of 48 s.
    assert!(
        said.contains(&(696.0, "(deployment ecs-svc/logs/2) deployment completed.")),
        "{said:?}"
    );
    assert!(said.contains(&(696.0, "has reached a steady state.")), "{said:?}");
}

// ---------------------------------------------------------------------------------------------------
// Started again.

#[test]
fn a_daemon_task_that_ends_is_started_again_on_its_instance() {
    // It exits at 600, is STOPPED at 602, and the next finds the image: connected 603, pulled 604, RUNNING
    // 605. Three of four tasks wait all the time for no room; none gets that of the daemon.
    let killed = "[[fault]]\nkind = \"task-killed\"\nstart = \"600s\"\nservice = \"logs\"\n\
                  by = \"exit\"\npercent = 100";
    let group = Group::of("m5.large").size(1, 1, 1).managed("").with(&web()).with(killed);
    let scene = ask(&with_logs(group.with(&service("web", "web", 4, ""))));
    assert_eq!(at(&scene, "logs/0", "stopped_at"), 602.0);
    assert_eq!(task(&scene, "logs/0").stop_code, Some("EssentialContainerExited"));
    assert_eq!(
        (at(&scene, "logs/1", "placed_at"), at(&scene, "logs/1", "started_at")),
        (602.0, 605.0)
    );
    assert_eq!(tasks_of(&scene, "logs").len(), 2);
    assert_eq!((placed_at(&scene, "web", 0.0), placed_at(&scene, "web", 602.0)), (3, 0));
    assert_eq!(scene.answer.faults[0].recovery_s, Some(5.0));
}

#[test]
fn the_room_of_a_daemon_that_fails_to_start_is_kept_while_its_service_waits() {
    // Every pull fails in the first two minutes; the waits are 10, 20, 40, 80 s. Room for a fourth task is
    // there whenever no daemon task is, and is never taken.
    let failure = "[[fault]]\nkind = \"image-pull-failure\"\nstart = \"0s\"\nduration = \"120s\"\n\
                   service = \"logs\"";
    let group = Group::of("m5.large").size(1, 1, 1).managed("").with(&web()).with(failure);
    let scene = ask(&with_logs(group.with(&service("web", "web", 4, ""))));
    let logs = tasks_of(&scene, "logs");
    assert!(logs.len() > 2, "{} attempts", logs.len());
    let failed = logs.iter().filter(|row| row.stop_code == Some("TaskFailedToStart")).count();
    assert_eq!(failed, logs.len() - 1);
    assert_eq!(scene.answer.daemons[0].running_at_end, 1.0);
    assert_eq!(tasks_of(&scene, "web").iter().filter(|row| row.instance.is_some()).count(), 3);
    let wait = logs.last().expect("some").wait;
    assert!(wait.get(taskyard::model::WaitPart::StartBackoff).as_secs_f64() > 0.0);
}

// ---------------------------------------------------------------------------------------------------
// Figures.

#[test]
fn the_best_packing_leaves_daemons_their_room_on_each_instance() {
    // Four tasks of a quarter: one instance without a daemon, two beside it.
    let group = Group::of("m5.large").size(2, 2, 2).with(&web());
    let text = with_logs(group.with(&service("web", "web", 4, ""))).text();
    let asked = scenario(&text, &[]);
    let answer = run(&asked, &catalog(&asked), Options::default()).expect("it fits").answer;
    assert_eq!(answer.cost.best_packing.iter().map(|row| row.instances).sum::<u32>(), 2);
    assert_eq!(answer.cost.lower_bound_per_hour_usd, Some(answer.cost.per_hour_at_end_usd));
    assert!(answer.cost.best_packing.iter().all(|row| !row.tasks_each.contains_key("logs")));
}

#[test]
fn the_same_seed_gives_the_same_digest() {
    let fault = "[[fault]]\nkind = \"crash-loop\"\nstart = \"100s\"\nduration = \"300s\"\n\
                 exit_after = \"20s\"\nprobability = 0.5";
    let group = Group::of("m5.large").size(0, 10, 2).managed("").with(&web()).with(fault);
    let text = with_logs(group.with(&service("web", "web", 7, ""))).text();
    let digest = || play(&text, &[]).answer.digest;
    assert_eq!(digest(), digest());
}

#[test]
fn a_task_that_no_type_holds_beside_the_daemon_is_warned_of() {
    // 1,600 and 512 of 2,048 CPU units.
    let group =
        Group::of("m5.large").size(1, 1, 1).managed("").with(&definition("big", 1_600, 512));
    let scene = ask(&with_logs(group.with(&service("big", "big", 1, ""))));
    let warned = "no type of asg holds a task of big beside its daemons: make one of them smaller";
    assert!(scene.answer.warnings.iter().any(|warning| warning == warned));
    assert_eq!(scene.answer.tasks.running_at_end, 0.0);
}

#[test]
fn a_daemon_service_is_written_out_without_a_count_and_read_again() {
    let text = with_logs(Group::of("m5.large").size(1, 1, 1)).text();
    let read = scenario(&text, &[]);
    let resolved = to_toml(&read);
    assert!(resolved.contains("scheduling_strategy = \"DAEMON\""));
    assert!(!resolved.contains("desired_count"));
    assert_eq!(scenario(&resolved, &[]).services, read.services);
    let replica = ["service.logs.scheduling_strategy=replica", "service.logs.desired_count=2"];
    let scene = play(&text, &replica);
    assert_eq!(scene.answer.tasks.running_at_end, 2.0);
    assert!(scene.answer.daemons.is_empty());
}
