//! The bill agrees with a recomputation from the instances' own stamps; its lines sum to its total.

use std::collections::BTreeMap;

use crate::catalog::PurchaseOption;
use crate::model::{Cluster, Instance, ProviderSetup};
use crate::scenario::{ChargeKind, PriceChanges};
use crate::units::{ProviderId, SimDuration, SimTime, SpotPoolId, Usd, UsdPerHour};

use super::Check;
use crate::observe::ledger::{Ledger, LedgerItem, LedgerLine};

/// What one kind of instance must have run up.
#[derive(Default)]
struct Expected {
    seconds: u64,
    ec2_seconds: u64,
    exact: u128,
}

const SECOND: u64 = 1_000_000;
const HOUR: u64 = 3_600 * SECOND;

pub(super) fn check(horizon: SimTime, cluster: &Cluster<'_>, ledger: &Ledger) -> Check {
    let mut expected: BTreeMap<(ProviderId, u32), Expected> = BTreeMap::new();
    for instance in cluster.instances() {
        let (warmed, runs) = (instance.warmed_from.get(), instance.running_at.get());
        let Some(from) = warmed.or(runs).filter(|_| !cluster.is_external(instance)) else {
            continue;
        };
        let until = instance.terminated_at.get().unwrap_or(horizon);
        let billed = |time: SimDuration| time.as_micros().div_ceil(SECOND).max(60);
        let entry = expected.entry((instance.capacity_provider, instance.candidate)).or_default();
        entry.seconds += billed(until.since(from));
        // One that was stopped in a warm pool ran before: since it was launched, or not in this run.
        let before = warmed.zip(instance.stopped_at.get()).filter(|(from, to)| from != to);
        for (from, to) in before.into_iter().chain(runs.map(|from| (from, until))) {
            if !is_free(instance, from, cluster) {
                let seconds = billed(to.since(from));
                entry.ec2_seconds += seconds;
                entry.exact += exact_price(instance, from, seconds * SECOND, cluster);
            }
        }
    }
    let mut total = Usd::ZERO;
    for line in ledger.lines() {
        total += line.amount;
        holds!(line.amount >= Usd::ZERO, "a negative line: {line:?}");
        discount(line, cluster)?;
        check_line(line, &mut expected, cluster)?;
    }
    holds!(expected.is_empty(), "unbilled instances: {:?}", expected.keys());
    holds!(total == ledger.total(), "lines sum to {total}, the total is {}", ledger.total());
    reservations(horizon, cluster, ledger)
}

/// A line before its discount.
fn at_list(line: &LedgerLine) -> Usd {
    line.amount + line.taken_off
}

/// What is taken off is the stated share of the list price, to half a nano-dollar; nothing is taken off
/// what no agreement covers.
fn discount(line: &LedgerLine, cluster: &Cluster<'_>) -> Check {
    let candidates = cluster.setup().provider(line.capacity_provider).candidates();
    let spot = match cluster.setup().provider(line.capacity_provider) {
        ProviderSetup::Fargate(own) => own.purchase_option,
        _ => candidates[line.candidate as usize].purchase_option,
    } == PurchaseOption::Spot;
    let kind = match line.item {
        LedgerItem::Instance if spot => ChargeKind::Ec2Spot,
        LedgerItem::Instance | LedgerItem::UnusedReservation => ChargeKind::Ec2OnDemand,
        LedgerItem::FargateVcpu | LedgerItem::FargateMemory if spot => ChargeKind::FargateSpot,
        LedgerItem::FargateVcpu | LedgerItem::FargateMemory => ChargeKind::Fargate,
        LedgerItem::Fee => ChargeKind::ManagedInstancesFee,
        LedgerItem::Volume => ChargeKind::Ebs,
        LedgerItem::CpuCredits | LedgerItem::FargateStorage | LedgerItem::FargateLicence => {
            holds!(line.taken_off == Usd::ZERO, "a discount on {:?}", line.item);
            return Ok(());
        }
    };
    let ppm = stated_ppm(line, kind, cluster);
    let due = i128::from(at_list(line).nanos()) * ppm;
    let apart = i128::from(line.taken_off.nanos()) * 1_000_000 - due;
    holds!(apart.abs() <= 500_000, "{} off {line:?}, not {due} millionths", line.taken_off);
    Ok(())
}

/// The percentage that the scenario states for a line: that of its instance family, or else the one
/// that names none.
fn stated_ppm(line: &LedgerLine, kind: ChargeKind, cluster: &Cluster<'_>) -> i128 {
    let candidates = cluster.setup().provider(line.capacity_provider).candidates();
    let name = candidates.get(line.candidate as usize).map_or("", |candidate| &candidate.name);
    let family = name.split('.').next().unwrap_or_default();
    let all = || cluster.setup().discounts.all().iter().filter(|one| one.applies_to == kind);
    let named = all().find(|one| one.instance_families.iter().any(|of| of == family));
    let found = named.or_else(|| all().find(|one| one.instance_families.is_empty()));
    found.map_or(0, |discount| i128::from(discount.ppm))
}

fn check_line(
    line: &LedgerLine,
    expected: &mut BTreeMap<(ProviderId, u32), Expected>,
    cluster: &Cluster<'_>,
) -> Check {
    let key = (line.capacity_provider, line.candidate);
    // Fargate has no candidates: its lines are checked against the tasks' stamps.
    let Some(candidate) = cluster.setup().provider(key.0).candidates().get(key.1 as usize) else {
        return Ok(());
    };
    let billed = line.billed.as_micros() / SECOND;
    let (seconds, price) = match line.item {
        LedgerItem::Instance => {
            let Some(found) = expected.get(&key) else {
                return Err(format!("a bill for {}, which never ran", candidate.name));
            };
            let amount = Usd::from_exact(found.exact);
            holds!(
                at_list(line) == amount,
                "{} is billed {}, not {amount}",
                candidate.name,
                at_list(line)
            );
            holds!(found.ec2_seconds == billed, "billed {billed} s, not {}", found.ec2_seconds);
            return Ok(());
        }
        LedgerItem::Fee => (expected.get(&key).map(|of| of.seconds), candidate.fee_price),
        LedgerItem::Volume => {
            // The last line of each kind.
            (expected.remove(&key).map(|of| of.seconds), candidate.volume_price)
        }
        LedgerItem::UnusedReservation
        | LedgerItem::CpuCredits
        | LedgerItem::FargateVcpu
        | LedgerItem::FargateMemory
        | LedgerItem::FargateStorage
        | LedgerItem::FargateLicence => return Ok(()),
    };
    holds!(seconds == Some(billed), "billed {billed} s, instances ran {seconds:?} s");
    let amount = price.cost_of(line.billed);
    holds!(at_list(line) == amount, "{:?} of {} is not {amount}", line.item, candidate.name);
    Ok(())
}

/// Documented: EC2 takes nothing for a Spot instance that it takes back within the first hour.
fn is_free(instance: &Instance, from: SimTime, cluster: &Cluster<'_>) -> bool {
    let spot = &cluster.setup().spot;
    let (Some(notice), Some(end)) = (instance.notice_at.get(), instance.terminated_at.get()) else {
        return false;
    };
    spot.free_first_hour && end.since(notice) >= spot.notice && end.since(from).as_micros() < HOUR
}

/// EC2's price over so many microseconds, by cutting them wherever the price could change.
fn exact_price(instance: &Instance, from: SimTime, micros: u64, cluster: &Cluster<'_>) -> u128 {
    let candidate = cluster.candidate_of(instance);
    let whole = |price: UsdPerHour| u128::from(price.nanos()) * u128::from(micros);
    if candidate.purchase_option == PurchaseOption::OnDemand {
        return whole(candidate.ec2_price);
    }
    let spot = &cluster.setup().spot;
    let pool = SpotPoolId::of(candidate.instance_type, instance.zone);
    let Some(prices) = spot.prices.get(&pool) else { return whole(candidate.ec2_price) };
    let price_at = |at: u64| {
        let begun = prices.iter().take_while(|(since, _)| since.as_micros() <= at);
        begun.last().or(prices.first()).map_or(0, |(_, price)| u128::from(price.nanos()))
    };
    let (start, end) = (from.as_micros(), from.as_micros() + micros);
    let mut cuts: Vec<u64> = (start..end).step_by(HOUR as usize).collect();
    cuts.extend(prices.iter().map(|(at, _)| at.as_micros()).filter(|at| (start..end).contains(at)));
    cuts.push(end);
    cuts.sort_unstable();
    let pieces = cuts.windows(2).map(|piece| {
        let at = match spot.price_changes {
            PriceChanges::Second => piece[0],
            PriceChanges::InstanceHour => piece[0] - (piece[0] - start) % HOUR,
        };
        price_at(at) * u128::from(piece[1] - piece[0])
    });
    pieces.sum()
}

/// Never more instances than reserved; used and unused time together is what is reserved.
fn reservations(horizon: SimTime, cluster: &Cluster<'_>, ledger: &Ledger) -> Check {
    let mut unused = BTreeMap::new();
    for ((of, zone), count) in &cluster.setup().reservations {
        let mut changes: Vec<(u64, i64)> = Vec::new();
        for instance in cluster.instances() {
            let candidate = cluster.candidate_of(instance);
            let here =
                candidate.reserved && candidate.instance_type == *of && instance.zone == *zone;
            let Some(from) = instance.running_at.get().filter(|_| here) else { continue };
            changes.push((from.as_micros(), 1));
            let until = instance.terminated_at.get().unwrap_or(horizon);
            changes.push((until.as_micros(), -1));
        }
        // At one instant what ends makes room for what begins.
        changes.sort_unstable();
        changes.push((horizon.as_micros(), 0));
        let (mut running, mut last) = (0, 0);
        for (at, change) in changes {
            *unused.entry(*of).or_insert(0) +=
                u128::from(at - last) * u128::from((i64::from(*count) - running).unsigned_abs());
            last = at;
            running += change;
            holds!(running <= i64::from(*count), "{running} instances in a reservation of {count}");
        }
    }
    for line in ledger.lines().iter().filter(|line| line.item == LedgerItem::UnusedReservation) {
        let provider = cluster.setup().provider(line.capacity_provider);
        let candidate = &provider.candidates()[line.candidate as usize];
        let left = unused.remove(&candidate.instance_type).unwrap_or(0);
        let amount = Usd::from_exact(left * u128::from(candidate.ec2_price.nanos()));
        holds!(
            at_list(line) == amount,
            "unused {} cost {}, not {amount}",
            candidate.name,
            line.amount
        );
    }
    let unbilled: u128 = unused.values().sum();
    holds!(unbilled == 0, "{unbilled} microseconds of reservations are not billed");
    Ok(())
}
