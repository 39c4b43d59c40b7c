//! `[[capacity_reservation]]`: an On-Demand Capacity Reservation.

use super::super::reader::TableCursor;
use super::super::spec::CapacityReservation;
use super::names::Name;

/// A reservation, and what tells it from others.
pub(super) fn read(cursor: &TableCursor<'_>) -> (CapacityReservation, Name) {
    let field = cursor.required("instance_type", "instance_type = \"c6g.large\"");
    let span = field.as_ref().map_or(cursor.span, |field| field.node.span);
    let instance_type = field.and_then(|field| field.name()).map(str::to_owned);
    let zone = cursor
        .required("availability_zone", "availability_zone = \"euw1-az1\"")
        .and_then(|field| field.name())
        .map(str::to_owned);
    let count =
        cursor.required("instance_count", "instance_count = 5").and_then(|f| f.whole(1, u32::MAX));
    cursor.finish();
    let text =
        instance_type.as_ref().zip(zone.as_ref()).map(|(of, zone)| format!("{of} in {zone}"));
    let reservation = CapacityReservation {
        instance_type: instance_type.unwrap_or_default(),
        availability_zone: zone.unwrap_or_default(),
        instance_count: count.unwrap_or(1),
    };
    (reservation, Name { text, span })
}
