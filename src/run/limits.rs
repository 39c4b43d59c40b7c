//! Limits of the account, the network and ECS: what a run needs of each, and what they refused.

use crate::catalog::PurchaseOption;
use crate::model::{ProviderSetup, WaitPart};
use crate::observe::Observers;
use crate::scenario::LaunchType;
use crate::scenario::parameters::quotas::{self, VcpuQuota};
use crate::units::{CPU_UNITS_PER_VCPU, ProviderId, SimTime};

use super::answer::LimitRow;
use super::assemble::World;
use super::service_scaling::ScalingRow;
use super::spot;

/// The vCPUs that Fargate tasks need of each quota.
fn fargate_quotas<'w>(world: &'w World<'_, '_>) -> impl Iterator<Item = LimitRow> + 'w {
    let settings = &world.scenario.fargate;
    let providers = (0..world.prepared.setup.providers.len()).map(ProviderId::from_index);
    providers.filter_map(move |id| {
        let ProviderSetup::Fargate(own) = world.prepared.setup.provider(id) else { return None };
        let peak = world.cluster.fargate_peak_cpu(id).filter(|peak| *peak > 0)?;
        let (quota, of) = match own.purchase_option {
            PurchaseOption::OnDemand => (quotas::FARGATE_ON_DEMAND, settings.vcpu_quota),
            PurchaseOption::Spot => (quotas::FARGATE_SPOT, settings.spot_vcpu_quota),
        };
        let needed = peak as f64 / f64::from(CPU_UNITS_PER_VCPU);
        let refused = f64::from(world.cluster.fargate_held_by_quota(id));
        let limit = quota.limit.to_owned();
        Some(LimitRow { limit, needed, of: of.map(f64::from), refused, told_only: false })
    })
}

/// A row for each limit that the run may meet.
pub(super) fn rows(
    world: &World<'_, '_>,
    observers: &Observers,
    scaling: &[ScalingRow],
) -> Vec<LimitRow> {
    let scenario = world.scenario;
    let mut rows = vec![LimitRow {
        limit: quotas::EC2_ON_DEMAND.limit.to_owned(),
        needed: world.cluster.peak_vcpus() as f64,
        of: scenario.on_demand_vcpu_quota.map(f64::from),
        refused: world.cluster.refused_by_quota(PurchaseOption::OnDemand) as f64,
        told_only: false,
    }];
    rows.extend(fargate_quotas(world));
    if spot::is_bought(&world.prepared.setup) {
        rows.push(LimitRow {
            limit: quotas::EC2_SPOT.limit.to_owned(),
            needed: world.cluster.peak_spot_vcpus() as f64,
            of: scenario.spot.vcpu_quota.map(f64::from),
            refused: world.cluster.refused_by_quota(PurchaseOption::Spot) as f64,
            told_only: false,
        });
    }
    rows.extend(world.cluster.class_quotas().map(|of| LimitRow {
        limit: VcpuQuota::of_ec2(of.option).limit_of(of.class),
        needed: of.peak as f64,
        of: Some(f64::from(of.quota)),
        refused: of.refused as f64,
        told_only: false,
    }));
    for (zone, peak) in observers.fleet.peak_addresses() {
        let refused = world.cluster.addresses_refused(zone);
        let zone = &world.prepared.setup.zones[zone.index()];
        let subnets = scenario.subnets.iter().filter(|subnet| subnet.availability_zone == *zone);
        let counts: Vec<u64> =
            subnets.map(|subnet| u64::from(subnet.available_ip_address_count)).collect();
        rows.push(LimitRow {
            limit: format!("subnet addresses in {zone}"),
            needed: f64::from(peak),
            of: (!counts.is_empty()).then(|| counts.iter().sum::<u64>() as f64),
            refused: f64::from(refused.tasks) + f64::from(refused.instances),
            told_only: false,
        });
    }
    let rate = &observers.metrics.waits[WaitPart::LaunchRate as usize];
    let bound = scenario.services.iter().filter(|service| {
        rate.sum_micros() > 0 && service.desired_count > service.launch_rate_per_minute
    });
    rows.extend(bound.map(|service| LimitRow {
        limit: format!("launch rate per minute of service {}", service.name),
        needed: f64::from(service.desired_count),
        of: Some(f64::from(service.launch_rate_per_minute)),
        refused: 0.0,
        told_only: false,
    }));
    rows.extend(provisioning(world));
    rows.extend(beyond(world, observers, scaling));
    rows
}

/// The quota of tasks in PROVISIONING, where it refused some, or holds services back at the horizon.
fn provisioning(world: &World<'_, '_>) -> Option<LimitRow> {
    let cluster = world.cluster;
    let of = f64::from(world.scenario.provisioning_tasks_quota);
    let providers = (0..world.prepared.setup.providers.len()).map(ProviderId::from_index);
    let groups = providers.filter_map(|id| cluster.scaling_group(id));
    let waiting = groups.map(|group| f64::from(group.waiting)).sum::<f64>();
    let horizon = SimTime::ZERO + world.scenario.horizon;
    let held = cluster
        .groups()
        .iter()
        .filter(|group| waiting >= of && group.not_created_waits_for(horizon) == WaitPart::Scaling);
    let held = held.map(|group| f64::from(group.not_created())).sum::<f64>();
    let refused = cluster.refused_in_provisioning() as f64 + held;
    let limit = "tasks in PROVISIONING (quota)".to_owned();
    let row = LimitRow { limit, needed: of + held, of: Some(of), refused, told_only: false };
    (refused > 0.0).then_some(row)
}

/// Quotas of ECS that hold nothing back here, where the run goes beyond them.
fn beyond(world: &World<'_, '_>, observers: &Observers, scaling: &[ScalingRow]) -> Vec<LimitRow> {
    let scenario = world.scenario;
    let row = |limit: String, needed: f64, of: u32| {
        let of = f64::from(of);
        let refused = needed - of;
        (refused > 0.0).then_some(LimitRow {
            limit,
            needed,
            of: Some(of),
            refused,
            told_only: true,
        })
    };
    let services = scenario.services.iter().enumerate().filter_map(|(position, service)| {
        let updates = scenario.service_updates.iter().filter(|update| update.service == position);
        let counts = updates.filter_map(|update| update.desired_count).map(f64::from);
        let counts = counts.chain(
            scaling.iter().filter_map(|row| (row.name == service.name).then_some(row.max_desired)),
        );
        let most = counts.fold(f64::from(service.desired_count), f64::max);
        let limit = format!("tasks of service {} (quota)", service.name);
        row(limit, most, scenario.tasks_per_service_quota)
    });
    let registered = observers.fleet.peak_running() + unused_external_instances(world);
    let instances = row(
        "container instances of the cluster (quota)".to_owned(),
        f64::from(registered),
        scenario.container_instances_per_cluster_quota,
    );
    services.chain(instances).collect()
}

/// External instances that no task may go to: registered all the same, though nothing simulates them.
fn unused_external_instances(world: &World<'_, '_>) -> u32 {
    let is_external = |provider: &ProviderSetup| {
        matches!(provider,
        ProviderSetup::LaunchType(own) if own.launch_type == LaunchType::External)
    };
    let used = world.prepared.setup.providers.iter().any(is_external);
    let all = world.scenario.external_instances.iter().map(|own| own.count).sum();
    if used { 0 } else { all }
}
