//! Blue/green, linear and canary deployments by hand. The seconds are those of `support/question.rs`: a
//! task that needs an instance runs 30 s after it was wanted. A target is healthy after two checks, 10 s
//! apart: 20 s after RUNNING.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]

#[path = "support/question.rs"]
mod question;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition, service};
use scene::{Scene, at, event_times, play, task, time_of};

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
        .with(
            "[[update_service]]\nservice = \"web\"\nat = \"300s\"\ntask_definition = \"web-2\"",
        )
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

#[test]
fn blue_keeps_its_tasks_until_the_bake_time_of_green_is_over() {
    let scene = play(&deployed("strategy = \"BLUE_GREEN\", bake_time = \"5m\"", "").text(), &[]);
    for row in &scene.recorder.events { eprintln!("{:?}", row); }
    for row in &scene.recorder.tasks { eprintln!("{:?}", row); }
    assert_eq!(
        stages(&scene),
        said(&[
            (350.0, "BAKE_TIME: 100 % of the traffic to revision 2"),
            (650.0, "CLEAN_UP: 100 % of the traffic to revision 2"),
        ])
    );
}
