//! Rolling deployments, health checks and the circuit breaker by hand: two hosts of four places each, whole
//! seconds. A task on a host without its image is RUNNING 6 s after its start (connected 1, pulled 5), with
//! it after 3 s; it is STOPPED 2 s after its stop signal.
#![expect(clippy::float_cmp, reason = "whole seconds")]

use taskyard::run::DeploymentRow;
use taskyard::sweep::decisions::Level;

#[path = "support/group.rs"]
mod group;
#[path = "support/scene.rs"]
mod scene;

use group::{Group, definition, definition_with, service};
use scene::{Scene, at, event_times, play, task};

/// A service of `web-1` that becomes one of `web-2` at 600 s.
fn deploying(count: u32, of_service: &str, of_web_2: &str) -> Scene {
    let more = format!("network_mode = \"host\"\n{of_web_2}");
    let question = Group::of("m5.large")
        .size(2, 2, 2)
        .keys("managed_scaling = { status = \"DISABLED\" }")
        .with(&definition("web-1", 512, 1_024))
        .with(&definition_with("web-2", 512, 1_024, &more))
        .with(&service("web", "web-1", count, of_service))
        .with("[[update_service]]\nservice = \"web\"\nat = \"10m\"\ntask_definition = \"web-2\"\n");
    play(&question.text(), &[])
}

/// The `number`-th deployment of the service, from 1; the first is its creation.
fn deployment(scene: &Scene, number: usize) -> &DeploymentRow {
    let name = format!("web/{number}");
    let mut rows = scene.answer.deployments.iter();
    rows.find(|row| row.deployment == name).expect("there is that deployment")
}

fn percents(minimum: u32, maximum: u32) -> String {
    format!(
        "deployment_configuration = {{ minimum_healthy_percent = {minimum}, maximum_percent = {maximum} }}"
    )
}

#[test]
fn by_default_all_new_tasks_start_at_once_and_old_ones_go_when_these_have_run_for_40_s() {
    // Started 600, RUNNING 606, healthy 646: the old ones stop, STOPPED 648.
    let scene = deploying(4, "", "");
    assert_eq!(at(&scene, "web:2/3", "started_at"), 606.0);
    assert_eq!(at(&scene, "web/0", "stopping_at"), 646.0);
    let update = deployment(&scene, 2);
    assert_eq!((update.kind.as_str(), update.revision), ("update", 2));
    assert_eq!((update.healthy_s, update.duration_s), (Some(46.0), Some(48.0)));
    assert_eq!((update.least_healthy_percent, update.most_tasks), (Some(100.0), 8.0));
    assert_eq!((update.instances_before, update.most_instances), (Some(2.0), Some(2.0)));
    assert_eq!(task(&scene, "web/0").service, task(&scene, "web:2/0").service);
    // The service was complete when its own tasks were 40 s old.
    let creation = deployment(&scene, 1);
    assert_eq!((creation.kind.as_str(), creation.duration_s), ("creation", Some(46.0)));
}

#[test]
fn with_50_to_100_percent_half_of_the_old_tasks_stop_first() {
    // 600: two old ones stop, two new ones start, healthy 646; then the other two, RUNNING 649 since the
    // image is there, healthy 689.
    let scene = deploying(4, &percents(50, 100), "");
    assert_eq!(at(&scene, "web:2/0", "created_at"), 600.0);
    assert_eq!(at(&scene, "web:2/2", "created_at"), 646.0);
    let update = deployment(&scene, 2);
    assert_eq!(update.duration_s, Some(89.0));
    assert_eq!((update.least_healthy_percent, update.most_tasks), (Some(50.0), 4.0));
    let held = &scene.answer.tasks.phases_s["decide_deployment"];
    assert_eq!(held.mean, Some((46.0 + 46.0) / 8.0), "two of eight tasks waited for 46 s");
}

#[test]
fn the_least_is_rounded_up_so_75_percent_of_two_lets_none_stop_and_125_percent_of_three_none_start()
{
    let held = |scene: &Scene| {
        let update = deployment(scene, 2);
        assert_eq!((update.rollout_state.as_str(), update.duration_s), ("IN_PROGRESS", None));
        update.held_by.clone()
    };
    let scene = deploying(2, &percents(75, 100), "");
    assert_eq!(held(&scene).as_deref(), Some("percentages"));
    let scene = deploying(3, &percents(100, 125), "");
    assert_eq!(held(&scene).as_deref(), Some("percentages"));
    assert_eq!(scene.answer.tasks.waiting_for[0].waits_for, "decide_deployment");
}

#[test]
fn a_deployment_that_finds_no_room_hangs_and_a_lower_minimum_frees_some() {
    // Eight of eight places are taken.
    let scene = deploying(8, "", "");
    let update = deployment(&scene, 2);
    assert_eq!(update.held_by.as_deref(), Some("room"));
    assert_eq!(scene.answer.tasks.running_at_end, 8.0);
    let scene = deploying(8, &percents(50, 200), "");
    assert_eq!(deployment(&scene, 2).rollout_state, "COMPLETED");
}

#[test]
fn behind_a_load_balancer_a_task_is_healthy_after_150_s_and_an_old_one_drained_for_300() {
    // RUNNING 606, healthy 756; DEACTIVATING until 1,056, STOPPED 1,058.
    let scene = deploying(4, "load_balancer = {}", "");
    let update = deployment(&scene, 2);
    assert_eq!((update.healthy_s, update.duration_s), (Some(156.0), Some(458.0)));
    assert_eq!(at(&scene, "web/0", "stopping_at"), 756.0);
    assert_eq!(at(&scene, "web/0", "execution_stopped_at"), 1_056.0);
    let fast = "load_balancer = { health_check_interval = \"5s\", healthy_threshold = 2, \
                deregistration_delay = \"17s\" }";
    assert_eq!(deployment(&deploying(4, fast, ""), 2).duration_s, Some(6.0 + 10.0 + 17.0 + 2.0));
}

#[test]
fn a_container_check_that_passes_once_makes_a_task_healthy() {
    // The old tasks have no check and the new ones have: RUNNING 606, the first check 636.
    let scene = deploying(4, "", "health_check = {}");
    assert_eq!(deployment(&scene, 2).healthy_s, Some(36.0));
}

#[test]
fn an_unhealthy_task_goes_when_its_replacement_is_healthy() {
    // web-2 is RUNNING at 606 and fails from 906 on: the checks of 906 and 936 fail. Its replacement is
    // RUNNING 942, on the other host, and healthy 1,092; the load balancer then drains the first until
    // 1,392.
    let scene = deploying(1, "load_balancer = {}", "unhealthy_after = \"300s\"");
    assert_eq!(at(&scene, "web:2/1", "created_at"), 936.0);
    assert_eq!(at(&scene, "web:2/0", "stopping_at"), 1_092.0);
    assert_eq!(at(&scene, "web:2/0", "execution_stopped_at"), 1_392.0);
    let reason = task(&scene, "web:2/0").stop_reason.as_deref();
    assert_eq!(reason, Some("Task failed container or load balancer health checks"));
}

#[test]
fn an_unhealthy_task_and_its_unhealthy_replacement_take_turns() {
    // It never serves in time: unhealthy 60 s after RUNNING, at 666; then its replacement at 729, and the
    // one known longer goes.
    let scene = deploying(1, "load_balancer = {}", "unhealthy_after = \"0s\"");
    assert_eq!(at(&scene, "web:2/1", "created_at"), 666.0);
    // The old task takes one of two places: there is room for one new task at a time.
    assert_eq!(at(&scene, "web:2/0", "stopping_at"), 666.0);
    assert_eq!(at(&scene, "web:2/1", "stopping_at"), 729.0);
    assert_eq!(at(&scene, "web:2/2", "created_at"), 729.0);
    assert!(deployment(&scene, 2).failed_tasks >= 3.0);
    assert_eq!(deployment(&scene, 2).held_by.as_deref(), Some("health_checks"));
    assert_eq!(task(&scene, "web/0").last_status, "RUNNING", "the old one stays");
}

#[test]
fn a_deployment_whose_checks_find_tasks_unhealthy_does_not_merely_lack_time() {
    // The same deployment before a task of it has failed: its checks take time, unless one is unhealthy.
    let scene = deploying(1, "load_balancer = {}", "unhealthy_after = \"0s\"");
    let stands_in_the_way = |unhealthy: f64| {
        let mut answer = scene.answer.clone();
        for row in &mut answer.deployments {
            (row.failed_tasks, row.unhealthy_at_end) = (0.0, unhealthy);
        }
        let level = Level::of(1, &answer);
        assert_eq!(level.limits.len() + level.unfinished.len(), 1, "{level:?}");
        level.unfinished.is_empty()
    };
    assert!(!stands_in_the_way(0.0));
    assert!(stands_in_the_way(1.0));
}

#[test]
fn in_its_grace_period_an_unhealthy_task_is_left_alone() {
    // It serves 90 s after RUNNING: unhealthy from 666 on, healthy at 606 + 90 + 120 = 816, so that a grace
    // of 90 s and a little more is not enough.
    let late = "ready_after = \"90s\"";
    let scene = deploying(4, "load_balancer = {}\nhealth_check_grace_period = \"211s\"", late);
    let update = deployment(&scene, 2);
    assert_eq!((update.failed_tasks, update.healthy_s), (0.0, Some(216.0)));
    let scene = deploying(4, "load_balancer = {}\nhealth_check_grace_period = \"120s\"", late);
    assert!(deployment(&scene, 2).failed_tasks >= 4.0, "others were started in vain");
    // Without grace one goes at a time, since the maximum is reached, and the others come to serve.
    let scene = deploying(4, "load_balancer = {}", late);
    assert!(deployment(&scene, 2).failed_tasks >= 4.0);
    assert!(deployment(&scene, 2).healthy_s.is_none_or(|seconds| seconds > 216.0));
}

const BREAKER: &str = "load_balancer = { deregistration_delay = \"10s\" }\n\
                       deployment_configuration.deployment_circuit_breaker = { enable = true";

#[test]
fn the_circuit_breaker_rolls_back_after_three_failures_of_one_task() {
    // One at a time: unhealthy at 666, 729 and 792. Then the revision before is deployed again, its task
    // never went: completed when the last bad one has gone, 792 + 10 + 2.
    let scene = deploying(1, &format!("{BREAKER}, rollback = true }}"), "unhealthy_after = \"0s\"");
    let update = deployment(&scene, 2);
    assert_eq!((update.rollout_state.as_str(), update.duration_s), ("FAILED", Some(192.0)));
    assert_eq!((update.failed_tasks, update.failed), (3.0, 1.0));
    let back = deployment(&scene, 3);
    assert_eq!((back.kind.as_str(), back.revision), ("rollback", 1));
    assert_eq!((back.started_at_s, back.duration_s), (792.0, Some(12.0)));
    assert_eq!(back.least_healthy_percent, Some(100.0));
    assert_eq!(task(&scene, "web/0").last_status, "RUNNING");
}

#[test]
fn without_rollback_nothing_more_is_started() {
    let scene = deploying(1, &format!("{BREAKER} }}"), "unhealthy_after = \"0s\"");
    assert_eq!(deployment(&scene, 2).rollout_state, "FAILED");
    assert_eq!(scene.answer.deployments.len(), 2);
    assert_eq!(scene.recorder.tasks.len(), 4, "the old one and three bad ones");
    assert_eq!(scene.answer.tasks.running_at_end, 1.0);
}

#[test]
fn a_healthy_task_sets_the_failures_back_unless_told_otherwise() {
    // Each task is healthy at 150 s and unhealthy at 210: the count never comes to three. Counted on, it
    // does.
    let fails = "unhealthy_after = \"180s\"";
    let scene = deploying(1, &format!("{BREAKER}, rollback = true }}"), fails);
    assert_ne!(deployment(&scene, 2).rollout_state, "FAILED");
    let count = "threshold_configuration = { type = \"COUNT\", value = 1 }";
    let scene = deploying(1, &format!("{BREAKER}, {count} }}"), "unhealthy_after = \"0s\"");
    assert_eq!(deployment(&scene, 2).duration_s, Some(66.0), "the first is one too many");
}

#[test]
fn a_deployment_on_top_of_another_takes_its_place() {
    let question = Group::of("m5.large")
        .size(2, 2, 2)
        .keys("managed_scaling = { status = \"DISABLED\" }")
        .with(&definition("web-1", 512, 1_024))
        .with(&definition("web-2", 512, 1_024))
        .with(&service("web", "web-1", 2, ""))
        .with("[[update_service]]\nservice = \"web\"\nat = \"600s\"\ntask_definition = \"web-2\"\n")
        .with(
            "[[update_service]]\nservice = \"web\"\nat = \"620s\"\nforce_new_deployment = true\n",
        );
    let scene = play(&question.text(), &[]);
    assert_eq!(deployment(&scene, 2).rollout_state, "SUPERSEDED");
    assert_eq!(deployment(&scene, 2).duration_s, Some(20.0));
    // The maximum is four, and four run. At 646 those of the second revision are old enough to count: the
    // two of the first go, and two of the third start, RUNNING 649 since the image is there.
    let third = deployment(&scene, 3);
    assert_eq!((third.revision, third.task_definition.as_str()), (3, "web-2"));
    assert_eq!(at(&scene, "web:3/0", "started_at"), 649.0);
    assert_eq!(third.rollout_state, "COMPLETED");
    assert_eq!(third.least_healthy_percent, Some(100.0));
    assert_eq!(event_times(&scene, "UpdateService"), [600.0, 620.0]);
}

#[test]
fn each_revision_has_a_first_task_that_resolves_its_image() {
    let question = Group::of("m5.large")
        .size(2, 2, 2)
        .keys("managed_scaling = { status = \"DISABLED\" }")
        .with(&definition("web-1", 512, 1_024))
        .with("[[service]]\nname = \"web\"\ntask_definition = \"web-1\"\ndesired_count = 4\n")
        .with(
            "[[update_service]]\nservice = \"web\"\nat = \"600s\"\nforce_new_deployment = true\n",
        );
    let scene = play(&question.text(), &[]);
    // Connected a second after its start, known a second later.
    assert_eq!(at(&scene, "web:2/0", "created_at"), 600.0);
    assert_eq!(at(&scene, "web:2/1", "created_at"), 602.0);
}

/// What the service said of itself, with its time.
fn said(scene: &Scene) -> Vec<(f64, &str)> {
    let rows = scene.recorder.events.iter().filter(|row| row.event == "ServiceEvent");
    rows.map(|row| (row.at.as_secs_f64(), row.detail.as_str())).collect()
}

#[test]
fn a_service_tells_of_itself_in_the_words_of_ecs() {
    let scene = deploying(2, "", "");
    let steady = "has reached a steady state.";
    assert_eq!(
        said(&scene),
        [
            (0.0, "has started 2 tasks: (task web/0) (task web/1)."),
            // RUNNING at 6 and healthy 40 s later, when nothing else happens.
            (46.0, "(deployment ecs-svc/web/1) deployment completed."),
            (46.0, steady),
            (600.0, "has started 2 tasks: (task web:2/0) (task web:2/1)."),
            (646.0, "has stopped 2 running tasks: (task web/0) (task web/1)."),
            (648.0, "(deployment ecs-svc/web/2) deployment completed."),
            (648.0, steady),
        ]
    );
    let full = deploying(8, "", "");
    let unable =
        "was unable to place a task because no container instance met all of its requirements.";
    assert!(said(&full).contains(&(600.0, unable)), "{:?}", said(&full));
    let unwell = deploying(1, "load_balancer = {}", "unhealthy_after = \"0s\"");
    assert!(said(&unwell).contains(&(666.0, "(task web:2/0) failed health checks.")));
    assert!(said(&unwell).contains(&(666.0, "has begun draining connections on 1 tasks.")));
}

#[test]
fn with_all_times_threefold_everything_happens_three_times_as_late() {
    let times = |factor: u64| {
        let seconds = |seconds: u64| format!("\"{}s\"", seconds * factor);
        let balancer = format!(
            "load_balancer = {{ health_check_interval = {}, deregistration_delay = {} }}\n\
             healthy_after_running = {}\nplacement_retry = {}\nstart_backoff = {}",
            seconds(10),
            seconds(60),
            seconds(40),
            seconds(15),
            seconds(10)
        );
        let update = "[[update_service]]\nservice = \"web\"\ntask_definition = \"web-2\"\nat = ";
        let question = Group::of("m5.large")
            .size(2, 2, 2)
            .keys("managed_scaling = { status = \"DISABLED\" }")
            .with(&definition("web-1", 512, 1_024))
            .with(&definition("web-2", 512, 1_024))
            .with(&service("web", "web-1", 4, &balancer))
            .with(&format!("{update}{}\n", seconds(600)));
        let sets = [
            format!("horizon={}s", 1_800 * factor),
            format!("timing.attach_host={factor}s"),
            format!("timing.start={factor}s"),
            format!("timing.deprovision={}s", 2 * factor),
            format!("timing.pull.floor={}s", 4 * factor),
            format!("timing.pull.unknown_size={}s", 4 * factor),
            format!("timing.pull.cached={factor}s"),
        ];
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let scene = play(&question.text(), &sets);
        let events = scene.recorder.events.iter();
        let rows = events.map(|row| (row.at.as_micros(), row.event, row.subject.clone()));
        rows.collect::<Vec<_>>()
    };
    let once = times(1).into_iter().map(|(at, event, subject)| (at * 3, event, subject));
    let once: Vec<_> = once.collect();
    assert!(once.len() > 60, "{}", once.len());
    assert_eq!(once, times(3));
}

#[test]
fn a_task_that_crashes_while_its_load_balancer_drains_it_is_gone_at_once() {
    // web-2 is RUNNING at 606 and never healthy: told to stop at 666, drained until 966; it crashes 100 s
    // after RUNNING, at 706.
    let bad = "unhealthy_after = \"0s\"\nfailure = { crashes_after = \"100s\" }";
    let scene = deploying(1, "load_balancer = {}", bad);
    assert_eq!(at(&scene, "web:2/0", "stopping_at"), 666.0);
    assert_eq!(at(&scene, "web:2/0", "execution_stopped_at"), 706.0);
}

#[test]
fn a_deployment_of_a_service_that_has_just_begun_waits_for_its_tasks_to_be_old_enough() {
    // The first tasks are RUNNING at 6 and count at 46; between 50 and 100 % nothing may move before.
    let question = Group::of("m5.large")
        .size(2, 2, 2)
        .keys("managed_scaling = { status = \"DISABLED\" }")
        .with(&definition("web-1", 512, 1_024))
        .with(&service("web", "web-1", 4, &percents(50, 100)))
        .with("[[update_service]]\nservice = \"web\"\nat = \"20s\"\nforce_new_deployment = true\n");
    let scene = play(&question.text(), &[]);
    assert_eq!(at(&scene, "web:2/0", "created_at"), 46.0);
    assert_eq!(deployment(&scene, 2).rollout_state, "COMPLETED");
    assert_eq!(deployment(&scene, 1).rollout_state, "SUPERSEDED");
}

#[test]
fn an_update_that_wants_more_tasks_is_not_below_what_there_was_before_they_came() {
    // Two become four of web-2: never fewer than the two are healthy, and none was missing.
    let question = Group::of("m5.large")
        .size(2, 2, 2)
        .keys("managed_scaling = { status = \"DISABLED\" }")
        .with(&definition("web-1", 512, 1_024))
        .with(&definition_with("web-2", 512, 1_024, "network_mode = \"host\""))
        .with(&service("web", "web-1", 2, ""))
        .with(
            "[[update_service]]\nservice = \"web\"\nat = \"10m\"\ntask_definition = \"web-2\"\n\
             desired_count = 4\n",
        );
    let scene = play(&question.text(), &[]);
    let update = deployment(&scene, 2);
    assert_eq!((update.least_healthy_percent, update.most_tasks), (Some(100.0), 6.0));
    assert_eq!(update.duration_s, Some(48.0));
}
