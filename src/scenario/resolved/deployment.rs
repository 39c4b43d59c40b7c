//! Deployments and health checks, written out.

use super::super::reader::segment;
use super::super::spec::{Service, TaskDefinition};
use super::{Writer, duration, word, words};

impl Writer {
    /// The tables below a service.
    pub(super) fn deployment(&mut self, s: &Service) {
        let d = &s.deployment_configuration;
        let own = format!("service.{}", segment(&s.name));
        let table = |writer: &mut Self, name: &str| {
            let path = format!("{own}.{name}");
            writer.table(&format!("[service.{name}]"), &path, &format!("service.{name}"));
        };
        table(self, "deployment_configuration");
        self.entry("minimum_healthy_percent", d.minimum_healthy_percent.to_string());
        self.entry("maximum_percent", d.maximum_percent.to_string());
        let breaker = &d.circuit_breaker;
        table(self, "deployment_configuration.deployment_circuit_breaker");
        self.entry("enable", breaker.enable.to_string());
        self.entry("rollback", breaker.rollback.to_string());
        self.entry("reset_on_healthy_task", breaker.reset_on_healthy_task.to_string());
        let name = "deployment_configuration.deployment_circuit_breaker.threshold_configuration";
        table(self, name);
        self.entry("type", word(&words::THRESHOLD_TYPES, breaker.threshold.kind));
        self.entry("value", breaker.threshold.value.to_string());
        if let Some(balancer) = &s.load_balancer {
            table(self, "load_balancer");
            let check = &balancer.health_check;
            self.entry("health_check_interval", duration(check.interval));
            self.entry("healthy_threshold", check.healthy_threshold.to_string());
            self.entry("unhealthy_threshold", check.unhealthy_threshold.to_string());
            self.entry("deregistration_delay", duration(balancer.deregistration_delay));
        }
        if let Some(protection) = &s.task_protection {
            table(self, "task_protection");
            self.entry("from", duration(protection.from));
            self.entry("expires_in", duration(protection.expires_in));
        }
    }

    /// The table below a task definition.
    pub(super) fn health_check(&mut self, d: &TaskDefinition) {
        let Some(check) = &d.health_check else { return };
        let path = format!("task_definition.{}.health_check", segment(&d.family));
        let parameter = "task_definition.health_check";
        self.table("[task_definition.health_check]", &path, parameter);
        self.entry("interval", duration(check.interval));
        self.entry("retries", check.unhealthy_threshold.to_string());
        self.entry("start_period", duration(check.start_period));
    }
}
