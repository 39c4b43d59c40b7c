//! Sweeps as a library: which points there are, that nothing but the question reaches the answer, that a
//! bad point is a row, and the shipped sweeps.
#![allow(clippy::panic, reason = "a test may panic")]

#[path = "support/scene.rs"]
mod scene;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use taskyard::catalog::Overrides;
use taskyard::io::{IoError, Source};
use taskyard::random::math::ln;
use taskyard::report::{sweep_csv, sweep_json};
use taskyard::scenario::{SweepFlag, SweepKey, read_sweep};
use taskyard::sweep::decisions::Question;
use taskyard::sweep::statistics::Stopped;
use taskyard::sweep::{
    Base, Findings, NoSink, RunResult, Running, Sink, Sweep, SweepError, SweepTable, run_points,
};

use scene::text_of;

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), text: text.to_owned() }
}

/// A sweep over the scenario of the thirty tasks.
fn sweep(text: &str) -> Sweep<'static> {
    sweep_with(text, &[])
}

fn sweep_with(text: &str, flags: &[(SweepKey, &str)]) -> Sweep<'static> {
    let text = format!("scenario = \"thirty\"\n{text}");
    of(&text, flags, vec![base("thirty", "scenarios/thirty-tasks.toml")])
}

fn base(name: &str, path: &str) -> Base {
    Base { name: name.to_owned(), source: source(name, &text_of(path)), files: Vec::new() }
}

fn of(text: &str, flags: &[(SweepKey, &str)], bases: Vec<Base>) -> Sweep<'static> {
    let flags: Vec<SweepFlag> =
        flags.iter().map(|(key, text)| SweepFlag { key: *key, text: (*text).to_owned() }).collect();
    let (file, _) = read_sweep(Some(&source("sweep", text)), &flags).expect("a sweep");
    Sweep::new(file, "sweep", bases, &[], 1, Overrides::default())
}

fn run_with(sweep: &Sweep<'_>, order: &[u64], jobs: usize) -> SweepTable {
    let running = Running { jobs: Some(jobs), stop: &AtomicBool::new(false) };
    run_points(sweep, order, &running, &|_, _| None, &mut NoSink).expect("a table")
}

fn run(sweep: &Sweep<'_>) -> SweepTable {
    run_with(sweep, &(0..sweep.points()).collect::<Vec<_>>(), 2)
}

/// Everything that is written of a table.
fn bytes(sweep: &Sweep<'_>, table: &SweepTable) -> Vec<u8> {
    let question = Question { objectives: sweep.objectives(), ..Question::default() };
    let findings = Findings::of(table, &question).expect("the objectives are figures");
    [sweep_json(&findings).expect("it is JSON").into_bytes(), sweep_csv(&findings)].concat()
}

fn labels(sweep: &Sweep<'_>) -> Vec<String> {
    (0..sweep.points()).map(|point| sweep.row(point).label()).collect()
}

const COUNTS: &str = r#"
[[axis]]
name = "tasks"
path = "service.web.desired_count"
values = [10, 20]
"#;

const SIZES: &str = r#"
[[axis]]
name = "memory"
path = "task_definition.web.memory"
range = { from = 512, to = 1536, step = 512 }
"#;

#[test]
fn a_cartesian_plan_has_every_value_with_every_other_the_last_axis_fastest() {
    let found = labels(&sweep(&format!("{COUNTS}{SIZES}")));
    assert_eq!(found, ["10, 512", "10, 1024", "10, 1536", "20, 512", "20, 1024", "20, 1536"]);
}

#[test]
fn a_zipped_plan_takes_the_first_values_together_and_then_the_second() {
    let memory = SIZES.replace("1536", "1024");
    let found = labels(&sweep(&format!("plan = \"zipped\"\n{COUNTS}{memory}")));
    assert_eq!(found, ["10, 512", "20, 1024"]);
}

#[test]
fn a_point_is_a_function_of_its_number_and_a_million_of_them_take_no_time() {
    let large = r#"
replications = 1
[[axis]]
path = "service.web.desired_count"
range = { from = 1, to = 1000, step = 1 }
[[axis]]
path = "task_definition.web.memory"
range = { from = 1001, to = 2000, step = 1 }
"#;
    let sweep = sweep(large);
    assert_eq!(sweep.points(), 1_000_000);
    assert_eq!(sweep.row(0).label(), "1, 1001");
    assert_eq!(sweep.row(123_456).label(), "124, 1457");
    assert_eq!(sweep.row(999_999).label(), "1000, 2000");
}

const DRAWN: &str = r#"
samples = 200
[[axis]]
name = "memory"
path = "task_definition.web.memory"
range = { from = 1000, to = 3000 }
[[axis]]
name = "tasks"
path = "service.web.desired_count"
values = [10, 20, 30, 40]
[[axis]]
name = "boot"
path = "x"
log_range = { from = 0.01, to = 100.0 }
"#;

/// The numbers on an axis, by point.
fn numbers(sweep: &Sweep<'_>, axis: usize) -> Vec<f64> {
    let number = |point| sweep.row(point).values[axis].number.expect("a number");
    (0..sweep.points()).map(number).collect()
}

#[test]
fn a_latin_hypercube_draws_once_from_each_part_of_each_axis() {
    let sweep = sweep(&format!("plan = \"latin-hypercube\"\n{DRAWN}"));
    let parts: BTreeSet<usize> =
        numbers(&sweep, 0).iter().map(|value| ((value - 1000.0) / 10.0 - 1e-9) as usize).collect();
    // A value that is rounded to a whole number may fall on the border of two parts of ten.
    assert!(parts.len() >= 180, "{}", parts.len());
    let logs: BTreeSet<i64> = numbers(&sweep, 2)
        .iter()
        .map(|value| (ln(*value) / ln(10.0) * 50.0).floor() as i64)
        .collect();
    assert_eq!(logs.len(), 200, "each of two hundred parts of four decades once");
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    (0..200).for_each(|n| *counts.entry(sweep.row(n).values[1].label.clone()).or_default() += 1);
    assert_eq!(counts.into_values().collect::<Vec<_>>(), [50; 4]);
}

#[test]
fn a_random_plan_draws_by_seed_and_by_the_name_of_the_axis_alone() {
    let text = format!("plan = \"random\"\n{DRAWN}");
    let own = sweep(&text);
    assert_eq!(labels(&own), labels(&sweep(&text)));
    let other = sweep_with(&text, &[(SweepKey::Seed, "2")]);
    assert_ne!(labels(&own), labels(&other));
    let without = text.replace("name = \"tasks\"", "name = \"others\"");
    assert_eq!(numbers(&own, 0), numbers(&sweep(&without), 0), "another axis draws for itself");
    let mean = numbers(&own, 0).iter().sum::<f64>() / 200.0;
    // Uniform on 1000 to 3000: the deviation of the mean of 200 is 41.
    assert!((mean - 2000.0).abs() < 4.0 * 41.0, "{mean}");
}

#[test]
fn every_point_runs_under_the_same_seeds() {
    let table = run(&sweep(&format!("replications = 4\n{COUNTS}")));
    let seeds = |point: usize| -> Vec<u64> {
        table.points[point].runs.iter().map(|run| run.seed).collect()
    };
    assert_eq!(seeds(0).len(), 4);
    assert_eq!(seeds(0)[0], 1, "the first run is that of `run`");
    assert_eq!(seeds(0), seeds(1));
    assert_eq!(seeds(0).iter().collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn threads_and_order_never_reach_the_answer() {
    let sweep = sweep(&format!("replications = 3\n{COUNTS}{SIZES}"));
    let one = bytes(&sweep, &run_with(&sweep, &[0, 1, 2, 3, 4, 5], 1));
    for (order, jobs) in [([0, 1, 2, 3, 4, 5], 2), ([3, 5, 0, 4, 1, 2], 1), ([5, 4, 3, 2, 1, 0], 3)]
    {
        let other = bytes(&sweep, &run_with(&sweep, &order, jobs));
        assert!(one == other, "{order:?} by {jobs}");
    }
}

#[test]
fn a_stop_rule_ends_each_point_by_itself_whatever_the_number_of_threads() {
    let rule = "replications = 3\nprecision = { metric = \"tasks.time_to_running_s.p50\", \
                half_width_percent = 4, max_replications = 12 }\n";
    let sweep = sweep(&format!("{rule}{COUNTS}"));
    let table = run(&sweep);
    let counts: Vec<usize> = table.points.iter().map(|point| point.runs.len()).collect();
    // Batches of 3, then by half as much again: 3, 6, 9, 12.
    assert!(counts.iter().all(|count| [3, 6, 9, 12].contains(count)), "{counts:?}");
    assert!(counts.iter().any(|count| *count > 3), "{counts:?}");
    assert!(table.points.iter().all(|point| point.stopped_by.is_some()), "{:?}", table.points);
    let early = table.points.iter().filter(|point| point.runs.len() < 12);
    assert!(early.map(|point| point.stopped_by).all(|by| by == Some(Stopped::HalfWidth)));
    assert!(bytes(&sweep, &table) == bytes(&sweep, &run_with(&sweep, &[1, 0], 1)));
}

#[test]
fn a_point_that_the_most_runs_ended_says_so_in_its_row_and_in_the_answer() {
    let rule = "replications = 2\nprecision = { metric = \"tasks.time_to_running_s.p50\", \
                half_width_percent = 0.001, max_replications = 3 }\n";
    let sweep = sweep(&format!("{rule}{COUNTS}"));
    let table = run(&sweep);
    let all = table.points.len();
    assert!(table.points.iter().all(|of| of.stopped_by == Some(Stopped::MaxReplications)));
    let json = String::from_utf8(bytes(&sweep, &table)).expect("text");
    assert!(json.contains("\"stopped_by\": \"max_replications\""), "{json}");
    let told = format!("{all} of {all} points are not as precise as asked for");
    assert!(json.contains(&told), "{json}");
}

/// Memory for one task that no instance has.
const TOO_LARGE: &str = r#"
replications = 2
[[axis]]
name = "memory"
path = "task_definition.web.memory"
values = [1024, 16000000, 2048]
"#;

#[test]
fn a_point_that_cannot_run_is_a_row_with_its_error() {
    let sweep = sweep(TOO_LARGE);
    assert!(sweep.check().is_ok(), "each value is well written");
    let table = run(&sweep);
    let runs: Vec<usize> = table.points.iter().map(|point| point.runs.len()).collect();
    assert_eq!(runs, [2, 0, 2]);
    let why = table.points[1].error.as_deref().expect("it does not fit");
    assert!(why.contains("memory"), "{why}");
    assert!(table.points[0].error.is_none());
}

/// Counts what it is told.
#[derive(Default)]
struct Told {
    expected: u64,
    runs: BTreeMap<(u64, u32), RunResult>,
    known: usize,
}

impl Sink for Told {
    fn expect(&mut self, runs: u64) {
        self.expected += runs;
    }

    fn finished(
        &mut self,
        point: u64,
        replication: u32,
        result: &RunResult,
        known: bool,
    ) -> Result<(), IoError> {
        let before = self.runs.insert((point, replication), result.clone());
        assert!(before.is_none(), "told twice");
        self.known += usize::from(known);
        Ok(())
    }
}

#[test]
fn a_sink_is_told_each_run_once_and_what_it_was_told_need_not_be_run_again() {
    let sweep = sweep(TOO_LARGE);
    let running = Running { jobs: Some(2), stop: &AtomicBool::new(false) };
    let order = [0, 1, 2];
    let mut told = Told::default();
    let table = run_points(&sweep, &order, &running, &|_, _| None, &mut told).expect("a table");
    assert_eq!(told.expected, 6);
    let keys: Vec<(u64, u32)> = told.runs.keys().copied().collect();
    assert_eq!(keys, [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1)], "no second try of what cannot run");
    let before = told.runs;
    let mut again = Told::default();
    let skip = |point, replication| before.get(&(point, replication)).cloned();
    let resumed = run_points(&sweep, &order, &running, &skip, &mut again).expect("a table");
    assert_eq!(again.known, 5);
    assert!(bytes(&sweep, &table) == bytes(&sweep, &resumed));
}

/// Sets the flag after some runs.
struct StopAfter<'s>(u32, &'s AtomicBool);

impl Sink for StopAfter<'_> {
    fn finished(&mut self, _: u64, _: u32, _: &RunResult, _: bool) -> Result<(), IoError> {
        self.0 = self.0.saturating_sub(1);
        self.1.store(self.0 == 0, Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn a_sweep_that_is_stopped_says_how_many_runs_it_told_of() {
    let sweep = sweep(&format!("replications = 200\n{COUNTS}"));
    let stop = AtomicBool::new(false);
    let running = Running { jobs: Some(2), stop: &stop };
    let outcome = run_points(&sweep, &[0, 1], &running, &|_, _| None, &mut StopAfter(5, &stop));
    let Err(SweepError::Stopped { done }) = outcome else { unreachable!("it was stopped") };
    assert!((5..400).contains(&done), "{done}");
}

/// Cannot keep anything.
struct Full;

impl Sink for Full {
    fn finished(&mut self, _: u64, _: u32, _: &RunResult, _: bool) -> Result<(), IoError> {
        let source = std::io::Error::other("full");
        Err(IoError::Write { path: "journal".into(), source })
    }
}

#[test]
fn a_sink_that_cannot_keep_a_run_ends_the_sweep() {
    let sweep = sweep(&format!("replications = 100\n{COUNTS}"));
    let running = Running { jobs: Some(2), stop: &AtomicBool::new(false) };
    let outcome = run_points(&sweep, &[0, 1], &running, &|_, _| None, &mut Full);
    assert!(matches!(outcome, Err(SweepError::Sink(_))), "{outcome:?}");
}

#[test]
fn a_prepared_point_is_dropped_before_many_others_are_made() {
    // What lives is bounded by the workers: told in the order of points, never far apart.
    struct Spread(Mutex<u64>, u64);
    impl Sink for Spread {
        fn finished(&mut self, point: u64, _: u32, _: &RunResult, _: bool) -> Result<(), IoError> {
            let mut highest = self.0.lock().expect("no panic");
            *highest = point.max(*highest);
            self.1 = self.1.max(*highest - point);
            Ok(())
        }
    }
    let axis =
        "[[axis]]\npath = \"service.web.desired_count\"\nrange = { from = 1, to = 40, step = 1 }\n";
    let sweep = sweep(&format!("replications = 4\n{axis}"));
    let order: Vec<u64> = (0..40).collect();
    let mut spread = Spread(Mutex::new(0), 0);
    let running = Running { jobs: Some(2), stop: &AtomicBool::new(false) };
    run_points(&sweep, &order, &running, &|_, _| None, &mut spread).expect("a table");
    assert!(spread.1 < 20, "{}", spread.1);
}

#[test]
fn the_resolved_sweep_needs_no_other_file_and_gives_the_same() {
    let variants = r#"
[[axis]]
name = "capacity"
[[axis.variant]]
name = "as it is"
set = {}
[[axis.variant]]
name = "without trunking"
set = { "managed_instances_provider.trunking" = false, "service.web.desired_count" = 12 }
[[axis.variant]]
name = "another file"
scenario = "nginx"
"#;
    let text = format!("scenario = \"thirty\"\nname = \"s\"\nreplications = 2\n{variants}{SIZES}");
    let text = text.replace("task_definition.web.memory", "task_definition.0.memory");
    let bases = || {
        vec![
            base("thirty", "scenarios/thirty-tasks.toml"),
            base("nginx", "scenarios/nginx-cold-start.toml"),
        ]
    };
    let own = of(&text, &[(SweepKey::Metric, "fleet[t4g.small].launched")], bases());
    let resolved = own.resolved();
    let (file, _) = read_sweep(Some(&source("resolved", &resolved)), &[]).expect("a sweep");
    let inside = file.inside.iter().map(|(name, text)| Base {
        name: name.clone(),
        source: source(name, text),
        files: Vec::new(),
    });
    let again = Sweep::new(file.clone(), "x", inside.collect(), &[], 99, Overrides::default());
    assert_eq!(again.resolved(), resolved);
    assert!(bytes(&own, &run(&own)) == bytes(&again, &run(&again)));
}

#[test]
fn a_figure_that_no_answer_has_is_told_with_the_nearest() {
    let sweep = sweep_with(COUNTS, &[(SweepKey::Objective, "tasks.time_to_runing_s.p95")]);
    let wrong = sweep.check().expect_err("no such figure");
    let place = wrong[0].place.as_ref().expect("where it is typed");
    assert_eq!((place.file.as_str(), wrong.len()), ("--objective", 1));
    assert_eq!(place.label, "did you mean tasks.time_to_running_s.p95?");
}

/// The keys that a table of a sweep has, by the help for one that it has not.
fn keys_of(text: &str, table: &str) -> Vec<String> {
    let wrong = read_sweep(Some(&source("sweep", text)), &[]).expect_err("an unknown key");
    let start = match table {
        "" => "the keys here are ".to_owned(),
        table => format!("the keys of `{table}` are "),
    };
    let helps = wrong.iter().filter_map(|error| error.help.as_deref());
    let keys = helps.filter_map(|help| help.strip_prefix(start.as_str())).next();
    keys.unwrap_or_default().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_of_a_sweep_is_named_in_the_document_of_sweeps() {
    let document = text_of("docs/sweep.md");
    let variants = "[[axis]]\nname = \"a\"\nunheard_of = 1\n[[axis.variant]]\nname = \"b\"\nunheard_of = 1\nset = {}\n";
    let text = format!(
        "unheard_of = 1\nprecision = {{ half_width_percent = 5, unheard_of = 1 }}\n\
         [[base]]\nname = \"b\"\ntext = \"\"\nunheard_of = 1\n{variants}\
         [[axis]]\nname = \"r\"\npath = \"x\"\nrange = {{ from = 1, to = 2, step = 1, unheard_of = 1 }}\n\
         [[axis]]\nname = \"l\"\npath = \"y\"\nlog_range = {{ from = 1, to = 2, count = 2, unheard_of = 1 }}\n"
    );
    let tables = [
        "",
        "precision",
        "base.b",
        "axis.a",
        "axis.a.variant.b",
        "axis.r.range",
        "axis.l.log_range",
    ];
    for table in tables {
        let keys = keys_of(&text, table);
        assert!(keys.len() >= 2, "{table}: {keys:?}");
        for key in keys {
            assert!(document.contains(&format!("`{key}`")), "docs/sweep.md lacks {key} of {table}");
        }
    }
}

#[test]
fn ninety_tasks_of_half_a_vcpu_need_six_instances_of_eight() {
    let expected = scene::expected("peak-any-capacity");
    for seed in 1..=10 {
        let answer = scene::run_shipped("peak-any-capacity", seed, &[]).answer;
        let [row] = answer.fleet.as_slice() else { panic!("one kind: {:?}", answer.fleet) };
        assert_eq!(expected["tasks_each"], row.max_tasks_per_instance);
        assert_eq!(expected["at_end"], row.at_end, "seed {seed}");
        assert_eq!(expected["running_at_end"], answer.tasks.running_at_end);
    }
}

/// A shipped sweep with its scenarios, and what is typed beside it.
fn shipped(name: &str, flags: &[(SweepKey, &str)]) -> Sweep<'static> {
    shipped_as(name, &text_of(&format!("scenarios/sweeps/{name}.toml")), flags)
}

/// The same with its text changed.
fn shipped_as(name: &str, text: &str, flags: &[(SweepKey, &str)]) -> Sweep<'static> {
    let (file, _) = read_sweep(Some(&source(name, text)), &[]).expect("a sweep");
    let path = |name: &str| format!("scenarios/{}", name.trim_start_matches("../"));
    let bases = file.scenarios().into_iter().map(|(name, _)| base(name, &path(name))).collect();
    of(text, flags, bases)
}

#[test]
fn the_shipped_sweep_is_one_without_any_of_its_axes_too() {
    let text = text_of("scenarios/sweeps/cost-vs-latency.toml");
    let parts: Vec<&str> = text.split("[[axis]]").collect();
    let (head, axes) = parts.split_first().expect("what is before the axes");
    assert_eq!(axes.len(), 3);
    for left_out in 0..axes.len() {
        let others = axes.iter().enumerate().filter(|(at, _)| *at != left_out);
        let others: String = others.map(|(_, axis)| format!("[[axis]]{axis}")).collect();
        let sweep = shipped_as("cost-vs-latency", &format!("{head}{others}"), &[]);
        assert_eq!(sweep.check(), Ok(()), "without axis {left_out}");
    }
}

#[test]
fn headroom_and_kind_of_capacity_cost_and_wait_as_derived_by_hand() {
    let expected = scene::expected("sweeps/cost-vs-latency");
    let whole = shipped("cost-vs-latency", &[]);
    assert_eq!(expected["points"], whole.points());
    assert_eq!(expected["runs"], whole.points() * u64::from(whole.replications()));
    let sweep = shipped("cost-vs-latency", &[(SweepKey::Replications, "3")]);
    assert_eq!(sweep.check(), Ok(()));
    let table = run(&sweep);
    assert!(table.points.iter().all(|point| point.runs.len() == 3), "every point runs");
    let mean = |label: &str, metric: &str| {
        let point = table.points.iter().find(|point| point.label() == label).expect("a point");
        point.figures(table.column(metric).expect("a metric")).flatten().sum::<f64>() / 3.0
    };
    // 16 tasks an instance, so 6 for 90; below 100 % the group holds 6 / target capacity of them.
    let on_demand =
        |target: &str| mean(&format!("{target}, Auto Scaling group, none"), "monthly_usd");
    let each = on_demand("100") / 6.0;
    // And ceil(4 / target capacity) before the thirty come: 16 of them have room for 90.
    let [_, wait] = whole.objectives().try_into().expect("two objectives");
    let mut with_room = Vec::new();
    for (target, instances) in expected["instances_at_end"].as_object().expect("a table") {
        let instances = instances.as_f64().expect("a number");
        assert!((on_demand(target) / each - instances).abs() < 1e-6, "{target}");
        if mean(&format!("{target}, Auto Scaling group, none"), &wait) < 60.0 {
            with_room.push(target.as_str());
        }
    }
    assert_eq!(expected["groups_with_room_for_the_thirty"], serde_json::json!(with_room));
    let question = Question { objectives: sweep.objectives(), ..Question::default() };
    let findings = Findings::of(&table, &question).expect("the objectives are figures");
    assert_eq!(expected["cheapest"], findings.decisions.rankings[0].points[0].label.as_str());
}
