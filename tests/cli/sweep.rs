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

#[test]
fn what_is_expected_of_every_point_or_of_one_decides_the_exit_code() {
    // $220.84 and $441.68 a month.
    let with = |more: &[&str]| {
        let all = ["sweep", THIRTY, "--vary", VARY, "--replications", "2", "-o", "csv"];
        let output = call(&[&all[..], more].concat());
        (output.status.code(), stderr(&output), output.stdout.is_empty())
    };
    let met = ["--expect", "monthly_usd < 450", "--expect", "points[10].monthly_usd < 230"];
    assert_eq!(with(&met), (Some(0), String::new(), false));
    let (code, said, empty) = with(&["--expect", "monthly_usd < 230"]);
    assert_eq!((code, empty), (Some(1), false), "the answer is there all the same");
    let words = "expectation failed: monthly_usd < 230: at 1 of 2 points, the first 20: it is 441.";
    assert!(said.contains(words), "{said}");
    // Its values, or its number from 0; a figure that no sweep has of itself is kept.
    for point in ["20", "1"] {
        let one = format!("points[{point}].fleet[t4g.small].launched == 10");
        let (code, said, _) = with(&["--expect", &one]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&one) && said.contains("it is 20"), "{said}");
    }
    let vary = ["sweep", THIRTY, "--vary", VARY, "--expect"];
    let refuse = |expect: &str, words: &[&str]| refused(&[&vary[..], &[expect]].concat(), 2, words);
    refuse("points[30].monthly_usd < 1", &["TY0077", "no point \"30\"", "points[10]"]);
    refuse("monthly < 1", &["TY0077", "--expect:1:1", "did you mean monthly_usd or"]);
    refuse("monthly_usd", &["no comparison"]);
}

#[test]
fn a_sweep_says_what_its_points_warn_of_and_rest_on_and_of_when_the_prices_are() {
    let args = ["sweep", THIRTY, "--vary", VARY, "--replications", "2"];
    let page = stdout(&args);
    let [warnings, data] =
        ["\nWarnings\n  - t4g.small: tasks reserve", "\nData\n  Instance types as of"];
    assert!(page.contains(warnings) && page.contains(data), "{page}");
    assert!(page.contains("values that AWS does not document ("), "{page}");
    let found = json(&[&args[..], &["-o", "json"]].concat());
    assert_eq!(found["warnings"][0]["points"], 2);
    let of = |grade: &str| {
        let rows = found["assumptions"].as_array().unwrap().iter();
        rows.filter(|row| row["grade"].as_str().unwrap().starts_with(grade)).count()
    };
    let [assumed, measured] = ["assumed", "measured"].map(of);
    let words = format!("{assumed} assumed, {measured} measured");
    assert!(page.replace("\n  ", " ").contains(&words), "{words}: {page}");
    let csv = stdout(&[&args[..], &["-o", "csv"]].concat());
    assert!(csv.lines().count() == 3 && !csv.contains("baseline"), "{csv}");
}

#[test]
fn how_well_services_are_served_is_kept_where_the_scenario_says_enough() {
    let metrics = |scenario: &str, more: &[&str]| {
        let path = format!("{}/scenarios/{scenario}.toml", env!("CARGO_MANIFEST_DIR"));
        let args = ["sweep", &path, "--replications", "1", "-o", "json"];
        json(&[&args[..], more].concat())["metrics"].to_string()
    };
    let rolling = ["--vary", "horizon=30m,40m"];
    assert!(
        metrics("rolling-default", &rolling).contains("deployments[web/2].least_healthy_percent")
    );
    // Each of two updates, and the least of both.
    let again = "update_service=[{ service = \"web\", at = \"15m\", force_new_deployment = true }, \
                 { service = \"web\", at = \"30m\", force_new_deployment = true }]";
    let twice = metrics("rolling-default", &["--vary", "horizon=40m,50m", "--set", again]);
    for name in ["web/2", "web/3", "web"] {
        assert!(twice.contains(&format!("deployments[{name}].least_healthy_percent")), "{twice}");
    }
    let demand = ["--vary", "horizon=20m,30m"];
    assert!(metrics("target-tracking-step", &demand).contains("].not_served_share"));
    let plain = metrics("thirty-tasks", &["--vary", VARY]);
    assert!(!plain.contains("share") && !plain.contains("healthy"), "{plain}");
}

#[test]
fn with_worlds_the_choices_are_ranked_and_not_the_points() {
    let directory = tempfile::tempdir().unwrap();
    let scenario = taskyard::io::read_text(THIRTY.as_ref(), 1 << 20).unwrap().text;
    file(directory.path(), "base.toml", &scenario);
    let text = "name = \"s\"\nscenario = \"base.toml\"\nreplications = 2\n\
                [[axis]]\nname = \"memory\"\npath = \"task_definition.web.memory\"\nvalues = [1024, 3000]\n\
                [[axis]]\nname = \"load\"\nworld = true\npath = \"service.web.desired_count\"\nvalues = [3, 6]\n";
    let path = file(directory.path(), "sweep.toml", text);
    let path = path.to_str().unwrap();
    let page = stdout(&["sweep", path]);
    assert!(page.starts_with("Whatever load comes, 1024 is the choice to regret least"), "{page}");
    assert!(page.contains("4 points, 8 runs"), "{page}");
    assert!(page.contains("least regret") && page.contains("which nobody chooses"), "{page}");
    let found = json(&["sweep", path, "-o", "json"]);
    assert_eq!(found["decisions"]["worlds"], serde_json::json!(["load"]));
    assert_eq!(found["decisions"]["rankings"][0]["points"].as_array().unwrap().len(), 2);
    assert_eq!(found["points"].as_array().unwrap().len(), 4, "every point is there");
    assert_eq!(found["axes"][1]["world"], true);
}

#[test]
fn a_sweep_file_where_a_scenario_is_expected_is_told_so() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/sweeps/cost-vs-latency.toml");
    for command in ["run", "explain"] {
        refused(&[command, path], 2, &["TY0078", "this is a sweep file", "taskyard sweep FILE"]);
    }
    // check looks at it as the sweep that it is: 4 x 3 x 3 points of 15 runs.
    let found = json(&["check", path, "-o", "json"]);
    assert_eq!((found["points"].as_u64(), found["runs"].as_u64()), (Some(36), Some(540)));
    assert!(stdout(&["check", path]).starts_with("cost-vs-latency: ok"));
}
