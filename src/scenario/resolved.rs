//! A scenario written out with every default in it: what `scenario.resolved.toml` holds. It reads back
//! to an equal scenario.

mod auto_scaling_group;
mod demand;
mod deployment;
mod discount;
mod external_instance;
mod failure;
mod managed_scaling;
mod service_scaling;
mod spot;

use std::fmt::Write as _;

use crate::catalog::{InstanceRequirements, Range, VcpuClass, VcpuQuotas};
use crate::random::Distribution;
use crate::units::SimDuration;

use super::parameters::SCHEMA;
use super::placement::{PlacementConstraint, PlacementStrategy, PortMapping, SpreadField};
use super::read::words;
use super::reader::segment;
use super::spec::{
    CapacityPool, CapacityProvider, Fargate, Image, ManagedInstances, OperatingSystem,
    ProviderKind, RunTask, ScaleInAfter, Scenario, SchedulingStrategy, Service, ServiceUpdate,
    StrategyItem, Subnet, TaskDefinition, Timing,
};

/// One value of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedValue {
    /// As `--set` names it: `service.web.launch_rate_per_minute`.
    pub path: String,
    /// The same without names: `service.launch_rate_per_minute`.
    pub parameter: String,
    /// As TOML.
    pub value: String,
}

/// The scenario as TOML, with every default written out.
#[must_use]
pub fn to_toml(scenario: &Scenario) -> String {
    write(scenario).text
}

/// Every value of the scenario with its path, in the order in which [`to_toml`] writes them.
#[must_use]
pub fn resolved_values(scenario: &Scenario) -> Vec<ResolvedValue> {
    write(scenario).values
}

fn write(scenario: &Scenario) -> Writer {
    let mut writer = Writer::default();
    writer.top(scenario);
    writer.timing(&scenario.timing);
    writer.spot(&scenario.spot);
    writer.fargate(&scenario.fargate);
    scenario.subnets.iter().for_each(|subnet| writer.subnet(subnet));
    scenario.capacity_providers.iter().for_each(|provider| writer.provider(provider));
    scenario.external_instances.iter().for_each(|machines| writer.external_instance(machines));
    scenario.task_definitions.iter().for_each(|definition| writer.definition(definition));
    scenario.services.iter().for_each(|service| writer.service(scenario, service));
    scenario.run_tasks.iter().for_each(|run_task| writer.run_task(scenario, run_task));
    scenario.service_updates.iter().for_each(|update| writer.update(scenario, update));
    writer.service_scaling(scenario);
    scenario.capacity_pools.iter().for_each(|pool| writer.pool(pool));
    scenario.faults.iter().for_each(|fault| writer.fault(fault));
    let reservations = scenario.capacity_reservations.iter();
    reservations.for_each(|reservation| writer.capacity_reservation(reservation));
    scenario.spot_pools.iter().for_each(|pool| writer.spot_pool(pool));
    scenario.discounts.iter().for_each(|discount| writer.discount(discount));
    scenario.demands.iter().for_each(|demand| writer.demand(scenario, demand));
    scenario.queues.iter().for_each(|queue| writer.queue(scenario, queue));
    writer
}

/// The text so far, and the table being written.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    values: Vec<ResolvedValue>,
    path: String,
    parameter: String,
}

impl Writer {
    /// Starts a table: its header, and its path with and without names.
    fn table(&mut self, header: &str, path: &str, parameter: &str) {
        let _ = write!(self.text, "\n{header}\n");
        path.clone_into(&mut self.path);
        parameter.clone_into(&mut self.parameter);
    }

    /// Starts one of a list of tables.
    pub(super) fn item(&mut self, list: &str, name: &str) {
        self.table(&format!("[[{list}]]"), &format!("{list}.{}", segment(name)), list);
    }

    pub(super) fn entry(&mut self, key: &str, value: String) {
        let _ = writeln!(self.text, "{key} = {value}");
        let below = |path: &str| {
            if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
        };
        let (path, parameter) = (below(&self.path), below(&self.parameter));
        self.values.push(ResolvedValue { path, parameter, value });
    }

    pub(super) fn entry_if(&mut self, key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.entry(key, value);
        }
    }

    fn list_if(&mut self, key: &str, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        self.entry_if(key, (!items.is_empty()).then(|| list(items.into_iter())));
    }

    fn top(&mut self, s: &Scenario) {
        self.entry("schema", SCHEMA.to_string());
        self.entry("name", text(&s.name));
        self.entry("region", text(&s.region));
        self.entry_if("price_stand_in", s.price_stand_in.as_deref().map(text));
        self.entry_if("pricing_date", s.pricing_date.as_deref().map(text));
        self.entry("horizon", duration(s.horizon));
        self.entry_if("warm_up", s.warm_up.written().as_deref().map(text));
        self.entry("seed", s.seed.to_string());
        self.entry("starts_on", text(&s.starts_on));
        self.entry("availability_zones", list(s.availability_zones.iter().map(|zone| text(zone))));
        self.entry("provisioning_tasks_quota", s.provisioning_tasks_quota.to_string());
        self.entry("tasks_per_service_quota", s.tasks_per_service_quota.to_string());
        self.entry("services_per_cluster_quota", s.services_per_cluster_quota.to_string());
        self.entry(
            "container_instances_per_cluster_quota",
            s.container_instances_per_cluster_quota.to_string(),
        );
        self.entry_if(
            "on_demand_vcpu_quota",
            s.on_demand_vcpu_quota.map(|quota| quota.to_string()),
        );
        self.entry_if("on_demand_vcpu_quotas", vcpu_quotas(&s.on_demand_vcpu_quotas));
        // No value of the scenario: which of its values it has said itself, and not by default.
        let _ = writeln!(self.text, "stated = {}", list(s.stated.keys().map(|path| text(path))));
    }

    fn timing(&mut self, t: &Timing) {
        self.table("[timing]", "timing", "timing");
        self.entry("preset", word(&words::PRESETS, t.preset));
        self.entry("launch", distribution(&t.launch));
        self.entry("launch_gpu", distribution(&t.launch_gpu));
        self.entry("boot", distribution(&t.boot));
        self.entry("attach", distribution(&t.attach));
        self.entry("attach_host", distribution(&t.attach_host));
        self.entry("start", distribution(&t.start));
        self.entry("deprovision", distribution(&t.deprovision));
        self.entry("digest", distribution(&t.digest));
        self.table("[timing.fargate]", "timing.fargate", "timing.fargate");
        self.entry("provision", distribution(&t.fargate.provision));
        self.entry("provision_windows", distribution(&t.fargate.provision_windows));
        self.entry("load_from", t.fargate.load_from.to_string());
        self.entry("load_percent", t.fargate.load_percent.to_string());
        self.entry("pull_gain_percent", t.fargate.pull_gain_percent.to_string());
        self.entry("start", distribution(&t.fargate.start));
        self.entry("deprovision", distribution(&t.fargate.deprovision));
        self.table("[timing.pull]", "timing.pull", "timing.pull");
        self.entry("floor", duration(t.pull.floor));
        self.entry("floor_mb", t.pull.floor_mb.to_string());
        self.entry("per_1000_mb", distribution(&t.pull.per_1000_mb));
        self.entry("unknown_size", distribution(&t.pull.unknown_size));
        self.entry("cached", distribution(&t.pull.cached));
        self.group_timing(&t.auto_scaling_group);
        self.scaling_timing(&t.cluster_auto_scaling);
        self.service_scaling_timing(&t.service_auto_scaling);
    }

    fn fargate(&mut self, f: &Fargate) {
        let quota = |quota: Option<u32>| quota.map(|vcpus| vcpus.to_string());
        self.table("[fargate]", "fargate", "fargate");
        self.entry("quotas", word(&words::QUOTAS, f.quotas));
        self.entry("launch_burst", f.launch_burst.to_string());
        self.entry("launch_refill_per_second", f.launch_refill_per_second.to_string());
        let rate = f.service_launch_rate_per_minute;
        self.entry("service_launch_rate_per_minute", rate.to_string());
        self.entry_if("vcpu_quota", quota(f.vcpu_quota));
        self.entry_if("spot_vcpu_quota", quota(f.spot_vcpu_quota));
        self.entry("unavailable_percent", percent(f.unavailable_ppm));
        self.entry("capacity_retry", duration(f.capacity_retry));
        let mean = f.spot_mean_time_to_interruption.map(duration);
        self.entry_if("spot_mean_time_to_interruption", mean);
    }

    fn subnet(&mut self, subnet: &Subnet) {
        self.item("subnet", &subnet.id);
        self.entry("id", text(&subnet.id));
        self.entry("availability_zone", text(&subnet.availability_zone));
        self.entry("available_ip_address_count", subnet.available_ip_address_count.to_string());
    }

    fn provider(&mut self, provider: &CapacityProvider) {
        // Every account has Fargate: to name it is enough.
        if let ProviderKind::Fargate(_) | ProviderKind::LaunchType(_) = provider.kind {
            return;
        }
        self.item("capacity_provider", &provider.name);
        self.entry("name", text(&provider.name));
        match &provider.kind {
            ProviderKind::AutoScalingGroup(group) => self.auto_scaling_group(group),
            ProviderKind::ManagedInstances(settings) => {
                let path = format!("{}.managed_instances_provider", self.path);
                self.table(
                    "[capacity_provider.managed_instances_provider]",
                    &path,
                    "managed_instances_provider",
                );
                self.managed_instances(settings);
                if let Some(requirements) = &settings.instance_requirements {
                    self.table(
                        "[capacity_provider.managed_instances_provider.instance_requirements]",
                        &format!("{path}.instance_requirements"),
                        "managed_instances_provider.instance_requirements",
                    );
                    self.requirements(requirements);
                }
            }
            ProviderKind::Fargate(_) | ProviderKind::LaunchType(_) => {}
        }
    }

    fn managed_instances(&mut self, m: &ManagedInstances) {
        self.entry("capacity_option_type", word(&words::CAPACITY_OPTIONS, m.capacity_option_type));
        self.reservation_preference(m);
        self.entry("storage_size_gib", m.storage_size_gib.to_string());
        self.entry("scale_in_after", scale_in_after(m.scale_in_after));
        self.entry("trunking", m.trunking.to_string());
        self.entry("plan_memory", word(&words::PLAN_MEMORY, m.plan_memory));
        self.entry("selection_policy", word(&words::SELECTION_POLICIES, m.selection_policy));
        self.entry("spot_selection_policy", word(&words::SPOT_POLICIES, m.spot_selection_policy));
        self.entry("spot_fee_basis", word(&words::SPOT_FEE_BASES, m.spot_fee_basis));
        self.entry("price_tie_percent", percent(m.price_tie_ppm));
        self.entry("batch_window", duration(m.batch_window));
        self.entry("capacity_retry", list(m.capacity_retry.iter().map(|wait| duration(*wait))));
        self.entry("consolidation", m.consolidation.to_string());
        self.entry("consolidation_min_saving_percent", percent(m.consolidation_min_saving_ppm));
        self.entry("idle_default_cpu", duration(m.idle_default_cpu));
        self.entry("idle_default_gpu", duration(m.idle_default_gpu));
        self.entry("scale_in_detection", duration(m.scale_in_detection));
        self.entry("drain_after", duration(m.drain_after));
        self.entry("force_stop_after", duration(m.force_stop_after));
        self.entry("registered_memory_percent", percent(m.registered_memory_ppm));
        self.entry("registered_memory_less_mib", m.registered_memory_less_mib.to_string());
        self.entry_if("default_pool_depth", m.default_pool_depth.map(|depth| depth.to_string()));
    }

    fn requirements(&mut self, r: &InstanceRequirements) {
        let texts = |names: &[String]| list(names.iter().map(|name| text(name)));
        let whole = |field: &Option<Range<u32>>| field.as_ref().map(|r| range(r, u32::to_string));
        let float = |field: &Option<Range<f64>>| field.as_ref().map(|r| range(r, |v| float(*v)));
        self.entry("vcpu_count", range(&r.vcpu_count, u32::to_string));
        self.entry("memory_mib", range(&r.memory_mib, u32::to_string));
        self.entry("cpu_manufacturers", word_list(&words::MANUFACTURERS, &r.cpu_manufacturers));
        self.entry_if("memory_gib_per_vcpu", float(&r.memory_gib_per_vcpu));
        self.entry("allowed_instance_types", texts(&r.allowed_instance_types));
        self.entry("excluded_instance_types", texts(&r.excluded_instance_types));
        self.entry("instance_generations", word_list(&words::GENERATIONS, &r.instance_generations));
        self.entry("bare_metal", word(&words::INCLUSIONS, r.bare_metal));
        self.entry("burstable_performance", word(&words::INCLUSIONS, r.burstable_performance));
        self.entry("require_hibernate_support", r.require_hibernate_support.to_string());
        self.entry_if("network_interface_count", whole(&r.network_interface_count));
        self.entry_if("network_bandwidth_gbps", float(&r.network_bandwidth_gbps));
        self.entry_if("baseline_ebs_bandwidth_mbps", whole(&r.baseline_ebs_bandwidth_mbps));
        self.entry_if("total_local_storage_gb", float(&r.total_local_storage_gb));
        self.entry("local_storage", word(&words::INCLUSIONS, r.local_storage));
        self.entry(
            "local_storage_types",
            word_list(&words::LOCAL_STORAGE_TYPES, &r.local_storage_types),
        );
        self.entry("accelerator_types", texts(&r.accelerator_types));
        self.entry_if("accelerator_count", whole(&r.accelerator_count));
        self.entry("accelerator_manufacturers", texts(&r.accelerator_manufacturers));
        self.entry("accelerator_names", texts(&r.accelerator_names));
        self.entry_if("accelerator_total_memory_mib", whole(&r.accelerator_total_memory_mib));
        self.entry("require_encryption_in_transit", r.require_encryption_in_transit.to_string());
        self.entry("baseline_performance_families", texts(&r.baseline_performance_families));
        for (key, percentage) in [
            (
                "on_demand_max_price_percentage_over_lowest_price",
                r.on_demand_max_price_percentage_over_lowest_price,
            ),
            (
                "spot_max_price_percentage_over_lowest_price",
                r.spot_max_price_percentage_over_lowest_price,
            ),
            (
                "max_spot_price_as_percentage_of_optimal_on_demand_price",
                r.max_spot_price_as_percentage_of_optimal_on_demand_price,
            ),
        ] {
            self.entry_if(key, percentage.map(|percentage| percentage.to_string()));
        }
    }

    fn definition(&mut self, d: &TaskDefinition) {
        self.item("task_definition", &d.family);
        self.entry("family", text(&d.family));
        self.entry("cpu", d.cpu.to_string());
        self.entry("memory", d.memory.to_string());
        self.entry("gpus", d.gpus.to_string());
        self.entry("network_mode", word(&words::NETWORK_MODES, d.network_mode));
        self.entry("ephemeral_storage_gib", d.ephemeral_storage_gib.to_string());
        self.list_if("port_mappings", d.port_mappings.iter().map(port_mapping));
        self.list_if("placement_constraints", d.placement_constraints.iter().map(constraint));
        let system = word(&words::OPERATING_SYSTEMS, d.operating_system);
        let platform = d.cpu_architecture.map(|architecture| {
            let architecture = word(&words::ARCHITECTURES, architecture);
            format!("{{ cpu_architecture = {architecture}, operating_system_family = {system} }}")
        });
        let windows = d.operating_system == OperatingSystem::Windows;
        let alone = windows.then(|| format!("{{ operating_system_family = {system} }}"));
        self.entry_if("runtime_platform", platform.or(alone));
        self.entry("image", image(&d.image));
        self.entry("stop_timeout", duration(d.stop_timeout));
        self.entry("exit_after_stop_signal", distribution(&d.exit_after_stop_signal));
        self.entry("ready_after", distribution(&d.ready_after));
        let utilization = d.cpu_utilization_percent.map(|percent| percent.to_string());
        self.entry_if("cpu_utilization_percent", utilization);
        self.entry_if("unhealthy_after", d.unhealthy_after.map(duration));
        self.health_check(d);
        self.definition_failure(d);
    }

    fn service(&mut self, scenario: &Scenario, s: &Service) {
        self.item("service", &s.name);
        self.entry("name", text(&s.name));
        self.entry("task_definition", family(scenario, s.task_definition));
        let strategy = word(&words::SCHEDULING_STRATEGIES, s.scheduling_strategy);
        self.entry("scheduling_strategy", strategy);
        let replica = s.scheduling_strategy == SchedulingStrategy::Replica;
        self.entry_if("desired_count", replica.then(|| s.desired_count.to_string()));
        self.entry("create_at", duration(s.create_at));
        self.capacity(scenario, &s.strategy);
        self.entry("version_consistency", word(&words::CONSISTENCY, s.version_consistency));
        self.entry("launch_rate_per_minute", s.launch_rate_per_minute.to_string());
        self.entry("start_backoff", duration(s.start_backoff.first));
        self.entry("start_backoff_factor", s.start_backoff.factor.to_string());
        self.entry("start_backoff_max", duration(s.start_backoff.max));
        self.entry("placement_retry", duration(s.placement_retry));
        self.entry("health_check_grace_period", duration(s.health_check_grace_period));
        self.entry("healthy_after_running", duration(s.healthy_after_running));
        let rebalancing = word(&words::SWITCH, s.availability_zone_rebalancing);
        self.entry("availability_zone_rebalancing", rebalancing);
        let interval = duration(s.availability_zone_rebalancing_interval);
        self.entry("availability_zone_rebalancing_interval", interval);
        self.entry_if("monitoring_configuration", service_scaling::monitoring(s.monitoring));
        self.list_if("placement_strategy", s.placement_strategy.iter().map(step));
        self.list_if("placement_constraints", s.placement_constraints.iter().map(constraint));
        self.deployment(s);
    }

    fn run_task(&mut self, scenario: &Scenario, r: &RunTask) {
        self.item("run_task", &r.name);
        self.entry("name", text(&r.name));
        self.entry("task_definition", family(scenario, r.task_definition));
        self.capacity(scenario, &r.strategy);
        self.entry("count", r.count.to_string());
        if let Some(schedule) = &r.schedule {
            self.entry("schedule_expression", text(schedule.expression.text()));
            self.entry("schedule_expression_timezone", text(schedule.zone.name()));
        } else if !r.trace.is_empty() {
            self.entry("calls_at", demand::calls(&r.trace));
        } else {
            self.entry("at", duration(r.at));
        }
        self.entry_if("every", r.every.as_ref().map(distribution));
        self.entry_if("calls", r.calls.map(|calls| calls.to_string()));
        self.entry_if("run_for", r.run_for.as_ref().map(distribution));
        self.entry_if("group", r.group.as_deref().map(text));
        self.list_if("placement_strategy", r.placement_strategy.iter().map(step));
        self.list_if("placement_constraints", r.placement_constraints.iter().map(constraint));
        self.run_failure(r);
    }

    /// Where tasks go: a strategy or a launch type.
    fn capacity(&mut self, scenario: &Scenario, items: &[StrategyItem]) {
        let first = items.first().map(|item| item.capacity_provider);
        let provider = first.and_then(|first| scenario.capacity_providers.get(first));
        match provider.map(|provider| &provider.kind) {
            Some(ProviderKind::LaunchType(launch_type)) => {
                self.entry("launch_type", text(launch_type.name()));
            }
            _ => self.entry("capacity_provider_strategy", strategy(scenario, items)),
        }
    }

    fn update(&mut self, scenario: &Scenario, update: &ServiceUpdate) {
        let name = scenario.services.get(update.service).map_or("", |service| &service.name);
        self.item("update_service", name);
        self.entry("service", text(name));
        self.entry("at", duration(update.at));
        self.entry_if("desired_count", update.desired_count.map(|count| count.to_string()));
        self.entry_if("task_definition", update.task_definition.map(|of| family(scenario, of)));
        self.entry_if(
            "force_new_deployment",
            update.force_new_deployment.then(|| "true".to_owned()),
        );
    }

    fn pool(&mut self, pool: &CapacityPool) {
        self.item("capacity_pool", &pool.instance_type);
        self.entry("instance_type", text(&pool.instance_type));
        self.entry_if("availability_zone", pool.availability_zone.as_deref().map(text));
        self.entry("depth", pool.depth.to_string());
    }
}

/// A basic string.
pub(super) fn text(value: &str) -> String {
    let mut quoted = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

pub(super) fn duration(value: SimDuration) -> String {
    format!("\"{value}\"")
}

/// A float that reads back as the same one.
pub(super) fn float(value: f64) -> String {
    format!("{value:?}")
}

/// Parts per million as a percentage.
pub(super) fn percent(ppm: u32) -> String {
    float(f64::from(ppm) / 1e4)
}

/// Those that are stated, if any is.
fn vcpu_quotas(quotas: &VcpuQuotas) -> Option<String> {
    let stated = VcpuClass::ALL.into_iter().zip(quotas);
    let stated: Vec<String> = stated
        .filter_map(|(class, quota)| Some(format!("{} = {}", class.key(), (*quota)?)))
        .collect();
    (!stated.is_empty()).then(|| format!("{{ {} }}", stated.join(", ")))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

pub(super) fn word<T: Copy + PartialEq>(words: &[(&str, T)], value: T) -> String {
    let (word, _) = words
        .iter()
        .find(|(_, meaning)| *meaning == value)
        .expect("every value of a closed set has its word");
    text(word)
}

fn word_list<T: Copy + PartialEq>(words: &[(&str, T)], values: &[T]) -> String {
    list(values.iter().map(|value| word(words, *value)))
}

fn range<T>(range: &Range<T>, number: impl Fn(&T) -> String) -> String {
    let max = range.max.as_ref().map_or(String::new(), |max| format!(", max = {}", number(max)));
    format!("{{ min = {}{max} }}", number(&range.min))
}

fn scale_in_after(value: ScaleInAfter) -> String {
    match value {
        ScaleInAfter::Default => text("default"),
        ScaleInAfter::Off => "-1".to_owned(),
        ScaleInAfter::After(after) => duration(after),
    }
}

fn distribution(value: &Distribution) -> String {
    match value {
        Distribution::Constant(value) => duration(*value),
        Distribution::Uniform { min, max } => {
            format!("{{ uniform = {{ min = \"{min}\", max = \"{max}\" }} }}")
        }
        Distribution::Exponential { mean } => {
            format!("{{ exponential = {{ mean = \"{mean}\" }} }}")
        }
        Distribution::Weibull { shape, scale } => {
            let shape = float(*shape);
            format!("{{ weibull = {{ shape = {shape}, scale = \"{scale}\" }} }}")
        }
        Distribution::LogNormal { median, sigma, floor, cap } => {
            let cap =
                if *cap == SimDuration::MAX { String::new() } else { format!(", cap = \"{cap}\"") };
            let sigma = float(*sigma);
            format!(
                "{{ log_normal = {{ median = \"{median}\", sigma = {sigma}, floor = \"{floor}\"{cap} }} }}"
            )
        }
    }
}

fn image(image: &Image) -> String {
    let size = image.size_mb.map_or(String::new(), |size| format!("size_mb = {size}, "));
    format!("{{ name = {}, {size}by_digest = {} }}", text(&image.name), image.by_digest)
}

fn step(step: &PlacementStrategy) -> String {
    match step {
        PlacementStrategy::Spread(field) => {
            let field = match field {
                SpreadField::InstanceId => "instanceId".to_owned(),
                SpreadField::Attribute(name) => format!("attribute:{name}"),
            };
            format!("{{ type = \"spread\", field = {} }}", text(&field))
        }
        PlacementStrategy::Binpack(field) => {
            format!("{{ type = \"binpack\", field = {} }}", word(&words::BINPACK_FIELDS, *field))
        }
        PlacementStrategy::Random => "{ type = \"random\" }".to_owned(),
    }
}

fn constraint(constraint: &PlacementConstraint) -> String {
    match constraint {
        PlacementConstraint::DistinctInstance => "{ type = \"distinctInstance\" }".to_owned(),
        PlacementConstraint::MemberOf(expression) => {
            format!("{{ type = \"memberOf\", expression = {} }}", text(expression.text()))
        }
    }
}

fn port_mapping(mapping: &PortMapping) -> String {
    let PortMapping { container_port, host_port, protocol } = mapping;
    let protocol = word(&words::PROTOCOLS, *protocol);
    format!(
        "{{ container_port = {container_port}, host_port = {host_port}, protocol = {protocol} }}"
    )
}

fn family(scenario: &Scenario, position: usize) -> String {
    text(scenario.task_definitions.get(position).map_or("", |definition| &definition.family))
}

fn strategy(scenario: &Scenario, items: &[StrategyItem]) -> String {
    list(items.iter().map(|item| {
        let provider = scenario.capacity_providers.get(item.capacity_provider);
        let name = text(provider.map_or("", |provider| &provider.name));
        format!("{{ capacity_provider = {name}, base = {}, weight = {} }}", item.base, item.weight)
    }))
}
