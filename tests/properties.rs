//! What holds for any scenario: accounts, determinism, relations between runs, and an independent look at
//! what was bought. Every run is checked after every event.
#![expect(clippy::float_cmp, reason = "counts are whole numbers")]
#![expect(clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use taskyard::catalog::{CpuArchitecture, InstanceRequirements, PurchaseOption};
use taskyard::observe::{EventRow, Recorder, TASK_TIMES, TaskRow};
use taskyard::run::{Answer, Arena, Options, Outcome, prepare, run, run_in};
use taskyard::scenario::{CapacityPool, ProviderKind, Scenario, TimingPreset, parameters, to_toml};
use taskyard::units::{SimDuration, SimTime};

#[path = "support/recipes.rs"]
mod recipes;
#[path = "support/scene.rs"]
mod scene;

use recipes::{quiet, recipe};
use scene::{WATCHED, ireland, launched, scenario, shipped, text_of};

/// So many cases, the same in every run; `TASKYARD_CASES=20` tries twenty times as many others.
#[expect(clippy::disallowed_methods, reason = "how long to look is the caller's to say")]
fn cases(cases: u32) -> ProptestConfig {
    let times = std::env::var("TASKYARD_CASES").ok().and_then(|times| times.parse::<u32>().ok());
    let rng_seed = times.map_or(RngSeed::Fixed(1), |_| RngSeed::Random);
    let cases = cases * times.unwrap_or(1);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

fn run_with(scenario: &Scenario, options: Options) -> Outcome {
    run(scenario, ireland(), options)
        .unwrap_or_else(|error| panic!("{error}\n{}", to_toml(scenario)))
}

fn watched(scenario: &Scenario) -> (Answer, Recorder) {
    let outcome = run_with(scenario, WATCHED);
    (outcome.answer, outcome.recorder.expect("asked for"))
}

fn plain(scenario: &Scenario) -> Answer {
    run_with(scenario, Options { skip_bounds: true, ..Options::default() }).answer
}

fn json(answer: &Answer) -> String {
    serde_json::to_string(answer).expect("an answer is JSON")
}

// ---------------------------------------------------------------------------------------------------
// Accounts of one run.

fn accounts_add_up(scenario: &Scenario, answer: &Answer, recorder: &Recorder) {
    let tasks = &answer.tasks;
    let sum = tasks.running_at_end + tasks.waiting_at_end + tasks.stopped;
    assert_eq!(tasks.requested, sum, "each task is in one account");
    assert!(tasks.started <= tasks.requested && tasks.running_at_end <= tasks.started);
    let waiting: f64 = tasks.waiting_for.iter().map(|row| row.tasks).sum();
    assert_eq!(waiting, tasks.waiting_at_end, "each waits for one thing");
    let waves: f64 = tasks.waves.iter().map(|row| row.started).sum();
    assert_eq!(waves, tasks.started, "each is of one wave");
    let of =
        |status: &str| recorder.tasks.iter().filter(|row| row.last_status == status).count() as f64;
    assert_eq!(recorder.tasks.len() as f64, tasks.requested, "a row for each task");
    assert_eq!(of("RUNNING"), tasks.running_at_end);
    let mut names: Vec<&str> = recorder.tasks.iter().map(|row| row.task.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), recorder.tasks.len(), "a name for each task");

    let lines: f64 = answer.cost.lines.iter().map(|line| line.usd).sum();
    assert!((lines - answer.cost.total_usd).abs() < 1e-7, "the lines sum to the total");
    let running: f64 = answer.fleet.iter().map(|row| row.at_end * row.usd_per_hour_each).sum();
    let rate = running + answer.cost.credits_per_hour_at_end_usd;
    assert!((rate - answer.cost.per_hour_at_end_usd).abs() < 1e-7, "the rate at the horizon");
    for row in &answer.fleet {
        assert!(row.at_end <= row.peak && row.peak <= row.launched, "{row:?}");
        let gpu = row.instance_type.as_ref().is_some_and(|name| name.starts_with('g'));
        let with_fee = if gpu { 1.078 } else { 1.12 };
        let fee = with_fee * row.ec2_usd_per_hour_each + 80.0 * 0.088 / 730.0;
        assert!((row.usd_per_hour_each - fee).abs() < 1e-6, "{row:?}");
    }
    // What services say of themselves is no event of the run.
    let events = recorder.events.iter().filter(|row| row.event != "ServiceEvent");
    assert_eq!(events.count() as f64, answer.events);
    let horizon = SimTime::ZERO + scenario.horizon;
    assert!(recorder.events.iter().all(|row| row.at <= horizon));
    assert!(recorder.events.is_sorted_by_key(|row| row.at), "the clock goes on");
}

/// When a task was in a state, within the run; `None` where it never was.
fn stay(row: &TaskRow, state: &str, horizon: SimTime) -> Option<SimDuration> {
    let time = |name: &str| {
        row.times[TASK_TIMES.iter().position(|known| *known == name).expect("a known time")]
    };
    let stopping = time("stopping_at");
    let exited_alone = row.stop_code == Some("EssentialContainerExited");
    let (from, until) = match state {
        "PROVISIONING" => (time("created_at"), time("placed_at").or(time("stopped_at"))),
        "PENDING" => (time("placed_at"), time("connectivity_at").or(stopping)),
        "ACTIVATING" => (time("connectivity_at"), time("started_at").or(stopping)),
        "RUNNING" => (time("started_at"), stopping),
        "STOPPING" if time("started_at").is_some() && !exited_alone => {
            (stopping, time("execution_stopped_at"))
        }
        "DEPROVISIONING" if time("placed_at").is_some() => {
            (time("execution_stopped_at"), time("stopped_at"))
        }
        _ => return None,
    };
    Some(until.unwrap_or(horizon) - from?)
}

/// Little's law as an identity: the integral of a state's count over the run is the sum of the stays in
/// it, to the microsecond.
fn counts_and_stays_agree(scenario: &Scenario, recorder: &Recorder) {
    let horizon = SimTime::ZERO + scenario.horizon;
    for state in ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "STOPPING", "DEPROVISIONING"]
    {
        let (mut integral, mut since, mut count) = (0_u128, SimTime::ZERO, 0_u128);
        let rows = recorder.series.iter().filter(|row| row.metric == "tasks");
        for row in rows.filter(|row| row.subject == state) {
            integral += count * u128::from((row.at - since).as_micros());
            (since, count) = (row.at, row.value as u128);
        }
        integral += count * u128::from((horizon - since).as_micros());
        let stays: u128 = recorder
            .tasks
            .iter()
            .filter_map(|row| stay(row, state, horizon))
            .map(|time| u128::from(time.as_micros()))
            .sum();
        assert_eq!(integral, stays, "{state}: microseconds by count and by stamps");
    }
}

// ---------------------------------------------------------------------------------------------------
// What was bought, looked at without the program's own filter.

/// The rows of a table by type, for eu-west-1 where it has regions.
fn table(name: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let text = text_of(&format!("data/{name}"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize().map(|row| row.expect("a row"));
    rows.filter(|row: &BTreeMap<String, String>| {
        row.get("region").is_none_or(|region| region == "eu-west-1")
    })
    .map(|row| (row["instance_type"].clone(), row))
    .collect()
}

struct Shelf {
    types: BTreeMap<String, BTreeMap<String, String>>,
    prices: BTreeMap<String, BTreeMap<String, String>>,
    offerings: BTreeMap<String, BTreeMap<String, String>>,
    families: String,
}

impl Shelf {
    fn new() -> Self {
        Self {
            types: table("instance_types.csv"),
            prices: table("prices.csv"),
            offerings: table("offerings.csv"),
            families: text_of("data/managed_instances_families.csv"),
        }
    }

    /// Whether ECS Managed Instances may buy `name` under these requirements.
    fn admits(&self, name: &str, wanted: &InstanceRequirements) -> bool {
        let row = &self.types[name];
        let number = |column: &str| row[column].parse::<u32>().expect("a number");
        let (family, size) = name.split_once('.').expect("family.size");
        let within = |value: u32, range: &taskyard::catalog::Range<u32>| {
            value >= range.min && range.max.is_none_or(|max| value <= max)
        };
        let maker = match row["cpu_manufacturer"].as_str() {
            "amazon-web-services" | "aws" | "AWS" => "AmazonWebServices",
            "intel" | "Intel" => "Intel",
            "amd" | "AMD" => "Amd",
            other => other,
        };
        let makers: Vec<String> =
            wanted.cpu_manufacturers.iter().map(|maker| format!("{maker:?}")).collect();
        within(number("vcpus"), &wanted.vcpu_count)
            && within(number("memory_mib"), &wanted.memory_mib)
            && number("vcpus") > 1
            && !["nano", "micro"].contains(&size)
            && self.families.lines().any(|line| line.split(',').next() == Some(family))
            && (makers.is_empty() || makers.iter().any(|known| known == maker))
            && (is_yes(&row["burstable"])
                <= (wanted.burstable_performance != taskyard::catalog::Inclusion::Excluded))
            && !is_yes(&row["bare_metal"])
            && !wanted.excluded_instance_types.iter().any(|other| other == name)
    }
}

fn is_yes(word: &str) -> bool {
    ["1", "yes", "true", "True"].contains(&word)
}

fn bought_rightly(shelf: &Shelf, scenario: &Scenario, answer: &Answer, recorder: &Recorder) {
    for row in &recorder.instances {
        let provider = scenario
            .capacity_providers
            .iter()
            .find(|provider| provider.name == row.capacity_provider)
            .expect("a known provider");
        let ProviderKind::ManagedInstances(settings) = &provider.kind else { continue };
        let wanted = settings.instance_requirements.clone().unwrap_or_default();
        let name = &row.instance_type;
        assert!(shelf.admits(name, &wanted), "{name} is not admitted");
        let zones = &shelf.offerings[name]["zone_ids"];
        let zone = &row.availability_zone;
        assert!(zones.split(' ').any(|known| known == zone), "{name} is not offered in {zone}");
        assert!(scenario.availability_zones.contains(zone), "{zone} is not the cluster's");
    }
    for row in &answer.fleet {
        let name = row.instance_type.as_deref().expect("an instance");
        let price: f64 = shelf.prices[name]["on_demand_usd_per_hour"].parse().expect("a price");
        assert_eq!(row.ec2_usd_per_hour_each, price, "{name}");
        let index = ireland().index_of(name).expect("a known type");
        assert!(ireland().price(index, PurchaseOption::OnDemand).is_some());
    }
    // A task never runs on the other architecture; one that states none gets x86-64.
    for task in &recorder.tasks {
        let Some(name) = &task.instance_type else { continue };
        let services = scenario.services.iter().map(|of| (&of.name, of.task_definition));
        let run_tasks = scenario.run_tasks.iter().map(|of| (&of.name, of.task_definition));
        let (_, definition) = services
            .chain(run_tasks)
            .find(|(name, _)| **name == task.service)
            .expect("a known group");
        let stated = scenario.task_definitions[definition].cpu_architecture;
        let arm = stated == Some(CpuArchitecture::Arm64);
        assert_eq!(shelf.types[name]["architecture"].contains("arm"), arm, "{name}");
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn any_scenario_runs_and_its_accounts_add_up(recipe in recipe()) {
        let scenario = scenario(&recipe.toml(), &[]);
        let (answer, recorder) = watched(&scenario);
        accounts_add_up(&scenario, &answer, &recorder);
        counts_and_stays_agree(&scenario, &recorder);
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn what_is_bought_is_admitted_offered_and_priced_as_the_tables_say(recipe in recipe()) {
        let scenario = scenario(&recipe.toml(), &[]);
        let (answer, recorder) = watched(&scenario);
        bought_rightly(&SHELF, &scenario, &answer, &recorder);
    }
}

/// The roads that random scenarios must have gone, by what is seen of them.
fn roads(answer: &Answer, recorder: &Recorder) -> Vec<&'static str> {
    let phase = |name: &str| answer.tasks.phases_s[name].mean > Some(0.0);
    let event = |name: &str| recorder.events.iter().any(|row| row.event == name);
    let code = |code| recorder.tasks.iter().any(|row| row.stop_code == Some(code));
    let drained = recorder.instances.iter().any(|row| row.times[3].is_some());
    let never_ran =
        recorder.tasks.iter().any(|row| row.stop_code.is_some() && row.times[6].is_none());
    let all = [
        ("a digest wave", phase("decide_digest_wave")),
        ("a launch rate", phase("decide_launch_rate")),
        ("a quota", phase("decide_quota")),
        ("an instance that holds less than planned", phase("decide_replan")),
        ("a refused launch", phase("decide_capacity_retry") && event("LaunchRefused")),
        ("a drained instance", drained),
        ("an instance stopped for its age", code("TerminationNotice")),
        ("a task that ended", code("EssentialContainerExited")),
        ("a task that the scheduler stopped", code("ServiceSchedulerInitiated")),
        ("a task stopped before it ran", never_ran),
        ("a task that never got a place", answer.tasks.waiting_at_end > 0.0),
        ("an instance gone", recorder.instances.iter().any(|row| row.times[4].is_some())),
        ("three types at once", answer.fleet.len() > 2),
        ("CPU credits", answer.cost.lines.iter().any(|line| line.item.contains("credits"))),
    ];
    all.into_iter().filter(|(_, seen)| *seen).map(|(road, _)| road).collect()
}

#[test]
fn random_scenarios_go_every_rare_road() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..150 {
        let recipe = recipe().new_tree(&mut runner).expect("a recipe").current();
        let (answer, recorder) = watched(&scenario(&recipe.toml(), &[]));
        for road in roads(&answer, &recorder) {
            *seen.entry(road).or_default() += 1;
        }
    }
    println!("{seen:#?}");
    assert_eq!(seen.len(), 14, "{seen:?}");
}

static SHELF: std::sync::LazyLock<Shelf> = std::sync::LazyLock::new(Shelf::new);

#[test]
fn the_shipped_scenarios_buy_what_is_admitted() {
    for name in
        ["thirty-tasks", "ten-memory-tasks", "ten-large-memory-tasks", "five-thousand-tasks"]
    {
        let mut scenario = shipped(name, &[]);
        if scenario.availability_zones.is_empty() {
            scenario.availability_zones =
                ["euw1-az1", "euw1-az2", "euw1-az3"].map(str::to_owned).to_vec();
        }
        let (answer, recorder) = watched(&scenario);
        assert!(!recorder.instances.is_empty());
        bought_rightly(&SHELF, &scenario, &answer, &recorder);
        counts_and_stays_agree(&scenario, &recorder);
    }
}

// ---------------------------------------------------------------------------------------------------
// Relations between runs.

/// Adds `by` to every absolute time of a scenario.
fn shift(scenario: &mut Scenario, by: SimDuration) {
    scenario.horizon += by;
    scenario.services.iter_mut().for_each(|service| service.create_at += by);
    scenario.run_tasks.iter_mut().for_each(|run_task| run_task.at += by);
    scenario.service_updates.iter_mut().for_each(|update| update.at += by);
}

fn rows(events: &[EventRow], less: SimDuration) -> Vec<(u64, &str, &str, &str)> {
    let at = |row: &EventRow| row.at.as_micros() - less.as_micros();
    events
        .iter()
        .map(|row| (at(row), row.event, row.subject.as_str(), row.detail.as_str()))
        .collect()
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_same_seed_gives_the_same_answer_watched_or_not(recipe in recipe()) {
        let scenario = scenario(&recipe.toml(), &[]);
        let first = plain(&scenario);
        prop_assert_eq!(json(&plain(&scenario)), json(&first));
        prop_assert_eq!(json(&watched(&scenario).0), json(&first));
    }

    #[test]
    fn the_memory_of_another_run_never_reaches_an_answer(one in recipe(), other in recipe()) {
        let mut arena = Arena::default();
        let options = Options { invariants: true, skip_bounds: true, ..Options::default() };
        for recipe in [&one, &other, &one] {
            let scenario = scenario(&recipe.toml(), &[]);
            let prepared = prepare(&scenario, ireland()).expect("it fits");
            let outcome =
                run_in(&mut arena, &scenario, ireland(), &prepared, scenario.seed, options);
            prop_assert_eq!(json(&outcome.expect("it runs").answer), json(&plain(&scenario)));
        }
    }

    #[test]
    fn the_scenario_with_all_its_defaults_written_out_gives_the_same_run(recipe in recipe()) {
        let stated = scenario(&recipe.toml(), &[]);
        let resolved = scenario(&to_toml(&stated), &[]);
        prop_assert_eq!(plain(&resolved).digest, plain(&stated).digest);
    }

    #[test]
    fn what_is_never_used_changes_nothing(recipe in recipe()) {
        let scenario = scenario(&recipe.toml(), &[]);
        let mut more = scenario.clone();
        let mut unused = more.capacity_providers[0].clone();
        "unused".clone_into(&mut unused.name);
        more.capacity_providers.push(unused);
        let mut definition = more.task_definitions[0].clone();
        "unused".clone_into(&mut definition.family);
        more.task_definitions.push(definition);
        // A type that the requirements do not admit.
        more.capacity_pools.push(CapacityPool {
            instance_type: "p4d.24xlarge".to_owned(),
            availability_zone: None,
            depth: 3,
        });
        let (plain, more) = (plain(&scenario), plain(&more));
        prop_assert_eq!(&more.digest, &plain.digest);
        prop_assert_eq!(launched(&more), launched(&plain));
    }

    #[test]
    fn a_longer_run_begins_like_the_shorter_one(recipe in recipe()) {
        let short = scenario(&recipe.toml(), &[]);
        let mut long = short.clone();
        long.horizon = long.horizon + long.horizon;
        let horizon = SimTime::ZERO + short.horizon;
        let (_, all) = watched(&long);
        let (_, first) = watched(&short);
        let until = all.events.partition_point(|row| row.at <= horizon);
        let zero = SimDuration::ZERO;
        prop_assert_eq!(rows(&all.events[..until], zero), rows(&first.events, zero));
    }

    #[test]
    fn all_times_later_by_a_minute_give_the_same_run_a_minute_later(recipe in recipe()) {
        let scenario = scenario(&recipe.toml(), &[]);
        let minute = SimDuration::from_secs(60);
        let mut later = scenario.clone();
        shift(&mut later, minute);
        let ((now, first), (then, second)) = (watched(&scenario), watched(&later));
        prop_assert_eq!(rows(&second.events, minute), rows(&first.events, SimDuration::ZERO));
        prop_assert_eq!(now.cost.total_usd, then.cost.total_usd);
        prop_assert_eq!(now.tasks.time_to_running_s, then.tasks.time_to_running_s);
    }

    #[test]
    fn all_weights_times_seven_split_alike(recipe in recipe()) {
        let scenario = scenario(&recipe.toml(), &[]);
        let mut heavy = scenario.clone();
        let services = heavy.services.iter_mut().map(|service| &mut service.strategy);
        let run_tasks = heavy.run_tasks.iter_mut().map(|run_task| &mut run_task.strategy);
        for item in services.chain(run_tasks).flatten() {
            item.weight *= 7;
        }
        prop_assert_eq!(plain(&heavy).digest, plain(&scenario).digest);
    }

    #[test]
    fn with_constant_timings_names_do_not_matter(recipe in recipe()) {
        let mut scenario = scenario(&recipe.toml(), &[]);
        scenario.timing = parameters::timing(TimingPreset::Seed000);
        scenario.run_tasks.clear();
        for definition in &mut scenario.task_definitions {
            definition.exit_after_stop_signal = taskyard::random::Distribution::ZERO;
        }
        let mut renamed = scenario.clone();
        renamed.services.iter_mut().for_each(|service| service.name.insert(0, 'x'));
        renamed.capacity_providers.iter_mut().for_each(|provider| provider.name.insert(0, 'x'));
        renamed.task_definitions.iter_mut().for_each(|of| of.family.insert(0, 'x'));
        renamed.seed += 1;
        prop_assert_eq!(plain(&renamed).digest, plain(&scenario).digest);
    }

    #[test]
    fn no_fleet_is_cheaper_than_its_bound(recipe in recipe()) {
        let scenario = scenario(&recipe.toml(), &[]);
        let answer = run_with(&scenario, Options { invariants: true, ..Options::default() }).answer;
        let cost = &answer.cost;
        let placed = cost.lower_bound_per_hour_usd.is_some();
        prop_assert!(placed || answer.tasks.running_at_end == 0.0);
        let zip = cost.lower_bound_per_hour_usd.zip(cost.best_packing_per_hour_usd);
        if let Some((bound, best)) = zip {
            prop_assert!(bound <= best, "{bound} above the best packing, {best}");
            prop_assert!(bound <= cost.per_hour_at_end_usd, "{bound} above the fleet's price");
        }
    }
}

// ---------------------------------------------------------------------------------------------------
// Liveness: when nothing is scarce and nothing happens any more, everything wanted runs, nothing idles,
// and the fleet has come to rest.

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn every_service_comes_to_rest_with_what_it_wants(recipe in quiet()) {
        let scenario = scenario(&recipe.toml(), &[]);
        let (answer, recorder) = watched(&scenario);
        for (number, wanted) in recipe.wanted().into_iter().enumerate() {
            let name = format!("s{number}");
            let runs = recorder
                .tasks
                .iter()
                .filter(|row| row.service == name && row.last_status == "RUNNING")
                .count();
            prop_assert_eq!(runs as u64, u64::from(wanted), "service {}", name);
        }
        prop_assert_eq!(answer.tasks.waiting_at_end, 0.0);
        let horizon = SimTime::ZERO + scenario.horizon;
        let last = recorder.instances.iter().filter_map(|row| row.times[0]).max();
        if let Some(last) = last {
            let quiet = horizon.since(last);
            prop_assert!(quiet > SimDuration::from_secs(86_400), "bought {} before the end", quiet);
        }
        for row in &recorder.instances {
            let provider = scenario
                .capacity_providers
                .iter()
                .find(|provider| provider.name == row.capacity_provider)
                .expect("a known provider");
            let ProviderKind::ManagedInstances(settings) = &provider.kind else { continue };
            let stays = settings.scale_in_after == taskyard::scenario::ScaleInAfter::Off;
            let busy = recorder.tasks.iter().any(|task| {
                task.last_status == "RUNNING" && task.instance.as_ref() == Some(&row.instance)
            });
            let gone = row.times[4].is_some();
            prop_assert!(gone || busy || stays, "{} idles", row.instance);
        }
    }
}
