//! `[[spot_pool]]`: what is known of the Spot pools of a type.

use super::super::reader::TableCursor;
use super::super::spot::SpotPool;
use super::names::Name;
use super::spot::{PRESETS, laws};

/// A pool, and what tells it from others.
pub(super) fn read(cursor: &TableCursor<'_>) -> (SpotPool, Name) {
    let field = cursor.required("instance_type", "instance_type = \"c6g.large\"");
    let span = field.as_ref().map_or(cursor.span, |field| field.node.span);
    let instance_type = field.and_then(|field| field.name()).map(str::to_owned);
    let zone = cursor.field("availability_zone").and_then(|field| field.name()).map(str::to_owned);
    let preset = cursor.field("preset").and_then(|field| field.word(&PRESETS));
    let laws = laws(cursor);
    cursor.finish();
    let place = zone.as_deref().map_or(String::new(), |zone| format!(" in {zone}"));
    let text = instance_type.as_ref().map(|instance_type| format!("{instance_type}{place}"));
    let pool = SpotPool {
        instance_type: instance_type.unwrap_or_default(),
        availability_zone: zone,
        preset,
        laws,
    };
    (pool, Name { text, span })
}
