//! Floor 1: what AWS sells. Pure data and queries; knows nothing of a run.

mod requirements;

pub use requirements::{
    CpuArchitecture, CpuManufacturer, Generation, Inclusion, InstanceRequirements,
    LocalStorageType, Range,
};
