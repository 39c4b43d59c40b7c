//! Spot, derived by hand: pools that turn off at a known time, what becomes of tasks and instances,
//! what it costs.
#![expect(clippy::float_cmp, reason = "times are whole microseconds, counts whole numbers")]
#![expect(clippy::panic, reason = "a test may panic")]

use taskyard::catalog::{Catalog, NamedText, Overrides};
use taskyard::run::{Options, run};

#[path = "support/scene.rs"]
mod scene;

use scene::{
    Scene, WATCHED, at, at_end, event_times, fleet, instance_times, launched, play, play_scenario,
    scenario, shipped, task,
};

/// One task on Spot in one zone, all timings constant: launched 10 s after it is asked for, registered at
/// 30 s, interface 5, pull 10, start 1: RUNNING at 46 s. Every pool is available for an hour from time 0,
/// then 10 minutes not, and loses all its instances at once.
const ONE_TASK: &str = r#"
schema = 1
name = "spot"
region = "eu-west-1"
horizon = "2h"
availability_zones = ["euw1-az1"]
[timing]
launch = "10s"
boot = "20s"
attach = "5s"
start = "1s"
deprovision = "13s"
[timing.pull]
unknown_size = "10s"
cached = "10s"
[spot]
initial = "available"
available_for = "1h"
unavailable_for = "10m"
all_lost_percent = 100
loss_spread = "0s"
depth = 100
[[capacity_provider]]
name = "spot"
[capacity_provider.managed_instances_provider]
capacity_option_type = "SPOT"
[capacity_provider.managed_instances_provider.instance_requirements]
vcpu_count = { min = 2 }
memory_mib = { min = 4096 }
allowed_instance_types = ["m7g.large"]
[[task_definition]]
family = "web"
cpu = 1024
memory = 2048
image = { name = "nginx", by_digest = true }
runtime_platform = { cpu_architecture = "ARM64" }
[[service]]
name = "web"
task_definition = "web"
desired_count = 1
"#;

/// A second type whose pool is always there. It is deeper by far, so that the first choice is a matter of
/// the policy.
const SECOND_TYPE: &str = r#"
[[spot_pool]]
instance_type = "r6g.large"
preset = "always"
"#;

const BOTH: &str = "managed_instances_provider.instance_requirements.allowed_instance_types=[\"m7g.large\", \"r6g.large\"]";
const CHEAPEST: &str = "managed_instances_provider.spot_selection_policy=lowest-price";

fn spot(scene: &Scene) -> &taskyard::run::SpotOutcome {
    scene.answer.spot.as_ref().expect("Spot was bought")
}

fn line(scene: &Scene, item: &str) -> (f64, f64) {
    let found = scene.answer.cost.lines.iter().find(|line| line.item == item);
    let found = found.unwrap_or_else(|| panic!("no {item} in {:?}", scene.answer.cost.lines));
    (found.instance_hours, found.usd)
}

// ---------------------------------------------------------------------------------------------------
// A pool turns off.

#[test]
fn a_pool_that_turns_off_takes_its_instance_after_two_minutes_and_refuses_until_it_is_back() {
    // 3,600: notice, drain, a new task is asked for. Plans at 3,602, 3,642, 3,682, 3,722, 4,022 are
    // refused; the pool is back at 4,200; the plan at 4,322 buys: launched 4,332, registered 4,352,
    // RUNNING 4,368.
    let scene = play(ONE_TASK, &[]);
    assert_eq!(at(&scene, "web/0", "started_at"), 46.0);
    assert_eq!(event_times(&scene, "SpotPoolUnavailable"), [3_600.0]);
    assert_eq!(event_times(&scene, "SpotInterruptionWarning"), [3_600.0]);
    assert_eq!(event_times(&scene, "LaunchRefused"), [3_602.0, 3_642.0, 3_682.0, 3_722.0, 4_022.0]);
    assert_eq!(instance_times(&scene, "draining_at"), [Some(3_600.0), None]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(3_720.0), None]);
    assert_eq!(task(&scene, "web/0").stop_code, Some("SpotInterruption"));
    assert_eq!(at(&scene, "web/0", "stopped_at"), 3_720.0);
    assert_eq!(at(&scene, "web/1", "started_at"), 4_368.0);
    assert!(scene.explanation.refusals.iter().all(|refused| {
        refused.reason == "InsufficientInstanceCapacity" && refused.instance_type == "m7g.large"
    }));
    let spot = spot(&scene);
    assert_eq!((spot.instances_launched, spot.instances_interrupted), (2.0, 1.0));
    assert_eq!((spot.tasks_taken, spot.not_replaced_at_end), (1.0, 0.0));
    assert_eq!(spot.replacement_s.max, Some(768.0));
    assert_eq!(scene.answer.tasks.interrupted, 1.0);
    assert_eq!(scene.answer.fleet[0].purchase_option, "spot");
}

#[test]
fn with_another_pool_the_task_is_replaced_within_the_notice_and_nothing_goes_down() {
    // m7g.large costs less on Spot than r6g.large in eu-west-1. 3,600: notice. 3,602: m7g.large is
    // known to be off, r6g.large is bought: launched 3,610, RUNNING 3,646, healthy 40 s later.
    // Then the old task stops: exit at once, STOPPED 13 s later, and its instance leaves empty at 3,699.
    let text = format!("{ONE_TASK}{SECOND_TYPE}");
    let scene = play(&text, &[BOTH, CHEAPEST]);
    assert_eq!(launched(&scene.answer), fleet([("r6g.large", 1), ("m7g.large", 1)]));
    assert_eq!(at(&scene, "web/1", "started_at"), 3_646.0);
    assert_eq!(at(&scene, "web/0", "stopped_at"), 3_699.0);
    assert_eq!(task(&scene, "web/0").stop_code, Some("ServiceSchedulerInitiated"));
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(3_699.0), None]);
    assert_eq!(event_times(&scene, "LaunchRefused"), [0.0; 0]);
    let spot = spot(&scene);
    assert_eq!((spot.instances_interrupted, spot.tasks_taken), (1.0, 0.0));
    assert_eq!(spot.replacement_s.max, Some(46.0));
    assert_eq!(scene.answer.tasks.interrupted, 0.0);
}

#[test]
fn a_recommendation_with_a_lead_comes_first_and_a_longer_notice_lasts_longer() {
    let scene = play(ONE_TASK, &["spot.recommendation_lead=60s", "spot.notice=300s"]);
    assert_eq!(event_times(&scene, "RebalanceRecommendation"), [3_600.0]);
    assert_eq!(event_times(&scene, "SpotInterruptionWarning"), [3_660.0]);
    assert_eq!(instance_times(&scene, "draining_at"), [Some(3_660.0), None]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(3_960.0), None]);
}

#[test]
fn a_standalone_task_goes_down_with_its_instance_and_is_not_replaced() {
    let text = ONE_TASK.replace("[[service]]", "[[run_task]]").replace("desired_count = 1", "");
    let scene = play(&text, &[]);
    assert_eq!(scene.answer.tasks.requested, 1.0);
    assert_eq!(task(&scene, "web/0").stop_code, Some("SpotInterruption"));
    assert_eq!(at(&scene, "web/0", "stopped_at"), 3_720.0);
    // Nothing is left to replace: no service is short of a task.
    assert_eq!(spot(&scene).replacement_s.max, None);
}

#[test]
fn an_instance_that_registers_under_notice_leaves_at_once_and_its_task_waits_anew() {
    // The pool turns off at 20 s, while the instance boots. It registers at 30 s and leaves empty; the
    // task that was planned on it was never placed and waits for the pool.
    let scene = play(ONE_TASK, &["spot.available_for=20s", "spot.unavailable_for=1d"]);
    assert_eq!(event_times(&scene, "SpotInterruptionWarning"), [20.0]);
    assert_eq!(instance_times(&scene, "registered_at"), [Some(30.0)]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(30.0)]);
    assert_eq!(scene.answer.tasks.started, 0.0);
    assert_eq!(scene.answer.tasks.requested, 1.0);
    assert_eq!(scene.answer.tasks.waiting_at_end, 1.0);
}

#[test]
fn what_a_pool_has_is_the_end_of_it() {
    // Tasks of 1 vCPU: two on each m7g.large; ten need five instances, the pool has three.
    let sets = ["spot.depth=3", "service.web.desired_count=10", "horizon=30m"];
    let scene = play(ONE_TASK, &sets);
    assert_eq!(launched(&scene.answer), fleet([("m7g.large", 3)]));
    assert_eq!((scene.answer.tasks.running_at_end, scene.answer.tasks.waiting_at_end), (6.0, 4.0));
}

#[test]
fn the_quota_of_spot_is_its_own() {
    // 2 vCPUs each: two instances fit 4 vCPUs. The quota of on-demand vCPUs is not touched.
    let sets = [
        "spot.vcpu_quota=4",
        "on_demand_vcpu_quota=0",
        "service.web.desired_count=10",
        "horizon=30m",
    ];
    let scene = play(ONE_TASK, &sets);
    assert_eq!(launched(&scene.answer), fleet([("m7g.large", 2)]));
    let reason = &scene.explanation.refusals[0].reason;
    assert_eq!(reason, "MaxSpotInstanceCountExceeded");
    let limits = &scene.answer.limits;
    let of = |name: &str| limits.iter().find(|row| row.limit.contains(name)).map(|row| row.needed);
    assert_eq!(of("Spot vCPUs"), Some(4.0));
    assert_eq!(of("on-demand vCPUs"), Some(0.0));
}

#[test]
fn always_never_interrupts_and_says_so() {
    let bare: String = ONE_TASK
        .lines()
        .filter(|line| {
            let laws = ["initial", "available_for", "unavailable_for", "depth"];
            !laws.iter().any(|key| line.starts_with(key))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let scene = play(&bare, &["spot.preset=always", "horizon=30d"]);
    assert_eq!(spot(&scene).instances_interrupted, 0.0);
    assert_eq!(spot(&scene).preset, "always");
    let warnings = scene.answer.warnings.join("\n");
    assert!(
        warnings.contains("preset always: no Spot instance is interrupted here but by faults"),
        "{warnings}"
    );
}

#[test]
fn underutilised_spot_instances_stay_and_idle_ones_leave() {
    // Three tasks on two instances; then one is wanted: on demand a half-empty instance is emptied, on
    // Spot it stays unless it is idle. The newest tasks stop first: web/2 on the second instance alone,
    // so that it is idle after 70 s.
    let update = "\n[[update_service]]\nservice = \"web\"\nat = \"10m\"\ndesired_count = 1\n";
    let text = format!("{ONE_TASK}{update}");
    let sets = ["service.web.desired_count=3", "horizon=50m"];
    let scene = play(&text, &sets);
    let reasons: Vec<&str> =
        scene.explanation.departures.iter().map(|left| left.reason.as_str()).collect();
    assert_eq!(reasons, ["idle for scale_in_after"]);
    assert_eq!(at_end(&scene.answer), fleet([("m7g.large", 1)]));
    // Four tasks on two instances, two of which stop, one on each: nothing is idle.
    let half = text.replace("desired_count = 1\n", "desired_count = 2\n");
    let spot = play(&half, &["service.web.desired_count=4", "horizon=50m"]);
    let on_demand = play(
        &half,
        &[
            "service.web.desired_count=4",
            "horizon=50m",
            "managed_instances_provider.capacity_option_type=ON_DEMAND",
        ],
    );
    let left = |scene: &Scene, reason: &str| {
        scene.explanation.departures.iter().any(|left| left.reason.contains(reason))
    };
    assert!(!left(&spot, "underutilised"));
    assert_eq!(at_end(&spot.answer).values().sum::<u32>(), 2);
    assert!(left(&on_demand, "underutilised"));
}

// ---------------------------------------------------------------------------------------------------
// What it costs.

#[test]
fn an_instance_taken_back_within_its_first_hour_is_free_but_for_fee_and_volume() {
    // Available for 30 min: notice at 1,800, end at 1,920: it ran from 10 s, 1,910 s. The pool is back at
    // 2,400; retries at 1,802, 1,842, 1,882, 1,922, 2,222, 2,522: the next instance runs from 2,532. It
    // is taken at 4,200 + 120: 1,788 s. The third from 4,922 (retries at 4,202 ... 4,322, 4,622, 4,922
    // + 10) on, taken at 6,600 + 120: 1,788 s; the pool is back at 7,200, after which nothing is bought
    // any more.
    let sets = ["spot.available_for=30m"];
    let free = play(ONE_TASK, &sets);
    assert_eq!(line(&free, "spot m7g.large: Spot instance"), (0.0, 0.0));
    let (hours, _) = line(&free, "spot m7g.large Spot: Managed Instances fee");
    assert_eq!(hours * 3_600.0, 1_910.0 + 1_788.0 + 1_788.0);
    let charged = play(ONE_TASK, &[sets[0], "spot.free_first_hour=false"]);
    let (hours, _) = line(&charged, "spot m7g.large: Spot instance");
    assert_eq!(hours * 3_600.0, 1_910.0 + 1_788.0 + 1_788.0);
    assert!(charged.answer.cost.total_usd > free.answer.cost.total_usd);
    // After an hour and ten seconds of life EC2 charges by the second: 3,710 s, and the second instance
    // from 4,332 s to the horizon at 7,200 s.
    let later = play(ONE_TASK, &[]);
    let (hours, _) = line(&later, "spot m7g.large: Spot instance");
    assert_eq!(hours * 3_600.0, 3_710.0 + 2_868.0);
}

#[test]
fn the_fee_of_a_spot_instance_is_a_share_of_the_on_demand_price_unless_said_otherwise() {
    let price = |option: &str| {
        let set = format!("managed_instances_provider.capacity_option_type={option}");
        let row = play(ONE_TASK, &[&set, "horizon=30m"]).answer.fleet[0].clone();
        (row.ec2_usd_per_hour_each, row.usd_per_hour_each)
    };
    let (on_demand, _) = price("ON_DEMAND");
    let (spot, billed) = price("SPOT");
    let volume = 80.0 * 0.088 / 730.0;
    assert!(spot < on_demand);
    assert!((billed - spot - 0.12 * on_demand - volume).abs() < 1e-6);
    let sets = ["managed_instances_provider.spot_fee_basis=spot", "horizon=30m"];
    let billed = play(ONE_TASK, &sets).answer.fleet[0].usd_per_hour_each;
    assert!((billed - 1.12 * spot - volume).abs() < 1e-6);
}

/// Prices of m7g.large in two zones: 4 cents from noon, 10 from 12:30, 2 from 13:30; 5 cents in the
/// other.
const HISTORY: &str = r#"{ "SpotPriceHistory": [
  { "AvailabilityZone": "eu-west-1c", "AvailabilityZoneId": "euw1-az1", "InstanceType": "m7g.large",
    "ProductDescription": "Linux/UNIX", "SpotPrice": "0.020000", "Timestamp": "2026-10-31T13:30:00Z" },
  { "AvailabilityZone": "eu-west-1c", "AvailabilityZoneId": "euw1-az1", "InstanceType": "m7g.large",
    "ProductDescription": "Linux/UNIX", "SpotPrice": "0.100000", "Timestamp": "2026-10-31T12:30:00+00:00" },
  { "AvailabilityZone": "eu-west-1c", "AvailabilityZoneId": "euw1-az1", "InstanceType": "m7g.large",
    "ProductDescription": "Linux/UNIX", "SpotPrice": "0.040000", "Timestamp": "2026-10-31T12:00:00.000Z" },
  { "AvailabilityZone": "eu-west-1a", "AvailabilityZoneId": "euw1-az2", "InstanceType": "m7g.large",
    "ProductDescription": "Linux/UNIX", "SpotPrice": "0.050000", "Timestamp": "2026-10-31T12:00:00Z" }
] }"#;

fn with_history(sets: &[&str]) -> Scene {
    let scenario = scenario(ONE_TASK, sets);
    let history = Some(NamedText { name: "history.json", text: HISTORY });
    let files = Overrides { spot_price_history: history, ..Overrides::default() };
    let catalog = Catalog::builtin("eu-west-1", None, files).expect("a history");
    scene::scene(run(&scenario, &catalog, WATCHED).expect("a run"))
}

const FROM_NOON: &str = "spot.price_history_from=2026-10-31T12:00:00Z";
const STAYS: &str = "spot.available_for=1d";

#[test]
fn the_bill_follows_the_price_history_by_the_instance_hour() {
    // Running from 10 s to 7,200 s. Its hours begin at 10 s (4 cents) and 3,610 s (10 cents: since
    // 1,800 s); the fall at 5,400 s comes within the second hour. 3,600 s at 4 cents, 3,590 s at 10
    // cents.
    let scene = with_history(&[FROM_NOON, STAYS]);
    let (_, usd) = line(&scene, "spot m7g.large: Spot instance");
    assert!((usd - (0.04 + 3_590.0 / 3_600.0 * 0.10)).abs() < 1e-9, "{usd}");
    // Per second at the price of the moment: 1,790 s at 4, 3,600 s at 10, 1,800 s at 2 cents.
    let scene = with_history(&[FROM_NOON, STAYS, "spot.price_changes=second"]);
    let (_, usd) = line(&scene, "spot m7g.large: Spot instance");
    let expected = (1_790.0 * 0.04 + 3_600.0 * 0.10 + 1_800.0 * 0.02) / 3_600.0;
    assert!((usd - expected).abs() < 1e-9, "{usd}");
    // The rate at the end is that of the last price; the series tells each change.
    let row = &scene.answer.fleet[0];
    let kept = row.usd_per_hour_each - row.ec2_usd_per_hour_each;
    assert!((scene.answer.cost.per_hour_at_end_usd - kept - 0.02).abs() < 1e-9);
    let rates: Vec<(f64, f64)> = scene
        .recorder
        .series
        .iter()
        .filter(|row| row.metric == "usd_per_hour")
        .map(|row| (row.at.as_secs_f64(), ((row.value - kept) * 1e6).round() / 1e6))
        .collect();
    assert_eq!(rates, [(10.0, 0.04), (1_800.0, 0.10), (5_400.0, 0.02)]);
}

#[test]
fn the_last_part_of_a_history_is_used_unless_a_moment_is_given() {
    // The history ends at 13:30. A run of one hour begins at 12:30: 10 cents from 10 s to 3,600 s, when
    // the fall comes with the horizon.
    let scene = with_history(&[STAYS, "horizon=1h"]);
    let (_, usd) = line(&scene, "spot m7g.large: Spot instance");
    assert!((usd - 3_590.0 / 3_600.0 * 0.10).abs() < 1e-9, "{usd}");
    assert!(!scene.answer.warnings.iter().any(|warning| warning.contains("reaches from")));
    assert_eq!(scene.answer.catalog.prices_as_of["spot-price-history"], "2026-10-31");
    // A moment before the history: its first price holds, and the answer says so.
    let early = "spot.price_history_from=2026-10-30T00:00:00Z";
    let scene = with_history(&[STAYS, "horizon=1h", early]);
    let (_, usd) = line(&scene, "spot m7g.large: Spot instance");
    assert!((usd - 3_590.0 / 3_600.0 * 0.04).abs() < 1e-9, "{usd}");
    assert!(scene.answer.warnings.iter().any(|warning| warning.contains("reaches from")));
}

#[test]
fn selection_goes_by_the_price_of_the_moment() {
    // r6g.large has no history and costs what the catalogue says, between 2 and 10 cents. At noon
    // m7g.large costs 4 cents in the zone, at 12:30 10.
    let text = format!("{ONE_TASK}{SECOND_TYPE}");
    let chosen = |moment: &str| {
        let from = format!("spot.price_history_from={moment}");
        let scenario = scenario(&text, &[BOTH, CHEAPEST, STAYS, "horizon=10m", &from]);
        let history = Some(NamedText { name: "history.json", text: HISTORY });
        let files = Overrides { spot_price_history: history, ..Overrides::default() };
        let catalog = Catalog::builtin("eu-west-1", None, files).expect("a history");
        let answer = run(&scenario, &catalog, Options::default()).expect("a run").answer;
        let other = catalog.index_of("r6g.large").expect("a type");
        let zone = catalog.zones().iter().position(|zone| zone == "euw1-az1").expect("a zone");
        let quote = catalog.offering(other).spot.in_zone(zone).expect("a price");
        (launched(&answer), quote.usd_per_hour.as_dollars())
    };
    let (early, other) = chosen("2026-10-31T13:30:00Z");
    assert!((0.02..0.10).contains(&other), "{other}");
    assert_eq!(early, fleet([("m7g.large", 1)]));
    assert_eq!(chosen("2026-10-31T12:30:00Z").0, fleet([("r6g.large", 1)]));
}

// ---------------------------------------------------------------------------------------------------
// How a pool is chosen.

#[test]
fn managed_instances_choose_by_lot_in_proportion_to_depth() {
    // 10 against 30: a quarter and three quarters, over 400 seeds; 4 standard deviations are 35.
    let text = format!(
        "{ONE_TASK}\n[[spot_pool]]\ninstance_type = \"r6g.large\"\ndepth = 30\n\
         [[spot_pool]]\ninstance_type = \"m7g.large\"\ndepth = 10\n"
    );
    let mut shallow = 0;
    for seed in 1..=400 {
        let seed = format!("seed={seed}");
        let scene = play(&text, &[BOTH, "horizon=5m", &seed]);
        shallow += u32::from(launched(&scene.answer).contains_key("m7g.large"));
        let considered = &scene.explanation.launches[0].considered;
        assert!(considered.iter().all(|seen| seen.pool_depth.is_some()), "{considered:?}");
    }
    assert!((65..=135).contains(&shallow), "{shallow} of 400");
}

#[test]
fn the_other_policies_take_the_deepest_pool_or_the_cheapest_of_the_deep_ones() {
    // m7g.large is the cheaper one. 10 against 30: the deepest is r6g.large. m7g.large is not deep
    // beside it (less than half), with 15 it is.
    let chosen = |policy: &str, depth: u32| {
        let text = format!(
            "{ONE_TASK}\n[[spot_pool]]\ninstance_type = \"r6g.large\"\ndepth = 30\n\
             [[spot_pool]]\ninstance_type = \"m7g.large\"\ndepth = {depth}\n"
        );
        let policy = format!("managed_instances_provider.spot_selection_policy={policy}");
        launched(&play(&text, &[BOTH, "horizon=5m", &policy]).answer)
    };
    let (cheap, deep) = (fleet([("m7g.large", 1)]), fleet([("r6g.large", 1)]));
    assert_eq!(chosen("lowest-price", 10), cheap);
    assert_eq!(chosen("capacity-optimized", 29), deep);
    assert_eq!(chosen("price-capacity-optimized", 14), deep);
    assert_eq!(chosen("price-capacity-optimized", 15), cheap);
}

// ---------------------------------------------------------------------------------------------------
// Capacity reservations.

const RESERVED: &str = "managed_instances_provider.capacity_option_type=RESERVED";
const RESERVATION: &str = "\n[[capacity_reservation]]\ninstance_type = \"m7g.large\"\n\
                           availability_zone = \"euw1-az1\"\ninstance_count = 2\n";

fn preference(word: &str) -> String {
    format!("managed_instances_provider.capacity_reservations.reservation_preference={word}")
}

#[test]
fn reservations_only_launches_nothing_else() {
    // Ten tasks need five instances; two are reserved.
    let text = format!("{ONE_TASK}{RESERVATION}");
    let only = preference("RESERVATIONS_ONLY");
    let scene = play(&text, &[RESERVED, &only, "service.web.desired_count=10", "horizon=30m"]);
    assert_eq!(launched(&scene.answer), fleet([("m7g.large", 2)]));
    assert_eq!(scene.answer.fleet[0].purchase_option, "reserved");
    assert_eq!((scene.answer.tasks.running_at_end, scene.answer.tasks.waiting_at_end), (4.0, 6.0));
}

#[test]
fn reservations_first_falls_back_to_on_demand_and_excluded_never_uses_them() {
    let text = format!("{ONE_TASK}{RESERVATION}");
    let sets = [RESERVED, "service.web.desired_count=10", "horizon=30m"];
    let scene = play(&text, &sets);
    let by_option = |option: &str| {
        let rows = scene.answer.fleet.iter().filter(|row| row.purchase_option == option);
        rows.map(|row| row.launched).sum::<f64>()
    };
    assert_eq!((by_option("reserved"), by_option("on-demand")), (2.0, 3.0));
    assert_eq!(scene.answer.tasks.running_at_end, 10.0);
    let excluded = preference("RESERVATIONS_EXCLUDED");
    let scene = play(ONE_TASK, &[sets[0], sets[1], sets[2], &excluded]);
    assert_eq!(scene.answer.fleet.len(), 1);
    assert_eq!(scene.answer.fleet[0].purchase_option, "on-demand");
}

#[test]
fn a_reservation_is_billed_whether_used_or_not() {
    // Two reserved, one task on one of them, which runs from 10 s to 1,800 s: 1,790 s are used and
    // 2 x 1,800 - 1,790 = 1,810 s are not; both at the on-demand price.
    let text = format!("{ONE_TASK}{RESERVATION}");
    let scene = play(&text, &[RESERVED, "horizon=30m"]);
    let price = scene.answer.fleet[0].ec2_usd_per_hour_each;
    let (used, usd) = line(&scene, "spot m7g.large: reserved instance");
    assert_eq!(used * 3_600.0, 1_790.0);
    assert!((usd - price * 1_790.0 / 3_600.0).abs() < 1e-8);
    let (unused, usd) = line(&scene, "spot m7g.large: unused capacity reservation");
    assert_eq!(unused * 3_600.0, 1_810.0);
    assert!((usd - price * 1_810.0 / 3_600.0).abs() < 1e-8);
    // The rate at the end holds the unused one too.
    let billed = scene.answer.fleet[0].usd_per_hour_each;
    assert!((scene.answer.cost.per_hour_at_end_usd - billed - price).abs() < 1e-8);
}

// ---------------------------------------------------------------------------------------------------
// The shipped scenario.

#[test]
fn the_share_of_an_empty_spot_provider_is_not_moved_to_on_demand() {
    // Ten tasks, base 2 on demand, then 1 : 3. Documented: no fallback. 2 + 2 on demand run, 6 on Spot
    // wait.
    let scenario = shipped("spot-unavailable-no-fallback", &[]);
    for seed in 1..=20 {
        let mut scenario = scenario.clone();
        scenario.seed = seed;
        let scene = play_scenario(&scenario);
        let tasks = &scene.answer.tasks;
        assert_eq!((tasks.running_at_end, tasks.waiting_at_end), (4.0, 6.0), "seed {seed}");
        assert!(scene.answer.fleet.iter().all(|row| row.capacity_provider == "on-demand"));
        assert_eq!(spot(&scene).instances_launched, 0.0);
        let waiting = scene.recorder.tasks.iter().filter(|row| row.last_status == "PROVISIONING");
        assert!(waiting.clone().all(|row| row.capacity_provider == "spot") && waiting.count() == 6);
        assert!(scene.explanation.refusals.len() > 3, "the retries go on");
    }
}

// ---------------------------------------------------------------------------------------------------
// What cannot work is said before anything runs.

fn unfit(extra: &str, sets: &[&str]) -> String {
    let scenario = scenario(&format!("{ONE_TASK}{extra}"), sets);
    match run(&scenario, scene::ireland(), Options::default()) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it runs"),
    }
}

#[test]
fn pools_and_reservations_of_unknown_types_and_zones_are_refused() {
    let pool = "\n[[spot_pool]]\ninstance_type = \"m7g.lage\"\navailability_zone = \"use1-az1\"\n";
    let told = unfit(pool, &[]);
    assert!(
        told.contains("spot_pool.0.instance_type: there is no instance type \"m7g.lage\""),
        "{told}"
    );
    assert!(told.contains("there is no availability zone \"use1-az1\" in eu-west-1"), "{told}");
    let told = unfit(&RESERVATION.replace("m7g.large", "m7g.lage"), &[RESERVED]);
    assert!(told.contains("capacity_reservation.0.instance_type: there is no"), "{told}");
}

#[test]
fn a_reservation_that_nobody_can_use_is_refused_because_it_would_be_paid() {
    for (extra, sets) in [
        (RESERVATION.to_owned(), vec![]),
        (RESERVATION.replace("m7g", "c7g"), vec![RESERVED]),
        (RESERVATION.replace("euw1-az1", "euw1-az2"), vec![RESERVED]),
    ] {
        let told = unfit(&extra, &sets);
        assert!(told.contains("no capacity provider can use the reservation"), "{told}");
    }
}

// ---------------------------------------------------------------------------------------------------
// Auto Scaling groups on Spot.

/// One task on a group of one Spot instance, there at the start: RUNNING at 16 s. The pool of
/// m7g.large, the cheaper one, turns off at 3,600 s; r6g.large is always there. A new instance is
/// registered 30 s after it is asked for, and a task on it RUNNING 16 s later. The service tries again
/// every 15 s.
const GROUP: &str = r#"
schema = 1
name = "group"
region = "eu-west-1"
horizon = "2h"
availability_zones = ["euw1-az1"]
[timing]
attach = "5s"
start = "1s"
deprovision = "13s"
[timing.auto_scaling_group]
pending = "1s"
running = "9s"
boot = "20s"
[timing.pull]
unknown_size = "10s"
cached = "10s"
[spot]
initial = "available"
available_for = "1h"
unavailable_for = "10m"
all_lost_percent = 100
loss_spread = "0s"
depth = 100
[[spot_pool]]
instance_type = "r6g.large"
preset = "always"
[[capacity_provider]]
name = "group"
[capacity_provider.auto_scaling_group_provider]
min_size = 1
max_size = 4
desired_capacity = 1
instance_types = ["m7g.large", "r6g.large"]
on_demand_percentage_above_base_capacity = 0
spot_allocation_strategy = "lowest-price"
spot_instance_pools = 1
[[task_definition]]
family = "web"
cpu = 1024
memory = 2048
image = { name = "nginx", by_digest = true }
runtime_platform = { cpu_architecture = "ARM64" }
[[service]]
name = "web"
task_definition = "web"
desired_count = 1
"#;

fn of_group(key: &str) -> String {
    format!("capacity_provider.group.auto_scaling_group_provider.{key}")
}

#[test]
fn a_group_replaces_what_ec2_has_taken() {
    // 3,600: notice, drain; nowhere to go. 3,720: taken, and the group asks for another: registered
    // 3,750.
    let scene = play(GROUP, &[]);
    assert_eq!(instance_times(&scene, "draining_at"), [Some(3_600.0), None]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(3_720.0), None]);
    assert_eq!(instance_times(&scene, "requested_at"), [Some(0.0), Some(3_720.0)]);
    assert_eq!(instance_times(&scene, "registered_at"), [Some(0.0), Some(3_750.0)]);
    assert_eq!(task(&scene, "web/0").stop_code, Some("SpotInterruption"));
    assert_eq!(launched(&scene.answer), fleet([("m7g.large", 1), ("r6g.large", 1)]));
    assert_eq!(spot(&scene).tasks_taken, 1.0);
}

#[test]
fn without_managed_draining_an_instance_drains_only_where_the_agent_is_told_to() {
    let managed = of_group("managed_draining=DISABLED");
    let scene = play(GROUP, &[&managed]);
    assert_eq!(instance_times(&scene, "draining_at"), [None, None]);
    assert_eq!(at(&scene, "web/0", "stopped_at"), 3_720.0);
    let agent = of_group("ecs_enable_spot_instance_draining=true");
    let scene = play(GROUP, &[&managed, &agent]);
    assert_eq!(instance_times(&scene, "draining_at"), [Some(3_600.0), None]);
}

#[test]
fn with_capacity_rebalancing_the_replacement_is_there_before_the_end() {
    // The recommendation comes with the notice: asked for at 3,600, registered 3,630. The task of the
    // service is placed there at 3,630, RUNNING at 3,646 and healthy at 3,686; the old one stops and its
    // instance leaves at 3,699.
    let rebalance = of_group("capacity_rebalance=true");
    let scene = play(GROUP, &[&rebalance]);
    assert_eq!(instance_times(&scene, "requested_at"), [Some(0.0), Some(3_600.0)]);
    assert_eq!(at(&scene, "web/1", "started_at"), 3_646.0);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(3_699.0), None]);
    assert_eq!((spot(&scene).instances_interrupted, spot(&scene).tasks_taken), (1.0, 0.0));
    // Two minutes earlier: the old instance is dismissed at 3,630, when the new one is in service, and is
    // gone at 3,699, before its notice at 3,720.
    let scene = play(GROUP, &[&rebalance, "spot.recommendation_lead=120s"]);
    assert_eq!(instance_times(&scene, "draining_at"), [Some(3_630.0), None]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(3_699.0), None]);
    assert_eq!(spot(&scene).instances_interrupted, 0.0);
    let reasons: Vec<&str> =
        scene.explanation.departures.iter().map(|left| left.reason.as_str()).collect();
    assert_eq!(reasons, ["replaced on EC2's rebalance recommendation", "drained of its tasks"]);
}

#[test]
fn rebalancing_exceeds_the_most_by_a_tenth_at_least_by_one() {
    // Two of two at risk: three may be, so one is replaced after the other. The recommendations come at
    // 3,600, the notices so much later that they do not matter.
    let sets = [
        of_group("capacity_rebalance=true"),
        of_group("desired_capacity=2"),
        of_group("max_size=2"),
        "spot.recommendation_lead=10m".to_owned(),
    ];
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let scene = play(GROUP, &sets);
    let requested = instance_times(&scene, "requested_at");
    assert_eq!(requested[..3], [Some(0.0), Some(0.0), Some(3_600.0)]);
    // The first replacement is in service at 3,630; then there is room for the second.
    assert_eq!(requested.len(), 4);
    assert!(requested[3].is_some_and(|at| (3_630.0..3_700.0).contains(&at)), "{requested:?}");
    assert_eq!(spot(&scene).instances_interrupted, 0.0);
    assert_eq!(at_end(&scene.answer), fleet([("r6g.large", 2)]));
}

/// The group of one Spot instance with a fault that strikes it at 600 s.
fn struck(kind: &str, sets: &[&str]) -> Scene {
    let fault = format!("[[fault]]\nkind = \"{kind}\"\nstart = \"10m\"\n");
    play(&format!("{GROUP}{fault}"), sets)
}

#[test]
fn a_recommendation_that_no_notice_follows_costs_where_a_group_acts_on_it_and_nothing_else() {
    // As at 3,600 with an interruption: the replacement is asked for at once, the old one gone 99 s later.
    let (rebalance, short) = (of_group("capacity_rebalance=true"), "horizon=50m");
    let scene = struck("rebalance-recommendation", &[&rebalance, short]);
    assert_eq!(instance_times(&scene, "requested_at"), [Some(0.0), Some(600.0)]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(699.0), None]);
    assert_eq!((spot(&scene).instances_interrupted, spot(&scene).tasks_taken), (0.0, 0.0));
    assert_eq!(at(&scene, "web/1", "started_at"), 646.0);
    let (idle, none) = (struck("rebalance-recommendation", &[short]), play(GROUP, &[short]));
    assert_eq!(instance_times(&idle, "terminated_at"), [None]);
    assert_eq!(idle.answer.cost.total_usd, none.answer.cost.total_usd);
}

#[test]
fn after_a_recommendation_in_vain_the_notice_comes_as_ever() {
    let scene = struck("rebalance-recommendation", &[]);
    assert_eq!(instance_times(&scene, "draining_at"), [Some(3_600.0), None]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(3_720.0), None]);
    assert_eq!(task(&scene, "web/0").stop_code, Some("SpotInterruption"));
}

#[test]
fn a_spot_instance_whose_notice_is_lost_is_gone_at_once_and_is_replaced() {
    let only = "fault.instance-terminated.purchase_option=spot";
    let scene = struck("instance-terminated", &[only, "horizon=50m"]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(600.0), None]);
    assert_eq!(instance_times(&scene, "requested_at"), [Some(0.0), Some(600.0)]);
    let lost = task(&scene, "web/0");
    assert_eq!(lost.stop_code, Some("TerminationNotice"));
    assert!(lost.stop_reason.as_deref().is_some_and(|why| why.starts_with("Host EC2 (instance")));
    assert_eq!(spot(&scene).instances_interrupted, 0.0);
    let other = "fault.instance-terminated.purchase_option=on-demand";
    let scene = struck("instance-terminated", &[other, "horizon=50m"]);
    assert_eq!(instance_times(&scene, "terminated_at"), [None]);
}

#[test]
fn an_empty_instance_of_a_group_leaves_at_its_notice_and_is_replaced_at_once() {
    let scene = play(GROUP, &["service.web.desired_count=0"]);
    assert_eq!(instance_times(&scene, "terminated_at"), [Some(3_600.0), None]);
    assert_eq!(instance_times(&scene, "requested_at"), [Some(0.0), Some(3_600.0)]);
    assert_eq!(at_end(&scene.answer), fleet([("r6g.large", 1)]));
}

#[test]
fn an_instance_of_a_group_that_registers_under_notice_takes_no_task() {
    // Asked for at 0; its pool turns off at 20, it is registered at 30 and leaves at once. Its
    // replacement is registered at 60, the task that has waited all along is RUNNING at 76.
    let sets = [
        of_group("initial_instances=launched"),
        of_group("max_size=1"),
        of_group("managed_scaling={ status = \"ENABLED\" }"),
        "spot.available_for=20s".to_owned(),
    ];
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let scene = play(GROUP, &sets);
    assert_eq!(instance_times(&scene, "registered_at")[..2], [Some(30.0), Some(60.0)]);
    assert_eq!(instance_times(&scene, "terminated_at")[0], Some(30.0));
    assert_eq!(at(&scene, "web/0", "placed_at"), 60.0);
    assert_eq!(at(&scene, "web/0", "started_at"), 76.0);
}
