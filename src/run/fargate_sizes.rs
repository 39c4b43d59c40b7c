//! Task definitions as Fargate sizes: valid pairs, platforms, prices.

use crate::catalog::{
    Catalog, CpuArchitecture, FargatePlatform, FargatePrice, FargateSize, PurchaseOption,
};
use crate::model::{FargateOffering, FargateSetup};
use crate::scenario::{
    NetworkMode, OperatingSystem, ProviderKind, Scenario, StrategyItem, TaskDefinition,
};
use crate::units::{CPU_UNITS_PER_VCPU, SimDuration, UsdPerHour};

use super::prepare::Unfit;

/// Longest stop timeout (documented: ECS API, ContainerDefinition.stopTimeout).
const STOP_TIMEOUT: SimDuration = SimDuration::from_secs(120);

/// Storage that costs nothing, GiB.
const FREE_STORAGE: u32 = crate::scenario::parameters::EPHEMERAL_STORAGE_GIB;

const MIB_PER_GB: u32 = 1_024;

/// FARGATE or FARGATE_SPOT with the sizes that the scenario's tasks have there.
pub(super) fn resolve(
    scenario: &Scenario,
    catalog: &Catalog,
    position: usize,
    option: PurchaseOption,
    unfit: &mut Vec<Unfit>,
) -> FargateSetup {
    let mut sizes: Vec<FargateOffering> = Vec::new();
    let used = used_definitions(scenario, position);
    let size_of = scenario
        .task_definitions
        .iter()
        .zip(used)
        .map(|(definition, used)| {
            let offering = used.then(|| offering(definition, catalog, option, unfit))??;
            let known = sizes.iter().position(|size| *size == offering);
            let position = known.unwrap_or_else(|| {
                sizes.push(offering);
                sizes.len() - 1
            });
            u32::try_from(position).ok()
        })
        .collect();
    let settings = &scenario.fargate;
    let (quota, interrupted) = match option {
        PurchaseOption::OnDemand => (settings.vcpu_quota, false),
        PurchaseOption::Spot => {
            (settings.spot_vcpu_quota, settings.spot_mean_time_to_interruption.is_some())
        }
    };
    FargateSetup {
        purchase_option: option,
        sizes,
        size_of,
        launch_burst: settings.launch_burst,
        launch_refill_per_second: settings.launch_refill_per_second,
        cpu_quota: quota.map(|vcpus| u64::from(vcpus) * u64::from(CPU_UNITS_PER_VCPU)),
        unavailable_ppm: settings.unavailable_ppm,
        capacity_retry: settings.capacity_retry,
        is_interrupted: interrupted,
    }
}

/// What task definitions ask for that nothing but Fargate has here, on other capacity.
pub(super) fn only_on_fargate(scenario: &Scenario, unfit: &mut Vec<Unfit>) {
    let mut told = std::collections::BTreeSet::new();
    let revisions = scenario.revisions();
    let services = revisions.iter().map(|of| (&of.service.strategy, of.task_definition));
    let run_tasks = scenario.run_tasks.iter().map(|of| (&of.strategy, of.task_definition));
    for (strategy, definition) in services.chain(run_tasks) {
        let elsewhere = strategy.iter().any(|item| {
            let provider = scenario.capacity_providers.get(item.capacity_provider);
            provider.is_some_and(|of| !matches!(of.kind, ProviderKind::Fargate(_)))
        });
        if !elsewhere || !told.insert(definition) {
            continue;
        }
        let of = &scenario.task_definitions[definition];
        let mut wrong = |message: &str, help: &str| {
            unfit.push(Unfit {
                path: format!("task_definition.{}", of.family),
                message: message.to_owned(),
                help: help.to_owned(),
            });
        };
        if of.operating_system == OperatingSystem::Windows {
            wrong(
                "Windows is simulated on Fargate alone",
                "Managed Instances run Linux; Windows container instances are not simulated yet",
            );
        }
        if of.ephemeral_storage_gib > FREE_STORAGE {
            wrong(
                "ephemeral_storage_gib is a setting of Fargate",
                "on instances tasks share the volume: leave it out",
            );
        }
    }
}

/// Which task definitions some strategy sends to the provider at `position`.
fn used_definitions(scenario: &Scenario, position: usize) -> Vec<bool> {
    let mut used = vec![false; scenario.task_definitions.len()];
    let goes =
        |strategy: &[StrategyItem]| strategy.iter().any(|item| item.capacity_provider == position);
    let services = scenario.revisions().into_iter().filter(|of| goes(&of.service.strategy));
    let run_tasks = scenario.run_tasks.iter().filter(|run_task| goes(&run_task.strategy));
    services.for_each(|of| used[of.task_definition] = true);
    run_tasks.for_each(|run_task| used[run_task.task_definition] = true);
    used
}

fn offering(
    definition: &TaskDefinition,
    catalog: &Catalog,
    option: PurchaseOption,
    unfit: &mut Vec<Unfit>,
) -> Option<FargateOffering> {
    let before = unfit.len();
    let wrong = |message: String, help: String| Unfit {
        path: format!("task_definition.{}", definition.family),
        message,
        help,
    };
    unfit.extend(not_on_fargate(definition, option).into_iter().map(|(m, h)| wrong(m, h)));
    let platform = platform(definition);
    let price = catalog.fargate_price(platform, option);
    if let Some(help) = invalid_size(definition, catalog, price) {
        let asked = words(definition.cpu, definition.memory);
        let known = |size: &FargateSize| size.cpu == definition.cpu;
        let key = if catalog.fargate_sizes().iter().any(known) { "memory" } else { "cpu" };
        unfit.push(Unfit {
            path: format!("task_definition.{}.{key}", definition.family),
            message: format!("{asked} is no size of Fargate"),
            help,
        });
    }
    let Some(price) = price else {
        unfit.push(no_price(definition, catalog, option));
        return None;
    };
    let windows = definition.operating_system == OperatingSystem::Windows;
    let more_storage = definition.ephemeral_storage_gib > FREE_STORAGE;
    // A part without a known price is never free of charge.
    if (windows && price.licence_per_vcpu.is_none())
        || (more_storage && price.ephemeral_per_gb.is_none())
    {
        let part = if windows { "the Windows licence" } else { "ephemeral storage above 20 GiB" };
        unfit.push(wrong(
            format!("no price of {part} is known for {} and this platform", catalog.region()),
            "state it: `--prices FILE` (data/README.md lists the products)".to_owned(),
        ));
    }
    (unfit.len() == before).then(|| priced(definition, price))
}

/// What Fargate does not do, with what would help.
fn not_on_fargate(definition: &TaskDefinition, option: PurchaseOption) -> Vec<(String, String)> {
    let windows = definition.operating_system == OperatingSystem::Windows;
    let rules: [(bool, &str, &str); 5] = [
        (
            definition.network_mode != NetworkMode::Awsvpc,
            "Fargate has awsvpc networking alone",
            "write `network_mode = \"awsvpc\"`, or run it on instances",
        ),
        (definition.gpus > 0, "Fargate has no GPUs", "run it on instances"),
        (
            definition.stop_timeout > STOP_TIMEOUT
                || definition.stop_timeout < SimDuration::from_secs(2),
            "on Fargate stop_timeout is 2 to 120 seconds",
            "for example `stop_timeout = \"120s\"`",
        ),
        (
            windows && option == PurchaseOption::Spot,
            "Fargate Spot has no Windows",
            "send it to FARGATE",
        ),
        (
            windows && definition.cpu_architecture == Some(CpuArchitecture::Arm64),
            "Windows runs on X86_64 alone",
            "leave cpu_architecture out",
        ),
    ];
    rules
        .into_iter()
        .filter(|(broken, _, _)| *broken)
        .map(|(_, message, help)| (message.to_owned(), help.to_owned()))
        .collect()
}

fn platform(definition: &TaskDefinition) -> FargatePlatform {
    match (definition.operating_system, definition.cpu_architecture) {
        (OperatingSystem::Windows, _) => FargatePlatform::Windows,
        (OperatingSystem::Linux, Some(CpuArchitecture::Arm64)) => FargatePlatform::LinuxArm64,
        // Documented: X86_64 where the definition is silent.
        (OperatingSystem::Linux, Some(CpuArchitecture::X86_64) | None) => FargatePlatform::LinuxX86,
    }
}

fn serves(size: &FargateSize, definition: &TaskDefinition) -> bool {
    match definition.operating_system {
        OperatingSystem::Linux => size.linux,
        OperatingSystem::Windows => size.windows,
    }
}

/// What would help where CPU and memory are no valid pair: the valid ones that hold the task, the
/// cheapest first, and what they cost more.
fn invalid_size(
    definition: &TaskDefinition,
    catalog: &Catalog,
    price: Option<&FargatePrice>,
) -> Option<String> {
    let (cpu, memory) = (definition.cpu, definition.memory);
    let valid = || catalog.fargate_sizes().iter().filter(|size| serves(size, definition));
    if valid().any(|size| size.cpu == cpu && size.memory == memory) {
        return None;
    }
    let windows = definition.operating_system == OperatingSystem::Windows;
    let rate = |cpu, memory| price.map_or(UsdPerHour::ZERO, |of| rate(of, cpu, memory, windows));
    let mut holding: Vec<_> =
        valid().filter(|size| size.cpu >= cpu && size.memory >= memory).collect();
    holding.sort_by_key(|size| (rate(size.cpu, size.memory), size.cpu, size.memory));
    if holding.is_empty() {
        let most = valid().max_by_key(|size| (size.cpu, size.memory))?;
        let keys = format!("cpu = {}, memory = {}", most.cpu, most.memory);
        return Some(format!("the largest is {} ({keys})", words(most.cpu, most.memory)));
    }
    let asked = rate(cpu, memory);
    let mut near = holding.iter().take(3).map(|size| {
        let keys = format!("cpu = {}, memory = {}", size.cpu, size.memory);
        if price.is_none() {
            return keys;
        }
        let monthly = |rate: UsdPerHour| rate.per_month().as_dollars();
        let this = rate(size.cpu, size.memory);
        let more = monthly(this) - monthly(asked);
        format!("{keys} (a task ${:.2} a month, ${more:.2} more than asked for)", monthly(this))
    });
    let first = near.next()?;
    let others: Vec<String> = near.collect();
    let then = if others.is_empty() { "" } else { "; then " };
    Some(format!("the next that holds it is {first}{then}{}", others.join("; ")))
}

/// The Region whose prices of Fargate are built in.
const HAS_PRICES: &str = "us-east-1";

fn no_price(definition: &TaskDefinition, catalog: &Catalog, option: PurchaseOption) -> Unfit {
    let what = match option {
        PurchaseOption::OnDemand => "Fargate",
        PurchaseOption::Spot => "Fargate Spot",
    };
    Unfit {
        path: format!("task_definition.{}", definition.family),
        message: format!(
            "no price of {what} is known for {} and this platform, and none is guessed",
            catalog.region()
        ),
        help: {
            let lines = lines_of(platform(definition), option);
            let state = format!("state it: `--prices FILE` with {lines} (see data/README.md)");
            let known = catalog.region() == HAS_PRICES;
            if known {
                format!("{state}; or run the tasks on X86_64, or on another kind of capacity")
            } else {
                format!(
                    "{state}; or take those of another Region: `price_stand_in = \"{HAS_PRICES}\"`, in \
                     quote `--price-stand-in {HAS_PRICES}`"
                )
            }
        },
    }
}

/// The lines of a price file that would do.
fn lines_of(platform: FargatePlatform, option: PurchaseOption) -> String {
    let (vcpu, gb) = match platform {
        FargatePlatform::LinuxX86 => ("fargate-vcpu-hour", "fargate-gb-hour"),
        FargatePlatform::LinuxArm64 => ("fargate-arm64-vcpu-hour", "fargate-arm64-gb-hour"),
        FargatePlatform::Windows => (
            "fargate-windows-vcpu-hour, fargate-windows-licence-vcpu-hour",
            "fargate-windows-gb-hour",
        ),
    };
    let bought = match option {
        PurchaseOption::OnDemand => "on-demand",
        PurchaseOption::Spot => "spot",
    };
    format!("lines for {vcpu} and {gb}, bought {bought}")
}

fn rate(price: &FargatePrice, cpu: u32, memory: u32, windows: bool) -> UsdPerHour {
    let licence = price.licence_per_vcpu.filter(|_| windows).unwrap_or(UsdPerHour::ZERO);
    share(price.per_vcpu + licence, cpu, CPU_UNITS_PER_VCPU)
        + share(price.per_gb, memory, MIB_PER_GB)
}

fn share(price: UsdPerHour, amount: u32, of: u32) -> UsdPerHour {
    let nanos = u128::from(price.nanos()) * u128::from(amount) / u128::from(of);
    UsdPerHour::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn priced(definition: &TaskDefinition, price: &FargatePrice) -> FargateOffering {
    let zero = UsdPerHour::ZERO;
    let windows = definition.operating_system == OperatingSystem::Windows;
    let more_storage = definition.ephemeral_storage_gib.saturating_sub(FREE_STORAGE);
    let licence = price.licence_per_vcpu.filter(|_| windows).unwrap_or(zero);
    FargateOffering {
        name: size_name(definition),
        vcpu_price: share(price.per_vcpu, definition.cpu, CPU_UNITS_PER_VCPU),
        memory_price: share(price.per_gb, definition.memory, MIB_PER_GB),
        storage_price: share(price.ephemeral_per_gb.unwrap_or(zero), more_storage, 1),
        licence_price: share(licence, definition.cpu, CPU_UNITS_PER_VCPU),
        minimum_seconds: if windows { 300 } else { 60 },
        price_source: price.source.clone(),
        price_as_of: price.as_of.clone(),
    }
}

/// `0.5 vCPU, 1 GB`, with what is special behind it.
fn size_name(definition: &TaskDefinition) -> String {
    let mut name = words(definition.cpu, definition.memory);
    if definition.operating_system == OperatingSystem::Windows {
        name.push_str(", Windows");
    } else if definition.cpu_architecture == Some(CpuArchitecture::Arm64) {
        name.push_str(", ARM64");
    }
    if definition.ephemeral_storage_gib > FREE_STORAGE {
        name.push_str(&format!(", {} GiB storage", definition.ephemeral_storage_gib));
    }
    name
}

/// `1 vCPU, 1 GB`; what is no round part of them in units and MiB.
fn words(cpu: u32, memory: u32) -> String {
    let of = |amount: u32, unit: u32, name: &str, small: &str| {
        if (amount * 4).is_multiple_of(unit) {
            format!("{} {name}", f64::from(amount) / f64::from(unit))
        } else {
            format!("{amount} {small}")
        }
    };
    let cpu = of(cpu, CPU_UNITS_PER_VCPU, "vCPU", "CPU units");
    format!("{cpu}, {}", of(memory, MIB_PER_GB, "GB", "MiB"))
}
