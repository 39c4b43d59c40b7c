//! `[[capacity_pool]]`: how much of an instance type EC2 has.

use super::super::reader::TableCursor;
use super::super::spec::CapacityPool;
use super::names::Name;

/// A pool, and what tells it from others.
pub(super) fn read(cursor: &TableCursor<'_>) -> (CapacityPool, Name) {
    let field = cursor.required("instance_type", "instance_type = \"c6g.large\"");
    let span = field.as_ref().map_or(cursor.span, |field| field.node.span);
    let instance_type = field.and_then(|field| field.name()).map(str::to_owned);
    let zone = cursor.field("availability_zone").and_then(|field| field.name()).map(str::to_owned);
    let depth = cursor.required("depth", "depth = 5").and_then(|field| field.whole(0, u32::MAX));
    cursor.finish();
    let place = zone.as_deref().map_or(String::new(), |zone| format!(" in {zone}"));
    let text = instance_type.as_ref().map(|instance_type| format!("{instance_type}{place}"));
    let pool = CapacityPool {
        instance_type: instance_type.unwrap_or_default(),
        availability_zone: zone,
        depth: depth.unwrap_or(0),
    };
    (pool, Name { text, span })
}
