//! The user's Spot price history: what is read of it, and what is refused.

use taskyard::catalog::{Catalog, CatalogError, NamedText, Overrides, PurchaseOption, Severity};

fn with(text: &str) -> Result<Catalog, CatalogError> {
    let spot_price_history = Some(NamedText { name: "history.json", text });
    Catalog::builtin("us-east-1", None, Overrides { spot_price_history, ..Overrides::default() })
}

fn record(name: &str, zone: &str, product: &str, price: &str, at: &str) -> String {
    format!(
        r#"{{"AvailabilityZoneId": "{zone}", "InstanceType": "{name}", "ProductDescription": "{product}",
            "SpotPrice": "{price}", "Timestamp": "{at}"}}"#
    )
}

fn page(records: &[String]) -> String {
    format!(r#"{{"SpotPriceHistory": [{}], "NextToken": "abc"}}"#, records.join(","))
}

const LINUX: &str = "Linux/UNIX";
const NOON: &str = "2026-10-31T12:00:00Z";
const LATER: &str = "2026-10-31T13:00:00+00:00";

fn prices(catalog: &Catalog, name: &str, zone: &str) -> Vec<(i64, f64)> {
    let index = catalog.index_of(name).expect("a type");
    let zone = catalog.zones().iter().position(|known| known == zone).expect("a zone");
    let prices = catalog.spot_history().of(index, zone).iter();
    prices.map(|(at, price)| (*at, price.as_dollars())).collect()
}

fn messages(result: Result<Catalog, CatalogError>) -> String {
    match result {
        Ok(catalog) => {
            let warnings = catalog.warnings().iter();
            warnings
                .inspect(|problem| assert_eq!(problem.severity, Severity::Warning))
                .map(|problem| format!("{problem}\n"))
                .collect()
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn pages_may_follow_each_other_stand_in_an_array_or_be_left_out() {
    // Newest first, as the API gives them.
    let first = record("m7g.large", "use1-az1", LINUX, "0.0500", LATER);
    let second = record("m7g.large", "use1-az1", "Linux/UNIX (Amazon VPC)", "0.0400", NOON);
    let one = |text: &String| page(std::slice::from_ref(text));
    let forms = [
        page(&[first.clone(), second.clone()]),
        format!("{}\n{}", one(&first), one(&second)),
        format!("[{},{}]", one(&first), one(&second)),
        format!("[{first},{second}]"),
    ];
    // 2026-10-31T12:00:00Z is 1,793,448,000 s after 1970.
    for form in forms {
        let catalog = with(&form).expect("a history");
        assert_eq!(catalog.warnings(), []);
        let found = prices(&catalog, "m7g.large", "use1-az1");
        assert_eq!(found, [(1_793_448_000, 0.04), (1_793_451_600, 0.05)]);
        assert_eq!(catalog.spot_history().span(), (1_793_448_000, 1_793_451_600));
    }
}

#[test]
fn the_latest_price_is_that_of_the_catalogue_with_its_series_and_date() {
    let text = page(&[
        record("m7g.large", "use1-az1", LINUX, "0.0011", NOON),
        record("m7g.large", "use1-az1", LINUX, "0.0012", LATER),
    ]);
    let catalog = with(&text).expect("a history");
    let index = catalog.index_of("m7g.large").expect("a type");
    let quote = catalog.price(index, PurchaseOption::Spot).expect("a price");
    assert_eq!(quote.usd_per_hour.nanos(), 1_200_000);
    let series = catalog.series(quote.series);
    assert_eq!((series.name.as_str(), series.quoted), ("spot-price-history", true));
    assert_eq!((series.as_of.as_str(), series.source.as_str()), ("2026-10-31", "history.json"));
    // On demand and other types keep theirs.
    let others = Catalog::builtin("us-east-1", None, Overrides::default()).expect("built in");
    for option in PurchaseOption::ALL {
        let other = catalog.index_of("c7g.large").expect("a type");
        assert_eq!(catalog.price(other, option), others.price(other, option));
    }
    assert_eq!(
        catalog.price(index, PurchaseOption::OnDemand),
        others.price(index, PurchaseOption::OnDemand)
    );
}

#[test]
fn what_is_of_no_use_is_passed_over_and_counted() {
    let text = page(&[
        record("m7g.large", "use1-az1", LINUX, "0.04", NOON),
        record("m99.large", "use1-az1", LINUX, "0.04", NOON),
        record("m99.large", "use1-az2", LINUX, "0.04", NOON),
        record("m7g.large", "use1-az1", "Windows", "0.14", NOON),
        record("m7g.large", "use1-az1", "SUSE Linux", "0.14", NOON),
        record("m7g.large", "euw1-az1", LINUX, "0.04", NOON),
    ]);
    let told = messages(with(&text));
    assert!(told.contains("types that the catalogue lacks are passed over: m99.large (2 records)"));
    assert!(told.contains("only Linux/UNIX is used, passed over: SUSE Linux, Windows (2 records)"));
    assert!(told.contains("zones not known in us-east-1 are passed over: euw1-az1 (1 record)"));
    let none = page(&[record("m7g.large", "euw1-az1", LINUX, "0.04", NOON)]);
    let told = messages(with(&none));
    assert!(told.contains("no record is of use in us-east-1: the file changes nothing"), "{told}");
}

#[test]
fn a_zone_known_by_its_letter_alone_is_a_guess_and_said_to_be() {
    let text = r#"{"SpotPriceHistory": [{"AvailabilityZone": "us-east-1b", "InstanceType": "m7g.large",
        "ProductDescription": "Linux/UNIX", "SpotPrice": "0.05", "Timestamp": "2026-10-31T12:00:00Z"}]}"#;
    let told = messages(with(text));
    assert!(told.contains("us-east-1b = use1-az2"), "{told}");
    assert!(told.contains("depends on the account"), "{told}");
    assert_eq!(prices(&with(text).expect("a history"), "m7g.large", "use1-az2").len(), 1);
}

#[test]
fn pages_that_overlap_agree_or_are_refused() {
    let record = |price: &str| record("m7g.large", "use1-az1", LINUX, price, NOON);
    let same = page(&[record("0.04"), record("0.040000")]);
    assert_eq!(prices(&with(&same).expect("a history"), "m7g.large", "use1-az1").len(), 1);
    let told = messages(with(&page(&[record("0.04"), record("0.05")])));
    assert!(told.contains("record 2: m7g.large in use1-az1 costs"), "{told}");
    assert!(told.contains("in another record"), "{told}");
}

#[test]
fn what_is_wrong_is_told_with_its_record_all_at_once() {
    let text = page(&[
        record("m7g.large", "use1-az1", LINUX, "-0.04", NOON),
        record("m7g.large", "use1-az1", LINUX, "4e3", NOON),
        record("m7g.large", "use1-az1", LINUX, "0.04", "31.10.2026"),
        r#"{"SpotPrice": "0.04", "Timestamp": "2026-10-31T12:00:00Z"}"#.to_owned(),
    ]);
    let told = messages(with(&text));
    for expected in [
        "SpotPrice: record 1: expected USD above 0 and up to 1000, found -0.04",
        "SpotPrice: record 2: expected USD above 0 and up to 1000, found 4e3",
        "Timestamp: record 3: expected a time such as 2026-10-31T12:00:00Z, found 31.10.2026",
        "InstanceType: record 4: expected a string, found nothing",
        "ProductDescription: record 4: expected a string, found nothing",
        "AvailabilityZone: record 4: expected a string, found nothing",
    ] {
        assert!(told.contains(expected), "no {expected:?} in\n{told}");
    }
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    for (text, expected) in [
        ("", "the file is empty"),
        ("not json", "not JSON"),
        (r#"{"SpotPriceHistory": [}"#, "not JSON"),
        (r#"{"InstanceTypes": []}"#, "expected an object with the field \"SpotPriceHistory\""),
        ("5", "expected an object with the field \"SpotPriceHistory\""),
        (r#"{"SpotPriceHistory": []}"#, "there are no prices in this file"),
        ("[]", "there are no prices in this file"),
        ("a\0b", "NUL bytes"),
    ] {
        let told = messages(with(text));
        assert!(told.contains(expected), "{text:?}: {told}");
        assert!(with(text).is_err(), "{text:?}");
    }
}
