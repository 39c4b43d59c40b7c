//! A question asked with flags, as the scenario text that it stands for: it is read by the same road as
//! a file, so the answer is the same.

use std::fmt::Write as _;
use std::str::FromStr;

use crate::catalog::known_regions;
use crate::io::Source;
use crate::scenario::{NetworkMode, TaskDefinition};

use super::args::{CapacityArg, PlaceArgs, QuoteArgs, RequirementArgs};
use super::failure::Failure;

/// The name under which the scenario that flags stand for is told of.
pub(super) const OF_FLAGS: &str = "the scenario of these flags";

/// `2..4`, `2..`, `..4`, or `4` for exactly that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Between {
    min: String,
    max: Option<String>,
}

impl FromStr for Between {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "expected a range such as 2..4, 2.., ..4 or 4";
        let number = |text: &str| match text.trim().parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Ok((text.trim().to_owned(), value)),
            Ok(_) | Err(_) => Err(format!("\"{text}\" is not a number: {form}")),
        };
        let (min, max) = match text.split_once("..") {
            None => (number(text)?, Some(number(text)?)),
            Some(("", "")) => return Err(form.to_owned()),
            Some(("", max)) => (("0".to_owned(), 0.0), Some(number(max)?)),
            Some((min, "")) => (number(min)?, None),
            Some((min, max)) => (number(min)?, Some(number(max.trim_start_matches('='))?)),
        };
        if max.as_ref().is_some_and(|max| min.1 > max.1) {
            return Err(format!("its minimum is above its maximum: {form}"));
        }
        Ok(Self { min: min.0, max: max.map(|(text, _)| text) })
    }
}

impl Between {
    fn toml(&self) -> String {
        match &self.max {
            Some(max) => format!("{{ min = {}, max = {max} }}", self.min),
            None => format!("{{ min = {} }}", self.min),
        }
    }
}

/// A TOML string.
fn text(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| text(value)).collect();
    format!("[{}]", values.join(", "))
}

/// A size as it was typed: a number of units, or words.
fn size(typed: &str) -> String {
    let typed = typed.trim();
    if typed.parse::<u32>().is_ok() { typed.to_owned() } else { text(typed) }
}

/// Lines of a TOML table.
#[derive(Debug, Default)]
struct Lines(String);

impl Lines {
    fn put(&mut self, key: &str, value: impl AsRef<str>) {
        let _ = writeln!(self.0, "{key} = {}", value.as_ref());
    }

    fn maybe(&mut self, key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    fn many(&mut self, key: &str, values: &[String]) {
        if !values.is_empty() {
            self.put(key, list(values));
        }
    }

    fn range(&mut self, key: &str, range: Option<&Between>) {
        self.maybe(key, range.map(Between::toml));
    }

    fn truth(&mut self, key: &str, value: bool) {
        if value {
            self.put(key, "true");
        }
    }
}

/// The lines of `instance_requirements`; `None` if nothing is required.
fn requirements(args: &RequirementArgs) -> Option<String> {
    let mut lines = Lines::default();
    let word = |word: &Option<String>| word.as_deref().map(text);
    let percent = |percent: Option<u32>| percent.map(|percent| percent.to_string());
    lines.many("cpu_manufacturers", &args.cpu_manufacturers);
    lines.range("memory_gib_per_vcpu", args.memory_gib_per_vcpu.as_ref());
    lines.many("allowed_instance_types", &args.allowed_instance_types);
    lines.many("excluded_instance_types", &args.excluded_instance_types);
    lines.many("instance_generations", &args.instance_generations);
    lines.maybe(
        "on_demand_max_price_percentage_over_lowest_price",
        percent(args.on_demand_max_price_percentage_over_lowest_price),
    );
    lines.maybe(
        "spot_max_price_percentage_over_lowest_price",
        percent(args.spot_max_price_percentage_over_lowest_price),
    );
    lines.maybe(
        "max_spot_price_as_percentage_of_optimal_on_demand_price",
        percent(args.max_spot_price_as_percentage_of_optimal_on_demand_price),
    );
    lines.maybe("bare_metal", word(&args.bare_metal));
    lines.maybe("burstable_performance", word(&args.burstable_performance));
    lines.truth("require_hibernate_support", args.require_hibernate_support);
    lines.range("network_interface_count", args.network_interface_count.as_ref());
    lines.range("network_bandwidth_gbps", args.network_bandwidth_gbps.as_ref());
    lines.range("baseline_ebs_bandwidth_mbps", args.baseline_ebs_bandwidth_mbps.as_ref());
    lines.range("total_local_storage_gb", args.total_local_storage_gb.as_ref());
    lines.maybe("local_storage", word(&args.local_storage));
    lines.many("local_storage_types", &args.local_storage_types);
    lines.many("accelerator_types", &args.accelerator_types);
    lines.range("accelerator_count", args.accelerator_count.as_ref());
    lines.many("accelerator_manufacturers", &args.accelerator_manufacturers);
    lines.many("accelerator_names", &args.accelerator_names);
    lines.range("accelerator_total_memory_mib", args.accelerator_total_memory_mib.as_ref());
    lines.truth("require_encryption_in_transit", args.require_encryption_in_transit);
    lines.many("baseline_performance_families", &args.baseline_performance_families);
    let (vcpu, memory) = (args.vcpu_count.as_ref(), args.memory_mib.as_ref());
    if lines.0.is_empty() && vcpu.is_none() && memory.is_none() {
        return None;
    }
    // Both are required by the API; left out here, they restrict nothing.
    let any = || "{ min = 0 }".to_owned();
    let mut all = Lines::default();
    all.put("vcpu_count", vcpu.map_or_else(any, Between::toml));
    all.put("memory_mib", memory.map_or_else(any, Between::toml));
    Some(all.0 + &lines.0)
}

/// The top of the scenario.
fn top(name: &str, horizon: &str, seed: Option<u64>, place: &PlaceArgs) -> Result<String, Failure> {
    let Some(region) = &place.region else {
        let known = known_regions();
        return Err(Failure::usage(
            "--region is missing: types, prices and zones differ between Regions",
            format!("for example --region eu-west-1; known: {}", known.join(", ")),
        ));
    };
    let mut lines = Lines::default();
    lines.put("schema", "1");
    lines.put("name", text(name));
    lines.put("region", text(region));
    lines.maybe("price_stand_in", place.price_stand_in.as_deref().map(text));
    lines.put("horizon", text(horizon));
    lines.maybe("seed", seed.map(|seed| seed.to_string()));
    lines.many("availability_zones", &place.zones);
    Ok(lines.0)
}

const PROVIDER: &str = "ec2-managed";

fn provider(settings: &str, requirements: Option<&str>) -> String {
    let mut text = format!(
        "\n[[capacity_provider]]\nname = \"{PROVIDER}\"\n\
         [capacity_provider.managed_instances_provider]\n{settings}"
    );
    if let Some(lines) = requirements {
        text.push_str("[capacity_provider.managed_instances_provider.instance_requirements]\n");
        text.push_str(lines);
    }
    text
}

/// The scenario that `quote`'s flags stand for; `definition` is that of `--task-definition`.
pub(super) fn quote(
    args: &QuoteArgs,
    definition: Option<&TaskDefinition>,
) -> Result<Source, Failure> {
    let mut scenario = top("quote", &args.horizon, args.answer.change.seed, &args.place)?;
    let provider = match args.capacity {
        CapacityArg::ManagedInstances => {
            scenario.push_str(&managed_instances(args));
            PROVIDER
        }
        CapacityArg::Fargate => "FARGATE",
        CapacityArg::FargateSpot => "FARGATE_SPOT",
    };
    if args.capacity != CapacityArg::ManagedInstances {
        of_instances_alone(args)?;
    }
    let family = text(definition.map_or("web", |definition| &definition.family));
    let _ =
        write!(scenario, "\n[[task_definition]]\nfamily = {family}\n{}", task(args, definition));
    let _ = write!(
        scenario,
        "\n[[service]]\nname = {family}\ntask_definition = {family}\ndesired_count = {}\n\
         capacity_provider_strategy = [{{ capacity_provider = \"{provider}\", weight = 100 }}]\n",
        args.tasks
    );
    Ok(Source { name: OF_FLAGS.to_owned(), text: scenario })
}

/// The capacity provider of ECS Managed Instances.
fn managed_instances(args: &QuoteArgs) -> String {
    let mut settings = Lines::default();
    if args.no_trunking {
        settings.put("trunking", "false");
    }
    settings.maybe("selection_policy", args.selection_policy.as_deref().map(text));
    provider(&settings.0, requirements(&args.requirements).as_deref())
}

/// Flags that speak of instances say nothing on Fargate.
fn of_instances_alone(args: &QuoteArgs) -> Result<(), Failure> {
    let flag = if requirements(&args.requirements).is_some() {
        "a requirement of instances"
    } else if args.no_trunking {
        "--no-trunking"
    } else if args.selection_policy.is_some() {
        "--selection-policy"
    } else {
        return Ok(());
    };
    Err(Failure::usage(
        format!("{flag} has no meaning on Fargate: it has no instances to choose from"),
        "leave it out, or leave out --capacity",
    ))
}

/// The lines of the task definition: the flags, else the file.
fn task(args: &QuoteArgs, definition: Option<&TaskDefinition>) -> String {
    let mut lines = Lines::default();
    let typed = |flag: &Option<String>| flag.as_deref().map(size);
    lines.maybe("cpu", typed(&args.cpu).or(definition.map(|of| of.cpu.to_string())));
    lines.maybe("memory", typed(&args.memory).or(definition.map(|of| of.memory.to_string())));
    let gpus = args.gpus.or(definition.map(|of| of.gpus)).filter(|gpus| *gpus > 0);
    lines.maybe("gpus", gpus.map(|gpus| gpus.to_string()));
    if definition.is_some_and(|of| of.network_mode == NetworkMode::Host) {
        lines.put("network_mode", "\"host\"");
    }
    let stated = definition.and_then(|of| of.cpu_architecture);
    let architecture = args.cpu_architecture.as_deref().map(str::to_uppercase);
    let architecture =
        architecture.or(stated.map(|of| crate::run::architecture_name(of).to_owned()));
    lines.maybe(
        "runtime_platform",
        architecture.map(|name| format!("{{ cpu_architecture = {} }}", text(&name))),
    );
    lines.maybe("image", image(args, definition));
    lines.maybe("stop_timeout", definition.map(|of| text(&of.stop_timeout.to_string())));
    lines.0
}

fn image(args: &QuoteArgs, definition: Option<&TaskDefinition>) -> Option<String> {
    let image = definition.map(|of| &of.image);
    let size = args.image_size_mb.or(image.and_then(|image| image.size_mb));
    if image.is_none() && size.is_none() {
        return None;
    }
    let mut parts = vec![format!("name = {}", text(image.map_or("web", |image| &image.name)))];
    parts.extend(size.map(|size| format!("size_mb = {size}")));
    if image.is_some_and(|image| image.by_digest) {
        parts.push("by_digest = true".to_owned());
    }
    Some(format!("{{ {} }}", parts.join(", ")))
}

/// A scenario whose capacity provider has `pick`'s requirements; its task is of no matter.
pub(super) fn pick(place: &PlaceArgs, args: &RequirementArgs) -> Result<Source, Failure> {
    let scenario = top("pick", "1s", None, place)?
        + &provider("", requirements(args).as_deref())
        + "\n[[task_definition]]\nfamily = \"any\"\ncpu = 256\nmemory = 512\n"
        + "\n[[service]]\nname = \"any\"\ntask_definition = \"any\"\ndesired_count = 1\n";
    Ok(Source { name: OF_FLAGS.to_owned(), text: scenario })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_in_each_of_its_forms() {
        let toml = |text: &str| text.parse::<Between>().map(|range| range.toml());
        assert_eq!(toml("2..4").unwrap(), "{ min = 2, max = 4 }");
        assert_eq!(toml("2..").unwrap(), "{ min = 2 }");
        assert_eq!(toml("..4").unwrap(), "{ min = 0, max = 4 }");
        assert_eq!(toml("4").unwrap(), "{ min = 4, max = 4 }");
        assert_eq!(toml("0.5..1.5").unwrap(), "{ min = 0.5, max = 1.5 }");
        for wrong in ["..", "4..2", "x..4", "-1..2", "nan..", ""] {
            assert!(toml(wrong).is_err(), "{wrong}");
        }
    }
}
