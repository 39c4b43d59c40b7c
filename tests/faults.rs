//! Faults, one after the other: answers derived by hand, each in a comment, from the rules alone. The
//! seconds are those of `support/question.rs`: a task that needs an instance runs 30 s after it was
//! wanted, on a live instance with its image 7 s after.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]

use taskyard::observe::TaskRow;
use taskyard::run::FaultRow;

#[path = "support/question.rs"]
mod question;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition, run_task, service, update};
use scene::{Scene, at, event_times, instance_times, launched, play, task, time_of};

/// Tasks of which one fits a t4g.small, and of which two do.
const ONE_FITS: u32 = 1_024;
const TWO_FIT: u32 = 817;

fn ask(question: &Question) -> Scene {
    play(&question.text(), &[])
}

/// `count` tasks on an instance each, in one zone, without a digest wave; no instance ever leaves.
fn each_alone(count: u32) -> Question {
    Question::of_types(&["t4g.small"])
        .provider("scale_in_after = -1")
        .with(&definition("web", 256, ONE_FITS, ""))
        .with(&service("web", "web", count, ""))
}

/// A fault.
fn fault(kind: &str, keys: &str) -> String {
    format!("[[fault]]\nkind = \"{kind}\"\n{keys}\n")
}

/// What the only fault did.
fn row(scene: &Scene) -> &FaultRow {
    assert_eq!(scene.answer.faults.len(), 1);
    &scene.answer.faults[0]
}

/// When each task ran first, in order.
fn started(scene: &Scene) -> Vec<f64> {
    let mut all: Vec<f64> =
        scene.recorder.tasks.iter().filter_map(|row| time_of(row, "started_at")).collect();
    all.sort_by(f64::total_cmp);
    all
}

fn why(row: &TaskRow) -> (&'static str, &str) {
    (row.stop_code.unwrap_or_default(), row.stop_reason.as_deref().unwrap_or_default())
}

/// What an hour of a t4g.small is billed at: price, 12 % fee and 80 GiB of gp3.
fn billed_per_hour() -> f64 {
    0.0184 * 1.12 + 80.0 * 0.088 / 730.0
}

// ---------------------------------------------------------------------------------------------------
// Zones.

/// Three tasks on an instance each, one in each of three zones.
fn three_zones() -> Question {
    Question { zones: 3, ..each_alone(3) }
}

#[test]
fn a_zone_that_is_lost_takes_its_tasks_and_they_run_in_another_after_one_refused_launch() {
    // Out at 100, known at 160. Wanted at 160, batch closed at 162: the launch goes to the empty zone, the
    // one that is out, and is refused. 40 s later the other two share: launched at 212, registered at
    // 222, attached 227, pulled 231, RUNNING 232.
    let outage = "availability_zone = \"euw1-az1\"\nstart = \"100s\"\nduration = \"1h\"";
    let scene = ask(&three_zones().with(&fault("az-outage", outage)));
    let row = row(&scene);
    assert_eq!((row.tasks_stopped, row.instances_lost, row.launches_refused), (1.0, 1.0, 1.0));
    assert_eq!((row.start_s, row.end_s, row.recovery_s), (100.0, 3_700.0, Some(132.0)));
    assert_eq!(
        why(task(&scene, "web/0")),
        ("TerminationNotice", "Host EC2 (instance mi/0) terminated.")
    );
    assert_eq!(at(&scene, "web/0", "stopped_at"), 160.0);
    assert_eq!(at(&scene, "web/3", "started_at"), 232.0);
    assert_eq!(task(&scene, "web/3").availability_zone.as_deref(), Some("euw1-az2"));
    let refusal = &scene.explanation.refusals[0];
    assert_eq!((refusal.at_s, refusal.reason.as_str()), (162.0, "Unavailable"));
    // Billed are 3 x 1,790 s without it; with it 2 x 1,790, 150 until 160 and 1,588 from 212: 52 s less.
    let extra = row.extra_usd.expect("a second run");
    assert!((extra + 52.0 / 3_600.0 * billed_per_hour()).abs() < 1e-8, "{extra}");
}

#[test]
fn instances_on_their_way_to_a_lost_zone_never_come() {
    // At 15 the instance of the zone is running, not registered: it is lost at once. Its task joins a
    // batch at 15, which closes at 17 and is refused; from 57 on as above: 67, 77, 82, 86, 87.
    let outage = "availability_zone = \"euw1-az1\"\nstart = \"15s\"";
    let scene = ask(&three_zones().with(&fault("az-outage", outage)));
    assert_eq!(started(&scene), [30.0, 30.0, 87.0]);
    assert_eq!(row(&scene).tasks_stopped, 0.0, "it waited, and waits on");
    assert_eq!((row(&scene).instances_lost, row(&scene).recovery_s), (1.0, Some(72.0)));
    assert_eq!(row(&scene).end_s, 1_800.0, "without an end it lasts to the horizon");
    assert_eq!(instance_times(&scene, "terminated_at")[0], Some(15.0));
}

#[test]
fn a_zone_out_of_reach_keeps_its_tasks_and_gets_no_new_ones() {
    // A fourth task is wanted at 200: every zone has one, the first is asked first, and refused at 202; at
    // 242 the second: RUNNING 30 s later. The instance of the zone is never lost.
    let outage = "availability_zone = \"euw1-az1\"\nstart = \"100s\"\nend = \"400s\"\n\
                  instances = \"unreachable\"";
    let scene =
        ask(&three_zones().with(&update("web", "200s", 4)).with(&fault("az-outage", outage)));
    let row = row(&scene);
    assert_eq!(
        (row.tasks_stopped, row.instances_lost, row.instances_disconnected),
        (0.0, 0.0, 1.0)
    );
    assert_eq!(started(&scene), [30.0, 30.0, 30.0, 272.0]);
    assert_eq!(task(&scene, "web/3").availability_zone.as_deref(), Some("euw1-az2"));
    assert_eq!(row.recovery_s, Some(172.0));
}

#[test]
fn a_zone_that_is_ill_is_slow_and_refuses_by_chance() {
    // Decided at 2, launched 3 x 8 s later, registered 30, attached 15, pulled 4 and started 1 s later.
    let keys = "availability_zone = \"euw1-az1\"\nstart = \"0s\"\nfactor = 3";
    let scene = ask(&each_alone(1).with(&fault("az-degradation", keys)));
    assert_eq!(started(&scene), [2.0 + 24.0 + 30.0 + 15.0 + 4.0 + 1.0]);
    assert_eq!(row(&scene).starts_slowed, 3.0, "launch, boot, network interface");
    // Every launch fails at 2 and 42; at 82 it is over: 82 + 28.
    let keys = "availability_zone = \"euw1-az1\"\nstart = \"0s\"\nend = \"60s\"\n\
                launch_failure_probability = 1.0";
    let scene = ask(&each_alone(1).with(&fault("az-degradation", keys)));
    assert_eq!(started(&scene), [112.0]);
    assert_eq!(scene.explanation.refusals[0].reason, "InternalError");
    assert_eq!((row(&scene).launches_refused, row(&scene).recovery_s), (2.0, Some(112.0)));
}

// ---------------------------------------------------------------------------------------------------
// Launches.

#[test]
fn a_type_without_capacity_makes_room_for_the_next_after_one_retry() {
    // Refused at 2; at 42 t4g.medium, as dear per task and larger: launched at 52, RUNNING 72.
    let question = Question::of_types(&["t4g.small", "t4g.medium"])
        .with(&definition("web", 256, ONE_FITS, ""))
        .with(&service("web", "web", 1, ""))
        .with(&fault("insufficient-capacity", "start = \"0s\"\ninstance_type = \"*.small\""));
    let scene = ask(&question);
    assert_eq!(launched(&scene.answer), scene::fleet([("t4g.medium", 1)]));
    assert_eq!(started(&scene), [72.0]);
    assert_eq!(scene.explanation.refusals[0].reason, "InsufficientInstanceCapacity");
}

#[test]
fn without_any_capacity_tasks_wait_and_ask_again_until_it_is_over() {
    // Refused at 2, 42 and 82; at 122 it is over: RUNNING 30 s later.
    let scene =
        ask(&each_alone(2)
            .with(&fault("insufficient-capacity", "start = \"0s\"\nduration = \"100s\"")));
    assert_eq!(started(&scene), [152.0, 152.0]);
    let row = row(&scene);
    assert_eq!((row.launches_refused, row.recovery_s), (3.0, Some(152.0)));
}

#[test]
fn services_that_still_wait_at_the_end_have_not_recovered() {
    let scene = ask(&each_alone(1).with(&fault("insufficient-capacity", "start = \"0s\"")));
    assert_eq!((row(&scene).recovered, row(&scene).recovery_s), (0.0, None));
    // No instance instead of one for 1,790 s.
    let extra = row(&scene).extra_usd.expect("a second run");
    assert!((extra + 1_790.0 / 3_600.0 * billed_per_hour()).abs() < 1e-8, "{extra}");
}

#[test]
fn a_lower_quota_refuses_what_exceeds_it_while_it_lasts() {
    // Two vCPUs each, two allowed: the first is launched, the second refused at 2 and 42; from 82 on it
    // runs 30 s later. It waited 80 s for the quota.
    let keys = "start = \"0s\"\nend = \"60s\"\nvcpus = 2";
    let scene = ask(&each_alone(2).with(&fault("quota-reached", keys)));
    assert_eq!(started(&scene), [30.0, 112.0]);
    assert_eq!(scene.explanation.refusals[0].reason, "VcpuLimitExceeded");
    assert_eq!(scene.answer.tasks.phases_s["decide_quota"].mean, Some(40.0));
}

#[test]
fn a_lower_quota_of_a_class_refuses_launches_of_that_class_alone() {
    // T is a Standard family: refused as above. Nobody buys P, and nobody on Spot.
    let of = |more: &str| {
        let keys = format!("start = \"0s\"\nend = \"60s\"\nvcpus = 2\n{more}");
        started(&ask(&each_alone(2).with(&fault("quota-reached", &keys))))
    };
    assert_eq!(of("class = \"standard\""), [30.0, 112.0]);
    assert_eq!(of("class = \"p\""), [30.0, 30.0]);
    assert_eq!(of("class = \"standard\"\nquota = \"spot-vcpus\""), [30.0, 30.0]);
}

#[test]
fn while_the_quota_of_a_class_is_lower_another_class_is_bought_and_stays() {
    // An x2gd.large is the cheapest for 24 GiB. Refused at 2 s, so at 42 s an m7g.2xlarge of Standard is
    // launched; for an x2gd.large that would be refused it is not drained. Where all classes together are
    // held nothing else helps.
    let of = |class: &str| {
        let keys = format!("start = \"0s\"\nvcpus = 0\n{class}");
        let question = Question::of_types(&["x2gd.large", "m7g.2xlarge"])
            .with(&definition("web", 512, 24_576, ""))
            .with(&service("web", "web", 1, ""))
            .with(&fault("quota-reached", &keys));
        ask(&question)
    };
    let held = of("class = \"x\"");
    assert_eq!(started(&held), [72.0]);
    assert_eq!(event_times(&held, "LaunchRefused"), [2.0]);
    assert_eq!(launched(&held.answer), [("m7g.2xlarge".to_owned(), 1)].into());
    assert!(started(&of("")).is_empty());
}

#[test]
fn throttled_launches_come_later_and_none_is_lost() {
    // One launch passes, then one in ten seconds: tokens at 2, 12 and 22. The next attempt comes at most
    // 20 s after its token.
    let keys = "start = \"0s\"\nburst = 1\nrefill_per_second = 0.1";
    let scene = ask(&each_alone(3).with(&fault("api-throttling", keys)));
    let running: Vec<f64> = instance_times(&scene, "running_at").into_iter().flatten().collect();
    assert_eq!((running.len(), running[0]), (3, 10.0));
    for (running, token) in running[1..].iter().zip([12.0, 22.0]) {
        assert!((token + 8.0..=token + 28.0).contains(running), "{running}");
    }
    assert_eq!(scene.answer.tasks.running_at_end, 3.0);
    assert_eq!(row(&scene).starts_slowed, 2.0);
    assert!(scene.explanation.refusals.is_empty());
}

#[test]
fn a_thousand_launches_pass_before_the_documented_bucket_is_empty() {
    // Of 1,002 launches at 2 s the last two wait for tokens at 2.5 and 3 s.
    let question = each_alone(1_002).with(&fault("api-throttling", "start = \"0s\""));
    let scene = play(&question.text(), &["service.web.launch_rate_per_minute=5000"]);
    assert_eq!(scene.answer.tasks.running_at_end, 1_002.0);
    assert_eq!(row(&scene).starts_slowed, 2.0);
}

// ---------------------------------------------------------------------------------------------------
// Boots.

#[test]
fn a_slow_boot_takes_so_many_times_as_long() {
    // Launched at 10, registered 100 s later, RUNNING 10 s after that.
    let scene = ask(&each_alone(1).with(&fault("slow-boot", "start = \"0s\"\nfactor = 10")));
    assert_eq!(started(&scene), [120.0]);
    assert_eq!(row(&scene).recovery_s, Some(120.0));
}

#[test]
fn an_instance_that_never_registers_is_billed_given_up_and_replaced() {
    // Running at 10, given up at 70. Its task joins a batch, which closes at 72: launched at 80, RUNNING
    // 100. Billed are 60 s of the first, and the second from 80 on instead of from 10.
    let keys = "start = \"0s\"\nend = \"30s\"\nhealth_timeout = \"60s\"";
    let scene = ask(&each_alone(1).with(&fault("dead-boot", keys)));
    assert_eq!(started(&scene), [100.0]);
    assert_eq!(instance_times(&scene, "running_at"), [Some(10.0), Some(80.0)]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(70.0), None]);
    let row = row(&scene);
    assert_eq!((row.instances_lost, row.tasks_stopped, row.recovery_s), (1.0, 0.0, Some(100.0)));
    let extra = row.extra_usd.expect("a second run");
    assert!((extra + 10.0 / 3_600.0 * billed_per_hour()).abs() < 1e-8, "{extra}");
    assert!(scene.explanation.departures[0].reason.contains("did not register"));
}

#[test]
fn an_instance_that_ec2_never_calls_running_costs_nothing() {
    // Asked for at 2, given up at 62; batch until 64, launched at 72, RUNNING 92.
    let keys = "start = \"0s\"\nend = \"30s\"\nhealth_timeout = \"60s\"\nstuck_in = \"pending\"";
    let scene = ask(&each_alone(1).with(&fault("dead-boot", keys)));
    assert_eq!(started(&scene), [92.0]);
    assert_eq!(instance_times(&scene, "running_at"), [None, Some(72.0)]);
    let hours = scene.answer.cost.lines[0].instance_hours;
    assert_eq!(hours, (1_800.0 - 72.0) / 3_600.0);
}

// ---------------------------------------------------------------------------------------------------
// Instances and their agents.

#[test]
fn a_terminated_instance_is_replaced_at_once() {
    // At 100; batch until 102, launched at 110, RUNNING 130.
    let keys = "start = \"100s\"\ncount = 1";
    let scene = ask(&each_alone(2).with(&fault("instance-terminated", keys)));
    assert_eq!(started(&scene), [30.0, 30.0, 130.0]);
    let row = row(&scene);
    assert_eq!((row.instances_lost, row.tasks_stopped, row.recovery_s), (1.0, 1.0, Some(30.0)));
    assert_eq!((row.start_s, row.end_s), (100.0, 100.0));
    let lost = scene.recorder.tasks.iter().find(|row| row.stop_code.is_some()).expect("one");
    assert_eq!(why(lost).0, "TerminationNotice");
}

#[test]
fn half_of_ten_instances_are_five_and_more_hits_the_same_ones() {
    let lost = |share: &str| {
        let keys = format!("start = \"100s\"\n{share}");
        let scene = ask(&each_alone(10).with(&fault("instance-terminated", &keys)));
        let gone = instance_times(&scene, "terminated_at").into_iter().enumerate();
        let gone: Vec<usize> = gone.filter_map(|(n, at)| at.map(|_| n)).collect();
        gone
    };
    let (half, most) = (lost("percent = 50"), lost("count = 8"));
    assert_eq!((half.len(), most.len()), (5, 8));
    assert!(half.iter().all(|instance| most.contains(instance)), "{half:?} in {most:?}");
    assert_eq!(lost("").len(), 10, "neither: all that match");
}

#[test]
fn a_disconnected_instance_gets_no_task_although_it_has_room() {
    // Room for two on the instance, but its agent is away from 40 to 140: the second task, wanted at 50,
    // gets an instance of its own and runs at 80.
    let question = Question::of_types(&["t4g.small"])
        .provider("scale_in_after = -1")
        .with(&definition("web", 256, TWO_FIT, ""))
        .with(&service("web", "web", 1, ""))
        .with(&update("web", "50s", 2))
        .with(&update("web", "200s", 4))
        .with(&fault("agent-disconnect", "start = \"40s\"\nend = \"140s\""));
    let scene = ask(&question);
    assert_eq!(task(&scene, "web/1").instance.as_deref(), Some("mi/1"));
    assert_eq!(at(&scene, "web/1", "started_at"), 80.0);
    // Back, it comes behind the other: the third task goes there, the fourth to it. Both RUNNING 7 s after
    // they were wanted.
    assert_eq!(task(&scene, "web/2").instance.as_deref(), Some("mi/1"));
    assert_eq!(task(&scene, "web/3").instance.as_deref(), Some("mi/0"));
    assert_eq!(at(&scene, "web/3", "started_at"), 207.0);
    assert_eq!(row(&scene).instances_disconnected, 1.0);
    assert_eq!((row(&scene).tasks_stopped, row(&scene).recovery_s), (0.0, Some(0.0)));
}

#[test]
fn what_happens_on_a_disconnected_instance_is_known_when_it_is_back() {
    // RUNNING at 30, exits at 60, while the agent is away; ECS hears of it at 140, STOPPED 2 s later.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("job", 256, ONE_FITS, ""))
        .with(&run_task("job", "job", "0s", "run_for = \"30s\""))
        .with(&fault("agent-disconnect", "start = \"40s\"\nend = \"140s\""));
    let scene = ask(&question);
    assert_eq!(at(&scene, "job/0", "execution_stopped_at"), 140.0);
    assert_eq!(at(&scene, "job/0", "stopped_at"), 142.0);
    // A start that was under way is known to have ended then too: placed at 20, attached at 25.
    let scene =
        ask(&each_alone(1).with(&fault("agent-disconnect", "start = \"22s\"\nend = \"140s\"")));
    assert_eq!(at(&scene, "web/0", "connectivity_at"), 140.0);
    assert_eq!(started(&scene), [145.0]);
}

#[test]
fn an_agent_that_is_away_for_two_reasons_is_back_when_both_are_over() {
    let question = each_alone(1)
        .with(&update("web", "50s", 2))
        .with(&fault("agent-disconnect", "start = \"40s\"\nend = \"140s\""))
        .with(&fault("agent-disconnect", "start = \"100s\"\nend = \"300s\""));
    let scene = ask(&question);
    let back: Vec<_> =
        scene.recorder.events.iter().filter(|row| row.detail.contains("sees mi/0 again")).collect();
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].at.as_secs_f64(), 300.0);
    let names: Vec<&str> = scene.answer.faults.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["agent-disconnect", "agent-disconnect-2"]);
}

// ---------------------------------------------------------------------------------------------------
// Starts that fail.

#[test]
fn a_pull_that_never_works_is_tried_less_and_less_often() {
    // Placed at 20, pulling from 25, given up 13 s later: 38. Then again after 10 s, 20, 40 ... 1,280 and
    // from then on 1,620 s; on the live instance each attempt takes 5 + 13 s.
    let scene =
        ask(&each_alone(1).until("2h").with(&fault("image-pull-failure", "start = \"0s\"")));
    let failed = event_times(&scene, "TaskFailedToStart");
    let expected =
        [38.0, 66.0, 104.0, 162.0, 260.0, 438.0, 776.0, 1_434.0, 2_732.0, 4_370.0, 6_008.0];
    assert_eq!(failed, expected);
    let (code, reason) = why(task(&scene, "web/0"));
    assert_eq!(code, "TaskFailedToStart");
    assert!(reason.starts_with("CannotPullContainerError: "), "{reason}");
    let row = row(&scene);
    assert_eq!((row.tasks_stopped, row.recovered, row.recovery_s), (11.0, 0.0, None));
    // The whole story is told by service and reason.
    let stops = &scene.explanation.stops;
    assert_eq!((stops.len(), stops[0].tasks, stops[0].first_s), (1, 11, 40.0));
}

#[test]
fn the_wait_after_failed_starts_is_a_part_of_the_wait_of_its_own() {
    // Fails at 38; wanted again from then on, started at 48 after the fault: placed 48, connected 53,
    // pulled 57, RUNNING 58.
    let scene =
        ask(&each_alone(1).with(&fault("image-pull-failure", "start = \"0s\"\nend = \"40s\"")));
    assert_eq!(started(&scene), [58.0]);
    assert_eq!(at(&scene, "web/1", "requested_at"), 38.0);
    assert_eq!(scene.answer.tasks.phases_s["decide_start_backoff"].mean, Some(10.0));
    assert_eq!(row(&scene).recovery_s, Some(58.0));
}

#[test]
fn an_update_of_the_service_ends_the_wait() {
    // Failed at 38, 66, 104 and 162; the next attempt would come at 242. The update at 170 brings both
    // tasks at once: the one on the live instance runs at 180 (no image yet), the other 30 s after 170.
    let question = each_alone(1)
        .with(&update("web", "170s", 2))
        .with(&fault("image-pull-failure", "start = \"0s\"\nend = \"165s\""));
    let scene = ask(&question);
    assert_eq!(started(&scene), [180.0, 200.0]);
}

#[test]
fn parameters_shape_the_wait_after_failed_starts() {
    // 5 s, 15 s, 20 s, 20 s: failed at 38, then at 38 + 5 + 18, ...
    let sets = [
        "service.web.start_backoff=5s",
        "service.web.start_backoff_factor=3",
        "service.web.start_backoff_max=20s",
    ];
    let question = each_alone(1).with(&fault("image-pull-failure", "start = \"0s\""));
    let scene = play(&question.text(), &sets);
    let failed = event_times(&scene, "TaskFailedToStart");
    assert_eq!(failed[..5], [38.0, 61.0, 94.0, 132.0, 170.0]);
}

#[test]
fn tasks_that_fail_together_are_one_attempt_and_share_one_pull() {
    // Two tasks on one instance: the second joins the pull of the first, and both fail at 38. One wait of
    // 10 s, and both again.
    let question = Question::of_types(&["t4g.small"])
        .provider("scale_in_after = -1")
        .with(&definition("web", 256, TWO_FIT, ""))
        .with(&service("web", "web", 2, ""))
        .with(&fault("image-pull-failure", "start = \"0s\"\nend = \"40s\""));
    let scene = ask(&question);
    assert_eq!(row(&scene).tasks_stopped, 2.0);
    assert_eq!(event_times(&scene, "TaskFailedToStart"), [38.0]);
    assert_eq!(started(&scene), [58.0, 58.0]);
}

#[test]
fn after_three_failed_first_tasks_the_rest_starts_without_a_digest() {
    // The first task alone fails at 38, 66 and 104; after 40 s all five start: wanted from 0 on.
    let question = Question::of_types(&["t4g.small"])
        .provider("scale_in_after = -1")
        .with(&definition("web", 256, ONE_FITS, ""))
        .with("[[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 5")
        .with(&fault("image-pull-failure", "start = \"0s\"\nend = \"110s\""));
    let scene = ask(&question);
    let created: Vec<f64> = (0..8).map(|n| at(&scene, &format!("web/{n}"), "created_at")).collect();
    assert_eq!(created, [0.0, 48.0, 86.0, 144.0, 144.0, 144.0, 144.0, 144.0]);
    // One on the live instance (5 + 4 + 1 s), four on new ones.
    assert_eq!(started(&scene), [154.0, 174.0, 174.0, 174.0, 174.0]);
    assert!(event_times(&scene, "ImageDigestResolved").is_empty());
}

#[test]
fn an_image_on_the_instance_needs_no_registry() {
    // The second task finds the image of the first: RUNNING 7 s after it was wanted.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 256, TWO_FIT, ""))
        .with(&service("web", "web", 1, ""))
        .with(&update("web", "50s", 2))
        .with(&fault("image-pull-failure", "start = \"40s\""));
    let scene = ask(&question);
    assert_eq!(started(&scene), [30.0, 57.0]);
    assert_eq!(row(&scene).tasks_stopped, 0.0);
}

#[test]
fn a_slow_registry_lengthens_pulls_and_nothing_else() {
    // 5 x 4 s instead of 4.
    let scene = ask(&each_alone(1).with(&fault("slow-registry", "start = \"0s\"\nfactor = 5")));
    assert_eq!(started(&scene), [46.0]);
    // 200 MB: 4 + 0.1 x 90 = 13 s; at 5 MB/s at least 40 s. At 100 MB/s as ever.
    let sized = |rate: u32| {
        let image = "image = { name = \"web\", size_mb = 200 }";
        let keys = format!("start = \"0s\"\nmb_per_second = {rate}");
        let question = Question::of_types(&["t4g.small"])
            .with(&definition("web", 256, ONE_FITS, image))
            .with(&service("web", "web", 1, ""))
            .with(&fault("slow-registry", &keys));
        started(&ask(&question))
    };
    assert_eq!(sized(5), [25.0 + 40.0 + 1.0]);
    assert_eq!(sized(100), [25.0 + 13.0 + 1.0]);
}

#[test]
fn an_interface_that_never_comes_fails_the_task_after_three_minutes_and_leaves_its_slot() {
    // Placed at 20, given up at 200, STOPPED at 202; the next attempt is made at 210, after the fault, on
    // the same instance: attached 215, pulled 219, RUNNING 220. Both slots of the t4g.small are used again
    // by the two tasks.
    let question = Question::of_types(&["t4g.small"])
        .provider("scale_in_after = -1")
        .with(&definition("web", 256, TWO_FIT, ""))
        .with(&service("web", "web", 2, ""))
        .with(&fault("eni-attach-failure", "start = \"0s\"\nend = \"100s\""));
    let scene = ask(&question);
    assert_eq!(event_times(&scene, "TaskFailedToStart"), [200.0, 200.0]);
    let expected = "Timeout waiting for network interface provisioning to complete.";
    assert_eq!(why(task(&scene, "web/0")), ("TaskFailedToStart", expected));
    assert_eq!(started(&scene), [220.0, 220.0]);
    assert_eq!(scene.recorder.instances.len(), 1);
}

#[test]
fn a_taken_device_index_shows_when_the_interface_would_have_been_attached() {
    let keys = "start = \"0s\"\nend = \"30s\"\ncause = \"device-index\"";
    let scene = ask(&each_alone(1).with(&fault("eni-attach-failure", keys)));
    assert_eq!(event_times(&scene, "TaskFailedToStart"), [25.0]);
    let expected = "Unable to attach network interface to unused device index";
    assert_eq!(why(task(&scene, "web/0")), ("TaskFailedToStart", expected));
}

#[test]
fn tasks_in_host_network_mode_have_no_interface_to_fail() {
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 256, ONE_FITS, "network_mode = \"host\""))
        .with(&service("web", "web", 1, ""))
        .with(&fault("eni-attach-failure", "start = \"0s\""));
    let scene = ask(&question);
    assert_eq!((started(&scene), row(&scene).tasks_stopped), (vec![26.0], 0.0));
}

// ---------------------------------------------------------------------------------------------------
// Addresses.

#[test]
fn a_subnet_with_five_addresses_holds_two_instances_and_three_tasks() {
    // The fourth task gets its place at 20 and no address: it stops, and is tried again 10 s later. At 30
    // the others run, which ends the row of failures: 10 s again, then 20, 40.
    let question = Question { zones: 0, ..Question::of_types(&["t4g.small"]) }
        .with("[[subnet]]\nid = \"subnet-a\"\navailability_zone = \"euw1-az1\"")
        .with("available_ip_address_count = 5")
        .with(&definition("web", 256, TWO_FIT, ""))
        .with(&service("web", "web", 4, ""));
    let scene = play(&question.text().replace("availability_zones = []\n", ""), &[]);
    assert_eq!(scene.answer.tasks.running_at_end, 3.0);
    let failed = event_times(&scene, "TaskFailedToStart");
    assert_eq!(failed[..5], [20.0, 30.0, 40.0, 60.0, 100.0]);
    let stopped = scene.recorder.tasks.iter().find(|row| row.stop_code.is_some()).expect("one");
    let expected = "Unexpected EC2 error while attempting to Create Network Interface in subnet \
                    'subnet-a': InsufficientFreeAddressesInSubnet";
    assert_eq!(why(stopped), ("TaskFailedToStart", expected));
    let warning = scene.answer.warnings.iter().find(|warning| warning.contains("ran out"));
    assert!(warning.is_some_and(|warning| warning.contains("0 launches")), "{warning:?}");
}

#[test]
fn an_instance_without_an_address_is_refused() {
    // Wanted at 50; refused at 52 and 92; from 132 on 30 s. In the zone's subnet no address is left but
    // those in use.
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 256, ONE_FITS, ""))
        .with(&service("web", "web", 1, "create_at = \"50s\""))
        .with(&fault(
            "subnet-out-of-addresses",
            "availability_zone = \"euw1-az1\"\nstart = \"10s\"\nend = \"100s\"",
        ));
    let scene = ask(&question);
    assert_eq!(started(&scene), [162.0]);
    assert_eq!(scene.explanation.refusals[0].reason, "InsufficientFreeAddressesInSubnet");
    assert_eq!((row(&scene).launches_refused, row(&scene).recovery_s), (2.0, Some(152.0)));
}

#[test]
fn the_last_free_address_of_a_subnet_goes_to_the_first_who_asks() {
    // From 10 on one address is left besides the instance's own: the first of the two tasks takes it at
    // 20, the second fails then and at 30, when the first runs and ends the row; then after 10 s, 20, 40:
    // at 100, when it is over. Attached 105, the image is there: 106, RUNNING 107.
    let question = Question::of_types(&["t4g.small"])
        .provider("scale_in_after = -1")
        .with(&definition("web", 256, TWO_FIT, ""))
        .with(&service("web", "web", 2, ""))
        .with(&fault(
            "subnet-out-of-addresses",
            "availability_zone = \"euw1-az1\"\nstart = \"10s\"\nend = \"100s\"\n\
             available_ip_address_count = 1",
        ));
    let scene = ask(&question);
    assert_eq!(event_times(&scene, "TaskFailedToStart"), [20.0, 30.0, 40.0, 60.0]);
    assert_eq!(started(&scene), [30.0, 107.0]);
    assert_eq!(row(&scene).tasks_stopped, 4.0);
}

// ---------------------------------------------------------------------------------------------------
// Tasks that end.

#[test]
fn a_task_stopped_by_hand_is_replaced_without_a_wait() {
    // Stopped at 100, its room is free at 102: placed there, attached 107, cached 108, RUNNING 109.
    let scene = ask(&each_alone(1).with(&fault("task-killed", "start = \"100s\"")));
    assert_eq!(started(&scene), [30.0, 109.0]);
    assert_eq!(why(task(&scene, "web/0")), ("UserInitiated", "Task stopped by user"));
    assert_eq!((row(&scene).tasks_stopped, row(&scene).recovery_s), (1.0, Some(9.0)));
    let scene = ask(&each_alone(1).with(&fault("task-killed", "start = \"100s\"\nby = \"exit\"")));
    let expected = ("EssentialContainerExited", "Essential container in task exited");
    assert_eq!(why(task(&scene, "web/0")), expected);
}

#[test]
fn a_crash_loop_never_makes_the_service_wait() {
    // RUNNING at 30, exits 5 s later, its room is free 2 s after that, and the next runs 7 s later: every
    // 14 s. The one that starts at 100 is left alone.
    let keys = "start = \"0s\"\nend = \"100s\"\nexit_after = \"5s\"";
    let scene = ask(&each_alone(1).with(&fault("crash-loop", keys)));
    assert_eq!(started(&scene), [30.0, 44.0, 58.0, 72.0, 86.0, 100.0]);
    assert_eq!(scene.answer.tasks.phases_s["decide_start_backoff"].mean, Some(0.0));
    assert_eq!(row(&scene).tasks_stopped, 5.0);
    assert_eq!(row(&scene).recovery_s, Some(100.0));
}

#[test]
fn a_fault_touches_the_service_and_the_zone_that_it_names_and_no_other() {
    let question = Question { zones: 2, ..Question::of_types(&["t4g.small"]) }
        .with(&definition("web", 256, ONE_FITS, ""))
        .with(&definition("api", 256, ONE_FITS, "image = { name = \"registry/api:1\" }"))
        .with(&service("web", "web", 2, ""))
        .with(&service("api", "api", 2, ""));
    let stopped = |keys: &str| {
        let scene = ask(&question.clone().with(&fault("task-killed", keys)));
        let mut names: Vec<String> = scene
            .recorder
            .tasks
            .iter()
            .filter(|row| row.stop_code.is_some())
            .map(|row| row.task.clone())
            .collect();
        names.sort_unstable();
        names
    };
    assert_eq!(stopped("start = \"100s\"\nservice = \"api\""), ["api/0", "api/1"]);
    assert_eq!(stopped("start = \"100s\"\nimage = \"registry/*\""), ["api/0", "api/1"]);
    let zone = "start = \"100s\"\navailability_zone = \"euw1-az1\"";
    assert_eq!(stopped(zone), ["api/0", "web/0"]);
}

// ---------------------------------------------------------------------------------------------------
// Faults that do nothing.

/// A busy cluster: two services and RunTask in three zones, with drawn times.
fn busy() -> String {
    let question = Question { zones: 3, ..Question::default() }
        .with(&definition("web", 512, TWO_FIT, ""))
        .with(&definition("job", 256, 512, ""))
        .with(&service("web", "web", 9, ""))
        .with("[[service]]\nname = \"api\"\ntask_definition = \"job\"\ndesired_count = 7")
        .with(&update("web", "200s", 14))
        .with(&run_task("nightly", "job", "50s", "every = \"40s\"\nrun_for = \"90s\"\ncount = 3"));
    let text = question.text();
    let (from, to) = (text.find("[timing]"), text.find("[[capacity_provider]]"));
    let (from, to) = (from.expect("timings"), to.expect("a provider"));
    format!("{}{}", &text[..from], &text[to..])
}

#[test]
fn a_fault_without_a_chance_leaves_the_run_as_it_is() {
    let usual = play(&busy(), &[]).answer;
    let harmless = [
        ("insufficient-capacity", "start = \"10s\"\nprobability = 0"),
        ("az-degradation", "start = \"10s\"\navailability_zone = \"euw1-az1\"\nfactor = 1"),
        ("slow-boot", "start = \"10s\"\nfactor = 10\nprobability = 0.0"),
        ("dead-boot", "start = \"10s\"\nprobability = 0"),
        ("agent-disconnect", "start = \"100s\"\nend = \"200s\"\npercent = 0"),
        ("image-pull-failure", "start = \"10s\"\nprobability = 0"),
        ("slow-registry", "start = \"10s\"\nfactor = 1"),
        ("eni-attach-failure", "start = \"10s\"\nprobability = 0"),
        ("api-throttling", "start = \"10s\""),
        ("quota-reached", "start = \"10s\"\nvcpus = 100000"),
        ("instance-terminated", "start = \"100s\"\ncount = 0"),
        ("task-killed", "start = \"100s\"\npercent = 0"),
        ("crash-loop", "start = \"10s\"\nexit_after = \"5s\"\nprobability = 0"),
        (
            "subnet-out-of-addresses",
            "start = \"10s\"\nend = \"900s\"\navailability_zone = \"euw1-az1\"\n\
             available_ip_address_count = 10000",
        ),
    ];
    for (kind, keys) in harmless {
        let answer = play(&format!("{}{}", busy(), fault(kind, keys)), &[]).answer;
        assert_eq!(answer.digest, usual.digest, "{kind}");
        assert_eq!((answer.tasks, answer.cost), (usual.tasks.clone(), usual.cost.clone()));
        assert_eq!(answer.faults[0].extra_usd, Some(0.0), "{kind}");
    }
}

#[test]
fn a_fault_after_the_horizon_leaves_the_run_as_it_is() {
    let usual = play(&busy(), &[]).answer;
    let keys = "availability_zone = \"euw1-az1\"\nstart = \"31m\"\nduration = \"1h\"";
    let answer = play(&format!("{}{}", busy(), fault("az-outage", keys)), &[]).answer;
    assert_eq!((answer.digest, answer.events), (usual.digest, usual.events));
    assert_eq!(answer.faults[0].tasks_stopped, 0.0);
}

#[test]
fn a_second_fault_leaves_the_luck_of_the_first_untouched() {
    // Which instances the first hits hangs on its name and theirs alone.
    let first = "[[fault]]\nname = \"some\"\nkind = \"instance-terminated\"\nstart = \"100s\"\n\
                 count = 3\n";
    let lost = |more: &str| {
        let scene = play(&format!("{}{more}{first}", busy()), &[]);
        let rows = scene.recorder.events.iter().filter(|row| row.subject == "some");
        rows.map(|row| row.detail.split("; ").filter(|word| word.starts_with("terminated")).count())
            .sum::<usize>()
    };
    let detail = |more: &str| {
        let scene = play(&format!("{}{more}{first}", busy()), &[]);
        let row = scene.recorder.events.iter().find(|row| row.subject == "some");
        row.expect("the fault").detail.clone()
    };
    let other = fault("slow-registry", "start = \"400s\"\nfactor = 3");
    assert_eq!(lost(""), 3);
    assert_eq!(detail(""), detail(&other));
}

#[test]
fn a_chance_of_one_half_strikes_about_half() {
    // 40 instances, each struck by a draw of its own: 20 +- 3 x 3.2.
    let keys = "start = \"0s\"\nfactor = 10\nprobability = 0.5";
    let scene = ask(&each_alone(40).with(&fault("slow-boot", keys)));
    let slow = started(&scene).into_iter().filter(|at| *at == 120.0).count();
    let usual = started(&scene).into_iter().filter(|at| *at == 30.0).count();
    assert_eq!(slow + usual, 40);
    assert!((11..=29).contains(&slow), "{slow}");
}
