//! Free addresses of subnets: one for each instance and one for each awsvpc task.
//!
//! Documented: an interface needs a free address of its subnet; where there is none the interface is not
//! created (ECS developer guide, failed-to-start-error), and RunInstances answers
//! InsufficientFreeAddressesInSubnet (EC2 API reference, error codes). Assumed: a zone's subnets are used
//! as one.

use crate::units::{ProviderId, ZoneId};

use super::cluster::Cluster;
use super::ec2::RefusalReason;
use super::fault::FaultId;
use super::setup::Setup;
use super::task::TaskRef;

/// One zone.
#[derive(Clone, Debug, Default)]
struct Zone {
    used: u32,
    /// `None`: the scenario does not say.
    there: Option<u32>,
    /// What faults leave, with what was in use when they began.
    caps: Vec<(FaultId, u32)>,
    refused: Refused,
}

/// What found no address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Instances.
    pub instances: u32,
    /// Network interfaces of tasks.
    pub tasks: u32,
}

/// The addresses of all zones.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    /// Empty where nothing limits them.
    zones: Vec<Zone>,
}

impl Addresses {
    pub(super) fn new(setup: &Setup) -> Self {
        let limited = setup.faults.iter().any(|fault| {
            matches!(fault.kind, crate::scenario::FaultKind::SubnetOutOfAddresses { .. })
        });
        if setup.subnets.is_empty() && !limited {
            return Self { zones: Vec::new() };
        }
        let mut zones = vec![Zone::default(); setup.zones.len()];
        for subnet in &setup.subnets {
            let there = zones[subnet.zone.index()].there.get_or_insert(0);
            *there = there.saturating_add(subnet.addresses);
        }
        Self { zones }
    }

    /// Whether anything limits them.
    #[inline]
    pub(super) const fn are_counted(&self) -> bool {
        !self.zones.is_empty()
    }

    /// Takes an address, if one is free.
    pub(super) fn take(&mut self, zone: ZoneId) -> bool {
        let Some(zone) = self.zones.get_mut(zone.index()) else { return true };
        let least = zone.caps.iter().map(|(_, cap)| *cap).chain(zone.there).min();
        let free = least.is_none_or(|most| zone.used < most);
        zone.used += u32::from(free);
        free
    }

    /// Gives an address back.
    pub(super) fn give(&mut self, zone: ZoneId) {
        if let Some(zone) = self.zones.get_mut(zone.index()) {
            zone.used -= 1;
        }
    }

    /// A fault leaves no more than `free` addresses in zones, bits by position.
    pub(super) fn cap(&mut self, id: FaultId, zones: u64, free: u32) {
        for (position, zone) in self.zones.iter_mut().enumerate() {
            if zones >> position & 1 == 1 {
                zone.caps.push((id, zone.used.saturating_add(free)));
            }
        }
    }

    /// A fault is over.
    pub(super) fn restore(&mut self, id: FaultId) {
        for zone in &mut self.zones {
            zone.caps.retain(|(other, _)| *other != id);
        }
    }

    /// The fault without which there would be an address, if one has taken it.
    fn taken_by(&self, zone: ZoneId) -> FaultId {
        let Some(zone) = self.zones.get(zone.index()) else { return FaultId::NONE };
        let least = zone.caps.iter().min_by_key(|(_, cap)| *cap);
        let binds = least.filter(|(_, cap)| zone.there.is_none_or(|there| *cap <= there));
        binds.map_or(FaultId::NONE, |(id, _)| *id)
    }
}

impl Cluster<'_> {
    /// Addresses in use in a zone, where they are limited.
    #[must_use]
    pub fn addresses_in_use(&self, zone: ZoneId) -> Option<u32> {
        self.addresses.zones.get(zone.index()).map(|zone| zone.used)
    }

    /// What found no address in a zone over the run.
    #[must_use]
    pub fn addresses_refused(&self, zone: ZoneId) -> Refused {
        self.addresses.zones.get(zone.index()).map_or_else(Refused::default, |zone| zone.refused)
    }

    /// Whether a task has a network interface of its own.
    pub(super) fn has_own_interface(&self, task: TaskRef) -> bool {
        let group = self.setup.group(self.tasks.get(task).group);
        self.setup.definition(group.definition).size.eni_slots > 0
    }

    /// An instance needs an address.
    pub(super) fn address_for_instance(
        &mut self,
        provider: ProviderId,
        zone: ZoneId,
    ) -> Result<(), RefusalReason> {
        if self.addresses.take(zone) {
            return Ok(());
        }
        if let Some(zone) = self.addresses.zones.get_mut(zone.index()) {
            zone.refused.instances += 1;
        }
        let fault = self.addresses.taken_by(zone);
        if fault != FaultId::NONE {
            self.harmed_provider(fault, provider).launches_refused += 1;
        }
        Err(RefusalReason::NoFreeAddress)
    }

    /// A task that has just got its place needs an address, if it has an interface of its own.
    pub(super) fn address_for_task(&mut self, task: TaskRef) {
        if !self.has_own_interface(task) {
            return;
        }
        let zone = self.tasks.get(task).zone;
        let taken = self.addresses.take(zone);
        self.tasks.get_mut(task).has_address = taken;
        if !taken && let Some(zone) = self.addresses.zones.get_mut(zone.index()) {
            zone.refused.tasks += 1;
        }
    }

    /// A task ends: its address is free.
    pub(super) fn free_address(&mut self, task: TaskRef) {
        let found = self.tasks.get_mut(task);
        if found.has_address {
            found.has_address = false;
            let zone = found.zone;
            self.addresses.give(zone);
        }
    }

    /// Whether a task has a place and no address for its interface.
    pub(super) fn lacks_address(&self, task: TaskRef) -> bool {
        self.addresses.are_counted()
            && !self.tasks.get(task).has_address
            && self.has_own_interface(task)
    }

    /// The fault by which a task has no address.
    pub(super) fn out_of_addresses_by(&self, task: TaskRef) -> FaultId {
        self.addresses.taken_by(self.tasks.get(task).zone)
    }
}
