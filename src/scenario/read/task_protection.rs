//! `task_protection` of a service and of a queue: tasks that protect themselves from scale-in.

use crate::units::SimDuration;

use super::super::deployment::TaskProtection;
use super::super::parameters::zone_rebalancing::TASK_PROTECTION;
use super::super::reader::TableCursor;

/// Seconds of a protection (documented: ECS API, `UpdateTaskProtection`: 1 to 2,880 minutes).
const EXPIRES_IN: (u64, u64) = (60, 2_880 * 60);

/// The protection, where a service's tasks call for it.
pub(super) fn read(service: &TableCursor<'_>) -> Option<TaskProtection> {
    let cursor = service.field("task_protection")?.table()?;
    let d = TASK_PROTECTION;
    let protection = TaskProtection {
        from: cursor.parameter("from", d.from, |field| field.duration()),
        expires_in: expires_in(&cursor, d.expires_in),
    };
    cursor.finish_with(advice);
    Some(protection)
}

/// The protection of a task while it works on a message, where a queue's tasks call for it.
pub(super) fn while_working(queue: &TableCursor<'_>) -> Option<SimDuration> {
    let cursor = queue.field("task_protection")?.table()?;
    let expires_in = expires_in(&cursor, TASK_PROTECTION.expires_in);
    cursor.finish_with(advice);
    Some(expires_in)
}

fn expires_in(cursor: &TableCursor<'_>, default: SimDuration) -> SimDuration {
    cursor.parameter("expires_in", default, |field| {
        field.duration_between(EXPIRES_IN).map(whole_minutes)
    })
}

/// The API takes whole minutes: what is begun counts.
fn whole_minutes(duration: SimDuration) -> SimDuration {
    let minute = SimDuration::from_secs(60);
    minute.saturating_mul(duration.as_micros().div_ceil(minute.as_micros()))
}

/// What to say of the keys of the API.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "expires_in_minutes" => Some("write it as a duration: `expires_in = \"60m\"`"),
        "protection_enabled" => Some("the table itself turns it on: leave the key out"),
        _ => None,
    }
}
