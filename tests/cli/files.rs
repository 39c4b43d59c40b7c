//! Files in and out, and pipes that close.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::{THIRTY, file, json, names, refused, stderr, stdout, taskyard, text};

#[test]
fn out_writes_every_file_with_the_columns_of_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("a/b");
    let answer = stdout(&["run", THIRTY, "-o", "json", "--out", out.to_str().unwrap()]);
    assert_eq!(
        names(&out),
        [
            "events.csv",
            "instances.csv",
            "scenario.resolved.toml",
            "series.csv",
            "summary.json",
            "tasks.csv"
        ]
    );
    assert_eq!(text(&out.join("summary.json")), answer);
    let table = |name: &str| {
        let text = text(&out.join(name));
        let mut lines = text.lines().map(str::to_owned);
        (lines.next().unwrap(), lines.collect::<Vec<_>>())
    };
    let (header, tasks) = table("tasks.csv");
    assert!(header.starts_with(
        "replication,task,service,capacity_provider,instance,instance_type,availability_zone,"
    ));
    for column in [
        "created_at",
        "connectivity_at",
        "pull_started_at",
        "pull_stopped_at",
        "started_at",
        "stopping_at",
        "execution_stopped_at",
        "stopped_at",
        "ready_at",
        "stop_code",
    ] {
        assert!(header.split(',').any(|name| name == column), "{column}");
    }
    assert_eq!(tasks.len(), 30);
    let (header, instances) = table("instances.csv");
    assert_eq!(
        header,
        "replication,instance,capacity_provider,instance_type,availability_zone,purchase_option,\
         requested_at,running_at,registered_at,draining_at,terminated_at,recommended_at,notice_at,\
         warmed_from,stopped_at,left_warm_pool_at,usd"
    );
    let cost: f64 =
        instances.iter().map(|row| row.rsplit(',').next().unwrap().parse::<f64>().unwrap()).sum();
    let summary: Value = serde_json::from_str(&answer).unwrap();
    assert!((cost - summary["cost"]["total_usd"].as_f64().unwrap()).abs() < 1e-6);
    assert_eq!(table("series.csv").0, "replication,time_s,metric,subject,value");
    let (header, events) = table("events.csv");
    assert_eq!(header, "replication,time_s,event,subject,detail");
    let said = events.iter().filter(|row| row.contains(",ServiceEvent,")).count();
    assert_eq!(said, 4, "its first task, the others, that it is complete and steady");
    assert_eq!(events.len() - said, summary["events"].as_f64().unwrap() as usize);
}

#[test]
fn the_resolved_scenario_gives_the_same_answer() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    let first = json(&["run", THIRTY, "-o", "json", "--seed", "9", "--out", out]);
    let resolved = directory.path().join("scenario.resolved.toml");
    let second = json(&["run", resolved.to_str().unwrap(), "-o", "json"]);
    for key in ["scenario", "fleet", "tasks", "cost", "digest"] {
        assert_eq!(first[key], second[key], "{key}");
    }
}

#[test]
fn bad_input_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let wrong = file(directory.path(), "wrong.toml", "schema = 1\nname = 3\n");
    let out = directory.path().join("out");
    let out = out.to_str().unwrap();
    let wrong = wrong.to_str().unwrap();
    refused(&["run", wrong, "--out", out], 2, &["wrong.toml:2", "name"]);
    let too_large = ["run", THIRTY, "--out", out, "--set", "task_definition.web.memory=600000"];
    refused(&too_large, 2, &["task_definition.web", "memory"]);
    refused(&["run", THIRTY, "--out", out, "--set", "region=eu-wst-1"], 2, &["eu-west-1"]);
    let nothing = "managed_instances_provider.instance_requirements.vcpu_count={min=3,max=3}";
    refused(&["run", THIRTY, "--out", out, "--set", nothing], 2, &["vcpu_count", "left"]);
    refused(&["run", "no-such-file.toml", "--out", out], 2, &["no such file"]);
    refused(&["run", THIRTY, "--out", out, "--prices", wrong], 2, &["wrong.toml"]);
    assert_eq!(names(directory.path()), ["wrong.toml"]);
}

#[test]
fn a_result_that_cannot_be_written_exits_with_3() {
    let directory = tempfile::tempdir().unwrap();
    let taken = file(directory.path(), "taken", "x");
    let under = taken.join("out");
    refused(&["run", THIRTY, "--out", under.to_str().unwrap()], 3, &["cannot write"]);
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    for args in
        [vec!["run", THIRTY, "-o", "json"], vec!["pick", "--region", "eu-west-1", "-o", "csv"]]
    {
        let mut child =
            taskyard().args(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0_u8; 1];
        let mut pipe = child.stdout.take().unwrap();
        pipe.read_exact(&mut first).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{args:?}");
    }
    // Closed before anything is written.
    let mut child = taskyard().args(["run", THIRTY]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_first_replication_is_the_run_itself() {
    let directory = tempfile::tempdir().unwrap();
    let tasks = |replications: &str, name: &str| {
        let out = directory.path().join(name);
        stdout(&["run", THIRTY, "--replications", replications, "--out", out.to_str().unwrap()]);
        text(&out.join("tasks.csv"))
    };
    let (one, two) = (tasks("1", "one"), tasks("2", "two"));
    assert!(two.starts_with(&one) && two.len() > one.len());
    assert_eq!(two.lines().filter(|line| line.starts_with("1,")).count(), 30);
}

#[test]
fn a_price_file_changes_the_choice_and_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let header = "region,instance_type,purchase_option,usd_per_hour,source,as_of\n";
    let row = "eu-west-1,c6g.large,on-demand,0.001,an offer,2026-11-01\n";
    let prices = file(directory.path(), "prices.csv", &format!("{header}{row}"));
    let answer = json(&["run", THIRTY, "-o", "json", "--prices", prices.to_str().unwrap()]);
    assert_eq!(answer["fleet"][0]["instance_type"], "c6g.large");
    assert_eq!(answer["fleet"][0]["price_source"], "an offer");
    assert_eq!(answer["catalog"]["prices_as_of"]["an offer"], "2026-11-01");
    let only_header = file(directory.path(), "empty.csv", header);
    refused(&["run", THIRTY, "--prices", only_header.to_str().unwrap()], 2, &["empty.csv"]);
}

/// A Region whose prices the tables lack.
const UNPRICED: &str = "ap-east-2";

/// A small scenario in a Region, with a line among its requirements.
fn small(region: &str, more: &str) -> String {
    format!(
        "name = \"s\"\nregion = \"{region}\"\n[[capacity_provider]]\nname = \"mi\"\n\
         [capacity_provider.managed_instances_provider.instance_requirements]\n\
         vcpu_count = {{ min = 1 }}\nmemory_mib = {{ min = 0 }}\n{more}\n\
         [[task_definition]]\nfamily = \"web\"\ncpu = 512\nmemory = 1024\n\
         [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 3\n"
    )
}

#[test]
fn a_region_that_does_not_exist_is_told_with_code_place_and_the_other_errors() {
    let directory = tempfile::tempdir().unwrap();
    let wrong = file(directory.path(), "s.toml", &small("eu-wst-1", "burstable = 1"));
    let wrong = wrong.to_str().unwrap();
    let words = ["error[TY0070]", "s.toml:2:10", "did you mean \"eu-west-1\"?", "error[TY0020]"];
    refused(&["run", wrong], 2, &words);
    refused(&["run", THIRTY, "--set", "region=moon"], 2, &["error[TY0070]", "--set:1:8"]);
    refused(&["pick", "--region", "eu-wst-1"], 2, &["error[TY0070]", "--region:1:1"]);
    refused(&["catalog", "--region", "eu-wst-1"], 2, &["error[TY0070]", "--region:1:1"]);
}

#[test]
fn a_region_without_prices_is_told_at_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let types = file(directory.path(), "s.toml", &small(UNPRICED, ""));
    let types = types.to_str().unwrap();
    refused(&["check", types], 2, &["error[TY0071]", "s.toml:2:10", "price_stand_in"]);
    refused(&["pick", "--region", UNPRICED], 2, &["error[TY0071]", "--region:1:1"]);
}

#[test]
fn requirements_that_name_no_type_are_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let list = "allowed_instance_types = [\"c7i.lrge\", \"c7i.*\"]";
    let path = file(directory.path(), "s.toml", &small("eu-west-1", list));
    for command in ["run", "check", "explain"] {
        let output = taskyard().args([command, path.to_str().unwrap()]).output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{command}: {said}");
        assert!(said.contains("no instance type is named \"c7i.lrge\""), "{command}: {said}");
    }
}

#[test]
fn a_series_beside_the_scenario_runs_unchanged_and_what_is_written_needs_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path();
    let demand = |file: &str| {
        let thirty = text(std::path::Path::new(THIRTY));
        format!(
            "{thirty}\n[[demand]]\nname = \"visitors\"\nservice = \"web\"\ncpu_time = \"50ms\"\n\
             series = \"{file}\"\n"
        )
    };
    let counts = "Full label,RequestCount\nLabel,RequestCount\n2026/01/05 00:00:00,30000\n\
                  2026/01/05 00:05:00,45000\n2026/01/05 00:10:00,60000\n2026/01/05 00:15:00,60000\n\
                  2026/01/05 00:20:00,30000\n2026/01/05 00:25:00,15000\n";
    file(folder, "requests.csv", counts);
    let of_csv = file(folder, "csv.toml", &demand("requests.csv"));
    let out = folder.join("out");
    let answer =
        json(&["run", of_csv.to_str().unwrap(), "-o", "json", "--out", out.to_str().unwrap()]);
    assert_eq!(answer["demand"][0]["requests"], 240_000.0);
    let resolved = out.join("scenario.resolved.toml");
    let again = json(&["run", resolved.to_str().unwrap(), "-o", "json"]);
    assert_eq!(again["demand"], answer["demand"]);
    assert_eq!(again["digest"], answer["digest"]);
    let series = text(&out.join("series.csv"));
    for curve in
        ["requests_per_second", "requests_served_per_second", "requests_waiting", "cpu_utilization"]
    {
        assert!(series.contains(&format!(",{curve},web,")), "{curve} in:\n{series}");
    }
    // The same as get-metric-data prints it, newest first.
    let printed = r#"{"MetricDataResults": [{"Id": "m1", "Label": "RequestCount", "Timestamps": [
        "2026-01-05T00:25:00+00:00", "2026-01-05T00:20:00+00:00", "2026-01-05T00:15:00+00:00",
        "2026-01-05T00:10:00+00:00", "2026-01-05T00:05:00+00:00", "2026-01-05T00:00:00+00:00"
        ], "Values": [15000.0, 30000.0, 60000.0, 60000.0, 45000.0, 30000.0],
        "StatusCode": "Complete"}], "Messages": []}"#;
    file(folder, "requests.json", printed);
    let of_json = file(folder, "json.toml", &demand("requests.json"));
    let of_json = json(&["run", of_json.to_str().unwrap(), "-o", "json"]);
    assert_eq!(of_json["digest"], answer["digest"]);
    let missing = file(folder, "missing.toml", &demand("request.csv"));
    refused(&["run", missing.to_str().unwrap()], 2, &["TY0001", "request.csv", "requests.csv"]);
    let side = stdout(&[
        "compare",
        of_csv.to_str().unwrap(),
        "--variant",
        "twice:service.web.desired_count=60",
    ]);
    assert!(side.contains("Demand side by side") && side.contains("idle task-h"), "{side}");
}
