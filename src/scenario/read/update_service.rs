//! `[[update_service]]`: a service's desired count changes, or what its tasks are.

use crate::io::Code;
use crate::units::SimDuration;

use super::super::reader::TableCursor;
use super::super::report::Finding;
use super::super::spec::ServiceUpdate;
use super::names::Names;
use super::service;

/// A call of UpdateService.
pub(super) fn read(
    cursor: &TableCursor<'_>,
    services: &Names,
    definitions: &Names,
) -> ServiceUpdate {
    let service =
        cursor.required("service", "service = \"web\"").and_then(|field| services.resolve(&field));
    let at = cursor.required("at", "at = \"10m\"").and_then(|field| field.duration());
    let desired = cursor.field("desired_count");
    let definition = cursor.field("task_definition");
    let force = cursor.field("force_new_deployment");
    let stated = [&desired, &definition, &force].into_iter().any(Option::is_some);
    if !stated {
        let message = format!("`{}` changes nothing", cursor.path.shown());
        cursor.report(Finding::new(Code::MissingKey, cursor.span, message).help(
            "add what changes: `desired_count = 60`, `task_definition = \"web-2\"` or \
             `force_new_deployment = true`",
        ));
    }
    cursor.finish();
    ServiceUpdate {
        service: service.unwrap_or(0),
        at: at.unwrap_or(SimDuration::ZERO),
        desired_count: desired.and_then(|field| service::desired(&field)),
        task_definition: definition.and_then(|field| definitions.resolve(&field)),
        force_new_deployment: force.and_then(|field| field.boolean()).unwrap_or(false),
    }
}
