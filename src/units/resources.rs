//! What a task asks for and an instance offers: the dimensions in which packing is decided.

/// CPU units: 1,024 are one vCPU.
pub type CpuUnits = u32;

/// Memory in MiB.
pub type Mib = u32;

/// CPU units in one vCPU (documented: ECS API, ContainerDefinition.cpu).
pub const CPU_UNITS_PER_VCPU: CpuUnits = 1_024;

/// The resources a task reserves, or an instance has free: one number for each dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resources {
    /// CPU units.
    pub cpu: CpuUnits,
    /// Memory, MiB.
    pub memory: Mib,
    /// Task network interfaces (one for each awsvpc task).
    pub eni_slots: u32,
    /// Whole GPUs.
    pub gpus: u32,
}

/// A dimension of [`Resources`], in the order in which ties between binding limits are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Memory, MiB.
    Memory,
    /// CPU units.
    Cpu,
    /// Task network interfaces.
    Eni,
    /// Whole GPUs.
    Gpu,
}

impl Limit {
    /// All dimensions.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Cpu, Self::Eni, Self::Gpu];

    /// The word for it in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Eni => "eni",
            Self::Gpu => "gpu",
        }
    }
}

impl Resources {
    /// Nothing.
    pub const ZERO: Self = Self { cpu: 0, memory: 0, eni_slots: 0, gpus: 0 };

    /// Whether `self` fits into `free` in every dimension.
    #[must_use]
    pub const fn fits(&self, free: &Self) -> bool {
        self.cpu <= free.cpu
            && self.memory <= free.memory
            && self.eni_slots <= free.eni_slots
            && self.gpus <= free.gpus
    }

    /// `self - other`, or `None` when a dimension is short.
    #[must_use]
    pub const fn checked_sub(&self, other: &Self) -> Option<Self> {
        if !other.fits(self) {
            return None;
        }
        Some(Self {
            cpu: self.cpu - other.cpu,
            memory: self.memory - other.memory,
            eni_slots: self.eni_slots - other.eni_slots,
            gpus: self.gpus - other.gpus,
        })
    }

    /// `self + other`, saturating.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
            eni_slots: self.eni_slots.saturating_add(other.eni_slots),
            gpus: self.gpus.saturating_add(other.gpus),
        }
    }

    /// The greater of the two in each dimension.
    #[must_use]
    pub fn max_of_each(&self, other: &Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            eni_slots: self.eni_slots.max(other.eni_slots),
            gpus: self.gpus.max(other.gpus),
        }
    }

    /// The amount in one dimension.
    #[must_use]
    pub const fn get(&self, limit: Limit) -> u32 {
        match limit {
            Limit::Memory => self.memory,
            Limit::Cpu => self.cpu,
            Limit::Eni => self.eni_slots,
            Limit::Gpu => self.gpus,
        }
    }

    /// How many of `item` fit into `self`, and which limit binds (the first in [`Limit::ALL`] order
    /// among equals). `None` when `item` asks for nothing at all.
    #[must_use]
    pub fn capacity_for(&self, item: &Self) -> Option<(u32, Limit)> {
        Limit::ALL
            .into_iter()
            .filter(|limit| item.get(*limit) > 0)
            .map(|limit| (self.get(limit) / item.get(limit), limit))
            .min_by_key(|(count, _)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_binds_before_the_eni_limit_on_a_small_instance() {
        let host = Resources { cpu: 2_048, memory: 1_635, eni_slots: 2, gpus: 0 };
        let task = Resources { cpu: 512, memory: 1_024, eni_slots: 1, gpus: 0 };
        assert_eq!(host.capacity_for(&task), Some((1, Limit::Memory)));
        let smaller = Resources { memory: 817, ..task };
        assert_eq!(host.capacity_for(&smaller), Some((2, Limit::Memory)));
        let smaller_still = Resources { memory: 500, ..task };
        assert_eq!(host.capacity_for(&smaller_still), Some((2, Limit::Eni)));
    }
}
