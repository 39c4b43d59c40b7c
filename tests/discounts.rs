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

/// A group of one m7g.large and one of one c7g.large, without tasks to speak of.
fn on_two_families(more: &str) -> String {
    let group = |name: &str, of: &str| {
        format!(
            "[[capacity_provider]]\nname = \"{name}\"\n\
             [capacity_provider.auto_scaling_group_provider]\ninstance_type = \"{of}\"\n\
             min_size = 1\nmax_size = 1\nmanaged_scaling = {{ status = \"DISABLED\" }}\n"
        )
    };
    let groups = group("m", "m7g.large") + &group("c", "c7g.large");
    format!(
        "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"1h\"\n{groups}\
         [[task_definition]]\nfamily = \"web\"\ncpu = 512\nmemory = 1024\n\
         runtime_platform = {{ cpu_architecture = \"ARM64\" }}\n\
         [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 1\n\
         capacity_provider_strategy = [{{ capacity_provider = \"m\", weight = 1 }}, \
         {{ capacity_provider = \"c\", weight = 1 }}]\n{more}"
    )
}

const BROAD: &str = "[[discount]]\napplies_to = \"ec2-on-demand\"\npercent = 20\n\
                     agreement = \"compute-savings-plan\"\n";
const NARROW: &str = "[[discount]]\nname = \"m7g\"\napplies_to = \"ec2-on-demand\"\n\
                      instance_families = [\"m6g\", \"m7g\"]\npercent = 50\n\
                      agreement = \"ec2-instance-savings-plan\"\n";

#[test]
fn a_plan_for_a_family_lowers_that_family_and_no_volume() {
    let list = play(&on_two_families(""), &[]).answer;
    let paid = play(&on_two_families(NARROW), &[]).answer;
    near(billed(&paid, "m7g.large: on-demand instance"), 0.0816 / 2.0);
    for unchanged in ["c7g.large: on-demand instance", "volume"] {
        near(billed(&paid, unchanged), billed(&list, unchanged));
    }
    near(list.cost.per_hour_at_end_usd - paid.cost.per_hour_at_end_usd, 0.0408);
    let row = &paid.cost.discounts[0];
    assert_eq!(row.instance_families, ["m6g", "m7g"]);
    near(row.off_per_hour_at_end_usd, 0.0408);
}

#[test]
fn a_plan_for_a_family_comes_before_the_one_for_all_in_any_order() {
    // m7g.large is $0.0816 an hour, c7g.large $0.0725: half of one, four fifths of the other.
    for more in [BROAD.to_owned() + NARROW, NARROW.to_owned() + BROAD] {
        let paid = play(&on_two_families(&more), &[]).answer;
        near(billed(&paid, "m7g.large: on-demand instance"), 0.0408);
        near(billed(&paid, "c7g.large: on-demand instance"), 0.058);
        let off = |name: &str| {
            let row = paid.cost.discounts.iter().find(|row| row.name == name).unwrap();
            (row.off_usd, row.off_per_hour_at_end_usd)
        };
        near(off("m7g").0, 0.0408);
        near(off("m7g").1, 0.0408);
        near(off("ec2-on-demand").0, 0.0145);
        near(off("ec2-on-demand").1, 0.0145);
        let list = paid.cost.list_per_hour_at_end_usd.unwrap();
        near(list - paid.cost.per_hour_at_end_usd, 0.0553);
    }
}

#[test]
fn a_plan_for_a_family_of_managed_instances_leaves_their_fee_alone() {
    let list = play(&on_instances(""), &[]).answer;
    let instance_type = list.fleet[0].instance_type.clone().unwrap();
    let family = instance_type.split_once('.').unwrap().0;
    let paid = play(&on_instances(&NARROW.replace("m6g", family)), &[]).answer;
    assert_eq!(paid.cost.lines.len(), list.cost.lines.len());
    for (paid, list) in paid.cost.lines.iter().zip(&list.cost.lines) {
        assert_eq!(paid.item, list.item);
        let own = list.item.contains(&format!("{family}."));
        let halved = own && list.item.ends_with("on-demand instance");
        near(paid.usd, if halved { list.usd / 2.0 } else { list.usd });
    }
    near(billed(&paid, "fee"), billed(&list, "fee"));
    near(paid.fleet[0].ec2_usd_per_hour_each, list.fleet[0].ec2_usd_per_hour_each);
    let half = list.fleet[0].ec2_usd_per_hour_each / 2.0;
    near(list.fleet[0].usd_per_hour_each - paid.fleet[0].usd_per_hour_each, half);
}

#[test]
fn what_is_reserved_and_not_used_has_the_discount_of_its_family() {
    let reserved = "[[capacity_provider]]\nname = \"mi\"\n\
        [capacity_provider.managed_instances_provider]\ncapacity_option_type = \"RESERVED\"\n\
        instance_requirements = { allowed_instance_types = [\"m7i.large\"], \
        vcpu_count = { min = 2 }, memory_mib = { min = 0 } }\n";
    let text = on_instances("")
        .replace(
            "[[capacity_provider]]\nname = \"mi\"\nmanaged_instances_provider = {}\n",
            reserved,
        )
        .replace("horizon", "availability_zones = [\"use1-az1\"]\nhorizon")
        .replace("desired_count = 40", "desired_count = 1")
        + "[[capacity_reservation]]\ninstance_type = \"m7i.large\"\n\
           availability_zone = \"use1-az1\"\ninstance_count = 3\n";
    let list = play(&text, &[]).answer;
    let paid = play(&(text + &NARROW.replace("m6g", "m7i")), &[]).answer;
    // Used or not, three of $0.1008.
    near(list.cost.per_hour_at_end_usd - paid.cost.per_hour_at_end_usd, 0.1512);
    let row = &paid.cost.discounts[0];
    near(row.off_per_hour_at_end_usd, 0.1512);
    near(row.off_usd, list.cost.total_usd - paid.cost.total_usd);
    near(
        billed(&paid, "unused capacity reservation"),
        billed(&list, "unused capacity reservation") / 2.0,
    );
}

#[test]
fn a_private_price_of_a_family_on_spot_follows_its_price() {
    let text = "name = \"s\"\nregion = \"us-east-1\"\nhorizon = \"1h\"\n\
        [[capacity_provider]]\nname = \"spot\"\n[capacity_provider.auto_scaling_group_provider]\n\
        instance_types = [\"m7g.large\"]\nmin_size = 2\nmax_size = 2\non_demand_base_capacity = 1\n\
        on_demand_percentage_above_base_capacity = 0\nmanaged_scaling = { status = \"DISABLED\" }\n\
        [spot]\npreset = \"always\"\n\
        [[task_definition]]\nfamily = \"web\"\ncpu = 512\nmemory = 1024\n\
        runtime_platform = { cpu_architecture = \"ARM64\" }\n\
        [[service]]\nname = \"web\"\ntask_definition = \"web\"\ndesired_count = 1\n";
    let private = "[[discount]]\nname = \"s\"\napplies_to = \"ec2-spot\"\n\
                   instance_families = [\"m7g\"]\npercent = 25\nagreement = \"private-pricing\"\n";
    let (list, paid) = (play(text, &[]).answer, play(&(text.to_owned() + private), &[]).answer);
    near(billed(&paid, "Spot instance"), billed(&list, "Spot instance") * 0.75);
    near(billed(&paid, "on-demand instance"), billed(&list, "on-demand instance"));
}

#[test]
fn set_reaches_a_discount_of_families_by_its_name_and_its_text_reads_again() {
    let scenario = scenario(&on_two_families(NARROW), &["discount.m7g.percent=10"]);
    let answer = play_scenario(&scenario).answer;
    near(billed(&answer, "m7g.large: on-demand instance"), 0.0816 * 0.9);
    let text = to_toml(&scenario);
    assert!(text.contains("instance_families = [\"m6g\", \"m7g\"]"), "{text}");
    assert_eq!(scene::scenario(&text, &[]).discounts, scenario.discounts);
}

#[test]
fn a_family_that_does_not_exist_is_refused() {
    let refused = |family: &str| {
        let scenario = scenario(&on_two_families(&NARROW.replace("m6g", family)), &[]);
        let refused = run(&scenario, &catalog(&scenario), Options::default());
        refused.err().map(|error| error.to_string()).unwrap_or_default()
    };
    for family in ["m7gg", "m7g.large"] {
        let said = refused(family);
        assert!(said.contains("discount.m7g.instance_families"), "{said}");
        assert!(said.contains(&format!("there is no instance family \"{family}\"")), "{said}");
    }
}
