//! Time zones by their IANA names, from the tables that the program carries.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

/// A time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    /// The zone of a name; `None`: there is none. No file of the machine is read.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let known = TimeZoneDatabase::bundled();
        let name = known.available().find(|known| known.as_str() == name)?;
        let rules = known.get(name.as_str()).ok()?;
        Some(Self { name: name.as_str().to_owned(), rules })
    }

    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// All names.
    #[must_use]
    pub fn names() -> Vec<String> {
        let known = TimeZoneDatabase::bundled();
        known.available().map(|name| name.as_str().to_owned()).collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When its clock first shows `local`; `None`: never. Seconds from 1970 in UTC.
    pub(super) fn instant(&self, local: DateTime) -> Option<i64> {
        let offset = match self.rules.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, .. } => before,
            AmbiguousOffset::Gap { .. } => return None,
        };
        offset.to_timestamp(local).ok().map(Timestamp::as_second)
    }

    /// The days that its calendar has between two instants.
    pub(super) fn days(&self, from: i64, until: i64) -> impl Iterator<Item = Date> + use<> {
        let day = |at: i64| {
            let at = Timestamp::from_second(at).ok()?;
            Some(self.rules.to_datetime(at).date())
        };
        let days = day(from).zip(day(until));
        days.into_iter().flat_map(|(first, last)| {
            std::iter::successors(Some(first), |day| day.tomorrow().ok())
                .take_while(move |day| *day <= last)
        })
    }
}
