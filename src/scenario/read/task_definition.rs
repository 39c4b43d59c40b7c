//! `[[task_definition]]`: what a task reserves and how it starts and stops.

use crate::catalog::CpuArchitecture;
use crate::io::Code;
use crate::random::Distribution;
use crate::units::{CpuUnits, Mib};

use super::super::document::Value;
use super::super::field::Field;
use super::super::parameters::{EPHEMERAL_STORAGE_GIB, STOP_TIMEOUT};
use super::super::reader::TableCursor;
use super::super::sizes::{LEAST_CPU, LEAST_MEMORY, SizeError, parse_cpu, parse_memory};
use super::super::spec::{Image, NetworkMode, OperatingSystem, TaskDefinition};
use super::deployment;
use super::distribution;
use super::failure;
use super::names::{Name, required_name};
use super::placement::{self, Owner};
use super::port_mapping;

/// More GPUs than an instance has.
const GPU_LIMIT: u32 = 64;

/// Greatest use of CPU, percent of what is reserved: a task may use more while its host has it.
const UTILIZATION_LIMIT: u32 = 10_000;

/// Largest image, MB.
const IMAGE_LIMIT_MB: u32 = 1_000_000;

/// Processor architectures by name.
pub(in super::super) const ARCHITECTURES: [(&str, CpuArchitecture); 2] =
    [("X86_64", CpuArchitecture::X86_64), ("ARM64", CpuArchitecture::Arm64)];

/// Network modes by name. Not every kind of capacity offers each.
pub(in super::super) const NETWORK_MODES: [(&str, NetworkMode); 4] = [
    ("awsvpc", NetworkMode::Awsvpc),
    ("bridge", NetworkMode::Bridge),
    ("host", NetworkMode::Host),
    ("none", NetworkMode::None),
];

/// The word for a network mode.
pub(super) fn mode_word(mode: NetworkMode) -> &'static str {
    NETWORK_MODES.iter().find(|(_, known)| *known == mode).map_or("awsvpc", |(word, _)| word)
}
/// Operating systems by name (documented: ECS API, RuntimePlatform).
pub(in super::super) const OPERATING_SYSTEMS: [(&str, OperatingSystem); 6] = [
    ("LINUX", OperatingSystem::Linux),
    ("WINDOWS_SERVER_2019_FULL", OperatingSystem::Windows),
    ("WINDOWS_SERVER_2019_CORE", OperatingSystem::Windows),
    ("WINDOWS_SERVER_2022_FULL", OperatingSystem::Windows),
    ("WINDOWS_SERVER_2022_CORE", OperatingSystem::Windows),
    ("WINDOWS_SERVER_2025_CORE", OperatingSystem::Windows),
];

/// A task definition and its family.
pub(super) fn read(cursor: &TableCursor<'_>) -> (TaskDefinition, Name) {
    let family = required_name(cursor, "family", "family = \"web\"");
    let cpu = cursor.required("cpu", "cpu = 512").and_then(|field| cpu(&field));
    let memory = cursor.required("memory", "memory = 1024").and_then(|field| memory(&field));
    let platform = cursor.table_or_empty("runtime_platform");
    let network_mode =
        cursor.parameter("network_mode", NetworkMode::Awsvpc, |field| field.word(&NETWORK_MODES));
    let definition = TaskDefinition {
        family: family.text.clone().unwrap_or_default(),
        cpu: cpu.unwrap_or(LEAST_CPU),
        memory: memory.unwrap_or(LEAST_MEMORY),
        gpus: cursor.parameter("gpus", 0, |field| field.whole(0, GPU_LIMIT)),
        network_mode,
        port_mappings: port_mapping::read(cursor, network_mode),
        placement_constraints: placement::constraints(cursor, Owner::Definition),
        cpu_architecture: platform
            .field("cpu_architecture")
            .and_then(|field| field.word(&ARCHITECTURES)),
        operating_system: operating_system(&platform),
        ephemeral_storage_gib: cursor.parameter(
            "ephemeral_storage_gib",
            EPHEMERAL_STORAGE_GIB,
            ephemeral_storage,
        ),
        image: cursor
            .field("image")
            .and_then(|field| image(&field))
            .unwrap_or_else(|| unstated_image(&family)),
        stop_timeout: cursor.parameter("stop_timeout", STOP_TIMEOUT, |field| field.duration()),
        exit_after_stop_signal: cursor.parameter(
            "exit_after_stop_signal",
            Distribution::ZERO,
            distribution::read,
        ),
        ready_after: cursor.parameter("ready_after", Distribution::ZERO, distribution::read),
        cpu_utilization_percent: cursor.parameter("cpu_utilization_percent", None, |field| {
            field.whole(0, UTILIZATION_LIMIT).map(Some)
        }),
        health_check: deployment::health_check(cursor),
        unhealthy_after: cursor
            .parameter("unhealthy_after", None, |field| field.duration().map(Some)),
        failure: failure::of_definition(cursor),
    };
    platform.finish();
    cursor.finish_with(advice);
    (definition, family)
}

/// An image of unknown size, one for each family.
fn unstated_image(family: &Name) -> Image {
    let name = family.text.clone().unwrap_or_default();
    Image { name, size_mb: None, by_digest: false }
}

/// CPU units.
pub(super) fn cpu(field: &Field<'_>) -> Option<CpuUnits> {
    let help =
        "write a number of CPU units (1024 are one vCPU), or a string in \"vCPU\": \"0.5 vCPU\"";
    size(field, parse_cpu, help)
}

/// Memory, MiB.
pub(super) fn memory(field: &Field<'_>) -> Option<Mib> {
    let forms = "a number of MiB, or a string in \"GB\" (\"1 GB\" is 1024 MiB) or in \"MiB\"";
    let help = match field.node.value.as_text().and_then(megabytes) {
        Some(number) => {
            format!("for {number} MiB write `{number}` or \"{number} MiB\": it is {forms}")
        }
        None => format!("write {forms}"),
    };
    size(field, parse_memory, &help)
}

/// The number of `256 MB`, a unit that sizes of ECS do not have.
fn megabytes(text: &str) -> Option<&str> {
    let number = text.trim().strip_suffix(['B', 'b'])?.strip_suffix(['M', 'm'])?.trim_end();
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(number)
}

fn size(field: &Field<'_>, parse: fn(&str) -> Result<u32, SizeError>, help: &str) -> Option<u32> {
    let value = &field.node.value;
    let integer = value.as_integer().map(|number| number.to_string());
    let Some(text) = value.as_text().or(integer.as_deref()) else {
        field.wrong_type("an integer or a string", Some(help));
        return None;
    };
    parse(text)
        .map_err(|error| {
            let code = match error {
                SizeError::OutOfRange(..) => Code::OutOfRange,
                SizeError::NotAnAmount(_) | SizeError::NotWhole(_) => Code::BadSize,
            };
            field.wrong(field.finding(code, &error.to_string()).help(help));
        })
        .ok()
}

fn operating_system(platform: &TableCursor<'_>) -> OperatingSystem {
    let field = platform.field("operating_system_family");
    field.and_then(|field| field.word(&OPERATING_SYSTEMS)).unwrap_or(OperatingSystem::Linux)
}

/// Documented: 21 to 200 GiB may be asked for; 20 are there anyway.
fn ephemeral_storage(field: &Field<'_>) -> Option<u32> {
    field.whole(EPHEMERAL_STORAGE_GIB, 200)
}

fn image(field: &Field<'_>) -> Option<Image> {
    if matches!(field.node.value, Value::Text(_)) {
        let name = field.name()?;
        return Some(Image { name: name.to_owned(), size_mb: None, by_digest: is_digest(name) });
    }
    if !matches!(field.node.value, Value::Table(_)) {
        let help = "for example \"nginx:1.27\" or { name = \"nginx:1.27\", size_mb = 70 }";
        field.wrong_type("a string or a table", Some(help));
        return None;
    }
    let cursor = field.table()?;
    let name = cursor.required("name", "name = \"nginx:1.27\"").and_then(|field| field.name());
    let size_mb = cursor.field("size_mb").and_then(|field| field.whole(0, IMAGE_LIMIT_MB));
    let by_digest = cursor.field("by_digest").and_then(|field| field.boolean());
    cursor.finish();
    let name = name?;
    let by_digest = by_digest.unwrap_or_else(|| is_digest(name));
    Some(Image { name: name.to_owned(), size_mb, by_digest })
}

/// Whether an image's name fixes its content.
pub(in super::super) fn is_digest(name: &str) -> bool {
    name.contains("@sha256:")
}

/// What to say of keys that Terraform and the API have and scenarios do not.
fn advice(key: &str) -> Option<&'static str> {
    match key {
        "requires_compatibilities" => {
            Some("where a task runs is said by its service or RunTask call: leave it out")
        }
        "cpu_architecture" => {
            Some("write it within its table: `runtime_platform = { cpu_architecture = \"ARM64\" }`")
        }
        "operating_system_family" => Some(
            "write it within its table: `runtime_platform = { operating_system_family = \"LINUX\" }`",
        ),
        "execution_role_arn" | "task_role_arn" | "tags" | "track_latest" | "skip_destroy" => {
            Some("nothing in a simulation depends on it: leave it out")
        }
        _ => None,
    }
}
