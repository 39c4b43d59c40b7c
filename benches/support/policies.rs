//! Placement under the strategies of ECS, on three zones: the library's, and a loop over all instances.

use taskyard::catalog::CpuArchitecture;
use taskyard::model::placement::{Ask, AskId, Hosts, NewHost, built_in_attributes};
use taskyard::scenario::{AVAILABILITY_ZONE, BinpackField, PlacementStrategy, SpreadField};
use taskyard::units::{InstanceId, Resources, SimTime, TaskGroupId, ZoneId};

const ZONES: usize = 3;

/// A way to find instances and keep their accounts.
pub(crate) trait Placement {
    /// Places a task of definition `task`: the instance, if there is one with room.
    fn place(&mut self, task: usize) -> Option<u32>;
    /// Frees a task of definition `task` on `instance`.
    fn free(&mut self, instance: u32, task: usize);
}

/// The strategies that are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// `spread(attribute:ecs.availability-zone)`, then `binpack(memory)`.
    SpreadThenBinpack,
    /// `binpack(memory)`.
    Binpack,
    /// The default of services: the zone with fewest tasks, in it the instance with fewest.
    Default,
}

impl Policy {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SpreadThenBinpack => "spread(az) + binpack(memory)",
            Self::Binpack => "binpack(memory)",
            Self::Default => "service default",
        }
    }

    fn strategy(self) -> Vec<PlacementStrategy> {
        let zones = PlacementStrategy::Spread(SpreadField::Attribute(AVAILABILITY_ZONE.to_owned()));
        let memory = PlacementStrategy::Binpack(BinpackField::Memory);
        match self {
            Self::SpreadThenBinpack => vec![zones, memory],
            Self::Binpack => vec![memory],
            Self::Default => vec![zones, PlacementStrategy::Spread(SpreadField::InstanceId)],
        }
    }
}

/// The library's placement. Each definition is a service.
pub(crate) struct Placed {
    hosts: Hosts,
    /// By slot.
    owners: Vec<u32>,
    /// By instance.
    slots: Vec<u32>,
}

impl Placed {
    pub(crate) fn new(policy: Policy, instances: &[Resources], sizes: &[Resources]) -> Self {
        let groups: Vec<String> = (0..sizes.len()).map(|n| format!("service:{n}")).collect();
        let asks: Vec<Ask> = sizes
            .iter()
            .enumerate()
            .map(|(n, size)| Ask {
                size: *size,
                host_ports: Vec::new(),
                architecture: CpuArchitecture::X86_64,
                task_group: TaskGroupId::from_index(n),
                strategy: policy.strategy(),
                constraints: Vec::new(),
            })
            .collect();
        let mut hosts = Hosts::new(&asks, &groups, 0);
        let mut placed = Self { hosts: hosts.clone(), owners: Vec::new(), slots: Vec::new() };
        for (instance, resources) in instances.iter().enumerate() {
            let zone = ZoneId::from_index(instance % ZONES);
            let architecture = CpuArchitecture::X86_64;
            let slot = hosts.insert(&NewHost {
                instance: InstanceId::from_index(instance),
                zone,
                architecture,
                resources: *resources,
                attributes: &built_in_attributes(&zone.0.to_string(), "any", architecture),
                registered_at: SimTime::ZERO,
                ec2_instance_id: None,
                agent_version: None,
            });
            placed.slots.push(slot);
            placed.owners.resize(placed.owners.len().max(slot as usize + 1), 0);
            placed.owners[slot as usize] = instance as u32;
        }
        placed.hosts = hosts;
        placed
    }

    pub(crate) fn free_on(&self, instance: u32) -> Resources {
        self.hosts.free(self.slots[instance as usize])
    }
}

impl Placement for Placed {
    #[inline]
    fn place(&mut self, task: usize) -> Option<u32> {
        let ask = AskId(task as u32);
        let slot = self.hosts.choose(ask, 0)?;
        assert!(self.hosts.take(slot, ask), "what is chosen has room");
        Some(self.owners[slot as usize])
    }

    #[inline]
    fn free(&mut self, instance: u32, task: usize) {
        let (slot, ask) = (self.slots[instance as usize], AskId(task as u32));
        self.hosts.uncount(slot, ask);
        self.hosts.give(slot, ask);
    }
}

/// The same by looking at every instance.
pub(crate) struct Scanned {
    policy: Policy,
    free: Vec<Resources>,
    sizes: Vec<Resources>,
    /// Tasks by definition and zone.
    in_zone: Vec<[u32; ZONES]>,
    /// Tasks by definition and instance.
    on: Vec<Vec<u32>>,
}

impl Scanned {
    pub(crate) fn new(policy: Policy, free: Vec<Resources>, sizes: &[Resources]) -> Self {
        Self {
            policy,
            in_zone: vec![[0; ZONES]; sizes.len()],
            on: vec![vec![0; free.len()]; sizes.len()],
            free,
            sizes: sizes.to_vec(),
        }
    }

    /// Counts a task that is there already.
    pub(crate) fn count(&mut self, instance: u32, task: usize) {
        self.in_zone[task][instance as usize % ZONES] += 1;
        self.on[task][instance as usize] += 1;
    }

    fn least(&self, size: Resources, key: impl Fn(usize, &Resources) -> u64) -> Option<usize> {
        let mut best = None;
        let mut least = u64::MAX;
        for (instance, free) in self.free.iter().enumerate() {
            let key = key(instance, free);
            if key < least && size.fits(free) {
                least = key;
                best = Some(instance);
            }
        }
        best
    }
}

impl Placement for Scanned {
    #[inline]
    fn place(&mut self, task: usize) -> Option<u32> {
        let size = self.sizes[task];
        let zones = self.in_zone[task].map(|count| u64::from(count) << 32);
        let instance = match self.policy {
            Policy::Binpack => self.least(size, |_, free| u64::from(free.memory)),
            Policy::SpreadThenBinpack => {
                self.least(size, |instance, free| zones[instance % ZONES] | u64::from(free.memory))
            }
            Policy::Default => {
                let on = &self.on[task];
                self.least(size, |instance, _| zones[instance % ZONES] | u64::from(on[instance]))
            }
        }?;
        self.free[instance] = self.free[instance].checked_sub(&size)?;
        self.count(instance as u32, task);
        Some(instance as u32)
    }

    #[inline]
    fn free(&mut self, instance: u32, task: usize) {
        self.in_zone[task][instance as usize % ZONES] -= 1;
        self.on[task][instance as usize] -= 1;
        let instance = &mut self.free[instance as usize];
        *instance = instance.plus(&self.sizes[task]);
    }
}
