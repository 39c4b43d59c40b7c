//! The words that AWS uses for the values of an enumeration, in tables and in the API.

use super::instance_type::Trunking;
use super::requirements::{CpuArchitecture, CpuManufacturer, Generation, LocalStorageType};

impl CpuManufacturer {
    /// All.
    pub const ALL: [Self; 4] = [Self::Intel, Self::Amd, Self::AmazonWebServices, Self::Apple];

    /// The API's word (EC2: `CpuManufacturer`).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intel => "intel",
            Self::Amd => "amd",
            Self::AmazonWebServices => "amazon-web-services",
            Self::Apple => "apple",
        }
    }

    /// The manufacturer of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|manufacturer| manufacturer.name() == name)
    }
}

impl Generation {
    /// The API's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
        }
    }

    /// The generation of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Current, Self::Previous].into_iter().find(|generation| generation.name() == name)
    }
}

impl LocalStorageType {
    /// The API's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hdd => "hdd",
            Self::Ssd => "ssd",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Hdd, Self::Ssd].into_iter().find(|kind| kind.name() == name)
    }
}

impl CpuArchitecture {
    /// EC2's word for it; ECS writes it in capitals.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

/// An architecture, and whether it is a Mac's.
pub(super) fn architecture(word: &str) -> Option<(CpuArchitecture, bool)> {
    match word {
        "x86_64" => Some((CpuArchitecture::X86_64, false)),
        "arm64" => Some((CpuArchitecture::Arm64, false)),
        "x86_64_mac" => Some((CpuArchitecture::X86_64, true)),
        "arm64_mac" => Some((CpuArchitecture::Arm64, true)),
        _ => None,
    }
}

/// A manufacturer as `describe-instance-types` spells it.
pub(super) fn described_manufacturer(word: &str) -> String {
    match word.trim().to_lowercase().as_str() {
        "aws" | "amazon" => "amazon-web-services".to_owned(),
        other => other.to_owned(),
    }
}

/// The values of `ecs_trunking`.
pub(super) fn trunking(word: &str) -> Option<Trunking> {
    match word {
        "yes" => Some(Trunking::Supported),
        "no" => Some(Trunking::Unsupported),
        "excluded-by-ecs" => Some(Trunking::ExcludedByEcs),
        "unknown" => Some(Trunking::Unknown),
        _ => None,
    }
}

/// The values of `default_mode`.
pub(super) fn unlimited(word: &str) -> Option<bool> {
    match word {
        "unlimited" => Some(true),
        "standard" => Some(false),
        _ => None,
    }
}
