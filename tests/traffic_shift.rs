//! Blue/green, linear and canary deployments by hand. The seconds are those of `support/question.rs`: a
//! task that needs an instance runs 30 s after it was wanted. A target is healthy after two checks, 10 s
//! apart: 20 s after RUNNING.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]

#[path = "support/question.rs"]
mod question;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition, service};
use scene::{Scene, play, time_of};
use taskyard::run::DeploymentRow;

const BALANCER: &str = "load_balancer = { health_check_interval = \"10s\", healthy_threshold = 2, \
                        deregistration_delay = \"20s\" }\n";

/// Two tasks on an instance each, deployed anew at 300 s.
fn deployed(configuration: &str, second: &str) -> Question {
    let keys = format!("{BALANCER}deployment_configuration = {{ {configuration} }}");
    Question::of_types(&["t4g.small"])
        .provider("scale_in_after = -1")
        .with(&definition("web", 256, 1_024, "stop_timeout = \"10s\""))
        .with(&definition("web-2", 256, 1_024, second))
        .with(&service("web", "web", 2, &keys))
        .with("[[update_service]]\nservice = \"web\"\nat = \"300s\"\ntask_definition = \"web-2\"")
        .until("1h")
}

/// What each stage of a deployment said, and when.
fn stages(scene: &Scene) -> Vec<(f64, String)> {
    let all = scene.recorder.events.iter();
    let own = all.filter(|row| row.event == "DeploymentLifecycleStage");
    own.map(|row| (row.at.as_secs_f64(), row.detail.clone())).collect()
}

fn said(rows: &[(f64, &str)]) -> Vec<(f64, String)> {
    rows.iter().map(|(at, words)| (*at, (*words).to_owned())).collect()
}

/// What the answer says of a deployment: kind, outcome and duration.
fn outcome(row: &DeploymentRow) -> (&str, &str, Option<f64>) {
    (&row.kind, &row.rollout_state, row.duration_s)
}

fn ask(configuration: &str, second: &str) -> Scene {
    play(&deployed(configuration, second).text(), &[])
}

/// When the tasks of the first revision were told to stop, and those of the second.
fn told_to_stop(scene: &Scene) -> [Vec<f64>; 2] {
    let of = |second: bool| {
        let tasks = scene.recorder.tasks.iter();
        let own = tasks.filter(|row| row.task.starts_with("web:2/") == second);
        own.filter_map(|row| time_of(row, "stopping_at")).collect()
    };
    [of(false), of(true)]
}

#[test]
fn blue_keeps_its_tasks_until_the_bake_time_of_green_is_over() {
    // Two more tasks are wanted at 300, run at 330 on instances of their own and are healthy at 350. All
    // the traffic moves at once, 300 s later blue's tasks leave: 20 s of deregistration, 2 s for the
    // network interface.
    let scene = ask("strategy = \"BLUE_GREEN\", bake_time = \"5m\"", "");
    assert_eq!(
        stages(&scene),
        said(&[
            (350.0, "BAKE_TIME: 100 % of the traffic to revision 2"),
            (650.0, "CLEAN_UP: 100 % of the traffic to revision 2"),
        ])
    );
    assert_eq!(told_to_stop(&scene), [vec![650.0, 650.0], vec![]]);
    let row = &scene.answer.deployments[1];
    assert_eq!(outcome(row), ("update", "COMPLETED", Some(372.0)));
    assert_eq!((row.strategy.as_str(), row.healthy_s), ("BLUE_GREEN", Some(50.0)));
    let times = (row.traffic_from_s, row.traffic_all_s, row.clean_up_s);
    assert_eq!(times, (Some(50.0), Some(50.0), Some(350.0)));
    // Tasks double from the update on until blue's are told to stop; instances from 310 to the end.
    assert_eq!((row.most_tasks, row.most_instances), (4.0, Some(4.0)));
    assert_eq!(row.extra_task_hours, Some(2.0 * 350.0 / 3_600.0));
    assert_eq!(row.extra_instance_hours, Some(2.0 * 362.0 / 3_600.0));
    assert_eq!(row.least_healthy_percent, Some(100.0));
}

#[test]
fn a_canary_bakes_with_its_share_and_then_with_all_of_the_traffic() {
    // Healthy at 350; 10 % for ten minutes; the rest at 950, five minutes more.
    let canary = "canary_configuration = { canary_percent = 10, canary_bake_time = \"10m\" }";
    let scene = ask(&format!("strategy = \"CANARY\", bake_time = \"5m\", {canary}"), "");
    assert_eq!(
        stages(&scene),
        said(&[
            (350.0, "PRODUCTION_TRAFFIC_SHIFT: 10 % of the traffic to revision 2"),
            (950.0, "BAKE_TIME: 100 % of the traffic to revision 2"),
            (1_250.0, "CLEAN_UP: 100 % of the traffic to revision 2"),
        ])
    );
    assert_eq!(outcome(&scene.answer.deployments[1]), ("update", "COMPLETED", Some(972.0)));
}

#[test]
fn a_linear_deployment_bakes_after_each_step_but_the_last() {
    // 40 % at 350, 80 % six minutes later, the last 20 % after six more; no bake time at the end.
    let linear = "linear_configuration = { step_percent = 40 }";
    let scene = ask(&format!("strategy = \"LINEAR\", {linear}"), "");
    assert_eq!(
        stages(&scene),
        said(&[
            (350.0, "PRODUCTION_TRAFFIC_SHIFT: 40 % of the traffic to revision 2"),
            (710.0, "PRODUCTION_TRAFFIC_SHIFT: 80 % of the traffic to revision 2"),
            (1_070.0, "BAKE_TIME: 100 % of the traffic to revision 2"),
            (1_070.0, "CLEAN_UP: 100 % of the traffic to revision 2"),
        ])
    );
    let row = &scene.answer.deployments[1];
    assert_eq!((row.traffic_from_s, row.traffic_all_s), (Some(50.0), Some(770.0)));
    assert_eq!(outcome(row), ("update", "COMPLETED", Some(792.0)));
}

#[test]
fn green_that_fails_in_its_bake_time_goes_at_once_and_blue_never_left() {
    // Green's tasks run from 330 and fail their checks from 430 on: the second that counts is at 440. Two
    // failed tasks are too many: green's leave, deregistered at 460, gone at 462.
    let breaker = "deployment_circuit_breaker = { enable = true, rollback = true, \
                   threshold_configuration = { type = \"COUNT\", value = 2 } }";
    let keys = format!("strategy = \"BLUE_GREEN\", bake_time = \"1h\", {breaker}");
    let scene = ask(&keys, "unhealthy_after = \"100s\"");
    let [_, update, back] = &scene.answer.deployments[..] else { panic!("three deployments") };
    assert_eq!(outcome(update), ("update", "FAILED", Some(140.0)));
    assert_eq!((update.traffic_all_s, update.clean_up_s), (Some(50.0), None));
    assert_eq!(outcome(back), ("rollback", "COMPLETED", Some(22.0)));
    assert_eq!(back.revision, 1);
    let [blue, green] = told_to_stop(&scene);
    assert_eq!(blue, Vec::<f64>::new());
    assert!(green.iter().all(|at| *at == 440.0), "{green:?}");
    assert_eq!(scene.answer.tasks.running_at_end, 2.0);
}

#[test]
fn the_circuit_breaker_does_not_watch_a_canary_but_a_stage_ends_after_a_day() {
    // Green never serves, and its tasks are left alone: SCALE_UP lasts from 300 to 86,700.
    let breaker = "deployment_circuit_breaker = { enable = true, rollback = true }";
    let question = deployed(&format!("strategy = \"CANARY\", {breaker}"), "ready_after = \"2d\"");
    let text = question.until("25h").text().replace(
        "deployment_configuration",
        "health_check_grace_period = \"2d\"\ndeployment_configuration",
    );
    let scene = play(&text, &[]);
    let [_, update, back] = &scene.answer.deployments[..] else { panic!("three deployments") };
    assert_eq!(outcome(update), ("update", "FAILED", Some(86_400.0)));
    assert_eq!((update.traffic_from_s, update.failed_tasks), (None, 0.0));
    assert_eq!(outcome(back), ("rollback", "COMPLETED", Some(22.0)));
    assert_eq!(told_to_stop(&scene), [vec![], vec![86_700.0, 86_700.0]]);
}

#[test]
fn without_a_load_balancer_blue_green_has_no_traffic_to_shift_and_takes_its_time_all_the_same() {
    // A task counts as healthy 40 s after RUNNING: at 370. Nothing is deregistered.
    let question = deployed("strategy = \"BLUE_GREEN\", bake_time = \"5m\"", "");
    let scene = play(&question.text().replace(BALANCER, ""), &[]);
    assert_eq!(told_to_stop(&scene)[0], [670.0, 670.0]);
    assert_eq!(outcome(&scene.answer.deployments[1]), ("update", "COMPLETED", Some(372.0)));
}

#[test]
fn who_deploys_anew_before_the_end_starts_over_from_blue() {
    // Revision 2 has 5 % from 350 on. At 400 revision 3 is wanted: the tasks of revision 2 leave, those of
    // revision 3 run at 430, are healthy at 450, have 5 % then, all ten minutes later, and no bake time.
    let again = "[[update_service]]\nservice = \"web\"\nat = \"400s\"\ntask_definition = \"web\"";
    let scene = play(&deployed("strategy = \"CANARY\"", "").with(again).text(), &[]);
    let [_, second, third] = &scene.answer.deployments[..] else { panic!("three deployments") };
    assert_eq!(outcome(second), ("update", "SUPERSEDED", Some(100.0)));
    assert_eq!(outcome(third), ("update", "COMPLETED", Some(672.0)));
    assert_eq!((third.traffic_from_s, third.traffic_all_s), (Some(50.0), Some(650.0)));
    let [others, green] = told_to_stop(&scene);
    assert_eq!((others, green), (vec![1_050.0, 1_050.0], vec![400.0, 400.0]));
}

#[test]
fn both_revisions_follow_a_new_desired_count_until_blue_goes() {
    // At 500, in the bake time, one task more of each: on instances of their own they run at 530.
    let more = question::update("web", "500s", 3);
    let question = deployed("strategy = \"BLUE_GREEN\", bake_time = \"5m\"", "").with(&more);
    let scene = play(&question.text(), &[]);
    let row = &scene.answer.deployments[1];
    assert_eq!((row.most_tasks, outcome(row)), (6.0, ("update", "COMPLETED", Some(372.0))));
    assert_eq!(told_to_stop(&scene)[0], [650.0; 3]);
}

#[test]
fn a_rolling_deployment_is_completed_early_with_or_without_the_old_tasks() {
    // With a minimum of 50 % one old task leaves at 300. Both new ones are healthy at 350: one is enough.
    // The other old task leaves then, and is gone at 372.
    let of = |cleanup: &str| {
        let early = format!(
            "early_success_criteria = {{ enable = true, healthy_percent = 50, \
             source_service_revision_cleanup = \"{cleanup}\" }}"
        );
        ask(&format!("minimum_healthy_percent = 50, {early}"), "")
    };
    for (cleanup, seconds) in [("BLOCKING", 72.0), ("DEFERRED", 50.0)] {
        let scene = of(cleanup);
        assert_eq!(told_to_stop(&scene)[0], [300.0, 350.0], "{cleanup}");
        let row = &scene.answer.deployments[1];
        assert_eq!(outcome(row), ("update", "COMPLETED", Some(seconds)), "{cleanup}");
    }
}

/// Ten tasks, of which each serves ten requests of 0.1 s a second.
fn canary_under(requests: u32, horizon: &'static str, second: &str) -> Scene {
    let keys = format!(
        "{BALANCER}deployment_configuration = {{ strategy = \"CANARY\", bake_time = \"5m\", \
         canary_configuration = {{ canary_percent = 10, canary_bake_time = \"10m\" }} }}"
    );
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 512, 512, "stop_timeout = \"10s\""))
        .with(&definition("web-2", 512, 512, second))
        .with(&service("web", "web", 10, &keys))
        .with("[[update_service]]\nservice = \"web\"\nat = \"300s\"\ntask_definition = \"web-2\"")
        .with(&format!(
            "[[demand]]\nname = \"visitors\"\nservice = \"web\"\ncpu_time = \"50ms\"\n\
             requests_per_second = {requests}\ntimeout = \"10s\""
        ))
        .until(horizon);
    play(&question.text(), &[])
}

/// Requests that came, were served, lost, lost before the first task, and wait.
fn accounts(scene: &Scene) -> [f64; 5] {
    let row = scene.answer.demand.first().expect("a demand");
    let accounted = row.served + row.lost + row.waiting_at_end;
    assert!((row.requests - accounted).abs() < 1e-6 * row.requests, "{row:?}");
    [row.requests, row.served, row.lost, row.lost_before_first_task, row.waiting_at_end]
}

#[test]
fn requests_through_a_canary_are_each_served_once_and_none_is_lost() {
    // Ten blue tasks serve from 50 on, all the 80 requests a second: what comes before is lost. While the
    // canary bakes 9 of blue's 10 and 1 of green's 10 tasks serve, which is enough, and none gets twice as
    // many when both have all their tasks.
    let scene = canary_under(80, "1h", "");
    assert_eq!(outcome(&scene.answer.deployments[1]).1, "COMPLETED");
    let [requests, served, lost, before_first, waiting] = accounts(&scene);
    assert_eq!((requests, before_first, waiting), (80.0 * 3_600.0, 80.0 * 50.0, 0.0));
    assert_eq!(lost, before_first);
    assert!((served - 80.0 * 3_550.0).abs() < 1e-3, "{served}");
}

#[test]
fn without_a_load_balancer_protected_tasks_of_the_revision_before_the_last_serve_on() {
    // Four tasks of 0.25 vCPU serve 20 requests of 0.05 s of vCPU a second: the two of revision 2, and those
    // of revision 1, which are protected and stay. So it is while revision 3 starts, from 600 on.
    let keys = "task_protection = { expires_in = \"1h\" }\n\
                deployment_configuration = { strategy = \"BLUE_GREEN\", bake_time = \"0s\" }";
    let update = |at: &str| {
        format!("[[update_service]]\nservice = \"web\"\nat = \"{at}\"\nforce_new_deployment = true")
    };
    let question = Question::of_types(&["t4g.small"])
        .with(&definition("web", 256, 1_024, ""))
        .with(&service("web", "web", 2, keys))
        .with(&update("300s"))
        .with(&update("600s"))
        .with(
            "[[demand]]\nname = \"visitors\"\nservice = \"web\"\ncpu_time = \"50ms\"\ntimeout = \"1s\"\n\
             steps = [{ at = \"400s\", requests_per_second = 15 }]",
        );
    let [requests, served, lost, ..] = accounts(&play(&question.until("900s").text(), &[]));
    assert_eq!((requests, lost), (15.0 * 500.0, 0.0));
    assert!((served - requests).abs() < 1e-3, "{served}");
}

#[test]
fn a_canary_that_fails_loses_no_more_than_its_share_of_the_requests() {
    // Green's tasks have 10 % of the traffic from 350 to 950 and fail their checks again and again: the
    // others serve nine tenths of what all could, and each request is served, lost or waiting.
    for load in [50, 90, 95, 100, 150] {
        let scene = canary_under(load, "15m", "unhealthy_after = \"100s\"");
        let [requests, served, lost, before_first, _] = accounts(&scene);
        let beyond = requests - 100.0 * 850.0 - before_first;
        let share = (lost - before_first - beyond.max(0.0)) / requests;
        assert!(share < 0.1, "{load}: {share}, {served} served");
        assert!(load > 90 || lost == before_first, "{load}: nine tasks are enough");
    }
}
