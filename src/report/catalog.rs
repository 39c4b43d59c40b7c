//! What the catalogue holds.

use serde::Serialize;

use super::csv::document;
use super::grid::Grid;
use super::json::pretty;
use super::page::Page;
use super::words::{grouped, price_source};
use crate::catalog::TableInfo;

/// What is known of one region.
#[derive(Clone, Debug, Serialize)]
pub struct RegionView {
    /// Region code.
    pub region: String,
    /// Zone ids.
    pub availability_zones: Vec<String>,
    /// Types in the catalogue.
    pub types: usize,
    /// Types that the region offers.
    pub offered: usize,
    /// Of those, with an on-demand price that AWS quotes, or a file states.
    pub priced_quoted: usize,
    /// With an estimate instead.
    pub priced_estimated: usize,
    /// Price series used: name, date, types.
    pub series: Vec<(String, String, usize)>,
    /// Types with a Spot saving and interruption band.
    pub spot: usize,
    /// Whether Fargate prices are known.
    pub fargate_priced: bool,
    /// The gp3 price a GB-month, and the region it is of.
    pub gp3_usd_per_gb_month: f64,
    /// Region of the gp3 price.
    pub gp3_region: String,
}

#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    rows: usize,
    as_of: &'a str,
    source: &'a str,
}

#[derive(Serialize)]
struct Shape<'a> {
    schema_version: u32,
    tables: Vec<Table<'a>>,
    regions: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a RegionView>,
}

/// As JSON.
///
/// # Errors
/// None that a report's own types can cause.
pub fn catalog_json(
    tables: &[TableInfo],
    regions: &[&str],
    region: Option<&RegionView>,
) -> serde_json::Result<String> {
    let tables = tables.iter().map(|table| Table {
        name: table.name,
        rows: table.rows,
        as_of: table.as_of,
        source: table.source,
    });
    pretty(&Shape { schema_version: 1, tables: tables.collect(), regions, region })
}

/// The tables as CSV.
#[must_use]
pub fn catalog_csv(tables: &[TableInfo]) -> Vec<u8> {
    document(
        &["table", "rows", "as_of", "source"],
        tables.iter().map(|table| {
            [
                table.name.to_owned(),
                table.rows.to_string(),
                table.as_of.to_owned(),
                table.source.to_owned(),
            ]
        }),
    )
}

/// As a page.
#[must_use]
pub fn catalog_table(
    tables: &[TableInfo],
    regions: &[&str],
    region: Option<&RegionView>,
) -> String {
    let mut page = Page::default();
    if let Some(region) = region {
        region_page(&mut page, region);
    }
    page.section("Tables");
    let mut grid = Grid::new(&["table", ">rows", "as of"]);
    for table in tables {
        grid.row([table.name.to_owned(), grouped(table.rows as f64, 0), table.as_of.to_owned()]);
    }
    page.grid(2, &grid);
    page.section("Sources");
    for table in tables {
        page.item(&format!("{}: {}", table.name, table.source));
    }
    if region.is_none() {
        page.section("Regions");
        page.paragraph(2, &regions.join(" "));
    }
    page.finish()
}

fn region_page(page: &mut Page, region: &RegionView) {
    page.headline(&format!(
        "{}: {} of {} instance types offered, {} with a quoted price, {} estimated",
        region.region,
        grouped(region.offered as f64, 0),
        grouped(region.types as f64, 0),
        grouped(region.priced_quoted as f64, 0),
        grouped(region.priced_estimated as f64, 0),
    ));
    let mut grid = Grid::new(&["", ""]);
    let mut row = |name: &str, value: String| grid.row([name.to_owned(), value]);
    row("zones", region.availability_zones.join(", "));
    for (name, date, types) in &region.series {
        row("price series", format!("{} of {date}: {types} types", price_source(name)));
    }
    row("Spot saving and band", format!("{} types", region.spot));
    row("Fargate prices", (if region.fargate_priced { "known" } else { "not known" }).to_owned());
    row("gp3", format!("${} a GB-month ({})", region.gp3_usd_per_gb_month, region.gp3_region));
    page.grid(2, &grid);
}
