//! Demand by hand: requests, messages and traced jobs on a fleet whose tasks start at once, so that every
//! figure is derived from the rules alone.

use taskyard::catalog::{Catalog, Overrides};
use taskyard::engine::{Observer, Simulation};
use taskyard::io::{Source, Style, render};
use taskyard::model::{Cluster, Effect, Event, NoDecisions};
use taskyard::run::{Answer, DemandRow, QueueRow, prepare};
use taskyard::scenario::{
    NamedFile, PolicyMetric, RateShape, RateStep, Scenario, read_with, to_toml,
};
use taskyard::units::{ServiceId, SimDuration, SimTime};

#[path = "support/scene.rs"]
mod scene;

use scene::{Scene, at, play, play_scenario, scenario};

/// A service of so many tasks of 0.5 vCPU and 1,024 MiB that serve from the first moment on, 4 on each
/// of the fleet's instances.
fn fleet(tasks: u32, horizon: &str, more: &str) -> String {
    format!(
        "name = \"demand\"\nregion = \"us-east-1\"\nhorizon = \"{horizon}\"\n\
         availability_zones = [\"use1-az1\"]\n\
         [timing]\nattach_host = \"0s\"\nstart = \"0s\"\ndeprovision = \"0s\"\n\
         [timing.pull]\nunknown_size = \"0s\"\ncached = \"0s\"\n\
         [[capacity_provider]]\nname = \"fleet\"\n[capacity_provider.auto_scaling_group_provider]\n\
         instance_type = \"m5.large\"\nmin_size = 5\nmax_size = 5\n\
         managed_scaling = {{ status = \"DISABLED\" }}\n\
         [[task_definition]]\nfamily = \"web\"\ncpu = 512\nmemory = 1024\nnetwork_mode = \"host\"\n\
         [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = {tasks}\n\
         version_consistency = \"disabled\"\nlaunch_type = \"EC2\"\n{more}"
    )
}

/// Requests that each take 0.1 s of a task.
fn demand(rate: &str) -> String {
    format!(
        "[[demand]]\nname = \"visitors\"\nservice = \"web\"\ncpu_time = \"50ms\"\n\
         target_utilization_percent = 70\n{rate}\n"
    )
}

fn row(answer: &Answer) -> &DemandRow {
    assert_eq!(answer.demand.len(), 1);
    &answer.demand[0]
}

fn queue(scene: &Scene) -> &QueueRow {
    assert_eq!(scene.answer.queues.len(), 1);
    &scene.answer.queues[0]
}

fn is(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6 * (1.0 + expected), "{what}: {found}, not {expected}");
}

#[test]
fn what_the_tasks_can_serve_is_served_and_the_rest_of_their_time_is_idle() {
    // 60 of 100 requests a second.
    let scene = play(&fleet(10, "1h", &demand("requests_per_second = 60")), &[]);
    let row = row(&scene.answer);
    is("requests", row.requests, 216_000.0);
    is("served", row.served, 216_000.0);
    is("not served", row.not_served_share + row.saturated_s, 0.0);
    is("CPU", row.mean_cpu_utilization_percent.unwrap_or_default(), 60.0);
    is("above", row.above_target_s.unwrap_or(1.0), 0.0);
    let idle = scene.answer.paid_for_nothing.as_ref().expect("there is demand");
    is("task-hours", idle.services[0].task_hours, 10.0);
    is("idle task-hours", idle.services[0].idle_task_hours, 4.0);
    // Ten tasks are on three of five instances at least, and on no more than five.
    is("instance-hours", idle.instance_hours, 5.0);
    assert!(idle.empty_instance_hours <= 2.0, "{idle:?}");
}

#[test]
fn instances_without_a_task_are_paid_for_nothing() {
    let text = fleet(1, "2h", &demand("requests_per_second = 5"));
    let scene = play(&text, &[]);
    let idle = scene.answer.paid_for_nothing.as_ref().expect("there is demand");
    is("instance-hours", idle.instance_hours, 10.0);
    is("empty", idle.empty_instance_hours, 8.0);
}

#[test]
fn a_step_above_the_limit_fills_the_queue_until_requests_time_out() {
    // 120 of 100 a second from 10 to 20 min. The wait grows by a sixth of a second a second: a minute
    // after 6 min, with 7,200 waiting. From then on 20 a second are lost, and for a minute after the step
    // too: those who came in it go on waiting behind each other for a minute. After that the wait falls.
    let steps = "steps = [{ at = \"0s\", requests_per_second = 60 }, \
                 { at = \"10m\", requests_per_second = 120 }, \
                 { at = \"20m\", requests_per_second = 40 }]";
    let scene = play(&fleet(10, "1h", &demand(steps)), &[]);
    let row = row(&scene.answer);
    is("worst", row.worst_waiting, 7_200.0);
    is("its age", row.worst_age_s, 60.0);
    is("when", row.worst_at_s.unwrap_or_default(), 960.0);
    is("lost", row.lost, 240.0 * 20.0 + 60.0 * 20.0);
    // At 21 min those wait who came since 20 min: 2,400. 60 a second fewer: none after 40 s more.
    is("saturated", row.saturated_s, 700.0);
    is("above", row.above_target_s.unwrap_or_default(), 700.0);
    is("served", row.served, row.requests - row.lost);
}

#[test]
fn demands_of_one_service_add() {
    let two = demand("requests_per_second = 25") + &demand("requests_per_second = 35");
    let two = two.replacen("visitors", "robots", 1);
    let scene = play(&fleet(10, "1h", &two), &[]);
    let row = row(&scene.answer);
    assert_eq!(row.demands, ["robots", "visitors"]);
    is("requests", row.requests, 216_000.0);
}

#[test]
fn concurrency_over_latency_limits_a_task_where_its_cpu_does_not() {
    // Four at once for half a second each: eight a second, 0.4 of its CPU.
    let limits = "requests_per_second = 10\nlatency = \"500ms\"\nconcurrency = 4\ntimeout = \"0s\"\n\
                  idle_memory_mib = 256\nmemory_per_request_mib = 32";
    let scene = play(&fleet(1, "1h", &demand(limits)), &[]);
    let row = row(&scene.answer);
    is("served", row.served, 8.0 * 3_600.0);
    is("CPU", row.mean_cpu_utilization_percent.unwrap_or_default(), 80.0);
}

/// A run without listeners, for what only the cluster tells.
#[derive(Default)]
struct Nobody(NoDecisions);

impl Observer for Nobody {
    type Sink = NoDecisions;

    fn observe(&mut self, _: SimTime, _: Event, _: &[Effect], _: &Cluster<'_>) {}

    fn decisions(&mut self) -> &mut NoDecisions {
        &mut self.0
    }
}

/// The value of a metric over the whole hour.
fn measured(text: &str, metric: PolicyMetric) -> Option<f64> {
    let scenario = scenario(text, &[]);
    let catalog = Catalog::builtin("us-east-1", None, Overrides::default()).expect("a region");
    let prepared = prepare(&scenario, &catalog).expect("it fits");
    let horizon = SimTime::ZERO + scenario.horizon;
    let (setup, durations) = (&prepared.setup, &prepared.durations);
    let simulation = Simulation::new(setup, durations, horizon, 1, Nobody::default());
    let (mut cluster, ..) = simulation.run().map_err(|(error, _)| error).expect("it runs");
    let value = cluster.measure(ServiceId(0), metric, horizon);
    let again = cluster.measure(ServiceId(0), metric, horizon);
    let of_a_moment = [
        PolicyMetric::BacklogPerTask,
        PolicyMetric::MessagesVisible,
        PolicyMetric::AgeOfOldestMessage,
    ];
    if !of_a_moment.contains(&metric) {
        assert_eq!(again, None, "no time has passed");
    }
    value
}

#[test]
fn the_metrics_are_those_that_cloudwatch_has() {
    let limits = "requests_per_second = 60\nidle_memory_mib = 256\nmemory_per_request_mib = 100\n\
                  latency = \"200ms\"";
    let text = fleet(10, "1h", &demand(limits));
    let value = |metric| measured(&text, metric).expect("data");
    is("CPU", value(PolicyMetric::Cpu), 60.0);
    // 256 MiB, and of six a second for 0.2 s each 1.2 requests of 100 MiB in progress.
    is("memory", value(PolicyMetric::Memory), 100.0 * (256.0 + 120.0) / 1_024.0);
    is("requests", value(PolicyMetric::RequestCountPerTarget), 216_000.0 / 10.0);
    assert_eq!(measured(&text, PolicyMetric::BacklogPerTask), None, "there is no queue");
    let none = fleet(0, "1h", &demand("requests_per_second = 60"));
    assert_eq!(measured(&none, PolicyMetric::Cpu), None, "no task runs");
    assert_eq!(measured(&none, PolicyMetric::RequestCountPerTarget), None, "there is no target");
    let silent = fleet(3, "1h", &demand("requests_per_second = 0"));
    is("CPU", measured(&silent, PolicyMetric::Cpu).expect("tasks run"), 0.0);
    assert_eq!(measured(&silent, PolicyMetric::RequestCountPerTarget), None, "nobody came");
}

#[test]
fn the_example_of_the_developer_guide_has_150_messages_a_task() {
    // Guide:service-autoscaling-queue: 1,500 messages, ten tasks. Here each task has one more in hand.
    let jobs = "[[queue]]\nname = \"jobs\"\nservice = \"web\"\ninitial_messages = 1510\n\
                processing_time = \"2h\"\n";
    let text = fleet(10, "1h", jobs);
    is("backlog", measured(&text, PolicyMetric::BacklogPerTask).expect("data"), 150.0);
    is("age", measured(&text, PolicyMetric::AgeOfOldestMessage).expect("data"), 3_600.0);
}

#[test]
fn a_backlog_is_worked_off_by_all_tasks_at_once() {
    // 1,500 messages of 0.1 s by ten tasks: 15 s, the last received at 14.9 s.
    let jobs = "[[queue]]\nname = \"jobs\"\nservice = \"web\"\ninitial_messages = 1500\n\
                processing_time = \"100ms\"\nacceptable_latency = \"10s\"\n";
    let scene = play(&fleet(10, "1m", jobs), &[]);
    let row = queue(&scene);
    is("processed", row.processed, 1_500.0);
    is("longest", row.longest_wait_s.unwrap_or_default(), 14.9);
    is("mean", row.mean_wait_s.unwrap_or_default(), 7.45);
    // Received at 10.1 s and later: 49 times ten.
    is("late", row.late_share.unwrap_or_default(), 490.0 / 1_500.0);
    let last = event_times(&scene, "MessageProcessed").into_iter().fold(0.0, f64::max);
    is("last", last, 15.0);
    let idle = scene.answer.paid_for_nothing.as_ref().expect("there is a queue");
    is("idle", idle.services[0].idle_task_hours, 10.0 * 45.0 / 3_600.0);
}

fn event_times(scene: &Scene, event: &str) -> Vec<f64> {
    scene::event_times(scene, event)
}

#[test]
fn a_message_whose_task_is_killed_is_there_again_when_its_time_has_run_out() {
    // Received at 0 and extended every 30 s. The task is killed at 50 s: hidden until 60 s. The next task
    // runs at once and works on it for 100 s.
    let jobs = "[[queue]]\nname = \"jobs\"\nservice = \"web\"\ninitial_messages = 1\n\
                processing_time = \"100s\"\n\
                [[fault]]\nkind = \"task-killed\"\nstart = \"50s\"\ncount = 1\nby = \"exit\"\n";
    let scene = play(&fleet(1, "10m", jobs), &[]);
    assert_eq!(event_times(&scene, "MessageVisible"), [60.0]);
    // The end of the first attempt, which means nothing, and of the second.
    assert_eq!(event_times(&scene, "MessageProcessed"), [100.0, 160.0]);
    let row = queue(&scene);
    is("processed", row.processed, 1.0);
    is("returned", row.returned, 1.0);
    is("longest", row.longest_wait_s.unwrap_or_default(), 60.0);
}

/// Two workers with a message of 300 s each from 0 on; at 60 the service wants one.
fn shrinking(protection: &str) -> Scene {
    let jobs = format!(
        "[[update_service]]\nservice = \"web\"\nat = \"60s\"\ndesired_count = 1\n\
         [[queue]]\nname = \"jobs\"\nservice = \"web\"\ninitial_messages = 2\n\
         processing_time = \"300s\"\nvisibility_timeout = \"90s\"\n{protection}\n"
    );
    play(&fleet(2, "20m", &jobs), &[])
}

#[test]
fn a_worker_that_is_not_protected_is_stopped_by_scale_in_and_its_message_is_worked_on_again() {
    // Stopped at 60; its message is there again at 90. The other worker takes it at 300, and is done at 600.
    let scene = shrinking("");
    let row = queue(&scene);
    is("returned", row.returned, 1.0);
    is("processed", row.processed, 2.0);
    assert_eq!(event_times(&scene, "MessageVisible"), [90.0]);
    assert_eq!(event_times(&scene, "MessageProcessed"), [300.0, 300.0, 600.0]);
}

#[test]
fn a_worker_that_protects_itself_while_it_holds_a_message_loses_none_to_scale_in() {
    // Both are protected at 60. At 300 both are done; the first that is stops at once, for nothing else is
    // there to work on.
    let scene = shrinking("task_protection = {}");
    let row = queue(&scene);
    is("returned", row.returned, 0.0);
    is("processed", row.processed, 2.0);
    assert_eq!(event_times(&scene, "MessageProcessed"), [300.0, 300.0]);
    let stops: Vec<Option<f64>> =
        scene.recorder.tasks.iter().map(|row| scene::time_of(row, "stopping_at")).collect();
    let stopped: Vec<f64> = stops.into_iter().flatten().collect();
    assert_eq!(stopped, [300.0]);
}

#[test]
fn the_protection_of_a_worker_expires_though_it_still_works() {
    // Called for at 0, it lasts two minutes: one is stopped at 120, 30 s after its 90 s were extended. The
    // message is there again at 180, received at 300 and done at 600.
    let scene = shrinking("task_protection = { expires_in = \"2m\" }");
    let row = queue(&scene);
    is("returned", row.returned, 1.0);
    assert_eq!(event_times(&scene, "MessageVisible"), [180.0]);
    assert_eq!(event_times(&scene, "MessageProcessed"), [300.0, 300.0, 600.0]);
}

#[test]
fn each_message_protects_its_worker_anew() {
    // Four messages of 50 s for two workers: the second ones are received at 50, and last until 100. With one
    // minute from each receipt both are protected at 60, and no longer at 100: with nothing more to do.
    let jobs = "[[update_service]]\nservice = \"web\"\nat = \"60s\"\ndesired_count = 1\n\
                [[queue]]\nname = \"jobs\"\nservice = \"web\"\ninitial_messages = 4\n\
                processing_time = \"50s\"\ntask_protection = { expires_in = \"1m\" }\n";
    let scene = play(&fleet(2, "10m", jobs), &[]);
    is("returned", queue(&scene).returned, 0.0);
    let stops = scene.recorder.tasks.iter().filter_map(|row| scene::time_of(row, "stopping_at"));
    assert_eq!(stops.collect::<Vec<_>>(), [100.0]);
}

#[test]
fn jobs_of_a_trace_come_when_it_says_and_run_as_long() {
    let jobs = "[[run_task]]\nname = \"job\"\ntask_definition = \"web\"\nlaunch_type = \"EC2\"\n\
                count = 2\ntrace = \"jobs.csv\"\nrun_for = \"5m\"\n";
    let trace = "at,run_for\n10s,90s\n\n10,2m\n1m,\n";
    let scenario = with_file(&fleet(0, "1h", jobs), "jobs.csv", trace);
    let scene = play_scenario(&scenario);
    let lives = |n: u32| {
        let task = format!("job/{n}");
        (at(&scene, &task, "started_at"), at(&scene, &task, "stopped_at"))
    };
    assert_eq!([lives(0), lives(1)], [(10.0, 100.0); 2]);
    assert_eq!([lives(2), lives(3)], [(10.0, 130.0); 2]);
    assert_eq!([lives(4), lives(5)], [(60.0, 360.0); 2]);
    assert_eq!(scene.recorder.tasks.len(), 6);
    // Without the file beside it too.
    let again = play_scenario(&scene::scenario(&to_toml(&scenario), &[]));
    assert_eq!(again.answer.digest, scene.answer.digest);
}

/// A scenario with a file beside it.
fn with_file(text: &str, name: &str, content: &str) -> Scenario {
    let source = Source { name: "scenario.toml".to_owned(), text: text.to_owned() };
    let content = Ok(Source { name: name.to_owned(), text: content.to_owned() });
    match read_with(&source, &[], &[NamedFile { name: name.to_owned(), content }]) {
        Ok((scenario, _)) => scenario,
        Err(errors) => unreadable(&render(&errors, Style::Plain)),
    }
}

#[expect(clippy::panic, reason = "a test may panic")]
fn unreadable(errors: &str) -> ! {
    panic!("{errors}")
}

/// The steps of a series in a file.
fn steps(file: &str, keys: &str, content: &str) -> Vec<(f64, f64)> {
    let text = fleet(1, "20m", &demand(&format!("series = \"{file}\"\n{keys}")));
    let scenario = with_file(&text, file, content);
    let RateShape::Steps(steps) = &scenario.demands[0].shape else { return Vec::new() };
    let pair = |step: &RateStep| (step.at.as_secs_f64(), step.rate);
    steps.iter().map(pair).collect()
}

/// Five-minute counts as the console downloads them.
const CSV: &str = "Full label,RequestCount\nLabel,RequestCount\nId,m1\n\n\
                   2026/01/05 00:00:00,300\n2026/01/05 00:05:00,600\n2026/01/05 00:15:00,900\n";

/// The same as `aws cloudwatch get-metric-data` prints them, newest first.
const JSON: &str = r#"{
    "MetricDataResults": [
        {
            "Id": "m1",
            "Label": "RequestCount",
            "Timestamps": [
                "2026-01-05T00:15:00+00:00",
                "2026-01-05T00:05:00+00:00",
                "2026-01-05T00:00:00+00:00"
            ],
            "Values": [900.0, 600.0, 300.0],
            "StatusCode": "Complete"
        }
    ],
    "Messages": []
}
"#;

#[test]
fn counts_of_five_minutes_become_rates_whatever_file_they_are_in() {
    let expected = [(0.0, 1.0), (300.0, 2.0), (600.0, 0.0), (900.0, 3.0), (1_200.0, 0.0)];
    assert_eq!(steps("requests.csv", "", CSV), expected);
    assert_eq!(steps("requests.json", "", JSON), expected);
    let seconds = "1767571200,300\n1767571500,600\n1767572100,900\n";
    assert_eq!(steps("s.csv", "", seconds), expected);
    let statistics = "Timestamp,Sum,Unit\n2026-01-05T00:00:00Z,300,Count\n\
                      2026-01-05T00:05:00Z,600,Count\n2026-01-05T00:15:00Z,900,Count\n";
    assert_eq!(steps("s.csv", "", statistics), expected);
    let previous = [(0.0, 1.0), (300.0, 2.0), (900.0, 3.0), (1_200.0, 0.0)];
    assert_eq!(steps("s.csv", "series_gaps = \"previous\"", seconds), previous);
    let rates = [(0.0, 300.0), (300.0, 600.0), (600.0, 0.0), (900.0, 900.0), (1_200.0, 0.0)];
    assert_eq!(steps("s.csv", "series_unit = \"Count/Second\"", seconds), rates);
    let later = steps("s.csv", "series_at = \"1m\"", seconds);
    assert_eq!(later, expected.map(|(at, rate)| (at + 60.0, rate)));
}

#[test]
fn points_at_their_own_times_count_from_the_day_on_which_the_run_begins() {
    // The scenario begins on 2026-01-01: ten minutes of this series lie before that.
    let points = "2025-12-31T23:50:00Z,300\n2025-12-31T23:55:00Z,600\n2026-01-01T00:00:00Z,900\n\
                  2026-01-01T00:05:00Z,1200\n";
    let found = steps("s.csv", "series_at = \"timestamps\"", points);
    assert_eq!(found, [(0.0, 3.0), (300.0, 4.0), (600.0, 0.0)]);
}

#[test]
fn a_series_runs_like_the_steps_that_it_stands_for_and_a_resolved_scenario_needs_no_file() {
    let text = fleet(1, "20m", &demand("series = \"requests.csv\""));
    let scenario = with_file(&text, "requests.csv", CSV);
    let answer = play_scenario(&scenario).answer;
    is("requests", row(&answer).requests, 1_800.0);
    let again = play(&to_toml(&scenario), &[]).answer;
    assert_eq!(again.digest, answer.digest);
    assert_eq!(row(&again), row(&answer));
}

#[test]
fn noise_and_bursts_are_the_same_for_a_seed_whatever_else_there_is() {
    let diurnal = demand(
        "diurnal = { mean = 50, peak = 80, peak_at = \"15h\", noise = 0.3, every = \"60s\" }",
    );
    let rates = |text: &str| {
        let scene = play(text, &[]);
        let series = scene.recorder.series.iter();
        let own = series.filter(|row| row.metric == "requests_per_second" && row.subject == "web");
        own.map(|row| (row.at, row.value.to_bits())).collect::<Vec<_>>()
    };
    let alone = rates(&fleet(3, "1h", &diurnal));
    assert_eq!(alone.len(), 62, "nothing, then a rate for each minute, the horizon's too");
    let jobs = "[[queue]]\nname = \"jobs\"\nservice = \"web\"\nprocessing_time = \"1s\"\n\
                bursts = { base = 1, peak = 20, every = { exponential = { mean = \"5m\" } }, \
                length = \"1m\" }\n";
    assert_eq!(alone, rates(&fleet(3, "1h", &(jobs.to_owned() + &diurnal))));
}

#[test]
fn messages_of_a_rate_arrive_as_often_as_it_says() {
    // 10 a second for a quarter of an hour and none after: 9,000 +- 4 standard deviations.
    let jobs = "[[queue]]\nname = \"jobs\"\nservice = \"web\"\nprocessing_time = \"10ms\"\n\
                steps = [{ at = \"15m\", messages_per_second = 10 }, \
                { at = \"30m\", messages_per_second = 0 }]\n";
    let scene = play(&fleet(3, "1h", jobs), &[]);
    let row = queue(&scene);
    assert!((row.messages - 9_000.0).abs() < 380.0, "{}", row.messages);
    is("processed", row.processed, row.messages);
    let sent = event_times(&scene, "MessageSent");
    assert!(sent.iter().all(|at| (900.0..1_800.0).contains(at)));
    let half = sent.iter().filter(|at| **at < 1_350.0).count() as f64;
    assert!((half - 4_500.0).abs() < 270.0, "{half} in the first half");
}

#[test]
fn a_service_without_a_task_serves_nobody_and_says_so() {
    let scene = play(&fleet(0, "10m", &demand("requests_per_second = 5")), &[]);
    let row = row(&scene.answer);
    is("lost", row.lost, 3_000.0);
    is("before the first", row.lost_before_first_task, 3_000.0);
    is("share", row.not_served_share, 1.0);
    assert_eq!(row.mean_cpu_utilization_percent, None);
    assert_eq!(row.worst_at_s, None, "nobody waits where nobody serves");
    is("above", row.above_target_s.unwrap_or_default(), SimDuration::from_secs(600).as_secs_f64());
}

/// What is expected of a scenario.
fn expected(name: &str) -> serde_json::Value {
    serde_json::from_str(&scene::text_of(&format!("scenarios/expected/{name}.json")))
        .expect("a file of JSON")
}

#[test]
fn ten_tasks_let_the_backlog_of_the_guide_wait_too_long_and_fifteen_do_not() {
    // Of n messages that come within a second the k-th is received after k/100 s and came after k/n s:
    // the last waits for n/100 - 1 s, and those from the (10 s / (1/100 - 1/n))-th on wait for too long.
    // With fifteen tasks n/150 - 1 s. n is 1,500 and 39 (its standard deviation) more or less.
    let expected = expected("sqs-backlog");
    for seed in 1..=20 {
        let sets = [format!("seed={seed}"), "service.worker.desired_count=15".to_owned()];
        for (tasks, name) in [(1, "ten"), (2, "fifteen")] {
            let sets: Vec<&str> = sets.iter().take(tasks).map(String::as_str).collect();
            let scene = play_scenario(&scene::shipped("sqs-backlog", &sets));
            let row = queue(&scene);
            let of = |key: &str| expected[name][key].as_f64().expect("a number");
            let near = |what: &str, found: f64, expected: f64, within: f64| {
                let off = (found - expected).abs();
                assert!(off <= within, "{name}, seed {seed}: {what} {found}, not {expected}");
            };
            near("messages", row.messages, expected["messages"].as_f64().expect("a number"), 160.0);
            near("wait", row.longest_wait_s.unwrap_or_default(), of("longest_wait_s"), 1.6);
            near("late", row.late_share.unwrap_or(1.0), of("late_share"), 0.08);
            assert!(row.visible_at_end + row.in_flight_at_end < 0.5, "all are processed");
        }
    }
}
