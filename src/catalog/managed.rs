//! ECS Managed Instances: the families it buys and the fee it takes.

use super::family;
use super::field;
use super::problem::CatalogError;
use super::tables::{MANAGED_INSTANCES_FAMILIES, MANAGED_INSTANCES_FEES};

/// The management fee of an instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// Share of the on-demand price, parts per million.
    pub ppm: u32,
    /// Since when (`YYYY-MM-DD`).
    pub from_date: &'static str,
    /// How it is known: `documented`, `measured`, `assumed`.
    pub grade: &'static str,
    /// Instance types behind a measured figure.
    pub n: u32,
    /// Source.
    pub source: &'static str,
}

/// A row of the fee table: the fee of the families that begin with a prefix, `*` for all.
#[derive(Clone, Copy, Debug)]
pub(super) struct FeeRow {
    prefix: &'static str,
    fee: Fee,
}

/// All fees.
pub(super) fn fees() -> Result<Vec<FeeRow>, CatalogError> {
    MANAGED_INSTANCES_FEES.read_all(|row| {
        let prefix = row.word()?;
        let from_date = row.date()?;
        let ppm = row.parse("a percentage", field::percent_as_ppm)?;
        let grade = row.parse("documented, measured or assumed", |word| {
            ["documented", "measured", "assumed"].into_iter().find(|grade| *grade == word)
        })?;
        let (n, source) = (row.whole()?, row.word()?);
        Ok(FeeRow {
            prefix: prefix.trim_end_matches('*'),
            fee: Fee { ppm, from_date, grade, n, source },
        })
    })
}

/// The fee of a type on a date (`None`: the newest): the longest prefix of its family among the rows
/// that are not after the date, the newest of these. `None` before the service existed.
pub(super) fn fee(rows: &[FeeRow], instance_type: &str, date: Option<&str>) -> Option<Fee> {
    let family = family::of(instance_type);
    rows.iter()
        .filter(|row| family.starts_with(row.prefix))
        .filter(|row| date.is_none_or(|date| row.fee.from_date <= date))
        .max_by_key(|row| (row.prefix.len(), row.fee.from_date))
        .map(|row| row.fee)
}

/// The families of ECS Managed Instances, sorted.
pub(super) fn families() -> Result<Vec<&'static str>, CatalogError> {
    MANAGED_INSTANCES_FAMILIES.read_all(|row| row.word())
}
