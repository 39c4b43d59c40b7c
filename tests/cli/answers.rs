//! `run` and `quote`: pages, JSON, expectations, replications.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::{QUOTE, THIRTY, call, file, json, refused, stderr, stdout, taskyard};

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
fn a_quote_on_fargate_tells_size_rate_and_time_and_refuses_requirements_of_instances() {
    let quote = |capacity: &'static str, more: &[&'static str]| -> Vec<&'static str> {
        let mut args = vec!["quote", "--tasks", "3", "--cpu", "512", "--memory", "1024"];
        args.extend(["--region", "us-east-1", "--capacity", capacity]);
        args.extend(more);
        args
    };
    let answer = json(&quote("fargate", &["-o", "json"]));
    // Three times 0.5 vCPU at $0.04048 and 1 GB at $0.004445, 730 hours.
    let month = answer["cost"]["per_month_at_end_usd"].as_f64().unwrap();
    assert!((month - 54.06).abs() < 0.005, "{month}");
    assert_eq!(answer["fleet"][0]["fargate_size"], "0.5 vCPU, 1 GB");
    assert!(answer["tasks"]["time_to_running_s"]["p50"].as_f64().unwrap() > 5.0);
    let page = stdout(&quote("fargate", &[]));
    assert!(page.contains("On Fargate these tasks cost no less"), "{page}");
    let printed = stdout(&quote("fargate-spot", &["--print-scenario"]));
    assert!(printed.contains("capacity_provider = \"FARGATE_SPOT\""), "{printed}");
    let meaningless = "a requirement of instances has no meaning on Fargate";
    refused(&quote("fargate", &["--vcpu-count", "2..4"]), 2, &[meaningless]);
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
fn the_spread_of_runs_stands_beside_the_interval_of_the_mean() {
    let runs = ["run", THIRTY, "--replications", "6"];
    let answer: Value = json(&[&runs[..], &["-o", "json"]].concat());
    let interval = &answer["intervals"]["tasks.time_to_running_s.max"];
    let of = |key: &str| interval[key].as_f64().unwrap();
    assert!(of("min") < of("ci95_low") && of("ci95_high") < of("max"), "{interval}");
    let page = stdout(&runs);
    for words in ["on average (", "lowest to highest run", "interval of the mean over 6 runs"] {
        assert!(page.contains(words), "no {words}: {page}");
    }
    assert!(!page.contains("± 0.0 ") && !page.contains("± 0.0000"), "{page}");
    let expect = |limit: &str| {
        let text = format!("intervals[tasks.time_to_running_s.p95].max < {limit}");
        call(&[&runs[..], &["--expect", &text]].concat()).status.code()
    };
    assert_eq!((expect("1000"), expect("1")), (Some(0), Some(1)));
}

#[test]
fn a_horizon_that_cuts_the_start_off_is_told_near_the_top() {
    let page = stdout(&["run", THIRTY, "--set", "horizon=60s"]);
    let top: String = page.lines().take(5).collect();
    assert!(top.contains("still wait at the horizon"), "{page}");
    assert!(!page.contains("best packing"), "{page}");
}

#[test]
fn a_bare_number_is_enough_where_there_is_one_group() {
    let full = stdout(&["explain", THIRTY, "--task", "web/3"]);
    assert_eq!(stdout(&["explain", THIRTY, "--task", "3"]), full);
    refused(&["explain", THIRTY, "--task", "300"], 2, &["300", "web/0"]);
}

#[test]
fn a_value_that_the_scenario_states_is_never_said_to_be_assumed() {
    let grade_of = |set: &[&str]| {
        let answer = json(&[&["run", THIRTY, "-o", "json"], set].concat());
        let rows = answer["assumptions"].as_array().unwrap().clone();
        let row =
            rows.into_iter().find(|row| row["parameter"] == "task_definition.web.network_mode");
        row.map(|row| row["grade"].as_str().unwrap().to_owned())
    };
    assert_eq!(grade_of(&[]).as_deref(), Some("assumed"));
    let stated = grade_of(&["--set", "task_definition.web.network_mode=awsvpc"]);
    assert_eq!(stated.as_deref(), Some("stated"));
}

#[test]
fn waves_of_tasks_are_told_apart_where_there_are_several() {
    let update = "\n[[update_service]]\nservice = \"web\"\nat = \"10m\"\ndesired_count = 40\n";
    let text = include_str!("../../scenarios/thirty-tasks.toml").to_owned() + update;
    let directory = tempfile::tempdir().unwrap();
    let scenario = file(directory.path(), "s.toml", &text);
    let scenario = scenario.to_str().unwrap();
    let answer = json(&["run", scenario, "-o", "json"]);
    let started = |wave: usize| answer["tasks"]["waves"][wave]["started"].as_f64();
    assert_eq!([started(0), started(1), started(2)], [Some(30.0), Some(10.0), None]);
    // The first thirty are those of the scenario without the update.
    let alone = json(&["run", THIRTY, "-o", "json"]);
    let first = &answer["tasks"]["waves"][0]["time_to_running_s"];
    assert_eq!(*first, alone["tasks"]["time_to_running_s"]);
    let page = stdout(&["run", scenario]);
    assert!(
        page.contains("of 30 first tasks") && page.contains("of 10 tasks of updates"),
        "{page}"
    );
    // The headline tells of the start, not of the update after it.
    let alone = stdout(&["run", THIRTY]);
    let after = alone.split("all running after ").nth(1).unwrap().split(';').next().unwrap();
    assert!(page.contains(&format!("the 30 first tasks running after {after}")), "{page}");
    assert!(!alone.contains("first tasks"));
}

/// A group of one type that buys a base on demand, and of the rest half.
fn mixed(base: u32, more: &[&str]) -> Vec<String> {
    let path = "scenarios/hundred-tasks-asg-on-demand.toml";
    let key = "auto_scaling_group_provider.on_demand";
    let set =
        [format!("{key}_base_capacity={base}"), format!("{key}_percentage_above_base_capacity=50")];
    let all = ["run", path, "--set", &set[0], "--set", &set[1]];
    all.iter().chain(more).map(|&argument| argument.to_owned()).collect()
}

fn flat(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_best_packing_that_breaks_the_split_of_a_mixed_group_is_not_offered() {
    // Spot is cheaper: the best packing has all seven on Spot, the group two and half of the others.
    let arguments = mixed(2, &[]);
    let page = flat(&stdout(&arguments.iter().map(String::as_str).collect::<Vec<_>>()));
    let left_out = "(proven; spread over zones and the split of a mixed group between on demand and \
                    Spot left out)";
    assert!(page.contains(left_out), "{page}");
    assert!(page.contains("The best packing breaks that split, so none is offered."), "{page}");
    assert!(!page.contains("a month less"), "{page}");
    let arguments = mixed(2, &["-o", "json"]);
    let answer = json(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(answer["cost"]["best_packing_keeps_split"], false);
    let whole = json(&["run", THIRTY, "-o", "json"]);
    assert!(whole["cost"].get("best_packing_keeps_split").is_none(), "no group is mixed");
}

#[test]
fn a_best_packing_on_demand_keeps_the_split_of_a_group_whose_base_covers_it() {
    let directory = tempfile::tempdir().unwrap();
    let prices = "region,instance_type,purchase_option,usd_per_hour\n\
                  us-east-1,m7i.2xlarge,spot,0.9\n";
    let prices = file(directory.path(), "p.csv", prices);
    let arguments = mixed(60, &["-o", "json", "--prices", prices.to_str().unwrap()]);
    let answer = json(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(answer["cost"]["best_packing_keeps_split"], true);
    assert_eq!(answer["cost"]["best_packing"][0]["instances"], 6, "and one more, less full");
}

#[test]
fn a_type_bought_on_demand_and_on_spot_says_which_is_which() {
    let arguments = mixed(2, &[]);
    let page = stdout(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(page.contains("100 tasks run on 5 m7i.2xlarge, 2 m7i.2xlarge Spot;"), "{page}");
    assert!(page.contains("m7i.2xlarge  on demand "), "{page}");
    let one_way = stdout(&["run", THIRTY]);
    assert!(!one_way.contains("on demand  "), "{one_way}");
    assert!(one_way.contains("a month (that fleet kept for 730 h)"), "{one_way}");
}

#[test]
fn prices_of_a_file_without_dates_are_undated() {
    let directory = tempfile::tempdir().unwrap();
    let prices = "region,instance_type,purchase_option,usd_per_hour\n\
                  us-east-1,fargate-vcpu-hour,on-demand,0.04\n\
                  us-east-1,fargate-gb-hour,on-demand,0.005\n";
    let prices = file(directory.path(), "p.csv", prices);
    let prices = prices.to_str().unwrap();
    let scenario = "scenarios/hundred-tasks-fargate.toml";
    let page = flat(&stdout(&["run", scenario, "--prices", prices]));
    assert!(page.contains("p.csv (undated)"), "{page}");
    let other = "less:service.web.desired_count=3";
    let page = flat(&stdout(&["compare", scenario, "--variant", other, "--prices", prices]));
    assert!(page.contains("p.csv (undated)") && !page.contains("of ,"), "{page}");
}
