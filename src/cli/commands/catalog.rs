//! `catalog`: what the tables hold.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, FargatePlatform, PurchaseOption, known_regions, tables};
use crate::report::{RegionView, catalog_csv, catalog_json, catalog_table};

use super::super::args::{CatalogArgs, Format};
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::load::CatalogFiles;
use super::super::region::{at, flag};

pub(in super::super) fn execute(args: &CatalogArgs, console: Console) -> Result<u8, Failure> {
    let region = args.region.as_deref();
    let region = region.map(|region| view(region, args, console)).transpose()?;
    let (tables, regions) = (tables(), known_regions());
    match args.format {
        Format::Table => console.page(&catalog_table(&tables, &regions, region.as_ref()))?,
        Format::Json => {
            console.data(catalog_json(&tables, &regions, region.as_ref())?.as_bytes())?;
        }
        Format::Csv => console.data(&catalog_csv(&tables))?,
    }
    Ok(0)
}

fn view(region: &str, args: &CatalogArgs, console: Console) -> Result<RegionView, Failure> {
    let stand_in = args.price_stand_in.as_deref();
    let files = CatalogFiles::read(&args.files)?;
    let catalog = files.catalog(region, stand_in, console).map_err(|failure| {
        let told = if let Failure::Catalog(error) = &failure {
            at(error, flag("--region", region))
        } else {
            None
        };
        told.map_or(failure, |diagnostic| Failure::Input(vec![diagnostic]))
    })?;
    let mut series = BTreeMap::new();
    let (mut offered, mut quoted, mut estimated, mut spot) = (0, 0, 0, 0);
    for index in 0..catalog.types().len() {
        let offering = catalog.offering(index);
        if !offering.is_offered() {
            continue;
        }
        offered += 1;
        spot += usize::from(offering.spot.saving_percent.is_some());
        if let Some(quote) = offering.on_demand {
            *series.entry(quote.series).or_insert(0_usize) += 1;
            if catalog.series(quote.series).quoted { quoted += 1 } else { estimated += 1 }
        }
    }
    let named = series.into_iter().map(|(id, types)| {
        let of = catalog.series(id);
        (of.name.clone(), of.as_of.clone(), types)
    });
    let gp3 = catalog.gp3_price();
    Ok(RegionView {
        region: region.to_owned(),
        availability_zones: catalog.zones().to_vec(),
        types: catalog.types().len(),
        offered,
        priced_quoted: quoted,
        priced_estimated: estimated,
        series: named.collect(),
        spot,
        fargate_priced: fargate_priced(&catalog),
        gp3_usd_per_gb_month: gp3.per_gb_month.as_dollars(),
        gp3_region: gp3.region.clone(),
    })
}

fn fargate_priced(catalog: &Catalog) -> bool {
    let platforms = [FargatePlatform::LinuxX86, FargatePlatform::LinuxArm64];
    platforms
        .into_iter()
        .any(|platform| catalog.fargate_price(platform, PurchaseOption::OnDemand).is_some())
}
