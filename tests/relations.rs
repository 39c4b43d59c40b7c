//! Relations between runs that hold whatever the numbers are: sizes or prices that are all so many times as
//! large, lists in another order, two halves of a cluster that share nothing, a service divided in two, faults
//! that never come, starts that take no time, and target tracking on a load that stays.
//!
//! One relation of this kind has nothing to hold of here: that a run which is saved halfway and taken up
//! again ends like one that was not. A run keeps no snapshot; what a stopped sweep takes up again are whole runs.
#![expect(clippy::float_cmp, reason = "whole seconds and whole tasks")]
#![expect(clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::select;
use taskyard::catalog::{Catalog, InstanceRequirements, NamedText, Overrides, PurchaseOption};
use taskyard::run::{Answer, run};
use taskyard::scenario::{ProviderKind, Scenario};
use taskyard::units::SimTime;

#[path = "support/question.rs"]
mod question;
#[path = "support/recipes.rs"]
mod recipes;
#[path = "support/scene.rs"]
mod scene;

use question::{Question, definition, service};
use recipes::recipe;
use scene::{Scene, WATCHED, ireland, play, scenario, time_of};

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

// ---------------------------------------------------------------------------------------------------
// Everything so many times as large.

/// When each task and each instance did what it did, by name, and where it was.
type Schedule = BTreeMap<String, (Option<String>, Option<String>, Vec<Option<SimTime>>)>;

fn schedule(scene: &Scene) -> Schedule {
    let tasks = scene.recorder.tasks.iter().map(|row| {
        let place = (row.instance.clone(), row.availability_zone.clone(), row.times.to_vec());
        (row.task.clone(), place)
    });
    let instances = scene.recorder.instances.iter().map(|row| {
        let place = (None, Some(row.availability_zone.clone()), row.times.to_vec());
        (format!("instance {}", row.instance), place)
    });
    tasks.chain(instances).collect()
}

/// Services and tasks that come and go on machines of ours, all sizes `times` as large.
fn racks(times: u32, sizes: &[(u32, u32, u32)], placement: &str) -> String {
    let mut text = "name = \"racks\"\nregion = \"eu-west-1\"\nhorizon = \"2h\"\n".to_owned();
    for (name, cpu, memory) in [("small", 2_048, 4_000), ("large", 4_096, 15_500)] {
        let (cpu, memory) = (cpu * times, memory * times);
        writeln!(
            text,
            "[[external_instance]]\nname = \"{name}\"\ncount = 4\ncpu = {cpu}\nmemory = {memory}"
        )
        .expect("a text grows");
    }
    for (number, (cpu, memory, count)) in sizes.iter().enumerate() {
        let (cpu, memory) = (cpu * times, memory * times);
        let placement = format!("launch_type = \"EXTERNAL\"\nplacement_strategy = [{placement}]");
        writeln!(
            text,
            "[[task_definition]]\nfamily = \"d{number}\"\ncpu = {cpu}\nmemory = {memory}\n\
             network_mode = \"bridge\"\n\
             [[service]]\nname = \"s{number}\"\ntask_definition = \"d{number}\"\n\
             desired_count = {count}\n{placement}\n\
             [[update_service]]\nservice = \"s{number}\"\nat = \"{}m\"\ndesired_count = {}\n\
             [[update_service]]\nservice = \"s{number}\"\nat = \"90m\"\n\
             force_new_deployment = true\n\
             [[run_task]]\nname = \"r{number}\"\ntask_definition = \"d{number}\"\n\
             count = 2\nat = \"{number}m\"\nrun_for = \"20m\"\n{placement}",
            40 + number,
            count / 2
        )
        .expect("a text grows");
    }
    text
}

/// The same on Managed Instances of these types, which register what they have.
fn bought(times: u32, sizes: &[(u32, u32, u32)], types: [&str; 3]) -> String {
    let (vcpus, memory) = (16 * times, 32_768 * times);
    let mut question = Question {
        requirements: format!(
            "vcpu_count = {{ min = 1, max = {vcpus} }}\nmemory_mib = {{ min = 1, max = {memory} }}\n\
             allowed_instance_types = {types:?}\n"
        ),
        ..Question::default()
    };
    // A volume costs what it costs, whatever is beside it: no question of saving.
    question = question
        .provider("registered_memory_percent = 100\nregistered_memory_less_mib = 0")
        .provider("consolidation = false")
        .until("2h");
    for (number, (cpu, memory, count)) in sizes.iter().enumerate() {
        let (family, name) = (format!("d{number}"), format!("s{number}"));
        let host = "network_mode = \"host\"";
        question = question
            .with(&definition(&family, cpu * times, memory * times, host))
            .with(&service(&name, &family, *count, ""))
            .with(&question::update(&name, &format!("{}m", 40 + number), count / 2));
    }
    question.text()
}

fn sizes() -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
    proptest::collection::vec(
        (select(vec![128_u32, 250, 512, 1_024]), 64..2_000_u32, 0..9_u32),
        1..4,
    )
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn sizes_and_machines_so_many_times_as_large_give_the_same_schedule(
        sizes in sizes(),
        times in 2_u32..6,
        placement in select(vec![
            "",
            "{ type = \"binpack\", field = \"memory\" }",
            "{ type = \"binpack\", field = \"cpu\" }",
            "{ type = \"spread\", field = \"instanceId\" }, \
             { type = \"binpack\", field = \"memory\" }",
        ]),
    ) {
        let of = |times| schedule(&play(&racks(times, &sizes, placement), &[]));
        prop_assert_eq!(of(times), of(1));
    }

    #[test]
    fn sizes_types_and_requirements_twice_as_large_give_the_same_schedule(sizes in sizes()) {
        let small = play(&bought(1, &sizes, ["c6g.large", "c6g.xlarge", "m6g.large"]), &[]);
        let large = play(&bought(2, &sizes, ["c6g.xlarge", "c6g.2xlarge", "m6g.xlarge"]), &[]);
        prop_assert_eq!(schedule(&large), schedule(&small));
    }
}

// ---------------------------------------------------------------------------------------------------
// Prices, and lists in another order.

/// The rows of a price file that states what Ireland sells at so many times its price.
fn price_rows(times: u64) -> Vec<String> {
    let mut rows = Vec::new();
    for (option, name) in [(PurchaseOption::OnDemand, "on-demand"), (PurchaseOption::Spot, "spot")]
    {
        for (index, of) in ireland().types().iter().enumerate() {
            let Some(quote) = ireland().price(index, option) else { continue };
            let nanos = quote.usd_per_hour.nanos() * times;
            // Nothing that costs more in an hour is believed.
            if nanos < 1_000_000_000_000 {
                rows.push(format!("eu-west-1,{},{name},{}", of.name, decimal(nanos)));
            }
        }
    }
    let volume = 88_000_000 * times;
    rows.push(format!("eu-west-1,gp3-gb-month,on-demand,{}", decimal(volume)));
    rows
}

fn decimal(nanos: u64) -> String {
    format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)
}

fn sold_at(rows: &[String]) -> Catalog {
    let header = "region,instance_type,purchase_option,usd_per_hour\n";
    let text = format!("{header}{}\n", rows.join("\n"));
    let prices = Some(NamedText { name: "mine.csv", text: &text });
    Catalog::builtin("eu-west-1", None, Overrides { prices, ..Overrides::default() })
        .unwrap_or_else(|error| panic!("{error}"))
}

fn bought_at(scenario: &Scenario, catalog: &Catalog) -> Answer {
    run(scenario, catalog, WATCHED).unwrap_or_else(|error| panic!("{error}")).answer
}

/// What it costs, surplus CPU credits left out: their price is no offering's.
fn bill(answer: &Answer) -> f64 {
    let lines = answer.cost.lines.iter().filter(|line| !line.item.contains("credits"));
    lines.map(|line| line.usd).sum()
}

/// Reverses what is a set, and not a row of preferences: what the requirements list, pools, and the
/// task definitions, which others name.
fn other_way_round(scenario: &Scenario) -> Scenario {
    let mut other = scenario.clone();
    let last = other.task_definitions.len() - 1;
    other.task_definitions.reverse();
    other.capacity_pools.reverse();
    other.services.iter_mut().for_each(|of| of.task_definition = last - of.task_definition);
    other.run_tasks.iter_mut().for_each(|of| of.task_definition = last - of.task_definition);
    for provider in &mut other.capacity_providers {
        let ProviderKind::ManagedInstances(settings) = &mut provider.kind else { continue };
        let Some(InstanceRequirements {
            allowed_instance_types,
            excluded_instance_types,
            cpu_manufacturers,
            instance_generations,
            ..
        }) = &mut settings.instance_requirements
        else {
            continue;
        };
        allowed_instance_types.reverse();
        excluded_instance_types.reverse();
        cpu_manufacturers.reverse();
        instance_generations.reverse();
    }
    other
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn all_prices_so_many_times_as_high_buy_the_same_and_cost_so_many_times_as_much(
        recipe in recipe(),
        times in 2_u64..5,
    ) {
        let scenario = scenario(&recipe.toml(), &[]);
        let once = bought_at(&scenario, &sold_at(&price_rows(1)));
        let more = bought_at(&scenario, &sold_at(&price_rows(times)));
        prop_assert_eq!(&more.digest, &once.digest);
        let expected = bill(&once) * times as f64;
        prop_assert!((bill(&more) - expected).abs() < 1e-6 * (1.0 + expected));
    }

    #[test]
    fn the_order_of_lists_that_are_sets_does_not_matter(recipe in recipe()) {
        let mut scenario = scenario(&recipe.toml(), &[]);
        for provider in &mut scenario.capacity_providers {
            let ProviderKind::ManagedInstances(settings) = &mut provider.kind else { continue };
            let requirements = settings.instance_requirements.get_or_insert_default();
            requirements.allowed_instance_types =
                ["m6g.*", "c6g.*", "c6a.*", "r6a.large", "t4g.*", "m5.*"].map(str::to_owned).to_vec();
        }
        let mut rows = price_rows(1);
        let forwards = bought_at(&scenario, &sold_at(&rows));
        rows.reverse();
        let backwards = bought_at(&other_way_round(&scenario), &sold_at(&rows));
        prop_assert_eq!(&backwards.digest, &forwards.digest);
        prop_assert_eq!(backwards.cost.total_usd, forwards.cost.total_usd);
    }
}

// ---------------------------------------------------------------------------------------------------
// Two halves that share nothing.

/// A provider of a kind and what runs on it, with a name of its own.
fn half(name: &str, kind: usize, tasks: u32, update: u32) -> String {
    let (provider, launch) = match kind {
        0 => (
            format!(
                "[[capacity_provider]]\nname = \"{name}\"\n\
                     [capacity_provider.managed_instances_provider]\n"
            ),
            format!(
                "capacity_provider_strategy = [{{ capacity_provider = \"{name}\", weight = 1 }}]"
            ),
        ),
        1 => (
            format!(
                "[[capacity_provider]]\nname = \"{name}\"\n\
                     [capacity_provider.auto_scaling_group_provider]\n\
                     instance_type = \"m5.large\"\nmin_size = 0\nmax_size = 20\n"
            ),
            format!(
                "capacity_provider_strategy = [{{ capacity_provider = \"{name}\", weight = 1 }}]"
            ),
        ),
        // Of these a cluster has one: the left half alone has them.
        2 => (String::new(), "launch_type = \"FARGATE\"".to_owned()),
        _ => (
            format!(
                "[[external_instance]]\nname = \"{name}\"\ncount = 5\ncpu = 4096\n\
                     memory = 16000\n"
            ),
            "launch_type = \"EXTERNAL\"".to_owned(),
        ),
    };
    let network = if kind == 3 { "network_mode = \"bridge\"\n" } else { "" };
    format!(
        "{provider}[[task_definition]]\nfamily = \"{name}\"\ncpu = 512\nmemory = 1024\n{network}\
         image = {{ name = \"{name}\", size_mb = 300 }}\n\
         [[service]]\nname = \"{name}\"\ntask_definition = \"{name}\"\ndesired_count = {tasks}\n\
         {launch}\n\
         [[update_service]]\nservice = \"{name}\"\nat = \"20m\"\ndesired_count = {update}\n\
         [[update_service]]\nservice = \"{name}\"\nat = \"40m\"\nforce_new_deployment = true\n\
         [[demand]]\nname = \"{name}\"\nservice = \"{name}\"\nrequests_per_second = {tasks}\n\
         cpu_time = \"50ms\"\n\
         [[scalable_target]]\nservice = \"{name}\"\nmin_capacity = 1\nmax_capacity = 30\n\
         [[scaling_policy]]\nname = \"{name}\"\nservice = \"{name}\"\n\
         policy_type = \"TargetTrackingScaling\"\n\
         predefined_metric_type = \"ECSServiceAverageCPUUtilization\"\ntarget_value = 20\n"
    )
}

fn in_one_region(parts: &[&str]) -> String {
    format!(
        "name = \"halves\"\nregion = \"us-east-1\"\nhorizon = \"2h\"\n\
         availability_zones = [\"use1-az1\", \"use1-az2\"]\n{}",
        parts.concat()
    )
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn two_halves_that_share_no_limit_run_as_each_would_alone(
        kinds in (0..4_usize, 0..2_usize),
        tasks in (0..20_u32, 0..20_u32),
        updates in (0..20_u32, 0..20_u32),
    ) {
        let left = half("left", kinds.0, tasks.0, updates.0);
        let right = half("right", kinds.1, tasks.1, updates.1);
        let both = play(&in_one_region(&[&left, &right]), &[]);
        let apart = [left, right].map(|part| play(&in_one_region(&[&part]), &[]));
        let mut sum = schedule(&apart[0]);
        sum.extend(schedule(&apart[1]));
        prop_assert_eq!(schedule(&both), sum);
        let events: f64 = apart.iter().map(|one| one.answer.events).sum();
        prop_assert_eq!(both.answer.events, events);
        let cost: f64 = apart.iter().map(|one| one.answer.cost.total_usd).sum();
        prop_assert!((both.answer.cost.total_usd - cost).abs() < 1e-9 * (1.0 + cost));
        let rows = |scene: &Scene| serde_json::to_value(&scene.answer.demand).expect("JSON");
        let of_both = rows(&both);
        prop_assert_eq!(&of_both[0], &rows(&apart[0])[0]);
        prop_assert_eq!(&of_both[1], &rows(&apart[1])[0]);
    }
}
