//! The tables in `data/` are whole, sorted and joined, and what can be rebuilt is what is committed.
#![allow(clippy::disallowed_methods, reason = "the test reads the tables and the environment")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use taskyard::catalog::{
    Catalog, CatalogError, Overrides, PurchaseOption, TableInfo, known_regions, tables,
};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// The rows of a table, read by an ordinary CSV reader: the oracle of the built-in one.
fn rows(name: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(data(name)).expect("a table");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

fn without_prices(region: &str) -> bool {
    region == "ap-east-2"
}

#[test]
fn every_table_has_the_rows_that_its_readme_states() {
    let expected = [
        ("instance_types.csv", 1_395),
        ("offerings.csv", 21_255),
        ("trunking.csv", 1_395),
        ("trunking_documented.csv", 101),
        ("prices.csv", 22_890),
        ("price_series.csv", 4),
        ("fargate_sizes.csv", 77),
        ("fargate_prices.csv", 11),
        ("ebs_prices.csv", 5),
        ("managed_instances_fees.csv", 11),
        ("managed_instances_families.csv", 138),
        ("burstable_baselines.csv", 32),
    ];
    let found: Vec<_> = tables().iter().map(|table: &TableInfo| (table.name, table.rows)).collect();
    assert_eq!(found, expected);
    for (name, count) in expected {
        assert_eq!(rows(name).len(), count, "{name}");
    }
}

#[test]
fn tables_with_a_key_are_sorted_by_it_and_hold_each_key_once() {
    let keys: [(&str, &[&str]); 10] = [
        ("instance_types.csv", &["instance_type"]),
        ("offerings.csv", &["region", "instance_type"]),
        ("trunking.csv", &["instance_type"]),
        ("trunking_documented.csv", &["instance_type"]),
        ("prices.csv", &["region", "instance_type"]),
        ("price_series.csv", &["series"]),
        ("ebs_prices.csv", &["region", "volume_type"]),
        ("managed_instances_fees.csv", &["family_prefix", "from_date"]),
        ("managed_instances_families.csv", &["family"]),
        ("burstable_baselines.csv", &["instance_type"]),
    ];
    for (table, columns) in keys {
        let keys: Vec<Vec<String>> = rows(table)
            .iter()
            .map(|row| columns.iter().map(|column| row[*column].clone()).collect())
            .collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{table}");
    }
    let fargate = rows("fargate_prices.csv");
    assert!(fargate.is_sorted_by(|a, b| a["region"] <= b["region"]));
}

#[test]
fn names_in_one_table_are_known_in_the_other() {
    let types: BTreeSet<String> =
        rows("instance_types.csv").into_iter().map(|row| row["instance_type"].clone()).collect();
    for table in
        ["offerings.csv", "trunking.csv", "trunking_documented.csv", "burstable_baselines.csv"]
    {
        for row in rows(table) {
            assert!(types.contains(&row["instance_type"]), "{table}: {}", row["instance_type"]);
        }
    }
    let trunking: BTreeSet<_> =
        rows("trunking.csv").into_iter().map(|row| row["instance_type"].clone()).collect();
    assert_eq!(trunking, types, "every type has a row on trunking");
    let unknown =
        rows("prices.csv").iter().filter(|r| !types.contains(&r["instance_type"])).count();
    assert_eq!(unknown, 24, "price rows of types that the catalogue lacks");
    let series: BTreeSet<_> =
        rows("price_series.csv").into_iter().map(|row| row["series"].clone()).collect();
    for row in rows("prices.csv") {
        let source = &row["on_demand_source"];
        assert_eq!(source.is_empty(), row["on_demand_usd_per_hour"].is_empty(), "{row:?}");
        assert!(source.is_empty() || series.contains(source), "{source}");
    }
}

#[test]
fn every_region_loads_but_the_one_without_prices() {
    let regions = known_regions();
    assert_eq!(regions.len(), 35);
    for region in regions {
        let loaded = Catalog::builtin(region, None, Overrides::default());
        if without_prices(region) {
            assert!(matches!(loaded, Err(CatalogError::RegionWithoutPrices { .. })), "{region}");
            continue;
        }
        let catalog = loaded.unwrap();
        assert_eq!(catalog.types().len(), 1_395, "{region}");
        assert!(catalog.types().is_sorted_by(|a, b| a.name < b.name));
        assert!(catalog.warnings().is_empty());
        assert!(catalog.zones().len() >= 2, "{region}: {:?}", catalog.zones());
    }
}

/// A price as the tables write it, compared digit by digit.
fn nanos(text: &str) -> u64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<9}").parse().expect("a decimal")
}

#[test]
fn the_fast_reader_finds_what_an_ordinary_one_finds() {
    let (offerings, prices) = (rows("offerings.csv"), rows("prices.csv"));
    for region in ["af-south-1", "eu-central-1", "us-east-1", "us-west-2"] {
        let catalog = Catalog::builtin(region, None, Overrides::default()).unwrap();
        let own = |row: &&BTreeMap<String, String>| row["region"] == region;
        let mut offered = 0;
        for row in offerings.iter().filter(own) {
            let offering = catalog.offering(catalog.index_of(&row["instance_type"]).unwrap());
            let zones: Vec<_> =
                offering.zones.iter().map(|at| catalog.zones()[at].as_str()).collect();
            assert_eq!(zones.join(" "), row["zone_ids"], "{row:?}");
            offered += 1;
        }
        let here = (0..catalog.types().len()).filter(|at| catalog.offering(*at).is_offered());
        assert_eq!(here.count(), offered);
        for row in prices.iter().filter(own) {
            let at = catalog.index_of(&row["instance_type"]).unwrap();
            let stated = [
                (PurchaseOption::OnDemand, &row["on_demand_usd_per_hour"]),
                (PurchaseOption::Spot, &row["spot_usd_per_hour"]),
            ];
            for (option, text) in stated {
                let expected = (!text.is_empty()).then(|| nanos(text));
                let found = catalog.price(at, option).map(|quote| quote.usd_per_hour.nanos());
                assert_eq!(found, expected, "{row:?}");
            }
        }
    }
}

#[test]
fn instance_types_are_read_column_by_column() {
    let catalog = Catalog::builtin("us-east-1", None, Overrides::default()).unwrap();
    for (row, known) in rows("instance_types.csv").iter().zip(catalog.types()) {
        let flag = |column: &str| row[column] == "1";
        assert_eq!(row["instance_type"], known.name);
        assert_eq!((row["family"].as_str(), row["size"].as_str()), (known.family(), known.size()));
        assert_eq!(row["vcpus"], known.vcpus.to_string());
        assert_eq!(row["memory_mib"], known.memory.to_string());
        assert_eq!(row["cpu_manufacturer"], known.cpu_manufacturer.name());
        assert_eq!(row["architecture"].trim_end_matches("_mac"), known.architecture.name());
        assert_eq!(row["generation"], known.generation.name());
        assert_eq!(row["max_enis"], known.max_enis.to_string());
        assert_eq!(row["max_enis_all_cards"], known.max_enis_all_cards.to_string());
        assert_eq!(row["gpu_logical_count"], known.gpus.to_string());
        assert_eq!(flag("burstable"), known.burstable);
        assert_eq!(flag("bare_metal"), known.bare_metal);
        assert_eq!(flag("encryption_in_transit_supported"), known.encryption_in_transit);
        assert_eq!(flag("hibernation_supported"), known.hibernation);
        assert_eq!(flag("spot_supported"), known.spot_supported);
        assert_eq!(flag("on_demand_supported"), known.on_demand_supported);
        let gbps = known.network_gbps_baseline.unwrap();
        assert_eq!(row["network_gbps_baseline"].parse(), Ok(gbps));
        let ebs = known.ebs_baseline_mbps.map_or_else(String::new, |mbps| mbps.to_string());
        assert_eq!(row["ebs_baseline_mbps"], ebs);
        let disks = known.local_storage.map_or(0, |disks| disks.total_gb);
        assert_eq!(row["local_storage_gb"], disks.to_string());
        let chips = known.accelerators.as_ref();
        assert_eq!(row["accelerator_name"], chips.map_or("", |chips| chips.name.as_str()));
    }
}

#[test]
fn what_comes_from_moto_is_what_the_script_rebuilds() {
    let required = std::env::var("TASKYARD_REQUIRE_PYTHON").is_ok_and(|value| value == "1");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/refresh_catalog.py");
    let output = Command::new("python3").arg(script).arg("--check").output();
    let absent = match &output {
        Err(error) => Some(format!("python3 does not run: {error}")),
        // 3: moto is missing or of another version.
        Ok(done) if done.status.code() == Some(3) => {
            Some(String::from_utf8_lossy(&done.stderr).trim().to_owned())
        }
        Ok(_) => None,
    };
    if let Some(reason) = absent {
        assert!(!required, "TASKYARD_REQUIRE_PYTHON=1, but {reason}");
        // Past the capture of the test harness, so that it is seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: rebuilding the catalogue ({reason})");
        return;
    }
    let done = output.unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "the committed tables differ from the pinned source:\n{text}");
}
