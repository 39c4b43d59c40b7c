//! What an account pays less than the list price.

use crate::units::UsdPerHour;

/// A stated percentage off one kind of charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// Its name; where none is stated, the word of what it applies to.
    pub name: String,
    /// Off what.
    pub applies_to: ChargeKind,
    /// How much, parts per million of the list price.
    pub ppm: u32,
    /// By what agreement; `None`: not stated.
    pub agreement: Option<Agreement>,
}

/// The kinds of charge that a discount may apply to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChargeKind {
    /// EC2's price on demand, used or reserved.
    Ec2OnDemand,
    /// EC2's price of Spot instances.
    Ec2Spot,
    /// The fee of ECS Managed Instances.
    ManagedInstancesFee,
    /// vCPUs and memory of Fargate tasks.
    Fargate,
    /// vCPUs and memory of Fargate Spot tasks.
    FargateSpot,
    /// Volumes of instances.
    Ebs,
}

impl ChargeKind {
    /// All of them, with the words of a scenario.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("ec2-on-demand", Self::Ec2OnDemand),
        ("ec2-spot", Self::Ec2Spot),
        ("managed-instances-fee", Self::ManagedInstancesFee),
        ("fargate", Self::Fargate),
        ("fargate-spot", Self::FargateSpot),
        ("ebs", Self::Ebs),
    ];

    /// The word of a scenario.
    #[must_use]
    pub const fn word(self) -> &'static str {
        Self::WORDS[self as usize].0
    }

    /// Whether it is a price of Spot capacity.
    #[must_use]
    pub const fn is_spot(self) -> bool {
        matches!(self, Self::Ec2Spot | Self::FargateSpot)
    }
}

/// The agreements by which AWS bills less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// A Compute Savings Plan.
    ComputeSavingsPlan,
    /// An EC2 Instance Savings Plan.
    Ec2InstanceSavingsPlan,
    /// Reserved Instances.
    ReservedInstances,
    /// Prices agreed on with AWS.
    PrivatePricing,
}

impl Agreement {
    /// All of them, with the words of a scenario.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("compute-savings-plan", Self::ComputeSavingsPlan),
        ("ec2-instance-savings-plan", Self::Ec2InstanceSavingsPlan),
        ("reserved-instances", Self::ReservedInstances),
        ("private-pricing", Self::PrivatePricing),
    ];

    /// The word of a scenario.
    #[must_use]
    pub const fn word(self) -> &'static str {
        Self::WORDS[self as usize].0
    }

    /// Which charges it covers. Documented: Savings Plans and Reserved Instances lower the price of
    /// usage on demand, never of Spot; Compute Savings Plans cover Fargate too (Savings Plans user guide,
    /// EC2 user guide).
    #[must_use]
    pub const fn covers(self) -> &'static [ChargeKind] {
        match self {
            Self::ComputeSavingsPlan => &[ChargeKind::Ec2OnDemand, ChargeKind::Fargate],
            Self::Ec2InstanceSavingsPlan | Self::ReservedInstances => &[ChargeKind::Ec2OnDemand],
            Self::PrivatePricing => &[
                ChargeKind::Ec2OnDemand,
                ChargeKind::Ec2Spot,
                ChargeKind::ManagedInstancesFee,
                ChargeKind::Fargate,
                ChargeKind::FargateSpot,
                ChargeKind::Ebs,
            ],
        }
    }
}

/// How much is taken off each kind of charge, parts per million of the list price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discounts([u32; ChargeKind::WORDS.len()]);

impl Discounts {
    /// The discounts of a scenario.
    #[must_use]
    pub fn of(discounts: &[Discount]) -> Self {
        let mut all = Self::default();
        for discount in discounts {
            all.0[discount.applies_to as usize] = discount.ppm;
        }
        all
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|ppm| *ppm == 0)
    }

    /// What is taken off a charge of that kind, parts per million.
    #[must_use]
    pub const fn ppm(&self, kind: ChargeKind) -> u32 {
        self.0[kind as usize]
    }

    /// What is paid of a price of that kind.
    #[must_use]
    pub fn paid(&self, kind: ChargeKind, list: UsdPerHour) -> UsdPerHour {
        list - list.parts_per_million(self.ppm(kind))
    }
}
