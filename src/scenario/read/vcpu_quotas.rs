//! EC2's quotas of vCPUs by class of instance families.

use crate::catalog::{PurchaseOption, VcpuClass, VcpuQuotas};

use super::super::reader::TableCursor;

/// The quotas that are stated.
pub(super) fn read(cursor: &TableCursor<'_>, option: PurchaseOption) -> VcpuQuotas {
    let quotas = VcpuClass::ALL.map(|class| {
        let field = class.has_quota(option).then(|| cursor.field(class.key())).flatten();
        field.and_then(|field| field.whole(0, u32::MAX))
    });
    cursor.finish();
    quotas
}
