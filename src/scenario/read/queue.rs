//! `[[queue]]`: messages that the tasks of a service work on.

use crate::random::Distribution;

use super::super::demand::Queue;
use super::super::parameters::demand::{CONCURRENCY, INITIAL_MESSAGES, VISIBILITY_TIMEOUT};
use super::super::reader::TableCursor;
use super::distribution;
use super::names::{Name, Names, required_name};
use super::rate::{self, Unit};
use super::task_protection;

/// Messages a second.
const UNIT: Unit = Unit("messages_per_second");

/// Most messages that are there at the start.
const MOST_INITIAL: u32 = 100_000_000;

/// A queue and its name.
pub(super) fn read(cursor: &TableCursor<'_>, services: &Names) -> (Queue, Name) {
    let name = required_name(cursor, "name", "name = \"jobs\"");
    let service = cursor
        .required("service", "service = \"worker\"")
        .and_then(|field| services.resolve(&field));
    let initial_messages = cursor
        .parameter("initial_messages", INITIAL_MESSAGES, |field| field.whole(0, MOST_INITIAL));
    let arrivals = rate::read(cursor, UNIT);
    // Messages that are there at the start are enough for a queue.
    if initial_messages == 0 {
        rate::missing(cursor, UNIT);
    }
    let processing_time = cursor
        .required("processing_time", "processing_time = \"100ms\"")
        .and_then(|field| distribution::read(&field));
    let queue = Queue {
        name: name.text.clone().unwrap_or_default(),
        service: service.unwrap_or(0),
        initial_messages,
        arrivals,
        processing_time: processing_time.unwrap_or(Distribution::ZERO),
        concurrency: cursor.parameter("concurrency", CONCURRENCY, |field| field.whole(1, 10_000)),
        visibility_timeout: cursor
            .parameter("visibility_timeout", VISIBILITY_TIMEOUT, |field| field.duration()),
        acceptable_latency: cursor.field("acceptable_latency").and_then(|field| field.duration()),
        task_protection: task_protection::while_working(cursor),
    };
    cursor.finish();
    (queue, name)
}
