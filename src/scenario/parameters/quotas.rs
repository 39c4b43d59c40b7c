//! Quotas of ECS that no run enforces, and what AWS gives a new account of those that have no default.

use crate::catalog::{PurchaseOption, VcpuClass};

use super::{Grade, Parameter, parameter};

/// `tasks_per_service_quota`.
pub const TASKS_PER_SERVICE_QUOTA: u32 = 5_000;
/// `services_per_cluster_quota`.
pub const SERVICES_PER_CLUSTER_QUOTA: u32 = 5_000;
/// `container_instances_per_cluster_quota`.
pub const CONTAINER_INSTANCES_PER_CLUSTER_QUOTA: u32 = 5_000;

const ECS: &str = "ECS service quotas (general reference, ecs-service)";

/// Where they come from.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter("tasks_per_service_quota", "5000", Grade::Documented, ECS, "2026"),
    parameter("services_per_cluster_quota", "5000", Grade::Documented, ECS, "2026"),
    parameter("container_instances_per_cluster_quota", "5000", Grade::Documented, ECS, "2026"),
];

/// A quota of vCPUs: a scenario that does not state it has no such limit, an account always has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VcpuQuota {
    /// Its name among the limits of an answer.
    pub limit: &'static str,
    /// The path that states it.
    pub parameter: &'static str,
    /// What a new account has, vCPUs. Documented; AWS raises it with use, and on request.
    pub new_account: u32,
    /// The instance families that it has them for: each other family has a quota of its own, of which a
    /// new account has none. `None`: for all.
    pub new_account_families: Option<&'static str>,
}

/// Documented: EC2 user guide, ec2-on-demand-instances and using-spot-limits. `on_demand_vcpu_quota` and
/// `spot.vcpu_quota` hold for all families; `on_demand_vcpu_quotas` and `spot.vcpu_quotas` for a class.
const STANDARD: Option<&str> = Some("A, C, D, H, I, M, R, T, Z");

impl VcpuQuota {
    /// EC2's quota of all classes that are bought so.
    #[must_use]
    pub const fn of_ec2(option: PurchaseOption) -> Self {
        match option {
            PurchaseOption::OnDemand => EC2_ON_DEMAND,
            PurchaseOption::Spot => EC2_SPOT,
        }
    }

    /// The name of the quota of a class of this one among the limits of an answer.
    #[must_use]
    pub fn limit_of(&self, class: VcpuClass) -> String {
        let all = self.limit.strip_suffix(QUOTA).unwrap_or(self.limit);
        format!("{all}, {}{QUOTA}", class.name())
    }

    /// The class of this one whose quota is called `limit` there.
    #[must_use]
    pub fn class_of(&self, limit: &str) -> Option<VcpuClass> {
        VcpuClass::ALL.into_iter().find(|class| self.limit_of(*class) == limit)
    }

    /// The path that states the quota of a class.
    #[must_use]
    pub fn parameter_of(&self, class: VcpuClass) -> String {
        format!("{}s.{}", self.parameter, class.key())
    }

    /// What a new account has of a class.
    #[must_use]
    pub const fn new_account_of(&self, class: VcpuClass) -> u32 {
        if matches!(class, VcpuClass::Standard) { self.new_account } else { 0 }
    }
}

/// How the names of quotas end.
const QUOTA: &str = " (quota)";

/// EC2's "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances".
pub const EC2_ON_DEMAND: VcpuQuota = VcpuQuota {
    limit: "ec2 on-demand vCPUs (quota)",
    parameter: "on_demand_vcpu_quota",
    new_account: 5,
    new_account_families: STANDARD,
};
/// EC2's "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests".
pub const EC2_SPOT: VcpuQuota = VcpuQuota {
    limit: "ec2 Spot vCPUs (quota)",
    parameter: "spot.vcpu_quota",
    new_account: 5,
    new_account_families: STANDARD,
};
/// "Fargate On-Demand vCPU resource count" (general reference, ecs-service, 2026).
pub const FARGATE_ON_DEMAND: VcpuQuota = VcpuQuota {
    limit: "fargate on-demand vCPUs (quota)",
    parameter: "fargate.vcpu_quota",
    new_account: 6,
    new_account_families: None,
};
/// "Fargate Spot vCPU resource count" (the same).
pub const FARGATE_SPOT: VcpuQuota = VcpuQuota {
    limit: "fargate spot vCPUs (quota)",
    parameter: "fargate.spot_vcpu_quota",
    new_account: 6,
    new_account_families: None,
};

/// All of them, but for those of classes.
pub const VCPU_QUOTAS: [VcpuQuota; 4] = [EC2_ON_DEMAND, EC2_SPOT, FARGATE_ON_DEMAND, FARGATE_SPOT];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_of_a_class_is_known_by_its_name_and_stated_below_that_of_all() {
        let limit = EC2_SPOT.limit_of(VcpuClass::GAndVt);
        assert_eq!(limit, "ec2 Spot vCPUs, G and VT (quota)");
        assert_eq!(EC2_SPOT.class_of(&limit), Some(VcpuClass::GAndVt));
        assert_eq!(EC2_ON_DEMAND.class_of(&limit), None);
        assert_eq!(EC2_SPOT.class_of(EC2_SPOT.limit), None);
        assert_eq!(EC2_SPOT.parameter_of(VcpuClass::GAndVt), "spot.vcpu_quotas.g_and_vt");
        assert_eq!(EC2_ON_DEMAND.parameter_of(VcpuClass::P), "on_demand_vcpu_quotas.p");
    }
}
