//! Fargate and Fargate Spot: sizes, quotas, launches, interruptions, bills.
#![expect(clippy::disallowed_methods, reason = "an oracle may use the platform's math")]
#![expect(clippy::panic, reason = "a test may panic")]

use serde_json::Value;
use taskyard::run::{RunError, prepare};
use taskyard::scenario::Scenario;

#[path = "support/scene.rs"]
mod scene;
use scene::{Scene, catalog, play, play_scenario, scenario, shipped, text_of};

fn expected(name: &str) -> Value {
    let text = text_of(&format!("scenarios/expected/{name}.json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A scenario in us-east-1 with constant timings: 10 s to provision, 3 s to pull, 2 s to start, 5 s from
/// the containers' end to STOPPED.
fn text(more: &str) -> String {
    format!(
        "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"10m\"\n\
         [timing.pull]\nunknown_size = \"3s\"\n\
         [timing.fargate]\nprovision = \"10s\"\nstart = \"2s\"\ndeprovision = \"5s\"\nload_percent = 0\n\
         {more}"
    )
}

const WEB: &str = "[[task_definition]]\nfamily = \"web\"\ncpu = 256\nmemory = 512\n";

fn service(count: u32, more: &str) -> String {
    format!(
        "[[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = {count}\n\
         version_consistency = \"disabled\"\n{more}\n"
    )
}

fn on_fargate(count: u32) -> String {
    service(count, "launch_type = \"FARGATE\"")
}

fn on_spot(count: u32) -> String {
    let strategy =
        "capacity_provider_strategy = [{ capacity_provider = \"FARGATE_SPOT\", weight = 1 }]";
    service(count, strategy)
}

/// When tasks started, in seconds and in order.
fn started(scene: &Scene) -> Vec<f64> {
    let rows = scene.recorder.tasks.iter();
    let mut times: Vec<f64> = rows.filter_map(|task| scene::time_of(task, "started_at")).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn unfit(scenario: &Scenario) -> String {
    match prepare(scenario, &catalog(scenario)) {
        Err(unfit) => RunError::Unfit(unfit).to_string(),
        Ok(_) => panic!("it fits"),
    }
}

fn help(scenario: &Scenario) -> String {
    let unfit = prepare(scenario, &catalog(scenario)).expect_err("it does not fit");
    unfit.iter().map(|one| one.help.clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn small_services_cost_a_month_what_the_list_prices_say() {
    let expected = expected("fargate-monthly-cost");
    for case in expected["cases"].as_array().expect("cases") {
        let sets: Vec<String> = case["set"]
            .as_array()
            .expect("settings")
            .iter()
            .map(|set| set.as_str().expect("a text").to_owned())
            .collect();
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let scene = play_scenario(&shipped("fargate-monthly-cost", &sets));
        let month = scene.answer.cost.per_month_at_end_usd;
        let published = case["usd_a_month"].as_f64().expect("a price");
        assert!((month - published).abs() < case["within"].as_f64().expect("a width"), "{month}");
    }
}

#[test]
fn a_base_of_two_and_weights_one_to_three_split_ten_tasks_four_to_six() {
    let expected = expected("base-weight-split");
    for seed in 1..=20 {
        let scene = play_scenario(&shipped("base-weight-split", &[&format!("seed={seed}")]));
        for row in &scene.answer.fleet {
            let wanted = expected["launched"][&row.capacity_provider].as_f64();
            assert_eq!(Some(row.launched), wanted, "{}, seed {seed}", row.capacity_provider);
        }
        assert_eq!(scene.answer.tasks.running_at_end.to_bits(), 10.0_f64.to_bits());
    }
}

#[test]
fn a_start_is_provisioning_pull_and_start_and_no_image_is_cached() {
    let scene = play(&text(&format!("{WEB}{}", on_fargate(3))), &[]);
    assert_eq!(started(&scene), [15.0, 15.0, 15.0]);
}

#[test]
fn beyond_the_burst_launches_follow_the_refill() {
    // A burst of 4, two a second: 4 at once, then one each half second.
    let bucket = "[fargate]\nlaunch_burst = 4\nlaunch_refill_per_second = 2\n";
    let scene = play(&text(&format!("{bucket}{WEB}{}", on_fargate(7))), &[]);
    assert_eq!(started(&scene), [15.0, 15.0, 15.0, 15.0, 15.5, 16.0, 16.5]);
}

#[test]
fn the_quotas_of_2020_start_ten_tasks_at_once_and_then_one_a_second() {
    let quotas = "[fargate]\nquotas = \"2020\"\nservice_launch_rate_per_minute = 500\n";
    let scene = play(&text(&format!("{quotas}{WEB}{}", on_fargate(12))), &[]);
    assert_eq!(started(&scene)[8..], [15.0, 15.0, 16.0, 17.0]);
}

#[test]
fn a_vcpu_quota_lets_the_rest_wait_and_says_so() {
    // One vCPU holds four tasks of a quarter.
    let quota = "[fargate]\nvcpu_quota = 1\n";
    let scene = play(&text(&format!("{quota}{WEB}{}", on_fargate(6))), &[]);
    let tasks = &scene.answer.tasks;
    assert_eq!((tasks.running_at_end, tasks.waiting_at_end), (4.0, 2.0));
    let row = scene.answer.limits.iter().find(|row| row.limit.starts_with("fargate on-demand"));
    assert_eq!(row.map(|row| (row.needed, row.of)), Some((1.5, Some(1.0))));
    // One of the two is the first in line; the other waits behind it.
    assert_eq!(row.map(|row| row.refused.to_bits()), Some(1.0_f64.to_bits()));
    let warned =
        scene.answer.warnings.iter().any(|warning| warning.contains("1.5 needed, 1 there"));
    assert!(warned, "{:?}", scene.answer.warnings);
}

#[test]
fn all_who_wait_behind_the_quota_wait_for_it_and_not_for_the_launch_rate() {
    // Four tasks of a quarter at a time, 50 s each from launch to STOPPED: four wait 50 s, two 100 s.
    let jobs = "[[run_task]]\nname = \"job\"\ntask_definition = \"web\"\nrun_for = \"30s\"\n\
                count = 10\nlaunch_type = \"FARGATE\"\n";
    let scene = play(&text(&format!("[fargate]\nvcpu_quota = 1\n{WEB}{jobs}")), &[]);
    assert_eq!(started(&scene)[3..6], [15.0, 65.0, 65.0]);
    assert_eq!(started(&scene)[7..], [65.0, 115.0, 115.0]);
    let phases = &scene.answer.tasks.phases_s;
    assert_eq!(phases["decide_quota"].mean, Some(40.0));
    assert!(phases.get("decide_launch_rate").and_then(|phase| phase.mean).unwrap_or(0.0) < 1e-9);
}

#[test]
fn behind_the_quota_the_launch_rate_takes_over_where_it_is_what_holds() {
    // One at a time in the bucket, one a second: of two vCPUs eight tasks start at 15 to 22 s, while those
    // behind wait for the rate; then the quota holds the other two until the first ends 50 s after its launch.
    let jobs = "[[run_task]]\nname = \"job\"\ntask_definition = \"web\"\nrun_for = \"30s\"\n\
                count = 10\nlaunch_type = \"FARGATE\"\n";
    let settings = "[fargate]\nvcpu_quota = 2\nlaunch_burst = 1\nlaunch_refill_per_second = 1\n";
    let scene = play(&text(&format!("{settings}{WEB}{jobs}")), &[]);
    assert_eq!(started(&scene)[6..], [21.0, 22.0, 65.0, 66.0]);
    let phases = &scene.answer.tasks.phases_s;
    // The rate: 0 + 1 + ... + 7 s of eight, 7 s of each of the last two; the quota: 50 - 7 and 51 - 7 s.
    assert_eq!(phases["decide_launch_rate"].mean, Some((28.0 + 14.0) / 10.0));
    assert_eq!(phases["decide_quota"].mean, Some((43.0 + 44.0) / 10.0));
}

#[test]
fn a_quota_of_zero_has_its_row_and_its_warning() {
    let quota = "[fargate]\nvcpu_quota = 0\n";
    let scene = play(&text(&format!("{quota}{WEB}{}", on_fargate(6))), &[]);
    assert_eq!(scene.answer.tasks.waiting_at_end.to_bits(), 6.0_f64.to_bits());
    let row = scene.answer.limits.iter().find(|row| row.limit.starts_with("fargate on-demand"));
    assert_eq!(row.map(|row| (row.needed, row.of)), Some((1.5, Some(0.0))));
    assert!(scene.answer.warnings.iter().any(|warning| warning.contains("1.5 needed, 0 there")));
}

#[test]
fn a_task_is_billed_from_its_pull_to_its_end_and_at_least_a_minute() {
    let job = |run_for| {
        format!(
            "{WEB}[[run_task]]\nname = \"job\"\ntask_definition = \"web\"\nrun_for = \"{run_for}s\"\n\
             launch_type = \"FARGATE\"\n"
        )
    };
    let hours = |run_for: u32| {
        let scene = play(&text(&job(run_for)), &[]);
        scene.answer.cost.lines[0].instance_hours * 3_600.0
    };
    // 3 s of pull, 2 s of start.
    assert!((hours(100) - 105.0).abs() < 1e-6, "{}", hours(100));
    assert!((hours(10) - 60.0).abs() < 1e-6, "{}", hours(10));
}

#[test]
fn spot_takes_tasks_back_and_starts_others_on_spot_alone() {
    let interrupted = "[fargate]\nspot_mean_time_to_interruption = \"2m\"\n";
    let scene = play(&text(&format!("{interrupted}{WEB}{}", on_spot(10))), &[]);
    let tasks = &scene.answer.tasks;
    assert!(tasks.interrupted > 20.0, "{tasks:?}");
    assert_eq!(tasks.interrupted.to_bits(), tasks.stopped.min(tasks.interrupted).to_bits());
    assert!(scene.answer.fleet.iter().all(|row| row.capacity_provider == "FARGATE_SPOT"));
    let codes = scene.recorder.tasks.iter().filter_map(|task| task.stop_code);
    assert!(codes.into_iter().all(|code| code == "SpotInterruption"));
}

#[test]
fn a_longer_mean_time_to_interruption_never_interrupts_more() {
    let count = |mean: &str| {
        let interrupted = format!("[fargate]\nspot_mean_time_to_interruption = \"{mean}\"\n");
        play(&text(&format!("{interrupted}{WEB}{}", on_spot(20))), &[]).answer.tasks.interrupted
    };
    let counts = ["1m", "5m", "1h", "30d"].map(count);
    assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
}

#[test]
fn a_launch_that_meets_no_capacity_is_tried_again() {
    let scarce = "[fargate]\nunavailable_percent = 50\ncapacity_retry = \"20s\"\n";
    let scene = play(&text(&format!("{scarce}{WEB}{}", on_fargate(8))), &[]);
    assert_eq!(scene.answer.tasks.running_at_end.to_bits(), 8.0_f64.to_bits());
    assert!(started(&scene).last().is_some_and(|last| *last > 30.0), "{:?}", started(&scene));
}

#[test]
fn a_refused_task_waits_by_itself_and_holds_nobody_back() {
    // Of forty at one time some are refused; all others start after 10 + 3 + 2 s, and each refused one
    // a whole number of retries later: an arrival never brings a retry forward.
    let scarce = "[fargate]\nunavailable_percent = 50\ncapacity_retry = \"60s\"\n";
    let late = "[[run_task]]\nname = \"late\"\ntask_definition = \"web\"\nat = \"30s\"\n\
                launch_type = \"FARGATE\"\n";
    let text = text(&format!("{scarce}{WEB}{}{late}", on_fargate(40)));
    let scene = play(&text.replace("horizon = \"10m\"", "horizon = \"30m\""), &[]);
    let after = |time: f64, first: f64| (time - first).rem_euclid(60.0) < 1.0;
    let times = started(&scene);
    assert_eq!(times.len(), 41);
    let at_once = times.iter().filter(|time| **time < 16.0).count();
    assert!((10..=30).contains(&at_once), "{times:?}");
    assert!(times.iter().all(|time| after(*time, 15.0) || after(*time, 45.0)), "{times:?}");
    assert!(times.iter().filter(|time| after(**time, 45.0)).count() <= 1, "{times:?}");
}

#[test]
fn help_for_a_missing_price_names_the_lines_of_that_platform_and_option() {
    let more = "runtime_platform = { cpu_architecture = \"ARM64\" }\n";
    let set = "region=\"ap-south-2\"";
    let scenario = scenario(&text(&format!("{WEB}{more}{}", on_spot(1))), &[set]);
    let help = help(&scenario);
    let lines = "fargate-arm64-vcpu-hour and fargate-arm64-gb-hour, bought spot";
    assert!(help.contains(lines), "{help}");
}

#[test]
fn zones_are_spread_for_each_provider_by_itself() {
    let scene = play(&text_of("scenarios/base-weight-split.toml"), &[]);
    let mut zones = std::collections::BTreeMap::<(String, String), u32>::new();
    for task in &scene.recorder.tasks {
        let zone = task.availability_zone.clone().expect("a zone");
        *zones.entry((task.capacity_provider.clone(), zone)).or_default() += 1;
    }
    let of = |name: &str| {
        let counts = zones.iter().filter(|((provider, _), _)| provider == name);
        counts.map(|(_, count)| *count).collect::<Vec<_>>()
    };
    assert_eq!(of("FARGATE_SPOT"), [2, 2, 2]);
    assert_eq!(of("FARGATE").iter().max(), Some(&2), "{zones:?}");
}

#[test]
fn an_invalid_pair_names_the_nearest_valid_ones_and_what_they_cost_more() {
    // 1 vCPU and 1 GB: the size of an article; 1 vCPU needs at least 2 GB.
    let scenario = scenario(
        &text(&format!("{WEB}{}", on_fargate(1))),
        &["task_definition.web.cpu=1024", "task_definition.web.memory=1024"],
    );
    assert!(
        unfit(&scenario).contains("1 vCPU, 1 GB is no size of Fargate"),
        "{}",
        unfit(&scenario)
    );
    // (0.04048 + 2 x 0.004445) x 730 = 36.04; 1 GB less is 3.24.
    let help = help(&scenario);
    let next =
        "the next that holds it is cpu = 1024, memory = 2048 (a task $36.04 a month, $3.24 more";
    assert!(help.starts_with(next), "{help}");
}

#[test]
fn the_largest_size_is_thirty_two_vcpus_with_244_gb() {
    let size = |cpu: u32, memory: u32| {
        scenario(
            &text(&format!("{WEB}{}", on_fargate(1))),
            &[
                &format!("task_definition.web.cpu={cpu}"),
                &format!("task_definition.web.memory={memory}"),
            ],
        )
    };
    assert!(prepare(&size(32_768, 249_856), &catalog(&size(256, 512))).is_ok());
    assert!(help(&size(65_536, 249_856)).contains("the largest is 32 vCPU, 244 GB"));
}

#[test]
fn what_fargate_does_not_do_is_said() {
    let base = text(&format!("{WEB}{}", on_spot(1)));
    for (set, words) in [
        ("task_definition.web.gpus=1", "Fargate has no GPUs"),
        ("task_definition.web.network_mode=\"host\"", "awsvpc networking alone"),
        ("task_definition.web.stop_timeout=\"3m\"", "2 to 120 seconds"),
        (
            "task_definition.web.runtime_platform={operating_system_family=\"WINDOWS_SERVER_2022_CORE\"}",
            "Fargate Spot has no Windows",
        ),
    ] {
        let found = unfit(&scenario(&base, &[set]));
        assert!(found.contains(words), "{set}: {found}");
    }
}

#[test]
fn what_only_fargate_has_is_refused_elsewhere() {
    let managed = "[[capacity_provider]]\nname = \"managed\"\nmanaged_instances_provider = {}\n";
    let base = text(&format!("{managed}{WEB}{}", service(1, "")));
    for (set, words) in [
        ("task_definition.web.ephemeral_storage_gib=21", "a setting of Fargate"),
        (
            "task_definition.web.runtime_platform={operating_system_family=\"WINDOWS_SERVER_2022_CORE\"}",
            "Windows is simulated on Fargate alone",
        ),
    ] {
        let found = unfit(&scenario(&base, &[set]));
        assert!(found.contains(words), "{set}: {found}");
    }
}

#[test]
fn a_region_without_a_fargate_price_says_so() {
    let scenario = scenario(&text(&format!("{WEB}{}", on_fargate(1))), &["region=\"eu-west-1\""]);
    assert!(unfit(&scenario).contains("no price of Fargate is known for eu-west-1"));
    assert!(help(&scenario).contains("--prices"));
}

/// Without limits Fargate is M/G/infinity: the number running is Poisson with mean lambda x E[S],
/// whatever the distribution of S.
#[test]
fn unlimited_fargate_under_poisson_arrivals_is_a_queue_with_infinitely_many_servers() {
    let text = "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"30h\"\n\
        [timing.pull]\nunknown_size = \"0s\"\n\
        [timing.fargate]\nprovision = \"0s\"\nstart = \"0s\"\ndeprovision = \"0s\"\n\
        [fargate]\nlaunch_burst = 100000\nlaunch_refill_per_second = 100000\n\
        [[task_definition]]\nfamily = \"web\"\ncpu = 256\nmemory = 512\n\
        [[run_task]]\nname = \"job\"\ntask_definition = \"web\"\nlaunch_type = \"FARGATE\"\n\
        every = { exponential = { mean = \"6s\" } }\n\
        run_for = { log_normal = { median = \"200s\", sigma = 0.8 } }\n";
    let scene = play(text, &[]);
    // lambda = 1/6 a second, E[S] = 200 exp(0.32) = 275.4 s: 45.9 run on average.
    let expected = 200.0 * f64::exp(0.32) / 6.0;
    let (from, until) = (3_600.0, 30.0 * 3_600.0);
    let busy: f64 = scene
        .recorder
        .tasks
        .iter()
        .filter_map(|task| {
            Some((
                scene::time_of(task, "started_at")?,
                scene::time_of(task, "execution_stopped_at"),
            ))
        })
        .map(|(start, end)| end.unwrap_or(until).min(until) - start.max(from))
        .filter(|time| *time > 0.0)
        .sum();
    let mean = busy / (until - from);
    // The time average of such a queue has a variance of about 2 lambda E[S]^2 (1 + cv^2) / 2 / T; cv^2 of
    // this log-normal is exp(0.64) - 1.
    let service = 200.0 * f64::exp(0.32);
    let variance = (1.0 / 6.0) * service * service * f64::exp(0.64) / (until - from);
    assert!((mean - expected).abs() < 2.576 * variance.sqrt(), "{mean} against {expected}");
}
