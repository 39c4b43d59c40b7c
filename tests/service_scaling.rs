//! Service auto scaling by hand, and the scenarios about it.
#![expect(clippy::panic, reason = "a test may panic")]

use serde_json::Value;

#[path = "support/question.rs"]
mod question;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition};
use scene::{Scene, play, play_scenario, shipped, text_of};
use taskyard::run::ScalingRow;

/// A service of so many tasks that scales between 2 and 20.
fn service(desired: u32, keys: &str) -> Question {
    let web = definition("web", 512, 1_024, "cpu_utilization_percent = 50\n");
    let service = format!(
        "\n[[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = {desired}\n{keys}\n\
         [[scalable_target]]\nservice = \"web\"\nmin_capacity = 2\nmax_capacity = 20\n"
    );
    Question::of_types(&["m7g.4xlarge"]).with(&web).with(&service)
}

fn action(name: &str, at: &str, limits: &str) -> String {
    format!(
        "\n[[scheduled_action]]\nname = \"{name}\"\nservice = \"web\"\nschedule_expression = \"{at}\"\n\
         {limits}\n"
    )
}

/// The values of a series of the service, with their times.
fn series(scene: &Scene, metric: &str) -> Vec<(f64, f64)> {
    let rows = scene.recorder.series.iter();
    let own = rows.filter(|row| row.metric == metric && row.subject == "web");
    own.map(|row| (row.at.as_secs_f64(), row.value)).collect()
}

fn row(scene: &Scene) -> &ScalingRow {
    scene.answer.scaling.iter().find(|row| row.name == "web").expect("it scales")
}

/// The sentences of a policy or an action, in order.
fn sentences<'s>(scene: &'s Scene, what: &str) -> Vec<&'s str> {
    let rows = scene.explanation.service_scaling.iter();
    rows.filter(|row| row.what == what).map(|row| row.sentence.as_str()).collect()
}

#[test]
fn scheduled_actions_move_the_count_into_their_limits_at_once() {
    let text = service(3, "")
        .with(&action("up", "at(2026-01-01T00:10:00)", "min_capacity = 8"))
        .with(&action("down", "at(2026-01-01T00:20:00)", "min_capacity = 1\nmax_capacity = 5"))
        .text();
    let scene = play(&text, &[]);
    let desired = [(0.0, 3.0), (600.0, 8.0), (1_200.0, 5.0)];
    assert_eq!(series(&scene, "DesiredTaskCount"), desired);
    assert_eq!(series(&scene, "MaxCapacity"), [(0.0, 20.0), (1_200.0, 5.0)]);
    let row = row(&scene);
    assert_eq!((row.min_desired, row.max_desired, row.desired_at_end), (3.0, 8.0, 5.0));
    assert_eq!((row.scale_outs, row.scale_ins), (1.0, 1.0));
    // At its most from the second action to the horizon.
    assert_eq!((row.at_max_s, row.first_breach_s), (600.0, None));
    assert_eq!(scene.answer.tasks.running_at_end, 5.0);
    let said = sentences(&scene, "ScheduledAction");
    assert_eq!(said.len(), 2);
    assert!(said[0].contains("8 to 20 tasks: desired count from 3 to 8"), "{}", said[0]);
}

#[test]
fn an_action_whose_least_would_lie_above_the_most_is_refused() {
    let text = service(3, "")
        .with(&action("wrong", "at(2026-01-01T00:10:00)", "min_capacity = 21"))
        .text();
    let scene = play(&text, &[]);
    assert_eq!(series(&scene, "DesiredTaskCount"), [(0.0, 3.0)]);
    assert_eq!(series(&scene, "MinCapacity"), [(0.0, 2.0)]);
    assert!(sentences(&scene, "ScheduledAction")[0].starts_with("refused"));
}

#[test]
fn a_count_within_the_new_limits_stays_and_an_update_may_leave_them() {
    let update = "\n[[update_service]]\nservice = \"web\"\nat = \"15m\"\ndesired_count = 30\n";
    let text = service(3, "")
        .with(&action("wide", "at(2026-01-01T00:10:00)", "min_capacity = 3"))
        .with(update)
        .text();
    let scene = play(&text, &[]);
    assert_eq!(series(&scene, "DesiredTaskCount"), [(0.0, 3.0), (900.0, 30.0)]);
    assert_eq!((row(&scene).scale_outs, row(&scene).max_desired), (0.0, 30.0));
}

fn expected(name: &str) -> Value {
    serde_json::from_str(&text_of(&format!("scenarios/expected/{name}.json")))
        .unwrap_or_else(|error| panic!("{error}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number: {value}"))
}

/// Two tasks for 96 hours, eight more for twice 12: 192 + 192 task hours. Half a vCPU and 1 GB for an hour
/// cost what the line of the bill says of one; the start of a task is billed from its pull on, and the
/// stop until it is gone: less than an hour of all.
#[test]
fn business_hours_follow_the_clock_of_berlin_and_cost_four_tenths() {
    let expected = expected("scheduled-business-hours");
    let desired: Vec<(f64, f64)> = expected["desired"]
        .as_array()
        .unwrap_or_else(|| panic!("a list"))
        .iter()
        .map(|pair| (number(&pair[0]), number(&pair[1])))
        .collect();
    for seed in 1..=3 {
        let scene = play_scenario(&shipped("scheduled-business-hours", &[&format!("seed={seed}")]));
        assert_eq!(series(&scene, "DesiredTaskCount"), desired, "seed {seed}");
        let all = shipped(
            "scheduled-business-hours",
            &[
                "service.web.desired_count=10",
                "scalable_target.web.min_capacity=10",
                "scheduled_action.office-closes.min_capacity=10",
                "scheduled_action.office-closes.max_capacity=20",
            ],
        );
        let ten = play_scenario(&all).answer.cost.total_usd;
        let found = scene.answer.cost.total_usd;
        let an_hour = ten / number(&expected["task_hours_of_ten"]);
        let hours = found / an_hour;
        let off = (hours - number(&expected["task_hours"])).abs();
        assert!(off < number(&expected["within_hours"]), "seed {seed}: {hours} hours");
    }
}
