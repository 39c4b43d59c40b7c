//! ECS Managed Instances: ECS itself buys, packs and retires the instances.
//!
//! Sources: ECS developer guide (managed-instances-*), evidence of users; every rule with its source
//! and grade stands in docs/model.md, `managed-instances.*`.
//!
//! - [`room`]: free room on live instances and on those in flight, zone by zone;
//! - [`plan`]: batching, spread over zones, launches and their refusals;
//! - [`market`]: which pool is asked: on demand, Spot, capacity reservations;
//! - [`arrival`]: an instance boots, registers and takes its tasks;
//! - [`departure`]: idle removal, consolidation, age.

mod arrival;
mod departure;
mod market;
mod plan;
mod room;

use std::collections::{BTreeMap, VecDeque};

use crate::catalog::CpuArchitecture;
use crate::units::{Resources, SimTime, TaskDefinitionId, ZoneId};

use super::super::instance::{Instance, InstanceStatus};
use super::super::setup::{Candidate, ManagedInstancesSetup, Setup};
use super::super::task::TaskRef;

use room::Domain;

/// The state of a Managed Instances provider.
#[derive(Clone, Debug)]
pub(in crate::model) struct ManagedInstances {
    /// Instances that are alike for placement: one domain for each (zone, architecture).
    domains: Vec<Domain>,
    /// All tasks that wait for a batch or a retry, by group and in order of arrival, so that freed room
    /// finds its next task without a search. An entry whose task found a place is stale.
    waiting: Vec<VecDeque<TaskRef>>,
    /// Entries in those lists, stale ones included.
    listed: usize,
    /// Tasks for the next batch, in order of arrival; may hold stale entries.
    unplanned: Vec<TaskRef>,
    /// When the present batch window opened, if one is open.
    batch_opened_at: Option<SimTime>,
    /// Tasks whose launch was refused.
    refused: Vec<TaskRef>,
    /// When they are planned again.
    retry_at: Option<SimTime>,
    /// Plans in a row that met a refusal.
    refusals_in_a_row: usize,
    /// Pools that were refused, and until when they are not asked while others may be.
    refused_pools: BTreeMap<(usize, ZoneId), SimTime>,
    /// Instances launched so far.
    launched: u32,
    /// Choices made by lot so far.
    lots: u32,
    /// A search for underutilised instances is due.
    utilisation_check_due: bool,
    /// Zones in which some candidate can hold a task, by definition: bits by position.
    zones_of: Vec<u64>,
}

/// Room for both architectures in each zone.
const ARCHITECTURES: usize = 2;

const fn domain_of(zone: ZoneId, architecture: CpuArchitecture) -> usize {
    zone.index() * ARCHITECTURES
        + match architecture {
            CpuArchitecture::X86_64 => 0,
            CpuArchitecture::Arm64 => 1,
        }
}

impl ManagedInstances {
    pub(super) fn new(own: &ManagedInstancesSetup, setup: &Setup) -> Self {
        let zones_of = setup
            .definitions
            .iter()
            .map(|definition| {
                own.candidates
                    .iter()
                    .filter(|candidate| takes(candidate, definition.architecture, &definition.size))
                    .fold(0, |zones, candidate| zones | candidate.zones)
            })
            .collect();
        Self {
            domains: (0..setup.zones.len() * ARCHITECTURES)
                .map(|_| Domain::new(&setup.classes))
                .collect(),
            waiting: vec![VecDeque::new(); setup.groups.len()],
            listed: 0,
            unplanned: Vec::new(),
            batch_opened_at: None,
            refused: Vec::new(),
            retry_at: None,
            refusals_in_a_row: 0,
            refused_pools: BTreeMap::new(),
            launched: 0,
            lots: 0,
            utilisation_check_due: false,
            zones_of,
        }
    }

    fn zones_of(&self, definition: TaskDefinitionId) -> u64 {
        self.zones_of[definition.index()]
    }

    fn domain(&mut self, zone: ZoneId, candidate: &Candidate) -> &mut Domain {
        &mut self.domains[domain_of(zone, candidate.architecture)]
    }

    pub(super) fn free(&self, instance: &Instance) -> Option<Resources> {
        if instance.status != InstanceStatus::Active || !instance.connected {
            return None;
        }
        let zone = instance.zone.index() * ARCHITECTURES;
        self.domains[zone..zone + ARCHITECTURES].iter().find_map(|domain| domain.free_of(instance))
    }
}

/// Whether a candidate can hold a task of this size at all.
pub(super) fn takes(
    candidate: &Candidate,
    architecture: CpuArchitecture,
    size: &Resources,
) -> bool {
    candidate.architecture == architecture && size.fits(&candidate.registered)
}
