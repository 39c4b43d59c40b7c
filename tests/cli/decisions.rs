//! `break-even`, `headroom`, `sensitivity`: commands that run scenarios again and again.

use super::{THIRTY, call, file, json, refused, stdout};

const FARGATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-fargate.toml");
const SPOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-asg-spot.toml");
const GROUP: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/hundred-tasks-asg-on-demand.toml");

const COUNT: &str = "--over=service.web.desired_count=1..40";

#[test]
fn fargate_and_a_group_on_demand_have_no_break_even_where_a_hand_finds_none() {
    // Fargate: 0.5 x 0.04048 + 0.004445 = 0.024685 $ an hour a task. m7i.2xlarge holds 16 tasks, and is
    // dearer than 16 times that: whatever the number, Fargate is the cheaper.
    let one = json(&["run", GROUP, "--set", "service.web.desired_count=1", "-o", "json"]);
    let rate = one["cost"]["per_hour_at_end_usd"].as_f64().unwrap();
    assert!(rate > 16.0 * 0.024_685, "{rate}");
    let found = json(&["break-even", FARGATE, GROUP, COUNT, "-o", "json"]);
    assert_eq!(found["crossings"].as_array().map(Vec::len), Some(0), "{found}");
    let looks = found["looks"].as_array().unwrap();
    assert!(looks.iter().all(|look| look["winner"] == "a"), "{found}");
    let page = stdout(&["break-even", FARGATE, GROUP, COUNT]);
    assert!(page.starts_with("No crossing: hundred-tasks-fargate has the least"), "{page}");
}

#[test]
fn where_luck_decides_a_bracket_is_told_and_threads_change_nothing() {
    let ask = |jobs| {
        let all = ["break-even", SPOT, FARGATE, "--over=service.web.desired_count=1..12", "--jobs"];
        stdout(&[all.as_slice(), &[jobs]].concat())
    };
    let page = ask("1");
    assert!(page.contains("not distinguishable"), "{page}");
    assert!(page.contains("Bonferroni"), "{page}");
    assert_eq!(page, ask("2"));
}

#[test]
fn a_path_that_one_scenario_lacks_leaves_that_one_as_it_is() {
    let over = "--over=auto_scaling_group_provider.root_volume_size_gib=30..400";
    let found = json(&["break-even", FARGATE, GROUP, over, "-o", "json", "--points", "3"]);
    let of_fargate: Vec<_> =
        found["looks"].as_array().unwrap().iter().map(|look| look["a"].clone()).collect();
    assert!(of_fargate.iter().all(|figure| *figure == of_fargate[0]), "{found}");
}

#[test]
fn bad_input_of_break_even_is_told_before_anything_runs() {
    let over = |over| ["break-even", FARGATE, GROUP, "--over", over];
    refused(&over("service.web.desired_count=9..1"), 2, &["9 is not below 1"]);
    refused(&over("service.web.desired_count"), 2, &["PATH=FROM..TO"]);
    refused(&over("service.wob.desired_count=1..9"), 2, &["TY0051", "did you mean `web`"]);
    refused(&over("service.web.desired_count=-9..9"), 2, &["TY0024"]);
    for (flag, value, words) in [
        ("--metric", "cost.totl_usd", "cost.total_usd"),
        ("--replications", "1", "--replications"),
        ("--jobs", "0", "--jobs"),
    ] {
        let with = [over("service.web.desired_count=1..9").as_slice(), &[flag, value]].concat();
        refused(&with, 2, &[words]);
    }
}

#[test]
fn headroom_ends_at_the_quota_and_lists_the_steps_on_the_way() {
    // m7i.2xlarge: 8 vCPUs, 16 tasks of 512 CPU units. 96 vCPUs are 12 instances: 192 tasks, 92 more.
    let quota = ["--set", "on_demand_vcpu_quota=96"];
    let found = json(&[["headroom", GROUP, "-o", "json"].as_slice(), &quota].concat());
    assert_eq!(found["more_tasks"], 92, "{found}");
    let limit = found["first_over"]["limits"][0]["account"]["limit"].as_str().unwrap();
    assert_eq!(limit, "ec2 on-demand vCPUs (quota)");
    // 100 tasks are on 7 instances, which hold 112; then 128, 144, 160 and 176.
    let steps: Vec<_> = found["steps"].as_array().unwrap().iter().collect();
    let counts: Vec<_> = steps.iter().map(|step| step["desired_count"].as_u64()).collect();
    assert_eq!(counts, [113, 129, 145, 161, 177].map(Some));
    let page = stdout(&[["headroom", GROUP].as_slice(), &quota].concat());
    assert!(
        page.starts_with("web can have 92 tasks more (192 in all), in all of 10 runs"),
        "{page}"
    );
    assert!(!page.contains("Not stated"), "{page}");
}

#[test]
fn headroom_ends_at_the_quota_of_a_class_and_gives_each_that_is_stated_a_row() {
    // As above, by the quota of Standard, which M is of: 12 instances hold 192 tasks. Nothing needs P.
    let quotas = ["--set", "on_demand_vcpu_quotas={ standard = 97, p = 8 }"];
    let few = ["headroom", GROUP, "--replications", "1", "--steps", "0"];
    let found = json(&[few.as_slice(), &quotas, &["-o", "json"]].concat());
    assert_eq!(found["more_tasks"], 92, "{found}");
    let limit = &found["first_over"]["limits"][0]["account"];
    assert_eq!(limit["limit"], "ec2 on-demand vCPUs, Standard (quota)");
    assert_eq!(limit["of"], 97.0);
    let rows = found["last"]["quotas"].as_array().unwrap().iter();
    let rows: Vec<_> = rows.map(|row| (row["parameter"].as_str().unwrap(), row)).collect();
    let names: Vec<_> = rows.iter().map(|(name, _)| *name).collect();
    let classes = ["on_demand_vcpu_quotas.standard", "on_demand_vcpu_quotas.p"];
    assert_eq!(names, ["on_demand_vcpu_quota", classes[0], classes[1]]);
    let of = |position: usize| {
        let (_, row) = rows[position];
        ["needed", "of", "left", "new_account"].map(|key| row[key].as_f64())
    };
    assert_eq!(of(0), [Some(96.0), None, None, Some(5.0)]);
    assert_eq!(of(1), [Some(96.0), Some(97.0), Some(1.0), Some(5.0)]);
    assert_eq!(of(2), [Some(0.0), Some(8.0), Some(8.0), Some(0.0)]);
    let page = stdout(&[few.as_slice(), &quotas].concat());
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = page.lines().map(words).collect();
    // Now 7 instances.
    let row = "ec2 on-demand vCPUs, Standard (quota) 56 96 97 1 5 on_demand_vcpu_quotas.standard";
    assert!(lines.iter().any(|line| line == row), "{page}");
    assert!(!page.contains("Not stated"), "{page}");
}

#[test]
fn headroom_ends_at_the_quota_of_tasks_a_service_and_names_quotas_that_are_not_stated() {
    let few = ["headroom", FARGATE, "--replications", "1", "--steps", "0"];
    let page = stdout(&few);
    // AWS's default, 5,000 tasks of one service: 4,900 more than 100; of half a vCPU each.
    assert!(
        page.starts_with("web can have 4,900 tasks more (5,000 in all); the limit is"),
        "{page}"
    );
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("the limit is tasks of service web (quota), 5,000."), "{words}");
    let silent = "fargate.vcpu_quota (2,500 vCPUs needed for 5,000 tasks; a new account has 6)";
    assert!(words.contains(silent), "{words}");
    let raised = ["--set", "tasks_per_service_quota=10000", "--set", "fargate.vcpu_quota=60"];
    let found = json(&[few.as_slice(), &raised, &["-o", "json"]].concat());
    assert_eq!((found["more_tasks"].as_u64(), found["replications"].as_u64()), (Some(20), Some(1)));
}

#[test]
fn headroom_without_a_limit_says_how_far_it_looked() {
    let found = json(&["headroom", FARGATE, "--most", "300", "--steps", "1", "-o", "json"]);
    assert_eq!((found["more_tasks"].is_null(), found["sought"].as_u64()), (true, Some(400)));
    let page = stdout(&["headroom", FARGATE, "--most", "300", "--steps", "1"]);
    assert!(page.contains("No limit up to 400 tasks of web, 300 more than now"), "{page}");
}

#[test]
fn headroom_needs_a_service_whose_count_it_may_set() {
    refused(&["headroom", FARGATE, "--service", "wob"], 2, &["\"wob\"", "there are web"]);
    let folder = tempfile::tempdir().unwrap();
    let jobs = "schema = 1\nname = \"jobs\"\nregion = \"us-east-1\"\n[[task_definition]]\n\
                family = \"job\"\ncpu = 512\nmemory = 1024\n[[run_task]]\nname = \"job\"\n\
                task_definition = \"job\"\ncount = 1\nlaunch_type = \"FARGATE\"\n";
    let path = file(folder.path(), "jobs.toml", jobs);
    refused(&["headroom", &path.to_string_lossy()], 2, &["no service"]);
}

#[test]
fn sensitivity_tells_luck_from_calibration_and_ranks_by_swing() {
    let found = json(&["sensitivity", THIRTY, "-o", "json"]);
    let swings: Vec<f64> = found["varied"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["swing"].as_f64().unwrap())
        .collect();
    assert!(swings.len() > 3, "{found}");
    assert!(swings.is_sorted_by(|a, b| a >= b), "{swings:?}");
    // The size of the image is unknown: how long its pull takes matters more than the rest.
    let first = found["varied"][0]["parameter"].as_str().unwrap();
    assert!(first.starts_with("timing.pull") || first == "timing.attach", "{first}");
    let base = &found["base"];
    let (low, mean, high) = (
        found["calibration_low"].as_f64().unwrap(),
        base["mean"].as_f64().unwrap(),
        found["calibration_high"].as_f64().unwrap(),
    );
    assert!(low < mean && mean < high);
    assert!(high - low > base["ci95_high"].as_f64().unwrap() - base["ci95_low"].as_f64().unwrap());
    let page = stdout(&["sensitivity", THIRTY]);
    assert!(page.contains("Luck: ") && page.contains("Calibration: "), "{page}");
    assert!(page.contains('#'), "{page}");
}

#[test]
fn fewer_runs_never_look_surer_of_the_calibration() {
    let ask = |runs: &str| {
        let how =
            ["--metric", "tasks.time_to_running_s.mean", "--replications", runs, "-o", "json"];
        json(&[["sensitivity", THIRTY].as_slice(), &how].concat())
    };
    let (two, thirty) = (ask("2"), ask("30"));
    let of = |found: &serde_json::Value, of: &str| found[of].as_f64().unwrap();
    let mean = |found: &serde_json::Value| found["base"]["mean"].as_f64().unwrap();
    let down = |found: &serde_json::Value| mean(found) - of(found, "calibration_low");
    let up = |found: &serde_json::Value| of(found, "calibration_high") - mean(found);
    assert!(down(&two) >= down(&thirty), "{two} {thirty}");
    assert!(up(&two) >= up(&thirty), "{two} {thirty}");
    let answer = two["answer"].as_str().unwrap();
    assert!(answer.contains("more --replications are needed"), "{answer}");
    assert!(!answer.contains("matters most:"), "{answer}");
}

#[test]
fn what_the_scenario_states_is_not_varied() {
    let found = json(&["sensitivity", THIRTY, "--set", "timing.attach=8s", "-o", "json"]);
    let varied = found["varied"].as_array().unwrap();
    assert!(varied.iter().all(|own| own["parameter"] != "timing.attach"), "{found}");
    let others = found["not_varied"].as_array().unwrap();
    assert!(others.iter().any(|own| own["parameter"] == "timing.attach"), "{found}");
}

#[test]
fn a_sweep_that_has_run_is_asked_for_targets_regret_and_a_map() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_string_lossy().into_owned();
    let group = "auto_scaling_group_provider.desired_capacity=7,9";
    let vary = ["--vary", group, "--vary", "service.web.desired_count=96,112"];
    let how = ["--replications", "2", "--out", &out];
    stdout(&[["sweep", GROUP].as_slice(), &vary, &how].concat());
    let worlds = ["--worlds", "service.web.desired_count", "--heat-map", "monthly_usd"];
    let all = [["decide", &out, "--target", "monthly_usd <= 1e6"].as_slice(), &worlds].concat();
    let page = stdout(&all);
    for words in [
        "Choices that meet the targets whatever service.web.desired_count",
        "Regret: ",
        "cost a month by ",
        "regret least",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let found = json(&[all.as_slice(), &["-o", "json"]].concat());
    assert_eq!(found["heat_maps"][0]["cells"].as_array().unwrap().len(), 2);
    refused(&["decide", &out, "--worlds", "demand"], 2, &["no axis \"demand\"", "desired_count"]);
    let both = ["auto_scaling_group_provider.desired_capacity", "service.web.desired_count"];
    let no_choice = ["decide", &out, "--worlds", both[0], "--worlds", both[1]];
    refused(&no_choice, 2, &["nothing to choose", "leave out of --worlds"]);
    refused(&["decide", &out, "--target", "a<=1"], 2, &["no figure a", "monthly_usd"]);
    refused(&["decide", &out, "--target", "a<1"], 2, &["PATH<=NUMBER"]);
}

#[test]
fn tasks_requested_in_the_warm_up_are_in_no_time_and_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let text = "schema = 1\nname = \"jobs\"\nregion = \"us-east-1\"\nhorizon = \"1h\"\n\
                [[task_definition]]\nfamily = \"job\"\ncpu = 512\nmemory = 1024\n[[run_task]]\n\
                name = \"job\"\ntask_definition = \"job\"\ncount = 1\nevery = \"1m\"\n\
                launch_type = \"FARGATE\"\nrun_for = \"5m\"\n";
    let path = file(folder.path(), "jobs.toml", text);
    let path = path.to_string_lossy();
    let run = |more: &[&str]| json(&[["run", &path, "-o", "json"].as_slice(), more].concat());
    let all = run(&[]);
    let cut = run(&["--set", "warm_up=20m"]);
    // Calls at 0, 1, .. 59 min (and perhaps at the horizon): twenty before 20 min.
    assert_eq!(cut["tasks"]["warm_up"]["tasks_cut"], 20.0, "{}", cut["tasks"]);
    assert_eq!(cut["tasks"]["warm_up"]["until_s"], 1_200.0);
    assert_eq!(cut["tasks"]["started"], all["tasks"]["started"]);
    assert_eq!(cut["digest"], all["digest"]);
    assert_ne!(
        cut["tasks"]["time_to_running_s"]["mean"],
        all["tasks"]["time_to_running_s"]["mean"]
    );
    assert!(all["tasks"].get("warm_up").is_none());
    let page = stdout(&["run", &path, "--set", "warm_up=20m"]);
    assert!(page.contains("Warm-up (20m): 20 tasks requested before 20"), "{page}");
    // Sixty calls are 12 batches of five: enough for the rule.
    let found = run(&["--set", "warm_up=mser-5"]);
    assert_eq!(found["tasks"]["warm_up"]["rule"], "mser-5");
    // Three are not, and it says so.
    let few = call(&["run", &path, "--set", "warm_up=mser-5", "--set", "horizon=3m"]);
    let said = String::from_utf8(few.stdout).unwrap();
    assert!(said.contains("no steady state"), "{said}");
}
