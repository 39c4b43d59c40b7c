//! `sweep` as a user calls it.

use super::{THIRTY, call, file, json, refused, stderr, stdout};

const VARY: &str = "service.web.desired_count=10,20";

#[test]
fn a_scenario_is_varied_from_the_command_line() {
    let page = stdout(&["sweep", THIRTY, "--vary", VARY, "--replications", "3"]);
    assert!(page.contains("2 points, 6 runs: 3 at each point, under the same seeds"), "{page}");
    assert!(page.starts_with("Least cost a month: 10, $220.84"), "{page}");
    let csv = stdout(&["sweep", THIRTY, "--vary", VARY, "--replications", "3", "-o", "csv"]);
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("point,service.web.desired_count,runs,tasks.requested,"), "{csv}");
}

#[test]
fn the_json_has_rows_statistics_and_decisions() {
    let args =
        ["sweep", THIRTY, "--vary", VARY, "--replications", "2", "-o", "json", "--jobs", "1"];
    let found = json(&args);
    assert_eq!(found["axes"][0]["path"], "service.web.desired_count");
    assert_eq!(found["points"][1]["values"][0]["number"], 20.0);
    assert_eq!(found["points"][1]["runs"].as_array().unwrap().len(), 2);
    let columns = found["metrics"].as_array().unwrap();
    let month = columns.iter().position(|metric| metric == "monthly_usd").unwrap();
    assert_eq!(found["statistics"][0]["estimates"][month]["n"], 2);
    assert_eq!(found["decisions"]["answer"], found["answer"]);
    let two = [&args[..args.len() - 1], &["2"]].concat();
    assert_eq!(stdout(&args), stdout(&two), "the number of threads is in no byte");
}

#[test]
fn the_files_are_written_and_the_resolved_sweep_gives_them_again() {
    let directory = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| directory.path().join(name));
    let [first, second] = [&first, &second].map(|path| path.to_str().unwrap());
    stdout(&[
        "sweep",
        THIRTY,
        "--vary",
        VARY,
        "--replications",
        "2",
        "--set",
        "horizon=10m",
        "--metric",
        "fleet[t4g.small].launched",
        "--out",
        first,
    ]);
    let resolved = format!("{first}/sweep.resolved.toml");
    stdout(&["sweep", &resolved, "--out", second]);
    for name in ["sweep.json", "points.csv", "runs.csv", "sweep.resolved.toml"] {
        let read = |folder: &str| {
            let path = std::path::PathBuf::from(format!("{folder}/{name}"));
            taskyard::io::read_text(&path, 1 << 24).unwrap().text
        };
        assert_eq!(read(first), read(second), "{name}");
        assert!(!read(first).contains(first), "{name} names a path of the machine");
    }
}

#[test]
fn a_sweep_file_finds_its_scenario_beside_it_and_flags_come_before_it() {
    let directory = tempfile::tempdir().unwrap();
    let text = "name = \"s\"\nscenario = \"base.toml\"\nreplications = 50\n\
                [[axis]]\npath = \"service.web.desired_count\"\nvalues = [3, 4]\n";
    let path = file(directory.path(), "sweep.toml", text);
    let path = path.to_str().unwrap();
    refused(&["sweep", path], 2, &["TY0001", "base.toml", "sweep.toml:2"]);
    let scenario = taskyard::io::read_text(THIRTY.as_ref(), 1 << 20).unwrap().text;
    file(directory.path(), "base.toml", &scenario);
    let page = stdout(&["sweep", path, "--replications", "2"]);
    assert!(page.contains("s: 2 points, 4 runs"), "{page}");
}

#[test]
fn a_point_that_cannot_run_is_told_below_the_others() {
    let vary = "task_definition.web.memory=1024,16000000";
    let page = stdout(&["sweep", THIRTY, "--vary", vary, "--replications", "2"]);
    assert!(page.contains("2 points, 2 runs"), "{page}");
    assert!(page.contains("Points that cannot run\n  - 16000000: "), "{page}");
    assert!(page.contains("1 point that cannot run"), "{page}");
}

#[test]
fn what_cannot_be_asked_is_told_before_any_run() {
    let vary = ["sweep", THIRTY, "--vary", VARY];
    let with = |more: &[&'static str]| [&vary[..], more].concat();
    refused(&["sweep", THIRTY], 2, &["nothing is varied", "--vary"]);
    refused(&with(&["--jobs", "0"]), 2, &["--jobs", "1..=1024"]);
    refused(&with(&["--replications", "1", "--precision", "5"]), 2, &["TY0076", "one run"]);
    refused(&with(&["--plan", "random"]), 2, &["TY0021", "--samples"]);
    let figure = "tasks.time_to_runing_s.p95";
    refused(
        &with(&["--metric", figure]),
        2,
        &["TY0077", "did you mean tasks.time_to_running_s.p95?"],
    );
    refused(
        &["sweep", THIRTY, "--vary", "service.web.desired_cuont=1,2"],
        2,
        &["did you mean `desired_count`?"],
    );
    refused(
        &["sweep", THIRTY, "--vary", "service.web.desired_count=1,two"],
        2,
        &["TY0022", "--vary:1:29"],
    );
    refused(&["sweep", THIRTY, "--vary", "region=eu-west-1,eu-wst-1"], 2, &["TY0070"]);
    let grid = "task_definition.web.memory=1..1000000/1";
    refused(&with(&["--vary", grid]), 2, &["TY0073", "2000000 points"]);
}

#[test]
fn progress_is_for_terminals_alone() {
    let output = call(&["sweep", THIRTY, "--vary", VARY, "--replications", "2"]);
    assert_eq!(stderr(&output), "");
}
