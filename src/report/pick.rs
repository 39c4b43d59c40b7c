//! Which types satisfy requirements, and which attribute removed the others.

use serde::Serialize;

use super::csv::{document, maybe};
use super::grid::Grid;
use super::json::pretty;
use super::page::Page;
use super::words::grouped;

/// The answer to `pick`.
#[derive(Clone, Debug, Serialize)]
pub struct Pick {
    /// Version of this layout.
    pub schema_version: u32,
    /// Region.
    pub region: String,
    /// Who buys: `managed-instances` or `ec2`.
    pub scope: &'static str,
    /// `on-demand` or `spot`.
    pub purchase_option: &'static str,
    /// Types of the catalogue.
    pub total: usize,
    /// Types that match.
    pub matching: usize,
    /// The matching types, the cheapest first.
    pub types: Vec<PickedType>,
    /// What removed the others.
    pub funnel: Vec<FunnelRow>,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// A matching type.
#[derive(Clone, Debug, Serialize)]
pub struct PickedType {
    /// Its name.
    pub instance_type: String,
    /// EC2's price under the purchase option.
    pub usd_per_hour: Option<f64>,
    /// Its series.
    pub price_source: String,
    /// Whether that is an estimate.
    pub price_is_estimate: bool,
    /// vCPUs.
    pub vcpus: u32,
    /// Nominal memory.
    pub memory_mib: u32,
    /// What Managed Instances register of it with the cluster.
    pub registered_memory_mib: u32,
    /// Tasks with their own network interface.
    pub task_eni_slots: u32,
    /// The same with trunking.
    pub task_eni_slots_trunked: u32,
    /// GPUs.
    pub gpus: u32,
    /// `X86_64` or `ARM64`.
    pub cpu_architecture: &'static str,
    /// Zones of the region that offer it.
    pub availability_zones: usize,
    /// Spot against on-demand, percent.
    pub spot_saving_percent: Option<i32>,
    /// Share of Spot instances interrupted in a month.
    pub spot_interruption_band: Option<&'static str>,
}

/// One step of the funnel.
#[derive(Clone, Debug, Serialize)]
pub struct FunnelRow {
    /// The attribute.
    pub attribute: String,
    /// Types that it removed.
    pub removed: usize,
    /// Types left.
    pub left: usize,
    /// Some of those removed.
    pub examples: Vec<String>,
}

/// As JSON.
///
/// # Errors
/// None that a report's own types can cause.
pub fn pick_json(pick: &Pick) -> serde_json::Result<String> {
    pretty(pick)
}

const COLUMNS: [&str; 14] = [
    "instance_type",
    "usd_per_hour",
    "price_source",
    "price_is_estimate",
    "vcpus",
    "memory_mib",
    "registered_memory_mib",
    "task_eni_slots",
    "task_eni_slots_trunked",
    "gpus",
    "cpu_architecture",
    "availability_zones",
    "spot_saving_percent",
    "spot_interruption_band",
];

/// The matching types as CSV.
#[must_use]
pub fn pick_csv(pick: &Pick) -> Vec<u8> {
    document(
        &COLUMNS,
        pick.types.iter().map(|of| {
            [
                of.instance_type.clone(),
                maybe(of.usd_per_hour),
                of.price_source.clone(),
                of.price_is_estimate.to_string(),
                of.vcpus.to_string(),
                of.memory_mib.to_string(),
                of.registered_memory_mib.to_string(),
                of.task_eni_slots.to_string(),
                of.task_eni_slots_trunked.to_string(),
                of.gpus.to_string(),
                of.cpu_architecture.to_owned(),
                of.availability_zones.to_string(),
                maybe(of.spot_saving_percent.map(f64::from)),
                of.spot_interruption_band.unwrap_or_default().to_owned(),
            ]
        }),
    )
}

/// As a page of at most `most` types.
#[must_use]
pub fn pick_table(pick: &Pick, most: usize) -> String {
    let mut page = Page::default();
    page.headline(&format!(
        "{} of {} instance types match in {} ({}, {})",
        grouped(pick.matching as f64, 0),
        grouped(pick.total as f64, 0),
        pick.region,
        pick.scope,
        pick.purchase_option
    ));
    if !pick.types.is_empty() {
        page.section("Types, the cheapest first");
        page.grid(2, &types(pick, most).without_empty_columns());
        if pick.types.len() > most {
            let more = grouped((pick.types.len() - most) as f64, 0);
            page.line(2, &format!("... and {more} more: --limit 0 shows all"));
        }
        let shown = &pick.types[..most.min(pick.types.len())];
        page.paragraph(2, &legend(shown));
    }
    page.section("What removed the others");
    let mut grid = Grid::new(&["attribute", ">removed", ">left", "for example"]);
    for step in pick.funnel.iter().filter(|step| step.removed > 0) {
        grid.row([
            step.attribute.clone(),
            grouped(step.removed as f64, 0),
            grouped(step.left as f64, 0),
            step.examples.join(", "),
        ]);
    }
    page.grid(2, &grid);
    page.finish()
}

fn types(pick: &Pick, most: usize) -> Grid {
    let mut grid = Grid::new(&[
        "type",
        ">EC2 $/h",
        ">vCPU",
        ">MiB",
        ">registered",
        ">task ENIs",
        ">trunked",
        ">GPUs",
        ">Spot saves",
        ">interrupted",
        "price source",
    ]);
    for of in pick.types.iter().take(most) {
        let saving = of.spot_saving_percent.map(|saving| format!("{saving} %"));
        let gpus = if of.gpus > 0 { of.gpus.to_string() } else { String::new() };
        grid.row([
            of.instance_type.clone(),
            of.usd_per_hour.map_or_else(String::new, |usd| grouped(usd, 4)),
            of.vcpus.to_string(),
            grouped(f64::from(of.memory_mib), 0),
            grouped(f64::from(of.registered_memory_mib), 0),
            of.task_eni_slots.to_string(),
            of.task_eni_slots_trunked.to_string(),
            gpus,
            saving.unwrap_or_default(),
            of.spot_interruption_band.unwrap_or_default().to_owned(),
            source(of),
        ]);
    }
    grid
}

fn source(of: &PickedType) -> String {
    if !of.price_is_estimate {
        return of.price_source.clone();
    }
    let from = of.price_source.strip_prefix("estimated-from-");
    format!("~{}", from.unwrap_or(&of.price_source))
}

/// What the columns mean.
fn legend(shown: &[PickedType]) -> String {
    let mut text =
        "registered: MiB that tasks can use. task ENIs: tasks with their own network interface \
                    on one instance; trunked: the same with ENI trunking."
            .to_owned();
    if shown.iter().any(|of| of.price_is_estimate) {
        text.push_str(" ~: not quoted, estimated from prices of that Region.");
    }
    text
}
