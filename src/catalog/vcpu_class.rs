//! The classes of instance families that EC2 has a quota of vCPUs each for.

use super::{PurchaseOption, family};

/// A class of families with a quota of its own, on demand and on Spot. Documented: EC2 user guide,
/// ec2-on-demand-instances and using-spot-limits, 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VcpuClass {
    /// A, C, D, H, I, M, R, T, Z.
    Standard,
    /// DL.
    Dl,
    /// F.
    F,
    /// G and VT.
    GAndVt,
    /// HPC.
    Hpc,
    /// U.
    HighMemory,
    /// Inf.
    Inf,
    /// P.
    P,
    /// Trn.
    Trn,
    /// X.
    X,
}

/// Quotas of vCPUs by [`VcpuClass::ALL`]; `None`: no limit is stated.
pub type VcpuQuotas = [Option<u32>; VcpuClass::ALL.len()];

impl VcpuClass {
    /// All classes; each stands where its number says.
    pub const ALL: [Self; 10] = [
        Self::Standard,
        Self::Dl,
        Self::F,
        Self::GAndVt,
        Self::Hpc,
        Self::HighMemory,
        Self::Inf,
        Self::P,
        Self::Trn,
        Self::X,
    ];

    /// As a scenario writes it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Dl => "dl",
            Self::F => "f",
            Self::GAndVt => "g_and_vt",
            Self::Hpc => "hpc",
            Self::HighMemory => "high_memory",
            Self::Inf => "inf",
            Self::P => "p",
            Self::Trn => "trn",
            Self::X => "x",
        }
    }

    /// As AWS calls it in the name of the quota.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Dl => "DL",
            Self::F => "F",
            Self::GAndVt => "G and VT",
            Self::Hpc => "HPC",
            Self::HighMemory => "High Memory",
            Self::Inf => "Inf",
            Self::P => "P",
            Self::Trn => "Trn",
            Self::X => "X",
        }
    }

    /// Whether there is a quota of the class for instances bought so. Documented (EC2 user guide,
    /// using-spot-limits, 2026): on Spot there is none of HPC and High Memory.
    #[must_use]
    pub const fn has_quota(self, option: PurchaseOption) -> bool {
        match option {
            PurchaseOption::OnDemand => true,
            PurchaseOption::Spot => !matches!(self, Self::Hpc | Self::HighMemory),
        }
    }

    /// The class of an instance type, by the letters that its family begins with; `None`: it has none (a
    /// Mac runs on a dedicated host).
    #[must_use]
    pub fn of(instance_type: &str) -> Option<Self> {
        let family = family::of(instance_type);
        let end = family.find(|letter: char| !letter.is_ascii_lowercase()).unwrap_or(family.len());
        match &family[..end] {
            "dl" => Some(Self::Dl),
            "f" => Some(Self::F),
            "g" | "gr" | "vt" => Some(Self::GAndVt),
            "hpc" => Some(Self::Hpc),
            "u" => Some(Self::HighMemory),
            "inf" => Some(Self::Inf),
            "p" => Some(Self::P),
            "trn" => Some(Self::Trn),
            "x" => Some(Self::X),
            "a" | "c" | "d" | "h" | "i" | "im" | "is" | "m" | "r" | "t" | "z" => {
                Some(Self::Standard)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_has_the_class_that_aws_names_it_in() {
        use VcpuClass::*;
        let pairs = [
            ("c7i-flex.large", Standard),
            ("im4gn.large", Standard),
            ("is4gen.large", Standard),
            ("z1d.large", Standard),
            ("d3en.xlarge", Standard),
            ("dl2q.24xlarge", Dl),
            ("f2.6xlarge", F),
            ("g6e.xlarge", GAndVt),
            ("gr6.4xlarge", GAndVt),
            ("vt1.3xlarge", GAndVt),
            ("hpc7g.4xlarge", Hpc),
            ("u-6tb1.56xlarge", HighMemory),
            ("u7i-12tb.224xlarge", HighMemory),
            ("inf2.xlarge", Inf),
            ("p6-b200.48xlarge", P),
            ("trn1n.32xlarge", Trn),
            ("x2iedn.xlarge", X),
        ];
        for (name, class) in pairs {
            assert_eq!(VcpuClass::of(name), Some(class), "{name}");
        }
        assert_eq!(VcpuClass::of("mac2.metal"), None);
        for (position, class) in VcpuClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, position);
        }
    }

    #[test]
    fn every_instance_type_but_macs_has_a_class() {
        let virginia = crate::catalog::Catalog::builtin("us-east-1", None, Default::default());
        let catalog = virginia.unwrap();
        let without = catalog.types().iter().filter(|of| VcpuClass::of(&of.name).is_none());
        let families: std::collections::BTreeSet<&str> =
            without.map(|of| of.family()).filter(|family| !family.starts_with("mac")).collect();
        assert!(families.is_empty(), "{families:?}");
    }
}
