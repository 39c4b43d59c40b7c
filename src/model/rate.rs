//! What the fleet costs per hour: at list price by kind of charge, and after discounts.

use crate::catalog::PurchaseOption;
use crate::scenario::{ChargeKind, Discounts};
use crate::units::{SimTime, UsdPerHour, ZoneId};

use super::cluster::Cluster;
use super::setup::{Candidate, FargateOffering};

/// Rates at list price, and what discounts take off them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    kinds: [UsdPerHour; ChargeKind::WORDS.len()],
    /// What is taken off each, in millionths of nano-dollars.
    off: [u128; ChargeKind::WORDS.len()],
    /// What no discount lowers: storage and licences of Fargate.
    rest: UsdPerHour,
}

impl Rates {
    fn add(&mut self, kind: ChargeKind, price: UsdPerHour, off_ppm: u32) {
        self.kinds[kind as usize] += price;
        self.off[kind as usize] += u128::from(price.nanos()) * u128::from(off_ppm);
    }

    /// At list price.
    #[must_use]
    pub fn list(&self) -> UsdPerHour {
        self.kinds.iter().copied().sum::<UsdPerHour>() + self.rest
    }

    /// What is taken off one kind of charge, rounded once.
    #[must_use]
    pub fn off(&self, kind: ChargeKind) -> UsdPerHour {
        UsdPerHour::from_millionths(self.off[kind as usize])
    }

    /// After discounts: rounded once for each kind of charge.
    #[must_use]
    pub fn paid(&self) -> UsdPerHour {
        let off: UsdPerHour = ChargeKind::WORDS.iter().map(|(_, kind)| self.off(*kind)).sum();
        self.list() - off
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
pub fn instance_rates(candidate: &Candidate, ec2: UsdPerHour, discounts: &Discounts) -> Rates {
    let mut rates = Rates::default();
    let charges = [
        (ec2_charge_kind(candidate.purchase_option), ec2),
        (ChargeKind::ManagedInstancesFee, candidate.fee_price),
        (ChargeKind::Ebs, candidate.volume_price),
    ];
    for (kind, price) in charges {
        rates.add(kind, price, discounts.ppm(kind, &candidate.name));
    }
    rates
}

/// The rates of one Fargate task.
#[must_use]
pub fn fargate_rates(
    size: &FargateOffering,
    option: PurchaseOption,
    discounts: &Discounts,
) -> Rates {
    let mut rates = Rates::default();
    let kind = fargate_charge_kind(option);
    rates.add(kind, size.vcpu_price + size.memory_price, discounts.ppm(kind, ""));
    rates.rest = size.storage_price + size.licence_price;
    rates
}

impl Cluster<'_> {
    /// What the fleet costs per hour at `now`: every instance that EC2 calls running, the volumes
    /// of those stopped in warm pools, what is reserved and not used, and every Fargate task.
    #[must_use]
    pub fn rates(&self, now: SimTime) -> Rates {
        self.fargate_rates_now().plus(&self.instance_rates_where(now, |_| true))
    }

    /// The same of those candidates alone that `admits` admits, without Fargate.
    #[must_use]
    pub fn instance_rates_where(&self, now: SimTime, admits: impl Fn(&Candidate) -> bool) -> Rates {
        let mut all = Rates::default();
        for (candidate, price) in self.unused_reservations() {
            if admits(candidate) {
                let kind = ChargeKind::Ec2OnDemand;
                all.add(kind, price, self.setup().discounts.ppm(kind, &candidate.name));
            }
        }
        for instance in self.instances().iter().filter(|instance| instance.has_volume()) {
            let candidate = self.candidate_of(instance);
            if !admits(candidate) {
                continue;
            }
            let ec2 = if instance.is_running() {
                self.rate_of_ec2(candidate, instance.zone, now)
            } else {
                UsdPerHour::ZERO
            };
            all = all.plus(&instance_rates(candidate, ec2, &self.setup().discounts));
        }
        all
    }

    /// What a candidate costs in a zone at a moment after discounts: instance, fee and volume.
    #[must_use]
    pub fn paid_price(&self, candidate: &Candidate, zone: ZoneId, at: SimTime) -> UsdPerHour {
        let ec2 = self.rate_of_ec2(candidate, zone, at);
        instance_rates(candidate, ec2, &self.setup().discounts).paid()
    }

    /// What a candidate costs in a zone at a moment at list price: instance, fee and volume.
    #[must_use]
    pub fn billed_price(&self, candidate: &Candidate, zone: ZoneId, at: SimTime) -> UsdPerHour {
        self.rate_of_ec2(candidate, zone, at) + candidate.fee_price + candidate.volume_price
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
        for (sum, off) in self.off.iter_mut().zip(other.off) {
            *sum += off;
        }
        self.rest += other.rest;
        self
    }
}
