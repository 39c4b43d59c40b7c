//! `[[update_service]]`: a service's desired count changes.

use crate::units::SimDuration;

use super::super::reader::TableCursor;
use super::super::spec::ServiceUpdate;
use super::names::Names;
use super::service;

/// A call of UpdateService.
pub(super) fn read(cursor: &TableCursor<'_>, services: &Names) -> ServiceUpdate {
    let service =
        cursor.required("service", "service = \"web\"").and_then(|field| services.resolve(&field));
    let at = cursor.required("at", "at = \"10m\"").and_then(|field| field.duration());
    let desired = cursor
        .required("desired_count", "desired_count = 60")
        .and_then(|field| service::desired(&field));
    cursor.finish();
    ServiceUpdate {
        service: service.unwrap_or(0),
        at: at.unwrap_or(SimDuration::ZERO),
        desired_count: desired.unwrap_or(0),
    }
}
