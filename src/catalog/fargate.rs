//! Fargate: valid sizes and prices.

use super::field;
use super::offering::PurchaseOption;
use super::problem::CatalogError;
use super::product::{FargatePlatform, Product, StatedPrice, join_distinct, stated};
use super::table::{BadField, Row};
use super::tables::{FARGATE_PRICES, FARGATE_SIZES};
use crate::units::{CpuUnits, Mib, UsdPerHour};

/// A valid pair of CPU and memory (documented: ECS developer guide, Fargate task definitions).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FargateSize {
    /// CPU units.
    pub cpu: CpuUnits,
    /// Memory, MiB.
    pub memory: Mib,
    /// Valid on Linux.
    pub linux: bool,
    /// Valid on Windows.
    pub windows: bool,
    /// The least Linux platform version, where one is stated.
    pub min_platform_version: Option<&'static str>,
}

/// The price of Fargate on one platform under one purchase option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FargatePrice {
    /// Platform.
    pub platform: FargatePlatform,
    /// Purchase option.
    pub purchase_option: PurchaseOption,
    /// A vCPU.
    pub per_vcpu: UsdPerHour,
    /// A GB of memory.
    pub per_gb: UsdPerHour,
    /// The Windows licence of a vCPU; `None`: not known, or not due.
    pub licence_per_vcpu: Option<UsdPerHour>,
    /// A GB of ephemeral storage above the free 20 GB; `None`: not known.
    pub ephemeral_per_gb: Option<UsdPerHour>,
    /// The region whose price it is.
    pub region: String,
    /// Source.
    pub source: String,
    /// Date; where none was recorded, the day of compilation (an upper bound).
    pub as_of: String,
}

/// All valid sizes, ascending by CPU, then memory.
pub(super) fn sizes() -> Result<Vec<FargateSize>, CatalogError> {
    FARGATE_SIZES.read_all(|row| {
        Ok(FargateSize {
            cpu: row.whole()?,
            memory: row.whole()?,
            linux: row.flag()?,
            windows: row.flag()?,
            min_platform_version: row.optional("a version", Some)?,
        })
    })
}

/// The prices of `region`: its own, else those of its `stand_in`, with what the user states on top. A
/// Region may have prices of instances and none of Fargate.
pub(super) fn prices(
    region: &str,
    stand_in: &str,
    stated: &[StatedPrice],
) -> Result<Vec<FargatePrice>, CatalogError> {
    let own = FARGATE_PRICES.rows_of(region);
    let rows = if own.is_empty() { FARGATE_PRICES.rows_of(stand_in) } else { own };
    let mut prices = FARGATE_PRICES.read(rows, price_row)?;
    for platform in
        [FargatePlatform::LinuxX86, FargatePlatform::LinuxArm64, FargatePlatform::Windows]
    {
        for option in PurchaseOption::ALL {
            state(&mut prices, stated, region, platform, option);
        }
    }
    Ok(prices)
}

fn price_row(row: &mut Row<'static, '_>) -> Result<FargatePrice, BadField> {
    let region = row.word()?.to_owned();
    let system = row.word()?;
    let platform =
        row.parse("a platform that Fargate has", |architecture| match (system, architecture) {
            ("linux", "x86_64") => Some(FargatePlatform::LinuxX86),
            ("linux", "arm64") => Some(FargatePlatform::LinuxArm64),
            ("windows", "x86_64") => Some(FargatePlatform::Windows),
            _ => None,
        })?;
    Ok(FargatePrice {
        region,
        platform,
        purchase_option: row.parse("on-demand or spot", PurchaseOption::from_name)?,
        per_vcpu: row.parse("USD per hour", price)?,
        per_gb: row.parse("USD per hour", price)?,
        licence_per_vcpu: row.optional("USD per hour", price)?,
        ephemeral_per_gb: row.optional("USD per hour", price)?,
        source: row.word()?.to_owned(),
        as_of: row.date()?.to_owned(),
    })
}

fn price(text: &str) -> Option<UsdPerHour> {
    field::nano_dollars(text).map(UsdPerHour::from_nanos)
}

/// Replaces, or adds where vCPU and GB are both stated, the price of one platform and option.
fn state(
    prices: &mut Vec<FargatePrice>,
    stated_prices: &[StatedPrice],
    region: &str,
    platform: FargatePlatform,
    option: PurchaseOption,
) {
    let find = |product, option| stated(stated_prices, product, option);
    let vcpu = find(Product::FargateVcpu(platform), option);
    let gb = find(Product::FargateGb(platform), option);
    // Licence and storage are sold on demand only, and due whatever the purchase option.
    let licence = find(Product::FargateLicence, PurchaseOption::OnDemand)
        .filter(|_| platform == FargatePlatform::Windows);
    let ephemeral = find(Product::FargateEphemeralGb, PurchaseOption::OnDemand);
    let known = prices
        .iter()
        .position(|price| price.platform == platform && price.purchase_option == option);
    let usd = |price: &StatedPrice| UsdPerHour::from_nanos(price.nanos);
    let base = match (known, vcpu, gb) {
        (Some(at), _, _) => prices.swap_remove(at),
        (None, Some(vcpu), Some(gb)) => FargatePrice {
            platform,
            purchase_option: option,
            per_vcpu: usd(vcpu),
            per_gb: usd(gb),
            licence_per_vcpu: None,
            ephemeral_per_gb: None,
            region: region.to_owned(),
            source: String::new(),
            as_of: String::new(),
        },
        _ => return,
    };
    let used = [vcpu, gb, licence, ephemeral];
    let all_stated = vcpu.is_some() && gb.is_some();
    let old = |text: &str| if all_stated { String::new() } else { text.to_owned() };
    let (old_source, old_date) = (old(&base.source), old(&base.as_of));
    let sources = used.iter().flatten().map(|price| price.source.as_str());
    let dates = used.iter().flatten().map(|price| price.as_of.as_str());
    prices.push(FargatePrice {
        per_vcpu: vcpu.map_or(base.per_vcpu, usd),
        per_gb: gb.map_or(base.per_gb, usd),
        licence_per_vcpu: licence.map(usd).or(base.licence_per_vcpu),
        ephemeral_per_gb: ephemeral.map(usd).or(base.ephemeral_per_gb),
        source: join_distinct(std::iter::once(old_source.as_str()).chain(sources)),
        as_of: join_distinct(std::iter::once(old_date.as_str()).chain(dates)),
        region: if all_stated { region.to_owned() } else { base.region.clone() },
        ..base
    });
}
