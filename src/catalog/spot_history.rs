//! The user's Spot price history: the JSON of `aws ec2 describe-spot-price-history`, as it comes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Deserializer, Value};

use super::field;
use super::instance_type::InstanceType;
use super::overrides::{NamedText, plain_text};
use super::problem::{CatalogProblem, Problems};
use crate::units::{UsdPerHour, parse_timestamp, timestamp};

/// Prices of Spot pools over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpotHistory {
    /// By type and zone (positions in the catalogue): since when (seconds since 1970), ascending.
    prices: BTreeMap<(usize, usize), Vec<(i64, UsdPerHour)>>,
    earliest: i64,
    latest: i64,
}

impl SpotHistory {
    /// The prices of a type in a zone: since when (seconds since 1970), ascending; empty: none known.
    #[must_use]
    pub fn of(&self, instance_type: usize, zone: usize) -> &[(i64, UsdPerHour)] {
        self.prices.get(&(instance_type, zone)).map_or(&[], Vec::as_slice)
    }

    /// The first and the last time of any price.
    #[must_use]
    pub const fn span(&self) -> (i64, i64) {
        (self.earliest, self.latest)
    }

    /// The pools that it names, with their latest price.
    pub(super) fn latest_prices(&self) -> impl Iterator<Item = ((usize, usize), UsdPerHour)> + '_ {
        let last = |(pool, prices): (&(usize, usize), &Vec<(i64, UsdPerHour)>)| {
            prices.last().map(|(_, price)| (*pool, *price))
        };
        self.prices.iter().filter_map(last)
    }
}

const EXPECTED: &str = "expected the output of `aws ec2 describe-spot-price-history --output json`";

/// The product descriptions that are Linux.
const LINUX: [&str; 2] = ["Linux/UNIX", "Linux/UNIX (Amazon VPC)"];

/// Names shown in a warning about many.
const SHOWN_NAMES: usize = 5;

/// No EC2 instance costs more in an hour: a price above is taken for a mistake.
const MAX_DOLLARS: u64 = 1_000;

/// What prices are read for.
pub(super) struct Here<'a> {
    /// AWS Region code.
    pub(super) region: &'a str,
    /// Sorted by name.
    pub(super) types: &'a [InstanceType],
    /// Availability zone ids.
    pub(super) zones: &'a [String],
}

/// The history in a file; what is wrong with it becomes problems. Pages may follow each other, stand in
/// an array, or be left out (an array of records).
pub(super) fn read(file: NamedText<'_>, here: &Here<'_>, problems: &mut Problems) -> SpotHistory {
    let mut reading = Reading {
        file: file.name,
        here,
        problems,
        records: 0,
        seen: BTreeMap::new(),
        passed: Passed::default(),
    };
    let text = match plain_text(file.text) {
        Ok(text) => text,
        Err(message) => {
            reading.error(message.to_owned(), None);
            return SpotHistory::default();
        }
    };
    for page in Deserializer::from_str(text).into_iter::<Value>() {
        match page {
            Ok(page) => reading.page(&page),
            Err(error) => {
                let message = format!("not JSON: {error}");
                let problem = CatalogProblem::error(file.name, message).at(error.line() as u64);
                reading.problems.push(problem.help(EXPECTED));
                return SpotHistory::default();
            }
        }
    }
    if reading.records == 0 {
        reading.error("there are no prices in this file".to_owned(), Some(EXPECTED));
    }
    reading.finish()
}

/// Records that are of no use here.
#[derive(Default)]
struct Passed {
    types: BTreeMap<String, usize>,
    zones: BTreeMap<String, usize>,
    products: BTreeMap<String, usize>,
    by_letter: BTreeSet<String>,
}

struct Reading<'a> {
    file: &'a str,
    here: &'a Here<'a>,
    problems: &'a mut Problems,
    records: usize,
    seen: BTreeMap<(usize, usize), BTreeMap<i64, UsdPerHour>>,
    passed: Passed,
}

impl Reading<'_> {
    fn error(&mut self, message: String, help: Option<&str>) {
        let problem = CatalogProblem::error(self.file, message);
        self.problems.push(problem.maybe_help(help.map(str::to_owned)));
    }

    /// An answer of the API, an array of answers, or an array of records.
    fn page(&mut self, page: &Value) {
        let list = page.get("SpotPriceHistory").and_then(Value::as_array).or(page.as_array());
        let Some(list) = list else {
            let message = "expected an object with the field \"SpotPriceHistory\", or an array of such objects";
            self.error(message.to_owned(), Some(EXPECTED));
            return;
        };
        for item in list {
            if item.get("SpotPriceHistory").is_some() {
                self.page(item);
            } else {
                self.records += 1;
                self.record(item);
            }
        }
    }

    /// A field of a record: text.
    fn text<'v>(&mut self, item: &'v Value, key: &str) -> Option<&'v str> {
        let text = item.get(key).and_then(Value::as_str);
        if text.is_none() {
            let found = item.get(key).map_or_else(|| "nothing".to_owned(), Value::to_string);
            self.wrong(key, "a string", &found);
        }
        text
    }

    fn wrong(&mut self, key: &str, expected: &str, found: &str) {
        let message = format!("record {}: expected {expected}, found {found}", self.records);
        self.problems.push(CatalogProblem::error(self.file, message).column(key));
    }

    fn record(&mut self, item: &Value) {
        let name = self.text(item, "InstanceType");
        let product = self.text(item, "ProductDescription");
        let price = self.price(item);
        let at = self.time(item);
        let zone = self.zone_name(item);
        let (Some(name), Some(product), Some(price)) = (name, product, price) else { return };
        let (Some(at), Some(zone)) = (at, zone) else { return };
        let count = |passed: &mut BTreeMap<String, usize>, name: &str| {
            *passed.entry(name.to_owned()).or_default() += 1;
        };
        if !LINUX.contains(&product) {
            count(&mut self.passed.products, product);
            return;
        }
        let types = self.here.types;
        let Ok(index) = types.binary_search_by(|known| known.name.as_str().cmp(name)) else {
            count(&mut self.passed.types, name);
            return;
        };
        let Some(zone_index) = self.zone(zone) else {
            count(&mut self.passed.zones, zone);
            return;
        };
        let other = self.seen.entry((index, zone_index)).or_default().insert(at, price);
        // Pages that overlap say the same twice.
        if let Some(other) = other.filter(|other| *other != price) {
            let message = format!(
                "record {}: {name} in {zone} costs {price} at {}, and {other} in another record",
                self.records,
                timestamp(at)
            );
            self.problems.push(CatalogProblem::error(self.file, message).column("SpotPrice"));
        }
    }

    fn price(&mut self, item: &Value) -> Option<UsdPerHour> {
        const KEY: &str = "SpotPrice";
        let value = item.get(KEY);
        let text = match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => value.map_or_else(|| "nothing".to_owned(), Value::to_string),
        };
        let nanos = field::nano_dollars(&text);
        let price = nanos.filter(|nanos| (1..=MAX_DOLLARS * 1_000_000_000).contains(nanos));
        if price.is_none() {
            self.wrong(KEY, &format!("USD above 0 and up to {MAX_DOLLARS}"), &text);
        }
        price.map(UsdPerHour::from_nanos)
    }

    fn time(&mut self, item: &Value) -> Option<i64> {
        let text = self.text(item, "Timestamp")?;
        let at = parse_timestamp(text);
        if at.is_none() {
            self.wrong("Timestamp", "a time such as 2026-10-31T12:00:00Z", text);
        }
        at
    }

    /// The zone's id where the record has it, else its name.
    fn zone_name<'v>(&mut self, item: &'v Value) -> Option<&'v str> {
        match item.get("AvailabilityZoneId").and_then(Value::as_str) {
            Some(id) => Some(id),
            None => self.text(item, "AvailabilityZone"),
        }
    }

    /// The position of a zone. By its name a zone is known only to its account: `us-east-1a` of one is
    /// `use1-az4` of another. Assumed: letters in the order of ids.
    fn zone(&mut self, name: &str) -> Option<usize> {
        if let Some(known) = self.here.zones.iter().position(|id| id == name) {
            return Some(known);
        }
        let letter = name.strip_prefix(self.here.region)?;
        let [letter @ b'a'..=b'z'] = letter.as_bytes() else { return None };
        let position = usize::from(letter - b'a');
        let id = self.here.zones.get(position)?;
        self.passed.by_letter.insert(format!("{name} = {id}"));
        Some(position)
    }

    fn finish(self) -> SpotHistory {
        let Self { file, here, problems, seen, passed, records } = self;
        let mut warn = |message: String| problems.push(CatalogProblem::warning(file, message));
        if !passed.types.is_empty() {
            let what = counted(&passed.types);
            warn(format!("types that the catalogue lacks are passed over: {what}"));
        }
        if !passed.zones.is_empty() {
            let (region, what) = (here.region, counted(&passed.zones));
            warn(format!("zones not known in {region} are passed over: {what}"));
        }
        if !passed.products.is_empty() {
            let what = counted(&passed.products);
            warn(format!("only Linux/UNIX is used, passed over: {what}"));
        }
        if !passed.by_letter.is_empty() {
            let pairs: Vec<_> = passed.by_letter.iter().map(String::as_str).collect();
            warn(format!(
                "which zone a letter names depends on the account; taken in order: {} (records with \
                 AvailabilityZoneId leave no doubt)",
                pairs.join(", ")
            ));
        }
        if seen.is_empty() && records > 0 {
            warn(format!("no record is of use in {}: the file changes nothing", here.region));
        }
        let times = || seen.values().flat_map(BTreeMap::keys).copied();
        let (earliest, latest) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        let prices =
            seen.into_iter().map(|(pool, prices)| (pool, prices.into_iter().collect())).collect();
        SpotHistory { prices, earliest, latest }
    }
}

/// `p99.large, p98.large and 3 more (12 records)`.
fn counted(names: &BTreeMap<String, usize>) -> String {
    let shown: Vec<_> = names.keys().take(SHOWN_NAMES).map(String::as_str).collect();
    let more = names.len() - shown.len();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let records: usize = names.values().sum();
    let word = if records == 1 { "record" } else { "records" };
    format!("{}{rest} ({records} {word})", shown.join(", "))
}
