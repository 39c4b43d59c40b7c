//! What else has a price: Fargate's resources and volumes, as a price file names them.

use super::offering::PurchaseOption;

/// What a Fargate task runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FargatePlatform {
    /// Linux on 64-bit x86.
    LinuxX86,
    /// Linux on 64-bit Arm.
    LinuxArm64,
    /// Windows (64-bit x86).
    Windows,
}

/// A priced thing that is no instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Product {
    /// A Fargate vCPU for an hour.
    FargateVcpu(FargatePlatform),
    /// A GB of Fargate memory for an hour.
    FargateGb(FargatePlatform),
    /// The Windows licence of a Fargate vCPU for an hour.
    FargateLicence,
    /// A GB of ephemeral storage above the free 20 GB for an hour.
    FargateEphemeralGb,
    /// A GB of a gp3 volume for a month.
    Gp3Gb,
    /// One IOPS of a gp3 volume above 3,000 for a month.
    Gp3Iops,
}

/// Every product, its name in a price file, and whether it is sold as Spot too.
const PRODUCTS: [(&str, Product, bool); 10] = [
    ("fargate-vcpu-hour", Product::FargateVcpu(FargatePlatform::LinuxX86), true),
    ("fargate-gb-hour", Product::FargateGb(FargatePlatform::LinuxX86), true),
    ("fargate-arm64-vcpu-hour", Product::FargateVcpu(FargatePlatform::LinuxArm64), true),
    ("fargate-arm64-gb-hour", Product::FargateGb(FargatePlatform::LinuxArm64), true),
    ("fargate-windows-vcpu-hour", Product::FargateVcpu(FargatePlatform::Windows), false),
    ("fargate-windows-gb-hour", Product::FargateGb(FargatePlatform::Windows), false),
    ("fargate-windows-licence-vcpu-hour", Product::FargateLicence, false),
    ("fargate-ephemeral-gb-hour", Product::FargateEphemeralGb, false),
    ("gp3-gb-month", Product::Gp3Gb, false),
    ("gp3-iops-month", Product::Gp3Iops, false),
];

impl Product {
    /// The product of a name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        PRODUCTS.iter().find(|row| row.0 == name).map(|row| row.1)
    }

    /// Whether it is sold as Spot too.
    pub(super) fn is_sold_as_spot(self) -> bool {
        PRODUCTS.iter().any(|row| row.1 == self && row.2)
    }

    /// All names.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        PRODUCTS.iter().map(|row| row.0)
    }
}

/// A product's price as the user states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatedPrice {
    /// What.
    pub(super) product: Product,
    /// How bought.
    pub(super) option: PurchaseOption,
    /// Nano-dollars per unit of the product.
    pub(super) nanos: u64,
    /// The row's source.
    pub(super) source: String,
    /// The row's date; empty: undated.
    pub(super) as_of: String,
}

/// The stated price of a product, if there is one.
pub(super) fn stated(
    prices: &[StatedPrice],
    product: Product,
    option: PurchaseOption,
) -> Option<&StatedPrice> {
    // The last wins: rows of the region itself come after those of its stand-in.
    prices.iter().rev().find(|price| price.product == product && price.option == option)
}

/// Several sources as one text, each once.
pub(super) fn join_distinct<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for part in parts {
        if !part.is_empty() && !distinct.contains(&part) {
            distinct.push(part);
        }
    }
    distinct.join("; ")
}
