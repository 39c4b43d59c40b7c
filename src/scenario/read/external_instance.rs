//! `[[external_instance]]`: machines outside AWS.

use crate::catalog::CpuArchitecture;

use super::super::launch_type::ExternalInstance;
use super::super::reader::TableCursor;
use super::attributes;
use super::names::{Name, required_name};
use super::task_definition::{ARCHITECTURES, cpu, memory};

/// More machines than a cluster may hold.
const COUNT_LIMIT: u32 = 100_000;

/// More GPUs than a machine has.
const GPU_LIMIT: u32 = 64;

/// Machines and their name.
pub(super) fn read(cursor: &TableCursor<'_>) -> (ExternalInstance, Name) {
    let name = required_name(cursor, "name", "name = \"rack\"");
    let size = cursor.required("cpu", "cpu = \"8 vCPU\"").and_then(|field| cpu(&field));
    let held = cursor.required("memory", "memory = \"16 GB\"").and_then(|field| memory(&field));
    let architecture = cursor.field("cpu_architecture");
    let machines = ExternalInstance {
        name: name.text.clone().unwrap_or_default(),
        count: cursor.field("count").and_then(|field| field.whole(0, COUNT_LIMIT)).unwrap_or(1),
        cpu: size.unwrap_or(1),
        memory: held.unwrap_or(1),
        gpus: cursor.field("gpus").and_then(|field| field.whole(0, GPU_LIMIT)).unwrap_or(0),
        cpu_architecture: architecture
            .and_then(|field| field.word(&ARCHITECTURES))
            .unwrap_or(CpuArchitecture::X86_64),
        attributes: cursor
            .field("attributes")
            .and_then(|field| attributes::read(&field))
            .unwrap_or_default(),
    };
    cursor.finish();
    (machines, name)
}
