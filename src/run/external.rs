//! External instances as types of their own.

use crate::catalog::PurchaseOption;
use crate::model::{Candidate, LaunchTypeSetup};
use crate::scenario::{ExternalInstance, LaunchType, Scenario};
use crate::units::{CPU_UNITS_PER_VCPU, InstanceTypeId, Resources, UsdPerHour};

/// Machines of a kind that no catalogue has.
pub(super) const NO_TYPE: InstanceTypeId = InstanceTypeId(u32::MAX);

/// A launch type, with the machines that are its own.
pub(super) fn resolve(scenario: &Scenario, launch_type: LaunchType) -> LaunchTypeSetup {
    let machines: &[ExternalInstance] = match launch_type {
        LaunchType::Ec2 => &[],
        LaunchType::External => &scenario.external_instances,
    };
    LaunchTypeSetup {
        launch_type,
        machines: machines.iter().map(|own| (own.attributes.clone(), own.count)).collect(),
        candidates: machines.iter().map(candidate).collect(),
    }
}

/// Documented: external instances have no task network interfaces. No source for the fee of ECS Anywhere
/// was found: it is not in the bill, which says so.
fn candidate(own: &ExternalInstance) -> Candidate {
    let holds = Resources { cpu: own.cpu, memory: own.memory, eni_slots: 0, gpus: own.gpus };
    Candidate {
        instance_type: NO_TYPE,
        name: own.name.clone(),
        purchase_option: PurchaseOption::OnDemand,
        reserved: false,
        architecture: own.cpu_architecture,
        registered: holds,
        planned: holds,
        ec2_price: UsdPerHour::ZERO,
        fee_price: UsdPerHour::ZERO,
        volume_price: UsdPerHour::ZERO,
        billed_price: UsdPerHour::ZERO,
        burst: None,
        generation: 0,
        instance_store: false,
        vcpus: own.cpu / CPU_UNITS_PER_VCPU,
        memory: own.memory,
        zones: u64::MAX,
    }
}
