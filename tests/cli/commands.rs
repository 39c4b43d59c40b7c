//! `pick`, `explain`, `check`, `catalog`, and usage.

use std::path::Path;

use crate::{THIRTY, call, file, json, refused, stderr, stdout, text};

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
fn check_calls_a_provider_unused_to_which_nothing_goes() {
    let folder = tempfile::tempdir().unwrap();
    let more = "\n[[capacity_provider]]\nname = \"spare\"\nmanaged_instances_provider = {}\n";
    let path = file(folder.path(), "spare.toml", &(text(Path::new(THIRTY)) + more));
    let page = stdout(&["check", path.to_str().unwrap()]);
    assert!(page.contains("spare: unused, no service and no run_task goes there"), "{page}");
    assert!(!page.contains(" 0 of them"), "{page}");
    let found = json(&["check", path.to_str().unwrap(), "-o", "json"]);
    assert_eq!(found["capacity_providers_unused"], serde_json::json!(["spare"]));
}

#[test]
fn warnings_beside_json_are_plain_text_on_stderr_with_their_code() {
    let more = ["--set", "service.web.desired_count=6", "--set", "tasks_per_service_quota=5"];
    let output = call(&[["run", THIRTY, "-o", "json"].as_slice(), &more].concat());
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = answer["limits"].as_array().unwrap().iter().find(|row| row["told_only"] == true);
    assert_eq!(row.unwrap()["limit"], "tasks of service web (quota)");
    let said = stderr(&output);
    assert!(said.starts_with("warning[TY0102]: ") && said.is_ascii(), "{said}");
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
fn explain_names_the_fault_that_took_an_instance() {
    let all = stdout(&["explain", "scenarios/az-outage.toml"]);
    assert!(all.contains("lost by the fault \"az-outage\" (az-outage)"), "{all}");
    assert!(!all.contains("by hand"), "{all}");
}
