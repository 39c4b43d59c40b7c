//! A fault of the scenario, its selectors resolved into positions.

use crate::scenario::FaultKind;
use crate::units::{GroupId, ProviderId, SimTime, ZoneId};

/// A fault, resolved.
#[derive(Clone, Debug)]
pub struct FaultSetup {
    /// Its name.
    pub name: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// When it begins.
    pub start: SimTime,
    /// When it ends; [`SimTime::MAX`]: not in this run.
    pub end: SimTime,
    /// Zones that it touches, bits by position.
    pub zones: u64,
    /// Instance types that it touches: by provider and position among its candidates.
    pub candidates: Vec<Vec<bool>>,
    /// Whether it touches the tasks of a provider that has no instances (Fargate).
    pub without_instances: Vec<bool>,
    /// Groups that it touches.
    pub groups: Vec<bool>,
}

impl FaultSetup {
    /// Whether it touches a zone.
    #[must_use]
    pub const fn touches_zone(&self, zone: ZoneId) -> bool {
        self.zones >> zone.0 & 1 == 1
    }

    /// Whether it touches instances of a type in a zone.
    #[must_use]
    pub fn touches(&self, provider: ProviderId, candidate: usize, zone: ZoneId) -> bool {
        self.touches_zone(zone) && self.candidates[provider.index()][candidate]
    }

    /// Whether it touches tasks without an instance in a zone.
    #[must_use]
    pub fn touches_fargate(&self, provider: ProviderId, zone: ZoneId) -> bool {
        self.touches_zone(zone) && self.without_instances[provider.index()]
    }

    /// Whether it touches the tasks of a group.
    #[must_use]
    pub fn touches_group(&self, group: GroupId) -> bool {
        self.groups[group.index()]
    }

    /// Whether it is on at `now`, if it has a duration.
    #[must_use]
    pub fn is_on(&self, now: SimTime) -> bool {
        self.start <= now && now < self.end
    }
}
