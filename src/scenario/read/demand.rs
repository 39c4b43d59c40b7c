//! `[[demand]]`: requests to a service.

use crate::units::SimDuration;

use super::super::demand::{Demand, RateShape, Request};
use super::super::parameters::demand::TIMEOUT;
use super::super::reader::TableCursor;
use super::names::{Name, Names, required_name};
use super::rate::{self, Unit};

/// Requests a second.
const UNIT: Unit = Unit("requests_per_second");

/// Most memory that a request may take, MiB.
const MOST_MEMORY: u32 = 1 << 20;

/// A demand and its name.
pub(super) fn read(cursor: &TableCursor<'_>, services: &Names) -> (Demand, Name) {
    let name = required_name(cursor, "name", "name = \"visitors\"");
    let service =
        cursor.required("service", "service = \"web\"").and_then(|field| services.resolve(&field));
    let shape = rate::read(cursor, UNIT);
    rate::missing(cursor, UNIT);
    let demand = Demand {
        name: name.text.clone().unwrap_or_default(),
        service: service.unwrap_or(0),
        shape: shape.unwrap_or(RateShape::Constant(0.0)),
        request: request(cursor),
    };
    cursor.finish();
    (demand, name)
}

fn request(cursor: &TableCursor<'_>) -> Request {
    let cpu_time = cursor
        .required("cpu_time", "cpu_time = \"50ms\"")
        .and_then(|field| field.duration())
        .unwrap_or(SimDuration::ZERO);
    let concurrency = cursor.field("concurrency").and_then(|field| field.whole(1, 1_000_000));
    let latency = cursor.field("latency").and_then(|field| field.positive_duration());
    Request {
        cpu_time,
        latency: latency.unwrap_or(cpu_time),
        concurrency,
        timeout: cursor.parameter("timeout", TIMEOUT, |field| field.duration()),
        idle_memory: cursor.field("idle_memory_mib").and_then(|field| field.whole(0, MOST_MEMORY)),
        memory: cursor
            .field("memory_per_request_mib")
            .and_then(|field| field.whole(0, MOST_MEMORY))
            .unwrap_or(0),
        target_utilization: cursor
            .field("target_utilization_percent")
            .and_then(|field| field.number(1.0, 100.0)),
    }
}
