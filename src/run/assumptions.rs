//! What an answer rests on that AWS does not document: defaults in effect that are measured or assumed,
//! values that the scenario states in their place or against what is documented, and what the catalogue
//! assumes.

use crate::model::placement::Ask;
use crate::model::{ProviderSetup, WaitPart};
use crate::observe::Observers;
use crate::scenario::cluster_query::Subject;
use crate::scenario::parameters::{Grade, parameter_at};
use crate::scenario::{
    NetworkMode, OperatingSystem, PlacementConstraint, ScaleInAfter, Stated, resolved_values,
};
use crate::units::{ServiceId, SimDuration};

use super::answer::Assumption;
use super::assemble::World;
use super::{assumptions_of_groups, daemons, discounts, service_scaling, spot};

pub(super) fn assumptions(world: &World<'_, '_>, observers: &Observers) -> Vec<Assumption> {
    let mut all = of_parameters(world, observers);
    all.extend(of_catalog(world, observers));
    all.extend(discounts::assumptions(world.scenario));
    all
}

fn of_parameters(world: &World<'_, '_>, observers: &Observers) -> Vec<Assumption> {
    let scenario = world.scenario;
    let mut all: Vec<Assumption> = Vec::new();
    for value in resolved_values(scenario) {
        let Some(parameter) = parameter_at(&value.parameter, scenario.timing.preset) else {
            continue;
        };
        let stated = scenario.stated.get(&value.path);
        let known = parameter.grade == Grade::Documented || parameter.default.is_empty();
        // What AWS documents needs no word, unless the scenario has it otherwise.
        if known && stated != Some(&Stated::Otherwise) {
            continue;
        }
        let stated = stated.is_some();
        if !bears(world, observers, &value.parameter) {
            continue;
        }
        let assumption = Assumption {
            parameter: value.path,
            value: value.value,
            grade: if stated { "stated".to_owned() } else { parameter.grade.to_string() },
            source: if stated {
                format!(
                    "the scenario (default {}: {})",
                    or_none(parameter.default),
                    parameter.grade
                )
            } else {
                format!("{}, {}", parameter.source, parameter.as_of)
            },
        };
        all.push(assumption);
    }
    all
}

const fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// Whether an answer could have come out otherwise with another value of the parameter.
#[expect(clippy::too_many_lines, reason = "a line for each parameter")]
fn bears(world: &World<'_, '_>, observers: &Observers, parameter: &str) -> bool {
    let of_groups = assumptions_of_groups::bears(world, observers, parameter);
    if let Some(bears) = of_groups.or_else(|| spot::bears(world, observers, parameter)) {
        return bears;
    }
    let scenario = world.scenario;
    let waited = |part: WaitPart| observers.metrics.waits[part as usize].sum_micros() > 0;
    let definitions = &scenario.task_definitions;
    let launched_gpu = |gpu: bool| launched(world, gpu);
    let managed = |name: &str| parameter == format!("managed_instances_provider.{name}");
    if managed("capacity_retry") || managed("default_pool_depth") {
        return waited(WaitPart::CapacityRetry) || waited(WaitPart::Quota);
    }
    if managed("idle_default_gpu") || parameter == "timing.launch_gpu" {
        return launched_gpu(true);
    }
    if managed("idle_default_cpu") || parameter == "timing.launch" {
        return launched_gpu(false);
    }
    if let Some(timing) = parameter.strip_prefix("timing.service_auto_scaling.") {
        return service_scaling::bears(world, timing);
    }
    if managed("scale_in_detection") {
        return world.prepared.setup.providers.iter().any(|provider| {
            matches!(provider, ProviderSetup::ManagedInstances(own)
                if matches!(own.settings.scale_in_after, ScaleInAfter::After(_)))
        });
    }
    if managed("consolidation_min_saving_percent") || managed("consolidation") {
        return observers.metrics.stopped > 0 || observers.metrics.drained > 0;
    }
    if managed("drain_after") {
        return scenario.horizon >= SimDuration::from_secs(14 * 86_400);
    }
    if managed("force_stop_after") {
        return scenario.horizon >= SimDuration::from_secs(21 * 86_400);
    }
    let on_instances = !world.cluster.instances().is_empty();
    let on_fargate = observers.fargate.counts().next().is_some();
    if parameter.starts_with("timing.fargate.") || parameter.starts_with("fargate.") {
        return on_fargate && bears_on_fargate(world, observers, parameter);
    }
    if INSTANCE_TIMINGS.contains(&parameter) && !on_instances {
        return false;
    }
    match parameter {
        // The question itself, no guess about AWS; zones are told with the catalogue.
        "horizon"
        | "warm_up"
        | "seed"
        | "availability_zones"
        | "timing.preset"
        | "service.create_at"
        | "run_task.at"
        | "run_task.failure.probability"
        | "run_task.failure.exit_code"
        | "task_definition.failure.exit_code"
        | "task_definition.ready_after"
        | "fault.instances"
        | "fault.probability"
        | "fault.percent"
        | "fault.stuck_in"
        | "fault.cause"
        | "fault.available_ip_address_count"
        | "fault.quota"
        | "fault.by" => false,
        "service.start_backoff" | "service.start_backoff_factor" | "service.start_backoff_max" => {
            waited(WaitPart::StartBackoff)
        }
        "starts_on" => {
            let mut groups = world.prepared.setup.groups.iter();
            let mut scaling = world.prepared.setup.scaling.iter();
            groups.any(|group| looks_at_dates(&group.ask) || !group.scheduled.is_empty())
                || scaling.any(|own| !own.actions.is_empty())
        }
        "run_task.schedule_expression_timezone" => {
            scenario.run_tasks.iter().any(|run_task| run_task.schedule.is_some())
        }
        "timing.attach" => definitions.iter().any(|of| of.network_mode == NetworkMode::Awsvpc),
        "timing.attach_host" => definitions.iter().any(|of| of.network_mode != NetworkMode::Awsvpc),
        "timing.pull.unknown_size" => definitions.iter().any(|of| of.image.size_mb.is_none()),
        "timing.pull.floor" | "timing.pull.floor_mb" | "timing.pull.per_1000_mb" => {
            definitions.iter().any(|of| of.image.size_mb.is_some())
        }
        "timing.pull.cached" => observers.metrics.cached_pulls > 0,
        "timing.deprovision" | "task_definition.exit_after_stop_signal" => {
            observers.metrics.stopped > 0 || daemons::any_stopped(world)
        }
        "service.availability_zone_rebalancing_interval" => {
            let services = (0..world.cluster.services().len()).map(ServiceId::from_index);
            let mut rebalancings = services.map(|id| world.cluster.zone_rebalancings(id));
            rebalancings.any(|all| !all.is_empty())
        }
        // What its tasks do is the question.
        "service.task_protection.from" => false,
        "timing.digest" => waited(WaitPart::DigestWave),
        "service.launch_rate_per_minute" => waited(WaitPart::LaunchRate),
        _ => true,
    }
}

/// Whether an expression asks when an instance was registered.
fn looks_at_dates(ask: &Ask) -> bool {
    ask.constraints.iter().any(|constraint| match constraint {
        PlacementConstraint::DistinctInstance => false,
        PlacementConstraint::MemberOf(expression) => {
            let comparisons = expression.term().comparisons();
            comparisons.iter().any(|comparison| comparison.subject == Subject::RegisteredAt)
        }
    })
}

/// Whether an instance with, or without, GPUs was launched.
fn launched(world: &World<'_, '_>, gpu: bool) -> bool {
    let cluster = world.cluster;
    let has = |instance| (cluster.candidate_of(instance).registered.gpus > 0) == gpu;
    cluster.instances().iter().any(has)
}

/// Timings that concern tasks on instances alone.
const INSTANCE_TIMINGS: [&str; 5] =
    ["timing.boot", "timing.attach", "timing.attach_host", "timing.start", "timing.deprovision"];

/// The same for what concerns Fargate, of a run that used it.
fn bears_on_fargate(world: &World<'_, '_>, observers: &Observers, parameter: &str) -> bool {
    let waited = |part: WaitPart| observers.metrics.waits[part as usize].sum_micros() > 0;
    let definitions = &world.scenario.task_definitions;
    let crowded = || {
        let most = observers.fargate.counts().map(|(_, _, count)| count.peak).sum::<u32>();
        most > world.scenario.timing.fargate.load_from
    };
    match parameter {
        "timing.fargate.provision_windows" => {
            definitions.iter().any(|of| of.operating_system == OperatingSystem::Windows)
        }
        "timing.fargate.load_from" | "timing.fargate.load_percent" => crowded(),
        "timing.fargate.pull_gain_percent" => {
            definitions.iter().any(|of| of.cpu > 1_024 && of.image.size_mb.is_some())
        }
        "timing.fargate.deprovision" => observers.metrics.stopped > 0,
        "fargate.capacity_retry" => waited(WaitPart::CapacityRetry),
        "fargate.quotas" | "fargate.launch_burst" | "fargate.launch_refill_per_second" => {
            waited(WaitPart::LaunchRate)
        }
        _ => true,
    }
}

fn of_catalog(world: &World<'_, '_>, observers: &Observers) -> Vec<Assumption> {
    let mut all = spot::assumptions(world);
    let mut fees: Vec<String> = Vec::new();
    for (provider, position, _) in observers.fleet.counts() {
        let candidate = &world.prepared.setup.provider(provider).candidates()[position as usize];
        if !matches!(world.prepared.setup.provider(provider), ProviderSetup::ManagedInstances(_)) {
            continue;
        }
        let date = world.scenario.pricing_date.as_deref();
        let Some(fee) = world.catalog.managed_instances_fee(&candidate.name, date) else {
            continue;
        };
        let value = format!("{} % of on-demand", f64::from(fee.ppm) / 10_000.0);
        if fee.grade != "documented" && !fees.contains(&value) {
            all.push(Assumption {
                parameter: format!("catalog.managed_instances_fee ({})", candidate.name),
                value: value.clone(),
                grade: if fee.n > 0 {
                    format!("measured (n = {})", fee.n)
                } else {
                    fee.grade.into()
                },
                source: format!("{}, from {}", fee.source, fee.from_date),
            });
            fees.push(value);
        }
    }
    let stated =
        !world.scenario.availability_zones.is_empty() || !world.scenario.subnets.is_empty();
    if !stated {
        all.push(Assumption {
            parameter: "availability_zones".to_owned(),
            value: world.prepared.setup.zones.join(", "),
            grade: "assumed".to_owned(),
            source: "the three zones that offer most of the admitted types".to_owned(),
        });
    }
    if world.catalog.provenance().offerings_region.is_none() {
        all.push(Assumption {
            parameter: "catalog.offerings".to_owned(),
            value: "every priced type in three zones".to_owned(),
            grade: "assumed".to_owned(),
            source: format!("no zone ids are known for {}", world.scenario.region),
        });
    }
    all
}
