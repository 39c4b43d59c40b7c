//! The command line: the built program from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const THIRTY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/thirty-tasks.toml");

const QUOTE: [&str; 19] = [
    "quote",
    "--tasks",
    "30",
    "--cpu",
    "512",
    "--memory",
    "1024",
    "--cpu-architecture",
    "ARM64",
    "--vcpu-count",
    "2..4",
    "--memory-mib",
    "2048..16384",
    "--cpu-manufacturers",
    "amazon-web-services",
    "--burstable-performance",
    "included",
    "--region",
    "eu-west-1",
];

fn taskyard() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskyard"));
    command.stdin(Stdio::null());
    command
}

fn call(args: &[&str]) -> Output {
    taskyard().args(args).output().unwrap()
}

/// stdout of a call that exits with 0.
fn stdout(args: &[&str]) -> String {
    let output = call(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A call that must exit with `code`, say nothing on stdout, and these words on stderr.
fn refused(args: &[&str], code: i32, words: &[&str]) {
    let output = call(args);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert!(output.stdout.is_empty(), "{args:?} wrote to stdout");
    for word in words {
        assert!(said.contains(word), "{args:?}: no \"{word}\" in:\n{said}");
    }
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(args)).unwrap()
}

fn file(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    taskyard::io::write_atomic(&path, text.as_bytes()).unwrap();
    path
}

fn text(path: &Path) -> String {
    taskyard::io::read_text(path, 1 << 30).unwrap().text
}

fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_page_says_first_what_matters() {
    let page = stdout(&["run", THIRTY]);
    let first = page.lines().next().unwrap();
    assert!(
        first.starts_with("thirty-tasks: 30 tasks run on 30 t4g.small; all running"),
        "{first}"
    );
    for words in
        ["$0.9076/h", "$662.52 a month", "817 MiB", "memory", "Memory puts 1", "t4g.medium"]
    {
        assert!(page.contains(words), "no \"{words}\" in:\n{page}");
    }
    assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
    assert!(!page.contains('\u{1b}'), "no colours where nobody looks");
}

#[test]
fn the_json_answer_has_the_keys_and_types_of_the_contract() {
    let answer = json(&["run", THIRTY, "-o", "json"]);
    let number = |pointer: &str| {
        let value = answer.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        value.as_f64().unwrap_or_else(|| panic!("{pointer} is {value}"))
    };
    let string = |pointer: &str| {
        answer.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}"))
    };
    assert_eq!(answer["schema_version"], 1);
    assert_eq!(string("/scenario/name"), "thirty-tasks");
    assert_eq!(string("/scenario/region"), "eu-west-1");
    assert_eq!((number("/scenario/seed"), number("/scenario/replications")), (1.0, 1.0));
    for key in ["/model_version", "/catalog/as_of", "/digest", "/fleet/0/capacity_provider"] {
        string(key);
    }
    assert!(answer["catalog"]["prices_as_of"].is_object());
    assert_eq!(string("/fleet/0/instance_type"), "t4g.small");
    assert!(answer["fleet"][0]["fargate_size"].is_null());
    for key in ["purchase_option", "binding_limit", "price_source"] {
        string(&format!("/fleet/0/{key}"));
    }
    for key in ["launched", "peak", "at_end"] {
        assert_eq!(number(&format!("/fleet/0/{key}")) as u32, 30);
    }
    for key in ["max_tasks_per_instance", "usd_per_hour_each", "ec2_usd_per_hour_each"] {
        number(&format!("/fleet/0/{key}"));
    }
    for key in
        ["requested", "started", "running_at_end", "stopped", "interrupted", "waiting_at_end"]
    {
        number(&format!("/tasks/{key}"));
    }
    for of in ["time_to_running_s", "time_to_ready_s"] {
        for key in ["mean", "p50", "p90", "p95", "max"] {
            number(&format!("/tasks/{of}/{key}"));
        }
        assert!(answer["tasks"][of]["p99"].is_null(), "30 tasks bear no 99 % quantile");
    }
    for phase in ["launch", "boot", "attach", "pull", "start", "ready", "decide_batch"] {
        for key in ["mean", "p50", "p90"] {
            number(&format!("/tasks/phases_s/{phase}/{key}"));
        }
    }
    for key in
        ["total_usd", "per_hour_at_end_usd", "per_month_at_end_usd", "lower_bound_per_hour_usd"]
    {
        number(&format!("/cost/{key}"));
    }
    string("/cost/lines/0/item");
    let lines = answer["cost"]["lines"].as_array().unwrap();
    let sum: f64 = lines.iter().map(|line| line["usd"].as_f64().unwrap()).sum();
    assert!((sum - number("/cost/total_usd")).abs() < 1e-9, "the lines sum to the total");
    assert!(answer["cost"]["not_included"].is_array());
    string("/limits/0/limit");
    number("/limits/0/needed");
    assert!(answer["limits"][0].get("of").is_some());
    assert!(answer["assumptions"].is_array());
    number("/events");
}

#[test]
fn two_runs_are_identical_to_the_byte() {
    for format in ["table", "json", "csv"] {
        let args = ["run", THIRTY, "-o", format, "--invariants"];
        assert_eq!(stdout(&args), stdout(&args));
    }
}

#[test]
fn another_seed_changes_the_times_and_not_the_fleet() {
    let one = json(&["run", THIRTY, "-o", "json"]);
    let two = json(&["run", THIRTY, "-o", "json", "--seed", "2"]);
    assert_ne!(one["digest"], two["digest"]);
    assert_ne!(one["tasks"]["time_to_running_s"], two["tasks"]["time_to_running_s"]);
    assert_eq!(one["fleet"], two["fleet"]);
    assert_eq!(two["scenario"]["seed"], 2);
}

#[test]
fn a_quote_gives_the_fleet_of_the_scenario_that_it_stands_for() {
    let mut args = QUOTE.to_vec();
    args.extend(["-o", "json"]);
    let quote = json(&args);
    let scenario = json(&["run", THIRTY, "-o", "json"]);
    for key in ["fleet", "tasks", "cost", "digest"] {
        assert_eq!(quote[key], scenario[key], "{key}");
    }
    let changes = quote["alternatives"].as_array().unwrap();
    let change = |name: &str| changes.iter().find(|other| other["change"] == name).unwrap();
    assert_eq!(change("x86-64 instead")["fleet"], "30 t3a.small");
    assert!(stdout(&QUOTE).contains("burstable types excluded"));
}

#[test]
fn the_scenario_that_a_quote_prints_is_read_from_standard_input() {
    let mut args = QUOTE.to_vec();
    args.push("--print-scenario");
    let scenario = stdout(&args);
    let mut child = taskyard()
        .args(["run", "-", "-o", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(scenario.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["fleet"], json(&["run", THIRTY, "-o", "json"])["fleet"]);
}

#[test]
fn a_quote_reads_the_json_of_a_task_definition() {
    let directory = tempfile::tempdir().unwrap();
    let definition = r#"{ "taskDefinition": { "family": "web", "cpu": "512", "memory": "1 GB",
        "networkMode": "awsvpc", "runtimePlatform": { "cpuArchitecture": "ARM64" },
        "containerDefinitions": [ { "name": "web", "image": "nginx", "essential": true } ] } }"#;
    let path = file(directory.path(), "web.json", definition);
    let mut args = vec!["quote", "--tasks", "30", "--task-definition", path.to_str().unwrap()];
    args.extend(&QUOTE[9..]);
    args.extend(["-o", "json"]);
    let quote = json(&args);
    assert_eq!(quote["fleet"], json(&["run", THIRTY, "-o", "json"])["fleet"]);
}

#[test]
fn set_changes_the_question() {
    let set = ["run", THIRTY, "-o", "json", "--set", "service.web.desired_count=7"];
    assert_eq!(json(&set)["tasks"]["requested"], 7.0);
    let two = ["run", THIRTY, "-o", "json", "--set", "task_definition.web.memory=817"];
    assert_eq!(json(&two)["fleet"][0]["at_end"], 15.0, "two fit on each");
    refused(
        &["run", THIRTY, "--set", "service.web.desired_cont=7"],
        2,
        &["did you mean `desired_count`?", "--set"],
    );
    refused(&["run", THIRTY, "--set", "nonsense"], 2, &["--set takes path=value"]);
}

#[test]
fn an_expectation_decides_the_exit_code() {
    let with = |expectation: &str| call(&["run", THIRTY, "-o", "json", "--expect", expectation]);
    let met = with("fleet[t4g.small].launched == 30");
    assert_eq!((met.status.code(), stderr(&met).as_str()), (Some(0), ""));
    let failed = with("tasks.time_to_running_s.p95 < 6");
    assert_eq!(failed.status.code(), Some(1));
    assert!(!failed.stdout.is_empty(), "the answer is there all the same");
    assert!(stderr(&failed).contains("tasks.time_to_running_s.p95 < 6: it is "));
    assert_eq!(with("fleet[c7g.large].launched == 0").status.code(), Some(0));
    refused(
        &["run", THIRTY, "--expect", "tasks.time_to_runing_s.p95 < 60"],
        2,
        &["did you mean tasks.time_to_running_s.p95?"],
    );
    refused(&["run", THIRTY, "--expect", "tasks.started"], 2, &["no comparison"]);
}

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
         requested_at,running_at,registered_at,draining_at,terminated_at,usd"
    );
    let cost: f64 =
        instances.iter().map(|row| row.rsplit(',').next().unwrap().parse::<f64>().unwrap()).sum();
    let summary: Value = serde_json::from_str(&answer).unwrap();
    assert!((cost - summary["cost"]["total_usd"].as_f64().unwrap()).abs() < 1e-6);
    assert_eq!(table("series.csv").0, "replication,time_s,metric,subject,value");
    let (header, events) = table("events.csv");
    assert_eq!(header, "replication,time_s,event,subject,detail");
    assert_eq!(events.len() as f64, summary["events"].as_f64().unwrap());
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
fn replications_are_merged_into_means_whatever_the_number_of_threads() {
    let with =
        |jobs: &str| stdout(&["run", THIRTY, "-o", "json", "--replications", "6", "--jobs", jobs]);
    let one = with("1");
    assert_eq!(one, with("2"));
    let merged: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(merged["scenario"]["replications"], 6);
    assert_eq!(merged["fleet"][0]["frequency"], 1.0);
    assert_eq!(merged["fleet"][0]["launched"], 30.0);
    let interval = &merged["intervals"]["tasks.time_to_running_s.p95"];
    let (low, high) =
        (interval["ci95_low"].as_f64().unwrap(), interval["ci95_high"].as_f64().unwrap());
    let mean = merged["tasks"]["time_to_running_s"]["p95"].as_f64().unwrap();
    assert!(low < mean && mean < high && interval["n"] == 6, "{low} {mean} {high}");
    assert!(merged["intervals"]["cost.total_usd"].is_object());
    assert!(merged["intervals"]["fleet[t4g.small].launched"].is_object());
    let lines = merged["cost"]["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 3, "equal lines are one: {lines:?}");
    let page = stdout(&["run", THIRTY, "--replications", "6"]);
    assert!(page.contains("means of 6 runs") && page.contains('±'), "{page}");
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
fn pick_tells_how_many_types_each_attribute_removed() {
    let args = ["pick", "--region", "eu-west-1", "--vcpu-count", "2..4", "-o", "json"];
    let pick = json(&args);
    let total = pick["total"].as_u64().unwrap();
    let mut left = total;
    for step in pick["funnel"].as_array().unwrap() {
        let removed = step["removed"].as_u64().unwrap();
        assert_eq!(step["left"].as_u64().unwrap(), left - removed, "{step}");
        left -= removed;
    }
    assert_eq!(pick["matching"].as_u64().unwrap(), left);
    let types = pick["types"].as_array().unwrap();
    assert_eq!(types.len() as u64, left);
    let prices: Vec<f64> = types.iter().map(|of| of["usd_per_hour"].as_f64().unwrap()).collect();
    assert!(prices.is_sorted(), "the cheapest first");
    assert!(types.iter().all(|of| (2..=4).contains(&of["vcpus"].as_u64().unwrap())));
    let mut table = args[..5].to_vec();
    table.extend(["--limit", "3"]);
    assert!(stdout(&table).contains("What removed the others"));
    table.extend(["-o", "csv"]);
    let rows = stdout(&table).lines().count();
    assert_eq!(rows as u64, left + 1, "CSV has every type");
}

#[test]
fn pick_that_admits_nothing_shows_the_funnel_and_exits_with_2() {
    let output = call(&["pick", "--region", "eu-west-1", "--vcpu-count", "3"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("vcpu_count removed the last"), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("vcpu_count"));
}

#[test]
fn explain_tells_what_lost_and_what_one_task_waited_for() {
    let all = stdout(&["explain", THIRTY]);
    for words in ["chosen", "a tie, but larger", "memory", "817 MiB", "ENI limit"] {
        assert!(all.contains(words), "no \"{words}\" in:\n{all}");
    }
    let task = json(&["explain", THIRTY, "--task", "web/3", "-o", "json"]);
    let phases = task["phases"].as_array().unwrap();
    let sum: f64 = phases.iter().map(|phase| phase["seconds"].as_f64().unwrap()).sum();
    let time = |name: &str| {
        let times = task["times"].as_array().unwrap();
        times.iter().find(|time| time[0] == name).unwrap()[1].as_f64().unwrap()
    };
    assert!((sum - (time("ready_at") - time("requested_at"))).abs() < 1e-6, "{task}");
    let instance = stdout(&["explain", THIRTY, "--instance", "ec2-managed/0"]);
    assert!(instance.contains("registered_at") && instance.contains("web/"), "{instance}");
    refused(&["explain", THIRTY, "--task", "web/30"], 2, &["web/30", "web/0"]);
}

#[test]
fn check_finds_everything_and_runs_nothing() {
    let ok = stdout(&["check", THIRTY]);
    assert!(ok.contains("thirty-tasks: ok") && ok.contains("types to choose from"), "{ok}");
    let set = ["--set", "service.web.desired_count=-1", "--set", "horizon=5"];
    let mut args = vec!["check", THIRTY];
    args.extend(set);
    refused(&args, 2, &["desired_count", "horizon"]);
}

#[test]
fn the_catalogue_names_its_dates_rows_and_sources() {
    let all = stdout(&["catalog"]);
    for words in ["instance_types.csv", "1,395", "2026-10", "moto", "eu-west-1"] {
        assert!(all.contains(words), "no \"{words}\"");
    }
    let region = json(&["catalog", "--region", "eu-west-1", "-o", "json"]);
    assert_eq!(region["region"]["availability_zones"].as_array().unwrap().len(), 3);
    assert!(region["region"]["priced_quoted"].as_u64().unwrap() > 500);
    refused(&["catalog", "--region", "eu-wst-1"], 2, &["did you mean \"eu-west-1\"?"]);
}

#[test]
fn wrong_usage_is_told_before_anything_runs() {
    refused(&["run"], 2, &["Usage"]);
    refused(&["run", THIRTY, "--replications", "0"], 2, &["replications"]);
    refused(&["quote", "--tasks", "3", "--cpu", "256", "--memory", "512"], 2, &["--region"]);
    refused(
        &["pick", "--region", "eu-west-1", "--burstable-performance", "maybe"],
        2,
        &["included"],
    );
    refused(&["pick", "--region", "eu-west-1", "--vcpu-count", "4..2"], 2, &["minimum"]);
    assert!(stdout(&["--help"]).contains("quote"));
    assert!(stdout(&["--version"]).starts_with("taskyard "));
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
