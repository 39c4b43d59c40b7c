//! What an account pays less than the list price.

use crate::catalog::family_of;

/// A stated percentage off one kind of charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// Its name; where none is stated, the word of what it applies to.
    pub name: String,
    /// Off what.
    pub applies_to: ChargeKind,
    /// Off instances of these families alone (`m7g`); empty: of all that no other discount names.
    pub instance_families: Vec<String>,
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

    /// Whether it is a price of instances, which differ by family.
    #[must_use]
    pub const fn has_families(self) -> bool {
        matches!(self, Self::Ec2OnDemand | Self::Ec2Spot)
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

/// What is taken off each charge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discounts(Vec<Discount>);

impl Discounts {
    /// The discounts of a scenario, of which no two cover one charge.
    #[must_use]
    pub fn of(discounts: &[Discount]) -> Self {
        Self(discounts.to_vec())
    }

    /// All of them, in the scenario's order.
    #[must_use]
    pub fn all(&self) -> &[Discount] {
        &self.0
    }

    /// The discount on a charge of that kind for an instance type; of Fargate the type is left empty.
    /// Documented: EC2 Instance Savings Plans apply before Compute Savings Plans, which are broader
    /// (Savings Plans user guide): one that names the family counts, and the other is for the rest.
    #[must_use]
    pub fn covering(&self, kind: ChargeKind, instance_type: &str) -> Option<&Discount> {
        let mut broad = None;
        for discount in self.0.iter().filter(|discount| discount.applies_to == kind) {
            if discount.instance_families.is_empty() {
                broad = Some(discount);
            } else if discount.names_family_of(instance_type) {
                return Some(discount);
            }
        }
        broad
    }

    /// What is taken off such a charge, parts per million of the list price.
    #[must_use]
    pub fn ppm(&self, kind: ChargeKind, instance_type: &str) -> u32 {
        self.covering(kind, instance_type).map_or(0, |discount| discount.ppm)
    }
}

impl Discount {
    fn names_family_of(&self, instance_type: &str) -> bool {
        let family = family_of(instance_type);
        self.instance_families.iter().any(|named| named == family)
    }
}
