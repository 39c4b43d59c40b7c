//! The published cases: what users of ECS Managed Instances got, for every seed from 1 to 100.
#![expect(clippy::panic, reason = "a test may panic")]

use serde_json::Value;
use taskyard::run::{Answer, Options, RunError, prepare, run_prepared};
use taskyard::scenario::Scenario;

#[path = "support/scene.rs"]
mod scene;
use scene::{catalog, launched, shipped, text_of};

/// The answer that lies beside a scenario.
fn expected(name: &str) -> Value {
    let text = text_of(&format!("scenarios/expected/{name}.json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs a scenario under each of `seeds`, checked after every event.
fn answers(scenario: &Scenario, seeds: std::ops::RangeInclusive<u64>) -> Vec<Answer> {
    let catalog = catalog(scenario);
    let prepared = prepare(scenario, &catalog).unwrap_or_else(|unfit| panic!("{unfit:?}"));
    let options = Options { invariants: true, skip_bounds: true, ..Options::default() };
    let answer = |seed| {
        run_prepared(scenario, &catalog, &prepared, seed, options)
            .unwrap_or_else(|error: RunError| panic!("seed {seed}: {error}"))
            .answer
    };
    seeds.map(answer).collect()
}

/// The fleet is the expected one under every seed, all tasks run, and luck shows in the times.
fn comes_out(name: &str) -> Vec<Answer> {
    let expected = expected(name);
    let answers = answers(&shipped(name, &[]), 1..=100);
    for (seed, answer) in (1..).zip(&answers) {
        let found = serde_json::to_value(launched(answer)).expect("a fleet is JSON");
        assert_eq!(found, expected["launched"], "{name}, seed {seed}");
        let tasks = &answer.tasks;
        assert_eq!(Value::from(tasks.running_at_end), expected["running_at_end"], "seed {seed}");
        assert_eq!((tasks.waiting_at_end, tasks.stopped), (0.0, 0.0), "{name}, seed {seed}");
        for row in &answer.fleet {
            let of = row.instance_type.as_deref().expect("an instance");
            assert_eq!(
                row.binding_limit.as_deref(),
                expected["binding_limit"][of].as_str(),
                "{name}, seed {seed}: {of}"
            );
        }
    }
    assert!(answers.iter().any(|answer| answer.digest != answers[0].digest), "seeds change times");
    answers
}

fn median(mut sample: Vec<f64>) -> f64 {
    sample.sort_by(f64::total_cmp);
    let half = sample.len() / 2;
    if sample.len().is_multiple_of(2) {
        f64::midpoint(sample[half - 1], sample[half])
    } else {
        sample[half]
    }
}

/// How far `found` is from `published`, in percent of it.
fn percent_off(found: f64, published: &Value) -> f64 {
    let published = published.as_f64().expect("a number");
    100.0 * (found - published).abs() / published
}

#[test]
fn one_nginx_task_gets_a_c6g_large_and_is_ready_in_about_41_seconds() {
    let name = "nginx-cold-start";
    let answers = comes_out(name);
    let expected = expected(name);
    let within = expected["within_percent"].as_f64().expect("a number");
    let time = |of: fn(&Answer) -> Option<f64>| median(answers.iter().filter_map(of).collect());
    let running = time(|answer| answer.tasks.time_to_running_s.p50);
    let ready = time(|answer| answer.tasks.time_to_ready_s.p50);
    println!("{name}: medians of 100 seeds: RUNNING {running:.1} s, ready {ready:.1} s");
    assert!(percent_off(running, &expected["time_to_running_s"]) <= within, "{running}");
    assert!(percent_off(ready, &expected["time_to_ready_s"]) <= within, "{ready}");
    let below = answers
        .iter()
        .filter(|answer| answer.tasks.time_to_ready_s.p50 < expected["time_to_ready_s"].as_f64());
    println!("{name}: {} of 100 runs are ready before the published one", below.count());
}

#[test]
fn the_preset_of_the_published_cold_start_gives_its_34_and_41_seconds_exactly() {
    let name = "nginx-cold-start";
    let expected = expected(name);
    let scenario = shipped(name, &["timing.preset=seed-000"]);
    for answer in answers(&scenario, 1..=20) {
        let tasks = &answer.tasks;
        assert_eq!(tasks.time_to_running_s.max, expected["time_to_running_s"].as_f64());
        assert_eq!(tasks.time_to_ready_s.max, expected["time_to_ready_s"].as_f64());
        let phase = |name: &str| tasks.phases_s[name].mean.expect("a task started");
        let registered = phase("decide_batch") + phase("launch") + phase("boot");
        assert_eq!(Some(registered), expected["registered_s"].as_f64());
        assert_eq!(Some(phase("ready")), Some(7.0));
    }
}

#[test]
fn thirty_tasks_get_thirty_t4g_small() {
    comes_out("thirty-tasks");
}

#[test]
fn thirty_tasks_of_october_2025_get_16_t4g_small_5_im4gn_large_and_3_is4gen_large() {
    comes_out("thirty-tasks-second-pool");
}

#[test]
fn ten_memory_tasks_get_ten_t4g_medium() {
    comes_out("ten-memory-tasks");
}

#[test]
fn ten_large_memory_tasks_get_ten_r6g_large() {
    comes_out("ten-large-memory-tasks");
}

#[test]
fn five_thousand_tasks_run_within_minutes_and_the_launch_rate_shows() {
    let name = "five-thousand-tasks";
    let expected = expected(name);
    let scenario = shipped(name, &[]);
    let asked: u32 = scenario.services.iter().map(|service| service.desired_count).sum();
    assert_eq!((asked, scenario.task_definitions.len()), (5_000, 8));
    for answer in answers(&scenario, 1..=3) {
        let tasks = &answer.tasks;
        assert_eq!(Value::from(tasks.running_at_end), expected["running_at_end"]);
        assert_eq!(tasks.waiting_at_end as u32, 0);
        // The largest service: 1, then 499, 500, 500 and 300 tasks, the last ones in the window that
        // opens 180 s after the first task; none of them can run earlier.
        let least = expected["last_running_s_at_least"].as_f64().expect("a number");
        let last = tasks.time_to_running_s.max.expect("tasks started");
        println!("{name}: last task RUNNING after {last:.0} s, {:?}", launched(&answer));
        assert!((least..least + 240.0).contains(&last), "{last}");
        assert!(tasks.phases_s["decide_launch_rate"].mean > Some(10.0));
        let rate = answer.limits.iter().find(|row| row.limit.contains("launch rate"));
        assert_eq!(rate.and_then(|row| row.of), Some(500.0));
        for row in &answer.fleet {
            let of = row.instance_type.as_deref().expect("an instance");
            let types = expected["families"][&row.capacity_provider].as_array().expect("a list");
            let family = of.split('.').next().expect("a family");
            assert!(
                types.iter().any(|known| known == family),
                "{} has {of}",
                row.capacity_provider
            );
        }
    }
}
