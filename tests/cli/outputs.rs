//! `plot`, `report` and `trace`: what is made of the files that `run --out` and `sweep --out` wrote.
#![expect(clippy::disallowed_methods, reason = "the tests read pictures and damage results")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{THIRTY, call, file, names, refused, stderr, stdout, text};

/// A directory with the results of a scenario.
fn run(scenario: &str, out: &Path) -> String {
    let out = out.to_str().unwrap().to_owned();
    stdout(&["run", scenario, "--out", &out]);
    out
}

fn scenario(name: &str) -> String {
    format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

fn bytes(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| {
        let bytes = std::fs::read(directory.join(&name)).unwrap();
        (name, bytes)
    };
    names(directory).into_iter().map(read).collect()
}

#[test]
fn plot_writes_the_pictures_that_a_run_has_and_says_which_it_has_not() {
    let directory = tempfile::tempdir().unwrap();
    let out = run(THIRTY, directory.path());
    let output = call(&["plot", &out, "--format", "both"]);
    assert_eq!(output.status.code(), Some(0));
    let said = stderr(&output);
    assert!(said.contains("no capacity-provider-reservation: no Auto Scaling group"), "{said}");
    let pictures = ["cost-breakdown", "fleet-and-cost", "gantt", "start-phases", "timeline"];
    let first = bytes(directory.path());
    for name in pictures {
        let svg = text(&directory.path().join(format!("{name}.svg")));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{name}");
        assert!(svg.contains("@font-face") && !svg.contains("href"), "{name} stands alone");
        assert!(svg.contains("thirty-tasks, eu-west-1"), "{name} says of what it is");
        assert!(first[&format!("{name}.png")].starts_with(b"\x89PNG\r\n"), "{name}");
    }
    assert_eq!(first.len(), 6 + 2 * pictures.len());
    stdout(&["plot", &out, "--format", "both"]);
    assert!(bytes(directory.path()) == first, "the same files give the same bytes");
}

#[test]
fn a_sweep_has_a_front_heat_maps_and_a_report() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    stdout(&[
        "sweep",
        THIRTY,
        "--vary",
        "service.web.desired_count=10,20",
        "--vary",
        "task_definition.web.memory=512,1024",
        "--replications",
        "3",
        "--out",
        out,
    ]);
    stdout(&["plot", out]);
    for name in ["pareto", "heat-map", "heat-map-2"] {
        let svg = text(&directory.path().join(format!("{name}.svg")));
        assert!(svg.contains("desired_count"), "{name}");
    }
    stdout(&["report", out]);
    let data = data_of(&directory.path().join("report.html"));
    assert_eq!(data["points"].as_array().unwrap().len(), 4);
    assert_eq!(data["points"][3]["runs"].as_array().unwrap().len(), 3);
    assert_eq!(data["axes"][1]["path"], "task_definition.web.memory");
    assert!(data["resolved"].as_str().unwrap().contains("[[axis]]"));
    refused(&["trace", out], 2, &["holds a sweep", "taskyard run SCENARIO"]);
}

#[test]
fn in_a_report_a_point_of_a_world_stands_to_the_front_of_its_world() {
    // Billed a t4g.small is $0.0303 an hour and takes one task, a m6g.xlarge some $0.20 and takes eight. For
    // one task the small one is the cheapest, for 8 in each zone the large one; by the means over both
    // worlds the small one.
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let out = out.to_str().unwrap();
    let requirements = "managed_instances_provider.instance_requirements.allowed_instance_types";
    let sweep = format!(
        "name = \"s\"\nscenario = {THIRTY:?}\nreplications = 2\n\
         objectives = [\"monthly_usd\", \"cost.total_usd\"]\n\
         [[axis]]\nname = \"type\"\npath = \"{requirements}\"\n\
         values = [[\"t4g.small\"], [\"m6g.xlarge\"]]\n\
         [[axis]]\nname = \"load\"\nworld = true\npath = \"service.web.desired_count\"\nvalues = [1, 24]\n"
    );
    let path = file(directory.path(), "sweep.toml", &sweep);
    let page = stdout(&["sweep", path.to_str().unwrap(), "--out", out]);
    assert!(page.contains("t4g.small") && page.contains("regret"), "{page}");
    stdout(&["report", out]);
    let data = data_of(&Path::new(out).join("report.html"));
    let stands: Vec<_> =
        data["points"].as_array().unwrap().iter().map(|of| of["standing"].clone()).collect();
    // The small one alone, with 24 tasks, then the large one.
    assert_eq!(stands, ["front", "dominated", "dominated", "front"]);
    assert_eq!(data["worlds"], true);
}

#[test]
fn a_trace_of_many_tasks_has_the_first_of_them_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let out = run(&scenario("five-thousand-tasks"), directory.path());
    let tasks = || {
        let text = text(&directory.path().join("trace.json"));
        let trace: Value = serde_json::from_str(&text).unwrap();
        let events = trace["traceEvents"].as_array().unwrap().iter();
        let ids: std::collections::BTreeSet<u64> = events
            .filter(|event| event["cat"] == "task")
            .filter_map(|of| of["id"].as_u64())
            .collect();
        (ids.len(), trace["otherData"]["left out"].as_str().map(str::to_owned))
    };
    let said = stderr(&call(&["trace", &out]));
    let words = "3,000 tasks after the first 2,000";
    assert!(said.contains(words) && said.contains("--all has them"), "{said}");
    let (shown, told) = tasks();
    assert!(shown == 2_000 && told.is_some_and(|told| told.starts_with(words)), "{shown}");
    stdout(&["trace", &out, "--all"]);
    assert_eq!(tasks(), (5_000, None));
}

/// The data in a report.
fn data_of(report: &Path) -> Value {
    let page = text(report);
    assert!(!page.contains("src=\"http") && !page.contains("href="), "it needs nothing but itself");
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str(data).unwrap()
}

#[test]
fn a_report_holds_what_the_files_hold() {
    let directory = tempfile::tempdir().unwrap();
    let out = run(&scenario("cas-flapping"), directory.path());
    stdout(&["report", &out]);
    let data = data_of(&directory.path().join("report.html"));
    let table = |title: &str| {
        let tables = data["tables"].as_array().unwrap().iter();
        let mut found = tables.filter(|table| table["title"] == title);
        found.next().unwrap()["rows"].as_array().unwrap().len()
    };
    let lines = |name: &str| text(&directory.path().join(name)).lines().count() - 1;
    assert_eq!(table("Tasks"), lines("tasks.csv"));
    assert_eq!(table("Instances"), lines("instances.csv"));
    let summary: Value =
        serde_json::from_str(&text(&directory.path().join("summary.json"))).unwrap();
    assert_eq!(table("Assumptions"), summary["assumptions"].as_array().unwrap().len());
    assert_eq!(
        data["scenario"].as_str().unwrap(),
        text(&directory.path().join("scenario.resolved.toml"))
    );
    for chart in data["charts"].as_array().unwrap() {
        let times = chart["times"].as_array().unwrap();
        assert!(times.is_sorted_by(|a, b| a.as_f64() < b.as_f64()), "{}", chart["title"]);
        for series in chart["series"].as_array().unwrap() {
            assert_eq!(series["values"].as_array().unwrap().len(), times.len());
        }
    }
}

#[test]
fn a_trace_nests_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let out = run(&scenario("cas-flapping"), directory.path());
    stdout(&["trace", &out]);
    let trace: Value = serde_json::from_str(&text(&directory.path().join("trace.json"))).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let number = |event: &Value, key: &str| event[key].as_u64().unwrap();
    let of = |ph: &str| events.iter().filter(|event| event["ph"] == ph).collect::<Vec<_>>();
    // Tasks: what begins ends, the innermost first.
    let mut open: BTreeMap<u64, Vec<(String, u64)>> = BTreeMap::new();
    let mut last: BTreeMap<u64, u64> = BTreeMap::new();
    for event in events.iter().filter(|event| event["cat"] == "task") {
        let (id, at) = (number(event, "id"), number(event, "ts"));
        assert!(at >= *last.get(&id).unwrap_or(&0), "{event} goes back");
        last.insert(id, at);
        let name = event["name"].as_str().unwrap().to_owned();
        let stack = open.entry(id).or_default();
        if event["ph"] == "b" {
            stack.push((name, at));
        } else {
            let (begun, since) = stack.pop().unwrap();
            assert!(begun == name && at >= since, "{event} ends {begun}");
        }
    }
    assert!(open.values().all(Vec::is_empty), "all tasks end");
    assert_eq!(open.len(), text(&directory.path().join("tasks.csv")).lines().count() - 1);
    // Instances: slices of a thread lie within one another or beside.
    let mut slices: BTreeMap<(u64, u64), Vec<(u64, u64)>> = BTreeMap::new();
    for event in of("X") {
        let (from, length) = (number(event, "ts"), number(event, "dur"));
        slices
            .entry((number(event, "pid"), number(event, "tid")))
            .or_default()
            .push((from, from + length));
    }
    for thread in slices.values() {
        for (from, to) in thread {
            for (other, end) in thread {
                let apart = to <= other || end <= from;
                let within = (other <= from && to <= end) || (from <= other && end <= to);
                assert!(apart || within, "{from}..{to} and {other}..{end} cross");
            }
        }
    }
    assert_eq!(slices.len(), text(&directory.path().join("instances.csv")).lines().count() - 1);
    assert!(!of("C").is_empty() && of("M").len() > slices.len());
}

/// A copy of what a run wrote, with one file changed.
fn with(changed: &str, change: impl Fn(&str) -> String) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    run(THIRTY, directory.path());
    let content = text(&directory.path().join(changed));
    file(directory.path(), changed, &change(&content));
    let path = directory.path().to_owned();
    (directory, path)
}

/// A file, what becomes of it, and what is said then.
type Damage = (&'static str, fn(&str) -> String, &'static [&'static str]);

#[test]
fn results_that_are_missing_foreign_or_damaged_are_told_with_their_place() {
    let empty = tempfile::tempdir().unwrap();
    for command in ["plot", "report", "trace"] {
        let words = ["TY0097", "neither summary.json nor sweep.json", "run SCENARIO --out"];
        refused(&[command, empty.path().to_str().unwrap()], 2, &words);
        refused(&[command, "no/such/directory"], 2, &["TY0097"]);
    }
    let cases: [Damage; 5] = [
        ("tasks.csv", |_| "a,b\n1,2\n".to_owned(), &["TY0098", "no column \"task\""]),
        (
            "series.csv",
            |text| text.replacen(",1\n", ",one\n", 1),
            &["TY0098", "value is no number, but \"one\"", "series.csv:2"],
        ),
        ("summary.json", |text| text[..text.len() / 2].to_owned(), &["TY0098", "summary.json"]),
        ("summary.json", |_| "{}".to_owned(), &["TY0098", "missing field"]),
        ("events.csv", |text| format!("{text}0,1\n"), &["TY0098", "events.csv"]),
    ];
    for (name, change, words) in cases {
        let (_kept, path) = with(name, change);
        refused(&["report", path.to_str().unwrap()], 2, words);
    }
    let (_kept, path) = with("tasks.csv", str::to_owned);
    std::fs::remove_file(path.join("instances.csv")).unwrap();
    refused(&["plot", path.to_str().unwrap()], 2, &["instances.csv", "no such file"]);
}
