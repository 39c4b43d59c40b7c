//! What the fleet costs per hour: at list price by kind of charge, and after discounts.

use crate::catalog::PurchaseOption;
use crate::scenario::{ChargeKind, Discounts};
use crate::units::{SimTime, UsdPerHour, ZoneId};

use super::cluster::Cluster;
use super::setup::{Candidate, FargateOffering};

/// Rates at list price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    kinds: [UsdPerHour; ChargeKind::WORDS.len()],
    /// What no discount lowers: storage and licences of Fargate.
    rest: UsdPerHour,
}

impl Rates {
    fn add(&mut self, kind: ChargeKind, price: UsdPerHour) {
        self.kinds[kind as usize] += price;
    }

    /// At list price.
    #[must_use]
    pub fn list(&self) -> UsdPerHour {
        self.kinds.iter().copied().sum::<UsdPerHour>() + self.rest
    }

    /// One kind of charge at list price.
    #[must_use]
    pub const fn of(&self, kind: ChargeKind) -> UsdPerHour {
        self.kinds[kind as usize]
    }

    /// After discounts: rounded once for each kind of charge.
    #[must_use]
    pub fn paid(&self, discounts: &Discounts) -> UsdPerHour {
        let kinds = ChargeKind::WORDS.iter().map(|(_, kind)| discounts.paid(*kind, self.of(*kind)));
        kinds.sum::<UsdPerHour>() + self.rest
    }
}

/// EC2's kind of charge.
#[must_use]
pub const fn ec2_charge_kind(option: PurchaseOption) -> ChargeKind {
    match option {
        PurchaseOption::OnDemand => ChargeKind::Ec2OnDemand,
        PurchaseOption::Spot => ChargeKind::Ec2Spot,
    }
}

/// Fargate's kind of charge for vCPUs and memory.
#[must_use]
pub const fn fargate_charge_kind(option: PurchaseOption) -> ChargeKind {
    match option {
        PurchaseOption::OnDemand => ChargeKind::Fargate,
        PurchaseOption::Spot => ChargeKind::FargateSpot,
    }
}

/// The rates of one instance whose EC2 price is `ec2`.
#[must_use]
pub fn instance_rates(candidate: &Candidate, ec2: UsdPerHour) -> Rates {
    let mut rates = Rates::default();
    rates.add(ec2_charge_kind(candidate.purchase_option), ec2);
    rates.add(ChargeKind::ManagedInstancesFee, candidate.fee_price);
    rates.add(ChargeKind::Ebs, candidate.volume_price);
    rates
}

/// The rates of one Fargate task.
#[must_use]
pub fn fargate_rates(size: &FargateOffering, option: PurchaseOption) -> Rates {
    let mut rates = Rates::default();
    rates.add(fargate_charge_kind(option), size.vcpu_price + size.memory_price);
    rates.rest = size.storage_price + size.licence_price;
    rates
}

impl Cluster<'_> {
    /// What the fleet costs per hour at `now`: every instance that EC2 calls running, the volumes
    /// of those stopped in warm pools, what is reserved and not used, and every Fargate task.
    #[must_use]
    pub fn rates(&self, now: SimTime) -> Rates {
        let mut all = self.fargate_rates_now();
        all.add(ChargeKind::Ec2OnDemand, self.unused_reservations_per_hour());
        for instance in self.instances().iter().filter(|instance| instance.has_volume()) {
            let candidate = self.candidate_of(instance);
            let ec2 = if instance.is_running() {
                self.rate_of_ec2(candidate, instance.zone, now)
            } else {
                UsdPerHour::ZERO
            };
            all = all.plus(&instance_rates(candidate, ec2));
        }
        all
    }

    /// What a candidate costs in a zone at a moment after discounts: instance, fee and volume.
    #[must_use]
    pub fn paid_price(&self, candidate: &Candidate, zone: ZoneId, at: SimTime) -> UsdPerHour {
        let rates = instance_rates(candidate, self.rate_of_ec2(candidate, zone, at));
        rates.paid(&self.setup().discounts)
    }

    /// What a candidate costs in a zone at a moment at list price: instance, fee and volume.
    #[must_use]
    pub fn billed_price(&self, candidate: &Candidate, zone: ZoneId, at: SimTime) -> UsdPerHour {
        instance_rates(candidate, self.rate_of_ec2(candidate, zone, at)).list()
    }

    fn rate_of_ec2(&self, candidate: &Candidate, zone: ZoneId, at: SimTime) -> UsdPerHour {
        match candidate.purchase_option {
            PurchaseOption::OnDemand => candidate.ec2_price,
            PurchaseOption::Spot => self.ec2_price(candidate, zone, at),
        }
    }
}

impl Rates {
    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        for (sum, rate) in self.kinds.iter_mut().zip(other.kinds) {
            *sum += rate;
        }
        self.rest += other.rest;
        self
    }
}
