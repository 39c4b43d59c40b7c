//! Relations between runs that hold whatever the numbers are: a service divided in two, faults that never
//! come, starts that take no time, and target tracking on a load that stays.
#![expect(clippy::float_cmp, reason = "whole seconds and whole tasks")]

use proptest::prelude::*;

#[path = "support/question.rs"]
mod question;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition, service};
use scene::{Scene, play, time_of};

/// So many cases, the same in every run.
fn cases(cases: u32) -> ProptestConfig {
    let rng_seed = proptest::test_runner::RngSeed::Fixed(1);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

/// How long tasks waited to run, in order.
fn waits(scene: &Scene) -> Vec<f64> {
    let wait = |row| Some(time_of(row, "started_at")? - time_of(row, "requested_at")?);
    let mut waits: Vec<f64> = scene.recorder.tasks.iter().filter_map(wait).collect();
    waits.sort_by(f64::total_cmp);
    waits
}

proptest! {
    #![proptest_config(cases(20))]

    #[test]
    fn a_service_divided_in_two_waits_alike(half in 1_u32..20, cpu in 1_u32..5) {
        let web = definition("web", cpu * 256, 512, "");
        let of_types = Question::of_types(&["t4g.xlarge"]).with(&web);
        let one = of_types.clone().with(&service("web", "web", 2 * half, ""));
        let two = of_types
            .with(&service("left", "web", half, ""))
            .with(&service("right", "web", half, ""));
        prop_assert_eq!(waits(&play(&one.text(), &[])), waits(&play(&two.text(), &[])));
    }

    #[test]
    fn a_fault_that_never_comes_changes_nothing(count in 1_u32..20, probability in 0_u8..2) {
        let question = Question::of_types(&["t4g.small"])
            .with(&definition("web", 512, 1_024, ""))
            .with(&service("web", "web", count, ""));
        let late = "[[fault]]\nkind = \"task-killed\"\nstart = \"2h\"\n";
        let never = "[[fault]]\nkind = \"crash-loop\"\nstart = \"0s\"\nexit_after = \"9s\"\n\
                     probability = 0.0\n";
        let fault = if probability == 0 { never } else { late };
        let without = play(&question.text(), &[]).answer;
        let with = play(&question.with(fault).text(), &[]).answer;
        prop_assert_eq!(without.digest, with.digest);
        prop_assert_eq!(without.cost.total_usd, with.cost.total_usd);
    }

    #[test]
    fn without_start_delays_nobody_waits_and_the_bill_is_time_times_price(
        tasks in 1_u32..10,
        minutes in 1_u32..30,
    ) {
        let text = format!(
            "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"1h\"\n\
             [timing]\nattach = \"0s\"\n\
             [timing.pull]\nunknown_size = \"0s\"\n\
             [timing.fargate]\nprovision = \"0s\"\nstart = \"0s\"\ndeprovision = \"0s\"\n\
             load_percent = 0\n\
             [[task_definition]]\nfamily = \"job\"\ncpu = 1024\nmemory = 2048\n\
             [[run_task]]\nname = \"job\"\ntask_definition = \"job\"\ncount = {tasks}\n\
             run_for = \"{minutes}m\"\nlaunch_type = \"FARGATE\"\n"
        );
        let scene = play(&text, &[]);
        prop_assert_eq!(scene.answer.tasks.time_to_running_s.max, Some(0.0));
        let hours = f64::from(tasks * minutes) / 60.0;
        let expected = hours * (0.04048 + 2.0 * 0.004445);
        let found = scene.answer.cost.total_usd;
        prop_assert!((found - expected).abs() < 1e-6, "{} instead of {}", found, expected);
    }

    #[test]
    fn target_tracking_settles_where_the_load_is_on_target(
        requests in 20_u32..300,
        target in 30_u32..80,
        from in 2_u32..60,
    ) {
        // A task of one vCPU serves 20 requests a second of 50 ms: at the target it takes so many.
        let text = format!(
            "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"6h\"\n\
             [[task_definition]]\nfamily = \"web\"\ncpu = 1024\nmemory = 2048\n\
             [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = {from}\n\
             launch_type = \"FARGATE\"\n\
             [[demand]]\nname = \"d\"\nservice = \"web\"\nrequests_per_second = {requests}\n\
             cpu_time = \"50ms\"\n\
             [[scalable_target]]\nservice = \"web\"\nmin_capacity = 1\nmax_capacity = 100\n\
             [[scaling_policy]]\nname = \"cpu\"\nservice = \"web\"\n\
             policy_type = \"TargetTrackingScaling\"\n\
             predefined_metric_type = \"ECSServiceAverageCPUUtilization\"\n\
             target_value = {target}\n"
        );
        let scene = play(&text, &[]);
        let needed = f64::from(requests) / 20.0 * 100.0 / f64::from(target);
        let least = needed.ceil();
        // Scale-in begins where the metric is a tenth below the target.
        let most = (needed / 0.9).ceil().max(least);
        let found = scene.answer.tasks.running_at_end;
        prop_assert!(least <= found && found <= most, "{} not in {} to {}", found, least, most);
        let desired = scene.recorder.series.iter().filter(|row| row.metric == "DesiredTaskCount");
        let late = desired.filter(|row| row.at.as_secs_f64() > 3.0 * 3_600.0);
        prop_assert_eq!(late.count(), 0, "it rests in the second half");
    }
}
