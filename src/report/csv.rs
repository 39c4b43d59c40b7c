//! CSV for spreadsheets and data frames.

use std::io::{self, Write};

use crate::run::{Answer, FleetRow};

/// Rows of text under a header.
pub(super) fn document<R, C>(header: &[&str], rows: R) -> Vec<u8>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = String>,
{
    let mut bytes = Vec::new();
    // Writing to memory cannot fail, and every row has the header's length.
    let written = write_document(&mut bytes, header, rows);
    debug_assert!(written.is_ok(), "{written:?}");
    bytes
}

/// The same, written as the rows come.
pub(super) fn write_document<R, C>(out: impl Write, header: &[&str], rows: R) -> io::Result<()>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = String>,
{
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(header)?;
    for row in rows {
        let cells: Vec<String> = row.into_iter().collect();
        debug_assert_eq!(cells.len(), header.len(), "a row has a cell for each column");
        writer.write_record(&cells)?;
    }
    writer.flush()
}

/// The shortest text that reads back as the same number; whole numbers without a point.
pub(super) fn number(value: f64) -> String {
    value.to_string()
}

/// The same; empty for none.
pub(super) fn maybe(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

const FLEET: [&str; 13] = [
    "capacity_provider",
    "instance_type",
    "fargate_size",
    "purchase_option",
    "launched",
    "peak",
    "at_end",
    "max_tasks_per_instance",
    "binding_limit",
    "usd_per_hour_each",
    "ec2_usd_per_hour_each",
    "price_source",
    "frequency",
];

/// The fleet of an answer.
#[must_use]
pub fn fleet_csv(answer: &Answer) -> Vec<u8> {
    document(&FLEET, answer.fleet.iter().map(fleet_row))
}

fn fleet_row(row: &FleetRow) -> [String; 13] {
    [
        row.capacity_provider.clone(),
        row.instance_type.clone().unwrap_or_default(),
        row.fargate_size.clone().unwrap_or_default(),
        row.purchase_option.clone(),
        number(row.launched),
        number(row.peak),
        number(row.at_end),
        number(row.max_tasks_per_instance),
        row.binding_limit.clone().unwrap_or_default(),
        number(row.usd_per_hour_each),
        number(row.ec2_usd_per_hour_each),
        row.price_source.clone(),
        maybe(row.frequency),
    ]
}
