//! Reading scenarios: the documented example, every default, `--set`, and what must hold for any text.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use taskyard::catalog::{
    CpuArchitecture, CpuManufacturer, Generation, Inclusion, InstanceRequirements,
    LocalStorageType, PurchaseOption, Range, VcpuClass,
};
use taskyard::io::{Code, Diagnostic, Source, Style, render};
use taskyard::random::Distribution;
use taskyard::scenario::parameters::deployments::DEPLOYMENT_CONFIGURATION;
use taskyard::scenario::parameters::plausible::PLAUSIBLE;
use taskyard::scenario::parameters::{Grade, PARAMETERS, Parameter, parameter_at, timing};
use taskyard::scenario::{
    Agreement, CapacityOptionType, CapacityPool, CapacityProvider, CapacityReservation, ChargeKind,
    CircuitBreaker, Demand, DeploymentConfiguration, Discount, EniFailure, FailureThreshold,
    Fargate, FargateQuotas, Fault, FaultKind, FaultScope, HealthCheck, Image, KilledBy,
    LoadBalancer, ManagedInstances, Monitoring, NetworkMode, OperatingSystem, Override, PlanMemory,
    PolicyKind, PortMapping, PriceChanges, PriceHistoryFrom, Protocol, ProviderKind, PullTiming,
    Queue, Quota, RateShape, RateStep, Request, ReservationPreference, RunFailure, RunTask,
    ScaleInAfter, ScalingTiming, Scenario, SchedulingStrategy, SelectionPolicy, Service,
    ServiceScalingTiming, ServiceUpdate, Share, Slowness, Spot, SpotDepth, SpotFeeBasis,
    SpotInitial, SpotPool, SpotPoolLaws, SpotPreset, SpotSelectionPolicy, StartBackoff, Stated,
    Stranded, StrategyItem, StuckIn, Subnet, TaskDefinition, TaskFailure, TaskProtection,
    ThresholdType, Timing, TimingPreset, TracedCall, WarmUp, read, resolved_values,
    task_definition_from_json, to_toml,
};
use taskyard::scenario::{
    CanaryConfiguration, DeploymentStrategy, EarlySuccess, LinearConfiguration, Permille,
    SourceCleanup,
};
use taskyard::units::SimDuration;

/// The example of the documentation.
const EXAMPLE: &str = r#"
schema = 1
name = "thirty-tasks"
region = "eu-west-1"
horizon = "30m"

[[capacity_provider]]
name = "ec2-managed"
[capacity_provider.managed_instances_provider.instance_requirements]
vcpu_count = { min = 2, max = 4 }
memory_mib = { min = 2048, max = 16384 }
cpu_manufacturers = ["amazon-web-services"]
burstable_performance = "included"

[[task_definition]]
family = "web"
cpu = 512            # also "0.5 vCPU"
memory = 1024        # also "1 GB"
runtime_platform = { cpu_architecture = "ARM64" }

[[service]]
name = "web"
task_definition = "web"
desired_count = 30
capacity_provider_strategy = [{ capacity_provider = "ec2-managed", weight = 100 }]
"#;

/// Requests and messages, with nothing but what they must say.
const FROM_OUTSIDE: &str = r#"
[[demand]]
name = "visitors"
service = "web"
requests_per_second = 50
cpu_time = "50ms"

[[queue]]
name = "jobs"
service = "web"
messages_per_second = 5
processing_time = "100ms"
"#;

/// One fault of each kind, with nothing but what it must say.
const FAULTS: &str = r#"
[[fault]]
kind = "az-outage"
availability_zone = "euw1-az1"
start = "1m"

[[fault]]
kind = "az-degradation"
availability_zone = "euw1-az1"
launch_failure_probability = 0.5
start = "1m"

[[fault]]
kind = "insufficient-capacity"
start = "1m"

[[fault]]
kind = "spot-storm"
start = "1m"

[[fault]]
kind = "slow-boot"
factor = 2
start = "1m"

[[fault]]
kind = "dead-boot"
start = "1m"

[[fault]]
kind = "agent-disconnect"
start = "1m"

[[fault]]
kind = "image-pull-failure"
start = "1m"

[[fault]]
kind = "slow-registry"
factor = 2
start = "1m"

[[fault]]
kind = "eni-attach-failure"
start = "1m"

[[fault]]
kind = "subnet-out-of-addresses"
availability_zone = "euw1-az1"
start = "1m"

[[fault]]
kind = "api-throttling"
start = "1m"

[[fault]]
kind = "quota-reached"
vcpus = 8
start = "1m"

[[fault]]
kind = "instance-terminated"
start = "1m"

[[fault]]
kind = "task-killed"
start = "1m"

[[fault]]
kind = "crash-loop"
exit_after = "5s"
start = "1m"
"#;

/// What `register-task-definition` takes.
const TASK_DEFINITION: &str = r#"{
  "family": "web",
  "cpu": "1 vCPU",
  "memory": "2 GB",
  "networkMode": "awsvpc",
  "runtimePlatform": { "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" },
  "containerDefinitions": [
    { "name": "app", "image": "nginx:1.27", "cpu": 256, "memory": 512, "stopTimeout": 60,
      "resourceRequirements": [{ "type": "GPU", "value": "1" }] },
    { "name": "log", "image": "fluent-bit", "memoryReservation": 64 }
  ]
}"#;

fn source(text: &str) -> Source {
    Source { name: "scenario.toml".to_owned(), text: text.to_owned() }
}

fn read_with(text: &str, sets: &[&str]) -> Result<Scenario, String> {
    let sets: Vec<_> = sets.iter().map(|set| Override::parse(set).unwrap()).collect();
    read(&source(text), &sets)
        .map(|(scenario, _)| scenario)
        .map_err(|errors| render(&errors, Style::Plain))
}

fn provider(scenario: &Scenario) -> &ManagedInstances {
    let ProviderKind::ManagedInstances(settings) = &scenario.capacity_providers[0].kind else {
        unreachable!("the example has no other")
    };
    settings
}

#[test]
fn the_documented_example_is_read() {
    let (scenario, warnings) = read(&source(EXAMPLE), &[]).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(scenario.name, "thirty-tasks");
    assert_eq!(scenario.horizon, SimDuration::from_secs(1_800));
    assert_eq!(scenario.timing, timing(TimingPreset::Calibrated));
    let requirements = provider(&scenario).instance_requirements.as_ref().unwrap();
    assert_eq!(requirements.memory_mib, Range { min: 2_048, max: Some(16_384) });
    assert_eq!(requirements.cpu_manufacturers, [CpuManufacturer::AmazonWebServices]);
    assert_eq!(requirements.burstable_performance, Inclusion::Included);
    assert_eq!(requirements.bare_metal, Inclusion::Excluded);
    assert_eq!(scenario.task_definitions[0].cpu_architecture, Some(CpuArchitecture::Arm64));
    assert_eq!(scenario.task_definitions[0].image.name, "web");
    assert_eq!(scenario.services[0].desired_count, 30);
    let item = StrategyItem { capacity_provider: 0, base: 0, weight: 100 };
    assert_eq!(scenario.services[0].strategy, [item]);
    let otherwise: Vec<_> =
        scenario.stated.values().filter(|how| **how != Stated::AsDefault).collect();
    assert!(otherwise.is_empty(), "everything is at its default: {:?}", scenario.stated);
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let text = format!("\u{FEFF}{}", EXAMPLE.replace('\n', "\r\n"));
    assert_eq!(read_with(&text, &[]), read_with(EXAMPLE, &[]));
}

#[test]
fn the_only_provider_needs_no_strategy() {
    let text = EXAMPLE.lines().filter(|line| !line.starts_with("capacity_provider_strategy"));
    let scenario = read_with(&text.collect::<Vec<_>>().join("\n"), &[]).unwrap();
    let item = StrategyItem { capacity_provider: 0, base: 0, weight: 1 };
    assert_eq!(scenario.services[0].strategy, [item]);
}

#[test]
fn the_default_strategy_of_the_cluster_is_for_those_who_state_neither_one_nor_a_launch_type() {
    let text = r#"
schema = 1
name = "s"
region = "us-east-1"
default_capacity_provider_strategy = [
  { capacity_provider = "FARGATE", base = 1, weight = 1 },
  { capacity_provider = "FARGATE_SPOT", weight = 3 },
]
[[task_definition]]
family = "web"
cpu = 512
memory = 1024
[[service]]
name = "by-default"
task_definition = "web"
desired_count = 1
[[service]]
name = "own"
task_definition = "web"
desired_count = 1
capacity_provider_strategy = [{ capacity_provider = "FARGATE_SPOT", weight = 1 }]
[[run_task]]
name = "launch-type"
task_definition = "web"
count = 1
launch_type = "FARGATE"
"#;
    let scenario = read_with(text, &[]).unwrap();
    let item = |capacity_provider, base, weight| StrategyItem { capacity_provider, base, weight };
    assert_eq!(scenario.services[0].strategy, [item(0, 1, 1), item(1, 0, 3)]);
    assert_eq!(scenario.services[1].strategy, [item(1, 0, 1)]);
    assert_eq!(scenario.run_tasks[0].strategy, [item(0, 0, 1)]);
}

#[test]
fn the_zones_of_subnets_are_the_zones_where_none_are_listed() {
    let subnets =
        "[[subnet]]\nid = \"a\"\navailability_zone = \"euw1-az2\"\navailable_ip_address_count = 9";
    let scenario = read_with(&format!("{EXAMPLE}\n{subnets}"), &[]).unwrap();
    assert_eq!(scenario.availability_zones, ["euw1-az2"]);
}

/// The example with an Auto Scaling group in the place of Managed Instances.
fn group_example() -> String {
    let group = "[capacity_provider.auto_scaling_group_provider]\nmin_size = 1\nmax_size = 9\n\
                 [capacity_provider.auto_scaling_group_provider.instance_requirements]";
    let instances = "[capacity_provider.managed_instances_provider.instance_requirements]";
    EXAMPLE.replace(instances, group)
}

#[test]
fn placement_is_read_and_written_back_the_same() {
    let placement = r#"
placement_strategy = [{ type = "spread", field = "attribute:rack" }, { type = "random" }]
placement_constraints = [
  { type = "distinctInstance" },
  { type = "memberOf", expression = "attribute:rack in ['1 a', b] and not (task:group == \"x\")" },
]
"#;
    let attributes = "max_size = 9
attributes = { rack = \"1 a\", \"a.b\" = \"\" }";
    let text = group_example().replace("max_size = 9", attributes) + placement;
    let scenario = read_with(&text, &[]).unwrap();
    let ProviderKind::AutoScalingGroup(group) = &scenario.capacity_providers[0].kind else {
        panic!("a group");
    };
    assert_eq!(group.attributes["rack"], "1 a");
    assert_eq!(scenario.services[0].placement_strategy.len(), 2);
    let mut again = read_with(&to_toml(&scenario), &[]).unwrap();
    again.stated.clone_from(&scenario.stated);
    assert_eq!(again, scenario);
}

/// A call of RunTask on a schedule.
const NIGHTLY: &str = r#"
[[run_task]]
name = "nightly"
task_definition = "web"
schedule_expression = "cron(0 2 * * ? *)"
"#;

#[test]
fn a_schedule_is_written_out_with_its_time_zone() {
    let set = "run_task.nightly.schedule_expression_timezone=\"Europe/Berlin\"";
    let scenario = read_with(&format!("{EXAMPLE}{NIGHTLY}"), &[set]).unwrap();
    let schedule = scenario.run_tasks[0].schedule.as_ref().unwrap();
    assert_eq!(schedule.expression.text(), "cron(0 2 * * ? *)");
    assert_eq!(schedule.zone.name(), "Europe/Berlin");
    let again = read_with(&to_toml(&scenario), &[]).unwrap();
    assert_eq!(again.run_tasks, scenario.run_tasks);
}

/// A service that scales in every way.
const SCALING: &str = r#"
[[scalable_target]]
service = "web"
min_capacity = 2
max_capacity = 20
[[scaling_policy]]
name = "cpu"
service = "web"
policy_type = "TargetTrackingScaling"
predefined_metric_type = "ECSServiceAverageCPUUtilization"
target_value = 60
[[scaling_policy]]
name = "steps"
service = "web"
policy_type = "StepScaling"
adjustment_type = "PercentChangeInCapacity"
alarm = { metric = "CPUUtilization", threshold = 70, comparison_operator = "GreaterThanThreshold" }
step_adjustments = [
  { metric_interval_lower_bound = 15, scaling_adjustment = 30 },
  { metric_interval_lower_bound = 0, metric_interval_upper_bound = 15, scaling_adjustment = 10 },
]
[[scaling_policy]]
name = "ahead"
service = "web"
policy_type = "PredictiveScaling"
predefined_metric_pair = "ECSServiceCPUUtilization"
target_value = 60
[[scheduled_action]]
name = "office-opens"
service = "web"
schedule_expression = "cron(0 8 ? * MON-FRI *)"
min_capacity = 10
"#;

/// The example with a task definition that says what its tasks use, and a service that scales by it.
fn scaling_example() -> String {
    let used = EXAMPLE.replace("memory = 1024 ", "cpu_utilization_percent = 50\nmemory = 1024 ");
    format!("{used}{SCALING}")
}

#[test]
fn service_auto_scaling_is_read_and_written_back_the_same() {
    let sets = [
        "scaling_policy.cpu.scale_in_cooldown=1m",
        "scaling_policy.cpu.disable_scale_in=true",
        "scaling_policy.steps.alarm.period=300",
        "scaling_policy.steps.alarm.evaluation_periods=4",
        "scaling_policy.steps.alarm.datapoints_to_alarm=3",
        "scaling_policy.ahead.max_capacity_breach_behavior=IncreaseMaxCapacity",
        "scheduled_action.office-opens.schedule_expression_timezone=\"Europe/Berlin\"",
        "scalable_target.web.max_capacity=30",
    ];
    let scenario = read_with(&scaling_example(), &sets).unwrap();
    assert_eq!(scenario.scalable_targets[0].max_capacity, 30);
    let PolicyKind::Step(steps) = &scenario.scaling_policies[1].kind else { panic!("steps") };
    let bounds: Vec<_> =
        steps.step_adjustments.iter().map(|step| (step.lower, step.upper)).collect();
    assert_eq!(bounds, [(Some(0.0), Some(15.0)), (Some(15.0), None)], "in their order");
    assert_eq!((steps.alarm.evaluation_periods, steps.alarm.datapoints_to_alarm), (4, 3));
    let mut again = read_with(&to_toml(&scenario), &[]).unwrap();
    again.stated.clone_from(&scenario.stated);
    assert_eq!(again, scenario);
}

/// An example in which a parameter has its place.
fn example_with(parameter: &Parameter) -> String {
    if parameter.path.starts_with("auto_scaling_group_provider.warm_pool.") {
        group_example().replace("max_size = 9", "max_size = 9\nwarm_pool = {}")
    } else if parameter.path.starts_with("auto_scaling_group_provider.") {
        group_example()
    } else if parameter.path.starts_with("fault.") {
        format!("{EXAMPLE}{FAULTS}")
    } else if let Some(strategy) = strategy_with(parameter.path) {
        let keys = format!("{{ strategy = \"{strategy}\" }}\nload_balancer = {{}}");
        let keys = format!("desired_count = 30\ndeployment_configuration = {keys}");
        EXAMPLE.replace("desired_count = 30", &keys)
    } else if parameter.path.starts_with("run_task.failure.") {
        format!("{EXAMPLE}{NIGHTLY}run_for = \"1m\"\nfailure = {{}}\n")
    } else if parameter.path == "task_definition.failure.exit_code" {
        EXAMPLE.replace("memory = 1024", "failure = { crashes_after = \"9s\" }\nmemory = 1024")
    } else if parameter.path.starts_with("service.load_balancer.") {
        EXAMPLE.replace("desired_count = 30", "desired_count = 30\nload_balancer = {}")
    } else if parameter.path.starts_with("service.task_protection.") {
        EXAMPLE.replace("desired_count = 30", "desired_count = 30\ntask_protection = {}")
    } else if parameter.path.starts_with("task_definition.health_check.") {
        EXAMPLE.replace("family = \"web\"", "family = \"web\"\nhealth_check = {}")
    } else if parameter.path == "run_task.schedule_expression_timezone" {
        format!("{EXAMPLE}{NIGHTLY}")
    } else if parameter.path.starts_with("queue.task_protection.") {
        format!("{EXAMPLE}{FROM_OUTSIDE}task_protection = {{}}\n")
    } else if parameter.path.starts_with("demand.") || parameter.path.starts_with("queue.") {
        format!("{EXAMPLE}{FROM_OUTSIDE}")
    } else if parameter.path.starts_with("scal") || parameter.path.starts_with("scheduled") {
        scaling_example()
    } else {
        EXAMPLE.to_owned()
    }
}

/// The strategy to which a parameter belongs, where it is not the default one.
fn strategy_with(path: &str) -> Option<&'static str> {
    let key = path.strip_prefix("service.deployment_configuration.")?;
    match key.split_once('.') {
        Some(("canary_configuration", _)) => Some("CANARY"),
        Some(("linear_configuration", _)) => Some("LINEAR"),
        _ => (key == "bake_time").then_some("LINEAR"),
    }
}

#[test]
fn each_documented_default_is_what_holds_when_it_is_left_out() {
    for parameter in PARAMETERS.iter().filter(|parameter| !parameter.default.is_empty()) {
        let example = example_with(parameter);
        let base = read_with(&example, &[]).unwrap();
        let paths = match parameter.path.split_once('.') {
            Some(("task_definition", key)) => vec![format!("task_definition.web.{key}")],
            Some(("service", key)) => vec![format!("service.web.{key}")],
            Some(("run_task", key)) => vec![format!("run_task.nightly.{key}")],
            Some(("fault" | "scaling_policy" | "scheduled_action", _)) => {
                let own = resolved_values(&base).into_iter();
                let own = own.filter(|value| value.parameter == parameter.path);
                own.map(|value| value.path).collect()
            }
            _ => vec![parameter.path.to_owned()],
        };
        for path in paths {
            let set = format!("{path}={}", parameter.default);
            let stated = read_with(&example, &[&set]).unwrap();
            // What is written is the scenario's own, whatever holds without it.
            assert_eq!(stated.stated.get(&path), Some(&Stated::AsDefault), "{set}");
            assert_eq!(Scenario { stated: base.stated.clone(), ..stated }, base, "{set}");
        }
    }
}

#[test]
fn both_ends_of_every_plausible_range_are_values_of_their_parameter() {
    let document = include_str!("../docs/decisions.md");
    for range in PLAUSIBLE {
        let parameter = PARAMETERS.iter().find(|parameter| parameter.path == range.path);
        let parameter = parameter.expect(range.path);
        assert_ne!(parameter.grade, Grade::Documented, "{}", range.path);
        let example = example_with(parameter);
        let path = range.path.replace("service.", "service.web.");
        let path = if path.starts_with("timing.") { range.path.to_owned() } else { path };
        let [low, high] = [range.low, range.high]
            .map(|end| read_with(&example, &[&format!("{path}={end}")]).expect(range.path));
        assert_ne!(Scenario { stated: low.stated.clone(), ..high }, low, "{}", range.path);
        let row =
            format!("| `{}` | `{}` | `{}` | {} |", range.path, range.low, range.high, range.source);
        assert!(document.contains(&row), "docs/decisions.md has no row {row}");
    }
}

#[test]
fn the_defaults_of_the_other_preset_are_its_own() {
    let preset = "timing.preset=seed-000";
    let base = read_with(EXAMPLE, &[preset]).unwrap();
    assert_eq!(base.timing, timing(TimingPreset::Seed000));
    assert_eq!(base.stated["timing.preset"], Stated::Otherwise);
    for parameter in PARAMETERS.iter().filter(|parameter| parameter.path.starts_with("timing.")) {
        if parameter.path == "timing.preset" {
            continue;
        }
        let parameter = parameter_at(parameter.path, TimingPreset::Seed000).unwrap();
        let set = format!("{}={}", parameter.path, parameter.default);
        let stated = read_with(EXAMPLE, &[preset, &set]).unwrap();
        assert_eq!(Scenario { stated: base.stated.clone(), ..stated }, base, "{set}");
    }
}

#[test]
fn the_published_cold_start_adds_up() {
    let seed = timing(TimingPreset::Seed000);
    let secs = |distribution: &Distribution| distribution.quantile(0.5).as_secs_f64();
    let registered = secs(&seed.launch) + secs(&seed.boot);
    let running = secs(&seed.attach) + seed.pull.floor.as_secs_f64() + secs(&seed.start);
    assert!((registered - 19.0).abs() < 1e-9 && (running - 15.0).abs() < 1e-9);
}

#[test]
fn every_parameter_names_its_source_once() {
    let mut paths = BTreeSet::new();
    for parameter in PARAMETERS {
        assert!(paths.insert(parameter.path), "{} twice", parameter.path);
        assert!(!parameter.source.is_empty() && !parameter.as_of.is_empty(), "{}", parameter.path);
        assert!(parameter.grade != Grade::Measured { n: 0 }, "{}", parameter.path);
    }
    for parameter in PARAMETERS.iter().filter(|parameter| !parameter.default.is_empty()) {
        let values = resolved_values(&read_with(&example_with(parameter), &[]).unwrap());
        let found = values.iter().any(|value| value.parameter == parameter.path);
        assert!(found, "{} is not written out", parameter.path);
    }
}

#[test]
fn a_parameter_is_stated_when_the_scenario_has_it_as_by_default_or_not() {
    let set = "managed_instances_provider.trunking=false";
    let base = read_with(EXAMPLE, &[]).unwrap().stated;
    let scenario = read_with(EXAMPLE, &[set, "service.web.launch_rate_per_minute=500"]).unwrap();
    let mut stated = scenario.stated;
    stated.retain(|path, _| !base.contains_key(path));
    let expected = [
        ("capacity_provider.ec2-managed.managed_instances_provider.trunking", Stated::Otherwise),
        ("managed_instances_provider.trunking", Stated::Otherwise),
        ("service.launch_rate_per_minute", Stated::AsDefault),
        ("service.web.launch_rate_per_minute", Stated::AsDefault),
    ];
    assert_eq!(stated, expected.map(|(path, how)| (path.to_owned(), how)).into());
}

#[test]
fn a_resolved_scenario_knows_what_was_stated_and_what_is_set_on_top_of_it() {
    let sets = ["managed_instances_provider.trunking=false", "service.web.placement_retry=15s"];
    let scenario = read_with(EXAMPLE, &sets).unwrap();
    let resolved = to_toml(&scenario);
    let again = read_with(&resolved, &[]).unwrap();
    assert_eq!(again, scenario);
    let path = "service.web.launch_rate_per_minute";
    assert!(!again.stated.contains_key(path));
    let set = read_with(&resolved, &[&format!("{path}=100")]).unwrap();
    assert_eq!(set.stated.get(path), Some(&Stated::Otherwise));
    let more: Vec<_> =
        set.stated.keys().filter(|path| !scenario.stated.contains_key(*path)).collect();
    assert_eq!(more, ["service.launch_rate_per_minute", path]);
}

#[test]
fn a_set_value_reaches_everything() {
    let scenario = read_with(
        EXAMPLE,
        &[
            "service.web.desired_count=60",
            "service.0.create_at=5s",
            "task_definition.*.memory=2 GB",
            "capacity_provider.ec2-managed.managed_instances_provider.trunking=false",
            "managed_instances_provider.selection_policy=capacity-first",
            "timing.launch={ uniform = { min = \"1s\", max = \"2s\" } }",
            "timing.pull.floor=\"4s\"",
            "availability_zones=[\"euw1-az1\"]",
            "capacity_provider.\"ec2-managed\".managed_instances_provider.instance_requirements.vcpu_count.max=8",
            "pricing_date=2026-07-01",
        ],
    )
    .unwrap();
    assert_eq!(scenario.services[0].desired_count, 60);
    assert_eq!(scenario.services[0].create_at, SimDuration::from_secs(5));
    assert_eq!(scenario.task_definitions[0].memory, 2_048);
    assert!(!provider(&scenario).trunking);
    assert_eq!(provider(&scenario).selection_policy, SelectionPolicy::CapacityFirst);
    let (min, max) = (SimDuration::from_secs(1), SimDuration::from_secs(2));
    assert_eq!(scenario.timing.launch, Distribution::Uniform { min, max });
    assert_eq!(scenario.timing.pull.floor, SimDuration::from_secs(4));
    assert_eq!(scenario.availability_zones, ["euw1-az1"]);
    let requirements = provider(&scenario).instance_requirements.as_ref().unwrap();
    assert_eq!(requirements.vcpu_count, Range { min: 2, max: Some(8) });
    assert_eq!(scenario.pricing_date.as_deref(), Some("2026-07-01"));
}

#[test]
fn the_last_set_value_of_a_path_wins() {
    let sets = ["service.web.desired_count=60", "service.web.desired_count=7"];
    assert_eq!(read_with(EXAMPLE, &sets).unwrap().services[0].desired_count, 7);
}

/// What must hold for any answer to any text.
/// An example with one group, one service and one update of it.
const ONE_OF_EACH: &str = r#"
name = "one"
region = "eu-west-1"

[[capacity_provider]]
name = "asg"
[capacity_provider.auto_scaling_group_provider]
instance_type = "m7g.large"
min_size = 1
max_size = 10

[[task_definition]]
family = "web"
cpu = 512
memory = 1024

[[service]]
name = "front"
task_definition = "web"
desired_count = 3

[[update_service]]
service = "front"
at = "5m"
desired_count = 6

[[fault]]
kind = "task-killed"
start = "1m"
"#;

#[test]
fn the_name_of_the_only_one_of_a_list_may_be_left_out() {
    let sets = [
        "service.desired_count=50",
        "task_definition.memory=2048",
        "task_definition.runtime_platform.cpu_architecture=ARM64",
        "capacity_provider.auto_scaling_group_provider.trunking=true",
        "update_service.at=7m",
        "fault.start=2m",
    ];
    let scenario = read_with(ONE_OF_EACH, &sets).unwrap();
    assert_eq!(scenario.services[0].desired_count, 50);
    assert_eq!(scenario.task_definitions[0].memory, 2048);
    assert_eq!(scenario.task_definitions[0].cpu_architecture, Some(CpuArchitecture::Arm64));
    assert_eq!(scenario.service_updates[0].at, SimDuration::from_secs(420));
    assert_eq!(scenario.faults[0].start, SimDuration::from_secs(120));
    let ProviderKind::AutoScalingGroup(group) = &scenario.capacity_providers[0].kind else {
        unreachable!("it is a group")
    };
    assert!(group.trunking);
}

/// The keys that a table has, by the help for one that it has not.
fn keys_of(text: &str, table: &str) -> Vec<String> {
    let errors = read(&source(text), &[]).unwrap_err();
    let start = format!("the keys of `{table}` are ");
    let helps = errors.iter().filter_map(|error| error.help.as_deref());
    let keys = helps.filter_map(|help| help.strip_prefix(&start)).next();
    keys.unwrap_or_default().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_of_groups_updates_and_faults_is_named_in_the_document_of_scenarios() {
    let document = include_str!("../docs/scenario.md");
    let sections: Vec<&str> = document.split("\n## ").collect();
    let section = |title: &str| *sections.iter().find(|text| text.starts_with(title)).unwrap();
    let named = |text: &str, keys: &[String], least: usize| {
        assert!(keys.len() >= least, "{keys:?}");
        for key in keys {
            assert!(text.contains(&format!("`{key}`")), "docs/scenario.md lacks {key}: {text}");
        }
    };
    let group = ONE_OF_EACH.replace("min_size = 1", "min_size = 1\nunheard_of = 1");
    let table = "capacity_provider.asg.auto_scaling_group_provider";
    named(section("A group"), &keys_of(&group, table), 30);
    let update = ONE_OF_EACH.replace("at = \"5m\"", "at = \"5m\"\nunheard_of = 1");
    named(section("An update"), &keys_of(&update, "update_service.front"), 5);
    let service = ONE_OF_EACH.replace("[[service]]", "[[service]]\nunheard_of = 1");
    named(section("A service"), &keys_of(&service, "service.front"), 15);

    let scaling = scaling_example();
    for table in ["scalable_target", "scaling_policy", "scheduled_action"] {
        let header = format!("[[{table}]]\n");
        let text = scaling.replace(&header, &format!("{header}unheard_of = 1\n"));
        let names = match table {
            "scalable_target" => vec!["web"],
            "scaling_policy" => vec!["cpu", "steps", "ahead"],
            _ => vec!["office-opens"],
        };
        for name in names {
            let keys = keys_of(&text, &format!("{table}.{name}"));
            named(section("Service auto scaling"), &keys, 3);
        }
    }

    let faults = section("A fault");
    let of_every_kind = faults.split("| Kind |").next().unwrap();
    let without = ONE_OF_EACH.replace("kind = \"task-killed\"\n", "");
    let errors = read(&source(&without), &[]).unwrap_err();
    let helps = errors.iter().filter_map(|error| error.help.as_deref());
    let kinds = helps.filter_map(|help| help.strip_prefix("the kinds are ")).next().unwrap();
    assert!(kinds.contains("`crash-loop`"), "{kinds}");
    for kind in kinds.split('`').skip(1).step_by(2) {
        let start = format!("| `{kind}` |");
        let row = faults.lines().find(|line| line.starts_with(&start)).unwrap_or(kind);
        let text = ONE_OF_EACH.replace("task-killed", kind) + "unheard_of = 1\n";
        named(&format!("{of_every_kind}{row}"), &keys_of(&text, &format!("fault.{kind}")), 3);
    }
}

fn check_answer(text: &str, sets: &[Override]) -> Result<(), TestCaseError> {
    let diagnostics = match read(&source(text), sets) {
        Ok((scenario, warnings)) => {
            let again = read(&source(&to_toml(&scenario)), &[]);
            // Written out, every value is stated.
            let stated = scenario.stated.clone();
            let again = again.map(|(again, _)| Scenario { stated, ..again });
            prop_assert_eq!(again, Ok(scenario));
            warnings
        }
        Err(errors) => {
            prop_assert!(!errors.is_empty());
            errors
        }
    };
    prop_assert!(diagnostics.len() <= 21);
    for diagnostic in &diagnostics {
        prop_assert!(!diagnostic.message.is_empty());
        prop_assert!(has_place(diagnostic), "{:?}", diagnostic);
    }
    let longest = render(&diagnostics, Style::Plain).lines().map(|line| line.chars().count()).max();
    prop_assert!(longest.unwrap_or(0) < 1_000);
    Ok(())
}

fn has_place(diagnostic: &Diagnostic) -> bool {
    diagnostic.place.is_some() || matches!(diagnostic.code, Code::EmptyScenario | Code::MoreErrors)
}

/// A change of a text.
#[derive(Clone, Debug)]
enum Edit {
    Delete(usize, usize),
    Insert(usize, &'static str),
    Repeat(usize, usize),
    SwapLines(usize, usize),
}

const TOKENS: [&str; 30] = [
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\"",
    "'''",
    "\n",
    "#",
    "nan",
    "-inf",
    "-1",
    "\"\"",
    "99999999999999999999",
    "1e400",
    "true",
    "2026-01-01",
    "\u{0}",
    "é",
    "[service]",
    "[[service]]\n",
    "name",
    "\"1h\"",
    "a.b.c",
    "\\",
    "\u{FEFF}",
];

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0_usize..4_000;
    prop_oneof![
        (at.clone(), 1_usize..40).prop_map(|(at, length)| Edit::Delete(at, length)),
        (at.clone(), prop::sample::select(&TOKENS[..]))
            .prop_map(|(at, token)| Edit::Insert(at, token)),
        (at.clone(), 1_usize..200).prop_map(|(at, length)| Edit::Repeat(at, length)),
        (at.clone(), at).prop_map(|(a, b)| Edit::SwapLines(a, b)),
    ]
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    for edit in edits {
        let length = text.chars().count().max(1);
        let byte = |text: &str, at: usize| {
            text.char_indices().nth(at % length).map_or(text.len(), |(byte, _)| byte)
        };
        match *edit {
            Edit::Delete(at, count) => {
                let start = byte(&text, at);
                let end =
                    text[start..].char_indices().nth(count).map_or(text.len(), |(b, _)| start + b);
                text.replace_range(start..end, "");
            }
            Edit::Insert(at, token) => text.insert_str(byte(&text, at), token),
            Edit::Repeat(at, count) => {
                let start = byte(&text, at);
                let end =
                    text[start..].char_indices().nth(count).map_or(text.len(), |(b, _)| start + b);
                let part = text[start..end].to_owned();
                text.insert_str(end, &part);
            }
            Edit::SwapLines(a, b) => {
                let mut lines: Vec<_> = text.lines().collect();
                let count = lines.len().max(1);
                if !lines.is_empty() {
                    lines.swap(a % count, b % count);
                }
                text = lines.join("\n");
            }
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        check_answer(&text, &[])?;
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_answer(&String::from_utf8_lossy(&bytes), &[])?;
    }

    #[test]
    fn no_toml_like_text_panics(tokens in prop::collection::vec(prop::sample::select(&TOKENS[..]), 0..60)) {
        check_answer(&tokens.concat(), &[])?;
    }

    #[test]
    fn no_change_of_a_scenario_panics(edits in prop::collection::vec(edit(), 1..5)) {
        check_answer(&edited(EXAMPLE, &edits), &[])?;
    }

    #[test]
    fn no_change_of_a_resolved_scenario_panics(edits in prop::collection::vec(edit(), 1..5)) {
        let resolved = to_toml(&read_with(EXAMPLE, &[]).unwrap());
        check_answer(&edited(&resolved, &edits), &[])?;
    }

    #[test]
    fn no_set_value_panics(path in "[a-z_.*\"0-9]{0,40}", value in "\\PC{0,40}") {
        check_answer(EXAMPLE, &[Override { path, value }])?;
    }

    #[test]
    fn no_set_value_of_a_known_path_panics(
        at in any::<prop::sample::Index>(),
        tokens in prop::collection::vec(prop::sample::select(&TOKENS[..]), 0..6),
    ) {
        let values = resolved_values(&read_with(EXAMPLE, &[]).unwrap());
        let path = at.get(&values).path.clone();
        check_answer(EXAMPLE, &[Override { path, value: tokens.concat() }])?;
    }

    #[test]
    fn no_change_of_a_task_definition_panics(edits in prop::collection::vec(edit(), 1..5)) {
        let text = edited(TASK_DEFINITION, &edits);
        match task_definition_from_json(&source(&text)) {
            Ok((definition, notes)) => prop_assert!(definition.cpu >= 128 && !notes.is_empty()),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                prop_assert!(errors.iter().all(|error| error.place.is_some()));
                prop_assert!(!render(&errors, Style::Coloured).is_empty());
            }
        }
    }

    #[test]
    fn a_resolved_scenario_reads_back(scenario in scenario()) {
        let text = to_toml(&scenario);
        let first = read_with(&text, &[]).map_err(TestCaseError::fail)?;
        prop_assert_eq!(&first, &scenario);
        let second = read_with(&to_toml(&first), &[]).map_err(TestCaseError::fail)?;
        prop_assert_eq!(second, first);
    }
}

fn duration() -> impl Strategy<Value = SimDuration> {
    prop_oneof![
        (1_u64..100_000).prop_map(SimDuration::from_millis),
        (1_u64..315_360_000_000_000).prop_map(SimDuration::from_micros),
    ]
}

fn ordered(a: SimDuration, b: SimDuration) -> (SimDuration, SimDuration) {
    (a.min(b), a.max(b))
}

/// Requests, messages and a trace, of every shape by chance.
fn from_outside(scenario: &mut Scenario, number: u32) {
    // No more messages than a queue may get in ten years.
    let (time, rate) = (scenario.horizon, f64::from(number % 1_000) / 7_000.0);
    let time = SimDuration::from_micros(time.as_micros() / 2 + 1);
    let second = SimDuration::from_secs(1);
    let later = time + second;
    let shapes = [
        RateShape::Constant(rate),
        RateShape::Steps(vec![RateStep { at: time, rate }, RateStep { at: later, rate: 0.1 }]),
        RateShape::Ramp { from: rate, to: 0.3, start: time, end: later, every: later },
        RateShape::Diurnal { mean: rate, peak: rate, peak_at: time, noise: 0.2, every: later },
        RateShape::Bursts {
            base: rate,
            peak: 3.0,
            every: Distribution::Exponential { mean: time },
            length: later,
        },
    ];
    if let Some(run_task) = scenario.run_tasks.iter_mut().find(|call| call.every.is_none()) {
        let traced = |at, run_for| TracedCall { at, run_for };
        run_task.trace = vec![traced(time, Some(time)), traced(later, Some(second))];
        run_task.at = SimDuration::ZERO;
    }
    if scenario.services.is_empty() {
        return;
    }
    for (position, shape) in shapes.into_iter().enumerate() {
        let stated = number.is_multiple_of(2);
        scenario.queues.push(Queue {
            name: named("queue", position),
            service: 0,
            initial_messages: number % 1_000,
            arrivals: Some(shape.clone()).filter(|_| position > 0 || number.is_multiple_of(1_000)),
            processing_time: Distribution::Constant(time),
            concurrency: 1 + number % 100,
            visibility_timeout: time,
            task_protection: stated
                .then(|| SimDuration::from_secs(60 * u64::from(1 + number % 100))),
            acceptable_latency: stated.then_some(time),
        });
        let request = Request {
            cpu_time: time,
            latency: if stated { later } else { time },
            concurrency: stated.then_some(1 + number % 100),
            timeout: time,
            idle_memory: stated.then_some(number % 1_000),
            memory: number % 100,
            target_utilization: stated.then_some(70.5),
        };
        scenario.demands.push(Demand {
            name: named("demand", position),
            service: 0,
            shape,
            request,
        });
    }
}

fn distribution() -> impl Strategy<Value = Distribution> {
    prop_oneof![
        duration().prop_map(Distribution::Constant),
        (duration(), duration()).prop_map(|(a, b)| {
            let (min, max) = ordered(a, b);
            Distribution::Uniform { min, max }
        }),
        duration().prop_map(|mean| Distribution::Exponential { mean }),
        (0.05_f64..100.0, duration())
            .prop_map(|(shape, scale)| Distribution::Weibull { shape, scale }),
        (duration(), 0.0_f64..10.0, duration(), prop::option::of(duration())).prop_map(
            |(median, sigma, a, b)| {
                let (floor, cap) = ordered(a, b.unwrap_or(SimDuration::MAX));
                Distribution::LogNormal { median, sigma, floor, cap }
            }
        ),
    ]
}

fn pull() -> impl Strategy<Value = PullTiming> {
    (duration(), 0_u32..1_000, distribution(), distribution(), distribution()).prop_map(
        |(floor, floor_mb, per_1000_mb, unknown_size, cached)| PullTiming {
            floor,
            floor_mb,
            per_1000_mb,
            unknown_size,
            cached,
        },
    )
}

fn timings() -> impl Strategy<Value = Timing> {
    let preset = prop::sample::select(vec![TimingPreset::Calibrated, TimingPreset::Seed000]);
    (preset, prop::collection::vec(distribution(), 15), pull()).prop_map(
        |(preset, phases, pull)| {
            let mut phases = phases.into_iter();
            let mut next = || phases.next().unwrap();
            Timing {
                preset,
                launch: next(),
                launch_gpu: next(),
                boot: next(),
                attach: next(),
                attach_host: next(),
                pull,
                start: next(),
                deprovision: next(),
                digest: next(),
                fargate: timing(preset).fargate,
                auto_scaling_group: timing(preset).auto_scaling_group,
                cluster_auto_scaling: ScalingTiming {
                    metric_phase: next(),
                    alarm: next(),
                    action: next(),
                },
                service_auto_scaling: ServiceScalingTiming {
                    metric_phase: next(),
                    publication_delay: next(),
                    publication_delay_high_resolution: next(),
                    action: next(),
                },
            }
        },
    )
}

fn whole() -> impl Strategy<Value = Range<u32>> {
    (any::<u32>(), prop::option::of(any::<u32>())).prop_map(|(min, max)| Range {
        min: max.map_or(min, |max| min.min(max)),
        max: max.map(|max| max.max(min)),
    })
}

fn float() -> impl Strategy<Value = Range<f64>> {
    (0.0_f64..1e9, prop::option::of(0.0_f64..1e9)).prop_map(|(min, max)| Range {
        min: max.map_or(min, |max| min.min(max)),
        max: max.map(|max| max.max(min)),
    })
}

fn some_of<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    let count = values.len();
    prop::sample::subsequence(values, 0..=count)
}

fn texts(values: &[&str]) -> impl Strategy<Value = Vec<String>> + use<> {
    some_of(values.iter().map(|text| (*text).to_owned()).collect())
}

fn inclusion() -> impl Strategy<Value = Inclusion> {
    prop::sample::select(vec![Inclusion::Included, Inclusion::Required, Inclusion::Excluded])
}

fn requirements() -> impl Strategy<Value = InstanceRequirements> {
    use CpuManufacturer::{AmazonWebServices, Amd, Apple, Intel};
    let sizes = (whole(), whole(), prop::option::of(float()), prop::option::of(whole()));
    let lists = (
        some_of(vec![Intel, Amd, AmazonWebServices, Apple]),
        some_of(vec![Generation::Current, Generation::Previous]),
        some_of(vec![LocalStorageType::Hdd, LocalStorageType::Ssd]),
        texts(&["gpu", "fpga", "inference", "media"]),
        texts(&["nvidia", "amd", "amazon-web-services", "xilinx", "habana"]),
        texts(&["a100", "t4"]),
        texts(&["c6g.*", "t4g.small", "*3*"]),
    );
    let flags = (inclusion(), inclusion(), inclusion(), any::<[bool; 3]>());
    let ranges = (prop::option::of(whole()), prop::option::of(float()), prop::option::of(float()));
    let percent = prop::option::of(0_u32..=999_999);
    (sizes, lists, flags, ranges, (percent.clone(), percent)).prop_map(
        |(sizes, lists, flags, ranges, percent)| {
            let (allowed, excluded) =
                if flags.3[2] { (lists.6, Vec::new()) } else { (Vec::new(), lists.6) };
            InstanceRequirements {
                vcpu_count: sizes.0,
                memory_mib: sizes.1,
                memory_gib_per_vcpu: sizes.2,
                accelerator_count: sizes.3,
                cpu_manufacturers: lists.0,
                instance_generations: lists.1,
                local_storage_types: lists.2,
                accelerator_types: lists.3,
                accelerator_manufacturers: lists.4,
                accelerator_names: lists.5,
                allowed_instance_types: allowed,
                excluded_instance_types: excluded,
                bare_metal: flags.0,
                burstable_performance: flags.1,
                local_storage: flags.2,
                require_hibernate_support: flags.3[0],
                require_encryption_in_transit: flags.3[1],
                network_interface_count: ranges.0,
                network_bandwidth_gbps: ranges.1,
                total_local_storage_gb: ranges.2,
                on_demand_max_price_percentage_over_lowest_price: percent.0,
                max_spot_price_as_percentage_of_optimal_on_demand_price: percent.1,
                ..InstanceRequirements::default()
            }
        },
    )
}

fn managed_instances() -> impl Strategy<Value = ManagedInstances> {
    let after = prop_oneof![
        Just(ScaleInAfter::Default),
        Just(ScaleInAfter::Off),
        (0_u64..=3_600).prop_map(|secs| ScaleInAfter::After(SimDuration::from_secs(secs))),
    ];
    let ppm = 0_u32..=1_000_000;
    (
        (prop::option::of(requirements()), 30_u32..=16_384, after, any::<[bool; 4]>()),
        (ppm.clone(), ppm.clone(), ppm, 0_u32..1_000, prop::option::of(any::<u32>())),
        (prop::collection::vec(duration(), 6), prop::collection::vec(duration(), 1..5)),
    )
        .prop_map(|(first, numbers, (times, capacity_retry))| {
            let (drain_after, force_stop_after) = ordered(times[4], times[5]);
            let n = numbers.3 as usize;
            ManagedInstances {
                capacity_option_type: [
                    CapacityOptionType::OnDemand,
                    CapacityOptionType::Spot,
                    CapacityOptionType::Reserved,
                ][n % if first.0.is_some() { 3 } else { 2 }],
                reservation_preference: ReservationPreference::First,
                spot_selection_policy: [
                    SpotSelectionPolicy::DepthWeighted,
                    SpotSelectionPolicy::PriceCapacityOptimized,
                    SpotSelectionPolicy::CapacityOptimized,
                    SpotSelectionPolicy::LowestPrice,
                ][n % 4],
                spot_fee_basis: [SpotFeeBasis::OnDemand, SpotFeeBasis::Spot][n % 2],
                instance_requirements: first.0,
                storage_size_gib: first.1,
                scale_in_after: first.2,
                trunking: first.3[0],
                plan_memory: if first.3[1] { PlanMemory::Registered } else { PlanMemory::Nominal },
                selection_policy: if first.3[2] {
                    SelectionPolicy::CheapestFit
                } else {
                    SelectionPolicy::CapacityFirst
                },
                consolidation: first.3[3],
                price_tie_ppm: numbers.0,
                consolidation_min_saving_ppm: numbers.1,
                registered_memory_ppm: numbers.2,
                registered_memory_less_mib: numbers.3,
                default_pool_depth: numbers.4,
                batch_window: times[0],
                idle_default_cpu: times[1],
                idle_default_gpu: times[2],
                scale_in_detection: times[3],
                drain_after,
                force_stop_after,
                capacity_retry,
            }
        })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9-]{0,12}", "[^\\p{Cc}]{0,8}[a-z\"\\\\.é]"]
}

fn task_definition() -> impl Strategy<Value = TaskDefinition> {
    let architecture = prop::sample::select(vec![CpuArchitecture::X86_64, CpuArchitecture::Arm64]);
    (
        (128_u32..=196_608, 6_u32..1_000_000, 0_u32..16, any::<bool>()),
        prop::option::of(architecture),
        (name(), prop::option::of(0_u32..10_000), any::<bool>()),
        (duration(), distribution(), distribution()),
    )
        .prop_map(|(sizes, cpu_architecture, image, times)| TaskDefinition {
            family: String::new(),
            cpu: sizes.0,
            memory: sizes.1,
            gpus: sizes.2,
            network_mode: if sizes.3 { NetworkMode::Awsvpc } else { NetworkMode::Host },
            port_mappings: (sizes.3 && sizes.2 > 1)
                .then_some(PortMapping {
                    container_port: 80,
                    host_port: 80,
                    protocol: Protocol::Udp,
                })
                .into_iter()
                .collect(),
            placement_constraints: Vec::new(),
            cpu_architecture,
            operating_system: OperatingSystem::Linux,
            ephemeral_storage_gib: 20 + sizes.2,
            image: Image { name: image.0, size_mb: image.1, by_digest: image.2 },
            stop_timeout: times.0,
            exit_after_stop_signal: times.1,
            ready_after: times.2,
            cpu_utilization_percent: (sizes.2 > 3).then_some(sizes.2),
            failure: match sizes.2 {
                0..=3 => None,
                4..=7 => Some(TaskFailure::NeverStarts),
                n => Some(TaskFailure::Crashes {
                    after: times.0 + SimDuration::from_secs(1),
                    exit_code: 240 + n as u8,
                }),
            },
            health_check: (sizes.2 > 5).then_some(HealthCheck {
                interval: SimDuration::from_secs(5 + u64::from(sizes.2)),
                healthy_threshold: 1,
                unhealthy_threshold: 1 + sizes.2 % 10,
                start_period: SimDuration::from_secs(u64::from(sizes.2)),
            }),
            unhealthy_after: (sizes.2 > 7).then_some(times.0),
        })
}

/// Different names for `count` things.
fn named(name: &str, index: usize) -> String {
    format!("{name}{index}")
}

/// Everything goes to one provider.
fn strategy_of(index: usize, providers: usize) -> Vec<StrategyItem> {
    vec![StrategyItem { capacity_provider: index % providers, base: index as u32, weight: 1 }]
}

/// The scenario without tasks.
#[expect(clippy::too_many_lines, reason = "a line for each part of a scenario")]
fn clusters() -> impl Strategy<Value = Scenario> {
    let zones = texts(&["euw1-az1", "euw1-az2", "euw1-az3"]);
    let top = (name(), name(), prop::option::of(name()), duration(), 0_u64..1 << 63, zones);
    let parts = (
        prop::collection::vec(managed_instances(), 1..3),
        prop::collection::vec(task_definition(), 1..3),
        timings(),
        prop::option::of(any::<u32>()),
        (spot(), prop::option::of(spot())),
    );
    (top, parts).prop_map(|(top, (providers, definitions, timing, number, pools))| Scenario {
        subnets: subnets(&top.0, &top.5),
        capacity_providers: (providers.into_iter().enumerate())
            .map(|(index, settings)| CapacityProvider {
                name: named(&top.0, index),
                kind: ProviderKind::ManagedInstances(Box::new(settings)),
            })
            .collect(),
        task_definitions: (definitions.into_iter().enumerate())
            .map(|(index, definition)| TaskDefinition {
                family: named(&top.0, index),
                ..definition
            })
            .collect(),
        name: top.0,
        region: top.1,
        price_stand_in: top.2,
        pricing_date: number.map(|_| "2026-02-28".to_owned()),
        horizon: top.3,
        warm_up: if number.is_some() { WarmUp::Mser5 } else { WarmUp::Nothing },
        seed: top.4,
        starts_on: if number.is_some() { "2024-02-29" } else { "2026-01-01" }.to_owned(),
        availability_zones: top.5,
        on_demand_vcpu_quota: number,
        on_demand_vcpu_quotas: [number, None, None, number, None, None, number, None, None, None],
        provisioning_tasks_quota: number.unwrap_or(500),
        tasks_per_service_quota: number.unwrap_or(5_000),
        services_per_cluster_quota: number.unwrap_or(5_000),
        container_instances_per_cluster_quota: number.unwrap_or(5_000),
        external_instances: Vec::new(),
        fargate: Fargate {
            quotas: FargateQuotas::Other,
            launch_burst: 1 + number.unwrap_or(7) % 1_000,
            launch_refill_per_second: 3,
            service_launch_rate_per_minute: 11,
            vcpu_quota: number.map(|n| n % 1_000),
            spot_vcpu_quota: None,
            unavailable_ppm: 125_000,
            capacity_retry: SimDuration::from_secs(9),
            spot_mean_time_to_interruption: number.map(|_| SimDuration::from_secs(77)),
        },
        timing,
        services: Vec::new(),
        run_tasks: Vec::new(),
        scalable_targets: Vec::new(),
        scaling_policies: Vec::new(),
        scheduled_actions: Vec::new(),
        service_updates: Vec::new(),
        capacity_pools: (number.into_iter())
            .map(|depth| CapacityPool {
                instance_type: "c6g.large".to_owned(),
                availability_zone: Some("euw1-az1".to_owned()),
                depth,
            })
            .collect(),
        faults: Vec::new(),
        capacity_reservations: (number.into_iter())
            .map(|count| CapacityReservation {
                instance_type: "c6g.large".to_owned(),
                availability_zone: "euw1-az1".to_owned(),
                instance_count: count.max(1),
            })
            .collect(),
        spot_pools: (pools.1.into_iter())
            .map(|spot| SpotPool {
                instance_type: "c6g.large".to_owned(),
                availability_zone: spot.vcpu_quota.map(|_| "euw1-az1".to_owned()),
                preset: spot.vcpu_quota.map(|_| spot.preset),
                laws: spot.pools,
            })
            .collect(),
        spot: pools.0,
        demands: Vec::new(),
        queues: Vec::new(),
        discounts: (number.into_iter())
            .flat_map(|number| {
                let one = |name: &str, applies_to, families: &[&str]| Discount {
                    name: name.to_owned(),
                    applies_to,
                    instance_families: families.iter().map(|of| (*of).to_owned()).collect(),
                    ppm: number % 1_000_001,
                    agreement: number.is_multiple_of(2).then_some(Agreement::PrivatePricing),
                };
                [
                    one("ours", ChargeKind::FargateSpot, &[]),
                    one("narrow", ChargeKind::Ec2Spot, &["m7g", "c7i-flex"]),
                ]
            })
            .collect(),
        stated: BTreeMap::new(),
    })
}

/// A fault of each kind, with odd values.
fn faults(scenario: &Scenario, number: u32, at: SimDuration) -> Vec<Fault> {
    let probability = f64::from(number % 1_000) / 999.0;
    let factor_ppm = 1_000 + u64::from(number);
    let share = if number.is_multiple_of(2) {
        Share::Count(number)
    } else {
        Share::Ppm(number % 1_000_001)
    };
    let kinds = [
        FaultKind::AzOutage { instances: Stranded::Unreachable, detected_after: at },
        FaultKind::AzDegradation { launch_failure_probability: probability, factor_ppm },
        FaultKind::InsufficientCapacity { probability },
        FaultKind::SpotStorm { share, window: at + SimDuration::from_secs(1) },
        FaultKind::RebalanceRecommendation { share },
        FaultKind::SlowBoot { factor_ppm, probability },
        FaultKind::DeadBoot {
            stuck_in: StuckIn::Pending,
            probability,
            health_timeout: at + SimDuration::from_secs(1),
        },
        FaultKind::AgentDisconnect { share },
        FaultKind::ImagePullFailure { probability, fails_after: at },
        FaultKind::SlowRegistry(Slowness::BytesPerSecond(factor_ppm)),
        FaultKind::SlowRegistry(Slowness::Factor(factor_ppm)),
        FaultKind::EniAttachFailure {
            probability,
            cause: EniFailure::DeviceIndex,
            timeout: at + SimDuration::from_secs(1),
        },
        FaultKind::SubnetOutOfAddresses { available_ip_address_count: number },
        FaultKind::ApiThrottling { burst: number, refill_micro_per_second: factor_ppm },
        FaultKind::QuotaReached { quota: Quota::FargateSpotVcpus, class: None, vcpus: number },
        FaultKind::QuotaReached {
            quota: Quota::OnDemandVcpus,
            class: Some(VcpuClass::HighMemory),
            vcpus: number,
        },
        FaultKind::InstanceTerminated { share },
        FaultKind::TaskKilled { share, cause: KilledBy::Exit },
        FaultKind::CrashLoop { exit_after: at + SimDuration::from_secs(1), probability },
    ];
    let one = |(index, kind): (usize, FaultKind)| Fault {
        name: named(&scenario.name, index),
        start: at,
        end: (number > 9 && !kind.is_momentary()).then(|| at + SimDuration::from_secs(1)),
        scope: scope(scenario, &kind, number),
        kind,
    };
    kinds.into_iter().enumerate().map(one).collect()
}

/// What a kind may be narrowed to.
fn scope(scenario: &Scenario, kind: &FaultKind, number: u32) -> FaultScope {
    let zone = scenario.availability_zones.first().cloned();
    let pattern = || number.is_multiple_of(3).then(|| "c6g.*".to_owned());
    let service = scenario.services.first().map(|service| service.name.clone());
    match kind {
        FaultKind::AzOutage { .. }
        | FaultKind::AzDegradation { .. }
        | FaultKind::SubnetOutOfAddresses { .. } => FaultScope {
            availability_zone: zone.or(Some("euw1-az1".to_owned())),
            ..FaultScope::default()
        },
        FaultKind::ImagePullFailure { .. }
        | FaultKind::SlowRegistry(_)
        | FaultKind::TaskKilled { .. }
        | FaultKind::CrashLoop { .. } => FaultScope {
            availability_zone: zone,
            service,
            image: pattern(),
            ..FaultScope::default()
        },
        FaultKind::ApiThrottling { .. } => FaultScope {
            capacity_provider: Some(scenario.capacity_providers[0].name.clone()),
            ..FaultScope::default()
        },
        FaultKind::QuotaReached { .. } => FaultScope::default(),
        FaultKind::InsufficientCapacity { .. } | FaultKind::InstanceTerminated { .. } => {
            FaultScope {
                instance_type: pattern(),
                purchase_option: Some(PurchaseOption::Spot),
                ..FaultScope::default()
            }
        }
        FaultKind::SpotStorm { .. }
        | FaultKind::RebalanceRecommendation { .. }
        | FaultKind::SlowBoot { .. }
        | FaultKind::DeadBoot { .. }
        | FaultKind::AgentDisconnect { .. }
        | FaultKind::EniAttachFailure { .. } => {
            FaultScope { instance_type: pattern(), ..FaultScope::default() }
        }
    }
}

fn spot() -> impl Strategy<Value = Spot> {
    let long = || {
        (distribution(), duration()).prop_map(|(law, time)| {
            // A stretch that is always nothing is refused.
            if law.quantile(0.999) > SimDuration::ZERO { law } else { Distribution::Constant(time) }
        })
    };
    let depth = prop_oneof![
        Just(SpotDepth::Unlimited),
        (0_u32..100, 0_u32..100)
            .prop_map(|(a, b)| SpotDepth::Between { min: a.min(b), max: a.max(b) }),
    ];
    let laws = (prop::option::of(long()), prop::option::of(long()), prop::option::of(depth))
        .prop_map(|(available_for, unavailable_for, depth)| SpotPoolLaws {
            available_for,
            unavailable_for,
            depth,
        });
    let numbers =
        (0_u32..=1_000_000, 0.01_f64..1_000.0, 0_u32..=100, prop::option::of(any::<u32>()));
    let times = (duration(), duration(), duration());
    (laws, numbers, times, any::<[bool; 4]>(), any::<u32>()).prop_map(
        |(pools, numbers, times, flags, n)| Spot {
            preset: [
                SpotPreset::Advisor,
                SpotPreset::ScarceR5,
                SpotPreset::ScarceP3,
                SpotPreset::Always,
            ][n as usize % 4],
            initial: if flags[0] { SpotInitial::Stationary } else { SpotInitial::Available },
            pools,
            all_lost_ppm: numbers.0,
            partial_loss_beta: numbers.1,
            loss_spread: times.0,
            recommendation_lead: times.1,
            notice: times.2,
            deep_pool_percent: numbers.2,
            vcpu_quota: numbers.3,
            vcpu_quotas: [None, None, numbers.3, None, None, None, None, None, None, numbers.3],
            free_first_hour: flags[1],
            price_changes: if flags[2] { PriceChanges::InstanceHour } else { PriceChanges::Second },
            price_history_from: if flags[3] {
                PriceHistoryFrom::Last
            } else {
                PriceHistoryFrom::At(i64::from(n))
            },
        },
    )
}

fn subnets(name: &str, zones: &[String]) -> Vec<Subnet> {
    let subnet = |(index, zone): (usize, &String)| Subnet {
        id: named(name, index),
        availability_zone: zone.clone(),
        available_ip_address_count: index as u32,
    };
    zones.iter().enumerate().map(subnet).collect()
}

fn deployment(enable: bool, number: u32) -> DeploymentConfiguration {
    let threshold = FailureThreshold { kind: ThresholdType::UnboundedPercent, value: number };
    let (strategy, minutes) = (number % 4, SimDuration::from_secs(60 * u64::from(number % 1_441)));
    let d = DEPLOYMENT_CONFIGURATION;
    let of = |wanted| strategy == wanted;
    // A service without a load balancer has nothing to shift.
    let strategy = match strategy {
        1 => DeploymentStrategy::BlueGreen,
        2 if enable => DeploymentStrategy::Linear,
        3 if enable => DeploymentStrategy::Canary,
        _ => DeploymentStrategy::Rolling,
    };
    let (canary_percent, step_percent) =
        (Permille(1 + number % 1_000), Permille(30 + number % 971));
    let canary = CanaryConfiguration { canary_percent, canary_bake_time: minutes };
    let linear = LinearConfiguration { step_percent, step_bake_time: minutes };
    let cleanup = if enable { SourceCleanup::Blocking } else { SourceCleanup::Deferred };
    let early = EarlySuccess { healthy_percent: 100, cleanup };
    let rolling = strategy == DeploymentStrategy::Rolling;
    DeploymentConfiguration {
        strategy,
        bake_time: if rolling { d.bake_time } else { minutes },
        canary: if of(3) && enable { canary } else { d.canary },
        linear: if of(2) && enable { linear } else { d.linear },
        early_success: (rolling && number.is_multiple_of(5)).then_some(early),
        minimum_healthy_percent: number % 101,
        maximum_percent: 101 + number % 9_000,
        circuit_breaker: CircuitBreaker {
            enable,
            rollback: number.is_multiple_of(2),
            reset_on_healthy_task: number.is_multiple_of(3),
            threshold,
        },
    }
}

fn protection(from: SimDuration, number: u32) -> TaskProtection {
    let minutes = u64::from(1 + number % 2_880);
    TaskProtection { from, expires_in: SimDuration::from_secs(60 * minutes) }
}

fn load_balancer(number: u32) -> LoadBalancer {
    LoadBalancer {
        health_check: HealthCheck {
            interval: SimDuration::from_secs(10),
            healthy_threshold: 2 + number % 9,
            unhealthy_threshold: 3,
            start_period: SimDuration::ZERO,
        },
        deregistration_delay: SimDuration::from_secs(u64::from(number % 3_600)),
    }
}

fn update(at: SimDuration, number: u32) -> ServiceUpdate {
    ServiceUpdate {
        service: 0,
        at,
        desired_count: (number % 3 != 1).then_some(number),
        task_definition: (!number.is_multiple_of(3)).then_some(0),
        force_new_deployment: number.is_multiple_of(2),
    }
}

/// Any scenario that passes the checks.
fn scenario() -> impl Strategy<Value = Scenario> {
    let services =
        prop::collection::vec((0_u32..9_000, duration(), any::<bool>(), 1_u32..10_000), 0..3);
    let run_tasks =
        prop::collection::vec((1_u32..=10, duration(), prop::option::of(distribution())), 0..3);
    let updates = prop::collection::vec((duration(), 0_u32..9_000), 0..3);
    (clusters(), services, run_tasks, updates).prop_map(
        |(mut scenario, services, run_tasks, updates)| {
            let definitions = scenario.task_definitions.len();
            let providers = scenario.capacity_providers.len();
            for (index, s) in services.into_iter().enumerate() {
                scenario.services.push(Service {
                    name: named(&scenario.name, index),
                    task_definition: index % definitions,
                    scheduling_strategy: SchedulingStrategy::Replica,
                    desired_count: s.0,
                    create_at: s.1,
                    strategy: strategy_of(index, providers),
                    version_consistency: s.2,
                    launch_rate_per_minute: s.3,
                    start_backoff: StartBackoff {
                        first: s.1 + SimDuration::from_secs(1),
                        factor: 1 + s.3 % 100,
                        max: SimDuration::from_secs(u64::from(s.3)),
                    },
                    placement_retry: SimDuration::from_secs(15),
                    monitoring: Monitoring { cpu: s.2, memory: s.3 % 2 == 0 },
                    placement_strategy: Vec::new(),
                    placement_constraints: Vec::new(),
                    deployment_configuration: deployment(s.2, s.3),
                    health_check_grace_period: s.1,
                    healthy_after_running: s.1,
                    load_balancer: s.2.then(|| load_balancer(s.3)),
                    availability_zone_rebalancing: s.2,
                    availability_zone_rebalancing_interval: SimDuration::from_secs(90),
                    task_protection: s.2.then(|| protection(s.1, s.3)),
                });
            }
            for (index, r) in run_tasks.into_iter().enumerate() {
                scenario.run_tasks.push(RunTask {
                    name: named(&scenario.name, index),
                    task_definition: index % definitions,
                    strategy: strategy_of(index, providers),
                    count: r.0,
                    at: r.1,
                    schedule: None,
                    every: r.2.is_some().then_some(Distribution::Constant(r.1)),
                    calls: r.2.is_some().then_some(7),
                    trace: Vec::new(),
                    failure: (r.2.is_some() && index > 0).then_some(RunFailure {
                        probability: f64::from(r.0) / 10.0,
                        exit_code: 1 + index as u8,
                    }),
                    run_for: r.2,
                    group: (index > 0).then(|| named("group", index)),
                    placement_strategy: Vec::new(),
                    placement_constraints: Vec::new(),
                });
            }
            for (at, desired_count) in updates.into_iter().filter(|_| !scenario.services.is_empty())
            {
                scenario.service_updates.push(update(at, desired_count));
            }
            scenario.service_updates.sort_by_key(|update| update.at);
            if let Some(number) = scenario.on_demand_vcpu_quota {
                from_outside(&mut scenario, number);
                scenario.faults = faults(&scenario, number, scenario.horizon);
            }
            scenario
        },
    )
}
