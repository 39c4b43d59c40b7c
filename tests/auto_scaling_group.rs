//! Auto Scaling groups: what a group launches, who gets room, who waits and who leaves. Answers derived
//! by hand, each in a comment. A m5.large registers 2,048 CPU units, 7,700 MiB (94 % of 8,192) and two
//! task network interfaces.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]

use std::collections::BTreeMap;

#[path = "support/group.rs"]
mod group;
#[path = "support/scene.rs"]
mod scene;

use taskyard::run::{Options, run};

use group::{Group, awsvpc, definition, definition_with, run_task, service, update};
use scene::{
    Scene, at, at_end, by_zone, event_times, fleet, instance_time, instance_times, launched, play,
    task, time_of,
};

fn ask(group: &Group) -> Scene {
    play(&group.text(), &[])
}

/// The instance of each task, by the task's name.
fn places(scene: &Scene) -> BTreeMap<&str, &str> {
    let placed = scene.recorder.tasks.iter();
    placed.filter_map(|row| Some((row.task.as_str(), row.instance.as_deref()?))).collect()
}

/// Half a m5.large.
fn half() -> String {
    definition("web", 1_024, 1_024)
}

/// A whole m5.large.
fn whole() -> String {
    definition("web", 2_048, 1_024)
}

// ---------------------------------------------------------------------------------------------------
// Launches.

#[test]
fn initial_instances_are_registered_at_the_start_and_spread_over_zones() {
    let scene = ask(&Group::of("m5.large")
        .size(0, 10, 4)
        .with(&half())
        .with(&service("web", "web", 1, "")));
    assert_eq!(instance_times(&scene, "registered_at"), [Some(0.0); 4]);
    let zone = |zone: &str| (zone.to_owned(), "m5.large".to_owned());
    let expected = [(zone("use1-az1"), 2), (zone("use1-az2"), 1), (zone("use1-az4"), 1)];
    assert_eq!(by_zone(&scene), BTreeMap::from(expected));
    // Placed at 0, connected at 1 (host mode), pulled at 5, RUNNING at 6.
    assert_eq!(at(&scene, "web/0", "started_at"), 6.0);
}

#[test]
fn instances_that_are_launched_at_the_start_take_forty_seconds_and_are_billed_from_running() {
    let question = Group::of("m5.large")
        .size(1, 1, 1)
        .managed("")
        .keys("initial_instances = \"launched\"")
        .with(&half())
        .with(&service("web", "web", 2, ""));
    let scene = ask(&question);
    assert_eq!(instance_times(&scene, "running_at"), [Some(13.0)]);
    assert_eq!(instance_times(&scene, "registered_at"), [Some(40.0)]);
    // Both tasks wait for it and are placed at 40: connected at 41, pulled at 45, RUNNING at 46.
    assert_eq!(at(&scene, "web/1", "started_at"), 46.0);
    let mean = |phase: &str| scene.answer.tasks.phases_s[phase].mean.expect("two tasks");
    assert_eq!((mean("decide_scaling"), mean("launch"), mean("boot")), (0.0, 13.0, 27.0));
    // 1,787 s of 1,800 s at $0.096 an hour.
    let bill =
        scene.answer.cost.lines.iter().find(|line| line.item.ends_with("on-demand instance"));
    assert_eq!(bill.expect("a line").instance_hours, 1_787.0 / 3_600.0);
}

#[test]
fn types_with_disks_or_gpus_take_twenty_seconds_more_and_user_data_come_on_top() {
    let question = Group::of("m5d.large")
        .size(1, 1, 1)
        .keys("initial_instances = \"launched\"\nuser_data_time = \"100s\"")
        .with(&half())
        .with(&service("web", "web", 1, ""));
    let scene = ask(&question);
    assert_eq!(instance_times(&scene, "running_at"), [Some(33.0)]);
    assert_eq!(instance_times(&scene, "registered_at"), [Some(160.0)]);
}

#[test]
fn a_list_of_types_is_taken_in_its_order_and_the_next_one_when_a_pool_is_empty() {
    let question = Group::of_types(&["m5.large", "m6i.large", "m5a.large"])
        .size(0, 20, 10)
        .keys("on_demand_base_capacity = 2\non_demand_percentage_above_base_capacity = 30")
        .with("[[capacity_pool]]\ninstance_type = \"m5.large\"\ndepth = 1")
        .with(&half())
        .with(&service("web", "web", 1, ""));
    let scene = ask(&question);
    // On demand 2 + 30 % of 8, rounded up: 5. One m5.large in each of three zones, then m6i.large.
    let count = |name: &str, option: &str| {
        let rows = scene.recorder.instances.iter();
        rows.filter(|row| row.instance_type == name && row.purchase_option == option).count()
    };
    assert_eq!((count("m5.large", "on-demand"), count("m6i.large", "on-demand")), (3, 2));
    let spot = scene.recorder.instances.iter().filter(|row| row.purchase_option == "spot").count();
    assert_eq!(spot, 5);
}

/// Two tasks that fill a m5.large, and one of them: a provider without weight takes none, full or not.
#[test]
fn what_a_task_waits_for_is_not_sought_at_a_provider_without_weight() {
    let group = |name: &str, keys: &str| {
        format!(
            "[[capacity_provider]]\nname = \"{name}\"\n\
             [capacity_provider.auto_scaling_group_provider]\ninstance_type = \"m5.large\"\n{keys}\n"
        )
    };
    let unused = "min_size = 0\nmax_size = 0\nmanaged_scaling = { status = \"ENABLED\" }";
    let fixed = "min_size = 1\nmax_size = 1\nmanaged_scaling = { status = \"DISABLED\" }";
    let text = format!(
        "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"10m\"\n{}{}{}{}",
        group("unused", unused),
        group("fixed", fixed),
        "[[task_definition]]\nfamily = \"web\"\ncpu = 2048\nmemory = 1024\n",
        "[[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 2\n\
         capacity_provider_strategy = [{ capacity_provider = \"unused\", weight = 0 }, \
         { capacity_provider = \"fixed\", weight = 1 }]\n",
    );
    let answer = play(&text, &[]).answer;
    let rows: Vec<_> = answer.tasks.waiting_for.iter().map(|row| row.waits_for.as_str()).collect();
    assert_eq!((rows, answer.tasks.waiting_at_end), (vec!["room"], 1.0));
}

/// One in each zone, then the second of az1: the fifth would go to az2 or az3, which have fewest.
#[test]
fn a_refusal_on_spot_names_the_zone_that_would_have_been_asked() {
    let pool = |zone: u32, depth: u32| {
        format!(
            "[[spot_pool]]\ninstance_type = \"m5.large\"\navailability_zone = \"use1-az{zone}\"\n\
             preset = \"always\"\ndepth = {depth}\n"
        )
    };
    let keys = "initial_instances = \"launched\"\non_demand_percentage_above_base_capacity = 0";
    let question = Group::of("m5.large").size(5, 5, 5).keys(keys);
    let question = question.with(&pool(1, 2)).with(&pool(2, 1)).with(&pool(4, 1));
    let question = question.with(&half()).with(&service("web", "web", 1, "")).until("30s");
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), fleet([("m5.large", 4)]));
    let refusal = &scene.explanation.refusals[0];
    assert_eq!((refusal.instances, refusal.availability_zone.as_str()), (1, "use1-az2"));
}

#[test]
fn refused_launches_go_to_another_zone_and_what_is_left_is_tried_again_each_minute() {
    // One m5.large in az1 and none elsewhere: three of four are refused, at 0, 60, 120 s.
    let question = Group::of("m5.large")
        .size(4, 4, 4)
        .keys("initial_instances = \"launched\"\ndefault_pool_depth = 0")
        .with("[[capacity_pool]]\ninstance_type = \"m5.large\"\navailability_zone = \"use1-az2\"\ndepth = 1")
        .with(&half())
        .with(&service("web", "web", 1, ""))
        .until("150s");
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), fleet([("m5.large", 1)]));
    assert_eq!(scene.recorder.instances[0].availability_zone, "use1-az2");
    assert_eq!(event_times(&scene, "LaunchRefused"), [0.0, 60.0, 120.0]);
    assert_eq!(scene.explanation.refusals[0].instances, 3);
}

#[test]
fn a_zone_without_spot_capacity_leaves_its_share_to_the_others_at_once() {
    let none = "[[spot_pool]]\ninstance_type = \"m5.large\"\navailability_zone = \"use1-az1\"\n\
                preset = \"always\"\ndepth = 0";
    let question = Group::of("m5.large")
        .zones(2)
        .size(0, 4, 4)
        .keys("on_demand_percentage_above_base_capacity = 0")
        .with("[spot]\npreset = \"always\"")
        .with(none)
        .with(&half())
        .with(&service("web", "web", 1, ""))
        .until("30s");
    let scene = ask(&question);
    assert_eq!(
        by_zone(&scene),
        BTreeMap::from([(("use1-az2".to_owned(), "m5.large".to_owned()), 4)])
    );
    assert!(event_times(&scene, "LaunchRefused").is_empty());
}

// ---------------------------------------------------------------------------------------------------
// Room, and who waits for it.

#[test]
fn tasks_wait_in_provisioning_and_take_the_room_that_others_leave_in_order() {
    let question = Group::of("m5.large").size(1, 1, 1).managed("").with(&whole()).with(&run_task(
        "job",
        "web",
        "0s",
        "every = \"10s\"\ncalls = 3\nrun_for = \"100s\"",
    ));
    let scene = ask(&question);
    // The first: placed at 0, connected at 1, pulled at 5, RUNNING at 6, exits at 106, STOPPED at 108.
    // The others find the image there: placed at 108, connected 109, pulled 110, RUNNING 111, exits at
    // 211, STOPPED at 213.
    let started: Vec<f64> = (0..3).map(|n| at(&scene, &format!("job/{n}"), "started_at")).collect();
    assert_eq!(started, [6.0, 111.0, 216.0]);
    assert_eq!(at(&scene, "job/2", "placed_at"), 213.0);
    assert_eq!(scene.answer.tasks.phases_s["decide_scaling"].mean, Some((98.0 + 193.0) / 3.0));
}

#[test]
fn without_managed_scaling_a_standalone_task_without_room_fails_and_a_service_tries_again() {
    let question = Group::of("m5.large")
        .size(1, 1, 1)
        .with(&whole())
        .with(&run_task("job", "web", "0s", "run_for = \"100s\""))
        .with(&run_task("late", "web", "10s", "run_for = \"100s\""))
        .with(&service("web", "web", 1, "create_at = \"20s\""));
    let scene = ask(&question);
    assert_eq!(task(&scene, "late/0").stop_code, Some("TaskFailedToStart"));
    assert_eq!(at(&scene, "late/0", "stopped_at"), 10.0);
    // The room is free at 108; the service looks at 20, 35, 50, ..., 110.
    assert_eq!(at(&scene, "web/0", "placed_at"), 110.0);
    assert_eq!(at(&scene, "web/0", "requested_at"), 20.0);
    let waited = task(&scene, "web/0").wait.get(taskyard::model::WaitPart::Scaling);
    assert_eq!(waited.as_secs_f64(), 90.0);
}

#[test]
fn a_task_waits_half_an_hour_in_provisioning_and_a_service_starts_another() {
    let question = Group::of("m5.large")
        .size(1, 1, 1)
        .managed("")
        .with(&whole())
        .with(&service("web", "web", 2, ""))
        .until("70m");
    let scene = ask(&question);
    let stopped = scene.recorder.tasks.iter().filter(|row| row.stop_code.is_some());
    let stopped: Vec<_> = stopped.map(|row| (row.task.as_str(), row.stop_code)).collect();
    let failed = Some("TaskFailedToStart");
    assert_eq!(stopped, [("web/1", failed), ("web/2", failed)]);
    assert_eq!(at(&scene, "web/1", "stopped_at"), 1_800.0);
    assert_eq!(at(&scene, "web/2", "stopped_at"), 3_600.0);
    assert_eq!(event_times(&scene, "ProvisioningTimeout"), [1_800.0, 3_600.0]);
}

#[test]
fn more_than_the_quota_do_not_wait_standalone_tasks_fail_and_services_hold_back() {
    let question = Group::of("m5.large")
        .size(1, 1, 1)
        .managed("")
        .top("provisioning_tasks_quota = 3")
        .with(&whole())
        .with(&run_task("job", "web", "0s", "count = 10\nrun_for = \"100s\""))
        .with(&service("web", "web", 2, "create_at = \"10s\""));
    let scene = ask(&question);
    let failed =
        scene.recorder.tasks.iter().filter(|row| row.stop_code == Some("TaskFailedToStart"));
    // One runs, three wait, six fail.
    assert_eq!(failed.count(), 6);
    // At 108 the second job is placed and one of the service's may wait: at 115, its next look.
    assert_eq!(at(&scene, "web/0", "created_at"), 115.0);
    assert_eq!(at(&scene, "web/0", "requested_at"), 10.0);
    let mut limits = scene.answer.limits.iter();
    let row = limits.find(|row| row.limit == "tasks in PROVISIONING (quota)");
    assert_eq!(row.map(|row| (row.of, row.refused, row.told_only)), Some((Some(3.0), 6.0, false)));
}

#[test]
fn more_container_instances_than_the_quota_run_on_and_are_told() {
    // Four m5.large run one task each; AWS would register three.
    let question = Group::of("m5.large")
        .size(0, 10, 4)
        .top("container_instances_per_cluster_quota = 3\ntasks_per_service_quota = 2")
        .with(&whole())
        .with(&service("web", "web", 4, ""));
    let scene = ask(&question);
    assert_eq!(scene.answer.tasks.running_at_end, 4.0);
    let told = |name: &str| {
        let row = scene.answer.limits.iter().find(|row| row.limit == name);
        row.map(|row| (row.needed, row.of, row.refused, row.told_only))
    };
    let instances = "container instances of the cluster (quota)";
    assert_eq!(told(instances), Some((4.0, Some(3.0), 1.0, true)));
    assert_eq!(told("tasks of service web (quota)"), Some((4.0, Some(2.0), 2.0, true)));
    let warning = format!("{instances}: 4 needed, 3 there");
    assert!(scene.answer.warnings.contains(&warning), "{:?}", scene.answer.warnings);
}

#[test]
fn external_instances_count_in_the_quota_of_the_cluster_used_or_not() {
    // Two m5.large for tasks of the groups, and two machines: four, whether a service uses them or not. No
    // machine takes an address of a subnet.
    let racks =
        "[[external_instance]]\nname = \"rack\"\ncount = 2\ncpu = \"4 vCPU\"\nmemory = \"8 GB\"";
    let unused = Group::of("m5.large")
        .size(2, 2, 2)
        .top("container_instances_per_cluster_quota = 3")
        .with(racks)
        .with(&whole())
        .with(&service("web", "web", 2, "launch_type = \"EC2\""));
    let used = unused.clone().with(&service("edge", "web", 1, "launch_type = \"EXTERNAL\""));
    for question in [unused, used] {
        let limits = ask(&question).answer.limits;
        let needed = |name: &str| {
            let rows = limits.iter().filter(|row| row.limit.starts_with(name));
            rows.map(|row| row.needed).sum::<f64>()
        };
        assert_eq!(needed("container instances of the cluster (quota)"), 4.0);
        assert_eq!(needed("subnet addresses in"), 2.0);
    }
}

#[test]
fn tasks_of_several_sizes_do_not_block_each_other() {
    // A large one waits for a whole instance; a small one that came later takes the half that is free.
    let question = Group::of("m5.large")
        .size(1, 1, 1)
        .managed("")
        .with(&whole())
        .with(&definition("small", 512, 512))
        .with(&run_task("first", "small", "0s", ""))
        .with(&run_task("large", "web", "1s", ""))
        .with(&run_task("second", "small", "2s", ""));
    let scene = ask(&question);
    assert_eq!(at(&scene, "second/0", "placed_at"), 2.0);
    assert_eq!(task(&scene, "large/0").last_status, "PROVISIONING");
}

// ---------------------------------------------------------------------------------------------------
// What an instance holds.

#[test]
fn network_interfaces_memory_and_reserved_memory_bound_what_an_instance_holds() {
    let tasks_each = |question: &Group| ask(question).answer.fleet[0].max_tasks_per_instance;
    let group = || Group::of("m5.large").size(1, 1, 1).managed("").zones(1);
    let many = |definition: &str| group().with(definition).with(&service("web", "web", 20, ""));
    // Three interfaces, one its own; with trunking ten.
    assert_eq!(tasks_each(&many(&awsvpc("web", 128, 128))), 2.0);
    assert_eq!(tasks_each(&many(&awsvpc("web", 128, 128)).keys("trunking = true")), 10.0);
    // 2,048 / 128 = 16.
    assert_eq!(tasks_each(&many(&definition("web", 128, 128))), 16.0);
    // 7,700 / 700 = 11; less 100 reserved MiB: 10; all of the nominal 8,192: 11.7.
    let eleven = many(&definition("web", 128, 700));
    assert_eq!(tasks_each(&eleven), 11.0);
    assert_eq!(tasks_each(&eleven.clone().keys("reserved_memory = 100")), 10.0);
    assert_eq!(tasks_each(&eleven.keys("registered_memory_percent = 97.5")), 11.0);
}

#[test]
fn the_default_strategy_spreads_a_service_over_zones_and_then_over_instances() {
    // Four instances: 0 and 1 in az1, one in each other zone. Six tasks: two a zone; in az1 one each.
    let question =
        Group::of("m5.large").size(4, 4, 4).with(&half()).with(&service("web", "web", 6, ""));
    let scene = ask(&question);
    let mut on = BTreeMap::new();
    for instance in places(&scene).values() {
        *on.entry(*instance).or_insert(0) += 1;
    }
    assert_eq!(on, BTreeMap::from([("asg/0", 1), ("asg/1", 1), ("asg/2", 2), ("asg/3", 2)]));
}

#[test]
fn custom_attributes_are_seen_by_constraints() {
    let web = service(
        "web",
        "web",
        1,
        "capacity_provider_strategy = [{ capacity_provider = \"asg\", weight = 1 }]\n\
         placement_constraints = [{ type = \"memberOf\", expression = \"attribute:stack == blue\" }]",
    );
    let question =
        |keys: &str| ask(&Group::of("m5.large").size(1, 1, 1).keys(keys).with(&half()).with(&web));
    assert_eq!(question("attributes = { stack = \"blue\" }").answer.tasks.running_at_end, 1.0);
    assert_eq!(question("attributes = { stack = \"green\" }").answer.tasks.running_at_end, 0.0);
}

#[test]
fn a_group_grows_for_no_task_whose_constraint_none_of_its_instances_can_satisfy() {
    let grown = |expression: &str| {
        let web = format!(
            "capacity_provider_strategy = [{{ capacity_provider = \"asg\", weight = 1 }}]\n\
             placement_constraints = [{{ type = \"memberOf\", expression = \"{expression}\" }}]"
        );
        let question = Group::of("m5.large")
            .size(0, 5, 0)
            .managed("")
            .keys("attributes = { stack = \"green\" }")
            .with(&half())
            .with(&service("web", "web", 1, &web))
            .until("10m");
        ask(&question).recorder.instances.len()
    };
    // From zero it starts two (documented).
    assert_eq!(grown("attribute:stack == green"), 2);
    assert_eq!(grown("attribute:ecs.instance-type =~ m5.*"), 2);
    assert_eq!(grown("attribute:stack == blue"), 0);
    assert_eq!(grown("attribute:rack exists"), 0);
    assert_eq!(grown("attribute:ecs.availability-zone in [use1-az5, use1-az6]"), 0);
    assert_eq!(grown("attribute:stack == green and attribute:ecs.instance-type == c5.large"), 0);
    // What hosts tasks of a group nobody can tell before; these wait, and the group grows.
    assert!(grown("task:group == service:db") >= 2);
}

#[test]
fn tasks_with_a_constraint_in_vain_do_not_keep_the_group_from_growing_for_others() {
    let on = "capacity_provider_strategy = [{ capacity_provider = \"asg\", weight = 1 }]";
    let blue = "placement_constraints = [{ type = \"memberOf\", expression = \"attribute:stack == blue\" }]";
    // One instance holds two of the three; the third needs another. The ten that can go nowhere do not count.
    let question = Group::of("m5.large")
        .size(0, 20, 1)
        .managed("")
        .with(&half())
        .with(&service("web", "web", 3, on))
        .with(&service("lost", "web", 10, &format!("{on}\n{blue}")))
        .until("10m");
    let scene = ask(&question);
    assert_eq!(scene.recorder.instances.len(), 2);
    assert_eq!((scene.answer.tasks.running_at_end, scene.answer.tasks.waiting_at_end), (3.0, 10.0));
}

// ---------------------------------------------------------------------------------------------------
// Scale-in.

/// Four instances with one task between them, so that managed scaling lets three go: a value of 25 for 15
/// minutes, at 0, 60, ..., 840 s; the policy acts at 900 s.
fn scaling_in(keys: &str) -> Group {
    Group::of("m5.large")
        .size(0, 10, 4)
        .managed("")
        .keys(keys)
        .with(&half())
        .with(&service("web", "web", 1, ""))
        .until("40m")
}

#[test]
fn with_termination_protection_only_instances_without_tasks_leave_the_fullest_zone_first() {
    for seed in 1..6 {
        let keys = "managed_termination_protection = \"ENABLED\"";
        let scene = play(&scaling_in(keys).text(), &[&format!("seed={seed}")]);
        // The service's task is on asg/0 in az1. az1 has two instances: asg/1 leaves first, with one of
        // the other zones (4 - 50 % = 2 are left); a minute later the last but one.
        let gone = instance_times(&scene, "terminated_at");
        assert_eq!((gone[0], gone[1]), (None, Some(900.0)));
        let mut others = [gone[2], gone[3]];
        others.sort_by(|a, b| a.partial_cmp(b).expect("times"));
        assert_eq!(others, [Some(900.0), Some(960.0)], "seed {seed}");
        assert_eq!(scene.answer.tasks.stopped, 0.0);
    }
}

#[test]
fn without_protection_any_may_leave_and_managed_draining_moves_its_tasks_first() {
    let mut drained = 0;
    for seed in 1..12 {
        let scene = play(&scaling_in("").text(), &[&format!("seed={seed}")]);
        assert_eq!(at_end(&scene.answer), fleet([("m5.large", 1)]), "seed {seed}");
        assert_eq!(scene.answer.tasks.running_at_end, 1.0);
        for row in &scene.recorder.instances {
            let Some(draining) = instance_time(row, "draining_at") else { continue };
            drained += 1;
            // A replacement is placed at once on another instance, RUNNING 6 s later (image pulled anew),
            // healthy 40 s after that; then the old task stops: STOPPED 2 s later, and the instance is
            // gone.
            assert_eq!(instance_time(row, "terminated_at"), Some(draining + 48.0));
        }
    }
    assert!(drained > 0, "a busy instance was chosen for some seed");
}

#[test]
fn without_draining_a_busy_instance_is_lost_with_its_tasks_and_ecs_learns_of_it_a_minute_later() {
    let mut lost = 0;
    for seed in 1..12 {
        let keys = "managed_draining = \"DISABLED\"";
        let scene = play(&scaling_in(keys).text(), &[&format!("seed={seed}")]);
        let draining = instance_times(&scene, "draining_at");
        assert!(draining.iter().all(Option::is_none), "seed {seed}: {draining:?}");
        for row in scene.recorder.tasks.iter().filter(|row| row.stop_code.is_some()) {
            // The policy acts at 900 s at the earliest.
            let of = row.instance.as_ref().expect("it ran");
            let on = scene.recorder.instances.iter().find(|on| on.instance == *of);
            let gone = on.and_then(|on| instance_time(on, "terminated_at"));
            // Its service may have replaced it before.
            if row.stop_code == Some("ServiceSchedulerInitiated") {
                continue;
            }
            assert_eq!(row.stop_code, Some("TerminationNotice"));
            // EC2's bill ends at once; ECS learns of it a minute later.
            assert_eq!(time_of(row, "stopped_at"), gone.map(|at| at + 60.0), "seed {seed}");
            assert!(gone >= Some(900.0), "seed {seed}");
            lost += 1;
        }
    }
    assert!(lost > 0);
}

#[test]
fn newest_and_oldest_instance_policies_choose_by_age() {
    // Two at the start and two more for waiting tasks at 60 s; when the tasks end all four are empty.
    let question = |policy: &str| {
        Group::of("m5.large")
            .zones(1)
            .size(2, 4, 2)
            .managed(", scale_in_datapoints = 1, scale_in_wait = \"0s\"")
            .keys(&format!("termination_policies = [\"{policy}\"]"))
            .with(&whole())
            .with(&run_task("job", "web", "0s", "count = 4\nrun_for = \"300s\""))
            .until("20m")
    };
    let kept = |policy: &str| {
        let scene = ask(&question(policy));
        assert_eq!(launched(&scene.answer), fleet([("m5.large", 4)]));
        let gone = instance_times(&scene, "terminated_at");
        (0..4).filter(|n| gone[*n].is_none()).collect::<Vec<_>>()
    };
    assert_eq!(kept("NewestInstance"), [0, 1]);
    assert_eq!(kept("OldestInstance"), [2, 3]);
}

// ---------------------------------------------------------------------------------------------------
// Launch types.

/// A second group beside the first.
fn second(name: &str, keys: &str) -> String {
    format!(
        "[[capacity_provider]]\nname = \"{name}\"\n\
         [capacity_provider.auto_scaling_group_provider]\n{keys}\n"
    )
}

#[test]
fn the_launch_type_ec2_takes_room_on_the_instances_of_all_groups() {
    let question = Group::of("m5.large")
        .size(1, 1, 1)
        .zones(1)
        .with(&second("more", "instance_type = \"m5.large\"\nmin_size = 1\nmax_size = 1"))
        .with(&whole())
        .with(&run_task("job", "web", "0s", "count = 3\nlaunch_type = \"EC2\""));
    let scene = ask(&question);
    let mut on: Vec<&str> = places(&scene).into_values().collect();
    on.sort_unstable();
    assert_eq!(on, ["asg/0", "more/0"]);
    assert_eq!(task(&scene, "job/2").stop_code, Some("TaskFailedToStart"));
    assert_eq!(scene.answer.tasks.stopped, 1.0);
}

#[test]
fn tasks_of_a_launch_type_and_of_a_provider_share_the_room_of_an_instance() {
    let strategy = "capacity_provider_strategy = [{ capacity_provider = \"asg\", weight = 1 }]";
    let question = Group::of("m5.large")
        .size(1, 1, 1)
        .managed("")
        .with(&half())
        .with(&run_task("own", "web", "0s", &format!("run_for = \"100s\"\n{strategy}")))
        .with(&run_task("any", "web", "1s", "run_for = \"50s\"\nlaunch_type = \"EC2\""))
        .with(&run_task("none", "web", "2s", "launch_type = \"EC2\""))
        .with(&run_task("waits", "web", "3s", strategy));
    let scene = ask(&question);
    assert_eq!(task(&scene, "none/0").stop_code, Some("TaskFailedToStart"));
    // `any` is placed at 1; its image is pulled at 5 by the first task; connected at 2, it joins that
    // pull: RUNNING at 6, exits at 56, STOPPED at 58, when the task that waits takes its room.
    assert_eq!(at(&scene, "waits/0", "placed_at"), 58.0);
}

#[test]
fn external_instances_hold_tasks_and_cost_nothing_of_ec2() {
    let question = Group::of("m5.large")
        .size(0, 0, 0)
        .with("[[external_instance]]\nname = \"rack\"\ncount = 2\ncpu = \"4 vCPU\"\nmemory = \"8 GB\"")
        .with(&whole())
        .with(&service("web", "web", 5, "launch_type = \"EXTERNAL\""));
    let scene = ask(&question);
    // Two on each: 4,096 / 2,048. The fifth finds no room.
    assert_eq!(scene.answer.tasks.running_at_end, 4.0);
    assert_eq!(at_end(&scene.answer), fleet([("rack", 2)]));
    assert_eq!(scene.answer.cost.total_usd, 0.0);
}

#[test]
fn host_ports_are_taken_once_on_an_instance() {
    let ports =
        "network_mode = \"bridge\"\nport_mappings = [{ container_port = 80, host_port = 80 }]";
    let question = Group::of("m5.large")
        .size(2, 2, 2)
        .managed("")
        .with(&definition_with("web", 256, 256, ports))
        .with(&service("web", "web", 3, ""));
    let scene = ask(&question);
    assert_eq!(scene.answer.tasks.running_at_end, 2.0);
    assert_eq!(scene.answer.tasks.waiting_at_end, 1.0);
}

// ---------------------------------------------------------------------------------------------------
// What stays.

/// Twelve halves fill six m5.large in one zone, then six of them are wanted.
fn shrunk(strategy: &str, more: &str) -> taskyard::run::Answer {
    let group = Group::of("m5.large").zones(1).size(0, 10, 6).managed("").until("3h");
    let service = service("web", "web", 12, strategy);
    let group = group.with(&half()).with(&service).with(&update("web", "10m", 6)).with(more);
    let scenario = scene::scenario(&group.text(), &[]);
    let options = Options { invariants: true, ..Options::default() };
    run(&scenario, &scene::catalog(&scenario), options).expect("it runs").answer
}

#[test]
fn instances_that_keep_a_task_each_are_told_where_half_of_them_would_hold_all() {
    // Spread: the instance with most tasks loses one, until each of six has one; three hold two each.
    let answer = shrunk("", "");
    let [row] = answer.cost.loosely_packed.as_slice() else { panic!("{:?}", answer.cost) };
    assert_eq!((row.instances_with_tasks, row.would_hold), (6.0, 3.0));
    assert_eq!(row.try_changing, ["placement_strategy"]);
    let each = answer.fleet[0].usd_per_hour_each;
    assert!((row.others_usd_per_hour - 3.0 * each).abs() < 1e-9, "{row:?}");
}

#[test]
fn nothing_is_loose_where_tasks_are_packed_or_the_instances_stay_anyway_or_are_about_to_change() {
    let binpack = "placement_strategy = [{ type = \"binpack\", field = \"memory\" }]";
    assert_eq!(shrunk(binpack, "").cost.loosely_packed, []);
    // Each instance is held by a constraint.
    let apart = "placement_constraints = [{ type = \"distinctInstance\" }]";
    let group = Group::of("m5.large").zones(1).size(0, 10, 6).managed("").until("3h");
    let group = group.with(&half()).with(&service("web", "web", 6, apart));
    let scenario = scene::scenario(&group.text(), &[]);
    let told = run(&scenario, &scene::catalog(&scenario), Options::default()).expect("it runs");
    assert_eq!(told.answer.cost.loosely_packed, []);
    // A task that waits: it fits on no instance that is there, and the group does not grow further.
    let late = service("late", "web", 30, "create_at = \"2h\"");
    assert_eq!(shrunk("", &late).cost.loosely_packed, []);
}

// ---------------------------------------------------------------------------------------------------
// What cannot run.

/// What is said of a scenario that fits no catalogue.
fn unfit(group: &Group) -> Vec<String> {
    let scenario = scene::scenario(&group.text(), &[]);
    let told =
        taskyard::run::prepare(&scenario, &scene::catalog(&scenario)).expect_err("it is unfit");
    told.into_iter().map(|unfit| format!("{} / {}", unfit.message, unfit.help)).collect()
}

#[test]
fn a_task_that_no_type_of_the_group_can_hold_is_told_what_it_lacks() {
    let one = |definition: &str| {
        let group = Group::of_types(&["m5.large", "c5.large"]).size(0, 5, 0);
        unfit(&group.with(definition).with(&service("web", "web", 1, ""))).join("\n")
    };
    // Nominal memory is there, registered memory is not.
    let memory = one(&definition("web", 1_024, 8_000));
    assert!(memory.contains("fits none of the 2 types that asg admits"), "{memory}");
    assert!(memory.contains("m5.large and lacks: memory 8000 of 7700 MiB"), "{memory}");
    let cpu = one(&definition("web", 4_096, 1_024));
    assert!(cpu.contains("lacks: cpu 4096 of 2048"), "{cpu}");
    let gpu = one(&definition_with("web", 256, 256, "gpus = 1\nnetwork_mode = \"host\""));
    assert!(gpu.contains("lacks: gpus 1 of 0"), "{gpu}");
    let arm = "runtime_platform = { cpu_architecture = \"ARM64\" }";
    let arm = one(&definition_with("web", 256, 256, arm));
    let what = "needs ARM64, and asg admits no such type: its types have X86_64";
    assert!(arm.contains(what), "{arm}");
    assert!(
        arm.contains("`runtime_platform = { cpu_architecture = \"X86_64\" }` (left out"),
        "{arm}"
    );
}

#[test]
fn types_and_zones_that_do_not_exist_or_have_no_instances_are_told() {
    let base = |group: Group| group.size(0, 5, 0).with(&half()).with(&service("web", "web", 1, ""));
    let typo = unfit(&base(Group::of("m5.larg")));
    assert!(typo[0].contains("there is no instance type \"m5.larg\" / did you mean \"m5.large\"?"));
    let zone = unfit(&base(Group::of("m5.large").keys("availability_zones = [\"use1-az9\"]")));
    assert!(zone[0].contains("\"use1-az9\" is not a zone of the cluster"), "{zone:?}");
    let nowhere = Group::of("m5.large").size(0, 5, 0).with(&half());
    let fleet = nowhere.with(&service("web", "web", 1, "launch_type = \"EXTERNAL\""));
    let told = unfit(&fleet);
    assert!(
        told[0].contains("its launch type is EXTERNAL, and the cluster has no external instances")
    );
}
