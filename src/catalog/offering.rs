//! What a region sells: zones, purchase options and prices, each price with its series.

use crate::units::UsdPerHour;

/// How an instance or a task is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PurchaseOption {
    /// Until it is given back.
    OnDemand,
    /// Until EC2 wants it back.
    Spot,
}

impl PurchaseOption {
    /// All.
    pub const ALL: [Self; 2] = [Self::OnDemand, Self::Spot];

    /// The word for it in tables and output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
        }
    }

    /// The option of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.name() == name)
    }
}

/// The availability zones in which a type is offered: positions in the region's zone ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ZoneSet(u64);

impl ZoneSet {
    /// The most zones a region can have here.
    pub const MAX_ZONES: usize = 64;

    /// No zone.
    pub const EMPTY: Self = Self(0);

    /// The first `count` zones.
    #[must_use]
    pub fn first(count: usize) -> Self {
        (0..count.min(Self::MAX_ZONES)).fold(Self::EMPTY, Self::with)
    }

    /// The set with the zone at position `zone`.
    #[must_use]
    pub fn with(self, zone: usize) -> Self {
        debug_assert!(zone < Self::MAX_ZONES, "a region has at most 64 zones");
        Self(self.0 | (1 << zone))
    }

    /// Whether the zone at position `zone` is in it.
    #[must_use]
    pub const fn contains(self, zone: usize) -> bool {
        zone < Self::MAX_ZONES && self.0 & (1 << zone) != 0
    }

    /// Whether no zone is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the two have a zone in common.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The positions, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..Self::MAX_ZONES).filter(move |zone| self.contains(*zone))
    }

    /// How many zones are in it.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }
}

/// A position in the catalogue's price series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(pub u32);

/// Where a set of prices comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceSeries {
    /// Its name, shown beside each price.
    pub name: String,
    /// Its date, possibly without day or month; empty: undated.
    pub as_of: String,
    /// Whether these are prices that AWS quotes, or the user states; else they are estimates.
    pub quoted: bool,
    /// Who published it.
    pub source: String,
}

/// A price and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The price of one instance.
    pub usd_per_hour: UsdPerHour,
    /// Its series.
    pub series: SeriesId,
}

/// How often a Spot pool was interrupted: share of instances a month (AWS Spot Instance Advisor).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterruptionBand {
    /// Under 5 %.
    Under5,
    /// 5 to 10 %.
    From5To10,
    /// 10 to 15 %.
    From10To15,
    /// 15 to 20 %.
    From15To20,
    /// Over 20 %.
    Over20,
}

impl InterruptionBand {
    /// All, in order.
    pub const ALL: [Self; 5] =
        [Self::Under5, Self::From5To10, Self::From10To15, Self::From15To20, Self::Over20];

    /// AWS's words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Under5 => "<5%",
            Self::From5To10 => "5-10%",
            Self::From10To15 => "10-15%",
            Self::From15To20 => "15-20%",
            Self::Over20 => ">20%",
        }
    }

    /// The band of those words.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.name() == name)
    }
}

/// What is known of a type's Spot pools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpotOffer {
    /// The price in every zone without its own.
    pub price: Option<Quote>,
    /// Prices of single zones (position in the region's zone ids), ascending by zone.
    pub by_zone: Vec<(usize, Quote)>,
    /// Saving against on-demand, percent; below zero where Spot was dearer.
    pub saving_percent: Option<i32>,
    /// Interruptions a month.
    pub interruption_band: Option<InterruptionBand>,
}

impl SpotOffer {
    /// The price in a zone.
    #[must_use]
    pub fn in_zone(&self, zone: usize) -> Option<Quote> {
        let own = self.by_zone.iter().find(|(at, _)| *at == zone).map(|(_, quote)| *quote);
        own.or(self.price)
    }

    /// Sets the price in a zone.
    pub(super) fn set(&mut self, zone: usize, quote: Quote) {
        self.by_zone.retain(|(at, _)| *at != zone);
        self.by_zone.push((zone, quote));
        self.by_zone.sort_unstable_by_key(|(at, _)| *at);
    }

    /// The lowest price of any zone.
    #[must_use]
    pub fn lowest(&self) -> Option<Quote> {
        let zones = self.by_zone.iter().map(|(_, quote)| *quote);
        self.price.into_iter().chain(zones).min_by_key(|quote| quote.usd_per_hour)
    }
}

/// An instance type in the catalogue's region. Prices are for Linux with shared tenancy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offering {
    /// Where it is offered; empty: not in this region.
    pub zones: ZoneSet,
    /// On-demand price; `None`: not known.
    pub on_demand: Option<Quote>,
    /// Spot.
    pub spot: SpotOffer,
}

impl Offering {
    /// Whether the region offers the type at all.
    #[must_use]
    pub const fn is_offered(&self) -> bool {
        !self.zones.is_empty()
    }

    /// The (lowest) price under a purchase option.
    #[must_use]
    pub fn price(&self, option: PurchaseOption) -> Option<Quote> {
        match option {
            PurchaseOption::OnDemand => self.on_demand,
            PurchaseOption::Spot => self.spot.lowest(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_set_holds_the_zones_put_in() {
        let set = ZoneSet::EMPTY.with(0).with(63);
        assert!(set.contains(0) && set.contains(63) && !set.contains(1) && !set.contains(64));
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63]);
        assert_eq!(ZoneSet::first(3).len(), 3);
    }
}
