//! What the catalogue of a region says, and what it refuses.

use taskyard::catalog::{
    Catalog, CatalogError, CpuArchitecture, CpuManufacturer, FargatePlatform, FilterOptions,
    Funnel, Generation, Inclusion, InstanceRequirements, LocalStorageType, MemoryRule, NamedText,
    Overrides, PurchaseOption, Range, Scope, Severity, Trunking, filter,
};
use taskyard::units::{Usd, UsdPerHour};

fn catalog(region: &str) -> Catalog {
    Catalog::builtin(region, None, Overrides::default()).expect("a region with prices")
}

fn with_prices(region: &str, text: &str) -> Result<Catalog, CatalogError> {
    let prices = Some(NamedText { name: "mine.csv", text });
    Catalog::builtin(region, None, Overrides { prices, ..Overrides::default() })
}

fn with_types(text: &str) -> Result<Catalog, CatalogError> {
    let instance_types = Some(NamedText { name: "types.json", text });
    Catalog::builtin("us-east-1", None, Overrides { instance_types, ..Overrides::default() })
}

/// Two to four Graviton vCPUs with 2 to 16 GiB, burstable types included.
fn small_graviton() -> InstanceRequirements {
    InstanceRequirements {
        vcpu_count: Range { min: 2, max: Some(4) },
        memory_mib: Range { min: 2_048, max: Some(16_384) },
        cpu_manufacturers: vec![CpuManufacturer::AmazonWebServices],
        burstable_performance: Inclusion::Included,
        ..InstanceRequirements::default()
    }
}

fn names<'c>(catalog: &'c Catalog, funnel: &Funnel) -> Vec<&'c str> {
    funnel.admitted.iter().map(|index| catalog.types()[*index].name.as_str()).collect()
}

fn admitted(requirements: &InstanceRequirements) -> Vec<String> {
    let catalog = catalog("us-east-1");
    let funnel = filter(&catalog, requirements, &FilterOptions::new(Scope::Ec2));
    names(&catalog, &funnel).into_iter().map(ToOwned::to_owned).collect()
}

fn nanos(catalog: &Catalog, name: &str, option: PurchaseOption) -> Option<u64> {
    let index = catalog.index_of(name).expect("a known type");
    catalog.price(index, option).map(|quote| quote.usd_per_hour.nanos())
}

// ---- One region's view ----

#[test]
fn a_type_is_told_by_what_it_is_and_what_it_costs_here() {
    let catalog = catalog("us-east-1");
    let index = catalog.index_of("t4g.small").unwrap();
    let known = &catalog.types()[index];
    assert_eq!((known.vcpus, known.memory), (2, 2_048));
    assert_eq!(known.architecture, CpuArchitecture::Arm64);
    assert_eq!(known.generation, Generation::Current);
    assert_eq!(known.generation_number, Some(4));
    assert!(known.burstable && !known.bare_metal && !known.macos);
    let burst = known.burst.unwrap();
    assert_eq!(burst.baseline_ppm_per_vcpu, 200_000);
    assert_eq!(burst.surplus_per_vcpu, Some(UsdPerHour::from_nanos(40_000_000)));
    let quote = catalog.offering(index).on_demand.unwrap();
    assert_eq!(quote.usd_per_hour, UsdPerHour::from_nanos(16_800_000));
    let series = catalog.series(quote.series);
    assert_eq!((series.name.as_str(), series.quoted), ("pricing-api-2026-07", true));
    assert_eq!(catalog.as_of(), "2026-10");
    let dates = catalog.prices_as_of([quote.series]);
    assert_eq!(dates["pricing-api-2026-07"], "2026-07-20");
}

#[test]
fn an_estimated_price_is_never_a_quoted_one() {
    let catalog = catalog("eu-central-1");
    let (mut quoted, mut estimated) = (0, 0);
    for index in 0..catalog.types().len() {
        let Some(quote) = catalog.offering(index).on_demand else { continue };
        let series = catalog.series(quote.series);
        assert_eq!(series.quoted, !series.name.starts_with("estimated"));
        *(if series.quoted { &mut quoted } else { &mut estimated }) += 1;
    }
    assert!(quoted > 500 && estimated > 100, "{quoted} {estimated}");
}

#[test]
fn an_instance_registers_all_its_cpu_and_less_memory_than_it_has() {
    let catalog = catalog("us-east-1");
    let registered = |name: &str, trunking| {
        let known = &catalog.types()[catalog.index_of(name).unwrap()];
        known.registered(trunking, MemoryRule::default())
    };
    let small = registered("t4g.small", true);
    assert_eq!((small.cpu, small.memory, small.eni_slots, small.gpus), (2_048, 1_635, 2, 0));
    assert_eq!(registered("t4g.medium", false).memory, 3_529);
    assert_eq!(registered("c6g.large", false).eni_slots, 2);
    assert_eq!(registered("c6g.large", true).eni_slots, 10);
    assert_eq!(registered("g6.xlarge", true).gpus, 1);
    assert_eq!(registered("g6f.large", true).gpus, 1, "software sees a part of a GPU as one");
    let nominal = catalog.types()[catalog.index_of("r6g.large").unwrap()].nominal(false);
    assert_eq!(nominal.memory, 16_384);
}

#[test]
fn trunking_follows_ecs_and_not_the_hardware() {
    let catalog = catalog("us-east-1");
    let slots = |name: &str| {
        let enis = catalog.types()[catalog.index_of(name).unwrap()].task_enis;
        (enis.plain, enis.trunked, enis.trunking)
    };
    assert_eq!(slots("c5n.large"), (2, 2, Trunking::ExcludedByEcs));
    assert_eq!(slots("t3.medium"), (2, 2, Trunking::Unsupported));
    assert_eq!(slots("m5.large"), (2, 10, Trunking::Supported));
    // AWS's own table wins over the formula.
    assert_eq!(slots("i4i.16xlarge").1, 248);
    assert_eq!(slots("c6in.32xlarge"), (15, 120, Trunking::Supported));
}

#[test]
fn a_region_without_prices_asks_for_a_stand_in_and_takes_all_from_it() {
    let alone = Catalog::builtin("ap-east-2", None, Overrides::default()).unwrap_err();
    let CatalogError::RegionWithoutPrices { region, example } = &alone else { panic!("{alone}") };
    assert_eq!((region.as_str(), example.as_str()), ("ap-east-2", "ap-east-1"));
    assert!(alone.to_string().contains("price_stand_in"), "{alone}");

    let catalog =
        Catalog::builtin("ap-east-2", Some("ap-northeast-1"), Overrides::default()).unwrap();
    assert_eq!(catalog.region(), "ap-east-2");
    assert_eq!(catalog.provenance().offerings_region.as_deref(), Some("ap-northeast-1"));
    assert_eq!(catalog.provenance().prices_region, "ap-northeast-1");
    let tokyo = self::catalog("ap-northeast-1");
    let index = tokyo.index_of("c6g.large").unwrap();
    assert_eq!(catalog.offering(index).on_demand, tokyo.offering(index).on_demand);
    let gp3 = catalog.gp3_price();
    assert_eq!((gp3.region.as_str(), gp3.stands_in), ("ap-northeast-1", true));
}

#[test]
fn a_stand_in_is_not_used_where_the_region_has_its_own() {
    let catalog = Catalog::builtin("eu-west-1", Some("us-east-1"), Overrides::default()).unwrap();
    assert_eq!(catalog.provenance().prices_region, "eu-west-1");
    assert_eq!(catalog.provenance().offerings_region.as_deref(), Some("eu-west-1"));
}

#[test]
fn a_region_with_prices_but_no_zone_ids_gets_three_assumed_zones() {
    let catalog = catalog("mx-central-1");
    assert_eq!(catalog.provenance().offerings_region, None);
    assert_eq!(catalog.zones().len(), 3);
    let index = catalog.index_of("m6i.large").unwrap();
    assert_eq!(catalog.offering(index).zones.len(), 3);
}

#[test]
fn an_unknown_region_is_refused_with_the_nearest_one() {
    for (region, stand_in) in [("eu-cental-1", None), ("ap-east-2", Some("eu-cental-1"))] {
        let error = Catalog::builtin(region, stand_in, Overrides::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown region \"eu-cental-1\": did you mean \"eu-central-1\"?"
        );
    }
    let error = Catalog::builtin("moon", None, Overrides::default()).unwrap_err();
    assert_eq!(error.to_string(), "unknown region \"moon\"");
}

#[test]
fn the_default_zones_are_those_with_most_of_the_admitted_types() {
    let catalog = catalog("us-east-1");
    let funnel = filter(&catalog, &small_graviton(), &FilterOptions::new(Scope::ManagedInstances));
    let zones = catalog.default_zones(&funnel.admitted);
    assert_eq!(zones, ["use1-az2", "use1-az4", "use1-az6"]);
}

// ---- Fees, volumes, Fargate ----

#[test]
fn the_fee_goes_by_the_longest_prefix_and_the_newest_date() {
    let catalog = catalog("us-east-1");
    let fee = |name: &str, date| catalog.managed_instances_fee(name, date).map(|fee| fee.ppm);
    assert_eq!(fee("c6a.2xlarge", None), Some(120_000));
    assert_eq!(fee("g6e.xlarge", None), Some(78_000));
    assert_eq!(fee("g6e.xlarge", Some("2026-07-01")), Some(78_000));
    assert_eq!(fee("g6e.xlarge", Some("2026-06-30")), Some(120_000));
    assert_eq!(fee("p5en.48xlarge", None), Some(48_000));
    assert_eq!(fee("gr6.4xlarge", None), Some(78_000));
    assert_eq!(fee("c6a.2xlarge", Some("2025-09-29")), None);
    let measured = catalog.managed_instances_fee("m7g.large", None).unwrap();
    assert_eq!((measured.grade, measured.n, measured.from_date), ("measured", 9, "2025-09-30"));
}

#[test]
fn a_volume_price_of_another_region_says_so() {
    let own = catalog("eu-central-1");
    assert_eq!(own.gp3_price().per_gb_month, Usd::from_nanos(95_200_000));
    assert!(!own.gp3_price().stands_in);
    let other = catalog("eu-west-3");
    assert_eq!(other.gp3_price().per_gb_month, Usd::from_nanos(80_000_000));
    assert_eq!(
        (other.gp3_price().region.as_str(), other.gp3_price().stands_in),
        ("us-east-1", true)
    );
}

#[test]
fn fargate_prices_are_known_or_not_but_never_guessed() {
    let virginia = catalog("us-east-1");
    let arm =
        virginia.fargate_price(FargatePlatform::LinuxArm64, PurchaseOption::OnDemand).unwrap();
    assert_eq!(arm.per_vcpu, UsdPerHour::from_nanos(32_380_000));
    assert_eq!(arm.per_gb, UsdPerHour::from_nanos(3_560_000));
    let windows =
        virginia.fargate_price(FargatePlatform::Windows, PurchaseOption::OnDemand).unwrap();
    assert_eq!(windows.licence_per_vcpu, Some(UsdPerHour::from_nanos(46_000_000)));
    assert_eq!(virginia.fargate_sizes().len(), 77);
    assert!(virginia.fargate_sizes().iter().any(|s| (s.cpu, s.memory) == (256, 512)));
    let ireland = catalog("eu-west-1");
    assert_eq!(ireland.fargate_price(FargatePlatform::LinuxX86, PurchaseOption::OnDemand), None);
}

// ---- The funnel ----

#[test]
fn the_funnel_admits_the_counts_found_by_hand() {
    for (region, priced, managed) in
        [("eu-central-1", 54, 46), ("eu-west-1", 56, 52), ("us-east-1", 65, 57)]
    {
        let catalog = catalog(region);
        let count =
            |scope| filter(&catalog, &small_graviton(), &FilterOptions::new(scope)).admitted.len();
        assert_eq!(count(Scope::Ec2), priced, "{region}");
        assert_eq!(count(Scope::ManagedInstances), managed, "{region}");
    }
}

#[test]
fn every_step_accounts_for_what_it_removes() {
    let catalog = catalog("us-east-1");
    let options = FilterOptions::new(Scope::ManagedInstances);
    let funnel = filter(&catalog, &small_graviton(), &options);
    let mut left = funnel.total;
    for step in &funnel.steps {
        assert_eq!(step.left + step.removed, left, "{step:?}");
        assert_eq!(step.examples.len(), step.removed.min(3));
        left = step.left;
    }
    assert_eq!(left, funnel.admitted.len());
    let order: Vec<_> = funnel.steps.iter().map(|step| step.attribute).collect();
    assert_eq!(
        order,
        [
            "region",
            "purchase_option",
            "vcpu_count",
            "memory_mib",
            "cpu_manufacturers",
            "bare_metal",
            "managed_instances_families",
            "managed_instances_vcpus",
            "managed_instances_sizes",
            "managed_instances_on_demand",
            "price_known",
        ]
    );
}

#[test]
fn an_empty_funnel_names_the_attribute_that_removed_the_last_type() {
    let catalog = catalog("us-east-1");
    let wanted = InstanceRequirements {
        memory_gib_per_vcpu: Some(Range { min: 500.0, max: None }),
        ..small_graviton()
    };
    let funnel = filter(&catalog, &wanted, &FilterOptions::new(Scope::Ec2));
    assert!(funnel.admitted.is_empty());
    assert_eq!(funnel.emptied_by().unwrap().attribute, "memory_gib_per_vcpu");
}

#[test]
fn burstable_and_bare_metal_types_are_out_unless_asked_for() {
    let all = |bare_metal, burstable_performance| {
        let wanted = InstanceRequirements {
            bare_metal,
            burstable_performance,
            ..InstanceRequirements::default()
        };
        admitted(&wanted)
    };
    let plain = all(Inclusion::Excluded, Inclusion::Excluded);
    assert!(!plain.iter().any(|name| name.starts_with("t3.") || name.contains("metal")));
    let burstable = all(Inclusion::Excluded, Inclusion::Required);
    assert!(burstable.iter().all(|name| name.starts_with('t')) && !burstable.is_empty());
    assert!(all(Inclusion::Required, Inclusion::Included).iter().all(|n| n.contains("metal")));
    assert!(all(Inclusion::Included, Inclusion::Included).len() > plain.len());
}

/// What is stated, a type that satisfies it and one that does not.
type Case = (fn(&mut InstanceRequirements), &'static str, &'static str);

fn at_least<T>(min: T) -> Option<Range<T>> {
    Some(Range { min, max: None })
}

fn between<T>(min: T, max: T) -> Option<Range<T>> {
    Some(Range { min, max: Some(max) })
}

fn expect_cases(cases: &[Case]) {
    for (number, (state, inside, outside)) in cases.iter().enumerate() {
        let mut wanted = InstanceRequirements::default();
        state(&mut wanted);
        let names = admitted(&wanted);
        let has = |name: &str| names.iter().any(|known| known == name);
        assert!(has(inside), "case {number}: {inside} is missing");
        assert!(!has(outside), "case {number}: {outside} is admitted");
    }
}

#[test]
fn processor_network_and_storage_attributes_admit_what_they_say() {
    expect_cases(&[
        (|r| r.memory_gib_per_vcpu = between(8.0, 8.0), "r6g.large", "m6g.large"),
        (|r| r.instance_generations = vec![Generation::Previous], "c4.large", "c6g.large"),
        (|r| r.require_hibernate_support = true, "m5.large", "c5n.18xlarge"),
        (|r| r.require_encryption_in_transit = true, "c6i.large", "m5.large"),
        (|r| r.network_interface_count = at_least(15), "c6g.16xlarge", "c6g.large"),
        (|r| r.network_bandwidth_gbps = at_least(100.0), "c6in.16xlarge", "c6g.large"),
        (|r| r.baseline_ebs_bandwidth_mbps = at_least(19_000), "c6g.16xlarge", "c6g.large"),
        (|r| r.local_storage = Inclusion::Required, "c6gd.large", "c6g.large"),
        (|r| r.local_storage = Inclusion::Excluded, "c6g.large", "c6gd.large"),
        (|r| r.local_storage_types = vec![LocalStorageType::Hdd], "d3.xlarge", "c6gd.large"),
        (|r| r.total_local_storage_gb = between(100.0, 120.0), "c6gd.large", "c6gd.2xlarge"),
    ]);
}

#[test]
fn accelerator_attributes_admit_what_they_say() {
    expect_cases(&[
        (|r| r.accelerator_count = between(0, 0), "c6g.large", "g6f.large"),
        (|r| r.accelerator_types = vec!["inference".to_owned()], "inf2.xlarge", "g5.xlarge"),
        (|r| r.accelerator_names = vec!["a10g".to_owned()], "g5.xlarge", "g6.xlarge"),
        (|r| r.accelerator_manufacturers = vec!["nvidia".to_owned()], "g5.xlarge", "inf2.xlarge"),
        (|r| r.accelerator_total_memory_mib = at_least(100_000), "p5.48xlarge", "g5.xlarge"),
    ]);
}

#[test]
fn names_are_allowed_and_excluded_by_wildcard() {
    let list = |patterns: &[&str]| patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
    let allowed = admitted(&InstanceRequirements {
        allowed_instance_types: list(&["c6g.*", "m7g.large"]),
        ..InstanceRequirements::default()
    });
    assert!(allowed.iter().all(|name| name.starts_with("c6g.") || name == "m7g.large"));
    assert!(allowed.contains(&"m7g.large".to_owned()) && allowed.len() > 5);
    let rest = admitted(&InstanceRequirements {
        excluded_instance_types: list(&["c5*"]),
        ..InstanceRequirements::default()
    });
    assert!(!rest.iter().any(|name| name.starts_with("c5")));
    let catalog = catalog("us-east-1");
    let typo = InstanceRequirements {
        allowed_instance_types: list(&["m7g.lage"]),
        ..InstanceRequirements::default()
    };
    let funnel = filter(&catalog, &typo, &FilterOptions::new(Scope::Ec2));
    assert_eq!(
        funnel.notes,
        [
            "allowed_instance_types: no instance type is named \"m7g.lage\"; did you mean \"m7g.large\"?"
        ]
    );
}

#[test]
fn price_protection_refers_to_the_cheapest_current_c_m_or_r_type() {
    let catalog = catalog("us-east-1");
    let options = FilterOptions::new(Scope::Ec2);
    let with = |percent| {
        let wanted = InstanceRequirements {
            on_demand_max_price_percentage_over_lowest_price: percent,
            ..small_graviton()
        };
        filter(&catalog, &wanted, &options)
    };
    let reference = nanos(&catalog, "c6g.medium", PurchaseOption::OnDemand).unwrap() * 2;
    assert_eq!(nanos(&catalog, "c6g.large", PurchaseOption::OnDemand), Some(reference));
    let protected = with(Some(20));
    for index in &protected.admitted {
        let price = catalog.price(*index, PurchaseOption::OnDemand).unwrap().usd_per_hour.nanos();
        assert!(price * 100 <= reference * 120, "{}", catalog.types()[*index].name);
    }
    let found = names(&catalog, &protected);
    assert!(found.contains(&"t4g.small") && found.contains(&"c6g.large"));
    assert!(!found.contains(&"r6g.large"));
    assert_eq!(with(Some(999_999)).admitted, with(None).admitted);
}

#[test]
fn spot_protection_limits_spot_prices_alone() {
    let catalog = catalog("us-east-1");
    let wanted = InstanceRequirements {
        max_spot_price_as_percentage_of_optimal_on_demand_price: Some(50),
        on_demand_max_price_percentage_over_lowest_price: Some(0),
        ..small_graviton()
    };
    let spot = FilterOptions {
        purchase_option: PurchaseOption::Spot,
        ..FilterOptions::new(Scope::ManagedInstances)
    };
    let funnel = filter(&catalog, &wanted, &spot);
    let reference = nanos(&catalog, "c6g.large", PurchaseOption::OnDemand).unwrap();
    assert!(!funnel.admitted.is_empty());
    for index in &funnel.admitted {
        let price = catalog.price(*index, PurchaseOption::Spot).unwrap().usd_per_hour.nanos();
        assert!(price * 100 <= reference * 50);
    }
}

#[test]
fn a_zone_keeps_the_types_that_it_offers() {
    let catalog = catalog("us-east-1");
    let zones = ["use1-az3".to_owned()];
    let options = FilterOptions { availability_zones: &zones, ..FilterOptions::new(Scope::Ec2) };
    let funnel = filter(&catalog, &small_graviton(), &options);
    let position = catalog.zones().iter().position(|id| *id == zones[0]).unwrap();
    assert!(funnel.admitted.iter().all(|at| catalog.offering(*at).zones.contains(position)));
    let step = funnel.steps.iter().find(|step| step.attribute == "availability_zones").unwrap();
    assert!(step.removed > 0);
    let unknown = ["use1-az9".to_owned()];
    let options = FilterOptions { availability_zones: &unknown, ..options };
    let funnel = filter(&catalog, &small_graviton(), &options);
    assert_eq!(funnel.notes, ["availability_zones: us-east-1 has no zone \"use1-az9\""]);
}

#[test]
fn a_performance_baseline_is_an_assumption_and_says_so() {
    let catalog = catalog("us-east-1");
    let wanted = InstanceRequirements {
        baseline_performance_families: vec!["c6g".to_owned()],
        ..small_graviton()
    };
    let funnel = filter(&catalog, &wanted, &FilterOptions::new(Scope::Ec2));
    assert!(funnel.notes[0].contains("assumed"));
    assert!(names(&catalog, &funnel).iter().all(|name| !name.starts_with("a1")));
}

// ---- The user's prices ----

const HEADER: &str = "region,instance_type,purchase_option,usd_per_hour";

#[test]
fn a_stated_price_replaces_exactly_one_figure() {
    let before = catalog("eu-central-1");
    let text = format!(
        "{HEADER},availability_zone_id,source,as_of,x_note\n\
         eu-central-1,m7g.large,on-demand,0.0978,,AWS price list,2026-11-01,mine\n\
         eu-central-1,m7g.large,spot,0.0391,euc1-az2,,2026-11-20,\n\
         us-east-1,m7g.large,on-demand,9,,,,\n"
    );
    let after = with_prices("eu-central-1", &text).unwrap();
    let index = after.index_of("m7g.large").unwrap();
    let quote = after.offering(index).on_demand.unwrap();
    assert_eq!(quote.usd_per_hour.nanos(), 97_800_000);
    let series = after.series(quote.series);
    assert_eq!((series.name.as_str(), series.as_of.as_str()), ("AWS price list", "2026-11-01"));
    assert!(series.quoted);
    let spot = &after.offering(index).spot;
    let zone = |id: &str| after.zones().iter().position(|known| known == id).unwrap();
    let in_two = spot.in_zone(zone("euc1-az2")).unwrap();
    assert_eq!(in_two.usd_per_hour.nanos(), 39_100_000);
    assert_eq!(after.series(in_two.series).name, "mine.csv");
    assert_eq!(spot.in_zone(zone("euc1-az1")), before.offering(index).spot.price);
    let changed = (0..after.types().len()).filter(|at| after.offering(*at) != before.offering(*at));
    assert_eq!(changed.count(), 1);
    assert!(after.warnings().is_empty(), "{:?}", after.warnings());
}

#[test]
fn stated_prices_of_fargate_and_volumes_fill_what_is_not_known() {
    let text = format!(
        "\u{feff}{HEADER},as_of\r\n\
         eu-west-1,fargate-vcpu-hour,on-demand,0.04048,2026-11\r\n\
         eu-west-1,fargate-gb-hour,on-demand,0.004445,2026-11\r\n\
         eu-west-1,fargate-vcpu-hour,spot,0.0128,2026-11\r\n\
         eu-west-1,gp3-gb-month,on-demand,0.09,2026-11\r\n"
    );
    let catalog = with_prices("eu-west-1", &text).unwrap();
    let linux = |option| catalog.fargate_price(FargatePlatform::LinuxX86, option);
    let price = linux(PurchaseOption::OnDemand).unwrap();
    assert_eq!(price.per_vcpu, UsdPerHour::from_nanos(40_480_000));
    assert_eq!((price.source.as_str(), price.as_of.as_str()), ("mine.csv", "2026-11"));
    assert_eq!(linux(PurchaseOption::Spot), None, "half a price is no price");
    assert_eq!(catalog.gp3_price().per_gb_month, Usd::from_nanos(90_000_000));
}

#[test]
fn a_region_without_prices_can_be_given_some() {
    let text = format!("{HEADER}\nap-east-2,c6g.large,on-demand,0.08\n");
    let catalog = with_prices("ap-east-2", &text).unwrap();
    assert_eq!(nanos(&catalog, "c6g.large", PurchaseOption::OnDemand), Some(80_000_000));
    let funnel = filter(&catalog, &small_graviton(), &FilterOptions::new(Scope::ManagedInstances));
    assert_eq!(names(&catalog, &funnel), ["c6g.large"]);
}

#[test]
fn what_a_price_file_names_in_vain_is_told() {
    let cases = [
        (
            "eu-central-1,q9.large,on-demand,1",
            "types that the catalogue lacks are passed over: q9.large",
        ),
        ("us-east-1,m5.large,on-demand,1", "no row is for eu-central-1: the file changes nothing"),
        ("eu-central1,m5.large,on-demand,1", "unknown region \"eu-central1\""),
        ("eu-central-1,hpc6a.48xlarge,on-demand,3", "are offered, being priced: hpc6a.48xlarge"),
        ("eu-central-1,m5.large,spot,0.5", "is above its on-demand price"),
    ];
    for (row, expected) in cases {
        let catalog = with_prices("eu-central-1", &format!("{HEADER}\n{row}\n")).unwrap();
        let told = catalog.warnings().iter().any(|warning| {
            warning.severity == Severity::Warning && warning.to_string().contains(expected)
        });
        assert!(told, "{row}: {:?}", catalog.warnings());
    }
    let zone = format!("{HEADER},availability_zone_id\neu-central-1,m5.large,spot,0.05,use1-az1\n");
    let catalog = with_prices("eu-central-1", &zone).unwrap();
    assert!(catalog.warnings()[0].message.contains("use1-az1"), "{:?}", catalog.warnings());
}

/// A bad file, and for each problem: line, column, part of the text.
type Bad = (&'static str, &'static [(Option<u64>, Option<&'static str>, &'static str)]);

const BAD_PRICES: &[Bad] = &[
    ("", &[(None, None, "the file is empty")]),
    ("\u{feff}\n\n", &[(None, None, "the file is empty")]),
    ("r\0e\0g\0", &[(None, None, "UTF-16")]),
    ("region,instance_type,purchase_option,usd_per_hour\n", &[(None, None, "no rows")]),
    (
        "region,instance_type,purchase_option\na,b.c,spot\n",
        &[(Some(1), Some("usd_per_hour"), "is missing; found: region, instance_type")],
    ),
    (
        "region,instance_typ,purchase_option,usd_per_hour\na,b.c,spot,1\n",
        &[
            (Some(1), Some("instance_typ"), "did you mean \"instance_type\"?"),
            (Some(1), Some("instance_type"), "is missing"),
        ],
    ),
    (
        "region,region,instance_type,purchase_option,usd_per_hour\na,a,b.c,spot,1\n",
        &[(Some(1), Some("region"), "appears twice")],
    ),
    (
        "region;instance_type;purchase_option;usd_per_hour\na;b.c;spot;0,1\n",
        &[(Some(1), None, "semicolons")],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour\na,b.c,spot,0,1\na,b.d,spot\n",
        &[(Some(2), None, "decimal written with a comma"), (Some(3), None, "found 3")],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour\na,b.c,spot,\"0,1\"\n",
        &[(Some(2), Some("usd_per_hour"), "write the decimal point as")],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour\na,b.c,spot,1\na,\"b.d,spot,1\na,b.e,spot,1\n",
        &[(Some(3), None, "never closed")],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour\na,b.c,spot,NaN\na,b.d,spot,inf\na,b.e,spot,-1\n\
         a,b.f,spot,0\na,b.g,spot,1000.01\na,b.h,spot,\na,b.i,spot,1e-3\n",
        &[
            (Some(2), Some("usd_per_hour"), "\"NaN\""),
            (Some(3), Some("usd_per_hour"), "\"inf\""),
            (Some(4), Some("usd_per_hour"), "\"-1\""),
            (Some(5), Some("usd_per_hour"), "above 0"),
            (Some(6), Some("usd_per_hour"), "up to 1000"),
            (Some(7), Some("usd_per_hour"), "\"\""),
            (Some(8), Some("usd_per_hour"), "\"1e-3\""),
        ],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour\na,b.c,spot,1\na,b.d,spot,1\na,b.c,spot,2\n",
        &[(Some(4), None, "already given on line 2")],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour\na,b.c,ondemand,x\n",
        &[
            (Some(2), Some("purchase_option"), "did you mean \"on-demand\"?"),
            (Some(2), Some("usd_per_hour"), "\"x\""),
        ],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour\n,b.c,spot,1\n",
        &[(Some(2), Some("region"), "expected a region")],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour\na,fargate-vcpu-hours,spot,1\na,gp3-gb-month,spot,1\n",
        &[
            (Some(2), Some("instance_type"), "did you mean \"fargate-vcpu-hour\"?"),
            (Some(3), Some("purchase_option"), "not sold as spot"),
        ],
    ),
    (
        "region,instance_type,purchase_option,usd_per_hour,availability_zone_id,as_of\n\
         a,b.c,on-demand,1,z,\na,b.c,spot,1,,01.11.2026\n",
        &[
            (Some(2), Some("availability_zone_id"), "only the spot price"),
            (Some(3), Some("as_of"), "ISO date"),
        ],
    ),
];

const BLANK_LINES: Bad = (
    "region,instance_type,purchase_option,usd_per_hour\r\n\r\n\r\na,b.c,spot,x\r\n\r\na,\"b.\nd\",spot,1\r\n\r\na,b.e,spot,y\r\n",
    &[(Some(4), Some("usd_per_hour"), "\"x\""), (Some(9), Some("usd_per_hour"), "\"y\"")],
);

#[test]
fn blank_and_broken_lines_do_not_move_the_line_numbers() {
    expect_problems("mine.csv", with_prices("us-east-1", BLANK_LINES.0), &BLANK_LINES);
}

fn expect_problems(name: &str, loaded: Result<Catalog, CatalogError>, (text, expected): &Bad) {
    let problems = match loaded {
        Err(CatalogError::Invalid(problems)) => problems,
        other => unreachable!("{text:?} gave {other:?}"),
    };
    let errors: Vec<_> = problems.iter().filter(|p| p.severity == Severity::Error).collect();
    assert_eq!(errors.len(), expected.len(), "{text:?}: {problems:#?}");
    for (problem, (line, column, part)) in errors.iter().zip(*expected) {
        assert_eq!(problem.file, name);
        assert_eq!((problem.line, problem.column.as_deref()), (*line, *column), "{problem}");
        assert!(problem.to_string().contains(part), "{part:?} is not in {problem}");
    }
}

#[test]
fn a_bad_price_file_tells_every_problem_with_its_place() {
    for bad in BAD_PRICES {
        expect_problems("mine.csv", with_prices("us-east-1", bad.0), bad);
    }
}

// ---- The user's instance types ----

const M7G: &str = r#"{"InstanceType": "m7g.large", "CurrentGeneration": true, "BareMetal": false,
  "BurstablePerformanceSupported": false, "Hypervisor": "nitro",
  "ProcessorInfo": {"SupportedArchitectures": ["arm64"], "Manufacturer": "AWS"},
  "VCpuInfo": {"DefaultVCpus": 2}, "MemoryInfo": {"SizeInMiB": 8192},
  "NetworkInfo": {"MaximumNetworkInterfaces": 3}}"#;

#[test]
fn described_types_replace_the_set_of_types_and_keep_their_overlays() {
    let other = M7G.replace("m7g.large", "c9z.large");
    let text = format!(
        "{{\"InstanceTypes\": [{M7G}], \"NextToken\": \"abc\"}}\n[{{\"InstanceTypes\": [{other}]}}]"
    );
    let catalog = with_types(&text).unwrap();
    let found: Vec<_> = catalog.types().iter().map(|known| known.name.as_str()).collect();
    assert_eq!(found, ["c9z.large", "m7g.large"]);
    let known = &catalog.types()[1];
    assert_eq!((known.task_enis.plain, known.task_enis.trunked), (2, 10));
    assert_eq!(catalog.types()[0].task_enis.trunking, Trunking::Unknown);
    assert!(nanos(&catalog, "m7g.large", PurchaseOption::OnDemand).is_some());
    assert!(!catalog.offering(0).is_offered());
    assert_eq!(catalog.as_of(), "undated (types.json)");
    let array = with_types(&format!("[{M7G}]")).unwrap();
    assert_eq!(array.types(), &catalog.types()[1..]);
}

#[test]
fn a_bad_list_of_types_tells_every_problem_with_its_field() {
    let swap = |from: &str, to: &str| {
        let changed = M7G.replace(from, to);
        assert_ne!(changed, M7G, "{from}");
        format!("{{\"InstanceTypes\": [{changed}]}}")
    };
    let cases: [(String, Option<u64>, Option<&str>, &str); 12] = [
        (String::new(), None, None, "the file is empty"),
        ("{\"InstanceTypes\": []}".to_owned(), None, None, "no instance types"),
        ("{}".to_owned(), None, None, "InstanceTypes"),
        ("instance_type,vcpus\nm7g.large,2\n".to_owned(), Some(1), None, "not JSON"),
        (format!("[{M7G},\n{M7G}"), Some(10), None, "not JSON"),
        (format!("[{M7G},{M7G}]"), None, Some("InstanceType"), "record 2: m7g.large appears twice"),
        (swap("m7g.large", "M7G"), None, Some("InstanceType"), "record 1: expected the name"),
        (
            swap("\"DefaultVCpus\": 2", "\"DefaultVCpus\": 2.5"),
            None,
            Some("VCpuInfo.DefaultVCpus"),
            "m7g.large",
        ),
        (
            swap("\"SizeInMiB\": 8192", "\"x\": 1"),
            None,
            Some("MemoryInfo.SizeInMiB"),
            "found nothing",
        ),
        (
            swap("Interfaces\": 3", "Interfaces\": 0"),
            None,
            Some("NetworkInfo.MaximumNetworkInterfaces"),
            "above 0",
        ),
        (swap("arm64", "sparc"), None, Some("ProcessorInfo.SupportedArchitectures"), "sparc"),
        (swap("\"AWS\"", "\"ACME\""), None, Some("ProcessorInfo.Manufacturer"), "ACME"),
    ];
    for (text, line, column, part) in cases {
        let Err(CatalogError::Invalid(problems)) = with_types(&text) else {
            panic!("accepted: {text}")
        };
        let found = problems.iter().any(|problem| {
            (problem.line, problem.column.as_deref()) == (line, column)
                && problem.to_string().contains(part)
        });
        assert!(found, "{text}: {problems:#?}");
    }
}

#[test]
fn memory_in_gib_is_suspected() {
    let text = format!("[{}]", M7G.replace("8192", "8"));
    let catalog = with_types(&text).unwrap();
    let warning = &catalog.warnings()[0];
    assert_eq!(warning.column.as_deref(), Some("MemoryInfo.SizeInMiB"));
    assert!(warning.to_string().contains("GiB instead of MiB"), "{warning}");
}

// ---- Anything at all ----

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_text_makes_a_load_panic(
        garbage in "[a-z0-9.,;\"\\[\\]{}:\n\r \u{0}é-]{0,120}",
        cut in 0_usize..400,
    ) {
        let rows = format!("{HEADER}\nus-east-1,m5.large,spot,0.05\nus-east-1,{garbage}");
        let types: String = M7G.chars().take(cut).chain(garbage.chars()).collect();
        for text in [&garbage, &rows, &types] {
            let _ = with_prices("us-east-1", text);
            let _ = with_types(text);
        }
    }
}
