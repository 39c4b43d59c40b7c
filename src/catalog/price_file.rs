//! The user's price file: CSV with named columns, every problem told at once.

use std::collections::BTreeMap;

use super::csv_text::{Cells, Layout, read_csv};
use super::field;
use super::nearest::suggestion;
use super::offering::PurchaseOption;
use super::overrides::NamedText;
use super::problem::{CatalogProblem, Problems};
use super::product::Product;

const REGION: usize = 0;
const INSTANCE_TYPE: usize = 1;
const PURCHASE_OPTION: usize = 2;
const USD_PER_HOUR: usize = 3;
const ZONE: usize = 4;
const SOURCE: usize = 5;
const AS_OF: usize = 6;

const LAYOUT: Layout = Layout {
    required: &["region", "instance_type", "purchase_option", "usd_per_hour"],
    optional: &["availability_zone_id", "source", "as_of"],
};

/// No EC2 instance costs more in an hour: a price above is taken for a mistake.
const MAX_DOLLARS: u64 = 1_000;

/// What a row prices.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Priced {
    /// An instance type, by name.
    Type(String),
    /// Something else.
    Product(Product),
}

/// A checked row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PriceFileRow {
    /// Its line.
    pub(super) line: u64,
    /// Region code, not checked against the known ones.
    pub(super) region: String,
    /// What it prices.
    pub(super) priced: Priced,
    /// How bought.
    pub(super) option: PurchaseOption,
    /// Zone id of a Spot price.
    pub(super) zone: Option<String>,
    /// Nano-dollars per hour, or per unit of the product.
    pub(super) nanos: u64,
    /// Its own source, else the file's name.
    pub(super) source: String,
    /// ISO date, possibly without day or month; empty: undated.
    pub(super) as_of: String,
}

/// The good rows of a price file; the rest becomes problems.
pub(super) fn read(file: NamedText<'_>, problems: &mut Problems) -> Vec<PriceFileRow> {
    let mut rows = Vec::new();
    let mut seen = BTreeMap::new();
    read_csv(file, &LAYOUT, problems, |cells, problems| {
        let Some(row) = row(file.name, cells, problems) else { return };
        let key = (row.region.clone(), row.priced.clone(), row.option, row.zone.clone());
        if let Some(first) = seen.insert(key, row.line) {
            let message = format!("this price is already given on line {first}");
            problems.push(CatalogProblem::error(file.name, message).at(row.line));
        }
        rows.push(row);
    });
    rows
}

/// One row; all its problems are told before it is given up.
fn row(file: &str, cells: &Cells<'_>, problems: &mut Problems) -> Option<PriceFileRow> {
    let mut checker = Checker { file, line: cells.line, problems };
    let region = checker.keep(REGION, region(cells.get(REGION)));
    let priced = checker.keep(INSTANCE_TYPE, priced(cells.get(INSTANCE_TYPE)));
    let option = checker.keep(PURCHASE_OPTION, option(cells.get(PURCHASE_OPTION)));
    let nanos = checker.keep(USD_PER_HOUR, price(cells.get(USD_PER_HOUR)));
    let as_of = checker.keep(AS_OF, date(cells.get(AS_OF)));
    let (priced, option) = (priced?, option?);
    checker.keep(PURCHASE_OPTION, sold_as(&priced, option, cells.get(INSTANCE_TYPE)))?;
    let zone = checker.keep(ZONE, zone(&priced, option, cells.get(ZONE)))?;
    let source = Some(cells.get(SOURCE)).filter(|source| !source.is_empty()).unwrap_or(file);
    Some(PriceFileRow {
        line: cells.line,
        region: region?,
        priced,
        option,
        zone,
        nanos: nanos?,
        source: source.to_owned(),
        as_of: as_of?,
    })
}

/// Turns what is wrong with a cell into a problem at its place.
struct Checker<'a> {
    file: &'a str,
    line: u64,
    problems: &'a mut Problems,
}

impl Checker<'_> {
    fn keep<T>(&mut self, column: usize, checked: Checked<T>) -> Option<T> {
        checked
            .map_err(|(message, help)| {
                let problem = CatalogProblem::error(self.file, message).at(self.line);
                self.problems.push(problem.column(LAYOUT.name(column)).maybe_help(help));
            })
            .ok()
    }
}

/// A checked value, or what is wrong with it and what helps.
type Checked<T> = Result<T, (String, Option<String>)>;

fn region(text: &str) -> Checked<String> {
    if text.is_empty() {
        return Err(("expected a region, found nothing".to_owned(), None));
    }
    Ok(text.to_owned())
}

fn priced(text: &str) -> Checked<Priced> {
    if let Some(product) = Product::from_name(text) {
        return Ok(Priced::Product(product));
    }
    if text.contains('.') {
        return Ok(Priced::Type(text.to_owned()));
    }
    let message = format!("expected an instance type (m7g.large) or a product, found {text:?}");
    let products = || format!("products: {}", Product::names().collect::<Vec<_>>().join(", "));
    Err((message, suggestion(text, Product::names()).or_else(|| Some(products()))))
}

fn sold_as(priced: &Priced, option: PurchaseOption, name: &str) -> Checked<()> {
    match (priced, option) {
        (Priced::Product(product), PurchaseOption::Spot) if !product.is_sold_as_spot() => {
            Err((format!("{name:?} is not sold as spot"), None))
        }
        _ => Ok(()),
    }
}

fn zone(priced: &Priced, option: PurchaseOption, text: &str) -> Checked<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    if matches!((priced, option), (Priced::Type(_), PurchaseOption::Spot)) {
        return Ok(Some(text.to_owned()));
    }
    let message = format!("only the spot price of an instance type has a zone, found {text:?}");
    Err((message, Some("leave the field empty".to_owned())))
}

fn option(text: &str) -> Checked<PurchaseOption> {
    PurchaseOption::from_name(text).ok_or_else(|| {
        let help = suggestion(text, PurchaseOption::ALL.map(PurchaseOption::name));
        (format!("expected on-demand or spot, found {text:?}"), help)
    })
}

fn price(text: &str) -> Checked<u64> {
    let nanos = field::nano_dollars(text);
    if let Some(nanos) = nanos.filter(|nanos| (1..=MAX_DOLLARS * 1_000_000_000).contains(nanos)) {
        return Ok(nanos);
    }
    let message =
        format!("expected a plain number of USD above 0 and up to {MAX_DOLLARS}, found {text:?}");
    let help = text.contains(',').then(|| "write the decimal point as \".\", not \",\"".to_owned());
    Err((message, help))
}

fn date(text: &str) -> Checked<String> {
    if text.is_empty() || field::is_date(text) {
        return Ok(text.to_owned());
    }
    let help = Some("dates are written 2026-11-01 (day and month may be left out)".to_owned());
    Err((format!("expected an ISO date, found {text:?}"), help))
}
