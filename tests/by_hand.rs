//! Answers derived by hand, each in a comment, from the rules and prices alone.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]

use taskyard::observe::TaskRow;

#[path = "support/question.rs"]
mod question;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition, run_task, service, update};
use scene::{
    Scene, at, at_end, by_zone, event_times, fleet, instance_times, launched, play, shipped, task,
    time_of,
};

/// Tasks of half a vCPU: two of them fit a t4g.small (2 vCPU, 1,635 MiB registered, two task network
/// interfaces), and its price per task, 0.0092, is the least of all.
const TWO_FIT: u32 = 817;

fn ask(question: &Question) -> Scene {
    play(&question.text(), &[])
}

fn instances(scene: &Scene) -> usize {
    scene.recorder.instances.len()
}

fn times(scene: &Scene, time: &str) -> Vec<f64> {
    let mut all: Vec<f64> =
        scene.recorder.tasks.iter().filter_map(|row| time_of(row, time)).collect();
    all.sort_by(f64::total_cmp);
    all
}

fn zone_counts(scene: &Scene) -> Vec<u32> {
    by_zone(scene).into_values().collect()
}

// ---------------------------------------------------------------------------------------------------
// The published question with other numbers.

#[test]
fn twenty_nine_thirty_one_and_sixty_tasks_get_an_instance_each_spread_over_zones() {
    // 1,024 MiB of 1,635: one task on each t4g.small, zones within one of each other.
    for (count, zones) in [(29, [10, 10, 9]), (31, [11, 10, 10]), (60, [20, 20, 20])] {
        let set = format!("service.web.desired_count={count}");
        let scene = scene::play_scenario(&shipped("thirty-tasks", &[&set]));
        assert_eq!(launched(&scene.answer), fleet([("t4g.small", count)]));
        assert_eq!(zone_counts(&scene), zones, "{count}");
    }
}

#[test]
fn at_817_mib_two_tasks_fit_and_thirty_get_fifteen_instances() {
    // The first task alone: one t4g.small. Of the other 29 one takes the room beside it; 28 are left, 8
    // for its zone and 10 for the others: 4 + 5 + 5 instances.
    let set = format!("task_definition.web.memory={TWO_FIT}");
    let scene = scene::play_scenario(&shipped("thirty-tasks", &[&set]));
    assert_eq!(launched(&scene.answer), fleet([("t4g.small", 15)]));
    assert_eq!(zone_counts(&scene), [5, 5, 5]);
    assert_eq!(scene.answer.fleet[0].max_tasks_per_instance, 2.0);
}

#[test]
fn at_818_mib_four_on_a_c6g_large_are_cheaper_than_one_on_a_t4g_small() {
    // 2 x 818 = 1,636 of 1,635 MiB: one on each t4g.small, 0.0184. A c6g.large takes four (3,529 MiB,
    // 2 vCPU) at 0.073 / 4 = 0.01825. The first task alone gets a t4g.small. Its zone takes 9 more:
    // 4 + 4 on c6g.large, and one left: a t4g.small. The others take 10: 4 + 4, and two left: a c6g.large
    // is dearer for two (0.0365), a t4g.medium as dear and larger, so two t4g.small.
    let scene = scene::play_scenario(&shipped("thirty-tasks", &["task_definition.web.memory=818"]));
    assert_eq!(launched(&scene.answer), fleet([("c6g.large", 6), ("t4g.small", 6)]));
}

#[test]
fn from_915_mib_on_a_t4g_small_for_each_task_is_cheapest() {
    // 4 x 882 = 3,528 of 3,529 MiB: as at 818. A c6g.xlarge would take eight at 0.1459 / 8 = 0.01824, a
    // tie that goes to the smaller type. 4 x 883 is too much; 8 x 914 = 7,312 of 7,318 MiB on a
    // c6g.xlarge: one for each zone, and 1, 2 and 2 tasks are left. With 915 it takes seven, at 0.0208.
    for (memory, expected) in [
        (882, fleet([("c6g.large", 6), ("t4g.small", 6)])),
        (883, fleet([("c6g.xlarge", 3), ("t4g.small", 6)])),
        (914, fleet([("c6g.xlarge", 3), ("t4g.small", 6)])),
        (915, fleet([("t4g.small", 30)])),
    ] {
        let set = format!("task_definition.web.memory={memory}");
        let scene = scene::play_scenario(&shipped("thirty-tasks", &[&set]));
        assert_eq!(launched(&scene.answer), expected, "{memory} MiB");
    }
}

#[test]
fn trunking_makes_room_for_more_network_interfaces_where_the_type_supports_it() {
    // 28 tasks of 256 / 512 without burstable types. With trunking memory binds: c6g.xlarge takes
    // 7,318 / 512 = 14 at 0.1459 / 14 = 0.0104 each, m6g.large 8 (CPU) at 0.0108, c6g.large 6 at 0.0122.
    // Without, c6g.large has room for two interfaces and c6g.xlarge for three: 0.0365 against 0.0486.
    let requirements = question::GRAVITON.replace("included", "excluded");
    let question = Question { zones: 1, requirements, ..Question::default() }
        .with(&definition("web", 256, 512, ""))
        .with(&service("web", "web", 28, ""));
    let on = ask(&question);
    assert_eq!(launched(&on.answer), fleet([("c6g.xlarge", 2)]));
    assert_eq!(on.answer.fleet[0].binding_limit.as_deref(), Some("memory"));
    let off = ask(&question.provider("trunking = false"));
    assert_eq!(launched(&off.answer), fleet([("c6g.large", 14)]));
    assert_eq!(off.answer.fleet[0].binding_limit.as_deref(), Some("eni"));
}

#[test]
fn tasks_in_host_network_mode_need_no_interface_and_attach_faster() {
    // As above without trunking, but no task asks for an interface.
    let requirements = question::GRAVITON.replace("included", "excluded");
    let question = Question { zones: 1, requirements, ..Question::default() }
        .provider("trunking = false")
        .with(&definition("web", 256, 512, "network_mode = \"host\""))
        .with(&service("web", "web", 28, ""));
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), fleet([("c6g.xlarge", 2)]));
    // Placed at 20, attached 1 s later.
    assert_eq!(times(&scene, "started_at"), [26.0; 28]);
}

#[test]
fn spread_over_zones_outranks_packing() {
    // Two fit on one instance. Six tasks: 6 | 3 + 3 | 2 + 2 + 2; three tasks: 3 | 2 + 1 | 1 + 1 + 1.
    for (tasks, zones, expected) in [
        (6, 1, vec![3]),
        (6, 2, vec![2, 2]),
        (6, 3, vec![1, 1, 1]),
        (3, 1, vec![2]),
        (3, 3, vec![1, 1, 1]),
    ] {
        let question = Question { zones, ..Question::default() }
            .with(&definition("web", 512, TWO_FIT, ""))
            .with(&service("web", "web", tasks, ""));
        let scene = ask(&question);
        assert_eq!(zone_counts(&scene), expected, "{tasks} tasks in {zones} zones");
        assert_eq!(launched(&scene.answer).len(), 1, "t4g.small alone");
    }
    let question = Question { zones: 2, ..Question::default() }
        .with(&definition("web", 512, TWO_FIT, ""))
        .with(&service("web", "web", 3, ""));
    assert_eq!(zone_counts(&ask(&question)), [1, 1]);
}

#[test]
fn the_task_that_resolves_the_digest_is_planned_alone_and_changes_the_fleet() {
    // 14 tasks of 256 / 512 in one zone. Together they fill a c6g.xlarge. With the wave, the first gets
    // the cheapest type for one task, a c6g.large; at 26 s five more take its room (3,529 / 512 = 6) and
    // eight are left: m6g.large takes 8 at 0.0108 each, c6g.large 6 at 0.0122, c6g.xlarge 8 at 0.0182.
    let requirements = question::GRAVITON.replace("included", "excluded");
    let question = |image: &str, consistency: &str| {
        Question { zones: 1, requirements: requirements.clone(), ..Question::default() }
            .with(&definition("web", 256, 512, image))
            .with(&service("web", "web", 14, "").replace("disabled", consistency))
    };
    let wave = ask(&question("image = \"web:1\"", "enabled"));
    assert_eq!(launched(&wave.answer), fleet([("c6g.large", 1), ("m6g.large", 1)]));
    let requested = times(&wave, "created_at");
    assert_eq!((requested[0], &requested[1..]), (0.0, &[26.0; 13][..]));
    for question in [
        question("image = \"web:1\"", "disabled"),
        question("image = \"web@sha256:0123\"", "enabled"),
        question("image = { name = \"web:1\", by_digest = true }", "enabled"),
    ] {
        let scene = ask(&question);
        assert_eq!(launched(&scene.answer), fleet([("c6g.xlarge", 1)]));
        assert_eq!(times(&scene, "created_at"), [0.0; 14]);
    }
}

#[test]
fn planning_on_nominal_memory_launches_in_rounds() {
    // Planned on 2,048 MiB two tasks of 1,024 share a t4g.small; what it registers holds one, and the
    // other is planned again, 2 s after the instance registered.
    //   2 s: the first task, 1 instance. 26 s: its digest is known.
    //  28 s: 29 tasks, 9 + 10 + 10 over the zones: 5 + 5 + 5 instances, registered at 46; 14 left over.
    //  48 s: 4 + 5 + 5: 2 + 3 + 3 instances, registered at 66; 6 left over.
    //  68 s: 2 + 2 + 2: 3 instances, registered at 86; 3 left over.
    //  88 s: 1 + 1 + 1: 3 instances, registered at 106; RUNNING at 116.
    let question = Question::default()
        .provider("plan_memory = \"nominal\"")
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 30, "").replace("disabled", "enabled"));
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), fleet([("t4g.small", 30)]));
    let mut decided = std::collections::BTreeMap::new();
    for time in instance_times(&scene, "requested_at").into_iter().flatten() {
        *decided.entry(time as u32).or_insert(0) += 1;
    }
    assert_eq!(Vec::from_iter(decided), [(2, 1), (28, 15), (48, 8), (68, 3), (88, 3)]);
    assert_eq!(scene.answer.tasks.time_to_running_s.max, Some(116.0));
}

#[test]
fn a_type_that_registers_less_than_one_task_is_never_bought() {
    // 2,000 MiB fit the nominal 2,048 of a t4g.small, not the 1,635 that it registers: t4g.medium,
    // under both plans, one each (2 x 2,000 > 3,529; nominal: 2 fit, and the second is planned again).
    for plan in ["registered", "nominal"] {
        let question = Question { zones: 1, ..Question::default() }
            .provider(&format!("plan_memory = \"{plan}\""))
            .with(&definition("web", 512, 2_000, ""))
            .with(&service("web", "web", 2, ""));
        assert_eq!(launched(&ask(&question).answer), fleet([("t4g.medium", 2)]), "{plan}");
    }
}

#[test]
fn a_task_with_gpus_gets_a_type_that_has_them() {
    // 0.587 for one GPU of a g4dn.xlarge; a g4dn.12xlarge has four for 4.362. A task of four needs it.
    let question = |gpus, count| {
        let mut question = Question::of_types(&["g4dn.xlarge", "g4dn.12xlarge", "m5.large"])
            .with(&definition("ml", 1_024, 2_048, &format!("gpus = {gpus}")))
            .with(&service("ml", "ml", count, ""))
            .with(&update("ml", "100s", 0));
        question.rest = question.rest.replace("ARM64", "X86_64");
        question
    };
    let single = ask(&question(1, 4));
    assert_eq!(launched(&single.answer), fleet([("g4dn.xlarge", 4)]));
    assert_eq!(single.answer.fleet[0].binding_limit.as_deref(), Some("gpu"));
    // Types with GPUs launch after 20 s: registered 30, RUNNING 40. Idle from 102, gone 130 s later.
    assert_eq!(times(&single, "started_at"), [40.0; 4]);
    assert_eq!(instance_times(&single, "terminated_at"), [Some(232.0); 4]);
    assert_eq!(launched(&ask(&question(4, 1)).answer), fleet([("g4dn.12xlarge", 1)]));
    assert_eq!(launched(&ask(&question(0, 1)).answer), fleet([("m5.large", 1)]));
}

#[test]
fn a_task_without_an_architecture_gets_x86_although_graviton_is_cheaper() {
    // c6a.large 0.08208, c6g.large 0.073.
    let requirements = "vcpu_count = { min = 2, max = 4 }\nmemory_mib = { min = 4096, max = 8192 }";
    let question = Question { requirements: requirements.to_owned(), ..Question::default() }
        .with(&definition("web", 256, 512, ""))
        .with(&service("web", "web", 1, ""));
    assert_eq!(launched(&ask(&question).answer), fleet([("c6g.large", 1)]));
    let silent = question.text().replace("runtime_platform = { cpu_architecture = \"ARM64\" }", "");
    assert_eq!(launched(&play(&silent, &[]).answer), fleet([("c6a.large", 1)]));
}

#[test]
fn ten_tasks_over_two_providers_with_base_two_and_weights_one_to_three_split_four_to_six() {
    let question = Question::default()
        .with("[[capacity_provider]]\nname = \"other\"")
        .with("[capacity_provider.managed_instances_provider.instance_requirements]")
        .with(question::GRAVITON)
        .with(&definition("web", 512, 1_024, ""))
        .with(&service(
            "web",
            "web",
            10,
            "capacity_provider_strategy = [{ capacity_provider = \"mi\", base = 2, weight = 1 }, \
             { capacity_provider = \"other\", weight = 3 }]",
        ));
    let scene = ask(&question);
    let of = |name: &str| {
        scene.recorder.tasks.iter().filter(|row| row.capacity_provider == name).count()
    };
    assert_eq!((of("mi"), of("other")), (4, 6));
    let rows: Vec<_> = scene
        .answer
        .fleet
        .iter()
        .map(|row| (row.capacity_provider.as_str(), row.launched))
        .collect();
    assert_eq!(rows, [("other", 6.0), ("mi", 4.0)]);
}

#[test]
fn the_base_of_a_run_task_strategy_counts_for_each_call() {
    // Two calls of three tasks, base 2: two and one, twice.
    let question = Question::default()
        .with("[[capacity_provider]]\nname = \"other\"")
        .with("[capacity_provider.managed_instances_provider.instance_requirements]")
        .with(question::GRAVITON)
        .with(&definition("job", 512, 1_024, ""))
        .with(&run_task(
            "job",
            "job",
            "0s",
            "count = 3\nevery = \"10s\"\ncalls = 2\ncapacity_provider_strategy = [{ \
             capacity_provider = \"mi\", base = 2, weight = 0 }, { capacity_provider = \"other\", \
             weight = 1 }]",
        ));
    let scene = ask(&question);
    let of = |name: &str| {
        scene.recorder.tasks.iter().filter(|row| row.capacity_provider == name).count()
    };
    assert_eq!((of("mi"), of("other")), (4, 2));
}

#[test]
fn room_that_an_instance_in_flight_will_not_register_is_not_planned_with() {
    // a's t4g.small is in flight with 2,048 - 40 MiB left by its nominal memory, 1,595 by what it will
    // register. b needs 2,000: a t4g.medium, decided at 7, launched 15, registered 25, RUNNING 35.
    let question = Question::of_types(&["t4g.small", "t4g.medium"])
        .provider("plan_memory = \"nominal\"")
        .with(&definition("a", 512, 40, ""))
        .with(&definition("b", 512, 2_000, ""))
        .with(&service("a", "a", 1, ""))
        .with(&service("b", "b", 1, "create_at = \"5s\""));
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), fleet([("t4g.medium", 1), ("t4g.small", 1)]));
    assert_eq!(at(&scene, "b/0", "started_at"), 35.0);
}

// ---------------------------------------------------------------------------------------------------
// How soon.

#[test]
fn a_service_of_1200_starts_in_windows_of_500_a_minute() {
    // The first task at 0 opens a window; its digest is known at 26: 499 more in that window, 500 in the
    // one that opens at 60, the last 200 at 120. Those 500 wait 26 s for the digest and 34 s for the
    // rate, those 200 wait 26 and 94 s.
    let question = Question::default()
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 1_200, "").replace("disabled", "enabled"));
    let scene = ask(&question);
    let mut created = std::collections::BTreeMap::new();
    for time in times(&scene, "created_at") {
        *created.entry(time as u32).or_insert(0) += 1;
    }
    assert_eq!(Vec::from_iter(created), [(0, 1), (26, 499), (60, 500), (120, 200)]);
    let phases = &scene.answer.tasks.phases_s;
    let mean = |name: &str| phases[name].mean.expect("tasks started");
    assert!((mean("decide_digest_wave") - 26.0 * 1_199.0 / 1_200.0).abs() < 1e-9);
    let rate = (500.0 * 34.0 + 200.0 * 94.0) / 1_200.0;
    assert!((mean("decide_launch_rate") - rate).abs() < 1e-9);
    // Created at 120, planned at 122, RUNNING 30 s after creation.
    assert_eq!(scene.answer.tasks.time_to_running_s.max, Some(150.0));
}

#[test]
fn tasks_that_the_launch_rate_holds_back_are_let_go_when_fewer_are_wanted() {
    // Five of 20 start in the first minute; at 30 s three are wanted: two stop, fifteen never come.
    let question = Question::of_types(&["c6g.large"])
        .provider("consolidation = false")
        .with(&definition("web", 512, 512, ""))
        .with(&service("web", "web", 20, "launch_rate_per_minute = 5"))
        .with(&update("web", "30s", 3));
    let tasks = ask(&question).answer.tasks;
    assert_eq!((tasks.requested, tasks.stopped, tasks.waiting_at_end), (5.0, 2.0, 0.0));
    assert_eq!(tasks.running_at_end, 3.0);
}

#[test]
fn requests_gather_while_the_batch_window_is_open() {
    // Requests at 0 and 1 s share the window that closes at 2 s, and the launch that takes 10 s from its
    // opening; the one at 3 s opens another, closed at 5 s, launched at 13 s.
    let question = Question { zones: 1, ..Question::default() }
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("a", "web", 1, ""))
        .with(&service("b", "web", 1, "create_at = \"1s\""))
        .with(&service("c", "web", 1, "create_at = \"3s\""));
    let scene = ask(&question);
    assert_eq!(instance_times(&scene, "requested_at"), [Some(2.0), Some(2.0), Some(5.0)]);
    assert_eq!(instance_times(&scene, "running_at"), [Some(10.0), Some(10.0), Some(13.0)]);
    // A window of 5 s: all three at 5 s, launched at 10 s.
    let scene = ask(&question.provider("batch_window = \"5s\""));
    assert_eq!(instance_times(&scene, "requested_at"), [Some(5.0); 3]);
    assert_eq!(instance_times(&scene, "running_at"), [Some(10.0); 3]);
}

#[test]
fn a_task_joins_an_instance_in_flight_that_has_planned_room() {
    // The second task comes when the first one's t4g.small is being launched and has room for two.
    let question = Question { zones: 1, ..Question::default() }
        .with(&definition("web", 512, TWO_FIT, ""))
        .with(&service("a", "web", 1, ""))
        .with(&service("b", "web", 1, "create_at = \"12s\""));
    let scene = ask(&question);
    assert_eq!(instances(&scene), 1);
    assert_eq!((at(&scene, "a/0", "started_at"), at(&scene, "b/0", "started_at")), (30.0, 30.0));
}

#[test]
fn free_room_is_used_before_anything_is_bought() {
    // a holds 1,024 CPU units and 1,024 MiB of a c6g.large; b, 100 s later, would get a t4g.small for
    // itself, yet goes beside a at once: placed at 100, connected 105, its own image pulled by 109.
    let question = Question { zones: 1, ..Question::default() }
        .with(&definition("a", 1_024, 3_000, ""))
        .with(&definition("b", 512, 512, ""))
        .with(&service("a", "a", 1, ""))
        .with(&service("b", "b", 1, "create_at = \"100s\""));
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), fleet([("t4g.medium", 1)]));
    assert_eq!(at(&scene, "b/0", "placed_at"), 100.0);
    assert_eq!(at(&scene, "b/0", "started_at"), 110.0);
}

#[test]
fn free_room_in_one_zone_takes_no_more_than_its_fair_share() {
    // a's task lies on a c6g.large in the first zone, with room for three more. Of b's three tasks one
    // goes there; the others get instances in the other zones although they would fit beside it.
    let question = Question { zones: 3, ..Question::of_types(&["c6g.large"]) }
        .with(&definition("web", 512, 512, ""))
        .with(&service("a", "web", 1, ""))
        .with(&service("b", "web", 3, "create_at = \"100s\""));
    let scene = ask(&question);
    assert_eq!(zone_counts(&scene), [1, 1, 1]);
    assert_eq!(times(&scene, "started_at"), [30.0, 107.0, 130.0, 130.0]);
}

#[test]
fn a_task_that_does_not_fit_its_planned_instance_takes_free_room_elsewhere_at_once() {
    // The job leaves the first t4g.small at 62 s. Two tasks, planned on the nominal memory of a second
    // one, arrive with it at 70 s: it holds one, and the other goes to the first, without a new batch.
    let question = Question::of_types(&["t4g.small"])
        .provider("plan_memory = \"nominal\"")
        .with(&definition("web", 512, 1_024, ""))
        .with(&run_task("job", "web", "0s", "run_for = \"30s\""))
        .with(&service("a", "web", 2, "create_at = \"50s\""));
    let scene = ask(&question);
    assert_eq!(instance_times(&scene, "registered_at"), [Some(20.0), Some(70.0)]);
    assert_eq!((at(&scene, "a/0", "placed_at"), at(&scene, "a/1", "placed_at")), (70.0, 70.0));
    assert_eq!(task(&scene, "a/1").instance.as_deref(), Some("mi/0"));
}

#[test]
fn a_quota_of_a_class_holds_its_families_alone() {
    // Six tasks, one t4g.small of 2 vCPU each. T is a Standard family: of 8 vCPUs four run and two wait; a
    // quota of P holds nobody.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 256, 1_024, ""))
        .with(&service("web", "web", 6, ""));
    let limit = |scene: &Scene, name: &str| {
        let row = scene.answer.limits.iter().find(|row| row.limit == name);
        row.map(|row| (row.needed, row.of, row.refused > 0.0))
    };
    let standard = ask(&question.clone().top("on_demand_vcpu_quotas = { standard = 8, p = 0 }"));
    assert_eq!(standard.answer.tasks.running_at_end, 4.0);
    assert_eq!(standard.explanation.refusals[0].reason, "VcpuLimitExceeded");
    let of = |class: &str| limit(&standard, &format!("ec2 on-demand vCPUs, {class} (quota)"));
    assert_eq!(of("Standard"), Some((8.0, Some(8.0), true)));
    assert_eq!(of("P"), Some((0.0, Some(0.0), false)));
    assert_eq!(limit(&standard, "ec2 on-demand vCPUs (quota)"), Some((8.0, None, false)));
    // Of both quotas the smaller one counts.
    let both = question.top("on_demand_vcpu_quota = 4\non_demand_vcpu_quotas = { standard = 8 }");
    let both = ask(&both);
    assert_eq!(both.answer.tasks.running_at_end, 2.0);
    assert_eq!(limit(&both, "ec2 on-demand vCPUs (quota)"), Some((4.0, Some(4.0), true)));
}

#[test]
fn where_the_quota_of_one_class_is_full_another_class_is_bought() {
    // A task of 24 GiB: an x2gd.large is the cheapest that holds it, but the account may have none of X.
    // The refusal leaves out X in all zones, so the retry after 40 s buys the m7g.2xlarge of Standard. It
    // stays: for hours nothing is drained for an x2gd.large that EC2 would refuse.
    let question = large_task().until("6h");
    let free = ask(&question);
    assert_eq!(free.answer.fleet[0].instance_type.as_deref(), Some("x2gd.large"));
    let held = ask(&question.top("on_demand_vcpu_quotas = { x = 0 }"));
    assert_eq!(event_times(&held, "LaunchRefused"), [2.0]);
    assert_eq!(held.explanation.refusals[0].reason, "VcpuLimitExceeded");
    assert_eq!(held.answer.tasks.running_at_end, 1.0);
    assert_eq!(launched(&held.answer), fleet([("m7g.2xlarge", 1)]));
}

#[test]
fn nothing_is_drained_for_a_cheaper_instance_that_the_quota_has_no_room_for_beside_it() {
    // For a minute EC2 has no x2gd.large: at 42 s the task gets an m7g.2xlarge of 8 vCPUs. The x2gd.large
    // would save half of its price and counts 2 more until the old one is gone.
    let missing = "[[fault]]\nkind = \"insufficient-capacity\"\nstart = \"0s\"\nend = \"1m\"\n\
                   instance_type = \"x2gd.large\"";
    let question = large_task().until("2h").provider("scale_in_after = 400").with(missing);
    let replaced = fleet([("m7g.2xlarge", 1), ("x2gd.large", 1)]);
    let kept = fleet([("m7g.2xlarge", 1)]);
    let of = |quotas: &str| ask(&question.clone().top(quotas));
    for quotas in ["on_demand_vcpu_quota = 10", "on_demand_vcpu_quotas = { standard = 8, x = 2 }"] {
        assert_eq!(launched(&of(quotas).answer), replaced, "{quotas}");
    }
    for quotas in ["on_demand_vcpu_quota = 9", "on_demand_vcpu_quotas = { standard = 8, x = 1 }"] {
        let scene = of(quotas);
        assert_eq!(launched(&scene.answer), kept, "{quotas}");
        assert_eq!(event_times(&scene, "LaunchRefused"), [2.0], "{quotas}");
    }
    let lowered = "[[fault]]\nkind = \"quota-reached\"\nstart = \"5m\"\nvcpus = 9";
    assert_eq!(launched(&ask(&question.with(lowered)).answer), kept);
}

/// One task of 24 GiB, which an x2gd.large holds cheapest and an m7g.2xlarge too.
fn large_task() -> Question {
    Question::of_types(&["x2gd.large", "m7g.2xlarge"])
        .with(&definition("web", 512, 24_576, ""))
        .with(&service("web", "web", 1, ""))
}

#[test]
fn what_exceeds_the_vcpu_quota_waits() {
    // Six tasks, one t4g.small of 2 vCPU each, a quota of 8: four run, two wait, and are asked for again
    // after 40, 40, 40 and 300 s. At 300 s the service wants four: the two that wait are let go.
    let question = Question { zones: 1, ..Question::default() }
        .top("on_demand_vcpu_quota = 8")
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 6, ""));
    let scene = ask(&question);
    let tasks = &scene.answer.tasks;
    assert_eq!((tasks.running_at_end, tasks.waiting_at_end), (4.0, 2.0));
    assert_eq!(instances(&scene), 4);
    assert_eq!(
        event_times(&scene, "LaunchRefused"),
        [2.0, 42.0, 82.0, 122.0, 422.0, 722.0, 1_022.0, 1_322.0, 1_622.0]
    );
    let quota = scene.answer.limits.iter().find(|row| row.limit.contains("vCPU")).expect("a row");
    assert_eq!((quota.needed, quota.of), (8.0, Some(8.0)));
    let reasons: Vec<_> =
        scene.explanation.refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
    assert!(reasons.iter().all(|reason| *reason == "VcpuLimitExceeded"), "{reasons:?}");
    let scene = ask(&question.with(&update("web", "300s", 4)));
    let tasks = &scene.answer.tasks;
    assert_eq!((tasks.running_at_end, tasks.waiting_at_end, tasks.stopped), (4.0, 0.0, 2.0));
    assert_eq!(event_times(&scene, "LaunchRefused"), [2.0, 42.0, 82.0, 122.0]);
}

#[test]
fn room_under_the_quota_is_found_at_the_next_retry() {
    // Two services of two tasks each, quota 4: a's two instances are launched, b's refused at 2, 42, 82
    // and 122 s. a ends at 100 s, STOPPED at 102, its instances are live until 172, and b's tasks take
    // their room at once.
    let question = Question { zones: 1, ..Question::default() }
        .top("on_demand_vcpu_quota = 4")
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("a", "web", 2, ""))
        .with(&service("b", "web", 2, ""))
        .with(&update("a", "100s", 0));
    let scene = ask(&question);
    assert_eq!(instances(&scene), 2);
    assert_eq!(at(&scene, "b/0", "placed_at"), 102.0);
    // The image is on the instance: 5 + 1 + 1 s.
    assert_eq!(at(&scene, "b/1", "started_at"), 109.0);
}

#[test]
fn a_refused_pool_is_left_for_the_next_cheapest_type_40_seconds_later() {
    // No t4g.small: refused at 2 s. At 42 s the next cheapest for one task, t4g.medium, is launched: 10 s
    // to launch, 10 to boot, 10 to RUNNING.
    let question = Question { zones: 1, ..Question::default() }
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 1, ""))
        .with("[[capacity_pool]]\ninstance_type = \"t4g.small\"\ndepth = 0");
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), fleet([("t4g.medium", 1)]));
    assert_eq!(event_times(&scene, "LaunchRefused"), [2.0]);
    assert_eq!(at(&scene, "web/0", "started_at"), 72.0);
    let phases = &scene.answer.tasks.phases_s;
    let mean = |name: &str| phases[name].mean.expect("a task started");
    assert_eq!((mean("decide_batch"), mean("decide_capacity_retry")), (2.0, 40.0));
    assert_eq!((mean("launch"), mean("boot")), (10.0, 10.0));
}

#[test]
fn an_empty_pool_is_asked_again_after_40_40_40_and_then_every_300_seconds() {
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 3, ""))
        .with("[[capacity_pool]]\ninstance_type = \"t4g.small\"\ndepth = 0");
    let scene = ask(&question);
    assert_eq!(
        event_times(&scene, "LaunchRefused"),
        [2.0, 42.0, 82.0, 122.0, 422.0, 722.0, 1_022.0, 1_322.0, 1_622.0]
    );
    assert_eq!(scene.answer.tasks.waiting_at_end, 3.0);
    assert_eq!(scene.answer.cost.total_usd, 0.0);
    let fewer = ask(&question.provider("capacity_retry = [\"10m\"]"));
    assert_eq!(event_times(&fewer, "LaunchRefused"), [2.0, 602.0, 1_202.0]);
}

#[test]
fn a_later_refusal_does_not_put_off_the_retry_of_an_earlier_one() {
    // a is refused at 2 s and asked for again at 42; b, refused at 32, joins that retry.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("a", "web", 1, ""))
        .with(&service("b", "web", 1, "create_at = \"30s\""))
        .with("[[capacity_pool]]\ninstance_type = \"t4g.small\"\ndepth = 0")
        .until("10m");
    let scene = ask(&question);
    assert_eq!(event_times(&scene, "LaunchRefused"), [2.0, 32.0, 42.0, 82.0, 122.0, 422.0]);
}

#[test]
fn a_pool_of_one_in_one_of_three_zones_gives_one_instance() {
    // At 2 s the zones get one task each; only the second has an instance. At 42 s both others go to it
    // and find it empty.
    let mut question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 3, ""));
    question.zones = 3;
    for (zone, depth) in [(1, 0), (2, 1), (3, 0)] {
        question = question.with(&format!(
            "[[capacity_pool]]\ninstance_type = \"t4g.small\"\n\
             availability_zone = \"euw1-az{zone}\"\ndepth = {depth}"
        ));
    }
    let scene = ask(&question);
    assert_eq!(Vec::from_iter(by_zone(&scene)), [(("euw1-az2".into(), "t4g.small".into()), 1)]);
    assert_eq!(scene.answer.tasks.waiting_at_end, 2.0);
}

#[test]
fn an_image_is_pulled_once_for_two_tasks_and_found_by_the_third() {
    // Two at once: the second joins the pull, both RUNNING at 30. The third at 100 s finds the image: 5 s
    // to attach, 1 s for the cached image, 1 s to start.
    let question = Question::of_types(&["c6g.large"])
        .with(&definition("web", 512, 512, ""))
        .with(&service("web", "web", 2, ""))
        .with(&update("web", "100s", 3));
    let scene = ask(&question);
    let row = |name: &str| {
        ["pull_started_at", "pull_stopped_at", "started_at"].map(|time| at(&scene, name, time))
    };
    assert_eq!(row("web/0"), [25.0, 29.0, 30.0]);
    assert_eq!(row("web/1"), [25.0, 29.0, 30.0]);
    assert_eq!(row("web/2"), [105.0, 106.0, 107.0]);
}

#[test]
fn a_task_that_joined_a_pull_takes_it_over_when_the_first_one_stops() {
    // Both connect at 25 s; a pulls and is stopped at 27, b pulls anew: 31, RUNNING at 32.
    let question = Question::of_types(&["c6g.large"])
        .with(&definition("web", 512, 512, ""))
        .with(&service("a", "web", 1, ""))
        .with(&service("b", "web", 1, ""))
        .with(&update("a", "27s", 0));
    let scene = ask(&question);
    assert_eq!(at(&scene, "b/0", "pull_stopped_at"), 31.0);
    assert_eq!(at(&scene, "b/0", "started_at"), 32.0);
}

#[test]
fn a_pull_takes_its_floor_and_90_seconds_for_each_thousand_mb_beyond_what_that_covers() {
    // 300 MB: 4 s + 200 x 0.09 s = 22 s; 100 MB: 4 s.
    for (size, seconds) in [(300, 22.0), (100, 4.0), (20, 4.0)] {
        let image = format!("image = {{ name = \"web:1\", size_mb = {size} }}");
        let question = Question::of_types(&["c6g.large"])
            .with(&definition("web", 512, 512, &image))
            .with(&service("web", "web", 1, ""));
        let scene = ask(&question);
        assert_eq!(at(&scene, "web/0", "pull_stopped_at"), 25.0 + seconds, "{size} MB");
    }
}

#[test]
fn an_image_stays_for_fifteen_minutes_after_its_last_task() {
    // A service of another image keeps the instance. x/0 runs from 30 s for 30 s, STOPPED at 62. x/1 at
    // 950 s connects at 955, 893 s later: cached. It is RUNNING at 957, exits at 987, STOPPED at 989;
    // x/2 connects at 1,905, 916 s later: pulled anew.
    let question = Question::of_types(&["c6g.large"])
        .with(&definition("keeper", 512, 512, ""))
        .with(&definition("x", 512, 512, ""))
        .with(&service("keeper", "keeper", 1, ""))
        .with(&run_task("x0", "x", "0s", "run_for = \"30s\""))
        .with(&run_task("x1", "x", "950s", "run_for = \"30s\""))
        .with(&run_task("x2", "x", "1900s", "run_for = \"30s\""))
        .until("1h");
    let scene = ask(&question);
    assert_eq!(instances(&scene), 1);
    let pull =
        |name: &str| at(&scene, name, "pull_stopped_at") - at(&scene, name, "pull_started_at");
    assert_eq!(at(&scene, "x0/0", "stopped_at"), 62.0);
    assert_eq!(at(&scene, "x1/0", "stopped_at"), 989.0);
    assert_eq!([pull("x0/0"), pull("x1/0"), pull("x2/0")], [4.0, 1.0, 4.0]);
}

#[test]
fn an_image_in_use_stays_although_an_earlier_pull_of_it_was_given_up() {
    // x pulls from 105 s and is stopped at 107, STOPPED at 109. y, placed at 103, connects at 108 and
    // pulls the image itself; it uses it to the end. z, 17 minutes later, must find it.
    let question = Question::of_types(&["c6g.large"])
        .with(&definition("keeper", 512, 512, ""))
        .with(&definition("x", 512, 512, ""))
        .with(&service("keeper", "keeper", 1, ""))
        .with(&service("x", "x", 1, "create_at = \"100s\""))
        .with(&update("x", "107s", 0))
        .with(&run_task("y", "x", "103s", ""))
        .with(&run_task("z", "x", "1100s", ""));
    let scene = ask(&question);
    let pull =
        |name: &str| at(&scene, name, "pull_stopped_at") - at(&scene, name, "pull_started_at");
    assert_eq!(at(&scene, "x/0", "stopped_at"), 109.0);
    assert_eq!(pull("y/0"), 4.0);
    assert_eq!(pull("z/0"), 1.0);
}

#[test]
fn standalone_tasks_come_in_calls_and_end_by_themselves() {
    // Two tasks at 10, 70 and 130 s, 20 s each, on one c6g.large. Cold: RUNNING at 40, exit 60, STOPPED
    // 62. Warm: placed at once, RUNNING 7 s later, exit at 97 and 157, STOPPED at 99 and 159. The idle
    // time of 70 s from 62 and from 99 is cut short by the next call; the one from 159 is not: 229.
    let question = Question::of_types(&["c6g.large"]).with(&definition("job", 512, 512, "")).with(
        &run_task("job", "job", "10s", "count = 2\nevery = \"60s\"\ncalls = 3\nrun_for = \"20s\""),
    );
    let scene = ask(&question);
    assert_eq!(times(&scene, "requested_at"), [10.0, 10.0, 70.0, 70.0, 130.0, 130.0]);
    assert_eq!(times(&scene, "started_at"), [40.0, 40.0, 77.0, 77.0, 137.0, 137.0]);
    assert_eq!(times(&scene, "stopped_at"), [62.0, 62.0, 99.0, 99.0, 159.0, 159.0]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(229.0)]);
    let codes: Vec<_> = scene.recorder.tasks.iter().map(|row| row.stop_code).collect();
    assert_eq!(codes, [Some("EssentialContainerExited"); 6]);
    assert_eq!(scene.answer.tasks.stopped, 6.0);
}

// ---------------------------------------------------------------------------------------------------
// The way back.

#[test]
fn a_service_cannot_be_updated_before_it_is_created() {
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 1, "create_at = \"100s\""))
        .with(&update("web", "10s", 3))
        .with(&update("web", "100s", 2));
    assert_eq!(times(&ask(&question), "created_at"), [100.0, 100.0]);
}

/// One task on one instance; told to stop at 100 s.
fn stopped_at_100(task: &str, provider: &str) -> Scene {
    let question = Question::of_types(&["t4g.small"])
        .provider(provider)
        .with(&definition("web", 512, 1_024, task))
        .with(&service("web", "web", 1, ""))
        .with(&update("web", "100s", 0));
    ask(&question)
}

#[test]
fn a_task_stops_when_it_has_exited_or_at_its_stop_timeout() {
    // STOPPING at 100; exits after 4 s, or is killed after 10 of the 25 it would take; 2 s later its
    // interface is gone. The instance is idle from then on and leaves after 70 s.
    for (exit, exited) in [("4s", 104.0), ("25s", 110.0)] {
        let task = format!("stop_timeout = \"10s\"\nexit_after_stop_signal = \"{exit}\"");
        let scene = stopped_at_100(&task, "");
        assert_eq!(at(&scene, "web/0", "stopping_at"), 100.0);
        assert_eq!(at(&scene, "web/0", "execution_stopped_at"), exited);
        assert_eq!(at(&scene, "web/0", "stopped_at"), exited + 2.0);
        let row: &TaskRow = scene::task(&scene, "web/0");
        assert_eq!(
            (row.last_status, row.stop_code),
            ("STOPPED", Some("ServiceSchedulerInitiated"))
        );
        assert_eq!(instance_times(&scene, "terminated_at"), [Some(exited + 72.0)]);
        let states = ["STOPPING", "DEPROVISIONING"].map(|state| {
            let rows = scene.recorder.series.iter().filter(|row| row.subject == state);
            rows.map(|row| (row.at.as_secs_f64(), row.value)).collect::<Vec<_>>()
        });
        assert_eq!(states[0], [(100.0, 1.0), (exited, 0.0)]);
        assert_eq!(states[1], [(exited, 1.0), (exited + 2.0, 0.0)]);
    }
}

#[test]
fn an_idle_instance_stays_where_scale_in_is_off() {
    let scene = stopped_at_100("", "scale_in_after = -1");
    assert_eq!(at_end(&scene.answer), fleet([("t4g.small", 1)]));
    assert_eq!(instance_times(&scene, "terminated_at"), [None]);
}

#[test]
fn an_explicit_scale_in_after_is_detected_150_seconds_late() {
    // STOPPED at 102; 300 + 150 s later.
    let scene = stopped_at_100("", "scale_in_after = 300");
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(552.0)]);
    let scene = stopped_at_100("", "scale_in_after = 0\nscale_in_detection = \"0s\"");
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(102.0)]);
}

#[test]
fn a_task_told_to_stop_while_it_waits_or_starts_never_runs() {
    // PROVISIONING at 1 s: STOPPED at once; nothing is bought. ACTIVATING at 27 s: STOPPED 2 s later.
    for (when, stopped, bought) in [("1s", 1.0, 0), ("15s", 15.0, 1), ("27s", 29.0, 1)] {
        let question = Question::of_types(&["t4g.small"])
            .with(&definition("web", 512, 1_024, ""))
            .with(&service("web", "web", 1, ""))
            .with(&update("web", when, 0));
        let scene = ask(&question);
        assert_eq!(at(&scene, "web/0", "stopped_at"), stopped);
        assert_eq!(time_of(task(&scene, "web/0"), "started_at"), None);
        assert_eq!(instances(&scene), bought, "{when}");
        // An instance without tasks leaves 70 s after it registered, or after its last task.
        let left = if bought == 0 { vec![] } else { vec![Some(stopped.max(20.0) + 70.0)] };
        assert_eq!(instance_times(&scene, "terminated_at"), left, "{when}");
    }
}

/// The least of a state's count from a time on.
fn least_running(scene: &Scene, from: f64) -> f64 {
    let rows = scene
        .recorder
        .series
        .iter()
        .filter(|row| row.metric == "tasks" && row.subject == "RUNNING");
    let later = rows.filter(|row| row.at.as_secs_f64() >= from).map(|row| row.value);
    later.fold(f64::INFINITY, f64::min)
}

#[test]
fn two_half_empty_instances_become_one_and_no_task_is_missed() {
    // Four tasks on two t4g.small; at 100 s two are wanted. The scheduler stops the newest of the
    // instance with most: one on each remains, the others are STOPPED at 102. 70 s later the first
    // instance's task fits beside the second's: DRAINING at 172. Its replacement is placed at once,
    // RUNNING at 179 (image cached) and healthy 40 s later; then the old one stops, STOPPED at 221, and
    // the instance goes.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, TWO_FIT, ""))
        .with(&service("web", "web", 4, ""))
        .with(&update("web", "100s", 2));
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), fleet([("t4g.small", 2)]));
    assert_eq!(at_end(&scene.answer), fleet([("t4g.small", 1)]));
    assert_eq!(instance_times(&scene, "draining_at"), [Some(172.0), None]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(221.0), None]);
    let ran: Vec<_> = times(&scene, "started_at");
    assert_eq!(ran, [30.0, 30.0, 30.0, 30.0, 179.0]);
    assert_eq!(least_running(&scene, 100.0), 2.0, "never below the desired count");
    assert_eq!(scene.answer.tasks.running_at_end, 2.0);
    let off = ask(&question.provider("consolidation = false"));
    assert_eq!(at_end(&off.answer), fleet([("t4g.small", 2)]));
}

#[test]
fn replacements_of_unhealthy_tasks_take_the_free_room_and_buy_nothing() {
    // Three tasks on two t4g.small, room for one more. Each is unhealthy some two minutes after it began;
    // 134 % of 3 admit one replacement before its predecessor stops, and it fits in the free room. So for
    // four hours: no launch but the first two, whatever share of the tasks their only zone has.
    let one_more = "deployment_configuration = { maximum_percent = 134 }";
    let question = Question::of_types(&["t4g.small"])
        .with(&definition(
            "web",
            512,
            TWO_FIT,
            "health_check = { interval = \"10s\" }\nunhealthy_after = \"100s\"",
        ))
        .with(&service("web", "web", 3, one_more))
        .until("4h");
    let scene = ask(&question);
    assert!(scene.answer.tasks.started > 200.0, "{}", scene.answer.tasks.started);
    assert_eq!(launched(&scene.answer), fleet([("t4g.small", 2)]));
}

#[test]
fn consolidation_goes_on_until_nothing_is_gained() {
    // Eight tasks on four t4g.small, then four wanted: one on each. Two instances hold them all.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, TWO_FIT, ""))
        .with(&service("web", "web", 8, ""))
        .with(&update("web", "100s", 4));
    let scene = ask(&question);
    assert_eq!(at_end(&scene.answer), fleet([("t4g.small", 2)]));
    assert_eq!(least_running(&scene, 100.0), 4.0, "never below the desired count");
}

#[test]
fn an_instance_that_empties_while_a_search_is_due_is_looked_at_later() {
    // A task stopped elsewhere at 100 s makes a search due at 172. The c6g.xlarge loses 13 of its 14 tasks
    // at 150 s and has not been quiet for 70 s by then; it must still move to a c6g.large. (What is left
    // of the other service fills an m6g.large: 7,000 of 7,318 MiB.)
    let requirements = question::GRAVITON.replace("included", "excluded");
    let question = Question { zones: 1, requirements, ..Question::default() }
        .with(&definition("web", 256, 512, ""))
        .with(&definition("other", 2_048, 7_000, ""))
        .with(&service("web", "web", 14, ""))
        .with(&service("other", "other", 2, "create_at = \"10s\""))
        .with(&update("other", "100s", 1))
        .with(&update("web", "150s", 1));
    let scene = ask(&question);
    assert_eq!(at_end(&scene.answer), fleet([("c6g.large", 1), ("m6g.large", 1)]));
}

#[test]
fn a_task_alone_on_a_large_instance_moves_to_a_smaller_one() {
    // 14 tasks fill a c6g.xlarge (0.173 an hour with fee and volume); one is wanted from 100 s on. Alone
    // it fits a c6g.large (0.0914): DRAINING at 172, a c6g.large decided at 174, launched 182, registered
    // 192, the task RUNNING at 202; the old one STOPPED at 204.
    let requirements = question::GRAVITON.replace("included", "excluded");
    let question = Question { zones: 1, requirements, ..Question::default() }
        .with(&definition("web", 256, 512, ""))
        .with(&service("web", "web", 14, ""))
        .with(&update("web", "100s", 1));
    let scene = ask(&question);
    assert_eq!(at_end(&scene.answer), fleet([("c6g.large", 1)]));
    assert_eq!(instances(&scene), 2, "and it stays there");
    assert_eq!(instance_times(&scene, "draining_at"), [Some(172.0), None]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(244.0), None]);
    assert_eq!(least_running(&scene, 100.0), 1.0);
}

#[test]
fn a_saving_below_the_threshold_moves_nothing() {
    // As above with a threshold of 50 %: 0.0914 is 47.1 % less than 0.173.
    let requirements = question::GRAVITON.replace("included", "excluded");
    let question = Question { zones: 1, requirements, ..Question::default() }
        .with(&definition("web", 256, 512, ""))
        .with(&service("web", "web", 14, ""))
        .with(&update("web", "100s", 1));
    for (percent, left) in [(50, "c6g.xlarge"), (45, "c6g.large")] {
        let scene = ask(&question
            .clone()
            .provider(&format!("consolidation_min_saving_percent = {percent}")));
        assert_eq!(at_end(&scene.answer), fleet([(left, 1)]), "{percent} %");
    }
}

const DAY: f64 = 86_400.0;

#[test]
fn a_service_moves_to_a_new_instance_on_the_fourteenth_day() {
    // Launched at 10 s: DRAINING 14 days later. The replacement takes 30 s from request to RUNNING and
    // 40 s more to be healthy, then the old task stops; 2 s later its instance goes. The new one is 14 days old after the horizon.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 1, ""))
        .until("25d");
    let scene = ask(&question);
    let due = 14.0 * DAY + 10.0;
    assert_eq!(instance_times(&scene, "draining_at"), [Some(due), None]);
    assert_eq!(instance_times(&scene, "requested_at"), [Some(2.0), Some(due + 2.0)]);
    assert_eq!(at(&scene, "web/1", "started_at"), due + 30.0);
    assert_eq!(at(&scene, "web/0", "stopping_at"), due + 70.0);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(due + 72.0), None]);
    assert_eq!(least_running(&scene, 30.0), 1.0);
}

#[test]
fn a_standalone_task_is_waited_for_until_the_twenty_first_day() {
    // DRAINING at 14 d + 10 s; stopped at 21 d + 10 s with notice: 3 s to exit, 2 s for its interface.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("job", 512, 1_024, "exit_after_stop_signal = \"3s\""))
        .with(&run_task("job", "job", "0s", ""))
        .until("25d");
    let scene = ask(&question);
    let stop = 21.0 * DAY + 10.0;
    assert_eq!(instance_times(&scene, "draining_at"), [Some(14.0 * DAY + 10.0)]);
    assert_eq!(at(&scene, "job/0", "stopping_at"), stop);
    assert_eq!(at(&scene, "job/0", "execution_stopped_at"), stop + 3.0);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(stop + 5.0)]);
    assert_eq!(task(&scene, "job/0").stop_code, Some("TerminationNotice"));
}

#[test]
fn a_draining_instance_takes_no_new_task() {
    // A standalone task keeps the old instance beyond day 14; one that comes an hour later gets another.
    let question = Question::of_types(&["c6g.large"])
        .with(&definition("job", 512, 512, ""))
        .with(&run_task("old", "job", "0s", ""))
        .with(&run_task("new", "job", "337h", ""))
        .until("15d");
    let scene = ask(&question);
    assert_eq!(instances(&scene), 2);
    assert_eq!(task(&scene, "new/0").instance.as_deref(), Some("mi/1"));
}

#[test]
fn an_instance_that_boots_past_its_age_is_stopped_all_the_same() {
    // drain_after is shorter than the 9 s of boot: it drains as soon as it is registered.
    let question = Question::of_types(&["t4g.small"])
        .provider("drain_after = \"5s\"\nforce_stop_after = \"60s\"")
        .with(&definition("job", 512, 1_024, ""))
        .with(&run_task("job", "job", "0s", ""))
        .until("5m");
    let scene = ask(&question);
    let draining = instance_times(&scene, "draining_at")[0];
    assert!(draining.is_some_and(|time| time <= 30.0), "{draining:?}");
    assert_eq!(task(&scene, "job/0").stop_code, Some("TerminationNotice"));
}

// ---------------------------------------------------------------------------------------------------
// Money.

/// What the lines of the bill say, in nano-dollars: instance, fee, volume.
fn bill(scene: &Scene) -> Vec<i64> {
    let nanos = |usd: f64| (usd * 1e9).round() as i64;
    let lines: Vec<i64> = scene.answer.cost.lines.iter().map(|line| nanos(line.usd)).collect();
    assert_eq!(lines.iter().sum::<i64>(), nanos(scene.answer.cost.total_usd), "the lines sum");
    lines
}

fn one_t4g_small(horizon: &'static str) -> Scene {
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 1, ""));
    ask(&question.until(horizon))
}

#[test]
fn an_instance_costs_its_price_a_fee_of_12_percent_and_a_volume_by_the_second() {
    // Running from 10 s on: 3,600 s until 3,610. $0.0184, 12 % of that, and 80 GiB at $0.088 a month of
    // 730 h: 7.04 / 730 = $0.009643836.
    let scene = one_t4g_small("3610s");
    assert_eq!(bill(&scene), [18_400_000, 2_208_000, 9_643_836]);
    assert_eq!((scene.answer.cost.per_hour_at_end_usd * 1e9).round(), 30_251_836.0);
    assert_eq!((scene.answer.cost.per_month_at_end_usd * 1e6).round(), 22_083_840.0);
    // 90 s: a fortieth.
    assert_eq!(bill(&one_t4g_small("100s")), [460_000, 55_200, 241_096]);
}

#[test]
fn whole_seconds_are_billed_and_sixty_at_least() {
    // 60.5 s count as 61, 20 s as 60, and an instance that is not running yet as nothing.
    assert_eq!(bill(&one_t4g_small("70500ms")), [311_778, 37_413, 163_409]);
    assert_eq!(bill(&one_t4g_small("30s")), [306_667, 36_800, 160_731]);
    assert_eq!(bill(&one_t4g_small("9s")), [0_i64; 0]);
}

#[test]
fn billing_ends_when_the_instance_is_terminated() {
    // Running at 10 s, STOPPED at 102, terminated at 172: 162 s.
    let scene = stopped_at_100("", "");
    assert_eq!(bill(&scene), [828_000, 99_360, 433_973]);
    assert_eq!(scene.answer.cost.per_hour_at_end_usd, 0.0);
}

#[test]
fn the_fee_of_a_gpu_type_fell_in_july_2026() {
    // g4dn.xlarge: 12 % of 0.587 before, 7.8 % since. One hour.
    let question = Question::of_types(&["g4dn.xlarge"])
        .with(&definition("ml", 1_024, 2_048, "gpus = 1").replace("ARM64", "X86_64"))
        .with(&service("ml", "ml", 1, ""))
        .until("3620s");
    let fee = |date: &str| {
        let dated = question.clone().top(&format!("pricing_date = \"{date}\""));
        bill(&ask(&dated))[1]
    };
    assert_eq!(fee("2026-06-30"), 70_440_000);
    assert_eq!(fee("2026-07-01"), 45_786_000);
    assert_eq!(bill(&ask(&question))[1], 45_786_000);
}

#[test]
fn a_larger_volume_costs_its_size() {
    // 100 GiB x 0.088 / 730 = $0.012054795 an hour.
    let question = Question::of_types(&["t4g.small"])
        .provider("storage_size_gib = 100")
        .with(&definition("web", 512, 1_024, ""))
        .with(&service("web", "web", 1, ""));
    assert_eq!(bill(&ask(&question.until("3610s")))[2], 12_054_795);
}

#[test]
fn cpu_used_above_the_baseline_of_a_burstable_type_is_billed() {
    // A t4g.small sustains 0.4 vCPU. A task of 2 vCPU at 50 % uses one from 30 s to 3,610 s, the
    // instance earns from 10 s on: 3,580 - 0.4 x 3,600 = 2,140 vCPU-seconds at $0.04 a vCPU-hour:
    // $0.023777778.
    let question = |percent: &str| {
        Question::of_types(&["t4g.small"])
            .with(&definition("web", 2_048, 1_024, percent))
            .with(&service("web", "web", 1, ""))
            .until("3610s")
    };
    let scene = ask(&question("cpu_utilization_percent = 50"));
    let credits = scene.answer.cost.lines.iter().find(|line| line.item.contains("CPU credits"));
    let usd = credits.expect("a line").usd;
    assert!((usd - 0.023_777_778).abs() < 1e-9, "{usd}");
    // The warning that the bound leaves credits out, and no other.
    assert_eq!(scene.answer.warnings.len(), 1, "{:?}", scene.answer.warnings);
    // 15 % of two vCPUs are below the baseline: no line. Not stated: a warning instead of a line.
    let scene = ask(&question("cpu_utilization_percent = 15"));
    assert_eq!(bill(&scene).len(), 3);
    let scene = ask(&question(""));
    assert_eq!(bill(&scene).len(), 3);
    assert!(scene.answer.warnings.iter().any(|warning| warning.contains("surplus CPU credits")));
}

#[test]
fn addresses_are_counted_for_instances_and_for_tasks_of_their_own() {
    // Four tasks on two t4g.small: six addresses, of five there.
    let question = Question { zones: 0, ..Question::of_types(&["t4g.small"]) }
        .with("[[subnet]]\nid = \"a\"\navailability_zone = \"euw1-az1\"")
        .with("available_ip_address_count = 5")
        .with(&definition("web", 512, TWO_FIT, ""))
        .with(&service("web", "web", 4, ""));
    let text = question.text().replace("availability_zones = []\n", "");
    let scene = play(&text, &[]);
    let row = scene.answer.limits.iter().find(|row| row.limit.contains("euw1-az1"));
    let row = row.expect("a row");
    assert_eq!((row.needed, row.of), (6.0, Some(5.0)));
    assert!(scene.answer.warnings.iter().any(|warning| warning.contains("subnet addresses")));
}
