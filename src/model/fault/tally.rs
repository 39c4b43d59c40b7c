//! What a fault has done.

use std::collections::BTreeSet;

use crate::units::{GroupId, ProviderId};

use super::super::cluster::Cluster;
use super::super::service::GroupKind;
use super::{FaultId, FaultSetup};

/// What a fault has done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultTally {
    /// Tasks that it ended, or that failed to start by it.
    pub tasks_stopped: u64,
    /// Instances that it took.
    pub instances_lost: u64,
    /// Instances that it cut off from ECS.
    pub instances_disconnected: u64,
    /// Launch requests that EC2 refused by it.
    pub launches_refused: u64,
    /// Launches, boots, attachments and pulls that it made longer.
    pub starts_slowed: u64,
    /// Services that it harmed: those whose tasks it ended, and those below their desired count whose
    /// capacity it refused or delayed.
    pub services: BTreeSet<GroupId>,
    /// How often it harmed anything: changes with each harm.
    pub harms: u64,
}

impl Cluster<'_> {
    /// What each fault has done so far, in the order of the scenario.
    #[must_use]
    pub fn fault_tallies(&self) -> &[FaultTally] {
        &self.faults.tallies
    }

    pub(super) fn fault(&self, id: FaultId) -> &FaultSetup {
        &self.setup.faults[id.index()]
    }

    /// Notes a harm to tasks of `group`.
    pub(in crate::model) fn harmed(&mut self, id: FaultId, group: GroupId) -> &mut FaultTally {
        let service = self.groups[group.index()].kind != GroupKind::RunTask;
        let tally = &mut self.faults.tallies[id.index()];
        tally.harms += 1;
        if service {
            tally.services.insert(group);
        }
        tally
    }

    /// Notes a harm to the capacity of a provider: it strikes the services that wait for it.
    pub(in crate::model) fn harmed_provider(
        &mut self,
        id: FaultId,
        provider: ProviderId,
    ) -> &mut FaultTally {
        let waits = |(index, group): (usize, &super::super::service::Group)| {
            let group_id = GroupId::from_index(index);
            let strategy = &self.setup.group(group_id).strategy;
            let uses = strategy.iter().any(|item| item.capacity_provider == provider.index());
            (group.kind == GroupKind::Service && uses && group.running < group.desired_count)
                .then_some(group_id)
        };
        let waiting: Vec<GroupId> = self.groups.iter().enumerate().filter_map(waits).collect();
        let tally = &mut self.faults.tallies[id.index()];
        if !waiting.is_empty() {
            tally.harms += 1;
        }
        tally.services.extend(waiting);
        tally
    }
}
