//! RunTask on a schedule: when it is called, by hand, and the scenario about it.
#![expect(clippy::panic, reason = "a test may panic")]

use serde_json::Value;

#[path = "support/question.rs"]
mod question;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition};
use scene::{Scene, event_times, play, play_scenario, shipped, text_of, time_of};

/// Calls of a job under a schedule, seconds from the start.
fn calls(keys: &str, sets: &[&str]) -> Vec<f64> {
    let job = format!(
        "\n[[run_task]]\nname = \"job\"\ntask_definition = \"web\"\nrun_for = \"1m\"\n{keys}\n"
    );
    let question = Question::default().with(&definition("web", 512, 1_024, "")).with(&job);
    event_times(&play(&question.text(), sets), "RunTask")
}

#[test]
fn a_nightly_job_is_called_once_a_night() {
    let keys = "schedule_expression = \"cron(0 2 * * ? *)\"";
    let nights = [7_200.0, 93_600.0, 180_000.0];
    assert_eq!(calls(keys, &["horizon=3d"]), nights);
    assert_eq!(calls(&format!("{keys}\ncalls = 2"), &["horizon=3d"]), nights[..2]);
}

#[test]
fn a_rate_begins_at_once_and_ends_before_the_horizon() {
    let keys = "schedule_expression = \"rate(20 minutes)\"";
    assert_eq!(calls(keys, &["horizon=1h"]), [0.0, 1_200.0, 2_400.0]);
    assert_eq!(calls(keys, &["horizon=3601s"]), [0.0, 1_200.0, 2_400.0, 3_600.0]);
}

#[test]
fn at_is_called_once_or_never() {
    let at = |time: &str| calls(&format!("schedule_expression = \"at({time})\""), &["horizon=1d"]);
    assert_eq!(at("2026-01-01T00:30:00"), [1_800.0]);
    assert!(at("2026-01-02T00:00:00").is_empty());
}

/// Clocks in Berlin change on 29 March and 25 October 2026, both at 01:00 UTC. 02:30 is not shown in
/// March, and for the first time at 00:30 UTC in October.
#[test]
fn a_job_at_half_past_two_in_berlin_misses_the_night_in_march_and_runs_once_in_october() {
    let keys = "schedule_expression = \"cron(30 2 * * ? *)\"\n\
                schedule_expression_timezone = \"Europe/Berlin\"";
    let hour = 3_600.0;
    let march = calls(keys, &["horizon=3d", "starts_on=2026-03-28"]);
    assert_eq!(march, [1.5 * hour, 48.5 * hour]);
    let october = calls(keys, &["horizon=3d", "starts_on=2026-10-24"]);
    assert_eq!(october, [0.5 * hour, 24.5 * hour, 49.5 * hour]);
}

/// When the last task of each night was gone, seconds after the call; `calls` in seconds.
fn done_after(scene: &Scene, calls: &[f64]) -> Vec<f64> {
    let done = |call: &f64| {
        let tasks = scene.recorder.tasks.iter();
        let of_night = tasks.filter(|row| time_of(row, "requested_at") == Some(*call));
        let stops = of_night.map(|row| time_of(row, "stopped_at").expect("it is done"));
        stops.fold(0.0, f64::max) - call
    };
    calls.iter().map(done).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap_or_else(|| panic!("a list: {value}"));
    list.iter().filter_map(Value::as_f64).collect()
}

/// A task starts within a few minutes and runs for 20 to 40: the last of 30 is gone after 30 to 45 but for
/// luck of less than (1/2)^30. 90 tasks of a vCPU for half an hour are 45 vCPU hours, of which two cost
/// some 0.1 USD and more: at least 0.6 USD, with rests of instances not above 7.
#[test]
fn each_nightly_batch_is_done_some_forty_minutes_after_two() {
    let expected: Value = serde_json::from_str(&text_of("scenarios/expected/nightly-batch.json"))
        .unwrap_or_else(|error| panic!("{error}"));
    let nights = numbers(&expected["calls_at_s"]);
    let within = |found: f64, range: &Value| {
        (range["least"].as_f64() <= Some(found)) && (Some(found) <= range["most"].as_f64())
    };
    for seed in 1..=20 {
        let scene = play_scenario(&shipped("nightly-batch", &[&format!("seed={seed}")]));
        let calls = event_times(&scene, "RunTask");
        let thrice: Vec<f64> = nights.iter().flat_map(|night| [*night; 3]).collect();
        assert_eq!(calls, thrice, "seed {seed}");
        let tasks = expected["tasks_a_night"].as_u64().map(|tasks| tasks as f64 * 3.0);
        assert_eq!(Some(scene.answer.tasks.stopped), tasks, "seed {seed}");
        for after in done_after(&scene, &nights) {
            assert!(within(after, &expected["done_after_s"]), "seed {seed}: {after}");
        }
        let usd = scene.answer.cost.total_usd;
        assert!(within(usd, &expected["usd"]), "seed {seed}: {usd}");
    }
    let spring = &expected["with_the_change_of_clocks"];
    let set = format!("starts_on={}", spring["starts_on"].as_str().unwrap_or_default());
    let scene = play_scenario(&shipped("nightly-batch", &[&set]));
    let mut calls = event_times(&scene, "RunTask");
    calls.dedup();
    assert_eq!(calls, numbers(&spring["calls_at_s"]));
}
