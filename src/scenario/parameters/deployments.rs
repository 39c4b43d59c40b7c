//! Defaults of deployments, load balancers and health checks.

use super::{Grade, OURS, Parameter, parameter};
use crate::scenario::deployment::{
    CircuitBreaker, DeploymentConfiguration, FailureThreshold, HealthCheck, LoadBalancer,
    ThresholdType,
};
use crate::scenario::deployment_strategy::{
    CanaryConfiguration, DeploymentStrategy, LinearConfiguration, Permille,
};
use crate::units::SimDuration;

/// `deployment_configuration` of a replica service.
pub const DEPLOYMENT_CONFIGURATION: DeploymentConfiguration = DeploymentConfiguration {
    minimum_healthy_percent: 100,
    maximum_percent: 200,
    circuit_breaker: CircuitBreaker {
        enable: false,
        rollback: false,
        reset_on_healthy_task: true,
        threshold: FailureThreshold { kind: ThresholdType::BoundedPercent, value: 50 },
    },
    strategy: DeploymentStrategy::Rolling,
    bake_time: SimDuration::ZERO,
    canary: CanaryConfiguration {
        canary_percent: Permille(50),
        canary_bake_time: SimDuration::from_secs(600),
    },
    linear: LinearConfiguration {
        step_percent: Permille(100),
        step_bake_time: SimDuration::from_secs(360),
    },
    early_success: None,
};
/// `deployment_configuration` of a daemon service.
pub const DAEMON_DEPLOYMENT_CONFIGURATION: DeploymentConfiguration = DeploymentConfiguration {
    minimum_healthy_percent: 0,
    maximum_percent: 100,
    ..DEPLOYMENT_CONFIGURATION
};
/// `health_check_grace_period`.
pub const HEALTH_CHECK_GRACE_PERIOD: SimDuration = SimDuration::ZERO;
/// `healthy_after_running`.
pub const HEALTHY_AFTER_RUNNING: SimDuration = SimDuration::from_secs(40);
/// `load_balancer`.
pub const LOAD_BALANCER: LoadBalancer = LoadBalancer {
    health_check: HealthCheck {
        interval: SimDuration::from_secs(30),
        healthy_threshold: 5,
        unhealthy_threshold: 2,
        start_period: SimDuration::ZERO,
    },
    deregistration_delay: SimDuration::from_secs(300),
};
/// `health_check` of a task definition.
pub const CONTAINER_HEALTH_CHECK: HealthCheck = HealthCheck {
    interval: SimDuration::from_secs(30),
    healthy_threshold: 1,
    unhealthy_threshold: 3,
    start_period: SimDuration::ZERO,
};

const CONFIGURATION: &str = "ECS API, DeploymentConfiguration";
const MINIMUM: &str =
    "ECS API, DeploymentConfiguration: 0 of a daemon service, 50 if the console makes it";
const MAXIMUM: &str = "ECS API, DeploymentConfiguration: 100 of a daemon service, and always";
const CANARY: &str = "ECS API, CanaryConfiguration";
const LINEAR: &str = "ECS API, LinearConfiguration";
const BREAKER: &str = "ECS API, DeploymentCircuitBreaker";
const TARGETS: &str =
    "Elastic Load Balancing: target group health checks of Application Load Balancers";
const HEALTH_CHECK: &str = "ECS API, HealthCheck";

/// Where they come from.
pub(super) const PARAMETERS: &[Parameter] = &[
    parameter(
        "service.deployment_configuration.minimum_healthy_percent",
        "100",
        Grade::Documented,
        MINIMUM,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.maximum_percent",
        "200",
        Grade::Documented,
        MAXIMUM,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.deployment_circuit_breaker.enable",
        "false",
        Grade::Documented,
        "ECS API, DeploymentCircuitBreaker: off unless turned on",
        "2026",
    ),
    parameter(
        "service.deployment_configuration.deployment_circuit_breaker.rollback",
        "false",
        Grade::Documented,
        BREAKER,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.deployment_circuit_breaker.reset_on_healthy_task",
        "true",
        Grade::Documented,
        BREAKER,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.deployment_circuit_breaker.threshold_configuration.type",
        "\"BOUNDED_PERCENT\"",
        Grade::Documented,
        "ECS API, ThresholdConfiguration",
        "2026",
    ),
    parameter(
        "service.deployment_configuration.deployment_circuit_breaker.threshold_configuration.value",
        "50",
        Grade::Documented,
        "ECS API, ThresholdConfiguration",
        "2026",
    ),
    parameter(
        "service.deployment_configuration.strategy",
        "\"ROLLING\"",
        Grade::Documented,
        CONFIGURATION,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.bake_time",
        "\"0s\"",
        Grade::Assumed,
        "ECS API, DeploymentConfiguration, bakeTimeInMinutes: without it no time; BLUE_GREEN needs it",
        "2026-11",
    ),
    parameter(
        "service.deployment_configuration.canary_configuration.canary_percent",
        "5",
        Grade::Documented,
        CANARY,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.canary_configuration.canary_bake_time",
        "\"600s\"",
        Grade::Documented,
        CANARY,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.linear_configuration.step_percent",
        "10",
        Grade::Documented,
        LINEAR,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.linear_configuration.step_bake_time",
        "\"360s\"",
        Grade::Documented,
        LINEAR,
        "2026",
    ),
    parameter(
        "service.deployment_configuration.early_success_criteria.enable",
        "false",
        Grade::Documented,
        "ECS API, DeploymentEarlySuccessCriteria",
        "2026",
    ),
    parameter(
        "service.health_check_grace_period",
        "\"0s\"",
        Grade::Documented,
        "ECS API, CreateService: healthCheckGracePeriodSeconds",
        "2026",
    ),
    parameter(
        "service.healthy_after_running",
        "\"40s\"",
        Grade::Documented,
        "ECS API, DeploymentConfiguration: without health checks a task counts 40 s after RUNNING",
        "2026",
    ),
    parameter(
        "service.load_balancer.health_check_interval",
        "\"30s\"",
        Grade::Documented,
        TARGETS,
        "2026",
    ),
    parameter(
        "service.load_balancer.healthy_threshold",
        "5",
        Grade::Documented,
        "ECS developer guide, load-balancer-healthcheck: 5 checks 30 s apart make 150 s",
        "2026",
    ),
    parameter("service.load_balancer.unhealthy_threshold", "2", Grade::Documented, TARGETS, "2026"),
    parameter(
        "service.load_balancer.deregistration_delay",
        "\"300s\"",
        Grade::Documented,
        "Elastic Load Balancing: deregistration_delay.timeout_seconds",
        "2026",
    ),
    parameter(
        "task_definition.health_check.interval",
        "\"30s\"",
        Grade::Documented,
        HEALTH_CHECK,
        "2026",
    ),
    parameter("task_definition.health_check.retries", "3", Grade::Documented, HEALTH_CHECK, "2026"),
    parameter(
        "task_definition.health_check.start_period",
        "\"0s\"",
        Grade::Documented,
        HEALTH_CHECK,
        "2026",
    ),
    parameter("task_definition.unhealthy_after", "", Grade::Assumed, OURS, "2026-11"),
];
