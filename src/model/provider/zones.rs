//! Zones of one service: where a provider could put its tasks, whether it could do so now, and a task
//! that is asked for in one zone.

use crate::units::{GroupId, ProviderId, ZoneId};

use super::super::cluster::{Cluster, Step};
use super::super::decision::DecisionSink;
use super::super::placement::AskId;
use super::super::setup::ProviderSetup;
use super::super::task::{LastStatus, TaskRef, WaitPart};
use super::Provider;

impl Cluster<'_> {
    /// The zones in which a provider could ever put tasks of a group, bits by position.
    pub(in crate::model) fn zones_for(&self, id: ProviderId, group: GroupId) -> u64 {
        let all = || (0..self.setup.zones.len()).fold(0, |zones, zone| zones | 1 << zone);
        match self.setup.provider(id) {
            ProviderSetup::ManagedInstances(_) => self.managed_zones(id, group),
            ProviderSetup::AutoScalingGroup(own) => {
                own.zones.iter().fold(0, |zones, zone| zones | 1 << zone.0)
            }
            ProviderSetup::Fargate(_) => all(),
            own @ ProviderSetup::LaunchType(_) => {
                let others = self.setup.providers.iter().enumerate();
                others.filter(|(_, other)| own.uses_instances_of(other)).fold(
                    0,
                    |zones, (other, _)| {
                        zones | self.zones_for(ProviderId::from_index(other), group)
                    },
                )
            }
        }
    }

    /// Whether tasks that a provider runs are spread over zones by themselves, whatever runs elsewhere.
    /// Documented (ECS developer guide, service-rebalancing): so do Fargate and Fargate Spot.
    pub(in crate::model) fn spreads_alone(&self, id: ProviderId) -> bool {
        matches!(self.providers[id.index()], Provider::Fargate(_))
    }

    /// Active tasks of a group by zone, of a provider that spreads them by itself.
    pub(in crate::model) fn spread_of(&self, id: ProviderId, group: GroupId) -> Option<&[u32]> {
        match &self.providers[id.index()] {
            Provider::Fargate(provider) => Some(provider.by_zone(group)),
            Provider::ManagedInstances(_)
            | Provider::AutoScalingGroup(_)
            | Provider::LaunchType(_) => None,
        }
    }

    /// Whether a task of a group would find a place in a zone now. Documented: on EC2 an instance that
    /// is there and has room. Assumed: Managed Instances and Fargate buy, unless they know better.
    pub(in crate::model) fn has_place_in<S: DecisionSink>(
        &mut self,
        step: &Step<'_, S>,
        id: ProviderId,
        group: GroupId,
        zone: ZoneId,
    ) -> bool {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_takes_in(step, id, group, zone),
            Provider::Fargate(_) => self.closed_to_fargate(id) >> zone.0 & 1 == 0,
            Provider::AutoScalingGroup(_) | Provider::LaunchType(_) => {
                let name = &self.setup.zones[zone.index()];
                let ask = AskId::from(group);
                self.hosts(id).is_some_and(|hosts| hosts.choose_in_zone(ask, 0, name).is_some())
            }
        }
    }

    /// Whether a provider tells nobody when a zone that had no place has one.
    pub(in crate::model) fn opens_unseen(&self, id: ProviderId) -> bool {
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) | Provider::Fargate(_) => true,
            Provider::AutoScalingGroup(_) | Provider::LaunchType(_) => false,
        }
    }

    /// A new task asks its provider for a place in a zone that has one.
    pub(in crate::model) fn request_in_zone<S: DecisionSink>(
        &mut self,
        step: &mut Step<'_, S>,
        task: TaskRef,
        zone: ZoneId,
    ) {
        let id = self.provider_of(task);
        match &self.providers[id.index()] {
            Provider::ManagedInstances(_) => self.managed_request(step, id, task),
            // Its own rule leads to the zone with fewest tasks.
            Provider::Fargate(_) => self.fargate_request(step, id, task),
            Provider::AutoScalingGroup(_) | Provider::LaunchType(_) => {
                let placed = self.place_on_host_in(step, id, task, zone);
                debug_assert!(placed, "there was room a moment ago");
            }
        }
    }

    /// Whether a task waits for capacity that was refused.
    pub(in crate::model) fn is_refused_capacity(&self, task: TaskRef) -> bool {
        let found = self.tasks.get(task);
        found.last_status == LastStatus::Provisioning
            && matches!(found.waiting_for, WaitPart::CapacityRetry | WaitPart::Quota)
    }
}
