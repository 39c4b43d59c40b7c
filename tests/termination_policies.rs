//! Which instances a group of several types and kinds lets go on scale-in, derived by hand.
//!
//! Every group stands at the start, without a task, and its desired capacity of eight (or as stated) falls
//! to its least at 60 s: the metric is 0 at 0 s, and the alarm takes a minute. On demand in us-east-1 a
//! m5.large costs $0.096 an hour, a m5a.large $0.086; on Spot $0.0326, a m5a.large $0.0344, a c5.large
//! $0.0349.

use std::collections::BTreeMap;

#[path = "support/group.rs"]
mod group;
#[path = "support/scene.rs"]
mod scene;

use group::{Group, definition, run_task};
use scene::{Scene, instance_time, play};

/// A group without tasks from `desired` to `min` instances. A task comes when all is over.
fn shrinking(types: &[&str], zones: usize, (min, desired): (u32, u32), keys: &str) -> Group {
    Group::of_types(types)
        .zones(zones)
        .size(min, 10, desired)
        .managed(", scale_in_datapoints = 1, scale_in_wait = \"0s\"")
        .keys("suspended_processes = [\"AZRebalance\"]")
        .keys(keys)
        .with("[spot]\npreset = \"always\"")
        .with(&definition("web", 512, 512))
        .with(&run_task("late", "web", "9m", ""))
        .until("10m")
}

/// How many instances of the type, bought so, are in the zone.
fn pool(instance_type: &str, zone: &str, option: &str, instances: u32) -> String {
    let (table, key) = match option {
        "spot" => ("spot_pool", "preset = \"always\"\ndepth"),
        _ => ("capacity_pool", "depth"),
    };
    format!(
        "[[{table}]]\ninstance_type = \"{instance_type}\"\navailability_zone = \"use1-{zone}\"\n\
         {key} = {instances}"
    )
}

type Counts = BTreeMap<(String, String, String), u32>;

/// The instances there were, and those that have gone, by type, purchase option and zone. None goes but at
/// 60 s.
fn gone(scene: &Scene) -> (Counts, Counts) {
    let (mut all, mut gone) = (Counts::new(), Counts::new());
    for row in &scene.recorder.instances {
        let zone = row.availability_zone.replace("use1-", "");
        let key = (row.instance_type.clone(), row.purchase_option.to_owned(), zone);
        *all.entry(key.clone()).or_default() += 1;
        if let Some(at) = instance_time(row, "terminated_at") {
            assert!((at - 60.0).abs() < 1e-9, "{at}");
            *gone.entry(key).or_default() += 1;
        }
    }
    (all, gone)
}

fn counts<const N: usize>(rows: [(&str, &str, &str, u32); N]) -> Counts {
    let row = |(name, option, zone, count): (&str, &str, &str, u32)| {
        ((name.to_owned(), option.to_owned(), zone.to_owned()), count)
    };
    rows.into_iter().map(row).collect()
}

/// What has gone is the same for any chance.
fn expect<const A: usize, const B: usize>(
    group: &Group,
    were: [(&str, &str, &str, u32); A],
    went: [(&str, &str, &str, u32); B],
) {
    for seed in 1..6 {
        let scene = play(&group.text(), &[&format!("seed={seed}")]);
        assert_eq!(gone(&scene), (counts(were), counts(went)), "seed {seed}");
    }
}

const HALF_SPOT: &str = "on_demand_percentage_above_base_capacity = 50";

#[test]
fn after_a_spot_drought_the_on_demand_instances_that_are_too_many_leave_first() {
    // Eight: four on demand, and of four on Spot EC2 gives two. Of four two are on demand: the six are two
    // too many, both on demand.
    let drought = pool("m5.large", "az1", "spot", 2);
    expect(
        &shrinking(&["m5.large"], 1, (4, 8), HALF_SPOT).with(&drought),
        [("m5.large", "on-demand", "az1", 4), ("m5.large", "spot", "az1", 2)],
        [("m5.large", "on-demand", "az1", 2)],
    );
}

#[test]
fn both_kinds_leave_as_the_desired_capacity_splits() {
    // Eight: a base of two, half of six is three: five and three. Four: a base of two and one: three and
    // one. Two of each leave.
    let keys = format!("on_demand_base_capacity = 2\n{HALF_SPOT}");
    expect(
        &shrinking(&["m5.large"], 1, (4, 8), &keys),
        [("m5.large", "on-demand", "az1", 5), ("m5.large", "spot", "az1", 3)],
        [("m5.large", "on-demand", "az1", 2), ("m5.large", "spot", "az1", 2)],
    );
}

#[test]
fn prioritized_loses_the_later_type_first_though_it_is_cheaper() {
    let short = pool("m5.large", "az1", "on-demand", 5);
    expect(
        &shrinking(&["m5.large", "m5a.large"], 1, (4, 8), "").with(&short),
        [("m5.large", "on-demand", "az1", 5), ("m5a.large", "on-demand", "az1", 3)],
        [("m5.large", "on-demand", "az1", 1), ("m5a.large", "on-demand", "az1", 3)],
    );
}

#[test]
fn lowest_price_loses_the_dearest_though_it_stands_first_in_the_list() {
    let short = pool("m5a.large", "az1", "on-demand", 5);
    let keys = "on_demand_allocation_strategy = \"lowest-price\"";
    expect(
        &shrinking(&["m5.large", "m5a.large"], 1, (4, 8), keys).with(&short),
        [("m5.large", "on-demand", "az1", 3), ("m5a.large", "on-demand", "az1", 5)],
        [("m5.large", "on-demand", "az1", 3), ("m5a.large", "on-demand", "az1", 1)],
    );
}

#[test]
fn lowest_price_on_spot_keeps_its_cheapest_pools_level_and_loses_others_first() {
    // The two cheapest share eight as three (all that m5.large has) and four, and c5.large gives one. It
    // leaves first; then the fuller m5a.large (4 to 3), of three and three the dearer, then m5.large.
    let keys = "on_demand_percentage_above_base_capacity = 0";
    let types = ["m5.large", "m5a.large", "c5.large"];
    let [first, second] =
        [("m5.large", 3), ("m5a.large", 4)].map(|(name, depth)| pool(name, "az1", "spot", depth));
    expect(
        &shrinking(&types, 1, (4, 8), keys).with(&first).with(&second),
        [
            ("c5.large", "spot", "az1", 1),
            ("m5.large", "spot", "az1", 3),
            ("m5a.large", "spot", "az1", 4),
        ],
        [
            ("c5.large", "spot", "az1", 1),
            ("m5.large", "spot", "az1", 1),
            ("m5a.large", "spot", "az1", 2),
        ],
    );
}

#[test]
fn capacity_optimized_loses_what_comes_out_of_the_shallowest_pool() {
    // m5a.large has six and is deepest, then two of m5.large's four. Left are none and two: two of m5a.large
    // go. Then both have two left: one goes of either, and of the one that has it back the other is short.
    let keys = "on_demand_percentage_above_base_capacity = 0\n\
                spot_allocation_strategy = \"capacity-optimized\"";
    let [first, second] =
        [("m5.large", 4), ("m5a.large", 6)].map(|(name, depth)| pool(name, "az1", "spot", depth));
    expect(
        &shrinking(&["m5.large", "m5a.large"], 1, (4, 8), keys).with(&first).with(&second),
        [("m5.large", "spot", "az1", 2), ("m5a.large", "spot", "az1", 6)],
        [("m5.large", "spot", "az1", 1), ("m5a.large", "spot", "az1", 3)],
    );
}

#[test]
fn each_victim_is_chosen_with_those_before_it_back_in_their_pools() {
    // The cheaper m5.large gives the six that it has, m5a.large two of its four. With nothing left
    // m5.large is no deep pool: one goes of it. With one left beside two it is, and the dearer m5a.large
    // goes; beside three it is not; with two beside three it is.
    let keys = "on_demand_percentage_above_base_capacity = 0\n\
                spot_allocation_strategy = \"price-capacity-optimized\"";
    let [first, second] =
        [("m5.large", 6), ("m5a.large", 4)].map(|(name, depth)| pool(name, "az1", "spot", depth));
    expect(
        &shrinking(&["m5.large", "m5a.large"], 1, (4, 8), keys).with(&first).with(&second),
        [("m5.large", "spot", "az1", 6), ("m5a.large", "spot", "az1", 2)],
        [("m5.large", "spot", "az1", 2), ("m5a.large", "spot", "az1", 2)],
    );
}

#[test]
fn the_zone_with_most_instances_goes_first_whatever_its_types() {
    // Five: three and two. az2 has the later type alone, and loses none.
    let none = pool("m5.large", "az2", "on-demand", 0);
    expect(
        &shrinking(&["m5.large", "m5a.large"], 2, (4, 5), "").with(&none),
        [("m5.large", "on-demand", "az1", 3), ("m5a.large", "on-demand", "az2", 2)],
        [("m5.large", "on-demand", "az1", 1)],
    );
}

#[test]
fn in_equal_zones_the_type_that_suits_the_strategy_least_goes_first() {
    let none = pool("m5.large", "az2", "on-demand", 0);
    expect(
        &shrinking(&["m5.large", "m5a.large"], 2, (3, 4), "").with(&none),
        [("m5.large", "on-demand", "az1", 2), ("m5a.large", "on-demand", "az2", 2)],
        [("m5a.large", "on-demand", "az2", 1)],
    );
}

#[test]
fn the_kind_that_is_too_many_is_found_before_the_zone() {
    // Eight: four on demand in az1 and az2, and three on Spot, all in az4, the fullest zone. Six are three
    // of each: one leaves, on demand.
    let group = shrinking(&["m5.large"], 3, (6, 8), HALF_SPOT)
        .with(&pool("m5.large", "az4", "on-demand", 0))
        .with(&pool("m5.large", "az1", "spot", 0))
        .with(&pool("m5.large", "az2", "spot", 0))
        .with(&pool("m5.large", "az4", "spot", 3));
    for seed in 1..6 {
        let (all, gone) = gone(&play(&group.text(), &[&format!("seed={seed}")]));
        let were = [
            ("m5.large", "on-demand", "az1", 2),
            ("m5.large", "on-demand", "az2", 2),
            ("m5.large", "spot", "az4", 3),
        ];
        assert_eq!(all, counts(were));
        let kinds: Vec<_> = gone.iter().map(|((_, option, _), n)| (option.as_str(), *n)).collect();
        assert_eq!(kinds, [("on-demand", 1)], "seed {seed}");
    }
}

#[test]
fn a_policy_before_the_strategy_decides_and_the_strategy_among_its_equals() {
    // All were launched at once: `NewestInstance` tells none apart, and the later type leaves.
    let short = pool("m5.large", "az1", "on-demand", 5);
    let later = [("m5.large", "on-demand", "az1", 1), ("m5a.large", "on-demand", "az1", 3)];
    let were = [("m5.large", "on-demand", "az1", 5), ("m5a.large", "on-demand", "az1", 3)];
    for policies in
        ["\"NewestInstance\", \"AllocationStrategy\"", "\"NewestInstance\", \"Default\""]
    {
        let keys = format!("termination_policies = [{policies}]");
        let group = shrinking(&["m5.large", "m5a.large"], 1, (4, 8), &keys);
        expect(&group.with(&short), were, later);
    }
    // Without it chance decides.
    let keys = "termination_policies = [\"NewestInstance\"]";
    let group = shrinking(&["m5.large", "m5a.large"], 1, (4, 8), keys).with(&short);
    let others = (1..12)
        .any(|seed| gone(&play(&group.text(), &[&format!("seed={seed}")])).1 != counts(later));
    assert!(others, "for some seed others leave");
}
