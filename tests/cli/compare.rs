//! `compare`: variants side by side.

use serde_json::Value;

use super::{call, stderr, stdout, text};

const THREE: [&str; 3] = [
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-fargate.toml"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-fargate-spot.toml"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-managed-instances.toml"),
];

fn compare<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    std::iter::once("compare").chain(arguments.iter().copied()).collect()
}

fn json(arguments: &[&str]) -> Value {
    let all: Vec<&str> = arguments.iter().copied().chain(["-o", "json"]).collect();
    serde_json::from_str(&stdout(&compare(&all))).unwrap()
}

#[test]
fn the_cheapest_and_the_soonest_are_named_first() {
    let page = stdout(&compare(&THREE));
    let cheapest = "cheapest: fargate-spot (if its Spot is never taken back) at $540.60 a month";
    assert!(page.starts_with(cheapest), "{page}");
    assert!(page.contains("Side by side"), "{page}");
    assert!(page.contains("service.web.capacity_provider_strategy"), "{page}");
}

#[test]
fn a_value_that_one_variant_alone_has_is_told_by_its_own_path() {
    let group = THREE[0].replace("fargate", "asg-on-demand");
    let page = stdout(&compare(&[THREE[0], &group]));
    let words = "service.web.placement_strategy: only in asg-on-demand";
    assert!(page.contains(words), "{page}");
    assert!(page.contains("capacity_provider.asg: only in asg-on-demand"), "{page}");
}

#[test]
fn a_hundred_tasks_get_what_a_hand_works_out_on_each_kind_of_capacity() {
    // m7i.2xlarge: 8,192 CPU units hold 16 tasks of 512, so 7 instances. Fargate: 0.5 x 0.04048 +
    // 0.004445 $ an hour each; Spot 30 % of it. Managed Instances: as released.
    for kind in ["asg-on-demand", "asg-spot", "fargate", "fargate-spot", "managed-instances"] {
        let at = |folder: &str, end: &str| {
            format!("{}/{folder}/hundred-tasks-{kind}.{end}", env!("CARGO_MANIFEST_DIR"))
        };
        let expected: Value =
            serde_json::from_str(&text(at("scenarios/expected", "json").as_ref())).unwrap();
        let answer = super::json(&["run", &at("scenarios", "toml"), "-o", "json"]);
        assert_eq!(answer["tasks"]["running_at_end"], expected["running_at_end"], "{kind}");
        let rows = answer["fleet"].as_array().unwrap().iter();
        let instances: f64 = rows
            .filter(|row| !row["instance_type"].is_null())
            .map(|row| row["at_end"].as_f64().unwrap())
            .sum();
        assert_eq!(Some(instances), expected["instances"].as_f64(), "{kind}");
        if let Some(usd) = expected["usd_a_month"].as_f64() {
            let found = answer["cost"]["per_month_at_end_usd"].as_f64().unwrap();
            assert!((found - usd).abs() < 0.01, "{kind}: {found}");
        }
    }
}

#[test]
fn two_comparisons_are_the_same_bytes_whatever_the_threads() {
    let with = |jobs| {
        let arguments = [THREE[0], THREE[2], "--replications", "4", "--jobs", jobs];
        stdout(&compare(&arguments))
    };
    assert_eq!(with("1"), with("2"));
}

#[test]
fn a_variant_that_changes_nothing_is_not_distinguishable() {
    let found = json(&[THREE[0], "--variant", "same:horizon=1h", "--replications", "5"]);
    let differences = found["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 5);
    for difference in differences {
        assert_eq!(difference["mean"], 0.0, "{difference}");
        assert_eq!(difference["distinguishable"], false, "{difference}");
    }
    assert_eq!(found["inputs_that_differ"].as_array().unwrap().len(), 0);
}

#[test]
fn a_difference_that_luck_does_not_explain_is_one() {
    let slower = "slower:timing.fargate.provision=60s";
    let found = json(&[THREE[0], "--variant", slower, "--replications", "5"]);
    let p95 = &found["differences"][1];
    assert_eq!(p95["metric"], "tasks.time_to_running_s.p95");
    assert_eq!(p95["distinguishable"], true, "{p95}");
    assert!(p95["mean"].as_f64().unwrap() > 20.0, "{p95}");
}

#[test]
fn a_variant_that_cannot_run_says_so_and_the_others_answer() {
    // Fargate has no known price in eu-west-1.
    let found = json(&[THREE[2], THREE[0], "--set", "region=\"eu-west-1\""]);
    assert!(found["variants"][0]["answer"].is_object());
    let error = found["variants"][1]["error"].as_str().unwrap();
    assert!(error.contains("no price of Fargate is known for eu-west-1"), "{error}");
}

#[test]
fn with_discounts_the_distance_to_the_bound_says_that_it_is_at_list_prices() {
    let words = "above bound: both at list prices; the other prices are after discounts";
    assert!(!stdout(&compare(&THREE)).contains(words));
    let discount = "discount=[{ applies_to = \"fargate\", percent = 20.0 }]";
    let page = stdout(&compare(&[THREE[0], THREE[1], "--set", discount]));
    assert!(page.contains(words), "{page}");
    // 100 x (0.5 x 0.04048 + 0.004445) x 730 = 1,802.005 $, less a fifth; a size is its own bound.
    let row = page.lines().find(|line| line.trim_start().starts_with("fargate ")).unwrap();
    assert!(row.contains("1,441.60") && row.ends_with("0.0 %"), "{row}");
}

#[test]
fn other_workloads_are_told() {
    let more = "more:service.web.desired_count=120";
    let page = stdout(&compare(&[THREE[0], "--variant", more]));
    assert!(page.contains("more asks for another workload than hundred-tasks-fargate"), "{page}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    for (arguments, words) in [
        (vec![THREE[0]], "nothing to compare"),
        (vec![THREE[0], THREE[0]], "two variants are named \"fargate\""),
        (vec![THREE[0], THREE[1], "--baseline", "x"], "no variant is named \"x\""),
        (vec![THREE[0], "--variant", "x"], "has no name"),
    ] {
        let output = call(&compare(&arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

#[test]
fn a_value_that_one_variant_lacks_is_told_by_its_path_and_not_as_a_table_of_the_other() {
    let key = "capacity_provider.group.auto_scaling_group_provider.warm_pool.\
                  max_group_prepared_capacity";
    let variant = format!("less:{key}=0");
    let page = stdout(&compare(&["scenarios/warm-pool.toml", "--variant", &variant]));
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&format!("{key}: only in less")), "{page}");
}

#[test]
fn the_table_ends_with_what_its_variants_warn_of_and_what_no_price_holds() {
    let page = stdout(&compare(&THREE));
    assert!(page.contains("fargate-spot: Fargate Spot is never taken back here"), "{page}");
    assert!(page.contains("Not in the bill: NAT gateways"), "{page}");
}

#[test]
fn variants_that_are_equal_as_printed_are_the_soonest_together() {
    // Fargate Spot is as quick as Fargate, and dearer nowhere.
    let page = stdout(&compare(&[THREE[0], THREE[1]]));
    assert!(page.contains("soonest: fargate and fargate-spot, 95 %"), "{page}");
    let row = |name: &str| {
        let found = page.lines().find(|line| line.trim_start().starts_with(name));
        found.unwrap().matches('*').count()
    };
    assert_eq!((row("fargate "), row("fargate-spot ")), (1, 2), "{page}");
}

#[test]
fn one_variant_that_ran_has_won_against_none_and_the_headline_says_so() {
    // Fargate has no known price in eu-west-1.
    let output = call(&compare(&[THREE[2], THREE[0], "--set", "region=\"eu-west-1\""]));
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(page.starts_with("1 of 2 variants could not run;"), "{page}");
    assert!(page.contains("only managed-instances runs all its tasks at $"), "{page}");
    for words in ["cheapest:", "soonest:", "*"] {
        assert!(!page.contains(words), "{words} in {page}");
    }
    let told = "warning: 1 of 2 variants could not run: fargate\n";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
}

#[test]
fn the_split_of_a_mixed_group_is_said_to_be_left_out_of_the_bound() {
    let group = THREE[0].replace("fargate", "asg-on-demand");
    let key = "auto_scaling_group_provider.on_demand";
    let mixed =
        format!("mixed:{key}_base_capacity=2;{key}_percentage_above_base_capacity=50;horizon=20m");
    let split = "the split of mixed groups between on demand and Spot left out";
    let flat = |page: &str| page.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = stdout(&compare(&[&group, "--variant", &mixed]));
    assert!(flat(&page).contains(split), "{page}");
    assert!(page.contains("$/month: the fleet at the end, kept for 730 h"), "{page}");
    assert!(!flat(&stdout(&compare(&THREE))).contains("the split of mixed groups"));
    // 100 tasks of 512 on 8,192 CPU units each: 7 instances, 2 + half of the other 5, rounded up.
    assert!(page.contains("5 m7i.2xlarge, 2 m7i.2xlarge Spot"), "{page}");
}

#[test]
fn times_that_mix_the_start_with_tasks_in_place_of_others_are_said_to() {
    let outage = format!("{}/scenarios/az-outage.toml", env!("CARGO_MANIFEST_DIR"));
    let words =
        "times: of all tasks, first ones and replacements alike; apart: tasks.waves of -o json";
    let told = |variant: &str| stdout(&compare(&[&outage, "--variant", variant])).contains(words);
    assert!(told("again:seed=2"));
    assert!(!stdout(&compare(&[THREE[0], "--variant", "again:seed=2"])).contains(words));
}
