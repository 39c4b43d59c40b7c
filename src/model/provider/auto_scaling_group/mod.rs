//! Auto Scaling groups as capacity providers: the group keeps a number of instances, ECS places tasks
//! on those that are registered, and tasks without room wait in PROVISIONING.
//!
//! Sources: ECS developer guide (cluster-auto-scaling, managed-scaling-behavior,
//! managed-instance-draining), EC2 Auto Scaling user guide; every rule with its source and grade stands
//! in docs/model.md, `auto-scaling-group.*`.
//!
//! - [`room`]: a task finds its place among the registered instances, or waits;
//! - [`waiting`]: the tasks in PROVISIONING, first come first served, and their time-out;
//! - [`capacity`]: from the desired capacity to launches and terminations;
//! - [`balance`]: zones that are brought back into balance;
//! - [`orders`]: what is asked of EC2;
//! - [`arrival`]: an instance boots and registers;
//! - [`rebalancing`]: Spot: what EC2 wants back;
//! - [`scaling`]: managed scaling: from the metric to the desired capacity;
//! - [`victims`]: which instances leave on scale-in;
//! - [`warm_pool`]: instances that have booted once and wait for the group to grow.

mod arrival;
mod balance;
mod capacity;
mod orders;
mod rebalancing;
mod room;
mod scaling;
mod victims;
mod waiting;
mod warm_pool;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::units::{InstanceId, ProviderId, Resources, ZoneId};

use super::super::cluster::Cluster;
use super::super::instance::{Instance, InstanceStatus};
use super::super::placement::Hosts;
use super::super::setup::{AutoScalingGroupSetup, ProviderSetup, Setup};
use super::Provider;

use balance::Balance;
use scaling::Scaling;
pub use scaling::ScalingGroup;
use waiting::Waiting;
use warm_pool::Warm;

/// The state of an Auto Scaling group.
#[derive(Clone, Debug)]
pub(in crate::model) struct AutoScalingGroup {
    /// Registered instances, what is free on them and what they hold.
    pub(super) hosts: Hosts,
    waiting: Waiting,
    /// The desired capacity.
    desired: u32,
    /// Instances that count towards it: asked for, booting or in service. By zone.
    members: Vec<BTreeSet<InstanceId>>,
    /// How many they are.
    size: u32,
    /// The same by pool: position of the candidate, zone.
    held: BTreeMap<(usize, ZoneId), u32>,
    /// Of those, running at EC2.
    running: u32,
    /// ACTIVE instances with tasks other than daemons.
    busy: u32,
    /// Managed scaling, where it is on.
    scaling: Option<Box<Scaling>>,
    /// Instances asked for so far.
    launched: u32,
    /// Of those, there at the start: the first so many.
    initial: u32,
    /// Instances that EC2 recommended to replace, the first first, where the group does so.
    at_risk: VecDeque<InstanceId>,
    /// What it does for balance between zones.
    balance: Balance,
    /// Its warm pool; empty where it has none.
    warm: Warm,
    /// When refused launches are tried again.
    retry_due: bool,
    /// Attempts in a row that met a refusal.
    refusals_in_a_row: usize,
}

impl AutoScalingGroup {
    pub(super) fn new(own: &AutoScalingGroupSetup, setup: &Setup) -> Self {
        Self {
            hosts: Hosts::new(&setup.asks(), &setup.task_groups, setup.epoch),
            waiting: Waiting::new(setup.groups.len()),
            desired: own.settings.desired_capacity,
            members: vec![BTreeSet::new(); setup.zones.len()],
            size: 0,
            held: BTreeMap::new(),
            running: 0,
            busy: 0,
            scaling: Scaling::new(own, setup).map(Box::new),
            launched: 0,
            initial: 0,
            at_risk: VecDeque::new(),
            balance: Balance::default(),
            warm: Warm::new(setup.zones.len()),
            retry_due: false,
            refusals_in_a_row: 0,
        }
    }

    pub(super) fn free(&self, instance: &Instance) -> Option<Resources> {
        let holds = matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining);
        holds.then(|| self.hosts.free(instance.slot))
    }

    /// An instance counts towards the desired capacity.
    fn join(&mut self, id: InstanceId, candidate: usize, zone: ZoneId) {
        if self.members[zone.index()].insert(id) {
            self.size += 1;
            *self.held.entry((candidate, zone)).or_default() += 1;
        }
    }

    /// It no longer does.
    fn part(&mut self, id: InstanceId, candidate: usize, zone: ZoneId) {
        if self.members[zone.index()].remove(&id) {
            self.size -= 1;
            self.at_risk.retain(|other| *other != id);
            self.balance.part(id);
            if let Some(held) = self.held.get_mut(&(candidate, zone)) {
                *held -= 1;
            }
        }
    }

    /// An ACTIVE instance has its first task, or has lost its last.
    pub(super) fn count_busy(&mut self, busy: bool) {
        self.busy = if busy { self.busy + 1 } else { self.busy - 1 };
    }

    /// Instances of the group from one pool.
    fn held(&self, candidate: usize, zone: ZoneId) -> u32 {
        self.held.get(&(candidate, zone)).copied().unwrap_or(0)
    }
}

impl<'a> Cluster<'a> {
    fn group_setup(&self, id: ProviderId) -> &'a AutoScalingGroupSetup {
        match self.setup.provider(id) {
            ProviderSetup::AutoScalingGroup(setup) => setup,
            ProviderSetup::ManagedInstances(_)
            | ProviderSetup::Fargate(_)
            | ProviderSetup::LaunchType(_) => {
                unreachable!("asked of its own kind alone")
            }
        }
    }

    fn group_mut(&mut self, id: ProviderId) -> &mut AutoScalingGroup {
        match &mut self.providers[id.index()] {
            Provider::AutoScalingGroup(group) => group,
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => {
                unreachable!("asked of its own kind alone")
            }
        }
    }

    fn group_ref(&self, id: ProviderId) -> &AutoScalingGroup {
        match &self.providers[id.index()] {
            Provider::AutoScalingGroup(group) => group,
            Provider::ManagedInstances(_) | Provider::Fargate(_) | Provider::LaunchType(_) => {
                unreachable!("asked of its own kind alone")
            }
        }
    }
}
