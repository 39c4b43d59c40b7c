//! EC2's quotas of vCPUs by class of instance families.

use crate::catalog::{PurchaseOption, VcpuClass, VcpuQuotas};

use super::super::reader::TableCursor;

/// The quotas that are stated. Documented (EC2 user guide, using-spot-limits, 2026): on Spot there is
/// none of HPC and High Memory.
pub(super) fn read(cursor: &TableCursor<'_>, option: PurchaseOption) -> VcpuQuotas {
    let on_demand_alone = [VcpuClass::Hpc, VcpuClass::HighMemory];
    let quotas = VcpuClass::ALL.map(|class| {
        if option == PurchaseOption::Spot && on_demand_alone.contains(&class) {
            return None;
        }
        cursor.field(class.key()).and_then(|field| field.whole(0, u32::MAX))
    });
    cursor.finish();
    quotas
}
