//! Task definitions as the AWS CLI has them: the input of `register-task-definition`, or what
//! `describe-task-definition` prints.

use serde_json::{Map, Value};

use crate::catalog::CpuArchitecture;
use crate::io::{Code, Diagnostic, Place, Source};
use crate::random::Distribution;
use crate::units::{CpuUnits, Mib, SimDuration};

use super::deployment::HealthCheck;
use super::parameters::deployments::CONTAINER_HEALTH_CHECK;
use super::parameters::{EPHEMERAL_STORAGE_GIB, STOP_TIMEOUT};
use super::read::{is_digest, words};
use super::report::shown;
use super::sizes::{LEAST_CPU, LEAST_MEMORY, SizeError, parse_cpu, parse_memory};
use super::spec::{Image, NetworkMode, OperatingSystem, TaskDefinition};

/// Openings of the placeholders of common template languages.
const PLACEHOLDERS: [&str; 3] = ["${", "{{", "<%"];

/// Keys of a task definition that change what happens in reality and nothing here.
const IGNORED: [(&str, &str); 5] = [
    ("ephemeralStorage", "is for Fargate: instances have their data volume"),
    ("inferenceAccelerators", "is not simulated"),
    ("placementConstraints", "is not simulated: any admitted instance may run the task"),
    ("proxyConfiguration", "is not simulated"),
    ("volumes", "is not simulated: mounting takes no time"),
];

/// The task definition in a JSON file, and what was assumed or ignored on the way, as sentences.
///
/// # Errors
/// Everything that keeps it from being one: not JSON, placeholders of a template, missing or wrong
/// values, modes and systems that Managed Instances do not offer.
pub fn task_definition_from_json(
    source: &Source,
) -> Result<(TaskDefinition, Vec<String>), Vec<Diagnostic>> {
    let value: Value = serde_json::from_str(source.text.trim_start_matches('\u{FEFF}'))
        .map_err(|error| vec![not_json(source, &error)])?;
    let mut reader = JsonReader { source, errors: Vec::new(), notes: Vec::new() };
    let definition = reader.definition(&value);
    match definition {
        Some(definition) if reader.errors.is_empty() => Ok((definition, reader.notes)),
        _ => Err(reader.errors),
    }
}

fn not_json(source: &Source, error: &serde_json::Error) -> Diagnostic {
    let text = source.text.as_str();
    if let Some((start, opening)) =
        PLACEHOLDERS.iter().filter_map(|opening| Some((text.find(opening)?, opening))).min()
    {
        return placeholder(Place::new(source, start..start + opening.len(), "not filled in"));
    }
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = line_start + error.column().saturating_sub(1);
    let full = error.to_string();
    let reason = full.split(" at line ").next().unwrap_or_default();
    Diagnostic::new(Code::JsonSyntax, format!("not valid JSON: {}", shown(reason)))
        .at(Place::new(source, at..at + 1, ""))
        .help("expected the JSON of a task definition")
}

/// `ephemeralStorage.sizeInGiB`.
fn ephemeral_storage(object: &Map<String, Value>) -> u32 {
    let size = object.get("ephemeralStorage").and_then(|storage| storage.get("sizeInGiB"));
    let gib = size.and_then(Value::as_u64).and_then(|gib| u32::try_from(gib).ok());
    gib.unwrap_or(EPHEMERAL_STORAGE_GIB)
}

/// The check of the first container that has one: its times are seconds.
fn health_check(containers: &[&Object]) -> Option<HealthCheck> {
    let check =
        containers.iter().find_map(|container| container.get("healthCheck"))?.as_object()?;
    let d = CONTAINER_HEALTH_CHECK;
    let seconds = |key, default| {
        let given = check.get(key).and_then(Value::as_u64);
        given.map_or(default, SimDuration::from_secs)
    };
    let retries = check.get("retries").and_then(Value::as_u64);
    Some(HealthCheck {
        // Without time between checks there would be no end of them.
        interval: seconds("interval", d.interval).max(SimDuration::from_secs(1)),
        unhealthy_threshold: retries
            .and_then(|retries| u32::try_from(retries).ok())
            .map_or(d.unhealthy_threshold, |retries| retries.max(1)),
        start_period: seconds("startPeriod", d.start_period),
        ..d
    })
}

fn placeholder(place: Place) -> Diagnostic {
    Diagnostic::new(Code::JsonPlaceholder, "the file is a template: it has placeholders")
        .at(place)
        .help("fill it in first, or use the output of `aws ecs describe-task-definition`")
}

/// Reads a task definition and collects what is to be said about it.
struct JsonReader<'a> {
    source: &'a Source,
    errors: Vec<Diagnostic>,
    notes: Vec<String>,
}

type Object = Map<String, Value>;

impl JsonReader<'_> {
    fn definition(&mut self, value: &Value) -> Option<TaskDefinition> {
        let object = self.object(value)?;
        let containers = self.containers(object)?;
        let family = match object.get("family").and_then(Value::as_str) {
            Some(family) if !family.trim().is_empty() => family.to_owned(),
            _ => {
                self.notes.push("the file names no family: called \"task\"".to_owned());
                "task".to_owned()
            }
        };
        let cpu = self.cpu(object, &containers);
        let memory = self.memory(object, &containers);
        let network_mode = self.network_mode(object);
        let (cpu_architecture, operating_system) = self.platform(object);
        self.notes_on(object, &containers);
        Some(TaskDefinition {
            family,
            cpu: cpu?,
            memory: memory?,
            gpus: self.gpus(&containers),
            network_mode: network_mode?,
            port_mappings: Vec::new(),
            placement_constraints: Vec::new(),
            cpu_architecture,
            operating_system,
            ephemeral_storage_gib: ephemeral_storage(object),
            image: self.image(&containers),
            stop_timeout: self.stop_timeout(&containers),
            exit_after_stop_signal: Distribution::ZERO,
            ready_after: Distribution::ZERO,
            cpu_utilization_percent: None,
            health_check: health_check(&containers),
            unhealthy_after: None,
            failure: None,
        })
    }

    /// The task definition's own object, out of its wrapper if it has one.
    fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Object> {
        let object = match value.get("taskDefinition") {
            Some(inner @ Value::Object(_)) => inner.as_object(),
            _ => value.as_object(),
        };
        if object.is_none() {
            let help = "expected { \"family\": .., \"containerDefinitions\": [..] }; a list of containers \
                        alone does not say what the task reserves";
            self.wrong(Code::JsonShape, "", "the file is not a task definition", help);
        }
        object
    }

    fn containers<'v>(&mut self, object: &'v Object) -> Option<Vec<&'v Object>> {
        let containers: Option<Vec<_>> = object
            .get("containerDefinitions")
            .and_then(Value::as_array)
            .filter(|containers| !containers.is_empty())
            .and_then(|containers| containers.iter().map(Value::as_object).collect());
        if containers.is_none() {
            let help = "expected the JSON of register-task-definition or describe-task-definition";
            let message = "`containerDefinitions` is not a list of containers";
            self.wrong(Code::JsonShape, "containerDefinitions", message, help);
        }
        containers
    }

    fn wrong(&mut self, code: Code, key: &str, message: &str, help: &str) {
        let quoted = format!("\"{key}\"");
        let start = self.source.text.find(&quoted).filter(|_| !key.is_empty());
        let span = start.map_or(0..0, |start| start..start + quoted.len());
        let place = Place::new(self.source, span, "");
        self.errors.push(Diagnostic::new(code, message).at(place).help(help));
    }

    /// A size of the task: text or number, in the forms of [`parse_cpu`] and [`parse_memory`]. `None`
    /// when it is not stated; `Some(None)` when it is wrong.
    fn task_size(
        &mut self,
        object: &Object,
        key: &str,
        parse: fn(&str) -> Result<u32, SizeError>,
    ) -> Option<Option<u32>> {
        let value = object.get(key).filter(|value| !value.is_null())?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if PLACEHOLDERS.iter().any(|opening| text.contains(opening)) {
            let message = format!("`{key}` is a placeholder of a template: \"{}\"", shown(&text));
            self.wrong(Code::JsonPlaceholder, key, &message, "fill the template in first");
            return Some(None);
        }
        let parsed = parse(&text);
        if let Err(error) = &parsed {
            let message = format!("`{key}`: \"{}\" {error}", shown(&text));
            let help = "CPU is 512 or \"0.5 vCPU\", memory 1024 or \"1 GB\"";
            self.wrong(Code::JsonShape, key, &message, help);
        }
        Some(parsed.ok())
    }

    fn cpu(&mut self, object: &Object, containers: &[&Object]) -> Option<CpuUnits> {
        if let Some(cpu) = self.task_size(object, "cpu", parse_cpu) {
            return cpu;
        }
        let sum = self.sum(containers, &["cpu"]);
        let cpu = u32::try_from(sum).ok()?.max(LEAST_CPU);
        if u64::from(cpu) == sum {
            self.notes
                .push(format!("the task states no cpu: {cpu} units, the sum of its containers"));
        } else {
            self.notes.push(format!(
                "the task states no cpu and its containers reserve {sum} units: counted as {cpu}, the least \
                 of a task"
            ));
        }
        Some(cpu)
    }

    fn memory(&mut self, object: &Object, containers: &[&Object]) -> Option<Mib> {
        if let Some(memory) = self.task_size(object, "memory", parse_memory) {
            return memory;
        }
        let sum = self.sum(containers, &["memoryReservation", "memory"]);
        let memory = u32::try_from(sum).ok().filter(|memory| *memory >= LEAST_MEMORY);
        match memory {
            Some(memory) => self.notes.push(format!(
                "the task states no memory: {memory} MiB, the sum of its containers' memoryReservation, or \
                 memory where there is none"
            )),
            None => self.wrong(
                Code::JsonShape,
                "containerDefinitions",
                "neither the task nor its containers state their memory",
                "add `\"memory\": \"1024\"` to the task, or memory or memoryReservation to each container",
            ),
        }
        memory
    }

    /// The sum over all containers of the first of `keys` that each has.
    fn sum(&mut self, containers: &[&Object], keys: &[&str]) -> u64 {
        let mut sum: u64 = 0;
        for container in containers {
            let Some((key, value)) = keys
                .iter()
                .find_map(|key| Some((*key, container.get(*key).filter(|v| !v.is_null())?)))
            else {
                continue;
            };
            // The API has integers here; describe-tasks repeats them as strings.
            let number =
                value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            match number.filter(|number| *number <= u64::from(u32::MAX)) {
                Some(number) => sum += number,
                None => {
                    let message = format!("a container's `{key}` is not a whole number");
                    self.wrong(
                        Code::JsonShape,
                        key,
                        &message,
                        "containers count in CPU units and MiB",
                    );
                }
            }
        }
        sum
    }

    fn gpus(&mut self, containers: &[&Object]) -> u32 {
        let mut gpus: u32 = 0;
        for requirement in containers
            .iter()
            .filter_map(|container| container.get("resourceRequirements")?.as_array())
            .flatten()
            .filter(|requirement| requirement.get("type").and_then(Value::as_str) == Some("GPU"))
        {
            let value = requirement.get("value");
            let number = value
                .and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()))
                .and_then(|number| u32::try_from(number).ok());
            match number {
                Some(number) => gpus = gpus.saturating_add(number),
                None => self.wrong(
                    Code::JsonShape,
                    "resourceRequirements",
                    "the value of a GPU requirement is not a whole number",
                    "for example { \"type\": \"GPU\", \"value\": \"1\" }",
                ),
            }
        }
        gpus
    }

    fn network_mode(&mut self, object: &Object) -> Option<NetworkMode> {
        let Some(text) = object.get("networkMode").and_then(Value::as_str) else {
            self.notes.push("the file states no networkMode: awsvpc assumed".to_owned());
            return Some(NetworkMode::Awsvpc);
        };
        let known = words::NETWORK_MODES.iter().find(|(word, _)| *word == text);
        let offered = |mode: &NetworkMode| matches!(mode, NetworkMode::Awsvpc | NetworkMode::Host);
        let mode = known.map(|(_, mode)| *mode).filter(offered);
        if mode.is_none() {
            let message = format!("the network mode \"{}\" is not simulated", shown(text));
            let help = "Managed Instances offer awsvpc and host";
            self.wrong(Code::NotSimulated, "networkMode", &message, help);
        }
        mode
    }

    fn platform(&mut self, object: &Object) -> (Option<CpuArchitecture>, OperatingSystem) {
        let platform = object.get("runtimePlatform");
        let text = |key: &str| platform?.get(key)?.as_str();
        let system = text("operatingSystemFamily").unwrap_or("LINUX");
        let known = words::OPERATING_SYSTEMS.iter().find(|(word, _)| *word == system);
        let system = known.map_or(OperatingSystem::Linux, |(_, system)| *system);
        if known.is_none() {
            let named = text("operatingSystemFamily").unwrap_or_default();
            let message = format!("the operating system family {} is unknown", shown(named));
            let names: Vec<&str> = words::OPERATING_SYSTEMS.iter().map(|(word, _)| *word).collect();
            let help = format!("it is one of {}", names.join(", "));
            self.wrong(Code::JsonShape, "operatingSystemFamily", &message, &help);
        }
        let Some(name) = text("cpuArchitecture") else { return (None, system) };
        let known = words::ARCHITECTURES.iter().find(|(word, _)| *word == name);
        if known.is_none() {
            let message = format!("the CPU architecture \"{}\" is unknown", shown(name));
            self.wrong(Code::JsonShape, "cpuArchitecture", &message, "it is X86_64 or ARM64");
        }
        (known.map(|(_, architecture)| *architecture), system)
    }

    fn image(&mut self, containers: &[&Object]) -> Image {
        let names: Vec<&str> = containers
            .iter()
            .filter_map(|container| container.get("image")?.as_str())
            .filter(|name| !name.is_empty())
            .collect();
        self.notes.push(
            "image sizes are not in a task definition: pulls take the time of an unknown size"
                .to_owned(),
        );
        let by_digest = !names.is_empty() && names.iter().all(|name| is_digest(name));
        // One name that no other set of images has, within the length of names.
        let name: String =
            names.join(" + ").chars().filter(|c| !c.is_control()).take(255).collect();
        let name = if name.trim().is_empty() { "unknown".to_owned() } else { name };
        Image { name, size_mb: None, by_digest }
    }

    /// The longest of the containers: the task stops when all have.
    fn stop_timeout(&mut self, containers: &[&Object]) -> SimDuration {
        let longest = containers
            .iter()
            .map(|container| container.get("stopTimeout").and_then(Value::as_u64))
            .map(|seconds| {
                seconds.map_or(STOP_TIMEOUT, |seconds| SimDuration::from_secs(seconds.min(86_400)))
            })
            .max();
        longest.unwrap_or(STOP_TIMEOUT)
    }

    fn notes_on(&mut self, object: &Object, containers: &[&Object]) {
        if containers.len() > 1 {
            self.notes.push(format!(
                "{} containers start and stop as one; `dependsOn` and health checks take no time",
                containers.len()
            ));
        }
        let filled = |key: &str| match object.get(key) {
            None | Some(Value::Null) => false,
            Some(Value::Array(items)) => !items.is_empty(),
            Some(_) => true,
        };
        for (key, reason) in IGNORED {
            if filled(key) {
                self.notes.push(format!("`{key}` {reason}"));
            }
        }
        let compatibilities = object.get("requiresCompatibilities").and_then(Value::as_array);
        if let Some(list) = compatibilities.filter(|list| !list.is_empty())
            && !list.iter().any(|item| item.as_str() == Some("MANAGED_INSTANCES"))
        {
            self.notes.push(
                "`requiresCompatibilities` lacks MANAGED_INSTANCES: add it before running there"
                    .to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(TaskDefinition, Vec<String>), Vec<Diagnostic>> {
        task_definition_from_json(&Source { name: "td.json".to_owned(), text: text.to_owned() })
    }

    #[test]
    fn described_output_with_task_sizes_is_read() {
        let (definition, _) = read(
            r#"{"taskDefinition": {"family": "web", "cpu": ".5 vCPU", "memory": "1 GB",
            "networkMode": "host", "runtimePlatform": {"cpuArchitecture": "ARM64"},
            "containerDefinitions": [{"name": "a", "image": "nginx@sha256:00", "cpu": 10, "stopTimeout": 60}]},
            "tags": []}"#,
        )
        .unwrap();
        assert_eq!((definition.cpu, definition.memory), (512, 1_024));
        assert_eq!(definition.network_mode, NetworkMode::Host);
        assert_eq!(definition.cpu_architecture, Some(CpuArchitecture::Arm64));
        assert!(definition.image.by_digest);
        assert_eq!(definition.stop_timeout, SimDuration::from_secs(60));
    }

    #[test]
    fn sizes_that_only_the_containers_state_are_summed() {
        let (definition, notes) = read(
            r#"{"family": "web", "containerDefinitions": [
            {"image": "app", "cpu": 256, "memory": 512, "memoryReservation": 300,
             "resourceRequirements": [{"type": "GPU", "value": "2"}]},
            {"image": "sidecar", "cpu": 64, "memory": 128}]}"#,
        )
        .unwrap();
        assert_eq!((definition.cpu, definition.memory, definition.gpus), (320, 428, 2));
        assert_eq!(definition.image.name, "app + sidecar");
        assert!(notes.iter().any(|note| note.contains("networkMode")), "{notes:?}");
    }

    #[test]
    fn environment_values_may_look_like_placeholders() {
        let text = r#"{"family": "a", "memory": "512", "cpu": "256", "containerDefinitions": [
            {"image": "x", "command": ["sh", "-c", "echo ${HOME}"]}]}"#;
        assert!(read(text).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_with_its_code() {
        let codes = |text: &str| read(text).unwrap_err().iter().map(|d| d.code).collect::<Vec<_>>();
        assert_eq!(codes("{"), [Code::JsonSyntax]);
        assert_eq!(codes("[]"), [Code::JsonShape]);
        assert_eq!(codes("{\"cpu\": ${CPU}}"), [Code::JsonPlaceholder]);
        assert_eq!(
            codes(r#"{"cpu": "${CPU}", "networkMode": "bridge", "containerDefinitions": [{}]}"#),
            [Code::JsonPlaceholder, Code::JsonShape, Code::NotSimulated]
        );
        assert_eq!(
            codes(
                r#"{"cpu": "1", "memory": 64, "containerDefinitions": [{}],
                "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}"#
            ),
            [Code::JsonShape]
        );
        assert_eq!(
            codes(
                r#"{"cpu": "256", "memory": "512", "containerDefinitions": [{}],
                "runtimePlatform": {"operatingSystemFamily": "BEOS"}}"#
            ),
            [Code::JsonShape]
        );
    }
}
