//! The bill. Sources: EC2 and ECS Managed Instances bill per second from running to terminated, at
//! least 60 s (documented); the management fee and the volume go with the instance. A capacity
//! reservation is charged at the on-demand price whether it is used or not (documented).

use std::collections::BTreeMap;

use crate::model::{
    Cluster, Effect, Event, Instance, InstanceStatus, ProviderSetup, Stamp, TaskRef,
    ec2_charge_kind, fargate_charge_kind,
};
use crate::scenario::ChargeKind;
use crate::units::{
    CPU_UNITS_PER_VCPU, InstanceId, ProviderId, SimDuration, SimTime, Usd, UsdPerHour,
};

use super::fargate::FargateUse;

use super::charge::{Charge, billed_seconds, ec2_charge};

/// What a line of the bill is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LedgerItem {
    /// EC2's price.
    Instance,
    /// What is reserved and not used.
    UnusedReservation,
    /// The management fee.
    Fee,
    /// The data volume.
    Volume,
    /// Surplus CPU credits of burstable types.
    CpuCredits,
    /// vCPUs of Fargate tasks.
    FargateVcpu,
    /// Memory of Fargate tasks.
    FargateMemory,
    /// Ephemeral storage of Fargate tasks above what is free.
    FargateStorage,
    /// Windows licences of Fargate tasks.
    FargateLicence,
}

/// A line: one kind of charge for one kind of instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// Whose.
    pub capacity_provider: ProviderId,
    /// Position of the type among the provider's candidates, or of the size among its sizes.
    pub candidate: u32,
    /// For what.
    pub item: LedgerItem,
    /// Instance or task time billed.
    pub billed: SimDuration,
    /// How much, rounded once; after what a discount takes off.
    pub amount: Usd,
    /// What a discount takes off the list price, rounded once.
    pub taken_off: Usd,
}

/// What one kind of instance has run up.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    /// With a volume.
    seconds: u64,
    /// EC2's charge.
    ec2: Charge,
    /// vCPU time above the baseline, in CPU units x microseconds.
    surplus: u128,
}

/// The bill of a run.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    accounts: BTreeMap<(ProviderId, u32), Account>,
    /// CPU units in use on a burstable instance, since when, and what it used so far.
    usage: BTreeMap<InstanceId, Usage>,
    lines: Vec<LedgerLine>,
    credits: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    cpu: u64,
    since: SimTime,
    used: u128,
}

impl Usage {
    fn advance(&mut self, now: SimTime) {
        self.used += u128::from(self.cpu) * u128::from(now.since(self.since).as_micros());
        self.since = now;
    }
}

impl LedgerLine {
    /// The kind of charge, for discounts; `None` for what none lowers.
    #[must_use]
    pub fn charge_kind(&self, cluster: &Cluster<'_>) -> Option<ChargeKind> {
        let provider = cluster.setup().provider(self.capacity_provider);
        let candidate = || provider.candidates().get(self.candidate as usize);
        match (self.item, provider) {
            (LedgerItem::Instance, _) => candidate().map(|of| ec2_charge_kind(of.purchase_option)),
            (LedgerItem::UnusedReservation, _) => Some(ChargeKind::Ec2OnDemand),
            (LedgerItem::Fee, _) => Some(ChargeKind::ManagedInstancesFee),
            (LedgerItem::Volume, _) => Some(ChargeKind::Ebs),
            (LedgerItem::FargateVcpu | LedgerItem::FargateMemory, ProviderSetup::Fargate(own)) => {
                Some(fargate_charge_kind(own.purchase_option))
            }
            _ => None,
        }
    }

    /// The instance type; empty for Fargate.
    #[must_use]
    pub fn instance_type<'a>(&self, cluster: &Cluster<'a>) -> &'a str {
        let candidates = cluster.setup().provider(self.capacity_provider).candidates();
        candidates.get(self.candidate as usize).map_or("", |candidate| &candidate.name)
    }

    /// Takes its discount off.
    fn discount(&mut self, cluster: &Cluster<'_>) {
        let Some(kind) = self.charge_kind(cluster) else { return };
        let ppm = cluster.setup().discounts.ppm(kind, self.instance_type(cluster));
        self.taken_off = self.amount.parts_per_million(ppm);
        self.amount = self.amount - self.taken_off;
    }
}

impl Ledger {
    #[inline]
    pub(super) fn event(&mut self, now: SimTime, event: Event, cluster: &Cluster<'_>) {
        match event {
            Event::TaskStarted(task) if self.bills_credits(cluster) => {
                self.uses_cpu(now, task, cluster, true);
            }
            Event::ContainersExited(task) | Event::ExecutionStopped(task)
                if self.bills_credits(cluster) =>
            {
                self.uses_cpu(now, task, cluster, false);
            }
            _ => {}
        }
    }

    #[inline]
    pub(super) fn effect(&mut self, now: SimTime, effect: Effect, cluster: &Cluster<'_>) {
        if let Effect::InstanceTerminated(id) = effect {
            // EC2 may have ended it before ECS learned of it.
            let ended = cluster.instance(id).terminated_at.get();
            self.close(ended.unwrap_or(now), id, cluster);
        }
    }

    /// Whether any task definition states its CPU use.
    fn bills_credits(&mut self, cluster: &Cluster<'_>) -> bool {
        *self.credits.get_or_insert_with(|| states_cpu_use(cluster))
    }

    /// A task on a burstable instance starts or ends using CPU, if the scenario says how much.
    fn uses_cpu(&mut self, now: SimTime, task: TaskRef, cluster: &Cluster<'_>, starts: bool) {
        let found = cluster.task(task);
        let stamps = cluster.stamps(task);
        let stamp = if starts { stamps.started_at } else { stamps.execution_stopped_at };
        let group = cluster.setup().group(found.group);
        let Some(cpu) = cluster.setup().definition(group.definition).cpu_used else { return };
        let Some(id) = found.instance() else { return };
        let burst = cluster.candidate_of(cluster.instance(id)).burst;
        // A stale event changes nothing.
        if burst.is_none() || stamp != Stamp::at(now) || found.epoch != task.epoch {
            return;
        }
        let usage = self.usage.entry(id).or_default();
        usage.advance(now);
        if starts {
            usage.cpu += u64::from(cpu);
        } else {
            usage.cpu = usage.cpu.saturating_sub(u64::from(cpu));
        }
    }

    fn close(&mut self, until: SimTime, id: InstanceId, cluster: &Cluster<'_>) {
        let instance = cluster.instance(id);
        let Some(since) = instance.has_volume_since() else { return };
        if cluster.is_external(instance) {
            return;
        }
        let ran = instance.running_at.get().map_or(SimDuration::ZERO, |from| until.since(from));
        let surplus = self.surplus(until, ran, instance, cluster);
        let charge = ec2_charge(instance, until, cluster);
        let key = (instance.capacity_provider, instance.candidate);
        let account = self.accounts.entry(key).or_default();
        account.seconds += billed_seconds(until.since(since));
        account.ec2.seconds += charge.seconds;
        account.ec2.exact += charge.exact;
        account.surplus += surplus;
    }

    /// CPU used above the baseline over an instance's life. Documented: in unlimited mode, the default
    /// of T3, T3a and T4g, average use above the baseline is charged. Assumed: the average is taken over
    /// the life; launch credits are left out.
    fn surplus(
        &mut self,
        until: SimTime,
        time: SimDuration,
        instance: &Instance,
        cluster: &Cluster<'_>,
    ) -> u128 {
        let Some(burst) = cluster.candidate_of(instance).burst else { return 0 };
        let Some(mut usage) = self.usage.remove(&instance.id()) else { return 0 };
        usage.advance(until);
        let earned =
            u128::from(burst.baseline_micro_cpu) * u128::from(time.as_micros()) / 1_000_000;
        usage.used.saturating_sub(earned)
    }

    /// The lines for Fargate: a price for each part of a size.
    fn bill_fargate(&mut self, fargate: &FargateUse, cluster: &Cluster<'_>) {
        for (provider, position, count) in fargate.counts() {
            let ProviderSetup::Fargate(own) = cluster.setup().provider(provider) else { continue };
            let size = &own.sizes[position as usize];
            let billed = SimDuration::from_secs(count.seconds);
            let parts = [
                (LedgerItem::FargateVcpu, size.vcpu_price),
                (LedgerItem::FargateMemory, size.memory_price),
                (LedgerItem::FargateStorage, size.storage_price),
                (LedgerItem::FargateLicence, size.licence_price),
            ];
            let due = parts.into_iter().filter(|(_, price)| *price > UsdPerHour::ZERO);
            self.lines.extend(due.map(|(item, price)| LedgerLine {
                capacity_provider: provider,
                candidate: position,
                item,
                billed,
                amount: price.cost_of(billed),
                taken_off: Usd::ZERO,
            }));
        }
    }

    pub(super) fn finish(&mut self, horizon: SimTime, cluster: &Cluster<'_>, fargate: &FargateUse) {
        for instance in cluster.instances() {
            if instance.status != InstanceStatus::Inactive {
                let until = instance.terminated_at.get().unwrap_or(horizon);
                self.close(until, instance.id(), cluster);
            }
        }
        for ((provider, position), account) in &self.accounts {
            let candidate = &cluster.setup().provider(*provider).candidates()[*position as usize];
            let billed = SimDuration::from_secs(account.seconds);
            let mut line = |item, billed, amount| {
                self.lines.push(LedgerLine {
                    capacity_provider: *provider,
                    candidate: *position,
                    item,
                    billed,
                    amount,
                    taken_off: Usd::ZERO,
                });
            };
            let charged = SimDuration::from_secs(account.ec2.seconds);
            line(LedgerItem::Instance, charged, Usd::from_exact(account.ec2.exact));
            if matches!(cluster.setup().provider(*provider), ProviderSetup::ManagedInstances(_)) {
                line(LedgerItem::Fee, billed, candidate.fee_price.cost_of(billed));
            }
            line(LedgerItem::Volume, billed, candidate.volume_price.cost_of(billed));
            let surplus_price = candidate.burst.and_then(|burst| burst.surplus_price);
            if let Some(price) = surplus_price.filter(|_| account.surplus > 0) {
                let vcpu_micros = account.surplus / u128::from(CPU_UNITS_PER_VCPU);
                let time = SimDuration::from_micros(u64::try_from(vcpu_micros).unwrap_or(u64::MAX));
                line(LedgerItem::CpuCredits, billed, price.cost_of(time));
            }
        }
        self.bill_fargate(fargate, cluster);
        self.lines.extend(unused_reservations(horizon, cluster));
        self.lines.iter_mut().for_each(|line| line.discount(cluster));
    }

    /// The lines, after the run.
    #[must_use]
    pub fn lines(&self) -> &[LedgerLine] {
        &self.lines
    }

    /// The sum of the lines, exactly.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.lines.iter().map(|line| line.amount).sum()
    }
}

/// The time of all reserved instances in which none ran, a line for each type, with the first provider
/// that could have used it.
fn unused_reservations(horizon: SimTime, cluster: &Cluster<'_>) -> Vec<LedgerLine> {
    let whole = u128::from(horizon.as_micros());
    let mut unused: BTreeMap<_, u128> = BTreeMap::new();
    for ((instance_type, _), count) in &cluster.setup().reservations {
        *unused.entry(*instance_type).or_default() += u128::from(*count) * whole;
    }
    for instance in cluster.instances() {
        let candidate = cluster.candidate_of(instance);
        if let Some(left) = unused.get_mut(&candidate.instance_type).filter(|_| candidate.reserved)
        {
            let until = instance.terminated_at.get().unwrap_or(horizon);
            let ran = instance.running_at.get().map_or(0, |from| until.since(from).as_micros());
            *left -= u128::from(ran);
        }
    }
    let mut lines = Vec::new();
    for (index, provider) in cluster.setup().providers.iter().enumerate() {
        for (position, candidate) in provider.candidates().iter().enumerate() {
            if !candidate.reserved {
                continue;
            }
            let Some(left) = unused.remove(&candidate.instance_type).filter(|left| *left > 0)
            else {
                continue;
            };
            lines.push(LedgerLine {
                capacity_provider: ProviderId::from_index(index),
                candidate: u32::try_from(position).unwrap_or(u32::MAX),
                item: LedgerItem::UnusedReservation,
                billed: SimDuration::from_micros(u64::try_from(left).unwrap_or(u64::MAX)),
                amount: Usd::from_exact(u128::from(candidate.ec2_price.nanos()) * left),
                taken_off: Usd::ZERO,
            });
        }
    }
    lines
}

#[cold]
fn states_cpu_use(cluster: &Cluster<'_>) -> bool {
    cluster.setup().definitions.iter().any(|definition| definition.cpu_used.is_some())
}
