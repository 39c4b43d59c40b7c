//! Floor 1: what AWS sells. Pure data and queries; knows nothing of a run.
//!
//! A [`Catalog`] is one region's view of the tables in `data/`, which are embedded in the program and
//! sorted so that only the region's rows are read; the user's own files come before them. Every price
//! names its series, and a series says whether AWS quotes it. [`filter`] is the funnel from all types
//! to those that requirements admit.

mod csv_text;
mod describe;
mod digest;
mod family;
mod fargate;
mod field;
mod funnel;
mod instance_type;
mod managed;
mod market;
mod nearest;
mod offering;
mod overrides;
mod price_file;
mod problem;
mod product;
mod protection;
mod region_catalog;
mod regions;
mod requirements;
mod spot_history;
mod stated_prices;
mod steps;
mod table;
mod tables;
mod type_rows;
mod vcpu_class;
mod volume;
mod wildcard;
mod words;
mod zones;

pub use family::of as family_of;
pub use fargate::{FargatePrice, FargateSize};
pub use funnel::{ALLOWED_AND_EXCLUDED, FilterOptions, Funnel, FunnelStep, Scope, filter};
pub use instance_type::{
    Accelerators, BurstBaseline, InstanceType, LocalStorage, MemoryRule, TaskEnis, Trunking,
};
pub use managed::Fee;
pub use market::Provenance;
pub use offering::{
    InterruptionBand, Offering, PriceSeries, PurchaseOption, Quote, SeriesId, SpotOffer, ZoneSet,
};
pub use overrides::{NamedText, Overrides};
pub use problem::{CatalogError, CatalogProblem, Severity};
pub use product::FargatePlatform;
pub use region_catalog::Catalog;
pub use regions::known_regions;
pub use requirements::{
    CpuArchitecture, CpuManufacturer, Generation, Inclusion, InstanceRequirements,
    LocalStorageType, Range,
};
pub use spot_history::SpotHistory;
pub use tables::{CATALOG_AS_OF, TableInfo, tables};
pub use vcpu_class::{VcpuClass, VcpuQuotas};
pub use volume::Gp3Price;
pub use wildcard::wildcard_matches;
