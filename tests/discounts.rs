//! Discounts: a stated percentage off one kind of charge, in the bill and the rate; what is chosen and
//! what it is compared with stay at list prices.

#[path = "support/scene.rs"]
mod scene;
use scene::{catalog, play, play_scenario, scenario};
use taskyard::run::{Answer, Options, run};
use taskyard::scenario::to_toml;

const WEB: &str = "[[task_definition]]\nfamily = \"web\"\ncpu = 256\nmemory = 512\n";

fn discount(kind: &str, percent: f64) -> String {
    format!("[[discount]]\napplies_to = \"{kind}\"\npercent = {percent}\n")
}

fn on_fargate(more: &str) -> String {
    format!(
        "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"1h\"\n{WEB}\
         [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 4\n\
         launch_type = \"FARGATE\"\n{more}"
    )
}

fn on_instances(more: &str) -> String {
    format!(
        "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"1h\"\n{WEB}\
         [[capacity_provider]]\nname = \"mi\"\nmanaged_instances_provider = {{}}\n\
         [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 40\n{more}"
    )
}

/// The lines whose item ends with these words.
fn billed(answer: &Answer, item: &str) -> f64 {
    answer.cost.lines.iter().filter(|line| line.item.ends_with(item)).map(|line| line.usd).sum()
}

fn near(one: f64, other: f64) {
    assert!((one - other).abs() < 2e-8, "{one} is not {other}");
}

#[test]
fn no_two_lines_of_a_bill_have_one_name_where_a_type_is_bought_both_ways() {
    let text = "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"30m\"\n\
        [[capacity_provider]]\nname = \"mixed\"\n[capacity_provider.auto_scaling_group_provider]\n\
        instance_types = [\"m7g.large\"]\nmin_size = 2\nmax_size = 2\non_demand_base_capacity = 1\n\
        on_demand_percentage_above_base_capacity = 0\nmanaged_scaling = { status = \"DISABLED\" }\n\
        [[task_definition]]\nfamily = \"web\"\ncpu = 512\nmemory = 1024\n\
        runtime_platform = { cpu_architecture = \"ARM64\" }\n\
        [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 1\n";
    let answer = play(text, &[]).answer;
    let mut names: Vec<&str> = answer.cost.lines.iter().map(|line| line.item.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "mixed m7g.large Spot: gp3 root volume",
        "mixed m7g.large: Spot instance",
        "mixed m7g.large: gp3 root volume",
        "mixed m7g.large: on-demand instance",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_quarter_off_fargate_is_a_quarter_off_its_rate_and_its_lines() {
    let list = play(&on_fargate(""), &[]).answer;
    let paid = play(&on_fargate(&discount("fargate", 25.0)), &[]).answer;
    // Four tasks of 0.25 vCPU at $0.04048 and 0.5 GB at $0.004445: $0.04937 an hour.
    near(list.cost.per_hour_at_end_usd, 0.049_37);
    near(paid.cost.per_hour_at_end_usd, 0.037_027_5);
    near(paid.cost.per_month_at_end_usd / 730.0, 0.037_027_5);
    near(paid.cost.list_per_hour_at_end_usd.unwrap(), 0.049_37);
    near(paid.cost.total_usd, list.cost.total_usd * 0.75);
    let row = &paid.cost.discounts[0];
    assert_eq!((row.name.as_str(), row.percent), ("fargate", 25.0));
    near(row.off_usd, list.cost.total_usd * 0.25);
    near(row.off_per_hour_at_end_usd, 0.012_342_5);
    near(paid.fleet[0].usd_per_hour_each, 0.012_342_5 * 0.75);
}

#[test]
fn each_kind_of_charge_has_its_own_percentage() {
    let list = play(&on_instances(""), &[]).answer;
    let more = discount("ec2-on-demand", 27.0) + &discount("managed-instances-fee", 10.0);
    let paid = play(&on_instances(&more), &[]).answer;
    near(billed(&paid, "on-demand instance"), billed(&list, "on-demand instance") * 0.73);
    near(billed(&paid, "fee"), billed(&list, "fee") * 0.9);
    near(billed(&paid, "volume"), billed(&list, "volume"));
    assert!(billed(&paid, "fee") > 0.0);
    let off: f64 = paid.cost.discounts.iter().map(|row| row.off_per_hour_at_end_usd).sum();
    near(paid.cost.per_hour_at_end_usd + off, list.cost.per_hour_at_end_usd);
}

#[test]
fn a_discount_changes_what_is_paid_and_nothing_that_happens() {
    let list = play(&on_instances(""), &[]);
    let paid = play(&on_instances(&discount("ec2-on-demand", 100.0)), &[]);
    assert_eq!(paid.answer.digest, list.answer.digest);
    near(billed(&paid.answer, "on-demand instance"), 0.0);
}

#[test]
fn a_discount_on_spot_leaves_fargate_on_demand_alone() {
    let more = "[[discount]]\napplies_to = \"fargate-spot\"\npercent = 50\n\
                agreement = \"private-pricing\"\n";
    let answer = play(&on_fargate(more), &[]).answer;
    near(answer.cost.per_hour_at_end_usd, 0.049_37);
    near(answer.cost.discounts[0].off_usd, 0.0);
}

#[test]
fn licences_and_storage_of_fargate_are_not_lowered() {
    let text = on_fargate(&discount("fargate", 100.0))
        .replace("memory = 512\n", "memory = 512\nephemeral_storage_gib = 120\n");
    let answer = play(&text, &[]).answer;
    // 100 GB above the free 20 at $0.000111 an hour, four times.
    near(answer.cost.per_hour_at_end_usd, 0.0444);
}

#[test]
fn the_bound_compares_list_prices() {
    let bounds = |more: &str| {
        let scenario = scenario(&on_instances(more), &[]);
        let options = Options { invariants: true, skip_bounds: false, ..Options::default() };
        run(&scenario, &catalog(&scenario), options).unwrap().answer.cost
    };
    let (list, paid) = (bounds(""), bounds(&discount("ec2-on-demand", 90.0)));
    assert_eq!(paid.lower_bound_per_hour_usd, list.lower_bound_per_hour_usd);
    assert!(paid.lower_bound_per_hour_usd.unwrap() > paid.per_hour_at_end_usd);
    near(paid.list_per_hour_usd(), list.per_hour_at_end_usd);
}

#[test]
fn set_reaches_a_discount_by_its_word_and_the_answer_names_it() {
    let text = on_fargate(&discount("fargate", 25.0));
    let scenario = scenario(&text, &["discount.fargate.percent=40"]);
    let answer = play_scenario(&scenario).answer;
    near(answer.cost.per_hour_at_end_usd, 0.049_37 * 0.6);
    let named = |name: &str| answer.assumptions.iter().any(|one| one.parameter == name);
    assert!(named("discount.fargate.percent"));
    assert!(to_toml(&scenario).contains("applies_to = \"fargate\"\npercent = 40"));
    assert!(!answer.cost.not_included.iter().any(|left| left.contains("discounts")));
}
