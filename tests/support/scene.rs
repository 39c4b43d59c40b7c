//! Scenarios from files and texts, and what runs of them yield in numbers that a hand can check.
#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use taskyard::catalog::{Catalog, Overrides};
use taskyard::io::{Source, Style, render};
use taskyard::observe::{InstanceRow, Recorder, TASK_TIMES, TaskRow};
use taskyard::run::{Answer, Explanation, Options, Outcome, RunError, run};
use taskyard::scenario::{Override, Scenario, read};

/// A path of the repository.
pub(crate) fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// The text of a file of the repository.
#[expect(clippy::disallowed_methods, reason = "tests read what they test")]
pub(crate) fn text_of(relative: &str) -> String {
    std::fs::read_to_string(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// Reads a scenario; what is wrong with it fails the test as a user would see it.
pub(crate) fn scenario(text: &str, sets: &[&str]) -> Scenario {
    let source = Source { name: "scenario.toml".to_owned(), text: text.to_owned() };
    let sets: Vec<_> = sets.iter().map(|set| Override::parse(set).expect("path=value")).collect();
    match read(&source, &sets) {
        Ok((scenario, _)) => scenario,
        Err(errors) => panic!("{}\n{text}", render(&errors, Style::Plain)),
    }
}

/// A scenario of the repository's `scenarios` folder.
pub(crate) fn shipped(name: &str, sets: &[&str]) -> Scenario {
    scenario(&text_of(&format!("scenarios/{name}.toml")), sets)
}

/// The answer that lies beside a scenario of the `scenarios` folder.
pub(crate) fn expected(name: &str) -> serde_json::Value {
    let text = text_of(&format!("scenarios/expected/{name}.json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs a scenario of that folder under a seed, with values set.
pub(crate) fn run_shipped(name: &str, seed: u64, sets: &[&str]) -> Scene {
    let seed = format!("seed={seed}");
    let sets: Vec<&str> = sets.iter().copied().chain([seed.as_str()]).collect();
    play_scenario(&shipped(name, &sets))
}

static IRELAND: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::builtin("eu-west-1", None, Overrides::default()).expect("a region with prices")
});

/// The built-in catalogue of eu-west-1, read once.
pub(crate) fn ireland() -> &'static Catalog {
    &IRELAND
}

/// The built-in catalogue that a scenario asks for.
pub(crate) fn catalog(scenario: &Scenario) -> Catalog {
    Catalog::builtin(&scenario.region, scenario.price_stand_in.as_deref(), Overrides::default())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Everything a run can yield, checked after every event; no bounds, which take the longest.
pub(crate) const WATCHED: Options =
    Options { invariants: true, explain: true, record: true, skip_bounds: true, ..PLAIN };

/// Nothing but the answer.
const PLAIN: Options = Options {
    invariants: false,
    explain: false,
    record: false,
    skip_bounds: false,
    skip_fault_costs: false,
    try_luck: false,
};

/// A run and what is asked of it.
pub(crate) struct Scene {
    pub(crate) answer: Answer,
    pub(crate) recorder: Recorder,
    pub(crate) explanation: Explanation,
}

/// Runs a text with everything watched.
pub(crate) fn play(text: &str, sets: &[&str]) -> Scene {
    play_scenario(&scenario(text, sets))
}

/// Runs a scenario with everything watched.
pub(crate) fn play_scenario(scenario: &Scenario) -> Scene {
    let outcome = if scenario.region == "eu-west-1" {
        run(scenario, ireland(), WATCHED)
    } else {
        run(scenario, &catalog(scenario), WATCHED)
    };
    scene(outcome.unwrap_or_else(|error: RunError| panic!("{error}")))
}

pub(crate) fn scene(outcome: Outcome) -> Scene {
    Scene {
        answer: outcome.answer,
        recorder: outcome.recorder.expect("asked for"),
        explanation: outcome.explanation.expect("asked for"),
    }
}

/// Instances launched over the run, by type.
pub(crate) fn launched(answer: &Answer) -> BTreeMap<String, u32> {
    by_type(answer, |row| row.launched)
}

/// Instances at the horizon, by type.
pub(crate) fn at_end(answer: &Answer) -> BTreeMap<String, u32> {
    by_type(answer, |row| row.at_end)
}

fn by_type(
    answer: &Answer,
    count: impl Fn(&taskyard::run::FleetRow) -> f64,
) -> BTreeMap<String, u32> {
    let mut fleet = BTreeMap::new();
    for row in answer.fleet.iter().filter(|row| count(row) > 0.0) {
        let name = row.instance_type.clone().expect("an instance");
        *fleet.entry(name).or_insert(0) += count(row) as u32;
    }
    fleet
}

/// `[("t4g.small", 30)]` as a fleet.
pub(crate) fn fleet<const N: usize>(rows: [(&str, u32); N]) -> BTreeMap<String, u32> {
    rows.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

/// A time of a task in seconds, by its name in the output.
pub(crate) fn time_of(task: &TaskRow, name: &str) -> Option<f64> {
    let position = TASK_TIMES.iter().position(|known| *known == name).expect("a known time");
    task.times[position].map(|time| time.as_secs_f64())
}

/// The task `name` (`web/0`).
pub(crate) fn task<'s>(scene: &'s Scene, name: &str) -> &'s TaskRow {
    scene
        .recorder
        .tasks
        .iter()
        .find(|row| row.task == name)
        .unwrap_or_else(|| panic!("no task {name}"))
}

/// A time of the task `name` in seconds.
pub(crate) fn at(scene: &Scene, name: &str, time: &str) -> f64 {
    time_of(task(scene, name), time).unwrap_or_else(|| panic!("{name} has no {time}"))
}

/// The names of [`InstanceRow::times`].
const INSTANCE_TIMES: [&str; 5] =
    ["requested_at", "running_at", "registered_at", "draining_at", "terminated_at"];

/// A time of an instance in seconds.
pub(crate) fn instance_time(row: &InstanceRow, name: &str) -> Option<f64> {
    let position = INSTANCE_TIMES.iter().position(|known| *known == name).expect("a known time");
    row.times[position].map(|time| time.as_secs_f64())
}

/// One time of every instance, in the order of their launch decisions.
pub(crate) fn instance_times(scene: &Scene, name: &str) -> Vec<Option<f64>> {
    scene.recorder.instances.iter().map(|row| instance_time(row, name)).collect()
}

/// Instances by zone and type, in order.
pub(crate) fn by_zone(scene: &Scene) -> BTreeMap<(String, String), u32> {
    let mut found = BTreeMap::new();
    for row in &scene.recorder.instances {
        let key = (row.availability_zone.clone(), row.instance_type.clone());
        *found.entry(key).or_insert(0) += 1;
    }
    found
}

/// Times (s) of all events of one kind.
pub(crate) fn event_times(scene: &Scene, event: &str) -> Vec<f64> {
    let events = scene.recorder.events.iter().filter(|row| row.event == event);
    events.map(|row| row.at.as_secs_f64()).collect()
}
