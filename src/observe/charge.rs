//! What EC2 charges for one instance.
//!
//! Documented: per second, at least 60 s (EC2 user guide); Spot at the price in effect at the beginning
//! of each instance-hour (EC2 FAQs; `spot.price_changes` has the other reading); nothing for a Linux
//! instance that EC2 takes back within its first hour (EC2 user guide,
//! billing-for-interrupted-spot-instances).

use crate::catalog::PurchaseOption;
use crate::model::{Cluster, Instance};
use crate::scenario::PriceChanges;
use crate::units::{SimDuration, SimTime, SpotPoolId};

/// The least that is billed of an instance.
const MINIMUM: u64 = 60;

/// An instance-hour.
const HOUR: SimDuration = SimDuration::from_secs(3_600);

/// Billed seconds of an instance that ran for `time`: whole seconds, at least 60.
#[must_use]
pub fn billed_seconds(time: SimDuration) -> u64 {
    time.as_micros().div_ceil(1_000_000).max(MINIMUM)
}

/// A charge of EC2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charge {
    /// Seconds charged.
    pub(super) seconds: u64,
    /// Nano-dollars an hour times microseconds: exact.
    pub(super) exact: u128,
}

/// EC2's charge for an instance that ran until `until`; nothing where it never ran. Each time that it
/// runs is charged for itself.
pub(super) fn ec2_charge(instance: &Instance, until: SimTime, cluster: &Cluster<'_>) -> Charge {
    let candidate = cluster.candidate_of(instance);
    let option = candidate.purchase_option;
    if option == PurchaseOption::Spot && is_free(instance, cluster) {
        return Charge::default();
    }
    instance.charged(until).fold(Charge::default(), |sum, (from, to)| {
        let seconds = billed_seconds(to.since(from));
        let billed = SimDuration::from_secs(seconds);
        let exact = match option {
            PurchaseOption::OnDemand => {
                u128::from(candidate.ec2_price.nanos()) * u128::from(billed.as_micros())
            }
            PurchaseOption::Spot => spot(instance, from, billed, cluster),
        };
        Charge { seconds: sum.seconds + seconds, exact: sum.exact + exact }
    })
}

/// Whether EC2 took it back within its first hour.
fn is_free(instance: &Instance, cluster: &Cluster<'_>) -> bool {
    let taken = cluster.taken_back_at(instance);
    let lived = taken.zip(instance.running_at.get()).map(|(at, from)| at.since(from));
    cluster.setup().spot.free_first_hour && lived.is_some_and(|lived| lived < HOUR)
}

/// The price over time, exactly.
fn spot(instance: &Instance, from: SimTime, billed: SimDuration, cluster: &Cluster<'_>) -> u128 {
    let setup = &cluster.setup().spot;
    let candidate = cluster.candidate_of(instance);
    let pool = SpotPoolId::of(candidate.instance_type, instance.zone);
    let price = |at: SimTime| u128::from(cluster.ec2_price(candidate, instance.zone, at).nanos());
    let until = from + billed;
    let changes = setup.prices.get(&pool).map_or(&[] as &[_], Vec::as_slice);
    if changes.len() <= 1 {
        return price(from) * u128::from(billed.as_micros());
    }
    let (mut at, mut exact) = (from, 0);
    while at < until {
        let next = match setup.price_changes {
            PriceChanges::InstanceHour => at + HOUR,
            PriceChanges::Second => {
                let later = changes.partition_point(|(since, _)| *since <= at);
                changes.get(later).map_or(until, |(since, _)| *since)
            }
        };
        let next = next.min(until);
        exact += price(at) * u128::from(next.since(at).as_micros());
        at = next;
    }
    exact
}
